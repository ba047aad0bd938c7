//! Reports: what was found, in the shapes that people and machines read.
//!
//! Last of the flow. A [`Report`] is built from findings and notices, types
//! that cannot hold a secret, and every shape is written from it alone. What
//! comes from scanned data (paths, key ids, member names) and from lists (names,
//! owners) is hostile: each shape escapes it for its medium, with [`escape`].
//!
//! The same findings give the same bytes, in whatever order they were made:
//! shapes for machines carry no time and no duration. The one exception is
//! GitLab's, whose schema demands a start and an end ([`Stats::started`]).

pub mod escape;
mod fingerprint;
mod github;
mod gitlab;
mod hook;
mod human;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod output;
mod properties;
mod repository;
mod sarif;
mod summary;

#[cfg(test)]
mod sample;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use self::hook::Occasion;
pub use self::human::Look;
pub use self::json::SCHEMA;
pub use self::output::Output;
pub use self::repository::address;
pub use self::sarif::Profile;
pub(crate) use self::sarif::SCHEMA as SARIF_SCHEMA;
use crate::finding::{Finding, Notice, NoticeReason, Place};
use crate::policy::{FailOn, Stale};

/// Everything that a scan has to tell.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was found.
    pub findings: Vec<Finding>,
    /// What was not read, or not decoded, in full.
    pub notices: Vec<Notice>,
    /// What was passed over by design, or not looked into to the end: counted in
    /// every report, told one by one to a person who asks twice.
    pub passed_over: Vec<Notice>,
    /// Root of the repository that a PATH lies in, above it: its history was not asked for.
    pub above: Option<String>,
    /// How many of each kind, with those in `notices`.
    pub skipped: BTreeMap<NoticeReason, u64>,
    /// What was read.
    pub stats: Stats,
    /// The list that was used.
    pub inventory: Option<ListInfo>,
    /// The PATH arguments, as shown.
    pub roots: Vec<String>,
    /// Repositories at or below them.
    pub repositories: Vec<Provenance>,
    /// URIs of files that only the history has.
    pub gone: BTreeSet<String>,
    /// URI of a file at the root that is there, to stand for those.
    pub anchor: Option<String>,
    /// From which findings on the scan fails.
    pub fail_on: FailOn,
    /// Whether password trials were on.
    pub trials: bool,
    /// Whether a decoder that gave up makes the scan incomplete.
    pub strict: bool,
    /// Allow entries that somebody should look at.
    pub stale: Vec<Stale>,
}

/// How much was read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Files of trees.
    pub files: u64,
    /// Files of trees that were not read, because they are as an earlier scan saw them.
    pub unchanged: u64,
    /// Agents that said which keys they hold.
    pub live: u64,
    /// Environments of processes that were read.
    pub environments: u64,
    /// Environments of processes that may not be read.
    pub closed_environments: u64,
    /// Blobs of git object databases.
    pub blobs: u64,
    /// Of these: known from an earlier scan, and read again for token proof.
    pub again: u64,
    /// Of the objects that were swept, messages among them: those that had a trigger, and were
    /// scanned whole.
    pub triggered: u64,
    /// Bytes of both.
    pub bytes: u64,
    /// Repositories whose history was swept.
    pub repositories: u64,
    /// Archives and compressed streams that were looked into.
    pub archives: u64,
    /// Members of them that were scanned.
    pub members: u64,
    /// Bytes of members.
    pub member_bytes: u64,
    /// How long it took.
    pub duration: Duration,
    /// When it began; written by GitLab's shape alone.
    pub started: Option<jiff::Timestamp>,
}

/// The list that findings were matched against.
#[derive(Clone, Debug, Default)]
pub struct ListInfo {
    /// Where it was read from.
    pub path: String,
    /// Its name.
    pub list_id: String,
    /// Who issued it.
    pub org: String,
    /// Its version.
    pub version: u64,
    /// RFC 3339 time of issue.
    pub issued_at: Option<String>,
    /// How many whole days ago that was.
    pub age_days: Option<i64>,
    /// RFC 3339 time after which it may no longer say "clean".
    pub expires_at: Option<String>,
    /// Whether that time has passed.
    pub expired: bool,
    /// Key id of the signature that was verified, or `None` if none was.
    pub signer: Option<String>,
    /// How many key versions it lists.
    pub entries: u64,
}

/// A repository that was scanned.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Provenance {
    /// Its root, as shown.
    pub root: String,
    /// Where it was cloned from, as git's configuration says.
    pub uri: Option<String>,
    /// The commit that is checked out.
    pub revision: Option<String>,
    /// The branch that is checked out.
    pub branch: Option<String>,
}

