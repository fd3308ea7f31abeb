"""Files of a torrent that are chosen, or not wanted any more, when others of it are in their place."""

import contextlib
import hashlib
import threading

from daemon_support import DaemonTest, wait_until
from shoal_testing.clients import make_torrent
from shoal_testing.content import digest, large_file

MIB = 1 << 20
NAMES = ("a.bin", "b.bin", "c.bin")


class SizeWatch:
    """Looks in a loop whether a file under its final name ever holds anything but all of its bytes."""

    def __init__(self, place, whole):
        self.place, self.whole = place, whole
        self.wrong = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            for name, right in self.whole.items():
                with contextlib.suppress(FileNotFoundError):
                    if hashlib.sha256((self.place / name).read_bytes()).hexdigest() != right:
                        self.wrong.add(name)

    def stop(self):
        self._stop.set()
        self._thread.join(30)
        return self.wrong


class Choices(DaemonTest):
    def setUp(self):
        super().setUp()
        self.origin = self.folder / "set"
        self.origin.mkdir()
        for name in NAMES:  # pieces cross the ends of files
            large_file(self.origin / name, 3 * MIB + 12345)
        self.whole = {name: digest(self.origin / name) for name in NAMES}
        self.torrent_file = self.folder / "set.torrent"
        make_torrent(self.origin, self.torrent_file, "--announce", f"http://127.0.0.1:{self.tracker_port}/announce",
                     "--piece-size", "256KiB")
        self.place = self.downloads / "set"
        self.watch = SizeWatch(self.place, self.whole)
        self.addCleanup(self.watch.stop)

    def with_first_file(self):
        """A daemon that has a.bin, and a seed that is slow enough to be watched."""
        seed = self.seed(self.torrent_file, self.origin)
        daemon = self.daemon()
        self.shoal(daemon, "add", self.torrent_file, "--files", "a.bin")
        wait_until((self.place / "a.bin").exists, "the first file")
        wait_until(lambda: self.rows(daemon)[0]["state"] == "seeding", "a seed of it")
        seed.stop()
        self.seed(self.torrent_file, self.origin, "--limit-up", "1MB/s")
        return daemon

    def choose(self, daemon, *numbers, wanted=True):
        self.call(daemon, "torrent-set", ids=1, **{"files_wanted" if wanted else "files_unwanted": list(numbers)})

    def hidden(self):
        return [p for p in self.downloads.rglob("*") if any(part.startswith(".shoal-") for part in p.parts) and p.is_file() and p.suffix == ".bin"]

    def expect(self, *names):
        wait_until(lambda: sorted(p.name for p in self.place.glob("*")) == list(names), f"{names} in their place", 60)
        for name in names:
            self.assertEqual(digest(self.place / name), self.whole[name])
        self.assertEqual(self.watch.stop(), set(), "seen half written")

    def settled(self, daemon):
        wait_until(lambda: self.rows(daemon)[0]["state"] == "seeding" and not list(self.downloads.glob(".shoal-*")), "the end of it", 60)

    def test_a_file_that_is_chosen_later_comes_under_a_hidden_name(self):
        daemon = self.with_first_file()
        self.choose(daemon, 1)
        wait_until(self.hidden, "the file in the hidden folder")
        self.expect("a.bin", "b.bin")
        self.settled(daemon)
        # A stop and a start, and a check, find it as it is.
        self.shoal(daemon, "verify", "1")
        self.settled(daemon)
        daemon.stop()
        again = self.daemon(log="again.log")
        self.settled(again)
        self.choose(again, 2)
        wait_until(lambda: len(list(self.place.iterdir())) == 3, "the last file", 60)
        self.settled(again)
        self.assertEqual({name: digest(self.place / name) for name in NAMES}, self.whole)
        self.assertNotIn("level=error", again.output())

    def test_a_kill_while_it_comes(self):
        daemon = self.with_first_file()
        self.choose(daemon, 1)
        wait_until(self.hidden, "the file in the hidden folder")
        daemon.process.kill()
        daemon.process.wait()
        self.assertEqual([p.name for p in self.place.iterdir()], ["a.bin"])
        again = self.daemon(log="again.log")
        self.expect("a.bin", "b.bin")
        self.settled(again)
        self.assertNotIn("level=error", again.output())

    def test_what_has_its_name_already_stays_until_said_otherwise(self):
        daemon = self.with_first_file()
        self.watch.stop()
        (self.place / "b.bin").write_text("mine")
        self.choose(daemon, 1)
        wait_until(lambda: "b.bin appeared while" in self.rows(daemon)[0]["error"], "the reason", 60)
        self.assertEqual((self.place / "b.bin").read_text(), "mine")
        self.shoal(daemon, "resume", "1")
        wait_until(lambda: (self.place / "b.bin").stat().st_size > 4, "the file", 60)
        self.assertEqual(digest(self.place / "b.bin"), digest(self.origin / "b.bin"))
        self.settled(daemon)

    def test_a_file_that_is_not_wanted_any_more_is_not_put_into_place(self):
        self.seed(self.torrent_file, self.origin, "--limit-up", "2MB/s")
        daemon = self.daemon()
        self.shoal(daemon, "add", self.torrent_file)
        wait_until(lambda: "c.bin" in [p.name for p in self.hidden()], "all files under way")
        self.choose(daemon, 2, wanted=False)
        self.expect("a.bin", "b.bin")
        self.settled(daemon)
        # Others get what the pieces of a.bin and b.bin hold, of the third file's bytes too.
        self.choose(daemon, 2)
        wait_until((self.place / "c.bin").exists, "the third file", 60)
        self.assertEqual(digest(self.place / "c.bin"), self.whole["c.bin"])
        self.settled(daemon)
        self.assertNotIn("level=error", daemon.output())

    def test_a_file_that_was_lost_comes_under_a_hidden_name_too(self):
        daemon = self.with_first_file()
        self.choose(daemon, 1)
        self.expect("a.bin", "b.bin")
        self.settled(daemon)
        daemon.stop()
        (self.place / "b.bin").unlink()
        watch = SizeWatch(self.place, self.whole)
        again = self.daemon(log="again.log")
        wait_until((self.place / "b.bin").exists, "the file again", 60)
        self.assertEqual(watch.stop(), set())
        self.assertEqual(digest(self.place / "b.bin"), self.whole["b.bin"])
        self.settled(again)

    def test_it_moves_with_the_rest(self):
        daemon = self.with_first_file()
        self.choose(daemon, 1)
        wait_until(self.hidden, "the file in the hidden folder")
        other = self.folder / "other"
        self.call(daemon, "torrent-set-location", ids=1, location=str(other), move=True)
        wait_until((other / "set" / "b.bin").exists, "the file in the other folder", 60)
        self.assertEqual({name: digest(other / "set" / name) for name in NAMES[:2]}, {n: self.whole[n] for n in NAMES[:2]})
        wait_until(lambda: not list(other.glob(".shoal-*")), "the hidden folder gone")
        wait_until(lambda: not list(self.downloads.iterdir()), "nothing left behind")

    def test_removed_with_its_content(self):
        daemon = self.with_first_file()
        self.choose(daemon, 1)
        wait_until(self.hidden, "the file in the hidden folder")
        self.shoal(daemon, "remove", "1", "--delete-content")
        wait_until(lambda: not list(self.downloads.iterdir()), "everything gone")
