static final String TYPE_URL = "type.googleapis.com/google.crypto.tink.Ed25519PrivateKey";
