//! PuTTY private keys, versions 2 and 3 (`.ppk`).
//!
//! ```text
//! PuTTY-User-Key-File-3: ssh-ed25519          -- PuTTY manual, appendix C
//! Encryption: none | aes256-cbc
//! Comment: …
//! Public-Lines: N
//! base64 of the SSH public key, N lines
//! Key-Derivation: Argon2id                    -- version 3, encrypted
//! Argon2-Memory, -Passes, -Parallelism, -Salt
//! Private-Lines: N
//! base64 of the private fields, N lines
//! Private-MAC: hex
//! ```
//!
//! The public half is in clear, so an encrypted key is matched as well.

use zeroize::Zeroizing;

use super::structure::{dsa_key, ec_key, secret};
use super::{Context, Format, Found, Spec, What};
use crate::blob::{Candidate, Trigger};
use crate::identity::ssh as public;
use crate::key::{Key, OkpKey, PublicKey, Reject, RsaKey};
use crate::wire::base64;
use crate::wire::big_endian::Reader;

/// Reader of PuTTY keys.
pub(super) struct Ppk;

const MAGIC: &[u8] = b"PuTTY-User-Key-File-";
/// Lines of base64 in one section: a 16,384-bit RSA key has 43 and 107.
const MAX_LINES: usize = 512;
/// Most headers: version 3 has eleven.
const MAX_HEADERS: usize = 16;
/// Longest line: the comment, which is a path or a name.
const MAX_LINE: usize = 4 << 10;

static SPEC: Spec = Spec {
    id: "ppk",
    name: "PuTTY private key",
    source: "PuTTY manual, appendix C",
    about: "What PuTTYgen, WinSCP and FileZilla keep on Windows laptops. Matched even when encrypted.",
    triggers: &[Trigger::text(MAGIC)],
};

impl Format for Ppk {
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
        let text = candidate.bytes.get(start..).unwrap_or_default();
        let mut lines = Lines { text, read: 0 };
        let first = lines.next().ok_or(Reject::Truncated)?;
        let version = first.strip_prefix(MAGIC).ok_or(Reject::NotThisFormat)?;
        if !version.starts_with(b"1:") && !version.starts_with(b"2:") && !version.starts_with(b"3:")
        {
            return Err(Reject::NotThisFormat);
        }
        let (mut encrypted, mut blob, mut private) = (false, None, None);
        let (mut salt, is_v3) = (None, version.starts_with(b"3:"));
        for _ in 0..MAX_HEADERS {
            let Some(line) = lines.next() else {
                break;
            };
            let Some(colon) = line.iter().position(|&b| b == b':') else {
                break;
            };
            let (name, value) = line.split_at(colon);
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            match name {
                b"Encryption" => encrypted = value != b"none",
                b"Public-Lines" => blob = Some(lines.section(value)?),
                b"Argon2-Salt" => salt = Some(value),
                b"Private-Lines" => {
                    private = Some(lines.section(value));
                    break;
                }
                _ => {}
            }
        }
        let blob = blob.ok_or(Reject::NotThisFormat)?;
        let span = start..start + lines.read;
        let public = public::parse(&blob)?;
        // A file that ends before the private section is not told from one that
        // was shortened on purpose; one that ends within it is broken.
        let private = match private.ok_or(Reject::Truncated)? {
            Ok(private) => private,
            Err(reject) => {
                found.push(Found::new(span, What::Malformed(reject)));
                return Ok(());
            }
        };
        // AES-CBC; of version 3 the key is derived with a salt.
        let salted = salt.is_some_and(|salt| salt.len() >= 16);
        let can_open = private.len().is_multiple_of(16) && (salted || !is_v3);
        found.push(match encrypted {
            true if private.is_empty() || !can_open => {
                Found::new(span, What::Malformed(Reject::BadLength))
            }
            true => Found::new(span, What::Sealed(public)),
            false => Found::key(span, private_key(&public, &private)?),
        });
        Ok(())
    }
}

/// Joins the private fields with the public half that stands in clear.
fn private_key(public: &PublicKey, private: &[u8]) -> Result<Key, Reject> {
    let mut fields = Reader::new(private);
    match public {
        PublicKey::Rsa { n, e } => {
            let (d, p, q, qi) = (
                fields.mpint()?,
                fields.mpint()?,
                fields.mpint()?,
                fields.mpint()?,
            );
            Ok(Key::Rsa(RsaKey {
                n: Some(n.clone()),
                e: Some(e.clone()),
                d: secret(d),
                p: secret(p),
                q: secret(q),
                qi: secret(qi),
                ..RsaKey::default()
            }))
        }
        PublicKey::Ec { curve, x, y } => {
            let point = [&[4][..], x, y].concat();
            Ok(Key::Ec(ec_key(Some(*curve), fields.mpint()?, Some(&point))))
        }
        // Little-endian as the wire has it, but written as a number: leading
        // zeros may be missing in version 2 files of old PuTTYs.
        PublicKey::Okp { kind, bytes } => Ok(Key::Okp(OkpKey::from_seed(
            *kind,
            fields.string()?,
            Some(bytes),
        ))),
        PublicKey::Dsa { p, q, g, y } => Ok(Key::Dsa(dsa_key(p, q, g, Some(y), fields.mpint()?))),
        _ => Err(Reject::UnknownAlgorithm),
    }
}

/// Lines of a file with any line breaks.
struct Lines<'a> {
    text: &'a [u8],
    read: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.text.get(self.read..).filter(|r| !r.is_empty())?;
        let near = rest.get(..MAX_LINE).unwrap_or(rest);
        let end = memchr::memchr2(b'\n', b'\r', near).unwrap_or(near.len());
        let line = rest.get(..end)?;
        let ended = rest.get(end..).unwrap_or_default();
        self.read += end
            + match ended {
                [b'\r', b'\n', ..] => 2,
                [_, ..] => 1,
                [] => 0,
            };
        Some(line)
    }

    /// Reads a section of as many base64 lines as `count` says.
    fn section(&mut self, count: &[u8]) -> Result<Zeroizing<Vec<u8>>, Reject> {
        let count: usize = std::str::from_utf8(count)
            .ok()
            .and_then(|c| c.parse().ok())
            .filter(|&c| c <= MAX_LINES)
            .ok_or(Reject::OutOfRange)?;
        let mut text = Zeroizing::new(Vec::new());
        for _ in 0..count {
            text.extend_from_slice(self.next().ok_or(Reject::Truncated)?);
        }
        Ok(base64::decode_text(&text))
    }
}
