//! What stands beside the words of literals: of the words that may be some of ours, most do not
//! stand beside it, and that is told without a branch.

use super::bitmap::{WORD, hash, product};

/// Places for each word, at least.
const ROOM: usize = 2;
/// Bits of a hint that are of its word.
const TAG: u32 = 0xff00_0000;
/// Stands where there are too many hints for a place.
const ANYTHING: u32 = 1;

/// What stands beside a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beside {
    /// The four bytes before it and those behind it, as far as they are known.
    bytes: u64,
    /// Which are: an index of [`KNOWN`].
    reach: u8,
}

impl Beside {
    /// Returns what stands beside the word at `at` in a literal, which may begin before it.
    pub(super) fn of(literal: &[u8], at: isize) -> Self {
        let byte = |distance: isize| literal.get(usize::try_from(at + distance).ok()?).copied();
        let bytes = [-4, -3, -2, -1, 4, 5, 6, 7].map(byte);
        let (before, behind) = bytes.split_at(WORD);
        let count = |side: &[Option<u8>]| side.iter().flatten().count();
        Self {
            bytes: u64::from_le_bytes(bytes.map(Option::unwrap_or_default)),
            reach: (count(before) * 5 + count(behind)) as u8,
        }
    }

    /// Whether it is what is seen.
    pub(super) fn is(self, seen: u64) -> bool {
        seen & known(self.reach.into()) == self.bytes
    }
}

/// Of each word, what of a literal stands beside it. A hash table of which a look touches one line;
/// the number of its places is a power of two.
#[derive(Debug)]
pub(super) struct Hints<const EACH: usize> {
    /// See [`Hints::of`]. 0 says that there is none, [`ANYTHING`] that there are too many.
    places: Vec<[u32; EACH]>,
}

impl<const EACH: usize> Hints<EACH> {
    /// Enters words.
    pub(super) fn new(words: impl Iterator<Item = (u32, Beside)> + Clone) -> Self {
        let places = (words.clone().count() * ROOM).next_power_of_two() / EACH;
        let mut hints = Self {
            places: vec![[0; EACH]; places.max(ROOM)],
        };
        for (word, beside) in words {
            let at = hints.place(word);
            if let Some(place) = hints.places.get_mut(at) {
                Self::enter(word, beside, place);
            }
        }
        hints
    }

    fn enter(word: u32, beside: Beside, place: &mut [u32; EACH]) {
        let (tag, hint) = (Self::tag(word), Self::of(word, beside));
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
        (product(word) & 0xff00) << 16 | 1 << 24
    }

    /// Returns some bits of what stands beside a word, as far as the literal goes.
    #[inline(always)]
    fn print(beside: u64, reach: usize) -> u32 {
        ((beside & known(reach)).wrapping_mul(SPREAD) >> 48) as u32
    }

    fn of(word: u32, beside: Beside) -> u32 {
        let print = Self::print(beside.bytes, beside.reach.into());
        Self::tag(word) | u32::from(beside.reach) << 16 | print
    }

    /// Whether a word may be one of ours that stands beside what else is in its literal.
    #[inline(always)]
    pub(super) fn may_be(&self, word: u32, beside: u64) -> bool {
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

/// The golden ratio of 2^64 (Knuth, TAOCP 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Which of the four bytes before a word and of those behind it are known: as many before as a
/// fifth of the index says, as many behind as the rest.
const KNOWN: [u64; 32] = {
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
pub(super) fn beside(text: &[u8], at: usize) -> Option<u64> {
    let around = text.get(at.checked_sub(WORD)?..)?;
    let [a, b, c, d, _, _, _, _, w, x, y, z] = *around.first_chunk()?;
    Some(u64::from_le_bytes([a, b, c, d, w, x, y, z]))
}

#[inline(always)]
fn known(reach: usize) -> u64 {
    KNOWN.get(reach & 31).copied().unwrap_or(0)
}
