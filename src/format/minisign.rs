//! Secret keys of minisign and rsign: package and release signing.
//!
//! ```text
//! untrusted comment: minisign encrypted secret key
//! base64 of "Ed" | KDF "Sc" or 00 00 | "B2" | salt[32] | limits[16] |
//!     key id[8] | seed[32] | public key[32] | checksum[32]
//! ```
//!
//! With a password everything from the key id on is encrypted. The second line
//! is what counts, and it is all that some settings hold.

use super::{Context, Format, Found, Spec};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Okp, OkpKey, Reject};
use crate::wire::base64;

/// Reader of minisign keys.
pub(super) struct Minisign;

/// Characters of the base64 of 158 bytes.
const TEXT: usize = 212;
/// Offset of the seed.
const SEED: usize = 62;

static SPEC: Spec = Spec {
    id: "minisign",
    name: "minisign secret key",
    source: "minisign, section \"Secret key format\"",
    about: "Release and update signing (`minisign`, `rsign`, Tauri updates). An encrypted key shows nothing.",
    // The base64 of "Ed", the KDF and "B2"; files encoded once more, as Tauri
    // wants them, begin with a comment, and so do those of signify.
    triggers: &[
        Trigger::text(b"RWQAAEIy"),
        Trigger::text(b"RWRTY0Iy"),
        Trigger::encoded_head(b"untrusted comment: "),
    ],
};

impl Format for Minisign {
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
            [b'E', b'd', 0, 0, b'B', b'2', ..] => {
                let (seed, rest) = secret.split_at_checked(32).ok_or(Reject::Truncated)?;
                let key = OkpKey::from_seed(Okp::Ed25519, seed, rest.get(..32));
                found.push(Found::key(span, Key::Okp(key)));
            }
            [b'E', b'd', b'S', b'c', b'B', b'2', ..] => found.push(Found::opaque(span, &bytes)),
            _ => return Err(Reject::NotThisFormat),
        }
        Ok(())
    }
}
