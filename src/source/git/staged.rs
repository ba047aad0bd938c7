//! What the index would commit: entries that HEAD's tree does not have at the same path.
//!
//! The index is compared with HEAD's tree from the top. A directory whose tree in the index
//! (`cache_tree`, or a sparse entry) is HEAD's own is passed over whole, so a commit of three files
//! reads as many trees as there are directories above them. What is compared is the pair of path
//! and blob: a renamed file is a new pair and is looked at again, because the next commit is what
//! brings it there; a new mode alone is nothing new. In a conflict each side counts by itself.

use super::cache_tree::CacheTree;
use super::id::ObjectId;
use super::index_file::{EntryKind, IndexEntry, IndexFile};
use super::locate::Located;
use super::names::Names;
use super::object::ObjectKind;
use super::odb::{Odb, Reader};
use super::select::{SelectError, Selection, Standing};
use super::tree::{self, TreeEntry};
use super::tree_diff::TreeReader;
use std::collections::HashMap;

/// How the comparison went.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StagedCounts {
    /// Entries that were compared one by one.
    pub compared: u64,
    /// Trees of HEAD that were read.
    pub trees: u64,
    /// Added or changed: what is scanned.
    pub staged: u64,
    /// Submodules that would change; their content is in other repositories.
    pub submodules: u64,
}

/// Finds what the index would commit.
///
/// # Errors
/// When the index, HEAD or a tree of it cannot be read: then nothing can be said.
pub fn staged(place: &Located, odb: &Odb) -> Result<(Selection, StagedCounts), SelectError> {
    if place.repo.work_tree.is_none() && !place.index.exists() {
        return Err(SelectError::NoIndex(place.repo.git_dir.clone()));
    }
    let index = IndexFile::open(&place.index, &place.repo.git_dir, place.kind)
        .map_err(|error| SelectError::Index(place.index.clone(), error))?;
    let mut comparison = Comparison {
        index: &index,
        trees: TreeReader::new(odb),
        selection: Selection::default(),
        counts: StagedCounts::default(),
    };
    let head = Names::open(&place.repo, place.kind)?.find(b"HEAD")?;
    let tree = match head {
        Some(head) => Some(root_of(&mut odb.reader(), head)?),
        None => None,
    };
    comparison.run(tree, index.cache_tree())?;
    let Comparison {
        mut selection,
        mut counts,
        trees,
        ..
    } = comparison;
    counts.trees = trees.read_count();
    if counts.submodules > 0 {
        selection.remarks.push(format!(
            "{} staged submodule(s): their files are in other repositories and were not scanned",
            counts.submodules
        ));
    }
    if counts.staged == 0 {
        selection
            .remarks
            .push("nothing is staged: no blob was scanned".to_owned());
    }
    Ok((selection, counts))
}

/// The tree of a commit.
fn root_of(reader: &mut Reader<'_>, id: ObjectId) -> Result<ObjectId, SelectError> {
    let object = reader
        .read(&id)
        .map_err(|reason| SelectError::Object(id, reason))?;
    let commit = match object.kind {
        ObjectKind::Commit => tree::commit(object.bytes(), id.hash_kind()),
        _ => None,
    };
    Ok(commit.ok_or(SelectError::BadCommit(id))?.tree)
}

/// A directory that is to be compared.
struct Level<'i> {
    /// The entries below it.
    entries: &'i [IndexEntry],
    /// Length of its path, with the slash behind it.
    prefix: usize,
    /// HEAD's tree there.
    tree: Option<ObjectId>,
    /// The index's tree there.
    node: Option<usize>,
}

/// A comparison on the way.
struct Comparison<'i, 'o> {
    /// What is compared.
    index: &'i IndexFile,
    /// Reads HEAD's trees.
    trees: TreeReader<'o>,
    /// What was found.
    selection: Selection,
    /// How it went.
    counts: StagedCounts,
}

