//! Private keys of ssh.com and Tectia, which say `ENCRYPTED` even when not.
//!
//! ```text
//! ---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----
//! 3F 6F F9 EB | total length u32 | type string | cipher string | string of
//!     length u32 | numbers, each its size in bits u32 and its bytes
//! ```
//!
//! No specification was published; PuTTYgen reads and writes the format. RSA is
//! e, d, n, u, p, q; DSA a zero word, then p, g, q, y, x. Encrypted files
//! show nothing.

use super::structure::{dsa_key, secret};
use super::{Context, Format, Found, Spec};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, Reject, RsaKey};
use crate::wire::big_endian::Reader;

/// Reader of ssh.com keys.
pub(super) struct SshCom;

const MAGIC: &[u8] = b"\x3f\x6f\xf9\xeb";

static SPEC: Spec = Spec {
    id: "ssh-com",
    name: "ssh.com private key",
    source: "PuTTYgen (-O private-sshcom)",
    about: "Keys of Tectia and old SSH2 products, on jump hosts and in file-transfer gateways.",
    triggers: &[Trigger::head(MAGIC)],
};

impl Format for SshCom {
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
        let total = fields.u32()? as usize;
        let (kind, cipher) = (fields.string()?, fields.string()?);
        let is_rsa = kind.starts_with(b"if-modn{");
        if !is_rsa && !kind.starts_with(b"dl-modp{") {
            return Err(Reject::UnknownAlgorithm);
        }
        let body = fields.string()?;
        let read = bytes.len() - fields.rest().len();
        if total != read {
            return Err(Reject::BadLength);
        }
        let span = start..start + read;
        if cipher != b"none" {
            found.push(Found::opaque(span, body));
            return Ok(());
        }
        let mut numbers = Reader::new(Reader::new(body).string()?);
        let key = if is_rsa {
            let (e, d, n) = (
                mpint(&mut numbers)?,
                mpint(&mut numbers)?,
                mpint(&mut numbers)?,
            );
            let _u = mpint(&mut numbers)?;
            Key::Rsa(RsaKey {
                n: Some(n.to_vec()),
                e: Some(e.to_vec()),
                d: secret(d),
                p: secret(mpint(&mut numbers)?),
                q: secret(mpint(&mut numbers)?),
                ..RsaKey::default()
            })
        } else {
            let _parameters_follow = numbers.u32()?;
            let (p, g, q) = (
                mpint(&mut numbers)?,
                mpint(&mut numbers)?,
                mpint(&mut numbers)?,
            );
            let (y, x) = (mpint(&mut numbers)?, mpint(&mut numbers)?);
            Key::Dsa(dsa_key(p, q, g, Some(y), x))
        };
        found.push(Found::key(span, key));
        Ok(())
    }
}

/// Reads a number that begins with its size in bits.
fn mpint<'a>(fields: &mut Reader<'a>) -> Result<&'a [u8], Reject> {
    let bits = fields.u32()? as usize;
    Ok(fields.take(bits.div_ceil(8))?)
}
