//! Runs: stretches of text without blanks and quotes, and texts between quotes, found with the
//! widest instructions that the processor has.
//!
//! Where secrets of a list are sought every file is cut up like this, whatever stands in it, so
//! that nearly all of the time of such a scan is spent here.

use fearless_simd::{Level, dispatch, prelude::*, u8x32, u8x64};

use super::sought::MAX_TOKEN;
use crate::blob::Span;

/// Bytes that are looked at together for the end of a run.
const PIECE: usize = 32;
/// Bytes that are looked at together for marks.
const BLOCK: usize = 64;

/// Returns the next run of at least `least` bytes without blanks, quotes and
/// control characters.
///
/// Looks from the end of each stretch of that many bytes for one that ends a run,
/// and goes on behind it: most bytes of ordinary text are never looked at.
pub(super) fn next_run(level: Level, bytes: &[u8], mut at: usize, least: usize) -> Option<Span> {
    let mut known = None;
    if least >= PIECE {
        (at, known) = dispatch!(level, simd => skipped(simd, bytes, at, least));
    }
    let ends = |b: &u8| !IN_RUN.get(usize::from(*b)).copied().unwrap_or(false);
    if known.is_none() {
        while let Some(end) = bytes.get(at..at + least)?.iter().rposition(ends) {
            at += end + 1;
        }
    }
    let known = known.unwrap_or(least);
    let rest = bytes.get(at + known..)?;
    let more = rest.iter().position(ends);
    Some(at..at + known + more.unwrap_or(rest.len()))
}

/// Goes to where a run of at least [`PIECE`] bytes begins, or near the end of the bytes; returns
/// that place and, if it is a run, how many bytes of it are known. Inlined, so that it is
/// compiled for each level.
#[inline(always)]
fn skipped<S: Simd>(simd: S, bytes: &[u8], mut at: usize, least: usize) -> (usize, Option<usize>) {
    let piece = |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk::<PIECE>());
    while let Some(last) = piece(at + least - PIECE) {
        // One bit of each byte, the last byte's highest.
        let bits = ends(u8x32::load_array_ref(simd, last));
        if bits != 0 {
            at += least - bits.leading_zeros() as usize;
            continue;
        }
        let whole = bytes.get(at..at + least - PIECE).unwrap_or_default();
        if !whole
            .iter()
            .all(|b| IN_RUN.get(usize::from(*b)).copied().unwrap_or(false))
        {
            break;
        }
        let mut known = least;
        while let Some(next) = piece(at + known) {
            let bits = ends(u8x32::load_array_ref(simd, next));
            known += bits.trailing_zeros() as usize;
            if bits != 0 {
                break;
            }
        }
        return (at, Some(known));
    }
    (at, None)
}

/// Returns a bit for each byte that ends a run.
#[inline(always)]
fn ends<S: Simd>(bytes: u8x32<S>) -> u32 {
    let ends = bytes.simd_lt(0x21) | bytes.simd_gt(0x7e);
    let ends = ends | bytes.simd_eq(b'"') | bytes.simd_eq(b'\'') | bytes.simd_eq(b'`');
    u32::try_from(ends.to_bitmask()).unwrap_or(u32::MAX)
}

/// The bytes of runs.
static IN_RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        table[byte] = !matches!(byte as u8, b'"' | b'\'' | b'`');
        byte += 1;
    }
    table
};

/// Blocks of a run of which the marks are kept.
const KEPT: usize = 4;

/// Which characters of a run are none of base64, of either alphabet.
pub(super) struct Marks<'a> {
    level: Level,
    run: &'a [u8],
    /// The part that is asked about.
    part: Span,
    kept: [u64; KEPT],
    escapes: bool,
}

impl<'a> Marks<'a> {
    /// Looks at a run, of which only a part is asked about.
    pub(super) fn new(level: Level, run: &'a [u8], part: Span) -> Self {
        let mut marks = Self {
            level,
            run,
            part,
            kept: [0; KEPT],
            escapes: false,
        };
        let mut escapes = 0;
        for (at, block) in run.chunks(BLOCK).take(KEPT).enumerate() {
            let (mark, escape) = classes(level, block);
            escapes |= escape;
            if let Some(kept) = marks.kept.get_mut(at) {
                *kept = mark;
            }
        }
        let rest = run.get(KEPT * BLOCK..).unwrap_or_default();
        marks.escapes = escapes != 0 || memchr::memchr(b'\\', rest).is_some();
        marks
    }

    /// Whether there is a backslash in the run.
    pub(super) const fn escapes(&self) -> bool {
        self.escapes
    }

    /// Returns the place in the part of the first mark from `from` on, or the part's end.
    pub(super) fn next(&self, from: usize) -> usize {
        let mut at = self.part.start + from;
        while at < self.part.end {
            let block = at / BLOCK;
            let marks = self.kept.get(block).copied().unwrap_or_else(|| {
                let rest = self.run.get(block * BLOCK..).unwrap_or_default();
                classes(self.level, rest).0
            });
            let marks = marks >> (at % BLOCK);
            if marks != 0 {
                at += marks.trailing_zeros() as usize;
                break;
            }
            at = (block + 1) * BLOCK;
        }
        at.min(self.part.end) - self.part.start
    }
}

/// Returns the first block of bytes, filled up where there are fewer.
fn block_of(rest: &[u8], fill: u8) -> [u8; BLOCK] {
    rest.first_chunk().copied().unwrap_or_else(|| {
        let mut block = [fill; BLOCK];
        if let Some(room) = block.get_mut(..rest.len()) {
            room.copy_from_slice(rest);
        }
        block
    })
}

