//! Where bytes come from. Each source owns its workers, gives each a clone of
//! the scanner, and returns what all of them saw.

pub mod anchor;
pub mod archive;
pub mod commits;
pub mod git;
pub mod history;
pub mod live;
pub mod read;
pub mod state;
pub mod stdin;
pub mod tree;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use self::git::ObjectId;
use crate::finding::{History, Notice, NoticeReason, Sighting};
use crate::scanner::Brings;

/// Where a found object of a repository belongs.
#[derive(Clone, Debug, Default)]
pub struct Belonging {
    /// Every path it had, below the work tree or, bare, the git directory.
    pub paths: Vec<(PathBuf, History)>,
    /// What is known of it without a path: a commit's or tag's message.
    pub pathless: Option<History>,
}

/// A file that brings something to token proof.
#[derive(Clone, Debug)]
pub struct Part {
    /// The file.
    pub path: PathBuf,
    /// What it is known by, if a change of it would show.
    pub print: Option<state::Fingerprint>,
    /// What it brings.
    pub brings: Brings,
    /// Whether it was read, not remembered.
    pub is_read: bool,
}

/// How much was looked at inside archives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Archives {
    /// Containers opened, with those inside others.
    pub archives: u64,
    /// Members scanned.
    pub members: u64,
    /// Bytes of members.
    pub bytes: u64,
}

impl Archives {
    /// Adds what else was looked at.
    pub fn add(&mut self, other: &Self) {
        self.archives += other.archives;
        self.members += other.members;
        self.bytes += other.bytes;
    }
}
/// What is said of a blob whose decoding was given up.
const UNDECODED: &str = "too much encoded data";
/// What is said of a blob with an encrypted key that was not tried.
const UNTRIED: &str = "not every known password was tried on an encrypted key, which would take too long: one may open it";

/// What of a blob was not looked into to the end.
#[derive(Clone, Debug, Default)]
pub struct Unfinished {
    /// Whether a decoder gave up.
    pub undecoded: bool,
    /// Whether a password was not tried.
    pub untried: bool,
    /// What inside an archive was not looked into, a sentence for each reason.
    pub details: Vec<String>,
}

/// What a source saw and could not see.
#[derive(Clone, Debug, Default)]
pub struct Harvest {
    /// Keys and secrets, in no order.
    pub sightings: Vec<Sighting>,
    /// What was not read, or not looked into, and why.
    pub notices: Vec<Notice>,
    /// How many were passed over, by reason.
    pub skipped: BTreeMap<NoticeReason, u64>,
    /// Files read.
    pub files: u64,
    /// Files that are as an earlier scan saw them, and were not read.
    pub unchanged: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Agents that said which keys they hold.
    pub live: u64,
    /// Environments of processes that were read.
    pub environments: u64,
    /// Environments that may not be read: those of others.
    pub closed_environments: u64,
    /// What was looked at inside archives.
    pub archives: Archives,
    /// Blobs of object databases.
    pub blobs: u64,
    /// Of these: known, and read again for token proof.
    pub again: u64,
    /// Objects that a sweep found a trigger in.
    pub triggered: u64,
    /// Object databases swept.
    pub swept: u64,
    /// Where found objects belong, by git directory and object id.
    pub belongings: BTreeMap<(PathBuf, String), Belonging>,
    /// Git directories met: `.git` folders and files, bare repositories.
    pub repositories: Vec<PathBuf>,
    /// Files that were left to the sweep of their repository.
    pub left: Vec<tree::Left>,
    /// Files that bring something to token proof.
    pub parts: Vec<Part>,
}

impl Harvest {
    /// Counts something passed over, and keeps it by name.
    pub fn skip(&mut self, reason: NoticeReason, path: &Path, detail: impl Into<String>) {
        *self.skipped.entry(reason).or_default() += 1;
        self.notices.push(Notice {
            reason,
            path: path.to_string_lossy().into_owned(),
            detail: detail.into(),
        });
    }

    /// Tells what of a file, or of an object of the repository at `path`, was not looked into.
    pub fn unfinished(&mut self, path: &Path, object: Option<ObjectId>, what: Unfinished) {
        let object = object.map_or_else(String::new, |id| format!("object {id}: "));
        let undecoded = what.undecoded.then(|| UNDECODED.to_owned());
        for detail in undecoded.into_iter().chain(what.details) {
            self.skip(NoticeReason::Undecoded, path, format!("{object}{detail}"));
        }
        if what.untried {
            self.skip(NoticeReason::Untried, path, format!("{object}{UNTRIED}"));
        }
    }

    /// Adds what another worker or source saw.
    pub fn merge(&mut self, other: Self) {
        self.sightings.extend(other.sightings);
        self.notices.extend(other.notices);
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
        self.files += other.files;
        self.unchanged += other.unchanged;
        self.live += other.live;
        self.environments += other.environments;
        self.closed_environments += other.closed_environments;
        self.bytes += other.bytes;
        self.archives.add(&other.archives);
        self.blobs += other.blobs;
        self.again += other.again;
        self.triggered += other.triggered;
        self.swept += other.swept;
        self.belongings.extend(other.belongings);
        self.repositories.extend(other.repositories);
        self.left.extend(other.left);
        self.parts.extend(other.parts);
    }
}

/// Counters that a progress bar reads while workers run.
#[derive(Debug, Default)]
pub struct Progress {
    files: AtomicU64,
    bytes: AtomicU64,
}

impl Progress {
    /// Adds files and bytes that were read.
    pub fn add(&self, files: u64, bytes: u64) {
        self.files.fetch_add(files, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Returns files and bytes read so far.
    #[must_use]
    pub fn read(&self) -> (u64, u64) {
        (
            self.files.load(Ordering::Relaxed),
            self.bytes.load(Ordering::Relaxed),
        )
    }
}

/// Tells workers to stop: set by Ctrl-C, and by the signal that asks a program to end.
#[derive(Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Returns a switch that is not set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the workers to stop.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns the switch itself, for engines that know only that.
    #[must_use]
    pub fn flag(&self) -> &AtomicBool {
        &self.0
    }

    /// Returns the switch for what sets it from a signal's handler.
    #[must_use]
    pub fn shared(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// Whether the workers should stop.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Called by workers between pieces of work; may take its time, so that a scan is not noticed, and
/// says whether to go on.
#[derive(Clone, Default)]
pub struct Rest(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

impl Rest {
    /// Returns what workers are to do between pieces of work.
    #[must_use]
    pub fn new(rest: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(rest)))
    }

    /// Takes a rest, if one is due; returns whether to go on after it.
    pub fn take(&self) -> bool {
        self.0.as_ref().is_none_or(|rest| rest())
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Rest"
        } else {
            "Rest(none)"
        })
    }
}

/// Reads through a rest: a large file is read a piece at a time, and not to its end when the scan is
/// to stop.
pub(crate) struct Rested<'r, R> {
    pub(crate) inner: R,
    pub(crate) rest: &'r Rest,
}

impl<R: std::io::Read> std::io::Read for Rested<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        match self.rest.take() {
            true => self.inner.read(out),
            false => Err(std::io::Error::new(
                std::io::ErrorKind::TimedOut,
                "stopped before its end",
            )),
        }
    }
}

impl<R: std::io::Seek> std::io::Seek for Rested<'_, R> {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.inner.seek(to)
    }
}