/// What a scan comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was read, and no finding reaches the threshold.
    Clean,
    /// A finding reaches the threshold.
    Findings,
    /// No finding does, but we cannot vouch for it.
    Incomplete,
}

impl Outcome {
    /// Returns the exit code.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Incomplete => 2,
        }
    }

    /// Returns the word that reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Findings => "findings",
            Self::Incomplete => "incomplete",
        }
    }
}

impl Report {
    /// Counts a notice, and keeps it if it says that something was not read;
    /// what [`Report::strict`] adds to that must be set before.
    #[cfg(test)]
    pub(crate) fn notice(&mut self, notice: Notice) {
        let count = self.skipped.entry(notice.reason).or_default();
        *count = count.saturating_add(1);
        match self.counts_against(notice.reason) {
            true => self.notices.push(notice),
            false => self.passed_over.push(notice),
        }
    }

    /// Whether a notice of this kind means that we cannot vouch.
    #[must_use]
    pub fn counts_against(&self, reason: NoticeReason) -> bool {
        reason.is_incomplete() || (self.strict && reason == NoticeReason::Undecoded)
    }

    /// Whether everything that was asked for was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let counted = self
            .skipped
            .iter()
            .filter(|(_, n)| **n > 0)
            .map(|(r, _)| *r);
        let mut reasons = counted.chain(self.notices.iter().map(|n| n.reason));
        !reasons.any(|reason| self.counts_against(reason))
    }

    /// Whether a list was used that may no longer say "clean".
    #[must_use]
    pub fn is_list_expired(&self) -> bool {
        self.inventory.as_ref().is_some_and(|list| list.expired)
    }

    /// Returns what the scan comes to. Findings beat incompleteness: a person
    /// who is told of a key must not be told to look at a file mode instead.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.findings.iter().any(|f| self.fails(f)) {
            Outcome::Findings
        } else if !self.is_complete() || self.is_list_expired() {
            Outcome::Incomplete
        } else {
            Outcome::Clean
        }
    }

    /// Whether a finding fails the scan.
    #[must_use]
    pub fn fails(&self, finding: &Finding) -> bool {
        !finding.is_suppressed() && self.fail_on.reached(finding.rule)
    }

    /// Returns the findings that are not suppressed, in order.
    #[must_use]
    pub fn active(&self) -> Vec<&Finding> {
        let mut findings = self.ordered();
        findings.retain(|finding| !finding.is_suppressed());
        findings
    }

    /// Returns how many findings are suppressed.
    #[must_use]
    pub fn suppressed(&self) -> usize {
        self.findings.iter().filter(|f| f.is_suppressed()).count()
    }

    /// Returns the exit code of the outcome.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.outcome().exit_code()
    }

    /// Returns the findings in the order of every shape: worst rule first, then
    /// by subject, then by first place.
    #[must_use]
    pub fn ordered(&self) -> Vec<&Finding> {
        let mut findings: Vec<&Finding> = self.findings.iter().collect();
        findings.sort_by(|a, b| {
            let key = |f: &Finding| (f.rule, f.subject_id().map(str::to_owned));
            (key(a), a.places.iter().min()).cmp(&(key(b), b.places.iter().min()))
        });
        findings
    }

    /// Returns what was not read and should have been, in order and once each.
    fn ordered_notices(&self) -> Vec<&Notice> {
        in_order(self.notices.iter())
    }

    /// Returns what was read but not looked into, in order and once each.
    fn ordered_warnings(&self) -> Vec<&Notice> {
        let undecoded = |notice: &&Notice| notice.reason == NoticeReason::Undecoded;
        in_order(self.passed_over.iter().filter(undecoded))
    }
}

fn in_order<'a>(notices: impl Iterator<Item = &'a Notice>) -> Vec<&'a Notice> {
    let mut notices: Vec<&Notice> = notices.collect();
    notices.sort();
    notices.dedup();
    notices
}

impl Place {
    /// Returns the path of the file itself as code hosts know it: from the root of its
    /// repository.
    fn hosted(&self) -> String {
        match self.uri.is_empty() {
            true => self.container().to_owned(),
            false => escape::unescaped_uri(&self.uri),
        }
    }

    /// Returns the path of the file itself, without archive members.
    fn container(&self) -> &str {
        let members = format!("!{}", self.origin.members.join("!"));
        match self.origin.members.is_empty() {
            true => &self.path,
            false => self.path.strip_suffix(&members).unwrap_or(&self.path),
        }
    }
}

impl Finding {
    /// Returns the places in the order they are told in: best proven first,
    /// then those where the key still stands, then by path; suppressed ones last.
    fn told(&self) -> Vec<&Place> {
        let mut places: Vec<&Place> = self.places.iter().collect();
        places.sort_by_key(|p| {
            let is_suppressed = p.suppression.is_some();
            (is_suppressed, p.manner.proof, !p.is_current(), *p)
        });
        places
    }

