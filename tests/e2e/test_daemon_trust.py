"""Whom the daemon trusts: no web page, no name of a torrent, no link in its folders."""

import http.client
import json
import pathlib
import shutil
import socket
import unittest

from client_support import bencode, tree
from daemon_support import DaemonTest, wait_until
from shoal_testing.clients import make_torrent
from shoal_testing.content import digest, large_file


class WebPages(DaemonTest):
    def status(self, daemon, method, path, headers, body=None):
        """Header by header as given: http.client adds none of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=20)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        if body is not None:
            headers = {**headers, "Content-Length": str(len(body))}
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def test_are_refused(self):
        _, torrent = self.torrent(1 << 16)
        daemon = self.daemon("--rpc-host-name", "seedbox.example")
        self.call(daemon, "session-get")
        body = json.dumps({"method": "torrent-add", "arguments": {"filename": str(torrent)}}).encode()
        here = f"127.0.0.1:{daemon.port}"
        for headers, status in [
                ({"Host": "evil.example"}, 421), ({"Host": f"evil.example:{daemon.port}"}, 421), ({"Host": "127.0.0.1.evil.example"}, 421),
                ({"Host": ""}, 421), ({"Host": "localhost.evil.example"}, 421),
                ({"Host": here, "Origin": "http://evil.example"}, 403), ({"Host": here, "Origin": "null"}, 403),
                ({"Host": here, "Origin": f"http://{here}"}, 403), ({"Host": here, "Sec-Fetch-Site": "cross-site"}, 403),
                ({"Host": here, "Sec-Fetch-Site": "same-site"}, 403)]:
            known = {**headers, "X-Transmission-Session-Id": daemon.session_id}
            self.assertEqual(self.status(daemon, "POST", "/transmission/rpc", known, body), status, headers)
            self.assertEqual(self.status(daemon, "GET", "/metrics", headers), status, headers)
        # The id may only be told to who could have had it anyway: not in an answer that a page could read.
        self.assertEqual(self.status(daemon, "POST", "/transmission/rpc", {"Host": here, "Origin": "http://evil.example"}, body), 403)
        self.assertEqual(self.status(daemon, "OPTIONS", "/transmission/rpc", {"Host": here, "Origin": "http://evil.example"}), 403)
        self.assertEqual(self.rows(daemon), [], "none of them had an effect")
        for host in (here, "localhost", f"LocalHost:{daemon.port}", f"[::1]:{daemon.port}", "10.1.2.3", "seedbox.example"):
            known = {"Host": host, "X-Transmission-Session-Id": daemon.session_id}
            self.assertEqual(self.status(daemon, "POST", "/transmission/rpc", known, b'{"method":"session-stats"}'), 200, host)

    def test_need_the_token_where_there_is_one(self):
        secret = self.folder / "token"
        secret.write_text("correct-horse\n")
        secret.chmod(0o600)
        daemon = self.daemon("--rpc-token-file", secret, "--rpc-socket", self.folder / "control.sock")
        here = {"Host": "localhost"}
        for given, status in [({}, 401), ({"Authorization": "Bearer correct-hors"}, 401), ({"Authorization": "Bearer "}, 401),
                              ({"Authorization": "Basic Y29ycmVjdC1ob3JzZQ=="}, 401), ({"Authorization": "Bearer correct-horse"}, 200)]:
            self.assertEqual(self.status(daemon, "GET", "/metrics", {**here, **given}), status, given)
        self.assertEqual(self.status(daemon, "GET", "/healthz", here), 200)
        with socket.socket(socket.AF_UNIX) as local:
            local.connect(str(self.folder / "control.sock"))
            local.settimeout(20)
            local.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            self.assertIn(b"200", local.recv(100), "whoever may open the socket needs no more")


class Names(DaemonTest):
    """Torrents are strangers' files: their names are bytes that somebody chose."""

    def hostile(self, name, path=None):
        """A torrent of one file whose name no creator would write."""
        info = {"name": name, "piece length": 16384, "pieces": bytes(20)}
        if path is None:
            info["length"] = 5
        else:
            info["files"] = [{"length": 5, "path": path}]
        torrent = self.folder / "hostile.torrent"
        torrent.write_bytes(bencode({"info": info}))
        return torrent

    def test_reach_hooks_only_as_they_are(self):
        names = ["$(touch oops)", "`touch oops`", "; touch oops;", "it's \"quoted\"", "-rf *", "--help", "a  b", "%s%n${HOME}",
                 "| touch oops &", "Grüße 🐟"]
        facts = self.folder / "facts"
        facts.mkdir()
        hook = self.folder / "hook"
        hook.write_text('#!/bin/sh\nprintf "%s\\0" "$SHOAL_NAME" "$SHOAL_PATH" "$#" "$1" "$2" >"$2/new.$SHOAL_ID"\n'
                        'mv "$2/new.$SHOAL_ID" "$2/$SHOAL_ID"\n')
        hook.chmod(0o755)
        daemon = self.daemon("--on-done", f"{hook} $(touch_oops) {facts}", cwd=self.folder)
        for number, name in enumerate(names, 1):
            content = large_file(self.downloads / name, 1000 + number)
            torrent = self.folder / f"{number}.torrent"
            make_torrent(content, torrent)
            self.call(daemon, "torrent-add", filename=str(torrent))
        wait_until(lambda: len([p for p in facts.iterdir() if p.name.isdigit()]) == len(names), "all hooks")
        for number, name in enumerate(names, 1):
            self.assertEqual((facts / str(number)).read_bytes().decode().split("\0"),
                             [name, str(self.downloads / name), "2", "$(touch_oops)", str(facts), ""])
        self.assertEqual(list(self.folder.rglob("oops")), [])

    def test_that_leave_the_folder_are_refused(self):
        daemon = self.daemon()
        for name, path in [("../out", None), ("/etc/out", None), ("..", None), ("", None), ("a\nb", None), ("a\0b", None), ("a/b", None),
                           ("set", ["..", "out"]), ("set", ["", "out"]), ("set", ["a/../../out"]), ("..", ["out"]), ("set", ["a\nb"]),
                           (b"\xff\xfe", None)]:
            why = self.refusal(daemon, "torrent-add", filename=str(self.hostile(name, path)))
            self.assertIn("not a valid torrent", why, (name, path))
        self.assertEqual(self.rows(daemon), [])
        self.assertEqual(list(self.downloads.iterdir()), [])

    def test_a_hook_that_was_running_at_a_kill_runs_again(self):
        runs = self.folder / "runs"
        hold = self.folder / "hold"
        hold.touch()
        hook = self.folder / "hook"
        hook.write_text(f'#!/bin/sh\necho "$SHOAL_HOOK_PATH" >>{runs}\nwhile [ -e {hold} ]; do sleep 0.05; done\n')
        hook.chmod(0o755)
        self.downloads.mkdir()
        content = large_file(self.downloads / "content.bin", 1000)
        make_torrent(content, self.folder / "content.torrent")
        daemon = self.daemon("--on-done", hook)
        self.shoal(daemon, "add", self.folder / "content.torrent")
        wait_until(runs.exists, "the hook")
        daemon.process.kill()
        daemon.process.wait()
        hold.unlink()
        again = self.daemon("--on-done", hook, log="again.log")
        again.wait_for("hook ended event=done .*result=ok")
        self.assertEqual(runs.read_text().splitlines(), [str(content)] * 2)
        again.process.kill()
        again.process.wait()
        third = self.daemon("--on-done", hook, log="third.log")
        wait_until(lambda: self.rows(third)[0]["state"] == "seeding", "a seed")
        self.shoal(third, "verify", "1")
        wait_until(lambda: self.rows(third)[0]["state"] == "seeding", "a seed again")
        third.stop()
        self.assertEqual(len(runs.read_text().splitlines()), 2, "told once it has ended, it is not told again")

    def test_a_hook_that_hangs_is_killed_with_its_children(self):
        pids = self.folder / "pids"
        hook = self.folder / "hook"
        hook.write_text(f'#!/bin/sh\necho begun\nsleep 3600 &\necho $$ $! >{pids}.new\nmv {pids}.new {pids}\nsleep 3600\n')
        hook.chmod(0o755)
        daemon = self.daemon("--on-done", hook, "--hook-timeout", "1s")
        content = large_file(self.downloads / "content.bin", 1000)
        make_torrent(content, self.folder / "content.torrent")
        self.shoal(daemon, "add", self.folder / "content.torrent")
        daemon.wait_for(r'hook ended event=done .*result="?timed out.*output="begun\\n"')
        for pid in pids.read_text().split():
            wait_until(lambda pid=pid: not alive(int(pid)), f"the end of {pid}")
        self.assertIn('shoal_hooks_total{event="done",result="timed out"} 1\n', self.page(daemon, "/metrics")[1])


