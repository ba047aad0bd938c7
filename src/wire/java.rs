//! What Java's `ObjectOutputStream` writes, as far as key stores hold it.
//!
//! Serialized objects (Java Object Serialization Specification, chapter 6) are
//! walked, not built: only objects whose fields are strings and byte arrays,
//! such as `SealedObject` and `SecretKeySpec`.

use super::Error;
use super::big_endian::Reader;

/// Fields of one class, and classes above it: twice what key stores hold.
const MAX_FIELDS: u16 = 16;
const MAX_CLASSES: usize = 8;

/// Reads a serialized object with the header of its stream.
pub fn object<'a>(reader: &mut Reader<'a>) -> Result<Object<'a>, Error> {
    const STREAM: [u8; 4] = [0xAC, 0xED, 0, 5];
    if reader.take(4)? != STREAM || reader.u8()? != OBJECT {
        return Err(Error::BadTag);
    }
    let mut classes = Vec::new();
    while let Some(class) = class(reader)? {
        if classes.len() == MAX_CLASSES {
            return Err(Error::TooDeep);
        }
        classes.push(class);
    }
    let mut object = Object { fields: Vec::new() };
    // Values begin with those of the topmost class.
    for class in classes.iter().rev() {
        for &(name, kind) in &class.fields {
            let value = value(reader, kind)?;
            object.fields.push((name, value));
        }
        if class.flags & WRITE_METHOD != 0 && reader.u8()? != END_BLOCK {
            return Err(Error::BadTag);
        }
    }
    Ok(object)
}

/// Reads a class description; `None` where there is no class above.
fn class<'a>(reader: &mut Reader<'a>) -> Result<Option<Class<'a>>, Error> {
    match reader.u8()? {
        NULL => return Ok(None),
        CLASS => {}
        _ => return Err(Error::BadTag),
    }
    let name = reader.utf()?;
    reader.u64()?;
    let flags = reader.u8()?;
    let count = reader.u16()?;
    if count > MAX_FIELDS {
        return Err(Error::BadLength);
    }
    let mut fields = Vec::new();
    for _ in 0..count {
        let kind = reader.u8()?;
        let field = reader.utf()?;
        if matches!(kind, b'L' | b'[') {
            text(reader)?;
        }
        fields.push((field, kind));
    }
    if reader.u8()? != END_BLOCK {
        return Err(Error::BadTag);
    }
    Ok(Some(Class {
        name,
        flags,
        fields,
    }))
}

/// Reads a string object; `None` for one that was written before.
fn text<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a [u8]>, Error> {
    match reader.u8()? {
        STRING => reader.utf().map(Some),
        REFERENCE => reader.u32().map(|_| None),
        NULL => Ok(None),
        _ => Err(Error::BadTag),
    }
}

/// Reads the value of a field.
fn value<'a>(reader: &mut Reader<'a>, kind: u8) -> Result<&'a [u8], Error> {
    match kind {
        b'B' | b'Z' => reader.take(1),
        b'C' | b'S' => reader.take(2),
        b'F' | b'I' => reader.take(4),
        b'D' | b'J' => reader.take(8),
        b'[' => match reader.u8()? {
            NULL => Ok(&[]),
            ARRAY => {
                // The class of the array, or a reference to it.
                if reader.rest().first() == Some(&REFERENCE) {
                    reader.take(5)?;
                } else {
                    let array = class(reader)?.ok_or(Error::BadTag)?;
                    if array.name != b"[B" || class(reader)?.is_some() {
                        return Err(Error::BadTag);
                    }
                }
                reader.string()
            }
            _ => Err(Error::BadTag),
        },
        b'L' => Ok(text(reader)?.unwrap_or_default()),
        _ => Err(Error::BadTag),
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

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(prop_oneof![Just(0x70_u8), Just(0x72), Just(0x75), Just(0x78), Just(0), any::<u8>()], 0..120)) {
            let stream = [&[0xAC, 0xED, 0, 5, OBJECT], bytes.as_slice()].concat();
            let _ = object(&mut Reader::new(&stream));
        }
    }
}
