"""The trackers under measurement, and the little that the scripts of this folder need to talk to them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))

from shoal_testing.processes import free_port  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


def need_tool(name):
    if not shutil.which(name):
        sys.exit(f"{name} is missing: apt-get install {name}")
    return name


def built(build, name):
    """The path of a program of ours."""
    path = os.path.abspath(os.path.join(build, "bin", name))
    if not os.access(path, os.X_OK):
        sys.exit(f"{name} is not built: cmake --build {build} --target {name}")
    return path


def info_hash(torrent):
    """As announce.lua and udp_load.cpp name their torrents."""
    return bytes.fromhex("a5%038x" % (torrent * 2654435761 % 2**32))


class Server:
    """A tracker from its start to stop() or kill(). `{port}` in the command is replaced. Ready on return."""

    def __init__(self, name, command, cwd, port=None):
        self.name = name
        self.port = port or free_port()
        self.command = [part.format(port=self.port) for part in command]
        self.cwd = cwd
        self.start()

    def start(self):
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, cwd=self.cwd, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        while time.monotonic() < self.started + 60:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.01)
        sys.exit(f"{self.name} does not answer on port {self.port}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def get(self, path):
        """The body of one GET, on its own connection."""
        with socket.create_connection(("127.0.0.1", self.port), 60) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            answer = b""
            while part := connection.recv(1 << 16):
                answer += part
        return answer.partition(b"\r\n\r\n")[2]

    def metric(self, name):
        for line in self.get("/metrics").decode().splitlines():
            if line.split(" ")[0] == name:
                return float(line.split(" ")[1])
        raise KeyError(name)

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))


def shoal_tracker(build, folder, *options, port=None, database="swarms.db", prefix=()):
    return Server("shoal-tracker", [*prefix, built(build, "shoal-tracker"), "--listen", "127.0.0.1:{port}", "--db",
                                    database, *options], folder, port)


def opentracker(folder, torrents, prefix=()):
    """Debian's serves only the info-hashes of a list, which it reads as nobody, with the folder as its root."""
    os.chmod(folder, 0o755)
    with open(os.path.join(folder, "list"), "w") as file:
        file.writelines(torrent.hex() + "\n" for torrent in torrents)
    need_tool("opentracker")
    return Server("opentracker", [*prefix, "opentracker", "-i", "127.0.0.1", "-p", "{port}", "-P", "{port}", "-d",
                                  folder, "-w", "/list" if os.geteuid() == 0 else "list"], folder)
