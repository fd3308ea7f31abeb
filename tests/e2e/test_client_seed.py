"""shoal seed and shoal share."""

import json
import os
import signal
import unittest

from client_support import MIB, ClientTest, Tracker, digest, random_file, tree
from shoal_testing.processes import run
from shoal_testing.tools import program


class Seed(ClientTest):
    def setUp(self):
        super().setUp()
        self.content = random_file(self.folder / "origin" / "data" / "a.bin", 6 * MIB).parent
        random_file(self.content / "b.bin", 6 * MIB, seed=2)
        self.torrent = self.make_torrent(self.content)

    def run_seed(self, *args):
        return run([program("shoal"), "seed", *args, "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd"])

    def test_content_that_differs_is_named(self):
        with open(self.content / "b.bin", "r+b") as file:
            file.seek(5 * MIB)  # in a piece that holds nothing of a.bin
            file.write(b"damage")
        done = self.run_seed(self.torrent, self.content)
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("b.bin", done.stderr)
        self.assertNotIn("a.bin", done.stderr)

    def test_content_that_is_missing_or_short_is_named(self):
        os.truncate(self.content / "a.bin", 1)
        done = self.run_seed(self.torrent, self.content)
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("a.bin is 1 bytes", done.stderr)
        (self.content / "a.bin").unlink()
        done = self.run_seed(self.torrent, self.content)
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("a.bin is missing", done.stderr)
        self.assertEqual(sorted(p.name for p in self.content.iterdir()), ["b.bin"])

    def test_no_content_at_all(self):
        done = self.run_seed(self.torrent, self.folder / "nowhere")
        self.assertEqual(done.returncode, 5, done.stderr)

    def test_the_folder_that_the_content_is_in_will_do(self):
        _, address = self.seed(self.torrent, self.content.parent)
        target = self.folder / "target"
        self.assert_got(self.get(self.torrent, target, "--peer", address))
        self.assertEqual(tree(target / "data"), tree(self.content))

    def test_content_under_another_name(self):
        renamed = self.content.rename(self.content.parent / "renamed")
        _, address = self.seed(self.torrent, renamed)
        target = self.folder / "target"
        self.assert_got(self.get(self.torrent, target, "--peer", address))
        self.assertEqual(tree(target / "data"), tree(renamed))

    def test_ends_well_when_stopped_or_when_its_time_is_over(self):
        for how in (signal.SIGINT, signal.SIGTERM):
            process, _ = self.seed(self.torrent, self.content)
            self.assertEqual(process.stop(how), 0, process.output())
        done = self.run_seed(self.torrent, self.content, "--seed-for", "1s")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_port_that_is_taken(self):
        _, address = self.seed(self.torrent, self.content)
        done = run([program("shoal"), "seed", self.torrent, self.content, "--listen", address])
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("already in use", done.stderr)

    def test_a_magnet_cannot_be_seeded(self):
        done = self.run_seed("magnet:?xt=urn:btih:" + "0" * 40, self.content)
        self.assertEqual(done.returncode, 2, done.stderr)

    def test_the_content_stays_untouched(self):
        before = {p: p.stat().st_mtime_ns for p in self.content.rglob("*")}
        self.assertEqual(self.run_seed(self.torrent, self.content, "--seed-for", "1s").returncode, 0)
        self.assertEqual({p: p.stat().st_mtime_ns for p in self.content.rglob("*")}, before)


class Share(ClientTest):
    def setUp(self):
        super().setUp()
        self.content = random_file(self.folder / "model.bin", 7 * MIB)
        self.tracker = self.serve(Tracker())

    def share(self, *options):
        process = self.start("share", self.content, "--tracker", self.tracker.url, "--listen", "127.0.0.1:0", "--no-dht",
                             "--no-lsd", *options, cwd=self.folder)
        process.wait_for("listening")
        return process

    def test_one_command_and_a_get(self):
        process = self.share()
        torrent = self.folder / "model.bin.torrent"
        self.assertIn(str(torrent), process.output())
        self.assertIn("shoal get 'magnet:?xt=urn:btih:", process.output())
        target = self.folder / "target"
        self.assert_got(self.get(torrent, target))
        self.assertEqual(tree(target), {"model.bin": digest(self.content)})

    def test_the_magnet_that_it_prints_works(self):
        process = self.share("--json")
        magnet = json.loads(process.wait_for('.*"event":"shared".*').group(0))["magnet"]
        target = self.folder / "target"
        self.assert_got(self.get(magnet, target))
        self.assertEqual(tree(target), {"model.bin": digest(self.content)})

    def test_again_with_the_same_torrent_but_never_over_another(self):
        self.share().stop()
        self.share().stop()
        torrent = self.folder / "model.bin.torrent"
        torrent.write_bytes(b"mine")
        process = self.start("share", self.content, "--tracker", self.tracker.url, cwd=self.folder)
        self.assertEqual(process.wait(30), 5, process.output())
        self.assertEqual(torrent.read_bytes(), b"mine")

    def test_it_is_the_torrent_that_torrentgen_makes(self):
        self.share("-o", self.folder / "shared.torrent").stop()
        made = self.make_torrent(self.content, "-a", self.tracker.url)
        self.assertEqual((self.folder / "shared.torrent").read_bytes(), made.read_bytes())

    def test_what_cannot_be_shared(self):
        done = run([program("shoal"), "share", self.folder / "nowhere", "--tracker", self.tracker.url])
        self.assertEqual(done.returncode, 5, done.stderr)


if __name__ == "__main__":
    unittest.main()
