//! The old encrypted PEM of OpenSSL: `Proc-Type: 4,ENCRYPTED`.
//!
//! RFC 1421 section 4.6 names the headers; `DEK-Info` holds the cipher and,
//! after a comma, its initialisation vector in hex. The key is MD5 of password
//! and vector, once. A notorious password is tried; behind another one nothing
//! of the key can be read.

use super::{Context, Format, Found, Spec, What, structure};
use crate::blob::Candidate;
use crate::key::Reject;
use crate::key::password::pem_key;
use crate::wire::hex;

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
        // In CBC the vector is a block.
        let block = block(cipher);
        let plausible = iv.len() == block * 2 && iv.bytes().all(|b| b.is_ascii_hexdigit());
        if !plausible || candidate.bytes.len() < 48 {
            return Err(Reject::NotThisFormat);
        }
        let (span, bytes) = (0..candidate.bytes.len(), candidate.bytes);
        // CFB, OFB and CTR, which nobody needs but OpenSSL has, pad nothing.
        let pads = cipher.ends_with("-CBC") || cipher.ends_with("-ECB");
        if pads && !bytes.len().is_multiple_of(block) {
            found.push(Found::new(span, What::Malformed(Reject::BadLength)));
            return Ok(());
        }
        let opened = hex::decode(iv).and_then(|iv| {
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

/// Returns the bytes in a block of a cipher as OpenSSL names it: `AES-256-CBC`,
/// `DES-EDE3-CBC`. Of its ciphers these work on 128 bits, the others on 64.
fn block(cipher: &str) -> usize {
    const WIDE: [&str; 5] = ["AES", "ARIA", "CAMELLIA", "SEED", "SM4"];
    let family = cipher.split('-').next().unwrap_or_default();
    if WIDE.contains(&family) { 16 } else { 8 }
}
