//! The data of a rule: one `[[rule]]` of a file in `patterns/`.

use serde::Deserialize;

use super::name::squash;
use crate::blob::Span;

/// Words of which every name of a rule has one: what names are sought by.
pub(super) const ANCHORS: [&str; 7] = ["secret", "key", "salt", "token", "password", "hmac", "jwt"];
/// What may stand behind a name without making it another one.
const ENDINGS: &[&str] = &[
    "",
    "s",
    "key",
    "keys",
    "value",
    "prod",
    "production",
    "dev",
    "development",
    "staging",
    "local",
    "live",
    "default",
    "fallback",
    "old",
    "new",
    "current",
    "previous",
    "string",
    "str",
    "text",
    "raw",
    "bytes",
    "base64",
    "b64",
    "hex",
    "hs256",
    "hs384",
    "hs512",
    "256",
    "512",
    "v1",
    "v2",
    "v3",
    "1",
    "2",
    "3",
    "orkey",
    "base",
    "phrase",
    "const",
    "constant",
];

/// Bytes behind a value in which its statement says what it is for.
const BEHIND: usize = 160;
/// Bytes on either side of a name or call and its value in which a word must stand, and those in
/// which none may.
const NEAR: usize = 2048;
const BESIDE: usize = 256;
/// Shortest of these words, in bytes: shorter ones stand in random text.
const MIN_WORD: usize = 3;

/// A file of rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// What its rules are for.
    #[serde(rename = "about")]
    pub(super) _about: String,
    /// Literals of at least four bytes, one of which stands in every blob that a
    /// rule of the file can apply to.
    pub(super) triggers: Vec<String>,
    /// The rules.
    #[serde(rename = "rule")]
    pub(super) rules: Vec<Pattern>,
}

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Stable id, which reports show as the format.
    pub id: String,
    /// Name in a sentence.
    pub name: String,
    /// What is signed with it.
    #[serde(default)]
    pub usage: Option<String>,
    /// Names whose value is such a secret. `*jwt secret`: any name that ends so;
    /// `jwt > key`: a name in a section, both in full.
    #[serde(default)]
    names: Vec<String>,
    /// The names, as they are compared.
    #[serde(skip)]
    compared: Vec<Compared>,
    /// Words that make a name another one.
    #[serde(default)]
    not: Vec<String>,
    /// Calls, each with the place of its argument from 1, `*` for any.
    #[serde(default)]
    calls: Vec<String>,
    /// Shapes that need no name: a prefix, then a number of characters.
    #[serde(default)]
    pub(super) shapes: Vec<Shape>,
    /// Whether a guessable value is reported.
    #[serde(default = "yes")]
    pub(super) weak: bool,
    /// Words of which a file must have one for a guessable value to be reported;
    /// default: none is needed.
    #[serde(default)]
    weak_with: Vec<String>,
    /// Texts that, shortly behind a value, say that it is another key.
    #[serde(default)]
    not_before: Vec<String>,
    /// Words of which one must stand near a name or call, of either case; default: none is needed.
    #[serde(default)]
    near: Vec<String>,
    /// Words of which none may stand near it, of either case.
    #[serde(default)]
    not_near: Vec<String>,
    /// Whether configuration gives these names to stored secrets that it refers to.
    #[serde(default)]
    pub(super) refers: bool,
    /// Shortest value.
    #[serde(default)]
    pub(super) min: usize,
    /// Characters that the value consists of; default: any.
    #[serde(default)]
    chars: Option<Chars>,
    /// Lengths of the value; default: any.
    #[serde(default)]
    lengths: Vec<usize>,
    /// Text in which `«…»` marks the value that is found.
    pub(super) positive: Vec<String>,
    /// Text in which this rule finds nothing.
    pub(super) negative: Vec<String>,
}

/// A value that is known by its own form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shape {
    /// How it begins, or what stands before it.
    pub(super) prefix: String,
    /// Whether the prefix belongs to the value.
    #[serde(default = "yes")]
    pub(super) whole: bool,
    /// Its characters behind the prefix.
    pub(super) chars: Chars,
    /// Fewest and most of them.
    pub(super) lengths: [usize; 2],
}

/// Sets of characters.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Chars {
    /// Hexadecimal digits.
    Hex,
    /// Letters and digits.
    Alphanumeric,
    /// Base64 of both alphabets, with padding.
    Base64,
}

impl Chars {
    /// Whether a character belongs to the set.
    pub(super) fn has(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Base64 => byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte),
        }
    }
}

const fn yes() -> bool {
    true
}

impl Pattern {
    /// Returns what reports need of a rule that is no data of this kind.
    pub(super) fn foreign(id: String, name: String) -> Self {
        Self {
            id,
            name,
            usage: None,
            names: Vec::new(),
            compared: Vec::new(),
            not: Vec::new(),
            calls: Vec::new(),
            shapes: Vec::new(),
            weak: true,
            weak_with: Vec::new(),
            not_before: Vec::new(),
            near: Vec::new(),
            not_near: Vec::new(),
            refers: false,
            min: 0,
            chars: None,
            lengths: Vec::new(),
            positive: Vec::new(),
            negative: Vec::new(),
        }
    }

