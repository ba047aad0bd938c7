//! OCSF 1.6, class 2006 (Data Security Finding), category 2 (Findings).
//!
//! A heartbeat is an event of the same class with severity 1: coverage belongs beside findings, and a
//! reader that takes one class has all. Times are milliseconds since 1970.

use serde_json::{Value, json};

use super::super::record::Record;
use super::{common, milliseconds, plain};

/// The class.
const CLASS: i64 = 2006;

/// Version of the schema.
const SCHEMA: &str = "1.6.0";

/// `activity_id`: created, updated, closed.
const CREATE: i64 = 1;
const UPDATE: i64 = 2;
const CLOSE: i64 = 3;

pub(super) fn event(record: &Record) -> Value {
    let (time, device, message) = common(record);
    let (activity, severity, uid, title) = match record {
        Record::Finding(found) => {
            let key = found.key.clone().unwrap_or_else(|| {
                found
                    .places
                    .first()
                    .map(|at| at.path.clone())
                    .unwrap_or_default()
            });
            let activity = if found.first_seen == found.last_seen {
                CREATE
            } else {
                UPDATE
            };
            let uid = format!("{key}@{}/{}", found.device.id, found.user);
            (activity, severity(found.severity), uid, found.rule.clone())
        }
        Record::Gone(gone) => {
            let uid = format!("{}@{}/{}", gone.key, gone.device.id, gone.user);
            (CLOSE, 1, uid, gone.rule.clone())
        }
        Record::Heartbeat(beat) => (CREATE, 1, beat.run.clone(), "heartbeat".to_owned()),
    };
    let (first, last) = match record {
        Record::Finding(found) => (found.first_seen.as_str(), found.last_seen.as_str()),
        Record::Gone(gone) => (gone.first_seen.as_str(), gone.last_seen.as_str()),
        Record::Heartbeat(_) => (time, time),
    };
    let mut event = json!({
        "activity_id": activity,
        "category_uid": 2,
        "class_uid": CLASS,
        "type_uid": CLASS * 100 + activity,
        "severity_id": severity,
        "status_id": if activity == CLOSE { 4 } else { 1 },
        "time": milliseconds(time),
        "message": message,
        "is_alert": matches!(record, Record::Finding(_)),
        "metadata": {
            "version": SCHEMA,
            "product": {
                "name": "straykey",
                "vendor_name": "straykey",
                "version": env!("CARGO_PKG_VERSION"),
            },
        },
        "finding_info": {
            "uid": uid,
            "title": title,
            "desc": message,
            "analytic": { "type_id": 1, "name": title },
            "first_seen_time": milliseconds(first),
            "last_seen_time": milliseconds(last),
        },
        "device": { "uid": device.id, "hostname": device.name, "type_id": 0 },
        "unmapped": { "straykey": plain(record) },
    });
    if let (Record::Finding(found), Some(event)) = (record, event.as_object_mut()) {
        let files = found.places.iter().map(|at| {
            let name = at.path.rsplit('/').next().unwrap_or_default();
            json!({ "path": at.path, "name": name, "type_id": 1 })
        });
        event.insert("file".into(), files.clone().next().unwrap_or(Value::Null));
        event.insert("actor".into(), json!({ "user": { "name": found.user } }));
        let resources: Vec<Value> = files
            .map(|file| json!({ "name": file["path"], "type": "file" }))
            .collect();
        event.insert("resources".into(), resources.into());
    }
    event
}

/// Returns OCSF's severity of ours, which goes from 0 to 10.
fn severity(ours: f64) -> i64 {
    match ours {
        ours if ours >= 9.0 => 5,
        ours if ours >= 7.0 => 4,
        ours if ours >= 4.0 => 3,
        ours if ours > 0.0 => 2,
        _ => 1,
    }
}
