#!/usr/bin/env python3
"""Trackers that share their swarms through Redis: what it costs, and how soon the other one knows.

    bench/announce/shared.py [--build build/release] [--seconds 5] [--rounds 3] [--peers 100000] [--samples 200]
                             [--only memory|latency|rates] [--json FILE]

One CPU for the trackers, one for the load and Redis. Needs wrk and redis-server (apt-get install wrk redis-server) and
the release build with its load: cmake --build --preset release --target shoal-tracker udp_load
"""

import argparse
import http.client
import json
import os
import socket
import statistics
import struct
import subprocess
import tempfile
import threading
import time

import trackers
from run import load

from shoal_testing.redis import Redis

SWARMS = 1000
RATE = 5000  # announces a second while changes are timed
FIRST_CPU = ("taskset", "-c", "0")


def start(build, folder, redis=None, *options):
    shared = ("--shared", redis.url()) if redis else ()
    return trackers.shoal_tracker(build, folder, "--threads", "1", *shared, *options, database=":memory:", prefix=FIRST_CPU)


def peers_of(tracker):
    return sum(int(tracker.metric(f'shoal_tracker_peers{{state="{state}"}}')) for state in ("seed", "leecher"))


def wait_for_peers(tracker, count, seconds=120):
    end = time.monotonic() + seconds
    while peers_of(tracker) < count:
        if time.monotonic() > end:
            raise AssertionError(f"{peers_of(tracker)} of {count} peers")
        time.sleep(0.02)


def join(build, tracker, peers):
    subprocess.run([trackers.built(build, "udp_load"), str(tracker.port), "0", str(SWARMS), str(peers)], check=True,
                   stdout=subprocess.DEVNULL)


def measure_rates(options):
    """Announces a second of one tracker alone and of one that shares, in turn. A second tracker that shares would be on
    another machine, and is not here."""
    results = {}
    with tempfile.TemporaryDirectory() as folder, Redis() as redis:
        alone, sharing = start(options.build, folder), start(options.build, folder, redis)
        try:
            for number in range(options.rounds):
                for mode in ("keep", "udp"):
                    pair = [("alone", alone), ("shared", sharing)]
                    for name, tracker in pair if number % 2 == 0 else pair[::-1]:
                        results.setdefault((mode, name), []).append(
                            load(tracker, mode, options.seconds, options.build))
        finally:
            alone.stop()
            sharing.stop()

    def median(mode, name, key):
        return statistics.median(row[key] for row in results[mode, name])

    return {mode: {name: {key: median(mode, name, key) for key in ("rate", "cpu_us_each")} for name in ("alone", "shared")}
            for mode in ("keep", "udp")}


