//! Looks into archives: drives [`unpack`] and scans the members.
//!
//! Containers are opened inside containers, each read as a stream out of the one
//! around it; members that are no container are scanned as blobs of their own,
//! with lines of their own, at `a.zip!in/ner`. One budget covers everything that
//! comes out of one file: depth, bytes, ratio, members. Giving up is never
//! silent: what was not looked into is told by reason.
//!
//! Nothing is written to disk. What is held in memory is booked first (see
//! [`Ledger`]): windows of decompressors, and zip files inside other archives.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, Cursor, Read, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::read::{Outcome, Reader};
use super::{Archives, Harvest, Unfinished};
use crate::blob::Origin;
use crate::finding::{Sighting, Subject};
use crate::scanner::{Brings, Scanner};
use crate::unpack::compressed::{self, Decompressed};
use crate::unpack::{
    self, Container, HEAD_BYTES, Members, Peek, Positioned, TAIL_BYTES, Trouble, office,
};

/// Deepest nesting of containers: a war of jars in a compressed layer of a
/// compressed image is 6; twice that.
pub const MAX_CONTAINERS: usize = 12;
/// Most members of one file, with those of its inner archives: the largest
/// images and source archives have some 500,000.
pub const MAX_MEMBERS: u64 = 1_000_000;
/// Most bytes that may come out of one file: larger than any image in use, and
/// about five minutes of inflating.
pub const MAX_EXPANDED_BYTES: u64 = 64 << 30;
/// Bytes that may come out whatever the size of the file is.
pub const FREE_BYTES: u64 = 128 << 20;
/// Most bytes for each byte of the file, beyond that: logs reach 30, a disk
/// image that is half empty 100, deflate's end is 1,032.
pub const MAX_RATIO: u64 = 200;
/// Memory for windows and held archives that every worker may take, in bytes.
const OWN_BYTES: u64 = 16 << 20;
/// Memory that one worker at a time may take, in bytes: `xz -9` needs 65 MiB.
const SHARED_BYTES: u64 = 96 << 20;
/// Largest zip or 7z inside another archive that is held to be read by position.
const HELD_BYTES: usize = 16 << 20;
/// Name of what was compressed, where its header does not tell it.
const NAMELESS: &str = "data";

/// What was in a file.
#[derive(Debug, Default)]
pub struct Opened {
    /// Keys and secrets.
    pub sightings: Vec<Sighting>,
    /// How much was opened.
    pub counts: Archives,
    /// Whether a password was not tried.
    pub untried: bool,
    /// What it brings to token proof.
    pub brings: Brings,
    /// What was not looked into: how often, and where first.
    pub troubles: BTreeMap<Trouble, (u64, String)>,
}

impl Opened {
    /// Adds what was seen in the bytes of the file itself: keys that are in a
    /// member as well are at the same places again.
    #[must_use]
    pub fn and(mut self, raw: Vec<Sighting>) -> Self {
        let inside: BTreeSet<_> = self.sightings.iter().map(|s| &s.subject).collect();
        // What a page of a database cuts is damaged there, and whole in a member.
        let is_cut =
            |s: &Sighting| !inside.is_empty() && matches!(s.subject, Subject::Malformed { .. });
        let outside = raw
            .into_iter()
            .filter(|s| !inside.contains(&s.subject) && !is_cut(s));
        let outside: Vec<Sighting> = outside.collect();
        self.sightings.extend(outside);
        self
    }

    /// Returns what was not looked into, a sentence for each reason.
    #[must_use]
    pub fn gave_up(&self) -> Vec<String> {
        let told = |(trouble, (count, first)): (&Trouble, &(u64, String))| {
            let trouble = trouble.to_string();
            match (first.is_empty(), count) {
                (true, 1) => trouble,
                (true, _) => format!("{trouble}: {count} times"),
                (false, 1) => format!("{trouble}: {first}"),
                (false, _) => format!("{trouble}: {first} and {} more", count - 1),
            }
        };
        self.troubles.iter().map(told).collect()
    }

