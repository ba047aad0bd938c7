//! Search for many literals at once, at the speed of memory.
//!
//! Literals of at least [`SAMPLED`] bytes are found by *sampling*: whatever the
//! alignment, one of four consecutive words of such a literal stands at an offset
//! that is a multiple of four, so one look at every fourth place is enough. The last
//! byte may be one of several ([`Behind`]): then each of them makes a word. A word's
//! hash is looked up in a bitmap; only words whose bit is set are compared. With the
//! 2,500 literals of today one bit in 220 is set, and a quarter of the blocks of
//! source text have a word that is compared.
//!
//! Shorter ones go to the packed (SIMD) searcher of `aho-corasick`, which is
//! fastest with at most [`MAX_GATES`] patterns. Where there are more, some share
//! a *gate*: a piece that they have in common, which is searched for in their
//! stead.
//!
//! Measured on 72 MB of source text, one thread: flagging alone 4.2 GB/s with the gathers of
//! AVX-512, 2.8 with AVX2, 2.3 without, whether the bitmap has 32 or 256 KiB; with
//! comparing 1.8 GB/s; packed search of 32 patterns 3.5 GB/s. Two bits of each word in a
//! bitmap of 32 KiB (a Bloom filter) flagged fewer words than one bit, and was slower.

use aho_corasick::{AhoCorasick, MatchKind};
use fearless_simd::{Level, dispatch};

use super::frequency::CommonWords;
use crate::blob::{Behind, Literal, Place};

/// Shortest literal, in bytes: the masks of the packed searcher are as wide.
pub(crate) const SHORTEST: usize = 4;
/// Shortest literal that is sampled: four words of four bytes, one byte apart.
pub(crate) const SAMPLED: usize = STRIDE + WORD - 1;
/// Bytes between two looks.
pub(super) const STRIDE: usize = 4;
/// Bytes of one look.
pub(super) const WORD: usize = 4;
/// Bytes looked at between two branches.
const BLOCK: usize = 64;
/// Blocks that are flagged before the flagged ones are looked at.
const BATCH: usize = 64;
/// Words of the bitmap, as a power of two: 256 KiB. Looks at it wait for nothing, so
/// that the second-level cache is near enough; one of 32 KiB is no faster, and has eight
/// times the words to compare.
const SLOT_BITS: u32 = 16;
/// Places for each word in the table of the words themselves, at least.
const ROOM: usize = 2;
/// Stands in the table of words for the last byte of one that may be continued in several ways.
const ANY: u8 = 0;
/// Mark of a place that holds no word.
const FREE: u32 = u32::MAX;
/// Of the multiplicative hash: of three thousand odd numbers the one by which the words of our
/// literals share a bit with the fewest common words of files.
const MULTIPLIER: u32 = 0xc04f_cb15;
/// Most patterns for which the packed searcher reads 32 bytes a step, not 16.
const MAX_GATES: usize = 32;
/// Bytes whose hits are put in order together.
const SEGMENT: usize = 64 << 10;

/// Literals, made ready to be searched for.
#[derive(Debug)]
pub(crate) struct Literals {
    list: Vec<Literal>,
    longest: usize,
    gates: Option<Gates>,
    words: Option<Words>,
}

impl Literals {
    /// Prepares the search of large raw bytes.
    pub(crate) fn sampled(list: Vec<Literal>) -> Result<Self, aho_corasick::BuildError> {
        Self::of(list, MAX_GATES)
    }

    /// Prepares the search of bytes that are few: any number of short literals.
    pub(crate) fn mixed(list: Vec<Literal>) -> Result<Self, aho_corasick::BuildError> {
        Self::of(list, usize::MAX)
    }

    fn of(list: Vec<Literal>, gates: usize) -> Result<Self, aho_corasick::BuildError> {
        let is_long = |i: &usize| list.get(*i).is_some_and(is_sampled);
        let (long, short): (Vec<_>, Vec<_>) = (0..list.len()).partition(is_long);
        let words = (!long.is_empty()).then(|| Words::new(&list, &long));
        let gates = match short.as_slice() {
            [] => None,
            some => Some(Gates::new(&list, some, gates)?),
        };
        Ok(Self {
            longest: list.iter().map(reach).max().unwrap_or(0),
            list,
            gates,
            words,
        })
    }

