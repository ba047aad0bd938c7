//! Byte arrays: lists of numbers in any programming language, byte escapes, and
//! hexadecimal digits in groups.
//!
//! `0x30, 0x82` of C, Go, Rust, C#, JavaScript, Swift; `(byte) 0x82`, `-126` of
//! Java; `0x82.toByte()` of Kotlin; `48, 130` of JSON and Erlang; `&H30` of Basic,
//! `$30` of Pascal, `30h` of assemblers; `\x30`, `\060`, `%30` and `\u0030` in
//! strings, also where literals follow each other; `30:82`, `30-82`, `30 82`,
//! `30,82`. There is no grammar of any of them: tokens follow each other until one
//! is no byte. What a token without prefix is (decimal or hexadecimal) is decided
//! by its neighbours.

use zeroize::Zeroizing;

use super::Numbers;

/// Longest way from one number to the next: indentation, quotes, a comment.
const MAX_GAP: usize = 160;
/// Longest cast before a number, with its blanks.
const MAX_CAST: usize = 16;
/// Words around numbers that say only what type they have.
const CASTS: [&[u8]; 18] = [
    b"byte",
    b"Byte",
    b"sbyte",
    b"jbyte",
    b"char",
    b"unsigned",
    b"uchar",
    b"u_char",
    b"uint8_t",
    b"int8_t",
    b"uint8",
    b"UInt8",
    b"u8",
    b"i8",
    b"uy",
    b"toByte",
    b"toUByte",
    b"as",
];

/// What digits without prefix are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// Two decimal digits each so far: either is possible.
    Open,
    Decimal,
    Hex,
}

/// What stands between two gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// A number whose writing says its base.
    Byte(u8),
    /// Digits without prefix.
    Bare(Style),
    /// A cast.
    Word,
    /// Something else: the list is at its end.
    Other,
}

/// Reads lists from `start` on until the one that holds `at` is at its end.
/// Returns it, and the name of its writing.
pub(super) fn read(text: &[u8], start: usize, at: usize) -> Option<(Numbers, &'static str)> {
    let mut list = List::default();
    let mut place = start;
    while place < text.len() && (place <= at || !list.pieces.is_empty()) {
        // The commonest ways from one number to the next need no loop.
        let (gap, commas) = match text.get(place..).unwrap_or_default() {
            [b',', b' ', c, ..] if c.is_ascii_alphanumeric() => (2, true),
            [b',', c, ..] if c.is_ascii_alphanumeric() => (1, true),
            [c, ..] if c.is_ascii_alphanumeric() => (0, false),
            _ => gap(text, place),
        };
        let start = place + gap;
        let (token, len) = token(text, start);
        if gap > MAX_GAP || !list.accepts(token) {
            if list.holds(at) {
                break;
            }
            list.clear();
        }
        list.add(token, text.get(start..start + len), start, commas);
        place = start + len.max(1);
    }
    list.holds(at).then(|| list.numbers(text))
}

/// Numbers that follow each other.
struct List {
    /// Where each is written, and its characters.
    pieces: Vec<(usize, usize)>,
    /// What each is, if those without prefix are decimal.
    values: Zeroizing<Vec<u8>>,
    style: Style,
    commas: bool,
    prefixed: bool,
}

impl Default for List {
    fn default() -> Self {
        Self {
            pieces: Vec::new(),
            values: Zeroizing::default(),
            style: Style::Open,
            commas: false,
            prefixed: false,
        }
    }
}

impl List {
    /// Whether a token may be the next.
    fn accepts(&self, token: Token) -> bool {
        match token {
            Token::Word => true,
            // Where some numbers have a prefix, none without is hexadecimal.
            Token::Byte(_) => self.style != Style::Hex,
            Token::Bare(Style::Hex) if self.prefixed => false,
            Token::Bare(style) => {
                self.style == Style::Open || style == Style::Open || style == self.style
            }
            Token::Other => false,
        }
    }

    fn add(&mut self, token: Token, text: Option<&[u8]>, start: usize, commas: bool) {
        let value = match token {
            Token::Byte(value) => {
                self.prefixed = true;
                value
            }
            Token::Bare(Style::Hex) => {
                self.style = Style::Hex;
                0
            }
            Token::Bare(style) => {
                if style == Style::Decimal {
                    self.style = style;
                }
                decimal(text)
            }
            Token::Word | Token::Other => return,
        };
        self.commas |= commas && !self.pieces.is_empty();
        self.pieces.push((start, text.map_or(0, <[u8]>::len)));
        self.values.push(value);
    }

    /// Whether the literal that begins at `at`, perhaps with a cast, is of this list.
    fn holds(&self, at: usize) -> bool {
        let first = self.pieces.first();
        let last = self.pieces.last();
        first.is_some_and(|(start, _)| *start <= at + MAX_CAST)
            && last.is_some_and(|(start, len)| start + len > at)
    }

