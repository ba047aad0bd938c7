//! Keys as base32 with a checksum: strkey of Stellar (SEP-23), nkeys of NATS.
//!
//! ```text
//! base32 (RFC 4648 section 6, no padding) of data | CRC-16/XMODEM of the data, little-endian
//! ```

use zeroize::Zeroizing;

/// Different characters of a key at least: 56 random ones of 32 have about 27, placeholders a few.
const MIN_DISTINCT: usize = 16;

/// Data with what its checksum says of it.
pub struct Checked {
    /// The data, without the checksum.
    pub data: Zeroizing<Vec<u8>>,
    /// Whether the checksum is right.
    pub is_right: bool,
}

/// Returns the value of a character.
#[must_use]
pub fn value(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'2'..=b'7' => Some(character - b'2' + 26),
        _ => None,
    }
}

/// Returns the word of so many characters that begins at a place, if it begins as a key does, no letter or
/// digit stands before or behind it, and it is no placeholder.
#[must_use]
pub fn word<'a>(text: &'a [u8], start: usize, len: usize, head: &[u8]) -> Option<&'a [u8]> {
    let rest = text.get(start..).filter(|rest| rest.starts_with(head))?;
    let word = rest.get(..len)?;
    let before = start.checked_sub(1).and_then(|i| text.get(i));
    let mut edges = [before, rest.get(len)].into_iter().flatten();
    let is_word = edges.all(|b| !b.is_ascii_alphanumeric());
    (is_word && crate::wire::distinct(word) >= MIN_DISTINCT).then_some(word)
}

/// Decodes a text; `None` if it is no base32, or its last character has bits of no byte.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Checked> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() * 5 / 8));
    let (mut bits, mut count) = (0_u32, 0);
    for &character in text {
        bits = bits << 5 | u32::from(value(character)?);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    let (data, checksum) = bytes.split_last_chunk::<2>()?;
    (count < 5 && bits & ((1 << count) - 1) == 0).then(|| Checked {
        is_right: crc16(data).to_le_bytes() == *checksum,
        data: Zeroizing::new(data.to_vec()),
    })
}

/// CRC-16/XMODEM: polynomial 1021, nothing reflected.
fn crc16(data: &[u8]) -> u16 {
    data.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc: u16, _| {
            let carry = crc & 0x8000 != 0;
            crc << 1 ^ if carry { 0x1021 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_catalogue() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
    }

    #[test]
    fn bits_behind_the_last_byte_are_zero() {
        // Two bytes of checksum alone: those of nothing are zero.
        assert!(decode(b"AAAA").is_some_and(|c| c.is_right && c.data.is_empty()));
        assert!(decode(b"AAAB").is_none());
        assert!(decode(b"AAA1").is_none());
    }

    #[test]
    fn words_have_edges() {
        let seed = b"SABCDEFGHIJKLMNOPQRSTUVW";
        let text = [b"x ".as_slice(), seed, b"\n"].concat();
        assert_eq!(word(&text, 2, seed.len(), b"S"), Some(seed.as_slice()));
        assert_eq!(word(&text, 3, seed.len() - 1, b"A"), None);
        assert_eq!(word(&text, 2, seed.len() - 1, b"S"), None);
        assert_eq!(word(&[b'S'; 40], 0, 40, b"S"), None, "a placeholder");
    }
}
