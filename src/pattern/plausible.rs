//! What can be a secret, and what is a placeholder, a name or a template.

use zeroize::Zeroizing;

use super::alias::{is_file, is_format};
use super::words::{
    DUMMIES, HASHES, LABELS, NUMBERED, OF_TYPES, REFERENCES, SUFFIXES, TEMPLATES, WORDS,
};
use crate::key::{MIN_STRONG_BITS, strength};
use crate::wire::base64;

/// Longest value, in bytes.
pub(super) const MAX_VALUE: usize = 1024;
/// Shortest weak value: below it a value is a flag, a letter, an index.
const MIN_WEAK: usize = 4;
/// Most blanks in a value: with more it is a sentence.
const MAX_BLANKS: usize = 3;

/// How a value would do as a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// A word, a default or too short.
    Weak,
    /// At least [`MIN_STRONG_BITS`] of guessing work.
    Strong,
}

/// Says how a value would do as a secret; `None` if it is none.
pub(super) fn strength_of(value: &[u8], min: usize) -> Option<Strength> {
    let printable = |b: &u8| matches!(b, 0x20..=0x7e | 0x80..);
    if value.len() < min.max(MIN_WEAK)
        || value.len() > MAX_VALUE
        || !value.iter().all(printable)
        || std::str::from_utf8(value).is_err()
    {
        return None;
    }
    let has = |part: &&[u8]| memchr::memmem::find(value, part).is_some();
    let strong = strength(value) >= MIN_STRONG_BITS;
    // Random text may well begin or end with any one character.
    let tells = |part: &&&[u8]| !strong || part.len() > 2;
    if TEMPLATES.iter().filter(tells).any(has)
        || REFERENCES
            .iter()
            .filter(tells)
            .any(|p| value.starts_with(p))
        || SUFFIXES.iter().filter(tells).any(|s| value.ends_with(s))
        || is_template(value)
        || is_route(value)
        // A label in some language, as it stands or escaped; a mask.
        || !value.is_ascii()
        || memchr::memmem::find_iter(value, b"\\u").count() > 1
        || is_markup(value)
        || is_der(value)
        || is_of_another_kind(value)
        || is_format(value, strong)
        || is_file(value)
    {
        return None;
    }
    let text = String::from_utf8_lossy(value).to_lowercase();
    if is_dummy(&text, strong) || encodes_dummy(value) {
        return None;
    }
    if strong {
        return (!is_path(value) && !is_list(value)).then_some(Strength::Strong);
    }
    let blanks = value.iter().filter(|b| **b == b' ').count();
    let none = is_filler(&text)
        || blanks > MAX_BLANKS
        || is_name(value)
        || is_type(value)
        || is_fragment(value)
        || is_path(value)
        || is_uniform(value)
        || value.iter().filter(|b| b.is_ascii_alphanumeric()).count() < MIN_WEAK;
    (!none).then_some(Strength::Weak)
}

/// Whether a text in lower case has what only stand-ins have. A strong one may spell short words.
fn is_dummy(text: &str, strong: bool) -> bool {
    let words = DUMMIES.iter().filter(|d| !strong || d.len() >= 6);
    words.clone().any(|d| text.contains(d)) || !strong && WORDS.contains(&text)
}

/// Whether it is a stand-in in base64: of random bytes nearly none are all printable.
fn encodes_dummy(value: &[u8]) -> bool {
    let decoded = (value.len() >= 8)
        .then(|| base64::decode_value(value))
        .flatten();
    let Some(text) = decoded.filter(|text| text.iter().all(|b| matches!(b, 0x20..=0x7e))) else {
        return false;
    };
    let lower = Zeroizing::new(String::from_utf8_lossy(&text).to_lowercase());
    is_dummy(&lower, strength(&text) >= MIN_STRONG_BITS)
}

