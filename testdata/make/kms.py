r"""Writes testdata/kms/: exports as the command lines of KMSs print them.

They hold the public halves of the demo's keys (see demo.py, which must have run
with the same STRAYKEY_SCRATCH) and of keys that are nowhere else. Written by
hand from the documented fields; the numbers in them are by the tools.

expect.toml: `kind` of export, `entries` it adds, what the entries must say, and
`understood = false` or `error` where there is nothing to take.

  kms.py FOLDER
"""

import base64
import json
import os
import subprocess
import sys

import demo
import record
from jwcrypto.jwk import JWK

REQUEST = "8d1f6c2e-41b7-4a09-9c55-0f3e7a2b6d18"
RSA_ALGORITHMS = [f"RSASSA_{p}_SHA_{h}" for p in ("PKCS1_V1_5", "PSS") for h in (256, 384, 512)]
SPECS = {
    "RSA-2048": ("RSA_2048", RSA_ALGORITHMS),
    "RSA-3072": ("RSA_3072", RSA_ALGORITHMS),
    "EC-P256": ("ECC_NIST_P256", ["ECDSA_SHA_256"]),
    "EC-secp256k1": ("ECC_SECG_P256K1", ["ECDSA_SHA_256"]),
    "Ed25519": ("ECC_NIST_EDWARDS25519", ["ED25519_SHA_512", "ED25519_PH_SHA_512"]),
}
VAULT_TYPES = {"RSA-2048": "rsa-2048", "EC-P384": "ecdsa-p384", "Ed25519": "ed25519"}


def tool(*command, data=None):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def fresh(*arguments):
    """Returns the public half (PEM) of a key that is thrown away."""
    return tool("openssl", "pkey", "-pubout", data=tool("openssl", "genpkey", *arguments)).decode()


def rsa(bits):
    return fresh("-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}")


def ec(curve):
    return fresh("-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}")


def of_demo(name):
    with open(os.path.join(demo.SCRATCH, name)) as file:
        return file.read()


def der(public):
    return tool("openssl", "pkey", "-pubin", "-outform", "DER", data=public.encode())


def crc32c(data):
    """CRC-32C (RFC 3720), which Google prints beside a PEM."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Exports:
    """The folder under construction."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, path, content, command, kind, keys=(), **fields):
        """Writes one file and says what an import makes of it."""
        if not isinstance(content, (bytes, str)):
            content = json.dumps(content, indent=4) + "\n"
        full = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        record.append(self.folder, path, {"command": command, "kind": kind, "entries": len(keys), **fields}, keys)


def key(public, **more):
    """What an import must say of an asymmetric key."""
    ids = record.identity(public.encode())
    return ids | more


