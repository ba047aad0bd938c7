//! Secrets that must outlive their blob: suspects, each of which may be the key of a token that
//! another file holds.
//!
//! Nothing can be read from a [`SecretPool`]; it can only say which of its
//! suspects verify which tokens. What it holds is wiped on drop, bounded, and
//! kept out of swap as far as the system lets us.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

use rayon::prelude::*;
use zeroize::Zeroizing;

use super::hmac::{LANES, Message, Padded, Signature};
use super::locked::{Locked, Span};
use super::symmetric::{ChallengeMac, Secret};

/// Most bytes of secrets in a pool: bounds memory, and is 200,000 suspects of
/// ordinary length.
const MAX_BYTES: usize = 16 << 20;
/// Most suspects in a pool.
const MAX_SUSPECTS: usize = 200_000;
/// Longest suspect, in bytes.
pub const MAX_SUSPECT: usize = 1024;

/// A token signed with HMAC (RFC 7515, compact serialisation).
pub struct SignedText {
    mac: ChallengeMac,
    message: Message,
    signature: Signature,
    fingerprint: u64,
}

impl SignedText {
    /// Takes what was signed, by which algorithm, and the signature; `None` when
    /// the signature has not the length of the algorithm's.
    #[must_use]
    pub fn new(mac: ChallengeMac, text: &[u8], signature: Vec<u8>) -> Option<Self> {
        (signature.len() == mac.bytes()).then(|| Self {
            mac,
            message: Message::new(mac, text),
            signature: Signature::new(mac, &signature),
            fingerprint: signature
                .first_chunk()
                .copied()
                .map_or(0, u64::from_le_bytes),
        })
    }

    /// Returns some bytes of the signature, to tell tokens apart.
    #[must_use]
    pub const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

impl std::fmt::Debug for SignedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignedText({:?})", self.mac)
    }
}

/// A suspect that verifies a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The label under which the suspect was added.
    pub label: usize,
    /// Position of the token.
    pub token: usize,
    /// The secret's id, unless it is weak.
    pub id: Option<String>,
    /// Length of the secret in bits.
    pub bits: u32,
}

/// Suspects for secrets, each with a label of its owner's.
#[derive(Default)]
pub struct SecretPool {
    suspects: Vec<(usize, Span)>,
    secrets: Locked,
    seen: HashMap<u64, usize>,
    hasher: RandomState,
    bytes: usize,
}

impl std::fmt::Debug for SecretPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretPool({})", self.suspects.len())
    }
}

impl SecretPool {
    /// Adds a suspect. Returns its label: another than the given one when the
    /// same was added in the same `scope` before, and none when the pool is full.
    pub fn add(&mut self, secret: &[u8], scope: impl Hash, label: usize) -> Option<usize> {
        let hash = self.hasher.hash_one((secret, scope));
        if let Some(known) = self.seen.get(&hash) {
            return Some(*known);
        }
        let fits = self.bytes + secret.len() <= MAX_BYTES
            && self.suspects.len() < MAX_SUSPECTS
            && (1..=MAX_SUSPECT).contains(&secret.len());
        if !fits {
            return None;
        }
        self.seen.insert(hash, label);
        self.bytes += secret.len();
        self.suspects.push((label, self.secrets.push(secret)));
        Some(label)
    }

    /// Tries the suspects with these labels on every token; each secret once, in
    /// however many places it stands.
    #[must_use]
    pub fn prove(&self, tokens: &[SignedText], labels: &[usize]) -> Vec<Proven> {
        let wanted: HashSet<usize> = labels.iter().copied().collect();
        let mut secrets: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (label, span) in &self.suspects {
            if wanted.contains(label) {
                let secret = self.secrets.get(*span);
                secrets.entry(secret).or_default().push(*label);
            }
        }
        let secrets: Vec<(&[u8], Vec<usize>)> = secrets.into_iter().collect();
        let batches = Batches::new(tokens);
        let tried = secrets.par_iter().flat_map_iter(|(bytes, labels)| {
            let verified = batches.verified(bytes);
            // Nearly always nothing: the id is not computed then.
            let id = match verified.is_empty() {
                true => None,
                false => Secret::new(Zeroizing::new(bytes.to_vec())).id(),
            };
            let bits = u32::try_from(bytes.len() * 8).unwrap_or(u32::MAX);
            verified.into_iter().flat_map(move |token| {
                let id = id.clone();
                labels.iter().map(move |label| Proven {
                    label: *label,
                    token,
                    id: id.clone(),
                    bits,
                })
            })
        });
        tried.collect()
    }
}

/// Tokens in the order in which they are tried: of one algorithm together, those
/// that begin alike side by side.
pub struct Batches<'t> {
    batches: Vec<Batch<'t>>,
}

