//! Encrypted PKCS#8 `EncryptedPrivateKeyInfo`, as DER or in
//! `ENCRYPTED PRIVATE KEY` armour.
//!
//! ```text
//! EncryptedPrivateKeyInfo ::= SEQUENCE {     -- RFC 5958 section 3
//!     encryptionAlgorithm AlgorithmIdentifier,
//!     encryptedData       OCTET STRING }
//! ```
//!
//! A notorious password is tried. Behind another one nothing of the key can be
//! read; the encrypted bytes name the container.

use super::{Context, Format, Found, Spec, What, structure};
use crate::blob::{Candidate, Trigger};
use crate::key::Reject;
use crate::key::password::{PKCS5, PKCS12, Scheme};
use crate::wire::der;

/// Reader of encrypted PKCS#8 keys.
pub(super) struct Pkcs8Encrypted;

static SPEC: Spec = Spec {
    id: "pkcs8-encrypted",
    name: "encrypted PKCS#8 private key",
    source: "RFC 5958 section 3, RFC 8018 section 6",
    about: "What `openssl pkcs8 -topk8` writes; safe only as long as the password is not beside it.",
    triggers: &[
        // The OID of PBES2 and the SEQUENCE of its parameters.
        Trigger::binary(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d\x30"),
        // The OIDs of PKCS#12.
        Trigger::binary(b"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01"),
    ],
};

impl Format for Pkcs8Encrypted {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        // The trigger is the content of the inner SEQUENCE.
        let mut outer = *candidate;
        if let Some(at) = candidate.at {
            let inner = der::sequence_before(candidate.bytes, at).ok_or(Reject::NotThisFormat)?;
            outer.at = Some(inner.start);
        }
        let (span, mut fields) = structure::sequence(&outer)?;
        let scheme = Scheme::read(&mut fields.clone());
        let mut algorithm = fields.sequence().map_err(|_| Reject::NotThisFormat)?;
        let oid = algorithm.oid().map_err(|_| Reject::NotThisFormat)?;
        if !oid.starts_with(PKCS5) && !oid.starts_with(PKCS12) {
            return Err(Reject::NotThisFormat);
        }
        let encrypted = fields.octets()?;
        // The smallest key, an Ed25519 one, takes 48 bytes and padding.
        if encrypted.len() < 48 || !fields.is_empty() {
            return Err(Reject::NotThisFormat);
        }
        let opened = match scheme {
            Ok(scheme) if !scheme.is_whole(encrypted.len()) => {
                found.push(Found::new(span, What::Malformed(Reject::BadLength)));
                return Ok(());
            }
            Ok(scheme) => scheme.open(encrypted, structure::is_private_key, &mut context.trials),
            // Of an algorithm that nobody here can try.
            Err(Reject::UnknownAlgorithm | Reject::TooLarge) => None,
            Err(reject) => {
                found.push(Found::new(span, What::Malformed(reject)));
                return Ok(());
            }
        };
        found.push(match opened {
            Some(opened) => Found::opened(span, encrypted, opened),
            None => Found::opaque(span, encrypted),
        });
        Ok(())
    }
}
