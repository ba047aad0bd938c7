//! `scan --staged`, called as git's own hooks call it.

use crate::program::*;

#[test]
fn before_the_first_commit() {
    let (repo, key) = (Repo::new(&[]), key());
    let scan = repo.staged();
    scan.is(&[]);
    assert!(scan.stderr.contains("nothing is staged"), "{}", scan.stderr);
    repo.add("a/b/c.txt", &format!("one\ntwo\n{}", key.pem));
    let scan = repo.staged();
    scan.is(&[("a/b/c.txt", &key)]);
    assert_eq!(scan.fact("reach"), "index");
    assert_eq!(scan.report["findings"][0]["places"][0]["line"], 3);
    let blob = repo.git(&["rev-parse", ":a/b/c.txt"]);
    assert_eq!(scan.fact("blob"), blob.as_str());
    // From a folder below, and by the name of the folder.
    let mut below = repo.command(STRAYKEY);
    below
        .current_dir(repo.root.join("a/b"))
        .args(["scan", "--staged"]);
    Scan::of(&mut below, "").is(&[("a/b/c.txt", &key)]);
    repo.scan(&["--staged", "a"]).is(&[("a/b/c.txt", &key)]);
    repo.scan(&["--staged", "--exclude", "b"]).is(&[]);
}

#[test]
fn only_what_is_new_and_from_the_index() {
    let (repo, old, new, other) = (Repo::new(&[]), key(), key(), key());
    repo.commit("dir/old.pem", &old.pem);
    repo.commit("dir/plain.txt", "nothing");
    repo.add("dir/plain.txt", &new.pem);
    // What stands in the work tree is neither here nor there.
    repo.write("dir/plain.txt", "nothing again");
    repo.write("dir/old.pem", &other.pem);
    repo.write("untracked.pem", &other.pem);
    let scan = repo.staged();
    scan.is(&[("dir/plain.txt", &new)]);
    assert_eq!(scan.report["stats"]["blobs"], 1);
    assert_eq!(scan.report["stats"]["files"], 0);
    // New permissions are no new content.
    repo.git(&["checkout", "-q", "-f", "HEAD"]);
    repo.git(&["update-index", "--chmod=+x", "dir/old.pem"]);
    repo.staged().is(&[]);
}

#[test]
fn deleted_renamed_and_intended() {
    let (repo, old, other) = (Repo::new(&[]), key(), key());
    repo.commit("old.pem", &old.pem);
    repo.git(&["mv", "old.pem", "new.pem"]);
    repo.staged().is(&[("new.pem", &old)]);
    repo.git(&["rm", "-q", "-f", "new.pem"]);
    let scan = repo.staged();
    scan.is(&[]);
    assert!(scan.stderr.contains("nothing is staged"));
    repo.write("later.pem", &other.pem);
    repo.git(&["add", "-N", "later.pem"]);
    repo.staged().is(&[]);
    repo.git(&["add", "later.pem"]);
    repo.staged().is(&[("later.pem", &other)]);
}

#[test]
fn each_side_of_a_conflict() {
    let (repo, ours, theirs, beside) = (Repo::new(&[]), key(), key(), key());
    repo.commit("a.txt", "base\n");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.commit("beside.txt", &beside.pem);
    repo.commit("a.txt", &theirs.pem);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("a.txt", &ours.pem);
    assert!(!repo.try_git(&["merge", "-q", "side"]));
    // HEAD has ours already.
    repo.staged()
        .is(&[("a.txt", &theirs), ("beside.txt", &beside)]);
}

#[test]
fn hooks_of_commits() {
    let (repo, first, second) = (Repo::new(&[]), key(), key());
    repo.commit("a.txt", "a\n");
    repo.commit("b.txt", "b\n");
    repo.hook(&repo.root.join(".git/hooks"), "pre-commit", "--staged");
    // A temporary index with both.
    repo.write("a.txt", &first.pem);
    repo.write("b.txt", &second.pem);
    assert!(!repo.try_git(&["commit", "-q", "-a", "-m", "all"]));
    assert_eq!(
        repo.hook_found(),
        set(&[("a.txt", &first), ("b.txt", &second)])
    );
    // A temporary index without the file that the real one has.
    repo.git(&["add", "b.txt"]);
    assert!(!repo.try_git(&["commit", "-q", "-m", "a", "--", "a.txt"]));
    assert_eq!(repo.hook_found(), set(&[("a.txt", &first)]));
    repo.write("a.txt", "harmless\n");
    assert!(repo.try_git(&["commit", "-q", "-m", "a", "--", "a.txt"]));
    assert_eq!(repo.hook_found(), set(&[]));
    // From a folder below.
    std::fs::create_dir(repo.root.join("folder")).unwrap();
    let mut below = repo.command("git");
    below.current_dir(repo.root.join("folder"));
    assert!(
        !output(below.args(["commit", "-q", "-m", "b"]), "")
            .status
            .success()
    );
    assert_eq!(repo.hook_found(), set(&[("b.txt", &second)]));
    // In a linked work tree, where the directory of git is elsewhere.
    repo.git(&["reset", "-q", "--hard"]);
    repo.git(&["worktree", "add", "-q", "../linked", "-b", "linked"]);
    let linked = repo.home.path().join("linked");
    std::fs::write(linked.join("c.txt"), &first.pem).unwrap();
    for arguments in [&["add", "c.txt"][..], &["commit", "-q", "-m", "c"]] {
        let mut command = repo.command("git");
        output(command.current_dir(&linked).args(arguments), "");
    }
    assert_eq!(repo.hook_found(), set(&[("c.txt", &first)]));
    let mut scan = repo.command(STRAYKEY);
    Scan::of(scan.current_dir(&linked).args(["scan", "--staged"]), "").is(&[("c.txt", &first)]);
    repo.staged().is(&[]);
}

