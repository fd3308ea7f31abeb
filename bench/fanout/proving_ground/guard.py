"""Nothing may stay behind, whatever happens to the bench: a guard process outlives it and cleans up after it, and
what a guard could not do (both killed, power lost) the next start sweeps up."""

import contextlib
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import sys
import time

from shoal_testing import namespaces

_STATE = pathlib.Path("/run/shoal-fanout")
_SETTINGS = _STATE / "settings.json"  # the kernel's limits before the first of the live runs raised them
PREFIX = "fanout"

# One neighbour table serves all namespaces: every pair of hosts that talk takes an entry of the receiver and of the sender.
# Packets between namespaces queue on the receiving core: the default of 1,000 is less than one burst to a large fleet.
_RAISED = {
    "net/ipv4/neigh/default/gc_thresh1": 131072,
    "net/ipv4/neigh/default/gc_thresh2": 262144,
    "net/ipv4/neigh/default/gc_thresh3": 524288,
    "net/core/netdev_max_backlog": 30000,
}


# A namespace may choose only among the allowed ones of TCP's congestion controls.
_ALLOWED = "net/ipv4/tcp_allowed_congestion_control"
_AVAILABLE = "net/ipv4/tcp_available_congestion_control"


class Guard:
    """Context manager around a bench's life. `folder` is the run's own, removed at the end. Where the bench still runs at
    `deadline` seconds from now the guard ends it."""

    def __init__(self, folder, deadline):
        self.folder = pathlib.Path(folder)
        self._deadline = deadline

    def __enter__(self):
        _STATE.mkdir(parents=True, exist_ok=True)
        sweep()
        path = _STATE / f"{os.getpid()}.json"
        # The lock, not the process id, says that the run lives: ids come round again. The guard inherits it by fork.
        with _exclusive("starting"):
            self._lock = open(path, "w", encoding="utf-8")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._state = {"prefix": f"{PREFIX}-{os.getpid()}-", "folder": str(self.folder), "path": str(path)}
        json.dump(self._state, self._lock)
        self._lock.flush()
        self.folder.mkdir(parents=True, exist_ok=True)
        alive_read, self._alive = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        bench = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            self._stand_guard(bench, alive_read)
        os.close(alive_read)
        _raise_settings()
        return self

    def __exit__(self, *_):
        # The guard cleans up in the good case too: one way, always exercised.
        os.close(self._alive)
        os.waitpid(self._pid, 0)
        self._lock.close()

    def _stand_guard(self, bench, alive):
        """Never returns: runs in the guard process."""
        try:
            os.setsid()
            os.close(self._alive)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            end = time.monotonic() + self._deadline
            while not _closed(alive, end - time.monotonic()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(bench, signal.SIGTERM)
                if not _closed(alive, 60):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(bench, signal.SIGKILL)
                end = time.monotonic() + 60
            _clean(self._state)
        finally:
            os._exit(0)


def sweep():
    """Cleans up after the runs that are no more. The number of them."""
    if not _STATE.exists():
        return 0
    swept = 0
    with _exclusive("starting"):
        for path in sorted(_STATE.glob("[0-9]*.json")):
            with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                text = file.read()
                # Empty where the machine stopped between making the file and writing it.
                state = json.loads(text) if text else {"prefix": f"{PREFIX}-{path.stem}-", "folder": None}
                _clean({**state, "path": str(path)})
                swept += 1
    return swept


def _closed(descriptor, timeout):
    readable, _, _ = select.select([descriptor], [], [], max(0, timeout))
    return bool(readable)


def _clean(state):
    namespaces.remove(namespaces.names(state["prefix"]))
    if state["folder"]:
        shutil.rmtree(state["folder"], ignore_errors=True)
    with _exclusive("settings"):
        pathlib.Path(state["path"]).unlink(missing_ok=True)
        if not list(_STATE.glob("[0-9]*.json")) and _SETTINGS.exists():
            _write_settings(json.loads(_SETTINGS.read_text(encoding="utf-8")))
            _SETTINGS.unlink()


@contextlib.contextmanager
def _exclusive(what):
    with open(_STATE / f"{what}.lock", "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _raise_settings():
    with _exclusive("settings"):
        before = {name: _read_setting(name) for name in (*_RAISED, _ALLOWED)}
        if not _SETTINGS.exists():
            _SETTINGS.write_text(json.dumps(before), encoding="utf-8")
        _write_settings({name: max(value, int(before[name])) for name, value in _RAISED.items()})
        _write_settings({_ALLOWED: _read_setting(_AVAILABLE)})


def _read_setting(name):
    return pathlib.Path("/proc/sys", name).read_text(encoding="ascii").strip()


def _write_settings(values):
    for name, value in values.items():
        pathlib.Path("/proc/sys", name).write_text(str(value), encoding="ascii")
