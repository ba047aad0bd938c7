//! Keys that software updates are verified with: minisign and signify public keys,
//! TUF roots. (Those of cosign are plain PEM.)
//!
//! ```text
//! untrusted comment: minisign public key 1234ABCD5678EF90
//! base64 of "Ed" | id 8 | public key 32                              minisign(1), signify(1)
//!
//! {signed: {_type: "root", keys: {KEYID: {keytype, scheme, keyval: {public: hex or PEM}}}}}    TUF 4.2
//! ```

use serde_json::{Map, Value};

use super::fields::{object, text, time};
use super::{Document, Draft, Fact, Importer, pem, public};
use crate::inventory::{Entry, Holding};
use crate::key::{Okp, PublicKey};
use crate::wire::hex;

/// First words of the files of minisign and signify.
const COMMENT: &str = "untrusted comment:";

/// Minisign and signify.
pub(super) struct Minisign;

impl Importer for Minisign {
    fn id(&self) -> &'static str {
        "minisign"
    }

    fn about(&self) -> &'static str {
        "public keys of minisign and signify"
    }

    fn is_trust(&self) -> bool {
        true
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.text.is_some_and(|text| text.starts_with(COMMENT))
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let mut lines = document.text.unwrap_or_default().lines();
        let comment = lines
            .next()
            .and_then(|line| line.strip_prefix(COMMENT))
            .unwrap_or_default()
            .trim();
        let bytes = lines.next().and_then(public::decode).unwrap_or_default();
        let Some(([b'E', b'd', id @ ..], key)) = bytes
            .split_first_chunk::<10>()
            .filter(|(_, key)| key.len() == 32)
        else {
            let what = if comment.contains("secret key") {
                "a secret key"
            } else {
                "not `Ed`, an id and 32 bytes"
            };
            if comment.contains("secret key") {
                draft.violation(
                    "",
                    "",
                    "a private key in an export: nothing is taken from it",
                );
            }
            return draft.error("line 2", "public key", what);
        };
        match PublicKey::okp(Okp::Ed25519, key) {
            Ok(key) => {
                let mut entry = public::entry(&key);
                comment.clone_into(&mut entry.name);
                // Minisign prints the id as a little-endian number.
                let id: Vec<u8> = id.iter().rev().copied().collect();
                entry.ids.kid = vec![hex::encode(&id).to_ascii_uppercase()];
                trust(document, "minisign", None, entry, draft);
            }
            Err(why) => draft.error("line 2", "public key", why.to_string()),
        }
    }
}

/// TUF roots.
pub(super) struct Tuf;

impl Importer for Tuf {
    fn id(&self) -> &'static str {
        "tuf"
    }

    fn about(&self) -> &'static str {
        "TUF root metadata"
    }

    fn is_trust(&self) -> bool {
        true
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.object().and_then(root).is_some()
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let Some(signed) = document.object().and_then(root) else {
            return;
        };
        for (id, key) in object(signed, "keys").into_iter().flatten() {
            let record = format!("keys.{id}");
            let public = key
                .as_object()
                .and_then(|key| text(object(key, "keyval")?, "public"));
            let Some(public) = public else {
                draft.error(&record, "keyval.public", "missing");
                continue;
            };
            let key = if public.contains("-----BEGIN CERTIFICATE") {
                Err("a certificate where a key should be".to_owned())
            } else if public.contains("-----") {
                pem::public_key(public)
            } else {
                let bytes = hex::decode(public).unwrap_or_default();
                PublicKey::okp(Okp::Ed25519, &bytes).map_err(|why| why.to_string())
            };
            match key {
                Ok(key) => {
                    let mut entry = public::entry(&key);
                    // Roles say what the key is for.
                    let roles =
                        object(signed, "roles")
                            .into_iter()
                            .flatten()
                            .filter(|(_, role)| {
                                let ids = role.get("keyids").and_then(Value::as_array);
                                ids.is_some_and(|ids| {
                                    ids.iter().any(|known| known.as_str() == Some(id))
                                })
                            });
                    let roles: Vec<&str> = roles.map(|(name, _)| name.as_str()).collect();
                    entry.name = format!("{} {}", document.stem(), roles.join(", "))
                        .trim()
                        .to_owned();
                    entry.ids.kid = vec![id.clone()];
                    trust(document, "tuf", time(signed, "expires"), entry, draft);
                }
                Err(why) => draft.error(&record, "keyval.public", why),
            }
        }
    }
}

/// Returns the signed part of a root.
fn root(fields: &Map<String, Value>) -> Option<&Map<String, Value>> {
    object(fields, "signed").filter(|signed| text(signed, "_type") == Some("root"))
}

/// States a key that updates are verified with.
fn trust(
    document: &Document<'_>,
    system: &str,
    expires: Option<String>,
    mut entry: Entry,
    draft: &mut Draft,
) {
    entry.holdings = vec![Holding {
        source: format!("{system}:{}", document.path),
        state: Some("active".to_owned()),
        expires,
        ..Holding::default()
    }];
    draft.fact(Fact {
        rank: 5,
        entry,
        ..Fact::default()
    });
}