    fn clear(&mut self) {
        self.pieces.clear();
        self.values.clear();
        self.style = Style::Open;
        self.commas = false;
        self.prefixed = false;
    }

    /// Returns the numbers, in the style that all of them together have.
    fn numbers(self, text: &[u8]) -> (Numbers, &'static str) {
        let is_hex = match self.style {
            Style::Open => !self.commas && !self.prefixed,
            known => known == Style::Hex,
        };
        if !is_hex {
            let numbers = Numbers {
                bytes: self.values,
                places: self.pieces,
            };
            return (numbers, "byte-array");
        }
        let mut numbers = Numbers::default();
        let mut high: Option<(u8, usize)> = None;
        let places = self.pieces.iter();
        for place in places.flat_map(|&(start, len)| start..start + len) {
            let digit = text.get(place).and_then(|b| hex_digit(*b)).unwrap_or(0);
            match high.take() {
                Some((high, start)) => numbers.push(high << 4 | digit, start, place + 1 - start),
                None => high = Some((digit, place)),
            }
        }
        (numbers, "hex")
    }
}

/// Returns the value of one to three digits that have been looked at.
fn decimal(digits: Option<&[u8]>) -> u8 {
    let digits = digits.unwrap_or_default().iter();
    digits.fold(0, |value, d| {
        value.wrapping_mul(10).wrapping_add(d.wrapping_sub(b'0'))
    })
}

/// Values of hexadecimal digits; what is none is above 15.
const DIGITS: [u8; 256] = {
    let mut table = [0xff; 256];
    let mut i = 0;
    while i < 16 {
        table[b"0123456789abcdef"[i] as usize] = i as u8;
        table[b"0123456789ABCDEF"[i] as usize] = i as u8;
        i += 1;
    }
    table
};

fn hex_digit(b: u8) -> Option<u8> {
    let value = DIGITS.get(usize::from(b)).copied();
    value.filter(|value| *value < 16)
}

/// Returns the value of one or two hexadecimal digits that are all there is.
fn hex_value(digits: &[u8]) -> Option<u8> {
    match digits {
        [a] => hex_digit(*a),
        [a, b] => Some(hex_digit(*a)? << 4 | hex_digit(*b)?),
        _ => None,
    }
}

/// Returns the length of what may stand between two numbers, and whether there
/// is a comma in it.
fn gap(text: &[u8], start: usize) -> (usize, bool) {
    let mut at = start;
    let mut commas = false;
    while at <= start + MAX_GAP {
        let rest = text.get(at..).unwrap_or_default();
        let previous = at.checked_sub(1).and_then(|i| text.get(i));
        at += match rest {
            [
                b' ' | b'\t' | b'\r' | b'\n' | b':' | b'"' | b'\'' | b'`' | b'(' | b')' | b'+',
                ..,
            ] => 1,
            [b',' | b';', ..] => {
                commas = true;
                1
            }
            [b'\\', b'\r' | b'\n' | b'"' | b'\'', ..] => 1,
            [b'\\', b'n' | b'r' | b't', ..] => 2,
            // `30-82`, but `48, -126`.
            [b'-', next, ..]
                if next.is_ascii_hexdigit() && previous.is_some_and(u8::is_ascii_alphanumeric) =>
            {
                1
            }
            [b'-', b'\r' | b'\n', ..] if previous.is_some_and(u8::is_ascii_alphanumeric) => 1,
            [b'.', b't', b'o', ..] => 1,
            [b'.' | b'&', b' ' | b'\r' | b'\n', ..] | [b'_', b'\r' | b'\n', ..] => 1,
            [b'#', b'$', ..] => 1,
            [b'/', b'/', ..] => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            [b'/', b'*', ..] => memchr::memmem::find(rest, b"*/").map_or(rest.len(), |i| i + 2),
            _ => break,
        };
    }
    (at - start, commas)
}

