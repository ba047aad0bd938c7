//! The documentation is about this binary: generated pages are what it prints
//! now, quoted commands parse, and links lead somewhere.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test that panics has failed, and says why; one that skips says so"
)]

mod commands;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// How to mend what the first two tests find.
const REGENERATE: &str = "run docs/generate.sh and commit what it wrote";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads a text file of the repository, whatever line ends git gave it.
fn page(path: &str) -> String {
    let text = std::fs::read_to_string(root().join(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}"))
        .replace("\r\n", "\n")
}

fn straykey(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_straykey"));
    command.args(args).output().expect("straykey starts")
}

/// Returns what a command prints; it must succeed.
fn printed(args: &[&str]) -> String {
    let output = straykey(args);
    assert!(output.status.success(), "straykey {args:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn rules_are_what_explain_prints() {
    let page = page("docs/rules.md");
    let list = printed(&["explain"]);
    let rules: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split_ascii_whitespace().next())
        .collect();
    // The list is a table first: its cells are the words of each line.
    let rows: Vec<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| [`"))
        .map(|row| row.replace(['|', '`'], " "))
        .collect();
    assert_eq!(rows.len(), rules.len(), "rows of the table: {REGENERATE}");
    for ((row, rule), line) in rows.iter().zip(&rules).zip(list.lines()) {
        let row = row.replacen(&format!("](#{rule})"), "", 1);
        let words = |text: &str| -> Vec<String> {
            text.split_ascii_whitespace().map(str::to_owned).collect()
        };
        assert_eq!(words(&row), words(line), "row of {rule}: {REGENERATE}");
    }
    // Then a section for each, one heading level deeper than `explain` has it.
    let sections: Vec<&str> = page.split("\n## ").skip(1).collect();
    assert_eq!(sections.len(), rules.len(), "sections: {REGENERATE}");
    for (section, rule) in sections.iter().zip(&rules) {
        let section = format!("# {}", section.replace("\n##", "\n#"));
        let expected = printed(&["explain", rule]);
        assert_eq!(section.trim_end(), expected.trim_end(), "{REGENERATE}");
    }
}

#[test]
fn formats_are_what_the_binary_lists() {
    let listed: serde_json::Value =
        serde_json::from_str(&printed(&["formats", "--json"])).expect("JSON");
    let formats = listed["formats"].as_array().expect("a list of formats");
    let page = page("docs/formats.md");
    let rows: Vec<&str> = page
        .lines()
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with("| `"))
        .collect();
    assert_eq!(rows.len(), formats.len(), "rows: {REGENERATE}");
    for (row, format) in rows.iter().zip(formats) {
        let cell = |name: &str| {
            let text = format[name].as_str().expect("text");
            text.replace('|', "\\|")
        };
        let expected = format!(
            "| `{}` | {} | {} | {} |",
            cell("id"),
            cell("name"),
            cell("source"),
            cell("about")
        );
        assert_eq!(*row, expected, "{REGENERATE}");
    }
}

/// The lines of the code blocks of a page.
fn code(page: &str) -> impl Iterator<Item = &str> {
    page.split("\n```").skip(1).step_by(2).flat_map(str::lines)
}

/// The arguments of every `straykey …` command in a line of a shell: without
/// comments, quotes and redirections.
fn commands(line: &str) -> Vec<Vec<String>> {
    let line = line.split(" #").next().unwrap_or(line);
    let mut all = Vec::new();
    for command in line.split([';', '|']) {
        let command = command.split('>').next().unwrap_or(command);
        // `cargo run … -- ARGS` runs straykey as well.
        let args = match command.trim().split_once(' ') {
            // What a hook says begins so as well.
            Some(("straykey", args)) if !args.starts_with("stops ") => args,
            Some(("cargo", rest)) if rest.starts_with("run") => match rest.split_once(" -- ") {
                Some((_, args)) => args,
                None => continue,
            },
            _ => continue,
        };
        // Words in quotes are one.
        let parts = args.split('\'').enumerate();
        let words = parts.flat_map(|(n, part)| match n % 2 {
            0 => part.split_ascii_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        });
        all.push(words.collect());
    }
    all
}

/// Pages whose commands a reader is meant to type.
const PAGES: [&str; 14] = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/README.md",
    "docs/agent.md",
    "docs/allow.md",
    "docs/ci.md",
    "docs/hooks.md",
    "docs/inventory.md",
    "docs/reports.md",
    "docs/secrets.md",
    "docs/start-ci.md",
    "docs/start-developer.md",
    "docs/start-endpoint.md",
    "docs/start-security.md",
];

