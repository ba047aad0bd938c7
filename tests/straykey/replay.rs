//! The fuzz targets on the stable toolchain: over `testdata`, over mutations
//! of it that are the same in every run, and over inputs that found a bug.

#[path = "../../fuzz/hooks.rs"]
mod hooks;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::cases::{Dice, testdata};

/// Mutations of each seed.
const MUTATIONS: usize = 3;
/// Largest seed.
const MAX_SEED: u64 = 16 << 10;

struct Seed {
    name: String,
    bytes: Vec<u8>,
}

fn seeds() -> Vec<Seed> {
    let mut files = Vec::new();
    collect(&testdata(), &mut files);
    files.sort();
    let seeds = files.into_iter().map(|path| Seed {
        bytes: fs::read(&path).expect("readable"),
        name: path
            .strip_prefix(testdata())
            .expect("below")
            .display()
            .to_string(),
    });
    let seeds: Vec<Seed> = seeds.collect();
    assert!(seeds.len() > 500, "{} seeds", seeds.len());
    seeds
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let found = entry.metadata().expect("metadata");
        if found.is_dir() {
            collect(&entry.path(), files);
        } else if found.len() <= MAX_SEED {
            files.push(entry.path());
        }
    }
}

/// Changes a few bytes as a fuzzer does: flips, runs, cuts, copies, and pieces
/// of other seeds.
fn mutate(bytes: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let len = dice.below(24).min(bytes.len() - at);
        match dice.below(7) {
            0 => bytes
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|b| *b ^= 1 << (len % 8)),
            1 => bytes.iter_mut().skip(at).take(len).for_each(|b| *b = 0xff),
            2 => drop(bytes.drain(at..at + len)),
            3 => bytes.truncate(at),
            4 => {
                let copy = bytes[at..at + len].to_vec();
                bytes.splice(at..at, copy);
            }
            5 => {
                let from = dice.below(other.len() + 1);
                let end = other.len().min(from + 400);
                bytes.splice(at..at, other[from..end].iter().copied());
            }
            _ => {
                const EDGES: [u8; 8] = [0, 1, 0x30, 0x7f, 0x80, 0x82, 0x84, 0xff];
                bytes
                    .iter_mut()
                    .skip(at)
                    .take(1)
                    .for_each(|b| *b = EDGES[len % 8]);
            }
        }
    }
    bytes
}

/// Runs a hook over everything. `lead` returns the bytes that go before a seed:
/// the choices of a target.
fn replay(target: &str, hook: fn(&[u8]), lead: fn(&mut Dice) -> Vec<u8>, mutations: usize) {
    let seeds = seeds();
    let inputs: Vec<(String, Vec<u8>)> = seeds
        .par_iter()
        .flat_map_iter(|seed| {
            let mut dice = Dice::of(&format!("{target} {}", seed.name));
            let seeds = &seeds;
            (0..=mutations).map(move |round| {
                let other = &seeds[dice.below(seeds.len())].bytes;
                let bytes = match round {
                    0 => seed.bytes.clone(),
                    _ => mutate(&seed.bytes, other, &mut dice),
                };
                let name = format!("{}, mutation {round}", seed.name);
                (name, [lead(&mut dice), bytes].concat())
            })
        })
        .chain(regressions(target))
        .chain(kept(target))
        .collect();
    let failed: Vec<&str> = inputs
        .par_iter()
        .filter(|(_, bytes)| catch_unwind(AssertUnwindSafe(|| hook(bytes))).is_err())
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(
        failed.is_empty(),
        "{target} failed on:\n{}",
        failed.join("\n")
    );
}

fn regressions(target: &str) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("fuzz/regressions").join(target);
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            (
                path.display().to_string(),
                fs::read(&path).expect("readable"),
            )
        })
        .collect()
}

