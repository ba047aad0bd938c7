//! `scan --range` and `--since`.

use std::collections::BTreeSet;

use proptest::prelude::*;
use straykey::source::git::range;

use crate::program::*;

#[test]
fn ranges_with_merges_and_roots() {
    let (repo, keys) = (Repo::new(&[]), [(); 6].map(|()| key()));
    let root = repo.commit("a.pem", &keys[0].pem);
    let base = repo.commit("b.txt", "b\n");
    repo.git(&["checkout", "-q", "-b", "side"]);
    let on_side = repo.commit("side.pem", &keys[1].pem);
    repo.commit("side.txt", "side\n");
    repo.git(&["checkout", "-q", "main"]);
    let passing = repo.commit("passing.pem", &keys[2].pem);
    repo.git(&["rm", "-q", "passing.pem"]);
    repo.git(&["commit", "-q", "-m", "removed"]);
    // A merge that brings what neither side had.
    repo.git(&["merge", "-q", "--no-commit", "side"]);
    repo.add("evil.pem", &keys[3].pem);
    repo.git(&["commit", "-q", "-m", "merge"]);
    let merge = repo.git(&["rev-parse", "HEAD"]);
    // Another first commit.
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    repo.git(&["rm", "-q", "-r", "-f", "."]);
    let orphan = repo.commit("orphan.pem", &keys[4].pem);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&[
        "merge",
        "-q",
        "--allow-unrelated-histories",
        "-m",
        "both",
        "other",
    ]);

    let scan = repo.scan(&["--range", &format!("{base}..{merge}")]);
    let new = [
        ("side.pem", &keys[1]),
        ("passing.pem", &keys[2]),
        ("evil.pem", &keys[3]),
    ];
    scan.is(&new);
    for (path, key) in new {
        let finding = scan.report["findings"].as_array().unwrap().iter();
        let finding = finding
            .clone()
            .find(|f| f["id"] == key.id.as_str())
            .unwrap();
        let facts = &finding["properties"]["straykey"];
        let (commit, reach) = match path {
            "side.pem" => (&on_side, "tip"),
            "passing.pem" => (&passing, "history"),
            _ => (&merge, "tip"),
        };
        assert_eq!(facts["commit"], commit.as_str(), "{path}");
        assert_eq!(facts["reach"], reach, "{path}");
        let time = repo.git(&[
            "show",
            "-s",
            "--format=%cd",
            "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
            commit,
        ]);
        assert_eq!(facts["first_seen"], time.as_str());
    }
    repo.scan(&["--range", &format!("{merge}..")])
        .is(&[("orphan.pem", &keys[4])]);
    repo.scan(&["--range", "side..main^1"])
        .is(&[("passing.pem", &keys[2]), ("evil.pem", &keys[3])]);
    repo.scan(&["--range", &format!("{root}~0..side~1")])
        .is(&[("side.pem", &keys[1])]);
    // An empty variable of a CI server turns no scan off.
    for empty in ["..HEAD", "..", "...HEAD"] {
        let scan = repo.scan(&["--range", empty]);
        assert_eq!(scan.code, 2, "{empty}");
        assert!(scan.stderr.contains("no BASE"), "{}", scan.stderr);
    }
    // Three dots: both sides of the fork.
    repo.scan(&["--range", &format!("side...{passing}")])
        .is(&[("side.pem", &keys[1]), ("passing.pem", &keys[2])]);
    let scan = repo.scan(&["--range", "HEAD..main"]);
    scan.is(&[]);
    assert!(scan.stderr.contains("no commits"), "{}", scan.stderr);
    // What comes back is new again.
    repo.commit("passing.pem", &keys[2].pem);
    repo.scan(&["--range", "HEAD~..HEAD"])
        .is(&[("passing.pem", &keys[2])]);
    // A key in a message.
    repo.git(&[
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        &format!("words\n\n{}", keys[5].pem),
    ]);
    let message = format!(".git!{}", repo.git(&["rev-parse", "HEAD"]));
    repo.scan(&["--range", "HEAD~..HEAD"])
        .is(&[(&message, &keys[5])]);
    assert_eq!(repo.scan(&["--range", "nowhere..HEAD"]).code, 2);
    assert_eq!(repo.scan(&["--range", "HEAD"]).code, 2);
    assert_eq!(repo.scan(&["--range", "HEAD~..HEAD", "--staged"]).code, 2);
    let orphans = repo.scan(&["--range", &format!("side..{orphan}")]);
    orphans.is(&[("orphan.pem", &keys[4])]);
}

