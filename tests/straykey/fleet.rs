//! `straykey report`: spools of many machines and reports of repositories in one view.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cases::testdata;
use crate::program::{Run, run_in};

/// What attacks a page, a spreadsheet and a terminal.
const NASTY: &str = "=1+1</code><script>alert(1)</script>\u{202e}\u{1b}[2J";

fn finding(device: &str, user: &str, key: &str, rule: &str, time: &str, path: &str) -> Value {
    json!({
        "type": "finding", "v": 1, "run": time, "time": time,
        "device": { "id": device, "name": format!("laptop-{device}") },
        "user": user, "rule": rule, "level": "error", "severity": 9.8, "key": key,
        "proof": "private", "message": "A key.",
        "match": { "entry": 1, "name": "auth/pass-signer", "by": "spki-sha256", "env": "prod", "owner": "identity" },
        "first_seen": time, "last_seen": time,
        "places": [{ "path": path, "line": 7, "column": 1, "format": "pkcs8", "proof": "private" }],
        "places_total": 1,
    })
}

fn heartbeat(device: &str, time: &str, verdict: &str) -> Value {
    json!({
        "type": "heartbeat", "v": 1, "run": time, "time": time,
        "device": { "id": device, "name": format!("laptop-{device}") },
        "engine": "0.1.0", "verdict": verdict, "why": [], "findings": 0,
        "coverage": {
            "complete": true, "roots": ["/home/ada"], "users": ["ada"], "files": 10, "files_read": 4,
            "files_unchanged": 6, "bytes": 1, "blobs": 0, "repositories": 0, "archives": 0, "members": 0,
            "live_stores": 0, "environments": 0, "environments_closed": 0, "skipped": {},
            "seconds": 1.0, "cpu_seconds": 0.5, "waited_seconds": 0.0,
        },
    })
}

fn spool(folder: &Path, name: &str, records: &[Value]) {
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join(name), lines.join("\n") + "\n").expect("written");
}

/// Three machines: `b` has the key still, `a` had it, `c` is silent.
fn fleet() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let spools = dir.path().join("spools");
    let (k1, k2) = ("ab".repeat(32), "cd".repeat(32));
    let old = "2026-11-18T08:00:00Z";
    let new = "2026-11-20T08:00:00Z";
    spool(
        &spools,
        "straykey-1-a.jsonl",
        &[
            finding("a", "ada", &k1, "managed-key-prod", old, "/home/ada/k.pem"),
            heartbeat("a", old, "findings"),
        ],
    );
    let mut gone = finding("a", "ada", &k1, "managed-key-prod", new, "/home/ada/k.pem");
    gone["type"] = "gone".into();
    gone["path"] = "/home/ada/k.pem".into();
    gone["first_seen"] = old.into();
    gone["last_seen"] = old.into();
    for field in [
        "level",
        "severity",
        "proof",
        "message",
        "match",
        "places",
        "places_total",
    ] {
        gone.as_object_mut().expect("an object").remove(field);
    }
    spool(
        &spools,
        "straykey-2-a.jsonl",
        &[gone, heartbeat("a", new, "clean")],
    );
    spool(
        &spools.join("b"),
        "straykey-1-b.jsonl",
        &[
            finding("b", "bob", &k1, "managed-key-prod", new, NASTY),
            finding("b", "bob", &k2, "private-key", new, "/home/bob/x"),
            heartbeat("b", new, "findings"),
        ],
    );
    spool(
        &spools,
        "straykey-1-c.jsonl",
        &[heartbeat("c", "2026-11-01T08:00:00Z", "clean")],
    );
    dir
}

fn report(dir: &Path, more: &[&str]) -> Run {
    let all = [&["report", "spools", "--at", "2026-11-21T08:00:00Z"], more].concat();
    run_in(dir, all)
}

