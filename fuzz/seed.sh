#!/bin/sh
# Fills fuzz/corpus/TARGET with the files of testdata: the seeds that the
# targets begin with, and with what earlier runs have grown (kept). Targets that read a byte or two first get zeros there.
set -eu
cd "$(dirname "$0")"
for target in formats decode scanner inventory_list inventory_import archives members history; do
    mkdir -p "corpus/$target"
    case $target in
        formats | decode) lead='\0\0' ;;
        archives | members) lead='\0' ;;
        *) lead='' ;;
    esac
    [ -f "kept/$target.tar.gz" ] && tar -C "corpus/$target" -xzf "kept/$target.tar.gz"
    [ "$target" = history ] && continue
    find ../testdata -type f -size -64k | while read -r file; do
        name=$(printf %s "${file#../testdata/}" | tr / _)
        { printf "$lead"; cat "$file"; } >"corpus/$target/$name"
    done
done
# A history with deltas: its index and pack, behind the length of the index.
scratch=$(mktemp -d)
for bundle in ../testdata/archive/*.bundle; do
    git clone -q --bare "$bundle" "$scratch/one"
    for index in "$scratch"/one/objects/pack/*.idx; do
        length=$(wc -c <"$index")
        {
            printf "\\$(printf %03o $((length % 256)))\\$(printf %03o $((length / 256)))"
            cat "$index" "${index%idx}pack"
        } >"corpus/history/$(basename "$bundle")"
    done
    rm -rf "$scratch/one"
done
rmdir "$scratch"
