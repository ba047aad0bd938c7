r"""Writes testdata/demo/: a small laptop, and the company's inventory.

Ada left Example Pass in September. On her laptop are twelve keys: five that
the KMS holds, one that a server trusts and no KMS knows, six of nobody's list;
and what surrounds keys on laptops. Public halves are left in the scratch folder
for kms.py, which exports them as the KMS would.

  demo.py FOLDER
"""

import base64
import hashlib
import json
import os
import subprocess
import sys

import record
from jwcrypto.jwk import JWK

PASS = "thistle-quay-ember-42"
SCRATCH = os.path.join(record.SCRATCH, "demo")


def sh(command, **names):
    """Runs a shell line in the scratch folder; returns what it prints."""
    done = subprocess.run(["bash", "-ec", command], cwd=SCRATCH, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return done.stdout.decode()


class Demo:
    """The tree under construction."""

    def __init__(self, folder):
        self.folder = folder
        self.entries = []

    def write(self, path, content):
        full = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())

    def expect(self, path, command, marker, ids, proof, rule, entry=None):
        """Says what a scan finds in a file: the key on the line of a marker."""
        with open(os.path.join(self.folder, path), "rb") as file:
            data = file.read()
        line = data.count(b"\n", 0, data.index(marker.encode())) + 1
        more = {"rule": rule} | ({"entry": entry} if entry else {})
        record.append(self.folder, path, {"command": command}, [record.key_entry(ids, proof, line, **more)])

    def silent(self, path, content, why):
        self.write(path, content)
        record.append(self.folder, path, {"silent": True, "why": why})

    def entry(self, name, kind, alg, public=None, ids=None, holdings=(), custodians=(), trusted_by=(), **more):
        """Adds an inventory entry; public: SPKI PEM."""
        value = {"entry": len(self.entries) + 1, "name": name, "kind": kind, "alg": alg}
        if public:
            der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public.encode(), stdout=subprocess.PIPE, check=True).stdout
            known = record.identity(public.encode())
            if known["algorithm"].startswith("RSA"):
                value["bits"] = int(known["algorithm"][4:])
            value["spki"] = base64.b64encode(der).decode()
            value["ids"] = {k: v for k, v in known.items() if k != "algorithm"} | (ids or {})
        else:
            value["ids"] = ids
        value |= {"holdings": list(holdings), "custodians": list(custodians), "allowed": ["kms"], "trusted_by": list(trusted_by)} | more
        self.entries.append(value)
        return value["entry"]


def holding(source, state, env, origin, owner, version="1", extractable=False, **dates):
    return {"source": source, "version": version, "state": state, "env": env, "origin": origin, "extractable": extractable, "owner": owner, **dates}


def arn(account, key):
    return f"aws:arn:aws:kms:eu-west-1:{account}:key/{key}"


# Key ids of the AWS accounts, here so that kms.py names the same ones.
AWS = {
    "refresh-prod": ("111122223333", "6f1c2a9e-0b7d-4c35-9a4e-3d2f5b8c7e10"),
    "refresh-dev": ("444455556666", "b2d94c70-5e1f-4f0a-8c66-91a7e3d0f4c2"),
    "webhook-hmac": ("111122223333", "0e5b7d31-c8a4-4b92-b6d5-7f2c9e1a3d48"),
    "old-build-box": ("111122223333", "9c3e8f52-7a6b-41d0-ae19-5b4d2c7f0e86"),
    "ledger": ("111122223333", "d47a1b08-2f9c-4e63-87b5-c0e6f3a9d214"),
}

JAVA = """\
package example.pass;

import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/** Signs boarding passes. Ask Ada before you touch this. */
final class TokenSigner {{
    // TICKET PASS-311: read this from Vault. It is only for the beta.
    private static final String KEY =
{literals};

    byte[] sign(byte[] pass) throws Exception {{
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key());
        signature.update(pass);
        return signature.sign();
    }}

    private static PrivateKey key() throws Exception {{
        String body = KEY.replaceAll("-----[A-Z ]+-----|\\\\s", "");
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body)));
    }}
}}
"""

