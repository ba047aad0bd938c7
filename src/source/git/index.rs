//! Pack indexes: which object stands where in a pack.
//!
//! Layout (gitformat-pack). Version 1: 256 running counts by first id byte, then per object a
//! 4-byte offset and the id. Version 2: `\377tOc`, version, the counts, all ids in order, a CRC of
//! each entry, 4-byte offsets (high bit: number of an 8-byte offset), the 8-byte offsets. Both end
//! with the pack's checksum and the index's own. Big-endian throughout.
//!
//! The offsets are read when the pack is opened, the ids only when somebody asks for one by name:
//! a sweep of a clean pack needs no id at all.

use super::id::{HashKind, ObjectId};
use super::positioned::PositionedFile;
use super::skip::SkipReason;
use std::path::Path;
use std::sync::OnceLock;

/// First bytes of a version 2 index.
const MAGIC_V2: [u8; 4] = [0xff, b't', b'O', b'c'];

/// Bytes of the running counts.
const FANOUT_BYTES: usize = 256 * 4;

/// An index, open.
#[derive(Debug)]
pub(super) struct Index {
    /// Which ids it holds.
    kind: HashKind,
    /// For each first byte of an id: how many ids begin with it or less.
    fanout: [u32; 256],
    /// Offsets in the pack, in order of ids.
    offsets: Vec<u64>,
    /// Where ids come from.
    ids: Ids,
    /// The pack's checksum as the index has it.
    pack_checksum: Option<ObjectId>,
}

/// Where ids come from.
#[derive(Debug)]
enum Ids {
    /// From the file, when first wanted.
    File {
        /// The index file.
        file: PositionedFile,
        /// Where the first id begins.
        at: u64,
        /// Bytes from one id to the next.
        stride: usize,
        /// All ids, once wanted; empty if they could not be read.
        all: OnceLock<Vec<u8>>,
    },
    /// Worked out from the pack itself, because it had no index.
    Made(Vec<u8>),
}

impl Index {
    /// Opens and checks an index file.
    pub(super) fn open(path: &Path, kind: HashKind) -> Result<Self, SkipReason> {
        let file = PositionedFile::open(path).map_err(|_| SkipReason::Unreadable)?;
        let mut head = [0; 8];
        file.read_exact_at(&mut head, 0)
            .map_err(|_| SkipReason::BadIndex)?;
        let [m0, m1, m2, m3, v0, v1, v2, v3] = head;
        let version = u32::from_be_bytes([v0, v1, v2, v3]);
        match ([m0, m1, m2, m3] == MAGIC_V2, version) {
            (true, 2) => Self::open_v2(file, kind),
            (true, _) => Err(SkipReason::BadIndex),
            (false, _) => Self::open_v1(file, kind),
        }
    }

    /// Opens a version 1 index.
    fn open_v1(file: PositionedFile, kind: HashKind) -> Result<Self, SkipReason> {
        let (fanout, count) = read_fanout(&file, 0)?;
        let stride = 4 + kind.len();
        let table = count as u64 * stride as u64;
        let trailer_at = FANOUT_BYTES as u64 + table;
        if file.len() != trailer_at + 2 * kind.len() as u64 {
            return Err(SkipReason::BadIndex);
        }
        let entries = read_vec(&file, FANOUT_BYTES as u64, table)?;
        let offsets = entries
            .chunks_exact(stride)
            .map(|entry| u64::from(big_endian_32(entry)))
            .collect();
        let pack_checksum = read_id(&file, trailer_at, kind);
        let ids = Ids::File {
            file,
            at: FANOUT_BYTES as u64 + 4,
            stride,
            all: OnceLock::new(),
        };
        Ok(Self {
            kind,
            fanout,
            offsets,
            ids,
            pack_checksum,
        })
    }

    /// Opens a version 2 index.
    fn open_v2(file: PositionedFile, kind: HashKind) -> Result<Self, SkipReason> {
        let (fanout, count) = read_fanout(&file, 8)?;
        let (count, hash) = (count as u64, kind.len() as u64);
        let ids_at = 8 + FANOUT_BYTES as u64;
        let small_at = ids_at + count * hash + count * 4;
        let large_at = small_at + count * 4;
        let trailer = 2 * hash;
        // Between the small offsets and the trailer stand the large ones, eight bytes each, and
        // never more of them than there are objects.
        let large = file
            .len()
            .checked_sub(large_at + trailer)
            .ok_or(SkipReason::BadIndex)?;
        if large % 8 != 0 || large / 8 > count {
            return Err(SkipReason::BadIndex);
        }
        let small = read_vec(&file, small_at, count * 4)?;
        let large_table = read_vec(&file, large_at, large)?;
        let mut offsets = Vec::with_capacity(small.len() / 4);
        for entry in small.chunks_exact(4) {
            let value = big_endian_32(entry);
            offsets.push(if value & 0x8000_0000 == 0 {
                u64::from(value)
            } else {
                let at = (value & 0x7fff_ffff) as usize * 8;
                let bytes = large_table
                    .get(at..)
                    .and_then(<[u8]>::first_chunk)
                    .ok_or(SkipReason::BadIndex)?;
                u64::from_be_bytes(*bytes)
            });
        }
        let pack_checksum = read_id(&file, large_at + large, kind);
        let ids = Ids::File {
            file,
            at: ids_at,
            stride: kind.len(),
            all: OnceLock::new(),
        };
        Ok(Self {
            kind,
            fanout,
            offsets,
            ids,
            pack_checksum,
        })
    }

