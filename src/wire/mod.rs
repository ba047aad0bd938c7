//! Cursors over borrowed bytes, and the writers that mirror them.
//!
//! The lowest floor: everything that parses (key formats, certificates,
//! inventories) reads through these. A cursor never panics, and hands out slices of
//! what it reads wherever nothing has to be decoded or joined; each reason to stop is
//! one [`Error`] value, small enough to be thrown away, since most of what a scanner
//! looks at is not a key.

pub mod base58;
pub mod base64;
pub mod bech32;
pub mod ber;
pub mod big_endian;
pub mod decimal;
pub mod der;
pub mod entity;
pub mod hex;
pub mod java;
pub mod members;
pub mod pgp;
pub mod protobuf;
pub mod sexp;
pub mod shell;
pub mod sqlite;
pub mod strkey;
pub mod writer;

/// Why a cursor stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A length is malformed or does not fit its container.
    #[error("malformed length")]
    BadLength,
    /// Another element stands where one was expected.
    #[error("unexpected tag")]
    BadTag,
    /// A value breaks the rules of its type.
    #[error("malformed value")]
    BadValue,
    /// A number that must not be negative is.
    #[error("negative number")]
    Negative,
    /// Indefinite lengths are nested deeper than the limit.
    #[error("nested too deep")]
    TooDeep,
    /// The bytes end inside an element.
    #[error("truncated")]
    Truncated,
}

/// Returns `bytes` without its leading zero bytes: the one way in which this
/// crate writes a number.
#[must_use]
pub fn trim_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// Returns how many different bytes there are: few in what somebody made up.
#[must_use]
pub fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    for &byte in bytes {
        if let Some(seen) = seen.get_mut(usize::from(byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count()
}

/// Bytes of a line that are looked at before a place in it: a minified file is one
/// line, and each place in it must not cost a pass over all of it.
pub const MAX_LINE_BYTES: usize = 4096;

/// Returns where the line begins that `at` stands on, or [`MAX_LINE_BYTES`] before
/// `at` if it begins further away.
#[must_use]
pub fn line_start(bytes: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(MAX_LINE_BYTES);
    let before = bytes.get(floor..at).unwrap_or_default();
    memchr::memrchr(b'\n', before).map_or(floor, |i| floor + i + 1)
}

#[cfg(test)]
mod tests;
