//! Values of text that are as long as a number of a key.
//!
//! Hexadecimal, decimal digits, either alphabet of base64, in quotes or bare; in several literals or
//! lines that follow each other; in pairs with colons or dashes; as lists of bytes. There is no grammar of
//! any language: pieces of text follow each other, and what stands between two of them tells whether
//! they are one value.

use zeroize::Zeroizing;

use crate::blob::Span;
use crate::wire::{base64, decimal, hex, trim_zeros};

/// Longest value, in characters, or bytes of a list: a number of 16,384 bits in decimal digits.
const MAX_TEXT: usize = decimal::MAX_DIGITS;
/// Shortest number, in bytes.
const MIN_BYTES: usize = 20;
/// Fewest characters of a value in each writing, for 192 bits that may begin with zeros.
const MIN_HEX: usize = 40;
const MIN_DECIMAL: usize = 50;
const MIN_BASE64: usize = 32;
/// So many hexadecimal digits are never all decimal ones.
const SURELY_DECIMAL: usize = 60;
/// Longest way from one piece to the next.
const MAX_GAP: usize = 160;
/// Lines that are wrapped are as long, or longer; below are groups of digits.
const MIN_LINE: usize = 32;
/// Values of so few pieces may be values of their own that follow each other: they are read as both.
const MAX_ALONE: usize = 4;
/// Words between the bytes of a list that say what type they have.
const CASTS: [&[u8]; 6] = [b"byte", b"sbyte", b"char", b"toByte", b"u8", b"as"];
/// Letters before the quotes of a literal.
const PREFIXES: [&[u8]; 8] = [b"b", b"r", b"u", b"f", b"B", b"L", b"U", b"u8"];

/// A value that may be a number of a key.
pub(super) struct Value {
    pub(super) span: Span,
    /// The number, big-endian.
    pub(super) number: Zeroizing<Vec<u8>>,
    /// Which value it is: one may be read in two ways.
    pub(super) place: usize,
}

/// Whether a character may be part of a piece.
pub(super) fn is_part(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_')
}

/// Returns the values in a range of bytes, up to about so many.
pub(super) fn values(bytes: &[u8], range: Span, most: usize) -> Vec<Value> {
    let text = bytes.get(..range.end).unwrap_or_default();
    let mut reader = Reader::default();
    let mut at = range.start;
    // What begins before the range is not read.
    if at
        .checked_sub(1)
        .and_then(|i| text.get(i))
        .is_some_and(|b| is_part(*b))
    {
        at += count(text, at, is_part);
    }
    while reader.values.len() < most {
        at += count(text, at, |b| !is_part(b));
        let len = count(text, at, is_part);
        if len == 0 {
            break;
        }
        reader.piece(text, at..at + len);
        at += len;
    }
    reader.finish();
    reader.values
}

fn count(text: &[u8], at: usize, is: fn(u8) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.iter().position(|b| !is(*b)).unwrap_or(rest.len())
}

/// What the pieces so far are.
#[derive(Default)]
struct Reader {
    values: Vec<Value>,
    places: usize,
    /// Characters of the value, or its bytes if it is a list.
    text: Zeroizing<Vec<u8>>,
    is_list: bool,
    /// Where its pieces stand, and how many characters each has.
    pieces: Vec<(usize, usize)>,
    /// Where what follows it begins: behind the last piece, or a cast behind that.
    end: usize,
}

impl Reader {
    fn piece(&mut self, text: &[u8], mut span: Span) {
        let of = |span: &Span| text.get(span.clone()).unwrap_or_default();
        let is_escaped = span.start.checked_sub(1).and_then(|i| text.get(i)) == Some(&b'\\');
        if is_escaped && matches!(of(&span).first(), Some(b'n' | b'r' | b't')) {
            span.start += 1;
        }
        let piece = of(&span);
        // A plus between literals, a slash of a comment.
        let is_escaped_slash = is_escaped && piece.starts_with(b"/");
        if !piece.iter().any(u8::is_ascii_alphanumeric) && !is_escaped_slash {
            return;
        }
        let is_prefix =
            PREFIXES.contains(&piece) && matches!(text.get(span.end), Some(b'"' | b'\''));
        if is_prefix && !self.is_list {
            return;
        }
        let gap = text.get(self.end..span.start).unwrap_or_default();
        let byte = match piece {
            [b'x', digits @ ..] if is_escaped => pair(digits),
            _ => byte(piece),
        };
        if !self.pieces.is_empty() && gap.len() <= MAX_GAP && self.text.len() < MAX_TEXT {
            if self.is_list {
                let is_prefixed = piece.contains(&b'x');
                if let Some(byte) = byte
                    && gap.iter().all(|b| b" \t\r\n,;().\\\"'".contains(b))
                    && (is_prefixed || gap.contains(&b','))
                {
                    self.text.push(byte);
                    self.pieces.push((span.start, span.len()));
                    self.end = span.end;
                    return;
                }
                if CASTS.contains(&piece) {
                    self.end = span.end;
                    return;
                }
                self.as_pair(text);
            }
            if !self.is_list && self.goes_on(gap, piece, text.get(span.end..)) {
                self.push(piece, span);
                return;
            }
        }
        self.finish();
        if piece.len() > MAX_TEXT {
            return;
        }
        match byte {
            Some(byte) => {
                self.is_list = true;
                self.text.push(byte);
                self.pieces.push((span.start, span.len()));
                self.end = span.end;
            }
            None => self.push(piece, span),
        }
    }

