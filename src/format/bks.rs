//! Stores of Bouncy Castle: BKS, whose certificates stand in clear, and UBER,
//! which is encrypted as a whole.
//!
//! ```text
//! u32 version 0 | 1 | 2, bytes salt (20), u32 iterations
//! BKS:  entry × n, 00, HMAC-SHA1 (20 bytes)
//! UBER: Twofish-CBC of entry × n, 00, SHA-1
//! entry: u8 kind, utf alias, u64 time, u32 chain, (utf type, bytes X.509) × chain, then by kind
//!   1 certificate: utf type, bytes
//!   2 key:         u8 of what, utf encoding, utf algorithm, bytes
//!   3 secret:      bytes
//!   4 sealed key:  bytes: bytes salt, u32 iterations, 3DES-CBC of a key as in 2
//! ```
//!
//! The layout is that of `BcKeyStoreSpi`; there is no specification. A key is
//! matched by its certificate, and opened with a notorious password.

use zeroize::Zeroizing;

use super::{Context, Format, Found, Spec, What, label};
use crate::blob::{Candidate, Span, Trigger};
use crate::identity::x509;
use crate::key::password::{Opened, Scheme};
use crate::key::{PublicKey, Reject};
use crate::wire::big_endian::Reader;

/// Reader of BKS and UBER stores.
pub(super) struct Bks;

/// Certificates of one chain.
const MAX_CHAIN: u32 = 100;
/// Smallest encrypted content of an UBER store with a key, in bytes.
const MIN_UBER_BYTES: usize = 128;
/// Iterations that Bouncy Castle draws: 1024 and up to 1023 more.
const ITERATIONS: std::ops::RangeInclusive<u32> = 1..=1 << 20;

static SPEC: Spec = Spec {
    id: "bks",
    name: "Bouncy Castle key store",
    source: "Bouncy Castle, BcKeyStoreSpi",
    about: "Old Android and Java applications; BKS is matched even when encrypted, UBER is not.",
    triggers: &[
        Trigger::encoded_head(b"\x00\x00\x00\x02\x00\x00\x00\x14"),
        Trigger::head(b"\x00\x00\x00\x01\x00\x00\x00\x14"),
    ],
};

impl Format for Bks {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let mut reader = Reader::new(candidate.bytes);
        let version = reader.u32()?;
        if candidate.at.is_some() || version > 2 || reader.string()?.len() != 20 {
            return Err(Reject::NotThisFormat);
        }
        if !ITERATIONS.contains(&reader.u32()?) {
            return Err(Reject::NotThisFormat);
        }
        let content = reader.rest();
        let span = 0..candidate.bytes.len();
        let mut keys = Vec::new();
        match entries(&mut reader, &mut keys) {
            Ok(()) if reader.rest().len() >= 20 => {
                for entry in keys {
                    found.extend(entry.found(span.clone(), context));
                }
                if found.is_empty() {
                    found.push(Found::new(span, What::Harmless));
                }
                Ok(())
            }
            // Encrypted as a whole: blocks of 16 bytes and nothing else.
            _ if version == 1
                && content.len() >= MIN_UBER_BYTES
                && content.len().is_multiple_of(16)
                && is_random(content) =>
            {
                found.push(Found::opaque(span, content));
                Ok(())
            }
            _ => Err(Reject::NotThisFormat),
        }
    }
}

/// Whether bytes look encrypted: no value makes up a sixteenth of them.
fn is_random(bytes: &[u8]) -> bool {
    let mut counts = [0_usize; 256];
    for &byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    counts.iter().all(|&count| count <= bytes.len() / 16)
}

fn entries<'a>(reader: &mut Reader<'a>, keys: &mut Vec<Entry<'a>>) -> Result<(), Reject> {
    loop {
        let kind = reader.u8()?;
        if kind == 0 {
            return Ok(());
        }
        let alias = reader.utf()?;
        reader.u64()?;
        let chain = reader.u32()?;
        if chain > MAX_CHAIN {
            return Err(Reject::OutOfRange);
        }
        let mut certificate = None;
        for _ in 0..chain {
            reader.utf()?;
            certificate = certificate.or(Some(reader.string()?));
        }
        let content = match kind {
            1 => {
                reader.utf()?;
                reader.string()?;
                continue;
            }
            2 => Content::Clear(key(reader)?),
            3 => {
                reader.string()?;
                continue;
            }
            4 => Content::Sealed(reader.string()?),
            _ => return Err(Reject::BadTag),
        };
        keys.push(Entry {
            alias,
            certificate,
            content,
        });
    }
}

/// Reads a key; `None` for one that is no private key.
fn key<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a [u8]>, Reject> {
    let kind = reader.u8()?;
    let encoding = reader.utf()?;
    reader.utf()?;
    let bytes = reader.string()?;
    let private = kind == 0 && matches!(encoding, b"PKCS#8" | b"PKCS8");
    Ok(private.then_some(bytes))
}

struct Entry<'a> {
    alias: &'a [u8],
    certificate: Option<&'a [u8]>,
    content: Content<'a>,
}

enum Content<'a> {
    Clear(Option<&'a [u8]>),
    Sealed(&'a [u8]),
}

impl Entry<'_> {
    fn found(&self, span: Span, context: &mut Context) -> Option<Found> {
        let mut found = match self.content {
            Content::Clear(key) => Found::unencrypted(span, Zeroizing::new(key?.to_vec())),
            Content::Sealed(sealed) => match (open(sealed, context), self.public()) {
                (Some(opened), _) => Found::opened(span, sealed, opened?),
                (None, Some(public)) => Found::new(span, What::Sealed(public)),
                // Without a chain it may as well be a secret key.
                (None, None) => Found::opaque(span, sealed),
            },
        };
        let alias = String::from_utf8_lossy(self.alias);
        found.kid = label(alias.as_bytes());
        Some(found)
    }

    fn public(&self) -> Option<PublicKey> {
        x509::parse(self.certificate?)
            .ok()
            .map(|certificate| certificate.public)
    }
}

/// Opens a sealed key; `Some(None)` when it turns out to be no private key.
fn open(sealed: &[u8], context: &mut Context) -> Option<Option<Opened>> {
    let mut reader = Reader::new(sealed);
    let salt = reader.string().ok()?;
    let iterations = reader.u32().ok()?;
    let scheme = Scheme::of_bks(salt, iterations)?;
    let opened = scheme.open(reader.rest(), is_key, &mut context.trials)?;
    let inner = key(&mut Reader::new(&opened.bytes)).ok()?;
    let bytes = inner.map(|bytes| Zeroizing::new(bytes.to_vec()));
    let word = opened.word;
    Some(bytes.map(|bytes| Opened { bytes, word }))
}

/// Whether plain bytes are a key and nothing else.
fn is_key(plain: &[u8]) -> bool {
    let mut reader = Reader::new(plain);
    plain.first().is_some_and(|&kind| kind <= 2)
        && key(&mut reader).is_ok()
        && reader.rest().is_empty()
}
