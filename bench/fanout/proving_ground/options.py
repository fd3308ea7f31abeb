"""The command line of a measurement: text -> Conditions and what else is asked for."""

import argparse
import re

from . import units
from .clients import CLIENTS
from .conditions import Churn, Conditions
from .strategies import STRATEGIES

_EXAMPLES = """
examples:
  bench/fanout/run --hosts 20 --rate 20Mbit/s --size 64MiB --strategies shoal,aria2,libtorrent --repeat 3 --json out.json
  bench/fanout/run --hosts 100 --rate 1Mbit/s --racks 10 --uplink 2Mbit/s --keep /tmp/kept
  bench/fanout/run --hosts 100 --rate 1Mbit/s --kill 30@20s-100s --join 30@30s-60s
  bench/fanout/run --hosts 20 --rate 4Mbit/s --size 64MiB --time-scale 31      to the programs: 124 Mbit/s, one copy in 4.3 s
  bench/fanout/run --simulate --help    the same question for fleets of up to 100,000 hosts, in simulated time
  bench/fanout/run report /tmp/kept     where the time of kept races went
  bench/fanout/run sweep                remove what runs left behind that were killed together with their guard
"""


def checked(parse):
    """A parser of ours as argparse wants it, its message kept."""
    def parsed(text):
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
    return parsed


def _churn(text):
    """`N@T` or `N@FIRST-LAST`."""
    found = re.fullmatch(r"(\d+)@([^-]+)(?:-(.+))?", text)
    if not found:
        raise ValueError(f"'{text}' is not N@T, like 5@20s, or N@FIRST-LAST, like 30@20s-100s")
    first = units.duration(found[2])
    last = units.duration(found[3]) if found[3] else first
    if int(found[1]) < 1 or last < first:
        raise ValueError(f"'{text}' names no host, or ends before it begins")
    return Churn(int(found[1]), first, last)


def _slow(text):
    count, separator, rate = text.partition(":")
    if not separator or not count.isdigit():
        raise ValueError(f"'{text}' is not N:RATE, like 5:2Mbit/s")
    return int(count), units.rate(rate)


def _mix(text):
    client, separator, count = text.partition(":")
    if client not in CLIENTS or not separator or not count.isdigit():
        raise ValueError(f"'{text}' is not CLIENT:N, with a client of {', '.join(CLIENTS)}")
    return client, int(count)


def strategy_names(text):
    names = text.split(",")
    unknown = [name for name in names if name not in STRATEGIES]
    if unknown:
        raise ValueError(f"no strategy {unknown[0]}: there are {', '.join(STRATEGIES)}")
    return names


def _leaves(text):
    if text == "one-copy":
        return 0.0
    copies = float(text)
    if copies <= 0:
        raise ValueError("it must have sent something before it leaves")
    return copies


