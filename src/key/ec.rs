//! Private keys on short Weierstrass curves (SEC 1, RFC 5915).
//!
//! A private key is a number `d` from 1 to the order less one, its public half
//! the generator times `d`. Files often hold the public point as well, and some
//! (SEC 1 without parameters, raw scalars) do not name the curve.

use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytesSize, SecretKey};
use zeroize::Zeroizing;

use super::explicit::{self, Explicit};
use super::{Curve, PublicKey, Reject, number};

/// A private key on a short Weierstrass curve, as far as a file tells.
pub struct EcKey {
    /// The curve, when it is named.
    pub curve: Option<Curve>,
    /// The curve, when it is spelled out: DER of a `SpecifiedECDomain`. It may be
    /// that of a named curve.
    pub parameters: Option<Vec<u8>>,
    /// The private number, big-endian, of any width.
    pub d: Zeroizing<Vec<u8>>,
    /// The public point (SEC 1 section 2.3.3), when it is stored.
    pub public: Option<Vec<u8>>,
    /// The chain code of BIP-32, where the key is the root of a wallet.
    pub chain: Option<Zeroizing<Vec<u8>>>,
}

impl EcKey {
    /// Checks the key and derives its public half.
    ///
    /// Where neither the curve nor the point is known, several curves of one
    /// size are possible; this returns the most common of them, and
    /// [`EcKey::possible`] all.
    pub fn check(&self) -> Result<PublicKey, Reject> {
        if let Some(curve) = self.curve {
            return self.check_on(curve);
        }
        if let Some(parameters) = &self.parameters {
            let explicit = Explicit::read(parameters)?;
            return match explicit.named() {
                Some(curve) => self.check_on(curve),
                None => self.check_spelled_out(&explicit, parameters),
            };
        }
        let mut reject = Reject::UnknownAlgorithm;
        for curve in self.curves() {
            match self.check_on(curve) {
                Ok(public) => return Ok(public),
                Err(error) => reject = error,
            }
        }
        Err(reject)
    }

    /// Returns the public half on every curve that the stored numbers allow.
    #[must_use]
    pub fn possible(&self) -> Vec<PublicKey> {
        match (self.curve, &self.parameters) {
            (Some(_), _) | (_, Some(_)) => self.check().into_iter().collect(),
            (None, None) => {
                // Some curves have two names; the first is the common one.
                let mut publics: Vec<PublicKey> = Vec::new();
                for public in self.curves().filter_map(|curve| self.check_on(curve).ok()) {
                    if !publics.iter().any(|known| is_same_point(known, &public)) {
                        publics.push(public);
                    }
                }
                publics
            }
        }
    }

    /// Returns the parameters of a curve that is spelled out, in one form.
    #[must_use]
    pub fn spelled_out(&self) -> Option<Vec<u8>> {
        explicit::rewritten(self.parameters.as_ref()?).ok()
    }

    /// Returns the curves that the lengths allow, the most common first. The
    /// point is as long as its curve says; of the number, some writers drop
    /// leading zeros or add one, so that only its value can be too large.
    fn curves(&self) -> impl Iterator<Item = Curve> {
        let width = match self.public.as_deref() {
            Some([2 | 3, x @ ..]) => x.len(),
            Some([4 | 6 | 7, xy @ ..]) => xy.len() / 2,
            _ => self.d.len().max(number::bits(&self.d).div_ceil(8) as usize),
        };
        // Of the rare ones only a stored point can tell.
        let is_proven = self.public.is_some();
        Curve::every()
            .take(if is_proven {
                usize::MAX
            } else {
                Curve::ALL.len()
            })
            .filter(move |curve| curve.bytes() == width)
    }

    /// Checks the key on one curve.
    fn check_on(&self, curve: Curve) -> Result<PublicKey, Reject> {
        // The order of a rare curve may be longer than its field.
        let width = curve.bytes().max(curve.domain().n.len());
        let d = number::padded(&self.d, width).ok_or(Reject::OutOfRange)?;
        let derived = match curve {
            Curve::P256 => derive::<p256::NistP256>(curve, &d)?,
            Curve::P384 => derive::<p384::NistP384>(curve, &d)?,
            Curve::P521 => derive::<p521::NistP521>(curve, &d)?,
            Curve::Secp256k1 => derive::<k256::Secp256k1>(curve, &d)?,
            _ => {
                let (x, y) = explicit::times(&curve.domain(), curve.is_binary(), &d)
                    .ok_or(Reject::OutOfRange)?;
                PublicKey::Ec { curve, x, y }
            }
        };
        let PublicKey::Ec { x, y, .. } = &derived else {
            return Err(Reject::Unsupported);
        };
        match self.public.as_deref() {
            Some(point) if !is_point(x, y, curve.is_binary(), point) => Err(Reject::Inconsistent),
            _ => Ok(derived),
        }
    }

    /// Checks the key on a curve that has no name.
    fn check_spelled_out(
        &self,
        explicit: &Explicit<'_>,
        parameters: &[u8],
    ) -> Result<PublicKey, Reject> {
        let (x, y) = explicit.generator_times(&self.d)?;
        match self.public.as_deref() {
            Some(point) if !is_point(&x, &y, explicit.is_binary(), point) => {
                Err(Reject::Inconsistent)
            }
            _ => Ok(PublicKey::EcExplicit {
                parameters: explicit::rewritten(parameters)?,
                bits: explicit.bits(),
                x,
                y,
            }),
        }
    }
}

/// Derives the public half by the curve's own crate.
fn derive<C>(curve: Curve, d: &[u8]) -> Result<PublicKey, Reject>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let secret = SecretKey::<C>::from_slice(d).map_err(|_| Reject::OutOfRange)?;
    let point = secret.public_key().to_sec1_point(false);
    let coordinates = point.as_bytes().get(1..).ok_or(Reject::OutOfRange)?;
    let (x, y) = coordinates
        .split_at_checked(curve.bytes())
        .ok_or(Reject::OutOfRange)?;
    Ok(PublicKey::Ec {
        curve,
        x: x.to_vec(),
        y: y.to_vec(),
    })
}

/// Whether two keys have the same coordinates, on whatever curves.
fn is_same_point(left: &PublicKey, right: &PublicKey) -> bool {
    match (left, right) {
        (PublicKey::Ec { x, y, .. }, PublicKey::Ec { x: x2, y: y2, .. }) => x == x2 && y == y2,
        _ => false,
    }
}

/// Whether these bytes encode this point. Comparing, rather than decoding the bytes
/// first, saves the square root of a compressed point. In a binary field the last
/// bit of the form is not y's parity, and is not compared.
fn is_point(x: &[u8], y: &[u8], is_binary: bool, point: &[u8]) -> bool {
    let parity = y.last().map_or(0, |last| last & 1);
    match point {
        [form @ (2 | 3), rest @ ..] => rest == x && (is_binary || form & 1 == parity),
        [4, rest @ ..] => rest.strip_prefix(x) == Some(y),
        [form @ (6 | 7), rest @ ..] => {
            rest.strip_prefix(x) == Some(y) && (is_binary || form & 1 == parity)
        }
        _ => false,
    }
}
