import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import unittest

from tracker_program import Tracker, bdecode, eventually, peers

HASH = b"a" * 20


def metric(tracker, name):
    for line in tracker.get("/metrics")[2].decode().splitlines():
        if line.startswith(name + " "):
            return int(line.split(" ")[1])
    raise AssertionError(f"there is no metric {name}")


class Faults(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.db = os.path.join(self.folder, "t.db")

    def leechers(self, tracker):
        return tracker.scrape(HASH)["files"]["a" * 20]["incomplete"]

    def assert_degrades_and_recovers(self, tracker, break_it, repair_it):
        """Peers 2 to 11 announce while the file cannot be written, and are in it afterwards."""
        self.assertEqual(metric(tracker, "shoal_tracker_store_healthy"), 1)
        break_it()
        for number in range(2, 12):
            answer = tracker.announce(number)
            self.assertEqual((answer["incomplete"], len(peers(answer))), (number, number - 1))
        loud = eventually(lambda: self.line_with(tracker, "cannot be written"), "a loud line")
        self.assertIn(" error ", loud)
        self.assertEqual(metric(tracker, "shoal_tracker_store_healthy"), 0)
        self.assertGreater(metric(tracker, "shoal_tracker_store_failures_total"), 0)
        self.assertTrue(tracker.get("/healthz")[2].startswith(b"degraded: "))
        self.assertEqual(tracker.announce(1)["incomplete"], 11, "it goes on in memory")
        repair_it()
        eventually(lambda: self.line_with(tracker, "written again"), "recovery")
        self.assertEqual(metric(tracker, "shoal_tracker_store_healthy"), 1)
        self.assertEqual(tracker.get("/healthz")[2], b"ok\n")
        self.assertEqual(tracker.stop(), 0)
        self.assertEqual([line for line in tracker.lines if "cannot be written" in line], [], "it is said once")
        with Tracker(db=self.db) as again:
            self.assertEqual(self.leechers(again), 11)

    @staticmethod
    def line_with(tracker, words):
        line = tracker.process.stderr.readline()
        return line if words in line else None

    def test_a_locked_file(self):
        with Tracker(db=self.db) as tracker:
            tracker.announce(1)
            locker = sqlite3.connect(self.db, isolation_level=None)
            self.addCleanup(locker.close)
            self.assert_degrades_and_recovers(tracker, lambda: locker.execute("BEGIN IMMEDIATE"),
                                              lambda: locker.execute("ROLLBACK"))

    def test_a_full_disk(self):
        if os.geteuid() != 0:
            raise AssertionError("a disk to fill needs root: run this as root")
        disk = os.path.join(self.folder, "disk")
        os.mkdir(disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", disk], check=True)
        self.db = os.path.join(disk, "t.db")
        filler = os.path.join(disk, "filler")

        def fill():
            with open(filler, "wb", buffering=0) as file:
                try:
                    while file.write(bytes(4096)):
                        pass
                except OSError:
                    pass
            self.assertLess(shutil.disk_usage(disk).free, 4096)

        with Tracker(db=self.db) as tracker:
            tracker.announce(1)
            eventually(lambda: metric(tracker, "shoal_tracker_store_records_total") >= 2, "the first peer in the file")
            self.assert_degrades_and_recovers(tracker, fill, lambda: os.remove(filler))

    def test_kill_9_loses_at_most_the_last_second(self):
        with Tracker(db=self.db) as tracker:
            for number in range(1, 101):
                tracker.announce(number)

            def stored():
                with sqlite3.connect(f"file:{self.db}?mode=ro", uri=True) as reader:
                    return reader.execute("SELECT count(*) FROM peer").fetchone()[0] == 100

            eventually(stored, "100 peers in the file")
            tracker.process.kill()
            tracker.process.wait()
        with Tracker(db=self.db) as tracker:
            self.assertEqual(self.leechers(tracker), 100)

    def test_the_file_outlives_kills_under_load(self):
        total = 0
        for _ in range(5):
            with Tracker(db=self.db) as tracker:
                answered = []
                clients = [threading.Thread(target=self.join_until_it_dies, args=(tracker, answered, total + 1000 * i))
                           for i in range(1, 4)]
                for client in clients:
                    client.start()
                eventually(lambda: len(answered) > 200, "200 answers")
                tracker.process.send_signal(signal.SIGKILL)
                tracker.process.wait()
                for client in clients:
                    client.join()
                total += 10_000
            with sqlite3.connect(self.db) as file:
                self.assertEqual(file.execute("PRAGMA integrity_check").fetchone()[0], "ok")
            file.close()

    @staticmethod
    def join_until_it_dies(tracker, answered, first):
        for number in range(first, first + 1000):
            try:
                tracker.announce(number, port=1024 + number)
            except (OSError, IndexError):
                return
            answered.append(number)


class Herd(unittest.TestCase):
    def test_a_thousand_clients_at_once(self):
        clients = 1000
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with Tracker() as tracker:  # before the limit is raised: it must raise its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * clients), hard))
            self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
            tracker.announce(0, left=0)
            sockets = []
            for _ in range(clients):
                sockets.append(socket.create_connection(("127.0.0.1", tracker.port), 20))
                self.addCleanup(sockets[-1].close)
            for number, one in enumerate(sockets, 1):
                one.sendall(f"GET /announce?info_hash={'a' * 20}&peer_id=-SH0001-{number:012d}&port={6000 + number}&left=9"
                            "&event=started HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            lists = []
            for number, one in enumerate(sockets, 1):
                answer = b""
                while part := one.recv(1 << 14):
                    answer += part
                found = bdecode(answer.partition(b"\r\n\r\n")[2])
                lists.append((found["incomplete"], peers(found), number))
            self.assertEqual(sorted(count for count, _, _ in lists), list(range(1, clients + 1)))
            for count, found, number in lists:
                # All that there were, up to the 50 of an answer; the seed and others among them.
                self.assertEqual(len(set(found)), min(count, 50))
                self.assertNotIn(("127.0.0.1", 6000 + number), found)
            told = {peer for _, found, _ in lists for peer in found}
            self.assertGreater(len(told), clients * 9 // 10, "everybody is told of to somebody")


if __name__ == "__main__":
    unittest.main()
