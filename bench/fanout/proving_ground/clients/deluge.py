import json

from shoal_testing.tools import tool

from .client import Client, first_line, listens

_PORT = 58846  # where the console looks for the daemon


class Deluge(Client):
    """deluged, which deluge-console orders to add the torrent. Its own plugin Execute runs the done hook."""

    name = "deluge"

    def version(self):
        return first_line([tool("deluged"), "--version"])

    def daemon(self, place):
        config = place.folder / "config"
        config.mkdir()
        _write(config / "core.conf", {
            "dht": False, "lsd": False, "upnp": False, "natpmp": False, "new_release_check": False,
            "download_location": str(place.target), "random_port": False, "listen_ports": [6881, 6881],
            "enabled_plugins": ["Execute"]})
        _write(config / "execute.conf", {"commands": [["done", "complete", str(place.done_hook())]]})
        return [*_environment(place), tool("deluged"), "--do-not-daemonize", "--config", config]

    def ready(self, place):
        # It listens before it has written down the password that the console reads, and a console that finds none writes another.
        passwords = place.folder / "config" / "auth"
        return passwords.exists() and passwords.stat().st_size > 0 and listens(place.host, _PORT)

    def seed(self, place):
        place.take_source()
        return self.leech(place)

    def leech(self, place):
        return [*_environment(place), tool("deluge-console"), "--config", place.folder / "config",
                f"add --path {place.target} {place.torrent}"]


def _environment(place):
    return ["/usr/bin/env", f"HOME={place.folder}"]


def _write(path, values):
    """As Deluge writes its settings: the version of the format in front."""
    path.write_text(json.dumps({"file": 1, "format": 1}) + json.dumps(values), encoding="utf-8")
