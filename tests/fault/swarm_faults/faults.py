"""The faults. Each has a `start`, which tells whether there was anything to break, and a `heal` that undoes it."""

import contextlib
import os
import resource
import signal
import sqlite3

from shoal_testing.processes import Background
from shoal_testing.tools import tool
from shoal_testing.processes import run

from . import hostile_peer
from .fleet import PIECE, CONTENT

DISK_FULL, ANY_LIMIT, CONTENT_CHANGED, DATABASE = {5}, {1, 5}, {5, 6}, {5}


class Fault:
    """`node` is whom it happens to; for a stranger's faults it is nobody, and `fleet` tells the victims."""

    def __init__(self, fleet, target):
        self.fleet = fleet
        self.node = fleet.nodes.get(target)

    def start(self):
        raise NotImplementedError

    def heal(self):
        raise NotImplementedError


class Kill(Fault):
    """kill -9, and started again."""

    def start(self):
        return self.node.kill()

    def heal(self):
        self.node.start()


class Freeze(Fault):
    def start(self):
        if self.node.alive:
            os.kill(self.node.pid, signal.SIGSTOP)
        return self.node.alive

    def heal(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.node.pid, signal.SIGCONT)


class Unplug(Fault):
    """Its cable is pulled."""

    def start(self):
        self.fleet.network.unplug(self.node.host)
        return True

    def heal(self):
        self.fleet.network.plug(self.node.host)


class OneWay(Fault):
    """Nothing from it reaches the origin any more, and everything from the origin reaches it."""

    def _route(self, what):
        done = run([tool("ip"), "-n", self.node.host.namespace, "route", what, "blackhole", f"{self.fleet.origin.host.address}/32"])
        return done.returncode == 0

    def start(self):
        return self._route("add")

    def heal(self):
        self._route("del")


class DiskFull(Fault):
    """Its file system has no room left, until somebody makes some."""

    @property
    def filler(self):
        return self.node.target / ".shoal-filler"

    def start(self):
        self.node.excuse(DISK_FULL)
        with contextlib.suppress(OSError), open(self.filler, "wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))
        return True

    def heal(self):
        self.filler.unlink(missing_ok=True)


class ReadOnly(Fault):
    """It is started on a target that it may not write."""

    def start(self):
        self.was_running = self.node.kill()
        if not self.was_running:
            return False
        self.node.remount("ro")
        self.node.start()
        self.node.excuse(DISK_FULL)
        return True

    def heal(self):
        if self.was_running:
            self.node.remount("rw")


class FewDescriptors(Fault):
    """It may open three files more, and no connection beyond them."""

    def start(self):
        usage = self.node.usage()
        if not self.node.alive or usage is None:
            return False
        self.node.excuse(ANY_LIMIT)
        self.pid = self.node.pid
        self.before = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (usage.descriptors + 3, self.before[1]))
        return True

    def heal(self):
        with contextlib.suppress(ProcessLookupError, AttributeError):
            resource.prlimit(self.pid, resource.RLIMIT_NOFILE, self.before)


class DatabaseLocked(Fault):
    """Another program holds the tracker's file."""

    def start(self):
        self.holder = sqlite3.connect(self.node.database, timeout=0, isolation_level=None)
        try:
            self.holder.execute("BEGIN EXCLUSIVE")
            return True
        except sqlite3.Error:
            return False

    def heal(self):
        self.holder.close()


class DatabaseDeleted(Fault):
    """Deleted under the running tracker, which is started again later."""

    def start(self):
        if not self.node.alive:
            return False
        for path in self.node.database.parent.iterdir():
            path.unlink(missing_ok=True)
        return True

    def heal(self):
        self.node.excuse(DATABASE)
        self.node.kill()
        self.node.start()


class DatabaseTruncated(Fault):
    """Cut to a half while the tracker is down; the operator then begins with a new one."""

    def damage(self):
        with contextlib.suppress(FileNotFoundError):
            os.truncate(self.node.database, self.node.database.stat().st_size // 2)

    def start(self):
        if not self.node.kill():
            return False
        self.damage()
        self.node.start()
        self.node.excuse(DATABASE)
        return True

    def heal(self):
        self.node.kill()
        for path in self.node.database.parent.iterdir():
            path.unlink(missing_ok=True)
        self.node.start()


class DatabaseReplaced(DatabaseTruncated):
    """Something else lies in its place."""

    def damage(self):
        self.node.database.write_bytes(b"not a database " * 4096)


class SourceChanged(Fault):
    """Somebody writes into what the origin seeds."""

    def spoil(self, path):
        with open(path, "r+b") as file:
            file.seek(CONTENT // 2)
            file.write(bytes(2 * PIECE))

    def start(self):
        if not self.node.alive:
            return False
        self.node.excuse(CONTENT_CHANGED)
        self.spoil(self.node.content)
        return True

    def heal(self):
        self.node.kill()
        self.node.restore_content()
        self.node.start()


class SourceCut(SourceChanged):
    def spoil(self, path):
        os.truncate(path, CONTENT // 3)


class SourceDeleted(SourceChanged):
    def spoil(self, path):
        path.unlink()


class Hostile(Fault):
    """A stranger's peer of one kind, beside the origin and two downloads."""

    KIND = ""

    def start(self):
        victims = [node.host.address for node in (self.fleet.origin, self.fleet.gets[0], self.fleet.daemons[0])]
        if self.KIND == "crowd":
            victims = victims[:1]
        log = self.fleet.logs / f"hostile-{self.KIND}-{id(self)}.log"
        self.process = Background(
            ["python3", hostile_peer.__file__, self.KIND, self.fleet.info_hash, str(CONTENT // PIECE), self.fleet.stranger.address,
             self.fleet.announce, *victims], log, self.fleet.stranger)
        return True

    def heal(self):
        self.process.stop(signal.SIGKILL)


def _hostile(kind):
    return type(f"Hostile_{kind}", (Hostile,), {"KIND": kind})


EVERYBODY = ["tracker", "origin", *(f"get-{n}" for n in range(5)), *(f"daemon-{n}" for n in range(3))]
DOWNLOADERS = EVERYBODY[2:]
STRANGER = ["stranger"]

# By name: the fault, and whom it may happen to.
FAULTS = {
    "kill": (Kill, EVERYBODY),
    "freeze": (Freeze, EVERYBODY),
    "unplug": (Unplug, EVERYBODY),
    "one-way": (OneWay, DOWNLOADERS),
    "disk-full": (DiskFull, DOWNLOADERS),
    "read-only": (ReadOnly, DOWNLOADERS),
    "few-descriptors": (FewDescriptors, EVERYBODY),
    "db-locked": (DatabaseLocked, ["tracker"]),
    "db-deleted": (DatabaseDeleted, ["tracker"]),
    "db-truncated": (DatabaseTruncated, ["tracker"]),
    "db-replaced": (DatabaseReplaced, ["tracker"]),
    "source-changed": (SourceChanged, ["origin"]),
    "source-cut": (SourceCut, ["origin"]),
    "source-deleted": (SourceDeleted, ["origin"]),
    **{f"peer-{kind}": (_hostile(kind), STRANGER) for kind in ("wrong", "lacks", "garbage", "takes", "stalls", "crowd")},
}
CHOICES = {name: targets for name, (_, targets) in FAULTS.items()}
