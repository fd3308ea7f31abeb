import socket
import struct
import tempfile
import unittest

from tracker_program import Tracker, peer_id, peers

HASH = b"a" * 20
MAGIC = 0x41727101980
UDP_EVENTS = {None: 0, "completed": 1, "started": 2, "stopped": 3, "paused": 4}


class Client:
    """A UDP tracker client (BEP 15)."""

    def __init__(self, test, port, address="127.0.0.1"):
        self.family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(self.family, socket.SOCK_DGRAM)
        test.addCleanup(self.socket.close)
        self.socket.settimeout(20)
        self.socket.connect((address, port))
        self.transaction = 100

    def ask(self, payload):
        self.socket.send(payload)
        return self.socket.recv(4096)

    def connect(self):
        action, transaction, self.id = struct.unpack("!IIQ", self.ask(struct.pack("!QII", MAGIC, 0, 77)))
        assert (action, transaction) == (0, 77)
        return self

    def announce(self, number, left=100, event=2, numwant=-1, tail=b"", connection_id=None, key=None):
        self.transaction += 1
        answer = self.ask(struct.pack("!QII20s20sQQQIIIiH", self.id if connection_id is None else connection_id, 1,
                                      self.transaction, HASH, peer_id(number), 0, left, 0, event, 0,
                                      number if key is None else key, numwant, 6000 + number) + tail)
        action, transaction = struct.unpack("!II", answer[:8])
        assert transaction == self.transaction
        if action == 3:
            return answer[8:].decode()
        interval, leechers, seeds = struct.unpack("!III", answer[8:20])
        key = "peers6" if self.family == socket.AF_INET6 else "peers"
        return {"interval": interval, "incomplete": leechers, "complete": seeds, key: answer[20:]}


