"""packaging/python/shoal.py: its types, and what it does with real programs."""

import os
import pathlib
import subprocess
import sys

from daemon_support import DaemonTest
from shoal_testing.content import digest
from shoal_testing.processes import Background, run
from shoal_testing.tools import program, tool

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "python"
sys.path.insert(0, str(FOLDER))

import shoal  # noqa: E402

TOKEN = "a-long-admin-token"


class Module(DaemonTest):
    def remote(self, daemon, **options):
        return shoal.Daemon(f"127.0.0.1:{daemon.port}", **options)

    def test_types(self):
        checked = run([tool("mypy"), "--strict", "--python-version", "3.9", f"--cache-dir={self.folder}", "shoal.py", "example.py"], cwd=FOLDER)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_a_download_from_add_to_remove(self):
        content, torrent = self.torrent()
        self.seed(torrent, content, "--limit-up", "3MB/s").wait_for("listening on")
        remote = self.remote(self.daemon())
        self.assertTrue(remote.healthy())
        self.assertEqual(remote.torrents(), [])
        added = remote.add(torrent, labels=["nightly", "eu"], folder=str(self.folder / "there"))
        self.assertEqual((added.name, added.labels, added.complete, added.folder), (content.name, ("nightly", "eu"), False, str(self.folder / "there")))
        self.assertEqual(remote.add(torrent).id, added.id)  # which it has already
        looks = []
        done = remote.wait(added.hash, timeout=60, every=0.05, progress=looks.append)
        self.assertEqual((done.complete, done.progress, done.left, done.size, done.error), (True, 1.0, 0, content.stat().st_size, ""))
        self.assertGreater(done.done, 0)
        self.assertEqual(digest(self.folder / "there" / content.name), digest(content))
        self.assertLess(looks[0].progress, 1)
        self.assertEqual([one.hash for one in remote.torrents("eu")], [added.hash])
        self.assertEqual(remote.torrents("no such label"), [])
        remote.label(added.id, ["daily"])
        remote.limit(added.hash, up=1_000_000)
        self.assertEqual(remote.call("torrent-get", {"fields": ["uploadLimit", "uploadLimited", "downloadLimited"]})["torrents"],
                         [{"uploadLimit": 1000, "uploadLimited": True, "downloadLimited": False}])
        self.assertEqual(remote.status(added.id).labels, ("daily",))
        remote.pause(added.hash)
        self.assertEqual(remote.status(added.hash).state, "stopped")
        remote.verify(added.hash)
        remote.resume(added.hash)
        self.assertTrue(remote.wait(added.hash, timeout=60).complete)
        remote.remove(added.hash, delete_content=True)
        with self.assertRaisesRegex(shoal.NotFound, "there is no torrent"):
            remote.status(added.hash)
        self.assertFalse((self.folder / "there" / content.name).exists())

    def test_what_goes_wrong_is_named(self):
        content, torrent = self.torrent()
        secret = self.folder / "secret"
        secret.write_text("me:secret")
        secret.chmod(0o600)
        socket = self.folder / "control.sock"
        daemon = self.daemon("--rpc-auth-file", secret, "--rpc-socket", socket)
        with self.assertRaisesRegex(shoal.Refused, "401: user name and password") as refused:
            self.remote(daemon).torrents()
        self.assertEqual(refused.exception.status, 401)
        remote = self.remote(daemon, user="me", password="secret")
        with self.assertRaisesRegex(shoal.ShoalError, "No such file"):
            remote.add(self.folder / "nothing.torrent")
        with self.assertRaisesRegex(shoal.Refused, "not a valid torrent"):
            remote.add(secret)
        with self.assertRaisesRegex(shoal.Refused, "method name not recognized"):
            remote.call("no-such-method")
        added = remote.add(torrent)
        with self.assertRaisesRegex(shoal.TimedOut, "not complete in time, 0 % are there") as late:
            remote.wait(added.hash, timeout=0.2, every=0.1)
        self.assertEqual(late.exception.torrent.hash, added.hash)
        self.assertEqual([one.hash for one in shoal.Daemon(f"unix:{socket}").torrents()], [added.hash])
        remote.remove(added.hash)
        with self.assertRaises(shoal.NotFound):
            remote.pause(added.hash)
        self.downloads.mkdir(exist_ok=True)
        (self.downloads / content.name).write_bytes(bytes(content.stat().st_size))
        taken = remote.add(torrent)
        with self.assertRaisesRegex(shoal.TorrentFailed, "is there already, with other content"):
            remote.wait(taken.hash, timeout=60)
        daemon.stop()
        self.assertFalse(remote.healthy())
        with self.assertRaisesRegex(shoal.Unreachable, "is it running there"):
            remote.torrents()
        with self.assertRaisesRegex(shoal.ShoalError, "write HOST"):
            shoal.Daemon("ftp://host")

    def test_a_tracker(self):
        content, torrent = self.torrent()
        started = Background([program("shoal-tracker"), "--listen", "127.0.0.1:0", "--db", ":memory:", "--admin-token", TOKEN],
                             self.folder / "registering.log")
        self.addCleanup(started.stop)
        address = "127.0.0.1:" + started.wait_for(r"listening .*127\.0\.0\.1:(\d+)").group(1)
        tracker = shoal.Tracker(address, token=TOKEN)
        info_hash, = tracker.register(torrent)
        self.assertEqual([one["name"] for one in tracker.torrents()], [content.name])
        self.assertEqual(tracker.torrent(info_hash)["size"], content.stat().st_size)
        self.assertEqual(tracker.status()["registered"], 1)
        with self.assertRaisesRegex(shoal.Refused, "send the admin token") as refused:
            shoal.Tracker(f"http://{address}").register(torrent)
        self.assertEqual(refused.exception.status, 401)
        tracker.unregister(info_hash)
        self.assertEqual(tracker.torrents(), [])
        self.assertEqual([one["registered"] for one in tracker.torrents(registered=False)], [False])
        with self.assertRaises(shoal.NotFound):
            tracker.unregister(info_hash)

    def test_the_example(self):
        content, torrent = self.torrent()
        self.seed(torrent, content).wait_for("listening on")
        daemon = self.daemon()
        done = subprocess.run([sys.executable, FOLDER / "example.py", torrent, f"127.0.0.1:{daemon.port}", "127.0.0.1:1"], capture_output=True,
                              text=True, timeout=60, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, f"127.0.0.1:{daemon.port}: {content.name} is in {self.downloads}\n")
        self.assertRegex(done.stderr, r"^127\.0\.0\.1:1: .*is it running there\?\n$")
