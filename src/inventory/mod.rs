//! The inventory: fingerprints of the keys that a company's KMS holds and of
//! the keys that its verifiers trust.
//!
//! ```text
//! exports ─import─▶ List ─write─▶ text list ─open─▶ Inventory ◀─open─ compiled table ◀─compile─ List
//!                                                      │ find(identity), find_secret(answers), …
//!                                                      ▼
//!                                                    Match
//! ```
//!
//! [`List`] is the file that people keep; [`import`] makes it of what the command
//! lines of key management systems print, [`merge()`] of other lists. A scan only
//! needs an [`Inventory`], which is either form of the list with one way to ask.
//! What an export holds of secrets ends in [`import`]: no type here has a field
//! for any. [`signature`] and [`pin`] keep a list from being altered and rolled
//! back.

pub mod audit;
pub mod cbom;
pub mod challenge;
pub mod diff;
mod entry;
mod error;
mod ids;
pub mod import;
mod index;
pub mod leaver;
mod list;
mod locate;
pub mod location;
mod merge;
pub mod pin;
pub mod published;
pub mod signature;
mod table;
mod verifiers;

pub use challenge::{Answers, ChallengeAlgorithm};
pub use entry::{Custodian, Entry, EntryIds, FORMAT, Header, Holding, Match, Standing, Violation};
pub use error::Error;
pub use ids::{Id128, IdClass, IdKind};
pub use list::{List, MAX_LINE};
pub use merge::merge;
pub use table::{Options as CompileOptions, compile, compile_file};
pub use verifiers::Verifiers;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::identity::{Identity, Ids, spki};
use crate::wire::hex;
use index::Index;
use signature::{PublicKey, Signature};
use table::Table;

/// A list that can be searched.
#[derive(Debug)]
pub struct Inventory {
    form: Arc<Form>,
    info: Info,
    kinds: Vec<IdKind>,
    secrets: challenge::Secrets,
}

#[derive(Debug)]
enum Form {
    Text(Box<Index>),
    Compiled(Box<Table>),
}

impl Form {
    /// Returns the entry with a fingerprint.
    fn find(&self, kind: IdKind, value: &str) -> Result<Option<Match>, Error> {
        self.find_digest(kind, &kind.digest(value))
    }

    /// The same by what is searched for in its stead.
    fn find_digest(&self, kind: IdKind, id: &Id128) -> Result<Option<Match>, Error> {
        match self {
            Self::Text(index) => Ok(index.find(kind, id)),
            Self::Compiled(table) => table.find(kind, id),
        }
    }
}

/// What a report says about the list it was made with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Info {
    /// The list's first line; of a bare table without what tells about systems.
    pub header: Header,
    /// Number of entries.
    pub entries: u64,
    /// Whether it is the compiled form without records.
    pub bare: bool,
    /// Id of the key whose signature was verified.
    pub signer: Option<String>,
    /// What that signer says of the list.
    pub trusted_comment: Option<String>,
}

impl Info {
    /// Returns how many whole days ago the list was issued.
    #[must_use]
    pub fn age_days(&self, now: Timestamp) -> Option<i64> {
        let issued = self.header.issued_at.as_ref()?.parse::<Timestamp>().ok()?;
        Some(now.duration_since(issued).as_hours() / 24)
    }

    /// Whether the list may no longer say "clean". A list without an expiry does
    /// not expire.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        let expiry = self
            .header
            .expires_at
            .as_ref()
            .and_then(|time| time.parse::<Timestamp>().ok());
        expiry.is_some_and(|expiry| expiry <= now)
    }
}

