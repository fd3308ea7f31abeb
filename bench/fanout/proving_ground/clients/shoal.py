from shoal_testing.tools import program

from ..place import changed_at
from .client import Client, first_line

# Longer than any race: a host stays until the last one is done, as in the other clients' races.
_STAY = "24h"


class Shoal(Client):
    """`profile` is what --profile names; None leaves it at its default."""

    def __init__(self, name="shoal", profile=None):
        self.name = name
        self._profile = ["--profile", profile] if profile else []

    def version(self):
        return first_line([program("shoal"), "--version"])

    def seed(self, place):
        return [program("shoal"), "seed", place.torrent, place.source, "--no-dht", "--no-lsd", "--json", *self._profile]

    def leech(self, place):
        rack = [] if place.host.rack is None else ["--rack", f"rack-{place.host.rack}"]
        return [program("shoal"), "get", place.torrent, "-o", place.target, "--seed-for", _STAY, "--no-dht", "--no-lsd",
                "--json", *rack, *self._profile]

    def done_at(self, place):
        # It moves the content into place when all of it is verified, and the move sets the change time.
        return changed_at(place.content)
