#!/usr/bin/env python3
"""Compares `scan --staged` with `git diff --cached --stat`, in a repository of many files.

usage: staged.py [FILES]      (default 6000; cargo build --release first)

Makes a repository of that many files, repacked, and stages three small changes.
Required: no slower than git plus 10 ms.
"""
import os
import random
import statistics
import subprocess
import sys
import tempfile

import paired


def git(folder, *arguments):
    who = {name: "bench" for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL")}
    subprocess.run(["git", "-C", folder, "-c", "maintenance.auto=false", "-c", "gc.auto=0", *arguments], check=True, env={**os.environ, **who}, stdout=subprocess.DEVNULL)


def make(folder, files):
    dice = random.Random(1)
    git(folder, "init", "-q")
    for number in range(files):
        path = os.path.join(folder, f"part{number % 60}", f"unit{number % 7}", f"file{number}.c")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as out:
            for _ in range(dice.randint(5, 200)):
                out.write(f"int value_{dice.randint(0, 9999)} = {dice.randint(0, 9999)};\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "all")
    git(folder, "gc", "-q")
    for number in dice.sample(range(files), 3):
        path = os.path.join(folder, f"part{number % 60}", f"unit{number % 7}", f"file{number}.c")
        with open(path, "a") as out:
            out.write("int staged = 1;\n")
    git(folder, "add", ".")


def main():
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 6000
    with tempfile.TemporaryDirectory() as folder:
        make(folder, files)
        ours = [paired.binary(), "scan", folder, "--staged", "--no-repo-config", "--no-progress"]
        theirs = ["git", "-C", folder, "diff", "--cached", "--stat"]
        walls, floors = [], []
        for command in (ours, theirs):
            paired.run(command, sample=False)
        for _ in range(41):
            walls.append(paired.run(ours, sample=False)[0])
            floors.append(paired.run(theirs, sample=False)[0])
        over = [a - b for a, b in zip(walls, floors)]
        print(f"{files} files, 3 staged")
        print(f"  scan --staged            {1000 * statistics.median(walls):7.2f} ms")
        print(f"  git diff --cached --stat {1000 * statistics.median(floors):7.2f} ms")
        print(f"  more than git            {1000 * statistics.median(over):7.2f} ms   (required: at most 10)")


main()
