//! What a crash leaves behind: no core file, no text of a panic, no half of a report; and nothing in swap.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cases::{Dice, testdata};
use crate::program::command;

/// The binary, asked by a shell that sets limits first.
fn limited(folder: &Path, limits: &str, args: &[&str]) -> Command {
    let mut command = Command::new("sh");
    let script = format!("{limits}; exec \"$0\" \"$@\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_straykey")]);
    command.args(args).current_dir(folder);
    command
}

fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill")
        .args([name, &child.id().to_string()])
        .stderr(Stdio::null())
        .status();
    // The program may have ended by now.
    let _ = kill.expect("kill");
}

#[test]
fn an_abort_leaves_no_core() {
    let dir = tempfile::tempdir().expect("a folder");
    // A key is in its memory, and it waits for more of its input.
    let args = ["scan", "--stdin"];
    let mut child = limited(dir.path(), "ulimit -c unlimited 2>/dev/null", &args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("starts");
    let mut input = child.stdin.take().expect("a pipe");
    let key = fs::read(testdata().join("pkcs8/good-ed25519.pem")).expect("a key");
    input.write_all(&key).expect("written");
    let limits = format!("/proc/{}/limits", child.id());
    let started = Instant::now();
    loop {
        let text = fs::read_to_string(&limits).expect("limits");
        let line = text.lines().find(|line| line.starts_with("Max core file"));
        let words: Vec<&str> = line.expect("a limit").split_whitespace().collect();
        // 1 holds for programs that cores are piped to as well; 0 where 1 is not to be had.
        if matches!(words[4..6], ["1", "1"] | ["0", "0"]) {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "{words:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, "-ABRT");
    let ended = child.wait().expect("ends");
    assert!(!format!("{ended}").contains("core dumped"), "{ended}");
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0);
}

/// Whether a mask of capabilities lacks `CAP_SYS_RESOURCE`; in a user namespace it is worth nothing.
fn is_without_resource(mask: &str) -> bool {
    let users = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let is_first = users.split_whitespace().eq(["0", "0", "4294967295"]);
    let mask = u64::from_str_radix(mask, 16).expect("a mask");
    !is_first || mask >> 24 & 1 == 0
}

/// The kernel's account of what it may not swap: all of it where as much as one likes may be locked (which root
/// may grant itself), else none of what is only read.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_kept_from_swap_where_that_is_allowed() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut child = limited(dir.path(), "ulimit -l 64", &["scan", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let input = child.stdin.take().expect("a pipe");
    let of = |file: &str, key: &str| -> Vec<String> {
        let path = format!("/proc/{}/{file}", child.id());
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        let words = line.unwrap_or_default().split_whitespace();
        words.map(str::to_owned).collect()
    };
    let bytes = |key| {
        of("status", key)
            .first()
            .map_or(0, |n| n.parse::<u64>().expect("a number"))
    };
    let started = Instant::now();
    loop {
        let is_unlimited = of("limits", "Max locked memory")
            .first()
            .is_some_and(|limit| limit == "unlimited");
        let (locked, resident) = (bytes("VmLck:"), bytes("VmRSS:"));
        if is_unlimited && locked > resident / 2 {
            break;
        }
        // Root raises the limit, and so does who has the capability; nobody else.
        let stays = of("status", "CapEff:")
            .first()
            .is_some_and(|mask| is_without_resource(mask));
        if stays
            && of("limits", "Max core file size")
                .first()
                .is_some_and(|limit| limit == "0" || limit == "1")
        {
            assert_eq!(locked, 0, "the limit is not what is locked");
            break;
        }
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "{locked} of {resident} kB"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(input);
    assert!(child.wait().expect("ends").success());
}

/// The system refuses threads: a panic deep in somebody else's code, with keys in memory. It is told as what
/// it is, and without its text.
#[test]
fn workers_that_do_not_fit_are_told_and_nothing_is_vouched_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let key = fs::read(testdata().join("pkcs8/good-ed25519.pem")).expect("a key");
    fs::write(dir.path().join("key.pem"), key).expect("written");
    let mut refused = 0;
    for space in (300_000..1_000_000).step_by(100_000) {
        let args = [
            "scan", "-j", "256", "--output", "report", "--format", "json", ".",
        ];
        let limits = format!("ulimit -v {space}");
        let output = limited(dir.path(), &limits, &args)
            .env("RUST_BACKTRACE", "full")
            .output()
            .expect("starts");
        let err = String::from_utf8_lossy(&output.stderr);
        // Where it is so tight that nothing else works either, that may be told as well.
        let told = err.contains("use fewer workers (-j)");
        assert!(told || !err.contains("internal error"), "{err}");
        if told {
            refused += 1;
            // Without a code: no memory was left for the way out either, which aborts.
            assert!(matches!(output.status.code(), Some(2) | None), "{err}");
            // The text of the panic would be `failed to spawn thread: Os { … }`.
            assert!(!err.contains("spawn") && !err.contains("panicked"), "{err}");
            assert!(!dir.path().join("report").exists(), "half a report");
        }
        let _ = fs::remove_file(dir.path().join("report"));
    }
    assert!(refused > 0, "256 threads fit into any space");
}

/// Whenever Ctrl-C comes, a report is the one from before or a whole new one.
#[test]
fn an_interrupt_at_any_moment_leaves_a_whole_report_or_none() {
    let dir = tempfile::tempdir().expect("a folder");
    let scanned = dir.path().join("scanned");
    fs::create_dir(&scanned).expect("a folder");
    let key = fs::read(testdata().join("pkcs8/good-ed25519.pem")).expect("a key");
    for file in 0..10 {
        fs::write(scanned.join(format!("{file}.pem")), key.repeat(20)).expect("written");
    }
    let reports = dir.path().join("reports");
    fs::create_dir(&reports).expect("a folder");
    let mut dice = Dice::of("interrupts");
    let run = || {
        command(dir.path())
            .args(["scan", "--no-progress", "-j", "2", "--format", "json"])
            .args(["--output", "reports/a.json"])
            .args(["--also", "sarif=reports/b.sarif", "scanned"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts")
    };
    // The first run may wait for a disk, each for other tests: the shortest tells how long one takes.
    let mut whole = Duration::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        assert_eq!(run().wait().expect("ends").code(), Some(1));
        whole = whole.min(started.elapsed());
    }
    let names = ["a.json", "b.sarif"];
    let news = names.map(|name| fs::read(reports.join(name)).expect("a report"));
    let (mut interrupted, mut ended) = (0, 0);
    // At least sixteen, and more where the machine was so busy that none came in time.
    for round in 0..200 {
        if round >= 16 && interrupted > 0 {
            break;
        }
        for name in names {
            fs::write(reports.join(name), "old").expect("written");
        }
        let mut child = run();
        // The last tenth is where reports are written.
        let moment = dice.below(whole.as_micros() as usize * 11 / 10) as u64;
        std::thread::sleep(Duration::from_micros(moment));
        signal(&child, "-INT");
        match child.wait().expect("ends").code() {
            Some(1) => ended += 1,
            // Without a code: before it could listen.
            Some(130) | None => interrupted += 1,
            other => panic!("exit code {other:?}"),
        }
        for (name, new) in names.iter().zip(&news) {
            let is = fs::read(reports.join(name)).expect("a report");
            assert!(is == b"old" || is == *new, "{name}: half a report");
        }
        let left = fs::read_dir(&reports).expect("a folder").count();
        assert_eq!(left, 2, "something is left behind");
    }
    assert!(interrupted > 0, "{ended} times it ended before the signal");
}
