//! Streams of PDF files (ISO 32000-1 sections 7.3.8 and 7.5.7), and the text that they draw.
//!
//! An object `N G obj << dictionary >> stream … endstream` may be deflated: files
//! that are attached, and objects that were put together into one stream. They are
//! looked for by their keyword, wherever it stands, so that a damaged or earlier
//! table of objects hides none. Pictures are not inflated. Streams that are not
//! compressed stand in the file, which is searched itself: only what they draw is shown;
//! other filters are told.

mod text;

use std::io::{self, Read, SeekFrom};
use std::ops::ControlFlow;

use flate2::bufread::ZlibDecoder;
use memchr::memmem;

use super::{Members, Peek, Positioned, Trouble};
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
/// Bytes before a stream in which its dictionary is looked for; those of attached
/// files have less than 300.
const DICTIONARY_BYTES: usize = 2 << 10;
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

/// What a dictionary says of a stream that is to be looked into.
struct Stream<'d> {
    /// Number of the object, if it is read.
    object: Option<&'d [u8]>,
    filter: Filter,
}

#[derive(Clone, Copy, PartialEq)]
enum Filter {
    None,
    Flate,
    Other,
}

impl<'d> Stream<'d> {
    /// Reads the dictionary that ends here; `None` for pictures and the table of
    /// objects.
    fn of(before: &'d [u8]) -> Option<Self> {
        let from = before.len().saturating_sub(DICTIONARY_BYTES);
        let before = before.get(from..)?;
        let (head, dictionary) = before.split_at(memmem::rfind(before, b"obj")?);
        let filter = memmem::find(dictionary, b"/Filter").and_then(|at| dictionary.get(at..));
        let is = |name: &[u8]| memmem::find(dictionary, name).is_some();
        let skipped: [&[u8]; 4] = [
            b"/Subtype /Image",
            b"/Subtype/Image",
            b"/Type /XRef",
            b"/Type/XRef",
        ];
        if skipped.into_iter().any(is) {
            return None;
        }
        // The first filter is undone first; there is mostly one.
        let filter = filter.map_or(Filter::None, |filter| {
            let names = filter.get(b"/Filter".len()..).unwrap_or_default();
            let names = names.trim_ascii_start();
            let names = names.strip_prefix(b"[").unwrap_or(names).trim_ascii_start();
            match names.starts_with(b"/FlateDecode") || names.starts_with(b"/Fl ") {
                true => Filter::Flate,
                false => Filter::Other,
            }
        });
        // "12 0 " stands before `obj`.
        let mut words = head.trim_ascii_end().rsplit(|b| b.is_ascii_whitespace());
        let object = words.nth(1).filter(|word| {
            !word.is_empty() && word.len() <= 10 && word.iter().all(u8::is_ascii_digit)
        });
        Some(Self { object, filter })
    }

    fn name(&self, at: u64) -> Vec<u8> {
        match self.object {
            Some(number) => [b"object ", number].concat(),
            None => format!("stream at {at}").into_bytes(),
        }
    }
}
