//! Decoders: views of a blob in which formats look again.
//!
//! A decoder runs where one of its triggers was seen, decodes the run of bytes
//! around it, and returns a [`View`]; whole blobs of UTF-16 and UTF-32 are told by
//! how they begin. Triggers of encodings are derived from the triggers of formats (see
//! [`crate::scanner`]): the base64 form of `PRIVATE KEY` belongs to the base64
//! decoder, at the alignment in which it was seen. One [`Budget`] covers all
//! decodings of one blob, whatever their nesting.

pub mod armor;
pub mod base64;
pub mod entity;
pub mod escape;
mod gap;
pub mod hex;
pub mod margin;
pub mod noise;
pub mod numbers;
mod pieces;
pub mod utf16;
pub mod utf32;

use crate::blob::{Span, View};

/// A run of encoded text, decoded.
#[derive(Debug)]
pub struct Decoded {
    /// The decoded bytes.
    pub view: View,
    /// What of the parent was decoded, and how it was aligned.
    pub extent: Extent,
}

/// Which bytes were decoded, and at which alignment.
///
/// A run of base64 often holds many triggers. Those of the same alignment need
/// no second decoding; one of another alignment does.
#[derive(Clone, Debug)]
pub struct Extent {
    span: Span,
    /// Places where the run goes on after a gap, with the number of
    /// significant characters before.
    seams: Vec<(usize, usize)>,
    /// Characters in a unit: 4 in base64, 2 in hex, 1 where alignment is no
    /// question.
    unit: usize,
}

impl Extent {
    /// Returns the extent of a run whose alignment is no question.
    #[must_use]
    pub fn whole(span: Span) -> Self {
        Self {
            seams: vec![(span.start, 0)],
            span,
            unit: 1,
        }
    }

    /// Whether the character at `at`, the `phase`-th of its unit, was decoded
    /// as just that.
    #[must_use]
    pub fn covers(&self, at: usize, phase: usize) -> bool {
        if !self.span.contains(&at) {
            return false;
        }
        let after = self.seams.partition_point(|&(place, _)| place <= at);
        let seam = after.checked_sub(1).and_then(|i| self.seams.get(i));
        seam.is_some_and(|&(place, index)| (index + (at - place)) % self.unit == phase % self.unit)
    }
}

/// Runs that one decoder has decoded, as far as places behind can be in them.
#[derive(Debug, Default)]
pub struct Extents(Vec<Extent>);

/// Runs kept of a decoder: those of base64 may overlap in four alignments, and in a way from one
/// piece of them to the next stands a short one.
const MAX_EXTENTS: usize = 8;

impl Extents {
    /// Whether the character at `at`, the `phase`-th of its unit, was decoded
    /// as just that.
    #[must_use]
    pub fn cover(&self, at: usize, phase: usize) -> bool {
        self.0.iter().any(|extent| extent.covers(at, phase))
    }

    /// Adds a run. The triggers of a text come in order, so that which ends first is
    /// the one to forget.
    pub fn add(&mut self, extent: Extent) {
        self.0.push(extent);
        let first = self.0.iter().enumerate().min_by_key(|(_, e)| e.span.end);
        if let Some((first, _)) = first.filter(|_| self.0.len() > MAX_EXTENTS) {
            self.0.swap_remove(first);
        }
    }
}

/// What one blob may cost in decoded bytes.
///
/// Bounds the work on crafted input: without it a file of nested base64
/// triggers could be decoded once per trigger and depth.
#[derive(Clone, Debug)]
pub struct Budget {
    bytes: usize,
    unpacked: usize,
    exhausted: bool,
}

/// Bytes that may come out of compressed data that was encoded, in one blob: the
/// largest Kubernetes Secret is 1 MiB, and text shrinks to a tenth.
const MAX_UNPACKED_BYTES: usize = 32 << 20;

/// Deepest nesting of decodings: `base64(gzip(tar(json(pem))))` is 5; real
/// finds in public repositories stayed at or below 4.
pub const MAX_DEPTH: u8 = 6;

impl Budget {
    /// Returns the budget of a blob of `len` bytes: four times its size, and
    /// never less than 1 MiB, so that each byte of a text may be decoded once
    /// in each of the encodings that nest in practice.
    #[must_use]
    pub fn for_blob(len: usize) -> Self {
        Self {
            bytes: len.saturating_mul(4).max(1 << 20),
            unpacked: MAX_UNPACKED_BYTES,
            exhausted: false,
        }
    }

    /// Takes `bytes` from the budget; `false` when it does not reach.
    pub fn take(&mut self, bytes: usize) -> bool {
        match self.bytes.checked_sub(bytes) {
            Some(left) => {
                self.bytes = left;
                true
            }
            None => {
                self.exhausted = true;
                false
            }
        }
    }

    /// Returns how many bytes may still come out of compressed data.
    #[must_use]
    pub fn unpackable(&self) -> usize {
        self.unpacked
    }

    /// Counts bytes that came out of compressed data; they may be decoded as those
    /// of a blob may.
    pub fn unpack(&mut self, bytes: usize) {
        self.unpacked = self.unpacked.saturating_sub(bytes);
        self.bytes = self.bytes.saturating_add(bytes.saturating_mul(4));
    }

    /// Notes that something was left undecoded.
    pub fn give_up(&mut self) {
        self.exhausted = true;
    }

    /// Returns whether something was left undecoded.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.exhausted
    }
}
