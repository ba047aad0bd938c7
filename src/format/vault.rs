//! Keys of the transit engine of HashiCorp Vault and OpenBao, as `export` and `backup` give them out.
//!
//! ```text
//! export  {"keys": {"1": VALUE, …}, "name": …, "type": …}         -format=json, the HTTP API
//!         keys:⏎    "1": VALUE                                    -format=yaml
//!         keys    map[1:VALUE 2:VALUE]                            the table of `vault read`
//! backup  base64 of {"policy": {"name": …, "keys": {"1": ENTRY}}, "archived_keys": {"keys": [ENTRY]}}
//! ENTRY   {"key": base64, "hmac_key": base64, "ec_x": N, "ec_y": N, "ec_d": N,
//!          "rsa_key": {"N": N, "E": N, "D": N, "Primes": [N, N]}, …}           N in decimal
//! ```
//!
//! A VALUE is PEM for RSA and ECDSA, which is read as such wherever it stands; for Ed25519 it is base64 of the
//! seed and the public half. `export/hmac-key` prints 32 bytes for a key of any type, `type` being that of the
//! key: below `ed25519` they may as well be a seed, so they are read as both. Under an encryption type they
//! are the encryption key unless the path of the request stands close before them. The HMAC key in each ENTRY signs
//! (`transit/hmac`) whatever the type is.

use super::structure::ec_key;
use super::{Context, Format, Found, Spec};
use crate::blob::{Candidate, Trigger};
use crate::key::{Curve, Key, Okp, OkpKey, Reject, RsaKey, Secret};
use crate::wire::base64;
use crate::wire::members::{self, Member};
use memchr::memmem;
use zeroize::Zeroizing;

/// Reader of exports and backups.
pub(super) struct Vault;

/// Bytes of the versions of an export at most: 600 of Ed25519.
const MAX_OBJECT: usize = 64 << 10;
/// Bytes of one version in a backup at most: 16,384-bit RSA with its certificate chain.
const MAX_ENTRY: usize = 64 << 10;
/// What a look is charged as: there may be as many literals as bytes, and a version has two in 300 bytes at least.
const COST: usize = 512;
/// Most versions of a key that are read.
const MAX_VERSIONS: usize = 256;
/// Bytes behind the values in which `name` and `type` are looked for, and before them in which the path of the
/// request is.
const AROUND: usize = 512;
/// Most decimal digits of a number: 16,384 bits have 4,933.
const MAX_DIGITS: usize = 5_000;
/// Bytes of an HMAC key: those that are made have 32; keys of type `hmac` may have up to 512.
const HMAC_BYTES: std::ops::RangeInclusive<usize> = 32..=512;

static SPEC: Spec = Spec {
    id: "vault",
    name: "Vault transit key (export, backup)",
    source: "HashiCorp Vault and OpenBao, transit secrets engine API, keysutil.Policy",
    about: "What `vault read transit/export/…` and `transit/backup/…` print: keys that were made exportable and so left the vault.",
    triggers: &[
        EXPORTED[0],
        EXPORTED[1],
        Trigger::plain(b"'keys': {'"),
        Trigger::plain(b"keys:\n    \""),
        Trigger::plain(b"keys:\r\n    \""),
        Trigger::plain(b"keys    map["),
        Trigger::text(b"\"hmac_key"),
        Trigger::text(b"\"rsa_key"),
    ],
};

/// How the versions of an export begin, as tools print JSON.
const EXPORTED: [Trigger; 2] = [
    Trigger::binary(b"\"keys\":{\""),
    Trigger::binary(b"\"keys\": {"),
];

impl Format for Vault {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let at = candidate.at.filter(|_| context.take(COST));
        let at = at.ok_or(Reject::NotThisFormat)?;
        let bytes = candidate.bytes;
        let rest = bytes.get(at..).unwrap_or_default();
        match rest.starts_with(b"\"hmac_key") || rest.starts_with(b"\"rsa_key") {
            true => entry(bytes, at, context, found),
            false => export(bytes, at, found),
        }
        .filter(|()| !found.is_empty())
        .ok_or(Reject::NotThisFormat)
    }
}

