//! What a key without context cannot be: cheap looks, before a MAC is computed.

/// Whether a text without context is words: a path or a piece of code, not what a
/// generator of secrets writes.
///
/// Mostly lower-case letters, nearly no digits, and never five consonants in a row:
/// of random letters and digits one text in ten thousand is so, of random letters
/// alone fewer.
pub(super) fn is_words(text: &[u8]) -> bool {
    let (mut lower, mut digits, mut consonants) = (0, 0, 0);
    for byte in text {
        lower += usize::from(byte.is_ascii_lowercase());
        digits += usize::from(byte.is_ascii_digit());
        let is_vowel = matches!(byte | 0x20, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
        consonants = match byte.is_ascii_alphabetic() && !is_vowel {
            // A capital begins a word.
            true if byte.is_ascii_uppercase() => 1,
            true => consonants + 1,
            false => 0,
        };
        if consonants == MANY_CONSONANTS {
            return false;
        }
    }
    lower * 10 > text.len() * 6 && digits * 20 < text.len()
}

/// Consonants in a row that words do not have.
const MANY_CONSONANTS: usize = 5;

/// Whether a text can be base64 of a random key: one of 40 characters that lacks
/// either case is met once in a thousand million.
pub(super) fn is_packed(text: &[u8]) -> bool {
    text.len() < 40
        || text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase)
}

/// Whether bytes begin as text in UTF-8, perhaps cut within a character.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    valid && !head.contains(&0)
}

/// Whether a window may be random: it has as many different bytes as one of a
/// thousand random ones has at least, and not more of text. Text is tried as a run.
pub(super) fn is_mixed(window: &[u8]) -> bool {
    let len = window.len();
    let printable = window.iter().filter(|b| matches!(b, b' '..=b'~')).count();
    // Three eighths of them, and three and a half standard deviations.
    let above = (printable * 8).saturating_sub(len * 3);
    if above.pow(2) > 184 * len {
        return false;
    }
    let mut seen = [0_u64; 4];
    for byte in window {
        if let Some(seen) = seen.get_mut(usize::from(byte >> 6)) {
            *seen |= 1 << (byte & 63);
        }
    }
    let different: u32 = seen.iter().map(|bits| bits.count_ones()).sum();
    // Of n bytes about n²/512 were there before, give or take the root of that.
    let again = len.saturating_sub(different as usize);
    let usual = len * len / 512;
    len > 128 || again <= usual + 4 * (usual + 1).isqrt()
}

/// Whether a file is a picture, a font, a program or a certificate by its first
/// bytes: no key stands in the middle of one.
pub(super) fn is_media(bytes: &[u8]) -> bool {
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
    // X.509, version 3: SEQUENCE { SEQUENCE { [0] { INTEGER 2 }, …
    let certificate = matches!(
        bytes,
        [0x30, 0x82, _, _, 0x30, 0x82, _, _, 0xa0, 3, 2, 1, 2, ..]
    );
    certificate || magics.iter().any(|m| bytes.starts_with(m))
}
