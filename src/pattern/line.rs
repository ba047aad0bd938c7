//! The line that a name stands on: the literal around the name, and whether it is a comment.
//!
//! What the log of a program says, `"getKeys: received",t)`, has a name and a colon too, and
//! the next quote ends that text instead of beginning a value. So quotes are counted from the
//! start of the line, as far as all languages write them alike.

use crate::wire::line_start;

/// Bytes before a name that are read: of a longer line, which is code that was made small, no
/// more than the quote directly before the name is known.
const MAX_BEFORE: usize = 1024;
/// Bytes behind a name in which the literal around it ends.
const MAX_BEHIND: usize = 1400;

/// What stands around a place in its line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The quote that is open there, if one is.
    open: Option<u8>,
    /// Whether it is in a comment.
    pub(super) comment: bool,
}

/// Whether a `'` is an apostrophe: behind a letter, unless that is a prefix of literals, as
/// in `b'…'`.
fn is_apostrophe(before: &[u8]) -> bool {
    let word = before
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphanumeric());
    let len = word.clone().count();
    len > 2 || word.clone().any(|b| !b"bBrRuUfFlL8".contains(b))
}

/// Whether a line without the blanks before it is a comment from its start.
fn begins_comment(line: &[u8]) -> bool {
    let behind = |mark: &[u8]| line.strip_prefix(mark).map(|rest| rest.first().copied());
    let blank = |mark: &[u8]| {
        let next = behind(mark);
        next.is_some_and(|b| b.is_none_or(|b| b.is_ascii_whitespace()))
    };
    // Not `#define`, `#[serde(default = "…")]`, `#set($secret = "…")`, `#field = "…"`.
    let hash = line
        .strip_prefix(b"#")
        .is_some_and(|rest| !matches!(rest.first(), Some(b'a'..=b'z' | b'[' | b'{' | b'!')));
    hash || line.starts_with(b"//")
        || line.starts_with(b";")
        || line.starts_with(b"%%")
        || line.starts_with(b"*/")
        || [b"*".as_slice(), b"**", b"--", b"%"]
            .iter()
            .any(|mark| blank(mark))
}

impl Line {
    const COMMENT: Self = Self {
        open: None,
        comment: true,
    };

    /// Reads the line before `at`.
    pub(super) fn before(bytes: &[u8], at: usize) -> Self {
        let start = line_start(bytes, at);
        let whole = start == 0 || bytes.get(start - 1) == Some(&b'\n');
        let line = bytes.get(start..at).unwrap_or_default();
        if !whole || line.len() > MAX_BEFORE {
            return Self::directly_before(line);
        }
        if begins_comment(bytes.get(start..).unwrap_or_default().trim_ascii_start())
            && !line.trim_ascii().is_empty()
        {
            return Self::COMMENT;
        }
        Self::read(line)
    }

    /// Takes a quote directly before a name, or before its dashes, for one that opens if what
    /// opens stands before it.
    fn directly_before(line: &[u8]) -> Self {
        let dashes = line.iter().rev().take_while(|b| **b == b'-').count();
        let line = line.get(..line.len() - dashes).unwrap_or_default();
        let open = match line {
            [.., lead, quote @ (b'"' | b'\'')] if b"(,=[{:+? \t".contains(lead) => Some(*quote),
            _ => None,
        };
        Self {
            open,
            comment: false,
        }
    }

