//! The README's first command: the small laptop with its company's inventory.

use std::collections::{BTreeMap, BTreeSet};

use crate::cases::{folder, testdata};
use crate::program::{Told, report, run_in, told};

#[test]
fn the_laptop_is_told_as_its_inventory_knows_it() {
    let demo = testdata().join("demo");
    let (report, code) = report(&demo, &["--inventory", "inventory.jsonl", "."]);
    assert_eq!(code, 1, "findings");
    let mut by_path: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for place in told(&report) {
        by_path.entry(place.path.clone()).or_default().push(place);
    }
    let mut wrong = Vec::new();
    for case in folder("demo") {
        let file = case.path.strip_prefix("demo/").expect("below demo");
        let told = by_path.remove(file).unwrap_or_default();
        if case.keys.len() != told.len() {
            wrong.push(format!("{file}: {} keys, told {told:?}", case.keys.len()));
            continue;
        }
        for (key, told) in case.keys.iter().zip(&told) {
            let facts = &told.finding["properties"]["straykey"];
            let got = (
                Some(told.rule.clone()),
                facts["match"]["entry"].as_i64(),
                told.line,
                told.proof.clone(),
            );
            let want = (key.rule.clone(), key.entry, key.line, key.proof.clone());
            if got != want {
                wrong.push(format!("{file}: expected {want:?}, got {got:?}"));
            }
            if let Some(id) = key.finding_id()
                && told.id.as_deref() != Some(id)
            {
                wrong.push(format!("{file}: expected {id}, got {:?}", told.id));
            }
        }
    }
    wrong.extend(by_path.keys().map(|path| format!("{path}: not expected")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The two copies of the pass signer, in PKCS#1 and in PKCS#8, are one finding.
#[test]
fn one_key_in_two_formats_is_one_finding() {
    let demo = testdata().join("demo");
    let (report, _) = report(&demo, &["--inventory", "inventory.jsonl", "."]);
    let findings = report["findings"].as_array().expect("findings");
    let both = findings
        .iter()
        .find(|f| f["properties"]["straykey"]["match"]["entry"] == 1)
        .expect("the pass signer");
    let formats: BTreeSet<&str> = both["places"]
        .as_array()
        .expect("places")
        .iter()
        .filter_map(|p| p["format"].as_str())
        .collect();
    assert_eq!(formats, BTreeSet::from(["pkcs1", "pkcs8"]));
}

/// What the company can do from its own exports, without the list it made.
#[test]
fn a_list_imported_from_exports_matches_the_laptop() {
    let dir = tempfile::tempdir().expect("a folder");
    let list = dir.path().join("keys.jsonl");
    let list = list.to_str().expect("UTF-8");
    let exports = ["kms/aws", "kms/vault/transit-pass-signer.json", "kms/jwks"];
    let import = ["inventory", "import", "-o", list];
    run_in(&testdata(), import.iter().chain(&exports)).ended(0);
    let (report, code) = report(&testdata(), &["--inventory", list, "demo"]);
    assert_eq!(code, 1);
    let managed: BTreeSet<String> = told(&report)
        .into_iter()
        .filter(|t| !t.finding["properties"]["straykey"]["match"].is_null())
        .map(|t| t.path)
        .collect();
    let want = [
        "home/ada/Downloads/old-build-box.ppk",
        "home/ada/notes/handover.md",
        "home/ada/src/pass-gateway/.env",
        "home/ada/src/pass-gateway/config/partners.json",
        "home/ada/src/pass-gateway/src/main/java/example/pass/TokenSigner.java",
    ];
    assert_eq!(managed, want.map(str::to_owned).into());
}
