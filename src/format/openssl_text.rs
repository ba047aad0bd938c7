//! What `openssl rsa -text`, `ec -text` and `pkey -text` print: the numbers of a
//! key in words and coloned hexadecimal.
//!
//! ```text
//! Private-Key: (2048 bit, 2 primes)        Private-Key: (256 bit)
//! modulus:                                 priv:
//!     00:d7:8c:be:…                            4f:48:56:04:…
//! publicExponent: 65537 (0x10001)          pub:
//! privateExponent:                             04:60:90:d1:…
//!     2b:…                                 ASN1 OID: prime256v1
//! ```
//!
//! Such dumps are pasted into tickets and notes. The numbers are read by their
//! names, in whatever order and as many as are there; the maths tells the rest.

use zeroize::Zeroizing;

use super::{Context, Format, Found, Spec, structure};
use crate::blob::{Candidate, Span, Trigger};
use crate::key::{Curve, Key, Okp, OkpKey, Reject, RsaKey};
use crate::wire::hex;

/// Reader of keys in words.
pub(super) struct OpensslText;

/// How a dump begins, behind the algorithm's name.
const BEGIN: &[u8] = b"Private-Key:";
/// Longest name of an algorithm before it, and a space.
const ALGORITHM: usize = 8;
/// Longest way from the private number to either end of the dump: of a key of
/// 16,384 bits all numbers take 45 KB, and before the private one stands one.
const MAX_BEFORE: usize = 16 << 10;
const MAX_AFTER: usize = 48 << 10;
/// Longest name of a number, or line beside the numbers.
const MAX_NAME: usize = 96;

static SPEC: Spec = Spec {
    id: "openssl-text",
    name: "private key printed by openssl -text",
    source: "openssl-rsa(1), openssl-ec(1), openssl-pkey(1), option -text",
    about: "A key dumped as numbers for a person to read; pasted into tickets, notes and logs, where no one takes it for a key any more.",
    triggers: &[Trigger::text(BEGIN), Trigger::text(b"privateExponent:")],
};

impl Format for OpensslText {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let at = candidate.at.ok_or(Reject::NotThisFormat)?;
        let dump = Dump::around(candidate.bytes, at);
        let span = dump.span.clone().ok_or(Reject::NotThisFormat)?;
        let key = dump.key()?;
        found.push(Found::key(span, key));
        Ok(())
    }
}

/// The numbers of a dump, by their names.
#[derive(Default)]
struct Dump {
    numbers: Vec<(Vec<u8>, Zeroizing<Vec<u8>>)>,
    /// Words that name the curve or the algorithm.
    words: Vec<u8>,
    span: Option<Span>,
    /// Whether the last line of digits is the last of its number: each but that
    /// ends with a colon.
    is_whole: bool,
}

impl Dump {
    /// Reads the dump around the name at `at`, line by line.
    fn around(bytes: &[u8], at: usize) -> Self {
        let mut dump = Self::default();
        let start = start(bytes, at);
        let end = at.saturating_add(MAX_AFTER).min(bytes.len());
        let text = bytes.get(start..end).unwrap_or_default();
        let mut place = start;
        let mut last = None;
        for line in text.split_inclusive(|b| *b == b'\n') {
            let begins = place;
            place += line.len();
            let ends = line.ends_with(b"\n");
            let line = content(line);
            if last.is_some() && push_digits(line, dump.numbers.last_mut()) {
                dump.is_whole = ends && !line.ends_with(b":");
                dump.extend(begins..begins + line.len());
                continue;
            }
            last = None;
            let begin = memchr::memmem::find(line, BEGIN).map(|i| i + BEGIN.len() - 1);
            let Some(colon) = begin.or_else(|| memchr::memchr(b':', line)) else {
                if begins > at && !line.is_empty() {
                    break;
                }
                continue;
            };
            let (name, value) = line.split_at(colon);
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            // The next dump begins.
            if begins > at && name.ends_with(b"Private-Key") {
                break;
            }
            let known = dump.numbers.iter().any(|(n, _)| n == name);
            match name {
                _ if is_number(name) && !known => {
                    dump.numbers.push((name.to_vec(), Zeroizing::default()));
                    if !value.is_empty() {
                        push_value(value, dump.numbers.last_mut());
                    }
                    last = Some(());
                }
                b"ASN1 OID" | b"NIST CURVE" => {
                    let name = value.split(is_end).next();
                    dump.words.extend_from_slice(name.unwrap_or_default());
                    dump.words.push(b'\n');
                }
                _ if name.ends_with(b"Private-Key") => {
                    dump.words.extend_from_slice(name);
                    dump.words.push(b'\n');
                }
                _ if begins > at => break,
                _ => continue,
            }
            dump.extend(begins..begins + line.len());
        }
        dump
    }

    fn extend(&mut self, line: Span) {
        let start = self.span.as_ref().map_or(line.start, |span| span.start);
        self.span = Some(start..line.end);
    }

    fn number(&self, name: &[u8]) -> Option<&[u8]> {
        let found = self.numbers.iter().find(|(n, _)| n == name);
        found
            .map(|(_, value)| value.as_slice())
            .filter(|v| !v.is_empty())
    }

