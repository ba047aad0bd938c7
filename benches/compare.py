#!/usr/bin/env python3
"""Compares straykey with other scanners: the corpus of `testdata/`, a tree, a history, what is staged.

usage: compare.py [--tree TREE] [--repository REPOSITORY] [--runs N] [--into docs/comparison.md]

The others are those that a registry serves as programs; one that is not on PATH is left out and
named; `compare.sh` installs them and calls this. Nothing is verified over the network, rules and
settings are each tool's own.

Recall: each file of `docs/conformance.tsv` that holds a key is copied to a folder of its own,
without the rest; it counts as found when the tool reports anything in it. That is kind to
tools that flag names of files or headers only, and says nothing of whose key it is, which only
straykey tells. Files below `symmetric` and token corpora are not in that table.
False positives: the files `near-*` of `testdata/`, which look like keys and are none: public
keys, certificates, placeholders, other data.
Speed and memory: runs are interleaved, the first of each is thrown away; the median of the wall
time is told, and the largest resident set of the process and its children.
"""
import argparse, collections, csv, json, os, shutil, statistics, subprocess, sys, tempfile, time
from pathlib import Path

import paired

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
parser = argparse.ArgumentParser(usage=__doc__)
parser.add_argument("--tree")
parser.add_argument("--repository")
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("--into")
args = parser.parse_args()
BINARY = paired.binary()


