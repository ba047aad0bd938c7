//! The public half of a key, in the one shape that fingerprints are taken of.
//!
//! Numbers of RSA and DSA are big-endian without leading zeros, coordinates are
//! as wide as their field, so that equal keys are equal values.

use super::rsa::{MAX_RSA_BITS, MIN_RSA_BITS};
use super::{Curve, Reject, number, weierstrass};
use crate::wire::trim_zeros;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PublicKey {
    /// RSA (RFC 8017).
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The public exponent.
        e: Vec<u8>,
    },
    /// A point on a short Weierstrass curve (SEC 1).
    Ec {
        /// The curve.
        curve: Curve,
        /// The x coordinate.
        x: Vec<u8>,
        /// The y coordinate.
        y: Vec<u8>,
    },
    /// A point on an Edwards or Montgomery curve (RFC 8032, RFC 7748).
    Okp {
        /// The curve and what it is for.
        kind: Okp,
        /// The encoded point.
        bytes: Vec<u8>,
    },
    /// DSA (FIPS 186-4).
    Dsa {
        /// The prime modulus.
        p: Vec<u8>,
        /// The order of the generator.
        q: Vec<u8>,
        /// The generator.
        g: Vec<u8>,
        /// The public value.
        y: Vec<u8>,
    },
    /// A post-quantum signature key (FIPS 204, FIPS 205).
    Pq {
        /// The parameter set.
        set: PqSet,
        /// The encoded key.
        bytes: Vec<u8>,
    },
}

impl PublicKey {
    /// Makes an RSA key of big-endian numbers.
    pub fn rsa(n: &[u8], e: &[u8]) -> Result<Self, Reject> {
        let (n, e) = (trim_zeros(n), trim_zeros(e));
        let bits = number::bits(n);
        if bits > MAX_RSA_BITS {
            return Err(Reject::TooLarge);
        }
        let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
        // An exponent of one encrypts nothing; one of the modulus' size or more
        // is never made, and would make the arithmetic long.
        let exponent = odd(e) && e != [1] && number::less(e, n);
        if bits < MIN_RSA_BITS || !odd(n) || !exponent {
            return Err(Reject::OutOfRange);
        }
        Ok(Self::Rsa {
            n: n.to_vec(),
            e: e.to_vec(),
        })
    }

    /// Makes a key of the coordinates of a point, which must be on the curve.
    pub fn ec(curve: Curve, x: &[u8], y: &[u8]) -> Result<Self, Reject> {
        let x = number::padded(x, curve.bytes()).ok_or(Reject::OutOfRange)?;
        let y = number::padded(y, curve.bytes()).ok_or(Reject::OutOfRange)?;
        if weierstrass::is_on_curve(curve, &x, &y) {
            Ok(Self::Ec {
                curve,
                x: x.to_vec(),
                y: y.to_vec(),
            })
        } else {
            Err(Reject::OutOfRange)
        }
    }

    /// Makes a key of an encoded point (SEC 1 section 2.3.4): uncompressed,
    /// compressed, or in the hybrid form of X9.62.
    pub fn ec_point(curve: Curve, point: &[u8]) -> Result<Self, Reject> {
        let (&form, coordinates) = point.split_first().ok_or(Reject::BadLength)?;
        match form {
            2 | 3 if coordinates.len() == curve.bytes() => {
                let y = weierstrass::decompress(curve, coordinates, form == 3)
                    .ok_or(Reject::OutOfRange)?;
                Ok(Self::Ec {
                    curve,
                    x: coordinates.to_vec(),
                    y,
                })
            }
            4 | 6 | 7 => {
                let (x, y) = coordinates
                    .split_at_checked(curve.bytes())
                    .ok_or(Reject::BadLength)?;
                if y.len() != curve.bytes() {
                    return Err(Reject::BadLength);
                }
                Self::ec(curve, x, y)
            }
            2 | 3 => Err(Reject::BadLength),
            _ => Err(Reject::BadValue),
        }
    }

    /// Makes a key of an encoded Edwards or Montgomery point.
    pub fn okp(kind: Okp, bytes: &[u8]) -> Result<Self, Reject> {
        if bytes.len() == kind.bytes() {
            Ok(Self::Okp {
                kind,
                bytes: bytes.to_vec(),
            })
        } else {
            Err(Reject::BadLength)
        }
    }

    /// Makes a DSA key of big-endian numbers.
    pub fn dsa(p: &[u8], q: &[u8], g: &[u8], y: &[u8]) -> Result<Self, Reject> {
        let [p, q, g, y] = [p, q, g, y].map(trim_zeros);
        if number::bits(p) > super::dsa::MAX_DSA_BITS {
            return Err(Reject::TooLarge);
        }
        let above_one = |number: &[u8]| !number.is_empty() && number != [1];
        let ordered = [q, g, y]
            .iter()
            .all(|number| above_one(number) && number::less(number, p));
        if number::bits(p) < super::dsa::MIN_DSA_BITS || !ordered {
            return Err(Reject::OutOfRange);
        }
        Ok(Self::Dsa {
            p: p.to_vec(),
            q: q.to_vec(),
            g: g.to_vec(),
            y: y.to_vec(),
        })
    }

    /// Makes a post-quantum key of its encoding.
    pub fn pq(set: PqSet, bytes: &[u8]) -> Result<Self, Reject> {
        if bytes.len() == set.bytes() {
            Ok(Self::Pq {
                set,
                bytes: bytes.to_vec(),
            })
        } else {
            Err(Reject::BadLength)
        }
    }

