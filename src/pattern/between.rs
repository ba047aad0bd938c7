//! Between: what stands between a name and its value.
//!
//! Signs of assignment, a comma, a type, an array's size, accessors, a look-up that says what
//! is taken instead, and what is said of a setting before its default.

use super::value::{Cursor, Form, Literal, Written, next_field};
use crate::wire::line_start;

/// Goes into the call behind a lookup that says what is taken instead:
/// `var("NAME").unwrap_or_else(|_| "value")`, `get("NAME").orElse("value")`.
pub(super) fn fallback(cursor: &mut Cursor<'_>) -> bool {
    let from = cursor.at;
    for _ in 0..3 {
        cursor.space(1);
        if !cursor.eat(b".") {
            break;
        }
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
        let len = cursor.rest().iter().take_while(|b| is_word(b)).count();
        let word = cursor.rest().get(..len).unwrap_or_default();
        let is_other = says_instead(word);
        cursor.at += len;
        if !cursor.eat(b"(") {
            break;
        }
        if is_other {
            let closures = [
                b"|_| ".as_slice(),
                b"|| ",
                b"|_e| ",
                b"|e| ",
                b"() -> ",
                b"() => ",
            ];
            closures.iter().any(|c| cursor.eat(c));
            if cursor.eat(b"{") {
                cursor.space(1);
            }
            return true;
        }
        // Another step: `.ok()`.
        if !cursor.eat(b")") {
            break;
        }
    }
    cursor.at = from;
    false
}

/// Whether a call's name says that its argument is taken instead: `orElse`, `unwrap_or`,
/// `getOrDefault`; not `ForeignKey`, `OrderBy`.
fn says_instead(word: &[u8]) -> bool {
    let defaults = [b"default".as_slice(), b"Default"];
    let or = |at: usize| {
        let begins = word.get(at) == Some(&b'O')
            || at
                .checked_sub(1)
                .and_then(|i| word.get(i))
                .is_none_or(|b| *b == b'_');
        let end = word.get(at + 2);
        begins && end.is_none_or(|b| *b == b'_' || b.is_ascii_uppercase())
    };
    let ors = [b"or".as_slice(), b"Or"];
    defaults
        .iter()
        .any(|d| memchr::memmem::find(word, d).is_some())
        || ors
            .iter()
            .any(|o| memchr::memmem::find_iter(word, o).any(or))
}

/// Passes over what stands between a name and its value; `left` says whether a
/// bracket closed behind the name.
pub(super) fn operator(
    cursor: &mut Cursor<'_>,
    written: Written,
    closed: bool,
    left: bool,
) -> bool {
    // Longer ones before their beginnings.
    let operators = [
        b"||=".as_slice(),
        b"??=",
        b":=",
        b"?=",
        b"=>",
        b"?:",
        b"||",
        b"??",
        b"->",
        b"<-",
        b"| default ",
    ];
    if cursor.rest().starts_with(b"==") || cursor.rest().starts_with(b"::") {
        return false;
    }
    // In prose a quoted name has an `or` behind it as well.
    if operators.iter().any(|o| cursor.eat(o)) || (left || !closed) && cursor.eat(b"or ") {
        return true;
    }
    if left && cursor.eat(b"// ") {
        return true;
    }
    if closed && !left && cursor.rest().starts_with(b"to \"") {
        return cursor.eat(b"to ");
    }
    match cursor.peek() {
        // A table of options says of what kind their values are.
        Some(b':') if written.option && closed => false,
        Some(b'=' | b':') => {
            cursor.at += 1;
            true
        }
        Some(b',') if (closed || written.symbol) && !left => {
            cursor.at += 1;
            cursor.space(1);
            // In JSON it is a value, and the next member of the object comes.
            !at_member(cursor)
                && (cursor.at_quote() || cursor.peek() == Some(b'[') || default_within(cursor))
        }
        Some(b'@') if cursor.rest().starts_with(b"@\"") && directive(cursor) => {
            cursor.at += 1;
            true
        }
        Some(b'"' | b'\'') => closed || written.option || written.symbol || directive(cursor),
        Some(b'{') if closed => {
            // Ruby: ENV.fetch('NAME') { 'value' }.
            let from = cursor.at;
            cursor.at += 1;
            cursor.blanks();
            let found = cursor.at_quote();
            cursor.at = if found { cursor.at } else { from };
            found
        }
        Some(byte) => (written.option || dockerfile(cursor)) && byte.is_ascii_graphic(),
        None => false,
    }
}

/// Whether a name in double quotes with a colon behind it comes next.
fn at_member(cursor: &Cursor<'_>) -> bool {
    let name = cursor.rest().strip_prefix(b"\"");
    let end = name.and_then(|name| Some((name, memchr::memchr2(b'"', b'\n', name)?)));
    let behind = end.and_then(|(name, end)| name.get(end..)?.strip_prefix(b"\""));
    behind.is_some_and(|behind| behind.trim_ascii_start().starts_with(b":"))
}

