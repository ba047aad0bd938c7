//! Name-value members of JSON-like text, read leniently.
//!
//! JSON proper (RFC 8259), and what holds the same members in source code and
//! configuration: unquoted names, single quotes, trailing commas and comments
//! of JavaScript, `=>` of Ruby and PHP, `=` of TOML and HCL, dictionaries of
//! Python, blocks of YAML. Only members with a text or bare value at the top
//! level of one object are returned; nested values are stepped over.

use std::ops::Range;

use super::line_start;

/// One member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its name, without quotes.
    pub name: &'a [u8],
    /// Its value, without quotes, escapes as they stand.
    pub value: &'a [u8],
}

/// Members of one object; a JWK has at most about twenty.
const MAX_MEMBERS: usize = 256;
/// Nesting that is stepped over.
const MAX_DEPTH: usize = 32;

/// Returns the value of the first member of this name.
#[must_use]
pub fn value<'a>(list: &[Member<'a>], name: &[u8]) -> Option<&'a [u8]> {
    list.iter().find(|m| m.name == name).map(|m| m.value)
}

/// Returns the start of the object that encloses `at`, looking back over at
/// most `limit` bytes.
#[must_use]
pub fn object_around(bytes: &[u8], at: usize, limit: usize) -> Option<usize> {
    opened(bytes, at, limit, *b"{}")
}

/// Returns the start of the list of arguments that encloses `at`, looking back over at
/// most `limit` bytes.
#[must_use]
pub fn call_around(bytes: &[u8], at: usize, limit: usize) -> Option<usize> {
    opened(bytes, at, limit, *b"()")
}

fn opened(bytes: &[u8], at: usize, limit: usize, [open, close]: [u8; 2]) -> Option<usize> {
    let from = at.saturating_sub(limit);
    let before = bytes.get(from..at)?;
    let mut depth = 0_usize;
    for (i, &byte) in before.iter().enumerate().rev() {
        if byte == close {
            depth += 1;
        } else if byte == open {
            match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Some(from + i),
            }
        }
    }
    None
}

/// Reads the object, or the named arguments, whose opening brace or parenthesis is at
/// `start`: its members, and the range up to where it is closed or stops being one.
#[must_use]
pub fn object(bytes: &[u8], start: usize, limit: usize) -> (Vec<Member<'_>>, Range<usize>) {
    let end = start.saturating_add(limit).min(bytes.len());
    let mut cursor = Cursor {
        text: bytes.get(..end).unwrap_or_default(),
        at: start + 1,
    };
    let close = match bytes.get(start) {
        Some(b'(') => b')',
        _ => b'}',
    };
    let mut members = Vec::new();
    while members.len() < MAX_MEMBERS {
        cursor.gap();
        let Some(byte) = cursor.peek() else { break };
        if byte == close {
            cursor.at += 1;
            break;
        }
        match cursor.member() {
            Some(Some(member)) => members.push(member),
            Some(None) => {}
            None => break,
        }
    }
    (members, start..cursor.at)
}

/// Returns where in `text` the object or list begins that is the value of the
/// first member of that name, at whatever depth.
#[must_use]
pub fn nested(text: &[u8], name: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(text, name).find_map(|at| {
        let behind = text.get(at + name.len()..)?;
        let value = behind.strip_prefix(b"\"")?.trim_ascii_start();
        let value = value.strip_prefix(b":")?.trim_ascii_start();
        let quoted = text.get(at.checked_sub(1)?) == Some(&b'"');
        let opens = matches!(value.first(), Some(b'{' | b'['));
        (quoted && opens).then(|| text.len() - value.len())
    })
}

/// Bytes of a block that are looked at: a key of 16,384-bit RSA has 20 KiB.
pub const MAX_BLOCK: usize = 64 << 10;

