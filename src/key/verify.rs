//! Whether a public key verifies a token: the signatures of JWS (RFC 7518 sections
//! 3.3 to 3.5, RFC 8037, RFC 8812).
//!
//! Everything that is calculated with is public.

use ed25519_dalek::VerifyingKey;
use p256::elliptic_curve::ff::{Field as _, PrimeField as _};
use p256::elliptic_curve::group::{Curve as _, Group as _};
use p256::elliptic_curve::ops::{LinearCombination, Reduce};
use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{Curve, Okp, PublicKey, number};

/// DER of DigestInfo up to a SHA-256.
pub(super) const SHA256_PREFIX: [u8; 19] = Hash::Sha256.prefix();

/// A signature algorithm of tokens that a public key verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenAlgorithm {
    scheme: Scheme,
    hash: Hash,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
    Pkcs1,
    /// RSASSA-PSS (RFC 8017 section 8.1).
    Pss,
    /// ECDSA on a curve (SEC 1 section 4.1), both numbers at full width.
    Ecdsa(Curve),
    /// Ed25519 (RFC 8032).
    Edwards,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn of(self, message: &[&[u8]]) -> Vec<u8> {
        fn digest<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut digest = D::new();
            parts.iter().for_each(|part| digest.update(part));
            digest.finalize().to_vec()
        }
        match self {
            Self::Sha256 => digest::<Sha256>(message),
            Self::Sha384 => digest::<Sha384>(message),
            Self::Sha512 => digest::<Sha512>(message),
        }
    }

    /// Returns what stands before the hash in PKCS#1 (RFC 8017 section 9.2).
    const fn prefix(self) -> [u8; 19] {
        let (bytes, oid) = match self {
            Self::Sha256 => (32, 1),
            Self::Sha384 => (48, 2),
            Self::Sha512 => (64, 3),
        };
        [
            0x30,
            17 + bytes,
            0x30,
            13,
            6,
            9,
            0x60,
            0x86,
            0x48,
            1,
            0x65,
            3,
            4,
            2,
            oid,
            5,
            0,
            4,
            bytes,
        ]
    }
}

impl TokenAlgorithm {
    /// Returns the algorithm that a token's header calls so.
    #[must_use]
    pub fn from_name(alg: &str) -> Option<Self> {
        let (scheme, hash) = match alg {
            "RS256" => (Scheme::Pkcs1, Hash::Sha256),
            "RS384" => (Scheme::Pkcs1, Hash::Sha384),
            "RS512" => (Scheme::Pkcs1, Hash::Sha512),
            "PS256" => (Scheme::Pss, Hash::Sha256),
            "PS384" => (Scheme::Pss, Hash::Sha384),
            "PS512" => (Scheme::Pss, Hash::Sha512),
            "ES256" => (Scheme::Ecdsa(Curve::P256), Hash::Sha256),
            "ES384" => (Scheme::Ecdsa(Curve::P384), Hash::Sha384),
            "ES512" => (Scheme::Ecdsa(Curve::P521), Hash::Sha512),
            "ES256K" => (Scheme::Ecdsa(Curve::Secp256k1), Hash::Sha256),
            // Ed448 goes by the first name too, and is not verified.
            "EdDSA" | "Ed25519" => (Scheme::Edwards, Hash::Sha512),
            _ => return None,
        };
        Some(Self { scheme, hash })
    }
}

impl PublicKey {
    /// Whether the key can verify signatures of an algorithm at all.
    #[must_use]
    pub fn suits(&self, algorithm: TokenAlgorithm) -> bool {
        match (self, algorithm.scheme) {
            (Self::Rsa { .. }, Scheme::Pkcs1 | Scheme::Pss) => true,
            (Self::Ec { curve, .. }, Scheme::Ecdsa(wanted)) => *curve == wanted,
            (Self::Okp { kind, .. }, Scheme::Edwards) => *kind == Okp::Ed25519,
            _ => false,
        }
    }

