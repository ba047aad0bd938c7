# Keys as `openssl -text` prints them. Sourced by make.sh, behind stores.sh.

format openssl-text
# text FILE GENPKEY [OPTIONS [FILTER]]: the numbers, without the PEM.
text() {
  local write=">$1"
  [[ ${4:-} ]] && write="| $4 >$1"
  good private "$1" "$2 -out key && openssl ${3:-pkey} -in key -text -noout $write" 'openssl pkey -in key -pubout'
  rm key
}
genpkey='openssl genpkey -algorithm'
text good-rsa-2048.txt "$genpkey RSA -pkeyopt rsa_keygen_bits:2048"
text good-rsa-1024.txt "$genpkey RSA -pkeyopt rsa_keygen_bits:1024" rsa
text good-rsa-2048-no-primes.txt "$genpkey RSA -pkeyopt rsa_keygen_bits:2048" rsa 'sed /prime1/,\$d'
text good-rsa-2048-indented.md "$genpkey RSA -pkeyopt rsa_keygen_bits:2048" rsa 'sed "s/^/    /"'
text good-rsa-2048-crlf.txt "$genpkey RSA -pkeyopt rsa_keygen_bits:2048" rsa 'sed "s/$/\r/"'
text good-rsa-2048-commented.sh "$genpkey RSA -pkeyopt rsa_keygen_bits:2048" rsa 'sed "s/^/# /"'
text good-ec-p256.txt "$genpkey EC -pkeyopt ec_paramgen_curve:P-256" ec
text good-ec-p384.txt "$genpkey EC -pkeyopt ec_paramgen_curve:P-384"
text good-ec-p521.txt "$genpkey EC -pkeyopt ec_paramgen_curve:P-521"
text good-ec-secp256k1.txt "$genpkey EC -pkeyopt ec_paramgen_curve:secp256k1"
text good-ed25519.txt "$genpkey ED25519"
text good-ed448.txt "$genpkey ED448"
text good-x25519.txt "$genpkey X25519"
good private good-dsa-1024.txt 'openssl dsaparam -genkey -out key 1024 && openssl pkey -in key -text -noout >good-dsa-1024.txt' 'openssl pkey -in key -pubout'
rm key

# bad FILE GENPKEY SED: a number of a key, changed.
bad() {
  eval "$2" 2>>"$STRAYKEY_SCRATCH/log" | openssl pkey -text -noout | sed "$3" >"$1"
  local folder=$PWD
  (cd "$make" && python3 -c 'import sys, record; record.append(sys.argv[1], sys.argv[2], {"command": sys.argv[3], "rule": "malformed-private-key", "line": 1, "why": "a number of the key is another"})' "$folder" "$1" "$2 | openssl pkey -text -noout | sed '$3' >$1")
}
bad bad-rsa-prime-changed.txt "$genpkey RSA -pkeyopt rsa_keygen_bits:2048" '/^prime1/,/^prime2/s/:a/:b/'
bad bad-ec-point-changed.txt "$genpkey EC -pkeyopt ec_paramgen_curve:P-256" '/^pub/,/^ASN1/s/04:/04:00:/'
near near-public-rsa.txt "$genpkey RSA -pkeyopt rsa_keygen_bits:2048 | openssl rsa -pubout | openssl rsa -pubin -text -noout >near-public-rsa.txt" 'a public key'
near near-public-ec.txt "$genpkey EC -pkeyopt ec_paramgen_curve:P-256 | openssl pkey -pubout | openssl pkey -pubin -text -noout >near-public-ec.txt" 'a public key'
near near-docs.md 'printf "The dump begins with \`Private-Key: (2048 bit)\`, then\n\n    modulus:\n        00:c3:…\n    privateExponent:\n        …\n" >near-docs.md' 'documentation with ellipses'
