"""What the tests of shoal share: content, a small tracker that tells what it heard, and runs of the programs."""

import hashlib
import http.server
import json
import os
import pathlib
import random
import shutil
import socket
import tempfile
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request

from shoal_testing.processes import Background, run
from shoal_testing.tools import program

MIB = 1024 * 1024
TIMEOUT = 60


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(bencode(v) for v in value) + b"e"
    pairs = sorted((k.encode() if isinstance(k, str) else k, v) for k, v in value.items())
    return b"d" + b"".join(bencode(k) + bencode(v) for k, v in pairs) + b"e"


def random_file(path, size, seed=1):
    """`size` bytes that no compression and no sparse file could fake, the same for the same seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(random.Random(seed).randbytes(size))
    return path


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tree(folder):
    """Relative path -> content digest of every file below `folder`."""
    return {str(p.relative_to(folder)): digest(p) for p in sorted(folder.rglob("*")) if p.is_file()}


class _QuietServer(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # a client that was ended in the middle of its request


class _Server:
    def __init__(self, handler):
        self.httpd = _QuietServer(("127.0.0.1", 0), handler)
        self.port = self.httpd.server_address[1]
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()


class Tracker(_Server):
    """Keeps every announce in `heard`; `peers` and `leechers` (what it claims) can be set by the test.

    @param peers_for_seeds  without, only leechers can find the others, as where they are behind a NAT
    """

    def __init__(self, failure=None, interval=5, peers_for_seeds=True):
        self.heard = []
        self.peers_for_seeds = peers_for_seeds
        self.interval = interval
        self.swarm = {}
        self.claimed_leechers = None
        tracker = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query, encoding="latin-1"))
                body = bencode({"failure reason": failure}) if failure else tracker.answer(query)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(Handler)
        self.url = f"http://127.0.0.1:{self.port}/announce"

    def answer(self, query):
        self.heard.append(query)
        port, left = int(query["port"]), int(query.get("left", 1))
        if query.get("event") == "stopped":
            self.swarm.pop(port, None)
        else:
            self.swarm[port] = left
        leechers = sum(1 for left in self.swarm.values() if left)
        found = [p for p in self.swarm if p != port and (left or self.peers_for_seeds)]
        peers = b"".join(socket.inet_aton("127.0.0.1") + p.to_bytes(2, "big") for p in found)
        return bencode({
            "interval": self.interval, "complete": len(self.swarm) - leechers, "peers": peers,
            "incomplete": leechers if self.claimed_leechers is None else self.claimed_leechers,
        })

    def events(self):
        return [query.get("event") for query in self.heard]


class FileServer(_Server):
    """Serves what is in `pages`: path -> body, or path -> ("redirect", location)."""

    def __init__(self, pages):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                page = pages.get(self.path)
                if isinstance(page, tuple):
                    self.send_response(302)
                    self.send_header("Location", page[1])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                body = page if page is not None else b"no such page"
                self.send_response(200 if page is not None else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(Handler)
        self.url = f"http://127.0.0.1:{self.port}"


class Redirector(_Server):
    """Sends every request to what `where` makes of its path."""

    def __init__(self, where):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(302)
                self.send_header("Location", where(self.path))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(Handler)
        self.url = f"http://127.0.0.1:{self.port}"


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-client-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.serial = 0

    def start(self, *args, **options):
        self.serial += 1
        process = Background([program("shoal"), *args], self.folder / f"{args[0]}-{self.serial}.log", **options)
        self.addCleanup(process.stop)
        return process

    def serve(self, server):
        self.addCleanup(server.close)
        return server

    def make_torrent(self, content, *options, name="content.torrent"):
        torrent = self.folder / name
        made = run([program("torrentgen"), "create", content, "-o", torrent, *options])
        self.assertEqual(made.returncode, 0, made.stderr)
        return torrent

    def seed(self, torrent, content, *options):
        """A running `shoal seed` and the HOST:PORT where it is."""
        process = self.start("seed", torrent, content, "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", *options)
        return process, process.wait_for(r"listening on (127\.0\.0\.1:\d+)").group(1)

    def daemon(self, *options):
        """A running `shoal daemon`; `port` is its control port."""
        process = self.start("daemon", "--state-dir", self.folder / "state", "--download-dir", self.folder / "downloads",
                             "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", "--rpc-listen", "127.0.0.1:0", *options)
        process.port = process.wait_for(r"control port address=127\.0\.0\.1:(\d+)").group(1)
        return process

    def rpc(self, daemon, method, arguments={}):
        """What the daemon answers to this request of the Transmission RPC."""
        request = urllib.request.Request(f"http://127.0.0.1:{daemon.port}/transmission/rpc",
                                         data=json.dumps({"method": method, "arguments": arguments}).encode())
        try:
            urllib.request.urlopen(request, timeout=20)
        except urllib.error.HTTPError as refused:
            with refused:
                request.add_header("X-Transmission-Session-Id", refused.headers["X-Transmission-Session-Id"])
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["arguments"]

    def get_args(self, torrent, target, *options):
        return ["get", torrent, "-o", target, "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", "--json", *options]

    def get(self, torrent, target, *options, env=None):
        """A finished `shoal get`: exit code, JSON events, standard error."""
        done = run([program("shoal"), *self.get_args(torrent, target, *options)], timeout=TIMEOUT,
                   env={**os.environ, **(env or {})})
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def assert_got(self, result):
        """It ended well; its `done` event."""
        code, events, errors = result
        self.assertEqual(code, 0, (events, errors))
        done = [event for event in events if event["event"] == "done"]
        self.assertEqual(len(done), 1, events)
        return done[0]

    def assert_failed(self, result, code, *words):
        """It failed with this code, on one line that holds these words, as the program's last word."""
        actual, events, errors = result
        self.assertEqual(actual, code, (events, errors))
        self.assertEqual(len(errors.splitlines()), 1, errors)
        for word in words:
            self.assertIn(word, errors)
        self.assertEqual(events[-1]["event"], "error", events)
        self.assertEqual(events[-1]["code"], code)

    def hidden(self, target):
        return sorted(p.name for p in target.iterdir() if p.name.startswith("."))
