//! GitLab's secret detection report, JSON schema 15.0.7.
//!
//! The version that GitLab 16 to 18 take. A commit is required for each
//! vulnerability; GitLab's own analyzer writes seven zeros where it knows none,
//! and so do we. `raw_source_code_extract` is optional and never written. Names,
//! descriptions and solutions are shown as Markdown. The schema demands the
//! times of start and end; no other shape for machines has any.

use std::io;

use serde_json::{Value, json};

use super::fingerprint::{self, Ordinals};
use super::{Report, escape, summary};
use crate::finding::{Finding, Place};

/// The schema's version.
const VERSION: &str = "15.0.7";

/// Stands for a commit that is not known.
const NO_COMMIT: &str = "0000000";

/// Notices that are written out. They are for a person to read; the rest is
/// counted.
const MAX_MESSAGES: usize = 100;

/// Writes the document.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut ordinals = Ordinals::default();
    let mut vulnerabilities = Vec::new();
    for finding in report.active() {
        for place in first_of_each_file(finding) {
            let ordinal = ordinals.next(finding, &place.uri);
            vulnerabilities.push(vulnerability(finding, place, ordinal));
        }
    }
    let (start, end) = times(report);
    let tool = json!({
        "id": "straykey",
        "name": "straykey",
        "url": env!("CARGO_PKG_REPOSITORY"),
        "vendor": { "name": "straykey" },
        "version": env!("CARGO_PKG_VERSION"),
    });
    let document = json!({
        "version": VERSION,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": "secret_detection",
            "start_time": start,
            "end_time": end,
            "status": if report.is_complete() { "success" } else { "failure" },
            "messages": messages(report),
        },
        "vulnerabilities": vulnerabilities,
    });
    let text = serde_json::to_string_pretty(&document)?;
    writeln!(out, "{}", escape::json(&text))
}

/// Returns a place for each file: GitLab shows one file a vulnerability.
fn first_of_each_file(finding: &Finding) -> Vec<&Place> {
    let mut seen = std::collections::HashSet::new();
    finding
        .told_active()
        .into_iter()
        .filter(|place| seen.insert(place.uri.as_str()))
        .collect()
}

/// Returns one vulnerability.
fn vulnerability(finding: &Finding, place: &Place, ordinal: u64) -> Value {
    let rule = finding.rule.rule();
    let commit = place
        .history
        .as_ref()
        .and_then(|history| history.commit.as_deref());
    let is_file = place.origin.members.is_empty();
    let (start, end) = match is_file {
        true => (
            place.region.line.max(1),
            place.region.end_line.max(place.region.line).max(1),
        ),
        false => (1, 1),
    };
    let mut identifiers = vec![json!({
        "type": "straykey_rule_id",
        "name": format!("straykey rule {}", rule.id.as_str()),
        "value": rule.id.as_str(),
    })];
    identifiers.extend(finding.subject_id().map(
        |id| json!({ "type": "straykey_id", "name": format!("straykey id {id}"), "value": id }),
    ));
    identifiers.extend(rule.cwe.iter().map(|number| {
        json!({
            "type": "cwe",
            "name": format!("CWE-{number}"),
            "value": number.to_string(),
            "url": format!("https://cwe.mitre.org/data/definitions/{number}.html"),
        })
    }));
    json!({
        "id": fingerprint::uuid(finding, &place.uri, ordinal),
        "name": rule.short,
        "description": format!("{}\n\n{}", escape::markdown(&finding.message), rule.full),
        "severity": severity(rule.score()),
        "solution": rule.now,
        "identifiers": identifiers,
        "location": {
            "file": place.hosted(),
            "start_line": start,
            "end_line": end,
            "commit": { "sha": commit.unwrap_or(NO_COMMIT) },
        },
    })
}

/// Returns GitLab's word, at the bounds that code scanning uses.
fn severity(score: f64) -> &'static str {
    match score {
        s if s >= 9.0 => "Critical",
        s if s >= 7.0 => "High",
        s if s >= 4.0 => "Medium",
        _ => "Low",
    }
}

