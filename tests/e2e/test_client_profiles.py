"""--profile: a get works on each kind of network, with origins of each, and a name that is none of them is refused."""

import unittest

from client_support import MIB, ClientTest, Tracker, digest, random_file, tree
from shoal_testing.processes import run
from shoal_testing.tools import program

PROFILES = ("fleet", "wan", "internet")


class Profiles(ClientTest):
    def setUp(self):
        super().setUp()
        self.content = random_file(self.folder / "origin" / "model.bin", 6 * MIB + 345)
        self.torrent = self.make_torrent(self.content, "--piece-size", "256KiB")

    def assert_gets(self, name, origin):
        _, address = self.seed(self.torrent, self.content, "--profile", origin)
        target = self.folder / f"{name}-from-{origin}"
        result = self.get(self.torrent, target, "--profile", name, "--peer", address, "--seed-for", "0")
        self.assert_got(result)
        self.assertEqual(tree(target), {"model.bin": digest(self.content)})

    def test_a_get_with_each(self):
        for profile in PROFILES:
            with self.subTest(profile):
                self.assert_gets(profile, profile)

    def test_a_fleet_and_the_internet_understand_each_other(self):
        self.assert_gets("fleet", "internet")
        self.assert_gets("internet", "fleet")

    def test_hosts_of_each_in_one_swarm_find_each_other(self):
        tracker = self.serve(Tracker())
        torrent = self.make_torrent(self.content, "-a", tracker.url, "--piece-size", "256KiB", name="tracked.torrent")
        self.start("share", self.content, "-t", tracker.url, "--piece-size", "256KiB", "-o", self.folder / "shared.torrent",
                   "--listen", "127.0.0.1:0", "--no-dht", "--no-lsd", "--profile", "wan")
        targets = {profile: self.folder / profile for profile in PROFILES}
        gets = [self.start(*self.get_args(torrent, target, "--profile", profile)) for profile, target in targets.items()]
        for process, target in zip(gets, targets.values()):
            self.assertEqual(process.wait(60), 0, process.output())
            self.assertEqual(tree(target), {"model.bin": digest(self.content)})

    def test_the_environment_chooses_too(self):
        code, _, errors = self.get(self.torrent, self.folder / "target", env={"SHOAL_PROFILE": "lan"})
        self.assertEqual(code, 2, errors)
        self.assertIn("--profile: lan not in", errors)

    def test_another_name_is_a_usage_error_that_names_the_three(self):
        for command in (["get", self.torrent], ["seed", self.torrent, self.content], ["share", self.content], ["daemon"]):
            done = run([program("shoal"), *command, "--profile", "lan"])
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            for word in ("--profile", "lan", *PROFILES):
                self.assertIn(word, done.stderr)


class Daemon(ClientTest):
    def assert_session(self, expected, *options):
        daemon = self.daemon(*options)
        session = self.rpc(daemon, "session-get")
        daemon.stop()
        names = ("peer-limit-global", "peer-limit-per-torrent", "utp-enabled", "port-forwarding-enabled")
        self.assertEqual([session[name] for name in names], expected)

    def test_the_configuration_chooses(self):
        config = self.folder / "daemon.toml"
        config.write_text('[daemon]\nprofile = "internet"\n')
        self.assert_session([500, 60, False, False])
        self.assert_session([200, 50, True, True], "--config", config)
        self.assert_session([70, 50, True, True], "--config", config, "--max-peers", "70")
        self.assert_session([500, 60, False, False], "--config", config, "--profile", "wan")


if __name__ == "__main__":
    unittest.main()
