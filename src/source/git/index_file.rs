//! The index (`.git/index`): which blob stands at which path in the next commit.
//!
//! Layout (gitformat-index): `DIRC`, version, number of entries; the entries, sorted by path and
//! stage: ten numbers of stat data, the id, flags, version 3 and up further flags, the path; then
//! extensions (`TREE`, `link`, `sdir` …) with four letters and a size each; then a checksum of all
//! that, which git does not check either when it reads. Paths are padded with zeros to eight bytes
//! in versions 2 and 3; in version 4 each names how many bytes to drop from the path before it.
//!
//! An extension in capitals may be passed over, an unknown other one may not. A split index
//! (`link`) names a second file and what differs from it: see `index_link`. A sparse index (`sdir`)
//! holds whole directories as one entry with the id of their tree.

use super::cache_tree::CacheTree;
use super::id::{HashKind, ObjectId};
use super::index_link::{self, Link};
use super::odb::read_small;
use std::fmt;
use std::ops::Range;
use std::path::Path;

/// Largest index read, in bytes; ten million entries.
const MAX_INDEX_BYTES: u64 = 1 << 30;

/// Longest path, in bytes: four times what Linux lets a program open.
pub(super) const MAX_PATH_BYTES: usize = 16 << 10;

/// How much longer all paths together may be than the file. Only version 4 can exceed 1 at all;
/// the bound stops an index of a few megabytes from filling memory with repeated prefixes.
const MAX_PATHS_RATIO: usize = 16;

/// Bytes of stat data before an entry's id.
const STAT_BYTES: usize = 40;

/// An index, read.
#[derive(Debug, Default)]
pub struct IndexFile {
    /// All paths, one behind the other.
    paths: Vec<u8>,
    /// Sorted by path and stage.
    entries: Vec<IndexEntry>,
    /// The trees that the entries would be written as, where they are known.
    cache_tree: CacheTree,
}

/// One entry.
#[derive(Clone, Debug)]
pub struct IndexEntry {
    /// Where its path stands among all paths.
    path: Range<u32>,
    /// Kind of file and permissions, as in trees.
    pub mode: u32,
    /// The blob; of a submodule its commit, of a sparse directory its tree.
    pub id: ObjectId,
    /// 0, or in a conflict 1 (common ancestor), 2 (ours) and 3 (theirs).
    pub stage: u8,
    /// The file is promised not to change (`--assume-unchanged`).
    pub assume_unchanged: bool,
    /// The file is not checked out (sparse checkout).
    pub skip_worktree: bool,
    /// Added by `git add -N`: the next commit will not have it.
    pub intent_to_add: bool,
    /// The file's facts when it was added.
    pub stat: Stat,
}

/// What the file system said of a file when it was added, cut to 32 bits each.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Stat {
    /// Seconds and nanoseconds of the last change of the inode.
    pub ctime: (u32, u32),
    /// Seconds and nanoseconds of the last change of the content.
    pub mtime: (u32, u32),
    /// Device.
    pub dev: u32,
    /// Inode.
    pub ino: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Size in bytes.
    pub size: u32,
}

/// What an entry's mode says it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EntryKind {
    /// A file or a symbolic link: its content is a blob.
    Blob,
    /// A submodule: its id is a commit of another repository.
    Submodule,
    /// A directory: its id is a tree.
    Tree,
}

impl EntryKind {
    /// The kind by its mode, which trees and the index share.
    pub const fn of_mode(mode: u32) -> Self {
        match mode & 0o170_000 {
            0o160_000 => Self::Submodule,
            0o040_000 => Self::Tree,
            _ => Self::Blob,
        }
    }
}

/// Why an index cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IndexError {
    /// Not `DIRC`, or truncated, or with sizes that do not fit.
    Damaged,
    /// A version other than 2, 3 and 4.
    Version(u32),
    /// An extension that must be understood and is not.
    Extension([u8; 4]),
    /// The shared file of a split index is missing or damaged.
    Shared,
    /// Paths without measure.
    TooLarge,
    /// The operating system refused to read it.
    Unreadable(std::io::ErrorKind),
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged => f.write_str("damaged index"),
            Self::Version(version) => write!(f, "index of version {version}, which is not known"),
            Self::Extension(name) => {
                write!(
                    f,
                    "index with the unknown extension {}",
                    name.escape_ascii()
                )
            }
            Self::Shared => f.write_str("split index whose shared file cannot be read"),
            Self::TooLarge => f.write_str("index too large"),
            Self::Unreadable(kind) => write!(f, "index cannot be read: {kind}"),
        }
    }
}

impl std::error::Error for IndexError {}

