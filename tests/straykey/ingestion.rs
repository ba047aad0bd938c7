//! GitHub's ingestion rules for SARIF, one by one, on what the binary writes
//! with `--sarif-profile github`. Each rule is also broken on purpose, so that
//! none of the checks is blind.

use std::collections::BTreeSet;
use std::io::Write as _;

use serde_json::{Value, json};

use crate::cases::testdata;
use crate::program::run_in;

/// Returns the text at a pointer, if there is any.
fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.filter(|text| !text.trim().is_empty())
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// Returns every ingestion rule that a log breaks.
fn broken(log: &Value) -> BTreeSet<&'static str> {
    let mut broken = BTreeSet::new();
    let mut rule = |name: &'static str, holds: bool| {
        if !holds {
            broken.insert(name);
        }
    };
    let bytes = serde_json::to_vec(log).expect("JSON");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&bytes).expect("written");
    rule(
        "file: 10 MB",
        packed.finish().expect("packed").len() <= 10_000_000,
    );
    rule("$schema", text(log, "/$schema").is_some());
    rule("version", text(log, "/version") == Some("2.1.0"));
    let runs = list(log, "/runs");
    rule("runs: 20", (1..=20).contains(&runs.len()));
    let mut categories = BTreeSet::new();
    for run in runs {
        rule("driver.name", text(run, "/tool/driver/name").is_some());
        let category = text(run, "/automationDetails/id");
        rule("category", category.is_some_and(|id| id.contains('/')));
        rule("one run per category", categories.insert(category));
        let rules = list(run, "/tool/driver/rules");
        rule("rules: 25,000", (1..=25_000).contains(&rules.len()));
        rule(
            "tool extensions: 100",
            list(run, "/tool/extensions").len() <= 100,
        );
        for one in rules {
            let short = |pointer| text(one, pointer).is_some_and(|t| t.chars().count() <= 1024);
            rule("rule id", text(one, "/id").is_some());
            rule("shortDescription", short("/shortDescription/text"));
            rule("fullDescription", short("/fullDescription/text"));
            rule("help.text", text(one, "/help/text").is_some());
            let tags = list(one, "/properties/tags");
            rule("tags: 20", tags.len() <= 20);
            rule("tag security", tags.contains(&json!("security")));
            let severity = text(one, "/properties/security-severity");
            let severity = severity.and_then(|number| number.parse::<f64>().ok());
            rule(
                "security-severity",
                severity.is_some_and(|n| n > 0.0 && n <= 10.0),
            );
            let precisions = ["very-high", "high", "medium", "low"];
            let precision = text(one, "/properties/precision");
            rule(
                "precision",
                precision.is_some_and(|word| precisions.contains(&word)),
            );
        }
        let ids: BTreeSet<_> = rules.iter().map(|rule| text(rule, "/id")).collect();
        let results = list(run, "/results");
        rule("results: 5,000", results.len() <= 5_000);
        let mut prints = BTreeSet::new();
        for result in results {
            rule("message.text", text(result, "/message/text").is_some());
            let id = text(result, "/ruleId");
            rule("ruleId is listed", id.is_some() && ids.contains(&id));
            let print = text(result, "/partialFingerprints/primaryLocationLineHash");
            rule("primaryLocationLineHash", print.is_some());
            rule("results are distinct", prints.insert((id, print)));
            // Suppressions are not read: such a result would be an open alert.
            rule("no suppressions", result["suppressions"].is_null());
            rule("no thread flows", list(result, "/codeFlows").is_empty());
            let locations = list(result, "/locations");
            let related = list(result, "/relatedLocations");
            rule("locations", !locations.is_empty());
            rule("locations: 1,000", locations.len() + related.len() <= 1_000);
            for location in locations.iter().chain(related) {
                let uri = text(location, "/physicalLocation/artifactLocation/uri");
                rule("uri", uri.is_some());
                let uri = uri.unwrap_or_default();
                let is_relative = !uri.starts_with('/') && !uri.contains(':');
                rule("uri is relative, without a scheme", is_relative);
                let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b);
                rule(
                    "uri is percent-encoded, with slashes",
                    uri.bytes().all(is_plain),
                );
                rule("uri stays inside", uri.split('/').all(|part| part != ".."));
                let region = &location["physicalLocation"]["region"];
                let number = |name: &str| region[name].as_u64().filter(|n| *n > 0);
                let all = ["startLine", "startColumn", "endLine", "endColumn"].map(number);
                rule(
                    "region has all four numbers",
                    all.iter().all(Option::is_some),
                );
                // A region of several lines is not annotated unless all are in the diff.
                rule(
                    "region lies on one line",
                    all[0] == all[2] && all[1] < all[3],
                );
                rule("no snippet", region["snippet"].is_null());
            }
        }
    }
    broken
}

