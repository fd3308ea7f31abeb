#!/usr/bin/env bash
# Builds two container images from the Debian packages, without a daemon: shoal (with torrentgen) and shoal-tracker.
#   packaging/image/build-images.sh [--out FOLDER]
# FOLDER (build/debs) is that of build-debs.sh, which has to be run before. FOLDER/images gets of each an OCI layout (NAME/) and an
# archive for `docker load` and `podman load` (NAME.tar), whose format can hold the health check. Needs root.
# In them are the program, the libraries that it needs, curl for the health check, and nothing else: no shell, no package manager.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$repo/build/debs
die() { echo "build-images: $*" >&2; exit "${status:-1}"; }
while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help) sed -n '2,6s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;;
        --out) [ $# -ge 2 ] || { status=2 die "--out needs a folder"; }; out=$2; shift 2 ;;
        *) status=2 die "$1 is not understood: usage: $0 [--out FOLDER]" ;;
    esac
done
[ "$(id -u)" -eq 0 ] || die "needs root, for the owners of files"
[ -d "$out/repository" ] || die "$out/repository: not found: run packaging/build-debs.sh first"
"$repo/packaging/install-deps.sh" --images
out=$(realpath "$out")
images=$out/images
work=$(mktemp -d "${TMPDIR:-/var/tmp}/shoal-images.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$images"
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$repo/packaging/debian/changelog")
SOURCE_DATE_EPOCH=$(date -d "$(sed -n 's/^ -- .*>  //p' "$repo/packaging/debian/changelog" | head -n 1)" +%s)
export SOURCE_DATE_EPOCH
user=65532 # of no account; Kubernetes' files name it too

# One line a source of this machine, and the packages' own.
# shellcheck disable=SC2016 # apt fills these in
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' | sort -u >"$work/sources.list"
echo "deb [signed-by=$out/repository/shoal-archive-keyring.gpg] copy://$out/repository bookworm main" >>"$work/sources.list"

# Files of one image: the packages and all that they need, unpacked. What only people read is left out.
make_root() { # NAME PACKAGES
    local root=$work/$1
    mmdebstrap --quiet --variant=extract --include="$2,curl,ca-certificates,tzdata" \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-include=/usr/share/doc/*/copyright' bookworm "$root" "$work/sources.list"
    # Debian's packages do these two by scripts of theirs, for which there is no shell.
    mkdir -p "$root/etc/ssl/certs" "$root/etc/credstore"
    cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
    echo "shoal:x:$user:$user:shoal:/:/usr/sbin/nologin" >"$root/etc/passwd"
    echo "shoal:x:$user:" >"$root/etc/group"
    install -d -o "$user" -g "$user" "$root/var/lib/$1"
    install -d -m 1777 "$root/tmp"
    # What the scripts of packages alone use.
    rm -rf "$root"/usr/share/{bash-completion,zsh,fish,bug,lintian,perl5,debconf} "$root"/usr/bin/perl* "$root"/usr/share/perl* \
        "$root"/usr/lib/*/perl* "$root"/var/cache/* "$root"/var/lib/{apt,dpkg}/* "$root"/lib/systemd "$root"/etc/apt
}

export BUILDAH_FORMAT=docker # that of OCI has no room for a health check
storage=(--root "$work/storage" --runroot "$work/run" --storage-driver vfs)
make_image() { # NAME PACKAGES HEALTH-PORT COMMAND...
    local name=$1 packages=$2 port=$3 container
    shift 3
    make_root "$name" "$packages"
    container=$(buildah "${storage[@]}" from scratch)
    buildah "${storage[@]}" add --quiet "$container" "$work/$name" / >/dev/null
    local command
    command=$(printf ',"%s"' "$@")
    buildah "${storage[@]}" config --user "$user:$user" --workingdir / --volume "/var/lib/$name" \
        --env "STATE_DIRECTORY=/var/lib/$name" --env CREDENTIALS_DIRECTORY=/run/credentials --env PATH=/usr/bin \
        --entrypoint "[${command#,}]" --stop-signal SIGTERM \
        --healthcheck "CMD /usr/bin/curl -fsS -o /dev/null http://127.0.0.1:$port/healthz" --healthcheck-interval 10s \
        --healthcheck-start-period 30s --label "org.opencontainers.image.title=$name" \
        --label "org.opencontainers.image.version=$version" --label org.opencontainers.image.licenses=MIT "$container"
    rm -rf "${images:?}/$name" "$images/$name.tar"
    buildah "${storage[@]}" commit --quiet --timestamp "$SOURCE_DATE_EPOCH" "$container" "$name:$version" >/dev/null
    buildah "${storage[@]}" push --quiet "$name:$version" "docker-archive:$images/$name.tar:$name:$version"
    buildah "${storage[@]}" push --quiet --format oci "$name:$version" "oci:$images/$name:$version"
    buildah "${storage[@]}" rm "$container" >/dev/null
    printf '%-14s %s: %s MiB unpacked, %s MiB to transfer\n' "$name" "$version" "$(du -sm "$work/$name" | cut -f 1)" "$(du -sm "$images/$name" | cut -f 1)"
}

make_image shoal-tracker shoal-tracker 6969 /usr/bin/shoal-tracker --config /etc/shoal-tracker/shoal-tracker.toml
make_image shoal shoal,torrentgen 9190 /usr/bin/shoal daemon --config /etc/shoal/daemon.toml --metrics-listen 0.0.0.0:9190
echo "images: $images"
