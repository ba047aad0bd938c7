//! Whole tokens of SoftHSM: what the public object says of the private one beside it.
//!
//! `testdata/token/NAME` is a token's folder, `NAME.spki` the fingerprints of its keys by openssl.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::cases::testdata;
use crate::program::report;

/// Returns proof and fingerprint of each finding.
fn told(report: &Value) -> Vec<(String, Option<String>)> {
    let findings = report["findings"].as_array().expect("findings");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let one = |finding: &Value| {
        let properties = &finding["properties"]["straykey"];
        (
            text(&properties["proof"]).expect("a proof"),
            text(&properties["identity"]["spki-sha256"]),
        )
    };
    findings.iter().map(one).collect()
}

fn expected(name: &str) -> BTreeSet<String> {
    let path = testdata().join(format!("token/{name}.spki"));
    let text = fs::read_to_string(path).expect("fingerprints");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_private_object_is_named_by_the_only_public_one_of_its_size() {
    let (report, _) = report(&testdata().join("token/pair"), &["."]);
    let told = told(&report);
    assert!(told.iter().all(|(proof, _)| proof == "sealed"), "{told:?}");
    let ids: BTreeSet<String> = told.into_iter().filter_map(|(_, id)| id).collect();
    assert_eq!(ids, expected("pair"));
}

#[test]
fn several_of_one_size_stay_nameless() {
    let (report, _) = report(&testdata().join("token/several"), &["."]);
    let told = told(&report);
    assert_eq!(told.len(), expected("several").len());
    let nameless = |(proof, id): &(String, Option<String>)| proof == "opaque" && id.is_none();
    assert!(told.iter().all(nameless), "{told:?}");
}

#[test]
fn a_folder_that_is_no_token_joins_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for item in fs::read_dir(testdata().join("token/pair")).expect("listed") {
        let item = item.expect("an item");
        if item.file_name() != "token.object" {
            fs::copy(item.path(), folder.path().join(item.file_name())).expect("copied");
        }
    }
    let (report, _) = report(folder.path(), &["."]);
    let told = told(&report);
    assert_eq!(told.len(), expected("pair").len());
    assert!(told.iter().all(|(proof, _)| proof == "opaque"), "{told:?}");
}
