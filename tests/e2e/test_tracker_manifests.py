"""torrentgen and the tracker read manifests by the same rules: over a corpus, what the one reads the other registers."""

import http.client
import json
import os
import subprocess
import tempfile
import unittest

from tracker_program import Tracker

TORRENTGEN = os.path.join(os.environ.get("SHOAL_BIN", "build/dev/bin"), "torrentgen")
TOKEN = "a-long-admin-token"
HASHES = b"6:pieces20:" + b"h" * 20
PIECE = b"12:piece lengthi16384e"


def text(value):
    return b"%d:%s" % (len(value), value)


def v1(name=b"m", length=b"i5e", extra=b"", hashes=HASHES, piece=PIECE):
    return b"d4:infod6:length" + length + b"4:name" + text(name) + piece + hashes + extra + b"ee"


def folder(*files):
    return b"d4:infod5:filesl" + b"".join(files) + b"e4:name1:r" + PIECE + HASHES + b"ee"


def entry(*path, length=b"i5e", more=b""):
    return b"d" + more + b"6:length" + length + b"4:pathl" + b"".join(map(text, path)) + b"ee"


def v2(tree, more=b"", layers=b""):
    return b"d4:infod9:file tree" + tree + more + b"12:meta versioni2e4:name1:r" + PIECE + b"e" + layers + b"e"


ROOT = b"11:pieces root32:" + b"r" * 32
LEAF = b"d0:d6:lengthi7e" + ROOT + b"ee"
LINK = b"d0:d4:attr1:l12:symlink pathl1:feee"

# Written by hand: what other programs make, and what nobody should. Whether each is good is for the reader to say.
BY_HAND = {
    "v1": v1(), "v1 of nothing": v1(length=b"i0e"), "v1 of a negative length": v1(length=b"i-5e"),
    "v1 of a length with a zero in front": v1(length=b"i05e"), "v1 of more than 64 bits": v1(length=b"i99999999999999999999e"),
    "v1 without a name": b"d4:infod6:lengthi5e" + PIECE + HASHES + b"ee", "an empty name": v1(b""), "a name of dots": v1(b".."),
    "a slash in the name": v1(b"a/b"), "a name that is no UTF-8": v1(b"\xff"), "a name that turns": v1("\u202efdp.exe".encode()),
    "a long name": v1(b"n" * 240), "no piece length": v1(piece=b""), "no pieces": v1(hashes=b""),
    "too few pieces": v1(length=b"i50000e"), "half a piece hash": v1(hashes=b"6:pieces10:hhhhhhhhhh"),
    "a key twice": v1(extra=b"6:pieces0:"), "keys out of order": b"d4:infod" + PIECE + b"4:name1:m6:lengthi5e" + HASHES + b"ee",
    "private, with a source": v1(extra=b"7:privatei1e6:source3:abc"), "both a length and files": v1(extra=b"5:filesl" + entry(b"a") + b"e"),
    "a folder": folder(entry(b"a"), entry(b"d", b"b")), "the same path twice": folder(entry(b"a"), entry(b"a")),
    "a file that is a folder": folder(entry(b"a"), entry(b"a", b"b")), "a path upwards": folder(entry(b"..", b"a")),
    "padding": folder(entry(b"a"), entry(b".pad", b"9", length=b"i9e", more=b"4:attr1:p")), "a file without a length": folder(b"d4:pathl1:aee"),
    "a link": folder(entry(b"a"), b"d4:attr1:l4:pathl1:le12:symlink pathl1:aee"), "files that are no list": b"d4:infod5:filesi1e4:name1:r" + PIECE + HASHES + b"ee",
    "v2": v2(b"d1:f" + LEAF + b"e"), "v2 with a kept link": v2(b"d1:f" + LEAF + b"1:l" + LINK + b"e"),
    "v2 with a link to nowhere": v2(b"d1:f" + LEAF + b"1:ld0:d4:attr1:leee"), "v2 without a root": v2(b"d1:fd0:d6:lengthi7eeee"),
    "v2 of nothing": v2(b"de"), "v2 that pads": v2(b"d1:fd0:d4:attr1:p6:lengthi7e" + ROOT + b"eee"),
    "v2 with pieces but no v1 files": v2(b"d1:f" + LEAF + b"e")[:-2] + HASHES + b"ee",
    "v2 without its layer": v2(b"d1:fd0:d6:lengthi70000e" + ROOT + b"eee"), "meta version 3": v1(extra=b"12:meta versioni3e"),
    "a hybrid": b"d4:infod9:file treed1:r" + LEAF + b"e6:lengthi7e12:meta versioni2e4:name1:r" + PIECE + HASHES + b"ee",
    "a hybrid that disagrees": b"d4:infod9:file treed1:r" + LEAF + b"e6:lengthi8e12:meta versioni2e4:name1:r" + PIECE + HASHES + b"ee",
    "nothing": b"", "a page": b"<html></html>", "a list": b"le", "no info": b"de", "an info that is a list": b"d4:infolee",
    "something behind it": v1() + b"x", "a line break behind it": v1() + b"\n", "cut off": v1()[:-1], "deep": b"d4:info" + b"l" * 200 + b"e" * 200 + b"e",
}


