//! Signing secrets by context: the sources of `testdata/signing-secrets`, whose
//! expected lines were written by the script that wrote the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::cases::testdata;
use crate::program::run_in;

/// Flagged lines: path and line, with the rule.
type Lines = BTreeMap<(String, u64), String>;

/// Returns the lines that a scan below the folder flags.
fn flagged(set: &str, folder: &str) -> Lines {
    let args = [
        "scan",
        folder,
        "--format",
        "json",
        "--fail-on",
        "never",
        "--no-repo-config",
    ];
    let json = run_in(&testdata().join(set), args).ended(0).json();
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
fn expected(set: &str) -> [BTreeSet<(String, u64)>; 2] {
    let text = fs::read_to_string(testdata().join(set).join("expected.toml"));
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

/// Scans a set, and says how many of how many strong and weak lines were told by
/// the rule they should be, and how many lines were told that hold none.
fn score(set: &str) -> ([(usize, usize); 2], usize) {
    let [strong, weak] = expected(set);
    let flagged = flagged(set, "with");
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
    let counts = [(strong_found, strong.len()), (weak_found, weak.len())];
    (counts, extra.len())
}

#[test]
fn secrets_are_found_where_frameworks_hold_them() {
    let ([strong, weak], extra) = score("signing-secrets");
    assert!(strong.1 >= 40 && weak.1 >= 8 && extra == 0);
    assert!(strong.0 * 100 >= strong.1 * 95);
    assert!(weak.0 * 100 >= weak.1 * 90);
}

/// The sources that were written without sight of the rules. When they were new,
/// 82 of 99 strong secrets and 8 of 10 weak ones were told, and 7 lines that held
/// none; what is asserted is what the rules have learned since.
#[test]
fn secrets_are_found_in_sources_that_the_rules_were_not_made_for() {
    let ([strong, weak], extra) = score("signing-secrets/unseen");
    assert!(extra <= 1);
    assert!(strong.0 * 100 >= strong.1 * 95);
    assert!(weak.0 * 100 >= weak.1 * 90);
}

#[test]
fn lookups_placeholders_and_examples_are_silent() {
    for set in ["signing-secrets", "signing-secrets/unseen"] {
        let flagged = flagged(set, "without");
        assert!(flagged.is_empty(), "{flagged:#?}");
    }
}
