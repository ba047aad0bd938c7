//! tar (POSIX.1-1988 ustar, POSIX.1-2001 pax, GNU, v7).
//!
//! Layout: blocks of 512 bytes. A header (name 0..100, size 124..136, checksum
//! 148..156, type 156, magic 257..263, prefix 345..500), then the bytes, filled
//! up to a block. Numbers are octal text, or base 256 where the first bit is set.
//! `L` (GNU) and `x` (pax) precede the header they are about with a longer name
//! or size. A sparse member is given without its holes: these are zeros.
//!
//! Blocks of zeros end an archive, but others may be appended behind, so reading
//! goes on. A header that is none is skipped block by block until one fits.

use std::io::Read;
use std::ops::ControlFlow;

use super::{MAX_NAME_BYTES, Members, Peek, Trouble, array, skip};

/// Bytes of a block.
pub const BLOCK_BYTES: usize = 512;
/// Most bytes of a pax header that are read: names and sizes stand there, and
/// extended attributes, which are small.
const MAX_PAX_BYTES: u64 = 1 << 20;

/// Whether a blob begins with a header: its checksum fits.
pub(super) fn begins(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<BLOCK_BYTES>() else {
        return false;
    };
    // Cheapest first: this is asked of every blob.
    let digits = block.get(148..154).unwrap_or_default();
    digits.iter().all(|b| matches!(b, b'0'..=b'7' | b' '))
        && block.first() != Some(&0)
        && has_checksum(block)
}

/// Reads an archive.
pub(super) fn read(input: &mut Peek<'_>, members: &mut dyn Members) -> Result<(), Trouble> {
    let mut next = Next::default();
    let (mut lost, mut ended, mut any) = (false, false, false);
    loop {
        let block: [u8; BLOCK_BYTES] = match input.peek(BLOCK_BYTES).len() {
            0 if lost => return Err(Trouble::Damaged),
            0 if ended || any => return Ok(()),
            BLOCK_BYTES => array(input)?,
            // An archive that is filled up to less than a block, and its like.
            len if ended => return skip(input, len as u64),
            _ => return Err(Trouble::Truncated),
        };
        if block.iter().all(|b| *b == 0) {
            ended = true;
            continue;
        }
        if !has_checksum(&block) {
            // Behind the end anything may stand.
            lost |= !ended;
            continue;
        }
        (any, ended) = (true, false);
        let size = next.size.take().unwrap_or(number(&block, 124, 12));
        let filled = size.checked_next_multiple_of(BLOCK_BYTES as u64);
        let filled = filled.ok_or(Trouble::Damaged)?;
        match block.get(156).copied().unwrap_or_default() {
            b'L' => {
                let mut name = Vec::new();
                let kept = size.min(MAX_NAME_BYTES as u64);
                (&mut *input).take(kept).read_to_end(&mut name)?;
                skip(input, filled - name.len() as u64)?;
                name.truncate(name.iter().position(|b| *b == 0).unwrap_or(name.len()));
                next.name = Some(name);
            }
            b'x' => {
                let mut text = Vec::new();
                (&mut *input)
                    .take(size.min(MAX_PAX_BYTES))
                    .read_to_end(&mut text)?;
                skip(input, filled - text.len() as u64)?;
                next.pax(&text);
            }
            // A file: v7, ustar, contiguous, sparse.
            kind @ (0 | b'0' | b'7' | b'S') => {
                let name = next.name.take().unwrap_or_else(|| header_name(&block));
                let has_map = next.has_map;
                next = Next::default();
                // v7 marks folders by their names only.
                if kind == 0 && name.ends_with(b"/") && size == 0 {
                    continue;
                }
                let mut more = kind == b'S' && block.get(482) == Some(&1);
                while more {
                    let map: [u8; BLOCK_BYTES] = array(input)?;
                    more = map.get(504) == Some(&1);
                }
                let mut bytes = (&mut *input).take(size);
                if has_map {
                    skip_map(&mut bytes)?;
                }
                let flow = members.member(&name, &mut bytes);
                let left = bytes.limit();
                if flow == ControlFlow::Break(()) {
                    return Ok(());
                }
                skip(input, left + (filled - size))?;
            }
            // Links, devices and folders have no bytes, whatever they say;
            // what is not known here has as many as it says.
            b'1'..=b'6' => next = Next::default(),
            b'g' | b'K' => skip(input, filled)?,
            _ => {
                next = Next::default();
                skip(input, filled)?;
            }
        }
    }
}

