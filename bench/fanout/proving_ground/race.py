"""One race: all hosts released together, watched until the last one is complete, verified, and summed up."""

import contextlib
import json
import pathlib
import shutil
import signal
import time

from . import probes, row, units
from .course import Course
from .piece_map import PieceMap, holes, same_bytes
from .probes import Processors
from .program import Barrier, stop_all
from .slow_time import Stopwatch
from .timeline import Timeline

# How often completion is looked for, a host, in real seconds: at most 2 % of a core. Only curl's times depend on it; the kernel
# writes down the others' when it happens.
_LOOK_S, _LEAST_LOOK_S = 0.0005, 0.03
# A race is given up after so many times what arithmetic says it takes, and so many real seconds more.
_MAX_LIMIT_FACTOR, _LIMIT_S = 6, 120


def default_limit(conditions, strategy):
    """In the programs' time, as --limit."""
    last = max([churn.last for churn in (*conditions.join, *conditions.kill)], default=0)
    return _LIMIT_S / conditions.time_scale + last + _MAX_LIMIT_FACTOR * strategy.formula(conditions)


class Race:
    """`keep`: a folder for the logs and the time line, or None. `say` is called with a line of progress now and then. All
    times that it works with and sums up are the programs'."""

    def __init__(self, conditions, strategy, tracker, folder, source, limit=None, keep=None, say=lambda line: None):
        self._conditions = conditions
        self._strategy = strategy
        self._tracker = tracker
        self._folder = pathlib.Path(folder)
        self._source = source
        self._limit = limit or default_limit(conditions, strategy)
        self._keep = pathlib.Path(keep) if keep else None
        self._say = say
        self._programs = {}     # host number -> Program
        self._completed = {}    # host number -> time of the day
        self._early = []
        self._dead = set()
        self._exec_times = {}

    def run(self):
        self._folder.mkdir(parents=True)
        if self._keep:
            self._keep.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            self._course = stack.enter_context(Course(self._conditions, self._strategy, self._tracker, self._folder,
                                                      self._source))
            stack.callback(lambda: stop_all(self._programs.values()))
            if self._keep:
                stack.callback(self._keep_logs)
                self._timeline = stack.enter_context(contextlib.closing(Timeline(self._keep)))
                self._connections = stack.enter_context(contextlib.closing(probes.Connections(self._course.network)))
            self._strategy.serve(self._course)
            self._run_off()
            figures = self._sum_up()
            stop_all(self._programs.values())
            self._course.stop_servers()
            figures["wrong"] = self._verify()
        if self._keep:
            (self._keep / "row.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
            (self._keep / "conditions.json").write_text(json.dumps(self._conditions.as_json(), indent=1) + "\n",
                                                        encoding="utf-8")
        shutil.rmtree(self._folder)
        return figures

    # ---- the run

    def _run_off(self):
        course = self._course
        self._maps = {seat.number: PieceMap(course.leechers[seat.number].target, self._conditions.size,
                                            self._conditions.piece_size) for seat in course.seats}
        self._joins = sorted((seat for seat in course.seats if seat.starts > 0), key=lambda seat: seat.starts)
        self._deaths = sorted((seat for seat in course.seats if seat.dies is not None), key=lambda seat: seat.dies)
        barrier = Barrier()
        try:
            first = [seat for seat in course.seats if seat.starts == 0]
            for seat in first:
                self._start(seat, barrier)
            barrier.wait_ready(len(first))
            self._prepare_measuring()
            self._stopwatch = Stopwatch(self._conditions.time_scale)
            barrier.release(len(first))
            self._watch()
            self._exec_times = barrier.stamps()
        finally:
            barrier.close()

    def _start(self, seat, barrier=None):
        place = self._course.leechers[seat.number]
        self._programs[seat.number] = self._course.program(place, self._strategy.leech(self._course, place, seat), barrier)

    def _prepare_measuring(self):
        self._usage_before = probes.usage_by_host(self._course.network)
        self._drops_before = probes.dropped_by_cores()
        self._ports_before = self._last_ports = self._course.ports.read()
        self._bench_cpu_before = time.process_time()
        self._processors = Processors()
        self._all_processors = Processors()
        self._busy = []
        # In real time: looking costs the machine the same, however slow the programs' time.
        self._period = max(1.0, self._conditions.hosts / 100) / self._conditions.time_scale
        self._last_look = 0.0
        self._one_copy = None           # (seconds, copies that the servers had sent)
        self._servers_left_at = None

    def _watch(self):
        course = self._course
        waited_for = {seat.number for seat in course.seats if seat.dies is None}
        while True:
            now = self._elapsed()
            while self._joins and self._joins[0].starts <= now:
                self._start(self._joins.pop(0))
            while self._deaths and self._deaths[0].dies <= now:
                self._kill(self._deaths.pop(0))
            running = self._note_completions()
            open_ones = waited_for - self._completed.keys()
            if not open_ones or now > self._limit:
                break
            if not self._joins and not open_ones & running:
                break  # those that are not complete have ended: they will not be
            if now - self._last_look >= self._period:
                self._look(now)
            time.sleep(max(_LEAST_LOOK_S, _LOOK_S * len(course.seats)))
        self._look(self._elapsed())

    def _elapsed(self):
        return self._stopwatch.elapsed()

    def _kill(self, seat):
        """As when the power goes: no packet leaves the host any more, not even the one that says goodbye."""
        self._course.network.unplug(self._course.leechers[seat.number].host)
        self._programs[seat.number].signal(signal.SIGKILL)
        self._dead.add(seat.number)

    def _note_completions(self):
        """The hosts whose program runs."""
        running = set()
        for seat in self._course.seats:
            number = seat.number
            program = self._programs.get(number)
            if program is None or number in self._dead:
                continue
            if program.poll():
                running.add(number)
            if number not in self._completed:
                place = self._course.leechers[number]
                at = self._strategy.done_at(place, program, seat)
                if at is not None:
                    self._completed[number] = at
                    if not place.content.exists() or holes(place.content, self._conditions.size):
                        self._early.append(number)
        return running

    def _look(self, now):
        """Once a period: ports, processors, pieces."""
        passed = (now - self._last_look) * self._conditions.time_scale  # really: rates are those of the links
        if passed < 0.05:
            return
        self._last_look = now
        ports = self._course.ports.read()
        busy, _ = self._processors.busy()
        self._busy.append((now, busy))
        rates = {number: ((sent - self._last_ports[number][0]) * 8 / passed,
                          (received - self._last_ports[number][1]) * 8 / passed)
                 for number, (sent, received) in ports.items()}
        self._last_ports = ports
        copies = self._copies_sent(ports)
        if self._strategy.is_swarm and (self._one_copy is None or self._keep):
            self._look_at_pieces()
        if self._keep:
            self._write_timeline(now, rates)
        leaves = self._conditions.origin_leaves
        if leaves is not None and self._servers_left_at is None and self._strategy.is_swarm:
            if self._one_copy is not None if leaves == 0 else copies >= leaves:
                self._servers_left_at = now
                for server in self._servers():
                    server.signal(signal.SIGTERM)
        self._say(f"{self._strategy.name}: {units.show_seconds(now)}, {len(self._completed)} of {len(self._course.seats)} "
                  f"complete, servers sent {copies:.2f} copies, machine {busy:.0%} busy")

    def _look_at_pieces(self):
        """Looking at a thousand hosts takes a while: what was sent is read after it, so it is never too little."""
        union = 0
        for number, pieces in self._maps.items():
            have = pieces.look() if number in self._programs else 0
            if number in self._completed:
                have = pieces.all
            if number not in self._dead:
                union |= have
        if union == next(iter(self._maps.values())).all and self._one_copy is None:
            self._one_copy = (self._elapsed(), self._copies_sent(self._course.ports.read()))

    def _write_timeline(self, now, rates):
        course = self._course
        link = {seat.number: seat.rate for seat in course.seats}
        link.update({place.host.number: self._conditions.server_rate for place in course.servers})
        active = {number for number, program in self._programs.items() if program.status is None or number in self._completed}
        servers = [place.host.number for place in course.servers]
        if self._servers_left_at is None:
            active.update(servers)
        peers = {number: self._connections.peers(number) for number in (*self._programs, *servers)
                 if number not in self._dead}
        some = next(iter(self._maps.values()))
        self._timeline.add(now, rates, link, [seat.number for seat in course.seats], servers, active - self._dead,
                           set(self._completed), {number: pieces.have for number, pieces in self._maps.items()}, peers,
                           some.all)

    def _servers(self):
        numbers = {place.host.number for place in self._course.servers}
        return [program for program in self._course.started if program.host.number in numbers]

    def _copies_sent(self, ports):
        return sum(ports[place.host.number][0] - self._ports_before[place.host.number][0]
                   for place in self._course.servers) / self._conditions.size

    # ---- the account

    def _sum_up(self):
        course = self._course
        conditions = self._conditions
        busy, machine_cpu = self._all_processors.busy()
        bench_cpu = time.process_time() - self._bench_cpu_before
        ports = course.ports.read()
        usage = probes.usage_by_host(course.network)
        seconds = {number: self._stopwatch.at(time_of_day) for number, time_of_day in self._completed.items()}
        figures = {"strategy": self._strategy.name, "time_scale": conditions.time_scale,
                   **row.completion_figures(conditions, course.seats, seconds),
                   "formula_s": self._strategy.formula(conditions)}
        delivered = sum(ports[seat.number][1] - self._ports_before[seat.number][1] for seat in course.seats)
        gigabytes = max(len(seconds) * conditions.size, 1) / 1e9
        leecher_cpu = self._cpu(usage, [place.host.number for place in course.leechers], self._programs.values())
        server_cpu = self._cpu(usage, [place.host.number for place in course.servers], self._servers())
        others = {host.number for host in course.network.hosts[len(course.leechers) + len(course.servers):]}
        tracker_cpu = self._cpu(usage, others, [])
        memory = [usage[place.host.number] for place in course.leechers if place.host.number in usage]
        execs = [self._stopwatch.at(time_of_day) for time_of_day in self._exec_times.values()]
        figures.update({
            "claimed_early": self._early,
            "start_skew_s": max(execs) - min(execs) if execs else None,
            "last_start_s": max(execs) if execs else None,
            "servers_sent_copies": self._copies_sent(ports),
            "one_copy_at_s": self._one_copy[0] if self._one_copy else None,
            "servers_sent_until_one_copy": self._one_copy[1] if self._one_copy else None,
            "servers_left_at_s": self._servers_left_at,
            "received_per_copy": delivered / max(len(seconds) * conditions.size, 1),
            "cpu_s": {"leechers": leecher_cpu, "servers": server_cpu, "tracker": tracker_cpu, "machine": machine_cpu,
                      "bench": bench_cpu},
            "cpu_s_per_gb": (leecher_cpu + server_cpu + tracker_cpu) / gigabytes if seconds else None,
            "machine_cpu_s_per_gb": machine_cpu / gigabytes if seconds else None,
            "memory_peak_bytes": row.median([one["peak_bytes"] for one in memory]),
            "memory_pss_bytes": row.median([one["pss_bytes"] for one in memory]),
            "busy_mean": busy, "busy_peak": max((share for _, share in self._busy), default=busy),
            "bound_by_machine": busy > row.MACHINE_LIMIT,
            "dropped_by_cores": probes.dropped_by_cores() - self._drops_before,
            "clock_step_s": self._stopwatch.clock_step(),
            "busy_s": [[round(at, 3), round(share, 3)] for at, share in self._busy],
            "failures": self._failures(),
        })
        return figures

    def _cpu(self, usage, numbers, programs):
        """Since the start: of what runs in these hosts, and of the programs that ended since."""
        running = sum(usage[number]["cpu_s"] - self._usage_before.get(number, {"cpu_s": 0})["cpu_s"]
                      for number in numbers if number in usage)
        return running + sum(program.cpu_s for program in programs if program.status is not None)

    def _failures(self):
        """What those said last that were left behind: the first three of them."""
        said = []
        for number, program in sorted(self._programs.items()):
            if number not in self._completed and number not in self._dead and len(said) < 3:
                state = "still ran" if program.status is None else f"ended with {program.status}"
                said.append(f"host {number} {state}: {program.output()[-300:].strip()}")
        return said

    def _verify(self):
        """The hosts whose content, said to be complete, is not the source's, byte for byte."""
        return [number for number in sorted(self._completed)
                if not self._course.leechers[number].content.exists()
                or not same_bytes(self._course.leechers[number].content, self._source)]

    def _keep_logs(self):
        for place in (*self._course.leechers, *self._course.servers):
            if place.log.exists():
                shutil.copyfile(place.log, self._keep / f"{place.folder.name}.log")
        tracker = self._folder / "tracker" / "log"
        if tracker.exists():
            shutil.copyfile(tracker, self._keep / "tracker.log")
