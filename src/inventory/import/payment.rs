//! Key check values: AWS Payment Cryptography and AWS CloudHSM.
//!
//! ```text
//! payment-cryptography get-key / list-keys   {Key: {…}} / {Keys: [{KeyArn, KeyAttributes: {KeyAlgorithm, KeyUsage},
//!                    KeyCheckValue: hex, KeyCheckValueAlgorithm, KeyState, KeyOrigin, Enabled, Exportable, …}]}
//! cloudhsm-cli key list --verbose   {data: {matched_keys: [{key-reference, attributes: {label, id, key-type, class,
//!                    check-value: 0x…, modulus, public-exponent, ec-point, extractable, local, …}}]}}
//! ```
//!
//! A check value is 24 bits of a block that the key encrypted or authenticated; how,
//! differs from system to system, so the method is kept with it. It is a hint and
//! never proof: of a million candidates half a hundred have one of a thousand values.
//! CloudHSM prints the public half of RSA keys, and the point of EC keys: a curve that is
//! not named is told by its length. A list of Payment Cryptography
//! leaves out how a value was made; that follows from the key's algorithm.

use serde_json::{Map, Value, json};

use super::fields::{object, objects, text, time};
use super::{Document, Draft, Fact, Importer, public};
use crate::inventory::{Entry, EntryIds, Holding};
use crate::key::{Curve, PublicKey};
use crate::wire::der::Reader;

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

/// AWS CloudHSM.
pub(super) struct CloudHsm;

impl Importer for CloudHsm {
    fn id(&self) -> &'static str {
        "cloudhsm"
    }

    fn about(&self) -> &'static str {
        "AWS CloudHSM: cloudhsm-cli key list --verbose"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let data = document.object().and_then(|fields| object(fields, "data"));
        data.is_some_and(|data| data.get("matched_keys").is_some_and(Value::is_array))
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let Some(data) = document.object().and_then(|fields| object(fields, "data")) else {
            return;
        };
        for (at, key) in objects(data, "matched_keys") {
            let record = format!("matched_keys[{at}]");
            match object(key, "attributes") {
                Some(attributes) => hsm_key(document, &record, key, attributes, draft),
                None => draft.error(&record, "attributes", "missing: list with --verbose"),
            }
        }
    }
}

fn hsm_key(
    document: &Document<'_>,
    record: &str,
    key: &Map<String, Value>,
    attributes: &Map<String, Value>,
    draft: &mut Draft,
) {
    let flag = |name: &str| attributes.get(name).and_then(Value::as_bool);
    let mut entry = match public_half(attributes) {
        Ok(Some(key)) => public::entry(&key),
        Ok(None) => Entry {
            kind: match text(attributes, "key-type") {
                Some("aes") => "aes",
                Some("generic-secret") => "hmac",
                Some("rsa") => "rsa",
                Some("ec") => "ec",
                _ => "opaque",
            }
            .to_owned(),
            ..Entry::default()
        },
        Err((field, why)) => return draft.error(record, field, why),
    };
    let bytes = attributes.get("key-length-bytes").and_then(Value::as_u64);
    entry.bits = entry
        .bits
        .or_else(|| u32::try_from(bytes?.checked_mul(8)?).ok());
    if let Some(value) = text(attributes, "check-value") {
        let method = match text(attributes, "class") {
            Some("secret-key") => "zero-block",
            _ => "sha-1",
        };
        match check_value(method, value) {
            Ok(kcv) => entry.ids.kcv = vec![kcv],
            Err(why) => return draft.error(record, "check-value", why),
        }
    }
    let reference = text(key, "key-reference").unwrap_or_default();
    let label = text(attributes, "label").unwrap_or(reference);
    label.clone_into(&mut entry.name);
    let owners = object(key, "key-info").map(|info| objects(info, "key-owners"));
    let owner = owners.and_then(|mut owners| text(owners.next()?.1, "username"));
    entry.holdings = vec![Holding {
        source: format!("cloudhsm:{label}"),
        state: Some("active".to_owned()),
        origin: flag("local")
            .map(|local| if local { "kms-generated" } else { "imported" }.to_owned()),
        extractable: flag("extractable"),
        owner: owner.map(str::to_owned),
        ..Holding::default()
    }];
    // The halves of a pair share label and id.
    let id = text(attributes, "id").unwrap_or_default();
    draft.fact(Fact {
        handles: vec![format!("cloudhsm:{}:{label}:{id}", document.folder())],
        rank: 3,
        entry,
        ..Fact::default()
    });
}

/// Returns the public half, where it is printed.
fn public_half(
    attributes: &Map<String, Value>,
) -> Result<Option<PublicKey>, (&'static str, String)> {
    let number = |name: &'static str| {
        let digits = text(attributes, name)?.trim_start_matches("0x");
        Some(public::hex(digits).ok_or((name, "not hexadecimal".to_owned())))
    };
    if let Some(n) = number("modulus") {
        let e = number("public-exponent").unwrap_or(Err(("public-exponent", "missing".to_owned())));
        let key = PublicKey::rsa(&n?, &e?).map_err(|why| ("modulus", why.to_string()))?;
        return Ok(Some(key));
    }
    let Some(point) = number("ec-point").transpose()? else {
        return Ok(None);
    };
    let point = Reader::new(&point)
        .octets()
        .map_or(point.as_slice(), |inner| inner);
    let named = text(attributes, "curve").and_then(Curve::from_name);
    let curve = match (named, point.len()) {
        (Some(curve), _) => curve,
        (None, 57) => Curve::P224,
        (None, 65) => Curve::P256,
        (None, 97) => Curve::P384,
        (None, 133) => Curve::P521,
        _ => return Err(("ec-point", "of no known length".to_owned())),
    };
    let key = PublicKey::ec_point(curve, point).map_err(|why| ("ec-point", why.to_string()))?;
    Ok(Some(key))
}

/// Reads a check value, which has three bytes, or up to sixteen where it was not cut.
pub(super) fn check_value(method: &str, value: &str) -> Result<Value, String> {
    let digits = value.trim_start_matches("0x").to_ascii_lowercase();
    match public::hex(&digits).map(|bytes| bytes.len()) {
        Some(3..=16) => Ok(json!({ "m": method, "v": digits })),
        Some(_) => Err("not 3 to 16 bytes".to_owned()),
        None => Err("not hexadecimal".to_owned()),
    }
}
