//! The hash by which EC2 knows an RSA pair that it made: SHA-1 of the private key in
//! PKCS#8 (RFC 5208, RFC 8017 appendix A.1.2).
//!
//! ```text
//! PrivateKeyInfo ::= SEQUENCE { 0, { rsaEncryption, NULL }, OCTET STRING { RSAPrivateKey } }
//! RSAPrivateKey  ::= SEQUENCE { 0, n, e, d, p, q, dp, dq, qi }
//! ```
//!
//! `openssl pkcs8 -topk8 -nocrypt -outform DER | openssl sha1` prints the same. Elements
//! go into the hash one by one: no encoding of the private key is ever in memory.

use sha1::{Digest as _, Sha1};

use crate::wire::der::{INTEGER, OCTET_STRING, SEQUENCE};
use crate::wire::trim_zeros;
use crate::wire::writer::header;

/// Version 0, and the AlgorithmIdentifier of RSA.
const HEAD: &[u8] = &[
    0x02, 1, 0, 0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x05, 0,
];

/// Hashes the private key of these numbers, big-endian: 0, n, e, d, p, q, dp, dq, qi.
pub(super) fn pkcs8_sha1(numbers: [&[u8]; 9]) -> [u8; 20] {
    let content = |number: &[u8]| number.len() + usize::from(needs_sign(number));
    let numbers = numbers.map(trim_zeros);
    let inner: usize = numbers.iter().map(|n| element(content(n))).sum();
    let key = element(inner);
    let mut sha1 = Sha1::new();
    sha1.update(header(SEQUENCE, HEAD.len() + element(key)));
    sha1.update(HEAD);
    sha1.update(header(OCTET_STRING, key));
    sha1.update(header(SEQUENCE, inner));
    for number in numbers {
        sha1.update(header(INTEGER, content(number)));
        if needs_sign(number) {
            sha1.update([0]);
        }
        sha1.update(number);
    }
    sha1.finalize().into()
}

/// Whether a zero byte stands before the number: the top bit is set, or it is zero.
fn needs_sign(number: &[u8]) -> bool {
    number.first().is_none_or(|first| first & 0x80 != 0)
}

/// Returns the length of an element with this much content.
fn element(content: usize) -> usize {
    header(SEQUENCE, content).len() + content
}
