//! Private keys of Sui: `suiprivkey1…` (SIP-15).
//!
//! ```text
//! Bech32 with the prefix suiprivkey of flag | key[32]       flag 0 Ed25519, 1 secp256k1, 2 P-256
//! ```
//!
//! The checksum of thirty bits proves the key wherever it stands. A wrong one is a damaged key. The
//! `sui.keystore` of its command line is not read: its entries look as those of public keys do.

use super::{Context, Format, Found, Spec, WALLET, What, structure};
use crate::blob::{Candidate, Trigger};
use crate::key::{Curve, Key, Okp, OkpKey, Reject};
use crate::wire::bech32;

/// Reader of Sui keys.
pub(super) struct Sui;

const MAGIC: &[u8] = b"suiprivkey1";
/// Bytes of a flag and a key.
const FLAGGED: usize = 33;

static SPEC: Spec = Spec {
    id: "sui",
    name: "Sui private key",
    source: "Sui Improvement Proposal 15",
    about: "Accounts of the Sui network: exports of wallets, `.env` files of publishers and services.",
    triggers: &[Trigger::text(MAGIC)],
};

impl Format for Sui {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Option<&'static str> {
        Some(WALLET)
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let start = candidate.at.ok_or(Reject::NotThisFormat)?;
        let text = bech32::word(candidate.bytes, start, MAGIC, FLAGGED);
        let text = text.ok_or(Reject::NotThisFormat)?;
        let what = match bech32::decode(text, b"suiprivkey") {
            Some(flagged) => What::Key(key(&flagged).ok_or(Reject::NotThisFormat)?),
            None => What::Malformed(Reject::Inconsistent),
        };
        found.push(Found::new(start..start + text.len(), what));
        Ok(())
    }
}

/// Reads a flag and its key.
fn key(flagged: &[u8]) -> Option<Key> {
    let (flag, secret) = flagged.split_first()?;
    let ec = |curve| Key::Ec(structure::ec_key(Some(curve), secret, None));
    Some(match flag {
        0 => Key::Okp(OkpKey::from_seed(Okp::Ed25519, secret, None)),
        1 => ec(Curve::Secp256k1),
        2 => ec(Curve::P256),
        _ => return None,
    })
}
