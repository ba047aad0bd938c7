//! Bytes written as numbers: byte arrays, dumps, digits in groups.
//!
//! [`forms`] says how the first bytes of keys look in the usual ways to write
//! numbers down; the scanner searches for these like for any other literal.
//! [`decode`] then reads the run of numbers around one that was seen, whatever
//! blanks, casts, comments and line breaks stand between the rest of them.

mod array;
mod dump;
mod writing;

pub(super) use array::octal;
pub use writing::forms;
use zeroize::Zeroizing;

use super::{Decoded, Extent};
use crate::blob::{Map, Span, View};

/// Longest way back to where a run begins: the secret part of an OpenPGP key or
/// of a key behind its certificate.
const MAX_BEFORE: usize = 256 << 10;
/// Characters of a run followed: 400 KB as a list, which takes 40 MB on the way.
const MAX_RUN: usize = 2 << 20;
/// Longest line that is taken for one of several.
const MAX_LINE: usize = 4096;
/// One of so many characters of a line of numbers is a digit, at least:
/// `(byte) 0xff, ` has two in thirteen.
const DIGIT_SHARE: usize = 8;
/// Characters behind a literal that are looked at before anything is read.
const SAMPLE: usize = 256;
/// Fewest different characters among them: a matrix of zeros and ones has four, the
/// key with most zero bytes that is written as `0x00, ` has eight.
const MIN_VARIETY: u32 = 6;

/// A run of text read as numbers.
#[derive(Default)]
struct Numbers {
    /// The bytes that the numbers are; they may hold a key.
    bytes: Zeroizing<Vec<u8>>,
    /// Where each of them is written: its first character, and how many.
    places: Vec<(usize, usize)>,
}

impl Numbers {
    /// Adds a byte written at `start` with `len` characters.
    fn push(&mut self, value: u8, start: usize, len: usize) {
        self.bytes.push(value);
        self.places.push((start, len));
    }

    /// Takes everything from the byte at `at` on into a run of its own.
    fn split_off(&mut self, at: usize) -> Self {
        let at = at.min(self.bytes.len());
        Self {
            bytes: Zeroizing::new(self.bytes.split_off(at)),
            places: self.places.split_off(at),
        }
    }

    /// Returns the text that the numbers are written in.
    fn span(&self) -> Option<Span> {
        let (start, _) = self.places.first()?;
        let (last, len) = self.places.last()?;
        Some(*start..last + len)
    }

    /// Returns the run as a view of the text.
    fn view(self, layer: &'static str) -> Option<View> {
        let span = self.span()?;
        let mut map = Map::default();
        let mut expected: Option<(usize, usize)> = None;
        for (i, (start, _)) in self.places.iter().enumerate() {
            // Pieces go on as long as numbers stand evenly spaced.
            let next = self.places.get(i + 1);
            let step = next.map(|(next, _)| next.saturating_sub(*start));
            if expected.is_none_or(|(at, _)| at != *start) || step != expected.map(|e| e.1) {
                map.push(i, *start, step.unwrap_or(1), 1);
            }
            expected = step.map(|step| (start + step, step));
        }
        Some(View {
            bytes: self.bytes,
            span,
            map,
            layer,
            armor: None,
        })
    }
}

/// Decodes the run of numbers in which the literal at `at` stands.
#[must_use]
pub fn decode(bytes: &[u8], at: usize) -> Option<Decoded> {
    if bytes.get(at..at + SAMPLE).is_some_and(is_monotonous) {
        return None;
    }
    let start = run_start(bytes, at);
    let text = bytes.get(..start.saturating_add(MAX_RUN)).unwrap_or(bytes);
    // Dumps first: a line of one, with its offset, is a list as well.
    let (numbers, layer) = match dump::read(text, start, at) {
        Some(numbers) => (numbers, "hexdump"),
        None => array::read(text, start, at)?,
    };
    let view = numbers.view(layer)?;
    Some(Decoded {
        extent: Extent::whole(view.span.clone()),
        view,
    })
}

/// Whether a text has too few different characters to hold a key. A matrix of megabytes is
/// a run of numbers as well, and reading it is dear.
fn is_monotonous(text: &[u8]) -> bool {
    let bit = |b: &u8| 1_u128 << (b & 0x7f);
    let seen = text.iter().fold(0, |seen, b| seen | bit(b));
    seen.count_ones() < MIN_VARIETY
}

