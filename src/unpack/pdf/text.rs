//! Text that a content stream of a PDF draws (ISO 32000-1 sections 7.3.4, 7.8.2 and 9.4).
//!
//! ```text
//! BT /F1 9 Tf 50 780 Td 11 TL (-----BEGIN …) Tj T* <4D494947> Tj [(Hk) -20 (Ag)] TJ ET
//! (…) '  a b (…) "            a line of their own        x y Td, x y TD, a b c d x y Tm      where it is
//! ```
//!
//! A line is what stands at one height. Strings are taken for Latin-1, or for two bytes a character of which
//! the first is zero; fonts that number their glyphs otherwise are not read. What stands in the
//! stream itself comes first, then the lines, so that nothing of it is lost.

use std::io::{self, Read};

/// Text of one stream that is kept.
const MAX_TEXT: usize = 4 << 20;
/// Bytes of strings between two operators that are kept.
const MAX_STRINGS: usize = 64 << 10;
/// Longest operator, and longest number that says anything.
const MAX_WORD: usize = 24;
/// Numbers before an operator that count: those of `Tm`.
const MAX_NUMBERS: usize = 6;
/// Thousandths of an em by which words of `TJ` are moved apart, at least.
const GAP: f64 = -200.0;
/// Difference of heights that is none.
const SAME: f64 = 0.01;

/// A content stream with what it draws behind it.
pub(super) struct Drawn<R> {
    inner: R,
    parser: Parser,
    /// Whether the stream itself is at its end, and how it ended.
    ended: Option<Option<io::Error>>,
    given: usize,
}

impl<R: Read> Drawn<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            parser: Parser::default(),
            ended: None,
            given: 0,
        }
    }
}

impl<R: Read> Read for Drawn<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ended.is_none() {
            match self.inner.read(out) {
                Ok(0) if out.is_empty() => return Ok(0),
                Ok(0) => self.ended = Some(None),
                Ok(n) => {
                    self.parser.feed(out.get(..n).unwrap_or_default());
                    return Ok(n);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => return Err(e),
                Err(e) => self.ended = Some(Some(e)),
            }
        }
        let rest = self.parser.text.get(self.given..).unwrap_or_default();
        let n = rest.len().min(out.len());
        if let Some((to, from)) = out.get_mut(..n).zip(rest.get(..n)) {
            to.copy_from_slice(from);
        }
        self.given += n;
        match self.ended.as_mut().and_then(Option::take) {
            Some(error) if n == 0 => Err(error),
            error => {
                self.ended = Some(error);
                Ok(n)
            }
        }
    }
}

/// Returns what a content stream draws, if it draws anything.
pub(super) fn drawn(stream: &[u8]) -> Option<Vec<u8>> {
    let mut parser = Parser::default();
    parser.feed(stream);
    (!parser.text.is_empty()).then_some(parser.text)
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Plain,
    Comment,
    /// In `( … )`, with parentheses inside; behind a backslash.
    String {
        depth: u32,
        escaped: bool,
    },
    /// In `\ddd`, so many digits.
    Octal {
        depth: u32,
        digits: u8,
        value: u8,
    },
    /// Behind a first `<`.
    Angle,
    Hex {
        high: Option<u8>,
    },
    /// In the data of an inline picture, behind so much of blank and `EI`.
    Picture(u8),
}

#[derive(Default)]
struct Parser {
    state: State,
    word: Vec<u8>,
    numbers: Vec<f64>,
    /// Strings since the last operator, and the one that is being read.
    strings: Vec<u8>,
    string: Vec<u8>,
    in_array: bool,
    text: Vec<u8>,
    /// Height of the line, and of what was drawn last.
    y: f64,
    drawn_at: f64,
    breaks: bool,
    moved: bool,
}

