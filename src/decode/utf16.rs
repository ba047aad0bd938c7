//! UTF-16 text of either byte order, with or without a byte order mark.

use zeroize::Zeroizing;

use super::{Decoded, Extent};
use crate::blob::{Map, View};

/// Longest run decoded around one trigger, to each side, in bytes.
const MAX_RUN: usize = 8 << 20;

/// Byte order of UTF-16 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Most significant byte first.
    Big,
    /// Least significant byte first.
    Little,
}

/// Returns the byte order that a byte order mark at the start says.
#[must_use]
pub fn mark(bytes: &[u8]) -> Option<Order> {
    match bytes {
        // FF FE 00 00 would be UTF-32.
        [0xff, 0xfe, rest @ ..] if !rest.starts_with(&[0, 0]) => Some(Order::Little),
        [0xfe, 0xff, ..] => Some(Order::Big),
        _ => None,
    }
}

/// Decodes the run of UTF-16 ASCII text around the character byte at `at`.
///
/// The trigger is the same for both orders (`P\0R\0…` stands in both), so the
/// order is told by where the run begins to be text. Characters beyond ASCII
/// become `?`: no key format needs them.
#[must_use]
pub fn decode(bytes: &[u8], at: usize) -> Option<Decoded> {
    let little = run(bytes, at, Order::Little);
    let big = at.checked_sub(1).and_then(|at| run(bytes, at, Order::Big));
    let view = match (little, big) {
        (Some(l), Some(b)) if b.bytes.len() > l.bytes.len() => b,
        (Some(l), _) => l,
        (None, b) => b?,
    };
    let extent = Extent::whole(view.span.clone());
    Some(Decoded { view, extent })
}

fn unit(pair: &[u8], order: Order) -> u8 {
    let value = match (pair, order) {
        ([a, b], Order::Little) => u16::from_le_bytes([*a, *b]),
        ([a, b], Order::Big) => u16::from_be_bytes([*a, *b]),
        _ => 0,
    };
    match u8::try_from(value) {
        Ok(b) if b.is_ascii() => b,
        _ => b'?',
    }
}

/// Decodes from the pair at `at` to both sides while pairs look like text.
fn run(bytes: &[u8], at: usize, order: Order) -> Option<View> {
    let is_text = |pair: &[u8]| {
        let value = match order {
            Order::Little => {
                u16::from_le_bytes([*pair.first().unwrap_or(&0), *pair.get(1).unwrap_or(&0)])
            }
            Order::Big => {
                u16::from_be_bytes([*pair.first().unwrap_or(&0), *pair.get(1).unwrap_or(&0)])
            }
        };
        // White space and printable text; other scripts, but no private use
        // or surrogates, which binary data is full of.
        matches!(value, 9 | 10 | 13 | 0x20..=0x7e | 0xa0..=0x24f | 0x370..=0x6ff | 0x2000..=0x206f | 0xfeff)
    };
    let floor = at.saturating_sub(MAX_RUN);
    let before = bytes.get(floor..at)?;
    let back = before.rchunks_exact(2).take_while(|p| is_text(p)).count() * 2;
    let after = bytes.get(at..at.saturating_add(MAX_RUN).min(bytes.len()))?;
    let ahead = after.chunks_exact(2).take_while(|p| is_text(p)).count() * 2;
    let start = at - back;
    let text = bytes.get(start..at + ahead)?;
    let out: Vec<u8> = text.chunks_exact(2).map(|p| unit(p, order)).collect();
    (out.len() >= 16).then(|| View {
        bytes: Zeroizing::new(out),
        span: start..at + ahead,
        map: Map::ratio(start, 2, 1),
        layer: match order {
            Order::Little => "utf-16le",
            Order::Big => "utf-16be",
        },
        armor: None,
    })
}

/// Decodes a blob that begins with a byte order mark, as a whole.
#[must_use]
pub fn decode_marked(bytes: &[u8]) -> Option<View> {
    let order = mark(bytes)?;
    let text = bytes.get(2..)?;
    let out: Vec<u8> = text.chunks_exact(2).map(|p| unit(p, order)).collect();
    Some(View {
        bytes: Zeroizing::new(out),
        span: 0..bytes.len(),
        map: Map::ratio(2, 2, 1),
        layer: match order {
            Order::Little => "utf-16le",
            Order::Big => "utf-16be",
        },
        armor: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_are_told_apart() {
        let text = "xx -----BEGIN PRIVATE KEY-----\n";
        for (order, layer) in [(Order::Little, "utf-16le"), (Order::Big, "utf-16be")] {
            let mut bytes = vec![0xd8, 0x01, 0xd8];
            bytes.push(0x02);
            for u in text.encode_utf16() {
                bytes.extend(match order {
                    Order::Little => u.to_le_bytes(),
                    Order::Big => u.to_be_bytes(),
                });
            }
            let at = memchr::memmem::find(&bytes, b"P\0R\0I\0V").expect("trigger");
            let view = decode(&bytes, at).expect("a run").view;
            assert_eq!(view.layer, layer);
            assert!(view.bytes.ends_with(text.as_bytes()), "{layer}");
            let at = memchr::memmem::find(&view.bytes, b"PRIVATE").expect("text");
            assert!(
                view.map
                    .parent(at)
                    .abs_diff(memchr::memmem::find(&bytes, b"P\0R\0I").expect("raw"))
                    <= 1
            );
        }
    }
}
