"""redis-server as a child process, and its protocol as far as the tests need it."""

import shutil
import socket
import subprocess
import tempfile
import time

DEADLINE = 20  # seconds; only a failure takes that long


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Redis:
    """Runs from `with` to its end, on a port of its own that it keeps over kill() and start()."""

    def __init__(self, *options):
        self.options = options
        self.port = free_port()
        self.process = None

    def __enter__(self):
        if not shutil.which("redis-server"):
            raise AssertionError("redis-server is missing: apt-get install redis-server")
        self.folder = tempfile.TemporaryDirectory()
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self.folder.cleanup()

    def url(self, password="", database=0):
        return f"redis://{':' + password + '@' if password else ''}127.0.0.1:{self.port}/{database}"

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
             "--dir", self.folder.name, *self.options], stdout=subprocess.DEVNULL)
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        raise AssertionError("redis-server did not start")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def command(self, *words):
        """The raw reply to one command."""
        request = b"*%d\r\n" % len(words)
        for word in words:
            word = word if isinstance(word, bytes) else str(word).encode()
            request += b"$%d\r\n%s\r\n" % (len(word), word)
        with socket.create_connection(("127.0.0.1", self.port), DEADLINE) as connection:
            connection.sendall(request + b"*1\r\n$4\r\nQUIT\r\n")
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return answer.removesuffix(b"+OK\r\n")
