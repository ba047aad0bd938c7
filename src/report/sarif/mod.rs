//! SARIF 2.1.0, valid against its schema and within GitHub's ingestion rules.
//!
//! Two profiles. The full one has one result per key, with the places after the
//! first in `relatedLocations`. GitHub shows a result at its first location only
//! and matches alerts by `primaryLocationLineHash`, so its profile has one
//! result per key and file, archive members as their container at 1:1, and at
//! most [`MAX_GITHUB_RESULTS`] results, matches first.
//!
//! Regions lie on the first line of a key, because GitHub annotates a pull
//! request only where every line of a region is part of it; the whole extent is
//! in `properties.straykey.extent`. There are no snippets: they would be the key.

mod result;
mod rules;
#[cfg(test)]
mod tests;

use std::io;

use serde_json::{Value, json};
use serde_sarif::sarif::{
    Invocation, Message, Notification, PropertyBag, ReportingDescriptorReference,
    Result as SarifResult, Run, RunAutomationDetails, Sarif, Tool, VersionControlDetails,
};

use super::{Report, escape, repository, summary};
use crate::finding::NoticeReason;

/// Address of the schema, as OASIS publishes it.
pub(crate) const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Results that GitHub keeps of a run; it drops the rest without a word.
const MAX_GITHUB_RESULTS: usize = 5_000;

/// Notices told one by one. A tree whose every file is unreadable must not make
/// a report that no server takes (GitHub: 10 MB compressed).
const MAX_NOTIFICATIONS: usize = 1_000;

/// For whom the file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// For archives and viewers: one result per key.
    #[default]
    Full,
    /// For GitHub code scanning: one result per key and file.
    Github,
}

/// Writes the log, indented, with a line break at its end.
pub(super) fn write(report: &Report, profile: Profile, out: &mut dyn io::Write) -> io::Result<()> {
    let (results, left_out) = match profile {
        Profile::Full => (result::per_key(report), 0),
        Profile::Github => {
            let mut results = result::per_file(report);
            let left_out = results.len().saturating_sub(MAX_GITHUB_RESULTS);
            results.truncate(MAX_GITHUB_RESULTS);
            (results, left_out)
        }
    };
    let log = Sarif::builder()
        .schema(SCHEMA)
        .version(json!("2.1.0"))
        .runs(vec![run(report, results, left_out)])
        .build();
    let text = serde_json::to_string_pretty(&log)?;
    writeln!(out, "{}", escape::json(&text))
}

/// Returns the one run.
fn run(report: &Report, results: Vec<SarifResult>, left_out: usize) -> Run {
    let mut run = Run::builder()
        .tool(Tool::builder().driver(rules::driver()).build())
        .automation_details(RunAutomationDetails::builder().id("straykey/").build())
        .column_kind(json!("unicodeCodePoints"))
        .taxonomies(vec![rules::taxonomy()])
        .invocations(vec![invocation(report, left_out)])
        .results(results)
        .properties(properties("straykey", facts(report)))
        .build();
    let provenance = provenance(report);
    if !provenance.is_empty() {
        run.version_control_provenance = Some(provenance);
    }
    run
}

/// Returns what there is to say of the scan as a whole.
fn facts(report: &Report) -> Value {
    let mut facts = super::json::tail(report);
    // Said in `invocations`, in full and in SARIF's words.
    facts.shift_remove("notices");
    Value::Object(facts)
}

/// Returns a property bag with one object in it.
fn properties(name: &str, value: Value) -> PropertyBag {
    PropertyBag::builder()
        .additional_properties([(name.to_owned(), value)])
        .build()
}

/// Returns a message that is nothing but text.
fn message(text: &str) -> Message {
    Message::builder().text(escape::sarif(text)).build()
}

/// Returns the repositories that have an address. A laptop's may have none, and
/// SARIF knows them by nothing else.
fn provenance(report: &Report) -> Vec<VersionControlDetails> {
    let mut repositories = report.repositories.clone();
    repositories.sort();
    let known = repositories.iter().filter_map(|repository| {
        let address = repository::address(repository.uri.as_deref()?)?;
        let mut details = VersionControlDetails::builder()
            .repository_uri(address)
            .build();
        details.revision_id.clone_from(&repository.revision);
        details.branch.clone_from(&repository.branch);
        Some(details)
    });
    let mut details: Vec<VersionControlDetails> = Vec::new();
    for repository in known {
        // SARIF wants them unique.
        if !details.contains(&repository) {
            details.push(repository);
        }
    }
    details
}

/// Returns how the scan went: the exit code, and all that was not read.
fn invocation(report: &Report, left_out: usize) -> Invocation {
    let is_vouched = report.is_complete() && !report.is_list_expired();
    let notices = report.ordered_notices();
    let mut notifications: Vec<Notification> = notices
        .iter()
        .take(MAX_NOTIFICATIONS)
        .map(|n| {
            let text = format!("Not read: {}: {}.", n.path, n.detail);
            notification(n.reason.as_str(), "error", &text)
        })
        .collect();
    if let Some(more) = summary::further(notices.len(), MAX_NOTIFICATIONS) {
        notifications.push(notification(
            NoticeReason::Unreadable.as_str(),
            "error",
            &format!("Not read: and {more} more."),
        ));
    }
    let warnings = report.ordered_warnings();
    notifications.extend(warnings.iter().take(MAX_NOTIFICATIONS).map(|n| {
        let text = format!("Not looked into: {}: {}.", n.path, n.detail);
        notification(n.reason.as_str(), "warning", &text)
    }));
    for (reason, n) in report.skipped.iter().filter(|(_, n)| **n > 0) {
        let is_told = warnings.len() <= MAX_NOTIFICATIONS
            && warnings.iter().any(|notice| notice.reason == *reason);
        if !report.counts_against(*reason) && !is_told {
            let text = format!("{}: {}.", reason.about(), summary::count(*n, "time"));
            notifications.push(notification(reason.as_str(), "note", &text));
        }
    }
    if left_out > 0 {
        let text = format!(
            "{} left out of this file, which holds at most {MAX_GITHUB_RESULTS}.",
            summary::count(left_out as u64, "result")
        );
        notifications.push(notification(rules::TOO_MANY, "warning", &text));
    }
    let mut configuration: Vec<Notification> = report
        .stale
        .iter()
        .take(MAX_NOTIFICATIONS)
        .map(|entry| {
            let text = format!(
                "{} in {}: {}.",
                entry.why.as_str(),
                entry.source,
                entry.about
            );
            notification(rules::STALE, "warning", &text)
        })
        .collect();
    let mut invocation = Invocation::builder()
        .execution_successful(is_vouched)
        .exit_code(i64::from(report.exit_code()))
        .exit_code_description(report.outcome().as_str())
        .tool_execution_notifications(notifications)
        .build();
    let list = format!("{}.", summary::list(report));
    let mut configured = vec![notification(rules::LIST, "note", &list)];
    if report.is_list_expired() {
        let text = format!(
            "The inventory may no longer say clean: {}.",
            summary::list(report)
        );
        configured.push(notification(rules::LIST_EXPIRED, "error", &text));
    }
    configured.append(&mut configuration);
    invocation.tool_configuration_notifications = Some(configured);
    invocation
}

/// Returns one notification.
fn notification(id: &str, level: &str, text: &str) -> Notification {
    Notification::builder()
        .descriptor(ReportingDescriptorReference::builder().id(id).build())
        .level(json!(level))
        .message(message(text))
        .build()
}
