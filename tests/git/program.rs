//! Drives the program as a person, or git, would. Keys are made by openssl, which also says what
//! they are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use straykey::source::git::{GitEnvironment, Located};

pub(crate) const STRAYKEY: &str = env!("CARGO_BIN_EXE_straykey");

/// A key in PEM, and the SHA-256 of its public half as openssl has it.
pub(crate) struct Key {
    pub(crate) pem: String,
    pub(crate) id: String,
}

pub(crate) fn key() -> Key {
    let pem = run(
        Command::new("openssl").args(["genpkey", "-algorithm", "ed25519"]),
        "",
    );
    let public = run(Command::new("openssl").args(["pkey", "-pubout"]), &pem);
    let folder = tempfile::tempdir().unwrap();
    let der = folder.path().join("public.der");
    run(
        Command::new("openssl")
            .args(["pkey", "-pubin", "-outform", "DER", "-out"])
            .arg(&der),
        &public,
    );
    let digest = run(
        Command::new("openssl")
            .args(["dgst", "-sha256", "-r"])
            .arg(&der),
        "",
    );
    let id = digest.split(' ').next().unwrap().to_owned();
    Key { pem, id }
}

/// Runs a program that must succeed, and returns what it prints.
pub(crate) fn run(command: &mut Command, input: &str) -> String {
    let output = output(command, input);
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn output(command: &mut Command, input: impl AsRef<[u8]>) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.as_ref();
    std::thread::scope(|scope| {
        // Closed when nobody reads it, which is fine.
        scope.spawn(move || drop(std::io::Write::write_all(&mut stdin, input)));
        child.wait_with_output().unwrap()
    })
}

/// Returns a program that sees nothing of the tester's settings.
pub(crate) fn sanitised(program: &str, folder: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home)
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "Ann")
            .env(format!("GIT_{who}_EMAIL"), "ann@example.com");
    }
    command
}

/// Runs git in a folder at a time, in seconds since 1970; returns what it prints.
#[track_caller]
pub(crate) fn git_at(time: u64, folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut git = sanitised("git", folder, folder);
    for who in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{who}_DATE"), format!("{time} +0000"));
    }
    let output = output(git.args(arguments), input);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {err}");
    output.stdout
}

/// What a scan said.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) code: i32,
    /// Path and id of each key.
    pub(crate) found: BTreeSet<(String, String)>,
    pub(crate) report: serde_json::Value,
    pub(crate) stderr: String,
}

impl Scan {
    pub(crate) fn of(command: &mut Command, input: &str) -> Self {
        let output = output(command.arg("--format").arg("json"), input);
        let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
        Self {
            code: output.status.code().unwrap(),
            found: found(&report),
            report,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The same for scans of trees, where what is shown begins with the PATH.
    pub(crate) fn of_any(command: &mut Command) -> Self {
        let output = output(command.arg("--format").arg("json"), "");
        Self {
            code: output.status.code().unwrap(),
            found: BTreeSet::new(),
            report: serde_json::from_slice(&output.stdout).unwrap_or_default(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts that exactly these keys were found at these paths.
    #[track_caller]
    pub(crate) fn is(&self, expected: &[(&str, &Key)]) {
        let expected: BTreeSet<_> = expected
            .iter()
            .map(|(path, key)| ((*path).to_owned(), key.id.clone()))
            .collect();
        assert_eq!(self.found, expected, "{}", self.stderr);
        assert_eq!(self.code, i32::from(!expected.is_empty()), "{self:?}");
    }

    /// Every path with the id of the key that is there, sorted.
    pub(crate) fn places(&self) -> Vec<(String, String)> {
        let mut places = Vec::new();
        for finding in self.report["findings"].as_array().into_iter().flatten() {
            for place in finding["places"].as_array().unwrap() {
                let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
                places.push((text(&place["path"]), text(&finding["id"])));
            }
        }
        places.sort();
        places.dedup();
        places
    }

    /// The finding of a key.
    #[track_caller]
    pub(crate) fn finding(&self, key: &Key) -> &serde_json::Value {
        let mut all = self.report["findings"].as_array().into_iter().flatten();
        let found = all.find(|finding| finding["id"] == key.id.as_str());
        found.unwrap_or_else(|| panic!("not found: {:#}", self.report))
    }

    /// A fact about the only place of the only key.
    pub(crate) fn fact(&self, name: &str) -> &serde_json::Value {
        &self.report["findings"][0]["properties"]["straykey"][name]
    }
}

pub(crate) fn found(report: &serde_json::Value) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for finding in report["findings"].as_array().into_iter().flatten() {
        for place in finding["places"].as_array().unwrap() {
            assert_eq!(place["path"], place["shown"]);
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            found.insert((text(&place["path"]), text(&finding["id"])));
        }
    }
    found
}

/// A repository in a folder of its own.
pub(crate) struct Repo {
    pub(crate) home: tempfile::TempDir,
    pub(crate) root: PathBuf,
}

impl Repo {
    pub(crate) fn new(options: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("repo");
        std::fs::create_dir(&root).unwrap();
        let repo = Self { home, root };
        repo.git(&[&["init", "-q", "-b", "main"], options].concat());
        repo
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = sanitised(program, &self.root, self.home.path());
        command.env("OUT", self.hook_output());
        command
    }

    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        run(self.command("git").args(arguments), "")
            .trim_end()
            .to_owned()
    }

    /// Runs git where it may fail, because a hook says so.
    pub(crate) fn try_git(&self, arguments: &[&str]) -> bool {
        let output = output(self.command("git").args(arguments), "");
        output.status.success()
    }

    pub(crate) fn scan(&self, arguments: &[&str]) -> Scan {
        Scan::of(self.command(STRAYKEY).arg("scan").args(arguments), "")
    }

    /// Scans files and histories.
    pub(crate) fn scan_all(&self, arguments: &[&str]) -> Scan {
        let mut command = self.command(STRAYKEY);
        command.args(["scan", "--no-repo-config"]).args(arguments);
        Scan::of_any(&mut command)
    }

    pub(crate) fn staged(&self) -> Scan {
        self.scan(&["--staged"])
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn add(&self, path: &str, content: &str) {
        self.write(path, content);
        self.git(&["add", "--", path]);
    }

    /// Commits one file, at a time of its own.
    pub(crate) fn commit(&self, path: &str, content: &str) -> String {
        self.add(path, content);
        self.git(&["commit", "-q", "--no-verify", "-m", path]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn hook_output(&self) -> PathBuf {
        self.home.path().join("hook.json")
    }

    /// Installs a hook that runs a scan and leaves its report.
    pub(crate) fn hook(&self, folder: &Path, name: &str, arguments: &str) {
        std::fs::create_dir_all(folder).unwrap();
        let path = folder.join(name);
        let text = format!(
            "#!/bin/sh\nexec '{STRAYKEY}' scan {arguments} --format json --output \"$OUT\"\n"
        );
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    /// What the hook that ran last had found.
    pub(crate) fn hook_found(&self) -> BTreeSet<(String, String)> {
        let text = std::fs::read(self.hook_output()).unwrap();
        std::fs::remove_file(self.hook_output()).unwrap();
        found(&serde_json::from_slice(&text).unwrap())
    }

    pub(crate) fn located(&self) -> Located {
        Located::find(Some(&self.root), &GitEnvironment::default()).unwrap()
    }
}

pub(crate) fn set(expected: &[(&str, &Key)]) -> BTreeSet<(String, String)> {
    let pair = |(path, key): &(&str, &Key)| ((*path).to_owned(), key.id.clone());
    expected.iter().map(pair).collect()
}
