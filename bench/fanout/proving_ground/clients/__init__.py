"""The clients that race, each with its own defaults. What is set is what the conditions need (ports, folders, no search for
peers outside the fleet), nothing that makes it slower or faster; where a client would stop seeding by itself it is told not to."""

from .aria2 import Aria2
from .libtorrent import Libtorrent
from .qbittorrent import QBittorrent
from .rtorrent import RTorrent
from .shoal import Shoal
from .transmission import Transmission

CLIENTS = {client.name: client for client in (Shoal(), Aria2(), Transmission(), QBittorrent(), RTorrent(), Libtorrent())}
