#!/bin/sh
# asks for the passphrase
openssl dgst -sha256 -sign release-2025.pem -out "$1.sig" "$1"
