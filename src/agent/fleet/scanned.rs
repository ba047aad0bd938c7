//! Reports of `straykey scan --format json` among the spools: results of repositories.
//!
//! A report carries no time and no machine. It stands for its repository, known by where that was
//! cloned from or else by its root; its time is that of the file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::Value;

use super::super::record::{
    At, Coverage, Device, Found, Heartbeat, ListUsed, Matched, Record, VERSION,
};
use crate::finding::NoticeReason;
use crate::report::SCHEMA;

/// How ids of repositories begin; those of machines are hex.
pub(super) const REPOSITORY: &str = "repository:";

/// Largest report that is read, in bytes: 100,000 findings.
const MAX_BYTES: u64 = 1 << 30;

/// How a report begins.
const HEAD: &[u8] = b"{\n  \"straykey\": {";

/// Reads a report; nothing if the file is none.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<Record>>> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    (&mut file).take(HEAD.len() as u64).read_to_end(&mut head)?;
    if head != HEAD {
        return Ok(None);
    }
    let modified = file
        .metadata()?
        .modified()
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let time = Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut text = head;
    file.take(MAX_BYTES).read_to_end(&mut text)?;
    let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    if text.len() as u64 >= MAX_BYTES {
        return Err(invalid(format!(
            "a report of more than {} MiB",
            MAX_BYTES >> 20
        )));
    }
    let report: Value = serde_json::from_slice(&text).map_err(|error| {
        invalid(match error.is_eof() {
            true => "the report is not whole".to_owned(),
            false => format!("line {}, column {}: not JSON", error.line(), error.column()),
        })
    })?;
    let schema = report["straykey"]["schema"].as_u64().unwrap_or(0);
    if schema > u64::from(SCHEMA) {
        return Err(invalid(format!(
            "a report of schema {schema}; this straykey knows up to {SCHEMA}: use a newer one"
        )));
    }
    Ok(Some(records(
        &report,
        &time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn optional(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn records(report: &Value, time: &str) -> Vec<Record> {
    let first = &report["repositories"][0];
    let name = optional(&first["uri"]).or_else(|| optional(&first["root"]));
    let name = name.unwrap_or_else(|| text(&report["roots"][0]));
    let device = Device {
        id: format!("{REPOSITORY}{name}"),
        name: name.clone(),
    };
    let findings = report["findings"].as_array().into_iter().flatten();
    let active = findings.filter(|finding| finding["suppressed"] != true);
    let mut records: Vec<Record> = active
        .map(|finding| Record::Finding(Box::new(found(finding, &device, time))))
        .collect();
    let stats = &report["stats"];
    let count = |name: &str| stats[name].as_u64().unwrap_or(0);
    let skipped = report["skipped"].as_object().into_iter().flatten();
    let outcome = text(&report["outcome"]);
    let has_list = report["inventory"]["signer"].is_string();
    let verdict = match (records.is_empty(), outcome.as_str(), has_list) {
        (false, ..) => "findings",
        (true, "clean", true) => "clean",
        _ => "not-vouched",
    };
    let skipped: BTreeMap<String, u64> = skipped
        .map(|(k, v)| (k.clone(), v.as_u64().unwrap_or(0)))
        .collect();
    let list = report["inventory"].as_object().map(|list| ListUsed {
        id: list.get("list_id").map(text).unwrap_or_default(),
        version: list.get("version").and_then(Value::as_u64).unwrap_or(0),
        issued_at: list.get("issued_at").and_then(optional),
        age_days: list.get("age_days").and_then(Value::as_i64),
        expires_at: list.get("expires_at").and_then(optional),
        signer: list.get("signer").and_then(optional),
        entries: list.get("entries").and_then(Value::as_u64).unwrap_or(0),
    });
    let beat = Heartbeat {
        v: VERSION,
        time: time.to_owned(),
        device,
        engine: text(&report["straykey"]["version"]),
        verdict: verdict.to_owned(),
        why: why(report, verdict, &skipped),
        findings: records.len() as u64,
        coverage: Coverage {
            complete: outcome != "incomplete",
            roots: vec![name],
            files: count("files"),
            files_read: count("files"),
            bytes: count("bytes"),
            blobs: count("blobs"),
            repositories: count("repositories"),
            skipped,
            list,
            ..Coverage::default()
        },
        ..Heartbeat::default()
    };
    records.push(Record::Heartbeat(Box::new(beat)));
    records
}

/// Why a report does not bear the word "clean", beside what it found.
fn why(report: &Value, verdict: &str, skipped: &BTreeMap<String, u64>) -> Vec<String> {
    let mut why = Vec::new();
    if verdict != "not-vouched" {
        return why;
    }
    let list = &report["inventory"];
    if !list.is_object() {
        why.push("no list of the company's keys was given".to_owned());
    } else if !list["signer"].is_string() {
        why.push("the signature of the list was not checked".to_owned());
    }
    if list["expired"] == true {
        why.push("the list has expired".to_owned());
    }
    let kinds = skipped.iter().filter(|(kind, count)| {
        **count > 0 && NoticeReason::from_name(kind).is_some_and(NoticeReason::is_incomplete)
    });
    let kinds: Vec<String> = kinds
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    if !kinds.is_empty() {
        why.push(format!("not all was read: {}", kinds.join(", ")));
    } else if why.is_empty() {
        why.push(format!(
            "the outcome of the scan is {}",
            text(&report["outcome"])
        ));
    }
    why
}

fn found(finding: &Value, device: &Device, time: &str) -> Found {
    let facts = &finding["properties"]["straykey"];
    let places = finding["places"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let ids = facts["identity"].as_object().into_iter().flatten();
    let ids = ids.filter_map(|(name, id)| Some((name.clone(), optional(id)?)));
    let at = places.iter().take(super::MAX_PLACES).map(|place| At {
        path: text(&place["path"]),
        line: place["line"].as_u64().unwrap_or(0),
        column: place["column"].as_u64().unwrap_or(0),
        format: text(&place["format"]),
        proof: text(&place["proof"]),
        layers: place["layers"]
            .as_array()
            .into_iter()
            .flatten()
            .map(text)
            .collect(),
        commit: optional(&place["commit"]),
        commit_time: optional(&place["first_seen"]),
        reach: optional(&place["reach"]),
        repository: Some(device.name.clone()),
    });
    let matched = facts["match"].as_object().map(|_| {
        let found = &facts["match"];
        let trusted = found["trusted_by"].as_array().into_iter().flatten();
        Matched {
            entry: found["entry"].as_u64().unwrap_or(0),
            name: text(&found["name"]),
            by: text(&found["by"]),
            source: optional(&found["source"]),
            version: optional(&found["version"]),
            state: optional(&found["state"]),
            env: optional(&found["env"]),
            owner: optional(&found["owner"]),
            trusted_by: trusted.map(text).collect(),
        }
    });
    // The history knows better than the clock since when it is there.
    let since = places
        .iter()
        .filter_map(|place| optional(&place["first_seen"]))
        .min();
    Found {
        v: VERSION,
        time: time.to_owned(),
        device: device.clone(),
        rule: text(&finding["rule"]),
        level: text(&finding["level"]),
        severity: text(&finding["security_severity"]).parse().unwrap_or(0.0),
        key: optional(&finding["id"]),
        algorithm: optional(&facts["identity"]["algorithm"]),
        proof: text(&facts["proof"]),
        message: text(&finding["message"]),
        matched,
        ids: ids.filter(|(name, _)| name != "algorithm").collect(),
        first_seen: since.unwrap_or_else(|| time.to_owned()),
        last_seen: time.to_owned(),
        places: at.collect(),
        places_total: places.len() as u64,
        ..Found::default()
    }
}
