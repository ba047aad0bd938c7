//! The numbers of a key as values of their own, in source code and in data.
//!
//! ```text
//! new RSAPrivateCrtKeySpec(new BigInteger("b4a7…", 16), new BigInteger("11", 16), …)
//! new ECParameters { D = Convert.FromBase64String("…"), Q = new ECPoint { X = …, Y = … } }
//! rsa.PrivateKey{PublicKey: rsa.PublicKey{N: fromBase10("9353…"), E: 65537}, D: …, Primes: …}
//! RSA.construct((n, e, d))          VAPID_PUBLIC_KEY=BB…   VAPID_PRIVATE_KEY=s7…
//! ```
//!
//! Every language and library has its own names for them, in its own order. So a rare word only says
//! that a key may be near; then all values around are read that are as long as a number of a key
//! ([`values`]), and arithmetic tells which of them belong together
//! ([`rsa_among`], [`ec_among`]). A secret number without its public half is nothing here: nothing would prove it.

mod values;

use super::{Context, Format, Found, Spec, What};
use crate::blob::{Candidate, Span, Trigger};
use crate::key::{Reject, Together, Written, ec_among, rsa_among};
use values::{Value, values};

/// Reader of numbers.
pub(super) struct KeyNumbers;

/// How far before a word numbers are read, and behind it: all those of a key of 4096 bits take 6 KB
/// in decimal digits, and twice that as a list of bytes.
const BEFORE: usize = 8 << 10;
const BEHIND: usize = 16 << 10;
/// Values that are read on either side: an RSA key has eight, and copies or others of its kind stand beside it.
const MAX_BEFORE: usize = 16;
const MAX_BEHIND: usize = 32;
/// Where a long value stands beside a word that is less rare, to either side.
const NEAR: usize = 192;
/// Characters of the shortest one: 256 bits in base64.
const MIN_LONG: usize = 43;
/// Where the usual public exponent stands beside the other numbers, to either side of them.
const BESIDE: usize = 128;

/// Words of code that makes keys of numbers, and names of such numbers.
const RARE: [Trigger; 30] = [
    Trigger::text(b"VAPID_PRIVATE"),
    Trigger::plain(b"vapid_private"),
    Trigger::plain(b"vapidPrivate"),
    Trigger::plain(b"VapidDetails"),
    Trigger::plain(b"RSAPrivateCrtKey"),
    Trigger::plain(b"RsaPrivateCrtKey"),
    Trigger::plain(b"RSAPrivateKeySpec"),
    Trigger::plain(b"RSAKeyParameters"),
    Trigger::plain(b"RsaKeyParameters"),
    Trigger::plain(b"RSAParameters"),
    Trigger::plain(b"ECPrivateKeySpec"),
    Trigger::plain(b"ECPrivateKeyParameters"),
    Trigger::plain(b"PrivateNumbers"),
    Trigger::plain(b"RSA.construct"),
    Trigger::plain(b"ECC.construct"),
    Trigger::plain(b"rsa.PrivateKey{"),
    Trigger::plain(b"ecdsa.PrivateKey"),
    Trigger::plain(b"RsaPrivateKey"),
    Trigger::plain(b"privateExponent"),
    Trigger::plain(b"PrivateExponent"),
    Trigger::plain(b"private_exponent"),
    Trigger::plain(b"PRIVATE_EXPONENT"),
    Trigger::plain(b"define RSA_D"),
    Trigger::plain(b"BN_hex2bn"),
    Trigger::plain(b"BN_dec2bn"),
    Trigger::plain(b"mpi_read_string"),
    Trigger::plain(b"mp_read_radix"),
    Trigger::plain(b"setPrivateEx"),
    Trigger::plain(b"keyFromPrivate"),
    Trigger::plain(b"EccKey.New"),
];

/// Words that stand elsewhere as well: names of curves and of private keys, and the usual public
/// exponent.
const COMMON: [Trigger; 15] = [
    Trigger::plain(b"privateKey"),
    Trigger::plain(b"private_key"),
    Trigger::plain(b"PRIVATE_KEY"),
    Trigger::plain(b"secp256r1"),
    Trigger::plain(b"secp384r1"),
    Trigger::plain(b"secp521r1"),
    Trigger::plain(b"secp256k1"),
    Trigger::plain(b"SECP256R1"),
    Trigger::plain(b"SECP384R1"),
    Trigger::plain(b"SECP521R1"),
    Trigger::plain(b"SECP256K1"),
    Trigger::plain(b"prime256v1"),
    Trigger::plain(b"nistP256"),
    Trigger::plain(b"\"010001\""),
    Trigger::plain(b"65537"),
];

/// Both.
static TRIGGERS: [Trigger; RARE.len() + COMMON.len()] = {
    let mut all = [Trigger::plain(b""); RARE.len() + COMMON.len()];
    let (rare, common) = all.split_at_mut(RARE.len());
    rare.copy_from_slice(&RARE);
    common.copy_from_slice(&COMMON);
    all
};

