//! Writes a list as a CycloneDX 1.6 cryptography bill of materials.
//!
//! One component an entry, one an algorithm that they refer to. The leading holding
//! gives state and dates; fingerprints, further holdings and what the format has no
//! field for are properties named `straykey:…`, which [`super::import`] reads back.
//! The bytes depend on the list alone: there is no serial number and no time but that
//! of the list.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Entry, Holding, List};

/// Start of the names of our properties.
pub const PREFIX: &str = "straykey:";

/// Returns the document.
#[must_use]
pub fn document(list: &List) -> Value {
    let mut components: Vec<Value> = list.entries.iter().map(component).collect();
    let algorithms: BTreeSet<&str> = list
        .entries
        .iter()
        .map(|entry| entry.kind.as_str())
        .collect();
    components.extend(algorithms.into_iter().map(algorithm));
    let mut metadata = Map::new();
    if let Some(time) = &list.header.issued_at {
        metadata.insert("timestamp".to_owned(), json!(time));
    }
    let tool =
        json!({ "type": "application", "name": "straykey", "version": env!("CARGO_PKG_VERSION") });
    metadata.insert("tools".to_owned(), json!({ "components": [tool] }));
    if !list.header.list_id.is_empty() {
        let about = json!({ "type": "data", "name": list.header.list_id,
            "version": list.header.version.to_string() });
        metadata.insert("component".to_owned(), about);
    }
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata,
        "components": components,
    })
}

/// Returns the component of an algorithm.
fn algorithm(kind: &str) -> Value {
    let primitive = match kind {
        "rsa" | "ec" | "okp" | "dsa" | "ml-dsa" | "slh-dsa" => "signature",
        "hmac" => "mac",
        "aes" => "block-cipher",
        "dh" => "key-agree",
        "ml-kem" => "kem",
        _ => "unknown",
    };
    json!({
        "type": "cryptographic-asset",
        "bom-ref": reference(kind),
        "name": kind,
        "cryptoProperties": { "assetType": "algorithm", "algorithmProperties": { "primitive": primitive } },
    })
}

fn reference(kind: &str) -> String {
    format!("algorithm-{kind}")
}

fn component(entry: &Entry) -> Value {
    let mut material = Map::new();
    let class = match (entry.kind.as_str(), entry.holdings.is_empty()) {
        ("hmac" | "aes", _) => "secret-key",
        (_, true) => "public-key",
        (_, false) => "private-key",
    };
    material.insert("type".to_owned(), json!(class));
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            material.insert(name.to_owned(), value);
        }
    };
    let holding = entry.leading_holding();
    put("id", entry.ids.kid.first().map(|kid| json!(kid)));
    put("state", holding.and_then(state).map(|state| json!(state)));
    put("algorithmRef", Some(json!(reference(&entry.kind))));
    put(
        "creationDate",
        holding
            .and_then(|h| h.created.as_ref())
            .map(|time| json!(time)),
    );
    put(
        "expirationDate",
        holding
            .and_then(|h| h.expires.as_ref())
            .map(|time| json!(time)),
    );
    put("size", entry.bits.map(|bits| json!(bits)));
    let name = match entry.name.as_str() {
        "" => format!("entry {}", entry.entry),
        name => name.to_owned(),
    };
    json!({
        "type": "cryptographic-asset",
        "bom-ref": format!("key-{}", entry.entry),
        "name": name,
        "cryptoProperties": {
            "assetType": "related-crypto-material",
            "relatedCryptoMaterialProperties": material,
        },
        "properties": properties(entry),
    })
}

/// Returns the state in the words of the format, which are those of SP 800-57.
fn state(holding: &Holding) -> Option<&'static str> {
    Some(match holding.state.as_deref()? {
        "pre-active" => "pre-activation",
        "active" => "active",
        "disabled" => "suspended",
        "expired" | "revoked" | "pending-deletion" => "deactivated",
        "compromised" => "compromised",
        "destroyed" => "destroyed",
        _ => return None,
    })
}

fn properties(entry: &Entry) -> Vec<Value> {
    let mut properties = Vec::new();
    let mut put = |name: &str, value: &str| {
        properties.push(json!({ "name": format!("{PREFIX}{name}"), "value": value }));
    };
    put("kind", &entry.kind);
    entry.ids.for_each(|kind, value| put(kind.name(), value));
    for (at, holding) in entry
        .leading_holding()
        .into_iter()
        .chain(others(entry))
        .enumerate()
    {
        // The first is read back; the others are told to people.
        let prefix = if at == 0 {
            String::new()
        } else {
            format!("holding-{}-", at + 1)
        };
        put(&format!("{prefix}source"), &holding.source);
        let fields = [
            ("version", &holding.version),
            ("state", &holding.state),
            ("env", &holding.env),
            ("origin", &holding.origin),
            ("owner", &holding.owner),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                put(&format!("{prefix}{name}"), value);
            }
        }
    }
    entry
        .trusted_by
        .iter()
        .for_each(|verifier| put("trusted-by", verifier));
    properties
}

/// Holdings but the leading one.
fn others(entry: &Entry) -> impl Iterator<Item = &Holding> {
    let leading = entry.leading_holding();
    let is_leading = move |holding: &&Holding| leading.is_some_and(|l| std::ptr::eq(l, *holding));
    entry
        .holdings
        .iter()
        .filter(move |holding| !is_leading(holding))
}
