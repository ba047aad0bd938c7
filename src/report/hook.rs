//! What a git hook says: as short as it can be and still help.
//!
//! Per key: where it stands, which key it is, how to go on, how to allow it.
//! Everything that is not our own text goes through [`escape::terminal`].

use std::io;

use super::{Outcome, Report, escape, summary};
use crate::finding::{CommentSays, Finding, Place};
use crate::wire::shell;

/// Keys that are told: what does not fit a screen is not read in a hook.
const MAX_FINDINGS: usize = 10;

/// Places of one key that are told.
const MAX_PLACES: usize = 3;

/// Notices that are told.
const MAX_NOTICES: usize = 5;

/// What a hook is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A commit that is about to be made.
    Commit,
    /// A merge that git is about to commit.
    Merge,
    /// A push that is about to leave.
    Push,
    /// A push that has arrived.
    Receive,
}

impl Occasion {
    /// Returns the word for it.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Merge => "merge",
            Self::Push | Self::Receive => "push",
        }
    }

    /// How the key is taken out of it.
    fn way_out(self, finding: &Finding, has_commits: bool) -> String {
        match self {
            Self::Commit => {
                let mut files: Vec<&str> = finding.told_active().iter().map(file).collect();
                files.dedup();
                let more = files.len().checked_sub(MAX_PLACES).filter(|n| *n > 0);
                let files = files
                    .iter()
                    .take(MAX_PLACES)
                    .map(|path| format!(" {}", shell::quoted(&pathspec(&escape::terminal(path)))));
                let files: String = files.collect();
                let command = match has_commits {
                    true => "git restore --staged --",
                    false => "git rm --cached --",
                };
                let more = more.map(|n| format!(" (and {n} more)")).unwrap_or_default();
                format!("`{command}{files}`{more} takes it out of the commit")
            }
            Self::Merge => "a key that the other branch brings stays in its commits: `straykey scan --range \
                HEAD..MERGE_HEAD` shows them; mend that branch first, and end this merge by `git merge --abort`, \
                with which what was resolved is lost"
                .to_owned(),
            Self::Push | Self::Receive => {
                "`git rebase -i` or `git commit --amend` takes it out of the commits; a later commit \
                that deletes it does not"
                    .to_owned()
            }
        }
    }
}

/// Writes the text; nothing when there is nothing to say.
pub(super) fn write(
    report: &Report,
    occasion: Occasion,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let active = report.active();
    let (stopping, others): (Vec<&Finding>, Vec<&Finding>) =
        active.into_iter().partition(|f| report.fails(f));
    let noun = occasion.noun();
    let mut repositories = report.repositories.iter();
    let has_commits = repositories.all(|repository| repository.revision.is_some());
    if !stopping.is_empty() {
        let keys = summary::count(stopping.len().try_into().unwrap_or(u64::MAX), "finding");
        writeln!(out, "straykey stops this {noun}: {keys}.\n")?;
        for finding in stopping.iter().take(MAX_FINDINGS) {
            block(finding, occasion, has_commits, out)?;
        }
        if let Some(more) = summary::further(stopping.len(), MAX_FINDINGS) {
            writeln!(out, "… and {more} more.\n")?;
        }
    }
    for finding in others.iter().take(MAX_FINDINGS) {
        let place = places(finding).into_iter().next().unwrap_or_default();
        let rule = finding.rule.as_str();
        writeln!(
            out,
            "straykey: {rule} at {place}, which does not stop the {noun}"
        )?;
    }
    for notice in report.ordered_notices().iter().take(MAX_NOTICES) {
        let (path, detail) = (
            escape::terminal(&notice.path),
            escape::terminal(&notice.detail),
        );
        writeln!(out, "straykey: not read: {path}: {detail}")?;
    }
    for entry in &report.stale {
        let (about, source) = (
            escape::terminal(&entry.about),
            escape::terminal(&entry.source),
        );
        writeln!(
            out,
            "straykey: allow entry {}: {about} in {source}",
            entry.why.as_str()
        )?;
    }
    if report.suppressed() > 0 && stopping.is_empty() {
        let n = summary::count(
            report.suppressed().try_into().unwrap_or(u64::MAX),
            "finding",
        );
        writeln!(out, "straykey: {n} suppressed, nothing else found")?;
    }
    if report.is_list_expired() {
        writeln!(
            out,
            "straykey: {}; keys that it does not have yet are not recognised",
            escape::terminal(&summary::list(report))
        )?;
    }
    if report.outcome() == Outcome::Incomplete && !report.is_complete() {
        writeln!(out, "straykey cannot vouch for this {noun}, and stops it.")?;
    }
    Ok(())
}

