#!/usr/bin/env python3
"""Kill -9 of trackers that share their swarms, and of their Redis, at random, under announces: who is missing afterwards?

    bench/announce/shared_kills.py [--build build/release] [--kills 20] [--hosts 500] [--json FILE]

Two trackers and an empty Redis. Each host announces every INTERVAL to one of the two at random, and asks the other one
where that does not answer; it completes once. Whatever is killed is started again at once, empty. Two intervals after the
last kill both trackers are asked for every peer. Exit 1 where one is missing or is there twice.
"""

import argparse
import collections
import json
import os
import random
import sys
import tempfile
import threading
import time

import trackers

from shoal_testing.redis import Redis

INTERVAL = 4  # seconds
AT_RISK = 0.1  # seconds: what a tracker hears so shortly before it is killed, it may have told nobody


class Hosts(threading.Thread):
    """Announce in turn, until stop()."""

    def __init__(self, running, count):
        super().__init__()
        self.running = running  # ports of the trackers
        self.count = count
        self.random = random.Random(7)
        self.completes_at = [self.random.uniform(1, 30) for _ in range(count)]
        self.completed = {}  # host: (when, the tracker that answered)
        self.refused = 0
        self.stopping = threading.Event()

    def run(self):
        begin = time.monotonic()
        for turn in range(10**6):
            for host in range(self.count):
                if self.stopping.wait(max(0, begin + INTERVAL * (turn + host / self.count) - time.monotonic())):
                    return
                self.announce(host, time.monotonic() - begin > self.completes_at[host])

    def announce(self, host, complete):
        event = "&event=completed" if complete and host not in self.completed else ""
        hash_ = "".join(f"%{byte:02x}" for byte in trackers.info_hash(0))
        path = (f"/announce?info_hash={hash_}&peer_id=-KL0001-{host:012d}&port={1024 + host}&left={0 if complete else 9}"
                f"&numwant=0{event}")
        for tracker in self.random.sample(self.running, len(self.running)):
            try:
                if b"interval" in tracker.get(path):
                    if complete:
                        self.completed.setdefault(host, (time.monotonic(), tracker))
                    return
            except OSError:
                pass
        self.refused += 1

    def stop(self):
        self.stopping.set()
        self.join()


def peers_of(tracker):
    """How often each host is among a tracker's live peers, and how many completions it counts."""
    torrent = json.loads(tracker.get(f"/api/v1/torrents/{trackers.info_hash(0).hex()}?limit=10000"))
    found = collections.Counter(peer["addresses"][0] for peer in torrent["peers"] if peer["state"] != "lost")
    return found, torrent["completed"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(trackers.ROOT, "build", "release"))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--hosts", type=int, default=500)
    parser.add_argument("--json")
    options = parser.parse_args()
    chance = random.Random(7)
    killed = collections.Counter()
    kills = []  # (when, victim)
    with tempfile.TemporaryDirectory() as folder, Redis() as redis:
        running = [trackers.shoal_tracker(options.build, folder, "--shared", redis.url(), "--shared-optional", "--interval",
                                          f"{INTERVAL}s", database=":memory:") for _ in range(2)]
        hosts = Hosts(running, options.hosts)
        hosts.start()
        try:
            time.sleep(INTERVAL)
            for _ in range(options.kills):
                time.sleep(chance.uniform(0.5, 2))
                victim = chance.choice([redis, *running])
                kills.append((time.monotonic(), victim))
                victim.kill()
                killed["Redis" if victim is redis else "tracker"] += 1
                victim.start()
            time.sleep(2 * INTERVAL)
            hosts.stop()
            rows = []
            for tracker in running:
                found, completed = peers_of(tracker)
                rows.append({"missing": options.hosts - len(found), "twice": sum(count > 1 for count in found.values()),
                             "completed": completed})
        finally:
            hosts.stopping.set()
            for tracker in running:
                tracker.stop()
    print(f"{killed['tracker']} trackers and {killed['Redis']} times Redis killed under {options.hosts} hosts; "
          f"{hosts.refused} announces found no tracker; {len(hosts.completed)} hosts completed")
    at_risk = sum(any(tracker is victim and 0 <= killed_at - heard_at < AT_RISK for killed_at, victim in kills)
                  for heard_at, tracker in hosts.completed.values())
    print(f"{at_risk} completions were heard by a tracker within {AT_RISK * 1000:.0f} ms before it was killed")
    for number, row in enumerate(rows, 1):
        print(f"tracker {number}: {row['missing']} hosts missing, {row['twice']} there twice, {row['completed']} completions counted")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"killed": killed, "hosts": options.hosts, "completed": len(hosts.completed), "at_risk": at_risk,
                       "trackers": rows}, file, indent=1)
    sys.exit(1 if any(row["missing"] or row["twice"] for row in rows) else 0)


if __name__ == "__main__":
    main()