def aws(exports):
    aliases = []
    for name, source, state in (
        ("refresh-prod", "refresh-signer", "Enabled"), ("refresh-dev", "refresh-signer", "Enabled"),
        ("old-build-box", "old-build-box", "Disabled"), ("ledger", None, "Enabled"), ("webhook-hmac", "hmac", "Enabled"),
    ):
        account, key_id = demo.AWS[name]
        arn = f"arn:aws:kms:eu-west-1:{account}:key/{key_id}"
        command = f"aws kms {{}} --key-id {key_id}"
        state_of = {"Enabled": "active", "Disabled": "disabled"}[state]
        metadata = {
            "AWSAccountId": account, "KeyId": key_id, "Arn": arn, "CreationDate": "2026-02-03T11:00:00.512000+01:00", "Enabled": state == "Enabled",
            "Description": name.replace("-", " "), "KeyState": state, "Origin": "AWS_KMS" if name == "ledger" else "EXTERNAL",
            "KeyManager": "CUSTOMER", "MultiRegion": False,
        }
        if source == "hmac":
            ids = json.loads(of_demo("webhook-hmac.json"))
            mac = base64.b64encode(bytes.fromhex(ids["chal-hmac-sha256"])).decode()
            exports.write(f"aws/generate-mac-{name}.json", {"Mac": mac, "MacAlgorithm": "HMAC_SHA_256", "KeyId": arn},
                          command.format("generate-mac") + " --mac-algorithm HMAC_SHA_256 --message fileb://M", "aws-generate-mac",
                          [{"kind": "hmac", "chal-hmac-sha256": ids["chal-hmac-sha256"], "name": arn}])
            metadata |= {"KeyUsage": "GENERATE_VERIFY_MAC", "CustomerMasterKeySpec": "HMAC_256", "KeySpec": "HMAC_256", "MacAlgorithms": ["HMAC_SHA_256"]}
        else:
            public = of_demo(f"{source}.pub.pem") if source else ec("secp256k1")
            spec, algorithms = SPECS[record.identity(public.encode())["algorithm"]]
            answer = {"KeyId": arn, "PublicKey": base64.b64encode(der(public)).decode(), "CustomerMasterKeySpec": spec, "KeySpec": spec,
                      "KeyUsage": "SIGN_VERIFY", "SigningAlgorithms": algorithms}
            exports.write(f"aws/get-public-key-{name}.json", answer, command.format("get-public-key"), "aws-get-public-key", [key(public, name=arn)])
            metadata |= {"KeyUsage": "SIGN_VERIFY", "CustomerMasterKeySpec": spec, "KeySpec": spec, "SigningAlgorithms": algorithms}
        exports.write(f"aws/describe-key-{name}.json", {"KeyMetadata": metadata}, command.format("describe-key"), "aws-describe-key",
                      describes=arn, state=state_of, origin="kms-generated" if name == "ledger" else "imported")
        if account == "111122223333":
            aliases.append({"AliasName": f"alias/{name}", "AliasArn": f"arn:aws:kms:eu-west-1:{account}:alias/{name}", "TargetKeyId": key_id,
                            "CreationDate": "2026-02-03T11:05:10.120000+01:00", "LastUpdatedDate": "2026-02-03T11:05:10.120000+01:00"})
    aliases.append({"AliasName": "alias/aws/s3", "AliasArn": "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"})
    exports.write("aws/list-aliases.json", {"Aliases": aliases}, "aws kms list-aliases", "aws-list-aliases")


def gcp(exports):
    for name, version, public, algorithm in (
        ("root-2024", 1, rsa(4096), "RSA_SIGN_PKCS1_4096_SHA384"), ("code-signer", 2, ec("P-384"), "EC_SIGN_P384_SHA384"),
        ("beacon", 1, fresh("-algorithm", "ED25519"), "EC_SIGN_ED25519"),
    ):
        resource = f"projects/example-pass/locations/europe-west3/keyRings/signing/cryptoKeys/{name}/cryptoKeyVersions/{version}"
        answer = {"algorithm": algorithm, "name": resource, "pem": public, "pemCrc32c": str(crc32c(public.encode())), "protectionLevel": "HSM"}
        command = f"gcloud kms keys versions get-public-key {version} --key {name} --keyring signing --location europe-west3 --format json"
        exports.write(f"gcp/{name}-{version}.json", answer, command, "gcp-public-key", [key(public, name=resource, version=str(version))])


def azure(exports):
    for name, public, kty, crv in (("saml-intranet", rsa(3072), "RSA-HSM", None), ("receipts", ec("secp256k1"), "EC", "P-256K"), ("turnstile", ec("P-256"), "EC-HSM", "P-256")):
        fields = JWK.from_pem(public.encode()).export_public(as_dict=True)
        version = os.urandom(16).hex()
        kid = f"https://pass-kv.vault.azure.example/keys/{name}/{version}"
        jwk = {m: fields.get(m) for m in ("d", "dp", "dq", "e", "k", "n", "p", "q", "qi", "t", "x", "y")}
        jwk |= {"kid": kid, "kty": kty, "keyOps": ["sign", "verify"], "crv": crv}
        enabled = name != "saml-intranet"
        answer = {"attributes": {"created": "2026-02-03T10:00:00+00:00", "enabled": enabled, "expires": None, "exportable": False, "notBefore": None,
                                 "recoverableDays": 90, "recoveryLevel": "Recoverable+Purgeable", "updated": "2026-02-03T10:00:00+00:00"},
                  "key": dict(sorted(jwk.items())), "managed": None, "releasePolicy": None, "tags": {"env": "prod", "owner": "it"}}
        if name == "turnstile":  # as the REST interface prints it: no nulls, times in seconds
            answer = {"key": {k: v for k, v in jwk.items() if v is not None and k != "keyOps"} | {"key_ops": ["sign", "verify"]},
                      "attributes": {"enabled": True, "created": 1770112800, "updated": 1770112800, "recoveryLevel": "Recoverable+Purgeable"}}
        command = f"az keyvault key show --vault-name pass-kv --name {name} -o json"
        exports.write(f"azure/{name}.json", answer, command, "azure-key", [key(public, name=kid, version=version, state="active" if enabled else "disabled")])


