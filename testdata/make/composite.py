"""Writes composite-*: composite ML-DSA keys, from the test vectors of their draft.

They are not made here: no tool of ours writes such keys. The vectors are those of
draft-ietf-lamps-pq-composite-sigs, made by the reference implementation of the working
group (repository lamps-wg/draft-composite-sigs, src/testvectors.json, commit
f0627ab34acfe1aee0abce4bee91ed2b577eab76, the newest one of that file at commit
60fcb1e82b90b8cc331166eb783af2925f8ef809 of the repository). composite.json has of every
composite algorithm in it:
  tcId      as there
  sk_pkcs8  as there: the private key
  spki      the SubjectPublicKeyInfo cut out of the certificate x5c, whose BIT STRING is
            compared with pk, and both halves with what their private ones give in
            pyca/cryptography (48 or later, for ML-DSA)

  composite.py take TESTVECTORS.JSON      writes composite.json beside this file
  composite.py FOLDER                     writes the files; FOLDER: testdata/pkcs8
"""

import base64
import hashlib
import json
import os
import re
import sys

import der

HERE = os.path.dirname(os.path.abspath(__file__))
RECORD = os.path.join(HERE, "composite.json")
VECTORS_SHA256 = "a60f697f9fd94c3cd5e4501a40c4396d9a9ffc7cf0f8a1ddd87dedbb46a7abf0"
COMMAND = "python3 ../make/composite.py ."
ML_DSA = {"44": (1312, 17), "65": (1952, 18), "87": (2592, 19)}
EC = {
    "P256": "2a8648ce3d030107",
    "P384": "2b81040022",
    "P521": "2b81040023",
    "brainpoolP256r1": "2b2403030208010107",
    "brainpoolP384r1": "2b240303020801010b",
}
# Written as DER; the others in armour.
DER = ("MLDSA44-Ed25519-SHA512", "MLDSA65-ECDSA-P384-SHA512", "MLDSA65-RSA3072-PSS-SHA512", "MLDSA87-Ed448-SHAKE256")


def oid(hexadecimal):
    return der.enc(6, bytes.fromhex(hexadecimal))


def spki(algorithm, bits):
    """Returns a SubjectPublicKeyInfo; `algorithm` is the content of its AlgorithmIdentifier."""
    return der.seq(der.seq(algorithm), der.enc(3, b"\0" + bits))


def halves(name, whole):
    """Returns the SubjectPublicKeyInfo of both halves of a composite one."""
    bits = der.items(der.read(whole)[1])[1][1][1:]
    length, last = ML_DSA[re.match("MLDSA(..)", name)[1]]
    first = spki(oid("60864801650304" + f"03{last:02x}"), bits[:length])
    rest = bits[length:]
    if "RSA" in name:
        return first, spki(oid("2a864886f70d010101") + der.enc(5, b""), rest)
    if "ECDSA" in name:
        return first, spki(oid("2a8648ce3d0201") + oid(EC[name.split("-")[2]]), rest)
    return first, spki(oid("2b6570" if "Ed25519" in name else "2b6571"), rest)


def split(private):
    """Splits a PKCS#8 key: (AlgorithmIdentifier, seed, traditional key)."""
    _, algorithm, key = der.items(der.read(private)[1])[:3]
    return der.enc(*algorithm), key[1][:32], key[1][32:]


def check(name, private, whole):
    """Derives both public halves from the private ones, by cryptography."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed448, ed25519, mldsa

    def public(key):
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_key().public_bytes(serialization.Encoding.DER, form)

    _, seed, rest = split(private)
    set_ = getattr(mldsa, f"MLDSA{name[5:7]}PrivateKey")
    if "Ed25519" in name:
        second = ed25519.Ed25519PrivateKey.from_private_bytes(rest)
    elif "Ed448" in name:
        second = ed448.Ed448PrivateKey.from_private_bytes(rest)
    else:
        second = serialization.load_der_private_key(rest, None)
    assert (public(set_.from_seed_bytes(seed)), public(second)) == halves(name, whole), name


def take(path):
    """Takes what is needed out of the draft's vectors."""
    with open(path, "rb") as file:
        data = file.read()
    assert hashlib.sha256(data).hexdigest() == VECTORS_SHA256, "other vectors than those named above"
    kept = []
    for test in json.loads(data)["tests"]:
        name = test["tcId"].removeprefix("id-")
        if not re.match("MLDSA..-", name):
            continue
        certificate = base64.b64decode(test["x5c"])
        fields = der.items(der.items(der.read(certificate)[1])[0][1])
        whole = der.enc(*fields[6])
        assert whole.endswith(der.enc(3, b"\0" + base64.b64decode(test["pk"])))
        check(name, base64.b64decode(test["sk_pkcs8"]), whole)
        spki_text = base64.b64encode(whole).decode()
        kept.append({"tcId": test["tcId"], "sk_pkcs8": test["sk_pkcs8"], "spki": spki_text})
    with open(RECORD, "w") as file:
        json.dump(kept, file, indent=1)
        file.write("\n")


