r"""Writes the folders of the formats that signing tools, GnuPG, Windows and
name servers have of their own: good-*, bad-* and near-*.

Keys come from the tools themselves where they are installed (gpg, puttygen,
minisign, signify, age-keygen, openssl); the containers of the others are
written here, around a key of openssl. Public halves are those that the tool
shows (`gpg --list-packets`, `minisign -R`, `age-keygen -y`) or openssl's.

  tools.py FOLDER      FOLDER: testdata/<format>
"""

import base64
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

import near
import record
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519

PASS = "thistle-quay-ember-42"
OTHER = "--quiet --batch --pinentry-mode loopback --trust-model always"


def shell(command, folder=None, data=None):
    """Runs shell lines in a folder, by default one that is thrown away."""
    with tempfile.TemporaryDirectory(dir=record.SCRATCH) as scratch:
        env = os.environ | {"GNUPGHOME": os.path.join(scratch, "g"), "PASS": PASS}
        os.mkdir(env["GNUPGHOME"], 0o700)
        done = subprocess.run(["bash", "-ec", command], cwd=folder or scratch, env=env, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        subprocess.run(["gpgconf", "--kill", "all"], env=env, stderr=subprocess.DEVNULL)
        if done.returncode:
            sys.exit(f"tools.py: {command}: {done.stderr.decode(errors='replace')}")
        return done.stdout


def pem(public):
    """SPKI PEM of a cryptography key, as record.py takes it."""
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class Folder:
    def __init__(self, path):
        self.path, self.name = path, os.path.basename(os.path.abspath(path))

    def write(self, file, data):
        with open(os.path.join(self.path, file), "wb") as out:
            out.write(data if isinstance(data, bytes) else data.encode())

    def good(self, file, data, publics, command=None, proof="private", line=1):
        """Records a file; publics: SPKI PEMs, or secrets of HMAC keys as bytes."""
        self.write(file, data)
        command = command or f"python3 ../make/tools.py ../{self.name}"
        keys = [record.key_entry({}, proof, line)] if proof == "opaque" else []
        lines = line if isinstance(line, list) else [line] * len(publics)
        for public, line in zip(publics, lines) if proof != "opaque" else []:
            if isinstance(public, HmacKey):
                keys.append(record.key_entry(record.symmetric_identity(public.secret), "context", line))
            else:
                keys.append(record.key_entry(record.identity(public), proof, line))
        record.append(self.path, file, {"command": command}, keys)

    def bad(self, file, data, why, line=1):
        self.write(file, data)
        fields = {"command": f"python3 ../make/tools.py ../{self.name}", "rule": "malformed-private-key", "line": line, "why": why}
        record.append(self.path, file, fields)

    def near(self, file, data, why):
        self.write(file, data)
        record.append(self.path, file, {"command": f"python3 ../make/tools.py ../{self.name}", "silent": True, "why": why})


class HmacKey:
    def __init__(self, secret):
        self.secret = secret


def new_rsa(bits=2048):
    return serialization.load_pem_private_key(shell(f"openssl genrsa {bits}"), None)


def new_ec(curve="prime256v1"):
    return serialization.load_pem_private_key(shell(f"openssl ecparam -name {curve} -genkey -noout"), None)


def new_ed():
    return serialization.load_pem_private_key(shell("openssl genpkey -algorithm ED25519"), None)


def raw(key):
    """Seed and public key."""
    seed = key.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    return seed, key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def flipped(data, at, bit=0x10):
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]


