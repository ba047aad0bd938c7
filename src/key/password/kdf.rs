//! From a password to a key.
//!
//! - PBKDF1 and PBKDF2: RFC 8018 sections 5.1 and 5.2;
//! - scrypt: RFC 7914;
//! - PKCS#12: RFC 7292 appendix B.2, over the word in UTF-16 with its zero;
//! - `EVP_BytesToKey` of OpenSSL with MD5, once: DEK-Info of old PEM.
//!
//! Costs are in quarters of a SHA-1 compression, so that one budget covers all.

use hmac::{EagerHash, Hmac, KeyInit as _, Mac as _};
use md5::Md5;
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use zeroize::{Zeroize as _, Zeroizing};

/// Bytes that a derivation returns.
pub(super) type Derived = Zeroizing<Vec<u8>>;

/// Cost of `N·r·p` one of scrypt: two passes over 128 bytes, estimated at
/// two compressions.
const SCRYPT_UNITS: u64 = 8;
/// Most memory that scrypt may take, in bytes: what `openssl pkcs8 -scrypt`
/// wants, twice.
const MAX_SCRYPT_BYTES: u64 = 32 << 20;
/// Longest salt, in bytes: those in use have 8 to 64.
pub(super) const MAX_SALT_BYTES: usize = 1 << 10;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// Calls a generic function with the hash as its type.
macro_rules! with {
    ($hash:expr, $function:ident ( $($argument:expr),* )) => {
        match $hash {
            Hash::Md5 => $function::<Md5>($($argument),*),
            Hash::Sha1 => $function::<Sha1>($($argument),*),
            Hash::Sha224 => $function::<Sha224>($($argument),*),
            Hash::Sha256 => $function::<Sha256>($($argument),*),
            Hash::Sha384 => $function::<Sha384>($($argument),*),
            Hash::Sha512 => $function::<Sha512>($($argument),*),
        }
    };
}

impl Hash {
    /// Returns the bytes of a digest.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Returns the bytes of the blocks that are compressed.
    const fn block(self) -> usize {
        match self {
            Self::Sha384 | Self::Sha512 => 128,
            _ => 64,
        }
    }

    /// Returns what one compression costs: rough ratios of implementations in
    /// software, not measured here.
    const fn units(self) -> u64 {
        match self {
            Self::Md5 => 2,
            Self::Sha1 => 4,
            Self::Sha224 | Self::Sha256 => 6,
            Self::Sha384 | Self::Sha512 => 10,
        }
    }

    /// Returns the hash of hashes: HMAC (RFC 2104).
    pub(super) fn hmac(self, key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        with!(self, hmac(key, data))
    }

    /// Returns what hashing so many bytes costs.
    pub(super) fn data_units(self, bytes: usize) -> u64 {
        (bytes / self.block() + 1) as u64 * self.units()
    }

    fn blocks(self, bytes: usize) -> u64 {
        bytes.div_ceil(self.bytes()) as u64
    }
}

fn hmac<D: EagerHash>(key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let mac = Hmac::<D>::new_from_slice(key).ok()?.chain_update(data);
    Some(mac.finalize().into_bytes().to_vec())
}

/// Returns what PBKDF2 costs.
pub(super) fn pbkdf2_units(hash: Hash, iterations: u32, bytes: usize) -> u64 {
    hash.blocks(bytes) * u64::from(iterations) * 2 * hash.units()
}

/// RFC 8018 section 5.2.
pub(super) fn pbkdf2(
    hash: Hash,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    bytes: usize,
) -> Derived {
    let mut out = Zeroizing::new(vec![0; bytes]);
    with!(hash, pbkdf2_hmac(password, salt, iterations, &mut out));
    out
}

/// Returns what PBKDF1 costs.
pub(super) fn pbkdf1_units(hash: Hash, iterations: u32) -> u64 {
    u64::from(iterations) * hash.units()
}

