//! Which findings count for nothing, because somebody said so and why.
//!
//! An allowance is about one key, never about a line or a file: it is keyed by
//! the key's identity, a secret's id, or the SHA-256 of an encrypted container.
//! What has no id (a weak secret, what does not parse) is keyed by rule, path
//! and its number in the file, so that one more is one more. Nothing is taken
//! out of a report here: places are marked, and the reports leave out what is
//! marked where their reader cannot see marks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use globset::{GlobBuilder, GlobMatcher};
use jiff::civil::Date;

use crate::finding::{CommentSays, Finding, Place, RuleId, Subject, Suppression, SuppressionKind};

/// Characters of a reason that are kept: it is shown in every full report.
const MAX_REASON_CHARS: usize = 400;

/// What an allowance is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A key, secret or container.
    Id(String),
    /// The finding of this number, from 1, that this rule has in a file and
    /// that has no id.
    Numbered {
        /// Which rule.
        rule: RuleId,
        /// Path from the folder of the configuration.
        path: String,
        /// Which of them.
        number: u64,
    },
}

impl Target {
    /// Reads an id: 64 hexadecimal digits (a key's `spki-sha256`, a container),
    /// 32 (a secret) or `SHA256:…` as ssh-keygen prints it.
    pub fn id(text: &str) -> Result<Self, AllowError> {
        let text = text.trim();
        if let Some(print) = text.strip_prefix("SHA256:") {
            let is_print = print.len() == 43
                && print
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
            return match is_print {
                true => Ok(Self::Id(text.to_owned())),
                false => Err(AllowError::Id(text.to_owned())),
            };
        }
        let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match is_hex && matches!(text.len(), 32 | 64) {
            true => Ok(Self::Id(text.to_ascii_lowercase())),
            false => Err(AllowError::Id(text.to_owned())),
        }
    }
}

/// Why an allowance cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AllowError {
    /// No id.
    #[error(
        "`{0}` is no id; expected the whole id that the report shows: 64 hexadecimal digits, 32 for \
        a secret, or SHA256:… of an SSH key"
    )]
    Id(String),
    /// A path that is no glob.
    #[error("path: {0}")]
    Path(#[from] globset::Error),
    /// No reason.
    #[error("a reason is required")]
    NoReason,
    /// No date.
    #[error("`{0}` is no date; expected one such as 2027-01-31")]
    Date(String),
}

/// Somebody's word that a key counts for nothing.
#[derive(Clone, Debug)]
pub struct Allowance {
    target: Target,
    path: Where,
    reason: String,
    approver: Option<String>,
    expires: Option<Date>,
    kind: SuppressionKind,
    source: String,
}

/// Where an allowance holds.
#[derive(Clone, Debug)]
enum Where {
    /// Everywhere.
    Everywhere,
    /// In files that match.
    Glob(String, Box<GlobMatcher>),
    /// In one file; a baseline has thousands of these.
    File(String),
}

/// What an allowance says beside whom it is about.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Where it holds; everywhere without.
    pub path: Option<String>,
    /// Why.
    pub reason: String,
    /// Who agreed.
    pub approver: Option<String>,
    /// The last day on which it holds, such as `2027-01-31`.
    pub expires: Option<String>,
}

impl Allowance {
    /// Makes an allow entry that stands at `source`.
    pub fn new(target: Target, terms: Terms, source: String) -> Result<Self, AllowError> {
        let reason: String = terms.reason.trim().chars().take(MAX_REASON_CHARS).collect();
        if reason.is_empty() {
            return Err(AllowError::NoReason);
        }
        let path = match terms.path {
            None => Where::Everywhere,
            Some(glob) => {
                let built = GlobBuilder::new(&glob).literal_separator(true).build()?;
                Where::Glob(glob, Box::new(built.compile_matcher()))
            }
        };
        Ok(Self {
            target,
            path,
            reason,
            approver: terms.approver.filter(|name| !name.trim().is_empty()),
            expires: terms.expires.as_deref().map(date).transpose()?,
            kind: SuppressionKind::Allow,
            source,
        })
    }