#[test]
fn new_branches_and_lost_bases() {
    let (repo, old, new) = (Repo::new(&[]), key(), key());
    repo.commit("old.pem", &old.pem);
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.commit("new.pem", &new.pem);
    let zero = "0".repeat(40);
    repo.scan(&["--range", &format!("{zero}..topic")])
        .is(&[("new.pem", &new)]);
    let everything = repo.scan(&["--range", &format!("{zero}..main")]);
    // The only other branch is ahead of it.
    everything.is(&[]);
    assert!(
        everything.stderr.contains("no commits"),
        "{}",
        everything.stderr
    );
    repo.git(&["branch", "-q", "-D", "main"]);
    repo.scan(&["--range", &format!("{zero}..topic")])
        .is(&[("new.pem", &new), ("old.pem", &old)]);
    repo.git(&["branch", "main", "topic~"]);
    // After a force-push the old tip is not there.
    let lost = "1".repeat(40);
    let scan = repo.scan(&["--range", &format!("{lost}..topic")]);
    scan.is(&[("new.pem", &new)]);
    assert!(scan.stderr.contains("taken instead"), "{}", scan.stderr);
    let scan = repo.scan(&["--range", &format!("{lost}..main")]);
    assert_eq!(scan.code, 2);
    assert!(scan.stderr.contains("force-push"), "{}", scan.stderr);
}

#[test]
fn shallow_clones_say_what_to_fetch() {
    let (repo, first, second) = (Repo::new(&[]), key(), key());
    let base = repo.commit("first.pem", &first.pem);
    repo.commit("a.txt", "a\n");
    let third = repo.commit("second.pem", &second.pem);
    repo.commit("b.txt", "b\n");
    let url = format!("file://{}", repo.root.display());
    let clone = |depth: &str, name: &str| {
        repo.git(&["clone", "-q", "--depth", depth, &url, &format!("../{name}")]);
        format!("../{name}")
    };
    let shallow = clone("2", "two");
    // The commit at the cut is in the range, its parent is not there.
    let scan = repo.scan(&["--range", &format!("{base}..HEAD"), &shallow]);
    assert_eq!(scan.code, 2);
    assert!(
        scan.stderr.contains("git fetch --unshallow"),
        "{}",
        scan.stderr
    );
    let scan = repo.scan(&["--since", "2 weeks", &shallow]);
    assert_eq!(scan.code, 2);
    let detail = scan.report["notices"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("git fetch --deepen"), "{detail}");
    let scan = repo.scan(&["--range", "HEAD~2..HEAD", &shallow]);
    assert_eq!(scan.code, 2);
    assert!(
        scan.stderr.contains("git fetch --unshallow"),
        "{}",
        scan.stderr
    );
    // Enough is there.
    repo.scan(&["--range", "HEAD~..HEAD", &shallow]).is(&[]);
    let shallow = clone("3", "three");
    repo.scan(&["--range", &format!("{third}~..HEAD"), &shallow])
        .is(&[("second.pem", &second)]);
    // The parent is there, although git was told to stop before it.
    let shallow = clone("1", "one");
    let mut fetch = repo.command("git");
    fetch.current_dir(repo.root.join(&shallow));
    run(
        fetch.args(["fetch", "-q", "--depth=1", "origin", &third]),
        "",
    );
    repo.scan(&["--range", &format!("{third}..HEAD"), &shallow])
        .is(&[]);
}

