"""Magnet links of v1, hybrid and v2 torrents, and manifests without piece layers: get, seed and the daemon."""

import base64
import json
import shutil

from client_support import MIB, ClientTest, random_file, tree
from shoal_testing.processes import run, wait_until
from shoal_testing.tools import program

FORMATS = ("v1", "hybrid", "v2")


def without_layers(torrent, target):
    """The same manifest as a magnet link would give it: the last key of the outer dictionary is the piece layers."""
    data = torrent.read_bytes()
    at = data.rindex(b"12:piece layersd")
    target.write_bytes(data[:at] + b"e")
    return target


class MagnetTest(ClientTest):
    def setUp(self):
        super().setUp()
        self.content = self.folder / "origin" / "dir"
        random_file(self.content / "a.bin", 3 * MIB + 1, seed=1)
        random_file(self.content / "sub" / "b.bin", 200_000, seed=2)
        random_file(self.content / "small", 100, seed=3)
        self.wanted = {f"dir/{path}": of for path, of in tree(self.content).items()}

    def torrent(self, format):
        torrent = self.make_torrent(self.content, "--format", format, "--piece-size", "64KiB", name=f"{format}.torrent")
        _, address = self.seed(torrent, self.content)
        shown = json.loads(run([program("torrentgen"), "show", "--json", torrent]).stdout)
        return torrent, address, shown

    def links(self, shown, address):
        """Every link that names this torrent."""
        v1, v2 = shown.get("info_hash_v1"), shown.get("info_hash_v2")
        peer = f"&x.pe={address.replace(':', '%3A')}"
        if v1:
            yield f"magnet:?xt=urn:btih:{v1}{peer}"
        if v2:
            yield f"magnet:?xt=urn:btmh:1220{v2}{peer}"
        yield shown["magnet"] + peer

    def list(self, daemon):
        done = run([program("shoal"), "list", "--json", "--rpc", f"127.0.0.1:{daemon.port}"])
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def add(self, daemon, *args):
        done = run([program("shoal"), "add", *args, "--rpc", f"127.0.0.1:{daemon.port}"])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class ByGet(MagnetTest):
    def test_every_format_by_each_hash(self):
        for format in FORMATS:
            torrent, address, shown = self.torrent(format)
            for number, link in enumerate(self.links(shown, address)):
                with self.subTest(link=link):
                    target = self.folder / f"{format}-{number}"
                    self.assert_got(self.get(link, target, "--seed-for", "0"))
                    self.assertEqual(tree(target), self.wanted)
                    self.assertEqual(self.hidden(target), [])

    def test_manifests_without_piece_layers(self):
        for format in ("hybrid", "v2"):
            torrent, address, _ = self.torrent(format)
            bare = without_layers(torrent, self.folder / f"bare-{format}.torrent")
            with self.subTest(format=format):
                target = self.folder / f"by-file-{format}"
                self.assert_got(self.get(bare, target, "--peer", address, "--seed-for", "0"))
                self.assertEqual(tree(target), self.wanted)
                self.assertTrue(self.assert_got(self.get(bare, target, "--seed-for", "0"))["already_complete"])
                # Who seeds by it finds the layers in the content, and can tell them.
                _, other = self.seed(bare, target / "dir")
                second = self.folder / f"second-{format}"
                self.assert_got(self.get(bare, second, "--peer", other, "--seed-for", "0"))
                self.assertEqual(tree(second), self.wanted)

    def test_a_v2_magnet_goes_on_after_a_kill(self):
        _, address, shown = self.torrent("v2")
        target = self.folder / "target"
        args = self.get_args(shown["magnet"], target, "--peer", address)
        first = self.start(*args, "--limit-down", "700kB/s")
        wait_until(lambda: list(target.glob(".shoal-*/manifest")) and
                   b"12:piece layers" in next(target.glob(".shoal-*/manifest")).read_bytes(), "the piece layers are kept")
        first.process.kill()
        first.process.wait()
        self.assert_got(self.get(shown["magnet"], target, "--peer", address, "--seed-for", "0"))
        self.assertEqual(tree(target), self.wanted)

    def test_links_as_people_write_them(self):
        _, address, shown = self.torrent("v1")
        own = run([program("torrentgen"), "magnet", self.folder / "v1.torrent", "--peer", address]).stdout.strip()
        port, v1 = address.rpartition(":")[2], shown["info_hash_v1"]
        links = [own, f"MAGNET:?xt=urn:btih:{v1}&x.pe={address}", f"magnet:?xt=URN:BTIH:{v1.upper()}&x.pe={address}",
                 f"  magnet:?xt=urn:btih:{v1}&x.pe={address}\n", f"magnet:?xt=urn:btih:{v1}&x.pe=localhost:{port}"]
        for number, link in enumerate(links):
            with self.subTest(link=link):
                target = self.folder / f"target-{number}"
                self.assert_got(self.get(link, target, "--seed-for", "0"))
                self.assertEqual(tree(target), self.wanted)

    def test_bare_hashes_and_file_urls(self):
        _, address, shown = self.torrent("hybrid")
        base32 = base64.b32encode(bytes.fromhex(shown["info_hash_v1"])).decode()
        spaced = self.folder / "with blank.torrent"
        shutil.copy(self.folder / "hybrid.torrent", spaced)
        url = spaced.as_uri()
        self.assertIn("%20", url)
        for number, source in enumerate((base32, base32.lower(), shown["info_hash_v2"], url, url.replace("///", "//localhost/"))):
            with self.subTest(source=source):
                target = self.folder / f"target-{number}"
                self.assert_got(self.get(source, target, "--peer", address, "--seed-for", "0"))
                self.assertEqual(tree(target), self.wanted)
        self.assert_failed(self.get("file://elsewhere/x.torrent", self.folder / "no"), 2, "elsewhere", "file:///PATH")
        self.assert_failed(self.get("ftp://elsewhere/x.torrent", self.folder / "no"), 2, "ftp is no way", "http(s)")

    def test_the_choice_of_files(self):
        _, address, shown = self.torrent("v1")
        names = [file["path"] for file in shown["files"]]
        link = f"magnet:?xt=urn:btih:{shown['info_hash_v1']}&x.pe={address}"
        for number, (so, chosen) in enumerate([("so=1", [1]), ("so=0", [0]), ("so=0-1", [0, 1]), ("so=0,2", [0, 2]),
                                               ("so=0&so=2", [0, 2]), ("so=0-2", [0, 1, 2])]):
            with self.subTest(so=so):
                target = self.folder / f"target-{number}"
                self.assert_got(self.get(f"{link}&{so}", target, "--seed-for", "0"))
                self.assertEqual(tree(target), {f"dir/{names[i]}": self.wanted[f"dir/{names[i]}"] for i in chosen})
        nowhere = self.folder / "nowhere"
        self.assert_failed(self.get(f"{link}&so=99", nowhere), 3, "so=99", "dir has 3 files, so=0 to so=2")
        self.assert_failed(self.get(f"{link}&so=2-1", nowhere), 3, "so=2-1 is no selection")
        self.assert_got(self.get(f"{link}&so=99", nowhere, "--files", names[2], "--seed-for", "0"))

    def test_hashes_of_two_torrents(self):
        _, address, shown = self.torrent("hybrid")
        link = f"magnet:?xt=urn:btih:{shown['info_hash_v1']}&xt=urn:btmh:1220{'ab' * 32}&x.pe={address}"
        self.assert_failed(self.get(link, self.folder / "target", "--timeout", "10s"), 3, "magnet:", "different torrents")


