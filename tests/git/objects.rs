//! Histories made by git with a toy to look for, and what git says is in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use straykey::blob::LiteralAt;
use straykey::source::git::{
    ObjectId, ObjectKind, Odb, Outcome, SweepOptions, Triggers, Visitor, discover, sweep,
};

use crate::program::git_at;

/// What is looked for: literals anywhere; magics, a closing byte pattern and a size at the ends.
pub(crate) const LITERALS: [&[u8]; 4] = [
    b"-----BEGIN PRIVATE",
    b"PuTTY-User-Key",
    b"\"kty\":",
    b"AAAAB3Nz",
];

/// The longest of them.
pub(crate) const WINDOW: usize = 18;

/// A visitor that collects.
#[derive(Clone, Default)]
pub(crate) struct Toy {
    pub(crate) shown: Vec<(String, ObjectKind, Vec<u8>)>,
    pub(crate) parts: u64,
    /// Objects of which the places were known; they were right.
    pub(crate) placed: u64,
}

impl Triggers for Toy {
    fn window(&self) -> usize {
        WINDOW
    }
    fn seen_in(&mut self, bytes: &[u8]) -> bool {
        LITERALS.iter().any(|literal| {
            bytes
                .windows(literal.len())
                .any(|window| window == *literal)
        })
    }
    fn places(&mut self, bytes: &[u8], places: &mut Vec<LiteralAt>) -> bool {
        places.clear();
        for at in 0..bytes.len() {
            let begins = |literal: &&[u8]| bytes[at..].starts_with(literal);
            let literal = LITERALS.iter().position(begins);
            places.extend(literal.map(|literal| LiteralAt { at, literal }));
        }
        true
    }
    fn head_len(&self) -> usize {
        4
    }
    fn tail_len(&self) -> usize {
        6
    }
    fn by_ends(&mut self, head: &[u8], tail: &[u8], size: u64) -> bool {
        head.starts_with(b"PK\x03\x04")
            || head.starts_with(b"\xff\xfe")
            || tail.ends_with(b"EOKEY!")
            || matches!(head, [0x30, 0x82, high, low] if u64::from(*high) * 256 + u64::from(*low) + 4 == size)
    }
}

impl Visitor for Toy {
    fn triggered(
        &mut self,
        id: &ObjectId,
        kind: ObjectKind,
        bytes: &[u8],
        places: Option<&[LiteralAt]>,
    ) {
        if let Some(places) = places {
            let mut all = Vec::new();
            assert!(self.places(bytes, &mut all));
            assert_eq!(places, all, "{id}");
            self.placed += 1;
        }
        self.shown.push((id.to_string(), kind, bytes.to_vec()));
    }
    fn triggered_part(&mut self, _: &ObjectId, _: ObjectKind, _: u64, _: &[u8]) {
        self.parts += 1;
    }
}

/// Objects by id.
pub(crate) type Shown = BTreeMap<String, (ObjectKind, Vec<u8>)>;

/// A repository in a directory of its own.
pub(crate) struct Repo {
    pub(crate) root: tempfile::TempDir,
}

impl Repo {
    pub(crate) fn new(options: &[&str]) -> Self {
        let repo = Self {
            root: tempfile::tempdir().unwrap(),
        };
        repo.git(&[&["init", "-q", "-b", "main"], options].concat());
        repo
    }

    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.path().join(".git/objects")
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> Vec<u8> {
        self.git_with(arguments, b"")
    }

    pub(crate) fn git_with(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        git_at(1_700_000_000, self.path(), arguments, input)
    }

