//! AlgorithmIdentifiers of password-based encryption.
//!
//! ```text
//! PBES1   (RFC 8018 A.3)     1.2.840.113549.1.5.{1,3,4,6,10,11}  { salt, iterations }
//! PBES2   (RFC 8018 A.4)     1.2.840.113549.1.5.13               { KDF, cipher }
//!   PBKDF2 (A.2)             1.2.840.113549.1.5.12               { salt, iterations, keyLength?, PRF? }
//!   scrypt (RFC 7914 § 7)    1.3.6.1.4.1.11591.4.11              { salt, N, r, p, keyLength? }
//! PKCS#12 (RFC 7292 C)       1.2.840.113549.1.12.1.{1–6}         { salt, iterations }
//! JCEKS   (Sun)              1.3.6.1.4.1.42.2.19.1               { salt, iterations }
//! ```
//!
//! MD2, AES-GCM and ciphers that no key container has been seen with are not
//! read: what they protect stays shut.

use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::kdf::{self, Derived, Hash, MAX_SALT_BYTES, Purpose, Scrypt};
use super::{Opened, TrialBudget, Word, legacy};
use crate::key::Reject;
use crate::wire::der::{self, Reader};

/// PKCS#5 schemes (RFC 8018 appendix A): 1.2.840.113549.1.5.
pub(crate) const PKCS5: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05];
/// PKCS#12 schemes (RFC 7292 appendix C): 1.2.840.113549.1.12.1.
pub(crate) const PKCS12: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x01];
/// 1.2.840.113549.2.
const DIGESTS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02];
/// 1.2.840.113549.3.
const CIPHERS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x03];
/// 2.16.840.1.101.3.4.1.
const AES: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01];
/// 2.16.840.1.101.3.4.2.
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
/// 1.3.14.3.2.7.
const DES_CBC: &[u8] = &[0x2B, 0x0E, 0x03, 0x02, 0x07];
/// 1.3.14.3.2.26.
const SHA1: &[u8] = &[0x2B, 0x0E, 0x03, 0x02, 0x1A];
/// 1.3.6.1.4.1.11591.4.11.
const SCRYPT: &[u8] = &[0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x04, 0x0B];
/// 1.3.6.1.4.1.42.2.19.1, PBEWithMD5AndTripleDES of Sun.
const JCEKS: &[u8] = &[0x2B, 0x06, 0x01, 0x04, 0x01, 0x2A, 0x02, 0x13, 0x01];

/// A scheme with its parameters, as the file states them.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Scheme<'a> {
    cipher: Cipher,
    kdf: Kdf<'a>,
    salt: &'a [u8],
}

#[derive(Clone, Copy, Debug, Hash)]
enum Kdf<'a> {
    Pbkdf1 {
        hash: Hash,
        iterations: u32,
    },
    Pbkdf2 {
        hash: Hash,
        iterations: u32,
        iv: &'a [u8],
    },
    Scrypt {
        parameters: Scrypt,
        iv: &'a [u8],
    },
    Pkcs12 {
        iterations: u32,
    },
    Java {
        iterations: u32,
    },
}

