//! What earlier walks saw in files.
//!
//! A file is known by a fingerprint of its device, inode, size, and times of modification and change:
//! while that is the same its content is, since the time of change cannot be set by hand. Then the
//! file is not opened again. Of a file in which nothing was seen only the fingerprint is kept, 16 bytes;
//! of another one what was seen as well, so that a list can be searched for it without the file.
//!
//! Sections: `conf` (what the list asked, see [`Files::open`]), `none` (fingerprints of files without
//! sightings, sorted), `seen` (JSON: the others). Beside it lies a journal of what was learned since;
//! a killed run loses the batch that its workers were at, one folder each.
//!
//! What cannot be kept is read again each time: files with a secret that could be guessed from its
//! answers, with a token that a key of the list signed, or with words about allowing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::journal::Journal;
use super::sighted::Sighted;
use super::store::{Discarded, Engine, Store};
use crate::finding::Sighting;
use crate::scanner::Brings;

/// Name of the state file.
const NAME: &str = "files";

/// Name of its journal.
const JOURNAL: &str = "files.journal";

/// Most files of one folder that are learned before they are written down.
const BATCH_FILES: usize = 256;

/// A file that changed less than this before it was read may change again without that its times
/// tell: twice the tick of common kernels.
const TICK: Duration = Duration::from_millis(20);

/// The same on file systems that count whole seconds, or two of them.
const COARSE_TICK: Duration = Duration::from_secs(2);

/// Bytes of a fingerprint.
const LEN: usize = 16;

/// What a file is known by.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Fingerprint([u8; LEN]);

impl Fingerprint {
    /// Returns the fingerprint of a file.
    #[must_use]
    #[cfg(unix)]
    pub fn of(_: &Path, metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let mut digest = Sha256::new();
        for number in [metadata.dev(), metadata.ino(), metadata.size()] {
            digest.update(number.to_be_bytes());
        }
        let times = [
            (metadata.mtime(), metadata.mtime_nsec()),
            (metadata.ctime(), metadata.ctime_nsec()),
        ];
        for (seconds, rest) in times {
            digest.update(seconds.to_be_bytes());
            digest.update(rest.to_be_bytes());
        }
        Self(cut(&digest.finalize()))
    }

    /// Returns the fingerprint of a file; its number and time of change are not to be had here.
    #[must_use]
    #[cfg(not(unix))]
    pub fn of(path: &Path, metadata: &Metadata) -> Self {
        let mut digest = Sha256::new();
        digest.update(path.as_os_str().as_encoded_bytes());
        digest.update(metadata.len().to_be_bytes());
        for time in [metadata.modified(), metadata.created()] {
            let since = time
                .ok()
                .and_then(|t| t.duration_since(SystemTime::UNIX_EPOCH).ok());
            digest.update(since.unwrap_or_default().as_nanos().to_be_bytes());
        }
        Self(cut(&digest.finalize()))
    }

    pub(super) fn hex(self) -> String {
        crate::wire::hex::encode(&self.0)
    }

