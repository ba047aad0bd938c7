//! Identity keys of Tor: `hs_ed25519_secret_key` of an onion service, and the
//! relay's `ed25519_master_id_secret_key`.
//!
//! ```text
//! "== ed25519v1-secret: type0 ==" 00 00 00 | scalar[32] | prefix[32]
//! ```
//!
//! The seed was hashed and thrown away; the scalar alone determines the key
//! (tor's `ed25519_seckey_expand`).

use super::{Context, Format, Found, Spec, What};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Okp, OkpForm, OkpKey, Reject};
use zeroize::Zeroizing;

/// Reader of Tor keys.
pub(super) struct Tor;

const MAGIC: &[u8] = b"== ed25519v1-secret: type0 ==\0\0\0";
/// Bytes of scalar and prefix.
const SECRET: usize = 64;

static SPEC: Spec = Spec {
    id: "tor",
    name: "Tor Ed25519 secret key",
    source: "tor crypto_ed25519.c, rend-spec-v3",
    about: "The identity of an onion service or relay: whoever has it is that service.",
    triggers: &[Trigger::binary(MAGIC)],
};

impl Format for Tor {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let start = candidate.at.unwrap_or(0);
        let bytes = candidate.bytes.get(start..).unwrap_or_default();
        let rest = bytes.strip_prefix(MAGIC).ok_or(Reject::NotThisFormat)?;
        let secret = rest.get(..SECRET).ok_or(Reject::Truncated)?;
        let span = start..start + MAGIC.len() + SECRET;
        // RFC 8032 section 5.1.5: such a scalar is always clamped.
        let clamped = matches!((secret.first(), secret.get(31)),
            (Some(low), Some(high)) if low & 7 == 0 && high & 0xc0 == 0x40);
        if !clamped {
            found.push(Found::new(span, What::Malformed(Reject::OutOfRange)));
            return Ok(());
        }
        let key = OkpKey {
            kind: Okp::Ed25519,
            form: OkpForm::Expanded,
            secret: Zeroizing::new(secret.to_vec()),
            public: None,
        };
        found.push(Found::key(
            start..start + MAGIC.len() + SECRET,
            Key::Okp(key),
        ));
        Ok(())
    }
}
