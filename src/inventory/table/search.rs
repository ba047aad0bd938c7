//! Opens a compiled list and searches it.

use std::fs::File;

use sha2::{Digest, Sha256};

use super::pages::{Pages, read_exact_at, truncated};
use super::{
    BARE, FIXED, ID_BYTES, IDS_A_PAGE, Layout, MAGIC, MAX_HEADER, Meta, PAGE, PROLOGUE, ROW_BYTES,
    ROWS_A_PAGE, SECTIONS,
};
use crate::inventory::{Entry, Error, Id128, IdClass, IdKind, MAX_LINE, Match, Standing};

/// Entries with one fingerprint that are compared for the worst of them. Only
/// key ids are shared by more than a few.
const MAX_SHARED: u64 = 64;
/// Guesses by interpolation before the search halves. Hashes are spread evenly,
/// so that two are enough nearly always.
const MAX_GUESSES: usize = 6;

/// A compiled list.
#[derive(Debug)]
pub(in crate::inventory) struct Table {
    pages: Pages,
    bare: bool,
    entries: u64,
    rows_at: u64,
    sections: [Section; SECTIONS],
    /// What is known of the whole list.
    pub(in crate::inventory) meta: Meta,
}

/// The sorted ids of one class.
#[derive(Clone, Debug)]
struct Section {
    at: u64,
    count: u64,
    first: Vec<u32>,
}

/// Where an entry's record is.
struct Row {
    entry: u64,
    at: u64,
    len: usize,
    standing: Standing,
}

impl Table {
    /// Opens a table, whose header is checked; `vouch` is shown the bytes that a
    /// signature covers.
    pub(in crate::inventory) fn open(
        file: File,
        vouch: impl FnOnce(&[u8]) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let mut prologue = [0; PROLOGUE];
        read_exact_at(&file, &mut prologue, 0).map_err(truncated)?;
        vouch(&prologue)?;
        let mut fields = Fields(&prologue);
        if fields.take::<16>()? != *MAGIC {
            return Err(Error::Damaged("another format"));
        }
        let header_len = usize::try_from(fields.u64()?).unwrap_or(usize::MAX);
        let expected = fields.take::<32>()?;
        if !(FIXED..=MAX_HEADER).contains(&header_len) {
            return Err(Error::Damaged("the length of the header"));
        }
        let mut header = vec![0; header_len];
        read_exact_at(&file, &mut header, PROLOGUE as u64).map_err(truncated)?;
        if Sha256::digest(&header)[..] != expected {
            return Err(Error::Damaged("the header"));
        }

        let mut fields = Fields(&header);
        let bare = fields.u64()? & BARE != 0;
        let page_count = fields.u64()?;
        let root = fields.take::<32>()?;
        let (entries, rows_at, _records_at) = (fields.u64()?, fields.u64()?, fields.u64()?);
        let mut sections = Vec::with_capacity(SECTIONS);
        for _ in 0..SECTIONS {
            let (at, count) = (fields.u64()?, fields.u64()?);
            let first = (0..256).map(|_| fields.take().map(u32::from_le_bytes));
            sections.push(Section {
                at,
                count,
                first: first.collect::<Result<_, _>>()?,
            });
        }
        let sections = sections
            .try_into()
            .map_err(|_| Error::Damaged("the header"))?;
        let meta = serde_json::from_slice(fields.0).map_err(|_| Error::Damaged("the header"))?;
        let layout = Layout::new(header_len, page_count).ok_or(Error::Damaged("the header"))?;
        if file.metadata()?.len() != layout.end {
            return Err(Error::Damaged("the length of the file"));
        }
        let pages = Pages::new(file, layout, root);
        Ok(Self {
            pages,
            bare,
            entries,
            rows_at,
            sections,
            meta,
        })
    }

    /// Reads every page, as a check of the whole.
    pub(in crate::inventory) fn check_all(&self) -> Result<(), Error> {
        (0..self.pages.count()).try_for_each(|page| self.pages.data(page).map(drop))
    }

    /// Returns the number of entries.
    pub(in crate::inventory) const fn entries(&self) -> u64 {
        self.entries
    }

    /// Whether the table has no records.
    pub(in crate::inventory) const fn is_bare(&self) -> bool {
        self.bare
    }

    /// Returns the entry with this fingerprint: of several the one that stands
    /// worst, then the first.
    pub(in crate::inventory) fn find(
        &self,
        kind: IdKind,
        id: &Id128,
    ) -> Result<Option<Match>, Error> {
        let [keys, secrets, hints] = &self.sections;
        let section = match kind.class() {
            IdClass::Key => keys,
            IdClass::Secret => secrets,
            IdClass::Hint => hints,
        };
        let start = self.lower_bound(section, id)?;
        let mut worst: Option<Row> = None;
        for position in start..section.count.min(start.saturating_add(MAX_SHARED)) {
            let (found, row) = self.id(section, position)?;
            if found != *id {
                break;
            }
            let row = self.row(row)?;
            if worst
                .as_ref()
                .is_none_or(|w| (row.standing, row.entry) < (w.standing, w.entry))
            {
                worst = Some(row);
            }
        }
        worst.map(|row| self.describe(&row, kind)).transpose()
    }