    pub(super) fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; LEN];
        if text.len() != 2 * LEN {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

fn cut(digest: &[u8]) -> [u8; LEN] {
    digest.first_chunk().copied().unwrap_or_default()
}

/// Whether a file has been left alone long enough that a later change will show in its times.
#[must_use]
pub fn is_settled(metadata: &Metadata, now: SystemTime) -> bool {
    let Some((changed, is_coarse)) = changed(metadata) else {
        return false;
    };
    let tick = if is_coarse { COARSE_TICK } else { TICK };
    now.duration_since(changed).is_ok_and(|since| since > tick)
}

/// Returns when a file last changed, and whether its file system counts whole seconds.
#[cfg(unix)]
fn changed(metadata: &Metadata) -> Option<(SystemTime, bool)> {
    use std::os::unix::fs::MetadataExt as _;
    let time = |seconds: i64, rest: i64| {
        let rest = u32::try_from(rest).ok()?;
        let since = Duration::new(u64::try_from(seconds).ok()?, rest);
        SystemTime::UNIX_EPOCH.checked_add(since)
    };
    let changed = time(metadata.ctime(), metadata.ctime_nsec())?;
    Some((changed, metadata.ctime_nsec() == 0))
}

/// Returns when a file last changed; FAT counts two seconds.
#[cfg(not(unix))]
fn changed(metadata: &Metadata) -> Option<(SystemTime, bool)> {
    Some((metadata.modified().ok()?, true))
}

/// What was seen in a file.
#[derive(Clone, Debug, Default)]
pub struct Noted {
    /// Keys and secrets; their path is for the walk to fill in.
    pub sightings: Vec<Sighting>,
    /// Whether a decoder gave up.
    pub undecoded: bool,
    /// Whether a password was not tried because that would have been too dear.
    pub untried: bool,
    /// What in an archive was not looked into.
    pub gave_up: Vec<String>,
    /// What it brings to token proof.
    pub brings: Brings,
    /// Where it lay.
    pub path: PathBuf,
}

impl Noted {
    fn is_nothing(&self) -> bool {
        let is_read = !self.undecoded && !self.untried && self.gave_up.is_empty();
        self.sightings.is_empty() && is_read && !self.brings.is_something()
    }
}

/// [`Noted`] as it is written down.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Row {
    file: Sighted,
    path: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    undecoded: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    untried: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gave_up: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    tokens: bool,
    #[serde(
        default,
        alias = "candidates",
        skip_serializing_if = "std::ops::Not::not"
    )]
    suspects: bool,
}

impl Row {
    /// Writes down what was seen; nothing if that cannot be kept.
    fn of(file: Fingerprint, noted: &Noted) -> Option<Self> {
        Some(Self {
            file: Sighted::of(file.hex(), &noted.sightings)?,
            path: noted.path.to_string_lossy().into_owned(),
            undecoded: noted.undecoded,
            untried: noted.untried,
            gave_up: noted.gave_up.clone(),
            tokens: noted.brings.tokens,
            suspects: noted.brings.suspects,
        })
    }

    fn noted(self) -> Option<(Fingerprint, Noted)> {
        let mut sightings = self.file.sightings()?;
        let path = PathBuf::from(self.path);
        for sighting in &mut sightings {
            sighting.origin.object = None;
            sighting.origin.path.clone_from(&path);
        }
        let noted = Noted {
            sightings,
            undecoded: self.undecoded,
            untried: self.untried,
            gave_up: self.gave_up,
            brings: Brings {
                tokens: self.tokens,
                suspects: self.suspects,
            },
            path,
        };
        Some((Fingerprint::from_hex(&self.file.object)?, noted))
    }
}

/// What is known of a file.
#[derive(Debug)]
pub enum Past<'f> {
    /// Nothing: it has to be read.
    Unknown,
    /// It was read, and nothing was seen in it.
    Nothing,
    /// It was read, and this was seen in it.
    Seen(&'f Noted),
}

/// What is remembered of files, and what is learned of them.
#[derive(Debug)]
pub struct Files {
    store: Store,
    engine: Engine,
    conf: [u8; 32],
    /// Files without sightings, sorted.
    none: Vec<Fingerprint>,
    /// For each value of the first two bytes: how many of them begin with less.
    fanout: Vec<u32>,
    /// Which of them were met.
    met: Vec<AtomicU64>,
    seen: BTreeMap<Fingerprint, (Noted, AtomicBool)>,
    learned: Mutex<Learned>,
    /// Why what an earlier run kept is of no use.
    discarded: Option<Discarded>,
    /// Whether it was kept for another list.
    is_for_another_list: bool,
}

#[derive(Debug)]
struct Learned {
    journal: Option<Journal>,
    none: Vec<Fingerprint>,
    seen: BTreeMap<Fingerprint, Noted>,
    /// What went wrong when it was written down.
    error: Option<io::Error>,
}

