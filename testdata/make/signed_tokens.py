#!/usr/bin/env python3
"""Writes testdata/signed-token: tokens of every algorithm, signed by openssl with keys
that are thrown away, and a list with their public keys.

    python3 testdata/make/signed_tokens.py testdata/signed-token
"""

import base64, json, pathlib, subprocess, sys, tempfile

KEYS = {
    "RS256": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "RS512": ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "PS256": ["RSA", "-pkeyopt", "rsa_keygen_bits:2049"],
    "PS384": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ES256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "ES384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "ES512": ["EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "ES256K": ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    "EdDSA": ["ED25519"],
}
WIDTH = {"ES256": 32, "ES256K": 32, "ES384": 48, "ES512": 66}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, capture_output=True, check=True).stdout


def numbers(der, width):
    """r and s of a DER signature, each at full width."""
    at = 2 + (der[1] & 0x80 > 0)
    out = b""
    for _ in range(2):
        length = der[at + 1]
        out += int.from_bytes(der[at + 2 : at + 2 + length], "big").to_bytes(width, "big")
        at += 2 + length
    return out


def sign(alg, key, text, folder):
    message = folder / "message"
    message.write_bytes(text)
    if alg == "EdDSA":
        return openssl("pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", message)
    args = ["dgst", f"-sha{alg[2:5]}", "-sign", key]
    if alg.startswith("PS"):
        args += ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
    made = openssl(*args, message)
    return numbers(made, WIDTH[alg]) if alg in WIDTH else made


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    entries = [{"format": "straykey-inventory/1", "list_id": "tokens", "org": "acme", "version": 1,
                "issued_at": "2026-01-01T00:00:00Z"}]
    log, forged = [], []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for number, (alg, how) in enumerate(KEYS.items(), 1):
            key = folder / alg
            openssl("genpkey", "-algorithm", *how, "-out", key)
            spki = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")
            entries.append({"entry": number, "name": f"signer-{alg}", "kind": how[0].lower(), "alg": [alg],
                            "spki": base64.b64encode(spki).decode(), "ids": {"kid": [f"kid-{number}"]} if number % 2 else {},
                            "holdings": [{"source": f"vault:transit/{alg}", "state": "active", "env": "prod"}]})
            claims = {"sub": "value-of-sub", "scope": "value-of-scope"}
            if alg == "RS256":
                claims["exp"] = 946684800
            if alg == "ES256":
                claims["exp"] = 32503680000
            header = {"alg": alg, "typ": "JWT"}
            if number % 2:
                header["kid"] = f"kid-{number}"
            text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}".encode()
            signature = sign(alg, key, text, folder)
            log.append(f"GET /orders 200 Authorization: Bearer {text.decode()}.{b64(signature)}")
            # The same, with another claim under the same signature.
            claims["sub"] = "somebody-else"
            text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
            forged.append(f"GET /orders 401 Authorization: Bearer {text}.{b64(signature)}")
    (out / "access.log").write_text("\n".join(log) + "\n")
    (out / "forged.log").write_text("\n".join(forged) + "\n")
    (out / "list.jsonl").write_text("\n".join(json.dumps(e, separators=(",", ":")) for e in entries) + "\n")


main()