def vault(exports):
    def read(name, kind, keys, **more):
        data = {
            "allow_plaintext_backup": False, "auto_rotate_period": 0, "deletion_allowed": False, "derived": False, "exportable": False, "imported_key": False,
            "keys": keys, "latest_version": len(keys), "min_available_version": 0, "min_decryption_version": 1, "min_encryption_version": 0, "name": name,
            "supports_decryption": kind.startswith(("rsa", "aes")), "supports_derivation": kind in ("ed25519", "aes256-gcm96"),
            "supports_encryption": kind.startswith(("rsa", "aes")), "supports_signing": not kind.startswith(("aes", "hmac")), "type": kind,
        } | more
        return {"request_id": REQUEST, "lease_id": "", "lease_duration": 0, "renewable": False, "data": data, "warnings": None, "mount_type": "transit"}

    def asymmetric(name, publics, **more):
        keys = {}
        kind = VAULT_TYPES[record.identity(publics[0].encode())["algorithm"]]
        for version, public in enumerate(publics, 1):
            shown = base64.b64encode(der(public)[-32:]).decode() if kind == "ed25519" else public
            keys[str(version)] = {"certificate_chain": "", "creation_time": f"202{3 + version}-04-18T09:12:44.12053Z", "hybrid_public_key": "", "name": kind, "public_key": shown}
        exports.write(f"vault/transit-{name}.json", read(name, kind, keys, **more), f"vault read -format=json transit/keys/{name}", "vault-transit",
                      [key(p, name=name, version=str(v)) for v, p in enumerate(publics, 1)])

    asymmetric("pass-signer", [rsa(2048), rsa(2048), of_demo("pass-signer.pub.pem")], exportable=True, imported_key=True)
    asymmetric("dev-issuer", [fresh("-algorithm", "ED25519"), of_demo("dev-issuer.pub.pem")], exportable=True)
    asymmetric("manifest", [ec("P-384")])
    times = {"1": 1745000000, "2": 1770112800}
    exports.write("vault/transit-webhook-mirror.json", read("webhook-mirror", "hmac", times), "vault read -format=json transit/keys/webhook-mirror", "vault-transit", describes="webhook-mirror")
    ids = record.symmetric_identity(os.urandom(32))

    def answer(version, value):
        return {"request_id": REQUEST, "lease_id": "", "lease_duration": 0, "renewable": False,
                "data": {"hmac": f"vault:v{version}:{base64.b64encode(value).decode()}"}, "warnings": None, "mount_type": "transit"}

    challenge = base64.b64encode(record.CHALLENGE).decode()
    exports.write("vault/hmac-webhook-mirror.json", answer(2, bytes.fromhex(ids["chal-hmac-sha256"])),
                  f"vault write -format=json transit/hmac/webhook-mirror/sha2-256 input={challenge}", "vault-hmac",
                  [{"kind": "hmac", "chal-hmac-sha256": ids["chal-hmac-sha256"], "name": "webhook-mirror", "version": "2"}])
    exports.write("vault/transit-session-box.json", read("session-box", "aes256-gcm96", times), "vault read -format=json transit/keys/session-box", "vault-transit", describes="session-box")
    exports.write("vault/hmac-session-box.json", answer(1, os.urandom(32)), f"vault write -format=json transit/hmac/session-box/sha2-256 input={challenge}", "vault-hmac",
                  refused="transit-session-box.json says type aes256-gcm96: Vault answers with a separate key then")


