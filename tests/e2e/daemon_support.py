"""What the tests of shoal daemon share: the daemon on folders of its own, a tracker, seeds, and requests to its control port."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from shoal_testing.clients import make_torrent
from shoal_testing.content import large_file
from shoal_testing.processes import Background, run, wait_until
from shoal_testing.tools import program, tool

# For the tests, beside what is here.
__all__ = ["DaemonTest", "wait_until"]


class DaemonTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="shoal-daemon-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.state = self.folder / "state"
        self.downloads = self.folder / "downloads"
        self.tracker = Background([program("shoal-tracker"), "--listen", "127.0.0.1:0", "--db", ":memory:", "--interval", "5s"],
                                  self.folder / "tracker.log")
        self.addCleanup(self.tracker.stop)
        self.tracker_port = self.tracker.wait_for(r"listening .*127\.0\.0\.1:(\d+)").group(1)

    def torrent(self, size=6 << 20, name="content.bin"):
        """Content, and its torrent with our tracker."""
        content = large_file(self.folder / name, size)
        torrent = self.folder / f"{name}.torrent"
        make_torrent(content, torrent, "--announce", f"http://127.0.0.1:{self.tracker_port}/announce", "--piece-size", "256KiB")
        return content, torrent

    def seed(self, torrent, content, *options):
        seed = Background([program("shoal"), "seed", torrent, content, "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", *options],
                          self.folder / f"seed-{content.name}.log")
        self.addCleanup(seed.stop)
        return seed

    def daemon(self, *options, environment=None, log="daemon.log", **more):
        """A daemon on this test's folders; `port` is its control port."""
        daemon = Background(
            [program("shoal"), "daemon", "--state-dir", self.state, "--download-dir", self.downloads,
             "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", "--rpc-listen", "127.0.0.1:0", *options],
            self.folder / log, env={**os.environ, **(environment or {})}, **more)
        self.addCleanup(daemon.stop)
        daemon.port = int(daemon.wait_for(r"control port address=127\.0\.0\.1:(\d+)").group(1))
        return daemon

    def shoal(self, daemon, *args, expect=0):
        done = run([program("shoal"), *args, "--rpc", f"127.0.0.1:{daemon.port}"])
        self.assertEqual(done.returncode, expect, f"{args}: {done.stdout}{done.stderr}")
        return done.stdout if expect == 0 else done.stderr

    def rows(self, daemon):
        return json.loads(self.shoal(daemon, "list", "--json"))

    def remote(self, daemon, *args):
        done = run([tool("transmission-remote"), f"127.0.0.1:{daemon.port}", *args])
        self.assertEqual(done.returncode, 0, f"{args}: {done.stdout}{done.stderr}")
        return done.stdout

    def post(self, daemon, body, **headers):
        """The HTTP status, headers and body of a request to the control port."""
        request = urllib.request.Request(f"http://127.0.0.1:{daemon.port}/transmission/rpc", data=body.encode(),
                                         headers={k.replace("_", "-"): v for k, v in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    def rpc(self, daemon, method, arguments=None):
        """The answer of the control port, whatever it says. The session id is asked for once, as clients do."""
        body = json.dumps({"method": method, "arguments": arguments or {}})
        if not hasattr(daemon, "session_id"):
            status, headers, _ = self.post(daemon, body)
            self.assertEqual(status, 409)
            daemon.session_id = headers["X-Transmission-Session-Id"]
        status, _, text = self.post(daemon, body, X_Transmission_Session_Id=daemon.session_id)
        self.assertEqual(status, 200, text)
        return json.loads(text)

    def call(self, daemon, method, **arguments):
        """The arguments of a successful answer. In names an underscore stands for a hyphen."""
        answer = self.rpc(daemon, method, {name.replace("_", "-"): value for name, value in arguments.items()})
        self.assertEqual(answer["result"], "success", (method, arguments))
        return answer["arguments"]

    def refusal(self, daemon, method, **arguments):
        """Why it was refused."""
        answer = self.rpc(daemon, method, {name.replace("_", "-"): value for name, value in arguments.items()})
        self.assertNotEqual(answer["result"], "success", (method, arguments))
        return answer["result"]

    def get(self, daemon, torrent, *fields):
        """The value of one field of one torrent, or a list of several."""
        found = self.call(daemon, "torrent-get", ids=torrent, fields=list(fields))["torrents"]
        self.assertEqual(len(found), 1, (torrent, found))
        values = [found[0][field] for field in fields]
        return values[0] if len(values) == 1 else values

    def page(self, daemon, path):
        """The HTTP status and the text of a page of the control port."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{daemon.port}{path}", timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def small_disk(self, name, size):
        """A file system of its own, `size` as mount(8) takes it."""
        disk = self.folder / name
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", disk], check=True)
        return disk
