//! Commits and how they follow each other: which can be reached from some and not from others.
//!
//! Commits are taken newest first, each handing its paint to its parents, until none is left that
//! only the wanted ends reach. Clocks that go backwards can make such a walk end too early, and a
//! commit seem new that is not; then more is scanned than was asked for, never less.

use super::id::ObjectId;
use super::locate::Located;
use super::object::ObjectKind;
use super::odb::{Odb, Reader, read_small};
use super::select::SelectError;
use super::skip::SkipReason;
use super::tree::{self, CommitHeader};
use std::collections::{BinaryHeap, HashMap, HashSet};

/// Longest list of shallow commits read, in bytes.
const MAX_SHALLOW_BYTES: u64 = 64 << 20;

/// How many tags may name tags.
const MAX_TAGS: usize = 16;

/// Unwanted commits that are still taken when no wanted one is left: git takes as many, for the
/// same reason, clocks that are not quite right.
const SLOP: usize = 5;

/// How far behind a date the walk still looks for commits after it, in seconds: a week of clocks
/// that went wrong.
const CLOCK_SLOP_SECONDS: i64 = 7 * 24 * 3600;

/// Commits, read as they are wanted.
pub(super) struct Graph<'o> {
    /// Reads objects.
    reader: Reader<'o>,
    /// Commits read so far; nothing for those that could not be read.
    commits: HashMap<ObjectId, Result<CommitHeader, SelectError>>,
    /// Commits whose parents were cut off.
    shallow: HashSet<ObjectId>,
}

/// What a walk is for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted<'a> {
    /// The newest ends.
    pub(super) from: &'a [ObjectId],
    /// Whatever these reach is not wanted.
    pub(super) without: &'a [ObjectId],
    /// Nor what is older than this, in seconds since 1970.
    pub(super) since: Option<i64>,
}

/// A commit in the queue: newest first, then by id, so that walks are alike everywhere.
type Queued = (i64, ObjectId);

/// How a commit is painted.
#[derive(Clone, Copy, Default)]
struct Paint {
    /// Reached from an end that is not wanted.
    unwanted: bool,
    /// In the queue.
    queued: bool,
}

/// What a name leads to behind all tags.
pub(super) struct Peeled {
    /// The tags on the way.
    pub(super) tags: Vec<ObjectId>,
    /// The object at the end.
    pub(super) id: ObjectId,
    /// What it is.
    pub(super) kind: ObjectKind,
}

impl<'o> Graph<'o> {
    /// A graph of which nothing was read.
    pub(super) fn new(place: &Located, odb: &'o Odb) -> Self {
        let text = read_small(&place.shallow, MAX_SHALLOW_BYTES).unwrap_or_default();
        let lines = text.split(|&byte| byte == b'\n');
        Self {
            reader: odb.reader(),
            commits: HashMap::new(),
            shallow: lines
                .filter_map(|line| ObjectId::from_hex(place.kind, line.trim_ascii()))
                .collect(),
        }
    }

    /// Whether any history was cut off.
    pub(super) fn is_shallow(&self) -> bool {
        !self.shallow.is_empty()
    }

    /// Whether a commit's parents were cut off.
    pub(super) fn is_cut(&self, id: &ObjectId) -> bool {
        self.shallow.contains(id)
    }

    /// A commit.
    pub(super) fn commit(&mut self, id: ObjectId) -> Result<&CommitHeader, SelectError> {
        let reader = &mut self.reader;
        let read = self.commits.entry(id).or_insert_with(|| {
            let object = reader
                .read(&id)
                .map_err(|reason| SelectError::Object(id, reason))?;
            let commit = match object.kind {
                ObjectKind::Commit => tree::commit(object.bytes(), id.hash_kind()),
                _ => None,
            };
            commit.ok_or(SelectError::BadCommit(id))
        });
        read.as_ref().map_err(Clone::clone)
    }

    /// Whether an object is not in the repository at all.
    pub(super) fn is_missing(&mut self, id: ObjectId) -> bool {
        matches!(self.reader.read(&id), Err(SkipReason::MissingObject))
    }

