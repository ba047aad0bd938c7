//! What a list takes from a certificate: its key, hash, subject and dates.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::fields::instant;
use super::public;
use crate::identity::x509;
use crate::inventory::{Entry, Holding};
use crate::wire::der::{self, Reader};

/// 2.5.4.3, commonName.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// Tag of UTCTime (two-digit year) and GeneralizedTime (X.680).
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// A certificate.
pub(super) struct Certificate {
    /// An entry without holdings.
    pub(super) entry: Entry,
    /// The fingerprint of the key.
    pub(super) spki_sha256: String,
    /// The hash of the whole.
    pub(super) x5t_s256: String,
    /// When it was issued and ends.
    pub(super) holding: Holding,
}

/// Reads a certificate in DER.
pub(super) fn read(bytes: &[u8]) -> Result<Certificate, String> {
    let parsed = x509::parse(bytes).map_err(|why| why.to_string())?;
    let mut entry = public::entry(&parsed.public);
    let spki_sha256 = entry.ids.spki_sha256.clone().unwrap_or_default();
    entry.ids.x5t_s256 = vec![parsed.x5t_s256.clone()];
    let (name, created, expires) = about(bytes).unwrap_or_default();
    entry.name = name;
    let holding = Holding {
        created,
        expires,
        ..Holding::default()
    };
    Ok(Certificate {
        entry,
        spki_sha256,
        x5t_s256: parsed.x5t_s256,
        holding,
    })
}

/// Reads a certificate in base64 of DER.
pub(super) fn read_base64(text: &str) -> Result<Certificate, String> {
    let text: String = text.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(text).map_err(|_| "not base64".to_owned())?;
    read(&bytes)
}

/// Returns subject, issue and end, each as far as it can be read.
fn about(bytes: &[u8]) -> Option<(String, Option<String>, Option<String>)> {
    let mut fields = Reader::new(bytes).sequence().ok()?.sequence().ok()?;
    fields.optional(der::context(0)).ok()?;
    fields.expect(der::INTEGER).ok()?;
    fields.sequence().ok()?;
    fields.sequence().ok()?;
    let mut validity = fields.sequence().ok()?;
    let subject = fields.sequence().ok()?;
    Some((
        common_name(subject),
        time(&mut validity),
        time(&mut validity),
    ))
}

/// Returns the last common name of a subject, as `CN=…`, or nothing.
fn common_name(mut subject: Reader<'_>) -> String {
    let mut name = String::new();
    while let Ok(set) = subject.expect(der::SET) {
        let mut set = Reader::new(set);
        while let Ok(mut pair) = set.sequence() {
            if pair.oid() == Ok(COMMON_NAME)
                && let Ok(value) = pair.read_tlv()
            {
                name = format!("CN={}", String::from_utf8_lossy(value.value));
            }
        }
    }
    name
}

/// Reads a time (RFC 5280 section 4.1.2.5: years from 50 on are 19xx).
fn time(fields: &mut Reader<'_>) -> Option<String> {
    let field = fields.read_tlv().ok()?;
    let digits = std::str::from_utf8(field.value).ok()?.strip_suffix('Z')?;
    let full = match field.tag {
        UTC_TIME => format!(
            "{}{digits}",
            if digits.get(..2)? < "50" { "20" } else { "19" }
        ),
        GENERALIZED_TIME => digits.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| full.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    instant(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}
