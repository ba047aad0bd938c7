//! Post-quantum private keys: ML-DSA (FIPS 204), SLH-DSA (FIPS 205), ML-KEM (FIPS 203).
//!
//! ML-DSA and ML-KEM keys are a seed, or what the seed expands to, or both (RFC 9881
//! section 6, RFC 9935 section 6); an SLH-DSA key is two secret seeds and the public
//! key (RFC 9909 section 5). The public half is generated again from the secret one.

use std::sync::atomic::{AtomicU32, Ordering};

use ml_dsa::{KeyExport as _, MlDsa44, MlDsa65, MlDsa87, MlDsaParams};
use ml_kem::{DecapsulationKey, MlKem512, MlKem768, MlKem1024};
use sha3::Sha3_256;
use sha3::digest::Digest as _;
use slh_dsa::SigningKey;
use zeroize::Zeroizing;

use super::{PublicKey, Reject};

/// Slow keys of SLH-DSA that one process generates again: 0.1 to 0.4 s each, which
/// a file of such keys could ask for ten thousand times a megabyte. Of further ones
/// the stored public half is believed.
const MAX_SLOW: u32 = 256;

/// Slow keys that were generated so far.
static SLOW: AtomicU32 = AtomicU32::new(0);

/// A post-quantum private key, as far as a file tells.
pub struct PqKey {
    /// The parameter set.
    pub set: PqSet,
    /// The seed of ML-DSA (32 bytes) or ML-KEM (64 bytes).
    pub seed: Option<Zeroizing<Vec<u8>>>,
    /// The expanded key, or the whole key of SLH-DSA.
    pub expanded: Option<Zeroizing<Vec<u8>>>,
    /// The public key, when it is stored.
    pub public: Option<Vec<u8>>,
}

impl PqKey {
    /// Checks the key and derives its public half.
    pub fn check(&self) -> Result<PublicKey, Reject> {
        let from_seed = match &self.seed {
            Some(seed) => Some(of_seed(self.set, seed)?),
            None => None,
        };
        let from_expanded = match &self.expanded {
            Some(expanded) => Some(of_expanded(self.set, expanded)?),
            None => None,
        };
        let derived = match (from_seed, from_expanded) {
            (Some(seed), Some(expanded)) if seed != expanded => return Err(Reject::Inconsistent),
            (Some(public), _) | (None, Some(public)) => public,
            (None, None) => return Err(Reject::Incomplete),
        };
        match &self.public {
            Some(stored) if *stored != derived => Err(Reject::Inconsistent),
            _ => PublicKey::pq(self.set, &derived),
        }
    }

    /// Returns the public half that stands in the file.
    pub(super) fn claimed(&self) -> Option<PublicKey> {
        let in_expanded = || {
            let expanded = self.expanded.as_deref()?;
            match self.set.family() {
                Family::MlDsa { .. } => None,
                Family::MlKem => self.set.kem_parts(expanded).map(|(public, _)| public),
                Family::SlhDsa { .. } => expanded.get(expanded.len() / 2..),
            }
        };
        let stored = self.public.as_deref().or_else(in_expanded)?;
        PublicKey::pq(self.set, stored).ok()
    }
}

/// Generates the public key of a seed.
fn of_seed(set: PqSet, seed: &[u8]) -> Result<Vec<u8>, Reject> {
    match set {
        PqSet::MlDsa44 => ml_dsa_of_seed::<MlDsa44>(seed),
        PqSet::MlDsa65 => ml_dsa_of_seed::<MlDsa65>(seed),
        PqSet::MlDsa87 => ml_dsa_of_seed::<MlDsa87>(seed),
        PqSet::MlKem512 | PqSet::MlKem768 | PqSet::MlKem1024 => {
            let seed = ml_kem::Seed::try_from(seed).map_err(|_| Reject::BadLength)?;
            Ok(match set {
                PqSet::MlKem512 => {
                    let key = DecapsulationKey::<MlKem512>::from_seed(seed);
                    key.encapsulation_key().to_bytes().to_vec()
                }
                PqSet::MlKem768 => {
                    let key = DecapsulationKey::<MlKem768>::from_seed(seed);
                    key.encapsulation_key().to_bytes().to_vec()
                }
                _ => {
                    let key = DecapsulationKey::<MlKem1024>::from_seed(seed);
                    key.encapsulation_key().to_bytes().to_vec()
                }
            })
        }
        _ => Err(Reject::Unsupported),
    }
}

