//! Challenge matching: every plausible secret in a blob, against the answers of
//! the list.
//!
//! Nothing marks a secret, so every run of 16 to 1,024 printable bytes between
//! blanks and quotes is a candidate, whole, without surrounding punctuation and
//! behind a `=` or `:`, and so is every quoted text. Each is read as it stands and
//! in every encoding that it could be in ([`reading`](super::reading)). The lengths of the list's
//! keys, where it tells them all, leave few readings to compute a MAC of. What was
//! tried without success is remembered for the run, in a table of fixed size.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use fearless_simd::{Level, dispatch};

use super::likely::{Random, is_media, is_packed_data, is_structured, is_text};
use super::reading::{can_fit, readings};
use crate::blob::Span;
use crate::inventory::Answers;

/// Shortest candidate, in bytes: 128 bits, the shortest key that is used.
const MIN_TOKEN: usize = 16;
/// Longest candidate, in bytes.
pub(super) const MAX_TOKEN: usize = 1024;
/// Slots of the memory of what was tried: 8 MiB.
const SLOTS: usize = 1 << 20;
/// Largest binary blob of which windows are tried, in bytes.
const MAX_BINARY: usize = 64 << 10;
/// Largest one of compressed or encrypted data of which every window is tried; of a larger
/// one, of bytecode and of DER, the ends, and what stands behind a length.
const MAX_PACKED: usize = 4 << 10;

/// What is sought, and what was tried before.
pub(super) struct Sought {
    answers: Answers,
    /// Whether a length in bytes fits some algorithm, for lengths up to the longest.
    fits: [bool; MAX_TOKEN + 8],
    /// Whether some reading of a text of so many bytes has a length that fits.
    worth: [bool; MAX_TOKEN + 1],
    /// Lengths of keys that entries tell, in bytes.
    lengths: Vec<usize>,
    /// Shortest text that some reading could make a key of.
    shortest: usize,
    tried: Box<[AtomicU64]>,
    hasher: RandomState,
    level: Level,
}

impl std::fmt::Debug for Sought {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Sought").field(&self.answers).finish()
    }
}

/// A reading of a candidate that answers the challenge.
pub(super) struct Hit {
    /// Where the candidate stands.
    pub(super) span: Span,
    /// The encoding that was undone, if any.
    pub(super) layer: Option<&'static str>,
}

impl Sought {
    pub(super) fn new(answers: Answers) -> Self {
        let bits = |n: usize| u32::try_from(n * 8).unwrap_or(u32::MAX);
        let fits = std::array::from_fn(|n| answers.algorithms().iter().any(|a| a.fits(bits(n))));
        let known = answers.algorithms().iter().flat_map(|a| &a.bits);
        let mut lengths: Vec<usize> = known.map(|b| *b as usize / 8).collect();
        lengths.retain(|n| (MIN_TOKEN..=MAX_TOKEN).contains(n));
        lengths.sort_unstable();
        lengths.dedup();
        let may_fit = |n: usize| n >= MIN_TOKEN && fits.get(n).copied().unwrap_or(false);
        let worth = std::array::from_fn(|n| n >= MIN_TOKEN && can_fit(n, &may_fit));
        let shortest = worth.iter().position(|worth| *worth);
        Self {
            fits,
            worth,
            lengths,
            shortest: shortest.unwrap_or(MAX_TOKEN),
            tried: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
            level: Level::new(),
            answers,
        }
    }

    /// Whether a secret answers the challenge as an entry does. Its length is not
    /// looked at when it is `certain` to be a secret.
    fn is_listed(&self, secret: &[u8], certain: bool) -> bool {
        let bits = u32::try_from(secret.len() * 8).unwrap_or(u32::MAX);
        self.answers.algorithms().iter().any(|algorithm| {
            let mac = algorithm.mac;
            (certain || algorithm.fits(bits)) && {
                let answer = mac.answer(secret);
                let answer = answer.get(..mac.bytes()).unwrap_or_default();
                self.answers.has(mac, answer)
            }
        })
    }

