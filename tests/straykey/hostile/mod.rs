//! Input made to hurt, and what is told of each.
//!
//! A row of a table says how the input is made and what a scan of it says: exit code, findings by
//! rule, and what was skipped by reason. Most inputs have a good key beside or behind what hurts,
//! which has to be found all the same. Nothing is kept in the repository; each case is made in a
//! folder of its own. All run in the real binary under a limit of its address space, and none may
//! panic, be killed, or print a control character.
//!
//! `docs/hostile.md` is this table, with the memory that each took; `docs/generate.sh` writes it.

mod archives;
pub(crate) mod bytes;
mod costs;
mod files;
mod git;
mod lengths;
mod text;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde_json::Value;

use crate::cases::testdata;

/// Address space of a run, in KiB. Two workers of a debug build take 300,000 of it for stacks,
/// arenas and the program itself.
const SPACE_KIB: u64 = 800_000;
/// Only guards against hanging: the slowest case takes a few seconds.
const LONGEST: Duration = Duration::from_secs(180);

/// Cases that take longer are named on standard error.
const SLOW: Duration = Duration::from_secs(3);

/// One input.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    /// How it is made, for the reader of the table.
    made: &'static str,
    /// Makes it in an empty folder.
    make: fn(&Path),
    /// What a scan is asked besides `--format json -j 2`.
    args: &'static [&'static str],
    /// What it says; behind `…` stands what chance decides.
    told: &'static str,
}

impl Case {
    const fn new(
        name: &'static str,
        made: &'static str,
        make: fn(&Path),
        told: &'static str,
    ) -> Self {
        Self {
            name,
            made,
            make,
            args: &["."],
            told,
        }
    }

    /// Whether that was said.
    fn is_told(&self, told: &str) -> bool {
        match self.told.strip_suffix(" …") {
            Some(start) => told.starts_with(start),
            None => told == self.told,
        }
    }

    const fn asked(mut self, args: &'static [&'static str]) -> Self {
        self.args = args;
        self
    }
}

fn cases() -> Vec<Case> {
    [
        lengths::CASES,
        costs::CASES,
        text::CASES,
        archives::CASES,
        files::CASES,
        git::CASES,
    ]
    .into_iter()
    .flatten()
    .copied()
    .collect()
}

/// How a run ended.
struct Ended {
    told: String,
    peak_kib: u64,
    problems: Vec<String>,
}

/// Returns the binary under a limit of its address space.
fn limited(folder: &Path) -> Command {
    let mut command = Command::new("sh");
    let script = format!("ulimit -v {SPACE_KIB}; exec \"$0\" \"$@\"");
    command
        .args(["-c", &script, env!("CARGO_BIN_EXE_straykey")])
        .current_dir(folder)
        .env("HOME", folder)
        .env_remove("STRAYKEY_INVENTORY");
    command
}

fn run(case: &Case) -> Ended {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("it");
    fs::create_dir(&folder).expect("a folder");
    (case.make)(&folder);
    let mut command = limited(&folder);
    let words = ["scan", "--format", "json", "-j", "2"];
    command.args(words).args(case.args);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let out = drain(child.stdout.take().expect("a pipe"));
    let err = drain(child.stderr.take().expect("a pipe"));
    let status = format!("/proc/{}/status", child.id());
    let started = Instant::now();
    let mut peak_kib = 0;
    let ended = loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok());
        peak_kib = peak_kib.max(now.unwrap_or(0));
        if let Some(ended) = child.try_wait().expect("waits") {
            break Some(ended);
        }
        if started.elapsed() > LONGEST {
            child.kill().expect("killed");
            child.wait().expect("ended");
            break None;
        }
        std::thread::sleep(Duration::from_millis(4));
    };
    let (out, err) = (out.join().expect("read"), err.join().expect("read"));
    let mut problems = Vec::new();
    match ended {
        None => problems.push("hangs".to_owned()),
        Some(ended) if ended.code().is_none() => problems.push(format!("was killed: {ended}")),
        Some(_) => {}
    }
    for (name, bytes) in [("output", &out), ("errors", &err)] {
        let text = String::from_utf8_lossy(bytes);
        let is_odd = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
        if text.contains(is_odd) {
            problems.push(format!("control characters in the {name}"));
        }
        if text.contains("internal error") || text.contains("panicked") {
            problems.push(format!("{name}: {text}"));
        }
    }
    let code = ended.and_then(|ended| ended.code()).unwrap_or(-1);
    let report = serde_json::from_slice(&out).unwrap_or(Value::Null);
    let mut told = said(code, &report);
    if report.is_null() {
        told.push_str("; no report");
        if !case.is_told(&told) {
            problems.push(String::from_utf8_lossy(&err).chars().take(300).collect());
        }
    }
    Ended {
        told,
        peak_kib,
        problems,
    }
}

