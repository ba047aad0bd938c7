//! Which directory listings hold the found blobs, and which listings hold those, up to the roots.
//!
//! One pass over all trees for each level, in the same delta-aware way as the sweep: the ids looked
//! for are the triggers. A listing is parsed only if one of them is in it. So the cost is that of
//! inflating the trees once for each level of directories above a find, whatever the number of
//! commits; a walk over history would read every listing of every commit.

use super::id::{HashKind, ObjectId};
use super::object::ObjectKind;
use super::odb::Odb;
use super::skip::Skip;
use super::sweep::{Scope, SweepOptions, Work};
use super::tree;
use super::{Triggers, Visitor};
use crate::blob::LiteralAt;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Levels of directories followed. Deeper paths exist only where somebody means harm.
const MAX_LEVELS: usize = 128;

/// Entries of listings kept, over all levels. Bounds memory to a few hundred megabytes when
/// thousands of finds live in directories that change with every commit.
const MAX_EDGES: usize = 4_000_000;

/// One entry of a listing that leads to a find.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Edge {
    /// Its name.
    pub(super) name: Arc<[u8]>,
    /// The find, or a listing on the way to it.
    pub(super) child: ObjectId,
}

/// The listings that lead to finds.
#[derive(Debug, Default)]
pub(super) struct Holders {
    /// For each of them, the entries that lead on.
    pub(super) edges: HashMap<ObjectId, Vec<Edge>>,
    /// Whether a bound cut something off.
    pub(super) cut: bool,
    /// What could not be read on the way.
    pub(super) skips: Vec<Skip>,
}

impl Holders {
    /// Finds them.
    pub(super) fn of(odb: &Odb, finds: &[ObjectId], options: &SweepOptions<'_>) -> Self {
        let mut holders = Self::default();
        let work = Work::plan(odb, Scope::Trees, options);
        let mut wanted: Vec<ObjectId> = finds.to_vec();
        let mut asked: HashSet<ObjectId> = finds.iter().copied().collect();
        let mut edges = 0;
        for _ in 0..MAX_LEVELS {
            if wanted.is_empty() {
                return holders;
            }
            let search = Search {
                ids: Arc::new(Ids::new(odb.hash_kind(), &wanted)),
                found: Vec::new(),
            };
            let (outcome, visitors) = work.run(odb, &search, options);
            holders.skips.extend(outcome.skips);
            wanted.clear();
            for (tree, found) in visitors.into_iter().flat_map(|visitor| visitor.found) {
                edges += found.len();
                if edges > MAX_EDGES {
                    holders.cut = true;
                    break;
                }
                holders.edges.entry(tree).or_default().extend(found);
                if asked.insert(tree) {
                    wanted.push(tree);
                }
            }
            if outcome.interrupted || holders.cut {
                break;
            }
        }
        holders.cut = true;
        holders
    }
}

/// A set of ids that is searched for in the bytes of listings.
#[derive(Debug)]
struct Ids {
    /// All of them.
    set: HashSet<ObjectId>,
    /// One bit for each value of the first bits of an id, so that one look tells most places off.
    bits: Vec<u64>,
    /// How far the first four bytes of an id are shifted to be a place in `bits`.
    shift: u32,
    /// Which hash.
    kind: HashKind,
}

impl Ids {
    /// The set of these.
    fn new(kind: HashKind, ids: &[ObjectId]) -> Self {
        // 64 bits for each id keep the share of places looked at twice below 2 %; 64 Ki bits are
        // at hand in the first-level cache, and 16 Mi bits are the most worth their memory.
        let width = (ids.len().saturating_mul(64))
            .next_power_of_two()
            .clamp(1 << 16, 1 << 24)
            .ilog2();
        let mut bits = vec![0_u64; 1 << (width - 6)];
        let shift = 32 - width;
        for id in ids {
            let place = id
                .as_raw()
                .first_chunk()
                .map_or(0, |first| u32::from_be_bytes(*first) >> shift);
            if let Some(word) = bits.get_mut((place >> 6) as usize) {
                *word |= 1 << (place & 63);
            }
        }
        Self {
            set: ids.iter().copied().collect(),
            bits,
            shift,
            kind,
        }
    }

    /// Whether one of them is anywhere in these bytes of listings.
    fn within(&self, bytes: &[u8]) -> bool {
        // In a listing an id stands behind the NUL that ends its name: one place in thirty.
        memchr::memchr_iter(0, bytes).any(|nul| {
            let rest = bytes.get(nul + 1..).unwrap_or_default();
            self.may_begin(rest)
                && rest
                    .get(..self.kind.id_len())
                    .and_then(|id| ObjectId::from_raw(self.kind, id))
                    .is_some_and(|id| self.set.contains(&id))
        })
    }

    /// Whether one of them may begin as these bytes do.
    fn may_begin(&self, bytes: &[u8]) -> bool {
        let Some(first) = bytes.first_chunk() else {
            return false;
        };
        let first = u32::from_be_bytes(*first) >> self.shift;
        let word = self.bits.get((first >> 6) as usize);
        word.is_some_and(|word| word >> (first & 63) & 1 == 1)
    }

    /// Whether an id is one of them.
    fn has(&self, id: &ObjectId) -> bool {
        self.may_begin(id.as_raw()) && self.set.contains(id)
    }
}

/// Looks for the ids in trees.
#[derive(Clone)]
struct Search {
    /// What is looked for.
    ids: Arc<Ids>,
    /// Listings that have some, with those entries.
    found: Vec<(ObjectId, Vec<Edge>)>,
}

impl Triggers for Search {
    fn window(&self) -> usize {
        // With the NUL before it.
        1 + self.ids.kind.id_len()
    }

    fn seen_in(&mut self, bytes: &[u8]) -> bool {
        self.ids.within(bytes)
    }

    fn head_len(&self) -> usize {
        0
    }

    fn tail_len(&self) -> usize {
        0
    }

    fn by_ends(&mut self, _: &[u8], _: &[u8], _: u64) -> bool {
        false
    }
}

impl Visitor for Search {
    fn triggered(&mut self, id: &ObjectId, _: ObjectKind, bytes: &[u8], _: Option<&[LiteralAt]>) {
        let entries = tree::entries(bytes, self.ids.kind).filter(|entry| self.ids.has(&entry.id));
        let edges: Vec<Edge> = entries
            .map(|entry| Edge {
                name: entry.name.into(),
                child: entry.id,
            })
            .collect();
        // Half an id and half another can look like one: then no entry has it.
        if !edges.is_empty() {
            self.found.push((*id, edges));
        }
    }

    fn triggered_part(&mut self, _: &ObjectId, _: ObjectKind, _: u64, _: &[u8]) {}
}

#[cfg(test)]
mod tests {
    use super::{HashKind, Ids, ObjectId};

    #[test]
    fn ids_are_found_behind_any_name_and_not_in_part() {
        let id = ObjectId::from_hex(HashKind::Sha1, b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
            .unwrap();
        let ids = Ids::new(HashKind::Sha1, &[id]);
        for lead in 0..9 {
            let mut bytes = vec![0xe6; lead];
            bytes.push(0);
            bytes.extend(id.as_raw());
            assert!(ids.within(&bytes));
            bytes.pop();
            assert!(!ids.within(&bytes));
        }
    }
}
