//! Hooks end to end: git itself calls them, in repositories of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::cases::testdata;
use crate::program::sanitised;

const PPK: &str = "ppk/good-v3-ed25519.ppk";
const OTHER_PPK: &str = "ppk/good-v3-ecdsa-256.ppk";

/// A repository whose user has a home of their own.
struct Repo {
    home: tempfile::TempDir,
    root: PathBuf,
}

/// What a command printed, both streams, and how it ended.
#[derive(Debug)]
struct Said {
    code: i32,
    text: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        Self {
            code: output.status.code().expect("an exit code"),
            text: String::from_utf8_lossy(&text).into_owned(),
        }
    }

    #[track_caller]
    fn passed(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.text);
        self
    }

    #[track_caller]
    fn stopped(self) -> Self {
        assert_ne!(self.code, 0, "{}", self.text);
        assert!(self.text.contains("straykey stops this"), "{}", self.text);
        self
    }

    #[track_caller]
    fn says(self, part: &str) -> Self {
        assert!(
            self.text.contains(part),
            "expected `{part}` in {}",
            self.text
        );
        self
    }
}

impl Repo {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let root = home.path().join("repo");
        fs::create_dir(&root).expect("a folder");
        let repo = Self { home, root };
        repo.git(&["init", "-q", "-b", "main"]).passed();
        repo
    }

    /// A program that sees nothing of the tester's settings.
    fn command(&self, program: &Path, folder: &Path) -> Command {
        sanitised(program, folder, self.home.path())
    }

    fn run(&self, program: &Path, folder: &Path, args: &[&str]) -> Said {
        let mut command = self.command(program, folder);
        Said::of(&command.args(args).output().expect("it starts"))
    }

    fn git(&self, args: &[&str]) -> Said {
        self.run(Path::new("git"), &self.root, args)
    }

    fn straykey(&self, args: &[&str]) -> Said {
        self.run(Path::new(env!("CARGO_BIN_EXE_straykey")), &self.root, args)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("written");
    }

    fn put_key(&self, name: &str, key: &str) {
        self.put(name, &fs::read(testdata().join(key)).expect("a test file"));
    }

    /// Writes a hook of somebody else.
    fn script(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        self.put(name, text.as_bytes());
        let path = self.root.join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
    }

    fn commit(&self) -> Said {
        self.git(&["add", "-A"]).passed();
        self.git(&["commit", "-q", "-m", "change"])
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.root.join(name)).unwrap_or_default()
    }
}

/// The fingerprint that a reference tool gave a file.
fn id(path: &str) -> String {
    let cases = crate::cases::folder("ppk");
    let case = cases.iter().find(|case| case.path == path);
    case.expect("in expect.toml").keys[0].ids["spki-sha256"].clone()
}

/// What the issue asks to be shown, whoever calls the hook.
fn blocked_allowed_blocked(repo: &Repo) {
    repo.put("readme.md", b"hello\n");
    repo.commit().passed();
    repo.put_key("deploy/key.ppk", PPK);
    let said = repo.commit().stopped();
    // The README shows this very commit.
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
    let readme = readme.expect("README.md").replace("\r\n", "\n");
    let shown = readme
        .split("\n```")
        .find(|block| block.contains("stops this commit"));
    for line in shown
        .expect("a block")
        .lines()
        .skip(1)
        .filter(|line| !line.is_empty())
    {
        assert!(
            said.text.contains(line),
            "the README shows `{line}`: {}",
            said.text
        );
    }
    let allow = format!("straykey allow {} --reason TEXT", id(PPK));
    said.says("private-key at deploy/key.ppk:1").says(&allow);
    // What the hook said is what is typed.
    repo.straykey(&["allow", &id(PPK), "--reason", "key of a test server"])
        .passed();
    repo.commit().passed();
    repo.put_key("deploy/key.ppk", OTHER_PPK);
    repo.commit()
        .stopped()
        .says("private-key at deploy/key.ppk:1")
        .says(&id(OTHER_PPK));
    repo.git(&["reset", "-q", "--hard"]).passed();
}

