//! Entries of public keys, whatever they were written in.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{GeneralPurposeConfig, STANDARD};

use crate::identity::{Identity, Ids, spki};
use crate::inventory::{Entry, EntryIds, IdKind};
use crate::key::PublicKey;

/// Base64 with or without padding: systems disagree.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes base64 in either alphabet, over any number of lines.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let plain: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            byte => byte,
        })
        .collect();
    LENIENT.decode(plain).ok()
}

/// Returns an entry that holds what follows from a public key.
pub(super) fn entry(key: &PublicKey) -> Entry {
    let identity = Identity::of(key);
    let mut ids = EntryIds::default();
    let named = identity.ids();
    for (name, value) in named.filter(|(name, _)| !Ids::ELSEWHERE.contains(name)) {
        if let Some(place) = IdKind::from_name(name).and_then(|kind| ids.one_mut(kind)) {
            *place = Some(value.to_owned());
        }
    }
    Entry {
        kind: kind(key).to_owned(),
        bits: Some(identity.bits),
        spki: Some(STANDARD.encode(spki::encode(key))),
        ids,
        ..Entry::default()
    }
}

/// Returns the kind of a public key, as lists name it.
fn kind(key: &PublicKey) -> &'static str {
    match key {
        PublicKey::Rsa { .. } => "rsa",
        PublicKey::Ec { .. } | PublicKey::EcExplicit { .. } => "ec",
        PublicKey::Composite { .. } => "composite",
        PublicKey::Dh { .. } => "dh",
        PublicKey::Okp { .. } => "okp",
        PublicKey::Dsa { .. } => "dsa",
        PublicKey::Pq { set, .. } if set.name().starts_with("ML-DSA") => "ml-dsa",
        PublicKey::Pq { set, .. } if set.name().starts_with("ML-KEM") => "ml-kem",
        PublicKey::Pq { .. } => "slh-dsa",
    }
}

/// Records an answer to the challenge, given the digest's size as systems name
/// it. Returns what is wrong with it, if anything is.
pub(super) fn answer(ids: &mut EntryIds, digest_bits: usize, mac: &[u8]) -> Result<(), String> {
    let kind = match digest_bits {
        224 => IdKind::ChalHmacSha224,
        256 => IdKind::ChalHmacSha256,
        384 => IdKind::ChalHmacSha384,
        512 => IdKind::ChalHmacSha512,
        bits => {
            return Err(format!(
                "answers by a hash of {bits} bits are not searched for"
            ));
        }
    };
    if mac.len() * 8 != digest_bits {
        return Err(format!(
            "{} bytes are no HMAC of {digest_bits} bits",
            mac.len()
        ));
    }
    if let Some(place) = ids.one_mut(kind) {
        *place = Some(crate::wire::hex::encode(mac));
    }
    Ok(())
}
