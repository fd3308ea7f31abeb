#!/usr/bin/env python3
"""A million peers: memory, the file, and how soon a tracker that was killed answers again with all of them.

    bench/announce/scale.py [--build build/release] [--swarms 1000] [--peers 1000000] [--json FILE]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import trackers


def peers_of(tracker):
    return sum(int(tracker.metric(f'shoal_tracker_peers{{state="{state}"}}')) for state in ("seed", "leecher"))


def size_of(folder):
    return sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if name.startswith("swarms.db"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(trackers.ROOT, "build", "release"))
    parser.add_argument("--swarms", type=int, default=1000)
    parser.add_argument("--peers", type=int, default=1_000_000)
    parser.add_argument("--json")
    options = parser.parse_args()
    load = trackers.built(options.build, "udp_load")
    with tempfile.TemporaryDirectory() as folder:
        # An interval that a slow machine does not outlive while it lets everybody in.
        tracker = trackers.shoal_tracker(options.build, folder, "--interval", "10m")
        empty = tracker.resident_bytes()
        begin = time.monotonic()
        subprocess.run([load, str(tracker.port), "0", str(options.swarms), str(options.peers)], check=True,
                       stdout=subprocess.DEVNULL)
        joined = time.monotonic() - begin
        while tracker.metric("shoal_tracker_store_records_total") < options.peers:
            if time.monotonic() - begin > 170:
                sys.exit("the file does not fill")
            time.sleep(0.2)
        written = time.monotonic() - begin
        time.sleep(2)
        live = peers_of(tracker)
        resident = tracker.resident_bytes()
        tracker.kill()
        file_bytes = size_of(folder)
        again = trackers.shoal_tracker(options.build, folder, "--interval", "10m", port=tracker.port)
        hash_ = "".join(f"%{byte:02x}" for byte in trackers.info_hash(1))
        answer = again.get(f"/announce?info_hash={hash_}&peer_id=-SC0001-000000000000&port=1&left=1")
        restart = time.monotonic() - again.started
        restored = peers_of(again) - 1
        resident_again = again.resident_bytes()
        again.stop()
    row = {"swarms": options.swarms, "peers": live, "join_seconds": joined, "written_seconds": written,
           "resident_bytes": resident, "bytes_a_peer": (resident - empty) / live, "file_bytes": file_bytes,
           "restart_seconds": restart, "restored_peers": restored, "bytes_a_peer_after_restart":
           (resident_again - empty) / max(restored, 1), "first_answer_has_peers": b"5:peers300:" in answer}
    print(f"{live} peers of {options.swarms} swarms joined in {joined:.1f} s and were in the file after {written:.1f} s")
    print(f"resident {resident / 2**20:.0f} MiB, {row['bytes_a_peer']:.0f} bytes a peer; after the restart "
          f"{row['bytes_a_peer_after_restart']:.0f}; the file {file_bytes / 2**20:.0f} MiB")
    print(f"killed and started again: first answer after {restart:.2f} s, with {restored} peers restored"
          + (" and 50 of them in it" if row["first_answer_has_peers"] else ""))
    if options.json:
        with open(options.json, "w") as file:
            json.dump(row, file, indent=1)


if __name__ == "__main__":
    main()
