#!/usr/bin/env bash
# Installs, runs, upgrades and purges the packages on bare Debian systems, and looks at them with lintian.
#   packaging/test-debs.sh [--out FOLDER] [--no-build]
# FOLDER (build/debs) is that of build-debs.sh, which is run first. Two systems are made by mmdebstrap from this machine's own package
# sources and kept in FOLDER/test: one without systemd, whose units start-as-systemd starts, and one that boots systemd in systemd-nspawn.
# Needs root and some minutes. Every line that begins with '#' is a command; what it printed follows. Ends with 0 where all is well.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=$repo/build/debs
build=yes

die() { echo "test-debs: $*" >&2; exit "${status:-1}"; }
while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help) sed -n '2,7s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;;
        --out) [ $# -ge 2 ] || { status=2 die "--out needs a folder"; }; out=$2; shift 2 ;;
        --no-build) build=; shift ;;
        *) status=2 die "$1 is not understood: usage: $0 [--out FOLDER] [--no-build]" ;;
    esac
done
[ "$(id -u)" -eq 0 ] || die "needs root, for chroots and namespaces"

if [ -n "$build" ]; then
    "$repo/packaging/build-debs.sh" --out "$out"
else
    "$repo/packaging/install-deps.sh" --packages
fi
out=$(realpath "$out")
work=$out/test
mkdir -p "$work"
# Mounts of this test end with it.
if [ -z "${SHOAL_TEST_DEBS_INSIDE:-}" ]; then
    SHOAL_TEST_DEBS_INSIDE=yes exec unshare --mount --propagation private "$0" --out "$out" --no-build
fi

network=shoal-debs-$$
nspawn=
clean_up() {
    [ -z "$nspawn" ] || { kill "$nspawn" 2>/dev/null || true; wait "$nspawn" 2>/dev/null || true; }
    for unit in shoal shoal-tracker; do
        [ ! -e "$work/bare/run/$unit.service.pid" ] || "$repo/packaging/start-as-systemd" "$work/bare" stop "$unit.service" || true
    done
    ip netns delete "$network" 2>/dev/null || true
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

trap 'echo "test-debs: line $LINENO: failed" >&2' ERR
set -E

# What apt says, without what it says each time.
short() { grep -v '^(Reading database\|^Reading \|^Building \|^Selecting \|^Preparing \|^$\|stable CLI interface\|apt-utils is not installed'; }
step() { printf '\n== %s\n' "$*"; }
check() { # TEXT COMMAND...
    local text=$1
    shift
    "$@" >"$work/check.log" 2>&1 || { cat "$work/check.log" >&2; die "NOT SO: $text"; }
    echo "ok: $text"
}
gone() { [ ! -e "$1" ] && [ ! -L "$1" ]; }
none_of() { # PATTERN FOLDER: no file of that name
    [ -z "$(find "$2" -name "$1" 2>/dev/null)" ]
}

# --- The systems -----------------------------------------------------------------------------------------------------

make_system() { # NAME PACKAGES: a fresh root folder $work/NAME, from a tarball that is made once
    if [ ! -e "$work/$1.tar" ]; then
        step "Making a bare Debian system: $1"
        # shellcheck disable=SC2016 # apt fills these in
        apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
            sort -u >"$work/sources.list"
        mmdebstrap --quiet --variant=apt ${2:+"--include=$2"} bookworm "$work/$1.tar.part" "$work/sources.list" --format=tar
        mv "$work/$1.tar.part" "$work/$1.tar"
    fi
    rm -rf --one-file-system "${work:?}/$1"
    mkdir "$work/$1"
    tar -C "$work/$1" -xf "$work/$1.tar"
    # No services while packages are put there by chroot.
    cp --remove-destination /etc/resolv.conf "$work/$1/etc/resolv.conf"
    mkdir -p "$work/$1/root/debs" "$work/$1/root/next"
    cp "$out"/*.deb "$work/$1/root/debs/"
    rm -f "$work/$1/root/debs/"*-dbgsym_*
    cp "$work"/next/*.deb "$work/$1/root/next/"
    cp -r "$out/repository" "$work/$1/srv/repository"
}

# The same packages as a later version, whose configuration has one line more.
make_next_version() {
    rm -rf "$work/next"
    mkdir "$work/next"
    local package name tree
    for package in "$out"/shoal_*.deb "$out"/shoal-tracker_*.deb; do
        name=$(dpkg-deb --field "$package" Package)
        tree=$work/next/$name
        dpkg-deb --raw-extract "$package" "$tree"
        sed -i 's/^Version: .*/&+next/' "$tree/DEBIAN/control"
        echo "# A line of the next version." >>"$(find "$tree/etc" -name '*.toml')"
        dpkg-deb --root-owner-group --build "$tree" "$work/next" >/dev/null
        rm -r "$tree"
    done
}

clean_environment=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive)

