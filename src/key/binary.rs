//! Arithmetic on curves over binary fields: `y^2 + x*y = x^3 + a*x^2 + b` over
//! GF(2^m) in polynomial basis (SEC 1 section 2.1.2, FIPS 186-4 appendix D.1.3).
//!
//! Such keys are rare and one multiplication a key is all that is needed, so points
//! are affine and every addition divides: 30 ms for a key of 571 bits.

use zeroize::{Zeroize, Zeroizing};

use super::{Domain, number};

/// Largest field that is calculated in: the largest of a named curve has 571 bits,
/// and the time of one key grows with the cube.
pub(super) const MAX_BITS: u32 = 575;

/// Words of a field element; the polynomial itself has one bit more.
const WORDS: usize = MAX_BITS as usize / 64 + 1;

/// A polynomial of degree below [`MAX_BITS`], lowest coefficient first.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Element([u64; WORDS]);

impl Zeroize for Element {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// A point; `None` is infinity.
type Point = Option<(Element, Element)>;

/// Whether the point has coordinates of the field and lies on the curve.
pub(super) fn is_on_curve(domain: &Domain<'_>, x: &[u8], y: &[u8]) -> bool {
    let Some(field) = Field::new(domain) else {
        return false;
    };
    let (Some(x), Some(y)) = (field.element(x), field.element(y)) else {
        return false;
    };
    let left = field.product(&y, &x.sum(&y));
    let square = field.product(&x, &x);
    left == field.product(&square, &x.sum(&field.a)).sum(&field.b)
}

/// Returns the coordinates of the generator times `d`, unless `d` is zero or
/// not below the order.
pub(super) fn generator_times(domain: &Domain<'_>, d: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    if number::bits(d) == 0 || !number::less(d, domain.n) || number::bits(domain.n) > MAX_BITS {
        return None;
    }
    let field = Field::new(domain)?;
    let generator = Some((field.element(domain.gx)?, field.element(domain.gy)?));
    let mut sum = Zeroizing::new(None);
    for byte in d {
        for bit in (0..8).rev() {
            *sum = field.add(&sum, &sum);
            if byte >> bit & 1 == 1 {
                *sum = field.add(&sum, &generator);
            }
        }
    }
    let (x, y) = (*sum)?;
    let width = field.degree.div_ceil(8);
    Some((x.bytes(width), y.bytes(width)))
}

/// A curve, ready to calculate with.
struct Field {
    /// The polynomial that elements are reduced by.
    modulus: Element,
    /// Its degree.
    degree: usize,
    /// The coefficient of x^2.
    a: Element,
    /// The constant term.
    b: Element,
}

impl Field {
    fn new(domain: &Domain<'_>) -> Option<Self> {
        let modulus = Element::load(domain.p)?;
        let degree = modulus.degree()?;
        // A polynomial without a constant term has no inverses.
        if degree > MAX_BITS as usize || degree < 2 || modulus.0.first()? & 1 == 0 {
            return None;
        }
        let zero = Element([0; WORDS]);
        let mut field = Self {
            modulus,
            degree,
            a: zero,
            b: zero,
        };
        field.a = field.element(domain.a)?;
        field.b = field.element(domain.b)?;
        Some(field)
    }

    /// Returns an element, if it is below the polynomial.
    fn element(&self, bytes: &[u8]) -> Option<Element> {
        let element = Element::load(bytes)?;
        element
            .degree()
            .is_none_or(|degree| degree < self.degree)
            .then_some(element)
    }

    /// Multiplies, by shifts and additions.
    fn product(&self, left: &Element, right: &Element) -> Element {
        let mut sum = Element([0; WORDS]);
        for bit in (0..self.degree).rev() {
            sum = sum.doubled();
            if sum.bit(self.degree) {
                sum = sum.sum(&self.modulus);
            }
            if right.bit(bit) {
                sum = sum.sum(left);
            }
        }
        sum
    }

