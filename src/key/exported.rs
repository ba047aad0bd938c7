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
    header(&mut sha1, SEQUENCE, HEAD.len() + element(key));
    sha1.update(HEAD);
    header(&mut sha1, OCTET_STRING, key);
    header(&mut sha1, SEQUENCE, inner);
    for number in numbers {
        header(&mut sha1, INTEGER, content(number));
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
    2 + long_form(content).len() + content
}

/// Returns the digits of a length that does not fit into seven bits.
fn long_form(len: usize) -> Vec<u8> {
    let digits = len.to_be_bytes();
    match len {
        0..0x80 => Vec::new(),
        _ => trim_zeros(&digits).to_vec(),
    }
}

/// Hashes tag and length.
fn header(sha1: &mut Sha1, tag: u8, len: usize) {
    let digits = long_form(len);
    let first = match (digits.len(), u8::try_from(len)) {
        (0, Ok(short)) => short,
        // A usize has at most 8 digits.
        (digits, _) => 0x80 | u8::try_from(digits).unwrap_or(8),
    };
    sha1.update([tag, first]);
    sha1.update(&digits);
}