impl Files {
    /// Opens what is remembered. `conf` stands for what the list asks of files that are not read
    /// again, its challenges: what was kept for others is of no use.
    ///
    /// # Errors
    /// When the journal cannot be opened. What is wrong with the state is no error: see
    /// [`Files::discarded`].
    pub fn open(store: &Store, engine: Engine, conf: [u8; 32]) -> io::Result<Self> {
        let mut files = Self {
            store: store.clone(),
            engine,
            conf,
            none: Vec::new(),
            fanout: Vec::new(),
            met: Vec::new(),
            seen: BTreeMap::new(),
            learned: Mutex::new(Learned {
                journal: None,
                none: Vec::new(),
                seen: BTreeMap::new(),
                error: None,
            }),
            discarded: None,
            is_for_another_list: false,
        };
        if let Err(why) = files.load() {
            (files.none, files.seen) = (Vec::new(), BTreeMap::new());
            files.discarded = Some(why);
        }
        let path = store.folder().join(JOURNAL);
        let (none, seen) = (&mut files.none, &mut files.seen);
        let journal = Journal::open(&path, engine, &conf, |body| {
            let Some((prints, rows)) = read_batch(body) else {
                return false;
            };
            none.extend(prints);
            let rows = rows.into_iter().filter_map(Row::noted);
            seen.extend(rows.map(|(file, noted)| (file, (noted, AtomicBool::new(false)))));
            true
        })?;
        files
            .learned
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .journal = Some(journal);
        files.none.sort_unstable();
        files.none.dedup();
        files.none.shrink_to_fit();
        files.fanout = fanout(&files.none);
        files.met = (0..files.none.len().div_ceil(64))
            .map(|_| AtomicU64::new(0))
            .collect();
        Ok(files)
    }

    fn load(&mut self) -> Result<(), Discarded> {
        let Some(mut book) = self.store.read(NAME, self.engine)? else {
            return Ok(());
        };
        if book.section(*b"conf")? != self.conf {
            self.is_for_another_list = true;
            return Ok(());
        }
        let none = book.section(*b"none")?;
        if !none.len().is_multiple_of(LEN) || u32::try_from(none.len() / LEN).is_err() {
            return Err(Discarded::Damaged);
        }
        self.none = prints(&none).collect();
        let seen = book.section(*b"seen")?;
        let rows: Vec<Row> = serde_json::from_slice(&seen).map_err(|_| Discarded::Damaged)?;
        for row in rows {
            let (file, noted) = row.noted().ok_or(Discarded::Damaged)?;
            self.seen.insert(file, (noted, AtomicBool::new(false)));
        }
        Ok(())
    }

    /// Reads what was seen in files, whatever the list asked then, and reads no other file. What a run
    /// that was killed has learned counts, and stands in the place of what was known of the same path.
    ///
    /// # Errors
    /// When it is of no use.
    pub fn sightings(store: &Store, engine: Engine) -> Result<Vec<Noted>, Discarded> {
        let mut seen = BTreeMap::new();
        if let Some(mut book) = store.read(NAME, engine)? {
            let rows = book.section(*b"seen")?;
            let rows: Vec<Row> = serde_json::from_slice(&rows).map_err(|_| Discarded::Damaged)?;
            for row in rows {
                let (file, noted) = row.noted().ok_or(Discarded::Damaged)?;
                seen.insert(file, noted);
            }
        }
        let mut learned = BTreeMap::new();
        let journal = store.folder().join(JOURNAL);
        let read = Journal::read(&journal, engine, |body| {
            let Some((_, rows)) = read_batch(body) else {
                return false;
            };
            learned.extend(rows.into_iter().filter_map(Row::noted));
            true
        });
        read.map_err(|_| Discarded::Damaged)?;
        // A path that is not UTF-8 may be that of several files.
        let is_one = |path: &Path| !path.to_string_lossy().contains(char::REPLACEMENT_CHARACTER);
        let paths: BTreeSet<&Path> = learned.values().map(|noted| noted.path.as_path()).collect();
        seen.retain(|_, noted| !(paths.contains(noted.path.as_path()) && is_one(&noted.path)));
        seen.extend(learned);
        Ok(seen.into_values().collect())
    }

