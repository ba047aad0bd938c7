# Key stores: PKCS#12, JKS, JCEKS, BKS, UBER, BCFKS. Sourced by make.sh.
#
# Those that open with a notorious password have `opened-with` in expect.toml
# and the proof `private`; the others hide their key behind $PASS.

bc='-providerpath /usr/share/java/bcprov.jar -provider org.bouncycastle.jce.provider.BouncyCastleProvider'
ec='openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256'
rsa='openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048'
ed='openssl genpkey -algorithm ED25519'
req='openssl req -x509 -new -key key -subj /CN=signer.example -days 3650 -out crt'
drop='rm key crt'
# store PROOF FILE GENPKEY OPTIONS [FILTER]: by openssl pkcs12.
store() {
  local write="-out $2"
  [[ ${5:-} ]] && write="| $5 >$2"
  good "$1" "$2" "$3 -out key && $req && openssl pkcs12 -export -inkey key -in crt $4 $write" 'openssl pkey -in key -pubout'
  $drop
}
# near FILE COMMAND WHY: no private key in it.
near() {
  eval "$2" 2>>"$STRAYKEY_SCRATCH/log" || { tail -5 "$STRAYKEY_SCRATCH/log" >&2; echo "failed: $2" >&2; exit 1; }
  local folder=$PWD
  (cd "$make" && python3 -c 'import sys, record; record.append(sys.argv[1], sys.argv[2], {"command": sys.argv[3], "silent": True, "why": sys.argv[4]})' "$folder" "$1" "$(shown "$2")" "$3")
}

# bad FILE COMMAND WHY: a store that opens, and what is inside is no key.
bad() {
  eval "$2" 2>>"$STRAYKEY_SCRATCH/log" || { tail -5 "$STRAYKEY_SCRATCH/log" >&2; echo "failed: $2" >&2; exit 1; }
  local folder=$PWD
  (cd "$make" && python3 -c 'import sys, record; record.append(sys.argv[1], sys.argv[2], {"command": sys.argv[3], "rule": "malformed-private-key", "line": 1, "why": sys.argv[4]})' "$folder" "$1" "$(shown "$2")" "$3")
}
# The key: one half of another. The certificate is of the other.
mixed='openssl genrsa -traditional -out a 2048 && openssl genrsa -traditional -out b 2048 && python3 "$make"/bad.py mixed a b >key && openssl req -x509 -new -key b -subj /CN=signer.example -days 3650 -out crt'
mixed_store="$mixed && openssl pkcs12 -export -inkey key -in crt -name signer -passout pass:changeit"
drop_mixed='rm -f a b key crt p12'
convert='keytool -importkeystore -noprompt -srckeystore p12 -srcstoretype PKCS12 -srcstorepass changeit'

