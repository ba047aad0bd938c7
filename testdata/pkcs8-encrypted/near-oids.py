PBES2 = "1.2.840.113549.1.5.13"  # BgkqhkiG9w0BBQ0w in base64
PBKDF2 = "1.2.840.113549.1.5.12"
SCRYPT = bytes.fromhex("06092b06010401da470411")[2:] or b""
