//! What key management systems print becomes a list.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::cases::testdata;
use crate::program::run_in;

struct Export {
    file: String,
    table: toml::Table,
}

fn exports() -> Vec<Export> {
    let text = fs::read_to_string(testdata().join("kms/expect.toml")).expect("readable");
    let tables: toml::Table = text.parse().expect("TOML");
    let export = |(file, table): (String, toml::Value)| Export {
        file,
        table: table.as_table().expect("a table").clone(),
    };
    tables.into_iter().map(export).collect()
}

impl Export {
    fn text(&self, field: &str) -> Option<&str> {
        self.table.get(field)?.as_str()
    }

    fn keys(&self) -> Vec<&toml::Table> {
        let keys = self.table.get("key").and_then(toml::Value::as_array);
        keys.into_iter()
            .flatten()
            .filter_map(toml::Value::as_table)
            .collect()
    }
}

fn records(list: &str) -> Vec<Value> {
    let lines = list
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    lines.collect()
}

/// Whether an entry is this expected key.
fn is(entry: &Value, key: &toml::Table) -> bool {
    let ids = &entry["ids"];
    let text = |name: &str| key.get(name).and_then(toml::Value::as_str);
    match (text("spki-sha256"), text("chal-hmac-sha256")) {
        (Some(spki), _) => ids["spki-sha256"] == spki,
        (None, Some(answer)) => ids["chal-hmac-sha256"] == answer,
        (None, None) => false,
    }
}

