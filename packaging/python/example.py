#!/usr/bin/env python3
"""Puts a torrent on many machines and waits until all of them have it.

    example.py model.torrent node1 node2:9091 ...
"""

from __future__ import annotations

import concurrent.futures
import sys

from shoal import Daemon, ShoalError, Torrent


def deliver(torrent: str, host: str) -> Torrent:
    daemon = Daemon(host)
    return daemon.wait(daemon.add(torrent, labels=["example"]).hash, timeout=3600)


def main() -> int:
    torrent, *hosts = sys.argv[1:]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=32) as pool:
        for host, result in [(host, pool.submit(deliver, torrent, host)) for host in hosts]:
            try:
                done = result.result()
                print(f"{host}: {done.name} is in {done.folder}")
            except ShoalError as failure:
                print(f"{host}: {failure}", file=sys.stderr)
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
