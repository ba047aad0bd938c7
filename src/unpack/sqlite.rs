//! SQLite databases: the values of rows as members.
//!
//! See [`wire::sqlite`](crate::wire::sqlite) for the format. A value of text or
//! bytes that is long enough for a key is a member `table/row/column`; in it a key
//! is whole that overflow pages cut in the file, and a key store or an archive
//! begins where it is looked for. What is left of deleted rows is a member
//! `free page N`. The file itself is searched as it stands besides.

use std::io::{self, SeekFrom};
use std::ops::ControlFlow;

use super::{Members, Positioned, Trouble};
use crate::wire::sqlite::record::{Value, values};
use crate::wire::sqlite::schema::Table;
use crate::wire::sqlite::walk::{Piece, Stop, walk};
use crate::wire::sqlite::{self, Header, MAX_PAGES, MAX_PAYLOAD_BYTES, Text};

/// Memory that reading takes, in bytes: a payload, which grows by doubling, two
/// sets of pages and two pages.
pub const MEMORY_BYTES: u64 = 2 * MAX_PAYLOAD_BYTES as u64 + MAX_PAGES as u64 / 4 + (128 << 10);
/// Shortest value that may hold a key: 32 bytes.
const MIN_BYTES: usize = 32;
/// Table of key databases of NSS. Their values are encrypted one by one and look like
/// keys of their own; the format `nss` reads the database as a whole.
const NSS: &str = "nssPrivate";

/// Reads a database.
pub fn read(input: &mut dyn Positioned, members: &mut dyn Members) -> Result<(), Trouble> {
    let size = input.seek(SeekFrom::End(0))?;
    let mut values = Values {
        members,
        is_nss: false,
    };
    let read = walk(&mut File(input), size, &mut |header, piece| {
        values.piece(header.text, &piece)
    });
    match read {
        Ok(()) | Err(Stop::Enough) => Ok(()),
        Err(Stop::Damaged) => Err(Trouble::Damaged),
        Err(Stop::TooLarge) => Err(Trouble::TooMuchMemory),
    }
}

/// A file as pages.
struct File<'i>(&'i mut dyn Positioned);

impl sqlite::Pages for File<'_> {
    fn read_at(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(offset))?;
        let mut filled = 0;
        while let Some(room) = out.get_mut(filled..).filter(|room| !room.is_empty()) {
            match self.0.read(room) {
                Ok(0) if filled == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(0) => {
                    room.fill(0);
                    break;
                }
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

/// Hands over values.
struct Values<'m> {
    members: &'m mut dyn Members,
    /// Whether it is a key database of NSS.
    is_nss: bool,
}

impl Values<'_> {
    fn piece(&mut self, text: Text, piece: &Piece<'_>) -> ControlFlow<()> {
        if let Piece::Row { table, .. } = piece {
            self.is_nss |= table.name == NSS;
        }
        match piece {
            _ if self.is_nss => ControlFlow::Break(()),
            Piece::Row {
                table,
                rowid,
                record,
                ..
            } => self.row(text, table, *rowid, record),
            Piece::Freed { page, record } => {
                let name = format!("free page {page}");
                let mut long = values(record).filter(|value| is_long(*value));
                long.try_for_each(|value| self.value(text, &name, value))
            }
            Piece::Rest { page, bytes } => {
                let name = format!("free page {page}");
                self.members.member(name.as_bytes(), &mut &**bytes)
            }
        }
    }

    fn row(
        &mut self,
        text: Text,
        table: &Table,
        rowid: Option<i64>,
        record: &[u8],
    ) -> ControlFlow<()> {
        for (i, value) in values(record).enumerate().filter(|(_, v)| is_long(*v)) {
            let row = rowid.map_or("-".to_owned(), |row| row.to_string());
            // A table without row ids has its key in front, whatever was declared.
            let column = table.columns.get(i).filter(|_| rowid.is_some());
            let column = column.cloned().unwrap_or_else(|| (i + 1).to_string());
            let name = format!("{}/{row}/{column}", table.name);
            self.value(text, &name, value)?;
        }
        ControlFlow::Continue(())
    }

    fn value(&mut self, text: Text, name: &str, value: Value<'_>) -> ControlFlow<()> {
        match value {
            Value::Text(bytes) if text != Text::Utf8 => {
                let decoded = zeroize::Zeroizing::new(text.decode(bytes));
                self.members
                    .member(name.as_bytes(), &mut decoded.as_bytes())
            }
            Value::Text(bytes) | Value::Blob(bytes) => {
                self.members.member(name.as_bytes(), &mut &*bytes)
            }
            Value::Integer(_) | Value::Other => ControlFlow::Continue(()),
        }
    }
}

fn is_long(value: Value<'_>) -> bool {
    value.bytes().is_some_and(|bytes| bytes.len() >= MIN_BYTES)
}

/// Whether a blob begins with the header of a database.
pub(super) fn begins(head: &[u8]) -> bool {
    Header::read(head, head.len() as u64).is_some()
}
