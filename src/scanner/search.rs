//! Search for many literals at once, at the speed of memory.
//!
//! Literals of at least [`SAMPLED`](super::sampled::SAMPLED) bytes are found by some of their
//! words, see [`sampled`](super::sampled).
//!
//! Shorter ones, of which there are none among those of formats and of our own rules, go to the
//! packed (SIMD) searcher of `aho-corasick`, which takes as long as that for words.

use aho_corasick::{AhoCorasick, MatchKind};

use super::bitmap::BLOCK;
use super::sampled::{Words, is_sampled};
use crate::blob::{Literal, LiteralAt};

/// Shortest literal, in bytes: the masks of the packed searcher are as wide.
pub(crate) const SHORTEST: usize = 4;
/// Bytes whose hits are put in order together.
const SEGMENT: usize = 64 << 10;

/// Literals, made ready to be searched for.
#[derive(Debug)]
pub(crate) struct Literals {
    list: Vec<Literal>,
    longest: usize,
    short: Option<Short>,
    words: Option<Words>,
}

impl Literals {
    /// Prepares the search.
    pub(crate) fn new(list: Vec<Literal>) -> Result<Self, aho_corasick::BuildError> {
        let is_long = |i: &usize| list.get(*i).is_some_and(is_sampled);
        let (long, short): (Vec<_>, Vec<_>) = (0..list.len()).partition(is_long);
        let words = (!long.is_empty()).then(|| Words::new(&list, &long));
        let short = match short.as_slice() {
            [] => None,
            some => Some(Short::new(&list, some)?),
        };
        Ok(Self {
            longest: list.iter().map(reach).max().unwrap_or(0),
            list,
            short,
            words,
        })
    }

    /// Returns the length of the longest literal.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Returns what is found by its words.
    #[cfg(test)]
    pub(super) fn words(&self) -> &Words {
        self.words.as_ref().expect("words")
    }

    /// Whether there is nothing but what is found by its words.
    #[cfg(test)]
    pub(crate) fn is_fast(&self) -> bool {
        self.short.is_none()
    }

    /// Whether any literal stands in `text`.
    pub(crate) fn seen_in(&self, text: &[u8]) -> bool {
        let mut seen = |_| true;
        let range = 0..text.len();
        self.words
            .as_ref()
            .is_some_and(|words| words.find(self, text, range.clone(), &mut seen))
            || self
                .short
                .as_ref()
                .is_some_and(|short| short.find(self, text, range, &mut seen))
    }

    /// Adds every place of every literal that ends behind `from`, and some before, to a list in order of
    /// their beginnings. Returns false, and some of them, if there are more than `most`.
    pub(crate) fn all_places(
        &self,
        text: &[u8],
        from: usize,
        most: usize,
        places: &mut Vec<LiteralAt>,
    ) -> bool {
        let mut many = false;
        let mut keep = |place| {
            places.push(place);
            many = places.len() > most;
            many
        };
        let mut start = from.saturating_sub(self.longest) / BLOCK * BLOCK;
        while start < text.len() {
            let range = start..start.saturating_add(SEGMENT).min(text.len());
            start = range.end;
            let words = self.words.as_ref();
            let short = self.short.as_ref();
            if words.is_some_and(|words| words.find(self, text, range.clone(), &mut keep))
                || short.is_some_and(|short| short.find(self, text, range, &mut keep))
            {
                break;
            }
        }
        places.sort_unstable();
        places.dedup();
        !many
    }

