"""Reads a key file."""
import re

BEGIN = "-----BEGIN RSA PRIVATE KEY-----"
END = "-----END RSA PRIVATE KEY-----"
BLOCK = re.compile(r"-----BEGIN RSA PRIVATE KEY-----\s*([A-Za-z0-9+/=\s]+)-----END RSA PRIVATE KEY-----")


def wrap(body):
    return "-----BEGIN RSA PRIVATE KEY-----\n" + body + "\n-----END RSA PRIVATE KEY-----\n"


def test_empty():
    assert BLOCK.search("-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----") is None
