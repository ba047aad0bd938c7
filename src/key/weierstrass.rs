//! Arithmetic on short Weierstrass curves, from the table of domain parameters.
//!
//! Public points are checked and decompressed here on every curve. Private keys
//! go through it only on the curves that no curve crate is used for: P-192,
//! P-224, Brainpool, SM2, the rare ones, and those that a file spells out.
//!
//! Points are projective (x = X/Z, y = Y/Z) and added by the complete formulas
//! of Renes, Costello and Batina, 2015/1060, algorithm 1, which have no special
//! cases in a group of odd order: doubling is adding a point to itself.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, Uint, Word};
use zeroize::{Zeroize, Zeroizing};

use super::{Domain, number};

/// Largest field that is calculated in: twice the largest of a named curve, and
/// 10 ms for one key.
pub(super) const MAX_BITS: u32 = 1024;

/// Calls a function of [`Group`] at a number of limbs that holds the field.
macro_rules! on_group {
    ($domain:expr, $group:ident => $call:expr) => {
        match $domain.p.len().div_ceil(size_of::<Word>()) {
            0..=2 => Group::<2>::new($domain).and_then(|$group| $call),
            3 => Group::<3>::new($domain).and_then(|$group| $call),
            4 => Group::<4>::new($domain).and_then(|$group| $call),
            5 => Group::<5>::new($domain).and_then(|$group| $call),
            6 => Group::<6>::new($domain).and_then(|$group| $call),
            7..=8 => Group::<8>::new($domain).and_then(|$group| $call),
            9 => Group::<9>::new($domain).and_then(|$group| $call),
            10..=16 => Group::<16>::new($domain).and_then(|$group| $call),
            _ => None,
        }
    };
}

/// Whether the point has coordinates below the prime and lies on the curve.
pub(super) fn is_on_curve(domain: &Domain<'_>, x: &[u8], y: &[u8]) -> bool {
    on_group!(domain, group => {
        let (x, y) = (group.element(x)?, group.element(y)?);
        (y.square() == group.right_side(&x)).then_some(())
    })
    .is_some()
}

/// Returns the y coordinate of this parity.
pub(super) fn decompress(domain: &Domain<'_>, x: &[u8], odd: bool) -> Option<Vec<u8>> {
    on_group!(domain, group => {
        let x = group.element(x)?;
        let root = group.square_root(&group.right_side(&x))?;
        let is_odd = root.retrieve().as_words().first().is_some_and(|word| word & 1 == 1);
        // Zero has one root only, and it is even.
        let y = if is_odd == odd { root } else { -root };
        let y = group.bytes(&y);
        (y.last().is_some_and(|last| (last & 1 == 1) == odd)).then_some(y)
    })
}

/// Returns the coordinates of the generator times `d`, unless `d` is zero or
/// not below the order.
pub(super) fn generator_times(domain: &Domain<'_>, d: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    if d.iter().all(|&byte| byte == 0) || !number::less(d, domain.n) {
        return None;
    }
    on_group!(domain, group => group.affine(&*group.generator_times(d)?))
}

/// Largest power of two in p-1 that square roots are taken for: 96 in P-224. The
/// search takes up to its square in multiplications.
const MAX_TWOS: u32 = 128;

/// An element of the field.
type Element<const LIMBS: usize> = FixedMontyForm<LIMBS>;

/// A projective point.
#[derive(Clone, Copy)]
struct Point<const LIMBS: usize> {
    /// Numerator of x.
    x: Element<LIMBS>,
    /// Numerator of y.
    y: Element<LIMBS>,
    /// Common denominator; zero at infinity.
    z: Element<LIMBS>,
}

impl<const LIMBS: usize> Zeroize for Point<LIMBS> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
        self.z.zeroize();
    }
}

/// A curve, ready to calculate with.
struct Group<'a, const LIMBS: usize> {
    /// The parameters as bytes.
    domain: &'a Domain<'a>,
    /// The prime.
    field: FixedMontyParams<LIMBS>,
    /// The coefficient of x.
    a: Element<LIMBS>,
    /// The constant term.
    b: Element<LIMBS>,
    /// Three times the constant term.
    b3: Element<LIMBS>,
}

impl<'a, const LIMBS: usize> Group<'a, LIMBS> {
    /// Prepares a curve; the limbs must hold its field.
    fn new(domain: &'a Domain<'a>) -> Option<Self> {
        let prime = Odd::new(load(domain.p)?).into_option()?;
        let field = FixedMontyParams::new_vartime(prime);
        if !number::less(domain.a, domain.p) || !number::less(domain.b, domain.p) {
            return None;
        }
        let a = Element::new(&load(domain.a)?, &field);
        let b = Element::new(&load(domain.b)?, &field);
        Some(Self {
            domain,
            field,
            a,
            b,
            b3: b + b + b,
        })
    }

    /// Returns a field element; its value must be below the prime.
    fn element(&self, bytes: &[u8]) -> Option<Element<LIMBS>> {
        if number::less(bytes, self.domain.p) {
            Some(Element::new(&load(bytes)?, &self.field))
        } else {
            None
        }
    }

