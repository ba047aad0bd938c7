//! Azure Key Vault and Managed HSM, as `az keyvault key … -o json` and the REST
//! interface print it.
//!
//! ```text
//! show  {key: {kid: https://VAULT/keys/NAME/VERSION, kty, n, e | crv, x, y, key_ops}, attributes, tags}
//! list  [{kid, attributes, tags}]  or  {value: [{kid, attributes, tags}], nextLink}
//! ```
//!
//! `az` writes every member, null where there is nothing, and times as text; the
//! REST interface leaves members out and writes seconds.

use serde_json::{Map, Value};

use super::fields::{labels, labels_of, object, objects, text, texts, time};
use super::{Document, Draft, Fact, Importer, jwks, public};
use crate::inventory::{Entry, Holding};

/// Azure Key Vault and Managed HSM.
pub(super) struct Azure;

impl Importer for Azure {
    fn id(&self) -> &'static str {
        "azure"
    }

    fn about(&self) -> &'static str {
        "Azure Key Vault and Managed HSM: key show, key list, key list-versions"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let is_listed = |fields: &Map<String, Value>| {
            text(fields, "kid").is_some_and(|kid| kid.contains("/keys/"))
                && fields.contains_key("attributes")
        };
        document.object().is_some_and(|fields| {
            object(fields, "key").is_some_and(|key| key.contains_key("kty"))
                || is_listed(fields)
                || objects(fields, "value")
                    .next()
                    .is_some_and(|(_, first)| is_listed(first))
        })
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let Some(fields) = document.object() else {
            return;
        };
        if let Some(key) = object(fields, "key") {
            show(document, fields, key, draft);
        } else if let Some(kid) = text(fields, "kid") {
            listed(kid, fields, draft);
        }
        for (at, item) in objects(fields, "value") {
            match text(item, "kid") {
                Some(kid) => listed(kid, item, draft),
                None => draft.error(&format!("value[{at}]"), "kid", "missing"),
            }
        }
    }
}

fn show(
    document: &Document<'_>,
    fields: &Map<String, Value>,
    key: &Map<String, Value>,
    draft: &mut Draft,
) {
    let kid = text(key, "kid").unwrap_or(document.stem());
    let operations = [texts(key, "key_ops"), texts(key, "keyOps")].concat();
    jwks::report_private(key, "key", draft);
    let mut entry = match text(key, "kty") {
        // Managed HSMs hold secrets; what they print has no value of them.
        Some("oct" | "oct-HSM") => {
            let signs = operations.iter().any(|operation| operation == "sign");
            Entry {
                kind: if signs { "hmac" } else { "aes" }.to_owned(),
                ..Entry::default()
            }
        }
        _ => match jwks::public(key) {
            Ok(public) => public::entry(&public),
            Err(why) => return draft.error("key", jwks::members(key), why),
        },
    };
    entry.ids.kid = vec![kid.to_owned()];
    draft.fact(version(kid, fields, entry));
}

/// Imports an item of a list: a version, or a key whose versions share its tags.
fn listed(kid: &str, fields: &Map<String, Value>, draft: &mut Draft) {
    let mut fact = version(kid, fields, Entry::default());
    fact.entry.ids.kid = vec![kid.to_owned()];
    // State and times of a key in a list are those of its newest version only.
    if fact
        .entry
        .holdings
        .iter()
        .any(|holding| holding.version.is_none())
    {
        for holding in &mut fact.entry.holdings {
            *holding = Holding {
                source: std::mem::take(&mut holding.source),
                env: holding.env.take(),
                owner: holding.owner.take(),
                ..Holding::default()
            };
        }
        fact.of_scope = true;
    }
    draft.fact(fact);
}

/// Makes the fact about a version, given by its address.
fn version(kid: &str, fields: &Map<String, Value>, mut entry: Entry) -> Fact {
    let path = kid.split_once("/keys/").map_or(kid, |(_, path)| path);
    let (name, version) = match path.split_once('/') {
        Some((name, version)) if !version.is_empty() => (name, Some(version)),
        _ => (path.trim_end_matches('/'), None),
    };
    let key = version
        .and_then(|version| kid.strip_suffix(version))
        .unwrap_or(kid)
        .trim_end_matches('/');
    let mut holding = Holding {
        source: format!("azure:{key}"),
        version: version.map(str::to_owned),
        ..Holding::default()
    };
    if let Some(attributes) = object(fields, "attributes") {
        let either = |a: &str, b: &str| time(attributes, a).or_else(|| time(attributes, b));
        holding.state = match attributes.get("enabled") {
            Some(Value::Bool(true)) => Some("active".to_owned()),
            Some(Value::Bool(false)) => Some("disabled".to_owned()),
            _ => None,
        };
        holding.extractable = attributes.get("exportable").and_then(Value::as_bool);
        holding.created = time(attributes, "created");
        holding.expires = either("exp", "expires");
    }
    labels(&mut holding, labels_of(fields, "tags"));
    name.clone_into(&mut entry.name);
    entry.holdings = vec![holding];
    Fact {
        handles: vec![format!("azure:{kid}")],
        scope: Some(format!("azure:{key}")),
        rank: 2,
        entry,
        ..Fact::default()
    }
}