class Udp(unittest.TestCase):
    def test_shares_its_swarms_with_http(self):
        tracker = self.enterContext(Tracker())
        tracker.announce(1, left=0)
        client = Client(self, tracker.port).connect()
        answer = client.announce(2)
        self.assertEqual((answer["complete"], answer["incomplete"]), (1, 1))
        self.assertEqual(peers(answer), [("127.0.0.1", 6001)])
        self.assertGreaterEqual(answer["interval"], 30)
        self.assertEqual(peers(tracker.announce(3)), [("127.0.0.1", 6001), ("127.0.0.1", 6002)])
        answer = client.announce(2, left=0, event=1)
        self.assertEqual((answer["complete"], answer["incomplete"]), (2, 1))
        scrape = client.ask(struct.pack("!QII20s20s", client.id, 2, 5, HASH, b"z" * 20))
        self.assertEqual(struct.unpack("!8I", scrape), (2, 5, 2, 1, 1, 0, 0, 0))
        self.assertEqual(client.announce(2, event=3)["complete"], 1)

    def test_ipv6_gets_ipv6(self):
        tracker = self.enterContext(Tracker(listen=("[::1]:0", "127.0.0.1:0")))
        six = Client(self, tracker.port, "::1").connect()
        six.announce(1)
        v4 = Client(self, int(tracker.addresses[1].rsplit(":")[-1])).connect()
        self.assertEqual(v4.announce(2)["peers"], b"")
        six.announce(3)
        self.assertEqual(sorted(peers(six.announce(4))), [("::1", 6001), ("::1", 6003)])

    def test_a_connection_id_is_needed(self):
        tracker = self.enterContext(Tracker())
        client = Client(self, tracker.port).connect()
        self.assertEqual(client.announce(1, connection_id=0), "connect again")
        self.assertEqual(client.announce(1, connection_id=client.id ^ 1), "connect again")
        self.assertEqual(client.announce(1)["incomplete"], 1)

    def test_malformed_datagrams_do_no_harm(self):
        tracker = self.enterContext(Tracker())
        client = Client(self, tracker.port).connect()
        for junk in (b"", b"x", bytes(15), bytes(16), b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 3000,
                     struct.pack("!QII", MAGIC + 1, 0, 1)):
            client.socket.send(junk)
        for cut in range(16, 98, 9):
            packet = struct.pack("!QII", client.id, 1, 9) + bytes(82)
            answer = client.ask(packet[:cut])
            self.assertEqual(struct.unpack("!II", answer[:8]), (3, 9))
        self.assertEqual(client.announce(1, event=7)["incomplete"], 1, "an unknown event is none")
        self.assertEqual(client.announce(1)["incomplete"], 1)

    def test_a_key_comes_in_the_request_string(self):
        with tempfile.NamedTemporaryFile("w", suffix=".keys") as keys:
            keys.write("secret-key hall1\n")
            keys.flush()
            tracker = self.enterContext(Tracker("--key-file", keys.name))
            client = Client(self, tracker.port).connect()
            path = b"/announce/secret-key"
            self.assertIn("asks for a key", client.announce(1))
            self.assertIn("not valid", client.announce(1, tail=b"\x02\x0d/announce/bad"))
            self.assertEqual(client.announce(1, tail=bytes([2, len(path)]) + path)["incomplete"], 1)

    def test_a_new_key_in_each_announce_is_no_new_peer(self):
        tracker = self.enterContext(Tracker())
        client = Client(self, tracker.port).connect()
        tracker.announce(2)
        for key in (11, 22, 33):
            answer = client.announce(1, key=key)
            self.assertEqual((answer["incomplete"], peers(answer)), (2, [("127.0.0.1", 6002)]))
        self.assertEqual(tracker.announce(1, key="77")["incomplete"], 2, "nor over HTTP")
        self.assertEqual(client.announce(1, key=44, event=3)["incomplete"], 1)

    def test_paused_is_a_partial_seed(self):
        tracker = self.enterContext(Tracker())
        client = Client(self, tracker.port).connect()
        self.assertEqual(client.announce(1, left=50, event=4)["incomplete"], 1)
        counts = tracker.scrape(HASH)["files"]["a" * 20]
        self.assertEqual((counts["incomplete"], counts["downloaders"]), (1, 0))

    def test_http_and_udp_are_one_and_the_same_peer(self):
        tracker = self.enterContext(Tracker())
        client = Client(self, tracker.port).connect()
        tracker.announce(2)
        for left, event in ((2**64 - 1, None), (100, "paused"), (50, None), (0, "completed")):
            for announce in (lambda: client.announce(1, left=left, event=UDP_EVENTS[event]),
                             lambda: tracker.announce(1, left=left, event=event, key="1")):
                with self.subTest(left=left, event=event):
                    answer = announce()
                    self.assertEqual(peers(answer), [("127.0.0.1", 6002)])
                    self.assertEqual((answer["complete"], answer["incomplete"]), (1, 1) if left == 0 else (0, 2))
        counts = tracker.scrape(HASH)["files"]["a" * 20]
        self.assertEqual(counts["downloaded"], 1, "counted once, over whichever")
        self.assertEqual(client.announce(1, event=3, left=0)["complete"], 0)

    def test_no_error_is_longer_than_its_request(self):
        tracker = self.enterContext(Tracker())
        client = Client(self, tracker.port).connect()
        for identifier in (client.id, client.id ^ 1):
            for action in (1, 2):
                packet = struct.pack("!QII", identifier, action, 9) + bytes(80)
                for size in range(16, 36):
                    answer = client.ask(packet[:size])
                    if answer[3] == 3:
                        self.assertLessEqual(len(answer), size)

    def test_the_answer_comes_from_the_address_that_was_asked(self):
        tracker = self.enterContext(Tracker(listen=("0.0.0.0:0",)))
        for address in ("127.0.0.1", "127.0.0.2", "127.3.2.1"):
            Client(self, tracker.port, address).connect()

    def test_it_can_be_turned_off(self):
        tracker = self.enterContext(Tracker("--no-udp"))
        client = Client(self, tracker.port)
        with self.assertRaises(ConnectionRefusedError):
            client.connect()


if __name__ == "__main__":
    unittest.main()
