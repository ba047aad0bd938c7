//! Escapes for the media that reports are shown in.
//!
//! Everything scanned is hostile: a file may be called `::stop-commands::x`,
//! carry a terminal's control sequence, or a right-to-left override that turns
//! `gpj.exe` around. Each function takes any string and returns one that is
//! only text in its medium. All but [`json`], [`csv`] and [`uri`] show what
//! cannot be seen the way Rust writes it: `\u{202e}`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character acts on, or hides in, the medium instead of being shown:
/// C0 and C1 controls, line and paragraph separators, bidirectional controls,
/// characters without width, and those that no XML may hold.
fn is_invisible(c: char) -> bool {
    // Nearly all of them.
    if matches!(c, ' '..='~') {
        return false;
    }
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Appends a character that is not shown the way Rust writes it.
fn push_visible(out: &mut String, c: char) {
    out.extend(c.escape_default());
}

/// For a terminal or a log: no control sequence, no line break, nothing unseen.
#[must_use]
pub fn terminal(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_invisible(c) {
            true => push_visible(&mut out, c),
            false => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// For the message of a GitHub workflow command.
#[must_use]
pub fn workflow_message(text: &str) -> String {
    terminal(text).replace('%', "%25")
}

/// For a property of a GitHub workflow command, such as `file=`.
#[must_use]
pub fn workflow_property(text: &str) -> String {
    workflow_message(text)
        .replace(':', "%3A")
        .replace(',', "%2C")
}

/// For text in GitHub's and GitLab's Markdown, tables included.
///
/// Whatever could be markup is written as a numeric reference, which CommonMark
/// (section 2.5) never takes for structure; so are the characters that begin
/// mentions, references and bare links.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in terminal(text).chars() {
        match c {
            '.' if out.len() >= 3
                && out
                    .get(out.len() - 3..)
                    .is_some_and(|w| w.eq_ignore_ascii_case("www")) =>
            {
                out.push_str("&#46;");
            }
            '.' | '-' | '/' | ',' | ';' | '?' | '%' | ' ' => out.push(c),
            c if c.is_ascii_punctuation() => push_reference(&mut out, c),
            c => out.push(c),
        }
    }
    out
}

/// For text and quoted attributes in HTML.
#[must_use]
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in terminal(text).chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' => push_reference(&mut out, c),
            c => out.push(c),
        }
    }
    out
}

/// For text and quoted attributes in XML 1.0, which forbids most controls even
/// as references; [`html`] has made them visible.
#[must_use]
pub fn xml(text: &str) -> String {
    html(text)
}

/// Appends a character as a numeric reference.
fn push_reference(out: &mut String, c: char) {
    // Writing to a string cannot fail.
    let _ = write!(out, "&#{};", u32::from(c));
}

/// For a field of a CSV file (RFC 4180), always quoted, that no spreadsheet
/// takes for a formula.
#[must_use]
pub fn csv(text: &str) -> String {
    let text = terminal(text);
    let formula = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '\\', '＝', '＋', '－', '＠']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// For JSON that was serialised: the same values, with what is not shown
