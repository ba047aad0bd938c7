#!/usr/bin/env bash
# Makes all of testdata/ from nothing: fresh keys by the tools that people use,
# and expect.toml files with fingerprints that those tools computed.
#
#   testdata/make.sh [FOLDER]      FOLDER: where to write; default: this one
#
# Debian packages: openssl (3.0) openssh-client (9.2) putty-tools (0.78) gpgsm
#   (2.2, keygrips only) libnss3-tools softhsm2 gnutls-bin sqlite3 default-jre-headless (keytool 17) libbcprov-java xxd bsdextrautils python3 (3.11) python3-cryptography python3-jwcrypto jq;
#   for archive those that make/archive.sh names
# Python (make/*.py) is used for what those tools cannot write: PKCS#8 v2, JWK,
# broken keys, look-alikes, text around keys, and the JSON of KMS exports.
# PYTHON names another interpreter.
#
# No key here was ever used for anything; every run throws the old ones away.
set -euo pipefail
umask 077
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here}
mkdir -p "$out"
out=$(cd "$out" && pwd)
make=$here/make
PYTHON=${PYTHON:-/usr/bin/python3}
STRAYKEY_SCRATCH=$(mktemp -d)
export STRAYKEY_SCRATCH PYTHON LC_ALL=C TZ=UTC PYTHONDONTWRITEBYTECODE=1
trap 'gpgconf --homedir "$STRAYKEY_SCRATCH/gpgsm" --kill all 2>/dev/null || true; rm -rf "$STRAYKEY_SCRATCH"' EXIT

# Recorded commands say python3 and make/….py; they are run as they are written.
python3() { "$PYTHON" "$@"; }
# Wraps DER on stdin in PEM, label as the argument.
pem() { echo "-----BEGIN $1-----"; openssl base64; echo "-----END $1-----"; }
# The passphrase of every encrypted key here; on no list of common ones.
PASS=thistle-quay-ember-42
PW=$STRAYKEY_SCRATCH/passphrase
EMPTY=$STRAYKEY_SCRATCH/empty
printf %s "$PASS" >"$PW"
: >"$EMPTY"
# What stands for those in the recorded commands.
shown() { sed -e "s#\$PASS#$PASS#g" -e 's#"\$PW"#<(printf %s '"$PASS"')#g' -e 's#"\$EMPTY"#/dev/null#g' -e 's#"\$make"#../make#g' <<<"$1"; }

# format NAME: begins a format's folder.
format() {
  rm -rf "${out:?}/$1"
  mkdir -p "$out/$1"
  cd "$out/$1"
  echo "testdata: $1" >&2
}

# good PROOF FILE COMMAND [PUBLIC [SSH]]: runs COMMAND, which must write FILE,
# and records it. PUBLIC prints the public half (SPKI PEM, or OpenSSH line);
# SSH prints its SSH fingerprint where ssh-keygen does not know the algorithm.
good() {
  local proof=$1 file=$2 command=$3 public=${4:-'openssl pkey -in "$file" -passin "pass:$PASS" -pubout'} ssh=${5:-}
  eval "$command" 2>>"$STRAYKEY_SCRATCH/log" || { tail -5 "$STRAYKEY_SCRATCH/log" >&2; echo "failed: $command" >&2; exit 1; }
  rm -f "$file.pub"
  local line
  line=$(grep -anm1 -e '-----BEGIN [A-Z -]*PRIVATE KEY' "$file" | cut -d: -f1 || true)
  [[ $proof == opaque ]] && public=true
  eval "$public" 2>>"$STRAYKEY_SCRATCH/log" | python3 "$make/record.py" "$file" --proof "$proof" --line "${line:-1}" \
    ${OPENED:+--opened-with "$OPENED"} ${ssh:+--ssh-sha256 "$(eval "$ssh")"} --command "$(shown "$command")"
}

