"""The remote commands as people use them: several daemons, torrents by name, lists that are cut, narrow terminals."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import unicodedata
import unittest

from daemon_support import DaemonTest, wait_until
from shoal_testing.processes import Background, run
from shoal_testing.tools import program

NOBODY = "127.0.0.1:1"


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def on_a_terminal(words, columns):
    """What a program writes to a terminal of that many columns: its lines, without the codes that clear them."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                data = os.read(ours, 65536)
            except OSError:  # the other end was closed
                break
            if not data:
                break
            shown += data
        process.wait(60)
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    return [line for line in re.split(r"[\r\n]+", text) if line]


class RemoteCommands(DaemonTest):
    def second(self):
        """Another daemon, on folders of its own."""
        self.state, self.downloads = self.folder / "state-2", self.folder / "downloads-2"
        return self.daemon(log="second.log")

    def address(self, daemon):
        return f"127.0.0.1:{daemon.port}"

    def run_it(self, *words, expect=0):
        done = run([program("shoal"), *words])
        self.assertEqual(done.returncode, expect, f"{words}: {done.stdout}{done.stderr}")
        return done

    def test_several_daemons(self):
        _, torrent = self.torrent()
        first, second = self.daemon(), self.second()
        both = f"{self.address(first)},{self.address(second)}"
        added = self.run_it("add", torrent, "--paused", "--label", "nightly", "--rpc", both).stdout
        self.assertIn(f"{self.address(first)}: added 1 content.bin\n", added)
        self.assertIn(f"{self.address(second)}: added 1 content.bin\n", added)
        hosts = self.folder / "hosts"
        hosts.write_text(f"# all of them\n{self.address(first)}\n{self.address(second)} # the other\n")
        listed = self.run_it("ls", "--rpc", f"@{hosts}").stdout
        self.assertRegex(listed.splitlines()[0], r"^HOST .*AGE .*LABEL +NAME$")
        self.assertEqual(len(listed.splitlines()), 3, listed)
        rows = json.loads(self.run_it("list", "--json", "--rpc", self.address(first), "--rpc", self.address(second)).stdout)
        self.assertEqual([row["host"] for row in rows], [self.address(first), self.address(second)])
        self.assertEqual([row["labels"] for row in rows], [["nightly"], ["nightly"]])
        self.assertIn("HOST", self.run_it("status", "--rpc", both).stdout)
        self.assertEqual(len(json.loads(self.run_it("status", "--json", "--rpc", both).stdout)), 2)
        self.assertEqual(self.run_it("limit", "--up", "1MB/s", "--rpc", both).stdout.count("limits of the whole daemon"), 2)
        self.assertIn(self.address(second), self.run_it("top", "--once", "--rpc", both).stdout)
        removed = self.run_it("rm", "content.bin", "--rpc", both).stdout
        self.assertEqual(removed.count("removed 1 content.bin"), 2, removed)

    def test_where_no_daemon_answers_there_are_only_errors(self):
        _, torrent = self.torrent()
        nobody = f"{NOBODY},127.0.0.1:2"
        for words in [["list"], ["list", "--json"], ["status"], ["status", "--json"], ["status", "1"], ["top", "--once"],
                      ["add", torrent], ["add", torrent, "--json"], ["limit", "--up", "1MB/s", "--json"], ["pause", "all"]]:
            done = self.run_it(*words, "--rpc", nobody, expect=1)
            self.assertEqual(done.stdout, "", words)
            for host in nobody.split(","):
                self.assertIn(f"shoal: {host}: ", done.stderr, words)
            self.assertIn("2 of 2 daemons", done.stderr)

    def test_one_that_fails_does_not_hide_the_others(self):
        _, torrent = self.torrent()
        daemon = self.daemon()
        self.shoal(daemon, "add", torrent, "--paused")
        for words in (["list"], ["status"], ["status", "1"], ["pause", "1"], ["top", "--once"], ["list", "--json"]):
            with self.subTest(words=words):
                done = self.run_it(*words, "--rpc", f"{NOBODY},{self.address(daemon)}", expect=1)
                self.assertIn(self.address(daemon), done.stdout)
                self.assertRegex(done.stderr, rf"^shoal: {NOBODY}: .*\nshoal: 1 of 2 daemons: failed, .*\n$")
        self.run_it("list", "--rpc", NOBODY, expect=4)

    def test_torrents_by_name_label_and_beginning_of_the_hash(self):
        _, torrent = self.torrent()
        _, other = self.torrent(name="模型.bin", size=1 << 20)
        daemon = self.daemon()
        self.shoal(daemon, "add", torrent, "--paused", "--label", "nightly")
        self.shoal(daemon, "add", other, "--paused")
        info_hash = self.rows(daemon)[0]["info_hash"]
        for word in ("1", info_hash, info_hash.upper(), info_hash[:6], "content.bin", "nightly"):
            with self.subTest(word=word):
                self.assertEqual(self.shoal(daemon, "start", word), "resumed 1 content.bin\n")
                self.assertEqual(self.shoal(daemon, "stop", word), "paused 1 content.bin\n")
        self.assertEqual(self.shoal(daemon, "pause", "模型.bin"), "paused 2 模型.bin\n")
        self.assertIn("did you mean 'content.bin'?", self.shoal(daemon, "pause", "contnet.bin", expect=1))
        self.assertEqual(self.shoal(daemon, "list", "--for-completion"), "1\tcontent.bin\n2\t模型.bin\n")

    def test_a_list_is_cut_by_label_and_state(self):
        _, torrent = self.torrent()
        content, other = self.torrent(name="complete.bin", size=1 << 20)
        daemon = self.daemon()
        self.shoal(daemon, "add", torrent, "--paused", "--label", "nightly", "--label", "eu")
        self.shoal(daemon, "add", other, "--dir", content.parent, "--label", "nightly")
        wait_until(lambda: self.rows(daemon)[1]["state"] == "seeding", "it is a seed")

        def ids(*words):
            return [row["id"] for row in json.loads(self.shoal(daemon, "list", "--json", *words))]
        self.assertEqual(ids("--label", "nightly"), [1, 2])
        self.assertEqual(ids("--label", "eu"), [1])
        self.assertEqual(ids("--state", "paused"), [1])
        self.assertEqual(ids("--state", "seeding", "--label", "nightly"), [2])
        self.assertEqual(ids("--state", "error"), [])
        self.assertEqual(self.shoal(daemon, "list", "--state", "error"), "no such torrents\n")

    def test_an_error_says_why_and_whose(self):
        content, torrent = self.torrent()
        self.downloads.mkdir()
        (self.downloads / content.name).write_bytes(b"other content")
        self.tracker.stop()
        daemon = self.daemon()
        self.shoal(daemon, "add", torrent)
        wait_until(lambda: self.rows(daemon)[0]["state"] == "error", "the error")
        self.assertEqual(self.rows(daemon)[0]["error_of"], "machine")
        self.assertRegex(self.shoal(daemon, "list"), r"STATE +NAME +ERROR\n(.*\n)?.* error +content\.bin +of this machine: .*content\.bin")
        self.assertIn("error        of this machine: ", self.shoal(daemon, "status", "1"))
        _, other = self.torrent(name="other.bin", size=1 << 20)
        self.shoal(daemon, "add", other)
        wait_until(lambda: self.rows(daemon)[1]["error_of"] == "tracker", "the tracker's error")
        self.assertIn(f"error        of the tracker: http://127.0.0.1:{self.tracker_port}/announce: ", self.shoal(daemon, "status", "2"))

    def test_content_that_is_deleted_takes_the_folders_that_were_made_for_it(self):
        content, torrent = self.torrent(size=1 << 20)
        self.seed(torrent, content)
        daemon = self.daemon()
        mine = self.folder / "mine"
        mine.mkdir()
        for folder, leaves in ((self.folder / "made" / "deep", self.folder / "made"), (mine / "made", mine / "made"), (mine, None)):
            with self.subTest(folder=folder):
                self.shoal(daemon, "add", torrent, "--dir", folder)
                wait_until(lambda: self.rows(daemon)[0]["state"] == "seeding" and (folder / content.name).exists(), "it is complete")
                self.shoal(daemon, "rm", "all", "--delete-content")
                wait_until(lambda: not (folder / content.name).exists(), "the content is gone")
                if leaves:
                    wait_until(lambda: not leaves.exists(), "the folder is gone")
                self.assertTrue(mine.exists(), "this one was there")
        moved = self.folder / "moved" / "here"
        self.shoal(daemon, "add", torrent, "--dir", self.folder / "first")
        wait_until(lambda: self.rows(daemon)[0]["state"] == "seeding", "it is complete")
        self.call(daemon, "torrent-set-location", ids="recently-active", location=str(moved), move=True)
        wait_until((moved / content.name).exists, "it is moved")
        wait_until(lambda: not (self.folder / "first").exists(), "the folder that was made for it is gone")
        self.shoal(daemon, "rm", "all", "--delete-content")
        wait_until(lambda: not (self.folder / "moved").exists(), "the other one too")

    def test_sixty_columns_are_enough_and_wide_letters_keep_theirs(self):
        daemon = self.daemon()
        for name in ("模型数据.bin", "a name that would fill all of the sixty columns by itself.bin", "b.bin"):
            _, torrent = self.torrent(name=name, size=300_000)
            self.shoal(daemon, "add", torrent, "--paused", "--label", "nightly")
        for words in (["list"], ["top", "--once"]):
            with self.subTest(words=words):
                lines = on_a_terminal([program("shoal"), *words, "--rpc", self.address(daemon)], 60)
                self.assertEqual(max(map(width, lines)), 60, lines)
                rows = [line for line in lines if re.match(" *[123]  ", line)]
                self.assertEqual(len(rows), 3, lines)
                self.assertIn("模型数据.bin", rows[0])
                title = next(line for line in lines if line.endswith("NAME"))
                for row, name in zip(rows, ("模型", "a name", "b.bin")):
                    self.assertEqual(width(row[:row.index(name)]), title.index("NAME"), lines)

    def test_the_progress_line_is_cut(self):
        content, torrent = self.torrent(name="模型" * 12 + ".bin", size=2 << 20)
        seed = Background([program("shoal"), "seed", torrent, content, "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd"],
                          self.folder / "the-seed.log")
        self.addCleanup(seed.stop)
        address = seed.wait_for(r"listening on (127\.0\.0\.1:\d+)").group(1)
        lines = on_a_terminal([program("shoal"), "get", torrent, "-o", self.folder / "got", "--peer", address, "--no-dht", "--no-lsd",
                               "--listen", "127.0.0.1:0", "--limit-down", "1MB/s", "--seed-for", "0"], 60)
        drawn = [line for line in lines if line.startswith("[")]
        self.assertTrue(drawn, lines)
        self.assertLess(max(map(width, drawn)), 60, drawn)


if __name__ == "__main__":
    unittest.main()
