//! From the triggers of formats to the literals that are searched for.
//!
//! Formats say which literals they need to see and in which forms. This module
//! derives the literals to search for: the literal itself, its base64 at each
//! of the three alignments, its hex digits, its UTF-16 text. A derived literal
//! belongs to the decoder of its encoding.
//!
//! How they are searched for is the matter of [`search`](super::search).

use std::collections::BTreeSet;

use super::sampled::{SAMPLED, WHOLE};
use super::search::{Literals, SHORTEST};
use crate::blob::{Behind, Literal, LiteralAt, Trigger};
use crate::decode::{armor, base64, entity, escape, hex, numbers};
use crate::format::FORMATS;
use crate::wire::base64::ALPHABET;

/// Who wants to know that a literal was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The armour decoder.
    Armor,
    /// A format, by its place in the table.
    Format(usize),
    /// The decoder of escaped text.
    Escape,
    /// The decoder of lines behind a margin.
    Margin,
    /// The decoder of XML and HTML.
    Entity,
    /// The base64 decoder; the literal's first character is the `phase`-th of
    /// its quantum of four.
    Base64 { phase: usize },
    /// The hex decoder; the literal's first digit is the `phase`-th of its pair.
    Hex { phase: usize },
    /// The decoder of bytes written as numbers.
    Numbers,
    /// The UTF-16 decoder.
    Utf16,
    /// The rules of `patterns/`.
    Rules,
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
pub(crate) struct Anchor {
    literal: Literal,
    owners: Vec<Owner>,
}

/// Literals, and what they mean.
#[derive(Debug)]
pub(crate) struct Automaton {
    literals: Literals,
    /// Of each literal.
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
    /// Builds the automaton of raw blobs from [`of_formats`] and [`numbers`]. `rules` are the
    /// triggers of `patterns/`.
    pub(crate) fn raw(
        formats: Vec<Anchor>,
        rules: &[Literal],
    ) -> Result<Self, aho_corasick::BuildError> {
        Self::build(formats, rules)
    }

    /// Builds the automaton of decoded bytes.
    pub(crate) fn decoded(
        archives: bool,
        rules: &[Literal],
    ) -> Result<Self, aho_corasick::BuildError> {
        let mut anchors = anchors(Searched::Decoded, archives);
        anchors.extend(numbers());
        Self::build(anchors, rules)
    }

    fn build(
        mut anchors: Vec<Anchor>,
        rules: &[Literal],
    ) -> Result<Self, aho_corasick::BuildError> {
        anchors.extend(rules.iter().map(|literal| Anchor {
            literal: literal.clone(),
            owners: vec![Owner::Rules],
        }));
        let mut anchors = joined(anchors);
        // The longest at a place says most about it: it is woken first.
        anchors.sort_by_key(|anchor| std::cmp::Reverse(anchor.literal.bytes.len()));
        let (literals, owners) = anchors.into_iter().map(|a| (a.literal, a.owners)).unzip();
        Ok(Self {
            literals: Literals::new(literals)?,
            owners,
        })
    }

    /// Returns the length of the longest literal.
    pub(crate) fn longest(&self) -> usize {
        self.literals.longest()
    }

    /// Returns what is searched for.
    #[cfg(test)]
    pub(super) fn literals(&self) -> &Literals {
        &self.literals
    }

    /// Whether any literal stands in `bytes`.
    pub(crate) fn seen_in(&self, bytes: &[u8]) -> bool {
        self.literals.seen_in(bytes)
    }

