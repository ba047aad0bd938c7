//! A folder of state files: each a few named sections, checked when read, replaced as a whole.
//!
//! Layout of a file: the magic `straykey state\r\n`; version; engine (32 bytes: a digest of whatever
//! the content depends on); number of sections; for each its name (4 bytes), length and SHA-256;
//! SHA-256 of all that; the sections, one behind the other. Numbers are big-endian, lengths of 8
//! bytes, the others of 4. A section is read, and checked, only when it is asked for: a state may
//! have names of millions of objects, and a scan that finds nothing new needs none of them.
//!
//! The checksums find damage. They do not find an enemy: who may write to the folder may as well
//! change the program. So the folder must not be open to others, and is made with 0700, files 0600.

use crate::disk;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// First bytes of a state file. The line break tells when somebody converted it as text.
const MAGIC: &[u8; 16] = b"straykey state\r\n";

/// Version of the layout of files and sections.
const VERSION: u32 = 1;

/// Most sections a file has; bounds the head that is read.
const MAX_SECTIONS: usize = 64;

/// Bytes before the table of sections: magic, version, engine, number of sections.
const FIXED_BYTES: usize = 16 + 4 + 32 + 4;

/// Bytes of a section in the table.
const ROW_BYTES: usize = 4 + 8 + 32;

/// A digest of whatever a state depends on: it is of no use to another engine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Engine(pub [u8; 32]);

/// A folder of state files.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be made or opened.
    #[error("{}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others may write to it.
    #[error("{}: others may write to this folder; a state must be its owner's alone", .0.display())]
    Open(PathBuf),
}

/// Why a state file was not used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Discarded {
    /// Truncated, or a checksum is wrong.
    Damaged,
    /// Of another version.
    Version,
    /// Of another engine.
    Engine,
    /// The operating system refused to read it, or it is no regular file of ours.
    Unreadable,
}

impl fmt::Display for Discarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Damaged => "the state is damaged",
            Self::Version => "the state is of another version of straykey",
            Self::Engine => "the state is of another engine: version, formats or options differ",
            Self::Unreadable => "the state cannot be read",
        })
    }
}

/// A state file, open.
#[derive(Debug)]
pub struct Book {
    file: File,
    /// Name, where it begins, length, SHA-256.
    sections: Vec<([u8; 4], u64, u64, [u8; 32])>,
}

impl Store {
    /// Opens a folder, and makes it if there is none.
    ///
    /// # Errors
    /// When it cannot be made, or others may write to it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Folder {
            path: folder.to_owned(),
            source,
        };
        disk::private_folder(folder).map_err(failed)?;
        let metadata = std::fs::metadata(folder).map_err(failed)?;
        if !metadata.is_dir() {
            return Err(failed(io::ErrorKind::NotADirectory.into()));
        }
        if is_open_to_others(&metadata) {
            return Err(StoreError::Open(folder.to_owned()));
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Returns the folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Removes what a run that was killed while it wrote left behind.
    pub fn tidy(&self) {
        disk::tidy(&self.folder);
    }

    /// Opens a state file; nothing if there is none.
    ///
    /// # Errors
    /// When it is of no use.
    pub fn read(&self, name: &str, engine: Engine) -> Result<Option<Book>, Discarded> {
        let path = self.folder.join(name);
        let metadata = match std::fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err(Discarded::Unreadable),
            Ok(metadata) => metadata,
        };
        if !metadata.is_file() || is_open_to_others(&metadata) {
            return Err(Discarded::Unreadable);
        }
        let mut file = File::open(&path).map_err(|_| Discarded::Unreadable)?;
        let len = file.metadata().map_err(|_| Discarded::Unreadable)?.len();
        let sections = head(&mut file, len, engine)?;
        Ok(Some(Book { file, sections }))
    }

    /// Replaces a state file, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written; the old one is then still there.
    pub fn write(
        &self,
        name: &str,
        engine: Engine,
        sections: &[([u8; 4], &[u8])],
    ) -> io::Result<()> {
        let mut head = MAGIC.to_vec();
        head.extend(VERSION.to_be_bytes());
        head.extend(engine.0);
        head.extend(
            u32::try_from(sections.len())
                .unwrap_or(u32::MAX)
                .to_be_bytes(),
        );
        for (name, bytes) in sections {
            head.extend(name);
            head.extend((bytes.len() as u64).to_be_bytes());
            head.extend(Sha256::digest(bytes));
        }
        let checksum = Sha256::digest(&head);
        head.extend(checksum);
        disk::replace(&self.folder.join(name), disk::PRIVATE, |out| {
            out.write_all(&head)?;
            sections
                .iter()
                .try_for_each(|(_, bytes)| out.write_all(bytes))
        })
    }
}

