"""What programs cost, read from outside: processor time and private memory."""

import os
import pathlib
import threading

_TICK = os.sysconf("SC_CLK_TCK")
_EVERY_S = 0.05


def cpu_seconds(program):
    """User and system seconds so far, its ended children's included; of an ended program all it took."""
    if program.poll():
        try:
            # The name in parentheses may hold spaces: split after it.
            words = pathlib.Path(f"/proc/{program.pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
            return sum(int(word) for word in words[11:15]) / _TICK
        except OSError:
            program.poll()
    return program.cpu_s


def machine_seconds():
    """Core-seconds that were not idle, whoever used them: the network's own work in the kernel belongs to no process."""
    with open("/proc/stat", encoding="ascii") as file:
        now = [int(word) for word in file.readline().split()[1:9]]
    return (sum(now) - now[3] - now[4]) / _TICK


def private_bytes(pid):
    """Memory that only this process has, without mapped files: RssAnon. Page cache counts for nobody."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) << 10
    except OSError:
        pass  # it ended
    return 0


class MemoryWatch:
    """The peak of the largest of some programs, looked at 20 times a second while the block runs."""

    def __init__(self, programs):
        self.peak = 0
        self._programs = programs
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _run(self):
        while not self._end.wait(_EVERY_S):
            self.peak = max([self.peak, *(private_bytes(program.pid) for program in self._programs)])
