//! Dumps of binary data: `xxd`, `hexdump -C`, `od -tx1`, `od -x`, `od -b` and
//! their like.
//!
//! ```text
//! 00000000: 3082 04a4 0201 0002 8201 0100 c2a1 9f3c  0..............<
//! 00000000  30 82 04 a4 02 01 00 02  82 01 01 00 c2 a1 9f 3c  |0..............<|
//! 0000000 8230 a404 0102 0200 0182 0001 a1c2 3c9f
//! ```
//!
//! A line is an offset, groups of digits, and whatever follows two blanks. Lines
//! belong together when offsets go on by as much as was read.

use super::Numbers;
use super::array::octal;
use crate::wire::hex;

/// Longest line: 64 bytes with their characters.
const MAX_LINE: usize = 320;
/// Longest indentation or comment mark before the offset.
const MAX_MARK: usize = 32;
/// Fewest bytes that are taken for a dump.
const MIN_BYTES: usize = 16;

/// Reads dumps from the line at `start` on until the one that holds `at` is at
/// its end, and returns it.
pub(super) fn read(text: &[u8], start: usize, at: usize) -> Option<Numbers> {
    let mut numbers = Numbers::default();
    let mut next: Option<Offsets> = None;
    let mut place = start;
    let holds = |numbers: &Numbers| numbers.span().is_some_and(|span| span.contains(&at));
    while place < text.len() && (place <= at || !numbers.bytes.is_empty()) {
        let end = line_end(text, place);
        let before = numbers.bytes.len();
        let line = text.get(place..end).filter(|line| line.len() <= MAX_LINE);
        let offsets = line.and_then(|line| read_line(line, place, &mut numbers));
        let goes_on = match (&next, &offsets) {
            (Some(next), Some(offsets)) => next.meets(offsets),
            _ => before == 0 && offsets.is_some(),
        };
        if !goes_on {
            let line = numbers.split_off(before);
            if holds(&numbers) {
                break;
            }
            numbers = line;
        }
        let read = numbers.bytes.len() - if goes_on { before } else { 0 };
        next = offsets.map(|offsets| offsets.after(read));
        place = end;
    }
    (holds(&numbers) && numbers.bytes.len() >= MIN_BYTES).then_some(numbers)
}

/// Returns where the next line begins.
fn line_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    memchr::memchr(b'\n', rest).map_or(text.len(), |i| at + i + 1)
}

/// An offset, in every base that its digits may be of.
#[derive(Clone, Copy, Debug)]
struct Offsets {
    hex: Option<u64>,
    octal: Option<u64>,
    decimal: Option<u64>,
}

impl Offsets {
    fn of(digits: &[u8]) -> Self {
        let text = std::str::from_utf8(digits).unwrap_or_default();
        let read = |radix| u64::from_str_radix(text, radix).ok();
        Self {
            hex: read(16),
            octal: read(8),
            decimal: read(10),
        }
    }

    fn after(self, len: usize) -> Self {
        let add = |offset: Option<u64>| offset?.checked_add(len as u64);
        Self {
            hex: add(self.hex),
            octal: add(self.octal),
            decimal: add(self.decimal),
        }
    }

    fn meets(&self, other: &Self) -> bool {
        let same = |a: Option<u64>, b: Option<u64>| a.is_some() && a == b;
        same(self.hex, other.hex)
            || same(self.octal, other.octal)
            || same(self.decimal, other.decimal)
    }
}

/// Reads the bytes of one line; returns its offset.
fn read_line(line: &[u8], start: usize, numbers: &mut Numbers) -> Option<Offsets> {
    let is_mark = |b: &u8| matches!(b, b' ' | b'\t' | b'/' | b'*' | b'#' | b'>' | b'|' | b'"');
    let mark = line
        .iter()
        .take(MAX_MARK)
        .take_while(|b| is_mark(b))
        .count();
    let rest = line.get(mark..)?;
    let prefix = if rest.starts_with(b"0x") { 2 } else { 0 };
    let rest = rest.get(prefix..)?;
    let len = rest.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    if !(4..=16).contains(&len) {
        return None;
    }
    let offsets = Offsets::of(rest.get(..len)?);
    let colon = rest.get(len) == Some(&b':');
    let mut at = mark + prefix + len + usize::from(colon);
    let mut width = 0;
    loop {
        let rest = line.get(at..).unwrap_or_default();
        let blanks = rest
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        let group = rest.get(blanks..).unwrap_or_default();
        let len = group.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let ends = group.get(len).is_none_or(|b| b.is_ascii_whitespace());
        // Two blanks: the middle of a line of `hexdump`, or its end.
        let middle = width == 2 && !colon && numbers_on(numbers, start) == 8 && blanks == 2;
        let is_next = width == 0 || blanks == 1 || middle;
        let fits =
            matches!(len, 2 | 3 | 4 | 8) && (width == 0 || len == width || (colon && len < width));
        if blanks == 0 || !is_next || !ends || !fits {
            break;
        }
        let place = start + at + blanks;
        if !push_group(group.get(..len)?, place, colon, numbers) {
            break;
        }
        width = width.max(len);
        at += blanks + len;
    }
    (width > 0).then_some(offsets)
}

