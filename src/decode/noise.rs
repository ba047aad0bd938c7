//! Undoes what quoting and transport did to the body of an armour.
//!
//! PEM text is met inside JSON strings, `.env` files, XML attributes, URLs and
//! mail. [`unescape`] turns all of that back into text with real line breaks,
//! so that the armour decoder sees lines only. It never fails: what is not a
//! known escape is kept.

use zeroize::Zeroizing;

/// Longest tag of HTML that is undone.
const MAX_TAG: usize = 80;

/// Returns `text` with escapes of JSON, C, XML, HTML, percent-encoding and
/// quoted-printable undone, and every kind of line break as `\n`. What comes out
/// is never longer, so that the buffer is never moved and left unwiped.
#[must_use]
pub fn unescape(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let quoted_printable = memchr::memmem::find(text, b"=3D").is_some()
        || memchr::memmem::find(text, b"=\n").is_some_and(|i| !ends_body(text, i))
        || memchr::memmem::find(text, b"=\r\n").is_some_and(|i| !ends_body(text, i));
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        let (replacement, left) = match byte {
            b'\\' => backslash(rest),
            b'&' => entity(rest),
            b'%' => percent(rest),
            b'<' => tag(rest),
            b'`' => backtick(rest),
            b'=' if quoted_printable => soft_break(rest),
            b'\r' => (Some(b'\n'), tail.strip_prefix(b"\n").unwrap_or(tail)),
            _ => (Some(byte), tail),
        };
        out.extend(replacement);
        rest = left;
    }
    out
}

/// Whether nothing but padding, line ends and margins follows an `=` at `i`.
///
/// A single padding character at the end of a body is not a soft line break.
fn ends_body(text: &[u8], i: usize) -> bool {
    let rest = text.get(i..).unwrap_or_default();
    !rest.iter().any(u8::is_ascii_alphanumeric)
}

/// Undoes `\n`, `\\r`, `\u002b`, `\x2b`, `\/` and a continuation at line end.
fn backslash(text: &[u8]) -> (Option<u8>, &[u8]) {
    // Any number of backslashes: text that was escaped more than once.
    let slashes = text.iter().take_while(|&&b| b == b'\\').count();
    let rest = text.get(slashes..).unwrap_or_default();
    match rest {
        [b'n' | b'r', tail @ ..] => (Some(b'\n'), tail),
        [b't', tail @ ..] => (Some(b' '), tail),
        [b'u', tail @ ..] => hex_value(tail, 4).map_or((None, rest), |v| (plain(v), skip(tail, 4))),
        [b'x', tail @ ..] => hex_value(tail, 2).map_or((None, rest), |v| (plain(v), skip(tail, 2))),
        [b'0', b'1', b'2', tail @ ..] | [b'1', b'2', tail @ ..] => (Some(b'\n'), tail),
        _ => (None, rest),
    }
}

/// Undoes `&#10;`, `&#xA;`, `&quot;` and their like.
fn entity(text: &[u8]) -> (Option<u8>, &[u8]) {
    let kept = (Some(b'&'), skip(text, 1));
    let Some(end) = text.iter().take(10).position(|&b| b == b';') else {
        return kept;
    };
    let name = text.get(1..end).unwrap_or_default();
    let value = match name {
        [b'#', b'x' | b'X', digits @ ..] => hex_value(digits, digits.len()),
        [b'#', digits @ ..] => std::str::from_utf8(digits)
            .ok()
            .and_then(|s| s.parse().ok()),
        b"quot" | b"apos" => Some(u32::from(b'"')),
        b"NewLine" => Some(10),
        b"nbsp" | b"Tab" => Some(32),
        b"plus" => Some(u32::from(b'+')),
        b"equals" => Some(u32::from(b'=')),
        b"sol" => Some(u32::from(b'/')),
        b"hellip" => Some(0x2026),
        _ => None,
    };
    value.map_or(kept, |v| (plain(v), skip(text, end + 1)))
}

/// Undoes `%0A`, `%2B` and their like.
fn percent(text: &[u8]) -> (Option<u8>, &[u8]) {
    match hex_value(skip(text, 1), 2) {
        Some(v) => (plain(v), skip(text, 3)),
        None => (Some(b'%'), skip(text, 1)),
    }
}

/// Turns tags of HTML into line breaks: `<br/>`, `<span class="line">`, `</p>`.
fn tag(text: &[u8]) -> (Option<u8>, &[u8]) {
    let name = skip(text, 1);
    let name = name.strip_prefix(b"/").unwrap_or(name);
    let is_named = name.first().is_some_and(u8::is_ascii_alphabetic);
    match text.iter().take(MAX_TAG).position(|&b| b == b'>') {
        Some(end) if is_named => (Some(b'\n'), skip(text, end + 1)),
        _ => (Some(b'<'), skip(text, 1)),
    }
}

/// Undoes a line break of PowerShell, `` `r`n ``.
fn backtick(text: &[u8]) -> (Option<u8>, &[u8]) {
    match skip(text, 1) {
        [b'n' | b'r', tail @ ..] => (Some(b'\n'), tail),
        tail => (Some(b'`'), tail),
    }
}

/// Undoes quoted-printable (RFC 2045 section 6.7).
fn soft_break(text: &[u8]) -> (Option<u8>, &[u8]) {
    match text {
        [_, b'\r', b'\n', tail @ ..] | [_, b'\n', tail @ ..] => (None, tail),
        _ => match hex_value(skip(text, 1), 2) {
            Some(v) => (plain(v), skip(text, 3)),
            None => (Some(b'='), skip(text, 1)),
        },
    }
}

fn skip(text: &[u8], n: usize) -> &[u8] {
    text.get(n..).unwrap_or_default()
}

/// Returns the value of exactly `n` hex digits (1 to 6) at the start of `text`.
fn hex_value(text: &[u8], n: usize) -> Option<u32> {
    let digits = text.get(..n).filter(|d| !d.is_empty() && d.len() <= 6)?;
    digits.iter().try_fold(0, |value, &d| {
        Some(value * 16 + char::from(d).to_digit(16)?)
    })
}

/// What an escaped ellipsis becomes, as Windows-1252 has it.
pub const ELLIPSIS: u8 = 0x85;

/// Returns an ASCII character, with carriage returns as line breaks.
fn plain(value: u32) -> Option<u8> {
    if value == 0x2026 {
        return Some(ELLIPSIS);
    }
    match u8::try_from(value) {
        Ok(b'\r') => Some(b'\n'),
        Ok(b) if b.is_ascii() => Some(b),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_plain_lines() {
        for text in [
            &b"ab\\ncd"[..],
            b"ab\\\\ncd",
            b"ab\\r\\ncd",
            b"ab\r\ncd",
            b"ab&#10;cd",
            b"ab&#xA;cd",
            b"ab<br/>cd",
            b"ab%0Acd",
            b"ab\\u000acd",
        ] {
            let lines = unescape(text);
            let lines: Vec<&[u8]> = lines
                .split(|&b| b == b'\n')
                .filter(|l| !l.is_empty())
                .collect();
            assert_eq!(lines, [b"ab", b"cd"], "{}", String::from_utf8_lossy(text));
        }
        assert_eq!(unescape(b"a\\u002Bb\\/c").as_slice(), b"a+b/c");
        assert_eq!(unescape(b"abc=\ndef=3D").as_slice(), b"abcdef=");
        assert_eq!(unescape(b"abc=\n").as_slice(), b"abc=\n");
    }
}
