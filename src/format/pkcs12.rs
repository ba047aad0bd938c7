//! PKCS#12 (`.p12`, `.pfx`), as DER or BER.
//!
//! ```text
//! PFX ::= SEQUENCE { version 3, authSafe ContentInfo, macData OPTIONAL }   -- RFC 7292 section 4
//! authSafe → SEQUENCE OF ContentInfo, each of PKCS#7 `data` or `encryptedData`
//!          → SafeContents ::= SEQUENCE OF SafeBag
//! SafeBag ::= SEQUENCE { bagId, bagValue [0], bagAttributes SET OPTIONAL }
//!   keyBag 1              PrivateKeyInfo
//!   pkcs8ShroudedKeyBag 2 EncryptedPrivateKeyInfo
//!   certBag 3             SEQUENCE { x509Certificate, [0] OCTET STRING }
//!   secretBag 5           SEQUENCE { type, [0] OCTET STRING }
//!   safeContentsBag 6     SafeContents
//! ```
//!
//! The integrity check tells a notorious password before anything is decrypted.
//! Behind another one the key is matched by its certificate where that stands
//! in clear. A store of certificates alone is no finding; one whose only content
//! is encrypted counts as such, since every writer leaves the bags of keys,
//! which are encrypted one by one, in clear.

mod safe;

use zeroize::Zeroizing;

use super::{Context, Format, Found, Spec, What, structure};
use crate::blob::{Candidate, Span, Trigger};
use crate::key::password::{Mac, Opened, Word};
use crate::key::{Key, Reject, Secret};
use crate::wire::ber;
use crate::wire::der::{self, Reader};
use safe::{KeyBag, Safe};

/// Reader of PKCS#12 stores.
pub(super) struct Pkcs12;

/// Header of the PKCS#7 `data` ContentInfo.
const DATA_INFO: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0";
/// The version that every store has.
const VERSION: &[u8] = &[der::INTEGER, 1, 3];

static SPEC: Spec = Spec {
    id: "pkcs12",
    name: "PKCS#12 store",
    source: "RFC 7292, RFC 9579",
    about: "Exports of Windows, macOS and OpenSSL, and Java's default key store: code signing, TLS, client logins.",
    triggers: &[
        Trigger::binary(DATA_INFO),
        Trigger::decoded(b"\x02\x01\x03\x30"),
    ],
};

impl Format for Pkcs12 {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let start = start(candidate).ok_or(Reject::NotThisFormat)?;
        let bytes = candidate.bytes.get(start..).unwrap_or_default();
        let len = Reader::new(bytes).read_tlv_ber()?.whole.len();
        if !context.take(len) {
            return Err(Reject::TooLarge);
        }
        let (pfx, _) = ber::definite(bytes)?;
        let mut fields = Reader::new(&pfx).sequence()?;
        if fields.small_int()? != 3 {
            return Err(Reject::NotThisFormat);
        }
        let content = safe::data(&mut fields.sequence()?)?;
        let mac = match fields.is_empty() {
            true => None,
            false => Some(fields.sequence().map_err(Reject::from).and_then(Mac::read)),
        };
        let mut safe = Safe::default();
        safe.read_authenticated(content)?;
        let word = match (&mac, safe.wants_password()) {
            (_, false) => None,
            (Some(Ok(mac)), true) => mac.word(content, &mut context.trials),
            (Some(Err(_)) | None, true) => safe.word(&mut context.trials),
        };
        report(safe, word, start..start + len, context, found);
        Ok(())
    }
}

/// Returns where the store begins.
fn start(candidate: &Candidate<'_>) -> Option<usize> {
    let bytes = candidate.bytes;
    let Some(at) = candidate.at else {
        return is_pfx(bytes).then_some(0);
    };
    let version = if bytes.get(at..)?.starts_with(DATA_INFO) {
        // The content of the ContentInfo behind the version.
        der::sequence_before(bytes, at)?
            .start
            .checked_sub(VERSION.len())?
    } else {
        at
    };
    let start = der::sequence_before(bytes, version)?.start;
    is_pfx(bytes.get(start..)?).then_some(start)
}

