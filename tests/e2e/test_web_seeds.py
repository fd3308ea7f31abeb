"""Web seeds (BEP 19) that fail say why, wherever somebody looks; signed links and redirected folders work."""

import http.server
import json
import re
import unittest
import urllib.parse

from client_support import MIB, ClientTest, _Server, random_file, tree
from shoal_testing.processes import run, wait_until
from shoal_testing.tools import program


class WebServer(_Server):
    """Serves a folder under /KIND/PATH, each kind with a fault of its own. `asked` keeps the paths."""

    def __init__(self, folder):
        self.asked = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                server.asked.append(self.path)
                parts = urllib.parse.urlsplit(self.path)
                _, kind, path = urllib.parse.unquote(parts.path).split("/", 2)
                if kind == "store":  # as an object store that calls every file by a key
                    path = path.replace("~", "/")
                server.answer(self, kind, path, parts.query, folder)

            def log_message(self, *_):
                pass

        super().__init__(Handler)
        self.url = f"http://127.0.0.1:{self.port}"

    @staticmethod
    def send(handler, status, body=b"", **headers):
        handler.send_response(status)
        for name, value in {"Content-Length": len(body), **headers}.items():
            handler.send_header(name.replace("_", "-"), str(value))
        handler.end_headers()
        handler.wfile.write(body)

    def part(self, handler, data, cut=None):
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers.get("Range", ""))
        if not asked:
            return self.send(handler, 200, data)
        begin, end = int(asked[1]), min(int(asked[2]), len(data) - 1)
        if begin >= len(data):
            return self.send(handler, 416, Content_Range=f"bytes */{len(data)}")
        body = data[begin:end + 1]
        self.send(handler, 206, body[:cut], Content_Length=len(body), Content_Range=f"bytes {begin}-{end}/{len(data)}")
        if cut is not None:
            handler.close_connection = True

    def answer(self, handler, kind, path, query, folder):
        data = (folder / path).read_bytes() if (folder / path).is_file() else None
        if data is None:
            self.send(handler, 404)
        elif kind == "forbidden" or (kind == "signed" and query != "sig=a%20b"):
            self.send(handler, 403)
        elif kind == "login":
            self.send(handler, 200, b"<html>please log in</html>", Content_Type="text/html")
        elif kind == "loop":
            self.send(handler, 302, Location="/loop/" + path)
        elif kind == "moved":
            self.send(handler, 302, Location="/good/" + urllib.parse.quote(path))
        elif kind == "scattered":
            self.send(handler, 302, Location="/store/" + urllib.parse.quote(path.replace("/", "~")))
        elif kind == "short":
            self.part(handler, data[:1000])
        elif kind == "cut":
            self.part(handler, data, cut=0)
        elif kind == "wrong":
            self.part(handler, bytes(len(data)))
        else:
            self.part(handler, data)


REASONS = {
    "forbidden": "answers HTTP 403 Forbidden",
    "login": "answers with a web page instead of the file",
    "loop": "redirects more than 5 times",
    "short": "has a file of 1000 bytes there",
    "cut": "closes the connection before it has sent what it promised",
    "wrong": "has other bytes than the torrent: piece ",
}


