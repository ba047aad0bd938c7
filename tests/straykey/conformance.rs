//! The conformance corpus as a table: `docs/conformance.tsv`, and the part of
//! `docs/formats.md` that sums it up.
//!
//! One row for each key of the corpus: where it is, in which format and
//! algorithm, in what encoding and container, and its identity as a reference
//! tool computed it. A column for each wrap of `wrap.rs` says whether this
//! scanner finds all keys of the file in it.
//!
//! `STRAYKEY_WRITE=1` writes both files (`docs/generate.sh` does so).
//! `STRAYKEY_CORPUS=DIR` writes every wrapped file into a folder, with a list of
//! what is in each: any scanner can be run against it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value;
use straykey::unpack::Container;

use crate::cases::{Case, GOOD, Key, folder, formats, sampled, scan, testdata, words};
use crate::program::run_in;
use crate::wrap::{WRAPS, Wrapped};

/// Folders whose files are keys of other formats in some encoding, with the name
/// that the encoding has in the file's name: `good-ENCODING-KEY.txt`.
const ENCODED: &[&str] = &["placement", "encoding"];
/// How names of keys in those folders end, and which format that is.
const KEYS: &[(&str, &str)] = &[
    ("-pkcs1-rsa", "pkcs1"),
    ("-pkcs8-ec", "pkcs8"),
    ("-pkcs8-ed25519", "pkcs8"),
    ("-sec1-ec", "sec1"),
    ("-openssh", "openssh"),
    ("-pem", "pkcs8"),
    ("-rsa", "pkcs8"),
    ("-ec", "sec1"),
    ("-ssh", "openssh"),
];
/// First columns of the table.
const COLUMNS: [&str; 9] = [
    "file",
    "format",
    "algorithm",
    "encoding",
    "container",
    "place",
    "line",
    "proof",
    "identity",
];
/// Where the part of `docs/formats.md` begins that is written here.
const MARK: &str = "<!-- Below: written by `cargo test conformance`. -->";

/// Keys of one file, and how it fared in each wrap.
struct Entry {
    file: String,
    rows: Vec<[String; 8]>,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Cell {
    Found,
    Missed,
    /// The wrap makes no sense for the file.
    Absent,
    /// Not tried in this run.
    Untried,
}

impl Cell {
    fn text(self) -> &'static str {
        match self {
            Self::Found => "+",
            Self::Missed => "-",
            Self::Absent | Self::Untried => "",
        }
    }
}

fn identity(ids: &BTreeMap<String, String>) -> String {
    let kinds = ["spki-sha256", "chal-hmac-sha256"];
    let known = kinds.iter().find_map(|kind| Some((kind, ids.get(*kind)?)));
    known.map_or(String::new(), |(kind, id)| format!("{kind}:{id}"))
}

fn row(format: &str, encoding: &str, key: &Key) -> [String; 8] {
    [
        format.to_owned(),
        key.algorithm.clone().unwrap_or_default(),
        encoding.to_owned(),
        String::new(),
        String::new(),
        key.line.to_string(),
        key.proof.clone(),
        identity(&key.ids),
    ]
}

/// Whether all keys of the file are found in it.
fn tried(case: &Case, wrapped: &Wrapped) -> Cell {
    let got = words(&scan(&wrapped.bytes));
    match case.wanted().iter().all(|word| got.contains(word)) {
        true => Cell::Found,
        false => Cell::Missed,
    }
}

/// Returns the corpus; of the wraps, one of `share`.
fn corpus(share: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = GOOD
        .par_iter()
        .map(|case| Entry {
            file: case.path.clone(),
            rows: case
                .keys
                .iter()
                .map(|key| row(case.folder(), "", key))
                .collect(),
            cells: WRAPS
                .iter()
                .map(|(name, _, wrap)| {
                    if share > 1 && !sampled(&format!("table {} {name}", case.path), share) {
                        return Cell::Untried;
                    }
                    wrap(case).map_or(Cell::Absent, |wrapped| tried(case, &wrapped))
                })
                .collect(),
        })
        .collect();
    for name in ENCODED {
        if testdata().join(name).is_dir() {
            entries.extend(folder(name).iter().filter_map(encoded));
        }
    }
    entries.extend(packed());
    entries
}

