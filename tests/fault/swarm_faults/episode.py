"""One run: a fleet, a schedule of faults, then everything healed, and the checks."""

import collections
import os
import tempfile
import time

from .checker import Checker
from .faults import CHOICES, FAULTS
from .fleet import Fleet
from .schedule import Schedule

ARRIVAL = 240  # seconds until everybody has everything once all faults are healed


class Episode:
    """`run` returns what was broken; `begun` counts the faults that found something to break, by name."""

    def __init__(self, seed, seconds, choices=None):
        self.schedule = Schedule(seed, choices or CHOICES, seconds)
        self.checker = Checker()
        self.begun = collections.Counter()
        self.endings = collections.Counter()

    def run(self):
        with tempfile.TemporaryDirectory(prefix="shoal-faults-") as folder, Fleet(folder, self.checker) as self.fleet:
            self.fleet.start()
            self.judged = set()
            time.sleep(0.5)  # so that what each holds at first is there
            self.early = {who: (node.pid, node.usage()) for who, node in self.fleet.nodes.items()}
            self._break_things()
            self._wait_for_arrival()
            self._check_usage()
            self._stop_all()
            self._check_state()
            self._check_files()
            return self.checker.violations

    def _break_things(self):
        start = time.monotonic()
        active = {}
        for at, planned, begins in self.schedule.moves():
            while time.monotonic() < start + at:
                self._look()
                time.sleep(0.05)
            if begins:
                fault = FAULTS[planned.fault][0](self.fleet, planned.target)
                if fault.node is not None:
                    self._judge(fault.node)
                if fault.start():
                    active[planned] = fault
                    self.begun[planned.fault] += 1
            elif planned in active:
                fault = active.pop(planned)
                if fault.node is not None:
                    self._judge(fault.node)
                fault.heal()

    def _judge(self, node):
        """Each process once, when it has ended."""
        if node.process is None or node.alive or (node.who, node.runs) in self.judged:
            return
        self.judged.add((node.who, node.runs))
        node.note_promises()
        ending = node.ending()
        self.endings[ending.code] += 1
        self.checker.ended(ending)

    def _look(self):
        for node in self.fleet.nodes.values():
            self._judge(node)
        for node in self.fleet.downloaders:
            if node.place.exists():
                self.checker.delivered(node.who, node.found(), self.fleet.digest)

    def _wait_for_arrival(self):
        deadline = time.monotonic() + ARRIVAL
        for node in (self.fleet.tracker, self.fleet.origin):
            if not node.alive:
                self._judge(node)
                node.start()
        waiting = list(self.fleet.downloaders)
        while waiting and time.monotonic() < deadline:
            for node in list(waiting):
                self._judge(node)
                if node.complete:
                    waiting.remove(node)
                else:
                    node.remedy()
            time.sleep(0.5)
        for node in waiting:
            self.checker.arrived(node.who, False, node.output())

    def _check_usage(self):
        for who, (pid, before) in self.early.items():
            node = self.fleet.nodes[who]
            after = node.usage() if node.alive and node.pid == pid else None
            if before and after:
                self.checker.usage(who, before, after)

    def _stop_all(self):
        for node in reversed(self.fleet.nodes.values()):
            self.checker.stopped(node.who, node.end_asked(), node.output())
            node.excuse({130})  # we interrupted it
            self._judge(node)

    def _check_state(self):
        """Daemons and the tracker start once more with what they have saved."""
        for node in (*self.fleet.daemons, self.fleet.tracker):
            node.start()
        for node in self.fleet.daemons:
            node.process.wait_for("control port address=")
            rows = node.torrents() or []
            self.checker.confirmed(node.who, node.promised & {"torrent"}, {"torrent"} if rows else set())
            self.checker.state(node.who, node.output())
            # Nobody is there any more who could give it anything; it may look at its files first.
            deadline = time.monotonic() + ARRIVAL
            while not node.complete and time.monotonic() < deadline:
                time.sleep(0.2)
            self.checker.require(node.complete, f"{node.who}: not complete after a restart: {node.torrents()}")
        for node in (*self.fleet.daemons, self.fleet.tracker):
            self.checker.stopped(node.who, node.end_asked(), node.output())
            self._judge(node)

    def _check_files(self):
        for node in self.fleet.downloaders:
            self.checker.content(node.who, node.found(), self.fleet.digest)
            self.checker.require(not list(node.target.glob(".shoal-*")), f"{node.who}: a hidden folder is left: {os.listdir(node.target)}")
        for node in self.fleet.nodes.values():
            found = [str(path.relative_to(node.folder)) for path in node.folder.rglob("*")]
            self.checker.nothing_outside(node.who, found, node.allowed)
