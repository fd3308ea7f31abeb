"""The transfer benchmark itself, small: every figure there, every copy the same bytes, and nothing left behind."""

import json
import pathlib
import sys
import tempfile
import unittest

from shoal_testing.processes import run

_RUN = [sys.executable, pathlib.Path(__file__).resolve().parents[2] / "bench" / "transfer" / "run"]


class Transfer(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shoal-transfer-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_small_files_by_every_client(self):
        result = self.folder / "result.json"
        done = run([*_RUN, "--dir", self.folder, "--json", result, "--size", "16MiB", "--piece-size", "1MiB", "--leechers",
                    "1,2"], timeout=110)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        figures = json.loads(result.read_text())
        clients = ["shoal", "qbittorrent", "aria2", "transmission"]
        self.assertEqual([(row["leechers"], row["client"]) for row in figures["transfers"]],
                         [(count, name) for count in (1, 2) for name in [*clients, "curl"]])
        for row in figures["transfers"]:
            self.assertGreater(row["seconds"], 0)
            self.assertGreater(row["machine_cpu_s_per_gb"], 0)
            self.assertIn(f"| {row['client']} ", done.stdout)
        self.assertEqual([row["client"] for row in figures["rechecks"]], [*clients, "sha1sum"])
        self.assertEqual(list(self.folder.glob("shoal-transfer-*")), [])

    def test_an_unknown_client_is_refused(self):
        done = run([*_RUN, "--clients", "netcat"])
        self.assertEqual(done.returncode, 2)
        self.assertIn("there are shoal, qbittorrent", done.stderr)


if __name__ == "__main__":
    unittest.main()
