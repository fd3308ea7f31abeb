"""What befalls the tracker's database: deleted, replaced, damaged, another program's, not writable, locked at the end."""

import os
import sqlite3
import subprocess
import tempfile
import unittest

from tracker_program import PROGRAM, Tracker, eventually

HASH = b"a" * 20


def contents(folder):
    """Names and contents of all files."""
    found = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as file:
            found[name] = file.read()
    return found


class DatabaseTest(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.db = os.path.join(self.folder, "t.db")

    def metric(self, tracker, name):
        for line in tracker.get("/metrics")[2].decode().splitlines():
            if line.startswith(name + " "):
                return int(line.split(" ")[1])
        raise AssertionError(f"there is no metric {name}")

    def health(self, tracker):
        return tracker.get("/healthz")[2].decode()

    def line_with(self, tracker, text):
        """The next line of the log that has this text."""
        for line in tracker.process.stderr:
            if text in line:
                return line
        raise AssertionError(f"the log ended without {text!r}")

    def leechers(self):
        with Tracker(db=self.db) as tracker:
            return tracker.scrape(HASH)["files"]["a" * 20]["incomplete"]

    def start(self, code=5):
        """The one line that a tracker which cannot start says."""
        done = subprocess.run([PROGRAM, "--listen", "127.0.0.1:0", "--db", self.db], capture_output=True, text=True, timeout=20)
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr.rstrip()


class WhileItRuns(DatabaseTest):
    def assert_lost(self, tracker):
        eventually(lambda: self.health(tracker) != "ok\n", "it is noticed")
        self.assertEqual(self.health(tracker), "degraded: the database's file was deleted or replaced, see the log\n")
        self.assertEqual(self.metric(tracker, "shoal_tracker_store_healthy"), 0)
        self.assertEqual(self.metric(tracker, "shoal_tracker_store_file_lost"), 1)

    def test_deleted_files_are_noticed_and_written_anew(self):
        for names in (["t.db", "t.db-wal", "t.db-shm"], ["t.db"], ["t.db-wal"]):
            with self.subTest(names=names), Tracker(db=self.db) as tracker:
                tracker.announce(1)
                eventually(lambda: self.metric(tracker, "shoal_tracker_store_records_total") > 0, "the first peer in the file")
                for name in names:
                    os.unlink(os.path.join(self.folder, name))
                self.assert_lost(tracker)
                self.assertIn(" error ", self.line_with(tracker, "database was deleted while the tracker runs"))
                self.assertIn("another tracker uses this database", self.start())
                tracker.announce(2)
                self.assertEqual(tracker.stop(), 0)
                self.assertEqual(os.listdir(self.folder), ["t.db"])
                self.assertEqual(self.leechers(), 2)
                os.unlink(self.db)

    def test_a_replaced_file_is_noticed_and_left_alone(self):
        with Tracker(db=self.db) as tracker:
            tracker.announce(1)
            eventually(lambda: self.metric(tracker, "shoal_tracker_store_records_total") > 0, "the first peer in the file")
            other = os.path.join(self.folder, "other")
            with sqlite3.connect(other) as database:
                database.execute("CREATE TABLE bookmarks (id)")
            database.close()
            before = contents(self.folder)["other"]
            os.rename(other, self.db)
            self.assert_lost(tracker)
            self.assertIn(" error ", self.line_with(tracker, "the file was replaced while the tracker ran"))
            self.assertIn("another tracker uses this database", self.start())
            tracker.announce(2)
            self.assertEqual(tracker.stop(), 5)
            self.assertIn(f"shoal-tracker: {self.db}: the last changes could not be written: the file was replaced", tracker.lines[-1])
            self.assertEqual(contents(self.folder)["t.db"], before)

    def test_changes_that_are_lost_at_the_end_are_no_success(self):
        with Tracker(db=self.db) as tracker:
            tracker.announce(1)
            eventually(lambda: self.metric(tracker, "shoal_tracker_store_records_total") > 0, "the first peer in the file")
            lock = sqlite3.connect(self.db, isolation_level=None)
            self.addCleanup(lock.close)
            lock.execute("BEGIN EXCLUSIVE")
            tracker.announce(2)
            self.assertEqual(tracker.stop(), 5)
            self.assertEqual(tracker.lines[-1].rstrip(), f"shoal-tracker: {self.db}: the last changes could not be written: "
                             "database is locked: end what other programs do in it")


class AtTheStart(DatabaseTest):
    def database(self, *statements):
        database = sqlite3.connect(self.db)
        for statement in statements:
            database.execute(statement)
        database.commit()
        database.close()

    def tracker_database(self, peers=600):
        with Tracker(db=self.db) as tracker:
            for number in range(1, peers + 1):
                tracker.announce(number, info_hash=b"%020d" % number)
            self.assertEqual(tracker.stop(), 0)

    def test_another_programs_file_is_left_alone(self):
        for statements in (["CREATE TABLE bookmarks (id)"], ["CREATE TABLE bookmarks (id)", "PRAGMA user_version = 2"],
                           ["PRAGMA journal_mode = WAL", "CREATE TABLE bookmarks (id)"]):
            with self.subTest(statements=statements):
                self.database(*statements)
                before = contents(self.folder)
                self.assertEqual(self.start(), f"shoal-tracker: {self.db}: it is another program's database, with a table 'bookmarks': "
                                 "name another file with --db")
                self.assertEqual(contents(self.folder), before)
                os.unlink(self.db)

    def test_damaged_tables_are_named_with_advice(self):
        self.tracker_database()
        pages = os.path.getsize(self.db) // 4096
        self.assertGreater(pages, 20)
        with open(self.db, "r+b") as file:
            file.seek(4096 * 3)
            file.write(b"\xee" * (4096 * (pages - 3)))
        before = contents(self.folder)
        for _ in range(2):
            said = self.start()
            self.assertTrue(said.startswith(f"shoal-tracker: {self.db}: "), said)
            self.assertIn("it is damaged: put a copy in its place, or move it away with its -wal and -shm", said)
            self.assertEqual(contents(self.folder), before)

    def test_a_lost_row_is_damage_too(self):
        self.tracker_database(1)
        self.database("DELETE FROM tracker")
        self.assertIn("it is damaged: put a copy in its place", self.start())

    def test_a_disk_that_is_full_is_named_as_such(self):
        if os.geteuid() != 0:
            raise AssertionError("a disk to fill needs root: run this as root")
        disk = os.path.join(self.folder, "disk")
        os.mkdir(disk)
        for size in ("16k", "48k"):
            with self.subTest(size=size):
                subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], check=True)
                try:
                    self.db = os.path.join(disk, "t.db")
                    said = self.start()
                finally:
                    subprocess.run(["umount", "--lazy", disk], check=True)
                self.assertTrue(said.endswith("free some space on its disk, or name a file on another one with --db"), said)

    def test_a_folder_that_is_not_writable_is_named_as_such(self):
        if os.geteuid() != 0:
            raise AssertionError("another user's folder needs root: run this as root")
        self.tracker_database(1)
        os.chmod(self.folder, 0o755)
        os.chmod(self.db, 0o666)
        done = subprocess.run([PROGRAM, "--listen", "127.0.0.1:0", "--db", self.db], capture_output=True, text=True, timeout=20,
                              user="nobody", cwd="/")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(f"shoal-tracker: {self.db}: ", done.stderr)
        self.assertIn("let the tracker's user write the file and its folder", done.stderr)

    def test_a_copy_made_while_it_runs(self):
        """As docs/tracker.md says it is done."""
        with Tracker(db=self.db) as tracker:
            tracker.announce(1)
            eventually(lambda: self.metric(tracker, "shoal_tracker_store_records_total") > 0, "the first peer in the file")
            copy = os.path.join(self.folder, "copy.db")
            with sqlite3.connect(self.db) as source, sqlite3.connect(copy) as target:
                source.backup(target)  # what `sqlite3 t.db ".backup copy.db"` calls
            source.close()
            target.close()
            self.assertEqual(self.health(tracker), "ok\n")
        self.db = copy
        self.assertEqual(self.leechers(), 1)


if __name__ == "__main__":
    unittest.main()
