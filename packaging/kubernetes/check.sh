#!/usr/bin/env bash
# Checks the files of this folder: each document against the schema of its kind in Kubernetes' API (npm's kubernetes-models), the
# configurations in them by the programs themselves.
#   packaging/kubernetes/check.sh [BIN]      BIN: folder with the programs (build/release/bin)
# Needs node and npm, which fetches the schemas into build/kubernetes.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${1:-$repo/build/release/bin}
work=$repo/build/kubernetes
die() { echo "check: $*" >&2; exit 1; }
command -v npm >/dev/null || die "npm is not installed: apt-get install npm"
[ -x "$bin/shoal" ] || die "$bin/shoal: not found: build it first, or name the folder with the programs"

mkdir -p "$work"
[ -d "$work/node_modules/kubernetes-models" ] ||
    npm install --silent --no-audit --no-fund --prefix "$work" kubernetes-models yaml
cp "$repo/packaging/kubernetes/check.mjs" "$work/check.mjs"
node "$work/check.mjs" "$work" "$repo"/packaging/kubernetes/*.yaml

"$bin/shoal-tracker" --config "$work/shoal-tracker.toml" --check-config
"$bin/shoal" daemon --config "$work/daemon.toml" --check-config
