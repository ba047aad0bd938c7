//! What the agent remembers: nothing is read twice, and nothing is lost by a kill or by damage.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::agent::{Machine, findings, heartbeat, settle};
use crate::cases::testdata;
use crate::program::{command, run_command};

#[test]
fn a_second_run_opens_nothing_and_says_the_same() {
    let machine = Machine::new();
    machine.put("openssh/good-ed25519", ".ssh/id_ed25519");
    machine.put("openssh/near-known_hosts", ".ssh/known_hosts");
    machine.put("pkcs12/expect.toml", "notes.txt");
    machine.put("archive/deflated.zip", "a.zip");
    let (first, records) = machine.run(&[]);
    first.ended(1);
    let told = findings(&records);
    assert!(
        told.iter().any(|one| one.contains("id_ed25519")),
        "{told:?}"
    );
    let seen = &heartbeat(&records)["coverage"];
    assert_eq!(
        (&seen["files_read"], &seen["files_unchanged"]),
        (&4.into(), &0.into())
    );
    assert_eq!(seen["complete"], true);
    let since = records[0]["first_seen"].clone();

    let (second, records) = machine.run(&[]);
    second.ended(1);
    assert_eq!(findings(&records), told);
    let seen = &heartbeat(&records)["coverage"];
    assert_eq!(
        (&seen["files_read"], &seen["files_unchanged"]),
        (&0.into(), &4.into())
    );
    assert_eq!(records[0]["first_seen"], since);

    // Another content of the same length, with its time of modification set back.
    let path = machine.path("home/notes.txt");
    let time = fs::metadata(&path)
        .expect("there")
        .modified()
        .expect("a time");
    let mut text = fs::read(&path).expect("read");
    text.reverse();
    fs::write(&path, text).expect("written");
    let file = fs::File::options().write(true).open(&path).expect("open");
    file.set_modified(time).expect("set back");
    let (_, records) = machine.run(&[]);
    assert_eq!(heartbeat(&records)["coverage"]["files_read"], 1);
}

#[test]
fn nothing_is_opened_again_as_the_system_sees_it() {
    if Command::new("strace").arg("-V").output().is_err() {
        eprintln!("skipped: strace is not installed");
        return;
    }
    let machine = Machine::new();
    machine.put("openssh/good-ed25519", "a/marked-key");
    machine.put("openssh/near-docs.md", "b/marked-text");
    let opens = |machine: &Machine| {
        settle();
        let agent = machine.command(&[]);
        let mut traced = Command::new("strace");
        traced.current_dir(machine.folder());
        traced.args(["-f", "-o", "trace", "-e", "trace=open,openat,openat2"]);
        traced.arg(agent.get_program()).args(agent.get_args());
        let ended = traced.stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !ended.is_ok_and(|status| status.code() == Some(1)) {
            return None;
        }
        let trace = fs::read_to_string(machine.path("trace")).expect("a trace");
        Some(
            trace
                .lines()
                .filter(|line| line.contains("marked-"))
                .count(),
        )
    };
    let Some(first) = opens(&machine) else {
        eprintln!("skipped: strace may not trace here");
        return;
    };
    assert_eq!(first, 2);
    assert_eq!(opens(&machine), Some(0));
}

