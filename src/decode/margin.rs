//! Lines behind a margin: commented out, quoted in a mail, added by a diff, indented in a manifest.
//!
//! Formats of lines read none of that, and there is no end of it. What the line of a trigger
//! has before its text, the lines around it have as well; it is taken off all of them.

use zeroize::Zeroizing;

use super::{Decoded, Extent};
use crate::blob::{Map, View};

/// Text on the line before a trigger: a JWK is written on one line as well.
const MAX_LINE: usize = 4 << 10;
/// Longest name with its colon before a trigger: `Key: (private-key`.
const MAX_NAME: usize = 8;
/// Longest margin: comments are rarely indented by more than this.
const MAX_MARGIN: usize = 64;
/// Text before the line of the trigger, which a JWK may begin with: an RSA-4096 key takes 3.3 KB.
const MAX_BEFORE: usize = 8 << 10;
/// Text from there on: a PPK of RSA-16384 takes 14 KB.
const MAX_BEHIND: usize = 64 << 10;

/// What stands before the text of lines.
struct Margin<'a> {
    /// Indentation and the signs behind it: `    //`.
    mark: &'a [u8],
    /// Blanks behind that.
    blanks: usize,
}

impl<'a> Margin<'a> {
    /// Returns the margin of a line.
    fn of(line: &'a [u8]) -> Self {
        let is_blank = |b: &&u8| matches!(b, b' ' | b'\t');
        let is_sign = |b: &u8| b"#/*;+->|!%".contains(b);
        let inside = line
            .iter()
            .take_while(|b| is_blank(b) || is_sign(b))
            .count();
        let inside = line.get(..inside.min(MAX_MARGIN)).unwrap_or_default();
        let mark = inside.iter().rposition(is_sign).map_or(0, |last| last + 1);
        let (mark, blanks) = inside.split_at_checked(mark).unwrap_or_default();
        let blanks = blanks.len();
        Self { mark, blanks }
    }

    fn len(&self) -> usize {
        self.mark.len() + self.blanks
    }

    /// Returns how much of a line is its margin; `None` when it has another one.
    fn before(&self, line: &[u8]) -> Option<usize> {
        let Some(rest) = line.strip_prefix(self.mark) else {
            // Editors take blanks off the end of a line.
            let is_empty = line.trim_ascii() == self.mark.trim_ascii();
            return is_empty.then_some(line.trim_ascii_end().len());
        };
        let is_blank = |b: &&u8| matches!(b, b' ' | b'\t');
        let blanks = rest.iter().take(self.blanks).take_while(is_blank).count();
        // Signs mark the lines; where there are none, only the indentation does.
        let is_behind =
            !self.mark.is_empty() || blanks == self.blanks || rest.trim_ascii().is_empty();
        is_behind.then_some(self.mark.len() + blanks)
    }
}

/// Returns the lines around `at` without their margin; `None` when there is none.
#[must_use]
pub fn decode(bytes: &[u8], at: usize) -> Option<Decoded> {
    let near = bytes.get(at.saturating_sub(MAX_LINE)..at)?;
    let line = memchr::memrchr(b'\n', near).map(|i| at - near.len() + i + 1);
    let line = line.or((near.len() == at).then_some(0))?;
    let margin = Margin::of(
        bytes
            .get(line..)?
            .get(..MAX_MARGIN)
            .unwrap_or(bytes.get(line..)?),
    );
    // What is only indented is for formats of which the first line is known.
    let name = bytes.get(line + margin.len()..at).unwrap_or_default();
    let is_named = name.len() <= MAX_NAME && (name.is_empty() || name.ends_with(b": "));
    let is_first = is_named && bytes.get(at) != Some(&b'"');
    if margin.len() == 0 || line + margin.len() > at || (margin.mark.is_empty() && !is_first) {
        return None;
    }
    let mut start = line;
    if !margin.mark.is_empty() {
        let floor = line.saturating_sub(MAX_BEFORE);
        while let Some(end) = start.checked_sub(1).filter(|end| *end > floor) {
            let before = bytes.get(floor..end)?;
            let from = memchr::memrchr(b'\n', before).map_or(floor, |i| floor + i + 1);
            if margin.before(bytes.get(from..start)?).is_none() {
                break;
            }
            start = from;
        }
    }
    let text = bytes.get(start..)?;
    let text = text.get(..line - start + MAX_BEHIND).unwrap_or(text);
    let lines = || {
        let lines = text.split_inclusive(|&b| b == b'\n');
        lines.map_while(|line| Some((line, margin.before(line)?)))
    };
    // A line of those before may be indented less: what it has is everybody's margin.
    let is_text = |(line, before): &(&[u8], usize)| {
        let rest = line.get(*before..).unwrap_or_default();
        !rest.trim_ascii().is_empty()
    };
    let least = lines().filter(is_text).map(|(_, before)| before).min()?;
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut map = Map::default();
    let mut end = start;
    for (line, before) in lines() {
        let before = before.min(least);
        map.push(out.len(), end + before, 1, 1);
        out.extend_from_slice(line.get(before..).unwrap_or_default());
        end += line.len();
    }
    let span = start..end;
    Some(Decoded {
        extent: Extent::whole(span.clone()),
        view: View {
            bytes: out,
            span,
            map,
            layer: "margin",
            armor: None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(whole: &str, trigger: &str) -> Option<String> {
        let decoded = decode(whole.as_bytes(), whole.find(trigger)?)?;
        let view = decoded.view;
        for (i, byte) in view.bytes.iter().enumerate() {
            assert_eq!(whole.as_bytes().get(view.map.parent(i)), Some(byte), "{i}");
        }
        String::from_utf8(view.bytes.to_vec()).ok()
    }

    #[test]
    fn every_margin_is_taken_off() {
        let key = "Key-File: 2\nLines: 1\n\n/AAA+\n";
        for margin in [
            "# ", "//", " * ", "; ", "+", "-", "> ", "> > ", "\t# ", "--  ",
        ] {
            let lines = key.lines().map(|l| format!("{margin}{l}\n"));
            let whole = format!("int x;\n{}int y;\n", lines.collect::<String>());
            assert_eq!(text(&whole, "Key-File").as_deref(), Some(key), "{margin}");
        }
        // Editors take off blanks at the end of lines.
        let whole = "a:\n    Key-File: 2\n    Lines: 1\n\n    /AAA+\nb: 1\n";
        assert_eq!(text(whole, "Key-File").as_deref(), Some(key));
        let whole = "\n // Key-File: 2\n // Lines: 1\n //\n // /AAA+\nint\n";
        assert_eq!(text(whole, "Key-File").as_deref(), Some(key));
    }

    #[test]
    fn lines_before_the_trigger_have_it_as_well() {
        let whole = "x\n * {\n *   \"kty\": 1\n * }\nint y;\n";
        assert_eq!(
            text(whole, "\"kty").as_deref(),
            Some("{\n  \"kty\": 1\n}\n")
        );
    }

    #[test]
    fn what_has_no_margin_is_left() {
        assert_eq!(text("a\nKey-File: 2\n", "Key"), None);
        assert_eq!(text("a\n  the Key-File: 2\n", "Key"), None);
        assert_eq!(text("  \"kty\": 2\n", "\"kty"), None);
    }
}
