//! Joins lists into one: one entry for each key, with all that hold or trust it.
//!
//! Keys are the same when a fingerprint of the whole public key, a challenge
//! answer or a hash of the secret is the same. Fingerprints of an RSA modulus
//! alone join only entries that have nothing better. Key ids never join: two
//! systems both call a key `1`. An entry without any fingerprint is joined with
//! the one entry of another issue of its list that names the same version in the
//! same system, and with one that says the same.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::identity::{Identity, Ids, spki};

use super::{Custodian, Entry, EntryIds, Header, Holding, Id128, IdClass, IdKind, List};

/// Joins lists. The header is of the first; entries are numbered from 1 in the
/// order of their fingerprints, so that the result depends on the lists alone. Where two lists
/// contradict each other, the one that was issued later is believed; of lists that do not say
/// when, the one that comes first.
#[must_use]
pub fn merge(lists: Vec<List>) -> List {
    let mut header: Option<Header> = None;
    let mut parts = Vec::new();
    for list in lists {
        let issued = list.header.issued_at.as_deref();
        let issued = issued.and_then(|time| time.parse::<Timestamp>().ok());
        parts.push((issued, list.header.list_id.clone(), list.entries));
        match &mut header {
            None => header = Some(list.header),
            Some(header) => {
                header.version = header.version.max(list.header.version);
                join(&mut header.sources, list.header.sources);
                join(&mut header.violations, list.header.violations);
                fill_map(&mut header.other, list.header.other);
            }
        }
    }
    // What is met first stays.
    parts.sort_by(|(a, ..), (b, ..)| b.cmp(a));
    let lists: Vec<(usize, String)> = (0..)
        .zip(&parts)
        .flat_map(|(list, (_, id, entries))| std::iter::repeat_n((list, id.clone()), entries.len()))
        .collect();
    let mut entries: Vec<Entry> = parts
        .into_iter()
        .flat_map(|(.., entries)| entries)
        .collect();
    for entry in &mut entries {
        if entry.ids.spki_sha256.is_none() {
            entry.ids.spki_sha256 = entry.spki_sha256();
        }
    }
    let mut groups = Groups::new(entries.len());
    groups.join_by(&entries, |ids, kind| match kind {
        IdKind::X5tS256 | IdKind::PgpFpr => false,
        _ => {
            kind.class() != IdClass::Hint && !(ids.spki_sha256.is_some() && kind.ignores_exponent())
        }
    });
    let spki_of = groups.known(&entries);
    groups.adopt(&entries, &spki_of);
    groups.join_by_place(&entries, &lists);

    let mut joined: BTreeMap<usize, Entry> = BTreeMap::new();
    for (position, entry) in entries.into_iter().enumerate() {
        match joined.entry(groups.root(position)) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(entry);
            }
            std::collections::btree_map::Entry::Occupied(place) => absorb(place.into_mut(), entry),
        }
    }
    let mut entries: Vec<Entry> = joined.into_values().collect();
    for entry in &mut entries {
        entry
            .holdings
            .sort_by(|a, b| (&a.source, &a.version).cmp(&(&b.source, &b.version)));
        entry.trusted_by.sort();
    }
    entries.sort_by_cached_key(sort_key);
    for (number, entry) in (1..).zip(&mut entries) {
        entry.entry = number;
    }
    List {
        header: header.unwrap_or_default(),
        entries,
    }
}

/// Whether two entries that name one version in one system may be of one key: in two issues of one list if nothing
/// speaks against it, else only if they say the same.
fn may_be_one(one: &Entry, other: &Entry, is_issue: bool) -> bool {
    if !is_issue {
        let alike = Entry {
            entry: other.entry,
            ..one.clone()
        };
        return alike == *other;
    }
    let env = |entry: &Entry| {
        entry
            .holdings
            .first()
            .and_then(|holding| holding.env.clone())
    };
    let kind = |entry: &Entry| {
        Some(entry.kind.clone()).filter(|kind| !kind.is_empty() && kind != "opaque")
    };
    let differ = |a: Option<String>, b: Option<String>| a.is_some() && b.is_some() && a != b;
    let (a, b) = (&one.ids.kid, &other.ids.kid);
    let has_other_kid = !a.is_empty() && !b.is_empty() && !a.iter().any(|kid| b.contains(kid));
    !has_other_kid && !differ(env(one), env(other)) && !differ(kind(one), kind(other))
}

/// Whether an entry has no fingerprint that is its own.
fn is_nameless(entry: &Entry) -> bool {
    let mut is_nameless = true;
    entry
        .ids
        .for_each(|kind, _| is_nameless &= kind.class() == IdClass::Hint);
    is_nameless
}

