//! The old encrypted PEM of OpenSSL: `Proc-Type: 4,ENCRYPTED`.
//!
//! RFC 1421 section 4.6 names the headers; `DEK-Info` holds the cipher and,
//! after a comma, its initialisation vector in hex. The key is MD5 of password
//! and vector, once. A notorious password is tried; behind another one nothing
//! of the key can be read.

use super::{Context, Format, Found, Spec, structure};
use crate::blob::Candidate;
use crate::key::Reject;
use crate::key::password::pem_key;

/// Reader of old encrypted PEM.
pub(super) struct PemEncrypted;

static SPEC: Spec = Spec {
    id: "pem-encrypted",
    name: "PEM private key with Proc-Type encryption",
    source: "RFC 1421 section 4.6, OpenSSL PEM_read_bio_PrivateKey(3)",
    about: "What `openssl rsa -aes256` and old `ssh-keygen` write; one MD5 a guess, so a weak password is soon found.",
    // The armour decoder finds it by its label.
    triggers: &[],
};

impl Format for PemEncrypted {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let armor = candidate.armor.ok_or(Reject::NotThisFormat)?;
        let info = armor.dek_info.as_deref().ok_or(Reject::NotThisFormat)?;
        let (cipher, iv) = info.split_once(',').ok_or(Reject::NotThisFormat)?;
        let plausible =
            !cipher.is_empty() && iv.len() >= 16 && iv.bytes().all(|b| b.is_ascii_hexdigit());
        if !plausible || candidate.bytes.len() < 48 {
            return Err(Reject::NotThisFormat);
        }
        let (span, bytes) = (0..candidate.bytes.len(), candidate.bytes);
        let opened = hex(iv).and_then(|iv| {
            pem_key(
                cipher,
                &iv,
                bytes,
                structure::is_private_key,
                &mut context.trials,
            )
        });
        found.push(match opened {
            Some(opened) => Found::opened(span, bytes, opened),
            None => Found::opaque(span, bytes),
        });
        Ok(())
    }
}

/// Reads hexadecimal digits.
fn hex(digits: &str) -> Option<Vec<u8>> {
    let pair = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(pair).collect()
}
