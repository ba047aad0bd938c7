//! RSA private keys (RFC 8017), from whatever numbers a file holds.
//!
//! PKCS#1 stores all of n, e, d, p, q, dp, dq, qi; a JWK may lack the primes, a
//! BLOB or token dump the exponent, a truncated file its tail. Any set that
//! determines the key is enough: n = p*q proves it when a prime is there, and
//! e*d = 1 (mod p-1) for every prime p when d is.
//!
//! dp, dq and qi follow from the rest. They stand in for d where only they are
//! stored, and are otherwise not looked at: a file with a wrong one still leaks
//! its key.

use crypto_bigint::{BoxedUint, ConcatenatingMul, ConcatenatingSquare, Limb, NonZero};
use zeroize::Zeroizing;

use super::{PublicKey, Reject, exported, number};

/// Smallest modulus that counts as a key: 512-bit keys are still met in DKIM
/// records, 256-bit ones in test suites, below that only in exercises.
pub const MIN_RSA_BITS: u32 = 256;
/// Largest modulus that is checked: the largest that OpenSSL makes and uses.
/// It bounds one check to well under a millisecond of multiplications.
pub const MAX_RSA_BITS: u32 = 16384;
/// Largest gcd(p-1, q-1) that [`factor`] finds. For random primes half of it
/// exceeds m with a chance of about 0.6/m: here 0.1 %. The search costs a key that
/// is none 1 ms at 4096 bits; the exponentiation of NIST SP 800-56B appendix C
/// would find every key and cost 50 ms, which hostile input can ask for a thousand
/// times a megabyte.
const MAX_COMMON_FACTOR: u64 = 1024;
/// Largest public exponent of a key that is given without primes: OpenSSL's limit
/// is 64 bits for long moduli, and every e in use has 32 or fewer.
const MAX_EXPONENT_BITS: u32 = 32;
/// Largest number of primes: RFC 8017 sets none, OpenSSL stops at five.
const MAX_PRIMES: usize = 8;

/// An RSA private key, as far as a file tells. Numbers are big-endian; leading
/// zeros do not matter.
#[derive(Default)]
pub struct RsaKey {
    /// The modulus.
    pub n: Option<Vec<u8>>,
    /// The public exponent.
    pub e: Option<Vec<u8>>,
    /// The private exponent.
    pub d: Option<Zeroizing<Vec<u8>>>,
    /// The first prime.
    pub p: Option<Zeroizing<Vec<u8>>>,
    /// The second prime.
    pub q: Option<Zeroizing<Vec<u8>>>,
    /// d modulo p-1.
    pub dp: Option<Zeroizing<Vec<u8>>>,
    /// d modulo q-1.
    pub dq: Option<Zeroizing<Vec<u8>>>,
    /// The inverse of q modulo p.
    pub qi: Option<Zeroizing<Vec<u8>>>,
    /// The third and further primes of a multi-prime key.
    pub more_primes: Vec<Zeroizing<Vec<u8>>>,
}

/// A secret number.
type Number = Zeroizing<BoxedUint>;

impl RsaKey {
    /// Checks the key and derives its public half.
    pub fn check(&self) -> Result<PublicKey, Reject> {
        self.check_sizes()?;
        let primes = self.primes()?;
        if primes.is_empty() {
            return self.check_without_primes();
        }
        let n = self.modulus(&primes)?;
        let e = match &self.e {
            Some(e) => number::value(e),
            None => self.exponent(&primes)?,
        };
        let public = PublicKey::rsa(&number::bytes(&n), &number::bytes(&e))?;
        if let Some(d) = &self.d {
            let product = Zeroizing::new(e.concatenating_mul(&*number::value(d)));
            for prime in &primes {
                let less_1 = less_one(prime)?;
                let one = Zeroizing::new(product.rem_vartime(&*less_1));
                if !one.is_one().to_bool() {
                    return Err(Reject::Inconsistent);
                }
            }
        }
        Ok(public)
    }

