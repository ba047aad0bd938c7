//! Standard input, or any stream that cannot be read again.

use std::io::{self, Read};

use super::read::Reader;
use super::{Harvest, Progress, UNDECODED, UNTRIED};
use crate::blob::Origin;
use crate::finding::NoticeReason;
use crate::scanner::Scanner;

/// Path under which standard input is reported.
pub const NAME: &str = "<stdin>";

/// Scans a stream of at most `limit` bytes: in overlapping windows, so that
/// nothing of it is ever written to a disk.
pub fn read(
    input: &mut dyn Read,
    limit: u64,
    scanner: &Scanner,
    progress: &Progress,
) -> io::Result<Harvest> {
    let origin = Origin::file(NAME);
    // One byte more than allowed shows that there is more.
    let mut input = input.take(limit.saturating_add(1));
    let outcome = Reader::new(scanner.clone()).scan_once(&mut input, &origin, limit)?;
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
        harvest.skip(NoticeReason::Undecoded, NAME.as_ref(), UNDECODED);
    }
    if outcome.untried {
        harvest.skip(NoticeReason::Untried, NAME.as_ref(), UNTRIED);
    }
    Ok(harvest)
}
