//! `scan --staged`, `--range`, `--since` and `--push-input` on repositories made by git, called as
//! git's own hooks call them. Keys are made by openssl, which also says what they are.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot set up its repository should stop"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use proptest::prelude::*;
use straykey::source::git::{Environment, HashKind, IndexFile, Located, range, staged};

const STRAYKEY: &str = env!("CARGO_BIN_EXE_straykey");

/// A key in PEM, and the SHA-256 of its public half as openssl has it.
struct Key {
    pem: String,
    id: String,
}

fn key() -> Key {
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
fn run(command: &mut Command, input: &str) -> String {
    let output = output(command, input);
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn output(command: &mut Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Closed when nobody reads it, which is fine.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes());
    child.wait_with_output().unwrap()
}

/// What a scan said.
#[derive(Debug)]
struct Scan {
    code: i32,
    /// Path and id of each key.
    found: BTreeSet<(String, String)>,
    report: serde_json::Value,
    stderr: String,
}

impl Scan {
    fn of(command: &mut Command, input: &str) -> Self {
        let output = output(command.arg("--format").arg("json"), input);
        let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
        Self {
            code: output.status.code().unwrap(),
            found: found(&report),
            report,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts that exactly these keys were found at these paths.
    #[track_caller]
    fn is(&self, expected: &[(&str, &Key)]) {
        let expected: BTreeSet<_> = expected
            .iter()
            .map(|(path, key)| ((*path).to_owned(), key.id.clone()))
            .collect();
        assert_eq!(self.found, expected, "{}", self.stderr);
        assert_eq!(self.code, i32::from(!expected.is_empty()), "{self:?}");
    }

    /// A fact about the only place of the only key.
    fn fact(&self, name: &str) -> &serde_json::Value {
        &self.report["findings"][0]["properties"]["straykey"][name]
    }
}

fn found(report: &serde_json::Value) -> BTreeSet<(String, String)> {
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
struct Repo {
    home: tempfile::TempDir,
    root: PathBuf,
}

impl Repo {
    fn new(options: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("repo");
        std::fs::create_dir(&root).unwrap();
        let repo = Self { home, root };
        repo.git(&[&["init", "-q", "-b", "main"], options].concat());
        repo
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("OUT", self.hook_output());
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "Ann")
                .env(format!("GIT_{who}_EMAIL"), "ann@example.com");
        }
        command
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        run(self.command("git").args(arguments), "")
            .trim_end()
            .to_owned()
    }

    /// Runs git where it may fail, because a hook says so.
    fn try_git(&self, arguments: &[&str]) -> bool {
        let output = output(self.command("git").args(arguments), "");
        output.status.success()
    }

    fn scan(&self, arguments: &[&str]) -> Scan {
        Scan::of(self.command(STRAYKEY).arg("scan").args(arguments), "")
    }

    fn staged(&self) -> Scan {
        self.scan(&["--staged"])
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn add(&self, path: &str, content: &str) {
        self.write(path, content);
        self.git(&["add", "--", path]);
    }

    /// Commits one file, at a time of its own.
    fn commit(&self, path: &str, content: &str) -> String {
        self.add(path, content);
        self.git(&["commit", "-q", "--no-verify", "-m", path]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn hook_output(&self) -> PathBuf {
        self.home.path().join("hook.json")
    }

    /// Installs a hook that runs a scan and leaves its report.
    fn hook(&self, folder: &Path, name: &str, arguments: &str) {
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
    fn hook_found(&self) -> BTreeSet<(String, String)> {
        let text = std::fs::read(self.hook_output()).unwrap();
        std::fs::remove_file(self.hook_output()).unwrap();
        found(&serde_json::from_slice(&text).unwrap())
    }

    fn located(&self) -> Located {
        Located::find(Some(&self.root), &Environment::default()).unwrap()
    }
}

fn set(expected: &[(&str, &Key)]) -> BTreeSet<(String, String)> {
    let pair = |(path, key): &(&str, &Key)| ((*path).to_owned(), key.id.clone());
    expected.iter().map(pair).collect()
}

#[test]
fn before_the_first_commit() {
    let (repo, key) = (Repo::new(&[]), key());
    let scan = repo.staged();
    scan.is(&[]);
    assert!(scan.stderr.contains("nothing is staged"), "{}", scan.stderr);
    repo.add("a/b/c.txt", &format!("one\ntwo\n{}", key.pem));
    let scan = repo.staged();
    scan.is(&[("a/b/c.txt", &key)]);
    assert_eq!(scan.fact("reach"), "index");
    assert_eq!(scan.report["findings"][0]["places"][0]["line"], 3);
    let blob = repo.git(&["rev-parse", ":a/b/c.txt"]);
    assert_eq!(scan.fact("blob"), blob.as_str());
    // From a folder below, and by the name of the folder.
    let mut below = repo.command(STRAYKEY);
    below
        .current_dir(repo.root.join("a/b"))
        .args(["scan", "--staged"]);
    Scan::of(&mut below, "").is(&[("a/b/c.txt", &key)]);
    repo.scan(&["--staged", "a"]).is(&[("a/b/c.txt", &key)]);
    repo.scan(&["--staged", "--exclude", "b"]).is(&[]);
}

#[test]
fn only_what_is_new_and_from_the_index() {
    let (repo, old, new, other) = (Repo::new(&[]), key(), key(), key());
    repo.commit("dir/old.pem", &old.pem);
    repo.commit("dir/plain.txt", "nothing");
    repo.add("dir/plain.txt", &new.pem);
    // What stands in the work tree is neither here nor there.
    repo.write("dir/plain.txt", "nothing again");
    repo.write("dir/old.pem", &other.pem);
    repo.write("untracked.pem", &other.pem);
    let scan = repo.staged();
    scan.is(&[("dir/plain.txt", &new)]);
    assert_eq!(scan.report["stats"]["blobs"], 1);
    assert_eq!(scan.report["stats"]["files"], 0);
    // New permissions are no new content.
    repo.git(&["checkout", "-q", "-f", "HEAD"]);
    repo.git(&["update-index", "--chmod=+x", "dir/old.pem"]);
    repo.staged().is(&[]);
}

#[test]
fn deleted_renamed_and_intended() {
    let (repo, old, other) = (Repo::new(&[]), key(), key());
    repo.commit("old.pem", &old.pem);
    repo.git(&["mv", "old.pem", "new.pem"]);
    repo.staged().is(&[("new.pem", &old)]);
    repo.git(&["rm", "-q", "-f", "new.pem"]);
    let scan = repo.staged();
    scan.is(&[]);
    assert!(scan.stderr.contains("nothing is staged"));
    repo.write("later.pem", &other.pem);
    repo.git(&["add", "-N", "later.pem"]);
    repo.staged().is(&[]);
    repo.git(&["add", "later.pem"]);
    repo.staged().is(&[("later.pem", &other)]);
}

#[test]
fn each_side_of_a_conflict() {
    let (repo, ours, theirs, beside) = (Repo::new(&[]), key(), key(), key());
    repo.commit("a.txt", "base\n");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.commit("beside.txt", &beside.pem);
    repo.commit("a.txt", &theirs.pem);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("a.txt", &ours.pem);
    assert!(!repo.try_git(&["merge", "-q", "side"]));
    // HEAD has ours already.
    repo.staged()
        .is(&[("a.txt", &theirs), ("beside.txt", &beside)]);
}

#[test]
fn hooks_of_commits() {
    let (repo, first, second) = (Repo::new(&[]), key(), key());
    repo.commit("a.txt", "a\n");
    repo.commit("b.txt", "b\n");
    repo.hook(&repo.root.join(".git/hooks"), "pre-commit", "--staged");
    // A temporary index with both.
    repo.write("a.txt", &first.pem);
    repo.write("b.txt", &second.pem);
    assert!(!repo.try_git(&["commit", "-q", "-a", "-m", "all"]));
    assert_eq!(
        repo.hook_found(),
        set(&[("a.txt", &first), ("b.txt", &second)])
    );
    // A temporary index without the file that the real one has.
    repo.git(&["add", "b.txt"]);
    assert!(!repo.try_git(&["commit", "-q", "-m", "a", "--", "a.txt"]));
    assert_eq!(repo.hook_found(), set(&[("a.txt", &first)]));
    repo.write("a.txt", "harmless\n");
    assert!(repo.try_git(&["commit", "-q", "-m", "a", "--", "a.txt"]));
    assert_eq!(repo.hook_found(), set(&[]));
    // From a folder below.
    std::fs::create_dir(repo.root.join("folder")).unwrap();
    let mut below = repo.command("git");
    below.current_dir(repo.root.join("folder"));
    assert!(
        !output(below.args(["commit", "-q", "-m", "b"]), "")
            .status
            .success()
    );
    assert_eq!(repo.hook_found(), set(&[("b.txt", &second)]));
    // In a linked work tree, where the directory of git is elsewhere.
    repo.git(&["reset", "-q", "--hard"]);
    repo.git(&["worktree", "add", "-q", "../linked", "-b", "linked"]);
    let linked = repo.home.path().join("linked");
    std::fs::write(linked.join("c.txt"), &first.pem).unwrap();
    for arguments in [&["add", "c.txt"][..], &["commit", "-q", "-m", "c"]] {
        let mut command = repo.command("git");
        output(command.current_dir(&linked).args(arguments), "");
    }
    assert_eq!(repo.hook_found(), set(&[("c.txt", &first)]));
    let mut scan = repo.command(STRAYKEY);
    Scan::of(scan.current_dir(&linked).args(["scan", "--staged"]), "").is(&[("c.txt", &first)]);
    repo.staged().is(&[]);
}

#[test]
fn hooks_from_elsewhere_and_submodules() {
    let (repo, first) = (Repo::new(&[]), key());
    repo.commit("a.txt", "a\n");
    let inner = Repo::new(&[]);
    inner.commit("inner.pem", &first.pem);
    let hooks = repo.home.path().join("my hooks");
    repo.hook(&hooks, "pre-commit", "--staged");
    repo.git(&["config", "core.hooksPath", hooks.to_str().unwrap()]);
    let from = inner.root.to_str().unwrap();
    repo.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        from,
        "sub",
    ]);
    let scan = repo.staged();
    scan.is(&[]);
    assert!(
        scan.stderr.contains("1 staged submodule"),
        "{}",
        scan.stderr
    );
    assert!(repo.try_git(&["commit", "-q", "-m", "sub"]));
    assert_eq!(repo.hook_found(), set(&[]));
    // Inside the submodule, whose `.git` is a file.
    std::fs::write(repo.root.join("sub/new.pem"), &first.pem).unwrap();
    repo.git(&[
        "-C",
        "sub",
        "config",
        "core.hooksPath",
        hooks.to_str().unwrap(),
    ]);
    repo.git(&["-C", "sub", "add", "new.pem"]);
    assert!(!repo.try_git(&["-C", "sub", "commit", "-q", "-m", "new"]));
    assert_eq!(repo.hook_found(), set(&[("new.pem", &first)]));
    repo.scan(&["--staged", "sub"]).is(&[("new.pem", &first)]);
}

#[test]
fn repositories_that_cannot_be_vouched_for() {
    let repo = Repo::new(&[]);
    repo.commit("a.txt", "a\n");
    repo.add("b.txt", "b\n");
    let index = std::fs::read(repo.root.join(".git/index")).unwrap();
    std::fs::write(repo.root.join(".git/index"), &index[..index.len() / 2]).unwrap();
    let scan = repo.staged();
    assert_eq!(scan.code, 2);
    assert!(scan.stderr.contains("damaged index"), "{}", scan.stderr);
    std::fs::write(repo.root.join(".git/index"), index).unwrap();
    // A blob that is gone.
    let blob = repo.git(&["rev-parse", ":b.txt"]);
    let (folder, name) = blob.split_at(2);
    std::fs::remove_file(repo.root.join(".git/objects").join(folder).join(name)).unwrap();
    let scan = repo.staged();
    assert_eq!(scan.code, 2);
    assert!(
        scan.report["notices"][0]["detail"]
            .as_str()
            .unwrap()
            .contains(&blob)
    );
    // References that we cannot read.
    let tables = Repo::new(&["--ref-format=reftable"]);
    tables.commit("a.txt", "a\n");
    let scan = tables.staged();
    assert_eq!(scan.code, 2);
    assert!(scan.stderr.contains("reftable"), "{}", scan.stderr);
    // No repository at all, a bare one, two that are named.
    let mut nowhere = repo.command(STRAYKEY);
    nowhere
        .current_dir(repo.home.path())
        .args(["scan", "--staged"]);
    assert_eq!(Scan::of(&mut nowhere, "").code, 2);
    repo.git(&["clone", "-q", "--bare", ".", "../bare"]);
    assert_eq!(repo.scan(&["--staged", "../bare"]).code, 2);
    let mut two = repo.command(STRAYKEY);
    two.env("GIT_DIR", "../bare")
        .args(["scan", "--staged", "."]);
    let scan = Scan::of(&mut two, "");
    assert_eq!(scan.code, 2);
    assert!(
        scan.stderr.contains("another repository"),
        "{}",
        scan.stderr
    );
}

/// Paths and blobs that git says are staged.
fn git_says(repo: &Repo) -> BTreeMap<String, BTreeSet<String>> {
    let raw = repo.git(&[
        "diff-index",
        "--cached",
        "--raw",
        "--abbrev=64",
        "--no-renames",
        "-z",
        "HEAD",
    ]);
    let mut words = raw.split('\0');
    let mut says: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    while let (Some(facts), Some(path)) = (words.next(), words.next()) {
        let facts: Vec<&str> = facts.trim_start_matches(':').split(' ').collect();
        let (before, after) = (facts[2], facts[3]);
        if facts[1] != "000000" && before != after {
            says.entry(path.to_owned())
                .or_default()
                .insert(after.to_owned());
        }
    }
    says
}

/// The same by our reader.
fn we_say(repo: &Repo) -> (BTreeMap<String, BTreeSet<String>>, u64, u64) {
    let place = repo.located();
    let (selection, counts) = staged(&place, &place.odb()).unwrap();
    let mut says: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, standings) in selection.blobs {
        for standing in standings {
            let path = String::from_utf8(standing.path).unwrap();
            says.entry(path).or_default().insert(id.to_string());
        }
    }
    (says, counts.compared, counts.trees)
}

#[test]
fn every_kind_of_index_agrees_with_git() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let repo = Repo::new(options);
        for folder in 0..30 {
            for file in 0..10 {
                repo.write(
                    &format!("d{}/e{folder}/f{file}", folder % 3),
                    &format!("{folder} {file}"),
                );
            }
        }
        repo.write("d.x", "sorts before d/");
        repo.git(&["add", "."]);
        repo.git(&["commit", "-q", "-m", "all"]);
        for (step, setup) in [
            &["update-index", "--index-version", "2"][..],
            &["update-index", "--index-version", "3"],
            &["update-index", "--skip-worktree", "d1/e1/f1"],
            &["update-index", "--assume-unchanged", "d1/e1/f2"],
            &["update-index", "--index-version", "4"],
            &["update-index", "--split-index"],
            &["update-index", "--untracked-cache"],
            &["update-index", "--no-split-index"],
            &["config", "index.threads", "4"],
            &["config", "index.skipHash", "true"],
            &["update-index", "--index-version", "2", "--split-index"],
        ]
        .into_iter()
        .enumerate()
        {
            repo.git(setup);
            repo.add(&format!("d0/e3/f{step}"), &format!("changed {step}"));
            repo.add(&format!("d2/new{step}/{}", "long".repeat(step * 5)), "new");
            repo.git(&[
                "rm",
                "-q",
                "-f",
                "--cached",
                &format!("d1/e4/f{}", step % 10),
            ]);
            repo.git(&["add", "-A", "d0"]);
            let (ours, ..) = we_say(&repo);
            assert_eq!(ours, git_says(&repo), "{setup:?}");
            if step % 4 == 3 {
                repo.git(&["commit", "-q", "-m", "step"]);
                assert_eq!(we_say(&repo).0, BTreeMap::new());
            }
        }
    }
}

#[test]
fn sparse_indexes_hold_directories() {
    let repo = Repo::new(&[]);
    for folder in ["in", "out/deep", "far"] {
        repo.add(&format!("{folder}/f"), folder);
    }
    repo.git(&["commit", "-q", "-m", "one"]);
    repo.add("out/deep/g", "changed");
    repo.git(&["commit", "-q", "-m", "two"]);
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    let entries = repo.git(&["ls-files", "--sparse"]);
    assert!(entries.contains("out/\n"), "{entries}");
    repo.add("in/f", "new");
    assert_eq!(we_say(&repo).0, git_says(&repo));
    // HEAD moves under the directory that is not there.
    repo.git(&["reset", "-q", "--soft", "HEAD~"]);
    let (ours, ..) = we_say(&repo);
    assert_eq!(ours, git_says(&repo));
    assert!(ours.contains_key("out/deep/g"), "{ours:?}");
}

#[test]
fn unchanged_directories_are_not_read() {
    let repo = Repo::new(&[]);
    for folder in 0..50 {
        for file in 0..100 {
            repo.write(&format!("d{folder}/f{file}"), &format!("{folder} {file}"));
        }
    }
    repo.git(&["add", "."]);
    repo.git(&["commit", "-q", "-m", "all"]);
    repo.git(&["gc", "-q"]);
    assert_eq!(we_say(&repo), (BTreeMap::new(), 0, 0));
    for folder in [3, 30, 33] {
        repo.add(&format!("d{folder}/f7"), "changed");
    }
    let (ours, compared, trees) = we_say(&repo);
    assert_eq!(ours.len(), 3);
    // The root's tree and three below it; the entries of these three folders.
    assert_eq!((compared, trees), (300, 4));
}

#[test]
fn blobs_of_all_sizes() {
    let (repo, key) = (Repo::new(&[]), key());
    repo.commit("a.txt", "a\n");
    // More than is held whole, incompressible enough not to look like a lie.
    let mut noise = String::new();
    let mut state = 1_u32;
    while noise.len() < 9 << 20 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.push_str(&format!("{state:08x}\n"));
    }
    noise.push_str(&key.pem);
    repo.add("large.txt", &noise);
    repo.add("small.pem", &key.pem);
    repo.staged()
        .is(&[("large.txt", &key), ("small.pem", &key)]);
    let scan = repo.scan(&["--staged", "--max-file-size", "1M"]);
    assert_eq!(scan.found, set(&[("small.pem", &key)]));
    assert_eq!(scan.report["skipped"]["too-large"], 1);
}

