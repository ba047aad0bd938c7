//! zip files (PKWARE APPNOTE 6.3) and their relatives.
//!
//! Layout: for each member a local header (`PK 3 4`) and its bytes; the central
//! directory (`PK 1 2`), one record a member; the end record (`PK 5 6`), 22 bytes
//! and a comment. Data may stand before all of it (self-extracting archives), so
//! offsets are shifted by what is between where the directory should end and
//! where it does. Zip64 puts sizes into extra field 1 and has end records of
//! its own.
//!
//! The directory is what tools read, so it is read first. Where there is none,
//! or it is damaged, local headers are looked for from front to back: also how a
//! stream is read that cannot be read by position.

use std::io::{self, Read, SeekFrom};
use std::ops::ControlFlow;

use flate2::bufread::DeflateDecoder;

use super::compressed::Decompressed;
use super::{Container, Members, Peek, Positioned, Trouble, array, name, skip};

/// Bytes of an end record without comment.
pub const END_BYTES: usize = 22;
const END: [u8; 4] = *b"PK\x05\x06";
const RECORD: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
/// Longest comment: its length has 16 bits.
const MAX_COMMENT_BYTES: u64 = 0xffff;
/// Bytes of the directory that are read at once.
const DIRECTORY_BYTES: usize = 64 << 10;
/// Memory that a decompressor of a member may take, in bytes.
const MEMORY_BYTES: u64 = 16 << 20;

/// Whether a blob ends with an end record without comment that is not alone.
pub(super) fn ends(tail: &[u8]) -> bool {
    tail.len() == END_BYTES
        && tail.starts_with(&END)
        && tail.get(20..) == Some(&[0, 0])
        && tail.get(10..12) != Some(&[0, 0])
}

/// Reads a file by its directory, and by its local headers if that is damaged.
pub fn read(input: &mut dyn Positioned, members: &mut dyn Members) -> Result<(), Trouble> {
    let by_directory = match Directory::find(input) {
        Ok(directory) => directory.read(input, members),
        Err(trouble) => Err(trouble),
    };
    let Err(trouble) = by_directory else {
        return Ok(());
    };
    // Not when the reader has had enough.
    if !matches!(trouble, Trouble::Damaged | Trouble::Truncated) {
        return Err(trouble);
    }
    input.seek(SeekFrom::Start(0))?;
    let again = read_stream(&mut Peek::new(&mut *input), members);
    again.and(Err(trouble))
}

/// The central directory.
struct Directory {
    /// Where it is.
    start: u64,
    /// Bytes of it.
    len: u64,
    /// What offsets are relative to: the bytes before the archive.
    shift: u64,
}

impl Directory {
    /// Finds the end record, which is the last thing in the file.
    fn find(input: &mut dyn Positioned) -> Result<Self, Trouble> {
        let end = input.seek(SeekFrom::End(0))?;
        let reach = end.min(MAX_COMMENT_BYTES + END_BYTES as u64);
        let from = end - reach;
        input.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        input.take(reach).read_to_end(&mut tail)?;
        let last = tail.len().checked_sub(END_BYTES).ok_or(Trouble::Damaged)?;
        let fits = |at: &usize| {
            let record = tail.get(*at..).unwrap_or_default();
            record.starts_with(&END)
                && u16_at(record, 20)
                    .is_some_and(|len| at + END_BYTES + usize::from(len) <= tail.len())
        };
        let at = (0..=last).rev().find(fits).ok_or(Trouble::Truncated)?;
        let record = tail.get(at..).unwrap_or_default();
        let end_record = from + at as u64;
        let mut len = u64::from(u32_at(record, 12).ok_or(Trouble::Damaged)?);
        let mut offset = u64::from(u32_at(record, 16).ok_or(Trouble::Damaged)?);
        let mut directory_end = end_record;
        // Zip64: a locator of 20 bytes before, which says where its record is.
        if let Some(locator) = at.checked_sub(20).and_then(|at| tail.get(at..at + 20))
            && locator.starts_with(b"PK\x06\x07")
        {
            let stated = u64_at(locator, 8).ok_or(Trouble::Damaged)?;
            // As stated, or right before the locator when data stand before.
            let places = [stated, end_record.saturating_sub(20 + 56)];
            let found = places.into_iter().find_map(|place| {
                input.seek(SeekFrom::Start(place)).ok()?;
                let record: [u8; 56] = array(input).ok()?;
                record.starts_with(b"PK\x06\x06").then_some((place, record))
            });
            let (place, record) = found.ok_or(Trouble::Damaged)?;
            len = u64_at(&record, 40).ok_or(Trouble::Damaged)?;
            offset = u64_at(&record, 48).ok_or(Trouble::Damaged)?;
            directory_end = place;
        }
        let start = directory_end.checked_sub(len).ok_or(Trouble::Damaged)?;
        // An offset behind the place is a lie; then it is taken as said.
        let (start, shift) = match start.checked_sub(offset) {
            Some(shift) => (start, shift),
            None => (offset, 0),
        };
        Ok(Self { start, len, shift })
    }

