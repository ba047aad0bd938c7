//! UTF-32 text of either byte order, with or without a byte order mark.
//!
//! Nobody writes such files on purpose, but `Encoding.UTF32` and a wrong
//! `iconv` do. They are known by their first bytes: a mark, or four characters
//! of ASCII that each take four bytes.

use zeroize::Zeroizing;

use crate::blob::{Map, View};

/// Characters of ASCII that a file without mark begins with.
const ASCII_CHARACTERS: usize = 4;

/// Byte order of UTF-32 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Most significant byte first.
    Big,
    /// Least significant byte first.
    Little,
}

/// Returns the byte order of a file that begins so, and the length of its mark.
#[must_use]
pub fn order(head: &[u8]) -> Option<(Order, usize)> {
    let begins = |order| {
        let mut units = head.chunks_exact(4).take(ASCII_CHARACTERS);
        units.len() == ASCII_CHARACTERS && units.all(|unit| is_ascii_text(value(unit, order)))
    };
    match head {
        [0xff, 0xfe, 0, 0, ..] => Some((Order::Little, 4)),
        [0, 0, 0xfe, 0xff, ..] => Some((Order::Big, 4)),
        _ if begins(Order::Little) => Some((Order::Little, 0)),
        _ if begins(Order::Big) => Some((Order::Big, 0)),
        _ => None,
    }
}

fn value(unit: &[u8], order: Order) -> u32 {
    let bytes = unit.first_chunk().copied().unwrap_or_default();
    match order {
        Order::Big => u32::from_be_bytes(bytes),
        Order::Little => u32::from_le_bytes(bytes),
    }
}

fn is_ascii_text(value: u32) -> bool {
    matches!(value, 9 | 10 | 13 | 0x20..=0x7e)
}

/// Decodes a blob of UTF-32 text. Characters beyond ASCII become `?`.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<View> {
    let (order, mark) = order(bytes)?;
    let text = bytes.get(mark..)?;
    let out: Vec<u8> = text
        .chunks_exact(4)
        .map(|unit| match u8::try_from(value(unit, order)) {
            Ok(b) if b.is_ascii() => b,
            _ => b'?',
        })
        .collect();
    Some(View {
        bytes: Zeroizing::new(out),
        span: 0..bytes.len(),
        map: Map::ratio(mark, 4, 1),
        layer: match order {
            Order::Little => "utf-32le",
            Order::Big => "utf-32be",
        },
        armor: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_with_and_without_mark() {
        let text = "-----BEGIN PRIVATE KEY-----\n";
        for (order, layer) in [(Order::Little, "utf-32le"), (Order::Big, "utf-32be")] {
            for marked in ["\u{feff}", ""] {
                let bytes: Vec<u8> = format!("{marked}{text}")
                    .chars()
                    .flat_map(|c| match order {
                        Order::Little => u32::from(c).to_le_bytes(),
                        Order::Big => u32::from(c).to_be_bytes(),
                    })
                    .collect();
                let view = decode(&bytes).expect("text");
                assert_eq!(view.layer, layer);
                assert_eq!(view.bytes.as_slice(), text.as_bytes());
                assert_eq!(view.map.parent(5), marked.chars().count() * 4 + 20);
            }
        }
    }

    #[test]
    fn tables_of_words_are_no_text() {
        let words: Vec<u8> = (0..64_u32).flat_map(u32::to_le_bytes).collect();
        assert!(decode(&words).is_none());
        assert!(decode(b"plain text is no UTF-32").is_none());
        assert!(decode(b"a\0\0\0b\0\0\0").is_none());
    }
}
