//! Ed25519 seeds whose public key stands behind them or beside them.
//!
//! ```text
//! seed[32] | public key[32]                  RFC 8032 keys as NaCl and Go have them
//! public key[32] | seed[32] | public key[32] Notary, in armour of its own
//! private_key: seed[32] … public_key: public key[32]
//! k4.secret. base64url of seed | public      PASERK
//! ed25519-priv-0x hex of the seed            AIP-80 (Aptos)
//! ed25519-private/ hex of the seed           Biscuit
//! ed25519 a_Abcd base64 of the seed          signing.key of Synapse (Matrix)
//! ```
//!
//! Sixty-four bytes are a signature or a digest as well as a key, and names say little. The public
//! key does: nothing but a key has that of its first half in its second. So bytes are looked for
//! behind names that are searched for anyhow, in small files of nothing else, and only the last
//! three forms, whose words say what they are, are believed without a public key.

use super::{Context, Format, Found, Spec, What, structure};
use crate::blob::{Candidate, Span, Trigger};
use crate::key::{Key, Okp, OkpKey, Reject};
use crate::wire::{base58, base64, hex};
use zeroize::Zeroizing;

/// Reader of Ed25519 keys with their public half.
pub(super) struct Ed25519;

/// Bytes of a seed, and of a public key.
const HALF: usize = 32;
/// Bytes of both.
const PAIR: usize = 2 * HALF;
/// Characters of both in base64, without padding; in base 58, where few bytes are zero.
const PAIR_BASE64: usize = 86;
const PAIR_BASE58: std::ops::RangeInclusive<usize> = 85..=88;
/// Characters of the seed in base64, without padding.
const SEED_BASE64: usize = 43;
/// How far behind its name a value begins: the type may stand between, and deep indentation.
const REACH: usize = 96;
/// Characters of a value at most: 64 bytes in hexadecimal, and what it is called before it.
const MAX_WORD: usize = 192;
/// Characters of 64 numbers at most, one to a line.
const MAX_NUMBERS: usize = 64 * 28;
/// How far from the seed its public key stands.
const AROUND: usize = 512;
/// Places behind a name at which a list of numbers may begin: `new Uint8Array([`, `[64]byte{`.
const MAX_LISTS: usize = 4;
/// Values behind a name that are tried.
const MAX_VALUES: usize = 3;
/// What a try takes of the bytes that may be looked at: it costs 20 µs, as much as some hundreds.
const TRY: usize = 256;
/// Different bytes that 64 random ones have at least: on the average they have 57.
const DIFFERENT: usize = 44;
/// Characters of the version of a signing key of Synapse.
const MAX_VERSION: usize = 32;

const APTOS: &[u8] = b"ed25519-priv-0x";
const BISCUIT: &[u8] = b"ed25519-private/";
const SYNAPSE: &[u8] = b"ed25519 a_";
/// What stands before a value that is both halves, and nothing else.
const BOTH: [&[u8]; 3] = [b"PrivKeyEd25519", b"k4.secret.", b"k2.secret."];
/// What stands behind a value of Secure Scuttlebutt.
const BEHIND: &[u8] = b".ed25519";
/// Of names behind which a seed may stand alone, the first letters and where they end.
const NAMES: [&[u8]; 7] = [
    b"rivate", b"RIVATE", b"privkey", b"ecret", b"ECRET", b"igning", b"IGNING",
];

