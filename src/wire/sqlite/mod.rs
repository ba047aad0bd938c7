//! SQLite database files, version 3 (sqlite.org/fileformat2.html).
//!
//! ```text
//! header (100 bytes of page 1): 0 "SQLite format 3\0", 16 u16 page size (1: 65536),
//!     20 u8 reserved bytes of each page, 32 u32 first page of the free list,
//!     56 u32 text encoding (1: UTF-8, 2: UTF-16LE, 3: UTF-16BE)
//! b-tree page: u8 kind, u16 first free block, u16 cells, u16 begin of cells, u8,
//!     in interior pages u32 right-most child; u16 offset of each cell
//! kinds: 2 interior index, 5 interior table, 10 leaf index, 13 leaf table
//! cell: child u32 (interior), payload length (2, 10, 13), row id (5, 13),
//!     payload, u32 first overflow page if the payload does not fit
//! overflow page: u32 next one, bytes
//! record: length of the header, serial type of each value; the values
//! ```
//!
//! What a page does not hold goes to overflow pages, wherever there is room: a key
//! in a row is cut there, and only a walk along the tree joins it again. [`walk`]
//! does that, and what it can for rows that were deleted; `record` reads rows,
//! `schema` the names of columns. Hostile files are the rule: every page is
//! visited once, whatever points to it.

pub mod record;
pub mod schema;
pub mod walk;

use std::io;

/// First bytes of a database.
pub const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Bytes of the header of the file.
const HEADER_BYTES: usize = 100;
/// Longest payload that is joined at once, in bytes: longer ones come in parts.
pub const MAX_PAYLOAD_BYTES: usize = 4 << 20;
/// Most pages: 64 GiB of pages of the usual size. Two bits for each are kept.
pub const MAX_PAGES: u32 = 1 << 24;

/// Where pages come from.
pub trait Pages {
    /// Reads bytes from an offset of the file; those that the file ends before are
    /// zero. An error if it ends before the first.
    fn read_at(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()>;
}

/// A database that is held whole.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a>(pub &'a [u8]);

impl Pages for Held<'_> {
    fn read_at(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.0.get(at..));
        let rest = rest.filter(|rest| !rest.is_empty());
        let rest = rest.ok_or(io::ErrorKind::UnexpectedEof)?;
        let (there, lacking) = out.split_at_mut(rest.len().min(out.len()));
        there.copy_from_slice(rest.get(..there.len()).unwrap_or_default());
        lacking.fill(0);
        Ok(())
    }
}

/// What the header of a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes of a page.
    pub page_bytes: usize,
    /// Bytes of a page that are used.
    pub usable: usize,
    /// Pages that the file has.
    pub pages: u32,
    /// First trunk page of the list of free pages, or 0.
    pub free: u32,
    /// How text is encoded.
    pub text: Text,
}

/// Encoding of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// UTF-8.
    Utf8,
    /// UTF-16, little endian.
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
}

impl Header {
    /// Reads the header of a file of `size` bytes.
    #[must_use]
    pub fn read(bytes: &[u8], size: u64) -> Option<Self> {
        let bytes = bytes
            .get(..HEADER_BYTES)
            .filter(|bytes| bytes.starts_with(MAGIC))?;
        let page_bytes = match u16_at(bytes, 16)? {
            1 => 65_536,
            bytes if bytes >= 512 && bytes.is_power_of_two() => usize::from(bytes),
            _ => return None,
        };
        // At least 480 bytes are used (section 1.3.4).
        let usable = page_bytes.checked_sub(usize::from(*bytes.get(20)?))?;
        let pages = size.div_ceil(page_bytes as u64);
        Some(Self {
            page_bytes,
            usable: (usable >= 480).then_some(usable)?,
            pages: u32::try_from(pages).unwrap_or(u32::MAX),
            free: u32_at(bytes, 32)?,
            text: match u32_at(bytes, 56)? {
                2 => Text::Utf16Le,
                3 => Text::Utf16Be,
                _ => Text::Utf8,
            },
        })
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let number = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*number))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let number = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*number))
}

/// Reads a number of one to nine bytes; returns it and its length.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (i, &byte) in bytes.iter().enumerate().take(9) {
        if i == 8 {
            return Some((value << 8 | u64::from(byte), 9));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, i + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read() {
        assert_eq!(varint(&[0x7f, 1]), Some((127, 1)));
        assert_eq!(varint(&[0x81, 0x00]), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0xff; 8]), None);
    }

    #[test]
    fn impossible_headers_are_refused() {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..16].copy_from_slice(MAGIC);
        assert_eq!(Header::read(&bytes, 4096), None);
        bytes[16] = 0x10;
        let header = Header::read(&bytes, 8193).expect("a header");
        assert_eq!((header.page_bytes, header.pages), (4096, 3));
        bytes[16] = 2;
        bytes[20] = 33;
        assert_eq!(Header::read(&bytes, 4096), None);
        assert_eq!(Header::read(&bytes[..99], 4096), None);
    }
}
