#!/usr/bin/env python3
"""Compares the start of a scan with a compiled inventory with /bin/true.

usage: startup.py [ENTRIES]      (default 100000; cargo build --release first)

Makes a list of that many entries, compiles it, and scans one small file.
Required: within 10 ms of /bin/true.
"""
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile

import paired


def make_list(path, entries):
    with open(path, "w") as out:
        out.write(json.dumps({"format": "straykey-inventory/1", "list_id": "bench", "version": 1}) + "\n")
        for i in range(1, entries + 1):
            spki = hashlib.sha256(b"entry %d" % i).hexdigest()
            out.write(json.dumps({"entry": i, "name": f"service/{i}", "kind": "rsa", "ids": {"spki-sha256": spki},
                                  "holdings": [{"source": f"vault:transit/service-{i}", "state": "active", "env": "prod"}]}) + "\n")


def main():
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        text, table = os.path.join(folder, "list.jsonl"), os.path.join(folder, "list.skt")
        small = os.path.join(folder, "small.txt")
        open(small, "w").write("nothing to see here\n")
        make_list(text, entries)
        subprocess.run([paired.binary(), "inventory", "compile", text, "-o", table], check=True)
        scan = [paired.binary(), "scan", small, "--no-repo-config", "--inventory", table, "--no-progress"]
        walls, floors = [], []
        for _ in range(41):
            walls.append(paired.run(scan, sample=False)[0])
            floors.append(paired.run(["/bin/true"], sample=False)[0])
        more = statistics.median(a - b for a, b in zip(walls, floors))
        print(f"{entries} entries: scan {statistics.median(walls) * 1e3:.1f} ms, /bin/true {statistics.median(floors) * 1e3:.1f} ms, "
              f"difference {more * 1e3:.1f} ms (median of 41 pairs)")


main()