    /// Imports versions of files: each inner list is one file's versions, one commit each.
    pub(crate) fn import(&self, branch: &str, files: &[Vec<Vec<u8>>]) {
        let mut stream = Vec::new();
        let rounds = files.iter().map(Vec::len).max().unwrap_or(0);
        for round in 0..rounds {
            let text = format!("version {round} of {branch}\n");
            stream.extend(
                format!(
                    "commit refs/heads/{branch}\ncommitter A <a@b> {} +0000\n",
                    1000 + round
                )
                .bytes(),
            );
            stream.extend(format!("data {}\n{text}", text.len()).bytes());
            for (number, versions) in files.iter().enumerate() {
                if let Some(version) = versions.get(round) {
                    stream.extend(
                        format!("M 644 inline dir/f{number}\ndata {}\n", version.len()).bytes(),
                    );
                    stream.extend(version);
                    stream.push(b'\n');
                }
            }
        }
        // As packs even when there is little in them.
        self.git_with(
            &[
                "-c",
                "fastimport.unpackLimit=1",
                "fast-import",
                "--quiet",
                "--force",
            ],
            &stream,
        );
    }

    /// What git says is in the database, and has a trigger.
    pub(crate) fn expected(&self) -> Shown {
        let printed = self.git(&[
            "cat-file",
            "--batch-all-objects",
            "--batch",
            "--unordered",
            "--buffer",
        ]);
        let mut rest = printed.as_slice();
        let mut expected = Shown::new();
        let mut toy = Toy::default();
        while !rest.is_empty() {
            let end = rest.iter().position(|&byte| byte == b'\n').unwrap();
            let line: Vec<&str> = std::str::from_utf8(&rest[..end])
                .unwrap()
                .split(' ')
                .collect();
            let size: usize = line[2].parse().unwrap();
            let bytes = &rest[end + 1..][..size];
            rest = &rest[end + 1 + size + 1..];
            let kind = ObjectKind::from_name(line[1].as_bytes()).unwrap();
            let (head, tail) = (&bytes[..size.min(4)], &bytes[size.saturating_sub(6)..]);
            let found = match kind {
                ObjectKind::Blob => toy.seen_in(bytes) || toy.by_ends(head, tail, size as u64),
                ObjectKind::Commit | ObjectKind::Tag => toy.seen_in(message(bytes)),
                ObjectKind::Tree => false,
            };
            if found {
                let text = if kind == ObjectKind::Blob {
                    bytes
                } else {
                    message(bytes)
                };
                expected.insert(line[0].to_owned(), (kind, text.to_vec()));
            }
        }
        expected
    }

    pub(crate) fn odb(&self) -> Odb {
        discover(self.path()).unwrap().odb()
    }
}

/// What comes behind the headers of a commit or tag.
pub(crate) fn message(bytes: &[u8]) -> &[u8] {
    let text = std::str::from_utf8(bytes).unwrap();
    text.split_once("\n\n")
        .map_or("", |(_, message)| message)
        .as_bytes()
}

/// One sweep; every object must be shown once only.
pub(crate) fn swept(odb: &Odb, options: &SweepOptions<'_>) -> (Shown, Outcome) {
    let (outcome, visitors) = sweep(odb, &Toy::default(), options);
    let mut shown = Shown::new();
    for (id, kind, bytes) in visitors.into_iter().flat_map(|visitor| visitor.shown) {
        assert!(
            shown.insert(id.clone(), (kind, bytes)).is_none(),
            "{id} was shown twice"
        );
    }
    assert_eq!(outcome.counts.triggered, shown.len() as u64);
    (shown, outcome)
}

/// Both modes, on one thread and on several, agree with git; nothing was left out.
pub(crate) fn agrees(repo: &Repo) -> Outcome {
    let expected = repo.expected();
    let odb = repo.odb();
    let mut last = Outcome::default();
    for (naive, threads) in [(true, 1), (true, 3), (false, 1), (false, 3)] {
        let (shown, outcome) = swept(
            &odb,
            &SweepOptions {
                naive,
                threads,
                ..SweepOptions::default()
            },
        );
        assert_eq!(outcome.skips, [], "naive {naive} threads {threads}");
        let ids = |shown: &Shown| shown.keys().cloned().collect::<Vec<_>>();
        assert_eq!(
            ids(&shown),
            ids(&expected),
            "naive {naive} threads {threads}"
        );
        assert_eq!(shown, expected);
        last = outcome;
    }
    last
}