JAVA_TEST = """\
package example.pass;

import static org.junit.jupiter.api.Assertions.assertThrows;

class TokenSignerTest {
    private static final String FAKE = "-----BEGIN PRIVATE KEY-----\\nnot-a-key\\n-----END PRIVATE KEY-----";
    private static final String EMPTY = "-----BEGIN PRIVATE KEY-----\\n-----END PRIVATE KEY-----\\n";
    private static final String JWK = "{\\"kty\\":\\"oct\\",\\"k\\":\\"<test>\\"}";

    @org.junit.jupiter.api.Test
    void refusesFakes() {
        assertThrows(IllegalArgumentException.class, () -> Keys.parse(FAKE));
        assertThrows(IllegalArgumentException.class, () -> Keys.parse(EMPTY));
        assertThrows(IllegalArgumentException.class, () -> Keys.parse(JWK));
    }
}
"""

README = """\
# pass-gateway

Opens the gate for people with a pass, and not for the others.

    cp .env.example .env && ./gradlew run

The gateway signs with a key from Vault. If it complains about a missing
`-----BEGIN PRIVATE KEY-----`, your `.env` is not filled in; if it complains
about `-----BEGIN RSA PRIVATE KEY-----`, the key is PKCS#1 and must be
converted with `openssl pkcs8 -topk8 -nocrypt`.

Never commit a key. (Looking at you, Ada.)
"""

SSH_CONFIG = """\
Host gate
    HostName gate.pass.example
    User ops
    IdentityFile ~/.ssh/id_ed25519

Host build-box
    HostName build.pass.example
    User deploy
    IdentityFile ~/Downloads/old-build-box.ppk
"""

DOCKERFILE = """\
FROM registry.pass.example/jre:21
# The key comes from the orchestrator; do not COPY one in.
ENV GATE_KEY_FILE=/run/secrets/gate.pem
RUN test ! -e /app/gate.pem || (echo 'found -----BEGIN EC PRIVATE KEY-----, go away' && false)
COPY build/libs/gateway.jar /app/
ENTRYPOINT ["java", "-jar", "/app/gateway.jar"]
"""

HANDOVER = """\
# Handover

- The gate opens at seven, closes at ten. The cat knows how to get in.
- On-call book: https://wiki.pass.example/oncall
- If Vault is down, this one still works (I know, I know):

{key}
- The coffee machine's PIN is the year it was last cleaned.
"""


def indent(text, prefix):
    return "".join(f"{prefix}{line}\n" for line in text.splitlines())


