"""What goes wrong on a machine that nobody looks at: full disks, kill -9, damaged files, files that are no torrents."""

import datetime
import http.client
import json
import random
import signal
import threading
import unittest

from daemon_support import DaemonTest, wait_until
from shoal_testing.content import digest
from shoal_testing.processes import run
from shoal_testing.tools import program

MIB = 1 << 20


class FullDisks(DaemonTest):
    def fill(self, disk):
        """Takes all of its space: the file to remove for it to come back."""
        filler = disk / "filler"
        with open(filler, "wb", buffering=0) as out:
            try:
                while out.write(bytes(1 << 14)):
                    pass
            except OSError:
                pass
        return filler

    def test_of_the_content(self):
        content, torrent = self.torrent()
        seed = self.seed(torrent, content)
        seed.wait_for("listening on")
        disk = self.small_disk("disk", "8m")
        filler = disk / "filler"
        filler.write_bytes(bytes(4 * MIB))
        self.downloads = disk / "downloads"
        daemon = self.daemon()
        self.shoal(daemon, "add", torrent)
        row = wait_until(lambda: [r for r in self.rows(daemon) if r["state"] == "error"], "the stop")[0]
        self.assertIn("No space left on device", row["error"])
        self.assertIn("No space left on device", daemon.wait_for("torrent stopped .*").group())
        self.assertEqual(self.page(daemon, "/healthz"), (200, "ok\n"))
        self.assertIn("shoal_torrents_failed 1\n", self.page(daemon, "/metrics")[1])
        filler.unlink()
        self.shoal(daemon, "resume", "1")
        wait_until((self.downloads / content.name).exists, "the rest of the download")
        self.assertEqual(digest(self.downloads / content.name), digest(content))
        wait_until(lambda: self.rows(daemon)[0]["state"] == "seeding", "a torrent without an error")

    def test_of_the_state(self):
        content, torrent = self.torrent(12 * MIB)
        _, other = self.torrent(MIB, "other.bin")
        self.seed(torrent, content, "--limit-up", "300kB/s")
        disk = self.small_disk("disk", "1m")
        self.state = disk
        daemon = self.daemon()
        self.shoal(daemon, "add", torrent)
        state = disk / "torrents"
        wait_until(lambda: json.loads((state / "1.json").read_text())["have"].strip("A="), "some pieces in the state folder", 60)
        before = {p.name: p.read_bytes() for p in state.iterdir()}
        filler = self.fill(disk)

        status, text = wait_until(lambda: [p for p in [self.page(daemon, "/healthz")] if p[0] != 200], "the complaint", 60)[0]
        self.assertEqual(status, 503)
        self.assertIn("No space left on device", text)
        self.assertRegex(self.page(daemon, "/metrics")[1], "shoal_state_save_failures_total [1-9]")
        self.assertIn("No space left on device", self.shoal(daemon, "add", other, expect=1))
        self.assertEqual([row["id"] for row in self.rows(daemon)], [1])
        self.assertEqual({p.name: p.read_bytes() for p in state.iterdir()}, before, "files of before, whole, and no others")

        filler.unlink()
        wait_until(lambda: self.page(daemon, "/healthz") == (200, "ok\n"), "health again")
        self.assertNotEqual((state / "1.json").read_bytes(), before["1.json"])
        self.shoal(daemon, "add", other)
        daemon.process.kill()
        daemon.process.wait()
        again = self.daemon(log="again.log")
        self.assertEqual([row["name"] for row in self.rows(again)], ["content.bin", "other.bin"])
        self.assertEqual(daemon.output().count("cannot save the state"), 1, "once is enough in the log")


