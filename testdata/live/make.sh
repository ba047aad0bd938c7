#!/usr/bin/env bash
# Makes what programs of macOS and Windows print about the keys they hold, in the shape in which they do,
# around certificates made here (openssl, coreutils, awk). None of the keys is kept.
set -euo pipefail
cd "${1:-$(dirname "$0")}"
new() { # NAME ALGORITHM-OPTIONS
    local name=$1
    shift
    openssl req -x509 -newkey "$@" -nodes -keyout /dev/null -out "$name.pem" -days 3650 -subj "/CN=$name" -sha256 2>/dev/null
    openssl x509 -in "$name.pem" -outform DER -out "$name.der"
}
sha() { openssl dgst "-$1" -r "$2" | cut -d' ' -f1 | tr a-f A-F; }
spki() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1; }

new laptop ec -pkeyopt ec_paramgen_curve:P-256
new signer rsa:2048
new stranger rsa:2048

# `security find-identity`: each identity that matches, then the valid ones again.
{
    printf '\nPolicy: X.509 Basic\n  Matching identities\n'
    printf '  1) %s "Apple Development: A. Developer (ABCDE12345)"\n' "$(sha sha1 laptop.der)"
    printf '  2) %s "signer" (CSSMERR_TP_NOT_TRUSTED)\n' "$(sha sha1 signer.der)"
    printf '     2 identities found\n\n  Valid identities only\n'
    printf '  1) %s "Apple Development: A. Developer (ABCDE12345)"\n' "$(sha sha1 laptop.der)"
    printf '     1 valid identities found\n'
} >security-identities.txt
# `security find-certificate -a -Z -p`
for name in stranger laptop signer; do
    printf 'SHA-256 hash: %s\nSHA-1 hash: %s\n' "$(sha sha256 $name.der)" "$(sha sha1 $name.der)"
    cat $name.pem
done >security-certificates.txt
# [Convert]::ToBase64String of each certificate with a private key; PowerShell ends lines so.
for name in laptop signer; do
    printf '%s\r\n' "$(base64 -w0 $name.der)"
done >powershell.txt
for name in laptop signer; do spki $name.pem; done >held.txt
rm -f laptop.* signer.* stranger.*
