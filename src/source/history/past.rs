//! What an earlier scan kept of an object database, and what this one keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::finding::NoticeReason;
use crate::scanner::Scanner;
use crate::source::Harvest;
use crate::source::git::{ObjectId, Odb, Outcome};
use crate::source::state::{Engine, Memory, Remembered, Seen, Store};

/// What is known of one object database before its sweep.
#[derive(Debug)]
pub(super) struct Past<'a> {
    store: &'a Store,
    /// Name of the state file.
    name: String,
    engine: Engine,
    challenges: Vec<&'static str>,
    memory: Memory,
    /// Packs that need not be looked at.
    passed: Vec<ObjectId>,
    /// Loose objects before the sweep: what appears while it runs is for the next one.
    loose: BTreeSet<ObjectId>,
    /// Whether the sweep saw nothing but what is remembered.
    is_unchanged: bool,
}

impl<'a> Past<'a> {
    /// Reads what an earlier scan kept, as far as it is of use.
    pub(super) fn recall(
        store: &'a Store,
        objects: &Path,
        odb: &Odb,
        scanner: &Scanner,
        harvest: &mut Harvest,
    ) -> Self {
        let digest = Sha256::digest(objects.as_os_str().as_encoded_bytes());
        let name = crate::wire::hex::encode(digest.get(..16).unwrap_or_default());
        let name = format!("objects-{name}");
        let (engine, kind) = (Engine(scanner.engine()), odb.hash_kind());
        let challenges = scanner.challenges();
        let mut unused = |why| {
            harvest.skip(NoticeReason::StateUnused, objects, format!("{why}"));
            Memory::empty(kind)
        };
        let mut memory = match Memory::load(store, &name, engine, kind, &challenges) {
            Ok(memory) => memory.unwrap_or_else(|| Memory::empty(kind)),
            Err(why) => unused(why),
        };
        let new = |pack: Option<ObjectId>| pack.is_none_or(|pack| !memory.knows_pack(&pack));
        if odb.pack_checksums().any(|(_, pack)| new(pack))
            && let Err(why) = memory.recall_packed()
        {
            memory = unused(why);
        }
        let again: BTreeSet<ObjectId> = memory.again().flat_map(|id| odb.packs_with(id)).collect();
        if !again.is_empty()
            && let Err(why) = memory.recall_packed()
        {
            memory = unused(why);
        }
        let packs = odb.pack_checksums().filter_map(|(_, pack)| pack);
        let passed = packs.filter(|pack| memory.knows_pack(pack) && !again.contains(pack));
        Self {
            passed: passed.collect(),
            loose: odb.loose_ids(),
            is_unchanged: false,
            store,
            name,
            engine,
            challenges,
            memory,
        }
    }

    /// Whether an object need not be looked at.
    pub(super) fn knows(&self, id: &ObjectId) -> bool {
        self.memory.knows(id)
    }

    /// Packs that need not be looked at.
    pub(super) fn passed(&self) -> &[ObjectId] {
        &self.passed
    }

    /// Loose objects before the sweep.
    pub(super) const fn loose(&self) -> &BTreeSet<ObjectId> {
        &self.loose
    }

    /// Where found objects belonged when all that decides it was as now.
    pub(super) fn places(&self, standing: &[u8; 32]) -> Option<&[u8]> {
        let (known, places) = self.memory.places()?;
        (known == standing).then_some(places)
    }

    /// Adds what an earlier scan saw in objects that are still there to what this one has `seen`;
    /// returns what there is to keep.
    pub(super) fn join(
        &mut self,
        odb: &Odb,
        outcome: &Outcome,
        seen: &mut BTreeMap<ObjectId, Seen>,
    ) -> Remembered {
        let lost: BTreeSet<ObjectId> = outcome.skips.iter().filter_map(|skip| skip.id).collect();
        let suspect: BTreeSet<ObjectId> = lost.iter().flat_map(|id| odb.packs_with(id)).collect();
        let is_clean = |path: &Path, pack: &ObjectId| {
            !suspect.contains(pack) && !outcome.skips.iter().any(|skip| skip.file == path)
        };
        let packs = odb.pack_checksums();
        let packs = packs.filter_map(|(path, pack)| Some((path, pack?)));
        let packs = packs.filter(|(path, pack)| is_clean(path, pack));
        let record = Remembered {
            packs: packs.map(|(_, pack)| pack).collect(),
            loose: self.loose.difference(&lost).copied().collect(),
            ..Remembered::default()
        };
        let is_same = self.memory.has_just(&record.packs, &record.loose);
        let known = self.memory.take_triggered();
        self.is_unchanged = is_same && seen.is_empty() && known.values().all(Option::is_some);
        let known = known.into_iter();
        let known = known.filter_map(|(id, old)| Some((id, old?)));
        let mut known: BTreeMap<ObjectId, Seen> =
            known.filter(|(id, _)| is_same || odb.holds(id)).collect();
        // What was looked at now stands.
        known.append(seen);
        *seen = known;
        record
    }

    /// Keeps what a whole sweep has `seen` and where it belongs, unless nothing of it is new.
    pub(super) fn keep(
        &self,
        odb: &Odb,
        mut record: Remembered,
        seen: &BTreeMap<ObjectId, Seen>,
        places: Option<([u8; 32], Vec<u8>)>,
        harvest: &mut Harvest,
    ) {
        if self.is_unchanged
            && self.memory.places().map(|(standing, _)| *standing)
                == places.as_ref().map(|(standing, _)| *standing)
        {
            return;
        }
        record.packed = odb.packed_ids(&record.packs);
        record.triggered.clone_from(seen);
        record.places = places;
        let (engine, kind) = (self.engine, odb.hash_kind());
        let kept = record.save(self.store, &self.name, engine, kind, &self.challenges);
        if let Err(error) = kept {
            let file = Path::new(&self.name);
            harvest.skip(NoticeReason::StateUnused, file, error.to_string());
        }
    }
}