    /// Follows tags to what they are of.
    pub(super) fn peel(&mut self, id: ObjectId) -> Result<Peeled, SelectError> {
        let (mut id, mut tags) = (id, Vec::new());
        loop {
            let object = self
                .reader
                .read(&id)
                .map_err(|reason| SelectError::Object(id, reason))?;
            if object.kind != ObjectKind::Tag {
                let kind = object.kind;
                return Ok(Peeled { tags, id, kind });
            }
            tags.push(id);
            let of = tree::tagged(object.bytes(), id.hash_kind());
            id = of
                .filter(|_| tags.len() < MAX_TAGS)
                .ok_or(SelectError::BadCommit(id))?;
        }
    }

    /// The commit behind all tags.
    pub(super) fn peel_to_commit(&mut self, id: ObjectId) -> Result<ObjectId, SelectError> {
        let peeled = self.peel(id)?;
        match peeled.kind {
            ObjectKind::Commit => Ok(peeled.id),
            _ => Err(SelectError::BadCommit(peeled.id)),
        }
    }

    /// Walks; returns commits newest first, and why some could not be read.
    pub(super) fn walk(&mut self, wanted: Wanted<'_>) -> (Vec<ObjectId>, Vec<SelectError>) {
        let mut walk = Walk::default();
        for &id in wanted.without {
            self.meet(&mut walk, id, true);
        }
        for &id in wanted.from {
            self.meet(&mut walk, id, false);
        }
        let mut slop = SLOP;
        let mut oldest = i64::MAX;
        while let Some(&(time, _)) = walk.queue.peek() {
            if walk.live == 0 && time < oldest {
                if slop == 0 {
                    break;
                }
                slop -= 1;
            }
            let Some((time, id)) = walk.queue.pop() else {
                break;
            };
            let paint = walk.paints.entry(id).or_default();
            paint.queued = false;
            let unwanted = paint.unwanted;
            if !unwanted {
                walk.live = walk.live.saturating_sub(1);
                if wanted.since.is_none_or(|since| time >= since) {
                    walk.found.push(id);
                    oldest = oldest.min(time);
                }
                let far = |since: i64| time < since.saturating_sub(CLOCK_SLOP_SECONDS);
                if wanted.since.is_some_and(far) {
                    continue;
                }
            }
            let parents = match self.commit(id) {
                Ok(commit) => commit.parents.clone(),
                Err(_) => continue,
            };
            for parent in parents {
                // What was cut off is said of the commit at the cut, when its changes are wanted.
                if !(self.is_cut(&id) && self.is_missing(parent)) {
                    self.meet(&mut walk, parent, unwanted);
                }
            }
        }
        let Walk {
            mut found,
            paints,
            failed,
            ..
        } = walk;
        let is_wanted = |id: &ObjectId| paints.get(id).is_none_or(|paint| !paint.unwanted);
        found.retain(is_wanted);
        let failed = failed.into_iter();
        let failed = failed.filter(|(id, _)| is_wanted(id)).map(|(_, why)| why);
        (found, failed.collect())
    }

    /// Paints a commit, and hands on what it did not have; puts it into the queue when it is new.
    fn meet(&mut self, walk: &mut Walk, id: ObjectId, unwanted: bool) {
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if let Some(paint) = walk.paints.get_mut(&id) {
                if !unwanted || paint.unwanted {
                    continue;
                }
                paint.unwanted = true;
                if paint.queued {
                    walk.live = walk.live.saturating_sub(1);
                } else if let Ok(commit) = self.commit(id) {
                    // Taken before it was known to be unwanted: so are its parents, as far as
                    // they were met.
                    let met = commit.parents.iter();
                    open.extend(met.filter(|parent| walk.paints.contains_key(parent)));
                }
                continue;
            }
            let time = match self.commit(id) {
                Ok(commit) => commit.time,
                Err(error) => {
                    // Nobody misses what is not wanted.
                    walk.paints.insert(
                        id,
                        Paint {
                            unwanted,
                            queued: false,
                        },
                    );
                    walk.failed.push((id, error));
                    continue;
                }
            };
            walk.paints.insert(
                id,
                Paint {
                    unwanted,
                    queued: true,
                },
            );
            walk.live += usize::from(!unwanted);
            walk.queue.push((time, id));
        }
    }
}

/// A walk on the way.
#[derive(Default)]
struct Walk {
    /// Every commit met.
    paints: HashMap<ObjectId, Paint>,
    /// Commits whose parents were not met yet.
    queue: BinaryHeap<Queued>,
    /// How many in the queue are wanted.
    live: usize,
    /// Wanted commits, newest first.
    found: Vec<ObjectId>,
    /// Commits that could not be read.
    failed: Vec<(ObjectId, SelectError)>,
}
