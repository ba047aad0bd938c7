//! AWS Payment Cryptography: keys and their check values.
//!
//! ```text
//! payment-cryptography get-key / list-keys   {Key: {…}} / {Keys: [{KeyArn, KeyAttributes: {KeyAlgorithm, KeyUsage},
//!                    KeyCheckValue: hex, KeyCheckValueAlgorithm, KeyState, KeyOrigin, Enabled, Exportable, …}]}
//! ```
//!
//! A check value is 24 bits of a block that the key encrypted or authenticated; how,
//! differs from system to system, so the method is kept with it. It is a hint and
//! never proof: of a million candidates half a hundred have one of a thousand values.
//! A list leaves out how a value was made; that follows from the key's algorithm.

use serde_json::{Map, Value, json};

use super::fields::{object, objects, text, time};
use super::{Document, Draft, Fact, Importer};
use crate::inventory::{Entry, EntryIds, Holding};
use crate::wire::hex;

/// Ways in which check values are made.
pub(super) const METHODS: [&str; 6] = [
    "aes-cmac",
    "ansi-x9.24",
    "zero-block",
    "hmac",
    "sha-1",
    "unknown",
];

/// AWS Payment Cryptography.
pub(super) struct Payment;

impl Importer for Payment {
    fn id(&self) -> &'static str {
        "aws-payment"
    }

    fn about(&self) -> &'static str {
        "AWS Payment Cryptography: get-key, list-keys, with key check values"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let is_key = |key: &Map<String, Value>| {
            key.contains_key("KeyAttributes") && key.contains_key("KeyArn")
        };
        document.object().is_some_and(|fields| {
            object(fields, "Key").is_some_and(is_key)
                || objects(fields, "Keys").any(|(_, key)| is_key(key))
        })
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let Some(fields) = document.object() else {
            return;
        };
        if let Some(key) = object(fields, "Key") {
            payment_key("Key", key, draft);
        }
        for (at, key) in objects(fields, "Keys") {
            payment_key(&format!("Keys[{at}]"), key, draft);
        }
    }
}

fn payment_key(record: &str, key: &Map<String, Value>, draft: &mut Draft) {
    let Some(arn) = text(key, "KeyArn") else {
        return draft.error(record, "KeyArn", "missing");
    };
    let empty = Map::new();
    let attributes = object(key, "KeyAttributes").unwrap_or(&empty);
    let algorithm = text(attributes, "KeyAlgorithm").unwrap_or_default();
    let method = match (
        text(key, "KeyCheckValueAlgorithm"),
        algorithm.split('_').next(),
    ) {
        (Some("CMAC"), _) | (None, Some("AES")) => "aes-cmac",
        (Some("ANSI_X9_24"), _) | (None, Some("TDES")) => "ansi-x9.24",
        (Some("HMAC"), _) | (None, Some("HMAC")) => "hmac",
        (Some("SHA_1"), _) | (None, Some("RSA" | "ECC")) => "sha-1",
        _ => "unknown",
    };
    let kcv = match text(key, "KeyCheckValue").map(|value| check_value(method, value)) {
        None => Vec::new(),
        Some(Ok(kcv)) => vec![kcv],
        Some(Err(why)) => return draft.error(record, "KeyCheckValue", why),
    };
    let enabled = key.get("Enabled").and_then(Value::as_bool);
    let state = match (text(key, "KeyState"), enabled) {
        (Some("CREATE_COMPLETE"), Some(false)) => "disabled",
        (Some("CREATE_COMPLETE"), _) => "active",
        (Some("CREATE_IN_PROGRESS"), _) => "pre-active",
        (Some("DELETE_PENDING"), _) => "pending-deletion",
        (Some("DELETE_COMPLETE"), _) => "destroyed",
        _ => "unknown",
    };
    let origin = match text(key, "KeyOrigin") {
        Some("AWS_PAYMENT_CRYPTOGRAPHY") => "kms-generated",
        Some("EXTERNAL") => "imported",
        _ => "unknown",
    };
    let bits = algorithm
        .rsplit('_')
        .next()
        .and_then(|digits| digits.parse().ok());
    let kind = match algorithm.split('_').next() {
        Some("AES") => "aes",
        Some("HMAC") => "hmac",
        Some("RSA") => "rsa",
        Some("ECC") => "ec",
        _ => "opaque",
    };
    let holding = Holding {
        source: arn.to_owned(),
        state: Some(state.to_owned()),
        origin: Some(origin.to_owned()),
        extractable: key.get("Exportable").and_then(Value::as_bool),
        created: time(key, "CreateTimestamp"),
        ..Holding::default()
    };
    let id = arn.rsplit('/').next().unwrap_or(arn);
    let alg = [
        text(attributes, "KeyUsage"),
        text(attributes, "KeyAlgorithm"),
    ];
    draft.fact(Fact {
        handles: vec![format!("aws-payment:{arn}")],
        rank: 4,
        entry: Entry {
            name: id.to_owned(),
            kind: kind.to_owned(),
            bits: bits.filter(|_| matches!(kind, "aes" | "hmac" | "rsa")),
            alg: alg.into_iter().flatten().map(str::to_owned).collect(),
            ids: EntryIds {
                kcv,
                kid: vec![id.to_owned(), arn.to_owned()],
                ..EntryIds::default()
            },
            holdings: vec![holding],
            ..Entry::default()
        },
        ..Fact::default()
    });
}

/// Reads a check value, which has three bytes, or up to sixteen where it was not cut.
pub(super) fn check_value(method: &str, value: &str) -> Result<Value, String> {
    let digits = value.trim_start_matches("0x").to_ascii_lowercase();
    match hex::decode(&digits).map(|bytes| bytes.len()) {
        Some(3..=16) => Ok(json!({ "m": method, "v": digits })),
        Some(_) => Err("not 3 to 16 bytes".to_owned()),
        None => Err("not hexadecimal".to_owned()),
    }
}