/// Returns a key that stands in some encoding already: it is not wrapped again.
fn encoded(case: &Case) -> Option<Entry> {
    let name = case.name().strip_prefix("good-")?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let (suffix, format) = KEYS
        .iter()
        .find(|(suffix, _)| stem.ends_with(suffix))
        .unwrap_or_else(|| panic!("{}: no key of a known format in its name", case.path));
    let encoding = stem.strip_suffix(suffix).unwrap_or(stem);
    Some(Entry {
        file: case.path.clone(),
        rows: case
            .keys
            .iter()
            .map(|key| row(format, encoding, key))
            .collect(),
        cells: WRAPS.iter().map(|_| Cell::Absent).collect(),
    })
}

/// Returns the keys in containers.
fn packed() -> Vec<Entry> {
    let text = fs::read_to_string(testdata().join("archive/expect.toml")).expect("readable");
    let tables: toml::Table = text.parse().expect("TOML");
    let entry = |(file, table): (&String, &toml::Value)| {
        let keys = table.get("key")?.as_array()?;
        let bytes = fs::read(testdata().join("archive").join(file)).expect("readable");
        let container = container(&bytes).map_or("", Container::name);
        let rows = keys.iter().map(|key| {
            let field = |name: &str| {
                let text = key.get(name).and_then(toml::Value::as_str);
                text.unwrap_or_else(|| panic!("{file}: no {name}"))
                    .to_owned()
            };
            let encoding = match container {
                "" => field("encoding"),
                _ => String::new(),
            };
            [
                field("format"),
                field("algorithm"),
                encoding,
                container.to_owned(),
                field("place"),
                key["line"].to_string(),
                "private".to_owned(),
                format!("spki-sha256:{}", field("spki-sha256")),
            ]
        });
        Some(Entry {
            file: format!("archive/{file}"),
            rows: rows.collect(),
            cells: WRAPS.iter().map(|_| Cell::Absent).collect(),
        })
    };
    tables.iter().filter_map(entry).collect()
}

fn container(bytes: &[u8]) -> Option<Container> {
    let tail = bytes.len().saturating_sub(straykey::unpack::TAIL_BYTES);
    Container::of_ends(bytes, &bytes[tail..])
}

/// The table: a line of names, then one for each key.
fn table(entries: &[Entry]) -> String {
    let names = WRAPS.iter().map(|(name, ..)| *name);
    let mut text: Vec<String> = vec![
        COLUMNS
            .into_iter()
            .chain(names)
            .collect::<Vec<_>>()
            .join("\t"),
    ];
    for entry in entries {
        for row in &entry.rows {
            let cells = entry.cells.iter().map(|cell| cell.text());
            let line: Vec<&str> = std::iter::once(entry.file.as_str())
                .chain(row.iter().map(String::as_str))
                .chain(cells)
                .collect();
            text.push(line.join("\t"));
        }
    }
    text.join("\n") + "\n"
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The table as it is published: its lines, cut into cells.
fn published() -> Vec<Vec<String>> {
    let text = fs::read_to_string(path("docs/conformance.tsv")).expect("docs/conformance.tsv");
    let lines = text.lines();
    lines
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

/// Headings of groups of wraps, in the order of the wraps.
fn headings() -> Vec<&'static str> {
    let mut headings = Vec::new();
    for (_, form, _) in WRAPS {
        if !headings.contains(&form.heading()) {
            headings.push(form.heading());
        }
    }
    headings
}

/// Counts found and applicable wraps of some lines of the published table.
fn count(lines: &[&Vec<String>], heading: &str) -> (usize, usize) {
    let (mut found, mut all) = (0, 0);
    for line in lines {
        let cells = line.iter().skip(COLUMNS.len()).zip(WRAPS);
        for (cell, _) in cells.filter(|(_, (_, form, _))| form.heading() == heading) {
            found += usize::from(cell == "+");
            all += usize::from(!cell.is_empty());
        }
    }
    (found, all)
}

/// What `docs/formats.md` says of the table.
fn summary(lines: &[Vec<String>]) -> String {
    let mut text = String::from(
        "\n## Conformance\n\n\
         The [whole table](conformance.tsv) has a line for each key of `testdata`: file, format, algorithm,\n\
         encoding, container, place and line in it, how far it can be proven, and its identity, computed by a\n\
         reference tool. The columns behind tell of each way in which `cargo test` wraps the file whether its\n\
         keys are found (`+`), not found (`-`), or whether that makes no sense for it (empty). To run any\n\
         scanner against all of it, `STRAYKEY_CORPUS=DIR cargo test --test straykey conformance` writes the\n\
         wrapped files and `expect.tsv` into a new folder.\n\n\
         Keys of each format, and in how many of the wrapped files they are found:\n\n",
    );
    let headings = headings();
    let _ = writeln!(
        text,
        "| format | keys | algorithms | {} |",
        headings.join(" | ")
    );
    let _ = writeln!(
        text,
        "| --- | --- | --- |{}",
        " --- |".repeat(headings.len())
    );
    let body = &lines[1..];
    for format in formats() {
        let own = format!("{format}/");
        let own: Vec<&Vec<String>> = body.iter().filter(|l| l[0].starts_with(&own)).collect();
        let algorithms: BTreeSet<&str> = own
            .iter()
            .map(|line| family(&line[2]))
            .filter(|family| !family.is_empty())
            .collect();
        let algorithms: Vec<&str> = algorithms.into_iter().collect();
        let files: BTreeSet<&str> = own.iter().map(|line| line[0].as_str()).collect();
        let firsts: Vec<&Vec<String>> = files
            .iter()
            .filter_map(|file| own.iter().find(|line| line[0] == *file).copied())
            .collect();
        let cells = headings
            .iter()
            .map(|heading| match count(&firsts, heading) {
                (_, 0) => String::new(),
                (0, _) => "none".to_owned(),
                (found, all) if found == all => "all".to_owned(),
                (found, all) => format!("{found} of {all}"),
            });
        let _ = writeln!(
            text,
            "| {format} | {} | {} | {} |",
            own.len(),
            algorithms.join(", "),
            cells.collect::<Vec<_>>().join(" | ")
        );
    }
    text.push_str("\nKeys in containers, by the outermost one:\n\n| container | keys | files |\n| --- | --- | --- |\n");
    for container in Container::ALL {
        let own: Vec<&Vec<String>> = body.iter().filter(|l| l[4] == container.name()).collect();
        let files: Vec<&str> = own
            .iter()
            .filter_map(|line| line[0].strip_prefix("archive/"))
            .collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            container.name(),
            own.len(),
            files.join(", ")
        );
    }
    text.push_str("\nOther encodings, by the folder of `testdata` that has them:\n\n| folder | keys | encodings |\n| --- | --- | --- |\n");
    for name in ["placement", "encoding", "archive"] {
        let own = format!("{name}/");
        let own = body
            .iter()
            .filter(|l| l[0].starts_with(&own) && !l[3].is_empty());
        let own: Vec<&Vec<String>> = own.collect();
        let encodings: BTreeSet<&str> = own.iter().map(|line| line[3].as_str()).collect();
        let encodings: Vec<&str> = encodings.into_iter().collect();
        if !own.is_empty() {
            let _ = writeln!(
                text,
                "| {name} | {} | {} |",
                own.len(),
                encodings.join(", ")
            );
        }
    }
    text
}

