//! The files of `testdata`, with what `expect.toml` says of each.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use straykey::blob::{Base, Blob, Origin};
use straykey::finding::{Sighting, Subject};
use straykey::format::FORMATS;
use straykey::key::ChallengeMac;
use straykey::scanner::{ScanPlan, Scanner};

/// A file of a folder of `testdata`.
#[derive(Debug)]
pub(crate) struct Case {
    /// Folder and file, `/`-separated, below `testdata`.
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) keys: Vec<Key>,
    /// Rule and line of a file that holds no usable key.
    pub(crate) bad: Option<(String, u64)>,
    /// Rules that may take a value in such a file for a secret as well.
    pub(crate) also: Vec<String>,
    pub(crate) silent: bool,
}

/// A key that a file holds.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) algorithm: Option<String>,
    pub(crate) proof: String,
    pub(crate) line: u64,
    pub(crate) ids: BTreeMap<String, String>,
    pub(crate) rule: Option<String>,
    pub(crate) entry: Option<i64>,
    /// Which notorious password opened it.
    pub(crate) opened_with: Option<String>,
}

/// Fields of a `key` that are fingerprints.
const ID_FIELDS: [&str; 10] = [
    "spki-sha256",
    "ssh-sha256",
    "modulus-sha256",
    "keygrip",
    "jwk-sha256",
    "ski",
    "bk256",
    "chal-hmac-sha256",
    "chal-hmac-sha384",
    "chal-hmac-sha512",
];

impl Case {
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().expect("a name")
    }

    pub(crate) fn folder(&self) -> &str {
        self.path.split('/').next().expect("a folder")
    }

    /// Whether the file is text; what is not is DER or another binary form.
    pub(crate) fn text(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.bytes).ok()?;
        let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        text.chars().all(is_text).then_some(text)
    }

    /// Returns what a scan of the file must see, sorted: one word a key.
    pub(crate) fn wanted(&self) -> Vec<String> {
        let opaque = || {
            let seen = words(&scan(&self.bytes));
            let found = seen.into_iter().find(|word| word.starts_with("opaque "));
            found.unwrap_or_else(|| panic!("{}: no opaque container seen", self.path))
        };
        let words = self
            .keys
            .iter()
            .map(|key| key.word().unwrap_or_else(opaque));
        words.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

impl Key {
    pub(crate) fn id(&self, name: &str) -> Option<&str> {
        self.ids.get(name).map(String::as_str)
    }

    /// Returns the key as [`words`] writes it; `None` when nothing of it is
    /// readable.
    fn word(&self) -> Option<String> {
        if let Some(spki) = self.id("spki-sha256") {
            return Some(format!("{} {spki}", self.proof));
        }
        let answer = self.id("chal-hmac-sha256")?;
        Some(format!("secret {}", &answer[..32]))
    }

    /// Returns the id of the finding: identity or secret.
    pub(crate) fn finding_id(&self) -> Option<&str> {
        self.id("spki-sha256")
            .or_else(|| self.id("chal-hmac-sha256").map(|answer| &answer[..32]))
    }
}

pub(crate) fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// Returns the ids of all formats.
pub(crate) fn formats() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.spec().id)
}

/// Reads a folder's `expect.toml` and the files that it names.
pub(crate) fn folder(name: &str) -> Vec<Case> {
    let folder = testdata().join(name);
    let expect = folder.join("expect.toml");
    let text =
        fs::read_to_string(&expect).unwrap_or_else(|error| panic!("{}: {error}", expect.display()));
    let tables: toml::Table = text
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", expect.display()));
    tables
        .iter()
        .map(|(file, table)| case(name, file, table))
        .collect()
}

