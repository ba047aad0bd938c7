#!/usr/bin/env bash
# fuzz/keep.sh [TARGET...]: picks of corpus/TARGET a few small inputs that reach what all of them reach, and keeps
# them in kept/TARGET.tar.gz, which `cargo test` runs and seed.sh unpacks.
set -euo pipefail
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- $(sed -n 's/^name = "\([a-z_]*\)"$/\1/p' Cargo.toml)
mkdir -p kept
for target; do
    picked=$(mktemp -d)
    cargo fuzz run --sanitizer none "$target" "$picked" "corpus/$target" -- -set_cover_merge=1 -use_counters=0 \
        -max_len="$([ "$target" = history ] && echo 4096 || echo 1024)"
    tar -C "$picked" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -c . | gzip -n9 >"kept/$target.tar.gz"
    echo "$target: $(ls "$picked" | wc -l) inputs, $(wc -c <"kept/$target.tar.gz") bytes"
    rm -rf "$picked"
done