impl<'a> Scheme<'a> {
    /// Reads an AlgorithmIdentifier. [`Reject::UnknownAlgorithm`] and
    /// [`Reject::TooLarge`] mean that it may well be one, but cannot be tried.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, Reject> {
        let mut fields = reader.sequence()?;
        let oid = fields.oid()?;
        let mut parameters = fields.sequence()?;
        let scheme = match oid {
            JCEKS => {
                let (salt, iterations) = salted(&mut parameters)?;
                let kdf = Kdf::Java { iterations };
                Self {
                    cipher: Cipher::Tdes3,
                    kdf,
                    salt,
                }
            }
            _ => match (oid.strip_prefix(PKCS5), oid.strip_prefix(PKCS12)) {
                (Some([13]), _) => pbes2(&mut parameters)?,
                (Some([number]), _) => {
                    let (cipher, hash) = match number {
                        3 => (Cipher::Des, Hash::Md5),
                        6 => (Cipher::Rc2 { key: 8, bits: 64 }, Hash::Md5),
                        10 => (Cipher::Des, Hash::Sha1),
                        11 => (Cipher::Rc2 { key: 8, bits: 64 }, Hash::Sha1),
                        _ => return Err(Reject::UnknownAlgorithm),
                    };
                    let (salt, iterations) = salted(&mut parameters)?;
                    let kdf = Kdf::Pbkdf1 { hash, iterations };
                    Self { cipher, kdf, salt }
                }
                (_, Some([number])) => {
                    let cipher = match number {
                        1 => Cipher::Rc4(16),
                        2 => Cipher::Rc4(5),
                        3 => Cipher::Tdes3,
                        4 => Cipher::Tdes2,
                        5 => Cipher::Rc2 { key: 16, bits: 128 },
                        6 => Cipher::Rc2 { key: 5, bits: 40 },
                        _ => return Err(Reject::UnknownAlgorithm),
                    };
                    let (salt, iterations) = salted(&mut parameters)?;
                    let kdf = Kdf::Pkcs12 { iterations };
                    Self { cipher, kdf, salt }
                }
                _ => return Err(Reject::UnknownAlgorithm),
            },
        };
        if scheme.salt.len() > MAX_SALT_BYTES {
            return Err(Reject::TooLarge);
        }
        Ok(scheme)
    }

    /// Returns the scheme of a key of Bouncy Castle's BKS: 3DES with the
    /// derivation of PKCS#12.
    #[must_use]
    pub fn of_bks(salt: &'a [u8], iterations: u32) -> Option<Self> {
        let fits = salt.len() <= MAX_SALT_BYTES && iterations > 0;
        fits.then_some(Self {
            cipher: Cipher::Tdes3,
            kdf: Kdf::Pkcs12 { iterations },
            salt,
        })
    }

    /// Reads the parameters of a secret key in a JCEKS, whose scheme is named
    /// beside them.
    pub fn of_jceks(parameters: &'a [u8]) -> Result<Self, Reject> {
        let (salt, iterations) = salted(&mut Reader::new(parameters).sequence()?)?;
        let kdf = Kdf::Java { iterations };
        Ok(Self {
            cipher: Cipher::Tdes3,
            kdf,
            salt,
        })
    }

    /// Whether so many encrypted bytes are whole blocks of the cipher.
    #[must_use]
    pub fn is_whole(&self, bytes: usize) -> bool {
        // In CBC the vector is a block; a stream cipher has neither.
        let block = self.cipher.iv_bytes().max(1);
        bytes > 0 && bytes.is_multiple_of(block)
    }

    /// Returns what one trial costs.
    #[must_use]
    pub fn units(&self) -> u64 {
        let key = self.cipher.key_bytes();
        match self.kdf {
            Kdf::Pbkdf1 { hash, iterations } => kdf::pbkdf1_units(hash, iterations),
            Kdf::Pbkdf2 {
                hash, iterations, ..
            } => kdf::pbkdf2_units(hash, iterations, key),
            Kdf::Scrypt { parameters, .. } => parameters.units(),
            Kdf::Pkcs12 { iterations } => {
                let vector = self.cipher.iv_bytes();
                kdf::pkcs12_units(Hash::Sha1, iterations, key)
                    + kdf::pkcs12_units(Hash::Sha1, iterations, vector)
            }
            Kdf::Java { iterations } => legacy::java_units(iterations),
        }
    }

    /// Decrypts with one word. `fits` looks at the plain bytes, since one wrong
    /// key in 256 leaves a right padding.
    fn open_with(
        &self,
        word: &Word,
        data: &[u8],
        fits: fn(&[u8]) -> bool,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let text = word.text();
        let decrypt = |(key, iv): (Derived, Derived)| {
            self.cipher
                .decrypt(&key, &iv, data)
                .filter(|plain| fits(plain))
        };
        let vector = |iv: &[u8]| Zeroizing::new(iv.to_vec());
        let key_bytes = self.cipher.key_bytes();
        match self.kdf {
            Kdf::Pbkdf1 { hash, iterations } => {
                let both = kdf::pbkdf1(hash, text.as_bytes(), self.salt, iterations);
                let key = Zeroizing::new(both.get(..8)?.to_vec());
                decrypt((key, vector(both.get(8..16)?)))
            }
            Kdf::Pbkdf2 {
                hash,
                iterations,
                iv,
            } => {
                let key = kdf::pbkdf2(hash, text.as_bytes(), self.salt, iterations, key_bytes);
                decrypt((key, vector(iv)))
            }
            Kdf::Scrypt { parameters, iv } => {
                let key = parameters.derive(text.as_bytes(), self.salt, key_bytes)?;
                decrypt((key, vector(iv)))
            }
            Kdf::Pkcs12 { iterations } => {
                let derive = |purpose, password: &[u8], bytes| {
                    kdf::pkcs12(Hash::Sha1, purpose, password, self.salt, iterations, bytes)
                };
                let both = |password: &[u8]| {
                    let key = derive(Purpose::Key, password, key_bytes);
                    (
                        key,
                        derive(Purpose::Vector, password, self.cipher.iv_bytes()),
                    )
                };
                let opened = decrypt(both(&kdf::bmp(text)));
                // The other encoding of the empty password, off the books.
                opened.or_else(|| text.is_empty().then(|| decrypt(both(&[]))).flatten())
            }
            Kdf::Java { iterations } => {
                decrypt(legacy::java_key_and_vector(text, self.salt, iterations)?)
            }
        }
    }

    /// Decrypts with a word that was proven right elsewhere.
    #[must_use]
    pub fn open_known(
        &self,
        word: &Word,
        data: &[u8],
        fits: fn(&[u8]) -> bool,
        budget: &mut TrialBudget,
    ) -> Option<Opened> {
        let bytes = budget
            .take_known(self.units())
            .then(|| self.open_with(word, data, fits))??;
        let word = word.clone();
        Some(Opened { bytes, word })
    }

    /// Tries the budget's words.
    #[must_use]
    pub fn open(
        &self,
        data: &[u8],
        fits: fn(&[u8]) -> bool,
        budget: &mut TrialBudget,
    ) -> Option<Opened> {
        let found = budget.first(self.units(), &(self, data, fits), |word| {
            self.open_with(word, data, fits)
        });
        found.map(|(bytes, word)| Opened { bytes, word })
    }
}

