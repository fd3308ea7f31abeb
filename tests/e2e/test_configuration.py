"""Configuration files of the three programs: what is wrong in one is said with its line, before anything starts."""

import os
import pathlib
import re
import tempfile
import unittest

from shoal_testing.processes import run
from shoal_testing.tools import program, tool

# A command of each program that ends by itself, and the table in which its options stand.
COMMANDS = {
    "torrentgen": (["create", "content", "--dry-run"], "[create]\n"),
    "shoal-tracker": (["--check-config"], ""),
    "shoal": (["seed", "no.torrent", "content"], "[seed]\n"),
}


class ConfigurationTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="shoal-config-")))
        (self.folder / "content").write_bytes(b"content")

    def write(self, text):
        (self.folder / "a.toml").write_text(text)

    def run_it(self, name, *arguments, environment=None):
        return run([program(name), *arguments], cwd=self.folder, env={**os.environ, **(environment or {})})

    def refusal(self, name, *arguments):
        """The one line on standard error of a program that refuses its configuration."""
        done = self.run_it(name, *arguments, "--config", "a.toml")
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr.removeprefix(f"{name}: ").rstrip()


class EveryProgram(ConfigurationTest):
    # (what to write below the table, with a fault in its second line; what is said behind "a.toml:LINE: ")
    FAULTS = (
        ("# a comment\nnope = 1\n", "there is no option 'nope'"),
        ("# a comment\n[nonsense]\n", "there is no "),
        ("# a comment\nsome nonsense\n", "Error while parsing key-value pair: expected '=', saw 'n'"),
        ("# a comment\ninterval = 30s\n", "Error while parsing decimal integer: expected digit, saw 's'"),
        ("# a comment\ncomment = text\n", "Error while parsing "),
        ("# a comment\nhelp = true\n", "'help' cannot be set in a file"),
    )

    def test_faults_are_named_with_file_and_line(self):
        for name, (arguments, table) in COMMANDS.items():
            for text, why in self.FAULTS:
                with self.subTest(program=name, text=text):
                    self.write(table + text)
                    line = table.count("\n") + 2
                    said = self.refusal(name, *arguments)
                    self.assertTrue(said.startswith(f"a.toml:{line}: {why}"), said)

    def test_the_nearest_key_or_its_table_is_suggested(self):
        for name, text, says in (
                ("torrentgen", "[create]\npiece_size = '1MiB'\n",
                 "a.toml:2: there is no option 'piece_size': did you mean 'piece-size'?"),
                ("torrentgen", "piece-size = '1MiB'\n",
                 "a.toml:1: there is no option 'piece-size': write it below a line [create]"),
                ("torrentgen", "[crate]\n", "a.toml:1: there is no command 'crate': did you mean [create]?"),
                ("shoal-tracker", "\nintervall = '30s'\n",
                 "a.toml:2: there is no option 'intervall': did you mean 'interval'?"),
                ("shoal-tracker", "[tracker]\ninterval = '30s'\n",
                 "a.toml:1: there is no table 'tracker': write the keys outside of it"),
                ("shoal", "[seed]\n\nlimit-upp = '1MB/s'\n",
                 "a.toml:3: there is no option 'limit-upp': did you mean 'limit-up'?"),
                ("shoal", "[seed]\nwatch-dir = 'x'\n",
                 "a.toml:2: there is no option 'watch-dir': write it below a line [daemon]"),
                ("shoal", "limit-up = '1MB/s'\n",
                 "a.toml:1: there is no option 'limit-up': write it below a line [seed]"),
                ("shoal", "[deamon]\n", "a.toml:1: there is no command 'deamon': did you mean [daemon]?")):
            with self.subTest(text=text):
                self.write(text)
                self.assertEqual(self.refusal(name, *COMMANDS[name][0]), says)

    def test_values_of_the_wrong_kind_are_named_with_their_line(self):
        for name, text, says in (
                ("torrentgen", "[create]\npiece-size = 'large'\n",
                 "a.toml:2: --piece-size: 'large' is not understood, write it like 5MiB, 5MB or 1G"),
                ("torrentgen", "[create]\nforce = 'yes'\n",
                 "a.toml:2: 'force' is switched on or off: write true or false, without quotes"),
                ("torrentgen", "[create]\nname = ['a', 'b']\n",
                 "a.toml:2: 'name' takes one value: write it without the brackets"),
                ("shoal-tracker", "interval = 'soon'\n",
                 "a.toml:1: --interval: 'soon' is not understood, write it like 30s, 10m or 2h"),
                ("shoal-tracker", "\ninterval = '25h'\n", "a.toml:2: --interval: it must be from 1s to 24h"),
                ("shoal-tracker", "db = true\n",
                 "a.toml:1: 'db' takes a text or a number: write a text in \"quotes\""),
                ("shoal", "[seed]\nlimit-up = 'fast'\n",
                 "a.toml:2: --limit-up: 'fast' is not understood, write it like 300MB/s or 40Gbit/s"),
                ("shoal", "[daemon]\nmax-peers = 0\n", "a.toml:2: --max-peers: Value 0 not in range 1 to 65535")):
            with self.subTest(text=text):
                self.write(text)
                said = self.refusal(name, *COMMANDS[name][0])
                self.assertTrue(said.startswith(says), said)

    def test_the_line_is_only_named_for_what_the_file_says(self):
        self.write("interval = '30s'\n")
        done = self.run_it("shoal-tracker", "--config", "a.toml", "--interval", "25h", "--check-config")
        self.assertTrue(done.stderr.startswith("shoal-tracker: --interval: "), done.stderr)
        done = self.run_it("shoal-tracker", "--config", "a.toml", "--check-config",
                           environment={"SHOAL_INTERVAL": "25h"})
        self.assertTrue(done.stderr.startswith("shoal-tracker: --interval: "), done.stderr)

    def test_texts_keep_their_commas_and_hashes(self):
        self.write("[create]\ncomment = 'one, two # three'  # a comment\n")
        done = self.run_it("torrentgen", "create", "content", "-o", "a.torrent", "--config", "a.toml")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"one, two # three", (self.folder / "a.torrent").read_bytes())


