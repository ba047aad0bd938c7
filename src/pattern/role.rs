//! Roles: what a literal is for, as far as the bytes directly before it tell.
//!
//! Within the expression that gives a name its value there are literals of other
//! purposes: keys of look-ups (`row["secret_key"]`, `env("SECRET")`), and values of
//! other names (`field(type="Secret")`, `json:"secret,omitempty"`).

use super::name::Name;

/// Names of arguments and members that hold the value itself.
const OF_VALUES: &[&[u8]] = &[
    b"default",
    b"value",
    b"secret",
    b"key",
    b"fallback",
    b"salt",
    b"pass",
    b"bytes",
    b"data",
    b"string",
    b"str",
    b"text",
    b"raw",
    b"from",
    b"input",
    b"hex",
    b"base64",
    b"utf8",
    b"token",
    b"content",
    b"literal",
];
/// Functions whose first argument says what is looked up.
const LOOKUPS: &[&[u8]] = &[
    b"env",
    b"var",
    b"fetch",
    b"config",
    b"conf",
    b"setting",
    b"option",
    b"opt",
    b"arg",
    b"param",
    b"lookup",
    b"resolve",
    b"property",
    b"prop",
    b"attr",
    b"has",
    b"pop",
    b"read_env",
];

/// How the names of functions begin whose first argument says what is looked up.
const LOOKING_UP: &[&[u8]] = &[
    b"get",
    b"load",
    b"fetch",
    b"read",
    b"access",
    b"find",
    b"lookup",
    b"valuefrom",
    b"value_from",
    b"fromsecret",
    b"from_secret_name",
    b"from_name",
    b"fromname",
];
/// Ends of names whose values say which one is meant.
const OF_IDS: &[&[u8]] = &[
    b"id", b"name", b"arn", b"path", b"ref", b"uri", b"url", b"label",
];

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$'
}

/// Returns the word that a text ends in.
pub(super) fn last_word(text: &[u8]) -> &[u8] {
    let len = text.iter().rev().take_while(|b| is_word(**b)).count();
    text.get(text.len() - len..).unwrap_or_default()
}

/// Whether a literal behind `before`, of the expression so far, is no value of it.
/// `nested`: it stands in brackets; `asked`: a `?` stands before, so that a colon divides
/// two values.
pub(super) fn is_other(before: &[u8], nested: bool, asked: bool) -> bool {
    // What may stand before a quote: `b"…"`, `@"…"`.
    let bare = match before {
        [
            head @ ..,
            b'b' | b'B' | b'r' | b'R' | b'u' | b'U' | b'f' | b'@' | b'$',
        ] if !head.last().is_some_and(|b| is_word(*b)) => head,
        all => all,
    };
    is_key(bare)
        || is_compared(bare)
        || bare.ends_with(b"extern ")
        || is_named_else(bare, nested, asked)
}

/// Whether something is compared with it: `mode == "…"`.
fn is_compared(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    let signs = [b"==".as_slice(), b"!=", b"~=", b"=~"];
    signs.iter().any(|sign| before.ends_with(sign))
}

/// Whether it is the key of a look-up: `row["…"]`, `get("…")`.
fn is_key(before: &[u8]) -> bool {
    if let Some(row) = before.strip_suffix(b"[") {
        return matches!(row.last(), Some(b')' | b']')) || row.last().is_some_and(|b| is_word(*b));
    }
    let Some(callee) = before_arguments(before.trim_ascii_end()) else {
        return false;
    };
    // Macros look up as well: `env!("…")`.
    let callee = callee.strip_suffix(b"!").unwrap_or(callee);
    let callee = last_word(callee).to_ascii_lowercase();
    let callee = callee.strip_prefix(b"must").unwrap_or(&callee);
    // What makes bytes of a text hands it on.
    let gives = callee.ends_with(b"bytes");
    let begins = |word: &&[u8]| callee.starts_with(word);
    LOOKING_UP.iter().any(begins) && !gives || LOOKUPS.contains(&callee)
}

/// Names of first arguments that say where is looked: what comes behind is what is looked up.
const LOOKED_IN: &[&[u8]] = &[
    b"cmd",
    b"command",
    b"ctx",
    b"context",
    b"c",
    b"r",
    b"req",
    b"request",
    b"flags",
    b"flagset",
    b"fs",
    b"cfg",
    b"conf",
    b"config",
    b"props",
    b"properties",
    b"self",
    b"this",
    b"env",
    b"v",
];

