import hashlib
import http.client
import json
import os
import re
import socket
import tempfile
import unittest

from tracker_program import Tracker, eventually

INFO = b"d6:lengthi1000e4:name9:model.bin12:piece lengthi16384e6:pieces20:" + b"x" * 20 + b"e"
MANIFEST = b"d8:announce9:http://x/4:info" + INFO + b"e"
HASH = hashlib.sha1(INFO).digest()
TOKEN = "a-long-admin-token"


class Status(unittest.TestCase):
    def setUp(self):
        self.tracker = self.start(Tracker("--admin-token", TOKEN, "--site", "here=127.0.0.0/8"))

    def start(self, tracker):
        return self.enterContext(tracker)

    def call(self, method, path, body=None, token=TOKEN, tracker=None):
        client = http.client.HTTPConnection("127.0.0.1", (tracker or self.tracker).port, timeout=20)
        self.addCleanup(client.close)
        client.request(method, path, body, {"Authorization": f"Bearer {token}"} if token else {})
        answer = client.getresponse()
        return answer.status, json.loads(answer.read())

    def test_health(self):
        self.assertEqual(self.tracker.get("/healthz")[2], b"ok\n")

    def test_registering_a_torrent(self):
        self.assertEqual(self.call("POST", "/api/v1/torrents", MANIFEST, token=None)[0], 401)
        self.assertEqual(self.call("POST", "/api/v1/torrents", MANIFEST, token=TOKEN[:-1] + "x")[0], 401)
        self.assertEqual(self.call("POST", "/api/v1/torrents", b"junk")[0], 400)
        status, made = self.call("POST", "/api/v1/torrents", MANIFEST)
        self.assertEqual(status, 201)
        self.assertEqual(made, {"info_hashes": [HASH.hex()], "name": "model.bin", "size": 1000})
        status, torrent = self.call("GET", "/api/v1/torrents/" + HASH.hex())
        self.assertEqual((torrent["name"], torrent["size"], torrent["size_known"]), ("model.bin", 1000, True))
        self.assertEqual(self.call("DELETE", "/api/v1/torrents/" + HASH.hex(), token="no")[0], 401)
        self.assertEqual(self.call("DELETE", "/api/v1/torrents/" + HASH.hex())[0], 200)
        self.assertEqual(self.call("DELETE", "/api/v1/torrents/" + HASH.hex())[0], 404)

    def test_nobody_registers_without_a_token_of_the_tracker(self):
        tracker = self.start(Tracker())
        self.assertEqual(self.call("POST", "/api/v1/torrents", MANIFEST, tracker=tracker)[0], 403)

    def test_registered_torrents_are_allowed_also_after_a_restart(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        allowed = os.path.join(folder, "list")
        open(allowed, "w").close()
        options = ("--admin-token", TOKEN, "--allow-list", allowed)
        with Tracker(*options, db=os.path.join(folder, "db")) as tracker:
            self.assertIn("failure reason", tracker.announce(1, info_hash=HASH))
            self.call("POST", "/api/v1/torrents", MANIFEST, tracker=tracker)
            self.assertIn("interval", tracker.announce(1, info_hash=HASH))
            self.assertEqual(tracker.stop(), 0)
        with Tracker(*options, db=os.path.join(folder, "db")) as tracker:
            self.assertIn("interval", tracker.announce(2, info_hash=HASH))
            self.assertEqual(self.call("GET", "/api/v1/torrents", tracker=tracker)[1]["torrents"][0]["name"], "model.bin")

    def test_what_the_fleet_is_doing(self):
        self.call("POST", "/api/v1/torrents", MANIFEST)
        self.tracker.announce(1, info_hash=HASH, left=0, event="completed")
        for number in range(2, 12):
            self.tracker.announce(number, info_hash=HASH, left=100 * (number - 2))
        _, body = self.call("GET", "/api/v1/torrents")
        torrent, = body["torrents"]
        self.assertEqual((torrent["seeds"], torrent["leechers"], torrent["completed"]), (2, 9, 1))
        self.assertEqual(torrent["percent"]["p50"], 60)
        self.assertEqual(torrent["percent"]["p99"], 10)
        _, torrent = self.call("GET", "/api/v1/torrents/" + HASH.hex())
        slowest = max(torrent["peers"], key=lambda peer: peer["left"])
        self.assertEqual(slowest["addresses"], ["127.0.0.1:6011"])
        self.assertEqual((slowest["percent"], slowest["state"], slowest["site"]), (10, "leecher", "here"))
        self.assertEqual(slowest["client"], "shoal 0.0.0.1")
        self.assertFalse(slowest["stalled"])

    def test_partial_seeds_count_as_what_they_have(self):
        self.call("POST", "/api/v1/torrents", MANIFEST)
        for number in range(1, 5):
            self.tracker.announce(number, info_hash=HASH, left=900, event="paused")
        torrent, = self.call("GET", "/api/v1/torrents")[1]["torrents"]
        self.assertEqual(torrent["percent"], {"mean": 10, "p50": 10, "p99": 10})
        self.tracker.announce(5, info_hash=HASH, left=0)
        self.tracker.announce(6, info_hash=HASH, left=500)
        torrent, = self.call("GET", "/api/v1/torrents")[1]["torrents"]
        self.assertEqual(torrent["percent"], {"mean": 31.6, "p50": 10, "p99": 10})
        self.assertEqual((torrent["seeds"], torrent["leechers"], torrent["downloaders"]), (1, 5, 1))

    def test_a_client_without_metadata_does_not_change_the_size(self):
        for number, left in enumerate((0, 500_000_000, 400_000_000), 1):
            self.tracker.announce(number, left=left)
        path = "/api/v1/torrents/" + "61" * 20
        before = self.call("GET", path)[1]
        for left in (2**64 - 1, 2**63 - 1, -1, "", "Infinity", 2**53 - 1):
            with self.subTest(left=left):
                self.tracker.announce(9, left=left, event="started")
                during = self.call("GET", path)[1]
                self.assertEqual(during["size"], before["size"])
                self.assertEqual([peer["percent"] for peer in during["peers"]].count(None), 1, "nobody knows its part")
                self.tracker.announce(9, left=left, event="stopped")
                after = self.call("GET", path)[1]
                self.assertEqual((after["size"], after["percent"]), (before["size"], before["percent"]))

    def test_a_torrent_of_unknown_size(self):
        self.tracker.announce(1, left=500)
        self.tracker.announce(2, left=1000)
        torrent, = self.call("GET", "/api/v1/torrents")[1]["torrents"]
        self.assertEqual((torrent["name"], torrent["size"], torrent["size_known"]), (None, 1000, False))
        self.assertEqual(torrent["percent"]["mean"], 25)
        self.tracker.announce(3, info_hash=b"z" * 20, left=None)
        torrent, = [t for t in self.call("GET", "/api/v1/torrents")[1]["torrents"] if t["info_hash"] == "7a" * 20]
        self.assertEqual((torrent["size"], torrent["percent"]), (None, None))

    def test_paths_and_methods(self):
        self.assertEqual(self.call("GET", "/api/v1/torrents/xyz")[0], 404)
        self.assertEqual(self.call("GET", "/api/v1/torrents/" + "00" * 20)[0], 404)
        self.assertEqual(self.call("PUT", "/api/v1/torrents")[0], 405)
        self.assertEqual(self.call("POST", "/api/v1/torrents/" + "00" * 20)[0], 405)
        self.assertEqual(self.call("POST", "/metrics")[0], 405)
        self.assertEqual(self.tracker.get("/api/v2")[0], 404)

    def test_metrics(self):
        self.tracker.announce(1, left=0)
        self.tracker.announce(2)
        self.tracker.get("/announce")
        _, head, body = self.tracker.get("/metrics")
        self.assertIn("Content-Type: text/plain; version=0.0.4", head)
        values = dict(re.findall(r"^([a-z_]+(?:\{.*\})?) (\d+)$", body.decode(), re.M))
        self.assertEqual(values['shoal_tracker_peers{state="seed"}'], "1")
        self.assertEqual(values['shoal_tracker_peers{state="leecher"}'], "1")
        self.assertEqual(values['shoal_tracker_announces_total{protocol="http"}'], "2")
        self.assertEqual(values['shoal_tracker_failures_total{protocol="http"}'], "1")
        self.assertEqual(values["shoal_tracker_swarms"], "1")

    def test_the_page_asks_nobody_else(self):
        status, head, body = self.tracker.get("/")
        self.assertEqual(status, 200)
        self.assertIn("default-src 'none'", head)
        page = body.decode()
        self.assertEqual(re.findall(r"""(?:src|href)=["'](?!data:|/)[^"']*""", page), [])
        self.assertNotIn("://", page)
        self.assertTrue(page.rstrip().endswith("</html>"))

    def test_events_are_live(self):
        with socket.create_connection(("127.0.0.1", self.tracker.port), 20) as connection:
            connection.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
            stream = connection.makefile("rb")

            def next_event():
                while True:
                    line = stream.readline()
                    self.assertTrue(line, "the stream ended")
                    if line.startswith(b"data: "):
                        return json.loads(line[6:])

            first = next_event()
            self.assertEqual(first["torrents"], [])
            self.tracker.announce(7, left=0)
            self.tracker.announce(8, left=50)
            seen = eventually(lambda: (event := next_event())["leechers"] == 1 and event, "the leecher shows")
            self.assertEqual(seen["torrents"][0]["stragglers"][0]["addresses"], ["127.0.0.1:6008"])
            self.assertEqual(self.tracker.stop(), 0, "an open page does not hold up the stop")

    def test_strange_peer_ids_and_names_are_no_danger(self):
        for number, bad in enumerate((b"\xff" * 20, b"-<b>000-" + b"\0" * 12, bytes(range(20)))):
            self.tracker.announce(number + 1, peer_id=bad)
        self.assertEqual(self.call("GET", "/api/v1/torrents/" + "61" * 20)[0], 200)
        info = b"d6:lengthi1e4:name6:\xff<i>\"\\12:piece lengthi16384e6:pieces20:" + b"x" * 20 + b"e"
        self.assertEqual(self.call("POST", "/api/v1/torrents", b"d4:info" + info + b"e")[0], 201)
        self.assertEqual(self.call("GET", "/api/v1/torrents")[0], 200)


class Notify(unittest.TestCase):
    def test_tells_systemd_when_it_is_ready(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = os.path.join(folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(20)
            with Tracker(env={"NOTIFY_SOCKET": path}) as tracker:
                self.assertEqual(manager.recv(100), b"READY=1")
                self.assertEqual(tracker.stop(), 0)
                self.assertEqual(manager.recv(100), b"STOPPING=1")


if __name__ == "__main__":
    unittest.main()
