"""`report DIR`: where the time of a kept race went."""

import collections
import csv
import json
import pathlib

from . import timeline, units
from .conditions import Conditions


def report(folder):
    """Text on every race that is kept below `folder`. AssertionError where there is none."""
    kept = sorted(path.parent for path in pathlib.Path(folder).rglob("row.json"))
    if not kept:
        raise AssertionError(f"{folder} holds no kept race: run with --keep DIR first")
    return "\n\n".join(_one(path) for path in kept)


def _one(folder):
    row = json.loads((folder / "row.json").read_text(encoding="utf-8"))
    conditions = Conditions.from_json(json.loads((folder / "conditions.json").read_text(encoding="utf-8")))
    with open(folder / "timeline.csv", newline="", encoding="utf-8") as file:
        looks = [{**look, "second": float(look["second"]), "host": int(look["host"]), "sent_bps": int(look["sent_bps"]),
                  "received_bps": int(look["received_bps"]), "peers": int(look["peers"]), "pieces": int(look["pieces"])}
                 for look in csv.DictReader(file)]
    span = row["makespan_s"] or max((look["second"] for look in looks), default=0)
    lines = [f"{row['strategy']}, {row['hosts']} hosts ({folder})",
             f"  slowest host {_seconds(row['makespan_s'])}, {_ratio(row['ratio_bound'])} of the bound of "
             f"{units.show_seconds(row['bound_s'])}; {row['finished']} of {row['survivors']} complete"]
    if conditions.time_scale > 1:
        lines.append(f"  time slowed {conditions.time_scale} times: times are as the programs saw them, which saw links of "
                     f"{units.show_rate(conditions.seen_rate(conditions.rate))}")
    lines += _machine(row)
    lines += _origin(row, conditions, looks, span)
    lines += _leechers(row, conditions, looks)
    lines += _slowest(row, looks)
    return "\n".join(lines)


def _machine(row):
    cpu = row["cpu_s"]
    return [f"  machine: {row['busy_mean']:.0%} busy on average, {row['busy_peak']:.0%} at its peak"
            + ("; IT MAY HAVE SET THE PACE" if row["bound_by_machine"] else "")
            + f"; core-seconds: {cpu['machine']:.1f} in all, leechers {cpu['leechers']:.1f}, servers {cpu['servers']:.1f}, "
              f"tracker {cpu['tracker']:.1f}, this bench {cpu['bench']:.1f}",
            f"  start: programs executed within {_seconds(row['start_skew_s'])} of each other"]


def _origin(row, conditions, looks, span):
    servers = {look["host"] for look in looks} - {int(number) for number in row["completed_s"]}
    rate = conditions.server_rate * max(len(servers), 1)
    until = row["one_copy_at_s"]
    yield f"  servers: sent {row['servers_sent_copies']:.2f} copies in all"
    if until is not None:
        sent = row["servers_sent_until_one_copy"]
        yield (f"    the swarm had one whole copy on its disks at {units.show_seconds(until)} "
               f"({until / row['bound_s']:.2f} of the bound); until then they sent {sent:.2f} copies: {max(0, sent - 1):.2f} of it twice, or headers")
        yield f"    link out {_idle(looks, servers, 0, until, rate):.0%} idle until then, {_idle(looks, servers, until, span, rate):.0%} after"
    else:
        yield f"    link out {_idle(looks, servers, 0, span, rate):.0%} idle"


def _idle(looks, hosts, first, last, rate):
    """Share of the hosts' links out that was not used in (first, last]."""
    used = collections.defaultdict(float)
    for look in looks:
        if look["host"] in hosts and first < look["second"] <= last:
            used[look["second"]] += look["sent_bps"]
    return max(0.0, 1 - sum(used.values()) / len(used) / rate) if used and rate else 0.0


def _leechers(row, conditions, looks):
    """What the hosts that were not complete waited for."""
    rates = {seat.number: seat.rate for seat in conditions.seats()}
    why = collections.Counter()
    lost = collections.Counter()
    upload_used = upload_could = 0.0
    peers = []
    for look in looks:
        if look["host"] not in rates:
            continue
        if look["why"] != "off":
            upload_used += look["sent_bps"]
            upload_could += rates[look["host"]]
        if look["why"] in ("off", "done"):
            continue
        why[look["why"]] += 1
        lost[look["why"]] += max(0.0, 1 - look["received_bps"] / rates[look["host"]])
        peers.append(look["peers"])
    total = sum(why.values())
    if not total:
        return
    yield "  incomplete hosts, host-seconds (and the share of their link in that this left idle):"
    for name, count in why.most_common():
        yield f"    {count / total:4.0%}  {name:<12} {timeline.MEANING[name]} ({lost[name] / total:.0%} of link time lost)"
    yield (f"    links in idle {sum(lost.values()) / total:.0%} while incomplete; links out idle "
           f"{1 - upload_used / upload_could if upload_could else 0:.0%}; {sum(peers) / len(peers):.1f} peers a host on average")
    yield f"    received {row['received_per_copy']:.3f} times the file a host: headers, protocol and duplicates"


def _slowest(row, looks):
    times = {int(number): seconds for number, seconds in row["completed_s"].items()}
    order = sorted(times, key=lambda number: (times[number] is None, times[number] or 0))[-3:]
    yield "  slowest hosts:"
    for number in reversed(order):
        why = collections.Counter(look["why"] for look in looks if look["host"] == number and look["why"] != "done")
        spent = ", ".join(f"{name} {count}" for name, count in why.most_common())
        yield f"    host {number}: {_seconds(times[number])}; looks: {spent or 'none while it was incomplete'}"
    for said in row["failures"]:
        yield f"    {said}"


def _seconds(value):
    return "never" if value is None else f"{value:.2f} s"


def _ratio(value):
    return "-" if value is None else f"{value:.2f}"
