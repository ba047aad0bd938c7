//! Seed phrases of wallets (BIP-39), named as such or alone.
//!
//! ```text
//! 12, 15, 18, 21 or 24 words of a list of 2,048: 11 bits each, of entropy and, for
//! every 32 bits of it, one bit of its SHA-256
//! seed = PBKDF2-HMAC-SHA512(phrase, "mnemonic", 2048)
//! root = HMAC-SHA512("Bitcoin seed", seed): key[32], chain code[32]              BIP-32
//! ```
//!
//! Four bits of checksum prove little and the words are those of English, so a phrase
//! also needs its context: a name of such phrases close before it, a line of its own in a
//! small file, or such a file that is nothing else, its words numbered or not. It is
//! identified by the root key that it makes without a passphrase, and matched by the first
//! keys of the usual accounts as well.

use std::sync::LazyLock;

use super::{Context, Format, Found, Spec, WALLET, What, structure};
use crate::blob::{Candidate, Span, Trigger};
use crate::key::{Key, Reject};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256, Sha512};
use zeroize::Zeroizing;

/// Reader of seed phrases.
pub(super) struct Bip39;

/// The English list, in alphabetical order.
static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("bip39.txt").lines().collect());

/// How far behind its name a phrase begins.
const REACH: usize = 48;
/// Longest phrase: 24 words of 8 letters, and blanks.
const MAX_PHRASE: usize = 24 * 12;
/// Different words of a phrase with a wrong checksum: 12 random ones differ.
const MIN_DISTINCT: usize = 10;
/// Bytes of a file in which a phrase needs no name.
const MAX_SMALL: usize = 4 << 10;
/// Bytes of a file that is nothing but a phrase: 24 words, one a line, numbered.
const MAX_SOLE: usize = 512;
/// Fewest bytes of a phrase: twelve words of three letters, and what is between them.
const MIN_PHRASE: usize = 12 * 3 + 11;
/// Iterations of BIP-39.
const ROUNDS: u32 = 2048;

static SPEC: Spec = Spec {
    id: "bip39",
    name: "wallet seed phrase",
    source: "BIP-39, BIP-32, BIP-44, BIP-49, BIP-84, BIP-86",
    about: "The words that a wallet is restored from: `.env` files, `.secret` and Hardhat or Truffle configuration, notes.",
    triggers: &[
        Trigger::plain(b"mnemonic"),
        Trigger::plain(b"MNEMONIC"),
        Trigger::plain(b"Mnemonic"),
        Trigger::plain(b"seed phrase"),
        Trigger::plain(b"seed_phrase"),
        Trigger::plain(b"seedPhrase"),
        Trigger::plain(b"SEED_PHRASE"),
        Trigger::plain(b"recovery phrase"),
    ],
};

impl Format for Bip39 {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Option<&'static str> {
        Some(WALLET)
    }

    fn may_hold(&self, head: &[u8], size: u64) -> bool {
        size <= MAX_SMALL as u64 && alone(head, size <= MAX_SOLE as u64).is_some()
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let Some(at) = candidate.at else {
            let bytes = candidate.bytes;
            let small = bytes.len() <= MAX_SMALL && candidate.armor.is_none();
            let (span, phrase) = alone(bytes, bytes.len() <= MAX_SOLE)
                .filter(|_| small)
                .ok_or(Reject::NotThisFormat)?;
            let phrase = Some(phrase).filter(|_| context.take_wallet());
            let key = phrase
                .and_then(|phrase| root(phrase.as_bytes()))
                .ok_or(Reject::NotThisFormat)?;
            found.push(Found::key(span, key));
            return Ok(());
        };
        let end = at
            .saturating_add(REACH + MAX_PHRASE)
            .min(candidate.bytes.len());
        let text = candidate.bytes.get(at..end).unwrap_or_default();
        let (start, phrase) = (8..REACH.min(text.len()))
            .find_map(|start| Some((start, phrase_at(text, start)?)))
            .ok_or(Reject::NotThisFormat)?;
        let what = match phrase.is_right {
            true if !context.take_wallet() => return Err(Reject::NotThisFormat),
            true => What::Key(root(phrase.text).ok_or(Reject::NotThisFormat)?),
            false => What::Malformed(Reject::Inconsistent),
        };
        let start = at + start;
        found.push(Found::new(start..start + phrase.text.len(), what));
        Ok(())
    }
}

