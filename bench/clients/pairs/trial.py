"""One trial: a seed, its leechers and a tracker on hosts of their own, watched until the last leecher says that it has finished."""

import contextlib
import dataclasses
import pathlib
import shutil
import time

from proving_ground.conditions import Conditions
from proving_ground.course import Course, UnshapedCourse
from proving_ground.piece_map import same_bytes
from proving_ground.probes import Processors
from proving_ground.program import Barrier, Program, stop_all

_LOOK_S = 0.01
# Handshakes, bitfields and announces are a few kB; from here on the seed sends pieces. Two blocks of 16 KiB.
_FIRST_BLOCKS = 32 << 10
_READY_S = 60

AFTER, TOGETHER = "after", "together"


@dataclasses.dataclass
class Trial:
    """`rate`: bits a second, both ways, of each peer's link, or None. `start`: AFTER (the leechers start when the tracker has
    heard of the seed) or TOGETHER. `keep`: a folder for the programs' output, or None."""
    seed: object
    leechers: list
    rate: int | None
    start: str
    size: int
    piece_size: int
    timeout: float
    folder: pathlib.Path
    source: pathlib.Path
    keep: pathlib.Path | None = None

    # Where the other benches ask a strategy, a Course asks these two.
    is_swarm = True

    def servers(self, conditions):
        return conditions.origins

    def run(self):
        """The row of the trial. A client that fails is a row as well, not an error."""
        self._programs = []     # what Program starts are not servers: the orders to daemons, and the leechers
        conditions = Conditions(hosts=len(self.leechers), size=self.size, piece_size=self.piece_size)
        if self.rate:
            conditions.rate = self.rate
        self.folder.mkdir(parents=True)
        try:
            with contextlib.ExitStack() as stack:
                course = stack.enter_context((Course if self.rate else UnshapedCourse)(
                    conditions, self, "shoal-tracker", self.folder, self.source))
                if self.keep:
                    stack.callback(self._keep_logs, course)
                stack.callback(lambda: stop_all(self._programs))
                course.start_tracker()
                row = self._run_off(course)
                stop_all(self._programs)
                course.stop_servers()
                self._verify(course, row)
                return row
        except AssertionError as error:
            return self._row([None] * len(self.leechers), None, 0.0, str(error))
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run_off(self, course):
        server = course.servers[0]
        places = [*zip(self.leechers, course.leechers)]
        self._start_daemons(course, [(self.seed, server), *places])
        if self.start == AFTER:
            self._start_seed(course, server)
            course.wait_for_seeds(1)
        barrier = Barrier()
        try:
            held = []
            if self.start == TOGETHER:
                held.append(Program(server.host, self.seed.seed(server), server.log, server.folder, barrier))
            held += [Program(place.host, client.leech(place), place.log, place.folder, barrier) for client, place in places]
            self._programs += held
            barrier.wait_ready(len(held))
            processors = Processors()
            sent = course.ports.read()[server.host.number][0]
            barrier.release(len(held))
            return self._watch(course, barrier, processors, sent + _FIRST_BLOCKS)
        finally:
            barrier.close()

    def _start_seed(self, course, server):
        command = self.seed.seed(server)
        if server.host.number in {program.host.number for program in course.started}:
            self._programs.append(Program(server.host, command, server.log, server.folder))  # an order to its daemon
        else:
            course.start(server, command)

    def _start_daemons(self, course, places):
        """Each client's daemon where it has one: what is measured begins with the order to it."""
        waiting = []
        for client, place in places:
            command = client.daemon(place)
            if command is not None:
                course.start(place, command)
                waiting.append((client, place))
        deadline = time.monotonic() + _READY_S
        while waiting := [(client, place) for client, place in waiting if not client.ready(place)]:
            if time.monotonic() > deadline:
                raise AssertionError(f"{waiting[0][0].name}: its daemon takes no orders after {_READY_S} s: "
                                     f"{_tail(waiting[0][1])}")
            time.sleep(_LOOK_S)

    def _watch(self, course, barrier, processors, first_bytes):
        server = course.servers[0].host.number
        stamps, done = {}, {}
        first, why = None, None
        began = time.monotonic()
        while len(done) < len(self.leechers) and time.monotonic() - began < self.timeout and why is None:
            time.sleep(_LOOK_S)
            if first is None and course.ports.read()[server][0] >= first_bytes:
                first = time.time()
            for client, place in zip(self.leechers, course.leechers):
                if place.host.number not in done:
                    at = client.done_at(place)
                    if at is not None:
                        done[place.host.number] = at
            why = self._ended(course, done)
        busy, _ = processors.busy()
        stamps = barrier.stamps()
        seconds = [done[place.host.number] - stamps[place.host.number] if place.host.number in done else None
                   for place in course.leechers]
        start = min(stamps[place.host.number] for place in course.leechers)
        return self._row(seconds, first - start if first else None, busy, why)

    def _ended(self, course, done):
        """Why no more leecher will finish, or None."""
        daemons = {program.host.number for program in course.started}
        for program in self._programs:
            if not program.poll() and program.host.number not in done:
                # An order to a daemon ends when the daemon has taken it.
                if program.host.number not in daemons or program.status != 0:
                    return _epitaph(program)
        return next((_epitaph(program) for program in course.started if not program.poll()), None)

    def _row(self, seconds, first_s, busy, why):
        finished = all(value is not None for value in seconds)
        outcome = "done" if finished else "failed" if why else "over"
        return {"seed": self.seed.name, "leechers": [client.name for client in self.leechers], "rate": self.rate,
                "start": self.start, "outcome": outcome, "seconds": seconds, "first_block_s": first_s, "busy": busy,
                "why": None if finished else why}

    def _verify(self, course, row):
        """Content that differs makes the row a failed one, whatever its times are."""
        wrong = [client.name for client, place, value in zip(self.leechers, course.leechers, row["seconds"])
                 if value is not None and not (place.content.exists() and same_bytes(place.content, self.source))]
        if wrong:
            row.update(outcome="failed", why=f"{', '.join(wrong)}: the content differs")

    def _keep_logs(self, course):
        self.keep.mkdir(parents=True, exist_ok=True)
        named = [(f"seed-{self.seed.name}", course.servers[0])]
        named += [(f"leecher-{number}-{client.name}", place)
                  for number, (client, place) in enumerate(zip(self.leechers, course.leechers))]
        for name, place in named:
            if place.log.exists():
                shutil.copyfile(place.log, self.keep / f"{name}.log")


def _epitaph(program):
    return f"{' '.join(program.args)} ended with {program.status}: {program.output()[-600:].strip()}"


def _tail(place):
    return place.log.read_text(errors="replace")[-600:] if place.log.exists() else "it said nothing"
