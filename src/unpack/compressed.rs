//! Compressed streams: gzip, zlib, zstd, xz, bzip2, LZ4.
//!
//! Each may be several streams one behind the other, which are one to their
//! tools (`cat a.gz b.gz`); zstd and LZ4 have frames that are to be skipped. What
//! stands behind the last of them is left to whoever reads on. A stream that has
//! failed is not asked again: decoders need not stand that.

use std::io::{self, Read};

use flate2::bufread::{GzDecoder, ZlibDecoder};
use lzma_rust2::XzReader;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::{Container, Peek, Trouble, array, skip};

/// Memory of a decoder besides its window, in bytes: tables and blocks of LZ4
/// (4 MiB a block, two and one of output) are the most.
const DECODER_BYTES: u64 = 1 << 20;
/// Largest window asked for, where the header does not say: deflate has 32 KiB,
/// bzip2 at most 3.7 MiB, LZ4 at most 12 MiB of blocks.
const BZIP2_BYTES: u64 = 4 << 20;
const LZ4_BYTES: u64 = 13 << 20;

/// Returns how much memory a stream that begins so will take, in bytes.
#[must_use]
pub fn appetite(container: Container, head: &[u8]) -> u64 {
    let window = match container {
        Container::Bzip2 => BZIP2_BYTES,
        Container::Lz4 => LZ4_BYTES,
        Container::Xz => xz_dictionary(head).unwrap_or(8 << 20),
        Container::Zstd => zstd_window(head).unwrap_or(8 << 20),
        _ => 0,
    };
    window.saturating_add(DECODER_BYTES)
}

/// Reads the dictionary size of the first block (xz 1.2 section 3.1, 5.3.1): the
/// filter 0x21 stands last, with one byte of properties.
fn xz_dictionary(head: &[u8]) -> Option<u64> {
    let header_len = 4 * (usize::from(*head.get(12)?) + 1);
    let header = head.get(13..12 + header_len.checked_sub(4)?)?;
    let at = header.windows(2).rposition(|pair| pair == [0x21, 0x01])?;
    Some(match u32::from(*header.get(at + 2)?) {
        40.. => u64::from(u32::MAX),
        bits => u64::from(2 | bits & 1) << (bits / 2 + 11),
    })
}

/// Reads the window size of a frame (RFC 8878 section 3.1.1.1).
fn zstd_window(head: &[u8]) -> Option<u64> {
    let flags = *head.get(4)?;
    if flags & 0x20 == 0 {
        let window = *head.get(5)?;
        let base = 1_u64 << (10 + u32::from(window >> 3));
        return Some(base + base / 8 * u64::from(window & 7));
    }
    let dictionary = [0, 1, 2, 4].get(usize::from(flags & 3))?;
    let at = 5 + dictionary;
    let field = |n: usize| {
        let bytes = head.get(at..at + n)?;
        Some(bytes.iter().rev().fold(0, |v, b| v << 8 | u64::from(*b)))
    };
    match flags >> 6 {
        0 => field(1),
        1 => Some(field(2)? + 256),
        2 => field(4),
        _ => field(8),
    }
}

/// Returns the name of the file that was compressed, where its header tells it
/// (RFC 1952 section 2.3: bit 3 of the flags; before it, bit 2, an extra field).
#[must_use]
pub fn file_name(container: Container, head: &[u8]) -> Option<&[u8]> {
    let flags = *head.get(3).filter(|_| container == Container::Gzip)?;
    let mut at = 10;
    if flags & 4 != 0 {
        at = 12 + usize::from(u16::from_le_bytes(*head.get(10..)?.first_chunk()?));
    }
    let name = head.get(at..).filter(|_| flags & 8 != 0)?;
    let end = name.iter().position(|b| *b == 0)?;
    name.get(..end).filter(|name| !name.is_empty())
}

/// Whether the first bytes of a zlib stream can be inflated: its magic is short.
pub(super) fn inflates(head: &[u8]) -> bool {
    let mut out = [0; 256];
    let mut inflate = flate2::Decompress::new(true);
    let done = inflate.decompress(head, &mut out, flate2::FlushDecompress::None);
    done.is_ok() && (inflate.total_out() > 0 || inflate.total_in() == head.len() as u64)
}

/// What comes out of a compressed stream.
pub struct Decompressed<'r> {
    container: Container,
    memory: u64,
    state: State<'r>,
}

