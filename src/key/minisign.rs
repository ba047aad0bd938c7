//! Secret keys of minisign, to sign lists with (minisign(1)).
//!
//! ```text
//! untrusted comment: minisign encrypted secret key
//! base64 of "Ed" | KDF "Sc" or 00 00 | "B2" | salt 32 | operations u64 | memory u64 |
//!     { key id 8 | seed 32 | public key 32 | checksum 32 }    xor scrypt(password, salt), if there is a KDF
//!
//! checksum = BLAKE2b-256("Ed" | key id | seed | public key)
//! ```
//!
//! Numbers are little-endian. Operations and memory are limits of libsodium
//! (`crypto_pwhash_scryptsalsa208sha256`), which derives the parameters of scrypt
//! (RFC 7914) from them.

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use ed25519_dalek::Signer as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::wire::base64;

/// Bytes of the decoded file.
const FILE: usize = 158;
/// Offset of the salt, and of what the password protects.
const SALT: usize = 6;
const BODY: usize = 54;
/// Bytes that the password protects.
const BODY_LEN: usize = FILE - BODY;
/// Most memory that a password may cost, in bytes: what minisign's own keys take.
const MAX_MEMORY: u64 = 1 << 30;
/// Blocks of scrypt, always 8 in libsodium.
const BLOCKS: u32 = 8;

/// Why a secret key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a secret key of minisign.
    #[error("not a secret key of minisign (`minisign -G` makes one)")]
    NotAKey,
    /// The password does not open it.
    #[error("wrong password, or a damaged key")]
    WrongPassword,
    /// Deriving the key would take too much memory.
    #[error("its password would cost more than 1 GiB of memory")]
    TooCostly,
    /// Seed and public key do not belong together.
    #[error("its public key is not that of its secret")]
    Inconsistent,
}

/// The file of a secret key.
pub struct KeyFile(Zeroizing<Vec<u8>>);

impl KeyFile {
    /// Reads a file.
    pub fn read(text: &[u8]) -> Result<Self, Error> {
        let line = text
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .find(|line| !line.is_empty() && !line.starts_with(b"untrusted comment:"))
            .ok_or(Error::NotAKey)?;
        let bytes = base64::decode_value(line).ok_or(Error::NotAKey)?;
        let known = bytes.len() == FILE
            && bytes.starts_with(b"Ed")
            && matches!(bytes.get(2..4), Some(b"Sc" | [0, 0]))
            && bytes.get(4..6) == Some(b"B2");
        known.then_some(Self(bytes)).ok_or(Error::NotAKey)
    }

    /// Whether a password opens it.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.0.get(2..4) == Some(b"Sc")
    }

    /// Returns the key; the password counts only if it is encrypted.
    pub fn open(&self, password: &[u8]) -> Result<SigningKey, Error> {
        let body = self.0.get(BODY..).ok_or(Error::NotAKey)?;
        let mut body = Zeroizing::new(body.to_vec());
        if self.is_encrypted() {
            let stream = self.derive(password)?;
            body.iter_mut()
                .zip(stream.iter())
                .for_each(|(byte, mask)| *byte ^= mask);
        }
        let (secret, checksum) = body.split_last_chunk::<32>().ok_or(Error::NotAKey)?;
        let (id, secret) = secret.split_first_chunk::<8>().ok_or(Error::NotAKey)?;
        let (seed, public) = secret.split_first_chunk::<32>().ok_or(Error::NotAKey)?;
        let sum = Blake2b::<U32>::new()
            .chain_update(b"Ed")
            .chain_update(id)
            .chain_update(secret)
            .finalize();
        // Keys without a password carry zeros, in some versions.
        let unset = !self.is_encrypted() && *checksum == [0; 32];
        if sum[..] != checksum[..] && !unset {
            return Err(match self.is_encrypted() {
                true => Error::WrongPassword,
                false => Error::NotAKey,
            });
        }
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        if key.verifying_key().as_bytes()[..] != *public {
            return Err(Error::Inconsistent);
        }
        Ok(SigningKey { id: *id, key })
    }

    /// Derives what the body is masked with.
    fn derive(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut fields = self.0.get(SALT..BODY).ok_or(Error::NotAKey)?;
        let salt = fields.split_off(..32).ok_or(Error::NotAKey)?;
        let mut number = || {
            let field = fields.split_off(..8)?;
            Some(u64::from_le_bytes(field.first_chunk().copied()?))
        };
        let (operations, memory) = number().zip(number()).ok_or(Error::NotAKey)?;
        let (log_n, p) = parameters(operations, memory);
        if 128_u64 << log_n.min(40) > MAX_MEMORY / u64::from(BLOCKS) || p > 64 {
            return Err(Error::TooCostly);
        }
        let params = scrypt::Params::new(log_n, BLOCKS, p).map_err(|_| Error::TooCostly)?;
        let mut out = Zeroizing::new(vec![0; BODY_LEN]);
        scrypt::scrypt(password, salt, &params, &mut out).map_err(|_| Error::TooCostly)?;
        Ok(out)
    }
}

/// Returns the logarithm of N, and p, as libsodium chooses them for its limits.
fn parameters(operations: u64, memory: u64) -> (u8, u32) {
    let operations = operations.max(32_768);
    let blocks = u64::from(BLOCKS);
    let log_of = |most: u64| {
        let fits = |n: &u8| 1_u64 << n > most / 2;
        (1..63_u8).find(fits).unwrap_or(63)
    };
    if operations < memory / 32 {
        (log_of(operations / (blocks * 4)), 1)
    } else {
        let log_n = log_of(memory / (blocks * 128));
        let product = (operations / 4) >> log_n;
        let p = u32::try_from(product.min(0x3fff_ffff)).unwrap_or(u32::MAX) / BLOCKS;
        (log_n, p.max(1))
    }
}

/// A key that signs.
pub struct SigningKey {
    id: [u8; 8],
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// Returns the key's id.
    #[must_use]
    pub const fn id(&self) -> [u8; 8] {
        self.id
    }

    /// Signs a message (RFC 8032 section 5.1.6).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        self.id.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of libsodium: `crypto_pwhash_scryptsalsa208sha256` with its limits
    /// for interactive and sensitive use.
    #[test]
    fn limits_become_parameters_as_in_libsodium() {
        assert_eq!(parameters(524_288, 16_777_216), (14, 1));
        assert_eq!(parameters(33_554_432, 1_073_741_824), (20, 1));
        assert_eq!(parameters(0, 1 << 40), (10, 1));
        assert_eq!(parameters(1 << 30, 1 << 20), (10, 32_768));
        assert_eq!(parameters(u64::MAX, u64::MAX).0, 53);
    }

    #[test]
    fn what_is_no_secret_key_is_refused() {
        for text in ["", "\n\n", "untrusted comment: x\n", "RWQAAEIy", "????"] {
            assert_eq!(KeyFile::read(text.as_bytes()).err(), Some(Error::NotAKey));
        }
    }
}
