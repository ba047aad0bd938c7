#!/usr/bin/env python3
"""Measures the inventory: an import of 100,000 mixed records, and lists of 1,000 and
1,000,000 entries.

usage: inventory.py [STRAYKEY] [RECORDS] [ENTRIES]     (default target/release/straykey 100000 1000000)

Makes, in a scratch folder, exports of AWS, Google Cloud, Azure, Vault, a JWKS, OpenSSH
lines, CloudHSM and plain fingerprints, of which half are RSA keys, and imports the folder.
Then makes text lists, compiles them, and scans one small file with each: as a table, as a
text list through the cache, and looks at the memory.
Required: import below 5 s; start-up with the large table within 15 ms of the small one.
Exit code 1 if either is not met.
"""
import base64
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

STRAYKEY = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "target/release/straykey")
RECORDS = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
ENTRIES = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
LONGEST_IMPORT = 5  # seconds
MOST_APART = 15  # milliseconds
DICE = random.Random(7)
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def der(tag, value):
    if len(value) < 128:
        return bytes([tag, len(value)]) + value
    digits = len(value).to_bytes((len(value).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + value


def points():
    """Multiples of the generator of P-256, one addition each."""
    x, y = G
    slope = (3 * x * x - 3) * pow(2 * y, -1, P) % P
    x, y = (slope * slope - 2 * x) % P, None
    y = (slope * (G[0] - x) - G[1]) % P
    while True:
        yield x, y
        slope = (y - G[1]) * pow(x - G[0], -1, P) % P
        new = (slope * slope - x - G[0]) % P
        x, y = new, (slope * (x - new) - y) % P


POINTS = points()


def modulus():
    number = DICE.getrandbits(2048) | 1 | 1 << 2047
    return number.to_bytes(256, "big")


def rsa_spki(n):
    key = der(0x30, der(0x02, b"\0" + n) + der(0x02, b"\x01\0\x01"))
    algorithm = der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    return der(0x30, algorithm + der(0x03, b"\0" + key))


def ec_spki():
    x, y = next(POINTS)
    algorithm = der(0x30, bytes.fromhex("06072a8648ce3d020106082a8648ce3d030107"))
    return der(0x30, algorithm + der(0x03, b"\0\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")))


def spki():
    return rsa_spki(modulus()) if DICE.random() < 0.5 else ec_spki()


def b64(data):
    return base64.b64encode(data).decode()


def url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def pem(data):
    text = b64(data)
    return "-----BEGIN PUBLIC KEY-----\n" + "\n".join(text[at:at + 64] for at in range(0, len(text), 64)) + "\n-----END PUBLIC KEY-----\n"


def ssh_line(number):
    n = modulus()
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (b"ssh-rsa", b"\x01\0\x01", b"\0" + n))
    return f"ssh-rsa {b64(blob)} host-{number}\n"


def exports(folder, records):
    """Writes records of every kind, in the shares below; a record is what an importer states."""
    def write(name, text):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as out:
            out.write(text)

    def batches(share, size):
        count = int(records * share)
        for start in range(0, count, size):
            yield start, min(size, count - start)

    for start, count in batches(0.15, 500):  # two records a key
        arn = [f"arn:aws:kms:eu-west-1:111122223333:key/{DICE.getrandbits(128):032x}" for _ in range(count)]
        write(f"aws/get-public-key-{start}.json", "\n".join(
            json.dumps({"KeyId": key, "PublicKey": b64(spki()), "SigningAlgorithms": ["RSASSA_PKCS1_V1_5_SHA_256"]}) for key in arn))
        write(f"aws/describe-key-{start}.json", "\n".join(
            json.dumps({"KeyMetadata": {"Arn": key, "KeyState": "Enabled", "Origin": "AWS_KMS", "CreationDate": "2026-01-02T03:04:05Z"}}) for key in arn))
    for start, count in batches(0.10, 1000):  # two records a version
        names = [f"projects/p/locations/l/keyRings/r/cryptoKeys/k{start + at}/cryptoKeyVersions/1" for at in range(count)]
        write(f"gcp/versions-{start}.json", json.dumps([{"name": name, "state": "ENABLED", "algorithm": "RSA_SIGN_PKCS1_2048_SHA256"} for name in names]))
        write(f"gcp/public-{start}.json", json.dumps([{"name": name, "pem": pem(spki()), "algorithm": "RSA_SIGN_PKCS1_2048_SHA256"} for name in names]))
    for start, count in batches(0.10, 500):
        keys = ({"key": {"kid": f"https://v.vault.azure.net/keys/k{start + at}/1", "kty": "RSA", "n": url(modulus()), "e": "AQAB"},
                 "attributes": {"enabled": True}, "tags": {"env": "prod"}} for at in range(count))
        write(f"azure/keys-{start}.json", "\n".join(json.dumps(key) for key in keys))
    for start, count in batches(0.10, 10):
        versions = {str(at + 1): {"public_key": pem(spki()), "creation_time": "2026-01-02T03:04:05Z"} for at in range(count)}
        write(f"vault/transit-k{start}.json", json.dumps({"data": {"name": f"k{start}", "type": "rsa-2048", "latest_version": count, "keys": versions}}))
    for start, count in batches(0.10, 2000):
        keys = [{"kty": "RSA", "kid": f"j{start + at}", "n": url(modulus()), "e": "AQAB"} for at in range(count)]
        write(f"jwks/{start}.json", json.dumps({"keys": keys}))
    for start, count in batches(0.10, 5000):
        write(f"ssh/{start}.pub", "".join(ssh_line(start + at) for at in range(count)))
    for start, count in batches(0.05, 1000):
        keys = [{"key-reference": "0x0", "attributes": {"key-type": "aes", "label": f"h{start + at}", "class": "secret-key", "check-value": "0xa1b2c3"}} for at in range(count)]
        write(f"hsm/{start}.json", json.dumps({"error_code": 0, "data": {"matched_keys": keys}}))
    for start, count in batches(0.05, 5000):
        write(f"plain/{start}.txt", "".join(f"sha256:{DICE.getrandbits(256):064x}  name {start + at}\n" for at in range(count)))


