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
use std::path::{Path, PathBuf};
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
        /// The index file. Not kept open: a repository may have more packs than a process may have
        /// files.
        path: PathBuf,
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
            (true, 2) => Self::open_v2(path, &file, kind),
            (true, _) => Err(SkipReason::BadIndex),
            (false, _) => Self::open_v1(path, &file, kind),
        }
    }

    /// Opens a version 1 index.
    fn open_v1(path: &Path, file: &PositionedFile, kind: HashKind) -> Result<Self, SkipReason> {
        let (fanout, count) = read_fanout(file, 0)?;
        let stride = 4 + kind.id_len();
        let table = count as u64 * stride as u64;
        let trailer_at = FANOUT_BYTES as u64 + table;
        if file.len() != trailer_at + 2 * kind.id_len() as u64 {
            return Err(SkipReason::BadIndex);
        }
        let entries = read_vec(file, FANOUT_BYTES as u64, table)?;
        let offsets = entries
            .chunks_exact(stride)
            .map(|entry| u64::from(big_endian_32(entry)))
            .collect();
        let pack_checksum = read_id(file, trailer_at, kind);
        let ids = Ids::File {
            path: path.to_owned(),
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
    fn open_v2(path: &Path, file: &PositionedFile, kind: HashKind) -> Result<Self, SkipReason> {
        let (fanout, count) = read_fanout(file, 8)?;
        let (count, hash) = (count as u64, kind.id_len() as u64);
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
        let small = read_vec(file, small_at, count * 4)?;
        let large_table = read_vec(file, large_at, large)?;
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
        let pack_checksum = read_id(file, large_at + large, kind);
        let ids = Ids::File {
            path: path.to_owned(),
            at: ids_at,
            stride: kind.id_len(),
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
        let mut ids = Vec::with_capacity(entries.len() * kind.id_len());
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
                path,
                at,
                stride,
                all,
            } => match all.get() {
                Some(all) => ObjectId::from_raw(self.kind, self.slice(all, position)?),
                // One id for one report: no reason to read millions.
                None if position < self.offsets.len() => {
                    let file = PositionedFile::open(path).ok()?;
                    read_id(&file, at + position as u64 * *stride as u64, self.kind)
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
                path,
                at,
                stride,
                all,
            } => all.get_or_init(|| {
                let hash = self.kind.id_len();
                let gap = stride - hash;
                // The last entry of a version 1 table has no gap behind it.
                let bytes = (self.offsets.len() * stride).saturating_sub(gap);
                let file = PositionedFile::open(path).ok();
                let raw = file
                    .and_then(|file| read_vec(&file, *at, bytes as u64).ok())
                    .unwrap_or_default();
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
        let hash = self.kind.id_len();
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
    let raw = bytes.get_mut(..kind.id_len())?;
    file.read_exact_at(raw, at).ok()?;
    ObjectId::from_raw(kind, raw)
}

/// The big-endian number at the start of `bytes`; 0 if there are fewer than four.
fn big_endian_32(bytes: &[u8]) -> u32 {
    bytes
        .first_chunk()
        .map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::{HashKind, Index, MAGIC_V2, ObjectId};
    use proptest::prelude::*;

    fn open(bytes: &[u8]) -> Option<Index> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pack-0.idx");
        std::fs::write(&path, bytes).unwrap();
        let index = Index::open(&path, HashKind::Sha1).ok()?;
        index.ids();
        Some(index)
    }

    /// A version 2 index with these first id bytes; offsets are positions, or large ones.
    fn version_2(firsts: &[u8], large: bool) -> Vec<u8> {
        let mut bytes = [MAGIC_V2.as_slice(), &2_u32.to_be_bytes()].concat();
        for byte in 0..=255_u8 {
            let count = firsts.iter().filter(|&&first| first <= byte).count();
            bytes.extend(u32::try_from(count).unwrap().to_be_bytes());
        }
        bytes.extend(firsts.iter().flat_map(|&first| [first; 20]));
        bytes.extend(firsts.iter().flat_map(|_| [0; 4]));
        for at in 0..u32::try_from(firsts.len()).unwrap() {
            bytes.extend((if large { at | 0x8000_0000 } else { at }).to_be_bytes());
        }
        if large {
            bytes.extend((0..firsts.len() as u64).flat_map(|at| (at + (1 << 40)).to_be_bytes()));
        }
        bytes.extend([9; 40]);
        bytes
    }

    #[test]
    fn ids_and_offsets_are_found() {
        for (large, base) in [(false, 0), (true, 1 << 40)] {
            let index = open(&version_2(&[1, 1, 7, 255], large)).unwrap();
            assert_eq!(index.offsets(), [base, base + 1, base + 2, base + 3]);
            let id = |byte| ObjectId::from_raw(HashKind::Sha1, &[byte; 20]).unwrap();
            assert_eq!(index.find(&id(7)), Some(2));
            assert_eq!(index.find(&id(255)), Some(3));
            assert_eq!(index.find(&id(8)), None);
            assert_eq!(index.id_at(3), Some(id(255)));
            assert_eq!(index.id_at(4), None);
        }
    }

    #[test]
    fn a_count_beyond_the_file_reserves_nothing() {
        let mut bytes = version_2(&[1], false);
        bytes[8 + 255 * 4..8 + 256 * 4].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(open(&bytes).is_none());
        let mut version_1 = vec![0; 255 * 4];
        version_1.extend([0xff; 4]);
        version_1.extend([0; 100]);
        assert!(open(&version_1).is_none());
    }

    proptest! {
        #[test]
        fn damaged_indexes_never_panic(
            firsts in prop::collection::vec(any::<u8>(), 0..6),
            large in any::<bool>(),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            cut in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let mut firsts = firsts;
            firsts.sort_unstable();
            let mut bytes = version_2(&firsts, large);
            for (at, value) in flips {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            if let Some(index) = open(&bytes) {
                prop_assert!(index.offsets().len() <= bytes.len());
                for position in 0..8 {
                    let found = index.id_at(position).and_then(|id| index.find(&id));
                    prop_assert!(found.is_none_or(|found| found < index.offsets().len()));
                }
            }
        }
    }
}
