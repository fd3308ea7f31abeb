"""Test hosts with addresses of their own: network namespaces on one bridge, which is in a namespace too, so that
nothing of the machine's own network is touched."""

import itertools
import os
import subprocess

from . import namespaces
from .tools import tool

_serial = itertools.count()

# Linux's BR_MAX_PORTS, less port 0.
_MAX_PORTS = 1023


class Host:
    """One namespace. `address` is its IPv4, `address6` its IPv6 address; both are reachable from every other."""

    def __init__(self, namespace, number, rack=None):
        self.namespace = namespace
        self.number = number
        self.rack = rack
        self.address = f"10.77.{number // 250}.{number % 250 + 1}"
        self.address6 = f"fd77::{number + 1:x}"
        self.mac = f"02:77:00:00:{number >> 8:02x}:{number & 255:02x}"
        self.port = f"port{number}"  # the other end of its cable, at the switch

    def command(self, args):
        return [tool("ip"), "netns", "exec", self.namespace, *args]

    def popen(self, args, **options):
        return subprocess.Popen(self.command(args), **options)

    def run(self, args, **options):
        return subprocess.run(self.command(args), **options)


class Network:
    """`count` hosts; a context manager that ends what still runs in them and removes them.

    `racks`, where given, holds a rack's number or None for each host: the hosts of a rack share a bridge, whose one
    uplink leads to the bridge where the others are.

    `silent` is for hundreds of hosts: IPv4 only, and the switch answers ARP itself from a fixed table and floods nothing,
    because a broadcast to 1,000 ports is 1,000 packets, and every new pair of peers would send one."""

    def __init__(self, count, prefix="shoal", racks=None, silent=False):
        if os.geteuid() != 0:
            raise AssertionError("network namespaces need root: run this as root")
        self._ip = tool("ip")
        # The process id keeps parallel tests apart and tells whose a leftover is.
        stem = f"{prefix}-{os.getpid()}-{next(_serial)}"
        self.switch = f"{stem}-switch"
        racks = racks or [None] * count
        self.hosts = [Host(f"{stem}-{n}", n, racks[n]) for n in range(count)]
        self.racks = sorted({rack for rack in racks if rack is not None})
        self._silent = silent
        ports = [racks.count(rack) for rack in self.racks] + [racks.count(None) + len(self.racks)]
        if max(ports) > _MAX_PORTS:
            raise AssertionError(f"{max(ports)} ports on one bridge, which holds {_MAX_PORTS}: use racks")

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_):
        self._remove()

    def shape(self, host, up, down):
        """Limits a host's cable. `up` and `down` are the arguments of one tc qdisc each (`tbf rate 20mbit ...`)."""
        self.shape_all([(host, up, down)])

    def shape_all(self, shapes):
        """`shape` for many hosts at once."""
        for host, up, _ in shapes:
            self._tc([f"qdisc replace dev eth0 root {up}"], host.namespace)
        self._tc([f"qdisc replace dev {host.port} root {down}" for host, _, down in shapes], self.switch)

    def shape_uplinks(self, qdisc):
        """Limits each rack's uplink, both ways."""
        self._tc([f"qdisc replace dev {end} root {qdisc}"
                  for rack in self.racks for end in (f"rack{rack}up", f"rack{rack}down")], self.switch)

    def unplug(self, host):
        """Pulls the host's cable: nothing in or out from now on, and no goodbye."""
        self._batch([f"link set {host.port} down"], self.switch)

    def plug(self, host):
        """Puts its cable in again."""
        self._batch([f"link set {host.port} up"], self.switch)

    def _tc(self, lines, namespace):
        self._run_batch([tool("tc"), "-n", namespace, "-batch", "-"], lines)

    def _batch(self, lines, namespace=None):
        self._run_batch([self._ip, *(["-n", namespace] if namespace else []), "-batch", "-"], lines)

    def _run_batch(self, command, lines, **options):
        done = subprocess.run(command, input="\n".join(lines) + "\n", text=True, capture_output=True, timeout=300,
                              **options)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)} failed: {done.stderr.strip()}")

    def _build(self):
        self._batch([f"netns add {self.switch}"])
        if self._silent:
            # Otherwise all namespaces share the machine's table of connections, and each look at one host's walks it all.
            # Namespaces take the setting of the one that they are made in.
            self._write(self.switch, "net/ipv4/tcp_child_ehash_entries", "1024")
        self._run_batch([self._ip, "-batch", "-"], [f"netns add {host.namespace}" for host in self.hosts],
                        preexec_fn=lambda: namespaces.enter(self.switch))
        self._batch(
            [f"link add {host.port} netns {self.switch} type veth peer name eth0 address {host.mac}"
             f" netns {host.namespace}" for host in self.hosts])
        bridge_of = {None: "bridge0", **{rack: f"rack{rack}" for rack in self.racks}}
        ports = [(host.port, bridge_of[host.rack]) for host in self.hosts]
        for rack in self.racks:
            ports += [(f"rack{rack}up", f"rack{rack}"), (f"rack{rack}down", "bridge0")]
        # With an address of its own: else a bridge takes its lowest port's, and forgets its neighbours when that changes.
        self._batch(
            [f"link add {bridge} address 02:77:ff:00:00:{n:02x} type bridge mcast_snooping 0"
             for n, bridge in enumerate(bridge_of.values())]
            + [f"link set {bridge} up" for bridge in bridge_of.values()]
            + [f"link add rack{rack}up type veth peer name rack{rack}down" for rack in self.racks]
            + [line for port, bridge in ports for line in (f"link set {port} master {bridge}", f"link set {port} up")],
            self.switch)
        if self._silent:
            self._fix_neighbours(bridge_of, ports)
        for host in self.hosts:
            lines = ["link set lo up", f"addr add {host.address}/16 dev eth0"]
            if self._silent:
                self._write(host.namespace, "net/ipv6/conf/all/disable_ipv6", "1")
            else:
                # Without nodad the address is unusable for the second that duplicate detection takes.
                lines.append(f"addr add {host.address6}/64 dev eth0 nodad")
            # Multicast (LSD) needs a route. There is no default one: what is not here fails at once.
            self._batch([*lines, "link set eth0 up", "route add 224.0.0.0/4 dev eth0"], host.namespace)

    def _fix_neighbours(self, bridge_of, ports):
        def leads_to(host, bridge):
            if bridge_of[host.rack] == bridge:
                return host.port
            return f"rack{host.rack}down" if bridge == "bridge0" else f"{bridge}up"

        pairs = [(host, bridge) for bridge in bridge_of.values() for host in self.hosts]
        self._batch(
            [f"neigh add {host.address} lladdr {host.mac} dev {bridge} nud permanent" for host, bridge in pairs]
            + [f"link set {port} type bridge_slave proxy_arp on learning off flood off mcast_flood off bcast_flood off"
               for port, _ in ports],
            self.switch)
        self._run_batch(
            [tool("bridge"), "-n", self.switch, "-batch", "-"],
            [f"fdb replace {host.mac} dev {leads_to(host, bridge)} master static" for host, bridge in pairs])

    @staticmethod
    def _write(namespace, setting, value):
        with namespaces.inside(namespace):
            with open(f"/proc/sys/{setting}", "w", encoding="ascii") as file:
                file.write(value)

    def _remove(self):
        namespaces.remove([self.switch, *(host.namespace for host in self.hosts)])
