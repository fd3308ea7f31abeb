"""torrentgen as a user meets it: real processes, real files, exit codes and messages."""

import hashlib
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

TORRENTGEN = str(Path(os.environ["SHOAL_BIN"]) / "torrentgen")
MIB = 1 << 20


def noise(size, seed):
    """The same bytes on every run and machine."""
    out = bytearray()
    counter = 0
    while len(out) < size:
        out += hashlib.sha512(f"{seed} {counter}".encode()).digest() * 64
        counter += 1
    return bytes(out[:size])


class TorrentgenCase(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="shoal-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def run_it(self, *arguments, code=0, **options):
        options.setdefault("cwd", self.folder)
        done = subprocess.run([TORRENTGEN, *map(str, arguments)], capture_output=True, timeout=60, **options)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        if code:
            self.assertRegex(done.stderr.decode(), r"^torrentgen: [^\n]+\n$", "an error is one line")
        return done

    def out(self, *arguments, **options):
        return self.run_it(*arguments, **options).stdout.decode()

    def err(self, *arguments, **options):
        return self.run_it(*arguments, **options).stderr.decode()

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def tree(self):
        self.write("tree/b.bin", noise(6 * MIB, "b"))
        self.write("tree/a/deep/c.bin", noise(100_000, "c"))
        self.write("tree/a.txt", b"text\n")
        self.write("tree/empty", b"")
        self.write("tree/日本 ü.txt", b"names\n")
        return self.folder / "tree"

    def names(self):
        return sorted(entry.name for entry in self.folder.iterdir())


class Create(TorrentgenCase):
    def test_writes_name_torrent_into_the_current_folder_and_says_so(self):
        self.write("f.bin", noise(11 * MIB, 1))
        out = self.out("create", "f.bin", "-a", "http://tracker:6969/announce")
        self.assertRegex(out, r"(?m)^name +f.bin$")
        self.assertRegex(out, r"(?m)^pieces +3 of 5MiB$")
        self.assertRegex(out, r"(?m)^info-hash +[0-9a-f]{40}$")
        self.assertRegex(out, r"(?m)^output +f.bin.torrent$")
        self.assertEqual(self.names(), ["f.bin", "f.bin.torrent"])

    def test_info_hash_is_what_the_standard_says(self):
        content = self.write("f", noise(7 * MIB, 1)).read_bytes()
        pieces = b"".join(hashlib.sha1(content[at : at + 5 * MIB]).digest() for at in (0, 5 * MIB))
        info = b"d6:lengthi%de4:name1:f12:piece lengthi5242880e6:pieces40:%se" % (len(content), pieces)
        made = json.loads(self.out("create", "f", "--json"))
        self.assertEqual(made["info_hash_v1"], hashlib.sha1(info).hexdigest())
        self.assertIn(info, (self.folder / "f.torrent").read_bytes())

    def test_same_content_gives_the_same_bytes(self):
        tree = self.tree()
        first = self.run_it("create", "tree", "-o", "-").stdout
        other = self.folder / "elsewhere" / "tree"
        other.mkdir(parents=True)
        for file in sorted(tree.rglob("*"), reverse=True):
            if file.is_file():
                target = other / file.relative_to(tree)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read_bytes())
                os.utime(target, (1, 1))
        again = self.run_it("create", other, "-o", "-", "--threads", "1", cwd="/").stdout
        self.assertEqual(first, again)
        self.assertNotIn(b"creation date", first)

    def test_output_goes_where_it_is_told(self):
        self.write("f", b"content")
        self.out("create", "f", "-o", "x.torrent")
        (self.folder / "sub").mkdir()
        self.out("create", "f", "-o", "sub/y.torrent")
        piped = self.run_it("create", "f", "-o", "-").stdout
        self.assertEqual(piped, (self.folder / "x.torrent").read_bytes())
        self.assertEqual(piped, (self.folder / "sub/y.torrent").read_bytes())
        shown = self.out("show", "-", input=piped)
        self.assertRegex(shown, r"(?m)^name +f$")

    def test_existing_output_stays_unless_forced(self):
        self.write("f", b"content")
        self.write("f.torrent", b"precious")
        self.assertIn("--force", self.err("create", "f", code=5))
        self.assertEqual((self.folder / "f.torrent").read_bytes(), b"precious")
        self.out("create", "f", "--force")
        self.assertTrue((self.folder / "f.torrent").read_bytes().startswith(b"d"))
        self.assertEqual(self.names(), ["f", "f.torrent"])

    def test_manifest_inside_its_own_content_is_not_taken(self):
        tree = self.tree()
        one = json.loads(self.out("create", ".", "--json", cwd=tree))
        two = json.loads(self.out("create", ".", "--json", "--force", cwd=tree))
        self.assertEqual(one, two)
        self.assertEqual(one["files"], 5)
        self.assertEqual(one["name"], "tree")

    def test_tiers(self):
        self.write("f", b"content")
        self.out("create", "f", "-a", "http://a/announce,http://b/announce", "--announce", "udp://c:1")
        shown = json.loads(self.out("show", "f.torrent", "--json"))
        self.assertEqual(shown["trackers"], [["http://a/announce", "http://b/announce"], ["udp://c:1"]])

    def test_everything_that_can_be_said_is_shown(self):
        self.write("f", b"content")
        self.out("create", "f", "-w", "http://w/f", "--dht-node", "router:6881", "--private", "--name", "other",
                 "--comment", "words", "--source", "here", "--date", "1700000000", "-p", "16KiB")
        shown = json.loads(self.out("show", "other.torrent", "--json"))
        for key, value in {
            "name": "other", "web_seeds": ["http://w/f"], "dht_nodes": ["router:6881"], "private": True,
            "comment": "words", "source": "here", "created_at": 1700000000, "piece_size": 16384, "pieces": 1,
            "size": 7, "single_file": True, "format": "v1",
        }.items():
            self.assertEqual(shown[key], value, key)
        human = self.out("show", "other.torrent")
        for text in ("words", "here", "2023-11-14 22:13:20 UTC", "router:6881", "http://w/f", "private"):
            self.assertIn(text, human)

    def test_filters(self):
        self.tree()
        self.write("tree/.hidden", b"1")
        self.write("tree/a/x.o", b"1")

        def taken(*options):
            plan = json.loads(self.out("create", "tree", "--dry-run", "--json", *options))
            return [file["path"] for file in plan["files"]]

        self.assertEqual(taken(), ["a/deep/c.bin", "a/x.o", "a.txt", "b.bin", "empty", "日本 ü.txt"])
        self.assertEqual(taken("--include", "*.txt"), ["a.txt", "日本 ü.txt"])
        self.assertEqual(taken("--exclude", "*.o", "--exclude", "deep"), ["a.txt", "b.bin", "empty", "日本 ü.txt"])
        self.assertEqual(taken("--include", "a/*", "--exclude", "a/x.o"), ["a/deep/c.bin"])
        self.assertIn(".hidden", taken("--hidden"))
        self.assertEqual(self.names(), ["tree"], "--dry-run writes nothing")

    def test_symbolic_links(self):
        self.write("tree/file", b"1")
        (self.folder / "tree/link").symlink_to("file")
        self.assertIn("link: symbolic link left out", self.err("create", "tree"))
        followed = json.loads(self.out("create", "tree", "--symlinks", "follow", "-o", "2", "--json"))
        self.assertEqual(followed["files"], 2)
        self.out("create", "tree", "--symlinks", "keep", "-o", "3")
        files = json.loads(self.out("show", "3", "--json"))["files"]
        self.assertEqual(files[1], {"path": "link", "size": 0, "symlink": "file"})

    def test_usage_errors(self):
        self.write("f", b"content")
        self.assertIn("use 4880KiB or 4896KiB", self.err("create", "f", "-p", "5MB", code=2))
        self.assertIn("use 4MiB or 8MiB", self.err("create", "f", "-p", "5MiB", "--format", "v2", code=2))
        self.assertIn("is not a URL", self.err("create", "f", "-a", "tracker", code=2))
        self.assertIn("v1|hybrid|v2", self.err("create", "f", "--format", "v3", code=2))
        self.assertIn("--help", self.err("create", code=2))
        self.assertIn("--help", self.err("create", "f", "--no-such-option", code=2))
        self.err("create", "f", "--threads", "0", code=2)
        self.err("create", "f", "-o", "-", "--json", code=2)
        self.err(code=2)
        self.assertEqual(self.names(), ["f"])

    def test_content_that_cannot_be_shared(self):
        self.assertIn("missing: No such file", self.err("create", "missing", code=5))
        (self.folder / "void").mkdir()
        self.assertIn("nothing in it", self.err("create", "void", code=5))
        self.write("f", b"")
        self.assertIn("nothing in it", self.err("create", "f", code=5))
        self.write("tree/ok", b"1")
        (self.folder / "tree/bad\udcff").write_bytes(b"1")
        self.assertIn("bad\\xff: the name is not UTF-8", self.err("create", "tree", code=5))
        self.assertEqual(self.names(), ["f", "tree", "void"])

    def test_options_from_a_file_and_the_environment(self):
        self.write("f", b"content")
        config = self.write("options.toml", b"[create]\npiece-size = '1MiB'\ncomment = 'from the file'\n")
        for arguments in (("create", "f", "--config", config), ("--config", config, "create", "f")):
            self.run_it(*arguments, "--force")
            self.assertEqual(json.loads(self.run_it("show", "f.torrent", "--json").stdout)["piece_size"], 1 << 20)
        self.run_it("create", "f", "--force", "--config", config, env={**os.environ, "SHOAL_PIECE_SIZE": "2MiB"})
        shown = json.loads(self.run_it("show", "f.torrent", "--json").stdout)
        self.assertEqual((shown["piece_size"], shown["comment"]), (2 << 20, "from the file"))

    def test_unreadable_folder_and_file_are_named(self):
        tree = self.tree()
        shutil.chown(self.folder, "nobody")
        self.folder.chmod(0o755)
        as_nobody = {"user": "nobody"} if os.geteuid() == 0 else {}
        (tree / "a/deep").chmod(0)
        self.addCleanup((tree / "a/deep").chmod, 0o700)
        self.assertIn("tree/a/deep: Permission denied", self.err("create", "tree", code=5, **as_nobody))
        (tree / "a/deep").chmod(0o755)
        (tree / "b.bin").chmod(0)
        self.assertIn("tree/b.bin: Permission denied", self.err("create", "tree", code=5, **as_nobody))
        self.assertEqual(self.names(), ["tree"])

    def test_unwritable_output_is_found_before_hashing(self):
        path = self.write("huge", b"x")
        os.truncate(path, 1 << 40)  # would take minutes to hash
        self.assertIn("no/such/x: No such file", self.err("create", "huge", "-o", "no/such/x", code=5))
        self.assertIn("Is a directory", self.err("create", "huge", "-o", ".", code=5))

    def test_full_output(self):
        self.write("f", b"content")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([TORRENTGEN, "create", "f", "-o", "-"], cwd=self.folder, stdout=full,
                                  stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 5)
        self.assertIn(b"No space left", done.stderr)

    def test_ctrl_c_leaves_nothing(self):
        path = self.write("huge", b"x")
        os.truncate(path, 1 << 40)
        for number in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([TORRENTGEN, "create", "huge"], cwd=self.folder, stderr=subprocess.PIPE)
            self.addCleanup(process.kill)
            wait_until_hashing(process.pid)
            process.send_signal(number)
            _, err = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 130)
            self.assertEqual(err.decode().count("\n"), 1)
            self.assertEqual(self.names(), ["huge"])

    def test_progress_is_drawn_on_a_terminal_only(self):
        path = self.write("huge", b"x")
        os.truncate(path, 1 << 40)
        master, slave = pty.openpty()
        process = subprocess.Popen([TORRENTGEN, "create", "huge"], cwd=self.folder, stderr=slave)
        self.addCleanup(process.kill)
        os.close(slave)
        drawn = b""
        while not re.search(rb"\[[#-]+\] +\d+%.*[MG]B/s.*left", drawn):
            readable, _, _ = select.select([master], [], [], 30)
            self.assertTrue(readable and len(drawn) < 1 << 16, drawn[-200:])
            drawn += os.read(master, 4096)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        os.close(master)
        self.write("f", b"content")
        self.assertEqual(self.err("create", "f", "-a", "http://t/announce"), "")


