"""Every way of finding peers, the others switched off. Each function takes a SwarmHosts, starts what the way needs (the origin too)
and says how a host gets the content by it."""

import dataclasses
import pathlib

from . import clients
from .swarm_hosts import PORT

_OFF = {"dht": "--no-dht", "lsd": "--no-lsd", "pex": "--no-pex"}


@dataclasses.dataclass
class Way:
    source: object  # what `shoal get` is given: the torrent, or a magnet link
    options: list
    environment: dict = dataclasses.field(default_factory=dict)
    found: str = "peers"  # the field of its progress that is above 0 once the way has brought somebody

    def get(self, swarm, host, *options):
        """SwarmHosts.get by this way."""
        return swarm.get(host, *self.options, *options, source=self.source, environment=self.environment)


def only(*wanted):
    """The options that switch every other way off. Trackers, web seeds and addresses are used where they are named."""
    return [option for name, option in _OFF.items() if name not in wanted]


def peer_address(swarm):
    swarm.make_torrent()
    swarm.seed(*only())
    return Way(swarm.torrent, [*only(), "--peer", f"{swarm.origin.address}:{PORT}"])


def http_tracker(swarm):
    swarm.make_torrent("-a", clients.announce_url(swarm.hub))
    swarm.shoal_tracker()
    swarm.seed(*only())
    return Way(swarm.torrent, only())


def https_tracker(swarm):
    swarm.make_torrent("-a", f"https://{swarm.hub.address}:6970/announce")
    trust = {"SSL_CERT_FILE": str(swarm.https_tracker())}
    swarm.seed(*only(), environment=trust)
    return Way(swarm.torrent, only(), trust)


def udp_tracker(swarm):
    swarm.make_torrent("-a", f"udp://{swarm.hub.address}:{clients.TRACKER_PORT}/announce")
    swarm.opentracker()
    swarm.seed(*only())
    return Way(swarm.torrent, only())


def second_tier(swarm):
    """The tracker of the first tier is dead."""
    dead, alive = f"http://{swarm.hub.address}:1/announce", clients.announce_url(swarm.hub)
    swarm.make_torrent("-a", dead)
    swarm.opentracker()
    # torrentgen puts all trackers into one tier, so this manifest is edited by hand.
    announce = b"8:announce%d:%s" % (len(dead), dead.encode())
    tiers = b"13:announce-listll%d:%sel%d:%see" % (len(dead), dead.encode(), len(alive), alive.encode())
    torrent = pathlib.Path(swarm.torrent)
    if announce not in torrent.read_bytes():
        raise AssertionError("the manifest does not name its tracker as expected")
    torrent.write_bytes(torrent.read_bytes().replace(announce, announce + tiers))
    swarm.seed(*only())
    return Way(swarm.torrent, only())


def local_multicast(swarm):
    swarm.make_torrent()
    swarm.seed(*only("lsd"))
    return Way(swarm.torrent, only("lsd"))


def another_peer(swarm):
    """PEX: told only of a host that has nearly nothing and sends next to nothing, but is connected to the origin."""
    swarm.make_torrent()
    swarm.seed(*only("pex"))
    between = swarm.hosts[0]
    _, process = swarm.get(between, *only("pex"), "--peer", f"{swarm.origin.address}:{PORT}", "--json", "--limit-down", "100kB/s",
                           "--limit-up", "10kB/s")
    process.wait_for('"peers":1')
    return Way(swarm.torrent, [*only("pex"), "--peer", f"{between.address}:{PORT}"], found="seeds")


def private_dht(swarm):
    swarm.make_torrent()
    options = [*only("dht"), "--dht-bootstrap", swarm.dht_node()]
    swarm.seed(*options)
    return Way(swarm.torrent, options)


def dht_in_the_torrent(swarm):
    swarm.make_torrent("--dht-node", f"{swarm.hub.address}:{PORT}")
    swarm.dht_node()
    swarm.seed(*only("dht"))
    return Way(swarm.torrent, only("dht"))


def magnet_through_dht(swarm):
    way = private_dht(swarm)
    way.source = f"magnet:?xt=urn:btih:{swarm.info_hash}"
    return way


def web_seed(swarm):
    """nginx alone: nobody else has the content."""
    swarm.make_torrent("-w", f"{swarm.web_server()}/model.bin")
    return Way(swarm.torrent, only())


ALL = [peer_address, http_tracker, https_tracker, udp_tracker, second_tier, local_multicast, another_peer, private_dht,
       dht_in_the_torrent, magnet_through_dht, web_seed]
