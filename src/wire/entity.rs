//! Characters as XML (1.0 section 4.1) and HTML write them: `&quot;`, `&#34;`, `&#x22;`.

/// Longest name or number, with its semicolon.
const MAX_NAME: usize = 10;

/// Reads what follows an ampersand: a character, and the length up to behind the semicolon. One
/// beyond ASCII is `?`: text in other scripts holds no key.
#[must_use]
pub fn read(text: &[u8]) -> Option<(u8, usize)> {
    let len = memchr::memchr(b';', text.get(..text.len().min(MAX_NAME))?)?;
    let number = |digits: &[u8], radix| {
        let digits = std::str::from_utf8(digits).ok()?;
        let value = u32::from_str_radix(digits, radix).ok()?;
        let value = u8::try_from(value).ok().filter(u8::is_ascii);
        Some(value.unwrap_or(b'?'))
    };
    let value = match text.get(..len)? {
        b"quot" => b'"',
        b"apos" => b'\'',
        b"amp" => b'&',
        b"lt" => b'<',
        b"gt" => b'>',
        b"nbsp" => b' ',
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        _ => return None,
    };
    Some((value, len + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_in_every_writing() {
        for text in ["quot;a", "#34;", "#x22;", "#X0022;"] {
            let len = text.find(';').expect("there") + 1;
            assert_eq!(read(text.as_bytes()), Some((b'"', len)), "{text}");
        }
        assert_eq!(read(b"#8220;"), Some((b'?', 6)));
        for text in ["", "quot", ";", "#;", "#x;", "unknown;", "        quot;"] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