/// Returns a bit for each character of the first block that is none of base64, and for each
/// backslash.
fn classes(level: Level, rest: &[u8]) -> (u64, u64) {
    let bytes = block_of(rest, b'A');
    dispatch!(level, simd => classes_of(simd, &bytes))
}

/// Inlined, so that it is compiled for each level.
#[inline(always)]
fn classes_of<S: Simd>(simd: S, bytes: &[u8; BLOCK]) -> (u64, u64) {
    let bytes = u8x64::load_array_ref(simd, bytes);
    let lower = bytes | u8x64::splat(simd, 0x20);
    let letters = lower.simd_ge(b'a') & lower.simd_le(b'z');
    // From `-` to `9` are the digits, `.` and `/`.
    let digits = bytes.simd_ge(b'-') & bytes.simd_le(b'9');
    let signs = bytes.simd_eq(b'+') | bytes.simd_eq(b'_');
    let base64 = (letters | digits | signs).to_bitmask() & !bytes.simd_eq(b'.').to_bitmask();
    (!base64, bytes.simd_eq(b'\\').to_bitmask())
}

/// The texts between two quotes of a kind, of at least `least` and at most [`MAX_TOKEN`] bytes.
pub(super) struct Quoted<'a> {
    level: Level,
    bytes: &'a [u8],
    least: usize,
    /// Where the block that is being looked at begins, and the quotes left in it.
    block: usize,
    quotes: u64,
    /// Behind the last quote of each kind.
    opened: [usize; 3],
}

impl<'a> Quoted<'a> {
    pub(super) fn new(level: Level, bytes: &'a [u8], least: usize) -> Self {
        Self {
            level,
            bytes,
            least,
            block: 0,
            quotes: quotes(level, bytes),
            opened: [usize::MAX; 3],
        }
    }
}

impl Iterator for Quoted<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        loop {
            while self.quotes == 0 {
                self.block += BLOCK;
                let rest = self
                    .bytes
                    .get(self.block..)
                    .filter(|rest| !rest.is_empty())?;
                self.quotes = quotes(self.level, rest);
            }
            let at = self.block + self.quotes.trailing_zeros() as usize;
            self.quotes &= self.quotes - 1;
            let kind = match self.bytes.get(at) {
                Some(b'"') => 0,
                Some(b'\'') => 1,
                _ => 2,
            };
            let opened = self.opened.get_mut(kind)?;
            let open = std::mem::replace(opened, at + 1);
            let len = at.wrapping_sub(open);
            if open <= at && (self.least..=MAX_TOKEN).contains(&len) {
                return Some(open..at);
            }
        }
    }
}

/// Returns a bit for each quote of the first block.
fn quotes(level: Level, rest: &[u8]) -> u64 {
    let bytes = block_of(rest, 0);
    dispatch!(level, simd => quotes_of(u8x64::load_array_ref(simd, &bytes)))
}

/// Inlined, so that it is compiled for each level.
#[inline(always)]
fn quotes_of<S: Simd>(bytes: u8x64<S>) -> u64 {
    let quotes = bytes.simd_eq(b'"') | bytes.simd_eq(b'\'') | bytes.simd_eq(b'`');
    quotes.to_bitmask()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(bytes: &[u8], least: usize) -> Vec<Span> {
        let mut runs = Vec::new();
        let mut from = 0;
        for at in 0..=bytes.len() {
            let inside = bytes.get(at).is_some_and(|b| IN_RUN[usize::from(*b)]);
            if !inside {
                runs.extend((at - from >= least).then_some(from..at));
                from = at + 1;
            }
        }
        runs
    }

    proptest! {
        #[test]
        fn runs_are_those_that_are_long_enough(
            text in prop::collection::vec(prop_oneof![8 => Just(b'a'), 1 => any::<u8>()], 0..400),
            least in 16..70_usize,
        ) {
            let mut runs = Vec::new();
            let mut at = 0;
            while let Some(run) = next_run(Level::new(), &text, at, least) {
                at = run.end + 1;
                runs.push(run);
            }
            prop_assert_eq!(runs, naive(&text, least));
        }

        #[test]
        fn marks_are_what_is_not_of_base64(
            run in prop::collection::vec(any::<u8>(), 1..400),
            ends in (0..20_usize, 0..20_usize),
        ) {
            let start = ends.0.min(run.len());
            let part = start..run.len().saturating_sub(ends.1).max(start);
            let marks = Marks::new(Level::new(), &run, part.clone());
            prop_assert_eq!(marks.escapes(), run.contains(&b'\\'));
            let text = &run[part];
            let is_mark = |b: &u8| !(b.is_ascii_alphanumeric() || b"+/-_".contains(b));
            for from in 0..=text.len() {
                let mark = text[from..].iter().position(is_mark);
                prop_assert_eq!(marks.next(from), mark.map_or(text.len(), |mark| from + mark));
            }
        }

        #[test]
        fn quoted_texts_stand_between_quotes_of_a_kind(
            text in "[a\"'` ]{0,300}",
            least in 0..8_usize,
        ) {
            let bytes = text.as_bytes();
            let mut expected = Vec::new();
            for (at, byte) in bytes.iter().enumerate() {
                if b"\"'`".contains(byte)
                    && let Some(open) = bytes[..at].iter().rposition(|b| b == byte)
                    && at - open > least
                {
                    expected.push(open + 1..at);
                }
            }
            let found: Vec<Span> = Quoted::new(Level::new(), bytes, least).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
