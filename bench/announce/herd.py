#!/usr/bin/env python3
"""A thundering herd: all clients of one swarm start within a second, or at once.

    bench/announce/herd.py [--build build/release] [--clients 1000] [--rounds 3] [--json FILE]

Each has a connection of its own. One seed is there before. Printed is how long the clients waited for their answers, from
the connect, and how many peers the shortest and the median list named.
"""

import argparse
import json
import os
import random
import selectors
import socket
import statistics
import tempfile
import time

import trackers

USEFUL = 10  # peers that a list should name, once there are as many


def request(torrent, number, left):
    escaped = "".join(f"%{byte:02x}" for byte in trackers.info_hash(torrent))
    return (f"GET /announce?info_hash={escaped}&peer_id=-HD0001-{number:012d}&port={1024 + number}&uploaded=0&downloaded=0"
            f"&left={left}&numwant=50&compact=1&event=started HTTP/1.1\r\nHost: tracker\r\nConnection: close\r\n\r\n").encode()


def peers_in(answer):
    """How many peers a compact answer names."""
    at = answer.find(b"5:peers") + len(b"5:peers")
    return int(answer[at:answer.index(b":", at)]) // 6 if at >= len(b"5:peers") else 0


class Client:
    def __init__(self, selector, port, text):
        self.selector = selector
        self.text = text
        self.answer = b""
        self.started = time.monotonic()
        self.took = None
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", port))
        selector.register(self.socket, selectors.EVENT_WRITE, self)

    def ready(self, events):
        if events & selectors.EVENT_WRITE:
            self.socket.sendall(self.text)
            self.selector.modify(self.socket, selectors.EVENT_READ, self)
            return False
        part = self.socket.recv(1 << 14)
        self.answer += part
        if part:
            return False
        self.took = time.monotonic() - self.started
        self.selector.unregister(self.socket)
        self.socket.close()
        return True


def herd(port, torrent, starts):
    """Starts a client at each of these times; all of them, answered."""
    selector = selectors.DefaultSelector()
    begin = time.monotonic()
    clients = []
    answered = 0
    while answered < len(starts):
        now = time.monotonic() - begin
        if now > 30:
            raise SystemExit(f"{len(starts) - answered} clients have no answer after 30 s")
        while len(clients) < len(starts) and starts[len(clients)] <= now:
            clients.append(Client(selector, port, request(torrent, len(clients), 1000)))
        for key, events in selector.select(0.001):
            answered += key.data.ready(events)
    return clients


def measure(server, torrent, starts):
    with socket.create_connection(("127.0.0.1", server.port)) as seed:
        seed.sendall(request(torrent, 60000, 0))
        while seed.recv(1 << 14):
            pass
    clients = herd(server.port, torrent, starts)
    took = sorted(client.took * 1000 for client in clients)
    lists = sorted(peers_in(client.answer) for client in clients)
    useful = sum(peers_in(client.answer) >= min(USEFUL, number + 1) for number, client in enumerate(
        sorted(clients, key=lambda client: client.started + client.took)))
    return {"answered": sum(client.answer.startswith(b"HTTP/1.") for client in clients),
            "p50_ms": statistics.median(took), "p99_ms": took[int(len(took) * 0.99)], "max_ms": took[-1],
            "useful": useful, "shortest": lists[0], "median_list": statistics.median(lists)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(trackers.ROOT, "build", "release"))
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json")
    options = parser.parse_args()
    random_source = random.Random(7)
    results = []
    print(f"{options.clients} clients of one swarm; the slowest of {options.rounds} rounds; useful: at least {USEFUL} peers, "
          "or all that there were")
    print(f"{'clients start':16} {'tracker':14} {'answered':>8} {'useful':>6} {'p50 ms':>7} {'p99 ms':>7} {'max ms':>7} "
          f"{'median list':>11}")
    with tempfile.TemporaryDirectory() as folder:
        servers = (trackers.shoal_tracker(options.build, folder),
                   trackers.opentracker(folder, map(trackers.info_hash, range(1000))))
        try:
            torrent = 0
            for label, spread in (("within a second", 1.0), ("at once", 0.0)):
                for server in servers:
                    rounds = []
                    for _ in range(options.rounds):
                        torrent += 1
                        starts = sorted(random_source.uniform(0, spread) for _ in range(options.clients))
                        rounds.append(measure(server, torrent, starts))
                    row = max(rounds, key=lambda one: one["max_ms"])
                    results.append({"start": label, "tracker": server.name, **row, "rounds": rounds})
                    print(f"{label:16} {server.name:14} {row['answered']:8} {row['useful']:6} {row['p50_ms']:7.1f} "
                          f"{row['p99_ms']:7.1f} {row['max_ms']:7.1f} {row['median_list']:11.0f}")
        finally:
            for server in servers:
                server.stop()
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"clients": options.clients, "results": results}, file, indent=1)


if __name__ == "__main__":
    main()
