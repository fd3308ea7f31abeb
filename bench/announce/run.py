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
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TORRENTS = 1000
PEERS = 100_000
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    """One that is free for TCP and UDP."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))


class Server:
    def __init__(self, name, command, cwd):
        self.name = name
        self.port = free_port()
        # A group of its own: opentracker has helpers.
        self.process = subprocess.Popen([part.format(port=self.port) for part in command], cwd=cwd,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit(f"{name} does not answer on port {self.port}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def load(server, mode, seconds, build):
    url = f"http://127.0.0.1:{server.port}"
    if mode == "udp":
        command = [os.path.join(build, "bin", "udp_load"), str(server.port), str(seconds), str(TORRENTS), str(PEERS)]
    else:
        command = ["wrk", "-t1", "-c64", f"-d{seconds}s", "-s", os.path.join(HERE, "announce.lua"), url, "--", mode,
                   str(TORRENTS), str(PEERS)]
    before = cpu_seconds(server.process.pid)
    output = subprocess.run(["taskset", "-c", "1", *command], capture_output=True, text=True, check=True).stdout
    cpu = cpu_seconds(server.process.pid) - before
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
    for tool in ("wrk", "opentracker"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing: apt-get install {tool}")
    for program in ("shoal-tracker", "udp_load"):
        if not os.access(os.path.join(options.build, "bin", program), os.X_OK):
            sys.exit(f"{program} is not built: cmake --build --preset release --target shoal-tracker udp_load")

    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # opentracker reads its list as nobody
        with open(os.path.join(folder, "list"), "w") as file:
            for torrent in range(TORRENTS):
                file.write("a5%038x\n" % (torrent * 2654435761 % 2**32))
        ours = Server("shoal-tracker",
                      ["taskset", "-c", "0", os.path.abspath(os.path.join(options.build, "bin", "shoal-tracker")),
                       "--listen", "127.0.0.1:{port}", "--threads", "1", "--db", "swarms.db"], folder)
        theirs = Server("opentracker", ["taskset", "-c", "0", "opentracker", "-i", "127.0.0.1", "-p", "{port}", "-P",
                                        "{port}", "-d", folder, "-w", "list"], folder)
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
            memory = {server.name: resident_mb(server.process.pid) for server in (ours, theirs)}
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