/// Returns what stands before the arguments of a call, of which a literal is the first, or the
/// one behind where is looked: `get(`, `get(cmd, `.
fn before_arguments(before: &[u8]) -> Option<&[u8]> {
    if let Some(callee) = before.strip_suffix(b"(") {
        return Some(callee);
    }
    let first = before.strip_suffix(b",")?.trim_ascii_end();
    let word = last_word(first);
    let looked_in = LOOKED_IN.iter().any(|name| name.eq_ignore_ascii_case(word));
    first
        .get(..first.len() - word.len())
        .filter(|_| looked_in)?
        .trim_ascii_end()
        .strip_suffix(b"(")
}

/// What commands do with keys, as the first words of their options.
const COMMANDS: &[&[u8]] = &[
    b"delete",
    b"export",
    b"list",
    b"edit",
    b"import",
    b"generate",
    b"gen",
    b"create",
    b"rotate",
    b"remove",
    b"show",
    b"print",
    b"quick",
];

/// Whether an option says what is done with a key, so that what comes next is a key's name:
/// `--delete-secret-key`.
pub(super) fn is_command(bytes: &[u8], name: &Name) -> bool {
    let text = bytes.get(name.span.clone()).unwrap_or_default();
    let first = text.split(|b| b"-_".contains(b)).next().unwrap_or_default();
    name.written.option && COMMANDS.contains(&first)
}

/// Whether a name of its own stands before it: `type="…"`, `json:"…"`, `'kind' => "…"`.
fn is_named_else(before: &[u8], nested: bool, asked: bool) -> bool {
    let head = match nested {
        true => before.trim_ascii_end(),
        // What declares a type has blanks around its sign: `secret: str = "…"`.
        false => before,
    };
    let colon = head.strip_suffix(b":").filter(|_| !asked);
    let equals = head.strip_suffix(b"=>").or(head.strip_suffix(b"="));
    let Some(head) = colon.or(equals) else {
        return false;
    };
    let head = match nested {
        true => head.trim_ascii_end(),
        false => head,
    };
    let head = match head {
        [inner @ .., b'"' | b'\''] if nested => inner,
        all => all,
    };
    let name = last_word(head);
    // Before the first `=` of an expression stands a type, or one of two names.
    let first = name.len() == head.len() && !nested;
    if name.is_empty() || first && colon.is_none() {
        return false;
    }
    let name = name.to_ascii_lowercase();
    let is_id = OF_IDS.iter().any(|end| name.ends_with(end));
    is_id
        || !OF_VALUES
            .iter()
            .any(|part| memchr::memmem::find(&name, part).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_lookups_are_no_values() {
        for before in [
            "params[",
            "row()[",
            "config.get(",
            "getenv(",
            "os.environ.get( ",
            "settings.getString(",
            "env(",
            "getSigningKey(",
            "kms.get_public_key(KeyId=",
            "flagx.MustGetString(cmd, ",
            "config.MustGet(",
            "env!(",
            "mode == ",
            "mode !=",
        ] {
            assert!(is_other(before.as_bytes(), true, false), "{before}");
        }
        for before in [
            "[",
            "= [",
            "[]byte(",
            "env('A', ",
            "getenv(NAME, ",
            "get(key, ",
            "Buffer.from(",
            "Encoding.UTF8.GetBytes(",
            "new String[] {",
        ] {
            assert!(!is_other(before.as_bytes(), true, false), "{before}");
        }
    }

    #[test]
    fn values_of_other_names_are_none() {
        for (before, nested) in [
            ("Field(kind=", true),
            ("Field(max = ", true),
            ("['algo' => ", true),
            ("x json:", false),
            ("my-secret --format=", false),
            ("json:", false),
        ] {
            assert!(is_other(before.as_bytes(), nested, false), "{before}");
        }
        for (before, nested, asked) in [
            ("Field(default=", true, false),
            ("{ value: ", true, false),
            ("str = ", false, false),
            ("string=", false, false),
            ("a?b:", false, true),
            ("(key: ", true, false),
            ("", false, false),
        ] {
            assert!(!is_other(before.as_bytes(), nested, asked), "{before}");
        }
    }
}
