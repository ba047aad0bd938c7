//! A moving window over a pack file: few large reads instead of one small read per object.
//!
//! git writes a family of deltas next to each other, so a walk over chains moves mostly forwards.
//! The window reads ahead as long as it does, and shrinks when it finds itself thrown away
//! (packs in an unusual order), so that random access does not read the pack many times over.

use super::positioned::PositionedFile;
use std::io;

/// Shortest read, in bytes: covers most single entries.
const MIN_REACH: usize = 16 * 1024;

/// Longest read ahead, in bytes: a worker's share of memory; beyond this a read costs the same per byte.
const MAX_REACH: usize = 1024 * 1024;

/// Bytes kept before a position that is read anew: chains step back to a nearby sibling often.
const BEHIND: usize = 4 * 1024;

/// The part of a file that a worker holds.
#[derive(Debug)]
pub(super) struct Window {
    /// The bytes; only the first `filled` are real.
    bytes: Vec<u8>,
    /// How many bytes are real.
    filled: usize,
    /// Which file they are from: the caller's number for it.
    file: u32,
    /// File offset of the first byte.
    start: u64,
    /// How far the next read goes.
    reach: usize,
}

impl Window {
    /// An empty window.
    pub(super) const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            filled: 0,
            file: u32::MAX,
            start: 0,
            reach: MIN_REACH,
        }
    }

    /// The bytes from `at` on: `need` of them, or fewer if the file ends before; more if at hand.
    ///
    /// `need` is what the caller allows to be held at once. `number` tells one file from another.
    pub(super) fn at(
        &mut self,
        file: &PositionedFile,
        number: u32,
        at: u64,
        need: usize,
    ) -> io::Result<&[u8]> {
        let need = need.min(usize::try_from(file.len().saturating_sub(at)).unwrap_or(usize::MAX));
        let inside = |window: &Self| {
            let skip = usize::try_from(at.checked_sub(window.start)?).ok()?;
            (window.file == number && skip.checked_add(need)? <= window.filled).then_some(skip)
        };
        let skip = match inside(self) {
            Some(skip) => skip,
            None => {
                self.fill(file, number, at, need)?;
                inside(self).ok_or(io::ErrorKind::UnexpectedEof)?
            }
        };
        Ok(self.bytes.get(skip..self.filled).unwrap_or_default())
    }

    /// Reads a new stretch around `at`.
    fn fill(&mut self, file: &PositionedFile, number: u32, at: u64, need: usize) -> io::Result<()> {
        let end = self.start.saturating_add(self.filled as u64);
        let ahead =
            self.file == number && at >= self.start && at <= end.saturating_add(self.reach as u64);
        self.reach = if ahead {
            (self.reach * 2).min(MAX_REACH)
        } else {
            (self.reach / 2).max(MIN_REACH)
        };
        let start = at.saturating_sub(BEHIND as u64);
        let lead = usize::try_from(at - start).unwrap_or(0);
        let want = need.saturating_add(lead).max(self.reach);
        let left = usize::try_from(file.len().saturating_sub(start)).unwrap_or(usize::MAX);
        let want = want.min(left);
        if self.bytes.len() < want {
            self.bytes.resize(want, 0);
        } else if self.bytes.len() > 2 * MAX_REACH && want <= MAX_REACH {
            // One big entry must not keep its memory for the rest of the sweep.
            self.bytes.truncate(MAX_REACH);
            self.bytes.shrink_to_fit();
        }
        // A failed read leaves nothing that could be taken for the file's bytes.
        self.filled = 0;
        self.file = number;
        self.start = start;
        let target = self.bytes.get_mut(..want).unwrap_or_default();
        self.filled = file.read_at(target, start)?;
        Ok(())
    }
}
