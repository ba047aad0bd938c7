//! Loose objects: one file for each, not yet packed.
//!
//! Layout: a zlib stream of the kind's name, a space, the size in decimal, a zero byte and the
//! content, in `objects/xx/yyyy…` where xxyyyy… is the id in hex.

use super::id::{HashKind, ObjectId};
use super::inflate::{Stream, plausible};
use super::object::{Object, ObjectKind};
use super::positioned::PositionedFile;
use super::skip::SkipReason;
use std::path::{Path, PathBuf};

/// No header is longer: `commit `, twenty digits and the zero byte.
const MAX_HEADER: usize = 32;

/// The kind and size of a loose object, and the part of its content that came along.
pub(super) struct LooseHeader {
    /// What it is.
    pub(super) kind: ObjectKind,
    /// Size of the content.
    pub(super) size: u64,
    /// Content bytes inflated along with the header.
    pub(super) lead: Vec<u8>,
}

/// Reads the header at the beginning of a loose object's stream.
pub(super) fn header(stream: &mut Stream<'_>) -> Result<LooseHeader, SkipReason> {
    let mut bytes = [0; MAX_HEADER];
    let read = stream.read(&mut bytes)?;
    let bytes = bytes.get(..read).unwrap_or_default();
    parse_header(bytes).ok_or(SkipReason::BadHeader)
}

/// Takes a header apart.
fn parse_header(bytes: &[u8]) -> Option<LooseHeader> {
    let end = bytes.iter().position(|&byte| byte == 0)?;
    let (text, lead) = (bytes.get(..end)?, bytes.get(end + 1..)?);
    let space = text.iter().position(|&byte| byte == b' ')?;
    let kind = ObjectKind::from_name(text.get(..space)?)?;
    let digits = text.get(space + 1..)?;
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (lead.len() as u64 <= size).then(|| LooseHeader {
        kind,
        size,
        lead: lead.to_vec(),
    })
}

/// The size of a loose object, by its header.
pub(super) fn size(path: &Path) -> Option<u64> {
    let file = PositionedFile::open(path).ok()?;
    Some(header(&mut Stream::new(&file, 0)).ok()?.size)
}

/// Reads a loose object whole.
pub(super) fn read(path: &Path, id: ObjectId, limit: u64) -> Result<Object, SkipReason> {
    let file = PositionedFile::open(path).map_err(|_| SkipReason::Unreadable)?;
    let mut stream = Stream::new(&file, 0);
    let header = header(&mut stream)?;
    rest(&file, &mut stream, &header, id, limit)
}

/// Reads the content behind a header.
pub(super) fn rest(
    file: &PositionedFile,
    stream: &mut Stream<'_>,
    header: &LooseHeader,
    id: ObjectId,
    limit: u64,
) -> Result<Object, SkipReason> {
    if header.size > limit {
        return Err(SkipReason::TooLarge);
    }
    plausible(file.len(), header.size)?;
    let size = usize::try_from(header.size).map_err(|_| SkipReason::TooLarge)?;
    let mut object = Object {
        id,
        kind: header.kind,
        content: super::inflate::Buffer::default(),
    };
    let room = object.content.prepare(size);
    let (front, back) = room
        .split_at_mut_checked(header.lead.len())
        .ok_or(SkipReason::BadHeader)?;
    front.copy_from_slice(&header.lead);
    let wanted = back.len();
    if stream.read(back)? != wanted || !stream.finished()? {
        return Err(SkipReason::BadStream);
    }
    Ok(object)
}

/// Where a loose object would stand.
pub(super) fn path(objects: &Path, id: &ObjectId) -> PathBuf {
    let hex = id.to_string();
    let (dir, name) = hex.split_at_checked(2).unwrap_or_default();
    objects.join(dir).join(name)
}

/// Lists the ids of all loose objects of an object directory.
///
/// What has no object's name is not an object: temporary files, `pack`, `info`. Returns the
/// directories that could not be read beside the ids, which are sorted.
pub(super) fn list(objects: &Path, kind: HashKind) -> (Vec<ObjectId>, Vec<PathBuf>) {
    let (mut ids, mut unread) = (Vec::new(), Vec::new());
    for prefix in prefixes(objects) {
        let dir = objects.join(&prefix);
        let entries = match std::fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(_) => {
                unread.push(dir);
                continue;
            }
        };
        for entry in entries {
            let Ok(entry) = entry else {
                unread.push(dir.clone());
                break;
            };
            let name = entry.file_name();
            let hex = [prefix.as_bytes(), name.as_encoded_bytes()].concat();
            ids.extend(ObjectId::from_hex(kind, &hex));
        }
    }
    ids.sort_unstable();
    ids.dedup();
    (ids, unread)
}

/// Returns the names of the folders that objects lie in. A clone has hardly any: one look at what there is
/// takes the place of 256 at what there is not.
fn prefixes(objects: &Path) -> Vec<String> {
    let all = || (0..=255_u8).map(|byte| format!("{byte:02x}")).collect();
    let Ok(items) = std::fs::read_dir(objects) else {
        // What may not be listed may still be entered.
        return all();
    };
    let mut found = Vec::new();
    for item in items {
        let Ok(name) = item.map(|item| item.file_name().to_string_lossy().into_owned()) else {
            return all();
        };
        if name.len() == 2 && name.bytes().all(|b| b.is_ascii_hexdigit()) {
            if name.bytes().any(|b| b.is_ascii_uppercase()) {
                // A file system that writes names as it likes knows them by small letters too.
                return all();
            }
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{ObjectKind, parse_header, prefixes};

    #[test]
    fn folders_of_objects_are_those_that_are_there() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["0a", "ff", "info", "pack", "zz"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let mut found = prefixes(folder.path());
        found.sort_unstable();
        assert_eq!(found, ["0a", "ff"]);
        assert_eq!(prefixes(&folder.path().join("nowhere")).len(), 256);
        std::fs::create_dir(folder.path().join("AB")).unwrap();
        assert_eq!(prefixes(folder.path()).len(), 256);
    }

    #[test]
    fn headers_are_strict() {
        let header = parse_header(b"blob 12\0hello").unwrap();
        assert_eq!(
            (header.kind, header.size, header.lead.as_slice()),
            (ObjectKind::Blob, 12, &b"hello"[..])
        );
        for bad in [
            &b"blob 12"[..],
            b"blob12\0",
            b"blob \0",
            b"blob -1\0",
            b"blob +1\0",
            b"blub 1\0",
            b"blob 1\0ab",
        ] {
            assert!(parse_header(bad).is_none(), "{bad:?}");
        }
        assert!(parse_header(b"blob 99999999999999999999999\0").is_none());
    }
}
