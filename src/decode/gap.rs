//! From one piece of encoded text to the next: line breaks, escaped or real, with the marks of
//! comments; continued lines; the way from one string literal to another.
//!
//! Base64 and hexadecimal are cut into lines and literals in the same ways, so their decoders
//! share this. They differ in what is a character of theirs ([`Alphabet`]): two slashes may be
//! data of base64, and only a blank behind them tells that they begin a comment.
//!
//! [`gap_before`] finds nothing that [`gap`] does not find from the other side. So two
//! runs that were decoded from different triggers are the same or have nothing in common, and no
//! byte is decoded more often than there are alignments.

use crate::wire::entity;

/// The characters that something is encoded in.
pub(super) trait Alphabet {
    /// Marks of comments, mails and diffs that are none of its characters.
    const MARKS: &'static [u8];

    /// Whether a byte is one of its characters.
    fn has(byte: u8) -> bool;
}

/// Characters at the end of a line from which on it is a line of a wrap.
pub(super) const LINE_RUN: usize = 16;
/// Longest string literal that is one of several: wraps are at 64 or 76, rarely
/// at 128; a list of whole values has longer ones.
pub(super) const MAX_PIECE: usize = 200;
/// Longest way from one string literal to the next.
const MAX_JOINT: usize = 96;
/// Marks of comments that may be characters: a blank behind them decides.
const MARKS_BEFORE_BLANKS: [&[u8]; 3] = [b"//", b"///", b"--"];
/// What the lines around armour end in: digits of base64url, which nothing encoded has so many of.
const DASHES: &[u8] = b"-----";

/// A way from one piece of a run to the next.
#[derive(Clone, Copy)]
pub(super) struct Gap {
    pub(super) len: usize,
    /// From one string literal to another.
    pub(super) quoted: bool,
}

impl Gap {
    /// Whether a piece with so many characters before this may go on behind it.
    pub(super) fn is_behind(&self, piece: usize) -> bool {
        piece >= LINE_RUN && (!self.quoted || piece <= MAX_PIECE)
    }
}

/// Counts the characters at the end of `line`, at most `most`.
pub(super) fn run_before<A: Alphabet>(line: &[u8], most: usize) -> usize {
    // The first line of armour ends so.
    if line.ends_with(DASHES) {
        return 0;
    }
    let end = line.iter().rev().take(most);
    end.take_while(|b| A::has(**b)).count()
}

/// Returns the gap that ends at `end`.
pub(super) fn gap_before<A: Alphabet>(bytes: &[u8], end: usize, floor: usize) -> Option<Gap> {
    let floor = floor.max(end.saturating_sub(MAX_JOINT));
    // The longest: an escaped line break may stand before a quote.
    let mut starts = floor + 1..end;
    starts.find_map(|start| {
        let here = !A::has(*bytes.get(start)?);
        let before = A::has(*bytes.get(start - 1)?);
        if !here || !before {
            return None;
        }
        let gap = gap::<A>(bytes.get(start..end)?)?;
        (gap.len == end - start).then_some(gap)
    })
}

/// Returns the gap at the start of `text`: an escaped or real line break with
/// indentation and a mark of comments, a continued line, or the way from one
/// string literal to the next.
pub(super) fn gap<A: Alphabet>(text: &[u8]) -> Option<Gap> {
    let mut at = 0;
    let mut broken = false;
    let mut quoted = false;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        at += match rest {
            // A line break that was escaped, once or more often.
            [b'\\', ..] => {
                let slashes = rest.iter().take_while(|&&b| b == b'\\').count();
                match rest.get(slashes..) {
                    Some([b'n' | b'r' | b't', ..]) => {
                        broken = true;
                        slashes + 1
                    }
                    Some([b'\r' | b'\n', ..]) => slashes,
                    Some([b'/', ..]) => {
                        broken = true;
                        slashes
                    }
                    _ => break,
                }
            }
            [b'%', b'0', b'A' | b'a' | b'D' | b'd', ..] => {
                broken = true;
                3
            }
            [b'&', name @ ..] => match entity::read(name) {
                Some((b'\n' | b'\r', len)) => {
                    broken = true;
                    len + 1
                }
                _ => break,
            },
            // Continued lines of PowerShell and of Windows batch files.
            [b'`' | b'^', b'\r' | b'\n', ..] => 1,
            [b'"' | b'\'' | b'`', ..] if !quoted => match joint(rest) {
                Some((len, joined)) => {
                    quoted = true;
                    broken |= joined;
                    len
                }
                None => break,
            },
            [b, ..] if b.is_ascii_whitespace() => {
                let blank = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
                if !rest.iter().take(blank).any(|&b| b == b'\n') {
                    break;
                }
                broken = true;
                blank + mark_len::<A>(rest.get(blank..).unwrap_or_default())
            }
            _ => break,
        };
    }
    broken.then_some(Gap { len: at, quoted })
}

