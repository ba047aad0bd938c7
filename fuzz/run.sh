#!/usr/bin/env bash
# fuzz/run.sh SECONDS [TARGET...]: runs each target for so many seconds, with the corpus in corpus/TARGET, and adds
# a line to record.tsv: day, commit, target, seconds of a processor, inputs, and the file of what was found.
# A target that has found something ends before its time; the next one begins.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:?"usage: fuzz/run.sh SECONDS [TARGET...]"}
shift
[ $# -gt 0 ] || set -- $(sed -n 's/^name = "\([a-z_]*\)"$/\1/p' Cargo.toml)
commit=$(git rev-parse --short=12 HEAD)
cargo fuzz build --sanitizer none
built=$(dirname "$(find "${CARGO_TARGET_DIR:-target}" -path '*/release/scanner' -type f | head -1)")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
TIMEFORMAT='%U %S'
for target; do
    mkdir -p "corpus/$target" "artifacts/$target"
    before=$(ls "artifacts/$target")
    spent=$({ time "$built/$target" "corpus/$target" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=3000 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="artifacts/$target/" >"$log" 2>&1 || true; } 2>&1 |
        tail -1)
    inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
    found=$(comm -13 <(echo "$before") <(ls "artifacts/$target") | tr '\n' ' ')
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$(date -u +%F)" "$commit" "$target" \
        "$(awk "BEGIN { split(\"$spent\", s); printf \"%d\", s[1] + s[2] }")" "${inputs:-0}" "${found:--}" | tee -a record.tsv
done
