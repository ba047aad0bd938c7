//! Decimal digits of large numbers, as Java's `BigInteger` and Python write them.

use zeroize::Zeroizing;

/// Most digits that are read: those of a number of 16,384 bits, and some more. The work grows with their square.
pub const MAX_DIGITS: usize = 5000;
/// Digits that are taken at once: as many as ten to their power fits in 32 bits.
const STEP: usize = 9;

/// Returns the number of these digits, big-endian. It may be a secret.
#[must_use]
pub fn decode(digits: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return None;
    }
    // The lowest words first.
    let mut words: Zeroizing<Vec<u32>> =
        Zeroizing::new(Vec::with_capacity(digits.len() / STEP + 2));
    for part in digits.chunks(STEP) {
        let (mut scale, mut carry) = (1_u64, 0_u64);
        for digit in part {
            let value = digit.checked_sub(b'0').filter(|value| *value < 10)?;
            carry = carry * 10 + u64::from(value);
            scale *= 10;
        }
        for word in words.iter_mut() {
            carry += u64::from(*word) * scale;
            *word = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            words.push(carry as u32);
        }
    }
    let bytes = words.iter().rev().flat_map(|word| word.to_be_bytes());
    Some(Zeroizing::new(bytes.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::trim_zeros;

    #[test]
    fn digits_are_numbers() {
        let read = |text: &str| decode(text.as_bytes()).map(|n| trim_zeros(&n).to_vec());
        assert_eq!(read("0"), Some(vec![]));
        assert_eq!(read("65537"), Some(vec![1, 0, 1]));
        assert_eq!(read("00004294967296"), Some(vec![1, 0, 0, 0, 0]));
        // 2^128 - 1
        let most = "340282366920938463463374607431768211455";
        assert_eq!(read(most), Some(vec![0xff; 16]));
        for bad in ["", "12a", "-1", " 1"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read(&"1".repeat(MAX_DIGITS + 1)), None);
    }
}
