"""The rows as a table that reads on a terminal and in Markdown alike."""

from . import units
from .row import MACHINE_LIMIT

_HEAD = ["strategy", "hosts", "complete", "slowest", "p50", "p99", "÷ bound", "÷ curl", "arithmetic", "copies sent",
         "until one copy", "CPU s/GB", "MB/host", "busy", "notes"]


def table(rows, curl_s):
    """Markdown. `curl_s`: what one curl took alone over the same link, or None."""
    cells = [_HEAD] + [_cells(row, curl_s) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEAD))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def legend(conditions, curl_s):
    measured = f"; one curl of it alone took {units.show_seconds(curl_s)}" if curl_s else ""
    racks = f", {conditions.racks} racks" + (f" with uplinks of {units.show_rate(conditions.uplink)}"
                                            if conditions.uplink else "") if conditions.racks else ""
    slow = (f"time slowed {conditions.time_scale} times: the programs see links of "
            f"{units.show_rate(conditions.seen_rate(conditions.rate))}, and all times are theirs; "
            if conditions.time_scale > 1 else "")
    return (f"{conditions.hosts} hosts, links of {units.show_rate(conditions.rate)} both ways{racks}, a file of "
            f"{units.show_size(conditions.size)} in pieces of {units.show_size(conditions.piece_size)}; {slow}"
            f"one-copy bound {units.show_seconds(conditions.bound())}{measured}.")


def _cells(row, curl_s):
    def number(value, form="{:.2f}"):
        return "-" if value is None else form.format(value)

    def span(seconds):
        return "-" if seconds is None else units.show_seconds(seconds)

    return [
        row["strategy"], str(row["hosts"]), f"{row['finished']} of {row['survivors']}", span(row["makespan_s"]),
        span(row["p50_s"]), span(row["p99_s"]), number(row["ratio_bound"]),
        number(row["makespan_s"] / curl_s if curl_s and row["makespan_s"] else None), span(row["formula_s"]),
        number(row["servers_sent_copies"]), number(row["servers_sent_until_one_copy"]), number(row["cpu_s_per_gb"], "{:.1f}"),
        number(row["memory_peak_bytes"] and row["memory_peak_bytes"] / 1e6, "{:.0f}"), f"{row['busy_mean']:.0%}",
        "; ".join(_notes(row))]


def _notes(row):
    if row["bound_by_machine"]:
        yield f"BOUND BY THE MACHINE (> {MACHINE_LIMIT:.0%} busy)"
    if row["left_behind"]:
        yield f"{len(row['left_behind'])} LEFT BEHIND"
    if row["wrong"]:
        yield f"{len(row['wrong'])} WITH WRONG CONTENT"
    if row["claimed_early"]:
        yield f"{len(row['claimed_early'])} said so before it was on the disk"
    if row["dropped_by_cores"]:
        yield f"the machine dropped {row['dropped_by_cores']} packets"
    if abs(row["clock_step_s"]) > 0.05:
        yield f"THE CLOCK WAS SET by {row['clock_step_s']:.2f} s"
    if row["servers_left_at_s"] is not None:
        yield f"origin left at {units.show_seconds(row['servers_left_at_s'])}"
    if row["late_ratio"] is not None:
        yield f"late hosts {row['late_ratio']:.2f} of their own bound"
    if row["worst_host_ratio"] is not None and row["ratio_bound"] and row["worst_host_ratio"] > row["ratio_bound"] * 1.005:
        yield f"worst host {row['worst_host_ratio']:.2f} of its own bound"
    if row.get("repeats", 1) > 1:
        spread = row["spread_s"]
        of = f", {row['repeats_finished']} finished" if row["repeats_finished"] < row["repeats"] else ""
        yield f"median of {row['repeats']}{of}" + (f", {' to '.join(map(units.show_seconds, spread))}" if spread else "")