/// Returns the token at `start`, and its length.
fn token(text: &[u8], start: usize) -> (Token, usize) {
    let rest = text.get(start..).unwrap_or_default();
    match rest {
        [b'\\', ..] => escape(rest),
        [b'-', digit, ..] if digit.is_ascii_digit() => {
            let len = rest
                .iter()
                .skip(1)
                .take_while(|b| b.is_ascii_digit())
                .count();
            let value = rest.get(1..=len).filter(|_| len <= 3);
            let value = value.and_then(|v| std::str::from_utf8(v).ok()?.parse::<u16>().ok());
            match value.filter(|v| (1..=128).contains(v)) {
                Some(value) => (Token::Byte((256 - value) as u8), 1 + len),
                None => (Token::Other, 1 + len),
            }
        }
        [b'%' | b'$', a, b, ..] if hex_value(&[*a, *b]).is_some() => {
            (Token::Byte(hex_value(&[*a, *b]).unwrap_or(0)), 3)
        }
        [b'&', b'H' | b'h', digits @ ..] => {
            let len = digits.iter().take_while(|b| b.is_ascii_hexdigit()).count();
            match digits.get(..len).and_then(hex_value) {
                Some(value) => (Token::Byte(value), 2 + len),
                None => (Token::Other, 2),
            }
        }
        // The commonest writing.
        [b'0', b'x', a, b, next, ..]
            if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() && !is_word(*next) =>
        {
            let value = hex_value(&[*a, *b]);
            (value.map_or(Token::Other, Token::Byte), 4)
        }
        _ => {
            let len = rest.iter().take_while(|b| is_word(**b)).count();
            (word(rest.get(..len).unwrap_or_default()), len)
        }
    }
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

/// Reads `\x30`, `\060`, `\u0030`, `\u{30}`, with any number of backslashes.
fn escape(text: &[u8]) -> (Token, usize) {
    let slashes = text.iter().take_while(|b| **b == b'\\').count();
    let rest = text.get(slashes..).unwrap_or_default();
    let (value, len) = match rest {
        [b'x', a, b, ..] => (hex_value(&[*a, *b]), 3),
        [b'u', b'0', b'0', a, b, ..] => (hex_value(&[*a, *b]), 5),
        [b'u', b'{', a, b'}', ..] => (hex_value(&[*a]), 4),
        [b'u', b'{', a, b, b'}', ..] => (hex_value(&[*a, *b]), 5),
        _ => {
            let digits = rest
                .iter()
                .take(3)
                .take_while(|b| (b'0'..=b'7').contains(b));
            let len = digits.count();
            let digits = rest.get(..len).unwrap_or_default();
            (octal(digits), len)
        }
    };
    match value {
        Some(value) => (Token::Byte(value), slashes + len),
        None => (Token::Other, slashes),
    }
}

/// Returns the value of up to three octal digits.
pub(in crate::decode) fn octal(digits: &[u8]) -> Option<u8> {
    if digits.is_empty() {
        return None;
    }
    let value = digits.iter().try_fold(0_u16, |value, d| {
        let d = d.checked_sub(b'0').filter(|d| *d < 8)?;
        value.checked_mul(8)?.checked_add(u16::from(d))
    });
    value.and_then(|v| u8::try_from(v).ok())
}

/// Tells what a run of letters and digits is.
fn word(word: &[u8]) -> Token {
    if let [b'0', b'x' | b'X', digits @ ..] = word {
        let len = digits.iter().take(3).take_while(|b| b.is_ascii_hexdigit());
        let (digits, suffix) = digits.split_at(len.count());
        let is_byte = suffix.is_empty() || is_suffix(suffix);
        return match hex_value(digits).filter(|_| is_byte) {
            Some(value) => Token::Byte(value),
            None => Token::Other,
        };
    }
    let digits = word.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    if digits == word.len() && digits > 0 {
        return bare(word);
    }
    if CASTS.contains(&word) {
        return Token::Word;
    }
    let decimals = word.iter().take_while(|b| b.is_ascii_digit()).count();
    let (number, suffix) = word.split_at(decimals);
    if is_suffix(suffix) && matches!(bare(number), Token::Bare(style) if style != Style::Hex) {
        return Token::Byte(decimal(Some(number)));
    }
    // `0A4h` of assemblers.
    if let [digits @ .., b'h' | b'H'] = word {
        let digits = match digits {
            [b'0', rest @ ..] if rest.len() == 2 => rest,
            digits => digits,
        };
        if let Some(value) = hex_value(digits) {
            return Token::Byte(value);
        }
    }
    Token::Other
}

/// Whether letters behind a number only say its type.
fn is_suffix(text: &[u8]) -> bool {
    matches!(
        text,
        b"u8" | b"_u8" | b"uy" | b"u" | b"U" | b"i8" | b"UL" | b"ui8"
    )
}

/// Tells what digits alone may be.
fn bare(digits: &[u8]) -> Token {
    let is_decimal = digits.iter().all(u8::is_ascii_digit);
    match digits.len() {
        1 if is_decimal => Token::Bare(Style::Decimal),
        2 if is_decimal => Token::Bare(Style::Open),
        3 if is_decimal && digits <= b"255".as_slice() => Token::Bare(Style::Decimal),
        len if len >= 2 && len.is_multiple_of(2) => Token::Bare(Style::Hex),
        _ => Token::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns every list of some length.
    fn lists(text: &str) -> Vec<(Vec<u8>, &'static str)> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let read = read(text.as_bytes(), at, at);
            let Some((numbers, layer)) = read.filter(|(n, _)| n.bytes.len() >= 16) else {
                at += 1;
                continue;
            };
            let span = numbers.span().expect("bytes");
            assert!(text.get(span.clone()).is_some(), "{span:?}");
            at = span.end;
            found.push((numbers.bytes.to_vec(), layer));
        }
        found
    }

    /// Writes bytes down and reads them again.
    fn round(write: impl Fn(u8) -> String, join: &str, around: (&str, &str), layer: &str) {
        let bytes: Vec<u8> = [0x30, 0x82, 4, 0xa4, 2, 1, 0, 2]
            .into_iter()
            .chain((0..=255).map(|i: u8| i.wrapping_mul(73).wrapping_add(17)))
            .collect();
        for width in [1, 8, 12, 16, 1000] {
            let lines: Vec<String> = bytes
                .chunks(width)
                .map(|line| {
                    line.iter()
                        .map(|b| write(*b))
                        .collect::<Vec<_>>()
                        .join(join)
                })
                .collect();
            let text = format!(
                "{}{}{}",
                around.0,
                lines.join(&format!("{join}\n    ")),
                around.1
            );
            let found = lists(&text);
            assert!(
                found.contains(&(
                    bytes.clone(),
                    if layer == "hex" { "hex" } else { "byte-array" }
                )),
                "{width} to a line: {}",
                text.get(..200).unwrap_or(&text)
            );
        }
    }

    #[test]
    fn every_writing_gives_its_bytes() {
        let c = ("static const unsigned char key[] = {\n    ", "\n};\n");
        round(|b| format!("0x{b:02x}"), ", ", c, "");
        round(|b| format!("0x{b:02X}"), ",", c, "");
        round(|b| format!("0x{b:x}"), ", ", c, "");
        round(|b| format!("{b}"), ", ", ("[", "]"), "");
        round(|b| format!("{b}"), ",", ("<<", ">>"), "");
        round(|b| format!("{b}"), " ", ("(", ")"), "");
        round(|b| format!("{}", b as i8), ", ", ("new byte[] {", "};"), "");
        round(
            |b| format!("(byte)0x{b:02x}"),
            ", ",
            ("new byte[] {", "};"),
            "",
        );
        round(|b| format!("(byte) {b}"), ", ", ("new byte[] {", "};"), "");
        round(
            |b| format!("0x{b:02X}.toByte()"),
            ", ",
            ("byteArrayOf(", ")"),
            "",
        );
        round(|b| format!("0x{b:02X}u8"), ", ", ("&[", "]"), "");
        round(|b| format!("{b}uy"), "; ", ("[|", "|]"), "");
        round(|b| format!("&H{b:02X}"), ", ", ("Array(", ")"), "");
        round(|b| format!("${b:02x}"), ", ", ("(", ")"), "");
        round(|b| format!("0{b:02X}h"), ", ", ("db ", "\n"), "");
        round(|b| format!("\\x{b:02x}"), "", ("b'", "'"), "");
        round(|b| format!("\\{b:03o}"), "", ("= \"", "\";"), "");
        round(|b| format!("\\u00{b:02x}"), "", ("= \"", "\";"), "");
        round(|b| format!("%{b:02X}"), "", ("key=", "&x=1"), "");
        round(|b| format!("{b:02x}"), ":", ("priv:\n", "\npub"), "hex");
        round(|b| format!("{b:02X}"), "-", ("[", "]"), "hex");
        round(|b| format!("{b:02x}"), " ", ("= ", ";"), "hex");
        round(|b| format!("{b:02x}"), ",", ("hex={", "}"), "hex");
    }

    #[test]
    fn literals_across_lines_are_one_list() {
        let bytes: Vec<u8> = (0..64).collect();
        for (open, close) in [
            ("\"", "\"\n    "),
            ("\"", "\" +\n    "),
            ("'", "' .\n"),
            ("", "\\\n"),
            ("\"", "\", // more\n"),
        ] {
            let line = |l: &[u8]| {
                let l: String = l.iter().map(|b| format!("\\x{b:02x}")).collect();
                format!("{open}{l}{close}")
            };
            let text: String = bytes.chunks(16).map(line).collect();
            assert_eq!(lists(&text), [(bytes.clone(), "byte-array")], "{text}");
        }
    }

    #[test]
    fn words_tables_and_large_numbers_are_no_bytes() {
        let table: String = (0..100_u32)
            .map(|i| format!("0x{:08x}, ", i * 77_777))
            .collect();
        let large: String = (256..356).map(|i| format!("{i}, ")).collect();
        let floats: String = (0..100).map(|i| format!("{}.5, ", i)).collect();
        for text in [&table, &large, &floats, "let a = b; for i in 0..10 {}"] {
            assert_eq!(lists(text), [], "{text}");
        }
    }
}