    /// Returns every place of every literal, in order of their beginnings.
    pub(crate) fn places<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = LiteralAt> + 'a {
        // Hits of a segment may begin before it, by less than a literal: so the
        // last ones of a segment wait for those of the next.
        let mut ready: Vec<LiteralAt> = Vec::new();
        let mut waiting: Vec<LiteralAt> = Vec::new();
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
                if let Some(short) = &self.short {
                    short.find(self, text, start..end, &mut keep);
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

    /// Whether the literal begins at `at`.
    pub(super) fn confirm(&self, text: &[u8], at: usize, literal: usize) -> Option<LiteralAt> {
        let wanted = self.list.get(literal)?;
        wanted
            .begins(text.get(at..)?)
            .then_some(LiteralAt { at, literal })
    }
}

/// Bytes that are looked at to tell whether a literal stands at a place.
fn reach(literal: &Literal) -> usize {
    let behind = literal
        .behind
        .map_or(0, |b| 1 + usize::from(!b.after_blank.is_empty()));
    literal.bytes.len() + behind
}

/// Short literals.
#[derive(Debug)]
struct Short {
    search: AhoCorasick,
    /// Of each pattern: the literals that it begins with.
    begun: Vec<Vec<usize>>,
}

impl Short {
    fn new(list: &[Literal], literals: &[usize]) -> Result<Self, aho_corasick::BuildError> {
        let bytes = |i: &usize| list.get(*i).map(|literal| literal.bytes.as_slice());
        let mut patterns: Vec<&[u8]> = literals.iter().filter_map(bytes).collect();
        // Longest first, so that leftmost-first finds the longest at a place.
        patterns.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        patterns.dedup();
        let begins = |pattern: &&[u8], i: &usize| bytes(i).is_some_and(|b| pattern.starts_with(b));
        let begun = patterns.iter().map(|pattern| {
            let begun = literals.iter().filter(|i| begins(pattern, i));
            begun.copied().collect()
        });
        let begun = begun.collect();
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(&patterns)?;
        Ok(Self { search, begun })
    }

    /// Calls `seen` for the literals that begin in the range, until it
    /// returns true; returns what it returned last.
    fn find(
        &self,
        literals: &Literals,
        text: &[u8],
        range: std::ops::Range<usize>,
        seen: &mut impl FnMut(LiteralAt) -> bool,
    ) -> bool {
        let end = range.end.saturating_add(SHORTEST).min(text.len());
        let mut from = range.start;
        while let Some(found) = text.get(from..end).and_then(|rest| self.search.find(rest)) {
            let at = from + found.start();
            if at >= range.end {
                break;
            }
            let begun = self.begun.get(found.pattern().as_usize());
            let mut places = begun.into_iter().flatten();
            if places.any(|literal| literals.confirm(text, at, *literal).is_some_and(&mut *seen)) {
                return true;
            }
            from = at + 1;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::Behind;
    use proptest::prelude::*;

    fn naive(literals: &[Literal], text: &[u8]) -> Vec<LiteralAt> {
        let mut places = Vec::new();
        for at in 0..text.len() {
            for (literal, wanted) in literals.iter().enumerate() {
                if wanted.begins(&text[at..]) {
                    places.push(LiteralAt { at, literal });
                }
            }
        }
        places
    }

    fn check(literals: &[Literal], text: &[u8]) {
        let expected = naive(literals, text);
        let search = Literals::new(literals.to_vec()).expect("an automaton");
        assert_eq!(search.places(text).collect::<Vec<_>>(), expected);
        let mut all = Vec::new();
        assert!(search.all_places(text, 0, usize::MAX, &mut all));
        assert_eq!(all, expected);
        let most = expected.len().saturating_sub(1);
        all.clear();
        assert_eq!(
            search.all_places(text, 0, most, &mut all),
            expected.is_empty()
        );
        // As a file is searched of which more and more is read.
        all.clear();
        let mut from = 0;
        for end in (0..text.len()).step_by(71).chain([text.len()]) {
            assert!(search.all_places(&text[..end], from, usize::MAX, &mut all));
            from = end;
        }
        assert_eq!(all, expected);
        assert_eq!(search.seen_in(text), !expected.is_empty());
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
            literals in prop::collection::btree_set("[ab]{4,7}", 1..20),
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
            let search = Literals::new(literals).expect("an automaton");
            let found: Vec<_> = search.places(&text).map(|p| (p.at - place, p.literal)).collect();
            prop_assert_eq!(found, vec![(0, 2), (7, 1), (11, 0)]);
        }
    }
}
