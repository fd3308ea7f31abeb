import json

from shoal_testing.tools import tool

from .client import Client, first_line, listens

_RPC_PORT = 9091  # where transmission-remote looks for the daemon
_SETTINGS = {"dht-enabled": False, "lpd-enabled": False, "port-forwarding-enabled": False}


class Transmission(Client):
    """Its command line program, transmission-cli."""

    name = "transmission"
    waits_to_unchoke = True

    def version(self):
        return first_line([tool("transmission-cli"), "--version"])

    def seed(self, place):
        place.take_source()
        return self._command(place)

    def leech(self, place):
        return self._command(place, "--finish", place.done_hook())

    @staticmethod
    def _command(place, *options):
        return [tool("transmission-cli"), "--config-dir", _config(place, _SETTINGS), "--no-portmap", "--port", "51413",
                "--download-dir", place.target, *options, place.torrent]


class TransmissionDaemon(Client):
    """transmission-daemon, which transmission-remote orders to add the torrent."""

    name = "transmission-daemon"
    waits_to_unchoke = True

    def version(self):
        return first_line([tool("transmission-daemon"), "--version"])

    def daemon(self, place):
        config = _config(place, {
            **_SETTINGS, "download-dir": str(place.target), "rpc-bind-address": "127.0.0.1",
            "script-torrent-done-enabled": True, "script-torrent-done-filename": str(place.done_hook())})
        return [tool("transmission-daemon"), "--foreground", "--config-dir", config]

    def ready(self, place):
        return listens(place.host, _RPC_PORT)

    def seed(self, place):
        place.take_source()
        return self.leech(place)

    def leech(self, place):
        return [tool("transmission-remote"), "--add", place.torrent]


def _config(place, settings):
    """The folder of its settings."""
    config = place.folder / "config"
    config.mkdir()
    (config / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    return config
