//! Private keys of Nostr: `nsec1…` (NIP-19).
//!
//! ```text
//! Bech32 with the prefix nsec of a number on secp256k1; events are signed by BIP-340
//! ```
//!
//! The checksum of thirty bits proves the key wherever it stands. A wrong one is a damaged key.

use super::{Context, Format, Found, Spec, What, structure};
use crate::blob::{Candidate, Trigger};
use crate::key::{Curve, Key, Reject};
use crate::wire::bech32;

/// Reader of Nostr keys.
pub(super) struct Nostr;

const MAGIC: &[u8] = b"nsec1";
/// Bytes of a key.
const NUMBER: usize = 32;

static SPEC: Spec = Spec {
    id: "nostr",
    name: "Nostr private key",
    source: "NIP-19, BIP-340",
    about: "Identities of Nostr: `.env` files of bots and relays, notes. Whoever has one signs events as that person.",
    triggers: &[Trigger::plain(MAGIC)],
};

impl Format for Nostr {
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
        let text = bech32::word(candidate.bytes, start, MAGIC, NUMBER);
        let text = text.ok_or(Reject::NotThisFormat)?;
        let what = match bech32::decode(text, b"nsec") {
            Some(number) => What::Key(Key::Ec(structure::ec_key(
                Some(Curve::Secp256k1),
                &number,
                None,
            ))),
            None => What::Malformed(Reject::Inconsistent),
        };
        found.push(Found::new(start..start + text.len(), what));
        Ok(())
    }
}
