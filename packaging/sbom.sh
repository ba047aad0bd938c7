#!/usr/bin/env bash
# Writes what the binary is made of, as CycloneDX 1.5; needs jq.
#
#     packaging/sbom.sh [TARGET] >straykey.cdx.json      # x86_64-unknown-linux-musl
#
# From Cargo.lock, by `cargo metadata`, without development dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-x86_64-unknown-linux-musl}
cargo metadata --locked --format-version 1 --filter-platform "$target" | jq '
    . as $all
    | (.packages | map({key: .id, value: .}) | from_entries) as $package
    | (.resolve.nodes | map({key: .id, value: [.deps[] | select(any(.dep_kinds[]; .kind != "dev")) | .pkg]})
        | from_entries) as $uses
    | def reached: . as $seen | ($seen + [$seen[] | $uses[.][]] | unique) as $more
        | if $more == $seen then $seen else $more | reached end;
    def purl: "pkg:cargo/\(.name)@\(.version)";
    ([.resolve.root] | reached) as $ids
    | $package[.resolve.root] as $root
    | {
        bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
        metadata: {component: {type: "application", "bom-ref": ($root | purl), name: $root.name,
            version: $root.version, purl: ($root | purl), licenses: [{expression: $root.license}]}},
        components: [$ids[] | select(. != $all.resolve.root) | $package[.] | {type: "library",
            "bom-ref": purl, name, version, purl: purl}
            + (if .license then {licenses: [{expression: (.license | gsub("/"; " OR "))}]} else {} end)],
        dependencies: [$ids[] | {ref: ($package[.] | purl), dependsOn: [$uses[.][] | $package[.] | purl] | unique}]
    }'
