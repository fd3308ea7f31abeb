"""shoal doctor: what it finds on this machine and at the tracker, in words and in JSON."""

import json
import socket
import unittest

from client_support import MIB, ClientTest, FileServer, Redirector, Tracker, random_file
from shoal_testing.processes import Background, run
from shoal_testing.tools import program


class Doctor(ClientTest):
    def doctor(self, *options, expect=0):
        """The checks by name."""
        done = run([program("shoal"), "doctor", "--json", "--to", self.folder, "--listen", "127.0.0.1:0", *options])
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["ok"], expect == 0)
        return {check["check"]: check for check in report["checks"]}

    def test_a_healthy_machine(self):
        tracker = self.serve(Tracker())
        node = self.start("dht-node", "--listen", "127.0.0.1:0")
        address = node.wait_for(r"listening on (127\.0\.0\.1:\d+)").group(1)
        torrent = self.make_torrent(random_file(self.folder / "model.bin", MIB), "-a", tracker.url)
        checks = self.doctor(torrent, "--dht-bootstrap", address)
        for name in ("port 127.0.0.1:0", "disk space", "disk speed", "open files", "clock", f"tracker {tracker.url}",
                     f"DHT node {address}"):
            self.assertIn(name, checks)
        for name in ("port 127.0.0.1:0", "disk space", "clock", f"tracker {tracker.url}", f"DHT node {address}"):
            self.assertEqual(checks[name]["state"], "ok", checks[name])
        self.assertIn("needed", checks["disk space"]["found"])
        self.assertIn("within", checks["clock"]["found"])
        self.assertEqual(tracker.events(), ["stopped"])
        self.assertEqual(tracker.swarm, {})

    def test_the_clock_against_our_own_tracker(self):
        tracker = Background([program("shoal-tracker"), "--listen", "127.0.0.1:0", "--db", ":memory:"],
                             self.folder / "tracker.log")
        self.addCleanup(tracker.stop)
        port = tracker.wait_for(r"listening .*127\.0\.0\.1:(\d+)").group(1)
        url = f"http://127.0.0.1:{port}/announce"
        checks = self.doctor("--tracker", url)
        self.assertEqual(checks[f"tracker {url}"]["state"], "ok")
        self.assertEqual(checks["clock"]["state"], "ok")
        self.assertRegex(checks["clock"]["found"], r"^within \d+ s of the tracker's$")

    def test_a_tracker_of_this_machine_that_a_download_would_not_ask(self):
        tracker = self.serve(Tracker())
        url = tracker.url.replace("/announce", "/key/announce")
        check = self.doctor("--tracker", url, "--profile", "internet", expect=1)[f"tracker {url}"]
        self.assertEqual(check["state"], "fail")
        self.assertIn("only be asked under /announce", check["found"])
        self.assertEqual(self.doctor("--tracker", url)[f"tracker {url}"]["state"], "ok")

    def test_a_tracker_is_judged_as_a_download_judges_it(self):
        tracker = self.serve(Tracker())
        page = self.serve(Tracker())
        page.answer = lambda query: b"<html>It works</html>"
        loop = self.serve(Redirector(lambda path: path)).url + "/announce"
        missing = self.serve(FileServer({})).url + "/announce"
        torrent = self.make_torrent(random_file(self.folder / "model.bin", MIB))
        for url, words in ((missing, "answers HTTP 404 Not Found"), (page.url, "not a tracker's (no bencoding)"),
                           (loop, "it redirects too often, or to nowhere")):
            with self.subTest(url=url):
                self.assertIn(words, self.doctor("--tracker", url, expect=1)[f"tracker {url}"]["found"])
                _, _, errors = self.get(torrent, self.folder / "target", "--tracker", url, "--timeout", "3s")
                self.assertIn(words, errors)
        moved = self.serve(Redirector(lambda path: tracker.url + path[len("/announce"):]))
        self.assertEqual(self.doctor("--tracker", moved.url + "/announce")[f"tracker {moved.url}/announce"]["state"], "ok")
        self.assertTrue(tracker.heard)

    def test_the_port_of_the_daemon(self):
        daemon = self.daemon()
        port = self.rpc(daemon, "session-get", {"fields": ["peer-port"]})["peer-port"]
        done = run([program("shoal"), "doctor", "--json", "--to", self.folder, "--rpc", f"127.0.0.1:{daemon.port}"])
        checks = {check["check"]: check for check in json.loads(done.stdout)["checks"]}
        self.assertEqual(checks[f"port {port}"]["found"], "is the running daemon's, and takes connections")
        named = self.doctor("--listen", f"127.0.0.1:{port}", "--rpc", f"127.0.0.1:{daemon.port}")
        self.assertEqual(named[f"port {port}"]["state"], "ok")

    def test_web_seeds(self):
        content = random_file(self.folder / "origin" / "model.bin", MIB)
        wrong = bytearray(content.read_bytes())
        wrong[5] ^= 1
        server = self.serve(FileServer({"/good.bin": content.read_bytes(), "/wrong.bin": bytes(wrong)}))
        for path, words in (("/good.bin", "has the content"), ("/wrong.bin", "has other bytes than the torrent: piece 0"),
                            ("/none.bin", "answers HTTP 404 Not Found")):
            url = server.url + path
            torrent = self.make_torrent(content, "-w", url, "--force")
            check = self.doctor(torrent, expect=0 if path == "/good.bin" else 1)[f"web seed {url}"]
            self.assertIn(words, check["found"])
        magnet = run([program("torrentgen"), "magnet", torrent]).stdout.strip()
        self.assertEqual(self.doctor(magnet)[f"web seed {url}"]["state"], "warn")

    def test_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = f"127.0.0.1:{taken.getsockname()[1]}"
            check = self.doctor("--listen", port, expect=1)[f"port {port}"]
        self.assertEqual(check["state"], "fail")
        self.assertIn("in use", check["found"])
        self.assertIn("ss -ltnp", check["advice"])

    def test_nobody_at_the_tracker_or_at_the_node(self):
        checks = self.doctor("--tracker", "http://127.0.0.1:1/announce", "--tracker", "udp://127.0.0.1:1/announce", "--tracker",
                             "nonsense", "--dht-bootstrap", "127.0.0.1:1", expect=1)
        for name in ("tracker http://127.0.0.1:1/announce", "tracker udp://127.0.0.1:1/announce", "tracker nonsense",
                     "DHT node 127.0.0.1:1"):
            self.assertEqual(checks[name]["state"], "fail", checks[name])
            self.assertNotEqual(checks[name]["advice"], "")

    def test_a_tracker_that_does_not_know_the_torrent(self):
        tracker = self.serve(Tracker(failure="not registered here"))
        torrent = self.make_torrent(random_file(self.folder / "model.bin", MIB), "-a", tracker.url)
        check = self.doctor(torrent, expect=1)[f"tracker {tracker.url}"]
        self.assertIn("not registered here", check["found"])
        # Without a torrent the refusal only shows that it is there.
        self.assertEqual(self.doctor("--tracker", tracker.url)[f"tracker {tracker.url}"]["state"], "ok")

    def test_the_table_and_the_exit_code(self):
        shown = run([program("shoal"), "doctor", "--to", self.folder, "--listen", "127.0.0.1:0", "--tracker", "udp://127.0.0.1:1"])
        self.assertEqual(shown.returncode, 1)
        self.assertRegex(shown.stdout, r"ok +port 127\.0\.0\.1:0 +free")
        self.assertRegex(shown.stdout, r"FAIL +tracker udp://127\.0\.0\.1:1 +does not answer")
        self.assertIn("-> check the address", shown.stdout)
        self.assertIn("1 of 6 checks failed", shown.stderr)


if __name__ == "__main__":
    unittest.main()
