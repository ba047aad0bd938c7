//! Sets of (find, path), each kept once: what a directory listing leads to.
//!
//! Thousands of commits have roots that differ and lead to the same finds at the same paths. With
//! every distinct set kept once and known by its number, all of them share one.

use super::holders::Edge;
use super::id::ObjectId;
use std::collections::HashMap;
use std::sync::Arc;

/// Members of all sets together. Bounds memory to about 300 MB when thousands of finds come and go.
const MAX_MEMBERS: usize = 20_000_000;

/// A find at a path, relative to the listing whose set it is in.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Item {
    /// The find, by number.
    pub(super) find: u32,
    /// The path, by number.
    path: u32,
}

/// The sets of all listings.
pub(super) struct Sets<'a> {
    /// The listings that lead to finds.
    edges: &'a HashMap<ObjectId, Vec<Edge>>,
    /// The number of the set of each listing and find; nothing while it is being worked out.
    known: HashMap<ObjectId, Option<u32>>,
    /// The sets, sorted inside.
    sets: Vec<Arc<[Item]>>,
    /// Their numbers.
    numbers: HashMap<Arc<[Item]>, u32>,
    /// The paths.
    paths: Vec<Arc<[u8]>>,
    /// Their numbers.
    path_numbers: HashMap<Arc<[u8]>, u32>,
    /// Sets below a name, worked out before.
    below: HashMap<(Arc<[u8]>, u32), u32>,
    /// Members of all sets.
    members: usize,
    /// Whether a bound cut something off.
    cut: bool,
}

impl<'a> Sets<'a> {
    /// The number of the set without members.
    pub(super) const EMPTY: u32 = 0;

    /// The sets of listings over finds.
    pub(super) fn new(finds: &[ObjectId], edges: &'a HashMap<ObjectId, Vec<Edge>>) -> Self {
        let mut sets = Self {
            edges,
            known: HashMap::new(),
            sets: Vec::new(),
            numbers: HashMap::new(),
            paths: Vec::new(),
            path_numbers: HashMap::new(),
            below: HashMap::new(),
            members: 0,
            cut: false,
        };
        sets.keep(Vec::new());
        let here = sets.path_number(b"");
        for (find, &id) in (0..).zip(finds) {
            let number = sets.keep(vec![Item { find, path: here }]);
            sets.known.insert(id, Some(number));
        }
        sets
    }

    /// Whether a bound cut something off.
    pub(super) const fn is_cut(&self) -> bool {
        self.cut
    }

    /// The members of a set, sorted.
    pub(super) fn items(&self, number: u32) -> &[Item] {
        self.sets.get(number as usize).map_or(&[], |set| set)
    }

    /// The path of a member.
    pub(super) fn path(&self, item: Item) -> Option<&[u8]> {
        self.paths.get(item.path as usize).map(|path| &**path)
    }

    /// The number of the set that a listing leads to.
    pub(super) fn of(&mut self, tree: &ObjectId) -> u32 {
        if !self.edges.contains_key(tree) {
            return self
                .known
                .get(tree)
                .copied()
                .flatten()
                .unwrap_or(Self::EMPTY);
        }
        // Children first, without recursion: the depth is the scanned repository's to choose.
        let mut path = vec![*tree];
        while let Some(&at) = path.last() {
            if self.known.get(&at).copied().flatten().is_some() {
                path.pop();
                continue;
            }
            let open = self.known.insert(at, None).is_none();
            let edges = self.edges;
            let children = edges.get(&at).map(Vec::as_slice).unwrap_or_default();
            if open {
                let unknown =
                    |child: &ObjectId| edges.contains_key(child) && !self.known.contains_key(child);
                path.extend(children.iter().map(|edge| edge.child).filter(unknown));
                if path.last() != Some(&at) {
                    continue;
                }
            }
            // A listing inside itself needs a forged database; it leads nowhere then.
            let mut items = Vec::new();
            for edge in children {
                let child = self
                    .known
                    .get(&edge.child)
                    .copied()
                    .flatten()
                    .unwrap_or(Self::EMPTY);
                let number = self.under(&edge.name, child);
                items.extend_from_slice(self.items(number));
            }
            items.sort_unstable();
            items.dedup();
            let number = self.keep(items);
            self.known.insert(at, Some(number));
            path.pop();
        }
        self.known
            .get(tree)
            .copied()
            .flatten()
            .unwrap_or(Self::EMPTY)
    }

    /// The same set with a name before every path.
    fn under(&mut self, name: &Arc<[u8]>, set: u32) -> u32 {
        let key = (Arc::clone(name), set);
        if let Some(&number) = self.below.get(&key) {
            return number;
        }
        let items: Vec<Item> = self.items(set).to_vec();
        let mut renamed = Vec::with_capacity(items.len());
        for item in items {
            let rest = self.path(item).unwrap_or_default();
            let path = if rest.is_empty() {
                name.to_vec()
            } else {
                [name, b"/".as_slice(), rest].concat()
            };
            renamed.push(Item {
                find: item.find,
                path: self.path_number(&path),
            });
        }
        renamed.sort_unstable();
        let number = self.keep(renamed);
        self.below.insert(key, number);
        number
    }

    /// The number of a path.
    fn path_number(&mut self, path: &[u8]) -> u32 {
        if let Some(&number) = self.path_numbers.get(path) {
            return number;
        }
        let number = u32::try_from(self.paths.len()).unwrap_or(u32::MAX);
        let path: Arc<[u8]> = path.into();
        self.paths.push(Arc::clone(&path));
        self.path_numbers.insert(path, number);
        number
    }

    /// The number of a set.
    fn keep(&mut self, items: Vec<Item>) -> u32 {
        if let Some(&number) = self.numbers.get(items.as_slice()) {
            return number;
        }
        if self.members + items.len() > MAX_MEMBERS {
            self.cut = true;
            return Self::EMPTY;
        }
        self.members += items.len();
        let number = u32::try_from(self.sets.len()).unwrap_or(Self::EMPTY);
        let set: Arc<[Item]> = items.into();
        self.sets.push(Arc::clone(&set));
        self.numbers.insert(set, number);
        number
    }
}
