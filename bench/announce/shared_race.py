#!/usr/bin/env python3
"""A race of hosts whose trackers share their swarms: as it is, and with a tracker and the Redis master killed on the way.

    bench/announce/shared_race.py [--build build/release] [--hosts 50] [--size-mib 96] [--rounds 2] [--dir /dev/shm] [--json FILE]

Each host, the origin and the service (two trackers, Redis, a replica, Sentinel) have a network namespace of their own. Half
of the hosts begin at once, the other half when a tracker and the Redis master were killed a second before: those find their
peers by what is left. Needs root, and redis-server (apt-get install redis-server). Exit 1 where a host does not finish, where
its copy differs, or where the disturbed race is over more than 5 s after the undisturbed one.
"""

import argparse
import contextlib
import filecmp
import json
import os
import pathlib
import statistics
import sys
import time

import trackers

sys.path.insert(0, os.path.join(trackers.ROOT, "bench", "fanout"))

from proving_ground.guard import PREFIX, Guard  # noqa: E402
from shoal_testing.content import large_file  # noqa: E402
from shoal_testing.namespaces import inside  # noqa: E402
from shoal_testing.network import Network  # noqa: E402
from shoal_testing.processes import Background, run, wait_until  # noqa: E402
from shoal_testing.redis import Redis, Sentinel  # noqa: E402

KILL_AT, LATE_HOSTS_AT = 5, 6  # seconds after the first host's start
ORIGIN_RATE = "5MB/s"  # so that the race is as long as the origin takes, and not as this machine's processors do
LIMIT = 180  # seconds of one race
GOAL = 5  # seconds


class Service:
    """Two trackers on one Redis with a replica and a Sentinel, all on `host`."""

    def __init__(self, build, folder, host, stack):
        self.host = host
        with inside(host.namespace):
            self.master = stack.enter_context(Redis())
            replica = stack.enter_context(Redis.replica_of(self.master))
            sentinel = stack.enter_context(Sentinel(self.master))
            wait_until(replica.follows_its_master, "the replica has what the master has")
            wait_until(sentinel.knows_a_replica, "the Sentinel knows the replica")
        self.trackers = []
        self.ports = (6969, 6970)
        for port in self.ports:
            tracker = stack.enter_context(Background(
                [trackers.built(build, "shoal-tracker"), "--listen", f"{host.address}:{port}", "--db", ":memory:", "--shared",
                 sentinel.url()], folder / f"tracker-{port}.log", host))
            tracker.wait_for("listening")
            self.trackers.append(tracker)

    def tier(self):
        return ",".join(f"http://{self.host.address}:{port}/announce" for port in self.ports)

    def kill_a_tracker_and_the_master(self):
        self.trackers[0].process.kill()  # `ip netns exec` becomes the tracker
        self.master.kill()

    def ask(self, path):
        """The tracker that lives through every race."""
        with inside(self.host.namespace):
            done = run(["curl", "-s", f"http://{self.host.address}:{self.ports[1]}{path}"])
        return done.stdout

    def completed(self):
        return json.loads(self.ask("/api/v1/torrents"))["torrents"][0]["completed"]


def race(options, folder, content, disturbed):
    """Seconds until each host has its copy in its place, and the completions that the surviving tracker counts."""
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        network = stack.enter_context(Network(options.hosts + 2, PREFIX, silent=True))
        service_host, origin, *hosts = network.hosts
        service = Service(options.build, folder, service_host, stack)
        torrent = folder / "content.torrent"
        made = run([trackers.built(options.build, "torrentgen"), "create", content, "-o", torrent, "-a", service.tier()])
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        shoal = trackers.built(options.build, "shoal")
        network_options = ("--no-dht", "--no-lsd")
        stack.enter_context(Background([shoal, "seed", torrent, content, "--limit-up", ORIGIN_RATE, "--listen",
                                        f"{origin.address}:6881", *network_options], folder / "origin.log", origin))
        wait_until(lambda: b'"seeds":1' in service.ask("/api/v1/torrents").encode(), "the tracker knows the origin")

        getting = []

        def start(some):
            for host in some:
                target = folder / str(host.number)
                getting.append((target, stack.enter_context(Background(
                    [shoal, "get", torrent, "-o", target, "--on-done", f": > '{target}.done'", "--listen", f"{host.address}:6881",
                     "--timeout", f"{LIMIT}s", "--json", *network_options], f"{target}.log", host))))

        begin = time.time()
        start(hosts[:len(hosts) // 2])
        time.sleep(max(0, begin + KILL_AT - time.time()))
        if disturbed:
            service.kill_a_tracker_and_the_master()
        time.sleep(max(0, begin + LATE_HOSTS_AT - time.time()))
        start(hosts[len(hosts) // 2:])
        waiting = {pathlib.Path(f"{target}.done") for target, _ in getting}
        while waiting and time.time() < begin + LIMIT:
            waiting = {path for path in waiting if not path.exists()}
            time.sleep(0.1)
        took = sorted(os.stat(f"{target}.done").st_mtime - begin for target, _ in getting if os.path.exists(f"{target}.done"))
        differing = sum(not filecmp.cmp(content, target / content.name, shallow=False)
                        for target, _ in getting if (target / content.name).exists())
        return {"seconds": took, "unfinished": len(waiting), "differing": differing, "completed": service.completed(),
                "health": service.ask("/healthz").strip()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(trackers.ROOT, "build", "release"))
    parser.add_argument("--hosts", type=int, default=50)
    parser.add_argument("--size-mib", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--dir", default="/dev/shm", help="where the copies are written")
    parser.add_argument("--json")
    options = parser.parse_args()
    for tool in ("redis-server", "curl"):
        trackers.need_tool(tool)
    folder = pathlib.Path(options.dir) / f"shoal-shared-race-{os.getpid()}"
    rows = {"undisturbed": [], "disturbed": []}
    with Guard(folder, options.rounds * 2 * (LIMIT + 60)):
        content = large_file(folder / "content.bin", options.size_mib << 20)
        for number in range(options.rounds):
            for name, results in rows.items():
                here = folder / f"{name}-{number}"
                results.append(race(options, here, content, name == "disturbed"))
                run(["rm", "-rf", here])
    print(f"{options.hosts} hosts, {options.size_mib} MiB, the origin sends {ORIGIN_RATE}; load average {os.getloadavg()[0]:.1f}")
    print(f"{'race':12} {'finished':>9} {'first':>7} {'median':>7} {'last':>7} {'counted':>8}  health")
    for name, results in rows.items():
        for row in results:
            took = row["seconds"] or [float("nan")]
            print(f"{name:12} {len(row['seconds']):>6}/{options.hosts} {took[0]:6.1f}s {statistics.median(took):6.1f}s "
                  f"{took[-1]:6.1f}s {row['completed']:>8}  {row['health']}")
    good = all(row["unfinished"] == row["differing"] == 0 for results in rows.values() for row in results)
    later = None
    if good:
        calm, disturbed = (statistics.median(row["seconds"][-1] for row in rows[name]) for name in ("undisturbed", "disturbed"))
        later = disturbed - calm
        print(f"the last host of the disturbed race finished {later:+.1f} s after that of the undisturbed one (goal: at most {GOAL} s)")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"hosts": options.hosts, "mib": options.size_mib, "later_seconds": later, **rows}, file, indent=1)
    sys.exit(0 if later is not None and later <= GOAL else 1)


if __name__ == "__main__":
    main()
