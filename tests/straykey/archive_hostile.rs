//! Archives made to hurt: bombs, endless nesting, a million members, lying sizes,
//! cut and flipped bytes, names that talk to terminals.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde_json::Value;
use straykey::blob::Origin;
use straykey::scanner::{ScanPlan, Scanner};
use straykey::source::archive::{self, Opened};
use straykey::unpack::Trouble;

use crate::cases::{Dice, folder, testdata};
use crate::hostile::bytes::{Zip, deflate, gzip};
use crate::program::run_in;

fn open(bytes: &[u8]) -> Opened {
    let scanner = Scanner::new(ScanPlan::default()).expect("tables");
    open_with(&scanner, bytes)
}

fn open_with(scanner: &Scanner, bytes: &[u8]) -> Opened {
    match archive::of_bytes(scanner, bytes) {
        Some(container) => archive::open_bytes(container, bytes, &Origin::file("a"), scanner),
        None => Opened::default(),
    }
}

fn troubles(opened: &Opened) -> Vec<Trouble> {
    opened.troubles.keys().copied().collect()
}

/// A zip file of these members.
fn zip(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = Zip::default();
    for (name, bytes) in members {
        let packed = deflate(bytes);
        let len = u32::try_from(packed.len()).expect("small");
        let at = zip.local(8, name, &packed, len);
        zip.record(8, name, len, at, 0o100_644);
    }
    zip.finish()
}

fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
    block[148..156].copy_from_slice(b"        ");
    block[156] = b'0';
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut tar = [block.as_slice(), bytes].concat();
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    tar
}

/// A key and its fingerprint.
fn key() -> (Vec<u8>, String) {
    let case = folder("pkcs8")
        .into_iter()
        .find(|c| c.name() == "good-ed25519.pem");
    let case = case.unwrap_or_else(|| {
        let mut all = folder("pkcs8").into_iter();
        all.find(|c| c.keys.len() == 1 && c.text().is_some())
            .expect("a key")
    });
    let id = case.keys[0].finding_id().expect("an id").to_owned();
    (case.bytes, id)
}

#[test]
fn a_bomb_of_zip_files_is_told() {
    let zeros = vec![0; 16 << 20];
    let mut bomb = zip(&[("0".to_owned(), zeros)]);
    for level in 0..4 {
        let members: Vec<_> = (0..16)
            .map(|i| (format!("{level}{i}.zip"), bomb.clone()))
            .collect();
        bomb = zip(&members);
    }
    let started = Instant::now();
    let opened = open(&bomb);
    assert_eq!(troubles(&opened), [Trouble::TooDense]);
    assert!(started.elapsed() < Duration::from_secs(60));
}

/// Members that share their bytes (D. Fifield, "A better zip bomb").
#[test]
fn a_flat_bomb_is_told() {
    let mut zip = Zip::default();
    let packed = deflate(&vec![0; 4 << 20]);
    let len = u32::try_from(packed.len()).expect("small");
    let at = zip.local(8, "k", &packed, len);
    for i in 0..60_000 {
        zip.record(8, format!("{i}"), len, at, 0o100_644);
    }
    let opened = open(&zip.finish());
    assert!(
        troubles(&opened).contains(&Trouble::TooDense),
        "{:?}",
        opened.troubles
    );
    assert!(opened.counts.bytes < 2 * archive::FREE_BYTES + archive::MAX_RATIO * (4 << 20));
}

#[test]
fn endless_nesting_is_told_and_what_is_above_is_found() {
    let (pem, id) = key();
    let mut gz = pem.clone();
    let mut tars = pem.clone();
    let mut zips = pem.clone();
    for level in 0..200 {
        gz = gzip(&gz);
        tars = tar("a.tar", &tars);
        zips = zip(&[
            ("k.pem".to_owned(), pem.clone()),
            (format!("{level}.zip"), zips),
        ]);
    }
    for bytes in [gz, tars] {
        assert_eq!(troubles(&open(&bytes)), [Trouble::TooDeep]);
    }
    let opened = open(&zips);
    assert_eq!(troubles(&opened), [Trouble::TooDeep]);
    assert_eq!(opened.sightings.len(), archive::MAX_CONTAINERS);
    let found = format!("{:?}", opened.sightings[0].subject);
    assert!(found.contains(&id), "{found}");
}

#[test]
fn a_million_members_are_told() {
    let mut zip = Zip::default();
    let at = zip.local(0, "k", b"", 0);
    for _ in 0..=archive::MAX_MEMBERS {
        zip.record(0, "k", 0, at, 0o100_644);
    }
    let opened = open(&zip.finish());
    assert_eq!(troubles(&opened), [Trouble::TooMany]);
}

