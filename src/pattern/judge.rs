//! Judges: whether what stands where a rule looks is told as a secret, and as how strong a one.
//!
//! [`plausible`] knows the value alone; here the place counts as well: the name and the line, the
//! file, and what is spoken of around it. What is not told is still handed on, as a token or the
//! list's challenge may prove it.

use std::path::Path;

use zeroize::Zeroizing;

use super::line::Line;
use super::plausible::{self, Strength};
use super::rule::Pattern;
use super::value::{self, Form, Literal};
use super::{Value, alias, name, place};
use crate::blob::Span;
use crate::key::is_words;

/// Where a literal was found.
pub(super) struct Place<'a> {
    /// The text.
    pub(super) bytes: &'a [u8],
    /// The file.
    pub(super) path: &'a Path,
    /// The name or call that it belongs to.
    pub(super) at: &'a Span,
    /// The name, squashed; `None` for a call.
    pub(super) name: Option<&'a str>,
}

/// Returns the value of a literal; `None` if it has not the form that the rule asks for.
pub(super) fn value(pattern: &'static Pattern, literal: Literal, at: &Place<'_>) -> Option<Value> {
    let bytes = at.bytes;
    let raw = bytes.get(literal.span.clone()).unwrap_or_default();
    let span = match matches!(literal.form, Form::Quoted | Form::Paired) {
        true => value::default_of(raw).map_or(literal.span.clone(), |d| {
            literal.span.start + d.start..literal.span.start + d.end
        }),
        false => literal.span.clone(),
    };
    let raw = bytes.get(span.clone()).unwrap_or_default();
    let bytes_of = unescaped(raw);
    if !pattern.fits(&bytes_of)
        || bytes_of.len() > plausible::MAX_VALUE
        || pattern.is_of_another(bytes.get(span.end..).unwrap_or_default())
    {
        return None;
    }
    let strength = plausible::strength_of(&bytes_of, pattern.min);
    let strength = strength.filter(|strength| {
        let told = match strength {
            Strength::Weak => weak_is_told(pattern, &bytes_of, &span, literal.form, at),
            Strength::Strong => strong_is_told(&bytes_of, &span, literal.form, at),
        };
        told && !place::is_marked_up(bytes, &span, at.path)
            && !place::is_interpolated(bytes, &span, at.path)
            && !place::is_vectors(at.path)
            && !is_argument(&bytes_of, *strength, &span, at)
            && pattern.is_spoken_of(bytes, at.at, &span)
    });
    Some(Value {
        pattern,
        span,
        bytes: bytes_of,
        strength,
        outcome: None,
    })
}

/// Whether the value is the name's or call's own, or that of a function that hands it on.
fn is_handed_on(span: &Span, at: &Place<'_>) -> bool {
    match at.name {
        Some(_) => place::is_handed_on(at.bytes, at.at.end, span.start),
        None => !place::is_taken_otherwise(at.bytes, at.at.end, span.start),
    }
}

/// Whether the value only names something to a function of a template.
fn is_argument(value: &[u8], strength: Strength, span: &Span, at: &Place<'_>) -> bool {
    !place::is_code(at.path)
        && (strength == Strength::Weak || alias::is_spoken(value))
        && alias::is_argument(at.bytes, span.start)
}

/// Whether a guessable value is told.
fn weak_is_told(pattern: &Pattern, value: &[u8], span: &Span, form: Form, at: &Place<'_>) -> bool {
    let (bytes, path, name) = (at.bytes, at.path, at.name);
    let squashed = name::squash(value);
    let of_name = |name: &str| match value {
        b"secret" => alias::is_among_names(bytes, span),
        _ => name.ends_with(&squashed),
    };
    let longer = |name: &str| alias::is_longer_name(bytes, name, value, span);
    let same = name.is_some_and(|name| of_name(name) || longer(name));
    // What is called a key may be the name under which something is kept.
    let kept_as = place::is_code(path)
        && name.is_some_and(|name| name.ends_with("key") || name.ends_with("keys"))
        && name.is_some_and(|name| {
            plausible::is_plain_name(value) || name.contains(&squashed) && *value != *b"secret"
        });
    let referred = value.contains(&b'-') && is_beside_reference(bytes, span.start)
        || pattern.refers && place::is_yaml(path) && alias::is_object(value);
    let bare = match form {
        Form::Quoted => false,
        Form::Bare => place::is_code(path) || value.contains(&b' '),
        Form::Paired => true,
        Form::Doubtful => {
            value.contains(&b' ')
                || place::is_scope(bytes, span.start, path)
                || !place::is_config(path)
                    && (place::is_code(path) || plausible::is_expression(value))
        }
    };
    let elsewhere = place::is_binary(bytes, span) || !is_handed_on(span, at);
    // A comment shows how something is done, or what is no longer.
    let is_none = same || kept_as || bare || referred || elsewhere;
    !is_none && pattern.takes_weak(bytes) && !Line::before(bytes, at.at.start).comment
}

