"""What the readers of other projects make of the three formats: Transmission 3.00 and aria2 1.36, as Debian 12 has them.

libtorrent is compared in tests/torrentgen/libtorrent_equality_test.cpp: the bytes that it would have written itself, and
the info-hashes that it reads.
"""

import json
import pathlib
import re
import shutil
import tempfile
import unittest

from shoal_testing import content
from shoal_testing.processes import run
from shoal_testing.tools import program, tool

PIECE = 64 * 1024  # small, so that both contents have many


class Readers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-readers-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.contents = {
            "file": content.large_file(cls.folder / "model.bin", 10 * PIECE + 12345),
            "folder": content.folder_of_real_files(cls.folder / "dataset", 40),
        }

    def make(self, kind, form):
        torrent = self.folder / f"{kind}-{form}.torrent"
        done = run([program("torrentgen"), "create", self.contents[kind], "-o", torrent, "--force", "--json",
                    "--format", form, "--piece-size", PIECE, "-a", "http://tracker.example/announce"])
        self.assertEqual(done.returncode, 0, done.stderr)
        return torrent, json.loads(done.stdout)

    def names(self, kind):
        path = self.contents[kind]
        if path.is_file():
            return {path.name}
        return {f"{path.name}/{file.relative_to(path)}" for file in path.rglob("*") if file.is_file()}

    def transmission(self, torrent):
        return run([tool("transmission-show"), torrent])

    def aria2(self, torrent):
        return run([tool("aria2c"), "--no-conf", "-S", torrent])

    def aria2_hash(self, shown):
        found = re.search(r"^Info Hash: ([0-9a-f]{40})$", shown.stdout, re.MULTILINE)
        self.assertIsNotNone(found, shown.stdout)
        return found[1]

    def aria2_names(self, shown):
        return set(re.findall(r"^ *\d+\|\./(.*)$", shown.stdout, re.MULTILINE))

    def test_transmission_reads_v1(self):
        for kind in self.contents:
            with self.subTest(kind):
                torrent, made = self.make(kind, "v1")
                shown = self.transmission(torrent)
                self.assertEqual(shown.returncode, 0, shown.stderr)
                self.assertIn(f"  Hash: {made['info_hash_v1']}\n", shown.stdout)
                self.assertIn(f"  Piece Count: {made['pieces']}\n", shown.stdout)
                self.assertIn("  http://tracker.example/announce\n", shown.stdout)
                files = shown.stdout.split("\nFILES\n")[1]
                self.assertEqual(set(re.findall(r"^  (.*) \([^()]*\)$", files, re.MULTILINE)), self.names(kind))

    def test_aria2_reads_v1(self):
        for kind in self.contents:
            with self.subTest(kind):
                torrent, made = self.make(kind, "v1")
                shown = self.aria2(torrent)
                self.assertEqual(shown.returncode, 0, shown.stderr)
                self.assertEqual(self.aria2_hash(shown), made["info_hash_v1"])
                self.assertIn(f"The Number of Pieces: {made['pieces']}\n", shown.stdout)
                self.assertEqual(self.aria2_names(shown), self.names(kind))

    def test_transmission_refuses_hybrid_and_v2(self):
        for kind in self.contents:
            for form in ("hybrid", "v2"):
                with self.subTest(kind=kind, form=form):
                    shown = self.transmission(self.make(kind, form)[0])
                    self.assertEqual(shown.returncode, 1, shown.stdout)
                    self.assertIn("Error parsing .torrent file", shown.stdout + shown.stderr)

    def test_aria2_takes_a_hybrid_for_another_swarm(self):
        for kind in self.contents:
            with self.subTest(kind):
                torrent, made = self.make(kind, "hybrid")
                shown = self.aria2(torrent)
                self.assertEqual(shown.returncode, 0, shown.stderr)
                self.assertNotEqual(self.aria2_hash(shown), made["info_hash_v1"])
                files = {name for name in self.aria2_names(shown) if "/.pad/" not in name}
                self.assertEqual(files, self.names(kind), "the v1 list is read nevertheless")

    def test_aria2_refuses_v2(self):
        for kind in self.contents:
            with self.subTest(kind):
                shown = self.aria2(self.make(kind, "v2")[0])
                self.assertIn("Missing pieces in torrent metainfo", shown.stdout + shown.stderr)
                self.assertNotIn("Info Hash", shown.stdout)

    def test_what_the_others_refuse_is_said_when_it_is_made(self):
        for form, warned in (("v1", False), ("hybrid", True), ("v2", True)):
            with self.subTest(form):
                _, made = self.make("file", form)
                warnings = " ".join(made["warnings"])
                for reader in ("Transmission", "aria2"):
                    self.assertEqual(reader in warnings, warned, warnings)
