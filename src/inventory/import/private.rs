//! The public half of a private key, where it stands in clear.
//!
//! ```text
//! PKCS#1  SEQUENCE { version, n, e, … }                                     RFC 8017 A.1.2
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
        let mut fields = crate::wire::ssh::Reader::new(fields);
        for _ in 0..3 {
            fields.string().ok()?;
        }
        fields.u32().ok()?;
        return ssh::parse(fields.string().ok()?).ok();
    }
    pkcs8(bytes)
        .or_else(|| pkcs1(bytes))
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
    PublicKey::rsa(fields.integer().ok()?, fields.integer().ok()?).ok()
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
        // PKCS#1: nine numbers in all; PKCS#8: an algorithm, then the key.
        Some(der::INTEGER) => (0..8).all(|_| fields.integer().is_ok()),
        Some(der::SEQUENCE) => fields.sequence().is_ok() && fields.octets().is_ok(),
        Some(der::OCTET_STRING) => true,
        _ => false,
    })
}

/// Reads what stands in a file of bytes that are no private key.
pub(super) fn public_der(bytes: &[u8]) -> Option<PublicKey> {
    spki::parse(bytes).or_else(|_| spki::rsa(bytes)).ok()
}
