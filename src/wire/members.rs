//! Name-value members of JSON-like text, read leniently.
//!
//! JSON proper (RFC 8259), and what holds the same members in source code and
//! configuration: unquoted names, single quotes, trailing commas and comments
//! of JavaScript, `=>` of Ruby and PHP, `=` of TOML and HCL, dictionaries of
//! Python, blocks of YAML, maps as every other language writes them ([`cursor`]),
//! statements that fill one ([`block()`]). Only members with a text or bare value at
//! the top level of one object are returned; nested values are stepped over.

mod block;
mod cursor;

use std::ops::Range;

pub use block::{MAX_BLOCK, block};
use cursor::{Cursor, Enclosed};

/// One member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its name, without quotes.
    pub name: &'a [u8],
    /// Its value, without quotes, escapes as they stand.
    pub value: &'a [u8],
    /// Whether the value is a word without quotes, which in a program is a name of something else.
    pub is_bare: bool,
}

/// Members of one object; a JWK has at most about twenty.
const MAX_MEMBERS: usize = 256;
/// Nesting that is stepped over.
const MAX_DEPTH: usize = 32;
/// Bytes of a pair that begins a search for others: `kty` and what it is.
const MAX_PAIR: usize = 256;

/// Returns the value of the first member of this name.
#[must_use]
pub fn value<'a>(list: &[Member<'a>], name: &[u8]) -> Option<&'a [u8]> {
    list.iter().find(|m| m.name == name).map(|m| m.value)
}

/// Returns the start of the object that encloses `at`, looking back over at
/// most `limit` bytes.
#[must_use]
pub fn object_around(bytes: &[u8], at: usize, limit: usize) -> Option<usize> {
    opened(bytes, at, limit, |b| b == b'{', |b| b == b'}')
}

/// Returns the start of the list that encloses `at`, whatever its brackets are, looking back
/// over at most `limit` bytes.
#[must_use]
pub fn list_around(bytes: &[u8], at: usize, limit: usize) -> Option<usize> {
    let opens = |b| matches!(b, b'(' | b'[' | b'{');
    opened(bytes, at, limit, opens, |b| matches!(b, b')' | b']' | b'}'))
}

fn opened(
    bytes: &[u8],
    at: usize,
    limit: usize,
    opens: impl Fn(u8) -> bool,
    closes: impl Fn(u8) -> bool,
) -> Option<usize> {
    let from = at.saturating_sub(limit);
    let before = bytes.get(from..at)?;
    let mut depth = 0_usize;
    for (i, &byte) in before.iter().enumerate().rev() {
        if closes(byte) {
            depth += 1;
        } else if opens(byte) {
            match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Some(from + i),
            }
        }
    }
    None
}

/// Whether the bracket at `start` opens a pair, of which others stand beside it: `{ "kty", "EC" }`.
#[must_use]
pub fn is_pair(bytes: &[u8], start: usize) -> bool {
    let end = start.saturating_add(MAX_PAIR).min(bytes.len());
    let mut cursor = Cursor {
        text: bytes.get(..end).unwrap_or_default(),
        at: start,
    };
    matches!(cursor.enclosed(), Some(Enclosed::Pair(_)))
}

/// Reads the object, list or arguments whose opening bracket is at `start`: its members, and
/// the range up to where it is closed or stops being one.
#[must_use]
pub fn object(bytes: &[u8], start: usize, limit: usize) -> (Vec<Member<'_>>, Range<usize>) {
    let end = start.saturating_add(limit).min(bytes.len());
    let mut cursor = Cursor {
        text: bytes.get(..end).unwrap_or_default(),
        at: start + 1,
    };
    let open = bytes.get(start).copied().unwrap_or_default();
    let close = cursor::closing(open);
    // Names and values of a map may alternate among arguments.
    let alternate = open == b'(';
    let mut members = Vec::new();
    while members.len() < MAX_MEMBERS {
        cursor.gap();
        let Some(byte) = cursor.peek() else { break };
        if byte == close {
            cursor.at += 1;
            break;
        }
        match cursor.member(alternate) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let at = text.find("kty").expect("kty");
        let text = text.as_bytes();
        let start = object_around(text, at, 1000).filter(|start| !is_pair(text, *start));
        let start = start.or_else(|| {
            let list = list_around(text, at, 1000)?;
            match is_pair(text, list) {
                true => list_around(text, list, 1000),
                false => Some(list).filter(|list| object(text, *list, 1000).0.len() > 1),
            }
        });
        let (members, _) = match start {
            Some(start) => object(text, start, 1000),
            None => block(text, at, MAX_BLOCK),
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
            "$k = ['kty' => 'EC', 'key_ops' => ['sign'], 'd' => 'x-_9'];",
            "let k = [\"kty\": \"EC\", \"d\": \"x-_9\"]",
            "NSDictionary *k = @{@\"kty\": @\"EC\", @\"d\": @\"x-_9\"};",
            "{ { \"kty\", \"EC\" }, { \"ops\", new[] { \"a\" } }, { \"d\", \"x-_9\" } };",
            "m{{\"kty\",\"EC\"},{\"d\",\"x-_9\"}};",
            "new Map([['kty', 'EC'], ['d', 'x-_9']])",
            "dict([('kty', 'EC'), ('key_ops', ['sign']), ('d', 'x-_9')])",
            "[{<<\"kty\">>, <<\"EC\">>}, {<<\"d\">>, <<\"x-_9\">>}]",
            "#{<<\"kty\">> => <<\"EC\">>, <<\"d\"/utf8>> => <<\"x-_9\">>}",
            "Map.of(\"kty\", \"EC\", \"key_ops\", List.of(\"sign\"), \"d\", \"x-_9\")",
            "Map.ofEntries(entry(\"kty\", \"EC\"), entry(\"d\", \"x-_9\"))",
            "new HashMap<>() {{ put(\"kty\", \"EC\"); put(\"d\", \"x-_9\"); }}",
            "mapOf(\"kty\" to \"EC\", \"key_ops\" to listOf(\"sign\"), \"d\" to \"x-_9\")",
            "Map(\"kty\" -> \"EC\", \"d\" -> \"x-_9\")",
            "{:kty \"EC\" :key_ops [\"sign\"] :d \"x-_9\"}",
            "{:kty => 'EC', :d => 'x-_9'}",
            "k.put(\"kty\", \"EC\");\nk.put(\"d\", \"x-_9\");\nj.put(\"d\", \"y\");\n",
            "  k['kty'] = 'EC' # type\n  k['d'] = 'x-_9'\n  k2['d'] = 'y'\n",
            "k = {}\nk[\"kty\"] = \"EC\";\nk[\"d\"] = \"x-_9\";\nk = {}\nk[\"d\"] = \"y\";\n",
            "jwk.kty = \"EC\";\njwk.d = \"x-_9\";\nother.d = \"y\";\n",
            "$k->kty = 'EC';\n$k->d = 'x-_9';\n",
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
