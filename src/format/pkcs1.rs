//! PKCS#1 `RSAPrivateKey` (RFC 8017 appendix A.1.2), as DER or in
//! `RSA PRIVATE KEY` armour.

use super::{Context, Format, Found, Spec, structure};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Reject};

/// Reader of PKCS#1 keys.
pub(super) struct Pkcs1;

static SPEC: Spec = Spec {
    id: "pkcs1",
    name: "PKCS#1 RSA private key",
    source: "RFC 8017 appendix A.1.2",
    about: "What `openssl genrsa -traditional` and older tools write; the usual form of JWT and TLS keys in source code.",
    triggers: &[
        // version 0, then the header of a modulus of 1,024 bits and more.
        Trigger::plain(b"\x02\x01\x00\x02\x81\x81\x00"),
        Trigger::plain(b"\x02\x01\x00\x02\x82"),
        Trigger::encoded_half(b"\x02\x01\x00\x02\x80"),
    ],
};

impl Format for Pkcs1 {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let (span, fields) = match structure::sequence(candidate) {
            Ok(parts) => parts,
            // In armour the label says what it was.
            Err(Reject::Truncated) if candidate.armor.is_some() => {
                let rest = structure::cut_rsa_key(candidate.bytes).ok_or(Reject::Truncated)?;
                found.push(Found::new(0..candidate.bytes.len(), rest));
                return Ok(());
            }
            Err(reject) => return Err(reject),
        };
        let key = structure::rsa_private_key(fields)?;
        found.push(Found::key(span, Key::Rsa(key)));
        Ok(())
    }
}
