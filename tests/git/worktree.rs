//! `scan` meets repositories: histories, and files of work trees that need not be read because a
//! blob says what is in them. What is found must not depend on that; `--naive` reads everything.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use serde_json::Value;

use crate::program::*;

/// Gives a file an old time, so that the index does not take it for racy.
fn age(path: &Path) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

/// Waits until a file written now is younger than an index written next.
fn next_second() {
    std::thread::sleep(Duration::from_millis(1100));
}

/// A text as long as another that is no key.
fn harmless(like: &str) -> String {
    like.chars()
        .map(|c| if c == '\n' { c } else { 'x' })
        .collect()
}

fn bytes(scan: &Scan) -> u64 {
    scan.report["stats"]["bytes"].as_u64().unwrap()
}

/// Scans with and without the short cut; returns how many bytes of files the first one read.
#[track_caller]
fn agrees(repo: &Repo) -> (Scan, u64) {
    let (quick, all) = (repo.scan_all(&["."]), repo.scan_all(&["--naive", "."]));
    assert_eq!(quick.report["findings"], all.report["findings"]);
    assert_eq!(quick.report["notices"], all.report["notices"]);
    assert_eq!(quick.report["stats"]["files"], all.report["stats"]["files"]);
    assert_eq!(quick.code, all.code);
    let history = repo.scan_all(&["--history", "only", "."]);
    let read = bytes(&quick) - bytes(&history);
    (quick, read)
}

#[test]
fn only_files_with_a_trigger_are_read_twice() {
    let (repo, key) = (Repo::new(&[]), key());
    let mut total = 0;
    for number in 0..40 {
        let text = format!("{number}\n").repeat(100);
        total += text.len() as u64;
        repo.write(&format!("d{}/e/f{number}", number % 3), &text);
    }
    repo.write("d1/key.pem", &key.pem);
    repo.write("d1/e/.gitattributes", "* text=auto\n");
    next_second();
    repo.git(&["add", "."]);
    let (scan, read) = agrees(&repo);
    assert_eq!(scan.places(), [("d1/key.pem".to_owned(), key.id.clone())]);
    assert_eq!(scan.report["findings"][0]["places"][0]["line"], 1);
    assert_eq!(read, key.pem.len() as u64);
    assert_eq!(scan.report["stats"]["files"], 42);
    // Packed, as deltas, it is the same.
    repo.git(&["commit", "-q", "-m", "all"]);
    repo.git(&["gc", "-q"]);
    assert_eq!(agrees(&repo).1, key.pem.len() as u64);
    // What the database lost is read from the work tree, and the loss is said.
    let packs = repo.root.join(".git/objects/pack");
    std::fs::remove_dir_all(&packs).unwrap();
    let (scan, read) = agrees(&repo);
    assert_eq!(scan.code, 1);
    assert_eq!(read, total + key.pem.len() as u64 + 12);
}

#[test]
fn a_filter_that_keeps_the_size_hides_nothing() {
    for place in ["tree", "info", "config", "home", "xdg", "gone"] {
        let (repo, key) = (Repo::new(&[]), key());
        let tr = |from: &str, to: &str| format!("tr '{from}' '{to}'");
        repo.git(&["config", "filter.rot.clean", &tr("A-Za-z", "N-ZA-Mn-za-m")]);
        repo.git(&["config", "filter.rot.smudge", &tr("N-ZA-Mn-za-m", "A-Za-z")]);
        let line = "*.pem filter=rot\n";
        match place {
            "tree" | "gone" => repo.write("a/.gitattributes", line),
            "info" => {
                std::fs::create_dir_all(repo.root.join(".git/info")).unwrap();
                std::fs::write(repo.root.join(".git/info/attributes"), line).unwrap();
            }
            "config" => {
                let path = repo.home.path().join("attributes");
                std::fs::write(&path, line).unwrap();
                repo.git(&["config", "core.attributesFile", path.to_str().unwrap()]);
            }
            "home" => {
                let path = repo.home.path().join("attributes");
                std::fs::write(&path, line).unwrap();
                let config = format!("[core]\n\tattributesFile = {}\n", path.display());
                std::fs::write(repo.home.path().join(".gitconfig"), config).unwrap();
            }
            _ => {
                let folder = repo.home.path().join(".config/git");
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(folder.join("attributes"), line).unwrap();
            }
        }
        repo.write("a/b/key.pem", &key.pem);
        next_second();
        repo.git(&["add", "."]);
        let blob = repo.git(&["cat-file", "blob", ":a/b/key.pem"]);
        assert!(!blob.contains("PRIVATE KEY"), "{place}: the filter ran");
        if place == "gone" {
            std::fs::remove_file(repo.root.join("a/.gitattributes")).unwrap();
        }
        let (scan, _) = agrees(&repo);
        assert_eq!(
            scan.places(),
            [("a/b/key.pem".to_owned(), key.id)],
            "{place}"
        );
    }
}

