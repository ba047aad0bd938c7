//! Identities of age: `AGE-SECRET-KEY-1…`, `AGE-SECRET-KEY-PQ-1…`.
//!
//! ```text
//! Bech32 with the prefix AGE-SECRET-KEY- of an X25519 secret       -- age-encryption.org/v1
//! Bech32 with the prefix AGE-SECRET-KEY-PQ- of a seed              -- post-quantum: X-Wing
//!     SHAKE256(seed): seed of ML-KEM-768[64] | secret of X25519[32]
//! ```
//!
//! They encrypt and cannot sign, but they open what sops and others encrypted
//! to them. A wrong checksum is a damaged key. A post-quantum one is told by its ML-KEM half. Identities
//! of plugins have other prefixes.

use super::{Context, Format, Found, Spec, What};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Okp, OkpKey, PqKey, PqSet, Reject};
use crate::wire::bech32;
use shake::Shake256;
use shake::digest::{ExtendableOutput as _, Update as _, XofReader as _};
use zeroize::Zeroizing;

/// Reader of age identities.
pub(super) struct Age;

const MAGIC: &[u8] = b"AGE-SECRET-KEY-1";
const POST_QUANTUM: &[u8] = b"AGE-SECRET-KEY-PQ-1";
/// Characters behind the prefix: 52 of data, 6 of checksum.
const DATA: usize = 58;
/// Bytes of a seed of ML-KEM.
const KEM_SEED: usize = 64;

static SPEC: Spec = Spec {
    id: "age",
    name: "age identity",
    source: "age-encryption.org/v1, sections \"The X25519 recipient type\" and \"The MLKEM768-X25519 recipient type\"",
    about: "What `age-keygen` writes, for sops, chezmoi and backups. It decrypts and cannot sign.",
    triggers: &[Trigger::text(MAGIC), Trigger::text(POST_QUANTUM)],
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
        let rest = candidate.bytes.get(start..).unwrap_or_default();
        let is_hybrid = rest.starts_with(POST_QUANTUM);
        let (magic, prefix): (_, &[u8]) = match is_hybrid {
            true => (POST_QUANTUM, b"age-secret-key-pq-"),
            false => (MAGIC, b"age-secret-key-"),
        };
        let text = rest.get(..magic.len() + DATA).ok_or(Reject::Truncated)?;
        let data = text.get(magic.len()..).unwrap_or_default();
        let clean = data
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let different = crate::wire::distinct(data);
        // 58 random characters of 32 have about 27 values, placeholders a few.
        if !clean || different < 16 {
            return Err(Reject::NotThisFormat);
        }
        let what = match bech32::decode(text, prefix) {
            Some(seed) if is_hybrid => What::Key(kem_half(&seed)),
            Some(secret) => What::Key(Key::Okp(OkpKey::from_seed(Okp::X25519, &secret, None))),
            None => What::Malformed(Reject::Inconsistent),
        };
        found.push(Found::new(start..start + text.len(), what));
        Ok(())
    }
}

/// Returns the ML-KEM half of a hybrid key.
fn kem_half(seed: &[u8]) -> Key {
    let mut expanded = Zeroizing::new(vec![0; KEM_SEED]);
    let mut hash = Shake256::default();
    hash.update(seed);
    hash.finalize_xof().read(&mut expanded);
    Key::Pq(PqKey {
        set: PqSet::MlKem768,
        seed: Some(expanded),
        expanded: None,
        public: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::PublicKey;
    use sha2::{Digest as _, Sha256};

    /// The identity of the specification, and the first 1184 bytes of its recipient.
    #[test]
    fn a_hybrid_identity_makes_the_recipient_of_the_specification() {
        let text = b"AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR";
        let mut found = Vec::new();
        let candidate = Candidate::at(text, 0);
        let mut context = Context::new(text.len(), crate::key::password::TrialBudget::none());
        Age.parse(&candidate, &mut context, &mut found).unwrap();
        let Some(What::Key(key)) = found.pop().map(|f| f.what) else {
            panic!("no key");
        };
        let Ok(PublicKey::Pq { bytes, .. }) = key.check() else {
            panic!("no ML-KEM key");
        };
        let hash = crate::wire::hex::encode(&Sha256::digest(&bytes));
        assert_eq!(
            hash,
            "e7ab1916b704aa6a4a0a58d0fec10082ca402f886f40908d91feadb3d2d1b7c4"
        );
    }
}
