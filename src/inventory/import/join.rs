//! Joins the facts of many files into one entry for each key version.

use std::collections::{BTreeMap, HashMap};

use super::fields::environment;
use super::vault;
use super::{Draft, Imported, Options};
use crate::inventory::merge::{Groups, absorb, absorb_holding};
use crate::inventory::{Entry, Header, Holding, List, merge};
use crate::key::CHALLENGE;
use crate::wire::hex;

/// What one record tells of one key version.
#[derive(Clone, Debug, Default)]
pub struct Fact {
    /// Names that no other key version has: facts that share one are joined.
    pub handles: Vec<String>,
    /// Names that are likely to be the key's own, such as a part of the file's
    /// name. They only serve facts that have no handle.
    pub likely: Vec<String>,
    /// The key of which this is a version.
    pub scope: Option<String>,
    /// Whether the fact is about every version of `scope`.
    pub of_scope: bool,
    /// How good the entry's name is: 0 chosen by people, 9 a file's.
    pub rank: u8,
    /// Whether it is what a verifier trusts.
    pub is_trust: bool,
    /// The fact itself; it has at most one holding.
    pub entry: Entry,
}

/// Joins drafts, which are in the order of their files.
pub(super) fn join(drafts: Vec<Draft>, options: &Options<'_>) -> Imported {
    let mut imported = Imported::default();
    let mut facts: Vec<(Fact, String)> = Vec::new();
    let mut answers = Vec::new();
    for mut draft in drafts {
        facts.extend(draft.facts.drain(..).map(|fact| (fact, draft.path.clone())));
        answers.append(&mut draft.answers);
        imported.not_understood.append(&mut draft.not_understood);
        imported.errors.append(&mut draft.errors);
        imported.violations.append(&mut draft.violations);
    }
    vault::pair(answers, &mut facts, &mut imported.errors);

    let scopes = take_scopes(&mut facts);
    let groups = group(&facts, &mut imported.errors);
    let mut facts: Vec<Option<(Fact, String)>> = facts.into_iter().map(Some).collect();
    let mut ranked = Vec::new();
    let mut used = std::collections::BTreeSet::new();
    for members in groups {
        let mut members: Vec<_> = members
            .into_iter()
            .filter_map(|at| facts.get_mut(at)?.take())
            .collect();
        // The best name comes first, and stays.
        members.sort_by_key(|(fact, _)| fact.rank);
        for mut fact in unite(members, &mut imported.errors) {
            if let Some((name, scope)) = fact
                .scope
                .as_ref()
                .and_then(|name| scopes.get_key_value(name))
            {
                used.insert(name.clone());
                apply_scope(&mut fact.entry, scope);
            }
            ranked.push(fact);
        }
    }
    for (name, entry) in scopes {
        if !used.contains(&name) {
            ranked.push(Fact {
                entry,
                rank: 5,
                ..Fact::default()
            });
        }
    }
    for fact in &mut ranked {
        finish(fact, options);
    }
    // Facts are large: their keys are sorted, and each is moved once.
    ranked.sort_by_cached_key(|fact| (fact.rank, fact.entry.name.clone()));
    let entries = ranked.into_iter().map(|fact| fact.entry).collect();
    let header = Header {
        challenge: Some(hex::encode(&CHALLENGE)),
        ..Header::default()
    };
    imported.list = merge(vec![List { header, entries }]);
    imported.not_understood.sort();
    // One line for all records of a file that are not understood alike.
    imported.not_understood.dedup();
    imported.errors.sort();
    imported.violations.sort();
    imported
}

/// Takes out what is about every version of a key.
fn take_scopes(facts: &mut Vec<(Fact, String)>) -> BTreeMap<String, Entry> {
    let mut scopes: BTreeMap<String, Entry> = BTreeMap::new();
    for (fact, _) in facts.extract_if(.., |(fact, _)| fact.of_scope) {
        let Some(scope) = fact.scope else { continue };
        match scopes.entry(scope) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(fact.entry);
            }
            std::collections::btree_map::Entry::Occupied(place) => {
                absorb(place.into_mut(), fact.entry);
            }
        }
    }
    scopes
}

