#!/usr/bin/env python3
"""Compares a history sweep with git printing the same objects.

usage: history.py REPOSITORY…      (cargo build --release first; make one with make_history.py)

Required: at most 0.25 of git's wall time without findings, 0.8 with a handful;
two threads at least 1.6 times as fast as one; memory below 300 MB.
"""
import subprocess
import sys

import paired


def scan(repository, threads):
    return [paired.binary(), "scan", repository, f"-j{threads}", "--archives", "off", "--no-repo-config",
            "--format", "json", "--output", "/dev/null", "--fail-on", "never", "--no-progress"]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for repository in sys.argv[1:]:
        count = subprocess.run(["git", "-C", repository, "count-objects", "-v"], capture_output=True, text=True, check=True)
        print(f"{repository}: {' '.join(count.stdout.split())}")
        print_all = ["git", "-C", repository, "cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer"]
        paired.compare("straykey -j2", scan(repository, 2), "git cat-file", print_all, pairs=3)
        paired.compare("straykey -j1", scan(repository, 1), "straykey -j2", scan(repository, 2), pairs=3)


main()