class Kills(DaemonTest):
    def test_at_random_moments_lose_no_torrent(self):
        randomly = random.Random(5)
        torrents = [self.torrent(1 << 16, f"{n}.bin")[1] for n in range(40)]
        answered, removed = {}, set()
        for round_number in range(6):
            daemon = self.daemon("--add-paused", log=f"{round_number}.log")
            names = {row["id"]: row["name"] for row in self.rows(daemon)}
            self.assertEqual({i: n for i, n in names.items() if i in answered}, answered, daemon.output())
            self.assertFalse(removed & names.keys(), "what was removed came back")
            self.assertNotIn("damaged", daemon.output())
            # One whose answer was lost in the kill may be there or not, but as a whole.
            self.assertLessEqual(len(names), len(answered) + 1)
            answered = names
            self.work_until_killed(daemon, torrents, answered, removed, randomly.randrange(1, 12))
        self.assertGreater(len(answered), 6)

    def work_until_killed(self, daemon, torrents, answered, removed, after):
        """Adds and removes; the daemon is killed while it works on the next request, or shortly after the last answer."""
        done = threading.Semaphore(0)

        def work():
            try:
                for number, torrent in enumerate(torrents):
                    if number % 4 == 3 and answered:
                        victim = min(answered)
                        name = answered.pop(victim)  # from here on either is right
                        self.call(daemon, "torrent-remove", ids=[victim])
                        removed.add(victim)
                        torrents.append(self.folder / f"{name}.torrent")
                    else:
                        added = self.call(daemon, "torrent-add", filename=str(torrent))
                        if "torrent-added" in added:
                            answered[added["torrent-added"]["id"]] = added["torrent-added"]["name"]
                    done.release()
            except (OSError, http.client.HTTPException):
                pass  # killed
        worker = threading.Thread(target=work)
        worker.start()
        for _ in range(after):
            self.assertTrue(done.acquire(timeout=30), daemon.output())
        daemon.process.kill()
        daemon.process.wait()
        worker.join(30)

    def test_in_a_check_of_content_that_was_there_before_change_nothing_of_it(self):
        content, torrent = self.torrent()
        self.seed(torrent, content).wait_for("listening on")
        place = self.downloads / content.name
        place.parent.mkdir()
        theirs = bytearray(content.read_bytes())
        theirs[MIB:2 * MIB] = bytes(MIB)  # the same torrent's, but somebody works on it
        place.write_bytes(theirs)
        daemon = self.daemon()
        self.shoal(daemon, "add", torrent)
        for number in range(2):
            row = wait_until(lambda: [r for r in self.rows(daemon) if r["state"] == "error"], "the refusal to overwrite it")[0]
            self.assertIn("is there already", row["error"])
            state = self.state / "torrents" / "1.json"
            wait_until(lambda: json.loads(state.read_text())["foreign"], "a note of it in the state folder")
            daemon.process.kill()
            daemon.process.wait()
            daemon = self.daemon(log=f"again-{number}.log")
        wait_until(lambda: [r for r in self.rows(daemon) if r["state"] == "error"], "the refusal after a restart")
        self.assertEqual(place.read_bytes(), theirs)
        self.shoal(daemon, "resume", "1")
        wait_until(lambda: self.rows(daemon)[0]["state"] == "seeding", "the difference downloaded")
        self.assertEqual(digest(place), digest(content))


class DamagedFiles(DaemonTest):
    def test_of_one_torrent_leave_the_others(self):
        torrents = [self.torrent(1 << 16, f"{n}.bin")[1] for n in range(4)]
        daemon = self.daemon("--add-paused")
        self.shoal(daemon, "add", *torrents)
        self.assertEqual(daemon.stop(), 0)
        state = self.state / "torrents"
        (state / "1.json").write_bytes((state / "1.json").read_bytes()[:200])
        (state / "2.torrent").write_bytes(b"d4:infode")
        (state / "3.torrent").unlink()
        again = self.daemon("--add-paused", log="again.log")
        wait_until(lambda: {row["id"]: row["state"] for row in self.rows(again)} == {2: "error", 3: "error", 4: "paused"},
                   "the fourth torrent's check, and the others' errors")
        rows = {row["id"]: row for row in self.rows(again)}
        self.assertIn("not a valid torrent", rows[2]["error"])
        self.assertIn("add it again", rows[3]["error"])
        self.assertTrue((state / "1.json.damaged").exists())
        self.shoal(again, "remove", "2", "3")
        self.shoal(again, "add", torrents[0], torrents[2])
        self.assertEqual([row["id"] for row in self.rows(again)], [4, 5, 6])

    def test_two_daemons_do_not_share_a_state_folder(self):
        self.daemon()
        second = run([program("shoal"), "daemon", "--state-dir", self.state, "--no-rpc-port"])
        self.assertEqual(second.returncode, 1)
        self.assertIn("another daemon uses this state folder", second.stderr)


