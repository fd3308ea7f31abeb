#!/usr/bin/env bash
# Every crash point of every program, instead of the few that the tests try.
#   tests/fault/run.sh [SCENARIO...]      for example: tests/fault/run.sh get_new daemon_add
#   tests/fault/run.sh --list             their names
#   tests/fault/run.sh --power-loss       the power goes: what was not synced is lost too (as root)
# With --minutes: random faults in a swarm of ten programs, as root; the same seed plans the same faults.
#   tests/fault/run.sh --minutes 60 --seed 1
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(cd ../.. && pwd)
export SHOAL_BIN=${SHOAL_BIN:-$root/build/release/bin} PYTHONPATH=$root/tests/support PYTHONDONTWRITEBYTECODE=1

[ -e "$SHOAL_BIN/libcrash_point.so" ] || {
    echo "$0: libcrash_point.so is not built: cmake --preset release && cmake --build --preset release" >&2
    exit 1
}
case " $* " in
*" --minutes "*) exec python3 random_faults.py "$@" ;;
*) exec python3 crash_points.py "$@" ;;
esac
