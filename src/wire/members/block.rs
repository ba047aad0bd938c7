//! Members that stand on lines of their own.
//!
//! Blocks of YAML, TOML, INI; statements that fill a map or an object:
//!
//! ```text
//! kty: EC        k['kty'] = 'EC'        k.put("kty", "EC");        k.kty = "EC";
//! ```

use std::ops::Range;

use super::cursor::Cursor;
use super::{MAX_MEMBERS, Member};
use crate::wire::line_start;

/// Bytes of a block that are looked at: a key of 16,384-bit RSA has 20 KiB.
pub const MAX_BLOCK: usize = 64 << 10;

/// Bytes of a statement before the name: what it is about.
const MAX_STEM: usize = 128;

/// Reads the block of `name: value` lines, all indented alike, around `at`: what of it
/// stands in `limit` bytes before the line, and in as many from where it begins. Where the line
/// is a statement, those of the block are about the same thing.
#[must_use]
pub fn block(bytes: &[u8], at: usize, limit: usize) -> (Vec<Member<'_>>, Range<usize>) {
    let begins = |start: usize| start == 0 || bytes.get(start - 1) == Some(&b'\n');
    let first = line_start(bytes, at);
    if !begins(first) {
        return (Vec::new(), at..at);
    }
    let column = name_column(bytes, first);
    let stem = stem(bytes, first, limit);
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
        if !stem.is_empty() && self::stem(bytes, above, limit) != stem {
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
        let read = read(line);
        match read {
            Some((of, member)) if of == stem => members.extend(member),
            _ if stem.is_empty() => {}
            _ => break,
        }
        end += line.len();
    }
    (members, start..end)
}

/// Returns what the line that starts at `at` is a statement about, if it is one.
fn stem(bytes: &[u8], at: usize, limit: usize) -> &[u8] {
    let line = bytes.get(at..at.saturating_add(limit).min(bytes.len()));
    let line = line.unwrap_or_default();
    let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
    let read = read(line.get(..end).unwrap_or_default());
    read.map_or(&[], |(stem, _)| stem)
}

/// Reads a line: what it is a statement about, nothing if it is a member on its own, and the
/// member, unless its value is nested.
fn read(line: &[u8]) -> Option<(&[u8], Option<Member<'_>>)> {
    let text = line.trim_ascii();
    let text = text.strip_prefix(b"- ").unwrap_or(text);
    if let Some(read) = indexed(text) {
        return Some(read);
    }
    let sign = text.iter().position(|&b| b == b':' || b == b'=')?;
    let (name, value) = text.split_at(sign);
    let name = unquoted(name.trim_ascii());
    let written = without_comment(value.get(1..).unwrap_or_default()).trim_ascii();
    let value = unquoted(written);
    let dot = name.iter().rposition(|b| matches!(b, b'.' | b'>'));
    let (stem, name) = name.split_at(dot.map_or(0, |dot| dot + 1));
    // Files of settings need no quotes.
    let is_bare = !stem.is_empty() && !written.starts_with(b"\"") && !written.starts_with(b"'");
    let member = Member {
        name,
        value,
        is_bare,
    };
    Some((stem, Some(member)))
}

/// Reads `k["kty"] = "EC"` or `k.put("kty", "EC")`.
fn indexed(text: &[u8]) -> Option<(&[u8], Option<Member<'_>>)> {
    let quote = memchr::memchr2(b'"', b'\'', text.get(..text.len().min(MAX_STEM))?)?;
    let stem = text.get(..quote)?;
    let is_call = match stem.last()? {
        b'(' => true,
        b'[' => false,
        _ => return None,
    };
    let is_path = |b: &u8| b.is_ascii_alphanumeric() || b"_$@.->()[]".contains(b);
    stem.iter().all(is_path).then_some(())?;
    let mut cursor = Cursor { text, at: quote };
    let name = cursor.word()?;
    let is_told = match is_call {
        true => cursor.gap(),
        false => {
            cursor.take(b"]") && {
                cursor.gap();
                cursor.separator()
            }
        }
    };
    is_told.then_some((stem, cursor.value(name)?))
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
    let text = match text {
        [inner @ .., b',' | b';'] => inner,
        _ => text,
    };
    match text {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        _ => text,
    }
}