impl<'i> Comparison<'i, '_> {
    /// Compares all directories.
    fn run(&mut self, tree: Option<ObjectId>, cache: &'i CacheTree) -> Result<(), SelectError> {
        let mut levels = vec![Level {
            entries: self.index.entries(),
            prefix: 0,
            tree,
            node: cache.root(),
        }];
        while let Some(level) = levels.pop() {
            let written = level
                .node
                .and_then(|node| cache.tree(node, level.entries.len()));
            if written.is_some() && written == level.tree {
                continue;
            }
            let object = level.tree.map(|tree| self.trees.read(tree)).transpose()?;
            let kept = match &object {
                Some(object) => object.entries()?,
                None => Vec::new(),
            };
            let kept = Kept::new(&kept);
            let nodes: HashMap<&[u8], usize> = level
                .node
                .map(|node| cache.children(node).collect())
                .unwrap_or_default();
            let mut rest = level.entries;
            while let Some(first) = rest.first() {
                let path = self.index.path(first);
                let tail = path.get(level.prefix..).unwrap_or_default();
                let slash = memchr::memchr(b'/', tail).filter(|&at| at + 1 < tail.len());
                let Some(slash) = slash else {
                    self.entry(first, tail, &kept)?;
                    rest = rest.get(1..).unwrap_or_default();
                    continue;
                };
                let name = tail.get(..slash).unwrap_or_default();
                let below = path.get(..level.prefix + slash + 1).unwrap_or_default();
                let end = rest.partition_point(|entry| self.index.path(entry).starts_with(below));
                // At least the first one is below, so that this ends.
                let (entries, others) = rest.split_at_checked(end.max(1)).unwrap_or((rest, &[]));
                levels.push(Level {
                    entries,
                    prefix: below.len(),
                    tree: kept.tree(name),
                    node: nodes.get(name).copied(),
                });
                rest = others;
            }
        }
        Ok(())
    }

    /// Compares one entry with what HEAD has in its directory.
    fn entry(
        &mut self,
        entry: &IndexEntry,
        name: &[u8],
        kept: &Kept<'_>,
    ) -> Result<(), SelectError> {
        self.counts.compared += 1;
        // Of `git add -N`: the next commit will not have it.
        if entry.intent_to_add {
            return Ok(());
        }
        let path = self.index.path(entry);
        match EntryKind::of_mode(entry.mode) {
            EntryKind::Blob => {
                if !kept.has(name, &entry.id) {
                    self.stage(path, entry.id);
                }
            }
            EntryKind::Submodule => {
                self.counts.submodules += u64::from(!kept.has(name, &entry.id));
            }
            // A sparse directory: not checked out, yet a reset may have moved HEAD under it.
            EntryKind::Tree => {
                let name = name.strip_suffix(b"/").unwrap_or(name);
                let before = kept.tree(name);
                let before: Vec<ObjectId> = before.into_iter().collect();
                let mut found = Vec::new();
                self.trees
                    .introduced(entry.id, &before, path, &mut |path, id| {
                        found.push((path.to_vec(), id));
                    })?;
                for (path, id) in found {
                    self.stage(&path, id);
                }
            }
        }
        Ok(())
    }

    /// Takes a blob for the next commit.
    fn stage(&mut self, path: &[u8], id: ObjectId) {
        self.counts.staged += 1;
        self.selection.add(
            id,
            Standing {
                path: path.to_vec(),
                commit: None,
            },
        );
    }
}

/// HEAD's entries of one directory, by name.
struct Kept<'t> {
    /// All of them; a damaged tree may have a name twice.
    by_name: HashMap<&'t [u8], Vec<TreeEntry<'t>>>,
}

impl<'t> Kept<'t> {
    /// Sorts entries by name.
    fn new(entries: &[TreeEntry<'t>]) -> Self {
        let mut by_name: HashMap<&[u8], Vec<TreeEntry<'_>>> = HashMap::with_capacity(entries.len());
        for entry in entries {
            by_name.entry(entry.name).or_default().push(*entry);
        }
        Self { by_name }
    }

    /// Whether a blob or submodule is there already.
    fn has(&self, name: &[u8], id: &ObjectId) -> bool {
        let mut entries = self.by_name.get(name).into_iter().flatten();
        entries.any(|entry| entry.id == *id && entry.kind() != EntryKind::Tree)
    }

    /// The directory of that name.
    fn tree(&self, name: &[u8]) -> Option<ObjectId> {
        let mut entries = self.by_name.get(name)?.iter();
        entries
            .find(|entry| entry.kind() == EntryKind::Tree)
            .map(|entry| entry.id)
    }
}
