//! Identities of age: `AGE-SECRET-KEY-1…`.
//!
//! ```text
//! Bech32 with the prefix AGE-SECRET-KEY- of an X25519 secret   -- age-encryption.org/v1
//! ```
//!
//! They encrypt and cannot sign, but they open what sops and others encrypted
//! to them. A wrong checksum is a damaged key. Post-quantum and plugin identities have other prefixes.

use super::{Context, Format, Found, Spec, What};
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
    triggers: &[Trigger::text(MAGIC)],
};

impl Format for Age {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let start = candidate.at.ok_or(Reject::NotThisFormat)?;
        let text = candidate
            .bytes
            .get(start..start + TEXT)
            .ok_or(Reject::Truncated)?;
        let data = text.get(MAGIC.len()..).unwrap_or_default();
        let clean = data
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let different = crate::wire::distinct(data);
        // 58 random characters of 32 have about 27 values, placeholders a few.
        if !clean || different < 16 {
            return Err(Reject::NotThisFormat);
        }
        let what = match bech32::decode(text, b"age-secret-key-") {
            Some(secret) => What::Key(Key::Okp(OkpKey::from_seed(Okp::X25519, &secret, None))),
            None => What::Malformed(Reject::Inconsistent),
        };
        found.push(Found::new(start..start + TEXT, what));
        Ok(())
    }
}
