//! ASN.1 as DER, read leniently (X.690).
//!
//! ```text
//! element = tag (1 byte) | length | value
//! length  = 00..7F | 81 n | 82 n n | 83 n n n | 84 n n n n | 80 (BER only: ends at 00 00)
//! ```
//!
//! Real keys come from many writers, so lengths that are longer than needed are
//! read; a value never reaches past its container. Tags above 30 do not occur
//! in any key and are refused. Indefinite lengths (old PKCS#12 files) are read
//! by [`Reader::read_tlv_ber`] only.

use std::ops::Range;

use super::{Error, trim_zeros};

/// Tag of INTEGER.
pub const INTEGER: u8 = 0x02;
/// Tag of BIT STRING.
pub const BIT_STRING: u8 = 0x03;
/// Tag of OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// Tag of NULL.
pub const NULL: u8 = 0x05;
/// Tag of OBJECT IDENTIFIER.
pub const OID: u8 = 0x06;
/// Tag of SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// Tag of SET.
pub const SET: u8 = 0x31;

/// Nesting of indefinite lengths that is followed. PKCS#12 files by Java and
/// Windows use 6; each level costs one more pass over its content.
const MAX_INDEFINITE_DEPTH: usize = 16;

/// Returns the tag of the constructed, context-specific element `[number]`.
#[must_use]
pub const fn context(number: u8) -> u8 {
    0xA0 | (number & 0x1F)
}

/// Returns the tag of the primitive, context-specific element `[number]`.
#[must_use]
pub const fn context_primitive(number: u8) -> u8 {
    0x80 | (number & 0x1F)
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The identifier byte.
    pub tag: u8,
    /// The content, without an end-of-contents marker.
    pub value: &'a [u8],
    /// Header, content and end-of-contents marker.
    pub whole: &'a [u8],
}

/// A cursor over the elements of one container.
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

    /// Returns the next tag without reading it.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Reads the next element, of any tag; its length is definite.
    pub fn read_tlv(&mut self) -> Result<Tlv<'a>, Error> {
        match header(self.rest)? {
            (tag, start, Some(len)) => self.take(tag, start, len, 0),
            (_, _, None) => Err(Error::BadLength),
        }
    }

    /// Reads the next element, of any tag; its length may be indefinite.
    pub fn read_tlv_ber(&mut self) -> Result<Tlv<'a>, Error> {
        match header(self.rest)? {
            (tag, start, Some(len)) => self.take(tag, start, len, 0),
            (tag, start, None) => {
                let content = self.rest.get(start..).ok_or(Error::Truncated)?;
                self.take(tag, start, indefinite_len(content)?, 2)
            }
        }
    }

    /// Reads the next element and returns its value if it has this tag.
    /// Nothing is read otherwise.
    pub fn expect(&mut self, tag: u8) -> Result<&'a [u8], Error> {
        match self.peek() {
            None => Err(Error::Truncated),
            Some(found) if found == tag => self.read_tlv().map(|tlv| tlv.value),
            Some(_) => Err(Error::BadTag),
        }
    }

    /// Reads the next element if it has this tag.
    pub fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Error> {
        if self.peek() == Some(tag) {
            self.expect(tag).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Reads a SEQUENCE and returns a cursor over its content.
    pub fn sequence(&mut self) -> Result<Self, Error> {
        self.expect(SEQUENCE).map(Self::new)
    }

    /// Reads a non-negative INTEGER as big-endian bytes without leading zeros;
    /// zero is empty.
    pub fn integer(&mut self) -> Result<&'a [u8], Error> {
        let value = self.expect(INTEGER)?;
        match value.first() {
            None => Err(Error::BadValue),
            Some(first) if first & 0x80 != 0 => Err(Error::Negative),
            Some(_) => Ok(trim_zeros(value)),
        }
    }

    /// Reads a non-negative INTEGER below 2^64.
    pub fn small_int(&mut self) -> Result<u64, Error> {
        let bytes = self.integer()?;
        if bytes.len() > 8 {
            return Err(Error::BadValue);
        }
        Ok(bytes
            .iter()
            .fold(0, |sum, &byte| (sum << 8) | u64::from(byte)))
    }

    /// Reads an OCTET STRING.
    pub fn octets(&mut self) -> Result<&'a [u8], Error> {
        self.expect(OCTET_STRING)
    }

    /// Reads a BIT STRING of whole bytes.
    pub fn bits(&mut self) -> Result<&'a [u8], Error> {
        match self.expect(BIT_STRING)?.split_first() {
            Some((0, bytes)) => Ok(bytes),
            _ => Err(Error::BadValue),
        }
    }

    /// Reads an OBJECT IDENTIFIER as its content bytes.
    pub fn oid(&mut self) -> Result<&'a [u8], Error> {
        let value = self.expect(OID)?;
        if value.is_empty() {
            Err(Error::BadValue)
        } else {
            Ok(value)
        }
    }

    /// Steps over an element whose header, content and trailer lengths are known.
    fn take(
        &mut self,
        tag: u8,
        start: usize,
        len: usize,
        trailer: usize,
    ) -> Result<Tlv<'a>, Error> {
        let end = start.checked_add(len).ok_or(Error::BadLength)?;
        let next = end.checked_add(trailer).ok_or(Error::BadLength)?;
        let value = self.rest.get(start..end).ok_or(Error::Truncated)?;
        let (whole, rest) = self.rest.split_at_checked(next).ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(Tlv { tag, value, whole })
    }
}

