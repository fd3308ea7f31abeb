"""Every method of the control port, over HTTP as clients speak it, and what it changed."""

import base64
import shutil
import unittest

from client_support import FileServer, Tracker
from daemon_support import DaemonTest, wait_until
from shoal_testing.clients import make_torrent
from shoal_testing.content import digest, large_file

STOPPED, DOWNLOADING, SEEDING = 0, 4, 6


class RpcTest(DaemonTest):
    def folder_torrent(self):
        """Three files, each with pieces of its own."""
        root = self.folder / "set"
        root.mkdir()
        for name in ("a.bin", "b.bin", "c.bin"):
            large_file(root / name, 1 << 20)
        torrent = self.folder / "set.torrent"
        make_torrent(root, torrent, "--announce", f"http://127.0.0.1:{self.tracker_port}/announce", "--piece-size", "256KiB")
        return root, torrent

    def add(self, daemon, torrent, **arguments):
        """Its id."""
        return self.call(daemon, "torrent-add", filename=str(torrent), **arguments)["torrent-added"]["id"]

    def wait_for_status(self, daemon, torrent, status):
        wait_until(lambda: self.get(daemon, torrent, "status") == status, f"status {status}")

    def seeding(self, *options):
        """A daemon that has downloaded `content.bin` as torrent 1, its content, and the daemon's copy."""
        content, torrent = self.torrent()
        self.seed(torrent, content)
        daemon = self.daemon(*options)
        self.assertEqual(self.add(daemon, torrent), 1)
        wait_until((self.downloads / content.name).exists, "the download")
        return daemon, content, self.downloads / content.name


