//! The index of a work tree: what the next commit would hold.
//!
//! Layout (gitformat-index): `DIRC`, version 2–4, number of entries; each entry forty bytes of file
//! status, the id, two bytes of flags (version 3 and 4: two more if a flag says so), the path. In
//! versions 2 and 3 the path ends with zeros up to a multiple of eight; in version 4 it is given as
//! what to cut from the one before and what to add. Extensions and a checksum follow; the `link`
//! extension says that most entries stand in a shared index beside this one.

use super::id::{HashKind, ObjectId};
use super::odb::read_small;
use super::skip::SkipReason;
use std::path::Path;

/// Longest index that is read, in bytes: four million files.
const MAX_INDEX_BYTES: u64 = 1024 * 1024 * 1024;

/// Bytes of file status before the id.
const STATUS_BYTES: usize = 40;

/// One entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Staged {
    /// The path from the root of the work tree, with `/`.
    pub path: Vec<u8>,
    /// The content.
    pub id: ObjectId,
    /// Kind and permissions, as in a tree: 0o100644, 0o120000 a link, 0o160000 a submodule.
    pub mode: u32,
    /// 0, or 1–3 for the sides of a conflict.
    pub stage: u8,
    /// Size of the file when it was added, its lowest 32 bits.
    pub size: u32,
    /// When the file was changed: seconds and nanoseconds.
    pub modified: (u32, u32),
    /// `git update-index --assume-unchanged`.
    pub assume_unchanged: bool,
    /// Left out of a sparse checkout.
    pub skip_worktree: bool,
    /// `git add --intent-to-add`: a path with no content yet.
    pub intent_to_add: bool,
}

/// Reads an index file. One that does not exist has no entries.
///
/// # Errors
/// When it is damaged, of an unknown version, or split with its shared part missing.
pub fn read_index(path: &Path, kind: HashKind) -> Result<Vec<Staged>, SkipReason> {
    let bytes = match read_small(path, MAX_INDEX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(_) => return Err(SkipReason::Unreadable),
    };
    let parsed = parse(&bytes, kind).ok_or(SkipReason::BadIndex)?;
    let Some(link) = parsed.link else {
        return Ok(parsed.entries);
    };
    let shared = path.with_file_name(format!("sharedindex.{}", link.base));
    let bytes = read_small(&shared, MAX_INDEX_BYTES).map_err(|_| SkipReason::Unreadable)?;
    let base = parse(&bytes, kind)
        .filter(|base| base.link.is_none())
        .ok_or(SkipReason::BadIndex)?;
    Ok(link.join(base.entries, parsed.entries))
}

/// What an index file says.
struct Parsed {
    /// Its entries.
    entries: Vec<Staged>,
    /// The shared index it changes.
    link: Option<Link>,
}

/// How an index changes a shared one.
struct Link {
    /// The shared index, by its checksum.
    base: ObjectId,
    /// Numbers of its entries that are deleted.
    deleted: Vec<u64>,
    /// Numbers of its entries that are replaced.
    replaced: Vec<u64>,
}

impl Link {
    /// The entries of both: the first own entries replace, the others are new.
    fn join(&self, base: Vec<Staged>, own: Vec<Staged>) -> Vec<Staged> {
        let mut own = own.into_iter();
        let mut all = Vec::with_capacity(base.len());
        for (number, mut entry) in (0_u64..).zip(base) {
            if self.replaced.binary_search(&number).is_ok()
                && let Some(new) = own.next()
            {
                // A replacement has no path of its own: it keeps the one it replaces.
                let path = if new.path.is_empty() {
                    entry.path
                } else {
                    new.path
                };
                entry = Staged { path, ..new };
            }
            if self.deleted.binary_search(&number).is_err() {
                all.push(entry);
            }
        }
        all.extend(own);
        all.sort_by(|left, right| (&left.path, left.stage).cmp(&(&right.path, right.stage)));
        all
    }
}

/// A cursor over the file.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    /// The next `len` bytes.
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    /// A big-endian number of four bytes.
    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(*self.take(4)?.first_chunk()?))
    }

    /// A big-endian number of two bytes.
    fn short(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(*self.take(2)?.first_chunk()?))
    }

    /// A number as version 4 writes it: seven bits a byte, high first, each continuation adding one.
    fn variable(&mut self) -> Option<usize> {
        let mut byte = *self.take(1)?.first()?;
        let mut value = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = *self.take(1)?.first()?;
            value = value
                .checked_add(1)?
                .checked_mul(128)?
                .checked_add(usize::from(byte & 0x7f))?;
        }
        Some(value)
    }

    /// Bytes up to a zero, which is taken too.
    fn text(&mut self) -> Option<&'a [u8]> {
        let end = memchr::memchr(0, self.0)?;
        let text = self.take(end)?;
        self.take(1)?;
        Some(text)
    }
}