    fn may_fit(&self, len: usize) -> bool {
        len >= MIN_TOKEN && self.fits.get(len).copied().unwrap_or(false)
    }

    /// Returns the encoding in which a text is the secret of an entry.
    ///
    /// `certain`: the text stands where a secret does, so that every length is
    /// tried, and a line break behind it.
    pub(super) fn read(&self, text: &[u8], certain: bool) -> Option<Option<&'static str>> {
        let mut listed = None;
        let fits = |n: usize| certain && n >= 8 || self.may_fit(n);
        readings(text, certain, &fits, &mut |secret, layer| {
            if listed.is_none() && self.is_listed(secret, certain) {
                listed = Some(layer);
            }
        });
        listed
    }

    /// Whether some reading of a text may be long enough, and not too long. With
    /// escapes in it only undoing them tells.
    fn is_worth(&self, text: &[u8], escaped: bool) -> bool {
        match self.worth.get(text.len()) {
            Some(true) => true,
            Some(false) => {
                escaped && text.len() > self.shortest && memchr::memchr(b'\\', text).is_some()
            }
            None => false,
        }
    }

    /// As [`Sought::read`], and not again what was tried in this run.
    fn read_once(&self, text: &[u8]) -> Option<Option<&'static str>> {
        let hash = self.hasher.hash_one(text).max(1);
        let slot = self.tried.get(hash as usize % SLOTS)?;
        if slot.load(Ordering::Relaxed) == hash {
            return None;
        }
        let listed = self.read(text, false);
        if listed.is_none() {
            slot.store(hash, Ordering::Relaxed);
        }
        listed
    }

    /// Finds the secrets of entries.
    pub(super) fn search(&self, bytes: &[u8], hits: &mut Vec<Hit>) {
        // A file may be the secret and nothing else.
        if (MIN_TOKEN..=MAX_TOKEN).contains(&bytes.len()) {
            let trimmed = bytes.trim_ascii();
            // Text with blanks in it, and what is no text, is tried only at the lengths of keys.
            let certain = !trimmed.iter().any(u8::is_ascii_whitespace) && is_text(bytes);
            for text in [bytes, trimmed] {
                if let Some(layer) = self.read(text, certain) {
                    let start = bytes.len() - bytes.trim_ascii_start().len();
                    hits.push(Hit {
                        span: start..start + trimmed.len(),
                        layer,
                    });
                    return;
                }
            }
        }
        let mut at = 0;
        while let Some(run) = next_run(self.level, bytes, at, self.shortest) {
            at = run.end + 1;
            self.run(bytes, &run, hits);
        }
        self.quoted(bytes, hits);
        self.binary(bytes, hits);
    }

    fn run(&self, bytes: &[u8], run: &Span, hits: &mut Vec<Hit>) {
        let text = bytes.get(run.clone()).unwrap_or_default();
        let inner = trimmed(text);
        let (from, part) = (run.start + inner.start, text.get(inner).unwrap_or_default());
        let escaped = memchr::memchr(b'\\', text).is_some();
        let mut tries = |start: usize, piece: &[u8]| {
            if self.is_worth(piece, escaped)
                && let Some(layer) = self.read_once(piece)
            {
                hits.push(Hit {
                    span: start..start + piece.len(),
                    layer,
                });
            }
        };
        tries(run.start, text);
        if part.len() < text.len() {
            tries(from, part);
        }
        // What stands behind the first `=` and each `:`, and what has only the
        // characters of base64 and hex.
        let of = |b: &u8| CLASSES.get(usize::from(*b)).copied().unwrap_or(0);
        let class = |at: usize| part.get(at).map_or(0, of);
        let (mut names, mut word) = (0, 0);
        while let Some(rest) = part.get(word..) {
            let len = rest.iter().position(|b| of(b) & BASE64 == 0);
            let at = word + len.unwrap_or(rest.len());
            let is = class(at);
            if at - word >= self.shortest && at - word < part.len() {
                let padding = (at..at + 2).take_while(|at| class(*at) & PADDING != 0);
                let end = at + padding.count();
                tries(from + word, part.get(word..end).unwrap_or_default());
                // Hex behind a name and a dash.
                let digits = (word..at).rev().take_while(|at| class(*at) & HEX != 0);
                let start = at - digits.count();
                if start > word {
                    tries(from + start, part.get(start..at).unwrap_or_default());
                }
            }
            word = at + 1;
            // Paths of code have `::`; what is too short is no key.
            let double =
                || is & COLON != 0 && (class(at + 1) | class(at.wrapping_sub(1))) & COLON != 0;
            if is & SPLITS != 0 && names < 4 && part.len() - at > self.shortest && !double() {
                names += 1;
                tries(from + at + 1, part.get(at + 1..).unwrap_or_default());
            }
        }
    }

    /// Tries quoted texts with blanks; those without are runs.
    fn quoted(&self, bytes: &[u8], hits: &mut Vec<Hit>) {
        // The last quote of each kind.
        let mut opened = [None; 3];
        for at in memchr::memchr3_iter(b'"', b'\'', b'`', bytes) {
            let kind = match bytes.get(at) {
                Some(b'"') => 0,
                Some(b'\'') => 1,
                _ => 2,
            };
            let open = opened.get_mut(kind).and_then(|open| open.replace(at + 1));
            let Some(text) = open.and_then(|open| bytes.get(open..at)) else {
                continue;
            };
            if !(MIN_TOKEN..=MAX_TOKEN).contains(&text.len()) {
                continue;
            }
            let inner = text.trim_ascii();
            let mut worth = [text, inner].into_iter().filter(|t| self.is_worth(t, true));
            let Some(text) = worth.next() else { continue };
            if memchr::memchr(b' ', text).is_none() || memchr::memchr(b'\n', text).is_some() {
                continue;
            }
            if let Some(layer) = [Some(text), worth.next()]
                .into_iter()
                .flatten()
                .find_map(|text| self.read_once(text))
            {
                hits.push(Hit {
                    span: open.unwrap_or(at)..at,
                    layer,
                });
            }
        }
    }

    /// Tries windows of the known lengths in small binary blobs.
    fn binary(&self, bytes: &[u8], hits: &mut Vec<Hit>) {
        if bytes.len() > MAX_BINARY || is_text(bytes) || is_media(bytes) {
            return;
        }
        let large = bytes.len() > MAX_PACKED;
        let everywhere = !(is_structured(bytes) || large && is_packed_data(bytes));
        // What begins like a random stretch of the shortest length.
        let shortest = self.lengths.first().filter(|_| everywhere);
        let begins = shortest.map(|&len| Random::new(len).places(bytes));
        for &len in &self.lengths {
            let random = Random::new(len);
            let mut look = |at: usize| {
                if random.stands(bytes, at)
                    && let Some(window) = bytes.get(at..at + len)
                    && self.is_listed(window, false)
                {
                    hits.push(Hit {
                        span: at..at + len,
                        layer: None,
                    });
                }
            };
            match &begins {
                Some(places) => places.iter().copied().for_each(&mut look),
                None => likely_places(bytes, len).for_each(&mut look),
            }
        }
    }
}

