//! DSA private keys (FIPS 186-4): y = g^x mod p with 0 < x < q.

use crypto_bigint::{BoxedUint, NonZero};
use zeroize::Zeroizing;

use super::{PublicKey, Reject, number};

/// Smallest modulus that counts as a key.
pub(super) const MIN_DSA_BITS: u32 = 512;
/// Largest modulus that is checked: the largest that OpenSSL makes. Together
/// with the limit of the order it bounds one check to about 20 ms.
pub(super) const MAX_DSA_BITS: u32 = 10_000;
/// Largest order that is checked: twice that of FIPS 186-4.
const MAX_ORDER_BITS: u32 = 512;

/// A DSA private key. Numbers are big-endian; leading zeros do not matter.
pub struct DsaKey {
    /// The prime modulus.
    pub p: Vec<u8>,
    /// The order of the generator.
    pub q: Vec<u8>,
    /// The generator.
    pub g: Vec<u8>,
    /// The private number.
    pub x: Zeroizing<Vec<u8>>,
    /// The public value, when it is stored.
    pub y: Option<Vec<u8>>,
}

impl DsaKey {
    /// Checks the key and derives its public half.
    pub fn check(&self) -> Result<PublicKey, Reject> {
        if number::bits(&self.q) > MAX_ORDER_BITS || number::bits(&self.p) > MAX_DSA_BITS {
            return Err(Reject::TooLarge);
        }
        if number::bits(&self.x) == 0 || !number::less(&self.x, &self.q) {
            return Err(Reject::OutOfRange);
        }
        // The ranges of p, q and g, before any of them is calculated with.
        PublicKey::dsa(&self.p, &self.q, &self.g, &self.g)?;
        let p = number::value(&self.p);
        let order = NonZero::new((*number::value(&self.q)).clone()).into_option();
        let order = order.ok_or(Reject::OutOfRange)?;
        if !p
            .wrapping_sub(BoxedUint::one())
            .rem_vartime(&order)
            .is_zero()
            .to_bool()
        {
            return Err(Reject::Inconsistent);
        }
        let y = number::power(&self.g, &number::value(&self.x), &self.p);
        let y = y.ok_or(Reject::OutOfRange)?;
        match &self.y {
            Some(stored) if crate::wire::trim_zeros(stored) != y => Err(Reject::Inconsistent),
            _ => PublicKey::dsa(&self.p, &self.q, &self.g, &y),
        }
    }
}
