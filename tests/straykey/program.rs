//! The real binary: what it was asked, and what it answered.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run of the binary printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) asked: String,
    pub(crate) code: i32,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// Reads standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.out)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}{}", self.asked, self.out(), self.err))
    }

    /// Returns the run if it ended as one does that could not read all. It looks at environments
    /// of processes: where tests of the same time have a key in theirs, that is a finding as well.
    #[track_caller]
    pub(crate) fn ended_incomplete(self) -> Self {
        let code = if self.code == 1 { 1 } else { 2 };
        self.ended(code)
    }

    /// Returns the run if it ended with this exit code.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            code,
            "exit code of {}\n{}{}",
            self.asked,
            self.out(),
            self.err
        );
        self
    }
}

/// Returns the binary, asked in a folder, with nothing of the tester's own
/// settings.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_straykey"));
    command
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("RUST_LOG")
        .env_remove("STRAYKEY_INVENTORY")
        .env_remove("STRAYKEY_KEY_PASSWORD")
        .env_remove("XDG_CACHE_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_STATE_HOME");
    command
}

/// Returns a program that finds the binary, with nothing of the tester's own settings.
pub(crate) fn sanitised(program: impl AsRef<OsStr>, folder: &Path, home: &Path) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_straykey"));
    let mut path = vec![binary.parent().expect("a folder").to_owned()];
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::join_paths(path).expect("a path"))
        .env("HOME", home)
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "a")
            .env(format!("GIT_{who}_EMAIL"), "a@example.com");
    }
    command
}

/// Runs git in a folder, at a time that stands still; returns what it says.
#[track_caller]
pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let mut git = sanitised("git", folder, folder);
    for who in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{who}_DATE"), "1700000000 +0000");
    }
    let output = git.args(args).output().expect("git");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {err}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Runs the binary in a folder.
pub(crate) fn run_in(folder: &Path, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
    run_with(folder, args, b"")
}

/// Runs the binary in a folder with something on its standard input.
pub(crate) fn run_with(
    folder: &Path,
    args: impl IntoIterator<Item = impl AsRef<OsStr>>,
    input: &[u8],
) -> Run {
    let mut command = command(folder);
    command.args(args);
    run_command(command, input)
}

/// Runs the binary, asked already, with something on its standard input.
pub(crate) fn run_command(mut command: Command, input: &[u8]) -> Run {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let asked = format!("{command:?}");
    let mut child = command.spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // A program that does not read its input closes the pipe.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("the binary ends");
    writer.join().expect("the writer ends");
    let code = output.status.code();
    Run {
        code: code.unwrap_or_else(|| panic!("{asked} was killed: {:?}", output.status)),
        out: output.stdout,
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        asked,
    }
}

/// Scans the trees below a folder, without histories, and returns the JSON
/// report and the exit code.
pub(crate) fn report(folder: &Path, args: &[&str]) -> (Value, i32) {
    let all = [&["scan", "--history", "skip", "--format", "json"], args].concat();
    let run = run_in(folder, all);
    (run.json(), run.code)
}

/// A finding of a JSON report at one of its places.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) path: String,
    pub(crate) line: u64,
    pub(crate) rule: String,
    pub(crate) id: Option<String>,
    pub(crate) proof: String,
    pub(crate) format: String,
    pub(crate) algorithm: Option<String>,
    pub(crate) finding: Value,
}

/// Returns every place of every finding of a JSON report.
pub(crate) fn told(report: &Value) -> Vec<Told> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let findings = report["findings"].as_array().expect("findings");
    let mut all = Vec::new();
    for finding in findings {
        for place in finding["places"].as_array().expect("places") {
            all.push(Told {
                path: text(&place["path"]).expect("a path"),
                line: place["line"].as_u64().expect("a line"),
                rule: text(&finding["rule"]).expect("a rule"),
                id: text(&finding["id"]),
                proof: text(&place["proof"]).expect("a proof"),
                format: text(&place["format"]).expect("a format"),
                algorithm: text(&finding["properties"]["straykey"]["identity"]["algorithm"]),
                finding: finding.clone(),
            });
        }
    }
    all
}

/// Returns the module of SoftHSM2, if that is installed with the tools that put keys there; else says
/// that a test is skipped.
#[cfg(feature = "pkcs11")]
pub(crate) fn softhsm() -> Option<&'static str> {
    let modules = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ];
    let module = modules
        .into_iter()
        .find(|module| Path::new(module).exists());
    let starts = |tool: &str| Command::new(tool).arg("--help").output().is_ok();
    let found = module.filter(|_| starts("softhsm2-util") && starts("pkcs11-tool"));
    if found.is_none() {
        eprintln!("skipped: SoftHSM2 or pkcs11-tool (OpenSC) is not installed");
    }
    found
}
