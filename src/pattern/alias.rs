//! Aliases: texts that stand where a value does and only name something.
//!
//! An argument of a template's function, the pattern of a message, the path of a file, the object
//! that holds a secret, a longer name of the same thing.

use super::name::squash;
use super::plausible::{is_compound, is_member, is_prose};
use super::role::last_word;
use crate::blob::Span;
use crate::key::is_words;
use crate::wire::line_start;

/// Bytes on either side of a value in which the signs of a template stand.
const REACH: usize = 512;
/// Longest line beside a value that is looked at, in bytes.
const MAX_LINE: usize = 256;
/// Functions of templates that hand on what they take.
const PIPED: &[&[u8]] = &[
    b"default",
    b"coalesce",
    b"quote",
    b"squote",
    b"print",
    b"toString",
    b"trim",
    b"or",
    b"else",
    b"b64enc",
    b"b64encode",
    b"base64",
];
/// Ends of the names of objects that hold secrets.
const OF_OBJECTS: &[&str] = &[
    "-secret",
    "-secrets",
    "-secret-key",
    "-key",
    "-keys",
    "-credentials",
    "-creds",
    "-cert",
    "-certs",
    "-tls",
];
/// Words of guessable secrets that no object or setting is named after.
const BOASTED: &[&str] = &[
    "my", "our", "your", "the", "this", "that", "some", "a", "is", "not", "so", "too", "super",
    "very", "top", "big", "ultra", "mega", "strong", "secure", "secret", "shh", "s3cr3t", "random",
    "dev", "local", "prod",
];

/// Whether the value that begins at `at` is the argument of a function within `{{ … }}` that does
/// not hand it on: `dict "secret" "name"`, `ternary "Secret" "ConfigMap"`.
pub(super) fn is_argument(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(at.saturating_sub(REACH)..at).unwrap_or_default();
    let Some(open) = memchr::memmem::rfind(before, b"{{") else {
        return false;
    };
    let within = before.get(open + 2..).unwrap_or_default();
    let behind = bytes.get(at..at.saturating_add(REACH).min(bytes.len()));
    let closes = |text: &[u8]| memchr::memmem::find(text, b"}}").is_some();
    if closes(within) || !behind.is_some_and(closes) {
        return false;
    }
    let [head @ .., b'"' | b'\'' | b'`'] = within else {
        return false;
    };
    let head = head.trim_ascii_end();
    match head.last() {
        Some(b'"' | b'\'' | b'`' | b')' | b'.' | b'$') => true,
        Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'_' => {
            !PIPED.contains(&last_word(head))
        }
        _ => false,
    }
}

/// Whether a text of any strength is made of words, and so may be a name after all.
pub(super) fn is_spoken(value: &[u8]) -> bool {
    is_words(value) || is_compound(value) || is_member(value)
}

/// Whether it is the pattern of a message or name, into which something is put: `key {}: {}`,
/// `%s.radius.secret`.
pub(super) fn is_format(value: &[u8], strong: bool) -> bool {
    let braces = [b"{}".as_slice(), b"{:?}"];
    let braces = braces
        .iter()
        .any(|b| memchr::memmem::find(value, b).is_some());
    let percent = memchr::memchr_iter(b'%', value).any(|at| {
        let behind = value.get(at + 2);
        matches!(value.get(at + 1), Some(b's' | b'd' | b'v' | b'q' | b'x'))
            && behind.is_none_or(|b| !b.is_ascii_alphanumeric())
    });
    // Random text may spell them.
    (braces || percent) && (!strong || is_compound(value) || is_prose(value))
}

/// Whether it is the path of a file: one of words that has an end, or that begins with a
/// variable: `app/oauth2/secret.lua`, `$PWD/keys/hmac_$$`.
pub(super) fn is_file(value: &[u8]) -> bool {
    let Some(slash) = memchr::memrchr(b'/', value) else {
        return false;
    };
    let file = value.get(slash + 1..).unwrap_or_default();
    let end = memchr::memrchr(b'.', file).and_then(|dot| file.get(dot + 1..));
    let has_end = end.is_some_and(|end| {
        matches!(end, [b'a'..=b'z', ..])
            && end.len() < 6
            && end
                .iter()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    });
    let folder = value.split(|b| *b == b'/').next().unwrap_or_default();
    let variable = folder.len() > 2
        && folder
            .strip_prefix(b"$")
            .is_some_and(|name| name.iter().all(|b| b.is_ascii_alphabetic() || *b == b'_'));
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"/_-.$+@".contains(b);
    (has_end || variable) && value.iter().all(plain) && is_compound(value)
}

/// Whether it is named as objects are that hold secrets: `ca-certs-secret`.
pub(super) fn is_object(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else {
        return false;
    };
    let label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let heads = OF_OBJECTS.iter().filter_map(|end| text.strip_suffix(end));
    let Some(head) = heads.min_by_key(|head| head.len()) else {
        return false;
    };
    head.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(label)
        && !head.split('-').any(|part| BOASTED.contains(&part))
}

/// Whether it is an identifier that only says more than the name, `tls1_prf_secret`: by several
/// words, or as the value beside it does for its own name.
pub(super) fn is_longer_name(bytes: &[u8], name: &str, value: &[u8], span: &Span) -> bool {
    let part = |b: &u8| b.is_ascii_alphanumeric() || b"_.".contains(b);
    if !value.iter().all(part) || name.is_empty() {
        return false;
    }
    let squashed = squash(value);
    let Some(head) = squashed.strip_suffix(name).filter(|head| !head.is_empty()) else {
        return false;
    };
    // The words before the name, if it begins one.
    let mut rest = head.len();
    let mut words = Vec::new();
    for word in value.split(|b| b"_.".contains(b)) {
        if rest == 0 {
            break;
        }
        let Some(left) = rest.checked_sub(word.len()) else {
            return false;
        };
        rest = left;
        words.push(String::from_utf8_lossy(word).to_lowercase());
    }
    let boasts = words.iter().any(|word| BOASTED.contains(&word.as_str()));
    let several = words.iter().filter(|word| !word.is_empty()).count() > 1 && !boasts;
    several
        || lines_beside(bytes, span).into_iter().flatten().any(|line| {
            let sides = named(line).map(|(name, value)| (squash(name), squash(value)));
            sides.is_some_and(|(name, value)| {
                name.len() > 2 && value.strip_prefix(head) == Some(name.as_str())
            })
        })
}

