"""Several trackers that share their swarms through Redis, and what befalls that Redis."""

import os
import subprocess
import tempfile
import unittest

from shoal_testing.processes import free_port
from shoal_testing.redis import Answers, Redis, Sentinel
from tracker_program import PROGRAM, Tracker, eventually, peers

HASH = b"a" * 20


def counts(tracker):
    entry = tracker.scrape(HASH)["files"].get(HASH.decode(), {})
    return entry.get("complete", 0), entry.get("incomplete", 0), entry.get("downloaded", 0)


def health(tracker):
    return tracker.get("/healthz")[2].decode()


class SharedTest(unittest.TestCase):
    def setUp(self):
        self.redis = self.enterContext(Redis())

    def tracker(self, *options, **named):
        return self.enterContext(Tracker("--shared", self.redis.url(), *options, **named))

    def eventually_counts(self, tracker, expected):
        seen = []
        try:
            eventually(lambda: seen.append(counts(tracker)) or seen[-1] == expected, expected)
        except AssertionError as failure:
            raise AssertionError(f"{failure}, but {seen[-1]}") from None


class TwoTrackers(SharedTest):
    def test_each_sees_the_peers_of_the_other(self):
        one, two = self.tracker(), self.tracker()
        one.announce(1, left=0)
        two.announce(2)
        self.eventually_counts(one, (1, 1, 0))
        self.eventually_counts(two, (1, 1, 0))
        self.assertEqual(sorted(peers(one.announce(3))), [("127.0.0.1", 6001), ("127.0.0.1", 6002)])

    def test_a_host_that_announces_to_both_is_one_peer(self):
        one, two = self.tracker(), self.tracker()
        for tracker in (one, two, one):
            tracker.announce(1, event="started")
        two.announce(2)
        self.eventually_counts(one, (0, 2, 0))
        self.eventually_counts(two, (0, 2, 0))
        one.announce(1, left=0, event="completed")
        two.announce(1, left=0, event="completed")
        # Who has heard of a later peer has heard of that completion.
        one.announce(3)
        two.announce(4)
        self.eventually_counts(one, (1, 3, 1))
        self.eventually_counts(two, (1, 3, 1))
        two.announce(1, left=0, event="stopped")
        self.eventually_counts(one, (0, 3, 1))

    def test_a_fresh_tracker_begins_with_what_the_others_have(self):
        one = self.tracker()
        one.announce(1, left=0, event="completed")
        one.announce(1, left=5)
        one.announce(2)
        eventually(lambda: b":2" in self.redis.command("HLEN", "shoal:peers:" + HASH.hex()), "two peers in Redis")
        two = self.tracker()
        self.assertEqual(counts(two)[:2], (0, 2), "at once: it loads before it listens")
        self.assertEqual(one.stop(), 0)
        three = self.tracker()
        self.assertEqual(counts(three)[:2], (0, 2), "also when the tracker that heard of them is gone")

    def test_a_registered_torrent_is_registered_everywhere(self):
        with tempfile.NamedTemporaryFile("w") as empty:
            options = ("--allow-list", empty.name, "--admin-token", "secret")
            one, two = self.tracker(*options), self.tracker(*options)
            body = '{"info_hash": "%s", "name": "a.bin", "size": 5}' % HASH.hex()
            answer = one.request("POST /api/v1/torrents HTTP/1.0\r\nAuthorization: Bearer secret\r\n"
                                 f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}")
            self.assertIn(b" 201 ", answer.split(b"\r\n")[0], answer)
            eventually(lambda: b"a.bin" in two.get("/api/v1/torrents")[2], "the name at the other tracker")
            self.assertIn("interval", two.announce(1))

    def test_its_database_keeps_a_warm_start_without_redis(self):
        with tempfile.TemporaryDirectory() as folder:
            db = os.path.join(folder, "t.db")
            two = self.tracker()
            with Tracker("--shared", self.redis.url(), db=db) as one:
                two.announce(1)
                self.eventually_counts(one, (0, 1, 0))
                self.assertEqual(one.stop(), 0)
            self.redis.kill()
            with Tracker("--shared", self.redis.url(), "--shared-optional", db=db) as again:
                self.assertEqual(counts(again), (0, 1, 0))


