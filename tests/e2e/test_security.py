"""What listens and what is written at the programs' defaults, beside the tables of docs/security.md."""

import os
import pathlib
import re
import tempfile
import unittest

from shoal_testing.clients import announce_url
from shoal_testing.content import large_file
from shoal_testing.network import Network
from shoal_testing.processes import Background, run, wait_until
from shoal_testing.tools import program

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "security.md"
LISTENS = "0A"  # of TCP, in /proc/net
ROOT_FOLDER = pathlib.Path("/var/lib")


def table(title):
    """The rows below a heading of the document, as lists of cells without backquotes."""
    part = DOCUMENT.read_text().split(f"## {title}\n")[1].split("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip().replace("`", "") for cell in row.strip("|").split("|")] for row in rows[2:]]


def sockets(pid):
    """What a process accepts connections or datagrams on: two cells of the document's table."""
    own = set()
    for descriptor in os.listdir(f"/proc/{pid}/fd"):
        found = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{descriptor}"))
        if found:
            own.add(found.group(1))
    cells = []
    for protocol in ("tcp", "udp"):
        ports = {}
        for version in ("", "6"):
            for line in pathlib.Path(f"/proc/{pid}/net/{protocol}{version}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[9] not in own or (protocol == "tcp" and fields[3] != LISTENS):
                    continue
                address, port = fields[1].split(":")
                loopback = address.endswith("7F") if version == "" else address == "0" * 24 + "01000000"
                ports.setdefault(int(port, 16), set()).add(loopback)
        words = [f"{port}, {'all addresses' if False in where else 'this machine'}" for port, where in sorted(ports.items())]
        cells.append("; ".join(words) or "none")
    return cells


def written(root, name):
    """(path, mode) of all below, as the document has them."""
    return [[f"{name}/{path.relative_to(root)}", f"{path.stat().st_mode & 0o7777:04o}"] for path in sorted(root.rglob("*"))]


class Defaults(unittest.TestCase):
    """Every program on a host of its own, in a folder of its own, as root; /var/lib is one for this test."""

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="shoal-security-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        network = Network(5, prefix="shoalsec").__enter__()
        cls.addClassCleanup(network.__exit__)
        cls.hub, *cls.hosts = network.hosts
        before = os.umask(0o022)
        cls.addClassCleanup(os.umask, before)

    def start(self, host, name, *args):
        folder = self.folder / name
        folder.mkdir()
        environment = {**{k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "SHOAL_")) and k != "STATE_DIRECTORY"},
                       "HOME": str(self.folder / "home")}
        # Mounts in a network namespace of `ip netns exec` are seen there alone.
        command = ["sh", "-c", f'mount -t tmpfs -o mode=755 shoal {ROOT_FOLDER} && exec "$@"', "sh", *args]
        process = Background(command, self.folder / f"{name}.log", host, cwd=folder, env=environment)
        self.addCleanup(process.stop)
        return process, folder

    def check_sockets(self, name, process):
        rows = {row[0]: row[1:] for row in table("What listens")}
        self.assertEqual(sockets(process.process.pid), rows[name], name)

    def check_files(self, found):
        told = [row[1:] for row in table("What is written") if row[1] != "nothing"]
        self.assertEqual(sorted(told), sorted(found))

    def test_sockets_and_files(self):
        (self.folder / "home").mkdir()
        tracker, of_tracker = self.start(self.hub, "tracker", program("shoal-tracker"))
        tracker.wait_for("listening")
        made = self.folder / "made"
        made.mkdir()
        source = self.folder / "source"
        source.mkdir()
        content = large_file(source / "m.bin", 3 << 20)
        done = run([program("torrentgen"), "create", content, "-a", announce_url(self.hub)], cwd=made)
        self.assertEqual(done.returncode, 0, done.stderr)
        torrent = made / "m.bin.torrent"

        seed, of_seed = self.start(self.hosts[0], "seed", program("shoal"), "seed", torrent, content)
        seed.wait_for("listening on")
        get, of_get = self.start(self.hosts[1], "get", program("shoal"), "get", torrent, "--seed-for", "10m")
        daemon, of_daemon = self.start(self.hosts[2], "daemon", program("shoal"), "daemon")
        daemon.wait_for("control port address=")
        node, _ = self.start(self.hosts[3], "dht-node", program("shoal"), "dht-node")
        node.wait_for("listening on")
        added = run([program("shoal"), "add", torrent], host=self.hosts[2])
        self.assertEqual(added.returncode, 0, added.stderr)
        state = pathlib.Path(f"/proc/{daemon.process.pid}/root{ROOT_FOLDER}/shoal")
        wait_until(lambda: (state / "downloads" / "m.bin").exists() and (state / "session.json").exists(), "the daemon's download", 60)
        wait_until((of_get / "m.bin").exists, "the download of get", 60)
        wait_until(lambda: not list((state / "downloads").glob(".shoal-*")), "the daemon's hidden folder gone", 60)
        wait_until(lambda: (of_tracker / "shoal-tracker.db-wal").exists(), "the tracker's file", 60)

        for name, process in [("shoal-tracker", tracker), ("shoal seed", seed), ("shoal get", get), ("shoal daemon", daemon),
                              ("shoal dht-node", node)]:
            self.check_sockets(name, process)
        get.stop()
        mode = f"{state.stat().st_mode & 0o7777:04o}"
        self.check_files([["/var/lib/shoal", mode], *written(state, "/var/lib/shoal"), *written(of_tracker, "."), *written(made, "."),
                          *written(of_get, ".")])
        for empty in (of_seed, of_daemon, self.folder / "home"):
            self.assertEqual(list(empty.iterdir()), [])
        self.assertEqual([path.name for path in source.iterdir()], ["m.bin"])
