#!/usr/bin/env python3
"""Measures the endpoint agent.

    benches/agent.py tree FOLDER [FILES]     makes a laptop-like tree (300,000 files), then runs the agent over
                                             it, the second run in pairs with find
    benches/agent.py kill FOLDER [TIMES]     kills runs at random moments (20), completes one, compares
    benches/agent.py fleet FOLDER [MACHINES] makes spools of 5,000 machines and merges them to a page

FOLDER is made if it is not there; $STRAYKEY names the program (default: the release build).
"""
import glob
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time

import paired

FREE = ["--on-battery", "--max-load", "1000000", "--live", "off"]


def make_tree(folder, files):
    """Makes files as a developer's home has them: many small ones in many folders, a few larger ones, and
    a key of the test data in one folder of 100."""
    home = os.path.join(folder, "home")
    mark = os.path.join(folder, f"made-{files}")
    if os.path.exists(mark):
        return home
    shutil.rmtree(home, ignore_errors=True)
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    keys = sorted(glob.glob(os.path.join(here, "testdata", "openssh", "good-*")))
    words = b"const value = require('module');\nexport default function run(options) { return options; }\n"
    rng = random.Random(8)
    made = number = 0
    while made < files:
        path = os.path.join(home, f"project{number % 97}", "node_modules", f"p{number % 2003}", f"lib{number}")
        os.makedirs(path, exist_ok=True)
        for name in range(min(rng.randint(4, 24), files - made)):
            size = int(min(200_000, rng.lognormvariate(7.0, 1.3)))
            body = (words * (size // len(words) + 1))[:size]
            with open(os.path.join(path, f"f{name}.js"), "wb") as out:
                out.write(f"// {number} {name}\n".encode() + body)
            made += 1
        if number % 100 == 0:
            shutil.copy(keys[(number // 100) % len(keys)], os.path.join(path, "key"))
        number += 1
    open(mark, "w").close()
    return home


def agent(folder, home, *more):
    return [paired.binary(), "agent", "run", "--once", "-q", "--root", home, "--state", os.path.join(folder, "state"),
            "--spool", os.path.join(folder, "spool"), "--cpu-budget", "10000", *FREE, *more]


def forget(folder):
    for name in ("state", "spool"):
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)


def newest(folder):
    path = sorted(glob.glob(os.path.join(folder, "spool", "*.jsonl")))[-1]
    return [json.loads(line) for line in open(path)]


def findings(folder):
    kept = ("rule", "key", "places", "user")
    return sorted(json.dumps({k: r.get(k) for k in kept}) for r in newest(folder) if r["type"] == "finding")


def tree(folder, files):
    home = make_tree(folder, files)
    find = ["find", home, "-type", "f", "-printf", "%s %T@\n"]
    forget(folder)
    wall, memory, code = paired.run(agent(folder, home))
    beat = newest(folder)[-1]["coverage"]
    print(f"first run: {wall:.2f} s, exit {code}, {beat['files_read']} files read, memory {memory[1] / 1024:.0f} MiB")
    base = paired.run(find, sample=False)[0]
    print(f"find:      {base:.2f} s (ratio of the first run {wall / base:.2f})")
    print("second run, nothing changed:")
    ratio = paired.compare("agent", agent(folder, home), "find", find)
    beat = newest(folder)[-1]["coverage"]
    print(f"  {beat['files_unchanged']} as they were, {beat['files_read']} read, peak {beat['peak_memory'] / 2**20:.0f} MiB")
    forget(folder)
    limited = agent(folder, home)
    limited[limited.index("--cpu-budget") + 1] = "25"
    subprocess.run([*limited, "--time-budget", "20s"], stdout=subprocess.DEVNULL)
    beat = newest(folder)[-1]["coverage"]
    share = beat["cpu_seconds"] / beat["seconds"]
    print(f"budget of 25 %: {share:.1%} of a processor over {beat['seconds']:.1f} s")
    return ratio <= 1.5 and share <= 0.26


def kill(folder, times):
    home = make_tree(folder, 20_000)
    forget(folder)
    start = time.perf_counter()
    subprocess.run(agent(folder, home))
    wall, whole = time.perf_counter() - start, findings(folder)
    forget(folder)
    rng = random.Random()
    killed = 0
    for _ in range(times):
        process = subprocess.Popen(agent(folder, home))
        time.sleep(rng.uniform(0, wall))
        killed += process.poll() is None
        process.kill()
        process.wait()
        if rng.random() < 0.5:
            # Most of it is known after a while: forget, so that later kills meet a busy run as well.
            forget(folder)
    subprocess.run(agent(folder, home))
    same = findings(folder) == whole
    print(f"{killed} of {times} runs killed while they worked; findings of the completed run: {'the same' if same else 'OTHERS'} ({len(whole)})")
    return same


def fleet(folder, machines):
    spools = os.path.join(folder, "spools")
    shutil.rmtree(spools, ignore_errors=True)
    os.makedirs(spools)
    rng = random.Random(5)
    keys = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(3_000)]
    at = "2026-11-20T08:00:00Z"
    for machine in range(machines):
        device = {"id": hashlib.sha256(f"m{machine}".encode()).hexdigest()[:32], "name": f"laptop-{machine:05}"}
        with open(os.path.join(spools, f"straykey-20261120T080000Z-{machine:05}.jsonl"), "w") as out:
            for _ in range(rng.randint(0, 25)):
                rank = min(int(rng.paretovariate(0.5)), len(keys)) - 1
                managed = rank % 5 == 0
                record = {
                    "type": "finding", "v": 1, "run": str(machine), "time": at, "device": device, "user": f"user{machine}",
                    "rule": "managed-key-prod" if managed else "private-key", "level": "error", "severity": 9.8 if managed else 8.0,
                    "key": keys[rank], "algorithm": "RSA-2048", "proof": "private", "message": "Private RSA-2048 key found in PKCS#8; proven by its private half.",
                    "ids": {"spki-sha256": keys[rank]}, "first_seen": at, "last_seen": at, "places_total": 3,
                    "places": [{"path": f"/home/user{machine}/src/service{n}/deploy/signing-key.pem", "line": n + 1, "column": 1, "format": "pkcs8", "proof": "private"} for n in range(3)],
                }
                if managed:
                    record["match"] = {"entry": rank, "name": f"auth/signer-{rank}", "by": "spki-sha256", "env": "prod", "owner": "identity", "source": "vault:transit/x"}
                out.write(json.dumps(record) + "\n")
            coverage = {"complete": True, "roots": [f"/home/user{machine}"], "users": [f"user{machine}"], "files": 300_000, "files_read": 900,
                        "files_unchanged": 299_100, "bytes": 1 << 30, "blobs": 0, "repositories": 12, "archives": 3, "members": 9, "live_stores": 1,
                        "environments": 80, "environments_closed": 0, "skipped": {"link": 700}, "seconds": 60.0, "cpu_seconds": 14.0, "waited_seconds": 0.0}
            beat = {"type": "heartbeat", "v": 1, "run": str(machine), "time": "2026-11-02T08:00:00Z" if machine % 50 == 0 else at, "device": device,
                    "engine": "0.1.0", "verdict": "findings", "why": [], "findings": 1, "coverage": coverage}
            out.write(json.dumps(beat) + "\n")
    page = os.path.join(folder, "fleet.html")
    size = sum(os.path.getsize(path) for path in glob.glob(os.path.join(spools, "*")))
    wall, memory, code = paired.run([paired.binary(), "report", spools, "--at", "2026-11-21T08:00:00Z", "--html", page, "-q"])
    print(f"{machines} machines, {size / 2**20:.0f} MiB: {wall:.2f} s, exit {code}, memory {memory[1] / 1024:.0f} MiB, page {os.path.getsize(page) / 2**20:.1f} MiB")
    return wall < 30 and code == 0


def main():
    what, folder, *count = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    folder = os.path.abspath(folder)
    measure, default = {"tree": (tree, 300_000), "kill": (kill, 20), "fleet": (fleet, 5_000)}[what]
    sys.exit(0 if measure(folder, int(count[0]) if count else default) else 1)


if __name__ == "__main__":
    main()
