//! Where found blobs belong: their paths, the commit that brought them, and whether anything still
//! leads to them.
//!
//! Done once for all finds together, and only when there are finds. All commits are read in one
//! pass over the packs; the listings that lead to finds in one pass for each level of directories
//! (`holders`). Then every listing stands for the *set* of (find, path) it leads to. Sets are kept
//! once each and compared by number, so a commit whose root leads to what its parents' roots lead
//! to costs one comparison, and what a commit brought is the difference.

use super::commits::Commits;
use super::holders::Holders;
use super::id::ObjectId;
use super::index_file::{IndexError, IndexFile};
use super::odb::Odb;
use super::refs::Refs;
use super::repo::Repo;
use super::sets::{Item, Sets};
use super::skip::{Skip, SkipReason};
use super::standing::git_dirs;
use super::sweep::SweepOptions;
use crate::finding::Reach;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

/// A commit by name and date.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct CommitRef {
    /// When it was made, in seconds since 1970.
    pub time: i64,
    /// Its name.
    pub id: ObjectId,
}

/// One path that a blob had.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PathAt {
    /// From the root of the repository, with `/`; any bytes.
    pub path: Vec<u8>,
    /// The first commit that had it there; none if no commit did, only the index.
    pub first: Option<CommitRef>,
}

/// Where one blob belongs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Attribution {
    /// Every path it had, sorted.
    pub paths: Vec<PathAt>,
    /// The first commit that brought it, at any path. For a commit or tag: itself is not repeated
    /// here.
    pub first: Option<CommitRef>,
    /// How firmly it is held.
    pub reach: Reach,
}

/// What came of attributing.
#[derive(Debug, Default)]
pub struct Attributions {
    /// One for each id that was asked for.
    pub of: BTreeMap<ObjectId, Attribution>,
    /// What could not be read on the way: with these, "unreachable" is not certain.
    pub skips: Vec<Skip>,
    /// Whether a bound cut something off: further paths may exist.
    pub cut: bool,
}

/// Finds out where objects belong: blobs, or commits and tags whose messages had something.
/// Of the options only threads and interrupt are of use here.
pub fn attribute(
    repo: &Repo,
    odb: &Odb,
    finds: &[ObjectId],
    options: &SweepOptions<'_>,
) -> Attributions {
    let mut out = Attributions::default();
    if finds.is_empty() {
        return out;
    }
    let sweep = SweepOptions {
        naive: false,
        own_only: false,
        skip: None,
        passed: &[],
        ..*options
    };
    let finds: Vec<ObjectId> = finds
        .iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    out.of = finds
        .iter()
        .map(|&id| (id, Attribution::default()))
        .collect();
    let refs = Refs::of(repo, odb.hash_kind());
    let commits = Commits::of(odb, &sweep);
    let holders = Holders::of(odb, &finds, &sweep);
    out.cut = holders.cut;
    let mut sets = Sets::new(&finds, &holders.edges);
    let roots: Vec<u32> = commits
        .list
        .iter()
        .map(|commit| sets.of(&commit.tree))
        .collect();
    out.cut |= sets.is_cut();

    let mut firsts: HashMap<Item, CommitRef> = HashMap::new();
    for (commit, &root) in commits.list.iter().zip(&roots) {
        let parents = || {
            commit
                .parents
                .iter()
                .filter_map(|&parent| roots.get(parent as usize).copied())
        };
        if root == Sets::EMPTY || parents().any(|parent| parent == root) {
            continue;
        }
        for &item in sets.items(root) {
            if parents().any(|parent| sets.items(parent).binary_search(&item).is_ok()) {
                continue;
            }
            let here = CommitRef {
                time: commit.time,
                id: commit.id,
            };
            // Parents come before children, so at the same second the first one met stays.
            let first = firsts.entry(item).or_insert_with(|| here.clone());
            if here.time < first.time {
                *first = here;
            }
        }
    }
    for (item, first) in firsts {
        let Some((&id, path)) = finds.get(item.find as usize).zip(sets.path(item)) else {
            continue;
        };
        let Some(place) = out.of.get_mut(&id) else {
            continue;
        };
        if place.first.as_ref().is_none_or(|best| first < *best) {
            place.first = Some(first.clone());
        }
        place.paths.push(PathAt {
            path: path.to_vec(),
            first: Some(first),
        });
    }
    reach(&mut out, &refs, &commits, &mut sets, &roots, &finds);
    indexes(&mut out, repo, odb);
    for place in out.of.values_mut() {
        place.paths.sort_unstable();
    }
    out.skips.extend(refs.skips);
    out.skips.extend(commits.skips);
    out.skips.extend(holders.skips);
    out.skips.sort_unstable();
    out.skips.dedup();
    out
}

