//! What the agent tells: what is gone, the log, the database, and no more of names than is asked.

use std::fs;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::agent::{Machine, heartbeat, python, settle};
use crate::cases::testdata;
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
    ask(&key.to_ascii_uppercase()).ended(0);
    // What is no id was never here either, and that would be believed.
    for other in ["SHA256:gq+dQK", "zz", ""] {
        assert!(ask(other).ended(2).err.contains("hexadecimal"), "{other}");
    }
}

/// A run says on which machine a key of another environment is, and so does a list that comes later.
#[test]
fn the_environment_and_the_name_of_the_machine_are_heeded() {
    let machine = Machine::new();
    machine.put("demo/home/ada/Downloads/old-build-box.ppk", "old.ppk");
    let list = testdata().join("demo/inventory.jsonl");
    let list = list.to_str().expect("text");
    let is_told = |records: &[Value]| {
        let text = records[0]["message"].as_str().expect("a message");
        text.contains("on a machine of dev")
    };
    let (_, records) = machine.run(&["--inventory", list, "--environment", "dev"]);
    assert!(is_told(&records), "{records:?}");
    let (_, records) = machine.run(&["--inventory", list]);
    assert!(!is_told(&records), "{records:?}");
    let matched = |more: &[&str]| {
        let mut command = command(machine.folder());
        command.args(["agent", "match", "--state", "state", "--spool", "spool"]);
        command.args(["--inventory", list]).args(more);
        run_command(command, b"").ended(1);
        machine.records()
    };
    assert!(is_told(&matched(&["--environment", "dev"])));
}

