//! The sweep against real repositories: what it shows must be what git itself prints, in the
//! delta-aware and in the naive mode, for any layout of the object database.

use straykey::source::git::{
    HashKind, ObjectId, ObjectKind, SkipReason, SweepOptions, discover, sweep,
};

use crate::objects::*;

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
        // Where triggers are is known of most, and was right.
        let (_, visitors) = sweep(&repo.odb(), &Toy::default(), &SweepOptions::default());
        let placed: u64 = visitors.iter().map(|visitor| visitor.placed).sum();
        assert!(placed > 5, "seed {seed}: {placed}");
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
    let dropped = |id: &ObjectId| id.as_raw()[0].is_multiple_of(2);
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

#[test]
fn a_multi_pack_index_changes_nothing() {
    let repo = Repo::new(&[]);
    for branch in ["one", "two", "three"] {
        repo.import(branch, &[Dice(branch.len() as u64).versions(20, 8)]);
    }
    repo.git(&["multi-pack-index", "write", "--bitmap"]);
    assert!(repo.objects().join("pack/multi-pack-index").exists());
    let before = agrees(&repo).counts;
    // And when it points at packs that are gone.
    repo.git(&["repack", "-adq"]);
    repo.git(&["config", "core.multiPackIndex", "true"]);
    let path = repo.objects().join("pack/multi-pack-index");
    std::fs::write(path, b"MIDX of other packs").unwrap();
    repo.git(&["config", "core.multiPackIndex", "false"]);
    let after = agrees(&repo).counts;
    assert_eq!((before.blobs, before.commits), (after.blobs, after.commits));
}

#[test]
fn partial_clones_say_that_objects_are_missing() {
    let repo = Repo::new(&[]);
    repo.import(
        "main",
        &[vec![b"a PuTTY-User-Key".to_vec(), b"gone".to_vec()]],
    );
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    repo.git(&["checkout", "-q", "-f", "main"]);
    let from = format!("file://{}", repo.path().display());
    repo.git(&[
        "clone",
        "-q",
        "--no-checkout",
        "--filter=blob:none",
        &from,
        "cut",
    ]);
    let odb = discover(&repo.path().join("cut")).unwrap().odb();
    let (shown, outcome) = swept(&odb, &SweepOptions::default());
    assert!(outcome.promisor && odb.is_promisor());
    assert_eq!(
        (shown.len(), outcome.counts.blobs, outcome.skips),
        (0, 0, vec![])
    );
    assert_eq!(outcome.counts.commits, 2);
}