/// Whether a guessable text in lower case only fills a place: a numbered word, the label of a
/// published algorithm, the id of a file on a card, a number, an option of a command.
fn is_filler(text: &str) -> bool {
    let word = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let hex = |digits: &str| digits.bytes().all(|b| b.is_ascii_hexdigit());
    NUMBERED.contains(&word) && text.len() < word.len() + 3
        || LABELS.contains(&text)
        || text
            .strip_prefix("0x")
            .is_some_and(|digits| digits.len() <= 8 && hex(digits))
        || text
            .strip_prefix("--")
            .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Whether its form says that it is something else: the hash of a password, what a command
/// prints, an object identifier, the session key of an OpenPGP message, a key that is wrapped.
fn is_of_another_kind(value: &[u8]) -> bool {
    let begins = |head: &&[u8]| {
        let start = value.get(..head.len());
        start.is_some_and(|start| match head.first() {
            Some(b'{') => start.eq_ignore_ascii_case(head),
            _ => start == *head,
        })
    };
    let dotted = value.iter().filter(|b| **b == b'.').count() > 1
        && value.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    HASHES.iter().any(begins)
        || value.starts_with(b"$(")
        || dotted
        || is_pgp(value)
        || is_wrapped(value)
}

/// Whether it is a session key as gpg writes it: the number of the cipher and the key,
/// `9:FCA4…`.
fn is_pgp(value: &[u8]) -> bool {
    let colon = memchr::memchr(b':', value).filter(|len| (1..3).contains(len));
    let Some((cipher, key)) = colon.map(|at| value.split_at(at)) else {
        return false;
    };
    let key = key.get(1..).unwrap_or_default();
    cipher.iter().all(u8::is_ascii_digit)
        && key.len() >= 32
        && key.iter().all(u8::is_ascii_hexdigit)
}

/// Whether it is a SIMPLEBLOB of CryptoAPI in base64: a symmetric key that is encrypted by
/// another one, as IIS keeps its own.
fn is_wrapped(value: &[u8]) -> bool {
    // 01 02 00 00, the cipher .. 66 00 00, RSA key exchange 00 A4 00 00.
    matches!(value, [b'A', b'Q', b'I', b'A', b'A', _, _, b'm', rest @ ..] if rest.starts_with(b"AAAApAAA"))
}

/// Whether a part of it, or all, is what a template puts something into.
fn is_template(value: &[u8]) -> bool {
    let pairs = [
        (b"${", b"}"),
        (b"{{", b"}"),
        (b"<%", b"%"),
        (b"#{", b"}"),
        (b"%{", b"}"),
        (b"$(", b")"),
    ];
    let within = |open: &[u8], close: &[u8]| {
        let from = memchr::memmem::find(value, open)?;
        memchr::memmem::find(value.get(from + open.len()..)?, close)
    };
    let framed = matches!(
        (value.first(), value.last()),
        (Some(b'<'), Some(b'>'))
            | (Some(b'['), Some(b']'))
            | (Some(b'{'), Some(b'}'))
            | (Some(b'%'), Some(b'%'))
    );
    framed
        || pairs
            .iter()
            .any(|(open, close)| within(*open, *close).is_some())
}

/// Whether it is a structure of ASN.1 in base64: a key or certificate, which
/// formats read.
fn is_der(value: &[u8]) -> bool {
    let long = value.len() >= 64 && value.starts_with(b"M");
    let decoded = long.then(|| base64::decode_value(value)).flatten();
    match decoded.as_ref().map(|d| d.as_slice()) {
        Some([0x30, 0x82, a, b, rest @ ..]) => rest.len() == usize::from(*a) << 8 | usize::from(*b),
        Some([0x30, 0x81, n, rest @ ..]) | Some([0x30, n, rest @ ..]) => {
            rest.len() == usize::from(*n)
        }
        _ => false,
    }
}

/// Whether one character makes up most of it: `xxxx`, `--------`, `aaaaaaaaaa`.
fn is_uniform(value: &[u8]) -> bool {
    let share = |b: u8| value.iter().filter(|c| **c == b).count();
    let Some(most) = value.iter().copied().max_by_key(|b| share(*b)) else {
        return true;
    };
    let masks = matches!(most, b'x' | b'X' | b'0') || !most.is_ascii_alphanumeric();
    share(most) == value.len() || masks && share(most) * 3 > value.len() * 2
}

/// Whether it is the name of a variable or setting, `JWT_SECRET`, `app.jwt.key`, has one in it,
/// `$JWT_SECRET`, or is the id of a file.
fn is_name(value: &[u8]) -> bool {
    // Or the id of a file on a card: four hexadecimal digits in capitals.
    if let [first, _, _, _] = value
        && value.iter().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
    {
        return value.iter().any(u8::is_ascii_digit)
            && (*first == b'0' || value.iter().any(u8::is_ascii_uppercase));
    }
    let upper = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    let variable = value.contains(&b'_') && value.iter().all(upper);
    let part = |p: &[u8]| {
        let letters = p
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b == b'-');
        letters && p.first().is_some_and(u8::is_ascii_lowercase)
    };
    let dotted = value.contains(&b'.') && value.split(|b| *b == b'.').all(part);
    let scoped = value.contains(&b':')
        && !value.starts_with(b"base64:")
        && value.iter().all(|b| b.is_ascii_alphabetic() || *b == b':');
    let of_variable = memchr::memchr_iter(b'$', value).any(|at| {
        let name = value.get(at + 1..).unwrap_or_default();
        name.iter()
            .take_while(|b| b.is_ascii_uppercase() || **b == b'_')
            .count()
            > 3
    });
    variable || dotted || scoped || of_variable
}

