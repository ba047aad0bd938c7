//! `scan --push-input`, called by git's own hooks.

use crate::program::*;

#[test]
fn hooks_of_pushes() {
    let (repo, first, second, third) = (Repo::new(&[]), key(), key(), key());
    repo.commit("a.txt", "a\n");
    let bare = repo.home.path().join("bare.git");
    repo.git(&["init", "-q", "--bare", "-b", "main", "../bare.git"]);
    repo.git(&["remote", "add", "origin", "../bare.git"]);
    repo.hook(
        &repo.root.join(".git/hooks"),
        "pre-push",
        "--push-input --remote \"$1\"",
    );
    assert!(repo.try_git(&["push", "-q", "origin", "main"]));
    assert_eq!(repo.hook_found(), set(&[]));
    repo.commit("first.pem", &first.pem);
    assert!(!repo.try_git(&["push", "-q", "origin", "main"]));
    assert_eq!(repo.hook_found(), set(&[("first.pem", &first)]));
    assert!(repo.try_git(&["push", "-q", "--no-verify", "origin", "main"]));
    // A new branch on top of what the remote has.
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.commit("second.pem", &second.pem);
    assert!(!repo.try_git(&["push", "-q", "origin", "topic", "HEAD~:refs/heads/same"]));
    assert_eq!(repo.hook_found(), set(&[("second.pem", &second)]));
    // Another remote has nothing of that.
    repo.git(&["init", "-q", "--bare", "-b", "main", "../public.git"]);
    repo.git(&["remote", "add", "public", "../public.git"]);
    assert!(!repo.try_git(&["push", "-q", "public", "main"]));
    assert_eq!(repo.hook_found(), set(&[("first.pem", &first)]));
    // A key in the message of a tag.
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["tag", "-a", "v1", "-m", &format!("words\n\n{}", third.pem)]);
    let message = format!(".git!{}", repo.git(&["rev-parse", "v1"]));
    assert!(!repo.try_git(&["push", "-q", "origin", "v1"]));
    assert_eq!(repo.hook_found(), set(&[(&message, &third)]));
    // Nothing but a deletion.
    assert!(repo.try_git(&[
        "push",
        "-q",
        "--no-verify",
        "origin",
        "HEAD:refs/heads/gone"
    ]));
    assert!(repo.try_git(&["push", "-q", "origin", ":gone"]));
    assert_eq!(repo.hook_found(), set(&[]));

    // On the receiving side.
    std::fs::remove_file(repo.root.join(".git/hooks/pre-push")).unwrap();
    repo.hook(&bare.join("hooks"), "pre-receive", "--push-input");
    for unpack_limit in ["1", "1000"] {
        repo.git(&[
            "-C",
            "../bare.git",
            "config",
            "receive.unpackLimit",
            unpack_limit,
        ]);
        assert!(!repo.try_git(&["push", "-q", "origin", "topic"]));
        assert_eq!(repo.hook_found(), set(&[("second.pem", &second)]));
        assert!(!repo.try_git(&["push", "-q", "origin", "v1"]));
        assert_eq!(repo.hook_found(), set(&[(&message, &third)]));
    }
    // The remote has this blob already, in a commit; under a new name it is new.
    repo.git(&["checkout", "-q", "-b", "moved"]);
    repo.git(&["mv", "first.pem", "moved.pem"]);
    repo.git(&["commit", "-q", "-m", "moved"]);
    assert!(!repo.try_git(&["push", "-q", "origin", "moved"]));
    assert_eq!(repo.hook_found(), set(&[("moved.pem", &first)]));
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("harmless.txt", "harmless\n");
    assert!(repo.try_git(&["push", "-q", "origin", "main"]));
    assert_eq!(repo.hook_found(), set(&[]));
    // A tag of a tree, and one of a blob.
    let tree = repo.git(&["rev-parse", "topic^{tree}"]);
    repo.git(&["tag", "tree", &tree]);
    assert!(!repo.try_git(&["push", "-q", "origin", "tree"]));
    assert!(
        repo.hook_found()
            .contains(&("second.pem".to_owned(), second.id.clone()))
    );
    let input = Scan::of(
        repo.command(STRAYKEY).args(["scan", "--push-input"]),
        "not from git\n",
    );
    assert_eq!(input.code, 2);
    let input = Scan::of(repo.command(STRAYKEY).args(["scan", "--push-input"]), "");
    assert_eq!(input.code, 0);
    assert!(
        input.stderr.contains("nothing is pushed"),
        "{}",
        input.stderr
    );
}
