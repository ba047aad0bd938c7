//! Private keys of Bitcoin wallets: single ones (WIF) and extended ones (BIP-32).
//!
//! ```text
//! WIF       Base58Check of version (80, test net EF) | key[32] | 01 where the address is compressed
//! extended  Base58Check of version[4] | depth | parent[4] | number[4] | chain code[32] | 00 | key[32]
//! ```
//!
//! The checksum proves an extended key, of which roots are read. It proves a WIF key as well, but nothing marks one:
//! it is looked for in small files, and behind the name of a command or a field.

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
/// First bytes of a WIF key's content: Bitcoin, its test net, Litecoin, Dogecoin, Dash.
const WIF_VERSIONS: [u8; 5] = [0x80, 0xEF, 0xB0, 0x9E, 0xCC];
/// How far behind its name a key stands.
const REACH: usize = 48;
/// Bytes of a file that is looked through without a name: a paper wallet with its instructions.
const MAX_SMALL: usize = 4 << 10;
/// Keys of a small file that are told: an export in lines of 52 letters has no more.
const MAX_KEYS: usize = 80;
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
    about: "Keys of wallets, and roots of which all keys of a wallet are derived: paper wallets, exports, backups, deployment scripts.",
    triggers: &[
        // A root has neither parent nor number, so it always begins so. Those of
        // accounts share only four letters, too few to search every file for.
        Trigger::plain(b"xprv9s21ZrQH143K"),
        Trigger::plain(b"yprvABrGsX5C9jan"),
        Trigger::plain(b"zprvAWgYBBk7JR8G"),
        Trigger::plain(b"tprv8ZgxMBicQKsP"),
        // importprivkey, dumpprivkey, "privkey":
        Trigger::plain(b"privkey"),
        Trigger::plain(b"rivate key"),
        Trigger::plain(b"rivate Key"),
        Trigger::plain(b"rivate_key"),
        Trigger::plain(b"RIVATE_KEY"),
        Trigger::plain(b"rivateKey"),
    ],
};

impl Format for Bitcoin {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Option<&'static str> {
        Some(WALLET)
    }

    fn may_hold(&self, head: &[u8], size: u64) -> bool {
        size <= MAX_SMALL as u64 && wif_runs(head).next().is_some()
    }

    fn of_value(&self, value: &[u8]) -> Option<Key> {
        WIF.contains(&value.len()).then(|| wif(value))?
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
            if bytes.len() > MAX_SMALL {
                return Err(Reject::NotThisFormat);
            }
            let keys = wif_runs(bytes).filter_map(|span| {
                let key = wif(bytes.get(span.clone())?)?;
                Some(Found::key(span, key))
            });
            found.extend(keys.take(MAX_KEYS));
            return match found.is_empty() {
                true => Err(Reject::NotThisFormat),
                false => Ok(()),
            };
        };
        let rest = bytes.get(at..).unwrap_or_default();
        let is_extended = rest.get(1..4) == Some(b"prv");
        let (span, what) = match is_extended {
            true => extended(rest).ok_or(Reject::NotThisFormat)?,
            false => named(rest).ok_or(Reject::NotThisFormat)?,
        };
        found.push(Found::new(at + span.start..at + span.end, what));
        Ok(())
    }
}

/// Returns the words of a text that are as long as a WIF key and have its letters.
fn wif_runs(text: &[u8]) -> impl Iterator<Item = Span> {
    let [shortest, _] = WIF;
    let is_inner = |&b: &u8| b.is_ascii_alphanumeric();
    let mut start = 0;
    let words = std::iter::from_fn(move || {
        loop {
            // From the end: words are short, and most of the text need not be looked at.
            let next = text.get(start..start + shortest)?;
            if let Some(gap) = next.iter().rposition(|b| !is_inner(b)) {
                start += gap + 1;
                continue;
            }
            let rest = text.get(start + shortest..)?;
            let more = rest.iter().take_while(|b| is_inner(b)).count();
            let word = start..start + shortest + more;
            start = word.end + 1;
            return Some(word);
        }
    });
    words.filter(|span| {
        let word = text.get(span.clone()).unwrap_or_default();
        // The checksum says the rest; letters alone are a name of something.
        WIF.contains(&word.len())
            && word.iter().all(|&b| base58::is_digit(b))
            && word.iter().any(u8::is_ascii_digit)
    })
}

/// Reads the extended key that a text begins with.
fn extended(text: &[u8]) -> Option<(Span, What)> {
    let run = base58::run(text);
    let different = crate::wire::distinct(run);
    if run.len() != EXTENDED || different < MIN_DISTINCT {
        return None;
    }
    let what = match base58::decode_check(run) {
        Some(data) => {
            let (version, rest) = data.split_first_chunk::<4>()?;
            let key = rest.get(42..74).filter(|_| rest.get(41) == Some(&0))?;
            if !VERSIONS.contains(version) {
                return None;
            }
            // The paths of accounts begin at the root.
            let chain = rest.get(9..41).filter(|_| rest.first() == Some(&0));
            What::Key(match chain {
                Some(chain) => structure::wallet_root(key, chain),
                None => secp256k1(key),
            })
        }
        None => What::Malformed(Reject::Inconsistent),
    };
    Some((0..run.len(), what))
}

/// Reads the WIF key that stands behind a name.
fn named(text: &[u8]) -> Option<(Span, What)> {
    let near = text.get(..(REACH + WIF[1] + 1).min(text.len()))?;
    let span = wif_runs(near).find(|span| (7..REACH).contains(&span.start))?;
    let key = wif(near.get(span.clone())?)?;
    Some((span, What::Key(key)))
}

/// Reads a WIF key.
fn wif(text: &[u8]) -> Option<Key> {
    let data = base58::decode_check(text)?;
    match data.as_slice() {
        [version, key @ .., 1] | [version, key @ ..]
            if key.len() == 32 && WIF_VERSIONS.contains(version) =>
        {
            Some(secp256k1(key))
        }
        _ => None,
    }
}

/// Returns the key of a number.
fn secp256k1(number: &[u8]) -> Key {
    Key::Ec(structure::ec_key(Some(Curve::Secp256k1), number, None))
}
