//! The endpoint agent: what it remembers, what it says it saw, and that it cannot be led astray.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cases::testdata;
use crate::program::{Run, command, git, run_command};

/// A machine: a folder with a home, a state and a spool.
pub(crate) struct Machine {
    dir: tempfile::TempDir,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir(dir.path().join("home")).expect("a folder");
        Self { dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Copies a file of the test data into the home.
    pub(crate) fn put(&self, from: &str, to: &str) {
        let to = self.path("home").join(to);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(testdata().join(from), to).expect("copied");
    }

    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let mut command = command(self.dir.path());
        command
            .env_remove("SSH_AUTH_SOCK")
            .env_remove("STRAYKEY_INVENTORY");
        command.args(["agent", "run", "--once", "--root", "home", "--on-battery"]);
        let usual = [
            ("--live", "off"),
            ("--state", "state"),
            ("--spool", "spool"),
            ("--max-load", "1000000"),
            ("--cpu-budget", "1000"),
        ];
        for (option, value) in usual {
            if !more.iter().any(|given| given.starts_with(option)) {
                command.args([option, value]);
            }
        }
        command.args(more);
        command
    }

    /// Runs the agent, and returns what it wrote.
    pub(crate) fn run(&self, more: &[&str]) -> (Run, Vec<Value>) {
        settle();
        let run = run_command(self.command(more), b"");
        let records = self.records();
        (run, records)
    }

    /// Returns the records of the newest file, and takes all files away.
    pub(crate) fn records(&self) -> Vec<Value> {
        let mut files = spools(&self.path("spool"));
        files.sort();
        let newest = files
            .last()
            .map(|path| fs::read_to_string(path).expect("text"));
        let records = newest.unwrap_or_default();
        for file in files {
            fs::remove_file(file).expect("removed");
        }
        records
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }
}

/// A file that changed a moment ago is read again: its times may not tell that it changes once more.
pub(crate) fn settle() {
    std::thread::sleep(Duration::from_millis(60));
}

