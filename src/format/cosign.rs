//! Encrypted keys of cosign and sigstore.
//!
//! ```text
//! -----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----      older: ENCRYPTED COSIGN PRIVATE KEY
//! base64 of {"kdf":{"name":"scrypt",…},"cipher":{"name":"nacl/secretbox",…},"ciphertext":base64}
//! ```
//!
//! Nothing in it says whose key it is.

use super::{Context, Format, Found, Spec, What};
use crate::blob::Candidate;
use crate::key::Reject;
use crate::wire::{base64, members};

/// Reader of cosign keys.
pub(super) struct Cosign;

/// Bytes of the object at most; those in use have 400.
const MAX_OBJECT: usize = 16 << 10;

static SPEC: Spec = Spec {
    id: "cosign",
    name: "cosign or sigstore encrypted private key",
    source: "sigstore/cosign, securesystemslib encrypted package",
    about: "What `cosign generate-key-pair` writes: keys that sign container images, often committed with an empty password.",
    // Met in armour, which has its own.
    triggers: &[],
};

impl Format for Cosign {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let label = candidate.armor.map_or("", |armor| armor.label.as_str());
        if candidate.at.is_some() || !(label.contains("SIGSTORE") || label.contains("COSIGN")) {
            return Err(Reject::NotThisFormat);
        }
        let (list, _) = members::object(candidate.bytes, 0, MAX_OBJECT);
        let text = list.iter().find(|member| member.name == b"ciphertext");
        let text = text.ok_or(Reject::NotThisFormat)?.value;
        let span = 0..candidate.bytes.len();
        // An authenticator of 16 bytes, and the shortest PKCS#8 key there is.
        found.push(match base64::decode_value(text) {
            Some(encrypted) if encrypted.len() >= 16 + 48 => Found::opaque(span, &encrypted),
            _ => Found::new(span, What::Malformed(Reject::BadLength)),
        });
        Ok(())
    }
}