fn drain(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

/// Exit code, findings by rule, what was skipped by reason.
fn said(code: i32, report: &Value) -> String {
    let mut told = format!("exit {code}");
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in report["findings"].as_array().into_iter().flatten() {
        let rule = finding["rule"].as_str().unwrap_or_default();
        *rules.entry(rule).or_default() += 1;
    }
    let mut parts: Vec<String> = rules.iter().map(|(r, n)| format!("{n} {r}")).collect();
    for (reason, count) in report["skipped"].as_object().into_iter().flatten() {
        if count.as_u64() != Some(0) {
            parts.push(format!("{count} {reason}"));
        }
    }
    for part in parts {
        told.push_str("; ");
        told.push_str(&part);
    }
    told
}

/// The page of the documentation; the memory of a run differs from one to the next.
fn page(rows: &[(Case, Ended)]) -> String {
    let mut page = "<!-- Written by docs/generate.sh. Change tests/straykey/hostile, not here. -->\n\
        # Hostile input\n\n\
        What a scan says of input that was made to hurt. Each case is made and scanned by \
        `tests/straykey/hostile`,\nby the real binary in 800 MB of address space; the last column is \
        the most memory that the debug build held\nwith two workers, in MB. Most have a good key \
        beside what hurts, which is found all the same.\n\n\
        | case | made of | report | MB |\n| --- | --- | --- | --- |\n"
        .to_owned();
    for (case, ended) in rows {
        let mb = ended.peak_kib.div_ceil(1000);
        let row = format!("| {} | {} | {} | {mb} |\n", case.name, case.made, case.told);
        page.push_str(&row);
    }
    page
}

/// A page without its last column.
fn without_memory(page: &str) -> Vec<&str> {
    let rows = page.lines().filter(|line| line.starts_with("| "));
    rows.filter_map(|row| row.trim_end_matches(" |").rsplit_once(" | "))
        .map(|(row, _)| row)
        .collect()
}

#[test]
fn each_is_told_as_the_table_says() {
    let one = std::env::var("STRAYKEY_HOSTILE").ok();
    let all = cases().into_iter();
    let all: Vec<Case> = all
        .filter(|case| one.as_deref().is_none_or(|one| case.name.contains(one)))
        .collect();
    let rows: Vec<(Case, Ended)> = all
        .into_par_iter()
        .with_max_len(1)
        .map(|case| {
            let started = Instant::now();
            let ended = run(&case);
            if started.elapsed() > SLOW {
                eprintln!("{}: {:.1} s", case.name, started.elapsed().as_secs_f64());
            }
            if !case.is_told(&ended.told) || !ended.problems.is_empty() {
                eprintln!("{}: {}; {:?}", case.name, ended.told, ended.problems);
            }
            (case, ended)
        })
        .collect();
    let mut wrong = Vec::new();
    for (case, ended) in &rows {
        let name = case.name;
        if !case.is_told(&ended.told) {
            wrong.push(format!("{name}: \"{}\", not \"{}\"", ended.told, case.told));
        }
        wrong.extend(ended.problems.iter().map(|what| format!("{name}: {what}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if one.is_some() {
        return;
    }
    assert!(rows.len() >= 80, "{} cases", rows.len());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/hostile.md");
    let page = with_known_memory(page(&rows), &fs::read_to_string(&path).unwrap_or_default());
    if std::env::var_os("STRAYKEY_WRITE").is_some() {
        fs::write(&path, &page).expect("written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        without_memory(&kept),
        without_memory(&page),
        "run docs/generate.sh"
    );
}

/// Memory differs from machine to machine: rows that say the same but for it stay as they are.
fn with_known_memory(page: String, kept: &str) -> String {
    let without = |row: &str| row.rsplit_once(" | ").map(|(row, _)| row.to_owned());
    let known: BTreeMap<String, &str> = kept
        .lines()
        .filter_map(|row| Some((without(row)?, row)))
        .collect();
    let rows = page.lines().map(|row| {
        let same = without(row).and_then(|row| known.get(&row).copied());
        same.unwrap_or(row).to_owned() + "\n"
    });
    rows.collect()
}

/// Writes a file of a case.
fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, bytes).expect("written");
}

fn testfile(path: &str) -> Vec<u8> {
    fs::read(testdata().join(path)).expect("readable")
}

/// A good key in PEM.
fn pem() -> Vec<u8> {
    testfile("pkcs8/good-ed25519.pem")
}

/// What hurts, and then a good key.
fn before_a_key(hurts: impl AsRef<[u8]>) -> Vec<u8> {
    [hurts.as_ref(), b"\n", &pem()].concat()
}
