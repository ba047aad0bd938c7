//! Text inside a string literal: `\n`, `\"`, `\u0041` and their like.
//!
//! Only the literal around a trigger is decoded, one level of escapes at a
//! time; text that was escaped twice is decoded by a view of the view. PEM
//! needs none of this: the armour decoder reads escaped text itself.

use zeroize::Zeroizing;

use super::{Decoded, Extent};
use crate::blob::{Map, View};

/// Longest literal decoded around one trigger, to each side.
const MAX_RUN: usize = 1 << 20;

/// Decodes the literal around `at`; `None` when it has no escapes.
#[must_use]
pub fn decode(bytes: &[u8], at: usize) -> Option<Decoded> {
    let floor = at.saturating_sub(MAX_RUN);
    let ceiling = at.saturating_add(MAX_RUN).min(bytes.len());
    let start = literal_start(bytes, floor, at);
    let text = bytes.get(start..ceiling)?;
    let mut out = Zeroizing::new(Vec::with_capacity(text.len().min(8 << 10)));
    let mut map = Map::ratio(start, 1, 1);
    let (mut i, mut escapes) = (0, 0_usize);
    while let Some(&byte) = text.get(i) {
        match byte {
            b'\n' => break,
            // The quote at which the literal ends, unless it began there.
            b'"' | b'\'' | b'`' if start + i > at || i > 0 => break,
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

/// Returns where the literal begins: behind an unescaped quote or line break.
fn literal_start(bytes: &[u8], floor: usize, at: usize) -> usize {
    let mut start = at;
    // A trigger may begin with an escaped quote: its backslash belongs to it.
    while start > floor && bytes.get(start - 1) == Some(&b'\\') {
        start -= 1;
    }
    while start > floor {
        let before = bytes.get(start - 1).copied();
        let escaped = start >= 2 && bytes.get(start - 2) == Some(&b'\\');
        match before {
            Some(b'\n') => break,
            Some(b'"' | b'\'' | b'`') if !escaped => break,
            _ => start -= 1,
        }
    }
    start
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
        let text = br#"x = "PuTTY-User: a\r\nB: \u0063\\n", y = 1"#;
        let view = decode(text, 5).expect("a literal").view;
        assert_eq!(view.bytes.as_slice(), b"PuTTY-User: a\r\nB: c\\n");
        assert_eq!(view.map.parent(0), 5);
        let text = br#"{"a":"{\"kty\":\"EC\"}"}"#;
        let at = memchr::memmem::find(text, b"\"kty").expect("trigger");
        let view = decode(text, at).expect("a literal").view;
        assert_eq!(view.bytes.as_slice(), br#"{"kty":"EC"}"#);
        assert!(decode(br#"{"kty":"EC"}"#, 1).is_none());
    }
}