fn ml_dsa_of_seed<P: MlDsaParams>(seed: &[u8]) -> Result<Vec<u8>, Reject> {
    let seed = ml_dsa::Seed::try_from(seed).map_err(|_| Reject::BadLength)?;
    let key = ml_dsa::ExpandedSigningKey::<P>::from_seed(&seed);
    Ok(key.verifying_key().to_bytes().to_vec())
}

/// Returns the public key of an expanded key, once it is checked.
fn of_expanded(set: PqSet, expanded: &[u8]) -> Result<Vec<u8>, Reject> {
    match set.family() {
        Family::MlDsa { secrets, eta } => {
            // Behind rho, K and tr; the crate does not look at what it decodes.
            let packed = expanded.get(128..128 + secrets).ok_or(Reject::BadLength)?;
            if !are_small(packed, eta) {
                return Err(Reject::OutOfRange);
            }
            match set {
                PqSet::MlDsa44 => ml_dsa_of_expanded::<MlDsa44>(expanded),
                PqSet::MlDsa65 => ml_dsa_of_expanded::<MlDsa65>(expanded),
                _ => ml_dsa_of_expanded::<MlDsa87>(expanded),
            }
        }
        Family::MlKem => {
            let (public, hash) = set.kem_parts(expanded).ok_or(Reject::BadLength)?;
            // The noise that the public key was made with is gone: its hash is all
            // that can be compared.
            if Sha3_256::digest(public).as_slice() == hash {
                Ok(public.to_vec())
            } else {
                Err(Reject::Inconsistent)
            }
        }
        Family::SlhDsa { is_slow } => {
            if expanded.len() != 2 * set.bytes() {
                return Err(Reject::BadLength);
            }
            let public = expanded
                .get(expanded.len() / 2..)
                .ok_or(Reject::BadLength)?;
            if is_slow && SLOW.fetch_add(1, Ordering::Relaxed) >= MAX_SLOW {
                return Ok(public.to_vec());
            }
            let derived = slh_dsa_public(set, expanded).ok_or(Reject::BadLength)?;
            if derived == public {
                Ok(derived)
            } else {
                Err(Reject::Inconsistent)
            }
        }
    }
}

fn ml_dsa_of_expanded<P: MlDsaParams>(expanded: &[u8]) -> Result<Vec<u8>, Reject> {
    let bytes = expanded.try_into().map_err(|_| Reject::BadLength)?;
    #[expect(deprecated, reason = "what was found is checked, not used")]
    let key = ml_dsa::ExpandedSigningKey::<P>::from_expanded(bytes);
    let public = key.verifying_key().to_bytes().to_vec();
    // tr is the hash of the public key (FIPS 204 algorithm 6).
    let mut hash = [0; 64];
    shake(&public, &mut hash);
    if expanded.get(64..128) == Some(&hash[..]) {
        Ok(public)
    } else {
        Err(Reject::Inconsistent)
    }
}

/// SHAKE256.
fn shake(bytes: &[u8], out: &mut [u8]) {
    use shake::digest::{ExtendableOutput as _, Update as _, XofReader as _};
    let mut hash = shake::Shake256::default();
    hash.update(bytes);
    hash.finalize_xof().read(out);
}

/// Whether all coefficients are between -eta and eta: they are packed as eta less
/// the coefficient, in 3 bits for an eta of 2 and in 4 for one of 4.
fn are_small(packed: &[u8], eta: u8) -> bool {
    let bits = if eta == 2 { 3 } else { 4 };
    packed.chunks(3).all(|chunk| {
        let all = chunk
            .iter()
            .rev()
            .fold(0_u32, |all, &byte| all << 8 | u32::from(byte));
        (0..24 / bits).all(|i| (all >> (i * bits)) & ((1 << bits) - 1) <= u32::from(2 * eta))
    })
}