#[test]
fn a_new_list_is_matched_without_reading() {
    let machine = Machine::new();
    copy_tree(&testdata().join("demo/home"), &machine.path("home"));
    let list = testdata().join("demo/inventory.jsonl");
    let list = list.to_str().expect("text");
    machine.run(&[]).0.ended(1);
    // What a scan of the files says; only a challenge proves symmetric keys.
    let mut scan = command(machine.folder());
    scan.args([
        "scan",
        "home",
        "--history",
        "skip",
        "--format",
        "json",
        "--inventory",
        list,
    ]);
    let scanned = run_command(scan, b"").ended(1).json();
    let expected: BTreeSet<String> = scanned["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|found| found["properties"]["straykey"]["match"].is_object())
        .filter(|found| found["properties"]["straykey"]["proof"] != "challenge")
        .map(|found| format!("{} {}", found["rule"], found["id"]))
        .collect();
    assert!(expected.len() >= 4, "{expected:?}");
    // The files themselves are gone: whatever is told was remembered.
    fs::remove_dir_all(machine.path("home")).expect("removed");
    let mut command = command(machine.folder());
    command.args(["agent", "match", "--state", "state", "--spool", "spool"]);
    command.args(["--inventory", list]);
    run_command(command, b"").ended(1);
    let records = machine.records();
    let matched = records.iter().filter(|record| record["match"].is_object());
    let matched: BTreeSet<String> = matched
        .map(|record| format!("{} {}", record["rule"], record["key"]))
        .collect();
    assert_eq!(matched, expected);
    let beat = heartbeat(&records);
    assert_eq!(beat["verdict"], "findings");
    assert_eq!(beat["coverage"]["complete"], false);
    assert_eq!(beat["coverage"]["files_read"], 0);
}

#[cfg(unix)]
#[test]
fn a_killed_run_loses_nothing_that_is_found() {
    let machine = Machine::new();
    let keys = [
        "openssh/good-ed25519",
        "ppk/good-v2-ecdsa-256.ppk",
        "openssh/good-rsa-2048",
    ];
    for folder in 0..30 {
        for file in 0..20 {
            machine.put("openssh/near-docs.md", &format!("d{folder}/f{file}.md"));
        }
        if let Some(key) = keys
            .get(folder % 7)
            .filter(|key| testdata().join(key).is_file())
        {
            machine.put(key, &format!("d{folder}/key"));
        }
    }
    settle();
    let whole = Machine::new();
    fs::remove_dir(whole.path("home")).expect("removed");
    std::os::unix::fs::symlink(machine.path("home"), whole.path("home")).expect("a link");
    let (_, records) = whole.run(&[]);
    let told = findings(&records);
    assert!(told.len() >= 2);
    // Each run is killed as soon as it has learned a little more, on a machine of any speed.
    let learned = || fs::metadata(machine.path("state/files.journal")).map_or(0, |m| m.len());
    let mut killed = 0;
    for part in 1..=6 {
        let enough = learned() + 150 * part;
        let mut command = machine.command(&["--cpu-budget", "100"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("starts");
        while child.try_wait().expect("asked").is_none() && learned() < enough {
            std::thread::sleep(Duration::from_millis(1));
        }
        killed += u32::from(child.try_wait().expect("asked").is_none());
        child.kill().expect("killed");
        child.wait().expect("ended");
    }
    assert!(killed > 0, "every run ended before it was killed");
    let left = ".straykey-unfinished-";
    let folders = ["state", "spool"].map(|folder| machine.path(folder));
    for folder in &folders {
        fs::write(folder.join(format!("{left}x")), "half").expect("written");
    }
    let (run, records) = machine.run(&[]);
    run.ended(1);
    assert_eq!(findings(&records), told);
    let seen = &heartbeat(&records)["coverage"];
    assert_eq!(seen["complete"], true);
    assert!(
        seen["files_unchanged"].as_u64() > Some(0),
        "nothing of the killed runs was kept"
    );
    for folder in folders {
        let items = fs::read_dir(folder).expect("a folder").flatten();
        let mut names = items.map(|item| item.file_name().to_string_lossy().into_owned());
        assert!(!names.any(|name| name.starts_with(left)));
    }
}

#[test]
fn a_damaged_state_is_told_and_mends_itself() {
    let machine = Machine::new();
    machine.put("openssh/good-ed25519", "key");
    let told = findings(&machine.run(&[]).1);
    let path = machine.path("state/files");
    let mut bytes = fs::read(&path).expect("a state");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).expect("written");
    let (_, records) = machine.run(&[]);
    assert_eq!(findings(&records), told);
    let seen = &heartbeat(&records)["coverage"];
    assert_eq!(seen["files_read"], 1);
    assert!(seen["remarks"].to_string().contains("damaged"), "{seen}");
    let (_, records) = machine.run(&[]);
    assert_eq!(heartbeat(&records)["coverage"]["files_unchanged"], 1);
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for item in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(item.file_name());
        match item.path().is_dir() {
            true => copy_tree(&item.path(), &target),
            false => drop(fs::copy(item.path(), target).expect("copied")),
        }
    }
}
