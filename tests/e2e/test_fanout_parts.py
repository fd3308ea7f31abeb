"""The proving ground's arithmetic and its way of looking at disks, without any network."""

import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench" / "fanout"))

from proving_ground import plot, row, session, timeline, units  # noqa: E402
from proving_ground.conditions import Churn, Conditions  # noqa: E402
from proving_ground.piece_map import PieceMap, holes, same_bytes  # noqa: E402

MIB = 1 << 20


class Units(unittest.TestCase):
    def test_sizes_rates_and_durations_are_read_as_the_programs_read_them(self):
        self.assertEqual(units.size("5MiB"), 5 << 20)
        self.assertEqual(units.size("5MB"), 5_000_000)
        self.assertEqual(units.rate("20Mbit/s"), 20_000_000)
        self.assertEqual(units.rate("2.5MB/s"), 20_000_000)
        self.assertEqual(units.duration("10m"), 600)
        self.assertEqual(units.duration("150ms"), 0.15)

    def test_seconds_are_shown_with_three_digits_or_more(self):
        self.assertEqual([units.show_seconds(seconds) for seconds in (0.839, 4.2, 26.84, 1234.5)],
                         ["0.84 s", "4.20 s", "26.8 s", "1,234 s"])

    def test_nonsense_is_refused_with_a_reason(self):
        for parse, text in ((units.size, "5 apples"), (units.rate, "20Mbit"), (units.rate, "20/s"), (units.duration, "-3s")):
            with self.assertRaises(ValueError, msg=text):
                parse(text)


class Bounds(unittest.TestCase):
    def test_one_copy_over_the_link_is_the_bound(self):
        self.assertAlmostEqual(Conditions(hosts=20, rate=20_000_000, size=64 * MIB).bound(), 26.84, places=2)

    def test_a_slow_host_sets_the_bound_and_the_others_keep_their_own(self):
        conditions = Conditions(hosts=4, rate=8_000_000, size=1_000_000, slow=[(1, 1_000_000)])
        self.assertEqual(conditions.bound(), 8)
        self.assertEqual(sorted(conditions.host_bound(seat) for seat in conditions.seats()), [1, 1, 1, 8])

    def test_an_uplink_narrower_than_a_link_sets_the_bound_of_its_rack(self):
        conditions = Conditions(hosts=4, rate=8_000_000, size=1_000_000, racks=2, uplink=4_000_000)
        self.assertEqual(conditions.bound(), 2)

    def test_a_slow_origin_sets_the_bound(self):
        self.assertEqual(Conditions(hosts=4, rate=8_000_000, origin_rate=1_000_000, size=1_000_000).bound(), 8)

    def test_one_server_takes_as_many_copies_as_there_are_hosts(self):
        conditions = Conditions(hosts=100, rate=8_000_000, size=1_000_000)
        self.assertEqual(conditions.serving_time(1), 100)
        self.assertEqual(conditions.serving_time(10), 10)
        self.assertEqual(conditions.serving_time(1000), 1)

    def test_in_slowed_time_a_link_looks_faster_and_a_copy_shorter(self):
        slowed = Conditions(hosts=100, rate=8_000_000, size=1_000_000, slow=[(1, 2_000_000)], time_scale=10)
        self.assertEqual(slowed.bound(), 0.4)
        self.assertEqual(min(slowed.host_bound(seat) for seat in slowed.seats()), 0.1)
        self.assertEqual(slowed.serving_time(1), 10)
        self.assertEqual(slowed.as_json()["seen_rate"], 80_000_000)
        # What the kernel is told is of real time.
        self.assertIn("rate 8000000bit", slowed.switch_port(slowed.rate))

    def test_hosts_are_dealt_out_to_racks_evenly(self):
        racks = [seat.rack for seat in Conditions(hosts=10, racks=5).seats()]
        self.assertEqual(sorted(racks), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4])

    def test_the_choice_of_who_dies_joins_and_is_slow_repeats_with_the_seed(self):
        conditions = Conditions(hosts=30, kill=[Churn(5, 1, 9)], join=[Churn(4, 3, 3)], slow=[(3, 1000)], mix=[("aria2", 7)])
        seats = conditions.seats()
        self.assertEqual(seats, conditions.seats())
        self.assertEqual(sorted(seat.dies for seat in seats if seat.dies is not None), [1, 3, 5, 7, 9])
        self.assertEqual([seat.starts for seat in seats if seat.starts], [3] * 4)
        self.assertEqual(sum(seat.client == "aria2" for seat in seats), 7)
        self.assertFalse([seat for seat in seats if seat.starts and seat.dies is not None])

    def test_conditions_survive_json(self):
        conditions = Conditions(hosts=30, kill=[Churn(5, 1, 9)], slow=[(3, 1000)])
        self.assertEqual(Conditions.from_json(conditions.as_json()), conditions)
        slowed = Conditions(time_scale=31)
        self.assertEqual(Conditions.from_json(slowed.as_json()), slowed)

    def test_races_of_an_earlier_version_stand_in_one_table_with_those_of_this_one(self):
        def record(conditions, strategy):
            return {"results": [{"conditions": conditions, "curl_s": None, "races": [{"strategy": strategy}]}]}

        now = Conditions(hosts=3).as_json()
        earlier = {name: value for name, value in now.items() if name not in ("time_scale", "seen_rate")}
        slowed = Conditions(hosts=3, time_scale=8).as_json()
        results = session.join([record(earlier, "leader"), record(now, "shoal"), record(slowed, "shoal")])["results"]
        self.assertEqual([[race["strategy"] for race in result["races"]] for result in results], [["leader", "shoal"], ["shoal"]])

    def test_contradictions_are_refused(self):
        for conditions in (Conditions(hosts=0), Conditions(hosts=5, slow=[(6, 1)]), Conditions(hosts=5, kill=[Churn(5, 1, 1)]),
                           Conditions(hosts=5, uplink=1), Conditions(hosts=5, racks=6), Conditions(piece_size=1000),
                           Conditions(time_scale=0)):
            with self.assertRaises(ValueError):
                conditions.check()


