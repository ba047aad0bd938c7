//! What one object database had, seen by one engine.
//!
//! Sections: `conf` (hash of the ids, names of the challenges that were asked), `pack` (checksums of
//! packs whose every object was looked at), `objs` (ids of all objects of those packs, sorted),
//! `loos` (ids of loose objects that were looked at, sorted), `trig` (ids and a byte of flags each:
//! objects with a trigger, sorted), `seen` (their sightings), `wher` (where these belong, behind
//! a digest of all that decides it). Content never changes under an id, so
//! nothing of this goes stale but by a new engine.
//!
//! An unchanged repository needs all sections but `objs`: its packs are known by their checksums,
//! and few objects are loose. After `git gc` the one new pack is full of known ids.
//!
//! An unknown flag makes the state useless to this version. When the inventory asks for another
//! challenge every object with a trigger is read again.

use std::collections::{BTreeMap, BTreeSet};

use super::sighted::Sighted;
use super::store::{Book, Discarded, Engine, Store};
use crate::finding::Sighting;
use crate::scanner::Brings;
use crate::source::git::{HashKind, ObjectId};

/// Flag: some of its encoded data was not decoded, for lack of budget.
const UNDECODED: u8 = 1;

/// Flag: what it had could not be kept; it has to be looked at again.
const AGAIN: u8 = 2;

/// Flag: a password was not tried, for lack of budget.
const UNTRIED: u8 = 4;

/// Flag: it has tokens that are tried on secrets.
const TOKENS: u8 = 8;

/// Flag: it has suspects that are tried on tokens.
const SUSPECTS: u8 = 16;

/// Flags that this version knows.
const FLAGS: u8 = UNDECODED | AGAIN | UNTRIED | TOKENS | SUSPECTS;

/// What an object with a trigger had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Keys and secrets; their path is for the source to fill in.
    pub sightings: Vec<Sighting>,
    /// Whether a decoder gave up.
    pub undecoded: bool,
    /// Whether a password was not tried because that would have been too dear.
    pub untried: bool,
    /// What in an archive was not looked into.
    pub gave_up: Vec<String>,
    /// What it brings to token proof. That itself is not kept, only what came of
    /// it (`proofs`).
    pub brings: Brings,
}

/// What is remembered of an object database.
#[derive(Debug)]
pub struct Memory {
    kind: HashKind,
    /// Where the section of packed ids is read from, when it is wanted.
    book: Option<Book>,
    /// Ids of packed objects, sorted, one behind the other.
    packed: Vec<u8>,
    /// For each value of the first two bytes of an id: how many ids begin with less.
    fanout: Vec<u32>,
    packs: BTreeSet<ObjectId>,
    loose: BTreeSet<ObjectId>,
    triggered: BTreeMap<ObjectId, Option<Seen>>,
    places: Option<([u8; 32], Vec<u8>)>,
}

impl Memory {
    /// Remembers nothing.
    #[must_use]
    pub fn empty(kind: HashKind) -> Self {
        Self {
            kind,
            book: None,
            packed: Vec::new(),
            fanout: Vec::new(),
            packs: BTreeSet::new(),
            loose: BTreeSet::new(),
            triggered: BTreeMap::new(),
            places: None,
        }
    }