    /// Divides, by the binary form of Euclid's algorithm: `u` and `v` have the
    /// greatest common divisor of divisor and polynomial, and `g*divisor = u*dividend`.
    /// Where the polynomial is not irreducible there may be no quotient.
    fn quotient(&self, dividend: &Element, divisor: &Element) -> Option<Element> {
        let (mut u, mut v) = (*divisor, self.modulus);
        let (mut g, mut h) = (*dividend, Element([0; WORDS]));
        let one = Element::load(&[1])?;
        while u != one {
            u.degree()?;
            if !u.bit(0) {
                u = u.halved();
                if g.bit(0) {
                    g = g.sum(&self.modulus);
                }
                g = g.halved();
                continue;
            }
            if u.degree() < v.degree() {
                std::mem::swap(&mut u, &mut v);
                std::mem::swap(&mut g, &mut h);
            }
            u = u.sum(&v);
            g = g.sum(&h);
        }
        Some(g)
    }

    /// Adds two points.
    fn add(&self, left: &Point, right: &Point) -> Point {
        let (Some((x1, y1)), Some((x2, y2))) = (left, right) else {
            return left.or(*right);
        };
        if x1 == x2 {
            // The negative of (x, y) is (x, x + y); x = 0 is its own.
            if y1 != y2 || x1.degree().is_none() {
                return None;
            }
            let slope = x1.sum(&self.quotient(y1, x1)?);
            let x3 = self.product(&slope, &slope).sum(&slope).sum(&self.a);
            let y3 = self
                .product(x1, x1)
                .sum(&self.product(&slope, &x3))
                .sum(&x3);
            return Some((x3, y3));
        }
        let across = x1.sum(x2);
        let slope = self.quotient(&y1.sum(y2), &across)?;
        let square = self.product(&slope, &slope);
        let x3 = square.sum(&slope).sum(&across).sum(&self.a);
        let y3 = self.product(&slope, &x1.sum(&x3)).sum(&x3).sum(y1);
        Some((x3, y3))
    }
}

impl Element {
    /// Reads big-endian bytes, if they fit.
    fn load(bytes: &[u8]) -> Option<Self> {
        let bytes = number::padded(bytes, WORDS * 8)?;
        let mut words = [0; WORDS];
        for (word, chunk) in words.iter_mut().zip(bytes.rchunks(8)) {
            *word = u64::from_be_bytes(chunk.try_into().ok()?);
        }
        Some(Self(words))
    }

    /// Returns big-endian bytes, as wide as the field.
    fn bytes(&self, width: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.0.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.truncate(width);
        bytes.reverse();
        bytes
    }

    fn bit(&self, bit: usize) -> bool {
        let word = self.0.get(bit / 64).copied().unwrap_or(0);
        word >> (bit % 64) & 1 == 1
    }

    /// Returns the degree; zero has none.
    fn degree(&self) -> Option<usize> {
        let top = self.0.iter().rposition(|&word| word != 0)?;
        let word = self.0.get(top)?;
        Some(top * 64 + 63 - word.leading_zeros() as usize)
    }

    fn sum(&self, other: &Self) -> Self {
        let mut sum = *self;
        for (word, more) in sum.0.iter_mut().zip(&other.0) {
            *word ^= more;
        }
        sum
    }

    /// Multiplies by x.
    fn doubled(&self) -> Self {
        let mut carry = 0;
        let mut doubled = *self;
        for word in &mut doubled.0 {
            let next = *word >> 63;
            *word = *word << 1 | carry;
            carry = next;
        }
        doubled
    }

    /// Divides by x, what is left over falling off.
    fn halved(&self) -> Self {
        let mut carry = 0;
        let mut halved = *self;
        for word in halved.0.iter_mut().rev() {
            let next = *word << 63;
            *word = *word >> 1 | carry;
            carry = next;
        }
        halved
    }
}
