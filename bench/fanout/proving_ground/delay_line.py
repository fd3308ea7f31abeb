"""Latency between hosts. What each host sends is turned aside at its port into a tap device, held here for the given time,
and written back, which is where it enters the switch. (The kernel's netem would do the same; not every kernel has it.)"""

import collections
import ctypes
import fcntl
import os
import select
import signal
import struct
import subprocess
import time

from shoal_testing import namespaces
from shoal_testing.tools import tool

_TUNSETIFF, _TUNSETOFFLOAD = 0x400454CA, 0x400454D0  # linux/if_tun.h
_IFF_TAP, _IFF_NO_PI, _IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
_CSUM_AND_TSO = 0x01 | 0x02 | 0x04
_LARGEST = 1 << 17  # a segment of 64 KiB before the kernel cuts it up, with its headers


class DelayLine:
    """Context manager: a process that holds every IPv4 packet of every host for `seconds` before the switch sees it. Packets
    are neither lost nor reordered. One tap a bridge, so that a rack's own traffic does not leave the rack."""

    def __init__(self, network, seconds):
        self._network = network
        self._seconds = seconds

    def __enter__(self):
        switch = self._network.switch
        taps = {host.rack: f"tap{'' if host.rack is None else host.rack}" for host in self._network.hosts}
        with namespaces.inside(switch):
            files = [_open_tap(name) for name in taps.values()]
        bridge = {rack: "bridge0" if rack is None else f"rack{rack}" for rack in taps}
        lines = [line for rack, tap in taps.items() for line in (
            f"link set {tap} txqueuelen 100000 master {bridge[rack]}",
            f"link set {tap} type bridge_slave learning off flood off mcast_flood off bcast_flood off", f"link set {tap} up")]
        _batch(tool("ip"), switch, lines)
        _batch(tool("tc"), switch, [line for host in self._network.hosts for line in (
            f"qdisc add dev {host.port} clsact",
            f"filter add dev {host.port} ingress protocol ip u32 match u32 0 0 action mirred egress redirect dev "
            f"{taps[host.rack]}")])
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                # PR_SET_PDEATHSIG: it ends with the bench.
                ctypes.CDLL(None).prctl(1, signal.SIGKILL)
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.SIG_DFL)
                if os.getppid() == parent:
                    _carry(files, self._seconds)
            finally:
                os._exit(1)
        for file in files:
            os.close(file)
        return self

    def __exit__(self, *_):
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def _open_tap(name):
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    # The header in front of each packet carries unfinished checksums and segmentation across.
    fcntl.ioctl(file, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TAP | _IFF_NO_PI | _IFF_VNET_HDR))
    fcntl.ioctl(file, _TUNSETOFFLOAD, _CSUM_AND_TSO)
    return file


def _batch(program, namespace, lines):
    done = subprocess.run([program, "-n", namespace, "-batch", "-"], input="\n".join(lines) + "\n", text=True,
                          capture_output=True, timeout=120)
    if done.returncode != 0:
        raise AssertionError(f"adding latency: {program} failed: {done.stderr.strip()}")


def _carry(files, seconds):
    """Until it is killed."""
    waiting = collections.deque()  # (when it may go on, tap, packet): in order, because all wait equally long
    poll = select.poll()
    for file in files:
        poll.register(file, select.POLLIN)
    while True:
        timeout = max(0, (waiting[0][0] - time.monotonic()) * 1000) if waiting else None
        for file, _ in poll.poll(timeout):
            try:
                while True:
                    waiting.append((time.monotonic() + seconds, file, os.read(file, _LARGEST)))
            except BlockingIOError:
                pass
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, file, packet = waiting.popleft()
            os.write(file, packet)
