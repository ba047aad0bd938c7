//! AES-CMAC (RFC 4493) of the challenge: two whole blocks, so that the first subkey
//! alone is needed.

use aes::{Aes128, Aes192, Aes256};
use cipher::{Block, BlockCipherEncrypt, KeyInit};

use super::symmetric::CHALLENGE;

/// Bytes of a block, and of a MAC.
const BLOCK: usize = 16;

/// Answers the challenge; nothing if the key has not the length of an AES key.
pub(super) fn answer(key: &[u8]) -> Option<[u8; BLOCK]> {
    match key.len() {
        16 => mac(&Aes128::new_from_slice(key).ok()?),
        24 => mac(&Aes192::new_from_slice(key).ok()?),
        32 => mac(&Aes256::new_from_slice(key).ok()?),
        _ => None,
    }
}

fn mac<C: BlockCipherEncrypt>(cipher: &C) -> Option<[u8; BLOCK]> {
    let encrypt = |bytes: [u8; BLOCK]| {
        let mut block = Block::<C>::try_from(&bytes[..]).ok()?;
        cipher.encrypt_block(&mut block);
        <[u8; BLOCK]>::try_from(&block[..]).ok()
    };
    let subkey = doubled(encrypt([0; BLOCK])?);
    let (blocks, _) = CHALLENGE.as_chunks::<BLOCK>();
    let [first, last] = blocks else { return None };
    let state = encrypt(*first)?;
    encrypt(std::array::from_fn(|at| {
        let byte = |bytes: &[u8; BLOCK]| bytes.get(at).copied().unwrap_or_default();
        byte(&state) ^ byte(last) ^ byte(&subkey)
    }))
}

/// Doubles a block in the field of 2^128 elements (RFC 4493 section 2.3).
fn doubled(block: [u8; BLOCK]) -> [u8; BLOCK] {
    let number = u128::from_be_bytes(block);
    let reduce = if number >> 127 == 1 { 0x87 } else { 0 };
    ((number << 1) ^ reduce).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::hex;

    #[test]
    fn answers_are_those_of_openssl() {
        // printf 'straykey/key-challenge/v1\0' | openssl dgst -sha256 -binary > M
        // openssl mac -cipher AES-256-CBC -macopt hexkey:000102…1f -in M CMAC, and so on.
        let key: Vec<u8> = (0..32).collect();
        for (len, expected) in [
            (16, "d5a58c7f43f0eda95e52f3c5c773b45e"),
            (24, "f79af25515e4fb7f3591e2e6a9987e59"),
            (32, "e107de149f443a464c631ec83ebc8170"),
        ] {
            let answer = answer(&key[..len]).unwrap();
            assert_eq!(hex::encode(&answer), expected);
        }
        assert_eq!(answer(&key[..20]), None);
    }
}
