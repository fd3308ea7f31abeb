"""Random faults in a swarm of ten programs: `random_faults.py --minutes 60 --seed 1`, as root.

Each run takes the next seed. A run that breaks a promise prints its seed, its schedule and what was broken; the same seed
plans the same faults at the same moments again."""

import argparse
import collections
import signal
import sys
import time

from swarm_faults.episode import Episode
from swarm_faults.faults import CHOICES


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="begin no run after so long")
    parser.add_argument("--seed", type=int, default=1, help="of the first run")
    parser.add_argument("--seconds", type=float, default=30, help="of faults in a run")
    parser.add_argument("--only", action="append", metavar="FAULT", choices=sorted(CHOICES), help="may be given more than once")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that hosts and mounts are removed
    choices = {name: CHOICES[name] for name in args.only or CHOICES}
    end = time.monotonic() + 60 * args.minutes
    begun, broken, seed = collections.Counter(), 0, args.seed
    while True:
        episode = Episode(seed, args.seconds, choices)
        violations = episode.run()
        begun += episode.begun
        print(f"seed {seed}: {sum(episode.begun.values())} faults, endings {dict(sorted(episode.endings.items()))}, "
              f"{len(violations)} broken", flush=True)
        if violations:
            broken += 1
            print("\n".join([str(episode.schedule), *dict.fromkeys(violations)]), flush=True)
        seed += 1
        if time.monotonic() >= end:
            break
    print(f"\n{'fault':<18}{'times':>6}")
    for name, count in sorted(begun.items()):
        print(f"{name:<18}{count:>6}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
