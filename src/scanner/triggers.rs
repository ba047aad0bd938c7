//! From the triggers of formats to two automata.
//!
//! Formats say which literals they need to see and in which forms. This module
//! derives the literals to search for: the literal itself, its base64 at each
//! of the three alignments, its hex digits, its UTF-16 text. A derived literal
//! belongs to the decoder of its encoding.
//!
//! Raw blobs are searched for packs of at most [`MAX_ANCHORS`] literals of at
//! least [`MIN_ANCHOR`] bytes, which keeps the SIMD search of `aho-corasick` on:
//! 5 to 7 GB/s a pack against 0.6 without it. Every chunk is searched for every
//! pack, so there are at most [`MAX_PACKS`]; where a literal is listed makes no
//! difference to what is found. Decoded bytes are few, so they are searched with
//! more and shorter literals, in one pack of any size.

use aho_corasick::{AhoCorasick, MatchKind};

use crate::blob::Trigger;
use crate::decode::armor;
use crate::format::FORMATS;

/// Most literals in a pack of raw blobs: the packed searcher takes no more.
const MAX_ANCHORS: usize = 64;
/// Most packs of raw blobs: each is one more pass over every byte read.
#[cfg(test)]
const MAX_PACKS: usize = 2;
/// Shortest literal of the raw automaton, in bytes: its masks are as wide.
pub(crate) const MIN_ANCHOR: usize = 4;

/// Who wants to know that a literal was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The armour decoder.
    Armor,
    /// A format, by its place in the table.
    Format(usize),
    /// The decoder of escaped text.
    Escape,
    /// The base64 decoder; the literal's first character is the `phase`-th of
    /// its quantum of four.
    Base64 { phase: usize },
    /// The hex decoder; the literal's first digit is the `phase`-th of its pair.
    Hex { phase: usize },
    /// The UTF-16 decoder.
    Utf16,
}

impl Owner {
    /// Returns the place of the literal's first character in its unit.
    pub(crate) fn phase(self) -> usize {
        match self {
            Self::Base64 { phase } | Self::Hex { phase } => phase,
            _ => 0,
        }
    }
}

/// A literal to search for.
#[derive(Debug)]
struct Anchor {
    bytes: Vec<u8>,
    owners: Vec<Owner>,
}

/// Automata, what their literals mean, and their longest literal.
#[derive(Debug)]
pub(crate) struct Automaton {
    packs: Vec<Pack>,
    longest: usize,
}

/// One automaton.
#[derive(Debug)]
struct Pack {
    search: AhoCorasick,
    /// For each literal: the owners of it and of every literal of the pack that
    /// it begins with.
    owners: Vec<Vec<Owner>>,
}

/// A literal seen at an offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit<'a> {
    /// Offset of its first byte.
    pub(crate) at: usize,
    /// Who wants to know.
    pub(crate) owners: &'a [Owner],
}

impl Automaton {
    /// Builds the automaton of raw blobs.
    pub(crate) fn raw(archives: bool) -> Result<Self, aho_corasick::BuildError> {
        Self::build(anchors(Searched::Raw, archives), MAX_ANCHORS)
    }

    /// Builds the automaton of decoded bytes.
    pub(crate) fn decoded(archives: bool) -> Result<Self, aho_corasick::BuildError> {
        Self::build(anchors(Searched::Decoded, archives), usize::MAX)
    }

    fn build(anchors: Vec<Anchor>, most: usize) -> Result<Self, aho_corasick::BuildError> {
        let longest = anchors.iter().map(|a| a.bytes.len()).max().unwrap_or(0);
        let packs = packs(anchors, most).into_iter().map(Pack::build);
        Ok(Self {
            packs: packs.collect::<Result<_, _>>()?,
            longest,
        })
    }

    /// Returns the length of the longest literal.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether any literal stands in `bytes`.
    pub(crate) fn seen_in(&self, bytes: &[u8]) -> bool {
        self.packs.iter().any(|pack| pack.search.is_match(bytes))
    }

    /// Returns every place at which a literal begins, in order; a place may
    /// come once for each pack.
    pub(crate) fn hits<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Hit<'a>> {
        let mut next: Vec<_> = self.packs.iter().map(|pack| pack.hit(bytes, 0)).collect();
        std::iter::from_fn(move || {
            let places = next.iter().enumerate();
            let (at, i) = places
                .filter_map(|(i, hit)| Some((hit.as_ref()?.at, i)))
                .min()?;
            let slot = next.get_mut(i)?;
            let hit = slot.take();
            *slot = self.packs.get(i)?.hit(bytes, at + 1);
            hit
        })
    }
}

