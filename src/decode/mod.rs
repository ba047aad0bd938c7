//! Decoders: views of a blob in which formats look again.
//!
//! A decoder runs only where one of its triggers was seen, decodes the run of
//! bytes around it, and returns a [`View`](crate::blob::View). Triggers of
//! encodings are derived from the triggers of formats (see
//! [`crate::scanner`]): the base64 form of `PRIVATE KEY` belongs to the base64
//! decoder, at the alignment in which it was seen. One [`Budget`] covers all
//! decodings of one blob, whatever their nesting.

pub mod armor;
pub mod base64;
pub mod hex;
pub mod noise;
pub mod utf16;

/// What one blob may cost in decoded bytes.
///
/// Bounds the work on crafted input: without it a file of nested base64
/// triggers could be decoded once per trigger and depth.
#[derive(Clone, Debug)]
pub struct Budget {
    bytes: usize,
    exhausted: bool,
}

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

    /// Returns whether something was left undecoded.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.exhausted
    }
}