class Daemon(ConfigurationTest):
    """shoal daemon --check-config."""

    EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "shoal-daemon.toml"
    FLEET = ("--state-dir", "state")

    def check(self, *options, environment=None):
        return self.run_it("shoal", "daemon", *self.FLEET, *options, "--check-config", environment=environment)

    def secret(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    def certificate(self, days):
        """cert.pem and key.pem, valid until so many days from now."""
        made = run([tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                    "key.pem", "-out", "cert.pem", "-days", str(days), "-subj", "/CN=x"], cwd=self.folder)
        self.assertEqual(made.returncode, 0, made.stderr)

    def test_a_certificate_that_expires_soon_is_a_warning(self):
        self.certificate(5)
        done = self.check("--cert", "cert.pem", "--key", "key.pem")
        self.assertEqual((done.returncode, done.stdout), (0, "the configuration is valid\n"))
        self.assertIn(" warning the certificate expires soon", done.stderr.replace('"', ""))

    def test_a_valid_configuration(self):
        self.write("[daemon]\nlimit-up = '1MB/s'\non-done = 'true'\n[get]\ntimeout = '5m'\n")
        done = self.check("--config", "a.toml")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "the configuration is valid\n", ""))
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["a.toml", "content"], "it must leave nothing behind")

    def test_the_example_is_valid_with_all_options_set(self):
        text = re.sub(r"^#(?=[a-z-]+ = )", "", self.EXAMPLE.read_text(), flags=re.M)
        for path in ("/usr/local/bin/model-arrived", "/usr/local/bin/alert"):
            program_file = self.folder / pathlib.Path(path).name
            program_file.write_text("#!/bin/sh\n")
            program_file.chmod(0o755)
            text = text.replace(path, str(program_file))
        self.certificate(90)
        self.secret("rpc-auth", "user:password\n")
        self.secret("rpc-token", "a-long-token\n")
        self.write(text.replace("/etc/shoal", str(self.folder)))
        done = self.check("--config", "a.toml")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_example_names_every_option(self):
        shown = self.run_it("shoal", "daemon", "--help-all").stdout
        options = set(re.findall(r"^ +(?:-., *)?--([a-z][a-z-]+)", shown, re.M))
        named = set(re.findall(r"^#([a-z-]+) = ", self.EXAMPLE.read_text(), re.M))
        left_out = {"help", "help-all", "config", "version", "check-config", "rpc-auth"}  # a password has no place in this file
        self.assertEqual(named, options - left_out)

    def test_what_cannot_be_is_refused(self):
        self.secret("empty", "\n")
        self.secret("blank", "\ufeff  \n")
        self.secret("half", "user:\n")
        (self.folder / "open").write_text("user:password\n")
        (self.folder / "open").chmod(0o644)
        for options, code, says in (
                (["--hook-timeout", "0"], 2, "--hook-timeout: it must be from 1s to 24h"),
                (["--seed-ratio", "nan"], 2, "--seed-ratio: it is no number"),
                (["--seed-ratio", "-1"], 2, "--seed-ratio: "),
                (["--seed-idle", "9999d"], 2, "--seed-idle: it must be 3650d at most"),
                (["--seed-for", "9999d"], 2, "--seed-for: it must be 3650d at most"),
                (["--max-peers", "0"], 2, "--max-peers: "),
                (["--rate", "nonsense"], 2, "rate rule 'nonsense': "),
                (["--download-dir", ""], 2, "--download-dir: is empty"),
                (["--watch-dir", ""], 2, "--watch-dir: is empty"),
                (["--rpc-socket", ""], 2, "--rpc-socket: is empty"),
                (["--rpc-auth", ""], 2, "--rpc-auth: is empty"),
                (["--rpc-auth", ":"], 2, "user and password: one of them is empty"),
                (["--rpc-auth-file", ""], 2, "--rpc-auth-file: is empty"),
                (["--rpc-auth-file", "empty"], 2, "empty: holds nothing"),
                (["--rpc-auth-file", "half"], 2, "user and password: one of them is empty"),
                (["--rpc-auth-file", "open"], 2, "open: everybody on this machine may read it"),
                (["--rpc-auth-file", "none"], 5, "none: No such file"),
                (["--rpc-token-file", ""], 2, "--rpc-token-file: is empty"),
                (["--rpc-token-file", "blank"], 2, "blank: holds nothing"),
                (["--rpc-host-name", ""], 2, "--rpc-host-name: is empty"),
                (["--rpc-listen", "127.0.0.1:1", "--rpc-listen", "127.0.0.1:1"], 2, "--rpc-listen: 127.0.0.1:1 is there twice"),
                (["--listen", "127.0.0.1:1", "--listen", "127.0.0.1:1"], 2, "--listen: 127.0.0.1:1 is there twice"),
                (["--rpc-listen", "0.0.0.0:9091"], 2, "--rpc-listen 0.0.0.0:9091: would let everybody"),
                (["--cert", "content"], 2, "--cert and --key: go together"),
                (["--cert", "content", "--key", "content"], 2, "content: holds no CERTIFICATE"),
                (["--watch-dir", "content"], 5, f"{self.folder}/content: Not a directory"),
                (["--on-done", "/no/such/program -x"], 5, "/no/such/program: No such file"),
                (["--on-error", "no-such-program"], 5, "--on-error: 'no-such-program' is in no folder of PATH")):
            with self.subTest(options=options):
                refused = self.check(*options)
                self.assertEqual((refused.returncode, refused.stdout), (code, ""), refused.stderr)
                self.assertTrue(refused.stderr.startswith("shoal: " + says), refused.stderr)
                self.assertEqual(refused.stderr.count("\n"), 1, refused.stderr)


if __name__ == "__main__":
    unittest.main()
