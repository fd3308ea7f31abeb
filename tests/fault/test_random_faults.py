"""A short run of the random faults with a fixed seed; tests/fault/run.sh --minutes N --seed S makes long ones."""

import unittest

from swarm_faults.episode import Episode


class RandomFaults(unittest.TestCase):
    SEED = 1
    SECONDS = 20

    def test_nothing_that_was_promised_breaks(self):
        episode = Episode(self.SEED, self.SECONDS)
        violations = episode.run()
        self.assertEqual(list(dict.fromkeys(violations)), [], str(episode.schedule))
        self.assertGreater(sum(episode.begun.values()), 5, str(episode.schedule))