class Torrents(RpcTest):
    def test_the_session_id_handshake(self):
        daemon = self.daemon()
        body = '{"method":"session-get"}'
        status, headers, text = self.post(daemon, body)
        self.assertEqual(status, 409)
        session_id = headers["X-Transmission-Session-Id"]
        self.assertIn(session_id, text)
        self.assertEqual(self.post(daemon, body, X_Transmission_Session_Id=session_id[:-1] + "?")[0], 409)
        self.assertEqual(self.post(daemon, body, X_Transmission_Session_Id=session_id)[0], 200)
        self.assertEqual(self.page(daemon, "/transmission/rpc")[0], 405)
        daemon.stop()
        self.assertEqual(self.post(self.daemon(log="again.log"), body, X_Transmission_Session_Id=session_id)[0], 409)

    def test_add(self):
        content, torrent = self.torrent()
        _, in_parts = self.folder_torrent()
        server = FileServer({"/content.torrent": torrent.read_bytes(), "/page.html": b"<html>"})
        self.addCleanup(server.close)
        daemon = self.daemon()
        by_url = self.call(daemon, "torrent-add", filename=f"{server.url}/content.torrent", paused=True, labels=["x", "y"],
                           download_dir=str(self.folder / "chosen"), peer_limit=9)["torrent-added"]
        self.assertEqual((by_url["id"], by_url["name"]), (1, "content.bin"))
        self.assertEqual(self.get(daemon, 1, "status", "labels", "downloadDir", "peer-limit", "percentDone"),
                         [STOPPED, ["x", "y"], str(self.folder / "chosen"), 9, 0])
        metainfo = base64.b64encode(torrent.read_bytes()).decode()
        self.assertEqual(self.call(daemon, "torrent-add", metainfo=metainfo)["torrent-duplicate"], by_url)

        self.assertEqual(self.add(daemon, in_parts, paused=True, files_unwanted=[1], priority_high=[2]), 2)
        self.assertEqual(self.get(daemon, 2, "wanted", "priorities", "totalSize"), [[1, 0, 1], [0, 0, 1], 3 << 20])
        wait_until(lambda: self.get(daemon, 2, "sizeWhenDone") == 2 << 20, "the size of the wanted ones")
        self.seed(torrent, content)
        magnet = "magnet:?xt=urn:btih:" + by_url["hashString"]
        self.call(daemon, "torrent-remove", ids=[1])
        link = f"{magnet}&tr=http%3A%2F%2F127.0.0.1%3A{self.tracker_port}%2Fannounce"
        self.assertEqual(self.call(daemon, "torrent-add", filename=link)["torrent-added"]["name"], by_url["hashString"])
        wait_until((self.downloads / "content.bin").exists, "the content of the magnet link")
        self.assertEqual(self.get(daemon, 3, "name", "metadataPercentComplete"), ["content.bin", 1])

        for words, arguments in [("no filename or metainfo", {}), ("not base64", {"metainfo": "*"}),
                                 ("not a valid torrent", {"metainfo": base64.b64encode(b"garbage").decode()}),
                                 ("not a valid torrent", {"filename": f"{server.url}/page.html"}),
                                 ("404", {"filename": f"{server.url}/nowhere"}), ("absolute path", {"filename": "a.torrent"}),
                                 ("No such file", {"filename": str(self.folder / "missing.torrent")}),
                                 ("absolute", {"filename": str(in_parts), "download_dir": "here"}),
                                 ("magnet", {"filename": "magnet:?xt=urn:btih:short"})]:
            self.assertIn(words, self.refusal(daemon, "torrent-add", **arguments), arguments)
        self.assertEqual([row["id"] for row in self.rows(daemon)], [2, 3])

    def test_a_magnet_that_was_added_before_its_seed_came_does_not_wait_for_the_interval(self):
        tracker = Tracker(interval=1800, peers_for_seeds=False)
        self.addCleanup(tracker.close)
        content, torrent = self.torrent()
        daemon = self.daemon()
        info_hash = self.call(daemon, "torrent-add", filename=str(torrent), paused=True)["torrent-added"]["hashString"]
        self.call(daemon, "torrent-remove", ids=[1])
        link = f"magnet:?xt=urn:btih:{info_hash}&tr={tracker.url}"
        self.call(daemon, "torrent-add", filename=link)
        wait_until(lambda: tracker.heard, "the daemon's announce")
        of_the_seed = self.folder / "seed.torrent"
        make_torrent(content, of_the_seed, "--announce", tracker.url, "--piece-size", "256KiB")
        self.seed(of_the_seed, content)
        wait_until((self.downloads / "content.bin").exists, "the content of the magnet link", timeout=120)
        self.assertEqual(digest(self.downloads / "content.bin"), digest(content))

    def test_get(self):
        _, torrent = self.torrent()
        _, in_parts = self.folder_torrent()
        daemon = self.daemon("--add-paused")
        self.add(daemon, torrent)
        self.add(daemon, in_parts)
        hash_string = self.get(daemon, 2, "hashString")

        def ids(wanted):
            return [t["id"] for t in self.call(daemon, "torrent-get", fields=["id"], **wanted)["torrents"]]
        for wanted, found in [({}, [1, 2]), ({"ids": 2}, [2]), ({"ids": [2, 1]}, [1, 2]), ({"ids": [7]}, []),
                              ({"ids": hash_string}, [2]), ({"ids": [1, hash_string.upper()]}, [1, 2])]:
            self.assertEqual(sorted(ids(wanted)), found, wanted)
        table = self.call(daemon, "torrent-get", fields=["id", "name", "no-such-field"], format="table")["torrents"]
        self.assertEqual(table, [["id", "name"], [1, "content.bin"], [2, "set"]])
        self.assertEqual(self.get(daemon, 2, "files"),
                         [{"bytesCompleted": 0, "length": 1 << 20, "name": f"set/{name}.bin"} for name in "abc"])
        self.call(daemon, "torrent-remove", ids=[1])
        self.assertEqual(self.call(daemon, "torrent-get", fields=["id"], ids="recently-active")["removed"], [1])
        self.assertIn("fields: missing", self.refusal(daemon, "torrent-get"))
        self.assertIn("format", self.refusal(daemon, "torrent-get", fields=["id"], format="poem"))

    def test_set(self):
        _, in_parts = self.folder_torrent()
        daemon = self.daemon("--add-paused")
        self.add(daemon, in_parts)
        first = f"http://127.0.0.1:{self.tracker_port}/announce"
        wanted = {"downloadLimited": True, "downloadLimit": 300, "uploadLimited": True, "uploadLimit": 200, "peer-limit": 5,
                  "seedRatioMode": 1, "seedRatioLimit": 2.5, "seedIdleMode": 1, "seedIdleLimit": 30, "labels": ["kept"]}
        # The ids of the list as it was, and what is added comes behind it.
        self.call(daemon, "torrent-set", ids=1, files_unwanted=[0], priority_low=[2], trackerAdd=["http://127.0.0.1:1/announce"],
                  **{name.replace("-", "_"): value for name, value in wanted.items()})
        wanted.update({"wanted": [0, 1, 1], "priorities": [0, 0, -1], "trackerList": f"{first}\n\nhttp://127.0.0.1:1/announce"})
        for run in ("first", "second"):
            self.assertEqual(dict(zip(wanted, self.get(daemon, 1, *wanted))), wanted, run)
            if run == "first":
                daemon.stop()
                daemon = self.daemon("--add-paused", log="again.log")
        self.call(daemon, "torrent-set", ids=1, trackerReplace=[1, "udp://127.0.0.1:2"], files_wanted=[], priority_normal=[])
        self.assertEqual(self.get(daemon, 1, "wanted", "priorities", "trackerList"),
                         [[1, 1, 1], [0, 0, 0], f"{first}\n\nudp://127.0.0.1:2"])
        self.call(daemon, "torrent-set", ids=1, trackerRemove=[0])
        self.assertEqual(self.get(daemon, 1, "trackerList"), "udp://127.0.0.1:2")
        self.call(daemon, "torrent-set", ids=1, trackerList=f"{first}\nudp://127.0.0.1:3\n\nudp://127.0.0.1:4")
        self.assertEqual([(t["tier"], t["announce"]) for t in self.get(daemon, 1, "trackers")],
                         [(0, first), (0, "udp://127.0.0.1:3"), (1, "udp://127.0.0.1:4")])
        for words, arguments in [("not supported", {"bandwidthPriority": 1}), ("session's limits", {"honorsSessionLimits": False}),
                                 ("comma", {"labels": ["a,b"]}), ("not a tracker", {"trackerAdd": ["file:///etc/passwd"]}),
                                 ("no tracker 9", {"trackerRemove": [9]}), ("no file 3", {"files_wanted": [3]}),
                                 ("whole number", {"uploadLimit": "fast"}), ("0 to 2", {"seedRatioMode": 3}),
                                 ("not an absolute path", {"location": "elsewhere"})]:
            self.assertIn(words, self.refusal(daemon, "torrent-set", ids=1, **arguments), arguments)

    def test_start_stop_and_reannounce(self):
        tracker = Tracker()
        self.addCleanup(tracker.close)
        content = large_file(self.folder / "content.bin", 6 << 20)
        torrent = self.folder / "content.torrent"
        make_torrent(content, torrent, "--announce", tracker.url, "--piece-size", "256KiB")
        seed = self.seed(torrent, content, "--limit-up", "200kB/s")
        seed.wait_for("listening on")
        wait_until(lambda: tracker.heard, "the seed's announce")
        daemon = self.daemon("--add-paused")
        self.add(daemon, torrent)
        for method in ("torrent-start", "torrent-start-now"):
            self.call(daemon, method, ids=1)
            wait_until(lambda: self.get(daemon, 1, "peersConnected") == 1, "the seed connected")
            self.assertEqual(self.get(daemon, 1, "status"), DOWNLOADING)
            self.call(daemon, "torrent-stop", ids=[1])
            self.assertEqual(self.get(daemon, 1, "status", "rateDownload"), [STOPPED, 0])
            wait_until(lambda: self.get(daemon, 1, "peersConnected") == 0, "the seed let go")
            wait_until(lambda: tracker.events()[-1] == "stopped", "the goodbye to the tracker")
        self.call(daemon, "torrent-start", ids=1)
        wait_until(lambda: self.get(daemon, 1, "peersConnected") == 1, "the seed connected")
        before = len(tracker.heard)
        self.call(daemon, "torrent-reannounce", ids=1)
        wait_until(lambda: len(tracker.heard) > before, "the announce that was asked for", timeout=4)

    def test_verify(self):
        daemon, content, copy = self.seeding()
        with open(copy, "r+b") as file:
            file.seek(300_000)
            file.write(b"damage")
        damaged = digest(copy)
        self.call(daemon, "torrent-verify", ids=1)
        wait_until(lambda: self.get(daemon, 1, "error") == 3, "the damage found")
        self.assertEqual(digest(copy), damaged, "what lies there may be somebody's")
        self.call(daemon, "torrent-start", ids=1)
        wait_until(lambda: digest(copy) == digest(content), "the damaged piece downloaded again")
        self.wait_for_status(daemon, 1, SEEDING)

    def test_remove(self):
        daemon, content, copy = self.seeding()
        self.call(daemon, "torrent-remove", ids=1)
        self.assertEqual(self.rows(daemon), [])
        self.assertEqual(digest(copy), digest(content), "its content stays")
        self.assertEqual(sorted(p.name for p in (self.state / "torrents").iterdir()), [])
        torrent = self.folder / "content.bin.torrent"
        self.assertEqual(self.add(daemon, torrent), 2, "numbers are never used twice")
        self.wait_for_status(daemon, 2, SEEDING)
        self.call(daemon, "torrent-remove", ids=2, delete_local_data=True)
        wait_until(lambda: not any(self.downloads.iterdir()), "the content gone")

    def test_remove_what_is_not_complete(self):
        content, torrent = self.torrent()
        self.seed(torrent, content, "--limit-up", "500kB/s")
        daemon = self.daemon()
        self.add(daemon, torrent)
        wait_until(lambda: self.get(daemon, 1, "haveValid") > 0, "a part of it")
        self.call(daemon, "torrent-remove", ids=1, delete_local_data=True)
        wait_until(lambda: not any(self.downloads.iterdir()), "nothing left of it, hidden folders included")

    def test_set_location(self):
        daemon, content, copy = self.seeding()
        there = self.folder / "there"
        self.call(daemon, "torrent-set-location", ids=1, location=str(there), move=True)
        wait_until(lambda: self.get(daemon, 1, "downloadDir") == str(there), "the move")
        self.assertFalse(copy.exists())
        self.assertEqual(digest(there / content.name), digest(content))
        self.wait_for_status(daemon, 1, SEEDING)

        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        shutil.copy(content, elsewhere)
        self.call(daemon, "torrent-set-location", ids=1, location=str(elsewhere), move=False)
        self.wait_for_status(daemon, 1, SEEDING)
        self.assertEqual(self.get(daemon, 1, "downloadDir", "leftUntilDone"), [str(elsewhere), 0])
        self.assertIn("is there already", self.refusal(daemon, "torrent-set-location", ids=1, location=str(there), move=True))
        self.assertIn("absolute", self.refusal(daemon, "torrent-set-location", ids=1, location="there", move=True))
        self.assertIn("missing", self.refusal(daemon, "torrent-set-location", ids=1))
        daemon.process.kill()
        daemon.process.wait()
        again = self.daemon(log="again.log")
        self.wait_for_status(again, 1, SEEDING)
        self.assertEqual(self.get(again, 1, "downloadDir"), str(elsewhere))

        # Where nothing is yet it is downloaded, and is not seen under its name before it is complete.
        nowhere = self.folder / "nowhere"
        self.call(again, "torrent-stop", ids=1)
        self.call(again, "torrent-set-location", ids=1, location=str(nowhere), move=False)
        self.assertFalse((nowhere / content.name).exists())
        self.call(again, "torrent-start", ids=1)
        wait_until((nowhere / content.name).exists, "the download to the new place")
        self.assertEqual(digest(nowhere / content.name), digest(content))


