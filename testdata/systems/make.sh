#!/bin/bash
# Writes the exports here, and expect.toml with what openssl, sha256sum and gpg say of the
# keys in them: openssl 3, gpg, jq, keytool (any JDK). gpg and keytool print theirs
# themselves; those of Vault PKI and KV, KMIP, Payment Cryptography, CloudHSM, CycloneDX and
# the digital asset links are written by hand from their documentation around real keys.
# The private halves are thrown away. Run in this folder; every run makes new keys.
# aws-cli/ is what the AWS CLI printed for an emulator: benches/aws_emulator.py --keep.
set -euo pipefail
here=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
echo "# What reference tools say of these files. Written by make.sh." > "$here/expect.toml"

sum() { sha256sum < "$1" | cut -d' ' -f1; }
# expect FILE ID VALUE NAME [STATE]: one key of a file.
expect() {
    {
        printf '[["%s"]]\n%s = "%s"\nname = "%s"\n' "$1" "$2" "$3" "$4"
        [ -z "${5-}" ] || printf 'state = "%s"\n' "$5"
        echo
    } >> "$here/expect.toml"
}

# OpenPGP: a binary export, and an armoured one of a key with a subkey that was revoked.
export GNUPGHOME=$scratch/gnupg
mkdir -m 700 gnupg
gpg --batch --quiet --passphrase '' --quick-generate-key 'Cleo <cleo@example.com>' ed25519 sign 2> log
gpg --batch --quiet --passphrase '' --quick-generate-key 'Dina <dina@example.com>' rsa2048 sign 2> log
dina=$(gpg --batch --with-colons --list-keys dina@example.com 2> log | awk -F: '/^fpr/ {print $10; exit}')
gpg --batch --quiet --passphrase '' --quick-add-key "$dina" ed25519 sign 2> log
printf "key 1\nrevkey\ny\n0\n\ny\nsave\n" | gpg --quiet --no-tty --pinentry-mode loopback --passphrase "" --command-fd 0 --status-fd 1 --edit-key "$dina" > log 2>&1
gpg --batch --export cleo@example.com > "$here/cleo.gpg" 2> log
gpg --batch --armor --export dina@example.com > "$here/dina.asc" 2> log
print() { gpg --batch --with-colons --with-keygrip --list-keys "$1" 2> log | awk -F: -v n="$2" '/^fpr/ && ++i == n {print tolower($10)}'; }
expect cleo.gpg pgp-fpr "$(print cleo@example.com 1)" "Cleo <cleo@example.com>" active
expect dina.asc pgp-fpr "$(print dina@example.com 1)" "Dina <dina@example.com>" active
expect dina.asc pgp-fpr "$(print dina@example.com 2)" "Dina <dina@example.com>" revoked
grip=$(gpg --batch --with-colons --with-keygrip --list-keys cleo@example.com 2> log | awk -F: '/^grp/ {print tolower($10); exit}')
expect cleo.gpg keygrip "$grip" "Cleo <cleo@example.com>"

# Vault PKI: an issuer, one that was revoked, the detailed list of both; KV: metadata.
for name in root old; do
    openssl req -x509 -newkey rsa:2048 -nodes -keyout log -days 3650 -subj "/CN=$name authority" -out $name.pem 2> log.txt
    openssl x509 -in $name.pem -pubkey -noout | openssl pkey -pubin -outform DER -out $name.spki
done
jq -n --arg pem "$(cat root.pem)" '{request_id: "a1", data: {ca_chain: [$pem], certificate: $pem, issuer_id: "5a2f1d3c-0001", issuer_name: "prod-root",
    key_id: "77aa-1", leaf_not_after_behavior: "err", revoked: false, usage: "crl-signing,issuing-certificates,ocsp-signing,read-only"}}' > "$here/pki-issuer-prod-root.json"
jq -n --arg pem "$(cat old.pem)" '{request_id: "a2", data: {ca_chain: [$pem], certificate: $pem, issuer_id: "5a2f1d3c-0002", issuer_name: "prod-old",
    key_id: "77aa-2", revoked: true, revocation_time: 1767225600}}' > "$here/pki-issuer-prod-old.json"
jq -n '{data: {keys: ["5a2f1d3c-0001", "5a2f1d3c-0002"], key_info: {"5a2f1d3c-0001": {is_default: true, issuer_name: "prod-root", key_id: "77aa-1", serial_number: "01"},
    "5a2f1d3c-0002": {is_default: false, issuer_name: "prod-old", key_id: "77aa-2", serial_number: "02"}}}}' > "$here/pki-issuers.json"
