//! Walks file trees in parallel.
//!
//! Everything is looked at, ignored or hidden or not: a stray key is often in
//! an ignored file. Left out are the internals of git repositories, which the
//! history engine owns, and what is no regular file. No symbolic link is
//! followed, so nothing outside the root is read and nothing is read twice;
//! the root itself may be a link.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};

use super::anchor::{Anchors, Nearby, regular};
use super::git::{Checkout, ObjectId};
use super::read::Reader;
use super::state::{Batch, Files, Fingerprint, Noted, Past, is_settled};
use super::{Harvest, Interrupt, Part, Progress, Rest, Rested, Unfinished, archive};
use crate::blob::Origin;
use crate::finding::NoticeReason;
use crate::scanner::Scanner;

/// How trees are walked.
#[derive(Clone, Debug)]
pub struct Options {
    /// Workers.
    pub threads: usize,
    /// Globs of paths to leave out, as in a `.gitignore`.
    pub exclude: Vec<String>,
    /// Largest file read, in bytes.
    pub max_file_size: u64,
    /// Whether `.gitignore` and its like are respected.
    pub respect_ignore: bool,
    /// Which files are read.
    pub reading: Reading,
    /// How far below its roots a walk goes, if not all the way.
    pub max_depth: Option<usize>,
    /// How a walk goes about it that comes back every day.
    pub care: Care,
}

/// How a walk goes about it that comes back every day and should not be noticed.
#[derive(Clone, Debug, Default)]
pub struct Care {
    /// What earlier walks saw in files: those that are as they were are not opened.
    pub files: Option<Arc<Files>>,
    /// What workers do between pieces of work.
    pub rest: Rest,
    /// Folders that are not entered, and why.
    pub closed: Arc<BTreeMap<PathBuf, String>>,
    /// The roots, held open.
    pub anchors: Anchors,
}

/// Which files are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// All.
    #[default]
    All,
    /// All but those that look the same as a blob of their repository: these are left to the
    /// sweep, which looks at blobs anyway.
    Changed,
    /// None: only repositories are looked for.
    Nothing,
}

/// A file that looks the same as a blob of its repository, and was not read.
#[derive(Clone, Debug)]
pub struct Left {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// The blob.
    pub blob: ObjectId,
    /// The work tree that it is in.
    pub checkout: Arc<Checkout>,
}

/// Why a walk cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An exclude glob that is no glob.
    #[error("--exclude {glob}")]
    Exclude {
        /// The glob.
        glob: String,
        /// What is wrong with it.
        source: ignore::Error,
    },
}

/// Walks the roots and returns what the workers saw.
pub fn walk(
    roots: &[PathBuf],
    options: &Options,
    scanner: &Scanner,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Harvest, Error> {
    let mut harvest = Harvest::default();
    let mut odd = Vec::new();
    let is_walked = |root: &&PathBuf| !options.respect_ignore || !is_odd(root, &mut odd);
    let walked: Vec<&PathBuf> = roots.iter().filter(is_walked).collect();
    let odd = Arc::new(Mutex::new(odd));
    let Some((first, more)) = walked.split_first() else {
        tell_odd(&odd, &mut harvest);
        return Ok(harvest);
    };
    let mut builder = WalkBuilder::new(first);
    for root in more {
        builder.add(root);
    }
    if options.respect_ignore {
        let odd = Arc::clone(&odd);
        builder.filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let mut odd = odd.lock().unwrap_or_else(PoisonError::into_inner);
            !is_folder || !is_odd(entry.path(), &mut odd)
        });
    }
    builder
        .standard_filters(options.respect_ignore)
        .hidden(false)
        .follow_links(false)
        .max_depth(options.max_depth)
        .threads(options.threads);
    let excludes: Vec<(PathBuf, Override)> = roots
        .iter()
        .map(|root| Ok((root.clone(), excludes(root, &options.exclude)?)))
        .collect::<Result<_, Error>>()?;
    let (sender, harvests) = channel();
    let checkouts = Checkouts::default();
    let mut workers = Workers {
        scanner,
        excludes: &excludes,
        checkouts: &checkouts,
        options,
        progress,
        interrupt,
        sender,
    };
    builder.build_parallel().visit(&mut workers);
    drop(workers);
    for part in harvests {
        harvest.merge(part);
    }
    tell_odd(&odd, &mut harvest);
    Ok(harvest)
}

