//! The plan of one pack: which entries form a family, in which order to read them.
//!
//! A family is a plain entry with everything that is, over any number of steps, a delta to it. All
//! of a family are of the kind of its root, so one pass over the entry headers tells which families
//! are of a kind that is not asked for; those are never inflated. In a sweep these are directory
//! listings, most of the objects of any pack.

use super::entry::{Entry, Form};
use super::id::ObjectId;
use super::object::ObjectKind;
use super::pack::Pack;
use super::skip::SkipReason;
use super::sweep::Scope;
use super::window::Window;
use std::collections::HashMap;

/// No node, no entry.
pub(super) const NONE: u32 = u32::MAX;

/// Compressed bytes that make a batch worth handing to a worker.
const BATCH_BYTES: u64 = 256 * 1024;

/// An entry that will be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Where it begins in the pack.
    pub(super) offset: u64,
    /// Where the next entry begins.
    pub(super) end: u64,
    /// Its place in the order of ids.
    pub(super) position: u32,
    /// The first node that is based on it; those with none of their own come first.
    pub(super) first_child: u32,
    /// The next node with the same base.
    pub(super) next_sibling: u32,
    /// Whether it is to be looked at, or only needed as a base.
    pub(super) wanted: bool,
}

/// A run of families for one worker.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batch {
    /// First of the roots.
    pub(super) first: usize,
    /// One behind the last.
    pub(super) end: usize,
    /// Compressed bytes of all of them.
    pub(super) bytes: u64,
}

/// What to read of a pack.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The entries, by offset.
    pub(super) nodes: Vec<Node>,
    /// The roots of families, by offset.
    pub(super) roots: Vec<u32>,
    /// Bases that stand outside this pack, by root.
    pub(super) outside: HashMap<u32, ObjectId>,
    /// The roots in runs.
    pub(super) batches: Vec<Batch>,
    /// Entries that cannot be read: position, offset, reason.
    pub(super) skips: Vec<(u32, u64, SkipReason)>,
}

/// What the headers say of each entry of a pack, in order of offsets.
struct Entries {
    /// Where each begins.
    offsets: Vec<u64>,
    /// Its place in the order of ids.
    positions: Vec<u32>,
    /// What it is.
    links: Vec<Link>,
}

/// What one header says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Link {
    /// Its header is damaged.
    Bad(SkipReason),
    /// A delta to the entry of this number.
    Base(u32),
    /// A delta to an object outside the pack.
    Outside,
    /// Whole.
    Plain(ObjectKind),
}

impl Plan {
    /// Reads all headers of a pack, on `threads` threads. `wanted` says by place in the order of
    /// ids which objects are to be looked at.
    pub(super) fn of(
        pack: &Pack,
        scope: Scope,
        threads: usize,
        wanted: &(dyn Fn(u32) -> bool + Sync),
    ) -> Self {
        let mut plan = Self::default();
        let (entries, mut outside) = read_headers(pack, threads);
        let kept = plan.choose(&entries, scope, wanted);
        plan.link(pack, &entries, &kept, wanted);
        plan.outside = plan
            .roots
            .iter()
            .filter_map(|&root| {
                let node = plan.nodes.get(root as usize)?;
                Some((root, outside.remove(&node.offset)?))
            })
            .collect();
        plan.batch();
        plan
    }

