import json

from shoal_testing.tools import tool

from .client import Client, first_line


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
        config = place.folder / "config"
        config.mkdir()
        (config / "settings.json").write_text(json.dumps(
            {"dht-enabled": False, "lpd-enabled": False, "port-forwarding-enabled": False}), encoding="utf-8")
        return [tool("transmission-cli"), "--config-dir", config, "--no-portmap", "--port", "51413", "--download-dir",
                place.target, *options, place.torrent]