pub(crate) fn spools(folder: &Path) -> Vec<PathBuf> {
    let items = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = items.map(|item| item.path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect()
}

pub(crate) fn heartbeat(records: &[Value]) -> &Value {
    let last = records.last().expect("a heartbeat");
    assert_eq!(last["type"], "heartbeat");
    last
}

/// What findings say, without when: rule, key and places.
pub(crate) fn findings(records: &[Value]) -> BTreeSet<String> {
    let found = records.iter().filter(|record| record["type"] == "finding");
    found
        .map(|record| format!("{} {} {}", record["rule"], record["key"], record["places"]))
        .collect()
}

#[test]
fn clean_is_only_said_with_a_verified_list_and_full_coverage() {
    let machine = Machine::new();
    machine.put("openssh/near-known_hosts", ".ssh/known_hosts");
    let (run, records) = machine.run(&[]);
    run.ended(2);
    let beat = heartbeat(&records);
    assert_eq!(beat["verdict"], "not-vouched");
    assert!(beat["why"][0].as_str().expect("text").contains("no list"));
    let list = testdata().join("demo/inventory.jsonl");
    let (run, records) = machine.run(&["--inventory", list.to_str().expect("text")]);
    run.ended(2);
    let why = heartbeat(&records)["why"].to_string();
    assert!(why.contains("signature"), "{why}");
    let (run, records) = machine.run(&["--root", "missing"]);
    run.ended(2);
    let why = heartbeat(&records)["why"].to_string();
    assert!(why.contains("not looked at: missing"), "{why}");
}

#[test]
fn the_time_of_a_run_ends_it_and_the_next_goes_on() {
    let machine = Machine::new();
    machine.put("openssh/good-ed25519", "key");
    // Load is always above this: the run waits until its time is over.
    let (run, records) = machine.run(&["--max-load=-1", "--time-budget", "1s"]);
    run.ended(2);
    let seen = &heartbeat(&records)["coverage"];
    assert_eq!(seen["complete"], false);
    assert!(seen["waited_seconds"].as_f64() > Some(0.3), "{seen}");
    assert!(seen["skipped"]["time-limit"].as_u64() > Some(0));
    let (run, _) = machine.run(&[]);
    run.ended(1);
    if cfg!(target_os = "linux") {
        let (run, records) = machine.run(&["--max-load=-1", "--memory-limit", "1M"]);
        run.ended(2);
        let said = heartbeat(&records)["coverage"]["remarks"].to_string();
        assert!(said.contains("memory"), "{said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_share_of_the_processor_is_kept() {
    let machine = Machine::new();
    let text = fs::read(testdata().join("openssh/near-docs.md")).expect("text");
    for number in 0..4_000 {
        let folder = machine.path("home").join((number / 100).to_string());
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(number.to_string()), text.repeat(20)).expect("written");
    }
    let (_, records) = machine.run(&["--cpu-budget", "20", "--time-budget", "5s", "-j", "4"]);
    let seen = &heartbeat(&records)["coverage"];
    let number = |name: &str| seen[name].as_f64().expect("a number");
    // What it takes when its time is over is told too.
    let most = 0.2 * number("seconds") + 0.2;
    assert!(number("cpu_seconds") < most, "{seen}");
}

#[cfg(unix)]
#[test]
fn links_fifos_and_open_folders_lead_nowhere() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let machine = Machine::new();
    fs::create_dir(machine.path("outside")).expect("a folder");
    fs::copy(
        testdata().join("openssh/good-ed25519"),
        machine.path("outside/key"),
    )
    .expect("copied");
    symlink(machine.path("outside"), machine.path("home/link")).expect("a link");
    symlink(machine.path("outside/key"), machine.path("home/key")).expect("a link");
    let made = Command::new("mkfifo")
        .arg(machine.path("home/fifo"))
        .status();
    assert!(made.expect("mkfifo").success());
    let (run, records) = machine.run(&[]);
    run.ended(2);
    assert!(findings(&records).is_empty());
    let seen = &heartbeat(&records)["coverage"];
    assert_eq!(
        (&seen["skipped"]["link"], &seen["skipped"]["special"]),
        (&2.into(), &1.into())
    );
    let mode = |name: &str| {
        let mode = fs::metadata(machine.path(name))
            .expect("there")
            .permissions()
            .mode();
        mode & 0o777
    };
    assert_eq!(
        (mode("state"), mode("state/files"), mode("spool")),
        (0o700, 0o600, 0o700)
    );
    assert_eq!(
        (mode("state/log.jsonl"), mode("state/ledger")),
        (0o600, 0o600)
    );
    fs::set_permissions(machine.path("state"), fs::Permissions::from_mode(0o755)).expect("set");
    assert!(machine.run(&[]).0.ended(2).err.contains("others may read"));
}

/// Somebody puts pipes, at which a reader waits for ever, where git has files.
#[cfg(unix)]
#[test]
fn pipes_in_repositories_hold_nobody_up() {
    let machine = Machine::new();
    let pipes = [
        "HEAD",
        "config",
        "index",
        "packed-refs",
        "objects/info/alternates",
        "shallow",
    ];
    for (number, pipe) in pipes.into_iter().enumerate() {
        let folder = machine.path("home").join(number.to_string());
        fs::create_dir(&folder).expect("a folder");
        git(&folder, &["init", "-q"]);
        git(&folder, &["commit", "-q", "--allow-empty", "-m", "x"]);
        let path = folder.join(".git").join(pipe);
        let _ = fs::remove_file(&path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        assert!(
            Command::new("mkfifo")
                .arg(&path)
                .status()
                .expect("mkfifo")
                .success()
        );
    }
    let mut child = machine
        .command(&[])
        .stdout(Stdio::null())
        .spawn()
        .expect("starts");
    let begun = Instant::now();
    while child.try_wait().expect("asked").is_none() {
        if begun.elapsed() > Duration::from_secs(60) {
            child.kill().expect("killed");
            panic!("it waits at a pipe");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Runs a script of Python on a file; returns what it printed.
pub(crate) fn python(script: &str, path: &Path) -> Option<String> {
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(path)
        .output();
    let output = output.ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