#[test]
fn keys_are_joined_and_machines_counted() {
    let dir = fleet();
    let run = report(dir.path(), &["--json", "-"]).ended(0);
    let view = run.json();
    assert_eq!(
        view["counts"],
        json!({
            "machines": 3, "repositories": 0, "clean": 2, "with_findings": 1, "not_vouched": 0,
            "silent": 1, "keys": 2, "managed": 2, "gone": 0,
        })
    );
    let first = &view["keys"][0];
    assert_eq!(
        (&first["rule"], &first["order"]),
        (&"managed-key-prod".into(), &1.into())
    );
    assert_eq!(
        (&first["machines"], &first["gone"]),
        (&json!(["b"]), &json!(["a"]))
    );
    assert_eq!(first["first_seen"], "2026-11-18T08:00:00Z");
    assert_eq!(first["places_total"], 1);
    let silent = view["machines"].as_array().expect("machines");
    let silent = silent.iter().filter(|machine| machine["silent"] == true);
    let silent: Vec<&Value> = silent.map(|machine| &machine["id"]).collect();
    assert_eq!(silent, ["c"]);
    // The order of files and folders does not matter.
    let again = run_in(
        dir.path(),
        [
            "report",
            "spools/b",
            "spools/straykey-2-a.jsonl",
            "spools",
            "--at",
            "2026-11-21T08:00:00Z",
            "--json",
            "-",
        ],
    );
    assert_eq!(again.ended(0).json(), view);
}

#[test]
fn nothing_of_a_spool_acts_on_a_page_or_a_spreadsheet() {
    let dir = fleet();
    report(
        dir.path(),
        &["--html", "fleet.html", "--csv", "fleet.csv", "-q"],
    )
    .ended(0);
    let page = fs::read_to_string(dir.path().join("fleet.html")).expect("a page");
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("alert(1)") && !page.contains('\u{202e}') && !page.contains('\u{1b}'));
    assert!(page.contains("default-src 'none'"));
    assert!(page.contains("silent (was clean)"));
    let table = fs::read_to_string(dir.path().join("fleet.csv")).expect("a table");
    let rows: Vec<&str> = table.split("\r\n").filter(|row| !row.is_empty()).collect();
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert!(row.starts_with('"') && row.ends_with('"'));
        assert!(
            !row.split("\",\"")
                .any(|field| field.trim_start_matches('"').starts_with(['=', '+', '@']))
        );
    }
}

#[test]
fn repositories_come_in_as_reports_of_scans() {
    let dir = fleet();
    let from = testdata().join("demo/home");
    let list = testdata().join("demo/inventory.jsonl");
    let out = dir.path().join("spools/repository.json");
    let run = run_in(
        dir.path(),
        [
            "scan".as_ref(),
            from.as_os_str(),
            "--inventory".as_ref(),
            list.as_os_str(),
            "--format".as_ref(),
            "json".as_ref(),
            "--output".as_ref(),
            out.as_os_str(),
        ],
    );
    run.ended(1);
    let view = report(dir.path(), &["--json", "-"]).ended(0).json();
    assert_eq!(view["counts"]["repositories"], 1);
    let keys = view["keys"].as_array().expect("keys");
    let managed = keys.iter().filter(|key| key["rule"] == "managed-key-prod");
    assert_eq!(
        managed.count(),
        4,
        "three of the demonstration, one of the machines"
    );
    assert!(keys.iter().any(
        |key| key["match"]["name"] == "auth/pass-signer" && key["repositories"][0].is_string()
    ));
}

#[test]
fn what_is_no_record_is_told() {
    let dir = fleet();
    let path = dir.path().join("spools/straykey-3-x.jsonl");
    fs::write(
        &path,
        "{\"type\":\"finding\",\"secret\":\"hunter2\"}\n{\"type\":\"from-tomorrow\"}\n",
    )
    .expect("written");
    let run = report(dir.path(), &["--html", "fleet.html"]).ended(2);
    assert!(
        run.err.contains("straykey-3-x.jsonl: line 1"),
        "{}",
        run.err
    );
    assert!(run.err.contains("line 2") && !run.err.contains("hunter2"));
    let missing = run_in(dir.path(), ["report", "missing"]).ended(2);
    assert!(missing.err.contains("missing: "), "{}", missing.err);
}

