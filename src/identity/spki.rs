//! SubjectPublicKeyInfo (RFC 5280 section 4.1): the first fingerprint is over it.
//!
//! ```text
//! SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
//! ```
//!
//! One key has one normalised form here, whatever it was found in: RSA as
//! rsaEncryption with NULL (also when it came as RSASSA-PSS), EC as a named curve
//! with an uncompressed point, and with its parameters only where no named curve has
//! them, Diffie-Hellman with its parameters as they were written, Edwards, Montgomery and post-quantum keys without
//! parameters (RFC 8410, RFC 9881, RFC 9909), composite ones (draft-ietf-lamps-pq-composite-sigs) as both
//! keys one behind the other, DSA with its parameters (RFC 3279).

use super::algorithm::{self, Algorithm, EcParameters};
use crate::key::{PublicKey, Reject};
use crate::wire::der::Reader;
use crate::wire::writer::DerWriter;

/// Encodes a key in its normalised form.
#[must_use]
pub fn encode(key: &PublicKey) -> Vec<u8> {
    let mut der = DerWriter::new();
    der.sequence(|der| {
        der.sequence(|der| match key {
            PublicKey::Rsa { .. } => {
                der.oid(algorithm::RSA).null();
            }
            PublicKey::Ec { curve, .. } => {
                der.oid(algorithm::EC).oid(curve.oid());
            }
            PublicKey::EcExplicit { parameters, .. } => {
                der.oid(algorithm::EC).raw(parameters);
            }
            PublicKey::Dh {
                x942, parameters, ..
            } => {
                let oid = if *x942 {
                    algorithm::DH_X942
                } else {
                    algorithm::DH
                };
                der.oid(oid).raw(parameters);
            }
            PublicKey::Okp { kind, .. } => {
                der.oid(kind.oid());
            }
            PublicKey::Dsa { p, q, g, .. } => {
                der.oid(algorithm::DSA).sequence(|der| {
                    der.integer(p).integer(q).integer(g);
                });
            }
            PublicKey::Pq { set, .. } => {
                der.oid(&set.oid());
            }
            PublicKey::Composite { set, .. } => {
                der.oid(&set.oid());
            }
        });
        der.bits(&key_bits(key));
    });
    der.finish()
}

/// Encodes an EC key with the curve spelled out, as it was seen: what tools make of a
/// private key whose file says it so.
#[must_use]
pub fn encode_as_seen(key: &PublicKey, parameters: &[u8]) -> Vec<u8> {
    let mut der = DerWriter::new();
    der.sequence(|der| {
        der.sequence(|der| {
            der.oid(algorithm::EC).raw(parameters);
        });
        der.bits(&key_bits(key));
    });
    der.finish()
}

/// Returns the content of `subjectPublicKey`, which the subject key identifier
/// (RFC 5280 section 4.2.1.2, method 1) is the SHA-1 of.
#[must_use]
pub fn key_bits(key: &PublicKey) -> Vec<u8> {
    let mut der = DerWriter::new();
    match key {
        PublicKey::Rsa { n, e } => {
            der.sequence(|der| {
                der.integer(n).integer(e);
            });
        }
        PublicKey::Dsa { y, .. } | PublicKey::Dh { y, .. } => {
            der.integer(y);
        }
        PublicKey::Ec { x, y, .. } | PublicKey::EcExplicit { x, y, .. } => {
            return [&[4], x.as_slice(), y.as_slice()].concat();
        }
        PublicKey::Okp { bytes, .. } | PublicKey::Pq { bytes, .. } => return bytes.clone(),
        PublicKey::Composite {
            ml_dsa,
            traditional,
            ..
        } => return [ml_dsa.as_slice(), &key_bits(traditional)].concat(),
    }
    der.finish()
}

/// Reads a SubjectPublicKeyInfo; bytes after it are left alone.
pub fn parse(der: &[u8]) -> Result<PublicKey, Reject> {
    read(&mut Reader::new(der))
}

/// Reads the SubjectPublicKeyInfo that a reader stands at.
pub fn read(reader: &mut Reader<'_>) -> Result<PublicKey, Reject> {
    let mut fields = reader.sequence()?;
    let algorithm = Algorithm::read(&mut fields)?;
    let bits = fields.bits()?;
    match algorithm {
        Algorithm::Rsa => rsa(bits),
        Algorithm::Ec(None) => Err(Reject::Incomplete),
        Algorithm::Ec(Some(EcParameters::Named(curve))) => PublicKey::ec_point(curve, bits),
        Algorithm::Ec(Some(EcParameters::Explicit(parameters))) => {
            PublicKey::ec_explicit(parameters, bits)
        }
        Algorithm::Dh(parameters) => PublicKey::dh(
            parameters.x942,
            parameters.der,
            Reader::new(bits).integer()?,
        ),
        Algorithm::Okp(kind) => PublicKey::okp(kind, bits),
        Algorithm::Dsa(parameters) => {
            let parameters = parameters.ok_or(Reject::Incomplete)?;
            let y = Reader::new(bits).integer()?;
            PublicKey::dsa(parameters.p, parameters.q, parameters.g, y)
        }
        Algorithm::Pq(set) => PublicKey::pq(set, bits),
        Algorithm::Composite(set) => PublicKey::composite(set, bits),
    }
}

/// Reads an RSAPublicKey (RFC 8017 appendix A.1.1), as `RSA PUBLIC KEY` holds it.
pub fn rsa(der: &[u8]) -> Result<PublicKey, Reject> {
    let mut fields = Reader::new(der).sequence()?;
    let (n, e) = (fields.integer()?, fields.integer()?);
    PublicKey::rsa(n, e)
}