/// Returns the positions of facts about the same key version, in order.
fn group(facts: &[(Fact, String)], errors: &mut Vec<super::Problem>) -> Vec<Vec<usize>> {
    let mut groups = Groups::new(facts.len());
    let mut owners: HashMap<&str, usize> = HashMap::new();
    for (position, (fact, _)) in facts.iter().enumerate() {
        for handle in &fact.handles {
            let owner = *owners.entry(handle).or_insert(position);
            groups.union(owner, position);
        }
    }
    // A likely name serves if it is the name of one key only.
    let mut likely: HashMap<&str, Option<usize>> = HashMap::new();
    for (position, (fact, _)) in facts.iter().enumerate() {
        for name in fact.likely.iter().filter(|_| !fact.handles.is_empty()) {
            let root = groups.root(position);
            likely
                .entry(name)
                .and_modify(|owner| *owner = owner.filter(|owner| *owner == root))
                .or_insert(Some(root));
        }
    }
    let mut lost = Vec::new();
    for (position, (fact, path)) in facts.iter().enumerate() {
        if fact.handles.is_empty() && !fact.likely.is_empty() {
            match fact
                .likely
                .iter()
                .find_map(|name| likely.get(name.as_str()).copied().flatten())
            {
                Some(owner) => groups.union(owner, position),
                None => {
                    lost.push(position);
                    errors.push(super::Problem {
                        path: path.clone(),
                        record: String::new(),
                        field: String::new(),
                        why: "neither the file's content nor its name tells which key it is about"
                            .to_owned(),
                    });
                }
            }
        }
    }
    let mut sets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for position in (0..facts.len()).filter(|position| lost.binary_search(position).is_err()) {
        sets.entry(groups.root(position))
            .or_default()
            .push(position);
    }
    sets.into_values().collect()
}

/// Makes one entry of the facts of a group. Facts with another public key than
/// the first are kept apart: an export must not rename a key.
fn unite(members: Vec<(Fact, String)>, errors: &mut Vec<super::Problem>) -> Vec<Fact> {
    let mut united: Vec<Fact> = Vec::new();
    for (fact, path) in members {
        let key = fact.entry.ids.spki_sha256.clone();
        let fits = |known: &&mut Fact| {
            let known = &known.entry.ids.spki_sha256;
            known.is_none() || key.is_none() || *known == key
        };
        match united.iter_mut().find(fits) {
            Some(known) => {
                absorb(&mut known.entry, fact.entry);
                known.scope = known.scope.take().or(fact.scope);
                known.is_trust |= fact.is_trust;
            }
            None => {
                if let Some(handle) = united.first().and_then(|known| known.handles.first()) {
                    errors.push(super::Problem {
                        path,
                        record: String::new(),
                        field: "public key".to_owned(),
                        why: format!(
                            "another file has another public key for {}",
                            handle.escape_debug()
                        ),
                    });
                }
                united.push(fact);
            }
        }
    }
    for fact in &mut united {
        fold_holdings(&mut fact.entry);
    }
    united
}

/// Adds what was said of a key without naming its place (tags) to its place.
fn fold_holdings(entry: &mut Entry) {
    let (unplaced, mut placed): (Vec<_>, Vec<_>) = entry
        .holdings
        .drain(..)
        .partition(|holding: &Holding| holding.source.is_empty());
    for holding in unplaced {
        placed
            .iter_mut()
            .for_each(|known| absorb_holding(known, holding.clone()));
    }
    entry.holdings = placed;
}

/// Adds what is true of every version of a key to one.
fn apply_scope(entry: &mut Entry, scope: &Entry) {
    let mut scope = scope.clone();
    for holding in std::mem::take(&mut scope.holdings) {
        for known in entry
            .holdings
            .iter_mut()
            .filter(|known| known.source == holding.source)
        {
            absorb_holding(known, holding.clone());
        }
    }
    absorb(entry, scope);
}

/// Fills in what follows from the rest.
fn finish(fact: &mut Fact, options: &Options<'_>) {
    let entry = &mut fact.entry;
    if entry.kind.is_empty() {
        "opaque".clone_into(&mut entry.kind);
    }
    for holding in &mut entry.holdings {
        if holding.env.is_none() {
            let names = [entry.name.as_str()]
                .into_iter()
                .chain(entry.ids.kid.iter().map(String::as_str));
            let told = names.chain([holding.source.as_str()]).find_map(environment);
            holding.env = Some(told.unwrap_or("unknown").to_owned());
        }
        holding.state.get_or_insert_with(|| "unknown".to_owned());
        holding.origin.get_or_insert_with(|| "unknown".to_owned());
        let expiry = holding
            .expires
            .as_ref()
            .and_then(|time| time.parse::<jiff::Timestamp>().ok());
        let live = matches!(holding.state.as_deref(), Some("active" | "unknown"));
        if live
            && expiry
                .zip(options.now)
                .is_some_and(|(expiry, now)| expiry <= now)
        {
            holding.state = Some("expired".to_owned());
        }
    }
    if matches!(entry.kind.as_str(), "hmac" | "aes") && entry.entropy.is_none() {
        let generated = !entry.holdings.is_empty()
            && entry
                .holdings
                .iter()
                .all(|h| h.origin.as_deref() == Some("kms-generated"));
        entry.entropy = Some(if generated { "strong" } else { "unknown" }.to_owned());
    }
    if let Some(verifier) = options.trusted_by.filter(|_| fact.is_trust) {
        entry.holdings.clear();
        entry.trusted_by = vec![verifier.to_owned()];
    }
}
