import http.client
import os
import signal
import subprocess
import tempfile
import unittest

from tracker_program import PROGRAM, Tracker, bdecode, eventually, peer_id, peers

HASH = b"a" * 20
BASE = "/announce?info_hash=" + "a" * 20 + "&peer_id=" + "b" * 20 + "&port=6881"


class Announce(unittest.TestCase):
    def setUp(self):
        self.tracker = self.enterContext(Tracker(listen=("127.0.0.1:0", "[::1]:0")))

    def test_peers_find_each_other(self):
        first = self.tracker.announce(1, left=0, event="started")
        self.assertEqual((first["complete"], first["incomplete"], peers(first)), (1, 0, []))
        second = self.tracker.announce(2, event="started")
        self.assertEqual((second["complete"], second["incomplete"]), (1, 1))
        self.assertEqual(peers(second), [("127.0.0.1", 6001)])
        self.assertEqual(second["external ip"], bytes([127, 0, 0, 1]))
        self.assertTrue(30 <= second["interval"] <= 36, second)
        self.assertLessEqual(second["min interval"], second["interval"])

    def test_completed_answers_with_new_counts(self):
        self.tracker.announce(1, left=0)
        self.tracker.announce(2)
        done = self.tracker.announce(2, left=0, event="completed")
        self.assertEqual((done["complete"], done["incomplete"], done["downloaded"]), (2, 0, 1))

    def test_every_malformed_announce_is_a_failure_reason(self):
        ids = "/announce?info_hash=" + "a" * 20 + "&peer_id=" + "b" * 20
        for path in ("/announce", "/announce?", "/announce?port=1", "/announce?info_hash=abc&peer_id=x&port=1",
                     ids, ids + "&port=65536", ids + "&port=", ids + "&port=-1",
                     ids + "&port=%zz", BASE + "&info_hash=" + "c" * 20,
                     "/announce?info_hash=" + "%aa" * 19 + "&peer_id=" + "b" * 20 + "&port=1",
                     "/announce?info_hash=" + "%aa" * 21 + "&peer_id=" + "b" * 20 + "&port=1",
                     "/announce?" + "&" * 500, "/announce?%00=%00", "/announce/key"):
            with self.subTest(path=path):
                status, head, body = self.tracker.get(path)
                self.assertEqual(status, 200, head)
                self.assertEqual(sorted(bdecode(body)), ["failure reason", "retry in"])

    def test_a_client_that_says_little_is_a_leecher(self):
        answer = self.tracker.announce(1, left=None)
        self.assertEqual((answer["complete"], answer["incomplete"]), (0, 1))
        answer = self.tracker.announce(2, left=2**32)
        self.assertEqual((answer["complete"], answer["incomplete"]), (0, 2))

    def test_odd_values_that_nobody_needs_refuse_no_peer(self):
        self.tracker.announce(1)
        for odd in ("left", "left=", "left=x", "left=-1", "left=18446744073709551615", "uploaded=-1", "uploaded=",
                    "downloaded=", "downloaded=1e9", "event=update", "event=gone", "x=%", "x=%zz", "%0%a", "key=%",
                    "numwant=%", "ip=%", "trackerid=%z"):
            with self.subTest(odd=odd):
                answer = bdecode(self.tracker.get(f"{BASE}&{odd}")[2])
                self.assertEqual((peers(answer), answer["incomplete"]), ([("127.0.0.1", 6001)], 2))

    def test_a_magnet_client_that_does_not_know_what_is_left_can_go(self):
        self.tracker.announce(1)
        for left in ("", -1, 2**64 - 1, None):
            with self.subTest(left=left):
                self.assertEqual(self.tracker.announce(2, left=left)["incomplete"], 2)
                self.assertEqual(self.tracker.announce(2, left=left, event="stopped")["incomplete"], 1)

    def test_a_client_that_cannot_be_dialled_gets_peers_but_is_not_handed_out(self):
        self.tracker.announce(1)
        for number in (2, 3):
            self.assertIn(("127.0.0.1", 6001), peers(self.tracker.announce(number, port=1)))
        answer = self.tracker.announce(4)
        self.assertEqual((peers(answer), answer["incomplete"]), ([("127.0.0.1", 6001)], 4))
        self.assertEqual(self.tracker.announce(2, port=1, event="stopped")["incomplete"], 3)

    def test_a_client_that_is_started_again_takes_its_old_place(self):
        self.tracker.announce(1, port=7000, key="aa")
        again = self.tracker.announce(2, port=7000, key="bb", event="started")
        self.assertEqual((peers(again), again["incomplete"]), ([], 1))
        self.assertEqual(peers(self.tracker.announce(3)), [("127.0.0.1", 7000)])

    def test_a_hybrid_torrent_is_two_swarms(self):
        for info_hash in (b"v" * 20, b"2" * 20):
            answer = self.tracker.announce(1, info_hash=info_hash)
            self.assertEqual((answer["incomplete"], peers(answer)), (1, []))
            self.assertEqual(peers(self.tracker.announce(2, info_hash=info_hash)), [("127.0.0.1", 6001)])

    def test_a_paused_client_is_no_downloader(self):
        answer = self.tracker.announce(1, event="paused")
        self.assertEqual((answer["incomplete"], answer["downloaders"]), (1, 0))

    def test_a_stop_of_a_stranger_is_fine(self):
        answer = self.tracker.announce(1, event="stopped")
        self.assertNotIn("failure reason", answer)
        self.assertEqual(peers(answer), [])

    def test_numwant(self):
        for number in range(1, 62):
            self.tracker.announce(number)
        for numwant, count in ((None, 50), (0, 0), (1, 1), (10**30, 60), (-1, 50), ("x", 50)):
            with self.subTest(numwant=numwant):
                self.assertEqual(len(peers(self.tracker.announce(61, numwant=numwant))), count)

    def test_seeds_get_leechers_only(self):
        for number in (1, 2, 3):
            self.tracker.announce(number, left=0)
        self.tracker.announce(4)
        self.assertEqual(peers(self.tracker.announce(1, left=0)), [("127.0.0.1", 6004)])

    def test_dictionaries_instead_of_compact(self):
        self.tracker.announce(1)
        entry = {"ip": b"127.0.0.1", "port": 6001}
        self.assertEqual(self.tracker.announce(2, compact=0)["peers"], [{**entry, "peer id": peer_id(1)}])
        self.assertEqual(self.tracker.announce(2, compact=0, no_peer_id=1)["peers"], [entry])

    def test_ipv6_and_ipv4_are_one_swarm(self):
        v6 = self.tracker.addresses[1]
        self.tracker.announce(1)
        answer = self.tracker.announce(2, address=v6)
        self.assertEqual(peers(answer), [("127.0.0.1", 6001)])
        self.assertEqual(answer["external ip"], bytes(15) + b"\1")
        self.assertEqual(peers(self.tracker.announce(1)), [("::1", 6002)])
        self.tracker.announce(1, key="abcd")
        answer = self.tracker.announce(1, key="abcd", address=v6)
        self.assertEqual(answer["incomplete"], 2, "one host over both families is one peer")

    def test_addresses_in_the_query_are_not_believed(self):
        self.tracker.announce(1, ip="10.9.9.9", ipv4="10.9.9.9", ipv6="2001:db8::9")
        self.assertEqual(peers(self.tracker.announce(2)), [("127.0.0.1", 6001)])

    def test_forwarded_addresses_are_not_believed(self):
        self.tracker.announce(1, headers="X-Forwarded-For: 10.9.9.9\r\nx-real-ip: 10.9.9.9\r\n")
        self.assertEqual(peers(self.tracker.announce(2)), [("127.0.0.1", 6001)])

    def test_scrape(self):
        self.tracker.announce(1, left=0, event="completed")
        self.tracker.announce(2)
        self.tracker.announce(3, event="paused")
        found = bdecode(self.tracker.get("/scrape?info_hash=" + "z" * 20 + "&info_hash=" + "a" * 20)[2])["files"]
        self.assertEqual(found["a" * 20], {"complete": 1, "incomplete": 2, "downloaded": 1, "downloaders": 1})
        self.assertEqual(found["z" * 20], {"complete": 0, "incomplete": 0, "downloaded": 0, "downloaders": 0})
        self.assertIn("failure reason", bdecode(self.tracker.get("/scrape")[2]))
        self.assertIn("failure reason", bdecode(self.tracker.get("/scrape?info_hash=short")[2]))

    def test_scrape_of_a_hundred_escaped_hashes(self):
        hashes = [bytes([200 + i // 100, i % 100]) + b"\xff" * 18 for i in range(100)]
        query = "&".join("info_hash=" + "".join(f"%{b:02x}" for b in h) for h in hashes)
        status, _, body = self.tracker.get("/scrape?" + query)
        self.assertEqual(status, 200)
        self.assertEqual(body.count(b"8:complete"), 100)
        more = query + "&info_hash=" + "q" * 20
        self.assertEqual(self.tracker.get("/scrape?" + more)[2].count(b"8:complete"), 100, "too many: truncated")


class Http(unittest.TestCase):
    def setUp(self):
        self.tracker = self.enterContext(Tracker("--threads", "2"))

    def test_only_get_announces(self):
        for method in ("POST", "HEAD", "PUT"):
            with self.subTest(method=method):
                answer = self.tracker.request(f"{method} {BASE} HTTP/1.0\r\n\r\n").decode()
                self.assertTrue(answer.startswith("HTTP/1.1 405 Method Not Allowed\r\n"), answer)
                self.assertIn("\r\nAllow: GET\r\n", answer)

    def test_what_is_not_http_gets_a_400(self):
        for text in (b"\x13BitTorrent protocol" + bytes(48), b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
                     b"GET /announce\r\n\r\n", b"GET /a b HTTP/1.1\r\n\r\n"):
            with self.subTest(text=text):
                self.assertTrue(self.tracker.request(text).startswith(b"HTTP/1.1 400 "))
        self.assertEqual(self.tracker.get("/healthz")[0], 200)

    def test_a_huge_request_line_is_refused(self):
        self.assertTrue(self.tracker.request("GET /" + "a" * 100_000 + " HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 431 "))

    def test_every_answer_has_its_length(self):
        for path in (BASE, "/scrape", "/healthz", "/nothing", "/announce"):
            _, head, body = self.tracker.get(path)
            self.assertIn(f"Content-Length: {len(body)}\r\n", head + "\r\n")
            self.assertIn("Connection: close", head)

    def test_keep_alive(self):
        client = http.client.HTTPConnection("127.0.0.1", self.tracker.port, timeout=20)
        client.connect()
        before = client.sock
        for _ in range(5):
            client.request("GET", BASE)
            answer = client.getresponse()
            self.assertEqual(answer.status, 200)
            bdecode(answer.read())
        self.assertIs(client.sock, before)
        client.close()

    def test_pipelined_announces(self):
        one = f"GET {BASE}&numwant=0 HTTP/1.1\r\nHost: x\r\n"
        answer = self.tracker.request((one + "\r\n") * 20 + one + "Connection: close\r\n\r\n")
        self.assertEqual(answer.count(b"HTTP/1.1 200 OK\r\n"), 21)
        self.assertEqual(answer.count(b"Connection: close\r\n"), 1)


class Program(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.db = os.path.join(self.folder, "t.db")

    def run_program(self, *options):
        return subprocess.run([PROGRAM, *options], capture_output=True, text=True, timeout=20, cwd=self.folder)

    def test_a_restart_keeps_the_swarms(self):
        for sig in (signal.SIGTERM, signal.SIGINT):
            with Tracker(db=self.db) as tracker:
                for number in range(1, 21):
                    tracker.announce(number, left=0 if number < 6 else 100)
                tracker.announce(5, left=0, event="completed")
                tracker.announce(20, event="stopped")
                self.assertEqual(tracker.stop(sig), 0)
        with Tracker(db=self.db) as tracker:
            found = tracker.scrape(HASH)["files"]["a" * 20]
            self.assertEqual(found, {"complete": 5, "incomplete": 14, "downloaded": 1, "downloaders": 14})
            self.assertEqual(len(peers(tracker.announce(6))), 18)

    def test_a_taken_port_is_named(self):
        with Tracker() as tracker:
            result = self.run_program("--listen", tracker.addresses[0])
            self.assertEqual(result.returncode, 1)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assertIn(f"shoal-tracker: cannot listen on {tracker.addresses[0]}: Address already in use: ",
                          result.stderr)

    def test_a_database_in_use_is_named(self):
        with Tracker(db=self.db):
            result = self.run_program("--listen", "127.0.0.1:0", "--db", self.db)
            self.assertEqual(result.returncode, 5)
            self.assertIn("another tracker uses this database", result.stderr)

    def test_a_file_that_is_no_database_is_kept(self):
        with open(self.db, "w") as file:
            file.write("precious" * 100)
        result = self.run_program("--listen", "127.0.0.1:0", "--db", self.db)
        self.assertEqual(result.returncode, 5)
        self.assertIn("not a database", result.stderr)
        with open(self.db) as file:
            self.assertEqual(file.read(), "precious" * 100)

    def test_usage_errors(self):
        for options in (["--listen", "nowhere"], ["--interval", "soon"], ["--interval", "0"], ["--threads", "x"],
                        ["--nonsense"], ["word"], ["--external-address", "example.org"], ["--tracker-id", "a b"]):
            with self.subTest(options=options):
                result = self.run_program("--db", ":memory:", *options)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)

    def test_peers_of_its_own_machine_get_the_external_address(self):
        with Tracker("--external-address", "10.1.2.3") as tracker:
            tracker.announce(1)
            self.assertEqual(peers(tracker.announce(2)), [("10.1.2.3", 6001)])

    def test_its_name_is_in_every_answer(self):
        with Tracker("--tracker-id", "t1") as tracker:
            self.assertEqual(tracker.announce(1)["tracker id"], b"t1")
            self.assertEqual(tracker.announce(1, trackerid="t2")["tracker id"], b"t1", "another one's client is served")
        with Tracker() as tracker:
            self.assertNotIn("tracker id", tracker.announce(1))

    def test_peers_go_after_two_and_a_half_intervals(self):
        with Tracker("--interval", "1s") as tracker:
            tracker.announce(1)
            eventually(lambda: tracker.scrape(HASH)["files"]["a" * 20]["incomplete"] == 0, "the peer is dropped")
            self.assertEqual(peers(tracker.announce(2)), [])


if __name__ == "__main__":
    unittest.main()
