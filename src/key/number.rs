//! Large numbers as bytes, and as values to calculate with.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd, Resize as _};
use zeroize::Zeroizing;

use crate::wire::trim_zeros;

/// Returns the size of a big-endian number in bits.
pub(super) fn bits(number: &[u8]) -> u32 {
    let number = trim_zeros(number);
    let top = number.first().map_or(0, |first| first.leading_zeros());
    // A slice that came out of a blob is far below 2^29 bytes.
    u32::try_from(number.len())
        .map_or(u32::MAX, |len| len.saturating_mul(8))
        .saturating_sub(top)
}

/// Whether one big-endian number is below another.
pub(super) fn less(left: &[u8], right: &[u8]) -> bool {
    let (left, right) = (trim_zeros(left), trim_zeros(right));
    (left.len(), left) < (right.len(), right)
}

/// Returns a big-endian number at a fixed width, unless it is too large.
pub(super) fn padded(number: &[u8], width: usize) -> Option<Zeroizing<Vec<u8>>> {
    let number = trim_zeros(number);
    let zeros = width.checked_sub(number.len())?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(width));
    bytes.resize(zeros, 0);
    bytes.extend_from_slice(number);
    Some(bytes)
}

/// Returns a big-endian number as a value, which is wiped when dropped.
pub(super) fn value(number: &[u8]) -> Zeroizing<BoxedUint> {
    Zeroizing::new(BoxedUint::from_be_slice_vartime(trim_zeros(number)))
}

/// Returns a value as big-endian bytes without leading zeros.
pub(super) fn bytes(value: &BoxedUint) -> Vec<u8> {
    let bytes = Zeroizing::new(value.to_be_bytes());
    trim_zeros(&bytes).to_vec()
}

/// Returns base^exponent modulo an odd number, all of them big-endian but the exponent.
pub(super) fn power(base: &[u8], exponent: &BoxedUint, modulus: &[u8]) -> Option<Vec<u8>> {
    let modulus = value(modulus);
    let base = (&*value(base)).resize(modulus.bits_precision());
    let modulus = Odd::new((*modulus).clone()).into_option()?;
    let params = BoxedMontyParams::new_vartime(modulus);
    let power = BoxedMontyForm::new(base, &params).pow(exponent);
    Some(bytes(&power.retrieve()))
}
