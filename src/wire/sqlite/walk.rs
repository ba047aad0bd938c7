//! The way through a database: rows of every table, joined with their overflow
//! pages, and what is left of deleted ones.
//!
//! 1. The tree of every table is walked. Rows come joined.
//! 2. Pages that no tree holds are free (or torn off). Those that still look like
//!    leaves keep rows whole: SQLite does not wipe what it frees.
//! 3. A row that was deleted from a page in use leaves its beginning there, and the
//!    number of its first overflow page behind it. Where such a number stands in
//!    unused space, both are joined.
//! 4. Overflow pages that are still chained come as one.
//!
//! Free pages that hold all of a key need nothing of this: the file is also
//! searched as it stands.

use std::ops::ControlFlow;

use zeroize::Zeroizing;

use super::schema::Table;
use super::{Header, MAX_PAGES, MAX_PAYLOAD_BYTES, Pages, Text, schema, u16_at, u32_at, varint};

/// Kinds of pages.
const INTERIOR_INDEX: u8 = 2;
const INTERIOR_TABLE: u8 = 5;
const LEAF_INDEX: u8 = 10;
const LEAF_TABLE: u8 = 13;
/// How often an overflow page is joined with what may be the beginning of its row.
const MAX_JOINS: usize = 4;
/// Most tables and indices.
const MAX_TREES: usize = 4096;
/// Most pages of a tree that wait to be walked: a tree of the usual pages has some
/// hundred children a page, and is less than ten pages high.
const MAX_PENDING: usize = 1 << 20;
/// Fewest bytes of a row that are worth joining.
const MIN_BEGINNING: usize = 8;

/// Bytes of a database that belong together.
#[derive(Debug)]
pub enum Piece<'a> {
    /// A row of a table.
    Row {
        /// The table.
        table: &'a Table,
        /// The row's id; none in tables that are made without.
        rowid: Option<i64>,
        /// Its record.
        record: &'a [u8],
    },
    /// The record of a row on a page that is free.
    Freed {
        /// The page.
        page: u32,
        /// The record.
        record: &'a [u8],
    },
    /// What is left of a row, no record any more.
    Rest {
        /// The page on which it begins.
        page: u32,
        /// The bytes.
        bytes: &'a [u8],
    },
}

/// Why a walk ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Whoever was shown the pieces has had enough.
    Enough,
    /// It is no database, or its first page cannot be read.
    Damaged,
    /// It has more pages than are looked at.
    TooLarge,
}

/// A set of pages.
struct Set(Vec<u64>);

impl Set {
    fn new(pages: u32) -> Self {
        Self(vec![0; pages as usize / 64 + 1])
    }

    fn has(&self, page: u32) -> bool {
        let word = self.0.get(page as usize / 64);
        word.is_some_and(|word| word >> (page % 64) & 1 == 1)
    }

