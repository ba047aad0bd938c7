#!/usr/bin/env python3
"""Makes keys.json: test keys, their numbers, and their fingerprints.

Keys come from openssl genpkey; each fingerprint from the tool that defines it:
  spki-sha256     openssl pkey -pubout -outform DER | openssl dgst -sha256
  ski             openssl req -x509 … -addext subjectKeyIdentifier=hash
  modulus-sha256  openssl rsa -noout -modulus | openssl dgst -sha256
  ssh-sha256      ssh-keygen -lf
  jwk-sha256      jwcrypto, JWK.thumbprint()
  bk256           openssl dgst -sha256 of the number that badkeys 0.0.21 (checks.py) picks
  keygrip         libgcrypt, gcry_pk_get_keygrip() (keygrip.c)
Needs openssl 3.0, ssh-keygen, cc, libgcrypt 1.10, and python3 with jwcrypto.
Every run makes other keys. They protect nothing.
"""
import json, os, pathlib, subprocess, tempfile

HERE = pathlib.Path(__file__).parent
TMP = pathlib.Path(tempfile.mkdtemp())


def run(*command, data=None):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def attempt(*command, data=None):
    done = subprocess.run(command, input=data, capture_output=True)
    return done.stdout if done.returncode == 0 else None


def der(data):
    """Yields tag and value of each element."""
    pos = 0
    while pos < len(data):
        tag, length, pos = data[pos], data[pos + 1], pos + 2
        if length & 0x80:
            size = length & 0x7F
            length, pos = int.from_bytes(data[pos : pos + size], "big"), pos + size
        yield tag, data[pos : pos + length]
        pos += length


def integers(sequence):
    return [value.lstrip(b"\0").hex() for tag, value in der(sequence) if tag == 2]


run("cc", "-o", str(TMP / "keygrip"), str(HERE / "keygrip.c"), "-lgcrypt")