/// Whether a folder has a file of ignore rules that is none, such as a FIFO: the walker would wait
/// for ever for what is in it. Notes down which.
fn is_odd(folder: &Path, odd: &mut Vec<PathBuf>) -> bool {
    let files = [".gitignore", ".ignore", ".git/info/exclude"];
    let mut files = files.iter().map(|name| folder.join(name));
    let is_special = |path: &PathBuf| {
        let found = std::fs::metadata(path);
        found.is_ok_and(|found| !found.is_file() && !found.is_dir())
    };
    let found = files.find(is_special);
    let is_odd = found.is_some();
    odd.extend(found);
    is_odd
}

fn tell_odd(odd: &Mutex<Vec<PathBuf>>, harvest: &mut Harvest) {
    let odd = odd.lock().unwrap_or_else(PoisonError::into_inner);
    for path in odd.iter() {
        let why = "its folder was not entered: ignore rules are wanted of what is no file";
        harvest.skip(NoticeReason::Unreadable, path, why);
    }
}

/// Reads files that a walk left.
pub(crate) fn read(
    paths: &[PathBuf],
    options: &Options,
    scanner: &Scanner,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Harvest {
    let (sender, harvests) = channel();
    let options = &Options {
        reading: Reading::All,
        ..options.clone()
    };
    let checkouts = Checkouts::default();
    let workers = Workers {
        scanner,
        excludes: &[],
        checkouts: &checkouts,
        options,
        progress,
        interrupt,
        sender,
    };
    let next = AtomicUsize::new(0);
    let work = || {
        let mut worker = workers.worker();
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            if interrupt.is_set() {
                break;
            }
            match path.symlink_metadata() {
                Ok(metadata) => worker.file(path, metadata.file_type(), 1, Some(&metadata)),
                Err(error) => worker.failed(path, &error),
            }
        }
    };
    match options.threads.min(paths.len()) {
        0 => {}
        1 => work(),
        threads => std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        }),
    }
    drop(workers);
    let mut harvest = Harvest::default();
    for part in harvests {
        harvest.merge(part);
    }
    harvest
}

/// The work trees that were entered, by their top folders.
type Checkouts = RwLock<HashMap<PathBuf, Arc<Checkout>>>;

/// Whether a path, relative to the root of the globs, or a folder above it matches one of them.
pub fn is_excluded(path: &Path, globs: &Override) -> bool {
    let folders = path.ancestors().skip(1);
    globs.matched(path, false).is_ignore()
        || folders
            .filter(|folder| !folder.as_os_str().is_empty())
            .any(|folder| globs.matched(folder, true).is_ignore())
}

/// Makes a matcher of exclude globs, which are relative to `root`.
pub fn excludes(root: &Path, globs: &[String]) -> Result<Override, Error> {
    let mut builder = OverrideBuilder::new(root);
    for glob in globs {
        let problem = |source| Error::Exclude {
            glob: glob.clone(),
            source,
        };
        builder.add(&format!("!{glob}")).map_err(problem)?;
    }
    let problem = |source| Error::Exclude {
        glob: globs.join(" "),
        source,
    };
    builder.build().map_err(problem)
}

struct Workers<'s> {
    scanner: &'s Scanner,
    excludes: &'s [(PathBuf, Override)],
    checkouts: &'s Checkouts,
    options: &'s Options,
    progress: &'s Progress,
    interrupt: &'s Interrupt,
    sender: Sender<Harvest>,
}

impl<'s> ParallelVisitorBuilder<'s> for Workers<'s> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        Box::new(self.worker())
    }
}

impl<'s> Workers<'s> {
    fn worker(&self) -> Worker<'s> {
        Worker {
            reader: Reader::new(self.scanner.clone()),
            excludes: self.excludes,
            checkouts: self.checkouts,
            around: (PathBuf::new(), None),
            nearby: Nearby::default(),
            origin: Origin::default(),
            options: self.options,
            progress: self.progress,
            interrupt: self.interrupt,
            sender: self.sender.clone(),
            harvest: Harvest::default(),
            batch: Batch::default(),
        }
    }
}

struct Worker<'s> {
    reader: Reader,
    excludes: &'s [(PathBuf, Override)],
    checkouts: &'s Checkouts,
    /// The folder of the last file, and the work tree around it.
    around: (PathBuf, Option<Arc<Checkout>>),
    /// The folder of the last file that was opened.
    nearby: Nearby,
    /// Where the file is that is read; not made anew for each.
    origin: Origin,
    options: &'s Options,
    progress: &'s Progress,
    interrupt: &'s Interrupt,
    sender: Sender<Harvest>,
    harvest: Harvest,
    /// What was learned of files and is not written down yet.
    batch: Batch,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        if let Some(files) = &self.options.care.files {
            self.batch.write(files);
        }
        // The receiver outlives the workers.
        let _ = self.sender.send(std::mem::take(&mut self.harvest));
    }
}