/// Reads `{ salt OCTET STRING, iterations INTEGER }`.
fn salted<'a>(parameters: &mut Reader<'a>) -> Result<(&'a [u8], u32), Reject> {
    Ok((parameters.octets()?, iterations(parameters)?))
}

fn iterations(parameters: &mut Reader<'_>) -> Result<u32, Reject> {
    let count = u32::try_from(parameters.small_int()?).map_err(|_| Reject::TooLarge)?;
    if count == 0 {
        Err(Reject::OutOfRange)
    } else {
        Ok(count)
    }
}

fn pbes2<'a>(parameters: &mut Reader<'a>) -> Result<Scheme<'a>, Reject> {
    let mut derivation = parameters.sequence()?;
    let mut encryption = parameters.sequence()?;
    let (cipher, iv) = cipher(&mut encryption)?;
    let oid = derivation.oid()?;
    let mut fields = derivation.sequence()?;
    if oid == SCRYPT {
        let salt = fields.octets()?;
        let (n, r, p) = (
            fields.small_int()?,
            fields.small_int()?,
            fields.small_int()?,
        );
        let parameters = Scrypt::new(n, r, p).ok_or(Reject::TooLarge)?;
        let kdf = Kdf::Scrypt { parameters, iv };
        return Ok(Scheme { cipher, kdf, salt });
    }
    let (hash, salt, iterations, _) = pbkdf2_parameters(oid, &mut fields)?;
    let kdf = Kdf::Pbkdf2 {
        hash,
        iterations,
        iv,
    };
    Ok(Scheme { cipher, kdf, salt })
}

/// Reads the parameters of PBKDF2 behind its identifier: PRF, salt, iterations
/// and the length of the key where it is stated.
pub(super) fn pbkdf2_parameters<'a>(
    oid: &[u8],
    fields: &mut Reader<'a>,
) -> Result<(Hash, &'a [u8], u32, Option<u64>), Reject> {
    if oid.strip_prefix(PKCS5) != Some(&[12]) {
        return Err(Reject::UnknownAlgorithm);
    }
    let (salt, iterations) = salted(fields)?;
    let length = match fields.peek() {
        Some(der::INTEGER) => Some(fields.small_int()?),
        _ => None,
    };
    let hash = match fields.peek() {
        Some(der::SEQUENCE) => hmac_hash(fields.sequence()?.oid()?)?,
        _ => Hash::Sha1,
    };
    Ok((hash, salt, iterations, length))
}

