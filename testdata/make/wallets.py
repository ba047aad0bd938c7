"""Makes the folders of wallet formats: keys by wallets.mjs, fingerprints by openssl.

  wallets.py FOLDER      FOLDER: testdata
"""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys

import record

HERE = os.path.dirname(os.path.abspath(__file__))
# SEC1 of a secp256k1 number, and PKCS#8 of an Ed25519 seed, up to and behind the number.
SECP256K1 = ("302e0201010420", "a00706052b8104000a")
ED25519 = ("302e020100300506032b657004220420", "")
GOOD = {
    "bitcoin": [("xprv", "good-xprv.yaml", 3), ("zprv", "good-zprv.yaml", 3), ("tprv", "good-tprv.yaml", 3),
                ("wif", "good-wif.sh", 1), ("wif-file", "good-wif-uncompressed.txt", 1)],
    "bip39": [("mnemonic", "good-12-words.env", 1), ("mnemonic-24", "good-24-words.js", 1)],
    "ethereum": [("ethereum-env", "good-deployer.env", 2), ("ethereum-json", "good-accounts.json", 4)],
    "solana": [("solana", "good-id.json", 1), ("solana-pretty", "good-id-indented.json", 1)],
    "cardano": [("cardano", "good-payment.skey", 1), ("cardano-pool", "good-cold.skey", 1)],
    "stellar": [("stellar", "good-issuer.env", 1), ("stellar-file", "good-seed.txt", 1)],
}


def public(number, curve):
    """Returns the public half (SPKI PEM) of a number, by openssl."""
    der = bytes.fromhex(curve[0] + number + curve[1])
    tool = ["openssl", "ec" if curve is SECP256K1 else "pkey", "-inform", "DER", "-pubout"]
    return subprocess.run(tool, input=der, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def make(form, file):
    """Makes a key; returns its number."""
    run = ["node", os.path.join(HERE, "wallets.mjs"), form, file]
    return subprocess.run(run, check=True, stdout=subprocess.PIPE).stdout.decode().strip()


def plain(name, text, **fields):
    """Writes a file that is no key."""
    with open(name, "w") as file:
        file.write(text)
    record.append(".", name, {"command": "python3 ../make/wallets.py ..", **fields})


def near(name, text, why):
    plain(name, text, silent=True, why=why)


def ethereum():
    """Returns the number of the key in good-deployer.env."""
    return read("good-deployer.env").split("=0x")[2].strip()


def again(name, text, number, line, curve=SECP256K1):
    """Writes a key that there is already, in another place."""
    with open(name, "w") as file:
        file.write(text % number)
    ids = record.identity(public(number, curve))
    record.append(".", name, {"command": "python3 ../make/wallets.py .."}, [record.key_entry(ids, "private", line)])


def seed_again(name, text, line):
    """Writes the seed of good-seed.txt in another place."""
    seed = read("good-seed.txt").strip()
    again(name, text.replace("%s", seed) + "%.0s", base64.b32decode(seed)[1:33].hex(), line, ED25519)


def sealed_again(name, text):
    """Writes a keystore of bytes that nobody can open."""
    with open(name, "w") as file:
        file.write(text)
    record.append(".", name, {"command": "python3 ../make/wallets.py .."}, [record.key_entry({}, "opaque", 1)])


def changed(text):
    """Returns a text with its last letter but five replaced."""
    at = len(text.rstrip("\"'\n")) - 6
    return text[:at] + ("Q" if text[at] != "Q" else "R") + text[at + 1 :]


def wrong_phrase(phrase):
    """Returns the phrase with the last bit of its checksum turned over."""
    words = read(os.path.join(HERE, "../../src/format/bip39.txt")).split()
    *first, last = phrase.split()
    return " ".join([*first, words[words.index(last) ^ 1]])


def read(name):
    with open(name) as file:
        return file.read()


def number_of(wif):
    """Returns the number of a WIF key."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    value = 0
    for letter in wif:
        value = value * 58 + alphabet.index(letter)
    data = value.to_bytes(38 if len(wif) == 52 else 37, "big")
    assert hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] == data[-4:]
    return data[1:33].hex()


def wif(version, number):
    """Returns a WIF key, compressed, of another coin."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    data = bytes([version]) + bytes.fromhex(number) + b"\1"
    value = int.from_bytes(data + hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4], "big")
    text = ""
    while value:
        value, digit = divmod(value, 58)
        text = alphabet[digit] + text
    return text


def root_of(phrase):
    """Returns the number of the root key of a phrase (BIP-39, BIP-32)."""
    seed = hashlib.pbkdf2_hmac("sha512", phrase.encode(), b"mnemonic", 2048)
    return hmac.digest(b"Bitcoin seed", seed, "sha512")[:32].hex()


