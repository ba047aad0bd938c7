#!/usr/bin/env python3
"""Measures the endpoint agent.

    benches/agent.py tree FOLDER [FILES]     makes the tree of laptop.py (300,000 files), then compares find, a
                                             first and a second run, and holds a run to a budget
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
import statistics
import subprocess
import sys
import time

import laptop
import paired

FREE = ["--on-battery", "--max-load", "1000000", "--live", "off"]


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


def accounted(command):
    """Runs a command; returns wall seconds, and processor seconds as the system counts them."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    return time.perf_counter() - start, used.ru_utime + used.ru_stime


def unplanted(folder):
    """Returns the planted keys that no finding names."""
    seen = {place["path"] for record in newest(folder) if record["type"] == "finding" for place in record["places"]}
    planted = open(os.path.join(folder, "planted.txt")).read().split("\n")[:-1]
    return len(planted), [path for path in planted if path not in seen]


def row(name, walls, finds, memory):
    ratios = [a / b for a, b in zip(walls, finds)]
    middle = statistics.median
    print(f"  {name:<12} {middle(walls):8.3f} s   {middle(ratios):7.3f} of find (min {min(ratios):.3f}, max {max(ratios):.3f})   memory {memory / 1024:.0f} MiB")
    return middle(ratios)


def tree(folder, files, rounds=5):
    """One paired run: find, a first run, a second run, and again."""
    home = laptop.make(folder, files)
    find = ["find", home, "-type", "f", "-printf", "%s %T@\n"]
    command = agent(folder, home)
    paired.run(find, sample=False)
    finds, firsts, seconds, most = [], [], [], [0, 0]
    same = True
    for number in range(rounds):
        forget(folder)
        finds.append(paired.run(find, sample=False)[0])
        # Memory is sampled in a round of its own: the sampling takes time from what is measured.
        wall, memory, code = paired.run(command, sample=number == 0)
        firsts.append(wall)
        told, beat = findings(folder), newest(folder)[-1]["coverage"]
        again, memory_again, _ = paired.run(command, sample=number == 0)
        seconds.append(again)
        most = [max(most[0], memory[0]), max(most[1], memory_again[0])]
        same &= findings(folder) == told
    beat_again = newest(folder)[-1]["coverage"]
    planted, lost = unplanted(folder)
    print(f"{beat['files']} files, {beat['bytes'] / 2**20:.0f} MiB read, {beat['repositories']} repositories, {beat['archives']} archives, exit {code}")
    print(f"  find         {statistics.median(finds):8.3f} s   ({rounds} rounds)")
    row("first run", firsts, finds, most[0])
    ratio = row("second run", seconds, finds, most[1])
    print(f"  the second run read {beat_again['files_read']} files, {beat_again['files_unchanged']} as they were; findings: {len(told)}, {'the same' if same else 'OTHERS'} in both; {planted - len(lost)} of {planted} planted keys told")
    forget(folder)
    limited = agent(folder, home)
    limited[limited.index("--cpu-budget") + 1] = "25"
    wall, cpu = accounted(limited)
    share = cpu / wall
    beat = newest(folder)[-1]["coverage"]
    print(f"  a first run with --cpu-budget 25: {cpu:.2f} s of a processor in {wall:.2f} s, {share:.2%}; {beat['bytes'] / 2**20 / wall:.1f} MiB/s")
    same &= findings(folder) == told
    return ratio <= 1.5 and max(most) < 200 << 10 and share <= 0.25 and same and not lost


def kill(folder, times):
    home = laptop.make(folder, 20_000)
    forget(folder)
    start = time.perf_counter()
    subprocess.run(agent(folder, home))
    wall, whole = time.perf_counter() - start, findings(folder)
    forget(folder)
    rng = random.Random()
    killed = ended = 0
    while killed < times:
        process = subprocess.Popen(agent(folder, home))
        time.sleep(rng.uniform(0, wall))
        alive = process.poll() is None
        killed, ended = killed + alive, ended + (not alive)
        process.kill()
        process.wait()
        if not alive:
            # All of it is known: forget, so that later kills meet a busy run as well. What killed runs
            # leave is kept for the next one, and for the one that is completed.
            forget(folder)
    subprocess.run(agent(folder, home))
    same = findings(folder) == whole
    beat = newest(folder)[-1]["coverage"]
    print(f"{killed} runs killed while they worked ({ended} more were over before); the completed run read {beat['files_read']} files, {beat['files_unchanged']} "
          f"were known; its findings: {'the same' if same else 'OTHERS'} as those of a run that nobody disturbed ({len(whole)})")
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
            found = rng.randint(0, 25)
            for _ in range(found):
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
                    "engine": "0.1.0", "verdict": "findings" if found else "not-vouched", "why": [], "findings": found, "coverage": coverage}
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