/// Reads the versions of an export.
fn export(bytes: &[u8], at: usize, found: &mut Vec<Found>) -> Option<()> {
    let values = versions(bytes, at)?;
    let outer = members::object_around(bytes, at, AROUND)
        .map(|start| members::object(bytes, start, MAX_OBJECT).0)
        .unwrap_or_default();
    let last = values.last()?;
    let behind = end_of(bytes, last);
    let behind = bytes.get(behind..behind.saturating_add(AROUND).min(bytes.len()))?;
    let field = |name| members::value(&outer, name).or_else(|| line(behind, name));
    let kind = field(b"type");
    let before = bytes.get(at.saturating_sub(AROUND)..at)?;
    let asks_for_hmac = memmem::find(before, b"/hmac-key/").is_some();
    let kid = field(b"name").and_then(super::label);
    for value in values {
        let text: Zeroizing<Vec<u8>> =
            Zeroizing::new(value.iter().copied().filter(|&b| b != b'\\').collect());
        let Some(secret) = base64::decode_value(&text) else {
            continue;
        };
        let start = offset(bytes, value);
        for key in keys(secret, kind, asks_for_hmac) {
            let mut item = Found::key(start..start + value.len(), key);
            item.kid.clone_from(&kid);
            found.push(item);
        }
    }
    Some(())
}

/// Returns what the bytes of a version may be.
fn keys(secret: Zeroizing<Vec<u8>>, kind: Option<&[u8]>, asks_for_hmac: bool) -> Vec<Key> {
    if let Some(key) = pair(&secret) {
        return vec![key];
    }
    let kind = kind.unwrap_or_default();
    let is = |prefix: &[u8]| kind.starts_with(prefix);
    let is_hmac = HMAC_BYTES.contains(&secret.len());
    if is_hmac && (asks_for_hmac || kind == b"hmac") {
        return vec![Key::Symmetric(Secret::new(secret))];
    }
    match secret.len() == 32 && (is(b"rsa-") || is(b"ecdsa-p") || is(b"ed25519")) {
        true if is(b"ed25519") => {
            let seed = Key::Okp(OkpKey::from_seed(Okp::Ed25519, &secret, None));
            vec![seed, Key::Symmetric(Secret::new(secret))]
        }
        true => vec![Key::Symmetric(Secret::new(secret))],
        false => Vec::new(),
    }
}

/// Reads a seed with its public half, if that is the right one.
fn pair(bytes: &[u8]) -> Option<Key> {
    let (seed, public) = bytes.split_first_chunk::<32>()?;
    let key = (public.len() == 32).then(|| OkpKey::from_seed(Okp::Ed25519, seed, Some(public)))?;
    key.check().is_ok().then_some(Key::Okp(key))
}

/// Returns the values of an export, each of a version that is a number.
fn versions(bytes: &[u8], at: usize) -> Option<Vec<&[u8]>> {
    let rest = bytes.get(at..)?;
    let is_number =
        |name: &[u8]| (1..=9).contains(&name.len()) && name.iter().all(u8::is_ascii_digit);
    let pairs: Vec<Member<'_>> = if let Some(map) = rest.strip_prefix(b"keys    map[") {
        let end = memchr::memchr2(b']', b'\n', map.get(..MAX_OBJECT.min(map.len()))?)?;
        let words = map.get(..end)?.split(|&b| b == b' ');
        let pair = |word: &'_ [u8]| word.iter().position(|&b| b == b':');
        words
            .filter_map(|word| {
                let (name, value) = word.split_at_checked(pair(word)?)?;
                let value = value.get(1..)?;
                Some(Member {
                    name,
                    value,
                    is_bare: false,
                })
            })
            .take(MAX_VERSIONS)
            .collect()
    } else if rest.starts_with(b"keys:") {
        let first = at + memchr::memchr(b'\n', rest)? + 1;
        members::block(bytes, first, members::MAX_BLOCK).0
    } else {
        let brace = at + memchr::memchr(b'{', rest)?;
        members::object(bytes, brace, MAX_OBJECT).0
    };
    let values = pairs.iter().filter(|pair| is_number(pair.name));
    Some(values.map(|pair| pair.value).take(MAX_VERSIONS).collect())
}

