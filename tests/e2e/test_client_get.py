"""shoal get: from every kind of source, into every kind of target."""

import os
import pathlib
import unittest

from client_support import MIB, ClientTest, FileServer, Tracker, digest, random_file, tree
from shoal_testing.processes import run, wait_until
from shoal_testing.tools import program


class FromASeed(ClientTest):
    def setUp(self):
        super().setUp()
        self.content = random_file(self.folder / "origin" / "model.bin", 12 * MIB + 345)
        self.torrent = self.make_torrent(self.content)
        self.target = self.folder / "target"

    def test_a_file_by_peer_address_alone(self):
        _, address = self.seed(self.torrent, self.content)
        result = self.get(self.torrent, self.target, "--peer", address)
        done = self.assert_got(result)
        self.assertEqual(tree(self.target), {"model.bin": digest(self.content)})
        self.assertEqual(self.hidden(self.target), [])
        self.assertEqual(done["path"], str(self.target / "model.bin"))
        self.assertEqual(done["bytes"], self.content.stat().st_size)
        self.assertFalse(done["already_complete"])
        self.assertEqual(result[1][0]["event"], "metadata")
        self.assertEqual(result[1][0]["pieces"], 3)

    def test_a_peer_by_host_name(self):
        _, address = self.seed(self.torrent, self.content)
        self.assert_got(self.get(self.torrent, self.target, "--peer", address.replace("127.0.0.1", "localhost")))
        self.assertEqual(tree(self.target), {"model.bin": digest(self.content)})

    def test_a_magnet_link_by_peer_address_alone(self):
        _, address = self.seed(self.torrent, self.content)
        magnet = run([program("torrentgen"), "magnet", self.torrent]).stdout.strip()
        result = self.get(magnet, self.target, "--peer", address)
        self.assert_got(result)
        self.assertEqual(tree(self.target), {"model.bin": digest(self.content)})
        self.assertEqual(self.hidden(self.target), [])

    def test_a_bare_info_hash(self):
        _, address = self.seed(self.torrent, self.content)
        shown = run([program("torrentgen"), "magnet", self.torrent]).stdout
        info_hash = shown.split("btih:")[1][:40]
        self.assert_got(self.get(info_hash, self.target, "--peer", address))
        self.assertEqual(tree(self.target), {"model.bin": digest(self.content)})

    def test_a_torrent_behind_a_url_and_a_redirect(self):
        _, address = self.seed(self.torrent, self.content)
        server = self.serve(FileServer({"/a.torrent": self.torrent.read_bytes(), "/old": ("redirect", "/a.torrent")}))
        self.assert_got(self.get(server.url + "/old", self.target, "--peer", address))
        self.assertEqual(tree(self.target), {"model.bin": digest(self.content)})

    def test_urls_that_lead_nowhere(self):
        server = self.serve(FileServer({"/page": b"<html>not a torrent</html>",
                                        "/trap": ("redirect", f"file://{self.torrent}")}))
        self.assert_failed(self.get(server.url + "/missing", self.target), 1, "404")
        self.assert_failed(self.get(server.url + "/page", self.target), 3, server.url + "/page")
        self.assert_failed(self.get(server.url + "/trap", self.target), 1, "/trap")
        server.close()
        self.assert_failed(self.get(server.url + "/page", self.target), 4, server.url)
        self.assertFalse(self.target.exists())

    def test_a_folder_with_empty_files_and_odd_names(self):
        origin = self.folder / "origin" / "data set"
        random_file(origin / "a" / "weights.bin", 6 * MIB + 1, seed=2)
        random_file(origin / "naïve – 模型.txt", 70_000, seed=3)
        (origin / "empty").touch()
        (origin / "a" / "also empty").touch()
        random_file(origin / "deep" / "er" / "x", 1, seed=4)
        torrent = self.make_torrent(origin, name="folder.torrent")
        _, address = self.seed(torrent, origin)
        self.assert_got(self.get(torrent, self.target, "--peer", address))
        self.assertEqual(tree(self.target / "data set"), tree(origin))
        self.assertEqual(sorted(p.name for p in self.target.iterdir()), ["data set"])

    def test_executable_files_stay_executable(self):
        data = b"#!/bin/sh\necho hello\n"
        import hashlib
        from client_support import bencode
        info = {"name": "tools", "piece length": 16384, "pieces": hashlib.sha1(data + b"plain").digest(),
                "files": [{"path": ["run.sh"], "length": len(data), "attr": "x"}, {"path": ["text"], "length": 5}]}
        torrent = self.folder / "tools.torrent"
        torrent.write_bytes(bencode({"info": info}))
        origin = self.folder / "origin" / "tools"
        origin.mkdir(parents=True)
        (origin / "run.sh").write_bytes(data)
        (origin / "text").write_bytes(b"plain")
        _, address = self.seed(torrent, origin)
        self.assert_got(self.get(torrent, self.target, "--peer", address))
        self.assertTrue(os.access(self.target / "tools" / "run.sh", os.X_OK))
        self.assertFalse((self.target / "tools" / "text").stat().st_mode & 0o111)

    def test_three_at_once_find_each_other_through_a_tracker(self):
        tracker = self.serve(Tracker())
        torrent = self.make_torrent(self.content, "-a", tracker.url, name="tracked.torrent")
        self.seed(torrent, self.content)
        targets = [self.folder / f"target-{n}" for n in range(3)]
        gets = [self.start(*self.get_args(torrent, target)) for target in targets]
        for process, target in zip(gets, targets):
            self.assertEqual(process.wait(60), 0, process.output())
            self.assertEqual(tree(target), {"model.bin": digest(self.content)})
        self.assertEqual(tracker.events().count("completed"), 3)

    def test_who_comes_before_the_seed_does_not_wait_for_the_interval(self):
        tracker = self.serve(Tracker(interval=1800, peers_for_seeds=False))
        torrent = self.make_torrent(self.content, "-a", tracker.url, name="tracked.torrent")
        get = self.start(*self.get_args(torrent, self.target))
        wait_until(lambda: tracker.heard, "the announce of get")
        self.seed(torrent, self.content)
        self.assertEqual(get.wait(120), 0, get.output())

    def test_trackers_can_be_added(self):
        tracker = self.serve(Tracker())
        self.seed(self.make_torrent(self.content, "-a", tracker.url, name="tracked.torrent"), self.content)
        # The torrent without a tracker has the same info-hash.
        self.assert_got(self.get(self.torrent, self.target, "--tracker", tracker.url))
        self.assertEqual(tree(self.target), {"model.bin": digest(self.content)})


