"""shoal with what the field has: names that differ only in case, line breaks after a manifest, words of strangers."""

import json
import os
import unittest

from client_support import MIB, ClientTest, FileServer, Tracker, random_file, tree
from shoal_testing.processes import run, wait_until
from shoal_testing.tools import program


class Names(ClientTest):
    """As in /usr/include/linux/netfilter: libtorrent would rename the second of each pair."""

    def setUp(self):
        super().setUp()
        self.content = self.folder / "origin" / "headers"
        for seed, name in enumerate(("xt_MARK.h", "xt_mark.h", "other.h", "Sub/a", "sub/b")):
            random_file(self.content / name, 40_000, seed=seed)
        self.torrent = self.make_torrent(self.content, "--piece-size", "16KiB")
        self.wanted = {f"headers/{path}": of for path, of in tree(self.content).items()}

    def test_from_a_seed_by_file_and_by_magnet(self):
        _, address = self.seed(self.torrent, self.content)
        magnet = run([program("torrentgen"), "magnet", self.torrent]).stdout.strip()
        for number, source in enumerate((self.torrent, magnet)):
            with self.subTest(source=source):
                target = self.folder / f"target-{number}"
                self.assert_got(self.get(source, target, "--peer", address, "--seed-for", "0"))
                self.assertEqual(tree(target), self.wanted)

    def test_from_a_web_seed(self):
        server = self.serve(FileServer({f"/w/headers/{path.relative_to(self.content)}": path.read_bytes()
                                        for path in self.content.rglob("*") if path.is_file()}))
        torrent = self.make_torrent(self.content, "--piece-size", "16KiB", "--web-seed", server.url + "/w/", name="w.torrent")
        self.assert_got(self.get(torrent, self.folder / "target", "--seed-for", "0"))
        self.assertEqual(tree(self.folder / "target"), self.wanted)

    def test_in_the_daemon(self):
        _, address = self.seed(self.torrent, self.content)
        magnet = run([program("torrentgen"), "magnet", self.torrent, "--peer", address]).stdout.strip()
        daemon = self.daemon()
        self.rpc(daemon, "torrent-add", {"filename": magnet})
        downloads = self.folder / "downloads"
        wait_until(lambda: (downloads / "headers").exists() and not self.hidden(downloads), "the content is in its place")
        self.assertEqual(tree(downloads), self.wanted)


class OddBytes(ClientTest):
    def setUp(self):
        super().setUp()
        self.content = random_file(self.folder / "origin" / "model.bin", 2 * MIB)
        self.torrent = self.make_torrent(self.content)

    def test_a_line_break_after_the_manifest(self):
        with open(self.torrent, "ab") as file:
            file.write(b"\r\n")
        _, address = self.seed(self.torrent, self.content)
        result = self.get(self.torrent, self.folder / "target", "--peer", address, "--seed-for", "0")
        self.assert_got(result)
        self.assertIn("goes on after its end", json.dumps([e for e in result[1] if e["event"] == "warning"]))
        for command in (["show"], ["magnet"], ["verify"]):
            done = run([program("torrentgen"), *command, self.torrent, *([self.content] if command == ["verify"] else [])])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("goes on after its end", done.stdout + done.stderr)

    def test_other_bytes_after_the_manifest(self):
        with open(self.torrent, "ab") as file:
            file.write(b"<html>\x1b[31m")
        self.assert_failed(self.get(self.torrent, self.folder / "target"), 3, "11 bytes follow its end: '<html>\\x1b[31m'")

    def test_a_trackers_words_do_not_act_on_the_terminal(self):
        tracker = self.serve(Tracker(failure=b"bad \xff \x1b[31m\n line2\xe2\x80\xae" + b"x" * 20_000))
        done = run([program("shoal"), "get", self.torrent, "-o", self.folder / "target", "--listen", "127.0.0.1:0", "--no-dht",
                    "--no-lsd", "--tracker", tracker.url, "--timeout", "3s"])
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("\\x1b[31m\\x0a line2\\u202exxx", done.stderr)
        for line in done.stderr.splitlines():
            self.assertTrue(line.startswith("shoal: "), line[:200])
            self.assertLess(len(line), 4000)
            self.assertNotIn("\x1b", line)

    def test_a_tracker_that_is_a_web_page(self):
        page = self.serve(Tracker())
        page.answer = lambda query: b"<html>It works</html>"
        missing = self.serve(FileServer({}))
        for url, words in ((page.url, "not a tracker's"), (missing.url + "/announce", "answers HTTP 404 Not Found"),
                           (page.url.replace("/announce", "/key/announce"), "not a tracker's")):
            with self.subTest(url=url):
                _, _, errors = self.get(self.torrent, self.folder / "target", "--tracker", url, "--timeout", "3s")
                self.assertIn(words, errors)

    def test_a_tracker_of_this_machine_is_asked_unless_manifests_are_strangers(self):
        tracker = self.serve(Tracker())
        url = tracker.url.replace("/announce", "/key/announce")
        self.get(self.torrent, self.folder / "target", "--tracker", url, "--timeout", "1s")
        self.assertIn("started", tracker.events())
        _, _, errors = self.get(self.torrent, self.folder / "target", "--tracker", url, "--timeout", "3s", "--profile", "internet")
        self.assertIn("only be asked under /announce", errors)

    def test_content_that_is_cut_short_under_a_seed(self):
        process, address = self.seed(self.torrent, self.content)
        os.truncate(self.content, MIB)
        self.start(*self.get_args(self.torrent, self.folder / "target", "--peer", address, "--timeout", "20s"))
        self.assertEqual(process.wait(60), 6, process.output())
        self.assertIn("was changed while it was served", process.output())

    def test_content_that_changes_under_a_seed(self):
        process, _ = self.seed(self.torrent, self.content)
        with open(self.content, "r+b") as file:
            file.write(b"changed")
        self.assertEqual(process.wait(60), 6, process.output())
        self.assertRegex(process.output(), "was changed while it was served: .* was written to, .*differ")

    def test_content_that_is_replaced_under_a_seed(self):
        process, _ = self.seed(self.torrent, self.content)
        other = self.folder / "other"
        other.write_bytes(bytes(self.content.stat().st_size))
        os.replace(other, self.content)
        self.assertEqual(process.wait(60), 6, process.output())
        self.assertIn("was replaced", process.output())

    def test_content_that_is_only_touched_under_a_seed(self):
        process, address = self.seed(self.torrent, self.content)
        os.utime(self.content)
        process.wait_for("was read again, and is the same")
        self.assert_got(self.get(self.torrent, self.folder / "target", "--peer", address))

    def test_content_that_changes_under_a_get_that_seeds(self):
        _, address = self.seed(self.torrent, self.content)
        target = self.folder / "target"
        got = self.start(*self.get_args(self.torrent, target, "--peer", address, "--seed-for", "1h"))
        got.wait_for('"event":"done"')
        with open(target / self.content.name, "r+b") as file:
            file.write(b"changed")
        self.assertEqual(got.wait(60), 6, got.output())
        self.assertIn("was changed while it was served", got.output())


if __name__ == "__main__":
    unittest.main()