/// Whether the line before or behind a value gives a name its own name, `'path': 'path'`,
/// `Self::Path => "path"`: a table of names.
pub(super) fn is_among_names(bytes: &[u8], span: &Span) -> bool {
    let mut lines = lines_beside(bytes, span).into_iter().flatten();
    lines.any(|line| {
        named(line).is_some_and(|(name, value)| {
            let value = squash(value);
            value.len() > 2 && squash(name).ends_with(&value)
        })
    })
}

/// Divides a line at its sign of assignment.
fn named(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let arrow = memchr::memmem::find(line, b"=>");
    let at = arrow.or_else(|| line.iter().position(|b| b":=".contains(b)))?;
    let (name, value) = line.split_at(at);
    Some((name, value.strip_prefix(b"=> b").unwrap_or(value)))
}

/// Returns the lines before and behind the one of a value.
fn lines_beside<'a>(bytes: &'a [u8], span: &Span) -> [Option<&'a [u8]>; 2] {
    let start = line_start(bytes, span.start);
    let before = bytes.get(..start.saturating_sub(1)).unwrap_or_default();
    let before = before.get(line_start(before, before.len())..);
    let after = bytes.get(span.end..).unwrap_or_default();
    let after = memchr::memchr(b'\n', after).and_then(|end| after.get(end + 1..));
    let after = after.map(|text| {
        let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
        text.get(..end).unwrap_or_default()
    });
    [before, after].map(|line| line.map(|line| line.get(..MAX_LINE).unwrap_or(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether what stands in `«…»` is an argument.
    fn argument(text: &str) -> bool {
        let at = text.find('«').expect("a mark");
        is_argument(text.replace(['«', '»'], "").as_bytes(), at)
    }

    #[test]
    fn functions_of_templates_take_names() {
        for text in [
            "{{ include \"«shop.core»\" . }}",
            "{{ f (dict \"secret\" (include \"a\" .) \"«key»\" \"b\") }}",
            "{{ f (dict \"secret\" \"«name»\") }}",
            "{{- ternary \"Secret\" \"«ConfigMap»\" .Values.a }}",
            "{{ required \"«a secret is needed»\" .Values.secret }}",
            "{{ f (list \"«core.secretKey»\") }}",
        ] {
            assert!(argument(text), "{text}");
        }
        for text in [
            "{{ \"«keyboard cat»\" | b64enc }}",
            "{{- '«keyboard cat»' -}}",
            "{{ .Values.secret | default \"«keyboard cat»\" | quote }}",
            "{{ default \"«keyboard cat»\" .Values.secret }}",
            "{{ secret | default('«keyboard cat»') }}",
            "{{- $secret := \"«keyboard cat»\" }}",
            "{{ a }} secret: \"«keyboard cat»\" {{ b }}",
            "secret: \"«keyboard cat»\"",
            "{{ secret: \"«keyboard cat»\"",
        ] {
            assert!(!argument(text), "{text}");
        }
    }

    #[test]
    fn messages_and_files_are_told_from_secrets() {
        for text in [
            "%s.plugins.radius.secret",
            "couldn't load {}: {}",
            "no key {:?}",
        ] {
            assert!(is_format(text.as_bytes(), false), "{text}");
        }
        assert!(is_format(b"%s.plugins.tnc-pdp.radius.secret", true));
        // openssl rand -base64 15, with a sign put in
        assert!(!is_format(b"y3Vt+Kq0%s-Zp7XwLd2Rb9Hn", true));
        assert!(!is_format(b"pa%sword", false) && !is_format(b"keyboard cat", false));
        for text in [
            "app/oauth2/secret.lua",
            "$PWD/scripts/hmac_$$",
            "src/a/App2.java",
        ] {
            assert!(is_file(text.as_bytes()), "{text}");
        }
        for text in ["keyboard/cat", "Zk8v/Q2xN7.yRt5", "hunter2.lua"] {
            assert!(!is_file(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn names_of_objects_and_settings_are_told_from_secrets() {
        for text in ["ca-certs-secret", "shop-signing-key", "shop-db-credentials"] {
            assert!(is_object(text.as_bytes()), "{text}");
        }
        for text in [
            "my-super-secret-key",
            "top-secret",
            "secret-key",
            "keyboard-cat",
            "Ab-secret",
        ] {
            assert!(!is_object(text.as_bytes()), "{text}");
        }
        let longer = |text: &str, value: &str| {
            let at = text.find(value).expect("the value");
            is_longer_name(
                text.as_bytes(),
                "secret",
                value.as_bytes(),
                &(at..at + value.len()),
            )
        };
        assert!(longer("secret = \"tls1_prf_secret\"", "tls1_prf_secret"));
        assert!(longer(
            "secret = \"prf_secret\",\nseed = \"prf_seed\",\n",
            "prf_secret"
        ));
        for value in [
            "my_super_secret",
            "shop_secret",
            "mysecret",
            "a_bigsecret",
            "keyboard_cat",
        ] {
            let text = format!("name = \"shop\"\nsecret = \"{value}\"\n");
            assert!(!longer(&text, value), "{value}");
        }
    }
}
