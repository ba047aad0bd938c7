//! All commits of a database in memory: who builds on whom, with which root, and when.
//!
//! Read in one pass over the packs, not by walking from refs: so unreachable commits are there too,
//! and nothing is looked up by name. About a hundred bytes a commit.

use super::id::{HashKind, ObjectId};
use super::object::ObjectKind;
use super::odb::Odb;
use super::skip::Skip;
use super::sweep::{Scope, SweepOptions, Work};
use super::tree::{self, CommitHeader};
use super::{Triggers, Visitor};
use crate::blob::LiteralAt;
use std::collections::HashMap;

/// One commit.
#[derive(Debug)]
pub(super) struct Commit {
    /// Its name.
    pub(super) id: ObjectId,
    /// The listing of its root directory.
    pub(super) tree: ObjectId,
    /// When it was made, in seconds since 1970.
    pub(super) time: i64,
    /// The commits it builds on, by number.
    pub(super) parents: Vec<u32>,
}

/// All commits, parents before children.
#[derive(Debug, Default)]
pub(super) struct Commits {
    /// The commits.
    pub(super) list: Vec<Commit>,
    /// Their numbers.
    pub(super) numbers: HashMap<ObjectId, u32>,
    /// What each annotated tag points to.
    pub(super) tags: HashMap<ObjectId, ObjectId>,
    /// What could not be read.
    pub(super) skips: Vec<Skip>,
}

impl Commits {
    /// Reads them.
    pub(super) fn of(odb: &Odb, options: &SweepOptions<'_>) -> Self {
        let reader = Reader {
            kind: odb.hash_kind(),
            commits: Vec::new(),
            tags: Vec::new(),
        };
        let options = SweepOptions {
            naive: true,
            ..*options
        };
        let (outcome, readers) =
            Work::plan(odb, Scope::Commits, &options).run(odb, &reader, &options);
        let (mut read, mut tags) = (Vec::new(), HashMap::new());
        for reader in readers {
            read.extend(reader.commits);
            tags.extend(reader.tags);
        }
        // The threads finish in any order.
        read.sort_unstable_by_key(|(id, header)| (header.time, *id));
        let mut commits = Self {
            tags,
            skips: outcome.skips,
            ..Self::default()
        };
        commits.arrange(read);
        commits
    }

    /// Numbers the commits, parents before children, older before newer where that is free.
    fn arrange(&mut self, read: Vec<(ObjectId, CommitHeader)>) {
        let places: HashMap<ObjectId, usize> = read
            .iter()
            .enumerate()
            .map(|(at, (id, _))| (*id, at))
            .collect();
        let mut done = vec![false; read.len()];
        let mut order = Vec::with_capacity(read.len());
        let mut path: Vec<(usize, usize)> = Vec::new();
        for start in 0..read.len() {
            path.push((start, 0));
            while let Some((at, next)) = path.pop() {
                let Some((_, header)) = read.get(at) else {
                    continue;
                };
                if done.get(at) == Some(&true) && next == 0 {
                    continue;
                }
                // Marked on entry: a circle, which only a forged database can have, ends here.
                if let Some(done) = done.get_mut(at) {
                    *done = true;
                }
                match header.parents.get(next) {
                    Some(parent) => {
                        path.push((at, next + 1));
                        path.extend(places.get(parent).map(|&parent| (parent, 0)));
                    }
                    None => order.push(at),
                }
            }
        }
        self.numbers.reserve(order.len());
        for (number, &at) in (0..).zip(&order) {
            if let Some((id, _)) = read.get(at) {
                self.numbers.insert(*id, number);
            }
        }
        for &at in &order {
            let Some((id, header)) = read.get(at) else {
                continue;
            };
            let known = header
                .parents
                .iter()
                .filter_map(|parent| self.numbers.get(parent).copied());
            let parents = known.collect();
            self.list.push(Commit {
                id: *id,
                tree: header.tree,
                time: header.time,
                parents,
            });
        }
    }

    /// What an id names once tags are followed.
    pub(super) fn peel(&self, id: ObjectId) -> ObjectId {
        let mut id = id;
        // Tags of tags are rare; a circle of them is forged.
        for _ in 0..16 {
            match self.tags.get(&id) {
                Some(target) => id = *target,
                None => break,
            }
        }
        id
    }

    /// Marks everything that can be reached from some ids with `mark`, where no mark is yet.
    pub(super) fn mark<M: Copy>(
        &self,
        from: impl Iterator<Item = ObjectId>,
        mark: M,
        marks: &mut [Option<M>],
    ) {
        let mut open: Vec<u32> = from
            .filter_map(|id| self.numbers.get(&self.peel(id)).copied())
            .collect();
        while let Some(number) = open.pop() {
            let Some(slot) = marks.get_mut(number as usize).filter(|slot| slot.is_none()) else {
                continue;
            };
            *slot = Some(mark);
            open.extend(
                self.list
                    .get(number as usize)
                    .iter()
                    .flat_map(|commit| &commit.parents),
            );
        }
    }
}

/// Takes the headers of every commit and tag.
#[derive(Clone)]
struct Reader {
    /// Which hash.
    kind: HashKind,
    /// Commits met.
    commits: Vec<(ObjectId, CommitHeader)>,
    /// Tags met.
    tags: Vec<(ObjectId, ObjectId)>,
}

impl Triggers for Reader {
    fn window(&self) -> usize {
        1
    }

    fn seen_in(&mut self, _: &[u8]) -> bool {
        true
    }

    fn head_len(&self) -> usize {
        0
    }

    fn tail_len(&self) -> usize {
        0
    }

    fn by_ends(&mut self, _: &[u8], _: &[u8], _: u64) -> bool {
        true
    }
}

impl Visitor for Reader {
    fn triggered(
        &mut self,
        id: &ObjectId,
        kind: ObjectKind,
        bytes: &[u8],
        _: Option<&[LiteralAt]>,
    ) {
        match kind {
            ObjectKind::Commit => self
                .commits
                .extend(tree::commit(bytes, self.kind).map(|header| (*id, header))),
            ObjectKind::Tag => self
                .tags
                .extend(tree::tagged(bytes, self.kind).map(|target| (*id, target))),
            ObjectKind::Blob | ObjectKind::Tree => {}
        }
    }

    fn triggered_part(&mut self, _: &ObjectId, _: ObjectKind, _: u64, _: &[u8]) {}
}
