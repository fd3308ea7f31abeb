"""Some of the moments at which a crash can part two changes of the disk; tests/fault/run.sh tries all of them."""

import crash_points
from crash.with_programs import WithPrograms


class CrashPoints(WithPrograms):
    MOST = 4  # moments of each scenario: some seconds

    def try_some(self, name):
        scenario, changes = self.scenario(name)
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