/// What is done to a file after it was added.
#[derive(Clone, Copy, Debug)]
enum Change {
    Nothing,
    Rewritten,
    RewrittenWithItsOldTime,
    Replaced,
    Promised,
    Skipped,
    Intended,
    Untracked,
    Appended,
}

const CHANGES: [Change; 9] = [
    Change::Nothing,
    Change::Rewritten,
    Change::RewrittenWithItsOldTime,
    Change::Replaced,
    Change::Promised,
    Change::Skipped,
    Change::Intended,
    Change::Untracked,
    Change::Appended,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    /// Keys come and go in files that git knows in every way; each is found where it is.
    #[test]
    fn what_is_found_is_what_is_in_the_files(
        plan in proptest::collection::vec((0_usize..9, any::<bool>(), any::<bool>()), 1..9),
        racy in any::<bool>(),
        attributes in 0_usize..4,
    ) {
        let (repo, key) = (Repo::new(&[]), key());
        let harmless = harmless(&key.pem);
        let text = |is_key: bool| if is_key { key.pem.as_str() } else { harmless.as_str() };
        let name = |number: usize| format!("d{}/f{number}.txt", number % 2);
        if attributes > 0 {
            let lines = ["* text=auto eol=crlf\n", "*.txt working-tree-encoding=UTF-16LE\n", "* ident\n"];
            repo.write(".gitattributes", lines[attributes - 1]);
        }
        for (number, &(change, before, _)) in plan.iter().enumerate() {
            let path = repo.root.join(name(number));
            if !matches!(CHANGES[change], Change::Untracked) {
                repo.write(&name(number), text(before));
                if !racy {
                    age(&path);
                }
            }
        }
        if !racy {
            next_second();
        }
        for (number, &(change, ..)) in plan.iter().enumerate() {
            match CHANGES[change] {
                Change::Intended => drop(repo.try_git(&["add", "-N", &name(number)])),
                Change::Untracked => {}
                _ => drop(repo.try_git(&["add", &name(number)])),
            }
            let flag = match CHANGES[change] {
                Change::Promised => "--assume-unchanged",
                Change::Skipped => "--skip-worktree",
                _ => continue,
            };
            repo.try_git(&["update-index", flag, &name(number)]);
        }
        for (number, &(change, _, after)) in plan.iter().enumerate() {
            let path = repo.root.join(name(number));
            match CHANGES[change] {
                Change::Nothing | Change::Intended => {}
                Change::Rewritten | Change::Promised | Change::Skipped | Change::Untracked => {
                    repo.write(&name(number), text(after));
                }
                Change::RewrittenWithItsOldTime => {
                    repo.write(&name(number), text(after));
                    age(&path);
                }
                Change::Replaced => {
                    std::fs::remove_file(&path).unwrap();
                    repo.write(&name(number), text(after));
                    age(&path);
                }
                Change::Appended => repo.write(&name(number), &(harmless.clone() + text(after))),
            }
        }
        let (scan, _) = agrees(&repo);
        let files = scan.report["findings"][0]["places"].as_array().cloned().unwrap_or_default();
        for number in 0..plan.len() {
            let content = std::fs::read_to_string(repo.root.join(name(number))).unwrap();
            let found = files.iter().any(|place| place["path"] == name(number).as_str());
            prop_assert!(found || !content.contains("PRIVATE KEY"), "{} is missing", name(number));
        }
    }
}

