//! The two base64 alphabets (RFC 4648 sections 4 and 5) as a codec.
//!
//! Both alphabets are read at once: `+` and `-` are 62, `/` and `_` are 63.
//! Which characters belong together is the caller's affair.

use zeroize::Zeroizing;

/// Marks characters outside both alphabets.
const NONE: u8 = 0xff;

/// Values of the characters of both alphabets.
const VALUES: [u8; 256] = values();

/// The characters of the first alphabet, by their values.
pub const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const fn values() -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut i = 0;
    while i < 64 {
        table[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
}

/// Returns the value of one character.
#[must_use]
pub fn value(byte: u8) -> Option<u8> {
    VALUES
        .get(usize::from(byte))
        .copied()
        .filter(|&v| v != NONE)
}

/// Decodes the base64 characters of `text` up to the first padding, passing
/// over everything else.
#[must_use]
pub fn decode_text(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() / 4 * 3 + 3));
    let (mut bits, mut count) = (0_u32, 0);
    for &byte in text {
        if byte == b'=' {
            break;
        }
        if let Some(v) = value(byte) {
            bits = bits << 6 | u32::from(v);
            count += 6;
            if count >= 8 {
                count -= 8;
                out.push((bits >> count) as u8);
            }
        }
    }
    out
}

/// Decodes a whole value strictly: one alphabet run, padding allowed.
///
/// Returns `None` when there is any other character, or too few.
#[must_use]
pub fn decode_value(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.trim_ascii();
    let end = text.iter().position(|&b| b == b'=').unwrap_or(text.len());
    let (data, padding) = text.split_at(end);
    let clean = data.iter().all(|&b| value(b).is_some()) && padding.iter().all(|&b| b == b'=');
    (clean && data.len() % 4 != 1 && !data.is_empty()).then(|| decode_text(data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_values() {
        assert_eq!(decode_value(b"AQID").as_deref(), Some(&vec![1, 2, 3]));
        assert_eq!(decode_value(b" AQI= ").as_deref(), Some(&vec![1, 2]));
        assert!(decode_value(b"AQ ID").is_none());
        assert!(decode_value(b"A").is_none());
    }
}
