//! SQLite database files, written whole: tables of rows, and nothing else.
//!
//! Place in the flow: under [`super::results`]. Only a fresh file is made here, never an existing one
//! changed, so there is no journal, no index and no free page; what remains of the format is little
//! enough to be written without the library, which is C.
//!
//! Layout (<https://www.sqlite.org/fileformat2.html>): pages of 4,096 bytes. Page 1 begins with the
//! header of 100 bytes and holds `sqlite_schema`, a row for each table. A table is a b-tree of rows by
//! number: leaves (type 13) hold cells of payload length, row number and payload; inner pages (type 5)
//! hold for each child but the last its page and its greatest row number. What of a payload is too
//! long for a leaf is in a chain of overflow pages. A payload is a record: the length of its head, a
//! type for each column, the values.

/// Bytes of a page.
const PAGE: usize = 4096;

/// Bytes of the header of the file.
const FILE_HEAD: usize = 100;

/// Bytes of the header of a leaf.
const LEAF_HEAD: usize = 8;

/// Longest payload that is in a leaf as a whole: the page less 35.
const MAX_LOCAL: usize = PAGE - 35;

/// Shortest part of a longer one that is in the leaf.
const MIN_LOCAL: usize = (PAGE - 12) * 32 / 255 - 23;

/// Children of an inner page: their cells have at most 15 bytes with the pointer.
const CHILDREN: usize = 256;

/// Version of SQLite that is claimed to have written the file: any that knows format 4.
const LIBRARY: u32 = 3_037_000;

/// A value of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'v> {
    /// None.
    Null,
    /// A number.
    Integer(i64),
    /// A number that may have a fraction.
    Real(f64),
    /// Text.
    Text(&'v str),
}

impl<'v> Value<'v> {
    /// Returns text, if there is any.
    #[must_use]
    pub fn text(text: Option<&'v str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }

    /// Returns a count; one that no number of SQLite holds is the largest of them.
    #[must_use]
    pub fn count(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }

    /// Returns the type of the value in a record, and its bytes.
    fn encoded(self) -> (u64, Vec<u8>) {
        match self {
            Self::Null => (0, Vec::new()),
            Self::Integer(0) => (8, Vec::new()),
            Self::Integer(1) => (9, Vec::new()),
            Self::Integer(number) => {
                let (kind, len) = match number {
                    -0x80..=0x7f => (1, 1),
                    -0x8000..=0x7fff => (2, 2),
                    -0x8000_0000..=0x7fff_ffff => (4, 4),
                    _ => (6, 8),
                };
                let bytes = number.to_be_bytes();
                (kind, bytes.get(8 - len..).unwrap_or_default().to_vec())
            }
            // What is no number is NULL there.
            Self::Real(number) if number.is_nan() => (0, Vec::new()),
            Self::Real(number) => (7, number.to_be_bytes().to_vec()),
            Self::Text(text) => (13 + 2 * text.len() as u64, text.as_bytes().to_vec()),
        }
    }
}

/// A database that is being made.
#[derive(Debug)]
pub struct Database {
    /// All pages; the first is filled in at the end.
    bytes: Vec<u8>,
    /// For each table: name, first page, how it would be created.
    tables: Vec<(&'static str, u32, String)>,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            bytes: vec![0; PAGE],
            tables: Vec::new(),
        }
    }
}