/// What the headers before a header say about it.
#[derive(Default)]
struct Next {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    /// Whether the bytes begin with a map of holes (GNU sparse format 1.0).
    has_map: bool,
}

impl Next {
    /// Reads records `LENGTH KEY=VALUE\n`.
    fn pax(&mut self, mut text: &[u8]) {
        while let Some(space) = text.iter().position(|b| *b == b' ') {
            let (digits, _) = text.split_at(space);
            let len = std::str::from_utf8(digits)
                .ok()
                .and_then(|d| d.parse().ok());
            let Some((record, rest)) = len.and_then(|len: usize| text.split_at_checked(len)) else {
                return;
            };
            text = rest;
            let record = record.get(space + 1..).unwrap_or_default();
            let record = record.strip_suffix(b"\n").unwrap_or(record);
            if let Some(path) = record.strip_prefix(b"path=") {
                self.name.get_or_insert_with(|| path.to_vec());
            } else if let Some(path) = record.strip_prefix(b"GNU.sparse.name=") {
                self.name = Some(path.to_vec());
            } else if record == b"GNU.sparse.major=1" {
                self.has_map = true;
            } else if let Some(size) = record.strip_prefix(b"size=") {
                self.size = std::str::from_utf8(size).ok().and_then(|s| s.parse().ok());
            }
            if record.is_empty() {
                return;
            }
        }
    }
}

/// Skips a map of holes: the number of its pairs, and two numbers for each, one a
/// line, filled up to a block.
fn skip_map(bytes: &mut dyn Read) -> Result<(), Trouble> {
    let (mut lines, mut wanted, mut first) = (0_u64, u64::MAX, 0_u64);
    while lines < wanted {
        let block: [u8; BLOCK_BYTES] = array(bytes)?;
        for byte in block {
            match byte {
                b'\n' => lines += 1,
                b'0'..=b'9' if lines == 0 => {
                    first = first
                        .saturating_mul(10)
                        .saturating_add(u64::from(byte - b'0'));
                }
                _ => {}
            }
            if lines == 1 && wanted == u64::MAX {
                wanted = first.saturating_mul(2).saturating_add(1);
            }
        }
        if lines == 0 {
            return Err(Trouble::Damaged);
        }
    }
    Ok(())
}

/// Returns prefix and name of a header.
fn header_name(block: &[u8; BLOCK_BYTES]) -> Vec<u8> {
    let field = |from, to| {
        let field: &[u8] = block.get(from..to).unwrap_or_default();
        let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
        field.get(..end).unwrap_or_default()
    };
    let (name, prefix) = (field(0, 100), field(345, 500));
    // GNU headers (`ustar  `) have other things there.
    if block.get(257..263) == Some(b"ustar\0") && !prefix.is_empty() {
        return [prefix, b"/", name].concat();
    }
    name.to_vec()
}

/// Whether the sum of all bytes, those of the checksum taken as blanks, is what
/// it should be; some old programs summed signed bytes.
fn has_checksum(block: &[u8; BLOCK_BYTES]) -> bool {
    let blank = |i: usize, b: u8| if (148..156).contains(&i) { b' ' } else { b };
    let bytes = || block.iter().enumerate().map(|(i, b)| blank(i, *b));
    let unsigned: u64 = bytes().map(u64::from).sum();
    let signed: i64 = bytes().map(|b| i64::from(b.cast_signed())).sum();
    let stated = number(block, 148, 8);
    stated == unsigned || i64::try_from(stated) == Ok(signed)
}

/// Reads a number: octal digits up to a NUL or blank, or base 256.
fn number(block: &[u8; BLOCK_BYTES], at: usize, len: usize) -> u64 {
    let field = block.get(at..at + len).unwrap_or_default();
    if let Some((first @ 0x80.., rest)) = field.split_first() {
        let first = u64::from(first & 0x3f);
        // A negative number is no size: it comes out as one far too large.
        return rest.iter().fold(first, |n, b| {
            n.checked_mul(256).map_or(u64::MAX, |n| n | u64::from(*b))
        });
    }
    let digits = field.iter().skip_while(|b| **b == b' ');
    let digits = digits.take_while(|b| matches!(b, b'0'..=b'7'));
    digits.fold(0, |n, b| n * 8 + u64::from(b - b'0'))
}