#[test]
fn plain_git_stops_allows_and_stops_again() {
    let repo = Repo::new();
    repo.straykey(&["hook", "install"])
        .passed()
        .says("pre-commit: installed");
    blocked_allowed_blocked(&repo);
    // What is staged counts, not what lies in the work tree.
    repo.put_key("loose.ppk", OTHER_PPK);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "nothing"])
        .passed()
        .says("nothing is staged");
    repo.put("loose.ppk", b"nothing any more");
    repo.commit().passed();
    repo.straykey(&["hook", "uninstall"])
        .passed()
        .says("taken away");
    repo.put_key("loose.ppk", OTHER_PPK);
    repo.commit().passed();
}

#[test]
fn the_framework_stops_allows_and_stops_again() {
    let name = std::env::var_os("PRE_COMMIT_PROGRAM").unwrap_or_else(|| "pre-commit".into());
    let program = Path::new(&name);
    if Command::new(program).arg("--version").output().is_err() {
        eprintln!(
            "skipped: pre-commit is not here (pip install pre-commit, or PRE_COMMIT_PROGRAM)"
        );
        return;
    }
    let repo = Repo::new();
    // The framework clones the repository of the hook; this one has nothing else.
    let hooks = repo.home.path().join("hooks");
    fs::create_dir(&hooks).expect("a folder");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    fs::copy(manifest, hooks.join(".pre-commit-hooks.yaml")).expect("copied");
    let git = |args: &[&str]| repo.run(Path::new("git"), &hooks, args).passed();
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "hooks"]);
    let revision = git(&["rev-parse", "HEAD"]).text;
    repo.put(
        ".pre-commit-config.yaml",
        format!(
            "repos:\n- repo: {}\n  rev: {}\n  hooks:\n  - id: straykey\n",
            hooks.display(),
            revision.trim()
        )
        .as_bytes(),
    );
    let framework = |args: &[&str]| repo.run(program, &repo.root, args);
    framework(&["install", "-t", "pre-commit", "-t", "pre-push"]).passed();
    blocked_allowed_blocked(&repo);
    // In CI nothing is staged: all files, or a range.
    framework(&["run", "--all-files"]).passed();
    repo.put_key("other.ppk", OTHER_PPK);
    repo.git(&["add", "-A"]).passed();
    repo.git(&["commit", "-q", "--no-verify", "-m", "past the hook"])
        .passed();
    framework(&["run", "--all-files"])
        .stopped()
        .says("other.ppk:1");
    framework(&["run", "--from-ref", "HEAD~1", "--to-ref", "HEAD"]).stopped();
    framework(&["run", "--from-ref", "HEAD~2", "--to-ref", "HEAD~1"]).passed();
    // A push to a remote that has nothing, and one that has all but the last.
    let remote = repo.home.path().join("remote.git");
    repo.git(&["init", "-q", "--bare", remote.to_str().expect("UTF-8")])
        .passed();
    repo.git(&["remote", "add", "origin", remote.to_str().expect("UTF-8")])
        .passed();
    repo.git(&["push", "-q", "origin", "main"]).stopped();
    repo.git(&[
        "push",
        "-q",
        "--no-verify",
        "origin",
        "HEAD~1:refs/heads/main",
    ])
    .passed();
    repo.git(&["push", "-q", "origin", "main"])
        .stopped()
        .says("other.ppk:1");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]).passed();
    repo.put("fine.txt", b"fine\n");
    repo.commit().passed();
    repo.git(&["push", "-q", "origin", "main"]).passed();
}

