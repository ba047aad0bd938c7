//! HashiCorp Vault and OpenBao: certificate authorities of the PKI engine.
//!
//! ```text
//! read pki/issuer/REF     {data: {issuer_id, issuer_name, key_id, certificate: PEM, revoked, revocation_time_rfc3339}}
//! read pki/cert/SERIAL    {data: {certificate: PEM, revocation_time}}
//! list -detailed pki/issuers  {data: {keys: [ID], key_info: {ID: {issuer_name, key_id, serial_number}}}}
//! ```
//!
//! The certificate has the public key. `read pki/key/REF` and the list of keys name
//! keys without one; Vault prints the private half at creation only.

use serde_json::{Map, Value};

use super::fields::{object, text};
use super::{Document, Draft, Fact, Importer, certificate, pem};
use crate::inventory::{Entry, Holding};

/// Vault PKI.
pub(super) struct VaultPki;

impl Importer for VaultPki {
    fn id(&self) -> &'static str {
        "vault-pki"
    }

    fn about(&self) -> &'static str {
        "HashiCorp Vault and OpenBao PKI: issuers, certificates, detailed lists of issuers"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        data(document).is_some_and(|data| {
            data.contains_key("certificate")
                || object(data, "key_info").is_some_and(|keys| {
                    let is_issuer = |key: &Value| key.get("issuer_name").is_some();
                    !keys.is_empty() && keys.values().all(is_issuer)
                })
        })
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let Some(data) = data(document) else { return };
        if let Some(issuers) = object(data, "key_info") {
            for (id, issuer) in issuers {
                let Some(issuer) = issuer.as_object() else {
                    draft.error(&format!("key_info.{id}"), "issuer_name", "not an object");
                    continue;
                };
                let name = text(issuer, "issuer_name");
                let mut fact = fact(id, name, Entry::default(), Holding::default());
                fact.entry
                    .ids
                    .kid
                    .extend(text(issuer, "key_id").map(str::to_owned));
                draft.fact(fact);
            }
            return;
        }
        let record = text(data, "issuer_id").unwrap_or_default();
        let Some(armour) = text(data, "certificate") else {
            return draft.error(record, "certificate", "missing");
        };
        let read = pem::certificate(armour).and_then(|der| certificate::read(&der));
        let read = match read {
            Ok(read) => read,
            Err(why) => return draft.error(record, "certificate", why),
        };
        let is_revoked = data.get("revoked").and_then(Value::as_bool) == Some(true)
            || data
                .get("revocation_time")
                .and_then(Value::as_i64)
                .is_some_and(|t| t > 0);
        let holding = Holding {
            state: Some(if is_revoked { "revoked" } else { "active" }.to_owned()),
            ..read.holding
        };
        let id = text(data, "issuer_id").map_or_else(|| read.x5t_s256.clone(), str::to_owned);
        let subject = read.entry.name.clone();
        let name = text(data, "issuer_name").or(Some(subject.as_str()));
        let mut fact = fact(&id, name, read.entry, holding);
        fact.entry
            .ids
            .kid
            .extend(text(data, "key_id").map(str::to_owned));
        if text(data, "issuer_id").is_none() {
            // A certificate that an issuer signed: its key need not be in Vault.
            fact.entry.ids.kid.clear();
        }
        draft.fact(fact);
    }
}

fn data<'a>(document: &Document<'a>) -> Option<&'a Map<String, Value>> {
    object(document.object()?, "data")
}

/// Makes the fact about an issuer.
fn fact(id: &str, name: Option<&str>, mut entry: Entry, mut holding: Holding) -> Fact {
    let name = name.filter(|name| !name.is_empty()).unwrap_or(id);
    name.clone_into(&mut entry.name);
    holding.source = format!("vault:pki/{name}");
    entry.ids.kid = vec![id.to_owned()];
    entry.holdings = vec![holding];
    Fact {
        handles: vec![format!("vault:pki#{id}")],
        rank: 2,
        entry,
        ..Fact::default()
    }
}