#[test]
fn since_a_date() {
    let (repo, old, new) = (Repo::new(&[]), key(), key());
    for (date, path, key) in [
        ("2026-01-10T12:00:00+02:00", "old.pem", &old),
        ("2026-02-10T12:00:00+02:00", "new.pem", &new),
    ] {
        repo.add(path, &key.pem);
        let mut commit = repo.command("git");
        commit.env("GIT_COMMITTER_DATE", date);
        run(commit.args(["commit", "-q", "-m", path]), "");
    }
    repo.scan(&["--since", "2026-02-01"])
        .is(&[("new.pem", &new)]);
    repo.scan(&["--since", "2026-02-10T10:00:00Z"])
        .is(&[("new.pem", &new)]);
    repo.scan(&["--since", "2026-02-10T10:00:01Z"]).is(&[]);
    repo.scan(&["--since", "2025-12-31"])
        .is(&[("new.pem", &new), ("old.pem", &old)]);
    assert_eq!(repo.scan(&["--since", "yesterday-ish"]).code, 2);
}

/// Imports a random history: each commit has up to three parents and changes some of eight files.
fn import(repo: &Repo, commits: &[(Vec<usize>, Vec<(u8, u8)>)]) {
    let mut stream = String::new();
    for (number, (parents, changes)) in commits.iter().enumerate() {
        let time = 1_700_000_000 + (number * 7919) % 50_000;
        stream.push_str(&format!(
            "reset refs/heads/c{number}\ncommit refs/heads/c{number}\nmark :{}\ncommitter A <a@b> {time} +0000\ndata 1\nm\n",
            number + 1
        ));
        let mut parents: Vec<usize> = parents
            .iter()
            .filter(|_| number > 0)
            .map(|p| p % number.max(1))
            .collect();
        parents.dedup();
        let mut seen = BTreeSet::new();
        parents.retain(|parent| seen.insert(*parent));
        for (place, parent) in parents.iter().enumerate() {
            let word = if place == 0 { "from" } else { "merge" };
            stream.push_str(&format!("{word} :{}\n", parent + 1));
        }
        for (file, content) in changes {
            let (file, content) = (file % 8, content % 5);
            let path = format!("d{}/e{}/f{file}", file % 2, file % 3);
            if content == 0 {
                stream.push_str(&format!("D {path}\n"));
            } else {
                stream.push_str(&format!("M 644 inline {path}\ndata 1\n{content}\n"));
            }
        }
        stream.push('\n');
    }
    run(
        repo.command("git")
            .args(["fast-import", "--quiet", "--force"]),
        &stream,
    );
}

/// Paths and blobs of a commit.
fn listing(repo: &Repo, commit: &str) -> BTreeSet<(String, String)> {
    let text = repo.git(&["ls-tree", "-r", commit]);
    let entry = |line: &str| {
        let (facts, path) = line.split_once('\t').unwrap();
        (path.to_owned(), facts.split(' ').nth(2).unwrap().to_owned())
    };
    text.lines().map(entry).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Every commit that git lists, each against all its parents.
    #[test]
    fn ranges_agree_with_git(
        commits in proptest::collection::vec(
            (
                proptest::collection::vec(0_usize..64, 0..4),
                proptest::collection::vec((0_u8..8, 0_u8..5), 0..4),
            ),
            2..12,
        ),
        ends in (0_usize..64, 0_usize..64),
    ) {
        let repo = Repo::new(&[]);
        import(&repo, &commits);
        let (base, head) = (ends.0 % commits.len(), ends.1 % commits.len());
        for dots in ["..", "..."] {
            let text = format!("c{base}{dots}c{head}");
            let place = repo.located();
            let selection = range(&place, &place.odb(), &text).unwrap();
            prop_assert_eq!(&selection.missing, &Vec::<String>::new());
            let mut expected = BTreeSet::new();
            let mut listed = BTreeSet::new();
            for line in repo.git(&["rev-list", "--parents", &text]).lines() {
                let mut words = line.split(' ');
                let commit = words.next().unwrap();
                listed.insert(commit.to_owned());
                let before: Vec<_> = words.map(|parent| listing(&repo, parent)).collect();
                let mut new = listing(&repo, commit);
                new.retain(|entry| before.iter().all(|parent| !parent.contains(entry)));
                expected.extend(new);
            }
            let ours: BTreeSet<_> = selection.commits.keys().map(ToString::to_string).collect();
            prop_assert_eq!(ours, listed);
            let mut ours = BTreeSet::new();
            for (id, standings) in &selection.blobs {
                for standing in standings {
                    ours.insert((String::from_utf8(standing.path.clone()).unwrap(), id.to_string()));
                }
            }
            prop_assert_eq!(ours, expected);
        }
    }
}