    /// Returns the length of the longest literal.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether the short literals stand behind few enough gates.
    #[cfg(test)]
    pub(crate) fn is_fast(&self) -> bool {
        let gates = self.gates.as_ref();
        gates.is_none_or(|gates| gates.members.len() <= MAX_GATES)
    }

    /// Whether any literal stands in `text`.
    pub(crate) fn seen_in(&self, text: &[u8]) -> bool {
        let mut seen = |_| true;
        let range = 0..text.len();
        self.words
            .as_ref()
            .is_some_and(|words| words.find(self, text, range.clone(), &mut seen))
            || self
                .gates
                .as_ref()
                .is_some_and(|gates| gates.find(self, text, range, &mut seen))
    }

    /// Writes every place of every literal into an empty list, in order of their beginnings.
    /// Returns false, and some of them, if there are more than `most`.
    pub(crate) fn all_places(&self, text: &[u8], most: usize, places: &mut Vec<Place>) -> bool {
        let mut many = false;
        let mut keep = |place| {
            places.push(place);
            many = places.len() > most;
            many
        };
        let mut start = 0;
        while start < text.len() {
            let range = start..start.saturating_add(SEGMENT).min(text.len());
            start = range.end;
            let words = self.words.as_ref();
            let gates = self.gates.as_ref();
            if words.is_some_and(|words| words.find(self, text, range.clone(), &mut keep))
                || gates.is_some_and(|gates| gates.find(self, text, range, &mut keep))
            {
                break;
            }
        }
        places.sort_unstable();
        places.dedup();
        !many
    }

    /// Returns every place of every literal, in order of their beginnings.
    pub(crate) fn places<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Place> + 'a {
        // Hits of a segment may begin before it, by less than a literal: so the
        // last ones of a segment wait for those of the next.
        let mut ready: Vec<Place> = Vec::new();
        let mut waiting: Vec<Place> = Vec::new();
        let mut start = 0;
        std::iter::from_fn(move || {
            loop {
                if let Some(place) = ready.pop() {
                    return Some(place);
                }
                if start >= text.len() && waiting.is_empty() {
                    return None;
                }
                let end = start.saturating_add(SEGMENT).min(text.len());
                let mut keep = |place| {
                    waiting.push(place);
                    false
                };
                if let Some(words) = &self.words {
                    words.find(self, text, start..end, &mut keep);
                }
                if let Some(gates) = &self.gates {
                    gates.find(self, text, start..end, &mut keep);
                }
                waiting.sort_unstable_by(|a, b| b.cmp(a));
                waiting.dedup();
                let settled = match end == text.len() {
                    true => usize::MAX,
                    false => end.saturating_sub(self.longest),
                };
                let rest = waiting.partition_point(|place| place.at >= settled);
                ready = waiting.split_off(rest);
                start = end;
            }
        })
    }

    /// Whether the literal begins `back` bytes before `at`, and where.
    fn confirm(&self, text: &[u8], at: usize, literal: usize, back: usize) -> Option<Place> {
        let at = at.checked_sub(back)?;
        let wanted = self.list.get(literal)?;
        wanted
            .begins(text.get(at..)?)
            .then_some(Place { at, literal })
    }
}

/// Bytes that are looked at to tell whether a literal stands at a place.
fn reach(literal: &Literal) -> usize {
    let behind = literal
        .behind
        .map_or(0, |b| 1 + usize::from(!b.after_blank.is_empty()));
    literal.bytes.len() + behind
}

/// Whether a literal is long enough to be sampled, with one byte of what must
/// stand behind it.
pub(crate) fn is_sampled(literal: &Literal) -> bool {
    literal.bytes.len() + usize::from(literal.behind.is_some()) >= SAMPLED
}

/// A literal that has a piece at some distance from its beginning.
type Member = (usize, usize);

/// Short literals, behind as few patterns as serve the packed searcher.
#[derive(Debug)]
struct Gates {
    search: AhoCorasick,
    /// Of each gate: its literals, and those of the gates that it begins with.
    members: Vec<Vec<Member>>,
    /// Length of the longest gate.
    longest: usize,
}