impl ParallelVisitor for Worker<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        if self.interrupt.is_set() {
            return WalkState::Quit;
        }
        match entry {
            Ok(entry) => self.entry(entry),
            Err(error) => {
                let path = error_path(&error).unwrap_or_default();
                self.harvest
                    .skip(NoticeReason::Unreadable, &path, reason(&error));
                WalkState::Continue
            }
        }
    }
}

impl Worker<'_> {
    fn entry(&mut self, entry: DirEntry) -> WalkState {
        let path = entry.path();
        let Some(kind) = entry.file_type() else {
            return WalkState::Continue;
        };
        if entry.depth() > 0 && self.is_excluded(path, kind.is_dir()) {
            self.harvest.skip(NoticeReason::Excluded, path, "");
            return WalkState::Skip;
        }
        // The root may be a link; what is below a link is never entered.
        if kind.is_symlink() && entry.depth() > 0 {
            self.harvest.skip(NoticeReason::Link, path, "");
            return WalkState::Continue;
        }
        if kind.is_dir() {
            return self.directory(&entry);
        }
        if entry.file_name() == ".git" {
            self.harvest.repositories.push(path.to_path_buf());
        }
        if self.options.reading == Reading::Nothing {
            return WalkState::Continue;
        }
        let metadata = self.metadata(&entry, kind);
        if !self.leave(path, &entry, metadata.as_ref()) {
            self.file(path, kind, entry.depth(), metadata.as_ref());
        }
        WalkState::Continue
    }

    /// Asks for the size and times of a file once, if anybody wants them.
    fn metadata(&mut self, entry: &DirEntry, kind: FileType) -> Option<Metadata> {
        let is_wanted = self.options.care.files.is_some()
            || (self.options.reading == Reading::Changed && self.checkout(entry.path()).is_some());
        (kind.is_file() && is_wanted).then(|| entry.metadata().ok())?
    }

    /// Leaves a file to the sweep if it looks the same as a blob. Returns whether it did.
    fn leave(&mut self, path: &Path, entry: &DirEntry, metadata: Option<&Metadata>) -> bool {
        if self.options.reading != Reading::Changed || entry.depth() == 0 {
            return false;
        }
        let Some(metadata) = metadata else {
            return false;
        };
        let Some(checkout) = self.checkout(path) else {
            return false;
        };
        let size = metadata.len();
        // Histories have no such limit; the file is said to be too large instead.
        if size > self.options.max_file_size {
            return false;
        }
        let Some(blob) = checkout.blob(path, metadata) else {
            return false;
        };
        self.harvest.left.push(Left {
            path: path.to_path_buf(),
            size,
            blob,
            checkout,
        });
        true
    }

    /// The work tree that a file is in, if its top folder was entered.
    fn checkout(&mut self, path: &Path) -> Option<Arc<Checkout>> {
        let folder = path.parent()?;
        // As bytes: this is asked for each file, and paths are compared part by part.
        if self.around.0.as_os_str() != folder.as_os_str() {
            let known = self.checkouts.read();
            let known = known.unwrap_or_else(PoisonError::into_inner);
            let mut folders = folder.ancestors();
            let found = folders.find_map(|folder| known.get(folder).cloned());
            self.around = (folder.to_path_buf(), found);
        }
        self.around.1.clone()
    }

    /// Enters a directory, unless it belongs to a git repository's insides or
    /// to the kernel.
    fn directory(&mut self, entry: &DirEntry) -> WalkState {
        let path = entry.path();
        if entry.depth() > 0 && is_kernel(path) {
            self.harvest.skip(NoticeReason::Special, path, "");
            return WalkState::Skip;
        }
        if let Some(why) = self.options.care.closed.get(path) {
            self.harvest
                .skip(NoticeReason::Excluded, path, why.as_str());
            return WalkState::Skip;
        }
        self.options.care.rest.take();
        if entry.file_name() == ".git" {
            self.harvest.repositories.push(path.to_path_buf());
            return WalkState::Skip;
        }
        if entry.file_name() == "objects"
            && let Some(parent) = path.parent()
            && parent.join("HEAD").is_file()
            && parent.join("refs").is_dir()
        {
            self.harvest.repositories.push(parent.to_path_buf());
            return WalkState::Skip;
        }
        // A folder is visited before what is in it.
        if self.options.reading == Reading::Changed
            && path.join(".git").symlink_metadata().is_ok()
            && let Some(checkout) = Checkout::of(path)
        {
            let known = self.checkouts.write();
            let mut known = known.unwrap_or_else(PoisonError::into_inner);
            known.insert(path.to_path_buf(), Arc::new(checkout));
        }
        WalkState::Continue
    }

    fn is_excluded(&self, path: &Path, is_dir: bool) -> bool {
        !self.options.exclude.is_empty()
            && self.excludes.iter().any(|(root, globs)| {
                path.starts_with(root) && globs.matched(path, is_dir).is_ignore()
            })
    }

    fn file(&mut self, path: &Path, kind: FileType, depth: usize, metadata: Option<&Metadata>) {
        let is_root_link = depth == 0 && kind.is_symlink();
        if !kind.is_file() && !is_root_link {
            self.harvest.skip(NoticeReason::Special, path, "");
            return;
        }
        let care = &self.options.care;
        if let (Some(files), Some(metadata)) = (&care.files, metadata) {
            let print = Fingerprint::of(path, metadata);
            match files.ask(&print) {
                Past::Unknown => {}
                Past::Nothing => {
                    self.harvest.unchanged += 1;
                    return;
                }
                Past::Seen(noted) => {
                    self.harvest.unchanged += 1;
                    return self.recall(path, print, noted);
                }
            }
        }
        care.rest.take();
        let opened = (depth > 0).then(|| self.nearby.open(&care.anchors, path));
        let opened = match opened.flatten() {
            Some(opened) => opened.and_then(here),
            None => open(path, depth == 0),
        };
        let file = match opened {
            Ok(Opened::File(file)) => file,
            Ok(Opened::Placeholder) => {
                self.harvest.skip(NoticeReason::Placeholder, path, "");
                return;
            }
            Err(error) => return self.failed(path, &error),
        };
        // What is open now may be another file than the one that was listed.
        let before = match care.files.as_ref().map(|_| regular(&file)) {
            Some(Ok(None)) => {
                self.harvest.skip(NoticeReason::Special, path, "");
                return;
            }
            Some(Err(error)) => return self.failed(path, &error),
            Some(Ok(metadata)) => metadata,
            None => None,
        };
        self.read(path, &file, before.as_ref());
    }

    /// Tells again what an earlier walk saw in a file.
    fn recall(&mut self, path: &Path, print: Fingerprint, noted: &Noted) {
        let sightings = noted.sightings.iter().cloned();
        self.harvest.sightings.extend(sightings.map(|mut sighting| {
            sighting.origin.path = path.to_path_buf();
            sighting
        }));
        if noted.brings.is_something() {
            self.harvest.parts.push(Part {
                path: path.to_path_buf(),
                print: Some(print),
                brings: noted.brings,
                is_read: false,
            });
        }
        let unfinished = Unfinished {
            undecoded: noted.undecoded,
            untried: noted.untried,
            details: noted.gave_up.clone(),
        };
        self.harvest.unfinished(path, None, unfinished);
    }

    /// Reads a file, and remembers what was seen in it if it did not change meanwhile.
    fn read(&mut self, path: &Path, file: &File, before: Option<&Metadata>) {
        let now = SystemTime::now();
        self.origin.path.as_mut_os_string().clear();
        self.origin.path.push(path);
        let limit = self.options.max_file_size;
        let rest = self.options.care.rest.clone();
        let mut input = Rested {
            inner: file,
            rest: &rest,
        };
        let outcome = match self.reader.scan(&mut input, &self.origin, limit) {
            Ok(outcome) => outcome,
            Err(error) => return self.failed(path, &error),
        };
        self.harvest.files += 1;
        self.harvest.bytes += outcome.bytes;
        self.progress.add(1, outcome.bytes);
        let mut unfinished = Unfinished {
            undecoded: outcome.undecoded,
            untried: outcome.untried,
            details: Vec::new(),
        };
        let mut brings = outcome.brings;
        let from = self.harvest.sightings.len();
        match outcome.container {
            Some(container) if !outcome.too_large => {
                let (size, reader) = (outcome.bytes, &mut self.reader);
                let opened = archive::open(container, &mut input, size, &self.origin, reader);
                let opened = opened.and(outcome.sightings);
                brings.add(opened.brings);
                unfinished.untried |= opened.untried;
                unfinished.details = opened.gave_up();
                self.harvest.sightings.extend(opened.sightings);
                self.harvest.archives.add(&opened.counts);
            }
            _ => self.harvest.sightings.extend(outcome.sightings),
        }
        self.harvest.unfinished(path, None, unfinished.clone());
        if outcome.too_large {
            let detail = format!("larger than {limit} bytes");
            self.harvest.skip(NoticeReason::TooLarge, path, detail);
        }
        let files = self.options.care.files.as_ref();
        if files.is_none() && !brings.is_something() {
            return;
        }
        // What did not change since before it was read is known by its times.
        let after = file.metadata().ok();
        let print = after.filter(|after| !outcome.too_large && is_settled(after, now));
        let print = print.map(|after| Fingerprint::of(path, &after));
        let print = print.filter(|print| before.is_none_or(|b| Fingerprint::of(path, b) == *print));
        if brings.is_something() {
            self.harvest.parts.push(Part {
                path: path.to_path_buf(),
                print,
                brings,
                is_read: true,
            });
        }
        // What was not read to its end is not kept.
        if let (Some(files), Some(print)) = (files, print)
            && !self.interrupt.is_set()
            && !self.reader.scanner().is_gatherer()
        {
            let seen = self.harvest.sightings.get(from..).unwrap_or_default();
            let noted = Noted {
                sightings: seen.to_vec(),
                undecoded: unfinished.undecoded,
                untried: unfinished.untried,
                gave_up: unfinished.details,
                brings,
                path: path.to_path_buf(),
            };
            self.batch.learn(files, print, noted);
        }
    }

    fn failed(&mut self, path: &Path, error: &io::Error) {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => NoticeReason::Vanished,
            io::ErrorKind::TimedOut if self.interrupt.is_set() => NoticeReason::TimeLimit,
            _ => NoticeReason::Unreadable,
        };
        self.harvest.skip(reason, path, error.to_string());
    }
}