class WebSeeds(ClientTest):
    def setUp(self):
        super().setUp()
        self.origin = self.folder / "origin"
        self.content = random_file(self.origin / "one.bin", MIB)
        self.server = self.serve(WebServer(self.origin))

    def torrent_of(self, url, content=None):
        return self.make_torrent(content or self.content, "--piece-size", "64KiB", "--web-seed", url, "--force")

    def test_each_failure_is_told_on_the_terminal_in_json_and_at_the_end(self):
        for kind, why in REASONS.items():
            with self.subTest(kind=kind):
                url = f"{self.server.url}/{kind}/one.bin"
                code, events, errors = self.get(self.torrent_of(url), self.folder / kind, "--timeout", "4s")
                self.assertEqual(code, 4, errors)
                told = [event for event in events if event["event"] == "web_seed_failed"]
                self.assertEqual([event["url"] for event in told], [url], events)
                self.assertIn(why, told[0]["why"])
                self.assertNotEqual(told[0]["advice"], "")
                self.assertIn(f"web seed {url} {why}", errors)
                done = run([program("shoal"), "get", self.folder / "content.torrent", "-o", self.folder / kind, "--timeout", "3s",
                            "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd"])
                self.assertIn(f"shoal: web seed {url}: {why}", done.stderr)

    def test_wrong_bytes_of_v2_pieces_are_told(self):
        random_file(self.origin / "set" / "small.dat", 40_000)
        random_file(self.origin / "set" / "large.dat", 200_000, seed=2)
        torrent = self.make_torrent(self.origin / "set", "--piece-size", "64KiB", "--format", "v2", "--web-seed",
                                    self.server.url + "/wrong/", "--force")
        code, events, errors = self.get(torrent, self.folder / "got", "--timeout", "4s")
        self.assertEqual(code, 4, errors)
        told = [event["why"] for event in events if event["event"] == "web_seed_failed"]
        self.assertTrue(any(REASONS["wrong"] in why for why in told), told)
        self.assertIn(REASONS["wrong"], errors)
        right = self.make_torrent(self.origin / "set", "--piece-size", "64KiB", "--format", "v2", "--web-seed",
                                  self.server.url + "/good/", "--force")
        code, events, errors = self.get(right, self.folder / "got", "--timeout", "10s")
        self.assertEqual(code, 0, errors)
        self.assertEqual(tree(self.folder / "got" / "set"), tree(self.origin / "set"))

    def test_in_the_daemon(self):
        url = f"{self.server.url}/forbidden/one.bin"
        daemon = self.daemon()
        address = f"127.0.0.1:{daemon.port}"
        self.assertEqual(run([program("shoal"), "add", self.torrent_of(url), "--rpc", address]).returncode, 0)
        line = f"web seed     {url} answers HTTP 403 Forbidden"
        wait_until(lambda: line in run([program("shoal"), "status", "1", "--rpc", address]).stdout, "the reason")
        row, = json.loads(run([program("shoal"), "status", "1", "--json", "--rpc", address]).stdout)
        self.assertEqual(row["web_seeds"], [{"url": url, "why": "answers HTTP 403 Forbidden"}])
        daemon.wait_for(r"web seed fails .*why=.*403 Forbidden")

    def test_the_daemon_downloads_a_redirected_folder(self):
        random_file(self.origin / "set" / "a.dat", 100_000)
        random_file(self.origin / "set" / "sub" / "b c.dat", 200_000, seed=2)
        daemon = self.daemon()
        torrent = self.torrent_of(self.server.url + "/moved/", self.origin / "set")
        self.assertEqual(run([program("shoal"), "add", torrent, "--rpc", f"127.0.0.1:{daemon.port}"]).returncode, 0)
        wait_until((self.folder / "downloads" / "set").exists, "the folder")
        self.assertEqual(tree(self.folder / "downloads" / "set"), tree(self.origin / "set"))

    def test_a_signed_link_on_a_private_network(self):
        torrent = self.torrent_of(f"{self.server.url}/signed/one.bin?sig=a%20b")
        self.assert_got(self.get(torrent, self.folder / "target", "--seed-for", "0"))
        self.assertEqual((self.folder / "target" / "one.bin").read_bytes(), self.content.read_bytes())

    def test_a_strangers_manifest_makes_no_requests_with_a_query_here(self):
        url = f"{self.server.url}/signed/one.bin?sig=a%20b"
        code, _, errors = self.get(self.torrent_of(url), self.folder / "target", "--timeout", "3s", "--profile", "internet")
        self.assertEqual(code, 4, errors)
        self.assertIn("no private address is asked with a query", errors)
        self.assertEqual(self.server.asked, [])

    def test_a_web_seed_outside_of_our_networks_is_not_asked(self):
        url = f"{self.server.url}/good/one.bin"
        code, _, errors = self.get(self.torrent_of(url), self.folder / "target", "--timeout", "3s", "--peers-from", "10.0.0.0/8")
        self.assertEqual(code, 4, errors)
        self.assertIn("127.0.0.1 is outside of --peers-from", errors)
        self.assertEqual(self.server.asked, [])

    def test_redirects(self):
        random_file(self.origin / "set" / "a.dat", 100_000)
        random_file(self.origin / "set" / "sub" / "b c.dat", 200_000, seed=2)
        random_file(self.origin / "set" / "z.dat", 300_000, seed=3)
        one = self.torrent_of(f"{self.server.url}/moved/one.bin")
        self.assert_got(self.get(one, self.folder / "one", "--seed-for", "0"))
        folder = self.torrent_of(f"{self.server.url}/moved/", self.origin / "set")
        self.assert_got(self.get(folder, self.folder / "folder", "--seed-for", "0"))
        self.assertEqual(tree(self.folder / "folder" / "set"), tree(self.origin / "set"))
        self.server.asked.clear()
        scattered = self.torrent_of(f"{self.server.url}/scattered/", self.origin / "set")
        code, events, _ = self.get(scattered, self.folder / "scattered", "--timeout", "3s")
        self.assertEqual(code, 4)
        told = [event for event in events if event["event"] == "web_seed_failed"]
        self.assertIn("redirects each file of the folder to a place of its own", told[0]["why"])
        self.assertEqual(max(event["bytes_done"] for event in events if event["event"] == "progress"), 0, "it did not begin")


class Sources(ClientTest):
    def test_a_url_of_what_is_no_torrent(self):
        server = self.serve(WebServer(self.folder))
        random_file(self.folder / "model.bin", MIB)
        (self.folder / "model.bin").write_bytes(b"GGUF" + (self.folder / "model.bin").read_bytes())
        url = server.url + "/good/model.bin"
        self.assert_failed(self.get(url, self.folder / "target"), 3, url, "not a valid torrent: it begins with 'GGUF",
                           f"torrentgen create FILE --web-seed {url}")

    def test_object_stores(self):
        url = "s3://bucket/model.torrent"
        self.assert_failed(self.get(url, self.folder / "target"), 2, f"aws s3 presign {url}", "https")
        for words in (["shoal", "add", url], ["torrentgen", "create", self.make_file(), "--web-seed", url]):
            done = run([program(words[0]), *words[1:]])
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("presign", done.stderr)

    def make_file(self):
        return random_file(self.folder / "content.bin", 1000)


if __name__ == "__main__":
    unittest.main()
