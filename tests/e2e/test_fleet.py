"""`shoal fleet`: many daemons at once, from a file, from the tracker, by site; who did it, who did not, and the exit code."""

import json
import os
import re
import socket
import unittest

from daemon_support import DaemonTest, wait_until
from shoal_testing.processes import Background, run
from shoal_testing.tools import program

ACTIONS = ("list", "status", "add", "remove", "verify", "limit")


class Silent:
    """A host that takes connections and never says a word."""

    def __init__(self, test):
        listener = socket.socket()
        test.addCleanup(listener.close)
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        self.address = f"127.0.0.1:{listener.getsockname()[1]}"


class FleetTest(DaemonTest):
    def start(self, number, host="127.0.0.1", port=0, **more):
        """Daemon `number` of the fleet, on folders of its own; `address` is its control port's."""
        daemon = Background(
            [program("shoal"), "daemon", "--state-dir", self.folder / f"state-{number}", "--download-dir", self.folder / f"downloads-{number}",
             "--listen", f"{host}:0", "--no-dht", "--no-lsd", "--rpc-listen", f"{host}:{port}"],
            self.folder / f"daemon-{number}.log", env={**os.environ, **more})
        self.addCleanup(daemon.stop)
        daemon.port = int(daemon.wait_for(r"control port address=[\d.]+:(\d+)").group(1))
        daemon.address = f"{host}:{daemon.port}"
        return daemon

    def fleet(self, *words, expect=0):
        done = run([program("shoal"), "fleet", *words])
        self.assertEqual(done.returncode, expect, f"{words}: {done.stdout}{done.stderr}")
        return done

    def fleet_json(self, *words, expect=0):
        return json.loads(self.fleet(*words, "--json", expect=expect).stdout)

    def table(self, *words, expect=0):
        """Rows of the table, by host: what stands behind it."""
        lines = self.fleet(*words, expect=expect).stdout.splitlines()
        self.assertTrue(lines and lines[0].startswith("HOST"), lines)
        return {line.split()[0]: line.split()[1:] for line in lines[1:]}