    /// Makes an entry of a baseline: this, at this very path.
    pub(super) fn known(target: Target, path: &str, source: &str) -> Result<Self, AllowError> {
        let terms = Terms {
            reason: "in the baseline".to_owned(),
            ..Terms::default()
        };
        let mut allowance = Self::new(target, terms, source.to_owned())?;
        allowance.kind = SuppressionKind::Baseline;
        allowance.path = Where::File(path.to_owned());
        Ok(allowance)
    }

    /// Returns whom it is about.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether it holds at a path.
    fn holds_at(&self, path: &str) -> bool {
        match &self.path {
            Where::Everywhere => true,
            Where::Glob(_, glob) => glob.is_match(path),
            Where::File(file) => file == path,
        }
    }

    fn suppression(&self) -> Suppression {
        Suppression {
            kind: self.kind,
            source: self.source.clone(),
            reason: Some(self.reason.clone()),
            approver: self.approver.clone(),
            expires: self.expires.map(|day| day.to_string()),
        }
    }

    /// Returns whom it is about, in words.
    fn about(&self) -> String {
        match &self.target {
            Target::Id(id) => match &self.path {
                Where::Glob(path, _) | Where::File(path) => format!("{id} at {path}"),
                Where::Everywhere => id.clone(),
            },
            Target::Numbered { rule, path, number } => {
                format!("{} number {number} in {path}", rule.as_str())
            }
        }
    }
}

/// Reads a date.
pub fn date(text: &str) -> Result<Date, AllowError> {
    text.trim()
        .parse()
        .map_err(|_| AllowError::Date(text.to_owned()))
}

/// Returns the ids that an allowance of a finding may be keyed by, which takes a look at all of its
/// places.
fn ids(finding: &Finding) -> Vec<Target> {
    let ssh = match &finding.subject {
        Subject::Key(identity) => identity.ids.named("ssh-sha256"),
        _ => None,
    };
    let ids = finding
        .allow_id()
        .into_iter()
        .flat_map(|own| [Some(own), ssh]);
    ids.flatten().map(|id| Target::Id(id.to_owned())).collect()
}

/// All allowances of a scan.
#[derive(Clone, Debug, Default)]
pub struct Allowances {
    /// Entries of files and baselines.
    pub entries: Vec<Allowance>,
    /// Whether comments beside keys are believed.
    pub comments: bool,
    /// The folder that paths are relative to, absolute, without links.
    pub base: PathBuf,
}

/// An entry that the person who wrote it should look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Stale {
    /// What is wrong with it.
    pub why: StaleReason,
    /// Whom it is about.
    pub about: String,
    /// Where it stands.
    pub source: String,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StaleReason {
    /// Its last day has passed.
    Expired,
    /// Nothing that it is about was found.
    Unused,
    /// A nested repository's file that cannot be read: nothing in it is heeded.
    Unreadable,
}

