#!/usr/bin/env python3
"""The pictures of docs/tracker.md, of a fleet that nobody has: tests/browser/pictures.py FOLDER"""

import hashlib
import http.client
import json
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from chromium import Chromium  # noqa: E402
from tracker_program import Tracker  # noqa: E402

TOKEN = "a-long-admin-token"
GIB = 1 << 30
INTERVAL = 10  # seconds: the shortest that leaves time for the pictures before hosts have stalled
HALLS = ("--site", "hall-1=10.1.0.0/16", "--site", "hall-2=10.2.0.0/16", "--site", "hall-3=10.3.0.0/16")


class Fleet:
    def __init__(self, tracker):
        self.tracker = tracker
        self.random = random.Random(11)

    def register(self, name, size):
        info_hash = hashlib.sha1(name.encode()).digest()
        client = http.client.HTTPConnection("127.0.0.1", self.tracker.port, timeout=20)
        client.request("POST", "/api/v1/torrents", json.dumps({"info_hash": info_hash.hex(), "name": name, "size": size}),
                       {"Authorization": f"Bearer {TOKEN}"})
        assert client.getresponse().status == 201
        client.close()
        return info_hash

    def announce(self, host, info_hash, left, **fields):
        address = f"10.{1 + host % 3}.{host // 750}.{10 + host // 3 % 250}"
        self.tracker.announce(host, info_hash=info_hash, left=left, port=6881, headers=f"X-Forwarded-For: {address}\r\n", **fields)

    def draw(self):
        image = self.register("node-image-2026.11.3.qcow2", 3 * GIB)
        self.register("weights-next.safetensors", 90 * GIB)
        video = self.register("camera-07-2026-11-20.tar", 5 * GIB)
        model = self.register("llama-70b-q4.safetensors", 42 * GIB)
        now, before = {}, {}
        for host in range(1, 300):
            # Hall 3 hangs on a slower uplink.
            middle, pace = (0.72, 52e6) if host % 3 == 2 else (0.41, 112e6)
            now[host] = int(42 * GIB * min(0.97, max(0.05, self.random.gauss(middle, 0.08))))
            before[host] = min(42 * GIB, now[host] + int(pace * self.random.uniform(0.8, 1.1) * 3.2 * INTERVAL))
        stalled, lost = {77, 143}, {68, 200, 251}
        for host in stalled:
            now[host] = before[host] = int(42 * GIB * 0.62)
        last = {host: int(5 * GIB * self.random.uniform(0.05, 0.35)) for host in range(103, 120)}
        self.announce(0, model, 0, event="completed")
        for host in range(1, 300):
            self.announce(host, model, before[host])
        for host in range(120):
            self.announce(host, video, last.get(host, 0) and last[host] + int(70e6 * 3.2 * INTERVAL * self.random.uniform(0.7, 1.1)))
            self.announce(host, image, 0)
        # Who does not come back is lost; a rate needs two announces.
        time.sleep(3.2 * INTERVAL)
        for host in set(range(300)) - lost:
            self.announce(host, model, now.get(host, 0))
        for host in range(120):
            self.announce(host, video, last.get(host, 0))
            self.announce(host, image, 0)
        for number in range(6):
            self.announce(number, hashlib.sha1(b"stranger%d" % number).digest(), 700_000_000 if number % 2 else 0)
            self.tracker.get("/announce")
        return model


def main(folder):
    options = ("--admin-token", TOKEN, "--trusted-proxy", "127.0.0.1", "--interval", f"{INTERVAL}s", *HALLS)
    with Tracker(*options, db=os.path.join(folder, "pictures.db")) as tracker, Chromium() as browser:
        model = Fleet(tracker).draw()
        for name, size, scheme, place in (("tracker-page", (1400, 900), "light", ""), ("tracker-page-dark", (1400, 900), "dark", ""),
                                          ("tracker-page-phone", (390, 844), "light", ""),
                                          ("tracker-page-hosts", (1400, 900), "light", "#" + model.hex())):
            browser.open("about:blank", *size, scheme)
            browser.open(tracker.url + "/" + place, *size, scheme)
            shown = "#peers td" if place else "#own td"
            browser.wait_for("!['–', undefined].includes(document.getElementById('announces')?.textContent)"
                             f" && document.querySelector('{shown}') !== null")
            browser.screenshot(os.path.join(folder, name + ".png"), whole=not place)
    for ending in ("", "-wal", "-shm"):
        path = os.path.join(folder, "pictures.db" + ending)
        if os.path.exists(path):
            os.remove(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