KINDS = [
    ("rsa-1024-e3", ["RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-pkeyopt", "rsa_keygen_pubexp:3"]),
    ("rsa-2048", ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
    ("rsa-2048-pss", ["RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"]),
    ("rsa-2048-3-primes", ["RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_primes:3"]),
    ("rsa-4096", ["RSA", "-pkeyopt", "rsa_keygen_bits:4096"]),
    ("dsa-1024", (1024, 160)),
    ("dsa-2048", (2048, 256)),
    *[(f"ec-{name}", ["EC", "-pkeyopt", f"ec_paramgen_curve:{name}"]) for name in (
        "prime192v1 secp224r1 prime256v1 secp384r1 secp521r1 secp256k1 brainpoolP256r1 "
        "brainpoolP320r1 brainpoolP384r1 brainpoolP512r1 SM2").split()],
    ("ed25519", ["ED25519"]), ("ed448", ["ED448"]), ("x25519", ["X25519"]), ("x448", ["X448"]),
]
GCRYPT = {"prime192v1": "NIST P-192", "secp224r1": "NIST P-224", "prime256v1": "NIST P-256",
          "secp384r1": "NIST P-384", "secp521r1": "NIST P-521", "SM2": "sm2p256v1"}


def make(name, options):
    pem = TMP / f"{name}.pem"
    if name.startswith("dsa"):
        params = TMP / f"{name}.params"
        run("openssl", "genpkey", "-genparam", "-algorithm", "DSA", "-out", str(params), "-pkeyopt",
            f"dsa_paramgen_bits:{options[0]}", "-pkeyopt", f"dsa_paramgen_q_bits:{options[1]}")
        run("openssl", "genpkey", "-paramfile", str(params), "-out", str(pem))
    else:
        run("openssl", "genpkey", "-algorithm", *options, "-out", str(pem))
    pkcs8 = run("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", str(pem), "-outform", "DER")
    spki = run("openssl", "pkey", "-in", str(pem), "-pubout", "-outform", "DER")
    public = TMP / f"{name}.pub.pem"
    public.write_bytes(run("openssl", "pkey", "-in", str(pem), "-pubout"))
    inner = [value for tag, value in der(list(der(pkcs8))[0][1]) if tag == 4][0]
    bits = [value for tag, value in der(list(der(spki))[0][1]) if tag == 3][0][1:]
    numbers, forms, sexp = {}, {}, None
    key = {"name": name, "spki": spki.hex(), "numbers": numbers, "forms": forms}
    ids = {"spki-sha256": run("openssl", "dgst", "-sha256", "-r", data=spki).decode().split()[0]}

    if name.startswith("rsa"):
        sequence = list(der(inner))[0][1]
        names = ["version", "n", "e", "d", "p", "q", "dp", "dq", "qi"]
        elements = [value.lstrip(b"\0").hex() for tag, value in der(sequence) if tag == 2]
        numbers.update(zip(names[1:], elements[1:]))
        more = [value for tag, value in der(sequence) if tag == 0x30]
        if more:
            numbers["more"] = [integers(info)[0] for _, info in der(more[0])]
        modulus = run("openssl", "rsa", "-in", str(pem), "-noout", "-modulus")
        ids["modulus-sha256"] = run("openssl", "dgst", "-sha256", "-r", data=modulus).decode().split()[0]
        sexp = f"(public-key (rsa (n #00{numbers['n']}#)(e #{'0' * (len(numbers['e']) % 2)}{numbers['e']}#)))"
        if name.endswith("pss"):
            forms["pss"] = spki.hex()
            plain = run("openssl", "rsa", "-in", str(pem), "-RSAPublicKey_out", "-outform", "DER")
            # The same numbers under rsaEncryption, by way of "RSA PUBLIC KEY".
            spki = run("openssl", "rsa", "-RSAPublicKey_in", "-inform", "DER", "-pubout", "-outform", "DER", data=plain)
            forms["rsa"] = plain.hex()
            key["spki"] = spki.hex()
            ids["spki-sha256"] = run("openssl", "dgst", "-sha256", "-r", data=spki).decode().split()[0]
            public.write_bytes(run("openssl", "rsa", "-pubin", "-inform", "DER", "-pubout", data=spki))
    elif name.startswith("dsa"):
        algorithm = [value for tag, value in der(list(der(spki))[0][1]) if tag == 0x30][0]
        numbers.update(zip("pqg", integers([value for tag, value in der(algorithm) if tag == 0x30][0])))
        numbers["x"] = list(der(inner))[0][1].lstrip(b"\0").hex()
        numbers["y"] = list(der(bits))[0][1].lstrip(b"\0").hex()
        sign = lambda number: ("00" if int(number[:2], 16) & 0x80 and len(number) % 2 == 0 else "") + number
        sexp = "(public-key (dsa" + "".join(f"({n} #{sign(numbers[n])}#)" for n in "pqgy") + "))"
    elif name.startswith("ec"):
        numbers["d"] = [value for tag, value in der(list(der(inner))[0][1]) if tag == 4][0].hex()
        numbers["point"] = bits.hex()
        curve = options[-1].split(":")[1]
        for form, encoding, point in [("compressed", "named_curve", "compressed"), ("hybrid", "named_curve", "hybrid"),
                                      ("explicit", "explicit", "uncompressed"), ("explicit-compressed", "explicit", "compressed")]:
            forms[form] = run("openssl", "ec", "-in", str(pem), "-pubout", "-outform", "DER", "-param_enc", encoding,
                              "-conv_form", point).hex()
        sexp = f'(public-key (ecc (curve "{GCRYPT.get(curve, curve)}")(q #{bits.hex()}#)))'
    else:
        numbers["seed"] = list(der(inner))[0][1].hex()
        numbers["public"] = bits.hex()
        sexp = {"ed25519": f"(public-key (ecc (curve Ed25519)(flags eddsa)(q #40{bits.hex()}#)))",
                "ed448": f"(public-key (ecc (curve Ed448)(flags eddsa)(q #{bits.hex()}#)))",
                "x25519": f"(public-key (ecc (curve Curve25519)(flags djb-tweak)(q #40{bits.hex()}#)))",
                "x448": f"(public-key (ecc (curve X448)(q #{bits.hex()}#)))"}[name]

    grip = attempt(str(TMP / "keygrip"), data=sexp.encode())
    if grip:
        ids["keygrip"] = grip.decode().strip()

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
    try:
        line = load_pem_public_key(public.read_bytes()).public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        (TMP / "line.pub").write_bytes(line + b" a comment\n")
        listed = attempt("ssh-keygen", "-lf", str(TMP / "line.pub"))
        if listed:
            ids["ssh-sha256"] = listed.decode().split()[1]
            forms["ssh"] = line.decode()
    except Exception:
        pass

    from jwcrypto.jwk import JWK
    try:
        if name == "x448":
            from jwcrypto.common import base64url_encode
            jwk = JWK(kty="OKP", crv="X448", x=base64url_encode(bits))
        else:
            jwk = JWK.from_pem(public.read_bytes())
        ids["jwk-sha256"] = jwk.thumbprint()
        forms["jwk"] = json.loads(jwk.export_public())
    except Exception:
        pass

    signer = pem if not name.startswith("x") else None
    if signer:
        certificate = attempt("openssl", "req", "-x509", "-key", str(signer), "-subj", "/CN=test", "-days", "3650",
                              "-addext", "subjectKeyIdentifier=hash", "-outform", "DER")
        if certificate:
            text = run("openssl", "x509", "-inform", "DER", "-noout", "-ext", "subjectKeyIdentifier", data=certificate)
            ids["ski"] = text.decode().split()[-1].replace(":", "").lower()
            print_ = run("openssl", "x509", "-inform", "DER", "-noout", "-fingerprint", "-sha256", data=certificate)
            key["certificate"] = certificate.hex()
            key["x5t-s256"] = print_.decode().strip().split("=")[1].replace(":", "").lower()
    # As in badkeys, checks.py: the modulus, x, y of DSA, or the public bytes, as one number.
    number = int(numbers.get("n") or numbers.get("y") or numbers.get("public") or numbers["point"][2 : len(numbers["point"]) // 2 + 1], 16)
    number = number.to_bytes((number.bit_length() + 7) // 8, "big")
    ids["bk256"] = run("openssl", "dgst", "-sha256", "-r", data=number).decode().split()[0]
    key["ids"] = ids
    return key


(HERE / "keys.json").write_text(json.dumps([make(*kind) for kind in KINDS], indent=1) + "\n")
