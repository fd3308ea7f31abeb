"""What a client has to say to race."""

import contextlib
import socket

from shoal_testing import namespaces
from shoal_testing.processes import run


class Client:
    name = ""
    waits_to_unchoke = False  # as a seed it lets its first peer wait for seconds, whoever that is

    def version(self):
        """One line; a missing program is an AssertionError that names its Debian package."""
        raise NotImplementedError

    def seed(self, place):
        """The command that seeds the content at `place` for as long as it runs."""
        raise NotImplementedError

    def leech(self, place):
        """The command that downloads to `place` and then seeds for as long as it runs."""
        raise NotImplementedError

    def daemon(self, place):
        """The command of a daemon that runs before `seed` or `leech` orders something of it; None where the client needs none."""
        return None

    def ready(self, place):
        """Whether the daemon takes orders."""
        return True

    def done_at(self, place):
        """The time of the day at which the content was complete at `place`, or None."""
        return place.done_at()


def first_line(args):
    done = run(args)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"


def listens(host, port):
    """Whether something accepts connections on the host's own loopback address."""
    with namespaces.inside(host.namespace), contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False
