//! SARIF 2.1.0: a run for each machine, a result for each key and user.
//!
//! For readers that collect results of many tools. It is not for upload to a code host: paths are
//! those of machines. What a run of `straykey scan` says in SARIF is another module's
//! ([`crate::report`]); a spool knows less.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::record::{At, Found, Heartbeat, Record};
use crate::finding::RuleId;
use crate::report::{SARIF_SCHEMA, escape};

pub(super) fn log(records: &[Record]) -> Value {
    let mut machines: BTreeMap<&str, (Vec<&Found>, Option<&Heartbeat>)> = BTreeMap::new();
    for record in records {
        match record {
            Record::Finding(found) => machines.entry(&found.device.id).or_default().0.push(found),
            Record::Heartbeat(beat) => {
                let last = &mut machines.entry(&beat.device.id).or_default().1;
                if last.is_none_or(|last| last.time <= beat.time) {
                    *last = Some(beat);
                }
            }
            Record::Gone(_) => {}
        }
    }
    let runs = machines
        .iter()
        .map(|(id, (found, beat))| run(id, found, *beat));
    json!({ "$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": runs.collect::<Vec<_>>() })
}

fn run(id: &str, found: &[&Found], beat: Option<&Heartbeat>) -> Value {
    // Only what the last run saw is there.
    let last = beat.map(|beat| beat.run.as_str());
    let found = found
        .iter()
        .filter(|found| last.is_none_or(|last| found.run == last));
    let found: Vec<&&Found> = found.collect();
    let names: BTreeSet<&str> = found.iter().map(|found| found.rule.as_str()).collect();
    let rules = names.iter().map(|name| {
        let known = RuleId::from_name(name).map(RuleId::rule);
        let text = |text: Option<&'static str>| text.unwrap_or("A rule of another version.");
        json!({
            "id": name,
            "shortDescription": { "text": text(known.map(|rule| rule.short)) },
            "fullDescription": { "text": text(known.map(|rule| rule.full)) },
            "help": { "text": text(known.map(|rule| rule.now)) },
            "properties": { "security-severity": known.map_or("0.0", |rule| rule.severity) },
        })
    });
    let rules: Vec<Value> = rules.collect();
    let results = found.iter().map(|found| result(found));
    let invocation = json!({
        "executionSuccessful": beat.is_some_and(|beat| beat.coverage.complete),
        "endTimeUtc": beat.map(|beat| beat.time.as_str()),
        "toolExecutionNotifications": beat.map_or_else(Vec::new, |beat| {
            let unread = beat.coverage.unread.iter();
            unread.map(|left| json!({
                "level": "warning",
                "message": { "text": left.why },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&left.path) } } }],
            })).collect()
        }),
    });
    let mut run = Map::new();
    run.insert(
        "tool".into(),
        json!({ "driver": {
            "name": "straykey",
            "version": env!("CARGO_PKG_VERSION"),
            "rules": rules,
        } }),
    );
    run.insert(
        "automationDetails".into(),
        json!({ "id": format!("straykey-agent/{id}") }),
    );
    run.insert("invocations".into(), json!([without_nulls(invocation)]));
    run.insert("results".into(), results.collect::<Vec<_>>().into());
    Value::Object(run)
}

fn result(found: &Found) -> Value {
    let locations: Vec<Value> = found.places.iter().map(location).collect();
    let subject = found.key.clone().unwrap_or_default();
    json!({
        "ruleId": found.rule,
        "level": found.level,
        "message": { "text": found.message },
        "locations": locations,
        "partialFingerprints": {
            "keyOnMachine/v1": format!("{subject}@{}/{}", found.device.id, found.user),
        },
        "properties": { "straykey": {
            "device": found.device,
            "user": found.user,
            "key": found.key,
            "proof": found.proof,
            "match": found.matched,
            "first_seen": found.first_seen,
            "last_seen": found.last_seen,
            "places_total": found.places_total,
        } },
    })
}

fn location(at: &At) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&at.path) },
        "region": { "startLine": at.line.max(1), "startColumn": at.column.max(1) },
    } })
}

/// Returns a URI of a path, without members of archives.
fn uri(path: &str) -> String {
    let file = path.split('!').next().unwrap_or(path);
    let escaped = escape::uri(file.as_bytes());
    match file.starts_with('/') {
        true => format!("file://{escaped}"),
        false => escaped,
    }
}

/// SARIF has no null.
fn without_nulls(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
    }
    value
}
