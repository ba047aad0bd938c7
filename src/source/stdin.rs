//! Standard input, or any stream that cannot be read again.

use std::io::{self, Read};

use super::read::Reader;
use super::{Harvest, Progress};
use crate::blob::Origin;
use crate::finding::NoticeReason;
use crate::scanner::Scanner;

/// Path under which standard input is reported.
pub const NAME: &str = "<stdin>";

/// Scans a stream of at most `limit` bytes.
///
/// It is spooled to an unnamed temporary file when it is larger than memory
/// should hold, since a stream with a trigger is read a second time.
pub fn read(
    input: &mut dyn Read,
    limit: u64,
    scanner: &Scanner,
    progress: &Progress,
) -> io::Result<Harvest> {
    let mut spool = tempfile::spooled_tempfile(super::read::HOLD_BYTES);
    // One byte more than allowed shows that there is more.
    io::copy(&mut input.take(limit.saturating_add(1)), &mut spool)?;
    io::Seek::rewind(&mut spool)?;
    let origin = Origin::file(NAME);
    let outcome = Reader::new(scanner.clone()).scan(&mut spool, &origin, limit)?;
    let mut harvest = Harvest {
        sightings: outcome.sightings,
        files: 1,
        bytes: outcome.bytes,
        ..Harvest::default()
    };
    progress.add(1, outcome.bytes);
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
