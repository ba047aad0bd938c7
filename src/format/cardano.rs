//! Signing keys of Cardano: the text envelopes of `cardano-cli`, and bech32.
//!
//! ```text
//! {"type": "PaymentSigningKeyShelley_ed25519", "description": "", "cborHex": "5820" seed[32]}
//! {"type": "…ExtendedSigningKey…_ed25519_bip32", …, "cborHex": "5880" scalar[32] prefix[32] public[32] chain code[32]}
//! ed25519_sk1…  seed[32]          ed25519e_sk1…  scalar[32] prefix[32]          CIP-5
//! ```

use super::{Context, Format, Found, Spec, WALLET, What};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Okp, OkpForm, OkpKey, Reject};
use crate::wire::{bech32, members};
use zeroize::Zeroizing;

/// Reader of Cardano keys.
pub(super) struct Cardano;

const CBOR: &[u8] = b"\"cborHex\"";
/// Bytes of an envelope at most: a long description and an extended key.
const MAX_OBJECT: usize = 4096;
/// Characters of an extended key in bech32, and some.
const MAX_BECH32: usize = 160;

static SPEC: Spec = Spec {
    id: "cardano",
    name: "Cardano signing key",
    source: "cardano-cli text envelope, CIP-5, CIP-3",
    about: "Payment, stake, pool and script keys: `*.skey` files of wallets and stake pools.",
    triggers: &[
        Trigger::plain(CBOR),
        Trigger::plain(b"ed25519_sk1"),
        Trigger::plain(b"ed25519e_sk1"),
    ],
};

impl Format for Cardano {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Option<&'static str> {
        Some(WALLET)
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let at = candidate.at.ok_or(Reject::NotThisFormat)?;
        let bytes = candidate.bytes;
        let rest = bytes.get(at..).unwrap_or_default();
        if !rest.starts_with(CBOR) {
            let is_text = |b: &&u8| b.is_ascii_lowercase() || b.is_ascii_digit() || **b == b'_';
            let len = rest.iter().take(MAX_BECH32).take_while(is_text).count();
            let text = rest.get(..len).unwrap_or_default();
            let key = encoded(text).ok_or(Reject::NotThisFormat)?;
            found.push(Found::key(at..at + len, key));
            return Ok(());
        }
        let start = context.object_around(bytes, at, MAX_OBJECT);
        let start = start.ok_or(Reject::NotThisFormat)?;
        let (list, span) = context.object(bytes, start, MAX_OBJECT);
        let value = |name: &[u8]| members::value(&list, name);
        let kind = value(b"type").ok_or(Reject::NotThisFormat)?;
        // A verification key is as long, under another type.
        if memchr::memmem::find(kind, b"SigningKey").is_none() {
            return Err(Reject::NotThisFormat);
        }
        let cbor = value(b"cborHex").ok_or(Reject::NotThisFormat)?;
        let key = super::hex_bytes(cbor).and_then(|cbor| envelope(&cbor));
        let what = key.map_or(What::Malformed(Reject::BadLength), What::Key);
        found.push(Found::new(span, what));
        Ok(())
    }
}

/// Reads the CBOR byte string of an envelope.
fn envelope(cbor: &[u8]) -> Option<Key> {
    match cbor {
        [0x58, 0x20, seed @ ..] if seed.len() == 32 => {
            Some(Key::Okp(OkpKey::from_seed(Okp::Ed25519, seed, None)))
        }
        [0x58, 0x80, rest @ ..] if rest.len() == 128 => {
            Some(expanded(rest.get(..64)?, rest.get(64..96)))
        }
        _ => None,
    }
}

/// Reads a key in bech32.
fn encoded(text: &[u8]) -> Option<Key> {
    if let Some(seed) = bech32::decode(text, b"ed25519_sk") {
        let is_seed = seed.len() == 32;
        return is_seed.then(|| Key::Okp(OkpKey::from_seed(Okp::Ed25519, &seed, None)));
    }
    let secret = bech32::decode(text, b"ed25519e_sk")?;
    (secret.len() == 64).then(|| expanded(&secret, None))
}

/// Returns the key of a scalar and its prefix.
fn expanded(secret: &[u8], public: Option<&[u8]>) -> Key {
    Key::Okp(OkpKey {
        kind: Okp::Ed25519,
        form: OkpForm::Expanded,
        secret: Zeroizing::new(secret.to_vec()),
        public: public.map(<[u8]>::to_vec),
    })
}
