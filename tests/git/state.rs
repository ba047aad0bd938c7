//! `scan --state`: what was looked at is not looked at again, and what is found does not depend on
//! whether there is a state, however it came about or whatever became of it.

use std::path::PathBuf;

use crate::objects::Dice;
use crate::program::*;

/// A repository with a folder for the state.
struct Kept {
    repo: Repo,
    state: PathBuf,
}

impl Kept {
    fn new(options: &[&str]) -> Self {
        let repo = Repo::new(options);
        let state = repo.home.path().join("state");
        Self { repo, state }
    }

    fn scan(&self, arguments: &[&str]) -> Scan {
        let state = self.state.to_str().unwrap();
        let all = [&["--state", state], arguments, &["."]].concat();
        self.repo.scan_all(&all)
    }

    /// Scans with the state and without; returns how many blobs the first looked at.
    #[track_caller]
    fn agrees(&self) -> u64 {
        let (kept, fresh) = (self.scan(&[]), self.repo.scan_all(&["."]));
        assert_eq!(kept.report["findings"], fresh.report["findings"]);
        assert_eq!(kept.report["notices"], fresh.report["notices"]);
        assert_eq!(kept.code, fresh.code);
        blobs(&kept)
    }

    /// The only state file.
    fn file(&self) -> PathBuf {
        let mut files = std::fs::read_dir(&self.state).unwrap();
        let file = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none());
        file
    }
}

fn blobs(scan: &Scan) -> u64 {
    scan.report["stats"]["blobs"].as_u64().unwrap()
}

fn unused(scan: &Scan) -> u64 {
    scan.report["skipped"]["state-unused"].as_u64().unwrap_or(0)
}

#[test]
fn what_was_looked_at_is_not_looked_at_again() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let (kept, key) = (Kept::new(options), key());
        for number in 0..20 {
            kept.repo
                .write(&format!("f{number}"), &format!("{number}\n"));
        }
        kept.repo.commit("key.pem", &key.pem);
        kept.repo.git(&["add", "."]);
        kept.repo.commit("key.pem", "gone\n");
        assert_eq!(kept.agrees(), 22);
        let written = std::fs::metadata(kept.file()).unwrap().modified().unwrap();
        assert_eq!(kept.agrees(), 0);
        let again = std::fs::metadata(kept.file()).unwrap().modified().unwrap();
        assert_eq!(written, again, "nothing new, nothing written");
        // One more.
        kept.repo.commit("new", "new\n");
        assert_eq!(kept.agrees(), 1);
        // The same objects in other places.
        kept.repo.git(&["gc", "-q"]);
        assert_eq!(kept.agrees(), 0);
        kept.repo.commit("newer", "newer\n");
        assert_eq!(kept.agrees(), 1);
        kept.repo.git(&["repack", "-q"]);
        assert_eq!(kept.agrees(), 0, "two packs");
        kept.repo.git(&["repack", "-adq"]);
        assert_eq!(kept.agrees(), 0, "one again");
        assert_eq!(
            kept.scan(&["--naive"]).report["findings"],
            kept.scan(&[]).report["findings"]
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let mode = |path| std::fs::metadata(path).unwrap().mode() & 0o777;
            assert_eq!(
                (mode(kept.state.clone()), mode(kept.file())),
                (0o700, 0o600)
            );
        }
    }
}

#[test]
fn what_is_gone_from_the_database_is_gone() {
    let (kept, stays, goes) = (Kept::new(&[]), key(), key());
    kept.repo.commit("stays.pem", &stays.pem);
    kept.repo.git(&["checkout", "-q", "-b", "side"]);
    kept.repo.commit("goes.pem", &goes.pem);
    kept.repo.git(&["checkout", "-q", "main"]);
    kept.agrees();
    assert_eq!(kept.scan(&[]).places().len(), 2);
    kept.repo.git(&["branch", "-q", "-D", "side"]);
    assert_eq!(kept.agrees(), 0);
    assert_eq!(
        kept.scan(&[]).finding(&goes)["places"][0]["reach"],
        "reflog"
    );
    kept.repo
        .git(&["reflog", "expire", "--expire=now", "--all"]);
    kept.repo.git(&["gc", "-q", "--prune=now"]);
    assert_eq!(kept.agrees(), 0);
    assert_eq!(
        kept.scan(&[]).places(),
        [("stays.pem".to_owned(), stays.id.clone())]
    );
    // It comes back as something new.
    kept.repo.commit("back.pem", &goes.pem);
    assert_eq!(kept.agrees(), 1);
}

