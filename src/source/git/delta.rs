//! Deltas: how a pack writes one object as changes to another.
//!
//! Layout (gitformat-pack, "Deltified representation"): base size and result size as little-endian
//! base-128 numbers, then steps. A byte with the high bit set is a copy from the base: its low seven
//! bits say which of four offset bytes and three size bytes follow (size 0 means 65,536). A byte
//! 1–127 inserts that many following bytes. Zero is reserved.
//!
//! Besides applying a delta this file finds the *islands* of its result: every stretch that is not
//! simply a part of the base. What a window of W bytes can show is either inside one copied run,
//! and then the base showed it too, or it touches an inserted byte or a seam between two runs.

use super::skip::SkipReason;

/// A copy step without size bytes copies this much.
const DEFAULT_COPY: usize = 0x10000;

/// A delta whose sizes have been read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delta<'a> {
    /// What the base must measure.
    base_size: u64,
    /// What the result will measure.
    result_size: u64,
    /// The steps.
    code: &'a [u8],
}

/// One step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step<'a> {
    /// This part of the base.
    Copy {
        /// Where it begins in the base.
        from: usize,
        /// How long it is.
        len: usize,
    },
    /// These bytes.
    Insert(&'a [u8]),
}

impl<'a> Delta<'a> {
    /// Reads the two sizes.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, SkipReason> {
        let (base_size, rest) = size(bytes).ok_or(SkipReason::BadDelta)?;
        let (result_size, code) = size(rest).ok_or(SkipReason::BadDelta)?;
        Ok(Self {
            base_size,
            result_size,
            code,
        })
    }

    /// What the result will measure, if the base has the size it should and the steps could make
    /// that much; `limit` is refused as too large.
    pub(super) fn result_len(&self, base: &[u8], limit: u64) -> Result<usize, SkipReason> {
        // A step of one byte copies at most 64 KiB; four bytes with sizes copy at most 16 MiB.
        let possible = (self.code.len() as u64).saturating_mul(1 << 24);
        if self.base_size != base.len() as u64 || self.result_size > possible {
            return Err(SkipReason::BadDelta);
        }
        if self.result_size > limit {
            return Err(SkipReason::TooLarge);
        }
        usize::try_from(self.result_size).map_err(|_| SkipReason::TooLarge)
    }

    /// Writes the result into `out`, which has exactly its size.
    pub(super) fn apply(&self, base: &[u8], out: &mut [u8]) -> Result<(), SkipReason> {
        let mut room = out;
        let mut code = self.code;
        while let Some((step, rest)) = next(code)? {
            code = rest;
            let bytes = match step {
                Step::Copy { from, len } => base
                    .get(from..)
                    .and_then(|rest| rest.get(..len))
                    .ok_or(SkipReason::BadDelta)?,
                Step::Insert(bytes) => bytes,
            };
            let (target, left) = room
                .split_at_mut_checked(bytes.len())
                .ok_or(SkipReason::BadDelta)?;
            target.copy_from_slice(bytes);
            room = left;
        }
        if room.is_empty() {
            Ok(())
        } else {
            Err(SkipReason::BadDelta)
        }
    }

    /// Collects what is new in the result, without making it.
    ///
    /// The islands are written one behind the other, so a trigger across two of them can be seen
    /// that is not there; whoever sees one makes the result and looks again.
    pub(super) fn look(
        &self,
        base: &[u8],
        window: usize,
        look: &mut Look,
    ) -> Result<(), SkipReason> {
        let result = usize::try_from(self.result_size).map_err(|_| SkipReason::TooLarge)?;
        look.begin(result, window);
        let mut code = self.code;
        while let Some((step, rest)) = next(code)? {
            code = rest;
            match step {
                Step::Copy { from, len } => {
                    let run = base
                        .get(from..)
                        .and_then(|rest| rest.get(..len))
                        .ok_or(SkipReason::BadDelta)?;
                    look.edges(run)?;
                    if look.run_end == from && look.run_start < look.run_end {
                        look.run_end = from + len;
                    } else {
                        look.flush(base, true);
                        look.run_start = from;
                        look.run_end = from + len;
                    }
                }
                Step::Insert(bytes) => {
                    look.edges(bytes)?;
                    look.flush(base, true);
                    look.islands.extend_from_slice(bytes);
                    look.preceded = true;
                }
            }
        }
        look.flush(base, false);
        if look.position == result {
            Ok(())
        } else {
            Err(SkipReason::BadDelta)
        }
    }
}

