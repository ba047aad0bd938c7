//! What changed between two issues of a list: the ledger's diff.
//!
//! An entry is the same entry when it is the same key: when a fingerprint of the
//! key or an answer of the secret is the same. Entries that share none but stand
//! for the same version in the same system are told as a change of the key
//! itself, since no honest rotation does that. Numbers of entries are no identity.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::Value;

use super::{Entry, Id128, IdClass, List};

/// The difference of two lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Diff {
    /// Entries of the new list alone.
    pub added: Vec<Brief>,
    /// Entries of the old list alone.
    pub removed: Vec<Brief>,
    /// Entries of both, as the new list numbers them.
    pub changed: Vec<Changed>,
}

/// Which entry it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Brief {
    /// Its number.
    pub entry: u64,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Name of its first fingerprint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'static str>,
    /// That fingerprint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its leading holding, or who trusts it.
    pub held_by: String,
}

/// An entry that changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changed {
    /// Which.
    #[serde(flatten)]
    pub brief: Brief,
    /// Whether the same version of the same system has another key now.
    pub replaced: bool,
    /// What changed, by field.
    pub changes: Vec<Change>,
}

/// A field that changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Field; of a holding with its source and version.
    pub field: String,
    /// Value in the old list.
    pub old: Option<Value>,
    /// Value in the new list.
    pub new: Option<Value>,
}