fn log(folder: &std::path::Path, args: &[&str]) -> Value {
    let github = ["scan", "--format", "sarif", "--sarif-profile", "github"];
    let run = run_in(folder, github.iter().chain(args));
    assert!(run.code <= 1, "{}: {}", run.asked, run.err);
    run.json()
}

#[test]
fn what_the_binary_writes_meets_every_rule() {
    let list = ["--inventory", "demo/inventory.jsonl"];
    let everything = log(
        &testdata(),
        &[&list[..], &["--history", "skip", "."]].concat(),
    );
    assert!(
        everything["runs"][0]["results"]
            .as_array()
            .expect("results")
            .len()
            > 100
    );
    assert_eq!(broken(&everything), BTreeSet::new());
    let empty = tempfile::tempdir().expect("a folder");
    assert_eq!(broken(&log(empty.path(), &["."])), BTreeSet::new());
}

/// Code scanning shows an alert at the path from the root of the repository.
#[test]
fn uris_begin_at_the_root_of_the_repository() {
    let temporary = tempfile::tempdir().expect("a folder");
    let root = temporary.path().join("repo");
    let key = std::fs::read(testdata().join("pkcs8/good-ed25519.pem")).expect("a key");
    let files = ["sub folder/in/a.pem", "other/b.pem"];
    for file in files {
        let path = root.join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, &key).expect("written");
    }
    let uris = |folder: &std::path::Path, args: &[&str]| -> BTreeSet<String> {
        let log = log(folder, args);
        let results = list(&log, "/runs/0/results").iter();
        let uri = "/locations/0/physicalLocation/artifactLocation/uri";
        results
            .map(|r| text(r, uri).expect("a URI").to_owned())
            .collect()
    };
    let expected = |all: &[&str]| -> BTreeSet<String> { all.iter().map(|&s| s.into()).collect() };
    // No repository: from PATH.
    let above = temporary.path();
    assert_eq!(uris(above, &["repo/sub folder"]), expected(&["in/a.pem"]));
    std::fs::create_dir(root.join(".git")).expect("a folder");
    std::fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").expect("written");
    let skip = ["--history", "skip"];
    let all = ["sub%20folder/in/a.pem", "other/b.pem"];
    for (folder, paths, wanted) in [
        (above, vec!["repo/sub folder"], expected(&all[..1])),
        (above, vec!["repo/sub folder/in/a.pem"], expected(&all[..1])),
        (
            above,
            vec!["repo/sub folder/in", "repo/other"],
            expected(&all),
        ),
        (above, vec!["repo"], expected(&all)),
        (root.as_path(), vec!["."], expected(&all)),
        (
            root.as_path(),
            vec!["sub folder/../other"],
            expected(&all[1..]),
        ),
        (&root.join("sub folder"), vec!["in"], expected(&all[..1])),
        // Above several repositories no root is nearer than PATH.
        (
            above,
            vec!["."],
            expected(&["repo/sub%20folder/in/a.pem", "repo/other/b.pem"]),
        ),
    ] {
        let args = [&skip[..], &paths].concat();
        assert_eq!(uris(folder, &args), wanted, "{paths:?}");
        let found = run_in(
            folder,
            [&["scan", "--format", "github"], &args[..]].concat(),
        );
        for uri in &wanted {
            let file = format!("file={},", uri.replace("%20", " "));
            assert!(found.out().contains(&file), "{file}: {}", found.out());
        }
    }
}