impl IndexFile {
    /// Reads an index and, if it is split, the shared file in `git_dir`. One that is not there is
    /// empty, as it is for git.
    ///
    /// # Errors
    /// When it is damaged, or needs something that we do not know.
    pub fn open(path: &Path, git_dir: &Path, kind: HashKind) -> Result<Self, IndexError> {
        let bytes = match read_small(path, MAX_INDEX_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(IndexError::Unreadable(error.kind())),
        };
        let (index, link) = parse(&bytes, kind)?;
        let Some(link) = link else {
            return index.in_order();
        };
        let Some(base) = link.base else {
            return index.in_order();
        };
        let shared = git_dir.join(format!("sharedindex.{base}"));
        let shared = read_small(&shared, MAX_INDEX_BYTES).map_err(|_| IndexError::Shared)?;
        let (shared, nested) = parse(&shared, kind).map_err(|_| IndexError::Shared)?;
        if nested.is_some() {
            return Err(IndexError::Shared);
        }
        index.over(shared, &link)?.in_order()
    }

    /// Reads the bytes of an index that is not split.
    ///
    /// # Errors
    /// When it is damaged, or needs something that we do not know.
    pub fn parse(bytes: &[u8], kind: HashKind) -> Result<Self, IndexError> {
        let (index, link) = parse(bytes, kind)?;
        if link.is_some_and(|link| link.base.is_some()) {
            return Err(IndexError::Shared);
        }
        index.in_order()
    }

    /// The entries, sorted by path and stage.
    pub fn entries(&self) -> &[IndexEntry] {
        &self.entries
    }

    /// An entry's path, relative to the root of the work tree; a sparse directory ends in `/`.
    pub fn path(&self, entry: &IndexEntry) -> &[u8] {
        let range = entry.path.start as usize..entry.path.end as usize;
        self.paths.get(range).unwrap_or_default()
    }

    /// The entry at a path, unless it is in a conflict.
    pub fn find(&self, path: &[u8]) -> Option<&IndexEntry> {
        let found = self
            .entries
            .binary_search_by(|entry| self.path(entry).cmp(path));
        let entry = self.entries.get(found.ok()?)?;
        (entry.stage == 0).then_some(entry)
    }

    /// The trees that the entries would be written as.
    pub(super) const fn cache_tree(&self) -> &CacheTree {
        &self.cache_tree
    }

    /// Sorts what git wrote sorted, in case somebody else wrote it; refuses entries without path.
    fn in_order(mut self) -> Result<Self, IndexError> {
        if self.entries.iter().any(|entry| entry.path.is_empty()) {
            return Err(IndexError::Damaged);
        }
        let paths = std::mem::take(&mut self.paths);
        let key = |entry: &IndexEntry| {
            let range = entry.path.start as usize..entry.path.end as usize;
            (paths.get(range).unwrap_or_default(), entry.stage)
        };
        if !self
            .entries
            .is_sorted_by(|left, right| key(left) <= key(right))
        {
            self.entries
                .sort_by(|left, right| key(left).cmp(&key(right)));
        }
        self.paths = paths;
        Ok(self)
    }

    /// Lays this split index over its shared one: what is deleted there goes, entries without a
    /// path take the place of those that `link` says are replaced, the others are new.
    fn over(self, shared: Self, link: &Link) -> Result<Self, IndexError> {
        let deleted = index_link::bits(&link.deleted, shared.entries.len())?;
        let replaced = index_link::bits(&link.replaced, shared.entries.len())?;
        let mut own = self.entries.into_iter().peekable();
        let mut paths = shared.paths;
        let mut entries = Vec::with_capacity(shared.entries.len());
        for ((mut entry, deleted), replaced) in
            shared.entries.into_iter().zip(deleted).zip(replaced)
        {
            if replaced {
                let new = own
                    .next_if(|new| new.path.is_empty())
                    .ok_or(IndexError::Damaged)?;
                entry = IndexEntry {
                    path: entry.path,
                    ..new
                };
            }
            if !deleted {
                entries.push(entry);
            }
        }
        let moved = u32::try_from(paths.len()).map_err(|_| IndexError::TooLarge)?;
        paths.extend_from_slice(&self.paths);
        u32::try_from(paths.len()).map_err(|_| IndexError::TooLarge)?;
        entries.extend(own.map(|entry| IndexEntry {
            path: entry.path.start.saturating_add(moved)..entry.path.end.saturating_add(moved),
            ..entry
        }));
        Ok(Self {
            paths,
            entries,
            cache_tree: self.cache_tree,
        })
    }
}

/// Bytes that are taken from the front.
struct Front<'a>(&'a [u8]);

impl<'a> Front<'a> {
    /// The next `len` bytes.
    fn take(&mut self, len: usize) -> Result<&'a [u8], IndexError> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(IndexError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next four bytes as a number.
    fn number(&mut self) -> Result<u32, IndexError> {
        let bytes = self.take(4)?.first_chunk().ok_or(IndexError::Damaged)?;
        Ok(u32::from_be_bytes(*bytes))
    }

    /// The next two bytes as a number.
    fn short(&mut self) -> Result<u16, IndexError> {
        let bytes = self.take(2)?.first_chunk().ok_or(IndexError::Damaged)?;
        Ok(u16::from_be_bytes(*bytes))
    }

