//! The traditional `DSA PRIVATE KEY` of OpenSSL and OpenSSH.
//!
//! ```text
//! SEQUENCE { version 0, p, q, g, y, x }
//! ```
//!
//! No RFC specifies it; OpenSSL's `dsa(1)` writes it with `-traditional`.

use super::{Context, Format, Found, Spec, structure};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Reject};

/// Reader of traditional DSA keys.
pub(super) struct Dsa;

static SPEC: Spec = Spec {
    id: "dsa",
    name: "traditional DSA private key",
    source: "OpenSSL dsa(1)",
    about: "Old SSH and package-signing keys; the algorithm is retired (FIPS 186-5), the keys often are not.",
    // As PKCS#1: version 0 and a large number.
    triggers: &[
        Trigger::plain(b"\x02\x01\x00\x02\x81\x81\x00"),
        Trigger::plain(b"\x02\x01\x00\x02\x82"),
        Trigger::encoded_half(b"\x02\x01\x00\x02\x80"),
    ],
};

impl Format for Dsa {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let (span, mut fields) = structure::sequence(candidate)?;
        if fields.small_int().map_err(|_| Reject::NotThisFormat)? != 0 {
            return Err(Reject::NotThisFormat);
        }
        let mut numbers = [&[][..]; 5];
        for number in &mut numbers {
            *number = fields.integer()?;
        }
        if !fields.is_empty() {
            return Err(Reject::NotThisFormat);
        }
        let [p, q, g, y, x] = numbers;
        found.push(Found::key(
            span,
            Key::Dsa(structure::dsa_key(p, q, g, Some(y), x)),
        ));
        Ok(())
    }
}
