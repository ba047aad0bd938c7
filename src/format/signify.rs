//! Secret keys of OpenBSD's signify.
//!
//! ```text
//! untrusted comment: … secret key
//! base64 of "Ed" | "BK" | rounds u32 | salt[16] | checksum[8] | key id[8] |
//!     seed[32] | public key[32]
//! ```
//!
//! With no rounds the key is in clear; else bcrypt_pbkdf encrypts the last 64
//! bytes.

use super::{Context, Format, Found, Spec};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Okp, OkpKey, Reject};
use crate::wire::base64;

/// Reader of signify keys.
pub(super) struct Signify;

/// Characters of the base64 of 104 bytes.
const TEXT: usize = 140;
/// Offset of the seed.
const SEED: usize = 40;

static SPEC: Spec = Spec {
    id: "signify",
    name: "signify secret key",
    source: "OpenBSD signify(1)",
    about: "Release signing of OpenBSD, OpenWrt (`usign`) and others. An encrypted key shows nothing.",
    // The base64 of "EdBK" and the high bytes of the rounds.
    triggers: &[Trigger::text(b"RWRCSwAA")],
};

impl Format for Signify {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let start = candidate.at.ok_or(Reject::NotThisFormat)?;
        let text = candidate
            .bytes
            .get(start..start + TEXT)
            .ok_or(Reject::Truncated)?;
        let bytes = base64::decode_value(text).ok_or(Reject::NotThisFormat)?;
        let (head, secret) = bytes.split_at_checked(SEED).ok_or(Reject::Truncated)?;
        let span = start..start + TEXT;
        match head {
            [b'E', b'd', b'B', b'K', 0, 0, 0, 0, ..] => {
                let (seed, public) = secret.split_at_checked(32).ok_or(Reject::Truncated)?;
                let key = OkpKey::from_seed(Okp::Ed25519, seed, Some(public));
                found.push(Found::key(span, Key::Okp(key)));
            }
            [b'E', b'd', b'B', b'K', ..] => found.push(Found::opaque(span, &bytes)),
            _ => return Err(Reject::NotThisFormat),
        }
        Ok(())
    }
}