impl Pack {
    fn build(mut anchors: Vec<Anchor>) -> Result<Self, aho_corasick::BuildError> {
        // Longest first, so that leftmost-first finds the longest at a place.
        anchors.sort_by(|a, b| {
            b.bytes
                .len()
                .cmp(&a.bytes.len())
                .then_with(|| a.bytes.cmp(&b.bytes))
        });
        let owners = anchors
            .iter()
            .map(|anchor| {
                let begun = anchors
                    .iter()
                    .filter(|a| anchor.bytes.starts_with(&a.bytes));
                begun.flat_map(|a| a.owners.iter().copied()).collect()
            })
            .collect();
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(anchors.iter().map(|a| &a.bytes))?;
        Ok(Self { search, owners })
    }

    /// Returns the first place from `from` on at which a literal begins.
    fn hit<'a>(&'a self, bytes: &[u8], from: usize) -> Option<Hit<'a>> {
        let found = self.search.find(bytes.get(from..)?)?;
        let owners = self.owners.get(found.pattern().as_usize())?;
        Some(Hit {
            at: from + found.start(),
            owners,
        })
    }
}

/// Shares literals out evenly over as few packs as hold them. Neighbours in
/// the alphabet go together: the packed searcher has 8 or 16 buckets of literals
/// with like beginnings, and verifies fewer places when buckets are alike.
fn packs(mut anchors: Vec<Anchor>, most: usize) -> Vec<Vec<Anchor>> {
    anchors.sort_by(|a, b| a.bytes.cmp(&b.bytes));
    let share = anchors.len().div_ceil(anchors.len().div_ceil(most).max(1));
    let mut packs = Vec::new();
    while anchors.len() > share {
        let rest = anchors.split_off(share);
        packs.push(std::mem::replace(&mut anchors, rest));
    }
    packs.push(anchors);
    packs
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Searched {
    Raw,
    Decoded,
}

/// How base64 of compressed data begins: gzip, zip, zstd; and base64 of base64
/// of gzip, as Helm writes into Secrets. zlib (`eJ`) is too short to be searched.
const PACKED: &[&[u8]] = &[b"H4sI", b"UEsDB", b"KLUv", b"SDRzS"];

fn anchors(searched: Searched, archives: bool) -> Vec<Anchor> {
    let mut anchors = Vec::new();
    for head in PACKED.iter().filter(|_| archives) {
        add(&mut anchors, head.to_vec(), Owner::Base64 { phase: 0 });
    }
    let label = Trigger::text(armor::ANCHOR);
    derive(&label, Owner::Armor, searched, &mut anchors);
    // Dashes and all may be escaped: `\u002d\u002d…`.
    add(&mut anchors, armor::ANCHOR.to_vec(), Owner::Escape);
    for (i, format) in FORMATS.iter().enumerate() {
        for trigger in format.spec().triggers {
            derive(trigger, Owner::Format(i), searched, &mut anchors);
            // Text that holds a format's own syntax may itself be a literal.
            if trigger.forms.utf16 {
                add(&mut anchors, trigger.bytes.to_vec(), Owner::Escape);
            }
        }
    }
    anchors
}

/// Adds the literals of one trigger.
fn derive(trigger: &Trigger, owner: Owner, searched: Searched, anchors: &mut Vec<Anchor>) {
    let forms = trigger.forms;
    if forms.plain || (searched == Searched::Decoded && !forms.head) {
        let whole = trigger.bytes.len() - usize::from(trigger.last_bits < 8);
        add(
            anchors,
            trigger.bytes.get(..whole).unwrap_or_default().to_vec(),
            owner,
        );
    }
    if forms.base64 {
        for shift in 0..3 {
            for (text, phase) in base64_forms(trigger, shift) {
                add(anchors, text, Owner::Base64 { phase });
            }
        }
    }
    if forms.base64_head {
        // Stores are pasted with the standard alphabet.
        if let Some((text, phase)) = base64_forms(trigger, 0).into_iter().next() {
            add(anchors, text, Owner::Base64 { phase });
        }
    }
    if forms.hex {
        for (text, phase) in hex_forms(trigger) {
            add(anchors, text, Owner::Hex { phase });
        }
    }
    if forms.utf16 {
        let mut text: Vec<u8> = trigger.bytes.iter().flat_map(|&b| [b, 0]).collect();
        text.pop();
        add(anchors, text, Owner::Utf16);
    }
}

fn add(anchors: &mut Vec<Anchor>, bytes: Vec<u8>, owner: Owner) {
    if bytes.len() < MIN_ANCHOR {
        return;
    }
    match anchors.iter_mut().find(|a| a.bytes == bytes) {
        Some(anchor) if anchor.owners.contains(&owner) => {}
        Some(anchor) => anchor.owners.push(owner),
        None => anchors.push(Anchor {
            bytes,
            owners: vec![owner],
        }),
    }
}

/// Returns the characters that a literal always has in base64 when `shift`
/// unknown bytes stand before it in its quantum, and the phase of the first.
fn base64_forms(trigger: &Trigger, shift: usize) -> Vec<(Vec<u8>, usize)> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let known = 8 * trigger.bytes.len() - usize::from(8 - trigger.last_bits);
    let (first, end) = ((8 * shift).div_ceil(6), (8 * shift + known) / 6);
    let bit = |i: usize| {
        let i = i - 8 * shift;
        trigger
            .bytes
            .get(i / 8)
            .map_or(0, |b| usize::from(b >> (7 - i % 8) & 1))
    };
    let text: Vec<u8> = (first..end)
        .map(|c| (0..6).fold(0, |v, b| v << 1 | bit(c * 6 + b)))
        .filter_map(|v| ALPHABET.get(v).copied())
        .collect();
    let url: Vec<u8> = text
        .iter()
        .map(|c| match c {
            b'+' => b'-',
            b'/' => b'_',
            c => *c,
        })
        .collect();
    let phase = first % 4;
    if url == text {
        vec![(text, phase)]
    } else {
        vec![(text, phase), (url, phase)]
    }
}