#[test]
fn every_rule_can_be_broken() {
    let good = log(&testdata(), &["--history", "skip", "demo"]);
    assert_eq!(broken(&good), BTreeSet::new());
    let run = "/runs/0";
    let rule = "/runs/0/tool/driver/rules/0";
    let result = "/runs/0/results/0";
    let region = "/runs/0/results/0/locations/0/physicalLocation/region";
    let uri = "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri";
    // Numbers that do not compress (splitmix64).
    let noise = |n: u64| {
        let n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    };
    let noise: Vec<u64> = (1..1_500_000).map(noise).collect();
    let many = |n: usize| Value::Array(vec![json!({}); n]);
    let rows: Vec<(&str, String, Value)> = vec![
        ("file: 10 MB", format!("{run}/properties"), json!(noise)),
        ("$schema", "/$schema".into(), json!("")),
        ("version", "/version".into(), json!("2.0.0")),
        ("runs: 20", "/runs".into(), many(21)),
        ("driver.name", format!("{run}/tool/driver/name"), json!("")),
        (
            "category",
            format!("{run}/automationDetails/id"),
            json!("straykey"),
        ),
        ("one run per category", "/runs".into(), many(2)),
        (
            "rules: 25,000",
            format!("{run}/tool/driver/rules"),
            many(25_001),
        ),
        (
            "tool extensions: 100",
            format!("{run}/tool/extensions"),
            many(101),
        ),
        ("rule id", format!("{rule}/id"), json!("")),
        (
            "shortDescription",
            format!("{rule}/shortDescription/text"),
            json!("x".repeat(1025)),
        ),
        (
            "fullDescription",
            format!("{rule}/fullDescription/text"),
            json!(""),
        ),
        ("help.text", format!("{rule}/help/text"), json!(" ")),
        ("tags: 20", format!("{rule}/properties/tags"), many(21)),
        (
            "tag security",
            format!("{rule}/properties/tags"),
            json!(["keys"]),
        ),
        (
            "security-severity",
            format!("{rule}/properties/security-severity"),
            json!(9.8),
        ),
        (
            "precision",
            format!("{rule}/properties/precision"),
            json!("sure"),
        ),
        ("results: 5,000", format!("{run}/results"), many(5001)),
        ("message.text", format!("{result}/message/text"), json!("")),
        (
            "ruleId is listed",
            format!("{result}/ruleId"),
            json!("unknown"),
        ),
        (
            "primaryLocationLineHash",
            format!("{result}/partialFingerprints/primaryLocationLineHash"),
            json!(""),
        ),
        (
            "results are distinct",
            format!("{run}/results"),
            json!([good["runs"][0]["results"][0], good["runs"][0]["results"][0]]),
        ),
        (
            "no suppressions",
            format!("{result}/suppressions"),
            json!([{ "kind": "external" }]),
        ),
        ("no thread flows", format!("{result}/codeFlows"), many(1)),
        ("locations", format!("{result}/locations"), json!([])),
        (
            "locations: 1,000",
            format!("{result}/relatedLocations"),
            many(1000),
        ),
        ("uri", uri.into(), json!("")),
        (
            "uri is relative, without a scheme",
            uri.into(),
            json!("file:///a"),
        ),
        (
            "uri is percent-encoded, with slashes",
            uri.into(),
            json!("a b"),
        ),
        ("uri stays inside", uri.into(), json!("../a")),
        (
            "region has all four numbers",
            format!("{region}/endColumn"),
            json!(null),
        ),
        (
            "region lies on one line",
            format!("{region}/endLine"),
            json!(9999),
        ),
        (
            "no snippet",
            format!("{region}/snippet"),
            json!({ "text": "x" }),
        ),
    ];
    for (name, pointer, value) in rows {
        let mut log = good.clone();
        let (parent, key) = pointer.rsplit_once('/').expect("a key");
        log.pointer_mut(parent)
            .unwrap_or_else(|| panic!("{pointer}"))[key] = value;
        assert!(broken(&log).contains(name), "{name} is not noticed");
    }
}
