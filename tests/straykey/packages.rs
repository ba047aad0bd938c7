//! What packages carry, and packages made of the binary that is tested here,
//! installed into folders of their own. Building release binaries is left to
//! the release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::program::run_in;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        eprintln!("skipped: {program} is not here");
    }
    found
}

/// Runs a program that must succeed, and returns what it prints.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {err}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Runs a packaging script, and returns the lines that it prints.
#[track_caller]
fn script(name: &str, args: &[&str]) -> Vec<String> {
    let mut command = Command::new(root().join("packaging").join(name));
    // The best compression takes a minute.
    let text = run(command.args(args).env("DEB_COMPRESSION", "gzip"));
    text.lines().map(str::to_owned).collect()
}

/// The binary that is tested here, without what a debugger wants: packing that
/// takes a minute.
pub(crate) fn binary() -> &'static str {
    static STRIPPED: OnceLock<Option<String>> = OnceLock::new();
    let whole = env!("CARGO_BIN_EXE_straykey");
    let stripped = STRIPPED.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stripped");
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("straykey").to_str().expect("UTF-8").to_owned();
        let made = Command::new("strip").args(["-o", &path, whole]).status();
        made.is_ok_and(|status| status.success()).then_some(path)
    });
    stripped.as_deref().unwrap_or(whole)
}

const VERSION: &str = concat!("straykey ", env!("CARGO_PKG_VERSION"));

#[test]
fn completions_and_pages_know_every_subcommand() {
    let dir = tempfile::tempdir().expect("a folder");
    let help = run_in(dir.path(), ["--help"]).ended(0).out();
    let (_, commands) = help.split_once("Commands:").expect("commands");
    let commands: Vec<&str> = commands
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help" && name.bytes().all(|b| b.is_ascii_lowercase()))
        .collect();
    assert!(commands.len() >= 8, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = run_in(dir.path(), ["completions", shell]).ended(0).out();
        for command in &commands {
            assert!(text.contains(command), "{shell}: {command}");
        }
    }
    let bash = run_in(dir.path(), ["completions", "bash"]).ended(0).out;
    fs::write(dir.path().join("straykey.bash"), bash).expect("written");
    if is_there("bash") {
        // As the shell asks it: `straykey hook in` and the tabulator.
        let ask = "source ./straykey.bash; COMP_WORDS=(straykey hook in); COMP_CWORD=2; _straykey straykey in hook; echo \"${COMPREPLY[*]}\"";
        let answer = run(Command::new("bash")
            .current_dir(dir.path())
            .args(["-c", ask]));
        assert_eq!(answer, "install");
    }
    run_in(dir.path(), ["man", "man"]).ended(0);
    for command in commands {
        let page = dir.path().join(format!("man/straykey-{command}.1"));
        let text = fs::read_to_string(&page).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
        assert!(text.contains(".SH NAME"), "{command}");
    }
}

/// Each shell reads its file without a word, and troff each page without a warning.
#[test]
fn completions_and_pages_load() {
    let dir = tempfile::tempdir().expect("a folder");
    let binary = env!("CARGO_BIN_EXE_straykey");
    script("extras.sh", &[binary, dir.path().to_str().expect("UTF-8")]);
    let zsh = "autoload -U compinit; fpath=($PWD/completions $fpath); compinit -u -d dump
        [[ ${_comps[straykey]} = _straykey ]] && autoload +X _straykey";
    for (program, args) in [
        ("bash", &["-n", "completions/straykey.bash"][..]),
        ("zsh", &["-n", "completions/_straykey"]),
        ("zsh", &["-fc", zsh]),
        ("fish", &["--no-execute", "completions/straykey.fish"]),
    ] {
        if is_there(program) {
            let mut command = Command::new(program);
            let output = command
                .args(args)
                .current_dir(dir.path())
                .env("HOME", dir.path())
                .output();
            let output = output.expect("it starts");
            let is_silent = output.stdout.is_empty() && output.stderr.is_empty();
            assert!(
                output.status.success() && is_silent,
                "{program}: {output:?}"
            );
        }
    }
    if is_there("groff") {
        let mut seen = 0;
        for page in fs::read_dir(dir.path().join("man")).expect("a folder") {
            let page = page.expect("an item").path();
            let mut command = Command::new("groff");
            let command = command.args(["-man", "-Tutf8", "-ww", "-z"]).arg(&page);
            let output = command.output().expect("groff");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && said.is_empty(), "{said}");
            seen += 1;
        }
        assert!(seen > 20, "only {seen} pages");
    }
}

