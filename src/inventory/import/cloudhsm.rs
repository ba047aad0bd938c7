//! AWS CloudHSM: keys with their public halves and check values.
//!
//! ```text
//! cloudhsm-cli key list --verbose   {data: {matched_keys: [{key-reference, attributes: {label, id, key-type, class,
//!                    check-value: 0x…, modulus, public-exponent, ec-point, extractable, local, …}}]}}
//! ```
//!
//! A curve that is not named is told by the length of the point. See [`super::payment`]
//! for what check values are worth.

use serde_json::{Map, Value};

use super::fields::{object, objects, text};
use super::payment::check_value;
use super::{Document, Draft, Fact, Importer, public};
use crate::inventory::{Entry, Holding};
use crate::key::{Curve, PublicKey};
use crate::wire::der::Reader;
use crate::wire::hex;

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
        Some(hex::decode(digits).ok_or((name, "not hexadecimal".to_owned())))
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
