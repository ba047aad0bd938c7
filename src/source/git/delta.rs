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
use crate::blob::LiteralAt;

/// A copy step without size bytes copies this much.
const DEFAULT_COPY: usize = 0x10000;

/// Copied runs, and pieces of islands, that are kept of a delta. Those of files have a few dozen.
const MAX_RUNS: usize = 4096;

/// Places of triggers that are kept of an object.
pub(super) const MAX_PLACES: usize = 1024;

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
        look.islands.clear();
        look.pieces.clear();
        look.runs.clear();
        look.many = false;
        look.head.clear();
        look.tail.clear();
        let mut position = 0_usize;
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
                        look.run(run, run_from, position, [around; 2]);
                        (run, run_from) = (bytes, from);
                    }
                    bytes
                }
                Step::Insert(bytes) => {
                    look.run(run, run_from, position, [around; 2]);
                    run = &[];
                    look.piece(bytes, position);
                    bytes
                }
            };
            let end = position + bytes.len();
            if position < head_len {
                let rest = bytes.get(..head_len - position).unwrap_or(bytes);
                look.head.extend_from_slice(rest);
            }
            if end > tail_start {
                let from = tail_start.saturating_sub(position);
                look.tail
                    .extend_from_slice(bytes.get(from..).unwrap_or_default());
                if end > result {
                    return Err(SkipReason::BadDelta);
                }
            }
            position = end;
        }
        // Where the base ends as well, nothing is new.
        let cut = run_from + run.len() < base.len();
        look.run(
            run,
            run_from,
            position,
            [around, if cut { around } else { 0 }],
        );
        look.len = position;
        look.base_len = base.len();
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
    /// Where each piece of the islands begins: there, and in the result.
    pieces: Vec<(usize, usize)>,
    /// The copied runs.
    runs: Vec<Run>,
    /// Whether there are more than are kept.
    many: bool,
    /// Length of the result.
    len: usize,
    /// Length of the base.
    base_len: usize,
}

