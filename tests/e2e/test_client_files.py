"""shoal get --files: some files of a torrent."""

import signal
import unittest

from client_support import MIB, ClientTest, Tracker, random_file, tree
from shoal_testing.processes import wait_until


class SomeFiles(ClientTest):
    FORMATS = ("v1", "hybrid", "v2")

    def setUp(self):
        super().setUp()
        self.content = self.folder / "set"
        # Sizes that share pieces of 256 KiB with their neighbours.
        for number, name in enumerate(("a.bin", "train/b.bin", "train/c.json", "z.bin")):
            random_file(self.content / name, (number + 1) * MIB + 12345, seed=number)
        self.all = tree(self.content)
        self.target = self.folder / "target"

    def torrent_and_seed(self, form="v1", *seed_options):
        self.torrent = self.make_torrent(self.content, "--piece-size", "256KiB", "--format", form, name=f"{form}.torrent")
        self.address = self.seed(self.torrent, self.content, *seed_options)[1]

    def get_files(self, *globs, more=()):
        options = [word for glob in globs for word in ("--files", glob)]
        return self.get(self.torrent, self.target, "--peer", self.address, *options, *more)

    def expect(self, *names):
        self.assertEqual(tree(self.target / "set"), {name: self.all[name] for name in names})
        self.assertEqual(self.hidden(self.target), [])

    def test_only_those_arrive_in_every_format(self):
        for form in self.FORMATS:
            with self.subTest(form):
                self.torrent_and_seed(form)
                self.target = self.folder / f"target-{form}"
                done = self.assert_got(self.get_files("c.json"))
                self.expect("train/c.json")
                self.assertEqual(done["bytes"], 3 * MIB + 12345)
                self.assertLess(done["downloaded"], 4 * MIB)

    def test_by_several_globs_and_by_magnet(self):
        self.torrent_and_seed()
        shown = self.get(self.torrent, self.folder / "other", "--peer", self.address)
        self.torrent = f"magnet:?xt=urn:btih:{self.assert_got(shown)['info_hash']}"
        self.assert_got(self.get_files("a.*", "set/z.bin"))
        self.expect("a.bin", "z.bin")

    def test_a_glob_that_matches_nothing_names_what_there_is(self):
        self.torrent_and_seed()
        self.assert_failed(self.get_files("a.bin", "*.gguf"), 2, "*.gguf", "train/c.json")
        self.assertFalse((self.target / "set").exists())

    def test_more_files_join_the_ones_of_before(self):
        self.torrent_and_seed()
        self.assert_got(self.get_files("a.bin"))
        before = (self.target / "set" / "a.bin").stat()
        done = self.assert_got(self.get_files("a.bin", "train/*"))
        self.expect("a.bin", "train/b.bin", "train/c.json")
        self.assertEqual((self.target / "set" / "a.bin").stat().st_mtime_ns, before.st_mtime_ns)
        self.assertLess(done["downloaded"], 6 * MIB)
        self.assertTrue(self.assert_got(self.get_files("b.bin", "c.json"))["already_complete"])

    def test_more_files_after_a_kill_leave_the_ones_of_before(self):
        self.torrent_and_seed()
        first = self.start(*self.get_args(self.torrent, self.target, "--peer", self.address, "--files", "a.bin", "--seed-for", "1h"))
        wait_until((self.target / "set" / "a.bin").exists, "the first file")
        first.wait_for("done")
        first.process.kill()
        first.process.wait()
        self.assert_got(self.get_files("train/*"))
        self.expect("a.bin", "train/b.bin", "train/c.json")

    def test_a_file_that_differs_is_replaced_only_by_force(self):
        self.torrent_and_seed()
        mine = self.target / "set" / "a.bin"
        mine.parent.mkdir(parents=True)
        mine.write_bytes(bytes(MIB + 12345))
        self.assert_failed(self.get_files("a.bin", "z.bin"), 6, "a.bin", "--force")
        self.assertEqual(mine.read_bytes(), bytes(MIB + 12345))
        self.assert_got(self.get_files("a.bin", "z.bin", more=["--force"]))
        self.expect("a.bin", "z.bin")

    def test_goes_on_after_an_interruption_also_with_another_choice(self):
        self.torrent_and_seed()
        for how, second in ((signal.SIGINT, ["z.bin"]), (signal.SIGKILL, ["z.bin"]), (signal.SIGINT, ["train/*", "z.bin"])):
            with self.subTest(how=how, second=second):
                self.target = self.folder / f"target-{how}-{len(second)}"
                process = self.start(*self.get_args(self.torrent, self.target, "--peer", self.address, "--files", "z.bin",
                                                    "--limit-down", "1MB/s"))
                process.wait_for(r'"pieces_done":([5-9]|1[0-6]),')
                process.stop(how)
                self.assert_got(self.get_files(*second))
                self.expect(*(["train/b.bin", "train/c.json"] if len(second) > 1 else []), "z.bin")

    def test_what_it_has_it_gives_to_others_edges_included(self):
        tracker = self.serve(Tracker())
        self.torrent = self.make_torrent(self.content, "--piece-size", "256KiB", "-a", tracker.url)
        seed, self.address = self.seed(self.torrent, self.content)
        first = self.start(*self.get_args(self.torrent, self.target, "--files", "train/b.bin", "--seed-for", "1h"))
        first.wait_for('"event":"done"')
        self.assertEqual(tree(self.target / "set"), {"train/b.bin": self.all["train/b.bin"]})
        seed.stop()
        second = self.folder / "second"
        self.assert_got(self.get(self.torrent, second, "--files", "train/b.bin", "--timeout", "30s"))
        self.assertEqual(tree(second / "set"), {"train/b.bin": self.all["train/b.bin"]})
        first.stop()
        self.expect("train/b.bin")


if __name__ == "__main__":
    unittest.main()
