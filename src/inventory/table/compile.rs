//! Writes a compiled list.

use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{
    BARE, FIXED, HASHES, ID_BYTES, IDS_A_PAGE, Layout, MAGIC, MAX_HEADER, Meta, PAGE, PROLOGUE,
    ROW_BYTES, ROWS_A_PAGE, SECTIONS,
};
use crate::disk;
use crate::inventory::{Entry, Error, Id128, IdClass, List, Standing, challenge};

/// What goes into a compiled list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Leave names, owners, key ids and keys out: a match then tells the number
    /// of the entry and whether it is live, and nothing else.
    pub bare: bool,
}

/// Compiles a list.
pub fn compile(list: &List, options: Options) -> Result<Vec<u8>, Error> {
    if u32::try_from(list.entries.len()).is_err() {
        return Err(Error::TooLarge("more than 2^32 entries"));
    }
    let mut data = Vec::new();
    let mut header = Vec::with_capacity(FIXED);
    let sections = write_ids(list, &mut data)?;
    let rows_at = data.len();
    let records = if options.bare {
        Vec::new()
    } else {
        records(list)?
    };
    let row_pages = list.entries.len().div_ceil(ROWS_A_PAGE);
    let records_at = rows_at + row_pages * PAGE;
    write_rows(list, &records, records_at, &mut data)?;
    for record in &records {
        data.extend_from_slice(record);
    }
    drop(records);
    // At least one page, so that every table has a root.
    let pages = data.len().div_ceil(PAGE).max(1);
    data.resize(pages * PAGE, 0);

    let levels = hash_levels(&data);
    let root = levels
        .last()
        .map(|level| hash(1, level))
        .unwrap_or_default();
    header.extend_from_slice(&if options.bare { BARE } else { 0 }.to_le_bytes());
    header.extend_from_slice(&(pages as u64).to_le_bytes());
    header.extend_from_slice(&root);
    for number in [list.entries.len(), rows_at, records_at] {
        header.extend_from_slice(&(number as u64).to_le_bytes());
    }
    header.extend_from_slice(&sections);
    serde_json::to_writer(&mut header, &meta(list, options)).map_err(std::io::Error::from)?;
    if header.len() > MAX_HEADER {
        return Err(Error::TooLarge("the header line"));
    }
    assemble(&header, &levels, &data)
}

/// Compiles a list into a file, which is there whole or not at all.
pub fn compile_file(list: &List, options: Options, path: &Path) -> Result<(), Error> {
    let bytes = compile(list, options)?;
    disk::replace(path, disk::PRIVATE, |out| out.write_all(&bytes))
        .map_err(|error| Error::from(error).at(path))
}

/// Puts the parts of a file together.
fn assemble(header: &[u8], levels: &[Vec<u8>], data: &[u8]) -> Result<Vec<u8>, Error> {
    let pages = (data.len() / PAGE) as u64;
    let layout = Layout::new(header.len(), pages).ok_or(Error::TooLarge("more than 2^64 bytes"))?;
    let end = usize::try_from(layout.end).map_err(|_| Error::TooLarge("more than memory"))?;
    let mut file = Vec::with_capacity(end);
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&(header.len() as u64).to_le_bytes());
    file.extend_from_slice(&Sha256::digest(header));
    debug_assert_eq!(file.len(), PROLOGUE);
    file.extend_from_slice(header);
    file.resize(file.len().next_multiple_of(PAGE), 0);
    for level in levels {
        file.extend_from_slice(level);
    }
    file.extend_from_slice(data);
    Ok(file)
}

