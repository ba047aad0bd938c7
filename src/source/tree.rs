//! Walks file trees in parallel.
//!
//! Everything is looked at, ignored or hidden or not: a stray key is often in
//! an ignored file. Left out are the internals of git repositories, which the
//! history engine owns, and what is no regular file. No symbolic link is
//! followed, so nothing outside the root is read and nothing is read twice;
//! the root itself may be a link.

use std::ffi::OsStr;
use std::fs::{File, FileType, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};

use super::read::Reader;
use super::{Harvest, Interrupt, Progress, archive};
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
}

/// Why a walk cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An exclude glob that is no glob.
    #[error("--exclude {glob}: {source}")]
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
    let Some((first, more)) = roots.split_first() else {
        return Ok(harvest);
    };
    let mut builder = WalkBuilder::new(first);
    for root in more {
        builder.add(root);
    }
    builder
        .standard_filters(options.respect_ignore)
        .hidden(false)
        .follow_links(false)
        .threads(options.threads);
    let excludes: Vec<(PathBuf, Override)> = roots
        .iter()
        .map(|root| Ok((root.clone(), excludes(root, &options.exclude)?)))
        .collect::<Result<_, Error>>()?;
    let (sender, harvests) = channel();
    let mut workers = Workers {
        scanner,
        excludes: &excludes,
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
    Ok(harvest)
}

/// Makes a matcher of exclude globs, which are relative to `root`.
pub(super) fn excludes(root: &Path, globs: &[String]) -> Result<Override, Error> {
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
    options: &'s Options,
    progress: &'s Progress,
    interrupt: &'s Interrupt,
    sender: Sender<Harvest>,
}

impl<'s> ParallelVisitorBuilder<'s> for Workers<'s> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        Box::new(Worker {
            reader: Reader::new(self.scanner.clone()),
            excludes: self.excludes,
            options: self.options,
            progress: self.progress,
            interrupt: self.interrupt,
            sender: self.sender.clone(),
            harvest: Harvest::default(),
        })
    }
}

struct Worker<'s> {
    reader: Reader,
    excludes: &'s [(PathBuf, Override)],
    options: &'s Options,
    progress: &'s Progress,
    interrupt: &'s Interrupt,
    sender: Sender<Harvest>,
    harvest: Harvest,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
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
        self.file(path, kind, entry.depth());
        WalkState::Continue
    }

    /// Enters a directory, unless it belongs to a git repository's insides or
    /// to the kernel.
    fn directory(&mut self, entry: &DirEntry) -> WalkState {
        let path = entry.path();
        if entry.depth() > 0 && is_kernel(path) {
            self.harvest.skip(NoticeReason::Special, path, "");
            return WalkState::Skip;
        }
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
        WalkState::Continue
    }

    fn is_excluded(&self, path: &Path, is_dir: bool) -> bool {
        !self.options.exclude.is_empty()
            && self.excludes.iter().any(|(root, globs)| {
                path.starts_with(root) && globs.matched(path, is_dir).is_ignore()
            })
    }

    fn file(&mut self, path: &Path, kind: FileType, depth: usize) {
        let is_root_link = depth == 0 && kind.is_symlink();
        if !kind.is_file() && !is_root_link {
            self.harvest.skip(NoticeReason::Special, path, "");
            return;
        }
        let mut file = match open(path, depth == 0) {
            Ok(Opened::File(file)) => file,
            Ok(Opened::Placeholder) => {
                self.harvest.skip(NoticeReason::Placeholder, path, "");
                return;
            }
            Err(error) => return self.failed(path, &error),
        };
        let origin = Origin::file(path);
        match self
            .reader
            .scan(&mut file, &origin, self.options.max_file_size)
        {
            Ok(outcome) => {
                self.harvest.files += 1;
                self.harvest.bytes += outcome.bytes;
                self.progress.add(1, outcome.bytes);
                match outcome.container {
                    Some(container) if !outcome.too_large => {
                        archive::open(
                            container,
                            &mut file,
                            outcome.bytes,
                            &origin,
                            &mut self.reader,
                        )
                        .and(outcome.sightings)
                        .report(path, &mut self.harvest);
                    }
                    _ => self.harvest.sightings.extend(outcome.sightings),
                }
                if outcome.too_large {
                    let limit = self.options.max_file_size;
                    self.harvest.skip(
                        NoticeReason::TooLarge,
                        path,
                        format!("larger than {limit} bytes"),
                    );
                }
                if outcome.undecoded {
                    self.harvest
                        .skip(NoticeReason::Undecoded, path, "too much encoded data");
                }
            }
            Err(error) => self.failed(path, &error),
        }
    }

    fn failed(&mut self, path: &Path, error: &io::Error) {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => NoticeReason::Vanished,
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
