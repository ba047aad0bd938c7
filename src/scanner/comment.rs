//! `straykey:allow ID-PREFIX REASON` in a comment beside a key.
//!
//! Read where a key was found, on its first line and on the line before. The
//! prefix must be that of the key's own id, so a comment that stays behind when
//! the key is replaced allows nothing. The scanner decides that here because it
//! has the bytes; of the words of the comment nothing goes further.

use memchr::{memchr, memmem};

use crate::blob::Span;
use crate::finding::{Comment, CommentSays};
use crate::wire::{MAX_LINE_BYTES, line_start};

/// What a comment begins with.
const MARK: &[u8] = b"straykey:allow";

/// Hexadecimal digits of an id that name it: 48 bits, so that nobody finds a
/// second key for a comment by trying in a day.
const MIN_PREFIX_DIGITS: usize = 12;

/// Letters or digits that make a reason.
const MIN_REASON_CHARS: usize = 3;

/// Ends of comments in languages that have them.
const CLOSERS: [&[u8]; 3] = [b"*/", b"-->", b"--%>"];

/// Returns what a comment beside the key at `span` comes to. `line` is the
/// line that the span begins on, `id` the id that the key is allowed by.
pub(super) fn beside(bytes: &[u8], span: &Span, line: u64, id: Option<&str>) -> Option<Comment> {
    let before = bytes.get(..span.start)?;
    let start = line_start(before, before.len());
    let same_before = before.get(start..)?;
    let behind = bytes.get(span.clone())?;
    let same_behind = match memchr(b'\n', behind.strip_suffix(b"\n").unwrap_or(behind)) {
        // The key goes on on further lines.
        Some(_) => &[][..],
        None if behind.ends_with(b"\n") => &[][..],
        None => first_line(bytes.get(span.end..).unwrap_or_default()),
    };
    let above = match before.get(..start).and_then(|b| b.strip_suffix(b"\n")) {
        Some(above) => above.get(line_start(above, above.len())..)?,
        // The line is the first one, or begins too far away.
        None => &[][..],
    };
    let same = [same_before, same_behind].map(|text| (text, line));
    let all = [same.as_slice(), &[(above, line.saturating_sub(1))]].concat();
    let mut told: Option<Comment> = None;
    for (text, line) in all {
        for says in comments(text, id) {
            let comment = Comment { line, says };
            told = Some(told.map_or(comment, |t| if says < t.says { comment } else { t }));
        }
    }
    told
}

/// Returns the beginning of a text, up to the end of the line.
fn first_line(text: &[u8]) -> &[u8] {
    let text = text.get(..MAX_LINE_BYTES).unwrap_or(text);
    let end = memchr(b'\n', text).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Returns what each comment in a text comes to.
fn comments<'t>(text: &'t [u8], id: Option<&'t str>) -> impl Iterator<Item = CommentSays> + 't {
    let starts: Vec<usize> = memmem::find_iter(text, MARK).collect();
    let ends: Vec<usize> = starts.iter().copied().skip(1).chain([text.len()]).collect();
    starts
        .into_iter()
        .zip(ends)
        .map(move |(start, end)| says(text.get(start + MARK.len()..end).unwrap_or_default(), id))
}

/// Returns what the words behind the mark come to.
fn says(words: &[u8], id: Option<&str>) -> CommentSays {
    let end = CLOSERS.iter().filter_map(|c| memmem::find(words, c)).min();
    let words = words.get(..end.unwrap_or(words.len())).unwrap_or_default();
    let words = words.trim_ascii_start();
    let digits = words
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let (prefix, reason) = words.split_at_checked(digits).unwrap_or_default();
    let names = digits >= MIN_PREFIX_DIGITS
        && id.is_some_and(|id| {
            let start = id.as_bytes().get(..digits);
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        });
    let is_whole = reason
        .first()
        .is_none_or(|byte| !byte.is_ascii_alphanumeric());
    if !names || !is_whole {
        return CommentSays::AnotherKey;
    }
    let letters = |byte: &&u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    match reason.iter().filter(letters).count() >= MIN_REASON_CHARS {
        true => CommentSays::Allow,
        false => CommentSays::NoReason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "241dbb04c04a9cbb7dbac1c94b578ef98e6bce162eecec30a218ad55c77ac5db";

    fn read(text: &str) -> Option<(u64, CommentSays)> {
        let start = text.find("KEY").unwrap();
        let end = text.find("END").map_or(start + 3, |at| at + 3);
        let line = text[..start].matches('\n').count() as u64 + 1;
        let comment = beside(text.as_bytes(), &(start..end), line, Some(ID))?;
        Some((comment.line, comment.says))
    }

    #[test]
    fn comments_stand_on_the_line_or_the_one_before() {
        use CommentSays::{Allow, AnotherKey, NoReason};
        for (text, expected) in [
            (
                "KEY # straykey:allow 241dbb04c04a test key",
                Some((1, Allow)),
            ),
            (
                "a\n# straykey:allow 241DBB04C04A9 test key\r\nKEY\n",
                Some((2, Allow)),
            ),
            (
                "/* straykey:allow 241dbb04c04a demo */ k = KEY",
                Some((1, Allow)),
            ),
            (
                "# straykey:allow 241dbb04c04a PEM\nKEY\nEND\n",
                Some((1, Allow)),
            ),
            ("# straykey:allow 241dbb04c04a far\n\nKEY", None),
            ("KEY\n# straykey:allow 241dbb04c04a below", None),
            (
                "KEY # straykey:allow 241dbb04c04b test key",
                Some((1, AnotherKey)),
            ),
            (
                "KEY # straykey:allow 241dbb04c04 test key",
                Some((1, AnotherKey)),
            ),
            (
                "KEY # straykey:allow 241dbb04c04ax key",
                Some((1, AnotherKey)),
            ),
            ("KEY # straykey:allow test key", Some((1, AnotherKey))),
            ("KEY # straykey:allow 241dbb04c04a", Some((1, NoReason))),
            (
                "/* straykey:allow 241dbb04c04a */ name = KEY",
                Some((1, NoReason)),
            ),
            (
                "KEY # straykey:allow 999999999999 x straykey:allow 241dbb04c04a both",
                Some((1, Allow)),
            ),
            ("KEY\n", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_has_no_id_is_not_allowed_by_a_comment() {
        let text = b"KEY # straykey:allow 241dbb04c04a test key";
        let says = beside(text, &(0..3), 1, None).unwrap().says;
        assert_eq!(says, CommentSays::AnotherKey);
    }

    #[test]
    fn far_away_on_a_long_line_is_not_read() {
        let text = format!("KEY{}straykey:allow 241dbb04c04a test", " ".repeat(5000));
        assert_eq!(read(&text), None);
    }
}