impl Gates {
    fn new(
        list: &[Literal],
        literals: &[usize],
        most: usize,
    ) -> Result<Self, aho_corasick::BuildError> {
        let mut gates: Vec<(Vec<u8>, Vec<Member>)> = literals
            .iter()
            .filter_map(|&i| Some((list.get(i)?.bytes.clone(), vec![(i, 0)])))
            .collect();
        while gates.len() > most {
            let Some(piece) = shared(&gates) else { break };
            let mut members = Vec::new();
            gates.retain(|(gate, held)| match memchr::memmem::find(gate, &piece) {
                Some(at) => {
                    members.extend(held.iter().map(|&(i, back)| (i, back + at)));
                    false
                }
                None => true,
            });
            gates.push((piece, members));
        }
        // Longest first, so that leftmost-first finds the longest at a place.
        gates.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        let members = gates
            .iter()
            .map(|(gate, _)| {
                let begun = gates.iter().filter(|(other, _)| gate.starts_with(other));
                begun.flat_map(|(_, held)| held.iter().copied()).collect()
            })
            .collect();
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(gates.iter().map(|(gate, _)| gate))?;
        let longest = gates.first().map_or(0, |(gate, _)| gate.len());
        Ok(Self {
            search,
            members,
            longest,
        })
    }

    /// Calls `seen` for the literals whose gates begin in the range, until it
    /// returns true; returns what it returned last.
    fn find(
        &self,
        literals: &Literals,
        text: &[u8],
        range: std::ops::Range<usize>,
        seen: &mut impl FnMut(Place) -> bool,
    ) -> bool {
        let end = range.end.saturating_add(self.longest).min(text.len());
        let mut from = range.start;
        while let Some(found) = text.get(from..end).and_then(|rest| self.search.find(rest)) {
            let at = from + found.start();
            if at >= range.end {
                break;
            }
            let members = self.members.get(found.pattern().as_usize());
            for &(literal, back) in members.into_iter().flatten() {
                if literals
                    .confirm(text, at, literal, back)
                    .is_some_and(&mut *seen)
                {
                    return true;
                }
            }
            from = at + 1;
        }
        false
    }
}

/// Returns the piece that most gates have in common: of those the longest, of
/// those the first in the alphabet.
fn shared(gates: &[(Vec<u8>, Vec<Member>)]) -> Option<Vec<u8>> {
    let mut counts = std::collections::BTreeMap::<&[u8], usize>::new();
    for (gate, _) in gates {
        let pieces = (SHORTEST..=gate.len()).flat_map(|len| gate.windows(len));
        let pieces: std::collections::BTreeSet<&[u8]> = pieces.collect();
        for piece in pieces {
            *counts.entry(piece).or_default() += 1;
        }
    }
    let several = counts.into_iter().filter(|(_, count)| *count > 1);
    let best = several.max_by(|(a, n), (b, m)| {
        n.cmp(m)
            .then_with(|| a.len().cmp(&b.len()))
            .then_with(|| b.cmp(a))
    });
    best.map(|(piece, _)| piece.to_vec())
}

/// A word of a literal. Small: there are ten thousand.
#[derive(Clone, Copy, Debug)]
struct Known {
    word: u32,
    /// Place in the list of the next one with the same word.
    next: u32,
    /// Another word of the literal, compared first.
    other: u32,
    literal: u32,
    /// How far into the literal the word stands, and the other one.
    back: u16,
    other_back: u16,
}

impl Known {
    /// Adds the sampled words of a literal to a list.
    fn add(literal: usize, wanted: &Literal, common: &CommonWords, list: &mut Vec<Self>) {
        let bytes = wanted.bytes.as_slice();
        let at = match bytes.len() < SAMPLED {
            // With what stands behind it there is no choice of another piece.
            true => 0,
            false => common.rarest(bytes),
        };
        for back in at..at + STRIDE {
            let word = match *bytes.get(back..).unwrap_or_default() {
                [a, b, c, d, ..] => [a, b, c, d],
                // One entry, whatever may stand behind it.
                [a, b, c] => [a, b, c, ANY],
                _ => continue,
            };
            list.extend(Self::new(literal, bytes, back, word));
        }
    }