static SPEC: Spec = Spec {
    id: "ed25519",
    name: "Ed25519 seed with its public key",
    source: "RFC 8032, libsodium, CometBFT, PASERK, AIP-80, Synapse",
    about: "Keys of validators (`priv_validator_key.json`), NEAR and Aptos accounts, PASETO, DNSCrypt, Matrix servers, and of programs that keep what libsodium or Go gave them.",
    triggers: &[
        Trigger::text(b"PrivKeyEd25519"),
        Trigger::text(b"k4.secret."),
        Trigger::text(b"k2.secret."),
        Trigger::text(APTOS),
        Trigger::text(BISCUIT),
        Trigger::text(SYNAPSE),
        // NEAR.
        Trigger::text(b"ed25519:"),
        Trigger::plain(BEHIND),
        Trigger::plain(b"ed25519_"),
        Trigger::plain(b"ED25519_"),
        Trigger::plain(b"ed25519.PrivateKey"),
        // Names that other formats and rules search for, or the word `secret` in them.
        Trigger::plain(b"privkey"),
        Trigger::plain(b"vate Key:"),
        Trigger::plain(b"rivate_key"),
        Trigger::plain(b"RIVATE_KEY"),
        Trigger::plain(b"rivateKey"),
        Trigger::plain(b"ecretKey"),
        Trigger::plain(b"ecret_key"),
        Trigger::plain(b"ECRET_KEY"),
        Trigger::plain(b"igningK"),
        Trigger::plain(b"igning_k"),
        Trigger::plain(b"IGNING_K"),
    ],
};

impl Format for Ed25519 {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn is_head(&self, head: &[u8], size: u64) -> bool {
        match size {
            // The provider key of DNSCrypt. Of 32 random bytes one is no ASCII.
            64 => !head.is_ascii(),
            // Base64 or base 58, and a line break.
            86..=90 => head.iter().all(|b| base64::value(*b).is_some()),
            128..=132 => {
                let digits = head.strip_prefix(b"0x").unwrap_or(head);
                digits.iter().all(u8::is_ascii_hexdigit)
            }
            _ => false,
        }
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let bytes = candidate.bytes;
        let item = match candidate.at {
            None => whole(bytes, candidate.armor.is_some()),
            Some(at) => named(bytes, at).or_else(|| around(bytes, at, context)),
        };
        found.push(item.ok_or(Reject::NotThisFormat)?);
        Ok(())
    }
}

/// Reads bytes that are nothing but a key, or its text.
fn whole(bytes: &[u8], is_armored: bool) -> Option<Found> {
    if bytes.len() == HALF + PAIR {
        let (public, both) = bytes.split_at_checked(HALF)?;
        let key = pair(both).filter(|_| both.ends_with(public))?;
        return Some(Found::key(0..bytes.len(), key));
    }
    if let Some(key) = pair(bytes) {
        return Some(Found::key(0..bytes.len(), key));
    }
    let text = bytes.trim_ascii_end();
    let text = text.strip_suffix(b"==").unwrap_or(text);
    if is_armored || text.len() > MAX_WORD {
        return None;
    }
    let key = pairs(text).find_map(|(_, both)| pair(&both))?;
    Some(Found::key(0..text.len(), key))
}

/// Returns the key of a seed and the public key behind it, if they belong together.
fn pair(bytes: &[u8]) -> Option<Key> {
    if bytes.len() != PAIR {
        return None;
    }
    let (seed, public) = bytes.split_at_checked(HALF)?;
    let key = OkpKey::from_seed(Okp::Ed25519, seed, Some(public));
    key.check().is_ok().then_some(Key::Okp(key))
}

/// Reads a form whose words say that it is a private key.
fn named(bytes: &[u8], at: usize) -> Option<Found> {
    let rest = bytes.get(at..)?;
    let before = at.checked_sub(1).and_then(|i| bytes.get(i));
    if before.is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let digits = [APTOS, BISCUIT]
        .into_iter()
        .find(|word| rest.starts_with(word));
    let (start, len, seed) = if let Some(word) = digits {
        let text = rest.get(word.len()..)?;
        let len = text
            .iter()
            .take(2 * HALF + 1)
            .take_while(|b| b.is_ascii_hexdigit());
        let len = len.count();
        (word.len(), len, hex::decode(text.get(..len)?)?)
    } else {
        let text = rest.strip_prefix(SYNAPSE)?;
        let is_version = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
        let version = text.iter().take(MAX_VERSION).take_while(is_version).count();
        let text = text.get(version..)?.strip_prefix(b" ")?;
        let len = text.iter().take(SEED_BASE64 + 1);
        let len = len.take_while(|b| base64::value(**b).is_some()).count();
        if len != SEED_BASE64 {
            return None;
        }
        let start = SYNAPSE.len() + version + 1;
        (start, len, base64::decode_text(text.get(..len)?))
    };
    if seed.len() != HALF || !structure::is_varied(&seed) {
        return None;
    }
    let key = OkpKey::from_seed(Okp::Ed25519, &seed, None);
    Some(Found::key(at..at + start + len, Key::Okp(key)))
}

