//! Curves that a key spells out instead of naming (SEC 1 appendix C.2, RFC 3279
//! section 2.3.5).
//!
//! ```text
//! SpecifiedECDomain ::= SEQUENCE { version INTEGER, fieldID SEQUENCE { type OID, parameters },
//!     curve SEQUENCE { a OCTET STRING, b OCTET STRING, seed BIT STRING OPTIONAL },
//!     base OCTET STRING, order INTEGER, cofactor INTEGER OPTIONAL, hash … OPTIONAL }
//! prime-field               INTEGER
//! characteristic-two-field  SEQUENCE { m INTEGER, basis OID, k INTEGER | SEQUENCE { k1, k2, k3 } }
//! ```
//!
//! Mostly they are those of a named curve, and the key is then one on that curve. A
//! generator of somebody's choice (CVE-2020-0601) makes another curve of it.

use std::borrow::Cow;

use super::{Curve, Domain, Reject, binary, number, weierstrass};
use crate::wire::der::{self, Reader};
use crate::wire::trim_zeros;
use crate::wire::writer::DerWriter;

/// 1.2.840.10045.1.1, prime-field.
const PRIME_FIELD: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x01, 0x01];
/// 1.2.840.10045.1.2, characteristic-two-field.
const BINARY_FIELD: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x01, 0x02];
/// 1.2.840.10045.1.2.3.2, tpBasis: x^m + x^k + 1.
const TRINOMIAL: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x01, 0x02, 0x03, 0x02];
/// 1.2.840.10045.1.2.3.3, ppBasis: x^m + x^k3 + x^k2 + x^k1 + 1.
const PENTANOMIAL: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x01, 0x02, 0x03, 0x03];

/// Parameters of a curve, as they were spelled out.
#[derive(Debug)]
pub(super) struct Explicit<'a> {
    /// Whether the field has characteristic two.
    is_binary: bool,
    /// The prime, or the polynomial with its bits.
    field: Cow<'a, [u8]>,
    a: &'a [u8],
    b: &'a [u8],
    /// The generator, as a point of SEC 1.
    base: &'a [u8],
    order: &'a [u8],
}

impl<'a> Explicit<'a> {
    /// Reads a SpecifiedECDomain.
    pub(super) fn read(der: &'a [u8]) -> Result<Self, Reject> {
        let mut fields = Reader::new(der).sequence()?;
        fields.small_int()?;
        let mut field = fields.sequence()?;
        let (is_binary, field) = match field.oid()? {
            PRIME_FIELD => (false, Cow::Borrowed(trim_zeros(field.integer()?))),
            BINARY_FIELD => (true, Cow::Owned(polynomial(field.sequence()?)?)),
            _ => return Err(Reject::UnknownAlgorithm),
        };
        let mut coefficients = fields.sequence()?;
        let (a, b) = (coefficients.octets()?, coefficients.octets()?);
        let explicit = Self {
            is_binary,
            field,
            a,
            b,
            base: fields.octets()?,
            order: trim_zeros(fields.integer()?),
        };
        let limit = if is_binary {
            binary::MAX_BITS
        } else {
            weierstrass::MAX_BITS
        };
        let longest = number::bits(&explicit.field).max(number::bits(explicit.order));
        if longest > limit + 1 {
            return Err(Reject::TooLarge);
        }
        Ok(explicit)
    }

    /// Returns the named curve with these numbers. The generator is compared whole
    /// or, compressed, by x and parity.
    pub(super) fn named(&self) -> Option<Curve> {
        let same = |known: &[u8], number: &[u8]| trim_zeros(known) == trim_zeros(number);
        Curve::every().find(|curve| {
            let domain = curve.domain();
            let base_fits = match self.base {
                [4 | 6 | 7, xy @ ..] => xy.strip_prefix(domain.gx) == Some(domain.gy),
                // The parity of a binary curve's y is another; only x is compared.
                [2 | 3, x @ ..] if self.is_binary => x == domain.gx,
                [form @ (2 | 3), x @ ..] => {
                    x == domain.gx && domain.gy.last().is_some_and(|y| y & 1 == form & 1)
                }
                _ => false,
            };
            base_fits
                && self.is_binary == curve.is_binary()
                && same(domain.p, &self.field)
                && same(domain.a, self.a)
                && same(domain.b, self.b)
                && same(domain.n, self.order)
        })
    }

    /// Whether the field has characteristic two.
    pub(super) fn is_binary(&self) -> bool {
        self.is_binary
    }

    /// Returns the size of the field in bits.
    pub(super) fn bits(&self) -> u32 {
        number::bits(&self.field).saturating_sub(u32::from(self.is_binary))
    }

