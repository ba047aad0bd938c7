//! Signs one message with a key that was found, to show that it is whole.
//!
//! Somebody who answers an incident wants the server to see that a found key is its
//! own, without the key travelling: the server checks the signature with the public
//! half that it has. Only `identify --proof` comes here; a scan never does.
//!
//! ```text
//! RSA       RSASSA-PKCS1-v1_5 with SHA-256                        RFC 8017 8.2.1
//! ECDSA     SHA-256, -384 or -512 by the size of the order, the number k from
//!           key and message, DER SEQUENCE { r, s }                RFC 6979
//! Ed25519   as it is                                              RFC 8032 5.1.6
//! ```
//!
//! The arithmetic does not run in constant time: one signature is made, on the
//! machine that has the key in a file. Every signature of RSA is checked before it
//! is given out, since a faulty one would give the key away.

use crypto_bigint::{BoxedUint, ConcatenatingMul, NonZero, Resize};
use ed25519_dalek::Signer as _;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::verify::SHA256_PREFIX;
use super::{Curve, EcKey, Key, Okp, OkpForm, OkpKey, PublicKey, RsaKey, explicit, number};
use crate::wire::writer::DerWriter;

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// How it was made, as the documentation names it.
    pub algorithm: &'static str,
    /// Its bytes, as `openssl dgst -verify` and `openssl pkeyutl -verify` take them.
    pub bytes: Vec<u8>,
}

/// Signs a message with a key whose public half was derived from it; `None` for
/// keys that cannot sign, or not here.
#[must_use]
pub fn sign(key: &Key, public: &PublicKey, message: &[u8]) -> Option<Signature> {
    match (key, public) {
        (Key::Rsa(key), PublicKey::Rsa { n, e }) => Some(Signature {
            algorithm: "rsa-pkcs1-sha256",
            bytes: rsa(key, n, e, message)?,
        }),
        (Key::Ec(key), PublicKey::Ec { curve, .. }) => ecdsa(key, *curve, message),
        (Key::Okp(key), PublicKey::Okp { kind, .. }) if *kind == Okp::Ed25519 => Some(Signature {
            algorithm: "ed25519",
            bytes: ed25519(key, message)?,
        }),
        _ => None,
    }
}

fn ed25519(key: &OkpKey, message: &[u8]) -> Option<Vec<u8>> {
    let seed = key.secret.first_chunk::<32>();
    let seed = seed.filter(|_| key.form == OkpForm::Seed && key.secret.len() == 32)?;
    let signer = ed25519_dalek::SigningKey::from_bytes(seed);
    Some(signer.sign(message).to_bytes().to_vec())
}

fn rsa(key: &RsaKey, n: &[u8], e: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let width = n.len();
    let padding = width.checked_sub(3 + SHA256_PREFIX.len() + 32)?;
    // At least eight bytes are filled (RFC 8017 section 9.2).
    if padding < 8 {
        return None;
    }
    let mut block = vec![0, 1];
    block.resize(2 + padding, 0xff);
    block.push(0);
    block.extend_from_slice(&SHA256_PREFIX);
    block.extend_from_slice(&Sha256::digest(message));

    let d = match &key.d {
        Some(d) => number::value(d),
        None => private_exponent(key, e)?,
    };
    let signature = number::power(&block, &d, n)?;
    let opened = number::power(&signature, &number::value(e), n)?;
    if opened != number::bytes(&number::value(&block)) {
        return None;
    }
    number::padded(&signature, width).map(|bytes| bytes.to_vec())
}

/// Derives d of a key of two primes: the inverse of e modulo (p-1)(q-1).
fn private_exponent(key: &RsaKey, e: &[u8]) -> Option<Zeroizing<BoxedUint>> {
    let (Some(p), Some(q), []) = (&key.p, &key.q, key.more_primes.as_slice()) else {
        return None;
    };
    let less_1 = |prime: &[u8]| Zeroizing::new(number::value(prime).wrapping_sub(BoxedUint::one()));
    let order = Zeroizing::new(less_1(p).concatenating_mul(&*less_1(q)));
    let e = (&*number::value(e)).resize(order.bits_precision());
    let order = Zeroizing::new(NonZero::new((*order).clone()).into_option()?);
    e.invert_mod(&order).into_option().map(Zeroizing::new)
}

/// A hash, as far as a signature needs it.
struct Hash {
    algorithm: &'static str,
    digest: fn(&[u8]) -> Vec<u8>,
    mac: fn(&[u8], &[&[u8]]) -> Zeroizing<Vec<u8>>,
}

macro_rules! hash {
    ($name:literal, $hash:ty) => {
        Hash {
            algorithm: $name,
            digest: |bytes| <$hash>::digest(bytes).to_vec(),
            mac: |key, parts| {
                // HMAC takes keys of every length.
                let Ok(mut mac) = Hmac::<$hash>::new_from_slice(key) else {
                    return Zeroizing::default();
                };
                parts.iter().for_each(|part| mac.update(part));
                Zeroizing::new(mac.finalize().into_bytes().to_vec())
            },
        }
    };
}