/// Takes an index file apart.
fn parse(bytes: &[u8], kind: HashKind) -> Option<Parsed> {
    let content = bytes.get(..bytes.len().checked_sub(kind.id_len())?)?;
    let mut cursor = Cursor(content);
    if cursor.take(4)? != b"DIRC" {
        return None;
    }
    let version = cursor
        .number()
        .filter(|version| (2..=4).contains(version))?;
    let count = cursor.number()? as usize;
    // An entry takes more than sixty bytes, so a lying count cannot reserve memory.
    let mut entries = Vec::with_capacity(count.min(content.len() / (STATUS_BYTES + kind.id_len())));
    let mut previous: Vec<u8> = Vec::new();
    for _ in 0..count {
        let entry = entry(&mut cursor, version, kind, &previous)?;
        previous.clone_from(&entry.path);
        entries.push(entry);
    }
    let mut link = None;
    while let Some(name) = cursor.take(4) {
        let len = cursor.number()? as usize;
        let body = cursor.take(len)?;
        if name == b"link" {
            link = parse_link(body, kind)?;
        }
    }
    Some(Parsed { entries, link })
}

/// Reads one entry.
fn entry(cursor: &mut Cursor<'_>, version: u32, kind: HashKind, previous: &[u8]) -> Option<Staged> {
    let start = cursor.0.len();
    let mut status = [0; STATUS_BYTES / 4];
    for field in &mut status {
        *field = cursor.number()?;
    }
    let [_, _, seconds, nanoseconds, _, _, mode, _, _, size] = status;
    let id = ObjectId::from_raw(kind, cursor.take(kind.id_len())?)?;
    let flags = cursor.short()?;
    let more = if flags & 0x4000 != 0 && version > 2 {
        cursor.short()?
    } else {
        0
    };
    let path = if version == 4 {
        let cut = cursor.variable()?;
        let keep = previous.get(..previous.len().checked_sub(cut)?)?;
        [keep, cursor.text()?].concat()
    } else {
        let path = cursor.text()?.to_vec();
        // One to eight zeros; one is taken.
        let used = start - cursor.0.len() - 1;
        cursor.take((8 - used % 8) - 1)?;
        path
    };
    Some(Staged {
        path,
        id,
        mode,
        stage: u8::try_from(flags >> 12 & 3).ok()?,
        size,
        modified: (seconds, nanoseconds),
        assume_unchanged: flags & 0x8000 != 0,
        skip_worktree: more & 0x4000 != 0,
        intent_to_add: more & 0x2000 != 0,
    })
}

/// Reads the `link` extension. One that names no shared index changes nothing.
fn parse_link(body: &[u8], kind: HashKind) -> Option<Option<Link>> {
    let mut cursor = Cursor(body);
    let base = ObjectId::from_raw(kind, cursor.take(kind.id_len())?)?;
    if base.as_raw().iter().all(|&byte| byte == 0) {
        return Some(None);
    }
    let (deleted, replaced) = if cursor.0.is_empty() {
        (Vec::new(), Vec::new())
    } else {
        (bitmap(&mut cursor)?, bitmap(&mut cursor)?)
    };
    Some(Some(Link {
        base,
        deleted,
        replaced,
    }))
}

/// Bits set in a bitmap beyond this are not counted: no index has so many entries.
const MAX_BITS: u64 = MAX_INDEX_BYTES / 60;

/// The numbers of the bits set in a compressed bitmap (EWAH): runs of equal words and plain words.
fn bitmap(cursor: &mut Cursor<'_>) -> Option<Vec<u64>> {
    let bits = u64::from(cursor.number()?);
    let words = cursor.number()?;
    let mut set = Vec::new();
    let mut place = 0_u64;
    let mut left = words;
    let word = |cursor: &mut Cursor<'_>| Some(u64::from_be_bytes(*cursor.take(8)?.first_chunk()?));
    while left > 0 {
        let marker = word(cursor)?;
        left -= 1;
        let run = (marker >> 1 & 0xffff_ffff) * 64;
        if marker & 1 == 1 {
            let end = (place + run).min(bits).min(MAX_BITS);
            set.extend(place..end);
        }
        place += run;
        for _ in 0..marker >> 33 {
            let plain = word(cursor)?;
            left = left.checked_sub(1)?;
            set.extend(
                (0..64)
                    .filter(|bit| plain >> bit & 1 == 1)
                    .map(|bit| place + bit),
            );
            place += 64;
        }
    }
    // Where the last marker stands, for those who append.
    cursor.number()?;
    Some(set)
}

#[cfg(test)]
mod tests {
    use super::{HashKind, parse};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(
            version in 0..6_u8,
            count in 0..4_u8,
            body in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut bytes = b"DIRC\0\0\0".to_vec();
            bytes.extend([version, 0, 0, 0, count]);
            bytes.extend(body);
            let _ = parse(&bytes, HashKind::Sha1);
            let mut linked = b"DIRC\0\0\0\x02\0\0\0\0link\0\0".to_vec();
            linked.extend([0, 80]);
            linked.extend(&bytes);
            let _ = parse(&linked, HashKind::Sha1);
        }
    }
}
