//! Moduli, the primes that divide them, and exponents.

use crypto_bigint::{BoxedUint, ConcatenatingMul, Limb, NonZero};
use zeroize::Zeroizing;

use super::{Together, Tries, Written};
use crate::key::{Key, MAX_RSA_BITS, Reject, RsaKey, number};
use crate::wire::trim_zeros;

/// Smallest modulus that is looked for. Shorter ones are exercises, and numbers of their size are
/// also coordinates and hashes.
const MIN_BITS: u32 = 512;
/// Smallest prime: of a modulus of 512 bits with four of them.
const MIN_PRIME_BITS: u32 = 128;
/// Most primes of a modulus.
const MAX_PRIMES: usize = 5;
/// Public exponents that are tried, the most common first.
const EXPONENTS: [u32; 8] = [65537, 3, 17, 5, 7, 35, 37, 257];
/// Private exponents that are tried on one modulus, the nearest first.
const MAX_EXPONENTS: usize = 16;
/// Of those, the ones that a public exponent of any other value is derived of.
const MAX_INVERTED: usize = 4;
/// How many values behind or before a modulus its private exponent stands, where nothing else is of their key.
const MAX_APART: usize = 2;
/// Public exponents that are tried on keys without primes, which costs most.
const MAX_BLIND: usize = 3;
/// Keys without primes that are tried in one place.
const MAX_BY_EXPONENT: usize = 64;
/// The product of the odd primes up to 53. No prime of a key, and no modulus, has a factor with it
/// in common; of other odd numbers two in three have.
const SMALL_PRIMES: u64 = 16_294_579_238_595_022_365;
/// Bits that a private exponent may be shorter than its modulus.
const MAX_SHORT_BITS: u32 = 64;

/// An odd number.
struct Odd<'a> {
    bytes: &'a [u8],
    place: usize,
    bits: u32,
    value: Zeroizing<BoxedUint>,
    /// Whether it has no small prime factor.
    is_rough: bool,
    /// Whether it is of a key already.
    used: bool,
}

