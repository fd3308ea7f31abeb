"""Other projects' clients and trackers in one swarm with ours, over real addresses, compared byte for byte."""

import pathlib
import shutil
import tempfile
import unittest

from shoal_testing import clients, content
from shoal_testing.network import Network

SINGLE_FILE_BYTES = 48 * 1024 * 1024 + 12345  # ten pieces, the last one short
TIMEOUT = 30  # Transmission unchokes, and says that it is interested, ten seconds after its start


class Swarm(unittest.TestCase):
    """A tracker on one host, a seed on another, a leecher on a third."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-interop-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        network = Network(5)
        network.__enter__()
        self.addCleanup(network.__exit__, None, None, None)
        self.tracker_host, self.seed_host, *self.leech_hosts = network.hosts
        self.source = self.folder / "source"
        self.source.mkdir()

    def make_content(self, kind, size=SINGLE_FILE_BYTES):
        if kind == "file":
            path = content.large_file(self.source / "model.bin", size)
        else:
            path = content.folder_of_real_files(self.source / "dataset")
        self.content = path
        self.torrent = self.folder / "content.torrent"
        self.info_hash = clients.make_torrent(path, self.torrent, "-a", clients.announce_url(self.tracker_host))

    def start(self, process):
        self.addCleanup(process.stop)
        return process

    def start_tracker(self, kind):
        if kind == "opentracker":
            self.start(clients.opentracker(self.folder, self.tracker_host, self.info_hash))
        else:
            self.start(clients.shoal_tracker(self.folder, self.tracker_host))

    def target(self, name):
        folder = self.folder / name
        folder.mkdir()
        return folder

    def assert_downloaded(self, target):
        self.assertEqual(content.digest(target / self.content.name), content.digest(self.content))

    def aria2_downloads_from_shoal(self, tracker, kind):
        self.make_content(kind)
        self.start_tracker(tracker)
        self.start(clients.shoal(self.folder, "seed", self.torrent, self.content, "--no-dht", "--no-lsd",
                                 host=self.seed_host))
        target = self.target("aria2")
        leecher = self.start(clients.aria2(self.folder, self.torrent, target, self.leech_hosts[0]))
        self.assertEqual(leecher.wait(TIMEOUT), 0, leecher.output())
        self.assert_downloaded(target)

    def shoal_downloads_from_transmission(self, tracker, kind):
        self.make_content(kind)
        self.start_tracker(tracker)
        self.start(clients.transmission(self.folder, self.torrent, self.source, self.seed_host))
        target = self.target("shoal")
        leecher = self.start(clients.shoal(self.folder, "get", self.torrent, "-o", target, "--no-dht", "--no-lsd",
                                           "--seed-for", "0", "--timeout", "25s", host=self.leech_hosts[0]))
        self.assertEqual(leecher.wait(TIMEOUT), 0, leecher.output())
        self.assert_downloaded(target)


class ThroughShoalTracker(Swarm):
    def test_aria2_downloads_a_file_from_shoal(self):
        self.aria2_downloads_from_shoal("shoal-tracker", "file")

    def test_aria2_downloads_a_folder_from_shoal(self):
        self.aria2_downloads_from_shoal("shoal-tracker", "folder")

    def test_shoal_downloads_a_file_from_transmission(self):
        self.shoal_downloads_from_transmission("shoal-tracker", "file")

    def test_shoal_downloads_a_folder_from_transmission(self):
        self.shoal_downloads_from_transmission("shoal-tracker", "folder")

    def test_transmission_downloads_from_a_host_that_has_finished(self):
        # It dials over uTP first, and there is nobody else; a finished host dials nobody.
        self.make_content("file", 8 * 1024 * 1024 + 12345)
        self.start_tracker("shoal-tracker")
        finished = self.start(clients.shoal(self.folder, "get", self.torrent, "-o", self.source, "--no-dht",
                                            "--no-lsd", "--seed-for", "10m", "--json", host=self.seed_host))
        finished.wait_for('"done"', TIMEOUT)
        target = self.target("transmission")
        leecher = self.start(clients.transmission(self.folder, self.torrent, target, self.leech_hosts[0]))
        leecher.wait_for("Seeding", TIMEOUT)
        self.assert_downloaded(target)

    def test_aria2_transmission_and_shoal_share_one_swarm(self):
        self.make_content("file")
        self.start_tracker("shoal-tracker")
        self.start(clients.shoal(self.folder, "seed", self.torrent, self.content, "--no-dht", "--no-lsd",
                                 host=self.seed_host))
        targets = {name: self.target(name) for name in ("aria2", "shoal", "transmission")}
        aria2 = self.start(clients.aria2(self.folder, self.torrent, targets["aria2"], self.leech_hosts[0]))
        shoal = self.start(clients.shoal(self.folder, "get", self.torrent, "-o", targets["shoal"], "--no-dht",
                                         "--no-lsd", host=self.leech_hosts[1]))
        transmission = self.start(clients.transmission(self.folder, self.torrent, targets["transmission"],
                                                       self.leech_hosts[2]))
        transmission.wait_for("Seeding", TIMEOUT)
        self.assertEqual(aria2.wait(TIMEOUT), 0, aria2.output())
        self.assertEqual(shoal.wait(TIMEOUT), 0, shoal.output())
        for target in targets.values():
            self.assert_downloaded(target)


class ThroughOpentracker(Swarm):
    def test_aria2_downloads_a_file_from_shoal(self):
        self.aria2_downloads_from_shoal("opentracker", "file")

    def test_aria2_downloads_a_folder_from_shoal(self):
        self.aria2_downloads_from_shoal("opentracker", "folder")

    def test_shoal_downloads_a_file_from_transmission(self):
        self.shoal_downloads_from_transmission("opentracker", "file")

    def test_shoal_downloads_a_folder_from_transmission(self):
        self.shoal_downloads_from_transmission("opentracker", "folder")
