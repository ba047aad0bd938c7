//! HashiCorp Vault and OpenBao: the transit engine, as `vault … -format=json`
//! prints it.
//!
//! ```text
//! read transit/keys/NAME         {data: {name, type, keys: {V: {public_key, creation_time} | time}, …}}
//! read transit/export/public-key/NAME         {data: {name, type, keys: {V: public key}}}
//! list transit/keys              {data: {keys: [NAME]}}, or on the command line [NAME]
//! write transit/hmac/NAME/ALG    {data: {hmac: "vault:vV:base64"}}; the answer does not name the key
//! ```
//!
//! Ed25519 public keys are base64 of the 32 bytes, the others PEM. Only keys of
//! type `hmac` answer `transit/hmac` with the key itself; for every other type
//! Vault keeps a second, random key for that, and the answer says nothing.

use serde_json::{Map, Value};

use super::fields::{instant, object, text};
use super::{Document, Draft, Fact, Importer, Problem, pem, public};
use crate::inventory::{Entry, EntryIds, Holding};
use crate::key::{CHALLENGE, Okp, PublicKey};

/// Vault transit.
pub(super) struct Vault;

impl Importer for Vault {
    fn id(&self) -> &'static str {
        "vault"
    }

    fn about(&self) -> &'static str {
        "HashiCorp Vault and OpenBao transit: keys, lists of keys, exported public keys, hmac"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        if let Some(Value::Array(names)) = document.json {
            return !names.is_empty() && names.iter().all(Value::is_string);
        }
        data(document).is_some_and(|data| {
            (data.get("keys").is_some_and(Value::is_object) && data.contains_key("type"))
                || data
                    .get("keys")
                    .and_then(Value::as_array)
                    .is_some_and(|names| names.iter().all(Value::is_string))
                || data.contains_key("hmac")
                || data.contains_key("batch_results")
        })
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        if let Some(Value::Array(names)) = document.json {
            return list(names, draft);
        }
        let Some(data) = data(document) else { return };
        if let Some(keys) = object(data, "keys") {
            read_key(document, data, keys, draft);
        } else if let Some(Value::Array(names)) = data.get("keys") {
            list(names, draft);
        }
        let batch = data.get("batch_results").and_then(Value::as_array);
        let batch = batch.into_iter().flatten().filter_map(Value::as_object);
        for answer in [data].into_iter().chain(batch) {
            if let Some(hmac) = answer.get("hmac") {
                read_answer(document, hmac, draft);
            }
        }
    }
}

/// Returns the object that holds the answer: `data`, or the whole for scripts
/// that print `-field=data`.
fn data<'a>(document: &Document<'a>) -> Option<&'a Map<String, Value>> {
    let fields = document.object()?;
    object(fields, "data").or_else(|| fields.contains_key("latest_version").then_some(fields))
}

/// Imports names without anything else.
fn list(names: &[Value], draft: &mut Draft) {
    for name in names
        .iter()
        .filter_map(Value::as_str)
        .filter(|name| !name.is_empty())
    {
        let holding = Holding {
            source: source(name),
            ..Holding::default()
        };
        let entry = Entry {
            name: name.to_owned(),
            holdings: vec![holding],
            ..Entry::default()
        };
        draft.fact(Fact {
            scope: Some(source(name)),
            of_scope: true,
            rank: 2,
            entry,
            ..Fact::default()
        });
    }
}

fn source(name: &str) -> String {
    format!("vault:transit/{name}")
}

/// Returns the handle of a version.
fn handle(name: &str, version: &str) -> String {
    format!("{}#{version}", source(name))
}