# --- PKCS#1 (RFC 8017) -------------------------------------------------------
format pkcs1
for bits in 512 1024 2048 3072 4096; do
  good private good-rsa-$bits.pem "openssl genrsa -traditional -out good-rsa-$bits.pem $bits"
done
good private good-rsa-2048.der 'openssl genrsa -traditional 2048 | openssl rsa -traditional -outform DER -out good-rsa-2048.der'
good private good-rsa-1024.der 'openssl genrsa -traditional 1024 | openssl rsa -traditional -outform DER -out good-rsa-1024.der'
good private good-rsa-2048-e3.pem 'openssl genrsa -traditional -3 -out good-rsa-2048-e3.pem 2048'
good private good-rsa-2048-three-primes.pem 'openssl genrsa -traditional -primes 3 -out good-rsa-2048-three-primes.pem 2048'
good private good-rsa-2048-ssh-keygen.pem 'ssh-keygen -q -t rsa -b 2048 -m PEM -N "" -C "" -f good-rsa-2048-ssh-keygen.pem'
# Cut off in a paste: the modulus is whole, so it is known whose it was.
openssl genrsa -traditional 2048 | head -n -12 > bad-rsa-2048-cut-behind-d.pem
python3 - <<'PY'
import sys; sys.path.insert(0, "../make"); import record
record.append(".", "bad-rsa-2048-cut-behind-d.pem", {"command": "openssl genrsa -traditional 2048 | head -n -12 > bad-rsa-2048-cut-behind-d.pem", "rule": "malformed-private-key", "line": 1, "why": "cut off behind d, as in a paste: it is known whose it was"})
PY
# openssl labels the inner PKCS#1 of an RSA-PSS key so.
good private good-rsa-pss-2048-label.pem 'openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 | openssl rsa -traditional -out good-rsa-pss-2048-label.pem' 'sed s/RSA-PSS/RSA/ "$file" | openssl pkey -pubout'

# --- PKCS#8 (RFC 5958), clear ------------------------------------------------
format pkcs8
for bits in 512 1024 2048 4096; do
  good private good-rsa-$bits.pem "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:$bits -out good-rsa-$bits.pem"
done
# genpkey -outform DER writes the traditional form of RSA and EC; pkcs8 does not.
good private good-rsa-2048.der 'openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 | openssl pkcs8 -topk8 -nocrypt -outform DER -out good-rsa-2048.der'
# The normal form of an RSA-PSS key is the SPKI with rsaEncryption.
pss='openssl rsa -in "$file" -traditional | sed s/RSA-PSS/RSA/ | openssl pkey -pubout'
good private good-rsa-pss-2048.pem 'openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out good-rsa-pss-2048.pem' "$pss"
good private good-rsa-pss-2048-sha256.pem 'openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32 -out good-rsa-pss-2048-sha256.pem' "$pss"
for curve in P-256 P-384 P-521 secp256k1 brainpoolP256r1; do
  name=$(tr -d - <<<"${curve,,}")
  good private "good-ec-$name.pem" "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -pkeyopt ec_param_enc:named_curve -out good-ec-$name.pem"
done
for curve in P-256 P-384 secp256k1; do
  name=$(tr -d - <<<"${curve,,}")
  good private "good-ec-$name.der" "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve | openssl pkcs8 -topk8 -nocrypt -outform DER -out good-ec-$name.der"
done
# Explicit parameters are the same key as the named curve.
named='openssl ec -in "$file" -param_enc named_curve -conv_form uncompressed -pubout'
for curve in P-256 secp256k1; do
  name=$(tr -d - <<<"${curve,,}")
  good private "good-ec-$name-explicit.pem" "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -pkeyopt ec_param_enc:explicit -out good-ec-$name-explicit.pem" "$named"
done
for curve in P-256 P-521; do
  name=$(tr -d - <<<"${curve,,}")
  good private "good-ec-$name-no-public.pem" "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve | openssl ec -no_public | openssl pkcs8 -topk8 -nocrypt -out good-ec-$name-no-public.pem"
