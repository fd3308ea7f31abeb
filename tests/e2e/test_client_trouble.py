"""shoal get when something goes wrong: interruption, damage, full disks, nobody there, torrents that lie."""

import hashlib
import os
import signal
import subprocess
import time
import unittest

from client_support import MIB, ClientTest, Tracker, bencode, digest, random_file, tree


class Interrupted(ClientTest):
    SIZE = 24 * MIB

    def setUp(self):
        super().setUp()
        self.content = random_file(self.folder / "origin" / "model.bin", self.SIZE)
        self.torrent = self.make_torrent(self.content, "--piece-size", "1MiB")
        self.target = self.folder / "target"
        _, self.address = self.seed(self.torrent, self.content)

    def stop_half_way(self, how):
        """A get that was ended by `how` after some of the content; its exit code."""
        process = self.start(*self.get_args(self.torrent, self.target, "--peer", self.address, "--limit-down", "4MB/s"))
        # At 4 MB/s the second report comes after about 8 of 24 MiB, and a save comes after 5 s.
        process.wait_for(r'"pieces_done":(1\d|2[0-3]),' if how == signal.SIGINT else r'"pieces_done":(1[2-9]|2\d),')
        code = process.stop(how)
        self.assertFalse((self.target / "model.bin").exists())
        return code

    def finish(self):
        done = self.assert_got(self.get(self.torrent, self.target, "--peer", self.address))
        self.assertEqual(tree(self.target), {"model.bin": digest(self.content)})
        self.assertEqual(self.hidden(self.target), [])
        return done

    def partial(self):
        return next(self.target.glob(".shoal-*/content/model.bin"))

    def test_goes_on_after_ctrl_c(self):
        self.assertEqual(self.stop_half_way(signal.SIGINT), 130)
        self.assertLess(self.finish()["downloaded"], self.SIZE - 8 * MIB)

    def test_goes_on_after_sigterm(self):
        self.assertEqual(self.stop_half_way(signal.SIGTERM), 130)
        self.finish()

    def test_goes_on_after_kill_9(self):
        self.assertEqual(self.stop_half_way(signal.SIGKILL), -signal.SIGKILL)
        self.assertLess(self.finish()["downloaded"], self.SIZE - 8 * MIB)

    def test_a_clean_stop_needs_no_check(self):
        self.stop_half_way(signal.SIGINT)
        code, events, _ = self.get(self.torrent, self.target, "--peer", self.address)
        self.assertEqual(code, 0)
        self.assertNotIn("checking", [event["event"] for event in events])

    def damage(self):
        partial = self.partial()
        with open(partial, "r+b") as file:
            for offset in range(0, self.SIZE, MIB // 2):
                file.seek(offset)
                file.write(b"damage")

    def test_damaged_data_is_found_after_ctrl_c(self):
        self.stop_half_way(signal.SIGINT)
        self.damage()
        self.finish()

    def test_damage_that_keeps_the_modification_time_is_found(self):
        self.stop_half_way(signal.SIGINT)
        before = self.partial().stat()
        self.damage()
        os.utime(self.partial(), ns=(before.st_atime_ns, before.st_mtime_ns))
        self.finish()

    def test_damaged_data_is_found_after_kill_9(self):
        self.stop_half_way(signal.SIGKILL)
        self.damage()
        self.finish()

    def test_lost_data_is_found(self):
        self.stop_half_way(signal.SIGINT)
        self.partial().unlink()
        self.finish()

    def test_cut_data_is_found(self):
        self.stop_half_way(signal.SIGINT)
        os.truncate(self.partial(), MIB)
        self.finish()

    def test_a_damaged_resume_record_is_not_believed(self):
        self.stop_half_way(signal.SIGINT)
        record = next(self.target.glob(".shoal-*/resume"))
        content = bytearray(record.read_bytes())
        for position in range(60, len(content), 7):
            content[position] ^= 0xFF
        record.write_bytes(content)
        self.finish()

    def test_a_magnet_goes_on_without_asking_for_its_metadata(self):
        self.stop_half_way(signal.SIGINT)
        info_hash = next(self.target.glob(".shoal-*")).name.removeprefix(".shoal-")
        saved = next(self.target.glob(".shoal-*/manifest")).read_bytes()
        self.assertEqual(hashlib.sha1(saved[saved.index(b"4:info") + 6:-1]).hexdigest()[:16], info_hash)
        full = hashlib.sha1(saved[saved.index(b"4:info") + 6:-1]).hexdigest()
        code, events, errors = self.get(f"magnet:?xt=urn:btih:{full}", self.target, "--peer", self.address)
        self.assertEqual(code, 0, errors)
        self.assertIn("resumed", [event["event"] for event in events])
        self.assertEqual(tree(self.target), {"model.bin": digest(self.content)})


class Lingering(ClientTest):
    def setUp(self):
        super().setUp()
        self.content = random_file(self.folder / "origin" / "model.bin", 2 * MIB)
        self.tracker = self.serve(Tracker())
        self.torrent = self.make_torrent(self.content, "-a", self.tracker.url)
        self.seed(self.torrent, self.content)
        self.target = self.folder / "target"

    def test_leaves_when_nobody_needs_it(self):
        self.assert_got(self.get(self.torrent, self.target))
        self.assertEqual(self.tracker.events().count("completed"), 1)
        self.assertEqual(self.tracker.heard[-1].get("event"), "stopped")

    def test_stays_while_the_tracker_counts_a_leecher(self):
        self.tracker.claimed_leechers = 1
        process = self.start(*self.get_args(self.torrent, self.target))
        process.wait_for('"event":"seeding"')
        self.tracker.claimed_leechers = 0
        self.assertEqual(process.wait(30), 0)

    def test_seed_for_zero_ends_at_once(self):
        self.tracker.claimed_leechers = 1
        code, events, _ = self.get(self.torrent, self.target, "--seed-for", "0")
        self.assertEqual(code, 0)
        self.assertEqual(events[-1]["event"], "done")

    def test_ctrl_c_while_seeding_is_no_failure(self):
        process = self.start(*self.get_args(self.torrent, self.target, "--seed-for", "1h"))
        process.wait_for('"event":"seeding"')
        self.assertEqual(process.stop(signal.SIGINT), 0)
        self.assertEqual(self.hidden(self.target), [])

    def test_a_finished_get_serves_others(self):
        first = self.start("get", self.torrent, "-o", self.target, "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", "--json",
                           "--seed-for", "1h")
        first.wait_for('"event":"done"')
        deadline = time.monotonic() + 20
        ports = []
        while not ports and time.monotonic() < deadline:
            time.sleep(0.05)
            ports = [q["port"] for q in list(self.tracker.heard) if q.get("event") == "completed"]
        self.assertTrue(ports, "the tracker never heard that it is done")
        port = ports[0]
        second = self.folder / "second"
        self.assert_got(self.get(self.folder / "content.torrent", second, "--peer", f"127.0.0.1:{port}"))
        self.assertEqual(tree(second), {"model.bin": digest(self.content)})


class NobodyThere(ClientTest):
    def setUp(self):
        super().setUp()
        self.content = random_file(self.folder / "origin" / "model.bin", MIB)
        self.target = self.folder / "target"

    def test_an_unreachable_tracker_is_named(self):
        torrent = self.make_torrent(self.content, "-a", "http://127.0.0.1:1/announce")
        self.assert_failed(self.get(torrent, self.target, "--timeout", "2s"), 4,
                           "no peers found", "http://127.0.0.1:1/announce", "Connection refused")

    def test_the_tracker_is_quoted(self):
        tracker = self.serve(Tracker(failure="this torrent is not for you"))
        torrent = self.make_torrent(self.content, "-a", tracker.url)
        self.assert_failed(self.get(torrent, self.target, "--timeout", "2s"), 4, "this torrent is not for you")

    def test_a_peer_that_does_not_answer(self):
        torrent = self.make_torrent(self.content)
        self.assert_failed(self.get(torrent, self.target, "--timeout", "2s", "--peer", "127.0.0.1:1"), 4,
                           "the only known peer can't be reached")

    def test_without_a_timeout_it_keeps_trying_and_says_why(self):
        torrent = self.make_torrent(self.content, "-a", "http://127.0.0.1:1/announce")
        process = self.start(*self.get_args(torrent, self.target))
        process.wait_for('"event":"warning".*Connection refused')
        process.wait_for('"stalled":"no peers found')
        self.assertEqual(process.stop(signal.SIGINT), 130)

    def test_a_host_that_does_not_exist(self):
        torrent = self.make_torrent(self.content)
        self.assert_failed(self.get(torrent, self.target, "--peer", "no-such-host.invalid:6881"), 4,
                           "no-such-host.invalid")


class FullDisk(ClientTest):
    """On a small file system of its own."""

    def setUp(self):
        super().setUp()
        self.content = random_file(self.folder / "origin" / "model.bin", 24 * MIB)
        self.torrent = self.make_torrent(self.content, "--piece-size", "1MiB")
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "none", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=True)
        _, self.address = self.seed(self.torrent, self.content)

    def test_too_little_space_is_said_before_the_download(self):
        random_file(self.disk / "other", 20 * MIB)
        self.assert_failed(self.get(self.torrent, self.disk, "--peer", self.address), 5, "No space left")
        (self.disk / "other").unlink()
        self.assert_got(self.get(self.torrent, self.disk, "--peer", self.address))
        self.assertEqual(tree(self.disk), {"model.bin": digest(self.content)})

    def test_a_disk_that_fills_up_on_the_way(self):
        process = self.start(*self.get_args(self.torrent, self.disk, "--peer", self.address, "--limit-down", "4MB/s"))
        process.wait_for(r'"pieces_done":[1-9]')
        with self.assertRaises(OSError):
            random_file(self.disk / "other", 40 * MIB)
        self.assertEqual(process.wait(30), 5, process.output())
        self.assertIn("No space left on device", process.output())
        self.assertIn('"event":"error"', process.output())
        (self.disk / "other").unlink()
        done = self.assert_got(self.get(self.torrent, self.disk, "--peer", self.address))
        self.assertLess(done["downloaded"], 24 * MIB)
        self.assertEqual(tree(self.disk), {"model.bin": digest(self.content)})


