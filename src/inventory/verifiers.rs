//! The public keys of a list, for whoever wants to know which of them signed a token.
//!
//! Only a text list has them, and only of entries with a `spki`: of fingerprints
//! alone nothing can be verified.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::Inventory;
use crate::identity::{Identity, spki};
use crate::key::{PublicKey, TokenAlgorithm};

/// Most keys that one token is tried on, after those that its header names.
const MAX_TRIED: usize = 1_000;

/// Public keys that tokens are tried on.
pub struct Verifiers {
    keys: Vec<(Vec<String>, PublicKey)>,
    digest: [u8; 32],
}

impl std::fmt::Debug for Verifiers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What was seen with other keys must be looked at again.
        write!(f, "Verifiers({}, {:x?})", self.keys.len(), self.digest)
    }
}

impl Verifiers {
    /// Returns how many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns the key that verifies a signature; those that `kid` names come first.
    #[must_use]
    pub fn signer(
        &self,
        algorithm: TokenAlgorithm,
        kid: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Option<Identity> {
        let suits = |key: &&(Vec<String>, PublicKey)| key.1.suits(algorithm);
        let named = |key: &&(Vec<String>, PublicKey)| {
            kid.is_some_and(|kid| key.0.iter().any(|known| known == kid))
        };
        let keys = || self.keys.iter().filter(suits);
        let first = keys().filter(named);
        let rest = keys().filter(|key| !named(key)).take(MAX_TRIED);
        let mut tried = first.chain(rest).map(|(_, key)| key);
        let signer = tried.find(|key| key.verifies(algorithm, message, signature))?;
        Some(Identity::of(signer))
    }
}

impl Inventory {
    /// Returns the public keys of the entries; none of a compiled table, which is
    /// not made to be read from end to end.
    #[must_use]
    pub fn verifiers(&self) -> Option<Verifiers> {
        let mut keys = Vec::new();
        let mut digest = Sha256::new();
        for entry in &self.list()?.entries {
            let der = entry
                .spki
                .as_ref()
                .and_then(|spki| STANDARD.decode(spki).ok());
            let key = der.as_ref().and_then(|der| spki::parse(der).ok());
            if let (Some(der), Some(key)) = (der, key) {
                digest.update(&der);
                keys.push((entry.ids.kid.clone(), key));
            }
        }
        Some(Verifiers {
            keys,
            digest: digest.finalize().into(),
        })
    }
}