/// Looks for a key behind a name, or before what ends one.
fn around(bytes: &[u8], at: usize, context: &mut Context) -> Option<Found> {
    let rest = bytes.get(at..)?;
    let (from, reach) = match rest.starts_with(BEHIND) {
        true => (word_before(bytes, at), 1),
        false => (at, REACH),
    };
    let text = bytes.get(from..bytes.len().min(from + reach + MAX_WORD))?;
    let may_be_seed = NAMES.iter().any(|name| rest.starts_with(name));
    let mut values = 0;
    for word in words(text).take_while(|word| word.start < reach) {
        let characters = text.get(word.clone())?;
        let at_word = |start: usize| from + word.start + start..from + word.end;
        for (start, both) in pairs(characters) {
            values += 1;
            if !context.take(TRY) {
                return None;
            }
            if let Some(key) = pair(&both) {
                return Some(Found::key(at_word(start), key));
            }
            let is_called = says_both(rest, word.start + start);
            if is_called && crate::wire::distinct(&both) >= DIFFERENT {
                let what = What::Malformed(Reject::Inconsistent);
                return Some(Found::new(at_word(start), what));
            }
        }
        if may_be_seed && let Some((start, seed)) = seed(characters) {
            values += 1;
            if !context.take(TRY) {
                return None;
            }
            let near = bytes.get(at.saturating_sub(AROUND)..bytes.len().min(at + AROUND))?;
            if structure::has_ed25519_public(near, &seed) {
                let key = OkpKey::from_seed(Okp::Ed25519, &seed, None);
                return Some(Found::key(at_word(start), Key::Okp(key)));
            }
        }
        if values >= MAX_VALUES {
            return None;
        }
    }
    match from == at {
        true => numbers(bytes, at, context),
        false => None,
    }
}

/// Whether a text begins with what says of the value at a place that it is both halves.
fn says_both(text: &[u8], start: usize) -> bool {
    let word = BOTH.iter().find(|word| text.starts_with(word));
    let between = word.and_then(|word| text.get(word.len()..start));
    between.is_some_and(|between| {
        let quiet = |b: &u8| b.is_ascii_whitespace() || b"\"':,\\nr".contains(b);
        let value = memchr::memmem::find(between, b"value");
        let (before, behind) = between.split_at(value.unwrap_or(between.len()));
        let behind = behind.strip_prefix(b"value").unwrap_or_default();
        before.iter().chain(behind).all(quiet)
    })
}

/// Reads a list of 64 numbers that begins behind a name.
fn numbers(bytes: &[u8], at: usize, context: &mut Context) -> Option<Found> {
    let text = bytes.get(at..bytes.len().min(at + REACH + MAX_NUMBERS))?;
    let opens = text.iter().take(REACH).enumerate();
    let opens = opens
        .filter(|(_, byte)| b"[{(<".contains(byte))
        .take(MAX_LISTS);
    for (open, _) in opens {
        let list = text.get(open + 1..)?;
        let Some((both, rest)) = structure::numbers(list, PAIR) else {
            continue;
        };
        let closes = matches!(rest.first(), Some(b']' | b'}' | b')' | b'>'));
        if closes
            && context.take(TRY)
            && let Some(key) = pair(&both)
        {
            let end = at + text.len() - rest.len();
            return Some(Found::key(at + open..end + 1, key));
        }
    }
    None
}

/// Whether a word goes on at a place: characters of base64, of which JSON may escape the slash.
fn is_inner(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        Some(b'\\') => text.get(at + 1) == Some(&b'/'),
        Some(&byte) => base64::value(byte).is_some(),
        None => false,
    }
}

