//! Private keys of libp2p peers, in IPFS and blockchain nodes.
//!
//! ```text
//! PrivateKey { type 1: enum, data 2: bytes }           -- libp2p peer-ids.md
//! Ed25519    08 01 12 40 | seed[32] | public key[32]
//! secp256k1  08 02 12 20 | number[32]
//! ```
//!
//! RSA and ECDSA keys hold DER, which PKCS#1 and SEC 1 find by themselves. The
//! protobuf's four bytes are weak, so an Ed25519 key must match its public half,
//! and a secp256k1 key is believed only in base64 behind a name such as
//! `PrivKey`.

use super::structure::ec_key;
use super::{Context, Format, Found, Spec, What};
use crate::blob::{Candidate, Trigger};
use crate::key::{Curve, Key, Okp, OkpKey, Reject};
use crate::wire::base64;

/// Reader of libp2p keys.
pub(super) struct Libp2p;

const ED25519: &[u8] = b"\x08\x01\x12\x40";
/// The same inside other data, behind its length: four bytes are too few to search every file for.
const MEASURED: &[u8] = b"\x44\x08\x01\x12\x40";
const SECP256K1: &[u8] = b"\x08\x02\x12\x20";
/// Bytes before a value in which its name stands.
const NAME: usize = 48;

static SPEC: Spec = Spec {
    id: "libp2p",
    name: "libp2p private key",
    source: "libp2p specs, peer-ids",
    about: "The identity of an IPFS, Filecoin or consensus node (`Identity.PrivKey`), which signs its records.",
    // The first two also as the base64 that configuration holds.
    triggers: &[
        Trigger::plain(b"CAESQ"),
        Trigger::plain(b"CAISI"),
        Trigger::head(ED25519),
        Trigger::decoded(ED25519),
        Trigger::plain(MEASURED),
    ],
};

impl Format for Libp2p {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let mut start = candidate.at.unwrap_or(0);
        let mut bytes = candidate.bytes.get(start..).unwrap_or_default();
        if bytes.starts_with(MEASURED) {
            start += 1;
            bytes = bytes.get(1..).unwrap_or_default();
        }
        if let Some(pair) = bytes.strip_prefix(ED25519) {
            let pair = pair.get(..64).ok_or(Reject::Truncated)?;
            found.push(Found::key(start..start + 68, ed25519(pair)?));
            return Ok(());
        }
        let len = bytes
            .iter()
            .take(96)
            .take_while(|b| base64::value(**b).is_some())
            .count();
        let text = bytes.get(..len).unwrap_or_default();
        let decoded = base64::decode_text(text);
        let before = candidate.bytes.get(start.saturating_sub(NAME)..start);
        let before = before.unwrap_or_default().to_ascii_lowercase();
        let is_named = memchr::memmem::find(&before, b"priv").is_some();
        if let Some(pair) = decoded.strip_prefix(ED25519) {
            let pair = pair.get(..64).ok_or(Reject::NotThisFormat)?;
            let span = start..start + 91;
            found.push(match ed25519(pair) {
                Ok(key) => Found::key(span, key),
                // Called a private key, and as long as one.
                Err(_) if is_named => Found::new(span, What::Malformed(Reject::Inconsistent)),
                Err(reject) => return Err(reject),
            });
            return Ok(());
        }
        let number = decoded
            .strip_prefix(SECP256K1)
            .ok_or(Reject::NotThisFormat)?;
        if number.len() != 32 || !is_named {
            return Err(Reject::NotThisFormat);
        }
        let key = Key::Ec(ec_key(Some(Curve::Secp256k1), number, None));
        found.push(Found::key(start..start + len, key));
        Ok(())
    }
}

/// Returns the key of seed and public key that belong together.
fn ed25519(pair: &[u8]) -> Result<Key, Reject> {
    let (seed, public) = pair.split_at_checked(32).ok_or(Reject::Truncated)?;
    let key = OkpKey::from_seed(Okp::Ed25519, seed, Some(public));
    key.check().map_err(|_| Reject::NotThisFormat)?;
    Ok(Key::Okp(key))
}