done
good private good-ec-p256-compressed.pem 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | openssl ec -conv_form compressed | openssl pkcs8 -topk8 -nocrypt -out good-ec-p256-compressed.pem' "$named"
for kind in ED25519 ED448 X25519 X448; do
  good private "good-${kind,,}.pem" "openssl genpkey -algorithm $kind -out good-${kind,,}.pem"
  good private "good-${kind,,}.der" "openssl genpkey -algorithm $kind -outform DER -out good-${kind,,}.der"
done
good private good-dsa-1024.pem 'openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 | openssl genpkey -paramfile /dev/stdin -out good-dsa-1024.pem'
good private good-dsa-2048.pem 'openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -pkeyopt dsa_paramgen_q_bits:256 | openssl genpkey -paramfile /dev/stdin -out good-dsa-2048.pem'
# openssl 3.0 reads no v2; the public half is taken on the way.
v1=$STRAYKEY_SCRATCH/v1.der
v2() { # FILE OPTIONS GENPKEY-ARGUMENTS
  local armour='pem "PRIVATE KEY" >'
  [[ $1 == *.der ]] && armour='cat >'
  good private "$1" "openssl genpkey $3 | openssl pkcs8 -topk8 -nocrypt -outform DER | tee \"\$v1\" | python3 \"\$make\"/der.py pkcs8-v2${2:+ $2} | $armour$1" 'openssl pkey -inform DER -in "$v1" -pubout'
  sed -i 's# | tee \\"$v1\\"##' expect.toml
}
v2 good-v2-ed25519.pem '' '-algorithm ED25519'
v2 good-v2-ed25519.der '' '-algorithm ED25519'
v2 good-v2-ed25519-attributes.pem --attributes '-algorithm ED25519'
v2 good-v2-ed448.pem '' '-algorithm ED448'
v2 good-v2-x25519.pem '' '-algorithm X25519'
v2 good-v2-ec-p256.pem '' '-algorithm EC -pkeyopt ec_paramgen_curve:P-256'
v2 good-v2-rsa-2048-attributes.pem --attributes '-algorithm RSA -pkeyopt rsa_keygen_bits:2048'
# As Notary wrote them before RFC 8410.
good private good-ed25519-notary.pem 'openssl genpkey -algorithm ED25519 -outform DER | tee "$v1" | python3 "$make"/der.py notary | pem "PRIVATE KEY" >good-ed25519-notary.pem' 'openssl pkey -inform DER -in "$v1" -pubout'
sed -i 's# | tee \\"$v1\\"##' expect.toml
good private good-rsa-2048-pkcs8-ssh-keygen.pem 'ssh-keygen -q -t rsa -b 2048 -m PKCS8 -N "" -C "" -f good-rsa-2048-pkcs8-ssh-keygen.pem'

# Curves and groups that are met in old devices and test suites.
for curve in secp112r2 secp160r1 secp192k1 brainpoolP320t1 sect163k1 sect283r1 c2pnb208w1; do
  good private "good-ec-$curve.pem" "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -pkeyopt ec_param_enc:named_curve -out good-ec-$curve.pem"
done
good private good-ec-sect233k1-explicit.pem 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:sect233k1 -pkeyopt ec_param_enc:explicit -out good-ec-sect233k1-explicit.pem' "$named"
# A generator of its own (twice that of P-256) makes another curve.
good private good-ec-explicit-generator.pem 'python3 "$make"/der.py ec-generator | openssl pkcs8 -topk8 -nocrypt -out good-ec-explicit-generator.pem'
good private good-dh-1024.pem 'openssl dhparam -out "$STRAYKEY_SCRATCH"/dh.pem 1024 && openssl genpkey -paramfile "$STRAYKEY_SCRATCH"/dh.pem -out good-dh-1024.pem'
good private good-dh-ffdhe2048.pem 'openssl genpkey -algorithm DH -pkeyopt group:ffdhe2048 -out good-dh-ffdhe2048.pem'
good private good-dhx-rfc5114.pem 'openssl genpkey -algorithm DHX -pkeyopt dh_rfc5114:1 -out good-dhx-rfc5114.pem'
good private good-dhx-rfc5114.der 'openssl genpkey -algorithm DHX -pkeyopt dh_rfc5114:1 -outform DER -out good-dhx-rfc5114.der'