def run(command, out=None, folder=None):
    """Returns seconds, and KiB of the largest process; its exit code says nothing of what is there."""
    start = time.monotonic()
    with open(out, "wb") if out else open(os.devnull, "wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.DEVNULL, cwd=folder)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return time.monotonic() - start, usage.ru_maxrss


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


def ripsecrets(path, out):
    return ["ripsecrets", path], out


def credsweeper(path, out):
    return ["credsweeper", "--path", path, "--save-json", out, "--log", "silence"], None


# What is in git: the history, and what is staged; of the others none has both.
HISTORY = {
    "straykey": lambda out: [BINARY, "scan", ".", "--published", "off", "--history", "only", "--no-repo-config",
                             "--fail-on", "never", "--no-progress", "-q", "--format", "json", "--output", out],
    "Kingfisher": lambda out: ["kingfisher", "scan", ".", "--no-validate", "--no-update-check", "--git-history", "full",
                               "--format", "json", "--output", out],
    "Betterleaks": lambda out: ["betterleaks", "git", ".", "--silent", "--output", out],
    "Gitleaks": lambda out: ["gitleaks", "git", ".", "--no-banner", "--report-format", "json", "--report-path", out],
}
STAGED = {
    "straykey": lambda out: [BINARY, "scan", "--staged", "--no-repo-config", "--no-progress", "-q", "--format", "json",
                             "--output", out],
    "Kingfisher": lambda out: ["kingfisher", "scan", ".", "--staged", "--no-validate", "--no-update-check", "--format", "json",
                               "--output", out],
    "Betterleaks": lambda out: ["betterleaks", "git", "--staged", ".", "--silent", "--output", out],
    "Gitleaks": lambda out: ["gitleaks", "git", "--staged", ".", "--no-banner", "--report-format", "json", "--report-path", out],
}

TOOLS = {"straykey": (BINARY, straykey), "Kingfisher": ("kingfisher", kingfisher),
         "Betterleaks": ("betterleaks", betterleaks), "Gitleaks": ("gitleaks", gitleaks),
         "detect-secrets": ("detect-secrets", detect_secrets), "ripsecrets": ("ripsecrets", ripsecrets),
         "CredSweeper": ("credsweeper", credsweeper)}
VERSION = {"Kingfisher": ["kingfisher", "--version"], "Betterleaks": ["betterleaks", "version"],
           "Gitleaks": ["gitleaks", "version"], "detect-secrets": ["detect-secrets", "--version"],
           "ripsecrets": ["ripsecrets", "--version"], "CredSweeper": ["credsweeper", "--version"],
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
        lines = text.splitlines()
        report = [json.loads(line) if line.startswith("{") else line for line in lines]
    if isinstance(report, dict) and "findings" in report and "roots" in report:
        report = report["findings"]
    named = set()
    for text in strings(report):
        for part in text.replace("\\", "/").split("/case-")[1:] + ([text[5:]] if text.startswith("case-") else []):
            number = part.split("/")[0].split("!")[0]
            if number.isdigit():
                named.add(int(number))
    return named & files


def timed(commands, folder):
    """Runs commands in turn; returns a table."""
    times, memory, slow = {name: [] for name in commands}, {}, set()
    for turn in range(args.runs + 1):
        for name, (command, out) in commands.items():
            if name in slow:
                continue
            seconds, kib = run(command, out, folder)
            memory[name] = max(kib, memory.get(name, 0))
            if turn:
                times[name].append(seconds)
            if seconds > 300:
                slow.add(name)
                times[name] = [seconds]
    base = statistics.median(times["straykey"])
    lines = ["| tool | s | of straykey | memory, MB |", "| --- | --: | --: | --: |"]
    for name in commands:
        median = statistics.median(times[name])
        shown = f"{median:.0f}, once" if name in slow else f"{median:.2f}" if median >= 0.1 else f"{median:.3f}"
        lines.append(f"| {name} | {shown} | {median / base:.1f} | {memory[name] * 1024 / 1e6:.0f} |")
    return lines + [""]


def main():
    missing = [name for name, (program, _) in TOOLS.items() if not shutil.which(program)]
    tools = {name: make for name, (_, make) in TOOLS.items() if name not in missing}
    scratch = tempfile.mkdtemp(prefix="straykey-compare.")
    lines = ["# Comparison with other scanners", "",
             "Made by `benches/compare.sh`; every tool as it comes, without verification over the network.", ""]
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
        near = sorted(Path(HERE, "testdata").glob("*/near-*"))
        silent = os.path.join(scratch, "near")
        for number, source in enumerate(near, 1):
            target = os.path.join(silent, f"case-{number}", source.name)
            os.makedirs(os.path.dirname(target))
            shutil.copyfile(source, target)
        flagged = {}
        for name, make in tools.items():
            out = os.path.join(scratch, f"near-{name}.json")
            run(*make(silent, out))
            flagged[name] = len(found(out, set(range(1, len(near) + 1))))
        lines += ["## Flagged without a key", "",
                  f"{len(near)} files of `testdata/` that look like keys and hold none: public keys, certificates, placeholders, "
                  "other data. straykey's column shows again that it holds what it says.", "",
                  "| | " + " | ".join(tools) + " |", "| --- |" + " --: |" * len(tools),
                  "| files flagged | " + " | ".join(str(flagged[name]) for name in tools) + " |", ""]
        if args.tree:
            size = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(args.tree)
                       for name in names if not os.path.islink(os.path.join(folder, name)))
            count = sum(len(names) for _, _, names in os.walk(args.tree))
            commands = {name: make(args.tree, os.path.join(scratch, "tree.json")) for name, make in tools.items()}
            lines += [f"## A tree: {count:,} files, {size / 1e6:.0f} MB", "",
                      "Archives and decodings as each tool has them by default.", ""]
            lines += timed(commands, None)
        if args.repository:
            commits = subprocess.run(["git", "-C", args.repository, "rev-list", "--all", "--count"], capture_output=True, text=True)
            count = int(commits.stdout)
            commands = {name: (make(os.path.join(scratch, "history.json")), None)
                        for name, make in HISTORY.items() if name in tools}
            lines += [f"## A history: {count:,} commits", "", "straykey reads every object, reachable or not, once.", ""]
            lines += timed(commands, args.repository)
        folder = os.path.join(scratch, "staged")
        subprocess.run(["git", "init", "-q", folder], check=True)
        for number in range(20):
            Path(folder, f"file-{number}.txt").write_text(f"line {number}\n" * 200)
        subprocess.run(["git", "-C", folder, "add", "."], check=True)
        commands = {name: (make(os.path.join(scratch, "staged.json")), None)
                    for name, make in STAGED.items() if name in tools}
        lines += ["## 20 staged files without a key", ""]
        lines += timed(commands, folder)
        lines += ["## What the others have and straykey has not", "",
                  "Rules for hundreds of kinds of credentials that sign nothing: tokens of services, passwords, connection strings; "
                  "and asking the service whether one is live (Kingfisher, Betterleaks). `--patterns` reads Gitleaks' rules, but "
                  "straykey is no substitute for them there. They are installed from package registries today.", ""]
    finally:
        shutil.rmtree(scratch)
    text = "\n".join(lines)
    print(text)
    if args.into:
        with open(args.into, "w") as file:
            file.write(text)


main()
