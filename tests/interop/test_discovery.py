"""Every way of finding peers, each alone with the others switched off, on hosts with addresses of their own."""

import pathlib
import shutil
import tempfile
import unittest

from shoal_testing import clients, content, ways
from shoal_testing.network import Network
from shoal_testing.processes import Background
from shoal_testing.swarm_hosts import PORT, SwarmHosts
from shoal_testing.tools import program, tool

TIMEOUT = 90
SIZE = 12 * 1024 * 1024 + 345


class OnHosts(unittest.TestCase):
    """A hub, an origin with the content, and three hosts that want it."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-discovery-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        network = Network(5)
        network.__enter__()
        self.addCleanup(network.__exit__, None, None, None)
        self.swarm = SwarmHosts(self.folder, network.hosts, SIZE)
        self.addCleanup(self.swarm.close)

    def assert_got(self, target, process):
        self.assertEqual(process.wait(TIMEOUT), 0, process.output())
        self.assertEqual(content.digest(target / self.swarm.content.name), content.digest(self.swarm.content))


class EachAlone(OnHosts):
    """The last host, so that the way may use those before it."""

    def assert_enough(self, way):
        self.assert_got(*way(self.swarm).get(self.swarm, self.swarm.hosts[-1]))

    def test_a_peer_address(self):
        self.assert_enough(ways.peer_address)

    def test_an_http_tracker(self):
        self.assert_enough(ways.http_tracker)

    def test_a_udp_tracker(self):
        self.assert_enough(ways.udp_tracker)

    def test_the_second_tier_where_the_first_is_dead(self):
        self.assert_enough(ways.second_tier)

    def test_multicast_on_the_local_network(self):
        self.assert_enough(ways.local_multicast)

    def test_peers_learned_from_another_peer(self):
        # The one that it is told of would need twenty minutes.
        self.assert_enough(ways.another_peer)

    def test_a_private_dht(self):
        self.assert_enough(ways.private_dht)

    def test_a_private_dht_named_in_the_torrent(self):
        self.assert_enough(ways.dht_in_the_torrent)

    def test_a_magnet_link_through_the_dht(self):
        self.assert_enough(ways.magnet_through_dht)

    def test_a_web_seed(self):
        self.assert_enough(ways.web_seed)
        self.assertIn("206", (self.folder / "nginx-access.log").read_text())  # by ranges, not the whole file

    def test_an_https_tracker(self):
        way = ways.https_tracker(self.swarm)
        # Who does not know the authority must not believe the tracker.
        _, stranger = self.swarm.get(self.swarm.hosts[1], *way.options)
        self.assert_got(*way.get(self.swarm, self.swarm.hosts[0]))
        stranger.wait_for("certificate")
        self.assertIsNone(stranger.process.poll(), stranger.output())


class PrivateDht(OnHosts):
    def test_on_192_168(self):
        swarm = self.swarm
        swarm.make_torrent()
        addresses = []
        for number, host in enumerate((swarm.hub, swarm.origin, swarm.hosts[0]), 1):
            addresses.append(f"192.168.{number}.7")
            host.run([tool("ip"), "address", "add", f"{addresses[-1]}/16", "dev", "eth0"]).check_returncode()
        node = f"{addresses[0]}:{PORT}"
        swarm.start(swarm.hub, "dht-node", "--listen", node).wait_for("listening on")
        # Nobody listens anywhere else, so no address of 10/8 can be what they find.
        options = [*ways.only("dht"), "--dht-bootstrap", node, "--listen"]
        swarm.seed(*options, f"{addresses[1]}:{PORT}")
        self.assert_got(*swarm.get(swarm.hosts[0], *options, f"{addresses[2]}:{PORT}"))

    def test_of_fifty_nodes(self):
        swarm = self.swarm
        swarm.make_torrent()
        nodes = []
        for number in range(50):
            # Each knows one other, so that a lookup has to travel.
            known = ("--dht-bootstrap", nodes[number // 2]) if nodes else ()
            host = (swarm.hub, *swarm.hosts)[number % 4]
            address = f"{host.address}:{7000 + number}"
            swarm.keep(Background([program("shoal"), "dht-node", "--listen", address, *known],
                                  self.folder / f"node-{number}.log", host)).wait_for("listening on")
            nodes.append(address)
        swarm.seed(*ways.only("dht"), "--dht-bootstrap", nodes[0])
        self.assert_got(*swarm.get(swarm.hosts[0], *ways.only("dht"), "--dht-bootstrap", nodes[-1]))

    def test_where_the_tracker_dies_on_the_way_others_join(self):
        swarm = self.swarm
        swarm.make_torrent("-a", clients.announce_url(swarm.hub))
        tracker = swarm.shoal_tracker()
        options = [*ways.only("dht", "pex"), "--dht-bootstrap", swarm.dht_node()]
        swarm.seed(*options, "--limit-up", "2MB/s")
        first = swarm.get(swarm.hosts[0], *options, "--json")
        first[1].wait_for('"pieces_done":[1-9]|"bytes_done":[1-9]')
        tracker.process.kill()
        tracker.process.wait()
        second = swarm.get(swarm.hosts[1], *options)
        self.assert_got(*first)
        self.assert_got(*second)


class WebSeeds(OnHosts):
    def setUp(self):
        super().setUp()
        self.url = self.swarm.web_server()

    def assert_got_from(self, *urls):
        self.swarm.make_torrent(*(word for url in urls for word in ("-w", url)))
        self.assert_got(*self.swarm.get(self.swarm.hosts[0], *ways.only()))

    def test_one_that_fails_beside_one_that_works(self):
        self.assert_got_from(f"{self.url}/missing.bin", f"{self.url}:1/model.bin", f"{self.url}/model.bin")

    def test_a_folder(self):
        self.swarm.content = content.folder_of_real_files(self.folder / "source" / "dataset", count=40)
        self.assert_got_from(f"{self.url}/")


if __name__ == "__main__":
    unittest.main()
