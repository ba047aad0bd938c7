//! Identities of age: `AGE-SECRET-KEY-1…`.
//!
//! ```text
//! Bech32 with the prefix AGE-SECRET-KEY- of an X25519 secret   -- age-encryption.org/v1
//! ```
//!
//! They encrypt and cannot sign, but they open what sops and others encrypted
//! to them. Post-quantum and plugin identities have other prefixes.

use super::{Format, Found, Spec};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Okp, OkpKey, Reject};
use crate::wire::bech32;

/// Reader of age identities.
pub(super) struct Age;

const MAGIC: &[u8] = b"AGE-SECRET-KEY-1";
/// Characters: prefix, separator, 52 of data, 6 of checksum.
const TEXT: usize = 74;

static SPEC: Spec = Spec {
    id: "age",
    name: "age identity",
    source: "age-encryption.org/v1, section \"The X25519 recipient type\"",
    about: "What `age-keygen` writes, for sops, chezmoi and backups. It decrypts and cannot sign.",
    triggers: &[Trigger::binary(MAGIC).no_hex()],
};

impl Format for Age {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(&self, candidate: &Candidate<'_>, found: &mut Vec<Found>) -> Result<(), Reject> {
        let start = candidate.at.ok_or(Reject::NotThisFormat)?;
        let text = candidate
            .bytes
            .get(start..start + TEXT)
            .ok_or(Reject::Truncated)?;
        let secret = bech32::decode(text, b"age-secret-key-").ok_or(Reject::NotThisFormat)?;
        let key = OkpKey::from_seed(Okp::X25519, &secret, None);
        found.push(Found::key(start..start + TEXT, Key::Okp(key)));
        Ok(())
    }
}
