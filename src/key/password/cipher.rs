//! The ciphers that key containers are encrypted with, decrypting only.
//!
//! CBC (SP 800-38A section 6.2) with the padding of PKCS#7 (RFC 5652 section
//! 6.3), and RC4, which needs none.

use aes::{Aes128, Aes192, Aes256};
use cipher::{Block, BlockCipherDecrypt, KeyInit, StreamCipher as _};
use des::{Des, TdesEde2, TdesEde3};
use rc2::Rc2;
use rc4::Rc4;
use zeroize::Zeroizing;

/// A cipher with all that its mode needs except key and vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Cipher {
    /// AES-CBC with a key of 16, 24 or 32 bytes.
    Aes(usize),
    /// DES-CBC.
    Des,
    /// DES-EDE2-CBC: the third key is the first.
    Tdes2,
    /// DES-EDE3-CBC.
    Tdes3,
    /// RC2-CBC with key bytes and effective key bits (RFC 2268 section 2).
    Rc2 {
        /// Bytes of the key.
        key: usize,
        /// Effective bits of it.
        bits: usize,
    },
    /// RC4 with a key of so many bytes.
    Rc4(usize),
}

impl Cipher {
    /// Returns the bytes of the key.
    pub(super) const fn key_bytes(self) -> usize {
        match self {
            Self::Aes(bytes) | Self::Rc4(bytes) | Self::Rc2 { key: bytes, .. } => bytes,
            Self::Des => 8,
            Self::Tdes2 => 16,
            Self::Tdes3 => 24,
        }
    }

    /// Returns the bytes of the initialisation vector; none for RC4.
    pub(super) const fn iv_bytes(self) -> usize {
        match self {
            Self::Aes(_) => 16,
            Self::Des | Self::Tdes2 | Self::Tdes3 | Self::Rc2 { .. } => 8,
            Self::Rc4(_) => 0,
        }
    }

    /// Decrypts; `None` when lengths do not fit or the padding is wrong, as it
    /// is for all but one in 256 wrong keys.
    pub(super) fn decrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Aes(16) => cbc(&Aes128::new_from_slice(key).ok()?, iv, data),
            Self::Aes(24) => cbc(&Aes192::new_from_slice(key).ok()?, iv, data),
            Self::Aes(_) => cbc(&Aes256::new_from_slice(key).ok()?, iv, data),
            Self::Des => cbc(&Des::new_from_slice(key).ok()?, iv, data),
            Self::Tdes2 => cbc(&TdesEde2::new_from_slice(key).ok()?, iv, data),
            Self::Tdes3 => cbc(&TdesEde3::new_from_slice(key).ok()?, iv, data),
            Self::Rc2 { bits, .. } if (1..=128).contains(&key.len()) => {
                cbc(&Rc2::new_with_eff_key_len(key, bits), iv, data)
            }
            Self::Rc2 { .. } => None,
            Self::Rc4(_) => {
                let mut plain = Zeroizing::new(data.to_vec());
                let mut cipher = Rc4::new_from_slice(key).ok()?;
                cipher.try_apply_keystream(&mut plain).ok()?;
                Some(plain)
            }
        }
    }
}

/// Undoes cipher block chaining and takes the padding off.
fn cbc<C: BlockCipherDecrypt>(cipher: &C, iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let size = C::block_size();
    if data.is_empty() || !data.len().is_multiple_of(size) || iv.len() != size {
        return None;
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(data.len()));
    let mut before = iv;
    // The last block alone tells most wrong keys.
    let (head, last) = data.split_at(data.len() - size);
    let last_before = head.rchunks(size).next().unwrap_or(iv);
    let padding = usize::from(*block(cipher, last_before, last)?.last()?);
    if !(1..=size).contains(&padding) {
        return None;
    }
    for chunk in data.chunks(size) {
        plain.extend_from_slice(&block(cipher, before, chunk)?);
        before = chunk;
    }
    let (body, tail) = plain.split_at_checked(plain.len() - padding)?;
    let len = body.len();
    if tail.iter().any(|&b| usize::from(b) != padding) {
        return None;
    }
    plain.truncate(len);
    Some(plain)
}

/// Decrypts one block.
fn block<C: BlockCipherDecrypt>(
    cipher: &C,
    before: &[u8],
    data: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let mut block = Block::<C>::default();
    if data.len() != block.len() {
        return None;
    }
    block.copy_from_slice(data);
    cipher.decrypt_block(&mut block);
    let plain = block.iter().zip(before).map(|(b, c)| b ^ c).collect();
    Some(Zeroizing::new(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::hex;
    use proptest::prelude::*;

    fn unhex(text: &str) -> Vec<u8> {
        hex::decode(text).expect("digits").to_vec()
    }

    /// Each by `printf 'straykey straykey' | openssl enc -CIPHER -K … -iv … -provider legacy -provider default`.
    #[test]
    fn openssl_wrote_these() {
        let key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        let iv = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
        for (cipher, data) in VECTORS {
            let key = &unhex(key)[..cipher.key_bytes()];
            let iv = &unhex(iv)[..cipher.iv_bytes()];
            let plain = cipher.decrypt(key, iv, &unhex(data));
            let plain = plain.unwrap_or_else(|| panic!("{cipher:?}"));
            assert_eq!(plain.as_slice(), b"straykey straykey", "{cipher:?}");
        }
    }

    const VECTORS: [(Cipher, &str); 9] = [
        (
            Cipher::Aes(16),
            "f61b8cc23380c2809196d119d93f8ba55fc71f14c7fffb05992c00eacca80704",
        ),
        (
            Cipher::Aes(24),
            "7939f0e8d16c084e1f8bfa2d4794ac10647487dbd1bb0ad2b693ccfc3d752fa1",
        ),
        (
            Cipher::Aes(32),
            "820bb2d5a8dab23a73fcaf56082d5fc3c84724b754b988a167cb2cef27513201",
        ),
        (
            Cipher::Des,
            "7cdf6a144b99ef69a9b9b944a7af92f589e4faf4f0ea2481",
        ),
        (
            Cipher::Tdes2,
            "e691efb15cd07d03bb368274a30e6fb4533ec8d9ad46078b",
        ),
        (
            Cipher::Tdes3,
            "fb6a20a23fe748e84c462f0bab0cf3b0a33ff17beef2197b",
        ),
        (
            Cipher::Rc2 { key: 16, bits: 128 },
            "25e8f89a3388cc4c222a9e4f82e69d5136a508f0c04f619f",
        ),
        (
            Cipher::Rc2 { key: 5, bits: 40 },
            "6172b603f8dbe059e83181f53cde0c836ea75503ccb02561",
        ),
        (Cipher::Rc4(16), "9ae832983e897cb526a8e3b46fa4412aaa"),
    ];

    proptest! {
        #[test]
        fn nothing_panics(key in prop::collection::vec(any::<u8>(), 0..40), iv in prop::collection::vec(any::<u8>(), 0..20), data in prop::collection::vec(any::<u8>(), 0..70)) {
            for (cipher, _) in VECTORS {
                let _ = cipher.decrypt(&key, &iv, &data);
            }
        }
    }
}
