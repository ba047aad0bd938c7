//! Java key stores: JKS, and JCEKS of the Cryptography Extension.
//!
//! ```text
//! u32 magic FEEDFEED (JKS) | CECECECE (JCEKS), u32 version 1 | 2, u32 entries
//! entry: u32 kind, utf alias, u64 time, then by kind
//!   1 private key: bytes EncryptedPrivateKeyInfo, u32 certificates, certificate × n
//!   2 trusted certificate: certificate
//!   3 secret key (JCEKS): a serialized SealedObject
//! certificate: utf type (version 2), bytes X.509
//! digest: 20 bytes, SHA-1 of password, "Mighty Aphrodite" and all before
//! ```
//!
//! Sun published no specification; the layout is that of the OpenJDK. The
//! certificate chain stands in clear, so a key is matched without a password.
//! A store of certificates alone is no finding, and neither are secret keys
//! that stay shut: they encrypt more often than they sign.

use zeroize::Zeroizing;

use super::{Context, Format, Found, Spec, What, label, structure};
use crate::blob::{Candidate, Span, Trigger};
use crate::identity::x509;
use crate::key::password::{Opened, Scheme, Word, java_key, java_store_digest};
use crate::key::{Key, PublicKey, Reject, Secret};
use crate::wire::big_endian::Reader;
use crate::wire::der;
use crate::wire::java::{self, Object};

/// Reader of JKS and JCEKS stores.
pub(super) struct Jks;

const JKS: &[u8] = b"\xfe\xed\xfe\xed\x00\x00\x00";
const JCEKS: &[u8] = b"\xce\xce\xce\xce\x00\x00\x00";
/// Entries of one store; the largest trust stores have some hundred.
const MAX_ENTRIES: u32 = 1 << 16;
/// Certificates of one chain.
const MAX_CHAIN: u32 = 100;
/// Length of the digest at the end.
const DIGEST_BYTES: usize = 20;
/// Key protector of JKS: 1.3.6.1.4.1.42.2.17.1.1.
const PROTECTOR: &[u8] = &[0x2B, 0x06, 0x01, 0x04, 0x01, 0x2A, 0x02, 0x11, 0x01, 0x01];

static SPEC: Spec = Spec {
    id: "jks",
    name: "Java key store",
    source: "OpenJDK, JavaKeyStore and JceKeyStore",
    about: "Android upload keys, application servers, SAML and JWT signers. Matched even when encrypted.",
    triggers: &[Trigger::encoded_head(JKS), Trigger::encoded_head(JCEKS)],
};

impl Format for Jks {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        if candidate.at.is_some()
            || !(candidate.bytes.starts_with(JKS) || candidate.bytes.starts_with(JCEKS))
        {
            return Err(Reject::NotThisFormat);
        }
        let mut reader = Reader::new(candidate.bytes);
        reader.u32()?;
        let version = reader.u32()?;
        let count = reader.u32()?;
        if !(1..=2).contains(&version) || count > MAX_ENTRIES {
            return Err(Reject::NotThisFormat);
        }
        let (mut keys, mut secrets) = (Vec::new(), Vec::new());
        // What stands before a damaged entry is reported all the same.
        let read = entries(&mut reader, count, version, &mut keys, &mut secrets);
        let store_len = candidate.bytes.len() - reader.rest().len();
        let span = 0..(store_len + DIGEST_BYTES).min(candidate.bytes.len());
        if read.is_err() && keys.is_empty() && secrets.is_empty() {
            return Err(Reject::Truncated);
        }
        let digest = reader.rest().get(..DIGEST_BYTES).filter(|_| read.is_ok());
        let mut trial = Trial {
            store: candidate.bytes.get(..store_len).unwrap_or_default(),
            digest,
            word: None,
        };
        for entry in keys {
            found.push(entry.found(span.clone(), &mut trial, context));
        }
        for entry in secrets {
            found.extend(entry.secret(span.clone(), &mut trial, context));
        }
        if found.is_empty() {
            found.push(Found::new(span, What::Harmless));
        }
        Ok(())
    }
}

