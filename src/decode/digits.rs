//! The second look: text that is mostly numbers, where literals cannot be
//! searched.
//!
//! A key written as a list of bytes (`0x30, 0x82`, `48, -126`, `\x30\x82`), as
//! spaced or coloned hexadecimal, or as a dump begins in too many ways for the
//! literals of the prefilter: blanks, casts and line breaks stand anywhere. But
//! all of them are long runs of digits, and ordinary text is not. So bytes are
//! probed at one place in [`STRIDE`]; only where digits stand close enough on
//! all sides is the text read as numbers, and only when the numbers hold a
//! literal that some format waits for is there a trigger:
//!
//! > [`WINDOW`] bytes in which every [`PROBE`] bytes look like numbers, and which
//! > hold, written as numbers, a literal that a format waits for.
//!
//! That is a function of [`WINDOW`] bytes, wherever they stand and whatever
//! stands around them: the sweep of git deltas relies on it. Any run of so many
//! bytes holds a whole probe, which makes looking at few places enough. The
//! smallest key there is (48 bytes) takes more than 140 characters as a list.

use std::ops::Range;

use zeroize::Zeroizing;

use super::{array, dump};
use crate::blob::{Map, Span, View};

/// Bytes that a trigger of this kind takes.
pub const WINDOW: usize = 128;
/// Bytes looked at in one place.
const PROBE: usize = 32;
/// Distance of the places looked at: any [`WINDOW`] holds a whole probe.
const STRIDE: usize = WINDOW - PROBE;
/// Decimal digits in a probe. `0xff, 0xfe, …` behind `.toByte()` has two in a
/// bad place, but the first bytes of keys are small numbers.
const DIGITS: u64 = 3;
/// Shortest run of digits of the line offset in a dump.
const OFFSET: usize = 6;
/// Characters of a run followed: 400 KB as a list, which takes 40 MB on the way.
const MAX_RUN: usize = 2 << 20;

/// A run of text read as numbers.
#[derive(Default)]
pub struct Numbers {
    /// The bytes that the numbers are; they may hold a key.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Where each of them is written.
    pub places: Vec<Place>,
    /// Name of the decoding.
    pub layer: &'static str,
}

/// Where one number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Offset of its first character.
    pub start: usize,
    /// Characters it takes.
    pub len: u8,
}

impl Numbers {
    /// Adds a byte written at `start` with `len` characters.
    pub(super) fn push(&mut self, value: u8, start: usize, len: usize) {
        self.bytes.push(value);
        self.places.push(Place {
            start,
            len: u8::try_from(len).unwrap_or(u8::MAX),
        });
    }

    /// Returns an empty run with room for `len` bytes.
    pub(super) fn named(layer: &'static str, len: usize) -> Self {
        Self {
            bytes: Zeroizing::new(Vec::with_capacity(len)),
            places: Vec::with_capacity(len),
            layer,
        }
    }

    /// Takes everything from the byte at `at` on into a run of its own.
    pub(super) fn split_off(&mut self, at: usize) -> Self {
        let at = at.min(self.bytes.len());
        Self {
            bytes: Zeroizing::new(self.bytes.split_off(at)),
            places: self.places.split_off(at),
            layer: self.layer,
        }
    }

    /// Returns the text that a range of the bytes was written in.
    fn extent(&self, range: &Range<usize>) -> Option<Span> {
        let first = self.places.get(range.start)?;
        let last = self.places.get(range.end.checked_sub(1)?)?;
        Some(first.start..last.start + usize::from(last.len))
    }

    /// Returns the run as a view of the text.
    fn view(&self) -> Option<View> {
        let span = self.extent(&(0..self.bytes.len()))?;
        let mut map = Map::default();
        let mut expected: Option<(usize, usize)> = None;
        for (i, place) in self.places.iter().enumerate() {
            // Pieces go on as long as numbers stand evenly spaced.
            let step = self.places.get(i + 1).map(|next| next.start - place.start);
            if expected.is_none_or(|(at, _)| at != place.start) || step != expected.map(|e| e.1) {
                map.push(i, place.start, step.unwrap_or(1), 1);
            }
            expected = step.map(|step| (place.start + step, step));
        }
        Some(View {
            bytes: self.bytes.clone(),
            span,
            map,
            layer: self.layer,
            armor: None,
        })
    }
}