def phrase():
    return read("good-12-words.env").split('"')[1]


def long_phrase():
    return read("good-24-words.js").split("'")[1]


def payouts():
    return read("good-wif.sh").split('"')[1]


def others():
    """Writes what must be malformed or silent, in the folder that it stands in."""
    yield "bitcoin", lambda: (
        plain("bad-checksum.txt", changed(read("good-xprv.yaml").split("key: ")[1]), rule="malformed-private-key", line=1, why="a wrong checksum"),
        again("good-paper-wallet.txt", "Cold storage, 1 of 2.\nKeep it dry!\n\n  " + payouts() + "  \n%.0s", number_of(payouts()), 4),
        again("good-litecoin.env", "LTC_PRIVATE_KEY=" + wif(0xB0, number_of(payouts())) + "\n%.0s", number_of(payouts()), 1),
        again("good-testnet.txt", wif(0xEF, number_of(payouts())) + "\n%.0s", number_of(payouts()), 1),
        near("near-other-version.txt", wif(0x05, number_of(payouts())) + "\n", "a version of no coin"),
        near("near-address.txt", "privkey of 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\n", "an address"),
        near("near-placeholder.yaml", "key: xprv9s21ZrQH143K" + "x" * 95 + "\n", "a placeholder"),
        near("near-wif-checksum.sh", changed(read("good-wif.sh").split(" payouts")[0]) + "\n", "a wrong checksum"),
    )
    yield "bip39", lambda: (
        plain("bad-checksum.env", 'MNEMONIC="' + wrong_phrase(read("good-12-words.env").split('"')[1]) + '"\n', rule="malformed-private-key", line=1, why="a wrong checksum"),
        near("near-placeholder.env", 'MNEMONIC="' + "legal winner thank year wave sausage worth useful legal winner thank thank" + '"\n', "the same few words again"),
        again("good-alone.secret", phrase() + "\n%.0s", root_of(phrase()), 1),
        again("good-own-line.txt", "Ledger, top drawer\n\n" + phrase() + "\n\nnever online\n%.0s", root_of(phrase()), 3),
        again("good-numbered.txt", "\n".join(f"{i + 1}. {word}" for i, word in enumerate(long_phrase().split())) + "\n%.0s", root_of(long_phrase()), 1),
        near("near-no-name.txt", "the words " + phrase() + " in a sentence\n", "words without a name before them, not alone"),
        near("near-alone-checksum.txt", wrong_phrase(phrase()) + "\n", "a wrong checksum, and no name"),
        near("near-list.txt", " ".join(sorted(phrase().split())) + "\n", "words of the list in their order"),
        near("near-eleven.env", 'MNEMONIC="' + " ".join(read("good-12-words.env").split('"')[1].split()[:11]) + '"\n', "a word too few"),
        near("near-sentence.md", "The mnemonic is a list of words that a person can write down and type again.\n", "a sentence"),
    )
    yield "ethereum", lambda: (
        near("near-hash.env", "PRIVATE_KEY=" + read("good-deployer.env").split("=0x")[2], "no address beside it"),
        plain("bad-keystore-cut.json", '{"crypto":{"cipher":"aes-128-ctr","ciphertext":"00ff","kdf":"scrypt","mac":"' + "5a" * 32 + '"}}\n', rule="malformed-private-key", line=1, why="a ciphertext that is too short"),
        near("near-counting.env", "PRIVATE_KEY=0x" + "".join(f"{byte:02x}" for byte in range(1, 33)) + "\n", "it counts"),
        near("near-of-a-list.js", "accounts: [first, '" + ethereum() + "']\n", "not the first of a list, in no file of these tools"),
        again("good-other-address.json", '[{"address": "0x' + "ab" * 20 + '", "privateKey": "0x%s"}]\n', ethereum(), 1),
        again("good-private-key.env", "RPC=1\nADMIN_PRIVATE_KEY=0x%s\n", ethereum(), 2),
        again("good-hardhat.config.js", "module.exports = {\n  networks: { main: { accounts: ['%s'] } },\n};\n", ethereum(), 2),
        again("good-test.go", 'var testKey, _ = crypto.HexToECDSA("%s")\n', ethereum(), 1),
        again("good-send.sh", 'cast send --rpc-url "$RPC" --private-key 0x%s "$TO" "f()"\n', ethereum(), 1),
        again("good-viem.ts", "const PRIVATE_KEY: Hex = '0x%s';\nconst account = privateKeyToAccount(PRIVATE_KEY);\n", ethereum(), 1),
        again("good-ethers.js", "const wallet = new ethers.Wallet('0x%s', provider);\n", ethereum(), 1),
        again("good-web3.py", 'account = w3.eth.account.from_key("0x%s")\n', ethereum(), 1),
        again("good-owner.env", "CHAIN=5\nOWNER_PK=0x%s\n", ethereum(), 2),
        again("good-transactions.json", '[{"to": "0x1", "secretKey" : "0x%s"}]\n', ethereum(), 1),
        again("good-networks.js", "module.exports={networks:{goerli:{url:'x',accounts:['0x%s']}}}\n", ethereum(), 1),
        again("good-accounts.config.js", "module.exports = { networks: { main: {\n  accounts: [\n    // deployer\n    '0x%s',\n    process.env.OTHER,\n  ] } } };\n", ethereum(), 4),
        again("good-deploy.s.sol", "uint256 deployerPrivateKey = 0x%s;\nvm.startBroadcast(deployerPrivateKey);\n", ethereum(), 1),
        again("good-provider.js", "module.exports = new HDWalletProvider('%s', url);\n", ethereum(), 1),
        again("good-signer.rs", 'let wallet = "%s"\n    .parse::<LocalWallet>()?;\n', ethereum(), 1),
        sealed_again("good-keystore-v1.json", '{"crypto":{"cipher":"aes-128-cbc","ciphertext":"' + os.urandom(48).hex() + '","kdf":"scrypt","mac":"' + os.urandom(32).hex() + '"},"version":"1"}\n'),
        near("near-aptos.sh", "aptos init --private-key 0x" + ethereum() + "\n", "a key of another chain"),
        near("near-hash.go", 'want := common.HexToHash("0x' + ethereum() + '")\n', "a hash"),
        near("near-cipher.json", '{"cipher": "aes-128-gcm", "ciphertext": "00ff", "mac": "00"}\n', "some other ciphertext"),
    )
    yield "solana", lambda: (
        near("near-numbers.json", json.dumps(list(range(64))), "no public key in its second half"),
        plain("bad-mismatch.json", json.dumps([(n + 1) % 256 if i == 40 else n for i, n in enumerate(json.loads(read("good-id.json")))]), rule="malformed-private-key", line=1, why="another public key"),
        near("near-public.json", json.dumps(json.loads(read("good-id.json"))[32:] * 2), "public keys"),
    )
    yield "cardano", lambda: (
        plain("bad-length.skey", read("good-payment.skey").replace('"5820', '"581f').replace('"\n}', '"\n}'), rule="malformed-private-key", line=1, why="a wrong length"),
        near("near-payment.vkey", read("good-payment.skey").replace("SigningKey", "VerificationKey"), "a verification key"),
    )
    yield "stellar", lambda: (
        plain("bad-checksum.env", changed(read("good-issuer.env")), rule="malformed-private-key", line=1, why="a wrong checksum"),
        seed_again("good-test.go", 'kp := keypair.MustParseFull("%s")\n', 1),
        seed_again("good-pay.java", 'KeyPair source = KeyPair.fromSecretSeed("%s");\n', 1),
        seed_again("good-pay.py", 'kp = Keypair.from_secret("%s")\n', 1),
        seed_again("good-node.cfg", 'NETWORK_PASSPHRASE="x"\nNODE_SEED="%s self"\n', 2),
        seed_again("good-identity.toml", '# soroban\nsecret_key = "%s"\n', 2),
        seed_again("good-seed.toml", 'secret_seed = "%s"\n', 1),
        near("near-account.env", "STELLAR_ACCOUNT=GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7\n", "an account"),
        near("near-no-name.txt", "the seed is " + read("good-seed.txt") + "\n", "no name before it"),
    )


def main():
    top = os.path.abspath(sys.argv[1])
    for folder, keys in GOOD.items():
        os.makedirs(os.path.join(top, folder), exist_ok=True)
        os.chdir(os.path.join(top, folder))
        for name in os.listdir("."):
            os.remove(name)
        curve = SECP256K1 if folder in ("bitcoin", "bip39", "ethereum") else ED25519
        for form, file, line in keys:
            number = make(form, file)
            ids = record.identity(public(number, curve))
            command = f"node ../make/wallets.mjs {form} {file}"
            record.append(".", file, {"command": command}, [record.key_entry(ids, "private", line)])
        if folder == "ethereum":
            make("ethereum-keystore", "good-keystore.json")
            command = "node ../make/wallets.mjs ethereum-keystore good-keystore.json"
            record.append(".", "good-keystore.json", {"command": command}, [record.key_entry({}, "opaque", 1)])
    for folder, write in others():
        os.chdir(os.path.join(top, folder))
        write()


main()
