//! What Java's `DataOutputStream` and `ObjectOutputStream` write, as far as key
//! stores hold it.
//!
//! ```text
//! utf   = u16 length | modified UTF-8
//! bytes = u32 length | bytes
//! ```
//!
//! Serialized objects (Java Object Serialization Specification, chapter 6) are
//! walked, not built: only objects whose fields are strings and byte arrays,
//! such as `SealedObject` and `SecretKeySpec`.

use super::Error;

/// Fields of one class, and classes above it: twice what key stores hold.
const MAX_FIELDS: u16 = 16;
const MAX_CLASSES: usize = 8;

/// A cursor over big-endian data.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Returns what has not been read.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Reads so many bytes.
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

    /// Reads a string of at most 65,535 bytes.
    pub fn utf(&mut self) -> Result<&'a [u8], Error> {
        let len = self.u16()?;
        self.take(usize::from(len))
    }

    /// Reads bytes behind their length.
    pub fn bytes(&mut self) -> Result<&'a [u8], Error> {
        let len = self.u32()?;
        self.take(usize::try_from(len).map_err(|_| Error::BadLength)?)
    }

    /// Reads a serialized object with the header of its stream.
    pub fn object(&mut self) -> Result<Object<'a>, Error> {
        const STREAM: [u8; 4] = [0xAC, 0xED, 0, 5];
        if self.number()? != STREAM || self.u8()? != OBJECT {
            return Err(Error::BadTag);
        }
        let mut classes = Vec::new();
        while let Some(class) = self.class()? {
            if classes.len() == MAX_CLASSES {
                return Err(Error::TooDeep);
            }
            classes.push(class);
        }
        let mut object = Object { fields: Vec::new() };
        // Values begin with those of the topmost class.
        for class in classes.iter().rev() {
            for &(name, kind) in &class.fields {
                let value = self.value(kind)?;
                object.fields.push((name, value));
            }
            if class.flags & WRITE_METHOD != 0 && self.u8()? != END_BLOCK {
                return Err(Error::BadTag);
            }
        }
        Ok(object)
    }

    /// Reads a class description; `None` where there is no class above.
    fn class(&mut self) -> Result<Option<Class<'a>>, Error> {
        match self.u8()? {
            NULL => return Ok(None),
            CLASS => {}
            _ => return Err(Error::BadTag),
        }
        let name = self.utf()?;
        self.u64()?;
        let flags = self.u8()?;
        let count = self.u16()?;
        if count > MAX_FIELDS {
            return Err(Error::BadLength);
        }
        let mut fields = Vec::new();
        for _ in 0..count {
            let kind = self.u8()?;
            let field = self.utf()?;
            if matches!(kind, b'L' | b'[') {
                self.text()?;
            }
            fields.push((field, kind));
        }
        if self.u8()? != END_BLOCK {
            return Err(Error::BadTag);
        }
        Ok(Some(Class {
            name,
            flags,
            fields,
        }))
    }

    /// Reads a string object; `None` for one that was written before.
    fn text(&mut self) -> Result<Option<&'a [u8]>, Error> {
        match self.u8()? {
            STRING => self.utf().map(Some),
            REFERENCE => self.u32().map(|_| None),
            NULL => Ok(None),
            _ => Err(Error::BadTag),
        }
    }

    /// Reads the value of a field.
    fn value(&mut self, kind: u8) -> Result<&'a [u8], Error> {
        match kind {
            b'B' | b'Z' => self.take(1),
            b'C' | b'S' => self.take(2),
            b'F' | b'I' => self.take(4),
            b'D' | b'J' => self.take(8),
            b'[' => match self.u8()? {
                NULL => Ok(&[]),
                ARRAY => {
                    // The class of the array, or a reference to it.
                    if self.rest.first() == Some(&REFERENCE) {
                        self.take(5)?;
                    } else {
                        let class = self.class()?.ok_or(Error::BadTag)?;
                        if class.name != b"[B" || self.class()?.is_some() {
                            return Err(Error::BadTag);
                        }
                    }
                    self.bytes()
                }
                _ => Err(Error::BadTag),
            },
            b'L' => Ok(self.text()?.unwrap_or_default()),
            _ => Err(Error::BadTag),
        }
    }
}

const NULL: u8 = 0x70;
const REFERENCE: u8 = 0x71;
const CLASS: u8 = 0x72;
const OBJECT: u8 = 0x73;
const STRING: u8 = 0x74;
const ARRAY: u8 = 0x75;
const END_BLOCK: u8 = 0x78;
/// `SC_WRITE_METHOD`: an end-of-block follows the values.
const WRITE_METHOD: u8 = 0x01;

struct Class<'a> {
    name: &'a [u8],
    flags: u8,
    fields: Vec<(&'a [u8], u8)>,
}

/// A serialized object: values by the names of their fields. It may hold a
/// key, so there is no way to print it.
pub struct Object<'a> {
    fields: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Object<'a> {
    /// Returns the value of a field: a string or the bytes of an array.
    #[must_use]
    pub fn field(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.fields
            .iter()
            .find(|(known, _)| *known == name)
            .map(|&(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn utf_and_bytes() {
        let mut reader = Reader::new(b"\x00\x02ab\x00\x00\x00\x01c\x07");
        assert_eq!(reader.utf(), Ok(&b"ab"[..]));
        assert_eq!(reader.bytes(), Ok(&b"c"[..]));
        assert_eq!(reader.u8(), Ok(7));
        assert_eq!(reader.u16(), Err(Error::Truncated));
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(prop_oneof![Just(0x70_u8), Just(0x72), Just(0x75), Just(0x78), Just(0), any::<u8>()], 0..120)) {
            let stream = [&[0xAC, 0xED, 0, 5, OBJECT], bytes.as_slice()].concat();
            let _ = Reader::new(&stream).object();
        }
    }
}