expect pki-issuer-prod-root.json spki-sha256 "$(sum root.spki)" prod-root active
expect pki-issuer-prod-old.json spki-sha256 "$(sum old.spki)" prod-old revoked
jq -n '{data: {cas_required: false, created_time: "2025-03-01T08:00:00.1Z", current_version: 2, custom_metadata: {owner: "auth", env: "prod"}, delete_version_after: "0s",
    max_versions: 0, oldest_version: 0, updated_time: "2026-02-01T08:00:00Z", versions: {"1": {created_time: "2025-03-01T08:00:00.1Z", deletion_time: "", destroyed: true},
    "2": {created_time: "2026-02-01T08:00:00Z", deletion_time: "", destroyed: false}}}}' > "$here/kv-session-secret.json"

# KMIP: a secret with the digest of its bytes, a public key with that of its X.509 form.
head -c 32 /dev/urandom > raw
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | openssl pkey -pubout -outform DER -out kmip.spki
payload() {
    jq -n --arg id "$1" --arg class "$2" --arg algorithm "$3" --argjson bits "$4" --arg name "$5" --arg digest "$6" --arg format "$7" '
    def node(tag; type; value): {tag: tag, type: type, value: value};
    {tag: "ResponsePayload", value: [node("UniqueIdentifier"; "TextString"; $id), {tag: "Attributes", value: [
        node("ObjectType"; "Enumeration"; $class), node("CryptographicAlgorithm"; "Enumeration"; $algorithm), node("CryptographicLength"; "Integer"; $bits),
        {tag: "Name", value: [node("NameValue"; "TextString"; $name), node("NameType"; "Enumeration"; "UninterpretedTextString")]},
        node("State"; "Enumeration"; "Active"), node("InitialDate"; "DateTime"; "2026-01-10T12:00:00+00:00"), node("NeverExtractable"; "Boolean"; true), node("Extractable"; "Boolean"; false),
        {tag: "Digest", value: [node("HashingAlgorithm"; "Enumeration"; "SHA_256"), node("DigestValue"; "ByteString"; $digest), node("KeyFormatType"; "Enumeration"; $format)]}]}]}'
}
{ payload 42 SymmetricKey HMAC_SHA256 256 prod-webhook "$(sum raw)" Raw; payload 43 PublicKey EC 256 prod-gate "$(sum kmip.spki)" X_509; } > "$here/kmip-attributes.json"
expect kmip-attributes.json sha256-raw "$(sum raw)" prod-webhook active
expect kmip-attributes.json spki-sha256 "$(sum kmip.spki)" prod-gate active

# Check values: CMAC of a zero block, and encryption of one.
key=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
head -c 16 /dev/zero > zero
cmac=$(openssl mac -cipher AES-256-CBC -macopt hexkey:$key -in zero CMAC | cut -c 1-6 | tr A-F a-f)
ecb=$(openssl enc -aes-256-ecb -K $key -nopad -in zero | od -An -v -tx1 | tr -d ' \n' | cut -c 1-6)
jq -n --arg kcv "${cmac^^}" '{Key: {KeyArn: "arn:aws:payment-cryptography:eu-west-1:111122223333:key/kwapwa6qaifllw2h", KeyAttributes: {KeyUsage: "TR31_M6_ISO_9797_5_CMAC_KEY",
    KeyClass: "SYMMETRIC_KEY", KeyAlgorithm: "AES_256", KeyModesOfUse: {Generate: true, Verify: true}}, KeyCheckValue: $kcv, KeyCheckValueAlgorithm: "CMAC", Enabled: true, Exportable: true,
    KeyState: "CREATE_COMPLETE", KeyOrigin: "AWS_PAYMENT_CRYPTOGRAPHY", CreateTimestamp: "2026-03-01T10:00:00.000000+00:00"}}' > "$here/payment-get-key.json"
expect payment-get-key.json kcv "aes-cmac $cmac" kwapwa6qaifllw2h active
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2> log | openssl pkey -pubout -outform DER -out hsm.spki
modulus=$(openssl rsa -pubin -inform DER -in hsm.spki -noout -modulus | cut -d= -f2 | tr A-F a-f)
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 | openssl pkey -pubout -outform DER -out hsm-ec.spki
point=$(tail -c 97 hsm-ec.spki | od -An -v -tx1 | tr -d ' \n')
jq -n --arg kcv "0x$ecb" --arg modulus "0x$modulus" --arg point "0x0461$point" '
    def key(reference; attributes): {"key-reference": reference, "key-info": {"key-owners": [{username: "cu1", "key-coverage": "full"}], "shared-users": []}, attributes: attributes};
    {error_code: 0, data: {matched_keys: [
    key("0x00000000001c0601"; {"key-type": "aes", label: "wrap", id: "0x", "check-value": $kcv, class: "secret-key", extractable: true, local: true, sensitive: true, "key-length-bytes": 32}),
    key("0x00000000001c0602"; {"key-type": "rsa", label: "receipts", id: "0x01", class: "public-key", local: true, modulus: $modulus, "public-exponent": "0x010001"}),
    key("0x00000000001c0603"; {"key-type": "ec", label: "gate", id: "0x02", class: "public-key", local: true, "ec-point": $point, curve: "secp384r1"})], total_key_count: 3, returned_key_count: 3}}' > "$here/cloudhsm-keys.json"
