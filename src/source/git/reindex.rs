//! Packs without a usable index: the pack is read from front to back to find where its entries
//! begin, and every object is made and hashed to learn its name.
//!
//! Slow, and rare: an interrupted transfer, a deleted or truncated index. It keeps the promise that
//! what is on the disk is looked at.

use super::entry::Form;
use super::id::{HashKind, ObjectId};
use super::index::Index;
use super::inflate::Stream;
use super::object::ObjectKind;
use super::odb::Odb;
use super::pack::{HEADER_BYTES, Pack, open_file};
use super::skip::{Skip, SkipReason};
use super::window::Window;
use sha1::Digest as _;
use std::collections::HashMap;
use std::path::Path;

/// Bytes inflated at a time, only to be counted.
const SINK: usize = 64 * 1024;

/// Reads a pack without its index. `odb` holds what is open already: bases may be there.
///
/// Returns the pack with the index made, and what in it could not be read.
pub(super) fn reindex(odb: &Odb, path: &Path, number: u32) -> (Option<Pack>, Vec<Skip>) {
    let mut skips = Vec::new();
    let kind = odb.hash_kind();
    let skip = |id, offset, reason| Skip {
        id,
        file: path.to_owned(),
        offset,
        reason,
    };
    let (file, count) = match open_file(path) {
        Ok(opened) => opened,
        Err(reason) => return (None, vec![skip(None, None, reason)]),
    };
    let index = Index::made(kind, Vec::new());
    let mut pack = Pack {
        path: path.to_owned(),
        number,
        file,
        index,
        kind,
    };

    let (offsets, stop) = boundaries(&pack, count);
    if let Some((offset, reason)) = stop {
        skips.push(skip(None, Some(offset), reason));
    }

    let mut named: Vec<(ObjectId, u64)> = Vec::with_capacity(offsets.len());
    let mut by_name: HashMap<ObjectId, u64> = HashMap::new();
    let mut open = offsets;
    // An entry may be based on one that stands behind it; each round names at least one, or ends.
    loop {
        let mut left = Vec::new();
        let before = named.len();
        let mut reader = odb.reader();
        for (offset, _) in open {
            let known = |id: &ObjectId| by_name.get(id).copied();
            match reader.read_packed(&pack, offset, Some(&known)) {
                Ok((object, content)) => {
                    let id = name(kind, object, content.as_slice());
                    named.extend(id.map(|id| (id, offset)));
                    by_name.extend(id.map(|id| (id, offset)));
                }
                Err(reason) => left.push((offset, reason)),
            }
        }
        if left.is_empty() || named.len() == before {
            skips.extend(
                left.into_iter()
                    .map(|(offset, reason)| skip(None, Some(offset), reason)),
            );
            break;
        }
        open = left;
    }
    named.sort_unstable();
    named.dedup_by_key(|&mut (id, _)| id);
    pack.index = Index::made(kind, named);
    (Some(pack), skips)
}

/// Entries that stand in a pack, with the reason they cannot be named so far.
type Open = Vec<(u64, SkipReason)>;

/// Finds where the entries of a pack begin, as far as it can be read; then where and why it stops.
fn boundaries(pack: &Pack, count: u32) -> (Open, Option<(u64, SkipReason)>) {
    let mut found = Vec::new();
    let mut window = Window::new();
    let mut sink = vec![0; SINK];
    let mut offset = HEADER_BYTES;
    for _ in 0..count {
        let step = pack.entry(&mut window, offset).and_then(|entry| {
            if let Form::OffsetDelta(base) = entry.form
                && found
                    .binary_search_by_key(&base, |&(offset, _)| offset)
                    .is_err()
            {
                return Err(SkipReason::BadHeader);
            }
            let mut stream = Stream::new(&pack.file, entry.data_at);
            let mut size = 0_u64;
            loop {
                let read = stream.read(&mut sink)?;
                size += read as u64;
                if size > entry.size {
                    return Err(SkipReason::BadStream);
                }
                if read < sink.len() {
                    break;
                }
            }
            if size != entry.size {
                Err(SkipReason::BadStream)
            } else {
                Ok(entry.data_at + stream.consumed())
            }
        });
        match step {
            Ok(end) => {
                found.push((offset, SkipReason::MissingBase));
                offset = end;
            }
            Err(reason) => return (found, Some((offset, reason))),
        }
    }
    (found, None)
}

/// The name of an object: the hash of its header and content.
pub(super) fn name(kind: HashKind, object: ObjectKind, content: &[u8]) -> Option<ObjectId> {
    let header = format!("{} {}\0", object.name(), content.len());
    match kind {
        HashKind::Sha1 => {
            let hash = sha1::Sha1::new()
                .chain_update(header)
                .chain_update(content)
                .finalize();
            ObjectId::from_raw(kind, &hash)
        }
        HashKind::Sha256 => {
            let hash = sha2::Sha256::new()
                .chain_update(header)
                .chain_update(content)
                .finalize();
            ObjectId::from_raw(kind, &hash)
        }
    }
}
