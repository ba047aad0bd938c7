//! Big-endian numbers, and bytes behind a length: what SSH (RFC 4251 section 5),
//! OpenPGP (RFC 9580 section 3) and Java's `DataOutputStream` write.
//!
//! ```text
//! string = u32 length | bytes
//! mpint  = string holding a two's complement number, minimal
//! utf    = u16 length | modified UTF-8
//! mpi    = u16 size in bits | number
//! ```

use super::{Error, trim_zeros};

/// A cursor over big-endian fields.
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

    fn number<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (number, rest) = self.rest.split_first_chunk().ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(*number)
    }

    /// Reads a byte.
    pub fn u8(&mut self) -> Result<u8, Error> {
        self.number().map(u8::from_be_bytes)
    }

    /// Reads two bytes.
    pub fn u16(&mut self) -> Result<u16, Error> {
        self.number().map(u16::from_be_bytes)
    }

    /// Reads four bytes.
    pub fn u32(&mut self) -> Result<u32, Error> {
        self.number().map(u32::from_be_bytes)
    }

    /// Reads eight bytes.
    pub fn u64(&mut self) -> Result<u64, Error> {
        self.number().map(u64::from_be_bytes)
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

    /// Reads a string of at most 65,535 bytes.
    pub fn utf(&mut self) -> Result<&'a [u8], Error> {
        let len = self.u16()?;
        self.take(usize::from(len))
    }

    /// Reads a number that begins with its size in bits; zeros may lead it.
    pub fn mpi(&mut self) -> Result<&'a [u8], Error> {
        let bits = self.u16()?;
        self.take(usize::from(bits).div_ceil(8))
    }
}
