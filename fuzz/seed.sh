#!/bin/sh
# Fills fuzz/corpus/TARGET with the files of testdata: the seeds that the
# targets begin with. Targets that read a byte or two first get zeros there.
set -eu
cd "$(dirname "$0")"
for target in formats decode scanner inventory_list inventory_import archives members; do
    mkdir -p "corpus/$target"
    case $target in
        formats | decode) lead='\0\0' ;;
        archives | members) lead='\0' ;;
        *) lead='' ;;
    esac
    find ../testdata -type f -size -64k | while read -r file; do
        name=$(printf %s "${file#../testdata/}" | tr / _)
        { printf "$lead"; cat "$file"; } >"corpus/$target/$name"
    done
done