/// Returns the length of a mark of comments and of the blanks behind it.
fn mark_len<A: Alphabet>(line: &[u8]) -> usize {
    let blanks = |from: usize| {
        let behind = line.iter().skip(from);
        behind
            .take_while(|b| matches!(**b, b' ' | b'\t' | b'\r'))
            .count()
    };
    let mark = line.iter().take(3).take_while(|b| A::MARKS.contains(b));
    let mark = mark.count();
    if mark > 0 {
        return mark + blanks(mark);
    }
    let mut slashes = MARKS_BEFORE_BLANKS.iter();
    let lens = slashes.find_map(|mark| {
        let behind = blanks(mark.len());
        let ends = behind > 0 || line.get(mark.len()) == Some(&b'\n');
        (ends && line.starts_with(mark)).then_some(mark.len() + behind)
    });
    lens.unwrap_or(0)
}

/// Returns the length of the way from the quote that ends a literal to behind
/// the quote that begins the next, and whether that alone says that they are one text: on
/// one line, what stands between commas or blanks are values of their own.
fn joint(text: &[u8]) -> Option<(usize, bool)> {
    let between = text.get(1..text.len().min(MAX_JOINT))?;
    let next = between
        .iter()
        .position(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let between = between.get(..next)?;
    let appended = appends(between);
    if !appended && !is_glue(between) {
        return None;
    }
    let is_sum =
        |b: &u8| b.is_ascii_whitespace() || b.is_ascii_alphanumeric() || b"+.&@".contains(b);
    let on_line = between.iter().all(is_sum) && !between.trim_ascii().is_empty();
    Some((next + 2, appended || on_line || between.contains(&b'\n')))
}

/// Whether nothing stands between two literals but operators, line breaks and prefixes.
fn is_glue(mut between: &[u8]) -> bool {
    // Line breaks of Basic, and prefixes of literals.
    const WORDS: [&[u8]; 10] = [
        b"vbCrLf",
        b"vbLf",
        b"vbNewLine",
        b"b",
        b"u",
        b"r",
        b"br",
        b"rb",
        b"f",
        b"L",
    ];
    while let [byte, tail @ ..] = between {
        between = if byte.is_ascii_alphabetic() {
            let word = between.iter().take_while(|b| b.is_ascii_alphanumeric());
            let (word, tail) = between.split_at(word.count());
            if !WORDS.contains(&word) {
                return false;
            }
            tail
        } else if byte.is_ascii_whitespace() || b"+.,&|\\()_~<@".contains(byte) {
            tail
        } else if *byte == b'-' && !is_item(tail) {
            // A line that a diff takes away.
            tail
        } else {
            return false;
        };
    }
    true
}

/// Whether a quote stands one blank behind a dash, as items of lists in YAML do.
fn is_item(behind: &[u8]) -> bool {
    behind == b" "
}

/// Whether the statement of one literal ends here, and that of the next appends to what it made:
/// `; k += `, `; $k .= `, `; k = k & `, `).append(`, `); out.append(`.
fn appends(between: &[u8]) -> bool {
    const METHODS: [&[u8]; 8] = [
        b"append",
        b"Append",
        b"concat",
        b"Concat",
        b"push",
        b"push_str",
        b"add",
        b"Add",
    ];
    let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b')' | b';');
    let ended = between.iter().take_while(|b| is_end(b)).count();
    let text = between.get(ended..).unwrap_or_default().trim_ascii_end();
    let is_name = |name: &[u8]| {
        let of_name = |b: &u8| b.is_ascii_alphanumeric() || b"_$.[]->:@".contains(b);
        name.iter().all(of_name)
    };
    if let Some(call) = text.strip_suffix(b"(") {
        let dot = memchr::memrchr(b'.', call).or(memchr::memmem::rfind(call, b"->").map(|i| i + 1));
        let (object, method) = call.split_at(dot.unwrap_or(call.len()));
        let method = method.get(1..).unwrap_or_default().trim_ascii();
        return METHODS.contains(&method) && is_name(object.trim_ascii_end());
    }
    let operators = [&b"+="[..], b".=", b"&="];
    if let Some(name) = operators.iter().find_map(|op| text.strip_suffix(*op)) {
        let name = name.trim_ascii_end();
        return !name.is_empty() && is_name(name);
    }
    let operators = [&b"+"[..], b"..", b".", b"&"];
    let sum = operators.iter().find_map(|op| text.strip_suffix(*op));
    let sides = sum.and_then(|sum| Some((sum, memchr::memchr(b'=', sum)?)));
    sides.is_some_and(|(sum, sign)| {
        let (name, again) = sum.split_at(sign);
        let name = name.trim_ascii_end();
        let again = again.get(1..).unwrap_or_default().trim_ascii();
        !name.is_empty() && is_name(name) && name == again
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Decoded, Extents};
    use super::*;
    use crate::decode::{base64, hex};
    use proptest::prelude::*;

    const DIGITS: &str = "00112233445566778899";

    /// Text of digits and of what stands between them, in any order.
    fn text() -> impl Strategy<Value = String> {
        const TOKENS: &[&str] = &[
            DIGITS,
            DIGITS,
            DIGITS,
            DIGITS,
            "0a",
            "b",
            "\"",
            "\"",
            "\"",
            "'",
            "\n",
            "\n",
            "\r\n",
            " ",
            "\\n",
            "\\",
            "# ",
            "// ",
            "//",
            "--",
            " * ",
            "+",
            "-",
            ",",
            ";",
            "=",
            ":",
            "&",
            "k += ",
            ";\nk += \"",
            "k = k + ",
            ".append(",
            ")",
            "(",
            "%0A",
            "%2B",
            "\\u002b",
            "&#10;",
            "&#43;",
            "z",
            "vbCrLf",
            "\" + \"",
            "\",\n\"",
            "\n// ",
        ];
        let tokens = prop::collection::vec(prop::sample::select(TOKENS), 0..40);
        tokens.prop_map(|tokens| tokens.concat())
    }

    fn is_found_from_both_sides<A: Alphabet>(text: &str) {
        for end in (1..text.len()).filter(|end| A::has(text.as_bytes()[*end])) {
            if let Some(before) = gap_before::<A>(text.as_bytes(), end, 0) {
                let rest = text.as_bytes().get(end - before.len..).expect("a place");
                let gap = gap::<A>(rest).expect("a gap");
                // A mark of comments at the end may be characters, too.
                assert!(
                    gap.len >= before.len && gap.quoted >= before.quoted,
                    "{text}"
                );
            }
        }
    }

    /// Decodes around every tenth digit that was not decoded, and returns how many bytes that took.
    fn work(text: &str, units: usize, decode: fn(&[u8], usize, usize) -> Option<Decoded>) -> usize {
        let mut done = Extents::default();
        let mut work = 0;
        for (at, _) in text.match_indices("00") {
            for phase in 0..units {
                if !done.cover(at, phase)
                    && let Some(decoded) = decode(text.as_bytes(), at, phase)
                {
                    work += decoded.view.span.len();
                    done.add(decoded.extent);
                }
            }
        }
        work
    }

    struct Digits;

    impl Alphabet for Digits {
        const MARKS: &'static [u8] = b"#>|*;/+-";

        fn has(byte: u8) -> bool {
            byte.is_ascii_hexdigit()
        }
    }

    struct Characters;

    impl Alphabet for Characters {
        const MARKS: &'static [u8] = b"#>|*;";

        fn has(byte: u8) -> bool {
            crate::wire::base64::value(byte).is_some()
        }
    }

    proptest! {
        #[test]
        fn what_is_found_from_behind_is_found_from_before(text in text()) {
            is_found_from_both_sides::<Digits>(&text);
            is_found_from_both_sides::<Characters>(&text);
        }

        #[test]
        fn no_byte_is_decoded_more_often_than_there_are_alignments(text in text()) {
            // One more for what stands in a gap, and is a short run of its own.
            prop_assert!(work(&text, 2, hex::decode) <= 3 * text.len(), "{text:?}");
            prop_assert!(work(&text, 4, base64::decode) <= 5 * text.len(), "{text:?}");
        }
    }

    #[test]
    fn many_triggers_in_one_joined_run_cost_no_more_than_one() {
        for (open, close) in [
            ("\"", "\" +\n"),
            ("k002233445566778899 += \"", "\";\n"),
            ("# ", "\n"),
            ("// ", "\n"),
        ] {
            // Pieces of an odd length: one after the other is aligned otherwise.
            let piece = format!("{open}{DIGITS}{DIGITS}{DIGITS}1{close}");
            let text = piece.repeat(2000);
            let hex = work(&text, 2, hex::decode);
            assert!(
                (text.len()..3 * text.len()).contains(&hex),
                "{hex}: {piece}"
            );
            let base64 = work(&text, 4, base64::decode);
            assert!(
                (text.len()..5 * text.len()).contains(&base64),
                "{base64}: {piece}"
            );
        }
    }
}
