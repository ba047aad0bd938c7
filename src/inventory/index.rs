//! The text list in memory, searched by hash.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::{Entry, Id128, IdKind, List, Match};

/// A list with a hash map over its fingerprints.
#[derive(Debug)]
pub(super) struct Index {
    list: List,
    /// Entries by fingerprint: a position in `list`, or a set of several.
    by_id: HashMap<Id128, Slot, BuildHasherDefault<Leading>>,
    shared: Vec<Vec<u32>>,
}

#[derive(Clone, Copy, Debug)]
enum Slot {
    One(u32),
    Shared(u32),
}

/// Takes a hash for its own hash.
#[derive(Debug, Default)]
struct Leading(u64);

impl Hasher for Leading {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(head) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*head);
        }
    }

    // The length of an array is hashed before it.
    fn write_usize(&mut self, _: usize) {}
}

impl Index {
    /// Indexes a list.
    pub(super) fn new(list: List) -> Self {
        let mut by_id: HashMap<Id128, Slot, _> = HashMap::with_capacity_and_hasher(
            list.entries.len().saturating_mul(4),
            BuildHasherDefault::default(),
        );
        let mut shared: Vec<Vec<u32>> = Vec::new();
        for (position, ids) in super::searched(&list).into_iter().enumerate() {
            // Lists are far below 2^32 entries; the bound is the table's too.
            let Ok(position) = u32::try_from(position) else {
                break;
            };
            for (_, id) in ids {
                by_id
                    .entry(id)
                    .and_modify(|slot| match *slot {
                        Slot::One(first) => {
                            *slot = Slot::Shared(u32::try_from(shared.len()).unwrap_or(u32::MAX));
                            shared.push(vec![first, position]);
                        }
                        Slot::Shared(set) => {
                            if let Some(set) = shared.get_mut(set as usize) {
                                set.push(position);
                            }
                        }
                    })
                    .or_insert(Slot::One(position));
            }
        }
        Self {
            list,
            by_id,
            shared,
        }
    }

    /// Returns the list.
    pub(super) fn list(&self) -> &List {
        &self.list
    }

    /// Returns the entry with this fingerprint: of several the one that stands
    /// worst, then the first.
    pub(super) fn find(&self, kind: IdKind, id: &Id128) -> Option<Match> {
        let one;
        let positions = match self.by_id.get(id)? {
            Slot::One(position) => {
                one = [*position];
                one.as_slice()
            }
            Slot::Shared(set) => self.shared.get(*set as usize)?,
        };
        let entries = positions
            .iter()
            .filter_map(|position| self.list.entries.get(*position as usize));
        let worst = entries.min_by_key(|entry: &&Entry| (entry.standing(), entry.entry))?;
        Some(Match::new(worst, kind.name()))
    }
}
