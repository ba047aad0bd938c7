//! Binary structures: depth, lying lengths, absurd numbers.

use std::path::Path;

use super::bytes::{armor, body, der, with};
use super::{Case, before_a_key, pem, put, testfile};

const FOUND: &str = "exit 1; 1 private-key";

/// A sequence in a sequence in a sequence …, of a definite length each.
fn nested(depth: usize, inner: &[u8]) -> Vec<u8> {
    // From the inside, and turned round, as lengths stand before what they count.
    let mut turned: Vec<u8> = inner.iter().rev().copied().collect();
    for _ in 0..depth {
        let len = turned.len() as u32;
        turned.extend(len.to_le_bytes());
        turned.extend([0x84, 0x30]);
    }
    turned.reverse();
    turned
}

/// The numbers of a PKCS#1 key.
fn pkcs1(numbers: &[&[u8]]) -> Vec<u8> {
    let numbers: Vec<u8> = numbers.iter().flat_map(|n| der(2, n)).collect();
    der(0x30, &numbers)
}

fn der_and_key(dir: &Path, der: &[u8]) {
    put(dir, "key.der", der);
    put(dir, "key.pem", before_a_key(armor("PRIVATE KEY", der)));
}

fn ssh(dir: &Path, from: &[u8], to: &[u8]) {
    let key = with(body(&testfile("openssh/good-ed25519")), from, to);
    put(dir, "key", before_a_key(armor("OPENSSH PRIVATE KEY", &key)));
}