def wait_until_hashing(pid):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if len(os.listdir(f"/proc/{pid}/task")) > 1:
            return
        time.sleep(0.01)
    raise AssertionError("no hashing thread was started")


class CreateMore(TorrentgenCase):
    def test_every_format_of_file_and_folder_is_verified(self):
        tree = self.tree()
        for content in (tree, tree / "b.bin"):
            for form in ("v1", "hybrid", "v2"):
                made = json.loads(self.out("create", content, "--format", form, "-o", "x", "--force", "--json"))
                self.assertEqual(made["format"], form)
                self.assertEqual("info_hash_v1" in made, form != "v2")
                self.assertEqual("info_hash_v2" in made, form != "v1")
                self.assertEqual(made["piece_size"], 5 * MIB if form == "v1" else 4 * MIB)
                self.out("verify", "x", content)

    def test_standard_input_is_content(self):
        content = noise(11 * MIB + 5, 1)
        self.write("f.bin", content)
        for form in ("v1", "hybrid", "v2"):
            from_file = self.run_it("create", "f.bin", "-o", "-", "--format", form).stdout
            piped = self.run_it("create", "-", "--name", "f.bin", "-o", "-", "--format", form, input=content).stdout
            self.assertEqual(piped, from_file, form)
        self.assertIn("--name", self.err("create", "-", code=2, input=b"x"))
        self.assertIn("nothing in it", self.err("create", "-", "--name", "n", code=5, input=b""))

    def test_list_of_files(self):
        self.tree()
        self.write("list", b"a.txt\na/deep/c.bin\n\n")
        made = json.loads(self.out("create", "tree", "--from-list", "list", "--dry-run", "--json"))
        self.assertEqual([file["path"] for file in made["files"]], ["a/deep/c.bin", "a.txt"])
        made = json.loads(self.out("create", "tree", "--from-list", "-", "--dry-run", "--json", input=b"b.bin\0empty\0"))
        self.assertEqual([file["path"] for file in made["files"]], ["b.bin", "empty"])
        self.assertIn("not below", self.err("create", "tree", "--from-list", "-", code=2, input=b"../x\n"))
        self.assertIn("nope: No such file", self.err("create", "tree", "--from-list", "-", code=5, input=b"nope\n"))

    def test_similar_and_collections(self):
        self.write("f", b"content")
        self.write("g", b"more content")
        first = json.loads(self.out("create", "f", "--json"))
        self.out("create", "g", "--similar", "f.torrent", "--collection", "one", "--collection", "two")
        shown = json.loads(self.out("show", "g.torrent", "--json"))
        self.assertEqual(shown["similar"], [first["info_hash_v1"]])
        self.assertEqual(shown["collections"], ["one", "two"])

    def test_lint_warns(self):
        self.write("tree/a:b", b"1")
        err = self.err("create", "tree", "--private", "--node", "router:1")
        for text in ("private, yet it names DHT nodes", "nobody can find a peer", "'a:b' holds a ':'"):
            self.assertIn(text, err)
        self.assertIn("Windows refuses", self.out("show", "tree.torrent"))
        self.assertEqual(len(json.loads(self.out("show", "tree.torrent", "--json"))["unusual"]), 3)

    def test_memory_stays_small(self):
        path = self.write("huge", b"x")
        os.truncate(path, 8 << 30)
        for form, piece in (("v1", "5MiB"), ("v1", "512MiB"), ("hybrid", "4MiB"), ("v2", "4MiB")):
            process = subprocess.Popen([TORRENTGEN, "create", "huge", "-o", "x", "--format", form, "-p", piece],
                                       cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            self.addCleanup(process.kill)
            wait_until_hashing(process.pid)
            time.sleep(0.3)
            status = Path(f"/proc/{process.pid}/status").read_text()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
            self.assertLess(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]), 512 << 10)


