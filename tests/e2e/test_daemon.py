"""shoal daemon: driven by the stock transmission-remote and by our own remote commands, killed, watched, reloaded."""

import json
import re
import signal
import socket
import stat
import unittest
import urllib.request

from daemon_support import DaemonTest, wait_until
from shoal_testing.clients import make_torrent
from shoal_testing.content import digest, large_file
from shoal_testing.processes import run
from shoal_testing.tools import program, tool


class Daemon(DaemonTest):
    def test_transmission_remote_drives_it(self):
        content, torrent = self.torrent()
        daemon = self.daemon()
        self.assertIn("success", self.remote(daemon, "--add", str(torrent), "-S"))
        self.assertRegex(self.remote(daemon, "-l"), r"\n +1 +0% .* Stopped +content\.bin\n")
        # libtorrent counts once a second: what comes and goes within one is not in its totals.
        self.seed(torrent, content, "--limit-up", "2MB/s")
        self.assertIn("success", self.remote(daemon, "-t", "1", "-s"))
        wait_until(lambda: re.search(r"\n +1 +100% .* content\.bin\n", self.remote(daemon, "-l")), "the download")
        wait_until((self.folder / "downloads" / "content.bin").exists, "the content in its place")
        self.assertEqual(digest(self.folder / "downloads" / "content.bin"), digest(content))

        self.remote(daemon, "-t", "1", "-S")
        self.assertRegex(self.remote(daemon, "-l"), r"\n +1 +100% .* Stopped +content\.bin\n")
        self.remote(daemon, "-t", "1", "-v")
        wait_until(lambda: re.search(r"\n +1 +100% .* Stopped ", self.remote(daemon, "-l")), "the end of the check")
        self.remote(daemon, "-t", "1", "-s")
        wait_until(lambda: "Percent Done: 100%" in self.remote(daemon, "-t", "1", "-i"), "the check of a started torrent")

        self.remote(daemon, "-t", "1", "-d", "300", "-u", "200", "-sr", "1.5", "-pr", "7", "-L", "one,two")
        info = self.remote(daemon, "-t", "1", "-i")
        for line in ["Name: content.bin", "Labels: one, two", "Percent Done: 100%", "Total size: 6.29 MB (6.29 MB wanted)",
                     "Download Limit: 300 kB/s", "Upload Limit: 200 kB/s", "Ratio Limit: 1.5", "Peer limit: 7",
                     "Piece Count: 24", "Piece Size: 256.0 KiB", "Location: " + str(self.folder / "downloads")]:
            self.assertIn(line, info)
        self.assertRegex(info, "Hash: [0-9a-f]{40}\n")
        self.assertRegex(self.remote(daemon, "-t", "1", "-if"), r"0: 100% Normal +Yes +6\.29 MB +content\.bin")
        self.assertIn("1" * 8 + " ", self.remote(daemon, "-t", "1", "-ic").replace("\n", " "))
        self.assertIn(f"http://127.0.0.1:{self.tracker_port}", self.remote(daemon, "-t", "1", "-it"))
        self.assertRegex(self.remote(daemon, "-t", "1", "-ip"), r"Address +Flags +Done")

        self.remote(daemon, "-d", "4000", "-gsr", "3")
        session = self.remote(daemon, "-si")
        self.assertIn("Download speed limit: 4.00 MB/s (Enabled limit: 4.00 MB/s", session)
        self.assertIn("Default seed ratio limit: 3.0", session)
        self.assertIn("RPC version: 17", session)
        self.assertRegex(self.remote(daemon, "-st"), r"Downloaded: [1-9][0-9.]+ [kM]B")
        self.assertIn("success", self.remote(daemon, "-t", "1", "--reannounce"))

        refused = run([tool("transmission-remote"), f"127.0.0.1:{daemon.port}", "--port-test"])
        self.assertIn("not supported", refused.stdout)
        self.remote(daemon, "-t", "1", "--remove-and-delete")
        self.assertNotIn("content.bin", self.remote(daemon, "-l"))
        wait_until(lambda: not any((self.folder / "downloads").iterdir()), "the content gone")
        self.remote(daemon, "--exit")
        self.assertEqual(daemon.wait(20), 0)

    def test_some_files(self):
        (self.folder / "set").mkdir()
        for name in ("a.bin", "b.bin", "c.bin"):
            large_file(self.folder / "set" / name, (1 << 20) + 12345)
        torrent = self.folder / "set.torrent"
        make_torrent(self.folder / "set", torrent, "--announce", f"http://127.0.0.1:{self.tracker_port}/announce",
                     "--piece-size", "256KiB", "--format", "hybrid")
        self.seed(torrent, self.folder / "set")
        daemon = self.daemon()
        self.remote(daemon, "--add", str(torrent), "-G", "1")
        target = self.folder / "downloads" / "set"
        wait_until(target.is_dir, "the chosen files in their place")
        self.assertEqual(sorted(p.name for p in target.iterdir()), ["a.bin", "c.bin"])
        listed = self.remote(daemon, "-t", "1", "-if")
        self.assertRegex(listed, r"1: .* Normal +No +1\.06 MB +set/b\.bin")
        self.assertIn("set (3 files)", listed)
        wait_until(lambda: re.search(r"\n +1 +100% ", self.remote(daemon, "-l")), "the end of the download")
        # What is not wanted stays so when it is started again.
        self.remote(daemon, "-t", "1", "-v")
        wait_until(lambda: re.search(r"\n +1 +100% ", self.remote(daemon, "-l")), "the end of the check")
        daemon.stop()
        daemon = self.daemon(log="again.log")
        self.assertRegex(self.remote(daemon, "-t", "1", "-if"), r"1: .* No .* set/b\.bin")
        self.assertFalse((target / "b.bin").exists())
        self.remote(daemon, "-t", "1", "-g", "1")
        wait_until(lambda: re.search(r"1: 100% Normal +Yes", self.remote(daemon, "-t", "1", "-if")), "the third file")
        for name in ("a.bin", "b.bin", "c.bin"):
            wait_until(lambda: digest(target / name) == digest(self.folder / "set" / name), f"{name} as it should be")
        self.remote(daemon, "-t", "1", "--remove")

        other = self.folder / "other"
        self.shoal(daemon, "add", str(torrent), "--dir", str(other), "--files", "c.*")
        wait_until((other / "set" / "c.bin").exists, "the file of the glob")
        self.assertEqual([p.name for p in (other / "set").iterdir()], ["c.bin"])
        self.assertIn("a.bin, b.bin, c.bin", self.shoal(daemon, "add", str(torrent), "--files", "d.*", expect=2))

    def test_a_killed_daemon_goes_on_where_it_was(self):
        content, torrent = self.torrent(24 << 20)
        other, other_torrent = self.torrent(1 << 20, "other.bin")
        self.seed(torrent, content, "--limit-up", "1MB/s")  # longer than the daemon waits before it saves
        daemon = self.daemon()
        self.shoal(daemon, "add", torrent, "--label", "kept")
        self.shoal(daemon, "add", other_torrent, "--paused")
        daemon.wait_for("torrent added")
        state = self.folder / "state" / "torrents" / "1.json"
        wait_until(lambda: json.loads(state.read_text())["have"].strip("A=") != "", "some pieces in the state folder", 60)
        daemon.process.kill()
        daemon.process.wait()
        self.assertFalse((self.folder / "downloads" / "content.bin").exists(), "half of it must not look like all")

        again = self.daemon(log="again.log")
        rows = {row["id"]: row for row in self.rows(again)}
        self.assertEqual(rows[1]["labels"], ["kept"])
        wait_until(lambda: self.rows(again)[1]["state"] == "paused", "the other one paused still")
        wait_until(lambda: self.rows(again)[0]["left"] == 0, "the rest of the download", 60)
        wait_until((self.folder / "downloads" / "content.bin").exists, "the content in its place")
        self.assertEqual(digest(self.folder / "downloads" / "content.bin"), digest(content))
        again.process.kill()
        again.process.wait()
        third = self.daemon(log="third.log")
        wait_until(lambda: self.rows(third)[0]["state"] == "seeding", "a seed at once")
        self.assertNotIn("level=error", third.output())

    def test_watch_folder_and_hooks(self):
        content, torrent = self.torrent(name="it's $(touch oops) & more.bin")
        self.seed(torrent, content)
        hook = self.folder / "hook"
        facts = self.folder / "facts"
        hook.write_text(f'#!/bin/sh\nprintf "%s\\n" "$SHOAL_HOOK_EVENT" "$SHOAL_HOOK_NAME" "$SHOAL_HOOK_PATH" "$SHOAL_HOOK_HASH" '
                        f'"$SHOAL_EVENT" "$SHOAL_NAME" "$SHOAL_PATH" "$SHOAL_HASH" >{facts}\necho said so\nexit 3\n')
        hook.chmod(0o755)
        watch = self.folder / "watch"
        daemon = self.daemon("--watch-dir", watch, "--on-done", hook)
        (watch / "bad.torrent").write_text("garbage")
        (watch / "good.torrent").write_bytes(torrent.read_bytes())
        daemon.wait_for(r'hook ended event=done .*result=failed exit_code=3 .*output="said so\\n"')
        event, name, path, info_hash, *old = facts.read_text().splitlines()
        self.assertEqual(old, [event, name, path, info_hash], "the names of version 0.1")
        self.assertEqual((event, name), ("done", content.name))
        self.assertEqual(digest(path), digest(content))
        self.assertRegex(info_hash, "^[0-9a-f]{40}$")
        self.assertTrue((watch / "added" / "good.torrent").exists())
        self.assertIn("not a valid torrent", (watch / "refused" / "bad.torrent.reason.txt").read_text())
        self.assertEqual([p for p in self.folder.rglob("oops")], [])

    def test_strangers_are_refused(self):
        secret = self.folder / "auth"
        secret.write_text("ann:open sesame\n")
        secret.chmod(0o600)
        daemon = self.daemon("--rpc-auth-file", secret)
        body = '{"method":"session-get"}'
        status, headers, _ = self.post(daemon, body)
        self.assertEqual(status, 401)
        self.assertIn("Basic", headers["WWW-Authenticate"])
        ann = {"Authorization": "Basic YW5uOm9wZW4gc2VzYW1l"}
        status, headers, _ = self.post(daemon, body, **ann)
        self.assertEqual(status, 409)
        known = {**ann, "X_Transmission_Session_Id": headers["X-Transmission-Session-Id"]}
        self.assertEqual(self.post(daemon, body, **known)[0], 200)
        self.assertEqual(self.post(daemon, body, **known, Host="evil.example")[0], 421)
        self.assertEqual(self.post(daemon, body, **known, Origin="http://evil.example")[0], 403)
        self.assertEqual(self.post(daemon, body, **known, Sec_Fetch_Site="cross-site")[0], 403)
        self.assertIn("not a JSON object", self.post(daemon, "{", **known)[2])
        listed = run([tool("transmission-remote"), f"127.0.0.1:{daemon.port}", "-n", "ann:open sesame", "-l"])
        self.assertIn("Sum:", listed.stdout)
        self.assertIn("wants a user name", self.shoal(daemon, "list", expect=2))
        self.assertEqual(json.loads(self.shoal(daemon, "list", "--json", "--rpc-auth-file", secret)), [])
        refused = run([program("shoal"), "daemon", "--state-dir", self.folder / "s2", "--rpc-listen", "0.0.0.0:0"])
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--rpc-auth-file", refused.stderr)
        secret.chmod(0o644)
        self.assertIn("chmod", self.shoal(daemon, "list", "--rpc-auth-file", secret, expect=2))

    def test_remote_commands(self):
        content, torrent = self.torrent()
        self.seed(torrent, content)
        control = self.folder / "control.sock"
        daemon = self.daemon("--rpc-socket", control)
        self.assertEqual(stat.S_IMODE(control.stat().st_mode) & 0o007, 0)
        self.assertIn("no torrents", self.shoal(daemon, "list"))
        added = json.loads(self.shoal(daemon, "add", torrent, "--dir", self.folder / "elsewhere", "--json"))
        self.assertEqual((added[0]["id"], added[0]["duplicate"]), (1, False))
        self.assertIn("was there already 1 content.bin", self.shoal(daemon, "add", torrent))
        wait_until(lambda: self.rows(daemon)[0]["state"] == "seeding", "the download")
        wait_until((self.folder / "elsewhere" / "content.bin").exists, "the content in its place")
        self.assertRegex(self.shoal(daemon, "list"), r" 1  100%  6\.00 MiB .* seeding  content\.bin\n")
        self.assertIn("limited 1", self.shoal(daemon, "limit", added[0]["info_hash"], "--up", "2MB/s"))
        self.shoal(daemon, "limit", "--down", "1Gbit/s")
        self.assertEqual(self.rows(daemon)[0]["limit_up"], 2_000_000)
        self.assertIn("at most 2.0 MB/s", self.shoal(daemon, "status", "1"))
        self.assertEqual(json.loads(self.shoal(daemon, "status", "--json"))["torrents"], 1)
        self.shoal(daemon, "pause", "all")
        self.assertEqual(self.rows(daemon)[0]["state"], "paused")
        self.shoal(daemon, "resume", "1")
        self.shoal(daemon, "verify", "1")
        wait_until(lambda: self.rows(daemon)[0]["state"] == "seeding", "the check")
        self.assertRegex(self.shoal(daemon, "top", "--once"), r"1 torrent, 1 complete[^$]*\[#{20}\]  100%")
        self.assertIn("the daemon does not have it", self.shoal(daemon, "remove", "7", expect=1))
        local = run([program("shoal"), "list", "--json", "--rpc", f"unix:{control}"])
        self.assertEqual(json.loads(local.stdout)[0]["id"], 1, local.stderr)
        self.shoal(daemon, "remove", "1")
        self.assertTrue((self.folder / "elsewhere" / "content.bin").exists(), "remove keeps the content")
        self.assertEqual(daemon.stop(), 0)
        self.assertFalse(control.exists())
        nobody = run([program("shoal"), "list", "--rpc", f"127.0.0.1:{daemon.port}"])
        self.assertEqual(nobody.returncode, 4)
        self.assertIn("is 'shoal daemon' running there?", nobody.stderr)

    def test_service_manager_metrics_and_reload(self):
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notify.close)
        notify.bind(str(self.folder / "notify"))
        notify.settimeout(20)
        config = self.folder / "daemon.toml"
        config.write_text('[daemon]\nseed-ratio = 2.0\n')
        daemon = self.daemon("--config", config, environment={"NOTIFY_SOCKET": str(self.folder / "notify")})
        self.assertEqual(notify.recv(100), b"READY=1")
        self.assertIn("Default seed ratio limit: 2.0", self.remote(daemon, "-si"))
        with urllib.request.urlopen(f"http://127.0.0.1:{daemon.port}/metrics", timeout=20) as page:
            metrics = page.read().decode()
        self.assertIn('shoal_torrents{state="seeding"} 0\n', metrics)
        for line in metrics.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? \d+(\.\d+)?)$')
        with urllib.request.urlopen(f"http://127.0.0.1:{daemon.port}/healthz", timeout=20) as page:
            self.assertEqual(page.read(), b"ok\n")
        config.write_text('[daemon]\nseed-ratio = 5.0\n')
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("configuration reloaded")
        self.assertIn("Default seed ratio limit: 5.0", self.remote(daemon, "-si"))
        config.write_text('[daemon]\nseed-ratio = "many"\n')
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("configuration kept as it was")
        self.assertIn("Default seed ratio limit: 5.0", self.remote(daemon, "-si"))
        self.assertEqual(daemon.stop(), 0)

    def test_content_that_is_there_already(self):
        content, torrent = self.torrent()
        downloads = self.folder / "downloads"
        downloads.mkdir()
        (downloads / "content.bin").write_bytes(content.read_bytes())
        daemon = self.daemon()
        self.shoal(daemon, "add", torrent)
        wait_until(lambda: self.rows(daemon)[0]["state"] == "seeding", "the check of what was there")
        self.shoal(daemon, "remove", "1")
        (downloads / "content.bin").write_bytes(b"somebody's own work")
        self.shoal(daemon, "add", torrent)
        row = wait_until(lambda: [r for r in self.rows(daemon) if r["state"] == "error"], "the refusal to overwrite it")[0]
        self.assertIn("is there already", row["error"])
        self.assertEqual((downloads / "content.bin").read_bytes(), b"somebody's own work")

    def test_content_that_is_there_already_when_a_paused_torrent_is_started(self):
        content, torrent = self.torrent()
        self.downloads.mkdir()
        mine = self.downloads / "content.bin"
        mine.write_bytes(b"somebody's own work")
        self.seed(torrent, content)
        daemon = self.daemon()
        self.shoal(daemon, "add", "--paused", torrent)
        self.shoal(daemon, "resume", "1")
        row = wait_until(lambda: [r for r in self.rows(daemon) if r["state"] == "error"], "the refusal to overwrite it")[0]
        self.assertIn("is there already", row["error"])
        self.assertEqual(mine.read_bytes(), b"somebody's own work")
        self.shoal(daemon, "remove", "--delete-content", "1")
        self.assertEqual(self.rows(daemon), [])
        self.assertEqual(mine.read_bytes(), b"somebody's own work")
        self.shoal(daemon, "add", torrent)
        wait_until(lambda: [r for r in self.rows(daemon) if r["state"] == "error"], "the refusal to overwrite it")
        self.shoal(daemon, "resume", "2")
        wait_until(lambda: mine.stat().st_size == content.stat().st_size and mine.read_bytes() == content.read_bytes(),
                   "the content in its place, as it was asked for")


if __name__ == "__main__":
    unittest.main()
