//! Since when each key is known to be on this machine, and until when it was.
//!
//! "Was it ever on that laptop?" is asked when the file is long gone. So of each user and key it is kept
//! when a run saw it first and last, and where; an entry is never deleted. It is a section of a state
//! file, and holds ids, names and paths.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use crate::source::state::{Discarded, Engine, Store};

/// Name of the state file.
const NAME: &str = "ledger";

/// The ledger depends on no engine: it is read by every version.
const ENGINE: Engine = Engine(*b"straykey ledger, for any engine\0");

/// Most entries; ids that attack the ledger by number push out nothing.
const MAX_ENTRIES: usize = 1_000_000;

/// What is known of one key of one user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Entry {
    /// Whose it is.
    pub user: String,
    /// Id of the key.
    pub key: String,
    /// Which rule it was last.
    pub rule: String,
    /// When a run saw it first.
    pub first_seen: String,
    /// When one saw it last.
    pub last_seen: String,
    /// Where it was last.
    pub path: String,
    /// Whether a run that saw everything did not see it any more.
    pub gone: bool,
}

/// Keys by user and id.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: BTreeMap<(String, String), Entry>,
}

impl Ledger {
    /// Reads it; an empty one if there is none.
    ///
    /// # Errors
    /// When it is of no use.
    pub fn open(store: &Store) -> Result<Self, Discarded> {
        let Some(mut book) = store.read(NAME, ENGINE)? else {
            return Ok(Self::default());
        };
        let text = book.section(*b"keys")?;
        let entries: Vec<Entry> = serde_json::from_slice(&text).map_err(|_| Discarded::Damaged)?;
        let named = entries.into_iter();
        let named = named.map(|entry| ((entry.user.clone(), entry.key.clone()), entry));
        Ok(Self {
            entries: named.collect(),
        })
    }

    /// Writes it down.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn save(&self, store: &Store) -> io::Result<()> {
        let entries: Vec<&Entry> = self.entries.values().collect();
        let text = serde_json::to_vec(&entries)?;
        store.write(NAME, ENGINE, &[(*b"keys", &text)])
    }

    /// Notes that a key was seen now; returns when it was seen first.
    pub fn see(&mut self, user: &str, key: &str, rule: &str, path: &str, now: &str) -> String {
        let name = (user.to_owned(), key.to_owned());
        if !self.entries.contains_key(&name) && self.entries.len() >= MAX_ENTRIES {
            return now.to_owned();
        }
        let entry = self.entries.entry(name).or_insert_with(|| Entry {
            user: user.to_owned(),
            key: key.to_owned(),
            rule: String::new(),
            first_seen: now.to_owned(),
            last_seen: String::new(),
            path: String::new(),
            gone: false,
        });
        rule.clone_into(&mut entry.rule);
        path.clone_into(&mut entry.path);
        now.clone_into(&mut entry.last_seen);
        entry.gone = false;
        entry.first_seen.clone()
    }

    /// After a run that saw everything at the places that were `covered`: marks what it did not see
    /// there, and returns what is newly gone.
    pub fn miss(&mut self, now: &str, covered: impl Fn(&str) -> bool) -> Vec<Entry> {
        let mut gone = Vec::new();
        for entry in self.entries.values_mut() {
            if !entry.gone && entry.last_seen != now && covered(&entry.path) {
                entry.gone = true;
                gone.push(entry.clone());
            }
        }
        gone
    }

    /// Returns the entries, those of one key or all.
    pub fn entries(&self, key: Option<&str>) -> impl Iterator<Item = &Entry> {
        self.entries
            .values()
            .filter(move |entry| key.is_none_or(|key| entry.key.starts_with(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_still_known() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state")).unwrap();
        let mut ledger = Ledger::open(&store).unwrap();
        assert_eq!(
            ledger.see("ada", "k1", "private-key", "/a", "day 1"),
            "day 1"
        );
        ledger.see("ada", "k2", "private-key", "/b", "day 1");
        assert!(ledger.miss("day 1", |_| true).is_empty());
        ledger.save(&store).unwrap();
        let mut ledger = Ledger::open(&store).unwrap();
        assert_eq!(
            ledger.see("ada", "k2", "private-key", "/c", "day 2"),
            "day 1"
        );
        assert!(ledger.miss("day 2", |path| path != "/a").is_empty());
        let gone = ledger.miss("day 2", |_| true);
        assert_eq!(gone.len(), 1);
        assert_eq!(
            (gone[0].key.as_str(), gone[0].last_seen.as_str()),
            ("k1", "day 1")
        );
        assert!(ledger.miss("day 2", |_| true).is_empty(), "told once");
        assert_eq!(ledger.entries(Some("k1")).count(), 1);
        assert_eq!(
            ledger.see("ada", "k1", "private-key", "/a", "day 3"),
            "day 1"
        );
        assert!(!ledger.entries(Some("k1")).any(|entry| entry.gone));
    }
}