class Edit(TorrentgenCase):
    def setUp(self):
        super().setUp()
        self.write("f", b"content")
        self.made = json.loads(self.out("create", "f", "-a", "http://a/announce", "-c", "old", "--json"))

    def shown(self, name="f.torrent"):
        return json.loads(self.out("show", name, "--json"))

    def test_changes_trackers_in_place_and_says_how(self):
        out = self.out("edit", "f.torrent", "--announce", "http://b/announce", "--no-comment")
        self.assertRegex(out, r"(?m)^- tracker 1 +http://a/announce$")
        self.assertRegex(out, r"(?m)^\+ tracker 1 +http://b/announce$")
        self.assertRegex(out, r"(?m)^- comment +old$")
        self.assertRegex(out, r"(?m)^  info-hash +[0-9a-f]{40}$")
        shown = self.shown()
        self.assertEqual(shown["trackers"], [["http://b/announce"]])
        self.assertEqual(shown["info_hash_v1"], self.made["info_hash_v1"])
        self.assertNotIn("comment", shown)

    def test_writes_elsewhere(self):
        before = (self.folder / "f.torrent").read_bytes()
        self.out("edit", "f.torrent", "-o", "g.torrent", "--add-announce", "udp://c:1")
        self.assertEqual((self.folder / "f.torrent").read_bytes(), before)
        self.assertEqual(self.shown("g.torrent")["trackers"], [["http://a/announce"], ["udp://c:1"]])
        self.assertIn("--force", self.err("edit", "f.torrent", "-o", "g.torrent", "--no-comment", code=5))
        piped = self.run_it("edit", "-", "--no-comment", input=before).stdout
        self.assertNotIn(b"old", piped)
        self.out("edit", "f.torrent", "--no-comment", "--dry-run")
        self.assertEqual((self.folder / "f.torrent").read_bytes(), before)

    def test_info_hash_changes_only_when_asked(self):
        self.assertIn("--new-info-hash", self.err("edit", "f.torrent", "--private", code=2))
        self.out("edit", "f.torrent", "--private", "--new-info-hash")
        self.assertNotEqual(self.shown()["info_hash_v1"], self.made["info_hash_v1"])
        self.assertTrue(self.shown()["private"])
        self.out("edit", "f.torrent", "--public", "--new-info-hash")
        self.assertEqual(self.shown()["info_hash_v1"], self.made["info_hash_v1"])

    def test_errors(self):
        self.assertIn("no such tracker", self.err("edit", "f.torrent", "--remove-announce", "http://x/", code=2))
        self.assertIn("is not a URL", self.err("edit", "f.torrent", "-a", "x", code=2))
        self.write("bad", b"d")
        self.assertIn("not a valid torrent", self.err("edit", "bad", "--no-comment", code=3))