/// Tokens that are tried together.
struct Batch<'t> {
    mac: ChallengeMac,
    /// How many blocks all of them begin with alike.
    shared: usize,
    /// Their positions.
    tokens: Vec<usize>,
    lanes: Vec<(&'t Message, &'t Signature)>,
}

impl<'t> Batches<'t> {
    /// Puts tokens in order.
    #[must_use]
    pub fn new(tokens: &'t [SignedText]) -> Self {
        let mut order: Vec<(usize, &SignedText)> = tokens.iter().enumerate().collect();
        order.sort_by(|(_, a), (_, b)| (a.mac, &a.message).cmp(&(b.mac, &b.message)));
        let alike = order.chunk_by(|(_, a), (_, b)| a.mac == b.mac);
        let batches = alike
            .flat_map(|tokens| tokens.chunks(LANES))
            .filter_map(|tokens| {
                let (first, last) = (tokens.first()?.1, tokens.last()?.1);
                Some(Batch {
                    mac: first.mac,
                    // In order, what the ends share all share. The last block of a
                    // message is its own.
                    shared: match tokens.len() {
                        1 => 0,
                        _ => first.message.shared(&last.message),
                    },
                    tokens: tokens.iter().map(|(at, _)| *at).collect(),
                    lanes: tokens
                        .iter()
                        .map(|(_, t)| (&t.message, &t.signature))
                        .collect(),
                })
            });
        Self {
            batches: batches.collect(),
        }
    }

    /// Returns the positions of the tokens that a secret verifies, in no order; its
    /// pads are made once an algorithm.
    fn verified(&self, secret: &[u8]) -> Vec<usize> {
        let mut pads: [Option<Padded>; 4] = [const { None }; 4];
        let mut verified = Vec::new();
        for batch in &self.batches {
            let Some(pad) = pads.get_mut(batch.mac as usize) else {
                continue;
            };
            let pad = pad.get_or_insert_with(|| Padded::new(batch.mac, secret));
            pad.signed(&batch.lanes, batch.shared, &mut |lane| {
                verified.extend(batch.tokens.get(lane));
            });
        }
        verified
    }
}

impl Secret {
    /// Returns the positions of the tokens that this secret verifies.
    #[must_use]
    pub fn verifies(&self, tokens: &Batches<'_>) -> Vec<usize> {
        tokens.verified(self.bytes())
    }
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
        assert_eq!(pool.add(b"secret", "here", 1), Some(1));
        assert_eq!(pool.add(&decode(KEY), "here", 2), Some(2));
        assert_eq!(pool.add(b"secret", "here", 3), Some(1), "the same again");
        assert_eq!(pool.add(b"secret", "there", 3), Some(3));
        let proven = pool.prove(&tokens, &[1, 2, 3]);
        let [one] = &proven[..] else {
            panic!("{proven:?}");
        };
        assert_eq!((one.label, one.token, one.bits), (2, 0, 512));
        assert!(one.id.is_some());
        assert_eq!(pool.prove(&tokens, &[1, 3]), []);
        assert_eq!(format!("{pool:?}"), "SecretPool(3)");
    }

    /// Tokens of every length around the blocks, signed by another implementation.
    #[test]
    fn tokens_are_verified_side_by_side_as_one_by_one() {
        use hmac::Hmac;
        fn sign<M: hmac::Mac + hmac::KeyInit>(key: &[u8], text: &[u8]) -> Vec<u8> {
            let mut mac = <M as hmac::KeyInit>::new_from_slice(key).unwrap();
            mac.update(text);
            mac.finalize().into_bytes().to_vec()
        }
        let keys: [&[u8]; 3] = [b"one", &[7; 64], &[9; 200]];
        let mut tokens = Vec::new();
        for len in 0..300 {
            let text: Vec<u8> = (0..len).map(|i| u8::try_from(i / 70).unwrap()).collect();
            let key = keys[len % 3];
            let (mac, made) = match len % 4 {
                0 | 1 => (
                    ChallengeMac::HmacSha256,
                    sign::<Hmac<sha2::Sha256>>(key, &text),
                ),
                2 => (
                    ChallengeMac::HmacSha384,
                    sign::<Hmac<sha2::Sha384>>(key, &text),
                ),
                _ => (
                    ChallengeMac::HmacSha512,
                    sign::<Hmac<sha2::Sha512>>(key, &text),
                ),
            };
            tokens.push(SignedText::new(mac, &text, made).unwrap());
        }
        let batches = Batches::new(&tokens);
        for (i, key) in keys.into_iter().enumerate() {
            let mut verified = batches.verified(key);
            verified.sort_unstable();
            assert_eq!(verified, (i..300).step_by(3).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_signature_of_another_length_is_none() {
        assert!(SignedText::new(ChallengeMac::HmacSha512, SIGNED, decode(SIGNATURE)).is_none());
    }
}