/// Returns the hash of an HMAC's identifier (RFC 8018 B.1.2).
pub(super) fn hmac_hash(oid: &[u8]) -> Result<Hash, Reject> {
    match oid.strip_prefix(DIGESTS) {
        Some([7]) => Ok(Hash::Sha1),
        Some([8]) => Ok(Hash::Sha224),
        Some([9]) => Ok(Hash::Sha256),
        Some([10]) => Ok(Hash::Sha384),
        Some([11]) => Ok(Hash::Sha512),
        _ => Err(Reject::UnknownAlgorithm),
    }
}

/// Returns the hash of a digest's identifier.
pub(super) fn digest_hash(oid: &[u8]) -> Result<Hash, Reject> {
    if oid == SHA1 {
        return Ok(Hash::Sha1);
    }
    match (oid.strip_prefix(SHA2), oid.strip_prefix(DIGESTS)) {
        (Some([1]), _) => Ok(Hash::Sha256),
        (Some([2]), _) => Ok(Hash::Sha384),
        (Some([3]), _) => Ok(Hash::Sha512),
        (Some([4]), _) => Ok(Hash::Sha224),
        (_, Some([5])) => Ok(Hash::Md5),
        _ => Err(Reject::UnknownAlgorithm),
    }
}

/// Whether an identifier is that of PBMAC1 (RFC 8018 A.5).
pub(super) fn is_pbmac1(oid: &[u8]) -> bool {
    oid.strip_prefix(PKCS5) == Some(&[14])
}

/// Whether an identifier is that of PBES2 (RFC 8018 A.4).
pub(crate) fn is_pbes2(oid: &[u8]) -> bool {
    oid.strip_prefix(PKCS5) == Some(&[13])
}

/// Reads the identifier of a cipher and its vector (RFC 8018 B.2).
pub(super) fn cipher<'a>(fields: &mut Reader<'a>) -> Result<(Cipher, &'a [u8]), Reject> {
    let oid = fields.oid()?;
    if oid.strip_prefix(CIPHERS) == Some(&[2]) {
        return rc2(fields.sequence()?);
    }
    let cipher = match (oid.strip_prefix(AES), oid.strip_prefix(CIPHERS)) {
        (Some([2]), _) => Cipher::Aes(16),
        (Some([22]), _) => Cipher::Aes(24),
        (Some([42]), _) => Cipher::Aes(32),
        (_, Some([7])) => Cipher::Tdes3,
        _ if oid == DES_CBC => Cipher::Des,
        _ => return Err(Reject::UnknownAlgorithm),
    };
    Ok((cipher, fields.octets()?))
}

/// `RC2-CBC-Parameter ::= SEQUENCE { version INTEGER OPTIONAL, iv OCTET STRING }`:
/// three versions are code words, those from 256 on are the effective bits.
fn rc2(mut fields: Reader<'_>) -> Result<(Cipher, &[u8]), Reject> {
    let bits = match fields.peek() {
        Some(der::INTEGER) => match fields.small_int()? {
            160 => 40,
            120 => 64,
            58 => 128,
            bits @ 256..=1024 => bits as usize,
            _ => return Err(Reject::UnknownAlgorithm),
        },
        _ => 32,
    };
    let key = bits / 8;
    Ok((Cipher::Rc2 { key, bits }, fields.octets()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::password::{ScanBudget, Words};
    use proptest::prelude::*;

    fn anything(_: &[u8]) -> bool {
        true
    }

    proptest! {
        #[test]
        fn nothing_panics(
            parameters in prop::collection::vec(any::<u8>(), 0..80),
            oid in prop::sample::select(vec![[PKCS5, &[13]].concat(), [PKCS5, &[3]].concat(), [PKCS12, &[6]].concat(), JCEKS.to_vec()]),
        ) {
            let mut der = crate::wire::writer::DerWriter::new();
            der.sequence(|der| {
                der.oid(&oid);
            });
            let mut bytes = der.finish();
            bytes.extend_from_slice(&parameters);
            if let Some(len) = bytes.get_mut(1) {
                *len += parameters.len() as u8;
            }
            if let Ok(scheme) = Scheme::read(&mut Reader::new(&bytes)) {
                let mut budget = TrialBudget::for_blob(&Words::default(), &ScanBudget::default());
                let _ = scheme.open(&parameters, anything, &mut budget);
            }
        }
    }
}