    fn key(&self) -> Result<Key, Reject> {
        if let Some(d) = self.number(b"privateExponent") {
            let secret = |name: &[u8]| structure::secret(self.number(name).unwrap_or_default());
            return Ok(Key::Rsa(RsaKey {
                n: self.number(b"modulus").map(<[u8]>::to_vec),
                e: self.number(b"publicExponent").map(<[u8]>::to_vec),
                d: structure::secret(d),
                p: secret(b"prime1"),
                q: secret(b"prime2"),
                dp: secret(b"exponent1"),
                dq: secret(b"exponent2"),
                qi: secret(b"coefficient"),
                more_primes: Vec::new(),
            }));
        }
        let secret = self.number(b"priv").ok_or(Reject::NotThisFormat)?;
        let public = self.number(b"pub");
        let words = String::from_utf8_lossy(&self.words);
        // Of a log's line the dump begins in the middle.
        let begin = |name: &str| format!("{name} Private-Key");
        let named = |name| words.lines().any(|line| line.ends_with(&begin(name)));
        for (name, kind) in [
            ("ED25519", Okp::Ed25519),
            ("ED448", Okp::Ed448),
            ("X25519", Okp::X25519),
            ("X448", Okp::X448),
        ] {
            if named(name) {
                return Ok(Key::Okp(OkpKey::from_seed(kind, secret, public)));
            }
        }
        if let (Some(p), Some(q), Some(g)) =
            (self.number(b"P"), self.number(b"Q"), self.number(b"G"))
        {
            // The generator comes last: where the dump was cut it is another number.
            let len = |number: &[u8]| number.iter().skip_while(|b| **b == 0).count();
            if !self.is_whole && len(g) < len(p) {
                return Err(Reject::Truncated);
            }
            return Ok(Key::Dsa(structure::dsa_key(p, q, g, public, secret)));
        }
        let curve = words.lines().find_map(Curve::from_name);
        let curve = curve.ok_or(Reject::NotThisFormat)?;
        Ok(Key::Ec(structure::ec_key(Some(curve), secret, public)))
    }
}

/// Whether a number of a private key has this name.
fn is_number(name: &[u8]) -> bool {
    matches!(
        name,
        b"modulus"
            | b"publicExponent"
            | b"privateExponent"
            | b"prime1"
            | b"prime2"
            | b"exponent1"
            | b"exponent2"
            | b"coefficient"
            | b"priv"
            | b"pub"
            | b"P"
            | b"Q"
            | b"G"
    )
}

/// Returns where the dump begins that holds the trigger at `at`: on its line, or
/// with the modulus before a private exponent.
fn start(bytes: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(MAX_BEFORE);
    let before = bytes.get(from..at).unwrap_or_default();
    let is_begin = bytes.get(at..).is_some_and(|rest| rest.starts_with(BEGIN));
    let modulus = memchr::memmem::rfind(before, b"modulus:").filter(|_| !is_begin);
    let before = before.get(..modulus.unwrap_or(before.len()));
    let before = before.unwrap_or_default();
    let line = memchr::memrchr(b'\n', before).map_or(0, |i| i + 1);
    if before.len() - line > MAX_NAME {
        return at.saturating_sub(ALGORITHM).max(from);
    }
    from + line
}

/// Returns what a line says, without indentation and marks of comments.
fn content(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii();
    let mark = line
        .iter()
        .take_while(|b| matches!(b, b'#' | b'/' | b'*' | b'>' | b'|'));
    let mark = mark.count();
    line.get(mark..).unwrap_or_default().trim_ascii()
}

/// Whether a value ends here: words of somebody else may stand behind it, or the end of a string.
fn is_end(b: &u8) -> bool {
    b" \"'`<)".contains(b)
}

/// Adds a line of coloned digits to a number; `false` if it is none.
fn push_digits(line: &[u8], number: Option<&mut (Vec<u8>, Zeroizing<Vec<u8>>)>) -> bool {
    let line = line.split(is_end).next().unwrap_or(line);
    let line = line.strip_suffix(b":").unwrap_or(line);
    let pairs = line.split(|b| *b == b':').map(|pair| match pair {
        [a, b] => hex::pair(*a, *b),
        _ => None,
    });
    let Some(bytes) = pairs.collect::<Option<Vec<u8>>>().map(Zeroizing::new) else {
        return false;
    };
    if let Some((_, value)) = number {
        value.extend_from_slice(&bytes);
    }
    !bytes.is_empty()
}

/// Reads `65537 (0x10001)`, and coloned digits on the line of their name.
fn push_value(text: &[u8], number: Option<&mut (Vec<u8>, Zeroizing<Vec<u8>>)>) {
    let words = String::from_utf8_lossy(text);
    let decimal = words
        .split(' ')
        .next()
        .and_then(|word| word.parse::<u64>().ok());
    match (decimal, number) {
        (Some(small), Some((_, value))) => {
            let bytes = small.to_be_bytes();
            let zeros = bytes.iter().take_while(|b| **b == 0).count();
            value.extend_from_slice(bytes.get(zeros..).unwrap_or_default());
        }
        (None, number) => {
            push_digits(text, number);
        }
        (Some(_), None) => {}
    }
}