    /// Returns the SHA-1 of the key in PKCS#8, by which EC2 knows the pairs that it made,
    /// given the public half that [`RsaKey::check`] returned. A file that keeps neither
    /// primes nor d does not tell how they were written.
    #[must_use]
    pub fn pkcs8_sha1(&self, public: &PublicKey) -> Option<[u8; 20]> {
        let (PublicKey::Rsa { n, e }, true) = (public, self.more_primes.is_empty()) else {
            return None;
        };
        let [d, p, q, qi] = [&self.d, &self.p, &self.q, &self.qi].map(Option::as_ref);
        let (d, p, q, qi) = (d?, p?, q?, qi?);
        let of = |stored: &Option<Zeroizing<Vec<u8>>>, prime: &[u8]| match stored {
            Some(stored) => Some(stored.clone()),
            // OpenSSH and PuTTY leave out what follows from d.
            None => {
                let less_1 = less_one(&number::value(prime)).ok()?;
                let rest = Zeroizing::new(number::value(d).rem_vartime(&*less_1));
                Some(Zeroizing::new(number::bytes(&rest)))
            }
        };
        let (dp, dq) = (of(&self.dp, p)?, of(&self.dq, q)?);
        Some(exported::pkcs8_sha1([&[], n, e, d, p, q, &dp, &dq, qi]))
    }

    /// Bounds every number before anything is calculated.
    fn check_sizes(&self) -> Result<(), Reject> {
        let secrets = [&self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi];
        let numbers = [&self.n, &self.e]
            .into_iter()
            .flatten()
            .chain(secrets.into_iter().flatten().map(|secret| &**secret))
            .chain(self.more_primes.iter().map(|prime| &**prime));
        for number in numbers {
            match number::bits(number) {
                0 => return Err(Reject::OutOfRange),
                1..=MAX_RSA_BITS => {}
                _ => return Err(Reject::TooLarge),
            }
        }
        if self.more_primes.len() > MAX_PRIMES {
            Err(Reject::TooLarge)
        } else {
            Ok(())
        }
    }

    /// Returns all primes, the second one divided out of the modulus where it is
    /// missing; or none.
    fn primes(&self) -> Result<Vec<Number>, Reject> {
        let mut primes: Vec<_> = [&self.p, &self.q]
            .into_iter()
            .flatten()
            .chain(&self.more_primes)
            .map(|prime| number::value(prime))
            .collect();
        if primes.iter().any(|prime| !is_odd_above_one(prime)) {
            return Err(Reject::OutOfRange);
        }
        if let ([prime], Some(n)) = (primes.as_slice(), &self.n) {
            let divisor = NonZero::new((**prime).clone()).into_option();
            let divisor = Zeroizing::new(divisor.ok_or(Reject::OutOfRange)?);
            let (other, rest) = number::value(n).div_rem_vartime(&*divisor);
            let other = Zeroizing::new(other);
            if !rest.is_zero().to_bool() || !is_odd_above_one(&other) {
                return Err(Reject::Inconsistent);
            }
            primes.push(other);
        }
        match primes.as_slice() {
            [] => Ok(primes),
            [_] => Err(Reject::Incomplete),
            _ if self.p.is_some() && self.p == self.q => Err(Reject::Inconsistent),
            _ => Ok(primes),
        }
    }

    /// Returns the product of the primes, which must be the stored modulus.
    fn modulus(&self, primes: &[Number]) -> Result<BoxedUint, Reject> {
        let mut product = BoxedUint::one();
        for prime in primes {
            product = product.concatenating_mul(&**prime);
            if product.bits_vartime() > MAX_RSA_BITS {
                return Err(Reject::TooLarge);
            }
        }
        match &self.n {
            Some(n) if product.cmp_vartime(&*number::value(n)).is_ne() => Err(Reject::Inconsistent),
            _ => Ok(product),
        }
    }

    /// Derives the public exponent: the inverse of d modulo p-1, which is e
    /// itself, since every e in use is far smaller than a prime.
    fn exponent(&self, primes: &[Number]) -> Result<Number, Reject> {
        let pairs = [
            (&self.p, self.d.as_ref().or(self.dp.as_ref())),
            (&self.q, self.dq.as_ref()),
        ];
        for (prime, d) in pairs {
            let (Some(prime), Some(d)) = (prime, d) else {
                continue;
            };
            let modulus = less_one(&number::value(prime))?;
            let d = Zeroizing::new(number::value(d).rem_vartime(&*modulus));
            let e = d
                .invert_mod(&modulus)
                .into_option()
                .ok_or(Reject::Inconsistent)?;
            // The inverse of a number that is not the exponent of this key is as
            // long as the prime.
            if e.bits_vartime() > 64 || primes.len() < 2 {
                return Err(Reject::Inconsistent);
            }
            return Ok(Zeroizing::new(e));
        }
        Err(Reject::Incomplete)
    }

