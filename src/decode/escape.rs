//! A string literal: `\n`, `\"`, `\u0041` in text, `\x82`, `\202` in bytes.
//!
//! Only the literal around a trigger is decoded, one level of escapes at a
//! time; text that was escaped twice is decoded by a view of the view. PEM
//! needs none of this: the armour decoder reads escaped text itself.
//!
//! Which quotes belong together is only known from the start of a line: in
//! `"{ kty: 'EC' }"` the inner ones end nothing. A text that was written as several
//! literals is decoded from the first of them, since what it means may hang on its beginning.

mod doubled;

use zeroize::Zeroizing;

use super::{Decoded, Extent};
use crate::blob::{Map, View};

/// Longest literal decoded around one trigger, to each side.
const MAX_RUN: usize = 1 << 20;

/// The version of a DER private key and the beginning of what follows, as the
/// languages write bytes that cannot be printed. What can be printed they write
/// as it stands (`b'0\x82\x04\xa4\x02\x01\x000\r\x06\t*'`), so that no more of
/// such a literal has a fixed form.
pub const ANCHORS: [&[u8]; 3] = [br"\x02\x01\x0", br"\002\001\00", br"\u0002\u0001\u000"];

/// Longest way from one literal to the next that goes on with it.
const MAX_JOINT: usize = 160;

/// Follows the quotes of a text from trigger to trigger, so that each byte is
/// looked at once however many triggers there are.
#[derive(Debug, Default)]
pub struct Literals {
    /// Bytes looked at.
    at: usize,
    /// Where the literal began, or the text behind the last one.
    start: usize,
    /// The quote that the literal began with.
    quote: Option<u8>,
    /// End of what was looked at and has no escapes.
    plain: usize,
    /// Text in which quotes are doubled.
    doubled: doubled::Quotes,
}

impl Literals {
    /// Goes on to `to`.
    fn advance(&mut self, bytes: &[u8], to: usize) {
        // No literal goes over a line break, and no longer one is looked at.
        let floor = self.at.max(to.saturating_sub(MAX_RUN));
        let skipped = bytes.get(floor..to).unwrap_or_default();
        let line = memchr::memrchr(b'\n', skipped).map(|i| floor + i + 1);
        if let Some(line) = line.or((floor > self.at).then_some(floor)) {
            (self.at, self.start, self.quote) = (line, line, None);
        }
        while self.at < to {
            match (bytes.get(self.at), self.quote) {
                (Some(b'\\'), _) => self.at += 1,
                (Some(byte), Some(quote)) if *byte == quote => {
                    (self.quote, self.start) = (None, self.at + 1);
                }
                (Some(byte @ (b'"' | b'\'' | b'`')), None) => {
                    (self.quote, self.start) = (Some(*byte), self.at + 1);
                }
                _ => {}
            }
            self.at += 1;
        }
    }
}

/// Decodes the literal around `at`, those that it goes on with and those that go on with
/// it; `None` when it stands alone and has no escapes.
#[must_use]
pub fn decode(bytes: &[u8], at: usize, literals: &mut Literals) -> Option<Decoded> {
    if let Some(decoded) = literals.doubled.decode(bytes, at) {
        return Some(decoded);
    }
    if at < literals.plain {
        return None;
    }
    literals.advance(bytes, at);
    let ends = |byte: u8| match literals.quote {
        Some(quote) => byte == quote,
        None => matches!(byte, b'"' | b'\'' | b'`'),
    };
    let start = match literals.quote {
        Some(quote) => first(bytes, literals.start, quote),
        None => literals.start,
    };
    let ceiling = at.saturating_add(MAX_RUN).min(bytes.len());
    let text = bytes.get(start..ceiling)?;
    let mut out = Zeroizing::new(Vec::with_capacity(text.len().min(8 << 10)));
    let mut map = Map::ratio(start, 1, 1);
    let (mut i, mut undone) = (0, 0_usize);
    while let Some(&byte) = text.get(i) {
        match byte {
            b'\n' => break,
            _ if ends(byte) => {
                let rest = text.get(i..).unwrap_or_default();
                let Some(joint) = literals.quote.and_then(|quote| joint(rest, quote)) else {
                    break;
                };
                i += joint;
                undone += 1;
                map.push(out.len(), start + i, 1, 1);
            }
            b'\\' => {
                let (value, len) = escape(text.get(i + 1..).unwrap_or_default());
                i += 1 + len;
                undone += 1;
                out.extend(value);
                map.push(out.len(), start + i, 1, 1);
            }
            _ => {
                out.push(byte);
                i += 1;
            }
        }
    }
    if undone == 0 {
        literals.plain = start + i;
    }
    (undone > 0 && start + i > at).then(|| {
        let span = start..start + i;
        Decoded {
            extent: Extent::whole(span.clone()),
            view: View {
                bytes: out,
                span,
                map,
                layer: "escaped",
                armor: None,
            },
        }
    })
}

