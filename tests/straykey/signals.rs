//! Ctrl-C: a clean end, and no half of a report.
#![cfg(unix)]

use std::fs;
use std::process::Stdio;

use crate::program::command;

/// When the signal comes is up to the machine: a program that ended before it
/// is tried anew with twice as much to read.
#[test]
fn an_interrupted_scan_leaves_no_report() {
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
        std::thread::sleep(std::time::Duration::from_millis(300));
        interrupt(child.id());
        let status = child.wait().expect("the binary ends");
        match status.code() {
            Some(130) => {
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

fn interrupt(process: u32) {
    let kill = std::process::Command::new("kill")
        .args(["-INT", &process.to_string()])
        .status();
    // The program may have ended by now.
    let _ = kill.expect("kill");
}
