//! The facts about a finding that machines get, the same object in JSON
//! (`properties.straykey`) and in SARIF.
//!
//! Field names are stable. Ids are those of the inventory, so that a reader can
//! look them up there.

use serde_json::{Map, Value, json};

use super::Report;
use crate::finding::{Finding, Place, Subject};

/// Returns the facts of a finding, as seen at one of its places.
pub(super) fn of(report: &Report, finding: &Finding, place: &Place) -> Value {
    let mut facts = at(place);
    facts.insert("trials".into(), report.trials.into());
    match &finding.subject {
        Subject::Key(identity) => {
            facts.insert("identity".into(), to_value(identity));
        }
        Subject::Secret(secret) => {
            facts.insert(
                "secret".into(),
                json!({ "id": secret.id, "bits": secret.bits }),
            );
        }
        Subject::Opaque { sha256 } => {
            facts.insert("container".into(), json!({ "sha256": sha256 }));
        }
        Subject::Malformed { reason } => {
            facts.insert("malformed".into(), json!({ "reason": reason }));
        }
    }
    if let Some(found) = &finding.matched {
        facts.insert("match".into(), to_value(found));
    }
    Value::Object(facts)
}

/// Returns what was seen at a place: how the key is written down there, how it
/// was proven, and since when it is there.
pub(super) fn at(place: &Place) -> Map<String, Value> {
    let manner = &place.manner;
    let mut facts = Map::new();
    facts.insert("format".into(), manner.format.into());
    facts.insert("proof".into(), manner.proof.as_str().into());
    facts.insert("encrypted".into(), manner.encrypted.into());
    facts.insert("layers".into(), manner.layers.clone().into());
    let optional = [
        ("usage", manner.usage.map(str::to_owned)),
        ("kid", manner.kid.clone()),
        ("opened_with", manner.opened_with.map(str::to_owned)),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            facts.insert(name.into(), value.into());
        }
    }
    if let Some(token) = &manner.token {
        facts.insert("token".into(), to_value(token));
    }
    if !place.origin.members.is_empty() {
        facts.insert("members".into(), place.origin.members.clone().into());
    }
    if let Some(history) = &place.history
        && let Value::Object(history) = to_value(history)
    {
        facts.extend(history);
    }
    if let Some(suppression) = &place.suppression {
        facts.insert("suppression".into(), to_value(suppression));
    }
    if let Some(comment) = &place.comment {
        facts.insert("comment".into(), to_value(comment));
    }
    facts.insert("extent".into(), to_value(place.region));
    facts
}

/// Serialises one of our own types, all of which can be.
pub(super) fn to_value(facts: impl serde::Serialize) -> Value {
    serde_json::to_value(facts).unwrap_or(Value::Null)
}
