//! Attribution against git: paths and first commits as `git ls-tree` of every commit gives them,
//! and what still leads to a blob in a repository with every kind of leftover.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use straykey::finding::Reach;
use straykey::source::git::{
    Attributions, HashKind, IndexFile, ObjectId, SweepOptions, attribute, discover,
};

use crate::program::git_at;

/// A repository in a directory of its own, with a clock that goes on by an hour a call.
struct Repo {
    root: tempfile::TempDir,
    hour: std::cell::Cell<u64>,
}

impl Repo {
    fn new(options: &[&str]) -> Self {
        let repo = Self {
            root: tempfile::tempdir().unwrap(),
            hour: std::cell::Cell::new(0),
        };
        repo.git(&[&["init", "-q", "-b", "main"], options].concat());
        repo
    }

    fn path(&self) -> &Path {
        self.root.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.git_with(arguments, b"")
    }

    fn git_with(&self, arguments: &[&str], input: &[u8]) -> String {
        self.hour.set(self.hour.get() + 1);
        let time = 1_700_000_000 + self.hour.get() * 3600;
        String::from_utf8(git_at(time, self.path(), arguments, input)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn blob(&self, text: &str) -> ObjectId {
        self.id(self
            .git_with(&["hash-object", "--stdin"], text.as_bytes())
            .trim())
    }

    fn id(&self, hex: &str) -> ObjectId {
        let kind = if hex.len() == 64 {
            HashKind::Sha256
        } else {
            HashKind::Sha1
        };
        ObjectId::from_hex(kind, hex.as_bytes()).unwrap()
    }

    fn attribute(&self, finds: &[ObjectId]) -> Attributions {
        let repo = discover(self.path()).unwrap();
        let sweep = SweepOptions {
            threads: 2,
            ..SweepOptions::default()
        };
        let found = attribute(&repo, &repo.odb(), finds, &sweep);
        assert_eq!((found.skips.as_slice(), found.cut), (&[][..], false));
        found
    }

    /// Every blob with its paths and the first commit at each, from `git ls-tree` of every commit.
    fn expected(&self) -> BTreeMap<ObjectId, BTreeMap<String, (i64, ObjectId)>> {
        let list = self.git(&[
            "cat-file",
            "--batch-all-objects",
            "--batch-check=%(objectname) %(objecttype)",
        ]);
        let commits: Vec<&str> = list
            .lines()
            .filter_map(|line| line.strip_suffix(" commit"))
            .collect();
        let mut held: BTreeMap<&str, BTreeSet<(ObjectId, String)>> = BTreeMap::new();
        for commit in &commits {
            let listing = self.git(&["ls-tree", "-r", "-z", commit]);
            let entries = listing
                .split('\0')
                .filter(|entry| !entry.is_empty())
                .map(|entry| {
                    let (about, path) = entry.split_once('\t').unwrap();
                    (self.id(about.rsplit(' ').next().unwrap()), path.to_owned())
                });
            held.insert(commit, entries.collect());
        }
        let mut expected: BTreeMap<ObjectId, BTreeMap<String, (i64, ObjectId)>> = BTreeMap::new();
        for commit in &commits {
            let header = self.git(&["log", "-1", "--format=%ct %P", commit]);
            let mut words = header.split_whitespace();
            let time: i64 = words.next().unwrap().parse().unwrap();
            let parents: Vec<&str> = words.collect();
            for (id, path) in &held[commit] {
                let entry = (*id, path.clone());
                if parents.iter().any(|parent| held[parent].contains(&entry)) {
                    continue;
                }
                let here = (time, self.id(commit));
                let first = expected
                    .entry(*id)
                    .or_default()
                    .entry(path.clone())
                    .or_insert(here);
                *first = here.min(*first);
            }
        }
        expected
    }
}

/// Everything the two ways say about all blobs of commits is the same.
fn agrees(repo: &Repo) {
    let expected = repo.expected();
    let finds: Vec<ObjectId> = expected.keys().copied().collect();
    assert!(finds.len() > 5);
    let found = repo.attribute(&finds);
    for (id, paths) in &expected {
        let got: BTreeMap<String, (i64, ObjectId)> = found.of[id]
            .paths
            .iter()
            .filter_map(|path| {
                let first = path.first.as_ref()?;
                Some((
                    String::from_utf8(path.path.clone()).unwrap(),
                    (first.time, first.id),
                ))
            })
            .collect();
        assert_eq!(&got, paths, "{id}");
        let first = found.of[id].first.as_ref().unwrap();
        assert_eq!((first.time, first.id), *paths.values().min().unwrap());
    }
}

/// A history with branches, merges, moves, copies and reverts.
fn history(repo: &Repo) {
    repo.write("top", "one\n");
    repo.write("a/b/c/deep", "deep\n");
    repo.commit("first");
    for number in 0..12 {
        repo.write(&format!("a/b/f{number}"), &format!("text {number}\n"));
        repo.write("a/b/c/deep", &format!("deep {}\n", number % 3));
        repo.commit("more");
    }
    repo.git(&["checkout", "-q", "-b", "side", "HEAD~6"]);
    repo.write("side/key", "secret\n");
    repo.commit("side");
    std::fs::rename(repo.path().join("side/key"), repo.path().join("moved")).unwrap();
    repo.commit("moved");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("again/key", "secret\n");
    repo.commit("the same elsewhere");
    repo.git(&["merge", "-q", "--no-commit", "side"]);
    // A merge that brings something of its own.
    repo.write("evil", "from the merge itself\n");
    repo.commit("merge");
    repo.git(&["rm", "-q", "evil"]);
    repo.commit("gone");
}

#[test]
fn paths_and_first_commits_are_those_of_git() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let repo = Repo::new(options);
        history(&repo);
        agrees(&repo);
        repo.git(&["repack", "-adfq", "--depth=50", "--window=50"]);
        agrees(&repo);
    }
}