class Links(DaemonTest):
    """Whoever may write into the download folder must not make the daemon write elsewhere."""

    def setUp(self):
        super().setUp()
        self.downloads.mkdir()
        self.outside = self.folder / "outside"
        self.outside.mkdir()
        (self.outside / "precious").write_bytes(b"precious" * 1000)
        self.before = tree(self.outside)

    def assert_untouched(self):
        self.assertEqual(tree(self.outside), self.before)

    def seeded(self, *options, size=6 << 20):
        content, torrent = self.torrent(size)
        self.seed(torrent, content, *options).wait_for("listening on")
        return content, torrent

    def wait_for_error(self, daemon, words):
        row = wait_until(lambda: [r for r in self.rows(daemon) if r["state"] == "error"], "the error")[0]
        self.assertIn(words, row["error"])

    def test_that_lead_nowhere_in_the_place_of_content(self):
        content, torrent = self.seeded()
        (self.downloads / content.name).symlink_to(self.outside / "new")
        daemon = self.daemon()
        self.assertIn("is a symbolic link", self.shoal(daemon, "add", torrent, expect=1))
        self.assertEqual(self.rows(daemon), [])
        self.assert_untouched()
        (self.downloads / content.name).unlink()
        self.shoal(daemon, "add", torrent)
        wait_until((self.downloads / content.name).exists, "the download")

    def test_to_a_file_in_the_place_of_content(self):
        content, torrent = self.seeded()
        (self.downloads / content.name).symlink_to(self.outside / "precious")
        daemon = self.daemon()
        self.shoal(daemon, "add", torrent)
        self.wait_for_error(daemon, "is there already")
        self.assertIn("is a symbolic link", self.shoal(daemon, "resume", "1", expect=1))
        self.assert_untouched()
        daemon.process.kill()
        daemon.process.wait()
        again = self.daemon(log="again.log")
        self.wait_for_error(again, "is there already")
        self.assertIn("is a symbolic link", self.shoal(again, "resume", "1", expect=1))
        self.assert_untouched()

    def test_to_the_content_are_read_and_not_written(self):
        content, torrent = self.seeded()
        there = self.outside / "their.bin"
        there.write_bytes(content.read_bytes())
        (self.downloads / content.name).symlink_to(there)
        daemon = self.daemon()
        self.shoal(daemon, "add", torrent)
        wait_until(lambda: self.rows(daemon)[0]["state"] == "seeding", "a seed of what is there")
        with open(there, "r+b") as file:
            file.write(b"their own change")
        self.before = tree(self.outside)
        self.shoal(daemon, "verify", "1")
        self.wait_for_error(daemon, "is there already")
        self.assert_untouched()

    def test_inside_a_folder_of_content(self):
        root = self.folder / "set"
        root.mkdir()
        for name in ("a.bin", "b.bin"):
            large_file(root / name, 1 << 20)
        torrent = self.folder / "set.torrent"
        make_torrent(root, torrent, "--announce", f"http://127.0.0.1:{self.tracker_port}/announce", "--piece-size", "256KiB")
        self.seed(torrent, root).wait_for("listening on")
        daemon = self.daemon()
        for number, (link, target) in enumerate([("set", self.outside), ("set/a.bin", self.outside / "precious"),
                                                 ("set/b.bin", self.outside / "new")], 1):
            path = self.downloads / link
            path.parent.mkdir(exist_ok=True)
            path.symlink_to(target)
            with self.subTest(link=link):
                self.shoal(daemon, "add", torrent)
                self.wait_for_error(daemon, "is there already")
                self.assertIn("is a symbolic link", self.shoal(daemon, "resume", str(number), expect=1))
                self.assert_untouched()
                self.shoal(daemon, "remove", str(number))
            path.unlink()

    def test_in_the_place_of_the_hidden_folder(self):
        content, torrent = self.seeded()
        daemon = self.daemon("--add-paused")
        info_hash = json.loads(self.shoal(daemon, "add", torrent, "--json"))[0]["info_hash"]
        self.shoal(daemon, "remove", "1")
        hidden = self.downloads / f".shoal-{info_hash[:16]}"
        if hidden.exists():
            shutil.rmtree(hidden)
        hidden.symlink_to(self.outside)
        self.assertIn("is a symbolic link", self.shoal(daemon, "add", torrent, expect=1))
        self.assert_untouched()
        self.assertFalse((self.outside / content.name).exists())

    def test_put_into_the_hidden_folder_while_the_daemon_was_dead(self):
        content, torrent = self.seeded("--limit-up", "1MB/s", size=24 << 20)
        daemon = self.daemon()
        self.shoal(daemon, "add", torrent)
        state = self.state / "torrents" / "1.json"
        wait_until(lambda: json.loads(state.read_text())["have"].strip("A="), "some pieces in the state folder", 60)
        daemon.process.kill()
        daemon.process.wait()
        hidden = next(p for p in self.downloads.iterdir() if p.name.startswith(".shoal-"))
        partial = hidden / "content" / content.name
        there = partial.rename(self.outside / "moved.bin")
        partial.symlink_to(there)
        self.before = tree(self.outside)
        again = self.daemon(log="again.log")
        self.wait_for_error(again, "is a symbolic link")
        self.assertIn("is a symbolic link", self.shoal(again, "resume", "1", expect=1))
        self.assert_untouched()
        partial.unlink()
        there.rename(partial)
        self.before = tree(self.outside)
        self.shoal(again, "resume", "1")
        wait_until((self.downloads / content.name).exists, "the rest of the download", 60)
        self.assertEqual(digest(self.downloads / content.name), digest(content))
        self.assert_untouched()

    def test_at_the_place_that_content_is_moved_to(self):
        content, torrent = self.seeded()
        daemon = self.daemon()
        self.shoal(daemon, "add", torrent)
        wait_until((self.downloads / content.name).exists, "the download")
        target = self.folder / "target"
        target.mkdir()
        (target / content.name).symlink_to(self.outside / "new")
        self.assertIn("is there already", self.refusal(daemon, "torrent-set-location", ids=1, location=str(target), move=True))
        self.assert_untouched()


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