#[test]
fn ranges_with_merges_and_roots() {
    let (repo, keys) = (Repo::new(&[]), [(); 6].map(|()| key()));
    let root = repo.commit("a.pem", &keys[0].pem);
    let base = repo.commit("b.txt", "b\n");
    repo.git(&["checkout", "-q", "-b", "side"]);
    let on_side = repo.commit("side.pem", &keys[1].pem);
    repo.commit("side.txt", "side\n");
    repo.git(&["checkout", "-q", "main"]);
    let passing = repo.commit("passing.pem", &keys[2].pem);
    repo.git(&["rm", "-q", "passing.pem"]);
    repo.git(&["commit", "-q", "-m", "removed"]);
    // A merge that brings what neither side had.
    repo.git(&["merge", "-q", "--no-commit", "side"]);
    repo.add("evil.pem", &keys[3].pem);
    repo.git(&["commit", "-q", "-m", "merge"]);
    let merge = repo.git(&["rev-parse", "HEAD"]);
    // Another first commit.
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    repo.git(&["rm", "-q", "-r", "-f", "."]);
    let orphan = repo.commit("orphan.pem", &keys[4].pem);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&[
        "merge",
        "-q",
        "--allow-unrelated-histories",
        "-m",
        "both",
        "other",
    ]);

    let scan = repo.scan(&["--range", &format!("{base}..{merge}")]);
    let new = [
        ("side.pem", &keys[1]),
        ("passing.pem", &keys[2]),
        ("evil.pem", &keys[3]),
    ];
    scan.is(&new);
    for (path, key) in new {
        let finding = scan.report["findings"].as_array().unwrap().iter();
        let finding = finding
            .clone()
            .find(|f| f["id"] == key.id.as_str())
            .unwrap();
        let facts = &finding["properties"]["straykey"];
        let (commit, reach) = match path {
            "side.pem" => (&on_side, "tip"),
            "passing.pem" => (&passing, "history"),
            _ => (&merge, "tip"),
        };
        assert_eq!(facts["commit"], commit.as_str(), "{path}");
        assert_eq!(facts["reach"], reach, "{path}");
        let time = repo.git(&[
            "show",
            "-s",
            "--format=%cd",
            "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
            commit,
        ]);
        assert_eq!(facts["first_seen"], time.as_str());
    }
    repo.scan(&["--range", &format!("{merge}..")])
        .is(&[("orphan.pem", &keys[4])]);
    repo.scan(&["--range", "side..main^1"])
        .is(&[("passing.pem", &keys[2]), ("evil.pem", &keys[3])]);
    repo.scan(&["--range", &format!("{root}~0..side~1")])
        .is(&[("side.pem", &keys[1])]);
    // Three dots: both sides of the fork.
    repo.scan(&["--range", &format!("side...{passing}")])
        .is(&[("side.pem", &keys[1]), ("passing.pem", &keys[2])]);
    let scan = repo.scan(&["--range", "HEAD..main"]);
    scan.is(&[]);
    assert!(scan.stderr.contains("no commits"), "{}", scan.stderr);
    // What comes back is new again.
    repo.commit("passing.pem", &keys[2].pem);
    repo.scan(&["--range", "HEAD~..HEAD"])
        .is(&[("passing.pem", &keys[2])]);
    // A key in a message.
    repo.git(&[
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        &format!("words\n\n{}", keys[5].pem),
    ]);
    let message = format!(".git!{}", repo.git(&["rev-parse", "HEAD"]));
    repo.scan(&["--range", "HEAD~..HEAD"])
        .is(&[(&message, &keys[5])]);
    assert_eq!(repo.scan(&["--range", "nowhere..HEAD"]).code, 2);
    assert_eq!(repo.scan(&["--range", "HEAD"]).code, 2);
    assert_eq!(repo.scan(&["--range", "HEAD~..HEAD", "--staged"]).code, 2);
    let orphans = repo.scan(&["--range", &format!("side..{orphan}")]);
    orphans.is(&[("orphan.pem", &keys[4])]);
}