/// written as `\uXXXX`, so that the file can be looked at in a terminal.
#[must_use]
pub fn json(serialised: &str) -> Cow<'_, str> {
    let hidden = |c: char| is_invisible(c) && c != '\n';
    if !serialised.contains(hidden) {
        return Cow::Borrowed(serialised);
    }
    let mut out = String::with_capacity(serialised.len() + 64);
    for c in serialised.chars() {
        if hidden(c) {
            // Outside strings JSON holds no such character, and inside strings
            // a serialiser has escaped C0 already.
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// For the text of a SARIF message, where brackets are links and braces are
/// placeholders (SARIF 2.1.0 sections 3.11.5 and 3.11.6).
#[must_use]
pub fn sarif(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in terminal(text).chars() {
        match c {
            '[' | ']' => out.extend(['\\', c]),
            '{' | '}' => out.extend([c, c]),
            c => out.push(c),
        }
    }
    out
}

/// Returns a `/`-separated path as a relative URI reference (RFC 3986 section
/// 4.2): everything but unreserved characters and `/` is percent-encoded.
#[must_use]
pub fn uri(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for &byte in path {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// Returns the path that [`uri`] made a reference of; bytes that are not UTF-8 replaced.
#[must_use]
pub(super) fn unescaped_uri(uri: &str) -> String {
    let mut out = Vec::with_capacity(uri.len());
    let mut parts = uri.split('%');
    out.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or(("", part));
        match u8::from_str_radix(digits, 16) {
            Ok(byte) => out.push(byte),
            Err(_) => out.extend_from_slice(digits.as_bytes()),
        }
        out.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terminals_see_controls_as_text() {
        assert_eq!(terminal("plain ä.pem"), "plain ä.pem");
        assert_eq!(
            terminal("a\x1b[2Jb\r\n\u{9b}31m"),
            "a\\u{1b}[2Jb\\r\\n\\u{9b}31m"
        );
        assert_eq!(
            terminal("gpj\u{202e}exe\u{2028}"),
            "gpj\\u{202e}exe\\u{2028}"
        );
    }

    #[test]
    fn workflow_commands_stay_one() {
        assert_eq!(workflow_message("50%\n::set-env::"), "50%25\\n::set-env::");
        assert_eq!(workflow_property("a,b:c%"), "a%2Cb%3Ac%25");
    }

    #[test]
    fn markdown_is_text() {
        assert_eq!(markdown("src/a-b.rs"), "src/a-b.rs");
        assert_eq!(markdown("*x* `y` |"), "&#42;x&#42; &#96;y&#96; &#124;");
        assert_eq!(markdown("@all <b>"), "&#64;all &#60;b&#62;");
        assert_eq!(markdown("http://WWW.x.y"), "http&#58;//WWW&#46;x.y");
    }

    #[test]
    fn xml_holds_no_forbidden_character() {
        assert_eq!(
            xml("<&\"'>\u{0}\u{ffff}"),
            "&#60;&#38;&#34;&#39;&#62;\\u{0}\\u{ffff}"
        );
    }

    #[test]
    fn csv_holds_no_formula() {
        assert_eq!(csv("=cmd()"), "\"'=cmd()\"");
        assert_eq!(csv(" @x"), "\"' @x\"");
        assert_eq!(csv("\t+1"), "\"'\\t+1\"");
        assert_eq!(csv("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn sarif_text_has_no_links_and_no_placeholders() {
        assert_eq!(sarif("[x](http://y) {0}"), "\\[x\\](http://y) {{0}}");
    }

    #[test]
    fn uris_are_relative_references() {
        assert_eq!(
            uri("a b/ä:%#?.pem".as_bytes()),
            "a%20b/%C3%A4%3A%25%23%3F.pem"
        );
        assert_eq!(uri(b"\xff\n"), "%FF%0A");
        for path in ["a b/ä:%#?.pem", "%41", "%", "é%2", ""] {
            assert_eq!(unescaped_uri(&uri(path.as_bytes())), path);
        }
        assert_eq!(unescaped_uri("%zz%é%4"), "zzé4");
    }

    proptest! {
        #[test]
        fn nothing_unseen_remains(text in any::<String>()) {
            for shown in [terminal(&text).into_owned(), workflow_message(&text), markdown(&text), html(&text), csv(&text), sarif(&text)] {
                prop_assert!(!shown.contains(is_invisible));
                prop_assert!(!shown.contains('\n'));
            }
        }

        #[test]
        fn json_keeps_its_value(text in any::<String>()) {
            let plain = serde_json::to_string(&text).unwrap();
            let shown = json(&plain);
            prop_assert!(!shown.contains(is_invisible));
            prop_assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        }

        #[test]
        fn markup_needs_characters_that_are_gone(text in any::<String>()) {
            let shown = markdown(&text);
            prop_assert!(!shown.contains(['<', '>', '`', '*', '_', '[', ']', '|', '@', ':', '~', '\\', '(', '!']));
            prop_assert!(!html(&text).contains(['<', '>', '"', '\'']));
        }
    }
}