    /// Reads what an earlier scan kept; nothing if there was none. `challenges` are the names of
    /// those that this scan asks.
    ///
    /// # Errors
    /// When it is of no use.
    pub fn load(
        store: &Store,
        name: &str,
        engine: Engine,
        kind: HashKind,
        challenges: &[&str],
    ) -> Result<Option<Self>, Discarded> {
        let Some(mut book) = store.read(name, engine)? else {
            return Ok(None);
        };
        let conf = book.section(*b"conf")?;
        let (hash, asked) = conf.split_first().ok_or(Discarded::Damaged)?;
        if *hash != hash_byte(kind) {
            return Err(Discarded::Damaged);
        }
        let is_answered = asked == challenges.join("\n").as_bytes();
        let mut memory = Self::empty(kind);
        memory.packs = ids(kind, &book.section(*b"pack")?)?.collect();
        memory.loose = ids(kind, &book.section(*b"loos")?)?.collect();
        let seen = book.section(*b"seen")?;
        let seen: Vec<Sighted> = serde_json::from_slice(&seen).map_err(|_| Discarded::Damaged)?;
        let mut sighted = BTreeMap::new();
        for one in &seen {
            let id = ObjectId::from_hex(kind, one.object.as_bytes()).ok_or(Discarded::Damaged)?;
            let sightings = one.sightings().ok_or(Discarded::Damaged)?;
            sighted.insert(id, (sightings, one.gave_up.clone()));
        }
        let triggered = book.section(*b"trig")?;
        let rows = triggered.chunks(kind.id_len() + 1);
        // They are in order, and a map is made of many at once in a fraction of the time.
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let (flags, id) = row.split_last().ok_or(Discarded::Damaged)?;
            let id = ObjectId::from_raw(kind, id).ok_or(Discarded::Damaged)?;
            if flags & !FLAGS != 0 {
                return Err(Discarded::Version);
            }
            let (sightings, gave_up) = sighted.remove(&id).unwrap_or_default();
            let seen = Seen {
                sightings,
                undecoded: flags & UNDECODED != 0,
                untried: flags & UNTRIED != 0,
                gave_up,
                brings: Brings {
                    tokens: flags & TOKENS != 0,
                    suspects: flags & SUSPECTS != 0,
                },
            };
            let seen = (flags & AGAIN == 0 && is_answered).then_some(seen);
            all.push((id, seen));
        }
        memory.triggered = all.into_iter().collect();
        let places = book.section(*b"wher")?;
        memory.places = places
            .split_first_chunk()
            .map(|(standing, places)| (*standing, places.to_vec()));
        memory.book = Some(book);
        Ok(Some(memory))
    }

    /// Makes [`Memory::knows`] know packed objects as well.
    ///
    /// # Errors
    /// When their names are damaged.
    pub fn recall_packed(&mut self) -> Result<(), Discarded> {
        let Some(mut book) = self.book.take() else {
            return Ok(());
        };
        let all = book.section(*b"objs")?;
        let len = self.kind.id_len();
        if !all.len().is_multiple_of(len) || u32::try_from(all.len() / len).is_err() {
            return Err(Discarded::Damaged);
        }
        let mut fanout = vec![0_u32; (1 << 16) + 1];
        for id in all.chunks_exact(len) {
            if let Some(count) = fanout.get_mut(bucket(id) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in &mut fanout {
            sum += *count;
            *count = sum;
        }
        (self.packed, self.fanout) = (all, fanout);
        Ok(())
    }

    /// Whether a pack was looked at from end to end, and nothing of it has to be again.
    #[must_use]
    pub fn knows_pack(&self, checksum: &ObjectId) -> bool {
        self.packs.contains(checksum)
    }

    /// Whether these packs and loose objects are what is remembered, no more and no less.
    #[must_use]
    pub fn has_just(&self, packs: &BTreeSet<ObjectId>, loose: &BTreeSet<ObjectId>) -> bool {
        self.packs == *packs && self.loose == *loose
    }

    /// Whether an object was looked at, and need not be again.
    #[must_use]
    pub fn knows(&self, id: &ObjectId) -> bool {
        (self.loose.contains(id) || self.is_packed(id))
            && !matches!(self.triggered.get(id), Some(None))
    }

    /// Where found objects belong, behind a digest of all that decides it.
    #[must_use]
    pub fn places(&self) -> Option<(&[u8; 32], &[u8])> {
        let (standing, places) = self.places.as_ref()?;
        Some((standing, places))
    }

    /// Objects that have to be looked at again.
    pub fn again(&self) -> impl Iterator<Item = &ObjectId> {
        let unkept = self.triggered.iter().filter(|(_, seen)| seen.is_none());
        unkept.map(|(id, _)| id)
    }

    /// Takes the objects with a trigger and what they had; nothing of those that have to be looked
    /// at again.
    pub fn take_triggered(&mut self) -> BTreeMap<ObjectId, Option<Seen>> {
        std::mem::take(&mut self.triggered)
    }

    fn is_packed(&self, id: &ObjectId) -> bool {
        let (raw, len) = (id.as_raw(), self.kind.id_len());
        let bound = |at: usize| self.fanout.get(at).map(|&count| count as usize * len);
        let first = bucket(raw);
        let (Some(from), Some(to)) = (bound(first), bound(first + 1)) else {
            return false;
        };
        // A handful of ids: a linear search is as quick.
        let ids = self.packed.get(from..to).unwrap_or_default();
        ids.chunks_exact(len).any(|known| known == raw)
    }
}

/// What is to be remembered.
#[derive(Debug, Default)]
pub struct Remembered {
    /// Packs of which every object was looked at.
    pub packs: BTreeSet<ObjectId>,
    /// Ids of all their objects, sorted, one behind the other.
    pub packed: Vec<u8>,
    /// Loose objects that were looked at.
    pub loose: BTreeSet<ObjectId>,
    /// Those of all these that had a trigger, and what they had.
    pub triggered: BTreeMap<ObjectId, Seen>,
    /// Where found objects belong, behind a digest of all that decides it.
    pub places: Option<([u8; 32], Vec<u8>)>,
}

impl Remembered {
    /// Writes it down.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn save(
        &self,
        store: &Store,
        name: &str,
        engine: Engine,
        kind: HashKind,
        challenges: &[&str],
    ) -> std::io::Result<()> {
        let mut conf = vec![hash_byte(kind)];
        conf.extend_from_slice(challenges.join("\n").as_bytes());
        let (mut triggered, mut sighted) = (Vec::new(), Vec::new());
        for (id, seen) in &self.triggered {
            let kept = Sighted::of(id.to_string(), &seen.sightings);
            let flags = [
                (seen.undecoded, UNDECODED),
                (seen.untried, UNTRIED),
                (seen.brings.tokens, TOKENS),
                (seen.brings.suspects, SUSPECTS),
                (kept.is_none(), AGAIN),
            ];
            let flags = flags.into_iter().filter(|(is_set, _)| *is_set);
            triggered.extend_from_slice(id.as_raw());
            triggered.push(flags.fold(0, |all, (_, flag)| all | flag));
            if let Some(mut kept) = kept
                && !(seen.sightings.is_empty() && seen.gave_up.is_empty())
            {
                kept.gave_up.clone_from(&seen.gave_up);
                sighted.push(kept);
            }
        }
        let sighted = serde_json::to_vec(&sighted)?;
        let places = self.places.iter();
        let places: Vec<u8> = places
            .flat_map(|(standing, places)| standing.iter().chain(places))
            .copied()
            .collect();
        let sections: [([u8; 4], &[u8]); 7] = [
            (*b"conf", &conf),
            (*b"pack", &raw(&self.packs)),
            (*b"loos", &raw(&self.loose)),
            (*b"trig", &triggered),
            (*b"seen", &sighted),
            (*b"wher", &places),
            (*b"objs", &self.packed),
        ];
        store.write(name, engine, &sections)
    }
}

/// The first two bytes of an id.
fn bucket(id: &[u8]) -> usize {
    id.first_chunk()
        .map_or(0, |bytes| usize::from(u16::from_be_bytes(*bytes)))
}

const fn hash_byte(kind: HashKind) -> u8 {
    match kind {
        HashKind::Sha1 => 1,
        HashKind::Sha256 => 2,
    }
}

fn raw(ids: &BTreeSet<ObjectId>) -> Vec<u8> {
    ids.iter().flat_map(ObjectId::as_raw).copied().collect()
}

fn ids(kind: HashKind, bytes: &[u8]) -> Result<impl Iterator<Item = ObjectId>, Discarded> {
    let len = kind.id_len();
    if !bytes.len().is_multiple_of(len) {
        return Err(Discarded::Damaged);
    }
    let ids = bytes.chunks_exact(len);
    Ok(ids.filter_map(move |id| ObjectId::from_raw(kind, id)))
}
