//! Pages of a compiled list: read by position, checked, kept.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use super::compile::hash;
use super::{HASHES, Layout, PAGE};
use crate::inventory::Error;

/// Data pages that are kept: 16 MiB, the ids of 800,000 keys. When they are
/// full, all are dropped; hash pages, of which there are 128 times fewer, stay.
const MAX_KEPT: usize = 4096;

/// A page that was checked.
type Page = Arc<[u8; PAGE]>;

/// The pages of a file.
#[derive(Debug)]
pub(super) struct Pages {
    file: File,
    layout: Layout,
    root: [u8; 32],
    hashes: RwLock<HashMap<(usize, u64), Page>>,
    data: RwLock<HashMap<u64, Page>>,
}

impl Pages {
    /// Takes a file whose header has been checked.
    pub(super) fn new(file: File, layout: Layout, root: [u8; 32]) -> Self {
        Self {
            file,
            layout,
            root,
            hashes: RwLock::default(),
            data: RwLock::default(),
        }
    }

    /// Returns the number of data pages.
    pub(super) const fn count(&self) -> u64 {
        (self.layout.end - self.layout.data) / PAGE as u64
    }

    /// Returns a data page.
    pub(super) fn data(&self, number: u64) -> Result<Page, Error> {
        if let Some(page) = read(&self.data).get(&number) {
            return Ok(Arc::clone(page));
        }
        if number >= self.count() {
            return Err(Error::Damaged("a place outside of the data"));
        }
        let page = self.load(self.layout.data, number)?;
        if hash(0, &*page) != self.expected(0, number)? {
            return Err(Error::Damaged("a page of data"));
        }
        let mut kept = self.data.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(number, Arc::clone(&page));
        Ok(page)
    }

    /// Returns bytes of the data, which may reach over several pages.
    pub(super) fn range(&self, at: u64, len: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(len);
        let mut at = at;
        while bytes.len() < len {
            let page = self.data(at / PAGE as u64)?;
            #[expect(clippy::cast_possible_truncation, reason = "less than a page")]
            let within = (at % PAGE as u64) as usize;
            let rest = page.get(within..).unwrap_or_default();
            let take = rest.get(..len - bytes.len()).unwrap_or(rest);
            bytes.extend_from_slice(take);
            at = at.saturating_add(take.len() as u64);
        }
        Ok(bytes)
    }

    /// Returns the hash that page `number` must have: of the data (`level` 0), or
    /// of the hash pages one level lower.
    fn expected(&self, level: usize, number: u64) -> Result<[u8; 32], Error> {
        if level == self.layout.levels.len() {
            return Ok(self.root);
        }
        let page = self.hash_page(level, number / HASHES as u64)?;
        #[expect(clippy::cast_possible_truncation, reason = "less than HASHES")]
        let slot = (number % HASHES as u64) as usize * 32;
        page.get(slot..)
            .and_then(|rest| rest.first_chunk().copied())
            .ok_or(Error::Damaged("a hash"))
    }

    /// Returns a hash page.
    fn hash_page(&self, level: usize, number: u64) -> Result<Page, Error> {
        if let Some(page) = read(&self.hashes).get(&(level, number)) {
            return Ok(Arc::clone(page));
        }
        let (start, _) = self
            .layout
            .levels
            .get(level)
            .ok_or(Error::Damaged("a level of hashes"))?;
        let page = self.load(*start, number)?;
        if hash(1, &*page) != self.expected(level + 1, number)? {
            return Err(Error::Damaged("a page of hashes"));
        }
        let mut kept = self.hashes.write().unwrap_or_else(PoisonError::into_inner);
        kept.insert((level, number), Arc::clone(&page));
        Ok(page)
    }

    /// Reads the page that is `number` pages after `start`.
    fn load(&self, start: u64, number: u64) -> Result<Page, Error> {
        let at = number
            .checked_mul(PAGE as u64)
            .and_then(|offset| start.checked_add(offset));
        let at = at.ok_or(Error::Damaged("a place outside of the file"))?;
        let mut page = [0; PAGE];
        read_exact_at(&self.file, &mut page, at).map_err(truncated)?;
        Ok(Arc::new(page))
    }
}

/// Locks for reading; a panic elsewhere cannot leave a page half written.
fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Says that a file which ends too early is damaged.
pub(super) fn truncated(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::Damaged("truncated"),
        _ => error.into(),
    }
}

/// Reads at a position.
#[cfg(unix)]
pub(super) fn read_exact_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, at)
}

/// Reads at a position.
#[cfg(windows)]
pub(super) fn read_exact_at(file: &File, mut buffer: &mut [u8], mut at: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => {
                buffer = buffer.get_mut(n..).unwrap_or_default();
                at += n as u64;
            }
        }
    }
    Ok(())
}
