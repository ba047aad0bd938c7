//! Keysets of Tink in clear, as JSON or binary.
//!
//! ```text
//! {"key":[{"keyData":{"typeUrl":"type.googleapis.com/google.crypto.tink.EcdsaPrivateKey",
//!     "keyMaterialType":"ASYMMETRIC_PRIVATE","value":"base64 of a protobuf"}, …}]}
//! KeyData { type_url 1, value 2, key_material_type 3 }        -- tink.proto
//! ```
//!
//! The value is a message of the type that the URL names. Every key of a keyset
//! is found by its own URL. Encrypted keysets show neither.

use super::structure::{ec_key, secret};
use super::{Context, Format, Found, Spec};
use crate::blob::{Candidate, Span, Trigger};
use crate::key::{Curve, Key, Okp, OkpKey, Reject, RsaKey, Secret};
use crate::wire::base64;
use crate::wire::protobuf::{self, Message};
use zeroize::Zeroizing;

/// Reader of Tink keysets.
pub(super) struct Tink;

const MAGIC: &[u8] = b"google.crypto.tink.";
const HOST: &[u8] = b"type.googleapis.com/";
/// How far the members of a key's data reach; an RSA-4096 key takes 3.2 KB.
const MAX_BYTES: usize = 32 << 10;
/// Longest name of a type.
const MAX_NAME: usize = 48;

static SPEC: Spec = Spec {
    id: "tink",
    name: "Tink keyset",
    source: "Tink tink.proto, ecdsa.proto, ed25519.proto, rsa_ssa_pkcs1.proto, hmac.proto",
    about: "What `tinkey create-keyset` writes without a KMS: signing keys and MAC secrets of applications.",
    triggers: &[Trigger::text(MAGIC)],
};

impl Format for Tink {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let at = candidate.at.ok_or(Reject::NotThisFormat)?;
        let name = candidate.bytes.get(at + MAGIC.len()..).unwrap_or_default();
        let is_name = |b: &&u8| b.is_ascii_alphanumeric();
        let len = name.iter().take(MAX_NAME).take_while(is_name).count();
        let name = name.get(..len).unwrap_or_default();
        let after = at + MAGIC.len() + len;
        let (span, value) = binary(candidate.bytes, at, after)
            .or_else(|| json(candidate.bytes, at, context))
            .ok_or(Reject::NotThisFormat)?;
        found.push(Found::key(span, key(name, Message(&value))?));
        Ok(())
    }
}

/// Returns the value behind a URL in a binary message.
fn binary(bytes: &[u8], at: usize, after: usize) -> Option<(Span, Zeroizing<Vec<u8>>)> {
    let start = at.checked_sub(HOST.len() + 2)?;
    let url = after - (start + 2);
    if bytes.get(start..start + 2) != Some(&[0x0a, u8::try_from(url).ok()?]) {
        return None;
    }
    let mut rest = bytes.get(after..)?.strip_prefix(&[0x12])?;
    let value = protobuf::delimited(&mut rest).ok()?;
    Some((
        start..bytes.len() - rest.len(),
        Zeroizing::new(value.to_vec()),
    ))
}

/// Returns the value beside a URL in a JSON object.
fn json(bytes: &[u8], at: usize, context: &mut Context) -> Option<(Span, Zeroizing<Vec<u8>>)> {
    let start = context.object_around(bytes, at, MAX_BYTES)?;
    let (members, span) = context.object(bytes, start, MAX_BYTES);
    let value = members.iter().find(|member| member.name == b"value")?;
    // JSON may escape the slash of base64.
    let text: Zeroizing<Vec<u8>> = Zeroizing::new(
        value
            .value
            .iter()
            .copied()
            .filter(|&b| b != b'\\')
            .collect(),
    );
    Some((span, base64::decode_value(&text)?))
}

/// Reads the message of a type.
fn key(name: &[u8], key: Message<'_>) -> Result<Key, Reject> {
    let public = || key.message(2).ok_or(Reject::Incomplete);
    let bytes = |message: Message<'_>, field| message.bytes(field).map(<[u8]>::to_vec);
    match name {
        b"EcdsaPrivateKey" | b"JwtEcdsaPrivateKey" => {
            let public = public()?;
            // JWT keys name the algorithm, the others the curve.
            let curve = match (
                name,
                public.number(2),
                public.message(2).map(|p| p.number(2)),
            ) {
                (b"JwtEcdsaPrivateKey", 1, _) | (b"EcdsaPrivateKey", _, Some(2)) => Curve::P256,
                (b"JwtEcdsaPrivateKey", 2, _) | (b"EcdsaPrivateKey", _, Some(3)) => Curve::P384,
                (b"JwtEcdsaPrivateKey", 3, _) | (b"EcdsaPrivateKey", _, Some(4)) => Curve::P521,
                _ => return Err(Reject::UnknownAlgorithm),
            };
            let coordinate = |field| -> Result<Vec<u8>, Reject> {
                let number = crate::wire::trim_zeros(public.bytes(field).unwrap_or_default());
                let zeros = curve.bytes().checked_sub(number.len());
                Ok([vec![0; zeros.ok_or(Reject::OutOfRange)?], number.to_vec()].concat())
            };
            let point = [vec![4], coordinate(3)?, coordinate(4)?].concat();
            let d = key.bytes(3).ok_or(Reject::Incomplete)?;
            Ok(Key::Ec(ec_key(Some(curve), d, Some(&point))))
        }
        b"Ed25519PrivateKey" => {
            let seed = key.bytes(2).ok_or(Reject::Incomplete)?;
            let public = key.message(3).and_then(|public| public.bytes(2));
            Ok(Key::Okp(OkpKey::from_seed(Okp::Ed25519, seed, public)))
        }
        b"RsaSsaPkcs1PrivateKey"
        | b"RsaSsaPssPrivateKey"
        | b"JwtRsaSsaPkcs1PrivateKey"
        | b"JwtRsaSsaPssPrivateKey" => {
            let public = public()?;
            Ok(Key::Rsa(RsaKey {
                n: bytes(public, 3),
                e: bytes(public, 4),
                d: key.bytes(3).and_then(secret),
                p: key.bytes(4).and_then(secret),
                q: key.bytes(5).and_then(secret),
                ..RsaKey::default()
            }))
        }
        b"HmacKey" | b"JwtHmacKey" => {
            let secret = bytes(key, 3).filter(|secret| !secret.is_empty());
            let secret = secret.ok_or(Reject::Incomplete)?;
            Ok(Key::Symmetric(Secret::new(Zeroizing::new(secret))))
        }
        // Encryption, and public keys.
        _ => Err(Reject::NotThisFormat),
    }
}
