from shoal_testing.tools import tool

from .client import Client, first_line


class Aria2(Client):
    name = "aria2"

    def version(self):
        return first_line([tool("aria2c"), "--version"])

    def seed(self, place):
        place.take_source()
        return self._command(place, "--check-integrity=true")

    def leech(self, place):
        return self._command(place, f"--on-bt-download-complete={place.done_hook()}")

    @staticmethod
    def _command(place, *options):
        # seed-ratio 0: by default it stops when it has sent one copy.
        return [tool("aria2c"), "--no-conf", f"--dir={place.target}", "--seed-ratio=0.0", "--enable-dht=false",
                "--enable-dht6=false", "--bt-enable-lpd=false", "--listen-port=6881", "--file-allocation=none",
                "--summary-interval=0", "--show-console-readout=false", *options, place.torrent]
