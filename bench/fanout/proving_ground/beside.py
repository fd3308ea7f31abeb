"""Races that run beside the others, each in a process of its own."""

import contextlib
import ctypes
import pathlib
import signal
import subprocess
import sys
import tempfile

_PR_SET_PDEATHSIG = 1


class Beside:
    """Context manager. Ends what still runs when it is left; what is killed itself takes them along, and they clean up."""

    def __init__(self, arguments):
        self._arguments = arguments
        self._running = []  # (process, its JSON)

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        self._folder = pathlib.Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="shoal-fanout-beside-")))
        self._stack.callback(self._end)
        return self

    def __exit__(self, *_):
        self._stack.close()

    def race(self, strategy, hosts):
        """Starts the same command for this strategy and fleet alone."""
        results = self._folder / f"{strategy}-{hosts}.json"
        # Of an option that comes twice the later one counts.
        command = [sys.executable, sys.argv[0], *self._arguments, "--strategies", strategy, "--hosts", str(hosts), "--no-curl",
                   "--plot", "", "--json", str(results)]
        libc = ctypes.CDLL(None)
        self._running.append((subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                               preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)), results))

    def results(self):
        """Waits for all of them; their JSON files."""
        for process, _ in self._running:
            process.wait()
        return [results for _, results in self._running if results.exists()]

    def _end(self):
        for process, _ in self._running:
            process.terminate()
            process.wait()
