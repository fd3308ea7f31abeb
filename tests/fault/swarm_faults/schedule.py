"""When which fault begins and ends: all of it comes from a seed, and nothing from what happens in the run."""

import dataclasses
import random


@dataclasses.dataclass(frozen=True)
class Planned:
    begin: float  # seconds from the start of the faults
    end: float
    fault: str
    target: str

    def __str__(self):
        return f"{self.begin:6.1f} to {self.end:5.1f} s  {self.fault:<18} {self.target}"


class Schedule:
    """@param choices  the targets of each fault by its name
    @param seconds  no fault begins later
    @param gap  seconds between two faults, on average"""

    LONGEST = 6.0
    LEFT_ALONE = 0.5  # seconds of a target between two faults

    def __init__(self, seed, choices, seconds, gap=0.8):
        self.seed = seed
        source = random.Random(seed)
        self.planned = []
        free_at = {}  # by target: two faults at once would each undo the other's
        at = 1.0
        while at < seconds:
            fault = source.choice(sorted(choices))
            target = source.choice(sorted(choices[fault]))
            lasts = source.uniform(0.3, self.LONGEST)
            if free_at.get(target, 0.0) <= at:
                self.planned.append(Planned(round(at, 1), round(at + lasts, 1), fault, target))
                free_at[target] = at + lasts + self.LEFT_ALONE
            at += source.expovariate(1 / gap)

    def moves(self):
        """(second, planned, whether it begins), in order."""
        both = [(one.begin, one, True) for one in self.planned] + [(one.end, one, False) for one in self.planned]
        return sorted(both, key=lambda move: (move[0], move[2], move[1].fault, move[1].target))

    def __str__(self):
        return "\n".join([f"seed {self.seed}", *(str(one) for one in self.planned)])
