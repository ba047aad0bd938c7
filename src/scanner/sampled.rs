//! Literals by some of their words, at the speed of memory.
//!
//! Whatever the alignment, one of four consecutive words of a literal stands at an
//! offset that is a multiple of four, so one look at every fourth place is enough. A
//! literal of [`WHOLE`] bytes has four words of its own. Shorter ones are continued: by any
//! byte before them, those of [`SAMPLED`] bytes also by one behind them, which may be any or
//! one of several ([`Behind`](crate::blob::Behind)).
//!
//! A word's hash is looked up in a bitmap. Where its bit is set, what stands beside it is
//! compared with what stands beside it in its literals ([`Hints`]), and then the literals. With the
//! literals of today about one bit in 100 is set, and one word in 60 of source text has such a bit.

use super::bitmap::{BATCH, BLOCK, Bitmap, WORD, hash};
use super::frequency::CommonWords;
use super::hints::{Beside, Hints, beside};
use super::search::Literals;
use crate::blob::{Behind, Literal, LiteralAt};

/// Shortest literal, in bytes: one word of it stands at a multiple of four, or three bytes of one.
pub(crate) const SAMPLED: usize = 5;
/// Shortest literal with four words of its own, one byte apart.
pub(crate) const WHOLE: usize = STRIDE + WORD - 1;
/// Bytes between two looks.
pub(super) const STRIDE: usize = 4;
/// Places for each word in a table, at least.
const ROOM: usize = 2;
/// Of a word, the bytes of which all, all but the last and all but the first are known. The
/// first byte of a word is the lowest of the number.
const MASKS: [u32; 3] = [u32::MAX, 0x00ff_ffff, 0xffff_ff00];
/// Which of the masks.
const ALL: usize = 0;
const LAST_OPEN: usize = 1;
const FIRST_OPEN: usize = 2;
/// Mark of a place that holds no word, and of the end of a list.
const FREE: u32 = u32::MAX;

/// Whether a literal is long enough to be sampled.
pub(crate) fn is_sampled(literal: &Literal) -> bool {
    literal.bytes.len() >= SAMPLED
}

/// A word of a literal. Small: there are ten thousand.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// What is known of the word.
    word: u32,
    /// Place in the list of the next one with the same word.
    next: u32,
    literal: u32,
    /// What stands beside the word in the literal.
    beside: Beside,
    /// Of the [`MASKS`].
    mask: u8,
    /// Where the word stands in the literal; the one that begins before it at -1.
    at: i16,
}

impl Known {
    /// Adds the sampled words of a literal to a list.
    fn add(literal: usize, wanted: &Literal, common: &CommonWords, list: &mut Vec<Self>) {
        let bytes = wanted.bytes.as_slice();
        let first = match bytes.len() {
            0..SAMPLED => return,
            SAMPLED..WHOLE => -1,
            _ => i16::try_from(common.rarest(bytes)).unwrap_or(0),
        };
        for at in first..first + STRIDE as i16 {
            list.extend(Self::new(literal, bytes, at));
        }
    }

    fn new(literal: usize, bytes: &[u8], at: i16) -> Option<Self> {
        let rest = bytes.get(usize::try_from(at).unwrap_or(0)..)?;
        let (word, mask) = match *rest {
            [a, b, c, ..] if at < 0 => ([0, a, b, c], FIRST_OPEN),
            [a, b, c, d, ..] => ([a, b, c, d], ALL),
            [a, b, c] => ([a, b, c, 0], LAST_OPEN),
            _ => return None,
        };
        Some(Self {
            word: u32::from_le_bytes(word),
            next: FREE,
            literal: u32::try_from(literal).ok()?,
            beside: Beside::of(bytes, at.into()),
            mask: mask as u8,
            at,
        })
    }

    /// Calls `set` with all words that this one stands for.
    fn words(&self, behind: Option<&Behind>, mut set: impl FnMut(u32)) {
        match (usize::from(self.mask), behind) {
            (ALL, _) => set(self.word),
            (FIRST_OPEN, _) => (0..=0xff).for_each(|first| set(self.word | first)),
            (_, None) => (0..=0xff_u32).for_each(|last| set(self.word | last << 24)),
            (_, Some(behind)) => {
                let lasts = behind.first().map(u32::from);
                lasts.for_each(|last| set(self.word | last << 24));
            }
        }
    }

