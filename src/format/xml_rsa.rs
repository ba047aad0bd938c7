//! RSA and DSA keys in XML: `RSAKeyValue`, `DSAKeyValue`.
//!
//! ```text
//! <RSAKeyValue><Modulus>…</Modulus><Exponent>…</Exponent>   -- XML Signature 4.5.2
//!     <P>…</P><Q>…</Q><DP>…</DP><DQ>…</DQ><InverseQ>…</InverseQ><D>…</D>
//! </RSAKeyValue>
//! <DSAKeyValue><P/><Q/><G/><Y/><J/><Seed/><PgenCounter/><X/></DSAKeyValue>
//! ```
//!
//! The private elements are those of .NET's `ToXmlString(true)`. Values are
//! base64 of big-endian numbers. The text is met in files of its own, as entities
//! in configuration and in string literals, so entities and escapes are undone
//! and literals joined before elements are looked for.

use super::structure::dsa_key;
use super::{Context, Format, Found, Spec};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Reject, RsaKey};
use crate::wire::{base64, entity};
use zeroize::Zeroizing;

/// Reader of XML keys.
pub(super) struct XmlRsa;

/// What both element names end in.
const NAME: &[u8] = b"SAKeyValue";
/// Longest element: a 16,384-bit RSA key takes 13 KB, more when escaped.
const MAX_BYTES: usize = 64 << 10;

static SPEC: Spec = Spec {
    id: "xml-rsa",
    name: "XML RSA or DSA private key",
    source: ".NET RSA.ToXmlString, XML Signature section 4.5",
    about: "What .NET programs keep in source, `web.config` and licence generators. Public keys look the same without the private elements and are silent.",
    triggers: &[Trigger::text(NAME), Trigger::encoded_head(b"<RSAKeyValue>")],
};

impl Format for XmlRsa {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let at = candidate.at.ok_or(Reject::NotThisFormat)?;
        let start = at.checked_sub(1).ok_or(Reject::NotThisFormat)?;
        let is_rsa = match candidate.bytes.get(start) {
            Some(b'R') => true,
            Some(b'D') => false,
            _ => return Err(Reject::NotThisFormat),
        };
        // A closing tag.
        if start.checked_sub(1).and_then(|i| candidate.bytes.get(i)) == Some(&b'/') {
            return Err(Reject::NotThisFormat);
        }
        let limit = at.saturating_add(MAX_BYTES).min(candidate.bytes.len());
        let inside = candidate
            .bytes
            .get(at + NAME.len()..limit)
            .unwrap_or_default();
        let len = memchr::memmem::find(inside, NAME).ok_or(Reject::NotThisFormat)?;
        let text = unescaped(&joined(inside.get(..len).unwrap_or_default()));
        let value = |name: &[u8]| element(&text, name);
        let number = |name: &[u8]| value(name).map(|number| number.to_vec());
        let key = if is_rsa {
            if value(b"D").is_none() && value(b"P").is_none() {
                return Err(Reject::NotThisFormat);
            }
            Key::Rsa(RsaKey {
                n: number(b"Modulus"),
                e: number(b"Exponent"),
                d: value(b"D"),
                p: value(b"P"),
                q: value(b"Q"),
                dp: value(b"DP"),
                dq: value(b"DQ"),
                qi: value(b"InverseQ"),
                more_primes: Vec::new(),
            })
        } else {
            let of = |name: &[u8]| value(name).ok_or(Reject::NotThisFormat);
            let (p, q, g, x) = (of(b"P")?, of(b"Q")?, of(b"G")?, of(b"X")?);
            let y = number(b"Y");
            Key::Dsa(dsa_key(&p, &q, &g, y.as_deref(), &x))
        };
        let end = at + NAME.len() + len + NAME.len();
        found.push(Found::key(start..end, key));
        Ok(())
    }
}

