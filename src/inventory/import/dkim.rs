//! DKIM keys (RFC 6376 section 3.6.1, RFC 8463), as `dig TXT` and zone files show them.
//!
//! ```text
//! s1._domainkey.example.com. 3600 IN TXT "v=DKIM1; k=rsa; p=base64 of the SPKI" "continued"
//! ```

use super::{Document, Draft, Fact, Importer, plain, private, public};
use crate::inventory::{Entry, Holding};
use crate::key::{Okp, PublicKey};

/// DKIM keys.
pub(super) struct Dkim;

impl Importer for Dkim {
    fn id(&self) -> &'static str {
        "dkim"
    }

    fn about(&self) -> &'static str {
        "DKIM keys: TXT records, one a line"
    }

    fn is_trust(&self) -> bool {
        true
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        // The first record decides: scripts that write such records are none.
        let first = document
            .text
            .and_then(|text| plain::lines(text).find(|(_, line)| !line.starts_with(';')));
        first.is_some_and(|(_, line)| line.contains("v=DKIM1"))
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        for (number, line) in document.text.into_iter().flat_map(plain::lines) {
            let Some(at) = line.find("v=DKIM1") else {
                continue;
            };
            let record = format!("line {number}");
            let (owner, value) = line.split_at(at);
            // Strings of a record are joined without anything between them.
            let value: String = value
                .chars()
                .filter(|c| !matches!(c, '"' | '\\' | '(' | ')'))
                .collect();
            let tag = |name: &str| {
                let mut tags = value.split(';').filter_map(|tag| tag.split_once('='));
                tags.find(|(known, _)| known.trim() == name)
                    .map(|(_, value)| value.trim())
            };
            let Some(encoded) = tag("p") else {
                draft.error(&record, "p", "missing");
                continue;
            };
            if encoded.is_empty() {
                draft.error(&record, "p", "empty: the key was revoked");
                continue;
            }
            let bytes = public::decode(encoded).unwrap_or_default();
            let key = match tag("k") {
                Some("ed25519") => PublicKey::okp(Okp::Ed25519, &bytes).ok(),
                _ => private::public_der(&bytes),
            };
            let Some(key) = key else {
                draft.error(&record, "p", "no public key");
                continue;
            };
            let selector = owner
                .split_ascii_whitespace()
                .next()
                .unwrap_or_default()
                .trim_end_matches(['.', '"']);
            let name = if selector.is_empty() {
                document.stem()
            } else {
                selector
            };
            let holding = Holding {
                source: format!("dkim:{name}"),
                state: Some("active".to_owned()),
                ..Holding::default()
            };
            let entry = Entry {
                name: name.to_owned(),
                holdings: vec![holding],
                ..public::entry(&key)
            };
            draft.fact(Fact {
                rank: 4,
                entry,
                ..Fact::default()
            });
        }
    }
}
