from shoal_testing.tools import tool

from .client import Client, first_line


class RTorrent(Client):
    name = "rtorrent"

    def version(self):
        help_text = first_line([tool("rtorrent"), "-h"])
        return "rTorrent" if help_text == "unknown" else help_text

    def seed(self, place):
        place.take_source()
        return self._command(place)

    def leech(self, place):
        return self._command(place, f'method.set_key = event.download.finished,done,"execute={place.done_hook()}"')

    @staticmethod
    def _command(place, *lines):
        session = place.folder / "session"
        session.mkdir()
        config = place.folder / "rtorrent.rc"
        config.write_text("\n".join([
            "system.daemon.set = true", f"session.path.set = {session}", f"directory.default.set = {place.target}",
            "network.port_range.set = 6881-6881", "dht.mode.set = disable", "trackers.use_udp.set = no",
            *lines, f"schedule2 = load,0,0,load.start={place.torrent}"]) + "\n", encoding="utf-8")
        return [tool("rtorrent"), "-n", "-o", f"import={config}"]