# --- One: apt alone, and the stand-in for systemd ---------------------------------------------------------------------

bare() { chroot "$work/bare" "${clean_environment[@]}" "$@"; }
# The same in the network of the services, which only has loopback.
bare_there() { ip netns exec "$network" chroot "$work/bare" "${clean_environment[@]}" "$@"; }
there() { ip netns exec "$network" "$@"; }
run_bare() { echo "# $*"; bare sh -c "$*" 2>&1; }
stand_in() { echo "# start-as-systemd $*"; there "$repo/packaging/start-as-systemd" "$work/bare" "$@"; }
# Seconds of an installation, its packages fetched before.
install_timed() { # PACKAGE
    bare sh -c "cd /root/debs && apt-get -qq install --download-only --yes ./${1}_*.deb" >/dev/null
    local start=$EPOCHREALTIME
    run_bare "cd /root/debs && apt install --yes ./${1}_*.deb" | short
    awk -v a="$start" -v b="$EPOCHREALTIME" -v package="$1" 'BEGIN { printf "%s: installed in %.1f s, its dependencies included, all fetched before\n", package, b - a }' |
        tee -a "$work/times"
}

test_bare() {
    step "A bare system, without systemd"
    make_system bare ""
    mount -t proc proc "$work/bare/proc"
    ip netns add "$network"
    there ip link set lo up
    bare apt-get -qq update
    : >"$work/times"

    step "Install"
    install_timed shoal-tracker
    stand_in start shoal-tracker.service
    check "the tracker answers" there curl -fsS http://127.0.0.1:6969/healthz
    install_timed shoal
    stand_in start shoal.service
    check "the daemon answers on loopback" bare_there shoal status
    there ss -Hltn 'sport = :9091' | awk '{ print $4 }' | tee "$work/listens"
    check "its control port is on loopback only" sh -c "[ -s $work/listens ] && ! grep -vx 127.0.0.1:9091 $work/listens"
    for unit in shoal shoal-tracker; do
        check "$unit runs as a user of its own" grep -qE '^Uid:.6[1-5][0-9]{3}' "/proc/$(cat "$work/bare/run/$unit.service.pid")/status"
    done
    check "man pages are there" bare test -e /usr/share/man/man1/shoal-get.1.gz
    check "dashboards are there" bare test -e /usr/share/doc/shoal-tracker/examples/grafana/shoal-fleet.json
    check "alerts are there" bare test -e /usr/share/doc/shoal-tracker/examples/prometheus/alerts.yml
    check "the Python module is there" bare test -e /usr/share/doc/shoal/examples/python/shoal.py

    step "From the signed repository"
    printf 'Types: deb\nURIs: file:/srv/repository\nSuites: bookworm\nComponents: main\nSigned-By: /srv/repository/shoal-archive-keyring.gpg\n' \
        >"$work/bare/etc/apt/sources.list.d/shoal.sources"
    run_bare "apt-get -q update" | grep file:
    run_bare "apt install --yes torrentgen" | short
    bare apt-cache policy torrentgen | grep -A1 '\*\*\*'
    check "torrentgen works" bare torrentgen create /etc/hostname -o /root/hostname.torrent -a http://127.0.0.1:6969/announce --dry-run
    sed -i 's/^Description.*/&!/' "$work/bare/srv/repository/dists/bookworm/main/binary-$(dpkg --print-architecture)/Packages"
    rm "$work/bare/srv/repository/dists/bookworm/main/binary-$(dpkg --print-architecture)/Packages.gz"
    rm -rf "$work/bare/var/lib/apt/lists/"*repository*
    check "a list that was changed is refused" sh -c "chroot $work/bare apt-get update 2>&1 | grep -E 'Hash Sum mismatch|File has unexpected size'"
    rm "$work/bare/etc/apt/sources.list.d/shoal.sources"

    step "Secrets"
    run_bare "install -d -m 700 /etc/credstore && umask 077 && echo s3cret > /etc/credstore/shoal-tracker.admin-token && echo fleet:pass > /etc/credstore/shoal.rpc-auth"
    for unit in shoal shoal-tracker; do
        stand_in stop $unit.service
        stand_in start $unit.service
    done
    check "the token lets register a torrent" there curl -fsS -H 'Authorization: Bearer s3cret' http://127.0.0.1:6969/api/v1/torrents \
        -d '{"info_hash": "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "name": "model.bin", "size": 1000}'
    check "without credentials the daemon refuses" sh -c "! ip netns exec $network chroot $work/bare shoal list"
    check "with them it answers" bare_there env SHOAL_RPC_AUTH=fleet:pass shoal list
    check "the daemon's state is its own" test -s "$work/bare/var/lib/private/shoal/session.json"

    step "Upgrade"
    run_bare "echo 'interval = \"45s\"' >> /etc/shoal-tracker/shoal-tracker.toml"
    for unit in shoal shoal-tracker; do stand_in stop $unit.service; done
    run_bare "cd /root/next && apt install --yes -o Dpkg::Options::=--force-confold ./*.deb" | short
    for unit in shoal shoal-tracker; do stand_in start $unit.service; done
    check "the registered torrent is there" sh -c "ip netns exec $network curl -fsS http://127.0.0.1:6969/api/v1/torrents | grep -q model.bin"
    check "the operator's configuration is kept" bare grep -q '^interval = "45s"' /etc/shoal-tracker/shoal-tracker.toml
    check "the configuration that nobody changed is the new one" bare grep -q 'next version' /etc/shoal/daemon.toml
    check "the daemon answers" bare_there env SHOAL_RPC_AUTH=fleet:pass shoal list

    step "Remove and purge"
    for unit in shoal shoal-tracker; do stand_in stop $unit.service; done
    run_bare "apt remove --yes shoal shoal-tracker" | short
    check "removing keeps the state" test -s "$work/bare/var/lib/private/shoal-tracker/swarms.db"
    run_bare "apt purge --yes shoal shoal-tracker torrentgen" | short
    check "purging removes the state" none_of 'shoal*' "$work/bare/var/lib/private"
    for path in /var/lib/shoal /var/lib/shoal-tracker /etc/shoal /etc/shoal-tracker /usr/bin/shoal /usr/bin/shoal-tracker /usr/bin/torrentgen; do
        check "$path is gone" gone "$work/bare$path"
    done
    check "no link of a unit is left" none_of 'shoal*' "$work/bare/etc/systemd"
    umount "$work/bare/proc"
}