static SPEC: Spec = Spec {
    id: "key-numbers",
    name: "numbers of a private key",
    source: "RFC 8017 section 3.2, SEC 1 section 3.2; RFC 8292 (VAPID)",
    about: "The numbers of an RSA or EC key as separate values in source code, settings and data, with the public half beside them: key specifications of Java, .NET, Go and Python, pairs of Web Push.",
    triggers: &TRIGGERS,
};

impl Format for KeyNumbers {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn claims(&self) -> bool {
        false
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let at = candidate.at.ok_or(Reject::NotThisFormat)?;
        let bytes = candidate.bytes;
        if at < context.tried_to || !is_worth(bytes, at) {
            return Err(Reject::NotThisFormat);
        }
        let mut list = values(bytes, at.saturating_sub(BEFORE)..at, usize::MAX);
        list.drain(..list.len().saturating_sub(MAX_BEFORE));
        let end = at.saturating_add(BEHIND).min(bytes.len());
        let behind = values(bytes, at..end, MAX_BEHIND);
        // The next word that is looked at has half of what was read behind this one before it.
        let read_to = match behind.last() {
            Some(last) if behind.len() >= MAX_BEHIND => last.span.end,
            _ => end,
        };
        context.tried_to = at + (read_to - at) / 2 + 1;
        let shift = list.last().map_or(0, |value| value.place + 1);
        list.extend(behind.into_iter().map(|value| Value {
            place: value.place + shift,
            ..value
        }));
        let numbers: Vec<Written<'_>> = list
            .iter()
            .map(|value| Written {
                number: &value.number,
                place: value.place,
            })
            .collect();
        let says_65537 = |first: usize, last: usize| {
            let span = around(&list, &[first, last]);
            span.is_some_and(|span| says_65537(bytes, &span))
        };
        let rsa = rsa_among(&numbers, &says_65537, &mut context.tries);
        let rsa = rsa
            .into_iter()
            .map(|item| (around(&list, &item.places), item));
        let ec = ec_among(&numbers, &mut context.tries);
        // Of a pair the point may stand anywhere: it is public.
        let secret = |item: &Together| around(&list, item.places.get(..1)?);
        let ec = ec.into_iter().map(|item| (secret(&item), item));
        for (span, together) in rsa.chain(ec) {
            let Some(span) = span else { continue };
            found.push(match together.key {
                Ok(key) => Found::key(span, key),
                Err(reject) => Found::new(span, What::Malformed(reject)),
            });
        }
        match found.is_empty() {
            true => Err(Reject::NotThisFormat),
            false => Ok(()),
        }
    }
}

/// Whether numbers may stand around a word: it is a rare one, or a long value is near.
fn is_worth(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    let is_common = COMMON.iter().any(|word| rest.starts_with(word.bytes));
    let end = at.saturating_add(NEAR).min(bytes.len());
    let near = bytes.get(at.saturating_sub(NEAR)..end).unwrap_or_default();
    let mut runs = near.split(|b| !values::is_part(*b));
    !is_common || runs.any(|run| run.len() >= MIN_LONG)
}

/// Returns from where to where the values of these places stand.
fn around(list: &[Value], places: &[usize]) -> Option<Span> {
    let of = || list.iter().filter(|value| places.contains(&value.place));
    let start = of().map(|value| value.span.start).min()?;
    let end = of().map(|value| value.span.end).max()?;
    Some(start..end)
}

/// Whether the usual public exponent stands in or beside a span, as a value of its own.
fn says_65537(bytes: &[u8], span: &Span) -> bool {
    let start = span.start.saturating_sub(BESIDE);
    let end = span.end.saturating_add(BESIDE).min(bytes.len());
    let text = bytes.get(start..end).unwrap_or_default();
    let stands = |at: usize, word: &[u8]| {
        let before = text.get(..at).unwrap_or_default();
        let digits = before.iter().rev().skip_while(|b| b"0xX".contains(b));
        let behind = text.get(at + word.len());
        !digits.take(1).any(|b| values::is_part(*b))
            && behind.is_none_or(|b| !values::is_part(*b) || b"Ln".contains(b))
    };
    [&b"65537"[..], b"10001", b"AQAB"]
        .into_iter()
        .any(|word| memchr::memmem::find_iter(text, word).any(|at| stands(at, word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_exponent_is_a_value_of_its_own() {
        let says = |text: &str| says_65537(text.as_bytes(), &(0..text.len()));
        for yes in [
            "e=65537",
            "E: 65537,",
            "\"010001\"",
            "0x10001",
            "0x10001L",
            "'AQAB'",
        ] {
            assert!(says(yes), "{yes}");
        }
        for no in ["", "655370", "a10001", "210001", "1000", "AQABA"] {
            assert!(!says(no), "{no}");
        }
    }

    #[test]
    fn common_words_need_a_long_value_beside_them() {
        let long = "a".repeat(MIN_LONG);
        assert!(is_worth(b"privateExponent", 0));
        assert!(!is_worth(b"privateKey = load()", 0));
        assert!(is_worth(format!("privateKey = '{long}'").as_bytes(), 0));
        assert!(is_worth(format!("{long}, 65537").as_bytes(), MIN_LONG));
        assert!(is_worth(format!("{long},e=65537").as_bytes(), MIN_LONG + 3));
    }
}
