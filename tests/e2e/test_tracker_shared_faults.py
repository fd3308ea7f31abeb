"""Trackers that share their swarms, while hosts, links, Redis and trackers fail; and real clients beside them."""

import random
import signal
import unittest

from client_support import MIB, ClientTest, random_file
from shoal_testing.namespaces import inside
from shoal_testing.network import Network
from shoal_testing.processes import Background, run
from shoal_testing.redis import Redis, Relay, Sentinel
from shoal_testing.tools import program
from test_tracker_shared import HASH, counts, health
from tracker_program import Tracker, eventually


def eventually_counts(trackers, expected):
    """Leaves no doubt which tracker knows what: (seeds, others, completions)."""
    seen = {}

    def all_agree():
        seen.update({tracker.port: counts(tracker) for tracker in trackers})
        return set(seen.values()) == {expected}

    try:
        eventually(all_agree, expected)
    except AssertionError as failure:
        raise AssertionError(f"{failure}, but {seen}") from None


class Failover(unittest.TestCase):
    def test_trackers_follow_the_master_that_sentinel_makes(self):
        with Redis() as master, Redis.replica_of(master) as replica, Sentinel(master) as sentinel:
            eventually(replica.follows_its_master, "the replica has what the master has")
            eventually(sentinel.knows_a_replica, "the Sentinel knows the replica")
            with Tracker("--shared", sentinel.url()) as one, Tracker("--shared", sentinel.url()) as two:
                one.announce(1, left=0, event="completed")
                two.announce(2)
                eventually_counts([one, two], (1, 1, 1))
                master.kill()
                one.announce(3)
                two.announce(4, left=0, event="completed")
                eventually_counts([one, two], (2, 2, 2))
                eventually(lambda: health(one) == health(two) == "ok\n", "healthy with the new master")
                eventually(lambda: b":4" in replica.command("HLEN", "shoal:peers:" + HASH.hex()), "all peers are in the new master")
                with Tracker("--shared", sentinel.url()) as three:
                    self.assertEqual(counts(three), (2, 2, 2))

    def test_of_several_addresses_the_master_is_taken(self):
        with Redis() as master, Redis.replica_of(master) as replica:
            eventually(replica.follows_its_master, "the replica has what the master has")
            url = f"redis://127.0.0.1:{replica.port},127.0.0.1:{master.port}"
            with Tracker("--shared", url) as one, Tracker("--shared", url) as two:
                one.announce(1)
                eventually_counts([one, two], (0, 1, 0))
                master.kill()
                replica.command("REPLICAOF", "NO", "ONE")
                two.announce(2)
                eventually_counts([one, two], (0, 2, 0))


class Split(unittest.TestCase):
    def test_heals_without_lost_or_doubled_peers(self):
        with Network(3, "split") as network:
            hall = dict(zip(("redis", "one", "two"), network.hosts))
            with inside(hall["redis"].namespace):
                redis = self.enterContext(Redis(address=hall["redis"].address))
            trackers = []
            for name in ("one", "two"):
                host = hall[name]
                with inside(host.namespace):
                    trackers.append(self.enterContext(Tracker(
                        "--shared", redis.url(), "--trusted-proxy", "10.77.0.0/16", listen=(host.address + ":0",))))
            one, two = trackers

            def announce(name, number, **fields):
                """A peer is where it says: the same one at both trackers."""
                with inside(hall[name].namespace):
                    (one if name == "one" else two).announce(number, ip=f"10.1.0.{number}", **fields)

            def eventually_everywhere(expected):
                def seen(name, tracker):
                    with inside(hall[name].namespace):
                        return counts(tracker), health(tracker)
                wanted = {(expected, "ok\n")}
                eventually(lambda: {seen("one", one), seen("two", two)} == wanted, expected)

            for number in (1, 2, 3):
                announce("one", number)
            announce("two", 4)
            eventually_everywhere((0, 4, 0))

            network.unplug(hall["two"])
            announce("one", 1, left=0, event="completed")  # told to one side alone
            announce("two", 2, left=0, event="completed")
            announce("one", 3, left=0, event="completed")  # told to both
            announce("two", 3, left=0, event="completed")
            announce("two", 4, left=50)
            announce("one", 5)  # new at one side, new at the other, new at both
            announce("two", 6)
            announce("one", 7)
            announce("two", 7)
            announce("one", 8)  # comes and goes
            announce("one", 8, event="stopped")
            with inside(hall["two"].namespace):
                eventually(lambda: "degraded: Redis" in health(two), "it says that it is cut off")
            with inside(hall["one"].namespace):
                self.assertEqual(health(one), "ok\n")
                self.assertEqual(counts(one), (2, 4, 2))
            with inside(hall["two"].namespace):
                self.assertEqual(counts(two), (2, 4, 2))

            network.plug(hall["two"])
            eventually_everywhere((3, 4, 3))