    /// Returns the size of a coordinate in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bits().div_ceil(8) as usize
    }

    /// Returns the parameters; the generator must not be compressed.
    fn domain(&self) -> Option<Domain<'_>> {
        let [4 | 6 | 7, xy @ ..] = self.base else {
            return None;
        };
        let (gx, gy) = xy.split_at_checked(self.bytes())?;
        (gy.len() == gx.len()).then_some(Domain {
            p: &self.field,
            a: self.a,
            b: self.b,
            gx,
            gy,
            n: self.order,
        })
    }

    /// Returns the generator times `d`; the generator must be on the curve.
    pub(super) fn generator_times(&self, d: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Reject> {
        let domain = self.domain().ok_or(Reject::Unsupported)?;
        if !on_curve(&domain, self.is_binary, domain.gx, domain.gy)
            || !has_order(&domain, self.is_binary)
        {
            return Err(Reject::OutOfRange);
        }
        times(&domain, self.is_binary, d).ok_or(Reject::OutOfRange)
    }

    /// Whether the point is on the curve, and the generator too.
    pub(super) fn is_on_curve(&self, x: &[u8], y: &[u8]) -> bool {
        self.domain().is_some_and(|domain| {
            on_curve(&domain, self.is_binary, domain.gx, domain.gy)
                && on_curve(&domain, self.is_binary, x, y)
        })
    }
}

/// Returns the DER of parameters with the coefficients as wide as the field, and
/// without the hash function: as OpenSSL writes what it has read.
pub(super) fn rewritten(der: &[u8]) -> Result<Vec<u8>, Reject> {
    let width = Explicit::read(der)?.bytes();
    let mut fields = Reader::new(der).sequence()?;
    let (version, field) = (fields.read_tlv()?, fields.read_tlv()?);
    let mut curve = fields.sequence()?;
    let wide = |number| number::padded(number, width).ok_or(Reject::OutOfRange);
    let (a, b) = (wide(curve.octets()?)?, wide(curve.octets()?)?);
    let (base, order) = (fields.read_tlv()?, fields.read_tlv()?);
    let cofactor = match fields.peek() {
        Some(der::INTEGER) => fields.read_tlv()?.whole,
        _ => &[],
    };
    let mut writer = DerWriter::new();
    writer.sequence(|writer| {
        writer.raw(version.whole).raw(field.whole);
        writer.sequence(|writer| {
            writer.octets(&a).octets(&b).raw(curve.rest());
        });
        writer.raw(base.whole).raw(order.whole).raw(cofactor);
    });
    Ok(writer.finish())
}

/// Returns the polynomial of a binary field, lowest bit last.
fn polynomial(mut fields: Reader<'_>) -> Result<Vec<u8>, Reject> {
    let degree = fields.small_int()?;
    if degree > u64::from(binary::MAX_BITS) {
        return Err(Reject::TooLarge);
    }
    let mut exponents = vec![0, degree];
    match fields.oid()? {
        TRINOMIAL => exponents.push(fields.small_int()?),
        PENTANOMIAL => {
            let mut middle = fields.sequence()?;
            for _ in 0..3 {
                exponents.push(middle.small_int()?);
            }
        }
        _ => return Err(Reject::Unsupported),
    }
    let mut bytes = vec![0; degree as usize / 8 + 1];
    for exponent in exponents {
        let byte = bytes.iter_mut().nth_back(exponent as usize / 8);
        *byte.ok_or(Reject::BadValue)? ^= 1 << (exponent % 8);
    }
    Ok(bytes)
}

/// Whether a point is on the curve with these parameters.
pub(super) fn on_curve(domain: &Domain<'_>, is_binary: bool, x: &[u8], y: &[u8]) -> bool {
    match is_binary {
        true => binary::is_on_curve(domain, x, y),
        false => weierstrass::is_on_curve(domain, x, y),
    }
}

/// Whether the generator has the order that is told: one less times it is its
/// opposite, which has the same x.
fn has_order(domain: &Domain<'_>, is_binary: bool) -> bool {
    let mut less = domain.n.to_vec();
    // Orders of generators are odd primes.
    match less.last_mut() {
        Some(last) if *last & 1 == 1 => *last -= 1,
        _ => return false,
    }
    times(domain, is_binary, &less).is_some_and(|(x, y)| {
        trim_zeros(&x) == trim_zeros(domain.gx) && trim_zeros(&y) != trim_zeros(domain.gy)
    })
}

/// Returns the generator times `d` on the curve with these parameters.
pub(super) fn times(domain: &Domain<'_>, is_binary: bool, d: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    match is_binary {
        true => binary::generator_times(domain, d),
        false => weierstrass::generator_times(domain, d),
    }
}
