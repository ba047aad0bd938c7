"""Prints SPKI SHA-256 of the accounts that test chains of Ethereum are started with.

Hardhat and Anvil make them of the phrase below (BIP-39, BIP-32, m/44'/60'/0'/0/N) and print
their keys at every start; Foundry's and Hardhat's documentation has them all. The first is that of the
phrase itself: the root.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

PHRASE = "test " * 11 + "junk"
ACCOUNTS = 20
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
HARDENED = 1 << 31


def public(key, encoding, form):
    return ec.derive_private_key(key, ec.SECP256K1()).public_key().public_bytes(encoding, form)


def child(key, chain, number):
    """Returns a child key (BIP-32, private parent to private child)."""
    point = public(key, serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    data = b"\0" + key.to_bytes(32, "big") if number >= HARDENED else point
    made = hmac.digest(chain, data + number.to_bytes(4, "big"), "sha512")
    return (int.from_bytes(made[:32], "big") + key) % N, made[32:]


def main():
    seed = hashlib.pbkdf2_hmac("sha512", PHRASE.encode(), b"mnemonic", 2048)
    made = hmac.digest(b"Bitcoin seed", seed, "sha512")
    root = node = int.from_bytes(made[:32], "big"), made[32:]
    for number in (44 + HARDENED, 60 + HARDENED, HARDENED, 0):
        node = child(*node, number)
    for key, _ in [root, *(child(*node, number) for number in range(ACCOUNTS))]:
        der = public(key, serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        print(hashlib.sha256(der).hexdigest())


main()
