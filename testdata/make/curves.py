"""Writes src/key/curves.tsv: every curve of OpenSSL that src/key/curve.rs does not name.

    python3 testdata/make/curves.py > src/key/curves.tsv

The numbers are read from `openssl ecparam -name NAME -param_enc explicit -outform DER`.
"""
import subprocess

KNOWN = {"prime192v1", "secp224r1", "prime256v1", "secp384r1", "secp521r1", "secp256k1", "SM2",
         "brainpoolP256r1", "brainpoolP320r1", "brainpoolP384r1", "brainpoolP512r1"}


def run(*args):
    return subprocess.run(["openssl", *args], check=True, capture_output=True).stdout


def read(data):
    """Yields tag and content of each element."""
    while data:
        tag, length, at = data[0], data[1], 2
        if length & 0x80:
            at += length & 0x7F
            length = int.from_bytes(data[2:at], "big")
        yield tag, data[at:at + length]
        data = data[at + length:]


def items(data):
    return [value for _, value in read(data)]


def main():
    print("# name, object identifier, field (prime, or polynomial with its bits), a, b, x and y of the generator, order")
    print("# written by testdata/make/curves.py from OpenSSL's table")
    for line in run("ecparam", "-list_curves").decode().splitlines():
        name = line.split(":")[0].strip()
        if ":" not in line or name in KNOWN:
            continue
        try:
            named = run("ecparam", "-name", name, "-outform", "DER")
            der = run("ecparam", "-name", name, "-param_enc", "explicit", "-outform", "DER")
        except subprocess.CalledProcessError:
            continue
        tag, oid = next(read(named))
        if tag != 6:  # a curve without a name of its own
            continue
        _, field, curve, base, order, *_ = items(items(der)[0])
        kind, parameters = items(field)
        if kind.hex() == "2a8648ce3d0101":
            kind, modulus = "prime", int.from_bytes(parameters, "big")
            width = (modulus.bit_length() + 7) // 8
        else:
            m, basis, terms = list(read(parameters))
            kind, m = "binary", int.from_bytes(m[1], "big")
            terms = [terms[1]] if terms[0] == 2 else items(terms[1])
            modulus = sum(1 << int.from_bytes(t, "big") for t in terms) | 1 << m | 1
            width = (m + 7) // 8
        a, b = items(curve)[:2]
        assert base[0] == 4 and len(base) == 2 * width + 1, name
        numbers = [modulus.to_bytes((modulus.bit_length() + 7) // 8, "big"), a, b,
                   base[1:width + 1], base[width + 1:], order.lstrip(b"\0")]
        print("\t".join([name, oid.hex(), kind, *(n.hex() for n in numbers)]))


main()