    /// Adds a page; `false` when it was there.
    fn add(&mut self, page: u32) -> bool {
        let Some(word) = self.0.get_mut(page as usize / 64) else {
            return false;
        };
        let bit = 1 << (page % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

/// A walk through one database.
struct Walk<'p> {
    pages: &'p mut dyn Pages,
    header: Header,
    /// Pages whose bytes have a place.
    seen: Set,
    page: Zeroizing<Vec<u8>>,
    payload: Zeroizing<Vec<u8>>,
    overflow: Zeroizing<Vec<u8>>,
}

/// A cell: where its payload is.
struct Cell {
    rowid: Option<i64>,
    /// Bytes of the payload, in all.
    len: u64,
    /// Of them on this page.
    local: std::ops::Range<usize>,
    /// The first overflow page, if it goes on.
    next: Option<u32>,
}

/// Shows every piece of a database of `size` bytes.
pub fn walk(
    pages: &mut dyn Pages,
    size: u64,
    visit: &mut dyn FnMut(&Header, Piece<'_>) -> ControlFlow<()>,
) -> Result<(), Stop> {
    let mut head = [0; super::HEADER_BYTES];
    pages.read_at(0, &mut head).map_err(|_| Stop::Damaged)?;
    let header = Header::read(&head, size).ok_or(Stop::Damaged)?;
    if header.pages > MAX_PAGES {
        return Err(Stop::TooLarge);
    }
    let mut walk = Walk {
        pages,
        header,
        seen: Set::new(header.pages),
        page: Zeroizing::new(vec![0; header.page_bytes]),
        payload: Zeroizing::default(),
        overflow: Zeroizing::new(vec![0; header.page_bytes]),
    };
    match walk.all(visit) {
        ControlFlow::Break(()) => Err(Stop::Enough),
        ControlFlow::Continue(()) => Ok(()),
    }
}

type Visit<'v> = dyn FnMut(&Header, Piece<'_>) -> ControlFlow<()> + 'v;

impl Walk<'_> {
    fn all(&mut self, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let mut tables = Vec::new();
        let text = self.header.text;
        let master = Table {
            name: "sqlite_schema".to_owned(),
            root: 1,
            columns: Vec::new(),
            is_index: false,
        };
        self.tree(&master, &mut |header, piece| {
            if let Piece::Row { record, .. } = piece
                && tables.len() < MAX_TREES
            {
                tables.extend(schema::table(record, |bytes| text.decode(bytes)));
            }
            visit(header, piece)
        })?;
        for table in &tables {
            self.tree(table, visit)?;
        }
        self.trunks();
        let free: u32 = (1..=self.header.pages)
            .filter(|n| !self.seen.has(*n))
            .count() as u32;
        if free == 0 {
            return ControlFlow::Continue(());
        }
        for number in 1..=self.header.pages {
            if !self.seen.has(number) && self.load(number) && self.is_leaf(number) {
                self.freed(number, visit)?;
            }
        }
        let inner = self.followers();
        self.beginnings(&inner, visit)?;
        self.chains(&inner, visit)
    }

    /// Reads a page; `false` when there is none. The last one may be cut.
    fn load(&mut self, number: u32) -> bool {
        read(self.pages, &self.header, number, &mut self.page)
    }

    /// Where the header of a b-tree page begins.
    fn start(number: u32) -> usize {
        if number == 1 { super::HEADER_BYTES } else { 0 }
    }

    /// Walks a tree. The rows of an index are not shown: they are copies.
    fn tree(&mut self, table: &Table, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let mut left = Vec::new();
        self.enter(table.root, &mut left);
        while let Some(number) = left.pop() {
            if !self.load(number) {
                continue;
            }
            let start = Self::start(number);
            let kind = self.page.get(start).copied().unwrap_or_default();
            let is_interior = matches!(kind, INTERIOR_INDEX | INTERIOR_TABLE);
            if is_interior {
                let last = u32_at(&self.page, start + 8);
                self.enter(last.unwrap_or_default(), &mut left);
            }
            // Cells do not share bytes: those of a hostile page must not either.
            let mut room = self.header.page_bytes;
            for at in self.cells(start) {
                if is_interior {
                    let child = u32_at(&self.page, at);
                    self.enter(child.unwrap_or_default(), &mut left);
                }
                let at = at + if is_interior { 4 } else { 0 };
                let Some(cell) = self.cell(kind, at, &mut room) else {
                    continue;
                };
                self.join(&cell);
                if !table.is_index {
                    let piece = Piece::Row {
                        table,
                        rowid: cell.rowid,
                        record: &self.payload,
                    };
                    visit(&self.header, piece)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Notes a page that is to be walked, unless it has a place already.
    fn enter(&mut self, number: u32, left: &mut Vec<u32>) {
        let is_there = number != 0 && number <= self.header.pages;
        if is_there && left.len() < MAX_PENDING && self.seen.add(number) {
            left.push(number);
        }
    }

    /// Returns where the cells of the loaded page are.
    fn cells(&self, start: usize) -> Vec<usize> {
        let kind = self.page.get(start).copied().unwrap_or_default();
        let first = match kind {
            INTERIOR_INDEX | INTERIOR_TABLE => start + 12,
            LEAF_INDEX | LEAF_TABLE => start + 8,
            _ => return Vec::new(),
        };
        let count = u16_at(&self.page, start + 3).unwrap_or_default();
        let places = (0..usize::from(count)).map_while(|i| u16_at(&self.page, first + 2 * i));
        // A cell has four bytes or more.
        places
            .take(self.header.page_bytes / 4)
            .map(usize::from)
            .collect()
    }

    /// Reads a cell of the loaded page, behind the number of its child, if there
    /// is room for what it holds.
    fn cell(&self, kind: u8, at: usize, room: &mut usize) -> Option<Cell> {
        let page = self.page.get(..self.header.usable)?;
        let mut at = at;
        let mut number = || {
            let (value, read) = varint(page.get(at..)?)?;
            at += read;
            Some(value)
        };
        if kind == INTERIOR_TABLE {
            return None;
        }
        let len = number()?;
        let rowid = match kind {
            LEAF_TABLE => Some(number()?.cast_signed()),
            _ => None,
        };
        let here = local(kind, len, self.header.usable);
        let local = at..at.checked_add(here)?;
        page.get(local.clone())?;
        *room = room.checked_sub(here)?;
        let next = ((here as u64) < len).then(|| u32_at(page, local.end));
        Some(Cell {
            rowid,
            len,
            next: match next {
                Some(next) => Some(next?),
                None => None,
            },
            local,
        })
    }

    /// Joins the payload of a cell of the loaded page.
    fn join(&mut self, cell: &Cell) {
        self.payload.clear();
        let here = self.page.get(cell.local.clone()).unwrap_or_default();
        self.payload.extend_from_slice(here);
        let len = usize::try_from(cell.len).unwrap_or(usize::MAX);
        if let Some(next) = cell.next {
            self.follow(next, len.min(MAX_PAYLOAD_BYTES), true);
        }
    }

    /// Adds overflow pages to the payload until it has `len` bytes; pages that
    /// have a place already end it. Returns the number of pages.
    fn follow(&mut self, first: u32, len: usize, keep: bool) -> usize {
        let (mut next, mut count) = (first, 0);
        // A chain that is only tried may turn in circles; a row cannot.
        let most = MAX_PAYLOAD_BYTES / (self.header.usable - 4) + 1;
        while self.payload.len() < len && count < most {
            if next == 0 || next > self.header.pages || self.seen.has(next) {
                break;
            }
            if keep {
                self.seen.add(next);
            }
            if !read(self.pages, &self.header, next, &mut self.overflow) {
                break;
            }
            let bytes = self.overflow.get(4..self.header.usable).unwrap_or_default();
            let wanted = bytes.len().min(len - self.payload.len());
            self.payload
                .extend_from_slice(bytes.get(..wanted).unwrap_or_default());
            next = u32_at(&self.overflow, 0).unwrap_or_default();
            count += 1;
        }
        count
    }

    /// Marks the trunk pages of the free list: what they held is overwritten.
    fn trunks(&mut self) {
        let mut next = self.header.free;
        while next != 0 && next <= self.header.pages && self.seen.add(next) && self.load(next) {
            next = u32_at(&self.page, 0).unwrap_or_default();
        }
    }

    /// Whether the loaded page looks like a leaf with rows.
    fn is_leaf(&self, number: u32) -> bool {
        let start = Self::start(number);
        let kind = self.page.get(start).copied().unwrap_or_default();
        let count = usize::from(u16_at(&self.page, start + 3).unwrap_or_default());
        let begin = usize::from(u16_at(&self.page, start + 5).unwrap_or_default());
        let table = start + 8 + 2 * count;
        matches!(kind, LEAF_INDEX | LEAF_TABLE)
            && count > 0
            && begin >= table
            && begin < self.header.usable
            && self.cells(start).iter().all(|at| *at >= begin)
    }

    /// Shows the rows of a free page, which is loaded.
    fn freed(&mut self, number: u32, visit: &mut Visit<'_>) -> ControlFlow<()> {
        self.seen.add(number);
        let start = Self::start(number);
        let kind = self.page.get(start).copied().unwrap_or_default();
        let mut room = self.header.page_bytes;
        for at in self.cells(start) {
            let Some(cell) = self.cell(kind, at, &mut room) else {
                continue;
            };
            self.join(&cell);
            let piece = Piece::Freed {
                page: number,
                record: &self.payload,
            };
            visit(&self.header, piece)?;
        }
        ControlFlow::Continue(())
    }

    /// Returns the free pages that another one names as its next.
    fn followers(&mut self) -> Set {
        let mut inner = Set::new(self.header.pages);
        for number in 1..=self.header.pages {
            if self.seen.has(number) || !self.load(number) {
                continue;
            }
            let next = u32_at(&self.page, 0).unwrap_or_default();
            if next != 0 && next != number && next <= self.header.pages && !self.seen.has(next) {
                inner.add(next);
            }
        }
        inner
    }

    /// Looks for beginnings of deleted rows in the unused space of leaves.
    fn beginnings(&mut self, inner: &Set, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let mut joins = std::collections::BTreeMap::<u32, usize>::new();
        let size = u64::from(self.header.pages) * self.header.page_bytes as u64;
        let mut spent = 0;
        for number in 1..=self.header.pages {
            if !self.seen.has(number) || !self.load(number) {
                continue;
            }
            for space in self.unused(Self::start(number)) {
                for at in space.start + MIN_BEGINNING..space.end.saturating_sub(3) {
                    let Some(first) = u32_at(&self.page, at) else {
                        break;
                    };
                    let is_head = first > 1
                        && first <= self.header.pages
                        && !self.seen.has(first)
                        && !inner.has(first);
                    if !is_head {
                        continue;
                    }
                    let joined = joins.entry(first).or_default();
                    if *joined >= MAX_JOINS {
                        continue;
                    }
                    *joined += 1;
                    // Chains that share their end would make this a square.
                    if spent > MAX_JOINS as u64 * size {
                        return ControlFlow::Continue(());
                    }
                    self.payload.clear();
                    let begin = self.page.get(space.start..at).unwrap_or_default();
                    self.payload.extend_from_slice(begin);
                    self.follow(first, MAX_PAYLOAD_BYTES, false);
                    spent += self.payload.len() as u64;
                    let piece = Piece::Rest {
                        page: number,
                        bytes: &self.payload,
                    };
                    visit(&self.header, piece)?;
                }
            }
        }
        for first in joins.into_keys() {
            self.payload.clear();
            self.follow(first, MAX_PAYLOAD_BYTES, true);
        }
        ControlFlow::Continue(())
    }

    /// Returns the unused spaces of the loaded page, if it is a leaf: between the
    /// list of cells and the cells, and the free blocks (next u16, length u16).
    fn unused(&self, start: usize) -> Vec<std::ops::Range<usize>> {
        let kind = self.page.get(start).copied().unwrap_or_default();
        if !matches!(kind, LEAF_TABLE | LEAF_INDEX) {
            return Vec::new();
        }
        let field = |at: usize| usize::from(u16_at(&self.page, at).unwrap_or_default());
        let begin = match field(start + 5) {
            0 => self.header.usable,
            begin => begin.min(self.header.usable),
        };
        let list = start + 8 + 2 * field(start + 3);
        let mut spaces: Vec<_> = std::iter::once(list.min(begin)..begin).collect();
        let mut block = field(start + 1);
        // Blocks come in order, so that a list that turns back ends.
        while block >= begin && block < self.header.usable {
            let end = block.saturating_add(field(block + 2));
            let end = end.min(self.header.usable);
            spaces.push((block + 4).min(end)..end);
            let next = field(block);
            if next < end.max(block + 4) {
                break;
            }
            block = next;
        }
        spaces
    }

    /// Shows chains of overflow pages that nothing names any more.
    fn chains(&mut self, inner: &Set, visit: &mut Visit<'_>) -> ControlFlow<()> {
        for number in 2..=self.header.pages {
            if self.seen.has(number) || inner.has(number) {
                continue;
            }
            self.payload.clear();
            // A page alone is searched with the file.
            if self.follow(number, MAX_PAYLOAD_BYTES, true) < 2 {
                continue;
            }
            let piece = Piece::Rest {
                page: number,
                bytes: &self.payload,
            };
            visit(&self.header, piece)?;
        }
        ControlFlow::Continue(())
    }
}

/// Reads a page; `false` when there is none. What a cut one lacks is zero.
fn read(pages: &mut dyn Pages, header: &Header, number: u32, out: &mut [u8]) -> bool {
    let Some(before) = number.checked_sub(1) else {
        return false;
    };
    let offset = u64::from(before) * header.page_bytes as u64;
    pages.read_at(offset, out).is_ok()
}

/// Returns how much of a payload stands on the page (section 1.6).
fn local(kind: u8, len: u64, usable: usize) -> usize {
    let most = match kind {
        LEAF_TABLE => usable - 35,
        _ => (usable - 12) * 64 / 255 - 23,
    };
    let least = (usable - 12) * 32 / 255 - 23;
    let len = match usize::try_from(len) {
        Ok(len) if len <= most => return len,
        Ok(len) => len,
        Err(_) => return least,
    };
    let rest = least + (len - least) % (usable - 4);
    if rest <= most { rest } else { least }
}

impl Text {
    /// Returns text of this encoding; what cannot be is replaced.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> String {
        let unit: fn([u8; 2]) -> u16 = match self {
            Self::Utf8 => return String::from_utf8_lossy(bytes).into_owned(),
            Self::Utf16Le => u16::from_le_bytes,
            Self::Utf16Be => u16::from_be_bytes,
        };
        let (pairs, _) = bytes.as_chunks::<2>();
        let units = pairs.iter().map(|pair| unit(*pair));
        let chars = char::decode_utf16(units);
        chars
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    }
}
