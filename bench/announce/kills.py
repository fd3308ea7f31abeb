#!/usr/bin/env python3
"""What kill -9 under load loses, over many kills.

    bench/announce/kills.py [--build build/release] [--kills 20] [--json FILE]

New peers announce over four connections that stay open, beside a fleet of 20,000 that announces over UDP as fast as it is
answered. At a random moment the tracker is killed. Of every peer that had its answer the file is asked afterwards; the
age of the oldest one that is missing is what was lost. The file itself is checked by SQLite, and the tracker started on
it again, with everything that the kills before left in it.
"""

import argparse
import http.client
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import trackers

TORRENTS = 100
FLEET = 20_000
ALLOWED_SECONDS = 1.0


class Joiner(threading.Thread):
    """Announces one new peer of a swarm after the other until the tracker is gone; when each had its answer."""

    def __init__(self, port, prefix, torrent):
        super().__init__()
        self.port = port
        self.prefix = prefix
        self.torrent = torrent
        self.answered = {}

    def run(self):
        escaped = "".join(f"%{byte:02x}" for byte in trackers.info_hash(self.torrent))
        number = 0
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            while True:
                peer = f"{self.prefix}{number:012d}"
                # Each has a port of its own: a new peer where another one listens would take its place.
                connection.request("GET", f"/announce?info_hash={escaped}&peer_id={peer}&port={1024 + number}"
                                          "&left=1&numwant=0")
                connection.getresponse().read()
                self.answered[peer.encode()] = time.monotonic()
                number += 1
        except (OSError, http.client.HTTPException):
            pass


def one_kill(build, folder, kill, random_source):
    port = trackers.free_port()
    tracker = trackers.shoal_tracker(build, folder, port=port)
    took = time.monotonic() - tracker.started
    restored = tracker.metric('shoal_tracker_peers{state="leecher"}') + tracker.metric('shoal_tracker_peers{state="seed"}')
    load = subprocess.Popen([trackers.built(build, "udp_load"), str(port), "20", str(TORRENTS), str(FLEET)],
                            stdout=subprocess.DEVNULL)
    joiners = [Joiner(port, f"-K{kill:02d}{i}000", 4 * kill + i) for i in range(4)]
    for joiner in joiners:
        joiner.start()
    time.sleep(random_source.uniform(1, 3))
    killed = time.monotonic()
    tracker.kill()
    load.kill()
    load.wait()
    for joiner in joiners:
        joiner.join()
    with sqlite3.connect(os.path.join(folder, "swarms.db")) as file:
        check = file.execute("PRAGMA integrity_check").fetchone()[0]
        stored = {bytes(row[0]) for row in file.execute("SELECT peer_id FROM peer")}
    file.close()
    answered = {peer: at for joiner in joiners for peer, at in joiner.answered.items()}
    lost = [killed - at for peer, at in answered.items() if peer not in stored]
    return {"kill": kill, "restored_peers": int(restored), "start_ms": round(took * 1000), "answered": len(answered),
            "lost": len(lost), "oldest_lost_ms": round(max(lost, default=0) * 1000), "file": check}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(trackers.ROOT, "build", "release"))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--json")
    options = parser.parse_args()
    random_source = random.Random(7)
    rows = []
    print(f"{'kill':>4} {'peers restored':>14} {'start ms':>8} {'joins answered':>14} {'lost':>5} {'oldest lost ms':>14}  file")
    with tempfile.TemporaryDirectory() as folder:
        for kill in range(1, options.kills + 1):
            row = one_kill(options.build, folder, kill, random_source)
            rows.append(row)
            print(f"{row['kill']:4} {row['restored_peers']:14} {row['start_ms']:8} {row['answered']:14} {row['lost']:5} "
                  f"{row['oldest_lost_ms']:14}  {row['file']}", flush=True)
    worst = max(row["oldest_lost_ms"] for row in rows)
    files = sum(row["file"] == "ok" for row in rows)
    print(f"the oldest announce that was lost came {worst} ms before its kill; the file was whole {files} times of {len(rows)}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"kills": rows, "oldest_lost_ms": worst, "files_ok": files}, file, indent=1)
    sys.exit(0 if worst <= ALLOWED_SECONDS * 1000 and files == len(rows) else 1)


if __name__ == "__main__":
    main()