impl Diff {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// Compares two lists.
#[must_use]
pub fn diff(old: &List, new: &List) -> Diff {
    let mut by_id: HashMap<Id128, usize> = HashMap::new();
    let mut by_place: HashMap<(&str, &str), usize> = HashMap::new();
    for (position, entry) in old.entries.iter().enumerate() {
        for_each_identity(entry, |id| {
            by_id.entry(id).or_insert(position);
        });
        for place in places(entry) {
            by_place.entry(place).or_insert(position);
        }
    }
    let mut partner: Vec<Option<usize>> = vec![None; new.entries.len()];
    let mut is_paired = vec![false; old.entries.len()];
    let mut pair = |at: usize, found: Option<usize>| {
        let free = found.filter(|found| is_paired.get(*found) == Some(&false));
        if let (Some(found), Some(slot)) = (free, partner.get_mut(at))
            && slot.is_none()
        {
            *slot = Some(found);
            if let Some(paired) = is_paired.get_mut(found) {
                *paired = true;
            }
        }
    };
    for (at, entry) in new.entries.iter().enumerate() {
        let mut found = None;
        for_each_identity(entry, |id| {
            found = found.or_else(|| by_id.get(&id).copied())
        });
        pair(at, found);
    }
    for (at, entry) in new.entries.iter().enumerate() {
        let found = places(entry).find_map(|place| by_place.get(&place).copied());
        pair(at, found);
    }
    let mut diff = Diff::default();
    for (entry, partner) in new.entries.iter().zip(&partner) {
        match partner.and_then(|at| old.entries.get(at)) {
            None => diff.added.push(brief(entry)),
            Some(before) => diff.changed.extend(changed(before, entry)),
        }
    }
    let gone = old
        .entries
        .iter()
        .zip(&is_paired)
        .filter(|(_, paired)| !**paired);
    diff.removed = gone.map(|(entry, _)| brief(entry)).collect();
    diff
}

/// Calls `each` with what makes two entries the same key.
fn for_each_identity(entry: &Entry, mut each: impl FnMut(Id128)) {
    let spki = entry.spki_sha256();
    if let Some(hash) = &spki {
        each(super::IdKind::SpkiSha256.digest(hash));
    }
    entry.ids.for_each(|kind, value| {
        // What is taken of a modulus alone says less than the whole key.
        let weaker = spki.is_some() && kind.ignores_exponent();
        if kind.class() != IdClass::Hint && !weaker {
            each(kind.digest(value));
        }
    });
}

/// Returns the systems and versions that an entry stands for.
fn places(entry: &Entry) -> impl Iterator<Item = (&str, &str)> {
    let told = entry.holdings.iter().filter(|h| !h.source.is_empty());
    told.map(|h| (h.source.as_str(), h.version.as_deref().unwrap_or_default()))
}

fn brief(entry: &Entry) -> Brief {
    let mut first = entry.spki_sha256().map(|hash| ("spki-sha256", hash));
    entry.ids.for_each(|kind, value| {
        if first.is_none() {
            first = Some((kind.name(), value.to_owned()));
        }
    });
    let (by, id) = first.unzip();
    let held_by = match entry.leading_holding() {
        Some(holding) => match &holding.version {
            Some(version) => format!("{} version {version}", holding.source),
            None => holding.source.clone(),
        },
        None => format!("trusted by {}", entry.trusted_by.join(", ")),
    };
    Brief {
        entry: entry.entry,
        name: entry.name.clone(),
        kind: entry.kind.clone(),
        by,
        id,
        held_by,
    }
}

/// Says what changed in an entry, if anything did.
fn changed(old: &Entry, new: &Entry) -> Option<Changed> {
    let (old_fields, new_fields) = (fields(old), fields(new));
    let mut names: Vec<&String> = old_fields.keys().chain(new_fields.keys()).collect();
    names.sort();
    names.dedup();
    let changes: Vec<Change> = names
        .into_iter()
        .filter(|name| old_fields.get(*name) != new_fields.get(*name))
        .map(|name| Change {
            field: name.clone(),
            old: old_fields.get(name).cloned(),
            new: new_fields.get(name).cloned(),
        })
        .collect();
    let replaced = matches!((old.spki_sha256(), new.spki_sha256()), (Some(a), Some(b)) if a != b);
    (!changes.is_empty()).then(|| Changed {
        brief: brief(new),
        replaced,
        changes,
    })
}

/// Takes an entry apart: one value for each field, of each holding, whatever the
/// order of holdings is.
fn fields(entry: &Entry) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    let mut plain = entry.clone();
    plain.entry = 0;
    for holding in std::mem::take(&mut plain.holdings) {
        let version = holding.version.as_deref();
        let place = version.map_or(holding.source.clone(), |v| {
            format!("{} version {v}", holding.source)
        });
        if let Ok(Value::Object(object)) = serde_json::to_value(&holding) {
            for (name, value) in object {
                if name != "source" && name != "version" {
                    fields.insert(format!("{place}: {name}"), value);
                }
            }
        }
        // A holding that says nothing else is still there.
        fields.insert(place, "held".into());
    }
    if let Ok(Value::Object(object)) = serde_json::to_value(&plain) {
        for (name, value) in object {
            match value {
                Value::Object(ids) if name == "ids" => {
                    fields.extend(
                        ids.into_iter()
                            .map(|(id, value)| (format!("ids.{id}"), value)),
                    );
                }
                value if name != "entry" && name != "holdings" => drop(fields.insert(name, value)),
                _ => {}
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn list(entries: &[Value]) -> List {
        let entries = entries
            .iter()
            .map(|e| serde_json::from_value(e.clone()).unwrap());
        List {
            entries: entries.collect(),
            ..List::default()
        }
    }

    fn entry(number: u64, digit: &str, source: &str, state: &str) -> Value {
        json!({"entry": number, "name": source, "kind": "rsa", "ids": {"spki-sha256": digit.repeat(64)},
               "holdings": [{"source": source, "version": "1", "state": state}]})
    }

    #[test]
    fn entries_are_told_by_their_key_not_their_number() {
        let old = list(&[entry(1, "1", "a", "active"), entry(2, "2", "b", "active")]);
        let new = list(&[entry(1, "2", "b", "active"), entry(2, "1", "a", "active")]);
        assert!(diff(&old, &new).is_empty());
    }

    #[test]
    fn what_came_went_and_changed() {
        let old = list(&[entry(1, "1", "a", "active"), entry(2, "2", "b", "active")]);
        let new = list(&[entry(1, "1", "a", "disabled"), entry(2, "3", "c", "active")]);
        let diff = diff(&old, &new);
        let names = |briefs: &[Brief]| briefs.iter().map(|b| b.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&diff.added), ["c"]);
        assert_eq!(names(&diff.removed), ["b"]);
        let [changed] = &diff.changed[..] else {
            panic!("{diff:?}")
        };
        let [change] = &changed.changes[..] else {
            panic!("{diff:?}")
        };
        assert_eq!(change.field, "a version 1: state");
        assert_eq!(
            (change.old.clone(), change.new.clone()),
            (Some("active".into()), Some("disabled".into()))
        );
        assert!(!changed.replaced);
    }

    #[test]
    fn another_key_in_the_same_place_is_a_replacement() {
        let old = list(&[entry(1, "1", "a", "active")]);
        let new = list(&[entry(1, "2", "a", "active")]);
        let diff = diff(&old, &new);
        assert!(diff.added.is_empty() && diff.removed.is_empty());
        assert!(diff.changed[0].replaced, "{diff:?}");
    }
}
