//! Private key files of Authenticode tools (`.pvk`).
//!
//! ```text
//! 1E F1 B5 B0 | reserved 0 | key type u32 | encrypted u32 | salt length u32 |
//!     blob length u32 | salt | BLOBHEADER | RSAPUBKEY or DSSPUBKEY …
//! ```
//!
//! Numbers are little-endian. In an encrypted file only the BLOBHEADER is in
//! clear, not even the modulus. `openssl rsa -outform PVK` writes both.

use super::microsoft::{header, private_blob, u32_le};
use super::{Context, Format, Found, Spec};
use crate::blob::{Candidate, Trigger};
use crate::key::Reject;
use crate::wire::big_endian::Reader;

/// Reader of PVK files.
pub(super) struct Pvk;

const MAGIC: &[u8] = b"\x1e\xf1\xb5\xb0\x00\x00\x00\x00";
/// Bytes before the salt.
const FIXED: usize = 24;
/// Longest salt; `makecert` and OpenSSL write 16.
const MAX_SALT: usize = 64;
/// Longest blob; a 16,384-bit RSA key takes 9.2 KB.
const MAX_BLOB: usize = 16 << 10;

static SPEC: Spec = Spec {
    id: "pvk",
    name: "PVK private key",
    source: "OpenSSL rsa(1), Windows SDK pvk2pfx",
    about: "Code-signing keys of `makecert` and `signcode`, beside an `.spc` file.",
    triggers: &[Trigger::encoded_head(MAGIC)],
};

impl Format for Pvk {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _context: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let start = candidate.at.unwrap_or(0);
        let bytes = candidate.bytes.get(start..).unwrap_or_default();
        let mut fields = Reader::new(bytes.strip_prefix(MAGIC).ok_or(Reject::NotThisFormat)?);
        let (kind, encrypted) = (u32_le(&mut fields)?, u32_le(&mut fields)?);
        let (salt, blob) = (u32_le(&mut fields)?, u32_le(&mut fields)?);
        if !matches!(kind, 1 | 2) || encrypted > 1 || salt > MAX_SALT || blob > MAX_BLOB {
            return Err(Reject::NotThisFormat);
        }
        let _salt = fields.take(salt)?;
        let blob = fields.take(blob)?;
        let span = start..start + FIXED + salt + blob.len();
        if encrypted == 1 || salt > 0 {
            header(&mut Reader::new(blob))?;
            let secret = bytes.get(FIXED..FIXED + salt + blob.len());
            found.push(Found::opaque(span, secret.unwrap_or_default()));
            return Ok(());
        }
        let (key, _) = private_blob(blob)?;
        found.push(Found::key(span, key));
        Ok(())
    }
}