def make_home(demo):
    """Twelve keys and their surroundings."""
    ssh = "home/ada/.ssh"
    repo = "home/ada/src/pass-gateway"
    downloads = "home/ada/Downloads"
    publics = {}

    def public(name, command):
        text = sh(command)
        if text.startswith("ssh-"):
            with open(os.path.join(SCRATCH, f"{name}.line"), "w") as file:
                file.write(text)
            text = record.spki_of_ssh_line(text).decode()
        with open(os.path.join(SCRATCH, f"{name}.pub.pem"), "w") as file:
            file.write(text)
        publics[name] = text
        return record.identity(text.encode())

    # 1: in Vault, prod; hard-coded in Java, and again in the handover notes.
    make = "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out pass-signer"
    sh(make)
    ids = public("pass-signer", "openssl pkey -in pass-signer -pubout")
    literals = " +\n".join(f'        "{line}\\n"' for line in sh("cat pass-signer").splitlines())
    demo.write(f"{repo}/src/main/java/example/pass/TokenSigner.java", JAVA.format(literals=literals))
    demo.expect(f"{repo}/src/main/java/example/pass/TokenSigner.java", make, "-----BEGIN", ids, "private", "managed-key-prod", 1)
    pkcs1 = sh("openssl rsa -in pass-signer -traditional")
    demo.write("home/ada/notes/handover.md", HANDOVER.format(key=indent(pkcs1, "      ")))
    demo.expect("home/ada/notes/handover.md", "openssl rsa -in pass-signer -traditional", "-----BEGIN", ids, "private", "managed-key-prod", 1)

    # 2: in the KMS of prod and, by mistake, of dev; in .env.
    make = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out refresh-signer"
    sh(make)
    ids = public("refresh-signer", "openssl pkey -in refresh-signer -pubout")
    escaped = "\\n".join(sh("cat refresh-signer").splitlines())
    demo.write(f"{repo}/.env", f'PORT=8443\nISSUER=https://id.pass.example/\nREFRESH_KEY="{escaped}\\n"\nLOG_LEVEL=debug\n')
    demo.expect(f"{repo}/.env", make, "-----BEGIN", ids, "private", "managed-key-prod", 2)

    # 3: in Vault, dev; a JWK in a configuration.
    key = JWK.generate(kty="OKP", crv="Ed25519", kid="dev-2026-03")
    with open(os.path.join(SCRATCH, "dev-issuer.pub"), "wb") as file:
        file.write(key.export_to_pem())
    ids = public("dev-issuer", "cat dev-issuer.pub")
    config = {"issuers": [{"url": "https://id.dev.pass.example/", "ttl": "15m", "jwk": key.export(as_dict=True) | {"alg": "EdDSA"}}]}
    demo.write(f"{repo}/config/issuers.dev.json", json.dumps(config, indent=2) + "\n")
    demo.expect(f"{repo}/config/issuers.dev.json", "jwcrypto: JWK.generate(kty='OKP', crv='Ed25519')", '"jwk": {', ids, "private", "managed-key", 3)

    # 4: an HMAC key in AWS KMS, prod; the list has its answer to the challenge.
    key = JWK.generate(kty="oct", size=256)
    fields = key.export(as_dict=True)
    hmac_ids = record.symmetric_identity(base64.urlsafe_b64decode(fields["k"] + "="))
    with open(os.path.join(SCRATCH, "webhook-hmac.json"), "w") as file:
        json.dump(hmac_ids, file)
    partners = {"partners": [{"name": "Ferries of Example", "hook": "https://hooks.ferry.example/pass", "signing": fields | {"alg": "HS256", "use": "sig"}}]}
    demo.write(f"{repo}/config/partners.json", json.dumps(partners, indent=2) + "\n")
    demo.expect(f"{repo}/config/partners.json", "jwcrypto: JWK.generate(kty='oct', size=256)", '"signing": {', hmac_ids, "challenge", "managed-key-prod", 4)

    # 5: switched off in AWS KMS, yet a server still trusts it; an encrypted PPK.
    make = f"puttygen -q -t rsa -b 2048 --random-device /dev/urandom -C deploy@build.pass.example --new-passphrase <(printf %s {PASS}) -o old-build-box.ppk"
    sh(make)
    ids = public("old-build-box", "puttygen -L old-build-box.ppk")
    demo.write(f"{downloads}/old-build-box.ppk", sh("cat old-build-box.ppk").replace("\n", "\r\n"))
    demo.expect(f"{downloads}/old-build-box.ppk", make, "PuTTY-User", ids, "sealed", "retired-key-trusted", 5)

    # 6: no KMS knows it, but the gate trusts it.
    make = "ssh-keygen -q -t ed25519 -N '' -C ada@laptop.example -f id_ed25519"
    sh(make)
    ids = public("ada-login", "cat id_ed25519.pub")
    demo.write(f"{ssh}/id_ed25519", sh("cat id_ed25519"))
    demo.expect(f"{ssh}/id_ed25519", make, "-----BEGIN", ids, "private", "shadow-key", 6)
    demo.silent(f"{ssh}/id_ed25519.pub", sh("cat id_ed25519.pub"), "a public key, in the inventory or not")

    # 7 to 12: on no list.
    make = f"ssh-keygen -q -t rsa -b 3072 -N {PASS} -C ada@laptop.example -f id_rsa"
    sh(make)
    ids = public("id_rsa", "cat id_rsa.pub")
    demo.write(f"{ssh}/id_rsa", sh("cat id_rsa"))
    demo.expect(f"{ssh}/id_rsa", make, "-----BEGIN", ids, "sealed", "sealed-private-key")
    demo.silent(f"{ssh}/id_rsa.pub", sh("cat id_rsa.pub"), "a public key")

    make = f"openssl genrsa 2048 | openssl rsa -traditional -aes128 -passout pass:{PASS}"
    demo.write(f"{ssh}/vendor.pem", sh(make))
    demo.expect(f"{ssh}/vendor.pem", make, "-----BEGIN", {}, "opaque", "sealed-private-key")

    make = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out authkey"
    sh(make)
    ids = public("authkey", "openssl pkey -in authkey -pubout")
    demo.write(f"{downloads}/AuthKey_7Q2DEMO4KX.p8", sh("cat authkey").rstrip("\n"))
    demo.expect(f"{downloads}/AuthKey_7Q2DEMO4KX.p8", make, "-----BEGIN", ids, "private", "private-key")

    make = "openssl ecparam -name secp384r1 -genkey -noout -out gate-tls"
    sh(make)
    ids = public("gate-tls", "openssl ec -in gate-tls -pubout")
    certificate = sh("openssl req -x509 -new -key gate-tls -days 90 -subj /CN=gate.dev.pass.example")
    manifest = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: gate-tls\ntype: kubernetes.io/tls\nstringData:\n"
    manifest += "  tls.crt: |\n" + indent(certificate, "    ") + "  tls.key: |\n" + indent(sh("cat gate-tls"), "    ")
    demo.write(f"{repo}/deploy/gate-tls.yaml", manifest)
    demo.expect(f"{repo}/deploy/gate-tls.yaml", make, "-----BEGIN EC", ids, "private", "private-key")

    make = "openssl genpkey -algorithm X25519 -out tunnel"
    sh(make)
    ids = public("tunnel", "openssl pkey -in tunnel -pubout")
    demo.write(f"{repo}/dev/tunnel.key", sh("cat tunnel"))
    demo.expect(f"{repo}/dev/tunnel.key", make, "-----BEGIN", ids, "private", "agreement-key")

    make = f"openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 | openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:{PASS}"
    demo.write("home/ada/src/release-tools/release-2025.pem", sh(make))
    demo.expect("home/ada/src/release-tools/release-2025.pem", make, "-----BEGIN", {}, "opaque", "sealed-private-key")

    make_surroundings(demo, ssh, repo, downloads, certificate)
    return publics, hmac_ids


