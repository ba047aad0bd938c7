//! The log against the schema and against GitHub's ingestion rules.

use serde_json::Value;

use super::super::sample::{self, NASTY, bytes, finding};
use super::super::{ListInfo, Output};
use super::*;
use crate::finding::RuleId;

fn log(report: &Report, profile: Profile) -> Value {
    serde_json::from_slice(&bytes(Output::Sarif(profile), report)).unwrap()
}

fn results(report: &Report, profile: Profile) -> Vec<Value> {
    log(report, profile)["runs"][0]["results"]
        .as_array()
        .unwrap()
        .clone()
}

/// Validates against the schema of OASIS, as vendored in `testdata/schema`.
fn check_schema(log: &Value) {
    let schema = include_str!("../../../testdata/schema/sarif-2.1.0.json");
    // The pattern of language tags has a bracket that closes nothing, which
    // validators refuse as a regular expression; we write no language.
    let schema = schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let errors: Vec<String> = validator
        .iter_errors(log)
        .map(|e| format!("{} at {}", e, e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Returns a text that must be there and not be empty.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let text = value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default();
    assert!(!text.trim().is_empty(), "{pointer} of {value:#}");
    text
}

/// What GitHub asks of a file beside the schema: what is missing here makes it
/// refuse the whole file, or show nothing.
fn check_github(log: &Value) {
    assert_eq!(text(log, "/version"), "2.1.0");
    assert!(text(log, "/$schema").starts_with("https://docs.oasis-open.org/"));
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let run = &runs[0];
    text(run, "/tool/driver/name");
    assert!(text(run, "/automationDetails/id").ends_with('/'));
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        text(rule, "/id");
        for pointer in ["/shortDescription/text", "/fullDescription/text"] {
            assert!(text(rule, pointer).chars().count() <= 1024);
        }
        text(rule, "/help/text");
        text(rule, "/help/markdown");
        assert!(["error", "warning", "note"].contains(&text(rule, "/defaultConfiguration/level")));
        let severity: f64 = text(rule, "/properties/security-severity").parse().unwrap();
        assert!(severity > 0.0 && severity <= 10.0);
        assert!(
            ["very-high", "high", "medium", "low"].contains(&text(rule, "/properties/precision"))
        );
        let tags = rule["properties"]["tags"].as_array().unwrap();
        assert!(tags.len() <= 20 && tags.contains(&"security".into()));
    }
    let results = run["results"].as_array().unwrap();
    assert!(results.len() <= 5000);
    let mut hashes = std::collections::HashSet::new();
    for result in results {
        text(result, "/message/text");
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let hash = text(result, "/partialFingerprints/primaryLocationLineHash");
        assert!(
            hashes.insert((result["ruleId"].clone(), hash)),
            "{hash} twice"
        );
        assert!(result.get("suppressions").is_none());
        let locations = result["locations"].as_array().unwrap();
        assert_eq!(locations.len(), 1);
        let empty = Vec::new();
        let related = result["relatedLocations"].as_array().unwrap_or(&empty);
        assert!(locations.len() + related.len() <= 1000);
        for location in locations.iter().chain(related) {
            check_location(location);
        }
    }
}

fn check_location(location: &Value) {
    let uri = text(location, "/physicalLocation/artifactLocation/uri");
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b);
    assert!(uri.bytes().all(unreserved), "{uri}");
    assert!(!uri.starts_with('/'), "{uri}");
    let region = &location["physicalLocation"]["region"];
    let number = |name: &str| {
        region[name]
            .as_u64()
            .filter(|n| *n > 0)
            .unwrap_or_else(|| panic!("{name}"))
    };
    assert_eq!(number("startLine"), number("endLine"));
    assert!(number("startColumn") < number("endColumn"));
    assert!(location["physicalLocation"].get("contextRegion").is_none());
    assert!(region.get("snippet").is_none());
}

#[test]
fn both_profiles_meet_schema_and_github() {
    let mut expired = sample::report();
    expired.inventory = Some(ListInfo {
        expired: true,
        ..ListInfo::default()
    });
    for report in [sample::report(), Report::default(), expired] {
        for profile in [Profile::Full, Profile::Github] {
            let log = log(&report, profile);
            check_schema(&log);
            check_github(&log);
        }
    }
}

