//! Challenge matching: every plausible secret in a blob, against the answers of
//! the list.
//!
//! Nothing marks a secret, so every run of 16 to 1,024 printable bytes between
//! blanks and quotes is a candidate, whole, without surrounding punctuation and
//! behind a `=` or `:`, and so is every quoted text. Each is read as it stands and
//! in every encoding that it could be in ([`readings`]). The lengths of the list's
//! keys, where it tells them all, leave few readings to compute a MAC of. What was
//! tried without success is remembered for the run, in a table of fixed size.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::{Zeroize as _, Zeroizing};

use crate::blob::Span;
use crate::inventory::Answers;
use crate::key::Secret;
use crate::wire::base64;

/// Shortest candidate, in bytes: 128 bits, the shortest key that is used.
const MIN_TOKEN: usize = 16;
/// Longest candidate, in bytes.
pub(super) const MAX_TOKEN: usize = 1024;
/// Length of an AWS secret access key, of which signature version 4 makes keys.
const AWS_SECRET: usize = 40;
/// Slots of the memory of what was tried: 8 MiB.
const SLOTS: usize = 1 << 20;
/// Largest binary blob of which every window is tried, in bytes.
const MAX_WINDOWS: usize = 4 << 10;
/// Largest binary blob of which the ends, and what stands behind a length, are
/// tried, in bytes.
const MAX_BINARY: usize = 64 << 10;

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
            for text in [bytes, trimmed] {
                if let Some(layer) = self.read(text, true) {
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
        while let Some(run) = next_run(bytes, at, self.shortest) {
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
        let class = |at: usize| {
            part.get(at)
                .and_then(|b| CLASSES.get(usize::from(*b)).copied())
                .unwrap_or(0)
        };
        let (mut names, mut word) = (0, 0);
        for at in 0..=part.len() {
            let is = class(at);
            if is & BASE64 != 0 {
                continue;
            }
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
        let everywhere = bytes.len() <= MAX_WINDOWS;
        for &len in &self.lengths {
            let last = bytes.len().saturating_sub(len);
            let mut at = 0;
            while at <= last && at + len <= bytes.len() {
                let behind_length = at
                    .checked_sub(1)
                    .and_then(|i| bytes.get(i))
                    .is_some_and(|b| usize::from(*b) == len);
                if (everywhere || at == 0 || at == last || behind_length)
                    && let Some(window) = bytes.get(at..at + len)
                    && is_mixed(window)
                    && self.is_listed(window, false)
                {
                    hits.push(Hit {
                        span: at..at + len,
                        layer: None,
                    });
                }
                at += 1;
            }
        }
    }
}

/// Returns the next run of at least `least` bytes without blanks, quotes and
/// control characters.
///
/// Looks from the end of each stretch of that many bytes for one that ends a run,
/// and goes on behind it: most bytes of ordinary text are never looked at.
fn next_run(bytes: &[u8], mut at: usize, least: usize) -> Option<Span> {
    let ends = |b: &u8| !IN_RUN.get(usize::from(*b)).copied().unwrap_or(false);
    while let Some(end) = bytes.get(at..at + least)?.iter().rposition(ends) {
        at += end + 1;
    }
    let rest = bytes.get(at + least..)?;
    let more = rest.iter().position(ends);
    Some(at..at + least + more.unwrap_or(rest.len()))
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

/// Whether some reading of a text of this length has a length that fits.
fn can_fit(len: usize, fits: &dyn Fn(usize) -> bool) -> bool {
    // Raw, behind `AWS4`; hex; base64 and base32 with and without padding; and
    // what escapes or separators add is below.
    fits(len)
        || len == AWS_SECRET && fits(len + 4)
        || fits(len / 2)
        || fits((len + 1) / 3)
        || (0..=2).any(|pad| len > pad && fits((len - pad) * 3 / 4))
        || (0..=6).any(|pad| len > pad && fits((len - pad) * 5 / 8))
}

/// Calls `each` with every reading of a text whose length fits.
fn readings(
    text: &[u8],
    certain: bool,
    fits: &dyn Fn(usize) -> bool,
    each: &mut dyn FnMut(&[u8], Option<&'static str>),
) {
    if text.len() > MAX_TOKEN {
        return;
    }
    let mut buffer = [0; MAX_TOKEN + 8];
    if fits(text.len()) && (certain || !is_words(text)) {
        each(text, None);
    }
    let mut with = |parts: [&[u8]; 2], layer| {
        let len = parts.iter().map(|p| p.len()).sum::<usize>();
        if fits(len)
            && let Some(room) = buffer.get_mut(..len)
        {
            let bytes = parts.iter().flat_map(|p| p.iter());
            room.iter_mut()
                .zip(bytes)
                .for_each(|(to, from)| *to = *from);
            each(room, layer);
        }
    };
    // Signature version 4 of AWS, and those modelled on it.
    if certain || text.len() == AWS_SECRET && text.iter().all(|b| base64::value(*b).is_some()) {
        with([b"AWS4", text], Some("aws4"));
    }
    if certain {
        with([text, b"\n"], None);
        with([text, b"\r\n"], None);
    }
    let prefixed = [b"base64:".as_slice(), b"0x", b"hex:", b"whsec_"];
    let body = prefixed
        .iter()
        .find_map(|p| text.strip_prefix(*p))
        .unwrap_or(text);
    if (fits(body.len() / 2) || fits((body.len() + 1) / 3))
        && let Some(len) = hex_into(body, &mut buffer)
        && fits(len)
    {
        each(buffer.get(..len).unwrap_or_default(), Some("hex"));
    }
    if (0..=2).any(|pad| fits(body.len().saturating_sub(pad) * 3 / 4))
        && (certain || is_packed(body))
        && let Some(len) = base64_into(body, &mut buffer)
        && fits(len)
    {
        each(buffer.get(..len).unwrap_or_default(), Some("base64"));
    }
    if (0..=6).any(|pad| fits(body.len().saturating_sub(pad) * 5 / 8))
        && let Some(len) = base32_into(body, &mut buffer)
        && fits(len)
    {
        each(buffer.get(..len).unwrap_or_default(), Some("base32"));
    }
    if text.contains(&b'\\')
        && let Some(len) = unescape_into(text, &mut buffer)
        && fits(len)
    {
        each(buffer.get(..len).unwrap_or_default(), Some("escaped"));
    }
    // No reading is longer than the text and what was put before it.
    if let Some(used) = buffer.get_mut(..text.len() + 8) {
        used.zeroize();
    }
}

/// Whether a text without context is words joined by separators: a path or a name
/// of code, not what a generator of secrets writes.
fn is_words(text: &[u8]) -> bool {
    let separator = |b: &u8| b"_-./:".contains(b);
    text.iter().any(separator) && text.iter().all(|b| b.is_ascii_lowercase() || separator(b))
}

/// Whether a text can be base64 of a random key: one of 40 characters that lacks
/// either case is met once in a thousand million.
fn is_packed(text: &[u8]) -> bool {
    text.len() < 40
        || text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase)
}

/// Returns a text in the reading of a layer, as a secret.
pub(super) fn readings_of(text: &[u8], layer: Option<&'static str>) -> Secret {
    let mut chosen: Option<Zeroizing<Vec<u8>>> = None;
    if layer.is_some() {
        readings(text, true, &|_| true, &mut |secret, of| {
            if of == layer && chosen.is_none() {
                chosen = Some(Zeroizing::new(secret.to_vec()));
            }
        });
    }
    Secret::new(chosen.unwrap_or_else(|| Zeroizing::new(text.to_vec())))
}

/// Decodes a text from base64 or hex.
pub(super) fn decoded(text: &[u8], layer: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(vec![0; text.len()]);
    let len = match layer {
        "hex" => hex_into(text, &mut out)?,
        _ => base64_into(text, &mut out)?,
    };
    out.truncate(len);
    Some(out)
}

/// Decodes pairs of hexadecimal digits, with or without separators.
fn hex_into(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let digit = |b: u8| {
        char::from(b)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let step = match text.get(2) {
        Some(b':' | b'-') => 3,
        _ => 2,
    };
    let mut len = 0;
    for pair in text.chunks(step) {
        let [high, low, rest @ ..] = pair else {
            return None;
        };
        if !matches!(rest, [] | [b':' | b'-']) {
            return None;
        }
        *out.get_mut(len)? = digit(*high)? << 4 | digit(*low)?;
        len += 1;
    }
    Some(len)
}

/// Decodes base64 of either alphabet, padded or not.
fn base64_into(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let body = text.strip_suffix(b"=").unwrap_or(text);
    let body = body.strip_suffix(b"=").unwrap_or(body);
    if body.len() % 4 == 1 {
        return None;
    }
    unpack(body.iter().map(|b| base64::value(*b)), 6, out)
}

/// Decodes base32 (RFC 4648 section 6), padded or not.
fn base32_into(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let end = text.iter().position(|b| *b == b'=').unwrap_or(text.len());
    let (body, padding) = text.split_at_checked(end)?;
    if padding.iter().any(|b| *b != b'=') || padding.len() > 6 {
        return None;
    }
    let value = |b: u8| match b {
        b'A'..=b'Z' => Some(b - b'A'),
        b'2'..=b'7' => Some(b - b'2' + 26),
        _ => None,
    };
    unpack(body.iter().map(|b| value(*b)), 5, out)
}

/// Joins digits of `width` bits to bytes.
fn unpack(digits: impl Iterator<Item = Option<u8>>, width: u32, out: &mut [u8]) -> Option<usize> {
    let (mut bits, mut count, mut len) = (0_u32, 0, 0);
    for digit in digits {
        bits = bits << width | u32::from(digit?);
        count += width;
        if count >= 8 {
            count -= 8;
            *out.get_mut(len)? = (bits >> count) as u8;
            len += 1;
        }
    }
    Some(len)
}

/// Undoes backslashes before a character, `\n`, `\xNN` and `\u00NN`.
fn unescape_into(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let (mut at, mut len) = (0, 0);
    while let Some(&byte) = text.get(at) {
        let (value, step) = match (byte, text.get(at + 1)) {
            (b'\\', Some(b'n')) => (b'\n', 2),
            (b'\\', Some(b't')) => (b'\t', 2),
            (b'\\', Some(b'x')) => (hex_byte(text.get(at + 2..at + 4)?)?, 4),
            (b'\\', Some(b'u')) if text.get(at + 2..at + 4) == Some(b"00") => {
                (hex_byte(text.get(at + 4..at + 6)?)?, 6)
            }
            (b'\\', Some(next)) => (*next, 2),
            _ => (byte, 1),
        };
        *out.get_mut(len)? = value;
        len += 1;
        at += step;
    }
    Some(len)
}

fn hex_byte(pair: &[u8]) -> Option<u8> {
    let mut byte = [0];
    (hex_into(pair, &mut byte) == Some(1)).then_some(byte[0])
}

/// Whether bytes begin as text in UTF-8, perhaps cut within a character.
fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    valid && !head.contains(&0)
}

/// Whether a window has as many different bytes as a random one is sure to have,
/// and is no text, which is tried as a run.
fn is_mixed(window: &[u8]) -> bool {
    if window.iter().all(|b| matches!(b, 9..=13 | 0x20..=0x7e)) {
        return false;
    }
    let mut seen = [false; 256];
    for byte in window {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|s| **s).count() * 2 > window.len().min(128)
}

/// Whether a file is a picture, a font or a program by its first bytes: no key
/// stands in the middle of one.
fn is_media(bytes: &[u8]) -> bool {
    let magics = [
        b"\x89PNG".as_slice(),
        b"GIF8",
        b"\xff\xd8\xff",
        b"RIFF",
        b"\x7fELF",
        b"\xca\xfe\xba\xbe",
        b"wOF",
        b"PK\x03\x04",
        b"\x1f\x8b",
        b"BZh",
        b"\xfd7zXZ",
        b"\x28\xb5\x2f\xfd",
        b"%PDF",
        b"\0\0\x01\0",
        b"MZ",
        b"\0asm",
        b"!<arch>",
    ];
    magics.iter().any(|m| bytes.starts_with(m))
}