    /// Returns what the answers of secrets are found by, unless there are more than `most`.
    pub(in crate::inventory) fn secrets(&self, most: u64) -> Result<Option<Vec<Id128>>, Error> {
        let [_, secrets, _] = &self.sections;
        let ids = (0..secrets.count).map(|at| self.id(secrets, at).map(|(id, _)| id));
        match secrets.count <= most {
            true => ids.collect::<Result<_, _>>().map(Some),
            false => Ok(None),
        }
    }

    /// Reads the record of a row.
    fn describe(&self, row: &Row, kind: IdKind) -> Result<Match, Error> {
        if self.bare {
            let entry = Entry {
                entry: row.entry,
                ..Entry::default()
            };
            return Ok(Match {
                standing: row.standing,
                ..Match::new(&entry, kind.name())
            });
        }
        if row.len > 2 * MAX_LINE {
            return Err(Error::Damaged("the length of a record"));
        }
        let record = self.pages.range(row.at, row.len)?;
        let entry: Entry =
            serde_json::from_slice(&record).map_err(|_| Error::Damaged("a record"))?;
        Ok(Match::new(&entry, kind.name()))
    }

    /// Returns the position of the first id that is not below `id`.
    fn lower_bound(&self, section: &Section, id: &Id128) -> Result<u64, Error> {
        let [lead, rest @ ..] = id;
        let lead = usize::from(*lead);
        let first = |byte: usize| {
            section
                .first
                .get(byte)
                .map_or(section.count, |at| u64::from(*at))
        };
        let mut low = first(lead).min(section.count);
        let mut high = first(lead + 1).min(section.count);
        // How far into the ids of this leading byte: a fraction of 2^64.
        let fraction = rest.first_chunk().copied().map_or(0, u64::from_be_bytes);
        let (mut base, mut span) = (0_u128, 1_u128 << 64);
        for guess in 0.. {
            if low >= high {
                break;
            }
            let middle = if guess < MAX_GUESSES {
                let into = u128::from(fraction).saturating_sub(base);
                let step = into.saturating_mul(u128::from(high - low)) / span.max(1);
                low + u64::try_from(step).unwrap_or(u64::MAX).min(high - low - 1)
            } else {
                low + (high - low) / 2
            };
            let (found, _) = self.id(section, middle)?;
            let value = found.get(1..).and_then(|rest| rest.first_chunk().copied());
            let value = u128::from(value.map_or(0, u64::from_be_bytes));
            if found < *id {
                low = middle + 1;
                let end = base.saturating_add(span);
                base = value;
                span = end.saturating_sub(base);
            } else {
                high = middle;
                span = value.saturating_sub(base);
            }
        }
        Ok(low)
    }

    /// Reads an id and the position of its row.
    fn id(&self, section: &Section, position: u64) -> Result<(Id128, u32), Error> {
        let (page, slot) = (position / IDS_A_PAGE as u64, position % IDS_A_PAGE as u64);
        let page = self
            .pages
            .data((section.at / PAGE as u64).saturating_add(page))?;
        let mut fields = Fields(slot_of(&page[..], slot, ID_BYTES));
        Ok((fields.take()?, u32::from_le_bytes(fields.take()?)))
    }

    /// Reads a row.
    fn row(&self, row: u32) -> Result<Row, Error> {
        let (page, slot) = (
            u64::from(row) / ROWS_A_PAGE as u64,
            u64::from(row) % ROWS_A_PAGE as u64,
        );
        let page = self
            .pages
            .data((self.rows_at / PAGE as u64).saturating_add(page))?;
        let mut fields = Fields(slot_of(&page[..], slot, ROW_BYTES));
        let (entry, at) = (fields.u64()?, fields.u64()?);
        let len = u32::from_le_bytes(fields.take()?) as usize;
        let standing = match fields.take::<1>()? {
            [0] => Standing::ManagedProd,
            [1] => Standing::Managed,
            [2] => Standing::Shadow,
            [3] => Standing::RetiredTrusted,
            [4] => Standing::Retired,
            _ => return Err(Error::Damaged("a row")),
        };
        Ok(Row {
            entry,
            at,
            len,
            standing,
        })
    }
}

/// Returns the bytes from a slot of a page on.
fn slot_of(page: &[u8], slot: u64, size: usize) -> &[u8] {
    let at = usize::try_from(slot)
        .unwrap_or(usize::MAX)
        .saturating_mul(size);
    page.get(at..).unwrap_or_default()
}

/// A cursor over fields of fixed width.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (field, rest) = self
            .0
            .split_first_chunk()
            .ok_or(Error::Damaged("truncated"))?;
        self.0 = rest;
        Ok(*field)
    }

    fn u64(&mut self) -> Result<u64, Error> {
        self.take().map(u64::from_le_bytes)
    }
}
