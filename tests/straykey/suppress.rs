//! What counts for nothing, and that no other key goes with it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cases::testdata;
use crate::program::{Run, git, report, run_in};

const ED25519: &str = "pkcs8/good-ed25519.pem";
const X25519: &str = "pkcs8/good-x25519.pem";
const RSA: &str = "pkcs1/good-rsa-2048.pem";
const BROKEN: &str = "pkcs8/bad-rsa-n-not-pq.pem";

fn file(path: &str) -> String {
    fs::read_to_string(testdata().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("written");
}

/// The fingerprint that a reference tool gave a file.
fn id(path: &str) -> String {
    let (folder, _) = path.split_once('/').expect("a folder");
    let cases = crate::cases::folder(folder);
    let case = cases.iter().find(|case| case.path == path);
    case.expect("in expect.toml").keys[0].ids["spki-sha256"].clone()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        put(dir.path(), name, text);
    }
    dir
}

fn allow(folder: &Path, args: &[&str]) -> Run {
    run_in(folder, ["allow"].iter().chain(args))
}

/// Paths of the places that still count.
fn counting(report: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    for finding in report["findings"].as_array().expect("findings") {
        for place in finding["places"].as_array().expect("places") {
            if place["suppression"].is_null() {
                paths.push(place["path"].as_str().expect("a path").to_owned());
            }
        }
    }
    paths.sort();
    paths
}

#[test]
fn an_entry_allows_one_key_and_no_other() {
    let dir = folder(&[("server.pem", &file(ED25519))]);
    let (before, code) = report(dir.path(), &["."]);
    assert_eq!(
        (code, counting(&before)),
        (1, vec!["server.pem".to_owned()])
    );
    allow(dir.path(), &[&id(ED25519), "--reason", "a test key"]).ended(0);
    let (after, code) = report(dir.path(), &["."]);
    assert_eq!((code, counting(&after)), (0, vec![]));
    assert_eq!(after["counts"]["suppressed"], 1);
    assert_eq!(after["findings"][0]["fails"], false);
    let told = &after["findings"][0]["places"][0]["suppression"];
    assert_eq!(
        (&told["kind"], &told["reason"]),
        (&"allow".into(), &"a test key".into())
    );
    assert_eq!(told["source"], ".straykey/allow.toml:1");
    // The same key elsewhere and in another form is the same key …
    put(
        dir.path(),
        "copy/other.txt",
        &file(ED25519).replace('\n', "\\n"),
    );
    assert_eq!(report(dir.path(), &["."]).1, 0);
    // … and another key at the same line is not.
    put(dir.path(), "server.pem", &file(RSA));
    let (other, code) = report(dir.path(), &["."]);
    assert_eq!((code, counting(&other)), (1, vec!["server.pem".to_owned()]));
}

#[test]
fn an_entry_may_hold_for_some_paths_only() {
    let dir = folder(&[
        ("tests/a.pem", &file(ED25519)),
        ("src/a.pem", &file(ED25519)),
    ]);
    allow(
        dir.path(),
        &[&id(ED25519), "--reason", "fixture", "--path", "tests/**"],
    )
    .ended(0);
    let (told, code) = report(dir.path(), &["."]);
    assert_eq!((code, counting(&told)), (1, vec!["src/a.pem".to_owned()]));
    // The path begins at the configuration, wherever the scan does.
    fs::create_dir(dir.path().join(".git")).expect("a folder");
    let inner = dir.path().join("tests");
    assert_eq!(report(&inner, &["."]).1, 0);
    assert_eq!(report(dir.path(), &["tests"]).1, 0);
    assert_eq!(report(dir.path(), &["src"]).1, 1);
    assert_eq!(report(dir.path(), &["tests", "--no-repo-config"]).1, 1);
}

#[test]
fn a_narrower_entry_beside_a_wide_one_is_told() {
    let dir = folder(&[("server.pem", &file(ED25519))]);
    let whole = id(ED25519);
    let wide = allow(dir.path(), &[&whole, "--reason", "x"]).ended(0);
    assert!(!wide.err.contains("everywhere; delete"), "{}", wide.err);
    let narrow = allow(
        dir.path(),
        &[&whole, "--reason", "x", "--path", "server.pem"],
    )
    .ended(0);
    assert!(narrow.err.contains("everywhere; delete"), "{}", narrow.err);
}