enum Opened {
    File(File),
    /// Only reachable where the platform marks placeholders.
    #[cfg_attr(
        not(any(target_os = "macos", windows)),
        expect(dead_code, reason = "no such files here")
    )]
    Placeholder,
}

/// Opens a regular file without following a link, waiting for a FIFO's writer
/// or taking a terminal over, should the path have changed since it was listed.
#[cfg(unix)]
fn open(path: &Path, follow: bool) -> io::Result<Opened> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let no_link = if follow { 0 } else { libc::O_NOFOLLOW };
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC | no_link;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    here(file)
}

/// Says whether the content of a file that is open is on this machine.
#[cfg(unix)]
fn here(file: File) -> io::Result<Opened> {
    #[cfg(target_os = "macos")]
    {
        use std::os::macos::fs::MetadataExt as _;
        /// The content is in the cloud (`SF_DATALESS` of sys/stat.h).
        const SF_DATALESS: u32 = 0x4000_0000;
        if file.metadata()?.st_flags() & SF_DATALESS != 0 {
            return Ok(Opened::Placeholder);
        }
    }
    Ok(Opened::File(file))
}

/// A file that is open was no placeholder.
#[cfg(windows)]
fn here(file: File) -> io::Result<Opened> {
    Ok(Opened::File(file))
}

/// Opens a file unless its content is in the cloud.
#[cfg(windows)]
fn open(path: &Path, _follow: bool) -> io::Result<Opened> {
    use std::os::windows::fs::MetadataExt as _;
    /// `FILE_ATTRIBUTE_OFFLINE`, `_RECALL_ON_OPEN` and `_RECALL_ON_DATA_ACCESS`.
    const IN_THE_CLOUD: u32 = 0x1000 | 0x4_0000 | 0x40_0000;
    if std::fs::symlink_metadata(path)?.file_attributes() & IN_THE_CLOUD != 0 {
        return Ok(Opened::Placeholder);
    }
    OpenOptions::new().read(true).open(path).map(Opened::File)
}

/// Whether a directory is a window into the kernel, which has no end.
fn is_kernel(path: &Path) -> bool {
    ["/proc", "/sys", "/dev"]
        .iter()
        .any(|p| path.as_os_str() == OsStr::new(p))
}

fn error_path(error: &ignore::Error) -> Option<PathBuf> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path.clone()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        ignore::Error::Loop { child, .. } => Some(child.clone()),
        _ => None,
    }
}

fn reason(error: &ignore::Error) -> String {
    error
        .io_error()
        .map_or_else(|| error.to_string(), io::Error::to_string)
}