/// Whether it is the name of a type, `V1SecretVolumeSource`, or one with its arguments,
/// `list[V1Secret]`; or the name that providers give a setting.
fn is_type(value: &[u8]) -> bool {
    // A declaration has its end behind it.
    let value = value.strip_suffix(b";").unwrap_or(value);
    let of = value.iter().position(|b| b"[(".contains(b));
    if let Some(of) = of
        && matches!(value.last(), Some(b']' | b')'))
    {
        let head = value.get(..of).unwrap_or_default();
        return head.first().is_some_and(u8::is_ascii_alphabetic)
            && head
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"_.".contains(b));
    }
    let Ok(text) = std::str::from_utf8(value) else {
        return false;
    };
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return false;
    }
    let squashed: String = text.chars().filter(|c| *c != '_').collect();
    let squashed = squashed.to_ascii_lowercase();
    let settings = [
        "accesskey",
        "accesskeyid",
        "awssecretkey",
        "clientsecret",
        "tokensecret",
    ];
    let capital = text.as_bytes().first().is_some_and(u8::is_ascii_uppercase);
    let version = matches!(text.as_bytes(), [b'V', b'0'..=b'9', b'A'..=b'Z', ..]);
    version
        || capital && OF_TYPES.iter().any(|end| text.ends_with(end))
        || settings.iter().any(|end| squashed.ends_with(end))
}

/// Whether it is a piece of a sentence: blanks at an end, or a full stop behind words.
fn is_fragment(value: &[u8]) -> bool {
    value.trim_ascii().len() < value.len() || value.contains(&b' ') && value.ends_with(b".")
}

/// Whether a bare value is prose: several words of letters.
pub(super) fn is_prose(value: &[u8]) -> bool {
    let is_word = |word: &&[u8]| {
        let (last, head) = word.split_last().unwrap_or((&b'.', &[]));
        let letters = head
            .iter()
            .all(|b| b.is_ascii_alphabetic() || b"-'`/_".contains(b));
        letters && (last.is_ascii_alphabetic() || b".,:;)'`".contains(last))
    };
    let words: Vec<&[u8]> = value
        .split(|b| *b == b' ')
        .filter(|w| !w.is_empty())
        .collect();
    let plain = words.iter().filter(|w| is_word(w)).count();
    words.len() > 2 && plain * 4 >= words.len() * 3
}

/// Whether it is made of words: half of its parts between dashes and the like are letters of
/// one case.
pub(super) fn is_compound(value: &[u8]) -> bool {
    let parts: Vec<&[u8]> = value.split(|b| b"_-. /:".contains(b)).collect();
    let is_word = |part: &&&[u8]| {
        part.len() > 1
            && (part.iter().all(u8::is_ascii_lowercase) || part.iter().all(u8::is_ascii_uppercase))
    };
    parts.len() > 1 && parts.iter().filter(is_word).count() * 2 >= parts.len()
}

/// Whether it is a name of several words, none of which says that it is a secret:
/// `csrf_token`, `authUserId`.
pub(super) fn is_plain_name(value: &[u8]) -> bool {
    let named = |b: &u8| b.is_ascii_alphanumeric() || b"_.".contains(b);
    let camel =
        |pair: &[u8]| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase());
    let several = value.iter().any(|b| b"_.".contains(b)) || value.windows(2).any(camel);
    let text = String::from_utf8_lossy(value).to_lowercase();
    let tells = ["secret", "key", "pass", "s3cr", "salt"];
    several
        && value.iter().all(named)
        && value
            .first()
            .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
        && !tells.iter().any(|word| text.contains(word))
}