#[test]
fn hooks_from_elsewhere_and_submodules() {
    let (repo, first) = (Repo::new(&[]), key());
    repo.commit("a.txt", "a\n");
    let inner = Repo::new(&[]);
    inner.commit("inner.pem", &first.pem);
    let hooks = repo.home.path().join("my hooks");
    repo.hook(&hooks, "pre-commit", "--staged");
    repo.git(&["config", "core.hooksPath", hooks.to_str().unwrap()]);
    let from = inner.root.to_str().unwrap();
    repo.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        from,
        "sub",
    ]);
    let scan = repo.staged();
    scan.is(&[]);
    assert!(
        scan.stderr.contains("1 staged submodule"),
        "{}",
        scan.stderr
    );
    assert!(repo.try_git(&["commit", "-q", "-m", "sub"]));
    assert_eq!(repo.hook_found(), set(&[]));
    // Inside the submodule, whose `.git` is a file.
    std::fs::write(repo.root.join("sub/new.pem"), &first.pem).unwrap();
    repo.git(&[
        "-C",
        "sub",
        "config",
        "core.hooksPath",
        hooks.to_str().unwrap(),
    ]);
    repo.git(&["-C", "sub", "add", "new.pem"]);
    assert!(!repo.try_git(&["-C", "sub", "commit", "-q", "-m", "new"]));
    assert_eq!(repo.hook_found(), set(&[("new.pem", &first)]));
    repo.scan(&["--staged", "sub"]).is(&[("new.pem", &first)]);
}

#[test]
fn repositories_that_cannot_be_vouched_for() {
    let repo = Repo::new(&[]);
    repo.commit("a.txt", "a\n");
    repo.add("b.txt", "b\n");
    let index = std::fs::read(repo.root.join(".git/index")).unwrap();
    std::fs::write(repo.root.join(".git/index"), &index[..index.len() / 2]).unwrap();
    let scan = repo.staged();
    assert_eq!(scan.code, 2);
    assert!(scan.stderr.contains("damaged index"), "{}", scan.stderr);
    std::fs::write(repo.root.join(".git/index"), index).unwrap();
    // A blob that is gone.
    let blob = repo.git(&["rev-parse", ":b.txt"]);
    let (folder, name) = blob.split_at(2);
    std::fs::remove_file(repo.root.join(".git/objects").join(folder).join(name)).unwrap();
    let scan = repo.staged();
    assert_eq!(scan.code, 2);
    assert!(
        scan.report["notices"][0]["detail"]
            .as_str()
            .unwrap()
            .contains(&blob)
    );
    // References that we cannot read.
    let tables = Repo::new(&["--ref-format=reftable"]);
    tables.commit("a.txt", "a\n");
    let scan = tables.staged();
    assert_eq!(scan.code, 2);
    assert!(scan.stderr.contains("reftable"), "{}", scan.stderr);
    // No repository at all, a bare one, two that are named.
    let mut nowhere = repo.command(STRAYKEY);
    nowhere
        .current_dir(repo.home.path())
        .args(["scan", "--staged"]);
    assert_eq!(Scan::of(&mut nowhere, "").code, 2);
    repo.git(&["clone", "-q", "--bare", ".", "../bare"]);
    assert_eq!(repo.scan(&["--staged", "../bare"]).code, 2);
    let mut two = repo.command(STRAYKEY);
    two.env("GIT_DIR", "../bare")
        .args(["scan", "--staged", "."]);
    let scan = Scan::of(&mut two, "");
    assert_eq!(scan.code, 2);
    assert!(
        scan.stderr.contains("another repository"),
        "{}",
        scan.stderr
    );
}

#[test]
fn blobs_of_all_sizes() {
    let (repo, key) = (Repo::new(&[]), key());
    repo.commit("a.txt", "a\n");
    // More than is held whole, incompressible enough not to look like a lie.
    let mut noise = String::new();
    let mut state = 1_u32;
    while noise.len() < 9 << 20 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.push_str(&format!("{state:08x}\n"));
    }
    noise.push_str(&key.pem);
    repo.add("large.txt", &noise);
    repo.add("small.pem", &key.pem);
    repo.staged()
        .is(&[("large.txt", &key), ("small.pem", &key)]);
    let scan = repo.scan(&["--staged", "--max-file-size", "1M"]);
    assert_eq!(scan.found, set(&[("small.pem", &key)]));
    assert_eq!(scan.report["skipped"]["too-large"], 1);
}

/// From some number of blobs on they are found by a sweep, which has no sizes of its own.
#[test]
fn the_largest_size_holds_for_few_blobs_and_for_many() {
    let (repo, key) = (Repo::new(&[]), key());
    repo.commit("a.txt", "a\n");
    repo.add("large.txt", &format!("{}{}", "x".repeat(5_000), key.pem));
    repo.add("small.pem", &key.pem);
    let scan = |more: usize| {
        for n in 0..more {
            repo.write(&format!("many/{n}"), &n.to_string());
        }
        repo.git(&["add", "-A"]);
        repo.scan(&["--staged", "--max-file-size", "4K"])
    };
    for more in [0, 2_100] {
        let scan = scan(more);
        assert_eq!(scan.found, set(&[("small.pem", &key)]), "{more}");
        assert_eq!(scan.report["skipped"]["too-large"], 1, "{more}");
        let notice = &scan.report["notices"][0];
        assert_eq!(notice["path"], "large.txt", "{more}: {notice}");
    }
}
