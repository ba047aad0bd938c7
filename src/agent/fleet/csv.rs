//! The keys of a fleet as CSV (RFC 4180): one line each, for spreadsheets.
//!
//! Every field is quoted, and none is taken for a formula.

use std::io::{self, Write};

use super::Fleet;
use crate::report::escape::csv;

/// Names of the columns.
const COLUMNS: [&str; 20] = [
    "order",
    "key",
    "rule",
    "severity",
    "algorithm",
    "proof",
    "entry",
    "source",
    "version",
    "state",
    "env",
    "owner",
    "machines",
    "users",
    "repositories",
    "commits",
    "places",
    "first_seen",
    "last_seen",
    "now",
];

/// Writes the keys.
///
/// # Errors
/// Returns the error of `out`.
pub fn write(fleet: &Fleet, out: &mut dyn Write) -> io::Result<()> {
    line(out, COLUMNS.into_iter().map(str::to_owned))?;
    for (number, key) in fleet.keys.iter().enumerate() {
        let entry = key.matched.as_ref();
        let of = |field: Option<&Option<String>>| field.cloned().flatten().unwrap_or_default();
        let names = |ids: &std::collections::BTreeSet<String>| {
            let names: Vec<&str> = ids.iter().map(|id| fleet.name(id)).collect();
            names.join("; ")
        };
        let all = |names: &std::collections::BTreeSet<String>| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            names.join("; ")
        };
        let places: Vec<String> = key
            .places
            .iter()
            .map(|(machine, _, at)| format!("{}:{}:{}", fleet.name(machine), at.path, at.line))
            .collect();
        line(
            out,
            [
                (number + 1).to_string(),
                key.id.clone(),
                key.rule.clone(),
                format!("{:.1}", key.severity),
                key.algorithm.clone().unwrap_or_default(),
                all(&key.proofs),
                entry.map(|found| found.name.clone()).unwrap_or_default(),
                of(entry.map(|found| &found.source)),
                of(entry.map(|found| &found.version)),
                of(entry.map(|found| &found.state)),
                of(entry.map(|found| &found.env)),
                of(entry.map(|found| &found.owner)),
                names(&key.machines),
                all(&key.users),
                all(&key.repositories),
                all(&key.commits),
                places.join("; "),
                key.first_seen.clone(),
                key.last_seen.clone(),
                match key.is_there() {
                    true => key.now().to_owned(),
                    false => "It is gone; whoever copied it still has it.".to_owned(),
                },
            ]
            .into_iter(),
        )?;
    }
    Ok(())
}

fn line(out: &mut dyn Write, fields: impl Iterator<Item = String>) -> io::Result<()> {
    let fields: Vec<String> = fields.map(|field| csv(&field)).collect();
    write!(out, "{}\r\n", fields.join(","))
}
