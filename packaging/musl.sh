#!/usr/bin/env bash
# Builds the static Linux binary and its archive: straykey-VERSION-TARGET.tar.gz.
#
#     packaging/musl.sh [TARGET] [OUT]      # x86_64-unknown-linux-musl, target/package
#
# Needs the Rust target and musl-gcc (Debian: musl-tools). Reproducible: the
# same commit, Rust version and linker give the same bytes. Paths are mapped
# away, times are those of the commit, dependencies those of Cargo.lock. With
# cargo-auditable installed, the binary names its dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-x86_64-unknown-linux-musl}
out=${2:-target/package}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
. packaging/static.sh
cargo=(cargo)
if command -v cargo-auditable >/dev/null; then cargo=(cargo auditable); fi
"${cargo[@]}" build --release --locked --bin straykey --target "$target"
exec packaging/archive.sh "target/$target/release/straykey" "$target" "$out" "$version"
