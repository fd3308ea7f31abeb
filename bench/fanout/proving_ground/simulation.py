"""`bench/fanout/run --simulate`: the same question asked of shoal-simulate, for fleets that no machine here can hold."""

import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import subprocess

from . import plot, scale_plot, units
from .options import checked

_HEAD = ["hosts", "complete", "slowest", "p50", "p99", "÷ bound", "copies sent", "until one copy", "tracker, announces",
         "in its busiest second", "messages a host", "connections a host", "took"]

_EXAMPLES = """
examples:
  bench/fanout/run --simulate --hosts 1000,10000 --mtu 9000 --json scale.json --plot docs/fanout-scale
  bench/fanout/run --simulate --hosts 20 --rate 20Mbit/s --size 64MiB --piece-size 64KiB
  bench/fanout/run --simulate --hosts 1000 --mtu 9000 -- --origin-leaves --kill 300 --kill-at 2s
"""

# Options that shoal-simulate reads as they are: name, what stands for the value, help.
_PASSED_ON = (("connections", "N", "of a leecher"), ("slots", "N", "peers a host serves at once"),
              ("window", "N", "pieces an origin hands out at once"), ("mtu", "BYTES", "9000 with jumbo frames"),
              ("latency", "TIME", "one way"), ("start-spread", "TIME", "within which all hosts start"),
              ("tracker-rate", "N", "announces that the tracker answers a second"), ("queue", "SIZE", "of each link"),
              ("hash-rate", "RATE", "at which a host checks one piece"))


def parser():
    made = argparse.ArgumentParser(
        prog="bench/fanout/run --simulate", epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Brings one file to many simulated hosts, which the client's own swarm policy drives. Needs no root. "
                    "What is approximated stands in docs/simulator.md.")
    made.add_argument("--hosts", type=checked(_counts), metavar="N,N,...", default=[1000], help="sizes of fleet (1000)")
    made.add_argument("--rate", type=checked(units.rate), metavar="RATE", default=10**10,
                      help="of every link, both ways (10Gbit/s)")
    made.add_argument("--size", type=checked(units.size), metavar="SIZE", default=5 * 10**9, help="of the file (5GB)")
    made.add_argument("--piece-size", type=checked(units.size), metavar="SIZE", default=5 << 20, help="(5MiB)")
    made.add_argument("--origins", type=int, metavar="N", default=1, help="(%(default)s)")
    made.add_argument("--repeat", type=int, metavar="N", default=1, help="runs with other random choices; the table has the "
                                                                         "median one")
    made.add_argument("--seed", type=int, metavar="N", default=1, help="the same number is the same run (%(default)s)")
    for name, value, text in _PASSED_ON:
        made.add_argument(f"--{name}", metavar=value, help=text)
    made.add_argument("--neediest-first", action="store_true", help="slots go to the peers with the fewest pieces, not to any")
    made.add_argument("--bin", metavar="DIR", help="where shoal-simulate is (SHOAL_BIN, or build/release/bin)")
    made.add_argument("--jobs", type=int, metavar="N", default=1, help="runs at once (%(default)s)")
    made.add_argument("--limit", type=checked(units.duration), metavar="DUR", default=3600.0, help="give a run up after "
                                                                                                   "this long (1h)")
    made.add_argument("--json", metavar="FILE", help="write every figure of every run")
    made.add_argument("--plot", metavar="STEM", help="draw how it grows with the fleet: STEM.svg and STEM.png")
    made.add_argument("further", nargs="*", metavar="-- OPTION...", help="more options of shoal-simulate: see its --help")
    return made


def simulate(arguments, programs):
    """The exit code: 0 every host of every run is complete. `programs`: a function from --bin to the folder."""
    options = parser().parse_args(arguments)
    program = pathlib.Path(programs(options.bin)) / "shoal-simulate"
    if not program.exists():
        raise AssertionError(f"{program} is not there: build it (cmake --build --preset release --target shoal-simulate), or "
                             "name its folder with --bin")
    tasks = [(hosts, number) for hosts in options.hosts for number in range(options.repeat)]
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(options.jobs, 1)) as pool:
        rows = list(pool.map(lambda task: _run(program, options, *task), tasks))
    merged = [_median(rows[first:first + options.repeat]) for first in range(0, len(rows), options.repeat)]
    bound = units.show_seconds(merged[0]["bound_s"])
    print(f"Simulated: links of {units.show_rate(options.rate)} both ways, a file of {units.show_size(options.size)} in pieces "
          f"of {units.show_size(options.piece_size)}; one-copy bound {bound}.\n")
    print(table(merged) + "\n", flush=True)
    if options.json:
        _write(options, rows)
    if options.plot:
        vector, pixels = plot.write(options.plot, scale_plot.svg(merged))
        print(f"growth: {vector}, {pixels}")
    return 0 if all(row["unfinished"] == 0 for row in rows) else 1


def table(rows):
    """Markdown, one row a fleet."""
    cells = [_HEAD] + [_cells(row) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEAD))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _cells(row):
    return [f"{row['hosts']:,}", f"{row['finished']:,}", f"{row['makespan_s']:.2f} s", f"{row['p50_s']:.2f} s",
            f"{row['p99_s']:.2f} s", f"{row['ratio_bound']:.3f}", f"{row['origin_sent_copies']:.2f}",
            f"{row['origin_sent_until_one_copy']:.2f}", f"{row['announces']:,}", f"{row['announces_a_second']:,}",
            f"{row['messages_a_host']:,.0f}", f"{row['connections_a_host']:.0f}", f"{row['took_s']:.1f} s"]


def _run(program, options, hosts, number):
    command = [str(program), "--json", "--hosts", str(hosts), "--rate", f"{options.rate / 8:.0f}B/s", "--size",
               f"{options.size}B", "--piece-size", f"{options.piece_size}B", "--origins", str(options.origins),
               "--seed", str(options.seed + number)]
    for name, _, _ in _PASSED_ON:
        value = getattr(options, name.replace("-", "_"))
        if value is not None:
            command += [f"--{name}", value]
    command += ["--neediest-first"] * options.neediest_first
    try:
        done = subprocess.run(command + options.further, capture_output=True, text=True, timeout=options.limit, check=False)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"{hosts} hosts took longer than {options.limit:.0f} s: raise --limit") from None
    if not done.stdout:
        raise AssertionError(done.stderr.strip() or f"{program} ended with {done.returncode}")
    return json.loads(done.stdout)


def _median(rows):
    return sorted(rows, key=lambda row: row["makespan_s"])[(len(rows) - 1) // 2]


def _write(options, rows):
    path = pathlib.Path(options.json)
    path.parent.mkdir(parents=True, exist_ok=True)
    asked = {name: value for name, value in vars(options).items() if value is not None and name not in ("json", "plot", "bin")}
    path.write_text(json.dumps({
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "simulated": True,
        "options": asked, "cpus": os.cpu_count(), "runs": rows}, indent=1) + "\n", encoding="utf-8")


def _counts(text):
    try:
        counts = [int(count) for count in text.split(",")]
    except ValueError:
        counts = []
    if not counts or min(counts) < 1:
        raise ValueError(f"'{text}' is not a number of hosts, or several with commas between them")
    return counts
