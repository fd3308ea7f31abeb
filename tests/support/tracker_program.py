"""shoal-tracker as a child process, and what a client needs to talk to it."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.parse

PROGRAM = os.path.join(os.environ.get("SHOAL_BIN", "build/dev/bin"), "shoal-tracker")
DEADLINE = 20  # seconds; only a failure takes that long


def bdecode(data):
    """The value of a bencoded text. Insists on sorted keys and on nothing behind the value."""
    value, end = _bdecode(data, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes behind the value: {data!r}")
    return value


def _bdecode(data, at):
    kind = data[at:at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    if kind == b"l":
        items, at = [], at + 1
        while data[at:at + 1] != b"e":
            item, at = _bdecode(data, at)
            items.append(item)
        return items, at + 1
    if kind == b"d":
        items, at, last = {}, at + 1, None
        while data[at:at + 1] != b"e":
            key, at = _bdecode(data, at)
            if last is not None and key <= last:
                raise ValueError(f"key {key!r} after {last!r}")
            items[key.decode()], at = _bdecode(data, at)
            last = key
        return items, at + 1
    colon = data.index(b":", at)
    length = int(data[at:colon])
    if colon + 1 + length > len(data):
        raise ValueError("string is cut off")
    return data[colon + 1:colon + 1 + length], colon + 1 + length


def peer_id(number):
    return b"-SH0001-%012d" % number


def peers(answer):
    """(address, port) of every peer of a compact answer, both families."""
    found = []
    for key, size, family in (("peers", 6, socket.AF_INET), ("peers6", 18, socket.AF_INET6)):
        packed = answer.get(key, b"")
        assert len(packed) % size == 0, packed
        for i in range(0, len(packed), size):
            one = packed[i:i + size]
            found.append((socket.inet_ntop(family, one[:-2]), int.from_bytes(one[-2:], "big")))
    return found


class Tracker:
    """Runs from `with` to its end. Listens on 127.0.0.1 unless told, on a port of the kernel's choice. `db`: None for the program's own choice."""

    def __init__(self, *options, listen=("127.0.0.1:0",), db=":memory:", env=None):
        self.options = [*options] if db is None else [*options, "--db", db]
        for address in listen:
            self.options += ["--listen", address]
        self.env = {**os.environ, **(env or {})}
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process:
            self.process.stderr.close()

    def start(self):
        self.process = subprocess.Popen([PROGRAM, *self.options], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, env=self.env)
        wanted = self.options.count("--listen")
        self.addresses = []
        self.lines = []
        while len(self.addresses) < wanted:
            line = self.process.stderr.readline()
            if not line:
                raise AssertionError(f"the tracker did not start (exit code {self.process.wait()}): "
                                     + "".join(self.lines))
            self.lines.append(line)
            match = re.search(r"listening address=(\S+)", line)
            if match:
                self.addresses.append(match.group(1))
        self.port = int(self.addresses[0].rsplit(":", 1)[1])
        self.url = "http://" + self.addresses[0]

    def stop(self, sig=signal.SIGTERM):
        """Sends the signal; the exit code."""
        self.process.send_signal(sig)
        self.lines += self.process.stderr.readlines()
        return self.process.wait(DEADLINE)

    def request(self, text, address=None):
        """Sends raw bytes, closes its side where the server closes; everything that came back."""
        host, port = (address or self.addresses[0]).rsplit(":", 1)
        with socket.create_connection((host.strip("[]"), int(port)), DEADLINE) as connection:
            connection.sendall(text if isinstance(text, bytes) else text.encode())
            parts = []
            while True:
                part = connection.recv(65536)
                if not part:
                    return b"".join(parts)
                parts.append(part)

    def get(self, path, headers="", address=None):
        """(status, headers, body) of one GET on its own connection."""
        answer = self.request(f"GET {path} HTTP/1.0\r\n{headers}\r\n", address)
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), head.decode(), body

    def announce(self, number=1, info_hash=b"a" * 20, address=None, path="/announce", headers="", **fields):
        """The decoded answer to an announce of peer `number`; a field that is None is left out."""
        query = {"info_hash": info_hash, "peer_id": peer_id(number), "port": 6000 + number, "left": 100, **fields}
        pairs = "&".join(f"{k}={urllib.parse.quote(v if isinstance(v, bytes) else str(v), safe='')}"
                         for k, v in query.items() if v is not None)
        status, head, body = self.get(f"{path}?{pairs}", headers, address)
        assert status == 200, head
        return bdecode(body)

    def scrape(self, *hashes):
        query = "&".join("info_hash=" + urllib.parse.quote(h, safe="") for h in hashes)
        status, head, body = self.get("/scrape?" + query)
        assert status == 200, head
        return bdecode(body)


def eventually(check, what):
    """Polls until `check()` is true; returns what it returned."""
    end = time.monotonic() + DEADLINE
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {DEADLINE} s: {what}")
        time.sleep(0.02)
