//! Bytes written as numbers: byte arrays, dumps, digits in groups.
//!
//! [`forms`] says how the first bytes of keys look in the usual ways to write
//! numbers down; the scanner searches for these like for any other literal.
//! [`decode`] then reads the run of numbers around one that was seen, whatever
//! blanks, casts, comments and line breaks stand between the rest of them.

mod array;
mod dump;

pub(super) use array::octal;
use zeroize::Zeroizing;

use super::{Decoded, Extent};
use crate::blob::{Map, Span, View};

/// Most bytes of a literal that are searched for as numbers: more would reach
/// the end of a line too often.
const MAX_LITERAL: usize = 6;
/// Fewest numbers worth it.
const MIN_LITERAL: usize = 4;
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

/// Returns how a literal is written as numbers: its first few, and the next, as a
/// line may break within either.
///
/// Object identifiers begin alike in keys and certificates: of these the end is
/// searched for first.
#[must_use]
pub fn forms(literal: &[u8]) -> Vec<Vec<u8>> {
    let first = |part: &[u8]| part.get(..MAX_LITERAL).unwrap_or(part).to_vec();
    let (piece, other) = match literal.first() {
        Some(6) => {
            let (before, end) = literal.split_at(literal.len().saturating_sub(MAX_LITERAL));
            (end.to_vec(), first(before))
        }
        _ => {
            let rest = literal.get(MAX_LITERAL..).unwrap_or_default();
            (first(literal), first(rest))
        }
    };
    let mut forms = forms_of(&piece);
    if other.len() >= MIN_LITERAL {
        forms.extend(forms_of(&other));
    }
    forms
}

fn forms_of(piece: &[u8]) -> Vec<Vec<u8>> {
    let first = |most: usize, write: &dyn Fn(u8) -> String, join: &str| {
        let numbers: Vec<String> = piece.iter().take(most).map(|b| write(*b)).collect();
        numbers.join(join).into_bytes()
    };
    let list = |write: &dyn Fn(u8) -> String, join: &str| first(MAX_LITERAL, write, join);
    let lower = |b: u8| format!("{b:02x}");
    let upper = |b: u8| format!("{b:02X}");
    let decimal = |b: u8| b.to_string();
    let signed = |b: u8| b.cast_signed().to_string();
    let mut forms = vec![
        list(&|b| format!("{b:>3}"), ","),
        list(&|b| format!("{b:>3}"), ", "),
        list(&|b| format!("\\{b:03o}"), ""),
        list(&|b| format!("{b:03o}"), " "),
        list(&|b| format!("0x{b:x}"), ", "),
        list(&|b| format!("0x{b:x}"), ","),
        // Words of `hexdump` and `od -x`.
        piece
            .chunks_exact(2)
            .map(|pair| pair.iter().rev().map(|b| lower(*b)).collect())
            .collect::<Vec<String>>()
            .join(" ")
            .into_bytes(),
    ];
    for write in [&decimal as &dyn Fn(u8) -> String, &signed] {
        forms.push(list(write, ","));
        forms.push(list(write, ", "));
        forms.push(list(write, " "));
        for indent in ["  ", "    ", "      ", "        ", "\t"] {
            forms.push(list(write, &format!(",\n{indent}")));
        }
    }
    for digits in [&lower as &dyn Fn(u8) -> String, &upper] {
        for join in [" ", ":", "-", ","] {
            forms.push(list(digits, join));
        }
        for prefix in ["0x", "&H", "$"] {
            let write = |b| format!("{prefix}{}", digits(b));
            forms.push(list(&write, ", "));
            forms.push(list(&write, ","));
        }
        // Casts make short lines, but are rare enough themselves.
        forms.push(first(2, &|b| format!("(byte)0x{}", digits(b)), ", "));
        forms.push(first(2, &|b| format!("(byte) 0x{}", digits(b)), ", "));
        forms.push(first(2, &|b| format!("0x{}.toByte()", digits(b)), ", "));
        forms.push(list(&|b| format!("0x{}u8", digits(b)), ", "));
        forms.push(list(&|b| format!("\\x{}", digits(b)), ""));
        forms.push(list(&|b| format!("\\u00{}", digits(b)), ""));
        forms.push(list(&|b| format!("%{}", digits(b)), ""));
        // Dumps in words of two bytes: the literal may begin in the middle of one.
        for (first, seam) in [(0, 2), (1, 2)] {
            let odd = piece.iter().take(first).map(|b| digits(*b));
            let rest = piece.iter().skip(first).copied().collect::<Vec<u8>>();
            let words = rest
                .chunks(seam)
                .map(|word| word.iter().map(|b| digits(*b)).collect());
            let words: Vec<String> = odd.chain(words).collect();
            forms.push(words.join(" ").into_bytes());
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

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