#[test]
fn histories_alone() {
    let (repo, past, present, alone) = (Repo::new(&[]), key(), key(), key());
    repo.commit("a.pem", &past.pem);
    repo.commit("a.pem", "gone\n");
    repo.commit("b.pem", &present.pem);
    repo.write("c.pem", &alone.pem);
    let found = |mode: &str| repo.scan_all(&["--history", mode, "."]).places();
    let at = |path: &str, key: &Key| (path.to_owned(), key.id.clone());
    let (a, b, c) = (
        at("a.pem", &past),
        at("b.pem", &present),
        at("c.pem", &alone),
    );
    let sorted = |mut all: Vec<(String, String)>| {
        all.sort();
        all
    };
    assert_eq!(found("auto"), sorted(vec![a.clone(), b.clone(), c.clone()]));
    assert_eq!(found("only"), sorted(vec![a, b.clone()]));
    assert_eq!(found("skip"), sorted(vec![b, c]));
    let only = repo.scan_all(&["--history", "only", "."]);
    assert_eq!(only.report["stats"]["files"], 0);
    // Where there is none it cannot be vouched for.
    let folder = tempfile::tempdir().unwrap();
    let none = repo.scan_all(&["--history", "only", folder.path().to_str().unwrap()]);
    assert_eq!(
        (none.code, &none.report["skipped"]["history-unread"]),
        (2, &Value::from(1))
    );
}

#[test]
fn work_trees_that_share_a_database_are_swept_once() {
    let (repo, main, linked, staged) = (Repo::new(&[]), key(), key(), key());
    repo.commit("main.pem", &main.pem);
    repo.git(&["worktree", "add", "-q", "../linked", "-b", "side"]);
    let side = repo.home.path().join("linked");
    std::fs::write(side.join("linked.pem"), &linked.pem).unwrap();
    std::fs::write(side.join("staged.pem"), &staged.pem).unwrap();
    let git = |arguments: &[&str]| {
        run(repo.command("git").arg("-C").arg(&side).args(arguments), "");
    };
    git(&["add", "linked.pem"]);
    git(&["commit", "-q", "-m", "side"]);
    git(&["add", "staged.pem"]);
    std::fs::remove_file(side.join("staged.pem")).unwrap();
    let home = repo.home.path().to_str().unwrap();
    let scan = repo.scan_all(&[home]);
    assert_eq!(scan.report["stats"]["repositories"], 1);
    assert_eq!(scan.report["stats"]["blobs"], 3);
    let naive = repo.scan_all(&["--naive", home]);
    assert_eq!(scan.report["findings"], naive.report["findings"]);
    let places = scan.places();
    for (path, key) in [
        ("repo/main.pem", &main),
        ("linked/main.pem", &main),
        ("linked/linked.pem", &linked),
    ] {
        assert!(
            places.contains(&(path.to_owned(), key.id.clone())),
            "{path}: {places:?}"
        );
    }
    // Only the index of the linked work tree has it.
    let finding = scan.finding(&staged);
    assert_eq!(finding["places"][0]["reach"], "index", "{finding}");
}

