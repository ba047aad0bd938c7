//! Points, and the scalars that make them.

use zeroize::Zeroizing;

use super::{Together, Tries, Written};
use crate::key::{Curve, EcKey, Key, PublicKey, number};
use crate::wire::trim_zeros;

/// Points of one place that scalars are sought for.
const MAX_POINTS: usize = 32;
/// Scalars that are tried on one point, the nearest first.
const MAX_SCALARS: usize = 12;
/// Products of scalars and generators in one place.
const MAX_PRODUCTS: usize = 64;
/// Bits that a coordinate or scalar may be shorter than its field: one drawn at random is with
/// a chance of one in so many powers of two.
const MAX_SHORT_BITS: u32 = 32;
/// Values between the coordinates of a point at most: y is the next, or the one behind that.
const MAX_APART: usize = 2;
/// Steps of a product of a scalar and a generator, and of a square root.
const PRODUCT: u64 = 20;
const ROOT: u64 = 8;

/// A point on a curve, as it is written.
struct Point {
    curve: Curve,
    bytes: Vec<u8>,
    x: Vec<u8>,
    places: Vec<usize>,
}

/// Returns the keys on short Weierstrass curves among numbers, which are in the order of their
/// places: those of which scalar and point are there.
#[must_use]
pub fn ec_among(numbers: &[Written<'_>], tries: &mut Tries) -> Vec<Together> {
    let mut found: Vec<Together> = Vec::new();
    let mut products = 0;
    for point in points(numbers, tries) {
        let known = |w: &&Written<'_>| {
            let bits = number::bits(w.number);
            let most = point.curve.bits();
            (most - MAX_SHORT_BITS..=most).contains(&bits) && !point.places.contains(&w.place)
        };
        let mut scalars: Vec<&Written<'_>> = numbers.iter().filter(known).collect();
        let at = point.places.first().copied().unwrap_or_default();
        scalars.sort_by_key(|w| w.place.abs_diff(at));
        for scalar in scalars.into_iter().take(MAX_SCALARS) {
            if products == MAX_PRODUCTS || !tries.take(PRODUCT) {
                return found;
            }
            products += 1;
            let key = EcKey {
                curve: Some(point.curve),
                parameters: None,
                d: Zeroizing::new(trim_zeros(scalar.number).to_vec()),
                public: Some(point.bytes.clone()),
                chain: None,
            };
            if key.check().is_ok() {
                let mut places = vec![scalar.place];
                places.extend(&point.places);
                found.push(Together {
                    key: Ok(Key::Ec(key)),
                    places,
                });
                break;
            }
        }
    }
    found
}

/// Returns the points among numbers, each once.
fn points(numbers: &[Written<'_>], tries: &mut Tries) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    for (i, w) in numbers.iter().enumerate() {
        let bytes = trim_zeros(w.number);
        for curve in Curve::ALL {
            let width = curve.bytes();
            let encoded = match (bytes.first(), bytes.len()) {
                (Some(4), len) if len == 2 * width + 1 => Some((bytes.to_vec(), 1)),
                (Some(2 | 3), len) if len == width + 1 => Some((bytes.to_vec(), ROOT)),
                // Some write the coordinates without the form.
                (_, len) if len == 2 * width => Some(([&[4], bytes].concat(), 1)),
                _ => None,
            };
            if let Some((point, steps)) = encoded
                && points.len() < MAX_POINTS
                && tries.take(steps)
            {
                add(curve, point, vec![w.place], &mut points);
            }
            let is_coordinate = |number: &[u8]| {
                let bits = number::bits(number);
                (curve.bits() - MAX_SHORT_BITS..=curve.bits()).contains(&bits)
            };
            if !is_coordinate(bytes) {
                continue;
            }
            let behind = numbers.iter().skip(i + 1);
            let near = behind.take_while(|y| y.place <= w.place + MAX_APART);
            for y in near.filter(|y| y.place > w.place && is_coordinate(y.number)) {
                if points.len() < MAX_POINTS && tries.take(1) {
                    let point = curve.point(bytes, trim_zeros(y.number));
                    add(curve, point, vec![w.place, y.place], &mut points);
                }
            }
        }
    }
    points
}

/// Adds a point that is on its curve and not known yet.
fn add(curve: Curve, bytes: Vec<u8>, places: Vec<usize>, points: &mut Vec<Point>) {
    let Ok(PublicKey::Ec { x, .. }) = PublicKey::ec_point(curve, &bytes) else {
        return;
    };
    if !points.iter().any(|p| p.curve == curve && p.x == x) {
        points.push(Point {
            curve,
            bytes,
            x,
            places,
        });
    }
}
