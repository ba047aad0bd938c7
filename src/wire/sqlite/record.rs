//! Rows of SQLite: the record format (section 2.1 of the file format).
//!
//! A header of serial types, then the values. 0 is NULL, 1 to 6 are integers of
//! 1, 2, 3, 4, 6 and 8 bytes, 7 is a float, 8 and 9 are the integers 0 and 1;
//! even types from 12 on are blobs, odd ones from 13 on text.

use super::varint;

/// Most columns of a table, as in SQLite itself.
const MAX_COLUMNS: usize = 32_767;

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// NULL, or a float.
    Other,
    /// An integer.
    Integer(i64),
    /// Text, in the encoding of the database.
    Text(&'a [u8]),
    /// Bytes.
    Blob(&'a [u8]),
}

impl<'a> Value<'a> {
    /// Returns the bytes of text or of a blob.
    #[must_use]
    pub fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Text(bytes) | Self::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Returns the values of a record, as far as there are bytes for them: the last
/// one of a record that was cut is what is left of it.
pub fn values(record: &[u8]) -> impl Iterator<Item = Value<'_>> {
    let (len, first) = varint(record).unwrap_or_default();
    let len = usize::try_from(len).unwrap_or(usize::MAX).min(record.len());
    let mut types = record.get(first..len).unwrap_or_default();
    let mut body = record.get(len..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (serial, read) = varint(types)?;
        types = types.get(read..)?;
        let size = match serial {
            0 | 8 | 9 => 0,
            1..=4 => serial,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => (serial - 12) / 2,
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(body.len());
        let (bytes, rest) = body.split_at_checked(size)?;
        body = rest;
        Some(match serial {
            1..=6 => Value::Integer(integer(bytes)),
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            12.. if serial % 2 == 0 => Value::Blob(bytes),
            12.. => Value::Text(bytes),
            _ => Value::Other,
        })
    })
    .take(MAX_COLUMNS)
}

/// Reads a signed number.
fn integer(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
    let start = if negative { -1 } else { 0 };
    bytes.iter().fold(start, |n: i64, b| n << 8 | i64::from(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_and_a_cut_record_ends() {
        let record = b"\x07\x00\x01\x09\x0e\x13\x02\xfea\xc3\xa4bc\xff\x00";
        let all = [
            Value::Other,
            Value::Integer(-2),
            Value::Integer(1),
            Value::Blob(b"a"),
            Value::Text("\u{e4}b".as_bytes()),
        ];
        let read: Vec<_> = values(record).collect();
        assert_eq!(read[..5], all, "{read:?}");
        let cut: Vec<_> = values(&record[..9]).collect();
        assert_eq!(cut[3..5], [Value::Blob(b"a"), Value::Text(b"")]);
        assert_eq!(values(b"").count(), 0);
        assert_eq!(values(b"\x09\x0a").count(), 0);
    }
}