    /// Returns where the literal begins whose word is seen at `at`.
    fn begin(&self, at: usize) -> Option<usize> {
        at.checked_add_signed(-isize::from(self.at))
    }
}

/// Returns the word that begins at a place.
#[inline(always)]
fn word(text: &[u8], at: usize) -> Option<u32> {
    let word = text.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*word))
}

/// Words by the top bits of their hash; the next free place where that is taken. The number of
/// places is a power of two.
#[derive(Debug)]
struct Table {
    /// Words, and the first of the list with each.
    places: Vec<(u32, u32)>,
}

impl Table {
    /// Enters the words that have this mask, and links those that are the same: this is done at
    /// every start, so nothing is sorted.
    fn new(list: &mut [Known], mask: usize) -> Self {
        let is_ours = |known: &&Known| usize::from(known.mask) == mask;
        let places = (list.iter().filter(is_ours).count() * ROOM).next_power_of_two();
        let mut table = Self {
            places: vec![(0, FREE); places.max(ROOM)],
        };
        for (i, known) in list.iter_mut().enumerate() {
            if usize::from(known.mask) != mask {
                continue;
            }
            let at = table.place(known.word);
            if let Some((word, first)) = table.places.get_mut(at) {
                known.next = *first;
                (*word, *first) = (known.word, u32::try_from(i).unwrap_or(FREE));
            }
        }
        table
    }

    /// Returns the place of a word, or the free one that it would take. The table is never full.
    fn place(&self, word: u32) -> usize {
        let mask = self.places.len() - 1;
        let mut at = hash(word, self.places.len().trailing_zeros());
        while let Some((known, first)) = self.places.get(at & mask)
            && *first != FREE
            && *known != word
        {
            at += 1;
        }
        at & mask
    }

    /// Returns the first of the list with the word.
    fn first(&self, word: u32) -> u32 {
        let place = self.places.get(self.place(word));
        place.map_or(FREE, |(_, first)| *first)
    }
}

/// Long literals, by the words that are looked for at every fourth place.
#[derive(Debug)]
pub(super) struct Words {
    /// Which words may be some of these.
    bitmap: Bitmap,
    /// Of the words by their masks, what is beside them: most have none of the bytes open.
    all: Hints<4>,
    last_open: Hints<2>,
    first_open: Hints<2>,
    /// The words, by their masks.
    tables: [Table; 3],
    /// Words with their literals.
    list: Vec<Known>,
}

impl Words {
    pub(super) fn new(literals: &[Literal], long: &[usize]) -> Self {
        let common = CommonWords::new();
        let mut list = Vec::with_capacity(literals.len() * STRIDE);
        for &i in long {
            if let Some(literal) = literals.get(i) {
                Known::add(i, literal, &common, &mut list);
            }
        }
        let tables = [ALL, LAST_OPEN, FIRST_OPEN].map(|mask| Table::new(&mut list, mask));
        let mut bitmap = Bitmap::new();
        for known in &list {
            // What differs between literals of a word is what continues it.
            let again = list.get(known.next as usize);
            if again.is_some() && usize::from(known.mask) != LAST_OPEN {
                continue;
            }
            let literal = literals.get(known.literal as usize);
            let behind = literal.and_then(|literal| literal.behind);
            known.words(behind, |word| bitmap.set(word));
        }
        let beside = |mask: usize| {
            let ours = list
                .iter()
                .filter(move |known| usize::from(known.mask) == mask);
            ours.map(|known| (known.word, known.beside))
        };
        Self {
            bitmap,
            all: Hints::new(beside(ALL)),
            last_open: Hints::new(beside(LAST_OPEN)),
            first_open: Hints::new(beside(FIRST_OPEN)),
            tables,
            list,
        }
    }