/// What is new in the result of a delta, and how it begins and ends. Reused from delta to delta.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// Inserted bytes and seams, with what stands around them.
    pub(super) islands: Vec<u8>,
    /// The first bytes of the result.
    pub(super) head: Vec<u8>,
    /// The last bytes of the result.
    pub(super) tail: Vec<u8>,
    /// How much of the head is wanted.
    head_len: usize,
    /// How much of the tail is wanted.
    tail_len: usize,
    /// Bytes wanted on either side of a change: one less than the window.
    around: usize,
    /// Size of the result.
    result: usize,
    /// Where the next step writes.
    position: usize,
    /// Whether anything comes before the open run.
    preceded: bool,
    /// Where the open run of copied bytes begins in the base.
    run_start: usize,
    /// Where it ends; the same as the start when there is none.
    run_end: usize,
}

impl Look {
    /// A look at nothing yet.
    pub(super) fn new(head_len: usize, tail_len: usize) -> Self {
        Self {
            head_len,
            tail_len,
            ..Self::default()
        }
    }

    /// Forgets the last delta.
    fn begin(&mut self, result: usize, window: usize) {
        self.islands.clear();
        self.head.clear();
        self.tail.clear();
        self.around = window.saturating_sub(1);
        self.result = result;
        self.position = 0;
        self.preceded = false;
        self.run_start = 0;
        self.run_end = 0;
    }

    /// Keeps what of a step belongs to the head or the tail of the result.
    fn edges(&mut self, bytes: &[u8]) -> Result<(), SkipReason> {
        let end = self.position + bytes.len();
        if end > self.result {
            return Err(SkipReason::BadDelta);
        }
        if self.position < self.head_len {
            let take = bytes.len().min(self.head_len - self.position);
            self.head
                .extend_from_slice(bytes.get(..take).unwrap_or_default());
        }
        let tail_start = self.result.saturating_sub(self.tail_len);
        if end > tail_start {
            let skip = tail_start.saturating_sub(self.position);
            self.tail
                .extend_from_slice(bytes.get(skip..).unwrap_or_default());
        }
        self.position = end;
        Ok(())
    }

    /// Writes the edges of the open run of copied bytes and closes it.
    fn flush(&mut self, base: &[u8], followed: bool) {
        let run = base.get(self.run_start..self.run_end).unwrap_or_default();
        self.run_start = self.run_end;
        if run.is_empty() {
            return;
        }
        let before = if self.preceded { self.around } else { 0 };
        let after = if followed { self.around } else { 0 };
        if run.len() <= before + after {
            self.islands.extend_from_slice(run);
        } else {
            self.islands
                .extend_from_slice(run.get(..before).unwrap_or_default());
            self.islands
                .extend_from_slice(run.get(run.len() - after..).unwrap_or_default());
        }
        self.preceded = true;
    }
}

/// Reads a little-endian base-128 number.
fn size(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    // Ten groups of seven bits hold any 64-bit size.
    for (place, &byte) in bytes.iter().enumerate().take(10) {
        let bits = u64::from(byte & 0x7f);
        let shift = 7 * u32::try_from(place).ok()?;
        if bits > u64::MAX >> shift {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(place + 1..)?));
        }
    }
    None
}

/// Reads one step; nothing at the end of the code.
#[inline]
fn next(code: &[u8]) -> Result<Option<(Step<'_>, &[u8])>, SkipReason> {
    let Some((&op, rest)) = code.split_first() else {
        return Ok(None);
    };
    if op & 0x80 == 0 {
        let (bytes, rest) = rest
            .split_at_checked(usize::from(op))
            .ok_or(SkipReason::BadDelta)?;
        if bytes.is_empty() {
            return Err(SkipReason::BadDelta);
        }
        return Ok(Some((Step::Insert(bytes), rest)));
    }
    let mut rest = rest.iter();
    let mut field = |flags: u8, count: u32| {
        let mut value = 0_usize;
        for place in 0..count {
            if flags & (1 << place) != 0 {
                value |= usize::from(*rest.next()?) << (8 * place);
            }
        }
        Some(value)
    };
    let from = field(op & 0x0f, 4).ok_or(SkipReason::BadDelta)?;
    let len = field((op >> 4) & 0x07, 3).ok_or(SkipReason::BadDelta)?;
    let len = if len == 0 { DEFAULT_COPY } else { len };
    Ok(Some((Step::Copy { from, len }, rest.as_slice())))
}