#[test]
fn a_folder_of_mixed_exports_in_one_command() {
    let dir = tempfile::tempdir().expect("a folder");
    let list = dir.path().join("keys.jsonl");
    let asked = [
        "inventory",
        "import",
        "kms",
        "-o",
        list.to_str().expect("UTF-8"),
    ];
    // Two files are broken on purpose.
    let run = run_in(&testdata(), asked).ended(2);
    let text = fs::read_to_string(&list).expect("the list");
    let records = records(&text);
    let (header, entries) = records.split_first().expect("a header");
    assert_eq!(header["counts"]["entries"], entries.len());
    let mut wrong = Vec::new();
    for export in exports() {
        let file = &export.file;
        for (field, word) in [("refused", "error"), ("error", "error")] {
            let told = run
                .err
                .lines()
                .any(|l| l.starts_with(word) && l.contains(file.as_str()));
            if export.text(field).is_some() && !told {
                wrong.push(format!("{file}: no error is told"));
            }
        }
        if export.text("error").is_some() {
            let number = |name: &str| export.table[name].as_integer().expect("a number");
            let place = format!("line {}, column {}", number("line"), number("column"));
            if !run
                .err
                .lines()
                .any(|l| l.contains(file.as_str()) && l.contains(&place))
            {
                wrong.push(format!("{file}: {place} is not told"));
            }
        }
        if export.table.get("understood") == Some(&false.into()) {
            let told = run.err.lines();
            let mut told = told.filter(|l| l.starts_with("not understood:"));
            if !told.any(|l| l.contains(file.as_str())) {
                wrong.push(format!("{file}: not listed as not understood"));
            }
        }
        for key in export.keys() {
            let found: Vec<&Value> = entries.iter().filter(|e| is(e, key)).collect();
            let [entry] = found[..] else {
                wrong.push(format!("{file}: {} entries of one key", found.len()));
                continue;
            };
            for id in [
                "ssh-sha256",
                "jwk-sha256",
                "keygrip",
                "ski",
                "modulus-sha256",
            ] {
                let Some(want) = key.get(id).and_then(toml::Value::as_str) else {
                    continue;
                };
                if entry["ids"][id] != want {
                    wrong.push(format!(
                        "{file}: {id} expected {want}, got {}",
                        entry["ids"][id]
                    ));
                }
            }
            if let Some(kid) = key.get("kid").and_then(toml::Value::as_str) {
                let kids = entry["ids"]["kid"].as_array();
                if !kids.is_some_and(|kids| kids.iter().any(|k| k == kid)) {
                    wrong.push(format!(
                        "{file}: kid {kid} is not among {}",
                        entry["ids"]["kid"]
                    ));
                }
            }
            if let Some(state) = key.get("state").and_then(toml::Value::as_str) {
                let holdings = entry["holdings"].as_array().expect("holdings");
                if !holdings.iter().any(|h| h["state"] == state) {
                    wrong.push(format!("{file}: no holding is {state}: {holdings:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), run.err);
}

/// The state and origin that one file tells of a key that another file shows.
#[test]
fn facts_of_several_files_meet_in_one_holding() {
    let list = run_in(&testdata(), ["inventory", "import", "kms/aws"]).ended(0);
    let records = records(&list.out());
    let exports = exports();
    let mut described = 0;
    for export in exports.iter().filter(|e| e.file.starts_with("aws/")) {
        let Some(name) = export.text("describes") else {
            continue;
        };
        let holding = records
            .iter()
            .flat_map(|r| r["holdings"].as_array().into_iter().flatten())
            .find(|h| h["source"].as_str().is_some_and(|s| s.contains(name)));
        let holding = holding.unwrap_or_else(|| panic!("no holding of {name}"));
        for field in ["state", "origin"] {
            if let Some(want) = export.text(field) {
                assert_eq!(holding[field], want, "{}: {field}", export.file);
                described += 1;
            }
        }
    }
    assert!(described >= 4, "{described} facts");
}

/// Each file alone: as many entries as `expect.toml` says, of the right kind.
#[test]
fn each_export_alone() {
    let mut wrong = Vec::new();
    for export in exports() {
        let path = format!("kms/{}", export.file);
        let run = run_in(&testdata(), ["inventory", "import", &path]);
        let want = export.table["entries"].as_integer().expect("a number");
        // What only describes a key, and what needs another file to be used,
        // is nothing that could be counted here.
        if export.text("describes").is_some() || export.text("kind") == Some("vault-hmac") {
            continue;
        }
        let entries = records(&run.out()).len().saturating_sub(1);
        if entries as i64 != want {
            wrong.push(format!(
                "{path}: {want} entries expected, got {entries}\n{}",
                run.err
            ));
        }
        let code = match want {
            0 => 2,
            _ => 0,
        };
        if run.code != code {
            wrong.push(format!(
                "{path}: exit code {}, expected {code}\n{}",
                run.code, run.err
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Algorithms as lists name them: kind and size.
#[test]
fn kinds_and_sizes() {
    let list = run_in(&testdata(), ["inventory", "import", "kms"]).out();
    let records = records(&list);
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    for export in exports() {
        for key in export.keys() {
            let Some(algorithm) = key.get("algorithm").and_then(toml::Value::as_str) else {
                continue;
            };
            let entry = records.iter().find(|r| is(r, key)).expect("the entry");
            let (kind, bits) = match algorithm.split_once('-') {
                Some(("RSA", bits)) => ("rsa", Some(bits.parse::<u64>().expect("bits"))),
                Some(("EC", _)) => ("ec", None),
                Some(("HMAC", bits)) => ("hmac", Some(bits.parse().expect("bits"))),
                None => ("okp", None),
                Some(other) => panic!("{}: {other:?}", export.file),
            };
            assert_eq!(entry["kind"], kind, "{}: {algorithm}", export.file);
            if let Some(bits) = bits.filter(|_| kind == "rsa") {
                assert_eq!(entry["bits"], bits, "{}: {algorithm}", export.file);
            }
            *kinds.entry(kind).or_default() += 1;
        }
    }
    assert!(kinds.len() >= 3, "{kinds:?}");
}

/// What was written is read again, byte for byte, and unknown fields live.
#[test]
fn a_list_survives_a_round_trip() {
    let dir = tempfile::tempdir().expect("a folder");
    let demo = fs::read_to_string(testdata().join("demo/inventory.jsonl")).expect("readable");
    let (header, rest) = demo.split_once('\n').expect("lines");
    let (first, rest) = rest.split_once('\n').expect("lines");
    let more = |line: &str| {
        format!(
            "{},\"x-note\":{{\"a\":[1,null]}}}}",
            &line[..line.len() - 1]
        )
    };
    let text = format!("{}\n{}\n{rest}", more(header), more(first));
    let path = dir.path().join("keys.jsonl");
    fs::write(&path, text).expect("written");
    let merge = |path: &std::path::Path| {
        let asked = ["inventory", "merge", path.to_str().expect("UTF-8")];
        run_in(dir.path(), asked).ended(0).out()
    };
    let once = merge(&path);
    assert_eq!(
        once.matches("\"x-note\":{\"a\":[1,null]}").count(),
        2,
        "{once}"
    );
    let again = dir.path().join("again.jsonl");
    fs::write(&again, &once).expect("written");
    assert_eq!(merge(&again), once);
}
