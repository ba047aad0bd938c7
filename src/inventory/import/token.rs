//! PKCS#11 tokens, listed through their module (OASIS PKCS#11 2.40 and 3.0).
//!
//! ```text
//! C_FindObjects   public, private and secret keys     CKA_LABEL, CKA_ID, CKA_KEY_TYPE, CKA_EXTRACTABLE, CKA_LOCAL, …
//! public keys     CKA_MODULUS, CKA_PUBLIC_EXPONENT | CKA_EC_PARAMS, CKA_EC_POINT
//! secret keys     CKA_CHECK_VALUE; C_Sign(CKM_SHA256_HMAC) over the challenge, if it is asked for
//! ```
//!
//! Only with the feature `pkcs11`: the module is foreign code that is loaded into this
//! process. CKA_VALUE is never read. The halves of a pair are told by id and label, as in
//! [`super::pkcs11`], which reads what a tool has listed.

use std::path::Path;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Draft, Fact, Imported, Options, join, pkcs11, public};
use crate::inventory::{Entry, Holding};
use crate::key::{CHALLENGE, PublicKey};
use crate::wire::hex;

/// Shortest id, in digits, that is worth a hint: tokens number their keys `01`.
const MIN_KID: usize = 16;

/// Which token is listed, and how.
pub struct Token<'a> {
    /// The module: a shared library.
    pub module: &'a Path,
    /// Label of the token; none if there is only one.
    pub label: Option<&'a str>,
    /// The user's PIN; without it only what is public is listed.
    pub pin: Option<Zeroizing<String>>,
    /// Whether secret keys that sign are asked the challenge.
    pub ask: bool,
}

/// Why a token cannot be listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The module says so.
    #[error("{0}")]
    Module(#[from] cryptoki::error::Error),
    /// No token of this label, or several where none was named.
    #[error("{0}; there are: {1}")]
    Which(&'static str, String),
}

/// Lists a token.
pub fn list(token: &Token<'_>, options: &Options<'_>) -> Result<Imported, Error> {
    let module = Pkcs11::new(token.module)?;
    module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let mut slots = Vec::new();
    for slot in module.get_slots_with_token()? {
        let info = module.get_token_info(slot)?;
        if info.token_initialized() {
            slots.push((slot, info.label().trim().to_owned()));
        }
    }
    let labels: Vec<&str> = slots.iter().map(|(_, label)| label.as_str()).collect();
    let labels = labels.join(", ");
    let (slot, label) = match (token.label, slots.as_slice()) {
        (None, [one]) => one,
        (None, _) => return Err(Error::Which("name one token by its label", labels)),
        (Some(asked), all) => all
            .iter()
            .find(|(_, label)| label == asked)
            .ok_or(Error::Which("no token of this label", labels))?,
    };
    let session = module.open_ro_session(*slot)?;
    if let Some(pin) = &token.pin {
        session.login(UserType::User, Some(&AuthPin::new(pin.as_str().into())))?;
    }
    let mut draft = Draft {
        path: format!("token {label}"),
        ..Draft::default()
    };
    for (at, object) in session.find_objects(&[])?.into_iter().enumerate() {
        let record = format!("object {}", at + 1);
        match read(&session, object)? {
            Some(object) => state(token, &session, label, &object, &record, &mut draft),
            None => continue,
        }
    }
    let mut imported = join::join(vec![draft], options);
    imported.files = 1;
    Ok(imported)
}

/// What an object tells of itself.
#[derive(Default)]
struct Object {
    handle: Option<ObjectHandle>,
    class: Option<ObjectClass>,
    kind: Option<KeyType>,
    label: String,
    id: String,
    sensitive: Option<bool>,
    extractable: Option<bool>,
    local: Option<bool>,
    sign: Option<bool>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    parameters: Vec<u8>,
    point: Vec<u8>,
    check_value: Vec<u8>,
    bytes: Option<u32>,
}

/// Reads the attributes of a key; `None` of anything else.
fn read(session: &Session, handle: ObjectHandle) -> Result<Option<Object>, Error> {
    const COMMON: [AttributeType; 4] = [
        AttributeType::Class,
        AttributeType::Label,
        AttributeType::Id,
        AttributeType::KeyType,
    ];
    const OF_KEYS: [AttributeType; 10] = [
        AttributeType::Sensitive,
        AttributeType::Extractable,
        AttributeType::Local,
        AttributeType::Sign,
        AttributeType::Modulus,
        AttributeType::PublicExponent,
        AttributeType::EcParams,
        AttributeType::EcPoint,
        AttributeType::CheckValue,
        AttributeType::ValueLen,
    ];
    let mut object = Object {
        handle: Some(handle),
        ..Object::default()
    };
    // Attributes that an object has not are left out of the answer.
    for attribute in session.get_attributes(handle, &COMMON)? {
        object.take(attribute);
    }
    let is_key = [
        ObjectClass::PUBLIC_KEY,
        ObjectClass::PRIVATE_KEY,
        ObjectClass::SECRET_KEY,
    ];
    if !object.class.is_some_and(|class| is_key.contains(&class)) {
        return Ok(None);
    }
    for attribute in session.get_attributes(handle, &OF_KEYS)? {
        object.take(attribute);
    }
    Ok(Some(object))
}

impl Object {
    fn take(&mut self, attribute: Attribute) {
        match attribute {
            Attribute::Class(class) => self.class = Some(class),
            Attribute::KeyType(kind) => self.kind = Some(kind),
            Attribute::Label(label) => self.label = String::from_utf8_lossy(&label).into_owned(),
            Attribute::Id(id) => self.id = hex::encode(&id),
            Attribute::Sensitive(sensitive) => self.sensitive = Some(sensitive),
            Attribute::Extractable(extractable) => self.extractable = Some(extractable),
            Attribute::Local(local) => self.local = Some(local),
            Attribute::Sign(sign) => self.sign = Some(sign),
            Attribute::Modulus(bytes) => self.modulus = bytes,
            Attribute::PublicExponent(bytes) => self.exponent = bytes,
            Attribute::EcParams(bytes) => self.parameters = bytes,
            Attribute::EcPoint(bytes) => self.point = bytes,
            Attribute::CheckValue(bytes) => self.check_value = bytes,
            Attribute::ValueLen(len) => self.bytes = u32::try_from(*len).ok(),
            _ => {}
        }
    }

    fn is_secret(&self) -> bool {
        self.class == Some(ObjectClass::SECRET_KEY)
    }

    /// Returns the kind as lists name it.
    fn kind(&self) -> &'static str {
        match self.kind {
            Some(KeyType::RSA) => "rsa",
            Some(KeyType::EC) => "ec",
            Some(KeyType::EC_EDWARDS | KeyType::EC_MONTGOMERY) => "okp",
            Some(KeyType::DSA) => "dsa",
            Some(KeyType::AES) => "aes",
            Some(KeyType::GENERIC_SECRET | KeyType::SHA256_HMAC) => "hmac",
            _ => "opaque",
        }
    }

    /// Returns what follows from the public half, where it is there.
    fn entry(&self) -> Result<Entry, (&'static str, String)> {
        // A private key of RSA shows the same numbers.
        if !self.modulus.is_empty() && !self.exponent.is_empty() {
            let key = PublicKey::rsa(&self.modulus, &self.exponent);
            return Ok(public::entry(
                &key.map_err(|why| ("CKA_MODULUS", why.to_string()))?,
            ));
        }
        if !self.point.is_empty() {
            let key = pkcs11::public_half(&self.point, &self.parameters);
            return Ok(public::entry(&key.map_err(|why| ("CKA_EC_POINT", why))?));
        }
        Ok(Entry {
            kind: self.kind().to_owned(),
            bits: self.bytes.and_then(|bytes| bytes.checked_mul(8)),
            ..Entry::default()
        })
    }
}

