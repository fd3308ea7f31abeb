"""The command bench/clients/run."""

import argparse
import datetime
import itertools
import json
import os
import pathlib
import signal
import sys
import tempfile

from proving_ground import machine, units
from proving_ground.clients import ALL
from proving_ground.course import make_source
from proving_ground.guard import Guard
from proving_ground.options import checked
from proving_ground.session import programs

from . import swarms, table
from .trial import AFTER, TOGETHER, Trial

_BUILD_UP_S = 300  # for one trial's network, its seed's start, and the comparison after it
_EXAMPLES = """examples:
  bench/clients/run --rounds 3 --json clients.json      every table; hours
  bench/clients/run --seeds transmission,aria2 --leechers shoal,aria2 --rate unlimited --no-mixed
  bench/clients/run --no-pairs --rounds 3               the mixed swarm alone
  bench/clients/run table clients.json more.json        the tables of earlier runs, or of one that still runs

Seed, leecher and tracker are network namespaces on one bridge. Every client has its own defaults, but no DHT and no LSD. Seconds
count from the start of the leecher's program, or from the order to its daemon, until the client itself says that it has
finished; then all bytes are compared. A seed's first blocks are its first 32 KiB, seen at its port of the switch. A download
that takes longer than --timeout is a row of its own. Exit code 1: a client failed, or its content differs."""


def main(arguments):
    """The exit code: 0, 1 failed, 2 usage, 130 interrupted."""
    try:
        if arguments[:1] == ["table"]:
            return _table(arguments[1:])
        return _run(_parse(arguments))
    except AssertionError as error:
        print(f"bench/clients: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench/clients: interrupted; everything is cleaned up", file=sys.stderr)
        return 130


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="bench/clients/run", epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Downloads a file with each client from each client, and with all of them in one swarm, and measures how "
                    "long it takes. Needs root.")
    everybody = ", ".join(ALL)
    parser.add_argument("--seeds", type=checked(_clients), metavar="NAMES", default=[*ALL],
                        help=f"with commas between them: {everybody} (all)")
    parser.add_argument("--leechers", type=checked(_clients), metavar="NAMES", default=[*ALL], help="the same (all)")
    parser.add_argument("--rate", type=checked(_rates), metavar="RATE,...", default=[None, 100_000_000],
                        help="of each peer's link, both ways; `unlimited` is none (unlimited,100Mbit/s)")
    parser.add_argument("--start", choices=[AFTER, TOGETHER, "both"], default="both",
                        help="the leecher when the tracker has heard of the seed, or both at once (%(default)s)")
    parser.add_argument("--size", type=checked(units.size), metavar="SIZE", default=64 << 20, help="of the file (64 MiB)")
    parser.add_argument("--piece-size", type=checked(units.size), metavar="SIZE", default=5 << 20, help="(5 MiB)")
    parser.add_argument("--rounds", type=checked(_rounds), metavar="N", default=1,
                        help="the tables show medians of so many (%(default)s)")
    parser.add_argument("--no-pairs", action="store_true", help="leave the pairs out")
    parser.add_argument("--no-mixed", action="store_true", help="leave the mixed swarm out")
    parser.add_argument("--timeout", type=checked(units.duration), metavar="DUR", default=120.0,
                        help="give a download up after this long (120s)")
    parser.add_argument("--dir", metavar="DIR", help="where the hosts' disks are (a new folder below TMPDIR)")
    parser.add_argument("--bin", metavar="DIR", help="the programs to measure (SHOAL_BIN, or build/release/bin)")
    parser.add_argument("--json", metavar="FILE", help="write every figure of every round, after each trial")
    parser.add_argument("--keep", metavar="DIR", help="keep each program's output")
    options = parser.parse_args(arguments)
    if options.no_pairs and options.no_mixed:
        parser.error("--no-pairs and --no-mixed leave nothing to measure")
    return options


