#!/usr/bin/env python3
"""Every way of finding peers alone, the others switched off: seconds to the first peer and to the verified content.

    bench/discovery/run.py [--build build/release] [--size-mib 64] [--way NAME]... [--json FILE]

Hosts are network namespaces (root). Times are those that `shoal get` reports about itself; it looks at its peers once a
second. "another peer" is PEX: the first peer counted there is the one that it was not told of. Needs nginx, opentracker and openssl,
and the release build: cmake --build --preset release
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from shoal_testing import content, ways  # noqa: E402
from shoal_testing.network import Network  # noqa: E402
from shoal_testing.swarm_hosts import SwarmHosts  # noqa: E402


def measure(way, size):
    """One way on fresh hosts: the hub, the origin, a host between where the way needs one, and the one that is timed."""
    with tempfile.TemporaryDirectory(prefix="shoal-ways-") as folder, Network(4) as network:
        swarm = SwarmHosts(folder, network.hosts, size)
        try:
            by = way(swarm)
            target, get = by.get(swarm, swarm.hosts[-1], "--json", "--seed-for", "0")
            if get.wait(120) != 0:
                raise SystemExit(f"{way.__name__}: {get.output()}")
            if content.digest(target / swarm.content.name) != content.digest(swarm.content):
                raise SystemExit(f"{way.__name__}: the content differs")
            output = get.output()
        finally:
            swarm.close()
    events = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    done = next(event for event in events if event["event"] == "done")["elapsed"]
    first = next((event["elapsed"] for event in events if event["event"] == "progress" and event[by.found] > 0), done)
    return {"first_peer": round(first, 2), "done": round(done, 2)}


def main():
    names = [way.__name__ for way in ways.ALL]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=str(ROOT / "build" / "release"))
    parser.add_argument("--size-mib", type=int, default=64)
    parser.add_argument("--way", action="append", choices=names, help="only this one, again for another one")
    parser.add_argument("--json", help="write the result here too")
    options = parser.parse_args()
    os.environ["SHOAL_BIN"] = str(pathlib.Path(options.build).resolve() / "bin")

    print(f"{'way':20} {'first peer':>10} {'done':>8}   ({options.size_mib} MiB)")
    result = {}
    for way in ways.ALL:
        if options.way and way.__name__ not in options.way:
            continue
        seconds = result[way.__name__] = measure(way, options.size_mib << 20)
        print(f"{way.__name__.replace('_', ' '):20} {seconds['first_peer']:9.2f}s {seconds['done']:7.2f}s", flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"bytes": options.size_mib << 20, "ways": result}, indent=2) + "\n")


if __name__ == "__main__":
    main()
