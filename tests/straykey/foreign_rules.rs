//! Rule files of gitleaks and betterleaks, given with `--patterns`: what they find, what
//! their allowlists excuse, and what of them is not mapped.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{Run, git, run_in};

/// Written for this test, with the fields that the READMEs of both tools name.
const RULES: &str = r#"
title = "rules of a team"

[extend]
useDefault = true

[[rules]]
id = "acme-token"
description = "Token of Acme"
regex = '''\b(acme_[0-9a-z]{36})\b'''
keywords = ["ACME_"]
tags = ["acme"]

[[rules]]
id = "acme-password"
description = "Password of Acme"
regex = '''(?i)acme[\w-.]{0,20}password['"]?\s*[=:]\s*(['"]?)([^'"\s]{8,64})(['"]?)'''
secretGroup = 2
entropy = 3.0
keywords = ["acme"]
  [[rules.allowlists]]
  description = "stand-ins"
  stopwords = ["Placeholder"]
  regexes = ['''^\$\{''']
  [[rules.allowlists]]
  condition = "AND"
  regexTarget = "line"
  regexes = ['''fixture''']
  paths = ['''(^|/)tests/''']

[[rules]]
id = "in-properties-only"
regex = '''zed-([0-9A-F]{16})'''
path = '''\.properties$'''
[rules.allowlist]
regexTarget = "match"
regexes = ['''^zed-0000''']

[[rules]]
id = "short keyword"
regex = '''\bk9:([0-9A-Za-z]{40})'''
keywords = ["k9:"]

[[rules]]
id = "generic-secret"
regex = '''(?i)(?:badge|visitor)\s*=\s*"([0-9a-z_]{16,64})"'''
keywords = ["badge", "visitor"]

[[rules]]
id = "look-behind"
regex = '''(?<!a)b'''
[[rules]]
id = "only-a-path"
path = '''\.p12$'''
[[rules]]
id = "no-such-group"
regex = '''a(b)'''
secretGroup = 2
[[rules]]
id = "of-two-parts"
regex = '''two-parts'''
[[rules.required]]
id = "acme-token"
[[rules]]
id = "with-a-filter"
regex = '''filtered-[0-9]{12}'''
keywords = ["filtered-"]
tokenEfficiency = true
filter = "finding.secret.size() > 3"

[[allowlists]]
description = "everywhere"
paths = ['''(^|/)vendor/''']
commits = ["0123456789012345678901234567890123456789"]
stopwords = ["everywhere0excused"]
[[allowlists]]
targetRules = ["acme-token"]
regexes = ['''zzzz$''']
"#;

const TOKEN: &str = "acme_q8w1e7r2t6y3u5i4o0p9a1s2d3f4g5h6j7k8";

