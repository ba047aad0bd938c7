//! Every kind of index, read as git reads it, or refused.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use straykey::source::git::{HashKind, IndexFile, staged};

use crate::program::*;

/// Paths and blobs that git says are staged.
fn git_says(repo: &Repo) -> BTreeMap<String, BTreeSet<String>> {
    let raw = repo.git(&[
        "diff-index",
        "-r",
        "--cached",
        "--raw",
        "--abbrev=64",
        "--no-renames",
        "-z",
        "HEAD",
    ]);
    let mut words = raw.split('\0');
    let mut says: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    while let (Some(facts), Some(path)) = (words.next(), words.next()) {
        let facts: Vec<&str> = facts.trim_start_matches(':').split(' ').collect();
        let (before, after) = (facts[2], facts[3]);
        if facts[1] != "000000" && before != after {
            says.entry(path.to_owned())
                .or_default()
                .insert(after.to_owned());
        }
    }
    says
}

/// The same by our reader.
fn we_say(repo: &Repo) -> (BTreeMap<String, BTreeSet<String>>, u64, u64) {
    let place = repo.located();
    let (selection, counts) = staged(&place, &place.odb()).unwrap();
    let mut says: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, standings) in selection.blobs {
        for standing in standings {
            let path = String::from_utf8(standing.path).unwrap();
            says.entry(path).or_default().insert(id.to_string());
        }
    }
    (says, counts.compared, counts.trees)
}

#[test]
fn every_kind_of_index_agrees_with_git() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let repo = Repo::new(options);
        for folder in 0..30 {
            for file in 0..10 {
                repo.write(
                    &format!("d{}/e{folder}/f{file}", folder % 3),
                    &format!("{folder} {file}"),
                );
            }
        }
        repo.write("d.x", "sorts before d/");
        repo.git(&["add", "."]);
        repo.git(&["commit", "-q", "-m", "all"]);
        for (step, setup) in [
            &["update-index", "--index-version", "2"][..],
            &["update-index", "--index-version", "3"],
            &["update-index", "--skip-worktree", "d1/e1/f1"],
            &["update-index", "--assume-unchanged", "d1/e1/f2"],
            &["update-index", "--index-version", "4"],
            &["update-index", "--split-index"],
            &["update-index", "--untracked-cache"],
            &["update-index", "--no-split-index"],
            &["config", "index.threads", "4"],
            &["config", "index.skipHash", "true"],
            &["update-index", "--index-version", "2", "--split-index"],
        ]
        .into_iter()
        .enumerate()
        {
            repo.git(setup);
            repo.add(&format!("d0/e3/f{step}"), &format!("changed {step}"));
            repo.add(
                &format!("d2/new{step}/{}", "long".repeat(step * 5 + 1)),
                "new",
            );
            repo.git(&[
                "rm",
                "-q",
                "-f",
                "--cached",
                &format!("d1/e{}/f{}", 4 + step / 10 * 3, step % 10),
            ]);
            repo.git(&["add", "-A", "d0"]);
            let (ours, ..) = we_say(&repo);
            assert_eq!(ours, git_says(&repo), "{setup:?}");
            if step % 4 == 3 {
                repo.git(&["commit", "-q", "-m", "step"]);
                assert_eq!(we_say(&repo).0, BTreeMap::new());
            }
        }
    }
}

#[test]
fn sparse_indexes_hold_directories() {
    let repo = Repo::new(&[]);
    for folder in ["in", "out/deep", "far"] {
        repo.add(&format!("{folder}/f"), folder);
    }
    repo.git(&["commit", "-q", "-m", "one"]);
    repo.add("out/deep/g", "changed");
    repo.git(&["commit", "-q", "-m", "two"]);
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    let entries = repo.git(&["ls-files", "--sparse"]);
    assert!(entries.lines().any(|entry| entry == "out/"), "{entries}");
    repo.add("in/f", "new");
    assert_eq!(we_say(&repo).0, git_says(&repo));
    // HEAD moves under the directory that is not there.
    repo.git(&["reset", "-q", "--soft", "HEAD~"]);
    let (ours, ..) = we_say(&repo);
    assert_eq!(ours, git_says(&repo));
    assert!(ours.contains_key("out/deep/g"), "{ours:?}");
}

#[test]
fn unchanged_directories_are_not_read() {
    let repo = Repo::new(&[]);
    for folder in 0..50 {
        for file in 0..100 {
            repo.write(&format!("d{folder}/f{file}"), &format!("{folder} {file}"));
        }
    }
    repo.git(&["add", "."]);
    repo.git(&["commit", "-q", "-m", "all"]);
    repo.git(&["gc", "-q"]);
    assert_eq!(we_say(&repo), (BTreeMap::new(), 0, 0));
    for folder in [3, 30, 33] {
        repo.add(&format!("d{folder}/f7"), "changed");
    }
    let (ours, compared, trees) = we_say(&repo);
    assert_eq!(ours.len(), 3);
    // The root's tree and three below it; the entries of these three folders.
    assert_eq!((compared, trees), (300, 4));
}
/// Indexes of every version, as git wrote them.
fn indexes() -> &'static Vec<(HashKind, Vec<u8>)> {
    static INDEXES: std::sync::OnceLock<Vec<(HashKind, Vec<u8>)>> = std::sync::OnceLock::new();
    INDEXES.get_or_init(|| {
        let mut all = Vec::new();
        for (kind, options) in [
            (HashKind::Sha1, &[][..]),
            (HashKind::Sha256, &["--object-format=sha256"]),
        ] {
            let repo = Repo::new(options);
            for path in ["a", "d/e/f", "d/e/g", "d/h", "z/long name of a file"] {
                repo.add(path, path);
            }
            repo.git(&["commit", "-q", "-m", "all"]);
            repo.git(&["update-index", "--skip-worktree", "d/h"]);
            for version in ["2", "3", "4"] {
                repo.git(&["update-index", "--index-version", version]);
                all.push((kind, std::fs::read(repo.root.join(".git/index")).unwrap()));
            }
            repo.git(&["update-index", "--split-index"]);
            repo.add("d/e/f", "changed");
            all.push((kind, std::fs::read(repo.root.join(".git/index")).unwrap()));
        }
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Whatever an index holds, it is read or refused.
    #[test]
    fn mutated_indexes_do_not_panic(
        which in 0_usize..8,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
        doubled in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let (kind, mut bytes) = indexes()[which].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(at) = doubled {
            let tail = bytes[at.index(bytes.len())..].to_vec();
            bytes.extend(tail);
        }
        if let Some(at) = cut {
            bytes.truncate(at.index(bytes.len()));
        }
        let read = IndexFile::parse(&bytes, kind);
        if let Ok(index) = read {
            for entry in index.entries() {
                prop_assert!(!index.path(entry).is_empty());
            }
        }
        // The shared file of a split index, as hostile.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        std::fs::write(&path, &bytes).unwrap();
        let _ = IndexFile::open(&path, folder.path(), kind);
    }
}