class FromAFile(FleetTest):
    def hosts(self, *daemons):
        """A file of them; the first two are in hall-1, the others in hall-2."""
        path = self.folder / "hosts"
        path.write_text("# the fleet\n" + "".join(
            f"{daemon.address}  hall-{1 if i < 2 else 2}  # number {i}\n" for i, daemon in enumerate(daemons)))
        return f"@{path}"

    def test_a_torrent_from_add_to_remove(self):
        content, torrent = self.torrent()
        daemons = [self.start(i) for i in range(5)]
        hosts = self.hosts(*daemons)
        self.seed(torrent, content)
        added = self.table("add", torrent, "--label", "nightly", "--rpc", hosts)
        self.assertEqual(set(added), {daemon.address for daemon in daemons})
        self.assertEqual({tuple(cells) for cells in added.values()}, {("hall-1", "added", "content.bin"), ("hall-2", "added", "content.bin")})

        def complete():
            return self.fleet_json("list", "nightly", "--rpc", hosts)["torrents"][0]["complete"] == 5
        wait_until(complete, "five hosts have it")
        whole = self.fleet_json("list", "--rpc", hosts)
        self.assertEqual((whole["asked"], whole["failed"], len(whole["hosts"])), (5, 0, 5))
        self.assertEqual([(one["name"], one["hosts"], one["mean"], one["errors"], one["labels"]) for one in whole["torrents"]],
                         [("content.bin", 5, 1, 0, ["nightly"])])
        info_hash = whole["torrents"][0]["info_hash"]
        listed = self.fleet("list", "--rpc", hosts).stdout.splitlines()
        self.assertRegex(listed[0], r"^HASH +HOSTS +COMPLETE +ERRORS +MEAN +LEAST .*NAME$")
        self.assertRegex(listed[1], rf"^{info_hash[:8]} +5 +5 +0 +100% +100% .*nightly +content\.bin$")

        for number in range(5):
            self.assertEqual((self.folder / f"downloads-{number}" / "content.bin").read_bytes(), content.read_bytes())
        for word in ("content.bin", info_hash, info_hash[:6], "nightly", "all"):
            self.assertEqual({tuple(cells) for cells in self.table("verify", word, "--rpc", hosts).values()},
                             {("hall-1", "checking", "content.bin"), ("hall-2", "checking", "content.bin")})
        states = self.fleet_json("status", "content.bin", "--rpc", hosts)["hosts"]
        self.assertEqual([(one["host"], one["ok"], len(one["torrents"])) for one in states], [(d.address, True, 1) for d in daemons])

        self.fleet("limit", "content.bin", "--up", "2MB/s", "--rpc", hosts)
        self.fleet("limit", "--down", "9MB/s", "--rpc", hosts)
        for daemon in daemons:
            self.assertEqual(self.get(daemon, 1, "uploadLimited", "uploadLimit"), [True, 2000])
            self.assertEqual(self.call(daemon, "session-get")["speed-limit-down"], 9000)

        again = self.table("add", torrent, "--rpc", hosts)
        self.assertEqual({" ".join(cells[1:4]) for cells in again.values()}, {"was there already"})
        # While it is being verified nobody knows whose the content is: the daemon would not delete it.
        wait_until(lambda: {row["state"] for host in self.fleet_json("status", "all", "--rpc", hosts)["hosts"] for row in host["torrents"]}
                   == {"seeding"}, "all is verified")
        removed = self.table("remove", "content.bin", "--delete-content", "--rpc", hosts)
        self.assertEqual({cells[1] for cells in removed.values()}, {"deleted"})
        wait_until(lambda: not any((self.folder / f"downloads-{number}" / "content.bin").exists() for number in range(5)),
                   "the content is gone from all disks")
        self.assertEqual(self.fleet("list", "--rpc", hosts).stdout, "no torrents; 'shoal fleet add' brings one\n")

    def test_one_site_and_not_one_host(self):
        _, torrent = self.torrent()
        daemons = [self.start(i) for i in range(3)]
        hosts = self.hosts(*daemons)
        added = self.table("add", torrent, "--paused", "--rpc", hosts, "--site", "hall-2")
        self.assertEqual(set(added), {daemons[2].address})
        added = self.table("add", torrent, "--paused", "--rpc", hosts, "--except", daemons[2].address, "--except", daemons[0].address)
        self.assertEqual(set(added), {daemons[1].address})
        self.assertEqual([len(self.rows(daemon)) for daemon in daemons], [0, 1, 1])
        listed = self.fleet_json("list", "content.bin", "--rpc", hosts)
        self.assertEqual([host["result"] for host in listed["hosts"]], ["not there", "done", "done"])
        wrong = self.fleet("list", "--rpc", hosts, "--site", "hall-3", expect=4)
        self.assertIn("--site hall-3: no host is there: did you mean 'hall-", wrong.stderr)
        self.assertIn("no host is left", self.fleet("list", "--rpc", daemons[0].address, "--except", daemons[0].address, expect=4).stderr)

    def test_who_does_not_answer_is_named_and_the_others_do_it(self):
        _, torrent = self.torrent()
        silent = Silent(self)
        daemons = [self.start(0), self.start(1, SHOAL_DAEMON_RPC_AUTH="ops:secret")]
        nobody = "127.0.0.1:1"
        hosts = ",".join([daemons[0].address, nobody, silent.address])
        more = ("--rpc", hosts, "--host-timeout", "10s")
        done = self.fleet("add", torrent, "--paused", *more, expect=4)
        self.assertRegex(done.stdout, rf"(?m)^{daemons[0].address} +added +content\.bin$")
        for host in (nobody, silent.address):
            self.assertRegex(done.stdout, rf"(?m)^{re.escape(host)} +unreachable +-$")
        self.assertRegex(done.stderr, rf"(?m)^shoal: {nobody}: .*: .*connect.*is 'shoal daemon' running there\?")
        self.assertRegex(done.stderr, rf"(?m)^shoal: {silent.address}: .* did not answer all within 10s$")
        self.assertIn("shoal: 2 of 3 hosts: 2 not reached in time, 0 failed: see above\n", done.stderr)
        # The others' reasons differ: no code says them all.
        both = ",".join([daemons[0].address, nobody, daemons[1].address])
        for action in ACTIONS:
            words = {"add": [torrent], "limit": ["--up", "1MB/s"], "remove": ["content.bin"], "verify": ["content.bin"]}.get(action, [])
            with self.subTest(action):
                document = self.fleet_json(action, *words, "--rpc", both, expect=1)
                self.assertEqual((document["action"], document["asked"], document["failed"]), (action, 3, 2))
                by_host = {one["host"]: one for one in document["hosts"]}
                self.assertEqual((by_host[daemons[0].address]["ok"], by_host[daemons[0].address]["error"]), (True, None))
                self.assertEqual(by_host[nobody]["result"], "unreachable")
                self.assertEqual(by_host[daemons[1].address]["result"], "failed")
                self.assertIn("wants a user name and a password", by_host[daemons[1].address]["error"])
                if action == "remove":  # for the next action
                    self.fleet("add", torrent, "--paused", "--rpc", daemons[0].address)
        self.assertEqual(self.fleet("list", "--rpc", daemons[1].address, expect=2).stdout, "")

    def test_a_removal_can_be_repeated(self):
        _, torrent = self.torrent()
        daemons = [self.start(0), self.start(1)]
        both = f"{daemons[0].address},{daemons[1].address}"
        self.fleet("add", torrent, "--paused", "--rpc", daemons[0].address)
        removed = self.table("remove", "content.bin", "--rpc", both)
        self.assertEqual(removed, {daemons[0].address: ["removed", "content.bin"], daemons[1].address: ["not", "there"]})
        refused = self.fleet("remove", "content.bin", "--rpc", both, expect=1)
        self.assertEqual(refused.stderr.count("torrent content.bin: the daemon does not have it"), 2, refused.stderr)
        self.assertIn("does not have it", self.fleet("verify", "content.bin", "--rpc", both, expect=1).stderr)

    def test_fewer_at_a_time_than_there_are_hosts(self):
        daemons = [self.start(i) for i in range(3)]
        names = [daemon.address for daemon in daemons]
        document = self.fleet_json("status", "--rpc", ",".join(names), "--parallel", "1")
        self.assertEqual([one["host"] for one in document["hosts"]], names)
        self.assertEqual({one["daemon"]["torrents"] for one in document["hosts"]}, {0})
        self.assertRegex(self.fleet("status", "--rpc", ",".join(names)).stdout.splitlines()[0],
                         r"^HOST +RESULT +TORRENTS +COMPLETE +ERRORS +DOWN +UP +FREE +VERSION$")

    def test_what_makes_no_sense(self):
        _, torrent = self.torrent()
        for words, expected in (
                (["lsit", "--rpc", "a"], "there is no action 'lsit': did you mean 'list'?"),
                (["list"], "fleet: which hosts?: name them with --rpc @FILE"),
                (["list", "--rpc", "a", "--tracker", "http://b"], "--rpc and --tracker both say which hosts"),
                (["list", "--tracker", "udp://b:1"], "--tracker udp://b:1: the tracker's API is asked by HTTP"),
                (["add", "--rpc", "a"], "fleet add: which torrent?"),
                (["remove", "--rpc", "a"], "fleet remove: which torrent?"),
                (["verify", "all", "--down", "1MB/s", "--rpc", "a"], "--down: is for 'shoal fleet limit', not for 'shoal fleet verify'"),
                (["limit", "--rpc", "a"], "limit: nothing to change"),
                (["add", torrent, "--dir", "here", "--rpc", "a"], "--dir here: not an absolute path"),
                (["list", "--parallel", "0", "--rpc", "a"], "--parallel"),
                (["list", "--host-timeout", "0s", "--rpc", "a"], "--host-timeout: no host could answer in no time"),
        ):
            with self.subTest(words=words):
                refused = self.fleet(*words, expect=2)
                self.assertIn(expected, refused.stderr)
                self.assertEqual(refused.stdout, "")


