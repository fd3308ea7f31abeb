import http.client
import os
import re
import signal
import ssl
import subprocess
import tempfile
import unittest

from tracker_program import PROGRAM, Tracker, bdecode, eventually, peers

HASH = b"a" * 20


class Lists(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(content)
        return path

    def test_keys_can_be_revoked(self):
        keys = self.write("keys", "first-key hall1\nsecond-key hall2\n")
        tracker = self.enterContext(Tracker("--key-file", keys))
        self.assertIn("failure reason", tracker.announce(1))
        self.assertIn("failure reason", tracker.announce(1, path="/announce/wrong-key"))
        self.assertIn("interval", tracker.announce(1, path="/announce/first-key"))
        self.assertIn("interval", tracker.announce(1, path="/announce/second-key"))
        self.write("keys", "first-key hall1\n")
        tracker.process.send_signal(signal.SIGHUP)
        eventually(lambda: "failure reason" in tracker.announce(1, path="/announce/second-key"), "the key is revoked")
        self.assertIn("interval", tracker.announce(1, path="/announce/first-key"))
        self.write("keys", "x\n")
        tracker.process.send_signal(signal.SIGHUP)
        eventually(lambda: "keys:1:" in tracker.process.stderr.readline(), "the error is logged")
        self.assertIn("interval", tracker.announce(1, path="/announce/first-key"))

    def test_the_allow_list(self):
        allowed = self.write("list", "61" * 20 + "\n")
        tracker = self.enterContext(Tracker("--allow-list", allowed))
        self.assertIn("interval", tracker.announce(1))
        refused = tracker.announce(1, info_hash=b"z" * 20)
        self.assertEqual(refused["failure reason"], b"this torrent is not registered with this tracker")
        self.assertEqual(refused["retry in"], 5)

    def test_a_trusted_proxy_names_its_client(self):
        tracker = self.enterContext(Tracker("--trusted-proxy", "127.0.0.0/8"))
        first = tracker.announce(1, headers="x-FORWARDED-for: 6.6.6.6, 10.1.1.1\r\n", ip="9.9.9.9")
        self.assertEqual(first["external ip"], bytes([10, 1, 1, 1]))
        tracker.announce(2, ip="10.2.2.2")
        self.assertEqual(sorted(peers(tracker.announce(3))), [("10.1.1.1", 6001), ("10.2.2.2", 6002)])

    def test_a_key_may_stand_before_announce(self):
        keys = self.write("keys", "first-key hall1\n")
        tracker = self.enterContext(Tracker("--key-file", keys))
        self.assertIn("interval", tracker.announce(1, path="/first-key/announce"))
        self.assertIn("failure reason", tracker.announce(1, path="/wrong-key/announce"))
        scrape = bdecode(tracker.get("/first-key/scrape?info_hash=" + "a" * 20)[2])
        self.assertEqual(scrape["files"]["a" * 20]["incomplete"], 1, "where clients look, BEP 48")

    def test_a_proxy_may_add_a_line_of_its_own(self):
        tracker = self.enterContext(Tracker("--trusted-proxy", "127.0.0.0/8", "--max-requests-per-second", "1"))
        forged = "X-Forwarded-For: 10.66.6.6\r\n"
        first = tracker.announce(1, headers=forged + "x-forwarded-FOR: 10.1.1.1\r\n", ip="9.9.9.9")
        self.assertEqual(first["external ip"], bytes([10, 1, 1, 1]))
        six = tracker.announce(2, headers="X-Forwarded-For: 2001:db8::66, 10.66.6.6\r\nHost: x\r\n"
                                          "X-FORWARDED-FOR: [2001:DB8::2]:4711 , 127.0.0.5\r\n")
        self.assertEqual(six["external ip"], bytes.fromhex("20010db8") + bytes(11) + b"\2")
        told = tracker.announce(3, headers="X-Forwarded-For: 10.3.3.3\r\n")
        self.assertEqual(sorted(peers(told)), [("10.1.1.1", 6001), ("2001:db8::2", 6002)])
        answers = [tracker.announce(1, headers=f"X-Forwarded-For: 10.66.6.{i}\r\nX-Forwarded-For: 10.1.1.1\r\n")
                   for i in range(100)]
        self.assertTrue([a for a in answers if "failure reason" in a], "one client has one rate, whatever it forges")

    def test_no_other_header_names_the_client(self):
        forged = "Forwarded: for=10.66.6.6\r\nX-Real-IP: 10.66.6.6\r\nX-Client-IP: 10.66.6.6\r\n" \
                 "True-Client-IP: 10.66.6.6\r\nX-Forwarded: for=10.66.6.6\r\n"
        tracker = self.enterContext(Tracker("--trusted-proxy", "127.0.0.0/8"))
        self.assertEqual(tracker.announce(1, headers=forged)["external ip"], bytes([127, 0, 0, 1]))
        named = tracker.announce(2, headers=forged + "X-Forwarded-For: 10.2.2.2\r\n" + forged)
        self.assertEqual(named["external ip"], bytes([10, 2, 2, 2]))

    def test_nobody_is_sent_to_a_proxy_that_hides_its_client(self):
        tracker = self.enterContext(Tracker("--trusted-proxy", "127.0.0.0/8"))
        for number in (1, 2):
            tracker.announce(number, headers="X-Forwarded-For: unknown\r\n", ip="10.9.9.9")
            self.assertNotIn("external ip", tracker.announce(number, headers="X-Forwarded-For: unknown\r\n"))
        answer = tracker.announce(3)
        self.assertEqual((peers(answer), answer["incomplete"]), ([], 3))

    def test_addresses_that_nobody_can_dial_are_not_handed_out(self):
        tracker = self.enterContext(Tracker("--trusted-proxy", "127.0.0.0/8"))
        nowhere = ("0.0.0.0", "0.1.2.3", "255.255.255.255", "224.0.0.1", "240.0.0.1", "::", "fe80::1", "ff02::1")
        for number, address in enumerate(nowhere, 10):
            tracker.announce(number, ip=address)
            tracker.announce(number + 20, headers=f"X-Forwarded-For: {address}\r\n")
        tracker.announce(1, ip="10.2.2.2")
        tracker.announce(2, ipv6="[2001:db8::9]:7777")
        tracker.announce(3, ip="127.0.0.1")
        answer = tracker.announce(4, headers="X-Forwarded-For: 10.4.4.4\r\n")
        self.assertEqual(sorted(peers(answer)), [("10.2.2.2", 6001), ("2001:db8::9", 7777)])
        self.assertEqual(answer["incomplete"], 2 * len(nowhere) + 4, "they are counted, and get peers")

    def test_a_foreign_address_takes_no_identity(self):
        tracker = self.enterContext(Tracker("--trusted-proxy", "127.0.0.0/8"))
        def from_(address, **fields):
            return tracker.announce(1, headers=f"X-Forwarded-For: {address}\r\n", **fields)
        from_("10.1.1.1", key="aa")
        self.assertEqual(from_("10.66.6.6", key="bb", event="stopped")["incomplete"], 1)
        self.assertEqual(from_("10.66.6.6", event="stopped")["incomplete"], 1)
        self.assertEqual(from_("10.66.6.6", key="bb")["incomplete"], 2)
        self.assertEqual(sorted(peers(tracker.announce(2))), [("10.1.1.1", 6001), ("10.66.6.6", 6001)])
        from_("10.2.2.2", key="aa")
        self.assertEqual(sorted(peers(tracker.announce(2))), [("10.2.2.2", 6001), ("10.66.6.6", 6001)], "it moved")

    def test_caps(self):
        tracker = self.enterContext(Tracker("--max-peers-per-swarm", "2", "--max-swarms", "1"))
        self.assertIn("interval", tracker.announce(1))
        self.assertIn("interval", tracker.announce(2))
        self.assertIn("failure reason", tracker.announce(3))
        self.assertIn("failure reason", tracker.announce(1, info_hash=b"z" * 20))
        self.assertIn("interval", tracker.announce(2))

    def test_the_rate_of_one_address(self):
        tracker = self.enterContext(Tracker("--max-requests-per-second", "5"))
        answers = [tracker.announce(1) for _ in range(200)]
        refused = [a for a in answers if "failure reason" in a]
        self.assertTrue(refused)
        self.assertEqual(refused[0]["retry in"], 1)
        self.assertGreaterEqual(len(answers) - len(refused), 10)

    def test_connections(self):
        tracker = self.enterContext(Tracker("--max-connections", "1"))
        first = http.client.HTTPConnection("127.0.0.1", tracker.port, timeout=20)
        first.request("GET", "/healthz")
        first.getresponse().read()
        with self.assertRaises((ConnectionError, IndexError)):
            tracker.get("/healthz")
        first.close()
        eventually(lambda: _healthy(tracker), "the place is free again")

    def test_check_config(self):
        def check(*options):
            return subprocess.run([PROGRAM, "--check-config", *options], capture_output=True, text=True, timeout=20,
                                  cwd=self.folder)

        good = check("--listen", "127.0.0.1:1", "--db", "none.db", "--site", "a=10.0.0.0/8")
        self.assertEqual((good.returncode, good.stderr), (0, ""))
        self.assertEqual(os.listdir(self.folder), [], "it must leave nothing behind")
        for options, code in ((["--site", "x"], 2), (["--site", "x=10.0.0.0/99"], 2), (["--trusted-proxy", "me"], 2),
                              (["--tls-cert", "c.pem"], 2), (["--key-file", "none"], 5), (["--interval", "25h"], 2),
                              (["--config", self.write("bad.toml", "nonsense = 1\n")], 2)):
            with self.subTest(options=options):
                bad = check(*options)
                self.assertEqual(bad.returncode, code, bad.stderr)
                self.assertEqual(bad.stderr.count("\n"), 1, bad.stderr)

    def test_config_file_and_environment(self):
        config = self.write("t.toml", 'interval = "7m"\nmax-interval = "8m"\n[]\n'.replace("[]\n", ""))
        tracker = self.enterContext(Tracker("--config", config))
        self.assertGreaterEqual(tracker.announce(1)["interval"], 420)
        tracker = self.enterContext(Tracker("--config", config, env={"SHOAL_INTERVAL": "100s"}))
        self.assertTrue(100 <= tracker.announce(1)["interval"] <= 120)


class Example(unittest.TestCase):
    """examples/shoal-tracker.toml must stay true."""

    PATH = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "shoal-tracker.toml")

    def test_it_names_every_option(self):
        result = subprocess.run([PROGRAM, "--help-all"], capture_output=True, text=True, timeout=20)
        options = set(re.findall(r"^ +(?:-., )?--([a-z][a-z-]+)", result.stdout, re.M)) - {
            "help", "help-all", "version", "config", "check-config",
            "admin-token", "shared-file"}  # the one is better in a file, the other is told beside `shared`
        with open(self.PATH) as file:
            named = set(re.findall(r"^#([a-z-]+) = ", file.read(), re.M))
        self.assertEqual(named, options)

    def test_it_is_valid_with_all_options_set(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        files = {"torrents": "a1" * 20 + "\n", "keys": "f3Kq09xTz2 hall-1\n", "admin-token": "s3cret\n"}
        make_certificate(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"), "x")
        for name, content in files.items():
            with open(os.path.join(folder, name), "w") as file:
                file.write(content)
            os.chmod(os.path.join(folder, name), 0o600)
        with open(self.PATH) as file:
            text = re.sub(r"^#(?=[a-z-]+ = )", "", file.read(), flags=re.M)
        config = os.path.join(folder, "all.toml")
        with open(config, "w") as file:
            file.write(text.replace("/etc/shoal-tracker", folder))
        result = subprocess.run([PROGRAM, "--config", config, "--check-config"], capture_output=True, text=True,
                                timeout=20)
        self.assertEqual((result.returncode, result.stderr), (0, ""))


def make_certificate(cert, key, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "90", "-subj", f"/CN={name}", "-addext",
                    "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)


class Tls(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.cert = os.path.join(self.folder, "cert.pem")
        self.key = os.path.join(self.folder, "key.pem")
        self.make_certificate("first")

    def make_certificate(self, name):
        make_certificate(self.cert, self.key, name)

    def client(self, tracker):
        context = ssl.create_default_context(cafile=self.cert)
        client = http.client.HTTPSConnection("127.0.0.1", tracker.port, timeout=20, context=context)
        self.addCleanup(client.close)
        return client

    def announce(self, client, number):
        client.request("GET", f"/announce?info_hash={'a' * 20}&peer_id={'b' * 19}{number}&port=600{number}&left=5")
        answer = client.getresponse()
        self.assertEqual(answer.status, 200)
        return bdecode(answer.read())

    def test_announces_and_a_new_certificate(self):
        tracker = self.enterContext(Tracker("--tls-cert", self.cert, "--tls-key", self.key))
        client = self.client(tracker)
        self.announce(client, 1)
        self.assertEqual(peers(self.announce(client, 2)), [("127.0.0.1", 6001)])
        self.make_certificate("second")
        tracker.process.send_signal(signal.SIGHUP)

        def renewed():
            try:
                return self.announce(self.client(tracker), 3)
            except ssl.SSLError:
                return None

        eventually(renewed, "the new certificate is used")
        self.announce(client, 4)  # on the old connection
        self.assertEqual(tracker.request(b"GET / HTTP/1.0\r\n\r\n")[:5], b"", "plain HTTP is not answered")
        self.assertEqual(tracker.stop(), 0)

    def test_a_bad_certificate_is_named(self):
        with open(self.cert, "w") as file:
            file.write("no certificate")
        result = subprocess.run([PROGRAM, "--listen", "127.0.0.1:0", "--db", ":memory:", "--tls-cert", self.cert,
                                 "--tls-key", self.key], capture_output=True, text=True, timeout=20)
        self.assertEqual(result.returncode, 2)
        self.assertIn(f"shoal-tracker: {self.cert}: ", result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)


def _healthy(tracker):
    try:
        return tracker.get("/healthz")[0] == 200
    except (ConnectionError, IndexError):
        return False


if __name__ == "__main__":
    unittest.main()
