//! Base64 (RFC 4648 sections 4 and 5), with any wrapping, at any alignment.
//!
//! [`decode`] starts from a trigger that was seen inside encoded text. The
//! trigger's alignment fixes the four-character quantum, so the run can be
//! decoded in both directions without knowing where it begins.

use zeroize::Zeroizing;

use super::{Decoded, Extent};
use crate::blob::{Map, View};
use crate::wire::base64::value;

/// Longest run decoded around one trigger, to each side: a base64 keystore or
/// a small archive in a CI variable; larger ones are met as files.
const MAX_RUN: usize = 4 << 20;

/// Decodes the run around the character at `at`, whose place in its quantum
/// of four characters is `phase`.
#[must_use]
pub fn decode(bytes: &[u8], at: usize, phase: usize) -> Option<Decoded> {
    let start = run_start(bytes, at);
    let limit = at.saturating_add(MAX_RUN).min(bytes.len());
    // The number of characters before the trigger decides how many are left
    // over at the start of the run.
    let before = Characters::new(bytes, start, at).count();
    let lead = (before + 4 - phase % 4) % 4;
    let mut map = Map::default();
    let mut seams = Vec::new();
    let mut out = Zeroizing::new(Vec::with_capacity(((limit - start) / 4 * 3).min(64 << 10)));
    let (mut quantum, mut next, mut end) = (0_u32, usize::MAX, start);
    let mut count = 0_usize;
    for (place, v) in Characters::new(bytes, start, limit).skip(lead) {
        if place != next {
            seams.push((place, count));
            map.push(out.len(), place, 4, 3);
        }
        next = place + 1;
        end = next;
        quantum = quantum << 6 | u32::from(v);
        count += 1;
        if count.is_multiple_of(4) {
            let [_, a, b, c] = quantum.to_be_bytes();
            out.extend_from_slice(&[a, b, c]);
            quantum = 0;
        }
    }
    match count % 4 {
        3 => out.extend_from_slice(&[(quantum >> 10) as u8, (quantum >> 2) as u8]),
        2 => out.push((quantum >> 4) as u8),
        _ => {}
    }
    let first = seams.first()?.0;
    Some(Decoded {
        view: View {
            bytes: out,
            span: first..end,
            map,
            layer: "base64",
            armor: None,
        },
        extent: Extent {
            span: first..end,
            seams,
            unit: 4,
        },
    })
}

/// Goes back from `at` to where the run begins.
fn run_start(bytes: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(MAX_RUN);
    let mut start = at;
    while start > floor {
        let Some(&byte) = bytes.get(start - 1) else {
            break;
        };
        if value(byte).is_some() {
            start -= 1;
            continue;
        }
        // White space goes on only where it holds a line break.
        let before = bytes.get(floor..start).unwrap_or_default();
        let blank = before
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        let gap = before.get(before.len() - blank..).unwrap_or_default();
        let line_before = before.get(..before.len() - blank).unwrap_or_default();
        let wrapped = gap.contains(&b'\n') && ends_with_run(line_before);
        let escaped = byte == b'\\' && bytes.get(start).is_some_and(|b| matches!(b, b'n' | b'r'));
        if escaped {
            start -= 1;
        } else if wrapped {
            start -= blank;
        } else {
            break;
        }
    }
    start
}

/// Whether a line ends with enough base64 to be the line before in a wrap.
fn ends_with_run(line: &[u8]) -> bool {
    line.iter()
        .rev()
        .take(16)
        .filter(|&&b| value(b).is_some())
        .count()
        == 16
}

/// The significant characters of a run: place and value.
struct Characters<'a> {
    bytes: &'a [u8],
    place: usize,
    end: usize,
}

impl<'a> Characters<'a> {
    fn new(bytes: &'a [u8], place: usize, end: usize) -> Self {
        Self { bytes, place, end }
    }
}

impl Iterator for Characters<'_> {
    type Item = (usize, u8);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.place >= self.end {
                return None;
            }
            let &byte = self.bytes.get(self.place)?;
            if let Some(v) = value(byte) {
                self.place += 1;
                return Some((self.place - 1, v));
            }
            let rest = self.bytes.get(self.place..self.end)?;
            let gap = match rest {
                // A line break that was escaped, once or more often.
                [b'\\', ..] => {
                    let slashes = rest.iter().take_while(|&&b| b == b'\\').count();
                    match rest.get(slashes) {
                        Some(b'n' | b'r' | b't') => slashes + 1,
                        Some(b'/' | b'\n') => slashes,
                        _ => return None,
                    }
                }
                _ => {
                    let blank = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
                    if !rest.iter().take(blank).any(|&b| b == b'\n') {
                        return None;
                    }
                    blank
                }
            };
            self.place += gap;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::base64::{Engine as _, engine::general_purpose::STANDARD};

    #[test]
    fn a_run_is_decoded_from_its_middle() {
        let data: Vec<u8> = (0..200).collect();
        let text = STANDARD.encode(&data);
        let wrapped: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .filter_map(|c| std::str::from_utf8(c).ok())
            .collect();
        for text in [
            format!("k: {text}"),
            format!("k: {}", wrapped.join("\n  ")),
            wrapped.join("\\n"),
        ] {
            let text = text.as_bytes();
            // Bytes 60, 61 and 62 are one quantum.
            let quantum = STANDARD.encode([60, 61, 62]);
            let at = memchr::memmem::find(text, quantum.as_bytes()).expect("quantum");
            let decoded = decode(text, at, 0).expect("a run");
            assert!(
                decoded.view.bytes.starts_with(&data[..198]),
                "{}",
                String::from_utf8_lossy(text)
            );
            assert_eq!(decoded.view.map.parent(60), at);
            assert!(decoded.extent.covers(at, 0));
            assert!(!decoded.extent.covers(at, 1));
        }
    }
}