#[test]
fn a_hook_that_was_there_goes_on_running() {
    let repo = Repo::new();
    let theirs = "#!/bin/sh\necho theirs >> ran\nexit $(cat verdict 2>/dev/null || echo 0)\n";
    repo.script(".git/hooks/pre-commit", theirs);
    repo.straykey(&["hook", "install"])
        .passed()
        .says("runs first");
    repo.straykey(&["hook", "install"])
        .passed()
        .says("brought up to date");
    repo.put("a.txt", b"a\n");
    repo.commit().passed();
    assert_eq!(repo.read("ran"), "theirs\n");
    repo.put("verdict", b"7");
    repo.put("b.txt", b"b\n");
    assert_ne!(repo.commit().code, 0, "their verdict counts");
    fs::remove_file(repo.root.join("verdict")).expect("removed");
    repo.put_key("key.ppk", PPK);
    repo.commit().stopped();
    repo.straykey(&["hook", "uninstall"])
        .passed()
        .says("put back");
    assert_eq!(repo.read(".git/hooks/pre-commit"), theirs);
    repo.straykey(&["hook", "uninstall"])
        .passed()
        .says("no hook of straykey is there");
}

#[test]
fn pushes_are_stopped_on_both_sides() {
    let repo = Repo::new();
    let remote = repo.home.path().join("remote.git");
    let address = remote.to_str().expect("UTF-8");
    repo.git(&["init", "-q", "--bare", "-b", "main", address])
        .passed();
    repo.git(&["remote", "add", "origin", address]).passed();
    // git's own lines reach the hook that was there, too.
    repo.script(".git/hooks/pre-push", "#!/bin/sh\ncat >> ../lines\n");
    repo.straykey(&["hook", "install", "--stage", "pre-push"])
        .passed();
    repo.put("a.txt", b"a\n");
    repo.commit().passed();
    repo.git(&["push", "-q", "origin", "main"]).passed();
    let lines = repo.read("../lines");
    assert!(lines.contains("refs/heads/main"), "{lines}");
    repo.put_key("key.ppk", PPK);
    repo.commit().passed();
    fs::remove_file(repo.root.join("key.ppk")).expect("removed");
    repo.git(&["add", "-A"]).passed();
    repo.git(&["commit", "-q", "-m", "gone, but in the history"])
        .passed();
    repo.git(&["push", "-q", "origin", "main"])
        .stopped()
        .says("key.ppk:1 (commit ");
    // What the pusher allows is nothing to the server.
    repo.straykey(&["allow", &id(PPK), "--reason", "mine"])
        .passed();
    repo.commit().passed();
    let server = Path::new(env!("CARGO_BIN_EXE_straykey"));
    repo.run(
        server,
        &remote,
        &["hook", "install", "--stage", "pre-receive"],
    )
    .passed();
    let said = repo.git(&["push", "-q", "origin", "main"]).says("remote: ");
    assert_ne!(said.code, 0, "{}", said.text);
    said.says("straykey stops this push");
    repo.run(server, &remote, &["hook", "uninstall"]).passed();
    repo.git(&["push", "-q", "origin", "main"]).passed();
    // Only a deletion: nothing to scan, and it says so.
    repo.git(&["push", "-q", "origin", "main:other"]).passed();
    repo.git(&["push", "-q", "origin", ":other"])
        .passed()
        .says("only deletes");
}

