//! Elastic Common Schema 8.17.

use serde_json::{Value, json};

use super::super::record::Record;
use super::{common, plain};

/// Version of the schema.
const SCHEMA: &str = "8.17.0";

pub(super) fn event(record: &Record) -> Value {
    let (time, device, message) = common(record);
    let (kind, action) = match record {
        Record::Finding(_) => ("alert", "key-found"),
        Record::Gone(_) => ("event", "key-gone"),
        Record::Heartbeat(_) => ("state", "heartbeat"),
    };
    let mut event = json!({
        "@timestamp": time,
        "ecs": { "version": SCHEMA },
        "message": message,
        "event": {
            "kind": kind,
            "action": action,
            "dataset": "straykey.agent",
            "module": "straykey",
            "category": ["file"],
            "type": ["info"],
        },
        "observer": {
            "product": "straykey",
            "vendor": "straykey",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "host": { "id": device.id, "name": device.name },
        "straykey": plain(record),
    });
    let Some(fields) = event.as_object_mut() else {
        return event;
    };
    let (rule, user) = match record {
        Record::Finding(found) => (&found.rule, &found.user),
        Record::Gone(gone) => (&gone.rule, &gone.user),
        Record::Heartbeat(_) => return event,
    };
    fields.insert(
        "rule".into(),
        json!({ "name": rule, "ruleset": "straykey" }),
    );
    fields.insert("user".into(), json!({ "name": user }));
    let path = match record {
        Record::Finding(found) => found.places.first().map(|at| &at.path),
        Record::Gone(gone) => Some(&gone.path),
        Record::Heartbeat(_) => None,
    };
    if let Some(path) = path {
        fields.insert("file".into(), json!({ "path": path }));
    }
    event
}