def big(number, length=None):
    return number.to_bytes(length or (number.bit_length() + 7) // 8, "big")


def b64(data):
    return base64.b64encode(data).decode()


# --- OpenPGP and gpg-agent -----------------------------------------------------
def packet_numbers(data):
    """What `gpg --list-packets` says of each secret key: algorithm, public MPIs."""
    listing = shell("gpg -vv --debug 0x02 --list-packets 2>&1 || true", data=data).decode(errors="replace")
    keys = []
    for part in re.split(r"(?=:secret (?:sub )?key packet:)", listing)[1:]:
        fields = re.findall(r"^\s+pkey\[\d+\]: ([0-9A-F]+)", part, re.M)
        algorithm = int(re.search(r"algo (\d+)", part)[1])
        stub = "gnu-dummy" in part or "gnu-divert" in part
        keys.append((algorithm, [bytes.fromhex(f) if len(f) % 2 == 0 else bytes.fromhex("0" + f) for f in fields], stub))
    return keys


CURVES = {
    "2A8648CE3D030107": ec.SECP256R1, "2B81040022": ec.SECP384R1, "2B81040023": ec.SECP521R1,
    "2B8104000A": ec.SECP256K1, "2B2403030208010107": ec.BrainpoolP256R1,
}


def pgp_lines(data):
    """The line breaks before each key, as of any binary file."""
    listing = shell("gpg --list-packets 2>&1 || true", data=data).decode(errors="replace")
    offsets = re.findall(r"# off=(\d+) .*\n:secret ", listing)
    return [1 + data[: int(at)].count(b"\n") for at in offsets]


def pgp_publics(data):
    """SPKI of every key that is not a stub, by the numbers that gpg lists."""
    publics = []
    for algorithm, n, stub in packet_numbers(data):
        if stub:
            continue
        number = [int.from_bytes(x, "big") for x in n]
        if algorithm == 1:
            publics.append(pem(rsa.RSAPublicNumbers(number[1], number[0]).public_key()))
        elif algorithm == 17:
            parameters = dsa.DSAParameterNumbers(*number[:3])
            publics.append(pem(dsa.DSAPublicNumbers(number[3], parameters).public_key()))
        elif algorithm == 22:
            publics.append(pem(ed25519.Ed25519PublicKey.from_public_bytes(n[1][1:])))
        elif algorithm in (18, 19):
            oid = n[0][1:].hex().upper()
            if oid in CURVES:
                publics.append(pem(ec.EllipticCurvePublicKey.from_encoded_point(CURVES[oid](), n[1])))
            else:
                publics.append(pem(x25519.X25519PublicKey.from_public_bytes(n[1][1:])))
        elif algorithm != 16:
            sys.exit(f"tools.py: algorithm {algorithm}")
    return publics or sys.exit("tools.py: gpg lists no key")


def gpg_key(kind, sub=None, secret="", uses="sign", export="--export-secret-keys", armor=False):
    """Shell lines that make a key and print it."""
    quiet = f"gpg {OTHER} --passphrase '{secret}'"
    lines = f"{quiet} --quick-gen-key ada@laptop.example {kind} {uses} never 2>/dev/null; "
    if sub:
        lines += f"{quiet} --quick-add-key $(gpg --with-colons -K | grep -m1 ^fpr | cut -d: -f10) {sub} never 2>/dev/null; "
    return lines + f"{quiet} {'--armor ' if armor else ''}{export}"


def make_openpgp(to):
    def good(name, proof="private", **how):
        armor = name.endswith(".asc")
        secret = PASS if proof == "sealed" else ""
        command = gpg_key(secret=secret, armor=armor, **how)
        data = shell(command)
        to.good(name, data, pgp_publics(data), f"{command} >{name}", proof, 1 if armor else pgp_lines(data))

    good("good-rsa-2048.gpg", kind="rsa2048")
    good("good-rsa-3072.asc", kind="rsa3072")
    good("good-rsa-2048-encryption-subkey.gpg", kind="rsa2048", sub="rsa2048 encr")
    good("good-ed25519-cv25519.asc", kind="ed25519", sub="cv25519 encr")
    good("good-ed25519.gpg", kind="ed25519")
    good("good-nistp256.asc", kind="nistp256", sub="nistp256 encr")
    good("good-nistp384.gpg", kind="nistp384")
    good("good-nistp521.asc", kind="nistp521")
    good("good-secp256k1.asc", kind="secp256k1")
    good("good-brainpoolp256r1.asc", kind="brainpoolP256r1")
    good("good-dsa-2048-elgamal.asc", kind="dsa2048", sub="elg2048 encr")
    good("good-rsa-2048-encrypted.gpg", "sealed", kind="rsa2048")
    good("good-rsa-2048-encrypted.asc", "sealed", kind="rsa2048", sub="rsa2048 encr")
    good("good-ed25519-encrypted.asc", "sealed", kind="ed25519", sub="cv25519 encr")
    good("good-offline-primary.asc", kind="ed25519", sub="rsa2048 sign", uses="cert", export="--export-secret-subkeys")

    # gpg cannot write these: the new packet format, and version 3 and 6.
    key = new_rsa()
    numbers, public = key.private_numbers(), pem(key.public_key())
    n, e = numbers.public_numbers.n, numbers.public_numbers.e
    p, q = sorted((numbers.p, numbers.q))

    def mpi(number):
        return struct.pack(">H", number.bit_length()) + big(number)

    def packet(body, tag=5):
        return bytes([0xC0 | tag, 0xFF]) + struct.pack(">I", len(body)) + body

    secret = b"".join(mpi(x) for x in (numbers.d, p, q, pow(p, -1, q)))
    checksum = struct.pack(">H", sum(secret) & 0xFFFF)
    v4 = b"\4" + bytes(4) + b"\1" + mpi(n) + mpi(e) + b"\0" + secret + checksum
    v3 = b"\3" + bytes(4) + bytes(2) + b"\1" + mpi(n) + mpi(e) + b"\0" + secret + checksum
    to.good("good-v4-new-packet.gpg", packet(v4), [public])
    to.good("good-v3.gpg", packet(v3), [public])
    seed, point = raw(ed := new_ed())
    v6 = b"\6" + bytes(4) + b"\x1b" + struct.pack(">I", 32) + point + b"\0" + seed
    to.good("good-v6-ed25519.asc", record.pem("PGP PRIVATE KEY BLOCK", packet(v6)), [pem(ed.public_key())])

    to.bad("bad-rsa-bit-flipped.gpg", flipped(shell(gpg_key("rsa2048")), 300), "one bit of d turned over")
    text = shell(gpg_key("rsa2048", armor=True)).decode()
    body = base64.b64decode(text.split("\n\n")[1].split("\n=")[0])
    text = record.pem("PGP PRIVATE KEY BLOCK", flipped(body, 700))
    to.bad("bad-rsa-bit-flipped.asc", text, "one bit of a prime turned over")
    for file, content, why in near.armour("PGP PRIVATE KEY BLOCK", "lQOYBGXn5nEBCADH"):
        to.near(file, content, why)
    publics = gpg_key("rsa2048", export="--export")
    to.near("near-public.gpg", shell(publics), "a public key")
    to.near("near-public.asc", shell(gpg_key("ed25519", sub="cv25519 encr", export="--export", armor=True)), "a public key, armored")
    to.near("near-signature.asc", shell(gpg_key("ed25519") + f" >/dev/null; echo hello | gpg {OTHER} --armor --detach-sign"), "a signature")
    to.near("near-message.gpg", shell(f"echo hello | gpg {OTHER} --passphrase $PASS --symmetric"), "an encrypted message")
    stub = b"\4" + bytes(4) + b"\x1b" + point + b"\xfe\x09\x65\x00GNU\x01"
    to.near("near-gnu-dummy.gpg", packet(stub), "a primary key whose secret is elsewhere")
    card = b"\4" + bytes(4) + b"\x1b" + point + b"\xff\x09\x65\x00GNU\x02\x06\xd2\x76\x00\x01\x24\x01"
    to.near("near-card.gpg", packet(card), "a key whose secret is on a card")
    to.near("near-random.gpg", b"\x95\x03\x98\x04" + os.urandom(916), "the first bytes of a key and noise")


def make_gpg_agent(to):
    def stored(command):
        """The files that gpg-agent keeps after a command, in the order of -K."""
        listing = "; for g in $(gpg --with-colons --with-keygrip -K | grep ^grp | cut -d: -f10); do base64 -w0 $GNUPGHOME/private-keys-v1.d/$g.key; echo; done"
        lines = shell(command + " >x.gpg" + listing + "; base64 -w0 x.gpg").decode().split("\n")
        return [base64.b64decode(line) for line in lines[:-1]], pgp_publics(base64.b64decode(lines[-1]))

    def key_line(file):
        return 1 + file[: file.index(b"(")].count(b"\n")

    save = '; cp "$GNUPGHOME"/private-keys-v1.d/*.key '
    for kind, sub in (("rsa2048", None), ("ed25519", "cv25519 encr"), ("nistp256", None), ("nistp384", None), ("brainpoolP256r1", None), ("dsa2048", None)):
        for secret, proof in (("", "private"), (PASS, "sealed")):
            command = gpg_key(kind, sub, secret)
            files, publics = stored(command)
            for file, public, name in zip(files, publics, (kind, "cv25519")):
                name = f"good-{name.lower()}{'-protected' if secret else ''}.key"
                to.good(name, file, [public], command.rsplit(";", 1)[0] + save + name, proof, key_line(file))
    # A key without passphrase, imported: `protected`, by `protection none`.
    for kind in ("rsa2048", "ed25519"):
        key = shell(gpg_key(kind))
        listing = f"gpg {OTHER} --import 2>/dev/null; cat $GNUPGHOME/private-keys-v1.d/*.key"
        file = shell(listing, data=key)
        to.good(f"good-{kind}-imported.key", file, pgp_publics(key), f"gpg --batch --import KEY{save}good-{kind}-imported.key", line=key_line(file))

    # The extended format of GnuPG 2.3, by agent/keyformat.txt.
    def extended(expression):
        text = "Key: " + expression
        lines = [text[:64]] + [" " + text[i : i + 63] for i in range(64, len(text), 63)]
        return "Created: 20240305T101112\n" + "\n".join(lines) + "\n"

    def signed(number):
        return "#" + big(number, number.bit_length() // 8 + 1).hex().upper() + "#"

    key = new_rsa()
    numbers = key.private_numbers()
    n, e = numbers.public_numbers.n, numbers.public_numbers.e
    p, q = sorted((numbers.p, numbers.q))
    values = {"n": n, "e": e, "d": numbers.d, "p": p, "q": q, "u": pow(p, -1, q)}
    rsa_text = "".join(f"({name} {signed(value)})" for name, value in values.items())
    to.good("good-rsa-2048-extended.key", extended(f"(private-key (rsa {rsa_text}))"), [pem(key.public_key())], line=2)
    seed, point = raw(key := new_ed())
    ecc = f"(private-key (ecc (curve Ed25519)(flags eddsa)(q #40{point.hex().upper()}#)(d #{seed.hex().upper()}#)))"
    to.good("good-ed25519-extended.key", extended(ecc), [pem(key.public_key())], line=2)

    other = new_rsa().private_numbers().public_numbers.n
    wrong = rsa_text.replace(signed(n), signed(other))
    to.bad("bad-rsa-n-not-pq.key", extended(f"(private-key (rsa {wrong}))"), "the modulus of another key: n != p*q", line=2)
    to.bad("bad-ed25519-q-mismatch.key", ecc.replace(point.hex().upper(), raw(new_ed())[1].hex().upper()), "the point of another key")
    shadow = f"(20:shadowed-private-key(3:ecc(5:curve7:Ed25519)(5:flags5:eddsa)(1:q33:@".encode() + point
    to.near("near-shadowed.key", shadow + b")(8:shadowed5:t1-v1(16:" + bytes(16) + b"9:OPENPGP.1))))", "a key on a card")
    public = f"(public-key (rsa (n {signed(n)})(e {signed(e)})))\n"
    to.near("near-public.txt", public, "a public key")
    to.near("near-docs.md", "The file begins with `(11:private-key(` or\n`(private-key (rsa (n #00…#)(e …)))`, or `(21:protected-private-key(`.\n", "sentences about the format")
    to.near("near-code.c", 'gcry_sexp_build (&s, NULL, "(private-key(rsa(n%m)(e%m)(d%m)(p%m)(q%m)(u%m)))", n, e, d, p, q, u);\n', "code that builds one")


# --- Windows -------------------------------------------------------------------
def windows(key):
    """The numbers of an RSA key in the order of a blob, big-endian."""
    private = key.private_numbers()
    public, size = private.public_numbers, key.key_size // 8
    half = size // 2
    return {
        "n": big(public.n, size), "p": big(private.p, half), "q": big(private.q, half), "dp": big(private.dmp1, half),
        "dq": big(private.dmq1, half), "qi": big(private.iqmp, half), "d": big(private.d, size), "e": public.e,
    }


def capi_blob(key, algorithm=0x2400, private=True):
    numbers, bits = windows(key), key.key_size
    head = struct.pack("<BBHI", 7 if private else 6, 2, 0, algorithm) + (b"RSA2" if private else b"RSA1")
    head += struct.pack("<II", bits, numbers["e"]) + numbers["n"][::-1]
    if not private:
        return head
    return head + b"".join(numbers[x][::-1] for x in ("p", "q", "dp", "dq", "qi", "d"))


def make_capi(to):
    for bits in (1024, 2048, 4096):
        key = new_rsa(bits)
        to.good(f"good-rsa-{bits}.snk", capi_blob(key), [pem(key.public_key())])
    key = new_rsa()
    # openssl writes the same blob.
    with tempfile.NamedTemporaryFile(dir=record.SCRATCH) as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))
        file.flush()
        pvk = shell(f"openssl rsa -in {file.name} -outform PVK -pvk-none -out k.pvk 2>/dev/null; cat k.pvk")
    to.good("good-rsa-2048-openssl.blob", pvk[24:], [pem(key.public_key())], "openssl genrsa 2048 | openssl rsa -outform PVK -pvk-none | tail -c +25 >good-rsa-2048-openssl.blob")
    key = new_rsa()
    to.good("good-exchange.blob", capi_blob(key, 0xA400), [pem(key.public_key())])
    key = new_rsa()
    config = f'<configuration>\n  <appSettings>\n    <add key="CspBlob" value="{b64(capi_blob(key))}" />\n  </appSettings>\n</configuration>\n'
    to.good("good-app.config", config, [pem(key.public_key())], line=3)
    blob = capi_blob(key)
    to.bad("bad-n-not-pq.snk", blob[:20] + capi_blob(new_rsa())[20:276] + blob[276:], "the modulus of another key: n != p*q")
    to.near("near-public.snk", capi_blob(key, private=False), "a public key blob")
    to.near("near-public-assembly.snk", struct.pack("<III", 0x2400, 0x8004, 276) + capi_blob(key, private=False), "the public key of an assembly")
    to.near("near-truncated.snk", blob[:200], "a blob that ends inside its modulus")
    to.near("near-magic.c", '#define MAGIC "RSA2"\nstatic const char head[] = "\\x07\\x02\\x00\\x00\\x00\\x24\\x00\\x00RSA2";\n', "the magic in a program")