    /// Tells a harvest of all this.
    pub fn report(self, path: &Path, harvest: &mut Harvest) {
        let unfinished = Unfinished {
            undecoded: false,
            untried: self.untried,
            details: self.gave_up(),
        };
        harvest.unfinished(path, None, unfinished);
        harvest.sightings.extend(self.sightings);
        harvest.archives.add(&self.counts);
    }
}

/// Opens a container that can be read by position.
pub fn open(
    container: Container,
    input: &mut dyn Positioned,
    size: u64,
    origin: &Origin,
    reader: &mut Reader,
) -> Opened {
    let scanner = reader.scanner().clone();
    let mut walk = Walk::new(reader, origin, scanner.memory(), Some(size));
    if let Err(error) = input.seek(SeekFrom::Start(0)) {
        walk.trouble(Err(error.into()));
        return walk.done;
    }
    let done = if container.is_streamed() {
        let peek = Peek::new(input);
        walk.open(container, peek)
    } else {
        walk.inside(container, |walk| unpack::read_at(container, input, walk))
    };
    walk.trouble(done);
    walk.done
}

/// Returns the container that these bytes are, if it is to be looked into.
#[must_use]
pub fn of_bytes(scanner: &Scanner, bytes: &[u8]) -> Option<Container> {
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    let tail = bytes.len().saturating_sub(TAIL_BYTES);
    scanner.container(head, bytes.get(tail..).unwrap_or(bytes))
}

/// Opens a container that is held whole.
#[must_use]
pub fn open_bytes(
    container: Container,
    bytes: &[u8],
    origin: &Origin,
    scanner: &Scanner,
) -> Opened {
    let mut reader = Reader::new(scanner.clone());
    let size = bytes.len() as u64;
    open(
        container,
        &mut Cursor::new(bytes),
        size,
        origin,
        &mut reader,
    )
}

/// Opens a container that comes as a stream; what stands behind it is scanned too.
pub fn open_stream(
    container: Container,
    input: Peek<'_>,
    origin: &Origin,
    reader: &mut Reader,
) -> Opened {
    let scanner = reader.scanner().clone();
    let mut walk = Walk::new(reader, origin, scanner.memory(), None);
    let done = walk.open(container, input);
    walk.trouble(done);
    walk.done
}

/// What may come out of one file.
struct Budget {
    /// Size of the file, or of what was read of it so far.
    input: Cell<u64>,
    expanded: Cell<u64>,
    stopped: Cell<Option<Trouble>>,
}

impl Budget {
    /// Takes bytes; an error when there is no more for this file.
    fn take(&self, bytes: u64) -> io::Result<()> {
        if let Some(trouble) = self.stopped.get() {
            return Err(trouble.into());
        }
        let expanded = self.expanded.get().saturating_add(bytes);
        self.expanded.set(expanded);
        let dense = self.input.get().saturating_mul(MAX_RATIO);
        let trouble = if expanded > MAX_EXPANDED_BYTES {
            Trouble::TooMuch
        } else if expanded > FREE_BYTES.saturating_add(dense) {
            Trouble::TooDense
        } else {
            return Ok(());
        };
        self.stopped.set(Some(trouble));
        Err(trouble.into())
    }
}

/// Counts what comes out of a stream.
struct Metered<'b, R> {
    inner: R,
    budget: &'b Budget,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        self.budget.take(n as u64)?;
        Ok(n)
    }
}

/// Books memory: a little for every worker, much for one at a time.
struct Ledger<'m> {
    taken: u64,
    gate: &'m Mutex<()>,
    /// Held from when this worker wanted much until its file is done.
    inside: Option<MutexGuard<'m, ()>>,
}

