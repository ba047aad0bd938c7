//! Streams of PDF files (ISO 32000-1 sections 7.3.8 and 7.5.7), and the text that they draw.
//!
//! An object `N G obj << dictionary >> stream … endstream` may be deflated: files
//! that are attached, and objects that were put together into one stream. They are
//! looked for by their keyword, wherever it stands, so that a damaged or earlier
//! table of objects hides none. Pictures are not inflated. Streams that are not
//! compressed stand in the file, which is searched itself: only what they draw is shown;
//! other filters are told.

mod dictionary;
mod text;

use std::io::{self, Read, SeekFrom};
use std::ops::ControlFlow;

use flate2::bufread::ZlibDecoder;
use memchr::memmem;

use super::{Members, Peek, Positioned, Trouble};
use dictionary::{DICTIONARY_BYTES, Filter, Stream};
use text::Drawn;

/// First bytes of a file.
pub(super) const MAGIC: &[u8] = b"%PDF-";
const STREAM: &[u8] = b"stream";
const END: &[u8] = b"endstream";
/// Bytes of a stream that is not compressed in which text is looked for.
const PLAIN_BYTES: u64 = 256 << 10;
/// Bytes of all those that reach out of the window in which they begin.
const MAX_PLAIN_BYTES: u64 = 16 << 20;
/// Bytes searched at once.
const WINDOW_BYTES: usize = 64 << 10;
/// Bytes at both ends in which encryption is announced.
const TRAILER_BYTES: u64 = 4 << 10;

/// Reads a file.
pub(super) fn read(input: &mut dyn Positioned, members: &mut dyn Members) -> Result<(), Trouble> {
    let size = input.seek(SeekFrom::End(0))?;
    for at in [0, size.saturating_sub(TRAILER_BYTES)] {
        input.seek(SeekFrom::Start(at))?;
        let mut end = Vec::new();
        (&mut *input).take(TRAILER_BYTES).read_to_end(&mut end)?;
        if memmem::find(&end, b"/Encrypt").is_some() {
            return Err(Trouble::Encrypted);
        }
    }
    let mut window = vec![0; WINDOW_BYTES];
    let (mut at, mut done) = (0_u64, 0_u64);
    let mut left = MAX_PLAIN_BYTES;
    loop {
        input.seek(SeekFrom::Start(at))?;
        let filled = fill(input, &mut window)?;
        let bytes = window.get(..filled).unwrap_or_default();
        let ended = filled < WINDOW_BYTES;
        for hit in memmem::find_iter(bytes, STREAM) {
            let here = at + hit as u64;
            let behind = bytes.get(hit + STREAM.len()..).unwrap_or_default();
            let line_end = match behind {
                [b'\r', b'\n', ..] => 2,
                [b'\n', _, ..] => 1,
                _ => 0,
            };
            let before = bytes.get(..hit).unwrap_or_default();
            if here < done || line_end == 0 || before.ends_with(b"end") {
                continue;
            }
            done = here + 1;
            let Some(stream) = Stream::of(before) else {
                continue;
            };
            let name = stream.name(here);
            let start = here + (STREAM.len() + line_end) as u64;
            input.seek(SeekFrom::Start(start))?;
            let shown = match stream.filter {
                Filter::Flate => {
                    let inflated = ZlibDecoder::new(Peek::new(&mut *input));
                    members.member(&name, &mut Drawn::new(inflated))
                }
                Filter::Other => {
                    members.passed_over(&name, Trouble::Unsupported);
                    ControlFlow::Continue(())
                }
                Filter::None => {
                    let mut plain = behind.get(line_end..).unwrap_or_default().to_vec();
                    if memmem::find(&plain, END).is_none() {
                        plain.clear();
                        let read = (&mut *input).take(PLAIN_BYTES.min(left));
                        left -= read.take(PLAIN_BYTES).read_to_end(&mut plain)? as u64;
                    }
                    let end = memmem::find(&plain, END).unwrap_or(plain.len());
                    plain.truncate(end);
                    // What is said to begin within it is a part of it.
                    done = start + end as u64;
                    match memmem::find(&plain, b"BT").and(text::drawn(&plain)) {
                        Some(text) => members.member(&name, &mut text.as_slice()),
                        None => ControlFlow::Continue(()),
                    }
                }
            };
            if shown == ControlFlow::Break(()) {
                return Ok(());
            }
        }
        if ended {
            return Ok(());
        }
        at += (WINDOW_BYTES - DICTIONARY_BYTES - STREAM.len() - 2) as u64;
    }
}

fn fill(input: &mut dyn Positioned, window: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(room) = window.get_mut(filled..).filter(|room| !room.is_empty()) {
        match input.read(room) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}
