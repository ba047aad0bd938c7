"""Writes expect.toml: what a scan of each file must say, by reference tools.

A public half goes in as PEM; every fingerprint that comes out was computed by
a tool that knows nothing of straykey: openssl, ssh-keygen, gpgsm, jwcrypto,
cryptography. Used by make.sh through the command line at the end, and by the
other scripts here as a module.
"""

import argparse
import base64
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402
from jwcrypto import jwk  # noqa: E402

# The public constant of the challenge, so that a list can name an HMAC key.
CHALLENGE = hashlib.sha256(b"straykey/key-challenge/v1\0").digest()

CURVES = {
    "prime256v1": "P256",
    "secp384r1": "P384",
    "secp521r1": "P521",
    "secp256k1": "secp256k1",
    "brainpoolP256r1": "brainpoolP256r1",
}
# RFC 8410: SubjectPublicKeyInfo up to the key bytes.
RFC8410 = {
    "ssh-ed25519": bytes.fromhex("302a300506032b6570032100"),
    "ssh-ed448": bytes.fromhex("3043300506032b6571033a00"),
}

# Bytes of the public keys that openssl 3.0 does not know (FIPS 203, 204, 205).
PQ_BYTES = {"ML-DSA-44": 1312, "ML-DSA-65": 1952, "ML-DSA-87": 2592}
PQ_BYTES.update({"ML-KEM-512": 800, "ML-KEM-768": 1184, "ML-KEM-1024": 1568})
for bits, size in ((128, 32), (192, 48), (256, 64)):
    PQ_BYTES.update({f"SLH-DSA-{name}-{bits}{speed}": size for name in ("SHA2", "SHAKE") for speed in "sf"})

SCRATCH = os.environ.get("STRAYKEY_SCRATCH") or tempfile.mkdtemp(prefix="straykey-testdata.")


def run(*command, data=None, check=True):
    """Runs a tool; returns what it printed, or None when it failed and may."""
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        if check:
            sys.exit(f"record.py: {' '.join(command)}: {done.stderr.decode(errors='replace')}")
        return None
    return done.stdout


def pem(label, der, width=64):
    """Wraps DER in PEM."""
    text = base64.b64encode(der).decode()
    body = "\n".join(text[i : i + width] for i in range(0, len(text), width))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


def spki_of_ssh_line(line):
    """Returns the SPKI PEM of an OpenSSH public-key line."""
    kind, blob = line.split()[:2]
    if kind in RFC8410:
        raw = base64.b64decode(blob)
        return pem("PUBLIC KEY", RFC8410[kind] + raw[4 + len(kind) + 4 :]).encode()
    with tempfile.NamedTemporaryFile("w", suffix=".pub") as file:
        file.write(line + "\n")
        file.flush()
        return run("ssh-keygen", "-e", "-m", "PKCS8", "-f", file.name)


def algorithm(public):
    """Returns our name of the algorithm, as openssl describes the key."""
    text = run("openssl", "pkey", "-pubin", "-noout", "-text", data=public).decode()
    for name in ("ED25519", "ED448", "X25519", "X448"):
        if text.startswith(name):
            return name.capitalize()
    curve = re.search(r"ASN1 OID: (\S+)", text)
    if curve:
        return "EC-" + CURVES.get(curve[1], curve[1])
    bits = re.search(r"\((\d+) bit\)", text)[1]
    if "Field Type" in text:
        return "EC-explicit-" + bits
    if text.startswith(("DH", "X9.42")):
        return "DH-" + bits
    return ("RSA-" if "Modulus" in text else "DSA-") + bits


