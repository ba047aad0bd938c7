//! Keypair files of Solana: `id.json`.
//!
//! ```text
//! [n, n, … ]     64 numbers below 256: seed[32] | public key[32]
//! ```
//!
//! There is no magic, so a file must be just that; the public key must be the seed's.

use super::{Context, Format, Found, Spec, WALLET, What, structure};
use crate::blob::Candidate;
use crate::key::{Key, Okp, OkpKey, Reject};
use zeroize::Zeroizing;

/// Reader of Solana keypairs.
pub(super) struct Solana;

/// Numbers of a keypair.
const COUNT: usize = 64;
/// Largest file: 64 numbers of three digits, each on an indented line.
const MAX_SIZE: u64 = 1024;

static SPEC: Spec = Spec {
    id: "solana",
    name: "Solana keypair",
    source: "Solana CLI, solana-keygen new",
    about: "What `solana-keygen` writes to `~/.config/solana/id.json`: the wallet of deployments, also program and validator keys.",
    triggers: &[],
};

impl Format for Solana {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Option<&'static str> {
        Some(WALLET)
    }

    fn is_head(&self, head: &[u8], size: u64) -> bool {
        let is_list = |b: &u8| b.is_ascii_digit() || b.is_ascii_whitespace() || *b == b',';
        (129..=MAX_SIZE).contains(&size)
            && head
                .split_first()
                .is_some_and(|(first, rest)| *first == b'[' && rest.iter().all(is_list))
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        if candidate.at.is_some() || candidate.armor.is_some() {
            return Err(Reject::NotThisFormat);
        }
        let text = candidate.bytes.trim_ascii_end();
        let pair = numbers(text).ok_or(Reject::NotThisFormat)?;
        let (seed, public) = pair.split_at_checked(32).ok_or(Reject::NotThisFormat)?;
        let key = OkpKey::from_seed(Okp::Ed25519, seed, Some(public));
        // Without a magic only the numbers tell: of 64 random ones 57 differ.
        let different = crate::wire::distinct(&pair);
        let is_random = different > 44 && pair.iter().any(|&n| n > 127);
        if key.check().is_err() && !is_random {
            return Err(Reject::NotThisFormat);
        }
        found.push(match key.check() {
            Ok(_) => Found::key(0..text.len(), Key::Okp(key)),
            Err(reject) => Found::new(0..text.len(), What::Malformed(reject)),
        });
        Ok(())
    }
}

/// Reads a list of 64 numbers below 256.
fn numbers(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (bytes, rest) = structure::numbers(text.strip_prefix(b"[")?, COUNT)?;
    (rest == b"]").then_some(bytes)
}