# --- PKCS#12 (RFC 7292) ------------------------------------------------------
format pkcs12
store opaque good-rsa-2048.p12 "$rsa" '-name signer -passout "pass:$PASS"'
store opaque good-ec-p256-legacy.pfx "$ec" '-legacy -passout "pass:$PASS"'
store sealed good-ec-p256-certificate-clear.p12 "$ec" '-certpbe NONE -passout "pass:$PASS"'
store sealed good-rsa-2048-certificate-clear-legacy.p12 "$rsa" '-legacy -certpbe NONE -passout "pass:$PASS"'
store private good-rsa-2048-key-clear.p12 "$rsa" '-keypbe NONE -passout "pass:$PASS"'
store private good-ec-p256-all-clear-no-mac.p12 "$ec" '-keypbe NONE -certpbe NONE -nomac -passout "pass:$PASS"'
OPENED=changeit
store private good-rsa-2048-changeit.p12 "$rsa" '-name signer -passout pass:changeit'
store private good-ed25519-changeit.p12 "$ed" '-passout pass:changeit'
store private good-ec-p256-changeit-legacy.pfx "$ec" '-legacy -passout pass:changeit'
store private good-ec-p256-changeit-no-mac.p12 "$ec" '-nomac -passout pass:changeit'
store private good-ec-p256-changeit-ber.p12 "$ec" '-passout pass:changeit' 'python3 "$make"/der.py ber'
store private good-ec-p256-changeit-base64.txt "$ec" '-passout pass:changeit' 'openssl base64'
store private good-rsa-2048-changeit-legacy-base64.txt "$rsa" '-legacy -passout pass:changeit' 'openssl base64 -A'
store private good-ec-p256-changeit-rc4.p12 "$ec" '-keypbe PBE-SHA1-RC4-128 -legacy -passout pass:changeit'
store private good-ec-p256-changeit-3des-2key.p12 "$ec" '-keypbe PBE-SHA1-2DES -passout pass:changeit'
store private good-ec-p256-changeit-rc2-40.p12 "$ec" '-keypbe PBE-SHA1-RC2-40 -legacy -passout pass:changeit'
store private good-ec-p256-changeit-sha512.p12 "$ec" '-macalg sha512 -passout pass:changeit'
good private good-ec-p256-changeit-keytool.p12 'keytool -genkeypair -alias signer -keyalg EC -groupname secp256r1 -dname CN=signer.example -validity 3650 -storetype PKCS12 -keystore good-ec-p256-changeit-keytool.p12 -storepass changeit' \
  'keytool -exportcert -rfc -alias signer -keystore "$file" -storepass changeit | openssl x509 -noout -pubkey'
good private good-rsa-2048-changeit-keytool-8.p12 'keytool -J-Dkeystore.pkcs12.legacy -genkeypair -alias signer -keyalg RSA -keysize 2048 -dname CN=signer.example -validity 3650 -storetype PKCS12 -keystore good-rsa-2048-changeit-keytool-8.p12 -storepass changeit' \
  'keytool -exportcert -rfc -alias signer -keystore "$file" -storepass changeit | openssl x509 -noout -pubkey'
OPENED='the empty password'
store private good-rsa-2048-empty.pfx "$rsa" '-passout pass:'
store private good-ec-p256-empty-legacy.pfx "$ec" '-legacy -passout pass:'
OPENED=password
good private good-ec-p256-password-cryptography.p12 'python3 "$make"/store.py password >good-ec-p256-password-cryptography.p12' \
  'openssl pkcs12 -in "$file" -passin pass:password -nodes -nocerts | openssl pkey -pubout'
OPENED=
bad bad-rsa-n-not-pq-changeit.p12 "$mixed_store -out bad-rsa-n-not-pq-changeit.p12 && $drop_mixed" 'the modulus of another key: n != p*q'
near near-certificates.p12 "$ec -out key && $req && openssl pkcs12 -export -nokeys -in crt -passout \"pass:\$PASS\" -out near-certificates.p12 && $drop" 'certificates and no key'
near near-truststore.p12 "$ec -out key && $req && keytool -importcert -noprompt -alias root -file crt -storetype PKCS12 -keystore near-truststore.p12 -storepass changeit && $drop" "Java's trust store"
near near-aes.p12 'keytool -genseckey -alias cipher -keyalg AES -keysize 256 -storetype PKCS12 -keystore near-aes.p12 -storepass changeit' 'a key that encrypts and does not sign'
near near-data.p7 'echo hello | openssl cms -data_create -outform DER -out near-data.p7' 'PKCS#7 data that is no store'

