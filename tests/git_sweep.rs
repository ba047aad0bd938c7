//! The sweep against real repositories made by git: what it shows must be what git itself prints,
//! in the delta-aware and in the naive mode, for any layout of the object database.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use straykey::source::git::{
    HashKind, ObjectId, ObjectKind, Odb, Outcome, SkipReason, SweepOptions, Triggers, Visitor,
    discover, sweep,
};

/// What is looked for: literals anywhere; magics, a closing byte pattern and a size at the ends.
const LITERALS: [&[u8]; 4] = [
    b"-----BEGIN PRIVATE",
    b"PuTTY-User-Key",
    b"\"kty\":",
    b"AAAAB3Nz",
];

/// The longest of them.
const WINDOW: usize = 18;

/// A visitor that collects.
#[derive(Clone, Default)]
struct Toy {
    shown: Vec<(String, ObjectKind, Vec<u8>)>,
    parts: u64,
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
    fn triggered(&mut self, id: &ObjectId, kind: ObjectKind, bytes: &[u8]) {
        self.shown.push((id.to_string(), kind, bytes.to_vec()));
    }
    fn triggered_part(&mut self, _: &ObjectId, _: ObjectKind, _: u64, _: &[u8]) {
        self.parts += 1;
    }
}

/// Objects by id.
type Shown = BTreeMap<String, (ObjectKind, Vec<u8>)>;

/// A repository in a directory of its own.
struct Repo {
    root: tempfile::TempDir,
}

impl Repo {
    fn new(options: &[&str]) -> Self {
        let repo = Self {
            root: tempfile::tempdir().unwrap(),
        };
        repo.git(&[&["init", "-q", "-b", "main"], options].concat());
        repo
    }

    fn path(&self) -> &Path {
        self.root.path()
    }

    fn objects(&self) -> PathBuf {
        self.path().join(".git/objects")
    }

    fn git(&self, arguments: &[&str]) -> Vec<u8> {
        self.git_with(arguments, b"")
    }

