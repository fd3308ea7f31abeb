"""What must hold whatever breaks. Each check takes plain facts, so that a test can show it a broken promise."""

import dataclasses
import signal

# As the documents name them.
EXIT_CODES = {0: "done", 1: "failed", 2: "usage", 3: "not a torrent", 4: "no peer", 5: "file system", 6: "content differs", 130: "interrupted"}


@dataclasses.dataclass
class Usage:
    """What a process holds."""

    descriptors: int
    memory: int  # bytes that are resident


@dataclasses.dataclass
class Ending:
    """A process that ended while nobody had asked it to, but for the faults."""

    who: str
    code: int
    output: str
    killed: bool  # by a fault
    excuses: frozenset = frozenset()  # exit codes that its faults explain


class Checker:
    """Keeps every broken promise as a sentence in `violations`."""

    MORE_DESCRIPTORS = 64
    MORE_MEMORY = 128 << 20

    def __init__(self):
        self.violations = []

    def require(self, holds, what):
        if not holds:
            self.violations.append(what)
        return holds

    def content(self, where, found, wanted):
        """What lies under its final name is the content, byte for byte. `found` and `wanted` are digests; None: nothing is there."""
        return self.require(found == wanted, f"{where}: {'is missing' if found is None else 'is not the content'}")

    def delivered(self, where, found, wanted):
        """The same at a moment when it may be on its way still."""
        return self.require(found in (None, wanted), f"{where}: something else lies under the final name")

    def ended(self, ending):
        """It ended well, or by a fault's kill, or with a documented exit code that a fault explains, and it said why."""
        if ending.killed and ending.code == -signal.SIGKILL:
            return True
        tail = ending.output.strip()[-600:]
        if ending.code not in EXIT_CODES:
            return self.require(False, f"{ending.who}: ended with {ending.code}, which is not documented: {tail}")
        if ending.code == 0:
            return True
        if ending.code not in ending.excuses:
            return self.require(False, f"{ending.who}: ended with {ending.code} ({EXIT_CODES[ending.code]}) without such a fault: {tail}")
        return self.require(tail != "", f"{ending.who}: ended with {ending.code} and did not say why")

    def trouble(self, who, text, excused):
        """An error that a daemon tells of a torrent: it has words, and a fault explains it."""
        return self.require(text.strip() != "" and excused, f"{who}: its torrent has an error without such a fault: '{text}'")

    def nothing_outside(self, who, found, allowed):
        """`found` are paths below the program's folders, `allowed` tells whether one may be there."""
        strays = sorted(path for path in found if not allowed(path))
        return self.require(not strays, f"{who}: wrote outside its target: {', '.join(strays[:5])}")

    def stopped(self, who, in_time, output):
        return self.require(in_time, f"{who}: does not end when told to: {output.strip()[-600:]}")

    def arrived(self, who, in_time, output):
        return self.require(in_time, f"{who}: is not done although all faults are healed: {output.strip()[-1200:]}")

    def usage(self, who, before, after):
        """Of one process, early in the run and when all is over."""
        more = after.descriptors - before.descriptors
        self.require(more <= self.MORE_DESCRIPTORS, f"{who}: {more} more descriptors than before")
        grown = after.memory - before.memory
        return self.require(grown <= self.MORE_MEMORY, f"{who}: {grown >> 20} MiB more memory than before")

    def state(self, who, output):
        """A program that starts again could read all that it had saved."""
        lines = [line for line in output.splitlines() if "set aside" in line]
        return self.require(not lines, f"{who}: a state file was damaged: {'; '.join(lines[:3])}")

    def confirmed(self, who, promised, found):
        """Everything that a program said it had is still there."""
        lost = sorted(set(promised) - set(found))
        return self.require(not lost, f"{who}: what it had confirmed is lost: {', '.join(lost)}")