    fn push(&mut self, piece: &[u8], span: Span) {
        self.text.extend_from_slice(piece);
        self.pieces.push((span.start, span.len()));
        self.end = span.end;
    }

    /// Two decimal digits may be a byte of a list or the first pair of hexadecimal ones.
    fn as_pair(&mut self, text: &[u8]) {
        if let [(start, 2)] = *self.pieces.as_slice()
            && let Some(digits) = text.get(start..start + 2)
            && digits.iter().all(u8::is_ascii_hexdigit)
        {
            self.is_list = false;
            self.text.clear();
            self.text.extend_from_slice(digits);
        }
    }

    /// Whether the next piece of text goes on with the value, by what stands between them and behind it.
    fn goes_on(&self, gap: &[u8], piece: &[u8], behind: Option<&[u8]>) -> bool {
        let (Some((_, first)), Some((_, last))) = (self.pieces.first(), self.pieces.last()) else {
            return false;
        };
        // Base64 in JSON may have its slashes escaped.
        if gap == b"\\" && piece.starts_with(b"/") {
            return true;
        }
        if is_seam(gap) {
            return true;
        }
        let is_hex = |text: &[u8]| text.iter().all(u8::is_ascii_hexdigit);
        let is_both_hex = is_hex(&self.text) && is_hex(piece);
        if *first == 2 {
            let is_gap = gap.iter().all(|b| b": \t\r\n\\".contains(b));
            return is_both_hex && piece.len() == 2 && is_gap;
        }
        let is_blank = !gap.is_empty() && is_blank(gap);
        let is_line = *first >= MIN_LINE && !is_name(behind.unwrap_or_default());
        let is_digits = is_hex(&self.text);
        is_blank
            && last == first
            && piece.len() <= *first
            && if is_digits {
                is_both_hex && (*first >= 4)
            } else {
                is_line
            }
    }

    /// Reads the value, and begins with none.
    fn finish(&mut self) {
        let span = self.pieces.first().map(|(start, _)| *start..self.end);
        if let Some(span) = span {
            if self.is_list {
                let bytes = std::mem::take(&mut self.text);
                let before = self.values.len();
                self.add(Some(bytes), &span);
                self.places += self.values.len() - before;
            } else {
                let text = std::mem::take(&mut self.text);
                self.read(&text, span);
                let pieces = std::mem::take(&mut self.pieces);
                let mut rest = text.as_slice();
                for &(start, len) in &pieces {
                    let (piece, others) = rest.split_at_checked(len).unwrap_or((rest, &[]));
                    rest = others;
                    if (2..=MAX_ALONE).contains(&pieces.len()) {
                        self.read(piece, start..start + len);
                    }
                }
            }
        }
        self.text.clear();
        self.pieces.clear();
        self.is_list = false;
    }

    /// Adds the numbers that a text can stand for.
    fn read(&mut self, text: &[u8], span: Span) {
        let before = self.values.len();
        let body = text
            .strip_prefix(b"0x")
            .or_else(|| text.strip_prefix(b"0X"));
        let body = body.unwrap_or(text);
        let digits = without_mark(body);
        let is = |test: fn(&u8) -> bool| !digits.is_empty() && digits.iter().all(test);
        let is_decimal = is(u8::is_ascii_digit) && body.len() == text.len();
        if is_decimal && digits.len() >= MIN_DECIMAL {
            self.add(decimal::decode(digits), &span);
        }
        if is(u8::is_ascii_hexdigit) {
            if digits.len() >= MIN_HEX && !(is_decimal && digits.len() >= SURELY_DECIMAL) {
                self.add(hex_number(digits), &span);
            }
        } else if body.get(2) == Some(&b'-') {
            let pairs: Zeroizing<Vec<u8>> =
                Zeroizing::new(body.iter().copied().filter(|b| *b != b'-').collect());
            self.add(hex::decode(&*pairs), &span);
        } else if text.len() >= MIN_BASE64 && is_mixed(text) {
            self.add(base64::decode_value(text), &span);
        }
        self.places += usize::from(self.values.len() > before);
    }