impl Ledger<'_> {
    fn take(&mut self, bytes: u64) -> Result<(), Trouble> {
        let taken = self.taken.saturating_add(bytes);
        if taken > SHARED_BYTES {
            return Err(Trouble::TooMuchMemory);
        }
        if taken > OWN_BYTES && self.inside.is_none() {
            self.inside = Some(self.gate.lock().unwrap_or_else(PoisonError::into_inner));
        }
        self.taken = taken;
        Ok(())
    }

    fn give(&mut self, bytes: u64) {
        self.taken = self.taken.saturating_sub(bytes);
    }
}

/// The way through one file.
struct Walk<'w> {
    reader: &'w mut Reader,
    origin: Origin,
    /// Containers around what is read, outermost first.
    around: Vec<Container>,
    /// Where in [`Walk::done`]'s troubles the last one was.
    last: Option<Vec<String>>,
    budget: std::rc::Rc<Budget>,
    ledger: Ledger<'w>,
    /// Whether the file itself was not scanned as it stands.
    is_stream: bool,
    done: Opened,
}

impl<'w> Walk<'w> {
    fn new(
        reader: &'w mut Reader,
        origin: &Origin,
        gate: &'w Mutex<()>,
        size: Option<u64>,
    ) -> Self {
        let budget = Budget {
            // What a stream will be is not known: only what came out is bounded.
            input: Cell::new(size.unwrap_or(MAX_EXPANDED_BYTES / MAX_RATIO)),
            expanded: Cell::new(0),
            stopped: Cell::new(None),
        };
        Self {
            reader,
            origin: origin.clone(),
            around: Vec::new(),
            last: None,
            budget: std::rc::Rc::new(budget),
            ledger: Ledger {
                taken: 0,
                gate,
                inside: None,
            },
            is_stream: size.is_none(),
            done: Opened::default(),
        }
    }

    /// Reads whatever comes: a container, or a blob.
    fn bytes(&mut self, mut peek: Peek<'_>) -> Result<(), Trouble> {
        match Container::of_head(peek.peek(HEAD_BYTES)) {
            Some(container) => self.open(container, peek),
            None => self.plain(peek),
        }
    }

    /// Opens a container.
    fn open(&mut self, container: Container, mut peek: Peek<'_>) -> Result<(), Trouble> {
        if self.around.len() >= MAX_CONTAINERS {
            self.plain(peek)?;
            return Err(Trouble::TooDeep);
        }
        self.inside(container, |walk| match container {
            _ if !container.is_streamed() => walk.held(container, peek),
            _ if container.is_compressed() => walk.compressed(container, peek),
            _ => {
                unpack::read(container, &mut peek, walk)?;
                walk.rest(peek)
            }
        })
    }

    /// Goes one container deeper.
    fn inside(
        &mut self,
        container: Container,
        work: impl FnOnce(&mut Self) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        self.around.push(container);
        self.done.counts.archives += 1;
        let need = match container {
            Container::Bundle => unpack::bundle::MEMORY_BYTES,
            Container::SevenZip => unpack::sevenz::MEMORY_BYTES,
            Container::Sqlite => unpack::sqlite::MEMORY_BYTES,
            Container::VimSwap | Container::VimUndo => unpack::vim::MEMORY_BYTES,
            _ => 0,
        };
        let done = match self.ledger.take(need) {
            Ok(()) => {
                let done = work(self);
                self.ledger.give(need);
                done
            }
            Err(why) => Err(why),
        };
        self.around.pop();
        done
    }

    /// Reads a compressed stream, and what stands behind it.
    fn compressed(&mut self, container: Container, mut peek: Peek<'_>) -> Result<(), Trouble> {
        let head = peek.peek(HEAD_BYTES);
        let need = compressed::appetite(container, head);
        let name = compressed::file_name(container, head).map(printable);
        self.ledger.take(need)?;
        let done = self.decompressed(container, peek, need, name);
        self.ledger.give(need);
        match done? {
            Some(rest) => self.rest(rest),
            None => Ok(()),
        }
    }

