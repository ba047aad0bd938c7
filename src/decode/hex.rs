//! Hexadecimal digits: plain, wrapped, or with colons and spaces between.

use zeroize::Zeroizing;

use crate::blob::{Map, View};

/// Longest run decoded around one trigger, to each side.
const MAX_RUN: usize = 4 << 20;

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|d| d as u8)
}

/// Whether a byte may stand between two pairs of digits.
fn is_gap(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b':'
}

/// Decodes the run around the digit at `at`, which is the first (`phase` 0)
/// or the second (`phase` 1) of its pair.
///
/// The second value is the same for all triggers of one run and phase.
#[must_use]
pub fn decode(bytes: &[u8], at: usize, phase: usize) -> Option<(View, usize)> {
    let floor = at.saturating_sub(MAX_RUN);
    let ceiling = at.saturating_add(MAX_RUN).min(bytes.len());
    let before = bytes.get(floor..at)?;
    let back = before.iter().rev().take_while(|&&b| digit(b).is_some() || is_gap(b)).count();
    let run = bytes.get(at - back..ceiling)?;
    let lead = before.get(before.len() - back..)?.iter().filter(|&&b| digit(b).is_some()).count();
    let mut skip = (lead + phase) % 2;
    let mut map = Map::default();
    let mut out = Zeroizing::new(Vec::with_capacity(run.len() / 2));
    let (mut high, mut first, mut next, mut last) = (None, None, 0, 0);
    for (i, &byte) in run.iter().enumerate() {
        let Some(d) = digit(byte) else {
            if is_gap(byte) {
                continue;
            }
            break;
        };
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let place = at - back + i;
        last = place;
        match high.take() {
            None => {
                first.get_or_insert(place);
                if place != next {
                    map.push(out.len(), place, 2, 1);
                }
                next = place + 2;
                high = Some(d);
            }
            Some(h) => out.push(h << 4 | d),
        }
    }
    let first = first?;
    let view = View {
        bytes: out,
        span: first..last + 1,
        map,
        layer: "hex",
        armor: None,
    };
    Some((view, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_phases_and_gaps() {
        for text in ["x=3082010A02", "x=30:82:01:0a:02", "x=30 82\n01 0a 02"] {
            let (view, _) = decode(text.as_bytes(), 2, 0).expect("a run");
            assert_eq!(view.bytes.as_slice(), [0x30, 0x82, 1, 10, 2], "{text}");
        }
        let (view, _) = decode(b"x=3082010A02", 5, 1).expect("a run");
        assert_eq!(view.bytes.as_slice(), [0x30, 0x82, 1, 10, 2]);
    }
}
