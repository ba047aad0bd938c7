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
//! 2,600 literals of today one bit in 100 is set, and one word in 60 of source text has such a
//! bit; one in 2,000 stands beside what may be more of a literal.
//!
//! Measured on 64 MB of source text in the second-level cache, one thread, Zen 4: looking up
//! alone 5.0 GB/s with the gathers of AVX2, 4.2 with those of AVX-512 and without any; with
//! a bitmap of 64 KiB 5.6, but four times the words to be compared. Two bits of each word in a
//! bitmap of 32 KiB (a Bloom filter) flagged fewer words than one bit, and was slower.

use fearless_simd::{Level, dispatch};

use super::frequency::CommonWords;
use super::search::Literals;
use crate::blob::{Behind, Literal, Place};

/// Shortest literal, in bytes: one word of it stands at a multiple of four, or three bytes of one.
pub(crate) const SAMPLED: usize = WORD + 1;
/// Shortest literal with four words of its own, one byte apart.
pub(crate) const WHOLE: usize = STRIDE + WORD - 1;
/// Bytes between two looks.
pub(super) const STRIDE: usize = 4;
/// Bytes of one look.
pub(super) const WORD: usize = 4;
/// Bytes looked at between two branches.
pub(super) const BLOCK: usize = 64;
/// Blocks that are flagged before the flagged ones are looked at.
const BATCH: usize = 64;
/// Words of the bitmap, as a power of two: 256 KiB. Looks at it wait for nothing, so
/// that the second-level cache is near enough.
const SLOT_BITS: u32 = 16;
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
/// Bits of a hint that are of its word.
const TAG: u32 = 0xff00_0000;
/// Stands in a table of hints where there are too many for a place.
const ANYTHING: u32 = 1;
/// Of the multiplicative hash: of four thousand odd numbers the one by which the words of our
/// literals share a bit with the fewest common words of files.
const MULTIPLIER: u32 = 0x1b04_7645;

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
    /// What stands beside the word in the literal, and how far, as an index of [`BESIDE`].
    beside: u64,
    reach: u8,
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
        let byte = |distance: i16| bytes.get(usize::try_from(at + distance).ok()?).copied();
        let beside = [-4, -3, -2, -1, 4, 5, 6, 7].map(byte);
        let (before, behind) = beside.split_at(4);
        let count = |side: &[Option<u8>]| side.iter().flatten().count();
        Some(Self {
            word: u32::from_le_bytes(word),
            next: FREE,
            literal: u32::try_from(literal).ok()?,
            beside: u64::from_le_bytes(beside.map(Option::unwrap_or_default)),
            reach: (count(before) * 5 + count(behind)) as u8,
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

/// What tells whether a word that is seen is worth a look, without a branch: of each word, what else
/// of a literal stands beside it. A hash table of which a look touches one line; the number of its
/// places is a power of two.
#[derive(Debug)]
struct Hints<const EACH: usize> {
    /// See [`Hints::of`]. 0 says that there is none, [`ANYTHING`] that there are too many.
    places: Vec<[u32; EACH]>,
}

impl<const EACH: usize> Hints<EACH> {
    /// Enters the words that have this mask.
    fn new(list: &[Known], mask: usize) -> Self {
        let ours = || list.iter().filter(|known| usize::from(known.mask) == mask);
        let places = (ours().count() * ROOM).next_power_of_two() / EACH;
        let mut hints = Self {
            places: vec![[0; EACH]; places.max(ROOM)],
        };
        for known in ours() {
            let at = hints.place(known.word);
            if let Some(place) = hints.places.get_mut(at) {
                Self::enter(known, place);
            }
        }
        hints
    }

    fn enter(known: &Known, place: &mut [u32; EACH]) {
        let (tag, hint) = (Self::tag(known.word), Self::of(known));
        // The same hint is enough for several literals.
        if let Some(old) = place
            .iter_mut()
            .find(|old| matches!(**old, 0 | ANYTHING) || **old == hint)
        {
            if *old == 0 {
                *old = hint;
            }
            return;
        }
        // Too many: of this word nothing else is asked, or nothing at all of any.
        let mut same = place.iter_mut().filter(|old| **old & TAG == tag);
        match same.next() {
            Some(first) => {
                *first = tag;
                same.for_each(|other| *other = tag);
            }
            None => *place = [ANYTHING; EACH],
        }
    }

    fn place(&self, word: u32) -> usize {
        hash(word, self.places.len().trailing_zeros())
    }

    /// Returns some bits of a word, never 0. Those that decide its place say nothing more.
    #[inline(always)]
    fn tag(word: u32) -> u32 {
        (word.wrapping_mul(MULTIPLIER) & 0xff00) << 16 | 1 << 24
    }

    /// Returns some bits of what stands beside a word, as far as the literal goes.
    #[inline(always)]
    fn print(beside: u64, reach: usize) -> u32 {
        let seen = beside & BESIDE.get(reach & 31).copied().unwrap_or(0);
        (seen.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as u32
    }

    fn of(known: &Known) -> u32 {
        let reach = usize::from(known.reach);
        Self::tag(known.word) | u32::from(known.reach) << 16 | Self::print(known.beside, reach)
    }

    /// Whether a word may be one of ours that stands beside what else is in its literal.
    #[inline(always)]
    fn may_be(&self, word: u32, beside: u64) -> bool {
        let tag = Self::tag(word);
        let hints = self.places.get(self.place(word)).copied();
        let is_like = |hint: u32| {
            let reach = (hint >> 16 & 31) as usize;
            let is_same = (hint & TAG == tag) & (hint & 0xffff == Self::print(beside, reach));
            is_same | (hint == ANYTHING)
        };
        let hints = hints.unwrap_or([0; EACH]);
        hints
            .into_iter()
            .fold(false, |any, hint| any | is_like(hint))
    }
}

/// Which of the four bytes before a word and of those behind it are compared: as many before as a
/// fifth of the index says, as many behind as the rest.
const BESIDE: [u64; 32] = {
    let mut masks = [0; 32];
    let mut i = 0;
    while i < 25 {
        let before = !u32::MAX.unbounded_shr(8 * (i / 5));
        let behind = !u32::MAX.unbounded_shl(8 * (i % 5));
        masks[i as usize] = before as u64 | (behind as u64) << 32;
        i += 1;
    }
    masks
};

/// Returns the four bytes before and behind a word that begins at a place; nothing where there are
/// fewer.
#[inline(always)]
fn beside(text: &[u8], at: usize) -> Option<u64> {
    let around = text.get(at.checked_sub(WORD)?..)?;
    let [a, b, c, d, _, _, _, _, w, x, y, z] = *around.first_chunk()?;
    Some(u64::from_le_bytes([a, b, c, d, w, x, y, z]))
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

/// A bitmap of hashes.
type Slots = [u32; 1 << SLOT_BITS];

/// Long literals, by the words that are looked for at every fourth place.
#[derive(Debug)]
pub(super) struct Words {
    /// Of each hash, whether a word of a literal has it: a bitmap.
    slots: Box<Slots>,
    /// What the processor can do.
    level: Level,
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
        let mut slots = Box::new([0; 1 << SLOT_BITS]);
        for known in &list {
            // What differs between literals of a word is what continues it.
            let again = list.get(known.next as usize);
            if again.is_some() && usize::from(known.mask) != LAST_OPEN {
                continue;
            }
            let literal = literals.get(known.literal as usize);
            known.words(literal.and_then(|literal| literal.behind), |word| {
                let (slot, bit) = slot(word.to_le_bytes());
                if let Some(slot) = slots.get_mut(slot) {
                    *slot |= 1_u32.wrapping_shl(bit);
                }
            });
        }
        Self {
            slots,
            level: level(),
            all: Hints::new(&list, ALL),
            last_open: Hints::new(&list, LAST_OPEN),
            first_open: Hints::new(&list, FIRST_OPEN),
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
        seen: &mut impl FnMut(Place) -> bool,
    ) -> bool {
        let Some(bytes) = text.get(range.clone()) else {
            return false;
        };
        // Blocks are flagged first and looked at afterwards: so the processor never
        // waits for a guess whether a block has a word of ours.
        let mut likely = [0; BATCH * BLOCK / WORD];
        for (i, batch) in bytes.chunks(BATCH * BLOCK).enumerate() {
            let start = range.start + i * BATCH * BLOCK;
            // With the widest instructions that are quick.
            let (flagged, count) = dispatch!(self.level, _ => flagged(&self.slots, batch));
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
        seen: &mut impl FnMut(Place) -> bool,
    ) -> bool {
        let beside = beside(text, at);
        for &mask in masks {
            let (Some(table), Some(bits)) = (self.tables.get(mask), MASKS.get(mask)) else {
                continue;
            };
            let mut next = table.first(word & bits);
            while let Some(known) = self.list.get(next as usize) {
                next = known.next;
                let reach = BESIDE.get(usize::from(known.reach)).copied().unwrap_or(0);
                if beside.is_some_and(|beside| beside & reach != known.beside) {
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

/// Returns which instructions look words up the quickest.
fn level() -> Level {
    let level = Level::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if let Some(avx2) = level.as_avx2() {
        return Level::Avx2(avx2);
    }
    level
}

/// Returns the blocks that may have words of ours, with a bit for each such word, and
/// their number. Inlined, so that it is compiled for each level.
#[inline(always)]
fn flagged(slots: &Slots, batch: &[u8]) -> ([(usize, u32); BATCH], usize) {
    let mut flagged = [(0, 0); BATCH];
    let mut count = 0;
    for (block, bytes) in batch.chunks(BLOCK).enumerate() {
        let words = bytes.as_chunks::<WORD>().0;
        let flags = match <&[[u8; WORD]; BLOCK / WORD]>::try_from(words) {
            // Of known length, so that it is done for many words at once.
            Ok(words) => flags(slots, words),
            Err(_) => flags(slots, words),
        };
        if let Some(next) = flagged.get_mut(count) {
            *next = (block, flags);
        }
        count += usize::from(flags != 0);
    }
    (flagged, count)
}

/// Returns which words may be some of ours: a bit for each.
#[inline(always)]
fn flags(slots: &Slots, words: &[[u8; WORD]]) -> u32 {
    let flag = |(i, word): (usize, &[u8; WORD])| (flag(slots, *word) & 1) << i;
    words.iter().enumerate().map(flag).fold(0, |all, f| all | f)
}

/// Returns a number whose lowest bit says whether the word may be one of ours.
#[inline(always)]
fn flag(slots: &Slots, word: [u8; WORD]) -> u32 {
    let (slot, bit) = slot(word);
    slots.get(slot).map_or(0, |bits| bits.wrapping_shr(bit))
}

/// Returns a word's place in the bitmap: the index, and the bit modulo 32.
#[inline(always)]
fn slot(word: [u8; WORD]) -> (usize, u32) {
    let hash = u32::from_le_bytes(word).wrapping_mul(MULTIPLIER);
    let slot = hash >> (u32::BITS - SLOT_BITS);
    (slot as usize, hash >> (u32::BITS - SLOT_BITS - 5))
}

/// Returns the top bits of a word's multiplicative hash (Knuth, TAOCP 6.4).
pub(super) fn hash(word: u32, bits: u32) -> usize {
    (word.wrapping_mul(MULTIPLIER) >> (u32::BITS - bits)) as usize
}

#[cfg(test)]
mod tests {
    use super::super::triggers::{Automaton, of_formats};
    use super::*;

    // A bit that the commonest words of files share costs a comparison each.
    #[test]
    fn common_words_have_no_bit() {
        let rules = crate::pattern::Patterns::embedded().expect("rules");
        let rules = rules.triggers();
        let search = Automaton::raw(of_formats(true), rules).expect("an automaton");
        let words = search.literals().words();
        for common in [
            *b"    ", [0; 4], [0xff; 4], *b"////", *b"----", *b"====", *b"\n   ",
        ] {
            assert_eq!(
                flag(&words.slots, common) & 1,
                0,
                "{}",
                common.escape_ascii()
            );
        }
    }
}
