#!/usr/bin/env python3
"""AWS KMS end to end: the AWS CLI against a local emulator, straykey against what it printed.

    python3 -m venv venv && venv/bin/pip install 'moto[server]' awscli
    venv/bin/python benches/aws_emulator.py target/release/straykey [--keep FOLDER]

Creates an RSA, an EC and an HMAC key, an RSA and an Ed25519 pair in EC2, and a payment key
with the AWS CLI, and imports an RSA pair of openssl's, which is exported by its fingerprint alone; exports them with the commands of docs/inventory.md; imports the folder;
plants the keys' own private halves, which only an emulator gives out, in a tree; scans it,
and asks that each is matched with its own key, and a stranger with none. --keep leaves the
CLI's output in FOLDER. Nothing leaves the machine.
"""

import argparse
import base64
import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from moto.kms.models import kms_backends
from moto.server import ThreadedMotoServer

REGION = "eu-west-1"
ACCOUNT = "123456789012"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("straykey", type=Path)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    straykey = asked.straykey.resolve()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        exports = (asked.keep or scratch / "exports").resolve()
        exports.mkdir(parents=True, exist_ok=True)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        try:
            host, port = server.get_host_and_port()
            planted = export(f"http://{host}:{port}", exports, scratch)
        finally:
            server.stop()
        match(straykey, exports, planted, scratch)


def cli(endpoint, *words):
    """Runs the AWS CLI and returns what it printed; an empty text if it refused."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": tempfile.gettempdir(),
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_PAGER": "",
    }
    aws = Path(sys.executable).with_name("aws")
    done = subprocess.run([aws, *words, "--output", "json"], env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 254):
        sys.exit(f"aws {' '.join(words)}: {done.stderr}")
    return done.stdout


def export(endpoint, exports, scratch):
    """Makes keys and saves what the CLI prints of them; returns the private halves by name."""
    challenge = scratch / "M"
    challenge.write_bytes(base64.b64decode("Owg0Vm9OkDvt6WvhN1GHLLzvDw3klWEayfm5tFcz/Is="))
    planted = {}
    specs = [("pass-signer", "RSA_2048", "SIGN_VERIFY"), ("gate", "ECC_NIST_P256", "SIGN_VERIFY"),
             ("webhook", "HMAC_256", "GENERATE_VERIFY_MAC"), ("bulk", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")]

    def save(name, *words):
        printed = cli(endpoint, *words)
        if printed:
            (exports / f"{name}.json").write_text(printed)
        return json.loads(printed) if printed else None

    for name, spec, usage in specs:
        made = json.loads(cli(endpoint, "kms", "create-key", "--key-spec", spec, "--key-usage", usage,
                              "--tags", "TagKey=env,TagValue=prod", "TagKey=owner,TagValue=auth"))
        cli(endpoint, "kms", "create-alias", "--alias-name", f"alias/{name}", "--target-key-id", made["KeyMetadata"]["KeyId"])
    keys = save("list-keys", "kms", "list-keys")["Keys"]
    aliases = save("list-aliases", "kms", "list-aliases")["Aliases"]
    names = {alias.get("TargetKeyId"): alias["AliasName"].removeprefix("alias/") for alias in aliases}
    for key in keys:
        key, name = key["KeyId"], names.get(key["KeyId"])
        if name not in [known for known, *_ in specs]:
            continue
        save(f"describe-key-{key}", "kms", "describe-key", "--key-id", key)
        save(f"list-resource-tags-{key}", "kms", "list-resource-tags", "--key-id", key)
        save(f"list-key-rotations-{key}", "kms", "list-key-rotations", "--key-id", key)
        held = kms_backends[ACCOUNT][REGION].keys[key]
        if name in ("pass-signer", "gate"):
            save(f"get-public-key-{key}", "kms", "get-public-key", "--key-id", key)
            planted[f"{name}.pem"] = pem(held.private_key.private_key)
        if name == "webhook":
            save(f"generate-mac-{key}", "kms", "generate-mac", "--key-id", key, "--mac-algorithm", "HMAC_SHA_256",
                 "--message", f"fileb://{challenge}")
            material = held.key_material
            material = material if isinstance(material, bytes) else str(material).encode()
            planted[f"{name}.env"] = f"JWT_SECRET={base64.b64encode(material).decode()}\n".encode()
    for kind in ("rsa", "ed25519"):
        made = json.loads(cli(endpoint, "ec2", "create-key-pair", "--key-name", f"build-{kind}", "--key-type", kind))
        planted[f"build-{kind}.pem"] = made["KeyMaterial"].encode()
    own = scratch / "own.pem"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", own, "2048"], check=True, capture_output=True)
    public = subprocess.run(["ssh-keygen", "-y", "-f", own], check=True, capture_output=True).stdout
    (scratch / "own.pub").write_bytes(public)
    cli(endpoint, "ec2", "import-key-pair", "--key-name", "own-rsa", "--public-key-material", f"fileb://{scratch}/own.pub")
    planted["own-rsa.pem"] = own.read_bytes()
    made = json.loads(cli(endpoint, "payment-cryptography", "create-key", "--exportable", "--key-attributes",
                          "KeyAlgorithm=AES_256,KeyUsage=TR31_M6_ISO_9797_5_CMAC_KEY,KeyClass=SYMMETRIC_KEY,"
                          "KeyModesOfUse={Generate=true,Verify=true}"))
    save("payment-get-key", "payment-cryptography", "get-key", "--key-identifier", made["Key"]["KeyArn"])
    save("payment-list-keys", "payment-cryptography", "list-keys")
    save("describe-key-pairs", "ec2", "describe-key-pairs", "--include-public-key", "--key-names", "build-rsa", "build-ed25519")
    save("describe-key-pairs-own", "ec2", "describe-key-pairs", "--key-names", "own-rsa")
    return planted


def pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def match(straykey, exports, planted, scratch):
    """Imports, plants, scans, and compares."""
    tree = scratch / "tree"
    tree.mkdir()
    for name, text in planted.items():
        (tree / name).write_bytes(text)
    stranger = scratch / "tree" / "stranger.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", stranger], check=True)
    listed = scratch / "keys.jsonl"
    done = subprocess.run([straykey, "inventory", "import", exports, "-o", listed], capture_output=True, text=True)
    print(done.stderr, end="")
    if done.returncode not in (0, 1):
        sys.exit("the import failed")
    done = subprocess.run([straykey, "scan", tree, "--inventory", listed, "--history", "skip", "--no-repo-config",
                           "--fail-on", "never", "--format", "json"], capture_output=True, text=True)
    report = json.loads(done.stdout)
    found = {}
    for finding in report["findings"]:
        matched = finding["properties"]["straykey"].get("match") or {}
        for place in finding["places"]:
            found[place["path"]] = (finding["rule"], matched.get("name", "-"), matched.get("by", "-"))
    for path, what in sorted(found.items()):
        print(f"{path:24} {what[0]:18} {what[1]:24} {what[2]}")
    wanted = {"pass-signer.pem": "pass-signer", "gate.pem": "gate", "webhook.env": "webhook",
              "build-rsa.pem": "build-rsa", "build-ed25519.pem": "build-ed25519", "own-rsa.pem": "own-rsa"}
    wrong = [path for path, name in wanted.items() if found.get(path, ("", ""))[1] != name]
    if found.get("stranger.pem", ("",))[0] != "private-key":
        wrong.append("stranger.pem")
    if wrong:
        sys.exit(f"not as expected: {', '.join(wrong)}")
    print("every key was matched with its own")


if __name__ == "__main__":
    main()
