"""The network namespaces of this machine: entering one, finding what runs in them, removing them."""

import contextlib
import ctypes
import os
import pathlib
import signal
import subprocess
import time

from .tools import tool

_FOLDER = pathlib.Path("/run/netns")  # where `ip netns add` keeps them
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def enter(name):
    """Moves the calling thread into namespace `name`: for a child between fork and exec."""
    descriptor = os.open(_FOLDER / name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _setns(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def inside(name):
    """What is opened in the block (sockets, files of /proc/thread-self/net) belongs to namespace `name` and stays
    usable after it."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter(name)
        try:
            yield
        finally:
            _setns(home)
    finally:
        os.close(home)


def names(prefix):
    """The namespaces whose name starts with `prefix`."""
    return sorted(path.name for path in _FOLDER.glob("*") if path.name.startswith(prefix))


def processes(wanted):
    """Process ids by namespace name, for the names in `wanted`, in one pass over /proc."""
    by_inode = {}
    for name in wanted:
        with contextlib.suppress(FileNotFoundError):
            by_inode[os.stat(_FOLDER / name).st_ino] = name
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            name = by_inode.get(os.stat(f"/proc/{entry}/ns/net").st_ino)
        except OSError:  # it ended meanwhile, or is a zombie, which is in no namespace
            continue
        if name is not None:
            found.setdefault(name, []).append(int(entry))
    return found


def remove(wanted):
    """Kills what still runs in the namespaces of `wanted` and removes them. Those that are gone already do no harm."""
    wanted = [name for name in wanted if (_FOLDER / name).exists()]
    # Bounded, and more than once: a process can fork between the look and the signal.
    for _ in range(50):
        running = [pid for pids in processes(wanted).values() for pid in pids]
        if not running:
            break
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    if wanted:
        subprocess.run([tool("ip"), "-force", "-batch", "-"], input="".join(f"netns del {name}\n" for name in wanted),
                       text=True, capture_output=True, timeout=600)


def _setns(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
