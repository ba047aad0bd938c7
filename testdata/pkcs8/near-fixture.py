FAKE_KEY = """-----BEGIN PRIVATE KEY-----
fake-key-for-tests
-----END PRIVATE KEY-----"""
OTHER = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n"
THIRD = "-----BEGIN PRIVATE KEY-----\nMIIE...\n-----END PRIVATE KEY-----"
