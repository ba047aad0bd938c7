//! The summary of a CI job, in Markdown.
//!
//! What the scan comes to, a table of the findings, and for each rule what to
//! do now. A job summary holds 1 MiB; what is written here stays below it.

use std::collections::BTreeSet;
use std::io;

use super::{Report, escape, summary};
use crate::finding::{Finding, RuleId};

/// Rows of the table. A row has at most about 2 kB, of which most is names, so
/// that a full table stays below the limit of a job summary.
const MAX_ROWS: usize = 200;

/// Places that a row shows.
const SHOWN_PLACES: usize = 3;

/// Notices that are listed.
const MAX_NOTICES: usize = 20;

/// Characters of a path that a row shows; what is left out is its beginning.
const MAX_PATH_CHARS: usize = 160;

/// Writes the text.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "## straykey\n")?;
    writeln!(out, "**{}**\n", escape::markdown(&summary::verdict(report)))?;
    let findings = report.active();
    if !findings.is_empty() {
        writeln!(out, "| level | rule | key | where | proof |")?;
        writeln!(out, "|---|---|---|---|---|")?;
        for finding in findings.iter().take(MAX_ROWS) {
            row(finding, out)?;
        }
        writeln!(out)?;
        if let Some(more) = summary::further(findings.len(), MAX_ROWS) {
            writeln!(out, "… and {more} more.\n")?;
        }
        let rules: BTreeSet<RuleId> = findings.iter().map(|f| f.rule).collect();
        writeln!(out, "### What to do now\n")?;
        for rule in rules {
            let rule = rule.rule();
            writeln!(out, "- **{}**: {}", rule.id.as_str(), rule.now)?;
        }
        writeln!(out, "\n`straykey explain RULE` says more.\n")?;
    }
    notices(report, out)?;
    stale(report, out)?;
    writeln!(
        out,
        "{}.  ",
        escape::markdown(&summary::counts(report, None))
    )?;
    writeln!(out, "{}.", escape::markdown(&summary::list(report)))
}

/// Writes the row of one finding.
fn row(finding: &Finding, out: &mut dyn io::Write) -> io::Result<()> {
    let told = finding.told_active();
    let mut places: Vec<String> = told
        .iter()
        .take(SHOWN_PLACES)
        .map(|place| {
            let path = code(&tail(&place.path));
            format!("{path} line {}", place.region.line)
        })
        .collect();
    if let Some(more) = summary::further(told.len(), SHOWN_PLACES) {
        places.push(format!("and {more} more"));
    }
    let id = finding
        .subject_id()
        .map(|id| code(id.get(..16).unwrap_or(id)));
    let mut key = escape::markdown(&finding.message);
    if let Some(git) = summary::in_git_only(finding) {
        key.push(' ');
        key.push_str(&escape::markdown(&git));
    }
    if let Some(id) = id {
        key.push_str("<br>");
        key.push_str(&id);
    }
    writeln!(
        out,
        "| {} | {} | {key} | {} | {} |",
        finding.level.as_str(),
        finding.rule.as_str(),
        places.join("<br>"),
        finding.proof().as_str(),
    )
}

/// Returns text in a fixed width, in which nothing is markup and nobody is
/// mentioned.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escape::markdown(text))
}

/// Returns the end of a path, which says more than its beginning.
fn tail(path: &str) -> String {
    let chars = path.chars().count();
    match chars.checked_sub(MAX_PATH_CHARS).filter(|over| *over > 0) {
        Some(over) => format!("…{}", path.chars().skip(over).collect::<String>()),
        None => path.to_owned(),
    }
}

/// Writes which allow entries somebody should look at.
fn stale(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    if report.stale.is_empty() {
        return Ok(());
    }
    writeln!(out, "### Allow entries to look at\n")?;
    for entry in report.stale.iter().take(MAX_NOTICES) {
        let (about, source) = (code(&entry.about), code(&entry.source));
        writeln!(out, "- {}: {about} in {source}", entry.why.as_str())?;
    }
    if let Some(more) = summary::further(report.stale.len(), MAX_NOTICES) {
        writeln!(out, "- and {more} more")?;
    }
    writeln!(out)
}

/// Writes what was not read.
fn notices(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let notices = report.ordered_notices();
    if notices.is_empty() {
        return Ok(());
    }
    writeln!(out, "### Not read\n")?;
    for notice in notices.iter().take(MAX_NOTICES) {
        let (path, detail) = (code(&tail(&notice.path)), escape::markdown(&notice.detail));
        writeln!(out, "- {}: {path}: {detail}", notice.reason.as_str())?;
    }
    if let Some(more) = summary::further(notices.len(), MAX_NOTICES) {
        writeln!(out, "- and {more} more")?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::super::Output;
    use super::super::sample::{self, bytes};
    use super::*;

    fn text(report: &Report) -> String {
        String::from_utf8(bytes(Output::Markdown, report)).unwrap()
    }

    #[test]
    fn rows_have_five_cells_and_no_foreign_markup() {
        let text = text(&sample::report());
        let rows: Vec<&str> = text.lines().filter(|l| l.starts_with('|')).collect();
        assert_eq!(rows.len(), 2 + 6);
        assert!(
            rows.iter().all(|row| row.matches('|').count() == 6),
            "{text}"
        );
        let tags = ["code>", "/code>", "br>"];
        assert!(
            text.split('<')
                .skip(1)
                .all(|rest| tags.iter().any(|tag| rest.starts_with(tag))),
            "{text}"
        );
        assert!(!text.contains(['@', '[', '\u{1b}', '\u{202e}']), "{text}");
    }

    #[test]
    fn a_thousand_keys_fit_a_job_summary() {
        let path = format!("{}/key.pem", "|".repeat(4000));
        let report = Report {
            findings: (0..1000)
                .map(|_| sample::finding(RuleId::ManagedKey, 9, &[&path]))
                .collect(),
            ..Report::default()
        };
        let text = text(&report);
        assert!(text.len() < 1 << 20, "{}", text.len());
        assert!(text.contains("and 800 more"));
    }

    #[test]
    fn a_clean_scan_says_so() {
        let mut report = Report::default();
        report.stats.files = 2;
        assert!(
            text(&report).contains("**Clean&#58; everything was read, and no key was found.**")
        );
    }
}