#[test]
fn what_is_no_allowance_is_refused() {
    let dir = folder(&[("server.pem", &file(ED25519))]);
    let whole = id(ED25519);
    for args in [
        &[&whole[..12], "--reason", "short"][..],
        &[&whole],
        &[&whole, "--reason", " "],
        &[&whole, "--reason", "x", "--expires", "2020-01-01"],
        &[&whole, "--reason", "x", "--expires", "soon"],
        &[&whole, "--reason", "x", "--path", "["],
        // Globs that are some, and that no path matches.
        &[&whole, "--reason", "x", "--path", ""],
        &[&whole, "--reason", "x", "--path", "/server.pem"],
        &[&whole, "--reason", "x", "--path", "keys/"],
        &[&whole, "--reason", "x", "--path", "keys//server.pem"],
        &[&whole, "--reason", "x", "--path", "keys/../server.pem"],
        &[&whole, "--reason", "x", "--path", "keys\\server.pem"],
        &["--rule", "private-key", "--reason", "x"],
    ] {
        allow(dir.path(), args).ended(2);
        assert!(
            !dir.path().join(".straykey/allow.toml").exists(),
            "{args:?}"
        );
    }
    put(
        dir.path(),
        ".straykey/allow.toml",
        "[[allow]]\npath = \"**\"\nreason = \"all\"\n",
    );
    let run = run_in(dir.path(), ["scan", "."]).ended(2);
    assert!(
        run.err.contains("allow.toml") && run.err.contains("line 1"),
        "{}",
        run.err
    );
}

#[test]
fn comments_beside_a_key_name_that_key() {
    let key = file(ED25519).replace('\n', "\\n");
    let line =
        |prefix: &str| format!("key = \"{key}\"  # straykey:allow {prefix} made for tests\n");
    let dir = folder(&[("a.py", &line(&id(ED25519)[..12]))]);
    let (told, code) = report(dir.path(), &["."]);
    assert_eq!((code, counting(&told)), (0, vec![]));
    let place = &told["findings"][0]["places"][0];
    assert_eq!(place["suppression"]["kind"], "comment");
    assert_eq!(place["suppression"]["source"], "a.py:1");
    // The words of the comment stay where they are.
    assert!(!told.to_string().contains("made for tests"));
    assert_eq!(report(dir.path(), &[".", "--no-repo-config"]).1, 1);
    for other in [&id(RSA)[..12], &id(ED25519)[..11], ""] {
        put(dir.path(), "a.py", &line(other));
        let (told, code) = report(dir.path(), &["."]);
        assert_eq!((code, counting(&told).len()), (1, 1), "{other}");
        assert_eq!(
            told["findings"][0]["places"][0]["comment"]["says"],
            "another-key"
        );
    }
    // Above a key of many lines.
    put(
        dir.path(),
        "a.py",
        &format!(
            "// straykey:allow {} demo\n{}",
            &id(ED25519)[..16],
            file(ED25519)
        ),
    );
    assert_eq!(report(dir.path(), &["."]).1, 0);
    put(
        dir.path(),
        "a.py",
        &format!(
            "// straykey:allow {} demo\n{}",
            &id(ED25519)[..16],
            file(RSA)
        ),
    );
    assert_eq!(report(dir.path(), &["."]).1, 1);
}