/// Returns the words of a text.
fn words(text: &[u8]) -> impl Iterator<Item = Span> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() && !is_inner(text, at) {
            at += 1;
        }
        let start = at;
        while is_inner(text, at) {
            at += 1;
        }
        (start < at).then_some(start..at)
    })
}

/// Returns where the word begins that ends at a place, padding left out.
fn word_before(bytes: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(MAX_WORD);
    let before = bytes.get(floor..at).unwrap_or_default();
    let padding = before.iter().rev().take_while(|b| **b == b'=').count();
    let before = before.get(..before.len() - padding).unwrap_or_default();
    let inner = |b: &&u8| base64::value(**b).is_some() || **b == b'\\';
    floor + before.len() - before.iter().rev().take_while(inner).count()
}

/// Returns what a word may be of both halves, and where in it that begins.
fn pairs(word: &[u8]) -> impl Iterator<Item = (usize, Zeroizing<Vec<u8>>)> {
    let is_pair = |bytes: &Zeroizing<Vec<u8>>| bytes.len() == PAIR;
    let base58 = match PAIR_BASE58.contains(&word.len()) {
        true => base58::decode(word).filter(is_pair),
        false => None,
    };
    let texts = of_base64(word, PAIR_BASE64).into_iter().chain(base58);
    let hex = last_digits(word, 2 * PAIR).into_iter();
    hex.chain(texts.map(|bytes| (0, bytes)))
}

/// Returns what a word may be of a seed, and where in it that begins.
fn seed(word: &[u8]) -> Option<(usize, Zeroizing<Vec<u8>>)> {
    // Names of files and packages are as long, but of one case.
    let has = |kind: fn(&u8) -> bool| word.iter().any(kind);
    let is_mixed = || has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let text = || of_base64(word, SEED_BASE64).filter(|_| is_mixed());
    last_digits(word, 2 * HALF).or_else(|| Some((0, text()?)))
}

/// Decodes base64 of so many characters.
fn of_base64(word: &[u8], characters: usize) -> Option<Zeroizing<Vec<u8>>> {
    let count = word.iter().filter(|b| **b != b'\\').count();
    (count == characters).then(|| base64::decode_text(word))
}

