//! SEC 1 `ECPrivateKey` (RFC 5915), as DER or in `EC PRIVATE KEY` armour.

use super::{Context, Format, Found, Spec, structure};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Reject};

/// Reader of SEC 1 keys.
pub(super) struct Sec1;

static SPEC: Spec = Spec {
    id: "sec1",
    name: "SEC 1 elliptic curve private key",
    source: "RFC 5915 section 3",
    about: "What `openssl ecparam -genkey` writes; the usual form of ES256 token keys and device keys.",
    triggers: &[
        // version 1, then a scalar of 32, 48, 65 or 66 bytes.
        Trigger::plain(b"\x02\x01\x01\x04\x20"),
        Trigger::plain(b"\x02\x01\x01\x04\x30"),
        Trigger::plain(b"\x02\x01\x01\x04\x42"),
        Trigger::encoded(b"\x02\x01\x01\x04"),
    ],
};

impl Format for Sec1 {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let (span, fields) = structure::sequence(candidate)?;
        let key = structure::ec_private_key(fields, None)?;
        found.push(Found::key(span, Key::Ec(key)));
        Ok(())
    }
}
