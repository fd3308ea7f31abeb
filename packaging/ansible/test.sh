#!/usr/bin/env bash
# Runs the role against two systems that boot systemd in systemd-nspawn: a tracker that is an origin too, and a follower. Looks whether the
# content has arrived, runs the role again, and fails where the second run changes anything.
#   packaging/ansible/test.sh [--out FOLDER]
# FOLDER (build/debs) is that of packaging/build-debs.sh, which has to be run before. Needs root.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$repo/build/debs
die() { echo "test: $*" >&2; exit "${status:-1}"; }
while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help) sed -n '2,5s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;;
        --out) [ $# -ge 2 ] || { status=2 die "--out needs a folder"; }; out=$2; shift 2 ;;
        *) status=2 die "$1 is not understood: usage: $0 [--out FOLDER]" ;;
    esac
done
[ "$(id -u)" -eq 0 ] || die "needs root, for namespaces"
[ -d "$out/repository" ] || die "$out/repository: not found: run packaging/build-debs.sh first"
"$repo/packaging/install-deps.sh" --roles
out=$(realpath "$out")
work=$out/test
mkdir -p "$work"
# Mounts of this test end with it.
if [ -z "${SHOAL_TEST_ROLE_INSIDE:-}" ]; then
    SHOAL_TEST_ROLE_INSIDE=yes exec unshare --mount --propagation private "$0" --out "$out"
fi

hub=shoal-role-$$
nspawns=()
clean_up() {
    local each
    for each in "${nspawns[@]}"; do kill "$each" 2>/dev/null || true; wait "$each" 2>/dev/null || true; done
    for each in hub head node; do ip netns delete "$hub-$each" 2>/dev/null || true; done
    rm -rf --one-file-system "$work/head" "$work/node"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
step() { printf '\n== %s\n' "$*"; }

if [ ! -e "$work/managed.tar" ]; then
    step "Making a system that can be managed"
    # shellcheck disable=SC2016 # apt fills these in
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' | sort -u >"$work/sources.list"
    mmdebstrap --quiet --variant=apt --include=systemd-sysv,python3,python3-apt --format=tar bookworm "$work/managed.tar.part" "$work/sources.list"
    mv "$work/managed.tar.part" "$work/managed.tar"
fi

step "Two systems"
ip netns add "$hub-hub"
ip -n "$hub-hub" link add hub type bridge
ip -n "$hub-hub" link set hub up
boot() { # NAME ADDRESS
    local root=$work/$1 leader=
    rm -rf --one-file-system "$root"
    mkdir "$root"
    tar -C "$root" -xf "$work/managed.tar"
    cp --remove-destination /etc/resolv.conf "$root/etc/resolv.conf"
    cp -r "$out/repository" "$root/srv/repository"
    # Behind the bridge is nothing but the other system: what the packages depend on is fetched here.
    chroot "$root" apt-get -qq update
    cp "$out"/shoal_*.deb "$out"/shoal-tracker_*.deb "$out"/torrentgen_*.deb "$root/root/"
    chroot "$root" sh -c 'cd /root && DEBIAN_FRONTEND=noninteractive apt-get -qq install --download-only --yes ./*.deb && rm ./*.deb' >/dev/null
    ip netns add "$hub-$1"
    ip -n "$hub-$1" link set lo up
    ip -n "$hub-hub" link add "$1" type veth peer name host0 netns "$hub-$1"
    ip -n "$hub-hub" link set "$1" master hub up
    ip -n "$hub-$1" address add "$2/24" dev host0
    ip -n "$hub-$1" link set host0 up
    systemd-nspawn --quiet --directory="$root" --machine="$hub-$1" --network-namespace-path="/run/netns/$hub-$1" --register=no --keep-unit \
        --link-journal=no --boot </dev/null >"$work/$1.log" 2>&1 &
    nspawns+=($!)
    for _ in $(seq 150); do
        leader=$(pgrep -P "$!" | head -n 1) && [ -n "$leader" ] &&
            nsenter --target "$leader" --mount --pid --root systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded' && break
        kill -0 "$!" 2>/dev/null || { cat "$work/$1.log" >&2; die "systemd-nspawn ended"; }
        sleep 0.2
    done
    eval "$1=$leader"
    echo "$1 runs"
}
head='' node=''
boot head 10.78.0.1
boot node 10.78.0.2
mkdir -p "$work/head/srv/models"
head -c 20000000 /dev/urandom >"$work/head/srv/models/model.bin"

# The tracker's system is an origin too: two hosts for the role, one machine.
cat >"$work/inventory.yml" <<END
all:
  vars:
    ansible_connection: community.docker.nsenter
    ansible_python_interpreter: /usr/bin/python3
    shoal_repository: file:/srv/repository
    shoal_repository_key: $out/repository/shoal-archive-keyring.gpg
    shoal_tracker_url: http://10.78.0.1:6969
    shoal_admin_token: a-token
    shoal_rpc_auth: fleet:a-password
    shoal_keys: {fleet: f3Kq09xTz2}
    shoal_key_name: fleet
    shoal_content_folder: /srv/models
    shoal_content_group: models
    shoal_control_folder: $work/manifests
    shoal_tracker_options: {interval: 5s, site: ["hall-1=10.78.0.0/24"]}
    shoal_daemon_options: {no-dht: true}
  children:
    trackers: {hosts: {tracker: {ansible_nsenter_pid: $head}}}
    origins: {hosts: {origin: {ansible_nsenter_pid: $head, shoal_publish: [/srv/models/model.bin]}}}
    followers: {hosts: {follower: {ansible_nsenter_pid: $node}}}
END
rm -rf "$work/manifests"

play() {
    ANSIBLE_NOCOWS=1 ANSIBLE_DEPRECATION_WARNINGS=0 ansible-playbook -i "$work/inventory.yml" "$repo/packaging/ansible/site.yml" | tee "$work/play.log"
}
step "First run"
play
step "The content arrives"
for _ in $(seq 300); do
    if cmp -s "$work/head/srv/models/model.bin" "$work/node/srv/models/model.bin"; then break; fi
    sleep 0.2
done
cmp "$work/head/srv/models/model.bin" "$work/node/srv/models/model.bin" || die "NOT SO: the follower has the content"
echo "ok: the follower has the content"
nsenter --target "$node" --mount --pid --net --root env SHOAL_RPC_AUTH=fleet:a-password shoal list
nsenter --target "$head" --net curl -fsS http://10.78.0.1:6969/api/v1/torrents | grep -q '"registered": *true' || die "NOT SO: the tracker has it registered"
echo "ok: the tracker has it registered"
step "Second run"
play
sed -n '/^PLAY RECAP/,$p' "$work/play.log" | grep -E '^(tracker|origin|follower)' >"$work/recap"
[ "$(grep -c 'changed=0 .*unreachable=0 .*failed=0' "$work/recap")" -eq 3 ] || die "NOT SO: the second run changes nothing"
echo "ok: the second run changes nothing"
echo "All is well."