def make_pvk(to):
    for bits in (1024, 2048):
        name = f"good-rsa-{bits}.pvk"
        command = f"openssl genrsa {bits} >k; openssl rsa -in k -outform PVK -pvk-none -out {name} 2>/dev/null"
        both = shell(command + f"; openssl rsa -in k -pubout 2>/dev/null; cat {name}")
        cut = both.index(b"-----END PUBLIC KEY-----\n") + 25
        to.good(name, both[cut:], [both[:cut]], command)
    for strength in ("strong", "weak"):
        name = f"good-rsa-2048-{strength}.pvk"
        provider = "-provider legacy -provider default"
        command = f"openssl genrsa 2048 | openssl rsa {provider} -outform PVK -pvk-{strength} -passout pass:{PASS} -out {name} 2>/dev/null"
        to.good(name, shell(command + f"; cat {name}"), [], command, "opaque")
    key = shell("openssl genrsa 2048 | openssl rsa -outform PVK -pvk-none 2>/dev/null")
    to.bad("bad-n-not-pq.pvk", flipped(key, 24 + 20 + 100), "one bit of the modulus turned over")
    to.near("near-magic.bin", bytes.fromhex("1ef1b5b000000000") + os.urandom(400), "the magic and noise")
    to.near("near-header.bin", key[:24], "a header and no key")


