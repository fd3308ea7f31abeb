#!/usr/bin/env python3
"""What idle torrents cost a daemon: private memory, time to add them and to come back after a restart, processor time.

    bench/idle/run.py [--build build/release] [--torrents 0,1000,3000] [--pieces 64] [--client NAME]... [--json FILE]

Each torrent is complete when it is added: one file, the content there already, one tracker (a shoal-tracker on loopback). Each count is a
run on fresh folders: start, add, wait until all are checked and seeding, let the announces end, look at the memory; stop, start again and
look again. qBittorrent, which checks one torrent after another, is told not to. Memory is what is anonymous in /proc/PID/smaps_rollup:
page cache and the program's own pages on disk count for nobody. A manifest holds 20 bytes a piece. Needs the release build: cmake --build --preset release
"""

import argparse
import hashlib
import json
import os
import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "bench" / "idle")]
sys.dont_write_bytecode = True

from daemons import QBittorrent, Shoal, Transmission  # noqa: E402
from shoal_testing.processes import Background  # noqa: E402
from shoal_testing.tools import program  # noqa: E402

CLIENTS = {client.name: client for client in (Shoal, Transmission, QBittorrent)}
PIECE = 16384
_PATIENCE_S = 600


def make_torrents(folder, count, pieces, announce):
    """Contents in folder/content, as holes that take no disk, and a manifest for each."""
    downloads = folder / "content"
    downloads.mkdir()
    hashes = hashlib.sha1(bytes(PIECE)).digest() * pieces
    torrents = []
    for number in range(count):
        name = f"content-{number:05}.bin"
        with open(downloads / name, "wb") as file:
            file.truncate(PIECE * pieces)
        torrent = folder / f"{number:05}.torrent"
        torrent.write_bytes(b"d8:announce%d:%s4:infod6:lengthi%de4:name%d:%s12:piece lengthi%de6:pieces%d:%see" % (
            len(announce), announce, PIECE * pieces, len(name), name.encode(), PIECE, len(hashes), hashes))
        torrents.append(torrent)
    return downloads, torrents


def memory(pid):
    """Bytes, by the names of smaps_rollup."""
    sizes = {}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split(":")
        sizes[name] = int(value.split()[0]) << 10
    return {"anonymous": sizes["Anonymous"], "pss": sizes["Pss"], "private": sizes["Private_Clean"] + sizes["Private_Dirty"]}


def settle(daemon):
    """Once the memory has stopped changing by more than 1 % within a second; at most half a minute."""
    before = memory(daemon.pid)
    for _ in range(30):
        time.sleep(1)
        now = memory(daemon.pid)
        if abs(now["anonymous"] - before["anonymous"]) * 100 < before["anonymous"]:
            return now
        before = now
    return now


def idle_cpu(pid, seconds=2):
    """Processor time that doing nothing takes, in percent of a core."""
    def ticks():
        # The name in parentheses may hold spaces: split after it.
        return sum(int(word) for word in pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])
    before = ticks()
    time.sleep(seconds)
    return round(100 * (ticks() - before) / os.sysconf("SC_CLK_TCK") / seconds, 1)


def wait_until_seeding(daemon, count):
    deadline = time.monotonic() + _PATIENCE_S
    while (there := daemon.seeding()) < count:
        if daemon.process.process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"{daemon.name}: only {there} of {count} seed:\n{daemon.process.output()[-2000:]}")
        time.sleep(0.1)


def measure(client, count, options):
    with tempfile.TemporaryDirectory(prefix="shoal-idle-", dir=options.folder) as name:
        folder = pathlib.Path(name)
        tracker = Background([program("shoal-tracker"), "--listen", "127.0.0.1:0", "--db", ":memory:"], folder / "tracker.log")
        daemon = None
        try:
            port = tracker.wait_for(r"listening .*127\.0\.0\.1:(\d+)").group(1)
            downloads, torrents = make_torrents(folder, count, options.pieces, f"http://127.0.0.1:{port}/announce".encode())
            daemon = client(folder, downloads)
            daemon.start()
            begin = time.monotonic()
            daemon.add(torrents)
            wait_until_seeding(daemon, count)
            added = time.monotonic() - begin
            result = {"client": client.name, "torrents": count, "add_seconds": round(added, 2), "memory": settle(daemon)}
            begin = time.monotonic()
            daemon.stop()
            result["stop_seconds"] = round(time.monotonic() - begin, 2)
            begin = time.monotonic()
            daemon.start()
            wait_until_seeding(daemon, count)
            result["restart_seconds"] = round(time.monotonic() - begin, 2)
            result["memory_after_restart"] = settle(daemon)
            result["idle_cpu_percent"] = idle_cpu(daemon.pid)
            return result
        finally:
            if daemon:
                daemon.stop()
            tracker.stop()


def per_torrent(row, rows, when):
    """KB a torrent more than the same client has with the fewest."""
    base = min((other for other in rows if other["client"] == row["client"]), key=lambda other: other["torrents"])
    more = row["torrents"] - base["torrents"]
    return (row[when]["anonymous"] - base[when]["anonymous"]) / more / 1000 if more > 0 else None


def print_row(row, rows):
    cells = [f"{row['client']:12} {row['torrents']:8}"]
    for when in ("memory", "memory_after_restart"):
        each = row["kb_a_torrent" if when == "memory" else "kb_a_torrent_after_restart"] = per_torrent(row, rows, when)
        cells.append(f"{row[when]['anonymous'] / 1e6:9.1f} {'-' if each is None else f'{each:.1f}':>10}")
    cells.append(f"{row['add_seconds']:8.1f} {row['stop_seconds']:8.1f} {row['restart_seconds']:8.1f} "
                 f"{row['idle_cpu_percent']:8.1f}")
    print(" ".join(cells), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=str(ROOT / "build" / "release"))
    parser.add_argument("--torrents", default="0,1000,3000", help="how many, one run each")
    parser.add_argument("--pieces", type=int, default=64, help="of each torrent, 16 KiB each")
    parser.add_argument("--client", action="append", choices=list(CLIENTS), help="only this one, again for another one")
    parser.add_argument("--folder", help="where to work; default: a temporary folder")
    parser.add_argument("--json", help="write the result here too")
    options = parser.parse_args()
    os.environ["SHOAL_BIN"] = str(pathlib.Path(options.build).resolve() / "bin")

    print(f"idle complete torrents of {options.pieces} pieces; MB and KB of private memory (1,000s), seconds\n"
          f"{'client':12} {'torrents':>8} {'MB':>9} {'KB each':>10} {'restarted':>9} {'KB each':>10} {'add':>8} {'stop':>8} {'restart':>8} {'% CPU':>8}")
    rows = []
    for name in options.client or CLIENTS:
        for count in sorted(int(word) for word in options.torrents.split(",")):
            rows.append(measure(CLIENTS[name], count, options))
            print_row(rows[-1], rows)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"pieces": options.pieces, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