    /// Why what an earlier run kept was not used, if it was not.
    #[must_use]
    pub const fn discarded(&self) -> Option<Discarded> {
        self.discarded
    }

    /// Whether what an earlier run kept was not used because the list asks for other secrets.
    #[must_use]
    pub const fn is_for_another_list(&self) -> bool {
        self.is_for_another_list
    }

    /// How many files are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.none.len() + self.seen.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns what is known of a file, and remembers that it is still there.
    #[must_use]
    pub fn ask(&self, file: &Fingerprint) -> Past<'_> {
        let bound = |at: usize| self.fanout.get(at).copied().unwrap_or(0) as usize;
        let first = bucket(file);
        let (from, to) = (bound(first), bound(first + 1));
        let bucket = self.none.get(from..to).unwrap_or_default();
        // A handful: a linear search is as quick.
        if let Some(at) = bucket.iter().position(|known| known == file) {
            let at = from + at;
            if let Some(word) = self.met.get(at / 64) {
                word.fetch_or(1 << (at % 64), Ordering::Relaxed);
            }
            return Past::Nothing;
        }
        match self.seen.get(file) {
            Some((noted, met)) => {
                met.store(true, Ordering::Relaxed);
                Past::Seen(noted)
            }
            None => Past::Unknown,
        }
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was learned for good. After a `whole` walk files that were not met are forgotten.
    ///
    /// # Errors
    /// When it cannot be written; then the journal still has it.
    pub fn keep(&self, whole: bool) -> io::Result<()> {
        let mut learned = self.learned();
        if let Some(error) = learned.error.take() {
            return Err(error);
        }
        let is_met = |at: usize| {
            let word = self
                .met
                .get(at / 64)
                .map_or(0, |w| w.load(Ordering::Relaxed));
            !whole || word >> (at % 64) & 1 == 1
        };
        let old = self.none.iter().enumerate().filter(|(at, _)| is_met(*at));
        let mut none: Vec<Fingerprint> = old.map(|(_, file)| *file).collect();
        none.extend(&learned.none);
        none.sort_unstable();
        none.dedup();
        let old = self.seen.iter();
        let old = old.filter(|(_, (_, met))| !whole || met.load(Ordering::Relaxed));
        let old = old.map(|(file, (noted, _))| (file, noted));
        let seen: BTreeMap<&Fingerprint, &Noted> = old.chain(&learned.seen).collect();
        let is_same = none.len() == self.none.len()
            && seen.len() == self.seen.len()
            && learned.none.is_empty()
            && learned.seen.is_empty();
        if !is_same
            || self
                .store
                .read(NAME, self.engine)
                .is_ok_and(|book| book.is_none())
        {
            let rows: Vec<Row> = seen
                .into_iter()
                .filter_map(|(file, noted)| Row::of(*file, noted))
                .collect();
            let raw: Vec<u8> = none.iter().flat_map(|file| file.0).collect();
            let sections: [([u8; 4], &[u8]); 3] = [
                (*b"conf", &self.conf),
                (*b"none", &raw),
                (*b"seen", &serde_json::to_vec(&rows)?),
            ];
            self.store.write(NAME, self.engine, &sections)?;
        }
        match &mut learned.journal {
            Some(journal) => journal.clear(),
            None => Ok(()),
        }
    }
}

/// What one worker learns of the files of one folder.
#[derive(Debug, Default)]
pub struct Batch {
    folder: PathBuf,
    none: Vec<Fingerprint>,
    seen: Vec<(Fingerprint, Noted)>,
}