def identity(name, whole):
    """Returns the fingerprints: hashes of the draft's own bytes."""
    bits = der.items(der.read(whole)[1])[1][1][1:]
    first, second = halves(name, whole)
    return {
        "algorithm": name,
        "spki-sha256": hashlib.sha256(whole).hexdigest(),
        "ski": hashlib.sha1(bits).hexdigest(),
        '"spki-sha256:ml-dsa"': hashlib.sha256(first).hexdigest(),
        '"spki-sha256:traditional"': hashlib.sha256(second).hexdigest(),
    }


def write(folder):
    """Writes the files of a folder."""
    import record

    os.chdir(folder)
    with open(RECORD) as file:
        tests = {test["tcId"].removeprefix("id-"): test for test in json.load(file)}
    keys = {name: base64.b64decode(test["sk_pkcs8"]) for name, test in tests.items()}
    spkis = {name: base64.b64decode(test["spki"]) for name, test in tests.items()}

    def put(file, private, label="PRIVATE KEY"):
        data = private if file.endswith(".der") else record.pem(label, private).encode()
        with open(file, "wb") as out:
            out.write(data)

    def good(file, name, private):
        put(file, private)
        key = record.key_entry(identity(name, spkis[name]), "private", 1)
        record.append(".", file, {"command": COMMAND}, [key])

    def bad(file, private, why):
        put(file, private)
        fields = {"command": COMMAND, "rule": "malformed-private-key", "line": 1, "why": why}
        record.append(".", file, fields)

    def near(file, data, why):
        put(file, data, "PUBLIC KEY")
        record.append(".", file, {"command": COMMAND, "silent": True, "why": why})

    def joined(algorithm, seed, rest, public=None):
        outer = b"" if public is None else der.enc(0x81, b"\0" + public)
        version = der.integer(0 if public is None else 1)
        return der.seq(version, algorithm, der.enc(4, seed + rest), outer)

    def bits(name):
        return der.items(der.read(spkis[name])[1])[1][1][1:]

    for name, private in keys.items():
        good(f"good-composite-{name.lower()}.{'der' if name in DER else 'pem'}", name, private)
    # With the public key behind it, as RFC 5958 allows.
    eddsa, ecdsa, rsa = "MLDSA44-Ed25519-SHA512", "MLDSA65-ECDSA-P256-SHA512", "MLDSA44-RSA2048-PSS-SHA256"
    for name in (eddsa, rsa):
        good(f"good-composite-v2-{name.lower()}.pem", name, joined(*split(keys[name]), bits(name)))

    algorithm, seed, rest = split(keys[eddsa])
    bad("bad-composite-v2-mismatch.pem", joined(algorithm, seed, rest, bits(eddsa)[:-1] + bytes([bits(eddsa)[-1] ^ 1])), "its public key is another one in the traditional half")
    length = ML_DSA["44"][0]
    bad("bad-composite-seed-mismatch.pem", joined(algorithm, seed, rest, bits(rsa)[:length] + bits(eddsa)[length:]), "its public key is another one in the ML-DSA half")
    bad("bad-composite-short.pem", joined(algorithm, seed, rest[:-1]), "a seed of Ed25519 of 31 bytes")
    algorithm, seed, _ = split(keys[ecdsa])
    bad("bad-composite-other-curve.pem", joined(algorithm, seed, split(keys["MLDSA65-ECDSA-P384-SHA512"])[2]), "a key on P-384 where the identifier says P-256")
    bad("bad-composite-no-traditional.pem", joined(algorithm, seed, b""), "the ML-DSA half alone")
    algorithm, seed, rest = split(keys[rsa])
    numbers = der.items(der.read(rest)[1])
    numbers[1] = (2, numbers[1][1][:-1] + bytes([numbers[1][1][-1] ^ 2]))
    bad("bad-composite-rsa-n-not-pq.pem", joined(algorithm, seed, der.join(numbers)), "n is not p*q in the traditional half")
    bad("bad-composite-rsa-n-not-pq.der", joined(algorithm, seed, der.join(numbers)), "n is not p*q in the traditional half")
    bad("bad-composite-rsa-size.pem", joined(algorithm, seed, split(keys["MLDSA65-RSA3072-PSS-SHA512"])[2]), "a modulus of 3072 bits where the identifier says 2048")
    near("near-composite-public.pem", spkis[ecdsa], "a public key")
    near("near-composite-public.der", spkis[rsa], "a public key")


if __name__ == "__main__":
    if sys.argv[1] == "take":
        take(sys.argv[2])
    else:
        write(sys.argv[1])
