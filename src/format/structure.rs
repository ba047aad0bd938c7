//! Structures that several formats share.

use super::{Found, What};
use crate::blob::{Candidate, Span};
use crate::identity::algorithm::{self, EcParameters};
use crate::key::{Curve, DsaKey, EcKey, Key, Okp, OkpKey, PublicKey, Reject, RsaKey};
use crate::wire::der::{self, Reader};
use crate::wire::{hex, trim_zeros};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// Finds the SEQUENCE of a candidate: the whole of it, or the one whose
/// content begins at the trigger.
pub(super) fn sequence<'a>(candidate: &Candidate<'a>) -> Result<(Span, Reader<'a>), Reject> {
    let bytes = candidate.bytes;
    let span = match candidate.at {
        Some(at) => der::sequence_before(bytes, at).ok_or(Reject::NotThisFormat)?,
        None => 0..Reader::new(bytes).read_tlv()?.whole.len(),
    };
    let whole = bytes.get(span.clone()).ok_or(Reject::Truncated)?;
    Ok((span, Reader::new(whole).sequence()?))
}

/// Whether plain bytes are a private key: a SEQUENCE as long as they are, that
/// begins with a version. What a wrong password leaves passes once in 2^50 or so.
pub(super) fn is_private_key(plain: &[u8]) -> bool {
    let mut reader = Reader::new(plain);
    let Ok(mut fields) = reader.sequence() else {
        return false;
    };
    reader.is_empty() && fields.small_int().is_ok_and(|version| version <= 1)
}

/// RFC 8017 appendix A.1.2:
///
/// ```text
/// RSAPrivateKey ::= SEQUENCE { version (0: two primes, 1: more), n, e, d, p, q,
///     d mod (p-1), d mod (q-1), q^-1 mod p,
///     otherPrimeInfos SEQUENCE OF SEQUENCE { r, d mod (r-1), t } OPTIONAL }
/// ```
pub(super) fn rsa_private_key(mut fields: Reader<'_>) -> Result<RsaKey, Reject> {
    let version = fields.small_int().map_err(|_| Reject::NotThisFormat)?;
    if version > 1 {
        return Err(Reject::NotThisFormat);
    }
    // Where a writer did not know a number, it put zero.
    let mut public = || {
        let number = trim_zeros(fields.integer()?);
        Ok::<_, Reject>((!number.is_empty()).then(|| number.to_vec()))
    };
    let (n, e) = (public()?, public()?);
    let mut secret = || fields.integer().map(|number| secret(trim_zeros(number)));
    let mut key = RsaKey {
        n,
        e,
        d: secret()?,
        p: secret()?,
        q: secret()?,
        dp: secret()?,
        dq: secret()?,
        qi: secret()?,
        more_primes: Vec::new(),
    };
    if version == 1 {
        let mut infos = fields.sequence()?;
        while !infos.is_empty() {
            let prime = infos.sequence()?.integer()?;
            key.more_primes.push(Zeroizing::new(prime.to_vec()));
        }
    }
    Ok(key)
}

/// Longest public exponent, in bytes, of a key that nothing else tells to be RSA.
const MAX_CUT_EXPONENT: usize = 8;

/// Reads the public half of an RSA key that was cut off behind it.
///
/// Where the file goes on to the end of d the key is lost to whoever finds it; but
/// a file that was cut is mostly an example, so it counts as a hint all the same.
pub(super) fn cut_rsa_key(bytes: &[u8]) -> Option<What> {
    let mut fields = Reader::new(der::begun(bytes, der::SEQUENCE)?);
    if fields.small_int().ok()? > 1 {
        return None;
    }
    let (n, e) = (fields.integer().ok()?, fields.integer().ok()?);
    // A DSA key begins with two numbers as well; the second has 160 bits or more.
    if trim_zeros(e).len() > MAX_CUT_EXPONENT {
        return None;
    }
    PublicKey::rsa(n, e).ok().map(What::Damaged)
}

