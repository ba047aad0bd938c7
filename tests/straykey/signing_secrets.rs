//! Signing secrets by context: the sources of `testdata/signing-secrets`, whose
//! expected lines were written by the script that wrote the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::cases::testdata;
use crate::program::run_in;

/// Flagged lines: path and line, with the rule.
type Lines = BTreeMap<(String, u64), String>;

/// Returns the lines that a scan below the folder flags.
fn flagged(folder: &str) -> Lines {
    let args = [
        "scan",
        folder,
        "--format",
        "json",
        "--fail-on",
        "never",
        "--no-repo-config",
    ];
    let json = run_in(&testdata().join("signing-secrets"), args)
        .ended(0)
        .json();
    let mut lines = Lines::new();
    for finding in json["findings"].as_array().expect("findings") {
        for place in finding["places"].as_array().expect("places") {
            let path = format!("{folder}/{}", place["path"].as_str().expect("a path"));
            let line = place["line"].as_u64().expect("a line");
            let rule = finding["rule"].as_str().expect("a rule");
            lines.insert((path, line), rule.to_owned());
        }
    }
    lines
}

/// Returns the lines that hold a secret: strong ones, weak ones.
fn expected() -> [BTreeSet<(String, u64)>; 2] {
    let text = fs::read_to_string(testdata().join("signing-secrets/expected.toml"));
    let table: toml::Table = text.expect("expected.toml").parse().expect("TOML");
    ["strong", "weak"].map(|kind| {
        let lines = |(path, of): (&String, &toml::Value)| {
            let lines = of[kind].as_array().expect("lines").clone();
            let path = path.clone();
            lines.into_iter().map(move |line| {
                let line = line.as_integer().expect("a line");
                (path.clone(), u64::try_from(line).expect("a line"))
            })
        };
        table.iter().flat_map(lines).collect()
    })
}

#[test]
fn secrets_are_found_where_frameworks_hold_them() {
    let [strong, weak] = expected();
    assert!(strong.len() >= 40 && weak.len() >= 8);
    let flagged = flagged("with");
    let found = |lines: &BTreeSet<(String, u64)>, rule: &str| {
        lines
            .iter()
            .filter(|l| flagged.get(*l).is_some_and(|r| r == rule))
            .count()
    };
    let (strong_found, weak_found) = (
        found(&strong, "signing-secret"),
        found(&weak, "weak-signing-secret"),
    );
    let missed: Vec<_> = strong
        .union(&weak)
        .filter(|l| !flagged.contains_key(*l))
        .collect();
    let extra: Vec<_> = flagged
        .keys()
        .filter(|l| !strong.contains(*l) && !weak.contains(*l))
        .collect();
    eprintln!(
        "strong {strong_found}/{}, weak {weak_found}/{}, flagged lines {}; missed {missed:?}; extra {extra:?}",
        strong.len(),
        weak.len(),
        flagged.len(),
    );
    assert!(strong_found * 100 >= strong.len() * 95, "missed {missed:?}");
    assert!(weak_found * 100 >= weak.len() * 90, "missed {missed:?}");
    assert!(extra.is_empty(), "{extra:?}");
}

#[test]
fn lookups_placeholders_and_examples_are_silent() {
    let flagged = flagged("without");
    assert!(flagged.is_empty(), "{flagged:#?}");
}