class Figures(unittest.TestCase):
    def test_the_makespan_is_the_slowest_host_of_those_that_started_together_and_lived(self):
        conditions = Conditions(hosts=5, rate=8_000_000, size=1_000_000, kill=[Churn(1, 2, 2)], join=[Churn(1, 10, 10)])
        seats = conditions.seats()
        late = next(seat.number for seat in seats if seat.starts)
        times = {seat.number: 1.5 + seat.number / 10 for seat in seats if seat.dies is None}
        times[late] = 12.0
        figures = row.completion_figures(conditions, seats, times)
        slowest = max(seconds for number, seconds in times.items() if number != late)
        self.assertEqual(figures["makespan_s"], slowest)
        self.assertEqual(figures["ratio_bound"], slowest)
        self.assertEqual(figures["late_ratio"], 2.0)
        self.assertEqual((figures["finished"], figures["survivors"]), (4, 4))

    def test_without_the_last_host_there_is_no_makespan(self):
        conditions = Conditions(hosts=3)
        figures = row.completion_figures(conditions, conditions.seats(), {0: 1.0, 2: 2.0})
        self.assertIsNone(figures["makespan_s"])
        self.assertEqual(figures["left_behind"], [1])

    def test_percentiles_are_values_that_were_measured(self):
        values = list(range(1, 101))
        self.assertEqual(row.percentile(values, 0.5), 50)
        self.assertEqual(row.percentile(values, 0.99), 99)
        self.assertEqual(row.percentile([7], 0.99), 7)

    def test_of_several_races_the_median_is_shown_with_its_spread(self):
        def race(seconds, wrong=()):
            return {"makespan_s": seconds, "busy_mean": 0.5, "bound_by_machine": False, "wrong": list(wrong)}

        merged = row.merge([race(30), race(10), race(20, wrong=[3])])
        self.assertEqual((merged["makespan_s"], merged["spread_s"], merged["wrong"]), (20, [10, 30], [3]))
        self.assertEqual(row.merge([race(None), race(10)])["repeats_finished"], 1)


