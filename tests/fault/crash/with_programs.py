"""What the tests of crash points and of power cuts have in common."""

import unittest

import crash_points


class WithPrograms(unittest.TestCase):
    """Scenarios on what all of them share, made once for a class."""

    @classmethod
    def setUpClass(cls):
        opened = crash_points.shared()
        cls.shared = opened.__enter__()
        cls.addClassCleanup(opened.__exit__, None, None, None)

    def scenario(self, name):
        """It, and the changes of the disk that it makes."""
        scenario = crash_points.SCENARIOS[name](self.shared)
        return scenario, crash_points.changes_of(scenario)
