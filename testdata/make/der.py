"""A small DER reader and writer, for what the tools cannot write.

As a program it rewrites one key, on stdin and stdout:
  der.py pkcs8-v2 [--attributes]   PKCS#8 v1 DER → OneAsymmetricKey (RFC 5958) with the public key in [1]
  der.py notary                    PKCS#8 v1 DER of Ed25519 → public key, seed, public key, under the identifier of GnuPG
  der.py ber                       any DER → BER as old PKCS#12 has it: indefinite lengths, OCTET STRINGs in pieces
  der.py sec1-no-params            SEC1 DER → the same without its [0] parameters (RFC 5915)
  der.py ec-generator              nothing → SEC1 DER on P-256 with another generator, the public point left out
"""

import subprocess
import sys


def enc(tag, body):
    """Returns one TLV."""
    n = len(body)
    if n < 128:
        return bytes([tag, n]) + body
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def read(data):
    """Splits one TLV off: (tag, body, rest)."""
    tag, n, at = data[0], data[1], 2
    if n & 0x80:
        k = n & 0x7F
        n, at = int.from_bytes(data[2 : 2 + k], "big"), 2 + k
    return tag, data[at : at + n], data[at + n :]


def items(body):
    """Splits the body of a SEQUENCE into (tag, body) pairs."""
    out = []
    while body:
        tag, inner, body = read(body)
        out.append((tag, inner))
    return out


def seq(*parts):
    """Returns a SEQUENCE of finished TLVs."""
    return enc(0x30, b"".join(parts))


def integer(n):
    """Returns a non-negative INTEGER."""
    return enc(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def number(body):
    """Reads an INTEGER's body."""
    return int.from_bytes(body, "big")


def join(parts):
    """Inverse of items(), as a SEQUENCE."""
    return seq(*(enc(t, b) for t, b in parts))


def public_bits(pkcs8):
    """Returns the BIT STRING body of the key's SPKI, by openssl."""
    done = subprocess.run(
        ["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"], input=pkcs8, capture_output=True, check=True
    )
    return items(read(done.stdout)[1])[1][1]


def pkcs8_v2(pkcs8, attributes=False):
    """Rewrites PKCS#8 v1 as OneAsymmetricKey v2 with its public key."""
    parts = items(read(pkcs8)[1])[:3]
    parts[0] = (2, b"\1")
    if attributes:
        # friendlyName (RFC 2985 section 5.5.1), as PKCS#12 tools write it
        name = enc(0x1E, "pass signer".encode("utf-16-be"))
        parts.append((0xA0, seq(enc(6, bytes.fromhex("2a864886f70d010914")), enc(0x31, name))))
    parts.append((0x81, public_bits(pkcs8)))
    return join(parts)


def notary(pkcs8):
    """Rewrites PKCS#8 of an Ed25519 key as Notary (tuf/utils/pkcs8.go) wrote it."""
    seed, public = read(items(read(pkcs8)[1])[2][1])[1], public_bits(pkcs8)[1:]
    identifier = seq(enc(6, bytes.fromhex("2b06010401da470f01")))
    return seq(integer(0), identifier, enc(4, public + seed + public))


def indefinite(data):
    """Rewrites DER as BER: no lengths, and OCTET STRINGs in pieces of 100 bytes."""
    out = b""
    while data:
        tag, body, data = read(data)
        if tag & 0x20:
            out += bytes([tag, 0x80]) + indefinite(body) + b"\0\0"
        elif tag == 4 and len(body) > 100:
            pieces = b"".join(enc(4, body[i : i + 100]) for i in range(0, len(body), 100))
            out += b"\x24\x80" + pieces + b"\0\0"
        else:
            out += enc(tag, body)
    return out


def ec_generator():
    """Returns a key on P-256 whose generator is the public point of another key."""

    def run(command):
        return subprocess.run(command, shell=True, check=True, stdout=subprocess.PIPE).stdout

    make = "openssl ecparam -name prime256v1 -genkey -noout -param_enc explicit | openssl ec -outform DER 2>/dev/null"
    point = items(read(run(make))[1])[3][1]
    base = read(point)[1][1:]
    version, secret, parameters, _ = items(read(run(make))[1])
    domain = items(read(parameters[1])[1])
    domain[3] = (4, base)
    return join([version, secret, (0xA0, join(domain))])


def main():
    if sys.argv[1] == "ec-generator":
        sys.stdout.buffer.write(ec_generator())
        return
    data = sys.stdin.buffer.read()
    if sys.argv[1] == "pkcs8-v2":
        out = pkcs8_v2(data, "--attributes" in sys.argv)
    elif sys.argv[1] == "notary":
        out = notary(data)
    elif sys.argv[1] == "ber":
        out = indefinite(data)
    elif sys.argv[1] == "sec1-no-params":
        out = join(p for p in items(read(data)[1]) if p[0] != 0xA0)
    else:
        sys.exit(__doc__)
    sys.stdout.buffer.write(out)


if __name__ == "__main__":
    main()
