//! What the agent tells: what is gone, the log, the database, and no more of names than is asked.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::agent::{Machine, heartbeat, python, settle};
use crate::program::{command, run_command};

#[test]
fn what_is_gone_is_told_once_and_never_forgotten() {
    let machine = Machine::new();
    machine.put("openssh/good-ed25519", "key");
    let (_, records) = machine.run(&[]);
    let key = records[0]["key"].as_str().expect("an id").to_owned();
    fs::remove_file(machine.path("home/key")).expect("removed");
    let (_, records) = machine.run(&[]);
    assert_eq!(
        (&records[0]["type"], &records[0]["key"]),
        (&"gone".into(), &key.clone().into())
    );
    let (_, records) = machine.run(&[]);
    assert_eq!(records.len(), 1, "told once");
    let ask = |key: &str| {
        let mut command = command(machine.folder());
        command.args(["agent", "status", "--state", "state", "--key", key]);
        run_command(command, b"")
    };
    assert!(ask(&key).ended(0).out().contains("gone, last seen"));
    ask("00ff").ended(1);
}

#[test]
fn the_log_shows_what_was_taken_out() {
    let machine = Machine::new();
    machine.put("openssh/good-ed25519", "key");
    for _ in 0..3 {
        settle();
        run_command(machine.command(&[]), b"").ended(1);
    }
    let verify = || {
        let mut command = command(machine.folder());
        command.args([
            "agent", "log", "verify", "--state", "state", "--spool", "spool",
        ]);
        run_command(command, b"")
    };
    assert!(
        verify()
            .ended(0)
            .out()
            .starts_with("3 lines, unbroken; 3 heartbeats")
    );
    let path = machine.path("state/log.jsonl");
    let good = fs::read_to_string(&path).expect("a log");
    let lines: Vec<&str> = good.lines().collect();
    for bad in [
        format!("{}\n{}\n", lines[0], lines[2]),
        format!("{}\n{}\n", lines[0], lines[1]),
        good.replacen("findings", "no-thing", 1),
    ] {
        fs::write(&path, bad).expect("written");
        verify().ended(2);
    }
    fs::write(&path, good).expect("written");
    verify().ended(0);
}

#[test]
fn a_signed_log_is_one_that_minisign_reads() {
    let machine = Machine::new();
    let folder = machine.folder();
    let minisign = |args: &[&str]| {
        let mut minisign = Command::new("minisign");
        minisign.current_dir(folder).args(args).stdin(Stdio::null());
        minisign
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    };
    let made = minisign(&["-G", "-W", "-p", "log.pub", "-s", "log.key"]);
    let Ok(made) = made else {
        eprintln!("skipped: minisign is not installed");
        return;
    };
    assert!(made.success());
    machine.run(&["--sign", "log.key"]).0.ended(2);
    let reads = || minisign(&["-V", "-m", "state/log.jsonl", "-p", "log.pub"]);
    assert!(reads().expect("minisign").success());
    let verify = || {
        let mut command = command(folder);
        command.args([
            "agent",
            "log",
            "verify",
            "--state",
            "state",
            "--public-key",
            "log.pub",
        ]);
        run_command(command, b"")
    };
    assert!(verify().ended(0).out().contains("signed by"));
    // A run that does not sign leaves a log that is not the signed one.
    machine.run(&[]).0.ended(2);
    verify().ended(2);
    assert!(!reads().expect("minisign").success());
}

#[test]
fn paths_and_names_are_told_as_asked() {
    let machine = Machine::new();
    machine.put("openssh/good-ed25519", "very-secret-project/key");
    fs::write(machine.path("org.key"), "0123456789abcdef0123\n").expect("written");
    let (_, records) = machine.run(&["--paths", "hashed", "--org-key", "org.key"]);
    let text = Value::from(records).to_string();
    assert!(!text.contains("very-secret-project"), "{text}");
    assert!(text.contains("\"path\":\"path-"));
    let (run, _) = machine.run(&["--paths", "hashed"]);
    assert!(run.ended(2).err.contains("key of the organisation"));
}

#[test]
fn the_results_are_a_database() {
    let machine = Machine::new();
    machine.put("openssh/good-ed25519", "a/key");
    machine.put("openssh/good-ed25519", "b/ké'y");
    machine.put("openssh/good-rsa-2048", "c/key");
    machine.run(&[]).0.ended(1);
    fs::remove_dir_all(machine.path("home/c")).expect("removed");
    let (_, records) = machine.run(&[]);
    let path = machine.path("spool/straykey.db");
    let script = "import json, sqlite3, sys\n\
        c = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)\n\
        q = lambda sql: c.execute(sql).fetchall()\n\
        print(json.dumps([q('pragma integrity_check')[0][0],\n\
            q('select rule, key, user, severity, line, path from findings order by path'),\n\
            q('select key, gone from keys order by gone'),\n\
            q('select line, run, verdict, findings, complete, files, files_read from runs order by line')]))\n";
    let Some(said) = python(script, &path) else {
        eprintln!("skipped: python3 is not installed");
        return;
    };
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(said[0], "ok");
    let found = &records[0];
    let rows = said[1].as_array().expect("rows");
    assert_eq!(rows.len(), 2, "{said}");
    for (row, place) in rows.iter().zip(found["places"].as_array().expect("places")) {
        let expected = serde_json::json!([
            found["rule"],
            found["key"],
            found["user"],
            found["severity"],
            place["line"],
            place["path"],
        ]);
        assert_eq!(row, &expected);
    }
    assert_eq!(said[2][0], serde_json::json!([found["key"], 0]));
    assert_eq!(said[2][1][1], 1, "{said}");
    let beat = heartbeat(&records);
    let last = serde_json::json!([2, beat["run"], "findings", 1, 1, 2, 0]);
    assert_eq!(said[3].as_array().map(Vec::len), Some(2));
    assert_eq!(said[3][1], last);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