/// Archives that hold themselves: a stored member that is the whole file but for
/// its own header, so that what it holds ends with the same directory.
#[test]
fn an_archive_that_holds_itself_is_told() {
    let (pem, _) = key();
    let len = u32::try_from(pem.len()).expect("small");
    let mut zip = Zip::default();
    let at = zip.local(0, "k.pem", &pem, len);
    zip.record(0, "k.pem", len, at, 0o100_644);
    let own = zip.local(0, "self.zip", b"", 0);
    zip.record(0, "self.zip", 0, own, 0o100_644);
    let mut bytes = zip.finish();
    // From behind the header of `k.pem` to the end.
    let whole = u32::try_from(bytes.len() - 35).expect("small");
    let record = memchr::memmem::find(&bytes, b"PK\x01\x02").expect("a record");
    for at in [18, 22, record + 20, record + 24] {
        bytes[at..at + 4].copy_from_slice(&whole.to_le_bytes());
    }
    let started = Instant::now();
    let opened = open(&bytes);
    assert!(!opened.sightings.is_empty());
    assert!(!troubles(&opened).is_empty(), "{:?}", opened.counts);
    assert!(started.elapsed() < Duration::from_secs(20));
}

/// Pages that name each other, themselves and none.
#[test]
fn trees_that_are_none_end() {
    let scanner = Scanner::new(ScanPlan::default()).expect("tables");
    for name in ["overflow.sqlite", "deleted-row.sqlite", "utf-16.sqlite"] {
        let bytes = fs::read(testdata().join("archive").join(name)).expect("readable");
        let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
        let pages = bytes.len() / page;
        let places = (0..pages).flat_map(|n| [0, 4, 8, 12].map(|at| n * page + at));
        let places = places
            .filter(|at| *at >= 100)
            .chain([28, 32, 36, 100, 104, 108]);
        let started = Instant::now();
        for at in places {
            for number in [
                0,
                1,
                at / page,
                at / page + 1,
                at / page + 2,
                pages,
                usize::MAX,
            ] {
                let mut bytes = bytes.clone();
                bytes[at..at + 4].copy_from_slice(&(number as u32).to_be_bytes());
                let opened = open_with(&scanner, &bytes);
                assert!(opened.counts.members < 1000, "{name}: {number} at {at}");
            }
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{name}");
    }
}

/// Cells that all claim the same bytes, and a chain that turns in a circle.
#[test]
fn a_database_cannot_make_much_of_little() {
    let page = 65_536_usize;
    let mut bytes = vec![0; 3 * page];
    bytes[..16].copy_from_slice(b"SQLite format 3\0");
    bytes[16..18].copy_from_slice(&1_u16.to_be_bytes());
    // Page 1: a leaf of 16,000 cells, each of 60,000 bytes of the page and a tail.
    bytes[100] = 13;
    bytes[103..105].copy_from_slice(&16_000_u16.to_be_bytes());
    let cell = 40_000_u16;
    for i in 0..16_000 {
        bytes[108 + 2 * i..110 + 2 * i].copy_from_slice(&cell.to_be_bytes());
    }
    // Payload of 25,000 bytes, row 1.
    let at = usize::from(cell);
    bytes[at..at + 4].copy_from_slice(&[0x81, 0xc3, 0x28, 1]);
    // Pages 2 and 3 go on with each other.
    bytes[page..page + 4].copy_from_slice(&3_u32.to_be_bytes());
    bytes[2 * page..2 * page + 4].copy_from_slice(&2_u32.to_be_bytes());
    let opened = open(&bytes);
    assert!(opened.counts.bytes < 1 << 20, "{:?}", opened.counts);
}

#[test]
fn sizes_that_lie_are_told() {
    let (pem, _) = key();
    let mut lies = Zip::default();
    let packed = deflate(&pem);
    let at = lies.local(8, "more", &packed, u32::MAX - 1);
    lies.record(8, "more", u32::MAX - 1, at, 0o100_644);
    let at = lies.local(8, "less", &packed, 10);
    lies.record(8, "less", 10, at, 0o100_644);
    lies.record(8, "nowhere", 10, u32::MAX - 1, 0o100_644);
    let opened = open(&lies.finish());
    // The first says its end itself, whatever its header says.
    assert_eq!(opened.sightings.len(), 1);
    assert_eq!(troubles(&opened), [Trouble::Truncated]);
    assert_eq!(opened.troubles[&Trouble::Truncated].0, 2);

    let mut large = tar("k.pem", &pem);
    // 2^62 bytes, in base 256.
    large[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]);
    large[148..156].copy_from_slice(b"        ");
    let sum: u32 = large[..512].iter().map(|b| u32::from(*b)).sum();
    large[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let opened = open(&large);
    assert_eq!(opened.sightings.len(), 1);
    assert_eq!(troubles(&opened), [Trouble::Truncated]);

    let start = [b"7z\xbc\xaf\x27\x1c\0\x04\0\0\0\0".as_slice(), &[0xff; 20]].concat();
    assert!(!troubles(&open(&start)).is_empty());
    let mut ar = b"!<arch>\n".to_vec();
    ar.extend_from_slice(
        format!(
            "{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
            "k/", 0, 0, 0, 644, 9_999_999_999_u64
        )
        .as_bytes(),
    );
    ar.extend_from_slice(&pem);
    let opened = open(&ar);
    assert_eq!(
        (opened.sightings.len(), troubles(&opened)),
        (1, vec![Trouble::Truncated])
    );
}

fn files() -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(testdata().join("archive")).expect("a folder");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry"))
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("readable"))
        })
        .collect();
    files.sort();
    files
}

