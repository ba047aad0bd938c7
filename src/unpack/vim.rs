//! What Vim leaves beside a file: the swap file (`.x.swp`) and undo history
//! (`.x.un~`).
//!
//! Swap (memline.c), numbers in the byte order and sizes of the machine that wrote
//! it, here little-endian with 64 bits:
//!
//! ```text
//! block 0: "b0VIM ", version; 12 u32 bytes of a page
//! pointer block: "tp", u16 entries, u16 room; 8: entries { i64 block, i64 lines,
//!     i64 old line, i32 pages, 4 bytes }
//! data block: "ad", 4 u32 free, 8 u32 text from, 12 u32 to, 16 i64 lines; 24: u32
//!     offset of each line, highest bit a mark
//! ```
//!
//! Lines stand in a block last to first, with a NUL behind each: a key in armour is
//! upside down there. The tree begins at block 1; data blocks that it does not
//! reach, such as those of text that was deleted, are shown for themselves.
//!
//! Undo (undo.c), big-endian: each entry is F5 18, u32 top, bottom, line count and
//! size, then size times u32 length and a line, without line ends between.

use std::io::{self, Read, SeekFrom};
use std::ops::ControlFlow;

use zeroize::Zeroizing;

use super::{Members, Positioned, Trouble};

/// First bytes of a swap file and of undo history.
pub(super) const SWAP: &[u8] = b"b0VIM ";
pub(super) const UNDO: &[u8] = b"Vim\x9fUnDo\xe5";
/// Most bytes of a file that are looked at: they are held.
const HELD_BYTES: u64 = 4 << 20;
/// Memory that reading takes, in bytes: those and their text, which grows by
/// doubling.
pub const MEMORY_BYTES: u64 = 3 * HELD_BYTES;
const POINTERS: &[u8] = b"tp";
const DATA: &[u8] = b"ad";
/// Bytes before the entries of a pointer block, and of an entry.
const POINTER_HEAD: usize = 8;
const POINTER_BYTES: usize = 32;
/// Bytes before the list of lines of a data block.
const DATA_HEAD: usize = 24;
const ENTRY: &[u8] = b"\xf5\x18";

/// Reads a swap file.
pub(super) fn read_swap(
    input: &mut dyn Positioned,
    members: &mut dyn Members,
) -> Result<(), Trouble> {
    let (bytes, is_cut) = held(input)?;
    let page = u32_at(&bytes, 12).and_then(|page| usize::try_from(page).ok());
    let page = page.filter(|page| (512..=1 << 20).contains(page));
    let swap = Swap {
        bytes: &bytes,
        page: page.ok_or(Trouble::Unsupported)?,
    };
    let blocks = bytes.len().div_ceil(swap.page);
    let mut seen = vec![false; blocks];
    let mut text = Zeroizing::new(Vec::new());
    // Blocks that wait, the next one last.
    let mut left = vec![1];
    while let Some(number) = left.pop() {
        let is_new = seen
            .get_mut(number)
            .map(|seen| !std::mem::replace(seen, true));
        if is_new != Some(true) {
            continue;
        }
        match swap.kind(number) {
            Some(POINTERS) => left.extend(swap.children(number).rev()),
            Some(DATA) => swap.lines(number, &mut text),
            _ => {}
        }
    }
    let mut flow = members.member(b"text", &mut text.as_slice());
    for number in (1..blocks).filter(|n| seen.get(*n) == Some(&false)) {
        if flow == ControlFlow::Continue(()) && swap.kind(number) == Some(DATA) {
            text.clear();
            swap.lines(number, &mut text);
            let name = format!("block {number}");
            flow = members.member(name.as_bytes(), &mut text.as_slice());
        }
    }
    match is_cut {
        true => Err(Trouble::TooMuchMemory),
        false => Ok(()),
    }
}

/// A swap file.
struct Swap<'a> {
    bytes: &'a [u8],
    page: usize,
}

