//! Hexadecimal digits: plain, wrapped, or with colons and spaces between.

use zeroize::Zeroizing;

use super::{Decoded, Extent};
use crate::blob::{Map, View};
use crate::wire::hex::digit;

/// Longest run decoded around one trigger, to each side.
const MAX_RUN: usize = 4 << 20;

/// Whether a byte may stand between two pairs of digits.
fn is_gap(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b':'
}

/// Decodes the run around the digit at `at`, which is the first (`phase` 0)
/// or the second (`phase` 1) of its pair.
#[must_use]
pub fn decode(bytes: &[u8], at: usize, phase: usize) -> Option<Decoded> {
    let floor = at.saturating_sub(MAX_RUN);
    let ceiling = at.saturating_add(MAX_RUN).min(bytes.len());
    let before = bytes.get(floor..at)?;
    let back = before
        .iter()
        .rev()
        .take_while(|&&b| digit(b).is_some() || is_gap(b))
        .count();
    let run = bytes.get(at - back..ceiling)?;
    let lead = run
        .iter()
        .take(back)
        .filter(|&&b| digit(b).is_some())
        .count();
    let digits = run
        .iter()
        .enumerate()
        .take_while(|(_, b)| digit(**b).is_some() || is_gap(**b))
        .filter_map(|(i, &b)| Some((at - back + i, digit(b)?)))
        .skip((lead + phase) % 2);
    let mut map = Map::default();
    let mut seams = Vec::new();
    let mut out = Zeroizing::new(Vec::with_capacity((run.len() / 2).min(64 << 10)));
    let (mut high, mut next, mut end) = (None, usize::MAX, at);
    for (count, (place, d)) in digits.enumerate() {
        if place != next {
            seams.push((place, count));
            map.push(out.len(), place, 2, 1);
        }
        next = place + 1;
        end = next;
        match high.take() {
            None => high = Some(d),
            Some(h) => out.push(h << 4 | d),
        }
    }
    let first = seams.first()?.0;
    Some(Decoded {
        view: View {
            bytes: out,
            span: first..end,
            map,
            layer: "hex",
            armor: None,
        },
        extent: Extent {
            span: first..end,
            seams,
            unit: 2,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_phases_and_gaps() {
        for text in ["x=3082010A02", "x=30:82:01:0a:02", "x=30 82\n01 0a 02"] {
            let decoded = decode(text.as_bytes(), 2, 0).expect("a run");
            assert_eq!(
                decoded.view.bytes.as_slice(),
                [0x30, 0x82, 1, 10, 2],
                "{text}"
            );
        }
        let decoded = decode(b"x=3082010A02", 5, 1).expect("a run");
        assert_eq!(decoded.view.bytes.as_slice(), [0x30, 0x82, 1, 10, 2]);
    }
}
