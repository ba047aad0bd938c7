//! Base 58 of Bitcoin, without look-alike characters; and Base58Check: behind the data the
//! first four bytes of its double SHA-256.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Longest text that is decoded: the time grows with the square. Extended keys
/// have 111 characters.
const MAX_TEXT: usize = 120;

/// Whether a byte is a digit of base 58.
#[must_use]
pub fn is_digit(byte: u8) -> bool {
    ALPHABET.contains(&byte)
}

/// Returns the run of digits at the start of a text.
#[must_use]
pub fn run(text: &[u8]) -> &[u8] {
    let len = text.iter().take(MAX_TEXT + 1).take_while(|&&b| is_digit(b));
    text.get(..len.count()).unwrap_or_default()
}

/// Decodes a text.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if text.len() > MAX_TEXT {
        return None;
    }
    // Lowest byte first.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_TEXT));
    for &digit in text {
        let value = ALPHABET.iter().position(|&known| known == digit)?;
        let mut carry = u32::try_from(value).ok()?;
        for byte in bytes.iter_mut() {
            carry += u32::from(*byte) * 58;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry > 0 {
            bytes.push(carry.to_le_bytes()[0]);
        }
    }
    let zeros = text.iter().take_while(|&&digit| digit == b'1').count();
    bytes.extend(std::iter::repeat_n(0, zeros));
    bytes.reverse();
    Some(bytes)
}

/// Decodes a text whose checksum is right; the checksum is left out.
#[must_use]
pub fn decode_check(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = decode(text)?;
    let end = bytes.len().checked_sub(4)?;
    let hash = Sha256::digest(Sha256::digest(bytes.get(..end)?));
    let is_right = hash.get(..4) == bytes.get(end..);
    bytes.truncate(end);
    is_right.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_address() {
        // Of the genesis block: version 0 and the hash of a public key.
        let address = b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
        let data = decode_check(address).expect("an address");
        assert_eq!(data.len(), 21);
        assert_eq!(data.get(..3), Some(&[0, 0x62, 0xe9][..]));
        assert!(decode_check(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb").is_none());
        assert!(decode_check(b"1A1z0").is_none());
        assert!(decode_check(b"").is_none());
    }
}
