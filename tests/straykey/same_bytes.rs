//! The same input gives the same bytes: for any number of workers, in whatever order a folder lists
//! its files, and the second time.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cases::{Dice, testdata};
use crate::program::{git, run_in};

/// Files with keys of several kinds, tokens, archives and placements.
const FOLDERS: [&str; 3] = ["jwk", "ssh-com", "token"];

/// Every file below a folder, by its path in it.
fn files(folder: &Path, below: &Path, all: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder.join(below)).expect("a folder");
    let mut names: Vec<OsString> = entries.map(|e| e.expect("an entry").file_name()).collect();
    names.sort();
    for name in names {
        let path = below.join(name);
        match folder.join(&path).is_dir() {
            true => files(folder, &path, all),
            false => all.push(path),
        }
    }
}

/// Makes the tree anew, file by file in this order.
fn copy(from: &Path, to: &Path, order: &[PathBuf]) {
    for path in order {
        let target = to.join(path);
        fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        fs::copy(from.join(path), target).expect("copied");
    }
}

/// A repository with keys in its work tree, in its history, in a pack and loose.
fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    git(dir.path(), &["init", "-q"]);
    for folder in FOLDERS {
        let mut all = Vec::new();
        files(&testdata(), Path::new(folder), &mut all);
        copy(&testdata(), dir.path(), &all);
        git(dir.path(), &["add", "."]);
        git(dir.path(), &["commit", "-q", "-m", folder]);
        if folder == "ssh-com" {
            git(dir.path(), &["repack", "-adfq"]);
        }
        if folder == "jwk" {
            git(dir.path(), &["rm", "-qr", "jwk"]);
            git(dir.path(), &["commit", "-q", "-m", "away"]);
        }
    }
    dir
}

#[test]
fn workers_order_and_repetition_do_not_show() {
    let made = repository();
    let mut all = Vec::new();
    files(made.path(), Path::new(""), &mut all);
    let shuffled = |word: &str| {
        let (mut order, mut dice) = (all.clone(), Dice::of(word));
        for last in (1..order.len()).rev() {
            order.swap(last, dice.below(last + 1));
        }
        order
    };
    let orders = [
        all.clone(),
        all.iter().rev().cloned().collect(),
        shuffled("order"),
    ];
    let copies: Vec<tempfile::TempDir> = orders
        .iter()
        .map(|order| {
            let to = tempfile::tempdir().expect("a folder");
            copy(made.path(), to.path(), order);
            to
        })
        .collect();
    let list = testdata().join("demo/inventory.jsonl");
    let list = list.to_str().expect("UTF-8");
    for (format, history) in [
        ("json", "auto"),
        ("json", "skip"),
        ("jsonl", "only"),
        ("sarif", "auto"),
    ] {
        let ask = |copy: &Path, threads: &str| {
            let args = [
                "scan",
                "--format",
                format,
                "--history",
                history,
                "-j",
                threads,
                "--trials",
                "off",
                "--inventory",
                list,
                ".",
            ];
            run_in(copy, args).ended(1).out
        };
        let first = ask(copies[0].path(), "1");
        assert!(first.len() > 4000, "{format}: {} bytes", first.len());
        // Each number of workers, each order of files, and one run twice.
        for (copy, threads) in [(0, "1"), (1, "2"), (2, "8")] {
            let other = ask(copies[copy].path(), threads);
            assert!(
                other == first,
                "{format}, --history {history}: other bytes in copy {copy} with -j{threads}"
            );
        }
    }
}
