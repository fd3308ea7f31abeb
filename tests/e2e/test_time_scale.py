"""The library that slows a program's time, held against the kernel's clocks, which it cannot slow."""

import json
import os
import subprocess
import time
import unittest

from shoal_testing.processes import run
from shoal_testing.tools import program

_FACTOR = 200
_LONG_AGO = 1_700_000_000  # before the machine was started
# A wait that is slowed twice takes 40 s and more.
_PATIENCE_S = 30
_NANOSECONDS = 1_000_000_000
_WHOLE_SECONDS = ["alarm", "sleep"]  # waits that take nothing finer


def _environment(factor, origin):
    return {**os.environ, "LD_PRELOAD": program("libtime_scale.so"), "TIME_SCALE": str(factor), "TIME_SCALE_ORIGIN": str(origin)}


class TimeScale(unittest.TestCase):
    def assert_slowed(self, clock, factor):
        """Both clocks were read at the same moments, give or take what lies between `least` and `most`."""
        # A clock shows whole nanoseconds: of the program's, `factor` real ones each.
        self.assertGreaterEqual((clock["seen"] + 1) * factor, clock["least"], clock)
        self.assertLessEqual((clock["seen"] - 1) * factor, clock["most"], clock)

    def waits(self, names, microseconds, environment, factor):
        """These kinds of wait at the same time: what each of them said."""
        probes = [(name, subprocess.Popen([program("time_scale_probe"), name, str(microseconds)], env=environment,
                                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)) for name in names]
        for _, probe in probes:
            self.addCleanup(probe.communicate)
            self.addCleanup(probe.kill)
        for name, probe in probes:
            with self.subTest(wait=name):
                out, said = probe.communicate(timeout=_PATIENCE_S)
                self.assertEqual(probe.returncode, 0, said)
                clocks = json.loads(out)
                # The coarsest clock among them counts microseconds.
                self.assertGreaterEqual(clocks["monotonic"]["seen"], microseconds * 1000 - 1000)
                for clock in ("monotonic", "time-of-day"):
                    self.assert_slowed(clocks[clock], factor)
                self.assert_slowed(clocks["processor"], 1)
                yield clocks

    @staticmethod
    def names():
        return run([program("time_scale_probe")]).stdout.split()

    def test_every_wait_and_every_clock_is_slowed_by_the_same_factor(self):
        names = [name for name in self.names() if name not in _WHOLE_SECONDS]
        self.assertGreater(len(names), 20)
        for origin in (int(time.time()) - 10, _LONG_AGO):
            for clocks in self.waits(names, 1000, _environment(_FACTOR, origin), _FACTOR):
                day = clocks["day"]
                real_ns = (day["seen"] - origin * _NANOSECONDS) * _FACTOR + origin * _NANOSECONDS
                self.assertGreaterEqual(real_ns + _FACTOR, day["least"])
                self.assertLessEqual(real_ns, day["most"])

    def test_waits_of_whole_seconds_are_slowed(self):
        for _ in self.waits(_WHOLE_SECONDS, 1_000_000, _environment(2, int(time.time())), 2):
            pass

    def test_without_a_factor_time_is_as_it_is(self):
        environment = {**os.environ, "LD_PRELOAD": program("libtime_scale.so")}
        for clocks in self.waits(self.names(), 1_000_000, environment, 1):
            self.assertLessEqual(clocks["day"]["least"], clocks["day"]["seen"])
            self.assertLessEqual(clocks["day"]["seen"], clocks["day"]["most"])

    def test_programs_with_one_origin_agree_about_the_time_of_day(self):
        origin = int(time.time()) - 1000
        environment = _environment(10, origin)
        first, second, third = (float(run([*shell, "date", "+%s.%N"], env=environment).stdout)
                                for shell in ([], ["/usr/bin/env"], ["setsid", "--wait"]))
        self.assertLessEqual(first, second)
        self.assertLessEqual(second, third)
        self.assertGreaterEqual(first, origin + 100)
        self.assertLess(third, origin + 1000)


if __name__ == "__main__":
    unittest.main()
