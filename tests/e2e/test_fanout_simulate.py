"""The simulated fan-out as a person calls it: the table, the JSON, the plot, and what is said of a mistake."""

import json
import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree

from shoal_testing.processes import run
from shoal_testing.tools import program

_RUN = [sys.executable, pathlib.Path(__file__).resolve().parents[2] / "bench" / "fanout" / "run", "--simulate"]
_SMALL = ["--rate", "20Mbit/s", "--size", "2MiB", "--piece-size", "64KiB"]


class Simulate(unittest.TestCase):
    def test_two_fleets_as_a_table_as_json_and_as_a_plot(self):
        with tempfile.TemporaryDirectory() as folder:
            out, stem = pathlib.Path(folder) / "out.json", pathlib.Path(folder) / "growth"
            done = run([*_RUN, "--hosts", "10,40", *_SMALL, "--slots", "4", "--neediest-first", "--repeat", "2", "--json", out,
                        "--plot", stem])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("links of 20 Mbit/s both ways, a file of 2 MiB in pieces of 64 KiB; one-copy bound 0.84 s", done.stdout)
            for start in ("| hosts ", "| 10    | 10 ", "| 40    | 40 "):
                self.assertIn(start, done.stdout)
            runs = json.loads(out.read_text())["runs"]
            self.assertEqual([row["hosts"] for row in runs], [10, 10, 40, 40])
            for row in runs:
                self.assertEqual(row["finished"], row["hosts"])
                self.assertGreater(row["ratio_bound"], 1)
                self.assertGreaterEqual(row["origin_sent_until_one_copy"], 0.99)
                self.assertEqual(row["announces"], 2 * row["hosts"])
            xml.etree.ElementTree.parse(stem.with_suffix(".svg"))
            self.assertEqual(stem.with_suffix(".png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_the_same_seed_is_the_same_run(self):
        said = [json.loads(run([program("shoal-simulate"), "--json", "--hosts", "30", *_SMALL, "--seed", seed]).stdout)
                for seed in ("7", "7", "8")]
        self.assertEqual(said[0]["makespan_s"], said[1]["makespan_s"])
        self.assertNotEqual(said[0]["makespan_s"], said[2]["makespan_s"])

    def test_options_of_the_simulator_are_passed_on(self):
        done = run([*_RUN, "--hosts", "20", *_SMALL, "--", "--kill", "5", "--kill-at", "300ms"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("| 20    | 15 ", done.stdout)

    def test_mistakes_are_told(self):
        for arguments, code, words in ((["--hosts", "many"], 2, "'many' is not a number of hosts"),
                                       (["--rate", "20Mbit"], 2, "is not a rate"),
                                       (["--hosts", "20", "--latency", "3x"], 1, "--latency"),
                                       (["--hosts", "20", "--connections", "0"], 1, "--connections"),
                                       (["--hosts", "20", "--bin", "/nowhere"], 1, "--bin"),
                                       (["--hosts", "20", "--", "--kill", "30"], 1, "more hosts than there are")):
            done = run([*_RUN, *arguments])
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(words, done.stderr)

    def test_hosts_that_do_not_finish_are_a_failure(self):
        done = run([program("shoal-simulate"), "--hosts", "20", *_SMALL, "--give-up", "500ms"])
        self.assertEqual(done.returncode, 4)
        self.assertIn("20 hosts did not finish", done.stderr)
