//! Which versions of lists were seen: a lower one is refused.
//!
//! A signature shows who issued a list, not that it is the last one. Whoever can
//! put an older list in the place of a newer one hides every key that was added
//! since. So a machine keeps the highest version it has seen of each list, in a
//! small file of JSON:
//!
//! ```text
//! {"format":"straykey-pins/1","lists":{"pass-keys":7}}
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Error, Info};
use crate::disk;

/// Name of the file in a folder of state.
pub const FILE: &str = "inventory-pins.json";
const FORMAT: &str = "straykey-pins/1";

/// The file.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    format: String,
    lists: BTreeMap<String, u64>,
}

/// Highest versions that were seen, by the name of the list.
#[derive(Debug)]
pub struct Pins {
    path: PathBuf,
    lists: BTreeMap<String, u64>,
}

impl Pins {
    /// Reads the file; none is the same as an empty one.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self {
                    path: path.to_owned(),
                    lists: BTreeMap::new(),
                });
            }
            Err(error) => return Err(Error::from(error).at(path)),
        };
        let stored: Option<Stored> = serde_json::from_slice(&bytes).ok();
        let stored = stored.filter(|stored| stored.format == FORMAT);
        let stored = stored.ok_or_else(|| Error::Pins.at(path))?;
        Ok(Self {
            path: path.to_owned(),
            lists: stored.lists,
        })
    }

    /// Refuses a list that is older than one that was seen, and remembers this
    /// one.
    pub fn check(&mut self, info: &Info) -> Result<(), Error> {
        let header = &info.header;
        let seen = self.lists.get(&header.list_id).copied();
        match seen {
            Some(seen) if header.version < seen => Err(Error::Rollback {
                list_id: header.list_id.clone(),
                version: header.version,
                seen,
            }),
            Some(seen) if header.version == seen => Ok(()),
            _ => {
                self.lists.insert(header.list_id.clone(), header.version);
                self.keep()
                    .map_err(|error| Error::from(error).at(&self.path))
            }
        }
    }

    /// Writes the file, whole or not at all.
    fn keep(&self) -> std::io::Result<()> {
        let stored = Stored {
            format: FORMAT.to_owned(),
            lists: self.lists.clone(),
        };
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        disk::replace(&self.path, disk::PRIVATE, |out| {
            serde_json::to_writer(&mut *out, &stored)?;
            out.write_all(b"\n")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Header;

    fn info(list_id: &str, version: u64) -> Info {
        Info {
            header: Header {
                list_id: list_id.to_owned(),
                version,
                ..Header::default()
            },
            ..Info::default()
        }
    }

    #[test]
    fn an_older_version_is_refused_within_one_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state").join(FILE);
        for (list_id, version, ok) in [
            ("a", 7, true),
            ("a", 7, true),
            ("a", 6, false),
            ("b", 1, true),
            ("a", 8, true),
            ("a", 7, false),
        ] {
            // Each run of the program reads the file again.
            let checked = Pins::open(&path).unwrap().check(&info(list_id, version));
            assert_eq!(checked.is_ok(), ok, "{list_id} {version}: {checked:?}");
        }
    }

    #[test]
    fn a_damaged_file_is_not_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        for text in ["", "{}", r#"{"format":"straykey-pins/2","lists":{}}"#] {
            std::fs::write(&path, text).unwrap();
            assert!(Pins::open(&path).is_err(), "{text}");
        }
    }
}
