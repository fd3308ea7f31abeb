"""Every way of finding peers, each alone with the others switched off, on hosts with addresses of their own."""

import os
import pathlib
import shutil
import tempfile
import unittest

from shoal_testing import clients, content
from shoal_testing.network import Network
from shoal_testing.processes import Background, run
from shoal_testing.tools import program, tool

TIMEOUT = 90
SIZE = 12 * 1024 * 1024 + 345
PORT = 6881
ALL_OFF = ("--no-dht", "--no-lsd", "--no-pex")

NGINX = """
daemon off;
worker_processes 1;
user root;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{}}
http {{
    access_log {folder}/nginx-access.log;
    server {{ listen 80; root {root}; }}
}}
"""


class OnHosts(unittest.TestCase):
    """A hub, a seed's host with the content, and three hosts that want it."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-discovery-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        network = Network(5)
        network.__enter__()
        self.addCleanup(network.__exit__, None, None, None)
        self.hub, self.seed_host, *self.hosts = network.hosts
        (self.folder / "source").mkdir()
        self.content = content.large_file(self.folder / "source" / "model.bin", SIZE)

    def make_torrent(self, *options):
        self.torrent = self.folder / "model.torrent"
        self.info_hash = clients.make_torrent(self.content, self.torrent, *options)

    def start(self, host, command, *args, **process_options):
        log = self.folder / f"{command}-{host.address}.log"
        process = Background([program("shoal"), command, *args], log, host, **process_options)
        self.addCleanup(process.stop)
        return process

    def seed(self, *options, **process_options):
        process = self.start(self.seed_host, "seed", self.torrent, self.content, *options, **process_options)
        process.wait_for("listening on")
        return process

    def get(self, host, *options, source=None, **process_options):
        target = self.folder / f"target-{host.address}"
        return target, self.start(host, "get", source or self.torrent, "-o", target, "--timeout", "60s", *options,
                                  **process_options)

    def assert_got(self, target, process):
        self.assertEqual(process.wait(TIMEOUT), 0, process.output())
        self.assertEqual(content.digest(target / self.content.name), content.digest(self.content))

    def dht_node(self):
        process = self.start(self.hub, "dht-node", "--listen", f"{self.hub.address}:{PORT}")
        process.wait_for("listening on")
        return f"{self.hub.address}:{PORT}"


class Discovery(OnHosts):
    def test_a_peer_address(self):
        self.make_torrent()
        self.seed(*ALL_OFF)
        self.assert_got(*self.get(self.hosts[0], *ALL_OFF, "--peer", f"{self.seed_host.address}:{PORT}"))

    def test_multicast_on_the_local_network(self):
        self.make_torrent()
        self.seed("--no-dht", "--no-pex")
        self.assert_got(*self.get(self.hosts[0], "--no-dht", "--no-pex"))

    def test_a_private_dht(self):
        self.make_torrent()
        node = self.dht_node()
        self.seed("--no-lsd", "--no-pex", "--dht-bootstrap", node)
        self.assert_got(*self.get(self.hosts[0], "--no-lsd", "--no-pex", "--dht-bootstrap", node))

    def test_a_private_dht_on_192_168(self):
        self.make_torrent()
        addresses = []
        for number, host in enumerate((self.hub, self.seed_host, self.hosts[0]), 1):
            addresses.append(f"192.168.{number}.7")
            host.run([tool("ip"), "address", "add", f"{addresses[-1]}/16", "dev", "eth0"]).check_returncode()
        node = f"{addresses[0]}:{PORT}"
        self.start(self.hub, "dht-node", "--listen", node).wait_for("listening on")
        # Nobody listens anywhere else, so no address of 10/8 can be what they find.
        self.seed("--no-lsd", "--no-pex", "--dht-bootstrap", node, "--listen", f"{addresses[1]}:{PORT}")
        self.assert_got(*self.get(self.hosts[0], "--no-lsd", "--no-pex", "--dht-bootstrap", node, "--listen",
                                  f"{addresses[2]}:{PORT}"))

    def test_a_private_dht_of_fifty_nodes(self):
        self.make_torrent()
        nodes = []
        for number in range(50):
            # Each knows one other, so that a lookup has to travel.
            known = ("--dht-bootstrap", nodes[number // 2]) if nodes else ()
            host = (self.hub, *self.hosts)[number % 4]
            address = f"{host.address}:{7000 + number}"
            process = Background([program("shoal"), "dht-node", "--listen", address, *known],
                                 self.folder / f"node-{number}.log", host)
            self.addCleanup(process.stop)
            process.wait_for("listening on")
            nodes.append(address)
        self.seed("--no-lsd", "--no-pex", "--dht-bootstrap", nodes[0])
        self.assert_got(*self.get(self.hosts[0], "--no-lsd", "--no-pex", "--dht-bootstrap", nodes[-1]))

    def test_a_private_dht_named_in_the_torrent(self):
        node = f"{self.hub.address}:{PORT}"
        self.make_torrent("--dht-node", node)
        self.dht_node()
        self.seed("--no-lsd", "--no-pex")
        self.assert_got(*self.get(self.hosts[0], "--no-lsd", "--no-pex"))

    def test_a_magnet_link_through_the_dht(self):
        self.make_torrent()
        node = self.dht_node()
        self.seed("--no-lsd", "--no-pex", "--dht-bootstrap", node)
        self.assert_got(*self.get(self.hosts[0], "--no-lsd", "--no-pex", "--dht-bootstrap", node,
                                  source=f"magnet:?xt=urn:btih:{self.info_hash}"))

    def test_peers_learned_from_another_peer(self):
        self.make_torrent()
        self.seed("--no-dht", "--no-lsd", "--limit-up", "400kB/s")
        _, between = self.get(self.hosts[0], "--no-dht", "--no-lsd", "--peer", f"{self.seed_host.address}:{PORT}", "--json")
        between.wait_for('"peers":1')
        # Told only of the one between, which is slow: what it does not have must come from a seed that it named.
        _, last = self.get(self.hosts[1], "--no-dht", "--no-lsd", "--peer", f"{self.hosts[0].address}:{PORT}", "--json")
        last.wait_for('"seeds":1', TIMEOUT)

    def test_a_udp_tracker(self):
        self.make_torrent("-a", f"udp://{self.hub.address}:6969/announce")
        tracker = clients.opentracker(self.folder, self.hub, self.info_hash)
        self.addCleanup(tracker.stop)
        self.seed(*ALL_OFF)
        self.assert_got(*self.get(self.hosts[0], *ALL_OFF))

    def test_an_https_tracker(self):
        name = self.hub.address
        key, certificate = self.folder / "tracker.key", self.folder / "tracker.pem"
        run([tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
             f"subjectAltName=IP:{name}", "-keyout", key, "-out", certificate]).check_returncode()
        self.make_torrent("-a", f"https://{name}:6970/announce")
        tracker = Background([program("shoal-tracker"), "--listen", f"{name}:6970", "--db", ":memory:", "--interval", "5s",
                              "--tls-cert", certificate, "--tls-key", key], self.folder / "tracker.log", self.hub)
        self.addCleanup(tracker.stop)
        tracker.wait_for("listening .*:6970")
        # Who does not know the authority must not believe the tracker.
        self.seed(*ALL_OFF, env={**os.environ, "SSL_CERT_FILE": str(certificate)})
        _, stranger = self.get(self.hosts[1], *ALL_OFF)
        self.assert_got(*self.get(self.hosts[0], *ALL_OFF, env={**os.environ, "SSL_CERT_FILE": str(certificate)}))
        stranger.wait_for("certificate")
        self.assertIsNone(stranger.process.poll(), stranger.output())

    def test_the_second_tier_where_the_first_is_dead(self):
        # Options repeat a tier's trackers; a manifest with two tiers is edited by hand here.
        dead = f"http://{self.hub.address}:1/announce"
        self.make_torrent("-a", dead)
        tracker = clients.opentracker(self.folder, self.hub, self.info_hash)
        self.addCleanup(tracker.stop)
        alive = clients.announce_url(self.hub)
        data = self.torrent.read_bytes()
        announce = b"8:announce%d:%s" % (len(dead), dead.encode())
        tiers = b"13:announce-listll%d:%sel%d:%see" % (len(dead), dead.encode(), len(alive), alive.encode())
        self.assertIn(announce, data)
        self.torrent.write_bytes(data.replace(announce, announce + tiers))
        self.seed(*ALL_OFF)
        self.assert_got(*self.get(self.hosts[0], *ALL_OFF))

    def test_the_tracker_dies_on_the_way_and_others_join_by_the_dht(self):
        self.make_torrent("-a", clients.announce_url(self.hub))
        tracker = clients.shoal_tracker(self.folder, self.hub)
        self.addCleanup(tracker.stop)
        node = self.dht_node()
        self.seed("--no-lsd", "--limit-up", "2MB/s", "--dht-bootstrap", node)
        first = self.get(self.hosts[0], "--no-lsd", "--dht-bootstrap", node, "--json")
        first[1].wait_for('"pieces_done":[1-9]|"bytes_done":[1-9]')
        tracker.process.kill()
        tracker.process.wait()
        second = self.get(self.hosts[1], "--no-lsd", "--dht-bootstrap", node)
        self.assert_got(*first)
        self.assert_got(*second)


class WebSeeds(OnHosts):
    def setUp(self):
        super().setUp()
        config = self.folder / "nginx.conf"
        config.write_text(NGINX.format(folder=self.folder, root=self.folder / "source"))
        self.folder.chmod(0o755)
        nginx = Background([tool("nginx"), "-c", config], self.folder / "nginx.log", self.hub)
        self.addCleanup(nginx.stop)
        run(["python3", "-c", clients._WAIT_FOR_PORT, self.hub.address, "80"], host=self.hub).check_returncode()
        self.url = f"http://{self.hub.address}"

    def test_a_web_seed_alone(self):
        self.make_torrent("-w", f"{self.url}/model.bin")
        self.assert_got(*self.get(self.hosts[0], *ALL_OFF))
        self.assertIn("206", (self.folder / "nginx-access.log").read_text())  # by ranges, not the whole file

    def test_a_web_seed_that_fails_beside_one_that_works(self):
        self.make_torrent("-w", f"{self.url}/missing.bin", "-w", f"http://{self.hub.address}:1/model.bin", "-w",
                          f"{self.url}/model.bin")
        self.assert_got(*self.get(self.hosts[0], *ALL_OFF))

    def test_a_folder_from_a_web_seed(self):
        self.content = content.folder_of_real_files(self.folder / "source" / "dataset", count=40)
        self.make_torrent("-w", f"{self.url}/")
        self.assert_got(*self.get(self.hosts[0], *ALL_OFF))



if __name__ == "__main__":
    unittest.main()