impl StaleReason {
    /// Returns the word that reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Unused => "unused",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Allowances {
    /// Marks what is allowed on a day, and returns the entries that are stale.
    ///
    /// `path` names a place from [`Allowances::base`]; `None` are places that these are
    /// not about. Marks that places have remain. Only a scan of `everything` can say that
    /// an entry is unused, or expired without anybody noticing.
    pub fn apply(
        &self,
        findings: &mut [Finding],
        path: impl Fn(&Place) -> Option<String>,
        today: Date,
        everything: bool,
    ) -> Vec<Stale> {
        let numbers = numbers(findings, |place| path(place).unwrap_or_default());
        let mut by_target: BTreeMap<&Target, Vec<usize>> = BTreeMap::new();
        for (nth, entry) in self.entries.iter().enumerate() {
            by_target.entry(&entry.target).or_default().push(nth);
        }
        let mut used = BTreeSet::new();
        for (at, finding) in findings.iter_mut().enumerate() {
            let commented = self.commented(finding);
            let ids = ids(finding);
            let mut marks = Vec::with_capacity(finding.places.len());
            for (nth, place) in finding.places.iter().enumerate() {
                let Some(path) = path(place) else {
                    marks.push(None);
                    continue;
                };
                let number = numbers.get(&(at, nth)).copied();
                let mut mark = None;
                let numbered = number.map(|number| Target::Numbered {
                    rule: finding.rule,
                    path: path.clone(),
                    number,
                });
                let meant = match &numbered {
                    Some(one) => std::slice::from_ref(one),
                    None => ids.as_slice(),
                };
                let meant = meant.iter().filter_map(|key| by_target.get(key)).flatten();
                for &nth in meant {
                    let Some(entry) = self.entries.get(nth).filter(|e| e.holds_at(&path)) else {
                        continue;
                    };
                    used.insert(nth);
                    if entry.expires.is_none_or(|last| today <= last) {
                        mark = mark.or_else(|| Some(entry.suppression()));
                    }
                }
                marks.push(mark.or_else(|| {
                    commented.get(&place.path).cloned().filter(|_| {
                        let says = place.comment.map(|comment| comment.says);
                        !place.is_current() || says == Some(CommentSays::Allow)
                    })
                }));
            }
            for (place, mark) in finding.places.iter_mut().zip(marks) {
                place.suppression = place.suppression.take().or(mark);
            }
        }
        self.stale(&used, today, everything)
    }

    /// Returns paths where a comment allows the key as it stands now. It allows
    /// older versions of that file too: the same key, and a comment can no more
    /// be written there.
    fn commented(&self, finding: &Finding) -> BTreeMap<String, Suppression> {
        if !self.comments || finding.allow_id().is_none() {
            return BTreeMap::new();
        }
        let allowed = finding.places.iter().filter_map(|place| {
            let comment = place.comment.filter(|c| c.says == CommentSays::Allow)?;
            let suppression = Suppression {
                kind: SuppressionKind::Comment,
                source: format!("{}:{}", place.path, comment.line),
                reason: None,
                approver: None,
                expires: None,
            };
            Some((place.path.clone(), suppression))
        });
        allowed.collect()
    }

    fn stale(&self, used: &BTreeSet<usize>, today: Date, everything: bool) -> Vec<Stale> {
        let mut stale = Vec::new();
        let mut gone: BTreeMap<&str, u64> = BTreeMap::new();
        for (nth, entry) in self.entries.iter().enumerate() {
            let has_expired = entry.expires.is_some_and(|last| today > last);
            let why = match (has_expired, used.contains(&nth)) {
                (true, true) => StaleReason::Expired,
                (true, false) if everything => StaleReason::Expired,
                (false, false) if everything => StaleReason::Unused,
                _ => continue,
            };
            if entry.kind == SuppressionKind::Baseline {
                *gone.entry(&entry.source).or_default() += 1;
                continue;
            }
            stale.push(Stale {
                why,
                about: entry.about(),
                source: entry.source.clone(),
            });
        }
        // A baseline is not kept by hand: how many is enough.
        stale.extend(gone.into_iter().map(|(source, n)| Stale {
            why: StaleReason::Unused,
            about: format!("{n} of the baseline; `straykey baseline prune` takes them out"),
            source: source.to_owned(),
        }));
        stale.sort();
        stale.dedup();
        stale
    }
}

/// Counts what has no id, for each rule and version of a file, from 1.
pub(super) fn numbers(
    findings: &[Finding],
    path: impl Fn(&Place) -> String,
) -> BTreeMap<(usize, usize), u64> {
    let mut all = Vec::new();
    for (at, finding) in findings.iter().enumerate() {
        if finding.allow_id().is_none() {
            for (nth, place) in finding.places.iter().enumerate() {
                let version = (finding.rule, path(place), place.origin.object.clone());
                all.push((version, place.region, at, nth));
            }
        }
    }
    all.sort();
    let mut numbers = BTreeMap::new();
    let mut last = None;
    let mut number = 0;
    for (version, _, at, nth) in all {
        number = if last.as_ref() == Some(&version) {
            number + 1
        } else {
            1
        };
        last = Some(version);
        numbers.insert((at, nth), number);
    }
    numbers
}