def ssh_fingerprint(public):
    """Returns `SHA256:…` by ssh-keygen -lf, where that tool knows the key."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        path = os.path.join(folder, "k")
        with open(path, "wb") as file:
            file.write(public)
        line = run("ssh-keygen", "-i", "-m", "PKCS8", "-f", path, check=False)
        if line is None:
            # ssh-keygen imports no RFC 8410 keys; cryptography writes the line.
            try:
                key = serialization.load_pem_public_key(public)
                line = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
            except Exception:
                return None
        with open(path, "wb") as file:
            file.write(line)
        out = run("ssh-keygen", "-lf", path, check=False)
        return out and out.split()[1].decode()


def unarmoured(public):
    """Returns the DER of a PEM public key."""
    return base64.b64decode(b"".join(line for line in public.splitlines() if b"-" not in line))


def keygrip(public):
    """Returns the keygrip by gpgsm, where it takes a certificate of the key.

    gpgsm names the curve alone, without (flags djb-tweak) or (flags eddsa), and
    libgcrypt 1.10 then takes a first byte of 02 or 03 (Ed448: or 40) for the mark
    of an encoded point and hashes something else than for the same key in
    gpg-agent. One key in a hundred has no keygrip here, therefore.
    """
    native = {44: 32, 68: 56, 69: 57}.get(len(unarmoured(public)))
    if native and unarmoured(public)[-native] in (2, 3, 0x40):
        return None
    home = os.path.join(SCRATCH, "gpgsm")
    os.makedirs(home, mode=0o700, exist_ok=True)
    issuer_path = os.path.join(SCRATCH, "issuer.pem")
    if not os.path.exists(issuer_path):
        run("openssl", "genpkey", "-algorithm", "RSA", "-out", issuer_path)
    with open(issuer_path, "rb") as file:
        issuer = serialization.load_pem_private_key(file.read(), None)
    label = "k" + hashlib.sha256(public).hexdigest()[:24]
    try:
        cert = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, label)]))
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "testdata")]))
            .public_key(serialization.load_pem_public_key(public))
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.datetime(2026, 1, 1))
            .not_valid_after(datetime.datetime(2027, 1, 1))
            .sign(issuer, hashes.SHA256())
        )
    except Exception:
        return None
    gpgsm = ("gpgsm", "--homedir", home, "--batch", "--quiet", "--disable-dirmngr")
    run(*gpgsm, "--import", data=cert.public_bytes(serialization.Encoding.DER), check=False)
    out = run(*gpgsm, "--with-colons", "--with-keygrip", "-k", f"/CN={label}", check=False) or b""
    grip = re.search(rb"^grp:+([0-9A-F]{40}):", out, re.M)
    return grip and grip[1].decode().lower()


def thumbprint(public, der, name):
    """Returns the RFC 7638 thumbprint by jwcrypto."""
    if name in ("X25519", "X448"):  # jwcrypto reads these as JWK only
        raw = der[-32:] if name == "X25519" else der[-56:]
        x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return jwk.JWK(kty="OKP", crv=name, x=x).thumbprint()
    return jwk.JWK.from_pem(public).thumbprint()


def identity(public):
    """Returns the fingerprints of a public half (SPKI PEM, normalised)."""
    der = run("openssl", "pkey", "-pubin", "-pubout", "-outform", "DER", data=public)
    public = run("openssl", "pkey", "-pubin", "-pubout", data=public)
    cache = os.path.join(SCRATCH, "identity-" + hashlib.sha256(der).hexdigest())
    if os.path.exists(cache):
        with open(cache) as file:
            return json.load(file)
    ids = {"algorithm": algorithm(public)}
    ids["spki-sha256"] = hashlib.sha256(der).hexdigest()
    ids["ssh-sha256"] = ssh_fingerprint(public)
    if ids["algorithm"].startswith("RSA"):
        modulus = run("openssl", "rsa", "-pubin", "-noout", "-modulus", data=public)
        ids["modulus-sha256"] = hashlib.sha256(modulus).hexdigest()
    rare = ids["algorithm"].startswith("EC-") and ids["algorithm"][3:] not in CURVES.values()
    if not rare and not ids["algorithm"].startswith("DH"):
        ids["keygrip"] = keygrip(public)
    if not rare and not ids["algorithm"].startswith(("DSA", "DH", "EC-brain")):
        ids["jwk-sha256"] = thumbprint(public, der, ids["algorithm"])
    try:
        key = serialization.load_pem_public_key(public)
        ids["ski"] = x509.SubjectKeyIdentifier.from_public_key(key).digest.hex()
    except Exception:
        pass
    ids = {k: v for k, v in ids.items() if v}
    with open(cache, "w") as file:
        json.dump(ids, file)
    return ids


def plain_identity(public, algorithm):
    """Returns the fingerprints of a public half that openssl does not know: hashes of the bytes."""
    der = base64.b64decode(b"".join(line for line in public.splitlines() if not line.startswith(b"-")))
    bits = der[-PQ_BYTES[algorithm] :]
    ids = {"algorithm": algorithm, "spki-sha256": hashlib.sha256(der).hexdigest()}
    pub = base64.urlsafe_b64encode(bits).rstrip(b"=").decode()
    akp = json.dumps({"alg": algorithm, "kty": "AKP", "pub": pub}, separators=(",", ":"))
    ids["jwk-sha256"] = base64.urlsafe_b64encode(hashlib.sha256(akp.encode()).digest()).rstrip(b"=").decode()
    ids["ski"] = hashlib.sha1(bits).hexdigest()
    return ids


def symmetric_identity(secret):
    """Returns what may be said of an HMAC key: openssl's answers to the challenge."""
    ids = {"algorithm": f"HMAC-{len(secret) * 8}"}
    for bits in (256, 384, 512):
        out = run("openssl", "dgst", f"-sha{bits}", "-mac", "HMAC", "-macopt", f"hexkey:{secret.hex()}", data=CHALLENGE)
        ids[f"chal-hmac-sha{bits}"] = out.split()[-1].decode()
    return ids


