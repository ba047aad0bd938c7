//! Public keys of Ed448 (RFC 8032 section 5.2) and X448 (RFC 7748 section 5).
//!
//! No released crate of the generation that this package uses has the curve, and
//! one scalar multiplication of each kind is all that is needed:
//! `x^2 + y^2 = 1 + d*x^2*y^2` with d = -39081 over p = 2^448 - 2^224 - 1, and
//! its Montgomery form with A = 156326.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, Uint};
use shake::Shake256;
use shake::digest::{ExtendableOutput, Update, XofReader};
use zeroize::{Zeroize, Zeroizing};

/// Limbs of a field element: 448 bits.
const LIMBS: usize = 448 / crypto_bigint::Limb::BITS as usize;

/// An element of the field.
type Element = FixedMontyForm<LIMBS>;

/// The field.
const FIELD: FixedMontyParams<LIMBS> = FixedMontyParams::new_vartime(
    Odd::<Uint<LIMBS>>::from_be_hex(
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ),
);

/// The generator's x (RFC 8032 section 5.2).
const BASE_X: Uint<LIMBS> = Uint::from_be_hex(
    "4f1970c66bed0ded221d15a622bf36da9e146570470f1767ea6de324a3d3a46412ae1af72ab66511433b80e18b00938e2626a82bc70cc05e",
);

/// The generator's y.
const BASE_Y: Uint<LIMBS> = Uint::from_be_hex(
    "693f46716eb6bc248876203756c9c7624bea73736ca3984087789c1e05a0c2d73ad3ff1ce67c39c4fdbd132c4ed7c8ad9808795bf230fa14",
);

/// Returns the Ed448 public key of a seed.
pub(super) fn public_of_seed(seed: &[u8; 57]) -> Vec<u8> {
    let mut hash = Shake256::default();
    hash.update(seed);
    let mut scalar = Zeroizing::new([0; 57]);
    hash.finalize_xof().read(&mut *scalar);
    public_of_scalar(&scalar)
}

/// Returns the Ed448 public key of a little-endian scalar, which is clamped.
pub(super) fn public_of_scalar(scalar: &[u8; 57]) -> Vec<u8> {
    let mut scalar = Zeroizing::new(*scalar);
    let [low, middle @ .., high, top] = &mut *scalar;
    *low &= 0xFC;
    *high |= 0x80;
    *top = 0;
    let digits = middle.iter().rev().chain([&*low]);

    let base = Point {
        x: Element::new(&BASE_X, &FIELD),
        y: Element::new(&BASE_Y, &FIELD),
        z: Element::one(&FIELD),
    };
    let d = -Element::new(&Uint::from_u32(39081), &FIELD);
    let neutral = Point {
        x: Element::zero(&FIELD),
        y: base.z,
        z: base.z,
    };
    let mut sum = Zeroizing::new(neutral);
    for byte in [&*high].into_iter().chain(digits) {
        for bit in (0..8).rev() {
            *sum = sum.add(&sum, &d);
            if byte >> bit & 1 == 1 {
                *sum = sum.add(&base, &d);
            }
        }
    }
    sum.encode()
}

/// Returns the X448 public key of a secret.
pub(super) fn x448_public(secret: &[u8; 56]) -> Vec<u8> {
    let mut scalar = Zeroizing::new(*secret);
    let [low, .., high] = &mut *scalar;
    *low &= 0xFC;
    *high |= 0x80;

    // The ladder of RFC 7748 section 5; u = 5 is the generator.
    let (zero, one) = (Element::zero(&FIELD), Element::one(&FIELD));
    let base = Element::new(&Uint::from_u32(5), &FIELD);
    let a24 = Element::new(&Uint::from_u32(39081), &FIELD);
    let mut low = Zeroizing::new((one, zero));
    let mut high = Zeroizing::new((base, one));
    for byte in scalar.iter().rev() {
        for bit in (0..8).rev() {
            let swap = byte >> bit & 1 == 1;
            if swap {
                std::mem::swap(&mut low, &mut high);
            }
            let (sum, difference) = (low.0 + low.1, low.0 - low.1);
            let (squared_sum, squared_difference) = (sum.square(), difference.square());
            let span = squared_sum - squared_difference;
            let crossed = (high.0 - high.1) * sum;
            let mixed = (high.0 + high.1) * difference;
            *high = (
                (crossed + mixed).square(),
                base * (crossed - mixed).square(),
            );
            *low = (
                squared_sum * squared_difference,
                span * (squared_sum + a24 * span),
            );
            if swap {
                std::mem::swap(&mut low, &mut high);
            }
        }
    }
    little_endian(&divide(&low.0, &low.1)).to_vec()
}

/// A projective point (x = X/Z, y = Y/Z).
#[derive(Clone, Copy)]
struct Point {
    /// Numerator of x.
    x: Element,
    /// Numerator of y.
    y: Element,
    /// Common denominator, never zero.
    z: Element,
}

impl Zeroize for Point {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
        self.z.zeroize();
    }
}

impl Point {
    /// Adds two points by the complete formulas of RFC 8032 section 5.2.4.
    fn add(&self, other: &Self, curve_d: &Element) -> Self {
        let a = self.z * other.z;
        let b = a.square();
        let c = self.x * other.x;
        let d = self.y * other.y;
        let e = *curve_d * c * d;
        let (f, g) = (b - e, b + e);
        let h = (self.x + self.y) * (other.x + other.y);
        Self {
            x: a * f * (h - c - d),
            y: a * g * (d - c),
            z: f * g,
        }
    }

    /// Encodes the point: y, and the sign of x in the last byte's top bit.
    fn encode(&self) -> Vec<u8> {
        let x = little_endian(&divide(&self.x, &self.z));
        let mut bytes = little_endian(&divide(&self.y, &self.z)).to_vec();
        let sign = x.first().map_or(0, |low| low & 1);
        bytes.push(sign << 7);
        bytes
    }
}

/// Returns the quotient of two field elements, the second not zero.
fn divide(numerator: &Element, denominator: &Element) -> Element {
    denominator
        .invert_vartime()
        .into_option()
        .map_or(*numerator, |inverse| *numerator * inverse)
}

/// Returns a field element as 56 little-endian bytes.
fn little_endian(element: &Element) -> [u8; 56] {
    let mut bytes = [0; 56];
    for (to, from) in bytes
        .iter_mut()
        .zip(element.retrieve().to_le_bytes().as_ref())
    {
        *to = *from;
    }
    bytes
}
