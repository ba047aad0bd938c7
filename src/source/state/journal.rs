//! A file that only grows: what was learned since a state was last written whole.
//!
//! A state file is replaced at the end of a run; a run may be killed before. So what is learned goes
//! to a journal as well, one batch for each folder, and the next run reads the batches that are whole.
//!
//! Layout: the magic `straykey journal`; version; engine (32 bytes); conf (32 bytes); batches: length
//! (4 bytes, big-endian), the first 8 bytes of the SHA-256 of the body, the body. A batch is one write,
//! so that a killed process leaves whole batches; what follows a batch that is not whole is cut off.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::store::Engine;

/// First bytes of a journal.
const MAGIC: &[u8; 16] = b"straykey journal";

/// Version of the layout of journals and batches.
const VERSION: u32 = 1;

/// Bytes before the batches: magic, version, engine, conf.
const FIXED_BYTES: usize = 16 + 4 + 32 + 32;

/// Bytes before the body of a batch.
const HEAD_BYTES: usize = 4 + 8;

/// Largest journal that is read, in bytes: a first run over 10,000,000 files leaves 200 MB.
const MAX_BYTES: u64 = 512 << 20;

/// A journal, open at its end.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
}

impl Journal {
    /// Opens a journal, and gives `each` the batches that an earlier run left for the same engine and
    /// conf. What is of another one, or not whole, is cut off.
    pub(super) fn open(
        path: &Path,
        engine: Engine,
        conf: &[u8; 32],
        mut each: impl FnMut(&[u8]) -> bool,
    ) -> io::Result<Self> {
        let mut file = open_to_append(path)?;
        let mut bytes = Vec::new();
        if file.metadata()?.len() <= MAX_BYTES {
            (&mut file).take(MAX_BYTES).read_to_end(&mut bytes)?;
        }
        let mut fixed = begin(engine);
        fixed.extend(conf);
        let mut whole = 0;
        if let Some(rest) = bytes.strip_prefix(fixed.as_slice()) {
            whole = FIXED_BYTES + batches(rest, &mut each);
        }
        if whole < bytes.len() || (whole == 0 && file.metadata()?.len() > 0) {
            file.set_len(whole as u64)?;
        }
        if whole == 0 {
            file.write_all(&fixed)?;
        }
        Ok(Self { file })
    }

    /// Gives `each` the batches of a journal of this engine, whatever its conf; none if there is no
    /// journal. Nothing is changed.
    pub(super) fn read(
        path: &Path,
        engine: Engine,
        mut each: impl FnMut(&[u8]) -> bool,
    ) -> io::Result<()> {
        if std::fs::symlink_metadata(path).is_err() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        open_to_append(path)?
            .take(MAX_BYTES)
            .read_to_end(&mut bytes)?;
        let behind = bytes.strip_prefix(begin(engine).as_slice());
        if let Some(rest) = behind.and_then(|conf| conf.get(32..)) {
            batches(rest, &mut each);
        }
        Ok(())
    }

    /// Writes a batch.
    pub(super) fn write(&mut self, body: &[u8]) -> io::Result<()> {
        let len = u32::try_from(body.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut bytes = Vec::with_capacity(HEAD_BYTES + body.len());
        bytes.extend(len.to_be_bytes());
        bytes.extend(checksum(body));
        bytes.extend_from_slice(body);
        self.file.write_all(&bytes)
    }

    /// Empties it: what it held is in the state.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(FIXED_BYTES as u64)
    }
}

/// Returns the first bytes of a journal, before its conf.
fn begin(engine: Engine) -> Vec<u8> {
    let mut fixed = MAGIC.to_vec();
    fixed.extend(VERSION.to_be_bytes());
    fixed.extend(engine.0);
    fixed
}

/// Gives `each` the batches that are whole, as long as it takes them; returns how many bytes they have.
fn batches(mut rest: &[u8], each: &mut impl FnMut(&[u8]) -> bool) -> usize {
    let mut whole = 0;
    while let Some((body, behind)) = batch(rest) {
        if !each(body) {
            break;
        }
        whole += HEAD_BYTES + body.len();
        rest = behind;
    }
    whole
}

/// Returns the first batch, if it is whole, and what is behind it.
fn batch(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    let (check, rest) = rest.split_first_chunk::<8>()?;
    let (body, behind) = rest.split_at_checked(u32::from_be_bytes(*len) as usize)?;
    (checksum(body) == *check).then_some((body, behind))
}

fn checksum(body: &[u8]) -> [u8; 8] {
    let digest = Sha256::digest(body);
    digest.first_chunk().copied().unwrap_or_default()
}

/// Opens a file to append to, for its owner alone; no link is followed, and nothing
/// but a file is opened.
#[cfg(unix)]
pub(crate) fn open_to_append(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC)
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// Opens a file to append to.
#[cfg(not(unix))]
pub(crate) fn open_to_append(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path, engine: u8) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        Journal::open(path, Engine([engine; 32]), &[0; 32], |body| {
            all.push(body.to_vec());
            true
        })
        .unwrap();
        all
    }

    #[test]
    fn a_cut_leaves_the_batches_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, Engine([7; 32]), &[0; 32], |_| true).unwrap();
        journal.write(b"one").unwrap();
        journal.write(b"two").unwrap();
        drop(journal);
        let good = std::fs::read(&path).unwrap();
        assert_eq!(read(&path, 7), [b"one", b"two"]);
        for at in 0..good.len() {
            std::fs::write(&path, &good[..at]).unwrap();
            let whole = usize::from(at >= FIXED_BYTES + HEAD_BYTES + 3);
            assert_eq!(read(&path, 7).len(), whole, "cut at {at}");
            // What was cut off is gone, and the journal goes on behind the rest.
            let mut journal = Journal::open(&path, Engine([7; 32]), &[0; 32], |_| true).unwrap();
            journal.write(b"new").unwrap();
            drop(journal);
            assert_eq!(read(&path, 7).len(), whole + 1, "cut at {at}");
        }
        for at in FIXED_BYTES..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert!(read(&path, 7).len() < 2, "flipped at {at}");
        }
    }

    #[test]
    fn another_engine_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, Engine([7; 32]), &[0; 32], |_| true).unwrap();
        journal.write(b"one").unwrap();
        drop(journal);
        assert!(read(&path, 8).is_empty());
        assert!(read(&path, 7).is_empty());
    }
}
