//! Standard input, or any stream that cannot be read again.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};

use super::read::Reader;
use super::{Harvest, Progress, archive};
use crate::blob::Origin;
use crate::finding::NoticeReason;
use crate::scanner::Scanner;
use crate::unpack::{Container, HEAD_BYTES, Peek};

/// Path under which standard input is reported.
pub const NAME: &str = "<stdin>";

/// Scans a stream of at most `limit` bytes.
///
/// A container that is written front to back is read as it comes, whatever its
/// size. Anything else is spooled to an unnamed temporary file when it is larger than memory
/// should hold, since a stream with a trigger is read a second time.
pub fn read(
    input: &mut dyn Read,
    limit: u64,
    scanner: &Scanner,
    progress: &Progress,
) -> io::Result<Harvest> {
    let mut input = Peek::new(input);
    let container = scanner.container(input.peek(HEAD_BYTES), &[]);
    if let Some(container) = container.filter(|c| c.is_streamed()) {
        return streamed(container, input, limit, scanner, progress);
    }
    let mut spool = tempfile::spooled_tempfile(super::read::HOLD_BYTES);
    // One byte more than allowed shows that there is more.
    io::copy(&mut input.take(limit.saturating_add(1)), &mut spool)?;
    io::Seek::rewind(&mut spool)?;
    let origin = Origin::file(NAME);
    let mut reader = Reader::new(scanner.clone());
    let outcome = reader.scan(&mut spool, &origin, limit)?;
    let mut harvest = Harvest {
        files: 1,
        bytes: outcome.bytes,
        ..Harvest::default()
    };
    progress.add(1, outcome.bytes);
    match outcome.container {
        Some(container) if !outcome.too_large => {
            archive::open(container, &mut spool, outcome.bytes, &origin, &mut reader)
                .and(outcome.sightings)
                .report(NAME.as_ref(), &mut harvest);
        }
        _ => harvest.sightings = outcome.sightings,
    }
    if outcome.too_large {
        harvest.skip(
            NoticeReason::TooLarge,
            NAME.as_ref(),
            format!("larger than {limit} bytes"),
        );
    }
    if outcome.undecoded {
        harvest.skip(
            NoticeReason::Undecoded,
            NAME.as_ref(),
            "too much encoded data",
        );
    }
    Ok(harvest)
}

/// Scans a container as it comes.
fn streamed(
    container: Container,
    input: Peek<'_>,
    limit: u64,
    scanner: &Scanner,
    progress: &Progress,
) -> io::Result<Harvest> {
    let (read, failed) = (Cell::new(0), RefCell::new(None));
    let counted = Counted {
        inner: input,
        read: &read,
        failed: &failed,
        limit,
    };
    let opened = archive::open_stream(
        container,
        Peek::new(counted),
        &Origin::file(NAME),
        &mut Reader::new(scanner.clone()),
    );
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
        harvest.skip(
            NoticeReason::TooLarge,
            NAME.as_ref(),
            format!("larger than {limit} bytes"),
        );
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
        let n = match self.inner.read(out) {
            Ok(n) => n,
            Err(error) => {
                let kind = error.kind();
                *self.failed.borrow_mut() = Some(error);
                return Err(kind.into());
            }
        };
        self.read.set(self.read.get() + n as u64);
        Ok(n)
    }
}