class Explanations(unittest.TestCase):
    def why(self, received=0, missing=0b111, peers=(1, 2), have=None, spare=(1, 2), complete=False):
        return timeline.explain(100, received, complete, missing, peers, have or {}, set(spare))

    def test_each_reason_for_an_idle_link(self):
        self.assertEqual(self.why(complete=True), "done")
        self.assertEqual(self.why(received=90), "full")
        self.assertEqual(self.why(peers=()), "alone")
        self.assertEqual(self.why(peers=(), received=50), "unseen")
        self.assertEqual(self.why(have={1: 0, 2: 0}), "nothing-new")
        self.assertEqual(self.why(missing=0b100, have={1: 0b011}), "nothing-new")
        self.assertEqual(self.why(have={1: 0b1}, spare=(2,)), "peers-busy")
        self.assertEqual(self.why(have={1: 0b1}), "unused")

    def test_every_reason_has_a_meaning(self):
        for reason in ("done", "full", "alone", "unseen", "nothing-new", "peers-busy", "unused", "off"):
            self.assertIn(reason, timeline.MEANING)


class Disks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_whole_pieces_are_seen_in_a_sparse_file_and_parts_of_pieces_are_not(self):
        size, piece = 10 * 65536 + 5, 65536
        path = self.folder / "below" / "content.part"
        path.parent.mkdir()
        with open(path, "wb") as file:
            file.truncate(size)
            for offset, count in ((0, piece), (3 * piece, 2 * piece), (7 * piece, piece // 2), (10 * piece, 5)):
                file.seek(offset)
                file.write(b"x" * count)
        pieces = PieceMap(self.folder, size, piece)
        self.assertEqual(pieces.look(), 0b10000011001)
        self.assertTrue(holes(path, size))
        path.write_bytes(b"x" * size)
        self.assertEqual(pieces.look(), pieces.all)
        self.assertFalse(holes(path, size))

    def test_a_rename_on_completion_does_not_lose_the_file(self):
        pieces = PieceMap(self.folder, 4 * 65536, 65536)
        self.assertEqual(pieces.look(), 0)
        path = self.folder / "content.part"
        path.write_bytes(b"x" * 65536)
        self.assertEqual(pieces.look(), 0b1)
        path.write_bytes(b"x" * 2 * 65536)
        path.rename(self.folder / "content")
        pieces.look()
        self.assertEqual(pieces.look(), 0b11)

    def test_one_other_byte_is_noticed(self):
        one, other = self.folder / "one", self.folder / "other"
        one.write_bytes(b"x" * 3_000_000)
        other.write_bytes(b"x" * 3_000_000)
        self.assertTrue(same_bytes(one, other))
        other.write_bytes(b"x" * 2_999_999 + b"y")
        self.assertFalse(same_bytes(one, other))
        other.write_bytes(b"x" * 2_999_999)
        self.assertFalse(same_bytes(one, other))


class Plot(unittest.TestCase):
    def test_the_curves_are_well_formed_and_end_at_all_hosts(self):
        race = {"strategy": "shoal", "bound_s": 10.0, "survivors": 2, "completed_s": {"0": 11.0, "1": 12.5, "2": None}}
        slow = {"strategy": "leader", "bound_s": 10.0, "survivors": 2, "completed_s": {"0": 100.0, "1": None}}
        root = xml.etree.ElementTree.fromstring(plot.svg([("2 hosts", [race, slow])], "a <title> & more"))
        lines = root.findall("{http://www.w3.org/2000/svg}polyline")
        heights = [line.get("points").split()[-1].split(",")[1] for line in lines]
        frame = root.findall("{http://www.w3.org/2000/svg}rect")[1]
        top, height = float(frame.get("y")), float(frame.get("height"))
        self.assertEqual([float(y) for y in heights], [top, top + height / 2])

    def test_a_race_that_nobody_finished_still_draws(self):
        race = {"strategy": "shoal", "bound_s": 10.0, "survivors": 1, "completed_s": {"0": None}}
        xml.etree.ElementTree.fromstring(plot.svg([("1 host", [race])], "none"))
