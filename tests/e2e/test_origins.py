"""`torrentgen create` and `shoal share` of what a web server or an object store has: hashed while it is downloaded once."""

import hashlib
import http.server
import json
import os
import socket
import unittest

from client_support import ClientTest, _Server
from shoal_testing.content import large_file
from shoal_testing.processes import Background, run, wait_until
from shoal_testing.s3 import ObjectStore, signature
from shoal_testing.tools import program, tool

MIB = 1 << 20


class OddServer(_Server):
    """A file under names that say what is odd about how it is served."""

    def __init__(self, data):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def head(self, status, length, **headers):
                self.send_response(status)
                if length is not None:
                    self.send_header("Content-Length", str(length))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()

            def do_GET(self):
                kind = self.path.strip("/")
                first = self.headers.get("Range") == "bytes=0-0"
                if kind == "missing":
                    self.head(404, 0)
                elif kind == "no-ranges":
                    self.head(200, len(data))
                    self.wfile.write(data)
                elif kind == "no-length" and first:
                    self.head(206, 1, Content_Range="bytes 0-0/*")
                    self.wfile.write(data[:1])
                elif kind == "empty":
                    self.head(416, 0, Content_Range="bytes */0")
                elif kind == "packed" and first:
                    self.head(206, 1, Content_Range=f"bytes 0-0/{len(data)}", Content_Encoding="gzip")
                    self.wfile.write(data[:1])
                elif first:
                    self.head(206, 1, Content_Range=f"bytes 0-0/{len(data)}")
                    self.wfile.write(data[:1])
                elif kind == "breaks-off":
                    self.head(200, len(data))
                    self.wfile.write(data[:len(data) // 2])
                    self.close_connection = True
                else:
                    self.head(200, len(data))
                    self.wfile.write(data)

            def log_message(self, *_):
                pass

        super().__init__(Handler)
        self.url = f"http://127.0.0.1:{self.port}"


class OriginTest(ClientTest):
    def create(self, url, *options, expect=0, environment=None):
        """Of a URL, in a folder of its own, in which nothing but the torrent may be afterwards."""
        folder = self.folder / "create"
        folder.mkdir(exist_ok=True)
        torrent = folder / "made.torrent"
        torrent.unlink(missing_ok=True)
        done = run([program("torrentgen"), "create", url, "-o", torrent.name, *options], cwd=folder, env={**CLEAN, **(environment or {})})
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        self.assertEqual([path.name for path in folder.iterdir()], ["made.torrent"] if expect == 0 else [])
        return torrent if expect == 0 else done.stderr

    def shown(self, torrent):
        return json.loads(run([program("torrentgen"), "show", torrent, "--json"]).stdout)

    def reference(self, content, web_seed):
        """What is made of the same content on this machine."""
        torrent = self.folder / "reference.torrent"
        torrent.unlink(missing_ok=True)
        done = run([program("torrentgen"), "create", content, "-o", torrent, "-w", web_seed])
        self.assertEqual(done.returncode, 0, done.stderr)
        return torrent.read_bytes()


CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


class WebServers(OriginTest):
    def nginx(self, folder):
        """nginx of Debian with that folder; what it was asked is in access.log."""
        config = self.folder / "nginx.conf"
        for port in self.free_ports():
            config.write_text(f"""
pid {self.folder}/nginx.pid; error_log {self.folder}/nginx-error.log; daemon off; user root; worker_processes 1;
events {{}}
http {{
    access_log {self.folder}/access.log;
    client_body_temp_path {self.folder}; proxy_temp_path {self.folder}; fastcgi_temp_path {self.folder};
    uwsgi_temp_path {self.folder}; scgi_temp_path {self.folder};
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
""")
            server = Background([tool("nginx"), "-c", config], self.folder / "nginx.log")
            self.addCleanup(server.stop)
            wait_until(lambda: (self.folder / "nginx.pid").exists() or server.process.poll() is not None, "nginx runs or has failed")
            if server.process.poll() is None:
                return f"http://127.0.0.1:{port}"
        raise AssertionError((self.folder / "nginx.log").read_text())

    def free_ports(self):
        for _ in range(5):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            yield port

    def test_nginx(self):
        served = self.folder / "served"
        served.mkdir()
        content = large_file(served / "model v2.bin", 12 * MIB + 17)
        url = self.nginx(served) + "/model%20v2.bin"
        torrent = self.create(url)
        self.assertEqual(torrent.read_bytes(), self.reference(content, url))
        shown = self.shown(torrent)
        self.assertEqual((shown["name"], shown["piece_size"], shown["web_seeds"]), ("model v2.bin", 5 * MIB, [url]))
        whole = [line for line in (self.folder / "access.log").read_text().splitlines() if '" 200 ' in line]
        self.assertEqual(len(whole), 1, "downloaded once")
        # Nobody but the web server has it.
        target = self.folder / "target"
        self.assert_got(self.get(torrent, target, "--seed-for", "0s", "--timeout", "40s"))
        self.assertEqual((target / "model v2.bin").read_bytes(), content.read_bytes())
        for form in ("hybrid", "v2"):
            self.assertEqual(self.shown(self.create(url, "--format", form))["size"], content.stat().st_size)

    def test_what_cannot_be_a_web_seed(self):
        server = self.serve(OddServer(bytes(3 * MIB)))
        for kind, code, expected in (
                ("missing", 1, "the server answers 404"),
                ("no-ranges", 1, "the server gives no ranges, only the whole file: a web seed must answer Range requests"),
                ("no-length", 1, "the server names no length of the file"),
                ("empty", 1, "there is nothing in it to share"),
                ("packed", 1, "is sent with Content-Encoding gzip"),
                ("breaks-off", 4, "breaks-off")):
            with self.subTest(kind):
                self.assertIn(expected, self.create(f"{server.url}/{kind}", expect=code))
        self.create(f"{server.url}/well")
        self.assertIn("127.0.0.1:1", self.create("http://127.0.0.1:1/model.bin", expect=4))

    def test_what_makes_no_sense(self):
        for words, expected in (
                (["http://host/folder/"], "names a folder"),
                (["http://ops:secret@host/a"], "would publish it"),
                (["http://host/a", "--presign", "1h"], "--presign: signs URLs of s3:// alone"),
                (["http://host/a", "--dry-run"], "--dry-run: lists files of this machine"),
                (["http://host/a", "--include", "*.bin"], "there is nothing to choose from"),
                (["s3://bucket"], "names no object"),
                (["s3://bucket/key", "--presign", "1h"], "needs a key to sign with"),
                (["s3://bucket/key", "--s3-endpoint", "minio:9000"], "is no HTTP URL")):
            with self.subTest(words=words):
                self.assertIn(expected, self.create(*words, expect=2))
        key = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}
        for words, expected in ((["--presign", "1h", "--s3-endpoint", "http://minio:9000"], "a signed URL with a port in it"),
                                (["--presign", "8d"], "1 second to 7 days")):
            self.assertIn(expected, self.create("s3://bucket/key", *words, expect=2, environment=key))


class ObjectStores(OriginTest):
    def store(self, **more):
        store = ObjectStore(**more)
        self.addCleanup(store.close)
        return store

    def content_of(self, store, path="/models/nightly/model v2+.bin", size=7 * MIB + 5):
        content = large_file(self.folder / "kept.bin", size)
        store.objects[path] = content.read_bytes()
        return content

    def test_the_store_that_stands_in_knows_the_published_examples(self):
        secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        empty = hashlib.sha256(b"").hexdigest()
        stamp = "20130524T000000Z"
        headers = {"host": "examplebucket.s3.amazonaws.com", "range": "bytes=0-9", "x-amz-content-sha256": empty, "x-amz-date": stamp}
        self.assertEqual(signature(secret, "us-east-1", "GET", "/test.txt", [], headers, sorted(headers), stamp, empty),
                         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
        query = [("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"),
                 ("X-Amz-Date", stamp), ("X-Amz-Expires", "86400"), ("X-Amz-SignedHeaders", "host")]
        self.assertEqual(signature(secret, "us-east-1", "GET", "/test.txt", query, headers, ["host"], stamp, "UNSIGNED-PAYLOAD"),
                         "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")

    def test_a_public_object_is_read_with_a_key_and_named_without(self):
        store = self.store()
        store.public.add("models")
        content = self.content_of(store)
        torrent = self.create("s3://models/nightly/model v2+.bin", environment=store.environment())
        url = f"{store.endpoint}/models/nightly/model%20v2%2B.bin"
        shown = self.shown(torrent)
        self.assertEqual((shown["name"], shown["web_seeds"]), ("model v2+.bin", [url]))
        content.rename(self.folder / "model v2+.bin")
        self.assertEqual(torrent.read_bytes(), self.reference(self.folder / "model v2+.bin", url))
        self.assertEqual([how for _, _, how in store.asked], ["not at all", "header", "not at all"])
        # Without any key too, and with options instead of the environment.
        store.asked.clear()
        self.create("s3://models/nightly/model v2+.bin", "--s3-endpoint", store.endpoint, "--s3-region", "elsewhere")
        self.assertEqual({how for _, _, how in store.asked}, {"not at all"})

    def test_a_private_object_needs_a_signed_web_seed(self):
        for token in (None, "a/session+token=="):
            with self.subTest(token=token):
                # At port 80 of an address of this process: a port that is named is a part of what is signed.
                pid = os.getpid()
                store = self.store(token=token, at=(f"127.{(64 if token else 128) + (pid >> 16) % 64}.{pid >> 8 & 255}.{pid & 255}", 80))
                content = self.content_of(store)
                url = "s3://models/nightly/model v2+.bin"
                refused = self.create(url, expect=1, environment=store.environment())
                self.assertIn("the web seed answers those who have no key 403 Forbidden (AccessDenied): make the object public, or pass --presign 7d", refused)
                torrent = self.create(url, "--presign", "7d", environment=store.environment())
                self.assertIn("header", [how for _, _, how in store.asked])
                [seed] = self.shown(torrent)["web_seeds"]
                self.assertIn("X-Amz-Expires=604800", seed)
                self.assertNotIn(store.secret, seed)
                target = self.folder / f"target-{token is None}"
                self.assert_got(self.get(torrent, target, "--seed-for", "0s", "--timeout", "40s"))
                self.assertEqual((target / "model v2+.bin").read_bytes(), content.read_bytes())

    def test_a_wrong_key_or_region_is_named(self):
        store = self.store()
        store.public.add("models")
        self.content_of(store)
        url = "s3://models/nightly/model v2+.bin"
        for wrong, code in (({"AWS_SECRET_ACCESS_KEY": "other"}, "SignatureDoesNotMatch"), ({"AWS_REGION": "other"}, "InvalidAccessKeyId")):
            self.assertIn(f"the server answers 403 Forbidden ({code})", self.create(url, expect=1, environment={**store.environment(), **wrong}))
        self.assertIn("404 Not Found (NoSuchKey)", self.create("s3://models/other", expect=1, environment=store.environment()))
        self.assertIn("AWS_SECRET_ACCESS_KEY: is not set", self.create(url, expect=2, environment={"AWS_ACCESS_KEY_ID": "a"}))

    def test_content_that_changes_on_its_way_is_refused(self):
        store = self.store()
        store.public.add("models")
        self.content_of(store, "/models/a.bin")
        before = store.objects["/models/a.bin"]

        def change():
            store.objects["/models/a.bin"] = before[:-1] + b"!"
        store.after_bytes = change
        refused = self.create("s3://models/a.bin", expect=6, environment=store.environment())
        self.assertRegex(refused, r'changed while it was read: its ETag was "[0-9a-f]{32}", and is "[0-9a-f]{32}": run again')
        store.objects["/models/a.bin"] = before
        store.after_bytes = lambda: store.objects.update({"/models/a.bin": before + b"more"})
        self.assertIn("its length was", self.create("s3://models/a.bin", expect=6, environment=store.environment()))

    def test_share_keeps_it_and_can_leave(self):
        store = self.store()
        store.public.add("models")
        content = self.content_of(store, "/models/a.bin")
        here = self.folder / "here"
        here.mkdir()

        def share(*options):
            return Background([program("shoal"), "share", "s3://models/a.bin", "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", *options],
                              self.folder / "share.log", cwd=here, env={**CLEAN, **store.environment()})
        with share() as sharing:
            sharing.wait_for(r"listening")
            self.assertEqual(sorted(path.name for path in here.iterdir()), ["a.bin", "a.bin.torrent"])
            self.assertEqual((here / "a.bin").read_bytes(), content.read_bytes())
            self.assertEqual(len([how for _, _, how in store.asked if how == "header"]), 1)
        self.assertEqual(self.shown(here / "a.bin.torrent")["web_seeds"], [f"{store.endpoint}/models/a.bin"])
        target = self.folder / "target"
        self.assert_got(self.get(here / "a.bin.torrent", target, "--seed-for", "0s", "--timeout", "40s"))
        self.assertEqual((target / "a.bin").read_bytes(), content.read_bytes())
        # What is there already stays, and nothing is downloaded for it.
        store.asked.clear()
        refused = share()
        self.assertEqual(refused.wait(60), 5)
        self.assertIn("is there already", refused.output())
        self.assertEqual(store.asked, [])
        store.after_bytes = lambda: store.objects.update({"/models/a.bin": b"other"})
        self.assertEqual(share("--force").wait(60), 6)
        self.assertEqual(sorted(path.name for path in here.iterdir()), ["a.bin", "a.bin.torrent"])
        self.assertEqual((here / "a.bin").read_bytes(), content.read_bytes())


if __name__ == "__main__":
    unittest.main()