#[test]
fn quoted_commands_parse() {
    let mut seen = 0;
    for path in PAGES {
        for args in code(&page(path)).flat_map(commands) {
            // Placeholders of synopses (`[-o FILE]`) are no arguments.
            if args.iter().any(|arg| arg.starts_with('[')) {
                continue;
            }
            // The default build does not load modules of tokens.
            let of_tokens = args.starts_with(&["inventory".to_owned(), "token".to_owned()]);
            if of_tokens && !cfg!(feature = "pkcs11") {
                continue;
            }
            // Nor does it open connections.
            let of_network = args.starts_with(&["agent".to_owned(), "ship".to_owned()])
                || args.iter().any(|arg| arg == "--ship");
            if of_network && !cfg!(feature = "net") {
                continue;
            }
            // With --help the parser stops before values are missing, yet every
            // flag and subcommand before it must exist.
            let mut with_help: Vec<&str> = args.iter().map(String::as_str).collect();
            with_help.push("--help");
            let output = straykey(&with_help);
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{path}: {args:?}: {error}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen} commands were found");
}

#[test]
fn options_are_what_help_prints() {
    let page = page("docs/options.md");
    let sections: Vec<&str> = page.split("\n## straykey ").skip(1).collect();
    for section in &sections {
        let (command, rest) = section.split_once('\n').expect("a heading");
        let mut args: Vec<&str> = command.split(' ').collect();
        args.push("--help");
        let shown = rest
            .trim()
            .trim_start_matches("```text\n")
            .trim_end_matches("```");
        assert_eq!(shown, printed(&args), "{command}: {REGENERATE}");
    }
    let help = printed(&["--help"]);
    let (_, commands) = help.split_once("Commands:\n").expect("commands");
    let commands = commands.lines().take_while(|line| line.starts_with("  "));
    for command in commands.filter_map(|line| line.split_whitespace().next()) {
        let has = |section: &&str| section.starts_with(&format!("{command}\n"));
        assert!(
            command == "help" || sections.iter().any(has),
            "{command}: {REGENERATE}"
        );
    }
}

/// The keys of the configuration are those that the binary says it knows.
#[test]
fn configuration_has_every_key() {
    let page = page("docs/configuration.md");
    let folder = tempfile::tempdir().expect("a folder");
    let known = |text: &str| -> Vec<String> {
        std::fs::write(folder.path().join("straykey.toml"), text).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_straykey"));
        let output = command
            .current_dir(folder.path())
            .args(["scan", "."])
            .output();
        let error = output.expect("straykey starts").stderr;
        let error = String::from_utf8_lossy(&error).into_owned();
        let (_, expected) = error.split_once("expected one of ").expect("the keys");
        expected
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    let tables = [
        ("", "x = 1\n"),
        ("scan.", "[scan]\nx = 1\n"),
        ("allow.", "[[allow]]\nx = 1\n"),
    ];
    for (table, text) in tables {
        let mut documented: Vec<&str> = page
            .lines()
            .filter_map(|line| {
                line.strip_prefix("| `")?
                    .strip_prefix(table)?
                    .split('`')
                    .next()
            })
            .map(|key| {
                if table.is_empty() {
                    key.split('.').next().unwrap_or(key)
                } else {
                    key
                }
            })
            .collect();
        documented.sort_unstable();
        documented.dedup();
        let mut keys = known(text);
        keys.sort();
        assert_eq!(documented, keys, "{table}");
    }
}

#[test]
fn the_book_has_every_page() {
    let summary = page("docs/SUMMARY.md");
    for path in pages()
        .iter()
        .filter(|path| path.parent() == Some(&root().join("docs")))
    {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        let linked = summary.contains(&format!("]({name})"));
        assert!(
            linked || name == "SUMMARY.md",
            "{name} is not in SUMMARY.md"
        );
    }
}

/// What the quick starts tell to type is typed, in a repository that holds a key and in
/// the demo's folder; what cannot be says why.
#[cfg(unix)]
#[test]
fn quick_starts_run() {
    let binary = Path::new(env!("CARGO_BIN_EXE_straykey"))
        .parent()
        .expect("a folder");
    let path = format!(
        "{}:{}",
        binary.display(),
        std::env::var("PATH").expect("PATH")
    );
    let mut ran = 0;
    for name in ["developer", "ci", "endpoint", "security"] {
        let folder = tempfile::tempdir().expect("a folder");
        let shell = |script: &str| {
            let mut command = Command::new("bash");
            let command = command
                .args(["-eu", "-c", script])
                .current_dir(folder.path());
            let command = command.env("PATH", &path).env("HOME", folder.path());
            command
                .env_remove("STRAYKEY_INVENTORY")
                .env("ROOT", root())
                .output()
                .expect("bash")
        };
        let made = shell(
            "cp -r \"$ROOT/testdata/demo/home\" \"$ROOT/testdata/demo/inventory.jsonl\" .
            git init -q . && git config user.name t && git config user.email t@t
            git config commit.gpgsign false && git commit -q --allow-empty -m first
            cp \"$(grep -rl 'BEGIN.*PRIVATE KEY' home | head -n 1)\" home/id_deploy
            git add . && git commit -qm second",
        );
        assert!(made.status.success(), "{made:?}");
        let page = page(&format!("docs/start-{name}.md"));
        for (before, block) in page.split("\n```sh\n").zip(page.split("\n```sh\n").skip(1)) {
            let mark = before.lines().last().unwrap_or_default();
            let script = block.split("\n```").next().unwrap_or_default();
            if mark.starts_with("<!-- not run: ") {
                continue;
            }
            let code = mark
                .strip_prefix("<!-- runs: ")
                .and_then(|m| m.strip_suffix(" -->"));
            let code: i32 = code
                .expect("`runs: CODE` or `not run: WHY`")
                .parse()
                .expect("a code");
            let output = shell(script);
            assert_eq!(
                output.status.code(),
                Some(code),
                "{name}: {script}\n{output:?}"
            );
            ran += 1;
        }
    }
    assert!(ran >= 10, "only {ran} blocks ran");
}

/// The README's own example, word for word: what it shows is what is printed.
#[test]
fn the_readme_shows_what_the_demo_prints() {
    let readme = page("README.md");
    let shown = readme
        .split("\n```")
        .find(|block| block.contains("error: managed-key-prod"))
        .expect("a block with the demo's output");
    let output = Command::new(env!("CARGO_BIN_EXE_straykey"))
        .current_dir(root())
        .args(["scan", "testdata/demo", "--history", "skip", "--inventory"])
        .arg("testdata/demo/inventory.jsonl")
        .output()
        .expect("straykey starts");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let printed = String::from_utf8_lossy(&output.stdout);
    let printed = printed.replace('\\', "/");
    // The time differs from run to run.
    let untimed = |line: &str| match line.strip_suffix(" s") {
        Some(line) => line
            .trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')
            .to_owned(),
        None => line.to_owned(),
    };
    let printed: Vec<String> = printed.lines().map(untimed).collect();
    for line in shown
        .lines()
        .skip(1)
        .filter(|line| !line.is_empty() && *line != "…")
    {
        assert!(
            printed.contains(&untimed(line)),
            "the README shows a line that the demo does not print:\n{line}"
        );
    }
}

/// Every Markdown page outside of the test data.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for folder in ["", "docs"] {
        for item in std::fs::read_dir(root().join(folder)).expect("a folder") {
            let path = item.expect("an item").path();
            if path.extension().is_some_and(|e| e == "md") {
                pages.push(path);
            }
        }
    }
    pages
}

