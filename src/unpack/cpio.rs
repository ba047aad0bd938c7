//! cpio: `newc` (SVR4, with or without checksum) and `odc` (POSIX.1-1990).
//!
//! Layout: a header of hexadecimal (`070701`, `070702`: 13 fields of 8) or octal
//! digits (`070707`), the name with a NUL, the bytes; in `newc` name and bytes
//! are filled up to four. A member named `TRAILER!!!` is the end. Payload of rpm
//! packages, kernel start-up images.

use std::io::Read;
use std::ops::ControlFlow;

use super::{Members, Peek, Trouble, array, name, skip};

/// The name behind the last member.
const TRAILER: &[u8] = b"TRAILER!!!";
/// The bits of a mode that say what kind of file it is, and those of a file.
const KIND_BITS: u64 = 0o170_000;
const FILE: u64 = 0o100_000;
const LINK: u64 = 0o120_000;

/// Whether a blob begins with a header.
pub(super) fn begins(head: &[u8]) -> bool {
    let digits = |n: usize| {
        head.get(6..n)
            .is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit))
    };
    match head {
        [b'0', b'7', b'0', b'7', b'0', b'1' | b'2', ..] => digits(110),
        [b'0', b'7', b'0', b'7', b'0', b'7', ..] => digits(76),
        _ => false,
    }
}

/// Reads an archive up to its trailer.
pub(super) fn read(input: &mut Peek<'_>, members: &mut dyn Members) -> Result<(), Trouble> {
    loop {
        if !begins(input.peek(110)) {
            return match input.peek(1).is_empty() {
                true => Err(Trouble::Truncated),
                false => Err(Trouble::Damaged),
            };
        }
        let magic: [u8; 6] = array(input)?;
        let (mode, name_len, size, fill) = if magic == *b"070707" {
            let fields: [u8; 70] = array(input)?;
            let field = |at, len| number(&fields, at, len, 8);
            (field(12, 6), field(53, 6), field(59, 11), 1)
        } else {
            let fields: [u8; 104] = array(input)?;
            let field = |i: usize| number(&fields, 8 * i, 8, 16);
            (field(1), field(11), field(6), 4)
        };
        let header: u64 = if fill == 4 { 110 } else { 76 };
        let mut path = name(input, name_len)?;
        path.truncate(path.iter().position(|b| *b == 0).unwrap_or(path.len()));
        skip(input, padding(header + name_len, fill))?;
        if path == TRAILER {
            return Ok(());
        }
        let mut left = size;
        if matches!(mode & KIND_BITS, FILE | LINK) && size > 0 {
            let mut bytes = (&mut *input).take(size);
            let flow = members.member(&path, &mut bytes);
            left = bytes.limit();
            if flow == ControlFlow::Break(()) {
                return Ok(());
            }
        }
        skip(input, left + padding(size, fill))?;
    }
}

fn padding(len: u64, to: u64) -> u64 {
    (to - len % to) % to
}

fn number(fields: &[u8], at: usize, len: usize, base: u32) -> u64 {
    let field = fields.get(at..at + len).unwrap_or_default();
    let text = std::str::from_utf8(field).unwrap_or_default();
    u64::from_str_radix(text, base).unwrap_or(0)
}
