//! AlgorithmIdentifier (RFC 5280 section 4.1.1.2) of public and private keys.
//!
//! ```text
//! AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
//! ECParameters ::= CHOICE { namedCurve OBJECT IDENTIFIER, implicitCurve NULL,
//!                           specifiedCurve SpecifiedECDomain }
//! SpecifiedECDomain ::= SEQUENCE { version INTEGER, fieldID SEQUENCE { type OID, prime INTEGER },
//!     curve SEQUENCE { a OCTET STRING, b OCTET STRING, seed BIT STRING OPTIONAL },
//!     base OCTET STRING, order INTEGER, cofactor INTEGER OPTIONAL, hash … OPTIONAL }
//! ```
//!
//! One key is written under several identifiers; what is read here is only what
//! the key itself depends on.

use crate::key::{Curve, Okp, PqSet, Reject};
use crate::wire::der::{self, Reader, Tlv};
use crate::wire::trim_zeros;

/// 1.2.840.113549.1.1.1, rsaEncryption.
pub(super) const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
/// 1.2.840.113549.1.1.7, id-RSAES-OAEP.
const RSA_OAEP: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x07];
/// 1.2.840.113549.1.1.10, id-RSASSA-PSS.
const RSA_PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A];
/// 1.2.840.10045.2.1, id-ecPublicKey.
pub(super) const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// 1.3.132.1.12, id-ecDH.
const EC_DH: &[u8] = &[0x2B, 0x81, 0x04, 0x01, 0x0C];
/// 1.2.840.10040.4.1, id-dsa.
pub(super) const DSA: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x01];
/// 1.2.840.10045.1.1, prime-field.
const PRIME_FIELD: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x01, 0x01];

/// The algorithm of a key, with the parameters that the key depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm<'a> {
    /// DSA; the parameters may be inherited from an issuer.
    Dsa(Option<DsaParameters<'a>>),
    /// A short Weierstrass curve, unless it is named elsewhere.
    Ec(Option<Curve>),
    /// An Edwards or Montgomery curve.
    Okp(Okp),
    /// A post-quantum parameter set.
    Pq(PqSet),
    /// RSA, under any of its identifiers.
    Rsa,
}

/// The parameters of a DSA key: big-endian, without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DsaParameters<'a> {
    /// The prime modulus.
    pub p: &'a [u8],
    /// The order of the generator.
    pub q: &'a [u8],
    /// The generator.
    pub g: &'a [u8],
}

impl<'a> Algorithm<'a> {
    /// Reads an AlgorithmIdentifier.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, Reject> {
        let mut fields = reader.sequence()?;
        let oid = fields.oid()?;
        match oid {
            RSA | RSA_PSS | RSA_OAEP => Ok(Self::Rsa),
            EC | EC_DH if fields.is_empty() => Ok(Self::Ec(None)),
            EC | EC_DH => curve(&fields.read_tlv()?).map(Self::Ec),
            DSA if matches!(fields.peek(), None | Some(der::NULL)) => Ok(Self::Dsa(None)),
            DSA => {
                let mut numbers = fields.sequence()?;
                let (p, q, g) = (numbers.integer()?, numbers.integer()?, numbers.integer()?);
                Ok(Self::Dsa(Some(DsaParameters { p, q, g })))
            }
            _ => Okp::from_oid(oid)
                .map(Self::Okp)
                .or_else(|| PqSet::from_oid(oid).map(Self::Pq))
                .ok_or(Reject::UnknownAlgorithm),
        }
    }
}

/// Returns the curve that ECParameters stand for: a name, or explicit numbers
/// that are those of a named curve. `implicitCurve` says nothing.
pub fn curve(parameters: &Tlv<'_>) -> Result<Option<Curve>, Reject> {
    match parameters.tag {
        der::NULL => Ok(None),
        der::OID => Curve::from_oid(parameters.value)
            .map(Some)
            .ok_or(Reject::UnknownAlgorithm),
        der::SEQUENCE => explicit_curve(Reader::new(parameters.value)).map(Some),
        _ => Err(Reject::BadTag),
    }
}

/// Returns the named curve with these numbers. The generator is compared whole
/// or, compressed, by x and parity: curves with a generator of somebody's choice
/// (CVE-2020-0601) are not the named one.
fn explicit_curve(mut fields: Reader<'_>) -> Result<Curve, Reject> {
    fields.small_int()?;
    let mut field = fields.sequence()?;
    if field.oid()? != PRIME_FIELD {
        return Err(Reject::UnknownAlgorithm);
    }
    let p = field.integer()?;
    let mut coefficients = fields.sequence()?;
    let (a, b) = (coefficients.octets()?, coefficients.octets()?);
    let base = fields.octets()?;
    let n = fields.integer()?;
    let same = |known: &[u8], number: &[u8]| trim_zeros(known) == trim_zeros(number);
    Curve::ALL
        .into_iter()
        .find(|curve| {
            let domain = curve.domain();
            let base_fits = match base {
                [4 | 6 | 7, xy @ ..] => xy.strip_prefix(domain.gx) == Some(domain.gy),
                [form @ (2 | 3), x @ ..] => {
                    x == domain.gx && domain.gy.last().is_some_and(|y| y & 1 == form & 1)
                }
                _ => false,
            };
            base_fits
                && same(domain.p, p)
                && same(domain.a, a)
                && same(domain.b, b)
                && same(domain.n, n)
        })
        .ok_or(Reject::UnknownAlgorithm)
}
