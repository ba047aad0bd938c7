"""Adds the keys of accounts to what is expected of wallets' roots, by BIP-32 written here.

Whoever has the root of a wallet, or the phrase that it is made of, has the keys of its
accounts. Points are multiplied by pyca/cryptography; the rest is hashes and one sum.

  accounts.py FOLDER...      FOLDER: testdata/bip39, testdata/bitcoin; changes expect.toml
  accounts.py show PHRASE    prints the compressed point of every path
"""

import hashlib
import hmac
import os
import re
import sys
import tomllib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
PATHS = ("m/44'/0'/0'/0/0", "m/49'/0'/0'/0/0", "m/84'/0'/0'/0/0", "m/86'/0'/0'/0/0", "m/44'/60'/0'/0/0", "m/44'/60'/0'/0")
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
WORDS = set(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../src/format/bip39.txt")).read().split())


def point(key):
    return ec.derive_private_key(key, ec.SECP256K1()).public_key()


def compressed(key):
    return point(key).public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)


def child(node, step):
    """Returns a child key (BIP-32, private parent to private child)."""
    key, chain = node
    number = int(step.rstrip("'")) + (0x80000000 if step.endswith("'") else 0)
    data = b"\0" + key.to_bytes(32, "big") if step.endswith("'") else compressed(key)
    made = hmac.digest(chain, data + number.to_bytes(4, "big"), "sha512")
    return (int.from_bytes(made[:32], "big") + key) % N, made[32:]


def of_path(node, path):
    for step in path.split("/")[1:]:
        node = child(node, step)
    return node[0]


def of_phrase(phrase):
    """Returns the root of a phrase without a passphrase (BIP-39)."""
    seed = hashlib.pbkdf2_hmac("sha512", phrase.encode(), b"mnemonic", 2048)
    made = hmac.digest(b"Bitcoin seed", seed, "sha512")
    return int.from_bytes(made[:32], "big"), made[32:]


def of_extended(text):
    """Returns the root that an extended private key is."""
    value = 0
    for letter in text:
        value = value * 58 + BASE58.index(letter)
    data = value.to_bytes(82, "big")
    assert hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] == data[-4:] and data[4] == 0
    return int.from_bytes(data[46:78], "big"), data[13:45]


def spki(key):
    return point(key).public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def root_in(text):
    """Returns the root in a file, if one is there."""
    extended = re.search(r"\b[xyzt]prv[1-9A-HJ-NP-Za-km-z]{107}\b", text)
    if extended:
        return of_extended(extended[0])
    # A line of its own, or one word a line.
    for part in (*text.splitlines(), text):
        run, longest = [], []
        for word in re.findall("[a-z]+", part):
            run = [*run, word] if word in WORDS else []
            longest = max(longest, run, key=len)
        if len(longest) in (12, 24):
            return of_phrase(" ".join(longest))
    return None


def main():
    if sys.argv[1] == "show":
        for path in PATHS:
            print(path, compressed(of_path(of_phrase(sys.argv[2]), path)).hex())
        return
    for folder in sys.argv[1:]:
        with open(os.path.join(folder, "expect.toml")) as file:
            text = file.read()
        for name, entry in tomllib.loads(text).items():
            if not name.startswith("good-") or "spki-sha256:" + PATHS[0] in entry["key"][0]:
                continue
            with open(os.path.join(folder, name)) as file:
                root = root_in(file.read())
            if root is None:
                continue
            hash_ = hashlib.sha256(spki(root[0])).hexdigest()
            assert hash_ == entry["key"][0]["spki-sha256"], f"{name}: another root"
            lines = [f'"spki-sha256:{path}" = "{hashlib.sha256(spki(of_path(root, path))).hexdigest()}"\n' for path in PATHS]
            # Behind the table of the file's one key.
            at = text.index("\n\n", text.index(f'[["{name}".key]]')) + 1
            text = text[:at] + "".join(lines) + text[at:]
        with open(os.path.join(folder, "expect.toml"), "w") as file:
            file.write(text)


main()
