//! HashiCorp Vault and OpenBao: metadata of secrets in the KV engine, version 2.
//!
//! ```text
//! kv metadata get   {data: {current_version, custom_metadata: {…}, versions: {V: {created_time, deletion_time, destroyed}}}}
//! kv get            {data: {data: {…values…}, metadata: {version, created_time, custom_metadata, deletion_time, destroyed}}}
//! ```
//!
//! Neither names the secret: the file's name must, `kv-NAME.json`. Metadata have no
//! fingerprint; they make the ledger say that a secret is there, how old it is and
//! whose, and `straykey_answer` (see [`super::answer`]) with the same `source` and
//! `version` adds what a scan can match. Values in an export are a violation, and
//! nothing is taken from them.

use serde_json::{Map, Value};

use super::fields::{instant, labels, labels_of, object, text};
use super::{Document, Draft, Fact, Importer};
use crate::inventory::{Entry, Holding};

/// Vault KV.
pub(super) struct VaultKv;

impl Importer for VaultKv {
    fn id(&self) -> &'static str {
        "vault-kv"
    }

    fn about(&self) -> &'static str {
        "HashiCorp Vault and OpenBao KV version 2: kv metadata get"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        data(document).is_some_and(|data| {
            (data.contains_key("current_version") && data.contains_key("versions"))
                || (data.contains_key("data")
                    && object(data, "metadata").is_some_and(|m| m.contains_key("version")))
        })
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let Some(data) = data(document) else { return };
        if let (Some(_), Some(metadata)) = (data.get("data"), object(data, "metadata")) {
            draft.violation(
                "data",
                "data",
                "values of a secret store in an export: nothing is taken from them",
            );
            let number = metadata.get("version").map(ToString::to_string);
            match number {
                Some(number) => version(document, metadata, &number, metadata, draft),
                None => draft.error("data.metadata", "version", "missing"),
            }
            return;
        }
        let Some(versions) = object(data, "versions") else {
            return draft.error("data", "versions", "not an object");
        };
        for (number, fields) in versions {
            match fields.as_object() {
                Some(fields) => version(document, data, number, fields, draft),
                None => draft.error(&format!("versions.{number}"), "created_time", "missing"),
            }
        }
    }
}

fn data<'a>(document: &Document<'a>) -> Option<&'a Map<String, Value>> {
    object(document.object()?, "data")
}

/// States one version; `all` is true of every one.
fn version(
    document: &Document<'_>,
    all: &Map<String, Value>,
    number: &str,
    fields: &Map<String, Value>,
    draft: &mut Draft,
) {
    let created = text(fields, "created_time");
    let Some(created) = created.and_then(instant) else {
        let record = format!("versions.{number}");
        return draft.error(&record, "created_time", "not a time");
    };
    let destroyed = fields.get("destroyed").and_then(Value::as_bool) == Some(true);
    let state = match (destroyed, text(fields, "deletion_time")) {
        (true, _) => "destroyed",
        // It can be undeleted.
        (false, Some(_)) => "pending-deletion",
        (false, None) => "active",
    };
    let name = name_of_file(document);
    let mut holding = Holding {
        source: format!("vault:kv/{name}"),
        version: Some(number.to_owned()),
        state: Some(state.to_owned()),
        // Whoever may read the secret has it.
        extractable: Some(true),
        created: Some(created),
        ..Holding::default()
    };
    labels(&mut holding, labels_of(all, "custom_metadata"));
    draft.fact(Fact {
        handles: vec![format!("vault:kv/{name}#{number}")],
        rank: 3,
        entry: Entry {
            name: name.to_owned(),
            kind: "opaque".to_owned(),
            holdings: vec![holding],
            ..Entry::default()
        },
        ..Fact::default()
    });
}

/// Returns the secret's name, told by the name of the file: `kv-NAME.json`.
fn name_of_file<'a>(document: &Document<'a>) -> &'a str {
    let stem = document.stem();
    ["kv-metadata-", "kv-get-", "kv-", "metadata-"]
        .iter()
        .find_map(|start| stem.strip_prefix(start))
        .unwrap_or(stem)
}
