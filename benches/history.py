#!/usr/bin/env python3
"""Compares a history sweep with git printing the same objects.

usage: history.py REPOSITORY…      (cargo build --release first; make one with make_history.py)

Required: at most 0.25 of git's wall time without findings, 0.8 with a handful;
two threads at least 1.6 times as fast as one; memory below 300 MB; a second
sweep with the state of the first, nothing changed, below 50 ms.

The share of objects with a trigger is printed: those are scanned whole. For a
repository where many files talk about keys: make_history.py --mention 0.05.
"""
import json
import os
import subprocess
import sys
import tempfile

import paired


def scan(repository, threads, *more, output="/dev/null"):
    return [paired.binary(), "scan", repository, f"-j{threads}", "--history", "only", "--archives", "off",
            "--no-repo-config", "--format", "json", "--output", output, "--fail-on", "never",
            "--no-progress", *more]


def stats(repository, *more):
    """Returns what a scan says of itself, and its findings."""
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "report.json")
        subprocess.run(scan(repository, 2, *more, output=output), check=False)
        with open(output) as file:
            report = json.load(file)
    return report["stats"], report["findings"]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for repository in sys.argv[1:]:
        count = subprocess.run(["git", "-C", repository, "count-objects", "-v"], capture_output=True, text=True, check=True)
        print(f"{repository}: {' '.join(count.stdout.split())}")
        told, findings = stats(repository)
        print(f"  {told['blobs']} blobs; {told['triggered']} objects with a trigger, scanned whole "
              f"({100 * told['triggered'] / max(told['blobs'], 1):.2f} % of the blobs); {len(findings)} findings")
        print_all = ["git", "-C", repository, "cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer"]
        paired.compare("straykey -j2", scan(repository, 2), "git cat-file", print_all, pairs=3)
        paired.compare("straykey -j1", scan(repository, 1), "straykey -j2", scan(repository, 2), pairs=3)
        with tempfile.TemporaryDirectory() as folder:
            state = ["--state", os.path.join(folder, "state")]
            stats(repository, *state)
            told, again = stats(repository, *state)
            if told["blobs"] != 0 or again != findings:
                sys.exit("with a state the same must be found, and nothing looked at")
            paired.compare("with state", scan(repository, 2, *state), "start alone", [paired.binary(), "--version"])


main()