    /// Reads its records in order, and the member of each.
    fn read(&self, input: &mut dyn Positioned, members: &mut dyn Members) -> Result<(), Trouble> {
        let mut window = Window::default();
        let mut at = self.start;
        let end = self.start.saturating_add(self.len);
        while at < end {
            let fixed = window.bytes(input, at, 46)?;
            if !fixed.starts_with(&RECORD) {
                return Err(Trouble::Damaged);
            }
            let field = |at| u16_at(fixed, at).map(usize::from).unwrap_or_default();
            let (name_len, extra_len, comment_len) = (field(28), field(30), field(32));
            let record = window.bytes(input, at, 46 + name_len + extra_len)?;
            let mut entry = Entry::of(record, 8, 20).ok_or(Trouble::Damaged)?;
            let mut offset = u64::from(u32_at(record, 42).ok_or(Trouble::Damaged)?);
            let name = record.get(46..46 + name_len).unwrap_or_default().to_vec();
            let extra = record.get(46 + name_len..).unwrap_or_default();
            entry.zip64(extra, Some(&mut offset));
            at += (46 + name_len + extra_len + comment_len) as u64;
            if name.ends_with(b"/") && entry.size == 0 {
                continue;
            }
            match entry.open_at(input, offset.saturating_add(self.shift)) {
                Ok(()) => {
                    let mut bytes = Peek::new((&mut *input).take(entry.compressed));
                    if entry.show(&name, &mut bytes, members) == ControlFlow::Break(()) {
                        return Ok(());
                    }
                }
                Err(why) => members.passed_over(&name, why),
            }
        }
        Ok(())
    }
}

/// Part of the directory that is held.
#[derive(Default)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    fn bytes(&mut self, input: &mut dyn Positioned, at: u64, len: usize) -> Result<&[u8], Trouble> {
        let held = at
            .checked_sub(self.start)
            .and_then(|skip| usize::try_from(skip).ok())
            .filter(|skip| skip.saturating_add(len) <= self.bytes.len());
        let skip = match held {
            Some(skip) => skip,
            None => {
                input.seek(SeekFrom::Start(at))?;
                self.bytes.clear();
                self.start = at;
                let want = len.max(DIRECTORY_BYTES) as u64;
                input.take(want).read_to_end(&mut self.bytes)?;
                0
            }
        };
        self.bytes.get(skip..skip + len).ok_or(Trouble::Truncated)
    }
}

/// What a header says of a member.
#[derive(Clone, Copy, Debug)]
struct Entry {
    flags: u16,
    method: u16,
    compressed: u64,
    size: u64,
}

impl Entry {
    /// Reads flags and method at `at`, sizes at `sizes`.
    fn of(header: &[u8], at: usize, sizes: usize) -> Option<Self> {
        Some(Self {
            flags: u16_at(header, at)?,
            method: u16_at(header, at + 2)?,
            compressed: u32_at(header, sizes)?.into(),
            size: u32_at(header, sizes + 4)?.into(),
        })
    }

    /// Takes sizes and offset from extra field 1: those that are all ones in the
    /// header stand there, in this order.
    fn zip64(&mut self, mut extra: &[u8], offset: Option<&mut u64>) {
        while let (Some(id), Some(len)) = (u16_at(extra, 0), u16_at(extra, 2)) {
            let end = 4 + usize::from(len);
            if id == 1 {
                let mut field = extra.get(4..end).unwrap_or_default();
                let fields = [Some(&mut self.size), Some(&mut self.compressed), offset];
                for value in fields.into_iter().flatten() {
                    if *value == u64::from(u32::MAX)
                        && let Some(wide) = u64_at(field, 0)
                    {
                        *value = wide;
                        field = field.get(8..).unwrap_or_default();
                    }
                }
                return;
            }
            extra = extra.get(end..).unwrap_or_default();
        }
    }