impl Database {
    /// Adds a table; `columns` are names and types, as a schema has them.
    pub fn table<'v>(
        &mut self,
        name: &'static str,
        columns: &str,
        rows: impl IntoIterator<Item = Vec<Value<'v>>>,
    ) {
        let mut level = Vec::new();
        let mut leaf = Leaf::default();
        let mut last = 0;
        for (number, row) in (1_u64..).zip(rows) {
            let cell = self.cell(number, &record(&row));
            if !leaf.has_room(&cell, 0) {
                level.push((self.leaf(&std::mem::take(&mut leaf)), last));
            }
            leaf.cells.push(cell);
            last = number;
        }
        // A table without rows is an empty leaf.
        level.push((self.leaf(&leaf), last));
        while level.len() > 1 {
            level = self.parents(&level);
        }
        let root = level.first().map_or(0, |(page, _)| *page);
        let schema = format!("CREATE TABLE {name} ({columns})");
        self.tables.push((name, root, schema));
    }

    /// Returns the file; nothing if the schema does not fit its page.
    #[must_use]
    pub fn into_bytes(mut self) -> Option<Vec<u8>> {
        let mut schema = Leaf::default();
        let tables = std::mem::take(&mut self.tables);
        for (number, (name, root, text)) in (1_u64..).zip(&tables) {
            let row = [
                Value::Text("table"),
                Value::Text(name),
                Value::Text(name),
                Value::Integer((*root).into()),
                Value::Text(text),
            ];
            let record = record(&row);
            if record.len() > MAX_LOCAL {
                return None;
            }
            let cell = self.cell(number, &record);
            if !schema.has_room(&cell, FILE_HEAD) {
                return None;
            }
            schema.cells.push(cell);
        }
        let pages = u32::try_from(self.bytes.len() / PAGE).ok()?;
        let mut first = schema.page(FILE_HEAD);
        first.splice(..FILE_HEAD, head(pages));
        self.bytes.splice(..PAGE, first);
        Some(self.bytes)
    }

    /// Adds a page; returns its number, from 1.
    fn add(&mut self, mut page: Vec<u8>) -> u32 {
        page.resize(PAGE, 0);
        self.bytes.extend(page);
        u32::try_from(self.bytes.len() / PAGE).unwrap_or(u32::MAX)
    }

    fn leaf(&mut self, leaf: &Leaf) -> u32 {
        self.add(leaf.page(0))
    }

    /// Makes the cell of a row, and the overflow pages that it needs.
    fn cell(&mut self, number: u64, payload: &[u8]) -> Vec<u8> {
        let mut cell = varint(payload.len() as u64);
        cell.extend(varint(number));
        if payload.len() <= MAX_LOCAL {
            cell.extend_from_slice(payload);
            return cell;
        }
        let room = PAGE - 4;
        let wanted = MIN_LOCAL + (payload.len() - MIN_LOCAL) % room;
        let local = if wanted <= MAX_LOCAL {
            wanted
        } else {
            MIN_LOCAL
        };
        let (local, rest) = payload.split_at_checked(local).unwrap_or((payload, &[]));
        cell.extend_from_slice(local);
        let mut parts = rest.chunks(room).peekable();
        let first = u32::try_from(self.bytes.len() / PAGE + 1).unwrap_or(u32::MAX);
        cell.extend(first.to_be_bytes());
        let mut next = first;
        while let Some(part) = parts.next() {
            next = match parts.peek() {
                Some(_) => next.saturating_add(1),
                None => 0,
            };
            let mut page = next.to_be_bytes().to_vec();
            page.extend_from_slice(part);
            self.add(page);
        }
        cell
    }

    /// Makes the pages above a level: groups of one size, so that none has a single child.
    fn parents(&mut self, level: &[(u32, u64)]) -> Vec<(u32, u64)> {
        let groups = level.len().div_ceil(CHILDREN).max(1);
        let size = level.len().div_ceil(groups).max(2);
        let mut above = Vec::new();
        let mut rest = level;
        while !rest.is_empty() {
            // Never leave one behind.
            let take = match rest.len() - size.min(rest.len()) {
                1 => rest.len(),
                _ => size.min(rest.len()),
            };
            let (group, behind) = rest.split_at(take);
            rest = behind;
            let Some(((right, last), left)) = group.split_last() else {
                break;
            };
            let mut cells = Vec::new();
            for (page, number) in left {
                let mut cell = page.to_be_bytes().to_vec();
                cell.extend(varint(*number));
                cells.push(cell);
            }
            let page = page(5, &cells, 0, Some(*right));
            above.push((self.add(page), *last));
        }
        above
    }
}

/// Cells of a leaf that is being filled.
#[derive(Debug, Default)]
struct Leaf {
    cells: Vec<Vec<u8>>,
}

impl Leaf {
    /// Whether a cell fits as well, behind `before` bytes of something else.
    fn has_room(&self, cell: &[u8], before: usize) -> bool {
        let used: usize = self.cells.iter().map(|cell| cell.len() + 2).sum();
        before + LEAF_HEAD + used + cell.len() + 2 <= PAGE
    }

    fn page(&self, before: usize) -> Vec<u8> {
        page(13, &self.cells, before, None)
    }
}

/// Makes a page of a b-tree: header, pointers to the cells, a gap, the cells.
fn page(kind: u8, cells: &[Vec<u8>], before: usize, right: Option<u32>) -> Vec<u8> {
    let len: usize = cells.iter().map(Vec::len).sum();
    let mut at = PAGE.saturating_sub(len);
    let short = |number: usize| u16::try_from(number).unwrap_or(0).to_be_bytes();
    let mut page = vec![0; before];
    // No free block, and no fragments.
    page.extend([kind, 0, 0]);
    page.extend(short(cells.len()));
    page.extend(short(at));
    page.push(0);
    page.extend(right.into_iter().flat_map(u32::to_be_bytes));
    let begin = at;
    for cell in cells {
        page.extend(short(at));
        at += cell.len();
    }
    page.resize(begin, 0);
    page.extend(cells.iter().flatten());
    page
}

