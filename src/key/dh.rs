//! Private keys for Diffie-Hellman in a group of numbers: y = g^x mod p.
//!
//! PKCS#3 gives p, g and perhaps the length of x; X9.42 (RFC 3279 section 2.3.3) p,
//! g and the order q of the generator. The parameters are kept as they were
//! written: two files of one key that differ there have two fingerprints, as
//! OpenSSL has it.

use zeroize::Zeroizing;

use super::{PublicKey, Reject, number};
use crate::wire::der::Reader;
use crate::wire::trim_zeros;

/// Smallest modulus that counts as a key.
const MIN_BITS: u32 = 512;
/// Largest modulus that is checked: the largest group of RFC 3526 and RFC 7919. It
/// bounds one check to about 60 ms.
const MAX_BITS: u32 = 8192;

/// A private key for Diffie-Hellman.
pub struct DhKey {
    /// Whether it is written as in X9.42.
    pub x942: bool,
    /// DER of the parameters: a SEQUENCE of p, g and more.
    pub parameters: Vec<u8>,
    /// The private number, big-endian.
    pub x: Zeroizing<Vec<u8>>,
}

impl DhKey {
    /// Checks the key and derives its public half.
    pub fn check(&self) -> Result<PublicKey, Reject> {
        let p = modulus(&self.parameters)?;
        let mut fields = Reader::new(&self.parameters).sequence()?;
        fields.integer()?;
        let g = fields.integer()?;
        let in_range = |number: &[u8]| number::bits(number) > 0 && number::less(number, p);
        if !in_range(g) || number::bits(g) < 2 || !in_range(&self.x) {
            return Err(Reject::OutOfRange);
        }
        if self.x942 && !number::less(&self.x, fields.integer()?) {
            return Err(Reject::OutOfRange);
        }
        let y = number::power(g, &number::value(&self.x), p).ok_or(Reject::OutOfRange)?;
        PublicKey::dh(self.x942, &self.parameters, &y)
    }
}

/// Returns the prime of a group, if it is of a size that keys have.
pub(super) fn modulus(parameters: &[u8]) -> Result<&[u8], Reject> {
    let p = trim_zeros(Reader::new(parameters).sequence()?.integer()?);
    match number::bits(p) {
        MIN_BITS..=MAX_BITS => Ok(p),
        bits if bits > MAX_BITS => Err(Reject::TooLarge),
        _ => Err(Reject::OutOfRange),
    }
}