/// Generates the public key of an SLH-DSA key: its seed and the root of the tree.
fn slh_dsa_public(set: PqSet, key: &[u8]) -> Option<Vec<u8>> {
    let n = key.len() / 4;
    let (seed, rest) = key.split_at_checked(n)?;
    let (prf, rest) = rest.split_at_checked(n)?;
    let public_seed = rest.get(..n)?;
    macro_rules! generate {
        ($($set:ident => $parameters:ident,)*) => {
            match set {
                $(PqSet::$set => {
                    let key = SigningKey::<slh_dsa::$parameters>::slh_keygen_internal(seed, prf, public_seed);
                    Some(AsRef::<slh_dsa::VerifyingKey<_>>::as_ref(&key).to_bytes().to_vec())
                })*
                _ => None,
            }
        };
    }
    generate! {
        SlhDsaSha2_128s => Sha2_128s,
        SlhDsaSha2_128f => Sha2_128f,
        SlhDsaSha2_192s => Sha2_192s,
        SlhDsaSha2_192f => Sha2_192f,
        SlhDsaSha2_256s => Sha2_256s,
        SlhDsaSha2_256f => Sha2_256f,
        SlhDsaShake128s => Shake128s,
        SlhDsaShake128f => Shake128f,
        SlhDsaShake192s => Shake192s,
        SlhDsaShake192f => Shake192f,
        SlhDsaShake256s => Shake256s,
        SlhDsaShake256f => Shake256f,
    }
}

/// What the sets of one standard have in common.
#[derive(Clone, Copy)]
enum Family {
    /// ML-DSA: bytes of the packed secret vectors, and the bound of their numbers.
    MlDsa { secrets: usize, eta: u8 },
    /// ML-KEM.
    MlKem,
    /// SLH-DSA: whether keys are made slowly.
    SlhDsa { is_slow: bool },
}

/// A parameter set of ML-DSA (FIPS 204), SLH-DSA (FIPS 205) or ML-KEM (FIPS 203).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of the standards")]
pub enum PqSet {
    MlDsa44,
    MlDsa65,
    MlDsa87,
    SlhDsaSha2_128s,
    SlhDsaSha2_128f,
    SlhDsaSha2_192s,
    SlhDsaSha2_192f,
    SlhDsaSha2_256s,
    SlhDsaSha2_256f,
    SlhDsaShake128s,
    SlhDsaShake128f,
    SlhDsaShake192s,
    SlhDsaShake192f,
    SlhDsaShake256s,
    SlhDsaShake256f,
    MlKem512,
    MlKem768,
    MlKem1024,
}

/// What is known of a parameter set.
type SetFacts = (PqSet, [u8; 2], &'static str, usize);

/// Parameter set, last bytes of its object identifier, name, public key bytes
/// (RFC 9881, RFC 9909, RFC 9935).
const SETS: [SetFacts; 18] = [
    (PqSet::MlDsa44, [3, 17], "ML-DSA-44", 1312),
    (PqSet::MlDsa65, [3, 18], "ML-DSA-65", 1952),
    (PqSet::MlDsa87, [3, 19], "ML-DSA-87", 2592),
    (PqSet::SlhDsaSha2_128s, [3, 20], "SLH-DSA-SHA2-128s", 32),
    (PqSet::SlhDsaSha2_128f, [3, 21], "SLH-DSA-SHA2-128f", 32),
    (PqSet::SlhDsaSha2_192s, [3, 22], "SLH-DSA-SHA2-192s", 48),
    (PqSet::SlhDsaSha2_192f, [3, 23], "SLH-DSA-SHA2-192f", 48),
    (PqSet::SlhDsaSha2_256s, [3, 24], "SLH-DSA-SHA2-256s", 64),
    (PqSet::SlhDsaSha2_256f, [3, 25], "SLH-DSA-SHA2-256f", 64),
    (PqSet::SlhDsaShake128s, [3, 26], "SLH-DSA-SHAKE-128s", 32),
    (PqSet::SlhDsaShake128f, [3, 27], "SLH-DSA-SHAKE-128f", 32),
    (PqSet::SlhDsaShake192s, [3, 28], "SLH-DSA-SHAKE-192s", 48),
    (PqSet::SlhDsaShake192f, [3, 29], "SLH-DSA-SHAKE-192f", 48),
    (PqSet::SlhDsaShake256s, [3, 30], "SLH-DSA-SHAKE-256s", 64),
    (PqSet::SlhDsaShake256f, [3, 31], "SLH-DSA-SHAKE-256f", 64),
    (PqSet::MlKem512, [4, 1], "ML-KEM-512", 800),
    (PqSet::MlKem768, [4, 2], "ML-KEM-768", 1184),
    (PqSet::MlKem1024, [4, 3], "ML-KEM-1024", 1568),
];

/// 2.16.840.1.101.3.4: the arc of NIST's algorithms; 3 below it are signatures, 4
/// key encapsulation.
const NIST: [u8; 7] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04];

