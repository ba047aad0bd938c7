//! Identities that were written down by an earlier scan and come back without their key.

use std::sync::Arc;

use super::{Identity, Ids, further};
use crate::wire::hex;

impl Identity {
    /// Returns an identity by its fingerprints; nothing if the main one is missing or no SHA-256.
    #[must_use]
    pub fn kept(
        algorithm: &str,
        bits: u32,
        can_sign: bool,
        ids: &[(String, String)],
    ) -> Option<Self> {
        let name = |name: &str| {
            let mut names = Ids::NAMES
                .into_iter()
                .chain([Ids::AS_SEEN])
                .chain(Ids::ELSEWHERE)
                .chain(further::NAMES);
            names.find(|known| *known == name)
        };
        let named = ids
            .iter()
            .map(|(known, id)| Some((name(known)?, id.clone())));
        let named: Vec<(&'static str, String)> = named.collect::<Option<_>>()?;
        let main = named.iter().find(|(name, _)| *name == "spki-sha256");
        let spki = hex::decode(main.map(|(_, id)| id)?)?;
        let spki = *spki.first_chunk().filter(|_| spki.len() == 32)?;
        Some(Self {
            algorithm: algorithm.to_owned(),
            bits,
            can_sign,
            ids: Ids {
                spki,
                named: Arc::new(named),
            },
        })
    }
}