/// Counts the bytes of the line that begins at `start`.
fn numbers_on(numbers: &Numbers, start: usize) -> usize {
    let places = numbers.places.iter().rev();
    places.take_while(|(place, _)| *place >= start).count()
}

/// Reads one group: bytes as they stand, a word of `hexdump` or `od` with its
/// bytes swapped, or an octal byte.
fn push_group(group: &[u8], place: usize, colon: bool, numbers: &mut Numbers) -> bool {
    if group.len() == 3 {
        let Some(value) = octal(group) else {
            return false;
        };
        numbers.push(value, place, 3);
        return true;
    }
    let pairs = group.chunks_exact(2).enumerate();
    let value = |digits: &[u8]| match *digits {
        [high, low] => hex::pair(high, low),
        _ => None,
    };
    let swapped = group.len() > 2 && !colon;
    let mut bytes: Vec<(u8, usize)> = pairs
        .filter_map(|(i, pair)| Some((value(pair)?, place + 2 * i)))
        .collect();
    if swapped {
        // The text is not in order any more: every byte stands at its word.
        bytes.reverse();
        bytes.iter_mut().for_each(|(_, at)| *at = place);
    }
    for (value, at) in bytes {
        numbers.push(value, at, if swapped { group.len() } else { 2 });
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: [u8; 40] = [
        0x30, 0x82, 4, 0xa4, 2, 1, 0, 2, 0x82, 1, 1, 0, 0xc2, 0xa1, 0x9f, 0x3c, 0x7c, 0x20, 0x41,
        0x42, 0x0a, 0xff, 0xee, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
    ];

    /// Made with `xxd`, `xxd -g1`, `xxd -c 8 -g 4`, `hexdump -C`, `hexdump`,
    /// `od -tx1`, `od -b` and `od -A d -x` of the bytes above.
    const DUMPS: [&str; 8] = [
        "00000000: 3082 04a4 0201 0002 8201 0100 c2a1 9f3c  0..............<\n00000010: 7c20 4142 0aff ee11 0102 0304 0506 0708  | AB............\n00000020: 090a 0b0c 0d0e 0f10                      ........\n",
        "00000000: 30 82 04 a4 02 01 00 02 82 01 01 00 c2 a1 9f 3c  0..............<\n00000010: 7c 20 41 42 0a ff ee 11 01 02 03 04 05 06 07 08  | AB............\n00000020: 09 0a 0b 0c 0d 0e 0f 10                          ........\n",
        "00000000: 308204a4 02010002  0.......\n00000008: 82010100 c2a19f3c  .......<\n00000010: 7c204142 0affee11  | AB....\n00000018: 01020304 05060708  ........\n00000020: 090a0b0c 0d0e0f10  ........\n",
        "00000000  30 82 04 a4 02 01 00 02  82 01 01 00 c2 a1 9f 3c  |0..............<|\n00000010  7c 20 41 42 0a ff ee 11  01 02 03 04 05 06 07 08  || AB............|\n00000020  09 0a 0b 0c 0d 0e 0f 10                           |........|\n00000028\n",
        "0000000 8230 a404 0102 0200 0182 0001 a1c2 3c9f\n0000010 207c 4241 ff0a 11ee 0201 0403 0605 0807\n0000020 0a09 0c0b 0e0d 100f                    \n0000028\n",
        "0000000 30 82 04 a4 02 01 00 02 82 01 01 00 c2 a1 9f 3c\n0000020 7c 20 41 42 0a ff ee 11 01 02 03 04 05 06 07 08\n0000040 09 0a 0b 0c 0d 0e 0f 10\n0000050\n",
        "0000000 060 202 004 244 002 001 000 002 202 001 001 000 302 241 237 074\n0000020 174 040 101 102 012 377 356 021 001 002 003 004 005 006 007 010\n0000040 011 012 013 014 015 016 017 020\n0000050\n",
        "0000000 8230 a404 0102 0200 0182 0001 a1c2 3c9f\n0000016 207c 4241 ff0a 11ee 0201 0403 0605 0807\n0000032 0a09 0c0b 0e0d 100f\n0000040\n",
    ];

    #[test]
    fn every_dump_gives_its_bytes() {
        for dump in DUMPS {
            for text in [
                dump.to_owned(),
                format!("$ xxd key.der\n{dump}$ \n"),
                dump.lines().map(|l| format!("    // {l}\n")).collect(),
            ] {
                // The first bytes, however they are grouped.
                let first = ["3082", "30 82", "308204a4", "8230", "060 202"];
                let at = first
                    .iter()
                    .find_map(|first| text.find(first))
                    .expect("bytes");
                let numbers = read(text.as_bytes(), 0, at).expect("a dump");
                assert_eq!(numbers.bytes.as_slice(), BYTES, "{text}");
                assert_eq!(numbers.places.first().expect("bytes").0, at, "{text}");
            }
        }
    }

    #[test]
    fn lines_that_do_not_go_on_are_apart() {
        let text = "00000000: 3082 04a4 0201 0002 8201 0100 c2a1 9f3c\n00000100: 3082 04a4 0201 0002 8201 0100 c2a1 9f3c\n";
        for at in [10, 70] {
            let numbers = read(text.as_bytes(), 0, at).expect("a dump");
            assert_eq!(numbers.bytes.len(), 16);
            assert!(numbers.span().expect("bytes").contains(&at));
        }
    }
}
