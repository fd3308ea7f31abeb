"""One transfer: a seed that is ready, leechers released together, watched until the last one is complete."""

import contextlib
import dataclasses
import shutil
import time

from proving_ground.conditions import Conditions
from proving_ground.course import UnshapedCourse
from proving_ground.piece_map import same_bytes
from proving_ground.program import Barrier, Program, stop_all

from .usage import MemoryWatch, cpu_seconds, machine_seconds

_LOOK_S = 0.02
# Of the file, sent by the seed: from here on the transfer runs, and what a program needs to start is over.
_FIRST_BYTES = 256 << 10
_CHUNK = bytes(1 << 20)


@dataclasses.dataclass
class Trial:
    name: str
    strategy: object
    size: int
    piece_size: int
    leechers: int
    folder: object
    source: object
    limit: float

    def run(self):
        """The figures of the transfer; AssertionError where it fails."""
        self.folder.mkdir(parents=True)
        conditions = Conditions(hosts=self.leechers, size=self.size, piece_size=self.piece_size)
        programs = []
        try:
            with contextlib.ExitStack() as stack:
                course = stack.enter_context(UnshapedCourse(conditions, self.strategy, "shoal", self.folder, self.source))
                stack.callback(lambda: stop_all(programs))
                self.strategy.serve(course)
                figures = self._run_off(course, programs)
                stop_all(programs)
                course.stop_servers()
                wrong = [place.host.number for place in course.leechers if not same_bytes(place.content, self.source)]
                if wrong:
                    raise AssertionError(f"{self.name}: {len(wrong)} of {self.leechers} have wrong content")
                return figures
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run_off(self, course, programs):
        server = next(program for program in course.started if program.host is course.servers[0].host)
        barrier = Barrier()
        try:
            for place, seat in zip(course.leechers, course.seats):
                programs.append(Program(place.host, self.strategy.leech(course, place, seat), place.log, place.folder, barrier))
            barrier.wait_ready(len(programs))
            self._touch_memory()
            seed_cpu = cpu_seconds(server)
            machine = machine_seconds()
            sent = course.ports.read()[server.host.number][0]
            start = time.time()
            barrier.release(len(programs))
            with MemoryWatch([server]) as seed_memory, MemoryWatch(programs) as memory:
                done, first = self._watch(course, programs, server, sent + _FIRST_BYTES, start)
                leecher_cpu = sum(cpu_seconds(program) for program in programs)
                seed_cpu = cpu_seconds(server) - seed_cpu
                machine = machine_seconds() - machine
        finally:
            barrier.close()
        seconds = max(done.values()) - start
        moving = max(done.values()) - first
        gigabytes = self.size * self.leechers / 1e9
        return {"client": self.name, "leechers": self.leechers, "seconds": seconds, "first_byte_s": first - start,
                "megabytes_per_s": gigabytes * 1e3 / moving, "cpu_s_per_gb": (seed_cpu + leecher_cpu) / gigabytes,
                "seed_cpu_s_per_gb": seed_cpu / gigabytes, "leecher_cpu_s_per_gb": leecher_cpu / gigabytes,
                "machine_cpu_s_per_gb": machine / gigabytes, "leecher_private_bytes": memory.peak,
                "seed_private_bytes": seed_memory.peak}

    def _touch_memory(self):
        """A virtual machine's host hands out memory when it is first touched: writing a file was seen to take nine times as
        long then, whatever the program. So the pages that the copies will need are used once before, for a file that goes
        again at once."""
        scratch = self.folder / "scratch"
        with open(scratch, "wb", buffering=0) as file:
            for _ in range(0, self.size * self.leechers, len(_CHUNK)):
                file.write(_CHUNK)
        scratch.unlink()

    def _watch(self, course, programs, server, first_bytes, start):
        """When each leecher was complete, and when the first bytes had moved; times of the day."""
        done = {}
        first = None
        while len(done) < len(programs):
            if first is None and course.ports.read()[server.host.number][0] >= first_bytes:
                first = time.time()
            for place, seat, program in zip(course.leechers, course.seats, programs):
                running = program.poll()
                if seat.number in done:
                    continue
                at = self.strategy.done_at(place, program, seat)
                if at is not None:
                    done[seat.number] = at
                elif not running:
                    raise AssertionError(f"{self.name} ended with {program.status}:\n{program.output()[-2000:]}")
            if time.time() - start > self.limit:
                raise AssertionError(f"{self.name}: {len(done)} of {len(programs)} complete after {self.limit:.0f} s")
            time.sleep(_LOOK_S)
        return done, first if first is not None else start
