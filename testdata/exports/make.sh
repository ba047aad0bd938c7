#!/bin/bash
# Writes the exports here with the tools that print them, and expect.toml with what
# openssl, ssh-keygen and gpg say of the keys in them:
#   softhsm2-util, pkcs11-tool (OpenSC), openssl 3, ssh-keygen, gpg, minisign, signify
# The private halves are thrown away. Run in this folder; every run makes new keys.
set -euo pipefail
here=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
rm -f "$here"/{minisign,signify}.pub
echo "# What reference tools say of these files. Written by make.sh." > "$here/expect.toml"

# expect FILE SPKI.DER [NAME]: one key of a file.
expect() {
    {
        printf '[["%s"]]\nspki-sha256 = "%s"\n' "$1" "$(sha256sum < "$2" | cut -d' ' -f1)"
        [ -z "${3-}" ] || printf 'name = "%s"\n' "$3"
        echo
    } >> "$here/expect.toml"
}

# PKCS#11: a token of SoftHSM2.
export SOFTHSM2_CONF=$scratch/softhsm2.conf
mkdir tokens
echo "directories.tokendir = $scratch/tokens" > softhsm2.conf
module=$(ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so /usr/local/lib/softhsm/libsofthsm2.so 2> /dev/null | head -n 1 || true)
softhsm2-util --init-token --free --label example --pin 1234 --so-pin 1234 > init.log
token() { pkcs11-tool --module "$module" --login --pin 1234 --token-label example "$@" 2> token.log; }
token --keypairgen --key-type EC:prime256v1 --label gate --id 0a > log
token --keypairgen --key-type EC:edwards25519 --label ticket --id 0b > log
token --keypairgen --key-type rsa:2048 --label archive --id 0c > log
token --keygen --key-type GENERIC:32 --label webhook --id 0d > log
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -outform DER -out imported.der
token --write-object imported.der --type privkey --label imported --id 00112233445566778899aabbccddeeff00112233 > log
openssl pkey -in imported.der -pubout -outform DER -out imported.pub
token --write-object imported.pub --type pubkey --label imported --id 00112233445566778899aabbccddeeff00112233 > log
token --list-objects > "$here/pkcs11-objects.txt"
for id in 0a 0b; do
    token --read-object --type pubkey --id $id --output-file $id.der > log || true
done
token --read-object --type pubkey --id 0c --output-file "$here/pkcs11-archive.der" > log
# OpenSC writes the point and parameters; openssl makes the SubjectPublicKeyInfo.
openssl pkey -pubin -inform DER -in 0a.der -pubout -outform DER -out gate.spki
expect pkcs11-objects.txt gate.spki gate
expect pkcs11-objects.txt imported.pub imported
openssl rsa -pubin -inform DER -in "$here/pkcs11-archive.der" -pubout -outform DER -out archive.spki 2> log
expect pkcs11-archive.der archive.spki pkcs11-archive

# SAML metadata: two certificates, one wrapped and indented.
for name in one two; do
    openssl req -x509 -newkey rsa:2048 -nodes -keyout log -days 3650 -subj "/CN=$name.idp.example" -out $name.pem 2> log.txt
    openssl x509 -in $name.pem -pubkey -noout | openssl pkey -pubin -outform DER -out $name.spki
done
body() { sed '1d;$d' "$1"; }
{
    echo '<?xml version="1.0"?>'
    echo '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://idp.example/saml">'
    echo '  <md:IDPSSODescriptor><!-- X509Certificate of 2026 -->'
    printf '    <md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\n' "$(body one.pem | tr -d '\n')"
    printf '    <md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n%s\n    </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\n' "$(body two.pem | sed 's/^/      /')"
    echo '  </md:IDPSSODescriptor>'
    echo '</md:EntityDescriptor>'
} > "$here/idp-metadata.xml"
expect idp-metadata.xml one.spki "https://idp.example/saml CN=one.idp.example"
expect idp-metadata.xml two.spki "https://idp.example/saml CN=two.idp.example"

