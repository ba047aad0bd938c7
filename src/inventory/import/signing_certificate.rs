//! Certificates that applications are signed with, known by their hash alone.
//!
//! ```text
//! assetlinks.json   [{relation, target: {namespace: "android_app", package_name, sha256_cert_fingerprints: ["AB:CD:…"]}}]
//! apksigner verify --print-certs    Signer #1 certificate SHA-256 digest: <64 hex>
//! keytool -printcert, codesign -d -r-        SHA256: AB:CD:…
//! ```
//!
//! It is the hash of the certificate, not of the key (`x5t-s256`): a scan cannot match a
//! key with it, a merge with the certificate itself can, once both are in one list.

use serde_json::Value;

use super::fields::{object, text, texts};
use super::plain::lines;
use super::{Document, Draft, Fact, Importer};
use crate::inventory::{Entry, EntryIds, Holding};
use crate::wire::hex;

/// Hashes of signing certificates.
pub(super) struct SigningCertificate;

/// Words that stand before a hash in the output of tools, in lower case.
const LABELS: [&str; 2] = ["certificate sha-256 digest:", "sha256:"];

impl Importer for SigningCertificate {
    fn id(&self) -> &'static str {
        "signing-certificate"
    }

    fn about(&self) -> &'static str {
        "signing certificates by their hash: assetlinks.json, apksigner --print-certs, keytool -printcert"
    }

    fn is_trust(&self) -> bool {
        true
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        if let Some(fields) = document.object() {
            let target = object(fields, "target");
            return target.is_some_and(|target| target.contains_key("sha256_cert_fingerprints"));
        }
        document.text.is_some_and(|text| {
            let mut hits = text.lines().filter_map(printed);
            hits.next().is_some()
        })
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        if let Some(target) = document
            .object()
            .and_then(|fields| object(fields, "target"))
        {
            let name = text(target, "package_name").unwrap_or(document.stem());
            if !target
                .get("sha256_cert_fingerprints")
                .is_some_and(Value::is_array)
            {
                return draft.error("target", "sha256_cert_fingerprints", "not a list");
            }
            for (at, print) in texts(target, "sha256_cert_fingerprints").iter().enumerate() {
                let field = format!("sha256_cert_fingerprints[{at}]");
                state(document, name, print, "target", &field, draft);
            }
            return;
        }
        for (number, line) in document.text.into_iter().flat_map(lines) {
            if let Some(print) = printed(line) {
                let record = format!("line {number}");
                state(document, document.stem(), print, &record, "SHA256", draft);
            }
        }
    }
}

/// Returns the hash that a line of a tool's output prints.
fn printed(line: &str) -> Option<&str> {
    let lower = line.to_ascii_lowercase();
    LABELS.iter().find_map(|label| {
        let at = lower.find(label)?;
        // `sha256:` at the start of a line is a plain fingerprint of a key.
        let print = line.get(at + label.len()..)?.trim();
        let is_hash = print.contains(':') || label.contains("digest");
        (is_hash && !print.contains(' ')).then_some(print)
    })
}

fn state(
    document: &Document<'_>,
    name: &str,
    print: &str,
    record: &str,
    field: &str,
    draft: &mut Draft,
) {
    let digits = print.replace(':', "").to_ascii_lowercase();
    if hex::decode(&digits).is_none_or(|bytes| bytes.len() != 32) {
        return draft.error(record, field, "not a SHA-256 in hexadecimal");
    }
    let holding = Holding {
        source: format!("signing-certificate:{}", document.path),
        state: Some("active".to_owned()),
        ..Holding::default()
    };
    draft.fact(Fact {
        rank: 7,
        entry: Entry {
            name: name.to_owned(),
            kind: "opaque".to_owned(),
            ids: EntryIds {
                x5t_s256: vec![digits],
                ..EntryIds::default()
            },
            holdings: vec![holding],
            ..Entry::default()
        },
        ..Fact::default()
    });
}