/// Reads the block of `name: value` lines, all indented alike, around `at`: what of it
/// stands in `limit` bytes before the line, and in as many from where it begins.
#[must_use]
pub fn block(bytes: &[u8], at: usize, limit: usize) -> (Vec<Member<'_>>, Range<usize>) {
    let begins = |start: usize| start == 0 || bytes.get(start - 1) == Some(&b'\n');
    let first = line_start(bytes, at);
    if !begins(first) {
        return (Vec::new(), at..at);
    }
    let column = name_column(bytes, first);
    let mut start = first;
    let mut above = first;
    let floor = first.saturating_sub(limit);
    let opens = |line: usize| {
        let line = bytes.get(line..).unwrap_or_default();
        line.trim_ascii_start().starts_with(b"- ")
    };
    // A dash opens a list item: the block begins there.
    let most = if opens(first) { 0 } else { MAX_MEMBERS };
    for _ in 0..most {
        let Some(before) = above.checked_sub(1) else {
            break;
        };
        above = line_start(bytes, before);
        if above < floor || !begins(above) {
            break;
        }
        if is_comment(bytes.get(above..).unwrap_or_default()) {
            continue;
        }
        if name_column(bytes, above) != column || is_heading(bytes, above) {
            break;
        }
        start = above;
        if opens(above) {
            break;
        }
    }
    let mut members = Vec::new();
    let mut end = start;
    let limit = start.saturating_add(limit).min(bytes.len());
    let text = bytes.get(start..limit).unwrap_or_default();
    for line in text.split_inclusive(|&b| b == b'\n') {
        if is_comment(line) {
            end += line.len();
            continue;
        }
        let next_item = end > first && line.trim_ascii_start().starts_with(b"- ");
        let heads_next = end > first && is_heading(bytes, end);
        if name_column(line, 0) != column || next_item || heads_next || members.len() >= MAX_MEMBERS
        {
            break;
        }
        let text = line.trim_ascii();
        let text = text.strip_prefix(b"- ").unwrap_or(text);
        if let Some(colon) = text.iter().position(|&b| b == b':' || b == b'=') {
            let (name, value) = text.split_at(colon);
            members.push(Member {
                name: unquoted(name.trim_ascii()),
                value: unquoted(without_comment(value.get(1..).unwrap_or_default()).trim_ascii()),
            });
        }
        end += line.len();
    }
    (members, start..end)
}

/// Returns the column of the first name on the line that starts at `at`.
fn name_column(bytes: &[u8], at: usize) -> Option<usize> {
    let line = bytes.get(at..)?;
    let blank = line
        .iter()
        .take_while(|&&b| b == b' ' || b == b'\t')
        .count();
    let rest = line.get(blank..)?;
    let dash = if rest.starts_with(b"- ") { 2 } else { 0 };
    match rest.get(dash) {
        None | Some(b'\n' | b'\r' | b'#') => None,
        Some(_) => Some(blank + dash),
    }
}

/// Whether the line that starts at `at` is the heading of a section, not the value of the name above it.
fn is_heading(bytes: &[u8], at: usize) -> bool {
    let line = bytes.get(at..).unwrap_or_default();
    let before = bytes.get(..at).unwrap_or_default().trim_ascii_end();
    line.trim_ascii_start().starts_with(b"[") && !matches!(before.last(), Some(b':' | b'=' | b','))
}

/// Whether a line holds a comment and nothing else.
fn is_comment(line: &[u8]) -> bool {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    line.iter().find(|byte| !blank(byte)) == Some(&b'#')
}

/// Cuts a comment off behind a value: a `#` behind a blank, and not in quotes.
fn without_comment(value: &[u8]) -> &[u8] {
    let mut quote = None;
    let mut before = b' ';
    for (at, &byte) in value.iter().enumerate() {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'#') if matches!(before, b' ' | b'\t') => {
                return value.get(..at).unwrap_or_default();
            }
            _ => {}
        }
        before = byte;
    }
    value
}

