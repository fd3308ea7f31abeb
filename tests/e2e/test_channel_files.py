"""Keys and channels as files: made by shoal, read by minisign, and the reverse."""

import json
import os
import pathlib
import shutil
import tempfile
import unittest

from client_support import bencode
from shoal_testing.processes import run
from shoal_testing.tools import program, tool
from tracker_program import bdecode

TRACKER = "http://10.0.0.1:6969/announce"
REFUSED = 9


class ChannelCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def shoal(self, *words, code=0):
        done = run([program("shoal"), *map(str, words)], cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        if code:
            self.assertRegex(done.stderr, r"\Ashoal: [^\n]+\n\Z", "an error is one line")
            return done.stderr
        return done.stdout

    def minisign(self, *words, code=0):
        done = run([tool("minisign"), *map(str, words)], cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def keys(self, *names):
        for name in names:
            self.shoal("key", "new", name)

    def create(self, *words, name="camera/latest", root="root", code=0):
        return self.shoal("channel", "create", name, "--root", f"{root}.key", "--publisher", "camera.pub",
                          "--tracker", TRACKER, *words, code=code)


class Keys(ChannelCase):
    def test_the_secret_half_is_its_owners_alone_and_nothing_is_replaced(self):
        self.keys("root")
        secret, public = self.folder / "root.key", self.folder / "root.pub"
        self.assertEqual(secret.stat().st_mode & 0o777, 0o600)
        before = secret.read_bytes(), public.read_bytes()
        self.assertIn("root.key: is there already", self.shoal("key", "new", "root", code=5))
        self.assertEqual((secret.read_bytes(), public.read_bytes()), before)
        secret.unlink()
        self.assertIn("root.pub: is there already", self.shoal("key", "new", "root", code=5))
        self.assertFalse(secret.exists())

    def test_says_what_it_made(self):
        told = json.loads(self.shoal("key", "new", "root", "--json"))
        self.assertEqual((told["secret"], told["public"]), ("root.key", "root.pub"))
        self.assertIn(told["key"], (self.folder / "root.pub").read_text())

    def test_errors_name_what_to_do(self):
        self.assertIn("Permission denied" if os.geteuid() else "No such file", self.shoal("key", "new", "no/such/root", code=5))
        self.shoal("key", "new", "x/", code=2)
        self.shoal("key", "old", "x", code=2)

    def test_minisign_signs_and_verifies_with_our_key(self):
        self.keys("camera")
        (self.folder / "f").write_bytes(b"content")
        self.minisign("-S", "-s", "camera.key", "-m", "f")
        self.assertIn("verified", self.minisign("-V", "-p", "camera.pub", "-m", "f"))
        self.minisign("-R", "-s", "camera.key", "-p", "again.pub")
        self.assertEqual((self.folder / "again.pub").read_text(), (self.folder / "camera.pub").read_text())


class Channels(ChannelCase):
    def test_minisign_verifies_a_channel_that_we_sign(self):
        self.keys("root", "camera")
        self.create()
        channel = bdecode((self.folder / "camera-latest.channel").read_bytes())
        (self.folder / "f").write_bytes(channel["root"])
        (self.folder / "f.minisig").write_bytes(channel["signatures"][0])
        told = self.minisign("-V", "-p", "root.pub", "-m", "f")
        self.assertIn("Trusted comment: shoal root camera/latest 1", told)
        (self.folder / "f").write_bytes(channel["root"] + b"e")
        self.minisign("-V", "-p", "root.pub", "-m", "f", code=1)

    def test_we_take_a_channel_that_minisign_has_signed_with_its_own_keys(self):
        self.minisign("-G", "-W", "-s", "root.key", "-p", "root.pub")
        self.minisign("-G", "-W", "-s", "camera.key", "-p", "camera.pub")
        self.create()
        path = self.folder / "camera-latest.channel"
        channel = bdecode(path.read_bytes())
        (self.folder / "f").write_bytes(channel["root"])
        self.minisign("-S", "-s", "root.key", "-m", "f", "-t", "by hand")
        signature = (self.folder / "f.minisig").read_bytes()
        path.write_bytes(bencode({"root": channel["root"], "signatures": [signature]}))
        self.assertIn("camera/latest, root 1", self.shoal("channel", "show", path))

    def test_says_what_it_made_and_shows_it_again(self):
        self.keys("root", "camera")
        made = self.create("--keep", "5", "--expires", "2d", "--json")
        self.assertEqual(json.loads(made)["keep"], 5)
        self.assertEqual(json.loads(made)["head_lifetime"], 2 * 86400)
        self.assertEqual(self.shoal("channel", "show", "camera-latest.channel", "--json"), made)

    def test_a_changed_or_foreign_channel_is_refused(self):
        self.keys("root", "camera", "thief")
        self.create()
        path = self.folder / "camera-latest.channel"
        good = path.read_bytes()
        path.write_bytes(good.replace(b"10.0.0.1", b"10.0.0.2"))
        self.assertIn("0 of its own root keys have signed it, 1 must", self.shoal("channel", "show", path, code=REFUSED))
        path.write_bytes(good[:-1])
        self.shoal("channel", "show", path, code=REFUSED)
        path.write_bytes(b"")
        self.shoal("channel", "show", path, code=REFUSED)
        self.assertIn("No such file", self.shoal("channel", "show", "other.channel", code=5))

    def test_a_new_root_needs_the_old_ones_key(self):
        self.keys("root", "camera", "next")
        self.create()
        path = self.folder / "camera-latest.channel"
        old = path.read_bytes()
        self.assertIn("File exists", self.create(code=5))
        self.assertIn("0 of the old root's root keys have signed it, 1 must",
                      self.create("--after", path, root="next", code=REFUSED))
        self.assertEqual(path.read_bytes(), old)
        self.assertIn("root 2", self.create("--after", path, "--former-root", "root.key", root="next"))
        self.assertIn("root 2", self.shoal("channel", "show", path))
        self.assertNotEqual(path.read_bytes(), old)

    def test_errors_name_what_to_do(self):
        self.keys("root", "camera")
        self.assertIn("--root: it is missing", self.shoal("channel", "create", "a", code=2))
        self.assertIn("the name has a part that is empty", self.create(name="a//b", code=2))
        self.assertIn("'keep'", self.create("--keep", "1", code=2))
        self.assertIn("threshold", self.create("--threshold", "2", code=2))
        self.assertIn("--expires: it is less than a second", self.create("--expires", "1ms", code=2))
        self.assertIn("camera.pub: it is not a secret key", self.shoal(
            "channel", "create", "a", "--root", "camera.pub", "--publisher", "camera.pub", "--tracker", TRACKER, code=2))
        self.assertIn("camera.key: it is not a public key", self.shoal(
            "channel", "create", "a", "--root", "root.key", "--publisher", "camera.key", "--tracker", TRACKER, code=2))
        self.assertEqual([path.name for path in self.folder.glob("*.channel")], [])


if __name__ == "__main__":
    unittest.main()
