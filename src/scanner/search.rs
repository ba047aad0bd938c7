//! Search for many literals at once, at the speed of memory.
//!
//! Literals of at least [`SAMPLED`] bytes are found by *sampling*: whatever the
//! alignment, one of four consecutive words of such a literal stands at an offset
//! that is a multiple of four, so one look at every fourth place is enough. A
//! word's hash is looked up in a bitmap that stays in the first-level cache; only
//! words whose bit is set are compared. With the 10,000 literals of today one bit in
//! 28 is set, and half of the blocks of source text have a word that is compared.
//!
//! Shorter ones go to the packed (SIMD) searcher of `aho-corasick`, which is
//! fastest with at most [`MAX_GATES`] patterns. Where there are more, some share
//! a *gate*: a piece that they have in common, which is searched for in their
//! stead.
//!
//! Measured on 214 MB of source text, one thread, memory-bound, when there were few
//! hundred literals: packed search of 64 patterns 2.1 GB/s, of 32 patterns 4.2 GB/s,
//! sampling 4.7 GB/s.

use aho_corasick::{AhoCorasick, MatchKind};

/// Shortest literal, in bytes: the masks of the packed searcher are as wide.
pub(crate) const SHORTEST: usize = 4;
/// Shortest literal that is sampled: four words of four bytes, one byte apart.
pub(crate) const SAMPLED: usize = STRIDE + WORD - 1;
/// Bytes between two looks.
const STRIDE: usize = 4;
/// Bytes of one look.
const WORD: usize = 4;
/// Bytes looked at between two branches.
const BLOCK: usize = 64;
/// Words of the bitmap, as a power of two: 32 KiB, within the first-level cache.
const SLOT_BITS: u32 = 13;
/// Places for each word in the table of the words themselves, at least.
const ROOM: usize = 2;
/// Mark of a place that holds no word.
const FREE: u32 = u32::MAX;
/// Of the multiplicative hash: 2³² by the golden ratio.
const MULTIPLIER: u32 = 0x9e37_79b1;
/// Most patterns for which the packed searcher reads 32 bytes a step, not 16.
const MAX_GATES: usize = 32;
/// Bytes whose hits are put in order together.
const SEGMENT: usize = 64 << 10;

/// Where a literal begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Offset of its first byte.
    pub(crate) at: usize,
    /// Which literal.
    pub(crate) literal: usize,
}

/// Literals, made ready to be searched for.
#[derive(Debug)]
pub(crate) struct Literals {
    bytes: Vec<Vec<u8>>,
    longest: usize,
    gates: Option<Gates>,
    words: Option<Words>,
}

impl Literals {
    /// Prepares the search of large raw bytes.
    pub(crate) fn sampled(bytes: Vec<Vec<u8>>) -> Result<Self, aho_corasick::BuildError> {
        Self::of(bytes, MAX_GATES)
    }

    /// Prepares the search of bytes that are few: any number of short literals.
    pub(crate) fn mixed(bytes: Vec<Vec<u8>>) -> Result<Self, aho_corasick::BuildError> {
        Self::of(bytes, usize::MAX)
    }

