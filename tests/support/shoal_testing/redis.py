"""redis-server and Redis Sentinel as child processes, and their protocol as far as tests and benches need it."""

import contextlib
import pathlib
import socket
import socketserver
import subprocess
import tempfile
import threading
import time

from .processes import free_port
from .tools import tool

DEADLINE = 20  # seconds; only a failure takes that long


class _Server:
    """A program that speaks Redis' protocol, on a port of its own that it keeps over kill() and start(). Runs from
    `with` to its end."""

    def __init__(self, host=None, address="127.0.0.1"):
        self.host = host
        self.address = address
        self.port = free_port()
        self.process = None

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self.folder.cleanup()

    def _words(self):
        raise NotImplementedError

    def start(self):
        popen = self.host.popen if self.host else subprocess.Popen
        with open(pathlib.Path(self.folder.name) / "log", "wb") as log:
            self.process = popen(self._words(), stdin=subprocess.DEVNULL, stdout=log)
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            try:
                self._connect().close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        raise AssertionError("redis-server did not start: " + (pathlib.Path(self.folder.name) / "log").read_text())

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _connect(self):
        return socket.create_connection((self.address, self.port), DEADLINE)

    def command(self, *words):
        """The raw reply to one command."""
        request = b"*%d\r\n" % len(words)
        for word in words:
            word = word if isinstance(word, bytes) else str(word).encode()
            request += b"$%d\r\n%s\r\n" % (len(word), word)
        with self._connect() as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return answer


class Redis(_Server):
    """An empty redis-server that writes nothing to the disk.

    host: where it runs; None: here. `with` needs an address that can be reached from here.
    """

    def __init__(self, *options, host=None, address="127.0.0.1"):
        super().__init__(host, address)
        self.options = options

    @classmethod
    def replica_of(cls, master):
        # Its data at once: a master waits 5 s for more replicas else.
        return cls("--replicaof", master.address, str(master.port), "--repl-diskless-load", "disabled")

    def url(self, password="", database=0):
        return f"redis://{':' + password + '@' if password else ''}{self.address}:{self.port}/{database}"

    def _words(self):
        return [tool("redis-server"), "--port", str(self.port), "--bind", self.address, "--protected-mode", "no", "--save", "", "--appendonly", "no",
                "--repl-diskless-sync-delay", "0", "--dir", self.folder.name, *self.options]

    def follows_its_master(self):
        return b"master_link_status:up" in self.command("INFO", "replication")


class Sentinel(_Server):
    """The one Sentinel of a master; it takes 0.5 s of silence for the master's end."""

    NAME = "fleet"

    def __init__(self, master):
        super().__init__()
        self.master = master

    def url(self, database=0):
        return f"redis+sentinel://{self.address}:{self.port}/{self.NAME}/{database}"

    def _words(self):
        file = pathlib.Path(self.folder.name) / "sentinel.conf"
        if not file.exists():  # it writes down in there what it learns
            file.write_text(f"port {self.port}\nbind {self.address}\ndir {self.folder.name}\n"
                            f"sentinel monitor {self.NAME} {self.master.address} {self.master.port} 1\n"
                            f"sentinel down-after-milliseconds {self.NAME} 500\n"
                            f"sentinel failover-timeout {self.NAME} 2000\n")
        return [tool("redis-server"), str(file), "--sentinel"]

    def knows_a_replica(self):
        return b"num-slaves\r\n$1\r\n1\r\n" in self.command("SENTINEL", "master", self.NAME)


class _Quiet(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Listener:
    """Calls `serve(connection)` for each connection, on a thread of its own. Runs from `with` to its end."""

    def __enter__(self):
        serve = self.serve

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    serve(self.request)

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def serve(self, connection):
        raise NotImplementedError


class Answers(_Listener):
    """Something else that speaks Redis' protocol: `answer(words)` is the raw reply to a command."""

    def __init__(self, answer):
        self._answer = answer

    def serve(self, connection):
        with connection.makefile("rb") as lines:
            while head := lines.readline():
                words = []
                for _ in range(int(head[1:])):
                    size = int(lines.readline()[1:])
                    words.append(lines.read(size + 2)[:-2])
                connection.sendall(self._answer(words))


class Relay(_Listener):
    """Stands between a tracker and its Redis, and can lose what Redis replies to batches of changes."""

    def __init__(self, redis):
        self._redis = redis
        self._lose = threading.Event()
        self.lost = threading.Event()  # a batch has come to Redis, and its reply not to the tracker

    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def lose_replies(self):
        self.lost.clear()
        self._lose.set()

    def pass_replies(self):
        self._lose.clear()

    def serve(self, connection):
        with socket.create_connection(("127.0.0.1", self._redis.port), DEADLINE) as redis:
            writes = threading.Event()
            threading.Thread(target=self._forward, args=(connection, redis, self._lose, writes), daemon=True).start()
            while part := redis.recv(65536):
                if writes.is_set():
                    self.lost.set()
                    connection.shutdown(socket.SHUT_RDWR)
                    return
                connection.sendall(part)

    @staticmethod
    def _forward(source, sink, lose, writes):
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                if lose.is_set() and b"XADD" in part:
                    writes.set()
                sink.sendall(part)
            sink.shutdown(socket.SHUT_WR)
