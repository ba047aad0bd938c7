//! Text of office documents: parts of OOXML (ECMA-376) and OpenDocument (ISO 26300)
//! without their marks.
//!
//! A word processor cuts a line of text into runs wherever its look changes, and
//! ends it with a paragraph, so that a key that was pasted stands there in pieces:
//!
//! ```text
//! <w:p><w:r><w:t>MIIE</w:t></w:r><w:r><w:rPr/><w:t>vgIB…</w:t></w:r></w:p>
//! <text:p>MIIE<text:span>vgIB…</text:span></text:p>
//! ```
//!
//! Paragraphs, breaks and cells become lines, entities the characters that they
//! stand for, and long values of attributes, but for namespaces, come on lines of
//! their own.

use std::io::{self, BufRead, Read};

use memchr::memmem;

/// Bytes at the start of a part in which its namespace is looked for.
pub const HEAD_BYTES: usize = 4 << 10;
/// What namespaces of the two families begin with.
const NAMESPACES: [&[u8]; 2] = [
    b"http://schemas.openxmlformats.org/",
    b"urn:oasis:names:tc:opendocument:",
];
/// Elements whose end is the end of a line, and those that are a break themselves.
const LINES: [&[u8]; 14] = [
    b"w:p",
    b"w:br",
    b"w:cr",
    b"a:p",
    b"a:br",
    b"si",
    b"c",
    b"row",
    b"w:tc",
    b"text:p",
    b"text:h",
    b"text:line-break",
    b"table:table-cell",
    b"table:table-row",
];
/// Entities (XML 1.0 section 4.6).
const ENTITIES: [(&[u8], u8); 5] = [
    (b"amp", b'&'),
    (b"lt", b'<'),
    (b"gt", b'>'),
    (b"quot", b'"'),
    (b"apos", b'\''),
];
/// Longest name of an element or entity that is kept.
const MAX_NAME_BYTES: usize = 24;
/// Shortest value of an attribute that may hold a key.
const MIN_VALUE_BYTES: usize = 32;
/// Longest value of an attribute that is kept.
const MAX_VALUE_BYTES: usize = 64 << 10;

/// Whether a part begins so.
#[must_use]
pub fn begins(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let has = |namespace: &[u8]| memmem::find(head, namespace).is_some();
    head.starts_with(b"<") && NAMESPACES.into_iter().any(has)
}

/// The text of a part, as a stream.
pub struct Text<R> {
    inner: R,
    state: State,
    /// Name of the element, value of the attribute, or entity.
    word: Vec<u8>,
    /// Whether the last byte of a mark was a slash.
    closes: bool,
    ready: Vec<u8>,
    given: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Text,
    Entity,
    /// Behind `<`: the name.
    Name,
    /// Behind the name of an element; whether it ends a line, and whether it opens.
    Mark {
        line: bool,
        opens: bool,
    },
    /// In a value, up to this quote.
    Value {
        quote: u8,
        line: bool,
        opens: bool,
    },
}

impl<R> std::fmt::Debug for Text<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text").finish_non_exhaustive()
    }
}

impl<R: BufRead> Text<R> {
    /// Reads the text of a part.
    #[must_use]
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            state: State::Text,
            word: Vec::new(),
            closes: false,
            ready: Vec::new(),
            given: 0,
        }
    }

    fn byte(&mut self, byte: u8) {
        match (self.state, byte) {
            (State::Text | State::Entity, b'<') => {
                self.word.clear();
                self.state = State::Name;
            }
            (State::Text, b'&') => {
                self.word.clear();
                self.state = State::Entity;
            }
            (State::Text, _) => self.ready.push(byte),
            (State::Entity, b';') => {
                self.ready.extend(entity(&self.word));
                self.state = State::Text;
            }
            (State::Entity, _) if self.word.len() < MAX_NAME_BYTES => self.word.push(byte),
            (State::Entity, _) => self.state = State::Text,
            (State::Name, b'>' | b' ' | b'\t' | b'\r' | b'\n') => {
                let name = self.word.strip_suffix(b"/").unwrap_or(&self.word);
                let opens = !name.starts_with(b"/") && name.len() == self.word.len();
                let line = LINES.contains(&name.strip_prefix(b"/").unwrap_or(name));
                self.closes = false;
                self.state = State::Mark { line, opens };
                if byte == b'>' {
                    self.end(line, opens);
                }
            }
            (State::Name, _) if self.word.len() < MAX_NAME_BYTES => self.word.push(byte),
            (State::Name, _) => {}
            (State::Mark { line, opens }, b'>') => self.end(line, opens && !self.closes),
            (State::Mark { line, opens }, b'"' | b'\'') => {
                self.word.clear();
                self.state = State::Value {
                    quote: byte,
                    line,
                    opens,
                };
            }
            (State::Mark { .. }, _) => self.closes = byte == b'/',
            (State::Value { quote, line, opens }, _) if byte == quote => {
                let is_name = self.word.starts_with(b"http") || self.word.starts_with(b"urn:");
                if self.word.len() >= MIN_VALUE_BYTES && !is_name {
                    self.ready.push(b'\n');
                    self.ready.append(&mut self.word);
                    self.ready.push(b'\n');
                }
                self.state = State::Mark { line, opens };
            }
            (State::Value { .. }, _) if self.word.len() < MAX_VALUE_BYTES => self.word.push(byte),
            (State::Value { .. }, _) => {}
        }
    }

    /// Ends a mark.
    fn end(&mut self, line: bool, opens: bool) {
        if line && !opens {
            self.ready.push(b'\n');
        }
        self.state = State::Text;
    }
}

/// Returns the character that an entity stands for, in UTF-8.
fn entity(name: &[u8]) -> Vec<u8> {
    if let Some((_, byte)) = ENTITIES.iter().find(|(known, _)| *known == name) {
        return vec![*byte];
    }
    let digits = name
        .strip_prefix(b"#")
        .and_then(|n| std::str::from_utf8(n).ok());
    let number = digits.and_then(|digits| match digits.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    });
    let c = number.and_then(char::from_u32);
    c.map_or(Vec::new(), |c| c.to_string().into_bytes())
}

impl<R: BufRead> Read for Text<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() {
            self.ready.clear();
            self.given = 0;
            let bytes = self.inner.fill_buf()?.to_vec();
            if bytes.is_empty() {
                return Ok(0);
            }
            self.inner.consume(bytes.len());
            for byte in bytes {
                self.byte(byte);
            }
        }
        let ready = self.ready.get(self.given..).unwrap_or_default();
        let n = ready.len().min(out.len());
        if let Some((to, from)) = out.get_mut(..n).zip(ready.get(..n)) {
            to.copy_from_slice(from);
        }
        self.given += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_joined_and_paragraphs_are_lines() {
        let part = "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml\" a=\"0123456789012345678901234567890123456789\">\
                    <w:p w:id='>'><w:r><w:t xml:space=\"preserve\">a &amp;</w:t></w:r><w:r><w:rPr><w:b/></w:rPr>\
                    <w:t> b&#x3c;</w:t><w:br/></w:r></w:p><w:p/><text:p>c<text:span>d</text:span></text:p>";
        // In pieces of every size.
        for size in 1..20 {
            let mut text = String::new();
            let mut stripped = Text::new(io::BufReader::with_capacity(size, part.as_bytes()));
            stripped.read_to_string(&mut text).expect("text");
            let long = "0123456789012345678901234567890123456789";
            assert_eq!(text, format!("\n{long}\na & b<\n\n\ncd\n"));
        }
    }
}