fn case(folder: &str, file: &str, table: &toml::Value) -> Case {
    let path = format!("{folder}/{file}");
    let bytes = fs::read(testdata().join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let keys = table.get("key").and_then(toml::Value::as_array);
    let line = |table: &toml::Value| {
        let line = table.get("line").and_then(toml::Value::as_integer);
        u64::try_from(line.unwrap_or_else(|| panic!("{path}: no line"))).expect("a line")
    };
    Case {
        keys: keys
            .into_iter()
            .flatten()
            .map(|key| Key {
                line: line(key),
                ..self::key(&path, key)
            })
            .collect(),
        bad: table
            .get("rule")
            .map(|rule| (rule.as_str().expect("text").to_owned(), line(table))),
        also: table
            .get("also")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
            .map(|rule| rule.as_str().expect("text").to_owned())
            .collect(),
        silent: table.get("silent") == Some(&true.into()),
        path,
        bytes,
    }
}

fn key(path: &str, table: &toml::Value) -> Key {
    let mut key = Key {
        algorithm: None,
        proof: String::new(),
        line: 0,
        ids: BTreeMap::new(),
        rule: None,
        entry: None,
        opened_with: None,
    };
    for (field, value) in table.as_table().expect("a table") {
        let text = || {
            let text = value.as_str();
            text.unwrap_or_else(|| panic!("{path}: {field} is no text"))
                .to_owned()
        };
        match field.as_str() {
            "algorithm" => key.algorithm = Some(text()),
            "proof" => key.proof = text(),
            "rule" => key.rule = Some(text()),
            "entry" => key.entry = value.as_integer(),
            "line" => {}
            "opened-with" => key.opened_with = Some(text()),
            // Of another key that whoever has this one has as well.
            id if ID_FIELDS.contains(&id) || id.starts_with("spki-sha256:") => {
                key.ids.insert(id.to_owned(), text());
            }
            other => panic!("{path}: `{other}` in expect.toml is checked by no test"),
        }
    }
    key
}

/// Every file with a key, of every format.
pub(crate) static GOOD: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let cases = formats().flat_map(folder);
    let good: Vec<Case> = cases.filter(|case| !case.keys.is_empty()).collect();
    assert!(good.len() > 100, "{} files with keys", good.len());
    good
});

/// Scans for which a scanner is kept: what passwords may be tried is for one scan of a tree, and the
/// matrices hold more stores than any tree.
const KEPT: u32 = 1000;

thread_local! {
    static SCANNER: RefCell<(u32, Scanner)> = RefCell::new((0, scanner()));
}

fn scanner() -> Scanner {
    let plan = ScanPlan {
        challenges: ChallengeMac::ALL.to_vec(),
        ..ScanPlan::default()
    };
    Scanner::new(plan).expect("tables")
}

/// Scans bytes with the library.
pub(crate) fn scan(bytes: &[u8]) -> Vec<Sighting> {
    let origin = Origin::file("test");
    let blob = Blob {
        bytes,
        origin: &origin,
        base: Base::default(),
    };
    SCANNER.with_borrow_mut(|(scans, kept)| {
        if *scans == KEPT {
            (*scans, *kept) = (0, scanner());
        }
        *scans += 1;
        kept.scan(&blob).sightings
    })
}

/// Returns what was seen, sorted: how it was proven and what it is.
pub(crate) fn words(sightings: &[Sighting]) -> Vec<String> {
    let words = sightings.iter().map(word);
    words.collect::<BTreeSet<_>>().into_iter().collect()
}

fn word(sighting: &Sighting) -> String {
    match &sighting.subject {
        Subject::Key(identity) => format!(
            "{} {}",
            sighting.manner.proof.as_str(),
            identity.ids.named("spki-sha256").expect("always there")
        ),
        Subject::Secret(secret) => {
            format!("secret {}", secret.id.as_deref().unwrap_or("without id"))
        }
        Subject::Opaque { sha256 } => format!("opaque {sha256}"),
        Subject::Malformed { reason } => format!("malformed {reason}"),
    }
}

/// Numbers that are the same in every run (xorshift64*).
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Returns dice whose numbers depend on a word.
    pub(crate) fn of(word: &str) -> Self {
        let fnv = |h: u64, b: u8| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
        Self(word.bytes().fold(0xcbf2_9ce4_8422_2325, fnv) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.next() >> 32) as u8).collect()
    }
}

/// Whether one of `share` cases of a large matrix is tried: always the same, and
/// all of them when `STRAYKEY_FULL` is set, or `STRAYKEY_FORMAT` to their folder, and of
/// folders that are not in the conformance table yet.
pub(crate) fn sampled(case: &str, share: usize) -> bool {
    static ASKED: LazyLock<Option<String>> =
        LazyLock::new(|| std::env::var("STRAYKEY_FORMAT").ok());
    static KNOWN: LazyLock<String> = LazyLock::new(|| {
        let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/conformance.tsv");
        fs::read_to_string(table).unwrap_or_default()
    });
    let file = case.split(' ').find_map(|word| word.split_once('/'));
    let is_whole = file.is_some_and(|(folder, _)| {
        ASKED.as_deref() == Some(folder)
            || formats().any(|id| id == folder) && !KNOWN.contains(&format!("\n{folder}/"))
    });
    is_full() || is_whole || Dice::of(case).below(share) == 0
}

/// Whether `STRAYKEY_FULL` asks for all of every matrix.
pub(crate) fn is_full() -> bool {
    std::env::var_os("STRAYKEY_FULL").is_some()
}