/// Imports every version of a key.
fn read_key(
    document: &Document<'_>,
    data: &Map<String, Value>,
    keys: &Map<String, Value>,
    draft: &mut Draft,
) {
    let name = text(data, "name").unwrap_or_else(|| name_of_file(document));
    let key_type = text(data, "type").unwrap_or_default();
    let flag = |field: &str| data.get(field).and_then(Value::as_bool);
    let lowest = data
        .get("min_decryption_version")
        .and_then(Value::as_u64)
        .unwrap_or(0);
    // The export of public keys tells nothing about the key but its type.
    let is_whole = data.contains_key("latest_version");
    let extractable =
        flag("exportable").unwrap_or(false) || flag("allow_plaintext_backup").unwrap_or(false);
    let origin = match (is_whole, flag("imported_key")) {
        (false, _) => None,
        (true, Some(true)) => Some("imported"),
        (true, _) => Some("kms-generated"),
    };
    for (version, key) in keys {
        let record = format!("keys.{version}");
        let (encoded, created) = match key {
            Value::Object(fields) => (text(fields, "public_key"), fields.get("creation_time")),
            Value::String(encoded) => (Some(encoded.as_str()), None),
            created => (None, Some(created)),
        };
        let mut entry = match (encoded, has_public_half(key_type)) {
            (Some(encoded), _) => match public_key(key_type, encoded) {
                Ok(key) => public::entry(&key),
                Err(why) => {
                    draft.error(&record, "public_key", why);
                    continue;
                }
            },
            (None, true) => {
                draft.error(
                    &record,
                    "public_key",
                    "missing (a derived key has one for each context)",
                );
                continue;
            }
            (None, false) => Entry {
                kind: kind(key_type).to_owned(),
                bits: bits(key_type),
                ..Entry::default()
            },
        };
        let created = match created {
            Some(Value::String(time)) => instant(time),
            Some(Value::Number(seconds)) => seconds.as_i64().and_then(|seconds| {
                jiff::Timestamp::from_second(seconds)
                    .ok()
                    .map(|time| time.to_string())
            }),
            _ => None,
        };
        // Below that number, Vault itself no longer accepts what the key signed.
        let is_archived = version.parse::<u64>().is_ok_and(|version| version < lowest);
        name.clone_into(&mut entry.name);
        entry.alg = vec![key_type.to_owned()];
        entry.holdings = vec![Holding {
            source: source(name),
            version: Some(version.clone()),
            state: is_whole.then(|| if is_archived { "disabled" } else { "active" }.to_owned()),
            origin: origin.map(str::to_owned),
            extractable: is_whole.then_some(extractable),
            created,
            ..Holding::default()
        }];
        draft.fact(Fact {
            handles: vec![handle(name, version)],
            scope: Some(source(name)),
            rank: 1,
            entry,
            ..Fact::default()
        });
    }
}

/// Returns the key's name, told by the name of the file: `transit-NAME.json`.
fn name_of_file<'a>(document: &Document<'a>) -> &'a str {
    let stem = document.stem();
    ["transit-keys-", "transit-", "keys-"]
        .iter()
        .find_map(|start| stem.strip_prefix(start))
        .unwrap_or(stem)
}

fn public_key(key_type: &str, encoded: &str) -> Result<PublicKey, String> {
    if key_type == "ed25519" && !encoded.contains("-----") {
        let bytes = public::decode(encoded).ok_or("not base64")?;
        return PublicKey::okp(Okp::Ed25519, &bytes).map_err(|why| why.to_string());
    }
    pem::public_key(encoded)
}

fn has_public_half(key_type: &str) -> bool {
    ["rsa", "ecdsa", "ed25519", "ml-dsa", "slh-dsa", "hybrid"]
        .iter()
        .any(|start| key_type.starts_with(start))
}

fn kind(key_type: &str) -> &'static str {
    match key_type {
        "hmac" => "hmac",
        _ if key_type.starts_with("aes") => "aes",
        _ => "opaque",
    }
}

fn bits(key_type: &str) -> Option<u32> {
    let digits = key_type.strip_prefix("aes")?.split('-').next()?;
    digits.parse().ok()
}

/// An answer to the challenge, whose key is not known yet.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The file it is in.
    path: String,
    /// The key that the request named, where a script saved it too.
    key: Option<String>,
    /// Version of the key.
    version: String,
    /// Size of the hash in bits.
    digest: usize,
    mac: Vec<u8>,
}

