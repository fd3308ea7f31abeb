"""The clients that race, each with its own defaults. What is set is what the conditions need (ports, folders, no search for
peers outside the fleet), nothing that makes it slower or faster; where a client would stop seeding by itself it is told not to."""

from .aria2 import Aria2
from .deluge import Deluge
from .libtorrent import Libtorrent
from .qbittorrent import QBittorrent
from .rtorrent import RTorrent
from .shoal import Shoal
from .transmission import Transmission, TransmissionDaemon

# One command each, which the races start.
CLIENTS = {client.name: client for client in (Shoal(), Aria2(), Transmission(), QBittorrent(), RTorrent(), Libtorrent())}

# All, with our profile for strangers, and those that are a daemon and an order to it: bench/clients starts both.
ALL = {client.name: client for client in (
    CLIENTS["shoal"], Shoal("shoal-internet", "internet"), CLIENTS["aria2"], CLIENTS["transmission"], TransmissionDaemon(),
    CLIENTS["qbittorrent"], CLIENTS["rtorrent"], Deluge(), CLIENTS["libtorrent"])}
