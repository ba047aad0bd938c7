//! Comparing trees from the top: what is in one and in none of some others at the same path.
//!
//! Equal ids mean equal content, so whole directories are passed over by comparing twenty bytes.
//! Trees are hostile: one that holds the same directory ten times over, ten levels deep, has as
//! many paths as no machine can list, and is looked at only so often.

use super::id::ObjectId;
use super::index_file::{EntryKind, MAX_PATH_BYTES};
use super::object::{Object, ObjectKind};
use super::odb::{Odb, Reader};
use super::select::SelectError;
use super::tree::{self, TreeEntry};
use std::collections::HashMap;
use std::rc::Rc;

/// Trees kept in memory, in bytes: neighbouring commits share most of theirs.
const KEPT_BYTES: usize = 32 << 20;

/// How often the same directory, new against the same others, is entered in one comparison.
/// Copies of a directory are real; more of them at once are a trap.
const MAX_VISITS: u32 = 64;

/// Reads trees, and keeps those read last.
pub(super) struct TreeReader<'o> {
    /// Reads objects.
    reader: Reader<'o>,
    /// Trees read before.
    kept: HashMap<ObjectId, Tree>,
    /// Bytes of these.
    kept_bytes: usize,
    /// How many were read from the database.
    read: u64,
}

/// A tree, read.
#[derive(Clone)]
pub(super) struct Tree(Rc<Object>);

impl Tree {
    /// Its entries.
    pub(super) fn entries(&self) -> Result<Vec<TreeEntry<'_>>, SelectError> {
        let id = self.0.id;
        tree::whole(self.0.bytes(), id.hash_kind()).ok_or(SelectError::BadTree(id))
    }
}

/// A directory that is to be compared.
struct Level {
    /// Its tree.
    tree: ObjectId,
    /// The trees at the same path in the others, where there are any.
    before: Vec<ObjectId>,
    /// Its path, with the slash behind it.
    path: Vec<u8>,
}

impl<'o> TreeReader<'o> {
    /// A reader with nothing read.
    pub(super) fn new(odb: &'o Odb) -> Self {
        Self {
            reader: odb.reader(),
            kept: HashMap::new(),
            kept_bytes: 0,
            read: 0,
        }
    }

    /// How many trees were read from the database.
    pub(super) const fn read_count(&self) -> u64 {
        self.read
    }

    /// Reads a tree.
    pub(super) fn read(&mut self, id: ObjectId) -> Result<Tree, SelectError> {
        if let Some(tree) = self.kept.get(&id) {
            return Ok(tree.clone());
        }
        let object = self
            .reader
            .read(&id)
            .map_err(|reason| SelectError::Object(id, reason))?;
        if object.kind != ObjectKind::Tree {
            return Err(SelectError::BadTree(id));
        }
        self.read += 1;
        let len = object.bytes().len();
        if self.kept_bytes.saturating_add(len) > KEPT_BYTES {
            self.kept.clear();
            self.kept_bytes = 0;
        }
        self.kept_bytes = self.kept_bytes.saturating_add(len);
        let tree = Tree(Rc::new(object));
        self.kept.insert(id, tree.clone());
        Ok(tree)
    }

    /// Tells `sink` each path and blob below `tree` that none of the trees `before` has: all of them
    /// when there are none. `path` is the directory's own, with a slash behind it.
    ///
    /// # Errors
    /// When a tree cannot be read; what the others bring was told all the same.
    pub(super) fn introduced(
        &mut self,
        tree: ObjectId,
        before: &[ObjectId],
        path: &[u8],
        sink: &mut dyn FnMut(&[u8], ObjectId),
    ) -> Result<(), SelectError> {
        let mut outcome = Ok(());
        let mut visits: HashMap<(ObjectId, Vec<ObjectId>), u32> = HashMap::new();
        let mut levels = vec![Level {
            tree,
            before: before.to_vec(),
            path: path.to_vec(),
        }];
        while let Some(level) = levels.pop() {
            if level.before.contains(&level.tree) {
                continue;
            }
            let visit = visits
                .entry((level.tree, level.before.clone()))
                .or_default();
            *visit += 1;
            if *visit > MAX_VISITS {
                outcome = Err(SelectError::TreeTooWide(level.tree));
                continue;
            }
            if let Err(error) = self.level(&level, sink, &mut levels) {
                outcome = Err(error);
            }
        }
        outcome
    }

    /// Compares the entries of one directory.
    fn level(
        &mut self,
        level: &Level,
        sink: &mut dyn FnMut(&[u8], ObjectId),
        levels: &mut Vec<Level>,
    ) -> Result<(), SelectError> {
        let tree = self.read(level.tree)?;
        let mut before = Vec::with_capacity(level.before.len());
        for id in &level.before {
            before.push(self.read(*id)?);
        }
        let mut others = Vec::with_capacity(before.len());
        for tree in &before {
            others.push(by_name(tree.entries()?));
        }
        for entry in tree.entries()? {
            let twins = others
                .iter()
                .filter_map(|other| other.get(entry.name))
                .flatten();
            let mut path = [&level.path, entry.name].concat();
            if path.len() > MAX_PATH_BYTES {
                return Err(SelectError::TreeTooWide(level.tree));
            }
            match entry.kind() {
                EntryKind::Submodule => {}
                EntryKind::Blob => {
                    let mut twins = twins;
                    if !twins.any(|twin| twin.id == entry.id && twin.kind() == EntryKind::Blob) {
                        sink(&path, entry.id);
                    }
                }
                EntryKind::Tree => {
                    path.push(b'/');
                    let twins = twins.filter(|twin| twin.kind() == EntryKind::Tree);
                    levels.push(Level {
                        tree: entry.id,
                        before: twins.map(|twin| twin.id).collect(),
                        path,
                    });
                }
            }
        }
        Ok(())
    }

    /// What a tree has at a path; nothing when it has nothing there or cannot be read.
    pub(super) fn find(&mut self, tree: ObjectId, path: &[u8]) -> Option<ObjectId> {
        let mut id = tree;
        for name in path.split(|&byte| byte == b'/') {
            let tree = self.read(id).ok()?;
            id = tree.entries().ok()?.iter().find(|e| e.name == name)?.id;
        }
        Some(id)
    }
}

/// Sorts entries by name; a damaged tree may have a name twice.
fn by_name(entries: Vec<TreeEntry<'_>>) -> HashMap<&[u8], Vec<TreeEntry<'_>>> {
    let mut all: HashMap<&[u8], Vec<TreeEntry<'_>>> = HashMap::with_capacity(entries.len());
    for entry in entries {
        all.entry(entry.name).or_default().push(entry);
    }
    all
}
