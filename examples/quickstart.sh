#!/usr/bin/env bash
# Builds shoal and moves a real file from one origin to three clients through the tracker, all on this machine.
#   examples/quickstart.sh [PATH]      PATH: a file or folder; without it, about 1 GiB of this machine's /usr
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
clients=3
give_up_after=900 # seconds for the whole transfer: far more than any machine needs

die() { echo "quickstart: $*" >&2; exit 1; }
step() { printf '\n== %s\n' "$*"; }

[ $# -le 1 ] || die "usage: $0 [PATH]"
case "${1:-}" in
    -h | --help) sed -n '2,3s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;;
esac
content=
if [ $# -eq 1 ]; then
    [ -r "$1" ] || die "$1: not found or not readable: check the path"
    content=$(realpath "$1")
fi

work=
pids=()
clean_up() {
    trap '' INT TERM
    [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait
    [ -z "$work" ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

step "Installing what is missing"
"$repo/packaging/install-deps.sh"

step "Building (Release)"
build=$repo/build/quickstart
cmake -S "$repo" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSHOAL_BUILD_TESTS=OFF >/dev/null
cmake --build "$build"
PATH=$build/bin:$PATH

work=$(mktemp -d "${TMPDIR:-/var/tmp}/shoal-quickstart.XXXXXX")
free=$(df --output=avail -B1 "$work" | tail -n 1)
if [ -n "$content" ]; then
    needed=$(($(du -sb "$content" | cut -f 1) * clients))
else
    needed=$(((clients + 1) << 30))
fi
[ "$free" -gt "$needed" ] || die "$work: needs $((needed >> 20)) MiB, has $((free >> 20)) MiB: set TMPDIR to a folder with more room"

if [ -z "$content" ]; then
    step "Packing about 1 GiB of /usr as the file to move"
    content=$work/usr.tar
    # Sorted, so that a second run moves the same file; names with a newline are left out.
    { find /usr -xdev -type f -readable ! -name $'*\n*' -printf '%s %p\n' || true; } |
        LC_ALL=C sort -k 2 |
        LC_ALL=C awk '{ size = $1; if (total + size > 2 ^ 30) next; total += size; sub(/^[0-9]+ /, ""); print }' |
        tar --create --absolute-names --file "$content" --verbatim-files-from --files-from -
fi

# Peak resident memory of a running process, in KiB.
peak_memory() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status" 2>/dev/null; }

# start_logged LOG COMMAND...: in the background; its process id is in $started.
start_logged() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 &
    started=$!
    pids+=("$started")
}

# wait_for_line LOG PID SED-EXPRESSION: the first thing that the expression prints from the log.
wait_for_line() {
    local found
    for _ in $(seq 6000); do
        found=$(sed -n "$3" "$1" | head -n 1)
        [ -z "$found" ] || { echo "$found"; return 0; }
        kill -0 "$2" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

step "Starting the tracker"
start_tracker() { # ADDR:PORT
    start_logged "$work/tracker.log" shoal-tracker --listen "$1" --db "$work/tracker.db"
    tracker=$started
    address=$(wait_for_line "$work/tracker.log" "$tracker" 's/.*listening.* address=\([^ ]*\).*/\1/p')
}
start_tracker 127.0.0.1:6969 || start_tracker 127.0.0.1:0 || { cat "$work/tracker.log" >&2; die "the tracker did not start"; }
echo "shoal-tracker listens on $address"

step "Making the manifest and seeding: shoal share"
torrent=$work/$(basename "$content").torrent
start_logged "$work/origin.log" shoal share "$content" --tracker "http://$address/announce" -o "$torrent" --listen 127.0.0.1:0
origin=$started
for _ in $(seq 6000); do
    [ ! -s "$torrent" ] || break
    kill -0 "$origin" 2>/dev/null || { cat "$work/origin.log" >&2; die "the origin did not start"; }
    sleep 0.1
done
torrentgen show "$torrent"

step "Downloading with $clients clients side by side: shoal get"
client_pids=()
for n in $(seq "$clients"); do
    mkdir "$work/client-$n"
    start_logged "$work/client-$n.json" shoal get "$torrent" -o "$work/client-$n" --listen 127.0.0.1:0 --json --seed-for 1h
    client_pids+=("$started")
done

# The last value of a number in a log of JSON lines.
last_number() { sed -n "s/.*\"$2\": *\([0-9.]*\).*/\1/p" "$1" | tail -n 1; }
finished() { grep -q '"event": *"done"' "$1"; }

deadline=$((SECONDS + give_up_after))
while :; do
    line=
    done_count=0
    for n in $(seq "$clients"); do
        log=$work/client-$n.json
        if finished "$log"; then
            done_count=$((done_count + 1))
        else
            kill -0 "${client_pids[$((n - 1))]}" 2>/dev/null || { cat "$log" >&2; die "client $n failed"; }
        fi
        line+=$(printf 'client %d: %3.0f %%   ' "$n" "$(last_number "$log" percent)")
    done
    if [ -t 1 ]; then printf '\r%s' "$line"; fi
    [ "$done_count" -lt "$clients" ] || break
    [ "$SECONDS" -lt "$deadline" ] || die "not done after $give_up_after s: $(tail -n 1 "$work/client-1.json")"
    sleep 0.2
done
if [ -t 1 ]; then echo; fi

step "Comparing SHA-256"
digest() { # PATH: of a file, or of all files below a folder
    if [ -d "$1" ]; then
        (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1)
    else
        sha256sum <"$1" | cut -d ' ' -f 1
    fi
}
expected=$(digest "$content")
printf '%-10s %10s %14s %12s  %s\n' "" "time" "rate" "peak memory" "SHA-256"
printf '%-10s %10s %14s %8d MiB  %s\n' tracker "" "" "$(($(peak_memory "$tracker") / 1024))" ""
printf '%-10s %10s %14s %8d MiB  %s\n' origin "" "" "$(($(peak_memory "$origin") / 1024))" "$expected"
for n in $(seq "$clients"); do
    seconds=$(last_number "$work/client-$n.json" elapsed)
    size=$(last_number "$work/client-$n.json" bytes)
    actual=$(digest "$work/client-$n/$(basename "$content")")
    rate=$(awk -v bytes="$size" -v s="$seconds" 'BEGIN { printf "%.1f MB/s", bytes / (s > 0 ? s : 0.001) / 1e6 }')
    printf '%-10s %8.1f s %14s %8d MiB  %s\n' "client $n" "$seconds" "$rate" \
        "$(($(peak_memory "${client_pids[$((n - 1))]}") / 1024))" "$actual"
    [ "$actual" = "$expected" ] || die "client $n: the content differs"
done
echo "All $clients copies are identical to the original."

cat <<END

What to try next, with $build/bin in your PATH:
  shoal-tracker                                                    # on one machine, port 6969
  shoal share BIGFILE --tracker http://THAT-MACHINE:6969/announce  # on the machine that has the file
  shoal get BIGFILE.torrent -o FOLDER                              # on every machine that needs it
END
