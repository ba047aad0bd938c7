//! Signatures by the keys that are met: `identify --proof` asks for them.
//!
//! A sighting holds nothing that could sign, so the signature is made while the key
//! is there, and kept beside the sightings under the key's fingerprint.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{Scanner, Tables};
use crate::identity::Identity;
use crate::key::{Key, PublicKey, Signature, sign};

/// Signatures by the `spki-sha256` of their keys.
#[derive(Debug, Default)]
pub(super) struct Proofs(Mutex<BTreeMap<[u8; 32], Signature>>);

impl Tables {
    /// Signs the message of the plan, if it has one.
    pub(super) fn prove(&self, key: &Key, public: &PublicKey) {
        let Some(message) = &self.plan.message else {
            return;
        };
        if let Some(signature) = sign(key, public, message) {
            let mut proofs = self.proofs.0.lock().unwrap_or_else(PoisonError::into_inner);
            proofs.insert(*Identity::of(public).spki_sha256(), signature);
        }
    }
}

impl Scanner {
    /// Returns what a key that was met made of the message of the plan; nothing if
    /// it cannot sign, or its private half was not there.
    #[must_use]
    pub fn signature(&self, identity: &Identity) -> Option<Signature> {
        let proofs = self.tables.proofs.0.lock();
        let proofs = proofs.unwrap_or_else(PoisonError::into_inner);
        proofs.get(identity.spki_sha256()).cloned()
    }
}
