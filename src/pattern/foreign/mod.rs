//! Other people's rules: files of gitleaks and betterleaks, given with `--patterns`.
//!
//! Such a rule is an expression over the text of a file, not a name or call. It runs on a
//! whole blob once one of its keywords stands there; the keywords are triggers like those
//! of our own rules ([`literal`]). What it finds is told under the rule's own id, behind
//! [`PREFIX`], and is never proven.
//!
//! Where a file is, is known only after the scan, for what stands in a history. So paths
//! are judged last ([`Foreign::tells`]); of an allowlist that joins paths with other
//! conditions, what was matched decides first, and the outcome goes along as one of
//! [`Rule::outcomes`].

mod allowlist;
mod fields;
mod file;
mod literal;
mod remark;
mod syntax;

use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};
use regex::bytes::{Captures, Regex};
use zeroize::Zeroizing;

use super::{Strength, Value, Values};
use crate::blob::Span;
use crate::key::{MIN_STRONG_BITS, strength};
use crate::pattern::Pattern;
use allowlist::{Allowlist, Seen};
pub(super) use file::{Read, is_foreign, read};
pub(super) use remark::{Remark, by_reason};

/// What stands before the id of a foreign rule in reports.
pub(super) const PREFIX: &str = "patterns:";
/// What an outcome begins with.
const OUTCOME: &str = "unless:";
/// Most keywords that are searched by a full table of transitions, which takes a kilobyte for
/// each of their letters.
const MAX_FAST_WORDS: usize = 2000;
/// First bytes of a blob that tell binary data, as git does.
const TEXT_HEAD: usize = 8000;

/// A rule as it is read.
#[derive(Debug)]
struct Rule {
    id: String,
    description: String,
    regex: Regex,
    /// The group that is the secret; 0 for the first that took part.
    group: usize,
    /// Shannon entropy of the secret, in bits for each byte, that it must exceed.
    entropy: f64,
    /// In lower case; one of them stands in the blob. None: it is not known which.
    keywords: Vec<String>,
    /// What wakes it; `None`: every blob does.
    triggers: Option<Vec<Vec<u8>>>,
    path: Option<Regex>,
    allowlists: Vec<Arc<Allowlist>>,
}

/// A rule that is ready to use.
#[derive(Debug)]
struct Ready {
    rule: Rule,
    pattern: Pattern,
    /// Names of what the conditional allowlists said of a value, by their bits.
    outcomes: Vec<String>,
}

/// Foreign rules of a run.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    rules: Vec<Ready>,
    /// What could not be used, and of which file.
    pub(super) remarks: Vec<Remark>,
}

/// The search for the keywords of foreign rules.
#[derive(Debug)]
pub(super) struct Gate {
    search: AhoCorasick,
    /// Of each keyword.
    rules: Vec<Vec<usize>>,
}