class WatchFolder(DaemonTest):
    def test_refuses_with_a_reason(self):
        _, torrent = self.torrent(1 << 16)
        _, secret = self.torrent(1 << 16, "secret.bin")
        watch = self.folder / "watch"
        daemon = self.daemon("--watch-dir", watch, "--add-paused")
        (watch / "link.torrent").symlink_to(secret)
        (watch / "notes.txt").write_text("not for the daemon")
        (watch / "empty.torrent").touch()
        (watch / "bad.magnet").write_text("magnet:?xt=urn:btih:short\n")
        (watch / "one.torrent").write_bytes(torrent.read_bytes())
        wait_until((watch / "added" / "one.torrent").exists, "the good one")
        (watch / "twice.torrent").write_bytes(torrent.read_bytes())
        for name, words in [("empty.torrent", "not a valid torrent"), ("bad.magnet", "magnet"), ("twice.torrent", "has this torrent already")]:
            reason = watch / "refused" / f"{name}.reason.txt"
            wait_until(reason.exists, f"{reason.name}")
            self.assertIn(words, reason.read_text())
            self.assertTrue((watch / "refused" / name).exists())
        self.assertEqual(sorted(p.name for p in watch.iterdir()), ["added", "link.torrent", "notes.txt", "refused"])
        self.assertEqual([row["name"] for row in self.rows(daemon)], ["content.bin"])
        self.assertIn('shoal_watch_files_total{result="refused"} 3\n', self.page(daemon, "/metrics")[1])

    def test_takes_what_lay_there_before_it_started(self):
        _, torrent = self.torrent(1 << 16)
        watch = self.folder / "watch"
        watch.mkdir()
        (watch / "early.torrent").write_bytes(torrent.read_bytes())
        daemon = self.daemon("--watch-dir", watch, "--add-paused")
        wait_until((watch / "added" / "early.torrent").exists, "the look at the whole folder")
        self.assertEqual([row["name"] for row in self.rows(daemon)], ["content.bin"])


class Rates(DaemonTest):
    def test_by_time_of_day(self):
        content, torrent = self.torrent()
        self.seed(torrent, content)
        now = datetime.datetime.now(datetime.timezone.utc)
        rules = [f"{(now + datetime.timedelta(hours=begin)):%H:00}-{(now + datetime.timedelta(hours=end)):%H:00}"
                 for begin, end in [(-2, 3), (6, 9)]]
        config = self.folder / "daemon.toml"

        def rule(span):
            config.write_text(f'[daemon]\nrate = ["{span} down=1kB/s"]\nlimit-down = "50MB/s"\n')
        rule(rules[0])
        daemon = self.daemon("--config", config, environment={"TZ": "UTC"})
        self.shoal(daemon, "add", torrent)
        wait_until(lambda: self.get(daemon, 1, "peersConnected") == 1, "the seed")
        wait_until(lambda: self.get(daemon, 1, "rateDownload") > 0 or self.get(daemon, 1, "haveUnchecked") > 0, "the first block", 60)
        # A hundred minutes to go: what is there now came in at the rule's rate.
        self.assertLess(self.get(daemon, 1, "haveValid"), content.stat().st_size // 2)
        self.assertEqual(self.call(daemon, "session-get")["speed-limit-down"], 50_000)
        rule(rules[1])
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("configuration reloaded")
        wait_until((self.downloads / content.name).exists, "the download, once the rule is for another hour")


if __name__ == "__main__":
    unittest.main()
