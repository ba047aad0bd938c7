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

    /// What the delta says that the result will measure.
    pub(super) const fn result_size(&self) -> u64 {
        self.result_size
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
        let (head_len, tail_start) = (look.head_len, result.saturating_sub(look.tail_len));
        let around = window.saturating_sub(1);
        let Look {
            islands,
            head,
            tail,
            ..
        } = look;
        islands.clear();
        head.clear();
        tail.clear();
        let (mut position, mut preceded) = (0_usize, false);
        // The run of copied bytes that is open: further copies may continue it without a seam.
        let mut run: &[u8] = &[];
        let mut run_from = 0;
        let mut code = self.code;
        while let Some((step, rest)) = next(code)? {
            code = rest;
            let bytes = match step {
                Step::Copy { from, len } => {
                    let bytes = base
                        .get(from..)
                        .and_then(|rest| rest.get(..len))
                        .ok_or(SkipReason::BadDelta)?;
                    let continued = if run.is_empty() || run_from + run.len() != from {
                        None
                    } else {
                        base.get(run_from..from + len)
                    };
                    if let Some(longer) = continued {
                        run = longer;
                    } else {
                        flush(islands, run, &mut preceded, around, around);
                        (run, run_from) = (bytes, from);
                    }
                    bytes
                }
                Step::Insert(bytes) => {
                    flush(islands, run, &mut preceded, around, around);
                    run = &[];
                    islands.extend_from_slice(bytes);
                    preceded = true;
                    bytes
                }
            };
            let end = position + bytes.len();
            if position < head_len {
                head.extend_from_slice(bytes.get(..head_len - position).unwrap_or(bytes));
            }
            if end > tail_start {
                tail.extend_from_slice(
                    bytes
                        .get(tail_start.saturating_sub(position)..)
                        .unwrap_or_default(),
                );
                if end > result {
                    return Err(SkipReason::BadDelta);
                }
            }
            position = end;
        }
        flush(islands, run, &mut preceded, around, 0);
        if position == result {
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
}

/// Writes the edges of a run of copied bytes that ends here: what is within a window of the change
/// before it, if anything is before it, and of the one behind it.
#[inline]
fn flush(islands: &mut Vec<u8>, run: &[u8], preceded: &mut bool, around: usize, after: usize) {
    if run.is_empty() {
        return;
    }
    let before = if *preceded { around } else { 0 };
    *preceded = true;
    if run.len() <= before + after {
        islands.extend_from_slice(run);
    } else {
        islands.extend_from_slice(run.get(..before).unwrap_or_default());
        islands.extend_from_slice(run.get(run.len() - after..).unwrap_or_default());
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
    let (mut fields, mut rest) = ([0_u8; 7], rest);
    for (place, field) in fields.iter_mut().enumerate() {
        if op & (1 << place) != 0 {
            let (&byte, more) = rest.split_first().ok_or(SkipReason::BadDelta)?;
            *field = byte;
            rest = more;
        }
    }
    let [f0, f1, f2, f3, l0, l1, l2] = fields;
    let from = u32::from_le_bytes([f0, f1, f2, f3]) as usize;
    let len = u32::from_le_bytes([l0, l1, l2, 0]) as usize;
    let len = if len == 0 { DEFAULT_COPY } else { len };
    Ok(Some((Step::Copy { from, len }, rest)))
}

#[cfg(test)]
mod tests {
    use super::{Delta, Look, SkipReason};
    use proptest::prelude::*;

    /// One step to be written.
    #[derive(Clone, Debug)]
    enum Write {
        Copy(usize, usize),
        Insert(Vec<u8>),
    }

    fn number(mut value: usize, out: &mut Vec<u8>) {
        while value > 0x7f {
            out.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
            value >>= 7;
        }
        out.push(u8::try_from(value).unwrap());
    }

    /// Writes a delta and what it must make of `base`.
    fn encode(base: &[u8], steps: &[Write]) -> (Vec<u8>, Vec<u8>) {
        let (mut code, mut result) = (Vec::new(), Vec::new());
        for step in steps {
            match step {
                Write::Copy(from, len) => {
                    let from = from % base.len();
                    let len = 1 + len % (base.len() - from);
                    result.extend_from_slice(&base[from..from + len]);
                    let (f, l) = (from.to_le_bytes(), len.to_le_bytes());
                    code.extend([0xb3, f[0], f[1], l[0], l[1]]);
                }
                Write::Insert(bytes) => {
                    result.extend_from_slice(bytes);
                    code.push(u8::try_from(bytes.len()).unwrap());
                    code.extend_from_slice(bytes);
                }
            }
        }
        let mut delta = Vec::new();
        number(base.len(), &mut delta);
        number(result.len(), &mut delta);
        delta.extend(code);
        (delta, result)
    }

    fn steps() -> impl Strategy<Value = Vec<Write>> {
        let copy = (any::<usize>(), any::<usize>()).prop_map(|(from, len)| Write::Copy(from, len));
        let short = (any::<usize>(), 0..12_usize).prop_map(|(from, len)| Write::Copy(from, len));
        let insert = prop::collection::vec(any::<u8>(), 1..20).prop_map(Write::Insert);
        prop::collection::vec(prop_oneof![copy, short, insert], 0..12)
    }

    proptest! {
        #[test]
        fn every_window_of_the_result_is_in_the_base_or_in_the_islands(
            base in prop::collection::vec(any::<u8>(), 1..400),
            steps in steps(),
            window in 1..24_usize,
            ends in 0..40_usize,
        ) {
            let (code, result) = encode(&base, &steps);
            let delta = Delta::parse(&code).unwrap();
            let mut made = vec![0; delta.result_len(&base, 1 << 20).unwrap()];
            delta.apply(&base, &mut made).unwrap();
            prop_assert_eq!(&made, &result);
            let mut look = Look::new(ends, ends);
            delta.look(&base, window, &mut look).unwrap();
            for part in result.windows(window) {
                let held = |whole: &[u8]| whole.windows(window).any(|other| other == part);
                prop_assert!(held(&base) || held(&look.islands), "{:?}", part);
            }
            prop_assert_eq!(&look.head, &result[..ends.min(result.len())]);
            prop_assert_eq!(&look.tail, &result[result.len().saturating_sub(ends)..]);
        }

        #[test]
        fn hostile_deltas_fail_the_same_way_twice(
            code in prop::collection::vec(any::<u8>(), 0..64),
            base in prop::collection::vec(any::<u8>(), 0..40),
            sizes in any::<bool>(),
        ) {
            let mut bytes = Vec::new();
            if sizes {
                number(base.len(), &mut bytes);
            }
            bytes.extend(code);
            let Ok(delta) = Delta::parse(&bytes) else { return Ok(()) };
            let Ok(len) = delta.result_len(&base, 1 << 16) else { return Ok(()) };
            let applied = delta.apply(&base, &mut vec![0; len]);
            let looked = delta.look(&base, 16, &mut Look::new(8, 8));
            prop_assert_eq!(applied, looked);
        }
    }

    #[test]
    fn sizes_that_cannot_be_are_refused_before_memory_is_taken() {
        let mut bytes = Vec::new();
        number(4, &mut bytes);
        number(1 << 50, &mut bytes);
        bytes.extend([0x80; 8]);
        let delta = Delta::parse(&bytes).unwrap();
        assert_eq!(
            delta.result_len(b"base", 1 << 29),
            Err(SkipReason::BadDelta)
        );
        bytes = vec![4, 0xff, 0xff, 0xff, 0xff, 0x03];
        bytes.extend([0x80; 2000]);
        let delta = Delta::parse(&bytes).unwrap();
        assert_eq!(
            delta.result_len(b"base", 1 << 29),
            Err(SkipReason::TooLarge)
        );
        assert!(Delta::parse(&[0xff; 12]).is_err() && Delta::parse(&[]).is_err());
    }

    #[test]
    fn a_run_continued_by_the_next_copy_has_no_seam() {
        let base: Vec<u8> = (0..=255).collect();
        let (code, _) = encode(&base, &[Write::Copy(0, 99), Write::Copy(100, 49)]);
        let mut look = Look::new(0, 0);
        Delta::parse(&code)
            .unwrap()
            .look(&base, 8, &mut look)
            .unwrap();
        assert!(look.islands.is_empty());
        let (code, _) = encode(&base, &[Write::Copy(0, 99), Write::Copy(101, 49)]);
        Delta::parse(&code)
            .unwrap()
            .look(&base, 8, &mut look)
            .unwrap();
        assert_eq!(look.islands, [&base[93..100], &base[101..108]].concat());
    }
}
