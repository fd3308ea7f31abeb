"""A new version of content at the place of the old one, and content that changes while it is served."""

import json
import os
import threading
import unittest

from daemon_support import DaemonTest, wait_until
from shoal_testing.clients import make_torrent
from shoal_testing.content import digest
from shoal_testing.processes import run
from shoal_testing.tools import program

MIB = 1 << 20


class Reader:
    """Reads a path in a loop, as whoever uses the content does, and keeps the digests that it saw."""

    def __init__(self, path):
        self.seen = []
        self._path = path
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            found = digest(self._path)
            if found not in self.seen:
                self.seen.append(found)

    def stop(self):
        self._stop.set()
        self._thread.join(30)
        return self.seen


class UpdateTest(DaemonTest):
    SIZE = 12 * MIB

    def setUp(self):
        super().setUp()
        self.old, self.old_torrent = self.torrent(self.SIZE, "model.bin")
        (self.folder / "new").mkdir()
        self.new = self.folder / "new" / "model.bin"
        self.new.write_bytes(self.old.read_bytes())
        with open(self.new, "r+b") as file:
            file.seek(5 * MIB)
            file.write(b"second version" * 1000)
        self.new_torrent = self.folder / "new.torrent"
        make_torrent(self.new, self.new_torrent, "--announce", f"http://127.0.0.1:{self.tracker_port}/announce", "--piece-size", "256KiB")
        self.downloads.mkdir()
        self.place = self.downloads / "model.bin"
        self.place.write_bytes(self.old.read_bytes())
        self.versions = [digest(self.old), digest(self.new)]

    def row(self, daemon, number):
        return next(row for row in self.rows(daemon) if row["id"] == number)

    def wait_for_state(self, daemon, number, state):
        return wait_until(lambda: [r for r in self.rows(daemon) if r["id"] == number and r["state"] == state], f"{number} {state}", 60)[0]

    def hidden(self):
        return [p.name for p in self.downloads.iterdir() if p.name.startswith(".")]


class Updates(UpdateTest):
    def test_a_reader_sees_the_old_version_or_the_new_one(self):
        self.seed(self.new_torrent, self.new)
        daemon = self.daemon()
        self.shoal(daemon, "add", self.old_torrent)
        self.wait_for_state(daemon, 1, "seeding")
        reader = Reader(self.place)
        self.shoal(daemon, "add", self.new_torrent)
        self.assertIn("is the content of torrent 1", self.wait_for_state(daemon, 2, "error")["error"])
        self.shoal(daemon, "resume", "2")
        self.wait_for_state(daemon, 2, "seeding")
        self.assertEqual(digest(self.place), self.versions[1])
        self.assertEqual(reader.stop(), self.versions)
        self.assertIn("belongs to torrent 2", self.row(daemon, 1)["error"])
        self.assertLessEqual(self.get(daemon, 2, "downloadedEver"), MIB, "what is the same was not fetched again")
        wait_until(lambda: self.hidden() == [], "no hidden folder left")

    def test_force_and_keep_old(self):
        self.seed(self.new_torrent, self.new)
        daemon = self.daemon()
        self.shoal(daemon, "add", self.new_torrent, "--keep-old")
        self.wait_for_state(daemon, 1, "seeding")
        self.assertEqual(digest(self.place), self.versions[1])
        self.assertEqual(digest(self.downloads / "model.bin.old"), self.versions[0])
        self.shoal(daemon, "remove", "1")
        self.seed(self.old_torrent, self.old)
        self.shoal(daemon, "add", self.old_torrent, "--force")
        self.wait_for_state(daemon, 2, "seeding")
        self.assertEqual(digest(self.place), self.versions[0])
        self.assertEqual(sorted(p.name for p in self.downloads.iterdir() if not p.name.startswith(".")), ["model.bin", "model.bin.old"])

    def test_an_older_version_elsewhere(self):
        self.seed(self.new_torrent, self.new)
        daemon = self.daemon()
        other = self.folder / "other"
        self.assertIn("not an absolute path", self.shoal(daemon, "add", self.new_torrent, "--reuse", "model.bin", expect=2))
        self.assertIn("No such file", self.shoal(daemon, "add", self.new_torrent, "--reuse", "/nowhere/model.bin", expect=1))
        self.shoal(daemon, "add", self.new_torrent, "--dir", other, "--reuse", self.place)
        self.wait_for_state(daemon, 1, "seeding")
        self.assertEqual(digest(other / "model.bin"), self.versions[1])
        self.assertEqual(digest(self.place), self.versions[0])
        self.assertLessEqual(self.get(daemon, 1, "downloadedEver"), MIB)

    def test_by_the_watch_folder(self):
        self.seed(self.new_torrent, self.new)
        watch = self.folder / "watch"
        daemon = self.daemon("--watch-dir", watch, "--watch-replace", "--keep-old")
        reader = Reader(self.place)
        os.replace(self.new_torrent, watch / "new.torrent")
        self.wait_for_state(daemon, 1, "seeding")
        self.assertEqual(reader.stop(), self.versions)
        self.assertEqual(digest(self.downloads / "model.bin.old"), self.versions[0])

    def test_an_older_version_by_the_watch_folder(self):
        self.seed(self.new_torrent, self.new)
        watch = self.folder / "watch"
        older = self.place.rename(self.downloads / "model-1.bin")
        daemon = self.daemon("--watch-dir", watch)
        (watch / "new.reuse").write_text(f"{older}\n")
        os.replace(self.new_torrent, watch / "new.torrent")
        self.wait_for_state(daemon, 1, "seeding")
        self.assertLessEqual(self.get(daemon, 1, "downloadedEver"), MIB)
        self.assertEqual(digest(older), self.versions[0])
        wait_until(lambda: sorted(p.name for p in (watch / "added").iterdir()) == ["new.reuse", "new.torrent"], "both put away")

    def test_a_watched_file_that_was_taken_when_the_daemon_was_killed(self):
        watch = self.folder / "watch"
        daemon = self.daemon("--watch-dir", watch, "--add-paused")
        os.replace(self.old_torrent, watch / "old.torrent")
        wait_until((watch / "added" / "old.torrent").exists, "the torrent taken")
        daemon.process.kill()
        daemon.process.wait()
        os.replace(watch / "added" / "old.torrent", watch / "old.torrent")  # as if killed before it was put away
        self.daemon("--watch-dir", watch, "--add-paused", log="again.log")
        wait_until((watch / "added" / "old.torrent").exists, "the same file put away")
        self.assertFalse((watch / "refused").exists())

    def test_a_kill_on_the_way_leaves_the_old_version_and_goes_on(self):
        slow = self.seed(self.new_torrent, self.new, "--limit-up", "100kB/s")
        reader = Reader(self.place)
        daemon = self.daemon()
        self.shoal(daemon, "add", self.new_torrent, "--force")
        wait_until(lambda: self.get(daemon, 1, "haveValid") > 0, "the copy of the old version", 60)
        daemon.process.kill()
        daemon.process.wait()
        self.assertEqual(digest(self.place), self.versions[0])
        slow.stop()
        self.seed(self.new_torrent, self.new)
        again = self.daemon(log="again.log")
        self.wait_for_state(again, 1, "seeding")
        self.assertEqual(reader.stop(), self.versions)
        self.assertLessEqual(self.get(again, 1, "downloadedEver"), 2 * MIB)


