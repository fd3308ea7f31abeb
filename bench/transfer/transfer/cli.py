"""The command bench/transfer/run."""

import argparse
import datetime
import json
import os
import pathlib
import signal
import sys
import tempfile

from proving_ground import machine, units
from proving_ground.course import make_source
from proving_ground.guard import Guard
from proving_ground.options import checked
from proving_ground.strategies.http import Leader
from proving_ground.strategies.swarm import SwarmStrategy
from shoal_testing import clients

from . import recheck, report
from .clients import TCP_CLIENTS
from .trial import Trial

_REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
_SWARMS = {name: SwarmStrategy(TCP_CLIENTS[name]) for name in ("shoal", "qbittorrent", "aria2", "transmission", "libtorrent")}
_WAYS = {**_SWARMS, "curl": Leader()}
_CAN_RECHECK = ("shoal", "qbittorrent", "aria2", "transmission")
_EXAMPLES = """examples:
  bench/transfer/run --json transfer.json
  bench/transfer/run --clients shoal,qbittorrent --leechers 1 --size 512MiB --rounds 3

Every program of a round runs alone, one after the other; the tables show medians over the rounds. Seed and leechers are
network namespaces on one bridge without any limit, all files on one disk, the page cache warm, the memory for the copies
used before (a virtual machine's first touch of it takes longer than everything else); peers talk TCP, uTP is
switched off where a client would use it. `seconds` counts from the start of the leechers' programs, `MB/s` from the first
256 KiB that the seed sent. Processor time is user and system time of the programs from the leechers' start until the last
one is complete; `machine` is everything on the machine in that time, with the network work of the kernel that belongs to no
process. MB is the peak of private memory (RssAnon), without page cache, of the largest leecher and of the seed. `curl`
downloads from nginx and verifies nothing; sha1sum is one pass of hashing over the same file. A recheck is timed from the
order until the program is quiet again."""


def main(arguments):
    """The exit code: 0, 1 failed, 2 usage, 130 interrupted."""
    try:
        return _run(_parse(arguments))
    except AssertionError as error:
        print(f"bench/transfer: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench/transfer: interrupted; everything is cleaned up", file=sys.stderr)
        return 130


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="bench/transfer/run", epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Hands a file from one seed to one and to four leechers without any limit, with each client in turn, and "
                    "measures speed, processor time and memory. Needs root.")
    parser.add_argument("--clients", type=checked(_clients), metavar="NAMES", default=[*_WAYS][:4] + ["curl"],
                        help=f"with commas between them: {', '.join(_WAYS)} (all but libtorrent)")
    parser.add_argument("--leechers", type=checked(_counts), metavar="N,N,...", default=[1, 4], help="(1,4)")
    parser.add_argument("--size", type=checked(units.size), metavar="SIZE", default=2 << 30, help="of the file (2 GiB)")
    parser.add_argument("--piece-size", type=checked(units.size), metavar="SIZE", default=5 << 20, help="(5 MiB)")
    parser.add_argument("--rounds", type=int, metavar="N", default=1, help="the tables show medians of so many (%(default)s)")
    parser.add_argument("--no-recheck", action="store_true", help="leave the rechecks out")
    parser.add_argument("--limit", type=checked(units.duration), metavar="DUR", default=600.0,
                        help="give a transfer up after this long (600s)")
    parser.add_argument("--dir", metavar="DIR", help="where the hosts' disks are (a new folder below TMPDIR)")
    parser.add_argument("--bin", metavar="DIR", help="the programs to measure (SHOAL_BIN, or build/release/bin)")
    parser.add_argument("--json", metavar="FILE", help="write every figure of every round")
    return parser.parse_args(arguments)


def _clients(text):
    names = text.split(",")
    unknown = [name for name in names if name not in _WAYS]
    if unknown:
        raise ValueError(f"no client {unknown[0]}: there are {', '.join(_WAYS)}")
    return names


def _counts(text):
    counts = [int(word) for word in text.split(",")]
    if min(counts) < 1:
        raise ValueError("at least one leecher")
    return counts


def _run(options):
    os.environ["SHOAL_BIN"] = str(pathlib.Path(
        options.bin or os.environ.get("SHOAL_BIN") or _REPOSITORY / "build" / "release" / "bin").resolve())
    versions = {}
    for name in options.clients:
        versions.update(_WAYS[name].versions())
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    folder = pathlib.Path(options.dir or tempfile.gettempdir()) / f"shoal-transfer-{os.getpid()}"
    trials = options.rounds * len(options.clients) * (len(options.leechers) + 1)
    with Guard(folder, trials * (options.limit + 300)):
        source = folder / "content.bin"
        make_source(source, options.size)
        figures = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
                   "machine": machine.describe(), "versions": versions, "size": options.size,
                   "piece_size": options.piece_size, "rounds": options.rounds,
                   "transfers": _transfers(options, folder, source)}
        print(f"\n{units.show_size(options.size)} in pieces of {units.show_size(options.piece_size)}, page cache warm, no limit "
              f"on any link, {os.cpu_count()} cores for all of it\n\n{report.transfers(figures['transfers'])}", flush=True)
        if not options.no_recheck:
            figures["rechecks"] = _rechecks(options, folder, source)
            print(f"\nrecheck of the same content\n\n{report.rechecks(figures['rechecks'])}", flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def _transfers(options, folder, source):
    found = {}
    for number in range(options.rounds):
        for leechers in options.leechers:
            for name in options.clients:
                _say(f"round {number + 1} of {options.rounds}: {name} to {leechers}")
                trial = Trial(name, _WAYS[name], options.size, options.piece_size, leechers, folder / "trial", source,
                              options.limit)
                found.setdefault((leechers, name), []).append(trial.run())
    _say(None)
    return [report.medians(rows) for rows in found.values()]


def _rechecks(options, folder, source):
    torrent = folder / "content.torrent"
    clients.make_torrent(source, torrent, "--piece-size", str(options.piece_size))
    found = {}
    for number in range(options.rounds):
        for name in [name for name in options.clients if name in _CAN_RECHECK] + ["sha1sum"]:
            _say(f"round {number + 1} of {options.rounds}: recheck by {name}")
            seconds = recheck.sha1sum(source) if name == "sha1sum" else recheck.recheck(
                name, folder / f"recheck-{name}-{number}", source, torrent)
            found.setdefault(name, []).append(
                {"client": name, "seconds": seconds, "megabytes_per_s": options.size / 1e6 / seconds})
    _say(None)
    return [report.medians(rows) for rows in found.values()]


def _say(line):
    """One line that is drawn over, on a terminal only."""
    if sys.stderr.isatty():
        print("\r\033[K" + (line or ""), end="", file=sys.stderr, flush=True)


def _interrupt(*_):
    raise KeyboardInterrupt
