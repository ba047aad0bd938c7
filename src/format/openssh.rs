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
use crate::wire::big_endian::Reader;

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
        let kdf = fields.string()?;
        let options = fields.string()?;
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
            if !can_open(cipher, kdf, options, private.ok()) {
                found.push(Found::new(span, What::Malformed(Reject::BadLength)));
                return Ok(());
            }
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
        if publics.iter().any(|blob| is_hardware(blob)) {
            // The private half is in a FIDO token; here is its handle.
            found.push(Found::new(span, What::Harmless));
            return Ok(());
        }
        let keys = private.map_err(Reject::from);
        let known: Vec<_> = publics.iter().map(|blob| public::parse(blob)).collect();
        match keys.and_then(|section| private_keys(section, publics.len())) {
            // Where the two public halves differ, tools go by the outer one.
            Ok(keys) => found.extend(keys.into_iter().zip(known).map(|(key, known)| {
                let stored = key.claimed();
                match known {
                    Ok(known) if stored.is_some_and(|stored| stored != known) => {
                        Found::new(span.clone(), What::Damaged(known))
                    }
                    _ => Found::key(span.clone(), key),
                }
            })),
            // Cut or garbled behind the public half: that still says whose it was.
            Err(reject) => {
                let known = known.into_iter().flatten();
                let whole = start..candidate.bytes.len();
                found.extend(known.map(|key| Found::new(whole.clone(), What::Damaged(key))));
                if found.is_empty() {
                    return Err(reject);
                }
            }
        }
        Ok(())
    }
}

/// Reads the private section: as many keys as there are public ones.
fn private_keys(section: &[u8], count: usize) -> Result<Vec<Key>, Reject> {
    let mut fields = Reader::new(section);
    if fields.u32()? != fields.u32()? {
        return Err(Reject::Inconsistent);
    }
    let mut keys = Vec::new();
    for _ in 0..count {
        keys.push(private_key(&mut fields)?);
        let _comment = fields.string()?;
    }
    Ok(keys)
}

/// Whether the right passphrase could open an encrypted section. One that the
/// end of the file cut off is not looked at: it still says whose key this was.
fn can_open(cipher: &[u8], kdf: &[u8], options: &[u8], section: Option<&[u8]>) -> bool {
    let block = if cipher.starts_with(b"3des") || cipher.starts_with(b"chacha20") {
        8
    } else {
        16
    };
    let is_whole = |section: &[u8]| !section.is_empty() && section.len().is_multiple_of(block);
    let mut options = Reader::new(options);
    let salted = options.string().is_ok_and(|salt| !salt.is_empty())
        && options.u32().is_ok_and(|rounds| rounds > 0);
    section.is_none_or(is_whole) && (kdf != b"bcrypt" || salted)
}

/// Whether the key type belongs to a FIDO token (`sk-ssh-ed25519@openssh.com`).
fn is_hardware(blob: &[u8]) -> bool {
    Reader::new(blob)
        .string()
        .is_ok_and(|name| name.starts_with(b"sk-"))
}

/// Returns the seed, which stands before the public key once more.
fn seed<'a>(both: &'a [u8], len: usize, public: &[u8]) -> Result<&'a [u8], Reject> {
    let (seed, again) = both.split_at_checked(len).ok_or(Reject::Truncated)?;
    if again == public {
        Ok(seed)
    } else {
        Err(Reject::Inconsistent)
    }
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
            let seed = seed(both, 32, public)?;
            Ok(Key::Okp(OkpKey::from_seed(
                Okp::Ed25519,
                seed,
                Some(public),
            )))
        }
        b"ssh-ed448" => {
            let public = fields.string()?;
            let both = fields.string()?;
            let seed = seed(both, 57, public)?;
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