/// RFC 8018 section 5.1; as long as the hash.
pub(super) fn pbkdf1(hash: Hash, password: &[u8], salt: &[u8], iterations: u32) -> Derived {
    let start = Zeroizing::new([password, salt].concat());
    with!(hash, repeated(&start, iterations))
}

/// Returns the hash of the hash … of `data`.
fn repeated<D: Digest>(data: &[u8], times: u32) -> Derived {
    let mut sum = D::digest(data);
    for _ in 1..times {
        sum = D::digest(&sum);
    }
    let out = Zeroizing::new(sum.to_vec());
    sum.as_mut_slice().zeroize();
    out
}

/// What a key of PKCS#12 is for (RFC 7292 appendix B.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Key = 1,
    Vector = 2,
    Integrity = 3,
}

/// Returns what the derivation of PKCS#12 costs.
pub(super) fn pkcs12_units(hash: Hash, iterations: u32, bytes: usize) -> u64 {
    hash.blocks(bytes) * u64::from(iterations) * hash.units()
}

/// RFC 7292 appendix B.2; `password` as [`bmp`] writes it.
pub(super) fn pkcs12(
    hash: Hash,
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    bytes: usize,
) -> Derived {
    let v = hash.block();
    let stretched = |part: &[u8]| -> Vec<u8> {
        let len = v * part.len().div_ceil(v);
        part.iter().copied().cycle().take(len).collect()
    };
    let (salt, password) = (stretched(salt), Zeroizing::new(stretched(password)));
    // Step 1 to 3: the diversifier, and I = S || P.
    let mut input = Zeroizing::new(vec![purpose as u8; v]);
    input.extend_from_slice(&salt);
    input.extend_from_slice(&password);
    let mut out = Zeroizing::new(Vec::with_capacity(bytes + hash.bytes()));
    while out.len() < bytes {
        let sum = with!(hash, repeated(&input, iterations));
        out.extend_from_slice(&sum);
        // Step 6 B and C: each block of I becomes I + B + 1.
        let block: Derived = Zeroizing::new(sum.iter().copied().cycle().take(v).collect());
        for part in input.chunks_mut(v).skip(1) {
            let mut carry = 1_u16;
            for (digit, b) in part.iter_mut().zip(block.iter()).rev() {
                carry += u16::from(*digit) + u16::from(*b);
                *digit = carry as u8;
                carry >>= 8;
            }
        }
    }
    out.truncate(bytes);
    out
}

/// Returns a word as PKCS#12 hashes it: UTF-16, big-endian, with a zero behind
/// it. Some writers take the empty password for no bytes at all.
pub(super) fn bmp(word: &str) -> Derived {
    let units = word.encode_utf16().chain(std::iter::once(0));
    Zeroizing::new(units.flat_map(u16::to_be_bytes).collect())
}

/// `EVP_BytesToKey(3)` with MD5 and one iteration.
pub(super) fn bytes_to_key(password: &[u8], salt: &[u8], bytes: usize) -> Derived {
    let mut out = Zeroizing::new(Vec::with_capacity(bytes + 16));
    let mut sum = Zeroizing::new(Vec::new());
    while out.len() < bytes {
        let input = Zeroizing::new([sum.as_slice(), password, salt].concat());
        sum = Zeroizing::new(Md5::digest(input.as_slice()).to_vec());
        out.extend_from_slice(&sum);
    }
    out.truncate(bytes);
    out
}

/// Parameters of scrypt that are within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Scrypt {
    log_n: u8,
    r: u32,
    p: u32,
}

impl Scrypt {
    /// Takes parameters of a file; `None` when they are nonsense or need too
    /// much memory.
    pub(super) fn new(n: u64, r: u64, p: u64) -> Option<Self> {
        let memory = n.checked_mul(r)?.checked_mul(128)?;
        let fits =
            n.is_power_of_two() && n > 1 && memory <= MAX_SCRYPT_BYTES && (1..=64).contains(&p);
        Some(Self {
            log_n: u8::try_from(n.checked_ilog2()?).ok()?,
            r: u32::try_from(r).ok().filter(|&r| r > 0)?,
            p: u32::try_from(p).ok()?,
        })
        .filter(|_| fits)
    }

