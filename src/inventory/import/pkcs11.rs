//! PKCS#11 tokens, as OpenSC's `pkcs11-tool --list-objects` prints them.
//!
//! ```text
//! Public Key Object; EC  EC_POINT 256 bits        Private Key Object; RSA
//!   EC_POINT:   0441 04 x y                         label:   signer
//!   EC_PARAMS:  0608 2a8648ce3d030107 (OID …)       ID:      0a
//!   label:      signer                              Usage:   decrypt, sign, unwrap
//!   ID:         0a                                  Access:  sensitive, never extractable, local
//! ```
//!
//! The two halves of a key pair are told by their id and label. The tool does not
//! print the modulus of RSA keys: `--read-object --type pubkey` writes those as a
//! file in DER.

use super::{Document, Draft, Fact, Importer, public};
use crate::identity::algorithm::{EcParameters, curve};
use crate::inventory::{Entry, Holding};
use crate::key::{MIN_STRONG_BITS, Okp, PublicKey, Secret};
use crate::wire::der::{self, Reader};
use crate::wire::hex;

/// Shortest id, in digits, that is worth a hint: tokens number their keys `01`.
const MIN_KID: usize = 16;

/// PKCS#11 tokens.
pub(super) struct Pkcs11;

impl Importer for Pkcs11 {
    fn id(&self) -> &'static str {
        "pkcs11"
    }

    fn about(&self) -> &'static str {
        "PKCS#11 tokens: pkcs11-tool --list-objects"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document
            .text
            .is_some_and(|text| text.lines().any(|line| title(line).is_some()))
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let mut lines = document
            .text
            .unwrap_or_default()
            .lines()
            .enumerate()
            .peekable();
        while let Some((at, line)) = lines.next() {
            let Some((class, kind)) = title(line) else {
                continue;
            };
            let mut object = Object {
                class,
                kind,
                fields: Vec::new(),
            };
            while let Some((_, line)) = lines.next_if(|(_, line)| line.starts_with([' ', '\t'])) {
                if let Some((name, value)) = line.trim().split_once(':') {
                    object.fields.push((name, value.trim()));
                }
            }
            let record = format!("line {}", at + 1);
            object.report_value(&record, draft);
            match object.entry() {
                Ok(Some(entry)) => draft.fact(object.fact(document, entry)),
                Ok(None) => {}
                Err((field, why)) => draft.error(&record, field, why),
            }
        }
    }
}

/// Splits the first line of an object: `Public Key Object; RSA 2048 bits`.
fn title(line: &str) -> Option<(&str, &str)> {
    let (class, kind) = line.split_once(" Object; ")?;
    matches!(
        class,
        "Public Key" | "Private Key" | "Secret Key" | "Certificate"
    )
    .then_some((class, kind.trim()))
}

/// One object.
struct Object<'a> {
    class: &'a str,
    kind: &'a str,
    fields: Vec<(&'a str, &'a str)>,
}

