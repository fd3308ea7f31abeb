"""Running programs in the background with their output kept, waiting for what they say, and ending them."""

import pathlib
import re
import signal
import socket
import subprocess
import time


class Background:
    """A running program whose output goes to a file. As a context manager it is ended with SIGTERM, then SIGKILL."""

    def __init__(self, args, log, host=None, **options):
        self.log = pathlib.Path(log)
        self.args = [str(a) for a in args]
        with open(self.log, "wb") as out:
            start = host.popen if host else subprocess.Popen
            self.process = start(self.args, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def output(self):
        return self.log.read_text(errors="replace")

    def wait_for(self, pattern, timeout=30):
        """The first match of `pattern` in the output; fails with the whole output where it does not come."""
        deadline = time.monotonic() + timeout
        while True:
            found = re.search(pattern, self.output())
            if found:
                return found
            if self.process.poll() is not None or time.monotonic() > deadline:
                found = re.search(pattern, self.output())
                if found:
                    return found
                state = f"ended with {self.process.returncode}" if self.process.poll() is not None else "said nothing like it"
                raise AssertionError(f"waiting for {pattern!r}: {self.args[0]} {state}:\n{self.output()}")
            time.sleep(0.02)

    def wait(self, timeout):
        """The exit code."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{' '.join(self.args)} still runs after {timeout} s:\n{self.output()}") from None

    def stop(self, how=signal.SIGTERM, timeout=20):
        """Ends it; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


def run(args, host=None, timeout=60, **options):
    """A program run to its end, output captured as text."""
    start = host.run if host else subprocess.run
    return start([str(a) for a in args], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, **options)


def wait_until(condition, what, timeout=30):
    """The first true value of `condition`."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.05)


def free_port():
    """One of loopback that is free for TCP and UDP."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
