"""Writes bad-*: files that are shaped like a key and hold none that works.

Each starts from a fresh key by a reference tool, and exactly one thing in it
is then broken, so that no repair can find the key after all: a wrong modulus,
not a wrong CRT coefficient.

  bad.py FOLDER      FOLDER: testdata/<format>
  bad.py mixed A B   PEM: the RSA key A with the modulus of B, for a key store
  bad.py no-parameters FILE      a BCFKS whose algorithm has NULL for parameters
"""

import base64
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

import der
import record
from jwcrypto.jwk import JWK

PASS = "thistle-quay-ember-42"
N_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def tool(command):
    """Runs a shell line that prints a key."""
    return subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def unpem(data):
    """Returns the bytes in a PEM block."""
    return base64.b64decode(b"".join(line for line in data.splitlines() if line and b"-" not in line and b":" not in line))


def flipped(data, at, bit=0x40):
    """Returns data with one bit turned over."""
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]


def cut(pem, share):
    """Returns a PEM block whose body ends early, its END line in place."""
    lines = pem.splitlines(keepends=True)
    keep = 1 + max(1, int((len(lines) - 2) * share))
    return "".join(lines[:keep] + lines[-1:])


# --- keys in DER, from openssl ----------------------------------------------
def pkcs1(bits=1024):
    return unpem(tool(f"openssl genrsa -traditional {bits}"))


def sec1(curve="prime256v1"):
    return unpem(tool(f"openssl ecparam -name {curve} -genkey -noout"))


def dsa():
    return unpem(tool("openssl dsaparam 1024 | openssl gendsa /dev/stdin | openssl pkey -traditional"))


def pkcs8(arguments):
    return unpem(tool(f"openssl genpkey {arguments} | openssl pkcs8 -topk8 -nocrypt"))


# --- what can be wrong -------------------------------------------------------
def rsa_other_modulus(key, other):
    """n of another key: n != p*q, and d fits neither."""
    a, b = der.items(der.read(key)[1]), der.items(der.read(other)[1])
    a[1] = b[1]
    return der.join(a)


def ec_changed(key, d=None, point=None):
    """SEC1 with another scalar or another point."""
    parts = der.items(der.read(key)[1])
    out = []
    for tag, body in parts:
        if tag == 4 and d is not None:
            body = d.to_bytes(len(body), "big")
        if tag == 0xA1 and point is not None:
            body = der.enc(3, b"\0" + point)
        out.append((tag, body))
    return der.join(out)


def ec_point(key):
    """The public point in a SEC1 key."""
    body = [b for t, b in der.items(der.read(key)[1]) if t == 0xA1][0]
    return der.read(body)[1][1:]


def inside(key, change):
    """PKCS#8 whose inner key went through change()."""
    parts = der.items(der.read(key)[1])
    parts[2] = (4, change(parts[2][1]))
    return der.join(parts)


def with_integer(key, at, value):
    """A SEQUENCE with its INTEGER number `at` replaced."""
    parts = der.items(der.read(key)[1])
    parts[at] = der.items(der.integer(value))[0]
    return der.join(parts)


def overlong(key):
    """The modulus claims to be longer than the SEQUENCE around it."""
    body = der.read(key)[1]
    at = body.index(b"\x02\x81")
    return der.seq(body[:at] + b"\x02\x82\x7f\xff" + body[at + 3 :])


# --- the formats --------------------------------------------------------------
def make_pkcs1():
    key = pkcs1()
    good = record.pem("RSA PRIVATE KEY", key)
    wrong = rsa_other_modulus(key, pkcs1())
    yield "bad-n-not-pq.pem", record.pem("RSA PRIVATE KEY", wrong), "the modulus of another key: n != p*q"
    yield "bad-n-not-pq.der", wrong, "the modulus of another key: n != p*q"
    yield "bad-bit-flipped.pem", record.pem("RSA PRIVATE KEY", flipped(key, 40)), "one bit of n turned over"
    yield "bad-truncated.pem", cut(good, 0.3), "the body ends inside d"
    yield "bad-length.pem", record.pem("RSA PRIVATE KEY", overlong(key)), "an INTEGER is longer than the SEQUENCE around it"
    yield "bad-prime-one.pem", record.pem("RSA PRIVATE KEY", with_integer(with_integer(key, 4, 1), 3, 3)), "p = 1 and d = 3"


