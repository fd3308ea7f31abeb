"""The proving ground itself, small: ten hosts, every figure there, and nothing left behind whatever ends it."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

from shoal_testing import namespaces
from shoal_testing.processes import Background, run

_BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench" / "fanout"
_RUN = [sys.executable, _BENCH / "run"]
_STATE = pathlib.Path("/run/shoal-fanout")
_SETTINGS = ["net/ipv4/neigh/default/gc_thresh3", "net/core/netdev_max_backlog", "net/ipv4/tcp_allowed_congestion_control"]


class Fanout(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shoal-fanout-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def measure(self, *arguments, command="run"):
        """Standard output and the JSON's races of a measurement in which every host got the content."""
        result = self.folder / "result.json"
        done = run([sys.executable, _BENCH / command, "--dir", self.folder, "--json", result, *arguments], timeout=100)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        races = [race for fleet in json.loads(result.read_text())["results"] for race in fleet["races"]]
        for race in races:
            self.assertEqual(race["left_behind"], [], race["failures"])
            self.assertEqual(race["wrong"], [])
        return done.stdout, races


class SmallRun(Fanout):
    def test_ten_hosts_by_a_leader_and_by_two_swarms(self):
        kept = self.folder / "kept"
        table, races = self.measure("--hosts", "10", "--rate", "20Mbit/s", "--size", "2MiB", "--strategies",
                                    "leader,aria2,shoal", "--keep", kept, "--plot", self.folder / "curves")
        self.assertEqual([race["strategy"] for race in races], ["leader", "aria2", "shoal"])
        for race in races:
            self.assertIn(f"| {race['strategy']} ", table)
            self.assertEqual(race["finished"], 10)
            self.assertEqual(len(race["completed_s"]), 10)
            # The links are shaped: nothing can be faster than them, but for the token bucket's 125 kB.
            self.assertGreater(race["makespan_s"], race["bound_s"] * 0.9)
            self.assertGreater(race["cpu_s_per_gb"], 0)
            self.assertGreater(race["servers_sent_copies"], 0.99)
        leader, aria2, shoal = races
        self.assertGreater(leader["makespan_s"], leader["formula_s"] * 0.9)
        self.assertGreater(leader["servers_sent_copies"], 9.9)
        for swarm in (aria2, shoal):
            self.assertGreater(swarm["memory_peak_bytes"], 1 << 20)
        xml.etree.ElementTree.parse(self.folder / "curves.svg")
        self.assertEqual((self.folder / "curves.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        said = run([*_RUN, "report", kept])
        self.assertEqual(said.returncode, 0, said.stderr)
        for words in ("shoal, 10 hosts", "servers: sent", "slowest hosts", "machine:"):
            self.assertIn(words, said.stdout)
        again = run([*_RUN, "table", self.folder / "result.json"])
        self.assertEqual((again.returncode, again.stdout.strip()), (0, table[:table.index("curves:")].strip()), again.stderr)

    def test_racks_a_slow_host_deaths_and_latecomers(self):
        _, (race,) = self.measure("--no-curl", "--hosts", "10", "--rate", "20Mbit/s", "--size", "2MiB", "--racks", "2", "--uplink",
                                  "20Mbit/s", "--slow", "1:4Mbit/s", "--kill", "2@500ms", "--join", "2@1s-2s")
        self.assertEqual((race["hosts"], race["survivors"], race["finished"]), (10, 8, 8))
        self.assertIsNotNone(race["late_ratio"])

    def test_a_race_in_slowed_time(self):
        kept = self.folder / "kept"
        table, races = self.measure("--no-curl", "--hosts", "4", "--rate", "8Mbit/s", "--size", "1MiB", "--piece-size", "16KiB",
                                    "--join", "1@500ms", "--mix", "aria2:2", "--time-scale", "4", "--strategies",
                                    "leader,shoal", "--keep", kept)
        self.assertIn("time slowed 4 times: the programs see links of 32 Mbit/s", table)
        for race in races:
            self.assertEqual((race["finished"], race["time_scale"]), (4, 4))
            # One copy over a link that looks like 32 Mbit/s; the token bucket's 50 kB pass at once.
            self.assertAlmostEqual(race["bound_s"], (1 << 23) / 32e6)
            self.assertGreater(race["makespan_s"], race["bound_s"] * 0.9)
            # The late host starts after half a second of the programs' time.
            self.assertGreater(max(race["completed_s"].values()), 0.5 + race["bound_s"] * 0.9)
        leader = races[0]
        self.assertGreater(leader["makespan_s"], 3 * leader["bound_s"] * 0.9)
        said = run([*_RUN, "report", kept])
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("time slowed 4 times", said.stdout)

    def test_the_origin_leaves_a_mixed_swarm_that_goes_on_without_it(self):
        _, (race,) = self.measure("--no-curl", "--hosts", "6", "--rate", "10Mbit/s", "--size", "4MiB", "--mix", "aria2:2",
                                  "--origin-leaves")
        self.assertEqual(race["finished"], 6)
        if race["servers_left_at_s"] is not None:
            self.assertIsNotNone(race["servers_sent_until_one_copy"])

    def test_latency_is_added_to_every_path(self):
        _, (race,) = self.measure("--no-curl", "--hosts", "2", "--rate", "20Mbit/s", "--size", "1MiB", "--delay", "200ms",
                                  "--strategies", "leader")
        # A connection and a request take two round trips before the first byte of an answer arrives.
        self.assertGreater(min(race["completed_s"].values()), 4 * 0.2)

    def test_the_strategies_command_measures_several_fleets(self):
        table, races = self.measure("--hosts", "2,3", "--rate", "20Mbit/s", "--size", "1MiB", "--strategies",
                                    "leader,mirrors,sharded,aria2", "--mirrors", "2", command="strategies")
        self.assertEqual([(race["strategy"], race["hosts"]) for race in races],
                         [(name, hosts) for hosts in (2, 3) for name in ("leader", "mirrors", "sharded", "aria2")])
        self.assertIn("one curl of it alone took", table)

    def test_contradictions_are_usage_errors(self):
        for arguments in (["--hosts", "5", "--kill", "9@1s"], ["--rate", "fast"], ["--strategies", "pigeon"],
                          ["--time-scale", "0"], ["--time-scale", "fast"]):
            done = run([*_RUN, *arguments])
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertIn("error:", done.stderr)


class NothingStaysBehind(Fanout):
    def setUp(self):
        super().setUp()
        self.settings = self.read_settings()

    def start(self):
        """A race that would go on for minutes, once its clients run."""
        bench = Background([*_RUN, "--no-curl", "--hosts", "10", "--rate", "100kbit/s", "--size", "4MiB", "--strategies",
                            "aria2", "--dir", self.folder], self.folder / "bench.log")
        self.addCleanup(run, [*_RUN, "sweep"])
        self.addCleanup(bench.stop, signal.SIGKILL)
        self.prefix = f"fanout-{bench.process.pid}-"
        self.until(lambda: len(self.clients()) >= 11, bench.output)
        return bench

    def clients(self, program="aria2c"):
        found = []
        for pids in namespaces.processes(namespaces.names(self.prefix)).values():
            for pid in pids:
                try:
                    found += [pid] if program in os.readlink(f"/proc/{pid}/exe") else []
                except OSError:
                    pass
        return found

    def until(self, true, explain=lambda: ""):
        deadline = time.monotonic() + 60
        while not true():
            self.assertLess(time.monotonic(), deadline, explain())
            time.sleep(0.1)

    def assert_clean(self, clients):
        self.until(lambda: not namespaces.names(self.prefix), lambda: f"left: {namespaces.names(self.prefix)}")
        self.until(lambda: not list(_STATE.glob("[0-9]*.json")), lambda: f"left: {list(_STATE.iterdir())}")
        self.until(lambda: not [pid for pid in clients if self.lives(pid)])
        self.assertEqual(list(self.folder.glob("shoal-fanout-*")), [])
        self.assertEqual(self.read_settings(), self.settings)

    @staticmethod
    def lives(pid):
        try:
            state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        return state != "Z"  # an orphan is init's to collect, some of which take their time

    @staticmethod
    def read_settings():
        return [pathlib.Path("/proc/sys", name).read_text().split() for name in _SETTINGS]

    def test_after_an_interrupt(self):
        bench = self.start()
        clients = self.clients()
        self.assertEqual(bench.stop(signal.SIGTERM, timeout=60), 130, bench.output())
        self.assert_clean(clients)

    def test_after_kill_9(self):
        bench = self.start()
        clients = self.clients()
        bench.stop(signal.SIGKILL)
        self.assert_clean(clients)

    def test_after_kill_9_of_a_bench_with_races_beside_it(self):
        bench = Background([sys.executable, _BENCH / "strategies", "--no-curl", "--hosts", "2", "--rate", "100kbit/s", "--size",
                            "4MiB", "--strategies", "leader,aria2", "--dir", self.folder], self.folder / "bench.log")
        self.addCleanup(run, [*_RUN, "sweep"])
        self.addCleanup(bench.stop, signal.SIGKILL)
        self.prefix = "fanout-"
        self.until(lambda: len(self.clients()) >= 3 and len(self.clients("curl")) >= 2, bench.output)
        clients = self.clients() + self.clients("curl")
        bench.stop(signal.SIGKILL)
        self.assert_clean(clients)

    def test_after_kill_9_of_the_bench_and_of_its_guard_the_next_start_sweeps(self):
        bench = self.start()
        clients = self.clients()
        children = subprocess.run(["ps", "--ppid", str(bench.process.pid), "-o", "pid=,sess="], capture_output=True, text=True)
        guards = [int(pid) for pid, session in (line.split() for line in children.stdout.splitlines()) if pid == session]
        self.assertEqual(len(guards), 1, children.stdout)
        os.kill(guards[0], signal.SIGKILL)
        bench.stop(signal.SIGKILL)
        self.until(lambda: not self.clients())  # they die with the bench
        self.assertTrue(namespaces.names(self.prefix))
        swept = run([*_RUN, "sweep"])
        self.assertIn("after 1 dead runs", swept.stdout, swept.stderr)
        self.assert_clean(clients)