/// Whether a bare value is a member of what programs and templates know:
/// `data.aws_ssm_parameter.secret_key_base.value`.
pub(super) fn is_member(value: &[u8]) -> bool {
    let part = |p: &[u8]| {
        let letters = p.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
        letters && p.first().is_some_and(u8::is_ascii_alphabetic)
    };
    let mut parts = value.split(|b| *b == b'.');
    let words = |p: &[u8]| p.iter().filter(|b| b.is_ascii_digit()).count() < 3;
    value.contains(&b'.') && parts.all(|p| part(p) && words(p))
}

/// Whether it is the path of a resource: `/api/v2/hooks/:id/secret`.
fn is_route(value: &[u8]) -> bool {
    let Some(path) = value.strip_prefix(b"/") else {
        return false;
    };
    let part = |part: &[u8]| {
        let part = part.strip_prefix(b":").unwrap_or(part);
        let part = part
            .strip_prefix(b"{")
            .and_then(|p| p.strip_suffix(b"}"))
            .unwrap_or(part);
        let digits = part.iter().filter(|b| b.is_ascii_digit()).count();
        let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(b);
        let camel = part.first().is_some_and(u8::is_ascii_lowercase)
            && part.iter().all(u8::is_ascii_alphabetic);
        digits < 3 && (part.iter().all(plain) || camel)
    };
    let parts = path.split(|b| *b == b'/');
    parts.clone().count() > 2 && parts.clone().all(part)
}

/// Whether it is a path of several plain parts.
fn is_path(value: &[u8]) -> bool {
    let slashes = value.iter().filter(|b| **b == b'/').count();
    let plain = value
        .iter()
        .all(|b| b.is_ascii_lowercase() || b"/-_.".contains(b));
    slashes > 0 && plain
}

/// Whether it holds tags or the syntax of code.
fn is_markup(value: &[u8]) -> bool {
    let opens = memchr::memchr(b'<', value);
    let closes = memchr::memrchr(b'>', value);
    let tag = |a: usize, b: usize| {
        let inner = value.get(a + 1..b).unwrap_or_default();
        inner
            .iter()
            .all(|b| b.is_ascii_alphabetic() || b"-_/ =".contains(b))
    };
    matches!((opens, closes), (Some(a), Some(b)) if a < b && tag(a, b))
        || memchr::memmem::find(value, b"=> ").is_some()
        || memchr::memmem::find(value, b"process.env").is_some()
        || calls(value)
}

/// Whether something is called without arguments: in random text nothing fitting
/// stands on both sides of the parentheses.
fn calls(value: &[u8]) -> bool {
    memchr::memmem::find_iter(value, b"()").any(|at| {
        let before = at.checked_sub(1).and_then(|i| value.get(i));
        let named = before.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let after = value.get(at + 2);
        named && after.is_none_or(|b| b".;, )".contains(b))
    })
}

/// Whether it lists words: `a, b, c`.
fn is_list(value: &[u8]) -> bool {
    memchr::memmem::find(value, b", ").is_some() || value.iter().filter(|b| **b == b' ').count() > 6
}

