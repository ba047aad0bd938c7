//! Ctrl-C, and the signal that a service manager sends: an end in order, and no half of a report.
#![cfg(unix)]

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::agent::{Machine, findings, heartbeat};
use crate::program::command;

#[test]
fn an_interrupted_scan_leaves_no_report() {
    scan_until("-INT", 130);
}

#[test]
fn a_scan_that_is_asked_to_end_leaves_no_report() {
    scan_until("-TERM", 143);
}

/// When the signal comes is up to the machine: a program that ended before it
/// is tried anew with twice as much to read.
fn scan_until(name: &str, code: i32) {
    let dir = tempfile::tempdir().expect("a folder");
    let key = fs::read(crate::cases::testdata().join("pkcs1/good-rsa-4096.pem")).expect("a key");
    let block: Vec<u8> = key.iter().copied().cycle().take(256 << 10).collect();
    for round in 0..6 {
        // Each round doubles the work: distinct files full of keys.
        for file in 0..(16_usize << round) {
            let path = dir.path().join(format!("{round}-{file}.pem"));
            fs::write(path, &block).expect("written");
        }
        let output = dir.path().join("report.json");
        let mut child = command(dir.path())
            .args(["scan", "--history", "skip", "--no-progress", "-j", "2"])
            .args(["--format", "json", "--output", "report.json", "."])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        // The handler is set before the first file is read; a signal before
        // that ends the program the default way, and is told apart below.
        std::thread::sleep(Duration::from_millis(300));
        signal(name, child.id());
        let status = child.wait().expect("the binary ends");
        match status.code() {
            Some(ended) if ended == code => {
                assert!(!output.exists(), "half a report");
                let left: Vec<_> = fs::read_dir(dir.path())
                    .expect("a folder")
                    .map(|e| e.expect("an entry").file_name())
                    .filter(|name| !name.to_string_lossy().ends_with(".pem"))
                    .collect();
                assert!(left.is_empty(), "left behind: {left:?}");
                return;
            }
            // Ended before the signal came.
            Some(1) => fs::remove_file(output).expect("its report"),
            // Killed before it could listen: no report either.
            None => assert!(!output.exists(), "half a report"),
            other => panic!("exit code {other:?}"),
        }
    }
    panic!("the scan always ended before the signal");
}

fn signal(name: &str, process: u32) {
    let kill = std::process::Command::new("kill")
        .args([name, &process.to_string()])
        .status();
    // The program may have ended by now.
    let _ = kill.expect("kill");
}

/// What systemd sends to stop a service: the run ends, tells what it saw and that it is not whole, and the
/// next one goes on there.
#[test]
fn a_run_of_the_agent_that_is_asked_to_end_ends_in_order() {
    let machine = Machine::new();
    for file in 0..400 {
        machine.put("openssh/near-docs.md", &format!("d{}/{file}.md", file / 20));
    }
    machine.put("openssh/good-ed25519", "key");
    let told = || fs::read_dir(machine.path("spool")).map_or(0, Iterator::count);
    let learned = || fs::metadata(machine.path("state/files.journal")).map_or(0, |m| m.len());
    let begun = Instant::now();
    let mut command = machine.command(&["--cpu-budget", "20"]);
    command.stdout(Stdio::null());
    let mut child = command.spawn().expect("starts");
    while learned() < 200 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it learns nothing"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(told(), 0, "the run is over already");
    signal("-TERM", child.id());
    let sent = Instant::now();
    let code = child.wait().expect("ends").code();
    assert!(sent.elapsed() < Duration::from_secs(20));
    // By what it saw: findings, or that it cannot vouch.
    assert!(matches!(code, Some(1 | 2)), "{code:?}");
    let records = machine.records();
    let beat = heartbeat(&records);
    assert_eq!(beat["coverage"]["complete"], false);
    let remarks = beat["coverage"]["remarks"].to_string();
    assert!(remarks.contains("stopped by a signal"), "{remarks}");
    let read = beat["coverage"]["files_read"].as_u64().expect("a number");
    assert!((1..401).contains(&read), "{read}");
    let (run, records) = machine.run(&[]);
    run.ended(1);
    let seen = &heartbeat(&records)["coverage"];
    assert_eq!(seen["complete"], true);
    assert!(seen["files_unchanged"].as_u64() >= Some(read / 2), "{seen}");
    assert_eq!(findings(&records).len(), 1);
    // Between runs it ends at once, with the signal's own code.
    let mut command = crate::program::command(machine.folder());
    command.args(["agent", "run", "--splay", "9999d", "--root", "home"]);
    command.args(["--state", "state", "--spool", "spool"]);
    let mut child = command.stdout(Stdio::null()).spawn().expect("starts");
    std::thread::sleep(Duration::from_millis(500));
    signal("-TERM", child.id());
    let code = child.wait().expect("ends").code();
    assert!(matches!(code, Some(143 | 1 | 2)), "{code:?}");
}

/// Who feeds a stream may have nothing more to say, and never end it.
#[test]
fn a_scan_of_a_stream_ends_when_it_is_asked_to() {
    for name in ["-TERM", "-INT"] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = command(folder.path())
            .args(["scan", "--stdin", "--no-progress"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let stream = child.stdin.take();
        std::thread::sleep(Duration::from_millis(500));
        signal(name, child.id());
        let sent = Instant::now();
        while child.try_wait().expect("a state").is_none() {
            if sent.elapsed() > Duration::from_secs(5) {
                child.kill().expect("killed");
                panic!("{name}: it reads on");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(stream);
    }
}