    /// Returns a field element as bytes as wide as the field.
    fn bytes(&self, element: &Element<LIMBS>) -> Vec<u8> {
        let bytes = element.retrieve().to_be_bytes();
        let bytes: &[u8] = bytes.as_ref();
        let start = bytes.len().saturating_sub(self.domain.p.len());
        bytes.get(start..).unwrap_or_default().to_vec()
    }

    /// Returns x^3 + a*x + b.
    fn right_side(&self, x: &Element<LIMBS>) -> Element<LIMBS> {
        (x.square() + self.a) * x + self.b
    }

    /// Returns a square root by the method of Tonelli and Shanks. Every prime of
    /// the common curves but that of P-224 is 3 modulo 4, where the loop finds
    /// nothing; primes that would make it long are left alone.
    fn square_root(&self, square: &Element<LIMBS>) -> Option<Element<LIMBS>> {
        let one = Element::one(&self.field);
        let p_minus_1 = self.field.modulus().as_ref().wrapping_sub(&Uint::ONE);
        let twos = p_minus_1.trailing_zeros_vartime();
        if twos > MAX_TWOS {
            return None;
        }
        let odd_part = p_minus_1.wrapping_shr_vartime(twos);

        let mut check = square.pow_vartime(&odd_part);
        // (odd + 1) / 2, without a carry out of the top limb.
        let half = odd_part.wrapping_shr_vartime(1).wrapping_add(&Uint::ONE);
        let mut root = square.pow_vartime(&half);
        if check == one {
            return Some(root);
        }
        let mut generator = self.non_residue()?.pow_vartime(&odd_part);
        let mut order = twos;
        while check != one {
            let mut power = check;
            let mut steps = 0;
            while power != one {
                power = power.square();
                steps += 1;
                if steps >= order {
                    return None;
                }
            }
            let factor = generator.square_repeat_vartime(order - steps - 1);
            order = steps;
            generator = factor.square();
            check *= generator;
            root *= factor;
        }
        (root.square() == *square).then_some(root)
    }

    /// Returns the smallest element that has no square root: below 30 for every
    /// prime of the table.
    fn non_residue(&self) -> Option<Element<LIMBS>> {
        let minus_1 = -Element::one(&self.field);
        let half = self.field.modulus().as_ref().wrapping_shr_vartime(1);
        (2u32..30)
            .map(|small| Element::new(&Uint::from_u32(small), &self.field))
            .find(|small| small.pow_vartime(&half) == minus_1)
    }

    /// Adds two points.
    fn add(&self, left: &Point<LIMBS>, right: &Point<LIMBS>) -> Point<LIMBS> {
        let xx = left.x * right.x;
        let yy = left.y * right.y;
        let zz = left.z * right.z;
        let xy = (left.x + left.y) * (right.x + right.y) - xx - yy;
        let xz = (left.x + left.z) * (right.x + right.z) - xx - zz;
        let yz = (left.y + left.z) * (right.y + right.z) - yy - zz;
        let a_zz = self.a * zz;
        let shift = self.a * xz + self.b3 * zz;
        let (low, high) = (yy - shift, yy + shift);
        let slope = xx + xx + xx + a_zz;
        let cross = self.b3 * xz + self.a * (xx - a_zz);
        Point {
            x: xy * low - yz * cross,
            y: low * high + slope * cross,
            z: yz * high + xy * slope,
        }
    }

    /// Returns the generator times `d`, four bits at a time.
    fn generator_times(&self, d: &[u8]) -> Option<Zeroizing<Point<LIMBS>>> {
        let (zero, one) = (Element::zero(&self.field), Element::one(&self.field));
        let infinity = Point {
            x: zero,
            y: one,
            z: zero,
        };
        let generator = Point {
            x: self.element(self.domain.gx)?,
            y: self.element(self.domain.gy)?,
            z: one,
        };
        let mut multiples = [infinity; 16];
        let mut multiple = infinity;
        for slot in multiples.iter_mut().skip(1) {
            multiple = self.add(&multiple, &generator);
            *slot = multiple;
        }
        let mut sum = Zeroizing::new(infinity);
        for byte in d {
            for digit in [byte >> 4, byte & 0x0F] {
                for _ in 0..4 {
                    *sum = self.add(&sum, &sum);
                }
                *sum = self.add(&sum, multiples.get(usize::from(digit))?);
            }
        }
        Some(sum)
    }

    /// Returns the coordinates of a point other than infinity.
    fn affine(&self, point: &Point<LIMBS>) -> Option<(Vec<u8>, Vec<u8>)> {
        let inverse = point.z.invert_vartime().into_option()?;
        Some((
            self.bytes(&(point.x * inverse)),
            self.bytes(&(point.y * inverse)),
        ))
    }
}

/// Returns big-endian bytes as an integer, if they fit.
fn load<const LIMBS: usize>(bytes: &[u8]) -> Option<Uint<LIMBS>> {
    let padded = number::padded(bytes, Uint::<LIMBS>::BYTES)?;
    Some(Uint::from_be_slice(&padded))
}