    /// Returns every place at which a literal begins, in order; a place comes
    /// once for each literal that begins there.
    pub(crate) fn hits<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Hit<'a>> {
        self.of(self.literals.places(bytes))
    }

    /// Returns what is known of places.
    pub(crate) fn of<'a>(
        &'a self,
        places: impl Iterator<Item = LiteralAt> + 'a,
    ) -> impl Iterator<Item = Hit<'a>> {
        places.map(|place| Hit {
            at: place.at,
            owners: self.owners.get(place.literal).map_or(&[], Vec::as_slice),
        })
    }

    /// Adds the places at which literals begin that end behind `from` to a list, in order. Returns
    /// false if there are more than `most`.
    pub(crate) fn places(
        &self,
        bytes: &[u8],
        from: usize,
        most: usize,
        places: &mut Vec<LiteralAt>,
    ) -> bool {
        self.literals.all_places(bytes, from, most, places)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Searched {
    Raw,
    Decoded,
}

/// How packed data begins: gzip with any flags, whose last two bits are in the next character; zip with the versions that they
/// write (2.0, 1.0); zstd; xz; bzip2; 7z; SQLite; and base64 of gzip, as Helm
/// writes into Secrets. zlib and LZ4 begin with too little to be searched in base64.
const PACKED: &[&[u8]] = &[
    b"\x1f\x8b\x08\x00",
    b"\x1f\x8b\x08\x04",
    b"\x1f\x8b\x08\x08",
    b"\x1f\x8b\x08\x0c",
    b"\x1f\x8b\x08\x10",
    b"\x1f\x8b\x08\x14",
    b"\x1f\x8b\x08\x18",
    b"\x1f\x8b\x08\x1c",
    b"PK\x03\x04\x14\x00",
    b"PK\x03\x04\x0a\x00",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\x00",
    b"BZh91AY&SY",
    b"7z\xbc\xaf\x27\x1c",
    b"SQLite format 3",
    b"H4sIAA",
];

/// Returns what formats and decoders want to be told of in raw blobs, but for [`numbers`].
pub(crate) fn of_formats(archives: bool) -> Vec<Anchor> {
    anchors(Searched::Raw, archives)
}

fn anchors(searched: Searched, archives: bool) -> Vec<Anchor> {
    let mut anchors = Vec::new();
    for head in PACKED.iter().filter(|_| archives) {
        let (texts, phase) = base64_forms(&Trigger::plain(head), 0);
        for text in texts {
            add(&mut anchors, text, Owner::Base64 { phase });
        }
    }
    let label = Trigger::text(armor::ANCHOR);
    derive(&label, Owner::Armor, searched, &mut anchors);
    for label in armor::ANCHORS_IN_URLS {
        add(&mut anchors, label.to_vec(), Owner::Armor);
    }
    // A wrap may cut the label in two wherever it stands, but never the first
    // characters of what was encoded.
    derive(
        &Trigger::base64_head(armor::HEAD),
        Owner::Armor,
        searched,
        &mut anchors,
    );
    // Dashes and all may be escaped: `\u002d\u002d…`.
    add(&mut anchors, armor::ANCHOR.to_vec(), Owner::Escape);
    for bytes in escape::ANCHORS {
        add(&mut anchors, bytes.to_vec(), Owner::Escape);
    }
    for digits in hex::ANCHORS {
        add(&mut anchors, digits.to_vec(), Owner::Hex { phase: 0 });
    }
    // Base64 of base64, wherever in its own quantum the inner one begins.
    let mut twice = Trigger::encoded(base64::ARMOR);
    twice.forms.hex = false;
    derive(&twice, Owner::Base64 { phase: 0 }, searched, &mut anchors);
    for (i, format) in FORMATS.iter().enumerate() {
        for trigger in format.spec().triggers {
            derive(trigger, Owner::Format(i), searched, &mut anchors);
            // Text that holds a format's own syntax may itself be a literal.
            if trigger.forms.escaped {
                add(&mut anchors, trigger.bytes.to_vec(), Owner::Escape);
                add(&mut anchors, trigger.bytes.to_vec(), Owner::Margin);
                for form in entity::forms(trigger.bytes) {
                    add(&mut anchors, form, Owner::Entity);
                }
            }
        }
    }
    anchors
}

/// Returns what the decoder of numbers wants to be told of: the literals of binary formats as numbers,
/// in every writing that is long enough to be rare.
pub(crate) fn numbers() -> Vec<Anchor> {
    let triggers = FORMATS.iter().flat_map(|format| format.spec().triggers);
    let binary = triggers.filter(|trigger| {
        let forms = trigger.forms;
        let is_searched = forms.plain || forms.base64 || forms.base64_head || forms.head;
        is_searched && trigger.bytes.iter().any(u8::is_ascii_control)
    });
    let whole = binary.map(|trigger| {
        let whole = trigger.bytes.len() - usize::from(trigger.last_bits < 8);
        trigger.bytes.get(..whole).unwrap_or_default()
    });
    let literals: BTreeSet<&[u8]> = whole.chain([armor::HEAD]).collect();
    let mut anchors = Vec::new();
    for literal in literals.into_iter().filter(|l| l.len() >= SHORTEST) {
        for form in numbers::forms(literal) {
            if form.len() >= WHOLE {
                add(&mut anchors, form, Owner::Numbers);
            }
        }
    }
    anchors
}

/// Joins what is the same literal, and leaves out those that say no more than a
/// shorter one they begin with.
fn joined(anchors: Vec<Anchor>) -> Vec<Anchor> {
    // In this order a literal stands behind all that it begins with.
    let mut anchors = in_order(anchors);
    anchors.dedup_by(|again, first| {
        let is_same = again.literal == first.literal;
        if is_same {
            let new = again.owners.iter().filter(|o| !first.owners.contains(o));
            let new: Vec<Owner> = new.copied().collect();
            first.owners.extend(new);
        }
        is_same
    });
    let mut kept: Vec<Anchor> = Vec::with_capacity(anchors.len());
    // Places in `kept` of those that the last one begins with, and its own.
    let mut begun: Vec<usize> = Vec::new();
    for anchor in anchors {
        let at = |i: &usize| kept.get(*i);
        let begins = |i: &usize| at(i).is_some_and(|a| a.literal.begins(&anchor.literal.bytes));
        while begun.last().is_some_and(|last| !begins(last)) {
            begun.pop();
        }
        let tells = |a: &Anchor| anchor.owners.iter().all(|o| a.owners.contains(o));
        if begun.iter().filter_map(at).any(tells) {
            continue;
        }
        begun.push(kept.len());
        kept.push(anchor);
    }
    kept
}

/// Puts anchors in the order of their literals; those of the same one as they were.
fn in_order(anchors: Vec<Anchor>) -> Vec<Anchor> {
    // This is done at every start, so few pairs are compared byte by byte.
    let mut order: Vec<(u64, usize)> = anchors
        .iter()
        .enumerate()
        .map(|(i, anchor)| (beginning(&anchor.literal.bytes), i))
        .collect();
    let bytes = |i: usize| anchors.get(i).map(|anchor| anchor.literal.bytes.as_slice());
    order.sort_unstable_by(|&(a, i), &(b, j)| {
        let whole = || bytes(i).cmp(&bytes(j)).then_with(|| i.cmp(&j));
        a.cmp(&b).then_with(whole)
    });
    let mut anchors: Vec<Option<Anchor>> = anchors.into_iter().map(Some).collect();
    let sorted = order.into_iter();
    sorted
        .filter_map(|(_, i)| anchors.get_mut(i)?.take())
        .collect()
}

/// Returns the first bytes as a number that is in order as they are.
fn beginning(bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_be_bytes(first)
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
            let (texts, phase) = base64_forms(trigger, shift);
            for text in texts {
                for text in in_urls(&text).into_iter().chain([text]) {
                    add_inside(anchors, text, Owner::Base64 { phase });
                }
            }
        }
    }
    if forms.base64_head {
        let (texts, phase) = base64_forms(trigger, 0);
        for text in texts {
            for text in in_urls(&text).into_iter().chain([text]) {
                add(anchors, text, Owner::Base64 { phase });
            }
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
    if bytes.len() >= SHORTEST {
        anchors.push(Anchor {
            literal: Literal::new(bytes),
            owners: vec![owner],
        });
    }
}

/// What stands behind a character of base64 where this does not end: another one, a line break,
/// which may be escaped as in strings, forms, HTML or mails, or the end of a piece of a string literal.
const BASE64: Behind = Behind {
    any: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_ \t\r\n\\\"'`%&=",
    after_blank: b"",
};

/// As [`add`], for characters of base64 that more of it follows. It is worth to know of those that
/// are too few to have four words of their own.
fn add_inside(anchors: &mut Vec<Anchor>, bytes: Vec<u8>, owner: Owner) {
    let behind = (bytes.len() < WHOLE).then_some(&BASE64);
    add(anchors, bytes, owner);
    if let Some(anchor) = anchors.last_mut() {
        anchor.literal.behind = behind;
    }
}

/// Returns the characters that a literal has in base64 when `shift` unknown bytes stand
/// before it in its quantum, and the phase of the first. Where those that it always has are too
/// few to be sampled, characters of which it has some bits join them, in all their readings.
fn base64_forms(trigger: &Trigger, shift: usize) -> (Vec<Vec<u8>>, usize) {
    let from = 8 * shift;
    let to = from + 8 * trigger.bytes.len() - usize::from(8 - trigger.last_bits);
    let (mut first, mut end) = (from.div_ceil(6), to / 6);
    while end - first < SAMPLED {
        // Bits that are known of the characters on both sides.
        match (6 * first - from, to - 6 * end) {
            (0, 0) => break,
            (before, behind) if before > behind => first -= 1,
            _ => end += 1,
        }
    }
    // Of a character, its bits as far as they are known, and how many are not, on either side.
    let six = |c: usize| {
        let (start, stop) = ((6 * c).max(from), (6 * c + 6).min(to));
        let bit = |i: usize| {
            trigger
                .bytes
                .get(i / 8)
                .map_or(0, |b| usize::from(b >> (7 - i % 8) & 1))
        };
        let known = (start - from..stop - from).fold(0, |bits, i| bits << 1 | bit(i));
        (known, start - 6 * c, 6 * c + 6 - stop)
    };
    let mut texts = vec![Vec::with_capacity(end - first)];
    for (known, before, behind) in (first..end).map(six) {
        let high = (0..1 << before).map(|high| high << (6 - before));
        let both =
            high.flat_map(|high| (0..1 << behind).map(move |low| high | known << behind | low));
        let characters: Vec<u8> = both
            .filter_map(|v: usize| ALPHABET.get(v).copied())
            .collect();
        match characters.as_slice() {
            &[one] => texts.iter_mut().for_each(|text| text.push(one)),
            several => {
                let with = |text: &Vec<u8>, c: &u8| [text.as_slice(), &[*c]].concat();
                let longer = texts
                    .iter()
                    .flat_map(|text| several.iter().map(move |c| with(text, c)));
                texts = longer.collect();
            }
        }
    }
    (texts, first % 4)
}

/// Returns the same in the alphabet of URLs and as forms are sent, if that makes a difference.
fn in_urls(text: &[u8]) -> Vec<Vec<u8>> {
    if !text.iter().any(|c| matches!(c, b'+' | b'/')) {
        return Vec::new();
    }
    let replaced = |plus: &[u8], slash: &[u8]| {
        let pieces = text.iter().map(|c| match c {
            b'+' => plus,
            b'/' => slash,
            c => std::slice::from_ref(c),
        });
        pieces.collect::<Vec<_>>().concat()
    };
    vec![replaced(b"-", b"_"), replaced(b"%2B", b"%2F")]
}

/// Returns the digits of a literal, and the phase of the first: one run of
/// decimal digits where it is long enough to serve both cases of letters.
fn hex_forms(trigger: &Trigger) -> Vec<(Vec<u8>, usize)> {
    /// Digits that are as rare in text as 4 bytes are in binary data.
    const ENOUGH: usize = 8;
    let digits = crate::wire::hex::encode(trigger.bytes);
    let known = digits.len() - usize::from(trigger.last_bits < 8);
    let lower = digits.get(..known).unwrap_or_default();
    let runs = lower.split(|c: char| c.is_ascii_alphabetic());
    if let Some(run) = runs.max_by_key(|r| r.len())
        && run.len() >= ENOUGH
    {
        let at = lower.find(run).unwrap_or(0);
        // No more of them: a longer run is cut by more line breaks.
        let run = run.get(..ENOUGH).unwrap_or(run);
        return vec![(run.as_bytes().to_vec(), at % 2)];
    }
    let upper = lower.to_ascii_uppercase();
    vec![(lower.as_bytes().to_vec(), 0), (upper.into_bytes(), 0)]
}

#[cfg(test)]
mod tests {
    use super::super::sampled::is_sampled;
    use super::*;
    use ::base64::{Engine as _, engine::general_purpose::STANDARD};

    #[test]
    fn the_raw_automaton_keeps_its_speed() {
        let patterns = crate::pattern::Patterns::embedded().expect("rules");
        let rules = patterns.triggers();
        let anchors = || [of_formats(true), numbers()].into_iter().flatten();
        let automaton = Automaton::raw(anchors().collect(), rules).expect("an automaton");
        let anchors: Vec<Anchor> = anchors().collect();
        let formats = anchors.iter().map(|anchor| &anchor.literal);
        let short: Vec<_> = formats.chain(rules).filter(|l| !is_sampled(l)).collect();
        assert!(automaton.literals().is_fast(), "too short: {short:#?}");
    }

    #[test]
    fn derived_literals_stand_in_encoded_text() {
        let trigger = Trigger::encoded_half(b"\x02\x01\x00\x02\x80");
        for shift in 0..3 {
            for next in [0x81_u8, 0x82, 0x8f] {
                let mut data = vec![0xaa; shift];
                data.extend_from_slice(&[2, 1, 0, 2, next, 0x55, 0xaa]);
                let text = STANDARD.encode(&data);
                let (forms, phase) = base64_forms(&trigger, shift);
                let form = |form: &Vec<u8>| memchr::memmem::find(text.as_bytes(), form);
                let seen: Vec<usize> = forms.iter().filter_map(form).collect();
                assert!(
                    matches!(*seen, [at] if at % 4 == phase),
                    "{seen:?} of {forms:?}"
                );
                assert!(forms.iter().all(|form| form.len() >= SAMPLED));
            }
        }
        let (forms, _) = base64_forms(&Trigger::encoded(b"\x02\x01\x01\x04"), 1);
        assert_eq!(forms.len(), 4, "{forms:?}");
        assert_eq!(hex_forms(&trigger), [(b"02010002".to_vec(), 0)]);
        assert_eq!(
            hex_forms(&Trigger::text(b"PRIVATE KEY")),
            [(b"50524956".to_vec(), 0)]
        );
    }
}