    fn add(&mut self, number: Option<Zeroizing<Vec<u8>>>, span: &Span) {
        let Some(number) = number else { return };
        if trim_zeros(&number).len() >= MIN_BYTES {
            self.values.push(Value {
                span: span.clone(),
                number,
                place: self.places,
            });
        }
    }
}

/// Returns digits without the mark of a long number in Python, JavaScript or C.
fn without_mark(digits: &[u8]) -> &[u8] {
    match digits.split_last() {
        Some((b'n' | b'L' | b'U' | b'u', rest)) => rest,
        _ => digits,
    }
}

/// Reads digits, of which the first zero may be missing.
fn hex_number(digits: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if digits.len().is_multiple_of(2) {
        return hex::decode(digits);
    }
    let mut even = Zeroizing::new(Vec::with_capacity(digits.len() + 1));
    even.push(b'0');
    even.extend_from_slice(digits);
    hex::decode(&*even)
}

/// Whether text has small and large letters and digits, as base64 has and names mostly have not.
fn is_mixed(text: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| text.iter().any(is);
    has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
}

/// Returns the byte of a list that a piece is: `0xa8`, `168`, `-88`.
fn byte(piece: &[u8]) -> Option<u8> {
    match piece {
        [b'0', b'x' | b'X', digit] => hex::digit(*digit),
        [b'0', b'x' | b'X', digits @ ..] => pair(digits),
        [b'-', digits @ ..] if digits.len() <= 3 => {
            let value = small(digits).filter(|value| *value <= 128)?;
            Some((256 - value) as u8)
        }
        digits if digits.len() <= 3 => small(digits)?.try_into().ok(),
        _ => None,
    }
}

fn pair(digits: &[u8]) -> Option<u8> {
    match digits {
        [high, low] => hex::pair(*high, *low),
        _ => None,
    }
}

fn small(digits: &[u8]) -> Option<u16> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let value = |digits: &[u8]| digits.iter().fold(0, |n, d| n * 10 + u16::from(d - b'0'));
    is_number.then(|| value(digits))
}

/// Whether what stands between two pieces joins literals: `" + "`, `' . '`, `" & _ "`, a line break.
fn is_seam(gap: &[u8]) -> bool {
    let is_quote = |b: &u8| matches!(b, b'"' | b'\'' | b'`');
    // Letters are those of escaped line breaks, and before quotes.
    let is_glue =
        |b: &u8| b.is_ascii_whitespace() || b.is_ascii_alphabetic() || b"+&._\\()@$".contains(b);
    // In a literal of another language the quotes are escaped; a line break may be the last of a literal.
    let escapes = gap
        .iter()
        .take_while(|b| matches!(b, b'\\' | b'n' | b'r'))
        .count();
    let gap = gap.get(escapes..).unwrap_or_default();
    let (Some(first), Some(last)) = (gap.first(), gap.last()) else {
        return false;
    };
    let inner = gap.get(1..gap.len().saturating_sub(1)).unwrap_or_default();
    is_quote(first) && first == last && gap.len() > 1 && inner.iter().all(is_glue)
}

/// Whether nothing but blanks, line breaks and their escapes stand between two pieces.
fn is_blank(gap: &[u8]) -> bool {
    gap.iter()
        .all(|b| b.is_ascii_whitespace() || matches!(b, b'\\' | b'n' | b'r' | b't'))
}