/// Returns what the scan comes to, and what was not read.
fn messages(report: &Report) -> Vec<Value> {
    let level = if report.is_complete() && !report.is_list_expired() {
        "info"
    } else {
        "warn"
    };
    let list = escape::terminal(&summary::list(report)).to_string();
    let mut messages = vec![
        json!({ "level": level, "value": summary::verdict(report) }),
        json!({ "level": "info", "value": list }),
    ];
    let notices = report.ordered_notices();
    messages.extend(notices.iter().take(MAX_MESSAGES).map(|notice| {
        let value = format!(
            "not read: {}: {}: {}",
            notice.reason.as_str(),
            notice.path,
            notice.detail
        );
        json!({ "level": "warn", "value": escape::terminal(&value) })
    }));
    if let Some(more) = summary::further(notices.len(), MAX_MESSAGES) {
        messages.push(json!({ "level": "warn", "value": format!("not read: and {more} more") }));
    }
    messages
}

/// Returns start and end in UTC, without zone and fraction, as the schema wants.
fn times(report: &Report) -> (String, String) {
    let start = report.stats.started.unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let end = jiff::SignedDuration::try_from(report.stats.duration)
        .ok()
        .and_then(|duration| start.checked_add(duration).ok())
        .unwrap_or(start);
    let shown = |time: jiff::Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    (shown(start), shown(end))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::Output;
    use super::super::sample::{self, NASTY, bytes};
    use super::*;

    fn document(report: &Report) -> Value {
        serde_json::from_slice(&bytes(Output::Gitlab, report)).unwrap()
    }

    /// What schema 15.0.7 requires, written out.
    #[test]
    fn required_fields_are_there() {
        let document = document(&sample::report());
        let time = regex::Regex::new(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$").unwrap();
        let scan = &document["scan"];
        for field in ["start_time", "end_time"] {
            assert!(time.is_match(scan[field].as_str().unwrap()), "{field}");
        }
        assert_eq!(scan["type"], "secret_detection");
        assert_eq!(scan["status"], "failure");
        for tool in ["analyzer", "scanner"] {
            for field in ["id", "name", "version"] {
                assert!(!scan[tool][field].as_str().unwrap().is_empty());
            }
            assert!(scan[tool]["url"].as_str().unwrap().starts_with("https://"));
            assert_eq!(scan[tool]["vendor"]["name"], "straykey");
        }
        let vulnerabilities = document["vulnerabilities"].as_array().unwrap();
        let mut ids = HashSet::new();
        for found in vulnerabilities {
            assert!(ids.insert(found["id"].as_str().unwrap()), "ids are unique");
            assert!(found["name"].as_str().unwrap().chars().count() <= 255);
            assert!(found["solution"].as_str().unwrap().chars().count() <= 7000);
            assert!(
                ["Critical", "High", "Medium", "Low"]
                    .contains(&found["severity"].as_str().unwrap())
            );
            let identifiers = found["identifiers"].as_array().unwrap();
            assert!(!identifiers.is_empty());
            for identifier in identifiers {
                for field in ["type", "name", "value"] {
                    assert!(!identifier[field].as_str().unwrap().is_empty());
                }
            }
            assert!(
                !found["location"]["commit"]["sha"]
                    .as_str()
                    .unwrap()
                    .is_empty()
            );
            assert!(found["location"]["start_line"].is_u64());
            assert!(found.get("raw_source_code_extract").is_none());
        }
        assert!(
            vulnerabilities
                .iter()
                .any(|v| v["location"]["file"] == NASTY)
        );
    }

    #[test]
    fn a_clean_scan_succeeds_at_its_time() {
        let mut report = Report::default();
        report.stats.started = Some("2026-01-02T03:04:05.678Z".parse().unwrap());
        report.stats.duration = std::time::Duration::from_secs(61);
        let document = document(&report);
        assert_eq!(document["scan"]["status"], "success");
        assert_eq!(document["scan"]["start_time"], "2026-01-02T03:04:05");
        assert_eq!(document["scan"]["end_time"], "2026-01-02T03:05:06");
    }
}