def text_list(path, entries):
    """Writes a list of random fingerprints with names, holdings and, of a tenth, answers."""
    with open(path, "w") as out:
        challenge = hashlib.sha256(b"straykey/key-challenge/v1\0").hexdigest()
        out.write(json.dumps({"format": "straykey-inventory/1", "list_id": "bench", "version": 1, "challenge": challenge}) + "\n")
        for number in range(1, entries + 1):
            name = "spki-sha256" if number % 10 else "chal-hmac-sha256"
            kind = "rsa" if number % 10 else "hmac"
            out.write(f'{{"entry":{number},"name":"team-{number % 97}/key-{number}","kind":"{kind}","bits":{2048 if number % 10 else 256},'
                      f'"ids":{{"{name}":"{DICE.getrandbits(256):064x}","kid":["{number:08x}"]}},'
                      f'"holdings":[{{"source":"vault:transit/key-{number}","version":"1","state":"active","env":"prod"}}]}}\n')


def run(*words, cache=None):
    """Runs a command; returns milliseconds and the most memory of it in MB."""
    environment = {**os.environ, "XDG_CACHE_HOME": cache or "/nonexistent"}
    begun = time.perf_counter()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(child.pid, 0)
    spent = (time.perf_counter() - begun) * 1000
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        sys.exit(f"{' '.join(words)}: exit code {code}")
    return spent, used.ru_maxrss / 1024


def median(count, *words, cache=None):
    runs = [run(*words, cache=cache) for _ in range(count)]
    return statistics.median(spent for spent, _ in runs), max(memory for _, memory in runs)


def main():
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.join(scratch, "exports")
        exports(folder, RECORDS)
        spent, memory = run(STRAYKEY, "inventory", "import", folder, "-o", os.path.join(scratch, "imported.jsonl"))
        with open(os.path.join(scratch, "imported.jsonl")) as lines:
            entries = sum(1 for _ in lines) - 1
        print(f"import of {RECORDS} records, {entries} entries: {spent / 1000:.2f} s, {memory:.0f} MB")
        missed = [] if spent < LONGEST_IMPORT * 1000 else [f"import: {LONGEST_IMPORT} s"]
        target = os.path.join(scratch, "tree")
        os.mkdir(target)
        with open(os.path.join(target, "small.txt"), "w") as out:
            out.write("nothing here\n")
        key = os.path.join(scratch, "found.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", key], check=True)
        figures = {}
        for count in (1000, ENTRIES):
            listed, table = (os.path.join(scratch, f"{count}.{end}") for end in ("jsonl", "table"))
            text_list(listed, count)
            spent, memory = run(STRAYKEY, "inventory", "compile", listed, "-o", table)
            print(f"compile of {count} entries: {spent / 1000:.2f} s, {memory:.0f} MB; table {os.path.getsize(table) / 1e6:.1f} MB")
            scan = (STRAYKEY, "scan", target, "--no-repo-config", "--inventory")
            figures[count] = median(21, *scan, table)
            print(f"scan of one small file with that table: {figures[count][0]:.1f} ms, {figures[count][1]:.1f} MB")
            lookup = median(11, STRAYKEY, "identify", key, "--inventory", table)
            print(f"look-up of one key in it: {lookup[0]:.1f} ms, {lookup[1]:.1f} MB")
            cache = os.path.join(scratch, f"cache-{count}")
            first, _ = run(*scan, listed, cache=cache)
            again = median(11, *scan, listed, cache=cache)
            print(f"the same with the text list: {first:.1f} ms, then {again[0]:.1f} ms, {again[1]:.1f} MB")
        small, large = figures[1000][0], figures[ENTRIES][0]
        print(f"difference between the tables: {large - small:.1f} ms")
        if large - small > MOST_APART:
            missed.append(f"start-up: more than {MOST_APART} ms apart")
        if missed:
            sys.exit("not met: " + "; ".join(missed))


if __name__ == "__main__":
    main()