/// Whether a value beyond guessing is told.
fn strong_is_told(value: &[u8], span: &Span, form: Form, at: &Place<'_>) -> bool {
    // In a program a bare text is a comment; a text of words names something else where a
    // function takes it that does not hand it on.
    let code = place::is_code(at.path);
    let punctuation = value.iter().any(|b| b"<>(){}[],;".contains(b));
    let prose = at.name.is_some() && plausible::is_prose(value)
        || match form {
            Form::Quoted => false,
            Form::Paired => {
                is_words(value) || plausible::is_compound(value) || value.contains(&b' ')
            }
            Form::Bare => {
                code && (value.contains(&b' ')
                    || punctuation && place::is_behind_colon(at.bytes, span.start))
            }
            Form::Doubtful => {
                code || value.iter().any(|b| b"()[]{};\"'` ,".contains(b))
                    || plausible::is_member(value)
            }
        };
    let named = is_words(value) && (!is_handed_on(span, at) || code && form == Form::Bare);
    !prose && !named
}

/// Bytes before a value in which a word says that it refers to a secret.
const BESIDE: usize = 160;

/// Whether a word shortly before a value says that it names a stored secret.
fn is_beside_reference(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(at.saturating_sub(BESIDE)..at).unwrap_or_default();
    let words = [
        b"existingSecret".as_slice(),
        b"secretName",
        b"secretKeyRef",
        b"secretRef",
    ];
    words
        .iter()
        .any(|w| memchr::memmem::find(before, w).is_some())
}

/// Undoes the escapes that a quoted secret may have.
fn unescaped(raw: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(raw.len()));
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'\\', Some(next @ (b'"' | b'\'' | b'\\' | b'/' | b'$'))) => {
                out.push(*next);
                bytes.next();
            }
            _ => out.push(byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::Patterns;
    use super::super::check::values_at;

    /// openssl rand -hex 16
    const RANDOM: &str = "8f41c6ff57a3d9e2b01c4d7e6a5f8091";

    #[test]
    fn the_file_says_what_a_value_is() {
        let patterns = Patterns::embedded().expect("rules");
        let found = |text: &str, path: &str| values_at(&patterns, text, None, path);
        let hex = format!("Secret = {RANDOM}\n");
        for (text, path, told) in [
            ("$secret = \"\\0$secret\";", "a.php", false),
            ("$secret = \"keyboard cat\";", "a.php", true),
            ("$secret = \"pa$sword77\";", "a.php", false),
            ("const secret = \"pa$sword77\";", "a.js", true),
            (&hex, "kdf/hkdf.vec", false),
            (&hex, "app.conf", true),
            (
                "secret_key: ${A}\n- nadm-sec:get-session-key:invoke\n",
                "a.yaml",
                false,
            ),
            ("secret_key: ${A}\nsession-key: invoked\n", "a.yaml", true),
            ("session_key:invoked\n", "a.properties", true),
            ("a --secret rab8_s3 \\\n --c 'a b c'\n", "a.sh", true),
            ("a --secret '' \\\n --c 'rab8_s3'\n", "a.sh", false),
            ("secret=`keyboard cat`", "a.sh", false),
            ("x = {\"secret\": `keyboard cat`}", "a.js", true),
            ("secret: ca-certs-secret\n", "values.yaml", false),
            ("secret: my-super-secret\n", "values.yaml", true),
            ("secret: ca-certs-secret\n", "app.conf", true),
            ("jwt:\n  secret: ca-certs-secret\n", "a.yaml", true),
            (
                "x={{ secret: \"x\", z: \"y\" }} secret: \"keyboard cat\"",
                "a.jsx",
                true,
            ),
        ] {
            assert_eq!(!found(text, path).is_empty(), told, "{path}: {text}");
        }
    }

    #[test]
    fn comments_hold_no_guessable_secrets_but_strong_ones() {
        let patterns = Patterns::embedded().expect("rules");
        for mark in ["# ", "// ", " * ", "; "] {
            let text = |value: &str| format!("{mark}JWT_SECRET={value}\n");
            let found = |value: &str| values_at(&patterns, &text(value), None, "app.conf");
            assert!(found("keyboard-cat-77").is_empty(), "{mark}");
            assert_eq!(found(RANDOM), [RANDOM], "{mark}");
        }
    }
}
