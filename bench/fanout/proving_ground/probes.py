"""What the kernel says: processor time, memory, ports, connections. Everything is read from outside the programs."""

import os
import pathlib

from shoal_testing import namespaces

_TICK = os.sysconf("SC_CLK_TCK")


class Processors:
    """How busy the machine is, from /proc/stat: everything on it counts, whosever it is."""

    def __init__(self):
        self._last = self._read()

    def busy(self):
        """Share of all cores' time since the last call that was not idle, 0 to 1, and its core-seconds."""
        now = self._read()
        total = sum(now) - sum(self._last)
        idle = now[3] + now[4] - self._last[3] - self._last[4]
        self._last = now
        return ((total - idle) / total if total else 0.0), (total - idle) / _TICK

    @staticmethod
    def _read():
        with open("/proc/stat", encoding="ascii") as file:
            # user nice system idle iowait irq softirq steal; guest time is in user already
            return [int(word) for word in file.readline().split()[1:9]]


def dropped_by_cores():
    """Packets that the machine itself lost because a core's queue was full: none belongs in a fair race."""
    with open("/proc/net/softnet_stat", encoding="ascii") as file:
        return sum(int(line.split()[1], 16) for line in file)


class Ports:
    """Bytes each host sent and received, counted at its port of the switch, headers included."""

    def __init__(self, network):
        self._port_host = {host.port: host.number for host in network.hosts}
        with namespaces.inside(network.switch):
            self._file = open("/proc/thread-self/net/dev", "rb", buffering=0)

    def read(self):
        """Host number -> (sent, received)."""
        self._file.seek(0)
        counts = {}
        for line in _whole(self._file).decode("ascii").splitlines()[2:]:
            name, _, numbers = line.partition(":")
            host = self._port_host.get(name.strip())
            if host is not None:
                words = numbers.split()
                counts[host] = (int(words[0]), int(words[8]))
        return counts

    def close(self):
        self._file.close()


class Connections:
    """Who is connected with whom over TCP."""

    def __init__(self, network):
        # The kernel prints addresses as hexadecimal words in the machine's byte order (little-endian here and on every fleet).
        self._hosts = {bytes(int(part) for part in reversed(host.address.split("."))).hex().upper(): host.number
                       for host in network.hosts}
        self._files = {}
        for host in network.hosts:
            with namespaces.inside(host.namespace):
                self._files[host.number] = open("/proc/thread-self/net/tcp", "rb", buffering=0)

    def peers(self, number):
        """The numbers of the hosts with which host `number` has an established connection."""
        file = self._files[number]
        file.seek(0)
        found = set()
        for line in _whole(file).decode("ascii").splitlines()[1:]:
            words = line.split()
            if words[3] == "01":
                peer = self._hosts.get(words[2][:8])
                if peer is not None:
                    found.add(peer)
        return found

    def close(self):
        for file in self._files.values():
            file.close()


def usage_by_host(network):
    """Host number -> {cpu_s, peak_bytes, pss_bytes} of all processes in it, children that ended included."""
    number = {host.namespace: host.number for host in network.hosts}
    found = {}
    for namespace, pids in namespaces.processes(number).items():
        usage = found.setdefault(number[namespace], {"cpu_s": 0.0, "peak_bytes": 0, "pss_bytes": 0})
        for pid in pids:
            try:
                # The name in parentheses may hold spaces: split after it.
                words = pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
                usage["cpu_s"] += sum(int(word) for word in words[11:15]) / _TICK
                usage["peak_bytes"] += _kib(f"/proc/{pid}/status", "VmHWM:")
                usage["pss_bytes"] += _kib(f"/proc/{pid}/smaps_rollup", "Pss:")
            except OSError:
                continue  # it ended between the look and the read
    return found


def _kib(path, label):
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith(label):
                return int(line.split()[1]) << 10
    return 0


def _whole(file):
    """All of a /proc file, which hands out a page or so a read."""
    chunks = []
    while chunk := file.read(1 << 20):
        chunks.append(chunk)
    return b"".join(chunks)
