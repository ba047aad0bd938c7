# Key databases of NSS and token files of SoftHSM. Sourced by make.sh, behind
# stores.sh.
#
# Debian packages: libnss3-tools softhsm2 gnutls-bin sqlite3

# --- NSS (softoken) ----------------------------------------------------------
format nss
db=$STRAYKEY_SCRATCH/db
noise=$STRAYKEY_SCRATCH/noise
# begin WORD: a database with that master password; none if it is empty.
begin() { rm -rf "$db"; mkdir "$db"; head -c 64 /dev/urandom >"$noise"; printf '%s\n' "$1" >"$db/pw"; certutil -N -d "sql:$db" -f "$db/pw"; }
# made FILE OPTIONS: a key that certutil makes.
made() { certutil -S -d "sql:$db" -f "$db/pw" -z "$noise" -n signer -s CN=signer.example -x -t ,, $2 && cp "$db/key4.db" "$1"; }
# taken FILE GENPKEY: a key that openssl makes, brought in by pk12util.
taken() { $2 -out key && openssl req -x509 -new -key key -subj /CN=signer.example -days 3650 -out crt && openssl pkcs12 -export -inkey key -in crt -name signer -passout pass:x -out p12 && pk12util -i p12 -d "sql:$db" -k "$db/pw" -W x && cp "$db/key4.db" "$1" && rm key crt p12; }
public='certutil -L -d "sql:$db" -n signer -a | openssl x509 -noout -pubkey'
OPENED='the empty password'
good private good-rsa-2048.db 'begin "" && made good-rsa-2048.db "-k rsa -g 2048"' "$public"
good private good-ec-p256.db 'begin "" && made good-ec-p256.db "-k ec -q nistp256"' "$public"
good private good-ec-p384-taken.db 'begin "" && taken good-ec-p384-taken.db "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384"' "$public"
OPENED=changeit
good private good-rsa-2048-changeit.db 'begin changeit && made good-rsa-2048-changeit.db "-k rsa -g 2048"' "$public"
OPENED=
good sealed good-rsa-2048-sealed.db 'begin "$PASS" && made good-rsa-2048-sealed.db "-k rsa -g 2048"' "$public"
good sealed good-ec-p521-sealed.db 'begin "$PASS" && made good-ec-p521-sealed.db "-k ec -q nistp521"' "$public"
bad bad-modulus-of-another.db 'begin "" && made bad-modulus-of-another.db "-k rsa -g 2048" && sqlite3 bad-modulus-of-another.db "update nssPrivate set a120 = randomblob(255) || x'"'"'01'"'"', ad5a0db00 = a120"' 'it opens, and the numbers are not of one key'
near near-certificates.db 'begin "" && made x.db "-k ec -q nistp256" && rm x.db && cp "$db/cert9.db" near-certificates.db' 'cert9.db: certificates and public keys'
near near-no-keys.db 'begin "" && cp "$db/key4.db" near-no-keys.db' 'no key was made yet'
near near-another-database.db 'sqlite3 near-another-database.db "create table notes (id integer primary key, text text); insert into notes (text) values ('"'nssPrivate has no rows here'"')"' 'a database that mentions the table'

# --- SoftHSM 2 ---------------------------------------------------------------
format softhsm
token=$STRAYKEY_SCRATCH/token
export SOFTHSM2_CONF=$STRAYKEY_SCRATCH/softhsm.conf GNUTLS_PIN=7261
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$token" >"$SOFTHSM2_CONF"
fresh_token() { rm -rf "$token"; mkdir "$token"; softhsm2-util --init-token --free --label signer --so-pin 726172 --pin 7261; }
# object CLASS FILE: copies the object of that class, as its first attribute says.
object() { local path; for path in "$token"/*/*.object; do if [[ $(od -An -tu1 -j31 -N1 "$path" | tr -d ' ') == "$1" && $path != */token.object ]]; then cp "$path" "$2"; fi; done; [[ -s $2 ]]; }
# by_pin FILE GENPKEY: under the PIN. clear FILE GENPKEY: without CKA_PRIVATE.
by_pin() { $2 -out key && fresh_token && softhsm2-util --import key --token signer --label signer --id 01 --pin 7261 && object 3 "$1"; }
clear() {
  $2 -out key && fresh_token && p11tool --provider "${SOFTHSM:-/usr/lib/softhsm/libsofthsm2.so}" --login --write --load-privkey key --label signer --no-mark-private \
    "$(p11tool --provider "${SOFTHSM:-/usr/lib/softhsm/libsofthsm2.so}" --list-token-urls | grep SoftHSM | head -1)" && object 3 "$1"
}
good opaque good-rsa-2048-pin.object "by_pin good-rsa-2048-pin.object '$rsa'" && rm key
good opaque good-ec-p256-pin.object "by_pin good-ec-p256-pin.object '$ec'" && rm key
good private good-rsa-2048-clear.object "clear good-rsa-2048-clear.object '$rsa'" 'openssl pkey -in key -pubout' && rm key
good private good-ec-p256-clear.object "clear good-ec-p256-clear.object '$ec'" 'openssl pkey -in key -pubout' && rm key
# The last byte of the modulus is behind its number 0120, kind 3 and length 256.
bad bad-modulus-changed.object "clear bad-modulus-changed.object '$rsa' && rm key && python3 -c 'import re; p = \"bad-modulus-changed.object\"; d = bytearray(open(p, \"rb\").read()); d[d.index(bytes.fromhex(\"0000000000000120\")) + 279] ^= 6; open(p, \"wb\").write(d)'" 'n is not p times q'
near near-public.object "by_pin x.object '$ec' && rm key x.object && object 2 near-public.object" 'the public half'
near near-token.object 'fresh_token && cp "$token"/*/token.object near-token.object' 'label, serial number and the key under the PIN, which signs nothing'

# --- Whole tokens of SoftHSM ---------------------------------------------------
# token NAME OPTIONS...: a folder of a token with a key for each `openssl genpkey OPTIONS`, and their public halves.
token() {
  local name=$1 options; shift
  fresh_token
  mkdir -p "$out/token/$name"
  for options; do
    openssl genpkey $options -out key
    softhsm2-util --import key --token signer --label "$name" --id "0$((++id))" --pin 7261
    openssl pkey -in key -pubout -outform DER | sha256sum | cut -d' ' -f1 >>"$out/token/$name.spki"
    rm key
  done
  cp "$token"/*/*.object "$out/token/$name/"
}
rm -rf "$out/token"
mkdir -p "$out/token"
id=0
token pair '-algorithm RSA' '-algorithm EC -pkeyopt ec_paramgen_curve:P-256' '-algorithm EC -pkeyopt ec_paramgen_curve:P-384'
token several '-algorithm EC -pkeyopt ec_paramgen_curve:P-256' '-algorithm EC -pkeyopt ec_paramgen_curve:P-256'
