#!/usr/bin/env python3
"""Compares a tree scan with ripgrep searching 40 literals, on two threads.

usage: tree.py TREE…      (cargo build --release first; ripgrep as `rg` on PATH, or $RG)

Both read every file of the tree from a warm page cache. Required: not slower
than ripgrep; memory below 100 MB.
"""
import os
import sys

import paired

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    rg = os.environ.get("RG", "rg")
    for tree in sys.argv[1:]:
        files = sum(len(names) for _, _, names in os.walk(tree))
        size = sum(os.lstat(os.path.join(d, n)).st_size for d, _, names in os.walk(tree) for n in names)
        print(f"{tree}: {files} files, {size / 1e6:.0f} MB")
        scan = [paired.binary(), "scan", tree, "-j2", "--history", "skip", "--archives", "off", "--no-repo-config",
                "--format", "json", "--output", "/dev/null", "--fail-on", "never", "--no-progress"]
        search = [rg, "-j2", "-c", "-uuu", "--no-messages", "-F", "-f", os.path.join(HERE, "literals.txt"), tree]
        paired.compare("straykey", scan, "ripgrep", search)


main()
