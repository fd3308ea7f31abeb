"""The two commands, bench/fanout/run and bench/fanout/strategies."""

import argparse
import sys

from . import guard, units
from .beside import Beside
from .options import add_link_options, checked, conditions_from, run_parser, strategy_names
from .report import report
from .session import Session, all_well, draw, fleets_of, join, programs, read_record, show
from .simulation import simulate


def main(command, arguments):
    """The exit code: 0 all hosts complete, 1 not all or failed, 2 usage, 130 interrupted."""
    try:
        return command(arguments)
    except AssertionError as error:
        print(f"bench/fanout: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench/fanout: interrupted; everything is cleaned up", file=sys.stderr)
        return 130


def run(arguments):
    if arguments[:1] == ["report"]:
        parser = argparse.ArgumentParser(prog="bench/fanout/run report", description="Says where the time of kept races went.")
        parser.add_argument("folder", metavar="DIR", help="what --keep named")
        print(report(parser.parse_args(arguments[1:]).folder))
        return 0
    if arguments[:1] == ["table"]:
        return together(arguments[1:])
    if arguments[:1] == ["sweep"]:
        parser = argparse.ArgumentParser(prog="bench/fanout/run sweep", description="Removes what dead runs left behind.")
        parser.parse_args(arguments[1:])
        print(f"cleaned up after {guard.sweep()} dead runs")
        return 0
    if "--simulate" in arguments:
        return simulate([argument for argument in arguments if argument != "--simulate"], programs)
    parser = run_parser()
    options = parser.parse_args(arguments)
    conditions = conditions_from(parser, options)
    with Session(options, [conditions], options.strategies) as session:
        rows, curl_s = session.run(conditions)
    show(rows, conditions, curl_s)
    draw(options.plot, [(f"{conditions.hosts} hosts", rows)], _title(conditions, conditions.hosts))
    return 0 if all_well(rows) else 1


def together(arguments):
    """Several runs' JSON in one table and one picture."""
    parser = argparse.ArgumentParser(
        prog="bench/fanout/run table",
        description="Prints the tables of earlier runs, with the races of several files on the same links in one table.")
    parser.add_argument("files", metavar="FILE", nargs="+", help="what --json wrote")
    parser.add_argument("--plot", metavar="STEM", help="draw the completion curves: STEM.svg and STEM.png")
    options = parser.parse_args(arguments)
    present(join([read_record(file) for file in options.files]), options.plot)
    return 0


def strategies(arguments):
    """The user's documents: one server, ten mirrors, sharded over ten, and machines that pass pieces on."""
    parser = argparse.ArgumentParser(
        prog="bench/fanout/strategies",
        description="Measures one server (nginx and curl), mirrors, shards, and swarms of each client against each other on "
                    "the same links, for several sizes of fleet. One server alone takes hosts x file / link, with the "
                    "defaults half an hour, but only its own link and next to nothing of the machine: it runs beside the "
                    "others. Needs root.")
    parser.add_argument("--hosts", default="10,30,100", metavar="N,N,...", help="sizes of fleet (%(default)s)")
    parser.add_argument("--strategies", type=checked(strategy_names), metavar="NAMES",
                        default="leader,mirrors,sharded,shoal,aria2,transmission,qbittorrent,libtorrent",
                        help="(%(default)s)")
    # 100 swarming hosts stay well below what two cores carry at this rate, and the leader's 100 copies end within the hour.
    parser.set_defaults(rate=1_000_000, size=2 << 20, piece_size=32 << 10)
    add_link_options(parser)
    options = parser.parse_args(arguments)
    try:
        fleets = [conditions_from(parser, options, hosts=int(count)) for count in options.hosts.split(",")]
    except ValueError:
        parser.error(f"--hosts {options.hosts}: whole numbers with commas between them")
    # One server's race is slow and idle; with nothing to run beside it is a race like the others.
    slow = [name for name in options.strategies if name == "leader" and len(options.strategies) > 1]
    with Session(options, fleets, [name for name in options.strategies if name not in slow], beside=slow) as session, \
            Beside(arguments, session.folder) as beside:
        for conditions in fleets:
            for name in slow:
                beside.race(name, conditions.hosts)
        for conditions in fleets:
            session.run(conditions)
        session.add(beside.results())
        record = session.record()
    return 0 if present(record, options.plot) else 1


def present(record, plot):
    """The tables and the picture; whether every host of every race has the content."""
    fleets = list(fleets_of(record))
    for conditions, rows, curl_s in fleets:
        show(rows, conditions, curl_s)
    some = fleets[0][0]
    draw(plot, [(f"{conditions.hosts} hosts", rows) for conditions, rows, _ in fleets], _title(some, "N"))
    return all(all_well(rows) for _, rows, _ in fleets)


def _title(conditions, hosts):
    slow = f", time slowed {conditions.time_scale} times" if conditions.time_scale > 1 else ""
    return f"{units.show_size(conditions.size)} to {hosts} hosts at {units.show_rate(conditions.rate)}{slow}"