    /// Returns all words that this one stands for.
    fn words<'a>(&self, literals: &'a [Literal]) -> impl Iterator<Item = [u8; WORD]> + 'a {
        let word = self.word.to_le_bytes();
        let [first @ .., _] = word;
        let wanted = literals.get(self.literal as usize);
        let wanted = wanted.filter(|l| usize::from(self.back) + WORD > l.bytes.len());
        let behind = wanted.and_then(|l| l.behind).into_iter();
        let continued = behind.flat_map(Behind::first).map(move |next| {
            let [a, b, c] = first;
            [a, b, c, next]
        });
        wanted
            .is_none()
            .then_some(word)
            .into_iter()
            .chain(continued)
    }

    fn new(literal: usize, bytes: &[u8], back: usize, word: [u8; WORD]) -> Option<Self> {
        let last = bytes.len().checked_sub(WORD)?;
        // The one that is further away says more.
        let at = if back > last / 2 { 0 } else { last };
        Some(Self {
            word: u32::from_le_bytes(word),
            next: FREE,
            other: u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?),
            literal: u32::try_from(literal).ok()?,
            back: u16::try_from(back).ok()?,
            other_back: u16::try_from(at).ok()?,
        })
    }

    fn member(&self) -> Member {
        (self.literal as usize, usize::from(self.back))
    }

    /// Whether the literal may stand in `text` where its word is seen at `at`.
    fn is_likely(&self, text: &[u8], at: usize) -> bool {
        let start = (at + usize::from(self.other_back)).checked_sub(usize::from(self.back));
        let seen = start.and_then(|start| text.get(start..)?.first_chunk());
        seen.is_some_and(|seen| u32::from_le_bytes(*seen) == self.other)
    }
}

/// A bitmap of hashes.
type Slots = [u32; 1 << SLOT_BITS];

/// Long literals, by the words that are looked for at every fourth place.
#[derive(Debug)]
struct Words {
    /// Of each hash, whether a word of a literal has it: a bitmap.
    slots: Box<Slots>,
    /// What the processor can do.
    level: Level,
    /// The words themselves, by the top bits of their hash; the next free place
    /// where that is taken. Of each a place in `list`. Their number is a power of
    /// two.
    exact: Vec<(u32, u32)>,
    /// Words with their literals.
    list: Vec<Known>,
}

impl Words {
    fn new(literals: &[Literal], long: &[usize]) -> Self {
        let common = CommonWords::new();
        let mut list = Vec::with_capacity(literals.len() * STRIDE);
        for &i in long {
            if let Some(literal) = literals.get(i) {
                Known::add(i, literal, &common, &mut list);
            }
        }
        let mut slots = Box::new([0; 1 << SLOT_BITS]);
        for word in list.iter().flat_map(|known| known.words(literals)) {
            let (slot, bit) = slot(word);
            if let Some(slot) = slots.get_mut(slot) {
                *slot |= 1_u32.wrapping_shl(bit);
            }
        }
        // Linked, not sorted: this is done at every start.
        let places = (list.len() * ROOM).next_power_of_two();
        let mut exact = vec![(0, FREE); places];
        for (i, known) in list.iter_mut().enumerate() {
            let mut at = hash(known.word, places.trailing_zeros());
            while let Some((word, first)) = exact.get_mut(at & (places - 1)) {
                if *first == FREE || *word == known.word {
                    known.next = *first;
                    (*word, *first) = (known.word, u32::try_from(i).unwrap_or(FREE));
                    break;
                }
                at += 1;
            }
        }
        Self {
            slots,
            level: Level::new(),
            exact,
            list,
        }
    }

    /// Returns the literals that a word is of.
    fn of(&self, word: u32) -> impl Iterator<Item = &Known> {
        let places = self.exact.len();
        let mut at = hash(word, places.trailing_zeros());
        let mut first = FREE;
        while let Some((known, list)) = self.exact.get(at & (places - 1)) {
            if *list == FREE || *known == word {
                first = *list;
                break;
            }
            at += 1;
        }
        let known = move |at: u32| self.list.get(at as usize);
        std::iter::successors(known(first), move |last| known(last.next))
    }