/// A run of copied bytes.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Where it begins in the base.
    from: usize,
    /// Where it begins in the result.
    at: usize,
    /// How long it is.
    len: usize,
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

    /// Takes a run of copied bytes that ends at `end` of the result: what is within a window of the
    /// change before it, if anything is before it, and of the one behind it.
    #[inline]
    fn run(&mut self, run: &[u8], from: usize, end: usize, [before, after]: [usize; 2]) {
        if run.is_empty() {
            return;
        }
        let at = end - run.len();
        let before = if at > 0 { before } else { 0 };
        self.many |= self.runs.len() >= MAX_RUNS;
        if !self.many {
            self.runs.push(Run {
                from,
                at,
                len: run.len(),
            });
        }
        if run.len() <= before + after {
            self.piece(run, at);
        } else {
            let tail = run.len() - after;
            self.piece(run.get(..before).unwrap_or_default(), at);
            self.piece(run.get(tail..).unwrap_or_default(), at + tail);
        }
    }

    /// Adds a piece of the result to the islands.
    #[inline]
    fn piece(&mut self, bytes: &[u8], at: usize) {
        let here = self.islands.len();
        let continues = |(island, result): &(usize, usize)| here - island == at - result;
        if !bytes.is_empty() && !self.pieces.last().is_some_and(continues) {
            self.many |= self.pieces.len() >= MAX_RUNS;
            if !self.many {
                self.pieces.push((here, at));
            }
        }
        self.islands.extend_from_slice(bytes);
    }

    /// Moves the places of triggers in the base and in the islands to where they are in the
    /// result. To know that a trigger is there, `window` bytes from its beginning are enough.
    /// Returns false if the delta has too many steps for that, or the result too many places.
    pub(super) fn places(
        &self,
        of_base: &[LiteralAt],
        of_islands: &[LiteralAt],
        window: usize,
        places: &mut Vec<LiteralAt>,
    ) -> bool {
        places.clear();
        for run in &self.runs {
            let end = run.from + run.len;
            // Where both end the same is to be seen.
            let at_end = end == self.base_len && run.at + run.len == self.len;
            let first = of_base.partition_point(|place| place.at < run.from);
            let within = of_base.get(first..).unwrap_or_default().iter();
            let within = within.take_while(|p| p.at + window <= end || at_end && p.at < end);
            places.extend(within.map(|place| LiteralAt {
                at: place.at - run.from + run.at,
                ..*place
            }));
            // No place is in two runs. A delta may copy its base thousands of times.
            if places.len() > MAX_PLACES {
                return false;
            }
        }
        for (i, &(island, result)) in self.pieces.iter().enumerate() {
            let last = i + 1 == self.pieces.len();
            let end = self.pieces.get(i + 1);
            let end = end.map_or(self.islands.len(), |(next, _)| *next);
            // What a piece ends with may go on otherwise in the islands than it does here.
            let whole = last && result + (end - island) == self.len;
            let first = of_islands.partition_point(|place| place.at < island);
            let within = of_islands.get(first..).unwrap_or_default().iter();
            let within = within.take_while(|p| p.at + window <= end || whole && p.at < end);
            places.extend(within.map(|place| LiteralAt {
                at: place.at - island + result,
                ..*place
            }));
        }
        places.sort_unstable();
        places.dedup();
        !self.many && places.len() <= MAX_PLACES
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
    use super::{Delta, LiteralAt, Look, MAX_RUNS, SkipReason};
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use crate::scanner::{ScanPlan, Scanner};

    static SCANNER: LazyLock<Scanner> =
        LazyLock::new(|| Scanner::new(ScanPlan::default()).expect("tables"));

    /// Text in which triggers, and most of them, stand.
    fn texts(most: usize) -> impl Strategy<Value = Vec<u8>> {
        let words = [
            "-----BEGIN ",
            "PRIVATE KEY-----",
            "LS0tLS1CRUdJTi",
            "PuTTY-User-Key-File-",
            "AAAAB3NzaC1yc2E",
            "\"kty\"",
            ":",
            "=",
            " ",
            " =",
            ": ",
            "\n",
            "\"",
            "'",
            "secret",
            "_key",
            "password",
            "api_key",
            "SECRET_KEY",
            "jwt_secret",
            "token",
            "client_secret",
            "AKIA",
            "\\u002d",
            "2d2d2d2d2d",
            "x",
            "H4sI",
            "45, 45, 45, 45, 45",
            "0x2d, 0x2d, 0x2d, 0x2d",
            "MIIE",
            "openssh-key-v1\0",
            "private_key",
        ];
        let word = prop_oneof![
            6 => prop::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 1..20),
        ];
        let some = prop::collection::vec(word, 1..most);
        some.prop_map(|words| words.concat())
    }

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
        fn places_of_the_result_are_those_of_the_base_and_of_the_islands(
            base in prop::collection::vec(0..3_u8, 1..300),
            steps in steps(),
            window in 3..9_usize,
        ) {
            // A word of three bytes, with something behind it that is no zero, up to the window.
            let find = |text: &[u8]| -> Vec<LiteralAt> {
                let begins = |at: &usize| {
                    let rest = &text[*at..];
                    let behind = rest.get(3..rest.len().min(window)).unwrap_or_default();
                    rest.starts_with(&[1, 2, 1]) && !behind.starts_with(&[0]) && behind.len() != 1
                };
                (0..text.len()).filter(begins).map(|at| LiteralAt { at, literal: 7 }).collect()
            };
            let (code, result) = encode(&base, &steps);
            let delta = Delta::parse(&code).unwrap();
            let mut look = Look::new(0, 0);
            delta.look(&base, window, &mut look).unwrap();
            let mut places = Vec::new();
            prop_assert!(look.places(&find(&base), &find(&look.islands), window, &mut places));
            prop_assert_eq!(places, find(&result));
        }

        // With the literals that there are: some need something behind them, up to two bytes.
        #[test]
        fn places_of_real_triggers_are_those_of_a_search(
            base in texts(60),
            steps in prop::collection::vec(
                prop_oneof![
                    (any::<usize>(), any::<usize>()).prop_map(|(from, len)| Write::Copy(from, len)),
                    (any::<usize>(), 0..90_usize).prop_map(|(from, len)| Write::Copy(from, len)),
                    texts(4).prop_map(|mut text| {
                        text.truncate(127);
                        Write::Insert(text)
                    }),
                ],
                0..12,
            ),
        ) {
            let (code, result) = encode(&base, &steps);
            let delta = Delta::parse(&code).unwrap();
            let window = SCANNER.window();
            let mut look = Look::new(0, 0);
            delta.look(&base, window, &mut look).unwrap();
            let find = |text: &[u8]| {
                let mut places = Vec::new();
                SCANNER.places(text, &mut places).then_some(places)
            };
            let (of_base, of_islands) = (find(&base).unwrap(), find(&look.islands).unwrap());
            let mut places = Vec::new();
            prop_assert!(look.places(&of_base, &of_islands, window, &mut places));
            if let Some(expected) = find(&result) {
                prop_assert_eq!(places, expected);
            }
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
        // The base goes on where the result ends.
        assert_eq!(look.islands, base[143..150]);
        let (code, _) = encode(&base, &[Write::Copy(0, 99), Write::Copy(101, 49)]);
        Delta::parse(&code)
            .unwrap()
            .look(&base, 8, &mut look)
            .unwrap();
        let seam = [&base[93..100], &base[101..108]].concat();
        assert_eq!(look.islands, [&seam, &base[144..151]].concat());
        let (code, _) = encode(&base, &[Write::Copy(0, 99), Write::Copy(100, 155)]);
        Delta::parse(&code)
            .unwrap()
            .look(&base, 8, &mut look)
            .unwrap();
        assert!(look.islands.is_empty());
    }

    // A base of a few thousand bytes, copied as often as is kept: places of all copies would be
    // many times what are kept of any object.
    #[test]
    fn places_that_are_too_many_are_not_gathered_first() {
        let base = [1, 2].repeat(1000);
        let of_base: Vec<LiteralAt> = (0..1000)
            .map(|at| LiteralAt {
                at: 2 * at,
                literal: 0,
            })
            .collect();
        let copies = vec![Write::Copy(0, base.len() - 1); MAX_RUNS - 1];
        let (code, _) = encode(&base, &copies);
        let delta = Delta::parse(&code).unwrap();
        let mut look = Look::new(0, 0);
        delta.look(&base, 8, &mut look).unwrap();
        let mut places = Vec::new();
        look.places(&of_base, &[], 8, &mut places);
        assert!(places.capacity() < 10_000, "{}", places.capacity());
    }
}
