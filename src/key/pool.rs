//! Secrets that must outlive their blob: candidates for the key of a token that
//! another file holds.
//!
//! Nothing can be read from a [`SecretPool`]; it can only say which of its
//! candidates verify which tokens. What it holds is wiped on drop, and bounded.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use rayon::prelude::*;
use zeroize::Zeroizing;

use super::hmac::{Message, Padded};
use super::symmetric::{ChallengeMac, Secret};

/// Most bytes of secrets in a pool: bounds memory, and is 200,000 candidates of
/// ordinary length.
const MAX_BYTES: usize = 16 << 20;
/// Most candidates in a pool.
const MAX_CANDIDATES: usize = 200_000;
/// Longest candidate, in bytes.
pub const MAX_CANDIDATE: usize = 1024;

/// A token signed with HMAC (RFC 7515, compact serialisation).
pub struct SignedText {
    mac: ChallengeMac,
    message: Message,
    signature: Vec<u8>,
}

impl SignedText {
    /// Takes what was signed, by which algorithm, and the signature; `None` when
    /// the signature has not the length of the algorithm's.
    #[must_use]
    pub fn new(mac: ChallengeMac, text: &[u8], signature: Vec<u8>) -> Option<Self> {
        (signature.len() == mac.bytes()).then(|| Self {
            mac,
            message: Message::new(mac, text),
            signature,
        })
    }

    fn is_signed_with(&self, key: &Padded) -> bool {
        let answer = key.mac(self.mac, &self.message);
        answer.get(..self.mac.bytes()) == Some(self.signature.as_slice())
    }
}

impl std::fmt::Debug for SignedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignedText({:?})", self.mac)
    }
}

/// A candidate that verifies a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The label under which the candidate was added.
    pub label: usize,
    /// Position of the token.
    pub token: usize,
}

/// Candidates for secrets, each with a label of its owner's.
#[derive(Default)]
pub struct SecretPool {
    candidates: Vec<(usize, Zeroizing<Vec<u8>>)>,
    seen: HashSet<u64>,
    hasher: RandomState,
    bytes: usize,
}

impl std::fmt::Debug for SecretPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretPool({})", self.candidates.len())
    }
}

impl SecretPool {
    /// Adds a candidate unless the same was added in the same `scope`, or the pool
    /// is full. Returns whether it was added.
    pub fn add(&mut self, secret: &[u8], scope: impl std::hash::Hash, label: usize) -> bool {
        let fits = self.bytes + secret.len() <= MAX_BYTES
            && self.candidates.len() < MAX_CANDIDATES
            && (1..=MAX_CANDIDATE).contains(&secret.len());
        if !fits || !self.seen.insert(self.hasher.hash_one((secret, scope))) {
            return false;
        }
        self.bytes += secret.len();
        self.candidates
            .push((label, Zeroizing::new(secret.to_vec())));
        true
    }

    /// Whether the pool takes no more.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.candidates.len() >= MAX_CANDIDATES || self.bytes + MAX_CANDIDATE > MAX_BYTES
    }

    /// Tries candidates whose label is `wanted`, at most `most` of them, on every
    /// token. Returns the first candidate that verifies each token.
    #[must_use]
    pub fn prove(
        &self,
        tokens: &[SignedText],
        most: usize,
        wanted: impl Fn(usize) -> bool,
    ) -> Vec<Proven> {
        let chosen = self.candidates.iter().filter(|(label, _)| wanted(*label));
        let chosen: Vec<&(usize, Zeroizing<Vec<u8>>)> = chosen.take(most).collect();
        let tried = chosen.par_iter().flat_map_iter(|(label, secret)| {
            verified(secret, tokens).map(|token| Proven {
                label: *label,
                token,
            })
        });
        let mut proven: Vec<Proven> = tried.collect();
        let mut done = HashSet::new();
        proven.retain(|p| done.insert(p.token));
        proven
    }
}

impl Secret {
    /// Returns the positions of the tokens that this secret verifies.
    #[must_use]
    pub fn verifies(&self, tokens: &[SignedText]) -> Vec<usize> {
        verified(self.bytes(), tokens).collect()
    }
}

/// Tries one secret on every token; its pads are made once an algorithm.
fn verified<'t>(secret: &[u8], tokens: &'t [SignedText]) -> impl Iterator<Item = usize> + use<'t> {
    let mut pads: [Option<Padded>; 4] = [const { None }; 4];
    let secret = Zeroizing::new(secret.to_vec());
    tokens.iter().enumerate().filter_map(move |(i, token)| {
        let pad = pads.get_mut(token.mac as usize)?;
        let pad = pad.get_or_insert_with(|| Padded::new(token.mac, &secret));
        token.is_signed_with(pad).then_some(i)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7515 appendix A.1: its key is 64 bytes in base64url.
    const SIGNED: &[u8] = b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const SIGNATURE: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const KEY: &str =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

    fn decode(text: &str) -> Vec<u8> {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(text)
            .unwrap()
    }

    #[test]
    fn the_key_of_the_rfc_verifies_its_token() {
        let token = SignedText::new(ChallengeMac::HmacSha256, SIGNED, decode(SIGNATURE));
        let tokens = [token.unwrap()];
        let mut pool = SecretPool::default();
        assert!(pool.add(b"secret", "here", 1));
        assert!(pool.add(&decode(KEY), "here", 2));
        assert!(!pool.add(b"secret", "here", 3), "the same again");
        assert!(pool.add(b"secret", "there", 3));
        let proven = pool.prove(&tokens, 100, |_| true);
        assert_eq!(proven, [Proven { label: 2, token: 0 }]);
        assert_eq!(pool.prove(&tokens, 100, |label| label != 2), []);
        assert_eq!(format!("{pool:?}"), "SecretPool(3)");
    }

    #[test]
    fn a_signature_of_another_length_is_none() {
        assert!(SignedText::new(ChallengeMac::HmacSha512, SIGNED, decode(SIGNATURE)).is_none());
    }
}
