"""Makes the folder of encrypted JWKs: keys by openssl, encrypted by jwcrypto.

  jwe.py FOLDER      FOLDER: testdata/jwe
"""

import json
import os
import subprocess
import sys

import record
from jwcrypto import jwe, jwk

# On no list of common ones.
PASS = "thistle-quay-ember-42"


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def key(*options):
    """Returns a new private key as a JWK, and its identity."""
    pem = openssl("genpkey", *options)
    return jwk.JWK.from_pem(pem).export(), record.identity(openssl("pkey", "-pubout", data=pem))


def p256():
    return key("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")


def token(plain, word=PASS, alg="PBES2-HS256+A128KW", enc="A256GCM", cty="jwk+json", **more):
    header = {"alg": alg, "enc": enc, "p2c": 1000} | ({"cty": cty} if cty else {}) | more
    made = jwe.JWE(plain.encode(), json.dumps(header))
    made.add_recipient(jwk.JWK.from_password(word))
    return made


def write(name, text, keys=(), **fields):
    with open(name, "w") as file:
        file.write(text)
    record.append(".", name, {"command": "python3 ../make/jwe.py .", **fields}, keys)


def main():
    os.chdir(sys.argv[1])
    opaque = lambda line=1: [record.key_entry({}, "opaque", line)]
    opened = lambda ids, word, line=1: [record.key_entry(ids, "private", line, **{"opened-with": word})]
    plain, _ = p256()
    write("good-ec-p256.jwe", token(plain).serialize(compact=True) + "\n", opaque())
    write("good-ec-p256-flattened.json", json.dumps(json.loads(token(plain).serialize()), indent=2) + "\n", opaque())
    plain, ids = p256()
    write("good-changeit.jwe", token(plain, "changeit").serialize(compact=True) + "\n", opened(ids, "changeit"))
    plain, ids = p256()
    write("good-changeit-flattened.json", json.dumps({"key": json.loads(token(plain, "changeit", "PBES2-HS384+A192KW", "A192CBC-HS384").serialize())}) + "\n", opened(ids, "changeit"))
    plain, ids = key("-algorithm", "ED25519")
    made = jwe.JWE(plain.encode(), json.dumps({"enc": "A128CBC-HS256", "cty": "jwk+json"}))
    made.add_recipient(jwk.JWK.generate(kty="oct", size=256), header='{"alg": "A256KW"}')
    made.add_recipient(jwk.JWK.from_password("password"), header='{"alg": "PBES2-HS512+A256KW", "p2c": 1000}')
    write("good-password-recipients.json", made.serialize() + "\n", opened(ids, "password"))
    plain, ids = key("-algorithm", "RSA")
    write("good-changeit-set.env", "KEYS=" + token(json.dumps({"keys": [json.loads(plain)]}), "changeit", "PBES2-HS512+A256KW", "A256CBC-HS512", "jwk-set+json").serialize(compact=True) + "\n", opened(ids, "changeit"))
    plain, ids = p256()
    write("good-changeit-deflated.jwe", token(plain, "changeit", enc="A128GCM", zip="DEF").serialize(compact=True) + "\n", opened(ids, "changeit"))
    # Without cty only the password tells that a key is inside.
    plain, ids = p256()
    write("good-changeit-untyped.jwe", token(plain, "changeit", cty=None).serialize(compact=True) + "\n", opened(ids, "changeit"))
    header, wrapped, iv, text, tag = token(plain).serialize(compact=True).split(".")
    write("bad-key-cut.jwe", ".".join([header, wrapped[:-4], iv, text, tag]) + "\n", rule="malformed-private-key", line=1, why="a wrapped key that is too short")
    write("near-untyped.jwe", token(plain, cty=None).serialize(compact=True) + "\n", silent=True, why="under a password, and nothing says that it is a key")
    write("near-claims.jwe", token('{"sub": "a", "iat": 1767607200}', "changeit", cty=None).serialize(compact=True) + "\n", silent=True, why="claims under a known password")
    to = jwk.JWK.generate(kty="RSA", size=2048)
    made = jwe.JWE(plain.encode(), json.dumps({"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "jwk+json"}))
    made.add_recipient(jwk.JWK(**json.loads(to.export_public())))
    write("near-to-somebody.jwe", made.serialize(compact=True) + "\n", silent=True, why="encrypted to a public key")
    write("near-header.md", 'The header {"alg": "PBES2-HS256+A128KW", "cty": "jwk+json"} is encoded.\n', silent=True, why="a sentence")


main()