#[test]
fn new_branches_and_lost_bases() {
    let (repo, old, new) = (Repo::new(&[]), key(), key());
    repo.commit("old.pem", &old.pem);
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.commit("new.pem", &new.pem);
    let zero = "0".repeat(40);
    repo.scan(&["--range", &format!("{zero}..topic")])
        .is(&[("new.pem", &new)]);
    let everything = repo.scan(&["--range", &format!("{zero}..main")]);
    // The only other branch is ahead of it.
    everything.is(&[]);
    assert!(
        everything.stderr.contains("no commits"),
        "{}",
        everything.stderr
    );
    repo.git(&["branch", "-q", "-D", "main"]);
    repo.scan(&["--range", &format!("{zero}..topic")])
        .is(&[("new.pem", &new), ("old.pem", &old)]);
    repo.git(&["branch", "main", "topic~"]);
    // After a force-push the old tip is not there.
    let lost = "1".repeat(40);
    let scan = repo.scan(&["--range", &format!("{lost}..topic")]);
    scan.is(&[("new.pem", &new)]);
    assert!(scan.stderr.contains("taken instead"), "{}", scan.stderr);
    let scan = repo.scan(&["--range", &format!("{lost}..main")]);
    assert_eq!(scan.code, 2);
    assert!(scan.stderr.contains("force-push"), "{}", scan.stderr);
}

