//! OpenPGP public keys, binary or in `PGP PUBLIC KEY BLOCK` armour, as `gpg --export`
//! writes them.
//!
//! ```text
//! 6 public key | 13 user id | 2 signature | 14 public subkey | 2 signature | …     RFC 9580 10.1
//! fingerprint  v4 SHA-1(99 | length 2 | body)   v6 SHA-256(9B | length 4 | body)      RFC 9580 5.5.4
//! ```
//!
//! Signatures are not verified: a revocation is taken as it stands, since an export says
//! what its owner wants it to say.

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::{Document, Draft, Fact, Importer, public};
use crate::format::openpgp_public_key;
use crate::inventory::{Entry, Holding};
use crate::wire::hex;
use crate::wire::pgp::Packets;

const BEGIN: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const END: &str = "-----END PGP PUBLIC KEY BLOCK-----";
const SIGNATURE: u8 = 2;
const PUBLIC_KEY: u8 = 6;
const USER_ID: u8 = 13;
const PUBLIC_SUBKEY: u8 = 14;
/// Types of signatures that revoke a key and a subkey.
const REVOCATIONS: [u8; 2] = [0x20, 0x28];

/// OpenPGP public keys.
pub(super) struct OpenPgp;

impl Importer for OpenPgp {
    fn id(&self) -> &'static str {
        "openpgp"
    }

    fn about(&self) -> &'static str {
        "OpenPGP public keys, binary or armoured: gpg --export"
    }

    fn is_trust(&self) -> bool {
        true
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        if document.json.is_some() {
            return false;
        }
        match document.text {
            Some(text) => text.contains(BEGIN),
            None => is_key(document.bytes),
        }
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let Some(text) = document.text else {
            return packets(document, document.bytes, "", draft);
        };
        for (at, block) in text.split(BEGIN).skip(1).enumerate() {
            let record = format!("block {}", at + 1);
            let body = block.split_once(END).map(|(body, _)| dearmoured(body));
            match body.flatten() {
                Some(bytes) => packets(document, &bytes, &record, draft),
                None => draft.error(
                    &record,
                    "PGP PUBLIC KEY BLOCK",
                    "not base64, or no END line",
                ),
            }
        }
    }
}

/// Whether bytes begin with a public key.
fn is_key(bytes: &[u8]) -> bool {
    let first = Packets::new(bytes, 0).read().ok().flatten();
    first.is_some_and(|packet| {
        packet.tag == PUBLIC_KEY && matches!(packet.body.first(), Some(3..=6))
    })
}

/// Decodes what stands between the lines of an armour: headers, an empty line,
/// base64, and perhaps a checksum behind `=` (RFC 9580 section 6.2).
fn dearmoured(body: &str) -> Option<Vec<u8>> {
    let lines = body.lines().map(str::trim);
    let is_data = |line: &&str| !line.contains(':') && !line.starts_with('=');
    let data: String = lines.filter(is_data).collect();
    public::decode(&data).filter(|bytes| !bytes.is_empty())
}

/// States the keys of a run of packets.
fn packets(document: &Document<'_>, bytes: &[u8], outer: &str, draft: &mut Draft) {
    let mut packets = Packets::new(bytes, 0);
    let mut keys: Vec<Entry> = Vec::new();
    let mut user = String::new();
    for number in 1.. {
        let record = match outer {
            "" => format!("packet {number}"),
            outer => format!("{outer}, packet {number}"),
        };
        let packet = match packets.read() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(why) => {
                draft.error(&record, "header", why.to_string());
                break;
            }
        };
        match packet.tag {
            PUBLIC_KEY | PUBLIC_SUBKEY => {
                if packet.tag == PUBLIC_KEY {
                    finish(
                        document,
                        std::mem::take(&mut keys),
                        &std::mem::take(&mut user),
                        draft,
                    );
                }
                match key(document, packet.body) {
                    Ok(entry) => keys.push(entry),
                    Err(why) => draft.error(&record, "public key", why),
                }
            }
            USER_ID if user.is_empty() => user = String::from_utf8_lossy(packet.body).into_owned(),
            SIGNATURE => {
                // Versions 4 and 6 begin with the version and the type.
                let is_revocation =
                    matches!(packet.body, [4 | 6, kind, ..] if REVOCATIONS.contains(kind));
                let last = keys.last_mut().and_then(|entry| entry.holdings.first_mut());
                if let Some(holding) = last.filter(|_| is_revocation) {
                    holding.state = Some("revoked".to_owned());
                }
            }
            5 | 7 => draft.violation(
                &record,
                "secret key",
                "a private key in an export: nothing is taken from it",
            ),
            _ => {}
        }
    }
    finish(document, keys, &user, draft);
}

/// Reads the body of a key.
fn key(document: &Document<'_>, body: &[u8]) -> Result<Entry, String> {
    let mut entry = match openpgp_public_key(body).map_err(|why| why.to_string())? {
        Some(key) => public::entry(&key),
        // It encrypts only.
        None => Entry {
            kind: "opaque".to_owned(),
            ..Entry::default()
        },
    };
    let fingerprint = match body.first() {
        Some(4) => {
            let length = u16::try_from(body.len()).map_err(|_| "too long".to_owned())?;
            let hash = Sha1::new()
                .chain_update([0x99])
                .chain_update(length.to_be_bytes());
            hex::encode(&hash.chain_update(body).finalize())
        }
        Some(6) => {
            let length = u32::try_from(body.len()).map_err(|_| "too long".to_owned())?;
            let hash = Sha256::new()
                .chain_update([0x9b])
                .chain_update(length.to_be_bytes());
            hex::encode(&hash.chain_update(body).finalize())
        }
        // Fingerprints of version 3 are MD5; version 5 never became a standard.
        _ => String::new(),
    };
    if !fingerprint.is_empty() {
        let key_id = match fingerprint.len() {
            40 => fingerprint.get(24..),
            _ => fingerprint.get(..16),
        };
        entry.ids.kid = key_id.map(str::to_ascii_uppercase).into_iter().collect();
        entry.ids.pgp_fpr = vec![fingerprint];
    }
    let created = body.get(1..5).and_then(|time| time.first_chunk().copied());
    let created = created.map(u32::from_be_bytes).map(i64::from);
    let created = created.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    entry.holdings = vec![Holding {
        source: format!("openpgp:{}", document.path),
        state: Some("active".to_owned()),
        created: created.map(|time| time.to_string()),
        ..Holding::default()
    }];
    Ok(entry)
}

/// States the keys of one user.
fn finish(document: &Document<'_>, keys: Vec<Entry>, user: &str, draft: &mut Draft) {
    for mut entry in keys {
        if user.is_empty() {
            document.stem()
        } else {
            user
        }
        .clone_into(&mut entry.name);
        draft.fact(Fact {
            rank: 4,
            entry,
            ..Fact::default()
        });
    }
}