def make_sec1():
    key, other = sec1(), sec1()
    point = ec_point(key)
    pem = lambda data: record.pem("EC PRIVATE KEY", data)  # noqa: E731
    mismatch = ec_changed(key, point=ec_point(other))
    yield "bad-q-mismatch.pem", pem(mismatch), "the public point of another key: Q != d*G"
    yield "bad-q-mismatch.der", mismatch, "the public point of another key: Q != d*G"
    yield "bad-q-off-curve.pem", pem(ec_changed(key, point=flipped(point, 64, 1))), "the public point is not on the curve"
    yield "bad-d-zero.pem", pem(ec_changed(key, d=0)), "d = 0"
    yield "bad-d-too-large.pem", pem(ec_changed(key, d=N_P256 + 5)), "d > n, the order of P-256"
    yield "bad-truncated.pem", cut(pem(sec1("secp384r1")), 0.26), "the body ends inside d"
    yield "bad-bit-flipped.pem", pem(flipped(key, 20)), "one bit of d turned over"
    yield "bad-p384-q-mismatch.pem", pem(ec_changed(sec1("secp384r1"), point=ec_point(sec1("secp384r1")))), "Q != d*G on P-384"
    yield "bad-p521-q-mismatch.pem", pem(ec_changed(sec1("secp521r1"), point=ec_point(sec1("secp521r1")))), "Q != d*G on P-521"
    yield "bad-secp256k1-q-mismatch.pem", pem(ec_changed(sec1("secp256k1"), point=ec_point(sec1("secp256k1")))), "Q != d*G on secp256k1"


def make_dsa():
    key, other = dsa(), dsa()
    pem = lambda data: record.pem("DSA PRIVATE KEY", data)  # noqa: E731
    y = der.number(der.items(der.read(other)[1])[4][1])
    yield "bad-y-mismatch.pem", pem(with_integer(key, 4, y)), "y of another key: y != g^x"
    yield "bad-x-zero.pem", pem(with_integer(key, 5, 0)), "x = 0"
    yield "bad-truncated.pem", cut(pem(key), 0.6), "the body ends before x"
    yield "bad-bit-flipped.pem", pem(flipped(key, len(key) - 8)), "one bit of x turned over"


def make_pkcs8():
    rsa = pkcs8("-algorithm RSA -pkeyopt rsa_keygen_bits:1024")
    ec = pkcs8("-algorithm EC -pkeyopt ec_paramgen_curve:P-256")
    ed, ed2 = pkcs8("-algorithm ED25519"), pkcs8("-algorithm ED25519")
    ed448 = pkcs8("-algorithm ED448")
    params = "openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024"
    dsa8 = unpem(tool(f"{params} | openssl genpkey -paramfile /dev/stdin"))
    pem = lambda data: record.pem("PRIVATE KEY", data)  # noqa: E731
    wrong_n = inside(rsa, lambda k: rsa_other_modulus(k, pkcs1()))
    yield "bad-rsa-n-not-pq.pem", pem(wrong_n), "the modulus of another key: n != p*q"
    yield "bad-rsa-n-not-pq.der", wrong_n, "the modulus of another key: n != p*q"
    mismatch = inside(ec, lambda k: ec_changed(k, point=ec_point(sec1())))
    yield "bad-ec-q-mismatch.pem", pem(mismatch), "the public point of another key: Q != d*G"
    yield "bad-ec-q-mismatch.der", mismatch, "the public point of another key: Q != d*G"
    yield "bad-ec-q-off-curve.pem", pem(inside(ec, lambda k: ec_changed(k, point=flipped(ec_point(k), 64, 1)))), "the public point is not on the curve"
    yield "bad-ec-d-zero.pem", pem(inside(ec, lambda k: ec_changed(k, d=0))), "d = 0"
    yield "bad-ec-d-too-large.pem", pem(inside(ec, lambda k: ec_changed(k, d=N_P256 + 5))), "d > n, the order of P-256"
    v2, v2_other = der.items(der.read(der.pkcs8_v2(ed))[1]), der.items(der.read(der.pkcs8_v2(ed2))[1])
    mismatch = der.join(v2[:3] + [v2_other[3]])
    yield "bad-ed25519-v2-mismatch.pem", pem(mismatch), "version 2 with the public key of another seed"
    yield "bad-ed25519-v2-mismatch.der", mismatch, "version 2 with the public key of another seed"
    v2_448 = der.items(der.read(der.pkcs8_v2(ed448))[1])
    v2_448[3] = (v2_448[3][0], flipped(v2_448[3][1], 20))
    yield "bad-ed448-v2-mismatch.pem", pem(der.join(v2_448)), "version 2 with one bit of the public key turned over"
    yield "bad-ed25519-short-seed.pem", pem(inside(ed, lambda k: der.enc(4, der.read(k)[1][:-1]))), "a seed of 31 bytes"
    yield "bad-ed448-seed-of-ed25519.pem", pem(inside(ed448, lambda _: der.items(der.read(ed)[1])[2][1])), "an Ed448 key with a seed of 32 bytes"
    yield "bad-dsa-x-zero.pem", pem(inside(dsa8, lambda _: der.integer(0))), "x = 0"
    yield "bad-rsa-inner-noise.pem", pem(inside(rsa, lambda k: os.urandom(len(k)))), "noise where the RSA key should be"
    yield "bad-truncated.pem", cut(pem(rsa), 0.3), "the body ends inside d"
    yield "bad-bit-flipped.pem", pem(inside(rsa, lambda k: flipped(k, 60))), "one bit of n turned over"
    yield "bad-random-body.pem", pem(os.urandom(1218)), "a body of the usual length that is not DER"


