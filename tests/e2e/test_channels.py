"""Channels over a tracker: publishing, what a follower believes, what the tracker takes, and what outlives it."""

import itertools
import json
import pathlib
import shutil
import signal
import socket
import sqlite3
import tempfile
import unittest
import urllib.error
import urllib.request

from client_support import random_file
from shoal_testing.processes import Background, free_port, run, wait_until
from shoal_testing.tools import program
from tracker_program import Tracker, bdecode

TOKEN = "a-long-admin-token"
REFUSED = 9
QUICK = ("--seed-for", "0s", "--no-dht", "--no-lsd", "--listen", "127.0.0.1:0")


class ChannelCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder)
        token = self.folder / "token"
        token.write_text(TOKEN)
        token.chmod(0o600)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.tracker = self.enterContext(Tracker("--admin-token", TOKEN, listen=(f"127.0.0.1:{self.port}",),
                                                 db=str(self.folder / "db")))
        for name in ("root", "camera", "other"):
            self.shoal("key", "new", name)
        self.content = random_file(self.folder / "today", 300_000)

    def shoal(self, *words, code=0):
        done = run([program("shoal"), *map(str, words)], cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr if code else done.stdout

    def create(self, *words, publisher="camera"):
        self.shoal("channel", "create", "camera/latest", "--root", "root.key", "--publisher", f"{publisher}.pub",
                   "--tracker", f"{self.url}/announce", *words)

    def register(self, code=0):
        return self.shoal("channel", "register", "camera/latest", "--admin-token-file", "token", code=code)

    def publish(self, *words, key="camera", code=0):
        return self.shoal("publish", "camera/latest", self.content, "--key", f"{key}.key", *QUICK, *words, code=code)

    def latest(self, *words, code=0):
        told = self.shoal("channel", "latest", "camera/latest", "--json", *words, code=code)
        return told if code else json.loads(told)

    def channel(self):
        self.create()
        self.register()

    def call(self, method, query="", body=None, headers=None):
        """(status, body) of the channel's path."""
        request = urllib.request.Request(f"{self.url}/api/v1/channels/camera/latest{query}", body, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read()


class Publishing(ChannelCase):
    def test_a_release_is_found_verified_and_downloaded(self):
        self.channel()
        self.assertIn("has no release yet", self.latest(code=1))
        log = self.folder / "log"
        with Background([program("shoal"), "publish", "camera-latest.channel", self.content, "--key", "camera.key", "--note",
                         "the morning", "--no-dht", "--no-lsd", "--listen", "127.0.0.1:0"], log, cwd=self.folder) as publisher:
            publisher.wait_for("published: camera/latest release 1")
            found = self.latest("-o", "new.torrent")
            self.assertEqual((found["release"], found["sequence"], found["bytes"], found["note"], found["stale"]),
                             (1, 1, 300_000, "the morning", False))
            self.shoal("get", "new.torrent", "-o", "there", "--no-dht", "--no-lsd", "--listen", "127.0.0.1:0", "--seed-for", "0s",
                       "--timeout", "60s")
        self.assertEqual((self.folder / "there" / "today").read_bytes(), self.content.read_bytes())
        self.assertEqual(self.call("GET", "?part=manifest"), (200, (self.folder / "new.torrent").read_bytes()))

    def test_each_release_follows_the_last_and_the_same_content_is_none(self):
        self.channel()
        self.assertIn("published: camera/latest release 1", self.publish())
        self.assertIn("already published: camera/latest release 1", self.publish())
        first = self.latest()
        random_file(self.content, 300_000, seed=2)
        self.publish()
        second = self.latest()
        self.assertEqual((second["release"], second["sequence"]), (2, 2))
        self.assertNotEqual(second["info_hash"], first["info_hash"])

    def test_its_swarm_is_registered(self):
        self.channel()
        self.publish()
        with urllib.request.urlopen(f"{self.url}/api/v1/torrents?registered=true", timeout=30) as answer:
            torrents = json.load(answer)["torrents"]
        self.assertEqual([one["name"] for one in torrents], ["camera/latest 1"])

    def test_only_a_publishers_key_publishes(self):
        self.channel()
        for key in ("other", "root"):
            self.assertIn("may not publish in 'camera/latest'", self.publish(key=key, code=REFUSED))
        self.assertIn("has no release yet", self.latest(code=1))

    def test_errors_name_what_to_do(self):
        self.create()
        self.assertIn("register it with 'shoal channel register FILE'", self.publish(code=1))
        self.assertIn("--admin-token-file", self.shoal("channel", "register", "camera/latest", code=2))
        self.register()
        self.register()
        self.tracker.stop()
        self.assertIn("is shoal-tracker running there?", self.publish(code=4))
        self.assertIn("is shoal-tracker running there?", self.latest(code=4))


class Following(ChannelCase):
    def test_an_older_head_is_refused_after_a_newer_one_was_seen(self):
        self.channel()
        self.publish()
        _, first = self.call("GET")
        random_file(self.content, 300_000, seed=2)
        self.publish()
        self.latest("-o", "t.torrent")
        torrent = (self.folder / "t.torrent").read_bytes()
        # A tracker that was put back to where it was, or that lies.
        self.tracker.stop()
        with sqlite3.connect(self.folder / "db") as database:
            database.execute("UPDATE channel SET publication = ?", (first,))
        database.close()
        self.tracker.start()
        self.assertIn("sequence 2 was seen, this is 1", self.latest("-o", "t.torrent", code=REFUSED))
        self.assertEqual((self.folder / "t.torrent").read_bytes(), torrent)
        self.assertEqual(self.latest("--state", "fresh")["release"], 1, "who has seen nothing cannot know")

    def test_an_expired_head_is_refused_by_who_has_not_seen_it(self):
        self.create("--expires", "1s")
        self.register()
        self.publish()
        # A state of its own each time: what was seen before it expired stays known.
        states = itertools.count()
        wait_until(lambda: run([program("shoal"), "channel", "latest", "camera/latest", "--state", f"fresh{next(states)}"],
                               cwd=self.folder).returncode == REFUSED, "the head expires")
        self.assertIn("the head expired", self.latest("--state", "another", code=REFUSED))

    def test_a_new_root_revokes_a_key(self):
        self.create(publisher="other")
        self.register()
        self.publish(key="other")
        self.latest()
        self.create("--after", "camera-latest.channel")
        self.register()
        self.assertIn("has no release yet", self.latest(code=1))
        self.assertIn("may not publish", self.publish(key="other", code=REFUSED))
        self.publish()
        self.assertEqual(self.latest()["release"], 1)


class AtTheTracker(ChannelCase):
    def test_takes_no_head_that_is_older_foreign_or_damaged(self):
        self.channel()
        self.publish()
        _, first = self.call("GET")
        random_file(self.content, 300_000, seed=2)
        self.publish()
        _, second = self.call("GET")
        self.assertEqual(self.call("PUT", body=second)[0], 200)
        status, body = self.call("PUT", body=first)
        self.assertEqual((status, json.loads(body)), (409, {"error": "sequence 2 was seen, this is 1"}))
        for at in range(0, len(second), 7):
            bad = bytearray(second)
            bad[at] ^= 1
            self.assertIn(self.call("PUT", body=bytes(bad))[0], (400, 403, 409), at)
        self.assertEqual(self.call("PUT", body=b"")[0], 403)
        self.assertEqual(self.call("GET"), (200, second))

    def test_what_it_took_outlives_a_kill(self):
        self.channel()
        self.publish()
        before = self.call("GET")
        self.tracker.stop(signal.SIGKILL)
        self.tracker.start()
        self.assertEqual(self.call("GET"), before)
        self.assertEqual(self.call("GET", "?part=root"), (200, (self.folder / "camera-latest.channel").read_bytes()))
        self.assertIn("already published", self.publish())

    def test_removal_needs_the_token_and_is_kept(self):
        self.channel()
        self.assertEqual(self.call("DELETE")[0], 401)
        self.assertEqual(self.call("DELETE", headers={"Authorization": f"Bearer {TOKEN}"})[0], 200)
        self.tracker.stop(signal.SIGKILL)
        self.tracker.start()
        self.assertEqual(self.call("GET")[0], 404)

    def test_tells_new_heads_to_who_listens(self):
        self.channel()
        with socket.create_connection(("127.0.0.1", self.port), 30) as listener:
            listener.sendall(b"GET /api/v1/channels/camera/latest?events HTTP/1.1\r\nHost: x\r\n\r\n")
            lines = listener.makefile("rb")
            events = (json.loads(line[6:]) for line in iter(lines.readline, b"") if line.startswith(b"data: "))
            self.assertEqual(next(events), {"sequence": 0, "head": None})
            self.publish()
            self.assertEqual(next(events)["sequence"], 1)
        self.assertEqual(bdecode(self.call("GET", "?part=head")[1])["seq"], 1)


if __name__ == "__main__":
    unittest.main()
