//! Bech32 (BIP 173), without its limit of 90 characters.
//!
//! ```text
//! prefix '1' data… checksum[6]        -- five bits a character, one case only
//! ```

use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// Longest text that is read.
const MAX_TEXT: usize = 256;

/// Characters of the checksum.
const CHECKSUM: usize = 6;
/// Different characters of a key at least: 58 random ones of 32 have about 27, placeholders a few.
const MIN_DISTINCT: usize = 16;

/// Returns the word of a key of so many bytes that begins at a place with `head`, in whose case all of it is; its
/// checksum may be wrong. No letter or digit stands behind it, and it is no placeholder.
#[must_use]
pub fn word<'a>(text: &'a [u8], start: usize, head: &[u8], bytes: usize) -> Option<&'a [u8]> {
    let rest = text.get(start..).filter(|rest| rest.starts_with(head))?;
    let len = head.len() + (bytes * 8).div_ceil(5) + CHECKSUM;
    let (word, behind) = rest.split_at_checked(len)?;
    let is_word = behind.first().is_none_or(|b| !b.is_ascii_alphanumeric());
    let data = word.get(head.len()..)?;
    let upper = head.iter().any(u8::is_ascii_uppercase);
    let fits =
        |b: &u8| b.is_ascii_digit() || b.is_ascii_alphabetic() && b.is_ascii_uppercase() == upper;
    let is_drawn = crate::wire::distinct(data) >= MIN_DISTINCT;
    (is_word && is_drawn && data.iter().all(fits)).then_some(word)
}

/// Decodes the data of a text in one case, if prefix and checksum are right.
/// `prefix` is in lower case.
#[must_use]
pub fn decode(text: &[u8], prefix: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.get(..MAX_TEXT).unwrap_or(text);
    let mixed = text.iter().any(u8::is_ascii_uppercase) && text.iter().any(u8::is_ascii_lowercase);
    let text = Zeroizing::new(text.to_ascii_lowercase());
    let data = text.strip_prefix(prefix)?.strip_prefix(b"1")?;
    if mixed {
        return None;
    }
    let value = |c: &u8| ALPHABET.iter().position(|a| a == c).map(|v| v as u8);
    let values: Option<Vec<u8>> = data.iter().map(value).collect();
    let values = Zeroizing::new(values?);
    let high = prefix.iter().map(|b| b >> 5);
    let low = prefix.iter().map(|b| b & 31);
    let all = high.chain([0]).chain(low).chain(values.iter().copied());
    if all.fold(1, step) != 1 {
        return None;
    }
    let words = values.get(..values.len().checked_sub(CHECKSUM)?)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(words.len() * 5 / 8));
    let (mut bits, mut count) = (0_u32, 0);
    for &word in words {
        bits = bits << 5 | u32::from(word);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    // What is left over must be less than a character, and zero.
    (count < 5 && bits & ((1 << count) - 1) == 0).then_some(bytes)
}

/// One step of the checksum's polynomial.
fn step(sum: u32, value: u8) -> u32 {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let top = sum >> 25;
    let sum = (sum & 0x1ff_ffff) << 5 ^ u32::from(value);
    let bits = GENERATOR.iter().enumerate();
    bits.fold(
        sum,
        |sum, (i, g)| if top >> i & 1 == 1 { sum ^ g } else { sum },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_bip_173() {
        let bytes = decode(b"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", b"abcdef");
        let want = [
            0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf, 0x84, 0x65, 0x3a, 0x56,
            0xd7, 0xc6, 0x75, 0xbe, 0x77, 0xdf,
        ];
        assert_eq!(bytes.as_deref().map(Vec::as_slice), Some(&want[..]));
        assert!(decode(b"A12UEL5L", b"a").is_some_and(|b| b.is_empty()));
        assert!(decode(b"A12uEL5L", b"a").is_none(), "mixed case");
        assert!(decode(b"A12UEL5M", b"a").is_none(), "checksum");
        assert!(decode(b"A12UEL5L", b"b").is_none(), "prefix");
    }
}