/// What fuzzing has grown: the fewest small inputs that reach what all of them did.
fn kept(target: &str) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let packed = root.join(format!("fuzz/kept/{target}.tar.gz"));
    let folder = tempfile::tempdir().expect("a folder");
    let unpacked = std::process::Command::new("tar")
        .arg("-xzf")
        .arg(&packed)
        .current_dir(folder.path())
        .status();
    assert!(unpacked.expect("tar").success(), "{}", packed.display());
    let entries = fs::read_dir(folder.path()).expect("a folder");
    let read = entries.map(|entry| {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        (format!("kept {name}"), fs::read(&path).expect("readable"))
    });
    let inputs: Vec<_> = read.collect();
    assert!(inputs.len() > 30, "{target}: {} inputs", inputs.len());
    inputs
}

fn two(dice: &mut Dice) -> Vec<u8> {
    dice.bytes(2)
}

fn one(dice: &mut Dice) -> Vec<u8> {
    dice.bytes(1)
}

fn none(_: &mut Dice) -> Vec<u8> {
    Vec::new()
}

#[test]
fn formats() {
    replay("formats", hooks::formats, two, MUTATIONS);
}

#[test]
fn decode() {
    replay("decode", hooks::decode, two, MUTATIONS);
}

#[test]
fn scanner() {
    replay("scanner", hooks::scanner, none, MUTATIONS);
}

#[test]
fn inventory_list() {
    replay("inventory_list", hooks::inventory_list, none, 1);
    let list = fs::read(testdata().join("demo/inventory.jsonl")).expect("the list");
    let mut dice = Dice::of("lists");
    for _ in 0..2_000 {
        hooks::inventory_list(&mutate(&list, &list, &mut dice));
    }
}

#[test]
fn inventory_import() {
    replay("inventory_import", hooks::inventory_import, none, 1);
}

#[test]
fn archives() {
    replay("archives", hooks::archives, one, MUTATIONS);
}

#[test]
fn members() {
    replay("members", hooks::members, one, MUTATIONS);
}

/// Packs and indexes of histories, changed here and there.
#[test]
fn history() {
    let mut seeds = Vec::new();
    for bundle in ["history", "delta"] {
        let folder = tempfile::tempdir().expect("a folder");
        let bundle = testdata().join(format!("archive/{bundle}.bundle"));
        let cloned = std::process::Command::new("git")
            .args(["-c", "init.defaultBranch=main", "clone", "-q", "--bare"])
            .arg(&bundle)
            .arg(folder.path().join("one"))
            .status();
        assert!(cloned.expect("git").success());
        for entry in fs::read_dir(folder.path().join("one/objects/pack")).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|e| e == "idx") {
                let index = fs::read(&path).expect("readable");
                let pack = fs::read(path.with_extension("pack")).expect("readable");
                seeds.push((index, pack));
            }
        }
    }
    assert_eq!(seeds.len(), 2);
    let rounds: Vec<usize> = (0..600).collect();
    let failed: Vec<usize> = rounds
        .par_iter()
        .copied()
        .filter(|round| {
            let mut dice = Dice::of(&format!("history {round}"));
            let (index, pack) = &seeds[round % 2];
            let (mut index, mut pack) = (index.clone(), pack.clone());
            match round / 2 % 3 {
                0 => pack = mutate(&pack, &index, &mut dice),
                1 => index = mutate(&index, &pack, &mut dice),
                // Without an index.
                _ => {
                    index.clear();
                    pack = mutate(&pack, &pack.clone(), &mut dice);
                }
            }
            let len = u16::try_from(index.len()).expect("a small index");
            let input = [&len.to_le_bytes()[..], &index, &pack].concat();
            catch_unwind(AssertUnwindSafe(|| hooks::history(&input))).is_err()
        })
        .collect();
    assert!(failed.is_empty(), "rounds {failed:?}");
    let none = [0, 0];
    hooks::history(&none);
    let kept = kept("history");
    let failed = kept
        .par_iter()
        .filter(|(_, bytes)| catch_unwind(AssertUnwindSafe(|| hooks::history(bytes))).is_err());
    let failed: Vec<&str> = failed.map(|(name, _)| name.as_str()).collect();
    assert!(failed.is_empty(), "{failed:?}");
}