#[test]
fn hooks_go_where_the_repository_says() {
    let repo = Repo::new();
    repo.git(&["config", "core.hooksPath", "tools/hooks"])
        .passed();
    repo.straykey(&["hook", "install"]).passed();
    assert!(
        repo.read("tools/hooks/pre-commit")
            .contains("straykey hook 1")
    );
    repo.put_key("key.ppk", PPK);
    repo.commit().stopped();

    // husky keeps its files in the repository, for everybody.
    let repo = Repo::new();
    repo.script(".husky/pre-commit", "echo theirs > ran\n");
    repo.script(
        ".husky/_/pre-commit",
        "#!/bin/sh\nsh -e \"$(dirname -- \"$0\")/../pre-commit\" \"$@\"\n",
    );
    repo.git(&["config", "core.hooksPath", ".husky/_"]).passed();
    repo.straykey(&["hook", "install", "--inventory", "."])
        .says("shared");
    repo.straykey(&["hook", "install", "--stage", "pre-commit"])
        .passed()
        .says("commit it");
    repo.straykey(&["hook", "install", "--stage", "pre-commit"])
        .passed();
    let text = repo.read(".husky/pre-commit");
    assert_eq!(text.matches("straykey hook run").count(), 1, "{text}");
    assert!(!text.contains(env!("CARGO_MANIFEST_DIR")), "{text}");
    repo.put_key("key.ppk", PPK);
    repo.commit().stopped();
    assert_eq!(repo.read("ran"), "theirs\n");
    repo.straykey(&["hook", "uninstall"]).passed();
    assert_eq!(repo.read(".husky/pre-commit"), "echo theirs > ran\n");

    // lefthook writes its own.
    let repo = Repo::new();
    repo.put("lefthook.yml", b"pre-commit: {}\n");
    let said = repo.straykey(&["hook", "install"]);
    assert_eq!(said.code, 2, "{}", said.text);
    said.says("straykey hook run pre-commit")
        .says("use_stdin: true");
    assert!(!repo.root.join(".git/hooks/pre-commit").exists());
    assert_eq!(repo.read("lefthook.yml"), "pre-commit: {}\n");
}

#[test]
fn all_repositories_of_a_user() {
    // Without anything: a template for new clones.
    let repo = Repo::new();
    repo.straykey(&["hook", "install", "--global"])
        .passed()
        .says("new clones");
    let clone = repo.home.path().join("new");
    repo.git(&["init", "-q", clone.to_str().expect("UTF-8")])
        .passed();
    let hook = clone.join(".git/hooks/pre-commit");
    assert!(fs::read_to_string(&hook).is_ok_and(|text| text.contains("straykey hook 1")));
    repo.git(&["init", "-q"]).passed();
    repo.put_key("key.ppk", PPK);
    repo.commit().stopped();
    repo.straykey(&["hook", "uninstall", "--global"]).passed();
    let left = repo.git(&["config", "--global", "--get", "init.templateDir"]);
    assert_eq!((left.code, left.text.as_str()), (1, ""));

    // With a folder of hooks: there, beside those that are there.
    let repo = Repo::new();
    let folder = repo.home.path().join("hooks");
    repo.git(&[
        "config",
        "--global",
        "core.hooksPath",
        folder.to_str().expect("UTF-8"),
    ])
    .passed();
    repo.straykey(&["hook", "install"]).says("--global");
    assert!(!folder.exists());
    repo.straykey(&["hook", "install", "--global"]).passed();
    repo.put_key("key.ppk", PPK);
    repo.commit().stopped();
    repo.straykey(&["hook", "uninstall", "--global"]).passed();
    repo.commit().passed();
}

#[test]
fn a_hook_knows_the_inventory_and_says_whose_key_it_is() {
    let repo = Repo::new();
    fs::copy(
        testdata().join("demo/inventory.jsonl"),
        repo.home.path().join("keys.jsonl"),
    )
    .expect("copied");
    let list = repo.home.path().join("keys.jsonl");
    repo.straykey(&[
        "hook",
        "install",
        "--inventory",
        list.to_str().expect("UTF-8"),
        "--fail-on",
        "managed",
    ])
    .passed();
    repo.put_key("key.ppk", PPK);
    repo.commit().passed().says("does not stop the commit");
    let key =
        fs::read(testdata().join("demo/home/ada/src/pass-gateway/.env")).expect("a test file");
    repo.put(".env", &key);
    repo.commit()
        .stopped()
        .says("managed-key-prod")
        .says("gate/refresh-signer");
    // A list that has expired recognises what it has, and stops nothing else.
    repo.git(&["reset", "-q", "--hard"]).passed();
    let text = fs::read_to_string(&list).expect("a list");
    let (header, records) = text.split_once('\n').expect("lines");
    let mut header: serde_json::Value = serde_json::from_str(header).expect("JSON");
    header["expires_at"] = "2024-01-01T00:00:00Z".into();
    fs::write(&list, format!("{header}\n{records}")).expect("written");
    repo.put("b.txt", b"b\n");
    repo.commit().passed().says("EXPIRED");
    repo.put(".env", &key);
    repo.commit().stopped();
}

