"""The swarm that the faults happen to: a tracker, an origin, downloads and daemons, each on a host of its own."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess

from shoal_testing.clients import announce_url, make_torrent
from shoal_testing.content import digest, large_file
from shoal_testing.network import Network
from shoal_testing.processes import Background, run
from shoal_testing.tools import program, tool

from .checker import Ending, Usage

CONTENT = 12 << 20
PIECE = 256 << 10
PATIENCE = 60  # seconds for a program to begin or to end: far more than it takes


class Node:
    """One program on its host. What a fault explains of its end is in `excuses`, until it is started again."""

    def __init__(self, fleet, who, host):
        self.fleet, self.who, self.host = fleet, who, host
        self.folder = fleet.folder / who
        for name in ("home", "tmp"):
            (self.folder / name).mkdir(parents=True)
        self.process = None
        self.runs = 0
        self.killed = False
        self.excuses = set()
        self.suffered = set()  # exit codes that faults of any of its runs explain
        self.promised = set()

    def args(self):
        raise NotImplementedError

    def allowed(self, path):
        """May the program leave this below its folder?"""
        return path in ("home", "tmp")

    @property
    def alive(self):
        return self.process is not None and self.process.process.poll() is None

    @property
    def pid(self):
        return self.process.process.pid

    def output(self):
        return self.process.output() if self.process else ""

    def start(self):
        self.runs += 1
        self.killed = False
        self.excuses = set()
        environment = {**os.environ, "HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp")}
        self.process = Background(self.args(), self.fleet.logs / f"{self.who}-{self.runs}.log", self.host, env=environment,
                                  cwd=self.folder / "home")

    def kill(self):
        """As a power cut would; what it had confirmed until then counts."""
        if not self.alive:
            return False
        self.note_promises()
        self.killed = True
        self.process.process.kill()
        self.process.process.wait()
        return True

    def excuse(self, codes):
        self.excuses |= codes
        self.suffered |= codes

    def end_asked(self):
        """SIGTERM. Whether it ended in time."""
        if not self.alive:
            return True
        self.process.process.send_signal(signal.SIGTERM)
        try:
            self.process.process.wait(PATIENCE)
            return True
        except subprocess.TimeoutExpired:
            return False

    def note_promises(self):
        """What it has said by now that it has."""

    def ending(self):
        """What is to be judged of a process that is not there any more."""
        return Ending(self.who, self.process.process.returncode, self.output(), self.killed, frozenset(self.excuses))

    def usage(self):
        try:
            memory = int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            return Usage(len(os.listdir(f"/proc/{self.pid}/fd")), memory)
        except (OSError, IndexError):
            return None


class TrackerNode(Node):
    @property
    def database(self):
        return self.folder / "db" / "tracker.db"

    def args(self):
        self.database.parent.mkdir(exist_ok=True)
        return [program("shoal-tracker"), "--listen", "0.0.0.0:6969", "--db", self.database, "--interval", "5s"]

    def allowed(self, path):
        return super().allowed(path) or path.split("/")[0] == "db"


class OriginNode(Node):
    @property
    def content(self):
        return self.folder / "source" / "model.bin"

    def restore_content(self):
        self.content.parent.mkdir(exist_ok=True)
        self.content.unlink(missing_ok=True)
        shutil.copyfile(self.fleet.content, self.content)

    def args(self):
        return [program("shoal"), "seed", self.fleet.torrent, self.content, "--limit-up", "500kB/s", "--no-dht"]

    def allowed(self, path):
        return super().allowed(path) or path in ("source", "source/model.bin")


class Downloader(Node):
    """One whose target is a small file system of its own."""

    def __init__(self, *args):
        super().__init__(*args)
        self.target = self.folder / "target"
        self.target.mkdir()
        self.remount(f"size={2 * CONTENT + (8 << 20)}", new=True)

    def remount(self, options, new=False):
        words = ["-t", "tmpfs", "-o", options, "shoal", self.target] if new else ["-o", f"remount,{options}", self.target]
        # Whoever runs in a network namespace of `ip netns exec` has mounts of its own, with flags of their own.
        inside = [[tool("nsenter"), "--target", str(self.pid), "--mount"]] if self.alive else []
        for where in ([], *inside):
            done = run([*where, tool("mount"), *words])
            if done.returncode != 0:
                raise OSError(f"mount {options}: {done.stderr}")

    def close(self):
        run([tool("umount"), "--lazy", self.target])

    @property
    def place(self):
        return self.target / "model.bin"

    def found(self):
        """The digest of what lies under the final name; None: nothing."""
        with contextlib.suppress(FileNotFoundError):
            return digest(self.place) if self.place.exists() else None

    def allowed(self, path):
        first, *rest = path.split("/")
        return super().allowed(path) or (first == "target" and (not rest or rest[0] == "model.bin" or rest[0].startswith(".shoal-")))


class GetNode(Downloader):
    def args(self):
        return [program("shoal"), "get", self.fleet.torrent, "-o", self.target, "--no-dht", "--json"]

    def note_promises(self):
        if '"event":"done"' in self.output():
            self.promised.add("content")

    @property
    def complete(self):
        self.note_promises()
        return "content" in self.promised

    def remedy(self):
        """What its user does when all is well again, and it has ended without its content."""
        if not self.alive and not self.complete:
            self.start()


class DaemonNode(Downloader):
    RPC = "127.0.0.1:9091"

    def args(self):
        return [program("shoal"), "daemon", "--state-dir", self.folder / "state", "--download-dir", self.target, "--no-dht",
                "--rpc-listen", self.RPC]

    def allowed(self, path):
        return super().allowed(path) or path.split("/")[0] == "state"

    def call(self, *words):
        """The output of a remote command; None where the daemon did not do it."""
        try:
            done = run([program("shoal"), *words, "--rpc", self.RPC], host=self.host, timeout=20)
        except subprocess.TimeoutExpired:
            return None
        return done.stdout if done.returncode == 0 else None

    def add(self):
        if self.call("add", self.fleet.torrent) is not None:
            self.promised.add("torrent")

    def torrents(self):
        rows = self.call("list", "--json")
        return json.loads(rows) if rows else None

    @property
    def complete(self):
        rows = self.torrents()
        done = bool(rows) and all(row["state"] == "seeding" and row["left"] == 0 for row in rows) and self.place.exists()
        if done:
            self.promised.add("content")
        return done

    def remedy(self):
        if not self.alive:
            self.start()
            return
        if "torrent" not in self.promised:
            self.add()
        for row in self.torrents() or []:
            if row["error_of"] == "machine":
                self.fleet.checker.trouble(self.who, row["error"], bool(self.suffered))
                self.call("resume", str(row["id"]))


class Fleet:
    """Ten programs; a context manager. Whoever comes with bad intent has the last host."""

    GETS, DAEMONS = 5, 3

    def __init__(self, folder, checker):
        self.folder = pathlib.Path(folder)
        self.checker = checker
        self.logs = self.folder / "logs"
        self.logs.mkdir()
        self.network = Network(self.GETS + self.DAEMONS + 3, prefix="shoalfault")

    def __enter__(self):
        self.network.__enter__()
        try:
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _build(self):
        hub, origin, *others, self.stranger = self.network.hosts
        self.content = large_file(self.folder / "model.bin", CONTENT)
        self.digest = digest(self.content)
        self.torrent = self.folder / "model.torrent"
        self.info_hash = make_torrent(self.content, self.torrent, "--announce", announce_url(hub), "--piece-size", str(PIECE))
        self.announce = announce_url(hub)
        self.tracker = TrackerNode(self, "tracker", hub)
        self.origin = OriginNode(self, "origin", origin)
        self.origin.restore_content()
        self.gets = [GetNode(self, f"get-{n}", host) for n, host in enumerate(others[: self.GETS])]
        self.daemons = [DaemonNode(self, f"daemon-{n}", host) for n, host in enumerate(others[self.GETS:])]
        self.downloaders = [*self.gets, *self.daemons]
        self.nodes = {node.who: node for node in (self.tracker, self.origin, *self.downloaders)}

    def start(self):
        for node in self.nodes.values():
            node.start()
        self.tracker.process.wait_for("listening", PATIENCE)
        self.origin.process.wait_for("listening on", PATIENCE)
        for daemon in self.daemons:
            daemon.process.wait_for("control port address=", PATIENCE)
            daemon.add()

    def __exit__(self, *_):
        for node in getattr(self, "nodes", {}).values():
            if node.alive:
                node.process.process.kill()
                node.process.process.wait()
        for node in getattr(self, "downloaders", []):
            node.close()
        self.network.__exit__()