/// What is looked for among numbers: returns the first place, from an offset
/// on, at which a literal stands in bytes.
pub type Wanted<'a> = &'a dyn Fn(&[u8], usize) -> Option<Range<usize>>;

/// Whether numbers that are wanted stand in these bytes.
#[must_use]
pub fn seen_in(bytes: &[u8], wanted: Wanted<'_>) -> bool {
    let mut seen = false;
    look(bytes, wanted, &mut |_| {
        seen = true;
        false
    });
    seen
}

/// Returns a view of each run of numbers that holds something wanted.
#[must_use]
pub fn views(bytes: &[u8], wanted: Wanted<'_>) -> Vec<View> {
    let mut views = Vec::new();
    look(bytes, wanted, &mut |numbers| {
        views.extend(numbers.view());
        true
    });
    views
}

/// Shows every run of numbers in which something wanted stands, until `found`
/// says no. Returns how many bytes were read as numbers.
pub fn look(bytes: &[u8], wanted: Wanted<'_>, found: &mut dyn FnMut(&Numbers) -> bool) -> usize {
    let (mut at, mut read, mut shown) = (0, 0, 0);
    let holds = |values: &[u8]| wanted(values, 0).is_some();
    while at + PROBE <= bytes.len() {
        if !probe(bytes, at) || !amid_numbers(bytes, at) {
            at += STRIDE;
            continue;
        }
        // Whatever window the probe lies in begins and ends here within.
        let region = at.saturating_sub(WINDOW)..(at + WINDOW).min(bytes.len());
        let most = region.start.saturating_add(MAX_RUN);
        let mut go_on = true;
        let mut show = |numbers: &Numbers| {
            let Some(span) = numbers.extent(&(0..numbers.bytes.len())) else {
                return true;
            };
            if span.start >= shown && is_trigger(bytes, numbers, wanted) {
                shown = span.end;
                go_on = found(numbers);
            }
            go_on
        };
        // Dumps first: a line of one, with its offset, is a list as well.
        let mut end = dump::read(bytes, region.clone(), most, &holds, &mut show);
        end = end.max(array::read(bytes, region.clone(), most, &holds, &mut show));
        read += end - region.start;
        if !go_on {
            return read;
        }
        at = (at + STRIDE).max(end.saturating_sub(WINDOW));
    }
    read
}

/// Whether a literal that is wanted stands in numbers, and text that looks like
/// numbers all around it.
fn is_trigger(bytes: &[u8], numbers: &Numbers, wanted: Wanted<'_>) -> bool {
    let mut from = 0;
    while let Some(literal) = wanted(&numbers.bytes, from) {
        let extent = numbers.extent(&literal);
        if extent.is_some_and(|extent| is_within_numbers(bytes, &extent)) {
            return true;
        }
        from = literal.start + 1;
    }
    false
}

/// Whether some [`WINDOW`] bytes around `extent` look like numbers throughout.
fn is_within_numbers(bytes: &[u8], extent: &Span) -> bool {
    let first = extent.end.saturating_sub(WINDOW);
    let mut run = 0;
    // Windows that begin from `first` to the extent's own beginning.
    for at in first..=extent.start.saturating_add(STRIDE) {
        run = if probe(bytes, at) { run + 1 } else { 0 };
        if run > STRIDE {
            return true;
        }
    }
    false
}

/// Whether a probe may lie in a window of probes: of the steps to both sides
/// that a window has room for, at least two are numbers too.
fn amid_numbers(bytes: &[u8], at: usize) -> bool {
    let before = (1..=STRIDE / PROBE)
        .take_while(|i| at.checked_sub(i * PROBE).is_some_and(|at| probe(bytes, at)));
    let before = before.count();
    let after = (1..=STRIDE / PROBE).take_while(|i| probe(bytes, at + i * PROBE));
    before + after.count() >= STRIDE / PROBE - 1
}

/// Whether the [`PROBE`] bytes from `at` on look like numbers.
fn probe(bytes: &[u8], at: usize) -> bool {
    let window = bytes.get(at..).and_then(|rest| rest.first_chunk::<PROBE>());
    window.is_some_and(|window| digits(window) >= DIGITS && is_numeric(window))
}

/// Counts decimal digits, eight at a time.
fn digits(window: &[u8; PROBE]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (words, _) = window.as_chunks();
    let others: u64 = words
        .iter()
        .map(|word| {
            // Digits become 0 to 9; bit 7 is set of what is above, or no ASCII.
            let x = u64::from_le_bytes(*word) ^ (ONES * 0x30);
            let above = (x & (ONES * 0x7f)) + ONES * 0x76;
            (above | x) >> 7 & ONES
        })
        .sum();
    PROBE as u64 - (others.wrapping_mul(ONES) >> 56)
}

