//! Readings: the keys that a text could stand for, in every encoding.
//!
//! Nothing is allocated: a reading is made in a buffer on the stack, and wiped.

use std::sync::LazyLock;

use zeroize::{Zeroize as _, Zeroizing};

use super::likely::may_be_base64;
use super::sought::MAX_TOKEN;
use crate::key::{Secret, is_words};
use crate::wire::{base64, hex};

/// Length of an AWS secret access key, of which signature version 4 makes keys.
const AWS_SECRET: usize = 40;
/// Length of the buffer of short texts, in bytes.
const SMALL: usize = 160;
/// Hex, with or without separators.
const HEX: u8 = 1;
/// Base64 with or without padding.
const BASE64: u8 = 2;
/// Base32 with or without padding.
const BASE32: u8 = 4;

/// Lengths of keys, and of the texts that could be read as one.
pub(super) struct Lengths {
    fits: [bool; MAX_TOKEN + 8],
    /// The encodings in which a text of each length could be a key.
    kinds: [u8; MAX_TOKEN + 1],
}

impl Lengths {
    /// Makes the tables of the lengths that fit.
    pub(super) fn new(fit: &dyn Fn(usize) -> bool) -> Self {
        let kinds = |len: usize| {
            let kind = |is: bool, kind: u8| if is { kind } else { 0 };
            let padded = |most: usize, of: &dyn Fn(usize) -> usize| {
                (0..=most).any(|pad| len > pad && fit(of(len - pad)))
            };
            kind(fit(len / 2) || fit((len + 1) / 3), HEX)
                | kind(padded(2, &|len| len * 3 / 4), BASE64)
                | kind(padded(6, &|len| len * 5 / 8), BASE32)
        };
        Self {
            fits: std::array::from_fn(fit),
            kinds: std::array::from_fn(kinds),
        }
    }

    /// Whether a key may have this length.
    pub(super) fn fit(&self, len: usize) -> bool {
        self.fits.get(len).copied().unwrap_or(false)
    }

    /// Whether a text of this length may be a key in the encoding, or in any for `u8::MAX`.
    fn encoded(&self, len: usize, kind: u8) -> bool {
        self.kinds.get(len).is_some_and(|kinds| kinds & kind != 0)
    }

    /// Whether some reading of a text of this length has a length that fits; escapes are undone
    /// to tell.
    pub(super) fn any(&self, len: usize) -> bool {
        self.fit(len) || len == AWS_SECRET && self.fit(len + 4) || self.encoded(len, u8::MAX)
    }
}

/// Calls `each` with every reading of a text whose length fits.
pub(super) fn readings(
    text: &[u8],
    certain: bool,
    lengths: &Lengths,
    each: &mut dyn FnMut(&[u8], Option<&'static str>),
) {
    let fits = |len: usize| lengths.fit(len);
    if text.len() > MAX_TOKEN {
        return;
    }
    // Short texts are many, and long buffers take time to be cleared.
    let (mut small, mut large);
    let buffer: &mut [u8] = match text.len() <= SMALL - 8 {
        true => {
            small = [0; SMALL];
            &mut small
        }
        false => {
            large = [0; MAX_TOKEN + 8];
            &mut large
        }
    };
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
    if lengths.encoded(body.len(), HEX)
        && let Some(len) = hex_into(body, buffer)
        && fits(len)
    {
        each(buffer.get(..len).unwrap_or_default(), Some("hex"));
    }
    if lengths.encoded(body.len(), BASE64)
        && (certain || may_be_base64(body))
        && let Some(len) = base64_into(body, buffer)
        && fits(len)
    {
        each(buffer.get(..len).unwrap_or_default(), Some("base64"));
    }
    if lengths.encoded(body.len(), BASE32)
        && let Some(len) = base32_into(body, buffer)
        && fits(len)
    {
        each(buffer.get(..len).unwrap_or_default(), Some("base32"));
    }
    if text.contains(&b'\\')
        && let Some(len) = unescape_into(text, buffer)
        && fits(len)
        && let Some(plain) = buffer.get(..len)
        && (certain || !is_words(plain))
    {
        each(plain, Some("escaped"));
    }
    // No reading is longer than the text and what was put before it.
    if let Some(used) = buffer.get_mut(..text.len() + 8) {
        used.zeroize();
    }
}

/// Returns a text in the reading of a layer, as a secret.
pub(super) fn readings_of(text: &[u8], layer: Option<&'static str>) -> Secret {
    let mut chosen: Option<Zeroizing<Vec<u8>>> = None;
    if layer.is_some() {
        static ALL: LazyLock<Lengths> = LazyLock::new(|| Lengths::new(&|_| true));
        readings(text, true, &ALL, &mut |secret, of| {
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
        *out.get_mut(len)? = hex::pair(*high, *low)?;
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