    fn read(line: &[u8]) -> Self {
        let mut open = None;
        let mut at = 0;
        while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
            let before = line.get(..at).unwrap_or_default();
            let apart = before.last().is_none_or(|b| b" \t;,(){}".contains(b));
            at += match (rest, open) {
                ([b'\\', ..], _) => 2,
                // Within a template the quotes are those of an expression.
                (
                    [b'{', b'{', ..]
                    | [b'$' | b'#', b'{', ..]
                    | [b'$', b'(', ..]
                    | [b'<', b'%', ..],
                    Some(_),
                ) => {
                    return Self::default();
                }
                ([byte, ..], Some(quote)) => {
                    if *byte == quote {
                        open = None;
                    }
                    1
                }
                // Text of many lines.
                ([b'"', b'"', b'"', ..] | [b'\'', b'\'', b'\'', ..], None) => 3,
                ([b'\'', ..], None) if is_apostrophe(before) => 1,
                ([quote @ (b'"' | b'\'' | b'`'), ..], None) => {
                    open = Some(*quote);
                    1
                }
                ([b'/', b'/', ..] | [b'#', b' ', ..], None) if apart => return Self::COMMENT,
                ([b'/', b'*', ..], None) if apart => match memchr::memmem::find(rest, b"*/") {
                    Some(end) => end + 2,
                    None => return Self::COMMENT,
                },
                ([b'<', b'!', b'-', b'-', ..], None) => match memchr::memmem::find(rest, b"-->") {
                    Some(end) => end + 3,
                    None => return Self::COMMENT,
                },
                _ => 1,
            };
        }
        Self {
            open,
            comment: false,
        }
    }

    /// Returns where the literal ends that a name stands in whose end is `from`; `None` if it
    /// stands in none.
    pub(super) fn literal_end(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let open = self.open?;
        let to = from.saturating_add(MAX_BEHIND).min(bytes.len());
        let mut behind = bytes.get(from..to)?.iter().enumerate();
        while let Some((at, byte)) = behind.next() {
            match byte {
                b'\\' => drop(behind.next()),
                b'\n' => return None,
                _ if *byte == open => return Some(from + at),
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what a literal around `NAME` holds behind it, and whether it is a comment.
    fn around(text: &str) -> (Option<&str>, bool) {
        let at = text.find("NAME").expect("a name");
        let line = Line::before(text.as_bytes(), at);
        let end = line.literal_end(text.as_bytes(), at + 4);
        (end.and_then(|end| text.get(at + 4..end)), line.comment)
    }

    #[test]
    fn literals_end_at_their_own_quote() {
        let long = "x".repeat(3000);
        for (text, rest) in [
            ("f(\"a.NAME: b\",t,\"c\")", ": b"),
            ("f('it is NAME: b', \"c\")", ": b"),
            ("[\"--NAME=b\", \"c\"]", "=b"),
            ("echo 'NAME=\"b\"' > c", "=\"b\""),
            ("echo \"NAME=\\\"b\\\"\" > c", "=\\\"b\\\""),
            (&format!("{long}(\"a\")(\"NAME: b\",t,\"c\")"), ": b"),
            (&format!("{long}[\"--NAME=b\"]"), "=b"),
        ] {
            assert_eq!(around(text).0, Some(rest), "{text}");
        }
        for text in [
            "NAME: \"b\"",
            "don't NAME: 'b'",
            "users' NAME: 'b'",
            "\"\"\"NAME: \"b\"",
            "a: \"{{ .NAME | default \"b\" }}\"",
            "\"#{ENV['A']} NAME\"",
            "f(\"a\", NAME: \"b\")",
            "x<'a> NAME = \"b\"",
            &format!("{long}(\"a\"), NAME: \"b\")"),
        ] {
            assert_eq!(around(text).0, None, "{text}");
        }
    }

    #[test]
    fn comments_are_told_from_directives_and_code() {
        for text in [
            "  * NAME: 1",
            "/** NAME */",
            "/// NAME",
            "//\tNAME",
            "x = 1; // NAME",
            "# NAME=1",
            "#NAME=1",
            "a: 1 # NAME",
            "; NAME=1",
            "-- NAME",
            "%% NAME",
            "x(/* NAME",
        ] {
            assert!(around(text).1, "{text}");
        }
        for text in [
            "#define NAME 1",
            "#[serde(default = \"NAME\")]",
            "*NAME = 1",
            "http://NAME",
            "\"# NAME\"",
            "x(/* a */ NAME",
            "color: #NAME",
            "--NAME 1",
            "NAME = 1 // a",
            "**NAME",
        ] {
            assert!(!around(text).1, "{text}");
        }
    }
}