/// Small, repeatable random numbers (xorshift64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }

    pub(crate) fn text(&mut self, lines: usize) -> Vec<u8> {
        let words = [
            "let",
            "key",
            "-----BEGIN ",
            "AAAAB3",
            "the",
            "\"kty\"",
            ":",
            "return",
            "PuTTY-User-",
            "0x30",
        ];
        let mut text = Vec::new();
        for _ in 0..lines {
            for _ in 0..3 + self.roll(6) {
                text.extend(words[self.roll(words.len())].as_bytes());
                text.extend(format!(" {} ", self.roll(100_000)).as_bytes());
            }
            text.push(b'\n');
        }
        text
    }

    /// One change of the kind that moves triggers in, out, apart and together.
    pub(crate) fn edit(&mut self, text: &mut Vec<u8>) {
        let at = self.roll(text.len() + 1);
        let to = (at + self.roll(200)).min(text.len());
        let literal = LITERALS[self.roll(LITERALS.len())];
        match self.roll(26) {
            0 => drop(text.splice(at..at, literal.iter().copied())),
            1 => {
                // A part of a literal, that may meet the rest of it later.
                let cut = 1 + self.roll(literal.len() - 1);
                text.splice(at..at, literal[..cut].iter().copied());
            }
            2 => drop(text.drain(at..to)),
            3 => {
                let moved: Vec<u8> = text.drain(at..to).collect();
                let at = self.roll(text.len() + 1);
                text.splice(at..at, moved);
            }
            4 => {
                let copied = text[at..to].to_vec();
                let at = self.roll(text.len() + 1);
                text.splice(at..at, copied);
            }
            5 => {
                // Completes a literal that stands somewhere in part.
                let cut = 1 + self.roll(literal.len() - 1);
                let found = text
                    .windows(cut)
                    .position(|window| *window == literal[..cut]);
                if let Some(found) = found {
                    text.splice(found + cut..found + cut, literal[cut..].iter().copied());
                }
            }
            6 | 16..=19 => {
                // Breaks every literal and both ends: most versions must have no trigger.
                text.splice(0..0, b"//".iter().copied());
                text.push(b'\n');
                for literal in LITERALS {
                    while let Some(found) = text
                        .windows(literal.len())
                        .position(|window| window == literal)
                    {
                        text[found + literal.len() / 2] = b'~';
                    }
                }
            }
            7 => drop(text.splice(0..0, b"\xff\xfe".iter().copied())),
            8 => drop(text.splice(0..0, b"PK\x03\x04".iter().copied())),
            9 => text.extend(b"EOKEY!"),
            10 => drop(text.drain(..self.roll(5).min(text.len()))),
            11 => text.truncate(text.len() - self.roll(7).min(text.len())),
            12 if (4..65_540).contains(&text.len()) => {
                let size = u16::try_from(text.len() - 4).unwrap().to_be_bytes();
                text.splice(..4, [0x30, 0x82, size[0], size[1]]);
            }
            _ => {
                let more = self.text(1 + at % 3);
                text.splice(at..at, more);
            }
        }
    }

    pub(crate) fn versions(&mut self, lines: usize, count: usize) -> Vec<Vec<u8>> {
        let mut text = self.text(lines);
        let mut versions = Vec::new();
        for _ in 0..count {
            versions.push(text.clone());
            for _ in 0..1 + self.roll(3) {
                self.edit(&mut text);
            }
        }
        versions
    }
}

/// The files of a directory with an extension, sorted.
pub(crate) fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

/// Replaces a file that git made read-only.
pub(crate) fn rewrite(path: &Path, bytes: &[u8]) {
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
}
