//! JSON Web Encryption under a password (RFC 7518 section 4.8).
//!
//! ```text
//! key-encryption key = PBKDF2(HMAC-SHA2, password, alg ‖ 0 ‖ p2s, p2c)
//! content key        = AES key unwrap (RFC 3394) of encrypted_key: a check value of 64 bits proves the word
//! content            = AES-GCM, or AES-CBC under the second half of the content key
//! ```
//!
//! The authentication tag is not looked at: the content key was proven already.

use aes::{Aes128, Aes192, Aes256};
use cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::kdf::{self, Hash, MAX_SALT_BYTES};
use super::{Opened, TrialBudget};

/// Check value of RFC 3394.
const CHECK: [u8; 8] = [0xA6; 8];
/// Longest wrapped content key: that of A256CBC-HS512 has 72 bytes.
const MAX_WRAPPED: usize = 72;

/// How a token is encrypted.
#[derive(Debug, Hash)]
pub struct Jwe<'a> {
    hash: Hash,
    key_bytes: usize,
    salt: Vec<u8>,
    iterations: u32,
    content: Content,
    wrapped: &'a [u8],
    iv: &'a [u8],
}

#[derive(Clone, Copy, Debug, Hash)]
enum Content {
    Gcm(usize),
    Cbc(usize),
}

impl<'a> Jwe<'a> {
    /// Takes `alg`, `enc`, `p2s` and `p2c` of a header, the encrypted key and the vector; `None` for other
    /// algorithms.
    #[must_use]
    pub fn new(
        (alg, enc): (&[u8], &[u8]),
        (p2s, p2c): (&[u8], u32),
        wrapped: &'a [u8],
        iv: &'a [u8],
    ) -> Option<Self> {
        let (hash, key_bytes) = match alg {
            b"PBES2-HS256+A128KW" => (Hash::Sha256, 16),
            b"PBES2-HS384+A192KW" => (Hash::Sha384, 24),
            b"PBES2-HS512+A256KW" => (Hash::Sha512, 32),
            _ => return None,
        };
        let content = match enc {
            b"A128GCM" => Content::Gcm(16),
            b"A192GCM" => Content::Gcm(24),
            b"A256GCM" => Content::Gcm(32),
            b"A128CBC-HS256" => Content::Cbc(16),
            b"A192CBC-HS384" => Content::Cbc(24),
            b"A256CBC-HS512" => Content::Cbc(32),
            _ => return None,
        };
        let (key, vector) = match content {
            Content::Gcm(bytes) => (bytes, 12),
            Content::Cbc(bytes) => (2 * bytes, 16),
        };
        let fits = wrapped.len() == key + CHECK.len()
            && wrapped.len() <= MAX_WRAPPED
            && iv.len() == vector
            && p2s.len() <= MAX_SALT_BYTES
            && p2c > 0;
        fits.then(|| Self {
            hash,
            key_bytes,
            salt: [alg, &[0], p2s].concat(),
            iterations: p2c,
            content,
            wrapped,
            iv,
        })
    }

    /// Tries the budget's words.
    #[must_use]
    pub fn open(&self, data: &[u8], budget: &mut TrialBudget) -> Option<Opened> {
        let units = kdf::pbkdf2_units(self.hash, self.iterations, self.key_bytes);
        let found = budget.first(units, &(self, data), |word| {
            let word = word.text().as_bytes();
            let key = kdf::pbkdf2(self.hash, word, &self.salt, self.iterations, self.key_bytes);
            let content = unwrap(&key, self.wrapped)?;
            match self.content {
                Content::Gcm(_) => counted(&content, self.iv, data),
                Content::Cbc(bytes) => {
                    Cipher::Aes(bytes).decrypt(content.get(bytes..)?, self.iv, data)
                }
            }
        });
        found.map(|(bytes, word)| Opened { bytes, word })
    }
}

/// Calls a generic function with the AES of a key's length.
macro_rules! with_aes {
    ($key:expr, $function:ident ( $($argument:expr),* )) => {
        match $key.len() {
            16 => $function(&Aes128::new_from_slice($key).ok()?, $($argument),*),
            24 => $function(&Aes192::new_from_slice($key).ok()?, $($argument),*),
            32 => $function(&Aes256::new_from_slice($key).ok()?, $($argument),*),
            _ => None,
        }
    };
}

/// RFC 3394 section 2.2.2; `None` when the check value is another.
fn unwrap(key: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    with_aes!(key, unwrap_with(wrapped))
}

fn unwrap_with<C: BlockCipherDecrypt>(cipher: &C, wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (check, rest) = wrapped.split_first_chunk::<8>()?;
    let mut check = *check;
    let mut keys = Zeroizing::new(rest.to_vec());
    let n = keys.len() / 8;
    for j in (0..6).rev() {
        for (i, part) in keys.chunks_exact_mut(8).enumerate().rev() {
            let t = (n * j + i + 1) as u64;
            let mixed = u64::from_be_bytes(check) ^ t;
            let mut block = Block::<C>::default();
            let (high, low) = block.split_at_mut_checked(8)?;
            high.copy_from_slice(&mixed.to_be_bytes());
            low.copy_from_slice(part);
            cipher.decrypt_block(&mut block);
            let (high, low) = block.split_at_checked(8)?;
            check.copy_from_slice(high);
            part.copy_from_slice(low);
        }
    }
    (check == CHECK).then_some(keys)
}

/// The counter mode inside GCM (SP 800-38D section 6.5), whose first block of data is the second.
fn counted(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    with_aes!(key, counted_with(iv, data))
}

fn counted_with<C: BlockCipherEncrypt>(
    cipher: &C,
    iv: &[u8],
    data: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(data.to_vec());
    for (part, count) in plain.chunks_mut(16).zip(2_u32..) {
        let mut block = Block::<C>::default();
        let (start, end) = block.split_at_mut_checked(12)?;
        start.copy_from_slice(iv.get(..12)?);
        end.copy_from_slice(&count.to_be_bytes());
        cipher.encrypt_block(&mut block);
        for (byte, mask) in part.iter_mut().zip(block.iter()) {
            *byte ^= mask;
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::hex;

    fn unhex(text: &str) -> Vec<u8> {
        hex::decode(text).expect("digits").to_vec()
    }

    #[test]
    fn unwraps_as_rfc_3394_does() {
        // Section 4.1 and 4.6.
        let key = unhex("000102030405060708090a0b0c0d0e0f");
        let wrapped = unhex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5");
        let plain = unwrap(&key, &wrapped).expect("the right key");
        assert_eq!(*plain, unhex("00112233445566778899aabbccddeeff"));
        let key = unhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        let wrapped = unhex(
            "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
        );
        let plain = unwrap(&key, &wrapped).expect("the right key");
        assert_eq!(
            *plain,
            unhex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f")
        );
        assert!(unwrap(&key[..16], &wrapped).is_none());
        assert!(unwrap(&key, &wrapped[..16]).is_none());
        assert!(unwrap(&key[..5], &wrapped).is_none());
    }

    #[test]
    fn counts_as_gcm_does() {
        // Test case 3 of the GCM specification (McGrew, Viega).
        let key = unhex("feffe9928665731c6d6a8f9467308308");
        let iv = unhex("cafebabefacedbaddecaf888");
        let data = unhex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d5");
        let plain = counted(&key, &iv, &data).expect("a key");
        assert_eq!(
            *plain,
            unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c")
        );
    }
}