    /// Decides which entries are kept: the wanted ones of the kinds that are read, and their bases.
    /// Bases that cannot be found become bad, and so does what is based on them.
    fn choose(
        &mut self,
        entries: &Entries,
        scope: Scope,
        wanted: &dyn Fn(u32) -> bool,
    ) -> Vec<bool> {
        /// Not decided yet.
        const OPEN: u8 = 0;
        /// On the path that is being followed.
        const PATH: u8 = 1;
        /// In a family of a kind that is not read.
        const OTHER: u8 = 2;
        /// In a family that is read.
        const FINE: u8 = 3;
        /// Without a base.
        const LOST: u8 = 4;
        let count = entries.links.len();
        let mut state = vec![OPEN; count];
        let mut path: Vec<usize> = Vec::new();
        for start in 0..count {
            let mut at = start;
            // Bases stand before their deltas in nearly every pack, so this loop hardly ever turns.
            let (verdict, reason) = loop {
                match state.get(at) {
                    Some(&OPEN) => {}
                    Some(&PATH) => break (LOST, SkipReason::Cycle),
                    Some(&verdict) => break (verdict, SkipReason::MissingBase),
                    None => break (LOST, SkipReason::MissingBase),
                }
                path.push(at);
                if let Some(state) = state.get_mut(at) {
                    *state = PATH;
                }
                match entries.links.get(at) {
                    Some(Link::Base(base)) => at = *base as usize,
                    Some(Link::Plain(kind)) if !scope.reads(*kind) => {
                        break (OTHER, SkipReason::MissingBase);
                    }
                    Some(Link::Plain(_) | Link::Outside) => break (FINE, SkipReason::MissingBase),
                    Some(Link::Bad(reason)) => break (LOST, *reason),
                    None => break (LOST, SkipReason::MissingBase),
                }
            };
            // The entry whose own header is bad says so; what hangs on it lacks its base.
            let mut reason = reason;
            while let Some(at) = path.pop() {
                if let Some(state) = state.get_mut(at) {
                    *state = verdict;
                }
                if verdict == LOST {
                    let place = (
                        entries.positions.get(at).copied(),
                        entries.offsets.get(at).copied(),
                    );
                    if let (Some(position), Some(offset)) = place {
                        self.skips.push((position, offset, reason));
                    }
                    if reason != SkipReason::Cycle {
                        reason = SkipReason::MissingBase;
                    }
                }
            }
        }
        let mut kept = vec![false; count];
        for start in 0..count {
            if state.get(start) != Some(&FINE)
                || !entries.positions.get(start).is_some_and(|&at| wanted(at))
            {
                continue;
            }
            let mut at = start;
            while let Some(keep) = kept.get_mut(at).filter(|keep| !**keep) {
                *keep = true;
                let Some(Link::Base(base)) = entries.links.get(at) else {
                    break;
                };
                at = *base as usize;
            }
        }
        kept
    }

    /// Makes nodes of the kept entries and hangs them on their bases.
    fn link(
        &mut self,
        pack: &Pack,
        entries: &Entries,
        kept: &[bool],
        wanted: &dyn Fn(u32) -> bool,
    ) {
        let mut node_of = vec![NONE; kept.len()];
        let ends = entries
            .offsets
            .iter()
            .skip(1)
            .copied()
            .chain(std::iter::once(pack.end()));
        let entry = entries.offsets.iter().zip(ends).zip(&entries.positions);
        for (at, ((&offset, end), &position)) in entry.enumerate() {
            if kept.get(at) == Some(&true) {
                if let Some(node) = node_of.get_mut(at) {
                    *node = u32::try_from(self.nodes.len()).unwrap_or(NONE);
                }
                let wanted = wanted(position);
                self.nodes.push(Node {
                    offset,
                    end,
                    position,
                    first_child: NONE,
                    next_sibling: NONE,
                    wanted,
                });
            }
        }
        let mut base_of = vec![NONE; self.nodes.len()];
        let mut is_base = vec![false; self.nodes.len()];
        for (at, link) in entries.links.iter().enumerate() {
            let node = node_of.get(at).copied().unwrap_or(NONE);
            if node == NONE {
                continue;
            }
            let Link::Base(base) = link else {
                self.roots.push(node);
                continue;
            };
            let base = node_of.get(*base as usize).copied().unwrap_or(NONE);
            if let (Some(slot), Some(flag)) = (
                base_of.get_mut(node as usize),
                is_base.get_mut(base as usize),
            ) {
                *slot = base;
                *flag = true;
            }
        }
        // Hung on from the front, so in reverse: first those that are bases themselves, then the
        // leaves. The walk meets leaves first, and can let go of a base when it goes deeper.
        for inner in [true, false] {
            for at in (0..self.nodes.len()).rev() {
                if is_base.get(at) != Some(&inner) {
                    continue;
                }
                let base = base_of.get(at).copied().unwrap_or(NONE);
                let Some(parent) = self.nodes.get_mut(base as usize) else {
                    continue;
                };
                let next =
                    std::mem::replace(&mut parent.first_child, u32::try_from(at).unwrap_or(NONE));
                if let Some(node) = self.nodes.get_mut(at) {
                    node.next_sibling = next;
                }
            }
        }
    }

