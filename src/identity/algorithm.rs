//! AlgorithmIdentifier (RFC 5280 section 4.1.1.2) of public and private keys.
//!
//! ```text
//! AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
//! ECParameters ::= CHOICE { namedCurve OBJECT IDENTIFIER, implicitCurve NULL,
//!                           specifiedCurve SpecifiedECDomain }
//! DHParameter ::= SEQUENCE { p INTEGER, g INTEGER, privateValueLength INTEGER OPTIONAL }   PKCS#3
//! DomainParameters ::= SEQUENCE { p INTEGER, g INTEGER, q INTEGER, … }                     RFC 3279
//! ```
//!
//! One key is written under several identifiers; what is read here is only what
//! the key itself depends on.

use crate::key::{CompositeSet, Curve, Okp, PqSet, Reject};
use crate::wire::der::{self, Reader, Tlv};

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
/// 1.2.840.113549.1.3.1, dhKeyAgreement (PKCS#3).
pub(super) const DH: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x03, 0x01];
/// 1.2.840.10046.2.1, dhpublicnumber (X9.42).
pub(super) const DH_X942: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3E, 0x02, 0x01];
/// 1.3.6.1.4.1.11591.15.1, Ed25519 of GnuPG, which RFC 8410 has replaced.
pub(crate) const GNU_ED25519: &[u8] = &[0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01];

/// The algorithm of a key, with the parameters that the key depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm<'a> {
    /// ML-DSA with a traditional algorithm.
    Composite(CompositeSet),
    /// DSA; the parameters may be inherited from an issuer.
    Dsa(Option<DsaParameters<'a>>),
    /// Diffie-Hellman of numbers.
    Dh(DhParameters<'a>),
    /// A short Weierstrass curve, unless it is named elsewhere.
    Ec(Option<EcParameters<'a>>),
    /// An Edwards or Montgomery curve.
    Okp(Okp),
    /// A post-quantum parameter set.
    Pq(PqSet),
    /// RSA, under any of its identifiers.
    Rsa,
}

/// The curve of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EcParameters<'a> {
    /// By its name.
    Named(Curve),
    /// By its numbers: DER of the `SpecifiedECDomain`.
    Explicit(&'a [u8]),
}

/// The parameters of a Diffie-Hellman key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DhParameters<'a> {
    /// Whether they are those of X9.42, with the order of the generator.
    pub x942: bool,
    /// DER of the SEQUENCE.
    pub der: &'a [u8],
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
            GNU_ED25519 => Ok(Self::Okp(Okp::Ed25519)),
            DSA if matches!(fields.peek(), None | Some(der::NULL)) => Ok(Self::Dsa(None)),
            DH | DH_X942 => {
                let parameters = fields.read_tlv()?;
                if parameters.tag != der::SEQUENCE {
                    return Err(Reject::BadTag);
                }
                Ok(Self::Dh(DhParameters {
                    x942: oid == DH_X942,
                    der: parameters.whole,
                }))
            }
            DSA => {
                let mut numbers = fields.sequence()?;
                let (p, q, g) = (numbers.integer()?, numbers.integer()?, numbers.integer()?);
                Ok(Self::Dsa(Some(DsaParameters { p, q, g })))
            }
            _ => Okp::from_oid(oid)
                .map(Self::Okp)
                .or_else(|| PqSet::from_oid(oid).map(Self::Pq))
                .or_else(|| CompositeSet::from_oid(oid).map(Self::Composite))
                .ok_or(Reject::UnknownAlgorithm),
        }
    }
}

/// Returns what ECParameters stand for: a name, or numbers. `implicitCurve` says
/// nothing.
pub fn curve<'a>(parameters: &Tlv<'a>) -> Result<Option<EcParameters<'a>>, Reject> {
    match parameters.tag {
        der::NULL => Ok(None),
        der::OID => Curve::from_oid(parameters.value)
            .map(|curve| Some(EcParameters::Named(curve)))
            .ok_or(Reject::UnknownAlgorithm),
        der::SEQUENCE => Ok(Some(EcParameters::Explicit(parameters.whole))),
        _ => Err(Reject::BadTag),
    }
}
