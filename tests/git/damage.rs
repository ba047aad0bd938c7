//! Object databases that are damaged: all that can be read is, the rest is said, nothing panics.

use std::process::Command;

use straykey::source::git::SweepOptions;

use crate::objects::*;

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