# Post-quantum keys (RFC 9881, 9909, 9935), by @noble/post-quantum.
pq() { # SET FORM FILE
  local name=${1^^}
  [[ $1 == slh-* ]] && name=${name%?}${1: -1}
  node "$make"/pq.mjs "$1" "$2" "$3" | python3 "$make/record.py" "$3" --algorithm "$name" --line 1 --command "node ../make/pq.mjs $1 $2 $3"
}
pq ml-dsa-44 seed good-ml-dsa-44-seed.pem
pq ml-dsa-44 expanded good-ml-dsa-44-expanded.pem
pq ml-dsa-65 both good-ml-dsa-65-both.pem
pq ml-dsa-65 expanded good-ml-dsa-65-expanded.der
pq ml-dsa-87 seed good-ml-dsa-87-seed.der
pq ml-dsa-87 both good-ml-dsa-87-both.pem
pq slh-dsa-sha2-128f raw good-slh-dsa-sha2-128f.pem
pq slh-dsa-sha2-128s raw good-slh-dsa-sha2-128s.pem
pq slh-dsa-sha2-192f raw good-slh-dsa-sha2-192f.pem
pq slh-dsa-shake-192f raw good-slh-dsa-shake-192f.der
pq slh-dsa-shake-256f raw good-slh-dsa-shake-256f.pem
pq ml-kem-512 seed good-ml-kem-512-seed.pem
pq ml-kem-768 expanded good-ml-kem-768-expanded.pem
pq ml-kem-1024 both good-ml-kem-1024-both.pem
# Composite keys: the vectors of their draft, as they were taken from there.
python3 "$make/composite.py" .

# --- SEC1 (RFC 5915) ---------------------------------------------------------
format sec1
for curve in prime256v1 secp384r1 secp521r1 secp256k1 brainpoolP256r1; do
  good private "good-ec-$curve.pem" "openssl ecparam -name $curve -genkey -noout -out good-ec-$curve.pem"
  good private "good-ec-$curve.der" "openssl ecparam -name $curve -genkey -noout -outform DER -out good-ec-$curve.der"
done
good private good-ec-prime256v1-parameters-block.pem 'openssl ecparam -name prime256v1 -genkey -out good-ec-prime256v1-parameters-block.pem' \
  'openssl ec -in "$file" -pubout'
good private good-ec-prime256v1-no-public.pem 'openssl ecparam -name prime256v1 -genkey -noout | openssl ec -no_public -out good-ec-prime256v1-no-public.pem'
good private good-ec-secp384r1-no-public.der 'openssl ecparam -name secp384r1 -genkey -noout | openssl ec -no_public -outform DER -out good-ec-secp384r1-no-public.der'
good private good-ec-prime256v1-compressed.pem 'openssl ecparam -name prime256v1 -genkey -noout | openssl ec -conv_form compressed -out good-ec-prime256v1-compressed.pem' "$named"
good private good-ec-secp384r1-explicit.pem 'openssl ecparam -name secp384r1 -genkey -noout -param_enc explicit -out good-ec-secp384r1-explicit.pem' "$named"
for curve in secp128r1 sect113r2; do
  good private "good-ec-$curve-explicit.pem" "openssl ecparam -name $curve -genkey -noout -param_enc explicit -out good-ec-$curve-explicit.pem" "$named"
