"""bench/resume in small: kills at random moments, and the content is right in the end."""

import json
import os
import pathlib
import sys
import tempfile
import unittest

from shoal_testing.processes import run

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench" / "resume" / "run.py"


class Kills(unittest.TestCase):
    def test_a_download_killed_at_random_moments_loses_only_unfinished_pieces(self):
        with tempfile.TemporaryDirectory(prefix="shoal-kills-") as folder:
            report = pathlib.Path(folder) / "report.json"
            done = run([sys.executable, BENCH, "--build", pathlib.Path(os.environ["SHOAL_BIN"]).parent, "--kills", "3",
                        "--size-mib", "24", "--piece-size", "256KiB", "--rate", "3MB/s", "--folder", folder, "--json", report],
                       timeout=100)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            result = json.loads(report.read_text())
        self.assertTrue(result["content_is_right"])
        self.assertEqual(result["kills"], 3)
        self.assertGreater(result["each"][-1]["pieces_kept"], 0, result)
        # What a kill can cost is bounded by what was under way, never by what was there.
        self.assertLess(result["last_run_downloaded"], result["bytes"])


if __name__ == "__main__":
    unittest.main()
