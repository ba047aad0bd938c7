//! Composite private keys: ML-DSA and a traditional signature algorithm as one key
//! (draft-ietf-lamps-pq-composite-sigs).
//!
//! ```text
//! private key  mldsaSeed[32] || tradSK    RSAPrivateKey, ECPrivateKey (DER), raw seed of Ed25519, Ed448
//! public key   mldsaPK || tradPK          RSAPublicKey (DER), uncompressed point, raw point
//! ```
//!
//! No length stands between the halves: the first one has that of its set. Which
//! algorithms they are of is in the object identifier alone.

use zeroize::Zeroizing;

use super::{Curve, Key, Okp, PqKey, PqSet, PublicKey, Reject};
use crate::wire::der::Reader;

/// Bytes of the first half of every composite private key.
pub const SEED_BYTES: usize = 32;

/// A composite private key.
pub struct CompositeKey {
    /// The two algorithms.
    pub set: CompositeSet,
    /// The seed of the ML-DSA half.
    pub seed: Zeroizing<Vec<u8>>,
    /// The traditional half.
    pub traditional: Box<Key>,
    /// The composite public key, when it is stored.
    pub public: Option<Vec<u8>>,
}

impl CompositeKey {
    /// Checks both halves and derives their public ones. A traditional half of
    /// another algorithm than the identifier says is inconsistent.
    pub fn check(&self) -> Result<PublicKey, Reject> {
        let traditional = self.traditional.check()?;
        if !self.set.traditional().fits(&traditional) {
            return Err(Reject::Inconsistent);
        }
        let first = PqKey {
            set: self.set.ml_dsa(),
            seed: Some(self.seed.clone()),
            expanded: None,
            public: None,
        };
        let PublicKey::Pq { bytes, .. } = first.check()? else {
            return Err(Reject::Unsupported);
        };
        let derived = PublicKey::Composite {
            set: self.set,
            ml_dsa: bytes,
            traditional: Box::new(traditional),
        };
        match self.public.as_deref() {
            Some(stored) if PublicKey::composite(self.set, stored).as_ref() != Ok(&derived) => {
                Err(Reject::Inconsistent)
            }
            _ => Ok(derived),
        }
    }

    /// Returns the public half that stands in the file.
    pub(super) fn claimed(&self) -> Option<PublicKey> {
        PublicKey::composite(self.set, self.public.as_deref()?).ok()
    }
}

/// The algorithm of the half that is not ML-DSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traditional {
    /// RSA, with a modulus of this many bits.
    Rsa(u32),
    /// ECDSA on a curve.
    Ec(Curve),
    /// EdDSA.
    Okp(Okp),
}

impl Traditional {
    /// Reads a public key as composite ones hold it.
    pub(super) fn public(self, bytes: &[u8]) -> Result<PublicKey, Reject> {
        let public = match self {
            Self::Rsa(_) => {
                let mut whole = Reader::new(bytes);
                let mut numbers = whole.sequence()?;
                let public = PublicKey::rsa(numbers.integer()?, numbers.integer()?)?;
                if !whole.is_empty() || !numbers.is_empty() {
                    return Err(Reject::BadLength);
                }
                public
            }
            Self::Ec(curve) => PublicKey::ec_point(curve, bytes)?,
            Self::Okp(kind) => PublicKey::okp(kind, bytes)?,
        };
        match self.fits(&public) {
            true => Ok(public),
            false => Err(Reject::Inconsistent),
        }
    }

    /// Whether a key is of this algorithm and size.
    fn fits(self, public: &PublicKey) -> bool {
        match (self, public) {
            (Self::Rsa(bits), PublicKey::Rsa { .. }) => public.bits() == bits,
            (Self::Ec(curve), PublicKey::Ec { curve: of, .. }) => curve == *of,
            (Self::Okp(kind), PublicKey::Okp { kind: of, .. }) => kind == *of,
            _ => false,
        }
    }
}