class SeveralAndGoals(ClientTest):
    def setUp(self):
        super().setUp()
        self.contents = [random_file(self.folder / "origin" / f"part-{n}", 3 * MIB + n, seed=n) for n in range(3)]
        self.torrents = [self.make_torrent(c, name=f"{c.name}.torrent") for c in self.contents]
        self.target = self.folder / "target"

    def test_several_torrents_side_by_side(self):
        peers = []
        for torrent, content in zip(self.torrents, self.contents):
            peers += ["--peer", self.seed(torrent, content)[1]]
        code, events, errors = self.get(self.torrents[0], self.target, *self.torrents[1:], *peers)
        self.assertEqual(code, 0, errors)
        self.assertEqual(tree(self.target), {c.name: digest(c) for c in self.contents})
        self.assertEqual(sum(event["event"] == "done" for event in events), 3)

    def test_one_that_fails_does_not_stop_the_others(self):
        _, address = self.seed(self.torrents[0], self.contents[0])
        bad = self.folder / "bad.torrent"
        bad.write_bytes(b"not a torrent")
        code, events, errors = self.get(bad, self.target, self.torrents[0], "--peer", address)
        self.assertEqual(code, 3, errors)
        self.assertIn("bad.torrent", errors)
        self.assertEqual(tree(self.target), {"part-0": digest(self.contents[0])})

    def test_seeds_until_another_peer_is_done(self):
        tracker = self.serve(Tracker())
        torrent = self.make_torrent(self.contents[0], "-a", tracker.url, name="tracked.torrent")
        self.seed(torrent, self.contents[0])
        process = self.start(*self.get_args(torrent, self.target, "--until-peers-done", "2"))
        process.wait_for('"event":"seeding"')
        self.assert_got(self.get(torrent, self.folder / "second", "--seed-for", "1h", "--until-peers-done", "1"))
        self.assertIsNone(process.process.poll())  # its tracker's count fell back to one when that one left
        tracker.swarm.update({1: 0, 2: 0})
        self.assertEqual(process.wait(40), 0, process.output())

    def test_seeds_to_a_ratio(self):
        tracker = self.serve(Tracker())
        torrent = self.make_torrent(self.contents[0], "-a", tracker.url, name="tracked.torrent")
        seed, _ = self.seed(torrent, self.contents[0])
        process = self.start(*self.get_args(torrent, self.target, "--seed-ratio", "1"))
        process.wait_for('"event":"done"')
        seed.stop()
        self.assert_got(self.get(torrent, self.folder / "second"))
        self.assertEqual(process.wait(30), 0, process.output())

    def test_the_hook_has_the_facts_in_its_environment(self):
        name = "$(touch pwned); 'quoted' & \"name\""
        content = random_file(self.folder / "origin" / name, 1000)
        torrent = self.make_torrent(content, name="odd.torrent")
        _, address = self.seed(torrent, content)
        out = self.folder / "hook.out"
        hook = f'printf "%s\\n" "$SHOAL_HOOK_PATH" "$SHOAL_HOOK_SIZE" "$SHOAL_HOOK_HASH" "$SHOAL_HOOK_EVENT" "$SHOAL_DONE_PATH" > {out}'
        done = self.assert_got(self.get(torrent, self.target, "--peer", address, "--on-done", hook))
        path = str(self.target / name)
        self.assertEqual(out.read_text().splitlines(), [path, "1000", done["info_hash"], "done", path])
        self.assertFalse(pathlib.Path("pwned").exists())

    def test_a_hook_that_fails_is_a_failure(self):
        _, address = self.seed(self.torrents[0], self.contents[0])
        result = self.get(self.torrents[0], self.target, "--peer", address, "--on-done", "exit 7")
        self.assert_failed(result, 1, "--on-done", "7")
        self.assertEqual(tree(self.target), {"part-0": digest(self.contents[0])})