#[test]
fn shallow_clones_say_what_to_fetch() {
    let (repo, first, second) = (Repo::new(&[]), key(), key());
    let base = repo.commit("first.pem", &first.pem);
    repo.commit("a.txt", "a\n");
    let third = repo.commit("second.pem", &second.pem);
    repo.commit("b.txt", "b\n");
    let url = format!("file://{}", repo.root.display());
    let clone = |depth: &str, name: &str| {
        repo.git(&["clone", "-q", "--depth", depth, &url, &format!("../{name}")]);
        format!("../{name}")
    };
    let shallow = clone("2", "two");
    // The commit at the cut is in the range, its parent is not there.
    let scan = repo.scan(&["--range", &format!("{base}..HEAD"), &shallow]);
    assert_eq!(scan.code, 2);
    assert!(
        scan.stderr.contains("git fetch --unshallow"),
        "{}",
        scan.stderr
    );
    let scan = repo.scan(&["--since", "2 weeks", &shallow]);
    assert_eq!(scan.code, 2);
    let detail = scan.report["notices"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("git fetch --deepen"), "{detail}");
    let scan = repo.scan(&["--range", "HEAD~2..HEAD", &shallow]);
    assert_eq!(scan.code, 2);
    assert!(
        scan.stderr.contains("git fetch --unshallow"),
        "{}",
        scan.stderr
    );
    // Enough is there.
    repo.scan(&["--range", "HEAD~..HEAD", &shallow]).is(&[]);
    let shallow = clone("3", "three");
    repo.scan(&["--range", &format!("{third}~..HEAD"), &shallow])
        .is(&[("second.pem", &second)]);
    // The parent is there, although git was told to stop before it.
    let shallow = clone("1", "one");
    let mut fetch = repo.command("git");
    fetch.current_dir(repo.root.join(&shallow));
    run(
        fetch.args(["fetch", "-q", "--depth=1", "origin", &third]),
        "",
    );
    repo.scan(&["--range", &format!("{third}..HEAD"), &shallow])
        .is(&[]);
}