def _clients(text):
    names = text.split(",")
    unknown = [name for name in names if name not in ALL]
    if unknown:
        raise ValueError(f"no client {unknown[0]}: there are {', '.join(ALL)}")
    return names


def _rates(text):
    return [None if word == "unlimited" else units.rate(word) for word in text.split(",")]


def _rounds(text):
    count = int(text)
    if count < 1:
        raise ValueError("at least one round")
    return count


def _run(options):
    os.environ["SHOAL_BIN"] = programs(options.bin)
    starts = [AFTER, TOGETHER] if options.start == "both" else [options.start]
    # What the mixed swarm asks is who gets the seed's pieces, so the seed is there from the start.
    wanted = [*itertools.product([] if options.no_pairs else swarms.pairs(options.seeds, options.leechers), options.rate, starts),
              *itertools.product([] if options.no_mixed else swarms.mixed(options.leechers), options.rate, [AFTER])]
    names = dict.fromkeys(name for swarm, _, _ in wanted for name in (swarm.seed, *swarm.leechers))
    record = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "machine": machine.describe(),
              "versions": {name: ALL[name].version() for name in names}, "size": options.size,
              "piece_size": options.piece_size, "rounds": options.rounds, "timeout_s": options.timeout, "trials": []}
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    # Round by round: a drift of the machine meets every pair alike.
    trials = [(number, *one) for number in range(options.rounds) for one in wanted]
    folder = pathlib.Path(options.dir or tempfile.gettempdir()) / f"shoal-clients-{os.getpid()}"
    with Guard(folder, len(trials) * (options.timeout + _BUILD_UP_S)):
        source = folder / "content.bin"
        make_source(source, options.size)
        for count, (number, swarm, rate, start) in enumerate(trials):
            what = f"{swarm.kind}-{swarm.seed}-{swarm.leechers[-1]}-{units.show_rate(rate) if rate else 'unlimited'}-{start}"
            _say(f"{count + 1} of {len(trials)}: {what}")
            keep = options.keep and pathlib.Path(options.keep) / f"{what.replace('/', '_').replace(' ', '')}-{number + 1}"
            trial = Trial(ALL[swarm.seed], [ALL[name] for name in swarm.leechers], rate, start, options.size,
                          options.piece_size, options.timeout, folder / "trial", source, keep)
            record["trials"].append({"round": number + 1, "swarm": swarm.kind, **trial.run()})
            _write(options.json, record)
        _say(None)
    print(table.tables(record), flush=True)
    return 1 if any(row["outcome"] == "failed" for row in record["trials"]) else 0


def _write(file, record):
    if file:
        path = pathlib.Path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed into place: whoever reads it while the bench runs has all of it.
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        part.replace(path)


def _table(arguments):
    parser = argparse.ArgumentParser(prog="bench/clients/run table", description="Prints the tables of earlier runs, those of "
                                     "the same conditions together.")
    parser.add_argument("files", metavar="FILE", nargs="+", help="what --json wrote")
    print(table.tables(_join(parser.parse_args(arguments).files)))
    return 0


def _join(files):
    """Several runs' records as one."""
    joined = {}
    for file in files:
        try:
            record = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
            same = [record[key] for key in ("size", "piece_size", "timeout_s")]
            trials, versions = record["trials"], record["versions"]
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise AssertionError(f"{file}: not the JSON of a run: {error}") from error
        if joined and same != [joined[key] for key in ("size", "piece_size", "timeout_s")]:
            raise AssertionError(f"{file}: another size, piece size or timeout than {files[0]}: print it alone")
        joined = {**record, "trials": joined.get("trials", []) + trials, "versions": {**joined.get("versions", {}), **versions}}
    return joined


def _say(line):
    """One line that is drawn over, on a terminal only."""
    if sys.stderr.isatty():
        print("\r\033[K" + (line or ""), end="", file=sys.stderr, flush=True)


def _interrupt(*_):
    raise KeyboardInterrupt