/// No prefix and no flipped byte makes it panic or hang; what was whole before
/// the cut is found.
#[test]
fn cut_and_flipped_bytes_are_survived() {
    let scanner = Scanner::new(ScanPlan::default()).expect("tables");
    files().par_iter().for_each(|(name, bytes)| {
        let mut dice = Dice::of(name);
        for _ in 0..6 {
            let cut = dice.below(bytes.len());
            let _ = open_with(&scanner, &bytes[..cut]);
            let mut flipped = bytes.clone();
            for _ in 0..3 {
                let at = dice.below(flipped.len());
                flipped[at] ^= 1 << dice.below(8);
            }
            let _ = open_with(&scanner, &flipped);
            let _ = archive::open_stream(
                match archive::of_bytes(&scanner, &flipped) {
                    Some(container) => container,
                    None => continue,
                },
                straykey::unpack::Peek::new(Cursor::new(flipped)),
                &Origin::file("a"),
                &mut straykey::source::read::Reader::new(scanner.clone()),
            );
        }
    });
}

#[test]
fn a_cut_archive_gives_what_came_before_the_cut() {
    let (pem, _) = key();
    let noise = Dice::of("noise").bytes(50_000);
    let tars = [tar("first.pem", &pem), tar("noise", &noise)].concat();
    let packed = gzip(&tars);
    let opened = open(&packed[..packed.len() - 1000]);
    assert_eq!(opened.sightings.len(), 1);
    assert_eq!(troubles(&opened), [Trouble::Truncated]);
    let (count, first) = &opened.troubles[&Trouble::Truncated];
    assert_eq!((*count, first.as_str()), (1, "noise"));
}

#[test]
fn names_that_talk_are_escaped() {
    let (pem, _) = key();
    let name = "\u{1b}[2J\r\n::error::x\u{202e}<b>=cmd()";
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(
        dir.path().join("a.zip"),
        zip(&[(name.to_owned(), pem.clone())]),
    )
    .expect("written");
    let mut odd = tar("AB.pem", &pem);
    odd[0] = 0xff;
    let sum: u32 = odd[..148]
        .iter()
        .chain(&odd[156..512])
        .map(|b| u32::from(*b))
        .sum::<u32>()
        + 8 * 32;
    odd[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    fs::write(dir.path().join("b.tar"), odd).expect("written");
    for format in [
        "human", "github", "markdown", "junit", "gitlab", "sarif", "json",
    ] {
        let out = run_in(dir.path(), ["scan", "--format", format, "."])
            .ended(1)
            .out();
        assert!(
            !out.contains('\u{1b}') && !out.contains('\u{202e}'),
            "{format}: {out}"
        );
        assert!(
            !out.lines().any(|line| line.starts_with("::error::x")),
            "{format}: {out}"
        );
    }
    let json = run_in(dir.path(), ["scan", "--format", "json", "."]).json();
    let paths: Vec<&str> = json["findings"][0]["places"]
        .as_array()
        .expect("places")
        .iter()
        .filter_map(|p| p["path"].as_str())
        .collect();
    assert!(paths.contains(&"b.tar!\\xffB.pem"), "{paths:?}");
}

#[test]
fn memory_is_bounded() {
    // Zip files in a zip file are held to be read by position: all at once they
    // would be 12 times 16 MiB.
    let mut nested = Dice::of("zip").bytes(15 << 20);
    for level in 0..8 {
        let mut zip = Zip::default();
        let len = u32::try_from(nested.len()).expect("small");
        let name = format!("{level}.zip");
        let at = zip.local(0, &name, &nested, len);
        zip.record(0, &name, len, at, 0o100_644);
        nested = zip.finish();
    }
    let dir = tempfile::tempdir().expect("a folder");
    for i in 0..4 {
        fs::write(dir.path().join(format!("{i}.zip")), &nested).expect("written");
    }
    let peak = peak_of(dir.path());
    assert!(peak < 200 << 10, "{peak} KiB");
}

/// Runs a scan on two threads; returns the most memory it held, in KiB.
fn peak_of(folder: &Path) -> u64 {
    let mut command = crate::program::command(folder);
    command.args(["scan", "-j", "2", "--format", "json", "."]);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(now.unwrap_or(0));
        if child.try_wait().expect("waits").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().expect("ends");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(
        report["stats"]["archives"].as_u64() > Some(20),
        "{}",
        report["stats"]
    );
    peak
}