/// Returns what entries are ordered by: the first fingerprint, else the names.
fn sort_key(entry: &Entry) -> (usize, String, String, String) {
    let mut first = None;
    entry.ids.for_each(|kind, value| {
        if first.is_none() && kind.class() != IdClass::Hint {
            first = Some((kind as usize, value.to_owned()));
        }
    });
    let (kind, value) = first.unwrap_or((usize::MAX, String::new()));
    let holding = entry.holdings.first();
    let source =
        holding.map(|h| format!("{}\0{}", h.source, h.version.as_deref().unwrap_or_default()));
    (kind, value, entry.name.clone(), source.unwrap_or_default())
}

/// Adds to an entry what another says of the same key; what both say stays.
pub(super) fn absorb(entry: &mut Entry, other: Entry) {
    // Who holds a key names it; a verifier has names of its own.
    let is_holders = entry.holdings.is_empty() && !other.holdings.is_empty();
    if entry.name.is_empty() || (is_holders && !other.name.is_empty()) {
        entry.name = other.name;
    }
    // `opaque` stands for a kind that an export did not tell.
    if entry.kind.is_empty() || (entry.kind == "opaque" && !other.kind.is_empty()) {
        entry.kind = other.kind;
    }
    join(&mut entry.alg, other.alg);
    fill(&mut entry.bits, other.bits);
    fill(&mut entry.spki, other.spki);
    absorb_ids(&mut entry.ids, other.ids);
    for holding in other.holdings {
        let same = |known: &&mut Holding| {
            known.source == holding.source && known.version == holding.version
        };
        match entry.holdings.iter_mut().find(same) {
            Some(known) => absorb_holding(known, holding),
            None => entry.holdings.push(holding),
        }
    }
    for custodian in other.custodians {
        let same = |known: &Custodian| known.id == custodian.id && known.from == custodian.from;
        if !entry.custodians.iter().any(same) {
            entry.custodians.push(custodian);
        }
    }
    join(&mut entry.allowed, other.allowed);
    join(&mut entry.trusted_by, other.trusted_by);
    fill(&mut entry.entropy, other.entropy);
    fill_map(&mut entry.other, other.other);
}

fn absorb_ids(ids: &mut EntryIds, other: EntryIds) {
    for kind in IdKind::ALL {
        if let Some(value) = other.one(kind)
            && let Some(place) = ids.one_mut(kind)
        {
            place.get_or_insert_with(|| value.to_owned());
        }
    }
    join(&mut ids.x5t_s256, other.x5t_s256);
    join(&mut ids.pgp_fpr, other.pgp_fpr);
    join(&mut ids.kid, other.kid);
    join(&mut ids.kcv, other.kcv);
    fill_map(&mut ids.other, other.other);
}

/// Adds to a holding what another says of the same one.
pub(super) fn absorb_holding(holding: &mut Holding, other: Holding) {
    let unknown = |text: &Option<String>| text.as_deref().is_none_or(|text| text == "unknown");
    let fields = [
        (&mut holding.state, other.state),
        (&mut holding.env, other.env),
        (&mut holding.origin, other.origin),
    ];
    for (field, value) in fields {
        if unknown(field) && value.is_some() {
            *field = value;
        }
    }
    fill(&mut holding.extractable, other.extractable);
    fill(&mut holding.owner, other.owner);
    fill(&mut holding.created, other.created);
    fill(&mut holding.rotated, other.rotated);
    fill(&mut holding.rotate_by, other.rotate_by);
    fill(&mut holding.expires, other.expires);
    fill_map(&mut holding.other, other.other);
}

fn fill<T>(field: &mut Option<T>, value: Option<T>) {
    if field.is_none() {
        *field = value;
    }
}

fn fill_map(map: &mut Map<String, Value>, other: Map<String, Value>) {
    for (key, value) in other {
        map.entry(key).or_insert(value);
    }
}

/// Appends what is not there yet.
fn join<T: PartialEq>(items: &mut Vec<T>, other: Vec<T>) {
    for item in other {
        if !items.contains(&item) {
            items.push(item);
        }
    }
}

/// Whether an entry has a fingerprint that others with their public key do not write down.
fn has_only_old_ids(entry: &Entry) -> bool {
    let ids = &entry.ids;
    ids.spki_sha256.is_none()
        && (ids.ssh_md5.is_some() || ids.spki_md5.is_some() || ids.modulus_sha1.is_some())
}

/// Computes those fingerprints of an entry that has its public key.
fn old_ids(entry: &Entry) -> Vec<Id128> {
    let der = entry
        .spki
        .as_ref()
        .and_then(|text| STANDARD.decode(text).ok());
    let Some(Ok(key)) = der.map(|der| spki::parse(&der)) else {
        return Vec::new();
    };
    let identity = Identity::of(&key);
    let named = Ids::ELSEWHERE.into_iter().filter_map(|name| {
        let value = identity.ids.named(name)?;
        Some(IdKind::from_name(name)?.digest(value))
    });
    named.collect()
}

/// Sets of positions (union-find with path halving); the root is the lowest.
pub(super) struct Groups(Vec<usize>);