/// Returns the length of the way from the quote that ends a literal to behind
/// the quote that begins the next one: on another line, or behind an operator.
fn joint(text: &[u8], quote: u8) -> Option<usize> {
    let between = text.get(1..text.len().min(MAX_JOINT))?;
    let next = memchr::memchr(quote, between)?;
    let between = between.get(..next)?;
    let is_glue = |b: &u8| b.is_ascii_whitespace() || b"+.&\\()_bBrRuULfF@$<>|".contains(b);
    let joins = |b: &u8| matches!(b, b'\n' | b'+' | b'.' | b'&');
    // Haskell and Elixir; SQL.
    let has = |operator: &[u8]| memchr::memmem::find(between, operator).is_some();
    let is_joined = between.iter().any(joins) || has(b"<>") || has(b"||");
    (is_joined && between.iter().all(is_glue)).then_some(next + 2)
}

/// Returns where the first of the literals begins that the one at `start` goes on with. What
/// the way back takes is decoded, so that no other trigger takes it again.
fn first(bytes: &[u8], start: usize, quote: u8) -> usize {
    let floor = start.saturating_sub(MAX_RUN);
    let mut first = start;
    while let Some(earlier) = before(bytes, first, quote, floor) {
        first = earlier;
    }
    first
}

/// Returns where the literal begins that the one at `start` goes on with.
fn before(bytes: &[u8], start: usize, quote: u8, floor: usize) -> Option<usize> {
    let end = end_before(bytes, start, quote, floor)?;
    let mut text = bytes.get(floor..end)?;
    slashes(text).is_multiple_of(2).then_some(())?;
    loop {
        let at = memchr::memrchr2(quote, b'\n', text)?;
        let (head, tail) = text.split_at(at);
        (tail.first() == Some(&quote)).then_some(())?;
        let slashes = slashes(head);
        if slashes.is_multiple_of(2) {
            return Some(floor + at + 1);
        }
        text = head.get(..at - slashes)?;
    }
}

/// Returns where the quote stands that ends what the literal at `start` goes on with.
fn end_before(bytes: &[u8], start: usize, quote: u8, floor: usize) -> Option<usize> {
    let open = start.checked_sub(1)?;
    let from = open.saturating_sub(MAX_JOINT).max(floor);
    let end = from + memchr::memrchr(quote, bytes.get(from..open)?)?;
    (joint(bytes.get(end..)?, quote)? == start - end).then_some(end)
}

/// Returns how many backslashes a text ends with.
fn slashes(text: &[u8]) -> usize {
    text.iter().rev().take_while(|b| **b == b'\\').count()
}