/// Reads tag and length: the tag, where the content starts, and how long it is
/// (`None`: indefinite).
fn header(bytes: &[u8]) -> Result<(u8, usize, Option<usize>), Error> {
    let &tag = bytes.first().ok_or(Error::Truncated)?;
    if tag & 0x1F == 0x1F {
        return Err(Error::BadTag);
    }
    let &first = bytes.get(1).ok_or(Error::Truncated)?;
    match first {
        0..0x80 => Ok((tag, 2, Some(usize::from(first)))),
        // Indefinite length needs a constructed tag (X.690 8.1.3.2).
        0x80 if tag & 0x20 != 0 => Ok((tag, 2, None)),
        0x81..=0x84 => {
            let start = 2 + usize::from(first & 0x7F);
            let digits = bytes.get(2..start).ok_or(Error::Truncated)?;
            let len = digits
                .iter()
                .fold(0u64, |sum, &byte| (sum << 8) | u64::from(byte));
            let len = usize::try_from(len).map_err(|_| Error::BadLength)?;
            Ok((tag, start, Some(len)))
        }
        _ => Err(Error::BadLength),
    }
}

/// Returns what follows the header of an element with this tag, which may be
/// indefinite or end later than `bytes` do.
#[must_use]
pub fn begun(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (found, start, _) = header(bytes).ok()?;
    bytes.get(start..).filter(|_| found == tag)
}

/// Returns the length of indefinite content, which `content` begins with.
fn indefinite_len(content: &[u8]) -> Result<usize, Error> {
    let mut pos = 0usize;
    let mut open = 1usize;
    loop {
        let rest = content.get(pos..).ok_or(Error::Truncated)?;
        let (tag, start, len) = header(rest)?;
        if tag == 0 && len == Some(0) {
            open -= 1;
            if open == 0 {
                return Ok(pos);
            }
        }
        if len.is_none() {
            open += 1;
            if open > MAX_INDEFINITE_DEPTH {
                return Err(Error::TooDeep);
            }
        }
        pos = pos
            .checked_add(start)
            .and_then(|pos| pos.checked_add(len.unwrap_or(0)))
            .ok_or(Error::BadLength)?;
    }
}

/// Returns the SEQUENCE whose content begins at `pos`.
///
/// Anchors found by the scanner are content (`02 01 00 30 …`), and the header
/// before them has one of five shapes. The longest is tried first, since the
/// last length byte of a long header may itself look like a short one
/// (`30 82 30 05`); shapes with needless length bytes come after the minimal ones.
#[must_use]
pub fn sequence_before(bytes: &[u8], pos: usize) -> Option<Range<usize>> {
    let fits = |header_len: usize, minimum: usize| {
        let start = pos.checked_sub(header_len)?;
        let (tag, content, len) = header(bytes.get(start..)?).ok()?;
        let len = len?;
        let end = pos.checked_add(len)?;
        (tag == SEQUENCE && content == header_len && len >= minimum && end <= bytes.len())
            .then_some(start..end)
    };
    let indefinite = || {
        let start = pos.checked_sub(2)?;
        if bytes.get(start..pos)? != [SEQUENCE, 0x80] {
            return None;
        }
        let len = Reader::new(bytes.get(start..)?)
            .read_tlv_ber()
            .ok()?
            .whole
            .len();
        Some(start..start.checked_add(len)?)
    };
    fits(5, 0x1_0000)
        .or_else(|| fits(4, 0x100))
        .or_else(|| fits(3, 0x80))
        .or_else(|| fits(2, 0))
        .or_else(indefinite)
        .or_else(|| fits(5, 0))
        .or_else(|| fits(4, 0))
        .or_else(|| fits(3, 0))
}
