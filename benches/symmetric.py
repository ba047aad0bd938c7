#!/usr/bin/env python3
"""What symmetric entries cost: one tree scanned with and without them, and token proof.

usage: symmetric.py STRAYKEY TREE [--entries 10000] [--runs 5] [--threads 2]

Lists of answers of random keys, none of which is in the tree: lengths known (32, 48
and 64 bytes by SHA-256, 384 and 512), and unknown. Runs are interleaved, the first of
each is thrown away; the median is printed. Then 1,000 tokens and 10,000 candidates in
one folder, of which no pair fits.
"""
import argparse, base64, hashlib, hmac, json, os, statistics, subprocess, tempfile, time

parser = argparse.ArgumentParser()
parser.add_argument("straykey")
parser.add_argument("tree")
parser.add_argument("--entries", type=int, default=10_000)
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()

M = hashlib.sha256(b"straykey/key-challenge/v1\0").digest()
HEADER = {"format": "straykey-inventory/1", "list_id": "bench", "org": "bench", "version": 1,
          "issued_at": "2026-01-01T00:00:00Z"}


def write_list(path, known):
    kinds = [("sha256", 32), ("sha384", 48), ("sha512", 64)]
    with open(path, "w") as file:
        file.write(json.dumps(HEADER) + "\n")
        for number in range(1, args.entries + 1):
            digest, size = kinds[number % 3]
            answer = hmac.new(os.urandom(size), M, digest).hexdigest()
            entry = {"entry": number, "name": f"key-{number}", "kind": "hmac", "ids": {f"chal-hmac-{digest}": answer},
                     "holdings": [{"source": "vault:transit/x", "state": "active", "env": "prod", "origin": "kms-generated"}]}
            if known:
                entry["bits"] = size * 8
            file.write(json.dumps(entry) + "\n")


def run(tree, *more):
    command = [args.straykey, "scan", tree, "--fail-on", "never", "--history", "skip", "--no-progress", "-q",
               "--no-repo-config", "-j", str(args.threads), *more]
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True)
    assert done.returncode in (0, 2), done.stderr.decode()
    return time.monotonic() - start


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


with tempfile.TemporaryDirectory() as folder:
    known, unknown = f"{folder}/known.jsonl", f"{folder}/unknown.jsonl"
    write_list(known, True)
    write_list(unknown, False)
    size = sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(args.tree) for f in fs
               if os.path.isfile(os.path.join(d, f)))
    modes = {"without symmetric entries": [], "lengths known": ["--inventory", known],
             "lengths unknown": ["--inventory", unknown]}
    times = {name: [] for name in modes}
    for _ in range(args.runs + 1):
        for name, more in modes.items():
            times[name].append(run(args.tree, *more))
    base = statistics.median(times["without symmetric entries"][1:])
    print(f"{size / 1e6:.0f} MB, {args.entries} entries, {args.threads} threads")
    for name, all_times in times.items():
        median = statistics.median(all_times[1:])
        print(f"  {name:28} {median:7.3f} s  {median / base:5.2f} x")

    proof = f"{folder}/proof"
    os.mkdir(proof)
    header = b64(b'{"alg":"HS256","typ":"JWT"}')
    for part in range(20):
        with open(f"{proof}/tokens-{part}.log", "w") as file:
            for number in range(50):
                claims = json.dumps({"sub": os.urandom(8).hex(), "iss": "https://issuer.example", "iat": number, "exp": number + 3600})
                file.write(f"{header}.{b64(claims.encode())}.{b64(os.urandom(32))}\n")
    for part in range(10):
        with open(f"{proof}/candidates-{part}.env", "w") as file:
            for number in range(1000):
                file.write(f"JWT_SECRET=~{os.urandom(15).hex()}\n")
    seconds = statistics.median(run(proof) for _ in range(3))
    print(f"1,000 tokens x 10,000 candidates: {seconds:.2f} s")