/// Whether text with digits may be a list, digits in groups, or a dump.
fn is_numeric(window: &[u8; PROBE]) -> bool {
    let (mut len, mut digits) = (0, 0);
    for b in window {
        match CLASSES.get(usize::from(*b)) {
            Some(2) => digits += 1,
            Some(1) => {}
            _ => break,
        }
        len += 1;
    }
    let is_list = len >= 5 && digits >= 3;
    (is_list || has_offset(window) || has_casts(window)) && !has_large(window)
}

/// 2 for hexadecimal digits, 1 for what stands between numbers in lists.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let between = b" \t\r\n,:\\-()\"'+%$&_xXuH";
    let mut i = 0;
    while i < between.len() {
        classes[between[i] as usize] = 1;
        i += 1;
    }
    i = 0;
    while i < 22 {
        classes[b"0123456789abcdefABCDEF"[i] as usize] = 2;
        i += 1;
    }
    classes
};

/// Whether a number here is no byte: `0x123`, `1.5`.
fn has_large(window: &[u8; PROBE]) -> bool {
    let is_hex = |b: &u8| b.is_ascii_hexdigit();
    window.windows(5).any(|w| match w {
        [b'0', b'x', rest @ ..] => rest.iter().all(is_hex),
        [a, b'.', b, ..] => a.is_ascii_digit() && b.is_ascii_digit(),
        _ => false,
    })
}

/// Whether a line begins with the offset of a dump.
fn has_offset(window: &[u8; PROBE]) -> bool {
    let line = window.iter().position(|b| *b == b'\n');
    let line = line.and_then(|i| window.get(i + 1..i + 1 + OFFSET));
    line.is_some_and(|line| line.iter().all(u8::is_ascii_hexdigit))
}