impl Groups {
    /// Makes a set of each position.
    pub(super) fn new(len: usize) -> Self {
        Self((0..len).collect())
    }

    /// Returns the lowest position in the set of `position`.
    pub(super) fn root(&mut self, mut position: usize) -> usize {
        while let Some(&parent) = self.0.get(position) {
            if parent == position {
                break;
            }
            let above = self.0.get(parent).copied().unwrap_or(parent);
            if let Some(slot) = self.0.get_mut(position) {
                *slot = above;
            }
            position = above;
        }
        position
    }

    /// Joins the sets of two positions.
    pub(super) fn union(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(slot) = self.0.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }

    /// Joins entries that share a fingerprint which `counts` for them.
    fn join_by(&mut self, entries: &[Entry], counts: impl Fn(&EntryIds, IdKind) -> bool) {
        let mut first: HashMap<Id128, usize> = HashMap::new();
        for (position, entry) in entries.iter().enumerate() {
            entry.ids.for_each(|kind, value| {
                if counts(&entry.ids, kind) {
                    let known = *first.entry(kind.digest(value)).or_insert(position);
                    self.union(known, position);
                }
            });
        }
    }

    /// Joins entries of several issues of one list, or entries that are alike, that name one version in one system,
    /// where one of them has no fingerprint to be told by. What one issue names twice tells nothing; nor do names of
    /// systems in other lists, as two clusters may have the same.
    fn join_by_place(&mut self, entries: &[Entry], lists: &[(usize, String)]) {
        // The entry of each issue, if it is the only one.
        type OfLists = BTreeMap<usize, Option<usize>>;
        let mut named: BTreeMap<(&str, &str), OfLists> = BTreeMap::new();
        for (position, (entry, (list, _))) in entries.iter().zip(lists).enumerate() {
            if let [holding] = entry.holdings.as_slice()
                && !holding.source.is_empty()
            {
                let version = holding.version.as_deref().unwrap_or_default();
                let of_lists = named.entry((&holding.source, version)).or_default();
                of_lists
                    .entry(*list)
                    .and_modify(|known| *known = None)
                    .or_insert(Some(position));
            }
        }
        let id = |at: usize| lists.get(at).map_or("", |(_, id)| id.as_str());
        let may_be_one = |a: usize, b: usize| {
            let is_issue = !id(a).is_empty() && id(a) == id(b);
            let both = entries.get(a).zip(entries.get(b));
            both.is_some_and(|(one, other)| may_be_one(one, other, is_issue))
        };
        for of_lists in named.into_values() {
            let all: Vec<usize> = of_lists.into_values().flatten().collect();
            let is_known = |at: &usize| entries.get(*at).is_some_and(|entry| !is_nameless(entry));
            let (known, nameless): (Vec<usize>, Vec<usize>) = all.into_iter().partition(is_known);
            for (number, &at) in nameless.iter().enumerate() {
                let fits: Vec<usize> = known
                    .iter()
                    .copied()
                    .filter(|&one| may_be_one(one, at))
                    .collect();
                let roots: Vec<usize> = fits.iter().map(|&one| self.root(one)).collect();
                match roots.as_slice() {
                    [first, rest @ ..] if rest.iter().all(|root| root == first) => {
                        self.union(*first, at)
                    }
                    // Of fingerprints that differ, each may be the right one.
                    [_, ..] => {}
                    [] => {
                        let others = nameless.iter().skip(number + 1);
                        let same: Vec<usize> =
                            others.copied().filter(|&one| may_be_one(one, at)).collect();
                        same.into_iter().for_each(|one| self.union(one, at));
                    }
                }
            }
        }
    }

    /// Returns the first entry with each fingerprint of a modulus alone, and of MD5 and
    /// SHA-1, among those whose SubjectPublicKeyInfo is known.
    fn known(&self, entries: &[Entry]) -> HashMap<Id128, usize> {
        let mut known = HashMap::new();
        for (position, entry) in entries.iter().enumerate() {
            if entry.ids.spki_sha256.is_some() {
                entry.ids.for_each(|kind, value| {
                    if kind.ignores_exponent() {
                        known.entry(kind.digest(value)).or_insert(position);
                    }
                });
            }
        }
        if entries.iter().any(has_only_old_ids) {
            for (position, entry) in entries.iter().enumerate() {
                for id in old_ids(entry) {
                    known.entry(id).or_insert(position);
                }
            }
        }
        known
    }

    /// Joins entries whose SubjectPublicKeyInfo is unknown to those in `known`.
    fn adopt(&mut self, entries: &[Entry], known: &HashMap<Id128, usize>) {
        for (position, entry) in entries.iter().enumerate() {
            if entry.ids.spki_sha256.is_none() {
                entry.ids.for_each(|kind, value| {
                    if let Some(other) = known.get(&kind.digest(value)) {
                        self.union(*other, position);
                    }
                });
            }
        }
    }
}
