//! Private keys on Edwards and Montgomery curves (RFC 8032, RFC 7748).
//!
//! The private key is a seed. Ed25519 and Ed448 hash it (SHA-512, SHAKE256) to a
//! scalar and a prefix; X25519 and X448 clamp it to a scalar as it is. Tor and
//! some libraries store the hashed, expanded form instead.

use curve25519_dalek::{EdwardsPoint, MontgomeryPoint};
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use super::{Okp, PublicKey, Reject, edwards448};

/// How the secret of an Edwards key is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OkpForm {
    /// The scalar that the seed was hashed to, little-endian, perhaps followed
    /// by the prefix.
    Expanded,
    /// The seed of RFC 8032 and RFC 8410.
    Seed,
}

/// A private key on an Edwards or Montgomery curve.
pub struct OkpKey {
    /// The curve and what it is for.
    pub kind: Okp,
    /// How the secret is stored.
    pub form: OkpForm,
    /// Seed or expanded secret.
    pub secret: Zeroizing<Vec<u8>>,
    /// The public key, when it is stored.
    pub public: Option<Vec<u8>>,
}

impl OkpKey {
    /// Makes a key of its seed, and the public key stored with it.
    #[must_use]
    pub fn from_seed(kind: Okp, seed: &[u8], public: Option<&[u8]>) -> Self {
        Self {
            kind,
            form: OkpForm::Seed,
            secret: Zeroizing::new(seed.to_vec()),
            public: public.map(<[u8]>::to_vec),
        }
    }

    /// Checks the key and derives its public half.
    pub fn check(&self) -> Result<PublicKey, Reject> {
        let derived = match (self.kind, self.form) {
            (Okp::Ed25519, OkpForm::Seed) => SigningKey::from_bytes(&*self.exactly()?)
                .verifying_key()
                .to_bytes()
                .to_vec(),
            (Okp::Ed25519, OkpForm::Expanded) => EdwardsPoint::mul_base_clamped(*self.scalar()?)
                .compress()
                .to_bytes()
                .to_vec(),
            (Okp::X25519, _) => MontgomeryPoint::mul_base_clamped(*self.exactly()?)
                .to_bytes()
                .to_vec(),
            (Okp::Ed448, OkpForm::Seed) => edwards448::public_of_seed(&*self.exactly()?),
            (Okp::Ed448, OkpForm::Expanded) => edwards448::public_of_scalar(&*self.scalar()?),
            (Okp::X448, _) => edwards448::x448_public(&*self.exactly()?),
        };
        match self.public.as_deref() {
            // A public half of another length is damaged, and the secret is not: of
            // the two keys that RFC 8410 prints as wrong, this finds the right ones.
            Some(public) if public.len() == derived.len() && public != derived => {
                Err(Reject::Inconsistent)
            }
            _ => Ok(PublicKey::Okp {
                kind: self.kind,
                bytes: derived,
            }),
        }
    }

    /// Returns the secret, which must be this long.
    fn exactly<const LEN: usize>(&self) -> Result<Zeroizing<[u8; LEN]>, Reject> {
        let secret = self
            .secret
            .as_slice()
            .try_into()
            .map_err(|_| Reject::BadLength)?;
        Ok(Zeroizing::new(secret))
    }

    /// Returns the scalar of an expanded secret: the whole, or its first half.
    fn scalar<const LEN: usize>(&self) -> Result<Zeroizing<[u8; LEN]>, Reject> {
        let (scalar, prefix) = self
            .secret
            .split_first_chunk::<LEN>()
            .ok_or(Reject::BadLength)?;
        if prefix.is_empty() || prefix.len() == LEN {
            Ok(Zeroizing::new(*scalar))
        } else {
            Err(Reject::BadLength)
        }
    }
}
