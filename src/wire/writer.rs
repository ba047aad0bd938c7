//! Writers for the two encodings that fingerprints are taken over: DER and SSH.
//!
//! Only public values pass through here, so the buffers are plain vectors.

use super::der::{BIT_STRING, INTEGER, NULL, OCTET_STRING, OID, SEQUENCE};
use super::trim_zeros;

/// Appends DER elements to a buffer.
#[derive(Clone, Debug, Default)]
pub struct DerWriter {
    /// What has been written.
    bytes: Vec<u8>,
}

impl DerWriter {
    /// Starts an empty buffer.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Returns what has been written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes an element with this tag and content.
    pub fn tlv(&mut self, tag: u8, value: &[u8]) -> &mut Self {
        self.header(tag, value.len());
        self.bytes.extend_from_slice(value);
        self
    }

    /// Writes a SEQUENCE of what `content` writes.
    pub fn sequence(&mut self, content: impl FnOnce(&mut Self)) -> &mut Self {
        let mut inner = Self::new();
        content(&mut inner);
        self.tlv(SEQUENCE, &inner.bytes)
    }

    /// Writes a non-negative INTEGER given as big-endian bytes.
    pub fn integer(&mut self, number: &[u8]) -> &mut Self {
        let number = trim_zeros(number);
        let sign = needs_sign_byte(number) || number.is_empty();
        self.header(INTEGER, number.len() + usize::from(sign));
        if sign {
            self.bytes.push(0);
        }
        self.bytes.extend_from_slice(number);
        self
    }

    /// Writes an OCTET STRING.
    pub fn octets(&mut self, value: &[u8]) -> &mut Self {
        self.tlv(OCTET_STRING, value)
    }

    /// Writes a BIT STRING of whole bytes.
    pub fn bits(&mut self, value: &[u8]) -> &mut Self {
        self.header(BIT_STRING, value.len() + 1);
        self.bytes.push(0);
        self.bytes.extend_from_slice(value);
        self
    }

    /// Writes an OBJECT IDENTIFIER given as its content bytes.
    pub fn oid(&mut self, value: &[u8]) -> &mut Self {
        self.tlv(OID, value)
    }

    /// Appends elements that are encoded already.
    pub fn raw(&mut self, der: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(der);
        self
    }

    /// Writes NULL.
    pub fn null(&mut self) -> &mut Self {
        self.tlv(NULL, &[])
    }

    fn header(&mut self, tag: u8, len: usize) {
        self.bytes.extend(header(tag, len));
    }
}

/// Returns the tag of an element and its length, which is minimal.
#[must_use]
pub fn header(tag: u8, len: usize) -> Vec<u8> {
    let digits = len.to_be_bytes();
    let digits = trim_zeros(&digits);
    match u8::try_from(len) {
        Ok(short @ 0..0x80) => vec![tag, short],
        // A usize has at most 8 digits.
        _ => [&[tag, 0x80 | digits.len() as u8], digits].concat(),
    }
}

/// Appends SSH fields to a buffer.
#[derive(Clone, Debug, Default)]
pub struct SshWriter {
    /// What has been written.
    bytes: Vec<u8>,
}

impl SshWriter {
    /// Starts an empty buffer.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Returns what has been written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes a string. Strings of 4 GiB do not occur; one would be written empty.
    pub fn string(&mut self, value: &[u8]) -> &mut Self {
        let (len, value) = u32::try_from(value.len()).map_or((0, &[][..]), |len| (len, value));
        self.bytes.extend_from_slice(&len.to_be_bytes());
        self.bytes.extend_from_slice(value);
        self
    }

    /// Writes a non-negative number given as big-endian bytes.
    pub fn mpint(&mut self, number: &[u8]) -> &mut Self {
        self.string(&signed(number))
    }
}

/// Returns a non-negative number, given as big-endian bytes, as minimal two's
/// complement: one zero byte before a set top bit. Zero is empty.
#[must_use]
pub fn signed(number: &[u8]) -> Vec<u8> {
    let number = trim_zeros(number);
    let mut bytes = Vec::with_capacity(number.len() + 1);
    if needs_sign_byte(number) {
        bytes.push(0);
    }
    bytes.extend_from_slice(number);
    bytes
}

/// Whether the top bit is set, so that two's complement needs a zero byte.
fn needs_sign_byte(number: &[u8]) -> bool {
    number.first().is_some_and(|first| first & 0x80 != 0)
}
