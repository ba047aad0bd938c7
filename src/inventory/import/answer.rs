//! Answers to the challenge by systems whose own answer does not name the key.
//!
//! ```text
//! {"straykey_answer": {"system": "pkcs11", "id": "0d", "label": "webhook", "algorithm": "HMAC-SHA256", "mac": "base64"}}
//! {"straykey_answer": {"source": "kmip:webhook", "version": "1", "name": "webhook", "algorithm": …, "mac": …}}
//! ```
//!
//! The first belongs to the key of that id and label in a listing of the token,
//! the second is an entry of its own. `straykey inventory challenge` prints the
//! commands that write either.

use serde_json::{Map, Value};

use super::fields::{object, text};
use super::{Document, Draft, Fact, Importer, pkcs11, public};
use crate::inventory::{Entry, EntryIds, Holding};
use crate::wire::hex;

const MEMBER: &str = "straykey_answer";

/// Answers to the challenge.
pub(super) struct Answer;

impl Importer for Answer {
    fn id(&self) -> &'static str {
        "answer"
    }

    fn about(&self) -> &'static str {
        "answers to the challenge, as the commands of `inventory challenge` save them"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document
            .object()
            .is_some_and(|fields| fields.get(MEMBER).is_some_and(Value::is_object))
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let fields = document.object().and_then(|fields| object(fields, MEMBER));
        let Some(fields) = fields else { return };
        match fact(fields) {
            Ok(fact) => draft.fact(fact),
            Err((field, why)) => draft.error(MEMBER, field, why),
        }
    }
}

fn fact(fields: &Map<String, Value>) -> Result<Fact, (&'static str, String)> {
    let algorithm = text(fields, "algorithm").unwrap_or_default();
    let mac = text(fields, "mac").and_then(public::decode);
    let mac = mac.ok_or(("mac", "not base64".to_owned()));
    let mut ids = EntryIds::default();
    let kind = if algorithm == "AES-CMAC" {
        let mac = mac?;
        if mac.len() != 16 {
            return Err(("mac", format!("{} bytes are no AES-CMAC", mac.len())));
        }
        ids.chal_aes_cmac = Some(hex::encode(&mac));
        "aes"
    } else {
        let digest = ["224", "256", "384", "512"]
            .into_iter()
            .find(|digits| algorithm.strip_prefix("HMAC-SHA") == Some(digits))
            .and_then(|digits| digits.parse().ok())
            .ok_or((
                "algorithm",
                "none of HMAC-SHA224, 256, 384, 512, AES-CMAC".to_owned(),
            ))?;
        public::answer(&mut ids, digest, &mac?).map_err(|why| ("mac", why))?;
        "hmac"
    };
    let mut entry = Entry {
        kind: kind.to_owned(),
        ids,
        ..Entry::default()
    };
    if text(fields, "system") == Some("pkcs11") {
        let (id, label) = (text(fields, "id"), text(fields, "label"));
        if id.is_none() && label.is_none() {
            return Err(("id", "neither an id nor a label".to_owned()));
        }
        return Ok(Fact {
            likely: vec![pkcs11::secret_name(id, label)],
            rank: 8,
            entry,
            ..Fact::default()
        });
    }
    let Some(source) = text(fields, "source") else {
        return Err(("source", "missing, and `system` is not `pkcs11`".to_owned()));
    };
    let version = text(fields, "version").map(str::to_owned);
    text(fields, "name")
        .unwrap_or(source)
        .clone_into(&mut entry.name);
    let handle = format!("answer:{source}:{}", version.as_deref().unwrap_or_default());
    entry.holdings = vec![Holding {
        source: source.to_owned(),
        version,
        state: Some("active".to_owned()),
        ..Holding::default()
    }];
    Ok(Fact {
        handles: vec![handle],
        rank: 4,
        entry,
        ..Fact::default()
    })
}
