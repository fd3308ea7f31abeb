#!/usr/bin/env bash
# Runs the images of build-images.sh with runc as a cluster would: an account without rights, a root that cannot be written to, no
# capabilities; a tracker, an origin and a follower that move a file.
#   packaging/image/test-images.sh [--out FOLDER]
# FOLDER (build/debs) is that of build-debs.sh. Needs root.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$repo/build/debs
die() { echo "test-images: $*" >&2; exit "${status:-1}"; }
while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help) sed -n '2,5s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;;
        --out) [ $# -ge 2 ] || { status=2 die "--out needs a folder"; }; out=$2; shift 2 ;;
        *) status=2 die "$1 is not understood: usage: $0 [--out FOLDER]" ;;
    esac
done
[ "$(id -u)" -eq 0 ] || die "needs root, for namespaces"
images=$out/images
for image in shoal shoal-tracker; do
    [ -d "$images/$image" ] || die "$images/$image: not found: run packaging/image/build-images.sh first"
done
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$repo/packaging/debian/changelog")

work=$(mktemp -d "${TMPDIR:-/var/tmp}/shoal-images-test.XXXXXX")
network=shoal-images-$$
running=()
runtime() { runc --root "$work/state" "$@"; }
clean_up() {
    local name
    for name in "${running[@]}"; do runtime delete --force "$name" 2>/dev/null || true; done
    for name in hub tracker origin follower; do ip netns delete "$network-$name" 2>/dev/null || true; done
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
step() { printf '\n== %s\n' "$*"; }
check() { # TEXT COMMAND...
    local text=$1
    shift
    "$@" >"$work/check.log" 2>&1 || { cat "$work/check.log" "$work"/*.log >&2; die "NOT SO: $text"; }
    echo "ok: $text"
}
wait_for() { # TEXT COMMAND...: for a minute
    local text=$1
    shift
    for _ in $(seq 300); do
        if "$@" >/dev/null 2>&1; then echo "ok: $text"; return 0; fi
        sleep 0.2
    done
    cat "$work"/*.log >&2
    die "NOT SO after a minute: $text"
}

# One container NAME of an image: what the image says, with a network address and a state folder of its own.
start() { # NAME IMAGE STATE-FOLDER ADDRESS
    local name=$1 image=$2 state=$3 address=$4
    ip netns add "$network-$name"
    ip -n "$network-$name" link set lo up
    ip -n "$network-hub" link add "$name" type veth peer name eth0 netns "$network-$name"
    ip -n "$network-hub" link set "$name" master hub up
    ip -n "$network-$name" address add "$address/24" dev eth0
    ip -n "$network-$name" link set eth0 up
    umoci unpack --image "$images/$image:$version" "$work/$name" >/dev/null 2>&1
    mkdir -p "$work/$name.state"
    chown 65532:65532 "$work/$name.state"
    python3 - "$work/$name" "$work/$name.state" "$state" "/run/netns/$network-$name" <<'END'
import json, sys
bundle, state, state_place, network = sys.argv[1:]
path = f"{bundle}/config.json"
with open(path) as file:
    config = json.load(file)
process = config["process"]
process.update(terminal=False, noNewPrivileges=True, capabilities={})
process.pop("rlimits", None)
config["root"]["readonly"] = True
config["mounts"] += [
    {"destination": state_place, "type": "bind", "source": state, "options": ["bind", "rw"]}]
config["linux"]["namespaces"] = [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")] + [{"type": "network", "path": network}]
config["linux"].pop("resources", None)
assert (process["user"]["uid"], process["user"]["gid"]) == (65532, 65532), process["user"]
with open(path, "w") as file:
    json.dump(config, file)
END
    runtime run --detach --bundle "$work/$name" --pid-file "$work/$name.pid" "$name" >"$work/$name.log" 2>&1 </dev/null ||
        { cat "$work/$name.log" >&2; die "$name did not start"; }
    running+=("$name")
}
in_container() { runtime exec "$@"; }

ip netns add "$network-hub"
ip -n "$network-hub" link add hub type bridge
ip -n "$network-hub" link set hub up
# Of the archives, whose format can hold it: the command that tells whether a container is well.
health() { # IMAGE
    tar -xOf "$images/$1.tar" manifest.json | python3 -c '
import json, sys, tarfile
archive = tarfile.open(sys.argv[1])
config = json.load(archive.extractfile(json.load(sys.stdin)[0]["Config"]))["config"]
print(config["Healthcheck"]["Test"][-1] if config["Healthcheck"]["Test"][0] == "CMD-SHELL" else " ".join(config["Healthcheck"]["Test"][1:]))
' "$images/$1.tar"
}

step "Tracker"
start tracker shoal-tracker /var/lib/shoal-tracker 10.77.0.1
read -r -a healthy <<<"$(health shoal-tracker)"
echo "health check: ${healthy[*]}"
wait_for "it is healthy" in_container tracker "${healthy[@]}"
check "it is not root" grep -q '^Uid:.65532.65532' "/proc/$(cat "$work/tracker.pid")/status"
check "it has no capabilities" grep -q '^CapEff:.0*$' "/proc/$(cat "$work/tracker.pid")/status"
# shellcheck disable=SC2016 # those are awk's
check "its root cannot be written to" awk '$2 == "/" { found = $4 ~ /^ro(,|$)/ } END { exit !found }' "/proc/$(cat "$work/tracker.pid")/mounts"
check "there is no shell in it" sh -c "[ ! -e $work/tracker/rootfs/bin/sh ] && [ ! -e $work/tracker/rootfs/usr/bin/sh ]"
check "its state is outside" test -s "$work/tracker.state/swarms.db"

step "Origin and follower"
start origin shoal /var/lib/shoal 10.77.0.2
mkdir -p "$work/origin.state/downloads"
head -c 20000000 /dev/urandom >"$work/origin.state/downloads/model.bin"
chown -R 65532:65532 "$work/origin.state"
read -r -a healthy <<<"$(health shoal)"
echo "health check: ${healthy[*]}"
wait_for "the origin is healthy" in_container origin "${healthy[@]}"
check "a manifest" in_container origin torrentgen create /var/lib/shoal/downloads/model.bin -o /var/lib/shoal/model.torrent \
    -a http://10.77.0.1:6969/announce
check "the origin serves it" in_container origin shoal add /var/lib/shoal/model.torrent
in_container origin shoal list
start follower shoal /var/lib/shoal 10.77.0.3
wait_for "the follower is healthy" in_container follower "${healthy[@]}"
cp "$work/origin.state/model.torrent" "$work/follower.state/"
chmod 644 "$work/follower.state/model.torrent"
check "the follower is told" in_container follower shoal add /var/lib/shoal/model.torrent
wait_for "the follower is complete" sh -c "runc --root $work/state exec follower shoal list --state complete | grep model.bin"
check "the copy is the same" cmp "$work/origin.state/downloads/model.bin" "$work/follower.state/downloads/model.bin"

step "End"
for name in follower origin tracker; do
    runtime kill "$name" TERM
    wait_for "$name ended" sh -c "runc --root $work/state state $name | grep -q '\"status\": \"stopped\"'"
done
for name in shoal-tracker shoal; do
    printf '%-14s %s MiB unpacked, %s MiB to transfer\n' "$name" "$(du -sm "$work/$([ $name = shoal ] && echo origin || echo tracker)/rootfs" | cut -f 1)" \
        "$(du -sm "$images/$name" | cut -f 1)"
done
echo "All is well."
