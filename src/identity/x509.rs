//! X.509 certificates (RFC 5280 section 4.1), only as deep as the key lies.
//!
//! ```text
//! Certificate ::= SEQUENCE { tbsCertificate SEQUENCE {
//!     version [0] OPTIONAL, serialNumber INTEGER, signature, issuer, validity, subject: SEQUENCE,
//!     subjectPublicKeyInfo SEQUENCE, … }, signatureAlgorithm, signatureValue }
//! ```
//!
//! Nothing is verified: a certificate serves to name a key, not to trust it.

use sha2::{Digest as _, Sha256};

use super::spki;
use crate::key::{PublicKey, Reject};
use crate::wire::der::{self, Reader};
use crate::wire::hex;

/// What a certificate says of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The subject's key.
    pub public: PublicKey,
    /// SHA-256 of the certificate, in hexadecimal: `x5t-s256` of an inventory.
    pub x5t_s256: String,
}

/// Reads a certificate in DER; bytes after it are left alone.
pub fn parse(certificate: &[u8]) -> Result<Certificate, Reject> {
    let whole = Reader::new(certificate).read_tlv()?;
    if whole.tag != der::SEQUENCE {
        return Err(Reject::BadTag);
    }
    let mut fields = Reader::new(whole.value).sequence()?;
    fields.optional(der::context(0))?;
    fields.expect(der::INTEGER)?;
    // Signature, issuer, validity, subject.
    for _ in 0..4 {
        fields.sequence()?;
    }
    let public = spki::read(&mut fields)?;
    Ok(Certificate {
        public,
        x5t_s256: hex::encode(&Sha256::digest(whole.whole)),
    })
}
