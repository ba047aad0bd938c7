r"""Writes near-*: files that look like a key to a hasty eye and hold none.

A scan must say nothing about them. Public halves and certificates are of fresh
keys whose private halves were thrown away.

  near.py FOLDER      FOLDER: testdata/<format>
"""

import base64
import json
import os
import struct
import subprocess
import sys
import tempfile
import textwrap

import record
from jwcrypto import jwe, jws
from jwcrypto.jwk import JWK


def tool(command):
    """Runs shell lines in a folder that is thrown away; returns what they print."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["bash", "-ec", command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        return done.stdout


def text(body):
    """Returns a dedented text."""
    return textwrap.dedent(body).lstrip("\n")


def noise(size):
    return base64.b64encode(os.urandom(size)).decode()


def wrapped(body, width=64):
    return "\n".join(body[i : i + width] for i in range(0, len(body), width))


def block(label, body, head=""):
    return f"-----BEGIN {label}-----\n{head}{body}\n-----END {label}-----\n"


def armour(label, start, head=""):
    """What stands in documents about a PEM label instead of a key.

    start: how the base64 of such a key begins, as redacted examples show it.
    """
    begin, end = f"-----BEGIN {label}-----", f"-----END {label}-----"
    yield "near-header-only.txt", f"{begin}\n", "a header and nothing else"
    yield "near-header-end.pem", f"{begin}\n{end}\n", "header and END with no body"
    yield "near-header-end-blank.pem", f"{begin}\n{head}\n\n\n{end}\n", "header and END with blank lines between"
    yield "near-redacted-dots.pem", block(label, f"{start}...", head), "a redacted body: dots"
    yield "near-redacted-ellipsis.md", f"```\n{begin}\n{head}{start}…\n…\n{end}\n```\n", "a redacted body: ellipsis, in Markdown"
    yield "near-redacted-stars.pem", block(label, "\n".join(["*" * 64] * 6), head), "a redacted body: stars"
    yield "near-redacted-x.pem", block(label, "\n".join(["x" * 64] * 12 + ["xxxx"]), head), "a redacted body: the letter x"
    yield "near-redacted-words.pem", block(label, "[REDACTED]", head), "a redacted body: a word in brackets"
    yield "near-redacted-middle.pem", block(label, f"{start}\n    <... 24 lines snipped ...>\n", head), "a body snipped in the middle"
    yield "near-placeholder.env", f'KEY="{begin}\\nYOUR_KEY_HERE\\n{end}"\nKEY2="${{KEY_FROM_VAULT}}"\n', "a placeholder in an .env file"
    yield "near-placeholder.yaml", f"signing:\n  key: |\n    {begin}\n    <paste your key here>\n    {end}\n", "a placeholder in YAML"
    yield "near-regex.toml", text(f"""
        [[rules]]
        id = "key-block"
        regex = '''(?i){begin}[\\s\\S-]{{64,}}?{end}'''
        keywords = ["{begin.lower()}"]
        """), "a regular expression for such a block"
    yield "near-parser.py", text(f'''
        """Reads a key file."""
        import re

        BEGIN = "{begin}"
        END = "{end}"
        BLOCK = re.compile(r"{begin}\\s*([A-Za-z0-9+/=\\s]+){end}")


        def wrap(body):
            return "{begin}\\n" + body + "\\n{end}\\n"


        def test_empty():
            assert BLOCK.search("{begin}\\n{end}") is None
        '''), "a parser and its tests: headers as literals"
    yield "near-docs.md", text(f"""
        # Which file is which

        A file that starts with `{begin}` and ends with `{end}` holds a key.
        If it says `{begin}` and your tool wants another form, convert it;
        the line {begin} must stand alone, and {end} too.
        Never commit anything between them. The body starts with `{start[:8]}`.
        """), "sentences about the header"
    yield "near-log.txt", f"2026-03-02T08:11:04Z WARN loader: expected '{begin}', found '<?xml'\n" * 3, "a log message that names the header"


def lock_file():
    """A lock file full of base64 and hex."""
    entries = {
        f"node_modules/{name}": {
            "version": "1.4.2",
            "resolved": f"https://registry.example/{name}/-/{name}-1.4.2.tgz",
            "integrity": "sha512-" + noise(64),
        }
        for name in ("left-lane", "is-evening", "tiny-tea", "lodge", "moment-ago")
    }
    return json.dumps({"name": "demo", "lockfileVersion": 3, "packages": entries}, indent=2) + "\n"


def make_pkcs1():
    yield from armour("RSA PRIVATE KEY", "MIIEowIBAAKCAQEA")
    key = "openssl genrsa -traditional 2048 >k; "
    yield "near-public.pem", tool(key + "openssl rsa -in k -RSAPublicKey_out"), "a public key, RSA PUBLIC KEY"
    yield "near-public.der", tool(key + "openssl rsa -in k -RSAPublicKey_out -outform DER"), "a public key in DER, PKCS#1"
    yield "near-certificate.pem", tool(key + "openssl req -x509 -key k -days 30 -subj /CN=gate.example"), "a certificate"
    yield "near-modulus.txt", tool(key + "openssl rsa -in k -noout -modulus; openssl rsa -in k -pubout | openssl rsa -pubin -noout -text"), "modulus and text of a public key"
    yield "near-random-base64.txt", wrapped(noise(1192)) + "\n", "random bytes in base64, as long as an RSA-2048 key"
    yield "near-package-lock.json", lock_file(), "a lock file"
    yield "near-zero-body.pem", block("RSA PRIVATE KEY", wrapped("A" * 1588)), "a body that is all A, as in documents"


def make_pkcs8():
    yield from armour("PRIVATE KEY", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC")
    rsa = "openssl genpkey -algorithm RSA -out k; "
    ec = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out k; "
    ed = "openssl genpkey -algorithm ED25519 -out k; "
    for name, make in (("rsa", rsa), ("ec", ec), ("ed25519", ed)):
        yield f"near-public-{name}.pem", tool(make + "openssl pkey -in k -pubout"), "a public key"
        yield f"near-public-{name}.der", tool(make + "openssl pkey -in k -pubout -outform DER"), "a public key in DER"
        yield f"near-certificate-{name}.der", tool(make + "openssl req -x509 -key k -days 30 -subj /CN=gate.example -outform DER"), "a certificate in DER"
    yield "near-certificate-text.pem", tool(rsa + "openssl req -x509 -key k -days 30 -subj /CN=gate.example | openssl x509 -text"), "a certificate with its text"
    yield "near-request.pem", tool(rsa + "openssl req -new -key k -subj /CN=gate.example"), "a certificate request"
    yield "near-request.der", tool(ec + "openssl req -new -key k -subj /CN=gate.example -outform DER"), "a certificate request in DER"
    yield "near-pkcs7.pem", tool(rsa + "openssl req -x509 -key k -days 30 -subj /CN=gate.example >c; openssl crl2pkcs7 -nocrl -certfile c"), "certificates in PKCS#7"
    yield "near-signature.der", tool(ec + "echo hello >m; openssl dgst -sha256 -sign k m"), "an ECDSA signature in DER"
    tss = record.pem("TSS2 PRIVATE KEY", bytes.fromhex("306a060667810510010302020100") + os.urandom(96))
    yield "near-tss2.pem", tss, "a key wrapped by a TPM: useless without that TPM"
    yield "near-pkcs11-uri.conf", "ssl_certificate_key engine:pkcs11:pkcs11:token=hsm;object=gate;type=private;\n", "a PKCS#11 URI"
    yield "near-terraform.tf", text("""
        resource "tls_private_key" "gate" {
          algorithm = "RSA"
        }

        output "gate" {
          value     = tls_private_key.gate.private_key_pem # -----BEGIN PRIVATE KEY-----
          sensitive = true
        }
        """), "Terraform that refers to a key"
    yield "near-fixture.py", text('''
        FAKE_KEY = """-----BEGIN PRIVATE KEY-----
        fake-key-for-tests
        -----END PRIVATE KEY-----"""
        OTHER = "-----BEGIN PRIVATE KEY-----\\nabc\\n-----END PRIVATE KEY-----\\n"
        THIRD = "-----BEGIN PRIVATE KEY-----\\nMIIE...\\n-----END PRIVATE KEY-----"
        '''), "fake keys of tests"
    yield "near-service-account.json", json.dumps({
        "type": "service_account", "project_id": "demo", "private_key_id": "<id>",
        "private_key": "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n", "client_email": "gate@demo.example",
    }, indent=2) + "\n", "the form of a service-account file, from a manual"
    yield "near-sealed-secret.yaml", text(f"""
        apiVersion: bitnami.com/v1alpha1
        kind: SealedSecret
        spec:
          encryptedData:
            tls.key: {noise(900)}
        """), "a secret that only the cluster can open"
    yield "near-sops.yaml", f"key: ENC[AES256_GCM,data:{noise(1700)},iv:{noise(32)},tag:{noise(16)},type:str]\nsops:\n  version: 3.9.0\n", "a value encrypted by sops"
    yield "near-ansible-vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n" + "\n".join(os.urandom(40).hex() for _ in range(20)) + "\n", "an Ansible vault"
    yield "near-random.bin", os.urandom(1218), "random bytes"
    yield "near-random-base64.txt", wrapped(noise(1218)) + "\n", "random bytes in base64, as long as an RSA-2048 key"
    yield "near-package-lock.json", lock_file(), "a lock file"
    yield "near-uuids.txt", "".join(os.urandom(16).hex() + "\n" for _ in range(40)), "random hexadecimal"


def make_sec1():
    yield from armour("EC PRIVATE KEY", "MHcCAQEEI")
    yield "near-parameters.pem", tool("openssl ecparam -name secp384r1"), "EC PARAMETERS alone"
    yield "near-parameters-explicit.pem", tool("openssl ecparam -name prime256v1 -param_enc explicit"), "explicit EC PARAMETERS alone"
    yield "near-parameters.der", tool("openssl ecparam -name prime256v1 -param_enc explicit -outform DER"), "explicit EC parameters in DER"
    yield "near-public.pem", tool("openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout"), "a public key"
    yield "near-public.der", tool("openssl ecparam -name secp521r1 -genkey -noout | openssl ec -pubout -outform DER"), "a public key in DER"
    yield "near-certificate.pem", tool("openssl ecparam -name prime256v1 -genkey -noout >k; openssl req -x509 -key k -days 30 -subj /CN=gate.example"), "a certificate"
    yield "near-curve-constants.h", text("""
        /* P-256, SEC 2 section 2.4.2 */
        static const unsigned char prime256v1_order[] = {
            0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
        };
        #define OID_SECP256R1 "\\x06\\x08\\x2a\\x86\\x48\\xce\\x3d\\x03\\x01\\x07" /* MHcCAQEEI... is its private form */
        """), "constants of a curve"
    yield "near-openssl-text.txt", tool("openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout | openssl pkey -pubin -noout -text"), "text of a public key"


def make_dsa():
    yield from armour("DSA PRIVATE KEY", "MIIBuwIBAAKBgQD")
    yield "near-parameters.pem", tool("openssl dsaparam 1024"), "DSA PARAMETERS alone"
    yield "near-parameters.der", tool("openssl dsaparam -outform DER 1024"), "DSA parameters in DER"
    yield "near-public.pem", tool("openssl dsaparam 1024 | openssl gendsa /dev/stdin | openssl dsa -pubout"), "a public key"
    yield "near-public.der", tool("openssl dsaparam 1024 | openssl gendsa /dev/stdin | openssl dsa -pubout -outform DER"), "a public key in DER"


def make_pkcs8_encrypted():
    yield from armour("ENCRYPTED PRIVATE KEY", "MIIFNTBfBgkqhkiG9w0BBQ0w")
    yield "near-salted.enc", tool("head -c 1200 /dev/urandom | openssl enc -aes-256-cbc -pbkdf2 -pass pass:thistle-quay-ember-42"), "a file encrypted by openssl enc"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -keyout k -days 30 -subj /CN=ada >c; echo hello >m; "
    yield "near-cms.pem", tool(make + "openssl cms -encrypt -aes256 -in m -outform PEM c"), "an encrypted message, CMS"
    yield "near-cms.der", tool(make + "openssl cms -encrypt -aes256 -in m -outform DER c"), "an encrypted message, CMS in DER"
    yield "near-oids.py", text("""
        PBES2 = "1.2.840.113549.1.5.13"  # BgkqhkiG9w0BBQ0w in base64
        PBKDF2 = "1.2.840.113549.1.5.12"
        SCRYPT = bytes.fromhex("06092b06010401da470411")[2:] or b""
        """), "the object identifiers of password-based encryption"
    yield "near-random-base64.txt", wrapped(noise(1320)) + "\n", "random bytes in base64"


def make_pem_encrypted():
    head = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,7D1E4C0A9B3F5E62A8D4C1B0F9E83716\n\n"
    yield from armour("RSA PRIVATE KEY", "kDqJ8vTf", head)
    yield "near-headers-only.txt", "-----BEGIN RSA PRIVATE KEY-----\n" + head, "header, Proc-Type and DEK-Info, no body"
    yield "near-headers.py", text("""
        if line.startswith("Proc-Type: 4,ENCRYPTED"):
            cipher, iv = next(lines).removeprefix("DEK-Info: ").split(",")
        """), "code that reads the headers"
    yield "near-mic-clear.txt", block("PRIVACY-ENHANCED MESSAGE", "Hello.\n", "Proc-Type: 4,MIC-CLEAR\nContent-Domain: RFC822\n\n"), "a signed message of RFC 1421"


def make_openssh():
    yield from armour("OPENSSH PRIVATE KEY", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB")
    gen = "ssh-keygen -q -t %s -N '' -C ada@laptop.example -f k; "
    for kind in ("ed25519", "ecdsa", "rsa"):
        yield f"near-{kind}.pub", tool(gen % kind + "cat k.pub"), "a public key line"
    yield "near-ed25519-cert.pub", tool(gen % "ed25519" + "ssh-keygen -q -t ed25519 -N '' -f ca; ssh-keygen -q -s ca -I ada -n ada k.pub; cat k-cert.pub"), "a certificate of OpenSSH"
    lines = [tool(gen % kind + "cat k.pub").decode() for kind in ("ed25519", "rsa", "ecdsa")]
    yield "near-authorized_keys", "# gate.example\n" + "".join('command="true",no-pty ' * (i == 1) + line for i, line in enumerate(lines)), "authorized_keys"
    hosts = "".join(f"{host} {' '.join(line.split()[:2])}\n" for host, line in zip(("gate.example", "git.example", "[box.example]:2222"), lines))
    yield "near-known_hosts", hosts, "known_hosts"
    yield "near-signature.sig", tool(gen % "ed25519" + "echo hello >m; ssh-keygen -q -Y sign -f k -n file m; cat m.sig"), "a signature by ssh-keygen -Y"
    yield "near-magic.c", text("""
        /* PROTOCOL.key */
        #define AUTH_MAGIC "openssh-key-v1"
        #define MARK_BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\\n"
        #define MARK_END "-----END OPENSSH PRIVATE KEY-----\\n"
        static const char in_base64[] = "b3BlbnNzaC1rZXktdjEA";
        """), "the magic of the format, in C"
    yield "near-magic.bin", b"openssh-key-v1\0", "the magic and nothing after it"

    def field(data):
        return struct.pack(">I", len(data)) + data

    # A key on a FIDO token (PROTOCOL.u2f): the file holds a handle, no key.
    kind, app, point = b"sk-ssh-ed25519@openssh.com", b"ssh:", os.urandom(32)
    public = field(kind) + field(point) + field(app)
    check = os.urandom(4) * 2
    body = check + public + b"\1" + field(os.urandom(64)) + field(b"") + field(b"ada@laptop.example")
    body += bytes(range(1, 1 + (-len(body)) % 8))
    data = b"openssh-key-v1\0" + field(b"none") * 2 + field(b"") + struct.pack(">I", 1) + field(public) + field(body)
    yield "near-fido-stub", record.pem("OPENSSH PRIVATE KEY", data, 70), "the stub of a key on a FIDO token: a handle, no key"


def make_ppk():
    gen = "puttygen -q -t %s --random-device /dev/urandom -C ada@laptop.example --new-passphrase /dev/null -o k; "
    yield "near-header-only.ppk", "PuTTY-User-Key-File-3: ssh-ed25519\n", "the first line and nothing else"
    yield "near-header-only-v2.txt", "PuTTY-User-Key-File-2: ssh-rsa\r\nEncryption: none\r\nComment: \r\n", "three lines and nothing else"
    yield "near-redacted.ppk", text("""
        PuTTY-User-Key-File-2: ssh-rsa
        Encryption: none
        Comment: rsa-key-20260301
        Public-Lines: 6
        AAAAB3NzaC1yc2EAAAA...
        Private-Lines: 14
        ***
        Private-MAC: xxxxxxxxxxxxxxxxxxxx
        """), "an example from a manual, bodies cut out"
    yield "near-docs.md", text("""
        A PuTTY key starts with `PuTTY-User-Key-File-3: ssh-ed25519`; older ones
        with `PuTTY-User-Key-File-2:`. Then come `Encryption:`, `Comment:`,
        `Public-Lines:`, `Private-Lines:` and `Private-MAC:`.
        """), "sentences about the format"
    yield "near-regex.py", 'PPK = re.compile(r"PuTTY-User-Key-File-[23]: (ssh-\\w+)\\s+Encryption: (none|aes256-cbc)")\n', "a regular expression for the format"
    for kind in ("rsa", "ed25519"):
        yield f"near-rfc4716-{kind}.pub", tool(gen % kind + "puttygen -p k"), "a public key of RFC 4716"
    yield "near-openssh-line.pub", tool(gen % "ecdsa" + "puttygen -L k"), "a public key line"
    yield "near-public-blocks.txt", tool(gen % "ed25519" + "sed -n 1,/^Public-Lines/p k; puttygen -L k | cut -d' ' -f2"), "the public part of a file, without its private lines"
    yield "near-saved-session.reg", "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY\\Sessions\\gate.example]\r\n\"PublicKeyFile\"=\"C:\\\\Users\\\\ada\\\\gate.ppk\"\r\n", "a saved session that names a key file"


def make_jwk():
    def public(**kind):
        return JWK.generate(**kind).export_public(as_dict=True)

    kinds = {
        "rsa": dict(kty="RSA", size=2048), "ec": dict(kty="EC", crv="P-256"), "ed25519": dict(kty="OKP", crv="Ed25519"),
        "secp256k1": dict(kty="EC", crv="secp256k1"),
    }
    for name, kind in kinds.items():
        yield f"near-public-{name}.jwk", json.dumps(public(**kind), indent=2) + "\n", "a public JWK"
    yield "near-jwks.json", json.dumps({"keys": [public(**k) | {"use": "sig", "kid": n} for n, k in kinds.items()]}, indent=2) + "\n", "a set of public keys"
    yield "near-docs.md", text("""
        An RSA key in JWK has `"kty": "RSA"`, `"n"`, `"e"` and, when private, `"d"`:

        ```json
        {"kty": "RSA", "n": "0vx7ago...", "e": "AQAB", "d": "X4cTteJY_gn4FYPsX...", "p": "...", "q": "..."}
        {"kty": "EC", "crv": "P-256", "x": "...", "y": "...", "d": "<private, base64url>"}
        {"kty": "oct", "k": "<your secret here>"}
        ```
        """), "examples in a manual, values cut short"
    ec = public(kty="EC", crv="P-256")
    for name, value, why in (
        ("redacted", "**********", "a private member that was masked"), ("empty", "", "an empty private member"),
        ("null", None, "a private member that is null"), ("reference", "${vault:transit/pass-signer#d}", "a private member that is a reference"),
    ):
        yield f"near-{name}-d.json", json.dumps(ec | {"d": value}, indent=2) + "\n", why
    yield "near-redacted-oct.json", json.dumps({"kty": "oct", "alg": "HS256", "k": "[redacted]"}, indent=2) + "\n", "a masked symmetric key"
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "JWK", "required": ["kty"], "properties": {
        "kty": {"enum": ["RSA", "EC", "OKP", "oct"]}, "crv": {"type": "string"}, "x": {"type": "string"}, "y": {"type": "string"},
        "d": {"type": "string", "description": "private"}, "k": {"type": "string"}}}
    yield "near-schema.json", json.dumps(schema, indent=2) + "\n", "a JSON schema of JWK"
    yield "near-types.ts", 'export interface Jwk {\n  kty: "RSA" | "EC" | "OKP" | "oct";\n  n?: string;\n  e?: string;\n  d?: string;\n  k?: string;\n}\n', "a type declaration"
    yield "near-build.js", "const jwk = { kty: 'EC', crv: 'P-256', x: point.x, y: point.y, d: scalar.toString('base64url') };\n", "code that builds a JWK"
    rows = [{"group": g, "n": 120 + i, "mean": 4.2 + i, "d": round(0.31 * i + 0.05, 3), "p": 0.04, "q": 0.11, "e": 2.7} for i, g in enumerate("abcd")]
    yield "near-statistics.json", json.dumps({"test": "t", "effect sizes": rows, "d": 0.62, "x": [1, 2, 3], "y": [4, 5, 6]}, indent=2) + "\n", "statistics: Cohen's d, n, p, q, e"
    yield "near-vectors.json", json.dumps({"kty": "ship", "crv": "gentle", "x": "12", "y": "40", "d": "7"}) + "\n", "other things with the same member names"
    path = "M10 80C40 10 65 10 95 80S150 150 180 80" * 6
    yield "near-path.svg", f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200">\n  <path d="{path}" fill="none"/>\n</svg>\n', "an SVG path's d"
    yield "near-path.json", json.dumps({"kind": "path", "d": path, "x": "0", "y": "0"}) + "\n", "an SVG path's d in JSON"
    signer = JWK.generate(kty="EC", crv="P-256")
    token = jws.JWS(json.dumps({"iss": "https://id.example/", "sub": "ada"}))
    token.add_signature(signer, protected=json.dumps({"alg": "ES256", "jwk": signer.export_public(as_dict=True)}))
    yield "near-token.jwt", token.serialize(compact=True) + "\n", "a token whose header carries a public JWK"
    box = jwe.JWE(b"hello", json.dumps({"alg": "ECDH-ES", "enc": "A256GCM"}), recipient=JWK.generate(kty="EC", crv="P-256"))
    yield "near-message.jwe", box.serialize(compact=True) + "\n", "an encrypted message"
    yield "near-package-lock.json", lock_file(), "a lock file"


def main():
    folder = sys.argv[1]
    name = os.path.basename(os.path.abspath(folder))
    for file, content, why in globals()["make_" + name.replace("-", "_")]():
        data = content if isinstance(content, bytes) else content.encode()
        with open(os.path.join(folder, file), "wb") as out:
            out.write(data)
        record.append(folder, file, {"command": f"python3 ../make/near.py ../{name}", "silent": True, "why": why})


if __name__ == "__main__":
    main()
