#!/usr/bin/env python3
"""Every way of finding peers alone, the others switched off: seconds to the first peer and to the verified content.

    bench/discovery/run.py [--build build/release] [--size-mib 64] [--json FILE]

Hosts are network namespaces (root). Times are those that `shoal get` reports about itself; it looks at its peers once a
second. Needs the release build: cmake --build --preset release
"""

import argparse
import json
import os
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from shoal_testing import clients, content  # noqa: E402
from shoal_testing.network import Network  # noqa: E402
from shoal_testing.processes import Background  # noqa: E402
from shoal_testing.tools import program  # noqa: E402

PORT = 6881
OFF = {"dht": "--no-dht", "lsd": "--no-lsd", "pex": "--no-pex"}


def all_off_but(way=None):
    return [option for name, option in OFF.items() if name != way]


class Trial:
    """One way on fresh hosts: a hub (tracker or DHT node), the seed's, a peer between, and the one that is timed."""

    def __init__(self, size):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-ways-"))
        self.content = content.large_file(self.folder / "model.bin", size)
        self.torrent = self.folder / "model.torrent"
        self.running = []

    def start(self, host, *args):
        process = Background([program("shoal"), *args], self.folder / f"{args[0]}-{host.address}.log", host)
        self.running.append(process)
        return process

    def run(self, way):
        try:
            with Network(4) as network:
                try:
                    self.hub, self.origin, self.between, self.host = network.hosts
                    return self.times(*getattr(self, way)())
                finally:
                    for process in reversed(self.running):
                        process.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def seed(self, *options):
        self.start(self.origin, "seed", self.torrent, self.content, *options).wait_for("listening on")

    def times(self, source, options):
        get = self.start(self.host, "get", source, "-o", self.folder / "target", "--json", "--seed-for", "0", "--timeout", "60s",
                         *options)
        if get.wait(120) != 0:
            raise SystemExit(get.output())
        events = [json.loads(line) for line in get.output().splitlines() if line.startswith("{")]
        done = next(event for event in events if event["event"] == "done")["elapsed"]
        first = next((e["elapsed"] for e in events if e["event"] == "progress" and e["peers"] > 0), done)
        return {"first_peer": round(first, 2), "done": round(done, 2)}

    def peer_address(self):
        clients.make_torrent(self.content, self.torrent)
        self.seed(*all_off_but())
        return self.torrent, [*all_off_but(), "--peer", f"{self.origin.address}:{PORT}"]

    def tracker(self):
        clients.make_torrent(self.content, self.torrent, "-a", clients.announce_url(self.hub))
        self.running.append(clients.shoal_tracker(self.folder, self.hub))
        self.seed(*all_off_but())
        return self.torrent, all_off_but()

    def udp_tracker(self):
        clients.make_torrent(self.content, self.torrent, "-a", f"udp://{self.hub.address}:{clients.TRACKER_PORT}/announce")
        self.running.append(clients.shoal_tracker(self.folder, self.hub))
        self.seed(*all_off_but())
        return self.torrent, all_off_but()

    def local_multicast(self):
        clients.make_torrent(self.content, self.torrent)
        self.seed(*all_off_but("lsd"))
        return self.torrent, all_off_but("lsd")

    def private_dht(self):
        info_hash = clients.make_torrent(self.content, self.torrent)
        self.magnet = f"magnet:?xt=urn:btih:{info_hash}"
        node = f"{self.hub.address}:{PORT}"
        self.start(self.hub, "dht-node", "--listen", node).wait_for("listening on")
        options = [*all_off_but("dht"), "--dht-bootstrap", node]
        self.seed(*options)
        return self.torrent, options

    def magnet_through_dht(self):
        _, options = self.private_dht()
        return self.magnet, options


WAYS = ["peer_address", "tracker", "udp_tracker", "local_multicast", "private_dht", "magnet_through_dht"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=str(ROOT / "build" / "release"))
    parser.add_argument("--size-mib", type=int, default=64)
    parser.add_argument("--json", help="write the result here too")
    options = parser.parse_args()
    os.environ["SHOAL_BIN"] = str(pathlib.Path(options.build).resolve() / "bin")

    print(f"{'way':20} {'first peer':>10} {'done':>8}   ({options.size_mib} MiB)")
    result = {}
    for way in WAYS:
        result[way] = Trial(options.size_mib << 20).run(way)
        print(f"{way.replace('_', ' '):20} {result[way]['first_peer']:9.2f}s {result[way]['done']:7.2f}s", flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"bytes": options.size_mib << 20, "ways": result}, indent=2) + "\n")


if __name__ == "__main__":
    main()