/// Returns where keys of a length are likeliest in a binary blob: at its ends, and behind
/// their length in four bytes, or in one that a mark stands before.
fn likely_places(bytes: &[u8], len: usize) -> impl Iterator<Item = usize> {
    let ends = [0, bytes.len().saturating_sub(len)];
    let byte = u8::try_from(len).ok().into_iter();
    let lengths = byte.flat_map(move |byte| memchr::memchr_iter(byte, bytes));
    let behind = lengths.filter_map(|at| {
        let before = bytes.get(at.saturating_sub(3)..at).unwrap_or_default();
        let little = bytes.get(at + 1..at + 4) == Some(&[0, 0, 0]);
        let marked = before == [0, 0, 0] || before.last().is_none_or(|b| is_mark(*b));
        (little || marked).then_some(if little { at + 4 } else { at + 1 })
    });
    let inner = behind.filter(move |at| !ends.contains(at));
    inner.chain(ends.into_iter().take(1 + usize::from(bytes.len() > len)))
}

/// Whether a byte may stand before the length of a string in one byte: OCTET STRING of DER,
/// bytes of CBOR and MessagePack, strings of Python's bytecode, fields of Protocol Buffers.
fn is_mark(byte: u8) -> bool {
    matches!(byte, 0x04 | 0x58 | 0xc4 | 0xd9 | b'z' | b'Z' | 0xfa | 0xda) || byte & 0x87 == 2
}

