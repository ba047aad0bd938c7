//! The protection of NSS key databases (`key4.db`): PBES2 with two turns of its
//! own.
//!
//! The password of PBKDF2 is the SHA-1 of the database's salt and the word; and
//! the vector of AES is the whole DER of the OCTET STRING that states it, two bytes
//! of tag and length and 14 of its own (sftkpwd.c, `nsspkcs5_PBKDF2`). Every
//! value has a salt of its own. The value of the row `password` is a known text:
//! it tells the right word.
//!
//! Databases that are older than NSS 3.46 and were never opened since have another
//! scheme, and stay shut.

use sha1::Sha1;
use sha2::Digest as _;
use zeroize::Zeroizing;

use super::kdf;
use super::scheme::{cipher, is_pbes2, pbkdf2_parameters};
use super::{TrialBudget, Word};
use crate::wire::der::{self, Reader};

/// What the row `password` holds.
const CHECK: &[u8] = b"password-check";

/// A word that opens a database.
#[derive(Debug)]
pub struct NssWord<'a> {
    salt: &'a [u8],
    word: Word,
}

impl<'a> NssWord<'a> {
    /// Tries the budget's words on the row `password`: its salt and its value.
    #[must_use]
    pub fn find(salt: &'a [u8], value: &[u8], budget: &mut TrialBudget) -> Option<Self> {
        let value = Value::read(value)?;
        let found = budget.first(value.units(), &(salt, &value), |word| {
            let plain = value.open(salt, word)?;
            (*plain == CHECK).then_some(())
        });
        found.map(|((), word)| Self { salt, word })
    }

    /// Opens a value of the database.
    #[must_use]
    pub fn open(&self, value: &[u8], budget: &mut TrialBudget) -> Option<Zeroizing<Vec<u8>>> {
        let value = Value::read(value)?;
        let taken = budget.take_known(value.units());
        taken.then(|| value.open(self.salt, &self.word))?
    }

    /// Returns what reports call the word.
    #[must_use]
    pub fn shown(&self) -> &'static str {
        self.word.shown()
    }
}

/// `SEQUENCE { AlgorithmIdentifier, encrypted OCTET STRING }`.
#[derive(Hash)]
struct Value<'a> {
    hash: kdf::Hash,
    salt: &'a [u8],
    iterations: u32,
    cipher: super::cipher::Cipher,
    /// Tag, length and bytes of the vector as it is stated.
    iv: Vec<u8>,
    data: &'a [u8],
}

impl<'a> Value<'a> {
    fn read(value: &'a [u8]) -> Option<Self> {
        let mut fields = Reader::new(value).sequence().ok()?;
        let mut scheme = fields.sequence().ok()?;
        let data = fields.octets().ok()?;
        if !is_pbes2(scheme.oid().ok()?) {
            return None;
        }
        let mut parameters = scheme.sequence().ok()?;
        let mut derivation = parameters.sequence().ok()?;
        let (cipher, stated) = cipher(&mut parameters.sequence().ok()?).ok()?;
        let oid = derivation.oid().ok()?;
        let mut derivation = derivation.sequence().ok()?;
        let (hash, salt, iterations, _) = pbkdf2_parameters(oid, &mut derivation).ok()?;
        let mut iv = vec![der::OCTET_STRING, u8::try_from(stated.len()).ok()?];
        iv.extend_from_slice(stated);
        (salt.len() <= kdf::MAX_SALT_BYTES).then_some(Self {
            hash,
            salt,
            iterations,
            cipher,
            iv,
            data,
        })
    }

    fn units(&self) -> u64 {
        kdf::pbkdf2_units(self.hash, self.iterations, self.cipher.key_bytes())
    }

    fn open(&self, salt: &[u8], word: &Word) -> Option<Zeroizing<Vec<u8>>> {
        let hashed = Sha1::new()
            .chain_update(salt)
            .chain_update(word.text())
            .finalize();
        let hashed = Zeroizing::new(hashed.to_vec());
        let bytes = self.cipher.key_bytes();
        let key = kdf::pbkdf2(self.hash, &hashed, self.salt, self.iterations, bytes);
        self.cipher.decrypt(&key, &self.iv, self.data)
    }
}