def add_link_options(parser):
    """What `run` and `strategies` share."""
    group = parser.add_argument_group("links and content")
    group.add_argument("--rate", type=checked(units.rate), metavar="RATE", help="of every link, both ways (%(default)s)")
    group.add_argument("--origin-rate", type=checked(units.rate), metavar="RATE", help="of the servers' links (as the others)")
    group.add_argument("--size", type=checked(units.size), metavar="SIZE", help="of the file (%(default)s)")
    group.add_argument("--piece-size", type=checked(units.size), metavar="SIZE", help="(%(default)s)")
    group.add_argument("--mirrors", type=int, metavar="N", default=10, help="servers of `mirrors` and `sharded` (%(default)s)")
    group.add_argument("--congestion", metavar="NAME", default="cubic", help="TCP's congestion control (%(default)s)")
    group.add_argument("--burst", type=checked(units.size), metavar="SIZE",
                       help="token bucket of each link (50 ms of it, from 4 to 128 KiB)")
    group.add_argument("--queue", type=checked(units.size), metavar="SIZE",
                       help="what a switch queues for a link before it drops (100 ms, at least 48 KiB)")
    group.add_argument("--time-scale", type=int, metavar="K", default=1,
                       help="slow the programs' time: K real seconds look to them like one, and links K times as fast as they "
                            "are. All times that are given (--kill, --join, --delay, --limit) and all in the results are the "
                            "programs'; rates are the links' own (%(default)s)")
    group = parser.add_argument_group("running")
    group.add_argument("--repeat", type=int, metavar="N", default=1, help="races of each kind; the table has the median one")
    group.add_argument("--limit", type=checked(units.duration), metavar="DUR",
                       help="give a race up after this long (6 times what arithmetic says, and 120 real seconds)")
    group.add_argument("--tracker", choices=["shoal-tracker", "opentracker"], default="shoal-tracker",
                       help="the tracker of all swarms (%(default)s)")
    group.add_argument("--dir", metavar="DIR", help="where the hosts' disks are (a new folder below TMPDIR)")
    group.add_argument("--bin", metavar="DIR", help="the programs to measure (SHOAL_BIN, or build/release/bin)")
    group.add_argument("--no-curl", action="store_true", help="do not measure one curl alone first")
    group = parser.add_argument_group("results")
    group.add_argument("--json", metavar="FILE", help="write every figure of every race")
    group.add_argument("--plot", metavar="STEM", help="draw the completion curves: STEM.svg and STEM.png")
    group.add_argument("--keep", metavar="DIR", help="keep each host's log and a time line; read it with `run report DIR`")


def run_parser():
    parser = argparse.ArgumentParser(
        prog="bench/fanout/run", epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Brings one file to many hosts, each in a network namespace with a shaped link, and measures how long "
                    "it takes. Needs root.")
    parser.add_argument("--hosts", type=int, metavar="N", default=10, help="that want the file (%(default)s)")
    parser.add_argument("--strategies", type=checked(strategy_names), metavar="NAMES", default=["shoal"],
                        help=f"with commas between them: {', '.join(STRATEGIES)} (shoal)")
    parser.set_defaults(rate=Conditions.rate, size=Conditions.size, piece_size=Conditions.piece_size)
    add_link_options(parser)
    group = parser.add_argument_group("fleet")
    group.add_argument("--origins", type=int, metavar="N", default=1, help="seeds at the start (%(default)s)")
    group.add_argument("--racks", type=int, metavar="R", default=0, help="deal the hosts out to this many switches")
    group.add_argument("--uplink", type=checked(units.rate), metavar="RATE", help="of each rack, both ways")
    group.add_argument("--delay", type=checked(units.duration), metavar="DUR", default=0.0,
                       help="latency one way, between any two hosts")
    group.add_argument("--slow", type=checked(_slow), action="append", default=[], metavar="N:RATE", help="N hosts' links")
    group.add_argument("--kill", type=checked(_churn), action="append", default=[], metavar="N@T",
                       help="N hosts lose power at T, or from T1-T2; they are not counted")
    group.add_argument("--join", type=checked(_churn), action="append", default=[], metavar="N@T",
                       help="N of the hosts start only at T, or from T1-T2")
    group.add_argument("--mix", type=checked(_mix), action="append", default=[], metavar="CLIENT:N",
                       help="N of the hosts run this client instead")
    group.add_argument("--origin-leaves", type=checked(_leaves), nargs="?", const=0.0, metavar="COPIES",
                       help="the origin ends when the swarm has one copy, or when it sent so many")
    group.add_argument("--seed", type=int, metavar="N", default=1, help="of the choice of slow, dying, late and mixed-in hosts")
    return parser


def conditions_from(parser, options, **fixed):
    """Conditions; ends with the parser's usage message where they contradict each other."""
    names = ("hosts", "rate", "origin_rate", "size", "piece_size", "racks", "uplink", "slow", "kill", "join", "mix",
             "origin_leaves", "origins", "mirrors", "delay", "seed", "congestion", "burst", "queue", "time_scale")
    given = {name: getattr(options, name) for name in names if hasattr(options, name)}
    made = Conditions(**{**given, **fixed})
    try:
        made.check()
    except ValueError as error:
        parser.error(str(error))
    return made
