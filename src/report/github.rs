//! Workflow commands that GitHub Actions turns into annotations.
//!
//! ```text
//! ::error file=NAME,line=N,endLine=N,col=N,endColumn=N,title=TEXT::MESSAGE
//! ```
//!
//! A command ends with its line, and a message or property can neither break the
//! line nor begin a command of its own (see [`escape::workflow_message`]). The
//! runner shows ten annotations a level and step; all are written, worst first.

use std::io;

use super::{Report, escape, summary};
use crate::finding::{Finding, Level, Place};

/// Places of one key that get an annotation.
const ANNOTATED_PLACES: usize = 10;

/// Writes the commands, then what the scan comes to.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in report.active() {
        for place in finding.told_active().into_iter().take(ANNOTATED_PLACES) {
            annotation(finding, place, out)?;
        }
    }
    for notice in report.ordered_notices() {
        let text = format!("{}: {}", notice.path, notice.detail);
        let title = format!("straykey: not read ({})", notice.reason.as_str());
        command("warning", &[("title", title)], &text, out)?;
    }
    let kind = match report.exit_code() {
        0 => "notice",
        1 => "error",
        _ => "warning",
    };
    let text = format!(
        "{} {}. {}.",
        summary::verdict(report),
        summary::counts(report, None),
        capitalised(&summary::list(report))
    );
    command(kind, &[("title", "straykey".to_owned())], &text, out)
}

/// Raises the first letter.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// Writes the annotation of one place.
fn annotation(finding: &Finding, place: &Place, out: &mut dyn io::Write) -> io::Result<()> {
    let kind = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let rule = finding.rule.rule();
    let region = &place.region;
    let mut properties = vec![("file", place.hosted())];
    // Lines of an archive's member say nothing about the archive.
    if place.origin.members.is_empty() {
        properties.push(("line", region.line.max(1).to_string()));
        properties.push(("col", region.column.max(1).to_string()));
    }
    properties.push(("title", format!("straykey: {}", rule.id.as_str())));
    let text = match summary::in_git_only(finding) {
        Some(git) => format!("{} {git} {}", finding.message, rule.now),
        None => format!("{} {}", finding.message, rule.now),
    };
    command(kind, &properties, &text, out)
}

/// Writes one command.
fn command(
    kind: &str,
    properties: &[(&str, String)],
    text: &str,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, value)| format!("{name}={}", escape::workflow_property(value)))
        .collect();
    writeln!(
        out,
        "::{kind} {}::{}",
        properties.join(","),
        escape::workflow_message(text)
    )
}

#[cfg(test)]
mod tests {
    use super::super::Output;
    use super::super::sample::{self, bytes};

    #[test]
    fn every_line_is_one_command_of_ours() {
        let text = String::from_utf8(bytes(Output::Github, &sample::report())).unwrap();
        for line in text.lines() {
            let (head, _) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (kind, properties) = head.split_once(' ').unwrap();
            assert!(["error", "warning", "notice"].contains(&kind), "{line}");
            for property in properties.split(',') {
                let (name, value) = property.split_once('=').unwrap();
                assert!(["file", "line", "col", "title"].contains(&name), "{line}");
                assert!(!value.contains(':'), "{line}");
            }
        }
        assert!(text.contains(
            "::error file=.env,line=7,col=3,title=straykey%3A managed-key-prod::Private"
        ));
        assert!(text.contains("file=a b.zip,title="));
    }

    #[test]
    fn summary_is_last() {
        let text = String::from_utf8(bytes(Output::Github, &sample::report())).unwrap();
        let last = text.lines().last().unwrap();
        assert!(
            last.starts_with("::error title=straykey::Failed: 3 findings"),
            "{last}"
        );
    }
}
