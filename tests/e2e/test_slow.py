"""Why a host is slow: what `shoal status` says of a daemon's torrents, and `shoal get` of its own."""

import json
import socket
import unittest

from client_support import MIB, ClientTest, Tracker, random_file
from shoal_testing.processes import run, wait_until
from shoal_testing.tools import program, tool


class Slow(ClientTest):
    def setUp(self):
        super().setUp()
        self.content = random_file(self.folder / "origin" / "model.bin", 8 * MIB)

    def torrent(self, *options):
        return self.make_torrent(self.content, "--piece-size", "256KiB", *options)

    def shoal(self, *args):
        done = run([program("shoal"), *args, "--rpc", f"127.0.0.1:{self.host.port}"])
        self.assertEqual(done.returncode, 0, f"{args}: {done.stdout}{done.stderr}")
        return done.stdout

    def slow(self):
        return json.loads(self.shoal("status", "1", "--json"))[0]["slow"]

    def assert_slow(self, cause, *words):
        wait_until(lambda: self.slow() == cause, f"the cause {cause}")
        shown = self.shoal("status", "1")
        self.assertRegex(shown, rf"\nslow +{cause}: ")
        for word in words:
            self.assertIn(word, shown)

    def test_a_limit_is_the_link(self):
        tracker = self.serve(Tracker())
        torrent = self.torrent("-a", tracker.url)
        self.seed(torrent, self.content)
        self.host = self.daemon()
        self.shoal("add", torrent, "--paused")
        self.shoal("limit", "1", "--down", "200kB/s")
        self.shoal("resume", "1")
        self.assert_slow("link", "receives at this torrent's limit of 200.0 kB/s")
        # Stock clients neither see nor miss it.
        listed = run([tool("transmission-remote"), f"127.0.0.1:{self.host.port}", "-t", "1", "-i"])
        self.assertIn("Name: model.bin", listed.stdout, listed.stderr)
        row = self.rpc(self.host, "torrent-get", {"ids": [1], "fields": ["id", "rateDownload"]})["torrents"][0]
        self.assertEqual(set(row), {"id", "rateDownload"})
        asked = self.rpc(self.host, "torrent-get", {"ids": [1], "fields": ["shoalSlow"]})["torrents"][0]["shoalSlow"]
        self.assertEqual(asked["cause"], "link")

    def test_a_limit_for_all_torrents_is_the_link(self):
        tracker = self.serve(Tracker())
        torrent = self.torrent("-a", tracker.url)
        self.seed(torrent, self.content)
        self.host = self.daemon("--limit-down", "200kB/s")
        self.shoal("add", torrent)
        self.assert_slow("link", "limit of 200.0 kB/s for all torrents together")

    def test_nobody_there(self):
        tracker = self.serve(Tracker())
        self.host = self.daemon()
        self.shoal("add", self.torrent("-a", tracker.url))
        self.assert_slow("peers", "no peers found")
        self.shoal("pause", "1")
        self.assertIsNone(self.slow(), "a paused torrent is not slow")
        self.assertNotIn("\nslow", self.shoal("status", "1"))

    def test_nobody_there_and_no_tracker_to_ask(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        self.host = self.daemon()
        self.shoal("add", self.torrent("-a", f"http://127.0.0.1:{port}/announce"))
        self.assert_slow("tracker", "no peers found (tracker ")

    def test_beside_an_origin_that_rations(self):
        tracker = self.serve(Tracker())
        torrent = self.torrent("-a", tracker.url)
        _, address = self.seed(torrent, self.content, "--limit-up", "200kB/s")
        self.host = self.daemon()
        self.shoal("add", torrent)
        self.assert_slow("rationed", "an origin rations its pieces")
        get = self.start(*self.get_args(torrent, self.folder / "target", "--peer", address))
        get.wait_for(r'"slow":"rationed"')

    def test_a_plain_seed_is_one_peer(self):
        torrent = self.torrent()
        _, address = self.seed(torrent, self.content, "--limit-up", "200kB/s", "--profile", "internet")
        get = self.start(*self.get_args(torrent, self.folder / "target", "--peer", address))
        get.wait_for(r'"slow":"peers","slow_why":"there is only one connected peer')

    def test_a_seed_is_slow_only_for_those_who_want_something(self):
        torrent = self.torrent()
        (self.folder / "downloads").mkdir()
        (self.folder / "downloads" / "model.bin").write_bytes(self.content.read_bytes())
        self.host = self.daemon("--limit-up", "200kB/s")
        address = self.host.wait_for(r"listening for peers address=(127\.0\.0\.1:\d+)").group(1)
        self.shoal("add", torrent)
        wait_until(lambda: json.loads(self.shoal("list", "--json"))[0]["state"] == "seeding", "the check")
        self.assertIsNone(self.slow())
        self.start(*self.get_args(torrent, self.folder / "target", "--peer", address))
        self.assert_slow("link", "sends at the limit of 200.0 kB/s for all torrents together")


if __name__ == "__main__":
    unittest.main()