class ByDaemon(MagnetTest):
    def test_every_format_by_link_rpc_and_watch_folder(self):
        watch = self.folder / "watch"
        daemon = self.daemon("--watch-dir", watch)
        for format in FORMATS:
            _, address, shown = self.torrent(format)
            ways = [lambda link: self.add(daemon, link, "--dir", self.folder / f"{format}-0"),
                    lambda link: self.rpc(daemon, "torrent-add", {"filename": link, "download-dir": str(self.folder / f"{format}-1")})]
            for number, link in enumerate(list(self.links(shown, address))[:2]):
                with self.subTest(link=link):
                    ways[number](link)
                    self.finish(daemon, self.folder / f"{format}-{number}")
            (watch / f"{format}.magnet").write_text(list(self.links(shown, address))[-1] + "\r\n")
            with self.subTest(format=format, way="watch folder"):
                self.finish(daemon, self.folder / "downloads")

    def finish(self, daemon, target):
        """What it downloads there gets complete; then it is removed with its content."""
        wait_until(lambda: all(row["state"] == "seeding" for row in self.list(daemon)) and (target / "dir").exists()
                   and not self.hidden(target), f"{self.list(daemon)} is complete in {target}")
        self.assertEqual(tree(target), self.wanted)
        for row in self.list(daemon):
            run([program("shoal"), "remove", str(row["id"]), "--delete-content", "--rpc", f"127.0.0.1:{daemon.port}"])
        wait_until(lambda: not self.list(daemon) and not (target / "dir").exists(), "it is removed")

    def test_a_v2_magnet_survives_restarts(self):
        _, address, shown = self.torrent("v2")
        daemon = self.daemon()
        self.add(daemon, f"{shown['magnet']}&x.pe={address}")
        stored = self.folder / "state" / "torrents" / "1.torrent"
        wait_until(lambda: stored.exists() and b"12:piece layers" in stored.read_bytes(), "the piece layers are kept")
        wait_until(lambda: self.list(daemon)[0]["state"] == "seeding", "it is complete")
        for _ in range(2):
            daemon.process.kill()
            daemon.process.wait()
            daemon = self.daemon()
            wait_until(lambda: self.list(daemon)[0]["state"] == "seeding", "it seeds again")
            self.assertEqual(tree(self.folder / "downloads"), self.wanted)

    def test_a_manifest_without_piece_layers(self):
        torrent, _, _ = self.torrent("v2")
        daemon = self.daemon()
        bare = without_layers(torrent, self.folder / "bare.torrent")
        # Its content is there already: nothing has to come from peers.
        shutil.copytree(self.content, self.folder / "downloads" / "dir")
        self.add(daemon, bare)
        wait_until(lambda: self.list(daemon)[0]["state"] == "seeding", "it is complete")
        stored = self.folder / "state" / "torrents" / "1.torrent"
        wait_until(lambda: b"12:piece layers" in stored.read_bytes(), "the content tells the piece layers")

    def test_the_choice_of_files(self):
        _, address, shown = self.torrent("v1")
        names = [file["path"] for file in shown["files"]]
        daemon = self.daemon()
        self.add(daemon, f"{shown['magnet']}&x.pe={address}&so=2")
        wait_until(lambda: self.list(daemon)[0]["state"] == "seeding", "it is complete")
        got = tree(self.folder / "downloads")
        self.assertEqual({path: of for path, of in got.items() if not path.startswith(".")},
                         {f"dir/{names[2]}": self.wanted[f"dir/{names[2]}"]})

    def test_one_torrents_trouble_is_its_own(self):
        _, address, shown = self.torrent("v1")
        daemon = self.daemon()
        self.add(daemon, f"{shown['magnet']}&x.pe={address}&so=7")
        wait_until(lambda: self.list(daemon)[0]["state"] == "error", "the choice is refused")
        _, address, shown = self.torrent("v2")
        self.add(daemon, f"{shown['magnet']}&x.pe={address}")
        rows = wait_until(lambda: (rows := self.list(daemon))[1]["state"] == "seeding" and rows, "the other is complete")
        self.assertIn("so=7: dir has 3 files, so=0 to so=2", json.dumps(rows[0]))
