//! Secret key material: check the maths, derive the public half.
//!
//! Formats fill in the numbers that a file holds, and the scanner calls `check`. What
//! comes back is a [`PublicKey`], which higher floors keep, or a [`Reject`], which says
//! why the bytes are no key. Secret numbers live in [`zeroize::Zeroizing`]
//! buffers and the types around them are neither `Clone`, `Debug` nor
//! `Serialize`. Wiping is best effort: the arithmetic of `crypto-bigint` and the
//! curve crates keeps intermediate values on the stack that nobody wipes.
//!
//! But for [`minisign`], which signs lists with `ed25519-dalek`, and [`sign`], which
//! shows on request that a found key is whole, nothing here signs, so the arithmetic
//! need not run in constant time.

mod among;
mod binary;
mod cmac;
mod composite;
mod curve;
mod dh;
mod domain;
mod dsa;
mod ec;
mod edwards448;
mod entropy;
mod explicit;
mod exported;
mod hd;
mod hmac;
mod locked;
pub mod minisign;
mod number;
mod okp;
pub mod password;
mod pool;
mod pq;
mod public;
mod rare;
mod rsa;
mod signing;
mod symmetric;
mod verify;
mod weierstrass;

pub use among::{Together, Tries, Written, ec_among, rsa_among};
pub use composite::{CompositeKey, CompositeSet, SEED_BYTES, Traditional};
pub use curve::Curve;
pub use dh::DhKey;
pub use domain::Domain;
pub use dsa::DsaKey;
pub use ec::EcKey;
pub use entropy::is_words;
pub use okp::{OkpForm, OkpKey};
pub use pool::{Batches, MAX_SUSPECT, Proven, SecretPool, SignedText};
pub use pq::{PqKey, PqSet};
pub use public::{Okp, PublicKey};
pub use rare::Rare;
pub use rsa::{MAX_RSA_BITS, MIN_RSA_BITS, RsaKey};
pub use signing::{Signature, sign};
pub use symmetric::{CHALLENGE, ChallengeMac, MIN_STRONG_BITS, Secret, strength};
pub use verify::TokenAlgorithm;

use crate::wire;

/// Parsed secret material of one key.
#[non_exhaustive]
pub enum Key {
    /// ML-DSA and a traditional algorithm as one key.
    Composite(CompositeKey),
    /// A key for Diffie-Hellman.
    Dh(DhKey),
    /// A DSA key.
    Dsa(DsaKey),
    /// A key on a short Weierstrass curve.
    Ec(EcKey),
    /// A key on an Edwards or Montgomery curve.
    Okp(OkpKey),
    /// A post-quantum key.
    Pq(PqKey),
    /// An RSA key.
    Rsa(RsaKey),
    /// A secret shared by those who sign and those who verify.
    Symmetric(Secret),
}

impl Key {
    /// Checks the key and derives its public half. A symmetric secret has none
    /// and is [`Reject::Unsupported`].
    pub fn check(&self) -> Result<PublicKey, Reject> {
        match self {
            Self::Composite(key) => key.check(),
            Self::Dh(key) => key.check(),
            Self::Dsa(key) => key.check(),
            Self::Ec(key) => key.check(),
            Self::Okp(key) => key.check(),
            Self::Pq(key) => key.check(),
            Self::Rsa(key) => key.check(),
            Self::Symmetric(_) => Err(Reject::Unsupported),
        }
    }

    /// Returns the public half that stands beside the private numbers, whether
    /// or not they belong together: a damaged key still says whose copy it was.
    #[must_use]
    pub fn claimed(&self) -> Option<PublicKey> {
        match self {
            Self::Composite(key) => key.claimed(),
            Self::Dh(_) => None,
            Self::Dsa(key) => PublicKey::dsa(&key.p, &key.q, &key.g, key.y.as_deref()?).ok(),
            Self::Ec(key) => {
                let point = key.public.as_deref()?;
                match &key.parameters {
                    Some(parameters) => PublicKey::ec_explicit(parameters, point).ok(),
                    None => PublicKey::ec_point(key.curve?, point).ok(),
                }
            }
            Self::Pq(key) => key.claimed(),
            Self::Okp(key) => PublicKey::okp(key.kind, key.public.as_deref()?).ok(),
            Self::Rsa(key) => PublicKey::rsa_as_stored(key.n.as_deref()?, key.e.as_deref()?).ok(),
            Self::Symmetric(_) => None,
        }
    }
}

/// Why bytes are not a key that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Reject {
    /// A length is malformed or does not fit its container.
    #[error("a length is malformed")]
    BadLength,
    /// Another element stands where one was expected.
    #[error("an unexpected element")]
    BadTag,
    /// A value breaks the rules of its type.
    #[error("a value is malformed")]
    BadValue,
    /// The private half is encrypted.
    #[error("encrypted")]
    Encrypted,
    /// Too few numbers are there to determine the key.
    #[error("numbers are missing")]
    Incomplete,
    /// The numbers contradict one another.
    #[error("the private and public halves do not belong together")]
    Inconsistent,
    /// The bytes are of another format.
    #[error("another format")]
    NotThisFormat,
    /// A number is outside the range its algorithm allows.
    #[error("a number is out of range")]
    OutOfRange,
    /// A number is larger than the limit of what is checked.
    #[error("larger than the limit")]
    TooLarge,
    /// The bytes end inside the key.
    #[error("truncated")]
    Truncated,
    /// The algorithm or curve is not known.
    #[error("an unknown algorithm")]
    UnknownAlgorithm,
    /// The algorithm is known, this form of it is not handled.
    #[error("a form that is not supported")]
    Unsupported,
}

impl Reject {
    /// Whether all numbers were read and turned out to be no key: such a key is
    /// reported as malformed, whereas the other reasons mean that it was none.
    #[must_use]
    pub const fn is_inconsistent(self) -> bool {
        matches!(self, Self::Inconsistent | Self::OutOfRange)
    }
}

impl From<wire::Error> for Reject {
    fn from(error: wire::Error) -> Self {
        match error {
            wire::Error::BadLength | wire::Error::TooDeep => Self::BadLength,
            wire::Error::BadTag => Self::BadTag,
            wire::Error::Negative => Self::OutOfRange,
            wire::Error::Truncated => Self::Truncated,
            wire::Error::BadValue => Self::BadValue,
        }
    }
}

#[cfg(test)]
mod tests;
