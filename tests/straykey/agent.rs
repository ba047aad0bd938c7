//! The endpoint agent: what it remembers, what it says it saw, and that it cannot be led astray.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cases::testdata;
use crate::program::{Run, command, run_command};

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
    fn records(&self) -> Vec<Value> {
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
fn settle() {
    std::thread::sleep(Duration::from_millis(60));
}

fn spools(folder: &Path) -> Vec<PathBuf> {
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
        traced.current_dir(machine.dir.path());
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
    let mut scan = command(machine.dir.path());
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
    let mut command = command(machine.dir.path());
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
        let mut command = machine.command(&["--cpu-budget", "50"]);
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
    let (run, records) = machine.run(&[]);
    run.ended(1);
    assert_eq!(findings(&records), told);
    let seen = &heartbeat(&records)["coverage"];
    assert_eq!(seen["complete"], true);
    assert!(
        seen["files_unchanged"].as_u64() > Some(0),
        "nothing of the killed runs was kept"
    );
    assert!(
        !fs::read_dir(machine.path("state"))
            .expect("a folder")
            .flatten()
            .any(|item| { item.file_name().to_string_lossy().starts_with(".state-") })
    );
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
    // The tables are built before the pace is kept.
    let most = 0.2 * number("seconds") + 0.5;
    assert!(number("cpu_seconds") < most, "{seen}");
}

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
        let mut command = command(machine.dir.path());
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
        let mut command = command(machine.dir.path());
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
    let folder = machine.dir.path();
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
        let git = |args: &[&str]| {
            let mut git = Command::new("git");
            git.current_dir(&folder)
                .args(["-c", "user.name=a", "-c", "user.email=a@b.example"]);
            assert!(git.args(args).status().expect("git").success());
        };
        git(&["init", "-q"]);
        git(&["commit", "-q", "--allow-empty", "-m", "x"]);
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

#[cfg(unix)]
#[test]
fn agents_are_asked_for_public_halves() {
    let machine = Machine::new();
    let have = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let mut command = machine.command(&["--live", "on"]);
    let socket = machine.path("agent");
    let key = machine.path("id");
    let mut sshd = Command::new("ssh-agent");
    sshd.args(["-D", "-a"])
        .arg(&socket)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let Ok(mut sshd) = sshd.spawn() else {
        eprintln!("skipped: ssh-agent is not installed");
        return;
    };
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status();
    assert!(made.expect("ssh-keygen").success());
    for _ in 0..100 {
        if socket.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let added = Command::new("ssh-add")
        .arg(&key)
        .env("SSH_AUTH_SOCK", &socket)
        .stderr(Stdio::null())
        .status();
    assert!(added.expect("ssh-add").success());
    // What the reference tool says of the public half.
    let print = Command::new("ssh-keygen")
        .arg("-lf")
        .arg(machine.path("id.pub"))
        .output();
    let print = String::from_utf8(print.expect("ssh-keygen").stdout).expect("text");
    let print = print.split(' ').nth(1).expect("a fingerprint").to_owned();
    fs::remove_file(&key).expect("removed");
    // A variable of a process holds a key.
    let pem = fs::read_to_string(testdata().join("openssh/good-ecdsa-256")).expect("text");
    let mut sleeper = Command::new("sleep")
        .arg("60")
        .env("DEPLOY_KEY", pem)
        .spawn()
        .expect("sleeps");
    let mut gpg = None;
    if have("gpg") && have("gpg-agent") {
        let home = machine.path("g");
        fs::create_dir(&home).expect("a folder");
        fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .expect("set");
        let made = Command::new("gpg")
            .env("GNUPGHOME", &home)
            .args([
                "--batch",
                "--quiet",
                "--passphrase",
                "",
                "--quick-generate-key",
                "a@b.example",
                "rsa2048",
                "sign",
                "never",
            ])
            .stderr(Stdio::null())
            .status();
        if made.is_ok_and(|status| status.success()) && home.join("S.gpg-agent").exists() {
            let listed = Command::new("gpg")
                .env("GNUPGHOME", &home)
                .args(["--list-secret-keys", "--with-keygrip", "--with-colons"])
                .output()
                .expect("gpg");
            let text = String::from_utf8_lossy(&listed.stdout).into_owned();
            let grip = text
                .lines()
                .find_map(|line| line.strip_prefix("grp:::::::::"));
            gpg = grip.map(|grip| grip.trim_end_matches(':').to_owned());
            command.env("GNUPGHOME", &home);
        } else {
            eprintln!("skipped: gpg-agent does not run here");
        }
    }
    command.env("SSH_AUTH_SOCK", &socket);
    let run = run_command(command, b"");
    if machine.path("g").exists() {
        let _ = Command::new("gpgconf")
            .env("GNUPGHOME", machine.path("g"))
            .args(["--kill", "all"])
            .status();
    }
    sleeper.kill().expect("killed");
    sleeper.wait().expect("ended");
    sshd.kill().expect("killed");
    sshd.wait().expect("ended");
    run.ended(1);
    let records = machine.records();
    let of = |format: &str| -> Vec<&Value> {
        let found = records.iter().filter(|record| record["type"] == "finding");
        found
            .filter(|record| record["places"][0]["format"] == format)
            .collect()
    };
    let held = of("ssh-agent");
    assert!(
        held.iter()
            .any(|found| found["ids"]["ssh-sha256"] == print.as_str()),
        "{records:?}"
    );
    assert!(held.iter().all(|found| found["proof"] == "live"));
    let environ = of("openssh");
    let at = |found: &Value| {
        found["places"][0]["path"]
            .as_str()
            .expect("a path")
            .to_owned()
    };
    assert!(
        environ
            .iter()
            .any(|found| at(found).starts_with("/proc/") && at(found).ends_with("/environ")),
        "{records:?}"
    );
    if let Some(grip) = gpg {
        let grip = grip.to_ascii_lowercase();
        let held = of("gpg-agent");
        assert!(
            held.iter()
                .any(|found| found["ids"]["keygrip"] == grip.as_str()),
            "{grip} {records:?}"
        );
    }
}

#[test]
fn units_are_what_the_scheduler_takes() {
    let machine = Machine::new();
    let mut install = command(machine.dir.path());
    install.args([
        "agent",
        "install",
        "--to",
        "units",
        "--program",
        "/usr/bin/true",
        "--",
        "--root",
        "/home/a b/%x",
    ]);
    install.args([
        "--state",
        "/var/lib/straykey",
        "--spool",
        "/var/spool/straykey",
        "--cpu-budget",
        "20",
    ]);
    let said = run_command(install, b"").ended(0).out();
    assert!(
        said.contains("systemctl enable --now straykey-agent.timer"),
        "{said}"
    );
    let service = fs::read_to_string(machine.path("units/straykey-agent.service")).expect("a unit");
    assert!(
        service.contains("CPUQuota=20%\n") && service.contains("\"/home/a b/%%x\""),
        "{service}"
    );
    // An option that `agent run` does not have is refused now, not every night.
    let mut wrong = command(machine.dir.path());
    wrong.args([
        "agent",
        "install",
        "--to",
        "units",
        "--",
        "--cpu-budgt",
        "20",
    ]);
    run_command(wrong, b"").ended(2);
    match Command::new("systemd-analyze")
        .arg("verify")
        .arg(machine.path("units/straykey-agent.service"))
        .arg(machine.path("units/straykey-agent.timer"))
        .output()
    {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let ours: Vec<&str> = said
                .lines()
                .filter(|line| line.contains("straykey-agent"))
                .collect();
            let ours: Vec<&&str> = ours.iter().filter(|line| !line.contains("man ")).collect();
            assert!(ours.is_empty(), "{said}");
        }
        Err(_) => eprintln!("skipped: systemd-analyze is not installed"),
    }
    for (scheduler, name) in [
        ("launchd", "org.straykey.agent.plist"),
        ("task-scheduler", "straykey-agent.xml"),
    ] {
        let mut install = command(machine.dir.path());
        install.args([
            "agent",
            "install",
            "--to",
            "units",
            "--scheduler",
            scheduler,
        ]);
        install.args([
            "--program",
            "/opt/a b/<&>\"stray'key",
            "--",
            "--root",
            "/a&b c",
        ]);
        run_command(install, b"").ended(0);
        let path = machine.path("units").join(name);
        assert!(path.is_file());
        match python(READ_UNIT, &path) {
            Some(said) => {
                let words = [
                    "/opt/a b/<&>\"stray'key",
                    "agent",
                    "run",
                    "--once",
                    "--root",
                    "/a&b c",
                ];
                assert_eq!(said.lines().collect::<Vec<_>>(), words, "{scheduler}");
            }
            None => eprintln!("skipped: python3 is not installed"),
        }
        let mut uninstall = command(machine.dir.path());
        uninstall.args([
            "agent",
            "uninstall",
            "--to",
            "units",
            "--scheduler",
            scheduler,
        ]);
        run_command(uninstall, b"").ended(0);
        assert!(!machine.path("units").join(name).exists());
    }
}

/// Reads the command line out of a property list or a task, and checks what either needs.
const READ_UNIT: &str = r#"
import plistlib, shlex, sys
import xml.etree.ElementTree as xml
if sys.argv[1].endswith('.plist'):
    job = plistlib.load(open(sys.argv[1], 'rb'))
    assert job['Label'] == 'org.straykey.agent' and job['LowPriorityIO'] is True and job['Umask'] == 0o77
    at = job['StartCalendarInterval']
    assert 0 <= at['Hour'] < 24 and 0 <= at['Minute'] < 60
    words = job['ProgramArguments']
else:
    task = xml.parse(sys.argv[1]).getroot()
    ns = '{http://schemas.microsoft.com/windows/2004/02/mit/task}'
    assert task.tag == ns + 'Task' and task.get('version') == '1.3'
    order = [part.tag.removeprefix(ns) for part in task]
    assert order == ['RegistrationInfo', 'Triggers', 'Principals', 'Settings', 'Actions'], order
    command = task.find(f'{ns}Actions/{ns}Exec')
    words = [command.findtext(ns + 'Command'), *shlex.split(command.findtext(ns + 'Arguments'))]
print('\n'.join(words))
"#;

/// Runs a script of Python on a file; returns what it printed.
fn python(script: &str, path: &Path) -> Option<String> {
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(path)
        .output();
    let output = output.ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
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