    /// Gathers roots into batches: big families first, so that none is left over at the end when
    /// the other workers have nothing to do; the rest as they stand in the pack.
    fn batch(&mut self) {
        let mut total = 0;
        let mut sizes = Vec::with_capacity(self.roots.len());
        let mut stack = Vec::new();
        for &root in &self.roots {
            let mut bytes = 0;
            stack.push(root);
            while let Some(at) = stack.pop() {
                let Some(node) = self.nodes.get(at as usize) else {
                    continue;
                };
                bytes += node.end.saturating_sub(node.offset);
                let mut child = node.first_child;
                while let Some(node) = self.nodes.get(child as usize) {
                    stack.push(child);
                    child = node.next_sibling;
                }
            }
            total += bytes;
            sizes.push(bytes);
        }
        let mut first = 0;
        let mut bytes = 0;
        for (at, size) in sizes.iter().enumerate() {
            bytes += size;
            if bytes >= BATCH_BYTES || at + 1 == sizes.len() {
                self.batches.push(Batch {
                    first,
                    end: at + 1,
                    bytes,
                });
                (first, bytes) = (at + 1, 0);
            }
        }
        let big = (total / 64).max(2 * BATCH_BYTES);
        self.batches.sort_by_key(|batch| {
            std::cmp::Reverse(if batch.bytes > big { batch.bytes } else { 0 })
        });
    }
}

/// Reads the headers of all entries, and the names of bases that stand outside, by offset.
fn read_headers(pack: &Pack, threads: usize) -> (Entries, HashMap<u64, ObjectId>) {
    let (offsets, positions) = sorted(pack);
    let count = offsets.len();
    let mut links = vec![Link::Outside; count];
    let mut outside = HashMap::new();
    let share = count.div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        let mut workers = Vec::new();
        for (number, links) in links.chunks_mut(share).enumerate() {
            let offsets = &offsets;
            let work = move || read_links(pack, offsets, number * share, links);
            workers.push(scope.spawn(work));
        }
        for worker in workers {
            outside.extend(worker.join().unwrap_or_default());
        }
    });
    (
        Entries {
            offsets,
            positions,
            links,
        },
        outside,
    )
}

/// The offsets of a pack in ascending order, with the places in the order of ids.
fn sorted(pack: &Pack) -> (Vec<u64>, Vec<u32>) {
    let offsets = pack.index.offsets();
    if let Some(order) = pack.reverse_index() {
        // Whatever the file says is used only if it does sort the offsets.
        let sorted: Vec<u64> = order
            .iter()
            .map_while(|&at| offsets.get(at as usize).copied())
            .collect();
        if sorted.len() == offsets.len() && sorted.is_sorted_by(|left, right| left < right) {
            return (sorted, order);
        }
    }
    let mut pairs: Vec<(u64, u32)> = offsets.iter().copied().zip(0..).collect();
    pairs.sort_unstable();
    pairs.into_iter().unzip()
}

/// Reads a run of headers, beginning with entry number `first`.
fn read_links(
    pack: &Pack,
    offsets: &[u64],
    first: usize,
    links: &mut [Link],
) -> Vec<(u64, ObjectId)> {
    let mut window = Window::new();
    let mut outside = Vec::new();
    for (at, link) in links.iter_mut().enumerate() {
        let own = first + at;
        let offset = offsets.get(own).copied().unwrap_or(0);
        // Two entries at one place: the index is lying. The first one is read.
        if own > 0 && offsets.get(own - 1) == Some(&offset) {
            *link = Link::Bad(SkipReason::BadIndex);
            continue;
        }
        *link = match pack
            .entry(&mut window, offset)
            .map(|Entry { form, .. }| form)
        {
            Err(reason) => Link::Bad(reason),
            Ok(Form::Plain(kind)) => Link::Plain(kind),
            Ok(Form::OffsetDelta(base)) => {
                number_of(offsets, own, base).map_or(Link::Bad(SkipReason::MissingBase), Link::Base)
            }
            Ok(Form::ReferenceDelta(base)) => {
                let inside = super::odb::offset_of(&pack.index, &base);
                let number = inside.and_then(|base| offsets.binary_search(&base).ok());
                match number.and_then(|number| u32::try_from(number).ok()) {
                    Some(number) => Link::Base(number),
                    None => {
                        outside.push((offset, base));
                        Link::Outside
                    }
                }
            }
        };
    }
    outside
}

/// The number of the entry at `offset`, which stands before entry number `before`.
///
/// Bases stand close before their deltas, so the search goes back in growing steps.
fn number_of(offsets: &[u64], before: usize, offset: u64) -> Option<u32> {
    let mut high = before;
    let mut step = 4;
    let low = loop {
        let low = high.saturating_sub(step);
        if low == 0 || offsets.get(low).is_some_and(|&at| at <= offset) {
            break low;
        }
        high = low;
        step *= 4;
    };
    let found = offsets.get(low..high)?.binary_search(&offset).ok()?;
    u32::try_from(low + found).ok()
}
