//! Google Cloud KMS, as `gcloud kms … --format json` and the REST interface print it.
//!
//! ```text
//! publicKey          {pem, algorithm, name: projects/…/cryptoKeys/K/cryptoKeyVersions/V, pemCrc32c}
//! cryptoKeyVersions  {name: …/cryptoKeyVersions/V, state, algorithm, createTime, importTime, …}
//! cryptoKeys         {name: …/cryptoKeys/K, purpose, primary: {a version}, labels, nextRotationTime, …}
//! macSign            {name: …/cryptoKeyVersions/V, mac: base64, macCrc32c}
//! ```
//!
//! `list` prints JSON arrays, the REST interface wraps them in an object.

use serde_json::{Map, Value};

use super::fields::{labels, labels_of, object, text, time};
use super::{Document, Draft, Fact, Importer, pem, public};
use crate::inventory::{Entry, EntryIds, Holding};

/// Google Cloud KMS.
pub(super) struct Gcp;

impl Importer for Gcp {
    fn id(&self) -> &'static str {
        "gcp-kms"
    }

    fn about(&self) -> &'static str {
        "Google Cloud KMS: public keys, cryptoKeys, cryptoKeyVersions, macSign"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.object().is_some_and(|fields| {
            let named = text(fields, "name").is_some_and(|name| name.contains("/cryptoKeys/"));
            let is_public = fields.contains_key("pem") && fields.contains_key("algorithm");
            named
                || is_public
                || fields.contains_key("cryptoKeyVersions")
                || fields.contains_key("cryptoKeys")
        })
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let Some(fields) = document.object() else {
            return;
        };
        let listed = ["cryptoKeyVersions", "cryptoKeys"];
        let mut lists = listed
            .iter()
            .filter_map(|list| Some((list, fields.get(*list)?.as_array()?)))
            .peekable();
        if lists.peek().is_none() {
            return record(document, fields, "", draft);
        }
        for (list, items) in lists {
            for (at, item) in items.iter().enumerate() {
                let name = format!("{list}[{at}]");
                match item.as_object() {
                    Some(item) => record(document, item, &name, draft),
                    None => draft.error(&name, "name", "not an object"),
                }
            }
        }
    }
}

/// Imports one object.
fn record(document: &Document<'_>, fields: &Map<String, Value>, record: &str, draft: &mut Draft) {
    match text(fields, "name") {
        Some(name) if !name.contains("/cryptoKeyVersions/") && !fields.contains_key("pem") => {
            key(name, fields, draft);
            if let Some(primary) = object(fields, "primary")
                && let Some(name) = text(primary, "name")
            {
                version(name, primary, Entry::default(), draft);
            }
        }
        name => {
            let name = name.unwrap_or(document.stem());
            let mut entry = Entry::default();
            if let Some(armored) = text(fields, "pem") {
                match pem::public_key(armored) {
                    Ok(public) => entry = public::entry(&public),
                    Err(why) => return draft.error(record, "pem", why),
                }
            } else if let Some(mac) = text(fields, "mac") {
                let mac = public::decode(mac).unwrap_or_default();
                let mut ids = EntryIds::default();
                if let Err(why) = public::answer(&mut ids, mac.len() * 8, &mac) {
                    return draft.error(record, "mac", why);
                }
                entry = Entry {
                    kind: "hmac".to_owned(),
                    ids,
                    ..entry
                };
            } else if text(fields, "state").is_none() {
                return draft.error(record, "state", "neither a state, a public key nor a MAC");
            }
            version(name, fields, entry, draft);
        }
    }
}

/// States what is told of one version.
fn version(name: &str, fields: &Map<String, Value>, mut entry: Entry, draft: &mut Draft) {
    let (key, version) = match name.split_once("/cryptoKeyVersions/") {
        Some((key, version)) => (key, Some(version.to_owned())),
        None => (name, None),
    };
    if let Some(algorithm) = text(fields, "algorithm") {
        entry.alg = vec![algorithm.to_owned()];
        if entry.kind.is_empty() {
            kind(algorithm).clone_into(&mut entry.kind);
        }
    }
    let state = text(fields, "state").map(|state| match state {
        "ENABLED" => "active",
        "DISABLED" => "disabled",
        "DESTROYED" => "destroyed",
        "DESTROY_SCHEDULED" => "pending-deletion",
        "PENDING_GENERATION" | "PENDING_IMPORT" => "pre-active",
        _ => "unknown",
    });
    // The public key alone says nothing of where the key came from.
    let origin = match ["importTime", "importJob"]
        .iter()
        .any(|field| text(fields, field).is_some())
    {
        true => Some("imported"),
        false
            if text(fields, "protectionLevel")
                .is_some_and(|level| level.starts_with("EXTERNAL")) =>
        {
            Some("external")
        }
        false => state.map(|_| "kms-generated"),
    };
    entry.name = key.rsplit('/').next().unwrap_or(key).to_owned();
    entry.ids.kid = vec![name.to_owned()];
    entry.holdings = vec![Holding {
        source: format!("gcp:{key}"),
        version,
        state: state.map(str::to_owned),
        origin: origin.map(str::to_owned),
        extractable: Some(false),
        created: time(fields, "createTime"),
        ..Holding::default()
    }];
    draft.fact(Fact {
        handles: vec![format!("gcp:{name}")],
        scope: Some(format!("gcp:{key}")),
        rank: 2,
        entry,
        ..Fact::default()
    });
}

/// States what is told of every version of a key.
fn key(name: &str, fields: &Map<String, Value>, draft: &mut Draft) {
    let mut holding = Holding {
        source: format!("gcp:{name}"),
        rotate_by: time(fields, "nextRotationTime"),
        extractable: Some(false),
        ..Holding::default()
    };
    labels(&mut holding, labels_of(fields, "labels"));
    if fields.get("importOnly") == Some(&Value::Bool(true)) {
        holding.origin = Some("imported".to_owned());
    }
    let kind = match text(fields, "purpose") {
        Some("MAC") => "hmac",
        Some("ENCRYPT_DECRYPT" | "RAW_ENCRYPT_DECRYPT") => "aes",
        _ => "",
    };
    let entry = Entry {
        name: name.rsplit('/').next().unwrap_or(name).to_owned(),
        kind: kind.to_owned(),
        holdings: vec![holding],
        ids: EntryIds {
            kid: vec![name.to_owned()],
            ..EntryIds::default()
        },
        ..Entry::default()
    };
    let scope = Some(format!("gcp:{name}"));
    draft.fact(Fact {
        scope,
        of_scope: true,
        rank: 2,
        entry,
        ..Fact::default()
    });
}

/// Returns the kind of key that an algorithm needs.
fn kind(algorithm: &str) -> &'static str {
    match algorithm {
        "EC_SIGN_ED25519" => "okp",
        "GOOGLE_SYMMETRIC_ENCRYPTION" => "aes",
        _ if algorithm.starts_with("RSA_") => "rsa",
        _ if algorithm.starts_with("EC_") => "ec",
        _ if algorithm.starts_with("HMAC_") => "hmac",
        _ if algorithm.starts_with("AES_") => "aes",
        _ if algorithm.starts_with("PQ_SIGN_ML_DSA") => "ml-dsa",
        _ if algorithm.starts_with("PQ_SIGN_SLH_DSA") => "slh-dsa",
        _ => "",
    }
}
