//! SSH wire encoding (RFC 4251 section 5).
//!
//! ```text
//! string = u32 length (big-endian) | bytes
//! mpint  = string holding a two's complement big-endian number, minimal
//! ```

use super::{Error, trim_zeros};

/// A cursor over SSH-encoded fields.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// What has not been read.
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether everything has been read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Returns what has not been read.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Reads `len` bytes.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Reads one byte.
    pub fn byte(&mut self) -> Result<u8, Error> {
        let (&first, rest) = self.rest.split_first().ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(first)
    }

    /// Reads a 32-bit number.
    pub fn u32(&mut self) -> Result<u32, Error> {
        let (&digits, rest) = self.rest.split_first_chunk().ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(u32::from_be_bytes(digits))
    }

    /// Reads a string. Nothing is read when it does not fit.
    pub fn string(&mut self) -> Result<&'a [u8], Error> {
        let mut ahead = *self;
        let len = usize::try_from(ahead.u32()?).map_err(|_| Error::BadLength)?;
        let string = ahead.take(len)?;
        *self = ahead;
        Ok(string)
    }

    /// Reads a non-negative number as big-endian bytes without leading zeros;
    /// zero is empty.
    pub fn mpint(&mut self) -> Result<&'a [u8], Error> {
        let value = self.string()?;
        if value.first().is_some_and(|first| first & 0x80 != 0) {
            return Err(Error::Negative);
        }
        Ok(trim_zeros(value))
    }
}
