"""Makes keys that are text with a checksum: nkeys, Nostr, Sui, hybrid identities of age.

  text_keys.py FOLDER NAME...    FOLDER: testdata; NAME: nkeys, nostr, sui, age

The encodings are written here from their specifications: base32 and CRC-16 are Python's, Bech32
that of BIP-173. Public halves are openssl's and pyca/cryptography's.
"""

import base64
import binascii
import hashlib
import os
import subprocess
import sys

import record

# PKCS#8 or SEC1 of a number, up to and behind it.
ED25519 = ("302e020100300506032b657004220420", "")
X25519 = ("302e020100300506032b656e04220420", "")
SECP256K1 = ("302e0201010420", "a00706052b8104000a")
P256 = ("30310201010420", "a00a06082a8648ce3d030107")
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CREDS = """-----BEGIN NATS USER JWT-----
eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.e30.AAAA
------END NATS USER JWT------

************************* IMPORTANT *************************
NKEY Seed printed below can be used to sign and prove identity.
NKEYs are sensitive and should be treated as secrets.

-----BEGIN USER NKEY SEED-----
%s
------END USER NKEY SEED------

*************************************************************
"""


def public(number, curve):
    """Returns the public half (SPKI PEM) of a number, by openssl."""
    der = bytes.fromhex(curve[0] + number.hex() + curve[1])
    kind = "ec" if curve in (SECP256K1, P256) else "pkey"
    tool = ["openssl", kind, "-inform", "DER", "-pubout"]
    return subprocess.run(tool, input=der, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def nkey(kind, seed):
    """Returns the seed of an nkey: base32 of its two prefixes, the seed and their CRC."""
    data = (18 << 11 | LETTERS.index(kind) << 6).to_bytes(2, "big") + seed
    checksum = binascii.crc_hqx(data, 0).to_bytes(2, "little")
    return base64.b32encode(data + checksum).decode().rstrip("=")


def public_nkey(seed):
    """Returns the public key of a user."""
    data = bytes([20 << 3]) + record.unarmoured(public(seed, ED25519))[-32:]
    return base64.b32encode(data + binascii.crc_hqx(data, 0).to_bytes(2, "little")).decode().rstrip("=")


def polymod(values):
    sum = 1
    for value in values:
        top = sum >> 25
        sum = (sum & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            sum ^= generator if top >> i & 1 else 0
    return sum


def bech32(prefix, data):
    """Encodes with the checksum of BIP-173."""
    number = int.from_bytes(data, "big") << -len(data) * 8 % 5
    count = -(-len(data) * 8 // 5)
    words = [number >> 5 * (count - 1 - i) & 31 for i in range(count)]
    head = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    sum = polymod(head + words + [0] * 6) ^ 1
    return prefix + "1" + "".join(BECH32[w] for w in words + [sum >> 5 * (5 - i) & 31 for i in range(6)])


def changed(text):
    """Returns a text of one case with its letter before the last five replaced."""
    other = "Q" if text.isupper() else "q"
    return text[:-6] + (other if text[-6] != other else other.replace("Q", "P").replace("q", "p")) + text[-5:]


class Folder:
    """Writes files and what is expected of them."""

    def __init__(self, name):
        self.command = f"python3 ../make/text_keys.py .. {name}"

    def write(self, name, text, fields, keys=()):
        with open(name, "w") as file:
            file.write(text)
        record.append(".", name, {"command": self.command, **fields}, keys)

    def good(self, name, text, ids, line):
        self.write(name, text, {}, [record.key_entry(ids, "private", line)])

    def bad(self, name, text, why):
        self.write(name, text, {"rule": "malformed-private-key", "line": 1, "why": why})

    def near(self, name, text, why):
        self.write(name, text, {"silent": True, "why": why})


def make_nkeys(to):
    def good(name, kind, text, line):
        seed = os.urandom(32)
        ids = record.identity(public(seed, X25519 if kind == "X" else ED25519))
        to.good(name, text % nkey(kind, seed), ids, line)

    good("good-user.creds", "U", CREDS, 10)
    good("good-operator.txt", "O", "-----BEGIN TEST OPERATOR SEED-----\n%s\n------END TEST OPERATOR SEED------\n", 2)
    good("good-account.go", "A", 'var (\n\taccountSeed = []byte("%s")\n)\n', 2)
    good("good-curve.conf", "X", 'auth_callout {\n  xkey_seed: "%s"\n}\n', 2)
    good("good-bot.env", "U", "NATS_NKEY=%s\n", 1)
    good("good-client.json", "U", '{"url": "nats://127.0.0.1", "nkey_seed": "%s"}\n', 1)
    good("good-user.nk", "U", "%s\n", 1)
    good("good-secret.toml", "A", '[tokens]\nsigning_secret = "%s"\n', 2)
    to.bad("bad-checksum.yaml", f"nkey_seed: {changed(nkey('U', os.urandom(32)))}\n", "a wrong checksum")
    to.near("near-public.conf", f"authorization {{\n  users: [{{ nkey: {public_nkey(os.urandom(32))} }}]\n}}\n", "a public key")
    to.near("near-placeholder.env", "NATS_NKEY=SUA" + "X" * 55 + "\n", "a placeholder")
    to.near("near-base32.yaml", "seed: " + base64.b32encode(os.urandom(40)).decode()[:58] + "\n", "other base32")


def make_nostr(to):
    def good(name, text, line):
        number = os.urandom(32)
        to.good(name, text % bech32("nsec", number), record.identity(public(number, SECP256K1)), line)

    good("good-bot.env", "RELAY=wss://relay.example\nNOSTR_NSEC=%s\n", 2)
    good("good-note.txt", "%s", 1)
    to.bad("bad-checksum.env", f"NOSTR_NSEC={changed(bech32('nsec', os.urandom(32)))}\n", "a wrong checksum")
    to.near("near-public.env", f"NOSTR_NPUB={bech32('npub', os.urandom(32))}\n", "a public key")
    to.near("near-placeholder.env", "NOSTR_NSEC=nsec1" + "x" * 58 + "\n", "a placeholder")


def make_sui(to):
    def good(name, flag, curve, text):
        number = os.urandom(32)
        to.good(name, text % bech32("suiprivkey", bytes([flag]) + number), record.identity(public(number, curve)), 1)

    good("good-publisher.env", 0, ED25519, "SUI_PRIVATE_KEY=%s\n")
    good("good-secp256k1.ts", 1, SECP256K1, "const keypair = Secp256k1Keypair.fromSecretKey('%s');\n")
    good("good-secp256r1.txt", 2, P256, "%s\n")
    to.bad("bad-checksum.env", f"SUI_PRIVATE_KEY={changed(bech32('suiprivkey', bytes(1) + os.urandom(32)))}\n", "a wrong checksum")
    to.near("near-flag.env", f"SUI_PRIVATE_KEY={bech32('suiprivkey', bytes([9]) + os.urandom(32))}\n", "a flag of no key")
    to.near("near-placeholder.env", "SUI_PRIVATE_KEY=suiprivkey1" + "q" * 59 + "\n", "a placeholder")


def make_age(to):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import mlkem

    seed = os.urandom(32)
    half = mlkem.MLKEM768PrivateKey.from_seed_bytes(hashlib.shake_256(seed).digest(64)).public_key()
    pem = half.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    text = bech32("age-secret-key-pq-", seed).upper()
    to.good("good-hybrid.txt", f"# created: 2026-03-01T09:00:00Z\n{text}\n", record.plain_identity(pem, "ML-KEM-768"), 2)
    to.bad("bad-hybrid-checksum.txt", changed(text) + "\n", "a wrong checksum")


def main():
    top = os.path.abspath(sys.argv[1])
    for name in sys.argv[2:]:
        folder = os.path.join(top, name)
        os.makedirs(folder, exist_ok=True)
        os.chdir(folder)
        globals()["make_" + name](Folder(name))


main()
