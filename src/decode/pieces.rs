//! A text that is written as several string literals: `"-----BEGIN …\n" + "MIIE…\n"`.
//!
//! How they are joined is left open (operators, calls, commas, names of line breaks such as
//! `vbLf`), as is the language: what stands in quotes of the kind with which the first literal
//! opens, or of another kind between two literals, is the text, and the rest is not.

use zeroize::Zeroizing;

/// Returns the quote of the literal in which a line is open at its end.
pub(super) fn open_quote(line: &[u8]) -> Option<u8> {
    let mut open = None;
    let mut rest = line.iter();
    while let Some(&byte) = rest.next() {
        match (open, byte) {
            (_, b'\\') => _ = rest.next(),
            (None, quote) if is_quote(quote) => open = Some(quote),
            (Some(quote), byte) if quote == byte => open = None,
            _ => {}
        }
    }
    open
}

/// Returns the text of the literals of which the first was opened by `quote` before `text`, with
/// a line break for each seam; `None` where there is no seam.
pub(super) fn joined(text: &[u8], quote: u8) -> Option<Zeroizing<Vec<u8>>> {
    let mut open = Some(quote);
    // Each seam takes two quotes, so this is never moved and left unwiped.
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut seams = 0;
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        match open {
            Some(quote) if quote == byte => open = None,
            Some(_) => {
                out.push(byte);
                // Escapes stay: they are for those who know which they are.
                out.extend((byte == b'\\').then(|| rest.next()).flatten());
            }
            None if is_quote(byte) => {
                open = Some(byte);
                out.push(b'\n');
                seams += 1;
            }
            None => {}
        }
    }
    (seams > 0).then_some(out)
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_open_behind_its_quote() {
        for (line, quote) in [
            ("key = \"", Some(b'"')),
            ("f('a', b'", Some(b'\'')),
            ("f(\"it's\", `", Some(b'`')),
            ("{\\\"key\\\": ", None),
            ("\"name\": ", None),
            ("", None),
        ] {
            assert_eq!(open_quote(line.as_bytes()), quote, "{line}");
        }
    }

    #[test]
    fn what_stands_between_literals_is_left_out() {
        let text = |text: &str| {
            let text = joined(text.as_bytes(), b'"')?;
            String::from_utf8(text.to_vec()).ok()
        };
        let lines = Some("a\nb\nc".to_owned());
        assert_eq!(text("a\" & vbLf & \"b\" + 'c'"), lines);
        assert_eq!(text("a\");\n  sb.append(\"b\" + NL + \"c"), lines);
        assert_eq!(text("a\\\"b\" + \"c").as_deref(), Some("a\\\"b\nc"));
        assert_eq!(text("abc"), None);
        assert_eq!(text("abc\", 17"), None);
    }
}