done
sec1=$STRAYKEY_SCRATCH/sec1.der
for curve in prime256v1 secp256k1; do
  good private "good-ec-$curve-no-params.pem" "openssl ecparam -name $curve -genkey -noout -outform DER | tee \"\$sec1\" | python3 \"\$make\"/der.py sec1-no-params | pem 'EC PRIVATE KEY' >good-ec-$curve-no-params.pem" \
    'openssl ec -inform DER -in "$sec1" -pubout'
done
sed -i 's# | tee \\"$sec1\\"##' expect.toml

# --- DSA PRIVATE KEY (openssl's traditional form) ----------------------------
format dsa
for bits in 1024 2048; do
  good private good-dsa-$bits.pem "openssl dsaparam $bits | openssl gendsa /dev/stdin | openssl pkey -traditional -out good-dsa-$bits.pem"
done
good private good-dsa-1024.der 'openssl dsaparam 1024 | openssl gendsa /dev/stdin | openssl pkey -traditional -outform DER -out good-dsa-1024.der'
good private good-dsa-1024-ssh-keygen.pem 'ssh-keygen -q -t dsa -m PEM -N "" -C "" -f good-dsa-1024-ssh-keygen.pem'

# --- EncryptedPrivateKeyInfo (RFC 5958 section 3, RFC 8018, RFC 7914) --------
format pkcs8-encrypted
topk8='openssl pkcs8 -topk8 -passout "pass:$PASS"'
rsa='openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048'
ec='openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256'
ed='openssl genpkey -algorithm ED25519'
sealed() { good opaque "$1" "$2 | $topk8 $3 -out $1"; }
sealed good-rsa-2048-pbes2-aes256-sha256.pem "$rsa" '-v2 aes-256-cbc -v2prf hmacWithSHA256'
sealed good-rsa-2048-pbes2-aes256-sha256.der "$rsa" '-v2 aes-256-cbc -v2prf hmacWithSHA256 -outform DER'
sealed good-ec-p256-pbes2-aes128-sha1.pem "$ec" '-v2 aes-128-cbc -v2prf hmacWithSHA1'
sealed good-ec-p256-pbes2-des3.der "$ec" '-v2 des3 -outform DER'
sealed good-ed25519-pbes2-aes256-sha512.pem "$ed" '-v2 aes-256-cbc -v2prf hmacWithSHA512'
sealed good-ec-p256-scrypt.pem "$ec" '-scrypt'
sealed good-ed25519-scrypt.der "$ed" '-scrypt -outform DER'
sealed good-rsa-2048-pkcs12-3des.pem "$rsa" '-v1 PBE-SHA1-3DES'
sealed good-ec-p256-pkcs12-3des.der "$ec" '-v1 PBE-SHA1-3DES -outform DER'
sealed good-rsa-2048-pkcs12-rc2-40.pem "$rsa" '-v1 PBE-SHA1-RC2-40 -provider legacy -provider default'
sealed good-ec-p256-pbes1-md5-des.pem "$ec" '-v1 PBE-MD5-DES -provider legacy -provider default'
good opaque good-rsa-2048-ssh-keygen.pem 'ssh-keygen -q -t rsa -b 2048 -m PKCS8 -N "$PASS" -C "" -f good-rsa-2048-ssh-keygen.pem'

# --- Encrypted PEM (RFC 1421 headers, openssl's traditional form) ------------
format pem-encrypted
for cipher in aes128 aes256 des3; do
  good opaque good-rsa-2048-$cipher.pem "openssl genrsa 2048 | openssl rsa -traditional -$cipher -passout \"pass:\$PASS\" -out good-rsa-2048-$cipher.pem"
  good opaque good-ec-p256-$cipher.pem "openssl ecparam -name prime256v1 -genkey -noout | openssl ec -$cipher -passout \"pass:\$PASS\" -out good-ec-p256-$cipher.pem"
