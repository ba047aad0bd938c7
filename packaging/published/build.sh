#!/bin/bash
# Writes src/inventory/published.txt: hashes of keys that stand in the public test suites
# of language runtimes and crypto libraries.
#
#   packaging/published/build.sh STRAYKEY FOLDER > src/inventory/published.txt
#
# STRAYKEY is a built straykey, FOLDER keeps what is fetched: sources of Debian 12 (needs
# its deb-src lines), sdists of PyPI, snapshots of git repositories. What is there already
# is not fetched again. Every key whose private half is found by its numbers, in the clear
# or behind a notorious password, is taken; the first source of the list below that has it
# is named; the accounts of test chains are computed. A key goes in as 128 bits of SHA-256(SubjectPublicKeyInfo): no key is copied.
#
# Not to be added: repositories of applications, and anything where somebody may have left
# a key that is in use. A key in this list fails no build.
set -euo pipefail
straykey=$(realpath "$1")
accounts=$(realpath "$(dirname "$0")/accounts.py")
mkdir -p "$2"/{deb,pypi,git,found}
cd "$2"

sources=$(cat << 'END'
deb openssl 3.0.20-1~deb12u2
deb python3.11 3.11.2-6+deb12u8
deb golang-1.19 1.19.8-2
deb nodejs 18.20.4+dfsg-1~deb12u2
deb ruby3.1 3.1.2-7+deb12u1
deb nss 2:3.87.1-1+deb12u2
deb erlang 1:25.2.3+dfsg-1+deb12u4
deb gnutls28 3.7.9-2+deb12u7
deb libgcrypt20 1.10.1-3+deb12u1
deb mbedtls 2.28.3-1
deb wolfssl 5.5.4-2+deb12u2
deb botan 2.19.3+dfsg-1+deb12u1
deb openssh 1:9.2p1-2+deb12u10
deb libssh 0.10.6-0+deb12u2
deb libssh2 1.10.0-3
deb python-cryptography 38.0.4-3+deb12u1
deb golang-go.crypto 1:0.4.0-1
pypi cryptography_vectors 43.0.3
pypi pycryptodome 3.23.0
pypi rsa 4.9.1
pypi ecdsa 0.19.1
pypi pyjwt 2.10.1
pypi python_jose 3.5.0
pypi authlib 1.6.0
pypi jwcrypto 1.5.6
pypi josepy 2.1.0
pypi oauthlib 3.3.1
pypi paramiko 3.5.1
pypi asyncssh 2.21.0
pypi twisted 25.5.0
pypi PGPy 0.6.0
pypi pyopenssl 25.1.0
pypi signxml 4.2.0
pypi pysaml2 7.5.2
pypi tornado 6.5.1
pypi aiohttp 3.12.15
pypi urllib3 2.5.0
pypi httplib2 0.22.0
pypi acme 4.2.0
git google/boringssl a0689af29e8e460f1e5380e0fb74cef1b342e810
git golang/crypto 82adefa711cb8d9a1f12c7ea91b491007d21819f
git Mbed-TLS/mbedtls 03334868372d9ab34d0b25dfa0a316c5b79d556b
git bcgit/bc-java 1a269caece1bfb2290ccd47098038c6edab3619b
git apache/mina-sshd 1285419f2f1bef5fad23f001f74d0f07cc469b5b
git openssh/openssh-portable 0ef0f5a839831c213f24e3f2ae434765c607fb50
git net-ssh/net-ssh 1da063cad67f2f2e44252ce4261f40805a8c8546
git digitalbazaar/forge 7a43db987bd0ecdc5b41f6d73f58ba6ca5bf9ae1
git jwtk/jjwt 401ba26ee72969c373d62a618b48444fc01e0e73
git lestrrat-go/jwx 42920f4bcceab38af01e61636484d0a0a8b61205
git ProtonMail/go-crypto d697e70d9797a3eca02c89a63cc99b8787178c24
accounts Hardhat+Anvil default-accounts
END
)

# fetch KIND NAME VERSION: prints the files of a source.
fetch() {
    local name=${2/\//+} files
    case $1 in
    deb)
        compgen -G "deb/${name}_*.orig*.tar.*" > found/files || (cd deb && apt-get source --download-only "$2=$3" >&2)
        compgen -G "deb/${name}_*.orig*.tar.*" | grep -v '\.asc$'
        ;;
    pypi)
        [ -e "pypi/$name-$3.tar.gz" ] || pip download --quiet --no-deps --no-binary :all: --dest pypi "$2==$3" >&2
        echo "pypi/$name-$3.tar.gz"
        ;;
    git)
        if [ ! -e "git/$name.tar" ]; then
            git init --quiet "git/$name"
            git -C "git/$name" fetch --quiet --depth 1 "https://github.com/$2" "$3"
            git -C "git/$name" archive --output "../$name.tar" FETCH_HEAD
        fi
        echo "git/$name.tar"
        ;;
    esac
}

number=0
: > found/keys
: > found/names
while read -r kind name version; do
    number=$((number + 1))
    printf '%02d %s %s\n' "$number" "$name" "$version" >> found/names
    if [ "$kind" = accounts ]; then
        python3 "$accounts" | cut -c 1-32 | sort -u | sed "s/\$/ $(printf %02d "$number")/" >> found/keys
        continue
    fi
    fetch "$kind" "$name" "$version" > found/files.list
    mapfile -t files < found/files.list
    "$straykey" scan "${files[@]}" --published off --history skip --no-repo-config --fail-on never --no-progress \
        --format jsonl --output found/report.jsonl || [ $? -eq 2 ]
    jq -r 'select(.kind == "finding") | .properties.straykey | select(.proof == "private") | .identity["spki-sha256"]' \
        found/report.jsonl | cut -c 1-32 | sort -u | sed "s/\$/ $(printf %02d "$number")/" >> found/keys
    printf '%s %s: %s keys\n' "$name" "$version" "$(grep -c " $(printf %02d "$number")\$" found/keys)" >&2
done <<< "$sources"

cat found/names
echo
# Of the sources that have a key, the first is kept.
sort found/keys | awk '!seen[$1]++'
