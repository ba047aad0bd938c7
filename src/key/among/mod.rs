//! Which of the numbers of one place make a private key together.
//!
//! Source code and data hold the numbers of a key as values of their own, in any order
//! and under any names. So names are not asked, but arithmetic: primes divide their modulus, exponents
//! undo each other, a scalar times the generator is its point. What is returned
//! was proven by it; numbers that only look like those of a key are nothing.
//!
//! Cheap tests come first, and each is paid for from [`Tries`]: text may hold as many
//! numbers as somebody wants.

mod ec;
mod rsa;

use super::{Key, Reject};

pub use ec::ec_among;
pub use rsa::rsa_among;

/// A number of a text.
#[derive(Clone, Copy)]
pub struct Written<'a> {
    /// The number, big-endian.
    pub number: &'a [u8],
    /// Which value of the text it is. Digits may be read as numbers of several bases: those
    /// share the place.
    pub place: usize,
}

/// Numbers that belong together.
pub struct Together {
    /// The key, whose maths is right; or why it cannot be used, although a modulus fell apart.
    pub key: Result<Key, Reject>,
    /// The places of the numbers that it is made of; that of the secret one comes first.
    pub places: Vec<usize>,
}

/// What trying numbers with each other may still cost, in steps of about 5 µs.
#[derive(Debug)]
pub struct Tries {
    left: u64,
    short: bool,
}

/// Steps on a blob of any size: one second.
const MAX_STEPS: u64 = 200_000;
/// Bytes of a blob for one more step: 0.3 s a megabyte.
const STEP_BYTES: u64 = 16;

impl Tries {
    /// Returns the tries of a blob of `len` bytes.
    #[must_use]
    pub fn for_blob(len: usize) -> Self {
        Self {
            left: MAX_STEPS + len as u64 / STEP_BYTES,
            short: false,
        }
    }

    /// Takes steps; `false` when that is too much.
    fn take(&mut self, steps: u64) -> bool {
        let left = self.left.checked_sub(steps);
        self.left = left.unwrap_or(0);
        self.short |= left.is_none();
        left.is_some()
    }

    /// Whether something was not tried.
    #[must_use]
    pub fn was_short(&self) -> bool {
        self.short
    }
}