def make_cng(to):
    def blob(key, full=True):
        numbers, bits = windows(key), key.key_size
        e = big(numbers["e"])
        head = (b"RSA3" if full else b"RSA2") + struct.pack("<IIIII", bits, len(e), bits // 8, bits // 16, bits // 16) + e
        return head + b"".join(numbers[x] for x in (("n", "p", "q", "dp", "dq", "qi", "d") if full else ("n", "p", "q")))

    def ecc(key, magic):
        numbers, size = key.private_numbers(), (key.key_size + 7) // 8
        public = numbers.public_numbers
        return magic + struct.pack("<I", size) + big(public.x, size) + big(public.y, size) + big(numbers.private_value, size)

    for bits in (2048, 3072):
        key = new_rsa(bits)
        to.good(f"good-rsa-{bits}-full.blob", blob(key), [pem(key.public_key())])
    key = new_rsa()
    to.good("good-rsa-2048-private.blob", blob(key, False), [pem(key.public_key())])
    for curve, digit in (("prime256v1", b"2"), ("secp384r1", b"4"), ("secp521r1", b"6")):
        for kind in (b"ECS", b"ECK"):
            key = new_ec(curve)
            to.good(f"good-{curve}-{kind.decode().lower()}.blob", ecc(key, kind + digit), [pem(key.public_key())])
    key = new_ec()
    config = {"signer": {"blob": b64(ecc(key, b"ECS2"))}}
    to.good("good-settings.json", json.dumps(config, indent=2) + "\n", [pem(key.public_key())], line=3)
    wrong = ecc(new_ec(), b"ECS2")
    to.bad("bad-q-mismatch.blob", wrong[:72] + ecc(new_ec(), b"ECS2")[72:], "the scalar of another key: Q != d*G")
    rsa_blob = blob(new_rsa())
    to.bad("bad-n-not-pq.blob", flipped(rsa_blob, 100), "one bit of the modulus turned over")
    to.near("near-public.blob", b"ECS1" + wrong[4:72], "a public key blob")
    to.near("near-public-rsa.blob", b"RSA1" + rsa_blob[4 : 27 + 256], "a public RSA blob")
    to.near("near-lengths.bin", b"RSA3" + struct.pack("<IIIII", 2048, 3, 512, 128, 128) + os.urandom(800), "lengths that disagree")
    to.near("near-magic.h", "#define BCRYPT_ECDSA_PRIVATE_P256_MAGIC 0x32534345 // ECS2\n#define BCRYPT_RSAFULLPRIVATE_MAGIC 0x33415352 // RSA3\n", "a header file")


def make_xml_rsa(to):
    names = {"Modulus": "n", "Exponent": "e", "P": "p", "Q": "q", "DP": "dp", "DQ": "dq", "InverseQ": "qi", "D": "d"}

    def xml(key, only=names, indent="", prefix=""):
        numbers = windows(key)
        numbers["e"] = big(numbers["e"])
        lines = [f"{indent}<{prefix}{name}>{b64(numbers[names[name]])}</{prefix}{name}>" for name in only]
        seam = "\n" if indent else ""
        return seam.join([f"<{prefix}RSAKeyValue>", *lines, f"</{prefix}RSAKeyValue>"])

    for bits in (1024, 2048, 4096):
        key = new_rsa(bits)
        to.good(f"good-rsa-{bits}.xml", xml(key), [pem(key.public_key())])
    key = new_rsa()
    public = [pem(key.public_key())]
    to.good("good-indented.xml", '<?xml version="1.0" encoding="utf-8"?>\n' + xml(key, indent="  ") + "\n", public, line=2)
    to.good("good-prefix.xml", xml(key, prefix="ds:") + "\n", public)
    to.good("good-no-crt.xml", xml(key, only=("Modulus", "Exponent", "D")) + "\n", public)
    escaped = xml(key).replace("<", "&lt;").replace(">", "&gt;")
    to.good("good-web.config", f'<appSettings>\n  <add key="Signer" value="{escaped}"/>\n</appSettings>\n', public, line=2)
    to.good("good-settings.json", json.dumps({"signer": xml(key)}, indent=1).replace("<", "\\u003c").replace(">", "\\u003e"), public, line=2)
    text = xml(key)
    pieces = " +\n        ".join(f'"{text[i : i + 90]}"' for i in range(0, len(text), 90))
    to.good("good-literals.cs", f"class Signer {{\n    const string Key =\n        {pieces};\n}}\n", public, line=3)
    other = xml(new_rsa(), only=("Modulus",))
    wrong = re.sub("<Modulus>.*</Modulus>", re.search("<Modulus>.*</Modulus>", other)[0], text)
    to.bad("bad-n-not-pq.xml", wrong, "the modulus of another key: n != p*q")
    to.near("near-public.xml", xml(key, only=("Modulus", "Exponent")), "a public key")
    to.near("near-signature.xml", f"<KeyInfo><KeyValue>{xml(key, only=('Modulus', 'Exponent'), prefix='ds:')}</KeyValue></KeyInfo>", "the public key of a signature")
    to.near("near-template.xml", "<RSAKeyValue><Modulus>...</Modulus><Exponent>AQAB</Exponent><P></P><D></D></RSAKeyValue>\n", "a template")
    to.near("near-code.cs", 'if (xml.Contains("<RSAKeyValue>") && xml.Contains("<D>")) rsa.FromXmlString(xml); // </RSAKeyValue>\n', "code that reads it")


# --- SSH -----------------------------------------------------------------------
def putty(kind, form, name, proof):
    """A key by puttygen in another program's format."""
    secret = PASS if proof != "private" else ""
    make = f"puttygen -q {kind} --random-device /dev/urandom -C ada@laptop.example"
    command = f"{make} --new-passphrase <(printf %s '{secret}') -O {form} -o {name}"
    return command, shell(command + f"; cat {name}")


def make_ssh_com(to):
    for name, kind, proof in (("good-rsa-2048", "-t rsa -b 2048", "private"), ("good-dsa-1024", "-t dsa -b 1024", "private"), ("good-rsa-2048-3des", "-t rsa -b 2048", "opaque")):
        command, data = putty(kind, "private-sshcom", name, proof)
        # puttygen 0.78 reads its own file back and shows the public half.
        path = os.path.join(record.SCRATCH, name)
        with open(path, "wb") as out:
            out.write(data)
        public = [] if proof == "opaque" else [record.spki_of_ssh_line(shell(f"puttygen -L {path}").decode())]
        to.good(name, data, public, command, proof)
    _, data = putty("-t rsa -b 1024", "private-sshcom", "k", "private")
    body = base64.b64decode("".join(line for line in data.decode().splitlines() if ":" not in line and "-" not in line))
    text = near.wrapped(b64(flipped(body, len(body) - 20)), 70)
    to.bad("bad-rsa-bit-flipped", f'---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: "ada"\n{text}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n', "one bit of a prime turned over")
    to.near("near-header-end.txt", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n", "header and END with no body")
    line = shell("ssh-keygen -q -t rsa -b 2048 -N '' -f k; ssh-keygen -e -f k.pub")
    to.near("near-public.pub", line, "a public key in RFC 4716 form")
    to.near("near-magic.c", "#define SSHCOM_MAGIC_NUMBER 0x3f6ff9eb\n", "the magic in a program")


def make_ssh1(to):
    for name, proof in (("good-rsa-1024", "private"), ("good-rsa-2048", "private"), ("good-rsa-2048-3des", "sealed")):
        bits = name.split("-")[2]
        command, data = putty(f"-t rsa1 -b {bits}", "private", name, proof)
        path = os.path.join(record.SCRATCH, name)
        with open(path, "wb") as out:
            out.write(data)
        _, e, n = shell(f"puttygen -L {path}").decode().split()[:3]
        to.good(name, data, [pem(rsa.RSAPublicNumbers(int(e), int(n)).public_key())], command, proof)
    _, data = putty("-t rsa1 -b 1024", "private", "k", "private")
    to.bad("bad-n-not-pq", flipped(data, 100), "one bit of the modulus turned over")
    to.near("near-magic.bin", b"SSH PRIVATE KEY FILE FORMAT 1.1\n\0", "the magic and nothing after it")
    to.near("near-magic.c", 'static const char magic[] = "SSH PRIVATE KEY FILE FORMAT 1.1\\n";\n', "the magic in a program")
    to.near("near-public.pub", shell(f"puttygen -L {path}"), "a public key")


# --- Name servers, Tor, signing tools --------------------------------------------
def make_dnssec(to):
    def lines(algorithm, fields):
        text = f"Private-key-format: v1.3\nAlgorithm: {algorithm}\n" + "".join(f"{name}: {b64(value)}\n" for name, value in fields)
        return text + "Created: 20260301000000\nPublish: 20260301000000\nActivate: 20260301000000\n"

    def of_rsa(key):
        numbers = key.private_numbers()
        public = numbers.public_numbers
        values = (public.n, public.e, numbers.d, numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)
        names = ("Modulus", "PublicExponent", "PrivateExponent", "Prime1", "Prime2", "Exponent1", "Exponent2", "Coefficient")
        return list(zip(names, map(big, values)))

    key = new_rsa()
    to.good("good-rsasha256.private", lines("8 (RSASHA256)", of_rsa(key)), [pem(key.public_key())])
    for curve, algorithm, size in (("prime256v1", "13 (ECDSAP256SHA256)", 32), ("secp384r1", "14 (ECDSAP384SHA384)", 48)):
        key = new_ec(curve)
        text = lines(algorithm, [("PrivateKey", big(key.private_numbers().private_value, size))])
        to.good(f"good-{curve}.private", text, [pem(key.public_key())])
    for kind, algorithm in (("ED25519", "15 (ED25519)"), ("ED448", "16 (ED448)")):
        key = serialization.load_pem_private_key(shell(f"openssl genpkey -algorithm {kind}"), None)
        to.good(f"good-{kind.lower()}.private", lines(algorithm, [("PrivateKey", raw(key)[0])]), [pem(key.public_key())])
    secret = os.urandom(32)
    to.good("good-tsig.private", lines("163 (HMAC_SHA256)", [("Key", secret)]), [HmacKey(secret)])
    fields = of_rsa(new_rsa())
    to.bad("bad-n-not-pq.private", lines("8 (RSASHA256)", [of_rsa(new_rsa())[0]] + fields[1:]), "the modulus of another key: n != p*q")
    to.bad("bad-d-zero.private", lines("13 (ECDSAP256SHA256)", [("PrivateKey", bytes(32))]), "d = 0")
    to.near("near-zone.key", "example.org. IN DNSKEY 257 3 13 " + b64(os.urandom(64)) + "\n", "a public key in a zone")
    to.near("near-template.private", "Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: <base64>\n", "a template")
    to.near("near-docs.md", "A file that begins with `Private-key-format: v1.3` is a key of BIND.\n", "a sentence about the format")


def make_tor(to):
    import hashlib

    for name in ("hs", "relay"):
        key = new_ed()
        digest = bytearray(hashlib.sha512(raw(key)[0]).digest())
        digest[0] &= 248
        digest[31] = digest[31] & 63 | 64
        data = b"== ed25519v1-secret: type0 ==\0\0\0" + bytes(digest)
        to.good(f"good-{name}_ed25519_secret_key", data, [pem(key.public_key())])
    to.bad("bad-not-clamped_secret_key", data[:63] + b"\xff" + data[64:], "a scalar that was never clamped")
    to.near("near-hs_ed25519_public_key", b"== ed25519v1-public: type0 ==\0\0\0" + raw(key)[1], "a public key")
    to.near("near-magic.c", '#define TAG "== ed25519v1-secret: type0 =="\n', "the magic in a program")
    to.near("near-truncated_secret_key", data[:70], "a file that ends inside its scalar")


def make_minisign(to):
    def public(text):
        raw_key = base64.b64decode(text.splitlines()[1])[10:]
        return pem(ed25519.Ed25519PublicKey.from_public_bytes(raw_key))

    both = shell("minisign -G -W -p k.pub -s k.key >/dev/null; cat k.pub k.key")
    lines = both.splitlines(keepends=True)
    clear = b"".join(lines[2:])
    to.good("good-clear.key", clear, [public(both)], "minisign -G -W -p /dev/null -s good-clear.key", line=2)
    make = "printf '%s\\n%s\\n' $PASS $PASS | minisign -G -p k.pub -s k.key >/dev/null 2>&1"
    to.good("good-encrypted.key", shell(make + "; cat k.key"), [], make.replace("k.key", "good-encrypted.key").replace("$PASS", PASS), "opaque", line=2)
    to.good("good-key.env", b"HOST=example.org\nMINISIGN_KEY=" + lines[3], [public(both)], line=2)
    data = base64.b64decode(lines[3])
    to.bad("bad-public-mismatch.key", lines[2].decode() + b64(flipped(data, 100)) + "\n", "the public key of another seed", line=2)
    to.near("near-public.pub", b"".join(lines[:2]), "a public key")
    to.near("near-signature.minisig", shell("minisign -G -W -p k.pub -s k.key >/dev/null; echo hello >m; minisign -S -s k.key -m m >/dev/null; cat m.minisig"), "a signature")
    to.near("near-template.key", "untrusted comment: minisign encrypted secret key\nRWRTY0Iy" + "x" * 40 + "...\n", "a template")


def make_signify(to):
    def public(text):
        return pem(ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(text.splitlines()[1])[10:]))

    both = shell("signify-openbsd -G -n -p k.pub -s k.sec; cat k.pub k.sec")
    lines = both.splitlines(keepends=True)
    to.good("good-clear.sec", b"".join(lines[2:]), [public(both)], "signify-openbsd -G -n -p /dev/null -s good-clear.sec", line=2)
    data = base64.b64decode(lines[3])
    # signify asks a terminal for the passphrase; the layout is the same.
    sealed = data[:4] + struct.pack(">I", 42) + data[8:40] + os.urandom(64)
    to.good("good-encrypted.sec", lines[2].decode() + b64(sealed) + "\n", [], proof="opaque", line=2)
    to.bad("bad-public-mismatch.sec", lines[2].decode() + b64(flipped(data, 90)) + "\n", "the public key of another seed", line=2)
    to.near("near-public.pub", b"".join(lines[:2]), "a public key")
    to.near("near-signature.sig", shell("signify-openbsd -G -n -p k.pub -s k.sec; echo hello >m; signify-openbsd -S -s k.sec -m m; cat m.sig"), "a signature")
    to.near("near-template.sec", "untrusted comment: signify secret key\nRWRCSwAAAAA...\n", "a template")


def make_age(to):
    def public(text):
        recipient = re.search(rb"age1[0-9a-z]+", text)[0].decode()
        alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
        bits = "".join(f"{alphabet.index(c):05b}" for c in recipient[4:-6])
        return pem(x25519.X25519PublicKey.from_public_bytes(bytes(int(bits[i : i + 8], 2) for i in range(0, 256, 8))))

    text = shell("age-keygen 2>/dev/null")
    to.good("good-keys.txt", text, [public(text)], "age-keygen -o good-keys.txt", line=3)
    text = shell("age-keygen 2>/dev/null")
    key = text.split(b"\n")[2].decode()
    to.good("good-key.env", f"SOPS_AGE_KEY={key}\n", [public(text)])
    to.bad("bad-checksum.txt", key[:-1] + ("Q" if key[-1] != "Q" else "P") + "\n", "a wrong checksum")
    to.near("near-recipient.txt", re.search(rb"age1[0-9a-z]+", text)[0] + b"\n", "a recipient")
    to.near("near-message.age", shell("age-keygen -o k 2>/dev/null; echo hello | age -a -i k -e"), "an encrypted message")
    to.near("near-placeholder.env", "SOPS_AGE_KEY=AGE-SECRET-KEY-1" + "X" * 58 + "\nOTHER=AGE-SECRET-KEY-1...\n", "placeholders")


def make_wireguard(to):
    def new():
        key = serialization.load_pem_private_key(shell("openssl genpkey -algorithm X25519"), None)
        return b64(raw(key)[0]), pem(key.public_key())

    peer = f"\n[Peer]\nPublicKey = {b64(os.urandom(32))}\nAllowedIPs = 10.7.0.0/24\nEndpoint = vpn.example:51820\n"
    key, public = new()
    to.good("good-wg0.conf", f"[Interface]\nAddress = 10.7.0.2/32\nPrivateKey = {key}\n{peer}", [public], line=3)
    key, public = new()
    to.good("good-wg0.netdev", f"[NetDev]\nName=wg0\nKind=wireguard\n\n[WireGuard]\nPrivateKey={key}\n{peer}", [public], line=6)
    key, public = new()
    to.good("good-wg0.nmconnection", f"[connection]\nid=wg0\ntype=wireguard\n\n[wireguard]\nlisten-port=51820\nprivate-key={key}\n", [public], line=7)
    to.bad("bad-short.conf", f"[Interface]\nAddress = 10.7.0.2/32\nPrivateKey = {key[:40]}\n{peer}", "four characters of the key are missing", line=3)
    to.near("near-placeholder.conf", f"[Interface]\nPrivateKey = {'A' * 43}=\n{peer}", "a placeholder")
    to.near("near-words.conf", f"[Interface]\nPrivateKey = <your key here>\n{peer}", "words instead of a key")
    to.near("near-peer.conf", f"[Interface]\nAddress = 10.7.0.2/32\n{peer}", "a peer's public key only")
    to.near("near-code.java", 'PrivateKey = KeyFactory.getInstance("EC");\n[Interface]\nclass PrivateKey {}\n', "words of a program")


def make_nix(to):
    def line(key, name="cache.example.org-1"):
        return f"{name}:{b64(b''.join(raw(key)))}"

    for name, end in (("good-cache.key", "\n"), ("good-no-line-break.key", "")):
        key = new_ed()
        to.good(name, line(key) + end, [pem(key.public_key())])
    wrong = b64(raw(new_ed())[0] + raw(new_ed())[1])
    to.bad("bad-mismatch.key", f"cache.example.org-1:{wrong}\n", "the public key of another seed")
    to.near("near-mismatch.txt", f"checksum:{wrong}\n", "64 bytes that do not belong together: without a host and a number, no key")
    to.near("near-public.key", f"cache.example.org-1:{b64(raw(new_ed())[1])}\n", "a public key")
    to.near("near-digest.txt", f"sha512:{b64(os.urandom(64))}\n", "a digest")


def make_libp2p(to):
    def wrapped(kind, data):
        return bytes([8, kind, 0x12]) + (bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])) + data

    key = new_ed()
    both = b"".join(raw(key))
    config = json.dumps({"Identity": {"PeerID": "12D3KooWExample", "PrivKey": b64(wrapped(1, both))}}, indent=2)
    to.good("good-config.json", config + "\n", [pem(key.public_key())], line=4)
    to.good("good-identity.key", wrapped(1, both), [pem(key.public_key())])
    key = new_ec("secp256k1")
    data = wrapped(2, big(key.private_numbers().private_value, 32))
    to.good("good-secp256k1.env", f"NODE=3\nLIBP2P_PRIV_KEY={b64(data)}\n", [pem(key.public_key())], line=2)
    to.bad("bad-mismatch.json", json.dumps({"PrivKey": b64(wrapped(1, flipped(both, 40)))}) + "\n", "one bit of the public key turned over")
    to.near("near-mismatch.json", json.dumps({"digest": b64(wrapped(1, flipped(both, 40)))}) + "\n", "64 bytes that do not belong together, and no name")
    to.near("near-public.txt", b64(bytes([8, 1, 0x12, 0x20]) + both[32:]) + "\n", "a public key")
    to.near("near-no-name.txt", b64(data) + "\n", "32 bytes behind a weak magic and no name")