def key_entry(ids, proof, line, **more):
    """Returns the table of one key of a file."""
    entry = {"proof": proof, "line": line}
    if proof != "opaque":
        entry = {"algorithm": ids["algorithm"], **entry, **{k: v for k, v in ids.items() if k != "algorithm"}}
    return {**entry, **more}


def quote(value):
    """Returns a TOML value; a JSON string is a valid basic string."""
    if isinstance(value, list):
        return "[" + ", ".join(quote(v) for v in value) + "]"
    return json.dumps(value)


def table(name, fields, keys=()):
    """Returns the TOML table of one file."""
    lines = [f"[{quote(name)}]"] + [f"{k} = {quote(v)}" for k, v in fields.items()]
    for key in keys:
        lines.append(f"[[{quote(name)}.key]]")
        lines += [f"{k} = {quote(v)}" for k, v in key.items()]
    return "\n".join(lines) + "\n\n"


HEADER = """\
# What a scan of these files must say. Written by testdata/make.sh with the
# reference tools named there; not by straykey. The keys were made for this
# folder and were never used for anything.

"""


def append(folder, name, fields, keys=()):
    """Adds a file to its folder's expect.toml."""
    path = os.path.join(folder, "expect.toml")
    new = not os.path.exists(path)
    with open(path, "a") as file:
        file.write((HEADER if new else "") + table(name, fields, keys))


def main_line():
    """record.py FILE --command C [--proof P --line N] < SPKI PEM (or an OpenSSH line)"""
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--command", required=True)
    parser.add_argument("--proof", default="private")
    parser.add_argument("--line", type=int, default=1)
    parser.add_argument("--opened-with", help="what a report calls the notorious password that opens it")
    parser.add_argument("--ssh-sha256", help="where puttygen knows a key that ssh-keygen does not")
    parser.add_argument("--algorithm", help="of a post-quantum key")
    args = parser.parse_args()
    ids = {}
    if args.algorithm:
        ids = plain_identity(sys.stdin.buffer.read(), args.algorithm)
    elif args.proof != "opaque":
        public = sys.stdin.buffer.read()
        if public[:4] in (b"ssh-", b"ecds"):
            public = spki_of_ssh_line(public.decode())
        ids = identity(public)
        if args.ssh_sha256 and "ssh-sha256" not in ids:
            ids["ssh-sha256"] = args.ssh_sha256
    more = {"opened-with": args.opened_with} if args.opened_with else {}
    append(".", args.file, {"command": args.command}, [key_entry(ids, args.proof, args.line, **more)])


if __name__ == "__main__":
    main_line()