/// Returns the phrase that is a line of a text, or all of it; its words with one blank
/// between them. They must be drawn, not copied from the list: as good as all different, and
/// in no order.
fn alone(text: &[u8], is_sole: bool) -> Option<(Span, Zeroizing<String>)> {
    let mut at = 0;
    let lines = text.split(|&b| b == b'\n').map(|line| {
        let span = at..at + line.len();
        at = span.end + 1;
        span
    });
    let whole = is_sole.then_some(0..text.len());
    whole.into_iter().chain(lines).find_map(|span| {
        let (indices, phrase) = words(text.get(span.clone())?)?;
        let mut sorted = indices.clone();
        sorted.sort_unstable();
        let in_order = sorted == indices || sorted.iter().rev().eq(indices.iter());
        sorted.dedup();
        let is_drawn = sorted.len() >= MIN_DISTINCT && !in_order;
        (is_drawn && is_right(&indices)).then_some((span, phrase))
    })
}

/// Reads a text that is nothing but the words of a phrase, between blanks, commas and numbers.
fn words(text: &[u8]) -> Option<(Vec<u16>, Zeroizing<String>)> {
    let is_gap = |b: &u8| b.is_ascii_whitespace() || *b == b',';
    let is_inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".):".contains(b);
    if text.len() < MIN_PHRASE || !text.iter().all(|b| is_inner(b) || is_gap(b)) {
        return None;
    }
    let mut indices = Vec::new();
    for token in text.split(is_gap) {
        let number = token.iter().take_while(|b| b.is_ascii_digit()).count();
        let word = token.get(number..)?;
        let word = match number {
            0 => word,
            _ => match word {
                [b'.' | b')' | b':', word @ ..] => word,
                _ => word,
            },
        };
        if word.is_empty() {
            continue;
        }
        let word = std::str::from_utf8(word).ok()?;
        let index = WORDS.binary_search(&word).ok()?;
        if indices.len() == 24 {
            return None;
        }
        indices.push(u16::try_from(index).ok()?);
    }
    if !matches!(indices.len(), 12 | 15 | 18 | 21 | 24) {
        return None;
    }
    let mut phrase = Zeroizing::new(String::with_capacity(MAX_PHRASE));
    for index in &indices {
        if !phrase.is_empty() {
            phrase.push(' ');
        }
        phrase.push_str(WORDS.get(usize::from(*index))?);
    }
    Some((indices, phrase))
}

/// Words of the list, as many as a phrase has, with one blank between them.
struct Phrase<'a> {
    text: &'a [u8],
    is_right: bool,
}

/// Returns the phrase that begins here, if one does. One with a wrong checksum must
/// have words enough that differ to be no placeholder.
fn phrase_at(text: &[u8], start: usize) -> Option<Phrase<'_>> {
    if text.get(start.checked_sub(1)?)?.is_ascii_alphabetic() {
        return None;
    }
    let rest = text.get(start..)?;
    let mut indices = Vec::new();
    let mut end = 0;
    for word in rest.split(|&b| b == b' ').take(25) {
        let len = word.iter().take_while(|b| b.is_ascii_lowercase()).count();
        let known = std::str::from_utf8(word.get(..len)?).ok()?;
        let Ok(index) = WORDS.binary_search(&known) else {
            break;
        };
        indices.push(u16::try_from(index).ok()?);
        end += usize::from(indices.len() > 1) + len;
        if len < word.len() {
            break;
        }
    }
    if !matches!(indices.len(), 12 | 15 | 18 | 21 | 24) {
        return None;
    }
    let phrase = Phrase {
        text: rest.get(..end)?,
        is_right: is_right(&indices),
    };
    indices.sort_unstable();
    indices.dedup();
    (phrase.is_right || indices.len() >= MIN_DISTINCT).then_some(phrase)
}