#[test]
fn a_new_inventory_is_matched_from_the_state() {
    let (kept, key) = (Kept::new(&[]), key());
    kept.repo.commit("key.pem", &key.pem);
    kept.repo.commit("key.pem", "gone\n");
    kept.repo.git(&["gc", "-q"]);
    let rule = |scan: &Scan| scan.finding(&key)["rule"].as_str().unwrap().to_owned();
    assert_eq!(rule(&kept.scan(&[])), "private-key");
    let list = kept.repo.home.path().join("list.jsonl");
    let header = serde_json::json!({
        "format": "straykey-inventory/1", "list_id": "x", "org": "x", "version": 1,
        "issued_at": "2026-01-01T00:00:00Z", "expires_at": "2099-01-01T00:00:00Z",
        "prev_sha256": null, "sources": ["vault"], "counts": {"entries": 1, "holdings": 1},
        "challenge": "3b0834566f4e903bede96be13751872cbcef0f0de495611ac9f9b9b45733fc8b",
    });
    let entry = serde_json::json!({
        "entry": 1, "name": "ours", "kind": "okp", "alg": ["EdDSA"], "ids": {"spki-sha256": key.id},
        "holdings": [{"source": "vault:transit/ours", "version": "1", "state": "active",
            "env": "prod", "origin": "imported", "extractable": true}],
        "custodians": [], "allowed": ["kms"], "trusted_by": [],
    });
    std::fs::write(&list, format!("{header}\n{entry}\n")).unwrap();
    let scan = kept.scan(&["--inventory", list.to_str().unwrap()]);
    assert_eq!(
        (rule(&scan).as_str(), blobs(&scan)),
        ("managed-key-prod", 0),
        "{}",
        scan.stderr
    );
}

#[test]
fn nothing_that_helps_a_guesser_is_kept() {
    let (kept, key) = (Kept::new(&[]), key());
    let jwk = |secret: &str| format!("{{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"{secret}\"}}\n");
    let (weak, strong) = (
        "c2VjcmV0c2VjcmV0",
        "9N2bq7xJ0Qm5vYzT1rKcLwPdHsGfEaXu8oIjV3Wk4ZM",
    );
    kept.repo.commit("weak.json", &jwk(weak));
    kept.repo.commit("strong.json", &jwk(strong));
    kept.repo.commit("key.pem", &key.pem);
    kept.agrees();
    // What has no id is a finding at each place.
    let found = kept.scan(&[]).report["findings"].as_array().unwrap().len();
    assert_eq!(found, 4);
    // Of the weak one only its place is kept: it has no id that could be.
    assert_eq!(kept.agrees(), 0);
    kept.repo.git(&["gc", "-q"]);
    assert_eq!(kept.agrees(), 0);
    let state = std::fs::read(kept.file()).unwrap();
    let body = key.pem.lines().nth(1).unwrap();
    for secret in [weak, strong, "secretsecret", body, &body[..20]] {
        let mut windows = state.windows(secret.len());
        assert!(
            !windows.any(|window| window == secret.as_bytes()),
            "{secret}"
        );
    }
    assert!(state.windows(64).any(|window| window == key.id.as_bytes()));
}

#[test]
fn a_damaged_state_is_no_state() {
    let (kept, key) = (Kept::new(&[]), key());
    for number in 0..5 {
        kept.repo
            .commit(&format!("f{number}"), &format!("{number}\n"));
    }
    kept.repo.commit("key.pem", &key.pem);
    kept.repo.git(&["gc", "-q"]);
    kept.repo.commit("loose", "loose\n");
    assert_eq!(kept.agrees(), 7);
    let path = kept.file();
    let good = std::fs::read(&path).unwrap();
    let expected = kept.scan(&[]).report["findings"].clone();
    let mut dice = Dice(7);
    let mut rejected = 0;
    for round in 0..40 {
        let mut bad = good.clone();
        let at = dice.roll(bad.len());
        match round % 3 {
            0 => bad.truncate(at),
            _ => bad[at] ^= 1 << dice.roll(8),
        }
        std::fs::write(&path, bad).unwrap();
        let scan = kept.scan(&[]);
        assert_eq!(scan.report["findings"], expected, "round {round} at {at}");
        assert_eq!(scan.code, 1);
        match unused(&scan) {
            // Damage in a section that was not needed.
            0 => assert_eq!(blobs(&scan), 0),
            said => assert_eq!((said, blobs(&scan)), (1, 7), "round {round} at {at}"),
        }
        rejected += unused(&scan);
        std::fs::write(&path, &good).unwrap();
    }
    assert!(rejected > 20, "{rejected}");
    // What was not needed above is, when there is a new pack.
    let start = good.len() - 30;
    let mut bad = good.clone();
    bad[start] ^= 1;
    std::fs::write(&path, bad).unwrap();
    kept.repo.git(&["gc", "-q"]);
    let scan = kept.scan(&[]);
    assert_eq!((unused(&scan), blobs(&scan)), (1, 7));
    assert_eq!(unused(&kept.scan(&[])), 0, "it was replaced");
    // Another engine: passwords are not tried.
    let scan = kept.scan(&["--trials", "off"]);
    assert_eq!((unused(&scan), blobs(&scan)), (1, 7));
}