    /// Calls `seen` for the literals whose words stand in the range, until it
    /// returns true; returns what it returned last. Ranges begin at multiples
    /// of [`BLOCK`].
    fn find(
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
        for (i, batch) in bytes.chunks(BATCH * BLOCK).enumerate() {
            // With the widest instructions that this processor has.
            let (flagged, count) = dispatch!(self.level, _ => flagged(&self.slots, batch));
            for &(block, mut flags) in flagged.iter().take(count) {
                while flags != 0 {
                    let which = flags.trailing_zeros() as usize;
                    flags &= flags - 1;
                    let at = range.start + (i * BATCH + block) * BLOCK + which * WORD;
                    if self.look(literals, text, at, seen) {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Compares the literals of the word that stands at `at`.
    fn look(
        &self,
        literals: &Literals,
        text: &[u8],
        at: usize,
        seen: &mut impl FnMut(Place) -> bool,
    ) -> bool {
        let word = text.get(at..).and_then(|rest| rest.first_chunk());
        let word: [u8; WORD] = word.copied().unwrap_or_default();
        let [a, b, c, _] = word;
        let continued = u32::from_le_bytes([a, b, c, ANY]);
        let word = u32::from_le_bytes(word);
        let continued = (word != continued).then(|| self.of(continued));
        for known in self.of(word).chain(continued.into_iter().flatten()) {
            let (literal, back) = known.member();
            if known.is_likely(text, at)
                && literals
                    .confirm(text, at, literal, back)
                    .is_some_and(&mut *seen)
            {
                return true;
            }
        }
        false
    }
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
    use super::super::triggers::of_formats;
    use super::*;
    use proptest::prelude::*;

    fn naive(literals: &[Literal], text: &[u8]) -> Vec<Place> {
        let mut places = Vec::new();
        for at in 0..text.len() {
            for (literal, wanted) in literals.iter().enumerate() {
                if wanted.begins(&text[at..]) {
                    places.push(Place { at, literal });
                }
            }
        }
        places
    }

    fn check(literals: &[Literal], text: &[u8]) {
        let expected = naive(literals, text);
        for search in [Literals::sampled, Literals::mixed] {
            let search = search(literals.to_vec()).expect("an automaton");
            assert_eq!(search.places(text).collect::<Vec<_>>(), expected);
            let mut all = Vec::new();
            assert!(search.all_places(text, usize::MAX, &mut all));
            assert_eq!(all, expected);
            let most = expected.len().saturating_sub(1);
            all.clear();
            assert_eq!(search.all_places(text, most, &mut all), expected.is_empty());
            assert_eq!(search.seen_in(text), !expected.is_empty());
        }
    }

    proptest! {
        // Few letters, so that literals share pieces and begin one another.
        #[test]
        fn finds_what_a_naive_search_finds(
            literals in prop::collection::btree_set("[ab]{4,9}", 1..60),
            text in "[ab]{0,300}",
        ) {
            let bytes = literals.into_iter().map(String::into_bytes);
            let literals: Vec<Literal> = bytes.map(Literal::new).collect();
            check(&literals, text.as_bytes());
        }

        #[test]
        fn finds_what_has_something_behind_it(
            literals in prop::collection::btree_set("[ab]{6,7}", 1..20),
            text in "[ab =]{0,300}",
        ) {
            const BEHIND: Behind = Behind { any: b"b=", after_blank: b"=a" };
            let literals = literals.into_iter().map(|text| Literal {
                behind: Some(&BEHIND),
                ..Literal::new(text.into_bytes())
            });
            check(&literals.collect::<Vec<_>>(), text.as_bytes());
        }

        #[test]
        fn finds_at_every_alignment_and_seam(before in 0_usize..200, after in 0_usize..70) {
            let literals = [&b"PRIVATE KEY"[..], b"kty:", b"1234567"];
            let literals = literals.map(|bytes| Literal::new(bytes.to_vec())).to_vec();
            let place = SEGMENT - 100 + before;
            let mut text = vec![b'.'; place];
            text.extend_from_slice(b"1234567kty:PRIVATE KEY");
            text.extend(vec![b'.'; after]);
            let search = Literals::sampled(literals).expect("an automaton");
            let found: Vec<_> = search.places(&text).map(|p| (p.at - place, p.literal)).collect();
            prop_assert_eq!(found, vec![(0, 2), (7, 1), (11, 0)]);
        }
    }

    // A bit that the commonest words of files share costs a comparison each.
    #[test]
    fn common_words_have_no_bit() {
        let rules = crate::pattern::Patterns::embedded().expect("rules");
        let rules = rules.triggers();
        let search =
            super::super::triggers::Automaton::raw(of_formats(true), rules).expect("an automaton");
        let words = search.literals().words.as_ref().expect("words");
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

    #[test]
    fn short_literals_share_gates() {
        let literals: Vec<Literal> = (0..64_u8)
            .map(|i| Literal::new(vec![b'a' + i / 4, b'x', b'y', b'z', b'0' + i % 4]))
            .collect();
        let search = Literals::sampled(literals.clone()).expect("an automaton");
        let gates = search.gates.as_ref().expect("gates");
        assert!(gates.members.len() <= MAX_GATES, "{}", gates.members.len());
        check(&literals, b"axyz0 pxyz3 qxyz0 axyz4 dxyz2");
    }
}