/// RFC 5915 section 3:
///
/// ```text
/// ECPrivateKey ::= SEQUENCE { version 1, privateKey OCTET STRING,
///     parameters [0] ECParameters OPTIONAL, publicKey [1] BIT STRING OPTIONAL }
/// ```
///
/// `outer` is what an outer AlgorithmIdentifier says; parameters inside win.
pub(super) fn ec_private_key(
    mut fields: Reader<'_>,
    outer: Option<EcParameters<'_>>,
) -> Result<EcKey, Reject> {
    if fields.small_int().map_err(|_| Reject::NotThisFormat)? != 1 {
        return Err(Reject::NotThisFormat);
    }
    let d = fields.octets()?;
    let inner = match fields.optional(der::context(0))? {
        Some(parameters) => algorithm::curve(&Reader::new(parameters).read_tlv()?)?,
        None => None,
    };
    let public = match fields.optional(der::context(1))? {
        // Programs that count the zeros at its end as unused bits exist; the point is checked anyway.
        Some(bits) => {
            let bits = Reader::new(bits).expect(der::BIT_STRING)?;
            Some(bits.split_first().ok_or(Reject::Incomplete)?.1)
        }
        None => None,
    };
    // One bit turned over makes the tag of the public key an unknown one, and
    // with it goes what the number was checked with.
    if !fields.is_empty() {
        return Err(Reject::BadTag);
    }
    Ok(match inner.or(outer) {
        None => ec_key(None, d, public),
        Some(curve) => ec_key_on(curve, d, public),
    })
}

/// Returns an EC key on a curve that has a name or is spelled out.
pub(super) fn ec_key_on(curve: EcParameters<'_>, d: &[u8], public: Option<&[u8]>) -> EcKey {
    match curve {
        EcParameters::Named(curve) => ec_key(Some(curve), d, public),
        EcParameters::Explicit(parameters) => EcKey {
            parameters: Some(parameters.to_vec()),
            ..ec_key(None, d, public)
        },
    }
}

/// Returns an EC key of its numbers.
pub(super) fn ec_key(curve: Option<Curve>, d: &[u8], public: Option<&[u8]>) -> EcKey {
    EcKey {
        curve,
        parameters: None,
        d: Zeroizing::new(d.to_vec()),
        public: public.map(<[u8]>::to_vec),
        chain: None,
    }
}

/// Returns the root of a wallet (BIP-32): a number on secp256k1 and its chain code.
pub(super) fn wallet_root(number: &[u8], chain: &[u8]) -> Key {
    Key::Ec(EcKey {
        chain: Some(Zeroizing::new(chain.to_vec())),
        ..ec_key(Some(Curve::Secp256k1), number, None)
    })
}

/// Returns a DSA key of its numbers.
pub(super) fn dsa_key(p: &[u8], q: &[u8], g: &[u8], y: Option<&[u8]>, x: &[u8]) -> DsaKey {
    DsaKey {
        p: p.to_vec(),
        q: q.to_vec(),
        g: g.to_vec(),
        x: Zeroizing::new(x.to_vec()),
        y: y.map(<[u8]>::to_vec),
    }
}

/// Returns a secret number, or `None` for an absent one.
pub(super) fn secret(number: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    (!number.is_empty()).then(|| Zeroizing::new(number.to_vec()))
}

/// What the name or OID of a curve stands for in OpenPGP and GnuPG.
pub(super) enum Group {
    /// A short Weierstrass curve.
    Ec(Curve),
    /// An Edwards or Montgomery curve.
    Okp(Okp),
}

/// Returns the point of an Edwards or Montgomery key without the 0x40 that
/// GnuPG puts before it.
pub(super) fn native_point(kind: Okp, point: &[u8]) -> &[u8] {
    match point {
        [0x40, rest @ ..] if rest.len() == kind.bytes() => rest,
        _ => point,
    }
}

/// Returns the secret of an Edwards or Montgomery key that OpenPGP writes as a
/// number: leading zeros are missing, and X25519 stands in reverse (RFC 9580
/// section 5.5.5.6.1.1).
pub(super) fn native_secret(kind: Okp, number: &[u8]) -> Result<Zeroizing<Vec<u8>>, Reject> {
    let number = if number.len() > kind.bytes() {
        trim_zeros(number)
    } else {
        number
    };
    let missing = kind.bytes().checked_sub(number.len());
    let mut native = Zeroizing::new(vec![0; missing.ok_or(Reject::BadLength)?]);
    native.extend_from_slice(number);
    if kind == Okp::X25519 {
        native.reverse();
    }
    Ok(native)
}