#[test]
fn a_folder_that_others_may_write_to_is_refused() {
    let kept = Kept::new(&[]);
    std::fs::create_dir(&kept.state).unwrap();
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(&kept.state, mode).unwrap();
        let scan = kept.scan(&[]);
        assert_eq!(scan.code, 2);
        assert!(scan.stderr.contains("others may write"), "{}", scan.stderr);
    }
    std::fs::remove_dir(&kept.state).unwrap();
    std::fs::write(&kept.state, "a file").unwrap();
    assert_eq!(kept.scan(&[]).code, 2);
}

#[test]
fn what_could_not_be_read_is_tried_and_said_again() {
    let (kept, key) = (Kept::new(&[]), key());
    kept.repo.commit("key.pem", &key.pem);
    kept.repo.git(&["rm", "-q", "key.pem"]);
    kept.repo.git(&["commit", "-q", "-m", "gone"]);
    let blob = kept.repo.git(&["rev-parse", "HEAD~:key.pem"]);
    let path = kept
        .repo
        .root
        .join(".git/objects")
        .join(&blob[..2])
        .join(&blob[2..]);
    let good = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, b"no zlib stream").unwrap();
    for _ in 0..3 {
        let scan = kept.scan(&[]);
        assert_eq!((scan.code, scan.places().len()), (2, 0));
        assert_eq!(scan.report["skipped"]["history-unread"], 1);
    }
    std::fs::write(&path, good).unwrap();
    assert_eq!(kept.agrees(), 1);
    // The same in a pack.
    kept.repo.git(&["gc", "-q"]);
    std::fs::remove_dir_all(&kept.state).unwrap();
    let packs = kept.repo.root.join(".git/objects/pack");
    let mut files = std::fs::read_dir(packs)
        .unwrap()
        .map(|file| file.unwrap().path());
    let pack = files
        .find(|path| path.extension().is_some_and(|e| e == "pack"))
        .unwrap();
    let good = std::fs::read(&pack).unwrap();
    let mut losses = 0;
    for at in (12..good.len() - 20).step_by(9) {
        let mut bad = good.clone();
        bad[at] ^= 0x2a;
        std::fs::remove_file(&pack).unwrap();
        std::fs::write(&pack, bad).unwrap();
        kept.agrees();
        kept.agrees();
        losses += u64::from(kept.scan(&[]).places().is_empty());
        std::fs::remove_file(&pack).unwrap();
        std::fs::write(&pack, &good).unwrap();
        // A good pack of the same name: what was lost is found, whatever the state says.
        kept.agrees();
        assert_eq!(kept.scan(&[]).places().len(), 1, "flip at {at}");
        std::fs::remove_dir_all(&kept.state).unwrap();
    }
    assert!(losses > 0);
}

#[test]
fn any_course_of_events_finds_the_same() {
    let keys = [(); 4].map(|()| key());
    for seed in 1..4 {
        let (kept, mut dice) = (Kept::new(&[]), Dice(seed * 7919));
        kept.repo.commit("first", "first\n");
        for step in 0..14 {
            let repo = &kept.repo;
            match dice.roll(8) {
                0 => drop(repo.commit(&format!("k{}.pem", dice.roll(3)), &keys[dice.roll(4)].pem)),
                1 => drop(repo.commit(&format!("f{step}"), &format!("{step}\n"))),
                2 => drop(repo.try_git(&["gc", "-q", "--prune=now"])),
                3 => drop(repo.try_git(&["repack", "-q"])),
                4 => drop(repo.try_git(&[
                    "checkout",
                    "-q",
                    "-B",
                    &format!("b{}", dice.roll(3)),
                    "HEAD~",
                ])),
                5 => {
                    repo.try_git(&["branch", "-q", "-D", &format!("b{}", dice.roll(3))]);
                    repo.try_git(&["reflog", "expire", "--expire=now", "--all"]);
                }
                6 => repo.add("staged.pem", &keys[dice.roll(4)].pem),
                _ => drop(repo.try_git(&[
                    "commit",
                    "-q",
                    "--allow-empty",
                    "-m",
                    &keys[dice.roll(4)].pem,
                ])),
            }
            if dice.roll(4) > 0 {
                kept.agrees();
            }
        }
        kept.agrees();
        assert_eq!(kept.agrees(), 0);
    }
}
