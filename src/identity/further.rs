//! Fingerprints of other keys that whoever has a private key has as well.
//!
//! The halves of a composite key are keys of their own, and the root of a wallet makes the
//! keys of its accounts. The key that was found stays the identity; an inventory that
//! lists one of the others is matched by it, and the match names it.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{Identity, Ids, spki};
use crate::key::PublicKey;
use crate::wire::hex;

/// What the names begin with: what a list has them as.
const PREFIX: &str = "spki-sha256:";

/// Every name: a half of a composite key, a path of BIP-32.
pub(super) const NAMES: [&str; 8] = [
    "spki-sha256:ml-dsa",
    "spki-sha256:traditional",
    "spki-sha256:m/44'/0'/0'/0/0",
    "spki-sha256:m/49'/0'/0'/0/0",
    "spki-sha256:m/84'/0'/0'/0/0",
    "spki-sha256:m/86'/0'/0'/0/0",
    "spki-sha256:m/44'/60'/0'/0/0",
    "spki-sha256:m/44'/60'/0'/0",
];

impl Identity {
    /// Adds the SHA-256 of the SubjectPublicKeyInfo of another key: a half, or an account by
    /// its path. What has no name above is left out.
    #[must_use]
    pub fn with_further(mut self, what: &str, key: &PublicKey) -> Self {
        self.ids.add(what, key);
        self
    }
}

impl Ids {
    /// Adds the fingerprint of another key.
    pub(super) fn add(&mut self, what: &str, key: &PublicKey) {
        let mut names = NAMES.into_iter();
        if let Some(name) = names.find(|name| name.strip_prefix(PREFIX) == Some(what)) {
            let hash = hex::encode(&Sha256::digest(spki::encode(key)));
            Arc::make_mut(&mut self.named).push((name, hash));
        }
    }

    /// Adds the fingerprints of the halves of a composite key.
    pub(super) fn add_halves(&mut self, key: &PublicKey) {
        if let PublicKey::Composite {
            set,
            ml_dsa,
            traditional,
        } = key
        {
            if let Ok(half) = PublicKey::pq(set.ml_dsa(), ml_dsa) {
                self.add("ml-dsa", &half);
            }
            self.add("traditional", traditional);
        }
    }

    /// Returns the name under which a list has a fingerprint that reports name more closely,
    /// and whether it is one of another key.
    #[must_use]
    pub fn listed_as(name: &'static str) -> (&'static str, bool) {
        match name {
            Self::AS_SEEN => ("spki-sha256", false),
            _ if name.starts_with(PREFIX) => ("spki-sha256", true),
            _ => (name, false),
        }
    }
}
