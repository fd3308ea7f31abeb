"""The model of a power cut, and some of the moments at which one can come; tests/fault/run.sh --power-loss tries all of them."""

import pathlib
import tempfile
import unittest

import crash_points
from crash.power_loss import LOSSES, Disk
from crash.with_programs import WithPrograms


class Model(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="shoal-disk-")
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name
        (pathlib.Path(self.folder) / "old").write_bytes(b"old")
        self.disk = Disk([self.folder])

    def path(self, name):
        return f"{self.folder}/{name}"

    def left(self, loss):
        return {name[len(self.folder) + 1:]: what for name, what in self.disk.left(loss).items() if name != self.folder}

    def test_what_is_not_synced_is_lost(self):
        self.disk.change("create", 0, self.path("new"))
        self.disk.change("write", 0, self.path("new"), data=b"data")
        self.assertEqual(self.left("late"), {"old": b"old", "new": b""})
        self.assertEqual(self.left("early"), {"old": b"old"})

    def test_what_is_synced_stays(self):
        self.disk.change("create", 0, self.path("new"))
        self.disk.change("write", 0, self.path("new"), data=b"data")
        self.disk.change("fsync", 0, self.path("new"))
        self.disk.change("write", 2, self.path("new"), data=b"more")
        for loss in ("late", "early"):
            self.assertEqual(self.left(loss), {"old": b"old", "new": b"data"})

    def test_a_rename_before_the_data(self):
        self.disk.change("create", 0, self.path("new"))
        self.disk.change("write", 0, self.path("new"), data=b"data")
        self.disk.change("rename", 0, self.path("old"), self.path("new"))
        self.assertEqual(self.left("late"), {"old": b""})
        self.assertEqual(self.left("early"), {"old": b"old"})

    def test_a_synced_file_under_its_new_name(self):
        self.disk.change("create", 0, self.path("new"))
        self.disk.change("write", 0, self.path("new"), data=b"data")
        self.disk.change("fsync", 0, self.path("new"))
        self.disk.change("rename", 0, self.path("old"), self.path("new"))
        self.assertEqual(self.left("late"), {"old": b"data"})
        self.assertEqual(self.left("early"), {"old": b"old", "new": b"data"})
        self.disk.change("fsync", 0, self.folder)
        self.assertEqual(self.left("early"), {"old": b"data"})

    def test_a_folder_that_is_renamed_and_one_that_is_exchanged(self):
        self.disk.change("mkdir", 0, self.path("a"))
        self.disk.change("create", 0, self.path("a/file"))
        self.disk.change("rename", 0, self.path("b"), self.path("a"))
        self.assertEqual(self.left("late"), {"old": b"old", "b": None, "b/file": b""})
        self.disk.change("rename", Disk.EXCHANGE, self.path("old"), self.path("b"))
        self.assertEqual(self.left("late"), {"b": b"old", "old": None, "old/file": b""})

    def test_it_is_put_on_the_disk(self):
        self.disk.change("mkdir", 0, self.path("a"))
        self.disk.change("unlink", 0, self.path("old"))
        self.disk.put("late")
        self.assertEqual([p.name for p in pathlib.Path(self.folder).iterdir()], ["a"])
        self.disk.put("early")
        self.assertEqual((pathlib.Path(self.folder) / "old").read_bytes(), b"old")


class PowerCuts(WithPrograms):
    MOST = 3  # moments of each scenario

    def try_some(self, name):
        scenario, changes = self.scenario(name)
        self.assertTrue(any("sync" in change.split()[1] for change in changes), changes)
        for at in crash_points.sample(len(changes), self.MOST):
            for loss in LOSSES:
                with self.subTest(at=at, change=changes[at - 1], loss=loss):
                    scenario.attempt(at, loss=loss)

    def test_get_new(self):
        self.try_some("get_new")

    def test_get_over(self):
        self.try_some("get_over")

    def test_create(self):
        self.try_some("create")

    def test_daemon_add(self):
        self.try_some("daemon_add")

    def test_tracker(self):
        self.try_some("tracker")
