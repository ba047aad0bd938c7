"""Writes testdata/key-numbers: keys as the values of which source code makes them.

  key_numbers.py FOLDER

Keys are openssl's; the texts around them are written as the documentation of each library does.
"""

import base64
import os
import sys

import record
from cryptography.hazmat.primitives import serialization
from tools import big, new_ec, new_rsa, pem

folder = sys.argv[1]
COMMAND = "python3 ../make/key_numbers.py ."


def write(file, text):
    with open(os.path.join(folder, file), "w") as out:
        out.write(text)


def good(file, text, key, line):
    write(file, text)
    ids = record.identity(pem(key.public_key()))
    record.append(folder, file, {"command": COMMAND}, [record.key_entry(ids, "private", line)])


def near(file, text, why):
    write(file, text)
    record.append(folder, file, {"command": COMMAND, "silent": True, "why": why})


def rsa(bits=1024):
    """A key and its numbers: n, e, d, p, q, dp, dq, qi."""
    key = new_rsa(bits)
    secret = key.private_numbers()
    public = secret.public_numbers
    return key, (public.n, public.e, secret.d, secret.p, secret.q, secret.dmp1, secret.dmq1, secret.iqmp)


def ec(curve="prime256v1"):
    """A key, its scalar and its coordinates."""
    key = new_ec(curve)
    secret = key.private_numbers()
    return key, secret.private_value, secret.public_numbers.x, secret.public_numbers.y


def std(number, length=None):
    return base64.b64encode(big(number, length)).decode()


def url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def vapid():
    key, d, x, y = ec()
    return key, url(b"\4" + big(x, 32) + big(y, 32)), url(big(d, 32))


def java(numbers, name="RSAPrivateCrtKeySpec"):
    values = ",\n".join(f'    new BigInteger("{number:x}", 16)' for number in numbers)
    return f"RSAPrivateKeySpec spec = new {name}(\n{values});\n"


def arrays(names, numbers):
    rows = []
    for name, number in zip(names, numbers):
        values = ", ".join(f"0x{byte:02x}" for byte in big(number))
        rows.append(f"    {name} = new byte[] {{ {values} }},\n")
    return "var key = RSA.Create(new RSAParameters\n{\n" + "".join(rows) + "});\n"


NAMES = ["Modulus", "Exponent", "D", "P", "Q", "DP", "DQ", "InverseQ"]

# --- RSA -----------------------------------------------------------------------
key, numbers = rsa()
good("good-crt-spec.java", java(numbers), key, 2)
key, (n, e, d, *_) = rsa()
good("good-private-spec.java", f'KeySpec spec = new RSAPrivateKeySpec(\n    new BigInteger("{n}"),\n    new BigInteger("{d}"));\n', key, 2)
key, numbers = rsa(2048)
rows = "".join(f'    {name} = Convert.FromBase64String("{std(number)}"),\n' for name, number in zip(NAMES, numbers))
good("good-parameters.cs", "var parameters = new RSAParameters\n{\n" + rows + "};\n", key, 3)
key, numbers = rsa()
good("good-bytes.cs", arrays(NAMES, numbers), key, 3)
key, (n, e, d, p, q, *_) = rsa()
good("good-rsa.go", f"""\
var key = &rsa.PrivateKey{{
	PublicKey: rsa.PublicKey{{
		N: fromBase10("{n}"),
		E: {e},
	}},
	D: fromBase10("{d}"),
	Primes: []*big.Int{{
		fromBase10("{p}"),
		fromBase10("{q}"),
	}},
}}
""", key, 3)
key, (n, e, d, *_) = rsa()
good("good-construct.py", f"from Crypto.PublicKey import RSA\n\nkey = RSA.construct(({n}, {e}, {d}))\n", key, 3)
key, (n, e, d, p, q, *_) = rsa()
good("good-private-numbers.py", f"""\
n = 0x{n:x}
e = 0x{e:x}
d = 0x{d:x}
p = 0x{p:x}
q = 0x{q:x}
key = rsa.RSAPrivateNumbers(
    p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), rsa.RSAPublicNumbers(e, n)
).private_key()
""", key, 1)
key, (n, e, d, p, q, *_) = rsa()


def literals(number):
    digits = f"{number:X}"
    return " \\\n    ".join(f'"{digits[i : i + 64]}"' for i in range(0, len(digits), 64))


