//! Private keys of Bitcoin wallets: single ones (WIF) and extended ones (BIP-32).
//!
//! ```text
//! WIF       Base58Check of version (80, test net EF) | key[32] | 01 where the address is compressed
//! extended  Base58Check of version[4] | depth | parent[4] | number[4] | chain code[32] | 00 | key[32]
//! ```
//!
//! The checksum proves an extended key, of which roots are read; a WIF key also needs its context, as it has no
//! prefix: the file is just that, or the name of a command or a field stands before it.

use super::{Context, Format, Found, Spec, WALLET, What, structure};
use crate::blob::{Candidate, Span, Trigger};
use crate::key::{Curve, Key, Reject};
use crate::wire::base58;

/// Reader of Bitcoin keys.
pub(super) struct Bitcoin;

/// Characters of an extended key.
const EXTENDED: usize = 111;
/// Characters of WIF, uncompressed and compressed.
const WIF: [usize; 2] = [51, 52];
/// How far behind its name a key stands.
const REACH: usize = 48;
/// Different characters of a key at least: 111 random ones of 58 have about 50, a
/// placeholder a few.
const MIN_DISTINCT: usize = 24;
/// Versions of extended private keys: Bitcoin, nested and native SegWit, test net.
const VERSIONS: [[u8; 4]; 4] = [
    [0x04, 0x88, 0xAD, 0xE4],
    [0x04, 0x9D, 0x78, 0x78],
    [0x04, 0xB2, 0x43, 0x0C],
    [0x04, 0x35, 0x83, 0x94],
];

static SPEC: Spec = Spec {
    id: "bitcoin",
    name: "Bitcoin private key (WIF, xprv)",
    source: "BIP-32, BIP-49, BIP-84, Bitcoin wiki: Wallet import format",
    about: "Keys of wallets, and roots of which all keys of a wallet are derived: exports, backups, deployment scripts.",
    triggers: &[
        // A root has neither parent nor number, so it always begins so. Those of
        // accounts share only four letters, too few to search every file for.
        Trigger::plain(b"xprv9s21ZrQH143K"),
        Trigger::plain(b"yprvABrGsX5C9jan"),
        Trigger::plain(b"zprvAWgYBBk7JR8G"),
        Trigger::plain(b"tprv8ZgxMBicQKsP"),
        // importprivkey, dumpprivkey, "privkey":
        Trigger::plain(b"privkey"),
    ],
};

impl Format for Bitcoin {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Option<&'static str> {
        Some(WALLET)
    }

    fn is_head(&self, head: &[u8], size: u64) -> bool {
        let begins = matches!(head.first(), Some(b'5' | b'K' | b'L' | b'9' | b'c'));
        begins && (51..=54).contains(&size) && head.iter().all(|&b| base58::is_digit(b))
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
        let bytes = candidate.bytes;
        let Some(at) = candidate.at else {
            let text = bytes.trim_ascii_end();
            let key = wif(text).ok_or(Reject::NotThisFormat)?;
            found.push(Found::key(0..text.len(), key));
            return Ok(());
        };
        let rest = bytes.get(at..).unwrap_or_default();
        let (span, what) = match rest.starts_with(b"privkey") {
            true => named(rest).ok_or(Reject::NotThisFormat)?,
            false => extended(rest).ok_or(Reject::NotThisFormat)?,
        };
        found.push(Found::new(at + span.start..at + span.end, what));
        Ok(())
    }
}

/// Reads the extended key that a text begins with.
fn extended(text: &[u8]) -> Option<(Span, What)> {
    let run = base58::run(text);
    let distinct = (b'1'..=b'z').filter(|b| run.contains(b)).count();
    if run.len() != EXTENDED || distinct < MIN_DISTINCT {
        return None;
    }
    let what = match base58::decode_check(run) {
        Some(data) => {
            let (version, rest) = data.split_first_chunk::<4>()?;
            let key = rest.get(42..74).filter(|_| rest.get(41) == Some(&0))?;
            if !VERSIONS.contains(version) {
                return None;
            }
            What::Key(secp256k1(key))
        }
        None => What::Malformed(Reject::Inconsistent),
    };
    Some((0..run.len(), what))
}

/// Reads the WIF key that stands behind a name.
fn named(text: &[u8]) -> Option<(Span, What)> {
    let start = (7..REACH).find(|&i| {
        let before = text.get(i - 1).is_some_and(|b| !b.is_ascii_alphanumeric());
        let run = base58::run(text.get(i..).unwrap_or_default());
        before && WIF.contains(&run.len())
    })?;
    let run = base58::run(text.get(start..)?);
    let key = wif(run)?;
    Some((start..start + run.len(), What::Key(key)))
}

/// Reads a WIF key.
fn wif(text: &[u8]) -> Option<Key> {
    let data = base58::decode_check(text)?;
    match data.as_slice() {
        [0x80 | 0xEF, key @ .., 1] if key.len() == 32 => Some(secp256k1(key)),
        [0x80 | 0xEF, key @ ..] if key.len() == 32 => Some(secp256k1(key)),
        _ => None,
    }
}

/// Returns the key of a number.
fn secp256k1(number: &[u8]) -> Key {
    Key::Ec(structure::ec_key(Some(Curve::Secp256k1), number, None))
}
