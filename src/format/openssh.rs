//! OpenSSH private keys (`openssh-key-v1`).
//!
//! ```text
//! "openssh-key-v1" 00                         -- openssh PROTOCOL.key
//! string ciphername, kdfname, kdfoptions
//! uint32 number of keys N
//! string public key × N                       -- in clear, always
//! string private section:
//!     uint32 check, uint32 check again
//!     (string type, fields of the type, string comment) × N
//!     padding 1, 2, 3, …
//! ```
//!
//! An encrypted key still shows its public half, which is all a match needs.

use super::structure::{dsa_key, ec_key, secret};
use super::{Context, Format, Found, Spec, What};
use crate::blob::{Candidate, Trigger};
use crate::identity::ssh as public;
use crate::key::{Curve, Key, Okp, OkpKey, Reject, RsaKey};
use crate::wire::ssh::Reader;

/// Reader of OpenSSH keys.
pub(super) struct OpenSsh;

/// The magic with its terminating zero.
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// Keys in one file: `ssh-keygen` writes and reads one.
const MAX_KEYS: u32 = 16;

static SPEC: Spec = Spec {
    id: "openssh",
    name: "OpenSSH private key",
    source: "OpenSSH PROTOCOL.key",
    about: "What `ssh-keygen` writes: logins, deploy keys, SSH certificate authorities, git signing. Matched even when encrypted.",
    triggers: &[Trigger::binary(MAGIC)],
};

impl Format for OpenSsh {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn parse(
        &self,
        candidate: &Candidate<'_>,
        _: &mut Context,
        found: &mut Vec<Found>,
    ) -> Result<(), Reject> {
        let start = candidate.at.unwrap_or(0);
        let bytes = candidate.bytes.get(start..).unwrap_or_default();
        let mut fields = Reader::new(bytes.strip_prefix(MAGIC).ok_or(Reject::NotThisFormat)?);
        let cipher = fields.string()?;
        let _kdf = fields.string()?;
        let _options = fields.string()?;
        let keys = fields.u32()?;
        if keys == 0 || keys > MAX_KEYS {
            return Err(Reject::OutOfRange);
        }
        let publics: Vec<&[u8]> = (0..keys)
            .map(|_| fields.string())
            .collect::<Result<_, _>>()?;
        let private = fields.string();
        let span = start..candidate.bytes.len() - fields.rest().len();
        if cipher != b"none" {
            for blob in publics {
                let what = match public::parse(blob) {
                    Ok(key) => What::Sealed(key),
                    Err(_) if is_hardware(blob) => What::Harmless,
                    Err(reject) => return Err(reject),
                };
                found.push(Found::new(span.clone(), what));
            }
            return Ok(());
        }
        let mut fields = Reader::new(private?);
        if fields.u32()? != fields.u32()? {
            return Err(Reject::Inconsistent);
        }
        for blob in publics {
            if is_hardware(blob) {
                // The private half is in a FIDO token; here is its handle.
                found.push(Found::new(span.clone(), What::Harmless));
                return Ok(());
            }
            let key = private_key(&mut fields)?;
            let _comment = fields.string()?;
            found.push(Found::key(span.clone(), key));
        }
        Ok(())
    }
}

/// Whether the key type belongs to a FIDO token (`sk-ssh-ed25519@openssh.com`).
fn is_hardware(blob: &[u8]) -> bool {
    Reader::new(blob)
        .string()
        .is_ok_and(|name| name.starts_with(b"sk-"))
}

fn private_key(fields: &mut Reader<'_>) -> Result<Key, Reject> {
    let name = fields.string()?;
    match name {
        b"ssh-rsa" => {
            let (n, e, d) = (fields.mpint()?, fields.mpint()?, fields.mpint()?);
            let (qi, p, q) = (fields.mpint()?, fields.mpint()?, fields.mpint()?);
            Ok(Key::Rsa(RsaKey {
                n: Some(n.to_vec()),
                e: Some(e.to_vec()),
                d: secret(d),
                p: secret(p),
                q: secret(q),
                qi: secret(qi),
                ..RsaKey::default()
            }))
        }
        b"ssh-ed25519" => {
            let public = fields.string()?;
            let both = fields.string()?;
            let seed = both.get(..32).ok_or(Reject::Truncated)?;
            Ok(Key::Okp(OkpKey::from_seed(
                Okp::Ed25519,
                seed,
                Some(public),
            )))
        }
        b"ssh-ed448" => {
            let public = fields.string()?;
            let both = fields.string()?;
            let seed = both.get(..57).ok_or(Reject::Truncated)?;
            Ok(Key::Okp(OkpKey::from_seed(Okp::Ed448, seed, Some(public))))
        }
        b"ssh-dss" => {
            let (p, q, g) = (fields.mpint()?, fields.mpint()?, fields.mpint()?);
            let (y, x) = (fields.mpint()?, fields.mpint()?);
            Ok(Key::Dsa(dsa_key(p, q, g, Some(y), x)))
        }
        _ if name.starts_with(b"ecdsa-sha2-") => {
            let curve = Curve::from_ssh(fields.string()?).ok_or(Reject::UnknownAlgorithm)?;
            let point = fields.string()?;
            Ok(Key::Ec(ec_key(Some(curve), fields.mpint()?, Some(point))))
        }
        _ => Err(Reject::UnknownAlgorithm),
    }
}
