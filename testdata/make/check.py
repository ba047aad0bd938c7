r"""Checks testdata/ with a second set of tools than the one that wrote it.

record.py took its numbers from openssl's view of each public half. Here the
private key itself is read, by pyca/cryptography where it can and by hand where
it cannot (PPK, PKCS#8 v2, explicit curves), and its SPKI is hashed again.

  check.py FOLDER
"""

import base64
import hashlib
import json
import os
import re
import struct
import sys
import tomllib
import warnings

warnings.filterwarnings("ignore")
import der  # noqa: E402
from cryptography.hazmat.primitives import serialization  # noqa: E402
from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x448, x25519  # noqa: E402

STORES = ("pkcs12", "jks", "bks", "bcfks")
WORDS = {"the empty password": b""}
FORMATS = ("pkcs1", "pkcs8", "sec1", "dsa", "pkcs8-encrypted", "pem-encrypted", "openssh", "ppk", "jwk")
PASS = b"thistle-quay-ember-42"
MAX_BYTES = 2_000_000

CURVES = {"P256": ec.SECP256R1, "P384": ec.SECP384R1, "P521": ec.SECP521R1, "secp256k1": ec.SECP256K1, "brainpoolP256r1": ec.BrainpoolP256R1}
JWK_CURVES = {"P-256": "P256", "P-384": "P384", "P-521": "P521", "secp256k1": "secp256k1"}
RAW = {"Ed25519": ed25519.Ed25519PrivateKey, "Ed448": ed448.Ed448PrivateKey, "X25519": x25519.X25519PrivateKey, "X448": x448.X448PrivateKey}


def spki(public):
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def rsa_of(numbers):
    """From (n, e), so that neither padding scheme nor size is in the way."""
    n, e = numbers
    null = der.seq(der.enc(6, bytes.fromhex("2a864886f70d010101")), der.enc(5, b""))
    return der.seq(null, der.enc(3, b"\0" + der.seq(der.integer(n), der.integer(e))))


def scalar(algorithm, secret):
    """From a curve and a secret number, or a seed."""
    if algorithm in RAW:
        return spki(RAW[algorithm].from_private_bytes(secret).public_key())
    curve = CURVES[algorithm.removeprefix("EC-")]()
    return spki(ec.derive_private_key(int.from_bytes(secret, "big"), curve).public_key())


def sec1(data, algorithm):
    return scalar(algorithm, [b for t, b in der.items(der.read(data)[1]) if t == 4][0])


def pkcs1(data):
    numbers = [der.number(b) for t, b in der.items(der.read(data)[1])]
    if numbers[0] == 0 and numbers[4] * numbers[5] != numbers[1]:
        raise ValueError("n != p*q")
    return rsa_of(numbers[1:3])


def dsa_numbers(p, q, g, x):
    public = dsa.DSAPublicNumbers(pow(g, x, p), dsa.DSAParameterNumbers(p, q, g))
    return spki(public.public_key())


def pkcs8(data, algorithm):
    parts = der.items(der.read(data)[1])
    inner = parts[2][1]
    if algorithm.startswith("RSA"):
        return pkcs1(inner)
    if algorithm.startswith("EC"):
        return sec1(inner, algorithm)
    if algorithm.startswith("DSA"):
        p, q, g = (der.number(b) for _, b in der.items(der.items(parts[1][1])[1][1]))
        return dsa_numbers(p, q, g, der.number(der.read(inner)[1]))
    # Notary has the public key before and behind the seed.
    return scalar(algorithm, inner[32:64] if len(inner) == 96 else der.read(inner)[1])


def openssh(data):
    """From the public blob in the clear, by cryptography."""
    at = len(b"openssh-key-v1\0")
    for _ in range(3):
        at += 4 + struct.unpack(">I", data[at : at + 4])[0]
    at += 4
    return ssh_blob(data[at + 4 : at + 4 + struct.unpack(">I", data[at : at + 4])[0]])


def ssh_blob(blob):
    kind = blob[4 : 4 + struct.unpack(">I", blob[:4])[0]]
    if kind == b"ssh-ed448":
        return spki(ed448.Ed448PublicKey.from_public_bytes(blob[-57:]))
    return spki(serialization.load_ssh_public_key(kind + b" " + base64.b64encode(blob)))


def ppk(text):
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("Public-Lines"))
    return ssh_blob(base64.b64decode("".join(lines[at + 1 : at + 1 + int(lines[at].split()[1])])))


def jwk(fields):
    def number(member):
        return base64.urlsafe_b64decode(fields[member] + "==")

    if fields["kty"] == "RSA":
        return rsa_of([int.from_bytes(number(m), "big") for m in ("n", "e")])
    if fields["kty"] == "EC":
        return scalar("EC-" + JWK_CURVES[fields["crv"]], number("d"))
    return scalar(fields["crv"], number("d"))


def jwk_on(text, line, nth):
    """Reads the nth JWK that begins on a line, whatever its spelling: members by regex."""
    rest = "\n".join(text.splitlines()[line - 1 :])
    rest = rest[[m.start() for m in re.finditer("kty", rest)][nth] if nth else 0 :]
    fields = {}
    for member, value in re.findall(r"""\b(kty|crv|n|e|x|y|d|k)[\\"']*\s*:\s*[\\"'`]*([A-Za-z0-9_-]+)""", rest):
        if member in fields:
            break
        fields[member] = value
    return fields


