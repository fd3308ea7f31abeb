import os
import pathlib

from shoal_testing.tools import program

from .client import Client, first_line


class Libtorrent(Client):
    """libtorrent with the settings that it comes with: bench/fanout/libtorrent_peer.cpp."""

    name = "libtorrent"

    def version(self):
        return first_line([self._program(), "--version"])

    def seed(self, place):
        place.take_source()
        return [self._program(), place.torrent, place.target]

    def leech(self, place):
        return [self._program(), place.torrent, place.target, place.done]

    @staticmethod
    def _program():
        path = pathlib.Path(os.environ.get("SHOAL_BIN", "")) / "libtorrent_peer"
        if os.environ.get("SHOAL_BIN") and not path.exists():
            raise AssertionError(f"{path} is not built: cmake --build --preset release --target libtorrent_peer")
        return program("libtorrent_peer")
