"""Programs in the hosts: started, or held at a barrier until all are released together."""

import contextlib
import ctypes
import gc
import os
import pathlib
import select
import signal
import struct
import time
import traceback

from shoal_testing import namespaces

_PR_SET_PDEATHSIG = 1
_STAMP = struct.Struct("=id")
_libc = ctypes.CDLL(None, use_errno=True)


class Barrier:
    """Children wait at it, already in their namespaces and one exec away from their program. What is left of the start's
    skew is measured: each child writes down the time of its exec."""

    def __init__(self):
        self._gate_read, self._gate = os.pipe()
        self._ready, self._ready_write = os.pipe()
        self._stamps_read, self._stamps = os.pipe()

    def wait_ready(self, count, timeout=60):
        """Until `count` children stand at the barrier."""
        deadline = time.monotonic() + timeout
        while count > 0:
            readable, _, _ = select.select([self._ready], [], [], max(0, deadline - time.monotonic()))
            if not readable:
                raise AssertionError(f"{count} programs did not get as far as the barrier in {timeout} s")
            count -= len(os.read(self._ready, count))

    def release(self, count=1):
        """Lets `count` of those that wait go: which ones is the kernel's choice, so late starters have barriers of their own."""
        while count > 0:
            count -= os.write(self._gate, b"g" * min(count, 4096))

    def stamps(self):
        """Host number -> time of exec (seconds of the clock of the day) of those released so far."""
        found = {}
        while select.select([self._stamps_read], [], [], 0)[0]:
            data = os.read(self._stamps_read, _STAMP.size * 256)
            found.update(_STAMP.unpack_from(data, at) for at in range(0, len(data), _STAMP.size))
        return found

    def pass_in_child(self, number):
        os.write(self._ready_write, b"r")
        # End of file instead of a letter: the bench is gone.
        if os.read(self._gate_read, 1) != b"g":
            os._exit(1)
        os.write(self._stamps, _STAMP.pack(number, time.time()))

    def close(self):
        for end in (self._gate_read, self._gate, self._ready, self._ready_write, self._stamps_read, self._stamps):
            os.close(end)


class Program:
    """One program in one host, its output in `log`, in a process group of its own; it dies with the bench. `environment`:
    what it finds there besides what the bench has."""

    def __init__(self, host, args, log, folder, barrier=None, environment=None):
        self.host = host
        self.args = [str(arg) for arg in args]
        self.log = pathlib.Path(log)
        self.ended = None       # time of the day at which it was seen to have ended
        self.status = None      # its exit code, negative for a signal
        self.cpu_s = 0.0        # user and system seconds, known once it ended
        self.pid = os.fork()
        if self.pid == 0:
            self._become(folder, barrier, {**os.environ, **(environment or {})})
        with contextlib.suppress(OSError):  # the child does the same: whoever comes first
            os.setpgid(self.pid, self.pid)

    def _become(self, folder, barrier, environment):
        """Never returns."""
        try:
            gc.disable()
            os.setpgid(0, 0)
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() == 1:
                os._exit(1)
            # Python ignores SIGPIPE, and what is ignored stays so over exec.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            namespaces.enter(self.host.namespace)
            os.chdir(folder)
            out = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out, 1)
            os.dup2(out, 2)
            if barrier:
                barrier.pass_in_child(self.host.number)
            os.execve(self.args[0], self.args, environment)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(127)

    def poll(self):
        """True while it runs."""
        if self.status is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid == 0:
                return True
            self._note_end(status, usage)
        return False

    def wait(self, timeout):
        """The exit code, or None where it still runs after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while self.poll() and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.status

    def signal(self, number):
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def output(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _note_end(self, status, usage):
        self.ended = time.time()
        self.status = os.waitstatus_to_exitcode(status)
        self.cpu_s = usage.ru_utime + usage.ru_stime


def stop_all(programs, patience=10):
    """SIGTERM to all, SIGKILL to those that are not gone after `patience` seconds."""
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 10)):
        for program in programs:
            program.signal(number)
        deadline = time.monotonic() + seconds
        while any([program.poll() for program in programs]) and time.monotonic() < deadline:
            time.sleep(0.05)
