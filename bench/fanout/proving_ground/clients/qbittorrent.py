from shoal_testing.tools import tool

from .client import Client, first_line


class QBittorrent(Client):
    name = "qbittorrent"

    def version(self):
        return first_line([tool("qbittorrent-nox"), "--version"])

    def seed(self, place):
        place.take_source()
        return self._command(place)

    def leech(self, place):
        return self._command(place, "[AutoRun]", "enabled=true", f'program="{place.done_hook()}"')

    @staticmethod
    def _command(place, *lines):
        config = place.folder / "profile" / "qBittorrent" / "config"
        config.mkdir(parents=True)
        (config / "qBittorrent.conf").write_text("\n".join([
            "[LegalNotice]", "Accepted=true",
            "[BitTorrent]", "Session\\DHTEnabled=false", "Session\\LSDEnabled=false", "Session\\Port=6881",
            "[Network]", "PortForwardingEnabled=false", *lines]) + "\n", encoding="utf-8")
        return ["/usr/bin/env", f"HOME={place.folder}", tool("qbittorrent-nox"), f"--profile={place.folder / 'profile'}",
                f"--save-path={place.target}", "--add-paused=false", "--skip-dialog=true", place.torrent]