    fn git_with(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new("git")
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "Ann")))
            .envs(
                ["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "ann@example.com")),
            )
            .envs(
                ["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_DATE"), "1700000000 +0000")),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    /// Imports versions of files: each inner list is one file's versions, one commit each.
    fn import(&self, branch: &str, files: &[Vec<Vec<u8>>]) {
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
    fn expected(&self) -> Shown {
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

    fn odb(&self) -> Odb {
        discover(self.path()).unwrap().odb()
    }
}

/// What comes behind the headers of a commit or tag.
fn message(bytes: &[u8]) -> &[u8] {
    let text = std::str::from_utf8(bytes).unwrap();
    text.split_once("\n\n")
        .map_or("", |(_, message)| message)
        .as_bytes()
}

/// One sweep; every object must be shown once only.
fn swept(odb: &Odb, options: &SweepOptions<'_>) -> (Shown, Outcome) {
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
fn agrees(repo: &Repo) -> Outcome {
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
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }

    fn text(&mut self, lines: usize) -> Vec<u8> {
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
    fn edit(&mut self, text: &mut Vec<u8>) {
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

    fn versions(&mut self, lines: usize, count: usize) -> Vec<Vec<u8>> {
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

#[test]
fn an_empty_repository_is_empty() {
    let repo = Repo::new(&[]);
    let outcome = agrees(&repo);
    assert_eq!((outcome.counts.blobs, outcome.counts.commits), (0, 0));
}

#[test]
fn edited_histories_in_packs_loose_and_unreachable() {
    for seed in 1..=10_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let repo = Repo::new(&[]);
        let files: Vec<_> = (0..3).map(|_| dice.versions(30, 40)).collect();
        repo.import("one", &files);
        if seed % 2 == 0 {
            repo.git(&["repack", "-adfq", "--depth=60", "--window=20"]);
        }
        let more: Vec<_> = (0..2).map(|_| dice.versions(10, 10)).collect();
        repo.import("two", &[more.as_slice(), &files[..1]].concat());
        for version in dice.versions(5, 6) {
            repo.git_with(&["hash-object", "-w", "--stdin"], &version);
        }
        let outcome = agrees(&repo);
        // Without a repack, fast-import writes blobs whole.
        assert!(
            seed % 2 == 1 || outcome.counts.by_windows > 10,
            "seed {seed}: {:?}",
            outcome.counts
        );
        assert!(
            outcome.counts.triggered > 10,
            "seed {seed}: {:?}",
            outcome.counts
        );
    }
}

#[test]
fn sha256_repositories() {
    let repo = Repo::new(&["--object-format=sha256"]);
    repo.import("one", &[Dice(77).versions(40, 30)]);
    repo.git(&["repack", "-adfq"]);
    repo.git_with(&["hash-object", "-w", "--stdin"], b"loose PuTTY-User-Key");
    let outcome = agrees(&repo);
    assert!(
        outcome.counts.triggered > 1 && outcome.counts.by_windows > 1,
        "{:?}",
        outcome.counts
    );
    assert_eq!(repo.odb().hash_kind(), HashKind::Sha256);
}

#[test]
fn deltas_by_reference_and_old_indexes_and_large_offsets() {
    let repo = Repo::new(&[]);
    repo.import("one", &[Dice(5).versions(40, 40), Dice(6).versions(40, 40)]);
    repo.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"]);
    agrees(&repo);
    let pack = files(&repo.objects().join("pack"), "pack").remove(0);
    for version in ["--index-version=1", "--index-version=2,0x40"] {
        let index = pack.with_extension("idx");
        std::fs::remove_file(&index).unwrap();
        let _ = std::fs::remove_file(pack.with_extension("rev"));
        repo.git(&[
            "index-pack",
            version,
            "-o",
            index.to_str().unwrap(),
            pack.to_str().unwrap(),
        ]);
        let _ = std::fs::remove_file(pack.with_extension("rev"));
        agrees(&repo);
    }
}

#[test]
fn a_pack_without_index_is_read_all_the_same() {
    let repo = Repo::new(&[]);
    repo.import("one", &[Dice(8).versions(30, 30)]);
    repo.git(&["repack", "-adfq"]);
    let first = repo.expected();
    repo.import("one", &[Dice(8).versions(30, 36)]);
    // A thin pack as it travels: bases are in the other pack, nothing says where entries begin.
    let thin = repo.git_with(
        &[
            "pack-objects",
            "--thin",
            "--revs",
            "--stdout",
            "-q",
            "--delta-base-offset",
        ],
        b"main\n^one~6\n"
            .strip_prefix(b"main\n")
            .map(|rest| [b"one\n", rest].concat())
            .unwrap()
            .as_slice(),
    );
    let expected = repo.expected();
    assert!(expected.len() >= first.len());
    let store = repo.objects().join("pack");
    let newest = files(&store, "pack")
        .into_iter()
        .max_by_key(|path| path.metadata().unwrap().modified().unwrap());
    let newest = newest.unwrap();
    for extension in ["pack", "idx", "rev"] {
        let _ = std::fs::remove_file(newest.with_extension(extension));
    }
    std::fs::write(store.join("pack-thin.pack"), thin).unwrap();
    let odb = repo.odb();
    for naive in [true, false] {
        let (shown, outcome) = swept(
            &odb,
            &SweepOptions {
                naive,
                threads: 2,
                ..SweepOptions::default()
            },
        );
        assert_eq!(outcome.skips, []);
        assert_eq!(shown, expected, "naive {naive}");
    }
    // And with no index anywhere.
    for index in files(&store, "idx") {
        std::fs::remove_file(index).unwrap();
    }
    let (shown, _) = swept(&repo.odb(), &SweepOptions::default());
    assert_eq!(shown, expected);
}

#[test]
fn alternates_are_followed_once_and_circles_end() {
    let base = Repo::new(&[]);
    base.import("one", &[Dice(9).versions(20, 20)]);
    let repo = Repo::new(&[]);
    repo.git_with(&["hash-object", "-w", "--stdin"], b"own PuTTY-User-Key");
    let list = |from: &Repo, to: &Repo| {
        let text = format!("# comment\n{}\n", to.objects().display());
        std::fs::create_dir_all(from.objects().join("info")).unwrap();
        std::fs::write(from.objects().join("info/alternates"), text).unwrap();
    };
    list(&repo, &base);
    assert!(agrees(&repo).counts.triggered > 1);
    let own = SweepOptions {
        own_only: true,
        ..SweepOptions::default()
    };
    assert_eq!(swept(&repo.odb(), &own).0.len(), 1);
    let expected = repo.expected();
    list(&base, &repo);
    let (shown, outcome) = swept(&repo.odb(), &SweepOptions::default());
    assert_eq!((shown, outcome.skips), (expected, vec![]));
    // A directory that is not there is said.
    std::fs::write(repo.objects().join("info/alternates"), "/nowhere/at/all\n").unwrap();
    let (_, outcome) = swept(&repo.odb(), &SweepOptions::default());
    assert_eq!(
        outcome
            .skips
            .iter()
            .map(|skip| skip.reason)
            .collect::<Vec<_>>(),
        [SkipReason::Unreadable]
    );
}

#[test]
fn messages_of_commits_and_tags_are_shown_and_their_headers_are_not() {
    let repo = Repo::new(&[]);
    repo.import("main", &[Dice(11).versions(3, 4)]);
    let tree = String::from_utf8(repo.git(&["rev-parse", "main^{tree}"])).unwrap();
    repo.git(&[
        "commit-tree",
        tree.trim(),
        "-m",
        "oops\n\n-----BEGIN PRIVATE KEY-----",
    ]);
    repo.git(&["tag", "-a", "t", "main", "-m", "the \"kty\": of it"]);
    let raw = format!(
        "tree {}\nauthor PuTTY-User-Key <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nplain\n",
        tree.trim()
    );
    repo.git_with(
        &[
            "hash-object",
            "-w",
            "-t",
            "commit",
            "--stdin",
            "--literally",
        ],
        raw.as_bytes(),
    );
    for _ in 0..2 {
        let kinds: Vec<_> = repo
            .expected()
            .into_values()
            .map(|(kind, _)| kind)
            .collect();
        assert!(kinds.contains(&ObjectKind::Commit) && kinds.contains(&ObjectKind::Tag));
        agrees(&repo);
        repo.git(&["repack", "-adfq", "--keep-unreachable"]);
    }
}

#[test]
fn chains_of_depth_250_and_families_that_branch() {
    let repo = Repo::new(&[]);
    repo.import("one", &[Dice(21).versions(60, 400)]);
    repo.git(&["repack", "-adfq", "--depth=250", "--window=250"]);
    assert!(agrees(&repo).counts.by_windows > 100);
}

#[test]
fn large_blobs_packed_and_loose() {
    let repo = Repo::new(&[]);
    let mut big: Vec<u8> = Vec::new();
    let mut dice = Dice(31);
    while big.len() < 9 << 20 {
        big.extend(dice.roll(1 << 30).to_string().bytes());
    }
    // Across the border between two pieces, then at the end only, then nowhere.
    let mut across = big.clone();
    across.splice((1 << 20) - 5..(1 << 20) - 5, LITERALS[0].iter().copied());
    let mut tail = big.clone();
    tail.extend(b"EOKEY!");
    for version in [&big, &across, &tail] {
        repo.git_with(&["hash-object", "-w", "--stdin"], version);
    }
    assert_eq!(agrees(&repo).counts.triggered, 2);
    repo.import("one", &[vec![b"x".to_vec()]]);
    let repo = Repo::new(&[]);
    repo.git(&["config", "core.bigFileThreshold", "1m"]);
    repo.import("one", &[vec![across], vec![tail], vec![big]]);
    assert_eq!(agrees(&repo).counts.triggered, 2);
}

#[test]
fn objects_seen_before_can_be_left_out() {
    let repo = Repo::new(&[]);
    repo.import("one", &[Dice(41).versions(30, 40)]);
    repo.git(&["repack", "-adfq"]);
    let expected = repo.expected();
    let dropped = |id: &ObjectId| id.as_raw()[0] % 2 == 0;
    let options = SweepOptions {
        skip: Some(&dropped),
        ..SweepOptions::default()
    };
    let (shown, outcome) = swept(&repo.odb(), &options);
    let wanted: Shown = expected
        .into_iter()
        .filter(|(id, _)| u8::from_str_radix(&id[..2], 16).unwrap() % 2 == 1)
        .collect();
    assert_eq!(shown, wanted);
    assert_eq!(outcome.skips, []);
    let all = SweepOptions {
        skip: Some(&|_: &ObjectId| true),
        ..SweepOptions::default()
    };
    assert_eq!(
        swept(&repo.odb(), &all).1.counts,
        straykey::source::git::Counts::default()
    );
}

#[test]
fn damaged_streams_are_said_and_the_rest_is_found() {
    let repo = Repo::new(&[]);
    let mut dice = Dice(51);
    let versions: Vec<_> = (0..30)
        .map(|_| vec![[dice.text(20), b"PuTTY-User-Key".to_vec()].concat()])
        .collect();
    repo.import("one", &versions);
    let pack = files(&repo.objects().join("pack"), "pack").remove(0);
    let good = std::fs::read(&pack).unwrap();
    let expected = repo.expected();
    let mut losses = 0;
    for at in (12..good.len() - 20).step_by(97) {
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        rewrite(&pack, &bad);
        let (shown, outcome) = swept(
            &repo.odb(),
            &SweepOptions {
                threads: 2,
                ..SweepOptions::default()
            },
        );
        // Trees are not read, so damage there goes unseen; elsewhere what is lost is said.
        let lost = expected.len()
            - expected
                .iter()
                .filter(|(id, what)| shown.get(*id) == Some(what))
                .count();
        assert!(
            lost == 0 || !outcome.skips.is_empty(),
            "flip at {at}: {lost} lost without a word"
        );
        assert!(lost <= 30, "flip at {at}: {lost} lost");
        losses += usize::from(lost > 0);
    }
    assert!(losses > 20);
}

#[test]
fn truncated_packs_and_indexes_never_panic() {
    let repo = Repo::new(&[]);
    repo.import("one", &[Dice(61).versions(20, 12)]);
    repo.git(&["repack", "-adfq"]);
    let expected = repo.expected();
    let pack = files(&repo.objects().join("pack"), "pack").remove(0);
    let index = pack.with_extension("idx");
    let (good_pack, good_index) = (
        std::fs::read(&pack).unwrap(),
        std::fs::read(&index).unwrap(),
    );
    for len in (0..good_index.len()).step_by(53) {
        rewrite(&index, &good_index[..len]);
        // The pack is whole, so everything is found without the index, which is said to be bad.
        let (shown, outcome) = swept(&repo.odb(), &SweepOptions::default());
        assert_eq!(shown, expected, "index cut to {len}");
        assert!(!outcome.skips.is_empty());
    }
    for at in (0..good_index.len()).step_by(29) {
        let mut bad = good_index.clone();
        bad[at] ^= 0x81;
        rewrite(&index, &bad);
        let _ = swept(&repo.odb(), &SweepOptions::default());
    }
    rewrite(&index, &good_index);
    for len in (0..good_pack.len()).step_by(41) {
        rewrite(&pack, &good_pack[..len]);
        let (_, outcome) = swept(&repo.odb(), &SweepOptions::default());
        assert!(!outcome.skips.is_empty(), "pack cut to {len}");
    }
}

#[test]
fn a_good_copy_elsewhere_makes_up_for_a_bad_one() {
    let repo = Repo::new(&[]);
    repo.import(
        "one",
        &[vec![b"a PuTTY-User-Key that is here twice".to_vec()]],
    );
    let expected = repo.expected();
    let pack = files(&repo.objects().join("pack"), "pack").remove(0);
    let good = std::fs::read(&pack).unwrap();
    let copy = Repo::new(&[]);
    copy.git_with(
        &["hash-object", "-w", "--stdin"],
        b"a PuTTY-User-Key that is here twice",
    );
    std::fs::create_dir_all(repo.objects().join("info")).unwrap();
    std::fs::write(
        repo.objects().join("info/alternates"),
        format!("{}\n", copy.objects().display()),
    )
    .unwrap();
    let mut repaired = 0;
    for at in 12..good.len() - 20 {
        let mut bad = good.clone();
        bad[at] ^= 0x40;
        rewrite(&pack, &bad);
        let (shown, outcome) = swept(&repo.odb(), &SweepOptions::default());
        repaired += usize::from(shown == expected && outcome.skips.is_empty());
    }
    assert!(repaired > 20, "{repaired}");
}

#[cfg(unix)]
#[test]
fn a_named_pipe_in_the_store_is_not_waited_for() {
    let repo = Repo::new(&[]);
    repo.git_with(&["hash-object", "-w", "--stdin"], b"PuTTY-User-Key");
    let pack = repo.objects().join("pack/pack-0.pack");
    assert!(
        Command::new("mkfifo")
            .arg(&pack)
            .status()
            .unwrap()
            .success()
    );
    let (shown, outcome) = swept(&repo.odb(), &SweepOptions::default());
    assert_eq!((shown.len(), outcome.skips.len()), (1, 1));
}

#[test]
fn every_object_reads_by_name_as_git_prints_it() {
    let repo = Repo::new(&[]);
    repo.import("one", &[Dice(71).versions(20, 30)]);
    repo.git(&["repack", "-adfq"]);
    repo.import("two", &[Dice(72).versions(5, 3)]);
    repo.git_with(&["hash-object", "-w", "--stdin"], b"");
    let odb = repo.odb();
    let mut reader = odb.reader();
    let list = repo.git(&[
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objectname) %(objecttype)",
    ]);
    let list = String::from_utf8(list).unwrap();
    assert!(list.lines().count() > 100);
    for line in list.lines() {
        let (hex, kind) = line.split_once(' ').unwrap();
        let id = ObjectId::from_hex(HashKind::Sha1, hex.as_bytes()).unwrap();
        let object = reader.read(&id).unwrap();
        assert_eq!(object.kind.name(), kind);
        assert_eq!(object.bytes(), repo.git(&["cat-file", kind, hex]));
    }
    let none = ObjectId::from_raw(HashKind::Sha1, &[1; 20]).unwrap();
    assert_eq!(odb.read(&none).err(), Some(SkipReason::MissingObject));
}

#[test]
fn repositories_of_every_shape_are_found() {
    let repo = Repo::new(&[]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    repo.git(&["worktree", "add", "-q", "linked"]);
    repo.git(&["clone", "-q", "--bare", ".", "bare.git"]);
    repo.git(&[
        "clone",
        "-q",
        "--depth=1",
        "--no-local",
        "--filter=blob:none",
        ".",
        "cut",
    ]);
    repo.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        "./bare.git",
        "sub",
    ]);
    let at = |name: &str| discover(&repo.path().join(name));
    let own = at("").unwrap();
    assert_eq!(
        (own.work_tree.as_deref(), own.shallow, own.promisor),
        (Some(repo.path()), false, false)
    );
    let linked = at("linked").unwrap();
    assert_ne!(linked.git_dir, linked.common_dir);
    assert_eq!(
        linked.objects.canonicalize().unwrap(),
        own.objects.canonicalize().unwrap()
    );
    let bare = at("bare.git").unwrap();
    assert_eq!(
        (bare.work_tree, bare.git_dir),
        (None, repo.path().join("bare.git"))
    );
    let sub = at("sub").unwrap();
    assert!(
        sub.objects
            .canonicalize()
            .unwrap()
            .ends_with(".git/modules/sub/objects")
    );
    let cut = at("cut").unwrap();
    assert!(cut.promisor && cut.odb().is_promisor());
    assert!(at("nothing").is_none() && at(".git/refs").is_none());
    assert!(at(".git").is_some(), "the directory itself is one as well");
}

/// The files of a directory with an extension, sorted.
fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
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
fn rewrite(path: &Path, bytes: &[u8]) {
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
}
