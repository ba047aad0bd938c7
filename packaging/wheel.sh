#!/usr/bin/env bash
# Builds the wheel that `pip install straykey` gets: the binary, nothing else.
#
#     packaging/wheel.sh [OUT] [MATURIN OPTION…]      # target/package
#
# Needs maturin; `--target x86_64-unknown-linux-musl` makes one for every Linux, built as
# musl.sh builds.
set -euo pipefail
mkdir -p "${1:-target/package}"
out=$(realpath "${1:-target/package}")
shift || true
cd "$(dirname "$0")/.."
profile=(--release)
tags=()
case " $* " in *" --profile "*) profile=() ;; esac
case " $* " in
    *" --target "*-musl" "*)
        target=$(sed 's/.* --target \([^ ]*\) .*/\1/' <<<" $* ")
        . packaging/static.sh
        # A static program runs beside either C library; maturin would name only glibc.
        tags=(--compatibility manylinux2014 musllinux_1_2) ;;
esac
cd packaging/pypi
maturin build --locked ${profile[@]+"${profile[@]}"} ${tags[@]+"${tags[@]}"} --out "$out" "$@"