impl Inventory {
    /// Opens a text list or a compiled table, whichever the file is; a signature
    /// is not looked at.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_file(path, |_| Ok(())).map_err(|error| error.at(path))
    }

    /// Opens a list that one of `keys` signed, and no other.
    pub fn open_signed(path: &Path, keys: &[PublicKey]) -> Result<Self, Error> {
        let signature = Signature::beside(path).map_err(|error| error.at(path))?;
        let mut signer = String::new();
        let vouch = |message: &[u8]| {
            signer = signature.verify(message, keys)?.id();
            Ok(())
        };
        let mut inventory = Self::open_file(path, vouch).map_err(|error| error.at(path))?;
        inventory.info.signer = Some(signer);
        inventory.info.trusted_comment = Some(signature.trusted_comment);
        Ok(inventory)
    }

    /// Opens a file; `vouch` is shown the bytes that a signature covers, before
    /// anything else is read of them.
    fn open_file(
        path: &Path,
        vouch: impl FnOnce(&[u8]) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let mut file = File::open(path)?;
        let mut head = Vec::with_capacity(table::MAGIC.len());
        (&mut file)
            .take(table::MAGIC.len() as u64)
            .read_to_end(&mut head)?;
        if head == table::MAGIC {
            return Self::of_table(Table::open(file, vouch)?);
        }
        let mut bytes = head;
        file.read_to_end(&mut bytes)?;
        vouch(&bytes)?;
        Ok(Self::of_list(List::read(&bytes)?))
    }

    /// Checks every page of a compiled table, which a scan does page by page.
    pub fn check_all(&self) -> Result<(), Error> {
        match &*self.form {
            Form::Text(_) => Ok(()),
            Form::Compiled(table) => table.check_all(),
        }
    }

    /// Makes a list searchable.
    #[must_use]
    pub fn of_list(list: List) -> Self {
        let kinds = kinds_of(&list);
        let secrets = challenge::of_list(&list);
        let info = Info {
            header: list.header.clone(),
            entries: list.entries.len() as u64,
            ..Info::default()
        };
        Self {
            form: Arc::new(Form::Text(Box::new(Index::new(list)))),
            info,
            kinds,
            secrets,
        }
    }

    fn of_table(table: Table) -> Result<Self, Error> {
        let info = Info {
            header: table.meta.header.clone(),
            entries: table.entries(),
            bare: table.is_bare(),
            ..Info::default()
        };
        let kinds = table.meta.kinds.iter().map(|name| IdKind::from_name(name));
        let kinds = kinds
            .collect::<Option<_>>()
            .ok_or(Error::Damaged("an unknown fingerprint"))?;
        Ok(Self {
            secrets: table.meta.secrets.clone(),
            form: Arc::new(Form::Compiled(Box::new(table))),
            info,
            kinds,
        })
    }

    /// Says what the list is.
    #[must_use]
    pub const fn info(&self) -> &Info {
        &self.info
    }

    /// Returns the entry of a key. The SubjectPublicKeyInfo is looked up first,
    /// then the fingerprints that entries without one may have, and those of other keys
    /// that come with it: such a match says by which.
    pub fn find(&self, identity: &Identity) -> Result<Option<Match>, Error> {
        for (name, value) in identity.ids() {
            let (listed, is_other) = Ids::listed_as(name);
            if let Some(kind) = IdKind::from_name(listed)
                && let Some(mut found) = self.find_id(kind, value)?
            {
                if is_other {
                    name.clone_into(&mut found.by);
                }
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Returns the entry of a secret by its answers to the challenge, named as in
    /// [`Inventory::challenge_macs`].
    pub fn find_secret(&self, answers: &[(&'static str, String)]) -> Result<Option<Match>, Error> {
        for (name, value) in answers {
            if let Some(kind) = IdKind::from_name(name)
                && kind.class() == IdClass::Secret
                && let Some(found) = self.find_id(kind, value)?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Returns the entry that has this key id: a hint, since anybody may write a
    /// key id beside another key.
    pub fn find_kid(&self, kid: &str) -> Result<Option<Match>, Error> {
        self.find_id(IdKind::Kid, kid)
    }

    /// Returns the entry with a fingerprint, given as lists write it.
    pub fn find_id(&self, kind: IdKind, value: &str) -> Result<Option<Match>, Error> {
        if !self.kinds.contains(&kind) {
            return Ok(None);
        }
        self.form.find(kind, value)
    }

    /// Returns which answers of secrets entries can be found by: `sha256-raw` and
    /// names of challenge answers. A scan computes these of every candidate.
    pub fn challenge_macs(&self) -> impl Iterator<Item = &'static str> {
        self.kinds
            .iter()
            .filter(|kind| kind.class() == IdClass::Secret)
            .map(|kind| kind.name())
    }

    /// Returns the text list, if it is one.
    #[must_use]
    pub fn list(&self) -> Option<&List> {
        match &*self.form {
            Form::Text(index) => Some(index.list()),
            Form::Compiled(_) => None,
        }
    }
}

/// Returns the bytes of a list that its signature covers: all of a text list, of a
/// compiled table those up to the hash of the header.
pub fn signed_part(path: &Path) -> Result<Vec<u8>, Error> {
    let read = || {
        let mut bytes = Vec::new();
        let mut file = File::open(path)?;
        (&mut file)
            .take(table::PROLOGUE as u64)
            .read_to_end(&mut bytes)?;
        if !bytes.starts_with(table::MAGIC) {
            file.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    };
    read().map_err(|error: std::io::Error| Error::from(error).at(path))
}

impl Entry {
    /// Returns the SHA-256 of the normalised SubjectPublicKeyInfo: the one that
    /// the entry has, else that of its key.
    #[must_use]
    pub fn spki_sha256(&self) -> Option<String> {
        if let Some(hash) = &self.ids.spki_sha256 {
            return Some(hash.clone());
        }
        let der = STANDARD.decode(self.spki.as_ref()?).ok()?;
        // A key of an algorithm that is not known yet is its own normal form.
        let hash = match spki::parse(&der) {
            Ok(key) => *Identity::of(&key).spki_sha256(),
            Err(_) => Sha256::digest(&der).into(),
        };
        Some(hex::encode(&hash))
    }
}

/// Returns what a lookup must find each entry by.
fn searched(list: &List) -> Vec<Vec<(IdKind, Id128)>> {
    let of_entry = |entry: &Entry| {
        let mut ids = Vec::new();
        match (&entry.ids.spki_sha256, entry.spki_sha256()) {
            (None, Some(hash)) => {
                let ids_of_key = EntryIds {
                    spki_sha256: Some(hash),
                    ..entry.ids.clone()
                };
                ids_of_key.for_each_searched(|kind, id| ids.push((kind, id)));
            }
            _ => entry.ids.for_each_searched(|kind, id| ids.push((kind, id))),
        }
        ids
    };
    list.entries.par_iter().map(of_entry).collect()
}

/// Returns which kinds of fingerprint entries are searched by.
fn kinds_of(list: &List) -> Vec<IdKind> {
    let mut kinds = std::collections::BTreeSet::new();
    for entry in &list.entries {
        entry.ids.for_each(|kind, _| {
            kinds.insert(kind);
        });
        if entry.spki.is_some() {
            kinds.insert(IdKind::SpkiSha256);
        }
    }
    kinds.into_iter().collect()
}

#[cfg(test)]
mod tests;