#[test]
fn a_hook_without_its_program_says_so() {
    let repo = Repo::new();
    repo.straykey(&[
        "hook",
        "install",
        "--stage",
        "pre-commit",
        "--stage",
        "pre-receive",
    ])
    .passed();
    for stage in ["pre-commit", "pre-receive"] {
        let name = format!(".git/hooks/{stage}");
        let text = repo.read(&name);
        let gone = text.replace(env!("CARGO_BIN_EXE_straykey"), "/no/such/straykey");
        assert_ne!(gone, text);
        repo.put(&name, gone.as_bytes());
    }
    let hook = |stage: &str| {
        let path = repo.root.join(".git/hooks").join(stage);
        let mut command = repo.command(&path, &repo.root);
        command
            .env("PATH", "/usr/bin:/bin")
            .stdin(std::process::Stdio::null());
        Said::of(&command.output().expect("it starts"))
    };
    hook("pre-commit").passed().says("nothing was scanned");
    let server = hook("pre-receive").says("nothing was scanned");
    assert_eq!(server.code, 2);
}

#[test]
fn an_installed_hook_keeps_its_options_and_what_was_changed_in_it() {
    let repo = Repo::new();
    repo.straykey(&["hook", "install", "--fail-on", "any"])
        .passed();
    let hook = ".git/hooks/pre-commit";
    let before = repo.read(hook);
    assert!(before.contains("--fail-on any"), "{before}");
    repo.straykey(&["hook", "install"])
        .passed()
        .says("brought up to date, with --fail-on any");
    assert_eq!(repo.read(hook), before);
    repo.straykey(&["hook", "install", "--fail-on", "managed"])
        .passed()
        .says("with --fail-on managed");
    // A line of somebody's own.
    repo.script(hook, &(repo.read(hook) + "make check\n"));
    repo.straykey(&["hook", "install"])
        .passed()
        .says("kept as")
        .says("with --fail-on managed");
    assert!(
        repo.read(".git/hooks/pre-commit.changed")
            .ends_with("make check\n")
    );
    assert!(!repo.read(hook).contains("make check"));
    repo.straykey(&["hook", "uninstall"]).passed();
    assert_eq!(repo.read(hook), "");
}

#[test]
fn our_hook_is_found_where_the_framework_put_it() {
    let repo = Repo::new();
    repo.straykey(&["hook", "install"]).passed();
    // What `pre-commit install` does.
    let folder = repo.root.join(".git/hooks");
    fs::rename(folder.join("pre-commit"), folder.join("pre-commit.legacy")).expect("moved");
    repo.script(".git/hooks/pre-commit", "#!/bin/sh\nexec \"$0.legacy\"\n");
    repo.put_key("key.ppk", PPK);
    repo.commit().stopped();
    repo.straykey(&["hook", "install"])
        .passed()
        .says("pre-commit.legacy: brought up to date");
    repo.commit().stopped();
    repo.straykey(&["hook", "uninstall"]).passed();
    assert!(!folder.join("pre-commit.legacy").exists());
    assert!(folder.join("pre-commit").exists());
}

#[test]
fn a_merge_that_git_makes_by_itself_is_stopped() {
    let repo = Repo::new();
    repo.put("a.txt", b"a\n");
    repo.commit().passed();
    repo.git(&["checkout", "-q", "-b", "side"]).passed();
    repo.put_key("key.ppk", PPK);
    repo.commit().passed();
    repo.git(&["checkout", "-q", "main"]).passed();
    repo.put("b.txt", b"b\n");
    repo.commit().passed();
    repo.straykey(&["hook", "install"]).passed();
    repo.git(&["merge", "-q", "-m", "both", "side"])
        .stopped()
        .says("straykey stops this merge")
        .says("git merge --abort");
    repo.git(&["merge", "--abort"]).passed();
    assert!(!repo.root.join("key.ppk").exists());
}