/// Makes the header of the file.
fn head(pages: u32) -> Vec<u8> {
    let mut head = b"SQLite format 3\0".to_vec();
    head.extend([0x10, 0x00]);
    // Rollback journal, no reserved bytes, and the three fractions that have to be these.
    head.extend([1, 1, 0, 64, 32, 32]);
    let numbers = [
        1, // change counter
        pages, 0, 0, // no free pages
        1, // schema cookie
        4, // schema format
        0, 0, 1, // UTF-8
        0, 0, 0,
    ];
    head.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    head.extend([0; 20]);
    // The change counter that the version belongs to, and the version.
    head.extend(1_u32.to_be_bytes());
    head.extend(LIBRARY.to_be_bytes());
    head
}

fn record(row: &[Value<'_>]) -> Vec<u8> {
    let (mut kinds, mut body) = (Vec::new(), Vec::new());
    for value in row {
        let (kind, bytes) = value.encoded();
        kinds.extend(varint(kind));
        body.extend(bytes);
    }
    // The length counts its own bytes: one, or two.
    let len = match kinds.len() + 1 {
        len @ ..=127 => len,
        _ => kinds.len() + 2,
    };
    let mut record = varint(len as u64);
    record.extend(kinds);
    record.extend(body);
    record
}

/// Writes a number in groups of seven bits, the highest first; those here have fewer than 56.
fn varint(number: u64) -> Vec<u8> {
    let mut bytes = vec![(number & 0x7f) as u8];
    let mut rest = number >> 7;
    while rest > 0 {
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.reverse();
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_the_format_has_them() {
        assert_eq!(varint(0), [0]);
        assert_eq!(varint(127), [0x7f]);
        assert_eq!(varint(128), [0x81, 0x00]);
        assert_eq!(varint(0x3fff), [0xff, 0x7f]);
        assert_eq!(Value::Integer(-1).encoded(), (1, vec![0xff]));
        assert_eq!(Value::Integer(0x8000).encoded(), (4, vec![0, 0, 0x80, 0]));
        assert_eq!(Value::Text("ab").encoded(), (17, b"ab".to_vec()));
    }

    /// What SQLite itself says of files with every depth of tree and length of value.
    #[test]
    fn sqlite_reads_them() {
        let script = "import sqlite3, sys\n\
            c = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)\n\
            print(c.execute('pragma integrity_check').fetchone()[0])\n\
            for t in ('one', 'none', 'many', 'long'):\n\
            \x20   print(*c.execute(f'select count(*), sum(length(b)), min(a), max(a) from {t}').fetchone())\n\
            print(c.execute('select c from one').fetchone()[0], c.execute('select b from long where rowid = 5').fetchone()[0] == 'é' * 2)\n\
            print(c.execute('select count(*) from long l where length(b) <> rowid - 1 and rowid <> 5').fetchone()[0])\n";
        let folder = tempfile::tempdir().unwrap();
        let columns = "a INTEGER, b TEXT, c REAL";
        let mut database = Database::default();
        let row = vec![Value::Integer(i64::MIN), Value::Null, Value::Real(0.5)];
        database.table("one", columns, [row]);
        database.table("none", columns, []);
        let many: Vec<_> = (0..140_000)
            .map(|n| vec![Value::Integer(n), Value::Text("x"), Value::Null])
            .collect();
        database.table("many", columns, many);
        // Every length from 0 to beyond two overflow pages, and two bytes a letter once.
        let text = "y".repeat(9_000);
        let long: Vec<_> = (0..9_000)
            .map(|len| match len {
                4 => vec![Value::Integer(4), Value::Text("éé"), Value::Null],
                _ => vec![
                    Value::count(len),
                    Value::Text(&text[..len as usize]),
                    Value::Null,
                ],
            })
            .collect();
        database.table("long", columns, long);
        let path = folder.path().join("database");
        std::fs::write(&path, database.into_bytes().unwrap()).unwrap();
        let python = std::process::Command::new("python3")
            .args(["-c", script])
            .arg(&path)
            .output();
        // Without Python nobody is asked; the tests of the whole say so.
        let Ok(output) = python else {
            return;
        };
        let said = String::from_utf8_lossy(&output.stdout);
        let lines: Vec<&str> = said.lines().collect();
        let sum: u64 = (0..9_000).sum::<u64>() - 2;
        let expected = [
            "ok".to_owned(),
            format!("1 None {0} {0}", i64::MIN),
            "0 None None None".to_owned(),
            "140000 140000 0 139999".to_owned(),
            format!("9000 {sum} 0 8999"),
            "0.5 True".to_owned(),
            "0".to_owned(),
        ];
        assert_eq!(
            lines,
            expected,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