# Update keys: 32 bytes behind a prefix; the SPKI is 12 fixed bytes and these (RFC 8410).
spki() { { printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'; tail -c 32 "$1"; } > "$2"; }
minisign -G -W -p "$here/minisign.pub" -s minisign.key > log
signify-openbsd -G -n -c updates -p "$here/signify.pub" -s signify.sec
for name in minisign signify; do
    sed -n 2p "$here/$name.pub" | base64 -d > $name.raw
    spki $name.raw $name.spki
    expect $name.pub $name.spki
done

# A TUF root: one key in hexadecimal, one in PEM.
openssl genpkey -algorithm ED25519 | openssl pkey -pubout -outform DER -out root.spki
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | openssl pkey -pubout -out timestamp.pem
openssl pkey -pubin -in timestamp.pem -outform DER -out timestamp.spki
jq -n --arg hex "$(tail -c 32 root.spki | od -An -v -tx1 | tr -d ' \n')" --arg pem "$(cat timestamp.pem)" '{signed: {_type: "root", version: 1, spec_version: "1.0.31", expires: "2030-01-01T00:00:00Z",
    keys: {aa11: {keytype: "ed25519", scheme: "ed25519", keyval: {public: $hex}}, bb22: {keytype: "ecdsa", scheme: "ecdsa-sha2-nistp256", keyval: {public: $pem}}},
    roles: {root: {keyids: ["aa11"], threshold: 1}, timestamp: {keyids: ["bb22"], threshold: 1}}}, signatures: []}' > "$here/root.json"
expect root.json root.spki "root root"
expect root.json timestamp.spki "root timestamp"

# DKIM: RSA in two strings, Ed25519 as 32 bytes, one that was revoked.
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2> log | openssl pkey -pubout -outform DER -out dkim.spki
openssl genpkey -algorithm ED25519 | openssl pkey -pubout -outform DER -out brisbane.spki
rsa=$(base64 -w0 dkim.spki)
{
    echo "; mail signing"
    echo "s2026._domainkey.example.com. 3600 IN TXT \"v=DKIM1; k=rsa; p=${rsa:0:200}\" \"${rsa:200}\""
    echo "brisbane._domainkey.example.com. 3600 IN TXT \"v=DKIM1; k=ed25519; p=$(tail -c 32 brisbane.spki | base64)\""
    echo 'old._domainkey.example.com. 3600 IN TXT "v=DKIM1; k=rsa; p="'
} > "$here/dkim.txt"
expect dkim.txt dkim.spki s2026._domainkey.example.com
expect dkim.txt brisbane.spki brisbane._domainkey.example.com

# OpenPGP: the listing has keygrips; the key itself is exported to compare.
export GNUPGHOME=$scratch/gnupg
mkdir -m 700 gnupg
gpg --batch --quiet --passphrase '' --quick-generate-key 'Bo <bo@example.com>' rsa2048 sign 2> log
gpg --batch --with-colons --with-keygrip --list-keys > "$here/gpg-keys.txt" 2> log
grip=$(awk -F: '/^grp/ {print tolower($10); exit}' "$here/gpg-keys.txt")
fpr=$(awk -F: '/^fpr/ {print tolower($10); exit}' "$here/gpg-keys.txt")
printf '[["gpg-keys.txt"]]\nkeygrip = "%s"\npgp-fpr = "%s"\nname = "Bo <bo@example.com>"\n\n' "$grip" "$fpr" >> "$here/expect.toml"

# EC2: the public key that ssh-keygen writes, in the fields that the AWS CLI prints.
ssh-keygen -q -t ed25519 -N '' -C deploy -f deploy
ssh-keygen -q -t rsa -b 2048 -N '' -C old -f old
hash=$(ssh-keygen -lf deploy.pub | cut -d' ' -f2 | cut -d: -f2)
jq -n --arg line "$(cat old.pub)" --arg hash "$hash=" '{KeyPairs: [
    {KeyPairId: "key-0a1b2c3d4e5f60718", KeyType: "rsa", Tags: [{Key: "env", Value: "dev"}, {Key: "Owner", Value: "build"}], PublicKey: $line, CreateTime: "2026-02-03T10:00:00+00:00", KeyName: "old", KeyFingerprint: "aa:bb"},
    {KeyPairId: "key-0a1b2c3d4e5f60719", KeyType: "ed25519", Tags: [], KeyName: "deploy", KeyFingerprint: $hash}]}' > "$here/describe-key-pairs.json"
ssh-keygen -e -m PKCS8 -f old.pub | openssl pkey -pubin -outform DER -out old.spki
expect describe-key-pairs.json old.spki old
printf '[["describe-key-pairs.json"]]\nssh-sha256 = "SHA256:%s"\nname = "deploy"\n\n' "$hash" >> "$here/expect.toml"

# Plain fingerprints.
printf '# what the ferry people sent\nsha256:%s  ferry gate 1\n' "$(sha256sum < root.spki | cut -d' ' -f1)" > "$here/ferry.txt"