fn entries<'a>(
    reader: &mut Reader<'a>,
    count: u32,
    version: u32,
    keys: &mut Vec<PrivateEntry<'a>>,
    secrets: &mut Vec<SecretEntry<'a>>,
) -> Result<(), Reject> {
    for _ in 0..count {
        let mut ahead = *reader;
        let kind = ahead.u32()?;
        let alias = ahead.utf()?;
        ahead.u64()?;
        match kind {
            1 => {
                let protected = ahead.string()?;
                let chain = ahead.u32()?;
                if chain > MAX_CHAIN {
                    return Err(Reject::OutOfRange);
                }
                let mut first = None;
                for _ in 0..chain {
                    let certificate = certificate(&mut ahead, version)?;
                    first = first.or(Some(certificate));
                }
                keys.push(PrivateEntry {
                    alias,
                    protected,
                    certificate: first,
                });
            }
            2 => {
                certificate(&mut ahead, version)?;
            }
            3 => secrets.push(SecretEntry {
                alias,
                sealed: java::object(&mut ahead)?,
            }),
            _ => return Err(Reject::BadTag),
        }
        *reader = ahead;
    }
    Ok(())
}

fn certificate<'a>(reader: &mut Reader<'a>, version: u32) -> Result<&'a [u8], Reject> {
    if version == 2 {
        reader.utf()?;
    }
    Ok(reader.string()?)
}

/// The store's password, once it was looked for.
struct Trial<'a> {
    store: &'a [u8],
    digest: Option<&'a [u8]>,
    word: Option<Option<Word>>,
}

impl Trial<'_> {
    /// Opens with the password of the store: its digest is a cheap check,
    /// where a trial on a key of JCEKS costs 400,000 hashes.
    fn open(
        &mut self,
        scheme: &Scheme<'_>,
        data: &[u8],
        fits: fn(&[u8]) -> bool,
        context: &mut Context,
    ) -> Option<Opened> {
        let trials = &mut context.trials;
        let digest = self.digest?;
        let word = self
            .word
            .get_or_insert_with(|| java_store_digest(self.store, digest, trials))
            .clone()?;
        scheme.open_known(&word, data, fits, trials)
    }
}

struct PrivateEntry<'a> {
    alias: &'a [u8],
    protected: &'a [u8],
    certificate: Option<&'a [u8]>,
}

impl PrivateEntry<'_> {
    fn found(&self, span: Span, trial: &mut Trial<'_>, context: &mut Context) -> Found {
        let mut found = match (self.opened(trial, context), self.public()) {
            (Some((encrypted, opened)), _) => Found::opened(span, encrypted, opened),
            (None, Some(public)) => Found::new(span, What::Sealed(public)),
            (None, None) => Found::opaque(span, self.protected),
        };
        found.kid = label(self.alias);
        found
    }

    fn opened(&self, trial: &mut Trial<'_>, context: &mut Context) -> Option<(&[u8], Opened)> {
        let mut fields = der::Reader::new(self.protected).sequence().ok()?;
        let scheme = Scheme::read(&mut fields.clone());
        let oid = fields.sequence().ok()?.oid().ok()?;
        let encrypted = fields.octets().ok()?;
        let opened = if oid == PROTECTOR {
            java_key(encrypted, &mut context.trials)
        } else {
            trial.open(&scheme.ok()?, encrypted, structure::is_private_key, context)
        };
        Some((encrypted, opened?))
    }

    fn public(&self) -> Option<PublicKey> {
        x509::parse(self.certificate?)
            .ok()
            .map(|certificate| certificate.public)
    }
}

struct SecretEntry<'a> {
    alias: &'a [u8],
    sealed: Object<'a>,
}

impl SecretEntry<'_> {
    /// Returns the secret if the store's password opens it and it signs.
    fn secret(&self, span: Span, trial: &mut Trial<'_>, context: &mut Context) -> Option<Found> {
        let algorithm = self.sealed.field(b"sealAlg")?;
        if algorithm != b"PBEWithMD5AndTripleDES" {
            return None;
        }
        let parameters = self.sealed.field(b"encodedParams")?;
        let scheme = Scheme::of_jceks(parameters).ok()?;
        let opened = trial.open(
            &scheme,
            self.sealed.field(b"encryptedContent")?,
            is_object,
            context,
        )?;
        let object = java::object(&mut Reader::new(&opened.bytes)).ok()?;
        let signs = object
            .field(b"algorithm")?
            .to_ascii_lowercase()
            .starts_with(b"hmac");
        let secret = object
            .field(b"key")
            .filter(|key| signs && !key.is_empty())?;
        let secret = Secret::new(Zeroizing::new(secret.to_vec()));
        let mut found = Found::key(span, Key::Symmetric(secret));
        found.opened_with = Some(opened.word.shown());
        found.kid = label(self.alias);
        Some(found)
    }
}

/// Whether plain bytes begin as a serialized object does.
fn is_object(plain: &[u8]) -> bool {
    plain.starts_with(&[0xAC, 0xED, 0, 5])
}
