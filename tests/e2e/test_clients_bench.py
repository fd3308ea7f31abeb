"""The benchmark of pairs of clients: its arithmetic and tables, and two small pairs with the real programs."""

import json
import math
import pathlib
import sys
import tempfile
import unittest

from shoal_testing.processes import run

_BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path[:0] = [str(_BENCH / "clients"), str(_BENCH / "fanout")]

from pairs import swarms, table  # noqa: E402

_RUN = [sys.executable, _BENCH / "clients" / "run"]


def trial(seed, leecher, seconds, outcome="done", first=0.1, **more):
    return {"swarm": "pair", "round": 1, "seed": seed, "leechers": [leecher], "rate": None, "start": "after",
            "outcome": outcome, "seconds": [seconds], "first_block_s": first, "busy": 0.4, "why": None, **more}


def swarm(kind, **seconds):
    """A trial of a swarm. `seconds`: client -> its hosts' times."""
    hosts = [(name, time) for name, times in seconds.items() for time in times]
    finished = all(time is not None for _, time in hosts)
    return trial("shoal", "", None, "done" if finished else "over", swarm=kind) | {
        "leechers": [name for name, _ in hosts], "seconds": [time for _, time in hosts]}


class Cells(unittest.TestCase):
    def test_the_median_stands_before_the_spread(self):
        self.assertEqual(table.cell([3.0, 1.0, 2.0], 120), "2.00 (1.00 to 3.00)")

    def test_without_a_spread_there_is_none(self):
        self.assertEqual(table.cell([2.0], 120), "2.00")
        self.assertEqual(table.cell([12.34, 12.33], 120), "12.3")

    def test_a_download_that_was_given_up_counts_as_the_longest(self):
        self.assertEqual(table.cell([5.0, math.inf, 7.0], 120), "7.00 (5.00 to over 120)")
        self.assertEqual(table.cell([5.0, math.inf, math.inf], 120), "over 120 (5.00 to over 120)")
        self.assertEqual(table.cell([math.inf], 40), "over 40")

    def test_what_was_not_tried_is_a_dash(self):
        self.assertEqual(table.cell([], 120), "-")


class Busy(unittest.TestCase):
    def test_the_busiest_trial_is_named_and_those_that_the_machine_may_have_bound_are_counted(self):
        rows = [trial("shoal", "aria2", 1.0, busy=share) for share in (0.2, 0.65)]
        self.assertEqual(table.busy(rows), "; processor at most 65% busy")
        rows.append(trial("shoal", "aria2", 1.0, busy=0.9))
        self.assertIn("at most 90% busy, above 70% in 1 of 3 trials", table.busy(rows))


class Pairs(unittest.TestCase):
    def test_seeds_stand_down_and_leechers_across(self):
        drawn = table.matrix([trial("shoal", "aria2", 1.5), trial("shoal", "shoal", 0.25), trial("aria2", "shoal", 2.5)], 120,
                             table.to_end)
        self.assertEqual([[word.strip() for word in line.strip("|").split("|")] for line in drawn.splitlines()[2:]],
                         [["shoal", "1.50", "0.25"], ["aria2", "-", "2.50"]])
        self.assertIn("| seed \\ leecher | aria2 | shoal |", drawn)

    def test_the_time_from_the_first_blocks_leaves_the_wait_out(self):
        self.assertEqual(table.from_first_block(trial("transmission", "shoal", 12.5, first=10.25)), 2.25)

    def test_from_first_blocks_that_never_came_is_forever(self):
        self.assertEqual(table.from_first_block(trial("transmission", "shoal", None, "over", first=None)), math.inf)

    def test_failures_are_counted_and_no_times(self):
        failed = trial("shoal", "aria2", None, "failed", why="aria2c ended with 1")
        self.assertIn("| failed |", table.matrix([failed], 120, table.to_end))
        self.assertIn("| 3.00, 1 failed |", table.matrix([failed, trial("shoal", "aria2", 3.0)], 120, table.to_end))

    def test_every_seed_meets_every_leecher(self):
        made = swarms.pairs(["shoal", "aria2"], ["aria2", "deluge"])
        self.assertEqual([(one.seed, *one.leechers) for one in made],
                         [("shoal", "aria2"), ("shoal", "deluge"), ("aria2", "aria2"), ("aria2", "deluge")])


class MixedSwarm(unittest.TestCase):
    def test_it_is_compared_with_each_half_alone(self):
        mixed, fleet, others = swarms.mixed(["shoal", "aria2", "rtorrent", "transmission-daemon"])
        self.assertEqual(mixed.leechers, ("shoal",) * 4 + ("aria2", "rtorrent"))
        self.assertEqual((fleet.seed, fleet.leechers), ("shoal", ("shoal",) * 4))
        self.assertEqual((others.seed, others.leechers), ("libtorrent", ("aria2", "rtorrent")))

    def test_the_slowest_host_of_each_half_stands_beside_the_same_half_alone(self):
        rows = [swarm("mixed", shoal=[1.0, 3.0], aria2=[4.0], rtorrent=[6.0]), swarm("fleet", shoal=[1.0, 2.0]),
                swarm("others", aria2=[9.0], rtorrent=[None])]
        cells = [[word.strip() for word in line.strip("|").split("|")] for line in table.swarm_table(rows, 60).splitlines()[2:]]
        self.assertEqual(cells, [
            ["shoal, each of 2", "2.00 (1.00 to 3.00)", "1.50 (1.00 to 2.00)"], ["slowest of ours", "3.00", "2.00"],
            ["aria2", "4.00", "9.00"], ["rtorrent", "6.00", "over 60"], ["slowest of the others", "6.00", "over 60"]])


class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shoal-clients-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_shoal_and_aria2_download_from_shoal(self):
        result = self.folder / "result.json"
        done = run([*_RUN, "--dir", self.folder, "--json", result, "--seeds", "shoal", "--leechers", "shoal,aria2", "--size",
                    "4MiB", "--piece-size", "1MiB", "--rate", "unlimited,100Mbit/s", "--start", "after", "--no-mixed",
                    "--keep", self.folder / "kept"], timeout=100)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        record = json.loads(result.read_text())
        self.assertEqual([(row["seed"], *row["leechers"], row["rate"], row["outcome"]) for row in record["trials"]],
                         [("shoal", leecher, rate, "done") for leecher in ("shoal", "aria2") for rate in (None, 100_000_000)])
        for row in record["trials"]:
            self.assertGreater(row["seconds"][0], row["first_block_s"])
            self.assertGreater(row["first_block_s"], 0)
        self.assertIn("Seconds, link of 100 Mbit/s, one after the other", done.stdout)
        self.assertEqual(list(self.folder.glob("shoal-clients-*")), [])
        self.assertEqual(len(list((self.folder / "kept").glob("*/*.log"))), 8)
        self.assertEqual(run([*_RUN, "table", result]).stdout, done.stdout)

    def test_a_download_that_takes_too_long_is_a_row(self):
        done = run([*_RUN, "--dir", self.folder, "--seeds", "shoal", "--leechers", "shoal", "--size", "4MiB", "--rate", "1Mbit/s",
                    "--start", "together", "--no-mixed", "--timeout", "1s"], timeout=100)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("| over 1 |", done.stdout)

    def test_an_unknown_client_is_refused(self):
        done = run([*_RUN, "--seeds", "netcat"])
        self.assertEqual(done.returncode, 2)
        self.assertIn("there are shoal, shoal-internet", done.stderr)


if __name__ == "__main__":
    unittest.main()