enum State<'r> {
    Gzip(GzDecoder<Peek<'r>>),
    Zlib(ZlibDecoder<Peek<'r>>),
    Zstd(Box<StreamingDecoder<Peek<'r>, FrameDecoder>>),
    Xz(Box<XzReader<Peek<'r>>>),
    Bzip2(bzip2::bufread::BzDecoder<Peek<'r>>),
    Lz4(Box<lz4_flex::frame::FrameDecoder<Peek<'r>>>),
    Ended(Peek<'r>),
    Failed(Trouble),
}

impl std::fmt::Debug for Decompressed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decompressed")
            .field("container", &self.container)
            .finish_non_exhaustive()
    }
}

impl<'r> Decompressed<'r> {
    /// Begins to read; `memory` is what the decoder may take, in bytes.
    pub fn new(container: Container, input: Peek<'r>, memory: u64) -> Result<Self, Trouble> {
        let state = State::open(container, input, memory)?;
        Ok(Self {
            container,
            memory,
            state,
        })
    }

    /// Returns what stands behind, once everything was read.
    #[must_use]
    pub fn into_rest(self) -> Option<Peek<'r>> {
        match self.state {
            State::Ended(rest) => Some(rest),
            _ => None,
        }
    }
}

impl<'r> State<'r> {
    fn open(container: Container, mut input: Peek<'r>, memory: u64) -> Result<Self, Trouble> {
        Ok(match container {
            Container::Gzip => Self::Gzip(GzDecoder::new(input)),
            Container::Zlib => Self::Zlib(ZlibDecoder::new(input)),
            Container::Bzip2 => Self::Bzip2(bzip2::bufread::BzDecoder::new(input)),
            // A decoder for each frame: one that is used again expects the same
            // sizes of blocks.
            Container::Lz4 => {
                skip_frames(&mut input)?;
                Self::Lz4(Box::new(lz4_flex::frame::FrameDecoder::new(input)))
            }
            Container::Zstd => {
                skip_frames(&mut input)?;
                if !input.peek(4).starts_with(&ZSTD_MAGIC) {
                    return Ok(Self::Ended(input));
                }
                let decoder = StreamingDecoder::new_with_max_window_size(input, memory);
                Self::Zstd(Box::new(decoder.map_err(zstd_trouble)?))
            }
            Container::Xz => {
                let kib = u32::try_from(memory / 1024).unwrap_or(u32::MAX);
                Self::Xz(Box::new(XzReader::new_mem_limit(input, false, kib)))
            }
            _ => return Err(Trouble::Unsupported),
        })
    }

    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(frame) => frame.read(out),
            Self::Zlib(frame) => frame.read(out),
            Self::Zstd(frame) => frame.read(out),
            Self::Xz(frame) => frame.read(out),
            Self::Bzip2(frame) => frame.read(out),
            Self::Lz4(frame) => frame.read(out),
            Self::Ended(_) | Self::Failed(_) => Ok(0),
        }
    }

    fn into_inner(self) -> Option<Peek<'r>> {
        Some(match self {
            Self::Gzip(frame) => frame.into_inner(),
            Self::Zlib(frame) => frame.into_inner(),
            Self::Zstd(frame) => frame.into_inner(),
            Self::Xz(frame) => frame.into_inner(),
            Self::Bzip2(frame) => frame.into_inner(),
            Self::Lz4(frame) => frame.into_inner(),
            Self::Ended(rest) => rest,
            Self::Failed(_) => return None,
        })
    }
}

impl Read for Decompressed<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match &self.state {
                State::Ended(_) => return Ok(0),
                State::Failed(why) => return Err((*why).into()),
                _ => {}
            }
            match self.state.read(out) {
                Ok(0) => self.next()?,
                Ok(n) => return Ok(n),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.state = State::Failed(Trouble::of(&e));
                    return Err(e);
                }
            }
        }
    }
}

impl Decompressed<'_> {
    /// Goes on with the stream behind the one that has ended, if there is one.
    fn next(&mut self) -> Result<(), Trouble> {
        let state = std::mem::replace(&mut self.state, State::Failed(Trouble::Damaged));
        let Some(mut input) = state.into_inner() else {
            return Ok(());
        };
        if self.container == Container::Xz {
            // Streams may be filled up to multiples of four.
            while input.peek(4) == [0; 4] {
                skip(&mut input, 4)?;
            }
        }
        let head = input.peek(16);
        let again = match self.container {
            Container::Zlib => false,
            Container::Zstd | Container::Lz4 if is_skippable(head) => true,
            container => Container::of_head(head) == Some(container),
        };
        self.state = match again {
            true => State::open(self.container, input, self.memory)?,
            false => State::Ended(input),
        };
        Ok(())
    }
}

const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Whether a frame begins that holds no data (RFC 8878 section 3.1.2; LZ4 alike).
fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

fn skip_frames(input: &mut Peek<'_>) -> Result<(), Trouble> {
    while is_skippable(input.peek(4)) {
        let [_, _, _, _, len @ ..]: [u8; 8] = array(input)?;
        skip(input, u64::from(u32::from_le_bytes(len)))?;
    }
    Ok(())
}

fn zstd_trouble(error: ruzstd::decoding::errors::FrameDecoderError) -> Trouble {
    use ruzstd::decoding::errors::FrameDecoderError as E;
    match error {
        E::WindowSizeTooBig { .. } => Trouble::TooMuchMemory,
        E::DictNotProvided { .. } => Trouble::Unsupported,
        E::ReadFrameHeaderError(_) => Trouble::Truncated,
        _ => Trouble::Damaged,
    }
}
