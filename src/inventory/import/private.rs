//! The public half of a private key, where it stands in clear.
//!
//! ```text
//! PKCS#1  SEQUENCE { version, n, e, … }                                     RFC 8017 A.1.2
//! DSA     SEQUENCE { version, p, q, g, y, x }                               OpenSSL dsa(1)
//! SEC 1   SEQUENCE { 1, key OCTET STRING, [0] curve, [1] BIT STRING point }    RFC 5915
//! PKCS#8  SEQUENCE { version, algorithm, OCTET STRING { one of these } }       RFC 5958
//! OpenSSH "openssh-key-v1" 0 | cipher | kdf | options | u32 count | public blob | …   PROTOCOL.key
//! ```
//!
//! A private key has no business in an export. It is reported, and this is all
//! that is taken from it: no secret number is read, so nothing is checked either.

use crate::identity::algorithm::{Algorithm, EcParameters, curve};
use crate::identity::{spki, ssh};
use crate::key::PublicKey;
use crate::wire::der::{self, Reader};

/// First bytes of a key in the format of OpenSSH.
const OPENSSH: &[u8] = b"openssh-key-v1\0";

/// Returns the public half in the bytes of a private key, if it is there.
pub(super) fn public_half(bytes: &[u8]) -> Option<PublicKey> {
    if let Some(fields) = bytes.strip_prefix(OPENSSH) {
        let mut fields = crate::wire::big_endian::Reader::new(fields);
        for _ in 0..3 {
            fields.string().ok()?;
        }
        fields.u32().ok()?;
        return ssh::parse(fields.string().ok()?).ok();
    }
    pkcs8(bytes)
        .or_else(|| pkcs1(bytes))
        .or_else(|| dsa(bytes))
        .or_else(|| sec1(bytes, None))
}

fn pkcs8(bytes: &[u8]) -> Option<PublicKey> {
    let mut fields = Reader::new(bytes).sequence().ok()?;
    fields.small_int().ok()?;
    let algorithm = Algorithm::read(&mut fields).ok()?;
    let inner = fields.octets().ok()?;
    match algorithm {
        Algorithm::Rsa => pkcs1(inner),
        Algorithm::Ec(curve) => sec1(inner, curve),
        Algorithm::Okp(kind) => {
            fields.optional(der::context(0)).ok()?;
            let public = fields.optional(der::context_primitive(1)).ok()??;
            PublicKey::okp(kind, public.get(1..)?).ok()
        }
        _ => None,
    }
}

fn pkcs1(bytes: &[u8]) -> Option<PublicKey> {
    let mut fields = Reader::new(bytes).sequence().ok()?;
    fields.small_int().ok()?;
    // The first two numbers of a DSA key are no modulus and exponent.
    if integers(fields) < RSA_NUMBERS {
        return None;
    }
    PublicKey::rsa(fields.integer().ok()?, fields.integer().ok()?).ok()
}

fn dsa(bytes: &[u8]) -> Option<PublicKey> {
    let mut fields = Reader::new(bytes).sequence().ok()?;
    fields.small_int().ok()?;
    if integers(fields) != DSA_NUMBERS {
        return None;
    }
    let mut number = || fields.integer().ok();
    PublicKey::dsa(number()?, number()?, number()?, number()?).ok()
}

/// Numbers of PKCS#1 behind its version.
const RSA_NUMBERS: usize = 8;
/// Numbers of a traditional DSA key behind its version.
const DSA_NUMBERS: usize = 5;

/// Counts the numbers that stand here, one after the other.
fn integers(mut fields: Reader<'_>) -> usize {
    std::iter::from_fn(|| fields.integer().ok()).count()
}

fn sec1(bytes: &[u8], outer: Option<EcParameters<'_>>) -> Option<PublicKey> {
    let mut fields = Reader::new(bytes).sequence().ok()?;
    fields.small_int().ok()?;
    fields.octets().ok()?;
    let inner = match fields.optional(der::context(0)).ok()? {
        Some(parameters) => curve(&Reader::new(parameters).read_tlv().ok()?).ok()?,
        None => None,
    };
    let point = fields.optional(der::context(1)).ok()??;
    let point = Reader::new(point).bits().ok()?;
    match inner.or(outer)? {
        EcParameters::Named(curve) => PublicKey::ec_point(curve, point).ok(),
        EcParameters::Explicit(parameters) => PublicKey::ec_explicit(parameters, point).ok(),
    }
}

/// Whether bytes are a private key that is not encrypted, in DER.
pub(super) fn is_private(bytes: &[u8]) -> bool {
    let version = |bytes| {
        let mut fields = Reader::new(bytes).sequence().ok()?;
        let version = fields.small_int().ok()?;
        (version <= 1).then_some(fields)
    };
    version(bytes).is_some_and(|mut fields| match fields.peek() {
        // Numbers only: RSA or DSA; PKCS#8: an algorithm, then the key.
        Some(der::INTEGER) => {
            let numbers = integers(fields);
            numbers >= RSA_NUMBERS || numbers == DSA_NUMBERS
        }
        Some(der::SEQUENCE) => fields.sequence().is_ok() && fields.octets().is_ok(),
        Some(der::OCTET_STRING) => true,
        _ => false,
    })
}

/// Reads what stands in a file of bytes that are no private key.
pub(super) fn public_der(bytes: &[u8]) -> Option<PublicKey> {
    spki::parse(bytes).or_else(|_| spki::rsa(bytes)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Identity;

    #[test]
    fn a_dsa_key_is_not_taken_for_an_rsa_key() {
        let bytes = include_bytes!("../../../testdata/dsa/good-dsa-1024.der");
        let public = public_half(bytes).expect("a public half");
        assert!(matches!(public, PublicKey::Dsa { .. }));
        assert_eq!(
            Identity::of(&public).ids.named("spki-sha256"),
            // By openssl; see expect.toml beside the file.
            Some("30b0fbdb6476abb1818204685ad5431a5e184931e11254478a48de5f4ea03c65")
        );
        assert!(is_private(bytes));
    }
}