/// Decodes the hexadecimal digits that a word ends in, if they are so many: `0x…`, `ed25519-pub-0x…`.
fn last_digits(word: &[u8], digits: usize) -> Option<(usize, Zeroizing<Vec<u8>>)> {
    let start = word.len().checked_sub(digits)?;
    let (before, text) = word.split_at_checked(start)?;
    let begins = before
        .last()
        .is_none_or(|b| *b == b'x' || !b.is_ascii_alphanumeric());
    Some((start, hex::decode(text).filter(|_| begins)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::password::TrialBudget;
    use ::base64::Engine as _;
    use ::base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    /// A seed whose base64 has a slash, and its public key.
    fn halves() -> (Vec<u8>, Vec<u8>) {
        let seed: Vec<u8> = (0..32_u8).map(|i| i.wrapping_mul(73) ^ 0xff).collect();
        let key = OkpKey::from_seed(Okp::Ed25519, &seed, None);
        let Ok(crate::key::PublicKey::Okp { bytes, .. }) = key.check() else {
            panic!("a key");
        };
        (seed, bytes)
    }

    /// Returns what is read at every literal of a text.
    fn read(text: &str, context: &mut Context) -> Vec<Found> {
        let mut found = Vec::new();
        for trigger in SPEC.triggers {
            for at in memchr::memmem::find_iter(text.as_bytes(), trigger.bytes) {
                let candidate = Candidate::at(text.as_bytes(), at);
                let _ = Ed25519.parse(&candidate, context, &mut found);
            }
        }
        found
    }

    fn is_read(text: &str) -> bool {
        let found = read(text, &mut Context::new(text.len(), TrialBudget::none()));
        found.iter().any(|f| matches!(f.what, What::Key(_)))
    }

    #[test]
    fn keys_are_read_as_people_write_them() {
        let (seed, public) = halves();
        let both = [seed.as_slice(), &public].concat();
        let (s, p, b) = (hex::encode(&seed), hex::encode(&public), hex::encode(&both));
        let standard = STANDARD.encode(&both);
        let php = standard.replace('/', "\\/");
        assert!(standard.contains('/'));
        let signed = |data: &[u8], form: fn(&u8) -> String| {
            data.iter().map(form).collect::<Vec<_>>().join(", ")
        };
        let (decimal, c) = (
            signed(&both, u8::to_string),
            signed(&both, |n| format!("0x{n:02X}")),
        );
        for text in [
            format!("SECRET_KEY={standard}"),
            format!("{{\"secretKey\":\"{php}\"}}"),
            format!("k2.secret.{}", URL_SAFE_NO_PAD.encode(&both)),
            format!(
                "data: |\n  {{\\\"type\\\":\\\"tendermint/PrivKeyEd25519\\\",\\\"value\\\":\\\"{standard}\\\"}}"
            ),
            format!("'private': '{standard}.ed25519'"),
            format!("ed25519.PrivateKey([]byte{{{c}}})"),
            format!("let secret_key: [u8; 64] = [\n    {decimal},\n];"),
            format!("privkey => <<{decimal}>>"),
            format!("signingKey: '{b}'"),
            format!(
                "privateKey = \"{s}\";\npublicKey = \"{}\";",
                p.to_uppercase()
            ),
            format!(
                "PUBLIC_KEY={}\nPRIVATE_KEY={}\n",
                URL_SAFE_NO_PAD.encode(&public),
                URL_SAFE_NO_PAD.encode(&seed)
            ),
            format!("key: ed25519-private/{s}"),
            format!("signing_key: ed25519 a_0 {}\n", STANDARD.encode(&seed)),
            format!(
                "echo 'ed25519 a_0 {}' > signing.key",
                STANDARD.encode(&seed)
            ),
        ] {
            assert!(is_read(&text), "{text}");
        }
        for text in [
            format!(
                "SECRET_KEY={}",
                STANDARD.encode([public.as_slice(), &seed].concat())
            ),
            format!("secret_key: {b}00"),
            format!("privateKey = \"{s}\";\npublicKey = \"{s}\";"),
            format!("privateKey = \"{s}\";{}\"{p}\"", " ".repeat(2 * AROUND)),
            format!("xed25519-private/{s}"),
            format!("ed25519-private/{s}00"),
            format!("ed25519 a_0 1511963000000 {}", STANDARD.encode(&seed)),
            format!("ed25519.PrivateKey{{{c}, 0x00}}"),
        ] {
            assert!(!is_read(&text), "{text}");
        }
    }

    #[test]
    fn only_what_is_called_a_pair_is_malformed() {
        let (seed, _) = halves();
        let other: Vec<u8> = seed.iter().map(|b| b.wrapping_mul(5) ^ 0x5a).collect();
        let text = STANDARD.encode([seed.as_slice(), &other].concat());
        for (before, expected) in [
            ("\"PrivKeyEd25519\",\n  \"value\": \"", 1),
            ("\"PrivKeyEd25519\" // as of block\n\"hash\": \"", 0),
            ("k4.secret.", 1),
            ("k4.secret. is not ", 0),
            ("secretKey: ", 0),
        ] {
            let text = format!("{before}{text}");
            let found = read(&text, &mut Context::new(0, TrialBudget::none()));
            let malformed = found
                .iter()
                .filter(|f| matches!(f.what, What::Malformed(_)));
            assert_eq!(
                (malformed.count(), found.len()),
                (expected, expected),
                "{text}"
            );
        }
    }

    /// Each name may have values of its own or those of the next; trying all of them must not
    /// cost more than a few times the text.
    #[test]
    fn tries_are_charged() {
        let value = "5a".repeat(PAIR);
        let text = format!("{}{value}\n", "secretKey ".repeat(9)).repeat(2000);
        let mut context = Context::new(text.len(), TrialBudget::none());
        assert!(read(&text, &mut context).is_empty());
        assert!(context.was_short() && context.bytes < TRY);
    }
}
