"""bench/idle in small: every figure is there, for each client."""

import json
import os
import pathlib
import sys
import tempfile
import unittest

from shoal_testing.processes import run

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench" / "idle" / "run.py"


class Idle(unittest.TestCase):
    def test_few_torrents(self):
        with tempfile.TemporaryDirectory(prefix="shoal-idle-test-") as folder:
            report = pathlib.Path(folder) / "report.json"
            done = run([sys.executable, BENCH, "--build", pathlib.Path(os.environ["SHOAL_BIN"]).parent, "--torrents", "0,20", "--pieces", "4",
                        "--folder", folder, "--json", report], timeout=110)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            rows = json.loads(report.read_text())["rows"]
            self.assertEqual(list(pathlib.Path(folder).glob("shoal-idle-*")), [])
        self.assertEqual([(row["client"], row["torrents"]) for row in rows],
                         [(client, count) for client in ("shoal", "transmission", "qbittorrent") for count in (0, 20)])
        for row in rows:
            for when in ("memory", "memory_after_restart"):
                self.assertGreater(row[when]["anonymous"], 1 << 20)
                self.assertLessEqual(row[when]["anonymous"], row[when]["private"])
            self.assertGreaterEqual(row["idle_cpu_percent"], 0)
            self.assertIn(f"{row['client']:12} {row['torrents']:8} ", done.stdout)
        self.assertIsNone(rows[0]["kb_a_torrent"])
        self.assertIsInstance(rows[1]["kb_a_torrent"], float)


if __name__ == "__main__":
    unittest.main()
