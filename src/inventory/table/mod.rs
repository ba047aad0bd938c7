//! The compiled list: opened in a time that does not grow with it, read by
//! position, checked page by page.
//!
//! ```text
//! 0      16  "straykey-table/1"
//! 16      8  length of the header
//! 24     32  SHA-256 of the header
//! 56         header:  flags u64 | pages u64 | root 32 | entries u64 | rows at u64 | records at u64
//!                     3 x { at u64 | count u64 | 256 x u32: first position by leading byte }
//!                     JSON of Meta to the end
//! …          hash pages, lowest level first, from a page boundary on
//! …          data pages: ids of keys, of secrets, hints; rows; records
//!
//! id     = hash 16 | position of the row u32             sorted; 204 to a page
//! row    = entry u64 | record at u64 | length u32 | standing u8 | 0 0 0     170 to a page
//! ```
//!
//! Numbers are little-endian; places within the data are offsets from its first
//! page. A page is hashed as `SHA-256(00 | page)` and 128 hashes make a hash page,
//! itself hashed as `SHA-256(01 | page)`, and so on up to the root in the header:
//! to touch one of 100,000 pages costs hashing four. Whatever was truncated or
//! altered is thus refused when it is touched, the header when the file is opened,
//! and nothing else is read. A detached signature covers the first 56 bytes: with
//! the hash of the header, and so the root. (The crate forbids `unsafe`, hence positioned reads
//! and no memory map.)
//!
//! Bytes depend on the list alone. A bare table has no records: a stolen laptop
//! then tells nothing about the keys of the company but that it holds one.

mod compile;
mod pages;
mod search;

pub use compile::{Options, compile, compile_file};
pub(super) use search::Table;

use serde::{Deserialize, Serialize};

use super::Header;
use super::challenge::Secrets;

/// First bytes of a table.
pub(super) const MAGIC: &[u8; 16] = b"straykey-table/1";
/// Size of a page in bytes: that of a page of memory and of most file systems.
const PAGE: usize = 4096;
/// Hashes in a hash page.
const HASHES: usize = PAGE / 32;
/// Bytes before the header, which a detached signature covers.
pub(super) const PROLOGUE: usize = 56;
/// Bytes of an id with its position, and how many a page has.
const ID_BYTES: usize = 20;
const IDS_A_PAGE: usize = PAGE / ID_BYTES;
/// Bytes of a row, and how many a page has.
const ROW_BYTES: usize = 24;
const ROWS_A_PAGE: usize = PAGE / ROW_BYTES;
/// Classes of ids, each searched on its own: most of what a scan looks up are
/// answers of secrets, and few lists have many of those.
const SECTIONS: usize = 3;
/// Bytes of the header before its JSON.
const FIXED: usize = 72 + SECTIONS * (16 + 4 * 256);
/// Largest header: room for the sources of a large company.
const MAX_HEADER: usize = 4 << 20;
/// Flag of a table without records.
const BARE: u64 = 1;

/// What is known of the whole list.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Meta {
    /// The list's first line.
    pub(super) header: Header,
    /// Kinds of fingerprints that there are.
    pub(super) kinds: Vec<String>,
    /// Lengths of the secrets by the answers that there are.
    pub(super) secrets: Secrets,
}

/// A place in the file that only the number of pages decides.
#[derive(Clone, Debug)]
struct Layout {
    /// Offset and number of pages of each level of hashes, lowest first.
    levels: Vec<(u64, u64)>,
    /// Offset of the first data page.
    data: u64,
    /// Length of the file.
    end: u64,
}

impl Layout {
    /// Lays out a file; `None` if its length would overflow.
    fn new(header_len: usize, pages: u64) -> Option<Self> {
        let page = PAGE as u64;
        let mut at = (PROLOGUE as u64 + header_len as u64).next_multiple_of(page);
        let mut levels = Vec::new();
        let mut below = pages;
        while levels.is_empty() || below > 1 {
            below = below.div_ceil(HASHES as u64);
            levels.push((at, below));
            at = at.checked_add(below.checked_mul(page)?)?;
        }
        let end = at.checked_add(pages.checked_mul(page)?)?;
        Some(Self {
            levels,
            data: at,
            end,
        })
    }
}

#[cfg(test)]
mod tests;