    fn is_encrypted(self) -> bool {
        self.flags & 1 != 0
    }

    /// Whether sizes stand behind the bytes.
    fn has_descriptor(self) -> bool {
        self.flags & 8 != 0
    }

    /// Goes to the bytes of the member whose local header stands there.
    fn open_at(self, input: &mut dyn Positioned, at: u64) -> Result<(), Trouble> {
        if self.is_encrypted() {
            return Err(Trouble::Encrypted);
        }
        input.seek(SeekFrom::Start(at))?;
        let header: [u8; 30] = array(input)?;
        if !header.starts_with(&LOCAL) {
            return Err(Trouble::Damaged);
        }
        let field = |at| u16_at(&header, at).map(u64::from).unwrap_or_default();
        skip(input, field(26) + field(28))
    }

    /// Shows a member whose compressed bytes come next; nothing more is in
    /// `bytes`, or the way of compressing knows its end.
    fn show(self, name: &[u8], bytes: &mut Peek<'_>, members: &mut dyn Members) -> ControlFlow<()> {
        let container = match self.method {
            0 => return members.member(name, bytes),
            8 => return members.member(name, &mut DeflateDecoder::new(bytes)),
            12 => Container::Bzip2,
            93 => Container::Zstd,
            95 => Container::Xz,
            _ => {
                members.passed_over(name, Trouble::Unsupported);
                return ControlFlow::Continue(());
            }
        };
        let stream = Peek::new(bytes);
        match Decompressed::new(container, stream, MEMORY_BYTES) {
            Ok(mut bytes) => members.member(name, &mut bytes),
            Err(why) => {
                members.passed_over(name, why);
                ControlFlow::Continue(())
            }
        }
    }
}

/// Reads members by their local headers, from front to back.
pub(super) fn read_stream(input: &mut Peek<'_>, members: &mut dyn Members) -> Result<(), Trouble> {
    let mut any = false;
    while seek_local(input)? {
        any = true;
        let header: [u8; 30] = array(input)?;
        let mut entry = Entry::of(&header, 6, 18).ok_or(Trouble::Damaged)?;
        let field = |at| u16_at(&header, at).map(u64::from).unwrap_or_default();
        let path = name(input, field(26))?;
        let extra = name(input, field(28))?;
        entry.zip64(&extra, None);
        if path.ends_with(b"/") && entry.compressed == 0 {
            continue;
        }
        let unknown = entry.has_descriptor() && entry.compressed == 0;
        if entry.is_encrypted() {
            members.passed_over(&path, Trouble::Encrypted);
            if !unknown {
                skip(input, entry.compressed)?;
            }
            continue;
        }
        let flow = if unknown && entry.method == 8 {
            // Deflated bytes know where they end.
            let mut bytes = DeflateDecoder::new(&mut *input);
            let flow = members.member(&path, &mut bytes);
            if flow == ControlFlow::Continue(()) {
                io::copy(&mut bytes, &mut io::sink())?;
            }
            flow
        } else if unknown {
            members.passed_over(&path, Trouble::Unsupported);
            ControlFlow::Continue(())
        } else {
            let mut bytes = (&mut *input).take(entry.compressed);
            let flow = entry.show(&path, &mut Peek::new(&mut bytes), members);
            let left = bytes.limit();
            if flow == ControlFlow::Continue(()) {
                skip(input, left)?;
            }
            flow
        };
        if flow == ControlFlow::Break(()) {
            return Ok(());
        }
    }
    match any || input.peek(4) == END {
        true => Ok(()),
        false => Err(Trouble::Damaged),
    }
}

/// Goes to the next local header; `false` at the directory, or at the end.
fn seek_local(input: &mut Peek<'_>) -> Result<bool, Trouble> {
    const LOOK: usize = 4 << 10;
    loop {
        let ahead = input.peek(LOOK);
        if ahead.starts_with(&LOCAL) {
            return Ok(true);
        }
        if ahead.len() < 4 || ahead.starts_with(&RECORD) || ahead.starts_with(&END) {
            return Ok(false);
        }
        if ahead.starts_with(&DESCRIPTOR) {
            skip(input, 4)?;
            continue;
        }
        let next = memchr::memmem::find(ahead.get(1..).unwrap_or_default(), b"PK");
        let step = next.map_or(ahead.len() - 1, |at| at + 1);
        skip(input, step as u64)?;
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
