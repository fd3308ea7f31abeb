"""Secrets in files and in the service manager's credentials, and the folder that it gives to a service."""

import json
import os
import pathlib
import tempfile
import unittest

from shoal_testing.processes import run
from shoal_testing.tools import program
from tracker_program import Tracker


class Secrets(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.credentials = {"CREDENTIALS_DIRECTORY": str(self.folder)}

    def secret(self, name, content, mode=0o400):
        path = self.folder / name
        path.write_text(content)
        path.chmod(mode)
        return str(path)

    def check(self, *command, env=None):
        return run([program(command[0]), *command[1:], "--check-config"], env={**os.environ, **(env or {})}, cwd=self.folder)

    def register(self, tracker, token):
        """The status of registering a torrent with this token."""
        body = json.dumps({"info_hash": "a1" * 20, "name": "model", "size": 1})
        answer = tracker.request(f"POST /api/v1/torrents HTTP/1.0\r\nAuthorization: Bearer {token}\r\n"
                                 f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}")
        return int(answer.split()[1])

    def test_the_trackers_token_from_a_file(self):
        with Tracker("--admin-token-file", self.secret("token", "s3cret\n")) as tracker:
            self.assertEqual(self.register(tracker, "wrong"), 401)
            self.assertEqual(self.register(tracker, "s3cret"), 201)

    def test_the_trackers_token_and_keys_as_credentials(self):
        self.secret("shoal-tracker.admin-token", "s3cret\n")
        self.secret("shoal-tracker.keys", "f3Kq09xTz2 hall-1\n")
        with Tracker(env=self.credentials) as tracker:
            self.assertEqual(self.register(tracker, "s3cret"), 201)
            self.assertIn("failure reason", tracker.announce())
            self.assertNotIn("failure reason", tracker.announce(path="/announce/f3Kq09xTz2"))

    def test_an_option_wins_over_the_credential(self):
        self.secret("shoal-tracker.admin-token", "s3cret\n")
        with Tracker("--admin-token", "other", env=self.credentials) as tracker:
            self.assertEqual(self.register(tracker, "s3cret"), 401)
            self.assertEqual(self.register(tracker, "other"), 201)

    def test_the_shared_redis_from_a_file_and_as_a_credential(self):
        for options, env in ((["--shared-file", self.secret("shoal-tracker.shared", "nonsense://\n")], {}), ([], self.credentials)):
            with self.subTest(options=options):
                refused = self.check("shoal-tracker", *options, env=env)
                self.assertEqual(refused.returncode, 2, refused.stderr)
                self.assertIn("--shared: it does not begin with redis://", refused.stderr)

    def test_what_cannot_be_is_refused(self):
        token = self.secret("token", "s3cret\n")
        for options, code, says in (
                (["--admin-token", "a", "--admin-token-file", token], 2, "--admin-token-file: --admin-token is there too: choose one"),
                (["--shared", "redis://h", "--shared-file", token], 2, "--shared-file: --shared is there too: choose one"),
                (["--admin-token-file", self.secret("open", "x\n", 0o644)], 2, f"{self.folder}/open: everybody on this machine may read it"),
                (["--admin-token-file", self.secret("empty", "\n")], 2, f"{self.folder}/empty: holds nothing"),
                (["--admin-token-file", self.secret("words", "two words\n")], 2, "--admin-token: it has blanks"),
                (["--admin-token-file", "none"], 5, "none: No such file"),
                (["--admin-token-file", ""], 2, "--admin-token-file: is empty")):
            with self.subTest(options=options):
                refused = self.check("shoal-tracker", *options)
                self.assertEqual((refused.returncode, refused.stdout), (code, ""), refused.stderr)
                self.assertTrue(refused.stderr.startswith("shoal-tracker: " + says), refused.stderr)

    def test_the_daemons_credentials_let_it_listen_to_other_machines(self):
        options = ("shoal", "daemon", "--state-dir", str(self.folder / "state"), "--rpc-listen", "0.0.0.0:9091")
        self.assertEqual(self.check(*options, env=self.credentials).returncode, 2)
        for name, content in (("shoal.rpc-auth", "user:password\n"), ("shoal.rpc-token", "s3cret\n")):
            with self.subTest(name):
                path = self.secret(name, content)
                valid = self.check(*options, env=self.credentials)
                self.assertEqual((valid.returncode, valid.stderr), (0, ""))
                os.remove(path)
        self.secret("shoal.rpc-auth", "no colon\n")
        self.assertEqual(self.check(*options, env=self.credentials).returncode, 2)

    def test_a_service_keeps_its_swarms_in_its_state_folder(self):
        env = {"STATE_DIRECTORY": str(self.folder)}
        with Tracker("--admin-token", "s3cret", db=None, env=env) as tracker:
            self.assertEqual(self.register(tracker, "s3cret"), 201)
            self.assertEqual(tracker.stop(), 0)
        self.assertTrue((self.folder / "swarms.db").is_file())


if __name__ == "__main__":
    unittest.main()
