//! Questions about keys that need no scan: what changed, what is wrong, who knew.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cases::testdata;
use crate::program::{Run, run_in};

fn run(folder: &Path, line: &str) -> Run {
    run_in(folder, line.split(' '))
}

/// Writes a list of these entries.
fn write(path: &Path, version: u64, entries: &[Value]) {
    let header = json!({"format": "straykey-inventory/1", "list_id": "ledger", "version": version});
    let lines: Vec<String> = [&header]
        .into_iter()
        .chain(entries)
        .map(Value::to_string)
        .collect();
    fs::write(path, lines.join("\n")).expect("written");
}

fn entry(number: u64, name: &str, state: &str) -> Value {
    let digest = format!("{number:x}").repeat(64);
    json!({"entry": number, "name": name, "kind": "rsa", "bits": 2048, "ids": {"spki-sha256": digest},
           "holdings": [{"source": format!("vault:transit/{name}"), "version": "1", "state": state,
                         "env": "prod", "owner": "auth", "created": "2026-06-01T00:00:00Z"}]})
}

#[test]
fn the_ledger_of_two_issues_is_compared() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    write(
        &path.join("1.jsonl"),
        1,
        &[entry(1, "gate", "active"), entry(2, "mail", "active")],
    );
    write(
        &path.join("2.jsonl"),
        2,
        &[entry(3, "pay", "active"), entry(1, "gate", "disabled")],
    );
    assert!(
        run(path, "inventory diff 1.jsonl 1.jsonl")
            .ended(0)
            .out()
            .contains("0 added")
    );
    let told = run(path, "inventory diff 1.jsonl 2.jsonl").ended(1).out();
    for line in [
        "+ pay (entry 3",
        "- mail (entry 2",
        "~ gate (entry 1",
        "state: active -> disabled",
    ] {
        assert!(told.contains(line), "{line} is not in\n{told}");
    }
    let diff = run(path, "inventory diff 1.jsonl 2.jsonl --json")
        .ended(1)
        .json();
    assert_eq!(diff["diff"]["added"][0]["name"], "pay");
    assert_eq!(diff["diff"]["changed"][0]["changes"][0]["new"], "disabled");
    run(path, "inventory diff 1.jsonl missing.jsonl").ended(2);
}

#[test]
fn an_audit_names_keys_and_clauses() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    write(&path.join("good.jsonl"), 1, &[entry(1, "gate", "active")]);
    run(path, "inventory audit good.jsonl --at 2026-11-22T00:00:00Z").ended(0);
    // Two years later it is old.
    let old = run(path, "inventory audit good.jsonl --at 2028-11-22T00:00:00Z").ended(1);
    assert!(old.out().contains("past-crypto-period") && old.out().contains("PCI DSS 3.7.4"));
    run(
        path,
        "inventory audit good.jsonl --at 2028-11-22T00:00:00Z --crypto-period 3650",
    )
    .ended(0);
    let report = run(
        path,
        "inventory audit good.jsonl --at 2028-11-22T00:00:00Z --json",
    )
    .ended(1);
    let fault = &report.json()["faults"][0];
    assert_eq!(fault["entry"], 1);
    assert!(
        fault["clauses"]
            .as_array()
            .is_some_and(|clauses| clauses.len() >= 4),
        "{fault}"
    );
}

#[test]
fn what_an_import_refused_is_in_the_audit() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    // A key set with a secret that people chose.
    let k = "c3VwZXJzZWNyZXQtc3VwZXJzZWNyZXQtc3VwZXJzZWNyZXQ";
    let set = json!({"keys": [{"kty": "oct", "kid": "1", "k": k}, {"kty": "OKP", "crv": "Ed25519", "kid": "2",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]});
    fs::write(path.join("jwks.json"), set.to_string()).expect("written");
    run(path, "inventory import jwks.json -o keys.jsonl").ended(2);
    let list = fs::read_to_string(path.join("keys.jsonl")).expect("a list");
    assert!(!list.contains(k) && list.contains("violations"), "{list}");
    let told = run(path, "inventory audit keys.jsonl").ended(1).out();
    assert!(
        told.contains("refused-at-import") && told.contains("jwks.json"),
        "{told}"
    );
}

#[test]
fn the_demo_is_audited() {
    let told = run(
        &testdata(),
        "inventory audit demo/inventory.jsonl --at 2026-11-22T00:00:00Z",
    );
    let told = told.ended(1).out();
    for check in ["shadow-key", "retired-but-trusted"] {
        assert!(told.contains(check), "{told}");
    }
}

#[test]
fn who_leaves_leaves_work() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    let demo = testdata().join("demo");
    let list = demo.join("inventory.jsonl");
    // What a scan of the laptop found is proof, whoever the custodians are.
    let scan = [
        "scan",
        "--history",
        "skip",
        "--format",
        "json",
        "--inventory",
    ];
    let scan = scan.iter().map(|word| Path::new(word).to_owned());
    let report = run_in(path, scan.chain([list.clone(), demo.join("home")])).ended(1);
    fs::write(path.join("laptop.json"), &report.out).expect("written");
    let ask = |more: &[&str]| {
        let line = [
            "inventory",
            "leaver",
            "nobody@pass.example",
            "--since",
            "2026-10-01",
            "--inventory",
        ];
        let words = line.iter().map(|word| Path::new(word).to_owned());
        let more = more.iter().map(|word| Path::new(word).to_owned());
        run_in(path, words.chain([list.clone()]).chain(more))
    };
    ask(&[]).ended(0);
    let told = ask(&["--findings", "laptop.json"]).ended(1).out();
    assert!(
        told.contains("rotate auth/pass-signer") && told.contains("found on their device"),
        "{told}"
    );
    let json = ask(&["--findings", "laptop.json", "--format", "json"])
        .ended(1)
        .json();
    let duties = json["duties"].as_array().expect("duties");
    assert_eq!(duties[0]["env"], "prod", "{json:#}");
    assert!(duties.iter().all(|duty| duty["why"][0].is_string()));
    ask(&["--findings", "no.json"]).ended(2);
    fs::write(path.join("other.json"), "{}").expect("written");
    ask(&["--findings", "other.json"]).ended(2);
}

#[test]
fn a_spreadsheet_of_duties_holds_no_formula() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    let mut hostile = entry(1, "gate", "active");
    hostile["name"] = "=HYPERLINK(\"http://x\")".into();
    hostile["custodians"] = json!([{"id": "ada"}]);
    write(&path.join("keys.jsonl"), 1, &[hostile]);
    // A slip of the pen is not nothing to do, and what is left out is told.
    let slip = run(
        path,
        "inventory leaver ad --inventory keys.jsonl --since 2026-10-01",
    )
    .ended(2);
    assert!(slip.err.contains("is it `ada`"), "{}", slip.err);
    let nobody = run(
        path,
        "inventory leaver zoe --inventory keys.jsonl --since 2026-10-01",
    )
    .ended(0);
    assert!(nobody.err.contains("nobody of that id"), "{}", nobody.err);
    let early = run(
        path,
        "inventory leaver ada --inventory keys.jsonl --since 2001-01-01",
    );
    assert!(
        early.err.contains("more were made since 2001-01-01"),
        "{}",
        early.err
    );
    let line = "inventory leaver ada --inventory keys.jsonl --since 2026-10-01 --format csv";
    let csv = run(path, line).ended(1).out();
    let row = csv.lines().nth(1).expect("a row");
    assert!(row.starts_with("\"1\",\"rotate\",\"1\",\"'=HYPER"), "{row}");
}