    pub(super) fn units(self) -> u64 {
        (1_u64 << self.log_n) * u64::from(self.r) * u64::from(self.p) * SCRYPT_UNITS
    }

    pub(super) fn derive(self, password: &[u8], salt: &[u8], bytes: usize) -> Option<Derived> {
        let parameters = scrypt::Params::new(self.log_n, self.r, self.p).ok()?;
        let mut out = Zeroizing::new(vec![0; bytes]);
        scrypt::scrypt(password, salt, &parameters, &mut out).ok()?;
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::hex;

    fn unhex(text: &str) -> Vec<u8> {
        hex::decode(text).expect("digits").to_vec()
    }

    #[test]
    fn pbkdf2_of_rfc_6070_and_rfc_7914() {
        let out = pbkdf2(Hash::Sha1, b"password", b"salt", 4096, 20);
        assert_eq!(
            hex::encode(&out),
            "4b007901b765489abead49d926f721d065a429c1"
        );
        let out = pbkdf2(Hash::Sha256, b"passwd", b"salt", 1, 64);
        assert_eq!(
            hex::encode(&out),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
             49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
        );
    }

    #[test]
    fn scrypt_of_rfc_7914() {
        let parameters = Scrypt::new(1024, 8, 16).expect("within bounds");
        let out = parameters.derive(b"password", b"NaCl", 64).expect("a key");
        assert_eq!(
            hex::encode(&out),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162\
             2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        );
        assert!(Scrypt::new(1 << 20, 8, 1).is_none());
        assert!(Scrypt::new(1000, 8, 1).is_none());
        assert!(Scrypt::new(1024, 0, 1).is_none());
        assert!(Scrypt::new(u64::MAX, u64::MAX, 1).is_none());
    }

    /// Test values that circulate with every implementation of PKCS#12 (from
    /// Peter Gutmann's set): password `smeg`, one iteration.
    #[test]
    fn pkcs12_of_the_known_set() {
        let salt = unhex("0a58cf64530d823f");
        let key = pkcs12(Hash::Sha1, Purpose::Key, &bmp("smeg"), &salt, 1, 24);
        assert_eq!(
            hex::encode(&key),
            "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"
        );
        let salt = unhex("642b99ab44fb4b1f");
        let key = pkcs12(Hash::Sha1, Purpose::Key, &bmp("smeg"), &salt, 1, 24);
        assert_eq!(
            hex::encode(&key),
            "f3a95fec48d7711e985cfe67908c5ab79fa3d7c5caa5d966"
        );
        let salt = unhex("05dec959acff72f7");
        let key = pkcs12(Hash::Sha1, Purpose::Key, &bmp("queeg"), &salt, 1000, 24);
        assert_eq!(
            hex::encode(&key),
            "ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4"
        );
        let salt = unhex("263216fcc2fab31c");
        let mac = pkcs12(
            Hash::Sha1,
            Purpose::Integrity,
            &bmp("queeg"),
            &salt,
            1000,
            20,
        );
        assert_eq!(
            hex::encode(&mac),
            "5ec4c7a80df652294c3925b6489a7ab857c83476"
        );
    }

    #[test]
    fn bytes_to_key_of_openssl() {
        // openssl enc -aes-256-cbc -md md5 -P -S 0001020304050607 -pass pass:changeit
        let salt = unhex("0001020304050607");
        assert_eq!(
            hex::encode(&bytes_to_key(b"changeit", &salt, 32)),
            "3b059e1e58fb71e300aa55cc02bb454f7973bf07409f1d4f97974d4be4d531e0"
        );
    }
}