    /// Checks a key of which only n, e and d are stored.
    fn check_without_primes(&self) -> Result<PublicKey, Reject> {
        let (Some(n), Some(e), Some(d)) = (&self.n, &self.e, &self.d) else {
            return Err(Reject::Incomplete);
        };
        let public = PublicKey::rsa(n, e)?;
        if number::bits(e) > MAX_EXPONENT_BITS {
            return Err(Reject::Unsupported);
        }
        if !number::less(d, n) {
            return Err(Reject::OutOfRange);
        }
        let product = Zeroizing::new(number::value(e).concatenating_mul(&*number::value(d)));
        let multiple = Zeroizing::new(product.wrapping_sub(BoxedUint::one()));
        if factor(&number::value(n), &multiple) {
            Ok(public)
        } else {
            Err(Reject::Inconsistent)
        }
    }
}

/// Whether the modulus falls apart into two primes, given e*d - 1: a multiple of
/// lcm(p-1, q-1) that is less than e times the modulus.
///
/// With g = gcd(p-1, q-1) the multiple is k*(p-1)*(q-1)/g, and (p-1)*(q-1) =
/// n - (p+q-1) is so close to n that k is g*multiple/n, rounded up. Exponents
/// taken modulo (p-1)*(q-1) itself have g = 1, the others an even g, mostly 2. The
/// k that divides gives p+q, and with it the primes.
fn factor(n: &BoxedUint, multiple: &BoxedUint) -> bool {
    let Some(divisor) = NonZero::new(n.clone()).into_option() else {
        return false;
    };
    let (whole, rest) = multiple.div_rem_vartime(&divisor);
    let rest = Zeroizing::new(rest);
    // The fraction rest/n in 64 bits; of g times that, the whole part is wrong
    // for one key in 2^54.
    let shifted = Zeroizing::new(rest.concatenating_mul(BoxedUint::from(1u128 << 64)));
    let fraction = low_word(&shifted.div_rem_vartime(&divisor).0);
    let whole = low_word(&whole);
    (1..=MAX_COMMON_FACTOR)
        .filter(|&g| g == 1 || g % 2 == 0)
        .any(|g| {
            // Below 2^43: the whole part is below e, that of the fraction below g.
            let carried = (u128::from(g) * u128::from(fraction)) >> 64;
            let k = u128::from(g) * u128::from(whole) + carried + 1;
            let Some(limb) = u64::try_from(k)
                .ok()
                .map(Limb::from)
                .and_then(|k| NonZero::new(k).into_option())
            else {
                return false;
            };
            if u128::from(multiple.rem_limb(limb).0) * u128::from(g) % k != 0 {
                return false;
            }
            let scaled = Zeroizing::new(multiple.concatenating_mul(BoxedUint::from(g)));
            splits(n, &Zeroizing::new(scaled.div_rem_limb(limb).0))
        })
}

/// Returns the lowest 64 bits of a number.
fn low_word(number: &BoxedUint) -> u64 {
    number.as_limbs().first().map_or(0, |limb| limb.0)
}

/// Whether (p-1)*(q-1) is this number for two factors p and q of n: the roots of
/// x^2 - (p+q)*x + n.
fn splits(n: &BoxedUint, totient: &BoxedUint) -> bool {
    let n_1 = n.concatenating_add(BoxedUint::one());
    if n_1.cmp_vartime(totient).is_le() {
        return false;
    }
    let sum = Zeroizing::new(n_1.wrapping_sub(totient));
    let square = Zeroizing::new(sum.concatenating_square());
    let four_n = n.concatenating_mul(BoxedUint::from(4u8));
    // For a wrong k the sum is nearly as long as n; primes that differ so much in
    // length that theirs is do not occur.
    if sum.bits_vartime() > n.bits_vartime() / 4 * 3 || square.cmp_vartime(&four_n).is_lt() {
        return false;
    }
    let discriminant = Zeroizing::new(square.wrapping_sub(&four_n));
    let root = Zeroizing::new(discriminant.floor_sqrt_vartime());
    // A root as large as the sum belongs to the factors 1 and n.
    let proper = n_1.cmp_vartime(&*sum).is_ne();
    proper
        && root
            .concatenating_square()
            .cmp_vartime(&*discriminant)
            .is_eq()
}

/// Whether a number can be an odd prime.
fn is_odd_above_one(number: &BoxedUint) -> bool {
    number.bit_vartime(0) && number.bits_vartime() > 1
}

/// Returns p-1, as what to divide by.
fn less_one(prime: &BoxedUint) -> Result<Zeroizing<NonZero<BoxedUint>>, Reject> {
    let less_1 = prime.wrapping_sub(BoxedUint::one());
    NonZero::new(less_1)
        .into_option()
        .map(Zeroizing::new)
        .ok_or(Reject::OutOfRange)
}
