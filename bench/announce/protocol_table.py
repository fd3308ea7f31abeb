#!/usr/bin/env python3
"""Puts every case of the protocol to shoal-tracker and to opentracker, and prints both answers as a Markdown table.

    bench/announce/protocol_table.py [--build build/release]

The answers are what the trackers said, in short; nothing is judged here. tests/e2e/test_tracker*.py hold ours to them.
"""

import argparse
import os
import socket
import struct
import sys
import tempfile
import time
import urllib.parse

import trackers

TIMEOUT = 2


def bdecode(data, at=0):
    kind = data[at:at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    if kind == b"l":
        items, at = [], at + 1
        while data[at:at + 1] != b"e":
            item, at = bdecode(data, at)
            items.append(item)
        return items, at + 1
    if kind == b"d":
        items, at = {}, at + 1
        while data[at:at + 1] != b"e":
            key, at = bdecode(data, at)
            items[key.decode("latin-1")], at = bdecode(data, at)
        return items, at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    return data[colon + 1:end], end


class Answer:
    """What came back on one connection, up to its end or two seconds of silence."""

    def __init__(self, raw, closed):
        self.raw = raw
        self.closed = closed
        self.head, _, self.body = raw.partition(b"\r\n\r\n")
        self.status = self.head.split(b" ")[1].decode() if raw.startswith(b"HTTP/") else ""
        try:
            self.value, end = bdecode(self.body)
            self.rest = len(self.body) - end
        except (ValueError, IndexError):
            self.value, self.rest = None, 0

    def __contains__(self, key):
        return isinstance(self.value, dict) and key in self.value

    def __getitem__(self, key):
        return self.value.get(key) if isinstance(self.value, dict) else None

    @property
    def failure(self):
        return (self["failure reason"] or b"").decode("latin-1")

    def peers(self):
        """address:port of each."""
        if isinstance(self["peers"], list):
            return [f"{peer['ip'].decode()}:{peer['port']}" for peer in self["peers"]]
        found = []
        for key, size, family in (("peers", 6, socket.AF_INET), ("peers6", 18, socket.AF_INET6)):
            packed = self[key] or b""
            for at in range(0, len(packed), size):
                address = socket.inet_ntop(family, packed[at:at + size - 2])
                port = int.from_bytes(packed[at + size - 2:at + size], "big")
                found.append(f"[{address}]:{port}" if ":" in address else f"{address}:{port}")
        return found

    def short(self, *keys):
        """Status, failure reason, or the values of `keys`."""
        if not self.raw:
            return "closed without an answer" if self.closed else "no answer"
        if self.failure:
            retry = f", `retry in` {self['retry in']}" if "retry in" in self else ""
            retry = retry.replace("b'never'", "never")
            return f"{self.status}, `{self.failure}`{retry}"
        if not isinstance(self.value, dict):
            text = "HTML" if b"<" in self.body[:200] else "text" if self.body else "no body"
            return f"{self.status}, {text}"
        return ", ".join([self.status, *(f"{key} {self.value.get(key, '-')}" for key in keys)])

    def list(self):
        if self.failure or not isinstance(self.value, dict):
            return self.short()
        peers = self.peers()
        return f"{self.status}, " + (", ".join(peers) if 0 < len(peers) <= 3 else f"{len(peers)} peers" if peers else "no peers")


class Subject:
    """A tracker that questions are put to. Each case has a torrent of its own, so that none sees another's peers."""

    def __init__(self, server, address6, is_ours):
        self.server = server
        self.address6 = address6
        self.is_ours = is_ours
        self.torrent = trackers.info_hash(0)

    def raw(self, data, address=None):
        host = address or ("127.0.0.1", self.server.port)
        raw = b""
        with socket.create_connection(host, TIMEOUT) as connection:
            connection.settimeout(TIMEOUT)
            try:
                connection.sendall(data)
                while part := connection.recv(1 << 16):
                    raw += part
                return Answer(raw, True)
            except TimeoutError:
                return Answer(raw, False)
            except ConnectionError:
                return Answer(raw, True)

    def get(self, path, headers="", version="1.0", method="GET", address=None):
        return self.raw(f"{method} {path} HTTP/{version}\r\n{headers}\r\n".encode(), address)

    def path(self, peer=1, **fields):
        query = {"info_hash": self.torrent, "peer_id": b"-PT0001-%012d" % peer, "port": 6000 + peer, "uploaded": 0,
                 "downloaded": 0, "left": 100, "compact": 1, **fields}
        return "/announce?" + "&".join(
            f"{key}={urllib.parse.quote(value if isinstance(value, bytes) else str(value), safe='')}"
            for key, value in query.items() if value is not None)

    def announce(self, peer=1, headers="", address=None, **fields):
        return self.get(self.path(peer, **fields), headers, address=address)

    def scrape(self, *torrents):
        return self.get("/scrape?" + "&".join("info_hash=" + urllib.parse.quote(t, safe="") for t in torrents or [self.torrent]))

    def counts(self):
        """Seeds and leechers, as a scrape says."""
        files = self.scrape()["files"] or {}
        one = next(iter(files.values()), {})
        return f"{one.get('complete', 0)} seeds, {one.get('incomplete', 0)} leechers"


CASES = []


def case(name):
    def add(function):
        CASES.append((name, function))
        return function
    return add


@case("`info_hash` missing")
def _(to):
    return to.announce(info_hash=None).short()


@case("`info_hash` of 19 bytes; a bad escape; two `info_hash`")
def _(to):
    good = to.path()
    return "; ".join((to.announce(info_hash=b"x" * 19).short(), to.get(good + "&x=%zz").short("incomplete"),
                      to.get(good + "&info_hash=" + "y" * 20).short()))


@case("`peer_id` of 19 bytes")
def _(to):
    return to.announce(peer_id=b"x" * 19).short("interval")


@case("not HTTP (a BitTorrent handshake)")
def _(to):
    answer = to.raw(b"\x13BitTorrent protocol" + bytes(48))
    return answer.short() + (", closed" if answer.closed and answer.raw else "")


@case("a hybrid torrent: one client announces both of its hashes")
def _(to):
    first, to.torrent = to.announce(), trackers.info_hash(999)
    second = to.announce()
    return "; ".join(one.short("complete", "incomplete") for one in (first, second))


@case("`left` missing")
def _(to):
    answer = to.announce(left=None)
    return answer.short() if answer.failure else to.counts()


@case("`left` = 2^32")
def _(to):
    answer = to.announce(left=2**32)
    return answer.short() if answer.failure else to.counts()


@case("`uploaded`, `downloaded` missing")
def _(to):
    return to.announce(uploaded=None, downloaded=None).short("incomplete")


@case("port 0; port 65536")
def _(to):
    answers = [to.announce(1, port=0), to.announce(2, port=65536)]
    told = to.announce(3).list()
    return "; ".join(answer.short("incomplete") for answer in answers) + f"; the next peer is told: {told}"


@case("`event=paused` (BEP 21), then a scrape")
def _(to):
    answer = to.announce(event="paused")
    files = to.scrape()["files"] or {}
    one = next(iter(files.values()), {})
    return answer.short("incomplete") + "; " + ", ".join(f"{key} {value}" for key, value in sorted(one.items()))


@case("`event=stopped` of an unknown peer")
def _(to):
    return to.announce(event="stopped").list()


@case("`numwant` absent; 0; 10^30; -1, with 60 others")
def _(to):
    for peer in range(1, 61):
        to.announce(peer)
    return "; ".join(to.announce(61, numwant=numwant).list() for numwant in (None, 0, 10**30, -1))


@case("the announcer itself, alone in the swarm")
def _(to):
    to.announce()
    return to.announce().list()


@case("a seed asks, with a seed 6001 and a leecher 6002 there")
def _(to):
    to.announce(1, left=0)
    to.announce(2)
    return to.announce(3, left=0).list()


@case("`compact` absent")
def _(to):
    to.announce(1)
    answer = to.announce(2, compact=None)
    return f"{answer.list()}, " + ("dictionaries" if isinstance(answer["peers"], list) else "compact")


@case("`compact=0`; with `no_peer_id=1`")
def _(to):
    to.announce(1)
    shown = []
    for fields in ({}, {"no_peer_id": 1}):
        answer = to.announce(2, compact=0, **fields)
        entries = answer["peers"] if isinstance(answer["peers"], list) else None
        shown.append(f"{answer.status}, keys {', '.join(entries[0])}" if entries else answer.short())
    return "; ".join(shown)


@case("one host announces over IPv4 and over IPv6 (same id and key); an IPv4 peer asks")
def _(to):
    if not to.address6:
        return "this build has IPv4 only: two trackers, two swarms"
    to.announce(1, key="abcd")
    to.announce(1, key="abcd", address=to.address6)
    answer = to.announce(2)
    return f"{answer.list()}, incomplete {answer['incomplete']}"


@case("`ip=10.9.9.9`")
def _(to):
    to.announce(1, ip="10.9.9.9", ipv4="10.9.9.9")
    return to.announce(2).list()


@case("X-Forwarded-For from anyone")
def _(to):
    to.announce(1, headers="X-Forwarded-For: 10.9.9.9\r\n")
    return to.announce(2).list()


@case("`x-forwarded-for: 10.9.9.9, 10.1.1.1` from a listed proxy")
def _(to):
    if not to.is_ours:
        return "a build option, off in Debian's"
    to.announce(1, headers="x-forwarded-for: 10.9.9.9, 10.1.1.1\r\n")
    return to.announce(2, headers="X-FORWARDED-FOR: 10.1.1.2\r\n").list()


@case("scrape with no hash")
def _(to):
    answer = to.get("/scrape")
    if "files" in answer:
        return f"{answer.status}, all {len(answer['files'])} swarms"
    return answer.short()


@case("scrape of an unknown hash; of 101")
def _(to):
    many = [trackers.info_hash(number) for number in range(100, 201)]
    shown = []
    for answer in (to.scrape(b"\xee" * 20), to.scrape(*many)):
        files = answer["files"]
        shown.append(answer.short() if files is None else f"{answer.status}, {len(files)} entries")
    return "; ".join(shown)


@case("POST, HEAD to announce")
def _(to):
    return "; ".join(to.get(to.path(), "Content-Length: 0\r\n", method=method).status or "no answer"
                     for method in ("POST", "HEAD"))


@case("scrape of 100 escaped hashes, 7.1 KB")
def _(to):
    escaped = ["".join(f"%{byte:02x}" for byte in trackers.info_hash(number)) for number in range(300, 400)]
    answer = to.get("/scrape?" + "&".join("info_hash=" + one for one in escaped))
    return answer.short() if answer["files"] is None else f"{answer.status}, {len(answer['files'])} entries"


@case("HTTP/1.1 without `Connection: close`")
def _(to):
    answer = to.get(to.path(), "Host: x\r\n", "1.1")
    said = b"connection: close" in answer.head.lower()
    return ("closed" if answer.closed else "kept open") + (", said so" if answer.closed and said else
                                                           ", without a word" if answer.closed else "")


@case("three pipelined announces")
def _(to):
    one = f"GET {to.path()} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    return f"{to.raw(one * 3).raw.count(b'8:interval')} answers"


@case("Content-Length")
def _(to):
    answer = to.announce()
    found = [line for line in answer.head.decode().split("\r\n") if line.lower().startswith("content-length")]
    return "right" if found and int(found[0].split(":")[1]) == len(answer.body) else f"{found or 'none'}"


@case("bencoding: keys sorted, nothing after")
def _(to):
    answer = to.announce()
    keys = list(answer.value)
    return ("sorted" if keys == sorted(keys) else "not sorted") + (f", {answer.rest} bytes after" if answer.rest else "")


@case("`interval` of 40 clients")
def _(to):
    told = {to.announce(peer)["interval"] for peer in range(1, 41)}
    return f"{min(told)} to {max(told)}" if len(told) > 1 else f"{told.pop()} each"


@case("keys of an answer")
def _(to):
    to.announce(1)
    return ", ".join(to.announce(2).value)


@case("UDP (BEP 15) on the same port: a seed, then a leecher")
def _(to):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(TIMEOUT)
        udp.connect(("127.0.0.1", to.server.port))
        udp.send(struct.pack("!QII", 0x41727101980, 0, 1))
        connection = struct.unpack("!IIQ", udp.recv(100))[2]
        for peer, left in ((1, 0), (2, 100)):
            udp.send(struct.pack("!QII20s20sQQQIIIiH", connection, 1, peer, to.torrent, b"-PT0001-%012d" % peer, 0, left, 0, 2,
                                 0, peer, -1, 6000 + peer))
            answer = udp.recv(4096)
    return f"{struct.unpack('!I', answer[16:20])[0]} seeds, {struct.unpack('!I', answer[12:16])[0]} leechers, " \
           f"{(len(answer) - 20) // 6} peer"


@case("a peer announces over loopback, the tracker's external address is 10.1.2.3")
def _(to):
    if not to.is_ours:
        return "there is no such option"
    to.announce(1)
    return to.announce(2).list()


@case("three peers, then kill -9 and a new start: the fourth asks")
def _(to):
    for peer in (1, 2, 3):
        to.announce(peer)
    time.sleep(1)
    to.server.kill()
    to.server.start()
    return to.announce(4).list()


def free_address6(port):
    with socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", port))
    return ("::1", port)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(trackers.ROOT, "build", "release"))
    options = parser.parse_args()
    torrents = [trackers.info_hash(number) for number in range(1000)]
    with tempfile.TemporaryDirectory() as folder:
        port = trackers.free_port()
        address6 = free_address6(port)
        ours = trackers.shoal_tracker(options.build, folder, "--listen", f"[::1]:{port}", "--tracker-id", "t1", port=port)
        # Cases that need an option of ours go to a tracker that has it.
        special = {
            "listed proxy": trackers.shoal_tracker(options.build, folder, "--trusted-proxy", "127.0.0.1",
                                                   database=":memory:"),
            "external address": trackers.shoal_tracker(options.build, folder, "--external-address", "10.1.2.3",
                                                       database=":memory:")}
        theirs = trackers.opentracker(folder, torrents)
        print("| case | shoal-tracker | opentracker |\n| --- | --- | --- |")
        try:
            for number, (name, ask) in enumerate(CASES, 1):
                row = []
                for server in (ours, theirs):
                    to = Subject(server, address6 if server is ours else None, server is ours)
                    if server is ours:
                        to.server = next((one for words, one in special.items() if words in name), ours)
                    to.torrent = torrents[number]
                    try:
                        row.append(ask(to))
                    except (OSError, AttributeError, TypeError) as failure:
                        row.append(f"no usable answer ({type(failure).__name__})")
                print(f"| {name} | " + " | ".join(text.replace("|", "\\|") for text in row) + " |", flush=True)
        finally:
            for server in (ours, theirs, *special.values()):
                server.stop()


if __name__ == "__main__":
    sys.exit(main())