def derive(folder, data, key, nth=0):
    """Returns the SPKI of the key that stands in a file, the nth on its line."""
    algorithm, text = key["algorithm"], data.decode("latin-1")
    if folder == "ppk":
        return ppk(text)
    if folder == "jwk":
        return jwk(jwk_on(text, key["line"], nth))
    label = "DER"
    if "-----BEGIN" in text and not data.startswith(b"0"):
        blocks = re.findall(r"-----BEGIN ([A-Z -]*PRIVATE KEY)-----\n([^-]*)-----END", text)
        (label, body), = blocks
        data = base64.b64decode(body)
    expected = {"pkcs8": "PRIVATE KEY", "sec1": "EC PRIVATE KEY", "dsa": "DSA PRIVATE KEY", "openssh": "OPENSSH PRIVATE KEY"}.get(folder)
    if expected and label not in ("DER", expected):
        raise ValueError(f"labelled {label}")
    if folder == "openssh":
        return openssh(data)
    if folder == "pkcs1":
        return pkcs1(data)
    if folder == "sec1":
        return sec1(data, algorithm)
    if folder == "dsa":
        _, p, q, g, y, x = (der.number(b) for _, b in der.items(der.read(data)[1]))
        return dsa_numbers(p, q, g, x)
    return pkcs8(data, algorithm)


def pfx(name, data, word):
    """From a store by cryptography; None for what it may refuse: RC2, RC4, no MAC."""
    try:
        key, _, _ = pkcs12.load_key_and_certificates(data, word)
    except ValueError:
        if not re.search("legacy|rc2|rc4|no-mac|keytool-8", name):
            raise
        return None
    return spki(key.public_key())


def opaque(data):
    """Raises unless cryptography opens the file with the passphrase, and only with it."""
    load = serialization.load_der_private_key if data[:1] == b"0" else serialization.load_pem_private_key
    if data.startswith(b"-----BEGIN EC PARAMETERS"):
        data = data[data.index(b"-----BEGIN EC PRIVATE") :]
    try:
        load(data, PASS)
    except Exception as error:
        # These two ciphers are gone from cryptography; openssl -provider legacy wrote them.
        if "support" not in str(error).lower() and "unknown" not in str(error).lower() and "digital envelope" not in str(error):
            raise
        return "not opened: cipher unknown to cryptography"
    for wrong in (None, b"", b"wrong"):
        try:
            load(data, wrong)
        except Exception:
            continue
        raise ValueError("opens without its passphrase")


def main():
    out = sys.argv[1]
    problems, checked, total = [], 0, 0
    plain = {}
    for folder in (*FORMATS, *STORES, "placement", "demo", "kms"):
        root = os.path.join(out, folder)
        with open(os.path.join(root, "expect.toml"), "rb") as file:
            expect = tomllib.load(file)
        present = {os.path.relpath(os.path.join(d, f), root) for d, _, fs in os.walk(root) for f in fs} - {"expect.toml"}
        for name in sorted(present ^ set(expect)):
            problems.append(f"{folder}/{name}: in only one of folder and expect.toml")
        for name, entry in expect.items():
            with open(os.path.join(root, name), "rb") as file:
                data = file.read()
            total += len(data)
            lines = data.decode("latin-1").split("\n")
            for key in entry.get("key", []) if folder != "kms" else []:
                here = lines[key["line"] - 1]
                if data[:1] not in (b"0", b"o") and folder not in STORES and not re.search(r"BEGIN |PuTTY-User|\{|kty", here):
                    problems.append(f"{folder}/{name}: no key on line {key['line']}")
                try:
                    if folder in FORMATS and key["proof"] == "opaque":
                        note = opaque(data)
                        if note:
                            print(f"check: {folder}/{name}: {note}", file=sys.stderr)
                        continue
                    if key.get("algorithm", "").startswith("MLDSA"):
                        continue  # composite.py checked both halves with cryptography
                    if folder in FORMATS and "spki-sha256" in key:
                        found = derive(folder, data, key, [k["line"] for k in entry["key"]][: entry["key"].index(key)].count(key["line"]))
                    elif folder == "pkcs12" and name.endswith((".p12", ".pfx")) and "ber" not in name:
                        if key["proof"] == "opaque":
                            continue
                        word = WORDS.get(key.get("opened-with"), key["opened-with"].encode() if "opened-with" in key else PASS)
                        found = pfx(name, data, word)
                        if found is None:
                            print(f"check: {folder}/{name}: refused by cryptography", file=sys.stderr)
                            continue
                    elif folder == "placement" and name.startswith("good-plain-"):
                        kind = name.removeprefix("good-plain-").removesuffix(".pem")
                        found = derive({"rsa": "pkcs8", "ec": "sec1", "ssh": "openssh"}[kind], data, key)
                        plain[kind] = key["spki-sha256"]
                    elif folder == "placement":
                        if plain[re.search(r"-(rsa|ec|ssh)\.", name)[1]] != key["spki-sha256"]:
                            problems.append(f"{folder}/{name}: not the plain key")
                        continue
                    else:
                        continue
                except Exception as error:
                    problems.append(f"{folder}/{name}: {type(error).__name__}: {error}")
                    continue
                checked += 1
                if hashlib.sha256(found).hexdigest() != key["spki-sha256"]:
                    problems.append(f"{folder}/{name}: cryptography finds another SPKI")
    with open(os.path.join(out, "demo", "inventory.jsonl")) as file:
        entries = [json.loads(line) for line in file]
    for entry in entries[1:]:
        if "spki" in entry:
            checked += 1
            data = base64.b64decode(entry["spki"])
            if spki(serialization.load_der_public_key(data)) != data or hashlib.sha256(data).hexdigest() != entry["ids"]["spki-sha256"]:
                problems.append(f"demo/inventory.jsonl: entry {entry['entry']}")
    if total > MAX_BYTES:
        problems.append(f"{total} bytes, more than {MAX_BYTES}")
    for problem in problems:
        print(f"check: {problem}", file=sys.stderr)
    print(f"check: {checked} SPKIs hashed again, {total} bytes, {len(problems)} problems", file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