/// An algorithm without its size, where there are many.
fn family(algorithm: &str) -> &str {
    let many = ["RSA-", "DSA-", "DH-", "HMAC-"];
    match many.iter().find(|start| algorithm.starts_with(*start)) {
        Some(start) => start.trim_end_matches('-'),
        None => algorithm,
    }
}

#[test]
fn the_table_is_what_the_corpus_shows() {
    let write = std::env::var_os("STRAYKEY_WRITE").is_some();
    let entries = corpus(if write { 1 } else { 12 });
    if write {
        fs::write(path("docs/conformance.tsv"), table(&entries)).expect("written");
        let page = fs::read_to_string(path("docs/formats.md")).expect("docs/formats.md");
        let head = page.split(MARK).next().expect("a head").trim_end();
        let page = format!("{head}\n\n{MARK}\n{}", summary(&published()));
        fs::write(path("docs/formats.md"), page).expect("written");
    }
    let lines = published();
    let expected = table(&entries);
    let expected: Vec<Vec<&str>> = expected.lines().map(|l| l.split('\t').collect()).collect();
    assert_eq!(lines.len(), expected.len(), "keys: run docs/generate.sh");
    let mut untried = entries
        .iter()
        .flat_map(|entry| entry.rows.iter().map(|_| &entry.cells));
    let mut seen = 0;
    for (n, (line, want)) in lines.iter().zip(&expected).enumerate() {
        assert_eq!(line.len(), want.len(), "{line:?}: run docs/generate.sh");
        assert_eq!(line[..9], want[..9], "run docs/generate.sh");
        if n == 0 {
            assert_eq!(line[9..], want[9..], "run docs/generate.sh");
            continue;
        }
        let cells = untried.next().expect("cells of each row");
        for (i, cell) in cells
            .iter()
            .enumerate()
            .filter(|(_, c)| **c != Cell::Untried)
        {
            let name = WRAPS[i].0;
            assert_eq!(
                line[9 + i],
                cell.text(),
                "{} in {name}: run docs/generate.sh",
                line[0]
            );
            seen += 1;
        }
    }
    assert!(seen > 1000, "only {seen} wraps were tried");
    let page = fs::read_to_string(path("docs/formats.md")).expect("docs/formats.md");
    let (_, part) = page.split_once(MARK).expect("a part written here");
    assert_eq!(part.trim(), summary(&lines).trim(), "run docs/generate.sh");
}

