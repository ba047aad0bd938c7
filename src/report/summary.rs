//! The last line of a report for people, and the sentence that it may end in.
//!
//! "Clean" is said only when everything was read, nothing at all was found and
//! the list is fresh.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{ListInfo, Outcome, Report};
use crate::finding::{Finding, NoticeReason, Reach, RuleId, Suppression};
use crate::wire::shell;

/// Returns findings by rule, what was read, and what was skipped; for a person
/// also how long it took.
pub(super) fn counts(report: &Report, duration: Option<Duration>) -> String {
    let mut by_rule: BTreeMap<RuleId, u64> = BTreeMap::new();
    let active = report.active();
    for finding in &active {
        *by_rule.entry(finding.rule).or_default() += 1;
    }
    let rules: Vec<String> = by_rule
        .iter()
        .map(|(rule, n)| format!("{} {}", grouped(*n), rule.as_str()))
        .collect();
    let found = count(active.len().try_into().unwrap_or(u64::MAX), "finding");
    let found = match rules.is_empty() {
        true => "no findings".to_owned(),
        false => format!("{found} ({})", rules.join(", ")),
    };
    let stats = &report.stats;
    let mut read = vec![count(stats.files, "file")];
    if stats.repositories > 0 {
        read.push(format!(
            "{} of {}",
            count(stats.blobs, "blob"),
            repositories(stats.repositories)
        ));
    }
    if stats.archives > 0 {
        let members = count(stats.members, "member");
        read.push(format!("{members} of {}", count(stats.archives, "archive")));
    }
    read.push(size(stats.bytes));
    read.extend(duration.map(|d| format!("{:.2} s", d.as_secs_f64())));
    format!(
        "{found}{} in {}{}",
        suppressed(report),
        read.join(", "),
        skipped(report)
    )
}

/// Returns how many findings are suppressed, or nothing.
fn suppressed(report: &Report) -> String {
    match report.suppressed() {
        0 => String::new(),
        n => format!(", {} suppressed", grouped(n.try_into().unwrap_or(u64::MAX))),
    }
}

/// Returns who says that a place counts for nothing, and why.
pub(super) fn why(suppression: &Suppression) -> String {
    let mut text = format!("{} in {}", suppression.kind.as_str(), suppression.source);
    if let Some(reason) = &suppression.reason {
        text.push_str(&format!(": {reason}"));
    }
    if let Some(name) = &suppression.approver {
        text.push_str(&format!("; approved by {name}"));
    }
    if let Some(day) = &suppression.expires {
        text.push_str(&format!("; until {day}"));
    }
    text
}

/// Returns what was passed over, by reason, or nothing.
fn skipped(report: &Report) -> String {
    let reasons: Vec<String> = report
        .skipped
        .iter()
        .filter(|(_, n)| **n > 0)
        .map(|(reason, n)| format!("{} {}", grouped(*n), reason.as_str()))
        .collect();
    match reasons.is_empty() {
        true => String::new(),
        false => format!("; skipped: {}", reasons.join(", ")),
    }
}

/// Returns what the scan comes to, in a sentence that promises no more than
/// it can keep.
pub(super) fn verdict(report: &Report) -> String {
    let stats = &report.stats;
    let above = match (&report.above, report.outcome()) {
        (Some(root), Outcome::Clean) => format!(
            " The history of the repository above was not swept: scan {} for that.",
            shell::quoted(root)
        ),
        _ => String::new(),
    };
    let gave_up = report.passed_over.iter().any(|notice| {
        matches!(
            notice.reason,
            NoticeReason::Undecoded | NoticeReason::Untried
        )
    });
    let verdict = match report.outcome() {
        Outcome::Findings => {
            let reached = report.findings.iter().filter(|f| report.fails(f)).count();
            let incomplete = match report.is_complete() {
                true => "",
                false => " Not everything was read, so there may be more.",
            };
            format!(
                "Failed: {} at or above the threshold `{}`.{incomplete}",
                count(reached.try_into().unwrap_or(u64::MAX), "finding"),
                report.fail_on,
            )
        }
        Outcome::Incomplete if !report.is_complete() => {
            "Incomplete: something that was asked for was not read, so this does not say clean."
                .to_owned()
        }
        Outcome::Incomplete => {
            let until = report
                .inventory
                .as_ref()
                .and_then(|list| list.expires_at.as_deref());
            format!(
                "Incomplete: the list expired{}, so this does not say clean.",
                until.map(|time| format!(" at {time}")).unwrap_or_default()
            )
        }
        Outcome::Clean if !report.findings.is_empty() && report.active().is_empty() => {
            "Passed: all that was found is suppressed.".to_owned()
        }
        Outcome::Clean if !report.findings.is_empty() => {
            format!(
                "Passed: nothing at or above the threshold `{}`.",
                report.fail_on
            )
        }
        Outcome::Clean if stats.files == 0 && stats.blobs == 0 => {
            "Clean: there was nothing to read.".to_owned()
        }
        Outcome::Clean if gave_up => {
            "Clean, as far as it could be decoded: everything was read, and no key was found."
                .to_owned()
        }
        Outcome::Clean => "Clean: everything was read, and no key was found.".to_owned(),
    };
    verdict + &above
}

