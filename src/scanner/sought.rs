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

use fearless_simd::Level;

use super::likely::{Random, is_media, is_mostly_random, is_structured, is_text};
use super::reading::{Lengths, readings};
use super::runs::{Marks, Quoted, next_run};
use super::trial::{Outcome, Trials};
use crate::blob::Span;
use crate::inventory::Answers;

/// Shortest candidate, in bytes: 128 bits, the shortest key that is used.
const MIN_TOKEN: usize = 16;
/// Longest candidate, in bytes.
pub(super) const MAX_TOKEN: usize = 1024;
/// Slots of the memory of what was tried: 1 MiB, which stays in the second-level cache.
const SLOTS: usize = 1 << 17;
/// Largest binary blob of which windows are tried, in bytes.
const MAX_BINARY: usize = 64 << 10;
/// Largest one of compressed or encrypted data of which every window is tried; of a larger
/// one, of bytecode and of DER, the ends, and what stands behind a length.
const MAX_PACKED: usize = 4 << 10;

/// What is sought, and what was tried before.
pub(super) struct Sought {
    answers: Answers,
    /// Lengths in bytes that fit some algorithm.
    fits: Lengths,
    /// Those that are tried of what is certain to be a secret.
    any: Lengths,
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
        let fits =
            |n: usize| n >= MIN_TOKEN && answers.algorithms().iter().any(|a| a.fits(bits(n)));
        let fits = Lengths::new(&fits);
        let known = answers.algorithms().iter().flat_map(|a| &a.bits);
        let mut lengths: Vec<usize> = known.map(|b| *b as usize / 8).collect();
        lengths.retain(|n| (MIN_TOKEN..=MAX_TOKEN).contains(n));
        lengths.sort_unstable();
        lengths.dedup();
        let worth = std::array::from_fn(|n| n >= MIN_TOKEN && fits.any(n));
        let shortest = worth.iter().position(|worth| *worth);
        Self {
            fits,
            any: Lengths::new(&|n| n >= 8),
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

    /// Returns the encoding in which a text is the secret of an entry.
    ///
    /// `certain`: the text stands where a secret does, so that every length is
    /// tried, and a line break behind it.
    pub(super) fn read(&self, text: &[u8], certain: bool) -> Option<Option<&'static str>> {
        let mut listed = None;
        let fits = if certain { &self.any } else { &self.fits };
        readings(text, certain, fits, &mut |secret, layer| {
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
            Some(false) => escaped && text.len() > self.shortest,
            None => false,
        }
    }

    /// As [`Sought::read`], but not again what was tried in this run, and perhaps later.
    fn read_once(&self, text: &[u8], span: Span, trials: &mut Trials, hits: &mut Vec<Hit>) {
        let hash = self.hasher.hash_one(text).max(1);
        if self.is_tried(hash) {
            return;
        }
        let mut outcome = Outcome::default();
        readings(text, false, &self.fits, &mut |secret, layer| {
            self.try_reading(secret, layer, trials, &mut outcome);
        });
        let text = (span, hash);
        trials.end(text, outcome, &self.answers, hits, &mut |hash| {
            self.set_tried(hash);
        });
    }

    fn is_tried(&self, hash: u64) -> bool {
        let slot = self.tried.get(hash as usize % SLOTS);
        slot.is_none_or(|slot| slot.load(Ordering::Relaxed) == hash)
    }

    /// Tries a reading by the algorithms that its length fits, or lets it wait.
    fn try_reading(
        &self,
        secret: &[u8],
        layer: Option<&'static str>,
        trials: &mut Trials,
        outcome: &mut Outcome,
    ) {
        let bits = u32::try_from(secret.len() * 8).unwrap_or(u32::MAX);
        for algorithm in self.answers.algorithms().iter().filter(|a| a.fits(bits)) {
            trials.reading(&self.answers, algorithm.mac, (secret, layer), outcome);
        }
    }

    /// Remembers that nothing came of a text.
    fn set_tried(&self, hash: u64) {
        if let Some(slot) = self.tried.get(hash as usize % SLOTS) {
            slot.store(hash, Ordering::Relaxed);
        }
    }

    /// Finds the secrets of entries; `decoded` says whether the bytes are no file's own.
    pub(super) fn search(&self, bytes: &[u8], decoded: bool, hits: &mut Vec<Hit>) {
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
        let mut trials = Trials::default();
        let mut at = 0;
        while let Some(run) = next_run(self.level, bytes, at, self.shortest) {
            at = run.end + 1;
            self.run(bytes, &run, &mut trials, hits);
        }
        self.quoted(bytes, &mut trials, hits);
        trials.settle(&self.answers, hits, &mut |hash| self.set_tried(hash));
        self.binary(bytes, decoded, &mut trials, hits);
        trials.settle(&self.answers, hits, &mut |_| {});
    }

    fn run(&self, bytes: &[u8], run: &Span, trials: &mut Trials, hits: &mut Vec<Hit>) {
        let text = bytes.get(run.clone()).unwrap_or_default();
        let inner = trimmed(text);
        let from = run.start + inner.start;
        let marks = Marks::new(self.level, text, inner.clone());
        let escaped = marks.escapes();
        let part = text.get(inner).unwrap_or_default();
        let mut tries = |start: usize, piece: &[u8]| {
            if self.is_worth(piece, escaped) {
                self.read_once(piece, start..start + piece.len(), trials, hits);
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
        while word <= part.len() {
            let at = marks.next(word);
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
    fn quoted(&self, bytes: &[u8], trials: &mut Trials, hits: &mut Vec<Hit>) {
        for open in Quoted::new(self.level, bytes, self.shortest) {
            let Some(text) = bytes.get(open.clone()) else {
                continue;
            };
            let inner = text.trim_ascii();
            // Apostrophes of prose are lines apart.
            if memchr::memchr(b'\n', inner).is_some() {
                continue;
            }
            let escaped = memchr::memchr(b'\\', text).is_some();
            let mut worth = [text, inner]
                .into_iter()
                .filter(|t| self.is_worth(t, escaped));
            let Some(text) = worth.next() else { continue };
            if memchr::memchr(b' ', text).is_none() || memchr::memchr(b'\n', text).is_some() {
                continue;
            }
            for text in [Some(text), worth.next()].into_iter().flatten() {
                self.read_once(text, open.clone(), trials, hits);
            }
        }
    }

    /// Tries windows of the known lengths in small binary blobs. Where they were decoded from
    /// text, a key in the middle of them has its length before it.
    fn binary(&self, bytes: &[u8], decoded: bool, trials: &mut Trials, hits: &mut Vec<Hit>) {
        if bytes.len() > MAX_BINARY || is_text(bytes) || is_media(bytes) {
            return;
        }
        let large = bytes.len() > MAX_PACKED;
        let everywhere = !(decoded || is_structured(bytes) || large && is_mostly_random(bytes));
        // What begins like a random stretch of the shortest length.
        let shortest = self.lengths.first().filter(|_| everywhere);
        let begins = shortest.map(|&len| Random::new(len).places(bytes));
        for &len in &self.lengths {
            let random = Random::new(len);
            let mut look = |at: usize| {
                if random.stands(bytes, at)
                    && let Some(window) = bytes.get(at..at + len)
                {
                    let mut outcome = Outcome::default();
                    self.try_reading(window, None, trials, &mut outcome);
                    let text = (at..at + len, 0);
                    trials.end(text, outcome, &self.answers, hits, &mut |_| {});
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

/// A hexadecimal digit.
const HEX: u8 = 1;
/// What a value may stand behind.
const SPLITS: u8 = 2;
/// A colon.
const COLON: u8 = 4;
/// What base64 is padded with.
const PADDING: u8 = 8;

/// What each byte may be.
static CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    loop {
        let mut class = 0;
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

#[cfg(test)]
mod tests;
