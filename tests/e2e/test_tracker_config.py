"""What the tracker says of its configuration: values that could serve nobody, lists that let nobody in, and certificates that clients
refuse."""

import os
import re
import signal
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.request

from tracker_program import PROGRAM, Tracker


def make_certificate(certificate, key, days=90):
    """Self-signed, valid until so many days from now."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                    "-out", certificate, "-days", "90", "-subj", "/CN=x"], check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-in", certificate, "-signkey", key, "-days", str(days), "-out", certificate], check=True,
                   capture_output=True)


class ConfigTest(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.certificate = os.path.join(self.folder, "cert.pem")
        self.key = os.path.join(self.folder, "key.pem")

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(content)
        return path

    def check(self, *options):
        return subprocess.run([PROGRAM, "--check-config", *options], capture_output=True, text=True, timeout=20, cwd=self.folder,
                              stdin=subprocess.DEVNULL)

    def line_with(self, tracker, text):
        """The next line of the log that has this text."""
        for line in tracker.process.stderr:
            if text in line:
                return line
        raise AssertionError(f"the log ended without {text!r}")


class Values(ConfigTest):
    # (options, what is said of them)
    REFUSED = (
        (["--max-peers", "0"], "--max-peers: it must be from 1 to 256"),
        (["--max-peers", "100000"], "--max-peers: it must be from 1 to 256"),
        (["--max-peers", "-1"], "Could not convert: --max-peers = -1"),
        (["--numwant", "0"], "--numwant: it must be from 1 to 256"),
        (["--max-connections", "0"], "--max-connections: it must be from 1 to 10000000"),
        (["--max-header-size", "10"], "--max-header-size: it must be from 1KiB to 1MiB"),
        (["--max-header-size", "1TiB"], "--max-header-size: it must be from 1KiB to 1MiB"),
        (["--idle-timeout", "0"], "--idle-timeout: it must be from 1s to 24h"),
        (["--interval", "0s"], "--interval: it must be from 1s to 24h"),
        (["--max-interval", "0s"], "--max-interval: it must be from 1s to 24h"),
        (["--site-share", "nan"], "--site-share: it must be from 0 to 0.9"),
        (["--site-share", "1"], "--site-share: it must be from 0 to 0.9"),
        (["--admin-token", ""], "--admin-token: it is empty"),
        (["--admin-token", "two words"], "--admin-token: it has blanks"),
        (["--db", ""], "--db: it is empty"),
        (["--allow-list", ""], "--allow-list: is empty"),
        (["--key-file", ""], "--key-file: is empty"),
        (["--trusted-proxy", ""], "--trusted-proxy: '' is no network"),
        (["--external-address", "0.0.0.0"], "--external-address: no other machine can dial 0.0.0.0"),
        (["--external-address", "127.0.0.1"], "--external-address: no other machine can dial 127.0.0.1"),
        (["--external-address", "ff02::1"], "--external-address: no other machine can dial ff02::1"),
        (["--site", "a=10.0.0.0/8", "--site", "a=11.0.0.0/8"], "--site: 'a' is there twice"),
        (["--site", "a=10.0.0.0/8", "--site", "b=11.0.0.0/8,10.0.0.0/8"], "--site: 10.0.0.0/8 is there twice"),
        (["--site", "=10.0.0.0/8"], "--site: '=10.0.0.0/8' has no name"),
        (["--site", "a="], "--site: '' is no network"),
        (["--listen", "127.0.0.1:6969", "--listen", "127.0.0.1:6969"], "--listen: 127.0.0.1:6969 is there twice"),
    )

    def test_zero_absurd_empty_and_doubled_values_are_refused(self):
        for options, says in self.REFUSED:
            with self.subTest(options=options):
                refused = self.check(*options)
                self.assertEqual((refused.returncode, refused.stdout), (2, ""), refused.stderr)
                self.assertTrue(refused.stderr.startswith("shoal-tracker: " + says), refused.stderr)
                self.assertEqual(refused.stderr.count("\n"), 1, refused.stderr)

    def test_a_tracker_does_not_start_with_them_either(self):
        started = subprocess.run([PROGRAM, "--db", ":memory:", "--listen", "127.0.0.1:0", "--admin-token", ""], capture_output=True,
                                 text=True, timeout=20)
        self.assertEqual(started.returncode, 2)
        self.assertIn("--admin-token: it is empty", started.stderr)

    def test_the_widest_values_are_valid(self):
        for options in (["--max-peers", "1", "--numwant", "1", "--max-connections", "1", "--max-header-size", "1KiB",
                         "--idle-timeout", "1s", "--interval", "1s", "--max-interval", "1s", "--site-share", "0"],
                        ["--max-peers", "256", "--numwant", "256", "--max-connections", "10000000", "--max-header-size", "1MiB",
                         "--idle-timeout", "24h", "--interval", "24h", "--max-interval", "24h", "--site-share", "0.9"],
                        ["--site", "a=10.0.0.0/8", "--site", "b=10.1.0.0/16"],  # the narrower one counts
                        ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"]):
            with self.subTest(options=options):
                valid = self.check(*options)
                self.assertEqual((valid.returncode, valid.stderr), (0, ""))


class Lists(ConfigTest):
    HASH = "a1" * 20

    def test_a_reload_says_how_many_entries_it_has_read(self):
        allowed = self.write("torrents", f"{self.HASH} model\n{'b2' * 20}\n")
        keys = self.write("keys", "first-key hall1\n")
        tracker = self.enterContext(Tracker("--allow-list", allowed, "--key-file", keys))
        self.assertIn("allow_list=2 keys=1 certificate_until=none", self.line_with(tracker, "lists and certificate read "))
        self.write("keys", "first-key hall1\nsecond-key hall2\nthird-key hall3\n")
        tracker.process.send_signal(signal.SIGHUP)
        self.assertIn("allow_list=2 keys=3 certificate_until=none", self.line_with(tracker, "lists and certificate read again"))

    def test_an_emptied_list_is_a_warning(self):
        allowed = self.write("torrents", f"{self.HASH}\n")
        keys = self.write("keys", "first-key hall1\n")
        tracker = self.enterContext(Tracker("--allow-list", allowed, "--key-file", keys))
        self.write("torrents", "# none left\n")
        self.write("keys", "")
        tracker.process.send_signal(signal.SIGHUP)
        self.assertIn("allow_list=0 keys=0", self.line_with(tracker, "lists and certificate read again"))
        self.assertIn(f" warning the allow list is empty: only torrents registered through the API are served file={allowed}",
                      self.line_with(tracker, "allow list is empty").replace('"', ""))
        self.assertIn(f" warning the key file is empty: every announce is refused file={keys}",
                      self.line_with(tracker, "key file is empty").replace('"', ""))

    def test_empty_lists_are_valid_with_a_warning(self):
        valid = self.check("--allow-list", self.write("torrents", ""), "--key-file", self.write("keys", "\n"))
        self.assertEqual((valid.returncode, valid.stdout), (0, "the configuration is valid\n"))
        self.assertIn("the allow list is empty", valid.stderr)
        self.assertIn("the key file is empty", valid.stderr)

    def test_a_reload_without_files_says_that_there_are_none(self):
        tracker = self.enterContext(Tracker())
        tracker.process.send_signal(signal.SIGHUP)
        self.assertIn("allow_list=none keys=none certificate_until=none", self.line_with(tracker, "read again"))


class Certificates(ConfigTest):
    def files(self):
        return ("--tls-cert", self.certificate, "--tls-key", self.key)

    def until(self):
        """When the certificate expires, as openssl has it."""
        shown = subprocess.run(["openssl", "x509", "-in", self.certificate, "-noout", "-enddate", "-dateopt", "iso_8601"], check=True,
                               capture_output=True, text=True).stdout
        return shown.strip().removeprefix("notAfter=").replace(" ", "T", 1)

    def expiry(self, tracker):
        """The same as the metric has it."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with urllib.request.urlopen(f"https://127.0.0.1:{tracker.port}/metrics", timeout=20, context=context) as answer:
            seconds = re.search(rb"^shoal_tracker_certificate_expiry_timestamp_seconds (\d+)$", answer.read(), re.M).group(1)
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(seconds)))

    def test_the_check_warns_of_an_expired_or_soon_expiring_one(self):
        for days, warning in ((90, ""), (5, "the TLS certificate expires soon"), (-1, "the TLS certificate has expired")):
            with self.subTest(days=days):
                make_certificate(self.certificate, self.key, days)
                valid = self.check(*self.files())
                self.assertEqual((valid.returncode, valid.stdout), (0, "the configuration is valid\n"), valid.stderr)
                self.assertEqual(valid.stderr.count("\n"), 1 if warning else 0, valid.stderr)
                self.assertIn(warning, valid.stderr)
                if warning:
                    self.assertIn(f"file={self.certificate}", valid.stderr)
                    self.assertIn(f"valid_until={self.until()}", valid.stderr)

    def test_a_running_tracker_warns_at_the_start_and_of_a_new_one(self):
        make_certificate(self.certificate, self.key, -1)
        tracker = self.enterContext(Tracker(*self.files()))
        self.assertIn(" warning ", self.line_with(tracker, "the TLS certificate has expired"))
        self.assertEqual(self.expiry(tracker), self.until())
        make_certificate(self.certificate, self.key, 5)
        tracker.process.send_signal(signal.SIGHUP)
        self.assertIn(f"certificate_until={self.until()}", self.line_with(tracker, "read again"))
        self.assertIn(" warning ", self.line_with(tracker, "the TLS certificate expires soon"))
        make_certificate(self.certificate, self.key, 90)
        tracker.process.send_signal(signal.SIGHUP)
        self.line_with(tracker, "read again")
        self.assertEqual(tracker.stop(), 0)
        self.assertNotIn("TLS certificate", "".join(tracker.lines[-4:]))

    def test_a_key_with_a_pass_phrase_is_refused_without_asking(self):
        make_certificate(self.certificate, self.key)
        subprocess.run(["openssl", "ec", "-in", self.key, "-aes128", "-passout", "pass:secret", "-out", self.key], check=True,
                       capture_output=True)
        refused = self.check(*self.files())
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        self.assertIn("without a pass phrase", refused.stderr)
        self.assertEqual(refused.stderr.count("\n"), 1, refused.stderr)


if __name__ == "__main__":
    unittest.main()