#[test]
fn since_a_date() {
    let (repo, old, new) = (Repo::new(&[]), key(), key());
    for (date, path, key) in [
        ("2026-01-10T12:00:00+02:00", "old.pem", &old),
        ("2026-02-10T12:00:00+02:00", "new.pem", &new),
    ] {
        repo.add(path, &key.pem);
        let mut commit = repo.command("git");
        commit.env("GIT_COMMITTER_DATE", date);
        run(commit.args(["commit", "-q", "-m", path]), "");
    }
    repo.scan(&["--since", "2026-02-01"])
        .is(&[("new.pem", &new)]);
    repo.scan(&["--since", "2026-02-10T10:00:00Z"])
        .is(&[("new.pem", &new)]);
    repo.scan(&["--since", "2026-02-10T10:00:01Z"]).is(&[]);
    repo.scan(&["--since", "2025-12-31"])
        .is(&[("new.pem", &new), ("old.pem", &old)]);
    assert_eq!(repo.scan(&["--since", "yesterday-ish"]).code, 2);
}

#[test]
fn hooks_of_pushes() {
    let (repo, first, second, third) = (Repo::new(&[]), key(), key(), key());
    repo.commit("a.txt", "a\n");
    let bare = repo.home.path().join("bare.git");
    repo.git(&["init", "-q", "--bare", "-b", "main", "../bare.git"]);
    repo.git(&["remote", "add", "origin", "../bare.git"]);
    repo.hook(
        &repo.root.join(".git/hooks"),
        "pre-push",
        "--push-input --remote \"$1\"",
    );
    assert!(repo.try_git(&["push", "-q", "origin", "main"]));
    assert_eq!(repo.hook_found(), set(&[]));
    repo.commit("first.pem", &first.pem);
    assert!(!repo.try_git(&["push", "-q", "origin", "main"]));
    assert_eq!(repo.hook_found(), set(&[("first.pem", &first)]));
    assert!(repo.try_git(&["push", "-q", "--no-verify", "origin", "main"]));
    // A new branch on top of what the remote has.
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.commit("second.pem", &second.pem);
    assert!(!repo.try_git(&["push", "-q", "origin", "topic", "HEAD~:refs/heads/same"]));
    assert_eq!(repo.hook_found(), set(&[("second.pem", &second)]));
    // Another remote has nothing of that.
    repo.git(&["init", "-q", "--bare", "-b", "main", "../public.git"]);
    repo.git(&["remote", "add", "public", "../public.git"]);
    assert!(!repo.try_git(&["push", "-q", "public", "main"]));
    assert_eq!(repo.hook_found(), set(&[("first.pem", &first)]));
    // A key in the message of a tag.
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["tag", "-a", "v1", "-m", &format!("words\n\n{}", third.pem)]);
    let message = format!(".git!{}", repo.git(&["rev-parse", "v1"]));
    assert!(!repo.try_git(&["push", "-q", "origin", "v1"]));
    assert_eq!(repo.hook_found(), set(&[(&message, &third)]));
    // Nothing but a deletion.
    assert!(repo.try_git(&[
        "push",
        "-q",
        "--no-verify",
        "origin",
        "HEAD:refs/heads/gone"
    ]));
    assert!(repo.try_git(&["push", "-q", "origin", ":gone"]));
    assert_eq!(repo.hook_found(), set(&[]));

    // On the receiving side.
    std::fs::remove_file(repo.root.join(".git/hooks/pre-push")).unwrap();
    repo.hook(&bare.join("hooks"), "pre-receive", "--push-input");
    for unpack_limit in ["1", "1000"] {
        repo.git(&[
            "-C",
            "../bare.git",
            "config",
            "receive.unpackLimit",
            unpack_limit,
        ]);
        assert!(!repo.try_git(&["push", "-q", "origin", "topic"]));
        assert_eq!(repo.hook_found(), set(&[("second.pem", &second)]));
        assert!(!repo.try_git(&["push", "-q", "origin", "v1"]));
        assert_eq!(repo.hook_found(), set(&[(&message, &third)]));
    }
    // The remote has this blob already, in a commit; under a new name it is new.
    repo.git(&["checkout", "-q", "-b", "moved"]);
    repo.git(&["mv", "first.pem", "moved.pem"]);
    repo.git(&["commit", "-q", "-m", "moved"]);
    assert!(!repo.try_git(&["push", "-q", "origin", "moved"]));
    assert_eq!(repo.hook_found(), set(&[("moved.pem", &first)]));
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("harmless.txt", "harmless\n");
    assert!(repo.try_git(&["push", "-q", "origin", "main"]));
    assert_eq!(repo.hook_found(), set(&[]));
    // A tag of a tree, and one of a blob.
    let tree = repo.git(&["rev-parse", "topic^{tree}"]);
    repo.git(&["tag", "tree", &tree]);
    assert!(!repo.try_git(&["push", "-q", "origin", "tree"]));
    assert!(
        repo.hook_found()
            .contains(&("second.pem".to_owned(), second.id.clone()))
    );
    let input = Scan::of(
        repo.command(STRAYKEY).args(["scan", "--push-input"]),
        "not from git\n",
    );
    assert_eq!(input.code, 2);
    let input = Scan::of(repo.command(STRAYKEY).args(["scan", "--push-input"]), "");
    assert_eq!(input.code, 0);
    assert!(
        input.stderr.contains("nothing is pushed"),
        "{}",
        input.stderr
    );
}

