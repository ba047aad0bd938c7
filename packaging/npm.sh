#!/usr/bin/env bash
# Makes npm packages: one with the binary for a platform, and `straykey`, which
# picks it. Nothing is fetched when they are installed.
#
#     packaging/npm.sh BINARY PLATFORM [OUT]      # linux-x64, target/package
#
# PLATFORM is Node's: linux-x64, linux-arm64, darwin-x64, darwin-arm64, win32-x64.
set -euo pipefail
binary=$(realpath "$1")
platform=$2
mkdir -p "${3:-target/package}"
out=$(realpath "${3:-target/package}")
cd "$(dirname "$0")/npm"
version=$("$binary" --version | cut -d ' ' -f 2)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
program=straykey
case $platform in win32-*) program=straykey.exe ;; esac
mkdir -p "$work/platform/bin" "$work/straykey"
install -m 755 "$binary" "$work/platform/bin/$program"
cat >"$work/platform/package.json" <<END
{
  "name": "@straykey/$platform",
  "version": "$version",
  "description": "straykey for $platform",
  "license": "MIT",
  "repository": "github:straykey/straykey",
  "os": ["${platform%-*}"],
  "cpu": ["${platform#*-}"],
  "files": ["bin"]
}
END
sed "s/@VERSION@/$version/g" package.json >"$work/straykey/package.json"
install -m 755 straykey.js "$work/straykey/straykey.js"
install -m 644 README.md ../../LICENSE "$work/straykey"
for folder in platform straykey; do
    (cd "$work/$folder" && npm pack --silent --pack-destination "$out")
done