/// Returns which list was used, in one line.
pub(super) fn list(report: &Report) -> String {
    match &report.inventory {
        None => "no inventory: keys are found, but not said whose they are".to_owned(),
        Some(list) => {
            let ListInfo {
                list_id, org, path, ..
            } = list;
            let name = [list_id, org, path].into_iter().find(|n| !n.is_empty());
            let mut facts = vec![
                format!(
                    "inventory {}",
                    name.map_or("without a name", String::as_str)
                ),
                format!("version {}", list.version),
                match list.entries {
                    1 => "1 entry".to_owned(),
                    n => format!("{} entries", grouped(n)),
                },
            ];
            facts.extend(list.age_days.map(|days| match days {
                1 => "1 day old".to_owned(),
                days => format!("{days} days old"),
            }));
            facts.push(match &list.signer {
                Some(signer) => format!("signed by {signer}"),
                None => "signature not checked".to_owned(),
            });
            if let Some(time) = &list.expires_at {
                let word = if list.expired {
                    "EXPIRED"
                } else {
                    "valid until"
                };
                facts.push(format!("{word} {time}"));
            }
            facts.join(", ")
        }
    }
}

/// Returns what is to be known of a key that stands in no file, but in git's objects.
pub(super) fn in_git_only(finding: &Finding) -> Option<String> {
    let told = finding.told_active();
    let histories: Option<Vec<_>> = told.iter().map(|place| place.history.as_ref()).collect();
    let histories = histories.filter(|all| !all.is_empty())?;
    let best = histories.into_iter().min_by_key(|history| history.reach)?;
    let commit = best.commit.as_deref();
    let commit = commit.map(|id| format!(", commit {}", id.get(..12).unwrap_or(id)));
    Some(match best.reach {
        Reach::Tip | Reach::Index => return None,
        Reach::History => format!(
            "It stands in the history only{}: to delete a file does not take it out, and who has a clone \
            has the key.",
            commit.unwrap_or_default()
        ),
        Reach::Stash => "It stands in a stash only: `git stash list`, `git stash drop`.".to_owned(),
        Reach::Reflog => {
            "It stands only in commits that a reflog keeps, until git lets go of them (90 days).".to_owned()
        }
        Reach::Unreachable => "It is left over among git's objects, where no branch, tag or stash leads: `git gc --prune=now` \
            takes it away."
            .to_owned(),
    })
}

/// Returns how many more there are than are shown, if there are.
pub(super) fn further(all: usize, shown: usize) -> Option<usize> {
    all.checked_sub(shown).filter(|more| *more > 0)
}

/// Returns a number and its noun.
pub(super) fn count(n: u64, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n => format!("{} {noun}s", grouped(n)),
    }
}

/// Returns a number of repositories.
fn repositories(n: u64) -> String {
    match n {
        1 => "1 repository".to_owned(),
        n => format!("{} repositories", grouped(n)),
    }
}

/// Returns a number with a comma between thousands.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns a number of bytes in decimal units, as disks are sold.
fn size(bytes: u64) -> String {
    let units = [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
        (1_000, "kB"),
    ];
    for (unit, name) in units {
        if bytes >= unit {
            let tenths = u128::from(bytes) * 10 / u128::from(unit);
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
    }
    format!("{bytes} B")
}

#[cfg(test)]
mod tests {
    use super::super::sample::{finding, notice};
    use super::*;
    use crate::finding::NoticeReason;
    use crate::policy::FailOn;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_250_000), "1.2 MB");
        assert_eq!(size(u64::MAX), "18446744.0 TB");
    }

    #[test]
    fn clean_is_said_only_when_it_is() {
        let mut report = Report::default();
        assert_eq!(verdict(&report), "Clean: there was nothing to read.");
        report.stats.files = 3;
        assert!(verdict(&report).starts_with("Clean:"));
        report.notice(notice(NoticeReason::Link, "x"));
        assert!(verdict(&report).starts_with("Clean:"));
        report.inventory = Some(ListInfo {
            expired: true,
            ..ListInfo::default()
        });
        assert!(verdict(&report).starts_with("Incomplete: the list expired"));
        report.notice(notice(NoticeReason::Unreadable, "x"));
        assert!(verdict(&report).starts_with("Incomplete: something"));
        report.findings.push(finding(RuleId::PrivateKey, 1, &["a"]));
        assert!(verdict(&report).contains("there may be more"));
        let passed = Report {
            findings: vec![finding(RuleId::PublishedKey, 1, &["a"])],
            fail_on: FailOn::Managed,
            ..Report::default()
        };
        assert!(verdict(&passed).starts_with("Passed:"));
    }

    #[test]
    fn counts_name_rules_and_reasons() {
        let mut report = Report::default();
        report.stats.files = 1234;
        report.stats.bytes = 12_300_000;
        report.findings.push(finding(RuleId::PrivateKey, 1, &["a"]));
        report.notice(notice(NoticeReason::Link, "x"));
        assert_eq!(
            counts(&report, None),
            "1 finding (1 private-key) in 1,234 files, 12.3 MB; skipped: 1 link"
        );
    }
}