# --- JKS and JCEKS (OpenJDK) -------------------------------------------------
format jks
# java PROOF FILE TYPE STORE-PASSWORD KEY-PASSWORD KEYTOOL-ARGUMENTS
java() {
  good "$1" "$2" "keytool -genkeypair -alias pass-signer $6 -dname CN=signer.example -validity 3650 -storetype $3 -keystore $2 -storepass $4 -keypass $5" \
    'keytool -exportcert -rfc -alias pass-signer -keystore "$file" -storetype '"$3 -storepass $4 | openssl x509 -noout -pubkey"
}
p256='-keyalg EC -groupname secp256r1'
r2048='-keyalg RSA -keysize 2048'
java sealed good-rsa-2048.jks JKS '"$PASS"' '"$PASS"' "$r2048"
java sealed good-ec-p256-key-password.jks JKS changeit '"$PASS"' "$p256"
java sealed good-dsa-2048.jceks JCEKS '"$PASS"' '"$PASS"' '-keyalg DSA -keysize 2048'
good sealed good-ec-p256-base64.yaml 'keytool -genkeypair -alias pass-signer -keyalg EC -groupname secp256r1 -dname CN=signer.example -validity 3650 -storetype JKS -keystore store -storepass "$PASS" -keypass "$PASS" && { printf "keystore: "; openssl base64 -A -in store; echo; } >good-ec-p256-base64.yaml' \
  'keytool -exportcert -rfc -alias pass-signer -keystore store -storepass "$PASS" | openssl x509 -noout -pubkey; rm store'
OPENED=changeit
java private good-ec-p256-changeit.jks JKS changeit changeit "$p256"
java private good-rsa-2048-changeit.jceks JCEKS changeit changeit "$r2048"
OPENED=android
java private good-rsa-2048-android.keystore JKS android android "$r2048"
OPENED=
bad bad-rsa-n-not-pq-changeit.jks "$mixed_store -out p12 && $convert -deststoretype JKS -destkeystore bad-rsa-n-not-pq-changeit.jks -deststorepass changeit && $drop_mixed" 'the modulus of another key: n != p*q'
near near-truststore.jks "$ec -out key && $req && keytool -importcert -noprompt -alias root -file crt -storetype JKS -keystore near-truststore.jks -storepass changeit && $drop" 'a trust store'
near near-aes.jceks 'keytool -genseckey -alias cipher -keyalg AES -keysize 256 -storetype JCEKS -keystore near-aes.jceks -storepass changeit -keypass changeit' 'a key that encrypts and does not sign'

# --- BKS and UBER (Bouncy Castle) --------------------------------------------
format bks
java sealed good-ec-p256.bks "BKS $bc" '"$PASS"' '"$PASS"' "$p256"
java opaque good-rsa-2048.ubr "UBER $bc" '"$PASS"' '"$PASS"' "$r2048"
OPENED=changeit
java private good-rsa-2048-changeit.bks "BKS $bc" changeit changeit "$r2048"
OPENED=
bad bad-rsa-n-not-pq-changeit.bks "$mixed_store -out p12 && $convert -deststoretype BKS $bc -destkeystore bad-rsa-n-not-pq-changeit.bks -deststorepass changeit && $drop_mixed" 'the modulus of another key: n != p*q'
near near-truststore.bks "$ec -out key && $req && keytool -importcert -noprompt -alias root -file crt -storetype BKS $bc -keystore near-truststore.bks -storepass changeit && $drop" 'a trust store'

# --- BCFKS (Bouncy Castle) ---------------------------------------------------
format bcfks
java opaque good-ec-p256.bcfks "BCFKS $bc" '"$PASS"' '"$PASS"' "$p256"
java opaque good-rsa-2048.bcfks "BCFKS $bc" '"$PASS"' '"$PASS"' "$r2048"
bad bad-no-parameters.bcfks "keytool -genkeypair -alias pass-signer $p256 -dname CN=signer.example -validity 3650 -storetype BCFKS $bc -keystore whole -storepass \"\$PASS\" -keypass \"\$PASS\" && python3 \"\$make\"/bad.py no-parameters whole >bad-no-parameters.bcfks && rm whole" 'PBES2 with NULL for parameters'
near near-empty.bcfks "$ec -out key && $req && keytool -importcert -noprompt -alias root -file crt -storetype BCFKS $bc -keystore near-empty.bcfks -storepass changeit && keytool -delete -alias root -storetype BCFKS $bc -keystore near-empty.bcfks -storepass changeit && $drop" 'a store with nothing in it'