good("good-defines.h", "".join(f"#define RSA_{name} {literals(number)}\n" for name, number in zip("NEDPQ", (n, e, d, p, q))), key, 1)
key, numbers = rsa()
text = ",\n".join(f'  "{name}": "{big(number).hex()}"' for name, number in zip("nedpq", numbers))
good("good-numbers.json", "{\n" + text + "\n}\n", key, 2)
key, (n, e, d, *_) = rsa()
good("good-exponent.swift", f'let modulus = "{url(big(n))}"\nlet privateExponent = "{url(big(d))}"\nlet publicExponent = "AQAB"\n', key, 1)
key, (n, e, d, p, q, *_) = rsa()
coloned = [":".join(f"{byte:02x}" for byte in big(number)) for number in (n, p, q)]
good("good-primes.txt", f"RSAKeyParameters\nmodulus {coloned[0]}\ne 65537\np {coloned[1]}\nq {coloned[2]}\n", key, 2)

# --- EC ------------------------------------------------------------------------
key, d, x, y = ec()
good("good-ecdsa.go", f"""\
priv := &ecdsa.PrivateKey{{
	PublicKey: ecdsa.PublicKey{{
		Curve: elliptic.P256(),
		X:     hexInt("{x:064x}"),
		Y:     hexInt("{y:064x}"),
	}},
	D: hexInt("{d:064x}"),
}}
""", key, 7)
key, d, x, y = ec()
good("good-ec-parameters.cs", f"""\
var parameters = new ECParameters
{{
    Curve = ECCurve.NamedCurves.nistP256,
    D = Convert.FromBase64String("{std(d, 32)}"),
    Q = new ECPoint {{ X = Convert.FromBase64String("{std(x, 32)}"), Y = Convert.FromBase64String("{std(y, 32)}") }}
}};
""", key, 4)
key, d, x, y = ec("secp384r1")
good("good-ec-p384.py", f"""\
numbers = ec.EllipticCurvePrivateNumbers(
    private_value={d},
    public_numbers=ec.EllipticCurvePublicNumbers(
        x={x},
        y={y},
        curve=ec.SECP384R1(),
    ),
)
""", key, 2)
key, d, x, y = ec("secp256k1")
form = 2 + (y & 1)
good("good-compressed.rs", f'// secp256k1\nconst SECRET: &str = "{d:064x}";\nconst PUBLIC: &str = "{form:02x}{x:064x}";\n', key, 2)
key, d, x, y = ec("secp521r1")
good("good-ec.js", f'// secp521r1\nvar pub = "04{x:0132x}{y:0132x}";\nvar prv = "{d:0132x}";\n', key, 3)

# --- Web Push ------------------------------------------------------------------
key, public, secret = vapid()
good("good-vapid.env", f"VAPID_SUBJECT=mailto:ada@example.com\nVAPID_PUBLIC_KEY={public}\nVAPID_PRIVATE_KEY={secret}\n", key, 3)
key, public, secret = vapid()
good("good-vapid.js", f"webpush.setVapidDetails(\n  'mailto:ada@example.com',\n  '{public}',\n  '{secret}'\n);\n", key, 4)
key, public, secret = vapid()
good("good-vapid.json", f'{{\n  "publicKey": "{public}",\n  "privateKey": "{secret}"\n}}\n', key, 3)
key, public, secret = vapid()
good("good-vapid.yml", f'vapid:\n  public_key: "{public}"\n  private_key: "{secret}"\n', key, 3)

# --- Numbers of no key -----------------------------------------------------------
_, (n, e, d, p, q, dp, dq, qi) = rsa()
write("bad-exponents.java", java((n, 3, d ^ 16, p, q, dp ^ 16, dq ^ 16, qi)))
record.append(folder, "bad-exponents.java", {"command": COMMAND, "rule": "malformed-private-key", "line": 2, "why": "the primes make the modulus, and no exponent fits them"})

_, (n, e, *_) = rsa()
near("near-public.cs", f'var parameters = new RSAParameters\n{{\n    Modulus = Convert.FromBase64String("{std(n)}"),\n    Exponent = Convert.FromBase64String("AQAB"),\n}};\n', "the public half alone")
(_, one), (_, two), (_, three) = rsa(), rsa(), rsa()
near("near-three-keys.java", java((one[0], one[1], two[2], three[3], three[4], three[5], three[6], three[7])), "numbers of three keys")
(_, public, _), (_, _, secret) = vapid(), vapid()
near("near-two-pairs.js", f"webpush.setVapidDetails(\n  'mailto:ada@example.com',\n  '{public}',\n  '{secret}'\n);\n", "halves of two pairs")
_, d, *_ = ec()
near("near-alone.go", f'priv := &ecdsa.PrivateKey{{D: hexInt("{d:064x}")}}\n', "a number without its point: nothing says that it is a key")