class OneReader(unittest.TestCase):
    def setUp(self):
        self.tracker = self.enterContext(Tracker("--admin-token", TOKEN))
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def compare(self, name, manifest):
        """Both take it, and alike, or both refuse it. True where they take it."""
        show = subprocess.run([TORRENTGEN, "show", "-", "--json"], input=manifest, capture_output=True, timeout=60)
        client = http.client.HTTPConnection("127.0.0.1", self.tracker.port, timeout=60)
        client.request("POST", "/api/v1/torrents", manifest, {"Authorization": "Bearer " + TOKEN})
        answer = client.getresponse()
        made = json.loads(answer.read())
        client.close()
        with self.subTest(manifest=name):
            if show.returncode != 0:
                self.assertEqual(show.returncode, 3, show.stderr)
                self.assertEqual(answer.status, 400, made)
                why = show.stderr.decode().split("not a valid torrent: ")[1].strip()
                self.assertIn(why, made["error"], "for the same reason")
                return False
            shown = json.loads(show.stdout)
            self.assertEqual(answer.status, 201, made)
            hashes = [h[:40] for h in (shown.get("info_hash_v1"), shown.get("info_hash_v2")) if h]
            self.assertEqual(made, {"info_hashes": hashes, "name": shown["name"], "size": shown["size"]})
        return show.returncode == 0

    def test_what_was_written_by_hand(self):
        taken = {name for name, manifest in BY_HAND.items() if self.compare(name, manifest)}
        self.assertLessEqual({"v1", "a folder", "padding", "a link", "keys out of order", "v2", "v2 with a kept link",
                              "v2 with pieces but no v1 files", "a hybrid"}, taken)
        self.assertGreater(len(BY_HAND) - len(taken), 25, "most of the others are bad")

    def test_what_torrentgen_makes(self):
        content = os.path.join(self.folder, "content")
        for path, size in (("a.bin", 100_000), ("sub/b.bin", 70_000), ("sub/empty", 0), ("\u00fcn\u00ef", 16384), (".hidden", 9)):
            os.makedirs(os.path.dirname(os.path.join(content, path)), exist_ok=True)
            with open(os.path.join(content, path), "wb") as file:
                file.write(os.urandom(size))
        os.symlink("a.bin", os.path.join(content, "link"))
        os.symlink("sub", os.path.join(content, "folder-link"))
        made = 0
        for version in ("v1", "hybrid", "v2"):
            for target in (content, os.path.join(content, "a.bin")):
                for options in ((), ("--symlinks", "keep", "--hidden"), ("--symlinks", "follow"), ("--private", "--source", "x"),
                                ("--name", "another"), ("--announce", "http://t/announce", "--comment", "c", "--date", "now")):
                    out = os.path.join(self.folder, f"{made}.torrent")
                    subprocess.run([TORRENTGEN, "create", target, "-o", out, "--piece-size", "16KiB", "--format", version, *options],
                                   check=True, capture_output=True, timeout=60)
                    with open(out, "rb") as file:
                        self.assertTrue(self.compare(f"{version} {os.path.basename(target)} {options}", file.read()))
                    made += 1
        self.assertEqual(made, 36)


if __name__ == "__main__":
    unittest.main()