/// Whether numbers stand here with words around each: `(byte) 0x30`,
/// `0x30.toByte()`.
fn has_casts(window: &[u8; PROBE]) -> bool {
    let prefixes = window
        .windows(2)
        .filter(|w| matches!(w, [b'0', b'x' | b'X']));
    prefixes.count() >= 2 || window.windows(3).any(|w| w == b"yte")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITERAL: &[u8] = b"\x02\x01\x00\x02";

    fn wanted(bytes: &[u8], from: usize) -> Option<Range<usize>> {
        let at = memchr::memmem::find(bytes.get(from..)?, LITERAL)?;
        Some(from + at..from + at + LITERAL.len())
    }

    fn key() -> Vec<u8> {
        let tail = (0..200).map(|i: u8| i.wrapping_mul(91).wrapping_add(7));
        [0x30, 0x81, 0xcb, 2, 1, 0, 2]
            .into_iter()
            .chain(tail)
            .collect()
    }

    /// Ways to write a key, with code around.
    fn texts() -> Vec<(&'static str, String)> {
        let list = |write: &dyn Fn(u8) -> String, join: &str, width: usize| {
            let key = key();
            let lines = key.chunks(width).map(|line| {
                let line: Vec<String> = line.iter().map(|b| write(*b)).collect();
                line.join(join)
            });
            lines.collect::<Vec<_>>().join(&format!("{join}\n    "))
        };
        let dump = |bar: &str| -> String {
            let key = key();
            let line = |(i, line): (usize, &[u8])| {
                let digits: Vec<String> = line.iter().map(|b| format!("{b:02x}")).collect();
                let (a, b) = digits.split_at(digits.len().min(8));
                format!(
                    "{:08x}  {}  {}  {bar}..<0..A..\n",
                    i * 16,
                    a.join(" "),
                    b.join(" ")
                )
            };
            key.chunks(16).enumerate().map(line).collect()
        };
        vec![
            ("c", list(&|b| format!("0x{b:02x}"), ", ", 12)),
            ("json", list(&|b| b.to_string(), ",", 1000)),
            ("json-lines", list(&|b| b.to_string(), ",", 1)),
            ("java", list(&|b| format!("(byte)0x{b:02x}"), ", ", 8)),
            ("signed", list(&|b| (b as i8).to_string(), ", ", 16)),
            ("kotlin", list(&|b| format!("0x{b:02x}.toByte()"), ", ", 6)),
            ("escapes", list(&|b| format!("\\x{b:02x}"), "", 1000)),
            ("colons", list(&|b| format!("{b:02x}"), ":", 15)),
            ("hex", list(&|b| format!("{b:02x}"), "", 1000)),
            ("hex-lines", list(&|b| format!("{b:02X}"), "", 32)),
            ("dump", dump("|")),
        ]
    }

    fn code(lines: usize) -> String {
        let line = "    let total = items.iter().map(|item| item.size * 2 + 1).sum::<u64>();\n";
        line.repeat(lines)
    }

    #[test]
    fn every_writing_is_seen_and_mapped() {
        for (name, text) in texts() {
            for lines in [0, 1, 2, 7] {
                let text = format!("{}{{\n    {text}\n}};\n{}", code(lines), code(9));
                let text = match name {
                    "dump" => text.replace("{\n    ", "{\n"),
                    _ => text,
                };
                assert!(seen_in(text.as_bytes(), &wanted), "{name}: {text}");
                let views = views(text.as_bytes(), &wanted);
                let [view] = views.as_slice() else {
                    panic!("{name}: {} views", views.len());
                };
                assert_eq!(view.bytes.as_slice(), key(), "{name}: {text}");
                let first = text.find("{\n").expect("the list") + 2;
                assert!(view.span.start >= first && view.span.end <= text.len());
                let line = |at: usize| text.get(..at).expect("text").lines().count();
                let written = |i: usize| {
                    let at = view.map.parent(i);
                    text.get(at..at + 8).expect("text").to_owned()
                };
                assert!(line(view.map.parent(0)) <= line(first) + 1, "{name}");
                // The number at a mapped place is the byte.
                if matches!(name, "c" | "colons" | "dump" | "hex") {
                    for (i, byte) in key().iter().enumerate() {
                        let digits = written(i);
                        let digits = digits.trim_start_matches("0x");
                        assert!(
                            digits.starts_with(&format!("{byte:02x}")),
                            "{name} {i} {digits}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_trigger_is_a_function_of_a_window() {
        // Whatever part of the text is shown: if it holds the window, it is seen;
        // and if nothing is seen in the whole, no part shows a key.
        for (name, text) in texts() {
            let text = format!("{}\n{text}\n{}", code(4), code(4));
            let bytes = text.as_bytes();
            let views = views(bytes, &wanted);
            let literal = views.first().expect("a key").map.parent(3);
            // It ends before the number behind it begins.
            let end = views.first().expect("a key").map.parent(3 + LITERAL.len());
            let window = (end.saturating_sub(WINDOW)..=literal)
                .find(|at| (*at..=*at + STRIDE).all(|i| probe(bytes, i)))
                .map(|at| at..at + WINDOW)
                .expect("a window");
            for (before, after) in [(0, 0), (1, 0), (17, 5), (40, 300), (333, 1), (127, 127)] {
                let from = window.start.saturating_sub(before);
                let to = (window.end + after).min(bytes.len());
                let part = bytes.get(from..to).expect("a part");
                assert!(
                    seen_in(part, &wanted),
                    "{name}: {before} before, {after} after"
                );
            }
        }
    }

    #[test]
    fn what_holds_no_key_costs_little_and_is_silent() {
        let image: String = (0..20_000_u32)
            .map(|i| format!("0x{:02x}, ", i * i % 251))
            .collect();
        let table: String = (0..20_000_u32).map(|i| format!("{}, ", i * 7919)).collect();
        let floats: String = (0..20_000_u32).map(|i| format!("{}.25 ", i % 97)).collect();
        let hashes: String = (0..2_000_u64)
            .map(|i| {
                format!(
                    "checksum = \"{:064x}\"\nname = \"x\"\n",
                    u128::from(i) << 77
                )
            })
            .collect();
        for (name, text, most) in [
            ("code", code(4_000), 0),
            ("image", image, 2),
            ("table", table, 2),
            ("floats", floats, 2),
            ("hashes", hashes, 2),
        ] {
            let mut found = 0;
            let read = look(text.as_bytes(), &wanted, &mut |_| {
                found += 1;
                true
            });
            assert_eq!(found, 0, "{name}");
            // The work, in bytes read as numbers: at most so many times the text.
            assert!(
                read <= most * text.len(),
                "{name}: {read} of {}",
                text.len()
            );
        }
    }
}