    /// Whether a guessable value in a file is reported.
    pub(super) fn takes_weak(&self, bytes: &[u8]) -> bool {
        let has = |word: &String| memchr::memmem::find(bytes, word.as_bytes()).is_some();
        self.weak && (self.weak_with.is_empty() || self.weak_with.iter().any(has))
    }

    /// Returns the calls with the argument that is taken.
    pub(super) fn calls(&self) -> impl Iterator<Item = (&str, Option<usize>)> {
        self.calls.iter().filter_map(|call| {
            let (name, argument) = call.rsplit_once(' ')?;
            Some((
                name,
                argument.parse::<usize>().ok().map(|n| n.saturating_sub(1)),
            ))
        })
    }

    /// Makes the names ready to be compared.
    pub(super) fn prepare(&mut self) {
        let compared = |name: &String| {
            let (section, own) = match name.split_once(" > ") {
                Some((section, own)) => (Some(section.to_owned()), own),
                None => (None, name.as_str()),
            };
            let (any_lead, own) = own
                .strip_prefix('*')
                .map_or((false, own), |own| (true, own));
            Compared {
                section,
                any_lead,
                own: own.replace(' ', ""),
            }
        };
        self.compared = self.names.iter().map(compared).collect();
    }

    /// Whether a name is one of the rule's. `own` is its last part, `stems` all of
    /// it without the endings that change nothing.
    pub(super) fn is_named(
        &self,
        own: &str,
        stems: &[&str],
        parents: &mut dyn FnMut() -> Vec<String>,
    ) -> bool {
        let mut names = self.compared.iter();
        let named = names.any(|name| match &name.section {
            Some(section) => {
                name.own == own && parents().iter().any(|p| p.contains(section.as_str()))
            }
            None if name.any_lead => stems.iter().any(|stem| stem.ends_with(name.own.as_str())),
            None => stems.contains(&name.own.as_str()),
        });
        named
            && !stems
                .iter()
                .any(|whole| self.not.iter().any(|word| whole.contains(word.as_str())))
    }

    /// Whether what stands behind a value, up to the end of its statement, makes it another
    /// key.
    pub(super) fn is_of_another(&self, behind: &[u8]) -> bool {
        let statement = behind.get(..behind.len().min(BEHIND)).unwrap_or_default();
        let end = memchr::memchr2(b';', b'\n', statement).unwrap_or(statement.len());
        let statement = statement.get(..end).unwrap_or_default();
        let has = |text: &String| memchr::memmem::find(statement, text.as_bytes()).is_some();
        self.not_before.iter().any(has)
    }

    /// Whether the text around a name or call, and its value, speaks of what the rule is for.
    pub(super) fn is_spoken_of(&self, bytes: &[u8], at: &Span, value: &Span) -> bool {
        let has = |words: &[String], reach: usize| {
            let around = at.start.min(value.start).saturating_sub(reach)
                ..at.end.max(value.end).saturating_add(reach).min(bytes.len());
            // Random text spells short words.
            let parts = [around.start..value.start, value.end..around.end];
            parts.into_iter().any(|part| {
                let text = bytes.get(part).unwrap_or_default().to_ascii_lowercase();
                let has = |word: &String| memchr::memmem::find(&text, word.as_bytes()).is_some();
                words.iter().any(has)
            })
        };
        (self.near.is_empty() || has(&self.near, NEAR))
            && (self.not_near.is_empty() || !has(&self.not_near, BESIDE))
    }

    /// Whether a value has the form that the rule asks for.
    pub(super) fn fits(&self, value: &[u8]) -> bool {
        let chars = self
            .chars
            .is_none_or(|chars| value.iter().all(|b| chars.has(*b)));
        chars && (self.lengths.is_empty() || self.lengths.contains(&value.len()))
    }

    /// Says what is wrong with the rule itself.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for name in &self.names {
            let own = name.rsplit(" > ").next().unwrap_or(name);
            let squashed = squash(own.as_bytes());
            if !ANCHORS.iter().any(|a| squashed.contains(a)) {
                faults.push(format!("`{name}` has none of {}", ANCHORS.join(", ")));
            }
        }
        for word in self.near.iter().chain(&self.not_near) {
            if word.chars().any(char::is_uppercase) || word.len() < MIN_WORD {
                faults.push(format!(
                    "`{word}` is not in lower case, or below {MIN_WORD} bytes"
                ));
            }
        }
        for call in &self.calls {
            let argument = call.rsplit_once(' ').map(|(_, n)| n);
            if !argument.is_some_and(|n| n == "*" || n.parse::<usize>().is_ok_and(|n| n > 0)) {
                faults.push(format!(
                    "`{call}` does not end in the place of an argument or *"
                ));
            }
        }
        if self.positive.is_empty() || self.negative.is_empty() {
            faults.push("it needs positive and negative examples".to_owned());
        }
        faults
    }
}

/// A name of a rule, as it is compared.
#[derive(Debug)]
struct Compared {
    section: Option<String>,
    any_lead: bool,
    own: String,
}

/// Returns a name without each ending that changes nothing; the first is whole.
pub(super) fn stems(name: &str) -> Vec<&str> {
    ENDINGS
        .iter()
        .filter_map(|ending| name.strip_suffix(ending))
        .collect()
}