/// Imports a random history: each commit has up to three parents and changes some of eight files.
fn import(repo: &Repo, commits: &[(Vec<usize>, Vec<(u8, u8)>)]) {
    let mut stream = String::new();
    for (number, (parents, changes)) in commits.iter().enumerate() {
        let time = 1_700_000_000 + (number * 7919) % 50_000;
        stream.push_str(&format!(
            "reset refs/heads/c{number}\ncommit refs/heads/c{number}\nmark :{}\ncommitter A <a@b> {time} +0000\ndata 1\nm\n",
            number + 1
        ));
        let mut parents: Vec<usize> = parents
            .iter()
            .filter(|_| number > 0)
            .map(|p| p % number.max(1))
            .collect();
        parents.dedup();
        let mut seen = BTreeSet::new();
        parents.retain(|parent| seen.insert(*parent));
        for (place, parent) in parents.iter().enumerate() {
            let word = if place == 0 { "from" } else { "merge" };
            stream.push_str(&format!("{word} :{}\n", parent + 1));
        }
        for (file, content) in changes {
            let (file, content) = (file % 8, content % 5);
            let path = format!("d{}/e{}/f{file}", file % 2, file % 3);
            if content == 0 {
                stream.push_str(&format!("D {path}\n"));
            } else {
                stream.push_str(&format!("M 644 inline {path}\ndata 1\n{content}\n"));
            }
        }
        stream.push('\n');
    }
    run(
        repo.command("git")
            .args(["fast-import", "--quiet", "--force"]),
        &stream,
    );
}