/// Writes the sorted ids of each class, and returns the header's part on them.
fn write_ids(list: &List, data: &mut Vec<u8>) -> Result<Vec<u8>, Error> {
    let mut by_class: [Vec<(Id128, u32)>; SECTIONS] = Default::default();
    for (row, ids) in (0_u32..).zip(crate::inventory::searched(list)) {
        for (kind, id) in ids {
            let [keys, secrets, hints] = &mut by_class;
            match kind.class() {
                IdClass::Key => keys.push((id, row)),
                IdClass::Secret => secrets.push((id, row)),
                IdClass::Hint => hints.push((id, row)),
            }
        }
    }
    let mut header = Vec::new();
    for mut ids in by_class {
        ids.par_sort_unstable();
        ids.dedup();
        if u32::try_from(ids.len()).is_err() {
            return Err(Error::TooLarge("more than 2^32 fingerprints"));
        }
        header.extend_from_slice(&(data.len() as u64).to_le_bytes());
        header.extend_from_slice(&(ids.len() as u64).to_le_bytes());
        for byte in 0..=255_u8 {
            let first = ids.partition_point(|(id, _)| id.first() < Some(&byte));
            header.extend_from_slice(&u32::try_from(first).unwrap_or(u32::MAX).to_le_bytes());
        }
        for page in ids.chunks(IDS_A_PAGE) {
            for (id, row) in page {
                data.extend_from_slice(id);
                data.extend_from_slice(&row.to_le_bytes());
            }
            pad(data);
        }
    }
    const { assert!(IDS_A_PAGE * ID_BYTES <= PAGE) };
    Ok(header)
}

/// Returns the record of each entry, its whole JSON.
fn records(list: &List) -> Result<Vec<Vec<u8>>, Error> {
    let records: Result<Vec<_>, _> = list.entries.par_iter().map(serde_json::to_vec).collect();
    Ok(records.map_err(std::io::Error::from)?)
}

/// Writes a row for each entry.
fn write_rows(
    list: &List,
    records: &[Vec<u8>],
    records_at: usize,
    data: &mut Vec<u8>,
) -> Result<(), Error> {
    let mut at = records_at as u64;
    for (page_at, page) in list.entries.chunks(ROWS_A_PAGE).enumerate() {
        for (row, entry) in page.iter().enumerate() {
            let record = records.get(page_at * ROWS_A_PAGE + row);
            let len = record.map_or(0, Vec::len);
            let short = u32::try_from(len).map_err(|_| Error::TooLarge("a record"))?;
            data.extend_from_slice(&entry.entry.to_le_bytes());
            data.extend_from_slice(&at.to_le_bytes());
            data.extend_from_slice(&short.to_le_bytes());
            data.extend_from_slice(&[standing_byte(entry), 0, 0, 0]);
            at = at.saturating_add(len as u64);
        }
        pad(data);
    }
    const { assert!(ROWS_A_PAGE * ROW_BYTES <= PAGE) };
    Ok(())
}

/// Returns where an entry stands, as [`super::search`] reads it.
fn standing_byte(entry: &Entry) -> u8 {
    match entry.standing() {
        Standing::ManagedProd => 0,
        Standing::Managed => 1,
        Standing::Shadow => 2,
        Standing::RetiredTrusted => 3,
        Standing::Retired => 4,
    }
}

/// Says what is known of the whole list; of a bare one, nothing that tells about
/// its systems.
fn meta(list: &List, options: Options) -> Meta {
    let mut header = list.header.clone();
    if options.bare {
        header.sources.clear();
        header.org.clear();
        header.violations.clear();
        header.other.clear();
    }
    let kinds = crate::inventory::kinds_of(list);
    Meta {
        header,
        kinds: kinds.iter().map(|kind| kind.name().to_owned()).collect(),
        secrets: challenge::of_list(list),
    }
}

/// Fills the last page.
fn pad(data: &mut Vec<u8>) {
    data.resize(data.len().next_multiple_of(PAGE), 0);
}

/// Hashes a page of data (level 0) or of hashes (level 1).
pub(super) fn hash(level: u8, page: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update([level])
        .chain_update(page)
        .finalize()
        .into()
}

/// Returns the hash pages of every level, lowest first; the last is one page.
fn hash_levels(data: &[u8]) -> Vec<Vec<u8>> {
    let mut levels: Vec<Vec<u8>> = Vec::new();
    loop {
        let (level, below) = match levels.last() {
            None => (0, data),
            Some(level) if level.len() <= PAGE => return levels,
            Some(level) => (1, level.as_slice()),
        };
        let hashes: Vec<[u8; 32]> = below
            .par_chunks(PAGE)
            .map(|page| hash(level, page))
            .collect();
        let mut pages = hashes.concat();
        pages.resize(hashes.len().div_ceil(HASHES) * PAGE, 0);
        levels.push(pages);
    }
}
