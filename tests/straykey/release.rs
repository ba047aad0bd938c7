//! The release workflow, run here step by step: its scripts, with stand-ins for the
//! compilers, and the binary that is tested here for what they would have built.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const TARGET: &str = "x86_64-unknown-linux-musl";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Scripts of the workflow with the names of their steps.
fn steps() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join(".github/workflows/release.yml"));
    let text = text.expect("release.yml");
    let mut steps = Vec::new();
    let mut name = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        if let Some((_, said)) = line.split_once("- name: ") {
            said.clone_into(&mut name);
        }
        let Some((_, script)) = line.split_once("run: ") else {
            continue;
        };
        let mut script = script.to_owned();
        if script == "|" {
            script.clear();
            let is_inside = |line: &&str| {
                line.trim().is_empty() || line.len() - line.trim_start().len() > indent
            };
            while let Some(line) = lines.next_if(is_inside) {
                script.push_str(line.trim_start());
                script.push('\n');
            }
        }
        steps.push((name.clone(), script));
    }
    steps
}

/// The script of a step.
fn step(name: &str) -> String {
    let mut steps = steps().into_iter();
    let step = steps.find(|(step, _)| step == name);
    step.unwrap_or_else(|| panic!("no step {name}")).1
}

#[test]
fn its_scripts_are_whole_and_nothing_is_pasted_into_them() {
    let steps = steps();
    assert!(steps.len() >= 6, "{steps:?}");
    for (name, script) in steps {
        assert!(!script.contains("${{"), "{name}: {script}");
        let read = Command::new("bash").args(["-n", "-c", &script]).output();
        assert!(read.expect("bash").status.success(), "{name}: {script}");
        // What is called is there, and can be.
        for word in script.split_whitespace() {
            if word.starts_with("packaging/") {
                let mode = fs::metadata(root().join(word)).map(|m| m.permissions().mode());
                assert!(mode.is_ok_and(|mode| mode & 0o111 != 0), "{name}: {word}");
            }
        }
    }
}

struct Runner {
    folder: tempfile::TempDir,
    tools: PathBuf,
}

impl Runner {
    /// What a checkout has, as far as packages need it.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tools = folder.path().join("tools");
        let made = Command::new("bash")
            .args(["-euc", "cp -r \"$ROOT/packaging\" \"$ROOT/LICENSE\" \"$ROOT/README.md\" \"$ROOT/CHANGELOG.md\" \"$ROOT/Cargo.toml\" .
                git init -q . && git -c user.name=t -c user.email=t@t -c commit.gpgsign=false commit -q --allow-empty -m first
                mkdir tools"])
            .current_dir(folder.path())
            .env("ROOT", root())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", folder.path())
            .output()
            .expect("bash");
        assert!(made.status.success(), "{made:?}");
        let runner = Self { folder, tools };
        let binary = crate::packages::binary();
        // What it is built with stands in `built`, for archive and wheel.
        runner.tool(
            "cargo",
            &format!(
                "case \"$1\" in metadata) cd '{}'; exec {} \"$@\" ;; esac
                echo \"$* [$RUSTFLAGS] [$CC_x86_64_unknown_linux_musl]\" >> '{}/built'
                mkdir -p target/{TARGET}/release && cp '{binary}' target/{TARGET}/release/straykey",
                root().display(),
                env!("CARGO"),
                runner.folder.path().display(),
            ),
        );
        runner.tool("cargo-auditable", "exit 0");
        runner.tool(
            "maturin",
            &format!(
                "[ -e pyproject.toml ] || exit 9
                echo \"maturin $* [$RUSTFLAGS] [$CC_x86_64_unknown_linux_musl]\" >> '{}/built'
                while [ \"$1\" != --out ]; do shift; done
                echo wheel > \"$2/straykey-{}-py3-none-musllinux_1_2_x86_64.whl\"",
                runner.folder.path().display(),
                env!("CARGO_PKG_VERSION"),
            ),
        );
        runner
    }

    fn tool(&self, name: &str, script: &str) {
        let path = self.tools.join(name);
        fs::write(&path, format!("#!/usr/bin/env bash\nset -eu\n{script}\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
    }

    /// Runs a step as GitHub's `shell: bash` does.
    fn run(&self, name: &str, tag: &str) -> Output {
        let path = std::env::var("PATH").expect("PATH");
        let mut command = Command::new("bash");
        command
            .args([
                "--noprofile",
                "--norc",
                "-eo",
                "pipefail",
                "-c",
                &step(name),
            ])
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", self.tools.display()))
            .env("HOME", self.folder.path())
            .env("DEB_COMPRESSION", "gzip")
            .env_remove("RUSTFLAGS")
            .envs([
                ("TARGET", TARGET),
                ("PLATFORM", "linux-x64"),
                ("DEB", "amd64"),
                ("RUNNER_OS", "Linux"),
                ("TAG", tag),
            ]);
        command.output().expect("bash")
    }

    #[track_caller]
    fn passes(&self, name: &str) {
        let output = self.run(name, concat!("v", env!("CARGO_PKG_VERSION")));
        assert!(output.status.success(), "{name}: {output:?}");
    }
}

#[test]
fn its_steps_make_what_is_published() {
    for program in ["dpkg-deb", "npm", "jq", "sha256sum"] {
        if Command::new(program).arg("--version").output().is_err() {
            eprintln!("skipped: {program} is not here");
            return;
        }
    }
    let runner = Runner::new();
    assert!(!runner.run("Version", "v0.0.0").status.success());
    for step in ["Version", "Binary and archive", "Packages", "Checksums"] {
        runner.passes(step);
    }
    let version = env!("CARGO_PKG_VERSION");
    let out = runner.folder.path().join("out");
    let made = fs::read_dir(&out).expect("a folder");
    let made: BTreeSet<String> = made
        .map(|item| item.expect("an item").file_name().into_string())
        .map(|name| name.expect("UTF-8"))
        .collect();
    let expected = [
        "SHA256SUMS".to_owned(),
        // The name under which the action asks for it.
        format!("straykey-{version}-{TARGET}.tar.gz"),
        format!("straykey-{version}-py3-none-musllinux_1_2_x86_64.whl"),
        format!("straykey-{version}.tgz"),
        format!("straykey-{TARGET}.cdx.json"),
        format!("straykey-linux-x64-{version}.tgz"),
        format!("straykey_{version}_amd64.deb"),
    ];
    assert_eq!(made, BTreeSet::from(expected));
    let sums = fs::read_to_string(out.join("SHA256SUMS")).expect("sums");
    assert_eq!(sums.lines().count(), made.len() - 1, "{sums}");
    let mut check = Command::new("sha256sum");
    let check = check.args(["--check", "--quiet", "SHA256SUMS"]);
    assert!(check.current_dir(&out).status().expect("it runs").success());
    // Archive and wheel are built alike: statically, and without paths of the machine.
    let built = fs::read_to_string(runner.folder.path().join("built")).expect("what was built");
    let flags: Vec<&str> = built
        .lines()
        .filter_map(|line| line.split_once('['))
        .map(|(_, flags)| flags)
        .collect();
    assert_eq!(flags.len(), 2, "{built}");
    assert_eq!(flags[0], flags[1]);
    assert!(
        built.contains(" --compatibility manylinux2014 musllinux_1_2 "),
        "{built}"
    );
    for part in ["+crt-static", "--remap-path-prefix=", "[musl-gcc]"] {
        assert!(flags[0].contains(part), "{part}: {built}");
    }
    let archive = built.lines().next().expect("a line");
    assert!(
        archive.starts_with("auditable build --release --locked"),
        "{archive}"
    );
}