def make_surroundings(demo, ssh, repo, downloads, certificate):
    """Files that hold no key."""
    hosts = []
    for host in ("gate.pass.example", "build.pass.example", "git.pass.example"):
        line = sh("rm -f h h.pub; ssh-keygen -q -t ed25519 -N '' -C '' -f h; cat h.pub")
        hosts.append(f"{host} {' '.join(line.split()[:2])}\n")
    demo.silent(f"{ssh}/known_hosts", "".join(hosts), "host keys: public")
    demo.silent(f"{ssh}/config", SSH_CONFIG, "names of key files")
    demo.silent(f"{repo}/README.md", README, "sentences about PEM headers")
    demo.silent(f"{repo}/Dockerfile", DOCKERFILE, "a PEM header in a command")
    demo.silent(f"{repo}/.gitignore", ".env\nbuild/\n*.pem\n", "ignores a file with a key, which must be found all the same")
    demo.silent(f"{repo}/.env.example", 'PORT=8443\nREFRESH_KEY="-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----\\n"\n', "a placeholder")
    demo.silent(f"{repo}/src/test/java/example/pass/TokenSignerTest.java", JAVA_TEST, "fake keys of tests")
    packages = {f"node_modules/{n}": {"version": "1.0.3", "integrity": "sha512-" + base64.b64encode(os.urandom(64)).decode()} for n in ("turnstile", "left-lane", "tiny-tea")}
    demo.silent(f"{repo}/web/package-lock.json", json.dumps({"name": "gate-web", "lockfileVersion": 3, "packages": packages}, indent=2) + "\n", "a lock file")
    logo = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 90"><path d="M12 80V30a33 33 0 0 1 66 0v50M45 80V20"/></svg>\n'
    demo.silent(f"{repo}/web/logo.svg", logo, "an SVG path's d")
    jwks = {"keys": [JWK.generate(kty="EC", crv="P-256", kid=k).export_public(as_dict=True) | {"use": "sig"} for k in ("ferry-1", "ferry-2")]}
    demo.silent(f"{repo}/config/partner-keys.json", json.dumps(jwks, indent=2) + "\n", "public keys of a partner")
    demo.silent(f"{downloads}/gate.dev.pass.example.crt", certificate, "a certificate")
    # A photo as far as a scanner cares: JFIF around noise.
    photo = bytes.fromhex("ffd8ffe000104a46494600010101004800480000ffdb0043") + os.urandom(24000) + bytes.fromhex("ffd9")
    demo.silent(f"{downloads}/cat-at-the-gate.jpg", photo, "a photo")
    demo.silent(f"{downloads}/ferry-timetable.csv", "ferry,departs,arrives\nMarigold,07:10,08:02\nOld Bess,09:30,11:15 (if she feels like it)\n", "a table")
    demo.silent("home/ada/src/release-tools/release.sh", "#!/bin/sh\n# asks for the passphrase\nopenssl dgst -sha256 -sign release-2025.pem -out \"$1.sig\" \"$1\"\n", "a script that uses a key")