/// Whether a bare value could as well be an expression of code.
pub(super) fn is_expression(value: &[u8]) -> bool {
    value.iter().any(|b| b"()[]{};,<>\"'`|&?".contains(b))
        || value
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || b"_.$".contains(b))
            && value.first().is_some_and(|b| !b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_text_may_have_parentheses() {
        let random = b"=*)e()gzd+o3+2%)@vqiw0%=8j)ikg@#bb84_7lo$sm@%z)180";
        assert_eq!(strength_of(random, 8), Some(Strength::Strong));
        assert_eq!(strength_of(b"getSecretKeyFromConfiguration()", 8), None);
    }

    #[test]
    fn stand_ins_are_none() {
        for none in [
            "changeme",
            "your-256-bit-secret",
            "${JWT_SECRET}",
            "{{ .Values.secret }}",
            "<secret>",
            "REPLACE_ME_WITH_A_LONG_RANDOM_STRING",
            "JWT_SECRET",
            "app.jwt.secret",
            "HS256",
            "utf8",
            "************",
            "xxxxxxxxxxxxxxxx",
            "./keys/jwt.pem",
            "arn:aws:kms:eu-west-1:1:key/a",
            "The signing secret of your tokens",
            "https://example.com/a",
            "abc",
            "/etc/jwt/secret",
            "config/keys/secret",
            "test-secret",
            "@Microsoft.KeyVault(SecretUri=x)",
            "/api/v2/hooks/:hookId/secret",
            "urn:ietf:params:oauth:token-type:jwt",
            "Секрет подписи JWT",
            "V1SecretProjection",
            "SecretVolumeSource",
            "list[V1Secret]",
            "get(payload.data)",
            "aws_secret_access_key",
            "SecretAccessKey",
            " annotation.",
            "inherit",
            "$2a$10$IxMdI6d.LIRZPpSfEwNoeu4rY3FhDREsxFJXikcgdRRAStxUlsuEO",
            "$2y$12$QTbyzXe4LKoAvXnVn9Yt9uqv5dWc2Vw1p1h6QkX8yJ8Yq1q0b3x2K",
            "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQxMjM0$Q2F0cyBhbmQgZG9ncyBhcmU",
            "$6$rounds=5000$4Kf9sQx2$Zb7pLw0rT5vN8mXc1QeYhUj3GdS6aKi9OfB2",
            "{bcrypt}$2a$10$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG",
            "{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3",
            "pbkdf2_sha256$260000$3Vb0xQ9mT2pL$kJ8Zr5wN1yXc7QeLhUj4GdS6aKi0OfB3",
            "$(sed -n 's/.*secret x9Qz7Lk2Vb5Rt8Ym1Wp4",
            "1.2.840.113549.1.12.10.1.5",
            "10.0.0.1",
            "001A",
            "0018",
            "0x1f",
            "val1",
            "Bitcoin seed",
            "--scope",
            "pre-$JWT_SECRET",
            "SigningKey[];",
            "ZXhhbXBsZS1hcHAtc2VjcmV0",
            "9:FCA4BEAF687F48059CACC14FB019125CD57392BAB7037C707835925CBF9F7BCD",
            "AQIAAA5mAAAApAAAKmFQvWHDEETRz8l2bjZlRxIkwcqTFaCUnCLljn3Q1Oke",
            "AQIAABBmAAAApAAAKmFQvWHDEETRz8l2bjZlRxIkwcqTFaCUnCLljn3Q1Oke",
        ] {
            assert_eq!(strength_of(none.as_bytes(), 4), None, "{none}");
        }
    }

    #[test]
    fn prose_and_names_are_told_apart() {
        assert!(is_prose(b"The key versions to use for"));
        assert!(is_prose(b"refactor to use hkdf extract, expand"));
        assert!(!is_prose(b"9xk2 lq0v 88aa 12zz") && !is_prose(b"keyboard cat"));
        assert!(is_plain_name(b"csrf_token") && is_plain_name(b"authUserId"));
        assert!(is_plain_name(b"signature_name"));
        assert!(!is_plain_name(b"my_secret_key") && !is_plain_name(b"helloworld"));
        assert!(!is_plain_name(b"you-will-never-guess"));
    }

    #[test]
    fn secrets_are_weak_or_strong() {
        for weak in [
            "secret",
            "keyboard cat",
            "shhhhh",
            "mySuperSecretKey123",
            "jwtPrivateKey!",
            "1234",
            "test123",
            "pa$sword",
            "hunter2;",
        ] {
            assert_eq!(
                strength_of(weak.as_bytes(), 4),
                Some(Strength::Weak),
                "{weak}"
            );
        }
        // openssl rand -base64 32; -hex 32
        for strong in [
            "+bKM0r0tH3uM7JPZdnsvMzfyqtA4EO9j3sgrcg/zuwM=",
            "c1b5c61f269cf3c2c168fff49c574e4b2b38f37565f0834a77fef0b22e509861",
        ] {
            assert_eq!(
                strength_of(strong.as_bytes(), 4),
                Some(Strength::Strong),
                "{strong}"
            );
        }
    }
}