class Reuse(ClientTest):
    def setUp(self):
        super().setUp()
        self.old = self.folder / "old"
        random_file(self.old / "same.bin", 6 * MIB, seed=1)
        random_file(self.old / "changed.bin", 6 * MIB, seed=2)
        random_file(self.old / "gone.bin", MIB, seed=3)
        self.new = self.folder / "new"
        random_file(self.new / "same.bin", 6 * MIB, seed=1)
        random_file(self.new / "changed.bin", 6 * MIB, seed=2)
        with open(self.new / "changed.bin", "r+b") as file:
            file.seek(3 * MIB)
            file.write(b"new version")
            file.seek(0, os.SEEK_END)
            file.write(b"longer")
        random_file(self.new / "more.bin", MIB, seed=4)
        self.torrent = self.make_torrent(self.new, "--piece-size", "256KiB")
        self.target = self.folder / "target"

    def test_only_what_changed_is_downloaded_and_the_old_version_stays(self):
        before = tree(self.old)
        _, address = self.seed(self.torrent, self.new)
        done = self.assert_got(self.get(self.torrent, self.target, "--reuse", self.old, "--peer", address))
        self.assertEqual(tree(self.target / "new"), tree(self.new))
        self.assertEqual(tree(self.old), before)
        self.assertLess(done["downloaded"], 3 * MIB)
        self.assertFalse({p.stat().st_ino for p in self.old.iterdir()} &
                         {p.stat().st_ino for p in (self.target / "new").iterdir()})

    def test_an_older_version_that_is_not_there(self):
        self.assert_failed(self.get(self.torrent, self.target, "--reuse", self.folder / "nowhere"), 5, "nowhere")

    def test_an_older_version_that_is_all_there_needs_nobody(self):
        self.assertEqual(self.assert_got(self.get(self.torrent, self.target, "--reuse", self.new))["downloaded"], 0)
        self.assertEqual(tree(self.target / "new"), tree(self.new))


class WhatIsAtTheTarget(ClientTest):
    def setUp(self):
        super().setUp()
        self.content = random_file(self.folder / "origin" / "model.bin", 6 * MIB)
        self.torrent = self.make_torrent(self.content)
        self.target = self.folder / "target"
        self.target.mkdir()

    def test_the_same_content_is_already_complete(self):
        (self.target / "model.bin").write_bytes(self.content.read_bytes())
        before = (self.target / "model.bin").stat()
        done = self.assert_got(self.get(self.torrent, self.target))
        self.assertTrue(done["already_complete"])
        self.assertEqual((self.target / "model.bin").stat().st_mtime_ns, before.st_mtime_ns)
        self.assertEqual(self.hidden(self.target), [])

    def test_other_content_is_left_alone(self):
        for other in (b"mine", bytes(6 * MIB)):
            (self.target / "model.bin").write_bytes(other)
            self.assert_failed(self.get(self.torrent, self.target), 6, "model.bin", "--force")
            self.assertEqual((self.target / "model.bin").read_bytes(), other)
            self.assertEqual(self.hidden(self.target), [])

    def test_force_replaces_it_when_done(self):
        (self.target / "model.bin").write_bytes(b"mine")
        _, address = self.seed(self.torrent, self.content)
        self.assert_got(self.get(self.torrent, self.target, "--force", "--peer", address))
        self.assertEqual(tree(self.target), {"model.bin": digest(self.content)})

    def test_force_replaces_a_folder(self):
        (self.target / "model.bin").mkdir()
        (self.target / "model.bin" / "inside").write_bytes(b"mine")
        _, address = self.seed(self.torrent, self.content)
        self.assert_got(self.get(self.torrent, self.target, "--force", "--peer", address))
        self.assertEqual(tree(self.target), {"model.bin": digest(self.content)})

    def test_a_dangling_link_of_that_name_is_left_alone(self):
        os.symlink("/nonexistent/elsewhere", self.target / "model.bin")
        self.assert_failed(self.get(self.torrent, self.target), 6, "model.bin")
        self.assertEqual(os.readlink(self.target / "model.bin"), "/nonexistent/elsewhere")

    def test_two_gets_into_one_folder_do_not_meet(self):
        first = self.start(*self.get_args(self.torrent, self.target))
        first.wait_for('"event":"metadata"')
        while not self.hidden(self.target) or not any(self.target.glob(".shoal-*/at")):
            self.assertIsNone(first.process.poll(), first.output())
        self.assert_failed(self.get(self.torrent, self.target), 5, "another shoal")

    def test_a_target_that_cannot_be_made(self):
        (self.folder / "file").write_bytes(b"")
        self.assert_failed(self.get(self.torrent, self.folder / "file" / "below"), 5, "file")


if __name__ == "__main__":
    unittest.main()