class Faults(SharedTest):
    def test_both_go_on_alone_and_come_together_again(self):
        one, two = self.tracker(), self.tracker()
        one.announce(1)
        self.eventually_counts(two, (0, 1, 0))
        self.redis.kill()
        eventually(lambda: "degraded: Redis" in health(one), "degraded")
        one.announce(2, left=0, event="completed")
        two.announce(3)
        self.assertEqual(counts(one)[:2], (1, 1))
        self.assertEqual(counts(two)[:2], (0, 2))
        self.assertIn(b"\nshoal_tracker_shared_healthy 0\n", one.get("/metrics")[2])
        self.redis.start()
        self.eventually_counts(one, (1, 2, 1))
        self.eventually_counts(two, (1, 2, 1))
        eventually(lambda: health(one) == health(two) == "ok\n", "healthy again")
        three = self.tracker()
        self.assertEqual(counts(three), (1, 2, 1), "Redis, which came back empty, was filled again")

    def test_an_emptied_redis_is_filled_again(self):
        one, two = self.tracker(), self.tracker()
        one.announce(1, left=0, event="completed")
        two.announce(2)
        self.eventually_counts(one, (1, 1, 1))
        self.eventually_counts(two, (1, 1, 1))
        self.redis.command("FLUSHALL")
        eventually(lambda: b":2" in self.redis.command("HLEN", "shoal:peers:" + HASH.hex()), "both peers are back")
        three = self.tracker()
        self.eventually_counts(three, (1, 1, 1))
        two.announce(3)
        for tracker in (one, two, three):
            self.eventually_counts(tracker, (1, 2, 1))

    def test_what_is_no_record_is_passed_over(self):
        one = self.tracker()
        one.announce(1)
        eventually(lambda: b":1" in self.redis.command("HLEN", "shoal:peers:" + HASH.hex()), "the peer")
        self.redis.command("HSET", "shoal:peers:" + HASH.hex(), "x", "y")
        self.redis.command("XADD", "shoal:changes", "*", "t", "7", "n", "1", "b", b"p" + b"\xff" * 50)
        self.redis.command("XADD", "shoal:changes", "*", "what", "ever")
        eventually(lambda: b"\nshoal_tracker_shared_refused_total 2\n" in one.get("/metrics")[2], "two refused")
        two = self.tracker()
        self.assertEqual(counts(two), (0, 1, 0))
        two.announce(2)
        self.eventually_counts(one, (0, 2, 0))


class BadInput(SharedTest):
    def refused(self, *options, code):
        done = subprocess.run([PROGRAM, "--listen", "127.0.0.1:0", "--db", ":memory:", *options],
                              capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def test_another_programs_data(self):
        self.redis.command("SET", "somebody", "else")
        self.assertIn("its database holds other data", self.refused("--shared", self.redis.url(), code=2))
        self.assertIn(b"else", self.redis.command("GET", "somebody"))
        with Tracker("--shared", self.redis.url(database=1)) as other:
            self.assertEqual(health(other), "ok\n")

    def test_a_wrong_password(self):
        with Redis("--requirepass", "right") as locked:
            error = self.refused("--shared", locked.url("wrong"), code=2)
            self.assertIn("WRONGPASS", error)
            self.assertNotIn("wrong@", error)
            self.assertIn("NOAUTH", self.refused("--shared", locked.url(), code=2))
            with Tracker("--shared", locked.url("right")) as one:
                self.assertEqual(health(one), "ok\n")

    def test_protected_mode(self):
        with Answers(lambda words: b"-DENIED Redis is running in protected mode because. And so on.\r\n") as denied:
            error = self.refused("--shared", f"redis://127.0.0.1:{denied.port}", code=2)
            self.assertIn("DENIED Redis is running in protected mode because: see docs", error)

    def test_one_that_says_nothing(self):
        with Answers(lambda words: b"") as silent:
            error = self.refused("--shared", f"redis://127.0.0.1:{silent.port}", code=1)
            self.assertIn("it does not reply in time", error)

    def test_nobody_there(self):
        url = f"redis://127.0.0.1:{free_port()}"
        self.assertIn("--shared-optional", self.refused("--shared", url, code=1))
        with Tracker("--shared", url, "--shared-optional") as alone:
            alone.announce(1)
            self.assertEqual(counts(alone), (0, 1, 0))
            eventually(lambda: "degraded: Redis" in health(alone), "degraded")

    def test_a_redis_that_is_too_old(self):
        def answer(words):
            return {b"ROLE": b"*1\r\n$6\r\nmaster\r\n",
                    b"INFO": b"$20\r\nredis_version:6.2.14\r\n"}.get(words[0], b"+OK\r\n")

        with Answers(answer) as old:
            error = self.refused("--shared", f"redis://127.0.0.1:{old.port}", code=2)
            self.assertIn("it is version '6.2.14', and 7.0 is the oldest that will do", error)

    def test_tls(self):
        self.assertIn("stunnel", self.refused("--shared", "rediss://127.0.0.1", code=2))

    def test_a_sentinel_that_is_none_and_one_that_does_not_know_the_name(self):
        with Sentinel(self.redis) as sentinel:
            error = self.refused("--shared", sentinel.url().replace("/fleet", "/herd"), code=2)
            self.assertIn("this Sentinel knows no master named 'herd'", error)
            error = self.refused("--shared", f"redis://127.0.0.1:{sentinel.port}", code=2)
            self.assertIn("it is a Sentinel: name it as redis+sentinel://", error)
        self.assertIn("SENTINEL", self.refused("--shared", f"redis+sentinel://127.0.0.1:{self.redis.port}/fleet", code=2))

    def test_no_url(self):
        self.assertIn("--shared", self.refused("--shared", "http://somewhere", code=2))
        self.assertIn("there is no --shared", self.refused("--shared-optional", code=2))


if __name__ == "__main__":
    unittest.main()
