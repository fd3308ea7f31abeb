"""Some of the moments at which a crash can part two changes of the disk; tests/fault/run.sh tries all of them."""

import unittest

import crash_points


class CrashPoints(unittest.TestCase):
    MOST = 4  # moments of each scenario: some seconds

    @classmethod
    def setUpClass(cls):
        opened = crash_points.shared()
        cls.shared = opened.__enter__()
        cls.addClassCleanup(opened.__exit__, None, None, None)

    def try_some(self, name):
        scenario = crash_points.SCENARIOS[name](self.shared)
        changes = crash_points.changes_of(scenario)
        self.assertGreater(len(changes), 3, "what is counted")
        killed = 0
        for at in crash_points.sample(len(changes), self.MOST):
            with self.subTest(at=at, change=changes[at - 1]):
                killed += scenario.attempt(at)
        self.assertGreater(killed, 0)

    def test_get_new(self):
        self.try_some("get_new")

    def test_get_over(self):
        self.try_some("get_over")

    def test_get_more(self):
        self.try_some("get_more")

    def test_create(self):
        self.try_some("create")

    def test_tracker(self):
        self.try_some("tracker")