/// A file that only the history has cannot be shown; one that is there stands for it.
#[test]
fn what_is_gone_is_anchored_in_githubs_profile() {
    let mut report = sample::report();
    let gone = report.findings[1].places[0].uri.clone();
    report.gone.insert(gone.clone());
    report.anchor = Some("README.md".into());
    let log = log(&report, Profile::Github);
    check_schema(&log);
    check_github(&log);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let moved: Vec<&Value> = results
        .iter()
        .filter(|r| uri_of(r) == "README.md")
        .collect();
    assert_eq!(moved.len(), 1);
    assert!(text(moved[0], "/message/text").contains("in the history only"));
    assert!(results.iter().all(|r| uri_of(r) != gone));
    let full = self::log(&report, Profile::Full);
    let results = full["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().all(|r| uri_of(r) != "README.md"));
}

fn uri_of(result: &Value) -> &str {
    text(result, "/locations/0/physicalLocation/artifactLocation/uri")
}

/// The largest file that is written stays below what GitHub takes.
#[test]
fn ten_megabytes_are_enough() {
    use std::io::Write as _;
    let long = format!("{}/key.pem", "deep/folder/".repeat(30));
    let report = Report {
        findings: (0..255)
            .map(|seed| {
                let paths: Vec<String> = (0..20).map(|n| format!("{seed}/{n}/{long}")).collect();
                let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
                finding(RuleId::ManagedKeyProd, seed, &paths)
            })
            .collect(),
        ..Report::default()
    };
    let log = bytes(Output::Sarif(Profile::Github), &report);
    let results = results(&report, Profile::Github);
    assert_eq!(results.len(), MAX_GITHUB_RESULTS);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&log).unwrap();
    let packed = packed.finish().unwrap().len();
    assert!(packed < 10_000_000, "{packed} of {}", log.len());
}

#[test]
fn the_schema_test_can_fail() {
    let mut log = log(&sample::report(), Profile::Full);
    log["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(std::panic::catch_unwind(|| check_schema(&log)).is_err());
    log["runs"][0]["results"][0]["level"] = "error".into();
    log["runs"][0]["results"][0]["message"]["text"] = "".into();
    check_schema(&log);
    assert!(std::panic::catch_unwind(|| check_github(&log)).is_err());
}

#[test]
fn full_profile_has_a_result_per_key() {
    let results = results(&sample::report(), Profile::Full);
    assert_eq!(results.len(), 6);
    assert_eq!(results[0]["ruleId"], "managed-key-prod");
    assert_eq!(results[0]["relatedLocations"].as_array().unwrap().len(), 2);
    assert_eq!(results[0]["occurrenceCount"], 3);
    let facts = &results[0]["properties"]["straykey"];
    assert_eq!(facts["match"]["entry"], 17);
    assert_eq!(facts["extent"]["end_line"], 12);
    assert_eq!(
        results[0]["partialFingerprints"]["straykeyIdentity/v1"],
        facts["identity"]["spki-sha256"]
    );
    let member = results
        .iter()
        .find(|r| r["ruleId"] == "private-key")
        .unwrap();
    let location = &member["locations"][0];
    assert_eq!(
        location["physicalLocation"]["artifactLocation"]["uri"],
        "a%20b.zip"
    );
    assert_eq!(location["physicalLocation"]["region"]["startLine"], 1);
    assert_eq!(
        location["logicalLocations"][0]["fullyQualifiedName"],
        "a b.zip!in/ner.pem"
    );
}

#[test]
fn github_profile_has_a_result_per_key_and_file_matches_first() {
    let results = results(&sample::report(), Profile::Github);
    assert_eq!(results.len(), 9);
    let rules: Vec<&str> = results
        .iter()
        .map(|r| r["ruleId"].as_str().unwrap())
        .collect();
    let (matched, others) = rules.split_at(5);
    assert!(
        matched.iter().all(|rule| rule.starts_with("managed-key")),
        "{rules:?}"
    );
    assert!(
        others.iter().all(|rule| !rule.starts_with("managed-key")),
        "{rules:?}"
    );
    // The first file of each key comes before the second of any.
    assert_eq!(&matched[..2], ["managed-key-prod", "managed-key"]);
    assert!(results.iter().all(|r| r.get("relatedLocations").is_none()));
}

#[test]
fn several_places_in_a_file_are_one_result_for_github() {
    let mut double = finding(RuleId::PrivateKey, 1, &["a.env", "a.env"]);
    double.places[1].region.line = 90;
    let report = Report {
        findings: vec![double],
        ..Report::default()
    };
    let results = results(&report, Profile::Github);
    assert_eq!(results.len(), 1);
    assert_eq!(
        results[0]["locations"][0]["physicalLocation"]["region"]["startLine"],
        7
    );
    assert_eq!(
        results[0]["relatedLocations"][0]["physicalLocation"]["region"]["startLine"],
        90
    );
}

#[test]
fn profiles_agree_on_the_hash_of_the_first_place() {
    let report = sample::report();
    let hashes = |profile| -> Vec<String> {
        let results = results(&report, profile);
        results
            .iter()
            .map(|r| text(r, "/partialFingerprints/primaryLocationLineHash").to_owned())
            .collect()
    };
    let github = hashes(Profile::Github);
    assert!(
        hashes(Profile::Full)
            .iter()
            .all(|hash| github.contains(hash))
    );
}

#[test]
fn too_many_results_are_cut_and_said() {
    let paths: Vec<String> = (0..5_200).map(|n| format!("d/{n}.pem")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let report = Report {
        findings: vec![
            finding(RuleId::PrivateKey, 1, &paths),
            finding(RuleId::ManagedKey, 2, &["z.pem"]),
        ],
        ..Report::default()
    };
    let log = log(&report, Profile::Github);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), MAX_GITHUB_RESULTS);
    assert_eq!(results[0]["ruleId"], "managed-key");
    let said = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert!(said.to_string().contains("201 results left out"), "{said}");
    check_github(&log);
    check_github(&self::log(&report, Profile::Full));
}