    /// Whether the key verifies a signature.
    #[must_use]
    pub fn verifies(&self, algorithm: TokenAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        let hash = algorithm.hash;
        match (self, algorithm.scheme) {
            (Self::Rsa { n, e }, scheme) => opened(n, e, signature).is_some_and(|em| {
                let digest = hash.of(&[message]);
                match scheme {
                    Scheme::Pkcs1 => is_pkcs1(&em, hash, &digest),
                    Scheme::Pss => is_pss(&em, number::bits(n), hash, &digest),
                    _ => false,
                }
            }),
            (Self::Ec { curve, x, y }, Scheme::Ecdsa(wanted)) if *curve == wanted => {
                let digest = hash.of(&[message]);
                let verified = match curve {
                    Curve::P256 => ecdsa::<p256::NistP256>([x, y], &digest, signature),
                    Curve::P384 => ecdsa::<p384::NistP384>([x, y], &digest, signature),
                    Curve::P521 => ecdsa::<p521::NistP521>([x, y], &digest, signature),
                    Curve::Secp256k1 => ecdsa::<k256::Secp256k1>([x, y], &digest, signature),
                    _ => None,
                };
                verified == Some(true)
            }
            (Self::Okp { kind, bytes }, Scheme::Edwards) if *kind == Okp::Ed25519 => {
                let key = bytes.as_slice().try_into().ok();
                let key = key.and_then(|key| VerifyingKey::from_bytes(key).ok());
                let signature = signature.try_into().ok();
                key.zip(signature).is_some_and(|(key, bytes)| {
                    let signature = ed25519_dalek::Signature::from_bytes(bytes);
                    key.verify_strict(message, &signature).is_ok()
                })
            }
            _ => false,
        }
    }
}

/// Undoes an RSA signature: as many bytes as the modulus has.
fn opened(n: &[u8], e: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    if signature.len() != n.len() || !number::less(signature, n) {
        return None;
    }
    let bytes = number::power(signature, &number::value(e), n)?;
    Some(number::padded(&bytes, n.len())?.to_vec())
}

/// Whether it is the padded hash of RFC 8017 section 9.2.
fn is_pkcs1(em: &[u8], hash: Hash, digest: &[u8]) -> bool {
    let rest = em.strip_suffix(digest);
    let rest = rest.and_then(|rest| rest.strip_suffix(&hash.prefix()));
    let filled = |fill: &[u8]| fill.len() >= 8 && fill.iter().all(|b| *b == 0xff);
    matches!(rest, Some([0, 1, fill @ .., 0]) if filled(fill))
}

/// Whether it is the encoded hash of RFC 8017 section 9.1, with a salt of any length.
fn is_pss(em: &[u8], bits: u32, hash: Hash, digest: &[u8]) -> bool {
    let check = || {
        let bits = bits.checked_sub(1)?;
        // With a modulus of 8k+1 bits the first byte is not part of it.
        let em = match bits % 8 {
            0 => em.strip_prefix(&[0])?,
            _ => em,
        };
        let em = em.strip_suffix(&[0xbc])?;
        let (masked, told) = em.split_at_checked(em.len().checked_sub(digest.len())?)?;
        let mut db = Vec::with_capacity(masked.len() + digest.len());
        for counter in 0_u32.. {
            if db.len() >= masked.len() {
                break;
            }
            db.extend(hash.of(&[told, &counter.to_be_bytes()]));
        }
        db.iter_mut().zip(masked).for_each(|(d, m)| *d ^= m);
        db.truncate(masked.len());
        if let (Some(first), 1..) = (db.first_mut(), bits % 8) {
            *first &= 0xff >> (8 - bits % 8);
        }
        let one = db.iter().position(|b| *b != 0)?;
        let salt = db.get(one..)?.strip_prefix(&[1])?;
        Some(hash.of(&[&[0; 8], digest, salt]) == told)
    };
    check() == Some(true)
}

/// Verifies on one curve.
fn ecdsa<C>([x, y]: [&[u8]; 2], digest: &[u8], signature: &[u8]) -> Option<bool>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let point = [&[4], x, y].concat();
    let public = p256::elliptic_curve::PublicKey::<C>::from_sec1_bytes(&point).ok()?;
    let (r, s) = signature.split_at_checked(x.len())?;
    let scalar = |bytes: &[u8]| {
        let bytes = FieldBytes::<C>::try_from(bytes).ok()?;
        let scalar: Option<C::Scalar> = C::Scalar::from_repr(bytes).into();
        scalar.filter(|scalar| !bool::from(scalar.is_zero()))
    };
    let (r, s) = (scalar(r)?, scalar(s)?);
    // No hash of these algorithms is longer than its curve's order.
    let hash = number::padded(digest, x.len())?;
    let hash = FieldBytes::<C>::try_from(hash.as_slice()).ok()?;
    let hash = <C::Scalar as Reduce<FieldBytes<C>>>::reduce(&hash);
    let inverse: Option<C::Scalar> = p256::elliptic_curve::ff::Field::invert(&s).into();
    let inverse = inverse?;
    let terms = [
        (C::ProjectivePoint::generator(), hash * inverse),
        (C::ProjectivePoint::from(*public.as_affine()), r * inverse),
    ];
    let sum = <C::ProjectivePoint as LinearCombination<[(C::ProjectivePoint, C::Scalar); 2]>>::lincomb_vartime(&terms);
    if bool::from(sum.is_identity()) {
        return Some(false);
    }
    let x = sum.to_affine().x();
    Some(<C::Scalar as Reduce<FieldBytes<C>>>::reduce(&x) == r)
}
