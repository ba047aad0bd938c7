#!/usr/bin/env bash
# Packs a binary with completions, manual pages and licence.
#
#     packaging/archive.sh BINARY TARGET OUT [VERSION]
set -euo pipefail
binary=$(realpath "$1")
target=$2
mkdir -p "$3"
out=$(realpath "$3")
cd "$(dirname "$0")/.."
version=${4:-$("$binary" --version | cut -d ' ' -f 2)}
name=straykey-$version-$target
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packaging/extras.sh "$binary" "$work/$name"
install -m 755 "$binary" "$work/$name/$(basename "$binary")"
install -m 644 LICENSE README.md CHANGELOG.md "$work/$name"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-0}" \
    -C "$work" -cf - "$name" | gzip -n9 >"$out/$name.tar.gz"
echo "$out/$name.tar.gz"
