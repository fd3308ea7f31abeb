#!/usr/bin/env python3
"""Announces a second: shoal-tracker beside opentracker, on the same load, in one run.

    bench/announce/run.py [--build build/release] [--seconds 5] [--rounds 3] [--json FILE]

One CPU for the tracker, one for the load. shoal-tracker writes its database meanwhile; opentracker has none. The
rounds alternate, so that a busy moment of the machine meets both. Needs wrk and opentracker (apt-get install wrk
opentracker) and the release build with its load: cmake --build --preset release --target shoal-tracker udp_load
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile

import trackers
from trackers import HERE, ROOT

TORRENTS = 1000
PEERS = 100_000


def load(server, mode, seconds, build):
    url = f"http://127.0.0.1:{server.port}"
    if mode == "udp":
        command = [os.path.join(build, "bin", "udp_load"), str(server.port), str(seconds), str(TORRENTS), str(PEERS)]
    else:
        command = ["wrk", "-t1", "-c64", f"-d{seconds}s", "-s", os.path.join(HERE, "announce.lua"), url, "--", mode,
                   str(TORRENTS), str(PEERS)]
    before = server.cpu_seconds()
    output = subprocess.run(["taskset", "-c", "1", *command], capture_output=True, text=True, check=True).stdout
    cpu = server.cpu_seconds() - before
    fields = next(line for line in output.splitlines() if line.startswith("RESULT")).split()[1:]
    rate = float(fields[0])
    p50, p99 = (int(fields[2]), int(fields[3])) if mode == "udp" else (int(fields[1]), int(fields[2]))
    return {"rate": rate, "p50_us": p50, "p99_us": p99, "cpu_us_each": cpu * 1e6 / max(1, rate * seconds)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json")
    options = parser.parse_args()
    trackers.need_tool("wrk")
    trackers.built(options.build, "udp_load")

    with tempfile.TemporaryDirectory() as folder:
        first_cpu = ("taskset", "-c", "0")
        ours = trackers.shoal_tracker(options.build, folder, "--threads", "1", prefix=first_cpu)
        theirs = trackers.opentracker(folder, map(trackers.info_hash, range(TORRENTS)), prefix=first_cpu)
        results = {}
        try:
            for _ in range(options.rounds):
                for mode in ("close", "keep", "udp"):
                    for server in (ours, theirs):
                        # opentracker has no keep-alive: its rate with one connection an announce stands in.
                        if mode == "keep" and server is theirs:
                            continue
                        results.setdefault((server.name, mode), []).append(
                            load(server, mode, options.seconds, options.build))
            memory = {server.name: server.resident_bytes() / 2**20 for server in (ours, theirs)}
        finally:
            ours.stop()
            theirs.stop()

    names = {"close": "HTTP, a connection an announce", "keep": "HTTP, keep-alive", "udp": "UDP"}
    table = []
    print(f"{TORRENTS} swarms, {PEERS} peers, numwant 50; median of {options.rounds} rounds of {options.seconds} s; "
          f"load average {os.getloadavg()[0]:.1f}")
    print(f"{'':32} {'tracker':14} {'announces/s':>11} {'p50 ms':>8} {'p99 ms':>8} {'CPU us each':>11}")
    for mode, label in names.items():
        for name in ("shoal-tracker", "opentracker"):
            rounds = results.get((name, mode))
            if not rounds:
                continue
            row = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
            table.append({"load": mode, "tracker": name, **row, "rounds": rounds})
            print(f"{label:32} {name:14} {row['rate']:11.0f} {row['p50_us'] / 1000:8.2f} {row['p99_us'] / 1000:8.2f} "
                  f"{row['cpu_us_each']:11.1f}")
    print("resident memory:", ", ".join(f"{name} {size:.0f} MB" for name, size in memory.items()))
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"torrents": TORRENTS, "peers": PEERS, "seconds": options.seconds, "memory_mb": memory,
                       "load_average": os.getloadavg()[0], "results": table}, file, indent=1)


if __name__ == "__main__":
    main()