impl<'a> Swap<'a> {
    /// Returns the bytes from the beginning of a block on.
    fn block(&self, number: usize) -> &'a [u8] {
        let from = number.saturating_mul(self.page);
        self.bytes.get(from..).unwrap_or_default()
    }

    fn kind(&self, number: usize) -> Option<&'a [u8]> {
        self.block(number).get(..2)
    }

    /// Returns the blocks that a pointer block names.
    fn children(&self, number: usize) -> impl DoubleEndedIterator<Item = usize> + use<'a> {
        let block = self.block(number);
        let block = block.get(..self.page).unwrap_or(block);
        let count = block.get(2..4).and_then(|b| b.first_chunk());
        let count = count.map_or(0, |count| u16::from_le_bytes(*count));
        let entries = block.get(POINTER_HEAD..).unwrap_or_default();
        let entries = entries.chunks_exact(POINTER_BYTES).take(usize::from(count));
        entries.filter_map(|entry| {
            let number = i64::from_le_bytes(*entry.first_chunk()?);
            // Negative ones were never written.
            usize::try_from(number).ok()
        })
    }

    /// Adds the lines of a data block, first to last.
    fn lines(&self, number: usize, text: &mut Vec<u8>) {
        let block = self.block(number);
        let field = |at: usize| Some(usize::try_from(u32_at(block, at)?).unwrap_or(usize::MAX));
        let (Some(start), Some(end)) = (field(8), field(12)) else {
            return;
        };
        let offset = |i: usize| {
            let offset = u32_at(block, DATA_HEAD + 4 * i)?;
            usize::try_from(offset & 0x7fff_ffff).ok()
        };
        // Each line ends where the one before it begins.
        let mut end = end;
        let count = start.saturating_sub(DATA_HEAD) / 4;
        let stated = usize::try_from(u32_at(block, 16).unwrap_or_default()).unwrap_or(0);
        for from in (0..stated.min(count)).map_while(offset) {
            if from < start || from >= end {
                break;
            }
            let Some(line) = block.get(from..end) else {
                break;
            };
            text.extend_from_slice(line.strip_suffix(b"\0").unwrap_or(line));
            text.push(b'\n');
            end = from;
        }
    }
}

/// Reads undo history.
pub(super) fn read_undo(
    input: &mut dyn Positioned,
    members: &mut dyn Members,
) -> Result<(), Trouble> {
    let (bytes, is_cut) = held(input)?;
    let mut text = Zeroizing::new(Vec::new());
    let (mut count, mut from) = (0, 0);
    for at in memchr::memmem::find_iter(&bytes, ENTRY) {
        // The mark may stand in a line.
        let Some((lines, end)) = entry(&bytes, at).filter(|_| at >= from) else {
            continue;
        };
        text.clear();
        for line in lines {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        (count, from) = (count + 1, end);
        let name = format!("entry {count}");
        if members.member(name.as_bytes(), &mut text.as_slice()) == ControlFlow::Break(()) {
            break;
        }
    }
    match is_cut {
        true => Err(Trouble::TooMuchMemory),
        false => Ok(()),
    }
}

/// Reads an entry: its lines, and where it ends.
fn entry(bytes: &[u8], at: usize) -> Option<(Vec<&[u8]>, usize)> {
    let number = |at: usize| {
        let number = bytes.get(at..)?.first_chunk()?;
        usize::try_from(u32::from_be_bytes(*number)).ok()
    };
    let size = number(at + 14)?;
    let mut at = at + 18;
    // Every line has a length, so there are no more than fit.
    if size == 0 || size > bytes.len().saturating_sub(at) / 4 {
        return None;
    }
    let mut lines = Vec::new();
    for _ in 0..size {
        let line = bytes.get(at + 4..)?.get(..number(at)?)?;
        at += 4 + line.len();
        lines.push(line);
    }
    Some((lines, at))
}

/// Reads all that is looked at; tells whether there is more.
fn held(input: &mut dyn Positioned) -> io::Result<(Zeroizing<Vec<u8>>, bool)> {
    input.seek(SeekFrom::Start(0))?;
    let mut bytes = Zeroizing::new(Vec::new());
    let mut input = input.take(HELD_BYTES);
    input.read_to_end(&mut bytes)?;
    let is_cut = input.limit() == 0;
    Ok((bytes, is_cut))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let number = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*number))
}