impl Batch {
    /// Learns what was seen in a file, unless that cannot be kept.
    pub fn learn(&mut self, files: &Files, file: Fingerprint, noted: Noted) {
        let folder = noted.path.parent().unwrap_or(Path::new(""));
        if self.folder != folder || self.none.len() + self.seen.len() >= BATCH_FILES {
            let folder = folder.to_path_buf();
            self.write(files);
            self.folder = folder;
        }
        match noted.is_nothing() {
            true => self.none.push(file),
            false => self.seen.push((file, noted)),
        }
    }

    /// Writes down what was learned.
    pub fn write(&mut self, files: &Files) {
        let (none, seen) = (
            std::mem::take(&mut self.none),
            std::mem::take(&mut self.seen),
        );
        let kept = seen.into_iter().filter_map(|(file, noted)| {
            let row = Row::of(file, &noted)?;
            Some((file, noted, row))
        });
        let (mut rows, mut seen) = (Vec::new(), Vec::new());
        for (file, noted, row) in kept {
            rows.push(row);
            seen.push((file, noted));
        }
        if none.is_empty() && rows.is_empty() {
            return;
        }
        let body = batch(&none, &rows);
        let mut learned = files.learned();
        let written = learned.journal.as_mut().map(|journal| journal.write(&body));
        if let Some(Err(error)) = written {
            learned.error = Some(error);
        }
        learned.none.extend(none);
        learned.seen.extend(seen);
    }
}

/// The body of a batch: number of fingerprints, these, the rows as JSON.
fn batch(none: &[Fingerprint], rows: &[Row]) -> Vec<u8> {
    let mut body = (none.len() as u32).to_be_bytes().to_vec();
    body.extend(none.iter().flat_map(|file| file.0));
    if !rows.is_empty() {
        // Rows are text and numbers, which can always be written.
        body.extend(serde_json::to_vec(rows).unwrap_or_default());
    }
    body
}

fn read_batch(body: &[u8]) -> Option<(Vec<Fingerprint>, Vec<Row>)> {
    let (count, rest) = body.split_first_chunk::<4>()?;
    let len = (u32::from_be_bytes(*count) as usize).checked_mul(LEN)?;
    let (none, rows) = rest.split_at_checked(len)?;
    let rows = match rows.is_empty() {
        true => Vec::new(),
        false => serde_json::from_slice(rows).ok()?,
    };
    Some((prints(none).collect(), rows))
}

fn prints(raw: &[u8]) -> impl Iterator<Item = Fingerprint> {
    raw.chunks_exact(LEN).map(|raw| Fingerprint(cut(raw)))
}

/// The first two bytes of a fingerprint.
fn bucket(file: &Fingerprint) -> usize {
    let first = file.0.first_chunk();
    first.map_or(0, |bytes| usize::from(u16::from_be_bytes(*bytes)))
}

