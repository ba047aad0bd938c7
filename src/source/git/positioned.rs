//! Reading a file by position: the one place that differs between platforms.
//!
//! Packs are read by several threads at once. Our code forbids `unsafe` and so has no memory maps;
//! a positioned read needs no shared cursor and copies from the page cache at memory speed.

use std::fs::File;
use std::io;
use std::path::Path;

/// A file that any number of threads may read at any offset.
#[derive(Debug)]
pub(super) struct PositionedFile {
    /// The open file; its own cursor is never relied on.
    file: File,
    /// Its length when it was opened. Packs and indexes never change once written.
    len: u64,
}

impl PositionedFile {
    /// Opens a regular file.
    ///
    /// The type is asked before opening as well: opening a named pipe that somebody put into an
    /// object directory would wait for ever.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let refuse = || io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
        if !std::fs::metadata(path)?.is_file() {
            return Err(refuse());
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(refuse());
        }
        Ok(Self {
            file,
            len: metadata.len(),
        })
    }

    /// Length in bytes.
    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    /// Fills `buffer` from `offset` as far as the file goes; returns how much it got.
    pub(super) fn read_at(&self, mut buffer: &mut [u8], mut offset: u64) -> io::Result<usize> {
        let mut total = 0;
        while !buffer.is_empty() {
            match read_once(&self.file, buffer, offset) {
                Ok(0) => break,
                Ok(read) => {
                    total += read;
                    offset += read as u64;
                    buffer = buffer.get_mut(read..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(total)
    }

    /// Fills all of `buffer` from `offset`, or fails.
    pub(super) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        if self.read_at(buffer, offset)? == buffer.len() {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

/// One positioned read.
#[cfg(unix)]
fn read_once(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

/// One positioned read. It moves the cursor too, which nobody uses.
#[cfg(windows)]
fn read_once(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}
