//! JSON Web Key Sets (RFC 7517) and single JWKs, and OIDC discovery documents.
//!
//! ```text
//! {keys: [{kty, kid, use, alg, n, e | crv, x, y, x5c, …}]}   or one of these objects
//! {issuer, jwks_uri, …}          discovery: names the file that is needed, holds no key
//! ```
//!
//! A set is published to whoever asks. A symmetric key or a private member in one
//! is therefore not a record to import but an incident.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::fields::{text, texts};
use super::{Document, Draft, Fact, Importer, certificate, public};
use crate::identity::jwk;
use crate::inventory::{Entry, Holding};
use crate::key::{ChallengeMac, MIN_STRONG_BITS, PublicKey, Secret};

/// JWKs and sets of them.
pub(super) struct Jwks;

impl Importer for Jwks {
    fn id(&self) -> &'static str {
        "jwks"
    }

    fn about(&self) -> &'static str {
        "JSON Web Keys and sets of them; OIDC discovery documents"
    }

    fn is_trust(&self) -> bool {
        true
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document.object().is_some_and(|fields| {
            let set = fields.get("keys").and_then(Value::as_array);
            set.is_some_and(|keys| keys.iter().any(|key| key.get("kty").is_some()))
                || text(fields, "kty").is_some()
                || (fields.contains_key("jwks_uri") && fields.contains_key("issuer"))
        })
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let Some(fields) = document.object() else {
            return;
        };
        if let Some(keys) = fields.get("keys").and_then(Value::as_array) {
            for (at, key) in keys.iter().enumerate() {
                let record = format!("keys[{at}]");
                match key.as_object() {
                    Some(key) => member(document, key, &record, draft),
                    None => draft.error(&record, "kty", "not an object"),
                }
            }
        } else if fields.contains_key("kty") {
            member(document, fields, "", draft);
        } else if let Some(address) = text(fields, "jwks_uri") {
            draft.not_understood(format!(
                "a discovery document: save {} too",
                address.escape_debug()
            ));
        }
    }
}

/// Returns the members that a JWK has its public key in.
pub(super) fn members(fields: &Map<String, Value>) -> &'static str {
    match text(fields, "kty") {
        Some("RSA" | "RSA-HSM") => "n, e",
        Some("EC" | "EC-HSM") => "crv, x, y",
        Some("OKP") => "crv, x",
        _ => "kty",
    }
}

/// Imports one key.
fn member(document: &Document<'_>, fields: &Map<String, Value>, record: &str, draft: &mut Draft) {
    let kid = text(fields, "kid");
    let name = kid.unwrap_or(document.stem());
    let mut entry = if text(fields, "kty") == Some("oct") {
        match secret(fields, record, draft) {
            Some(entry) => entry,
            None => return,
        }
    } else {
        report_private(fields, record, draft);
        match public(fields) {
            Ok(key) => public::entry(&key),
            Err(why) => return draft.error(record, members(fields), why),
        }
    };
    for (at, encoded) in texts(fields, "x5c").iter().enumerate().take(1) {
        let field = format!("x5c[{at}]");
        match public::decode(encoded).map(|der| certificate::read(&der)) {
            Some(Ok(certificate))
                if Some(&certificate.spki_sha256) == entry.ids.spki_sha256.as_ref() =>
            {
                entry.ids.x5t_s256.push(certificate.x5t_s256);
            }
            Some(Ok(_)) => draft.error(record, &field, "the certificate is of another key"),
            Some(Err(why)) => draft.error(record, &field, why),
            None => draft.error(record, &field, "not base64"),
        }
    }
    name.clone_into(&mut entry.name);
    entry.alg = text(fields, "alg").map(str::to_owned).into_iter().collect();
    entry.ids.kid = kid.map(str::to_owned).into_iter().collect();
    entry.holdings = vec![Holding {
        source: format!("jwks:{}", document.path),
        state: Some("active".to_owned()),
        ..Holding::default()
    }];
    let rank = if kid.is_some() { 4 } else { 9 };
    draft.fact(Fact {
        rank,
        entry,
        ..Fact::default()
    });
}

/// Reports a secret that is published, and returns what it can be found by if
/// nobody could guess it from that.
fn secret(fields: &Map<String, Value>, record: &str, draft: &mut Draft) -> Option<Entry> {
    let Some(bytes) = text(fields, "k").and_then(public::decode) else {
        draft.error(record, "k", "a symmetric key without a value");
        return None;
    };
    let secret = Secret::new(Zeroizing::new(bytes));
    draft.error(
        record,
        "k",
        "a symmetric key in a key set: whoever may read the file can sign",
    );
    if secret.entropy_bits() < MIN_STRONG_BITS {
        let why = format!(
            "a published secret that can be guessed (below {MIN_STRONG_BITS} bits): refused"
        );
        draft.violation(record, "k", why);
        return None;
    }
    draft.violation(record, "k", "a published secret: rotate it");
    let mut entry = Entry {
        kind: "hmac".to_owned(),
        bits: u32::try_from(secret.len().saturating_mul(8)).ok(),
        entropy: Some("strong".to_owned()),
        ..Entry::default()
    };
    for mac in ChallengeMac::HMAC {
        let answer = secret.challenge(mac);
        // Each MAC has a place, and its own length.
        let _ = public::answer(&mut entry.ids, answer.len() * 8, &answer);
    }
    Some(entry)
}

/// Reports private members.
pub(super) fn report_private(fields: &Map<String, Value>, record: &str, draft: &mut Draft) {
    const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "priv", "k"];
    let found = PRIVATE.iter().find(|name| text(fields, name).is_some());
    if let Some(name) = found {
        draft.violation(
            record,
            name,
            "a private key in an export: only its public half was taken",
        );
    }
}

/// Reads the public half of a JWK. Azure appends `-HSM` to the key types of keys
/// that cannot leave an HSM.
pub(super) fn public(fields: &Map<String, Value>) -> Result<PublicKey, String> {
    let member = |name: &str| {
        let value = text(fields, name)?;
        Some(if name == "kty" {
            value.strip_suffix("-HSM").unwrap_or(value)
        } else {
            value
        })
    };
    jwk::public(member).map_err(|why| why.to_string())
}
