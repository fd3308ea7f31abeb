"""The clients as they race here: without uTP where they would use it. Between two namespaces of one machine it is a tenth of
the speed of TCP (qBittorrent 15 MB/s instead of 200), and would hide all that is measured."""

import json

from proving_ground.clients import CLIENTS
from proving_ground.clients.qbittorrent import QBittorrent
from proving_ground.clients.transmission import Transmission


class _QBittorrentTcp(QBittorrent):
    @staticmethod
    def _command(place, *lines):
        command = QBittorrent._command(place, *lines)
        config = place.folder / "profile" / "qBittorrent" / "config" / "qBittorrent.conf"
        settings = config.read_text(encoding="utf-8")
        config.write_text(settings.replace("[BitTorrent]\n", "[BitTorrent]\nSession\\BTProtocol=TCP\n"), encoding="utf-8")
        return command


class _TransmissionTcp(Transmission):
    @staticmethod
    def _command(place, *options):
        command = Transmission._command(place, *options)
        path = place.folder / "config" / "settings.json"
        settings = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**settings, "utp-enabled": False}), encoding="utf-8")
        return command


TCP_CLIENTS = {**CLIENTS, "qbittorrent": _QBittorrentTcp(), "transmission": _TransmissionTcp()}
