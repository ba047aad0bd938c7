#!/usr/bin/env bash
# Gets straykey and puts it in PATH for the steps that follow.
#
# VERSION: a release, empty for the version of this action, `source` to build
# it, `installed` to take what PATH has. A release is used only if its checksum
# is the published one: a wrong checksum is an error, never a reason to build.
# STRAYKEY_DOWNLOADS names a mirror of the releases.
set -euo pipefail

say() { printf 'straykey: %s\n' "$*" >&2; }

here=$GITHUB_ACTION_PATH
folder=$RUNNER_TEMP/straykey
mkdir -p "$folder"

build() {
    say "building from source: $1"
    command -v cargo >/dev/null || { say "cargo is not here either"; exit 2; }
    cargo install --quiet --locked --path "$here" --root "$folder/built" >&2
    echo "$folder/built/bin" >>"$GITHUB_PATH"
    exit 0
}

asked=$VERSION
version=${asked#v}
case $version in
    installed)
        command -v straykey >/dev/null || { say "no straykey in PATH"; exit 2; }
        exit 0 ;;
    source) build "asked for" ;;
    "") version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/Cargo.toml" | head -n 1) ;;
esac
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*$ ]] || { say "no version: $version"; exit 2; }

case $RUNNER_OS-$RUNNER_ARCH in
    Linux-X64) target=x86_64-unknown-linux-musl ;;
    Linux-ARM64) target=aarch64-unknown-linux-musl ;;
    macOS-X64) target=x86_64-apple-darwin ;;
    macOS-ARM64) target=aarch64-apple-darwin ;;
    Windows-X64) target=x86_64-pc-windows-msvc ;;
    *) build "no release for $RUNNER_OS-$RUNNER_ARCH" ;;
esac

name=straykey-$version-$target
address=${STRAYKEY_DOWNLOADS:-https://github.com/straykey/straykey/releases/download}/v$version
fetch() { curl --fail --silent --show-error --location --retry 3 --max-time 120 -o "$folder/$1" "$address/$1"; }
fetch SHA256SUMS || build "no checksums at $address"
fetch "$name.tar.gz" || build "no $name.tar.gz at $address"

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}
expected=$(awk -v name="$name.tar.gz" '$2 == name || $2 == "*" name { print $1 }' "$folder/SHA256SUMS")
actual=$(sha256 "$folder/$name.tar.gz")
if [ -z "$expected" ] || [ "$expected" != "$actual" ]; then
    rm -f "$folder/$name.tar.gz"
    say "$name.tar.gz has SHA-256 $actual, published is ${expected:-none}; not used"
    exit 2
fi
tar -xzf "$folder/$name.tar.gz" -C "$folder"
echo "$folder/$name" >>"$GITHUB_PATH"
say "version $version, checksum verified"