/// What is promised of a file is in the table, and no format or container is
/// missing in it.
#[test]
fn the_table_agrees_with_what_is_listed() {
    let lines = published();
    let body = &lines[1..];
    let listed = run_in(&testdata(), ["formats", "--json"]).ended(0).json();
    let texts = |value: &Value| -> BTreeSet<String> {
        let items = value.as_array().expect("a list").iter();
        items
            .map(|item| item.as_str().expect("text").to_owned())
            .collect()
    };
    let ids: BTreeSet<String> = listed["formats"]
        .as_array()
        .expect("formats")
        .iter()
        .map(|format| format["id"].as_str().expect("an id").to_owned())
        .collect();
    let rows: BTreeSet<String> = body.iter().map(|line| line[1].clone()).collect();
    let differ: Vec<&String> = ids.symmetric_difference(&rows).collect();
    assert!(
        differ.is_empty(),
        "listed by `straykey formats` and not in docs/conformance.tsv, or the reverse: {differ:?}: \
        run docs/generate.sh"
    );
    let containers = texts(&listed["containers"]);
    let rows: BTreeSet<String> = body
        .iter()
        .map(|line| line[4].clone())
        .filter(|name| !name.is_empty())
        .collect();
    assert_eq!(
        containers, rows,
        "containers listed, and those in the table"
    );
    // Every encoding that a format is listed with stands in the table as found,
    // and every one of which the format's own literals promise it.
    for format in listed["formats"].as_array().expect("formats") {
        let id = format["id"].as_str().expect("an id");
        for encoding in texts(&format["encodings"]) {
            let own = format!("{id}/");
            let found = body.iter().filter(|l| l[0].starts_with(&own)).any(|line| {
                let cells = line.iter().skip(COLUMNS.len()).zip(WRAPS);
                cells
                    .filter(|(_, (_, form, _))| form.heading() == encoding)
                    .any(|(cell, _)| cell == "+")
            });
            assert!(
                found,
                "{id} is listed with {encoding}, and never found in it"
            );
        }
    }
    let mut broken = Vec::new();
    for case in GOOD.iter() {
        let line = body.iter().find(|line| line[0] == case.path);
        let line = line.unwrap_or_else(|| panic!("{}: not in the table", case.path));
        for (cell, (name, form, _)) in line.iter().skip(COLUMNS.len()).zip(WRAPS) {
            if cell == "-" && form.is_promised(case) {
                broken.push(format!("{}: {name}", case.path));
            }
        }
    }
    assert!(
        broken.is_empty(),
        "promised by the triggers, and not found. `STRAYKEY_FORMAT=ID cargo test wrap` tries all of one. \
        Often a reader does not take what stands before or behind a value: {broken:#?}"
    );
}

/// Writes the corpus for other scanners, if asked to.
#[test]
fn the_corpus_can_be_written() {
    let Some(folder) = std::env::var_os("STRAYKEY_CORPUS") else {
        return;
    };
    let folder = PathBuf::from(folder);
    let mut list = String::from(
        "file\tformat\talgorithm\tencoding\tcontainer\tplace\tlines\tproof\tidentity\n",
    );
    let mut add = |file: &str, bytes: &[u8], row: &[String; 8], lines: &str| {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("written");
        let mut row = row.clone();
        row[5] = lines.to_owned();
        let _ = writeln!(list, "{file}\t{}", row.join("\t"));
    };
    for entry in corpus(usize::MAX) {
        let bytes = fs::read(testdata().join(&entry.file)).expect("readable");
        for row in &entry.rows {
            add(&entry.file, &bytes, row, &row[5]);
        }
    }
    for case in GOOD.iter() {
        for (name, _, wrap) in WRAPS {
            let Some(wrapped) = wrap(case) else { continue };
            let file = format!("wrapped/{}/{}", name.replace(' ', "-"), case.path);
            for key in &case.keys {
                let (first, last) = wrapped.lines_of(key.line);
                let row = row(case.folder(), name, key);
                add(&file, &wrapped.bytes, &row, &format!("{first}-{last}"));
            }
        }
    }
    fs::write(folder.join("expect.tsv"), list).expect("written");
}