#[test]
fn a_commit_that_ends_a_merge_is_not_told_to_unstage_what_the_branch_has() {
    let repo = Repo::new();
    repo.put("a.txt", b"a\n");
    repo.commit().passed();
    repo.git(&["checkout", "-q", "-b", "side"]).passed();
    repo.put("a.txt", b"b\n");
    repo.put_key("key.ppk", PPK);
    repo.commit().passed();
    repo.git(&["checkout", "-q", "main"]).passed();
    repo.put("a.txt", b"c\n");
    repo.commit().passed();
    repo.straykey(&["hook", "install"]).passed();
    let merge = repo.git(&["merge", "-q", "-m", "both", "side"]);
    assert!(merge.text.contains("CONFLICT"), "{}", merge.text);
    repo.put("a.txt", b"b and c\n");
    repo.commit()
        .stopped()
        .says("straykey stops this merge")
        .says("HEAD..MERGE_HEAD");
    // What is told to be typed shows the commit of the branch.
    let side = repo.git(&["rev-parse", "side"]).passed().text;
    let shown = repo.straykey(&["scan", "--range", "HEAD..MERGE_HEAD", "--format", "json"]);
    assert!(shown.text.contains(side.trim()), "{}", shown.text);
}

#[test]
fn the_way_out_can_be_typed_as_it_stands() {
    let repo = Repo::new();
    repo.straykey(&["hook", "install"]).passed();
    // Before there is any commit, and from a folder below.
    repo.put_key("the key's/own file.ppk", PPK);
    repo.put("below/a.txt", b"a\n");
    let said = repo.commit().stopped();
    let way_out = |said: &Said| {
        let line = said.text.lines().find(|line| line.starts_with("  fix"));
        let line = line.expect("a way out").split('`').nth(1);
        line.expect("a command").to_owned()
    };
    let command = way_out(&said);
    assert!(command.starts_with("git rm --cached -- "), "{command}");
    let below = repo.root.join("below");
    let typed = |command: &str| repo.run(Path::new("sh"), &below, &["-c", command]).passed();
    typed(&command);
    repo.git(&["commit", "-q", "-m", "without it"]).passed();
    repo.git(&["add", "-A"]).passed();
    let said = repo.git(&["commit", "-q", "-m", "with it"]).stopped();
    let command = way_out(&said);
    assert!(command.starts_with("git restore --staged -- "), "{command}");
    typed(&command);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "without it"])
        .passed();
    // Names that mean something to git.
    for name in [
        "!key.ppk",
        ":decoy.ppk",
        "_keys/k.ppk",
        "@acme/k*.ppk",
        "^k.ppk",
    ] {
        repo.put("keep.txt", name.as_bytes());
        repo.put_key(name, PPK);
        repo.git(&["add", "-A"]).passed();
        repo.git(&[
            "restore",
            "--staged",
            ":(top,literal)the key's/own file.ppk",
        ])
        .passed();
        let said = repo.git(&["commit", "-q", "-m", "with it"]).stopped();
        typed(&way_out(&said));
        let staged = repo.git(&["diff", "--cached", "--name-only"]).passed().text;
        assert_eq!(staged, "keep.txt\n", "{name}");
        fs::remove_file(repo.root.join(name)).expect("removed");
        repo.git(&["reset", "-q"]).passed();
    }
}

#[test]
fn a_hook_that_cannot_scan_says_that_this_is_why_git_stops() {
    let repo = Repo::new();
    repo.put("list.jsonl", b"{}\n");
    repo.straykey(&["hook", "install", "--inventory", "list.jsonl"])
        .passed();
    fs::remove_file(repo.root.join("list.jsonl")).expect("removed");
    repo.put("a.txt", b"a\n");
    let said = repo
        .commit()
        .says("nothing was scanned, so git stops this commit");
    assert_ne!(said.code, 0);
}