/// Goes to the value in `name: NAME` and `value: VALUE`, of any notation.
pub(super) fn named_value(cursor: &mut Cursor<'_>) -> bool {
    let from = cursor.at;
    while matches!(
        cursor.peek(),
        Some(b',' | b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'\\')
    ) {
        cursor.at += 1;
    }
    let word = [
        b"value".as_slice(),
        b"Value",
        b"VALUE",
        b"defaultValue",
        b"default_value",
        b"default",
        b"useValue",
        b"ParameterValue",
    ];
    if !word.iter().any(|w| cursor.eat(w)) {
        cursor.at = from;
        return false;
    }
    while matches!(cursor.peek(), Some(b'"' | b'\'' | b'\\')) {
        cursor.at += 1;
    }
    cursor.blanks();
    let found = matches!(cursor.peek(), Some(b'=' | b':'));
    cursor.at = if found { cursor.at + 1 } else { from };
    found
}

/// Reads `"name=value"` and `<name>value</name>`: a value that ends where what the name stands in does.
pub(super) fn within(cursor: &Cursor<'_>, written: Written) -> Option<Vec<Literal>> {
    let rest = cursor.rest();
    let (lead, end) = match (rest, written.quote) {
        ([b'=', next, ..], Some(quote)) if !b"=>\\\"'`".contains(next) => (1, quote),
        ([b'>', ..], _) if written.element => (1, b'<'),
        ([b'"', b'>', ..], Some(b'"')) if written.named => (2, b'<'),
        _ => return None,
    };
    let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let text = rest.get(lead..line)?;
    let len = memchr::memchr(end, text)?;
    if end == b'<' && text.get(len + 1) != Some(&b'/') {
        return None;
    }
    let text = text.get(..len)?;
    let text = text.get(..next_field(text).unwrap_or(len))?;
    let form = match text.contains(&b' ') || lead == 2 || end == b'<' {
        true => Form::Paired,
        false => Form::Bare,
    };
    let span = cursor.at + lead..cursor.at + lead + text.len();
    Some(vec![Literal { span, form }])
}

/// Returns the length of the brackets of an array's size, if they come next.
pub(super) fn size(rest: &[u8]) -> Option<usize> {
    let digits = rest.get(1..)?.iter().take_while(|b| b.is_ascii_digit());
    let len = digits.count() + 2;
    (rest.get(len - 1) == Some(&b']')).then_some(len)
}

/// Returns the length of a call that makes the name a string of its own, if it comes next.
pub(super) fn made(rest: &[u8]) -> Option<usize> {
    let calls = [b".to_string()".as_slice(), b".into()", b".to_owned()"];
    let call = calls.iter().find(|call| rest.starts_with(call));
    call.map(|call| call.len())
}

/// Passes over the type or the accessors that stand between a name and its `=`:
/// `As String =`, `{ get; set; } =`.
pub(super) fn typed(cursor: &mut Cursor<'_>) {
    let from = cursor.at;
    if cursor.eat(b"As ") {
        cursor.at += cursor
            .rest()
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
    } else if cursor.rest().starts_with(b"{ get") {
        cursor.at += memchr::memchr(b'}', cursor.rest()).map_or(0, |i| i + 1);
    } else {
        return;
    }
    cursor.blanks();
    if cursor.peek() != Some(b'=') {
        cursor.at = from;
    }
}

/// Goes to the literal behind `default` in what is said of a setting up to the end of its
/// call or object: `{ type: String, default: '…' }`, `'--name', default='…'`.
pub(super) fn default_within(cursor: &mut Cursor<'_>) -> bool {
    let ends = cursor
        .rest()
        .iter()
        .skip(1)
        .position(|b| b"{});\n".contains(b));
    let within = cursor
        .rest()
        .get(..ends.map_or(0, |i| i + 1))
        .unwrap_or_default();
    for word in [b"default".as_slice(), b"value"] {
        let Some(at) = memchr::memmem::find(within, word) else {
            continue;
        };
        let mut ahead = Cursor {
            at: cursor.at + at + word.len(),
            ..*cursor
        };
        ahead.blanks();
        if ahead.eat(b"=") || ahead.eat(b":") {
            ahead.blanks();
            if ahead.at_quote() {
                cursor.at = ahead.at;
                return true;
            }
        }
    }
    false
}

/// Whether the name stands where a line defines one: `#define NAME "…"`, `@name "…"`,
/// `(def name "…")`.
fn directive(cursor: &Cursor<'_>) -> bool {
    let start = line_start(cursor.bytes, cursor.at);
    let line = cursor.bytes.get(start..cursor.at).unwrap_or_default();
    let line = line.trim_ascii_start();
    let words = [b"#define ".as_slice(), b"@", b"(def ", b"setx "];
    words.iter().any(|word| line.starts_with(word))
}

/// Whether the name stands behind `ENV` or `ARG` of a Dockerfile.
fn dockerfile(cursor: &Cursor<'_>) -> bool {
    let start = line_start(cursor.bytes, cursor.at);
    let line = cursor.bytes.get(start..cursor.at).unwrap_or_default();
    line.starts_with(b"ENV ") || line.starts_with(b"ARG ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_say_what_is_taken_instead() {
        for word in [
            "or",
            "orElse",
            "orElseGet",
            "unwrap_or",
            "unwrap_or_else",
            "getOrDefault",
            "valueOr",
            "default",
            "withDefault",
            "get_or",
        ] {
            assert!(says_instead(word.as_bytes()), "{word}");
        }
        for word in [
            "HasForeignKey",
            "OrderBy",
            "order",
            "format",
            "Origin",
            "setColor",
            "",
        ] {
            assert!(!says_instead(word.as_bytes()), "{word}");
        }
    }
}
