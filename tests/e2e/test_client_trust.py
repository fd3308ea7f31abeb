"""Who may take part: certificates of SSL torrents, networks of peers, encryption."""

import unittest

from client_support import MIB, ClientTest, digest, random_file, tree
from shoal_testing.processes import run
from shoal_testing.tools import program, tool


class Certificates(ClientTest):
    def setUp(self):
        super().setUp()
        self.content = random_file(self.folder / "origin" / "model.bin", 4 * MIB)
        self.authority("fleet")
        self.certificate("fleet", "seed")
        self.torrent = self.make_torrent(self.content, "--ssl-ca", self.folder / "fleet.pem")
        self.target = self.folder / "target"

    def openssl(self, *args):
        done = run([tool("openssl"), *args])
        self.assertEqual(done.returncode, 0, done.stderr)

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                     "-keyout", self.folder / f"{name}.key", "-out", self.folder / f"{name}.pem")

    def certificate(self, authority, name):
        """A pair of options."""
        request, pem, key = (self.folder / f"{name}.{kind}" for kind in ("csr", "pem", "key"))
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=*", "-keyout", key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-days", "2", "-CA", self.folder / f"{authority}.pem",
                     "-CAkey", self.folder / f"{authority}.key", "-CAcreateserial", "-out", pem)
        return "--cert", pem, "--key", key

    def seed_with_certificate(self):
        return self.seed(self.torrent, self.content, "--cert", self.folder / "seed.pem", "--key", self.folder / "seed.key")

    def test_a_peer_with_a_certificate_of_the_authority_gets_it(self):
        _, address = self.seed_with_certificate()
        self.assert_got(self.get(self.torrent, self.target, "--peer", address, *self.certificate("fleet", "leecher")))
        self.assertEqual(tree(self.target), {"model.bin": digest(self.content)})

    def test_a_peer_with_a_certificate_of_another_authority_gets_nothing(self):
        seed, address = self.seed_with_certificate()
        self.authority("strangers")
        stranger = self.certificate("strangers", "stranger")
        self.assert_failed(self.get(self.torrent, self.target, "--peer", address, "--timeout", "4s", *stranger), 4)
        seed.stop()
        self.assertRegex(seed.output(), r"stopped, 0")

    def test_a_peer_without_a_certificate_gets_nothing(self):
        seed, address = self.seed_with_certificate()
        self.assert_failed(self.get(self.torrent, self.target, "--peer", address), 2, "--cert")
        # Nor does a client that does not know of certificates and speaks plain BitTorrent.
        other = self.make_torrent(self.content, name="plain.torrent")
        self.assert_failed(self.get(other, self.target, "--peer", address, "--timeout", "4s"), 4)
        seed.stop()
        self.assertRegex(seed.output(), r"stopped, 0")

    def test_mistakes_are_told(self):
        pem, key = self.folder / "seed.pem", self.folder / "seed.key"
        self.assert_failed(self.get(self.torrent, self.target, "--cert", pem), 2, "--key")
        self.assert_failed(self.get(self.torrent, self.target, "--cert", key, "--key", key), 2, "CERTIFICATE")
        published = run([program("torrentgen"), "create", self.content, "-o", self.folder / "x.torrent", "--ssl-ca", key])
        self.assertEqual(published.returncode, 2)
        self.assertIn("private key", published.stderr)


class Networks(ClientTest):
    def setUp(self):
        super().setUp()
        self.content = random_file(self.folder / "origin" / "model.bin", 2 * MIB)
        self.torrent = self.make_torrent(self.content)
        self.target = self.folder / "target"

    def test_a_peer_of_the_network_is_talked_to(self):
        _, address = self.seed(self.torrent, self.content, "--peers-from", "10.0.0.0/8", "--peers-from", "127.0.0.0/8")
        self.assert_got(self.get(self.torrent, self.target, "--peer", address, "--peers-from", "127.0.0.1"))

    def test_others_are_not_talked_to_in_either_direction(self):
        _, address = self.seed(self.torrent, self.content)
        self.assert_failed(self.get(self.torrent, self.target, "--peer", address, "--peers-from", "10.0.0.0/8",
                                    "--timeout", "3s"), 4)
        closed, address = self.seed(self.torrent, self.content, "--peers-from", "10.0.0.0/8")
        self.assert_failed(self.get(self.torrent, self.target, "--peer", address, "--timeout", "3s"), 4)
        closed.stop()
        self.assertRegex(closed.output(), r"stopped, 0")

    def test_what_is_no_network(self):
        refused = run([program("shoal"), "get", self.torrent, "--peers-from", "10.0.0.0/33"])
        self.assertEqual(refused.returncode, 2)
        self.assertIn("10.0.0.0/8", refused.stderr)

    def test_encryption_that_both_want_or_allow(self):
        for seed_side, get_side in (("required", "required"), ("allowed", "required"), ("required", "allowed"), ("off", "off")):
            with self.subTest(seed=seed_side, get=get_side):
                _, address = self.seed(self.torrent, self.content, "--encryption", seed_side)
                target = self.folder / f"{seed_side}-{get_side}"
                self.assert_got(self.get(self.torrent, target, "--peer", address, "--encryption", get_side, "--seed-for", "0"))

    def test_encryption_that_one_requires_and_the_other_refuses(self):
        for seed_side, get_side in (("required", "off"), ("off", "required")):
            with self.subTest(seed=seed_side, get=get_side):
                _, address = self.seed(self.torrent, self.content, "--encryption", seed_side)
                self.assert_failed(self.get(self.torrent, self.target, "--peer", address, "--encryption", get_side,
                                            "--timeout", "3s"), 4)


if __name__ == "__main__":
    unittest.main()
