//! Where found objects belong, as text for a state.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::Reach;
use crate::source::git::{Attribution, CommitRef, HashKind, ObjectId, PathAt};

/// When and by which commit: seconds since 1970, id in hex.
type Commit = (i64, String);

/// Where one object belongs.
#[derive(Deserialize, Serialize)]
struct Place {
    object: String,
    reach: String,
    first: Option<Commit>,
    /// Paths as git has them, byte by byte.
    paths: Vec<(Vec<u8>, Option<Commit>)>,
}

/// Writes down where objects belong.
pub(super) fn to_text(of: &BTreeMap<ObjectId, Attribution>) -> Vec<u8> {
    let commit = |commit: &CommitRef| (commit.time, commit.id.to_string());
    let place = |(id, attribution): (&ObjectId, &Attribution)| Place {
        object: id.to_string(),
        reach: attribution.reach.as_str().to_owned(),
        first: attribution.first.as_ref().map(commit),
        paths: attribution
            .paths
            .iter()
            .map(|path| (path.path.clone(), path.first.as_ref().map(commit)))
            .collect(),
    };
    let places: Vec<Place> = of.iter().map(place).collect();
    // Nothing in it can fail to be text; an empty one is not understood, and so not used.
    serde_json::to_vec(&places).unwrap_or_default()
}

/// Reads it again; nothing if it does not make sense.
pub(super) fn from_text(text: &[u8], kind: HashKind) -> Option<BTreeMap<ObjectId, Attribution>> {
    let places: Vec<Place> = serde_json::from_slice(text).ok()?;
    let id = |hex: &str| ObjectId::from_hex(kind, hex.as_bytes());
    let commit = |commit: Option<Commit>| match commit {
        None => Some(None),
        Some((time, hex)) => Some(Some(CommitRef {
            time,
            id: id(&hex)?,
        })),
    };
    let mut of = BTreeMap::new();
    for place in places {
        let paths = place.paths.into_iter().map(|(path, first)| {
            let first = commit(first)?;
            Some(PathAt { path, first })
        });
        let attribution = Attribution {
            paths: paths.collect::<Option<_>>()?,
            first: commit(place.first)?,
            reach: Reach::ALL
                .into_iter()
                .find(|reach| reach.as_str() == place.reach)?,
        };
        of.insert(id(&place.object)?, attribution);
    }
    Some(of)
}
