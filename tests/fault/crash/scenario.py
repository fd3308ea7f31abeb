"""What the crash points of every program share: a scenario, what it starts with, and how a promise is broken."""

import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile

from shoal_testing.clients import make_torrent
from shoal_testing.content import digest, large_file
from shoal_testing.processes import Background
from shoal_testing.tools import program

from .power_loss import Disk

LIBRARY = pathlib.Path(program("shoal")).with_name("libcrash_point.so")
KIB = 1 << 10
PIECE = 64 * KIB
LONGEST = 60  # seconds that a run, or what it waits for, may take


class Broken(AssertionError):
    """A promise that a crash broke."""


def require(holds, what):
    if not holds:
        raise Broken(what)


def crashing(folders, at=0, tear=False, log=None, record=None):
    """The environment in which a program is killed at its change number `at` below these folders."""
    plan = {"LD_PRELOAD": str(LIBRARY), "CRASH_UNDER": ":".join(map(str, folders)), "CRASH_AT": str(at), "CRASH_TEAR": "1" if tear else "0"}
    if log:
        plan["CRASH_LOG"] = str(log)
    if record:
        plan["CRASH_RECORD"] = str(record)
    return {**os.environ, **plan}


def tree(folder):
    """Digest by path, of files."""
    return {str(p.relative_to(folder)): digest(p) for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_symlink()}


class Scenario:
    """One program doing one thing. A subclass prepares `folder`, works until the program ends or is killed, and checks what is
    there after that and after a second run that nothing disturbs."""

    def __init__(self, shared):
        self.shared = shared  # seeds and content that no run changes

    def attempt(self, at, tear=False, log=None, loss=None):
        """One run. Whether the program was killed. With a `loss` the power went then, see power_loss.py."""
        with tempfile.TemporaryDirectory(prefix="shoal-crash-") as name:
            self.folder = pathlib.Path(name)
            self.power_cut = loss is not None
            self.prepare()
            record = self.folder / "record" if loss else None
            disk = Disk(self.watched())
            killed = self.work(crashing(self.watched(), at, tear, log, record))
            if loss and record.exists():
                disk.replay(record)
                disk.put(loss, seed=at)
            self.check_at_once()
            try:
                self.go_on()
                self.check()
            finally:
                self.close()
            return killed

    def prepare(self):
        pass

    def watched(self):
        return [self.folder / "target"]

    def check_at_once(self):
        pass

    def close(self):
        """Ends what go_on() has started."""

    @staticmethod
    def once(args, environment):
        """Runs it to its end. Whether it was killed by us; any other end but a good one is a defect."""
        done = subprocess.run([str(a) for a in args], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=LONGEST, check=False)
        if done.returncode == -signal.SIGKILL:
            return True
        require(done.returncode == 0, f"exit code {done.returncode}: {done.stderr}")
        return False


class Shared:
    """Two versions of a folder, their torrents, and a seed of the new one."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.content = self._version("new", 1)
        self.old_content = self._version("old", 2)
        self.new, self.old = tree(self.content), tree(self.old_content)
        self.torrent, self.old_torrent = self.folder / "new.torrent", self.folder / "old.torrent"
        self.tracker = Background([program("shoal-tracker"), "--listen", "127.0.0.1:0", "--db", ":memory:", "--interval", "5s"],
                                  self.folder / "tracker.log")
        port = self.tracker.wait_for(r"listening .*127\.0\.0\.1:(\d+)").group(1)
        options = ["--piece-size", "64KiB", "--announce", f"http://127.0.0.1:{port}/announce"]
        make_torrent(self.content, self.torrent, *options)
        make_torrent(self.old_content, self.old_torrent, *options)
        self.seed = Background([program("shoal"), "seed", self.torrent, self.content, "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd"],
                               self.folder / "seed.log")
        self.address = self.seed.wait_for(r"(127\.0\.0\.1:\d+)").group(1)

    def _version(self, name, number):
        root = self.folder / name / "set"
        (root / "sub").mkdir(parents=True)
        for at, path in enumerate(("a.bin", "b.bin", "sub/c.bin")):  # pieces cross the ends of files
            large_file(root / path, 100 * KIB + 100 * at + number)
        return root

    def close(self):
        self.seed.stop()
        self.tracker.stop()


@contextlib.contextmanager
def shared():
    with tempfile.TemporaryDirectory(prefix="shoal-crash-shared-") as folder:
        both = Shared(folder)
        try:
            yield both
        finally:
            both.close()