/// Returns the next run of at least `least` bytes without blanks, quotes and
/// control characters.
///
/// Looks from the end of each stretch of that many bytes for one that ends a run,
/// and goes on behind it: most bytes of ordinary text are never looked at.
fn next_run(level: Level, bytes: &[u8], mut at: usize, least: usize) -> Option<Span> {
    if least >= PIECE {
        at = dispatch!(level, _ => skipped(bytes, at, least));
    }
    let ends = |b: &u8| !IN_RUN.get(usize::from(*b)).copied().unwrap_or(false);
    while let Some(end) = bytes.get(at..at + least)?.iter().rposition(ends) {
        at += end + 1;
    }
    let rest = bytes.get(at + least..)?;
    let more = rest.iter().position(ends);
    Some(at..at + least + more.unwrap_or(rest.len()))
}

/// Bytes that are looked at together.
const PIECE: usize = 32;

/// Goes to where a run of at least [`PIECE`] bytes begins, or near the end of the bytes.
/// Inlined, so that it is compiled for each level.
#[inline(always)]
fn skipped(bytes: &[u8], mut at: usize, least: usize) -> usize {
    while let Some(piece) = bytes.get(at + least - PIECE..) {
        let Some(piece) = piece.first_chunk::<PIECE>() else {
            break;
        };
        let mut ends = [0_u8; PIECE];
        for (end, byte) in ends.iter_mut().zip(piece) {
            let out = byte.wrapping_sub(0x21) >= 0x5e;
            *end = u8::from(out | (*byte == b'"') | (*byte == b'\'') | (*byte == b'`'));
        }
        // One bit of each byte, the last byte's highest.
        let bits = ends.iter().enumerate();
        let bits = bits.fold(0_u32, |all, (i, end)| all | u32::from(*end) << i);
        if bits == 0 {
            break;
        }
        at += least - bits.leading_zeros() as usize;
    }
    at
}

/// A character of base64, of either alphabet.
const BASE64: u8 = 1;
/// A hexadecimal digit.
const HEX: u8 = 2;
/// What a value may stand behind.
const SPLITS: u8 = 4;
/// A colon.
const COLON: u8 = 8;
/// What base64 is padded with.
const PADDING: u8 = 16;

/// What each byte may be.
static CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    loop {
        let mut class = 0;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_') {
            class |= BASE64;
        }
        if byte.is_ascii_hexdigit() {
            class |= HEX;
        }
        if matches!(byte, b'=' | b':' | b',' | b';' | b'(') {
            class |= SPLITS;
        }
        if byte == b':' {
            class |= COLON;
        }
        if byte == b'=' {
            class |= PADDING;
        }
        table[byte as usize] = class;
        if byte == u8::MAX {
            break;
        }
        byte += 1;
    }
    table
};

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

/// Cuts punctuation off both ends of a run.
fn trimmed(text: &[u8]) -> Span {
    let start = text
        .iter()
        .take_while(|b| b"([{<,;:=\\".contains(b))
        .count();
    let rest = text.get(start..).unwrap_or_default();
    let tail = rest
        .iter()
        .rev()
        .take_while(|b| b")]}>,;\\".contains(b))
        .count();
    start..start + (rest.len() - tail)
}
