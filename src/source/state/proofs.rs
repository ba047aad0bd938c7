//! Which secrets were proven by tokens, so that neither need be read again to say so.
//!
//! The verdict stands for the very files and objects that took part, and is kept behind a digest of
//! their names: ids of objects, and fingerprints that files are known by. Neither the secrets nor
//! the tokens are in it, nor a hash of them; a secret that could be guessed has no id either.
//!
//! Sections: `conf` (the digest), `seen` (JSON: whether tokens are left that nothing verified, and
//! the places that were proven, each with what its file is known by).

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::files::{Fingerprint, is_settled};
use super::sighted::Sighted;
use super::store::{Discarded, Engine, Store};
use crate::finding::Sighting;

/// What came of token proof.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Secrets that signed tokens, and these.
    pub sightings: Vec<Sighting>,
    /// Whether there are tokens that nothing verified.
    pub unproven: bool,
}

/// [`Verdict`] as it is written down.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    unproven: bool,
    places: Vec<Place>,
}

/// What was proven at one place.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Place {
    path: String,
    /// What the file is known by; nothing for an object of a repository.
    file: Option<String>,
    seen: Sighted,
}

impl Verdict {
    /// Reads what came of the parts with this digest; nothing if they were others then, or a
    /// file in which something was proven is not as it was.
    ///
    /// # Errors
    /// When it is of no use.
    pub fn load(
        store: &Store,
        name: &str,
        engine: Engine,
        digest: &[u8; 32],
    ) -> Result<Option<Self>, Discarded> {
        let Some(mut book) = store.read(name, engine)? else {
            return Ok(None);
        };
        if book.section(*b"conf")? != digest {
            return Ok(None);
        }
        let seen = book.section(*b"seen")?;
        let written: Written = serde_json::from_slice(&seen).map_err(|_| Discarded::Damaged)?;
        let mut sightings = Vec::new();
        for place in written.places {
            let is_object = place.file.is_none();
            let path = PathBuf::from(&place.path);
            let known = place.file.as_deref().and_then(Fingerprint::from_hex);
            if !is_object && (known.is_none() || print(&path, SystemTime::now()) != known) {
                return Ok(None);
            }
            for mut sighting in place.seen.sightings().ok_or(Discarded::Damaged)? {
                sighting.origin.path.clone_from(&path);
                sighting.origin.object = sighting.origin.object.filter(|_| is_object);
                sightings.push(sighting);
            }
        }
        Ok(Some(Self {
            sightings,
            unproven: written.unproven,
        }))
    }

    /// Keeps what came of the parts with this digest, unless that cannot be kept. The scan had
    /// `begun` then: a file that changed since may not be as it was read.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(
        &self,
        store: &Store,
        name: &str,
        engine: Engine,
        digest: &[u8; 32],
        begun: SystemTime,
    ) -> std::io::Result<()> {
        let places = self.sightings.iter().map(|sighting| {
            let origin = &sighting.origin;
            let file = match &origin.object {
                Some(_) => None,
                None => Some(print(&origin.path, begun)?.hex()),
            };
            Some(Place {
                path: origin.path.to_str()?.to_owned(),
                file,
                seen: Sighted::of(
                    origin.object.clone().unwrap_or_default(),
                    std::slice::from_ref(sighting),
                )?,
            })
        });
        let Some(places) = places.collect() else {
            return Ok(());
        };
        let written = Written {
            unproven: self.unproven,
            places,
        };
        let sections: [([u8; 4], &[u8]); 2] = [
            (*b"conf", digest),
            (*b"seen", &serde_json::to_vec(&written)?),
        ];
        store.write(name, engine, &sections)
    }
}

/// What a file is known by, if it was left alone before `then`.
fn print(path: &Path, then: SystemTime) -> Option<Fingerprint> {
    let metadata = std::fs::metadata(path).ok()?;
    is_settled(&metadata, then).then(|| Fingerprint::of(path, &metadata))
}
