"""Reads a key file."""
import re

BEGIN = "-----BEGIN PRIVATE KEY-----"
END = "-----END PRIVATE KEY-----"
BLOCK = re.compile(r"-----BEGIN PRIVATE KEY-----\s*([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----")


def wrap(body):
    return "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n"


def test_empty():
    assert BLOCK.search("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----") is None