/// Finds what leads to each find.
fn reach(
    out: &mut Attributions,
    refs: &Refs,
    commits: &Commits,
    sets: &mut Sets<'_>,
    roots: &[u32],
    finds: &[ObjectId],
) {
    let mut marks: Vec<Option<Reach>> = vec![None; commits.list.len()];
    commits.mark(refs.tips.values().copied(), Reach::History, &mut marks);
    commits.mark(refs.stash.iter().copied(), Reach::Stash, &mut marks);
    commits.mark(refs.reflog.iter().copied(), Reach::Reflog, &mut marks);
    // Few sets and few marks, however many commits.
    let mut best: BTreeMap<u32, Reach> = BTreeMap::new();
    for (root, mark) in roots.iter().zip(&marks) {
        let reach = mark.unwrap_or_default();
        best.entry(*root)
            .and_modify(|best| *best = reach.min(*best))
            .or_insert(reach);
    }
    let hold = |out: &mut Attributions, id: &ObjectId, reach: Reach| {
        if let Some(place) = out.of.get_mut(id) {
            place.reach = place.reach.min(reach);
        }
    };
    let find = |item: &Item| finds.get(item.find as usize);
    for (root, reach) in best {
        sets.items(root)
            .iter()
            .filter_map(find)
            .for_each(|id| hold(out, id, reach));
    }
    // Commits and tags that were found themselves.
    for id in finds {
        let number = commits.numbers.get(id).copied();
        let mark = number.and_then(|number| marks.get(number as usize).copied().flatten());
        mark.into_iter().for_each(|reach| hold(out, id, reach));
    }
    for &tip in refs.tips.values() {
        let end = commits.peel(tip);
        let number = commits.numbers.get(&end).copied();
        let root = match number.and_then(|number| roots.get(number as usize)) {
            Some(&root) => root,
            // A tag may name a tree.
            None => sets.of(&end),
        };
        let mut held: BTreeSet<&ObjectId> = sets.items(root).iter().filter_map(find).collect();
        held.extend([&tip, &end]);
        for id in held {
            hold(out, id, Reach::Tip);
        }
    }
}

/// Adds what the indexes of all work trees have.
fn indexes(out: &mut Attributions, repo: &Repo, odb: &Odb) {
    for git_dir in git_dirs(repo) {
        index(out, &git_dir, odb);
    }
}

/// Adds what one index has.
fn index(out: &mut Attributions, git_dir: &Path, odb: &Odb) {
    let path = git_dir.join("index");
    let index = match IndexFile::open(&path, git_dir, odb.hash_kind()) {
        Ok(index) => index,
        Err(error) => {
            return out.skips.push(Skip {
                id: None,
                file: path,
                offset: None,
                reason: match error {
                    IndexError::Unreadable(_) => SkipReason::Unreadable,
                    _ => SkipReason::BadIndex,
                },
            });
        }
    };
    let places = out.of.iter();
    let known = places.flat_map(|(id, place)| place.paths.iter().map(|at| (*id, at.path.clone())));
    let mut known: HashSet<(ObjectId, Vec<u8>)> = known.collect();
    for entry in index.entries() {
        let Some(place) = out.of.get_mut(&entry.id) else {
            continue;
        };
        place.reach = place.reach.min(Reach::Index);
        let path = index.path(entry);
        if known.insert((entry.id, path.to_vec())) {
            place.paths.push(PathAt {
                path: path.to_vec(),
                first: None,
            });
        }
    }
}