fn write(folder: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn scan(folder: &Path, more: &[&str]) -> Run {
    let args = [
        "scan",
        "tree",
        "--format",
        "json",
        "--patterns",
        "rules.toml",
    ];
    let run = run_in(folder, args.iter().chain(more));
    assert!(run.code < 2, "{}", run.err);
    run
}

/// Returns format, path and line of every place.
fn places(json: &Value) -> Vec<(String, String, u64)> {
    let mut all = Vec::new();
    for finding in json["findings"].as_array().expect("findings") {
        for place in finding["places"].as_array().expect("places") {
            let text = |name: &str| place[name].as_str().expect("text").to_owned();
            all.push((
                text("format"),
                text("path"),
                place["line"].as_u64().expect("a line"),
            ));
        }
    }
    all.sort();
    all
}

fn at(rule: &str, path: &str, line: u64) -> (String, String, u64) {
    (format!("patterns:{rule}"), path.to_owned(), line)
}

/// A folder with the rules, and with files that hold and do not hold what they describe.
fn laid_out() -> tempfile::TempDir {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path();
    write(folder, "rules.toml", RULES);
    let excused = "acme_00000000000000000000000000000000zzzz";
    write(
        folder,
        "tree/a.txt",
        format!("one\nbadge = \"{TOKEN}\"\n{excused}\n{TOKEN}0\n"),
    );
    write(folder, "tree/vendor/a.txt", TOKEN);
    write(
        folder,
        "tree/b.yml",
        "acme-db.password: 'hx7Q!vz29Lmw'\nAcme_Password=aaaaaaaabbbb\nacme_password: my-PLACEHOLDER-0x1\nACME.password = ${SOME_OTHER_PLACE}\nacme_password=qW8z!r52Tf0p # fixture\n",
    );
    write(
        folder,
        "tree/tests/b.yml",
        "acme_password=qW8z!r52Tf0p # fixture\nacme_password=yT6c!m01Kd7n # live\n",
    );
    write(
        folder,
        "tree/c.properties",
        "a=zed-0123456789ABCDEF\nb=zed-0000456789ABCDEF\n",
    );
    write(folder, "tree/c.json", "zed-0123456789ABCDEF");
    write(
        folder,
        "tree/d",
        "k9:0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3 k9:short",
    );
    write(folder, "tree/README.md", "x filtered-123456789012\n");
    write(
        folder,
        "tree/e",
        "badge = \"everywhere0excused12\"\nVisitor = \"n0w4h3r33xcused12\"\n",
    );
    write(folder, "tree/f.bin", format!("\0\0{TOKEN}\n"));
    temporary
}

fn expected() -> Vec<(String, String, u64)> {
    let mut all = vec![
        // One finding, by the rule that knows more.
        at("acme-token", "a.txt", 2),
        at("acme-password", "b.yml", 1),
        at("acme-password", "b.yml", 5),
        at("acme-password", "tests/b.yml", 2),
        at("in-properties-only", "c.properties", 1),
        at("short-keyword", "d", 1),
        at("with-a-filter", "README.md", 1),
        at("generic-secret", "e", 2),
    ];
    all.sort();
    all
}

#[test]
fn rules_of_other_tools_find_what_they_describe() {
    let temporary = laid_out();
    let folder = temporary.path();
    let run = scan(folder, &[]);
    let json = run.json();
    assert_eq!(places(&json), expected());
    assert_eq!(run.code, 1);
    for finding in json["findings"].as_array().expect("findings") {
        assert_eq!(finding["rule"], "custom-secret", "{finding}");
        let message = finding["message"].as_str().expect("a message");
        let format = finding["places"][0]["format"].as_str().expect("text");
        let id = format.trim_start_matches("patterns:");
        assert!(message.contains(&format!("`{id}`")), "{message}");
        assert!(finding["places"][0].get("usage").is_none(), "{finding}");
    }
    // Never what was matched.
    for format in ["json", "sarif", "human", "gitlab", "markdown", "github"] {
        let args = [
            "scan",
            "tree",
            "--patterns",
            "rules.toml",
            "--format",
            format,
            "-vv",
        ];
        let run = run_in(folder, args).ended(1);
        assert!(run.out().contains("acme-token"), "{format}");
        for secret in [
            TOKEN,
            "hx7Q!vz29Lmw",
            "0123456789ABCDEF",
            "n0w4h3r33xcused12",
        ] {
            assert!(!run.out().contains(secret), "{format}: {secret}");
            assert!(!run.err.contains(secret), "{format}: {secret}");
        }
    }
}

#[test]
fn without_the_option_nothing_of_it_is_found() {
    let temporary = laid_out();
    let run = run_in(temporary.path(), ["scan", "tree", "--format", "json"]).ended(0);
    assert_eq!(places(&run.json()), []);
}

#[test]
fn what_is_not_mapped_is_listed() {
    let temporary = laid_out();
    let folder = temporary.path();
    let check = run_in(folder, ["patterns", "check", "rules.toml"]).ended(0);
    let scanned = scan(folder, &[]);
    for (place, why) in [
        ("[extend] (useDefault)", "not followed"),
        ("rule look-behind: left out", "look-around"),
        ("rule only-a-path: left out", "path only"),
        ("rule no-such-group: left out", "no group 2"),
        ("rule of-two-parts: left out", "requires"),
        ("rule with-a-filter", "`filter` is not used"),
        ("rule with-a-filter", "`tokenefficiency` is not used"),
        ("rule short-keyword", "every file"),
        ("file, allowlist 1", "commits"),
    ] {
        for text in [check.out(), scanned.err.clone()] {
            let mut lines = text
                .lines()
                .filter(|line| line.contains("not mapped: rules.toml: "));
            assert!(
                lines.any(|line| line.contains(place) && line.contains(why)),
                "{place}, {why}:\n{text}"
            );
        }
    }
    assert!(
        check
            .out()
            .contains(" rules, 6 rules of other tools, 0 faults"),
        "{}",
        check.out()
    );
    write(folder, "rules.toml", "[[rules]]\nid = 'a'\nregex = 'x\n");
    let run = run_in(folder, ["scan", "tree", "--patterns", "rules.toml"]).ended(2);
    assert!(run.err.contains("rules.toml"), "{}", run.err);
}

/// Files of hundreds of rules have the same fault in most of them.
#[test]
fn a_scan_tells_each_reason_once() {
    let temporary = laid_out();
    let folder = temporary.path();
    let mut rules = String::from("filter = 'true'\n");
    for n in 0..200 {
        rules += &format!(
            "[[rules]]\nid = 'r{n}'\nregex = 'token{n}-[0-9]{{20}}'\nkeywords = ['token{n}-']\nfilter = 'x'\n"
        );
    }
    rules += "[[rules]]\nid = 'last'\npath = 'x'\n";
    write(folder, "rules.toml", &rules);
    let run = scan(folder, &[]);
    let said: Vec<&str> = run
        .err
        .lines()
        .filter_map(|line| line.split_once("not mapped: rules.toml: "))
        .map(|(_, said)| said)
        .collect();
    assert_eq!(
        said,
        [
            "rule last: left out, it has a path only, and a name proves no secret",
            "rule r0, rule r1, rule r2, rule r3 and 196 more: `filter` is not used",
            "file: `filter` is not used",
        ]
    );
    let check = run_in(folder, ["patterns", "check", "rules.toml"]).ended(0);
    assert_eq!(check.out().matches("`filter` is not used").count(), 201);
}

/// A rule of another tool that takes anything for a secret finds something in examples of
/// ours that are none, which is no fault of ours.
#[test]
fn examples_are_those_of_our_own_rules() {
    let temporary = laid_out();
    let folder = temporary.path();
    let rules = r#"
[[rules]]
id = "generic-anything"
regex = '''(?i)(?:secret|key|password)\w*["' ]*[=:]+\s*["']?([\w./+=-]{8,})'''
keywords = ["secret", "key", "password"]
"#;
    write(folder, "rules.toml", rules);
    write(folder, "tree/any", "client_secret: a-reference-to-it\n");
    let found = places(&scan(folder, &[]).json());
    assert!(
        found.contains(&at("generic-anything", "any", 1)),
        "{found:?}"
    );
    let check = run_in(folder, ["patterns", "check", "rules.toml"]).ended(0);
    assert!(check.out().contains(", 0 faults"), "{}", check.out());
}

/// A rule for tokens finds the token that a guessable secret signed; that this is proven
/// weighs more. The token was made with `hmac` of Python, the secret is `secret`.
#[test]
fn what_is_proven_at_the_place_is_told_instead() {
    let temporary = laid_out();
    let folder = temporary.path();
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhY21lIiwic2NvcGUiOiJ0ZXN0cyBvZiBzdHJheWtleSJ9.lA2mFFwpOyFw9pYM6pmGZ38yV8_KSX7mLucsPCqrL4g";
    let rules = r#"
[[rules]]
id = "any-token"
regex = '''\b(ey[\w-]{17,}\.ey[\w-]{17,}\.[\w-]{10,})'''
keywords = ["ey"]
"#;
    write(folder, "rules.toml", rules);
    write(folder, "tree/token.txt", format!("one\nx = '{token}'\n"));
    let of = |run: Run| -> Vec<String> {
        let json = run.json();
        let findings = json["findings"].as_array().expect("findings").clone();
        let at = |f: &&Value| f["places"][0]["path"] == "token.txt";
        let told = findings.iter().filter(at);
        told.map(|f| format!("{} {}", f["rule"], f["message"]))
            .collect()
    };
    let alone = run_in(folder, ["scan", "tree", "--format", "json"]);
    let alone = of(alone);
    assert_eq!(alone.len(), 1, "{alone:?}");
    assert!(alone[0].contains("weak-signing-secret"), "{alone:?}");
    assert_eq!(of(scan(folder, &[])), alone);
    // In a document the guessable secret is an example, and the rule knows no such thing.
    write(folder, "tree/usage.rst", format!("one\nx = '{token}'\n"));
    let found = places(&scan(folder, &[]).json());
    assert!(
        found.contains(&at("any-token", "usage.rst", 2)),
        "{found:?}"
    );
}

#[test]
fn paths_count_in_histories_and_archives_too() {
    let temporary = laid_out();
    let folder = temporary.path();
    let git = |args: &[&str]| git(&folder.join("tree"), args);
    git(&["init", "-q", "."]);
    git(&["add", "."]);
    git(&["commit", "-qm", "all"]);
    for path in fs::read_dir(folder.join("tree")).expect("a folder") {
        let path = path.expect("an item").path();
        if path.file_name().is_some_and(|name| name != ".git") {
            let _ = fs::remove_file(&path);
            let _ = fs::remove_dir_all(&path);
        }
    }
    write(folder, "tree/new", "x");
    git(&["add", "."]);
    git(&["commit", "-qam", "nothing left"]);
    git(&["repack", "-adq"]);
    for more in [
        &[][..],
        &["--naive"],
        &["--state", "state"],
        &["--state", "state"],
    ] {
        assert_eq!(places(&scan(folder, more).json()), expected(), "{more:?}");
    }
    // Other rules are not answered from what was kept.
    let other = RULES.replace("acme_[0-9a-z]{36}", "acme_[0-9a-z]{99}");
    write(folder, "rules.toml", other);
    let found = places(&scan(folder, &["--state", "state"]).json());
    assert!(!found.contains(&at("acme-token", "a.txt", 2)), "{found:?}");
    assert!(
        found.contains(&at("generic-secret", "a.txt", 2)),
        "{found:?}"
    );
}

#[test]
fn rules_of_both_kinds_go_together_in_a_folder() {
    let temporary = laid_out();
    let folder = temporary.path();
    let value = "c1b5c61f269cf3c2c168fff49c574e4b2b38f37565f0834a77fef0b22e509861";
    let ours = format!(
        "about = 'x'\ntriggers = ['FROBNIC']\n[[rule]]\nid = 'frob'\nname = 'a frob key'\nnames = ['frobnicator key']\npositive = ['FROBNICATOR_KEY=«{value}»']\nnegative = ['FROBNICATOR_KEY=changeme']\n"
    );
    write(folder, "both/ours.toml", ours);
    write(folder, "both/theirs.toml", RULES);
    write(
        folder,
        "tree/frob.env",
        format!("FROBNICATOR_KEY={value}\n"),
    );
    let args = ["scan", "tree", "--format", "json", "--patterns", "both"];
    let json = run_in(folder, args).ended(1).json();
    let mut all = expected();
    all.push(("frob".to_owned(), "frob.env".to_owned(), 1));
    all.sort();
    assert_eq!(places(&json), all);
}