/// Returns the anchors of a page's headings, as code hosts make them.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// Where the files of the repository are read.
const REPOSITORY: &str = "https://github.com/straykey/straykey/blob/main/";

#[test]
fn links_lead_somewhere() {
    let mut seen = 0;
    for path in pages() {
        let text = std::fs::read_to_string(&path).expect("a page");
        for target in text.split("](").skip(1) {
            let target = target.split(')').next().unwrap_or_default();
            // The book has no files but those of docs: others are linked where the code is.
            let (file, linked) = match target.strip_prefix(REPOSITORY) {
                Some(file) => (file, root().join(file)),
                None if target.contains("://") => continue,
                None => {
                    let file = target.split('#').next().unwrap_or(target);
                    let is_book = path.starts_with(root().join("docs"));
                    assert!(
                        !is_book || !file.starts_with(".."),
                        "{}: {target}",
                        path.display()
                    );
                    (file, path.with_file_name("").join(file))
                }
            };
            let anchor = target.split_once('#').map_or("", |(_, anchor)| anchor);
            let linked = if file.is_empty() {
                path.clone()
            } else {
                linked
            };
            assert!(linked.exists(), "{}: {target}", path.display());
            if !anchor.is_empty() {
                let page = std::fs::read_to_string(&linked).expect("a page");
                let known = anchors(&page);
                assert!(
                    known.contains(&anchor.to_owned()),
                    "{}: {target}",
                    path.display()
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} links were found");
}

/// Returns the number that a cell such as `12 MiB` or `64` stands for.
fn amount(cell: &str) -> u64 {
    let (number, unit) = cell.split_once(' ').unwrap_or((cell, ""));
    let factor = match unit {
        "" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => panic!("unit of `{cell}`"),
    };
    number.parse::<u64>().expect("a number") * factor
}

/// Returns the value of an expression of literals with `*` or `<<`.
fn value(expression: &str) -> Option<u64> {
    let literal = |text: &str| text.trim().replace('_', "").parse::<u64>().ok();
    if let Some((number, shift)) = expression.split_once("<<") {
        return Some(literal(number)? << literal(shift)?);
    }
    expression.split('*').map(literal).product()
}

#[test]
fn limits_are_those_of_the_source() {
    let design = page("docs/design.md");
    let (_, table) = design.split_once("\n## Limits").expect("the table");
    let mut seen = 0;
    for row in table.lines().filter(|line| line.contains("` in `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let names: Vec<&str> = cells[2].split('`').collect();
        let (name, file) = (names[1], names[3]);
        let source = page(file);
        let (_, rest) = source
            .split_once(&format!("const {name}: "))
            .unwrap_or_else(|| panic!("{file} has no {name}: mend docs/design.md"));
        let (_, rest) = rest.split_once('=').expect("a value");
        let expression = rest.split(';').next().expect("a value");
        assert_eq!(
            value(expression),
            Some(amount(cells[3])),
            "{name} of {file}: mend docs/design.md"
        );
        seen += 1;
    }
    assert!(seen > 40, "only {seen} rows were found");
}