class Kills(unittest.TestCase):
    def setUp(self):
        self.redis = self.enterContext(Redis())

    def test_a_batch_whose_acknowledgement_is_lost_counts_once(self):
        with Relay(self.redis) as relay, Tracker("--shared", relay.url()) as one, \
                Tracker("--shared", self.redis.url()) as two:
            one.announce(1)
            eventually_counts([one, two], (0, 1, 0))
            relay.lose_replies()
            one.announce(1, left=0, event="completed")
            self.assertTrue(relay.lost.wait(20), "the batch came to Redis")
            relay.pass_replies()
            one.announce(2)  # behind it
            eventually_counts([one, two], (1, 1, 1))
            with Tracker("--shared", self.redis.url()) as three:
                self.assertEqual(counts(three), (1, 1, 1))

    def test_a_tracker_that_is_killed_before_its_acknowledgement(self):
        with Relay(self.redis) as relay, Tracker("--shared", self.redis.url()) as two:
            with Tracker("--shared", relay.url()) as one:
                one.announce(1)
                eventually_counts([one, two], (0, 1, 0))
                relay.lose_replies()
                one.announce(1, left=0, event="completed")
                self.assertTrue(relay.lost.wait(20), "the batch came to Redis")
                one.stop(signal.SIGKILL)
            relay.pass_replies()
            eventually_counts([two], (1, 0, 1))
            two.announce(1, left=0, event="completed")  # it says so again, to another one
            with Tracker("--shared", relay.url()) as again:
                eventually_counts([again, two], (1, 0, 1))

    def test_redis_killed_and_started_empty_under_announces(self):
        with Tracker("--shared", self.redis.url()) as one, Tracker("--shared", self.redis.url()) as two:
            number = 0
            for _ in range(3):
                for tracker in (one, two) * 5:
                    number += 1
                    tracker.announce(number, left=0, event="completed")
                    if number % 10 == 5:
                        self.redis.kill()
                self.redis.start()
                eventually_counts([one, two], (number, 0, number))
            with Tracker("--shared", self.redis.url()) as three:
                eventually_counts([three], (number, 0, number))

    def test_trackers_killed_in_turn_under_announces(self):
        chance = random.Random(7)
        trackers = [self.enterContext(Tracker("--shared", self.redis.url())) for _ in range(2)]
        number = 0
        for _ in range(4):
            for _ in range(10):
                number += 1
                chance.choice(trackers).announce(number)
            victim = trackers.pop(0)
            victim.stop(signal.SIGKILL)
            trackers.append(self.enterContext(Tracker("--shared", self.redis.url())))
            for peer in range(1, number + 1):  # two intervals later all have announced again
                chance.choice(trackers).announce(peer)
            eventually_counts(trackers, (0, number, 0))


class Balancer:
    """Sends one connection to each tracker in turn, as a load balancer does."""

    def __init__(self, trackers):
        self.trackers = trackers
        self.next = 0

    def announce(self, number, **fields):
        self.next += 1
        return self.trackers[self.next % len(self.trackers)].announce(number, **fields)


class Clients(ClientTest):
    def setUp(self):
        super().setUp()
        self.redis = self.enterContext(Redis())
        self.one = self.enterContext(Tracker("--shared", self.redis.url()))
        self.two = self.enterContext(Tracker("--shared", self.redis.url()))

    def test_a_balancer_in_front(self):
        balancer = Balancer([self.one, self.two])
        for turn in range(3):
            for number in range(1, 10):  # an odd number: each peer meets the other tracker the next time
                balancer.announce(number, left=90 - turn)
            eventually_counts([self.one, self.two], (0, 9, 0))
        for number in range(1, 10):
            balancer.announce(number, left=0, event="completed")
        eventually_counts([self.one, self.two], (9, 0, 9))

    def test_a_tier_of_both_outlives_either(self):
        content = random_file(self.folder / "a.bin", 6 * MIB)
        torrent = self.folder / "a.torrent"
        tier = f"{self.one.url}/announce,{self.two.url}/announce"
        run([program("torrentgen"), "create", content, "-o", torrent, "-a", tier])
        options = ("--listen", "127.0.0.1:0", "--no-dht", "--no-lsd")
        with Background([program("shoal"), "seed", torrent, content, *options], self.folder / "seed.log"):
            for tracker in (self.one, self.two):
                eventually(lambda: b'"seeds":1' in tracker.get("/api/v1/torrents")[2], "the seed")
            self.one.stop(signal.SIGKILL)
            target = self.folder / "target"
            done = run([program("shoal"), "get", torrent, "-o", target, *options, "--seed-for", "0"])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual((target / "a.bin").read_bytes(), content.read_bytes())


if __name__ == "__main__":
    unittest.main()