/// Reads and checks what stands before the sections.
fn head(
    file: &mut File,
    len: u64,
    engine: Engine,
) -> Result<Vec<([u8; 4], u64, u64, [u8; 32])>, Discarded> {
    let mut fixed = [0; FIXED_BYTES];
    file.read_exact(&mut fixed)
        .map_err(|_| Discarded::Damaged)?;
    let mut rest = fixed.as_slice();
    if take::<16>(&mut rest)? != *MAGIC {
        return Err(Discarded::Damaged);
    }
    if u32::from_be_bytes(take(&mut rest)?) != VERSION {
        return Err(Discarded::Version);
    }
    let written_by = take::<32>(&mut rest)?;
    let count = u32::from_be_bytes(take(&mut rest)?) as usize;
    if count > MAX_SECTIONS {
        return Err(Discarded::Damaged);
    }
    let mut table = vec![0; count * ROW_BYTES + 32];
    file.read_exact(&mut table)
        .map_err(|_| Discarded::Damaged)?;
    let (rows, checksum) = table
        .split_at_checked(count * ROW_BYTES)
        .ok_or(Discarded::Damaged)?;
    let mut digest = Sha256::new();
    digest.update(fixed);
    digest.update(rows);
    if digest.finalize().as_slice() != checksum {
        return Err(Discarded::Damaged);
    }
    if written_by != engine.0 {
        return Err(Discarded::Engine);
    }
    let mut at = (FIXED_BYTES + table.len()) as u64;
    let mut sections = Vec::with_capacity(count);
    let mut rows = rows;
    while !rows.is_empty() {
        let name = take(&mut rows)?;
        let size = u64::from_be_bytes(take(&mut rows)?);
        sections.push((name, at, size, take(&mut rows)?));
        at = at.checked_add(size).ok_or(Discarded::Damaged)?;
    }
    // No section is longer than the file, so no length reserves memory that is not there.
    if at == len {
        Ok(sections)
    } else {
        Err(Discarded::Damaged)
    }
}

impl Book {
    /// Reads a section and checks it.
    ///
    /// # Errors
    /// When it is not there or damaged.
    pub fn section(&mut self, name: [u8; 4]) -> Result<Vec<u8>, Discarded> {
        let found = self.sections.iter().find(|section| section.0 == name);
        let &(_, at, len, checksum) = found.ok_or(Discarded::Damaged)?;
        let mut bytes = vec![0; usize::try_from(len).map_err(|_| Discarded::Damaged)?];
        let read = self.file.seek(SeekFrom::Start(at));
        read.and_then(|_| self.file.read_exact(&mut bytes))
            .map_err(|_| Discarded::Damaged)?;
        if Sha256::digest(&bytes).as_slice() != checksum {
            return Err(Discarded::Damaged);
        }
        Ok(bytes)
    }
}

/// Takes the first bytes.
fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Discarded> {
    let (first, behind) = rest.split_first_chunk().ok_or(Discarded::Damaged)?;
    *rest = behind;
    Ok(*first)
}

/// Whether somebody but the owner may write.
#[cfg(unix)]
fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o022 != 0
}

/// Windows keeps rights in lists that are not asked here.
#[cfg(not(unix))]
fn is_open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::{Discarded, Engine, Store};

    const ENGINE: Engine = Engine([7; 32]);

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a/state")).unwrap();
        assert!(store.read("x", ENGINE).unwrap().is_none());
        store
            .write("x", ENGINE, &[(*b"aaaa", b"one"), (*b"bbbb", b"")])
            .unwrap();
        let mut book = store.read("x", ENGINE).unwrap().unwrap();
        assert_eq!(book.section(*b"bbbb").unwrap(), b"");
        assert_eq!(book.section(*b"aaaa").unwrap(), b"one");
        assert_eq!(book.section(*b"cccc").unwrap_err(), Discarded::Damaged);
        assert_eq!(
            store.read("x", Engine([8; 32])).unwrap_err(),
            Discarded::Engine
        );
    }

    #[test]
    fn no_flipped_bit_and_no_cut_passes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state")).unwrap();
        store
            .write("x", ENGINE, &[(*b"aaaa", b"one"), (*b"bbbb", b"two")])
            .unwrap();
        let path = folder.path().join("state/x");
        let good = std::fs::read(&path).unwrap();
        let passes = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let Ok(Some(mut book)) = store.read("x", ENGINE) else {
                return false;
            };
            book.section(*b"aaaa").is_ok() && book.section(*b"bbbb").is_ok()
        };
        assert!(passes(&good));
        for at in 0..good.len() {
            assert!(!passes(&good[..at]), "cut at {at}");
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                assert!(!passes(&bad), "bit {bit} of byte {at}");
            }
        }
        assert!(!passes(&[good.as_slice(), b"x"].concat()));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_has_it() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let store = Store::open(&path).unwrap();
        store.write("x", ENGINE, &[]).unwrap();
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join("x"))), (0o700, 0o600));
        let chmod = |path: &std::path::Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        chmod(&path.join("x"), 0o620);
        assert_eq!(store.read("x", ENGINE).unwrap_err(), Discarded::Unreadable);
        std::fs::remove_file(path.join("x")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", path.join("x")).unwrap();
        assert_eq!(store.read("x", ENGINE).unwrap_err(), Discarded::Unreadable);
        store.write("x", ENGINE, &[]).unwrap();
        assert!(store.read("x", ENGINE).unwrap().is_some());
        chmod(&path, 0o770);
        assert!(Store::open(&path).is_err());
    }
}
