//! A fleet as one JSON document (`schema` 1).

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Fleet, Key, Machine};
use crate::report::escape;

/// Writes the document.
///
/// # Errors
/// Returns the error of `out`.
pub fn write(fleet: &Fleet, out: &mut dyn Write) -> io::Result<()> {
    let counts = fleet.counts();
    let head = json!({
        "straykey": { "version": env!("CARGO_PKG_VERSION"), "schema": 1 },
        "at": fleet.at,
        "silent_after_days": fleet.silent_after_days,
        "counts": {
            "machines": counts.machines,
            "repositories": counts.repositories,
            "clean": counts.clean,
            "with_findings": counts.with_findings,
            "not_vouched": counts.not_vouched,
            "silent": counts.silent,
            "keys": counts.keys,
            "managed": counts.managed,
            "gone": counts.gone,
        },
        "unread": fleet.unread,
    });
    // A document of thousands of machines is written piece by piece.
    let text = serde_json::to_string_pretty(&head)?;
    let open = text.strip_suffix("\n}").unwrap_or(&text);
    write!(out, "{},\n  \"keys\": [", escape::json(open))?;
    for (number, one) in fleet.keys.iter().enumerate() {
        item(out, number, &key(fleet, number, one))?;
    }
    write!(out, "\n  ],\n  \"machines\": [")?;
    for (number, one) in fleet.machines.iter().enumerate() {
        item(out, number, &machine(one))?;
    }
    writeln!(out, "\n  ]\n}}")
}

fn item(out: &mut dyn Write, number: usize, value: &Value) -> io::Result<()> {
    let comma = if number > 0 { "," } else { "" };
    let text = serde_json::to_string(value)?;
    write!(out, "{comma}\n    {}", escape::json(&text))
}

fn key(fleet: &Fleet, number: usize, key: &Key) -> Value {
    let place = |(machine, user, at): &(String, String, super::At)| json!({ "machine": machine, "name": fleet.name(machine), "user": user, "at": at });
    json!({
        "order": number + 1,
        "key": key.id,
        "rule": key.rule,
        "severity": key.severity,
        "algorithm": key.algorithm,
        "proofs": key.proofs,
        "message": key.message,
        "match": key.matched,
        "ids": key.ids,
        "machines": key.machines,
        "gone": key.gone,
        "users": key.users,
        "repositories": key.repositories,
        "commits": key.commits,
        "first_seen": key.first_seen,
        "last_seen": key.last_seen,
        "places": key.places.iter().map(place).collect::<Vec<_>>(),
        "places_total": key.places_total,
        "now": key.now(),
    })
}

fn machine(machine: &Machine) -> Value {
    json!({
        "id": machine.device.id,
        "name": machine.device.name,
        "kind": machine.kind,
        "last": machine.last,
        "silent": machine.is_silent,
        "verdict": machine.verdict,
        "why": machine.why,
        "engine": machine.engine,
        "keys": machine.keys,
        "coverage": machine.coverage,
    })
}
