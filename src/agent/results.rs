//! The last run as a database that SQLite reads, for osquery and whatever else asks on the machine.
//!
//! Place in the flow: beside the spool, and made of the same records, so that nothing is in it that
//! the privacy of the run does not tell. Tables: `findings` (a row for each key, user and place, of the
//! last run), `keys` (all that were ever seen, from the ledger), `runs` (the newest lines of the log).
//! The file is made anew by each run and put in the place of the one before: who reads has the one or
//! the other, whole.

use std::io;
use std::path::Path;

use serde_json::Value as Json;

use super::ledger::Entry;
use super::log::Past;
use super::record::{At, Found, Matched, Record};
use super::sqlite::{Database, Value};
use crate::disk;

/// Name of the file, in the folder of the spool.
pub const RESULTS: &str = "straykey.db";

/// Most rows of `findings`, and of `keys`: some 30 MB of memory. The others are in the spool.
pub const MAX_ROWS: usize = 20_000;

/// Columns of `findings`.
const FINDINGS: &str = "run TEXT, time TEXT, user TEXT, rule TEXT, level TEXT, severity REAL, \
    key TEXT, algorithm TEXT, proof TEXT, message TEXT, entry INTEGER, name TEXT, source TEXT, \
    version TEXT, state TEXT, env TEXT, owner TEXT, first_seen TEXT, last_seen TEXT, path TEXT, \
    line INTEGER, column_number INTEGER, format TEXT, commit_id TEXT, reach TEXT, repository TEXT, \
    places_total INTEGER";

/// Columns of `keys`.
const KEYS: &str = "user TEXT, key TEXT, rule TEXT, first_seen TEXT, last_seen TEXT, path TEXT, \
    gone INTEGER";

/// Columns of `runs`.
const RUNS: &str = "line INTEGER, time TEXT, run TEXT, verdict TEXT, why TEXT, findings INTEGER, \
    complete INTEGER, files INTEGER, files_read INTEGER, seconds REAL, list_id TEXT, \
    list_version INTEGER, list_signer TEXT, engine TEXT";

/// Writes the database into the folder of a spool.
///
/// # Errors
/// When it cannot be written.
pub fn write(folder: &Path, records: &[Record], keys: &[Entry], runs: &[Past]) -> io::Result<()> {
    let mut database = Database::default();
    let found = records.iter().filter_map(|record| match record {
        Record::Finding(found) => Some(found.as_ref()),
        Record::Gone(_) | Record::Heartbeat(_) => None,
    });
    let rows = found.flat_map(rows_of).take(MAX_ROWS);
    database.table("findings", FINDINGS, rows);
    database.table("keys", KEYS, keys.iter().take(MAX_ROWS).map(key));
    // What was joined is kept until it is written.
    let whys: Vec<String> = runs.iter().map(|past| why(&past.event)).collect();
    let rows = runs.iter().zip(&whys).map(|(past, why)| run(past, why));
    database.table("runs", RUNS, rows);
    let bytes = database.into_bytes().ok_or(io::ErrorKind::InvalidData)?;
    disk::replace(&folder.join(RESULTS), disk::PRIVATE, |out| {
        out.write_all(&bytes)
    })
}

/// Returns a row for each place of a finding.
fn rows_of(found: &Found) -> impl Iterator<Item = Vec<Value<'_>>> {
    found.places.iter().map(|at| finding(found, at))
}

fn finding<'r>(found: &'r Found, at: &'r At) -> Vec<Value<'r>> {
    let text = |text: &'r str| Value::Text(text);
    let matched = found.matched.as_ref();
    let of = |field: fn(&'r Matched) -> Option<&'r str>| Value::text(matched.and_then(field));
    vec![
        text(&found.run),
        text(&found.time),
        text(&found.user),
        text(&found.rule),
        text(&found.level),
        Value::Real(found.severity),
        Value::text(found.key.as_deref()),
        Value::text(found.algorithm.as_deref()),
        text(&at.proof),
        text(&found.message),
        matched.map_or(Value::Null, |entry| Value::count(entry.entry)),
        of(|entry| Some(&entry.name)),
        of(|entry| entry.source.as_deref()),
        of(|entry| entry.version.as_deref()),
        of(|entry| entry.state.as_deref()),
        of(|entry| entry.env.as_deref()),
        of(|entry| entry.owner.as_deref()),
        text(&found.first_seen),
        text(&found.last_seen),
        text(&at.path),
        Value::count(at.line),
        Value::count(at.column),
        text(&at.format),
        Value::text(at.commit.as_deref()),
        Value::text(at.reach.as_deref()),
        Value::text(at.repository.as_deref()),
        Value::count(found.places_total),
    ]
}

fn key(entry: &Entry) -> Vec<Value<'_>> {
    vec![
        Value::Text(&entry.user),
        Value::Text(&entry.key),
        Value::Text(&entry.rule),
        Value::Text(&entry.first_seen),
        Value::Text(&entry.last_seen),
        Value::Text(&entry.path),
        Value::Integer(entry.gone.into()),
    ]
}

fn run<'r>(past: &'r Past, why: &'r str) -> Vec<Value<'r>> {
    let event = &past.event;
    let text = |json: &'r Json| Value::text(json.as_str());
    let number = |json: &Json| json.as_u64().map_or(Value::Null, Value::count);
    let list = &event["list"];
    vec![
        Value::count(past.line),
        Value::Text(&past.time),
        text(&event["run"]),
        text(&event["verdict"]),
        Value::Text(why),
        number(&event["findings"]),
        event["complete"]
            .as_bool()
            .map_or(Value::Null, |is| Value::Integer(is.into())),
        number(&event["files"]),
        number(&event["files_read"]),
        event["seconds"].as_f64().map_or(Value::Null, Value::Real),
        text(&list["id"]),
        number(&list["version"]),
        text(&list["signer"]),
        text(&event["engine"]),
    ]
}

/// Returns the reasons of a run as one text.
fn why(event: &Json) -> String {
    let reasons = event["why"].as_array().into_iter().flatten();
    let reasons: Vec<&str> = reasons.filter_map(Json::as_str).collect();
    reasons.join("; ")
}
