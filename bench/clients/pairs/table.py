"""The rows of many trials as tables that read on a terminal and in Markdown alike."""

import math
import statistics

from proving_ground import units
from proving_ground.clients import ALL
from proving_ground.row import MACHINE_LIMIT

from .swarms import FLEET, MIXED, OTHERS, PAIR
from .trial import AFTER, TOGETHER

_STARTS = {AFTER: "one after the other", TOGETHER: "started together"}


def tables(record):
    """Everything that a record has to show."""
    shown = [_legend(record)]
    for rate, start in _conditions(record["trials"]):
        rows = [row for row in record["trials"] if (row["rate"], row["start"]) == (rate, start)]
        title = f"link {'unlimited' if rate is None else f'of {units.show_rate(rate)}'}, {_STARTS[start]}"
        pairs = [row for row in rows if row["swarm"] == PAIR]
        if pairs:
            shown.append(f"Seconds, {title}{busy(pairs)}\n\n{matrix(pairs, record['timeout_s'], to_end)}")
        waited = [row for row in pairs if row["seed"] in ALL and ALL[row["seed"]].waits_to_unchoke]
        if waited:
            shown.append(f"Seconds from the seed's first blocks on, {title}\n\n"
                         f"{matrix(waited, record['timeout_s'], from_first_block)}")
        swarms = [row for row in rows if row["swarm"] != PAIR]
        if swarms:
            shown.append(f"Seconds in a swarm with one seed, {title}{busy(swarms)}\n\n"
                         f"{swarm_table(swarms, record['timeout_s'])}")
    failed = [row for row in record["trials"] if row["outcome"] == "failed"]
    if failed:
        shown.append("Failed:\n" + "\n".join(f"  {row['seed']} -> {', '.join(row['leechers'])}: {row['why']}" for row in failed))
    return "\n\n".join(shown)


def busy(rows):
    """How busy the processor was, and in how many trials it may have set the pace."""
    bound = sum(row["busy"] > MACHINE_LIMIT for row in rows)
    return f"; processor at most {max(row['busy'] for row in rows):.0%} busy" + (
        f", above {MACHINE_LIMIT:.0%} in {bound} of {len(rows)} trials, where it may have set the pace" if bound else "")


def to_end(row):
    """Seconds from a pair's start to the leecher's word that it has finished; infinite where it never said so."""
    return row["seconds"][0] if row["outcome"] == "done" else math.inf


def from_first_block(row):
    """As `to_end`, without the time until the seed sent its first blocks."""
    return to_end(row) - (row["first_block_s"] or 0.0)


def matrix(rows, timeout, figure):
    """Seeds down, leechers across, the median and the spread of each pair's figure."""
    seeds = _once(row["seed"] for row in rows)
    leechers = _once(row["leechers"][0] for row in rows)
    lines = [["seed \\ leecher", *leechers]]
    for seed in seeds:
        found = [[row for row in rows if (row["seed"], row["leechers"][0]) == (seed, leecher)] for leecher in leechers]
        lines.append([seed, *(_pair_cell(some, timeout, figure) for some in found)])
    return _draw(lines)


def _pair_cell(rows, timeout, figure):
    failed = sum(row["outcome"] == "failed" for row in rows)
    if rows and failed == len(rows):
        return "failed"
    return cell([figure(row) for row in rows if row["outcome"] != "failed"], timeout) + (f", {failed} failed" if failed else "")


def cell(values, timeout):
    """`3.21`, `3.21 (3.10 to 3.60)`, `over 120`, or `-` where there is nothing."""
    if not values:
        return "-"

    def show(value):
        return f"over {timeout:g}" if math.isinf(value) else f"{value:.2f}" if value < 10 else f"{value:.1f}"

    text = show(statistics.median(values))
    low, high = show(min(values)), show(max(values))
    return text if low == high else f"{text} ({low} to {high})"


def swarm_table(rows, timeout):
    """For each client and for both groups' slowest host: the mixed swarm beside the swarm of its own group."""
    ours = _hosts(rows, FLEET)
    others = _hosts(rows, OTHERS) or [name for name in _hosts(rows, MIXED) if name not in ours]
    lines = [["host", "mixed swarm", "among themselves"]]
    for names, swarm in ((ours, FLEET), (others, OTHERS)):
        if not names:
            continue
        for name in _once(names):
            count = names.count(name)
            lines.append([name if count == 1 else f"{name}, each of {count}",
                          cell(_times(rows, MIXED, [name]), timeout), cell(_times(rows, swarm, [name]), timeout)])
        lines.append([f"slowest {'of ours' if swarm == FLEET else 'of the others'}",
                      cell(_slowest(rows, MIXED, names), timeout), cell(_slowest(rows, swarm, names), timeout)])
    return _draw(lines)


def _hosts(rows, swarm):
    return next((row["leechers"] for row in rows if row["swarm"] == swarm), [])


def _times(rows, swarm, names):
    """The times of the named clients' hosts in every trial of a swarm; infinite where one did not finish."""
    return [time for row in rows if row["swarm"] == swarm for time in _of(row, names)]


def _slowest(rows, swarm, names):
    """For each trial of a swarm the time of the last of the named clients' hosts."""
    return [max(_of(row, names)) for row in rows if row["swarm"] == swarm]


def _of(row, names):
    return [math.inf if value is None else value for name, value in zip(row["leechers"], row["seconds"]) if name in names]


def _legend(record):
    versions = "; ".join(f"{name}: {version}" for name, version in record["versions"].items())
    machine = record["machine"]
    return (f"A file of {units.show_size(record['size'])} in pieces of {units.show_size(record['piece_size'])}, medians of "
            f"{record['rounds']} (spread), a download given up after {record['timeout_s']:g} s.\n"
            f"{record['date'][:10]}, {machine['cores']} x {machine['processor']}, Linux {machine['kernel']}.\n{versions}")


def _conditions(rows):
    return _once((row["rate"], row["start"]) for row in rows)


def _once(values):
    """Each value once, in the order of its first appearance."""
    return [*dict.fromkeys(values)]


def _draw(cells):
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = ["| " + " | ".join(text.ljust(width) for text, width in zip(line, widths)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
