//! Finds the column of what is wrong with a line of a list.
//!
//! Only runs once something is wrong, so it may parse the line again.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::list::Line;
use super::{Custodian, EntryIds, Error, Holding};

/// Returns the error of a place.
pub(super) fn fault(line: u64, column: u64, reason: impl Into<String>) -> Error {
    Error::Malformed {
        line,
        column,
        reason: reason.into(),
    }
}

/// Returns the error of a field, given by the names on the way to it.
pub(super) fn field(line: Line<'_>, path: &[&str], reason: impl Into<String>) -> Error {
    let mut at = 0;
    for name in path {
        let quoted = format!("\"{name}\"");
        let rest = line.bytes.get(at..).unwrap_or_default();
        at += memchr::memmem::find(rest, quoted.as_bytes()).unwrap_or(0);
    }
    fault(line.number, at as u64 + 1, reason)
}

/// Returns the error of a line that is no JSON, or not that of a `T`.
pub(super) fn json<T: DeserializeOwned>(line: Line<'_>, error: &serde_json::Error) -> Error {
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default();
    let column = error.column().max(1) as u64;
    if !error.is_data() {
        return fault(line.number, column, reason);
    }
    // Errors of data are noticed at the end of the object: look for the field
    // that alone is enough to raise one.
    let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(line.bytes) else {
        return fault(line.number, column, reason);
    };
    let Some((name, value)) = culprit::<T>(&fields) else {
        return fault(line.number, column, reason);
    };
    let inner = match (name, value) {
        ("ids", Value::Object(ids)) => culprit::<EntryIds>(ids),
        ("holdings", Value::Array(items)) => among::<Holding>(items),
        ("custodians", Value::Array(items)) => among::<Custodian>(items),
        _ => None,
    };
    match inner {
        Some((inner, _)) => field(line, &[name, inner], format!("{inner}: {reason}")),
        None => field(line, &[name], format!("{name}: {reason}")),
    }
}

/// Returns the first field whose value does not fit its type.
fn culprit<T: DeserializeOwned>(fields: &Map<String, Value>) -> Option<(&str, &Value)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .find(|(name, value)| {
            let alone = Map::from_iter([((*name).to_owned(), (*value).clone())]);
            let error = serde_json::from_value::<T>(Value::Object(alone)).err();
            error.is_some_and(|error| !error.to_string().starts_with("missing field"))
        })
}

/// As [`culprit`], of a list of objects.
fn among<T: DeserializeOwned>(items: &[Value]) -> Option<(&str, &Value)> {
    items
        .iter()
        .filter_map(Value::as_object)
        .find_map(culprit::<T>)
}