def make_pkcs8_encrypted():
    seal = f"openssl pkcs8 -topk8 -passout pass:{PASS}"
    key = unpem(tool(f"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | {seal} -v2 aes-256-cbc"))
    parts = der.items(der.read(key)[1])
    pem = lambda data: record.pem("ENCRYPTED PRIVATE KEY", data)  # noqa: E731
    changed = lambda body: pem(der.join([parts[0], (4, body)]))  # noqa: E731
    yield "bad-not-whole-blocks.pem", changed(parts[1][1][:-5]), "AES-CBC of a length that is no multiple of 16"
    yield "bad-no-ciphertext.pem", changed(b""), "no encrypted bytes at all"
    yield "bad-truncated.pem", cut(pem(key), 0.5), "the body ends inside the encrypted bytes"
    oid = der.items(parts[0][1])[0]
    yield "bad-no-parameters.pem", pem(der.join([(0x30, der.join([oid])[2:] + der.enc(5, b"")), parts[1]])), "PBES2 with NULL for parameters"
    kdf_at = key.index(bytes.fromhex("06092a864886f70d01050c"))
    yield "bad-salt-length.pem", pem(flipped(key, kdf_at + 14, 0x70)), "the salt claims to be longer than the parameters"


def make_pem_encrypted():
    text = tool(f"openssl genrsa 2048 | openssl rsa -traditional -aes256 -passout pass:{PASS}").decode()
    yield "bad-no-dek-info.pem", re.sub("DEK-Info: .*\n", "", text), "Proc-Type says encrypted, DEK-Info is missing"
    yield "bad-short-iv.pem", re.sub("(DEK-Info: AES-256-CBC,).*", r"\g<1>5A17", text), "an IV of two bytes for AES-256-CBC"
    head, body = text.split("\n\n")
    tail = body.rindex("-----END")
    data = base64.b64decode(body[:tail])[:-7]
    lines = record.pem("X", data).splitlines()[1:-1]
    yield "bad-not-whole-blocks.pem", head + "\n\n" + "\n".join(lines) + "\n" + body[tail:], "AES-CBC of a length that is no multiple of 16"


# --- OpenSSH and PuTTY: strings with a length in front ------------------------
def field(data):
    return struct.pack(">I", len(data)) + data


def fields(data):
    """Splits length-prefixed strings."""
    out = []
    while len(data) >= 4:
        n = struct.unpack(">I", data[:4])[0]
        out.append(data[4 : 4 + n])
        data = data[4 + n :]
    return out


def openssh_key(arguments, secret=""):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "k")
        tool(f"ssh-keygen -q {arguments} -N '{secret}' -C '' -f {path}")
        with open(path, "rb") as file:
            return unpem(file.read())


MAGIC = b"openssh-key-v1\0"


def openssh_split(key):
    """Returns (cipher, kdf, options, public blob, private section)."""
    data = key[len(MAGIC) :]
    out = []
    for _ in range(3):
        n = struct.unpack(">I", data[:4])[0]
        out.append(data[4 : 4 + n])
        data = data[4 + n :]
    return (*out, *fields(data[4:]))


def openssh_join(cipher, kdf, options, public, private):
    return record.pem(
        "OPENSSH PRIVATE KEY", MAGIC + field(cipher) + field(kdf) + field(options) + struct.pack(">I", 1) + field(public) + field(private), 70
    )


