#!/usr/bin/env bash
# Writes completions and manual pages, as the binary prints them.
#
#     packaging/extras.sh BINARY FOLDER
set -euo pipefail
binary=$(realpath "$1")
mkdir -p "$2/completions" "$2/man"
"$binary" completions bash >"$2/completions/straykey.bash"
"$binary" completions zsh >"$2/completions/_straykey"
"$binary" completions fish >"$2/completions/straykey.fish"
"$binary" completions powershell >"$2/completions/_straykey.ps1"
"$binary" man "$2/man"
