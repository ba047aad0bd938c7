"""Makes the folder of Vault's transit keys: numbers by openssl, written down as Vault does.

  vault.py FOLDER      FOLDER: testdata/vault
"""

import base64
import json
import os
import re
import subprocess
import sys

import record


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def b64(data):
    return base64.b64encode(data).decode()


def make(*options):
    """Returns a new private key (PEM) and its identity."""
    key = openssl("genpkey", *options)
    return key, record.identity(openssl("pkey", "-pubout", data=key))


def ed25519():
    """Returns seed and public half as Go joins them, and the identity."""
    key, ids = make("-algorithm", "ED25519")
    private = openssl("pkey", "-outform", "DER", data=key)[-32:]
    return private + openssl("pkey", "-pubout", "-outform", "DER", data=key)[-32:], ids


def numbers(key):
    """Returns the numbers that openssl prints of a key, by their names."""
    text = openssl("pkey", "-noout", "-text", data=key).decode()
    found = re.findall(r"^(\w+):\n((?:    +[0-9a-f:]+\n)+)", text, re.M)
    return {name: int(re.sub(r"[\s:]", "", digits), 16) for name, digits in found}


def entry(**fields):
    """Returns one version of a key, with the HMAC key that every version has."""
    hmac = os.urandom(32)
    plain = {"key": None, "hmac_key": b64(hmac), "time": "2026-01-05T10:00:00.5Z", "ec_x": None, "ec_y": None, "ec_d": None, "rsa_key": None,
             "public_key": "", "convergent_version": 0, "creation_time": 1767607200}
    return {**plain, **fields}, record.symmetric_identity(hmac)


def ec(options, **changes):
    key, ids = make("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + options)
    n = numbers(key)
    half = (len(f"{n['pub']:x}") - 1) // 2
    x, y = divmod(n["pub"] - (4 << half * 8), 1 << half * 4)
    public = openssl("pkey", "-pubout", data=key).decode()
    return entry(**{"ec_x": x, "ec_y": y, "ec_d": n["priv"], "public_key": public, **changes}), ids


def rsa():
    key, ids = make("-algorithm", "RSA")
    text = openssl("pkey", "-noout", "-text", data=key).decode()
    n = numbers(key)
    e = int(re.search(r"publicExponent: (\d+)", text)[1])
    go = {"N": n["modulus"], "E": e, "D": n["privateExponent"], "Primes": [n["prime1"], n["prime2"]],
          "Precomputed": {"Dp": n["exponent1"], "Dq": n["exponent2"], "Qinv": n["coefficient"], "CRTValues": [], "Fips": None}}
    return entry(rsa_key=go), ids


def policy(name, kind, *versions):
    """Returns the JSON of a backup."""
    keys = {str(i + 1): version for i, version in enumerate(versions)}
    archived = {"keys": [entry(hmac_key=None, time="0001-01-01T00:00:00Z")[0]]}
    fields = {"name": name, "keys": keys, "derived": False, "kdf": 0, "latest_version": len(keys), "exportable": True, "type": kind}
    return {"policy": fields, "archived_keys": archived}


def export(kind, *values):
    """Returns what the HTTP API answers."""
    keys = {str(i + 1): value for i, value in enumerate(values)}
    return {"request_id": "6dd2ae4c-7a2b-d19c-6b6b-1b0f7a1ae4c1", "lease_id": "", "lease_duration": 0, "renewable": False,
            "data": {"keys": keys, "name": "audit", "type": kind}, "warnings": None}


def write(name, text, keys=(), **fields):
    with open(name, "w") as file:
        file.write(text)
    entries = [record.key_entry(ids, "context" if ids["algorithm"].startswith("HMAC") else "private", line) for ids, line in keys]
    record.append(".", name, {"command": "python3 ../make/vault.py .", **fields}, entries)


def line_of(text, part):
    return text[: text.index(part)].count("\n") + 1


def main():
    os.chdir(sys.argv[1])
    (pair, ids), (later, newer) = ed25519(), ed25519()
    text = json.dumps(export("ed25519", b64(pair), b64(later)), indent=2) + "\n"
    write("good-ed25519.json", text, [(ids, line_of(text, '"1"')), (newer, line_of(text, '"2"'))])
    pair, ids = ed25519()
    write("good-ed25519-api.json", json.dumps(export("ed25519", b64(pair)), separators=(",", ":")) + "\n", [(ids, 1)])
    pair, ids = ed25519()
    write("good-ed25519.txt", f"Key     Value\n---     -----\nkeys    map[1:{b64(pair)}]\nname    audit\ntype    ed25519\n", [(ids, 3)])
    pair, ids = ed25519()
    write("good-ed25519.yaml", f'data:\n  keys:\n    "1": {b64(pair)}\n  name: audit\n  type: ed25519\nlease_id: ""\n', [(ids, 3)])
    secret = os.urandom(32)
    write("good-hmac.json", json.dumps(export("hmac", b64(secret)), indent=2) + "\n", [(record.symmetric_identity(secret), 8)])
    secret = os.urandom(32)
    write("good-hmac-of-rsa.py", f"answer = {export('rsa-4096', b64(secret))!r}\n", [(record.symmetric_identity(secret), 1)])
    secret = os.urandom(32)
    write("good-hmac-of-aes.txt", f"$ vault read transit/export/hmac-key/audit\nKey     Value\n---     -----\nkeys    map[1:{b64(secret)}]\nname    audit\ntype    aes256-gcm96\n",
          [(record.symmetric_identity(secret), 4)])
    for curve, kind in (("P-256", 1), ("P-384", 6), ("P-521", 7)):
        (version, hmac), ids = ec(curve)
        text = b64(json.dumps(policy("audit", kind, version), separators=(",", ":")).encode()) + "\n"
        write(f"good-ec-{curve.lower().replace('-', '')}.backup", text, [(ids, 1), (hmac, 1)])
    (version, hmac), ids = rsa()
    text = policy("release", 3, version)
    del text["archived_keys"]
    text = json.dumps(text, indent=2) + "\n"
    write("good-rsa-2048.json", text, [(ids, line_of(text, '"rsa_key": {')), (hmac, line_of(text, '"hmac_key"'))])
    pair, ids = ed25519()
    version, hmac = entry(key=b64(pair), public_key=b64(pair[32:]))
    write("good-ed25519.backup", b64(json.dumps(policy("audit", 2, version), separators=(",", ":")).encode()) + "\n", [(ids, 1), (hmac, 1)])
    (version, _), _ = ec("P-256")
    version["ec_d"] += 1
    version["hmac_key"] = ""
    write("bad-number.json", json.dumps(policy("audit", 1, version)) + "\n", rule="malformed-private-key", line=1, why="another number than that of the point")
    write("near-aes.json", json.dumps(export("aes256-gcm96", b64(os.urandom(32))), indent=2) + "\n", silent=True, why="an encryption key")
    public = {"keys": {"1": {"creation_time": "2026-01-05T10:00:00Z", "name": "P-256", "public_key": openssl("pkey", "-pubout", data=make("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")[0]).decode()}}, "type": "ecdsa-p256"}
    write("near-public.json", json.dumps(public, indent=2) + "\n", silent=True, why="what `vault read transit/keys/…` prints: public keys")
    write("near-ed25519-public.json", json.dumps({"keys": {"1": {"public_key": b64(os.urandom(32))}}, "name": "audit", "type": "ed25519"}) + "\n", silent=True, why="a public key")


main()