fn unquoted(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b",").unwrap_or(text);
    match text {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        _ => text,
    }
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Steps over white space, commas and comments.
    fn gap(&mut self) {
        loop {
            let rest = self.rest();
            let step = match rest {
                [b' ' | b'\t' | b'\r' | b'\n' | b',' | b';', ..] => 1,
                [b'/', b'/', ..] | [b'#', ..] => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                [b'/', b'*', ..] => memchr::memmem::find(rest, b"*/").map_or(rest.len(), |i| i + 2),
                _ => return,
            };
            self.at += step;
        }
    }

    /// Reads one member; `Some(None)` when its value is nested.
    fn member(&mut self) -> Option<Option<Member<'a>>> {
        // Lua has names in brackets.
        let is_bracketed = self.peek() == Some(b'[');
        self.at += usize::from(is_bracketed);
        let name = self.word()?;
        if is_bracketed {
            (self.peek()? == b']').then(|| self.at += 1)?;
        }
        self.gap();
        match self.rest() {
            [b'=', b'>', ..] => self.at += 2,
            [b':' | b'=', ..] => self.at += 1,
            _ => return None,
        }
        self.gap();
        if matches!(self.peek(), Some(b'{' | b'[' | b'(')) {
            return self.nested().then_some(None);
        }
        let value = self.word()?;
        Some(Some(Member { name, value }))
    }

    /// Reads a quoted or bare word.
    fn word(&mut self) -> Option<&'a [u8]> {
        // Prefixes of string literals: b'', u'', r''.
        if let [b'b' | b'u' | b'r', b'"' | b'\'', ..] = self.rest() {
            self.at += 1;
        }
        let quote = self.peek()?;
        if matches!(quote, b'"' | b'\'' | b'`') {
            let start = self.at + 1;
            let mut end = start;
            loop {
                match *self.text.get(end)? {
                    b'\\' => end += 2,
                    byte if byte == quote => break,
                    _ => end += 1,
                }
            }
            self.at = end + 1;
            return self.text.get(start..end);
        }
        let rest = self.rest();
        let is_bare = |b: &u8| {
            b.is_ascii_alphanumeric()
                || matches!(*b, b'_' | b'-' | b'$' | b'.' | b'+' | b'/' | b'@')
        };
        let len = rest.iter().take_while(|b| is_bare(b)).count();
        self.at += len;
        rest.get(..len).filter(|w| !w.is_empty())
    }

    /// Steps over a nested value; `false` when it does not end.
    fn nested(&mut self) -> bool {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' | b'\'' => {
                    if self.word().is_none() {
                        return false;
                    }
                    continue;
                }
                b'{' | b'[' | b'(' => depth += 1,
                b'}' | b']' | b')' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return true;
            }
            if depth > MAX_DEPTH {
                return false;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let at = text.find("kty").expect("kty");
        let (members, _) = match object_around(text.as_bytes(), at, 1000) {
            Some(start) => object(text.as_bytes(), start, 1000),
            None => block(text.as_bytes(), at, MAX_BLOCK),
        };
        let string = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        members
            .iter()
            .map(|m| (string(m.name), string(m.value)))
            .collect()
    }

    #[test]
    fn the_same_members_in_every_notation() {
        let want: Vec<(String, String)> = [("kty", "EC"), ("d", "x-_9")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into();
        for text in [
            r#"{"kty":"EC","d":"x-_9"}"#,
            r#"[{"a":{"b":1}}, { "kty" : "EC", "key_ops": ["sign"], "d":"x-_9" }]"#,
            "{ kty: 'EC', // curve\n d: 'x-_9', }",
            "{'kty': 'EC', 'd': 'x-_9'}",
            "key = { kty => 'EC', d => \"x-_9\" }",
            "key = { kty = \"EC\", d = \"x-_9\" }",
            "key = {\n  [\"kty\"] = \"EC\",\n  [\"d\"] = \"x-_9\",\n}",
            "[key]\nkty  = \"EC\"\nd    = \"x-_9\"\n\n[other]\n",
            "keys:\n  - kty: EC\n    d: x-_9\n  - kty: RSA\n",
            "key:\n  kty: EC # the type\n  # its secret\n  d: x-_9\n",
            "# gone :(\nkty: EC\nd: x-_9\n",
            "key:\n  kty: \"EC\"\n  d: \"x-_9\"\nother: 1\n",
        ] {
            assert_eq!(pairs(text), want, "{text}");
        }
    }

    #[test]
    fn a_section_ends_a_block_and_a_value_below_its_name_does_not() {
        let text = "kty: EC\nkey_ops:\n[sign]\nd: x\n";
        let (list, _) = block(text.as_bytes(), 0, MAX_BLOCK);
        assert_eq!(value(&list, b"d"), Some(&b"x"[..]));
        let text = "[one]\nkty = 1\n[two]\nkty = 2\nd = 2\n[three]\nd = 3\n";
        let at = text.find("kty = 2").expect("there");
        let (list, span) = block(text.as_bytes(), at, MAX_BLOCK);
        assert_eq!((list.len(), value(&list, b"d")), (2, Some(&b"2"[..])));
        assert_eq!(&text[span], "kty = 2\nd = 2\n");
    }

    #[test]
    fn each_item_of_a_list_is_a_block_of_its_own() {
        let text = "- kty: EC\n  d: one\n- kty: OKP\n  d: two\n- d: three\n  kty: RSA\n";
        for (at, expected) in [
            (text.find("EC"), "one"),
            (text.find("OKP"), "two"),
            (text.find("RSA"), "three"),
        ] {
            let (list, _) = block(text.as_bytes(), at.expect("there"), MAX_BLOCK);
            assert_eq!(value(&list, b"d"), Some(expected.as_bytes()), "{list:?}");
            assert_eq!(list.len(), 2);
        }
    }
}