#[test]
fn what_a_later_version_wrote_is_told_and_not_guessed_at() {
    let dir = fleet();
    let mut beat = heartbeat("z", "2026-11-20T09:00:00Z", "clean");
    beat["v"] = 2.into();
    let unknown = json!({ "type": "from-tomorrow", "v": 3 });
    let spools = dir.path().join("spools");
    spool(&spools, "straykey-3-z.jsonl", &[beat, unknown]);
    let report_of_a_scan = "{\n  \"straykey\": {\n    \"version\": \"9.0.0\",\n    \"schema\": 9\n  },\n  \"findings\": []\n}\n";
    fs::write(spools.join("later.json"), report_of_a_scan).expect("written");
    let run = report(dir.path(), &["--json", "-"]).ended(2);
    for told in [
        "straykey-3-z.jsonl: line 1: a record of version 2",
        "straykey-3-z.jsonl: line 2: a record of version 3",
        "later.json: a report of schema 9",
    ] {
        assert!(run.err.contains(told), "{told}: {}", run.err);
    }
    assert_eq!(run.json()["counts"]["machines"], 3);
}

#[test]
fn folders_without_records_and_what_is_no_file_are_told() {
    let dir = fleet();
    fs::create_dir(dir.path().join("empty")).expect("a folder");
    let run = run_in(dir.path(), ["report", "empty"]).ended(2);
    assert!(
        run.err.contains("empty: no spool and no report is in it"),
        "{}",
        run.err
    );
    #[cfg(unix)]
    {
        let pipe = dir.path().join("spools/pipe.jsonl");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo").success());
        let run = report(dir.path(), &[]).ended(2);
        assert!(
            run.err.contains("pipe.jsonl: not read: no file"),
            "{}",
            run.err
        );
        run_in(dir.path(), ["report", "spools/pipe.jsonl"]).ended(2);
    }
}

/// What machines with a bare list tell by number is named where the list with names is.
#[test]
fn numbers_of_a_bare_list_are_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let list = testdata().join("demo/inventory.jsonl");
    let compile = [
        "inventory",
        "compile",
        "--bare",
        "-o",
        "bare.table",
        list.to_str().expect("text"),
    ];
    run_in(dir.path(), compile).ended(0);
    let home = testdata().join("demo/home");
    let spools = dir.path().join("spools");
    fs::create_dir(&spools).expect("a folder");
    let scan = [
        "scan".as_ref(),
        home.as_os_str(),
        "--inventory".as_ref(),
        "bare.table".as_ref(),
        "--format".as_ref(),
        "json".as_ref(),
        "--output".as_ref(),
        "spools/home.json".as_ref(),
    ];
    run_in(dir.path(), scan).ended(1);
    let names = |more: &[&str]| {
        let view = report(dir.path(), &[&["--json", "-"], more].concat())
            .ended(0)
            .json();
        let keys = view["keys"].as_array().expect("keys").iter();
        let matched = keys.filter(|key| key["match"].is_object());
        let names = matched.map(|key| key["match"]["name"].as_str().expect("a name").to_owned());
        names.collect::<Vec<String>>()
    };
    let bare = names(&[]);
    assert!(
        bare.len() > 3 && bare.iter().all(String::is_empty),
        "{bare:?}"
    );
    let named = names(&["--inventory", list.to_str().expect("text")]);
    assert_eq!(named.len(), bare.len());
    assert!(named.iter().all(|name| !name.is_empty()), "{named:?}");
    report(dir.path(), &["--inventory", "bare.table"]).ended(2);
}