/// Names of the combinations and their halves, from [`FIRST`] on (section 6 of the draft).
type SetFacts = (&'static str, PqSet, Traditional);

/// Last byte of the object identifier of the first combination.
const FIRST: u8 = 37;

/// 1.3.6.1.5.5.7.6, id-alg of PKIX.
const PKIX_ALGORITHMS: [u8; 7] = [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x06];

const fn rsa(name: &'static str, set: PqSet, bits: u32) -> SetFacts {
    (name, set, Traditional::Rsa(bits))
}

const fn ec(name: &'static str, set: PqSet, curve: Curve) -> SetFacts {
    (name, set, Traditional::Ec(curve))
}

const fn okp(name: &'static str, set: PqSet, kind: Okp) -> SetFacts {
    (name, set, Traditional::Okp(kind))
}

const SETS: [SetFacts; 18] = {
    use Curve::{BrainpoolP256r1, BrainpoolP384r1, P256, P384, P521};
    use Okp::{Ed448, Ed25519};
    use PqSet::{MlDsa44, MlDsa65, MlDsa87};
    [
        rsa("MLDSA44-RSA2048-PSS-SHA256", MlDsa44, 2048),
        rsa("MLDSA44-RSA2048-PKCS15-SHA256", MlDsa44, 2048),
        okp("MLDSA44-Ed25519-SHA512", MlDsa44, Ed25519),
        ec("MLDSA44-ECDSA-P256-SHA256", MlDsa44, P256),
        rsa("MLDSA65-RSA3072-PSS-SHA512", MlDsa65, 3072),
        rsa("MLDSA65-RSA3072-PKCS15-SHA512", MlDsa65, 3072),
        rsa("MLDSA65-RSA4096-PSS-SHA512", MlDsa65, 4096),
        rsa("MLDSA65-RSA4096-PKCS15-SHA512", MlDsa65, 4096),
        ec("MLDSA65-ECDSA-P256-SHA512", MlDsa65, P256),
        ec("MLDSA65-ECDSA-P384-SHA512", MlDsa65, P384),
        ec(
            "MLDSA65-ECDSA-brainpoolP256r1-SHA512",
            MlDsa65,
            BrainpoolP256r1,
        ),
        okp("MLDSA65-Ed25519-SHA512", MlDsa65, Ed25519),
        ec("MLDSA87-ECDSA-P384-SHA512", MlDsa87, P384),
        ec(
            "MLDSA87-ECDSA-brainpoolP384r1-SHA512",
            MlDsa87,
            BrainpoolP384r1,
        ),
        okp("MLDSA87-Ed448-SHAKE256", MlDsa87, Ed448),
        rsa("MLDSA87-RSA3072-PSS-SHA512", MlDsa87, 3072),
        rsa("MLDSA87-RSA4096-PSS-SHA512", MlDsa87, 4096),
        ec("MLDSA87-ECDSA-P521-SHA512", MlDsa87, P521),
    ]
};

/// A combination of algorithms that has an object identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CompositeSet(u8);

impl CompositeSet {
    /// Returns the combination with this object identifier (content bytes).
    #[must_use]
    pub fn from_oid(oid: &[u8]) -> Option<Self> {
        let [last] = oid.strip_prefix(&PKIX_ALGORITHMS)? else {
            return None;
        };
        let row = last.checked_sub(FIRST)?;
        (usize::from(row) < SETS.len()).then_some(Self(row))
    }

    /// Returns the content bytes of the object identifier.
    #[must_use]
    pub const fn oid(self) -> [u8; 8] {
        let [a, b, c, d, e, f, g] = PKIX_ALGORITHMS;
        [a, b, c, d, e, f, g, FIRST + self.0]
    }

    /// Returns the name of the draft, without its `id-`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().0
    }

    /// Returns the parameter set of the first half.
    #[must_use]
    pub const fn ml_dsa(self) -> PqSet {
        self.facts().1
    }

    /// Returns the algorithm of the second half.
    #[must_use]
    pub const fn traditional(self) -> Traditional {
        self.facts().2
    }

    /// Returns the row of the table; only [`Self::from_oid`] makes the number of one.
    const fn facts(self) -> SetFacts {
        SETS[self.0 as usize]
    }
}