/// Returns what an escape stands for and how many bytes follow the backslash.
/// Above ASCII an escape is the byte of that number: text in other scripts holds
/// no key, but bytes do.
fn escape(text: &[u8]) -> (Option<u8>, usize) {
    let hex = |range: std::ops::Range<usize>| {
        let digits = text
            .get(range)
            .filter(|d| d.iter().all(u8::is_ascii_hexdigit))?;
        let digits = std::str::from_utf8(digits).ok()?;
        u32::from_str_radix(digits, 16).ok()
    };
    let byte = |value: u32| Some(u8::try_from(value).unwrap_or(b'?'));
    match text {
        [b'n', ..] => (Some(b'\n'), 1),
        [b'r', ..] => (Some(b'\r'), 1),
        [b't', ..] => (Some(b'\t'), 1),
        [b'a', ..] => (Some(7), 1),
        // Ruby, Perl, PHP and gcc.
        [b'e', ..] => (Some(27), 1),
        [b'b', ..] => (Some(8), 1),
        [b'v', ..] => (Some(11), 1),
        [b'f', ..] => (Some(12), 1),
        [b'\r', b'\n', ..] => (None, 2),
        [b'\n', ..] => (None, 1),
        [b'u', b'{', digits @ ..] => {
            let len = digits.iter().take(6).take_while(|b| b.is_ascii_hexdigit());
            let len = len.count();
            match hex(2..2 + len).filter(|_| digits.get(len) == Some(&b'}')) {
                Some(value) => (byte(value), len + 3),
                None => (Some(b'u'), 1),
            }
        }
        [b'u', ..] => hex(1..5).map_or((Some(b'u'), 1), |v| (byte(v), 5)),
        [b'x', ..] => hex(1..3).map_or((Some(b'x'), 1), |v| (byte(v), 3)),
        [b'0'..=b'7', ..] => {
            let len = text
                .iter()
                .take(3)
                .take_while(|b| (b'0'..=b'7').contains(b));
            let len = len.count();
            let digits = text.get(..len).unwrap_or_default();
            match super::numbers::octal(digits) {
                Some(value) => (Some(value), len),
                None => (text.first().copied(), 1),
            }
        }
        [byte, ..] => (Some(*byte), 1),
        [] => (None, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_literal_around_a_trigger_is_unescaped() {
        let around = |text: &[u8], word: &[u8]| {
            let at = memchr::memmem::find(text, word).expect("trigger");
            decode(text, at, &mut Literals::default()).map(|decoded| decoded.view)
        };
        let text = br#"x = "PuTTY-User: a\r\nB: \u0063\\n", y = 1"#;
        let view = around(text, b"PuTTY").expect("a literal");
        assert_eq!(view.bytes.as_slice(), b"PuTTY-User: a\r\nB: c\\n");
        assert_eq!(view.map.parent(0), 5);
        let text = br#"{"a":"{\"kty\":\"EC\"}"}"#;
        let view = around(text, b"\"kty").expect("a literal");
        assert_eq!(view.bytes.as_slice(), br#"{"kty":"EC"}"#);
        // Twice escaped is escaped once after one decoding.
        let text = br#"{"a":"{\"b\":\"{\\\"kty\\\":\\\"EC\\\"}\"}"}"#;
        let view = around(text, b"\"kty").expect("a literal");
        let view = around(&view.bytes, b"\"kty").expect("a literal");
        assert_eq!(view.bytes.as_slice(), br#"{"kty":"EC"}"#);
        // Other quotes inside end nothing.
        let text = br#"a: "const k = {\n crv: 'P-256',\n kty: 'EC' }", b"#;
        let view = around(text, b"kty:").expect("a literal");
        assert!(view.bytes.ends_with(b"\n kty: 'EC' }"), "{view:?}");
        assert!(view.bytes.starts_with(b"const k"), "{view:?}");
        assert!(around(br#"{"kty":"EC"}"#, b"\"kty").is_none());
        // As Ruby shows bytes.
        let view = around(br#""MII\e\x00""#, b"MII").expect("a literal");
        assert_eq!(view.bytes.as_slice(), b"MII\x1b\0");
    }

    #[test]
    fn literals_are_joined_from_the_first() {
        let want = br#"{"crv":"P-256","kty":"EC","d":"a"}"#;
        for text in [
            r#"String k = "{"
                + "\"crv\":\"P-256\","
                + "\"kty\":\"EC\","
                + "\"d\":\"a\"}";"#,
            r#"String k = "{" + "\"crv\":\"P-256\"," +
                "\"kty\":\"EC\",\"d\":\"a\"}";"#,
            "k = '{' .\n '\"crv\":\"P-256\",' .\n '\"kty\":\"EC\",\"d\":\"a\"' . '}';",
            "k = ('{'\n   '\"crv\":\"P-256\",'\n  f'\"kty\":\"EC\",\"d\":\"a\"}')",
        ] {
            let at = text.find("kty").expect("there") - 1;
            let decoded = decode(text.as_bytes(), at, &mut Literals::default());
            let decoded = decoded.expect("literals");
            let view = &decoded.view;
            assert_eq!(
                view.bytes.escape_ascii().to_string(),
                want.escape_ascii().to_string(),
                "{text}"
            );
            assert_eq!(view.map.parent(0), text.find('{').expect("there"));
            assert_eq!(view.map.parent(16), at + 1, "{text}");
            assert!(decoded.extent.covers(at, 0));
        }
        // What stands between is more than glue, or no literal ends there.
        for text in [
            "a = 'x'\nb = '\"kty\":'",
            "a = 'x';\n'\"kty\":'",
            "a = x\\'\n'\"kty\":'",
            "x'\n'\"kty\":'",
        ] {
            let at = text.find("\"kty").expect("there");
            let decoded = decode(text.as_bytes(), at, &mut Literals::default());
            assert!(decoded.is_none(), "{text}");
        }
    }

    /// Each trigger may stand in a literal that goes on with the one before.
    #[test]
    fn many_literals_are_looked_at_once() {
        let text = "'\"kty\"' +\n".repeat(100_000);
        let mut literals = Literals::default();
        let mut looked_at = 0;
        let mut end = 0;
        for (at, _) in text.match_indices("\"kty\"") {
            if at >= end
                && let Some(decoded) = decode(text.as_bytes(), at, &mut literals)
            {
                looked_at += decoded.view.span.len();
                end = decoded.view.span.end;
            }
        }
        assert!(looked_at <= 3 * text.len(), "{looked_at}");
    }

    #[test]
    fn bytes_that_can_be_printed_stand_as_they_are() {
        let want = b"0\x82\x01\"\x02\x01\x000\r\x06\t*\x86H\xff'";
        for text in [
            r#"K = b'0\x82\x01"\x02\x01\x000\r\x06\t*\x86H\xff\''"#,
            r#"K = "0\202\1\"\002\001\0000\r\006\t*\206H\377'""#,
            r#"K = "0\u0082\u0001\"\u0002\u0001\u00000\r\u0006\t*\u0086H\u00ff'""#,
            "K = (b\"0\\x82\\x01\\\"\\x02\\x01\\x00\"\n     b\"0\\r\\x06\\t*\\x86H\\xff'\")",
            "K = \"0\\x82\\x01\\\"\\x02\\x01\\x000\\r\" +\n  \"\\x06\\t*\\x86H\\u{ff}'\"",
        ] {
            let at = ANCHORS
                .iter()
                .find_map(|a| memchr::memmem::find(text.as_bytes(), a));
            let at = at.expect("an anchor");
            let view = decode(text.as_bytes(), at, &mut Literals::default())
                .expect("a literal")
                .view;
            assert_eq!(
                view.bytes.escape_ascii().to_string(),
                want.escape_ascii().to_string(),
                "{text}"
            );
            assert_eq!(view.map.parent(4), at, "{text}");
        }
    }
}