def padded(check, parts, block=8):
    """Returns a private section: the check twice, the fields, 1 2 3 padding."""
    body = check + b"".join(field(p) for p in parts)
    return body + bytes(range(1, 1 + (-len(body)) % block))


def openssh_numbers(private, count):
    return private[:8], fields(private[8:])[:count]


def make_openssh():
    one, two = openssh_split(openssh_key("-t ed25519")), openssh_split(openssh_key("-t ed25519"))
    yield "bad-ed25519-public-mismatch", openssh_join(*one[:3], two[3], one[4]), "the clear public half is another key's"
    check, parts = openssh_numbers(one[4], 4)
    parts[2] = flipped(parts[2], 5)
    yield "bad-ed25519-seed-flipped", openssh_join(*one[:4], padded(check, parts)), "one bit of the seed turned over"
    rsa, rsa2 = openssh_split(openssh_key("-t rsa -b 1024")), openssh_split(openssh_key("-t rsa -b 1024"))
    check, parts = openssh_numbers(rsa[4], 8)
    parts[1] = openssh_numbers(rsa2[4], 8)[1][1]
    yield "bad-rsa-n-not-pq", openssh_join(*rsa[:3], rsa2[3], padded(check, parts)), "the modulus of another key, inside and outside"
    ec, ec2 = openssh_split(openssh_key("-t ecdsa -b 256")), openssh_split(openssh_key("-t ecdsa -b 256"))
    check, parts = openssh_numbers(ec[4], 5)
    parts[2] = openssh_numbers(ec2[4], 5)[1][2]
    yield "bad-ecdsa-256-q-mismatch", openssh_join(*ec[:3], ec2[3], padded(check, parts)), "the point of another key, inside and outside"
    yield "bad-rsa-truncated", cut(record.pem("OPENSSH PRIVATE KEY", openssh_key("-t rsa -b 2048"), 70), 0.4), "the body ends inside d"
    yield "bad-ed25519-truncated", cut(record.pem("OPENSSH PRIVATE KEY", openssh_key("-t ed25519"), 70), 0.5), "the body ends before the seed"
    sealed = openssh_split(openssh_key("-t ed25519 -Z aes256-ctr", PASS))
    yield "bad-encrypted-not-whole-blocks", openssh_join(*sealed[:4], sealed[4][:-3]), "an encrypted section that is no multiple of 16"
    yield "bad-encrypted-empty", openssh_join(*sealed[:4], b""), "encrypted, and nothing in the encrypted section"
    yield "bad-encrypted-no-kdf-options", openssh_join(*sealed[:2], b"", *sealed[3:]), "bcrypt without salt and rounds"


def ppk_text(arguments, parameters="version=3", secret=""):
    return tool(
        f"bash -c \"puttygen -q {arguments} --random-device /dev/urandom -C ada@laptop.example --ppk-param {parameters}"
        f" --new-passphrase <(printf %s '{secret}') -o /dev/stdout\""
    ).decode()


def ppk_blob(text, name):
    """Returns the bytes of Public-Lines or Private-Lines."""
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(name))
    count = int(lines[at].split()[1])
    return base64.b64decode("".join(lines[at + 1 : at + 1 + count]))


def ppk_with(text, name, blob):
    """Returns the file with other bytes in Public-Lines or Private-Lines."""
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(name))
    count = int(lines[at].split()[1])
    body = record.pem("X", blob).splitlines()[1:-1]
    return "\n".join(lines[:at] + [f"{name}: {len(body)}"] + body + lines[at + 1 + count :]) + "\n"


