"""What one race came to, as the JSON has it."""

import math
import statistics

MACHINE_LIMIT = 0.70  # busier than this and the machine, not the clients, may have set the pace


def percentile(values, share):
    """The smallest value that at least `share` of all are not above."""
    ordered = sorted(values)
    # The small subtraction: 0.99 x 100 is a little more than 99 in floating point.
    return ordered[max(0, math.ceil(len(ordered) * share - 1e-9) - 1)] if ordered else None


def completion_figures(conditions, seats, seconds):
    """The figures that follow from when each host was complete. `seconds`: host -> seconds after the start of the race."""
    survivors = [seat for seat in seats if seat.dies is None]
    on_time = [seat for seat in survivors if seat.starts == 0]
    late = [seat for seat in survivors if seat.starts > 0]
    left = [seat.number for seat in survivors if seat.number not in seconds]
    first = [seconds[seat.number] for seat in on_time if seat.number in seconds]
    all_on_time = len(first) == len(on_time)
    makespan = max(first) if first and all_on_time else None

    def worst(group):
        if not group or any(seat.number not in seconds for seat in group):
            return None
        return max((seconds[seat.number] - seat.starts) / conditions.host_bound(seat) for seat in group)

    bound = conditions.bound()
    return {
        "hosts": len(seats), "survivors": len(survivors), "finished": len(survivors) - len(left), "left_behind": left,
        "makespan_s": makespan, "p50_s": percentile(first, 0.5), "p99_s": percentile(first, 0.99),
        "bound_s": bound, "ratio_bound": makespan / bound if makespan else None,
        "worst_host_ratio": worst(on_time), "late_ratio": worst(late),
        "completed_s": {str(seat.number): seconds.get(seat.number) for seat in seats},
    }


def merge(rows):
    """The median row of several of the same race, with the spread of its makespan."""
    finished = [row for row in rows if row["makespan_s"] is not None]
    if not finished:
        return {**rows[0], "repeats": len(rows), "repeats_finished": 0, "spread_s": None}
    ordered = sorted(finished, key=lambda row: row["makespan_s"])
    median = ordered[(len(ordered) - 1) // 2]
    spans = [row["makespan_s"] for row in ordered]
    return {**median, "repeats": len(rows), "repeats_finished": len(finished), "spread_s": [spans[0], spans[-1]],
            "busy_mean": max(row["busy_mean"] for row in rows),
            "bound_by_machine": any(row["bound_by_machine"] for row in rows),
            "wrong": [number for row in rows for number in row["wrong"]]}


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None