/// Returns the digits of a literal, and the phase of the first: one run of
/// decimal digits where it is long enough to serve both cases of letters.
fn hex_forms(trigger: &Trigger) -> Vec<(Vec<u8>, usize)> {
    /// Digits that are as rare in text as 4 bytes are in binary data.
    const ENOUGH: usize = 8;
    let digits: String = trigger.bytes.iter().map(|b| format!("{b:02x}")).collect();
    let known = digits.len() - usize::from(trigger.last_bits < 8);
    let lower = digits.get(..known).unwrap_or_default();
    let runs = lower.split(|c: char| c.is_ascii_alphabetic());
    if let Some(run) = runs.max_by_key(|r| r.len())
        && run.len() >= ENOUGH
    {
        let at = lower.find(run).unwrap_or(0);
        return vec![(run.as_bytes().to_vec(), at % 2)];
    }
    let upper = lower.to_ascii_uppercase();
    vec![(lower.as_bytes().to_vec(), 0), (upper.into_bytes(), 0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::base64::{Engine as _, engine::general_purpose::STANDARD};

    #[test]
    fn the_raw_automaton_keeps_its_simd_search() {
        let anchors = anchors(Searched::Raw, true);
        let list: Vec<String> = anchors
            .iter()
            .map(|a| a.bytes.escape_ascii().to_string())
            .collect();
        assert!(
            anchors.len() <= MAX_ANCHORS * MAX_PACKS,
            "{} anchors: {list:#?}",
            anchors.len()
        );
        assert!(anchors.iter().all(|a| a.bytes.len() >= MIN_ANCHOR));
    }

    #[test]
    fn derived_literals_stand_in_encoded_text() {
        let trigger = Trigger::encoded_half(b"\x02\x01\x00\x02\x80");
        for shift in 0..3 {
            for next in [0x81_u8, 0x82, 0x8f] {
                let mut data = vec![0xaa; shift];
                data.extend_from_slice(&[2, 1, 0, 2, next, 0x55, 0xaa]);
                let text = STANDARD.encode(&data);
                let (form, phase) = base64_forms(&trigger, shift).remove(0);
                let at = memchr::memmem::find(text.as_bytes(), &form).expect("form in text");
                assert_eq!(at % 4, phase);
            }
        }
        assert_eq!(hex_forms(&trigger), [(b"020100028".to_vec(), 0)]);
        assert_eq!(
            hex_forms(&Trigger::text(b"PRIVATE KEY")),
            [(b"50524956415445204".to_vec(), 0)]
        );
    }
}