class Show(TorrentgenCase):
    def test_tree(self):
        self.tree()
        self.out("create", "tree")
        shown = self.out("show", "tree.torrent")
        self.assertRegex(shown, r"(?s)files\n +a/\n +deep/\n +97.66 KiB +c.bin\n +5 B +a.txt\n")

    def test_control_characters_do_not_reach_the_terminal(self):
        self.write("f", b"content")
        self.out("create", "f", "--comment", "red\x1b[31m\nnext")
        shown = self.out("show", "f.torrent")
        self.assertNotIn("\x1b", shown)
        self.assertIn("red\\x1b[31m\\x0anext", shown)

    def test_bad_torrents(self):
        self.write("f", b"content")
        good = self.run_it("create", "f", "-o", "-").stdout
        for name, damaged in {
            "truncated": good[:-10],
            "trailing": good + b"x",
            "no pieces": good.replace(b"6:pieces20:", b"6:piecez20:"),
            "dot-dot": good.replace(b"4:name1:f", b"4:name11:../../etc/x"),
            "absolute": good.replace(b"4:name1:f", b"4:name6:/etc/x"),
            "piece length": good.replace(b"i5242880e", b"i0e"),
            "piece count": good.replace(b"6:lengthi7e", b"6:lengthi5242881e"),
            "empty": b"",
            "html": b"<html><body>404</body></html>",
        }.items():
            with self.subTest(name):
                self.write("bad.torrent", damaged)
                self.assertIn("bad.torrent: not a valid torrent", self.err("show", "bad.torrent", code=3))
                self.err("verify", "bad.torrent", "f", code=3)
                self.err("magnet", "bad.torrent", code=3)
        self.assertIn("No such file", self.err("show", "missing.torrent", code=5))


