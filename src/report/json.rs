//! One JSON document with everything a report knows (`schema` 1).
//!
//! Fields are added without notice; one is taken away or changes its meaning
//! only with a new `schema`. Reports carry no time, so that the same findings
//! give the same bytes.

use std::io;

use serde_json::{Map, Value, json};

use super::properties::{self, to_value};
use super::{Report, escape, fingerprint, repository};
use crate::finding::{Finding, Place};

/// Version of the document's fields.
pub const SCHEMA: u32 = 1;

/// Writes the document, indented, with a line break at its end.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut document = head();
    let mut ordinals = fingerprint::Ordinals::default();
    let findings: Vec<Value> = report
        .ordered()
        .into_iter()
        .map(|f| finding(report, f, &mut ordinals))
        .collect();
    document.insert("findings".into(), findings.into());
    document.extend(tail(report));
    let text = serde_json::to_string_pretty(&document)?;
    writeln!(out, "{}", escape::json(&text))
}

/// Returns the object that says who wrote it.
pub(super) fn head() -> Map<String, Value> {
    let mut document = Map::new();
    let tool = json!({ "version": env!("CARGO_PKG_VERSION"), "schema": SCHEMA });
    document.insert("straykey".into(), tool);
    document
}

/// Returns a finding with all its places.
pub(super) fn finding<'a>(
    report: &Report,
    finding: &'a Finding,
    ordinals: &mut fingerprint::Ordinals<'a>,
) -> Value {
    let told = finding.told();
    let mut object = Map::new();
    object.insert("rule".into(), to_value(finding.rule));
    object.insert("level".into(), to_value(finding.level));
    object.insert(
        "security_severity".into(),
        finding.rule.rule().severity.into(),
    );
    object.insert("fails".into(), report.fails(finding).into());
    object.insert("suppressed".into(), finding.is_suppressed().into());
    object.insert("id".into(), finding.subject_id().into());
    object.insert("message".into(), finding.message.as_str().into());
    if let Some(lead) = told.first().copied() {
        let ordinal = ordinals.next(finding, &lead.uri);
        object.insert(
            "fingerprint".into(),
            fingerprint::location(finding, &lead.uri, ordinal).into(),
        );
        let facts = json!({ "straykey": properties::of(report, finding, lead) });
        object.insert("properties".into(), facts);
    }
    let places: Vec<Value> = told.into_iter().map(place).collect();
    object.insert("places".into(), places.into());
    Value::Object(object)
}

/// Returns a place.
fn place(place: &Place) -> Value {
    let mut object = Map::new();
    object.insert("path".into(), place.path.as_str().into());
    object.insert("uri".into(), place.uri.as_str().into());
    object.insert("shown".into(), place.shown.as_str().into());
    object.insert("line".into(), place.region.line.into());
    object.insert("column".into(), place.region.column.into());
    object.extend(properties::at(place));
    Value::Object(object)
}

/// Returns what there is to say beside the findings.
pub(super) fn tail(report: &Report) -> Map<String, Value> {
    let mut object = Map::new();
    let mut notices = report.ordered_notices();
    notices.extend(report.ordered_warnings());
    object.insert("notices".into(), to_value(notices));
    let skipped: Map<String, Value> = report
        .skipped
        .iter()
        .map(|(r, n)| (r.as_str().to_owned(), (*n).into()))
        .collect();
    object.insert("skipped".into(), skipped.into());
    object.insert("stale".into(), to_value(&report.stale));
    let active = report.active();
    object.insert(
        "counts".into(),
        json!({
            "findings": active.len(),
            "matches": active.iter().filter(|f| f.matched.is_some()).count(),
            "suppressed": report.suppressed(),
        }),
    );
    let stats = &report.stats;
    object.insert(
        "stats".into(),
        json!({
            "files": stats.files,
            "blobs": stats.blobs,
            "blobs_again": stats.again,
            "bytes": stats.bytes,
            "triggered": stats.triggered,
            "repositories": stats.repositories,
            "archives": stats.archives,
            "members": stats.members,
            "member_bytes": stats.member_bytes,
        }),
    );
    let list = report.inventory.as_ref().map(|list| {
        json!({
            "path": list.path,
            "list_id": list.list_id,
            "org": list.org,
            "version": list.version,
            "issued_at": list.issued_at,
            "age_days": list.age_days,
            "expires_at": list.expires_at,
            "expired": list.expired,
            "signer": list.signer,
            "entries": list.entries,
        })
    });
    object.insert("inventory".into(), list.into());
    object.insert("roots".into(), report.roots.clone().into());
    let mut repositories = report.repositories.clone();
    repositories.sort();
    let repositories: Vec<Value> = repositories
        .iter()
        .map(|r| {
            json!({
                "root": r.root,
                "uri": r.uri.as_deref().and_then(repository::address),
                "revision": r.revision,
                "branch": r.branch,
            })
        })
        .collect();
    object.insert("repositories".into(), repositories.into());
    object.insert("fail_on".into(), report.fail_on.as_str().into());
    object.insert("trials".into(), report.trials.into());
    object.insert("outcome".into(), report.outcome().as_str().into());
    object.insert("exit_code".into(), report.exit_code().into());
    object
}

#[cfg(test)]
mod tests {
    use super::super::Output;
    use super::super::sample::{self, bytes};
    use super::*;

    #[test]
    fn document_says_what_was_found_and_where() {
        let report = sample::report();
        let document: Value = serde_json::from_slice(&bytes(Output::Json, &report)).unwrap();
        assert_eq!(document["straykey"]["schema"], 1);
        let first = &document["findings"][0];
        assert_eq!(first["rule"], "managed-key-prod");
        let facts = &first["properties"]["straykey"];
        assert_eq!(facts["format"], "pkcs8");
        assert_eq!(facts["proof"], "private");
        assert_eq!(facts["trials"], false);
        assert_eq!(facts["match"]["name"], sample::NAME);
        assert_eq!(facts["match"]["source"], "vault:transit/pass-signer");
        assert_eq!(facts["identity"]["spki-sha256"], first["id"]);
        assert_eq!(first["places"][0]["line"], 7);
        assert_eq!(document["outcome"], "findings");
        assert_eq!(document["exit_code"], 1);
        assert_eq!(
            document["repositories"][0]["uri"],
            "https://git.example/o/r.git"
        );
        assert_eq!(document["skipped"]["unreadable"], 1);
    }

    #[test]
    fn hostile_strings_come_back_as_they_were() {
        let report = sample::report();
        let document: Value = serde_json::from_slice(&bytes(Output::Json, &report)).unwrap();
        let text = String::from_utf8(bytes(Output::Json, &report)).unwrap();
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        assert!(!text.contains('\u{202e}'));
        let found = document["findings"].as_array().unwrap().iter().any(|f| {
            f["places"]
                .as_array()
                .unwrap()
                .iter()
                .any(|p| p["path"] == sample::NASTY)
        });
        assert!(found);
    }
}
