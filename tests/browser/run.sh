#!/usr/bin/env bash
# The tracker's page in headless Chromium, which is too large to be asked of everybody who runs the other tests.
#   tests/browser/run.sh [unittest options]      pictures: SHOAL_SCREENSHOTS=FOLDER tests/browser/run.sh
# The pictures of the guide come from tests/browser/pictures.py FOLDER.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(cd ../.. && pwd)
export SHOAL_BIN=${SHOAL_BIN:-$root/build/release/bin} PYTHONPATH=$root/tests/support PYTHONDONTWRITEBYTECODE=1

command -v chromium >/dev/null || {
    echo "$0: chromium is not installed: $root/packaging/install-deps.sh --browser, or apt-get install chromium" >&2
    exit 1
}
[ -x "$SHOAL_BIN/shoal-tracker" ] || {
    echo "$0: shoal-tracker is not built: cmake --preset release && cmake --build --preset release --target shoal-tracker" >&2
    exit 1
}
exec python3 -m unittest -v test_page "$@"