    /// An index worked out from the pack: `entries` are ids and offsets, in any order.
    pub(super) fn made(kind: HashKind, mut entries: Vec<(ObjectId, u64)>) -> Self {
        entries.sort_unstable();
        let mut fanout = [0_u32; 256];
        let mut ids = Vec::with_capacity(entries.len() * kind.len());
        for (id, _) in &entries {
            ids.extend_from_slice(id.as_raw());
            let first = id.as_raw().first().copied().map_or(0, usize::from);
            for count in fanout.iter_mut().skip(first) {
                *count = count.saturating_add(1);
            }
        }
        let offsets = entries.iter().map(|&(_, offset)| offset).collect();
        Self {
            kind,
            fanout,
            offsets,
            ids: Ids::Made(ids),
            pack_checksum: None,
        }
    }

    /// Offsets in the pack, in order of ids.
    pub(super) fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    /// The checksum of the pack that this index was made for.
    pub(super) const fn pack_checksum(&self) -> Option<ObjectId> {
        self.pack_checksum
    }

    /// The id at a position in order of ids.
    pub(super) fn id_at(&self, position: usize) -> Option<ObjectId> {
        match &self.ids {
            Ids::Made(all) => ObjectId::from_raw(self.kind, self.slice(all, position)?),
            Ids::File {
                file,
                at,
                stride,
                all,
            } => match all.get() {
                Some(all) => ObjectId::from_raw(self.kind, self.slice(all, position)?),
                // One id for one report: no reason to read millions.
                None if position < self.offsets.len() => {
                    read_id(file, at + position as u64 * *stride as u64, self.kind)
                }
                None => None,
            },
        }
    }

    /// The positions of all copies of an id: one in any sane index.
    pub(super) fn find(&self, id: &ObjectId) -> Option<usize> {
        if id.hash_kind() != self.kind {
            return None;
        }
        let all = self.ids();
        let wanted = id.as_raw();
        let first = wanted.first().copied().map_or(0, usize::from);
        let count = |byte: usize| self.fanout.get(byte).map_or(0, |&count| count as usize);
        let mut low = first.checked_sub(1).map_or(0, count);
        let mut high = count(first);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.slice(all, middle)?.cmp(wanted) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// All ids, one behind the other in order; empty if they cannot be read.
    pub(super) fn ids(&self) -> &[u8] {
        match &self.ids {
            Ids::Made(all) => all,
            Ids::File {
                file,
                at,
                stride,
                all,
            } => all.get_or_init(|| {
                let hash = self.kind.len();
                let gap = stride - hash;
                // The last entry of a version 1 table has no gap behind it.
                let bytes = (self.offsets.len() * stride).saturating_sub(gap);
                let raw = read_vec(file, *at, bytes as u64).unwrap_or_default();
                if gap == 0 {
                    return raw;
                }
                raw.chunks(*stride)
                    .flat_map(|entry| entry.get(..hash).unwrap_or_default())
                    .copied()
                    .collect()
            }),
        }
    }

    /// One id out of all.
    fn slice<'a>(&self, all: &'a [u8], position: usize) -> Option<&'a [u8]> {
        let hash = self.kind.len();
        all.get(position.checked_mul(hash)?..)?.get(..hash)
    }
}

/// Reads the running counts and checks that they never fall, and that the file can hold them.
fn read_fanout(file: &PositionedFile, at: u64) -> Result<([u32; 256], u32), SkipReason> {
    let mut bytes = [0; FANOUT_BYTES];
    file.read_exact_at(&mut bytes, at)
        .map_err(|_| SkipReason::BadIndex)?;
    let mut fanout = [0; 256];
    let mut last = 0;
    for (count, entry) in fanout.iter_mut().zip(bytes.chunks_exact(4)) {
        *count = big_endian_32(entry);
        if *count < last {
            return Err(SkipReason::BadIndex);
        }
        last = *count;
    }
    // Every object takes at least an id and an offset, so a lying count cannot reserve memory.
    if u64::from(last) * 24 > file.len() {
        return Err(SkipReason::BadIndex);
    }
    Ok((fanout, last))
}

/// Reads a part of a file that is known to be no longer than the file.
fn read_vec(file: &PositionedFile, at: u64, len: u64) -> Result<Vec<u8>, SkipReason> {
    if at.saturating_add(len) > file.len() {
        return Err(SkipReason::BadIndex);
    }
    let mut bytes = vec![0; usize::try_from(len).map_err(|_| SkipReason::BadIndex)?];
    file.read_exact_at(&mut bytes, at)
        .map_err(|_| SkipReason::Unreadable)?;
    Ok(bytes)
}

/// Reads one id.
fn read_id(file: &PositionedFile, at: u64, kind: HashKind) -> Option<ObjectId> {
    let mut bytes = [0; 32];
    let raw = bytes.get_mut(..kind.len())?;
    file.read_exact_at(raw, at).ok()?;
    ObjectId::from_raw(kind, raw)
}

/// The big-endian number at the start of `bytes`; 0 if there are fewer than four.
fn big_endian_32(bytes: &[u8]) -> u32 {
    bytes
        .first_chunk()
        .map_or(0, |bytes| u32::from_be_bytes(*bytes))
}