class TorrentsThatLie(ClientTest):
    def check(self, info, *words, raw=None):
        torrent = self.folder / "lie.torrent"
        torrent.write_bytes(raw if raw is not None else bencode({"info": info}))
        target = self.folder / "target"
        self.assert_failed(self.get(torrent, target, "--timeout", "5s"), 3, *words)
        self.assertEqual(list(target.iterdir()) if target.exists() else [], [])

    def info(self, **changes):
        return {"name": "good", "piece length": 16384, "pieces": bytes(20), "length": 100, **changes}

    def test_paths_that_leave_the_folder(self):
        for path in (["..", "..", "etc", "x"], ["/etc/x"], ["a", "", "b"], ["."], ["a\0b"], ["a/../../b"]):
            with self.subTest(path=path):
                info = self.info(files=[{"path": path, "length": 100}])
                del info["length"]
                self.check(info)

    def test_names_that_leave_the_folder(self):
        for name in ("..", ".", "/etc/passwd", "a/b", ""):
            with self.subTest(name=name):
                self.check(self.info(name=name))

    def test_a_wrong_piece_count(self):
        self.check(self.info(pieces=bytes(40)))
        self.check(self.info(pieces=bytes(19)))
        self.check(self.info(pieces=b""))

    def test_what_is_no_torrent_at_all(self):
        whole = bencode({"info": self.info()})
        for raw in (b"", b"hello", whole[:-1], whole[: len(whole) // 2], whole + b"x", bencode({"no": "info"})):
            with self.subTest(raw=raw):
                self.check(None, raw=raw)

    def test_magnets_without_a_hash(self):
        target = self.folder / "target"
        for magnet in ("magnet:?dn=name", "magnet:?xt=urn:btih:123", "magnet:"):
            with self.subTest(magnet=magnet):
                self.assert_failed(self.get(magnet, target), 3, "magnet")
        self.assertFalse(target.exists())

    def test_a_torrent_that_is_not_there(self):
        self.assert_failed(self.get(self.folder / "none.torrent", self.folder), 5, "none.torrent")


if __name__ == "__main__":
    unittest.main()
