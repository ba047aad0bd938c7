//! Text inside a string literal: `\n`, `\"`, `\u0041` and their like.
//!
//! Only the literal around a trigger is decoded, one level of escapes at a
//! time; text that was escaped twice is decoded by a view of the view. PEM
//! needs none of this: the armour decoder reads escaped text itself.
//!
//! Which quotes belong together is only known from the start of a line: in
//! `"{ kty: 'EC' }"` the inner ones end nothing.

use zeroize::Zeroizing;

use super::{Decoded, Extent};
use crate::blob::{Map, View};

/// Longest literal decoded around one trigger, to each side.
const MAX_RUN: usize = 1 << 20;

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

/// Decodes the literal around `at`; `None` when it has no escapes.
#[must_use]
pub fn decode(bytes: &[u8], at: usize, literals: &mut Literals) -> Option<Decoded> {
    if at < literals.plain {
        return None;
    }
    literals.advance(bytes, at);
    let ends = |byte: u8| match literals.quote {
        Some(quote) => byte == quote,
        None => matches!(byte, b'"' | b'\'' | b'`'),
    };
    let start = literals.start;
    let ceiling = at.saturating_add(MAX_RUN).min(bytes.len());
    let text = bytes.get(start..ceiling)?;
    let mut out = Zeroizing::new(Vec::with_capacity(text.len().min(8 << 10)));
    let mut map = Map::ratio(start, 1, 1);
    let (mut i, mut escapes) = (0, 0_usize);
    while let Some(&byte) = text.get(i) {
        match byte {
            b'\n' => break,
            _ if ends(byte) => break,
            b'\\' => {
                let (value, len) = escape(text.get(i + 1..).unwrap_or_default());
                i += 1 + len;
                escapes += 1;
                out.extend(value);
                map.push(out.len(), start + i, 1, 1);
            }
            _ => {
                out.push(byte);
                i += 1;
            }
        }
    }
    if escapes == 0 {
        literals.plain = start + i;
    }
    (escapes > 0 && start + i > at).then(|| {
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

/// Returns what an escape stands for and how many bytes follow the backslash.
fn escape(text: &[u8]) -> (Option<u8>, usize) {
    let hex = |range: std::ops::Range<usize>| {
        let digits = text.get(range)?;
        let digits = std::str::from_utf8(digits).ok()?;
        u32::from_str_radix(digits, 16).ok()
    };
    let ascii = |value: u32| {
        Some(
            u8::try_from(value)
                .ok()
                .filter(u8::is_ascii)
                .unwrap_or(b'?'),
        )
    };
    match text.first() {
        Some(b'n') => (Some(b'\n'), 1),
        Some(b'r') => (Some(b'\r'), 1),
        Some(b't') => (Some(b'\t'), 1),
        Some(b'u') => hex(1..5).map_or((Some(b'u'), 1), |v| (ascii(v), 5)),
        Some(b'x') => hex(1..3).map_or((Some(b'x'), 1), |v| (ascii(v), 3)),
        Some(&byte) => (Some(byte), 1),
        None => (None, 0),
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
    }
}