def make_tink(to):
    def field(number, value):
        if isinstance(value, int):
            return bytes([number << 3]) + varint(value)
        return bytes([number << 3 | 2]) + varint(len(value)) + value

    def varint(value):
        out = b""
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])

    host = "type.googleapis.com/google.crypto.tink."

    def entry(kind, value, material="ASYMMETRIC_PRIVATE"):
        data = {"typeUrl": host + kind, "value": b64(value), "keyMaterialType": material}
        return {"keyData": data, "status": "ENABLED", "keyId": 1234567, "outputPrefixType": "TINK"}

    def keyset(*entries):
        return json.dumps({"primaryKeyId": 1234567, "key": list(entries)}) + "\n"

    def ecdsa(key, curve):
        numbers, size = key.private_numbers(), (key.key_size + 7) // 8
        public = numbers.public_numbers
        params = field(2, field(1, 3) + field(2, curve) + field(3, 2))
        # Tink for Java writes a zero byte before each number.
        inner = params + field(3, b"\0" + big(public.x, size)) + field(4, b"\0" + big(public.y, size))
        return field(2, inner) + field(3, b"\0" + big(numbers.private_value, size))

    def ed(key):
        seed, public = raw(key)
        return field(2, seed) + field(3, field(2, public))

    def of_rsa(key):
        numbers = key.private_numbers()
        public = numbers.public_numbers
        params = field(2, field(1, 3)) + field(3, big(public.n)) + field(4, big(public.e))
        return field(2, params) + b"".join(field(i + 3, big(x)) for i, x in enumerate((numbers.d, numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)))

    for curve, number, name in (("prime256v1", 2, "p256"), ("secp384r1", 3, "p384"), ("secp521r1", 4, "p521")):
        key = new_ec(curve)
        to.good(f"good-ecdsa-{name}.json", keyset(entry("EcdsaPrivateKey", ecdsa(key, number))), [pem(key.public_key())])
    key = new_ed()
    to.good("good-ed25519.json", keyset(entry("Ed25519PrivateKey", ed(key))), [pem(key.public_key())])
    key = new_rsa()
    to.good("good-rsa-2048.json", keyset(entry("RsaSsaPssPrivateKey", of_rsa(key))), [pem(key.public_key())])
    secret = os.urandom(32)
    mac = field(2, field(1, 3) + field(2, 32)) + field(3, secret)
    to.good("good-hmac.json", keyset(entry("HmacKey", mac, "SYMMETRIC")), [HmacKey(secret)])
    key = new_ed()
    data = field(1, (host + "Ed25519PrivateKey").encode()) + field(2, ed(key)) + field(3, 2)
    whole = field(1, 1234567) + field(2, field(1, data) + field(2, 1) + field(3, 1234567) + field(4, 1))
    to.good("good-ed25519.bin", whole, [pem(key.public_key())], line=1 + whole[: whole.index(host.encode()) - 2].count(b"\n"))
    to.bad("bad-ed25519-mismatch.json", keyset(entry("Ed25519PrivateKey", flipped(ed(new_ed()), 10))), "one bit of the seed turned over")
    public = field(2, raw(key)[1])
    to.near("near-public.json", keyset(entry("Ed25519PublicKey", public, "ASYMMETRIC_PUBLIC")), "a public keyset")
    to.near("near-aead.json", keyset(entry("AesGcmKey", field(3, os.urandom(32)), "SYMMETRIC")), "a key that cannot sign")
    to.near("near-encrypted.json", json.dumps({"encryptedKeyset": b64(os.urandom(200)), "keysetInfo": {"primaryKeyId": 7, "keyInfo": [{"typeUrl": host + "Ed25519PrivateKey", "status": "ENABLED", "keyId": 7}]}}) + "\n", "an encrypted keyset")
    to.near("near-code.java", f'static final String TYPE_URL = "{host}Ed25519PrivateKey";\n', "the type in a program")