fn fanout(files: &[Fingerprint]) -> Vec<u32> {
    let mut fanout = vec![0_u32; (1 << 16) + 1];
    for file in files {
        if let Some(count) = fanout.get_mut(bucket(file) + 1) {
            *count = count.saturating_add(1);
        }
    }
    let mut sum = 0_u32;
    for count in &mut fanout {
        sum = sum.saturating_add(*count);
        *count = sum;
    }
    fanout
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGINE: Engine = Engine([7; 32]);

    fn print(byte: u8) -> Fingerprint {
        Fingerprint([byte; LEN])
    }

    fn learn(files: &Files, byte: u8) {
        let mut batch = Batch::default();
        batch.learn(files, print(byte), Noted::default());
        batch.write(files);
    }

    #[test]
    fn what_was_learned_survives_without_a_last_word() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state")).unwrap();
        let files = Files::open(&store, ENGINE, [0; 32]).unwrap();
        assert!(matches!(files.ask(&print(1)), Past::Unknown));
        learn(&files, 1);
        drop(files);
        let files = Files::open(&store, ENGINE, [0; 32]).unwrap();
        assert!(matches!(files.ask(&print(1)), Past::Nothing));
        assert!(matches!(files.ask(&print(2)), Past::Unknown));
        learn(&files, 2);
        files.keep(false).unwrap();
        drop(files);
        // After a whole walk only what was met stays.
        let files = Files::open(&store, ENGINE, [0; 32]).unwrap();
        assert_eq!(files.len(), 2);
        assert!(matches!(files.ask(&print(2)), Past::Nothing));
        files.keep(true).unwrap();
        drop(files);
        let files = Files::open(&store, ENGINE, [0; 32]).unwrap();
        assert_eq!(files.len(), 1);
        drop(files);
        // Another question, and another engine, know nothing.
        let files = Files::open(&store, ENGINE, [1; 32]).unwrap();
        assert!(files.is_empty() && files.is_for_another_list());
        drop(files);
        let files = Files::open(&store, Engine([8; 32]), [0; 32]).unwrap();
        assert!(files.is_empty());
        assert_eq!(files.discarded(), Some(Discarded::Engine));
    }

    #[test]
    fn what_a_killed_run_learned_is_matched_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state")).unwrap();
        let learn = |files: &Files, byte: u8, path: &str, untried: bool| {
            let mut batch = Batch::default();
            let noted = Noted {
                path: PathBuf::from(path),
                untried,
                undecoded: true,
                ..Noted::default()
            };
            batch.learn(files, print(byte), noted);
            batch.write(files);
        };
        let files = Files::open(&store, ENGINE, [0; 32]).unwrap();
        learn(&files, 1, "a", false);
        learn(&files, 2, "b", false);
        files.keep(true).unwrap();
        drop(files);
        // Killed: nothing is kept. One file has changed since, one is new.
        let files = Files::open(&store, ENGINE, [0; 32]).unwrap();
        learn(&files, 3, "b", true);
        learn(&files, 4, "c", true);
        drop(files);
        let seen = |engine| -> Vec<(PathBuf, bool)> {
            let noted = Files::sightings(&store, engine).unwrap_or_default();
            noted
                .into_iter()
                .map(|noted| (noted.path, noted.untried))
                .collect()
        };
        let expected = [("a", false), ("b", true), ("c", true)];
        assert_eq!(
            seen(ENGINE),
            expected.map(|(path, untried)| (PathBuf::from(path), untried))
        );
        // It is still there for the next run, and nothing is for another engine.
        assert_eq!(seen(ENGINE).len(), 3);
        assert_eq!(seen(Engine([8; 32])), []);
    }

    #[test]
    fn damage_means_that_nothing_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state")).unwrap();
        let files = Files::open(&store, ENGINE, [0; 32]).unwrap();
        learn(&files, 1);
        files.keep(true).unwrap();
        drop(files);
        let path = folder.path().join("state").join(NAME);
        let good = std::fs::read(&path).unwrap();
        for at in (0..good.len()).step_by(7) {
            let mut bad = good.clone();
            bad[at] ^= 4;
            std::fs::write(&path, &bad).unwrap();
            let files = Files::open(&store, ENGINE, [0; 32]).unwrap();
            assert!(files.is_empty(), "byte {at}");
            // It mends itself.
            learn(&files, 3);
            files.keep(true).unwrap();
            drop(files);
            assert_eq!(Files::open(&store, ENGINE, [0; 32]).unwrap().len(), 1);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_just_changed_is_not_settled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "x").unwrap();
        let metadata = std::fs::metadata(&path).unwrap();
        let now = SystemTime::now();
        assert!(is_settled(&metadata, now + Duration::from_secs(3)));
        assert!(!is_settled(&metadata, now - Duration::from_secs(1)));
        let before = Fingerprint::of(&path, &metadata);
        std::fs::write(&path, "y").unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(metadata.modified().unwrap()).unwrap();
        let after = Fingerprint::of(&path, &std::fs::metadata(&path).unwrap());
        assert_ne!(before, after, "a time of modification set back");
    }
}
