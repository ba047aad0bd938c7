//! Inflating: whole entries at once where their size is known, in pieces where they are too big.
//!
//! Pack entries and loose objects are zlib streams (RFC 1950). The size of a pack entry stands in
//! its header, so the whole-buffer decoder of libdeflate serves; it takes 0.6 of the time of a
//! streaming one on pack entries, which are short. What is too big to be held goes through flate2.

use super::positioned::PositionedFile;
use super::skip::SkipReason;
use flate2::{Decompress, FlushDecompress, Status};

/// Deflate cannot blow up more than this: 258 bytes for the two bits of a length and a distance.
/// An entry that claims more is lying, and is refused before memory is reserved for it.
const MAX_RATIO: u64 = 1032;

/// Spare room behind the output. libdeflate's fast loop runs only while this much room is left;
/// with it even a short entry stays in that loop to its end.
const SLACK: usize = 320;

/// Compressed bytes read at a time when streaming.
const CHUNK: usize = 64 * 1024;

/// A byte buffer that keeps its memory and never clears it again.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// Everything ever reserved; always initialised.
    bytes: Vec<u8>,
    /// How many bytes at the front are the content.
    len: usize,
}

impl Buffer {
    /// The content.
    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Length of the content.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Memory held, in bytes.
    pub(super) fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// Makes the content `len` bytes long, of whatever was there before, to be written over.
    pub(super) fn prepare(&mut self, len: usize) -> &mut [u8] {
        self.room(len, 0)
    }

    /// The same with `slack` bytes of room behind the content in the returned slice.
    fn room(&mut self, len: usize, slack: usize) -> &mut [u8] {
        let want = len.saturating_add(slack);
        if self.bytes.len() < want {
            // Grown by half, so that versions of a growing file do not reserve each time.
            let grown = want.max(
                (self.bytes.len() / 2)
                    .saturating_add(self.bytes.len())
                    .min(want.saturating_mul(2)),
            );
            self.bytes = Vec::new();
            self.bytes.resize(grown, 0);
        }
        self.len = len;
        self.bytes.get_mut(..want).unwrap_or_default()
    }
}

/// A decoder with its tables; one for each worker.
pub(super) struct Inflater {
    /// For entries held whole.
    whole: libdeflater::Decompressor,
}

impl Inflater {
    /// A new decoder.
    pub(super) fn new() -> Self {
        Self {
            whole: libdeflater::Decompressor::new(),
        }
    }

    /// Inflates the stream at the start of `input`, which may go on behind it, into `output`.
    ///
    /// `compressed` is how long the stream can be at most; `size` is what it must inflate to.
    pub(super) fn whole(
        &mut self,
        input: &[u8],
        compressed: u64,
        size: usize,
        output: &mut Buffer,
    ) -> Result<(), SkipReason> {
        plausible(compressed, size as u64)?;
        let room = output.room(size, SLACK);
        match self.whole.zlib_decompress(input, room) {
            Ok(written) if written == size => Ok(()),
            _ => Err(SkipReason::BadStream),
        }
    }
}

/// Refuses sizes that no stream of this length can inflate to.
pub(super) const fn plausible(compressed: u64, size: u64) -> Result<(), SkipReason> {
    if size > compressed.saturating_mul(MAX_RATIO) {
        Err(SkipReason::BadStream)
    } else {
        Ok(())
    }
}

/// A zlib stream inside a file, read piece by piece.
pub(super) struct Stream<'a> {
    /// Where the compressed bytes are.
    file: &'a PositionedFile,
    /// Offset of the next compressed byte to be read.
    at: u64,
    /// Compressed bytes that were read.
    chunk: Vec<u8>,
    /// How many of them are used up.
    used: usize,
    /// The decoder.
    state: Decompress,
    /// Whether the stream has ended, properly.
    ended: bool,
}

impl<'a> Stream<'a> {
    /// Begins at a file offset.
    pub(super) fn new(file: &'a PositionedFile, at: u64) -> Self {
        Self {
            file,
            at,
            chunk: Vec::new(),
            used: 0,
            state: Decompress::new(true),
            ended: false,
        }
    }

    /// Fills `output` as far as the stream goes; a short count means that it has ended.
    pub(super) fn read(&mut self, output: &mut [u8]) -> Result<usize, SkipReason> {
        let mut written = 0;
        while written < output.len() && !self.ended {
            if self.used == self.chunk.len() {
                self.chunk.resize(CHUNK, 0);
                let read = self
                    .file
                    .read_at(&mut self.chunk, self.at)
                    .map_err(|_| SkipReason::Unreadable)?;
                self.chunk.truncate(read);
                self.at += read as u64;
                self.used = 0;
            }
            let input = self.chunk.get(self.used..).unwrap_or_default();
            let room = output.get_mut(written..).unwrap_or_default();
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress(input, room, FlushDecompress::None)
                .map_err(|_| SkipReason::BadStream)?;
            let eaten = usize::try_from(self.state.total_in() - before_in).unwrap_or(0);
            let made = usize::try_from(self.state.total_out() - before_out).unwrap_or(0);
            self.used += eaten;
            written += made;
            match status {
                Status::StreamEnd => self.ended = true,
                // Neither input nor output moved: the file ended inside the stream.
                _ if eaten == 0 && made == 0 => return Err(SkipReason::BadStream),
                _ => {}
            }
        }
        Ok(written)
    }

    /// Whether the stream has ended where it should; asks for one byte more to see its end.
    pub(super) fn finished(&mut self) -> Result<bool, SkipReason> {
        if self.ended {
            return Ok(true);
        }
        Ok(self.read(&mut [0])? == 0 && self.ended)
    }

    /// Compressed bytes taken so far.
    pub(super) fn consumed(&self) -> u64 {
        self.state.total_in()
    }
}