/// Whether what stands behind a piece makes it a name: a colon, a parenthesis, an equals sign that pads nothing.
fn is_name(behind: &[u8]) -> bool {
    let pads = behind.iter().take_while(|b| **b == b'=').count();
    let rest = behind.get(pads..).unwrap_or_default();
    let ends = rest.first().is_none_or(|b| !is_part(*b));
    match behind {
        [b':' | b'(', ..] => true,
        [b' ', ..] => behind.trim_ascii_start().starts_with(b"="),
        _ => pads > 2 || pads > 0 && !ends,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what is read of a text, each number with its place.
    fn read(text: &str) -> Vec<(usize, Vec<u8>)> {
        let list = values(text.as_bytes(), 0..text.len(), usize::MAX);
        let number = |value: Value| (value.place, trim_zeros(&value.number).to_vec());
        list.into_iter().map(number).collect()
    }

    /// A number of 24 bytes, no two of them alike.
    fn number(first: u8) -> Vec<u8> {
        (first..first + 24).collect()
    }

    fn digits(number: &[u8]) -> String {
        hex::encode(number)
    }

    #[test]
    fn one_number_in_many_writings() {
        let wanted = number(0xa0);
        let text = digits(&wanted);
        let (a, b) = text.split_at(24);
        let pairs = |seam: &str| {
            let pairs: Vec<&str> = (0..24).map(|i| &text[2 * i..2 * i + 2]).collect();
            pairs.join(seam)
        };
        let list = |before: &str| format!("{{ {before}{} }}", pairs(&format!(", {before}")));
        let java: Vec<String> = wanted.iter().map(|b| (*b as i8).to_string()).collect();
        let escapes = format!("b\"\\x{}\"", pairs("\\x"));
        for text in [
            format!("new BigInteger(\"{text}\", 16)"),
            format!("n = 0x{text}L\n"),
            format!("n = 0x{}n;", text.to_uppercase()),
            format!("\"00{text}\""),
            format!("\"{a}\" +\n    \"{b}\","),
            format!("'{a}' . '{b}'"),
            format!("\"{a}\"\n  \"{b}\""),
            format!("b\"{a}\"\n  b\"{b}\""),
            format!("\\\"{a}\\\" +\\n    \\\"{b}\\\","),
            format!("\"{a} {b}\""),
            format!("n: {a}\n   {b}\n"),
            pairs(":"),
            format!("n:\n  {}\n", pairs(":\n  ")),
            format!("\"{}\"", pairs("-")),
            list("0x"),
            list("(byte) 0x"),
            format!("[{}]", java.join(", ")),
            escapes,
        ] {
            let numbers = read(&text);
            assert!(numbers.iter().any(|(_, n)| *n == wanted), "{text}");
        }
    }

    #[test]
    fn base64_of_either_alphabet() {
        let wanted: Vec<u8> = [vec![0xfb, 0xef, 0xff], (0xa0..0xc0).collect()].concat();
        let text = "q7v7++///6ChoqOkpaanqKmqq6ytrq+wsbKztLW2t7i5uru8vb6/";
        for text in [
            format!("KEY={text}"),
            format!("\"{}\"", text.replace('+', "-").replace('/', "_")),
            format!("\"{}\"", text.replace('/', "\\/")),
            format!("\"{}\" + \"{}\"", &text[..20], &text[20..]),
        ] {
            let numbers = read(&text);
            let wanted = trim_zeros(&wanted);
            assert!(
                numbers.iter().any(|(_, n)| n.ends_with(&wanted[3..])),
                "{text}"
            );
        }
        assert_eq!(read("a_name_that_is_long_and_has_no_digits_in_it"), []);
    }

    #[test]
    fn decimal_digits_are_not_hexadecimal_ones() {
        let text = format!("N: \"1{}7\",", "0".repeat(76));
        assert_eq!(read(&text).len(), 1);
        // So few may be either.
        let text = format!("N: \"1{}7\",", "0".repeat(48));
        let places: Vec<usize> = read(&text).into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, [0, 0]);
    }

    #[test]
    fn values_of_their_own_stay_so() {
        let (one, two) = (number(0xa0), number(0xc0));
        let (a, b) = (digits(&one), digits(&two));
        for text in [
            format!("[\"{a}\", \"{b}\"]"),
            format!("\"x\": \"{a}\", \"y\": \"{b}\""),
            format!("{a}\n{b}\n"),
            format!("x = {a}\ny = {b}\n"),
            format!("x: {a}\ny: {b}\n"),
            format!("new BigInteger(\"{a}\", 16), new BigInteger(\"{b}\", 16)"),
        ] {
            let numbers: Vec<Vec<u8>> = read(&text).into_iter().map(|(_, n)| n).collect();
            assert!(numbers.contains(&one) && numbers.contains(&two), "{text}");
        }
    }

    #[test]
    fn what_begins_before_the_range_is_left_out() {
        let text = format!("{}; {}", digits(&number(0xa0)), digits(&number(0xc0)));
        let list = values(text.as_bytes(), 2..text.len(), usize::MAX);
        assert_eq!(list.len(), 1);
        // The value that is being read is read to its end.
        assert_eq!(values(text.as_bytes(), 0..text.len(), 1).len(), 2);
        assert_eq!(values(text.repeat(4).as_bytes(), 0..text.len(), 1).len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "[0-9a-fA-F\\\\x\"' ,:;+/=_n-]{0,400}") {
            for value in values(text.as_bytes(), 0..text.len(), usize::MAX) {
                assert!(value.span.end <= text.len());
            }
        }
    }
}
