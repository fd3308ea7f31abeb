"""What one race runs on: hosts with shaped links, servers that have the content, a tracker, a folder for each."""

import contextlib
import http.client
import os
import pathlib
import socket
import time
import urllib.parse

from shoal_testing import clients, namespaces
from shoal_testing.network import Network
from shoal_testing.tools import program

from . import guard, probes, slow_time
from .delay_line import DelayLine
from .place import Place
from .program import Program, stop_all

SERVE_S = 120  # the programs' seconds within which the tracker must have heard of the origins


class Course:
    """Context manager: everything that was started in it is ended, and its network is gone, when it is left."""

    def __init__(self, conditions, strategy, tracker, folder, source):
        self.conditions = conditions
        self.source = pathlib.Path(source)
        self.seats = conditions.seats()
        self.started = []  # servers and tracker, as Programs
        self._folder = pathlib.Path(folder)
        self._tracker_kind = tracker
        self._environment = slow_time.environment(conditions.time_scale)
        servers = strategy.servers(conditions)
        tracker_hosts = 1 if strategy.is_swarm else 0
        racks = [seat.rack for seat in self.seats] + [None] * (servers + tracker_hosts)
        self.network = Network(len(racks), prefix=guard.PREFIX, racks=racks, silent=True)
        hosts = self.network.hosts
        count = len(self.seats)
        self._tracker_host = hosts[-1] if tracker_hosts else None
        self._torrent = self._folder / "content.torrent" if tracker_hosts else None
        self.leechers = [self._place("host", host) for host in hosts[:count]]
        self.servers = [self._place("server", host, self.source) for host in hosts[count:count + servers]]

    def _place(self, kind, host, source=None):
        return Place(host, self._folder / f"{kind}-{host.number:04}", self.source.name, self._torrent, source)

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        with contextlib.ExitStack() as building:
            building.enter_context(self.network)
            self._shape()
            if self.conditions.delay:
                building.enter_context(DelayLine(self.network, self.conditions.delay * self.conditions.time_scale))
            self.ports = building.enter_context(contextlib.closing(probes.Ports(self.network)))
            building.callback(self.stop_servers)
            self._stack = building.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _shape(self):
        conditions = self.conditions
        rates = [(place.host, seat.rate) for place, seat in zip(self.leechers, self.seats)]
        rates += [(place.host, conditions.server_rate) for place in self.servers]
        # The tracker's own link is not limited: its few bytes are not what is measured.
        self.network.shape_all([(host, conditions.host_port(rate), conditions.switch_port(rate)) for host, rate in rates])
        if conditions.uplink:
            self.network.shape_uplinks(conditions.switch_port(conditions.uplink))
        for host in self.network.hosts:
            with namespaces.inside(host.namespace):
                with open("/proc/sys/net/ipv4/tcp_congestion_control", "w", encoding="ascii") as file:
                    file.write(conditions.congestion)

    def program(self, place, args, barrier=None):
        """A program in that place, in the time of this race."""
        return Program(place.host, args, place.log, place.folder, barrier, self._environment)

    def start(self, place, args):
        """A server's program, at once."""
        self.started.append(self.program(place, args))

    def start_tracker(self):
        """The tracker, and the manifest that names it."""
        folder = self._folder / "tracker"
        folder.mkdir()
        piece = f"{self.conditions.piece_size >> 10}KiB"
        self._info_hash = clients.make_torrent(self.source, self._torrent, "--announce",
                                               clients.announce_url(self._tracker_host), "--piece-size", piece)
        if self._tracker_kind == "opentracker":
            tracker = clients.opentracker(folder, self._tracker_host, self._info_hash, env={**os.environ, **self._environment})
            self._stack.callback(tracker.stop)
        else:
            self.started.append(Program(
                self._tracker_host,
                [program("shoal-tracker"), "--listen", f"0.0.0.0:{clients.TRACKER_PORT}", "--db", ":memory:"],
                folder / "log", folder, environment=self._environment))
        self.wait_for_port(self._tracker_host, clients.TRACKER_PORT)

    def wait_for_port(self, host, port, timeout=60):
        """Until something accepts connections there. `timeout`: seconds of the programs, as in `wait_for_seeds`."""
        def connects():
            with namespaces.inside(host.namespace), contextlib.suppress(OSError):
                with socket.create_connection((host.address, port), 1):
                    return True
            return False
        self._wait(connects, timeout, f"nothing listens on {host.address}:{port}")

    def wait_for_seeds(self, count, timeout=SERVE_S):
        """Until the tracker knows that many seeds of the content."""
        self._wait(lambda: self._seeds() >= count, timeout, f"the tracker does not see {count} origins")

    def _seeds(self):
        query = "/scrape?info_hash=" + urllib.parse.quote(bytes.fromhex(self._info_hash), safe="")
        with namespaces.inside(self._tracker_host.namespace):
            connection = http.client.HTTPConnection(self._tracker_host.address, clients.TRACKER_PORT, timeout=5)
            connection.connect()
        with contextlib.closing(connection):
            connection.request("GET", query)
            _, _, after = connection.getresponse().read().partition(b"8:completei")
        return int(after.split(b"e")[0]) if after else 0

    def _wait(self, ready, timeout, problem):
        deadline = time.monotonic() + timeout * self.conditions.time_scale
        while not ready():
            for server in self.started:
                if not server.poll():
                    raise AssertionError(f"{' '.join(server.args)} ended with {server.status}:\n{server.output()[-2000:]}")
            if time.monotonic() > deadline:
                said = "\n".join(f"{server.args[0]}: {server.output()[-1000:]}" for server in self.started)
                raise AssertionError(f"{problem} after {timeout} s:\n{said}")
            time.sleep(0.05)

    def stop_servers(self):
        stop_all(self.started)


class UnshapedCourse(Course):
    """Hosts whose links are as fast as the machine copies memory."""

    def _shape(self):
        pass


def make_source(path, size):
    """Content that does not compress, the same for the same size."""
    from shoal_testing import content
    return content.large_file(path, size)


def raise_file_limit(needed):
    """A race of 1,000 hosts keeps several descriptors a host open."""
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, max(hard, needed)))
    return os.sysconf("SC_OPEN_MAX")