    /// What stands before the next zero byte, which goes as well.
    fn until_zero(&mut self) -> Result<&'a [u8], IndexError> {
        let end = memchr::memchr(0, self.0).ok_or(IndexError::Damaged)?;
        let text = self.take(end)?;
        self.take(1)?;
        Ok(text)
    }

    /// A number in the encoding of offset deltas, as version 4 uses it.
    fn varint(&mut self) -> Result<usize, IndexError> {
        let mut value: usize = 0;
        for round in 0..5 {
            let byte = self.take(1)?.first().copied().unwrap_or_default();
            if round > 0 {
                value += 1;
            }
            value = (value << 7) | usize::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(IndexError::Damaged)
    }
}

/// Takes an index apart; its entries are in the order of the file.
fn parse(bytes: &[u8], kind: HashKind) -> Result<(IndexFile, Option<Link>), IndexError> {
    let content = bytes
        .len()
        .checked_sub(kind.id_len())
        .and_then(|len| bytes.get(..len));
    let mut front = Front(content.ok_or(IndexError::Damaged)?);
    if front.take(4)? != b"DIRC" {
        return Err(IndexError::Damaged);
    }
    let version = front.number()?;
    if !(2..=4).contains(&version) {
        return Err(IndexError::Version(version));
    }
    let count = front.number()? as usize;
    // No entry is shorter than this, whatever the header says.
    if count > front.0.len() / (STAT_BYTES + kind.id_len() + 2) {
        return Err(IndexError::Damaged);
    }
    let most = bytes
        .len()
        .saturating_mul(MAX_PATHS_RATIO)
        .min(u32::MAX as usize);
    let mut index = IndexFile {
        entries: Vec::with_capacity(count),
        ..IndexFile::default()
    };
    let mut last = 0..0;
    for _ in 0..count {
        let entry = entry(&mut front, version, kind, &mut index.paths, last)?;
        if index.paths.len() > most {
            return Err(IndexError::TooLarge);
        }
        last = entry.path.start as usize..entry.path.end as usize;
        index.entries.push(entry);
    }
    let mut link = None;
    while !front.0.is_empty() {
        let name = front.take(4)?;
        let len = front.number()? as usize;
        let body = front.take(len)?;
        match name {
            b"TREE" => index.cache_tree = CacheTree::parse(body, kind),
            b"link" => link = Some(Link::parse(body, kind)?),
            // Entries of whole directories are recognised by their mode.
            b"sdir" => {}
            [b'A'..=b'Z', ..] => {}
            _ => {
                let name = name.first_chunk().copied().unwrap_or_default();
                return Err(IndexError::Extension(name));
            }
        }
    }
    Ok((index, link))
}

/// Takes one entry; its path goes behind the others.
fn entry(
    front: &mut Front<'_>,
    version: u32,
    kind: HashKind,
    paths: &mut Vec<u8>,
    last: Range<usize>,
) -> Result<IndexEntry, IndexError> {
    let stat = Stat {
        ctime: (front.number()?, front.number()?),
        mtime: (front.number()?, front.number()?),
        dev: front.number()?,
        ino: front.number()?,
        ..Stat::default()
    };
    let mode = front.number()?;
    let stat = Stat {
        uid: front.number()?,
        gid: front.number()?,
        size: front.number()?,
        ..stat
    };
    let id = ObjectId::from_raw(kind, front.take(kind.id_len())?).ok_or(IndexError::Damaged)?;
    let flags = front.short()?;
    let is_extended = flags & 0x4000 != 0;
    let extended = match (is_extended, version) {
        (true, 2) => return Err(IndexError::Damaged),
        (true, _) => front.short()?,
        (false, _) => 0,
    };
    let start = paths.len();
    if version == 4 {
        let kept = last
            .len()
            .checked_sub(front.varint()?)
            .ok_or(IndexError::Damaged)?;
        paths.extend_from_within(last.start..last.start + kept);
        paths.extend_from_slice(front.until_zero()?);
    } else {
        let (name, padding) = match usize::from(flags & 0xfff) {
            // Too long for twelve bits: up to the first zero.
            0xfff => (front.until_zero()?, 1),
            len => (front.take(len)?, 0),
        };
        paths.extend_from_slice(name);
        let before = STAT_BYTES + kind.id_len() + 2 + 2 * usize::from(is_extended);
        let padded = 8 - (before + name.len()) % 8;
        front.take(padded - padding)?;
    }
    let path = start..paths.len();
    if path.len() > MAX_PATH_BYTES {
        return Err(IndexError::TooLarge);
    }
    let number = |at: usize| u32::try_from(at).map_err(|_| IndexError::TooLarge);
    Ok(IndexEntry {
        path: number(path.start)?..number(path.end)?,
        mode,
        id,
        stage: ((flags >> 12) & 3) as u8,
        assume_unchanged: flags & 0x8000 != 0,
        skip_worktree: extended & 0x4000 != 0,
        intent_to_add: extended & 0x2000 != 0,
        stat,
    })
}
