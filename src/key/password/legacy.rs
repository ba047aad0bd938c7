//! Key protection of single programs: old PEM of OpenSSL, and Java's stores.
//!
//! - DEK-Info (RFC 1421 section 4.6.1.3): the cipher by name, its vector in
//!   hex; the key is MD5 of word and vector, once;
//! - JKS: SHA-1 of word and salt, of word and that, and so on, is the keystream;
//!   the SHA-1 of word and key behind it tells whether it was the right one;
//! - JCEKS (PBEWithMD5AndTripleDES of Sun): each half of the salt goes through
//!   MD5 with the word as often as the file says; both results, one behind the
//!   other, are key and vector;
//! - JKS and JCEKS as a whole: SHA-1 of word, `Mighty Aphrodite` and the store.

use md5::Md5;
use sha1::Sha1;
use sha2::Digest as _;
use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::kdf::{self, Derived, Hash};
use super::{Opened, TrialBudget, Word};

/// Ciphers of DEK-Info; OpenSSL can write others, which stay shut.
const PEM_CIPHERS: [(&str, Cipher); 6] = [
    ("AES-128-CBC", Cipher::Aes(16)),
    ("AES-192-CBC", Cipher::Aes(24)),
    ("AES-256-CBC", Cipher::Aes(32)),
    ("DES-EDE3-CBC", Cipher::Tdes3),
    ("DES-EDE-CBC", Cipher::Tdes2),
    ("DES-CBC", Cipher::Des),
];

/// Opens the body of an old PEM; `cipher` is its name, `iv` its vector.
#[must_use]
pub fn pem_key(
    cipher: &str,
    iv: &[u8],
    data: &[u8],
    fits: fn(&[u8]) -> bool,
    budget: &mut TrialBudget,
) -> Option<Opened> {
    let &(_, cipher) = PEM_CIPHERS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(cipher))?;
    let (salt, bytes) = (iv.get(..8)?, cipher.key_bytes());
    // One hash for every 16 bytes of key.
    let units = kdf::pbkdf1_units(Hash::Md5, bytes.div_ceil(16) as u32);
    let found = budget.first(units, &(cipher, iv, data, fits), |word| {
        let key = kdf::bytes_to_key(word.text().as_bytes(), salt, bytes);
        cipher.decrypt(&key, iv, data).filter(|plain| fits(plain))
    });
    found.map(|(bytes, word)| Opened { bytes, word })
}

/// Opens a private key of a JKS, without its AlgorithmIdentifier.
#[must_use]
pub fn java_key(protected: &[u8], budget: &mut TrialBudget) -> Option<Opened> {
    let (salt, rest) = protected.split_at_checked(20)?;
    let (data, check) = rest.split_at_checked(rest.len().checked_sub(20)?)?;
    // A keystream of one compression for 20 bytes, and the check.
    let units = Hash::Sha1.data_units(data.len()).saturating_mul(5);
    let found = budget.first(units, &protected, |word| {
        let password = utf16(word.text());
        let mut plain = Zeroizing::new(Vec::with_capacity(data.len()));
        let mut link = Zeroizing::new(salt.to_vec());
        for chunk in data.chunks(20) {
            link = Zeroizing::new(
                Sha1::new()
                    .chain_update(&*password)
                    .chain_update(&*link)
                    .finalize()
                    .to_vec(),
            );
            plain.extend(chunk.iter().zip(link.iter()).map(|(d, k)| d ^ k));
        }
        let sum = Sha1::new()
            .chain_update(&*password)
            .chain_update(&*plain)
            .finalize();
        (sum.as_slice() == check).then_some(plain)
    });
    found.map(|(bytes, word)| Opened { bytes, word })
}

/// Returns the word with which the digest of a whole JKS or JCEKS was made.
#[must_use]
pub fn java_store_digest(store: &[u8], digest: &[u8], budget: &mut TrialBudget) -> Option<Word> {
    let units = Hash::Sha1.data_units(store.len());
    let found = budget.first(units, &(store, digest), |word| {
        let sum = Sha1::new().chain_update(&*utf16(word.text()));
        let sum = sum
            .chain_update(b"Mighty Aphrodite")
            .chain_update(store)
            .finalize();
        (sum.as_slice() == digest).then_some(())
    });
    found.map(|((), word)| word)
}

/// Returns a word as Java hashes it: UTF-16, big-endian.
fn utf16(word: &str) -> Derived {
    Zeroizing::new(word.encode_utf16().flat_map(u16::to_be_bytes).collect())
}

/// Returns what the derivation of a JCEKS key costs: two chains of MD5.
pub(super) fn java_units(iterations: u32) -> u64 {
    kdf::pbkdf1_units(Hash::Md5, iterations).saturating_mul(2)
}

/// Derives key and vector of a JCEKS key.
pub(super) fn java_key_and_vector(
    word: &str,
    salt: &[u8],
    iterations: u32,
) -> Option<(Derived, Derived)> {
    // Passwords are ASCII there: Java refuses all others.
    if salt.len() != 8 || !word.is_ascii() {
        return None;
    }
    let (first, second) = salt.split_at(4);
    let mut first = first.to_vec();
    if first == second {
        // Meant to reverse the half; the code of 1999 does this instead, and
        // has to do it for ever.
        if let [a, b, c, d] = first.as_mut_slice() {
            (*a, *b, *c, *d) = (*d, *a, *b, *d);
        }
    }
    let mut out = Zeroizing::new(Vec::with_capacity(32));
    for half in [first.as_slice(), second] {
        let mut link = Zeroizing::new(half.to_vec());
        for _ in 0..iterations {
            let sum = Md5::new()
                .chain_update(&*link)
                .chain_update(word.as_bytes())
                .finalize();
            link = Zeroizing::new(sum.to_vec());
        }
        out.extend_from_slice(&link);
    }
    let (key, vector) = out.split_at_checked(24)?;
    Some((
        Zeroizing::new(key.to_vec()),
        Zeroizing::new(vector.to_vec()),
    ))
}
