//! Protocol Buffers wire format, as far as key files need it.
//!
//! ```text
//! field = varint (number << 3 | type) | value
//! type 0: varint, 1: 8 bytes, 2: varint length and bytes, 5: 4 bytes
//! ```

use super::Error;

/// One message.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a>(pub &'a [u8]);

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number.
    Number(u64),
    /// Bytes, text or a message.
    Bytes(&'a [u8]),
}

impl<'a> Message<'a> {
    /// Returns the last value of a field, which is the one that counts; `None`
    /// when it is absent or the message is malformed before.
    #[must_use]
    pub fn field(&self, number: u64) -> Option<Value<'a>> {
        let (mut rest, mut found) = (self.0, None);
        while !rest.is_empty() {
            let (known, value) = read_field(&mut rest).ok()?;
            if known == number {
                found = value.or(found);
            }
        }
        found
    }

    /// Returns the bytes of a field.
    #[must_use]
    pub fn bytes(&self, number: u64) -> Option<&'a [u8]> {
        match self.field(number)? {
            Value::Bytes(bytes) => Some(bytes),
            Value::Number(_) => None,
        }
    }

    /// Returns the number of a field; an absent one is zero.
    #[must_use]
    pub fn number(&self, number: u64) -> u64 {
        match self.field(number) {
            Some(Value::Number(value)) => value,
            _ => 0,
        }
    }

    /// Returns the message in a field.
    #[must_use]
    pub fn message(&self, number: u64) -> Option<Message<'a>> {
        self.bytes(number).map(Message)
    }
}

/// Reads a varint at the start of `bytes`, and moves on.
pub fn varint(bytes: &mut &[u8]) -> Result<u64, Error> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Error::Truncated)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Error::BadLength)
}

/// Reads a length and so many bytes, and moves on.
pub fn delimited<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], Error> {
    let len = usize::try_from(varint(bytes)?).map_err(|_| Error::BadLength)?;
    take(bytes, len)
}

fn take<'a>(bytes: &mut &'a [u8], len: usize) -> Result<&'a [u8], Error> {
    let (taken, rest) = bytes.split_at_checked(len).ok_or(Error::Truncated)?;
    *bytes = rest;
    Ok(taken)
}

fn read_field<'a>(bytes: &mut &'a [u8]) -> Result<(u64, Option<Value<'a>>), Error> {
    let key = varint(bytes)?;
    let value = match key & 7 {
        0 => Some(Value::Number(varint(bytes)?)),
        1 => take(bytes, 8).map(|_| None)?,
        2 => Some(Value::Bytes(delimited(bytes)?)),
        5 => take(bytes, 4).map(|_| None)?,
        _ => return Err(Error::BadTag),
    };
    Ok((key >> 3, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_message() {
        let message = Message(&[
            0x08, 0x96, 0x01, 0x12, 0x02, b'h', b'i', 0x1d, 1, 2, 3, 4, 0x20, 7,
        ]);
        assert_eq!(message.number(1), 150);
        assert_eq!(message.bytes(2), Some(&b"hi"[..]));
        assert_eq!(
            (message.field(3), message.number(4), message.number(9)),
            (None, 7, 0)
        );
        assert!(Message(&[0x12, 0x7f, 1]).bytes(2).is_none());
        assert!(Message(&[0xff; 12]).field(1).is_none());
    }
}