class FromTheTracker(FleetTest):
    def test_its_hosts_and_their_sites(self):
        self.tracker.stop()
        tracker = Background([program("shoal-tracker"), "--listen", "127.0.0.1:0", "--db", ":memory:", "--interval", "5s",
                              "--site", "hall-1=127.0.0.8/31", "--site", "hall-2=127.0.0.10/31"], self.folder / "tracker-2.log")
        self.addCleanup(tracker.stop)
        self.tracker_port = tracker.wait_for(r"listening .*127\.0\.0\.1:(\d+)").group(1)
        url = f"http://127.0.0.1:{self.tracker_port}/announce"
        self.assertIn("no host is left to ask: the tracker knows none", self.fleet("list", "--tracker", url, expect=4).stderr)
        _, torrent = self.torrent()
        # One port on three addresses: the tracker knows no control ports, so a fleet has one for all.
        first = self.start(8, host="127.0.0.8")
        daemons = [first, *(self.start(i, host=f"127.0.0.{i}", port=first.port) for i in (9, 10))]
        for daemon in daemons:
            self.fleet("add", torrent, "--rpc", daemon.address)
        port = ("--rpc-port", str(first.port))
        wait_until(lambda: "127.0.0.10" in self.fleet("list", "--json", "--tracker", url, *port).stdout
                   and self.fleet_json("list", "--tracker", url, *port)["asked"] == 3, "all three have announced themselves")
        shown = self.table("status", "content.bin", "--tracker", url, *port)
        self.assertEqual({host: cells[0] for host, cells in shown.items()},
                         {f"127.0.0.{i}:{first.port}": site for i, site in ((8, "hall-1"), (9, "hall-1"), (10, "hall-2"))})
        limited = self.table("limit", "all", "--up", "1MB/s", "--tracker", f"127.0.0.1:{self.tracker_port}", *port, "--site", "hall-1")
        self.assertEqual(set(limited), {first.address, daemons[1].address})
        self.assertEqual([self.limit_of(daemon) for daemon in daemons], [1000000, 1000000, 0])
        # Who has stopped is not reached, until the tracker forgets the host.
        daemons[1].stop(how=9)
        done = self.fleet("list", "--tracker", url, *port, expect=4)
        self.assertRegex(done.stderr, rf"(?m)^shoal: 127\.0\.0\.9:{first.port}: ")
        self.fleet("list", "--tracker", url, *port, "--except", "127.0.0.9")
        self.assertIn("--site hall-7: no host is there: did you mean 'hall-", self.fleet("list", "--tracker", url, *port, "--site", "hall-7", expect=4).stderr)

    def limit_of(self, daemon):
        rows = json.loads(run([program("shoal"), "list", "--json", "--rpc", daemon.address]).stdout)
        return rows[0]["limit_up"]

    def test_a_tracker_that_does_not_answer_or_is_another_one(self):
        refused = self.fleet("list", "--tracker", "http://127.0.0.1:1/announce", expect=4)
        self.assertIn("http://127.0.0.1:1/api/v1/torrents", refused.stderr)
        daemon = self.start(0)  # answers HTTP, and has no such page
        self.fleet("list", "--tracker", f"http://{daemon.address}/announce", expect=1)


if __name__ == "__main__":
    unittest.main()