    fn decompressed<'r>(
        &mut self,
        container: Container,
        peek: Peek<'r>,
        memory: u64,
        name: Option<String>,
    ) -> Result<Option<Peek<'r>>, Trouble> {
        let mut stream = Decompressed::new(container, peek, memory)?;
        let budget = std::rc::Rc::clone(&self.budget);
        let mut inner = Peek::new(Metered {
            inner: &mut stream,
            budget: &budget,
        });
        match Container::of_head(inner.peek(HEAD_BYTES)) {
            Some(container) => self.open(container, inner)?,
            None => self.named(name, inner)?,
        }
        Ok(stream.into_rest())
    }

    fn named(&mut self, name: Option<String>, inner: Peek<'_>) -> Result<(), Trouble> {
        self.count()?;
        self.origin
            .members
            .push(name.unwrap_or_else(|| NAMELESS.to_owned()));
        let done = self.plain(inner);
        self.origin.members.pop();
        done
    }

    /// Holds a container that is to be read by position; one that is too large
    /// for that is read front to back.
    fn held(&mut self, container: Container, mut peek: Peek<'_>) -> Result<(), Trouble> {
        self.ledger.take(HELD_BYTES as u64)?;
        let mut held = Vec::new();
        let read = (&mut peek).take(HELD_BYTES as u64).read_to_end(&mut held);
        held.shrink_to_fit();
        self.ledger.give((HELD_BYTES - held.len()) as u64);
        let len = held.len() as u64;
        let done = if held.len() < HELD_BYTES {
            let done = self.held_whole(container, &held);
            // What it broke off with says more than that it was not whole.
            read.map_err(Trouble::from).and(done)
        } else if container.has_bytes_of_its_own() {
            let all = Cursor::new(held).chain(peek);
            self.plain(Peek::new(all)).and(Err(Trouble::TooMuchMemory))
        } else if container == Container::Zip {
            let all = Cursor::new(held).chain(peek);
            unpack::read(container, &mut Peek::new(all), self)
        } else {
            Err(Trouble::TooMuchMemory)
        };
        self.ledger.give(len);
        done
    }

    /// Reads a held container by position, and its own bytes if it has some.
    fn held_whole(&mut self, container: Container, held: &[u8]) -> Result<(), Trouble> {
        let before = self.done.sightings.len();
        let done = unpack::read_at(container, &mut Cursor::new(held), self);
        if !container.has_bytes_of_its_own() {
            return done;
        }
        let inside = Opened {
            sightings: self.done.sightings.split_off(before),
            ..Opened::default()
        };
        let done = done.and(self.plain(Peek::new(held)));
        let raw = self.done.sightings.split_off(before);
        self.done.sightings.extend(inside.and(raw).sightings);
        done
    }

    /// Looks at what stands behind a container: padding, another one, or data.
    fn rest(&mut self, mut peek: Peek<'_>) -> Result<(), Trouble> {
        // Enough came out of the file: what follows is not begun.
        if let Some(trouble) = self.budget.stopped.get() {
            return Err(trouble);
        }
        loop {
            let ahead = peek.peek(HEAD_BYTES);
            let zeros = ahead.iter().take_while(|b| **b == 0).count();
            if zeros == 0 {
                break;
            }
            unpack::skip(&mut peek, zeros as u64)?;
        }
        match Container::of_head(peek.peek(HEAD_BYTES)) {
            _ if peek.peek(1).is_empty() => Ok(()),
            Some(container) => self.open(container, peek),
            // The file itself was scanned as it stands.
            None if self.around.len() == 1 && !self.is_stream => Ok(()),
            None => self.plain(peek),
        }
    }

    /// Scans a blob.
    fn plain(&mut self, mut peek: Peek<'_>) -> Result<(), Trouble> {
        // Archives hold many empty files. An error is no end: `fill_buf` tells it.
        if peek.peek(1).is_empty() && peek.fill_buf()?.is_empty() {
            return Ok(());
        }
        let in_zip = self.around.last() == Some(&Container::Zip);
        if in_zip && office::begins(peek.peek(office::HEAD_BYTES)) {
            peek = Peek::new(office::Text::new(peek));
        }
        let (outcome, broken) = self.reader.scan_once(&mut peek, &self.origin, u64::MAX);
        let Outcome {
            mut sightings,
            bytes,
            undecoded,
            untried,
            brings,
            container,
            held,
            ..
        } = outcome;
        self.done.counts.bytes += bytes;
        let layers: Vec<_> = self.around.iter().map(|c| c.name()).collect();
        for sighting in &mut sightings {
            let inner = std::mem::take(&mut sighting.manner.layers);
            sighting.manner.layers = layers.iter().copied().chain(inner).collect();
        }
        self.done.sightings.append(&mut sightings);
        if undecoded {
            self.note(Trouble::Encoded);
        }
        self.done.untried |= untried;
        self.done.brings.add(brings);
        if let Some(error) = broken {
            return Err(error.into());
        }
        // A zip file with data before it was held to its end.
        match container {
            Some(Container::Zip) if self.around.len() < MAX_CONTAINERS => {
                let mut input = Cursor::new(held.as_slice());
                self.inside(Container::Zip, |walk| {
                    unpack::read_at(Container::Zip, &mut input, walk)
                })
            }
            _ => Ok(()),
        }
    }

    /// Counts a member.
    fn count(&mut self) -> Result<(), Trouble> {
        self.done.counts.members += 1;
        if self.done.counts.members > MAX_MEMBERS {
            self.budget.stopped.set(Some(Trouble::TooMany));
        }
        match self.budget.stopped.get() {
            Some(trouble) => Err(trouble),
            None => Ok(()),
        }
    }

    /// Notes what was not looked into. An error goes up through all containers
    /// around it: it is told once, where it was met.
    fn trouble(&mut self, done: Result<(), Trouble>) {
        let Err(trouble) = done else { return };
        let stopped = self.budget.stopped.get();
        let here = &self.origin.members;
        let again = self
            .last
            .as_ref()
            .is_some_and(|last| last.starts_with(here));
        if again && (stopped.is_some() || self.done.troubles.contains_key(&trouble)) {
            return;
        }
        self.last = Some(here.clone());
        self.note(stopped.unwrap_or(trouble));
    }

    fn note(&mut self, trouble: Trouble) {
        let known = self.done.troubles.entry(trouble);
        let (count, _) = known.or_insert_with(|| (0, self.origin.members.join("!")));
        *count += 1;
    }
}