pub(super) const CASES: &[Case] = &[
    Case::new(
        "der-depth-definite",
        "100,000 nested DER sequences, alone and in PEM before a key",
        |dir| {
            der_and_key(dir, &nested(100_000, &[2, 1, 0]));
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "der-depth-indefinite",
        "100,000 nested sequences of indefinite length, alone and in PEM before a key",
        |dir| {
            der_and_key(dir, &[0x30, 0x80].repeat(100_000));
        },
        FOUND,
    ),
    Case::new(
        "der-depth-closed",
        "20,000 nested sequences of indefinite length, each closed",
        |dir| {
            der_and_key(
                dir,
                &[[0x30, 0x80].repeat(20_000), [0, 0].repeat(20_000)].concat(),
            );
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "der-depth-in-key",
        "a PKCS#8 key whose octet string holds 50,000 nested sequences",
        |dir| {
            let algorithm = [0x30, 5, 6, 3, 0x2b, 0x65, 0x70];
            let inner = der(4, &nested(50_000, &[2, 1, 0]));
            der_and_key(
                dir,
                &der(0x30, &[&[2, 1, 0], &algorithm[..], &inner].concat()),
            );
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "der-length-2-64",
        "a PKCS#8 key whose outer length is 2^64 - 1",
        |dir| {
            let key = testfile("pkcs8/good-ed25519.der");
            der_and_key(dir, &[&[0x30, 0x88][..], &[0xff; 8], &key[2..]].concat());
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "der-length-of-length",
        "a PKCS#8 key whose length has 126 bytes",
        |dir| {
            let key = testfile("pkcs8/good-ed25519.der");
            der_and_key(dir, &[&[0x30, 0xfe][..], &[0; 125], &key[1..]].concat());
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "der-inner-length-lies",
        "a PKCS#8 key whose octet string says to be longer than the key",
        |dir| {
            der_and_key(
                dir,
                &with(testfile("pkcs8/good-ed25519.der"), &[4, 0x22], &[4, 0x7f]),
            );
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "der-cut",
        "RSA keys cut after every 100th byte, 13 of them, before a key",
        |dir| {
            let key = testfile("pkcs8/good-rsa-2048.der");
            for len in (50..key.len()).step_by(100) {
                put(
                    dir,
                    &format!("{len}.pem"),
                    armor("PRIVATE KEY", &key[..len]),
                );
            }
            put(dir, "key.pem", pem());
        },
        "exit 1; 4 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "der-empty",
        "2 MB of empty sequences in PEM",
        |dir| {
            der_and_key(dir, &[0x30, 0].repeat(1 << 20));
        },
        FOUND,
    ),
    Case::new(
        "rsa-million-bits",
        "an RSA key with numbers of 1,000,000 bits",
        |dir| {
            let big = [[0x7f].repeat(125_000), vec![1]].concat();
            let n = big.as_slice();
            let key = pkcs1(&[&[0], n, &[1, 0, 1], n, n, n, n, n, n]);
            put(dir, "key.pem", before_a_key(armor("RSA PRIVATE KEY", &key)));
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "rsa-zeros",
        "an RSA key all of whose numbers are 0",
        |dir| {
            let key = pkcs1(&[[0].as_slice(); 9]);
            put(dir, "key.pem", before_a_key(armor("RSA PRIVATE KEY", &key)));
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "rsa-negative",
        "an RSA key all of whose numbers are negative",
        |dir| {
            let n = [0xff; 256];
            let key = pkcs1(&[
                &[0],
                &n,
                &[0x81],
                &n,
                &n[128..],
                &n[128..],
                &n[128..],
                &n[128..],
                &n[128..],
            ]);
            put(dir, "key.pem", before_a_key(armor("RSA PRIVATE KEY", &key)));
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "rsa-even",
        "an RSA key with even numbers of 2,048 bits",
        |dir| {
            let n = [[0x70].repeat(255), vec![0]].concat();
            let key = pkcs1(&[&[0], &n, &[2], &n, &n, &n, &n, &n, &n]);
            put(dir, "key.pem", before_a_key(armor("RSA PRIVATE KEY", &key)));
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "ec-zero",
        "an EC key whose number is 0",
        |dir| {
            let key = body(&testfile("sec1/good-ec-secp384r1.pem"));
            let mut zero = key;
            zero[8..56].fill(0);
            put(dir, "key.pem", before_a_key(armor("EC PRIVATE KEY", &zero)));
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "ec-parameters-huge",
        "an EC key with explicit parameters of a megabyte",
        |dir| {
            let prime = der(2, &[0x7f].repeat(1 << 20));
            let field = der(
                0x30,
                &[&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 1, 1], &prime[..]].concat(),
            );
            let parameters = der(0xa0, &der(0x30, &[&[2, 1, 1], &field[..]].concat()));
            let key = der(
                0x30,
                &[&[2, 1, 1], &der(4, &[7; 32])[..], &parameters].concat(),
            );
            put(dir, "key.pem", before_a_key(armor("EC PRIVATE KEY", &key)));
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "dsa-huge",
        "a DSA key with numbers of 400,000 bits",
        |dir| {
            let big = [0x7f].repeat(50_000);
            let n = big.as_slice();
            let key = pkcs1(&[&[0], n, n, n, n, n]);
            put(dir, "key.pem", before_a_key(armor("DSA PRIVATE KEY", &key)));
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "ssh-length-4-gb",
        "an OpenSSH key whose cipher name says to have 4 GB",
        |dir| {
            ssh(dir, b"\0\0\0\x04none", b"\xff\xff\xff\xffnone");
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "ssh-keys-4-billion",
        "an OpenSSH file that says to hold 4 billion keys",
        |dir| {
            ssh(dir, b"\0\0\0\x01\0\0\0\x33", b"\xff\xff\xff\xff\0\0\0\x33");
        },
        "exit 1; 1 malformed-private-key; 1 private-key",
    ),
    Case::new(
        "jks-entries-2-31",
        "a Java key store that says to hold 2^31 entries",
        |dir| {
            let store = testfile("jks/good-rsa-2048.jks");
            put(
                dir,
                "a.jks",
                with(
                    store,
                    &[0, 0, 0, 2, 0, 0, 0, 1],
                    &[0, 0, 0, 2, 0x7f, 0xff, 0xff, 0xff],
                ),
            );
            put(dir, "key.pem", pem());
        },
        "exit 1; 1 private-key",
    ),
    Case::new(
        "jks-key-4-gb",
        "a Java key store whose key says to have 4 GB",
        |dir| {
            let store = testfile("jks/good-rsa-2048.jks");
            put(
                dir,
                "a.jks",
                with(
                    store,
                    &[0, 0, 5, 1, 0x30, 0x82],
                    &[0xff, 0xff, 0xff, 0xff, 0x30, 0x82],
                ),
            );
            put(dir, "key.pem", pem());
        },
        "exit 1; 1 private-key",
    ),
    Case::new(
        "pgp-packet-4-gb",
        "an OpenPGP key whose packet says to have 4 GB",
        |dir| {
            let key = testfile("openpgp/good-ed25519.gpg");
            put(
                dir,
                "a.gpg",
                [&[0xc5, 0xff, 0xff, 0xff, 0xff, 0xff], &key[2..]].concat(),
            );
            put(dir, "key.pem", pem());
        },
        FOUND,
    ),
    Case::new(
        "pgp-packets-tiny",
        "an armoured OpenPGP key and 500,000 empty packets",
        |dir| {
            let key = [
                testfile("openpgp/good-ed25519.gpg"),
                [0xcd, 0].repeat(500_000),
            ]
            .concat();
            put(
                dir,
                "a.asc",
                before_a_key(armor("PGP PRIVATE KEY BLOCK", &key)),
            );
        },
        "exit 1; 2 private-key",
    ),
    Case::new(
        "pgp-partial-endless",
        "an OpenPGP packet of 100,000 partial bodies of one byte",
        |dir| {
            let key = [vec![0xc5], [0xe0, 4].repeat(100_000)].concat();
            put(
                dir,
                "a.asc",
                before_a_key(armor("PGP PRIVATE KEY BLOCK", &key)),
            );
        },
        FOUND,
    ),
    Case::new(
        "sexp-depth",
        "a gpg-agent file of 1,000,000 opening brackets",
        |dir| {
            put(
                dir,
                "a.key",
                [
                    b"(11:private-key".to_vec(),
                    b"(3:rsa".repeat(160_000),
                    b"(".repeat(1_000_000),
                ]
                .concat(),
            );
            put(dir, "key.pem", pem());
        },
        FOUND,
    ),
    Case::new(
        "sexp-length",
        "a gpg-agent file with a string of 10^30 bytes",
        |dir| {
            put(
                dir,
                "a.key",
                b"(11:private-key(3:rsa(1:n1000000000000000000000000000000:aaaa)))",
            );
            put(dir, "key.pem", pem());
        },
        FOUND,
    ),
    Case::new(
        "cbor-depth",
        "1,000,000 nested CBOR arrays, and maps of 2^64 pairs, before a key in base64",
        |dir| {
            use base64::Engine as _;
            let key = testfile("pkcs8/good-ed25519.der");
            let cbor = [
                [0x9f].repeat(1_000_000),
                [&[0xbb][..], &[0xff; 8]].concat().repeat(1000),
                key.clone(),
            ]
            .concat();
            put(dir, "a.cbor", &cbor);
            put(
                dir,
                "b.txt",
                base64::engine::general_purpose::STANDARD.encode(key),
            );
        },
        FOUND,
    ),
    Case::new(
        "capi-bits",
        "a CryptoAPI blob of 2^32 - 1 bits",
        |dir| {
            put(
                dir,
                "a.snk",
                [
                    b"\x07\x02\0\0\0\x24\0\0RSA2\xff\xff\xff\xff\x01\0\x01\0".to_vec(),
                    vec![9; 4000],
                ]
                .concat(),
            );
            put(dir, "key.pem", pem());
        },
        FOUND,
    ),
];