#[test]
fn stale_entries_are_told() {
    let dir = folder(&[("server.pem", &file(ED25519))]);
    put(
        dir.path(),
        "straykey.toml",
        &format!(
            "[[allow]]\nid = \"{}\"\nreason = \"until then\"\nexpires = 2020-01-31\n\n[[allow]]\nid = \"{}\"\nreason = \"gone\"\n",
            id(ED25519),
            id(RSA)
        ),
    );
    let ask = |args: &[&str]| run_in(dir.path(), [&["scan", "--format", "json"], args].concat());
    let told = ask(&["."]).ended(1).json();
    assert_eq!(counting(&told), ["server.pem"]);
    let stale = told["stale"].as_array().expect("a list");
    assert_eq!(stale.len(), 2, "{stale:?}");
    assert_eq!(
        (&stale[0]["why"], &stale[0]["source"]),
        (&"expired".into(), &"straykey.toml:1".into())
    );
    assert_eq!(
        (&stale[1]["why"], &stale[1]["source"]),
        (&"unused".into(), &"straykey.toml:6".into())
    );
    let text = run_in(dir.path(), ["scan", "."]).ended(1).out();
    assert!(text.contains("allow entry expired: "), "{text}");
    assert!(text.contains("allow entry unused: "), "{text}");
    // A scan of one file cannot know what is elsewhere.
    let told = ask(&["server.pem"]).ended(1).json();
    assert_eq!(told["stale"].as_array().expect("a list").len(), 1);
    let log = run_in(dir.path(), ["scan", "--format", "sarif", "."])
        .ended(1)
        .json();
    let notes = &log["runs"][0]["invocations"][0]["toolConfigurationNotifications"];
    // One says which inventory there was.
    assert_eq!(notes.as_array().expect("a list").len(), 3, "{notes}");
}

#[test]
fn baselines_tell_what_is_new() {
    let dir = folder(&[("a.pem", &file(ED25519)), ("broken.pem", &file(BROKEN))]);
    let base = ["--baseline", ".straykey/baseline.json", "--fail-on", "any"];
    run_in(dir.path(), ["baseline", "create"]).ended(0);
    let (told, code) = report(dir.path(), &base);
    assert_eq!((code, counting(&told)), (0, vec![]));
    assert_eq!(told["counts"]["suppressed"], 2);
    // The same key at another path, another key, one more that does not parse.
    put(dir.path(), "b.pem", &file(ED25519));
    let (told, code) = report(dir.path(), &base);
    assert_eq!((code, counting(&told)), (1, vec!["b.pem".to_owned()]));
    fs::remove_file(dir.path().join("b.pem")).expect("removed");
    put(dir.path(), "broken.pem", &format!("{0}\n{0}", file(BROKEN)));
    assert_eq!(counting(&report(dir.path(), &base).0), ["broken.pem"]);
    put(dir.path(), "a.pem", &file(X25519));
    put(dir.path(), "broken.pem", "");
    assert_eq!(counting(&report(dir.path(), &base).0), ["a.pem"]);
    let run = run_in(dir.path(), ["baseline", "prune"]).ended(0);
    assert!(run.out().starts_with("2 gone, 0 left"), "{}", run.out());
    // Named in the configuration, it is heeded unless that is not.
    put(
        dir.path(),
        "straykey.toml",
        "[scan]\nbaseline = \".straykey/baseline.json\"\nfail-on = \"any\"\n",
    );
    run_in(dir.path(), ["baseline", "create"]).ended(0);
    assert_eq!(report(dir.path(), &["."]).1, 0);
    assert_eq!(
        report(dir.path(), &[".", "--no-repo-config", "--fail-on", "any"]).1,
        1
    );
    for text in ["{}", "nonsense", "{\"straykey-baseline\":9,\"entries\":[]}"] {
        put(dir.path(), "bad.json", text);
        run_in(dir.path(), ["scan", "--baseline", "bad.json"]).ended(2);
    }
    run_in(dir.path(), ["scan", "--baseline", "missing.json"]).ended(2);
}