done
good opaque good-ec-p384-parameters-block.pem '{ openssl ecparam -name secp384r1; openssl ecparam -name secp384r1 -genkey -noout | openssl ec -aes256 -passout "pass:$PASS"; } >good-ec-p384-parameters-block.pem'
good opaque good-dsa-1024-des3.pem 'openssl dsaparam 1024 | openssl gendsa /dev/stdin | openssl pkey -traditional -des3 -passout "pass:$PASS" -out good-dsa-1024-des3.pem'
good opaque good-rsa-2048-ssh-keygen.pem 'ssh-keygen -q -t rsa -b 2048 -m PEM -N "$PASS" -C "" -f good-rsa-2048-ssh-keygen.pem'
good opaque good-ecdsa-256-ssh-keygen.pem 'ssh-keygen -q -t ecdsa -b 256 -m PEM -N "$PASS" -C "" -f good-ecdsa-256-ssh-keygen.pem'

# --- OpenSSH (PROTOCOL.key) --------------------------------------------------
format openssh
ssh() { # PROOF FILE ARGUMENTS
  local secret='""'
  [[ $1 == sealed ]] && secret='"$PASS"'
  good "$1" "$2" "ssh-keygen -q $3 -N $secret -C ${4:-ada@laptop.example} -f $2" 'ssh-keygen -y -P "$PASS" -f "$file" 2>/dev/null || ssh-keygen -y -P "" -f "$file"'
}
ssh private good-ed25519 '-t ed25519'
ssh private good-ed25519-no-comment '-t ed25519' '""'
ssh private good-rsa-2048 '-t rsa -b 2048'
ssh private good-rsa-3072 '-t rsa -b 3072'
ssh private good-dsa-1024 '-t dsa'
for bits in 256 384 521; do ssh private good-ecdsa-$bits "-t ecdsa -b $bits"; done
ssh sealed good-ed25519-aes256-ctr '-t ed25519 -Z aes256-ctr'
ssh sealed good-ed25519-aes256-gcm '-t ed25519 -Z aes256-gcm@openssh.com'
ssh sealed good-ed25519-chacha20 '-t ed25519 -Z chacha20-poly1305@openssh.com'
ssh sealed good-rsa-2048-aes256-ctr '-t rsa -b 2048 -Z aes256-ctr'
ssh sealed good-rsa-3072-aes256-cbc '-t rsa -b 3072 -Z aes256-cbc -a 32'
ssh sealed good-ecdsa-256-aes256-gcm '-t ecdsa -b 256 -Z aes256-gcm@openssh.com'
ssh sealed good-ecdsa-384-aes128-ctr '-t ecdsa -b 384 -Z aes128-ctr'
ssh sealed good-ecdsa-521-chacha20 '-t ecdsa -b 521 -Z chacha20-poly1305@openssh.com'
ssh sealed good-dsa-1024-3des-cbc '-t dsa -Z 3des-cbc'
# The binary that the armour holds.
good private good-ed25519.bin 'ssh-keygen -q -t ed25519 -N "" -C "" -f tmp && sed 1d\;\$d tmp | openssl base64 -d -out good-ed25519.bin' \
  'ssh-keygen -y -P "" -f tmp; rm tmp tmp.pub'

# --- PuTTY PPK versions 2 and 3 ----------------------------------------------
format ppk
ppk() { # PROOF FILE ARGUMENTS PARAMETERS
  local secret='"$EMPTY"'
  [[ $1 == sealed ]] && secret='"$PW"'
  good "$1" "$2" "puttygen -q $3 --random-device /dev/urandom -C ada@laptop.example --ppk-param $4 --new-passphrase $secret -o $2" \
    'puttygen --old-passphrase "$PW" -L "$file"' 'puttygen -l -E sha256 "$file" | grep -o SHA256:.*'
}
for version in 2 3; do
  ppk private good-v$version-rsa-2048.ppk '-t rsa -b 2048' version=$version
  ppk private good-v$version-ed25519.ppk '-t ed25519' version=$version
  ppk private good-v$version-ecdsa-256.ppk '-t ecdsa -b 256' version=$version
  ppk sealed good-v$version-rsa-2048-encrypted.ppk '-t rsa -b 2048' version=$version
  ppk sealed good-v$version-ed25519-encrypted.ppk '-t ed25519' version=$version
