//! KMIP servers: answers to Get Attributes, in the JSON encoding of the KMIP Profiles
//! (OASIS KMIP Profiles 2.1 section 5.5), as clients save them.
//!
//! ```text
//! {tag: "UniqueIdentifier", type: "TextString", value: …}          one node; without a type a structure
//! 2.x  {tag: "Attributes", value: [{tag: "State", type: "Enumeration", value: "Active"}, …]}
//! 1.x  {tag: "Attribute", value: [{tag: "AttributeName", value: "State"}, {tag: "AttributeValue", …}]}
//! Digest  {HashingAlgorithm: SHA_256, DigestValue: hex, KeyFormatType: Raw | X_509 | …}    KMIP 2.1 4.17
//! ```
//!
//! The server publishes the digest of the key in its format: of a symmetric key in `Raw`
//! that is `sha256-raw`, of a public key in `X_509` the hash of the SubjectPublicKeyInfo.
//! Digests in other formats, and those of private keys, are of no use to a scan.

use serde_json::Value;

use super::{Document, Draft, Fact, Importer};
use crate::inventory::{Entry, EntryIds, Holding, IdKind};

/// Deepest structure: messages have eight levels.
const MAX_DEPTH: usize = 16;

/// KMIP servers.
pub(super) struct Kmip;

impl Importer for Kmip {
    fn id(&self) -> &'static str {
        "kmip"
    }

    fn about(&self) -> &'static str {
        "KMIP servers: Get Attributes in the JSON encoding, with Digest"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document
            .json
            .is_some_and(|value| tag(value).is_some() && !owners(value, 0).is_empty())
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        for owner in document
            .json
            .map(|value| owners(value, 0))
            .unwrap_or_default()
        {
            object(document, owner, draft);
        }
    }
}

fn tag(node: &Value) -> Option<&str> {
    node.get("value")?;
    node.get("tag")?.as_str()
}

fn children(node: &Value) -> impl Iterator<Item = &Value> {
    let items = node.get("value").and_then(Value::as_array);
    items.into_iter().flatten()
}

fn child<'a>(node: &'a Value, name: &str) -> Option<&'a Value> {
    children(node).find(|node| tag(node) == Some(name))
}

fn text<'a>(node: &'a Value, name: &str) -> Option<&'a str> {
    child(node, name)?.get("value")?.as_str()
}

/// Returns the structures that name an object.
fn owners(node: &Value, depth: usize) -> Vec<&Value> {
    if depth > MAX_DEPTH {
        return Vec::new();
    }
    if text(node, "UniqueIdentifier").is_some() {
        return vec![node];
    }
    children(node)
        .flat_map(|node| owners(node, depth + 1))
        .collect()
}

/// Returns the attributes of an object by name, in the spelling of 2.x.
fn attributes(owner: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for node in children(owner) {
        match tag(node) {
            Some("Attributes") => {
                found.extend(children(node).filter_map(|n| Some((tag(n)?.to_owned(), n))));
            }
            Some("Attribute") => {
                let name = text(node, "AttributeName").unwrap_or_default();
                let name = name.chars().filter(|c| !c.is_whitespace()).collect();
                found.extend(child(node, "AttributeValue").map(|value| (name, value)));
            }
            Some(name) => found.push((name.to_owned(), node)),
            None => {}
        }
    }
    found
}

/// States one object.
fn object(document: &Document<'_>, owner: &Value, draft: &mut Draft) {
    let id = text(owner, "UniqueIdentifier").unwrap_or_default();
    let attributes = attributes(owner);
    let all = |name: &'static str| {
        let named = attributes.iter().filter(move |(known, _)| known == name);
        named.map(|(_, node)| *node)
    };
    let plain = |name| all(name).next()?.get("value")?.as_str();
    let time = |name| plain(name).and_then(super::fields::instant);
    let flag = |name| all(name).next()?.get("value")?.as_bool();
    let class = plain("ObjectType").unwrap_or_default();
    let algorithm = plain("CryptographicAlgorithm").unwrap_or_default();
    let mut ids = EntryIds {
        kid: vec![id.to_owned()],
        ..EntryIds::default()
    };
    for digest in all("Digest") {
        if let Err((field, why)) = read_digest(digest, class, algorithm, &mut ids) {
            return draft.error(id, field, why);
        }
    }
    let bits = all("CryptographicLength").next();
    let bits = bits.and_then(|node| u32::try_from(node.get("value")?.as_u64()?).ok());
    let state = match plain("State") {
        Some("PreActive") => "pre-active",
        Some("Active") => "active",
        Some("Deactivated") => "disabled",
        Some("Compromised") => "compromised",
        Some("Destroyed" | "DestroyedCompromised") => "destroyed",
        _ => "unknown",
    };
    let name = all("Name")
        .next()
        .and_then(|node| text(node, "NameValue").or_else(|| node.get("value")?.as_str()));
    let name = name.unwrap_or(id);
    let holding = Holding {
        source: format!("kmip:{name}"),
        state: Some(state.to_owned()),
        // What was never extractable was made there; of the rest nobody can tell.
        origin: flag("NeverExtractable")
            .filter(|never| *never)
            .map(|_| "kms-generated".to_owned()),
        extractable: flag("Extractable"),
        owner: plain("ContactInformation").map(str::to_owned),
        created: time("InitialDate").or_else(|| time("ActivationDate")),
        expires: time("DeactivationDate"),
        ..Holding::default()
    };
    draft.fact(Fact {
        handles: vec![format!("kmip:{}:{id}", document.folder())],
        rank: 3,
        entry: Entry {
            name: name.to_owned(),
            kind: kind(algorithm).to_owned(),
            alg: (!algorithm.is_empty())
                .then(|| algorithm.to_owned())
                .into_iter()
                .collect(),
            bits,
            ids,
            holdings: vec![holding],
            ..Entry::default()
        },
        ..Fact::default()
    });
}

/// Takes what a digest is worth; returns field and reason if it is malformed.
fn read_digest(
    digest: &Value,
    class: &str,
    algorithm: &str,
    ids: &mut EntryIds,
) -> Result<(), (&'static str, String)> {
    if !matches!(text(digest, "HashingAlgorithm"), Some("SHA_256" | "SHA256")) {
        return Ok(());
    }
    let value = text(digest, "DigestValue")
        .ok_or(("Digest.DigestValue", "missing".to_owned()))?
        .to_ascii_lowercase();
    let kind = match text(digest, "KeyFormatType") {
        Some("X_509" | "X509") if class == "PublicKey" => IdKind::SpkiSha256,
        Some("Raw") | None if class == "SymmetricKey" || is_symmetric(algorithm) => {
            IdKind::Sha256Raw
        }
        _ => return Ok(()),
    };
    if let Some(why) = kind.fault(&value) {
        return Err(("Digest.DigestValue", why));
    }
    if let Some(place) = ids.one_mut(kind) {
        *place = Some(value);
    }
    Ok(())
}

fn is_symmetric(algorithm: &str) -> bool {
    algorithm == "AES" || algorithm.starts_with("HMAC")
}

fn kind(algorithm: &str) -> &'static str {
    match algorithm {
        "RSA" => "rsa",
        "EC" | "ECDSA" | "ECDH" => "ec",
        "Ed25519" | "Ed448" | "X25519" | "X448" => "okp",
        "DSA" => "dsa",
        "AES" => "aes",
        _ if algorithm.starts_with("HMAC") => "hmac",
        _ => "opaque",
    }
}