/// Reads `vault:vV:base64`.
fn read_answer(document: &Document<'_>, hmac: &Value, draft: &mut Draft) {
    let parts = hmac
        .as_str()
        .and_then(|hmac| hmac.strip_prefix("vault:v")?.split_once(':'));
    let Some((version, encoded)) = parts else {
        return draft.error("", "hmac", "not `vault:vN:` and base64");
    };
    let Some(mac) = public::decode(encoded) else {
        return draft.error("", "hmac", "not base64");
    };
    let request = document
        .object()
        .and_then(|fields| object(fields, "request"));
    let input =
        request.and_then(|request| text(object(request, "data").unwrap_or(request), "input"));
    if input.is_some_and(|input| public::decode(input).as_deref() != Some(&CHALLENGE)) {
        return draft.error(
            "request",
            "input",
            "not the challenge: `inventory challenge` prints it",
        );
    }
    // transit/hmac/NAME or transit/hmac/NAME/sha2-256
    let path = request
        .and_then(|request| text(request, "path"))
        .and_then(|path| path.split_once("/hmac/"));
    let key = path.map(|(_, rest)| rest.split('/').next().unwrap_or(rest).to_owned());
    let told = path.map_or(document.path, |(_, rest)| rest);
    if told.contains("sha3-") {
        return draft.error(
            "",
            "hmac",
            "answers by SHA-3 are not searched for: use sha2-256",
        );
    }
    let named = [224, 256, 384, 512]
        .into_iter()
        .find(|bits| told.contains(&format!("sha2-{bits}")));
    draft.answers.push(Answer {
        path: document.path.to_owned(),
        key,
        version: version.to_owned(),
        digest: named.unwrap_or(mac.len() * 8),
        mac,
    });
}

/// Gives each answer to the key that its request or the name of its file tells.
pub(super) fn pair(
    answers: Vec<Answer>,
    facts: &mut Vec<(Fact, String)>,
    errors: &mut Vec<Problem>,
) {
    if answers.is_empty() {
        return;
    }
    // Names of keys with the type they are of; a list of names tells none.
    let mut types: Vec<(String, String)> = facts
        .iter()
        .filter(|(fact, _)| {
            fact.scope
                .as_ref()
                .is_some_and(|scope| scope.starts_with("vault:"))
                && !fact.of_scope
        })
        .map(|(fact, _)| {
            (
                fact.entry.name.clone(),
                fact.entry.alg.first().cloned().unwrap_or_default(),
            )
        })
        .collect();
    types.sort();
    types.dedup();
    for answer in answers {
        let mut refuse = |why: String| {
            errors.push(Problem {
                path: answer.path.clone(),
                record: String::new(),
                field: "hmac".to_owned(),
                why,
            });
        };
        let file = answer.path.rsplit('/').next().unwrap_or_default();
        let is_meant = |name: &str| match &answer.key {
            Some(key) => key == name,
            None => has_word(file, name),
        };
        // Of `signer` and `signer-eu`, the longer name is meant by `hmac-signer-eu`.
        let Some((name, key_type)) = types
            .iter()
            .filter(|(name, _)| is_meant(name))
            .max_by_key(|(name, _)| name.len())
        else {
            refuse("no key of this name among the exports: its type must be known (`vault read transit/keys/NAME`)".to_owned());
            continue;
        };
        if key_type != "hmac" {
            refuse(format!(
                "key `{name}` has type {key_type}, for which Vault answers with a separate key"
            ));
            continue;
        }
        let mut ids = EntryIds::default();
        if let Err(why) = public::answer(&mut ids, answer.digest, &answer.mac) {
            refuse(why);
            continue;
        }
        let holding = Holding {
            source: source(name),
            version: Some(answer.version.clone()),
            ..Holding::default()
        };
        let entry = Entry {
            name: name.clone(),
            kind: "hmac".to_owned(),
            alg: vec![key_type.clone()],
            ids,
            holdings: vec![holding],
            ..Entry::default()
        };
        let fact = Fact {
            handles: vec![handle(name, &answer.version)],
            scope: Some(source(name)),
            rank: 1,
            entry,
            ..Fact::default()
        };
        facts.push((fact, answer.path.clone()));
    }
}

/// Whether a name stands in a text with no letter or digit around it.
fn has_word(text: &str, name: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text
            .get(at + name.len()..)
            .and_then(|after| after.chars().next());
        is_edge(before) && is_edge(after)
    })
}
