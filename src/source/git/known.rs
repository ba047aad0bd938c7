//! Which objects of a pack need not be looked at: those an earlier pack holds too, and those the
//! caller has seen before.
//!
//! With one pack and no such caller, as after `git gc`, nothing is read for this at all.

use super::id::ObjectId;
use super::pack::Pack;

/// For each pack, for each object in order of ids: whether it is left out.
pub(super) struct Known {
    /// Empty when nothing is left out.
    packs: Vec<Vec<bool>>,
}

impl Known {
    /// Whether an object is to be looked at.
    pub(super) fn wanted(&self, pack: usize, position: u32) -> bool {
        !self
            .packs
            .get(pack)
            .and_then(|known| known.get(position as usize))
            .copied()
            .unwrap_or(false)
    }
}

impl Known {
    /// Whether any object of a pack is to be looked at.
    pub(super) fn any_wanted(&self, pack: usize) -> bool {
        let known = self.packs.get(pack);
        known.is_none_or(|known| known.contains(&false))
    }
}

/// Finds what is left out of each pack.
pub(super) fn known(packs: &[&Pack], skip: Option<&(dyn Fn(&ObjectId) -> bool + Sync)>) -> Known {
    if packs.len() < 2 && skip.is_none() {
        return Known { packs: Vec::new() };
    }
    let mut known: Vec<Vec<bool>> = packs
        .iter()
        .map(|pack| vec![false; pack.index.offsets().len()])
        .collect();
    if let Some(skip) = skip {
        for (known, pack) in known.iter_mut().zip(packs) {
            let ids = pack.index.ids().chunks_exact(pack.kind.id_len());
            for (known, raw) in known.iter_mut().zip(ids) {
                *known = ObjectId::from_raw(pack.kind, raw).is_some_and(|id| skip(&id));
            }
        }
    }
    // Equal ids meet by their first eight bytes after sorting: sixteen bytes an object instead of
    // a table of whole ids, and no look-up of each in every other pack.
    let mut all: Vec<(u64, u32, u32)> = Vec::new();
    for (pack, number) in packs.iter().zip(0..) {
        let ids = pack.index.ids().chunks_exact(pack.kind.id_len());
        all.extend(
            ids.zip(0..)
                .map(|(id, position)| (prefix(id), number, position)),
        );
    }
    all.sort_unstable();
    let id = |&(_, pack, position): &(u64, u32, u32)| {
        packs.get(pack as usize)?.index.id_at(position as usize)
    };
    for group in all
        .chunk_by(|left, right| left.0 == right.0)
        .filter(|group| group.len() > 1)
    {
        let mut met = Vec::new();
        for one in group {
            let id = id(one);
            if met.contains(&id) {
                let slot = known
                    .get_mut(one.1 as usize)
                    .and_then(|known| known.get_mut(one.2 as usize));
                if let Some(slot) = slot {
                    *slot = true;
                }
            } else {
                met.push(id);
            }
        }
    }
    Known { packs: known }
}

/// The first eight bytes of an id.
fn prefix(id: &[u8]) -> u64 {
    id.first_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