/// Of two keys of production the one that no password keeps comes first, however many have the other.
#[test]
fn what_no_password_keeps_is_rotated_first() {
    let dir = tempfile::tempdir().expect("a folder");
    let (clear, sealed) = ("ab".repeat(32), "cd".repeat(32));
    let new = "2026-11-20T08:00:00Z";
    for device in ["a", "b", "c"] {
        let mut found = finding(device, "ada", &sealed, "managed-key-prod", new, "/k.p12");
        found["proof"] = "sealed".into();
        let mut records = vec![found];
        if device == "c" {
            let mut found = finding(device, "ada", &clear, "managed-key-prod", new, "/.env");
            found["proof"] = "challenge".into();
            records.push(found);
        }
        records.push(heartbeat(device, new, "findings"));
        spool(
            &dir.path().join("spools"),
            &format!("straykey-1-{device}.jsonl"),
            &records,
        );
    }
    let view = report(dir.path(), &["--json", "-"]).ended(0).json();
    let order: Vec<&Value> = view["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .map(|key| &key["key"])
        .collect();
    assert_eq!(order, [&clear, &sealed]);
}

#[test]
fn records_that_are_missing_are_told() {
    let dir = fleet();
    let spools = dir.path().join("spools");
    let new = "2026-11-20T09:00:00Z";
    let mut beat = heartbeat("d", new, "findings");
    beat["findings"] = 3.into();
    let found = finding("d", "ada", &"ab".repeat(32), "private-key", new, "/k.pem");
    spool(&spools, "straykey-4-d.jsonl", &[found, beat]);
    let alone = finding("e", "ada", &"ab".repeat(32), "private-key", new, "/k.pem");
    spool(&spools, "straykey-4-e.jsonl", &[alone]);
    fs::write(spools.join("straykey-5-f.jsonl"), "").expect("written");
    fs::write(spools.join("straykey-5-g.jsonl.gz"), "x").expect("written");
    let run = report(dir.path(), &["--html", "fleet.html"]).ended(2);
    for told in [
        "laptop-d: its last run told 3 findings, of which 1 are here",
        "machine e: findings, and no account of any run",
        "straykey-5-f.jsonl: no record is in it",
        "straykey-5-g.jsonl.gz: not read",
    ] {
        assert!(run.err.contains(told), "{told}: {}", run.err);
    }
}

#[test]
fn findings_without_an_id_are_told_apart_and_retired() {
    let dir = fleet();
    let spools = dir.path().join("spools");
    let weak = |time: &str, line: u64| {
        let mut found = finding(
            "d",
            "ada",
            "",
            "weak-signing-secret",
            time,
            "/home/ada/.env",
        );
        found["key"] = Value::Null;
        found["places"][0]["line"] = line.into();
        found
    };
    let (first, second) = ("2026-11-19T09:00:00Z", "2026-11-20T09:00:00Z");
    let count = || {
        report(dir.path(), &["--json", "fleet.json"]);
        let text = fs::read_to_string(dir.path().join("fleet.json")).expect("written");
        text.matches("weak-signing-secret at ").count()
    };
    let beat = heartbeat("d", first, "findings");
    spool(
        &spools,
        "straykey-6-d.jsonl",
        &[weak(first, 1), weak(first, 2), beat],
    );
    assert_eq!(count(), 2);
    let beat = heartbeat("d", second, "findings");
    spool(&spools, "straykey-7-d.jsonl", &[weak(second, 2), beat]);
    assert_eq!(count(), 1, "the last run does not have the other");
}

#[test]
fn other_systems_get_their_shapes() {
    let dir = fleet();
    report(
        dir.path(),
        &[
            "--ocsf", "o", "--ecs", "e", "--otlp", "t", "--sarif", "s", "-q",
        ],
    )
    .ended(0);
    let lines = |name: &str| -> Vec<Value> {
        let text = fs::read_to_string(dir.path().join(name)).expect("text");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    };
    assert_eq!(
        (lines("o").len(), lines("e").len(), lines("t").len()),
        (8, 8, 8)
    );
    let schema = fs::read_to_string(testdata().join("schema/sarif-2.1.0.json")).expect("text");
    // The pattern of language tags has a bracket that closes nothing.
    let schema = schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema = serde_json::from_str(&schema).expect("JSON");
    let log = lines("s").remove(0);
    let problems: Vec<String> = jsonschema::options()
        .build(&schema)
        .expect("a schema")
        .iter_errors(&log)
        .map(|error| error.to_string())
        .collect();
    assert!(problems.is_empty(), "{problems:#?}");
}
