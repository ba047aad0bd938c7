//! Secret seeds of Stellar (SEP-23 strkey).
//!
//! ```text
//! S…     base32 of version 90 | seed[32] | CRC-16/XMODEM, little-endian: 56 characters
//! ```
//!
//! Sixteen bits of checksum prove little, so a seed also needs its context: the file is
//! just that, or Stellar is named close before it.

use super::{Context, Format, Found, Spec, WALLET, What};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Okp, OkpKey, Reject};
use zeroize::Zeroizing;

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
    about: "Accounts of the Stellar network: issuers, anchors, channel accounts of services.",
    triggers: &[
        Trigger::plain(b"Keypair.fromSecret"),
        Trigger::plain(b"STELLAR_"),
        Trigger::plain(b"stellar_"),
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
        begins && (56..=58).contains(&size) && head.iter().all(|&b| value(b).is_some())
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        if candidate.armor.is_some() {
            return Err(Reject::NotThisFormat);
        }
        let at = candidate.at.unwrap_or(0);
        let text = candidate.bytes.get(at..).unwrap_or_default();
        let reach = if candidate.at.is_some() { REACH } else { 1 };
        let (start, seed) = (0..reach)
            .find_map(|start| Some((start, seed_at(text, start)?)))
            .ok_or(Reject::NotThisFormat)?;
        let what = match seed {
            Some(seed) => What::Key(Key::Okp(OkpKey::from_seed(Okp::Ed25519, &seed, None))),
            // In a file without a name it may be anything.
            None if candidate.at.is_none() => return Err(Reject::NotThisFormat),
            None => What::Malformed(Reject::Inconsistent),
        };
        found.push(Found::new(at + start..at + start + TEXT, what));
        Ok(())
    }
}

/// Reads what begins here, if it looks like a seed, with no letter before or behind
/// it: the seed, unless its checksum is wrong.
fn seed_at(text: &[u8], start: usize) -> Option<Option<Zeroizing<Vec<u8>>>> {
    let before = start.checked_sub(1).and_then(|i| text.get(i));
    let seed = text.get(start..start + TEXT)?;
    let edges = [before, text.get(start + TEXT)];
    let is_word = edges
        .into_iter()
        .flatten()
        .all(|b| !b.is_ascii_alphanumeric());
    // 56 random characters of 32 have about 27 values, placeholders a few.
    let different = crate::wire::distinct(seed);
    if seed.first() != Some(&b'S') || !is_word || different < 16 {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(35));
    let (mut bits, mut count) = (0_u32, 0);
    for &character in seed {
        bits = bits << 5 | u32::from(value(character)?);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    let (data, checksum) = bytes.split_last_chunk::<2>()?;
    let is_right = crc16(data).to_le_bytes() == *checksum;
    let (&version, seed) = data.split_first()?;
    (version == VERSION).then(|| is_right.then(|| Zeroizing::new(seed.to_vec())))
}

/// Returns the value of a base32 character (RFC 4648 section 6).
fn value(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'2'..=b'7' => Some(character - b'2' + 26),
        _ => None,
    }
}

/// CRC-16/XMODEM: polynomial 1021, nothing reflected.
fn crc16(data: &[u8]) -> u16 {
    data.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc: u16, _| {
            let carry = crc & 0x8000 != 0;
            crc << 1 ^ if carry { 0x1021 } else { 0 }
        })
    })
}
