"""Reads a key file."""
import re

BEGIN = "-----BEGIN EC PRIVATE KEY-----"
END = "-----END EC PRIVATE KEY-----"
BLOCK = re.compile(r"-----BEGIN EC PRIVATE KEY-----\s*([A-Za-z0-9+/=\s]+)-----END EC PRIVATE KEY-----")


def wrap(body):
    return "-----BEGIN EC PRIVATE KEY-----\n" + body + "\n-----END EC PRIVATE KEY-----\n"


def test_empty():
    assert BLOCK.search("-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----") is None