#[test]
fn a_server_gets_the_hook_of_a_server() {
    let repo = Repo::new();
    repo.git(&["init", "-q", "--bare", "../bare"]).passed();
    let program = Path::new(env!("CARGO_BIN_EXE_straykey"));
    let bare = repo.home.path().join("bare");
    repo.run(program, &bare, &["hook", "install"])
        .passed()
        .says("pre-receive");
    assert!(bare.join("hooks/pre-receive").exists());
    assert!(!bare.join("hooks/pre-commit").exists());
}

#[test]
fn a_folder_of_hooks_that_is_nothing_is_told() {
    let repo = Repo::new();
    repo.git(&["config", "core.hooksPath", ""]).passed();
    let said = repo.straykey(&["hook", "install"]);
    assert_eq!(said.code, 2, "{}", said.text);
    said.says("core.hooksPath is set to nothing");
}

#[test]
fn husky_that_is_not_set_up_yet_is_not_forgotten() {
    let repo = Repo::new();
    repo.put(".husky/pre-commit", b"npm test\n");
    repo.straykey(&["hook", "install"]).passed();
    assert!(repo.read(".husky/pre-commit").contains("straykey hook run"));
    assert!(repo.read(".git/hooks/pre-commit").contains("straykey"));
    repo.straykey(&["hook", "uninstall"]).passed();
    assert_eq!(repo.read(".husky/pre-commit"), "npm test\n");
    // Set up in between, husky leaves in git's own folder what would run again without it.
    repo.straykey(&["hook", "install"]).passed();
    repo.put(".husky/_/pre-commit", b"#!/bin/sh\n");
    repo.git(&["config", "core.hooksPath", ".husky/_"]).passed();
    repo.straykey(&["hook", "uninstall"]).passed();
    assert_eq!(repo.read(".husky/pre-commit"), "npm test\n");
    assert!(!repo.root.join(".git/hooks/pre-commit").exists());
    // Only named, and with options that its files cannot have.
    let repo = Repo::new();
    repo.put(
        "package.json",
        b"{\"devDependencies\": {\"husky\": \"^9\"}}",
    );
    repo.straykey(&["hook", "install"])
        .passed()
        .says("husky is not set up in this clone yet");
    assert!(repo.read(".git/hooks/pre-commit").contains("straykey"));
}

#[test]
fn a_baseline_of_a_folder_is_not_replaced_by_that_of_a_part() {
    let repo = Repo::new();
    repo.put_key("key.ppk", PPK);
    repo.put_key("below/key.ppk", OTHER_PPK);
    repo.commit().passed();
    repo.straykey(&["baseline", "create"])
        .passed()
        .says("2 known");
    let before = repo.read(".straykey/baseline.json");
    let below = repo.root.join("below");
    let program = Path::new(env!("CARGO_BIN_EXE_straykey"));
    for what in ["create", "prune"] {
        let said = repo.run(program, &below, &["baseline", what]);
        assert_eq!(said.code, 2, "{}", said.text);
        said.says("nothing was written");
        assert_eq!(repo.read(".straykey/baseline.json"), before);
    }
    for less in [["--exclude", "below"], ["--history", "skip"]] {
        let said = repo.straykey(&["baseline", "create", less[0], less[1]]);
        assert_eq!(said.code, 2, "{}", said.text);
        assert_eq!(repo.read(".straykey/baseline.json"), before);
    }
    // The history of the repository is not in a folder of it, and that is said.
    fs::remove_file(below.join("key.ppk")).expect("removed");
    let said = repo.run(program, &below, &["scan"]);
    assert_eq!(said.code, 0, "{}", said.text);
    said.says("The history of the repository above was not swept");
    let said = repo.run(program, &below, &["scan", "--history", "only"]);
    assert_eq!(said.code, 2, "{}", said.text);
    said.says("but above: scan ");
    // A path that reports show is no glob from the folder of the file.
    let allow = ["allow", &id(PPK), "--reason", "x", "--path", "./key.ppk"];
    assert_eq!(repo.straykey(&allow).code, 2);
}
