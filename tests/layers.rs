//! The floors of the library, lowest first. A module imports lower floors
//! only; modules of one floor do not import each other.
//!
//! The check reads the sources: every path that leaves its module for the
//! crate's root (`crate::x`, `use crate::{x, y}`, `super::super::x`) is an
//! edge. Comments and literals are taken out first, so that a link in the
//! documentation is no edge.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test that panics has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Floors, lowest first; modules of one floor are siblings.
const FLOORS: &[&[&str]] = &[
    &["disk", "wire"],
    &["blob"],
    &["key"],
    &["identity"],
    &["decode", "format", "pattern", "unpack"],
    &["inventory"],
    &["finding"],
    &["policy"],
    &["scanner"],
    &["source", "report"],
    &["scan"],
    &["agent"],
];

/// Longest file, and most lines that half of the files may have.
const MAX_LINES: usize = 800;
const MAX_MEDIAN: usize = 180;

struct Source {
    /// Path below `src`, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// Modules from the crate's root to the one that this file is.
    fn module(&self) -> Vec<&str> {
        let path = self.path.strip_suffix(".rs").expect("a Rust file");
        let mut parts: Vec<&str> = path.split('/').collect();
        if matches!(parts.last(), Some(&"mod" | &"lib")) {
            parts.pop();
        }
        parts
    }

    fn is_bin(&self) -> bool {
        self.path.starts_with("bin/")
    }

    /// Whether its parent compiles it for tests only.
    fn is_test(&self, sources: &[Self]) -> bool {
        let mut parent = self.module();
        let Some(name) = parent.pop() else {
            return false;
        };
        let declared = format!("#[cfg(test)]\nmod {name};");
        let mut parents = sources.iter().filter(|s| s.module() == parent);
        parents.any(|s| s.text.contains(&declared))
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let read = |path: &PathBuf| Source {
        path: path
            .strip_prefix(&root)
            .expect("below src")
            .to_str()
            .expect("UTF-8")
            .replace('\\', "/"),
        text: fs::read_to_string(path).expect("readable"),
    };
    let sources: Vec<Source> = files.iter().map(read).collect();
    assert!(sources.len() > 50, "only {} sources seen", sources.len());
    sources
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

/// Returns the code without comments and without what stands in literals.
fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let rest = &text[i..];
        if rest.starts_with("//") {
            i += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            i += rest.find("*/").map_or(rest.len(), |n| n + 2);
        } else if let Some(hashes) = raw_string(text, i) {
            let open = rest.find('"').expect("a raw string") + 1;
            let close = format!("\"{}", "#".repeat(hashes));
            let body = &rest[open..];
            i += open + body.find(&close).map_or(body.len(), |n| n + close.len());
            out.push_str("\"\"");
        } else if bytes[i] == b'"' {
            i += 1;
            while i < bytes.len() && bytes[i] != b'"' {
                i += if bytes[i] == b'\\' { 2 } else { 1 };
            }
            i += 1;
            out.push_str("\"\"");
        } else if let Some(len) = char_literal(rest) {
            i += len;
            out.push_str("' '");
        } else {
            let c = rest.chars().next().expect("not at the end");
            out.push(c);
            i += c.len_utf8();
        }
    }
    out
}

/// Returns the number of `#` of a raw string that begins at `i`.
fn raw_string(text: &str, i: usize) -> Option<usize> {
    let before = text[..i].chars().next_back();
    if before.is_some_and(|c| c.is_alphanumeric() && c != 'b') {
        return None;
    }
    let rest = text[i..].strip_prefix('r')?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    rest[hashes..].starts_with('"').then_some(hashes)
}

/// Returns the length of a character literal; a lifetime is none.
fn char_literal(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    if let Some(escaped) = inner.strip_prefix('\\') {
        return Some(2 + 1 + escaped[1..].find('\'')? + 1);
    }
    let c = inner.chars().next()?;
    inner[c.len_utf8()..]
        .starts_with('\'')
        .then_some(2 + c.len_utf8())
}

/// Returns every module of the crate's root that the code of `module` names,
/// with the line.
fn edges(code: &str, module: &[&str]) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for keyword in ["crate::", "super::"] {
        for (at, _) in code.match_indices(keyword) {
            let before = code[..at].chars().next_back();
            let continues = before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
            if continues || before == Some('$') {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            let mut rest = &code[at..];
            if keyword == "super::" {
                let mut up = 0;
                while let Some(next) = rest.strip_prefix("super::") {
                    rest = next;
                    up += 1;
                }
                // One level more inside `mod tests { … }` stays in the file.
                if up < module.len() || module.is_empty() {
                    continue;
                }
                // An inline module's `super` cannot reach the root from here
                // unless it says so; such a path names a module of the table.
                let first = identifier(rest);
                if FLOORS.concat().contains(&first.as_str()) && up == module.len() {
                    found.push((first, line));
                }
                continue;
            }
            rest = rest.strip_prefix("crate::").expect("the keyword");
            match rest.strip_prefix('{') {
                Some(group) => found.extend(first_names(group).map(|name| (name, line))),
                None => found.push((identifier(rest), line)),
            }
        }
    }
    found
}