def trust(exports):
    """What verifiers trust, and plain files."""
    keys = [("pass-2024-04", of_demo("pass-signer.pub.pem")), ("refresh-1", of_demo("refresh-signer.pub.pem")), ("night-shift", rsa(2048)), ("beacon", fresh("-algorithm", "ED25519")), ("vault-door", ec("P-521"))]
    members = [JWK.from_pem(p.encode()).export_public(as_dict=True) | {"kid": kid, "use": "sig"} for kid, p in keys]
    exports.write("jwks/id.pass.example.json", {"keys": members}, "curl https://id.pass.example/.well-known/jwks.json", "jwks", [key(p, kid=kid) for kid, p in keys])
    public = ec("brainpoolP256r1")
    exports.write("pem/e-ticket-printer.pem", public, "openssl pkey -pubout", "pem-public-key", [key(public)])
    two = [rsa(2048), fresh("-algorithm", "ED448")]
    exports.write("pem/two-keys.pem", "# printers, ground floor\n" + "\n".join(two), "openssl pkey -pubout (twice)", "pem-public-key", [key(p) for p in two])
    public = rsa(2048)
    exports.write("pem/weather-feed.pem", tool("openssl", "rsa", "-pubin", "-RSAPublicKey_out", data=public.encode()), "openssl rsa -RSAPublicKey_out", "pem-public-key", [key(public)])
    public = ec("P-256")
    exports.write("pem/lost-and-found.der", der(public), "openssl pkey -pubout -outform DER", "der-public-key", [key(public)])
    for form in ("PEM", "DER"):
        secret = tool("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        public = tool("openssl", "pkey", "-pubout", data=secret).decode()
        certificate = tool("openssl", "req", "-x509", "-key", "/dev/stdin", "-days", "3650", "-subj", f"/O=Example Pass/CN={form.lower()}.gate.pass.example", "-outform", form, data=secret)
        exports.write(f"certificates/gate-{form.lower()}.crt", certificate, f"openssl req -x509 -outform {form}", "certificate", [key(public, name=f"CN={form.lower()}.gate.pass.example")])
    lines, entries = ["# /etc/ssh/authorized_keys.d/ops on gate.pass.example\n"], []
    other = tool("bash", "-ec", "d=$(mktemp -d); ssh-keygen -q -t ecdsa -b 384 -N '' -C 'bo@desk.example' -f $d/k; cat $d/k.pub; rm -r $d").decode()
    for line in (of_demo("ada-login.line"), 'from="10.0.0.0/8",no-pty ' + other, of_demo("old-build-box.line")):
        lines.append(line.rstrip("\n") + "\n")
        bare = line[line.index("ssh-") if "ssh-" in line else line.index("ecdsa-") :]
        entries.append(key(record.spki_of_ssh_line(bare.strip()).decode()))
    exports.write("ssh/authorized_keys", "".join(lines), "cat /etc/ssh/authorized_keys.d/ops", "openssh-public-keys", entries)
    exports.write("notes.txt", "Exports of 2 November. The printer ones are from Bo's stick.\nStill missing: the ferry people. Ask again on Monday.\n", "", "unknown", understood=False)
    broken = '{\n    "KeyId": "arn:aws:kms:eu-west-1:111122223333:key/d47a1b08-2f9c-4e63-87b5-c0e6f3a9d214",\n    "PublicKey": "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE"\n    "KeySpec": "ECC_SECG_P256K1"\n}\n'
    try:
        json.loads(broken)
    except json.JSONDecodeError as error:
        exports.write("broken.json", broken, "a file that was edited by hand", "unknown", error=error.msg, line=error.lineno, column=error.colno)


def main():
    exports = Exports(sys.argv[1])
    for part in (aws, gcp, azure, vault, trust):
        part(exports)


if __name__ == "__main__":
    main()