/// Returns the word behind a name at the start of a line: YAML, or a table.
fn line<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    text.split(|&b| b == b'\n').find_map(|line| {
        let rest = line.trim_ascii().strip_prefix(name)?;
        let word = rest.strip_prefix(b":").unwrap_or(rest);
        let is_word = word.first().is_some_and(u8::is_ascii_whitespace);
        let mut words = word.split(u8::is_ascii_whitespace);
        let word = words.find(|word| !word.is_empty())?;
        (is_word && word.len() <= 128).then_some(word)
    })
}

/// Returns where a part of a text begins in it.
fn offset(text: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

fn end_of(text: &[u8], part: &[u8]) -> usize {
    offset(text, part) + part.len()
}

/// Reads the version of a backup around a member of it.
fn entry(bytes: &[u8], at: usize, context: &mut Context, found: &mut Vec<Found>) -> Option<()> {
    let start = context.object_around(bytes, at, MAX_ENTRY)?;
    let (list, span) = context.object(bytes, start, MAX_ENTRY);
    let is_around = span.end > at;
    let text = bytes.get(span).filter(|_| is_around)?;
    let rsa = members::nested(text, b"rsa_key").and_then(|at| text.get(at..));
    let fields: [&[u8]; 5] = [b"key", b"ec_x", b"rsa_key", b"creation_time", b"public_key"];
    let known = fields
        .iter()
        .filter(|name| members::value(&list, name).is_some());
    // Other programs have an HMAC key beside other things.
    if members::value(&list, b"hmac_key").is_none()
        || known.count() + usize::from(rsa.is_some()) == 0
    {
        return None;
    }
    let kid = policy(bytes, start);
    let mut add = |span, key| {
        let mut item = Found::key(span, key);
        item.kid.clone_from(&kid);
        found.push(item);
    };
    let value = |name| {
        let text = members::value(&list, name)?;
        let at = offset(bytes, text);
        Some((text, at..at + text.len()))
    };
    // Spans are those of the values: the HMAC key is no part of the other one.
    if let Some((text, key)) = rsa.and_then(|text| Some((text, rsa_key(text)?))) {
        let at = offset(bytes, text);
        add(
            at..at + members::object(text, 0, MAX_ENTRY).1.end,
            Key::Rsa(key),
        );
    }
    let number = |name| members::value(&list, name).and_then(decimal);
    if let (Some(x), Some(y), Some(d), Some((_, span))) = (
        number(b"ec_x"),
        number(b"ec_y"),
        number(b"ec_d"),
        value(b"ec_d"),
    ) {
        add(span, ec(&x, &y, &d)?);
    }
    if let Some((text, span)) = value(b"key")
        && let Some(key) = base64::decode_value(text).and_then(|bytes| pair(&bytes))
    {
        add(span, key);
    }
    if let Some((text, span)) = value(b"hmac_key")
        && let Some(secret) = base64::decode_value(text)
        && HMAC_BYTES.contains(&secret.len())
    {
        add(span, Key::Symmetric(Secret::new(secret)));
    }
    Some(())
}

/// Returns the name of the key whose version begins here.
fn policy(bytes: &[u8], start: usize) -> Option<String> {
    let versions = members::object_around(bytes, start, MAX_OBJECT)?;
    let policy = members::object_around(bytes, versions, AROUND)?;
    let (list, _) = members::object(bytes, policy, MAX_OBJECT);
    super::label(members::value(&list, b"name")?)
}

/// Reads an RSA key as Go writes it in JSON.
fn rsa_key(text: &[u8]) -> Option<RsaKey> {
    let (list, span) = members::object(text, 0, MAX_ENTRY);
    let number = |name| members::value(&list, name).and_then(decimal);
    let primes = memmem::find(text.get(span)?, b"\"Primes\"").and_then(|at| {
        let behind = text.get(at..)?;
        let open = memchr::memchr(b'[', behind.get(..32)?)?;
        let inner = behind.get(open + 1..)?;
        inner.get(..memchr::memchr(b']', inner)?)
    });
    let primes = primes.unwrap_or_default().split(|&b| b == b',');
    let mut primes = primes.filter_map(|prime| decimal(prime.trim_ascii()));
    let (p, q) = (primes.next(), primes.next());
    // A third prime needs its own exponents; d alone gives them all.
    let two = primes.next().is_none();
    Some(RsaKey {
        n: Some(number(b"N")?.to_vec()),
        e: number(b"E").map(|e| e.to_vec()),
        d: Some(number(b"D")?),
        p: p.filter(|_| two),
        q: q.filter(|_| two),
        ..RsaKey::default()
    })
}

/// Reads a key on the smallest of the curves of Vault on which its numbers fit.
fn ec(x: &[u8], y: &[u8], d: &[u8]) -> Option<Key> {
    let len = x.len().max(y.len()).max(d.len());
    let curves = [Curve::P256, Curve::P384, Curve::P521];
    let curve = curves.into_iter().find(|curve| len <= curve.bytes())?;
    let point = curve.point(x, y);
    Some(Key::Ec(ec_key(Some(curve), d, Some(&point))))
}

/// Returns the bytes of a decimal number.
fn decimal(digits: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let is_number = digits.iter().all(u8::is_ascii_digit);
    if digits.is_empty() || digits.len() > MAX_DIGITS || !is_number {
        return None;
    }
    // Nine digits at a time, the lowest 32 bits first; ten digits have more than 33 bits.
    let mut words: Zeroizing<Vec<u32>> = Zeroizing::new(Vec::with_capacity(digits.len() / 9 + 1));
    let first = digits.len() % 9;
    let (head, rest) = digits.split_at_checked(first)?;
    for part in std::iter::once(head).chain(rest.chunks(9)) {
        let mut carry = part
            .iter()
            .fold(0_u64, |value, b| value * 10 + u64::from(b - b'0'));
        let unit = 10_u64.pow(u32::try_from(part.len()).ok()?);
        for word in words.iter_mut() {
            carry += u64::from(*word) * unit;
            *word = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            words.push(carry as u32);
        }
    }
    let bytes: Zeroizing<Vec<u8>> =
        Zeroizing::new(words.iter().rev().flat_map(|w| w.to_be_bytes()).collect());
    let bytes = crate::wire::trim_zeros(&bytes).to_vec();
    (!bytes.is_empty()).then(|| Zeroizing::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_numbers() {
        let bytes = |text: &str| decimal(text.as_bytes()).map(|b| b.to_vec());
        assert_eq!(bytes("65537"), Some(vec![1, 0, 1]));
        assert_eq!(bytes("4294967296"), Some(vec![1, 0, 0, 0, 0]));
        // 2^128 - 1, and 10^18.
        assert_eq!(
            bytes("340282366920938463463374607431768211455"),
            Some(vec![255; 16])
        );
        assert_eq!(
            bytes("1000000000000000000"),
            Some(1_000_000_000_000_000_000_u64.to_be_bytes().to_vec())
        );
        assert_eq!(bytes("0"), None);
        assert_eq!(bytes("1e5"), None);
        assert_eq!(bytes(&"9".repeat(MAX_DIGITS + 1)), None);
    }
}