impl PqSet {
    /// Returns the set with this object identifier (content bytes).
    #[must_use]
    pub fn from_oid(oid: &[u8]) -> Option<Self> {
        let last = oid.strip_prefix(&NIST)?;
        SETS.iter()
            .find(|facts| facts.1 == last)
            .map(|facts| facts.0)
    }

    /// Returns the set with this name, as JWK and people write it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        SETS.iter()
            .find(|facts| facts.2 == name)
            .map(|facts| facts.0)
    }

    /// Returns the content bytes of the object identifier.
    #[must_use]
    pub fn oid(self) -> [u8; 9] {
        let [a, b, c, d, e, f, g] = NIST;
        let [kind, number] = self.facts().1;
        [a, b, c, d, e, f, g, kind, number]
    }

    /// Returns the name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().2
    }

    /// Returns the length of a public key in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.facts().3
    }

    /// Returns the row of the table: its order is that of the variants.
    const fn facts(self) -> SetFacts {
        SETS[self as usize]
    }

    /// Returns the length of an ML-DSA or ML-KEM seed in bytes.
    #[must_use]
    pub const fn seed_bytes(self) -> Option<usize> {
        match self.family() {
            Family::MlDsa { .. } => Some(32),
            Family::MlKem => Some(64),
            Family::SlhDsa { .. } => None,
        }
    }

    /// Returns the length of a private key without its seed in bytes.
    #[must_use]
    pub const fn expanded_bytes(self) -> usize {
        match self {
            Self::MlDsa44 => 2560,
            Self::MlDsa65 => 4032,
            Self::MlDsa87 => 4896,
            Self::MlKem512 => 1632,
            Self::MlKem768 => 2400,
            Self::MlKem1024 => 3168,
            _ => 2 * self.bytes(),
        }
    }

    /// Splits the public key and its hash out of an expanded ML-KEM key: secret,
    /// public key, hash[32], z[32].
    fn kem_parts(self, expanded: &[u8]) -> Option<(&[u8], &[u8])> {
        let end = expanded.len().checked_sub(64)?;
        let start = end.checked_sub(self.bytes())?;
        let hash = expanded.get(end..end + 32)?;
        let fits = expanded.len() == self.expanded_bytes();
        expanded
            .get(start..end)
            .filter(|_| fits)
            .map(|public| (public, hash))
    }

    /// Returns what the set has in common with others.
    const fn family(self) -> Family {
        match self {
            Self::MlDsa44 => Family::MlDsa {
                secrets: 768,
                eta: 2,
            },
            Self::MlDsa65 => Family::MlDsa {
                secrets: 1408,
                eta: 4,
            },
            Self::MlDsa87 => Family::MlDsa {
                secrets: 1440,
                eta: 2,
            },
            Self::MlKem512 | Self::MlKem768 | Self::MlKem1024 => Family::MlKem,
            Self::SlhDsaSha2_128s
            | Self::SlhDsaSha2_192s
            | Self::SlhDsaSha2_256s
            | Self::SlhDsaShake128s
            | Self::SlhDsaShake192s
            | Self::SlhDsaShake256s => Family::SlhDsa { is_slow: true },
            _ => Family::SlhDsa { is_slow: false },
        }
    }
}