# --- Two: a real systemd ---------------------------------------------------------------------------------------------

leader=
inside() { nsenter --target "$leader" --mount --uts --ipc --net --pid --root --wd "${clean_environment[@]}" "$@"; }
run_inside() { echo "# $*"; inside sh -c "$*" 2>&1; }
wait_for() { # TEXT COMMAND...: for a minute
    local text=$1
    shift
    for _ in $(seq 300); do
        if "$@" >/dev/null 2>&1; then echo "ok: $text"; return 0; fi
        sleep 0.2
    done
    die "NOT SO after a minute: $text"
}
curl_inside() { nsenter --target "$leader" --net curl -fsS "$@"; }
has() { inside sh -c "$1" | grep -q "$2"; }
main_process() { inside systemctl show --property MainPID --value "$1"; }

boot() {
    systemd-nspawn --quiet --directory="$work/booted" --machine="shoal-debs-$$" --private-network --register=no --keep-unit \
        --link-journal=no --boot </dev/null >"$work/boot.log" 2>&1 &
    nspawn=$!
    for _ in $(seq 100); do
        leader=$(pgrep -P "$nspawn" | head -n 1) && [ -n "$leader" ] && [ "$(cat "/proc/$leader/comm" 2>/dev/null)" = systemd ] && break
        kill -0 "$nspawn" 2>/dev/null || { cat "$work/boot.log" >&2; die "systemd-nspawn ended"; }
        sleep 0.2
    done
    wait_for "systemd runs" sh -c "nsenter --target $leader --mount --pid --root systemctl is-system-running | grep -E 'running|degraded'"
}

