"""Kills a program at one change of the disk after the other (see crash_point.cpp), starts it again, and looks whether all that it
promises still holds. `python3 crash_points.py [SCENARIO...]` tries every moment and prints a table."""

import argparse
import sys
import tempfile

from crash.daemons import DaemonAdd, DaemonChoose, DaemonMove, DaemonOver, DaemonRemove
from crash.gets import Create, GetMore, GetNew, GetOver
from crash.power_loss import LOSSES
from crash.scenario import require, shared
from crash.trackers import TrackerDatabase

SCENARIOS = {"get_new": GetNew, "get_over": GetOver, "get_more": GetMore, "create": Create, "daemon_add": DaemonAdd,
             "daemon_over": DaemonOver, "daemon_choose": DaemonChoose, "daemon_move": DaemonMove, "daemon_remove": DaemonRemove,
             "tracker": TrackerDatabase}


def changes_of(scenario):
    """The changes of a run that is not disturbed, in words."""
    with tempfile.NamedTemporaryFile(mode="r", prefix="shoal-changes-") as log:
        require(not scenario.attempt(0, log=log.name), "killed without a reason")
        return log.read().splitlines()


def sample(count, most):
    """`most` of the moments 1 to count, spread over all of them; all where there are no more."""
    return sorted({1 + i * (count - 1) // max(1, most - 1) for i in range(most)}) if count > most else list(range(1, count + 1))


def ways_to_crash(change, power_loss):
    if power_loss:
        return [{"loss": loss} for loss in LOSSES]
    writes = change.split()[1].startswith(("write", "pwrite"))
    return [{}, {"tear": True}] if writes else [{}]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--list", action="store_true", help="name the scenarios")
    parser.add_argument("--power-loss", action="store_true", help="the power goes: what was not synced is lost too")
    parser.add_argument("--from", dest="first", type=int, default=1, metavar="N", help="begin at this moment")
    parser.add_argument("--most", type=int, default=100_000, metavar="N", help="try at most so many moments of each")
    args = parser.parse_args()
    if args.list:
        print("\n".join(SCENARIOS))
        return 0
    unknown = [name for name in args.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"no scenario {unknown[0]}: there are {', '.join(SCENARIOS)}")
    broken = 0
    print(f"{'scenario':<16}{'moments':>9}{'tried':>7}{'killed':>8}{'broken':>8}")
    with shared() as both:
        for name in args.scenarios or SCENARIOS:
            scenario = SCENARIOS[name](both)
            changes = changes_of(scenario)
            tried = killed = failures = 0
            for at in [n for n in sample(len(changes), args.most) if n >= args.first]:
                for how in ways_to_crash(changes[at - 1], args.power_loss):
                    tried += 1
                    try:
                        killed += scenario.attempt(at, **how)
                    except Exception as failure:  # told, and the others are tried
                        failures += 1
                        print(f"{name} at {at} {how}, {changes[at - 1]}: {failure}", file=sys.stderr, flush=True)
            print(f"{name:<16}{len(changes):>9}{tried:>7}{killed:>8}{failures:>8}", flush=True)
            broken += failures
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
