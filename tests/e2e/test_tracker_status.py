import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
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

    def test_a_peer_that_cannot_be_dialled_has_an_address_still(self):
        self.tracker.announce(1, port=1)
        _, torrent = self.call("GET", "/api/v1/torrents/" + "61" * 20)
        self.assertEqual([peer["addresses"] for peer in torrent["peers"]], [["127.0.0.1"]])

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
        self.assertIn(b" 405 ", self.tracker.request("POST /metrics HTTP/1.0\r\n\r\n"))

    def test_every_error_under_api_is_json(self):
        long = "x" * 20_000
        for status, method, path, headers, body in (
                (404, "GET", "/api", {}, None), (404, "GET", "/api/", {}, None), (404, "GET", "/api/v2", {}, None),
                (404, "GET", "/api/v1/nope", {}, None), (404, "GET", "/api/v1/torrents/", {}, None),
                (404, "GET", "/api/v1/torrents/" + "0" * 41, {}, None), (404, "GET", "/api/v1/events/", {}, None),
                (405, "POST", "/api/v1/events", {}, None), (405, "DELETE", "/api/v1/status", {}, None),
                (405, "PATCH", "/api/v1/torrents/" + "0" * 40, {}, None),
                (400, "GET", "/api/v1/torrents?registred=true", {}, None),
                (400, "GET", "/api/v1/torrents/" + HASH.hex() + "?state=none", {}, None),
                (401, "POST", "/api/v1/torrents", {"Authorization": "Bearer no"}, b"d"),
                (401, "POST", "/api/v1/torrents", {"Content-Length": "2000000"}, None),
                (413, "POST", "/api/v1/torrents", {"Authorization": f"Bearer {TOKEN}", "Content-Length": str(1 << 30)}, None),
                (413, "POST", "/api/v1/status", {"Authorization": f"Bearer {TOKEN}", "Content-Length": "2000000"}, None),
                (431, "GET", "/api/v1/torrents", {"X": long}, None), (400, "GET", "/api/v1/torrents", {"no colon": None}, None)):
            with self.subTest(method=method, path=path, status=status):
                lines = "".join(f"{name}: {value}\r\n" if value is not None else name + "\r\n" for name, value in headers.items())
                if body:
                    lines += f"Content-Length: {len(body)}\r\n"
                answer = self.tracker.request(f"{method} {path} HTTP/1.1\r\nConnection: close\r\n{lines}\r\n".encode() + (body or b""))
                head, _, text = answer.partition(b"\r\n\r\n")
                self.assertEqual(int(head.split()[1]), status, head)
                self.assertIn(b"Content-Type: application/json", head)
                self.assertGreater(len(json.loads(text)["error"]), 10)
        self.assertIn(b"text/plain", self.tracker.request("GET /nope HTTP/1.0\r\n\r\n"), "elsewhere it is text")

    def test_a_v2_hash_has_64_digits(self):
        v2 = "ab" * 32
        self.assertEqual(self.call("POST", "/api/v1/torrents", json.dumps({"info_hash": v2, "name": "m", "size": 5}))[1],
                         {"info_hashes": [v2[:40]], "name": "m", "size": 5})
        self.tracker.announce(1, info_hash=bytes.fromhex(v2)[:20])
        self.assertEqual(self.call("GET", "/api/v1/torrents/" + v2)[1]["leechers"], 1)
        self.assertEqual(self.call("DELETE", "/api/v1/torrents/" + v2)[0], 200)

    def test_registering_by_hash_name_and_size(self):
        status, answer = self.call("POST", "/api/v1/torrents", json.dumps({"info_hash": "xyz", "name": "m", "size": 5}))
        self.assertEqual(status, 400)
        self.assertIn("40 hex digits", answer["error"])
        hybrid = {"info_hashes": ["aa" * 20, "BB" * 32], "name": "model.bin", "size": 10 ** 12}
        self.assertEqual(self.call("POST", "/api/v1/torrents", json.dumps(hybrid))[0], 201)
        torrents = self.call("GET", "/api/v1/torrents?registered=true")[1]["torrents"]
        self.assertEqual({t["info_hash"] for t in torrents}, {"aa" * 20, "bb" * 20})
        self.assertEqual({(t["name"], t["size"], t["registered"]) for t in torrents}, {("model.bin", 10 ** 12, True)})

    def test_a_manifest_of_64_mib(self):
        pieces = (64 << 20) // 20
        info = b"d6:lengthi%de4:name3:big12:piece lengthi16384e6:pieces%d:" % (pieces * 16384, pieces * 20)
        body = b"d4:info" + info + b"p" * (pieces * 20) + b"ee"
        self.assertGreaterEqual(len(body), 64 << 20)
        status, made = self.call("POST", "/api/v1/torrents", body)
        self.assertEqual((status, made["size"]), (201, pieces * 16384))

    def test_paging_and_filters(self):
        for number in range(5):
            self.call("POST", "/api/v1/torrents", json.dumps({"info_hash": f"{number:040x}", "name": f"Model-{number}", "size": 9}))
        for number in range(10, 17):
            self.tracker.announce(1, info_hash=number.to_bytes(20, "big"))
        seen, offset = [], 0
        while offset is not None:
            page = self.call("GET", f"/api/v1/torrents?limit=5&offset={offset}")[1]
            self.assertEqual((page["total"], page["offset"]), (12, offset))
            seen += [torrent["info_hash"] for torrent in page["torrents"]]
            offset = page["next"]
        self.assertEqual(sorted(seen), [f"{number:040x}" for number in (*range(5), *range(10, 17))])
        self.assertEqual({h for h in seen[:5]}, {f"{number:040x}" for number in range(5)}, "registered ones come first")

        def names(query):
            return sorted(t["name"] or t["info_hash"][-2:] for t in self.call("GET", "/api/v1/torrents?" + query)[1]["torrents"])
        self.assertEqual(names("registered=true"), [f"Model-{number}" for number in range(5)])
        self.assertEqual(names("registered=false"), ["0a", "0b", "0c", "0d", "0e", "0f", "10"])
        self.assertEqual(names("text=model-3"), ["Model-3"])
        self.assertEqual(names("text=" + f"{12:040x}"), ["0c"])
        self.assertEqual(names("offset=100"), [])

    def test_peers_by_state(self):
        self.call("POST", "/api/v1/torrents", MANIFEST)
        self.tracker.announce(1, info_hash=HASH, left=0)
        for number in range(2, 8):
            self.tracker.announce(number, info_hash=HASH, left=100 * number)
        self.tracker.announce(9, info_hash=HASH, left=900, event="paused")

        def ports(query):
            answer = self.call("GET", f"/api/v1/torrents/{HASH.hex()}?{query}")[1]
            return answer["total"], [int(peer["addresses"][0].rsplit(":", 1)[1]) - 6000 for peer in answer["peers"]]
        self.assertEqual(ports("state=seed"), (1, [1]))
        self.assertEqual(ports("state=leecher"), (6, [7, 6, 5, 4, 3, 2]), "who has least comes first")
        self.assertEqual(ports("state=leecher&offset=2&limit=3"), (6, [5, 4, 3]))
        self.assertEqual(ports("state=partial-seed"), (1, [9]))
        self.assertEqual(ports("state=lost"), (0, []))
        self.assertEqual(ports("state=leecher&site=here")[0], 6)
        self.assertEqual(ports("site="), (0, []))
        torrent = self.call("GET", "/api/v1/torrents?details=true")[1]["torrents"][0]
        self.assertEqual((torrent["seeds"], torrent["downloaders"], torrent["partial_seeds"]), (1, 6, 1))
        self.assertEqual([peer["left"] for peer in torrent["stragglers"]], [700, 600, 500, 400, 300])
        site, = torrent["sites"]
        self.assertEqual((site["site"], site["seeds"], site["downloaders"], site["partial_seeds"]), ("here", 1, 6, 1))

    def test_201_means_that_it_is_on_the_disk(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        database = os.path.join(folder, "db")
        for number in range(5):
            with Tracker("--admin-token", TOKEN, db=database) as tracker:
                torrents = self.call("GET", "/api/v1/torrents?registered=true", tracker=tracker)[1]["torrents"]
                self.assertEqual(len(torrents), number)
                body = json.dumps({"info_hash": f"{number:040x}", "name": f"m{number}", "size": 7})
                self.assertEqual(self.call("POST", "/api/v1/torrents", body, tracker=tracker)[0], 201)
                tracker.stop(signal.SIGKILL)

    def test_no_201_while_the_database_cannot_be_written(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        database = os.path.join(folder, "db")
        tracker = self.start(Tracker("--admin-token", TOKEN, db=database))
        other = sqlite3.connect(database, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        body = json.dumps({"info_hash": "ab" * 20, "name": "m", "size": 7})
        status, answer = self.call("POST", "/api/v1/torrents", body, tracker=tracker)
        self.assertEqual(status, 503)
        self.assertIn("the database cannot be written", answer["error"])
        self.assertEqual(self.call("DELETE", "/api/v1/torrents/" + "ab" * 20, tracker=tracker)[0], 503)
        other.execute("ROLLBACK")
        self.assertEqual(self.call("POST", "/api/v1/torrents", body, tracker=tracker)[0], 201)

    def test_201_where_the_database_was_deleted_or_replaced(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        database = os.path.join(folder, "db")
        body = json.dumps({"info_hash": "ab" * 20, "name": "m", "size": 7})

        def store(tracker):
            return self.call("GET", "/api/v1/status", tracker=tracker)[1]["store"]
        with Tracker("--admin-token", TOKEN, db=database) as tracker:
            self.assertEqual((store(tracker)["healthy"], store(tracker)["problem"]), (True, None))
            os.remove(database)
            self.assertEqual(self.call("POST", "/api/v1/torrents", body, tracker=tracker)[0], 201)
            self.assertEqual(store(tracker)["problem"], "the database's file was deleted or replaced, see the log")
            tracker.stop(signal.SIGKILL)
        with Tracker("--admin-token", TOKEN, db=database) as tracker:
            self.assertEqual(self.call("GET", "/api/v1/torrents", tracker=tracker)[1]["total"], 1, "it is in the new file")
            os.replace(shutil.copy(database, os.path.join(folder, "other")), database)
            self.assertEqual(self.call("POST", "/api/v1/torrents", body, tracker=tracker)[0], 503)

    def test_status(self):
        self.tracker.announce(1, left=0)
        self.tracker.get("/announce")
        self.tracker.get("/announce")
        status = self.call("GET", "/api/v1/status")[1]
        self.assertEqual((status["swarms"], status["registered"], status["seeds"], status["leechers"]), (1, 0, 1, 0))
        self.assertEqual((status["http"]["announces"], status["http"]["refused"], status["refused"]), (1, 2, 2))
        self.assertEqual(status["refused_by_reason"], [{"reason": "info_hash is missing", "count": 2}])
        self.assertEqual(status["store"]["persistent"], False)
        folder = self.enterContext(tempfile.TemporaryDirectory())
        tracker = self.start(Tracker(db=os.path.join(folder, "db")))
        tracker.announce(1)

        def written():
            store = self.call("GET", "/api/v1/status", tracker=tracker)[1]["store"]
            return store["records"] == 2 and store
        store = eventually(written, "the swarm and its peer are written")
        self.assertEqual((store["persistent"], store["healthy"], store["failures"]), (True, True, 0))
        self.assertLess(store["seconds_since_written"], 20)

    def test_metrics(self):
        self.tracker.announce(1, left=0)
        self.tracker.announce(2)
        self.tracker.get("/announce")
        _, head, body = self.tracker.get("/metrics")
        self.assertIn("Content-Type: text/plain; version=0.0.4", head)
        values = dict(re.findall(r"^([a-z_]+(?:\{.*\})?) ([\d.]+)$", body.decode(), re.M))
        self.assertEqual(values['shoal_tracker_peers{state="seed"}'], "1")
        self.assertEqual(values['shoal_tracker_peers{state="leecher"}'], "1")
        self.assertEqual(values['shoal_tracker_announces_total{protocol="http"}'], "2")
        self.assertEqual(values['shoal_tracker_failures_total{protocol="http"}'], "1")
        self.assertEqual(values['shoal_tracker_failures_by_reason_total{protocol="http",reason="info_hash is missing"}'], "1")
        self.assertEqual(values["shoal_tracker_swarms"], "1")
        self.call("POST", "/api/v1/torrents", MANIFEST)
        self.tracker.announce(1, info_hash=HASH, left=500)
        values = dict(re.findall(r"^([a-z_]+(?:\{.*\})?) ([\d.]+)$", self.tracker.get("/metrics")[2].decode(), re.M))
        self.assertEqual(values["shoal_tracker_registered_torrents"], "1")
        self.assertEqual(values[f'shoal_tracker_torrent_info{{info_hash="{HASH.hex()}",name="model.bin"}}'], "1")
        self.assertEqual(values[f'shoal_tracker_torrent_peers{{info_hash="{HASH.hex()}",state="leecher"}}'], "1")
        self.assertEqual(values[f'shoal_tracker_torrent_progress_ratio{{info_hash="{HASH.hex()}",of="mean"}}'], "0.5")

    def test_the_page_asks_nobody_else(self):
        status, head, body = self.tracker.get("/")
        self.assertEqual(status, 200)
        self.assertIn("default-src 'none'", head)
        page = body.decode()
        self.assertEqual(re.findall(r"""(?:src|href)=["'](?!data:|/|#)[^"']*""", page), [])
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
        for name, status in ((b"<i>\"&amp;", 201), (b"\xff<i>", 400), ("\u202efdp.exe".encode(), 400)):
            info = b"d6:lengthi1e4:name%d:%s12:piece lengthi16384e6:pieces20:%se" % (len(name), name, b"x" * 20)
            self.assertEqual(self.call("POST", "/api/v1/torrents", b"d4:info" + info + b"e")[0], status, name)
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
