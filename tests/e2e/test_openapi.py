"""docs/openapi.yaml beside running programs: each path is called, each status is met, each answer fits its schema."""

import base64
import hashlib
import http.client
import json
import os
import pathlib
import re
import sqlite3
import tempfile
import unittest
import urllib.parse
import urllib.request

import jsonschema
import yaml
from daemon_support import DaemonTest, wait_until
from shoal_testing.processes import run
from shoal_testing.tools import program
from tracker_program import Tracker, peer_id

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
INFO = b"d6:lengthi1000e4:name9:model.bin12:piece lengthi16384e6:pieces20:" + b"x" * 20 + b"e"
MANIFEST = b"d8:announce9:http://x/4:info" + INFO + b"e"
HASH = hashlib.sha1(INFO).hexdigest()
TOKEN = "a-long-admin-token"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
METHODS = ("get", "post", "put", "delete", "head", "patch")


def load():
    return yaml.safe_load(DOCUMENT.read_text())


class Document(unittest.TestCase):
    def test_it_is_whole(self):
        spec = load()
        self.assertTrue(spec["openapi"].startswith("3.1."))
        names = []
        for path, item in spec["paths"].items():
            declared = {self.resolve(spec, one)["name"] for one in item.get("parameters", []) if self.resolve(spec, one)["in"] == "path"}
            self.assertEqual(declared, set(re.findall(r"\{(\w+)\}", path)), path)
            for method in METHODS:
                if method in item:
                    names.append(item[method]["operationId"])
                    self.assertTrue(item[method]["responses"], path)
        self.assertEqual(len(names), len(set(names)))
        for name, schema in spec["components"]["schemas"].items():
            jsonschema.Draft202012Validator.check_schema(schema)
            self.assertTrue(schema, name)
        for reference in re.findall(r'\$ref: "(#[^"]+)"', DOCUMENT.read_text()):
            self.assertIsNotNone(self.resolve(spec, {"$ref": reference}), reference)

    @staticmethod
    def resolve(spec, part):
        while "$ref" in part:
            found = spec
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            part = found
        return part


