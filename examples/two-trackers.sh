#!/usr/bin/env bash
# Two trackers that share their swarms through Redis, with a replica and Sentinel, on this machine. In the middle of a
# race one tracker and the Redis master are killed; every client finishes.
#   examples/two-trackers.sh [BIN]      BIN: the folder of the programs; without it they are looked for in PATH
# Needs redis-server (apt-get install redis-server).
set -euo pipefail

clients=4
die() { echo "two-trackers: $*" >&2; exit 1; }
step() { printf '\n== %s\n' "$*"; }

[ $# -le 1 ] || die "usage: $0 [BIN]"
case "${1:-}" in
    -h | --help) sed -n '2,5s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;;
esac
if [ $# -eq 1 ]; then PATH=$(realpath "$1"):$PATH; fi
for tool in shoal shoal-tracker torrentgen; do
    command -v "$tool" >/dev/null || die "$tool is not in PATH: name the folder, as in $0 build/release/bin"
done
command -v redis-server >/dev/null || die "redis-server is missing: apt-get install redis-server"

work=$(mktemp -d "${TMPDIR:-/var/tmp}/shoal-two-trackers.XXXXXX")
pids=()
clean_up() {
    trap '' INT TERM
    [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start LOG COMMAND...: in the background; its process id is in $started.
start() {
    local log=$work/$1.log
    shift
    "$@" >"$log" 2>&1 &
    started=$!
    pids+=("$started")
}
# wait_for LOG TEXT: until the log holds it.
wait_for() {
    for _ in $(seq 300); do
        if grep -q "$2" "$work/$1.log" 2>/dev/null; then return; fi
        sleep 0.1
    done
    cat "$work/$1.log" >&2
    die "$1 did not say '$2'"
}

step "Redis on ports 7001 (master) and 7002 (replica), Sentinel on 7003"
start master redis-server --port 7001 --bind 127.0.0.1 --save '' --appendonly no --dir "$work" --repl-diskless-sync-delay 0
master=$started
wait_for master 'Ready to accept connections'
start replica redis-server --port 7002 --bind 127.0.0.1 --save '' --appendonly no --dir "$work" --replicaof 127.0.0.1 7001
wait_for replica 'Finished with success'
cat >"$work/sentinel.conf" <<END
port 7003
bind 127.0.0.1
dir $work
sentinel monitor fleet 127.0.0.1 7001 1
sentinel down-after-milliseconds fleet 1000
sentinel failover-timeout fleet 5000
END
start sentinel redis-server "$work/sentinel.conf" --sentinel
wait_for sentinel '+slave slave 127.0.0.1:7002'

step "Two trackers, on ports 7011 and 7012"
for number in 1 2; do
    start "tracker-$number" shoal-tracker --listen "127.0.0.1:701$number" --db "$work/$number.db" --interval 5s \
        --shared redis+sentinel://127.0.0.1:7003/fleet
    if [ "$number" = 1 ]; then first_tracker=$started; fi
    wait_for "tracker-$number" listening
done

step "One origin, limited to 20 MB/s, and $clients clients; both trackers are in one tier"
head -c 200M /dev/urandom >"$work/content.bin"
torrent=$work/content.torrent
torrentgen create "$work/content.bin" -o "$torrent" \
    -a http://127.0.0.1:7011/announce,http://127.0.0.1:7012/announce >/dev/null
begun=$SECONDS
start origin shoal seed "$torrent" "$work/content.bin" --listen 127.0.0.1:0 --limit-up 20MB/s --no-lsd --no-dht
getting=()
for number in $(seq "$clients"); do
    start "client-$number" shoal get "$torrent" -o "$work/client-$number" --listen 127.0.0.1:0 --no-lsd --no-dht --timeout 60s --json
    getting+=("$started")
done

sleep 3
step "Killing the first tracker and the Redis master"
kill -9 "$first_tracker" "$master"
wait_for sentinel '+switch-master fleet'
echo "Sentinel made the replica the master"

for number in $(seq "$clients"); do
    wait "${getting[$((number - 1))]}" || { cat "$work/client-$number.log" >&2; die "client $number failed"; }
    cmp "$work/content.bin" "$work/client-$number/content.bin" || die "client $number: the content differs"
done
echo "$clients clients finished within $((SECONDS - begun)) s, and all copies are identical to the original"

step "What the tracker that is left says"
for _ in $(seq 100); do
    health=$(exec 3<>/dev/tcp/127.0.0.1/7012 && printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3 && tail -n 1 <&3)
    if [ "$health" = ok ]; then break; fi
    sleep 0.1
done
echo "/healthz: $health"
[ "$health" = ok ] || die "it does not share its swarms with the new master"