def make_inventory(demo, publics, hmac_ids):
    """The list, in the form that operations would sign."""
    ada = {"id": "ada@pass.example", "from": "2023-04-01", "to": "2026-09-30"}
    bo = {"id": "bo@pass.example", "from": "2026-10-01", "to": None}
    jwks = "https://id.pass.example/.well-known/jwks.json"
    prod = {"created": "2024-04-18T09:12:44Z", "rotated": "2024-04-18T09:12:44Z", "rotate_by": "2025-04-18T00:00:00Z", "expires": None}
    new = {"created": "2026-02-03T10:00:00Z", "rotated": "2026-02-03T10:00:00Z", "rotate_by": "2027-02-03T00:00:00Z", "expires": None}

    def chal(ids):
        return {k: v for k, v in ids.items() if k.startswith("chal-")}

    def fresh(command):
        return sh(command + " | openssl pkey -pubout")

    rsa = "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{}"
    ec = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{}"
    ed = "openssl genpkey -algorithm {}"
    add = demo.entry
    add("auth/pass-signer", "rsa", ["RS256"], publics["pass-signer"], {"kid": ["pass-2024-04"]}, [
        holding("vault:transit/pass-signer", "active", "prod", "imported", "identity-platform", "3", True, **prod)], [ada, bo], [jwks])
    add("gate/refresh-signer", "ec", ["ES256"], publics["refresh-signer"], None, [
        holding(arn(*AWS["refresh-prod"]), "active", "prod", "external", "gate", **new),
        holding(arn(*AWS["refresh-dev"]), "active", "dev", "external", "gate", **new)], [ada], [jwks])
    add("gate/dev-issuer", "okp", ["EdDSA"], publics["dev-issuer"], {"kid": ["dev-2026-03"]}, [
        holding("vault:transit/dev-issuer", "active", "dev", "kms-generated", "gate", "2", True, **new)], [bo], ["https://id.dev.pass.example/jwks.json"])
    add("partners/webhook-hmac", "hmac", ["HS256"], None, chal(hmac_ids), [
        holding(arn(*AWS["webhook-hmac"]), "active", "prod", "external", "partners", **new)], [bo], bits=256, entropy="strong")
    add("build/old-build-box", "rsa", ["RS256"], publics["old-build-box"], None, [
        holding(arn(*AWS["old-build-box"]), "disabled", "prod", "external", "build", **prod)], [ada], ["ssh://build.pass.example/home/deploy/.ssh/authorized_keys"])
    add("login/ops@gate", "okp", ["ssh-ed25519"], publics["ada-login"], None, [], [], ["ssh://gate.pass.example/etc/ssh/authorized_keys.d/ops"])
    # Keys that stayed where they belong.
    gcp = "gcp:projects/example-pass/locations/europe-west3/keyRings/signing/cryptoKeys/{}/cryptoKeyVersions/{}"
    add("ca/root-2024", "rsa", ["RS384"], fresh(rsa.format(4096)), None, [holding(gcp.format("root-2024", 1), "active", "prod", "kms-generated", "pki", **prod)], [bo])
    add("release/code-signer", "ec", ["ES384"], fresh(ec.format("P-384")), None, [holding(gcp.format("code-signer", 2), "active", "prod", "kms-generated", "build", "2", **new)], [bo])
    add("auth/pass-signer", "rsa", ["RS256"], fresh(rsa.format(2048)), {"kid": ["pass-2022-01"]}, [
        holding("vault:transit/pass-signer", "expired", "prod", "kms-generated", "identity-platform", "2", created="2022-01-10T08:00:00Z", expires="2024-06-01T00:00:00Z")], [ada])
    add("auth/pass-signer", "rsa", ["RS256"], fresh(rsa.format(2048)), {"kid": ["pass-2019-07"]}, [
        holding("vault:transit/pass-signer", "destroyed", "prod", "kms-generated", "identity-platform", "1", created="2019-07-02T08:00:00Z")])
    add("ledger/receipts", "ec", ["ES256K"], fresh(ec.format("secp256k1")), None, [holding(arn(*AWS["ledger"]), "active", "stage", "kms-generated", "ledger", **new)], [bo])
    add("gate/firmware", "okp", ["EdDSA"], fresh(ed.format("ED25519")), None, [holding("vault:transit/firmware", "active", "prod", "kms-generated", "gate", "4", **new)], [bo])
    add("saml/intranet", "rsa", ["RS256"], fresh(rsa.format(2048)), None, [
        holding("azure:https://pass-kv.vault.azure.example/keys/saml-intranet/5d2c7f0e86414b92b6d57f2c9e1a3d48", "pending-deletion", "prod", "kms-generated", "it", **prod)], [bo])
    add("audit/log-signer", "ec", ["ES512"], fresh(ec.format("P-521")), None, [holding("pkcs11:token=hsm-2;object=log-signer", "compromised", "prod", "unknown", "security", **prod)], [bo])
    add("mail/dkim-2026", "rsa", ["RS256"], fresh(rsa.format(2048)), {"kid": ["mail2026"]}, [holding("azure:https://pass-kv.vault.azure.example/keys/dkim/0e5b7d31c8a44b92b6d57f2c9e1a3d48", "pre-active", "prod", "kms-generated", "it", **new)])
    add("partners/old-hmac", "hmac", ["HS512"], None, chal(record.symmetric_identity(os.urandom(64))), [
        holding("vault:transit/old-hmac", "revoked", "prod", "kms-generated", "partners", **prod)], [ada], bits=512, entropy="strong")
    add("session/box", "aes", ["A256GCM"], None, {"kcv": [{"m": "aes-cmac", "v": os.urandom(3).hex()}]}, [holding("pkcs11:token=hsm-1;object=session-box", "active", "prod", "kms-generated", "gate", **new)], bits=256)
    add("push/apple", "opaque", ["ES256"], None, {"kid": ["9XYDEMO31Z"]}, [holding("other:apple-developer/9XYDEMO31Z", "active", "prod", "external", "mobile", **new)], note="Apple returns no public key for these.")
    entries = demo.entries
    sources = sorted({h["source"].split(":")[0] for e in entries for h in e["holdings"]} | {"jwks", "authorized_keys"})
    header = {
        "format": "straykey-inventory/1", "list_id": "example-pass-keys", "org": "Example Pass", "version": 41,
        "issued_at": "2026-11-02T06:00:00Z", "expires_at": "2036-11-02T06:00:00Z", "prev_sha256": hashlib.sha256(b"version 40").hexdigest(),
        "sources": sources, "counts": {"entries": len(entries), "holdings": sum(len(e["holdings"]) for e in entries)},
        "challenge": "3b0834566f4e903bede96be13751872cbcef0f0de495611ac9f9b9b45733fc8b",
    }
    lines = [header, *entries]
    demo.write("inventory.jsonl", "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines))
    record.append(demo.folder, "inventory.jsonl", {"silent": True, "why": "the inventory itself: public halves"})


def add_bk256(demo):
    """Adds badkeys' id: SHA-256 of n, x or the public bytes as an integer without leading zeros."""
    path = os.path.join(demo.folder, "inventory.jsonl")
    with open(path) as file:
        lines = [json.loads(line) for line in file]
    for entry in lines[1:]:
        if "spki" not in entry:
            continue
        bits = base64.b64decode(entry["spki"])
        if entry["kind"] == "rsa":
            text = subprocess.run(["openssl", "rsa", "-pubin", "-inform", "DER", "-noout", "-modulus"], input=bits, stdout=subprocess.PIPE, check=True).stdout
            number = bytes.fromhex(text.decode().strip().removeprefix("Modulus="))
        elif entry["kind"] == "ec":
            size = {"ES256": 32, "ES256K": 32, "ES384": 48, "ES512": 66}[entry["alg"][0]]
            number = bits[-2 * size : -size]
        else:
            number = bits[-32:]
        entry["ids"]["bk256"] = hashlib.sha256(number.lstrip(b"\0")).hexdigest()
    with open(path, "w") as file:
        file.writelines(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)


def main():
    os.makedirs(SCRATCH, exist_ok=True)
    demo = Demo(sys.argv[1])
    publics, hmac_ids = make_home(demo)
    make_inventory(demo, publics, hmac_ids)
    add_bk256(demo)


if __name__ == "__main__":
    main()