/// Whether bytes begin as a store does, up to the first identifier.
fn is_pfx(bytes: &[u8]) -> bool {
    let info = der::begun(bytes, der::SEQUENCE).and_then(|pfx| pfx.strip_prefix(VERSION));
    let content = info.and_then(|info| der::begun(info, der::SEQUENCE));
    content.is_some_and(|content| content.starts_with(DATA_INFO))
}

/// Turns bags into findings, one for each key.
fn report(
    mut safe: Safe,
    word: Option<Word>,
    span: Span,
    context: &mut Context,
    found: &mut Vec<Found>,
) {
    let mut open = |encrypted: &[u8], fits: fn(&[u8]) -> bool| -> Option<Opened> {
        let (scheme, data) = safe::encrypted_key(encrypted).ok()?;
        scheme
            .ok()?
            .open_known(word.as_ref()?, data, fits, &mut context.trials)
    };
    let mut keys: Vec<(KeyBag, Option<Opened>)> = Vec::new();
    let read_keys =
        |safe: &mut Safe,
         keys: &mut Vec<_>,
         open: &mut dyn FnMut(&[u8], fn(&[u8]) -> bool) -> Option<Opened>| {
            for bag in safe.keys.drain(..) {
                let opened = bag
                    .shrouded
                    .then(|| open(&bag.bytes, structure::is_private_key))
                    .flatten();
                keys.push((bag, opened));
            }
        };
    read_keys(&mut safe, &mut keys, &mut open);
    // Certificates serve what stays shut; keys may stand beside them.
    let shut = keys
        .iter()
        .any(|(bag, opened)| bag.shrouded && opened.is_none());
    if shut || keys.is_empty() {
        for sealed in std::mem::take(&mut safe.encrypted) {
            if let Some(opened) = open(&sealed, safe::is_contents) {
                let _ = safe.read_contents(&opened.bytes);
            }
        }
        read_keys(&mut safe, &mut keys, &mut open);
    }
    let alone = keys.len() == 1;
    for (bag, opened) in keys {
        let certificate = safe.certificate_of(&bag, alone);
        let mut item = match opened {
            Some(opened) => Found::opened(span.clone(), bag.encrypted(), opened),
            None if !bag.shrouded => Found::unencrypted(span.clone(), bag.bytes),
            None => match certificate {
                Some(public) => Found::new(span.clone(), What::Sealed(public)),
                None => Found::opaque(span.clone(), bag.encrypted()),
            },
        };
        item.kid = bag.name;
        found.push(item);
    }
    for bag in std::mem::take(&mut safe.secrets) {
        let opened = open(&bag.bytes, structure::is_private_key);
        if let Some(opened) = opened
            && let Some(secret) = hmac_secret(&opened.bytes)
        {
            let mut item = Found::key(span.clone(), Key::Symmetric(Secret::new(secret)));
            item.opened_with = Some(opened.word.shown());
            item.kid = bag.name;
            found.push(item);
        }
    }
    if found.is_empty() {
        found.push(Found::new(span, What::Harmless));
    }
}

/// Returns the secret of a PrivateKeyInfo as Java writes it for a secret key,
/// if it is one that signs: 1.2.840.113549.2.7 to 11, HMAC.
fn hmac_secret(info: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const HMAC: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02];
    let mut fields = Reader::new(info).sequence().ok()?;
    fields.small_int().ok()?;
    let oid = fields.sequence().ok()?.oid().ok()?;
    let signs = matches!(oid.strip_prefix(HMAC), Some([7..=11]));
    let secret = fields.octets().ok()?;
    signs.then(|| Zeroizing::new(secret.to_vec()))
}