/// Returns the number in the element of that name, whatever its prefix.
fn element(text: &[u8], name: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    for open in memchr::memchr_iter(b'<', text) {
        let tag = text.get(open + 1..)?;
        let len = tag.iter().position(|&b| b == b'>' || b == b'<')?;
        let (tag, rest) = tag.split_at(len);
        let word = tag.split(u8::is_ascii_whitespace).next()?;
        let local = word.rsplit(|&b| b == b':').next()?;
        if local != name {
            continue;
        }
        let value = rest.strip_prefix(b">")?;
        let len = memchr::memchr(b'<', value).unwrap_or(value.len());
        let text = value.get(..len)?.iter().copied();
        let text: Zeroizing<Vec<u8>> =
            Zeroizing::new(text.filter(|b| !b.is_ascii_whitespace()).collect());
        return base64::decode_value(&text);
    }
    None
}

/// Joins string literals: takes out `" + "`, `' . '`, `" & _ "` and the like.
fn joined(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = out.last() == Some(&b'\\');
        if matches!(byte, b'"' | b'\'' | b'`')
            && !escaped
            && let Some(after) = seam(tail, byte)
        {
            rest = after;
            continue;
        }
        out.push(byte);
        rest = tail;
    }
    out
}

/// Returns what follows the quote that opens the next literal.
fn seam(text: &[u8], quote: u8) -> Option<&[u8]> {
    let glue = |b: &u8| b.is_ascii_whitespace() || b"+&._,\\@$".contains(b);
    let len = text.iter().take(256).take_while(|b| glue(b)).count();
    text.get(len..)?.strip_prefix(&[quote])
}

/// Undoes entities, escapes of string literals and percent-encoding.
fn unescaped(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        let (value, len) = match byte {
            b'&' => reference(tail),
            b'\\' => backslash(tail),
            b'%' => hex(tail, 2).map_or((byte, 0), |value| (value, 2)),
            _ => (byte, 0),
        };
        out.push(value);
        rest = tail.get(len..).unwrap_or_default();
    }
    out
}

/// Reads what follows an ampersand: a character and the length.
fn reference(text: &[u8]) -> (u8, usize) {
    // Escaped more than once: `&amp;lt;`.
    let (mut name, mut before) = (text, 0);
    while let Some(inner) = name.strip_prefix(b"amp;") {
        name = inner;
        before += 4;
    }
    match entity::read(name) {
        Some((value, len)) => (value, before + len),
        None => (b'&', before),
    }
}

/// Reads what follows a backslash: a character and the length.
fn backslash(text: &[u8]) -> (u8, usize) {
    let slashes = text.iter().take_while(|&&b| b == b'\\').count();
    let rest = text.get(slashes..).unwrap_or_default();
    let (value, len) = match rest {
        [b'n' | b'r' | b't', ..] => (b' ', 1),
        [b'u', digits @ ..] => hex(digits, 4).map_or((b' ', 0), |value| (value, 5)),
        [b'x', digits @ ..] => hex(digits, 2).map_or((b' ', 0), |value| (value, 3)),
        [other, ..] => (*other, 1),
        [] => (b' ', 0),
    };
    (value, slashes + len)
}

/// Reads hexadecimal digits of one character.
fn hex(digits: &[u8], len: usize) -> Option<u8> {
    let digits = std::str::from_utf8(digits.get(..len)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_brought_back() {
        for text in [
            &b"<D>AQID</D>"[..],
            b"&lt;D&gt;AQ&#13;&#xA;ID&lt;/D&gt;",
            b"&amp;lt;D&amp;gt;AQID&amp;lt;/D&amp;gt;",
            b"\\u003cD\\u003eAQ\\r\\nID\\u003c\\/D\\u003e",
            b"<ds:D xmlns:ds='x'>AQ\" +\n    \"ID</ds:D>",
            b"%3CD%3EAQID%3C/D%3E",
        ] {
            let text = unescaped(&joined(text));
            assert_eq!(element(&text, b"D").as_deref(), Some(&vec![1, 2, 3]));
            assert!(element(&text, b"P").is_none());
        }
    }
}