class Magnet(TorrentgenCase):
    def test_link(self):
        self.write("a b", b"content")
        made = json.loads(self.out("create", "a b", "-a", "http://t/announce", "--json"))
        link = self.out("magnet", "a b.torrent").strip()
        self.assertEqual(link, made["magnet"])
        self.assertEqual(link, f"magnet:?xt=urn:btih:{made['info_hash_v1']}&dn=a%20b&xl=7&tr=http%3A%2F%2Ft%2Fannounce")


class Verify(TorrentgenCase):
    def test_good_content(self):
        self.tree()
        self.out("create", "tree")
        self.assertIn("all 2 pieces match", self.out("verify", "tree.torrent", "tree"))
        self.assertIn("all 2 pieces match", self.out("verify", "tree.torrent", "."))
        self.assertTrue(json.loads(self.out("verify", "tree.torrent", "tree", "--json"))["matches"])

    def test_damage_is_named(self):
        tree = self.tree()
        self.out("create", "tree")
        with open(tree / "b.bin", "r+b") as file:
            file.seek(5 * MIB + 1000)
            file.write(b"!")
        done = self.run_it("verify", "tree.torrent", "tree", code=6)
        self.assertRegex(done.stdout.decode(), r"(?m)^differs +b.bin \(piece 1\)$")
        self.assertIn("does not match the manifest in piece 1", done.stderr.decode())
        (tree / "a.txt").unlink()
        done = self.run_it("verify", "tree.torrent", "tree", "--json", code=6)
        report = json.loads(done.stdout)
        self.assertFalse(report["matches"])
        self.assertIn({"path": "a.txt", "state": "missing", "piece_ranges": [[0, 0]]}, report["bad_files"])
        self.assertEqual(report["bad_piece_ranges"], [[0, 1]])

    def test_missing_content(self):
        self.tree()
        self.out("create", "tree")
        self.assertIn("nowhere: No such file", self.err("verify", "tree.torrent", "nowhere", code=5))


class Help(TorrentgenCase):
    def test_every_command_shows_an_example(self):
        for command in ("create", "show", "verify", "edit", "magnet"):
            self.assertIn(f"torrentgen {command} ", self.out(command, "--help"))
        self.assertIn("create", self.out("--help"))

    def test_version_names_the_libraries(self):
        self.assertRegex(self.out("--version"), r"^torrentgen \d+\.\d+\.\d+ \(libtorrent 2.*\)\n$")


if __name__ == "__main__":
    unittest.main()
