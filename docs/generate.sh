#!/usr/bin/env bash
# Writes docs/rules.md, docs/options.md and docs/formats.md from what the binary prints, and the table
# docs/conformance.tsv with its part of docs/formats.md from what the tests see in
# testdata, and docs/hostile.md from what they see of hostile input. Needs jq; takes some minutes.
#
#     docs/generate.sh                    # builds and asks target/debug/straykey
#     STRAYKEY=PATH docs/generate.sh      # asks that one
#     docs/generate.sh formats            # formats.md and conformance.tsv alone
#
# `cargo test` fails when one of them is out of date.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${STRAYKEY:-}" ]; then
    cargo build --quiet
    STRAYKEY=${CARGO_TARGET_DIR:-target}/debug/straykey
fi
NOTE='<!-- Written by docs/generate.sh. Change the text in src, not here. -->'

if [ "${1:-}" != formats ]; then
{
    cat <<END
$NOTE
# Rules

A rule's id, level and severity are stable; its text may be made clearer. \`straykey explain RULE\`
prints one section of this page. \`[severity]\` in \`straykey.toml\` sets other levels; they change how a
finding is shown, not which \`--fail-on\` it reaches. Severities are SARIF's \`security-severity\`.

| rule | level | severity | title |
| --- | --- | --- | --- |
END
    "$STRAYKEY" explain | while read -r rule level severity title; do
        echo "| [\`$rule\`](#$rule) | $level | $severity | $title |"
    done
    "$STRAYKEY" explain | while read -r rule _; do
        echo
        # One heading level deeper; the page's own last line break is not needed.
        page=$("$STRAYKEY" explain "$rule")
        sed 's/^#/##/' <<<"$page"
    done
} >docs/rules.md
fi

{
    cat <<END
$NOTE
# Formats

The ways of writing a key down that are read, from \`straykey formats --json\`. The id stands in reports
(\`format\`) and names the folder of test data. A key of any of them is also found inside base64,
hexadecimal, byte arrays, dumps, escaped text and bytes, UTF-16, UTF-32 and PEM armour, and in any nesting of
these up to six.

| id | name | source | about |
| --- | --- | --- | --- |
END
    "$STRAYKEY" formats --json | jq -r '.formats[] | del(.encodings) | map_values(gsub("\\|"; "\\|")) | "| `\(.id)` | \(.name) | \(.source) | \(.about) |"'
} >docs/formats.md
if [ "${1:-}" != formats ]; then
{
    cat <<END
$NOTE
# Options

What \`straykey COMMAND --help\` prints.
END
    subcommands() { "$STRAYKEY" "$@" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\)  *.*/\1/p' | grep -v '^help$'; }
    page() {
        printf '\n## straykey %s\n\n```text\n' "$*"
        "$STRAYKEY" "$@" --help
        printf '```\n'
    }
    for command in $(subcommands); do
        page "$command"
        for below in $(subcommands "$command" || true); do page "$command" "$below"; done
    done
} >docs/options.md
fi
STRAYKEY_WRITE=1 cargo test --quiet --test straykey conformance::the_table_is >&2
if [ "${1:-}" != formats ]; then
    STRAYKEY_WRITE=1 cargo test --quiet --test straykey hostile::each >&2
fi
