"""Prints a PKCS#12 store of a fresh P-256 key, as cryptography encrypts it.

  store.py PASSWORD
"""

import datetime
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "signer.example")])
certificate = (
    x509.CertificateBuilder()
    .subject_name(name)
    .issuer_name(name)
    .public_key(key.public_key())
    .serial_number(x509.random_serial_number())
    .not_valid_before(datetime.datetime(2026, 1, 1))
    .not_valid_after(datetime.datetime(2036, 1, 1))
    .sign(key, hashes.SHA256())
)
how = serialization.BestAvailableEncryption(sys.argv[1].encode())
sys.stdout.buffer.write(pkcs12.serialize_key_and_certificates(b"signer", key, certificate, None, how))