impl Members for Walk<'_> {
    fn member(&mut self, name: &[u8], bytes: &mut dyn Read) -> ControlFlow<()> {
        let is_named = !name.is_empty();
        if is_named {
            self.origin.members.push(printable(name));
        }
        let budget = std::rc::Rc::clone(&self.budget);
        // Members of these are made of bytes that may be shared or compressed; of
        // the others they are a part of what was counted already.
        let expands = self
            .around
            .last()
            .is_some_and(|container| *container == Container::Bundle || !container.is_streamed());
        let done = match (self.count(), expands) {
            (Err(trouble), _) => Err(trouble),
            (Ok(()), false) => self.bytes(Peek::new(bytes)),
            (Ok(()), true) => self.bytes(Peek::new(Metered {
                inner: bytes,
                budget: &budget,
            })),
        };
        self.trouble(done);
        if is_named {
            self.origin.members.pop();
        }
        match budget.stopped.get() {
            Some(_) => ControlFlow::Break(()),
            None => ControlFlow::Continue(()),
        }
    }

    fn made(&mut self, bytes: u64) -> ControlFlow<()> {
        match self.budget.take(bytes) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn passed_over(&mut self, name: &[u8], why: Trouble) {
        let is_named = !name.is_empty();
        if is_named {
            self.origin.members.push(printable(name));
        }
        self.note(why);
        if is_named {
            self.origin.members.pop();
        }
    }
}

/// Returns a name as text. Bytes that are no UTF-8 are kept as `\xff`: two names
/// that differ in them stay two.
fn printable(name: &[u8]) -> String {
    let mut text = String::new();
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}
