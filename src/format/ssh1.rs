//! Private keys of the SSH 1 protocol.
//!
//! ```text
//! "SSH PRIVATE KEY FILE FORMAT 1.1\n\0" | cipher byte | reserved u32 |
//!     bits u32 | n, e | comment string |
//!     check u16 twice | d, q^-1 mod p, q, p | padding      -- maybe encrypted
//! ```
//!
//! Numbers are their size in bits as u16, then their bytes. The protocol is
//! dead, but the RSA keys live on where they were converted. The modulus is in
//! clear, so an encrypted key is matched as well.

use super::structure::secret;
use super::{Context, Format, Found, Spec, What};
use crate::blob::{Candidate, Trigger};
use crate::key::{Key, PublicKey, Reject, RsaKey};
use crate::wire::big_endian::Reader;

/// Reader of SSH 1 keys.
pub(super) struct Ssh1;

const MAGIC: &[u8] = b"SSH PRIVATE KEY FILE FORMAT 1.1\n\0";

static SPEC: Spec = Spec {
    id: "ssh1",
    name: "SSH 1 private key",
    source: "OpenSSH 7.5 authfile.c, PuTTYgen (-t rsa1)",
    about: "`~/.ssh/identity` of the last century, and PuTTY keys of type SSH-1.",
    triggers: &[Trigger::plain(MAGIC)],
};

impl Format for Ssh1 {
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
        let cipher = fields.u8()?;
        let (_reserved, _bits) = (fields.u32()?, fields.u32()?);
        let (n, e) = (fields.mpi()?, fields.mpi()?);
        let _comment = fields.string()?;
        let what = if cipher == 0 {
            let checks = fields.take(4)?;
            if checks.get(..2) != checks.get(2..) {
                return Err(Reject::Inconsistent);
            }
            let (d, qi) = (fields.mpi()?, fields.mpi()?);
            let (q, p) = (fields.mpi()?, fields.mpi()?);
            What::Key(Key::Rsa(RsaKey {
                n: Some(n.to_vec()),
                e: Some(e.to_vec()),
                d: secret(d),
                p: secret(p),
                q: secret(q),
                qi: secret(qi),
                ..RsaKey::default()
            }))
        } else if fields.is_empty() {
            return Err(Reject::Truncated);
        } else {
            What::Sealed(PublicKey::rsa(n, e)?)
        };
        let end = start + bytes.len() - fields.rest().len();
        found.push(Found::new(start..end, what));
        Ok(())
    }
}