impl Parser {
    fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.byte(byte);
        }
    }

    fn byte(&mut self, byte: u8) {
        match self.state {
            State::Plain => self.plain(byte),
            State::Comment => {
                if matches!(byte, b'\n' | b'\r') {
                    self.state = State::Plain;
                }
            }
            State::String { depth, escaped } => self.string(byte, depth, escaped),
            State::Octal {
                depth,
                digits,
                value,
            } => match byte {
                b'0'..=b'7' if digits < 3 => {
                    let value = value.wrapping_mul(8).wrapping_add(byte - b'0');
                    let digits = digits + 1;
                    self.state = State::Octal {
                        depth,
                        digits,
                        value,
                    };
                }
                _ => {
                    self.push(value);
                    self.string(byte, depth, false);
                }
            },
            State::Angle if byte == b'<' => self.state = State::Plain,
            State::Angle => {
                self.state = State::Hex { high: None };
                self.byte(byte);
            }
            State::Hex { high } => match (char::from(byte).to_digit(16), high, byte) {
                (Some(digit), None, _) => {
                    let high = Some(digit as u8);
                    self.state = State::Hex { high };
                }
                (Some(digit), Some(high), _) => {
                    self.push(high << 4 | digit as u8);
                    self.state = State::Hex { high: None };
                }
                (None, _, b'>') => {
                    if let Some(high) = high {
                        self.push(high << 4);
                    }
                    self.string_ends();
                }
                _ => {}
            },
            State::Picture(seen) => {
                let is_blank = byte.is_ascii_whitespace();
                self.state = match (seen, byte) {
                    (1, b'E') => State::Picture(2),
                    (2, b'I') => State::Picture(3),
                    (3, _) if is_blank => State::Plain,
                    _ => State::Picture(u8::from(is_blank)),
                };
            }
        }
    }

    fn plain(&mut self, byte: u8) {
        let delimits = byte.is_ascii_whitespace() || b"\0()<>[]{}/%".contains(&byte);
        if !delimits {
            if self.word.len() < MAX_WORD {
                self.word.push(byte);
            }
            return;
        }
        self.word_ends();
        match byte {
            b'(' => {
                let (depth, escaped) = (0, false);
                self.state = State::String { depth, escaped };
            }
            b'<' => self.state = State::Angle,
            b'%' => self.state = State::Comment,
            b'[' => self.in_array = true,
            b']' => self.in_array = false,
            // A name is no operator.
            b'/' => self.word.push(b'/'),
            _ => {}
        }
    }

    fn string(&mut self, byte: u8, depth: u32, escaped: bool) {
        let mut next = State::String {
            depth,
            escaped: false,
        };
        match (escaped, byte) {
            (false, b'\\') => {
                next = State::String {
                    depth,
                    escaped: true,
                };
            }
            (false, b'(') => {
                self.push(byte);
                next = State::String {
                    depth: depth.saturating_add(1),
                    escaped: false,
                };
            }
            (false, b')') => match depth.checked_sub(1) {
                Some(depth) => {
                    self.push(byte);
                    next = State::String {
                        depth,
                        escaped: false,
                    };
                }
                None => return self.string_ends(),
            },
            (false, _) => self.push(byte),
            (true, b'n') => self.push(b'\n'),
            (true, b'r') => self.push(b'\r'),
            (true, b't') => self.push(b'\t'),
            (true, b'b' | b'f' | b'\n' | b'\r') => {}
            (true, b'0'..=b'7') => {
                next = State::Octal {
                    depth,
                    digits: 1,
                    value: byte - b'0',
                };
            }
            (true, _) => self.push(byte),
        }
        self.state = next;
    }

    fn push(&mut self, byte: u8) {
        if self.string.len() < MAX_STRINGS {
            self.string.push(byte);
        }
    }

    fn string_ends(&mut self) {
        self.state = State::Plain;
        let pairs = self.string.chunks_exact(2);
        let is_wide = self.string.len() >= 2
            && pairs.remainder().is_empty()
            && pairs.clone().all(|pair| pair.first() == Some(&0));
        if self.strings.len() < MAX_STRINGS {
            match is_wide {
                true => self.strings.extend(pairs.filter_map(|pair| pair.last())),
                false => self.strings.extend_from_slice(&self.string),
            }
        }
        self.string.clear();
    }

    fn word_ends(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        let number = std::str::from_utf8(&word)
            .ok()
            .and_then(|w| w.parse::<f64>().ok());
        match number.filter(|n| n.is_finite()) {
            Some(gap) if self.in_array => {
                let blank = self.strings.last().is_none_or(|&b| b == b' ');
                if gap <= GAP && !blank && self.strings.len() < MAX_STRINGS {
                    self.strings.push(b' ');
                }
            }
            Some(number) => {
                if self.numbers.len() == MAX_NUMBERS {
                    self.numbers.remove(0);
                }
                self.numbers.push(number);
            }
            None if word.first() == Some(&b'/') => {}
            None => self.operator(&word),
        }
        self.word = word;
        self.word.clear();
    }

    fn operator(&mut self, word: &[u8]) {
        let last = self.numbers.last().copied().unwrap_or(0.0);
        match word {
            b"Tj" | b"TJ" => self.draw(),
            b"'" | b"\"" => {
                self.breaks = true;
                self.draw();
            }
            b"T*" | b"cm" => self.breaks = true,
            b"Td" | b"TD" => {
                self.y += last;
                self.moved = true;
            }
            b"Tm" => {
                self.y = last;
                self.moved = true;
            }
            b"BT" => {
                self.y = 0.0;
                self.moved = true;
            }
            b"ID" => self.state = State::Picture(0),
            _ => {}
        }
        self.numbers.clear();
        self.strings.clear();
        self.in_array = false;
    }

    /// Puts the strings where the text goes on, or on a line of their own.
    fn draw(&mut self) {
        if self.strings.is_empty() || self.text.len() >= MAX_TEXT {
            return;
        }
        if self.text.is_empty() || self.breaks || (self.y - self.drawn_at).abs() > SAME {
            self.text.push(b'\n');
        } else if self.moved && !self.text.ends_with(b" ") {
            self.text.push(b' ');
        }
        self.text.extend_from_slice(&self.strings);
        (self.drawn_at, self.breaks, self.moved) = (self.y, false, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(stream: &str) -> String {
        let mut all = String::new();
        let mut stream = io::BufReader::with_capacity(3, stream.as_bytes());
        let mut with = Drawn::new(&mut stream);
        with.read_to_string(&mut all).expect("text");
        all
    }

    #[test]
    fn lines_are_what_stands_at_one_height() {
        for (stream, lines) in [
            (
                "BT 50 780 Td 11 TL (a\\)b) Tj T* (c(d)) Tj ET",
                "\na)b\nc(d)",
            ),
            ("BT (a) ' 1 2 (b\\101\\1012\\\nc) \" ET", "\na\nbAA2c"),
            (
                "BT 1 0 0 1 50 700 Tm [(BEG) -20 (IN) -300 (KEY)] TJ 1 0 0 1 90 700 Tm (x) Tj 0 -11 TD <4D49 4> Tj ET",
                "\nBEGIN KEY x\nMI@",
            ),
            (
                "BT 9 9 Td <004D0049> Tj ET BT 9 9 Td (%no) Tj % (comment) Tj\nET",
                "\nMI %no",
            ),
            (
                "q /Name (no) Do Q <</A (no)>> BDC BI /W 1 ID x (no) Tj EI BT (yes) Tj ET",
                "\nyes",
            ),
            ("1 0 0 RG no text", ""),
        ] {
            assert_eq!(drawn(stream), format!("{stream}{lines}"));
        }
    }
}
