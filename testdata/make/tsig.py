"""Makes the folder of TSIG keys: secrets by openssl, written down as name servers and their tools do.

  tsig.py FOLDER      FOLDER: testdata/tsig
"""

import base64
import os
import subprocess
import sys

import record


def secret(size):
    """Returns a secret, and its identity."""
    data = subprocess.run(["openssl", "rand", str(size)], check=True, stdout=subprocess.PIPE).stdout
    return base64.b64encode(data).decode(), record.symmetric_identity(data)


def good(name, text, *keys):
    with open(name, "w") as file:
        file.write(text)
    entries = [record.key_entry(ids, "context", text[: text.index(word)].count("\n") + 1) for word, ids in keys]
    record.append(".", name, {"command": "python3 ../make/tsig.py ."}, entries)


def near(name, text, why):
    with open(name, "w") as file:
        file.write(text)
    record.append(".", name, {"command": "python3 ../make/tsig.py .", "silent": True, "why": why})


def main():
    os.chdir(sys.argv[1])
    a = secret(32)
    good("good-rndc.key", f'key "rndc-key" {{\n\talgorithm hmac-sha256;\n\tsecret "{a[0]}";\n}};\n', a)
    a, b = secret(64), secret(20)
    good("good-named.conf", 'options { directory "/var/cache/bind"; };\n'
         f'key "transfer.example." {{ algorithm hmac-sha512; secret "{a[0]}"; }};\n'
         f"key updates {{\n  // of the office\n  secret {b[0]};\n  algorithm hmac-sha1;\n}};\n"
         'zone "example." { type primary; allow-transfer { key "transfer.example."; }; };\n', a, b)
    a = secret(16)
    good("good-dhcpd.conf", f"key DHCP_UPDATER {{ algorithm hmac-md5.sig-alg.reg.int; secret {a[0]}; }};\n", a)
    a = secret(32)
    good("good-nsd.conf", f'server:\n    ip-address: 192.0.2.1\nkey:\n    name: "transfer"\n    algorithm: hmac-sha256\n    secret: "{a[0]}"\nzone:\n    name: example\n', a)
    a = secret(32)
    good("good-knot.conf", f"key:\n  - id: transfer\n    algorithm: hmac-sha256\n    secret: {a[0]}\nacl:\n  - id: secondary\n    key: transfer\n", a)
    a = secret(32)
    with open("bad-cut.conf", "w") as file:
        file.write(f'key "rndc-key" {{ algorithm hmac-sha256; secret "{a[0][:41]}"; }};\n')
    record.append(".", "bad-cut.conf", {"command": "python3 ../make/tsig.py .", "rule": "malformed-private-key", "line": 1, "why": "the end of the base64 is missing"})
    near("near-template.conf", 'key "rndc-key" { algorithm hmac-sha256; secret "<secret>"; };\n', "a template")
    near("near-sentence.md", 'Write `algorithm hmac-sha256;` into the statement `key "name" { … };` and a secret beside it.\n', "a sentence")
    near("near-reference.conf", 'controls { inet 127.0.0.1 allow { localhost; } keys { "rndc-key"; }; };\nkey "rndc-key" { algorithm hmac-sha256; include "/etc/bind/secret"; };\n', "the secret stands elsewhere")
    near("near-zeros.conf", 'key "none" { algorithm hmac-sha256; secret "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; };\n', "no secret")


main()