#[test]
fn invocation_says_what_was_not_read() {
    let invocation = &log(&sample::report(), Profile::Full)["runs"][0]["invocations"][0];
    assert_eq!(invocation["exitCode"], 1);
    assert_eq!(invocation["executionSuccessful"], false);
    let said = invocation["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(said.len(), 2);
    assert_eq!(said[0]["descriptor"]["id"], "unreadable");
    assert_eq!(said[0]["level"], "error");
    assert_eq!(said[1]["descriptor"]["id"], "link");
    assert_eq!(said[1]["level"], "note");
    let clean = &log(&Report::default(), Profile::Full)["runs"][0]["invocations"][0];
    assert_eq!(clean["exitCode"], 0);
    assert_eq!(clean["executionSuccessful"], true);
}

#[test]
fn every_notice_and_weakness_has_its_descriptor() {
    let log = log(&Report::default(), Profile::Full);
    let driver = &log["runs"][0]["tool"]["driver"];
    assert_eq!(driver["notifications"].as_array().unwrap().len(), 16);
    let taxa = log["runs"][0]["taxonomies"][0]["taxa"].as_array().unwrap();
    let known: Vec<&Value> = taxa.iter().map(|t| &t["id"]).collect();
    for rule in driver["rules"].as_array().unwrap() {
        for relationship in rule["relationships"].as_array().unwrap() {
            assert!(known.contains(&&relationship["target"]["id"]), "{rule}");
        }
    }
}

#[test]
fn provenance_has_no_password() {
    let log = log(&sample::report(), Profile::Full);
    let repository = &log["runs"][0]["versionControlProvenance"][0];
    assert_eq!(repository["repositoryUri"], "https://git.example/o/r.git");
    assert_eq!(repository["branch"], "main");
    assert!(!log.to_string().contains("ghp_token"));
}

#[test]
fn messages_are_text_only() {
    let bytes = bytes(Output::Sarif(Profile::Full), &sample::report());
    let raw = String::from_utf8(bytes).unwrap();
    assert!(!raw.chars().any(|c| c.is_control() && c != '\n'));
    assert!(!raw.contains('\u{202e}'));
    let results = results(&sample::report(), Profile::Full);
    let message = text(&results[0], "/message/text");
    assert!(
        message.contains("\\[x\\](y)") && message.contains("{{0}}"),
        "{message}"
    );
    let uri = sample::place(NASTY).uri;
    assert!(raw.contains(&uri), "{uri}");
}