/// Writes what there is to say about one key.
fn block(
    finding: &Finding,
    occasion: Occasion,
    has_commits: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let rule = finding.rule.rule();
    let places = places(finding);
    let lead = places.first().map_or("", String::as_str);
    writeln!(out, "{} at {lead}", rule.id.as_str())?;
    for place in places.iter().skip(1).take(MAX_PLACES - 1) {
        writeln!(out, "  and at {place}")?;
    }
    if let Some(more) = summary::further(places.len(), MAX_PLACES) {
        writeln!(out, "  and at {more} more")?;
    }
    writeln!(out, "  {}", escape::terminal(&finding.message))?;
    writeln!(out, "  fix    {}.", occasion.way_out(finding, has_commits))?;
    writeln!(out, "         {}", rule.now)?;
    match finding.allow_id() {
        _ if occasion == Occasion::Receive => {
            writeln!(
                out,
                "  allow  what a repository allows does not count on this server"
            )?;
        }
        Some(id) => writeln!(out, "  allow  straykey allow {id} --reason TEXT")?,
        None => writeln!(
            out,
            "  allow  it has no id: `straykey baseline create` writes down what is known"
        )?,
    }
    let commented = finding.places.iter().filter_map(|place| place.comment);
    if let Some(comment) = commented.min_by_key(|comment| comment.says) {
        let why = match comment.says {
            CommentSays::AnotherKey => "is not for this key",
            CommentSays::NoReason => "has no reason",
            CommentSays::Allow => "is not believed here",
        };
        writeln!(
            out,
            "         the straykey:allow on line {} {why}",
            comment.line
        )?;
    }
    writeln!(out, "  more   straykey explain {}\n", rule.id.as_str())
}

/// Returns what names a file to git from the root, wherever the command is typed. Signs at the
/// beginning, and those of globs, would mean something else.
fn pathspec(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    match path.starts_with(|c: char| c.is_alphanumeric() || c == '.') && path.chars().all(is_plain)
    {
        true => format!(":/{path}"),
        false => format!(":(top,literal){path}"),
    }
}

/// Returns the file of a place, without members.
fn file<'p>(place: &&'p Place) -> &'p str {
    let members = place.origin.members.iter().map(|member| member.len() + 1);
    let len = place.path.len().saturating_sub(members.sum());
    place.path.get(..len).unwrap_or(&place.path)
}

/// Returns where a key stands.
fn places(finding: &Finding) -> Vec<String> {
    let told = finding.told_active().into_iter();
    told.map(|place| {
        let commit = place.history.as_ref().and_then(|h| h.commit.as_deref());
        let commit = commit.map(|id| format!(" (commit {})", id.get(..12).unwrap_or(id)));
        format!(
            "{}:{}{}",
            escape::terminal(&place.path),
            place.region.line,
            commit.unwrap_or_default()
        )
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Output;
    use super::super::sample::{self, bytes, finding};
    use super::*;
    use crate::finding::{RuleId, Suppression, SuppressionKind};

    fn text(report: &Report) -> String {
        String::from_utf8(bytes(Output::Hook(Occasion::Commit), report)).unwrap()
    }

    #[test]
    fn says_what_where_which_and_how_to_go_on() {
        let report = Report {
            findings: vec![finding(RuleId::ManagedKeyProd, 1, &["src/config.py"])],
            ..Report::default()
        };
        let text = text(&report);
        let id = report.findings[0].allow_id().unwrap();
        for part in [
            "straykey stops this commit: 1 finding.",
            "managed-key-prod at src/config.py:7\n",
            "Private Ed25519 key of",
            "git restore --staged",
            &format!("straykey allow {id} --reason TEXT"),
            "straykey explain managed-key-prod",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(text.lines().count() < 12, "{text}");
    }

    #[test]
    fn nothing_to_say_is_silence_and_suppressed_is_counted() {
        let mut report = Report::default();
        assert_eq!(text(&report), "");
        let mut allowed = finding(RuleId::PrivateKey, 1, &["a.pem"]);
        allowed.places[0].suppression = Some(Suppression {
            kind: SuppressionKind::Allow,
            source: "x".into(),
            reason: None,
            approver: None,
            expires: None,
        });
        report.findings.push(allowed);
        assert_eq!(
            text(&report),
            "straykey: 1 finding suppressed, nothing else found\n"
        );
        assert_eq!(report.exit_code(), 0);
    }

    #[test]
    fn no_scanned_byte_acts_on_the_terminal() {
        let text = text(&sample::report());
        assert!(
            !text.chars().any(|c| c.is_control() && c != '\n'),
            "{text:?}"
        );
        assert!(!text.lines().any(|line| line.starts_with("::")), "{text}");
    }
}
