//! Every command that the documentation shows is typed here, in a folder of its own, or
//! stands in `commands.toml` with the test or script that types it, or with the reason why
//! nothing can. That list and the pages must agree, in both directions.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde::Deserialize;

use super::{page, root};

/// Folders with pages of which each command has a row. Quick starts carry marks instead.
const FOLDERS: [&str; 7] = [
    "",
    "docs",
    "fuzz",
    "integrations",
    "packaging",
    "packaging/npm",
    "packaging/pypi",
];
/// What the program prints, and what was.
const OTHERS: [&str; 4] = [
    "CHANGELOG.md",
    "docs/formats.md",
    "docs/hostile.md",
    "docs/options.md",
];
/// What a command in running text begins with.
const PROGRAMS: [&str; 22] = [
    "apt",
    "aws",
    "az",
    "cargo",
    "curl",
    "docker",
    "gcloud",
    "git",
    "head",
    "jq",
    "mdbook",
    "minisign",
    "npm",
    "openssl",
    "pip",
    "pre-commit",
    "rustup",
    "ssh-keygen",
    "straykey",
    "tail",
    "vault",
    "zsh",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    page: Vec<Page>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    path: String,
    /// What must lie in the folder before.
    #[serde(default)]
    setup: String,
    /// Commands in running text that are only spoken of.
    #[serde(default)]
    named: Vec<String>,
    #[serde(default)]
    command: Vec<Row>,
}

/// A command as the page has it, and one of: `exit`, `by`, `not_run`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    text: String,
    /// The exit code that it must have.
    exit: Option<i32>,
    /// What is typed in its place, as names in it are stand-ins.
    instead: Option<String>,
    /// What is done before, and what must hold after.
    #[serde(default)]
    before: String,
    #[serde(default)]
    then: String,
    /// Programs without which it is skipped.
    #[serde(default)]
    needs: Vec<String>,
    /// A file that types it, and a line of that file.
    by: Option<[String; 2]>,
    /// Why it cannot be.
    not_run: Option<String>,
}

fn table() -> Vec<Page> {
    let text = page("tests/docs/commands.toml");
    let table: Table = toml::from_str(&text).expect("commands.toml");
    table.page
}

