//! Allowlists of foreign rules: what is no secret after all.

use regex::bytes::Regex;

/// What expressions of an allowlist look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The secret.
    Secret,
    /// All that the rule's expression matched.
    Match,
    /// The lines that it stands in.
    Line,
}

/// One allowlist.
#[derive(Debug)]
pub(super) struct Allowlist {
    /// Whether all kinds of conditions must hold, not one.
    pub(super) all_of: bool,
    pub(super) target: Target,
    pub(super) regexes: Vec<Regex>,
    pub(super) paths: Vec<Regex>,
    /// In lower case.
    pub(super) stopwords: Vec<String>,
}

/// What was matched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) secret: &'a [u8],
    pub(super) matched: &'a [u8],
    pub(super) line: &'a [u8],
}

impl Allowlist {
    /// Whether its paths count only together with what was matched.
    pub(super) fn is_conditional(&self) -> bool {
        self.all_of
            && !self.paths.is_empty()
            && !(self.regexes.is_empty() && self.stopwords.is_empty())
    }

    /// Whether its paths alone excuse what stands in a file.
    pub(super) fn excuses_path(&self, path: &str) -> bool {
        !self.is_conditional() && self.has_path(path)
    }

    /// Whether one of its paths is that of a file.
    pub(super) fn has_path(&self, path: &str) -> bool {
        self.paths
            .iter()
            .any(|regex| regex.is_match(path.as_bytes()))
    }

    /// Whether what was matched meets the conditions that are not about paths; for those of
    /// a conditional list that decides only together with the path.
    pub(super) fn excuses(&self, seen: Seen<'_>) -> bool {
        let text = match self.target {
            Target::Secret => seen.secret,
            Target::Match => seen.matched,
            Target::Line => seen.line,
        };
        let by_regex = || self.regexes.iter().any(|regex| regex.is_match(text));
        let by_word = || {
            let secret = seen.secret.to_ascii_lowercase();
            let stands = |word: &String| memchr::memmem::find(&secret, word.as_bytes()).is_some();
            self.stopwords.iter().any(stands)
        };
        match (
            self.all_of,
            self.regexes.is_empty(),
            self.stopwords.is_empty(),
        ) {
            (_, true, true) => false,
            (true, no_regex, no_word) => (no_regex || by_regex()) && (no_word || by_word()),
            (false, ..) => by_regex() || by_word(),
        }
    }
}
