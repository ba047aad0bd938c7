//! Hexadecimal (RFC 4648 section 8): written in lower case, read in either.

use zeroize::Zeroizing;

/// Returns the digits of `bytes`. An import writes a thousand a key, so this is not
/// left to formatting.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0x0f));
    }
    text
}

/// Returns the value of one digit.
#[inline]
#[must_use]
pub fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|value| value as u8)
}

/// Returns the byte of two digits.
#[inline]
#[must_use]
pub fn pair(high: u8, low: u8) -> Option<u8> {
    Some(digit(high)? << 4 | digit(low)?)
}

/// Decodes pairs of digits with nothing between them. They may be of a secret.
#[must_use]
pub fn decode(text: impl AsRef<[u8]>) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.as_ref();
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    for digits in text.chunks(2) {
        let [high, low] = *digits else { return None };
        bytes.push(pair(high, low)?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = encode(&bytes);
        assert_eq!(text, text.to_ascii_lowercase());
        assert_eq!(decode(&text).as_deref(), Some(&bytes));
        assert_eq!(decode(text.to_ascii_uppercase()).as_deref(), Some(&bytes));
        for bad in ["0", "012", "0g", "+1", "0:", " 0"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