#[test]
fn what_leads_to_a_blob_is_told_apart() {
    let repo = Repo::new(&[]);
    history(&repo);
    let none = repo.id(repo
        .git_with(&["hash-object", "-w", "--stdin"], b"nobody's")
        .trim());
    repo.write("stashed", "in the stash\n");
    repo.git(&["add", "-A"]);
    repo.git(&["stash", "-q"]);
    repo.git(&["checkout", "-q", "-b", "lost"]);
    repo.write("lost", "amended away\n");
    repo.commit("lost");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["branch", "-q", "-D", "lost"]);
    repo.write("staged", "in the index\n");
    repo.git(&["add", "staged"]);
    let tagged = repo.id(repo
        .git_with(&["hash-object", "-w", "--stdin"], b"a tag names it")
        .trim());
    repo.git(&["tag", "-a", "-m", "t", "blobtag", &tagged.to_string()]);
    let blob = |text: &str| repo.blob(text);
    let cases = [
        (none, Reach::Unreachable),
        (blob("in the stash\n"), Reach::Stash),
        (blob("amended away\n"), Reach::Reflog),
        (blob("in the index\n"), Reach::Index),
        (blob("from the merge itself\n"), Reach::History),
        (blob("secret\n"), Reach::Tip),
        (tagged, Reach::Tip),
    ];
    for packed in [false, true] {
        let found = repo.attribute(&cases.map(|(id, _)| id));
        for (id, reach) in &cases {
            assert_eq!(found.of[id].reach, *reach, "{id} packed {packed}");
        }
        let secret = &found.of[&blob("secret\n")];
        assert_eq!(
            secret.first.as_ref().unwrap().id,
            repo.id(repo.git(&["rev-parse", "side~1"]).trim())
        );
        let staged = &found.of[&blob("in the index\n")];
        assert_eq!(
            (staged.paths[0].path.as_slice(), &staged.paths[0].first),
            (&b"staged"[..], &None)
        );
        repo.git(&["pack-refs", "--all"]);
        repo.git(&["repack", "-adfq", "--keep-unreachable"]);
    }
    repo.git(&["reflog", "expire", "--expire=all", "--all"]);
    assert_eq!(
        repo.attribute(&[cases[2].0]).of[&cases[2].0].reach,
        Reach::Unreachable
    );
}

#[test]
fn commits_and_tags_can_be_finds_themselves() {
    let repo = Repo::new(&[]);
    history(&repo);
    repo.git(&["tag", "-a", "-m", "t", "v1"]);
    let old = repo.id(repo.git(&["rev-parse", "HEAD~3"]).trim());
    let tag = repo.id(repo.git(&["rev-parse", "v1"]).trim());
    let found = repo.attribute(&[old, tag]);
    assert_eq!(
        (found.of[&old].reach, found.of[&tag].reach),
        (Reach::History, Reach::Tip)
    );
}

#[test]
fn an_index_reads_as_git_lists_it() {
    let repo = Repo::new(&[]);
    history(&repo);
    for version in ["2", "3", "4"] {
        repo.git(&["update-index", "--index-version", version]);
        repo.write("dir/intent", "x");
        repo.git(&["add", "-N", "dir/intent"]);
        repo.git(&["update-index", "--assume-unchanged", "top"]);
        check_index(&repo);
    }
    repo.git(&["update-index", "--split-index"]);
    repo.git(&["rm", "-q", "--cached", "a/b/f1"]);
    repo.write("a/b/f2", "changed after the split\n");
    repo.git(&["add", "a/b/f2"]);
    repo.write("zz/new", "added after the split\n");
    repo.git(&["add", "zz/new"]);
    check_index(&repo);
}

fn check_index(repo: &Repo) {
    let listed = repo.git(&["ls-files", "--stage", "-z"]);
    let listed: Vec<(String, u32, u8, Vec<u8>)> = listed
        .split('\0')
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let (about, path) = entry.split_once('\t').unwrap();
            let words: Vec<&str> = about.split(' ').collect();
            let mode = u32::from_str_radix(words[0], 8).unwrap();
            (
                words[1].to_owned(),
                mode,
                words[2].parse().unwrap(),
                path.as_bytes().to_vec(),
            )
        })
        .collect();
    let git_dir = repo.path().join(".git");
    let index = IndexFile::open(&git_dir.join("index"), &git_dir, HashKind::Sha1).unwrap();
    let read = index.entries();
    let got: Vec<_> = read
        .iter()
        .map(|entry| {
            (
                entry.id.to_string(),
                entry.mode,
                entry.stage,
                index.path(entry).to_vec(),
            )
        })
        .collect();
    assert_eq!(got, listed);
    let flag = |path: &[u8]| read.iter().find(|entry| index.path(entry) == path).unwrap();
    assert!(
        flag(b"dir/intent").intent_to_add
            && flag(b"top").assume_unchanged
            && !flag(b"moved").assume_unchanged
    );
}