expect cloudhsm-keys.json kcv "zero-block $ecb" wrap active
expect cloudhsm-keys.json spki-sha256 "$(sum hsm.spki)" receipts active
expect cloudhsm-keys.json spki-sha256 "$(sum hsm-ec.spki)" gate active
printf 'kcv:aes-cmac:%s  console key 7\n' "$cmac" > "$here/console.txt"

# CycloneDX: a public key with its value, a private key with a fingerprint.
openssl genpkey -algorithm ED25519 | openssl pkey -pubout -outform DER -out bom.spki
openssl genpkey -algorithm ED25519 | openssl pkey -pubout -outform DER -out bom2.spki
jq -n --arg value "$(base64 -w0 bom.spki)" --arg hash "$(sum bom2.spki)" '
    def key(name; properties; more): {type: "cryptographic-asset", "bom-ref": name, name: name, cryptoProperties: {assetType: "related-crypto-material", relatedCryptoMaterialProperties: properties}} + more;
    {bomFormat: "CycloneDX", specVersion: "1.6", version: 1, components: [{type: "application", name: "gate", version: "2", components: [
    key("bom-public"; {type: "public-key", id: "11", state: "active", size: 256, value: $value, creationDate: "2026-01-01T00:00:00Z"}; {})]},
    key("bom-private"; {type: "private-key", id: "12", state: "deactivated"}; {properties: [{name: "straykey:spki-sha256", value: $hash}]}),
    key("password"; {type: "password", id: "13"}; {})]}' > "$here/bom.json"
expect bom.json spki-sha256 "$(sum bom.spki)" bom-public active
expect bom.json spki-sha256 "$(sum bom2.spki)" bom-private disabled

# Signing certificates: asset links, and what keytool prints.
openssl x509 -in root.pem -outform DER -out root.der
colons=$(sum root.der | tr a-f A-F | sed 's/../&:/g; s/:$//')
jq -n --arg print "$colons" '[{relation: ["delegate_permission/common.handle_all_urls"], target: {namespace: "android_app", package_name: "com.example.gate", sha256_cert_fingerprints: [$print]}}]' > "$here/assetlinks.json"
openssl x509 -in old.pem -outform DER -out old.der
keytool -printcert -file old.der > "$here/keytool.txt"
expect assetlinks.json x5t-s256 "$(sum root.der)" prod-root
expect keytool.txt x5t-s256 "$(sum old.der)" keytool

# The AWS CLI: what it printed stays; openssl says what it holds.
name_of() { jq -r --arg id "$1" '.Aliases[] | select(.TargetKeyId == $id) | .AliasName | ltrimstr("alias/")' "$here/aws-cli/list-aliases.json"; }
for file in "$here"/aws-cli/get-public-key-*.json; do
    jq -r .PublicKey "$file" | base64 -d | openssl pkey -pubin -inform DER -outform DER -out aws.spki
    id=$(basename "$file" .json)
    expect "aws-cli/$id.json" spki-sha256 "$(sum aws.spki)" "$(name_of "${id#get-public-key-}")" active
done
for file in "$here"/aws-cli/generate-mac-*.json; do
    id=$(basename "$file" .json)
    expect "aws-cli/$id.json" chal-hmac-sha256 "$(jq -r .Mac "$file" | base64 -d | od -An -v -tx1 | tr -d ' \n')" "$(name_of "${id#generate-mac-}")" active
done
jq -r '.KeyPairs[] | select(.PublicKey) | .PublicKey' "$here/aws-cli/describe-key-pairs.json" | while read -r line; do
    echo "$line" > pair.pub
    hash=$(ssh-keygen -lf pair.pub | cut -d' ' -f2)
    expect aws-cli/describe-key-pairs.json ssh-sha256 "$hash" "$(jq -r --arg l "$line" '.KeyPairs[] | select(.PublicKey == $l) | .KeyName' "$here/aws-cli/describe-key-pairs.json")" active
done
file=$here/aws-cli/payment-get-key.json
expect aws-cli/payment-get-key.json kcv "aes-cmac $(jq -r .Key.KeyCheckValue "$file" | tr A-F a-f)" "$(jq -r '.Key.KeyArn | split("/")[-1]' "$file")" active
