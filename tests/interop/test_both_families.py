"""One swarm over IPv4 and IPv6 at once: aria2, Transmission and shoal, each with one family or with both."""

import json
import pathlib
import shutil
import tempfile
import unittest

from shoal_testing import clients, content
from shoal_testing.network import Network
from shoal_testing.processes import run
from shoal_testing.tools import tool

SIZE = 24 * 1024 * 1024 + 12345  # five pieces, the last one short
TIMEOUT = 120


class BothFamilies(unittest.TestCase):
    """The tracker and the seed have both families. Who has only one finds, and is found by, those that share it."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-families-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        network = Network(6)
        network.__enter__()
        self.addCleanup(network.__exit__, None, None, None)
        self.hub, self.seed_host, *self.hosts = network.hosts
        (self.folder / "source").mkdir()
        self.content = content.large_file(self.folder / "source" / "model.bin", SIZE)
        self.torrent = self.folder / "model.torrent"
        self.info_hash = clients.make_torrent(
            self.content, self.torrent, "-a", clients.announce_url(self.hub), "-a",
            f"http://[{self.hub.address6}]:{clients.TRACKER_PORT}/announce")
        self.keep(clients.shoal_tracker(self.folder, self.hub))

    def keep(self, process):
        self.addCleanup(process.stop)
        return process

    def shoal(self, host, command, *args):
        return self.keep(clients.shoal(self.folder, command, self.torrent, *args, "--no-dht", "--no-lsd", "--no-pex",
                                       host=host))

    def seed(self):
        process = self.shoal(self.seed_host, "seed", self.content)
        process.wait_for("listening on")

    def target(self, name):
        folder = self.folder / name
        folder.mkdir()
        return folder

    @staticmethod
    def without(host, family):
        """Takes the addresses of a family from the host: 4 or 6."""
        run([tool("ip"), f"-{family}", "addr", "flush", "dev", "eth0"], host=host).check_returncode()
        return host

    def peers(self):
        """What the tracker knows: the set of address families of each peer, by its host's number."""
        url = f"http://{self.hub.address}:{clients.TRACKER_PORT}/api/v1/torrents/{self.info_hash}"
        answer = run([tool("curl"), "--silent", "--fail", url], host=self.hub)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        number = {}
        for host in (self.seed_host, *self.hosts):
            number[host.address] = number[f"[{host.address6}]"] = host.number
        known = {}
        for peer in json.loads(answer.stdout)["peers"]:
            for address in peer["addresses"]:
                host = address.rsplit(":", 1)[0]
                self.assertIn(host, number, peer)
                known.setdefault(number[host], set()).add(6 if host.startswith("[") else 4)
        return known

    def assert_got(self, target, process):
        self.assertEqual(process.wait(TIMEOUT), 0, process.output())
        self.assertEqual(content.digest(target / self.content.name), content.digest(self.content))

    def test_aria2_transmission_and_shoal_over_both_families(self):
        self.seed()
        only4, only6, both, last = self.hosts
        old, new, mixed, ours = (self.target(name) for name in ("aria2-4", "aria2-6", "transmission", "shoal"))
        aria4 = self.keep(clients.aria2(self.folder, self.torrent, old, self.without(only4, 6)))
        aria6 = self.keep(clients.aria2(self.folder, self.torrent, new, self.without(only6, 4)))
        transmission = self.keep(clients.transmission(self.folder, self.torrent, mixed, both))
        get = self.shoal(last, "get", "-o", ours)
        transmission.wait_for("Seeding", TIMEOUT)
        self.assertEqual(content.digest(mixed / self.content.name), content.digest(self.content))
        known = self.peers()
        self.assertEqual(known[self.seed_host.number], {4, 6}, "the seed is one swarm's peer over both families")
        self.assert_got(old, aria4)
        self.assert_got(new, aria6)
        self.assert_got(ours, get)

    def test_a_seed_of_ipv6_only_feeds_ipv4_through_one_that_has_both(self):
        self.without(self.seed_host, 4)
        self.seed()
        only4, _, _, both = self.hosts
        bridge, far = self.target("bridge"), self.target("far")
        self.shoal(both, "get", "-o", bridge, "--seed-for", "10m")
        last = self.keep(clients.aria2(self.folder, self.torrent, far, self.without(only4, 6)))
        self.assert_got(far, last)
        self.assertEqual(content.digest(bridge / self.content.name), content.digest(self.content))
        self.assertNotIn(4, self.peers()[self.seed_host.number])


if __name__ == "__main__":
    unittest.main()
