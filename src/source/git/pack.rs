//! One pack and its index.
//!
//! Layout (gitformat-pack): `PACK`, version 2 or 3, number of entries, the entries, the checksum of
//! all that. Nothing in the pack says where an entry begins; that is what the index is for.

use super::entry::{Entry, MAX_HEADER};
use super::id::{HashKind, ObjectId};
use super::index::Index;
use super::inflate::{Buffer, Inflater, Stream, plausible};
use super::positioned::PositionedFile;
use super::skip::SkipReason;
use super::window::Window;
use std::path::{Path, PathBuf};

/// Bytes before the first entry.
pub(super) const HEADER_BYTES: u64 = 12;

/// Compressed entries up to this size are read whole, in bytes; a worker's window grows to it.
/// Larger ones are inflated piece by piece, where the faster decoder would gain little.
const WHOLE_INPUT: u64 = 4 * 1024 * 1024;

/// A pack, open.
#[derive(Debug)]
pub(super) struct Pack {
    /// The `.pack` file's path, for messages.
    pub(super) path: PathBuf,
    /// Its place among the packs of the database; tells windows apart.
    pub(super) number: u32,
    /// The pack file.
    pub(super) file: PositionedFile,
    /// Its index.
    pub(super) index: Index,
    /// Which ids its deltas name.
    pub(super) kind: HashKind,
}

/// What a thread needs to read entries.
pub(super) struct Hands {
    /// Part of the pack read last.
    pub(super) window: Window,
    /// The decoder.
    pub(super) inflater: Inflater,
}

impl Hands {
    /// Empty-handed.
    pub(super) fn new() -> Self {
        Self {
            window: Window::new(),
            inflater: Inflater::new(),
        }
    }
}

impl Pack {
    /// Opens a pack with its index, and checks that they belong together.
    pub(super) fn open(path: &Path, number: u32, kind: HashKind) -> Result<Self, SkipReason> {
        let (file, count) = open_file(path)?;
        let index = Index::open(&path.with_extension("idx"), kind)?;
        let mut trailer = [0; 32];
        let raw = trailer.get_mut(..kind.id_len()).unwrap_or_default();
        let at = file
            .len()
            .checked_sub(kind.id_len() as u64)
            .ok_or(SkipReason::BadHeader)?;
        file.read_exact_at(raw, at)
            .map_err(|_| SkipReason::Unreadable)?;
        let same =
            ObjectId::from_raw(kind, raw).is_some_and(|id| Some(id) == index.pack_checksum());
        if !same || index.offsets().len() != count as usize {
            return Err(SkipReason::BadIndex);
        }
        Ok(Self {
            path: path.to_owned(),
            number,
            file,
            index,
            kind,
        })
    }

    /// Where the entries end and the checksum begins.
    pub(super) fn end(&self) -> u64 {
        self.file.len().saturating_sub(self.kind.id_len() as u64)
    }

    /// The places in the order of ids, in the order of offsets, as the `.rev` file beside the pack
    /// has them (`RIDX`, version 1, hash, the places, two checksums). Only a shorter way to sort:
    /// the caller checks it.
    pub(super) fn reverse_index(&self) -> Option<Vec<u32>> {
        let count = self.index.offsets().len() as u64;
        let file = PositionedFile::open(&self.path.with_extension("rev")).ok()?;
        if file.len() != HEADER_BYTES + count * 4 + 2 * self.kind.id_len() as u64 {
            return None;
        }
        let mut bytes = vec![0; usize::try_from(count * 4).ok()?];
        file.read_exact_at(&mut bytes, HEADER_BYTES).ok()?;
        Some(
            bytes
                .chunks_exact(4)
                .filter_map(|place| place.first_chunk())
                .map(|place| u32::from_be_bytes(*place))
                .collect(),
        )
    }

    /// Reads the header of the entry at `offset`.
    pub(super) fn entry(&self, window: &mut Window, offset: u64) -> Result<Entry, SkipReason> {
        if offset < HEADER_BYTES || offset >= self.end() {
            return Err(SkipReason::BadHeader);
        }
        let bytes = window
            .at(&self.file, self.number, offset, MAX_HEADER)
            .map_err(|_| SkipReason::Unreadable)?;
        Entry::parse(bytes, offset, self.kind)
    }

    /// Inflates an entry into `out`. `end` is where the next entry begins, if that is known.
    pub(super) fn inflate(
        &self,
        hands: &mut Hands,
        entry: &Entry,
        end: Option<u64>,
        out: &mut Buffer,
    ) -> Result<(), SkipReason> {
        let size = usize::try_from(entry.size).map_err(|_| SkipReason::TooLarge)?;
        let left = end
            .unwrap_or_else(|| self.end())
            .saturating_sub(entry.data_at);
        // Without the end: what any sane encoder needs at most. If that is not enough, the stream
        // is read piece by piece below.
        let likely = end.map_or_else(|| left.min(entry.size + entry.size / 64 + 1024), |_| left);
        if likely <= WHOLE_INPUT {
            let input = hands
                .window
                .at(
                    &self.file,
                    self.number,
                    entry.data_at,
                    usize::try_from(likely).unwrap_or(usize::MAX),
                )
                .map_err(|_| SkipReason::Unreadable)?;
            let result = hands.inflater.whole(input, left, size, out);
            if end.is_some() || result.is_ok() {
                return result;
            }
        }
        plausible(left, entry.size)?;
        let mut stream = Stream::new(&self.file, entry.data_at);
        let filled = stream.read(out.prepare(size))?;
        if filled == size && stream.finished()? {
            Ok(())
        } else {
            Err(SkipReason::BadStream)
        }
    }
}

/// Opens a pack file; returns it with the number of entries it announces.
pub(super) fn open_file(path: &Path) -> Result<(PositionedFile, u32), SkipReason> {
    let file = PositionedFile::open(path).map_err(|_| SkipReason::Unreadable)?;
    let mut header = [0; HEADER_BYTES as usize];
    file.read_exact_at(&mut header, 0)
        .map_err(|_| SkipReason::BadHeader)?;
    let [b'P', b'A', b'C', b'K', 0, 0, 0, 2 | 3, c0, c1, c2, c3] = header else {
        return Err(SkipReason::BadHeader);
    };
    Ok((file, u32::from_be_bytes([c0, c1, c2, c3])))
}
