//! Lists what is public behind a PKCS#11 module, for [`super::module`]: in a process that was started
//! for nothing else. With the feature `pkcs11`.
//!
//! Nobody logs in, no value of a private or secret key is asked for. An object stands for a key that
//! the token holds when a private key of its CKA_ID shows, or when private keys show to nobody who has
//! not logged in: then public keys do, and certificates that have a CKA_ID and are no authority's.
//! Tokens in hardware are passed over: there keys do not stray.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::{Attribute, AttributeType, CertificateType, KeyType, ObjectClass};
use cryptoki::session::Session;

use super::HEAD;

/// Most slots that are looked at, and most objects of each.
const MAX_SLOTS: usize = 64;
/// See [`MAX_SLOTS`].
const MAX_OBJECTS: usize = 10_000;

/// Why a module cannot be listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The module says so.
    #[error("{0}")]
    Module(#[from] cryptoki::error::Error),
    /// The listing cannot be written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Loads a module, and writes what is public behind it.
///
/// # Errors
/// When the module cannot be loaded, or fails.
pub fn list(module: &Path, out: &mut dyn Write) -> Result<(), TokenError> {
    let module = Pkcs11::new(module)?;
    module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    writeln!(out, "{HEAD}")?;
    let (mut told, mut passed) = (0_u64, 0_u64);
    for slot in module.get_slots_with_token()?.into_iter().take(MAX_SLOTS) {
        let token = module.get_token_info(slot)?;
        if !token.token_initialized() {
            continue;
        }
        if module.get_slot_info(slot)?.hardware_slot() {
            passed += 1;
            continue;
        }
        let session = module.open_ro_session(slot)?;
        let shown: BTreeSet<Vec<u8>> = objects(&session, ObjectClass::PRIVATE_KEY)?
            .into_iter()
            .map(|object| object.id)
            .collect();
        let hides = token.login_required();
        for class in [ObjectClass::PUBLIC_KEY, ObjectClass::CERTIFICATE] {
            for object in objects(&session, class)? {
                let is_named = !object.id.is_empty();
                let is_held = (is_named && shown.contains(&object.id))
                    || (hides && (class == ObjectClass::PUBLIC_KEY || is_named))
                        && !is_authority(&object.certificate);
                if let Some(line) = object.line(class).filter(|_| is_held) {
                    writeln!(out, "{line}")?;
                    told += 1;
                }
            }
        }
    }
    writeln!(out, "end {told} {passed}")?;
    Ok(out.flush()?)
}

/// What an object tells of itself.
#[derive(Default)]
struct Object {
    id: Vec<u8>,
    kind: Option<KeyType>,
    is_x509: bool,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    parameters: Vec<u8>,
    point: Vec<u8>,
    certificate: Vec<u8>,
}

/// Returns the objects of a class.
fn objects(session: &Session, class: ObjectClass) -> Result<Vec<Object>, TokenError> {
    let asked: &[AttributeType] = match class {
        ObjectClass::PUBLIC_KEY => &[
            AttributeType::Id,
            AttributeType::KeyType,
            AttributeType::Modulus,
            AttributeType::PublicExponent,
            AttributeType::EcParams,
            AttributeType::EcPoint,
        ],
        ObjectClass::CERTIFICATE => &[
            AttributeType::Id,
            AttributeType::CertificateType,
            AttributeType::Value,
        ],
        _ => &[AttributeType::Id],
    };
    let mut found = Vec::new();
    let handles = session.find_objects(&[Attribute::Class(class)])?;
    for handle in handles.into_iter().take(MAX_OBJECTS) {
        let mut object = Object::default();
        // Attributes that an object has not are left out of the answer.
        for attribute in session.get_attributes(handle, asked)? {
            match attribute {
                Attribute::Id(id) => object.id = id,
                Attribute::KeyType(kind) => object.kind = Some(kind),
                Attribute::CertificateType(kind) => object.is_x509 = kind == CertificateType::X_509,
                Attribute::Modulus(bytes) => object.modulus = bytes,
                Attribute::PublicExponent(bytes) => object.exponent = bytes,
                Attribute::EcParams(bytes) => object.parameters = bytes,
                Attribute::EcPoint(bytes) => object.point = bytes,
                Attribute::Value(bytes) => object.certificate = bytes,
                _ => {}
            }
        }
        found.push(object);
    }
    Ok(found)
}

/// Whether a certificate is an authority's, which lies there to be shown with others: basicConstraints
/// (RFC 5280 section 4.2.1.9) with `cA TRUE` first.
fn is_authority(certificate: &[u8]) -> bool {
    const NAME: [u8; 5] = [6, 3, 0x55, 0x1d, 0x13];
    const TRUE: [u8; 3] = [1, 1, 0xff];
    memchr::memmem::find_iter(certificate, &NAME).any(|at| {
        let behind = certificate.get(at + NAME.len()..).unwrap_or_default();
        // It may be critical; then OCTET STRING and SEQUENCE.
        let value = behind.strip_prefix(&TRUE).unwrap_or(behind);
        value.get(4..7) == Some(&TRUE)
    })
}

impl Object {
    /// Returns the line that tells it; nothing of kinds that are not told.
    fn line(&self, class: ObjectClass) -> Option<String> {
        let text = |bytes: &[u8]| STANDARD.encode(bytes);
        if class == ObjectClass::CERTIFICATE {
            return self
                .is_x509
                .then(|| format!("x509 {}", text(&self.certificate)));
        }
        match self.kind {
            Some(KeyType::RSA) => Some(format!(
                "rsa {} {}",
                text(&self.modulus),
                text(&self.exponent)
            )),
            Some(KeyType::EC | KeyType::EC_EDWARDS | KeyType::EC_MONTGOMERY) => Some(format!(
                "ec {} {}",
                text(&self.parameters),
                text(&self.point)
            )),
            _ => None,
        }
    }
}
