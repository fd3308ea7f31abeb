"""Connections that complete the handshake, say that they are interested, and never ask for anything."""

import asyncio
import json
import os
import resource
import threading
import unittest

from client_support import MIB, ClientTest, random_file
from shoal_testing.processes import run, wait_until
from shoal_testing.tools import program

ADDRESSES = 100
CONNECTIONS = 400


class Strangers:
    """From many addresses of this machine; whoever is hung up on comes back."""

    def __init__(self, port, info_hash):
        self.connected = 0
        self.hung_up = 0
        self._hello = (b"\x13BitTorrent protocol" + bytes(8) + info_hash + b"-XX0001-", b"\x00\x00\x00\x01\x02")
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        self._loop.run_until_complete(self._all())

    async def _all(self):
        self._stop = asyncio.Event()
        tasks = [asyncio.ensure_future(self._one(n)) for n in range(CONNECTIONS)]
        await self._stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, number):
        source = f"127.0.1.{1 + number % ADDRESSES}"
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(source, 0))
                try:
                    writer.write(self._hello[0] + os.urandom(12) + self._hello[1])
                    if await reader.read(68):
                        self.connected += 1
                        try:
                            while await reader.read(4096):
                                pass
                        finally:
                            self.connected -= 1
                            self.hung_up += 1
                finally:
                    writer.close()
            except OSError:
                pass
            await asyncio.sleep(0.5)

    def stop(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)


class PlacesAtASeed(ClientTest):
    def test_are_kept_for_those_who_take_something(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        content = random_file(self.folder / "origin" / "model.bin", 4 * MIB)
        torrent = self.make_torrent(content)
        _, address = self.seed(torrent, content)
        shown = json.loads(run([program("torrentgen"), "show", torrent, "--json"]).stdout)
        strangers = Strangers(int(address.rpartition(":")[2]), bytes.fromhex(shown["info_hash_v1"]))
        self.addCleanup(strangers.stop)
        wait_until(lambda: strangers.hung_up > 2 * ADDRESSES, "strangers that had to go", 60)
        for number in range(3):
            self.assert_got(self.get(torrent, self.folder / f"target-{number}", "--peer", address, "--timeout", "60s"))


if __name__ == "__main__":
    unittest.main()
