//! Recorded samples of systems, against what reference tools say of the keys in them.

use std::fs;
use std::path::PathBuf;

use toml::Value as Toml;

use super::{Imported, Options, import};
use crate::inventory::{Entry, IdKind, List, cbom};

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "testdata", "systems"]
        .iter()
        .collect()
}

/// Whether an entry has a fingerprint; of a check value, `method value`.
fn has(entry: &Entry, name: &str, value: &str) -> bool {
    if name == "kcv" {
        let told = |kcv: &serde_json::Value| {
            let field = |name: &str| kcv.get(name).and_then(serde_json::Value::as_str);
            Some(format!("{} {}", field("m")?, field("v")?))
        };
        return entry
            .ids
            .kcv
            .iter()
            .filter_map(told)
            .any(|kcv| kcv == value);
    }
    let kind = IdKind::from_name(name).unwrap();
    entry.ids.one(kind) == Some(value) || entry.ids.many(kind).iter().any(|id| id == value)
}

fn recorded() -> Imported {
    import(&[folder()], &Options::default()).unwrap()
}

#[test]
fn systems_are_read_as_recorded() {
    let imported = recorded();
    let expected = fs::read_to_string(folder().join("expect.toml")).unwrap();
    let mut keys = 0;
    for (file, says) in expected.parse::<toml::Table>().unwrap() {
        for key in says.as_array().unwrap() {
            let text = |name: &str| key.get(name).and_then(Toml::as_str);
            let id = key.as_table().unwrap().iter();
            let mut id = id.filter(|(name, _)| !matches!(name.as_str(), "name" | "state"));
            let (kind, value) = id.next().unwrap();
            let value = value.as_str().unwrap();
            let mut entries = imported.list.entries.iter();
            let entry = entries
                .find(|entry| has(entry, kind, value) && entry.name == text("name").unwrap());
            let entry = entry.unwrap_or_else(|| panic!("{file}: {kind} {value}: {key}"));
            if let Some(state) = text("state") {
                let states = entry.holdings.iter().map(|h| h.state.as_deref());
                let states: Vec<_> = states.collect();
                assert!(states.contains(&Some(state)), "{file}: {key}: {states:?}");
            }
            keys += 1;
        }
    }
    assert_eq!(keys, 22);
    assert_eq!(imported.errors, []);
    assert_eq!(imported.violations, []);
    let unread: Vec<_> = imported
        .not_understood
        .iter()
        .map(|n| n.path.as_str())
        .collect();
    assert_eq!(unread, ["expect.toml", "make.sh"]);
}

#[test]
fn what_has_no_fingerprint_is_in_the_ledger() {
    let imported = recorded();
    let of = |source: &str| {
        let entries = imported.list.entries.iter();
        let mut held = entries
            .flat_map(|entry| &entry.holdings)
            .filter(|h| h.source == source);
        let first = held.next().unwrap_or_else(|| panic!("{source}"));
        (
            first.state.clone().unwrap(),
            first.owner.clone(),
            held.count() + 1,
        )
    };
    let (_, owner, versions) = of("vault:kv/session-secret");
    assert_eq!((owner.as_deref(), versions), (Some("auth"), 2));
    assert_eq!(of("plain:console.txt").0, "active");
}

/// A bill of materials that we write says the same of every key as the list did.
#[test]
fn a_bill_of_materials_survives_the_round_trip() {
    let list = recorded().list;
    let written = cbom::document(&list);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bom.json"), written.to_string()).unwrap();
    let back = import(&[folder.path().to_owned()], &Options::default()).unwrap();
    assert_eq!(
        (back.errors.len(), back.not_understood.len()),
        (0, 0),
        "{:?}",
        back.errors
    );
    let of = |list: &List| {
        let mut known: Vec<_> = list
            .entries
            .iter()
            .map(|entry| {
                let mut ids = Vec::new();
                entry
                    .ids
                    .for_each(|kind, value| ids.push((kind.name(), value.to_owned())));
                let holding = entry.leading_holding();
                let told = holding.map(|h| (h.source.clone(), h.state.clone(), h.env.clone()));
                (ids, entry.name.clone(), entry.kind.clone(), told)
            })
            .collect();
        known.sort();
        known
    };
    assert_eq!(of(&back.list), of(&list));
}