test_booted() {
    step "A system with systemd"
    make_system booted systemd-sysv
    chroot "$work/booted" apt-get -qq update
    chroot "$work/booted" sh -c 'cd /root/debs && apt-get -qq install --download-only --yes ./*.deb' >/dev/null
    boot
    inside systemctl --version | head -n 1

    step "Install: services run at once"
    run_inside "cd /root/debs && apt install --yes ./shoal-tracker*.deb" | short
    check "the tracker answers" curl_inside http://127.0.0.1:6969/healthz
    run_inside "cd /root/debs && apt install --yes ./shoal*.deb ./torrentgen*.deb" | short
    check "the daemon answers on loopback" inside shoal status
    run_inside "systemctl is-active shoal shoal-tracker; systemctl is-enabled shoal shoal-tracker"
    run_inside "systemctl show --property User,DynamicUser,ActiveState,SubState,StatusText shoal"
    for unit in shoal shoal-tracker; do
        check "$unit runs as a user of its own" inside grep -qE '^Uid:.6[1-5][0-9]{3}' "/proc/$(main_process $unit)/status"
    done
    run_inside "ls -ld /var/lib/shoal /var/lib/private/shoal /var/lib/shoal-tracker"

    step "Secrets"
    run_inside "install -d -m 700 /etc/credstore && umask 077 && echo s3cret > /etc/credstore/shoal-tracker.admin-token && echo fleet:pass > /etc/credstore/shoal.rpc-auth"
    run_inside "systemctl restart shoal-tracker shoal"
    check "without credentials the daemon refuses" sh -c "! nsenter --target $leader --mount --net --pid --root shoal list"
    check "with them it answers" inside env SHOAL_RPC_AUTH=fleet:pass shoal list
    check "others cannot read them" inside setpriv --reuid 1000 --clear-groups sh -c '! cat /run/credentials/shoal.service/shoal.rpc-auth'

    step "A file through tracker and daemon, into a folder that others may read"
    run_inside "groupadd --system models && install -d -g models -m 2775 /srv/models && mkdir -p /etc/systemd/system/shoal.service.d"
    run_inside "printf '[Service]\nSupplementaryGroups=models\nReadWritePaths=/srv/models\n' > /etc/systemd/system/shoal.service.d/models.conf"
    run_inside "echo 'download-dir = \"/srv/models\"' >> /etc/shoal/daemon.toml && systemctl daemon-reload && systemctl restart shoal"
    run_inside "mkdir /srv/origin && head -c 20000000 /dev/urandom > /srv/origin/model.bin && torrentgen create /srv/origin/model.bin -o /root/model.torrent -a http://127.0.0.1:6969/announce"
    run_inside "systemd-run --quiet --unit origin shoal seed /root/model.torrent /srv/origin/model.bin --listen 127.0.0.1:7001 --no-dht --no-lsd"
    check "the torrent is registered" curl_inside -H 'Authorization: Bearer s3cret' --data-binary "@$work/booted/root/model.torrent" http://127.0.0.1:6969/api/v1/torrents
    run_inside "SHOAL_RPC_AUTH=fleet:pass shoal add /root/model.torrent"
    wait_for "it is complete" has "SHOAL_RPC_AUTH=fleet:pass shoal list --state complete" model.bin
    check "the copy is the same" inside cmp /srv/origin/model.bin /srv/models/model.bin
    check "a member of the group reads it" inside setpriv --reuid 1000 --regid 1000 --groups "$(inside getent group models | cut -d : -f 3)" cat /srv/models/model.bin
    run_inside "ls -l /srv/models; SHOAL_RPC_AUTH=fleet:pass shoal list"

    step "Upgrade: services are restarted, and know all that they knew"
    run_inside "echo 'interval = \"45s\"' >> /etc/shoal-tracker/shoal-tracker.toml"
    local tracker daemon
    tracker=$(main_process shoal-tracker)
    daemon=$(main_process shoal)
    run_inside "cd /root/next && apt install --yes -o Dpkg::Options::=--force-confold ./*.deb" | short
    check "the tracker is another process" test "$tracker" != "$(main_process shoal-tracker)"
    check "the daemon is another process" test "$daemon" != "$(main_process shoal)"
    check "the tracker knows the torrent" sh -c "nsenter --target $leader --net curl -fsS http://127.0.0.1:6969/api/v1/torrents | grep -q model.bin"
    wait_for "the daemon has its torrent" has "SHOAL_RPC_AUTH=fleet:pass shoal list --state complete" model.bin
    check "the operator's configuration is kept" inside grep -q '^download-dir' /etc/shoal/daemon.toml
    run_inside "systemctl reload shoal shoal-tracker && systemctl is-active shoal shoal-tracker"

    step "Remove and purge"
    run_inside "systemctl stop origin; apt remove --yes shoal shoal-tracker" | short
    check "the tracker is stopped" sh -c "! nsenter --target $leader --net curl -fsS http://127.0.0.1:6969/healthz"
    check "removing keeps the state" test -s "$work/booted/var/lib/private/shoal-tracker/swarms.db"
    run_inside "apt purge --yes shoal shoal-tracker torrentgen" | short
    check "purging removes the state" none_of 'shoal*' "$work/booted/var/lib"
    for path in /etc/shoal-tracker /usr/bin/shoal /usr/bin/shoal-tracker /usr/bin/torrentgen; do
        check "$path is gone" gone "$work/booted$path"
    done
    check "content elsewhere is kept" test -s "$work/booted/srv/models/model.bin"
    check "systemd does not know the units any more" sh -c "! nsenter --target $leader --mount --pid --root systemctl cat shoal-tracker"
    inside systemctl poweroff || true
    wait "$nspawn" || true
    nspawn=
}

# ---------------------------------------------------------------------------------------------------------------------

step "lintian"
lintian --fail-on error,warning --info --tag-display-limit 0 "$out"/*.changes && echo "lintian: nothing to say"
make_next_version
test_bare
test_booted

step "Sizes and times"
for package in "$out"/*.deb; do
    printf '%-45s %9s bytes, installed %7s KiB\n' "$(basename "$package")" "$(stat -c %s "$package")" "$(dpkg-deb --field "$package" Installed-Size)"
done
cat "$work/times"
echo "All is well."