    fn of(bytes: Vec<Vec<u8>>, gates: usize) -> Result<Self, aho_corasick::BuildError> {
        let (long, short): (Vec<_>, Vec<_>) =
            (0..bytes.len()).partition(|&i| bytes.get(i).is_some_and(|b| b.len() >= SAMPLED));
        let words = (!long.is_empty()).then(|| Words::new(&bytes, &long));
        let gates = match short.as_slice() {
            [] => None,
            some => Some(Gates::new(&bytes, some, gates)?),
        };
        Ok(Self {
            longest: bytes.iter().map(Vec::len).max().unwrap_or(0),
            bytes,
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
        let bytes = self.bytes.get(literal)?;
        text.get(at..)?
            .starts_with(bytes)
            .then_some(Place { at, literal })
    }
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
        bytes: &[Vec<u8>],
        literals: &[usize],
        most: usize,
    ) -> Result<Self, aho_corasick::BuildError> {
        let mut gates: Vec<(Vec<u8>, Vec<Member>)> = literals
            .iter()
            .filter_map(|&i| Some((bytes.get(i)?.clone(), vec![(i, 0)])))
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

/// A word of a literal. Small: there are tens of thousands, sorted at every start.
#[derive(Clone, Copy, Debug)]
struct Known {
    word: u32,
    /// Another word of the literal, compared first.
    other: u32,
    literal: u32,
    /// How far into the literal the word stands, and the other one.
    back: u16,
    other_back: u16,
}

impl Known {
    fn new(literal: usize, bytes: &[u8], back: usize) -> Option<Self> {
        let word = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let last = bytes.len().checked_sub(WORD)?;
        // The one that is further away says more.
        let at = if back > last / 2 { 0 } else { last };
        Some(Self {
            word: word(back)?,
            other: word(at)?,
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

/// Long literals, by the words that are looked for at every fourth place.
#[derive(Debug)]
struct Words {
    /// Of each hash, whether a word of a literal has it: a bitmap.
    slots: Box<[u32; 1 << SLOT_BITS]>,
    /// The words themselves, by the top bits of their hash; the next free place
    /// where that is taken. Of each its first place in `list`. Their number is
    /// a power of two.
    exact: Vec<(u32, u32)>,
    /// Words in order, with their literals.
    list: Vec<Known>,
}

impl Words {
    fn new(bytes: &[Vec<u8>], literals: &[usize]) -> Self {
        let mut slots = Box::new([0; 1 << SLOT_BITS]);
        let mut list = Vec::new();
        for &i in literals {
            let literal = bytes.get(i).map(Vec::as_slice).unwrap_or_default();
            let at = rarest(literal);
            for back in at..at + STRIDE {
                let Some(known) = Known::new(i, literal, back) else {
                    continue;
                };
                let (slot, bit) = slot(known.word.to_le_bytes());
                if let Some(slot) = slots.get_mut(slot) {
                    *slot |= 1_u32.wrapping_shl(bit);
                }
                list.push(known);
            }
        }
        list.sort_unstable_by_key(|k| (u64::from(k.word) << 32) | u64::from(k.literal));
        let distinct = list.chunk_by(|a: &Known, b| a.word == b.word).count();
        let places = (distinct * ROOM).next_power_of_two();
        let mut exact = vec![(0, FREE); places];
        for (i, Known { word, .. }) in list.iter().enumerate().rev() {
            let mut at = hash(*word, places.trailing_zeros());
            while let Some(entry) = exact.get_mut(at % places) {
                if entry.1 == FREE || entry.0 == *word {
                    *entry = (*word, u32::try_from(i).unwrap_or(FREE));
                    break;
                }
                at += 1;
            }
        }
        Self { slots, exact, list }
    }

    /// Returns the first place in the list of a word.
    fn first(&self, word: u32) -> Option<usize> {
        let places = self.exact.len();
        let mut at = hash(word, places.trailing_zeros());
        loop {
            let (known, first) = self.exact.get(at & (places - 1))?;
            match *first {
                FREE => return None,
                first if *known == word => return usize::try_from(first).ok(),
                _ => at += 1,
            }
        }
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
        for (i, block) in bytes.chunks(BLOCK).enumerate() {
            let (words, _) = block.as_chunks::<WORD>();
            let mut seen_words = self.flags(words);
            while seen_words != 0 {
                let which = seen_words.trailing_zeros() as usize;
                seen_words &= seen_words - 1;
                let at = range.start + i * BLOCK + which * WORD;
                let word = words.get(which).copied().unwrap_or_default();
                if self.look(literals, text, at, word, seen) {
                    return true;
                }
            }
        }
        false
    }

    /// Returns which words of a block may be some of ours: a bit for each.
    fn flags(&self, words: &[[u8; WORD]]) -> u32 {
        let flag = |(i, word): (usize, &[u8; WORD])| (self.flag(*word) & 1) << i;
        match <&[[u8; WORD]; BLOCK / WORD]>::try_from(words) {
            // Of known length, so that it is unrolled.
            Ok(words) => words.iter().enumerate().map(flag).fold(0, |all, f| all | f),
            Err(_) => words.iter().enumerate().map(flag).fold(0, |all, f| all | f),
        }
    }

    /// Returns a number whose lowest bit says whether the word may be one of ours.
    fn flag(&self, word: [u8; WORD]) -> u32 {
        let (slot, bit) = slot(word);
        self.slots
            .get(slot)
            .map_or(0, |bits| bits.wrapping_shr(bit))
    }

    /// Compares the literals of the word that stands at `at`.
    fn look(
        &self,
        literals: &Literals,
        text: &[u8],
        at: usize,
        word: [u8; WORD],
        seen: &mut impl FnMut(Place) -> bool,
    ) -> bool {
        let word = u32::from_le_bytes(word);
        let list = self.first(word).and_then(|first| self.list.get(first..));
        let list = list.unwrap_or_default().iter();
        for known in list.take_while(|known| known.word == word) {
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

/// Returns a word's place in the bitmap: the index, and the bit modulo 32.
fn slot(word: [u8; WORD]) -> (usize, u32) {
    let hash = u32::from_le_bytes(word).wrapping_mul(MULTIPLIER);
    let slot = hash >> (u32::BITS - SLOT_BITS);
    (slot as usize, hash >> (u32::BITS - SLOT_BITS - 5))
}

/// Returns the top bits of a word's multiplicative hash (Knuth, TAOCP 6.4).
fn hash(word: u32, bits: u32) -> usize {
    (word.wrapping_mul(MULTIPLIER) >> (u32::BITS - bits)) as usize
}

/// Returns where the piece of a literal begins that is sampled: the one whose
/// words are rarest in files.
fn rarest(literal: &[u8]) -> usize {
    let costs: Vec<u32> = literal.windows(WORD).map(commonness).collect();
    let pieces = costs.windows(STRIDE).enumerate();
    pieces
        .min_by_key(|(_, costs)| costs.iter().sum::<u32>())
        .map_or(0, |(at, _)| at)
}

/// Commonest ends of English words, and words of programs.
const SUFFIXES: [&[u8; WORD]; 16] = [
    b"tion", b"sion", b"ture", b"ment", b"atio", b"ning", b"ring", b"ting", b"able", b"File",
    b"Name", b"Type", b"Data", b"Veri", b"MBER", b"SION",
];

/// Returns how common a word is in files, roughly: runs of one byte, indentation
/// and ends of lines, then lists of small numbers and parts of English words; what
/// mixes kinds of characters is rare.
fn commonness(word: &[u8]) -> u32 {
    let kinds = |byte: &u8| KINDS.get(usize::from(*byte)).copied().unwrap_or(0);
    let all = word.iter().map(kinds).fold(u8::MAX, |all, kind| all & kind);
    let blanks = word.iter().filter(|b| kinds(b) & BLANK != 0).count();
    let bytes: u32 = word.iter().map(|b| u32::from(kinds(b) & WEIGHT)).sum();
    let first = word.first();
    let kind = match () {
        () if blanks == WORD || word.iter().all(|b| Some(b) == first) => 4000,
        () if blanks > 2 || blanks > 1 && (word.contains(&b',') || word.contains(&b'\n')) => 200,
        () if all & LETTER != 0 && SUFFIXES.iter().any(|suffix| *suffix == word) => 60,
        () if all & LOWER != 0 => 30,
        () if all & LISTED != 0 => 20,
        () if all & UPPER != 0 => 15,
        () if all & LETTER != 0 => 8,
        () => 0,
    };
    kind + bytes
}

/// Kinds of bytes, and in the last two bits how common one is by itself.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        kinds[at] = match byte {
            b'a'..=b'z' => LOWER | LETTER | 1,
            b'A' => UPPER | LETTER | 1,
            b'B'..=b'Z' => UPPER | LETTER,
            _ => 0,
        } | match byte {
            b' ' | b'\n' | b'\t' | b'\r' => BLANK,
            _ => 0,
        } | match byte {
            b' ' | b',' | b'0'..=b'9' | b'x' | b'%' => LISTED,
            _ => 0,
        } | match byte {
            0 | 0xff | b' ' | b'0' => 3,
            b',' | b'\n' => 1,
            _ => 0,
        };
        at += 1;
    }
    kinds
};
const WEIGHT: u8 = 3;
const LOWER: u8 = 4;
const UPPER: u8 = 8;
const LETTER: u8 = 16;
const BLANK: u8 = 32;
const LISTED: u8 = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(literals: &[Vec<u8>], text: &[u8]) -> Vec<Place> {
        let mut places = Vec::new();
        for at in 0..text.len() {
            for (literal, bytes) in literals.iter().enumerate() {
                if text[at..].starts_with(bytes) {
                    places.push(Place { at, literal });
                }
            }
        }
        places
    }

    fn check(literals: &[Vec<u8>], text: &[u8]) {
        let expected = naive(literals, text);
        for search in [Literals::sampled, Literals::mixed] {
            let search = search(literals.to_vec()).expect("an automaton");
            assert_eq!(search.places(text).collect::<Vec<_>>(), expected);
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
            let literals: Vec<Vec<u8>> = literals.into_iter().map(String::into_bytes).collect();
            check(&literals, text.as_bytes());
        }

        #[test]
        fn finds_at_every_alignment_and_seam(before in 0_usize..200, after in 0_usize..70) {
            let literals = vec![b"PRIVATE KEY".to_vec(), b"kty:".to_vec(), b"1234567".to_vec()];
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
        let search = super::super::triggers::Automaton::raw(true, rules).expect("an automaton");
        let words = search.literals().words.as_ref().expect("words");
        for common in [
            *b"    ", [0; 4], [0xff; 4], *b"////", *b"----", *b"====", *b"\n   ",
        ] {
            assert_eq!(words.flag(common) & 1, 0, "{}", common.escape_ascii());
        }
    }

    #[test]
    fn short_literals_share_gates() {
        let literals: Vec<Vec<u8>> = (0..64_u8)
            .map(|i| vec![b'a' + i / 4, b'x', b'y', b'z', b'0' + i % 4])
            .collect();
        let search = Literals::sampled(literals.clone()).expect("an automaton");
        let gates = search.gates.as_ref().expect("gates");
        assert!(gates.members.len() <= MAX_GATES, "{}", gates.members.len());
        check(&literals, b"axyz0 pxyz3 qxyz0 axyz4 dxyz2");
    }
}
