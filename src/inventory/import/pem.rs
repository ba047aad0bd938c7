//! Public keys and certificates in PEM (RFC 7468), single or bundled, and in DER.
//!
//! Text before and between the blocks is passed over, as it is in the bundles of
//! certificate authorities. A certificate request proves nothing about a key that
//! is in use, so it is an error. So is a private key, of which the public half is
//! taken if it stands there in clear.

use zeroize::Zeroizing;

use super::{Document, Draft, Fact, Importer, certificate, private, public};
use crate::identity::spki;
use crate::inventory::{Entry, Holding};
use crate::key::PublicKey;

const BEGIN: &str = "-----BEGIN ";

/// PEM.
pub(super) struct Pem;

impl Importer for Pem {
    fn id(&self) -> &'static str {
        "pem"
    }

    fn about(&self) -> &'static str {
        "public keys and certificates in PEM, single or bundled"
    }

    fn is_trust(&self) -> bool {
        true
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        document
            .text
            .is_some_and(|text| blocks(text).next().is_some())
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let Some(text) = document.text else { return };
        let count = blocks(text).count();
        for (at, block) in blocks(text).enumerate() {
            let number = at + 1;
            let record = if count > 1 {
                format!("block {number}")
            } else {
                String::new()
            };
            let name = if count > 1 {
                format!("{}#{number}", document.stem())
            } else {
                document.stem().to_owned()
            };
            let Some(bytes) = block.decode() else {
                draft.error(&record, block.label, "not base64, or no END line");
                continue;
            };
            of_label(document, block.label, &bytes, &record, name, draft);
        }
    }
}

/// DER.
pub(super) struct Der;

impl Importer for Der {
    fn id(&self) -> &'static str {
        "der"
    }

    fn about(&self) -> &'static str {
        "a public key or certificate in DER"
    }

    fn is_trust(&self) -> bool {
        true
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let bytes = document.bytes;
        document.json.is_none()
            && bytes.first() == Some(&0x30)
            && (private::is_private(bytes)
                || private::public_der(bytes).is_some()
                || certificate::read(bytes).is_ok())
    }

    fn import(&self, document: &Document<'_>, draft: &mut Draft) {
        let bytes = document.bytes;
        let label = match (private::is_private(bytes), certificate::read(bytes)) {
            (true, _) => "PRIVATE KEY",
            (false, Ok(_)) => "CERTIFICATE",
            (false, Err(_)) => "PUBLIC KEY",
        };
        of_label(
            document,
            label,
            bytes,
            "",
            document.stem().to_owned(),
            draft,
        );
    }
}

/// Imports what a label stands for.
fn of_label(
    document: &Document<'_>,
    label: &str,
    bytes: &[u8],
    record: &str,
    name: String,
    draft: &mut Draft,
) {
    let (entry, mut holding) = match label {
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
            match certificate::read(bytes) {
                Ok(certificate) => (certificate.entry, certificate.holding),
                Err(why) => return draft.error(record, label, why),
            }
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => match private::public_der(bytes) {
            Some(key) => (public::entry(&key), Holding::default()),
            None => return draft.error(record, label, "no public key that is known"),
        },
        _ if label.ends_with("PRIVATE KEY") => {
            draft.violation(
                record,
                label,
                "a private key in an export: only its public half is taken, if it is in clear",
            );
            match private::public_half(bytes) {
                Some(key) => (public::entry(&key), Holding::default()),
                None => return,
            }
        }
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            return draft.error(
                record,
                label,
                "a request does not show that the key is in use: import the certificate",
            );
        }
        // Parameters and revocation lists hold no key.
        "EC PARAMETERS" | "DSA PARAMETERS" | "DH PARAMETERS" | "X509 CRL" => return,
        _ => return draft.error(record, label, "a block of another kind"),
    };
    holding.source = format!("pem:{}", document.path);
    holding.state = Some("active".to_owned());
    let from_name = entry.name.is_empty();
    let name = if from_name { name } else { entry.name.clone() };
    let entry = Entry {
        name,
        holdings: vec![holding],
        ..entry
    };
    draft.fact(Fact {
        rank: if from_name { 9 } else { 7 },
        entry,
        ..Fact::default()
    });
}

/// Returns the key of the first block of a text.
pub(super) fn public_key(text: &str) -> Result<PublicKey, String> {
    let block = blocks(text).next().ok_or("no PEM")?;
    let bytes = block.decode().ok_or("not base64, or no END line")?;
    match block.label {
        "PUBLIC KEY" => spki::parse(&bytes).map_err(|why| why.to_string()),
        "RSA PUBLIC KEY" => spki::rsa(&bytes).map_err(|why| why.to_string()),
        label => Err(format!("`{}` is no public key", label.escape_debug())),
    }
}

/// Returns the DER of the first block of a text, which must be a certificate.
pub(super) fn certificate(text: &str) -> Result<Vec<u8>, String> {
    let block = blocks(text).next().ok_or("no PEM")?;
    let is_certificate = block.label.ends_with("CERTIFICATE");
    let bytes = block.decode().ok_or("not base64, or no END line")?;
    match is_certificate {
        true => Ok(bytes.to_vec()),
        false => Err(format!(
            "`{}` is no certificate",
            block.label.escape_debug()
        )),
    }
}

/// One block.
struct Block<'a> {
    label: &'a str,
    body: Option<&'a str>,
}

impl Block<'_> {
    /// Decodes the body; headers (RFC 1421) come before an empty line.
    fn decode(&self) -> Option<Zeroizing<Vec<u8>>> {
        let body = self.body?;
        let body = match body
            .split_once("\n\n")
            .or_else(|| body.split_once("\r\n\r\n"))
        {
            Some((headers, body)) if headers.contains(':') => body,
            _ => body,
        };
        public::decode(body).map(Zeroizing::new)
    }
}

/// Returns the blocks of a text.
fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once(BEGIN)?;
            rest = after;
            let Some((label, body)) = after.split_once("-----") else {
                continue;
            };
            if label.len() > 64 || label.contains('\n') {
                continue;
            }
            let end = format!("-----END {label}-----");
            let body = body.split_once(&end).map(|(body, after)| {
                rest = after;
                body
            });
            return Some(Block { label, body });
        }
    })
}