/// Paths of the pages that commands are taken from.
fn paths() -> Vec<String> {
    let mut paths = Vec::new();
    for folder in FOLDERS {
        for item in std::fs::read_dir(root().join(folder)).expect("a folder") {
            let name = item.expect("an item").file_name();
            let path = PathBuf::from(folder).join(name);
            let path = path.to_str().expect("UTF-8").replace('\\', "/");
            let is_start = path.starts_with("docs/start-");
            if path.ends_with(".md") && !is_start && !OTHERS.contains(&&*path) {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths
}

/// Commands of a page: those of its blocks, in order, and those in running text.
struct Shown {
    blocks: Vec<String>,
    text: Vec<String>,
}

fn shown(page: &str) -> Shown {
    let (mut blocks, mut prose) = (Vec::new(), String::new());
    let mut language = None;
    let mut command = String::new();
    for line in page.lines() {
        let bare = line.trim();
        if let Some(rest) = bare.strip_prefix("```") {
            assert!(command.is_empty(), "a command that does not end: {command}");
            language = match language {
                Some(_) => None,
                None => Some(rest.to_owned()),
            };
            continue;
        }
        match language.as_deref() {
            None => {
                prose.push_str(line);
                prose.push('\n');
            }
            // Whatever else a block shows says so: text, json, toml …
            Some("" | "sh") if !bare.is_empty() => {
                let line = bare.split(" #").next().unwrap_or(bare).trim_end();
                let is_open = |text: &str| text.starts_with("for ") && !text.ends_with("done");
                if !command.is_empty() {
                    command.push('\n');
                }
                command.push_str(line);
                if !line.ends_with('\\') && !is_open(&command) {
                    blocks.push(std::mem::take(&mut command));
                }
            }
            Some(_) => {}
        }
    }
    let spans = prose.split('`').skip(1).step_by(2);
    // A span may go over lines.
    let words = |span: &str| span.split_whitespace().collect::<Vec<_>>().join(" ");
    let spans = spans.map(|span| words(&span.replace("\\|", "|")));
    let is_command = |span: &String| {
        let (first, rest) = span.split_once(' ').unwrap_or((span, ""));
        PROGRAMS.contains(&first) && !rest.is_empty()
    };
    let mut text: Vec<String> = spans.filter(is_command).collect();
    text.sort();
    text.dedup();
    Shown { blocks, text }
}

#[test]
fn every_command_has_its_row() {
    let table = table();
    let mut seen = 0;
    for path in paths() {
        let shown = shown(&page(&path));
        let rows = table.iter().find(|page| page.path == path);
        let (rows, named): (Vec<&str>, Vec<&str>) = rows
            .map(|page| {
                let rows = page.command.iter().map(|row| row.text.trim());
                (rows.collect(), page.named.iter().map(|s| &**s).collect())
            })
            .unwrap_or_default();
        // Rows of blocks stand in the order of the page; others may stand between.
        let of_blocks: Vec<&str> = rows
            .iter()
            .copied()
            .filter(|row| shown.blocks.iter().any(|block| block == row))
            .collect();
        assert_eq!(of_blocks, shown.blocks, "{path}: mend commands.toml");
        let is_known = |span: &&String| named.contains(&&***span) || rows.contains(&&***span);
        let unknown: Vec<&String> = shown.text.iter().filter(|s| !is_known(s)).collect();
        assert!(
            unknown.is_empty(),
            "{path}: not in commands.toml: {unknown:?}"
        );
        let stale = rows.iter().chain(&named).find(|row| {
            let is = |shown: &String| shown == *row;
            !shown.blocks.iter().any(is) && !shown.text.iter().any(is)
        });
        assert_eq!(stale, None, "{path}: no longer shown");
        seen += shown.blocks.len();
    }
    for page in &table {
        assert!(paths().contains(&page.path), "{}: no such page", page.path);
    }
    assert!(seen > 60, "only {seen} commands were found");
}

#[test]
fn commands_that_others_type_are_there() {
    for page in table() {
        for span in &page.named {
            let words: Vec<&str> = span.split(' ').collect();
            // Options of the placeholder kind are no arguments; the default build has no `token`.
            let is_whole = !span.contains(['[', '…']) && span != "straykey inventory token";
            if let (["straykey", args @ ..], true) = (&*words, is_whole) {
                let output = super::straykey(&[args, &["--help"]].concat());
                assert!(
                    output.status.success(),
                    "{}: `{span}`: {output:?}",
                    page.path
                );
            }
        }
        for row in page.command {
            let ways = [row.exit.is_some(), row.by.is_some(), row.not_run.is_some()];
            let ways = ways.iter().filter(|way| **way).count();
            assert_eq!(ways, 1, "`{}`: one of exit, by and not_run", row.text);
            if let Some([path, line]) = &row.by {
                let text = super::page(path);
                let has = text.lines().any(|known| known.contains(&**line));
                assert!(has, "{path} has no `{line}` for `{}`", row.text);
            }
            assert!(row.not_run.is_none_or(|why| why.len() > 10), "{}", row.text);
        }
    }
}

/// A folder that commands are typed in: it is the home as well.
#[cfg(unix)]
struct Desk {
    folder: tempfile::TempDir,
    path: String,
}

#[cfg(unix)]
impl Desk {
    fn new() -> Self {
        let binary = Path::new(env!("CARGO_BIN_EXE_straykey")).parent();
        let binary = binary.expect("a folder").display();
        let answers = root().join("tests/docs/answers");
        let path = std::env::var("PATH").expect("PATH");
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            path: format!("{}:{binary}:{path}", answers.display()),
        }
    }

    fn bash(&self, option: &str, script: &str) -> Output {
        let mut command = Command::new("bash");
        let command = command.args([option, "-c", script]);
        let command = command.current_dir(self.folder.path());
        let command = command.env("PATH", &self.path).env("ROOT", root());
        let command = command.env("HOME", self.folder.path());
        let command = command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("XDG_CACHE_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("STRAYKEY_INVENTORY");
        let command = command.stdin(std::process::Stdio::null());
        command.output().expect("bash")
    }

    fn has(&self, program: &str) -> bool {
        let look = format!("command -v {program}");
        self.bash("-e", &look).status.success()
    }
}

#[cfg(unix)]
fn type_page(page: &Page) {
    let desk = Desk::new();
    let done = |what: &str, script: &str| {
        let output = desk.bash("-eu", script);
        let place = format!("{}: {what}", page.path);
        assert!(output.status.success(), "{place}: {script}\n{output:?}");
    };
    done("setup", &page.setup);
    for row in &page.command {
        let script = row.instead.as_deref().unwrap_or(&row.text);
        // What nobody can type here is a command of a shell all the same.
        let place = format!("{}: `{}`", page.path, row.text);
        let read = desk.bash("-n", script);
        assert!(read.status.success(), "{place}: {read:?}");
        let Some(code) = row.exit else { continue };
        if let Some(missing) = row.needs.iter().find(|program| !desk.has(program)) {
            eprintln!("skipped: {place}: {missing} is not here");
            continue;
        }
        done(&row.text, &row.before);
        let output = desk.bash("-u", script);
        assert_eq!(output.status.code(), Some(code), "{place}\n{output:?}");
        done(&row.text, &row.then);
    }
}

/// Types what the pages show; two at a time, as it takes its time.
#[cfg(unix)]
#[test]
fn commands_end_as_they_should() {
    let table = table();
    let only = std::env::var("STRAYKEY_PAGE").ok();
    let pages = table
        .iter()
        .filter(|page| only.as_ref().is_none_or(|only| page.path.contains(only)));
    let pages = std::sync::Mutex::new(pages);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(page) = { pages.lock().expect("a lock").next() } {
                    type_page(page);
                }
            });
        }
    });
    let typed = table.iter().flat_map(|page| &page.command);
    let typed = typed.filter(|row| row.exit.is_some()).count();
    assert!(typed >= 50, "only {typed} commands are typed");
}