def make_tuf(to):
    def text(key, **other):
        seed, public = raw(key)
        value = {"public": public.hex(), "private": seed.hex()} | other
        return json.dumps({"keytype": "ed25519", "scheme": "ed25519", "keyid_hash_algorithms": ["sha256"], "keyval": value})

    key = new_ed()
    to.good("good-root_key", text(key), [pem(key.public_key())])
    key = new_ed()
    to.good("good-targets_key.json", json.dumps(json.loads(text(key)), indent=2) + "\n", [pem(key.public_key())], line=7)
    to.bad("bad-public-mismatch_key", text(key, public=raw(new_ed())[1].hex()), "the public key of another seed")
    to.near("near-root.json", json.dumps({"keys": {"a": {"keytype": "ed25519", "keyval": {"public": raw(key)[1].hex()}}}}) + "\n", "the public keys of a role")
    to.near("near-empty_key", text(key, private=""), "an empty private value")


def make_ed25519(to):
    def b58(data):
        digits, number, out = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", int.from_bytes(data, "big"), ""
        while number:
            number, digit = divmod(number, 58)
            out = digits[digit] + out
        return "1" * (len(data) - len(data.lstrip(b"\0"))) + out

    def url(data):
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    def good(name, write, line=1):
        key = new_ed()
        seed, public = raw(key)
        to.good(name, write(seed, public), [pem(key.public_key())], line=line)

    def validator(seed, public):
        typed = lambda kind, data: {"type": "tendermint/" + kind, "value": b64(data)}
        return {"address": "E74FBE24", "pub_key": typed("PubKeyEd25519", public), "priv_key": typed("PrivKeyEd25519", seed + public)}

    def numbers(data, form, width):
        lines = [", ".join(form % byte for byte in data[i : i + width]) for i in range(0, len(data), width)]
        return ",\n\t".join(lines)

    good("good-priv_validator_key.json", lambda s, p: json.dumps(validator(s, p), indent=2) + "\n", 9)
    good("good-node_key.json", lambda s, p: json.dumps({"priv_key": validator(s, p)["priv_key"]}))
    good("good-near.json", lambda s, p: json.dumps({"account_id": "a.near", "public_key": "ed25519:" + b58(p), "private_key": "ed25519:" + b58(s + p)}) + "\n")
    good("good-dnscrypt-provider.key", lambda s, p: s + p)
    good("good-alone.b64", lambda s, p: b64(s + p) + "\n")
    good("good-alone.hex", lambda s, p: (s + p).hex())
    good("good-alone-base58.txt", lambda s, p: b58(s + p) + "\n")
    good("good-sodium.env", lambda s, p: f"SIGNING_SECRET_KEY={b64(s + p)}\nSIGNING_PUBLIC_KEY={b64(p)}\n")
    good("good-sodium.conf", lambda s, p: f'[license]\ned25519_private_key = "{(s + p).hex()}"\n', 2)
    good("good-key.go", lambda s, p: f"package main\n\nvar key = ed25519.PrivateKey{{\n\t{numbers(s + p, '0x%02x', 12)},\n}}\n", 3)
    good("good-keypair.ts", lambda s, p: f"const payer = Keypair.fromSecretKey(Uint8Array.from([{numbers(s + p, '%d', 64)}]));\n")
    good("good-base58.env", lambda s, p: f'RPC=1\nWALLET_PRIVATE_KEY="{b58(s + p)}"\n', 2)
    good("good-paseto.yaml", lambda s, p: f"paseto:\n  public: k4.public.{url(p)}\n  secret: k4.secret.{url(s + p)}\n", 3)
    good("good-scuttlebutt.json", lambda s, p: json.dumps({"curve": "ed25519", "public": b64(p) + ".ed25519", "private": b64(s + p) + ".ed25519", "id": f"@{b64(p)}.ed25519"}, indent=2), 4)
    good("good-yggdrasil.conf", lambda s, p: f"{{\n  # Keep this private\n  PrivateKey: {(s + p).hex()}\n}}\n", 3)
    good("good-hypercore.json", lambda s, p: json.dumps({"publicKey": p.hex(), "secretKey": (s + p).hex()}))
    good("good-halves.swift", lambda s, p: f'let eddsaPublicKeyBase64 = "{b64(p)}"\nlet eddsaPrivateKeyBase64 = "{b64(s)}"\n', 2)
    good("good-halves.toml", lambda s, p: f'private_key = "{s.hex()}"\npublic_key = "{p.hex().upper()}"\n')
    aptos = "--- # ~/.aptos/config.yaml\nprofiles:\n  default:\n    private_key: \"%s\"\n    public_key: \"%s\"\n    account: 60fcdeb5980fd08a\n"
    good("good-aptos.yaml", lambda s, p: aptos % ("0x" + s.hex(), "0x" + p.hex()), 4)
    good("good-aptos-prefixed.yaml", lambda s, p: aptos % ("ed25519-priv-0x" + s.hex(), "ed25519-pub-0x" + p.hex()), 4)
    good("good-aptos-alone.ts", lambda s, p: f"const key = new Ed25519PrivateKey('ed25519-priv-0x{s.hex()}');\n")
    good("good-biscuit.env", lambda s, p: f"BISCUIT_PRIVATE_KEY=ed25519-private/{s.hex()}\n")
    good("good-example.org.signing.key", lambda s, p: f"ed25519 a_XyZw {b64(s)[:43]}\n")
    good("good-synapse.yaml", lambda s, p: f'server_name: example.org\nsigning_key: "ed25519 a_ABCD {b64(s)[:43]}"\n', 2)
    good("good-notary.pem", lambda s, p: record.pem("ED25519 PRIVATE KEY", p + s + p))

    seed, public = raw(new_ed())
    other = raw(new_ed())[1]
    to.bad("bad-other-public.paserk", f"k4.secret.{url(seed + other)}\n", "the public key of another seed")
    to.bad("bad-priv_validator_key.json", json.dumps(validator(seed, other), indent=2) + "\n", "the public key of another seed", line=9)
    to.near("near-signature.json", json.dumps({"private_key": "see the vault", "signature": (seed + other).hex()}) + "\n", "64 bytes that do not belong together")
    to.near("near-signature.bin", seed + other, "64 bytes that do not belong together")
    to.near("near-digest.b64", b64(seed + other) + "\n", "64 bytes that do not belong together")
    to.near("near-halves.toml", f'private_key = "{seed.hex()}"\npublic_key = "{other.hex()}"\n', "the public key of another seed")
    to.near("near-half.toml", f'private_key = "{seed.hex()}"\n', "no public key beside it")
    to.near("near-public.json", json.dumps({"public_key": "ed25519:" + b58(public), "pub_key": validator(seed, public)["pub_key"]}) + "\n", "public keys")
    to.near("near-verify-keys.json", json.dumps({"verify_keys": {"ed25519:a_XyZw": {"key": b64(public)[:43]}}}) + "\n", "the public key of a server")
    to.near("near-placeholder.yaml", "a: ed25519-priv-0x" + "01" * 32 + "\nb: ed25519-private/" + "".join(f"{i:02x}" for i in range(32)) + "\nc: k4.secret." + "A" * 86 + "\n", "they repeat and count")
    to.near("near-words.sh", "echo ed25519 a_XyZw and more > signing.key # PrivKeyEd25519, ed25519.PrivateKey{1, 2}\n", "words")


def main():
    to = Folder(sys.argv[1])
    globals()["make_" + to.name.replace("-", "_")](to)


if __name__ == "__main__":
    main()
