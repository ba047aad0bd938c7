//! Names for keys of which machines know the number only: those with a bare list.

use super::{Fleet, Key, Machine};
use crate::agent::record::Matched;
use crate::inventory::{Error, IdKind, Inventory, Match};

impl Fleet {
    /// Looks keys that are told by a number up in a list with names: by their fingerprints, else by the
    /// number, if every machine that has the key was given this very list. Returns how many stay without a name.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn name_entries(&mut self, inventory: &Inventory) -> Result<usize, Error> {
        let mut nameless = 0;
        let machines = &self.machines;
        for key in &mut self.keys {
            let Some(known) = key.matched.as_ref().filter(|found| found.name.is_empty()) else {
                continue;
            };
            let by = known.by.clone();
            let found = match by_fingerprint(key, inventory)? {
                Some(found) => Some(found),
                None => by_number(known.entry, key, machines, inventory),
            };
            match found {
                Some(found) => {
                    key.matched = Some(Matched {
                        by,
                        ..Matched::from(&found)
                    })
                }
                None => nameless += 1,
            }
        }
        // The environment is known now.
        self.keys.sort_by(|a, b| a.urgency().cmp(&b.urgency()));
        Ok(nameless)
    }
}

fn by_fingerprint(key: &Key, inventory: &Inventory) -> Result<Option<Match>, Error> {
    for (name, value) in &key.ids {
        if let Some(kind) = IdKind::from_name(name)
            && let Some(found) = inventory.find_id(kind, value)?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Numbers mean something in one version of one list.
fn by_number(number: u64, key: &Key, machines: &[Machine], inventory: &Inventory) -> Option<Match> {
    let header = &inventory.info().header;
    let is_given = |machine: &Machine| {
        let list = machine.coverage.list.as_ref();
        list.is_some_and(|list| list.id == header.list_id && list.version == header.version)
    };
    let mut having = machines
        .iter()
        .filter(|machine| key.machines.contains(&machine.device.id));
    if header.list_id.is_empty() || key.machines.is_empty() || !having.all(is_given) {
        return None;
    }
    let entries = &inventory.list()?.entries;
    let entry = entries.iter().find(|entry| entry.entry == number)?;
    Some(Match::new(entry, ""))
}
