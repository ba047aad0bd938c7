"""Reads a key file."""
import re

BEGIN = "-----BEGIN DSA PRIVATE KEY-----"
END = "-----END DSA PRIVATE KEY-----"
BLOCK = re.compile(r"-----BEGIN DSA PRIVATE KEY-----\s*([A-Za-z0-9+/=\s]+)-----END DSA PRIVATE KEY-----")


def wrap(body):
    return "-----BEGIN DSA PRIVATE KEY-----\n" + body + "\n-----END DSA PRIVATE KEY-----\n"


def test_empty():
    assert BLOCK.search("-----BEGIN DSA PRIVATE KEY-----\n-----END DSA PRIVATE KEY-----") is None
