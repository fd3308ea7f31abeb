#!/usr/bin/env bash
# Installs what shoal needs on Debian 12, and only what is missing.
#   packaging/install-deps.sh           what the build needs
#   packaging/install-deps.sh --tests   also what the tests need (other clients, network namespaces)
#   packaging/install-deps.sh --bench   also what the benches need (more clients to race against, the plot)
#   packaging/install-deps.sh --browser also what tests/browser/run.sh needs
#   packaging/install-deps.sh --packages also what packaging/build-debs.sh needs, and test-debs.sh
#   packaging/install-deps.sh --images  also what packaging/image/ needs
#   packaging/install-deps.sh --roles   also what packaging/ansible/test.sh needs
#   packaging/install-deps.sh --ci      also the second compiler
set -euo pipefail

build=(g++ cmake make ninja-build ccache
    libtorrent-rasterbar-dev libboost-dev libssl-dev libcli11-dev libtomlplusplus-dev libsqlite3-dev libsqlitecpp-dev
    libhiredis-dev nlohmann-json3-dev libspdlog-dev libfmt-dev libcurl4-openssl-dev)
tests=(libgtest-dev libgmock-dev python3 python3-yaml python3-jsonschema mypy prometheus iproute2 procps openssl curl systemd
    clang-format shellcheck pyflakes3
    minisign aria2 transmission-cli transmission-daemon qbittorrent-nox opentracker nginx-light librsvg2-bin redis-server groff-base mandoc zsh fish)
browser=(chromium)
bench=(rtorrent deluged deluge-console mktorrent wrk)
packages=(debhelper dpkg-dev apt-utils gnupg lintian mmdebstrap systemd-container python3 iproute2 curl)
images=(buildah umoci runc)
roles=(ansible yamllint)
ci=(clang)

wanted=("${build[@]}")
case "${1:-}" in
    "") ;;
    --tests) wanted+=("${tests[@]}") ;;
    --browser) wanted+=("${tests[@]}" "${browser[@]}") ;;
    --bench) wanted+=("${tests[@]}" "${bench[@]}") ;;
    --packages) wanted+=("${packages[@]}") ;;
    --images) wanted+=("${packages[@]}" "${images[@]}") ;;
    --roles) wanted+=("${packages[@]}" "${roles[@]}") ;;
    --ci) wanted+=("${tests[@]}" "${ci[@]}") ;;
    *) echo "usage: $0 [--tests|--bench|--browser|--packages|--images|--roles|--ci]" >&2; exit 2 ;;
esac

missing=()
for package in "${wanted[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "$0: run as root: apt-get install ${missing[*]}" >&2
        exit 1
    }
    as_root=(sudo)
fi

# Some of the other clients come with a service that Debian would start; tests only want the programs.
policy=/usr/sbin/policy-rc.d
made_policy=
if [ ! -e "$policy" ]; then
    made_policy=yes
    trap '[ -z "$made_policy" ] || "${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod +x "$policy"
fi

echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
run_apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        rm -f "$log"
        echo "$0: apt-get $1 failed: see above" >&2
        exit 1
    }
}
run_apt update
run_apt install --yes --no-install-recommends "${missing[@]}"
rm -f "$log"
