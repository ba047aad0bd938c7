//! The public half of a key, in the one shape that fingerprints are taken of.
//!
//! Numbers of RSA and DSA are big-endian without leading zeros, coordinates are
//! as wide as their field, so that equal keys are equal values.

use super::explicit::{self, Explicit};
use super::rsa::{MAX_RSA_BITS, MIN_RSA_BITS};
use super::{CompositeSet, Curve, PqSet, Reject, number, weierstrass};
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
    /// A point on a short Weierstrass curve that has no name.
    EcExplicit {
        /// DER of the `SpecifiedECDomain`, coefficients as wide as the field.
        parameters: Vec<u8>,
        /// The size of the field in bits.
        bits: u32,
        /// The x coordinate.
        x: Vec<u8>,
        /// The y coordinate.
        y: Vec<u8>,
    },
    /// A key for Diffie-Hellman in a group of numbers (PKCS#3, X9.42).
    Dh {
        /// Whether it is written as in X9.42, with the order of the generator.
        x942: bool,
        /// DER of the group's parameters, as they were seen.
        parameters: Vec<u8>,
        /// The prime modulus.
        p: Vec<u8>,
        /// The public value.
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
    /// A post-quantum key (FIPS 203, FIPS 204, FIPS 205).
    Pq {
        /// The parameter set.
        set: PqSet,
        /// The encoded key.
        bytes: Vec<u8>,
    },
    /// ML-DSA and a traditional algorithm as one key (draft-ietf-lamps-pq-composite-sigs).
    Composite {
        /// The two algorithms.
        set: CompositeSet,
        /// The encoded ML-DSA key.
        ml_dsa: Vec<u8>,
        /// The traditional key.
        traditional: Box<Self>,
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

    /// Makes an RSA key of numbers that need not fit each other: the name of what
    /// is broken. The modulus may be even.
    pub(super) fn rsa_as_stored(n: &[u8], e: &[u8]) -> Result<Self, Reject> {
        let (n, e) = (trim_zeros(n), trim_zeros(e));
        if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&number::bits(n))
            || e.is_empty()
            || !number::less(e, n)
        {
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
        if explicit::on_curve(&curve.domain(), curve.is_binary(), &x, &y) {
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
                if curve.is_binary() {
                    return Err(Reject::Unsupported);
                }
                let y = weierstrass::decompress(&curve.domain(), coordinates, form == 3)
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

    /// Makes a key of an encoded point on a curve that is spelled out in DER; on a
    /// named one where the parameters are its.
    pub fn ec_explicit(parameters: &[u8], point: &[u8]) -> Result<Self, Reject> {
        let explicit = Explicit::read(parameters)?;
        if let Some(curve) = explicit.named() {
            return Self::ec_point(curve, point);
        }
        let [4, coordinates @ ..] = point else {
            return Err(Reject::Unsupported);
        };
        let (x, y) = coordinates
            .split_at_checked(explicit.bytes())
            .filter(|(x, y)| x.len() == y.len())
            .ok_or(Reject::BadLength)?;
        if explicit.is_on_curve(x, y) {
            Ok(Self::EcExplicit {
                parameters: explicit::rewritten(parameters)?,
                bits: explicit.bits(),
                x: x.to_vec(),
                y: y.to_vec(),
            })
        } else {
            Err(Reject::OutOfRange)
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

    /// Makes a Diffie-Hellman key of the DER of its parameters and a number.
    pub fn dh(x942: bool, parameters: &[u8], y: &[u8]) -> Result<Self, Reject> {
        let p = super::dh::modulus(parameters)?;
        if number::bits(y) < 2 || !number::less(y, p) {
            return Err(Reject::OutOfRange);
        }
        Ok(Self::Dh {
            x942,
            parameters: parameters.to_vec(),
            p: p.to_vec(),
            y: trim_zeros(y).to_vec(),
        })
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

    /// Makes a composite key of its encoding.
    pub fn composite(set: CompositeSet, bytes: &[u8]) -> Result<Self, Reject> {
        let (ml_dsa, traditional) = bytes
            .split_at_checked(set.ml_dsa().bytes())
            .ok_or(Reject::BadLength)?;
        Ok(Self::Composite {
            set,
            ml_dsa: ml_dsa.to_vec(),
            traditional: Box::new(set.traditional().public(traditional)?),
        })
    }

    /// Returns algorithm and size, as shown to people: `RSA-2048`, `EC-P256`,
    /// `Ed25519`, `ML-DSA-65`.
    #[must_use]
    pub fn algorithm(&self) -> String {
        match self {
            Self::Rsa { .. } => format!("RSA-{}", self.bits()),
            Self::Ec { curve, .. } => format!("EC-{}", curve.name()),
            Self::EcExplicit { bits, .. } => format!("EC-explicit-{bits}"),
            Self::Dh { .. } => format!("DH-{}", self.bits()),
            Self::Okp { kind, .. } => kind.name().to_owned(),
            Self::Dsa { .. } => format!("DSA-{}", self.bits()),
            Self::Pq { set, .. } => set.name().to_owned(),
            Self::Composite { set, .. } => set.name().to_owned(),
        }
    }

    /// Returns the size in bits: of the modulus, of the field, or of an encoded
    /// post-quantum key; of a composite key that of its ML-DSA half.
    #[must_use]
    pub fn bits(&self) -> u32 {
        match self {
            Self::Rsa { n: number, .. }
            | Self::Dsa { p: number, .. }
            | Self::Dh { p: number, .. } => number::bits(number),
            Self::Ec { curve, .. } => curve.bits(),
            Self::EcExplicit { bits, .. } => *bits,
            Self::Okp { kind, .. } => kind.bits(),
            Self::Pq { bytes, .. } | Self::Composite { ml_dsa: bytes, .. } => {
                u32::try_from(bytes.len()).map_or(u32::MAX, |len| len * 8)
            }
        }
    }

    /// Whether the algorithm signs. Key agreement and encapsulation do not.
    #[must_use]
    pub const fn can_sign(&self) -> bool {
        !matches!(
            self,
            Self::Dh { .. }
                | Self::Okp {
                    kind: Okp::X25519 | Okp::X448,
                    ..
                }
                | Self::Pq {
                    set: PqSet::MlKem512 | PqSet::MlKem768 | PqSet::MlKem1024,
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
