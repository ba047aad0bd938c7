//! Names: the identifier around a word, and the names that it stands below.

use super::role::last_word;
use super::value::Written;
use crate::blob::Span;
use crate::wire::line_start;

/// Longest identifier that is taken for a name, in bytes.
const MAX_NAME: usize = 96;
/// Bytes before a name in which the names above it are sought.
const MAX_ABOVE: usize = 4096;
/// Names above a name that are sought.
const MAX_PARENTS: usize = 3;

/// An identifier in text.
#[derive(Debug)]
pub(super) struct Name {
    /// Its bytes.
    pub(super) span: Span,
    /// How it is written.
    pub(super) written: Written,
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'$')
}

/// Returns the identifier around the bytes at `at`.
pub(super) fn around(bytes: &[u8], at: &Span) -> Option<Name> {
    let before = bytes.get(..at.start)?;
    let lead = before
        .iter()
        .rev()
        .take(MAX_NAME + 1)
        .take_while(|b| is_part(**b))
        .count();
    let after = bytes.get(at.end..)?;
    let tail = after
        .iter()
        .take(MAX_NAME + 1)
        .take_while(|b| is_part(**b))
        .count();
    if lead + tail + at.len() > MAX_NAME {
        return None;
    }
    let mut start = at.start - lead;
    let mut end = at.end + tail;
    // A dash, dot or sign at an end belongs to what stands around it.
    while bytes
        .get(start)
        .is_some_and(|b| matches!(b, b'-' | b'.' | b'$'))
    {
        start += 1;
    }
    while end > start && bytes.get(end - 1).is_some_and(|b| matches!(b, b'-' | b'.')) {
        end -= 1;
    }
    let before = bytes.get(..start)?;
    let written = Written {
        variable: before.ends_with(b"${"),
        named: is_named(before),
        first: is_first(before),
        option: before.ends_with(b"--") || before.ends_with(b" -"),
        argument: is_argument(before) || is_symbol(before),
        symbol: is_symbol(before),
        braced: matches!(
            trim_end(before, b"\"'"),
            [.., b'A'..=b'Z' | b'a'..=b'z' | b'_', b'{']
        ),
        element: matches!(
            before,
            [
                ..,
                b' ' | b'\t' | b'\n' | b'>' | b'"' | b'\'' | b'`' | b'(',
                b'<'
            ] | [b'<']
        ),
        quote: before.last().copied().filter(|b| matches!(b, b'"' | b'\'')),
    };
    Some(Name {
        span: start..end,
        written,
    })
}

/// Parts of the names of functions that take a name and its value.
const GIVING: &[&str] = &[
    "set", "put", "define", "add", "env", "get", "config", "var", "const", "with", "prop", "attr",
    "option", "param", "register", "bind", "store", "insert", "entry", "of", "pair", "secret",
    "array", "list", "fetch", "default", "update", "write", "assign", "arg",
];

/// Whether it is a symbol of Ruby, Elixir or Clojure: `:name`.
fn is_symbol(before: &[u8]) -> bool {
    matches!(before, [.., b' ' | b'(' | b'{' | b'[', b':'] | [b':'])
}

/// Whether it is the first argument of a call that takes names and their values.
fn is_argument(before: &[u8]) -> bool {
    let Some(before) = trim_end(before, b"\"'`\\ \t\r\n").strip_suffix(b"(") else {
        return false;
    };
    // Some set calls apart from their brackets; of a sentence the last word stands so.
    let apart = before.ends_with(b" ");
    let callee = last_word(trim_end(before, b" "));
    let callee = String::from_utf8_lossy(callee).to_lowercase();
    let gives = |part: &&str| callee.contains(part) && (!apart || part.len() > 2);
    callee.is_empty() || GIVING.iter().any(gives)
}

/// Whether `name:` or `key=` and perhaps a quote stand before.
fn is_named(before: &[u8]) -> bool {
    let tail = before
        .get(before.len().saturating_sub(16)..)
        .unwrap_or_default();
    let trimmed = trim_end(tail, b" \t\"'\\");
    let Some(trimmed) = trimmed
        .strip_suffix(b":")
        .or_else(|| trimmed.strip_suffix(b"="))
    else {
        return false;
    };
    let trimmed = trim_end(trimmed, b" \t\"'\\").to_ascii_lowercase();
    let ends = [b"name".as_slice(), b"key", b"provide"];
    ends.iter().any(|end| trimmed.ends_with(end))
}