/// What a run cannot do ends the first; later ones are told, as what is not there now may be tomorrow.
#[cfg(unix)]
#[test]
fn the_agent_outlives_a_run_that_fails() {
    use std::io::{BufRead as _, BufReader};
    use std::time::{Duration, Instant};
    let machine = Machine::new();
    machine.put("openssh/good-ed25519", "key");
    let mut daemon = command(machine.folder());
    daemon
        .args([
            "agent",
            "run",
            "--root",
            "home",
            "--on-battery",
            "--live",
            "off",
            "--every",
            "1s",
        ])
        .args([
            "--state",
            "state",
            "--spool",
            "spool",
            "--max-load",
            "1000000",
            "--cpu-budget",
            "1000",
        ])
        .env_remove("SSH_AUTH_SOCK")
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut daemon = daemon.spawn().expect("starts");
    let (sender, lines) = std::sync::mpsc::channel();
    let err = BufReader::new(daemon.stderr.take().expect("a pipe"));
    std::thread::spawn(move || {
        err.lines()
            .map_while(Result::ok)
            .try_for_each(|line| sender.send(line))
    });
    let (state, aside) = (machine.path("state"), machine.path("aside"));
    let spooled = || crate::agent::spools(&machine.path("spool")).len();
    let wait = |until: &dyn Fn() -> bool| {
        let start = Instant::now();
        while !until() {
            assert!(start.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    // The first is over when there is a second.
    wait(&|| spooled() > 1);
    fs::rename(&state, &aside).expect("away");
    // A run may have made it again meanwhile.
    wait(&|| {
        let _ = fs::remove_dir_all(&state);
        fs::write(&state, "no folder").is_ok()
    });
    // The run that was under way may have words of its own.
    loop {
        let told = lines.recv_timeout(Duration::from_secs(60)).expect("told");
        if told.contains("a folder is needed here") {
            break;
        }
    }
    fs::remove_file(&state).expect("removed");
    fs::rename(&aside, &state).expect("back");
    let before = spooled();
    wait(&|| spooled() > before);
    let kill = Command::new("kill")
        .args(["-TERM", &daemon.id().to_string()])
        .status();
    assert!(kill.expect("kill").success());
    assert!(!daemon.wait().expect("ends").success());
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

#[test]
fn what_options_hide_is_not_gone() {
    let machine = Machine::new();
    machine.put("openssh/good-ed25519", "keys/key");
    let (_, records) = machine.run(&[]);
    assert_eq!(records[0]["type"], "finding");
    for hiding in [["--exclude", "key"], ["--exclude", "keys"]] {
        let (run, records) = machine.run(&hiding);
        run.ended(2);
        assert_eq!(records.len(), 1, "{hiding:?}: {records:?}");
        let why = heartbeat(&records)["why"].to_string();
        assert!(why.contains("1 excluded by options"), "{why}");
    }
    let (_, records) = machine.run(&["--archives", "off"]);
    let why = heartbeat(&records)["why"].to_string();
    assert!(why.contains("archives were not looked into"), "{why}");
}

#[test]
fn a_list_that_cannot_be_used_is_told_and_the_run_goes_on() {
    let machine = Machine::new();
    machine.put("openssh/good-ed25519", "key");
    let (run, records) = machine.run(&["--inventory", "missing.jsonl"]);
    run.ended(1);
    assert_eq!(records[0]["type"], "finding");
    let why = heartbeat(&records)["why"].to_string();
    assert!(why.contains("the list was not used: inventory"), "{why}");
    // Versions that were seen are kept in the state.
    let list = fs::read_to_string(testdata().join("demo/inventory.jsonl")).expect("a list");
    let version = |n: u32| {
        let (header, entries) = list.split_once('\n').expect("lines");
        let mut header: Value = serde_json::from_str(header).expect("JSON");
        header["version"] = n.into();
        fs::write(machine.path("list.jsonl"), format!("{header}\n{entries}")).expect("written");
        let (_, records) = machine.run(&["--inventory", "list.jsonl"]);
        heartbeat(&records)["why"].to_string()
    };
    assert!(!version(8).contains("the list was not used"));
    let why = version(7);
    assert!(why.contains("the list was not used"), "{why}");
    assert!(!version(9).contains("the list was not used"));
}

#[test]
fn folders_that_are_made_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let machine = Machine::new();
    machine.put("openssh/near-known_hosts", "known_hosts");
    let spool = "deep/state/spool";
    let (run, _) = machine.run(&["--state", "deep/state", "--spool", spool]);
    run.ended(2);
    for folder in ["deep/state", spool] {
        let mode = machine
            .path(folder)
            .metadata()
            .expect("made")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700, "{folder}");
    }
}

#[test]
fn a_log_of_many_keys_does_not_lock_itself() {
    let machine = Machine::new();
    let home = machine.path("home/keys");
    let keys: String = (0..1_200_u32)
        .map(|n| {
            let mut seed = [7; 32];
            seed[..4].copy_from_slice(&n.to_be_bytes());
            let der = [
                b"\x30\x2e\x02\x01\0\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".as_slice(),
                &seed,
            ];
            let text = STANDARD.encode(der.concat());
            format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
        })
        .collect();
    fs::write(home, keys).expect("written");
    for _ in 0..2 {
        let (run, records) = machine.run(&[]);
        run.ended(1);
        assert_eq!(records.len(), 1_201);
    }
    let log = fs::read_to_string(machine.path("state/log.jsonl")).expect("a log");
    let last: Value = serde_json::from_str(log.lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["event"]["keys"].as_array().map(Vec::len), Some(1_000));
    assert_eq!(last["event"]["more_keys"], 200);
}

#[test]
fn a_damaged_log_is_kept_aside() {
    let machine = Machine::new();
    machine.put("openssh/near-known_hosts", "known_hosts");
    machine.run(&[]);
    let path = machine.path("state/log.jsonl");
    fs::write(&path, "no line of a log\n").expect("written");
    let (run, records) = machine.run(&[]);
    run.ended(2);
    let remarks = heartbeat(&records)["coverage"]["remarks"].to_string();
    assert!(remarks.contains("the log was damaged"), "{remarks}");
    assert_eq!(fs::read_to_string(&path).expect("a log").lines().count(), 1);
    let kept = fs::read_dir(machine.path("state"))
        .expect("a folder")
        .flatten();
    let kept = kept.filter(|item| item.file_name().to_string_lossy().contains("damaged"));
    assert_eq!(kept.count(), 1);
}

#[test]
fn a_match_that_reads_nothing_does_not_end_as_if_it_had() {
    let machine = Machine::new();
    machine.put("openssh/near-known_hosts", "known_hosts");
    machine.run(&[]).0.ended(2);
    let mut command = command(machine.folder());
    command.args(["agent", "match", "--state", "state", "--spool", "spool"]);
    run_command(command, b"").ended(2);
    assert_eq!(heartbeat(&machine.records())["verdict"], "not-vouched");
}

#[test]
fn a_scheduler_is_given_whole_paths_and_what_is_missing_is_told() {
    let machine = Machine::new();
    let install = |more: &[&str]| {
        let mut command = command(machine.folder());
        command.args([
            "agent",
            "install",
            "--scheduler",
            "systemd",
            "--to",
            "units",
            "--",
        ]);
        run_command(
            {
                command.args(more);
                command
            },
            b"",
        )
    };
    for relative in [
        ["--inventory", "keys.table"],
        ["--inventory-pins", "pins"],
        ["--org-key", "key"],
    ] {
        let run = install(&relative).ended(2);
        assert!(run.err.contains("give the whole path"), "{}", run.err);
    }
    let said = install(&["--inventory", "/nowhere/keys.table", "--on-battery"]).ended(0);
    let out = said.out();
    assert!(out.contains("/nowhere/keys.table is not there"), "{out}");
    assert!(
        out.contains("no run will say that a machine is clean"),
        "{out}"
    );
    let unit = machine.path("units/straykey-agent.service");
    let unit = || fs::read_to_string(&unit).expect("a unit");
    assert!(!unit().contains("ConditionACPower"));
    install(&[]).ended(0);
    assert!(unit().contains("ConditionACPower=true"));
}