class ChangedContent(UpdateTest):
    def test_of_a_daemons_torrent_is_not_served_any_more(self):
        daemon = self.daemon()
        self.shoal(daemon, "add", self.old_torrent)
        self.wait_for_state(daemon, 1, "seeding")
        with open(self.place, "r+b") as file:
            file.write(b"changed")
        row = self.wait_for_state(daemon, 1, "error")
        self.assertIn("content changed", row["error"])
        self.assertIn("was written to", row["error"])
        changed = digest(self.place)
        self.place.write_bytes(self.old.read_bytes())
        self.shoal(daemon, "verify", "1")
        self.shoal(daemon, "resume", "1")
        self.wait_for_state(daemon, 1, "seeding")
        os.replace(self.new, self.place)
        self.assertIn("was replaced", self.wait_for_state(daemon, 1, "error")["error"])
        self.assertNotEqual(digest(self.place), changed)
        self.assertEqual(digest(self.place), self.versions[1], "what somebody put there stays")

    def test_while_the_daemon_was_down_is_found(self):
        daemon = self.daemon()
        self.shoal(daemon, "add", self.old_torrent)
        self.wait_for_state(daemon, 1, "seeding")
        self.assertEqual(daemon.stop(), 0)
        os.replace(self.new, self.place)
        again = self.daemon(log="again.log")
        self.assertIn("is there already", self.wait_for_state(again, 1, "error")["error"])
        self.assertEqual(digest(self.place), self.versions[1])

    def test_that_is_only_touched_is_served_on(self):
        daemon = self.daemon()
        self.shoal(daemon, "add", self.old_torrent)
        self.wait_for_state(daemon, 1, "seeding")
        os.utime(self.place)
        daemon.wait_for("content is the same as before")
        self.wait_for_state(daemon, 1, "seeding")

    def test_of_the_only_seed_is_named_by_who_downloads_it(self):
        daemon = self.daemon()
        self.shoal(daemon, "add", self.old_torrent)
        self.wait_for_state(daemon, 1, "seeding")
        self.assertEqual(daemon.stop(), 0)
        with open(self.place, "r+b") as file:
            file.seek(5 * MIB)
            file.write(b"changed")
        # A seed that does not know: its state says that all is as it was.
        state = self.state / "torrents" / "1.json"
        record = json.loads(state.read_text())
        record["content_mark"] = "0"
        state.write_text(json.dumps(record))
        liar = self.daemon(log="liar.log")
        address = liar.wait_for(r"listening for peers address=(127\.0\.0\.1:\d+)").group(1)
        got = run([program("shoal"), "get", self.old_torrent, "-o", self.folder / "target", "--peer", address, "--listen", "127.0.0.1:0",
                   "--no-dht", "--no-lsd", "--timeout", "8s", "-q"])
        self.assertEqual(got.returncode, 4, got.stderr)
        self.assertRegex(got.stderr, rf"piece 20 arrived damaged from {address}")
        self.assertRegex(got.stderr.splitlines()[-1], rf"timed out: {address}.* sent piece 20 damaged")
        self.assertLessEqual(got.stderr.count("arrived damaged"), 2, got.stderr)


if __name__ == "__main__":
    unittest.main()