    /// Calls `seen` for the literals whose words stand in the range, until it
    /// returns true; returns what it returned last. Ranges begin at multiples
    /// of [`BLOCK`].
    pub(super) fn find(
        &self,
        literals: &Literals,
        text: &[u8],
        range: std::ops::Range<usize>,
        seen: &mut impl FnMut(LiteralAt) -> bool,
    ) -> bool {
        let Some(bytes) = text.get(range.clone()) else {
            return false;
        };
        // Blocks are flagged first and looked at afterwards: so the processor never
        // waits for a guess whether a block has a word of ours.
        let mut likely = [0; BATCH * BLOCK / WORD];
        for (i, batch) in bytes.chunks(BATCH * BLOCK).enumerate() {
            let start = range.start + i * BATCH * BLOCK;
            let (flagged, count) = self.bitmap.flagged(batch);
            let flagged = flagged.get(..count).unwrap_or_default();
            let count = self.likely(text, start, flagged, &mut likely);
            for &at in likely.iter().take(count) {
                let at = start + usize::from(at);
                let word = word(text, at).unwrap_or_default();
                if self.look(
                    literals,
                    text,
                    at,
                    word,
                    &[ALL, LAST_OPEN, FIRST_OPEN],
                    seen,
                ) {
                    return true;
                }
            }
        }
        // The last three bytes may be the end of a literal that nothing continues.
        match bytes.as_chunks::<WORD>().1 {
            &[a, b, c] if range.end == text.len() => {
                let word = u32::from_le_bytes([a, b, c, 0]);
                self.look(literals, text, text.len() - 3, word, &[LAST_OPEN], seen)
            }
            _ => false,
        }
    }

    /// Writes where the flagged words stand beside which something else of a literal stands, and
    /// returns how many these are.
    #[inline(always)]
    fn likely(
        &self,
        text: &[u8],
        start: usize,
        flagged: &[(usize, u32)],
        likely: &mut [u16; BATCH * BLOCK / WORD],
    ) -> usize {
        let mut count = 0;
        for &(block, mut flags) in flagged {
            while flags != 0 {
                let which = flags.trailing_zeros() as usize;
                flags &= flags - 1;
                let at = block * BLOCK + which * WORD;
                let word = word(text, start + at).unwrap_or_default();
                let is_likely = beside(text, start + at).is_none_or(|beside| {
                    self.all.may_be(word, beside)
                        | self.last_open.may_be(word & MASKS[LAST_OPEN], beside)
                        | self.first_open.may_be(word & MASKS[FIRST_OPEN], beside)
                });
                if let Some(place) = likely.get_mut(count) {
                    *place = at as u16;
                }
                count += usize::from(is_likely);
            }
        }
        count
    }

    /// Compares the literals of the word that is seen at `at`.
    fn look(
        &self,
        literals: &Literals,
        text: &[u8],
        at: usize,
        word: u32,
        masks: &[usize],
        seen: &mut impl FnMut(LiteralAt) -> bool,
    ) -> bool {
        let beside = beside(text, at);
        for &mask in masks {
            let (Some(table), Some(bits)) = (self.tables.get(mask), MASKS.get(mask)) else {
                continue;
            };
            let mut next = table.first(word & bits);
            while let Some(known) = self.list.get(next as usize) {
                next = known.next;
                if beside.is_some_and(|seen| !known.beside.is(seen)) {
                    continue;
                }
                let begin = known.begin(at);
                let place = begin.and_then(|at| literals.confirm(text, at, known.literal as usize));
                if place.is_some_and(&mut *seen) {
                    return true;
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::triggers::{Automaton, numbers, of_formats};

    // A bit that the commonest words of files share costs a comparison each.
    #[test]
    fn common_words_have_no_bit() {
        let rules = crate::pattern::Patterns::embedded().expect("rules");
        let rules = rules.triggers();
        let anchors = [of_formats(true), numbers()].into_iter().flatten();
        let search = Automaton::raw(anchors.collect(), rules).expect("an automaton");
        let words = search.literals().words();
        for common in [
            *b"    ", [0; 4], [0xff; 4], *b"////", *b"----", *b"====", *b"\n   ",
        ] {
            assert!(!words.bitmap.has(common), "{}", common.escape_ascii());
        }
    }
}
