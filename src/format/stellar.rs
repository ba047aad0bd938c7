//! Secret seeds of Stellar (SEP-23 strkey).
//!
//! ```text
//! S…     base32 of version 90 | seed[32] | CRC-16/XMODEM, little-endian: 56 characters
//! ```
//!
//! Sixteen bits of checksum prove little, so a seed also needs its context: the file is
//! just that, or Stellar's names and calls, or those of a seed or secret, stand close before it.

use super::{Context, Format, Found, Spec, WALLET, What, structure};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Okp, OkpKey, Reject};
use crate::wire::strkey;

/// Reader of Stellar seeds.
pub(super) struct Stellar;

/// Characters of a seed.
const TEXT: usize = 56;
/// How far behind the name a seed stands.
const REACH: usize = 96;
/// The version byte that makes an S of the first character.
const VERSION: u8 = 0x90;

static SPEC: Spec = Spec {
    id: "stellar",
    name: "Stellar secret seed",
    source: "SEP-23",
    about: "Accounts of the Stellar network: issuers, anchors, validators, channel accounts of services.",
    triggers: &[
        Trigger::plain(b"Keypair.fromSecret"),
        Trigger::plain(b"Keypair.from_secret"),
        Trigger::plain(b"Keypair::from_secret"),
        Trigger::plain(b"fromSecretSeed("),
        Trigger::plain(b"keypair.Parse"),
        Trigger::plain(b"keypair.MustParse"),
        Trigger::plain(b"MustParseFull("),
        Trigger::plain(b"newKeypair("),
        Trigger::plain(b"STELLAR_"),
        Trigger::plain(b"stellar_"),
        // Settings, as NODE_SEED of stellar-core.
        Trigger::plain(b"NODE_SEED"),
        Trigger::plain(b"secret_seed"),
        Trigger::plain(b"secretSeed"),
        Trigger::plain(b"SEED=S"),
        Trigger::plain(b"SEED=\"S"),
        Trigger::plain(b"SEED='S"),
    ],
};

impl Format for Stellar {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Option<&'static str> {
        Some(WALLET)
    }

    fn is_head(&self, head: &[u8], size: u64) -> bool {
        let begins = head.first() == Some(&b'S');
        begins && (56..=58).contains(&size) && head.iter().all(|&b| strkey::value(b).is_some())
    }

    fn of_value(&self, value: &[u8]) -> Option<Key> {
        structure::word_of_value(value, TEXT, seed_at)
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        found.push(structure::word_near(candidate, REACH, TEXT, seed_at)?);
        Ok(())
    }
}

/// Reads what begins here, if it looks like a seed, with no letter before or behind it.
fn seed_at(text: &[u8], start: usize) -> Option<What> {
    let read = strkey::decode(strkey::word(text, start, TEXT, b"S")?)?;
    let (&version, seed) = read.data.split_first()?;
    let key = || Key::Okp(OkpKey::from_seed(Okp::Ed25519, seed, None));
    (version == VERSION).then(|| match read.is_right {
        true => What::Key(key()),
        false => What::Malformed(Reject::Inconsistent),
    })
}