impl Object<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        let field = self
            .fields
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        field.map(|(_, value)| *value)
    }

    /// The tool prints the value of secret keys that are extractable and not
    /// sensitive. It is not kept, but whoever may list the token has the key.
    fn report_value(&self, record: &str, draft: &mut Draft) {
        let Some(value) = self.field("VALUE").filter(|_| self.class == "Secret Key") else {
            return;
        };
        let secret = hex::decode(value.replace([' ', ':'], "")).map(Secret::new);
        let guessable = secret.is_some_and(|s| s.entropy_bits() < MIN_STRONG_BITS);
        draft.violation(
            record,
            "VALUE",
            if guessable {
                "a secret that can be guessed, in clear: rotate it"
            } else {
                "a secret in clear: the token gives it out to whoever may list it"
            },
        );
    }

    /// Returns what the object tells of its key; certificates tell nothing.
    fn entry(&self) -> Result<Option<Entry>, (&'static str, String)> {
        let kind = match self.kind.split([' ', ';']).next().unwrap_or_default() {
            _ if self.class == "Certificate" => return Ok(None),
            "RSA" => "rsa",
            "EC" => "ec",
            "EC_EDWARDS" | "EC_MONTGOMERY" => "okp",
            "DSA" => "dsa",
            "AES" => "aes",
            "Generic" | "GENERIC" => "hmac",
            kind if kind.contains("HMAC") => "hmac",
            _ => "opaque",
        };
        let mut entry = Entry {
            kind: kind.to_owned(),
            ..Entry::default()
        };
        let mut words = self.kind.split_ascii_whitespace();
        if let Some(length) = words.by_ref().skip_while(|word| *word != "length").nth(1) {
            entry.bits = length
                .parse::<u32>()
                .ok()
                .and_then(|bytes| bytes.checked_mul(8));
        }
        if let Some(point) = self.field("EC_POINT") {
            let key = self.point(point).map_err(|why| ("EC_POINT", why))?;
            entry = public::entry(&key);
        }
        Ok(Some(entry))
    }

    /// Reads a point, and the curve beside it.
    fn point(&self, digits: &str) -> Result<PublicKey, String> {
        let bytes = |text: &str| hex::decode(text).ok_or("not hexadecimal");
        let point = bytes(digits)?;
        let parameters = self.field("EC_PARAMS").ok_or("without EC_PARAMS")?;
        let parameters = bytes(
            parameters
                .split_ascii_whitespace()
                .next()
                .unwrap_or_default(),
        )?;
        public_half(&point, &parameters)
    }

    /// States the object's fact.
    fn fact(&self, document: &Document<'_>, mut entry: Entry) -> Fact {
        let label = self.field("label").unwrap_or_default().trim_matches('\'');
        let id = self
            .field("ID")
            .and_then(|id| id.split_ascii_whitespace().next())
            .unwrap_or_default();
        let mut holding = Holding {
            source: format!(
                "pkcs11:{}/{}",
                document.path,
                if label.is_empty() { id } else { label }
            ),
            state: Some("active".to_owned()),
            ..Holding::default()
        };
        // What a public half says of itself is true of the half.
        if self.class != "Public Key"
            && let Some(access) = self.field("Access")
        {
            let has = |word: &str| access.split(',').any(|known| known.trim() == word);
            holding.extractable = Some(!has("never extractable") && has("extractable"));
            holding.origin = Some(
                if has("local") {
                    "kms-generated"
                } else {
                    "imported"
                }
                .to_owned(),
            );
        }
        if id.len() >= MIN_KID {
            entry.ids.kid = vec![id.to_ascii_lowercase()];
        }
        if label.is_empty() { id } else { label }.clone_into(&mut entry.name);
        entry.holdings = vec![holding];
        let family = if self.class == "Secret Key" {
            "secret"
        } else {
            self.kind.split([' ', ';']).next().unwrap_or_default()
        };
        let handle = format!("pkcs11:{}:{family}:{id}:{label}", document.path);
        // What an answer to the challenge may name the key by.
        let (told_id, told_label) = (
            (!id.is_empty()).then_some(id),
            (!label.is_empty()).then_some(label),
        );
        let likely = match family {
            "secret" => vec![
                secret_name(told_id, told_label),
                secret_name(told_id, None),
                secret_name(None, told_label),
            ],
            _ => Vec::new(),
        };
        Fact {
            handles: vec![handle],
            likely,
            rank: 3,
            entry,
            ..Fact::default()
        }
    }
}

/// Reads CKA_EC_POINT, which some vendors write without the OCTET STRING around it, and
/// CKA_EC_PARAMS.
pub(crate) fn public_half(point: &[u8], parameters: &[u8]) -> Result<PublicKey, String> {
    let point = match Reader::new(point).octets() {
        Ok(inner) if !inner.is_empty() => inner,
        _ => point,
    };
    let parameters = Reader::new(parameters)
        .read_tlv()
        .map_err(|why| why.to_string())?;
    let okp = match (parameters.tag, parameters.value) {
        // The names of PKCS#11 3.0, or the identifiers of RFC 8410.
        (PRINTABLE_STRING, b"edwards25519") => Some(Okp::Ed25519),
        (PRINTABLE_STRING, b"edwards448") => Some(Okp::Ed448),
        (PRINTABLE_STRING, b"curve25519") => Some(Okp::X25519),
        (der::OID, oid) => Okp::from_oid(oid),
        _ => None,
    };
    let key = match okp {
        Some(kind) => PublicKey::okp(kind, point),
        None => match curve(&parameters) {
            Ok(Some(EcParameters::Named(curve))) => PublicKey::ec_point(curve, point),
            Ok(Some(EcParameters::Explicit(der))) => PublicKey::ec_explicit(der, point),
            Ok(None) => return Err("on a curve that is not named".to_owned()),
            Err(why) => Err(why),
        },
    };
    key.map_err(|why| why.to_string())
}

/// Returns the likely name of a secret key by its id, its label, or both.
pub(super) fn secret_name(id: Option<&str>, label: Option<&str>) -> String {
    let id = id.unwrap_or("*").to_ascii_lowercase();
    format!("pkcs11:secret:{id}:{}", label.unwrap_or("*"))
}

/// Tag of PrintableString.
const PRINTABLE_STRING: u8 = 0x13;
