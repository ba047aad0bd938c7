//! The integrity check of a PKCS#12 file, which tells a right password before
//! anything is decrypted.
//!
//! ```text
//! MacData ::= SEQUENCE { mac SEQUENCE { digestAlgorithm, digest OCTET STRING },
//!     macSalt OCTET STRING, iterations INTEGER DEFAULT 1 }   -- RFC 7292 section 4
//! PBMAC1-params ::= SEQUENCE { PBKDF2, HMAC }                 -- RFC 9579, in digestAlgorithm
//! ```

use super::kdf::{self, Hash, MAX_SALT_BYTES, Purpose};
use super::scheme;
use super::{TrialBudget, Word};
use crate::key::Reject;
use crate::wire::der::Reader;

/// Longest key of PBMAC1, in bytes: that of HMAC-SHA512, twice.
const MAX_KEY_BYTES: u64 = 128;

/// An integrity check with its parameters.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Mac<'a> {
    hash: Hash,
    digest: &'a [u8],
    salt: &'a [u8],
    iterations: u32,
    /// PRF and key length of PBMAC1; otherwise the derivation of PKCS#12.
    pbkdf2: Option<(Hash, usize)>,
}

impl<'a> Mac<'a> {
    /// Reads the content of a MacData.
    pub fn read(mut fields: Reader<'a>) -> Result<Self, Reject> {
        let mut info = fields.sequence()?;
        let mut algorithm = info.sequence()?;
        let digest = info.octets()?;
        let oid = algorithm.oid()?;
        let mac = if scheme::is_pbmac1(oid) {
            let mut parameters = algorithm.sequence()?;
            let mut derivation = parameters.sequence()?;
            let hash = scheme::hmac_hash(parameters.sequence()?.oid()?)?;
            let kdf = derivation.oid()?;
            let (prf, salt, iterations, length) =
                scheme::pbkdf2_parameters(kdf, &mut derivation.sequence()?)?;
            let length = length.unwrap_or(hash.bytes() as u64);
            let bytes = usize::try_from(length.min(MAX_KEY_BYTES + 1)).unwrap_or(0);
            if !(1..=MAX_KEY_BYTES).contains(&length) {
                return Err(Reject::OutOfRange);
            }
            Self {
                hash,
                digest,
                salt,
                iterations,
                pbkdf2: Some((prf, bytes)),
            }
        } else {
            let hash = scheme::digest_hash(oid)?;
            let salt = fields.octets()?;
            let iterations = if fields.is_empty() {
                1
            } else {
                fields.small_int()?
            };
            let iterations = u32::try_from(iterations)
                .map_err(|_| Reject::TooLarge)?
                .max(1);
            Self {
                hash,
                digest,
                salt,
                iterations,
                pbkdf2: None,
            }
        };
        if mac.salt.len() > MAX_SALT_BYTES || mac.digest.len() != mac.hash.bytes() {
            return Err(Reject::OutOfRange);
        }
        Ok(mac)
    }

    /// Returns what one trial over so many bytes costs.
    fn units(&self, bytes: usize) -> u64 {
        let derivation = match self.pbkdf2 {
            Some((prf, length)) => kdf::pbkdf2_units(prf, self.iterations, length),
            None => kdf::pkcs12_units(self.hash, self.iterations, self.hash.bytes()),
        };
        derivation + self.hash.data_units(bytes)
    }

    /// Returns the first word that the check accepts.
    #[must_use]
    pub fn word(&self, data: &[u8], budget: &mut TrialBudget) -> Option<Word> {
        let found = budget.first(self.units(data.len()), &(self, data), |word| {
            self.accepts(word.text(), data).then_some(())
        });
        found.map(|((), word)| word)
    }

    fn accepts(&self, word: &str, data: &[u8]) -> bool {
        let is_right = |key: &[u8]| {
            self.hash
                .hmac(key, data)
                .is_some_and(|mac| mac == self.digest)
        };
        let derive = |password: &[u8]| {
            let bytes = self.hash.bytes();
            kdf::pkcs12(
                self.hash,
                Purpose::Integrity,
                password,
                self.salt,
                self.iterations,
                bytes,
            )
        };
        match self.pbkdf2 {
            Some((prf, bytes)) => is_right(&kdf::pbkdf2(
                prf,
                word.as_bytes(),
                self.salt,
                self.iterations,
                bytes,
            )),
            // The empty password has two encodings; the second is off the books.
            None => {
                is_right(&derive(&kdf::bmp(word))) || (word.is_empty() && is_right(&derive(&[])))
            }
        }
    }
}