class Session(RpcTest):
    def test_settings(self):
        daemon = self.daemon()
        chosen = {"speed-limit-down": 400, "speed-limit-down-enabled": True, "speed-limit-up": 300, "speed-limit-up-enabled": True,
                  "alt-speed-enabled": True, "alt-speed-down": 40, "alt-speed-up": 30, "alt-speed-time-begin": 60,
                  "alt-speed-time-end": 120, "alt-speed-time-day": 65, "alt-speed-time-enabled": True, "seedRatioLimit": 3.5,
                  "seedRatioLimited": True, "idle-seeding-limit": 20, "idle-seeding-limit-enabled": True, "peer-limit-global": 99,
                  "peer-limit-per-torrent": 11, "start-added-torrents": False, "download-dir": str(self.folder / "new")}
        before = self.call(daemon, "session-get")
        self.assertNotEqual({name: before[name] for name in chosen}, chosen)
        self.call(daemon, "session-set", **{name.replace("-", "_"): value for name, value in chosen.items()})
        self.assertEqual(self.call(daemon, "session-get", fields=list(chosen)), chosen)
        daemon.process.kill()
        daemon.process.wait()
        daemon = self.daemon(log="again.log")
        self.assertEqual(self.call(daemon, "session-get", fields=list(chosen)), chosen)
        _, torrent = self.torrent()
        self.add(daemon, torrent)
        self.assertEqual(self.get(daemon, 1, "downloadDir", "status", "peer-limit"), [str(self.folder / "new"), STOPPED, 11])
        for name, value in [("script-torrent-done-filename", "/bin/sh"), ("script-torrent-done-enabled", True), ("peer-port", 1),
                            ("dht-enabled", True), ("pex-enabled", False), ("encryption", "required"), ("utp-enabled", True),
                            ("incomplete-dir", "/tmp"), ("blocklist-url", "http://x/")]:
            self.assertIn("cannot be changed by RPC", self.refusal(daemon, "session-set", **{name: value}))
        self.assertIn("absolute", self.refusal(daemon, "session-set", download_dir="here"))
        # Clients send whole forms back.
        self.call(daemon, "session-set", **self.call(daemon, "session-get"))

    def test_stats(self):
        daemon, content, _ = self.seeding()
        wait_until(lambda: self.call(daemon, "session-stats")["current-stats"]["downloadedBytes"] >= content.stat().st_size, "the total")
        stats = self.call(daemon, "session-stats")
        self.assertEqual((stats["torrentCount"], stats["pausedTorrentCount"], stats["cumulative-stats"]["filesAdded"]), (1, 0, 1))
        total = stats["cumulative-stats"]["downloadedBytes"]
        daemon.stop()
        again = self.call(self.daemon(log="again.log"), "session-stats")
        self.assertEqual(again["current-stats"]["downloadedBytes"], 0)
        self.assertEqual((again["cumulative-stats"]["downloadedBytes"], again["cumulative-stats"]["sessionCount"]), (total, 2))

    def test_free_space(self):
        disk = self.small_disk("disk", "3m")
        daemon = self.daemon()
        (disk / "filler").write_bytes(bytes(1 << 20))
        space = self.call(daemon, "free-space", path=str(disk))
        self.assertEqual((space["path"], space["size-bytes"], space["total_size"]), (str(disk), 2 << 20, 3 << 20))
        self.assertIn("No such file", self.refusal(daemon, "free-space", path=str(disk / "none")))
        self.assertIn("absolute", self.refusal(daemon, "free-space", path="disk"))

    def test_close(self):
        daemon = self.daemon()
        self.call(daemon, "session-close")
        self.assertEqual(daemon.wait(20), 0)

    def test_what_is_not_supported_says_so(self):
        _, torrent = self.torrent()
        daemon = self.daemon("--add-paused")
        self.add(daemon, torrent)
        for method, words in [("port-test", "shoal doctor"), ("blocklist-update", "no block lists"), ("queue-move-top", "no queue"),
                              ("queue-move-up", "no queue"), ("queue-move-down", "no queue"), ("queue-move-bottom", "no queue"),
                              ("group-set", "no bandwidth groups"), ("group-get", "no bandwidth groups"),
                              ("torrent-dance", "method name not recognized"), ("", "no method name")]:
            self.assertIn(words, self.refusal(daemon, method, ids=[1]), method)
        self.assertIn("cannot be renamed", self.refusal(daemon, "torrent-rename-path", ids=[1], path="content.bin", name="x"))


if __name__ == "__main__":
    unittest.main()