/// Paths and blobs of a commit.
fn listing(repo: &Repo, commit: &str) -> BTreeSet<(String, String)> {
    let text = repo.git(&["ls-tree", "-r", commit]);
    let entry = |line: &str| {
        let (facts, path) = line.split_once('\t').unwrap();
        (path.to_owned(), facts.split(' ').nth(2).unwrap().to_owned())
    };
    text.lines().map(entry).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Every commit that git lists, each against all its parents.
    #[test]
    fn ranges_agree_with_git(
        commits in proptest::collection::vec(
            (
                proptest::collection::vec(0_usize..64, 0..4),
                proptest::collection::vec((0_u8..8, 0_u8..5), 0..4),
            ),
            2..12,
        ),
        ends in (0_usize..64, 0_usize..64),
    ) {
        let repo = Repo::new(&[]);
        import(&repo, &commits);
        let (base, head) = (ends.0 % commits.len(), ends.1 % commits.len());
        for dots in ["..", "..."] {
            let text = format!("c{base}{dots}c{head}");
            let place = repo.located();
            let selection = range(&place, &place.odb(), &text).unwrap();
            prop_assert_eq!(&selection.missing, &Vec::<String>::new());
            let mut expected = BTreeSet::new();
            let mut listed = BTreeSet::new();
            for line in repo.git(&["rev-list", "--parents", &text]).lines() {
                let mut words = line.split(' ');
                let commit = words.next().unwrap();
                listed.insert(commit.to_owned());
                let before: Vec<_> = words.map(|parent| listing(&repo, parent)).collect();
                let mut new = listing(&repo, commit);
                new.retain(|entry| before.iter().all(|parent| !parent.contains(entry)));
                expected.extend(new);
            }
            let ours: BTreeSet<_> = selection.commits.keys().map(ToString::to_string).collect();
            prop_assert_eq!(ours, listed);
            let mut ours = BTreeSet::new();
            for (id, standings) in &selection.blobs {
                for standing in standings {
                    ours.insert((String::from_utf8(standing.path.clone()).unwrap(), id.to_string()));
                }
            }
            prop_assert_eq!(ours, expected);
        }
    }
}