#[test]
fn the_archive_has_the_same_bytes_each_time() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().to_str().expect("UTF-8");
    let made = script("archive.sh", &[binary(), "test-target", out]);
    let first = fs::read(&made[0]).expect("an archive");
    script("archive.sh", &[binary(), "test-target", out]);
    assert_eq!(fs::read(&made[0]).expect("an archive"), first);
    run(Command::new("tar")
        .current_dir(dir.path())
        .args(["-xzf", &made[0]]));
    let name = Path::new(&made[0])
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let folder = dir
        .path()
        .join(name.strip_suffix(".tar.gz").expect("the end"));
    let program = folder.join("straykey");
    assert_eq!(run(Command::new(program).arg("--version")), VERSION);
    assert!(folder.join("man/straykey.1").is_file());
}

#[test]
fn the_debian_package_installs_and_runs() {
    if !is_there("dpkg-deb") {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let made = script("deb.sh", &[binary(), dir.path().to_str().expect("UTF-8")]);
    let field = |name: &str| run(Command::new("dpkg-deb").args(["-f", &made[0], name]));
    assert_eq!(field("Package"), "straykey");
    assert_eq!(field("Version"), env!("CARGO_PKG_VERSION"));
    let prefix = dir.path().join("prefix");
    run(Command::new("dpkg-deb").args(["-x", &made[0]]).arg(&prefix));
    assert_eq!(
        run(Command::new(prefix.join("usr/bin/straykey")).arg("--version")),
        VERSION
    );
    for path in [
        "usr/share/man/man1/straykey-scan.1.gz",
        "usr/share/bash-completion/completions/straykey",
        "usr/share/zsh/vendor-completions/_straykey",
        "usr/share/fish/vendor_completions.d/straykey.fish",
        "usr/share/doc/straykey/copyright",
    ] {
        assert!(prefix.join(path).is_file(), "{path}");
    }
}

#[test]
fn the_npm_packages_install_and_run() {
    if !is_there("npm") || !is_there("node") {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let platform = run(Command::new("node").args(["-p", "`${process.platform}-${process.arch}`"]));
    script(
        "npm.sh",
        &[binary(), &platform, dir.path().to_str().expect("UTF-8")],
    );
    let packed: Vec<PathBuf> = fs::read_dir(dir.path())
        .expect("a folder")
        .map(|item| item.expect("an item").path())
        .collect();
    assert_eq!(packed.len(), 2, "{packed:?}");
    let prefix = dir.path().join("prefix");
    fs::create_dir(&prefix).expect("a folder");
    let npm = |args: &[&str]| {
        let mut command = Command::new("npm");
        command
            .current_dir(&prefix)
            .env("HOME", dir.path())
            .args([
                "install",
                "--offline",
                "--no-audit",
                "--no-fund",
                "--omit=optional",
            ])
            .args(args);
        run(&mut command)
    };
    let names: Vec<&str> = packed
        .iter()
        .map(|path| path.to_str().expect("UTF-8"))
        .collect();
    // Without the platform's package it says what is missing.
    let wrapper = names
        .iter()
        .find(|name| !name.contains(&platform))
        .expect("the wrapper");
    npm(&[wrapper]);
    let straykey = prefix.join("node_modules/.bin/straykey");
    let without = Command::new(&straykey)
        .arg("--version")
        .output()
        .expect("node");
    assert_eq!(without.status.code(), Some(2), "{without:?}");
    npm(&names);
    assert_eq!(run(Command::new(&straykey).arg("--version")), VERSION);
    // Exit codes come through.
    let found = Command::new(&straykey)
        .current_dir(root())
        .args(["scan", "-q", "--history", "skip", "testdata/ppk"])
        .status();
    assert_eq!(found.expect("node").code(), Some(1));
}

#[test]
fn the_bill_of_materials_names_what_is_linked() {
    if !is_there("jq") || !is_there("cargo") {
        return;
    }
    let text = script("sbom.sh", &[]).join("\n");
    let bom: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(bom["bomFormat"], "CycloneDX");
    let components = bom["components"].as_array().expect("components");
    let has = |name: &str| components.iter().any(|c| c["name"] == name);
    assert!(has("aho-corasick") && has("clap") && has("libdeflate-sys"));
    assert!(!has("proptest") && !has("jsonschema"), "only used by tests");
    assert!(components.iter().all(|c| {
        c["purl"]
            .as_str()
            .is_some_and(|p| p.starts_with("pkg:cargo/"))
    }));
    assert_eq!(
        bom["dependencies"].as_array().expect("a list").len(),
        components.len() + 1
    );
}