impl Foreign {
    /// Adds the rules of a file.
    pub(super) fn add(&mut self, path: &str, read: Read) {
        let remarks = read.remarks.iter();
        self.remarks
            .extend(remarks.map(|text| Remark::new(path, text)));
        for rule in read.rules {
            let id = format!("{PREFIX}{}", rule.id);
            if self.rules.iter().any(|known| known.pattern.id == id) {
                let text = format!("rule {}: left out, its id is taken", rule.id);
                self.remarks.push(Remark::new(path, &text));
                continue;
            }
            let conditional = rule.allowlists.iter().filter(|list| list.is_conditional());
            let outcomes = 0..1_usize << conditional.count().min(file::MAX_CONDITIONAL);
            self.rules.push(Ready {
                pattern: Pattern::foreign(id, rule.description.clone()),
                outcomes: outcomes.map(|bits| format!("{OUTCOME}{bits}")).collect(),
                rule,
            });
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether some rule has nothing to be woken by.
    pub(super) fn is_everywhere(&self) -> bool {
        self.rules.iter().any(|ready| ready.rule.triggers.is_none())
    }

    /// Returns the literals that wake the rules.
    pub(super) fn triggers(&self) -> impl Iterator<Item = &Vec<u8>> {
        let triggers = self.rules.iter().filter_map(|r| r.rule.triggers.as_ref());
        triggers.flatten()
    }

    /// Builds the search for keywords.
    pub(super) fn gate(&self) -> Result<Gate, aho_corasick::BuildError> {
        let mut by_word = std::collections::BTreeMap::<&str, Vec<usize>>::new();
        for (i, ready) in self.rules.iter().enumerate() {
            for word in &ready.rule.keywords {
                by_word.entry(word).or_default().push(i);
            }
        }
        // Every blob is searched whole for them, so that the automaton is to be the fast one:
        // some hundreds of short words make a small one.
        let kind = (by_word.len() <= MAX_FAST_WORDS).then_some(AhoCorasickKind::DFA);
        let search = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .kind(kind)
            .build(by_word.keys())?;
        let rules = by_word.into_values().collect();
        Ok(Gate { search, rules })
    }

    /// Returns what the rules find in a text, in the order of places; of several rules for
    /// one value the first, those that call themselves generic last.
    pub(super) fn find(&'static self, gate: &Gate, bytes: &[u8]) -> Values {
        let mut all = Values::default();
        let head = bytes.get(..TEXT_HEAD).unwrap_or(bytes);
        if head.contains(&0) {
            return all;
        }
        let mut awake: Vec<bool> = self
            .rules
            .iter()
            .map(|ready| ready.rule.keywords.is_empty())
            .collect();
        let mut asleep = awake.iter().filter(|awake| !**awake).count();
        let mut hits = gate.search.find_overlapping_iter(bytes);
        while asleep > 0
            && let Some(hit) = hits.next()
        {
            for &rule in gate
                .rules
                .get(hit.pattern().as_usize())
                .into_iter()
                .flatten()
            {
                if let Some(awake) = awake.get_mut(rule)
                    && !*awake
                {
                    *awake = true;
                    asleep -= 1;
                }
            }
        }
        for (ready, awake) in self.rules.iter().zip(awake) {
            if awake {
                ready.find(bytes, &mut all);
            }
        }
        let values = &mut all.list;
        let generic = |v: &Value| {
            let id = v.pattern.id.strip_prefix(PREFIX);
            id.is_some_and(|id| id.starts_with("generic"))
        };
        // A rule for anything says less than one for the very thing.
        let special: Vec<Span> = values
            .iter()
            .filter(|v| !generic(v))
            .map(|v| v.span.clone())
            .collect();
        let overlaps = |a: &Span, b: &Span| a.start < b.end && b.start < a.end;
        values.retain(|v| !generic(v) || !special.iter().any(|span| overlaps(span, &v.span)));
        values.sort_by_key(|v| (v.span.start, v.span.end));
        values.dedup_by(|b, a| a.span == b.span);
        all
    }

    /// Whether what a rule found is told where it stands; `path` is below the root. `outcome`
    /// is what the scan said of it.
    pub(super) fn tells(&self, format: &str, outcome: Option<&str>, path: &str) -> bool {
        let Some(ready) = self.rules.iter().find(|ready| ready.pattern.id == format) else {
            return true;
        };
        let (rule, lists) = (&ready.rule, &ready.rule.allowlists);
        let is_elsewhere = |regex: &Regex| !regex.is_match(path.as_bytes());
        if rule.path.as_ref().is_some_and(is_elsewhere)
            || lists.iter().any(|list| list.excuses_path(path))
        {
            return false;
        }
        let bits = outcome.and_then(|text| text.strip_prefix(OUTCOME));
        let bits = bits
            .and_then(|bits| bits.parse::<usize>().ok())
            .unwrap_or(0);
        let mut conditional = lists
            .iter()
            .filter(|list| list.is_conditional())
            .enumerate();
        !conditional.any(|(n, list)| bits & 1 << n != 0 && list.has_path(path))
    }
}

impl Ready {
    fn find(&'static self, bytes: &[u8], values: &mut Values) {
        let rule = &self.rule;
        for captures in rule.regex.captures_iter(bytes) {
            if values.is_full() {
                return;
            }
            let Some((span, matched)) = rule.secret(bytes, &captures) else {
                continue;
            };
            let secret = bytes.get(span.clone()).unwrap_or_default();
            if secret.is_empty() || rule.entropy > 0.0 && entropy(secret) <= rule.entropy {
                continue;
            }
            let seen = Seen {
                secret,
                matched: bytes.get(matched.clone()).unwrap_or_default(),
                line: lines(bytes, &matched),
            };
            let lists = &rule.allowlists;
            if lists
                .iter()
                .any(|list| !list.is_conditional() && list.excuses(seen))
            {
                continue;
            }
            let conditional = lists
                .iter()
                .filter(|list| list.is_conditional())
                .enumerate();
            let outcome = conditional.fold(0_usize, |bits, (n, list)| {
                bits | usize::from(list.excuses(seen)) << n
            });
            values.list.push(Value {
                pattern: &self.pattern,
                span,
                bytes: Zeroizing::new(secret.to_vec()),
                strength: Some(match strength(secret) >= MIN_STRONG_BITS {
                    true => Strength::Strong,
                    false => Strength::Weak,
                }),
                outcome: match outcome {
                    0 => None,
                    bits => self.outcomes.get(bits).map(String::as_str),
                },
            });
        }
    }
}

impl Rule {
    /// Returns where the secret of a match stands, and all of the match, both without line
    /// breaks around them.
    fn secret(&self, bytes: &[u8], captures: &Captures<'_>) -> Option<(Span, Span)> {
        let whole = trimmed(bytes, captures.get(0)?.range());
        let group = match self.group {
            // The first group that took part and holds anything.
            0 => {
                let mut groups = captures.iter().skip(1).flatten();
                groups.find(|group| !group.is_empty())
            }
            group => captures.get(group),
        };
        let span = match (self.group, group) {
            (_, Some(group)) => trimmed(bytes, group.range()),
            (0, None) => whole.clone(),
            (_, None) => return None,
        };
        Some((span, whole))
    }
}

fn trimmed(bytes: &[u8], mut span: Span) -> Span {
    let at = |i: usize| bytes.get(i).copied();
    while span.start < span.end && at(span.start) == Some(b'\n') {
        span.start += 1;
    }
    while span.end > span.start && at(span.end - 1) == Some(b'\n') {
        span.end -= 1;
    }
    span
}

/// Returns the lines that a match stands in, as far as they are near.
fn lines<'a>(bytes: &'a [u8], span: &Span) -> &'a [u8] {
    /// Bytes before and behind a match that count as its line.
    const NEAR: usize = 4096;
    let from = span.start.saturating_sub(NEAR);
    let to = span.end.saturating_add(NEAR).min(bytes.len());
    let before = bytes.get(from..span.start).unwrap_or_default();
    let behind = bytes.get(span.end..to).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(from, |at| from + at + 1);
    let end = memchr::memchr(b'\n', behind).map_or(to, |at| span.end + at);
    bytes.get(start..end).unwrap_or_default()
}

/// Returns the Shannon entropy of a text, in bits for each byte.
fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for &byte in text {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let len = text.len() as f64;
    let shares = counts
        .iter()
        .filter(|n| **n > 0)
        .map(|n| f64::from(*n) / len);
    -shares.map(|share| share * share.log2()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_that_of_shannon() {
        assert!(entropy(b"aaaa").abs() < 1e-9);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
        assert!((entropy(b"aabb") - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_line_is_what_stands_around_a_match() {
        assert_eq!(lines(b"a\nb c d\ne", &(4..5)), b"b c d");
        assert_eq!(lines(b"b c", &(0..3)), b"b c");
    }
}