/// Returns the RSA keys among numbers.
///
/// `says_65537` tells whether the usual public exponent stands beside the values in a range of places:
/// asked only where no exponent proves another.
#[must_use]
pub fn rsa_among(
    numbers: &[Written<'_>],
    says_65537: &dyn Fn(usize, usize) -> bool,
    tries: &mut Tries,
) -> Vec<Together> {
    let mut odd: Vec<Odd<'_>> = numbers.iter().filter_map(Odd::new).collect();
    let mut found = Vec::new();
    // Larger ones first: a prime is no modulus of its own.
    let mut moduli: Vec<usize> = (0..odd.len()).collect();
    moduli.retain(|i| odd.get(*i).is_some_and(Odd::may_be_modulus));
    moduli.sort_by_key(|i| odd.get(*i).map_or(0, |n| u32::MAX - n.bits));
    for i in moduli {
        if let Some((together, used)) = by_primes(i, &odd, says_65537, tries) {
            mark(&mut odd, &used);
            found.push(together);
        }
    }
    for (together, used) in by_exponent(&odd, tries) {
        mark(&mut odd, &used);
        found.push(together);
    }
    found
}

fn mark(odd: &mut [Odd<'_>], used: &[usize]) {
    // Copies of a number are of the key as well.
    let of: Vec<Vec<u8>> = used
        .iter()
        .filter_map(|i| odd.get(*i).map(|o| o.bytes.to_vec()))
        .collect();
    let of = Zeroizing::new(of);
    for number in odd.iter_mut() {
        number.used |= of.iter().any(|bytes| bytes == number.bytes);
    }
}

impl<'a> Odd<'a> {
    fn new(written: &Written<'a>) -> Option<Self> {
        let bytes = trim_zeros(written.number);
        let bits = number::bits(bytes);
        let fits = (MIN_PRIME_BITS..=MAX_RSA_BITS).contains(&bits);
        if !fits || bytes.last()? & 1 == 0 {
            return None;
        }
        let value = number::value(bytes);
        let small = NonZero::new(Limb::from(SMALL_PRIMES)).into_option()?;
        let is_rough = gcd(value.rem_limb(small).0, SMALL_PRIMES) == 1;
        Some(Self {
            bytes,
            place: written.place,
            bits,
            value,
            is_rough,
            used: false,
        })
    }

    fn may_be_modulus(&self) -> bool {
        self.is_rough && self.bits >= MIN_BITS
    }

    fn secret(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.bytes.to_vec())
    }

    /// Whether a public exponent undoes this one modulo the prime: their product is one modulo p-1.
    fn undoes(&self, e: u32, less_1: &NonZero<BoxedUint>) -> bool {
        let product = Zeroizing::new(self.value.concatenating_mul(BoxedUint::from(e)));
        Zeroizing::new(product.rem_vartime(less_1))
            .is_one()
            .to_bool()
    }

    /// Whether it is a prime, but for numbers that nobody meets.
    fn is_prime(bytes: &[u8]) -> bool {
        let less_1 = Zeroizing::new(number::value(bytes).wrapping_sub(BoxedUint::one()));
        number::power(&[2], &less_1, bytes).is_some_and(|power| power == [1])
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// A modulus that fell apart.
struct Apart {
    primes: Vec<Zeroizing<Vec<u8>>>,
    /// Which numbers it and its primes are.
    used: Vec<usize>,
}

/// Divides a modulus by the numbers that divide it.
fn apart(i: usize, odd: &[Odd<'_>], tries: &mut Tries) -> Option<Apart> {
    let n = odd.get(i).filter(|n| !n.used)?;
    let mut smaller: Vec<usize> = (0..odd.len()).collect();
    smaller.retain(|j| {
        odd.get(*j)
            .is_some_and(|p| p.is_rough && !p.used && p.bits + MIN_PRIME_BITS <= n.bits + 1)
    });
    // Of two that have a factor in common the smaller one is nearer to a prime; of copies the nearest counts.
    smaller.sort_by_key(|j| odd.get(*j).map(|p| (p.bits, p.place.abs_diff(n.place))));
    let mut rest = n.value.clone();
    let (mut primes, mut used) = (Vec::new(), vec![i]);
    for j in smaller {
        let Some(p) = odd.get(j) else { continue };
        if primes.len() == MAX_PRIMES || !tries.take(1) {
            break;
        }
        let divisor = NonZero::new((*p.value).clone()).into_option()?;
        let divisor = Zeroizing::new(divisor);
        if p.value.bits_vartime() > rest.bits_vartime() {
            continue;
        }
        let (whole, remainder) = rest.div_rem_vartime(&*divisor);
        if remainder.is_zero().to_bool() {
            rest = Zeroizing::new(whole);
            primes.push(p.secret());
            used.push(j);
        }
    }
    if primes.is_empty() {
        return None;
    }
    if !rest.is_one().to_bool() {
        primes.push(Zeroizing::new(number::bytes(&rest)));
    }
    (primes.len() > 1).then_some(Apart { primes, used })
}

/// Makes a key of a modulus and its primes, and of the exponents that fit them.
fn by_primes(
    i: usize,
    odd: &[Odd<'_>],
    says_65537: &dyn Fn(usize, usize) -> bool,
    tries: &mut Tries,
) -> Option<(Together, Vec<usize>)> {
    let Apart { primes, used } = apart(i, odd, tries)?;
    let n = odd.get(i)?;
    let key = |e: Option<u32>, d: Option<&Odd<'_>>| {
        let mut primes = primes.iter().cloned();
        RsaKey {
            n: Some(n.bytes.to_vec()),
            e: e.map(|e| e.to_be_bytes().to_vec()),
            d: d.map(Odd::secret),
            p: primes.next(),
            q: primes.next(),
            more_primes: primes.collect(),
            ..RsaKey::default()
        }
    };
    let done = |key: RsaKey, exponent: Option<usize>| {
        let mut used = used.clone();
        used.extend(exponent);
        let together = Together {
            key: Ok(Key::Rsa(key)),
            places: places(&used, odd),
        };
        (together, used)
    };
    let mut exponents: Vec<usize> = (0..odd.len()).collect();
    exponents.retain(|j| odd.get(*j).is_some_and(|d| d.bits <= n.bits) && !used.contains(j));
    exponents.sort_by_key(|j| odd.get(*j).map_or(0, |d| d.place.abs_diff(n.place)));
    exponents.truncate(MAX_EXPONENTS);
    for prime in primes.iter().take(2) {
        let less_1 = number::value(prime).wrapping_sub(BoxedUint::one());
        let less_1 = Zeroizing::new(NonZero::new(less_1).into_option()?);
        for e in EXPONENTS {
            for &j in &exponents {
                let Some(d) = odd.get(j) else { continue };
                if !tries.take(1) {
                    return None;
                }
                if !d.undoes(e, &less_1) {
                    continue;
                }
                // The exponent of the key, or that of the prime alone.
                let is_whole = d.bits > number::bits(prime) + MAX_SHORT_BITS;
                let key = key(Some(e), is_whole.then_some(d));
                if key.check().is_ok() {
                    return Some(done(key, Some(j)));
                }
            }
        }
    }
    let whole = exponents.iter().copied();
    let whole = whole.filter(|j| {
        odd.get(*j)
            .is_some_and(|d| d.bits + MAX_SHORT_BITS >= n.bits)
    });
    let whole: Vec<usize> = whole.take(MAX_INVERTED).collect();
    for &j in &whole {
        if !tries.take(steps(n.bits, 8)) {
            return None;
        }
        let key = key(None, odd.get(j));
        if key.check().is_ok() {
            return Some(done(key, Some(j)));
        }
    }
    // Products stand in tests of arithmetic, too; those of two primes are moduli.
    if !tries.take(2 * steps(n.bits, 2)) || !primes.iter().all(|p| Odd::is_prime(p)) {
        return None;
    }
    let places = places(&used, odd);
    let (first, last) = (places.iter().min()?, places.iter().max()?);
    if says_65537(*first, *last) {
        let key = key(Some(65537), None);
        return key.check().is_ok().then(|| done(key, None));
    }
    // An exponent that does not fit: some number of the key is wrong.
    let mut used = used;
    used.push(*whole.first()?);
    let together = Together {
        key: Err(Reject::Inconsistent),
        places,
    };
    Some((together, used))
}

/// Finds keys of which modulus and private exponent are there, and one of the usual public ones belongs to them.
fn by_exponent(odd: &[Odd<'_>], tries: &mut Tries) -> Vec<(Together, Vec<usize>)> {
    let mut pairs = Vec::new();
    for (i, n) in odd.iter().enumerate() {
        if n.used || !n.may_be_modulus() {
            continue;
        }
        for (j, d) in odd.iter().enumerate() {
            let fits = d.bits <= n.bits && d.bits + MAX_SHORT_BITS >= n.bits;
            let apart = n.place.abs_diff(d.place);
            if fits && !d.used && (1..=MAX_APART).contains(&apart) && number::less(d.bytes, n.bytes)
            {
                pairs.push((apart, i, j));
            }
        }
    }
    pairs.sort_unstable();
    let (mut found, mut taken, mut tried) = (Vec::new(), Vec::new(), 0);
    for e in EXPONENTS.into_iter().take(MAX_BLIND) {
        for &(_, i, j) in &pairs {
            let (Some(n), Some(d)) = (odd.get(i), odd.get(j)) else {
                continue;
            };
            if taken.contains(&i) || taken.contains(&j) {
                continue;
            }
            if tried == MAX_BY_EXPONENT || !tries.take(steps(n.bits, 1)) {
                return found;
            }
            tried += 1;
            let key = RsaKey {
                n: Some(n.bytes.to_vec()),
                e: Some(e.to_be_bytes().to_vec()),
                d: Some(d.secret()),
                ..RsaKey::default()
            };
            if key.check().is_ok() {
                let used = vec![j, i];
                taken.extend(&used);
                let together = Together {
                    key: Ok(Key::Rsa(key)),
                    places: places(&used, odd),
                };
                found.push((together, used));
            }
        }
    }
    found
}

fn places(used: &[usize], odd: &[Odd<'_>]) -> Vec<usize> {
    let place = |i: &usize| odd.get(*i).map(|number| number.place);
    used.iter().filter_map(place).collect()
}

/// Steps of what costs 1 ms for 4096 bits, and grows with the square of them; or so many times that.
fn steps(bits: u32, times: u64) -> u64 {
    let words = u64::from(bits / 64);
    (words * words / 20 + 1) * times
}
