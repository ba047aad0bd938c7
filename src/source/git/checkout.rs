//! Which files of a work tree are the same as a blob, without reading them.
//!
//! The index remembers of each file what the file system said when it was last compared with its
//! blob. If the file system still says the same, and no filter or encoding stands between file and
//! blob, then the sweep has looked at the file's bytes already. That is how git itself decides not
//! to read a file; where git has exceptions, or settings that relax it, here the file is read.

use super::config::names_attributes;
use super::id::ObjectId;
use super::index_file::{IndexEntry, IndexFile};
use super::odb::{Reader, read_small};
use super::repo::{self, Repo};
use std::collections::BTreeSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

/// Longest file of attributes or configuration that is read, in bytes. Behind a longer one nothing
/// is taken as the same.
const MAX_TEXT_BYTES: u64 = 1 << 20;

/// A work tree with its index.
#[derive(Debug)]
pub struct Checkout {
    /// Its repository.
    repo: Repo,
    /// Its top folder.
    root: PathBuf,
    /// The index.
    index: IndexFile,
    /// When the index was written, in seconds since 1970.
    written: i64,
}

/// What a person's own git configuration says about all repositories.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Files of configuration.
    pub configs: Vec<PathBuf>,
    /// Files of attributes.
    pub attributes: Vec<PathBuf>,
}

impl Settings {
    /// Whether filters and encodings can come from nowhere but the repositories themselves.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let config = |path: &PathBuf| text(path).is_some_and(|text| !names_attributes(&text));
        self.configs.iter().all(config) && self.attributes.iter().all(|path| converts_nothing(path))
    }
}

impl Checkout {
    /// Reads the index of the work tree whose top folder this is, if it is one.
    #[must_use]
    pub fn of(root: &Path) -> Option<Self> {
        let repo = repo::discover(root)?;
        repo.work_tree.as_ref()?;
        let path = repo.git_dir.join("index");
        // Before it is read: an index that is replaced meanwhile has entries that look racy.
        let written = modified(&std::fs::metadata(&path).ok()?)?;
        let index = IndexFile::open(&path, &repo.git_dir, repo.hash?).ok()?;
        Some(Self {
            root: root.to_owned(),
            index,
            written,
            repo,
        })
    }

    /// Its repository.
    #[must_use]
    pub const fn repo(&self) -> &Repo {
        &self.repo
    }

    /// Its top folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The blob that a file was the same as when the index was written, and still is unless
    /// something converts it; see [`Checkout::is_plain`].
    #[must_use]
    pub fn blob(&self, path: &Path, metadata: &Metadata) -> Option<ObjectId> {
        let below = path.strip_prefix(&self.root).ok()?;
        let entry = self.index.find(&path_bytes(below)?)?;
        let is_file = entry.mode & 0o170_000 == 0o100_000;
        let is_promised = entry.assume_unchanged || entry.skip_worktree || entry.intent_to_add;
        // A file written in the second of the index may have been written after it; git marks such
        // entries with a size of 0 when it writes the index again. The inode's time is looked at as
        // well: the file's own can be set.
        let last = entry.stat.mtime.0.max(entry.stat.ctime.0);
        let is_racy = i64::from(last) >= self.written || entry.stat.size == 0;
        let is_same = is_file && !is_promised && !is_racy && is_as_noted(entry, metadata);
        is_same.then_some(entry.id)
    }

    /// Whether nothing converts the files of these folders, given relative to the top: no filter,
    /// no encoding. Conversion of line ends is not asked for: with nothing else at work it changes
    /// a file's size whenever it changes anything, and sizes are compared.
    pub fn is_plain<'p>(
        &self,
        folders: impl Iterator<Item = &'p Path>,
        reader: &mut Reader<'_>,
    ) -> bool {
        let git_dirs = [&self.repo.common_dir, &self.repo.git_dir];
        let configs = git_dirs.iter().flat_map(|dir| {
            let names = ["config", "config.worktree"];
            names.map(|name| dir.join(name))
        });
        let settings = Settings {
            configs: configs.collect(),
            attributes: git_dirs.map(|dir| dir.join("info/attributes")).into(),
        };
        if !settings.is_plain() {
            return false;
        }
        let mut seen = BTreeSet::new();
        for folder in folders {
            for folder in folder.ancestors() {
                if !seen.insert(folder) {
                    break;
                }
                if !converts_nothing(&self.root.join(folder).join(".gitattributes")) {
                    return false;
                }
            }
        }
        // What was checked out with attributes that are gone, or changed, on the disk.
        let entries = self.index.entries().iter();
        let mut noted = entries.filter(|entry| {
            let path = self.index.path(entry);
            path == b".gitattributes" || path.ends_with(b"/.gitattributes")
        });
        noted.all(|entry| {
            let object = reader.read(&entry.id);
            object.is_ok_and(|object| !names_conversion(object.bytes()))
        })
    }
}

/// Whether a file of attributes, if it is there, names neither filter nor encoding.
fn converts_nothing(path: &Path) -> bool {
    text(path).is_some_and(|text| !names_conversion(&text))
}

/// Whether attributes could name a filter or an encoding. Not a parser: a word in a comment counts.
fn names_conversion(text: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    has(b"filter") || has(b"working-tree-encoding")
}

/// The text of a small file; empty if there is none, nothing if it cannot be read.
fn text(path: &Path) -> Option<Vec<u8>> {
    match std::fs::symlink_metadata(path) {
        Err(error) if is_absent(&error) => Some(Vec::new()),
        Err(_) => None,
        Ok(_) => read_small(path, MAX_TEXT_BYTES).ok(),
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

/// Whether the file system says of a file what the index noted.
#[cfg(unix)]
fn is_as_noted(entry: &IndexEntry, metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let stat = &entry.stat;
    // The index keeps the low 32 bits of each. Devices are not compared, as git does not: their
    // numbers change from boot to boot.
    #[expect(clippy::cast_possible_truncation, reason = "as the index has them")]
    #[expect(clippy::cast_sign_loss, reason = "as the index has them")]
    let now = (
        (metadata.mtime() as u32, metadata.mtime_nsec() as u32),
        (metadata.ctime() as u32, metadata.ctime_nsec() as u32),
        metadata.ino() as u32,
        (metadata.uid(), metadata.gid()),
    );
    metadata.len() == u64::from(stat.size)
        && now == (stat.mtime, stat.ctime, stat.ino, (stat.uid, stat.gid))
}

/// Elsewhere the index notes too little.
#[cfg(not(unix))]
fn is_as_noted(_: &IndexEntry, _: &Metadata) -> bool {
    false
}

/// When a file was changed, in seconds since 1970.
fn modified(metadata: &Metadata) -> Option<i64> {
    let since = metadata.modified().ok()?;
    let since = since.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

/// A path as the index has it.
#[cfg(unix)]
fn path_bytes(path: &Path) -> Option<Vec<u8>> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(path.as_os_str().as_bytes().to_vec())
}

/// A path as the index has it.
#[cfg(not(unix))]
fn path_bytes(path: &Path) -> Option<Vec<u8>> {
    Some(path.to_str()?.replace('\\', "/").into_bytes())
}