    /// Returns the places that are not suppressed, in the same order.
    fn told_active(&self) -> Vec<&Place> {
        let mut places = self.told();
        places.retain(|place| place.suppression.is_none());
        places
    }
}

#[cfg(test)]
mod tests {
    use super::sample::{finding, notice, report};
    use super::*;
    use crate::finding::{Reach, RuleId};

    /// Section 6 of the design, row by row.
    #[test]
    fn exit_codes() {
        let unread = NoticeReason::Unreadable;
        let by_design = NoticeReason::Link;
        let undecoded = NoticeReason::Undecoded;
        let expired = ListInfo {
            expired: true,
            ..ListInfo::default()
        };
        let rows = [
            (None, None, None, FailOn::Private, false, 0),
            (
                Some(RuleId::PrivateKey),
                None,
                None,
                FailOn::Private,
                false,
                1,
            ),
            (
                Some(RuleId::PrivateKey),
                None,
                None,
                FailOn::Managed,
                false,
                0,
            ),
            (
                Some(RuleId::AgreementKey),
                None,
                None,
                FailOn::Private,
                false,
                0,
            ),
            (
                Some(RuleId::PublishedKey),
                None,
                None,
                FailOn::Any,
                false,
                1,
            ),
            (
                Some(RuleId::ManagedKeyProd),
                None,
                None,
                FailOn::Never,
                false,
                0,
            ),
            (None, Some(unread), None, FailOn::Private, false, 2),
            (
                Some(RuleId::PrivateKey),
                Some(unread),
                None,
                FailOn::Private,
                false,
                1,
            ),
            (
                Some(RuleId::PrivateKey),
                Some(unread),
                None,
                FailOn::Never,
                false,
                2,
            ),
            (None, Some(by_design), None, FailOn::Private, true, 0),
            (None, Some(undecoded), None, FailOn::Private, false, 0),
            (None, Some(undecoded), None, FailOn::Private, true, 2),
            (
                None,
                None,
                Some(ListInfo::default()),
                FailOn::Private,
                false,
                0,
            ),
            (None, None, Some(expired.clone()), FailOn::Private, false, 2),
            (
                Some(RuleId::ManagedKey),
                None,
                Some(expired),
                FailOn::Private,
                false,
                1,
            ),
        ];
        for (number, (rule, reason, inventory, fail_on, strict, code)) in
            rows.into_iter().enumerate()
        {
            let mut report = Report {
                inventory,
                fail_on,
                strict,
                ..Report::default()
            };
            report
                .findings
                .extend(rule.map(|rule| finding(rule, 1, &["a.pem"])));
            if let Some(reason) = reason {
                report.notice(notice(reason, "x"));
            }
            assert_eq!(report.exit_code(), code, "row {number}");
        }
    }

    #[test]
    fn by_design_notices_are_only_counted() {
        let mut report = Report::default();
        report.notice(notice(NoticeReason::Link, "a"));
        report.notice(notice(NoticeReason::Link, "b"));
        report.notice(notice(NoticeReason::TooLarge, "c"));
        assert_eq!(report.notices.len(), 1);
        assert_eq!(report.skipped.get(&NoticeReason::Link), Some(&2));
        assert_eq!(report.skipped.get(&NoticeReason::TooLarge), Some(&1));
    }

    #[test]
    fn order_of_findings_is_theirs_alone() {
        let sorted = report();
        let mut shuffled = sorted.clone();
        shuffled.findings.reverse();
        let names = |r: &Report| -> Vec<String> {
            r.ordered()
                .iter()
                .map(|f| format!("{:?} {:?}", f.rule, f.subject_id()))
                .collect()
        };
        assert_eq!(names(&sorted), names(&shuffled));
        assert_eq!(
            sorted.ordered().first().unwrap().rule,
            RuleId::ManagedKeyProd
        );
    }

    #[test]
    fn told_first_is_the_proven_place_that_still_stands() {
        let mut finding = finding(RuleId::ManagedKey, 1, &["a", "b", "c"]);
        let old = |reach| crate::finding::History {
            commit: None,
            first_seen: None,
            reach,
            blob: "00".into(),
        };
        finding.places[0].history = Some(old(Reach::History));
        finding.places[1].history = Some(old(Reach::Tip));
        finding.places[2].manner.proof = crate::finding::Proof::Sealed;
        let told: Vec<&str> = finding.told().iter().map(|p| p.path.as_str()).collect();
        assert_eq!(told, ["b", "a", "c"]);
    }
}
