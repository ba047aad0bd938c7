//! CycloneDX cryptography bills of materials (CBOM, versions 1.6 and 1.7), in JSON.
//!
//! ```text
//! {bomFormat: "CycloneDX", components: [{type: "cryptographic-asset", bom-ref, name, cryptoProperties:
//!    {assetType: "related-crypto-material", relatedCryptoMaterialProperties:
//!      {type: "private-key" | "public-key" | "secret-key" | "key", id, state, size, value, creationDate, expirationDate, …}},
//!    properties: [{name: "straykey:spki-sha256", value: …}], components: […]}]}
//! ```
//!
//! The format has no place for fingerprints: they are properties named after ours, as
//! [`crate::inventory::cbom`] writes them. A public key whose `value` is there needs
//! none. Algorithms, protocols, nonces and passwords are no keys and passed over.

use serde_json::{Map, Value};

use super::fields::{object, objects, text, time};
use super::{Document, Draft, Fact, Importer, pem, public};
use crate::identity::spki;
use crate::inventory::cbom::PREFIX;
use crate::inventory::{Entry, Holding, IdKind};

/// Deepest nesting of components.
const MAX_DEPTH: usize = 16;

/// CycloneDX.
pub(super) struct Cbom;

impl Importer for Cbom {
    fn id(&self) -> &'static str {
        "cyclonedx"
    }

    fn about(&self) -> &'static str {
        "CycloneDX cryptography bills of materials (CBOM) in JSON"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let format = document
            .object()
            .and_then(|fields| text(fields, "bomFormat"));
        format == Some("CycloneDX")
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        if let Some(fields) = document.object() {
            components(document, fields, "", 0, draft);
        }
    }
}

fn components(
    document: &Document<'_>,
    fields: &Map<String, Value>,
    outer: &str,
    depth: usize,
    draft: &mut Draft,
) {
    for (at, component) in objects(fields, "components") {
        let record = format!("{outer}components[{at}]");
        let properties = object(component, "cryptoProperties");
        let material =
            properties.and_then(|crypto| object(crypto, "relatedCryptoMaterialProperties"));
        if let Some(material) = material
            && let Some("private-key" | "public-key" | "secret-key" | "key") =
                text(material, "type")
        {
            match key(document, component, material, &record, draft) {
                Ok(fact) => draft.fact(fact),
                Err((field, why)) => draft.error(&record, &field, why),
            }
        }
        if depth < MAX_DEPTH {
            components(document, component, &format!("{record}."), depth + 1, draft);
        }
    }
}

/// Reads a key; an error names the field.
fn key(
    document: &Document<'_>,
    component: &Map<String, Value>,
    material: &Map<String, Value>,
    record: &str,
    draft: &mut Draft,
) -> Result<Fact, (String, String)> {
    let class = text(material, "type").unwrap_or_default();
    let mut entry = Entry::default();
    if let Some(value) = text(material, "value") {
        if class == "public-key" {
            entry = public_half(value).map_err(|why| ("value".to_owned(), why))?;
        } else {
            draft.violation(
                record,
                "value",
                "the value of a key: nothing is taken from it",
            );
        }
    }
    let properties = || {
        let ours = objects(component, "properties").filter_map(|(_, property)| {
            Some((
                text(property, "name")?.strip_prefix(PREFIX)?,
                text(property, "value")?,
            ))
        });
        ours.collect::<Vec<_>>()
    };
    for (name, value) in properties() {
        let Some(kind) = IdKind::from_name(name) else {
            continue;
        };
        if let Some(why) = kind.fault(value) {
            return Err((format!("properties.{PREFIX}{name}"), why));
        }
        match (entry.ids.one_mut(kind), kind) {
            (Some(place), _) => *place = Some(value.to_owned()),
            (None, IdKind::X5tS256) => entry.ids.x5t_s256.push(value.to_owned()),
            (None, IdKind::PgpFpr) => entry.ids.pgp_fpr.push(value.to_owned()),
            (None, _) => entry.ids.kid.push(value.to_owned()),
        }
    }
    let ours = |name: &str| properties().into_iter().find(|(known, _)| *known == name);
    let said = |name: &str| ours(name).map(|(_, value)| value.to_owned());
    let name = text(component, "name").or_else(|| text(material, "id"));
    entry.name = name.unwrap_or_default().to_owned();
    if entry.kind.is_empty() {
        let unknown = if class == "secret-key" {
            "hmac"
        } else {
            "opaque"
        };
        entry.kind = said("kind").unwrap_or_else(|| unknown.to_owned());
    }
    let size = material.get("size").and_then(Value::as_u64);
    entry.bits = entry.bits.or_else(|| u32::try_from(size?).ok());
    let trusted = properties()
        .into_iter()
        .filter(|(name, _)| *name == "trusted-by");
    entry.trusted_by = trusted.map(|(_, value)| value.to_owned()).collect();
    let reference = text(component, "bom-ref").unwrap_or(record);
    let state = match text(material, "state") {
        Some("pre-activation") => "pre-active",
        Some("active") => "active",
        Some("suspended" | "deactivated") => "disabled",
        Some("compromised") => "compromised",
        Some("destroyed") => "destroyed",
        _ => "unknown",
    };
    // A key that only verifiers know has no source.
    let source = said("source").or_else(|| {
        let is_trusted = !entry.trusted_by.is_empty();
        (!is_trusted).then(|| format!("cyclonedx:{}", document.path))
    });
    entry.holdings.extend(source.map(|source| Holding {
        source,
        version: said("version"),
        state: Some(said("state").unwrap_or_else(|| state.to_owned())),
        env: said("env"),
        origin: said("origin"),
        owner: said("owner"),
        created: time(material, "creationDate"),
        expires: time(material, "expirationDate"),
        ..Holding::default()
    }));
    Ok(Fact {
        handles: vec![format!("cyclonedx:{}#{reference}", document.path)],
        rank: 5,
        entry,
        ..Fact::default()
    })
}

/// Reads the value of a public key: PEM, or base64 of a SubjectPublicKeyInfo.
fn public_half(value: &str) -> Result<Entry, String> {
    if value.contains("-----") {
        return pem::public_key(value).map(|key| public::entry(&key));
    }
    let der = public::decode(value).ok_or("neither PEM nor base64")?;
    let key = spki::parse(&der).map_err(|why| why.to_string())?;
    Ok(public::entry(&key))
}