fn identifier(text: &str) -> String {
    let word = |c: &char| c.is_alphanumeric() || *c == '_';
    text.trim_start().chars().take_while(word).collect()
}

/// Returns the first name of every path in a group, up to its closing brace.
fn first_names(group: &str) -> impl Iterator<Item = String> {
    let mut depth = 1;
    let mut names = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(String::new()),
            c if depth == 1 => names.last_mut().expect("never empty").push(c),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    let names = names.into_iter().map(|path| identifier(&path));
    names.filter(|name| !name.is_empty())
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// Modules whose types reach people, and what they may take of `key`: names
/// and public halves, nothing that holds a secret.
const BEHIND_THE_WALL: &[&str] = &["finding", "policy", "report", "agent"];

#[test]
fn modules_import_lower_floors_only() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    let sources = sources();
    for source in sources.iter().filter(|s| !s.is_bin()) {
        let is_test = source.is_test(&sources);
        let module = source.module();
        let code = code(&source.text);
        let Some(&top) = module.first() else {
            continue;
        };
        let Some(from) = floor(top) else {
            wrong.push(format!("{}: `{top}` has no floor", source.path));
            continue;
        };
        for (name, line) in edges(&code, &module) {
            seen += 1;
            let at = format!("src/{}:{line}", source.path);
            match floor(&name) {
                _ if name == top => {}
                Some(to) if to < from => {}
                Some(to) if to == from => wrong.push(format!("{at}: sibling `{name}`")),
                Some(_) => wrong.push(format!("{at}: `{name}` is above `{top}`")),
                None => wrong.push(format!("{at}: `{name}` has no floor")),
            }
            let is_behind = BEHIND_THE_WALL.contains(&top) && !is_test;
            if is_behind && matches!(name.as_str(), "key" | "decode") {
                wrong.push(format!("{at}: `{top}` must not know `{name}`"));
            }
        }
    }
    assert!(seen > 100, "only {seen} edges seen: the reader is broken");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_sees_every_kind_of_path() {
    let text = r##"
        //! [`crate::agent`]
        use crate::{blob::{Blob, Span}, finding::Notice};
        use crate::wire;
        fn a<'a>(x: &'a str) -> crate::key::Key { let y = "crate::scan"; '"'; super::super::policy::b() }
        const R: &str = r#"crate::report"#; /* crate::source */
        macro_rules! m { () => { $crate::never!() } }
        mod tests { use super::*; use super::super::inside; }
    "##;
    let mut names: Vec<String> = edges(&code(text), &["decode", "hex"])
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    names.sort();
    assert_eq!(names, ["blob", "finding", "key", "policy", "wire"]);
}

#[test]
fn the_binary_uses_the_public_library_only() {
    let binary: Vec<Source> = sources().into_iter().filter(Source::is_bin).collect();
    assert!(binary.len() >= 5, "{} files of the binary", binary.len());
    let mut uses = 0;
    for source in &binary {
        uses += code(&source.text).matches("straykey::").count();
        for way in ["#[path", "include!("] {
            assert!(!source.text.contains(way), "src/{}: {way}", source.path);
        }
    }
    assert!(uses > 10, "the binary names the library {uses} times");
}

/// The binary alone uses standard output, the environment and the exit code.
#[test]
fn the_library_has_no_side_doors() {
    let doors = [
        "println!",
        "print!",
        "eprintln!",
        "eprint!",
        "dbg!",
        "io::stdout",
        "io::stderr",
        "process::exit",
        "process::Command",
        "env::var",
        "env::args",
        "env::home",
        "TcpStream",
        "UdpSocket",
        "std::net",
    ];
    let mut wrong = Vec::new();
    let sources = sources();
    let library = |s: &&Source| !s.is_bin() && !s.is_test(&sources);
    for source in sources.iter().filter(library) {
        let code = code(&source.text);
        let code = code.split("#[cfg(test)]").next().unwrap_or_default();
        for door in doors {
            for (at, _) in code.match_indices(door) {
                let line = code[..at].matches('\n').count() + 1;
                let whole = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                if whole {
                    wrong.push(format!("src/{}:{line}: {door}", source.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_named_and_documented() {
    let mut wrong = Vec::new();
    let mut lengths = Vec::new();
    for source in sources() {
        let path = format!("src/{}", source.path);
        let lines = source.text.lines().count();
        lengths.push(lines);
        if lines > MAX_LINES {
            wrong.push(format!("{path}: {lines} lines"));
        }
        if !source.text.starts_with("//!") {
            wrong.push(format!(
                "{path}: does not begin with what it is for (`//!`)"
            ));
        }
        for name in source.module() {
            for bad in ["util", "helper", "manager", "misc", "common"] {
                if name.contains(bad) {
                    wrong.push(format!("{path}: `{name}` says nothing"));
                }
            }
        }
        for unfinished in ["todo!", "unimplemented!", "allow(dead_code)"] {
            if code(&source.text).contains(unfinished) {
                wrong.push(format!("{path}: {unfinished}"));
            }
        }
        for note in ["FIXME", "TODO", "XXX:"] {
            if source.text.contains(note) {
                wrong.push(format!("{path}: {note}"));
            }
        }
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    if median > MAX_MEDIAN {
        wrong.push(format!("the median file has {median} lines"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
