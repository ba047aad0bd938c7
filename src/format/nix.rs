//! Signing keys of Nix binary caches: `nix-store --generate-binary-cache-key`.
//!
//! ```text
//! cache.example.org-1:base64 of seed[32] | public key[32]
//! ```
//!
//! There is no magic, so a file must be just that, and the public key must be
//! the seed's.

use super::{Context, Format, Found, Spec, What};
use crate::blob::Candidate;
use crate::key::{Key, Okp, OkpKey, Reject};
use crate::wire::base64;

/// Reader of Nix signing keys.
pub(super) struct Nix;

/// Characters of the base64 of 64 bytes, with padding.
const TEXT: usize = 88;

static SPEC: Spec = Spec {
    id: "nix",
    name: "Nix signing key",
    source: "Nix manual, nix key generate-secret",
    about: "The key that vouches for a binary cache: whoever has it can replace any package.",
    triggers: &[],
};

impl Format for Nix {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn is_head(&self, head: &[u8], size: u64) -> bool {
        let Some(colon) = name(head) else {
            return false;
        };
        let text = size.checked_sub(colon as u64 + 1);
        text.is_some_and(|len| (TEXT as u64..=TEXT as u64 + 2).contains(&len))
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        if candidate.at.is_some() || candidate.armor.is_some() {
            return Err(Reject::NotThisFormat);
        }
        let bytes = candidate.bytes;
        let colon = name(bytes).ok_or(Reject::NotThisFormat)?;
        let text = bytes.get(colon + 1..).unwrap_or_default().trim_ascii_end();
        let pair = base64::decode_value(text).filter(|_| text.len() == TEXT);
        let pair = pair.ok_or(Reject::NotThisFormat)?;
        let (seed, public) = pair.split_at_checked(32).ok_or(Reject::NotThisFormat)?;
        let key = OkpKey::from_seed(Okp::Ed25519, seed, Some(public));
        // Without a magic only the numbers tell, or the name: the manual has
        // everybody use the host of the cache and a number.
        if key.check().is_err() {
            let name = bytes.get(..colon).unwrap_or_default();
            if !is_cache(name) {
                return Err(Reject::NotThisFormat);
            }
            found.push(Found::new(
                0..bytes.len(),
                What::Malformed(Reject::Inconsistent),
            ));
            return Ok(());
        }
        found.push(Found::key(0..bytes.len(), Key::Okp(key)));
        Ok(())
    }
}

/// Whether a name is that of a cache: `cache.example.org-1`.
fn is_cache(name: &[u8]) -> bool {
    let digits = name.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let host = name.get(..name.len() - digits).unwrap_or_default();
    digits > 0 && host.ends_with(b"-") && host.contains(&b'.')
}

/// Returns the end of the key's name.
fn name(bytes: &[u8]) -> Option<usize> {
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || b"-._@+".contains(b);
    let len = bytes.iter().take(96).take_while(|b| is_name(b)).count();
    (len > 0 && bytes.get(len) == Some(&b':')).then_some(len)
}
