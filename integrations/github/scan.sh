#!/usr/bin/env bash
# Scans what plan.sh chose: annotations to the log, a summary to the job, SARIF
# to a file, counts to the outputs. Ends as straykey does: 1 findings, 2 cannot
# vouch.
set -euo pipefail

temp=$(mktemp -d "$RUNNER_TEMP/straykey.XXXXXX")
absolute() {
    case $1 in
        /* | [A-Za-z]:*) printf '%s' "$1" ;;
        *) printf '%s' "$GITHUB_WORKSPACE/$1" ;;
    esac
}
inventory=()
if [ -n "$INVENTORY" ]; then
    inventory=(--inventory "$(absolute "$INVENTORY")")
    if [ -n "$INVENTORY_KEY" ]; then inventory+=(--inventory-public-key "$(absolute "$INVENTORY_KEY")"); fi
fi
sarif=$(absolute "$SARIF_FILE")
out() { printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }

# Paths are relative to the root of the repository, as code scanning wants them.
cd "$REPOSITORY_PATH"
# Words, and no globs. To the bash of macOS an empty list is unset: ${x[@]+…}.
read -r -a more <<<"$ARGS" || true

common=(scan --no-progress --sarif-profile github ${inventory[@]+"${inventory[@]}"} ${more[@]+"${more[@]}"})
report=(--also "jsonl=$temp/report.jsonl" --also "markdown=$temp/summary.md" --also "sarif=$sarif")
case $MODE in
    none)
        echo '::notice title=straykey::The push only deletes: nothing was scanned.'
        out findings 0
        out matches 0
        exit 0 ;;
    range) what=(--range "$RANGE") ;;
    files) what=(--history skip .) ;;
    *) what=(.) ;;
esac
code=0
straykey "${common[@]}" --fail-on "$FAIL_ON" --format github "${report[@]}" "${what[@]}" || code=$?

if [ -s "$temp/report.jsonl" ]; then
    # The last line is ours, and a quote in any string of it is escaped.
    count() { sed -n '$s/.*"counts":{[^}]*"'"$1"'":\([0-9]*\)[,}].*/\1/p' "$temp/report.jsonl"; }
    out findings "$(count findings)"
    out matches "$(count matches)"
    cat "$temp/summary.md" >>"$GITHUB_STEP_SUMMARY"
    if [ "$STATE" = true ]; then
        # What this push brought decides; the file tells what the branch has.
        straykey "${common[@]}" --fail-on never -q --also "sarif=$sarif" . || true
    fi
    out sarif-file "$sarif"
fi
rm -rf "$temp"
exit "$code"