/// Goes back from `at` to where the line begins, and over the lines of numbers
/// before it.
fn run_start(bytes: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(MAX_BEFORE);
    let line_start = |end: usize| {
        let before = bytes.get(floor..end).unwrap_or_default();
        memchr::memrchr(b'\n', before).map_or(floor, |i| floor + i + 1)
    };
    let mut start = line_start(at);
    while start > floor {
        let before = line_start(start - 1);
        let line = bytes.get(before..start).unwrap_or_default();
        let digits = line.iter().filter(|b| b.is_ascii_digit()).count();
        if line.len() > MAX_LINE || digits * DIGIT_SHARE < line.trim_ascii().len().max(1) {
            break;
        }
        start = before;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a PKCS#1 key, and noise.
    fn key() -> Vec<u8> {
        let tail = (0..200).map(|i: u8| i.wrapping_mul(91).wrapping_add(7));
        let head = [0x30, 0x81, 0xcb, 2, 1, 0, 2];
        head.into_iter().chain(tail).collect()
    }

    fn list(write: impl Fn(u8) -> String, join: &str, width: usize) -> String {
        let key = key();
        let lines = key.chunks(width).map(|line| {
            let line: Vec<String> = line.iter().map(|b| write(*b)).collect();
            line.join(join)
        });
        lines.collect::<Vec<_>>().join(&format!("{join}\n    "))
    }

    fn dump(group: usize) -> String {
        let key = key();
        let lines = key.chunks(16).enumerate().map(|(i, line)| {
            let digits = |group: &[u8]| group.iter().map(|b| format!("{b:02x}")).collect();
            let groups: Vec<String> = line.chunks(group).map(digits).collect();
            format!("{:08x}: {}  ..<0..A..\n", i * 16, groups.join(" "))
        });
        lines.collect()
    }

    #[test]
    fn every_writing_is_seen_decoded_and_mapped() {
        let code = "    let total = items.iter().map(|item| item.size * 2 + 1).sum::<u64>();\n";
        let forms = forms(&[2, 1, 0, 2]);
        for (name, text) in [
            ("c", list(|b| format!("0x{b:02x}"), ", ", 12)),
            ("json", list(|b| b.to_string(), ",", 1000)),
            ("json lines", list(|b| b.to_string(), ",", 1)),
            ("java", list(|b| format!("(byte)0x{b:02x}"), ", ", 8)),
            ("signed", list(|b| b.cast_signed().to_string(), ", ", 16)),
            ("aligned", list(|b| format!("{b:>3}"), ", ", 16)),
            ("kotlin", list(|b| format!("0x{b:02x}.toByte()"), ", ", 6)),
            ("basic", list(|b| format!("&H{b:02X}"), ", ", 12)),
            ("escapes", list(|b| format!("\\x{b:02x}"), "", 1000)),
            ("colons", list(|b| format!("{b:02x}"), ":", 15)),
            ("dump", dump(1)),
            ("words", dump(2)),
        ] {
            let text = format!("{code}{code}{{\n{text}\n}};\n{code}");
            let found = |form: &Vec<u8>| memchr::memmem::find(text.as_bytes(), form);
            let at = forms.iter().find_map(found);
            let at = at.unwrap_or_else(|| panic!("{name}: {text}"));
            let decoded = decode(text.as_bytes(), at).expect("a run");
            let view = &decoded.view;
            assert_eq!(view.bytes.as_slice(), key(), "{name}: {text}");
            assert!(decoded.extent.covers(at.max(view.span.start), 0), "{name}");
            // The number at a mapped place is the byte.
            for (i, byte) in key().iter().enumerate() {
                let written = text.get(view.map.parent(i)..).expect("a place");
                let wanted = match name {
                    "json" | "json lines" => byte.to_string(),
                    "signed" => byte.cast_signed().to_string(),
                    "aligned" => byte.to_string(),
                    "basic" => format!("&H{byte:02X}"),
                    "escapes" => format!("\\x{byte:02x}"),
                    "colons" | "dump" | "words" => format!("{byte:02x}"),
                    _ => format!("0x{byte:02x}"),
                };
                assert!(written.starts_with(&wanted), "{name} {i}: {byte}");
            }
        }
    }

    #[test]
    fn a_matrix_is_left() {
        let line = "0 1 0 0 0 1 2 1 0 2 0 0\n".repeat(100);
        assert!(decode(line.as_bytes(), 240).is_none());
        // A scalar of zeros, but for its last bit, is a key.
        let scalar = format!("{}, 0x01, 0xa0, 0x0a", ["0x00"; 31].join(", "));
        let key = format!(
            "0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20, {scalar}{}",
            " ".repeat(99)
        );
        let decoded = decode(key.as_bytes(), 12).expect("a run");
        assert_eq!(decoded.view.bytes.len(), 41);
    }

    #[test]
    fn what_is_no_run_of_numbers_is_left() {
        // A literal in a table of large numbers, and in prose.
        for text in [
            "0x123456, 0x02010030, 02 01 00 30 , 0x777777",
            "see 2, 1, 0, 2, and so on",
        ] {
            let at = text.find("02 01 00 30").or_else(|| text.find("2, 1, 0, 2"));
            let decoded = decode(text.as_bytes(), at.expect("a literal"));
            let bytes = decoded.map_or(0, |decoded| decoded.view.bytes.len());
            assert!(bytes <= 4, "{text}");
        }
    }
}
