//! Every file of every format: found with the right fingerprints, told as
//! malformed, or passed over in silence.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::cases::{Case, folder, formats, testdata};
use crate::program::{Told, report, told};

/// Folders of `testdata` that belong to no format.
const NO_FORMAT: &[&str] = &[
    "archive",
    "demo",
    "encoding",
    "exports",
    "identity",
    "kms",
    "live",
    "make",
    "placement",
    "schema",
    "signed-token",
    "signing",
    "signing-secrets",
    "systems",
    "token",
];

#[test]
fn every_format_has_its_files_and_every_folder_its_format() {
    let formats: BTreeSet<String> = formats().map(str::to_owned).collect();
    let mut folders = BTreeSet::new();
    for entry in fs::read_dir(testdata()).expect("testdata") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_dir() {
            folders.insert(entry.file_name().into_string().expect("UTF-8"));
        }
    }
    for exempt in NO_FORMAT {
        assert!(!formats.contains(*exempt), "`{exempt}` is a format");
        folders.remove(*exempt);
    }
    assert_eq!(folders, formats, "folders of testdata and formats differ");
    let mut wrong = Vec::new();
    for format in &formats {
        let listed: BTreeSet<String> = folder(format)
            .iter()
            .map(|case| case.name().to_owned())
            .collect();
        let there = fs::read_dir(testdata().join(format)).expect("a folder");
        let mut there: BTreeSet<String> = there
            .map(|e| {
                e.expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("UTF-8")
            })
            .collect();
        there.remove("expect.toml");
        for name in listed.symmetric_difference(&there) {
            wrong.push(format!(
                "{format}/{name}: a file without expectation, or the reverse"
            ));
        }
        for kind in ["good-", "bad-", "near-"] {
            if !listed.iter().any(|name| name.starts_with(kind)) {
                wrong.push(format!("{format}: no {kind}* file"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_of_every_format() {
    let mut wrong = Vec::new();
    for format in formats() {
        check(format, Some(format), &mut wrong);
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn pem_wherever_it_is_met() {
    let mut wrong = Vec::new();
    check("placement", None, &mut wrong);
    check("encoding", None, &mut wrong);
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Scans a folder with the binary and compares each of its files.
fn check(name: &str, format: Option<&str>, wrong: &mut Vec<String>) {
    let (report, _) = report(&testdata(), &[name]);
    let mut by_path: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for place in told(&report) {
        by_path.entry(place.path.clone()).or_default().push(place);
    }
    let mut kinds = BTreeSet::new();
    for case in folder(name) {
        let told = by_path.remove(case.name()).unwrap_or_default();
        let kind = case.name().split('-').next().expect("a kind").to_owned();
        let problems = match kind.as_str() {
            "good" => good(&case, &told, format),
            "bad" => bad(&case, &told),
            "near" => near(&case, &told),
            other => vec![format!("a file of unknown kind `{other}`")],
        };
        wrong.extend(problems.iter().map(|p| format!("{}: {p}", case.path)));
        kinds.insert(kind);
    }
    for path in by_path.keys() {
        wrong.push(format!(
            "{name}/{path}: a finding in a file without expectation"
        ));
    }
    assert!(kinds.contains("good"), "{name}: no file with a key");
}

fn brief(told: &[Told]) -> String {
    let one = |t: &Told| {
        format!(
            "{} {} {} line {} {:?}",
            t.rule, t.format, t.proof, t.line, t.id
        )
    };
    told.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn good(case: &Case, told: &[Told], format: Option<&str>) -> Vec<String> {
    let mut problems = Vec::new();
    assert!(!case.keys.is_empty(), "{}: no key expected", case.path);
    if told.len() != case.keys.len() {
        problems.push(format!(
            "{} keys expected, got: {}",
            case.keys.len(),
            brief(told)
        ));
    }
    for key in &case.keys {
        let here = |t: &&Told| match key.finding_id() {
            Some(id) => t.id.as_deref() == Some(id),
            None => t.proof == key.proof && t.line == key.line,
        };
        let Some(found) = told.iter().find(here) else {
            let id = key.finding_id().unwrap_or("a container");
            problems.push(format!(
                "{id} of line {} expected, got: {}",
                key.line,
                brief(told)
            ));
            continue;
        };
        let mut differs = |what: &str, got: &str, want: &str| {
            if got != want {
                problems.push(format!("{what} expected {want}, got {got}"));
            }
        };
        differs("proof", &found.proof, &key.proof);
        differs("line", &found.line.to_string(), &key.line.to_string());
        if let Some(format) = format {
            differs("format", &found.format, format);
        }
        let facts = &found.finding["properties"]["straykey"];
        differs(
            "opened-with",
            facts["opened_with"].as_str().unwrap_or("none"),
            key.opened_with.as_deref().unwrap_or("none"),
        );
        let identity = &facts["identity"];
        let is_secret = key.ids.contains_key("chal-hmac-sha256");
        if !is_secret {
            let want = key.algorithm.as_deref().unwrap_or_default();
            differs(
                "algorithm",
                found.algorithm.as_deref().unwrap_or_default(),
                want,
            );
        }
        for (name, want) in key.ids.iter().filter(|(n, _)| !n.starts_with("chal-")) {
            differs(name, identity[name].as_str().unwrap_or("none"), want);
        }
        let rules: &[&str] = match key.proof.as_str() {
            "private" => &["private-key", "agreement-key"],
            "sealed" | "opaque" => &["sealed-private-key"],
            "context" => &["signing-secret"],
            other => panic!(
                "{}: a proof that this test does not know: {other}",
                case.path
            ),
        };
        if !rules.contains(&found.rule.as_str()) {
            problems.push(format!("rule expected {rules:?}, got {}", found.rule));
        }
        let algorithm = key.algorithm.as_deref().unwrap_or_default();
        let agrees = ["X25519", "X448", "DH-", "ML-KEM-"];
        let signs = !agrees.iter().any(|start| algorithm.starts_with(start));
        if key.proof == "private" && (found.rule == "private-key") != signs {
            problems.push(format!("rule of {:?}: {}", key.algorithm, found.rule));
        }
    }
    problems
}

fn bad(case: &Case, told: &[Told]) -> Vec<String> {
    let (rule, line) = case.bad.as_ref().expect("rule and line");
    let is_other = |t: &&Told| !(t.proof == "context" && case.also.contains(&t.rule));
    let told: Vec<&Told> = told.iter().filter(is_other).collect();
    let as_expected = !told.is_empty()
        && told.iter().all(|t| {
            t.rule == *rule && t.line == *line && ["shape", "hint"].contains(&t.proof.as_str())
        });
    if as_expected {
        return Vec::new();
    }
    let told: Vec<Told> = told.into_iter().cloned().collect();
    vec![format!(
        "{rule} at line {line} expected, got: {} (a rule for secrets that also sees one there is \
        named in its entry, as `also = [\"signing-secret\"]`)",
        brief(&told)
    )]
}

fn near(case: &Case, told: &[Told]) -> Vec<String> {
    assert!(case.silent, "{}: `near` and not silent", case.path);
    if told.is_empty() {
        return Vec::new();
    }
    vec![format!("silence expected, got: {}", brief(told))]
}
