"""Writes testdata/jwk/good-*: keys by jwcrypto, in the spellings people use.

  jwk.py FOLDER
"""

import base64
import json
import os
import sys

import record
from jwcrypto.jwk import JWK

PRIVATE_ONLY = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


def generate(**kind):
    """Returns a fresh key as a dict, and its identity."""
    key = JWK.generate(**kind)
    return key.export(as_dict=True), identity_of(key)


def identity_of(key):
    """Returns the identity of a jwcrypto key by the reference tools."""
    fields = key.export(as_dict=True)
    if fields["kty"] == "oct":
        return record.symmetric_identity(unb64(fields["k"]))
    if fields.get("crv") in ("X25519", "X448"):
        # RFC 8410 has one fixed prefix a curve; jwcrypto writes no PEM here.
        head = "302a300506032b656e032100" if fields["crv"] == "X25519" else "3042300506032b656f033900"
        return record.identity(record.pem("PUBLIC KEY", bytes.fromhex(head) + unb64(fields["x"])).encode())
    return record.identity(key.export_to_pem())


def unb64(text):
    """Decodes unpadded base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def secret_of(key):
    """Returns the private member of a JWK, which no other key has."""
    return key.get("d") or key["k"]


def brace_line(text, needle):
    """Returns the line of the brace that opens the object around needle."""
    depth, at = 0, text.index(needle)
    while True:
        at -= 1
        depth += {"}": 1, "{": -1}.get(text[at], 0)
        if depth < 0:
            return text.count("\n", 0, at) + 1


def main():
    folder = sys.argv[1]

    def write(name, text, keys, what, line=None):
        with open(os.path.join(folder, name), "w", newline="") as file:
            file.write(text)
        # A symmetric key has no other half to prove it: the JWK says what it is.
        entries = [
            record.key_entry(ids, "context" if key["kty"] == "oct" else "private", line or brace_line(text, secret_of(key)))
            for key, ids in keys
        ]
        record.append(folder, name, {"command": f"python3 ../make/jwk.py . # {what}"}, entries)

    def pretty(value):
        return json.dumps(value, indent=2) + "\n"

    kinds = {
        "rsa-2048": dict(kty="RSA", size=2048),
        "rsa-4096": dict(kty="RSA", size=4096),
        "ec-p256": dict(kty="EC", crv="P-256"),
        "ec-p384": dict(kty="EC", crv="P-384"),
        "ec-p521": dict(kty="EC", crv="P-521"),
        "ec-secp256k1": dict(kty="EC", crv="secp256k1"),
        "ed25519": dict(kty="OKP", crv="Ed25519"),
        "ed448": dict(kty="OKP", crv="Ed448"),
        "x25519": dict(kty="OKP", crv="X25519"),
        "x448": dict(kty="OKP", crv="X448"),
        "oct-256": dict(kty="oct", size=256),
        "oct-512": dict(kty="oct", size=512),
    }
    for name, kind in kinds.items():
        key, ids = generate(**kind)
        shown = ", ".join(f"{k}={v!r}" for k, v in kind.items())
        write(f"good-{name}.jwk", pretty(key), [(key, ids)], f"JWK.generate({shown}).export()")

    key, ids = generate(kty="RSA", size=2048)
    for member in ("p", "q", "dp", "dq", "qi"):
        del key[member]
    write("good-rsa-2048-no-crt.jwk", pretty(key), [(key, ids)], "n, e and d only (RFC 7518 section 6.3.2)")

    key, ids = generate(kty="EC", crv="P-256")
    turned = {m: key[m] for m in ("d", "y", "x", "crv", "kty")} | {"kid": "turned round", "use": "sig", "ext": True, "key_ops": ["sign"]}
    write("good-ec-p256-other-order.jwk", pretty(turned), [(key, ids)], "members in another order, extra members")

    several = [generate(**kinds[k]) for k in ("rsa-2048", "ec-p256", "ed25519", "oct-256", "ec-p384")]
    public = generate(kty="EC", crv="P-256")[0]
    del public["d"]
    members = [key | {"kid": f"2026-0{i + 1}", "use": "sig"} for i, (key, _) in enumerate(several)]
    members.insert(2, public | {"kid": "partner", "use": "sig"})
    write("good-jwks.json", pretty({"keys": members}), several, "a set of five private keys and one public")
    one_line = [generate(**kinds[k]) for k in ("ed25519", "ec-p256")]
    write("good-jwks-one-line.json", json.dumps({"keys": [k for k, _ in one_line]}, separators=(",", ":")), one_line, "a set on one line")

    key, ids = generate(kty="EC", crv="P-256")
    config = {
        "service": "pass-gateway",
        "listen": ["0.0.0.0:8443", "[::]:8443"],
        "limits": {"d": 12.5, "n": 4096, "e": "10s", "k": 3},
        "tokens": {"issuer": "https://id.example/", "signing": {"jwk": key | {"alg": "ES256"}, "ttl": 900}},
        "log": {"level": "info"},
    }
    write("good-config.json", json.dumps(config, indent=4) + "\n", [(key, ids)], "inside a larger configuration")

    key, ids = generate(kty="OKP", crv="Ed25519")
    config = {"name": "webhooks", "secret": json.dumps(key), "retries": 3}
    write("good-json-in-json.json", pretty(config), [(key, ids)], "JSON text inside a JSON string")
    key, ids = generate(kty="RSA", size=2048)
    config = {"Parameters": [{"Name": "/id/signer", "Value": json.dumps({"active": json.dumps(key)})}]}
    write("good-json-in-json-twice.json", pretty(config), [(key, ids)], "JSON text inside a JSON string, twice")

    key, ids = generate(kty="EC", crv="P-384")
    rows = "".join(f"    {member}: '{value}',\n" for member, value in key.items())
    text = "// Keys of the demo issuer.\nimport { importJWK } from 'jose';\n\nexport const issuer = 'https://id.example/';\n"
    text += f"export const signer = await importJWK({{\n{rows}    key_ops: ['sign'],\n  }}, 'ES384');\n"
    write("good-js-object.js", text, [(key, ids)], "a JavaScript object: bare names, single quotes")

    key, ids = generate(kty="OKP", crv="Ed25519")
    text = "const key = {kty: `OKP`, crv: `Ed25519`, " + f'x: "{key["x"]}", d: "{key["d"]}"' + "};\n"
    write("good-js-one-line.js", text, [(key, ids)], "a JavaScript object on one line")

    key, ids = generate(kty="EC", crv="P-256")
    rows = "".join(f"      {member}: {value}\n" for member, value in key.items())
    text = "issuer: https://id.example/\nkeys:\n  - name: signer\n    jwk:\n" + rows + "    ttl: 15m\n"
    write("good-yaml-map.yaml", text, [(key, ids)], "a YAML map; its line is that of its first member", line=5)
    key, ids = generate(kty="RSA", size=2048)
    rows = "".join(f'  {member}: "{value}"\n' for member, value in key.items())
    write("good-yaml-quoted.yaml", f"---\nsigning_jwk:\n{rows}...\n", [(key, ids)], "a YAML map, quoted values", line=3)

    key, ids = generate(kty="oct", size=256)
    text = f"import jwt\n\nKEY = {key!r}\n\n\ndef token(claims):\n    return jwt.encode(claims, jwt.PyJWK(KEY).key, 'HS256')\n"
    write("good-python-dict.py", text, [(key, ids)], "a Python dict")
    key, ids = generate(kty="RSA", size=2048)
    rows = "".join(f"    '{member}': '{value}',\n" for member, value in key.items())
    write("good-python-dict-lines.py", f"SIGNER = {{\n{rows}}}\n", [(key, ids)], "a Python dict over several lines")


if __name__ == "__main__":
    main()
