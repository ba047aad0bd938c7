//! Base64 (RFC 4648 sections 4 and 5), with any wrapping, at any alignment.
//!
//! [`decode`] starts from a trigger that was seen inside encoded text. The
//! trigger's alignment fixes the four-character quantum, so the run can be
//! decoded in both directions without knowing where it begins.

use zeroize::Zeroizing;

use crate::blob::{Map, View};

/// Longest run decoded around one trigger, to each side: a base64 keystore or
/// a small archive in a CI variable; larger ones are met as files.
const MAX_RUN: usize = 4 << 20;

/// Marks characters outside both alphabets.
const NONE: u8 = 0xff;

/// Values of the characters of both alphabets.
const VALUES: [u8; 256] = values();

const fn values() -> [u8; 256] {
    let mut table = [NONE; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut i = 0;
    while i < 64 {
        table[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
}

/// Returns the value of one character.
#[must_use]
pub fn value(byte: u8) -> Option<u8> {
    VALUES.get(usize::from(byte)).copied().filter(|&v| v != NONE)
}

/// Decodes the base64 characters of `text` up to the first padding, passing
/// over everything else.
#[must_use]
pub fn decode_text(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() / 4 * 3 + 3));
    let (mut bits, mut count) = (0_u32, 0);
    for &byte in text {
        if byte == b'=' {
            break;
        }
        if let Some(v) = value(byte) {
            bits = bits << 6 | u32::from(v);
            count += 6;
            if count >= 8 {
                count -= 8;
                out.push((bits >> count) as u8);
            }
        }
    }
    out
}

/// Decodes a whole value strictly: one alphabet run, padding allowed.
///
/// Returns `None` when there is any other character, or too few.
#[must_use]
pub fn decode_value(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.trim_ascii();
    let end = text.iter().position(|&b| b == b'=').unwrap_or(text.len());
    let (data, padding) = text.split_at(end);
    let clean = data.iter().all(|&b| value(b).is_some()) && padding.iter().all(|&b| b == b'=');
    (clean && data.len() % 4 != 1 && !data.is_empty()).then(|| decode_text(data))
}

/// Decodes the run around the character at `at`, whose place in its quantum
/// of four characters is `phase`.
///
/// Also returns a number that is the same for all triggers of one run with
/// one alignment, so that the run is decoded once.
#[must_use]
pub fn decode(bytes: &[u8], at: usize, phase: usize) -> Option<(View, usize)> {
    let start = run_start(bytes, at);
    let limit = at.saturating_add(MAX_RUN).min(bytes.len());
    // Places of the significant characters before the trigger decide how many
    // are left over at the start of the run.
    let before = Characters::new(bytes, start, at).count();
    let lead = (before + 4 - phase % 4) % 4;
    let mut map = Map::default();
    let mut out = Zeroizing::new(Vec::with_capacity((limit - start) / 4 * 3));
    let (mut quantum, mut filled) = (0_u32, 0);
    let (mut first, mut next, mut last) = (None, 0, start);
    for (place, v) in Characters::new(bytes, start, limit).skip(lead) {
        if filled == 0 && place != next {
            map.push(out.len(), place, 4, 3);
        }
        next = place + 1;
        first.get_or_insert(place);
        last = place;
        quantum = quantum << 6 | u32::from(v);
        filled += 1;
        if filled == 4 {
            let [_, a, b, c] = quantum.to_be_bytes();
            out.extend_from_slice(&[a, b, c]);
            (quantum, filled) = (0, 0);
        }
    }
    match filled {
        3 => out.extend_from_slice(&[(quantum >> 10) as u8, (quantum >> 2) as u8]),
        2 => out.push((quantum >> 4) as u8),
        _ => {}
    }
    let first = first?;
    let view = View {
        bytes: out,
        span: first..last + 1,
        map,
        layer: "base64",
        armor: None,
    };
    Some((view, first))
}

/// Goes back from `at` to where the run begins.
fn run_start(bytes: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(MAX_RUN);
    let mut start = at;
    while start > floor {
        let Some(&byte) = bytes.get(start - 1) else { break };
        if value(byte).is_some() {
            start -= 1;
            continue;
        }
        // White space goes on only where it holds a line break.
        let before = bytes.get(floor..start).unwrap_or_default();
        let blank = before.iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
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
    line.iter().rev().take(16).filter(|&&b| value(b).is_some()).count() == 16
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
        let wrapped: Vec<String> = text.as_bytes().chunks(64).map(|c| String::from_utf8_lossy(c).into_owned()).collect();
        for text in [format!("k: {text}"), wrapped.join("\n  "), wrapped.join("\\n")] {
            // "Pj9A" encodes 3e 3f 40: byte 62 is at phase 2 of its quantum.
            let at = text.find("Pj9A").or_else(|| text.find("8PfI"));
            let at = at.unwrap_or(70);
            for phase in 0..4 {
                let Some((view, _)) = decode(text.as_bytes(), at, phase) else { continue };
                if let Some(i) = memchr::memmem::find(&view.bytes, &data[60..90]) {
                    assert_eq!(text.as_bytes()[view.map.parent(i)], text.as_bytes()[view.map.parent(i)]);
                    assert!(view.bytes.len() >= 198);
                    return;
                }
            }
            panic!("no phase decodes {text}");
        }
    }

    #[test]
    fn strict_values() {
        assert_eq!(decode_value(b"AQID").as_deref(), Some(&vec![1, 2, 3]));
        assert_eq!(decode_value(b" AQI= ").as_deref(), Some(&vec![1, 2]));
        assert!(decode_value(b"AQ ID").is_none());
        assert!(decode_value(b"A").is_none());
    }
}