/// Indexes of every version, as git wrote them.
fn indexes() -> &'static Vec<(HashKind, Vec<u8>)> {
    static INDEXES: std::sync::OnceLock<Vec<(HashKind, Vec<u8>)>> = std::sync::OnceLock::new();
    INDEXES.get_or_init(|| {
        let mut all = Vec::new();
        for (kind, options) in [
            (HashKind::Sha1, &[][..]),
            (HashKind::Sha256, &["--object-format=sha256"]),
        ] {
            let repo = Repo::new(options);
            for path in ["a", "d/e/f", "d/e/g", "d/h", "z/long name of a file"] {
                repo.add(path, path);
            }
            repo.git(&["commit", "-q", "-m", "all"]);
            repo.git(&["update-index", "--skip-worktree", "d/h"]);
            for version in ["2", "3", "4"] {
                repo.git(&["update-index", "--index-version", version]);
                all.push((kind, std::fs::read(repo.root.join(".git/index")).unwrap()));
            }
            repo.git(&["update-index", "--split-index"]);
            repo.add("d/e/f", "changed");
            all.push((kind, std::fs::read(repo.root.join(".git/index")).unwrap()));
        }
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Whatever an index holds, it is read or refused.
    #[test]
    fn mutated_indexes_do_not_panic(
        which in 0_usize..8,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
        doubled in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let (kind, mut bytes) = indexes()[which].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(at) = doubled {
            let tail = bytes[at.index(bytes.len())..].to_vec();
            bytes.extend(tail);
        }
        if let Some(at) = cut {
            bytes.truncate(at.index(bytes.len()));
        }
        let read = IndexFile::parse(&bytes, kind);
        if let Ok(index) = read {
            for entry in index.entries() {
                prop_assert!(!index.path(entry).is_empty());
            }
        }
        // The shared file of a split index, as hostile.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        std::fs::write(&path, &bytes).unwrap();
        let _ = IndexFile::open(&path, folder.path(), kind);
    }
}
