//! Public halves that stand in a file beside the private one.
//!
//! The private object of a SoftHSM token shows nothing under its PIN; its public half is
//! another file of the folder, with nothing in it that names the first. So the two are
//! joined only where they can be nothing else: one private object of that type and size
//! in the folder of a token, and one public. Files below a folder that is scanned are looked
//! at, not archives and histories.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::finding::{Proof, Sighting, Subject};
use crate::format::{TokenHalf, TokenShape, token_half};
use crate::identity::Identity;
use crate::source::anchor::Anchors;

/// Id of the format.
const FORMAT: &str = "softhsm";
/// Ending of object files.
const ENDING: &str = "object";
/// The object of a token itself: without it the folder is something else.
const TOKEN: &str = "token.object";
/// Bytes of an object at most: one of 16,384-bit RSA has 12 KiB.
const MAX_BYTES: u64 = 64 << 10;
/// Objects of a token that are looked at.
const MAX_OBJECTS: usize = 1 << 10;

/// The halves in a folder.
#[derive(Default)]
struct Folder {
    sealed: BTreeMap<TokenShape, Vec<PathBuf>>,
    public: BTreeMap<TokenShape, Vec<(Identity, Option<String>)>>,
}

impl Folder {
    fn read(folder: &Path, anchors: &Anchors) -> Self {
        let mut halves = Self::default();
        if anchors.read(&folder.join(TOKEN), MAX_BYTES).is_none() {
            return halves;
        }
        let items = fs::read_dir(folder).into_iter().flatten().flatten();
        let paths = items.map(|item| item.path());
        let objects = paths.filter(|path| path.extension().is_some_and(|e| e == ENDING));
        let objects: Vec<PathBuf> = objects.take(MAX_OBJECTS + 1).collect();
        if objects.len() > MAX_OBJECTS {
            // Which of them are alone could not be told.
            return halves;
        }
        for path in objects {
            let bytes = anchors.read(&path, MAX_BYTES);
            match bytes.as_deref().and_then(token_half) {
                Some(TokenHalf::Sealed(shape)) => {
                    halves.sealed.entry(shape).or_default().push(path);
                }
                Some(TokenHalf::Public(shape, key, label)) => {
                    let key = (Identity::of(&key), label);
                    halves.public.entry(shape).or_default().push(key);
                }
                None => {}
            }
        }
        halves
    }

    /// Returns the public half that can only be that of this object.
    fn beside(&self, path: &Path) -> Option<&(Identity, Option<String>)> {
        let name = path.file_name();
        let (shape, _) = self
            .sealed
            .iter()
            .find(|(_, paths)| matches!(paths.as_slice(), [only] if only.file_name() == name))?;
        match self.public.get(shape)?.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// Names the keys of token objects by the public halves beside them.
pub(super) fn join(sightings: &mut [Sighting], anchors: &Anchors) {
    let mut folders: BTreeMap<PathBuf, Folder> = BTreeMap::new();
    for sighting in sightings {
        let origin = &sighting.origin;
        let is_file = origin.object.is_none() && origin.members.is_empty();
        let is_sealed = matches!(sighting.subject, Subject::Opaque { .. });
        if !is_file || !is_sealed || sighting.manner.format != FORMAT {
            continue;
        }
        let Some(path) = origin.path.parent() else {
            continue;
        };
        let folder = folders.entry(path.to_path_buf());
        let folder = folder.or_insert_with(|| Folder::read(path, anchors));
        if let Some((identity, label)) = folder.beside(&origin.path) {
            sighting.subject = Subject::Key(identity.clone());
            sighting.manner.proof = Proof::Sealed;
            sighting.manner.kid = sighting.manner.kid.take().or_else(|| label.clone());
        }
    }
}