done
ppk private good-v3-ecdsa-384.ppk '-t ecdsa -b 384' version=3
ppk private good-v2-ecdsa-521.ppk '-t ecdsa -b 521' version=2
ppk private good-v3-ed448.ppk '-t ed448' version=3
ppk private good-v2-dsa-1024.ppk '-t dsa -b 1024' version=2
ppk private good-v3-dsa-1024.ppk '-t dsa -b 1024' version=3
ppk sealed good-v3-ecdsa-256-argon2i.ppk '-t ecdsa -b 256' version=3,kdf=argon2i,memory=4096,passes=3,parallelism=2
ppk sealed good-v3-ecdsa-521-argon2d.ppk '-t ecdsa -b 521' version=3,kdf=argon2d,passes=2
ppk sealed good-v3-ed448-encrypted.ppk '-t ed448' version=3
ppk sealed good-v2-dsa-1024-encrypted.ppk '-t dsa -b 1024' version=2
good private good-v2-ed25519-crlf.ppk \
  'puttygen -q -t ed25519 --random-device /dev/urandom -C ada@laptop.example --ppk-param version=2 --new-passphrase "$EMPTY" -o /dev/stdout | sed "s/$/\r/" >good-v2-ed25519-crlf.ppk' \
  'puttygen -L "$file"'

source "$make/stores.sh"
source "$make/tokens.sh"
source "$make/openssl-text.sh"

# --- The rest is Python's ----------------------------------------------------
python3 "$make/signing.py" signing

format cosign
good opaque good-sigstore.key 'python3 "$make"/cosign.py good-sigstore.key "ENCRYPTED SIGSTORE PRIVATE KEY"'
good opaque good-cosign.key 'python3 "$make"/cosign.py good-cosign.key "ENCRYPTED COSIGN PRIVATE KEY"'
python3 - <<'PY'
import sys; sys.path.insert(0, "../make"); import record
open("near-header.key", "w").write("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n")
record.append(".", "near-header.key", {"command": "testdata/make.sh", "silent": True, "why": "no body"})
PY
format vault
python3 "$make/vault.py" .
format tsig
python3 "$make/tsig.py" .
format jwe
python3 "$make/jwe.py" .
format ed25519
python3 "$make/tools.py" .
format key-numbers
python3 "$make/key_numbers.py" .
python3 "$make/wallets.py" "$out"
python3 "$make/text_keys.py" "$out" nkeys nostr sui age
python3 "$make/accounts.py" "$out/bip39" "$out/bitcoin"

format jwk
python3 "$make/jwk.py" .
for set in ml-dsa-44 ml-dsa-87; do
  node "$make"/pq.mjs $set jwk good-$set.json | python3 "$make/record.py" good-$set.json --algorithm ${set^^} --line 1 --command "node ../make/pq.mjs $set jwk good-$set.json"
done
for name in pkcs1 pkcs8 sec1 dsa pkcs8-encrypted pem-encrypted openssh ppk jwk; do
  echo "testdata: $name, broken keys and look-alikes" >&2
  python3 "$make/bad.py" "$out/$name"
  python3 "$make/near.py" "$out/$name"
done
rm -rf "$out/signing-secrets"
mkdir -p "$out/signing-secrets"
python3 "$make/signing_secrets.py" "$out/signing-secrets" >&2
python3 "$make/unseen_secrets.py" "$out/signing-secrets/unseen" >&2
rm -rf "$out/signed-token"
python3 "$make/signed_tokens.py" "$out/signed-token"
for name in placement encoding demo kms; do
  format $name
  python3 "$make/$name.py" .
done

echo "testdata: archive" >&2
"$make/archive.sh" "$out/archive"

chmod -R u=rwX,go=rX "$out"
python3 "$make/check.py" "$out"
