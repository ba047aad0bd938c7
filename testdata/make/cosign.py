"""Writes encrypted cosign keys, as cosign itself does it: scrypt and NaCl's secretbox.

  cosign.py FILE LABEL      needs PyNaCl
"""

import base64
import hashlib
import json
import os
import subprocess
import sys

from nacl.secret import SecretBox

PASS = b"thistle-quay-ember-42"


def main():
    file, label = sys.argv[1:]
    make = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | openssl pkcs8 -topk8 -nocrypt -outform DER"
    der = subprocess.run(make, shell=True, check=True, stdout=subprocess.PIPE).stdout
    salt, nonce = os.urandom(32), os.urandom(24)
    key = hashlib.scrypt(PASS, salt=salt, n=32768, r=8, p=1, maxmem=1 << 26, dklen=32)
    text = lambda data: base64.b64encode(data).decode()
    body = {
        "kdf": {"name": "scrypt", "params": {"N": 32768, "r": 8, "p": 1}, "salt": text(salt)},
        "cipher": {"name": "nacl/secretbox", "nonce": text(nonce)},
        "ciphertext": text(SecretBox(key).encrypt(der, nonce).ciphertext),
    }
    lines = text(json.dumps(body, separators=(",", ":")).encode())
    lines = "\n".join(lines[i : i + 64] for i in range(0, len(lines), 64))
    with open(file, "w") as out:
        out.write(f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")


main()