class Answers(DaemonTest):
    def setUp(self):
        super().setUp()
        self.spec = load()
        self.met = set()

    def check(self, port, method, path, status, body=None, headers=None, **names):
        """Calls it, with `names` in the place of {names} in the path; the answer's headers and body."""
        target, *query = path.split("?", 1)
        operation = self.spec["paths"][target].get(method.lower()) or self.spec["paths"][target]["get"]
        described = operation["responses"].get(str(status))
        self.assertIsNotNone(described, f"{method} {path} {status} is not in the document")
        described = Document.resolve(self.spec, described)
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.addCleanup(client.close)
        client.request(method, "?".join([target.format(**names), *query]), body, headers or {})
        answer = client.getresponse()
        kind, = described["content"]
        text = self.first_event(answer) if kind == "text/event-stream" else answer.read()
        where = f"{method} {path}: {answer.status} {text[:300]}"
        self.assertEqual(answer.status, status, where)
        self.assertEqual(answer.headers.get_content_type(), kind, where)
        for name, header in described.get("headers", {}).items():
            self.validate(header["schema"], answer.headers[name], f"{where} {name}")
        is_json = kind in ("application/json", "text/event-stream")
        value = json.loads(text) if is_json else text.decode("latin-1")
        self.validate(described["content"][kind]["schema"], value, where)
        self.met.add((target, "get" if operation is self.spec["paths"][target].get("get") else method.lower(), str(status)))
        return answer.headers, value

    @staticmethod
    def first_event(answer):
        lines = iter(answer.readline, b"")
        return next(line for line in lines if line.startswith(b"data: ")).removeprefix(b"data: ")

    def validate(self, schema, value, where):
        validator = jsonschema.Draft202012Validator({**schema, "components": self.spec["components"]})
        for problem in validator.iter_errors(value):
            self.fail(f"{where}: {problem.json_path}: {problem.message}")

    def test_each_path_and_each_status(self):
        self.announces()
        self.tracker_pages()
        self.tracker_api()
        self.channels()
        self.unwritable_database()
        self.daemon_pages()
        self.daemon_with_a_full_disk()
        described = {(path, method, status) for path, item in self.spec["paths"].items() for method in METHODS if method in item
                     for status in item[method]["responses"]}
        self.assertEqual(described - self.met, set(), "described, and not met")

    def tracker_of(self, *options, **named):
        return self.enterContext(Tracker(*options, **named))

    @staticmethod
    def announce_query(number, **more):
        return urllib.parse.urlencode({"info_hash": bytes.fromhex(HASH), "peer_id": peer_id(number), "port": 6000 + number, "left": 0, **more})

    def announces(self):
        keys = self.folder / "keys"
        keys.write_text("f3Kq09xTz2 hall-1\n")
        port = self.tracker_of("--key-file", str(keys)).port
        query = self.announce_query(1)
        scrape = urllib.parse.urlencode({"info_hash": bytes.fromhex(HASH)})
        for path in ("/announce/{key}", "/{key}/announce"):
            self.assertIn("interval", self.check(port, "GET", f"{path}?{query}", 200, key="f3Kq09xTz2")[1])
            self.check(port, "POST", f"{path}?{query}", 405, key="f3Kq09xTz2")
        self.assertIn("failure reason", self.check(port, "GET", f"/announce?{query}", 200)[1])
        self.assertIn("failure reason", self.check(port, "GET", "/announce", 200)[1])
        self.check(port, "POST", "/announce", 405)
        self.assertIn("files", self.check(port, "GET", f"/{{key}}/scrape?{scrape}", 200, key="f3Kq09xTz2")[1])
        self.check(port, "POST", f"/{{key}}/scrape?{scrape}", 405, key="f3Kq09xTz2")
        self.check(port, "GET", "/scrape", 200)
        self.check(port, "POST", "/scrape", 405)

    def tracker_pages(self):
        port = self.tracker_of().port
        for path in ("/", "/healthz", "/metrics"):
            self.check(port, "GET", path, 200)
            self.check(port, "POST", path, 405)

    def tracker_api(self):
        port = self.tracker_of("--admin-token", TOKEN, "--site", "here=127.0.0.0/8", "--interval", "1s").port
        torrents, one = "/api/v1/torrents", "/api/v1/torrents/{info_hash}"
        self.check(port, "POST", torrents, 201, MANIFEST, ADMIN)
        self.check(port, "POST", torrents, 400, b"junk", ADMIN)
        self.check(port, "POST", torrents, 401, MANIFEST)
        self.check(port, "POST", torrents, 413, headers={**ADMIN, "Content-Length": str(1 << 30)})
        self.check(self.tracker_of().port, "POST", torrents, 403, MANIFEST, ADMIN)
        self.check(self.tracker_of().port, "DELETE", one, 403, headers=ADMIN, info_hash=HASH)
        for number, left in ((1, 0), (2, 400), (3, 900)):
            self.check(port, "GET", "/announce?" + self.announce_query(number, left=left), 200)
        self.check(port, "GET", "/announce?" + self.announce_query(9, info_hash=b"b" * 20), 200)
        # Peers that stay away are lost, and those that say nothing new are stalled.
        wait_until(lambda: self.check(port, "GET", f"{one}?state=lost", 200, info_hash=HASH)[1]["total"] == 3, "three lost peers")

        def one_is_back():
            """Again where it was lost once more before it was looked at."""
            self.check(port, "GET", "/announce?" + self.announce_query(2, left=400), 200)
            shown = self.check(port, "GET", one, 200, info_hash=HASH)[1]
            return (shown["name"], shown["lost"], shown["leechers"]) == ("model.bin", 2, 1)

        wait_until(one_is_back, "one peer of three is back")
        for query in ("", "?details=true&sort=activity", "?registered=false&limit=1", "?text=model&offset=1"):
            self.check(port, "GET", torrents + query, 200)
        self.check(port, "GET", torrents + "?limit=many", 400)
        self.check(port, "PUT", torrents, 405)
        self.check(port, "GET", one + "?state=odd", 400, info_hash=HASH)
        self.check(port, "GET", one, 404, info_hash="0" * 40)
        self.check(port, "PUT", one, 405, info_hash=HASH)
        self.check(port, "GET", "/api/v1/status", 200)
        self.check(port, "POST", "/api/v1/status", 405)
        self.check(port, "POST", "/api/v1/status", 413, headers={"Content-Length": "2000000"})
        self.check(port, "GET", "/api/v1/events", 200)
        self.check(port, "POST", "/api/v1/events", 405)
        self.check(port, "GET", "/api/{anything}", 404, anything="v2")
        self.check(port, "DELETE", one, 401, info_hash=HASH)
        self.check(port, "DELETE", one, 200, headers=ADMIN, info_hash=HASH)
        self.check(port, "DELETE", one, 404, headers=ADMIN, info_hash=HASH)

    def signed(self, *words):
        done = run([program("shoal"), *map(str, words)], cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)

    def files_of_a_channel(self):
        """A channel's first two roots and two publications of it."""
        for name in ("root", "camera"):
            self.signed("key", "new", name)
        tracker = self.tracker_of("--admin-token", TOKEN)
        create = ("channel", "create", "camera/latest", "--root", "root.key", "--publisher", "camera.pub",
                  "--tracker", tracker.url + "/announce")
        self.signed(*create, "-o", "1.channel")
        self.signed(*create, "-o", "2.channel", "--after", "1.channel")
        (self.folder / "token").write_text(TOKEN)
        (self.folder / "token").chmod(0o600)
        self.signed("channel", "register", "1.channel", "--admin-token-file", "token")
        publications = []
        for number in (1, 2):
            (self.folder / "content").write_text(f"release {number}")
            self.signed("publish", "1.channel", "content", "--key", "camera.key", "--seed-for", "0s", "--no-dht", "--no-lsd",
                        "--listen", "127.0.0.1:0")
            publications.append(urllib.request.urlopen(f"{tracker.url}/api/v1/channels/camera/latest", timeout=30).read())
        return [(self.folder / f"{number}.channel").read_bytes() for number in (1, 2)], publications

    def channels(self):
        all_of, one = "/api/v1/channels", "/api/v1/channels/{channel}"
        (first, second), (old, new) = self.files_of_a_channel()
        self.root, self.publication = first, new
        port = self.tracker_of("--admin-token", TOKEN).port
        name = {"channel": "camera/latest"}
        self.check(port, "PUT", all_of, 405)
        self.check(port, "POST", all_of, 401, first)
        self.check(self.tracker_of().port, "POST", all_of, 403, first, ADMIN)
        self.check(self.tracker_of().port, "DELETE", one, 403, headers=ADMIN, **name)
        self.check(port, "POST", all_of, 400, b"junk", ADMIN)
        self.check(port, "PUT", one, 404, new, **name)
        self.check(port, "POST", all_of, 201, first, ADMIN)
        self.check(port, "POST", all_of, 200, first, ADMIN)
        self.check(port, "POST", all_of, 201, second, ADMIN)
        self.check(port, "POST", all_of, 409, first, ADMIN)
        self.check(port, "GET", all_of, 200)
        self.check(port, "GET", one, 404, **name)
        self.check(port, "PUT", one, 403, b"junk", **name)
        self.check(port, "PUT", one, 413, headers={"Content-Length": "2000000"}, **name)
        self.check(port, "PUT", one, 201, new, **name)
        self.check(port, "PUT", one, 200, new, **name)
        self.check(port, "PUT", one, 409, old, **name)
        self.assertEqual(self.check(port, "GET", all_of, 200)[1]["channels"][0]["release"]["number"], 2)
        for part in ("", "?part=head", "?part=manifest", "?part=root"):
            self.check(port, "GET", one + part, 200, **name)
        self.check(port, "GET", one + "?part=odd", 400, **name)
        self.check(port, "PATCH", one, 405, **name)
        self.check(port, "DELETE", one, 401, **name)
        self.check(port, "DELETE", one, 200, headers=ADMIN, **name)
        self.check(port, "DELETE", one, 404, headers=ADMIN, **name)

    def unwritable_database(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        database = os.path.join(folder, "db")
        port = self.tracker_of("--admin-token", TOKEN, db=database).port
        other = sqlite3.connect(database, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        self.check(port, "POST", "/api/v1/torrents", 503, MANIFEST, ADMIN)
        self.check(port, "DELETE", "/api/v1/torrents/{info_hash}", 503, headers=ADMIN, info_hash=HASH)
        self.check(port, "POST", "/api/v1/channels", 503, self.root, ADMIN)
        self.check(port, "PUT", "/api/v1/channels/{channel}", 503, self.publication, channel="camera/latest")
        self.check(port, "DELETE", "/api/v1/channels/{channel}", 503, headers=ADMIN, channel="camera/latest")
        self.assertIn("degraded", self.check(port, "GET", "/healthz", 200)[1])
        self.check(port, "GET", "/api/v1/status", 200)
        other.execute("ROLLBACK")

    def daemon_pages(self):
        secret = self.folder / "secret"
        secret.write_text("me:secret")
        secret.chmod(0o600)
        daemon = self.daemon("--rpc-auth-file", secret, "--metrics-listen", "127.0.0.1:0")
        port = daemon.port
        pages = next(int(found) for found in re.findall(r"control port address=127\.0\.0\.1:(\d+)", daemon.output()) if int(found) != port)
        mine = {"Authorization": "Basic " + base64.b64encode(b"me:secret").decode()}
        web = {**mine, "Origin": "http://evil.example"}
        named = {**mine, "Host": "evil.example"}
        self.check(port, "GET", "/healthz", 200)
        self.check(pages, "GET", "/healthz", 200)
        for source, headers in ((port, mine), (pages, {})):
            self.check(source, "GET", "/metrics", 200, headers=headers)
        self.check(port, "GET", "/metrics", 401)
        self.check(port, "GET", "/metrics", 403, headers=web)
        self.check(port, "GET", "/metrics", 421, headers=named)
        self.check(port, "POST", "/metrics", 405, headers=mine)
        self.check(pages, "POST", "/metrics", 405)
        rpc = "/transmission/rpc"
        call = json.dumps({"method": "session-get", "tag": 7})
        self.validate(self.spec["components"]["schemas"]["RpcRequest"], json.loads(call), "the request")
        self.check(port, "POST", rpc, 401, call)
        self.check(port, "POST", rpc, 403, call, web)
        self.check(port, "POST", rpc, 421, call, named)
        self.check(port, "GET", rpc, 405, headers=mine)
        session = self.check(port, "POST", rpc, 409, call, mine)[0]["X-Transmission-Session-Id"]
        mine["X-Transmission-Session-Id"] = session
        answer = self.check(port, "POST", rpc, 200, call, mine)[1]
        self.assertEqual((answer["result"], answer["tag"]), ("success", 7))
        self.assertNotEqual(self.check(port, "POST", rpc, 200, "[]", mine)[1]["result"], "success")
        daemon.stop()

    def daemon_with_a_full_disk(self):
        self.state = self.small_disk("disk", "64k")
        daemon = self.daemon(log="full.log")
        with open(self.state / "filler", "wb", buffering=0) as out:
            with self.assertRaises(OSError):
                while out.write(bytes(1 << 12)):
                    pass
        self.call(daemon, "session-set", speed_limit_down=7)
        wait_until(lambda: self.page(daemon, "/healthz")[0] == 503, "a state that cannot be saved")
        self.assertIn("No space", self.check(daemon.port, "GET", "/healthz", 503)[1])