class Announcer(threading.Thread):
    """RATE new peers a second over UDP, until stop()."""

    def __init__(self, port):
        super().__init__()
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(5)
        self.socket.send(struct.pack(">QII", 0x41727101980, 0, 1))
        self.connection = struct.unpack(">IIQ", self.socket.recv(16))[2]
        self.socket.setblocking(False)
        self.stopping = threading.Event()
        self.sent = 0

    def run(self):
        begin = time.monotonic()
        while not self.stopping.wait(0.005):
            due = int((time.monotonic() - begin) * RATE)
            for number in range(self.sent, due):
                torrent = trackers.info_hash(number % SWARMS)
                peer = b"-BN0001-%012d" % number
                self.socket.send(struct.pack(">QII", self.connection, 1, number) + torrent + peer
                                 + struct.pack(">QQQIIIiH", 0, 1_000_000, 0, 2, 0, number, 0, 1024 + number // SWARMS))
            self.sent = max(self.sent, due)
            try:
                while True:
                    self.socket.recv(2048)
            except BlockingIOError:
                pass

    def stop(self):
        self.stopping.set()
        self.join()


def measure_latency(options):
    """Milliseconds from the answer to a new peer at one tracker until the other one counts it, under load."""
    took = []
    with tempfile.TemporaryDirectory() as folder, Redis() as redis:
        one, two = start(options.build, folder, redis), start(options.build, folder, redis)
        announcer = Announcer(one.port)
        announcer.start()
        try:
            time.sleep(1)
            connections = [http.client.HTTPConnection("127.0.0.1", tracker.port, timeout=20) for tracker in (one, two)]

            def ask(which, path):
                connections[which].request("GET", path)
                return connections[which].getresponse().read()

            begin = time.monotonic()
            for number in range(options.samples):
                hash_ = "%ff" + "".join(f"%{byte:02x}" for byte in number.to_bytes(19, "big"))
                ask(0, f"/announce?info_hash={hash_}&peer_id=-LT0001-{number:012d}&port=1024&left=1&numwant=0")
                answered = time.monotonic()
                while b"10:incompletei1e" not in ask(1, f"/scrape?info_hash={hash_}"):
                    time.sleep(0.001)
                took.append((time.monotonic() - answered) * 1000)
                time.sleep(0.01)
            rate = announcer.sent / (time.monotonic() - begin + 1)
        finally:
            announcer.stop()
            one.stop()
            two.stop()
    took.sort()
    return {"announces_per_second": rate, "samples": len(took), "p50_ms": took[len(took) // 2],
            "p99_ms": took[min(len(took) - 1, len(took) * 99 // 100)], "max_ms": took[-1]}


def number_of(reply, field):
    return int(reply.split(field.encode() + b":")[1].split(b"\r\n")[0])


def measure_memory_and_start(options):
    """Bytes a peer in Redis and in the tracker, and how soon a fresh tracker has them all."""
    with tempfile.TemporaryDirectory() as folder, Redis() as redis:
        one = start(options.build, folder, redis, "--interval", "10m")
        try:
            empty = number_of(redis.command("INFO", "memory"), "used_memory"), one.resident_bytes()
            join(options.build, one, options.peers)
            wait_for_peers(one, options.peers)
            while int(redis.command("HLEN", "shoal:peers:" + trackers.info_hash(0).hex())[1:]) < options.peers // SWARMS:
                time.sleep(0.05)
            time.sleep(2)  # the last batch, and what the allocators give back
            stream = int(redis.command("MEMORY", "USAGE", "shoal:changes", "SAMPLES", "0")[1:])
            in_redis = number_of(redis.command("INFO", "memory"), "used_memory") - empty[0] - stream
            in_tracker = one.resident_bytes() - empty[1]
            fresh = start(options.build, folder, redis, "--interval", "10m")
            try:
                loaded = peers_of(fresh)  # its first answer
                ready = time.monotonic() - fresh.started
            finally:
                fresh.stop()
        finally:
            one.stop()
    return {"peers": options.peers, "redis_bytes_a_peer": in_redis / options.peers, "stream_mib": stream / 2**20,
            "tracker_bytes_a_peer": in_tracker / options.peers, "fresh_tracker_seconds": ready, "fresh_tracker_peers": loaded}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(trackers.ROOT, "build", "release"))
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=int, default=100_000)
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--only", choices=("memory", "latency", "rates"), help="without it all three")
    parser.add_argument("--json")
    options = parser.parse_args()
    trackers.need_tool("wrk")
    trackers.built(options.build, "udp_load")

    measures = {"memory": measure_memory_and_start, "latency": measure_latency, "rates": measure_rates}
    found = {name: measure(options) for name, measure in measures.items() if options.only in (None, name)}
    print(f"load average {os.getloadavg()[0]:.1f}")
    for mode, row in found.get("rates", {}).items():
        alone, shared = row["alone"], row["shared"]
        print(f"announces a second, {mode:4}  alone {alone['rate']:.0f}, shared {shared['rate']:.0f}: "
              f"{shared['rate'] / alone['rate']:.2f}; CPU us each {alone['cpu_us_each']:.1f}, {shared['cpu_us_each']:.1f}")
    if row := found.get("latency"):
        print(f"a change at the other tracker, under {row['announces_per_second']:.0f} new peers a second: "
              f"p50 {row['p50_ms']:.0f} ms, p99 {row['p99_ms']:.0f} ms, at most {row['max_ms']:.0f} ms ({row['samples']} samples)")
    if row := found.get("memory"):
        print(f"memory a peer, of {row['peers']} in {SWARMS} swarms: Redis {row['redis_bytes_a_peer']:.0f} bytes, besides "
              f"{row['stream_mib']:.0f} MiB of its stream; tracker {row['tracker_bytes_a_peer']:.0f} bytes")
        print(f"a fresh tracker answers after {row['fresh_tracker_seconds']:.2f} s, with {row['fresh_tracker_peers']} peers")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"load_average": os.getloadavg()[0], **found}, file, indent=1)


if __name__ == "__main__":
    main()