fn ecdsa(key: &EcKey, curve: Curve, message: &[u8]) -> Option<Signature> {
    let domain = curve.domain();
    let hash = match number::bits(domain.n) {
        0..=256 => hash!("ecdsa-sha256", Sha256),
        257..=384 => hash!("ecdsa-sha384", Sha384),
        _ => hash!("ecdsa-sha512", Sha512),
    };
    let order = NonZero::new((*number::value(domain.n)).clone()).into_option()?;
    let precision = order.bits_precision();
    let width = number::bits(domain.n).div_ceil(8) as usize;
    let d = number::padded(&key.d, width)?;
    let digest = leftmost(&(hash.digest)(message), domain.n);
    let reduced = |bytes: &[u8]| {
        let value = number::value(bytes);
        Zeroizing::new(value.rem_vartime(&order).resize(precision))
    };
    let z = reduced(&digest);
    let times = |a: &BoxedUint, b: &BoxedUint| {
        let product = Zeroizing::new(a.concatenating_mul(b));
        Zeroizing::new(product.rem_vartime(&order).resize(precision))
    };
    let seed = number::padded(&number::bytes(&z), width)?;
    let mut numbers = Numbers::new(&hash, &d, &seed);
    // A number that does not do is met once in 2^32 at worst; RFC 6979 3.2 h.
    for _ in 0..64 {
        let k = leftmost(&numbers.next(width), domain.n);
        let is_in_range = k.iter().any(|&byte| byte != 0) && number::less(&k, domain.n);
        if !is_in_range {
            continue;
        }
        let k_padded = number::padded(&k, curve.bytes().max(domain.n.len()))?;
        let (x, _) = explicit::times(&domain, curve.is_binary(), &k_padded)?;
        let r = reduced(&x);
        let sum = Zeroizing::new(z.concatenating_add(&*times(&r, &number::value(&d))));
        let inverse = (&*number::value(&k)).resize(precision).invert_mod(&order);
        let inverse = Zeroizing::new(inverse.into_option()?);
        let s = times(&inverse, &sum);
        if !r.is_zero().to_bool() && !s.is_zero().to_bool() {
            return Some(Signature {
                algorithm: hash.algorithm,
                bytes: pair(&number::bytes(&r), &number::bytes(&s)),
            });
        }
    }
    None
}

/// Writes the two numbers of a signature (RFC 3279 section 2.2.3).
fn pair(r: &[u8], s: &[u8]) -> Vec<u8> {
    let mut der = DerWriter::new();
    der.sequence(|pair| {
        pair.integer(r).integer(s);
    });
    der.finish()
}

/// Returns the leftmost bits of a hash, as many as the order has (RFC 6979 2.3.2).
fn leftmost(bytes: &[u8], order: &[u8]) -> Zeroizing<Vec<u8>> {
    let bits = number::bits(order);
    let width = bits.div_ceil(8) as usize;
    if bytes.len() < width {
        return Zeroizing::new(bytes.to_vec());
    }
    let mut kept = Zeroizing::new(bytes.iter().copied().take(width).collect::<Vec<u8>>());
    let shift = (width as u32) * 8 - bits;
    if shift > 0 {
        let mut carry = 0_u8;
        for byte in kept.iter_mut() {
            let low = *byte << (8 - shift);
            *byte = *byte >> shift | carry;
            carry = low;
        }
    }
    kept
}

/// The generator of RFC 6979 section 3.2.
struct Numbers<'a> {
    hash: &'a Hash,
    key: Zeroizing<Vec<u8>>,
    value: Zeroizing<Vec<u8>>,
}

impl<'a> Numbers<'a> {
    fn new(hash: &'a Hash, secret: &[u8], seed: &[u8]) -> Self {
        let width = (hash.digest)(&[]).len();
        let mut key = Zeroizing::new(vec![0; width]);
        let mut value = Zeroizing::new(vec![1; width]);
        for round in [0_u8, 1] {
            key = (hash.mac)(&key, &[&value, &[round], secret, seed]);
            value = (hash.mac)(&key, &[&value]);
        }
        Self { hash, key, value }
    }

    /// Returns the next bytes.
    fn next(&mut self, width: usize) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(width + self.value.len()));
        while bytes.len() < width {
            self.value = (self.hash.mac)(&self.key, &[&self.value]);
            bytes.extend_from_slice(&self.value);
        }
        self.key = (self.hash.mac)(&self.key, &[&self.value, &[0]]);
        self.value = (self.hash.mac)(&self.key, &[&self.value]);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6979 appendix A.2.5 and A.2.7: P-256 and P-521, message "sample".
    #[test]
    fn ecdsa_is_that_of_rfc_6979() {
        let hex = |text: &str| -> Vec<u8> {
            let digits: Vec<u8> = text.bytes().collect();
            let pairs = digits.chunks(2);
            pairs
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect()
        };
        let cases = [
            (
                Curve::P256,
                "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
                "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
                "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
            ),
            (
                Curve::P521,
                "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538",
                "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa",
                "00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a",
            ),
        ];
        for (curve, d, r, s) in cases {
            let key = EcKey {
                curve: Some(curve),
                parameters: None,
                d: Zeroizing::new(hex(d)),
                public: None,
                chain: None,
            };
            let signature = ecdsa(&key, curve, b"sample").unwrap();
            assert_eq!(signature.bytes, pair(&hex(r), &hex(s)));
        }
    }
}