/// Whether the last bits are those of the hash of the others.
fn is_right(indices: &[u16]) -> bool {
    let bit = |i: usize| {
        indices
            .get(i / 11)
            .is_some_and(|index| index >> (10 - i % 11) & 1 == 1)
    };
    let bits = indices.len() * 11;
    let entropy = bits - bits / 33;
    let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(
        (0..entropy / 8)
            .map(|byte| (0..8).fold(0, |value, i| value << 1 | u8::from(bit(byte * 8 + i))))
            .collect(),
    );
    let hash = Sha256::digest(bytes.as_slice());
    (entropy..bits).enumerate().all(|(i, place)| {
        hash.first()
            .is_some_and(|first| (first >> (7 - i) & 1 == 1) == bit(place))
    })
}

/// Returns the root key of a phrase without a passphrase.
fn root(phrase: &[u8]) -> Option<Key> {
    let mut seed = Zeroizing::new([0; 64]);
    pbkdf2::pbkdf2_hmac::<Sha512>(phrase, b"mnemonic", ROUNDS, seed.as_mut_slice());
    let mut mac = Hmac::<Sha512>::new_from_slice(b"Bitcoin seed").ok()?;
    mac.update(seed.as_slice());
    let node = Zeroizing::new(mac.finalize().into_bytes().to_vec());
    let (number, chain) = node.split_at_checked(32)?;
    Some(structure::wallet_root(number, chain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{Curve, PublicKey};

    /// Keys that others published for a phrase: the test vectors of BIP-84 and BIP-86, and the
    /// first account that Hardhat prints.
    #[test]
    fn accounts_are_those_of_published_wallets() {
        let about = format!("{}about", "abandon ".repeat(11));
        let junk = format!("{}junk", "test ".repeat(11));
        let published = |phrase: &str, path: &str| {
            let Some(Key::Ec(root)) = root(phrase.as_bytes()) else {
                panic!("a root")
            };
            let mut accounts = root.accounts().into_iter();
            accounts.find(|(of, _)| *of == path).unwrap().1
        };
        let bytes = |hex: &str| crate::format::hex_bytes(hex.as_bytes()).unwrap();

        let point = bytes("0330d54fd0dd420a6e5f8d3624f5f3482cae350f79d5f0753bf5beef9c2d91af3c");
        assert_eq!(
            Ok(published(&about, "m/84'/0'/0'/0/0")),
            PublicKey::ec_point(Curve::Secp256k1, &point)
        );
        let internal = bytes("cc8a4bc64d897bddc5fbc2f670f7a8ba0b386779106cf1223c6fc5d7cd6fc115");
        let PublicKey::Ec { x, .. } = published(&about, "m/86'/0'/0'/0/0") else {
            panic!("a point")
        };
        assert_eq!(x, *internal);
        let number = bytes("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
        assert_eq!(
            Ok(published(&junk, "m/44'/60'/0'/0/0")),
            structure::ec_key(Some(Curve::Secp256k1), &number, None).check()
        );
    }

    #[test]
    fn every_account_has_its_name_in_reports() {
        let about = format!("{}about", "abandon ".repeat(11));
        let key = root(about.as_bytes()).unwrap();
        let Key::Ec(ec) = &key else { panic!("a root") };
        let mut identity = crate::identity::Identity::of(&key.check().unwrap());
        let before = identity.ids().count();
        let accounts = ec.accounts();
        for (path, account) in &accounts {
            identity = identity.with_further(path, account);
        }
        assert_eq!(identity.ids().count(), before + accounts.len());
        assert_eq!(accounts.len(), 6);
    }
}