#[test]
fn what_has_no_id_is_allowed_by_its_number() {
    let dir = folder(&[("b.pem", &format!("{0}\n{0}", file(BROKEN)))]);
    let any = [".", "--fail-on", "any"];
    let number = |n: &str| {
        let about = [
            "--rule",
            "malformed-private-key",
            "--path",
            "b.pem",
            "--number",
            n,
        ];
        allow(
            dir.path(),
            &[&about[..], &["--reason", "broken on purpose"]].concat(),
        )
        .ended(0);
    };
    assert_eq!(report(dir.path(), &any).1, 1);
    number("1");
    assert_eq!(counting(&report(dir.path(), &any).0).len(), 1);
    number("2");
    assert_eq!(report(dir.path(), &any).1, 0);
    // The real key that the broken one claims to be is not allowed with it.
    let (told, _) = report(dir.path(), &any);
    if let Some(claimed) = told["findings"][0]["id"].as_str() {
        fs::remove_file(dir.path().join(".straykey/allow.toml")).expect("removed");
        allow(dir.path(), &[claimed, "--reason", "claims to be it"]).ended(0);
        assert_eq!(report(dir.path(), &any).1, 1);
    }
}

#[test]
fn shapes_mark_or_leave_out_what_is_suppressed() {
    let dir = folder(&[("a.pem", &file(ED25519)), ("b.pem", &file(RSA))]);
    allow(
        dir.path(),
        &[&id(ED25519), "--reason", "a test key", "--approver", "Ada"],
    )
    .ended(0);
    let ask = |args: &[&str]| {
        run_in(
            dir.path(),
            [&["scan", ".", "--history", "skip"], args].concat(),
        )
        .ended(1)
    };
    let full = ask(&["--format", "sarif"]).json();
    let results = full["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 2);
    let marked: Vec<&Value> = results
        .iter()
        .filter(|r| !r["suppressions"].is_null())
        .collect();
    assert_eq!(marked.len(), 1);
    let mark = &marked[0]["suppressions"][0];
    assert_eq!(
        (&mark["kind"], &mark["status"]),
        (&"external".into(), &"accepted".into())
    );
    let why = mark["justification"].as_str().expect("text");
    assert!(why.contains("a test key") && why.contains("Ada"), "{why}");
    let github = ask(&["--format", "sarif", "--sarif-profile", "github"]).json();
    let results = github["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 1);
    assert!(results[0]["suppressions"].is_null());
    let text = |format: &str| ask(&["--format", format]).out();
    for format in ["human", "github", "gitlab", "markdown"] {
        let text = text(format);
        assert!(!text.contains("a.pem"), "{format}: {text}");
        assert!(text.contains("b.pem"), "{format}: {text}");
    }
    assert!(text("human").contains(", 1 suppressed in "));
    assert!(text("junit").contains("<skipped message="));
    let all = ask(&["-v"]).out();
    assert!(
        all.contains("suppressed: private-key") && all.contains("a test key"),
        "{all}"
    );
}

#[test]
fn one_scan_writes_several_shapes() {
    let dir = folder(&[("src/a.pem", &file(ED25519))]);
    let also = ["--also", "sarif=out.sarif", "--also", "markdown=out.md"];
    let run = run_in(dir.path(), [&["scan", "src"], &also[..]].concat()).ended(1);
    assert!(run.out().contains("error: private-key"), "{}", run.out());
    let log: Value =
        serde_json::from_str(&fs::read_to_string(dir.path().join("out.sarif")).expect("a file"))
            .expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    assert!(
        fs::read_to_string(dir.path().join("out.md"))
            .expect("a file")
            .starts_with("## straykey")
    );
    run_in(dir.path(), ["scan", "src", "--also", "yaml=x"]).ended(2);
    run_in(dir.path(), ["scan", "src", "--also", "sarif"]).ended(2);
}

/// An entry of a nested repository is about that repository, whatever it says.
#[test]
fn nested_repositories_speak_for_themselves_only() {
    let key = file(ED25519);
    let entry = format!(
        "[[allow]]\nid = \"{}\"\nreason = \"of the inner one\"\n",
        id(ED25519)
    );
    let dir = folder(&[
        ("a.pem", &key),
        ("inner/a.pem", &key),
        ("inner/other.pem", &file(RSA)),
        ("inner/deeper/a.pem", &key),
        ("inner/.straykey/allow.toml", &entry),
        ("beside/a.pem", &key),
        ("inner-too/a.pem", &key),
    ]);
    let root = dir.path();
    for repository in ["", "inner", "inner/deeper", "beside"] {
        git(&root.join(repository), &["init", "-q"]);
    }
    let all = [
        "a.pem",
        "beside/a.pem",
        "inner-too/a.pem",
        "inner/a.pem",
        "inner/deeper/a.pem",
        "inner/other.pem",
    ];
    let without: Vec<&str> = all
        .iter()
        .copied()
        .filter(|p| *p != "inner/a.pem")
        .collect();
    let scan = |folder: &Path, args: &[&str]| {
        let run = run_in(folder, ["scan", "--format", "json"].iter().chain(args));
        assert!(run.code < 2, "{}", run.err);
        run.json()
    };
    let json = scan(root, &[]);
    assert_eq!(counting(&json), without);
    assert_eq!(json["stale"], serde_json::json!([]));
    let text = json.to_string();
    assert!(text.contains("inner/.straykey/allow.toml:1"), "{text}");
    assert_eq!(counting(&scan(root, &["--no-repo-config"])), all);
    // From elsewhere too, by the path that was given.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let inner = root.join("inner");
    let path = inner.to_str().expect("UTF-8");
    let json = scan(elsewhere.path(), &[path]);
    assert_eq!(counting(&json), ["deeper/a.pem", "other.pem"]);
    // Its globs begin at its root, and cannot leave it.
    let glob = |glob: &str| entry.replace("reason", &format!("path = \"{glob}\"\nreason"));
    for (path, expected) in [
        ("a.pem", &without[..]),
        ("**", &without),
        ("inner/**", &all),
        ("../**", &all),
        ("other.pem", &all),
    ] {
        put(root, "inner/.straykey/allow.toml", &glob(path));
        let json = scan(root, &[]);
        assert_eq!(counting(&json), expected, "{path}");
        let stale = json["stale"].as_array().expect("a list");
        assert_eq!(
            stale.len(),
            usize::from(expected == all),
            "{path}: {stale:?}"
        );
    }
    // straykey.toml has entries as well; what else it says is not heeded.
    fs::remove_file(root.join("inner/.straykey/allow.toml")).expect("removed");
    let config =
        format!("[scan]\nexclude = [\"*.pem\"]\n[severity]\nprivate-key = \"note\"\n{entry}");
    put(root, "inner/straykey.toml", &config);
    assert_eq!(counting(&scan(root, &[])), without);
    // What cannot be read allows nothing, stops nothing, and is told.
    put(
        root,
        "inner/straykey.toml",
        "[[allow]]\nid = 'secret words'\n",
    );
    let json = scan(root, &[]);
    assert_eq!(counting(&json), all);
    assert_eq!(json["stale"][0]["why"], "unreadable", "{json}");
    #[cfg(unix)]
    {
        fs::remove_file(root.join("inner/straykey.toml")).expect("removed");
        put(root, "entries", &entry);
        std::os::unix::fs::symlink("../entries", root.join("inner/straykey.toml")).expect("a link");
        assert_eq!(counting(&scan(root, &[])), all);
    }
}

/// The history of a nested repository is its own as well.
#[test]
fn nested_repositories_speak_for_their_history() {
    let key = file(ED25519);
    let entry = format!("[[allow]]\nid = \"{}\"\nreason = \"old\"\n", id(ED25519));
    let dir = folder(&[("one/a.pem", &key), ("two/a.pem", &key)]);
    let root = dir.path();
    for repository in ["one", "two"] {
        let folder = root.join(repository);
        for args in [
            &["init", "-q"][..],
            &["add", "."],
            &["commit", "-qm", "key"],
            &["rm", "-q", "a.pem"],
            &["commit", "-qm", "gone"],
        ] {
            git(&folder, args);
        }
    }
    put(root, "two/.straykey/allow.toml", &entry);
    let run = run_in(root, ["scan", "--format", "json"]).ended(1);
    assert_eq!(counting(&run.json()), ["one/a.pem"]);
    let run = run_in(root, ["scan", "--format", "json", "--no-repo-config"]).ended(1);
    assert_eq!(counting(&run.json()), ["one/a.pem", "two/a.pem"]);
}
