"""Which swarms are tried: every pair, and the mixed swarm beside each of its halves."""

import dataclasses

PAIR, MIXED, FLEET, OTHERS = "pair", "mixed", "fleet", "others"

_FLEET_HOSTS = 4
# One of each other project; transmission-daemon and shoal-internet would be a second one of the same.
_STRANGERS = ("aria2", "transmission", "qbittorrent", "rtorrent", "deluge", "libtorrent")


@dataclasses.dataclass(frozen=True)
class Swarm:
    kind: str
    seed: str
    leechers: tuple


def pairs(seeds, leechers):
    return [Swarm(PAIR, seed, (leecher,)) for seed in seeds for leecher in leechers]


def mixed(leechers):
    """The mixed swarm, our fleet alone, and the others alone, of those others that are in `leechers`."""
    strangers = tuple(name for name in _STRANGERS if name in leechers)
    fleet = ("shoal",) * _FLEET_HOSTS
    swarms = [Swarm(MIXED, "shoal", fleet + strangers), Swarm(FLEET, "shoal", fleet), Swarm(OTHERS, "libtorrent", strangers)]
    return [swarm for swarm in swarms if swarm.leechers]
