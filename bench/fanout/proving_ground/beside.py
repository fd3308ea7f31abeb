"""Races that run beside the others, each in a process of its own."""

import ctypes
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1


class Beside:
    """Context manager. Ends what still runs when it is left; where it is killed they are too, and each one's
    guard cleans up."""

    def __init__(self, arguments, folder):
        self._arguments = arguments
        self._folder = folder
        self._running = []  # (process, its JSON)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process, _ in self._running:
            process.terminate()
            process.wait()

    def race(self, strategy, hosts):
        """Starts the same command for this strategy and fleet alone."""
        results = self._folder / f"{strategy}-{hosts}.json"
        # Of an option that comes twice the later one counts.
        command = [sys.executable, sys.argv[0], *self._arguments, "--strategies", strategy, "--hosts", str(hosts), "--no-curl",
                   "--plot", "", "--json", str(results)]
        libc = ctypes.CDLL(None)
        self._running.append((subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                               preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)), results))

    def results(self):
        """Waits for all of them; their JSON files."""
        for process, results in self._running:
            # 1: some host was left behind, which the table says.
            if process.wait() not in (0, 1) or not results.exists():
                raise AssertionError(f"the race beside the others ended with {process.returncode}: {results.stem}")
        return [results for _, results in self._running]