    /// Returns algorithm and size, as shown to people: `RSA-2048`, `EC-P256`,
    /// `Ed25519`, `ML-DSA-65`.
    #[must_use]
    pub fn algorithm(&self) -> String {
        match self {
            Self::Rsa { .. } => format!("RSA-{}", self.bits()),
            Self::Ec { curve, .. } => format!("EC-{}", curve.name()),
            Self::Okp { kind, .. } => kind.name().to_owned(),
            Self::Dsa { .. } => format!("DSA-{}", self.bits()),
            Self::Pq { set, .. } => set.name().to_owned(),
        }
    }

    /// Returns the size in bits: of the modulus, of the field, or of an encoded
    /// post-quantum key.
    #[must_use]
    pub fn bits(&self) -> u32 {
        match self {
            Self::Rsa { n: number, .. } | Self::Dsa { p: number, .. } => number::bits(number),
            Self::Ec { curve, .. } => curve.bits(),
            Self::Okp { kind, .. } => kind.bits(),
            Self::Pq { bytes, .. } => u32::try_from(bytes.len()).map_or(u32::MAX, |len| len * 8),
        }
    }

    /// Whether the algorithm signs. Key agreement on X25519 and X448 does not.
    #[must_use]
    pub const fn can_sign(&self) -> bool {
        !matches!(
            self,
            Self::Okp {
                kind: Okp::X25519 | Okp::X448,
                ..
            }
        )
    }
}

/// A curve of RFC 7748, with its use: an octet key pair of RFC 8037.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Okp {
    /// Signatures on edwards25519.
    Ed25519,
    /// Signatures on edwards448.
    Ed448,
    /// Key agreement on curve25519.
    X25519,
    /// Key agreement on curve448.
    X448,
}

impl Okp {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Ed25519, Self::Ed448, Self::X25519, Self::X448];

    /// Returns the kind with this object identifier (content bytes, RFC 8410).
    #[must_use]
    pub fn from_oid(oid: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.oid() == oid)
    }

    /// Returns the kind with this name, as JWK and people write it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns the content bytes of the object identifier.
    #[must_use]
    pub const fn oid(self) -> &'static [u8] {
        match self {
            Self::X25519 => &[0x2B, 0x65, 0x6E],
            Self::X448 => &[0x2B, 0x65, 0x6F],
            Self::Ed25519 => &[0x2B, 0x65, 0x70],
            Self::Ed448 => &[0x2B, 0x65, 0x71],
        }
    }

    /// Returns the name, which is also the `crv` of a JWK.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::Ed448 => "Ed448",
            Self::X25519 => "X25519",
            Self::X448 => "X448",
        }
    }

    /// Returns the length of public key and of seed in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Ed25519 | Self::X25519 => 32,
            Self::X448 => 56,
            Self::Ed448 => 57,
        }
    }

    /// Returns the size in bits, as `openssl pkey -text` prints it.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Ed25519 | Self::X25519 => 256,
            Self::X448 => 448,
            Self::Ed448 => 456,
        }
    }
}

/// A parameter set of ML-DSA (FIPS 204) or SLH-DSA (FIPS 205).
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
}

/// What is known of a parameter set.
type SetFacts = (PqSet, u8, &'static str, usize);

/// Parameter set, last byte of its object identifier, name, public key bytes
/// (RFC 9881, RFC 9909).
const SETS: [SetFacts; 15] = [
    (PqSet::MlDsa44, 17, "ML-DSA-44", 1312),
    (PqSet::MlDsa65, 18, "ML-DSA-65", 1952),
    (PqSet::MlDsa87, 19, "ML-DSA-87", 2592),
    (PqSet::SlhDsaSha2_128s, 20, "SLH-DSA-SHA2-128s", 32),
    (PqSet::SlhDsaSha2_128f, 21, "SLH-DSA-SHA2-128f", 32),
    (PqSet::SlhDsaSha2_192s, 22, "SLH-DSA-SHA2-192s", 48),
    (PqSet::SlhDsaSha2_192f, 23, "SLH-DSA-SHA2-192f", 48),
    (PqSet::SlhDsaSha2_256s, 24, "SLH-DSA-SHA2-256s", 64),
    (PqSet::SlhDsaSha2_256f, 25, "SLH-DSA-SHA2-256f", 64),
    (PqSet::SlhDsaShake128s, 26, "SLH-DSA-SHAKE-128s", 32),
    (PqSet::SlhDsaShake128f, 27, "SLH-DSA-SHAKE-128f", 32),
    (PqSet::SlhDsaShake192s, 28, "SLH-DSA-SHAKE-192s", 48),
    (PqSet::SlhDsaShake192f, 29, "SLH-DSA-SHAKE-192f", 48),
    (PqSet::SlhDsaShake256s, 30, "SLH-DSA-SHAKE-256s", 64),
    (PqSet::SlhDsaShake256f, 31, "SLH-DSA-SHAKE-256f", 64),
];

/// 2.16.840.1.101.3.4.3: the arc of NIST's signature algorithms.
const NIST_SIGNATURES: [u8; 8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03];

impl PqSet {
    /// Returns the set with this object identifier (content bytes).
    #[must_use]
    pub fn from_oid(oid: &[u8]) -> Option<Self> {
        let [last] = oid.strip_prefix(&NIST_SIGNATURES)? else {
            return None;
        };
        SETS.iter()
            .find(|facts| facts.1 == *last)
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
        let [a, b, c, d, e, f, g, h] = NIST_SIGNATURES;
        [a, b, c, d, e, f, g, h, self.facts().1]
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
}
