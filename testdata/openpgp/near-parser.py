"""Reads a key file."""
import re

BEGIN = "-----BEGIN PGP PRIVATE KEY BLOCK-----"
END = "-----END PGP PRIVATE KEY BLOCK-----"
BLOCK = re.compile(r"-----BEGIN PGP PRIVATE KEY BLOCK-----\s*([A-Za-z0-9+/=\s]+)-----END PGP PRIVATE KEY BLOCK-----")


def wrap(body):
    return "-----BEGIN PGP PRIVATE KEY BLOCK-----\n" + body + "\n-----END PGP PRIVATE KEY BLOCK-----\n"


def test_empty():
    assert BLOCK.search("-----BEGIN PGP PRIVATE KEY BLOCK-----\n-----END PGP PRIVATE KEY BLOCK-----") is None
