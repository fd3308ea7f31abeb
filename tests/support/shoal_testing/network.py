"""Test hosts with addresses of their own: network namespaces on one bridge, which is in a namespace too, so that
nothing of the machine's own network is touched."""

import itertools
import os
import signal
import subprocess

from .tools import tool

_serial = itertools.count()


class Host:
    """One namespace. `address` is its IPv4, `address6` its IPv6 address; both are reachable from every other."""

    def __init__(self, namespace, address, address6):
        self.namespace = namespace
        self.address = address
        self.address6 = address6

    def command(self, args):
        return [tool("ip"), "netns", "exec", self.namespace, *args]

    def popen(self, args, **options):
        return subprocess.Popen(self.command(args), **options)

    def run(self, args, **options):
        return subprocess.run(self.command(args), **options)


class Network:
    """`count` hosts; a context manager that ends what still runs in them and removes them."""

    def __init__(self, count):
        if os.geteuid() != 0:
            raise AssertionError("network namespaces need root: run the tests as root")
        self._ip = tool("ip")
        # The process id keeps parallel tests apart and tells whose a leftover is.
        stem = f"shoal-{os.getpid()}-{next(_serial)}"
        self._switch = f"{stem}-switch"
        self.hosts = [
            Host(f"{stem}-{n}", f"10.77.{n // 250}.{n % 250 + 1}", f"fd77::{n + 1:x}") for n in range(count)
        ]

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_):
        self._remove()

    def _batch(self, lines, namespace=None):
        command = [self._ip, *(["-n", namespace] if namespace else []), "-batch", "-"]
        done = subprocess.run(command, input="\n".join(lines) + "\n", text=True, capture_output=True, timeout=120)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)} failed: {done.stderr.strip()}")

    def _build(self):
        self._batch([f"netns add {name}" for name in self._namespaces()])
        self._batch(
            [f"link add port{n} netns {self._switch} type veth peer name eth0 netns {host.namespace}"
             for n, host in enumerate(self.hosts)])
        self._batch(
            ["link add bridge0 type bridge", "link set bridge0 up"]
            + [line for n in range(len(self.hosts))
               for line in (f"link set port{n} master bridge0", f"link set port{n} up")],
            self._switch)
        for host in self.hosts:
            self._batch(
                ["link set lo up", f"addr add {host.address}/16 dev eth0",
                 # Without nodad the address is unusable for the second that duplicate detection takes.
                 f"addr add {host.address6}/64 dev eth0 nodad", "link set eth0 up",
                 # Multicast (LSD) needs a route. There is no default one: what is not here fails at once.
                 "route add 224.0.0.0/4 dev eth0"],
                host.namespace)

    def _namespaces(self):
        return [self._switch, *(host.namespace for host in self.hosts)]

    def _remove(self):
        for name in self._namespaces():
            pids = subprocess.run([self._ip, "netns", "pids", name], capture_output=True, text=True)
            for pid in pids.stdout.split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            subprocess.run([self._ip, "netns", "del", name], capture_output=True)
