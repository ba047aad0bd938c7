//! Standard input, or any stream that cannot be read again.

use std::cell::{Cell, RefCell};
use std::io::{self, Cursor, Read};

use super::read::Reader;
use super::{Harvest, Progress, Unfinished, archive};
use crate::blob::Origin;
use crate::finding::NoticeReason;
use crate::scanner::Scanner;
use crate::unpack::{Container, HEAD_BYTES, Peek};

/// Path under which standard input is reported.
pub const NAME: &str = "<stdin>";

/// Scans a stream of at most `limit` bytes: in overlapping windows, or as the
/// container that it begins as, so that nothing of it is ever written to a disk.
pub fn read(
    input: &mut dyn Read,
    limit: u64,
    scanner: &Scanner,
    progress: &Progress,
) -> io::Result<Harvest> {
    let origin = Origin::file(NAME);
    let mut reader = Reader::new(scanner.clone());
    let mut input = Peek::new(input);
    if let Some(container) = scanner.container(input.peek(HEAD_BYTES), &[]) {
        return opened(container, input, limit, &mut reader, progress);
    }
    // One byte more than allowed shows that there is more.
    let mut input = input.take(limit.saturating_add(1));
    let (outcome, broken) = reader.scan_once(&mut input, &origin, limit);
    if let Some(error) = broken {
        return Err(error);
    }
    let mut harvest = Harvest {
        files: 1,
        bytes: outcome.bytes,
        ..Harvest::default()
    };
    progress.add(1, outcome.bytes);
    match outcome.container.filter(|_| !outcome.held.is_empty()) {
        // A zip file with data before it.
        Some(container) => {
            let mut held = Cursor::new(&outcome.held);
            archive::open(container, &mut held, outcome.bytes, &origin, &mut reader)
                .and(outcome.sightings)
                .report(NAME.as_ref(), &mut harvest);
        }
        None => harvest.sightings = outcome.sightings,
    }
    if outcome.too_large {
        too_large(&mut harvest, limit);
    }
    let unfinished = Unfinished {
        undecoded: outcome.undecoded,
        untried: outcome.untried,
        details: Vec::new(),
    };
    harvest.unfinished(NAME.as_ref(), None, unfinished);
    Ok(harvest)
}

fn too_large(harvest: &mut Harvest, limit: u64) {
    let detail = format!("larger than {limit} bytes");
    harvest.skip(NoticeReason::TooLarge, NAME.as_ref(), detail);
}

/// Scans a container as it comes.
fn opened(
    container: Container,
    input: Peek<'_>,
    limit: u64,
    reader: &mut Reader,
    progress: &Progress,
) -> io::Result<Harvest> {
    let (read, failed) = (Cell::new(0), RefCell::new(None));
    let counted = Counted {
        inner: input,
        read: &read,
        failed: &failed,
        limit,
    };
    let origin = Origin::file(NAME);
    let opened = archive::open_stream(container, Peek::new(counted), &origin, reader);
    if let Some(error) = failed.take() {
        return Err(error);
    }
    let mut harvest = Harvest {
        files: 1,
        bytes: read.get().min(limit),
        ..Harvest::default()
    };
    progress.add(1, harvest.bytes);
    opened.report(NAME.as_ref(), &mut harvest);
    if read.get() > limit {
        too_large(&mut harvest, limit);
    }
    Ok(harvest)
}

/// Counts what is read, up to a limit.
struct Counted<'c, R> {
    inner: R,
    read: &'c Cell<u64>,
    /// What the system said when it could not be read on.
    failed: &'c RefCell<Option<io::Error>>,
    limit: u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.read.get() > self.limit {
            return Ok(0);
        }
        match self.inner.read(out) {
            Ok(n) => {
                self.read.set(self.read.get() + n as u64);
                Ok(n)
            }
            Err(error) => {
                let kind = error.kind();
                *self.failed.borrow_mut() = Some(error);
                Err(kind.into())
            }
        }
    }
}
