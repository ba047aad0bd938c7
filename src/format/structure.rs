//! ASN.1 structures that several formats share.

use crate::blob::{Candidate, Span};
use crate::key::{Curve, EcKey, Reject, RsaKey, RsaParts};
use crate::wire::der::{self, Reader};

/// Finds the SEQUENCE of a candidate: the whole of it, or the one whose
/// content begins at the trigger.
pub(super) fn sequence<'a>(candidate: &Candidate<'a>) -> Result<(Span, Reader<'a>), Reject> {
    let bytes = candidate.bytes;
    let span = match candidate.at {
        Some(at) => der::sequence_before(bytes, at).ok_or(Reject::NotThisFormat)?,
        None => 0..Reader::new(bytes).read_tlv()?.whole.len(),
    };
    let whole = bytes.get(span.clone()).ok_or(Reject::Truncated)?;
    Ok((span, Reader::new(whole).sequence()?))
}

/// RFC 8017 appendix A.1.2:
///
/// ```text
/// RSAPrivateKey ::= SEQUENCE { version (0: two primes, 1: more), n, e, d, p, q,
///     d mod (p-1), d mod (q-1), q^-1 mod p,
///     otherPrimeInfos SEQUENCE OF SEQUENCE { r, d mod (r-1), t } OPTIONAL }
/// ```
pub(super) fn rsa_private_key(mut fields: Reader<'_>) -> Result<RsaKey, Reject> {
    let version = fields.small_int().map_err(|_| Reject::NotThisFormat)?;
    if version > 1 {
        return Err(Reject::NotThisFormat);
    }
    let mut parts = RsaParts {
        n: fields.integer()?,
        e: fields.integer()?,
        d: fields.integer()?,
        p: fields.integer()?,
        q: fields.integer()?,
        dp: fields.integer()?,
        dq: fields.integer()?,
        qi: fields.integer()?,
        ..RsaParts::default()
    };
    if version == 1 {
        let mut infos = fields.sequence()?;
        while !infos.is_empty() {
            parts.others.push(infos.sequence()?.integer()?);
        }
    }
    Ok(RsaKey::new(&parts))
}

/// RFC 5915 section 3:
///
/// ```text
/// ECPrivateKey ::= SEQUENCE { version 1, privateKey OCTET STRING,
///     parameters [0] ECParameters OPTIONAL, publicKey [1] BIT STRING OPTIONAL }
/// ```
///
/// `curve` is what an outer AlgorithmIdentifier says; parameters inside win.
pub(super) fn ec_private_key(mut fields: Reader<'_>, curve: Option<Curve>) -> Result<EcKey, Reject> {
    if fields.small_int().map_err(|_| Reject::NotThisFormat)? != 1 {
        return Err(Reject::NotThisFormat);
    }
    let d = fields.octets()?;
    let mut curve = curve;
    if let Some(parameters) = fields.optional(der::context(0))? {
        curve = Some(ec_parameters(parameters)?);
    }
    let public = match fields.optional(der::context(1))? {
        Some(bits) => Some(Reader::new(bits).bits()?),
        None => None,
    };
    Ok(EcKey::new(curve, d, public))
}

/// Reads ECParameters (RFC 5480 section 2.1.1, X9.62 for the explicit form).
pub(super) fn ec_parameters(der: &[u8]) -> Result<Curve, Reject> {
    crate::identity::spki::curve_of_parameters(der)
}