/// Different bytes that a random number has at least: 32 draws of 256 have 30.
const MIN_DIFFERENT: usize = 20;

/// Whether a number of 32 bytes looks drawn: dummies repeat or count.
pub(super) fn is_varied(number: &[u8]) -> bool {
    let counts = number
        .windows(2)
        .filter(|w| matches!(w, [a, b] if b.wrapping_sub(*a) <= 0x22));
    crate::wire::distinct(number) >= MIN_DIFFERENT && counts.count() < number.len() / 2
}

/// Whether the public key of an Ed25519 seed stands in a text, in hexadecimal or base64.
pub(super) fn has_ed25519_public(text: &[u8], seed: &[u8]) -> bool {
    let key = OkpKey::from_seed(Okp::Ed25519, seed, None);
    let Ok(PublicKey::Okp { bytes, .. }) = key.check() else {
        return false;
    };
    let digits = hex::encode(&bytes);
    let standard = STANDARD_NO_PAD.encode(&bytes);
    let forms = [
        digits.to_ascii_uppercase(),
        digits,
        standard.replace('/', "\\/"),
        standard,
        URL_SAFE_NO_PAD.encode(&bytes),
    ];
    let has = |form: &String| memchr::memmem::find(text, form.as_bytes()).is_some();
    forms.iter().any(has)
}

/// Blanks that may stand before a number of a list: a line break and indentation.
const MAX_BLANK: usize = 24;

/// Reads so many bytes as a list of numbers, decimal or with `0x`: returns them, and what follows.
pub(super) fn numbers(text: &[u8], count: usize) -> Option<(Zeroizing<Vec<u8>>, &[u8])> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(count));
    let mut rest = unblanked(text);
    while bytes.len() < count {
        let len = rest
            .iter()
            .take(5)
            .take_while(|b| b.is_ascii_alphanumeric());
        let (word, tail) = rest.split_at_checked(len.count())?;
        let word = std::str::from_utf8(word).ok()?;
        bytes.push(match word.strip_prefix("0x") {
            Some(digits) => u8::from_str_radix(digits, 16).ok()?,
            None => word.parse().ok()?,
        });
        rest = unblanked(tail);
        if let Some(tail) = rest.strip_prefix(b",") {
            rest = unblanked(tail);
        } else if bytes.len() < count {
            return None;
        }
    }
    Some((bytes, rest))
}

fn unblanked(text: &[u8]) -> &[u8] {
    let blank = text.iter().take(MAX_BLANK);
    let blank = blank.take_while(|b| b.is_ascii_whitespace()).count();
    text.get(blank..).unwrap_or_default()
}

/// Reads the word of `len` characters that is a key by its own checksum and stands at most `reach` behind a
/// name, or is the whole candidate: there, without a name, a wrong checksum says nothing.
pub(super) fn word_near(
    candidate: &Candidate<'_>,
    reach: usize,
    len: usize,
    read: fn(&[u8], usize) -> Option<What>,
) -> Result<Found, Reject> {
    if candidate.armor.is_some() {
        return Err(Reject::NotThisFormat);
    }
    let at = candidate.at.unwrap_or(0);
    let text = candidate.bytes.get(at..).unwrap_or_default();
    let is_named = candidate.at.is_some();
    let reach = if is_named { reach } else { 1 };
    let word = (0..reach).find_map(|start| Some((start, read(text, start)?)));
    let (start, what) = word.ok_or(Reject::NotThisFormat)?;
    if !is_named && matches!(what, What::Malformed(_)) {
        return Err(Reject::NotThisFormat);
    }
    Ok(Found::new(at + start..at + start + len, what))
}

/// Reads a value that is nothing but such a word.
pub(super) fn word_of_value(
    value: &[u8],
    len: usize,
    read: fn(&[u8], usize) -> Option<What>,
) -> Option<Key> {
    match read(value, 0).filter(|_| value.len() == len)? {
        What::Key(key) => Some(key),
        _ => None,
    }
}