/// Whether nothing but what may stand before a setting stands before.
fn is_first(before: &[u8]) -> bool {
    let line = before.get(line_start(before, before.len())..);
    let line = line.unwrap_or_default();
    let line = trim_end(line, b" \t\"'-");
    let words = [b"export".as_slice(), b"ENV", b"ARG", b"set", b"-e"];
    line.is_empty() || words.iter().any(|w| line.ends_with(w)) || line.ends_with(b"\\n")
}

fn trim_end<'a>(text: &'a [u8], what: &[u8]) -> &'a [u8] {
    let end = text
        .iter()
        .rposition(|b| !what.contains(b))
        .map_or(0, |i| i + 1);
    text.get(..end).unwrap_or_default()
}

/// Writes letters and digits in lower case, and nothing else.
pub(super) fn squash(name: &[u8]) -> String {
    let kept = name.iter().filter(|b| b.is_ascii_alphanumeric());
    kept.map(|b| char::from(b.to_ascii_lowercase())).collect()
}

/// Returns the names that a name stands below, squashed, the nearest first: of
/// nested objects, of indented blocks, of the section of a file.
pub(super) fn parents(bytes: &[u8], name: &Span) -> Vec<String> {
    let floor = name.start.saturating_sub(MAX_ABOVE);
    let above = bytes.get(floor..name.start).unwrap_or_default();
    let mut out = Vec::new();
    // `Jwt:Key`, where the colon ended the name.
    if let Some(before) = above.strip_suffix(b":") {
        let len = before.iter().rev().take_while(|b| is_part(**b)).count();
        out.push(squash(before.get(before.len() - len..).unwrap_or_default()));
    }
    let line = memchr::memrchr(b'\n', above).map_or(0, |i| i + 1);
    let mut indent = blanks(above.get(line..).unwrap_or_default());
    // Objects within the line.
    braces(above.get(line..).unwrap_or_default(), &mut out);
    let mut rest = above.get(..line.saturating_sub(1)).unwrap_or_default();
    while !rest.is_empty() && out.len() < MAX_PARENTS {
        let start = memchr::memrchr(b'\n', rest).map_or(0, |i| i + 1);
        let text = rest.get(start..).unwrap_or_default();
        rest = rest.get(..start.saturating_sub(1)).unwrap_or_default();
        let trimmed = text.trim_ascii();
        if trimmed.is_empty() || trimmed.starts_with(b"#") || trimmed.starts_with(b"//") {
            continue;
        }
        if let Some(section) = trimmed
            .strip_prefix(b"[")
            .and_then(|t| t.strip_suffix(b"]"))
        {
            out.push(squash(section));
            break;
        }
        let here = blanks(text);
        if here < indent {
            indent = here;
            let known = out.len();
            braces(trimmed, &mut out);
            if out.len() > known {
                continue;
            }
            let len = trimmed.iter().position(|b| b":={(".contains(b));
            let head = trimmed
                .get(..len.unwrap_or(trimmed.len()))
                .unwrap_or_default();
            if len.is_some() && head.len() <= MAX_NAME {
                out.push(squash(head));
            }
        }
    }
    out
}

/// Sections of strongSwan's `secrets`: passwords, shared secrets and passphrases of files, with
/// which peers are known and nothing is signed.
const OF_PEERS: &[&str] = &[
    "eap", "xauth", "ntlm", "ike", "ppk", "private", "rsa", "ecdsa", "pkcs8", "pkcs12",
];

/// Whether the names above a name say that its secret is one between peers of a network: of a
/// section of strongSwan's, or of RADIUS.
pub(super) fn is_of_peers(above: &[String]) -> bool {
    let peers = |own: &str| OF_PEERS.iter().any(|head| own.starts_with(head));
    above.iter().any(|name| name.contains("radius"))
        || above
            .windows(2)
            .any(|pair| matches!(pair, [own, section] if section == "secrets" && peers(own)))
}

fn blanks(line: &[u8]) -> usize {
    line.iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count()
}

/// Adds the names of the objects that are open at the end of a line: what the
/// object is the value of, the call that it is handed to, or the argument before it.
fn braces(line: &[u8], out: &mut Vec<String>) {
    let mut depth = 0_usize;
    for (at, byte) in line.iter().enumerate().rev() {
        match byte {
            b'}' => depth += 1,
            b'{' if depth > 0 => depth -= 1,
            b'{' => {
                let head = trim_end(line.get(..at).unwrap_or_default(), b" \t:=\"'(,[>");
                let len = head.iter().rev().take_while(|b| is_part(**b)).count();
                out.push(squash(head.get(head.len() - len..).unwrap_or_default()));
            }
            _ => {}
        }
    }
    out.retain(|name| !name.is_empty());
}
