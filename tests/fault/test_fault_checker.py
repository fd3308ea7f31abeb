"""Each check of the random faults sees the broken promise that it is for, and the schedule is the same for the same seed."""

import unittest

from swarm_faults.checker import Checker, Ending, Usage
from swarm_faults.faults import CHOICES, FAULTS
from swarm_faults.schedule import Schedule


class Checks(unittest.TestCase):
    def setUp(self):
        self.checker = Checker()

    def broken(self, word):
        self.assertEqual(len(self.checker.violations), 1, self.checker.violations)
        self.assertIn(word, self.checker.violations[0])

    def fine(self):
        self.assertEqual(self.checker.violations, [])

    def test_content_that_differs(self):
        self.checker.content("get-1", "aa", "aa")
        self.fine()
        self.checker.content("get-1", "ab", "aa")
        self.broken("is not the content")

    def test_content_that_is_missing(self):
        self.checker.content("get-1", None, "aa")
        self.broken("is missing")

    def test_something_else_under_the_final_name(self):
        self.checker.delivered("get-1", None, "aa")
        self.checker.delivered("get-1", "aa", "aa")
        self.fine()
        self.checker.delivered("get-1", "ab", "aa")
        self.broken("something else")

    def test_an_end_that_is_not_documented(self):
        self.checker.ended(Ending("get-1", -11, "", killed=False))
        self.broken("not documented")

    def test_an_end_by_an_undocumented_signal_after_a_kill(self):
        self.checker.ended(Ending("get-1", -9, "", killed=True))
        self.fine()
        self.checker.ended(Ending("get-1", -6, "", killed=True))
        self.broken("not documented")

    def test_an_end_without_a_fault_that_explains_it(self):
        self.checker.ended(Ending("get-1", 5, "no space", killed=False, excuses=frozenset({5})))
        self.checker.ended(Ending("get-1", 0, "", killed=False))
        self.fine()
        self.checker.ended(Ending("get-1", 5, "no space", killed=False))
        self.broken("without such a fault")

    def test_an_end_without_a_word(self):
        self.checker.ended(Ending("get-1", 5, " \n", killed=False, excuses=frozenset({5})))
        self.broken("did not say why")

    def test_an_error_that_no_fault_explains(self):
        self.checker.trouble("daemon-1", "no space", True)
        self.fine()
        self.checker.trouble("daemon-1", "no space", False)
        self.broken("without such a fault")

    def test_a_file_outside_the_target(self):
        self.checker.nothing_outside("get-1", ["target/a"], lambda path: path.startswith("target/"))
        self.fine()
        self.checker.nothing_outside("get-1", ["target/a", "home/b"], lambda path: path.startswith("target/"))
        self.broken("home/b")

    def test_a_process_that_hangs(self):
        self.checker.stopped("get-1", True, "")
        self.fine()
        self.checker.stopped("get-1", False, "")
        self.broken("does not end")

    def test_a_download_that_never_ends(self):
        self.checker.arrived("get-1", True, "")
        self.fine()
        self.checker.arrived("get-1", False, "")
        self.broken("is not done")

    def test_descriptors_that_grow(self):
        self.checker.usage("tracker", Usage(20, 1 << 20), Usage(60, 1 << 24))
        self.fine()
        self.checker.usage("tracker", Usage(20, 1 << 20), Usage(400, 1 << 20))
        self.broken("descriptors")

    def test_memory_that_grows(self):
        self.checker.usage("tracker", Usage(20, 1 << 20), Usage(20, 1 << 30))
        self.broken("memory")

    def test_state_that_does_not_load(self):
        self.checker.state("daemon-1", "info torrents loaded count=1")
        self.fine()
        self.checker.state("daemon-1", "error state file set aside file=1.json")
        self.broken("damaged")

    def test_something_confirmed_that_is_lost(self):
        self.checker.confirmed("daemon-1", {"torrent"}, {"torrent"})
        self.fine()
        self.checker.confirmed("daemon-1", {"torrent"}, set())
        self.broken("lost: torrent")


class Schedules(unittest.TestCase):
    def test_the_same_seed_plans_the_same(self):
        self.assertEqual(str(Schedule(7, CHOICES, 60)), str(Schedule(7, CHOICES, 60)))
        self.assertNotEqual(str(Schedule(7, CHOICES, 60)), str(Schedule(8, CHOICES, 60)))

    def test_a_target_has_one_fault_at_a_time(self):
        for seed in range(50):
            free_at = {}
            for one in Schedule(seed, CHOICES, 120).planned:
                self.assertGreaterEqual(one.begin, free_at.get(one.target, 0), (seed, one))
                self.assertGreater(one.end, one.begin)
                free_at[one.target] = one.end

    def test_every_fault_is_healed(self):
        moves = list(Schedule(3, CHOICES, 120).moves())
        self.assertEqual([at for at, _, _ in moves], sorted(at for at, _, _ in moves))
        for _, planned, _ in moves:
            self.assertEqual([begins for _, one, begins in moves if one == planned], [True, False])

    def test_every_fault_comes(self):
        planned = {one.fault for one in Schedule(1, CHOICES, 3600).planned}
        self.assertEqual(planned, set(FAULTS))