#[test]
fn submodules_and_bare_repositories_have_their_own() {
    let (inner, outer, bare) = (Repo::new(&[]), Repo::new(&[]), Repo::new(&[]));
    let keys = [(); 3].map(|()| key());
    for (repo, key) in [&inner, &outer, &bare].into_iter().zip(&keys) {
        repo.commit("key.pem", &key.pem);
        repo.commit("key.pem", "gone\n");
    }
    let from = inner.root.to_str().unwrap();
    outer.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        from,
        "sub",
    ]);
    assert!(outer.root.join("sub/.git").is_file());
    let place = outer.root.join("vendored.git");
    run(
        outer
            .command("git")
            .args(["clone", "-q", "--bare"])
            .arg(&bare.root)
            .arg(&place),
        "",
    );
    let scan = outer.scan_all(&["."]);
    assert_eq!(scan.report["stats"]["repositories"], 3);
    let ids: std::collections::BTreeSet<String> = scan.places().into_iter().map(|p| p.1).collect();
    assert_eq!(ids, keys.iter().map(|key| key.id.clone()).collect());
    let at = |key: &Key| {
        scan.finding(key)["places"][0]["path"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(at(&keys[0]), "sub/key.pem");
    assert_eq!(at(&keys[1]), "key.pem");
    assert_eq!(at(&keys[2]), "vendored.git/key.pem");
}

#[test]
fn messages_and_notes_are_text_like_any_other() {
    let (repo, keys) = (Repo::new(&[]), [(); 3].map(|()| key()));
    repo.commit("a", "a");
    let message = |key: &Key| format!("why\n\n{}", key.pem);
    repo.git(&["commit", "-q", "--allow-empty", "-m", &message(&keys[0])]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "no key"]);
    repo.git(&["tag", "-a", "v1", "-m", &message(&keys[1])]);
    repo.git(&["notes", "add", "-m", &message(&keys[2])]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "no key"]);
    for packed in [false, true] {
        if packed {
            repo.git(&["gc", "-q"]);
        }
        let scan = repo.scan_all(&["."]);
        for key in &keys {
            let place = &scan.finding(key)["places"][0];
            // The tag and the note are what a reference leads to now.
            let reach = if key.id == keys[0].id {
                "history"
            } else {
                "tip"
            };
            assert_eq!(place["reach"], reach, "{place}");
        }
    }
}

#[test]
fn what_was_not_read_is_said() {
    let (repo, key) = (Repo::new(&[]), key());
    repo.commit("a", "a");
    repo.git(&["gc", "-q"]);
    assert_eq!(repo.scan_all(&["."]).code, 0);
    let packs = repo.root.join(".git/objects/pack");
    let pack = |ending: &str| {
        let mut files = std::fs::read_dir(&packs)
            .unwrap()
            .map(|file| file.unwrap().path());
        files
            .find(|path| path.extension().is_some_and(|found| found == ending))
            .unwrap()
    };
    let (path, index) = (pack("pack"), pack("idx"));
    let good = std::fs::read(&path).unwrap();
    for len in [0, 11, 12, 40, good.len() - 1] {
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, &good[..len]).unwrap();
        let scan = repo.scan_all(&["."]);
        assert_eq!(scan.code, 2, "pack cut to {len}");
        assert!(scan.report["skipped"]["history-unread"].as_u64() >= Some(1));
    }
    std::fs::write(&path, &good).unwrap();
    let good = std::fs::read(&index).unwrap();
    std::fs::remove_file(&index).unwrap();
    std::fs::write(&index, &good[..good.len() / 2]).unwrap();
    assert_eq!(repo.scan_all(&["."]).code, 2, "truncated index");
    // A key outweighs what was not read.
    repo.write("key.pem", &key.pem);
    assert_eq!(repo.scan_all(&["."]).code, 1);
}

#[test]
fn a_repository_runs_nothing() {
    let repo = Repo::new(&[]);
    let trap = repo.home.path().join("trapped");
    let command = format!("touch {}", trap.display());
    repo.commit("a.txt", "a\n");
    for name in [
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "diff.x.textconv",
        "diff.external",
        "alias.status",
    ] {
        let value = if name.starts_with("alias") {
            format!("!{command}")
        } else {
            command.clone()
        };
        repo.git(&["config", name, &value]);
    }
    repo.write(".gitattributes", "* filter=x diff=x\n");
    for hook in [
        "pre-commit",
        "post-index-change",
        "post-checkout",
        "reference-transaction",
    ] {
        let path = repo.root.join(".git/hooks").join(hook);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{command}\n")).unwrap();
        assert!(
            Command::new("chmod")
                .arg("+x")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
    }
    assert!(!trap.exists());
    assert_eq!(repo.scan_all(&["."]).code, 0);
    assert_eq!(repo.scan(&["--staged"]).code, 0);
    assert_eq!(repo.scan(&["--range", "HEAD~0..HEAD"]).code, 0);
    assert!(!trap.exists(), "something of the repository was run");
}
