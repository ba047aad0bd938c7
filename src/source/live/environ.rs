//! The environments that running processes were started with.
//!
//! `/proc/PID/environ` is what a process was given, variables with a NUL behind each. It is scanned
//! as text, a variable a line. A session hands one environment on to all its programs: what was seen
//! in one of them is told once for each user, at the process with the lowest number.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::blob::Origin;
use crate::finding::NoticeReason;
use crate::scanner::Scanner;
use crate::source::read::Reader;
use crate::source::{Harvest, Interrupt, Part, Unfinished};

/// Largest environment that is read, in bytes. Linux allows a quarter of the stack's limit, 2 MiB
/// as systems come.
const MAX_BYTES: u64 = 8 << 20;

/// Reads the environments of the processes that may be looked at.
pub(super) fn read(folder: &Path, scanner: &Scanner, interrupt: &Interrupt, harvest: &mut Harvest) {
    let own = std::process::id();
    let items = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let number = |item: std::fs::DirEntry| item.file_name().to_str()?.parse::<u32>().ok();
    let mut processes: Vec<u32> = items.filter_map(number).filter(|&pid| pid != own).collect();
    processes.sort_unstable();
    let mut reader = Reader::new(scanner.clone());
    let mut known = BTreeSet::new();
    let mut told = BTreeSet::new();
    for process in processes {
        if interrupt.is_set() {
            return;
        }
        let path = folder.join(process.to_string()).join("environ");
        let Ok(user) = path.symlink_metadata().map(|metadata| metadata.uid()) else {
            continue;
        };
        let mut text = Zeroizing::new(Vec::new());
        let file = std::fs::File::open(&path);
        let Ok(read) = file.and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut text)) else {
            // It ended, or is somebody else's.
            harvest.closed_environments += u64::from(path.exists());
            continue;
        };
        if read as u64 > MAX_BYTES {
            harvest.skip(NoticeReason::TooLarge, &path, "an environment of that size");
            continue;
        }
        harvest.environments += 1;
        harvest.bytes += read as u64;
        let digest: [u8; 32] = Sha256::digest(text.as_slice()).into();
        if !known.insert((user, digest)) {
            continue;
        }
        for byte in text.iter_mut().filter(|byte| **byte == 0) {
            *byte = b'\n';
        }
        let origin = Origin::file(&path);
        let mut stream = Cursor::new(text.as_slice());
        let Ok(outcome) = reader.scan(&mut stream, &origin, MAX_BYTES) else {
            continue;
        };
        let unfinished = Unfinished {
            undecoded: outcome.undecoded,
            untried: outcome.untried,
            details: Vec::new(),
        };
        harvest.unfinished(&path, None, unfinished);
        if outcome.brings.is_something() {
            harvest.parts.push(Part {
                path: path.clone(),
                print: None,
                brings: outcome.brings,
                is_read: true,
            });
        }
        for sighting in outcome.sightings {
            if told.insert((user, sighting.subject.clone())) {
                harvest.sightings.push(sighting);
            }
        }
    }
}
