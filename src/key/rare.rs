//! Curves that are met in old devices, smart cards and test suites: small, twisted
//! and binary ones.
//!
//! They are a table of text, which is read when the first of them is asked for: no
//! scan without such a key pays for it. `testdata/make/curves.py` writes it from
//! OpenSSL's own table.

use std::sync::LazyLock;

use super::{Domain, number};
use crate::wire::hex;

/// The table: name, object identifier, field, and six numbers in hexadecimal.
const TEXT: &str = include_str!("curves.tsv");

/// The rows of the table, once they are read.
static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| TEXT.lines().filter_map(row).collect());

/// One curve.
struct Row {
    /// The name that OpenSSL has for it.
    name: &'static str,
    /// Content bytes of the object identifier.
    oid: Vec<u8>,
    /// Whether the field has characteristic two.
    binary: bool,
    /// Field, a, b, x, y, order.
    numbers: [Vec<u8>; 6],
}

/// A curve of the table, by its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rare(u8);

impl Rare {
    /// Returns every curve of the table.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).take(TABLE.len()).map(Self)
    }

    /// Returns the content bytes of the object identifier.
    pub(super) fn oid(self) -> &'static [u8] {
        self.row().map_or(&[], |row| &row.oid)
    }

    /// Returns the name.
    pub(super) fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }

    /// Whether the field has characteristic two.
    pub(super) fn is_binary(self) -> bool {
        self.row().is_some_and(|row| row.binary)
    }

    /// Returns the size of the field in bits.
    pub(super) fn bits(self) -> u32 {
        // The polynomial of a binary field is one bit longer than its elements.
        let field = number::bits(self.domain().p);
        field.saturating_sub(u32::from(self.is_binary()))
    }

    /// Returns the domain parameters.
    pub(super) fn domain(self) -> Domain<'static> {
        let [p, a, b, gx, gy, n] = match self.row() {
            Some(row) => row.numbers.each_ref().map(Vec::as_slice),
            None => [[].as_slice(); 6],
        };
        Domain { p, a, b, gx, gy, n }
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.get(usize::from(self.0))
    }
}

/// Reads a line of the table; comments are none.
fn row(line: &'static str) -> Option<Row> {
    let mut fields = line.split('\t');
    let name = fields.next()?;
    let bytes = |digits: &str| hex::decode(digits).map(|bytes| bytes.to_vec());
    let oid = bytes(fields.next()?)?;
    let binary = fields.next()? == "binary";
    let numbers: Option<Vec<_>> = fields.map(bytes).collect();
    Some(Row {
        name,
        oid,
        binary,
        numbers: numbers?.try_into().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = TEXT.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(TABLE.len(), lines.count());
        assert!(Rare::all().all(|curve| curve.bits() > 100 && !curve.oid().is_empty()));
    }
}
