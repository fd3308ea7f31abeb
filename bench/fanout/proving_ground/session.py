"""A measurement from its conditions to its results: the guard, the races one after the other, JSON, table, plot."""

import dataclasses
import datetime
import json
import os
import pathlib
import signal
import sys
import tempfile

from . import machine, plot, row, table
from .conditions import Conditions
from .course import SERVE_S, make_source, raise_file_limit
from .guard import Guard
from .race import Race, default_limit
from .strategies import STRATEGIES

_REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
_BUILD_UP_S = 300  # real seconds for one race's network, its servers' start, and the verification after it


class Session:
    """Context manager. `run` may be called several times in it, for several fleets; it races the strategies in `names`, while
    those in `beside` race in processes of their own."""

    def __init__(self, options, fleets, names, beside=()):
        os.environ["SHOAL_BIN"] = programs(options.bin)
        self._options = options
        self._names = names
        self._versions = {}
        for name in names:
            self._versions.update(STRATEGIES[name].versions())
        strategies = [STRATEGIES[name] for name in (*names, *beside)]
        limits = sum(_real_limit(fleet, options.limit or default_limit(fleet, strategy))
                     for fleet in fleets for strategy in strategies) * options.repeat
        curls = 0 if options.no_curl else sum(_real_limit(fleet, default_limit(_alone(fleet), STRATEGIES["leader"]))
                                              for fleet in fleets)
        self.folder = pathlib.Path(options.dir or tempfile.gettempdir()) / f"shoal-fanout-{os.getpid()}"
        self._guard = Guard(self.folder, limits + curls)
        self._count = 0
        self._results = []
        self._others = []
        raise_file_limit(8 * max(fleet.hosts for fleet in fleets) + 1000)

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        self._guard.__enter__()
        return self

    def __exit__(self, *what):
        if self._options.json and self._results:
            path = pathlib.Path(self._options.json)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(self.record(), indent=1) + "\n", encoding="utf-8")
        return self._guard.__exit__(*what)

    def run(self, conditions):
        """The merged rows of all strategies in this fleet, and the seconds of one curl or None."""
        source = self.folder / f"content-{conditions.size}.bin"
        if not source.exists():
            make_source(source, conditions.size)
        curl_s = None
        if not self._options.no_curl:
            alone = self._race(_alone(conditions), "leader", source, keep=None)
            curl_s = alone["makespan_s"]
        result = {"conditions": conditions.as_json(), "curl_s": curl_s, "races": []}
        self._results.append(result)
        merged = []
        for name in self._names:
            rows = []
            for number in range(self._options.repeat):
                keep = self._options.keep and pathlib.Path(self._options.keep) / (
                    f"{name}-{conditions.hosts}" + (f"-{number + 1}" if self._options.repeat > 1 else ""))
                rows.append(self._race(conditions, name, source, keep))
                result["races"].append(rows[-1])
            merged.append(row.merge(rows))
        return merged, curl_s

    def _race(self, conditions, name, source, keep):
        self._count += 1
        race = Race(conditions, STRATEGIES[name], self._options.tracker, self.folder / f"race-{self._count}", source,
                    self._options.limit, keep, _say)
        try:
            return race.run()
        finally:
            _say(None)

    def add(self, files):
        """The races of other processes, from their JSON."""
        self._others += [read_record(file) for file in files]

    def record(self):
        """All races so far, as --json writes them."""
        return join([*self._others, {
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "machine": machine.describe(), "versions": self._versions, "tracker": self._options.tracker,
            "results": self._results}])


def read_record(file):
    try:
        record = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
        record["results"][0]["conditions"]["hosts"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise AssertionError(f"{file}: not the JSON of a run: {error}") from error
    return record


def join(records):
    """Several runs as one: the last one's facts, and all races under the same conditions together."""
    joined, found = {}, {}
    for record in records:
        joined = {**record, "versions": {**joined.get("versions", {}), **record.get("versions", {})}}
        for result in record["results"]:
            # A file of an earlier version lacks the conditions that came later: they were as their defaults are.
            conditions = Conditions.from_json(result["conditions"]).as_json()
            one = found.setdefault(json.dumps(conditions, sort_keys=True),
                                   {"conditions": conditions, "curl_s": None, "races": []})
            one["curl_s"] = one["curl_s"] or result["curl_s"]
            one["races"] += result["races"]
    return {**joined, "results": sorted(found.values(), key=lambda result: result["conditions"]["hosts"])}


def fleets_of(record):
    """For each of the conditions: (conditions, merged rows, seconds of one curl or None)."""
    for result in record["results"]:
        by_name = {}
        for race in result["races"]:
            by_name.setdefault(race["strategy"], []).append(race)
        yield Conditions.from_json(result["conditions"]), [row.merge(races) for races in by_name.values()], result["curl_s"]


def show(rows, conditions, curl_s):
    """Prints the table of one fleet."""
    print(table.legend(conditions, curl_s) + "\n")
    print(table.table(rows, curl_s) + "\n", flush=True)
    for race in rows:
        for failure in race["failures"]:
            print(f"{race['strategy']}: {failure}", file=sys.stderr)


def draw(stem, panels, title):
    """The plot; says where it is."""
    if stem:
        vector, pixels = plot.write(stem, plot.svg(panels, title))
        print(f"curves: {vector}, {pixels}")


def all_well(rows):
    """True where every host of every race has the content."""
    return all(not row["left_behind"] and not row["wrong"] and row.get("repeats_finished", 1) == row.get("repeats", 1)
               for row in rows)


def _real_limit(fleet, limit):
    """Real seconds that one race may take in all. `limit`: of the race itself, in the programs' time."""
    return (limit + SERVE_S) * fleet.time_scale + _BUILD_UP_S


def _alone(conditions):
    """One host on the same links, nothing else going on."""
    return dataclasses.replace(conditions, hosts=1, racks=0, uplink=None, slow=[], kill=[], join=[], mix=[],
                               origin_leaves=None)


def programs(folder):
    """The folder of the programs that are measured."""
    folder = folder or os.environ.get("SHOAL_BIN") or _REPOSITORY / "build" / "release" / "bin"
    if not pathlib.Path(folder).is_dir():
        raise AssertionError(f"{folder} is not there: build first (cmake --preset release && cmake --build --preset release), "
                             "or name the folder of the programs with --bin")
    return str(pathlib.Path(folder).resolve())


def _say(line):
    """One line that is drawn over, on a terminal only."""
    if sys.stderr.isatty():
        print("\r\033[K" + (line or ""), end="", file=sys.stderr, flush=True)


def _interrupt(*_):
    raise KeyboardInterrupt