def make_ppk():
    one, two = ppk_text("-t ed25519"), ppk_text("-t ed25519")
    yield "bad-v3-ed25519-public-mismatch.ppk", ppk_with(one, "Public-Lines", ppk_blob(two, "Public-Lines")), "the public lines of another key"
    private = flipped(ppk_blob(one, "Private-Lines"), 9)
    yield "bad-v3-ed25519-bit-flipped.ppk", ppk_with(one, "Private-Lines", private), "one bit of the seed turned over"
    rsa = ppk_text("-t rsa -b 1024", "version=2")
    other = ppk_text("-t rsa -b 1024", "version=2")
    yield "bad-v2-rsa-n-not-pq.ppk", ppk_with(rsa, "Public-Lines", ppk_blob(other, "Public-Lines")), "the modulus of another key: n != p*q"
    lines = rsa.splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.startswith("Private-Lines"))
    yield "bad-v2-rsa-truncated.ppk", "".join(lines[: at + 3]), "the file ends two lines into Private-Lines"
    ec, ec2 = ppk_text("-t ecdsa -b 256"), ppk_text("-t ecdsa -b 256")
    yield "bad-v3-ecdsa-256-q-mismatch.ppk", ppk_with(ec, "Private-Lines", ppk_blob(ec2, "Private-Lines")), "the scalar of another key: Q != d*G"
    sealed = ppk_text("-t ed25519", secret=PASS)
    yield "bad-v3-encrypted-not-whole-blocks.ppk", ppk_with(sealed, "Private-Lines", ppk_blob(sealed, "Private-Lines")[:-5]), "AES-CBC of a length that is no multiple of 16"
    yield "bad-v3-encrypted-no-salt.ppk", re.sub("Argon2-Salt: .*\n", "", sealed), "Argon2 without its salt"


def make_jwk():
    def key(**kind):
        return JWK.generate(**kind).export(as_dict=True)

    def flip(value, at=3):
        data = base64.urlsafe_b64decode(value + "==")
        return base64.urlsafe_b64encode(flipped(data, at)).rstrip(b"=").decode()

    rsa, rsa2 = key(kty="RSA", size=1024), key(kty="RSA", size=1024)
    ec, ec2 = key(kty="EC", crv="P-256"), key(kty="EC", crv="P-256")
    ed, ed2 = key(kty="OKP", crv="Ed25519"), key(kty="OKP", crv="Ed25519")
    k1, k2 = key(kty="EC", crv="secp256k1"), key(kty="EC", crv="secp256k1")
    zero = base64.urlsafe_b64encode(bytes(32)).rstrip(b"=").decode()
    for name, broken, why in (
        ("rsa-n-not-pq", rsa | {"n": rsa2["n"]}, "the modulus of another key: n != p*q"),
        ("rsa-no-crt-d-mismatch", {m: rsa[m] for m in ("kty", "n", "e")} | {"d": rsa2["d"]}, "d of another key, and no primes to tell"),
        ("ec-p256-q-mismatch", ec | {"x": ec2["x"], "y": ec2["y"]}, "the public point of another key: Q != d*G"),
        ("ec-p256-q-off-curve", ec | {"y": flip(ec["y"])}, "the public point is not on the curve"),
        ("ec-p256-d-zero", ec | {"d": zero}, "d = 0"),
        ("ec-p256-d-truncated", ec | {"d": ec["d"][:20]}, "half of d is missing"),
        ("ec-secp256k1-q-mismatch", k1 | {"d": k2["d"]}, "the scalar of another key: Q != d*G"),
        ("ed25519-x-mismatch", ed | {"x": ed2["x"]}, "the public key of another seed"),
        ("ed25519-d-flipped", ed | {"d": flip(ed["d"])}, "one bit of the seed turned over"),
    ):
        yield f"bad-{name}.jwk", json.dumps(broken, indent=2) + "\n", why


def mixed(a, b):
    """An RSA key whose numbers are of one key and whose modulus of another."""
    first, second = (unpem(open(path, "rb").read()) for path in (a, b))
    return record.pem("RSA PRIVATE KEY", rsa_other_modulus(first, second)).encode()


def no_parameters(path):
    """A BCFKS with NULL where the parameters of PBES2 stand."""
    with open(path, "rb") as file:
        store = der.items(der.read(file.read())[1])
    content = der.items(store[0][1])
    algorithm = der.items(content[0][1])
    content[0] = (0x30, b"".join(der.enc(*part) for part in [algorithm[0], (5, b"")]))
    store[0] = (0x30, b"".join(der.enc(*part) for part in content))
    return der.join(store)


def main():
    folder = sys.argv[1]
    if folder in ("mixed", "no-parameters"):
        sys.stdout.buffer.write(globals()[folder.replace("-", "_")](*sys.argv[2:]))
        return
    name = os.path.basename(os.path.abspath(folder))
    for file, content, why in globals()["make_" + name.replace("-", "_")]():
        data = content if isinstance(content, bytes) else content.encode()
        with open(os.path.join(folder, file), "wb") as out:
            out.write(data)
        record.append(folder, file, {"command": f"python3 ../make/bad.py ../{name}", "rule": "malformed-private-key", "line": 1, "why": why})


if __name__ == "__main__":
    main()
