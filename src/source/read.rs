//! Reads a stream once, through a fixed buffer, and scans what is worth it.
//!
//! Almost all files hold no trigger. They pass through a buffer that the worker
//! keeps, overlapping by the longest literal, and are never held whole. A file
//! with a trigger is held whole up to [`HOLD_BYTES`]; a larger one is scanned
//! in overlapping windows, so that its size never decides whether it is seen.

use std::io::{self, Read, SeekFrom};

use crate::blob::{Base, Blob, LiteralAt, Origin};
use crate::finding::Sighting;
use crate::scanner::{Brings, Scanner};
use crate::unpack::{Container, HEAD_BYTES, Positioned, TAIL_BYTES};

/// Bytes read at once: measured on a source tree and on 2 GB of mixed files,
/// 64 KiB to 256 KiB are alike, and two fit the second-level cache.
const BUFFER_BYTES: usize = 128 << 10;
/// Bytes of a file that are kept while they are read and searched: what is seen in them is looked
/// at at once. A larger file is read again when something is seen: with 128 KiB that was a fifth
/// of the bytes of a tree of Python sources.
const GATHER_BYTES: usize = 512 << 10;
/// Largest file held whole; with decodings of it, two workers stay well below
/// the 100 MB that a scan may take.
pub const HOLD_BYTES: usize = 12 << 20;
/// Room for what is held, at first.
const FIRST_BYTES: usize = 1 << 20;
/// Overlap of the windows over a larger file: more than the longest armour
/// (256 KiB) and the longest JWK (128 KiB) take.
const OVERLAP_BYTES: usize = 512 << 10;

/// What a window has again of what the one before has told: the context of a value
/// may stand this far before it.
const LEAD_BYTES: usize = 64 << 10;

/// Reads streams for one worker.
#[derive(Debug)]
pub struct Reader {
    scanner: Scanner,
    buffer: Vec<u8>,
    /// What is held of a stream. It only grows: fresh pages cost more than a read.
    window: Vec<u8>,
    /// Where triggers stand in a stream.
    places: Vec<LiteralAt>,
}

/// What became of a stream.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Keys and secrets.
    pub sightings: Vec<Sighting>,
    /// Bytes read.
    pub bytes: u64,
    /// Whether a decoder gave up.
    pub undecoded: bool,
    /// Whether a password was not tried.
    pub untried: bool,
    /// What it brings to token proof.
    pub brings: Brings,
    /// Whether reading stopped at the limit.
    pub too_large: bool,
    /// The container that it is, if archives are looked into.
    pub container: Option<Container>,
    /// All bytes, of a stream that ends as a zip file but begins otherwise.
    pub held: Vec<u8>,
}

/// How far a stream was read.
enum Begun {
    /// To its end, or to the limit.
    Done(Box<Outcome>),
    /// There is more, and something was seen or not.
    More { seen: bool },
}

impl Begun {
    fn done(outcome: Outcome) -> Self {
        Self::Done(Box::new(outcome))
    }
}

