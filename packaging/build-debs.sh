#!/usr/bin/env bash
# Builds the Debian packages shoal, shoal-tracker and torrentgen, and a signed apt repository that holds them.
#   packaging/build-debs.sh [--out FOLDER] [--key KEY]
# FOLDER (build/debs) gets the packages, their .changes, and repository/, which any web server can serve.
# KEY signs the repository: a key of your gpg, by its id or address. Without it, one is made in FOLDER/keys, without a pass
# phrase, and used again: good for a try, and as safe as that folder.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
suite=bookworm
out=$repo/build/debs
key=

die() { echo "build-debs: $*" >&2; exit "${status:-1}"; }
usage() { status=2 die "$1: usage: $0 [--out FOLDER] [--key KEY]"; }
while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help) sed -n '2,6s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;;
        --out) [ $# -ge 2 ] || usage "--out needs a folder"; out=$2; shift 2 ;;
        --key) [ $# -ge 2 ] || usage "--key needs a key"; key=$2; shift 2 ;;
        *) usage "$1 is not understood" ;;
    esac
done

"$repo/packaging/install-deps.sh" --packages
mkdir -p "$out"
out=$(realpath "$out")

# The tree as it stands, changes that are not committed included. The folder keeps its name, which ccache needs.
source=$out/source
rm -rf "$source"
mkdir "$source"
tar -C "$repo" --exclude=./build --exclude='./build-*' --exclude=./.git --exclude=__pycache__ -c . | tar -C "$source" -x
cp -r "$source/packaging/debian" "$source/debian"

# debhelper gives the build another home, where ccache would begin anew.
if command -v ccache >/dev/null; then
    CCACHE_DIR=$(ccache --get-config cache_dir)
    export CCACHE_DIR
fi
find "$out" -maxdepth 1 -type f -delete
(cd "$source" && dpkg-buildpackage --build=full --no-sign)
rm -rf "$source"

if [ -z "$key" ]; then
    export GNUPGHOME=$out/keys
    key=shoal-packages
    if [ ! -d "$GNUPGHOME" ]; then
        mkdir -m 700 "$GNUPGHOME"
        gpg --batch --quiet --passphrase '' --quick-generate-key "$key" ed25519 sign never
    fi
fi

repository=$out/repository
index=dists/$suite/main/binary-$(dpkg --print-architecture)
rm -rf "$repository"
mkdir -p "$repository/pool/main/s/shoal" "$repository/$index"
cp "$out"/*.deb "$repository/pool/main/s/shoal/"
cd "$repository"
apt-ftparchive packages pool >"$index/Packages"
gzip -9 --keep --no-name "$index/Packages"
apt-ftparchive -o APT::FTPArchive::Release::Origin=shoal -o APT::FTPArchive::Release::Label=shoal \
    -o APT::FTPArchive::Release::Suite="$suite" -o APT::FTPArchive::Release::Codename="$suite" \
    -o APT::FTPArchive::Release::Architectures="$(dpkg --print-architecture)" \
    -o APT::FTPArchive::Release::Components=main release "dists/$suite" >Release
mv Release "dists/$suite/Release"
gpg --batch --yes --local-user "$key" --clearsign --output "dists/$suite/InRelease" "dists/$suite/Release"
gpg --batch --yes --local-user "$key" --armor --detach-sign --output "dists/$suite/Release.gpg" "dists/$suite/Release"
gpg --batch --yes --export "$key" >shoal-archive-keyring.gpg

echo "packages:   $out/*.deb"
echo "repository: $repository, for machines whose /etc/apt/sources.list.d/shoal.sources says"
cat <<END
    Types: deb
    URIs: file:$repository
    Suites: $suite
    Components: main
    Signed-By: $repository/shoal-archive-keyring.gpg
END