/// States the fact about a key.
fn state(
    token: &Token<'_>,
    session: &Session,
    label: &str,
    object: &Object,
    record: &str,
    draft: &mut Draft,
) {
    let mut entry = match object.entry() {
        Ok(entry) => entry,
        Err((field, why)) => return draft.error(record, field, why),
    };
    let name = if object.label.is_empty() {
        &object.id
    } else {
        &object.label
    };
    let mut holding = Holding {
        source: format!("pkcs11:{label}/{name}"),
        state: Some("active".to_owned()),
        ..Holding::default()
    };
    // What a public half says of itself is true of the half.
    if object.class != Some(ObjectClass::PUBLIC_KEY) {
        holding.extractable = object.extractable;
        let origin = object
            .local
            .map(|local| if local { "kms-generated" } else { "imported" });
        holding.origin = origin.map(str::to_owned);
    }
    if object.is_secret() {
        if object.extractable == Some(true) && object.sensitive == Some(false) {
            let why = "a secret in clear: the token gives it out to whoever may list it";
            draft.violation(record, "CKA_VALUE", why);
        }
        if object.check_value.len() >= 3 {
            // Modules make it of a zero block or of a hash, and do not say which.
            entry.ids.kcv = vec![json!({ "m": "unknown", "v": hex::encode(&object.check_value) })];
        }
        if token.ask
            && object.kind() == "hmac"
            && object.sign == Some(true)
            && let Some(handle) = object.handle
        {
            let answer = session.sign(&Mechanism::Sha256Hmac, handle, &CHALLENGE);
            let answer = answer.map_err(|why| why.to_string());
            if let Err(why) = answer.and_then(|mac| public::answer(&mut entry.ids, 256, &mac)) {
                draft.error(record, "CKM_SHA256_HMAC", why);
            }
        }
    }
    if object.id.len() >= MIN_KID {
        entry.ids.kid = vec![object.id.clone()];
    }
    entry.name.clone_from(name);
    entry.holdings = vec![holding];
    let family = if object.is_secret() {
        "secret"
    } else {
        object.kind()
    };
    draft.fact(Fact {
        handles: vec![format!(
            "token:{label}:{family}:{}:{}",
            object.id, object.label
        )],
        rank: 3,
        entry,
        ..Fact::default()
    });
}
