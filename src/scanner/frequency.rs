//! Which words are common in files, so that those that are searched for are not.
//!
//! The list of words was counted in 150 MB of sources in ten languages and of documents, at
//! every fourth byte, the commonest first.

use super::bitmap::{WORD, hash};
use super::sampled::STRIDE;

/// The commonest words without blanks, by blanks apart.
const WORDS: &str = include_str!("words.txt");
/// Places of the table, as a power of two: four times as many as words.
const PLACES: u32 = 12;
/// Commonness of the first word is a twelfth of it.
const MOST: u32 = 24_000;

/// The words, with their ranks from 1.
pub(super) struct CommonWords {
    table: Box<[(u32, u32)]>,
}

impl CommonWords {
    /// Makes the table.
    pub(super) fn new() -> Self {
        let mut common = Self {
            table: vec![(0, 0); 1 << PLACES].into(),
        };
        for (rank, word) in (1..).zip(WORDS.split_ascii_whitespace()) {
            if let Some(word) = word.as_bytes().first_chunk().copied() {
                let word = u32::from_le_bytes(word);
                let at = common.place(word);
                if let Some(place) = common.table.get_mut(at) {
                    *place = (word, rank);
                }
            }
        }
        common
    }

    /// Returns the place of a word, or the free one that it would take. The table is never full.
    fn place(&self, word: u32) -> usize {
        let mask = self.table.len() - 1;
        let mut at = hash(word, PLACES);
        while self
            .table
            .get(at)
            .is_some_and(|(known, rank)| *rank != 0 && *known != word)
        {
            at = (at + 1) & mask;
        }
        at
    }

    /// Returns the rank of a word.
    fn rank(&self, word: [u8; WORD]) -> Option<u32> {
        let place = self.table.get(self.place(u32::from_le_bytes(word)));
        place.map(|(_, rank)| *rank).filter(|rank| *rank != 0)
    }

    /// Returns where the piece of a literal begins that is sampled: the first of those
    /// whose words are rarest in files.
    pub(super) fn rarest(&self, literal: &[u8]) -> usize {
        let mut costs = [0; STRIDE];
        let (mut least, mut best) = (u32::MAX, 0);
        for (i, word) in literal.array_windows().enumerate() {
            if let Some(oldest) = costs.get_mut(i % STRIDE) {
                *oldest = self.commonness(*word);
            }
            let Some(at) = (i + 1).checked_sub(STRIDE) else {
                continue;
            };
            let cost = costs.iter().sum::<u32>();
            if cost < least {
                (least, best) = (cost, at);
            }
            if cost == 0 {
                break;
            }
        }
        best
    }

    /// Returns how common a word is in files, roughly, if it is none of the list: runs of one
    /// byte, indentation and ends of lines, then lists of small numbers and lower-case
    /// letters; what mixes kinds of characters is rare.
    fn commonness(&self, word: [u8; WORD]) -> u32 {
        if let Some(rank) = self.rank(word) {
            return MOST / (rank + 12);
        }
        let kinds = word.map(|byte| KINDS.get(usize::from(byte)).copied().unwrap_or(0));
        let all = kinds.iter().fold(u8::MAX, |all, kind| all & kind);
        let count = |kind: u8| kinds.iter().filter(|k| *k & kind != 0).count();
        let blanks = count(BLANK);
        let bytes: u32 = kinds.iter().map(|kind| u32::from(kind & WEIGHT)).sum();
        let [first, ..] = word;
        let kind = match () {
            () if blanks == WORD || word == [first; WORD] => 4000,
            () if blanks > 2 && count(COMMA) > 0 => 1000,
            () if blanks > 2 || blanks > 1 && count(COMMA) > 0 => 200,
            () if all & LOWER != 0 => 30,
            () if all & LISTED != 0 => 300,
            () if all & UPPER != 0 => 15,
            () if all & LETTER != 0 => 8,
            () => 0,
        };
        kind + bytes
    }
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
            b',' => COMMA | 1,
            b'\n' => 1,
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
const COMMA: u8 = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_list_is_found_with_its_rank() {
        let common = CommonWords::new();
        let words: Vec<&str> = WORDS.split_ascii_whitespace().collect();
        assert!(words.len() * 4 <= 1 << PLACES);
        for (rank, word) in (1..).zip(&words) {
            let word = word.as_bytes().try_into().expect("a word of four bytes");
            assert_eq!(common.rank(word), Some(rank));
        }
        assert_eq!(common.rank(*b"\0\0\0\0"), None);
    }

    #[test]
    fn what_is_rare_is_chosen() {
        let common = CommonWords::new();
        assert_eq!(common.rarest(b"functionKq7Zx9"), 7);
        assert_eq!(common.rarest(b"            Kq7Zx9w"), 12);
    }
}