impl Reader {
    /// Returns a reader for one worker.
    #[must_use]
    pub fn new(scanner: Scanner) -> Self {
        Self {
            scanner,
            buffer: Vec::new(),
            window: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Returns the scanner that it asks.
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// Scans a stream of at most `limit` bytes.
    pub fn scan(
        &mut self,
        stream: &mut dyn Positioned,
        origin: &Origin,
        limit: u64,
    ) -> io::Result<Outcome> {
        let mut window = std::mem::take(&mut self.window);
        let begun = self.begin(&mut window, stream, origin, limit);
        let read = window.get(..GATHER_BYTES).unwrap_or(&window);
        let begun = match begun {
            Ok(Begun::More { seen: false }) => self.roll(read, stream, limit),
            other => other,
        };
        self.window = window;
        match begun? {
            Begun::Done(outcome) => Ok(*outcome),
            Begun::More { .. } => {
                stream.seek(SeekFrom::Start(0))?;
                let (outcome, broken) = self.hold(stream, origin, limit);
                broken.map_or(Ok(outcome), Err)
            }
        }
    }

    /// Reads and searches the beginning of a stream, piece by piece; mostly that is all of it, and
    /// what was found is looked at where it is.
    fn begin(
        &mut self,
        window: &mut Vec<u8>,
        stream: &mut dyn Positioned,
        origin: &Origin,
        limit: u64,
    ) -> io::Result<Begun> {
        let mut outcome = Outcome::default();
        self.places.clear();
        // Whether the places are all there is to know, and whether there is anything to look at.
        let (mut all, mut seen) = (true, false);
        let mut filled = 0;
        while filled < GATHER_BYTES {
            let room = filled + BUFFER_BYTES;
            if window.len() < room {
                window.resize(room, 0);
            }
            let from = filled;
            let buffer = window.get_mut(..room).unwrap_or_default();
            filled = fill(stream, buffer, from).map_err(|(_, error)| error)?;
            let held = window.get(..filled).unwrap_or_default();
            outcome.bytes = filled as u64;
            if outcome.bytes > limit {
                outcome.too_large = true;
                return Ok(Begun::done(outcome));
            }
            if all {
                all = self.scanner.more_places(held, from, &mut self.places);
                seen = match all {
                    true => !self.places.is_empty(),
                    false => self.scanner.seen_in(held),
                };
            }
            if filled == room {
                continue;
            }
            let head = held.get(..HEAD_BYTES).unwrap_or(held);
            outcome.container = self.scanner.container(head, tail(held));
            if seen || self.scanner.by_format(head, outcome.bytes) {
                let blob = Blob {
                    bytes: held,
                    origin,
                    base: Base::default(),
                };
                let places = all.then_some(self.places.as_slice());
                let scanned = self.scanner.scan_at(&blob, places);
                outcome.undecoded = scanned.undecoded;
                outcome.untried = scanned.untried;
                outcome.brings = scanned.brings;
                outcome.sightings = scanned.sightings;
            }
            return Ok(Begun::done(outcome));
        }
        Ok(Begun::More { seen })
    }

    /// Reads and searches the rest of a stream in whose beginning nothing was seen, until something is.
    fn roll(&mut self, begun: &[u8], stream: &mut dyn Positioned, limit: u64) -> io::Result<Begun> {
        let overlap = self.scanner.window().saturating_sub(1).max(TAIL_BYTES);
        let mut outcome = Outcome {
            bytes: begun.len() as u64,
            ..Outcome::default()
        };
        let head = begun.get(..HEAD_BYTES).unwrap_or(begun);
        self.buffer.resize(BUFFER_BYTES, 0);
        let kept = overlap.min(begun.len());
        let last = begun.get(begun.len() - kept..).unwrap_or_default();
        if let Some(to) = self.buffer.get_mut(..kept) {
            to.copy_from_slice(last);
        }
        loop {
            let filled = fill(stream, &mut self.buffer, kept).map_err(|(_, error)| error)?;
            let chunk = self.buffer.get(..filled).unwrap_or_default();
            let ended = filled < self.buffer.len();
            outcome.bytes += (filled - kept) as u64;
            if outcome.bytes > limit {
                outcome.too_large = true;
                return Ok(Begun::done(outcome));
            }
            if ended {
                outcome.container = self.scanner.container(head, tail(chunk));
            }
            let by_format = || self.scanner.by_format(head, outcome.bytes);
            if self.scanner.seen_in(chunk) || (ended && by_format()) {
                return Ok(Begun::More { seen: true });
            }
            if ended {
                return Ok(Begun::done(outcome));
            }
            self.buffer.copy_within(filled - kept..filled, 0);
        }
    }

    /// Scans a stream that cannot be read again, of at most `limit` bytes: all
    /// of it is held, a window at a time. When it breaks off, what came before.
    pub fn scan_once(
        &mut self,
        stream: &mut dyn Read,
        origin: &Origin,
        limit: u64,
    ) -> (Outcome, Option<io::Error>) {
        self.hold(stream, origin, limit)
    }

    /// Scans a stream with a trigger: whole, or in windows when it is huge.
    fn hold(
        &mut self,
        stream: &mut dyn Read,
        origin: &Origin,
        limit: u64,
    ) -> (Outcome, Option<io::Error>) {
        let mut outcome = Outcome::default();
        let mut broken;
        let mut head = Vec::new();
        let mut window = std::mem::take(&mut self.window);
        let mut kept = 0;
        let mut base = Base::default();
        // Where what was not told yet begins.
        let mut from = 0;
        loop {
            let mut filled = kept;
            broken = loop {
                if filled == window.len() {
                    let more = (2 * filled).clamp(FIRST_BYTES, HOLD_BYTES);
                    window.resize(more, 0);
                }
                match fill(stream, &mut window, filled) {
                    Err((to, error)) => {
                        filled = to;
                        break Some(error);
                    }
                    Ok(to) => filled = to,
                }
                if filled < window.len() || filled == HOLD_BYTES {
                    break None;
                }
            };
            let held = window.get(..filled).unwrap_or_default();
            outcome.bytes += (filled - kept) as u64;
            if outcome.bytes > limit {
                outcome.too_large = true;
                break;
            }
            let ended = filled < HOLD_BYTES || broken.is_some();
            if head.is_empty() {
                head.extend_from_slice(held.get(..HEAD_BYTES).unwrap_or(held));
            }
            let blob = Blob {
                bytes: held,
                origin,
                base,
            };
            // A key that begins in the overlap is seen whole in the next window.
            let own = if ended {
                filled
            } else {
                filled - OVERLAP_BYTES
            };
            let by_format = || self.scanner.by_format(&head, outcome.bytes);
            if self.scanner.seen_in(held) || (base.offset == 0 && ended && by_format()) {
                let scanned = self.scanner.scan(&blob);
                outcome.undecoded |= scanned.undecoded;
                outcome.untried |= scanned.untried;
                outcome.brings.add(scanned.brings);
                let until = base.offset + own as u64;
                let sightings = scanned.sightings.into_iter();
                outcome
                    .sightings
                    .extend(sightings.filter(|s| (from..until).contains(&s.region.offset)));
            }
            if ended {
                outcome.container = self.scanner.container(&head, tail(held));
                let begins = Container::of_head(&head).is_some();
                if outcome.container.is_some() && !begins && base.offset == 0 {
                    window.truncate(filled);
                    outcome.held = window;
                    return (outcome, broken);
                }
                break;
            }
            from = base.offset + own as u64;
            let lead = own.saturating_sub(LEAD_BYTES);
            let passed = held.get(..lead).unwrap_or_default();
            base.lines += memchr::memchr_iter(b'\n', passed).count() as u64;
            base.offset += lead as u64;
            window.copy_within(lead..filled, 0);
            kept = filled - lead;
        }
        self.window = window;
        (outcome, broken)
    }
}

/// Returns the last bytes of all that was read, of which this is the end.
fn tail(bytes: &[u8]) -> &[u8] {
    let from = bytes.len().saturating_sub(TAIL_BYTES);
    bytes.get(from..).unwrap_or(bytes)
}

/// Fills the buffer behind `kept`; returns how much of it is filled. Less than
/// all of it means that the stream has ended. An error comes with what is filled.
fn fill(
    stream: &mut dyn Read,
    buffer: &mut [u8],
    kept: usize,
) -> Result<usize, (usize, io::Error)> {
    let mut filled = kept;
    while let Some(room) = buffer.get_mut(filled..).filter(|r| !r.is_empty()) {
        match stream.read(room) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err((filled, e)),
        }
    }
    Ok(filled)
}
