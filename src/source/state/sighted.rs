//! Sightings as text, for a state: one JSON array of the objects that had some.
//!
//! Of a secret that could be guessed neither an id nor a hash is kept: only its place, how it is
//! written down and its length. What cannot be kept so, or would not come back as it was, is not
//! kept: its object is looked at again by the next scan.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::blob::Origin;
use crate::finding::{Manner, Proof, Region, SecretId, Sighting, Subject};
use crate::identity::Identity;

/// Distinct names of formats, layers and uses that are kept for the rest of the program; the real
/// ones are a few dozen.
const MAX_WORDS: usize = 512;

/// Longest of them, in bytes.
const MAX_WORD_BYTES: usize = 128;

/// What one object had.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sighted {
    /// The object, in hex.
    pub(super) object: String,
    /// Its sightings.
    seen: Vec<One>,
    /// What in an archive was not looked into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) gave_up: Vec<String>,
}

/// One sighting.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct One {
    subject: What,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    members: Vec<String>,
    /// Line, column, end column, end line, offset, length.
    region: [u64; 6],
    format: String,
    proof: String,
    encrypted: bool,
    layers: Vec<String>,
    kid: Option<String>,
    usage: Option<String>,
    opened_with: Option<String>,
}

/// What was sighted.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum What {
    Key {
        algorithm: String,
        bits: u32,
        can_sign: bool,
        ids: Vec<(String, String)>,
    },
    Secret {
        id: String,
        bits: u32,
        answers: Vec<(String, String)>,
    },
    Guessable {
        bits: u32,
        notorious: bool,
    },
    Opaque {
        sha256: String,
    },
    Malformed {
        reason: String,
    },
}

impl Sighted {
    /// Writes down what an object had; nothing if that cannot be kept.
    pub(super) fn of(object: String, sightings: &[Sighting]) -> Option<Self> {
        let seen = sightings.iter().map(One::of).collect::<Option<_>>()?;
        Some(Self {
            object,
            seen,
            gave_up: Vec::new(),
        })
    }

    /// Returns the sightings, without their path; nothing if they do not make sense.
    pub(super) fn sightings(&self) -> Option<Vec<Sighting>> {
        self.seen
            .iter()
            .map(|one| one.sighting(&self.object))
            .collect()
    }
}

impl One {
    fn of(sighting: &Sighting) -> Option<Self> {
        // Words of a comment are read again from the blob; whether a token has ended changes.
        if sighting.comment.is_some() || sighting.manner.token.is_some() {
            return None;
        }
        let text = |words: &'static str| words.to_owned();
        let manner = &sighting.manner;
        let Region {
            line,
            column,
            end_column,
            end_line,
            offset,
            length,
        } = sighting.region;
        let subject = match &sighting.subject {
            Subject::Key(identity) => What::Key {
                algorithm: identity.algorithm.clone(),
                bits: identity.bits,
                can_sign: identity.can_sign,
                ids: identity
                    .ids()
                    .map(|(name, id)| (text(name), id.to_owned()))
                    .collect(),
            },
            Subject::Secret(secret) => match &secret.id {
                Some(id) => What::Secret {
                    id: id.clone(),
                    bits: secret.bits,
                    answers: secret
                        .answers
                        .iter()
                        .map(|(name, answer)| (text(name), answer.clone()))
                        .collect(),
                },
                // Its answers would let anybody guess it, and without them no list finds it.
                None if !secret.answers.is_empty() => return None,
                None => What::Guessable {
                    bits: secret.bits,
                    notorious: secret.notorious,
                },
            },
            Subject::Opaque { sha256 } => What::Opaque {
                sha256: sha256.clone(),
            },
            Subject::Malformed { reason } => What::Malformed {
                reason: reason.clone(),
            },
        };
        Some(Self {
            subject,
            members: sighting.origin.members.clone(),
            region: [line, column, end_column, end_line, offset, length],
            format: text(manner.format),
            proof: text(manner.proof.as_str()),
            encrypted: manner.encrypted,
            layers: manner.layers.iter().copied().map(text).collect(),
            kid: manner.kid.clone(),
            usage: manner.usage.map(text),
            opened_with: manner.opened_with.map(text),
        })
    }

    fn sighting(&self, object: &str) -> Option<Sighting> {
        let subject = match &self.subject {
            What::Key {
                algorithm,
                bits,
                can_sign,
                ids,
            } => Subject::Key(Identity::kept(algorithm, *bits, *can_sign, ids)?),
            What::Secret { id, bits, answers } => Subject::Secret(SecretId {
                id: Some(id.clone()),
                bits: *bits,
                answers: answers
                    .iter()
                    .map(|(name, answer)| Some((word(name)?, answer.clone())))
                    .collect::<Option<_>>()?,
                // Those have no id.
                notorious: false,
            }),
            What::Guessable { bits, notorious } => Subject::Secret(SecretId {
                id: None,
                bits: *bits,
                notorious: *notorious,
                answers: Vec::new(),
            }),
            What::Opaque { sha256 } => Subject::Opaque {
                sha256: sha256.clone(),
            },
            What::Malformed { reason } => Subject::Malformed {
                reason: reason.clone(),
            },
        };
        let optional = |text: &Option<String>| match text {
            Some(text) => word(text).map(Some),
            None => Some(None),
        };
        let [line, column, end_column, end_line, offset, length] = self.region;
        Some(Sighting {
            subject,
            origin: Origin {
                members: self.members.clone(),
                object: Some(object.to_owned()),
                ..Origin::default()
            },
            region: Region {
                line,
                column,
                end_column,
                end_line,
                offset,
                length,
            },
            manner: Manner {
                format: word(&self.format)?,
                proof: proof(&self.proof)?,
                encrypted: self.encrypted,
                layers: self
                    .layers
                    .iter()
                    .map(|layer| word(layer))
                    .collect::<Option<_>>()?,
                kid: self.kid.clone(),
                usage: optional(&self.usage)?,
                opened_with: optional(&self.opened_with)?,
                token: None,
            },
            comment: None,
            twin: None,
        })
    }
}

/// The proof of that name.
fn proof(name: &str) -> Option<Proof> {
    Proof::ALL.into_iter().find(|proof| proof.as_str() == name)
}

/// A name of the program's own: formats, layers and uses are compiled in, and sightings borrow them
/// for ever. One that comes from a file is kept once, for the rest of the program.
fn word(text: &str) -> Option<&'static str> {
    static WORDS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut words = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = words.get(text) {
        return Some(known);
    }
    if words.len() >= MAX_WORDS || text.len() > MAX_WORD_BYTES {
        return None;
    }
    let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
    words.insert(kept);
    Some(kept)
}
